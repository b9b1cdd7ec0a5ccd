import { expect, test } from "vitest";
import * as d from "./dates";

test("a span names its year once", () => {
    expect(d.months("2026-03", "2026-08")).toBe("Mar–Aug 2026");
    expect(d.months("2025-11", "2026-02")).toBe("Nov 2025 – Feb 2026");
    expect(d.months("2026-05", "2026-05")).toBe("May 2026");
});
test("a moment is shown on the book's clock", () => {
    expect(d.moment("2026-03-31T18:30:00Z", "+08:00")).toBe("2026-04-01 02:30");
    expect(d.moment("2026-01-01T01:00:00.123456Z", "-03:30")).toBe("2025-12-31 21:30");
});
test("an event's own time keeps its digits", () => {
    expect(d.happened("2026-03-04T10:20:30.5+08:00")).toBe("2026-03-04 10:20");
    expect(d.happened("2026-03-01T00:00:00+08:00/2026-03-31T23:59:59+08:00")).toBe(
        "2026-03-01 00:00 – 2026-03-31 23:59",
    );
});
test("days between civil dates do not know summer time", () => {
    expect(d.daysBetween("2026-03-01", "2026-04-01")).toBe(31);
    expect(d.lastDay("2028-02")).toBe("2028-02-29");
});
