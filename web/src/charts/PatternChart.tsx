// What a lot holds, element by element, against what its genealogy implies and against the mixture
// of known sources that fits best: per cent of the rare earths compared, on a logarithmic axis in
// decades that cover all of it. Found are ink squares with a band of twice their error; implied are
// grey dashed circles; the best mixture is dotted triangles. Lines break where nothing is known.

import type { Schemas } from "../api";
import { t } from "../i18n";
import { useWidth } from "./scale";

type Row = Schemas["LotOrigin"]["elements"][number];

const LEFT = 52;
const RIGHT = 10;
const TOP = 26;
const TALL = 190;

/** The decades that hold every value above zero, five at most. */
export function decades(values: readonly number[]): [number, number] {
    const seen = values.filter((v) => v > 0);
    if (seen.length === 0) return [0, 2];
    const high = Math.ceil(Math.log10(Math.max(...seen)) - 1e-9);
    const low = Math.floor(Math.log10(Math.min(...seen)) + 1e-9);
    return [Math.max(low, high - 5), Math.max(high, low + 1)];
}

export function PatternChart(props: { rows: readonly Row[]; name: string }) {
    const [ref, width] = useWidth<HTMLDivElement>();
    const { rows } = props;
    const mixed = rows.some((r) => r.best_percent !== null);
    const [low, high] = decades(
        rows.flatMap((r) => [r.found_percent, r.expected_percent ?? 0, r.best_percent ?? 0]),
    );
    const step = Math.max(1, width - LEFT - RIGHT) / Math.max(1, rows.length);
    const x = (i: number) => LEFT + step * (i + 0.5);
    const y = (v: number) =>
        TOP + TALL * (1 - (Math.max(low, Math.min(high, Math.log10(v))) - low) / (high - low));
    const line = (value: (r: Row) => number | null) => {
        let path = "";
        let down = false;
        rows.forEach((r, i) => {
            const v = value(r);
            if (v === null || !(v > 0)) {
                down = false;
                return;
            }
            path += `${down ? "L" : "M"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
            down = true;
        });
        return path;
    };
    const ticks = Array.from({ length: high - low + 1 }, (_, i) => low + i);
    const keys = [
        { mark: "found", text: t("pattern.found") },
        { mark: "implied", text: t("pattern.implied") },
        ...(mixed ? [{ mark: "best", text: t("pattern.best") }] : []),
    ];
    return (
        <div class="chart" ref={ref}>
            <ul class="pattern-keys" aria-hidden="true">
                {keys.map((k) => (
                    <li key={k.mark}>
                        <svg width={18} height={18}>
                            <Mark kind={k.mark} x={9} y={10} />
                        </svg>
                        {k.text}
                    </li>
                ))}
            </ul>
            {width > 0 && (
                <svg width={width} height={TOP + TALL + 24} role="img" aria-label={props.name}>
                    {ticks.map((d) => (
                        <g key={d}>
                            <line
                                class="gridline"
                                x1={LEFT}
                                x2={width - RIGHT}
                                y1={y(10 ** d)}
                                y2={y(10 ** d)}
                            />
                            <text x={LEFT - 8} y={y(10 ** d) + 4} text-anchor="end">
                                {`${10 ** d}\u202f%`}
                            </text>
                        </g>
                    ))}
                    {rows.map((r, i) => (
                        <g key={r.component}>
                            {!r.below && (
                                <rect
                                    class="pattern-band"
                                    x={x(i) - Math.min(9, step / 3)}
                                    width={2 * Math.min(9, step / 3)}
                                    y={y(r.found_percent + 2 * r.found_u)}
                                    height={Math.max(
                                        1,
                                        y(Math.max(1e-9, r.found_percent - 2 * r.found_u)) -
                                            y(r.found_percent + 2 * r.found_u),
                                    )}
                                />
                            )}
                            <text x={x(i)} y={TOP + TALL + 18} text-anchor="middle">
                                {r.component}
                            </text>
                        </g>
                    ))}
                    <path class="pattern-implied" d={line((r) => r.expected_percent)} />
                    {mixed && <path class="pattern-best" d={line((r) => r.best_percent)} />}
                    <path
                        class="pattern-found"
                        d={line((r) => (r.below ? null : r.found_percent))}
                    />
                    {rows.map((r, i) => (
                        <g key={r.component}>
                            <title>{words(r)}</title>
                            {r.expected_percent !== null && r.expected_percent > 0 && (
                                <Mark kind="implied" x={x(i)} y={y(r.expected_percent)} />
                            )}
                            {r.below ? (
                                <text x={x(i)} y={y(r.found_percent) + 4} text-anchor="middle">
                                    {"<"}
                                </text>
                            ) : (
                                <Mark kind="found" x={x(i)} y={y(r.found_percent)} />
                            )}
                            {r.best_percent !== null && r.best_percent > 0 && (
                                <Mark kind="best" x={x(i)} y={y(r.best_percent)} />
                            )}
                        </g>
                    ))}
                </svg>
            )}
        </div>
    );
}

function Mark(props: { kind: string; x: number; y: number }) {
    const { kind, x, y } = props;
    if (kind === "found")
        return <rect class="pattern-square" x={x - 3.5} y={y - 3.5} width={7} height={7} />;
    if (kind === "implied") return <circle class="pattern-ring" cx={x} cy={y} r={4} />;
    return <path class="pattern-triangle" d={`M${x} ${y - 8}L${x + 7.5} ${y + 5.5}H${x - 7.5}Z`} />;
}

export function patternNumber(v: number): string {
    return new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(v);
}

function words(r: Row): string {
    const found = `${r.below ? "< " : ""}${patternNumber(r.found_percent)}\u202f%`;
    return r.expected_percent === null
        ? `${r.component}: ${found}`
        : t("pattern.point", {
              component: r.component,
              found,
              implied: `${patternNumber(r.expected_percent)}\u202f%`,
          });
}
