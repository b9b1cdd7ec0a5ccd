import { describe, expect, test } from "vitest";
import * as d from "./decimal";

describe("decimal text", () => {
    test("rounds half to even, on digits", () => {
        expect(
            ["0.5", "1.5", "2.5", "-0.5", "-1.5", "2.5000000001"].map((x) => d.round(x, 0)),
        ).toEqual(["0", "2", "2", "0", "-2", "3"]);
        expect(d.round("1.005", 2)).toBe("1.00");
        expect(d.round("1.015", 2)).toBe("1.02");
    });
    test("keeps nineteen digits of milligrams", () => {
        expect(d.format("9223372036854.775807")).toBe("9,223,372,036,854.775807");
        expect(d.add("9223372036854.775807", "0.000001")).toBe("9223372036854.775808");
    });
    test("adds a tenth and two tenths to three tenths", () => {
        expect(d.add("0.1", "0.2")).toBe("0.3");
        expect(d.sum(["0.1", "0.2", "-0.3"])).toBe("0.0");
    });
    test("moves the point both ways", () => {
        expect(d.shift("1200", -3)).toBe("1.200");
        expect(d.shift("0.5", 2)).toBe("50");
        expect(d.shift("-12.345678", 3)).toBe("-12345.678");
    });
    test("groups by three and writes a true minus", () => {
        expect(d.format("-1234567.25", 1)).toBe("−1,234,567.2");
        expect(d.format("999", 0)).toBe("999");
        expect(d.format("1000", 0)).toBe("1,000");
    });
    test("gives no sign to what rounds to nothing", () => {
        expect(d.format("-0.04", 1)).toBe("0.0");
    });
    test("divides with one rounding and refuses a whole of zero", () => {
        expect(d.ratio("1", "3", 4)).toBe("0.3333");
        expect(d.ratio("-2", "3", 1)).toBe("-0.7");
        expect(d.ratio("1", "-8", 2)).toBe("-0.12");
        expect(d.ratio("1", "0.000", 4)).toBeUndefined();
    });
    test("compares values, not texts", () => {
        expect(d.compare("10", "9.99")).toBe(1);
        expect(d.compare("1.0", "1")).toBe(0);
        expect(d.compare("-1", "0")).toBe(-1);
    });
    test("refuses what is no decimal", () => {
        for (const bad of ["", "1e3", ".5", "1.", "NaN", "+1", "1,000"]) {
            expect(() => d.round(bad, 1), bad).toThrow();
        }
    });
    test("shows shares in per cent", () => {
        expect(d.percent("0.412675", 2)).toBe("41.27");
        expect(d.percent("1", 0)).toBe("100");
    });
    test("shows two significant digits of an uncertainty", () => {
        expect(d.uncertaintyPlaces("0.0123", 0, 9)).toBe(3);
        expect(d.uncertaintyPlaces("12.3", 0, 9)).toBe(0);
        expect(d.uncertaintyPlaces("0.00050", 2, 4)).toBe(4);
        expect(d.uncertaintyPlaces("0", 2, 4)).toBe(2);
    });
    test("chooses one unit for a column by its largest mass", () => {
        expect(d.massScale(["0.5", "120000"]).unit).toBe("t");
        expect(d.massScale(["999.5", undefined]).unit).toBe("kg");
        expect(d.inScale("14249.9", d.TONNES)).toBe("14.2");
    });
});
