// Size, root and signers of the log, and what this browser makes of the signature.

import { useEffect, useState } from "preact/hooks";
import { useApi } from "../api";
import { t } from "../i18n";
import { checkSignature, useCheckpoint } from "../lib/checkpoint";
import { count } from "../lib/decimal";
import { toHex } from "../lib/proof";
import { Chip } from "./state";

export function CheckpointFacts(props: { whole?: boolean }) {
    const { root, failed } = useCheckpoint();
    const checkpoint = root?.checkpoint;
    // The proof of any record carries the log's key: that of the newest which the asker may see.
    const newest = useApi("/api/v1/records", { query: { limit: 1 } }).data?.items[0]?.seq;
    const key = useApi(
        "/api/v1/records/{seq}/proof",
        { path: { seq: newest ?? 0 } },
        newest !== undefined,
    ).data?.verifier;
    const [good, setGood] = useState<boolean | undefined>(undefined);
    useEffect(() => {
        let mine = true;
        setGood(undefined);
        if (checkpoint && key)
            checkSignature(checkpoint, key).then((answer) => mine && setGood(answer));
        return () => {
            mine = false;
        };
    }, [checkpoint, key]);
    if (failed) return <p class="empty">{t("checkpoint.none")}</p>;
    if (!root) return <div class="ghost" />;
    if (!checkpoint) return <code class="bytes">{root.note}</code>;
    return (
        <>
            <dl class="pairs">
                <dt>{t("checkpoint.origin")}</dt>
                <dd>{checkpoint.origin}</dd>
                <dt>{t("checkpoint.size")}</dt>
                <dd>{count(checkpoint.size)}</dd>
                <dt>{t("checkpoint.root")}</dt>
                <dd class="hash">{toHex(checkpoint.root)}</dd>
                <dt>{t("checkpoint.signed")}</dt>
                <dd>
                    {checkpoint.signatures.map((s) => (
                        <span key={s.name + toHex(s.id)}>
                            {s.name} <span class="hash">{toHex(s.id)}</span>{" "}
                        </span>
                    ))}
                    {good === true && <Chip tone="fine" text={t("checkpoint.good")} />}
                    {good === false && <Chip tone="held" text={t("checkpoint.bad")} />}
                </dd>
            </dl>
            {props.whole && (
                <>
                    <h3 class="gap">{t("checkpoint.note")}</h3>
                    <code class="bytes" tabIndex={0}>
                        {root.note}
                    </code>
                    {key && (
                        <>
                            <h3 class="gap">{t("checkpoint.key")}</h3>
                            <code class="bytes">{key}</code>
                        </>
                    )}
                </>
            )}
        </>
    );
}
