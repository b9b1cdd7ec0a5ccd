// Where the bars of the flow drawing stand: stages as columns, height by what went through, bands by
// what the receivers had. Pure, so that it can be tested without a browser.

import type { Schemas } from "../api";
import { absolute, add, compare, type Decimal, toNumber } from "../lib/decimal";

type Node = Schemas["NetworkNode"];
type Link = Schemas["NetworkLink"];

/** From the mine to the magnet; recyclers feed what separation plants feed. */
const COLUMN: Record<string, number> = {
    mine_rock: 0,
    mine_ion: 0,
    mining: 0,
    separation: 1,
    recycler: 1,
    recycling: 1,
    metal: 2,
    alloy: 3,
    magnet: 4,
};
/** A supplier of less than this part of what comes in does not say where a trader stands. */
const COUNTS = 0.1;
const ROUNDS = 8;

export interface Bar {
    /** A facility's id, or "+ column" for those too small to be drawn alone. */
    key: string;
    nodes: Node[];
    column: number;
    x: number;
    y: number;
    height: number;
    mass: number;
    /** Height of what is missing (leaves to the right) or in surplus (enters from the left). */
    gap: number;
    side: "missing" | "surplus" | undefined;
    unaccounted: Decimal;
}

export interface Band {
    from: Bar;
    to: Bar;
    y0: number;
    y1: number;
    h: number;
    kilograms: Decimal;
}

export interface Flow {
    bars: Bar[];
    bands: Band[];
    columns: { x: number; kinds: string[] }[];
    height: number;
    /** What goes back a stage or stays in one: too tangled to draw, so it is said in words. */
    back: Decimal;
}

export const BAR_WIDTH = 12;
export const MARK_WIDTH = 14;
const TOP = 24;
const PITCH = 30;
const AT_MOST = 12;

const through = (n: Node): number =>
    Math.max(
        toNumber(n.extracted_kg) + toNumber(n.received_kg),
        toNumber(n.shipped_kg),
        toNumber(n.closing_kg) - toNumber(n.opening_kg),
    );

/** Makers stand at their stage; traders, and kinds that a book names itself, half a step behind the
 *  last of those who supply them. */
export function columnsOf(network: {
    nodes: readonly Node[];
    links: readonly Link[];
}): Map<string, number> {
    const columns = new Map<string, number>();
    const supplied = new Map<string, number>();
    for (const n of network.nodes) columns.set(n.id, COLUMN[n.kind] ?? 0);
    for (const l of network.links)
        supplied.set(l.to, (supplied.get(l.to) ?? 0) + toNumber(l.received_kg));
    const free = new Set(network.nodes.filter((n) => !(n.kind in COLUMN)).map((n) => n.id));
    const links = network.links.filter(
        (l) =>
            free.has(l.to) &&
            columns.has(l.from) &&
            toNumber(l.received_kg) >= COUNTS * (supplied.get(l.to) ?? 0),
    );
    // Traders who sell to each other would run away: the rounds are counted.
    for (let round = 0; round < ROUNDS; round++) {
        let moved = false;
        for (const l of links) {
            const after = (columns.get(l.from) ?? 0) + 0.5;
            if (after <= (columns.get(l.to) ?? 0) || after > 6) continue;
            columns.set(l.to, after);
            moved = true;
        }
        if (!moved) break;
    }
    return columns;
}

/** Beyond its limit, or named by a finding: what the drawing is for is never folded away. */
export const isMarked = (n: Node): boolean => n.state === "beyond" || n.suspected !== null;

/** What is not accounted for: by the finding, or by the balance where there is none. */
export function unaccounted(n: Node): { side: "missing" | "surplus"; kg: Decimal } {
    if (n.suspected) return { side: n.suspected.side, kg: n.suspected.mass_kg };
    return { side: compare(n.muf_kg, "0") > 0 ? "missing" : "surplus", kg: absolute(n.muf_kg) };
}

