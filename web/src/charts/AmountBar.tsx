// "At least" is solid, the doubt is hatched, the best estimate is a tick. A range that includes zero
// has no solid part and stays grey.

import { useId } from "preact/hooks";
import { toNumber } from "../lib/decimal";
import { Hatch } from "./hatch";
import { useWidth } from "./scale";

export function AmountBar(props: { mass: string; low: string; high: string; largest: string }) {
    const [ref, width] = useWidth<HTMLDivElement>();
    const hatch = useId().replaceAll(":", "");
    const top = Math.max(toNumber(props.largest), 1e-12);
    const x = (kg: string) => Math.max(0, Math.min(1, toNumber(kg) / top)) * Math.max(0, width - 2);
    const low = x(props.low);
    const high = Math.max(x(props.high), low + 1);
    const grey = toNumber(props.low) <= 0;
    return (
        <div class="chart" ref={ref} aria-hidden="true">
            {width > 0 && (
                <svg width={width} height={14}>
                    <Hatch id={hatch} />
                    {!grey && <rect class="solid" x={0} y={2} width={low} height={10} />}
                    <rect
                        class={grey ? "zero-bar" : "hatch-edge"}
                        x={low}
                        y={2.5}
                        width={high - low}
                        height={9}
                        fill={grey ? undefined : `url(#${hatch})`}
                    />
                    <line class="tick" x1={x(props.mass)} x2={x(props.mass)} y1={0} y2={14} />
                </svg>
            )}
        </div>
    );
}

/** A plain bar: how long beside the longest, with the held part marked; `whole` draws what it is part
 *  of behind it. */
export function StockBar(props: { kg: string; held: string; largest: string; whole?: boolean }) {
    const [ref, width] = useWidth<HTMLDivElement>();
    const top = Math.max(toNumber(props.largest), 1e-12);
    const w = (kg: string) => (toNumber(kg) / top) * width;
    return (
        <div class="chart bar-track" ref={ref} aria-hidden="true">
            {width > 0 && (
                <svg width={width} height={14}>
                    {props.whole && <rect class="band-inner" y={1} width={width} height={12} />}
                    <rect
                        class="stock"
                        y={1}
                        width={Math.max(toNumber(props.kg) > 0 ? 1 : 0, w(props.kg))}
                        height={12}
                    />
                    {toNumber(props.held) > 0 && (
                        <rect
                            class="stock-held"
                            y={1}
                            width={Math.max(2, w(props.held))}
                            height={12}
                        />
                    )}
                </svg>
            )}
        </div>
    );
}
