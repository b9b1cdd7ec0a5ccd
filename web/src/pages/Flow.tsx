// Where did it go, and where did it not arrive?

import type { Schemas } from "../api";
import { useApi } from "../api";
import { FlowChart } from "../charts/Flow";
import { flow, isMarked } from "../charts/flow";
import { Instead, PageHead, Panel } from "../components/layout";
import { BalanceState } from "../components/state";
import { Table } from "../components/table";
import { t, word } from "../i18n";
import { months } from "../lib/dates";
import { add, compare, inScale, massScale, sign, subtract, toNumber } from "../lib/decimal";
import { byElement } from "../lib/elements";
import { to } from "../lib/go";
import { useWords } from "../lib/words";

type Node = Schemas["NetworkNode"];
const ELEMENTS = ["TREO", "La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Y", "Th"];
const RANK = { beyond: 0, near: 1, within: 2, no_stocktake: 3 } as const;

export function FlowPage() {
    const [words, set] = useWords();
    const el = (words.el ?? "TREO") as Schemas["Component"];
    const { data, failure, again } = useApi("/api/v1/network", { query: { el } });
    if (!data) return <Instead failure={failure} again={again} />;
    const rows = [...data.nodes].sort(worstFirst);
    const scale = massScale(rows.map((n) => add(n.received_kg, n.extracted_kg)));
    const marked = rows.filter(isMarked);
    const { back } = flow(data, 900);
    const all = [...new Set([...ELEMENTS, el])].sort((a, b) =>
        a === "TREO" ? -1 : b === "TREO" ? 1 : byElement(a, b),
    );
    const says =
        marked.length === 0
            ? t("flow.closes", { n: rows.length, component: data.component })
            : t("flow.open", { n: marked.length, of: rows.length, component: data.component });
    return (
        <>
            <PageHead
                title={t("nav.flow")}
                facts={
                    <>
                        <span>{months(data.from, data.to)}</span>
                        {data.as_of !== null && <span>{t("as_of", { n: data.as_of })}</span>}
                    </>
                }
            />
            <div class="filters">
                <span class="segment" role="group" aria-label={t("element")}>
                    {all.map((c) => (
                        <button
                            key={c}
                            type="button"
                            aria-pressed={el === c}
                            onClick={() => set({ el: c === "TREO" ? undefined : c })}
                        >
                            {c}
                        </button>
                    ))}
                </span>
            </div>
            <Panel
                title={says}
                note={
                    sign(back) > 0 &&
                    t("flow.back", { mass: `${inScale(back, scale)}\u202f${scale.unit}` })
                }
            >
                {rows.length > 0 ? (
                    <FlowChart network={data} scale={scale} name={says} />
                ) : (
                    <p class="empty">{t("flow.empty")}</p>
                )}
            </Panel>
            {rows.length > 0 && (
                <Panel title={t("flow.table", { component: data.component })} flush>
                    <FlowTable rows={rows} el={data.component} />
                </Panel>
            )}
        </>
    );
}

/** What does not close first, then by how near it is to its limit. */
function worstFirst(a: Node, b: Node): number {
    const part = (n: Node) =>
        Math.abs(toNumber(n.muf_kg)) / (toNumber(n.usual_limit_kg) || Infinity);
    return (
        Number(isMarked(b)) - Number(isMarked(a)) ||
        RANK[a.state] - RANK[b.state] ||
        part(b) - part(a) ||
        (a.id < b.id ? -1 : 1)
    );
}

function FlowTable(props: { rows: Node[]; el: string }) {
    const scale = massScale(
        props.rows.flatMap((n) => [add(n.received_kg, n.extracted_kg), n.shipped_kg]),
    );
    const mass = (kg: string) => inScale(kg, scale);
    const head = (name: "flow.in" | "flow.out" | "flow.change" | "flow.residue" | "flow.muf") =>
        t("in_unit", { what: t(name), unit: scale.unit });
    return (
        <Table
            name={t("flow.table", { component: props.el })}
            sticky
            two
            rows={props.rows}
            keyOf={(n) => n.id}
            href={(n) => to.facility(n.id, { el: props.el })}
            columns={[
                {
                    id: "name",
                    head: t("facility"),
                    cell: (n) => (
                        <>
                            {n.name}
                            <span class="sub">{word("kind", n.kind)}</span>
                        </>
                    ),
                    width: 24,
                    narrow: 44,
                },
                {
                    id: "in",
                    head: head("flow.in"),
                    number: true,
                    cell: (n) => mass(add(n.received_kg, n.extracted_kg)),
                    width: 12,
                    wide: true,
                },
                {
                    id: "out",
                    head: head("flow.out"),
                    number: true,
                    cell: (n) => mass(n.shipped_kg),
                    width: 12,
                    wide: true,
                },
                {
                    id: "change",
                    head: head("flow.change"),
                    number: true,
                    cell: (n) => mass(subtract(n.closing_kg, n.opening_kg)),
                    width: 12,
                    wide: true,
                },
                {
                    id: "residue",
                    head: head("flow.residue"),
                    number: true,
                    cell: (n) => mass(add(n.discards_kg, n.losses_kg)),
                    width: 11,
                    wide: true,
                },
                {
                    id: "muf",
                    head: head("flow.muf"),
                    number: true,
                    cell: (n) => (
                        <>
                            {mass(n.muf_kg)}
                            <span class="sub">
                                {compare(n.usual_limit_kg, "0") > 0
                                    ? t("flow.limit", { limit: mass(n.usual_limit_kg) })
                                    : t("none")}
                            </span>
                        </>
                    ),
                    width: 14,
                    narrow: 28,
                },
                {
                    id: "state",
                    head: t("facilities.books"),
                    cell: (n) => <BalanceState state={n.state} side={n.side} />,
                    width: 15,
                    narrow: 28,
                },
            ]}
            folded={(n) =>
                t("flow.folded", {
                    in: mass(add(n.received_kg, n.extracted_kg)),
                    out: mass(n.shipped_kg),
                    unit: scale.unit,
                })
            }
        />
    );
}
