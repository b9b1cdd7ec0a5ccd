// A facility's months as separate trials: stems from zero over two stepped bands, and below them the
// running sum with its own limits and the month at which Page's test struck. Arrow keys walk the
// months; the line under the drawing says the one that is chosen.

import { useId, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { balanceWords } from "../components/state";
import { t, word } from "../i18n";
import { monthName, monthYear } from "../lib/dates";
import { absolute, inScale, type MassScale, massScale, toNumber } from "../lib/decimal";
import { Hatch } from "./hatch";
import { axis, ticks, tickText, useWidth } from "./scale";

type Month = Schemas["BalanceMonth"];

const LEFT = 54;
const RIGHT = 10;
const TALL = 178;
const RUN = 104;
const TOP = 18;

export function mufScale(months: readonly Month[]): MassScale {
    return massScale(months.flatMap((m) => [m.muf_kg, m.alarm_limit_kg, m.cumuf_kg]));
}

export function mufWords(m: Month, scale: MassScale): string {
    if (m.state === "no_stocktake") return t("muf.point.none", { month: monthYear(m.month) });
    return t("muf.point", {
        month: monthYear(m.month),
        side: m.muf_kg.startsWith("-") ? word("side", "surplus") : word("side", "missing"),
        mass: `${inScale(absolute(m.muf_kg), scale)} ${scale.unit}`,
        u: `${inScale(m.sigma_muf_kg, scale)} ${scale.unit}`,
        limit: `${inScale(m.usual_limit_kg, scale)} ${scale.unit}`,
        state: balanceWords(m.state, m.side)[1],
    });
}

export function MufChart(props: {
    months: readonly Month[];
    noticed: { missing: string | null; surplus: string | null };
    /** What the chart shows, said for those who do not see it. */
    name: string;
    month?: string | undefined;
    onMonth?: (month: string) => void;
}) {
    const [ref, width] = useWidth<HTMLDivElement>();
    const hatch = useId().replaceAll(":", "");
    const [chosen, setChosen] = useState<number | undefined>(undefined);
    const { months } = props;
    const scale = mufScale(months);
    const value = (kg: string) => toNumber(kg) / (scale.unit === "t" ? 1000 : 1);
    const fromWord = months.findIndex((m) => m.month === props.month);
    const at = chosen ?? (fromWord >= 0 ? fromWord : undefined);

    const wide = Math.max(1, width - LEFT - RIGHT);
    const step = wide / Math.max(1, months.length);
    const x = (i: number) => LEFT + step * (i + 0.5);
    const top = axis(
        Math.max(
            ...months.map((m) => Math.max(Math.abs(value(m.muf_kg)), value(m.alarm_limit_kg))),
            0,
        ),
        3,
    );
    const y = (v: number) => TOP + (TALL / 2) * (1 - v / top.top);
    const run = axis(
        Math.max(
            ...months.map((m) =>
                Math.max(Math.abs(value(m.cumuf_kg)), value(m.cumuf_alarm_limit_kg)),
            ),
            0,
        ),
        2,
    );
    const runTop = TOP + TALL + 36;
    const yr = (v: number) => runTop + (RUN / 2) * (1 - v / run.top);
    const height = runTop + RUN + 20;
    const every = Math.max(1, Math.ceil(38 / step));

    const choose = (i: number) => {
        const next = Math.max(0, Math.min(months.length - 1, i));
        setChosen(next);
    };
    const key = (e: KeyboardEvent) => {
        const moves: Record<string, number> = {
            ArrowRight: (at ?? -1) + 1,
            ArrowLeft: (at ?? months.length) - 1,
            Home: 0,
            End: months.length - 1,
        };
        const next = moves[e.key];
        if (next !== undefined) {
            e.preventDefault();
            choose(next);
        } else if (e.key === "Enter" && at !== undefined && months[at])
            props.onMonth?.(months[at].month);
    };
    const struck = (["missing", "surplus"] as const).flatMap((side) => {
        const i = months.findIndex((m) => m.month === props.noticed[side]);
        return i < 0 ? [] : [{ side, i }];
    });
    const current = at === undefined ? undefined : months[at];

    return (
        <div class="chart" ref={ref}>
            <div
                class="chart-focus"
                tabIndex={0}
                role="group"
                aria-label={props.name}
                onKeyDown={key}
            >
                {width > 0 && (
                    <svg width={width} height={height} role="img" aria-label={props.name}>
                        <Hatch id={hatch} />
                        {months.map((m, i) => (
                            <g key={m.month}>
                                {m.state === "no_stocktake" ? (
                                    <rect
                                        x={LEFT + step * i + 1}
                                        y={TOP}
                                        width={Math.max(1, step - 2)}
                                        height={TALL}
                                        fill={`url(#${hatch}-gap)`}
                                    />
                                ) : (
                                    <>
                                        <rect
                                            class="band-outer"
                                            x={LEFT + step * i}
                                            width={step}
                                            y={y(value(m.alarm_limit_kg))}
                                            height={
                                                y(-value(m.alarm_limit_kg)) -
                                                y(value(m.alarm_limit_kg))
                                            }
                                        />
                                        <rect
                                            class="band-inner"
                                            x={LEFT + step * i}
                                            width={step}
                                            y={y(value(m.usual_limit_kg))}
                                            height={
                                                y(-value(m.usual_limit_kg)) -
                                                y(value(m.usual_limit_kg))
                                            }
                                        />
                                    </>
                                )}
                            </g>
                        ))}
                        {ticks(top)
                            .flatMap((v) => (v === 0 ? [0] : [v, -v]))
                            .map((v) => (
                                <g key={v}>
                                    <line
                                        class={v === 0 ? "axis" : "gridline"}
                                        x1={LEFT}
                                        x2={LEFT + wide}
                                        y1={y(v)}
                                        y2={y(v)}
                                    />
                                    <text x={LEFT - 8} y={y(v) + 4} text-anchor="end">
                                        {tickText(v, top.places)}
                                    </text>
                                </g>
                            ))}
                        <text x={LEFT} y={10}>
                            {t("muf.axis.missing", { unit: scale.unit })}
                        </text>
                        <text x={LEFT} y={TOP + TALL + 14}>
                            {t("muf.axis.surplus")}
                        </text>
                        {struck.map(({ side, i }) => (
                            <g key={side}>
                                <line
                                    class="noticed"
                                    x1={x(i)}
                                    x2={x(i)}
                                    y1={TOP}
                                    y2={runTop + RUN}
                                />
                                <text
                                    class="noticed-text"
                                    x={x(i) + (i > months.length / 2 ? -5 : 5)}
                                    y={TOP + TALL + 28}
                                    text-anchor={i > months.length / 2 ? "end" : "start"}
                                >
                                    {t("muf.noticed", {
                                        month: monthName(months[i]?.month ?? ""),
                                        side: word("side", side),
                                    })}
                                </text>
                            </g>
                        ))}
                        {months.map(
                            (m, i) =>
                                m.state !== "no_stocktake" && (
                                    <Stem
                                        key={m.month}
                                        x={x(i)}
                                        zero={y(0)}
                                        y={y(value(m.muf_kg))}
                                        state={m.state}
                                        hatch={hatch}
                                    />
                                ),
                        )}
                        {/* the running sum */}
                        {months.map((m, i) => (
                            <g key={m.month}>
                                <rect
                                    class="band-outer"
                                    x={LEFT + step * i}
                                    width={step}
                                    y={yr(value(m.cumuf_alarm_limit_kg))}
                                    height={
                                        yr(-value(m.cumuf_alarm_limit_kg)) -
                                        yr(value(m.cumuf_alarm_limit_kg))
                                    }
                                />
                                <rect
                                    class="band-inner"
                                    x={LEFT + step * i}
                                    width={step}
                                    y={yr(value(m.cumuf_usual_limit_kg))}
                                    height={
                                        yr(-value(m.cumuf_usual_limit_kg)) -
                                        yr(value(m.cumuf_usual_limit_kg))
                                    }
                                />
                            </g>
                        ))}
                        {[run.top, 0, -run.top].map((v) => (
                            <g key={v}>
                                <line
                                    class={v === 0 ? "axis" : "gridline"}
                                    x1={LEFT}
                                    x2={LEFT + wide}
                                    y1={yr(v)}
                                    y2={yr(v)}
                                />
                                <text x={LEFT - 8} y={yr(v) + 4} text-anchor="end">
                                    {tickText(v, run.places)}
                                </text>
                            </g>
                        ))}
                        <path
                            class="running"
                            d={months
                                .map(
                                    (m, i) =>
                                        `${i === 0 ? "M" : "L"}${x(i).toFixed(1)} ${yr(value(m.cumuf_kg)).toFixed(1)}`,
                                )
                                .join("")}
                        />
                        <text x={LEFT + 4} y={runTop + 11}>
                            {t("muf.running")}
                        </text>
                        {months.map(
                            (m, i) =>
                                i % every === 0 && (
                                    <text
                                        key={m.month}
                                        x={x(i)}
                                        y={runTop + RUN + 16}
                                        text-anchor="middle"
                                    >
                                        {monthName(m.month)}
                                    </text>
                                ),
                        )}
                        {at !== undefined && (
                            <rect
                                class="cursor"
                                x={LEFT + step * at + 1}
                                y={TOP - 4}
                                width={Math.max(2, step - 2)}
                                height={runTop + RUN - TOP + 6}
                                rx={3}
                            />
                        )}
                        {months.map((m, i) => (
                            <rect
                                key={m.month}
                                x={LEFT + step * i}
                                y={TOP}
                                width={step}
                                height={runTop + RUN - TOP}
                                fill="transparent"
                                onPointerEnter={() => choose(i)}
                                onClick={() => props.onMonth?.(m.month)}
                            />
                        ))}
                    </svg>
                )}
            </div>
            <p class="readout" aria-live="polite">
                {current ? mufWords(current, scale) : t("muf.hint")}
            </p>
        </div>
    );
}

function Stem(props: { x: number; zero: number; y: number; state: Month["state"]; hatch: string }) {
    const { x, y, zero, state } = props;
    return (
        <g>
            <line class={`stem ${state}`} x1={x} x2={x} y1={zero} y2={y} />
            {state === "beyond" ? (
                <rect
                    class="hatch-edge"
                    x={x - 5.5}
                    y={y - 5.5}
                    width={11}
                    height={11}
                    fill={`url(#${props.hatch})`}
                />
            ) : state === "near" ? (
                <path class="dot near" d={`M${x} ${y - 5.5}l5.5 9.5h-11z`} />
            ) : (
                <circle class="dot" cx={x} cy={y} r={3.5} />
            )}
        </g>
    );
}
