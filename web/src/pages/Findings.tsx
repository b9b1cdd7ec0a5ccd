// What does not close, strongest first.

import { useList } from "../api";
import { FindingsTable } from "../components/findings";
import { Instead, PageHead, Panel } from "../components/layout";
import { MoreRows } from "../components/table";
import { t } from "../i18n";

export function FindingsPage() {
    const list = useList("/api/v1/findings", { limit: 50 });
    if (!list.first) return <Instead failure={list.failure} again={list.again} />;
    const { tested } = list.first;
    const family = {
        facilities: tested.facilities,
        components: tested.components,
        months: tested.months,
    };
    return (
        <>
            <PageHead
                title={t("nav.findings")}
                facts={
                    <>
                        <span>{t("findings.tested", family)}</span>
                        <span>
                            {t("findings.alarms", { rate: perCent(tested.false_alarm_rate) })}
                        </span>
                    </>
                }
            />
            <Panel title={t("findings.title")} flush>
                {list.items.length > 0 ? (
                    <>
                        <FindingsTable rows={list.items} name={t("nav.findings")} wide />
                        {list.more && <MoreRows shown={list.items.length} more={list.more} />}
                    </>
                ) : (
                    <p class="empty">{t("findings.empty", family)}</p>
                )}
            </Panel>
        </>
    );
}

/** A probability that the server gives as a number, in per cent. */
export function perCent(rate: number): string {
    return new Intl.NumberFormat("en", { maximumSignificantDigits: 2 }).format(rate * 100);
}
