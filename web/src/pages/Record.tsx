// What exactly was written, and can I check it? The check runs in this browser, from the event's
// bytes up to the log's signature.

import { useEffect, useState } from "preact/hooks";
import { type Schemas, useApi } from "../api";
import { me } from "../api/session";
import * as icon from "../components/icons";
import { Failed, Instead, PageHead, Panel } from "../components/layout";
import { Chip, Verdict, verdictTone } from "../components/state";
import { type Key, t, word } from "../i18n";
import { happened, moment } from "../lib/dates";
import { count } from "../lib/decimal";
import { to } from "../lib/go";
import { type Checked, canCheck, checkRecord, type Step } from "../lib/proof";
import { readable } from "../lib/readable";
import { Holds } from "./Lot";

export function RecordPage(props: { seq: number }) {
    const { data, failure, again } = useApi("/api/v1/records/{seq}", { path: { seq: props.seq } });
    const proof = useApi(
        "/api/v1/records/{seq}/proof",
        { path: { seq: props.seq } },
        data !== undefined,
    );
    if (!data) return <Instead failure={failure} again={again} />;
    const r = data.record;
    const offset = me.value?.book.offset ?? "+00:00";
    return (
        <>
            <PageHead
                title={
                    <>
                        {word("event", r.kind)} <span class="second">{r.id}</span>
                    </>
                }
                name={t("log.record", { n: r.seq })}
                crumbs={[{ name: t("nav.log"), href: "/log" }]}
                facts={
                    <>
                        <span>{t("log.record", { n: r.seq })}</span>
                        <Chip tone={verdictTone(r.verdict)} text={word("verdict", r.verdict)} />
                        <span>
                            {t("record.recorded", { time: moment(r.recorded, offset), offset })}
                        </span>
                    </>
                }
                actions={
                    <>
                        {data.previous !== null && (
                            <a class="button" href={to.record(data.previous)} rel="prev">
                                ‹ {count(data.previous)}
                            </a>
                        )}
                        {data.next_seq !== null && (
                            <a class="button" href={to.record(data.next_seq)} rel="next">
                                {count(data.next_seq)} ›
                            </a>
                        )}
                    </>
                }
            />
            <div class="grid">
                <div class="w6 stack">
                    <Panel title={t("record.words")}>
                        <dl class="pairs">
                            <dt>{t("log.kind")}</dt>
                            <dd>
                                {word("event", r.kind)} <code>{r.kind}</code>
                            </dd>
                            <dt>{t("record.party")}</dt>
                            <dd>{r.party}</dd>
                            <dt>{t("record.principal")}</dt>
                            <dd>{r.principal}</dd>
                            <dt>{t("log.happened")}</dt>
                            <dd>{happened(r.happened)}</dd>
                            <dt>{t("verdict")}</dt>
                            <dd>
                                <Verdict verdict={r.verdict} />
                            </dd>
                            {data.codes.map((c) => (
                                <Reason key={c.code + c.where} code={c} />
                            ))}
                            {data.corrects !== null && (
                                <>
                                    <dt>{t("record.corrects")}</dt>
                                    <dd>
                                        <a href={to.record(data.corrects)}>
                                            {t("log.record", { n: data.corrects })}
                                        </a>
                                    </dd>
                                </>
                            )}
                            {data.corrected_by !== null && (
                                <>
                                    <dt>{t("record.corrected_by")}</dt>
                                    <dd>
                                        <a href={to.record(data.corrected_by)}>
                                            {t("log.record", { n: data.corrected_by })}
                                        </a>
                                    </dd>
                                </>
                            )}
                            <dt>{t("record.signature")}</dt>
                            <dd>
                                {word("signature", data.signature.kind)}
                                {data.signature.key && (
                                    <span class="hash"> {data.signature.key}</span>
                                )}
                            </dd>
                        </dl>
                    </Panel>
                    {data.holds.length > 0 && (
                        <Panel title={t("record.holds")}>
                            <Holds holds={data.holds} />
                        </Panel>
                    )}
                    <Panel
                        title={t("record.event")}
                        note={t("record.bytes", { n: new TextEncoder().encode(data.event).length })}
                    >
                        <Bytes text={data.event} name={t("record.event")} />
                        <details>
                            <summary>{t("record.readable")}</summary>
                            <Bytes text={readable(data.event)} name={t("record.readable")} />
                        </details>
                    </Panel>
                </div>
                <div class="w6 stack">
                    <Panel title={t("proof.title")}>
                        {proof.failure && <Failed failure={proof.failure} again={proof.again} />}
                        {proof.data && <Check record={data} proof={proof.data} />}
                    </Panel>
                    <Panel
                        title={t("record.record")}
                        note={t("record.bytes", { n: data.record_hex.length / 2 })}
                    >
                        <Bytes text={data.record_hex} name={t("record.record")} />
                        <dl class="pairs gap">
                            <dt>{t("record.event_hash")}</dt>
                            <dd class="hash">{data.event_hash}</dd>
                            <dt>{t("record.decision_hash")}</dt>
                            <dd class="hash">{data.decision_hash}</dd>
                            <dt>{t("record.salts")}</dt>
                            <dd class="hash">
                                {data.salts.event} {data.salts.decision}
                            </dd>
                        </dl>
                    </Panel>
                </div>
            </div>
        </>
    );
}

