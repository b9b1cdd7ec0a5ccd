import { expect, test } from "vitest";
import { axis, ticks, tickText } from "./scale";

test("an axis holds the largest value in few round steps", () => {
    for (const largest of [0.003, 0.9, 1, 7, 14.2, 99, 163_600, 214_000]) {
        const a = axis(largest);
        expect(a.top, `${largest}`).toBeGreaterThanOrEqual(largest * 0.999999);
        expect(ticks(a).length, `${largest}`).toBeLessThanOrEqual(5);
    }
});
test("an axis of nothing is still an axis", () => {
    expect(ticks(axis(0))).toEqual([0, 1]);
});
test("ticks have as many decimals as their step needs", () => {
    expect(ticks(axis(7)).map((v) => tickText(v, axis(7).places))).toEqual([
        "0.0",
        "2.5",
        "5.0",
        "7.5",
    ]);
    expect(tickText(-1200, 0)).toBe("−1,200");
});
