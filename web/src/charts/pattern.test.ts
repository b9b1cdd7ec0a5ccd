import { describe, expect, it } from "vitest";
import { decades } from "./PatternChart";

describe("the decades of a pattern", () => {
    it("hold every value", () => {
        expect(decades([23.4, 0.1, 50])).toEqual([-1, 2]);
        expect(decades([100, 10])).toEqual([1, 2]);
    });
    it("are five at most, the upper ones", () => {
        expect(decades([1e-9, 90])).toEqual([-3, 2]);
    });
    it("are there where nothing is", () => {
        expect(decades([0, 0])).toEqual([0, 2]);
        expect(decades([10])).toEqual([1, 2]);
    });
});
