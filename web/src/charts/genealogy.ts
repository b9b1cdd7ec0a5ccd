// Where the boxes of a genealogy stand: the server's columns as columns, order by the middle of what
// a box is joined to, height by share of REO. Pure, so that it can be tested without a browser.

import type { Schemas } from "../api";
import { toNumber } from "../lib/decimal";

type Node = Schemas["TraceNode"];
type Edge = Schemas["Trace"]["edges"][number];

export interface Box {
    node: Node;
    x: number;
    y: number;
    height: number;
}

export interface Band {
    from: Box;
    to: Box;
    y0: number;
    y1: number;
    h0: number;
    h1: number;
    held: boolean;
}

export interface Layout {
    boxes: Box[];
    bands: Band[];
    columns: { x: number; stages: string[] }[];
    height: number;
    columnWidth: number;
}

export const BAR = 12;
const PITCH = 32;
const TOP = 22;

export function layout(
    trace: { direction: "up" | "down"; nodes: readonly Node[]; edges: readonly Edge[] },
    width: number,
    wanted = 200,
): Layout {
    const depth = Math.max(0, ...trace.nodes.map((n) => n.column));
    const columnWidth = width / (depth + 1);
    const byColumn = Array.from({ length: depth + 1 }, (_, c) =>
        trace.nodes.filter((n) => n.column === c),
    );
    const fullest = Math.max(1, ...byColumn.map((c) => c.length));
    const room = Math.max(wanted, fullest * PITCH);
    const place = new Map<string, Box>();
    const boxes: Box[] = [];
    const columns: Layout["columns"] = [];

    const neighbours = (id: string): string[] =>
        trace.edges.flatMap((e) => (e.from === id ? [e.to] : e.to === id ? [e.from] : []));
    const middle = (n: Node): number => {
        const placed = neighbours(n.id).flatMap((id) => place.get(id) ?? []);
        return placed.length === 0
            ? 0
            : placed.reduce((s, b) => s + b.y + b.height / 2, 0) / placed.length;
    };

    for (let c = 0; c <= depth; c++) {
        const nodes = byColumn[c] ?? [];
        const order = nodes
            .map((n) => ({ n, m: middle(n) }))
            .sort((a, b) => a.m - b.m || toNumber(b.n.share) - toNumber(a.n.share));
        const side = trace.direction === "up" ? depth - c : c;
        const x = side * columnWidth;
        columns.push({ x, stages: [...new Set(nodes.map((n) => n.stage))] });
        const total = nodes.reduce((s, n) => s + toNumber(n.share), 0) || 1;
        // Every box gets its pitch for two lines of text; what height is left goes by share.
        const spare = room - nodes.length * PITCH;
        let y = TOP;
        for (const { n } of order) {
            const share = toNumber(n.share) / Math.max(1, total);
            const slot = PITCH + spare * (toNumber(n.share) / total);
            const box = {
                node: n,
                x,
                y,
                height: Math.max(3, Math.min(slot - 6, share * (room - 6))),
            };
            place.set(n.id, box);
            boxes.push(box);
            y += slot;
        }
    }

    const bands: Band[] = [];
    const used = new Map<string, { left: number; right: number }>();
    const sorted = [...trace.edges].sort(
        (a, b) =>
            (place.get(a.from)?.y ?? 0) - (place.get(b.from)?.y ?? 0) ||
            (place.get(a.to)?.y ?? 0) - (place.get(b.to)?.y ?? 0),
    );
    const leaving = new Map<string, number>();
    const arriving = new Map<string, number>();
    for (const e of trace.edges) {
        leaving.set(e.from, (leaving.get(e.from) ?? 0) + toNumber(e.share));
        arriving.set(e.to, (arriving.get(e.to) ?? 0) + toNumber(e.share));
    }
    for (const e of sorted) {
        const from = place.get(e.from);
        const to = place.get(e.to);
        if (!from || !to) continue;
        const a = used.get(e.from) ?? { left: 0, right: 0 };
        used.set(e.from, a);
        const b = used.get(e.to) ?? { left: 0, right: 0 };
        used.set(e.to, b);
        const share = toNumber(e.share);
        const h0 =
            (from.height * share) /
            Math.max(leaving.get(e.from) ?? 0, toNumber(from.node.share), 1e-12);
        const h1 = (to.height * share) / Math.max(arriving.get(e.to) ?? 0, 1e-12);
        bands.push({
            from,
            to,
            y0: from.y + a.right,
            y1: to.y + b.left,
            h0,
            h1,
            held: from.node.held && to.node.held,
        });
        a.right += h0;
        b.left += h1;
    }
    return { boxes, bands, columns, height: TOP + room + 4, columnWidth };
}

export function bandPath(b: Band): string {
    const x0 = b.from.x + BAR;
    const x1 = b.to.x;
    const mid = (x0 + x1) / 2;
    const f = (v: number) => v.toFixed(1);
    return `M${f(x0)} ${f(b.y0)}C${f(mid)} ${f(b.y0)} ${f(mid)} ${f(b.y1)} ${f(x1)} ${f(b.y1)}V${f(b.y1 + Math.max(1, b.h1))}C${f(mid)} ${f(b.y1 + b.h1)} ${f(mid)} ${f(b.y0 + b.h0)} ${f(x0)} ${f(b.y0 + Math.max(1, b.h0))}Z`;
}
