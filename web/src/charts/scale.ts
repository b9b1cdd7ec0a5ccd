// Pixels. Floats are right here: a drawing needs no more than a thousand steps.

import { useEffect, useRef, useState } from "preact/hooks";

export interface Axis {
    top: number;
    step: number;
    places: number;
}

/** An axis from 0 that holds `largest`, with about `count` round steps. */
export function axis(largest: number, count = 3): Axis {
    if (!(largest > 0)) return { top: 1, step: 1, places: 0 };
    const rough = largest / count;
    const ten = 10 ** Math.floor(Math.log10(rough));
    const step = ([1, 2, 2.5, 5, 10].find((m) => m * ten >= rough) ?? 10) * ten;
    const places = Math.max(
        0,
        -Math.floor(Math.log10(step)) + (Math.abs(step / ten - 2.5) < 1e-9 ? 1 : 0),
    );
    return { top: Math.ceil(largest / step - 1e-9) * step, step, places };
}

export function ticks(a: Axis): number[] {
    const out: number[] = [];
    for (let i = 0; i * a.step <= a.top * 1.000001; i++) out.push(i * a.step);
    return out;
}

const MINUS = "−";

export function tickText(value: number, places: number): string {
    const text = new Intl.NumberFormat("en", {
        minimumFractionDigits: places,
        maximumFractionDigits: places,
    }).format(Math.abs(value));
    return value < 0 ? MINUS + text : text;
}

/** The real width of the element, so that a drawing is never scaled and its text keeps its size. */
export function useWidth<T extends Element>(): [{ current: T | null }, number] {
    const ref = useRef<T>(null);
    const [width, setWidth] = useState(0);
    useEffect(() => {
        const element = ref.current;
        if (!element) return;
        setWidth(Math.floor(element.getBoundingClientRect().width));
        const observer = new ResizeObserver(([entry]) => {
            if (entry) setWidth(Math.floor(entry.contentRect.width));
        });
        observer.observe(element);
        return () => observer.disconnect();
    }, []);
    return [ref, width];
}
