// What a lot is made of, back to the mine, or what was made of it: stages as columns, groups as bars,
// bands as shares of REO. On a narrow screen the same boxes are a list.

import { useState } from "preact/hooks";
import type { Schemas } from "../api";
import { t, word } from "../i18n";
import { percent } from "../lib/decimal";
import { to } from "../lib/go";
import { BAR, bandPath, layout } from "./genealogy";
import { useWidth } from "./scale";

type Node = Schemas["TraceNode"];

export function nodeName(n: Node): string {
    if (n.others > 0) return t("trace.others", { n: n.others });
    if (n.hidden) return t("trace.hidden");
    return n.facility_name ?? (n.source ? word("source", n.source) : word("stage", n.stage));
}

function nodeSub(n: Node): string {
    const share = `${percent(n.share)}\u202f%`;
    if (n.hidden) return share;
    if (n.lot) return `${share} · ${n.lot}`;
    const what = n.material_name ?? word("stage", n.stage);
    return `${share} · ${n.lots > 1 ? t("trace.lots", { what, n: n.lots }) : what}`;
}

export function nodeHref(n: Node): string | undefined {
    if (n.hidden || n.others > 0) return undefined;
    if (n.lot) return to.lot(n.lot);
    if (n.facility) return to.lots({ facility: n.facility, material: n.material ?? undefined });
    return undefined;
}

export function Genealogy(props: { trace: Schemas["Trace"]; name: string }) {
    const [ref, width] = useWidth<HTMLDivElement>();
    const { trace } = props;
    const narrow = width > 0 && width < 560;
    return (
        <div class="chart" ref={ref}>
            {width > 0 &&
                (narrow ? (
                    <List trace={trace} />
                ) : (
                    <Drawing trace={trace} width={width} name={props.name} />
                ))}
        </div>
    );
}

function shorten(text: string, width: number): string {
    const letters = Math.floor(width / 5.9);
    return text.length <= letters ? text : `${text.slice(0, Math.max(1, letters - 1))}…`;
}

function Drawing(props: { trace: Schemas["Trace"]; width: number; name: string }) {
    const [lit, setLit] = useState<string | undefined>(undefined);
    const { boxes, bands, columns, height, columnWidth } = layout(props.trace, props.width);
    const room = columnWidth - BAR - 14;
    return (
        <svg width={props.width} height={height} role="group" aria-label={props.name}>
            {columns.map((c) => (
                <text key={c.x} class="column-name" x={c.x} y={11}>
                    {shorten(c.stages.map((s) => word("stage", s)).join(", "), columnWidth - 8)}
                </text>
            ))}
            {bands.map((b) => (
                <path
                    key={`${b.from.node.id} ${b.to.node.id}`}
                    class={`edge${b.held ? " held" : ""}${lit === b.from.node.id || lit === b.to.node.id ? " lit" : ""}`}
                    d={bandPath(b)}
                />
            ))}
            {boxes.map((b) => {
                const n = b.node;
                const href = nodeHref(n);
                const name = nodeName(n);
                const kind = n.column === 0 ? "self" : n.held ? "held" : n.source ? "licensed" : "";
                const inner = (
                    <>
                        <title>{`${name} · ${nodeSub(n)}`}</title>
                        <rect
                            class={`node ${kind}`}
                            x={b.x + 0.5}
                            y={b.y}
                            width={BAR - 1}
                            height={b.height}
                        />
                        <text class="node-name halo" x={b.x + BAR + 6} y={b.y + 10}>
                            {shorten(n.held ? `${name} · ${t("state.held")}` : name, room)}
                        </text>
                        <text class="node-sub halo" x={b.x + BAR + 6} y={b.y + 23}>
                            {shorten(nodeSub(n), room)}
                        </text>
                    </>
                );
                const light = {
                    onPointerEnter: () => setLit(n.id),
                    onPointerLeave: () => setLit(undefined),
                    onFocus: () => setLit(n.id),
                    onBlur: () => setLit(undefined),
                };
                return href && n.column !== 0 ? (
                    <a key={n.id} href={href} {...light}>
                        {inner}
                    </a>
                ) : (
                    <g key={n.id} {...light}>
                        {inner}
                    </g>
                );
            })}
        </svg>
    );
}

function List(props: { trace: Schemas["Trace"] }) {
    const rows = [...props.trace.nodes].filter((n) => n.column > 0);
    return (
        <ul class="trace-list">
            {rows.map((n) => {
                const href = nodeHref(n);
                return (
                    <li key={n.id} class={`indent-${Math.min(4, n.column - 1)}`}>
                        {href ? <a href={href}>{nodeName(n)}</a> : nodeName(n)}
                        <span class="caption"> {nodeSub(n)}</span>
                    </li>
                );
            })}
        </ul>
    );
}
