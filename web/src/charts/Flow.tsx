// Where it went, and where it did not arrive: stages as columns, bars as facilities, bands as what was
// received. What is not accounted for is hatched, enters from the left or leaves to the right, and
// stands above the bands.

import { useId, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { t, word } from "../i18n";
import { inScale, type MassScale } from "../lib/decimal";
import { to } from "../lib/go";
import { BAR_WIDTH, type Bar, bandPath, flow, MARK_WIDTH } from "./flow";
import { Hatch } from "./hatch";
import { useWidth } from "./scale";

export function FlowChart(props: { network: Schemas["Network"]; scale: MassScale; name: string }) {
    const [ref, width] = useWidth<HTMLDivElement>();
    return (
        <div class="chart flow" ref={ref}>
            {width >= 560 && <Drawing {...props} width={width} />}
            {width > 0 && width < 560 && <Largest {...props} />}
        </div>
    );
}

const nameOf = (b: Bar): string =>
    b.nodes.length === 1 ? (b.nodes[0]?.name ?? b.key) : t("trace.others", { n: b.nodes.length });

function shorten(text: string, width: number): string {
    const letters = Math.floor(width / 5.9);
    return text.length <= letters ? text : `${text.slice(0, Math.max(1, letters - 1))}…`;
}

function Drawing(props: {
    network: Schemas["Network"];
    scale: MassScale;
    name: string;
    width: number;
}) {
    const id = useId();
    const [lit, setLit] = useState<string | undefined>(undefined);
    const { bars, bands, columns, height } = flow(props.network, props.width);
    const step =
        columns.length > 1 ? (columns[1]?.x ?? 0) - (columns[0]?.x ?? 0) : props.width - MARK_WIDTH;
    const room = Math.min(step, 150) - BAR_WIDTH - 12;
    const mass = (kg: string) => `${inScale(kg, props.scale)}\u202f${props.scale.unit}`;
    return (
        <svg width={props.width} height={height} role="group" aria-label={props.name}>
            <Hatch id={id} />
            {columns.map((c) => (
                <text key={c.x} class="column-name" x={c.x} y={11}>
                    {shorten(c.kinds.map((k) => word("kind", k)).join(", "), step - 10)}
                </text>
            ))}
            {bands.map((b) => {
                const on = lit === b.from.key || lit === b.to.key;
                return (
                    <path
                        key={`${b.from.key} ${b.to.key}`}
                        class={`edge${on ? " lit" : ""}`}
                        d={bandPath(b)}
                    >
                        <title>{`${nameOf(b.from)} → ${nameOf(b.to)}: ${mass(b.kilograms)}`}</title>
                    </path>
                );
            })}
            {bars.map((b) => {
                const only = b.nodes.length === 1 ? b.nodes[0] : undefined;
                const name = nameOf(b);
                const gap = b.side && `${word("side", b.side)} ${mass(b.unaccounted)}`;
                const inner = (
                    <>
                        <title>{gap ? `${name}: ${gap}` : name}</title>
                        {b.side && (
                            <rect
                                class="hatch-edge"
                                fill={`url(#${id})`}
                                x={b.side === "missing" ? b.x + BAR_WIDTH : b.x - MARK_WIDTH}
                                y={b.y}
                                width={MARK_WIDTH}
                                height={Math.min(b.gap, Math.max(b.height, 12))}
                            />
                        )}
                        <rect
                            class={`node${b.side ? " beyond" : ""}`}
                            x={b.x + 0.5}
                            y={b.y}
                            width={BAR_WIDTH - 1}
                            height={b.height}
                        />
                        <text
                            class="node-name halo"
                            x={b.x + BAR_WIDTH + (b.side === "missing" ? MARK_WIDTH : 0) + 5}
                            y={b.y + 10}
                        >
                            {shorten(name, room)}
                        </text>
                        {gap && (
                            <text
                                class="noticed-text halo"
                                x={b.x + BAR_WIDTH + (b.side === "missing" ? MARK_WIDTH : 0) + 5}
                                y={b.y + 23}
                            >
                                {gap}
                            </text>
                        )}
                    </>
                );
                const light = {
                    onPointerEnter: () => setLit(b.key),
                    onPointerLeave: () => setLit(undefined),
                    onFocus: () => setLit(b.key),
                    onBlur: () => setLit(undefined),
                };
                return only ? (
                    <a
                        key={b.key}
                        href={to.facility(only.id, { el: props.network.component })}
                        {...light}
                    >
                        {inner}
                    </a>
                ) : (
                    <g key={b.key} {...light}>
                        {inner}
                    </g>
                );
            })}
        </svg>
    );
}

/** On a narrow screen bands cannot be told apart: the largest flows as a list. */
function Largest(props: { network: Schemas["Network"]; scale: MassScale }) {
    const names = new Map(props.network.nodes.map((n) => [n.id, n.name]));
    const largest = [...props.network.links]
        .sort((a, b) => Number(b.received_kg) - Number(a.received_kg))
        .slice(0, 10);
    return (
        <ul class="trace-list">
            {largest.map((l) => (
                <li key={`${l.from} ${l.to}`}>
                    <a href={to.facility(l.from)}>{names.get(l.from) ?? l.from}</a>
                    {" → "}
                    <a href={to.facility(l.to)}>{names.get(l.to) ?? l.to}</a>
                    <span class="caption">
                        {" "}
                        {inScale(l.received_kg, props.scale)}
                        {"\u202f"}
                        {props.scale.unit}
                    </span>
                </li>
            ))}
        </ul>
    );
}
