// A dot with its range, for the one question "is zero inside?".

import { toNumber } from "../lib/decimal";
import { useWidth } from "./scale";

export function RangeDot(props: { value: string; u: string; largest: string }) {
    const [ref, width] = useWidth<HTMLDivElement>();
    const top = Math.max(toNumber(props.largest), 1e-12) * 1.1;
    const x = (v: number) => width / 2 + (v / top) * (width / 2 - 6);
    const v = toNumber(props.value);
    const u2 = 2 * toNumber(props.u);
    return (
        <div class="chart" ref={ref} aria-hidden="true">
            {width > 0 && (
                <svg width={width} height={20}>
                    <line class="axis" x1={x(0)} x2={x(0)} y1={0} y2={20} />
                    <line class="stem" x1={x(v - u2)} x2={x(v + u2)} y1={10} y2={10} />
                    <circle class="dot" cx={x(v)} cy={10} r={4} />
                </svg>
            )}
        </div>
    );
}
