import { CheckpointFacts } from "../components/CheckpointFacts";
import { PageHead, Panel } from "../components/layout";
import { t } from "../i18n";

export function CheckpointPage() {
    return (
        <>
            <PageHead title={t("nav.checkpoint")} crumbs={[{ name: t("nav.log"), href: "/log" }]} />
            <div class="grid">
                <Panel width="w8" title={t("checkpoint.title")}>
                    <CheckpointFacts whole />
                </Panel>
                <Panel width="w4" title={t("checkpoint.compare")}>
                    <p class="second">{t("checkpoint.compare.text")}</p>
                </Panel>
            </div>
        </>
    );
}
