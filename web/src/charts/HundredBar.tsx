// One bar of a hundred per cent: groups of elements, labels only where they fit.

import { t } from "../i18n";
import { percent, ratio, sum, toNumber } from "../lib/decimal";
import { GROUPS } from "../lib/elements";
import { useWidth } from "./scale";

/** Group colours under which white reads better than ink, in light and in dark. */
const DEEP_LIGHT = new Set(["Pr", "Tb", "Y"]);
const DEEP_DARK = new Set(["La", "Er"]);

export function GroupBar(props: {
    kilograms: Record<string, string>;
    name: string;
    dark: boolean;
}) {
    const [ref, width] = useWidth<HTMLDivElement>();
    const groups = GROUPS.map((g) => ({
        ...g,
        kg: sum(
            g.members.flatMap((m) =>
                props.kilograms[m] === undefined ? [] : [props.kilograms[m] as string],
            ),
        ),
    }));
    const total = sum(groups.map((g) => g.kg));
    const shares = groups
        .map((g) => ({ ...g, share: ratio(g.kg, total, 9) ?? "0" }))
        .filter((g) => toNumber(g.share) > 0);
    const gap = 1.5;
    const room = width - gap * Math.max(0, shares.length - 1);
    let x = 0;
    const deep = props.dark ? DEEP_DARK : DEEP_LIGHT;
    return (
        <div class="chart" ref={ref}>
            {width > 0 && (
                <svg
                    width={width}
                    height={38}
                    role="img"
                    aria-label={`${props.name}: ${shares.map((g) => `${g.name} ${percent(g.share)} %`).join(", ")}`}
                >
                    {shares.map((g) => {
                        const w = toNumber(g.share) * room;
                        const left = x;
                        x += w + gap;
                        const label = `${g.name} ${percent(g.share, 0)} %`;
                        return (
                            <g key={g.name}>
                                <title>{`${g.name}: ${percent(g.share, 2)} %`}</title>
                                <rect
                                    class={`segment-box el-${g.colour}`}
                                    x={left + 0.5}
                                    y={0.5}
                                    width={Math.max(1, w - 1)}
                                    height={21}
                                />
                                {w > label.length * 6.4 + 8 ? (
                                    <text
                                        class={deep.has(g.colour) ? "on-deep" : "on-pale"}
                                        x={left + 6}
                                        y={15}
                                    >
                                        {label}
                                    </text>
                                ) : (
                                    w > g.name.length * 6.4 && (
                                        <text x={left + w / 2} y={35} text-anchor="middle">
                                            {g.name}
                                        </text>
                                    )
                                )}
                            </g>
                        );
                    })}
                </svg>
            )}
            {shares.length === 0 && <p class="chart-empty">{t("none.stated")}</p>}
        </div>
    );
}