function Reason(props: { code: Schemas["Code"] }) {
    const { code, where, message, mend } = props.code;
    return (
        <>
            <dt>{t("record.reason")}</dt>
            <dd>
                <code>{code}</code> <span lang="en">{mend ? `${message}; ${mend}` : message}</span>
                {where && <code class="quiet"> {where}</code>}
            </dd>
        </>
    );
}

function Bytes(props: { text: string; name: string }) {
    return (
        <code class="bytes" tabIndex={0} role="group" aria-label={props.name}>
            {props.text}
        </code>
    );
}

function Check(props: { record: Schemas["Record"]; proof: Schemas["Proof"] }) {
    const [checked, setChecked] = useState<(Checked & { at: string }) | undefined>(undefined);
    const { record, proof } = props;
    useEffect(() => {
        if (!canCheck()) return;
        let mine = true;
        const claim = {
            seq: record.record.seq,
            event: record.event,
            decision: record.decision,
            salts: record.salts,
            record_hex: record.record_hex,
        };
        checkRecord(claim, proof).then((answer) => {
            const now = new Date();
            const at = `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
            if (mine) setChecked({ ...answer, at });
        });
        return () => {
            mine = false;
        };
    }, [record, proof]);
    if (!canCheck()) return <p class="empty">{t("proof.cannot")}</p>;
    if (!checked) return <div class="ghost" />;
    const tone = checked.good ? (checked.whole ? "fine" : "plain") : "held";
    return (
        <>
            <p
                class={`verdict-line ${tone}`}
                role="status"
                data-proof={checked.whole ? "good" : checked.good ? "partly" : "bad"}
            >
                {checked.good ? <icon.Fine /> : <icon.Held />}
                <span>
                    {t(checked.whole ? "proof.good" : checked.good ? "proof.partly" : "proof.bad", {
                        time: checked.at,
                        ms: new Intl.NumberFormat("en", { maximumFractionDigits: 0 }).format(
                            Math.max(1, checked.milliseconds),
                        ),
                    })}
                </span>
            </p>
            <ol class="steps">
                {checked.steps.map((s) => (
                    <StepLine key={s.name} step={s} />
                ))}
            </ol>
            {checked.nodes.length > 0 && (
                <details>
                    <summary>{t("proof.nodes", { n: checked.nodes.length })}</summary>
                    <ol class="path">
                        {checked.nodes.map((n) => (
                            <li key={n.hash}>
                                <span class="caption">
                                    {t(n.side === "left" ? "proof.left" : "proof.right")}
                                </span>{" "}
                                <span class="hash">{n.sibling}</span>
                                <br />
                                <span class="caption">{t("proof.gives")}</span>{" "}
                                <span class="hash">{n.hash}</span>
                            </li>
                        ))}
                    </ol>
                </details>
            )}
        </>
    );
}

function StepLine(props: { step: Step }) {
    const { step } = props;
    const tone = step.good === undefined ? "plain" : step.good ? "fine" : "held";
    return (
        <li class={`step ${tone}`} data-step={step.name}>
            {step.good === undefined ? <icon.Dotted /> : step.good ? <icon.Fine /> : <icon.Held />}
            <span>{t(`proof.step.${step.name}` as Key, { n: step.count ?? 0 })}</span>
            <span class="caption">
                {t(
                    step.good === undefined
                        ? "proof.untested"
                        : step.good
                          ? "proof.ok"
                          : "proof.not_ok",
                )}
            </span>
            <span class="hash">{step.value}</span>
        </li>
    );
}
