// The year from left to right: steps are what dated instruments allotted, the area is what was drawn.

import type { Schemas } from "../api";
import { t, word } from "../i18n";
import { monthName } from "../lib/dates";
import { inScale, massScale, toNumber } from "../lib/decimal";
import { axis, ticks, tickText, useWidth } from "./scale";

export function ledgerName(use: { ledger: string; ore_class: string | null }): string {
    const ledger = word("ledger", use.ledger);
    return use.ore_class ? t("ledger.of", { ledger, ore: word("ore", use.ore_class) }) : ledger;
}

export function BurnDown(props: { use: Schemas["QuotaUse"]; height?: number }) {
    const [ref, width] = useWidth<HTMLDivElement>();
    const { use } = props;
    const tall = props.height ?? 84;
    const scale = massScale([use.allotted_kg, use.drawn_kg]);
    const unit = scale.unit === "t" ? 1000 : 1;
    const left = 46;
    const top = 8;
    const wide = Math.max(1, width - left - 6);
    const x = (month: number) => left + (wide * month) / 12;
    const a = axis(Math.max(toNumber(use.allotted_kg), toNumber(use.drawn_kg)) / unit, 3);
    const y = (kg: number) => top + tall * (1 - kg / unit / a.top);

    // Both are running sums of the year.
    const points: [number, number, number][] = [];
    for (const m of use.months) {
        points.push([Number(m.month.slice(5)), toNumber(m.drawn_kg), toNumber(m.allotted_kg)]);
    }
    const start = (points[0]?.[0] ?? 1) - 1;
    const last = points.at(-1)?.[0] ?? start;
    const line = points.map(([m, kg]) => `L${x(m).toFixed(1)} ${y(kg).toFixed(1)}`).join("");
    const steps = points.map(([m, , kg]) => `V${y(kg).toFixed(1)}H${x(m).toFixed(1)}`).join("");
    const name = t("quota.chart", {
        ledger: ledgerName(use),
        drawn: `${inScale(use.drawn_kg, scale)} ${scale.unit}`,
        allotted: `${inScale(use.allotted_kg, scale)} ${scale.unit}`,
    });
    return (
        <div class="chart" ref={ref}>
            {width > 0 && (
                <svg width={width} height={top + tall + 20} role="img" aria-label={name}>
                    <title>{name}</title>
                    {ticks(a).map((v) => (
                        <g key={v}>
                            <line
                                class={v === 0 ? "axis" : "gridline"}
                                x1={left}
                                x2={left + wide}
                                y1={y(v * unit)}
                                y2={y(v * unit)}
                            />
                            <text x={left - 6} y={y(v * unit) + 4} text-anchor="end">
                                {tickText(v, a.places)}
                            </text>
                        </g>
                    ))}
                    {points.length > 0 && (
                        <>
                            <path
                                class="drawn"
                                d={`M${x(start)} ${y(0)}${line}L${x(last)} ${y(0)}Z`}
                            />
                            <path class="drawn-line" d={`M${x(start)} ${y(0)}${line}`} />
                            <path
                                class="allotted"
                                d={`M${x(start)} ${y(points[0]?.[2] ?? 0)}${steps}`}
                            />
                        </>
                    )}
                    {[1, 4, 7, 10].map((m) => (
                        <text key={m} x={x(m - 0.5)} y={top + tall + 16} text-anchor="middle">
                            {monthName(`${use.year}-${String(m).padStart(2, "0")}`)}
                        </text>
                    ))}
                </svg>
            )}
        </div>
    );
}
