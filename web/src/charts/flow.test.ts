import { describe, expect, test } from "vitest";
import type { Schemas } from "../api";
import { columnsOf, flow } from "./flow";

function node(id: string, kind: string, kg: number, rest: Partial<Schemas["NetworkNode"]> = {}) {
    return {
        id,
        name: id,
        kind,
        opening_kg: "0",
        extracted_kg: "0",
        received_kg: String(kg),
        shipped_kg: String(kg),
        discards_kg: "0",
        losses_kg: "0",
        closing_kg: "0",
        muf_kg: "0",
        sigma_muf_kg: "1",
        usual_limit_kg: "2",
        state: "within" as const,
        side: null,
        findings: 0,
        suspected: null,
        ...rest,
    };
}
const link = (from: string, to: string, kg: number) => ({
    from,
    to,
    receipts: 1,
    sent_kg: String(kg),
    received_kg: String(kg),
    difference_kg: "0",
});

describe("the flow drawing", () => {
    test("stages go from left to right and bands fill the bars that they join", () => {
        const drawn = flow(
            {
                nodes: [
                    node("M", "mine_rock", 100),
                    node("S", "separation", 100),
                    node("T", "metal", 60),
                ],
                links: [link("M", "S", 100), link("S", "T", 60)],
            },
            900,
        );
        const of = (key: string) => drawn.bars.find((b) => b.key === key);
        expect(of("M")?.x).toBeLessThan(of("S")?.x ?? 0);
        expect(of("S")?.x).toBeLessThan(of("T")?.x ?? 0);
        const band = drawn.bands.find((b) => b.from.key === "M");
        expect(band?.h).toBeCloseTo(of("M")?.height ?? 0, 6);
        expect(drawn.bands.find((b) => b.to.key === "T")?.h).toBeCloseTo(of("T")?.height ?? 0, 6);
        for (const b of drawn.bars) expect(b.y + b.height).toBeLessThanOrEqual(drawn.height);
    });

    test("bars of a column do not overlap, and what goes back is summed, not drawn", () => {
        const nodes = Array.from({ length: 30 }, (_, i) => node(`S${i}`, "separation", 30 - i));
        const drawn = flow({ nodes, links: [link("S1", "S2", 5), link("S3", "S1", 2.5)] }, 900);
        expect(drawn.bands).toEqual([]);
        expect(drawn.back).toBe("7.5");
        const bars = [...drawn.bars].sort((a, b) => a.y - b.y);
        expect(bars.length).toBe(12);
        expect(bars.reduce((n, b) => n + b.nodes.length, 0)).toBe(30);
        bars.slice(1).forEach((b, i) => {
            expect(b.y).toBeGreaterThanOrEqual((bars[i]?.y ?? 0) + (bars[i]?.height ?? 0) - 1e-9);
        });
    });

    test("a facility that does not close is drawn alone, with its side, however small it is", () => {
        const nodes = [
            ...Array.from({ length: 20 }, (_, i) => node(`S${i}`, "separation", 100)),
            node("SMALL", "separation", 1, { state: "beyond", side: "surplus", muf_kg: "-0.4" }),
        ];
        const small = flow({ nodes, links: [] }, 900).bars.find((b) => b.key === "SMALL");
        expect(small?.side).toBe("surplus");
        expect(small?.unaccounted).toBe("0.4");
        expect(small?.gap).toBeGreaterThanOrEqual(2);
    });

    test("what a finding estimates is drawn, not the whole balance", () => {
        const suspected = {
            finding: "0123456789abcdef",
            side: "missing",
            components: ["Pr", "Nd"],
            mass_kg: "1.5",
            low_kg: "1",
            high_kg: "2",
        } as const;
        const nodes = [
            node("A", "metal", 10, {
                muf_kg: "-0.4",
                findings: 1,
                suspected: { ...suspected, components: [...suspected.components] },
            }),
        ];
        const [bar] = flow({ nodes, links: [] }, 900).bars;
        expect(bar?.side).toBe("missing");
        expect(bar?.unaccounted).toBe("1.5");
    });

    test("a trader stands behind the last of those who supply it, small suppliers apart", () => {
        const columns = columnsOf({
            nodes: [
                node("M", "mine_rock", 1),
                node("S", "separation", 1),
                node("G", "magnet", 1),
                node("T", "trader", 1),
                node("U", "warehouse", 1),
            ],
            links: [link("S", "T", 100), link("G", "T", 1), link("T", "U", 5), link("G", "U", 50)],
        });
        expect(columns.get("T")).toBe(1.5);
        expect(columns.get("U")).toBe(4.5);
    });

    test("traders who sell to each other do not run away", () => {
        const columns = columnsOf({
            nodes: [node("A", "trader", 1), node("B", "trader", 1)],
            links: [link("A", "B", 1), link("B", "A", 1)],
        });
        expect(Math.max(...columns.values())).toBeLessThanOrEqual(6);
    });

    test("an empty network draws nothing and does not fail", () => {
        const drawn = flow({ nodes: [], links: [] }, 900);
        expect(drawn.bars).toEqual([]);
        expect(Number.isFinite(drawn.height)).toBe(true);
    });
});
