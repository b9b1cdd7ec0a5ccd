// What was written, newest first, and under which signed root.

import { lastRecord, type Schemas, useList } from "../api";
import { me } from "../api/session";
import { CheckpointFacts } from "../components/CheckpointFacts";
import { Instead, PageHead, Panel } from "../components/layout";
import { Verdict } from "../components/state";
import { MoreRows, Table } from "../components/table";
import { t, word } from "../i18n";
import { happened, moment } from "../lib/dates";
import { count } from "../lib/decimal";
import { to } from "../lib/go";
import { useWords } from "../lib/words";

const KINDS = [
    "book",
    "party",
    "facility",
    "key",
    "factors",
    "policy",
    "material",
    "deposit",
    "source",
    "licence",
    "plan.adopt",
    "open",
    "close",
    "extract",
    "pool",
    "charge",
    "draw",
    "transform",
    "split",
    "merge",
    "ship",
    "receive",
    "measure",
    "stocktake",
    "discard",
    "loss",
    "hold",
    "release",
    "return",
    "correct",
];
const VERDICTS = ["accepted", "flagged", "held"] as const;

type Row = Schemas["RecordBrief"];

export function LogPage() {
    const [words, set] = useWords();
    const list = useList("/api/v1/records", {
        kind: words.kind,
        verdict: words.verdict,
        limit: 100,
    });
    const offset = me.value?.book.offset ?? "+00:00";
    const seen = list.first?.as_of;
    const fresh = seen != null && lastRecord.value !== undefined ? lastRecord.value - seen : 0;
    return (
        <>
            <PageHead
                title={t("nav.log")}
                facts={
                    list.first && (
                        <>
                            <span>{t("log.size", { n: list.first.size })}</span>
                            <span>{t("log.zone", { offset })}</span>
                        </>
                    )
                }
            />
            <div class="filters">
                <span class="segment" role="group" aria-label={t("verdict")}>
                    <button
                        type="button"
                        aria-pressed={!words.verdict}
                        onClick={() => set({ verdict: undefined })}
                    >
                        {t("all")}
                    </button>
                    {VERDICTS.map((v) => (
                        <button
                            key={v}
                            type="button"
                            aria-pressed={words.verdict === v}
                            onClick={() => set({ verdict: v })}
                        >
                            {word("verdict", v)}
                        </button>
                    ))}
                </span>
                <select
                    class="field"
                    aria-label={t("log.kind")}
                    value={words.kind ?? ""}
                    onChange={(e) => set({ kind: e.currentTarget.value || undefined })}
                >
                    <option value="">{t("log.any_kind")}</option>
                    {KINDS.map((k) => (
                        <option key={k} value={k}>
                            {word("event", k)}
                        </option>
                    ))}
                </select>
                {fresh > 0 && (
                    <button type="button" class="button small" onClick={list.again}>
                        {t("log.fresh", { n: fresh })}
                    </button>
                )}
            </div>
            <div class="grid">
                <div class="w8 stack">
                    {!list.first ? (
                        <Instead failure={list.failure} again={list.again} />
                    ) : (
                        <Panel title={t("log.title")} flush>
                            {list.items.length > 0 ? (
                                <>
                                    <Table
                                        name={t("nav.log")}
                                        sticky
                                        rows={list.items}
                                        keyOf={(r) => r.seq}
                                        href={(r) => to.record(r.seq)}
                                        columns={[
                                            {
                                                id: "seq",
                                                head: t("log.number"),
                                                cell: (r: Row) => count(r.seq),
                                                width: 9,
                                                narrow: 42,
                                            },
                                            {
                                                id: "kind",
                                                head: t("log.kind"),
                                                cell: (r) => word("event", r.kind),
                                                width: 16,
                                            },
                                            {
                                                id: "happened",
                                                head: t("log.happened"),
                                                cell: (r) => (
                                                    <span class="date">
                                                        {happened(r.happened).slice(0, 16)}
                                                    </span>
                                                ),
                                                width: 19,
                                                wide: true,
                                            },
                                            {
                                                id: "recorded",
                                                head: t("log.recorded"),
                                                cell: (r) => (
                                                    <span class="date">
                                                        {moment(r.recorded, offset)}
                                                    </span>
                                                ),
                                                width: 19,
                                                wide: true,
                                            },
                                            {
                                                id: "party",
                                                head: t("log.by"),
                                                cell: (r) => r.party,
                                                width: 13,
                                                wide: true,
                                            },
                                            {
                                                id: "verdict",
                                                head: t("verdict"),
                                                cell: (r) => (
                                                    <>
                                                        <Verdict verdict={r.verdict} />
                                                        {r.codes.length > 0 && (
                                                            <code class="codes">
                                                                {" "}
                                                                {r.codes.join(" ")}
                                                            </code>
                                                        )}
                                                    </>
                                                ),
                                                width: 24,
                                            },
                                        ]}
                                        folded={(r) =>
                                            `${happened(r.happened).slice(0, 16)} · ${r.party}`
                                        }
                                    />
                                    <MoreRows shown={list.items.length} more={list.more} />
                                </>
                            ) : (
                                <p class="empty">
                                    {words.kind || words.verdict
                                        ? t("log.empty.filter")
                                        : t("log.empty")}
                                </p>
                            )}
                        </Panel>
                    )}
                </div>
                <div class="w4">
                    <Panel
                        title={t("checkpoint.title")}
                        note={<a href="/checkpoint">{t("nav.checkpoint")}</a>}
                    >
                        <CheckpointFacts />
                    </Panel>
                </div>
            </div>
        </>
    );
}