export function flow(
    network: { nodes: readonly Node[]; links: readonly Link[] },
    width: number,
    wanted = 520,
): Flow {
    const columns = columnsOf(network);
    const columnOf = (n: Node) => columns.get(n.id) ?? 0;
    const used = [...new Set(network.nodes.map(columnOf))].sort((a, b) => a - b);
    const groups = used.map((column) =>
        fold(
            column,
            network.nodes.filter((n) => columnOf(n) === column),
        ),
    );
    const fullest = Math.max(1, ...groups.map((g) => g.length));
    const height = Math.max(wanted, fullest * PITCH + 10);
    const heaviest = Math.max(1e-9, ...groups.map((g) => g.reduce((m, b) => m + b.mass, 0)));
    const perKg = (height - fullest * 12) / heaviest;
    const step = used.length > 1 ? (width - 130) / (used.length - 1) : 0;
    const bars: Bar[] = [];
    const of = new Map<string, Bar>();
    groups.forEach((group, i) => {
        const free = height - group.reduce((h, b) => h + Math.max(2, b.mass * perKg), 0);
        const space = Math.min(40, free / Math.max(1, group.length));
        let y = TOP + Math.max(0, (free - space * group.length) / 2);
        for (const bar of group) {
            bar.x = MARK_WIDTH + i * step;
            bar.y = y;
            bar.height = Math.max(2, bar.mass * perKg);
            bar.gap = bar.side ? Math.max(4, Math.abs(toNumber(bar.unaccounted)) * perKg) : 0;
            y += Math.max(bar.height, PITCH - space) + space;
            bars.push(bar);
            for (const n of bar.nodes) of.set(n.id, bar);
        }
    });
    const lowest = Math.max(...bars.map((b) => b.y + b.height), TOP + height);
    const { bands, back } = join(network.links, of, perKg);
    return {
        bars,
        bands,
        columns: used.map((_, i) => ({
            x: MARK_WIDTH + i * step,
            kinds: [...new Set(groups[i]?.flatMap((b) => b.nodes.map((n) => n.kind)))],
        })),
        height: lowest + 8,
        back,
    };
}

/** The largest alone, marked ones always; the rest together at the end. */
function fold(column: number, nodes: Node[]): Bar[] {
    const sorted = [...nodes].sort(
        (a, b) =>
            Number(isMarked(b)) - Number(isMarked(a)) ||
            through(b) - through(a) ||
            (a.id < b.id ? -1 : 1),
    );
    const alone = sorted.length <= AT_MOST ? sorted : sorted.slice(0, AT_MOST - 1);
    const rest = sorted.slice(alone.length);
    const bars = alone
        .sort(
            (a, b) => (a.kind === b.kind ? 0 : a.kind < b.kind ? 1 : -1) || through(b) - through(a),
        )
        .map((n) => bar(column, n.id, [n]));
    if (rest.length > 0) bars.push(bar(column, `+ ${column}`, rest));
    return bars;
}

function bar(column: number, key: string, nodes: Node[]): Bar {
    const [only] = nodes;
    const gap = nodes.length === 1 && only && isMarked(only) ? unaccounted(only) : undefined;
    return {
        key,
        nodes,
        column,
        x: 0,
        y: 0,
        height: 0,
        mass: nodes.reduce((m, n) => m + Math.max(0, through(n)), 0),
        gap: 0,
        side: gap && compare(gap.kg, "0") > 0 ? gap.side : undefined,
        unaccounted: gap?.kg ?? "0",
    };
}

function join(
    links: readonly Link[],
    of: Map<string, Bar>,
    perKg: number,
): { bands: Band[]; back: Decimal } {
    const found = new Map<string, Band>();
    let back: Decimal = "0";
    for (const l of links) {
        const [from, to] = [of.get(l.from), of.get(l.to)];
        if (!from || !to) continue;
        if (from.column >= to.column) {
            back = add(back, l.received_kg);
            continue;
        }
        const key = `${from.key} ${to.key}`;
        const band = found.get(key);
        if (band) band.kilograms = add(band.kilograms, l.received_kg);
        else found.set(key, { from, to, y0: 0, y1: 0, h: 0, kilograms: l.received_kg });
    }
    const bands = [...found.values()];
    for (const b of bands) b.h = Math.max(0.5, toNumber(b.kilograms) * perKg);
    stack(
        bands,
        (b) => b.from,
        (b) => b.to.y,
        (b, y) => {
            b.y0 = y;
        },
    );
    stack(
        bands,
        (b) => b.to,
        (b) => b.from.y,
        (b, y) => {
            b.y1 = y;
        },
    );
    return { bands, back };
}

/** Bands leave and enter a bar from its top down, in the order of where they come from or go. */
function stack(
    bands: Band[],
    at: (b: Band) => Bar,
    other: (b: Band) => number,
    put: (b: Band, y: number) => void,
): void {
    const filled = new Map<Bar, number>();
    for (const b of [...bands].sort((a, c) => other(a) - other(c))) {
        const y = filled.get(at(b)) ?? at(b).y;
        put(b, y);
        filled.set(at(b), y + b.h);
    }
}

export function bandPath(b: Band): string {
    const x0 = b.from.x + BAR_WIDTH;
    const x1 = b.to.x;
    const half = (x0 + x1) / 2;
    const f = (v: number) => v.toFixed(1);
    return (
        `M${f(x0)} ${f(b.y0)}C${f(half)} ${f(b.y0)} ${f(half)} ${f(b.y1)} ${f(x1)} ${f(b.y1)}` +
        `V${f(b.y1 + b.h)}C${f(half)} ${f(b.y1 + b.h)} ${f(half)} ${f(b.y0 + b.h)} ${f(x0)} ${f(b.y0 + b.h)}Z`
    );
}
