import { describe, expect, test } from "vitest";
import { BAR, layout } from "./genealogy";

const node = (id: string, column: number, share: string) => ({
    id,
    column,
    share,
    stage: "compound" as const,
    facility: null,
    facility_name: null,
    material: null,
    material_name: null,
    source: null,
    lots: 1,
    lot: null,
    reo_kg: "1",
    held: false,
    hidden: false,
    others: 0,
});
const edge = (from: string, to: string, share: string) => ({ from, to, share, reo_kg: "1" });

const up = {
    direction: "up" as const,
    nodes: [
        node("lot", 0, "1"),
        node("a", 1, "0.7"),
        node("b", 1, "0.3"),
        node("m", 2, "0.7"),
        node("n", 2, "0.3"),
    ],
    edges: [
        edge("a", "lot", "0.7"),
        edge("b", "lot", "0.3"),
        edge("m", "a", "0.7"),
        edge("n", "b", "0.3"),
    ],
};

describe("a genealogy's layout", () => {
    test("puts the mines left and the lot right when it looks up", () => {
        const { boxes } = layout(up, 900);
        const x = (id: string) => boxes.find((b) => b.node.id === id)?.x ?? -1;
        expect(x("m")).toBeLessThan(x("a"));
        expect(x("a")).toBeLessThan(x("lot"));
        expect(
            layout({ ...up, direction: "down" }, 900).boxes.find((b) => b.node.id === "lot")?.x,
        ).toBe(0);
    });
    test("lets no two boxes of a column overlap, nor any leave the drawing", () => {
        const many = {
            direction: "up" as const,
            nodes: [
                node("lot", 0, "1"),
                ...Array.from({ length: 13 }, (_, i) =>
                    node(`s${i}`, 1, i === 0 ? "0.99" : "0.0008"),
                ),
            ],
            edges: Array.from({ length: 13 }, (_, i) =>
                edge(`s${i}`, "lot", i === 0 ? "0.99" : "0.0008"),
            ),
        };
        const { boxes, height } = layout(many, 600);
        const column = boxes.filter((b) => b.node.column === 1).sort((a, b) => a.y - b.y);
        for (const [i, box] of column.entries()) {
            const next = column[i + 1];
            expect(box.y + box.height).toBeLessThanOrEqual(next?.y ?? height);
            if (next) expect(next.y - box.y).toBeGreaterThanOrEqual(30);
        }
    });
    test("keeps bands in order, so that simple ones do not cross", () => {
        const { bands } = layout(up, 900);
        const into = bands.filter((b) => b.to.node.id === "lot");
        expect(into).toHaveLength(2);
        const [first, second] = into as [(typeof into)[0], (typeof into)[0]];
        expect(first.from.y < second.from.y).toBe(first.y1 < second.y1);
        expect(first.from.x + BAR).toBeLessThan(first.to.x);
    });
    test("stays whole when two boxes feed each other", () => {
        const loop = { ...up, edges: [...up.edges, edge("lot", "a", "0.1")] };
        expect(layout(loop, 900).bands).toHaveLength(5);
    });
});
