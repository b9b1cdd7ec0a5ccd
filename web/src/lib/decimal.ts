// Decimal text in, decimal text out. Masses and shares travel as text ("1200.035") and are never
// floats: nineteen digits of milligrams do not fit into one. Rounding is for display only, half to
// even, on digits. `toNumber` exists for pixels and for nothing else.

export type Decimal = string;

interface Parts {
    /** The value times 10^scale, with its sign. */
    digits: bigint;
    scale: number;
}

const SHAPE = /^([-−]?)(\d+)(?:\.(\d+))?$/;

function parse(text: Decimal): Parts {
    const match = SHAPE.exec(text);
    if (!match) throw new Error(`"${text}" is not a decimal`);
    const fraction = match[3] ?? "";
    const size = BigInt(match[2] + fraction);
    return { digits: match[1] ? -size : size, scale: fraction.length };
}

export function isDecimal(text: unknown): text is Decimal {
    return typeof text === "string" && SHAPE.test(text);
}

function power(n: number): bigint {
    return 10n ** BigInt(n);
}

/** n / d to the nearest whole number, ties to the even one; d > 0. */
function divide(n: bigint, d: bigint): bigint {
    const size = n < 0n ? -n : n;
    let whole = size / d;
    const twice = (size % d) * 2n;
    if (twice > d || (twice === d && whole % 2n === 1n)) whole += 1n;
    return n < 0n ? -whole : whole;
}

function rescale(p: Parts, scale: number): bigint {
    return scale >= p.scale
        ? p.digits * power(scale - p.scale)
        : divide(p.digits, power(p.scale - scale));
}

function print(digits: bigint, scale: number): Decimal {
    const size = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
    const whole = size.slice(0, size.length - scale);
    const text = scale > 0 ? `${whole}.${size.slice(-scale)}` : whole;
    return digits < 0n ? `-${text}` : text;
}

/** The same value with exactly `places` decimals. */
export function round(text: Decimal, places: number): Decimal {
    return print(rescale(parse(text), places), places);
}

/** Moves the point: shift("1200", -3) is "1.200" (kilograms to tonnes). */
export function shift(text: Decimal, by: number): Decimal {
    const p = parse(text);
    const scale = p.scale - by;
    return scale >= 0 ? print(p.digits, scale) : print(p.digits * power(-scale), 0);
}

export function add(a: Decimal, b: Decimal): Decimal {
    const x = parse(a);
    const y = parse(b);
    const scale = Math.max(x.scale, y.scale);
    return print(rescale(x, scale) + rescale(y, scale), scale);
}

export function negate(a: Decimal): Decimal {
    const p = parse(a);
    return print(-p.digits, p.scale);
}

export function subtract(a: Decimal, b: Decimal): Decimal {
    return add(a, negate(b));
}

export function absolute(a: Decimal): Decimal {
    return sign(a) < 0 ? negate(a) : a;
}

export function sum(values: readonly Decimal[]): Decimal {
    return values.reduce(add, "0");
}

export function compare(a: Decimal, b: Decimal): -1 | 0 | 1 {
    return sign(subtract(a, b));
}

export function sign(a: Decimal): -1 | 0 | 1 {
    const { digits } = parse(a);
    return digits < 0n ? -1 : digits > 0n ? 1 : 0;
}

/** part / whole with `places` decimals; nothing where the whole is zero. */
export function ratio(part: Decimal, whole: Decimal, places: number): Decimal | undefined {
    const p = parse(part);
    const w = parse(whole);
    if (w.digits === 0n) return undefined;
    const flip = w.digits < 0n ? -1n : 1n;
    const scale = Math.max(p.scale, w.scale);
    const n = rescale(p, scale) * power(places) * flip;
    return print(divide(n, rescale(w, scale) * flip), places);
}

/** How many decimals show two significant digits of an uncertainty, between `least` and `most`. */
export function uncertaintyPlaces(u: Decimal, least: number, most: number): number {
    const p = parse(u);
    if (p.digits === 0n) return least;
    const digits = absolute(u).replace(/[-.]/g, "").replace(/^0+/, "").length;
    return Math.max(least, Math.min(most, p.scale - digits + 2));
}

/** For pixels only: the nearest float. */
export function toNumber(text: Decimal | undefined): number {
    return text === undefined ? 0 : Number(text.replace("−", "-"));
}

const MINUS = "−";

/** "1234567.25" as "1,234,567.2": rounded half to even, grouped, with a true minus. Both of our
 *  languages group by three and use the point. A value that rounds to nothing has no sign. */
export function format(text: Decimal, places?: number): string {
    const rounded = places === undefined ? text.replace("−", "-") : round(text, places);
    const negative = rounded.startsWith("-") && /[1-9]/.test(rounded);
    const [whole = "0", fraction] = rounded.replace("-", "").split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
    return (negative ? MINUS : "") + (fraction === undefined ? grouped : `${grouped}.${fraction}`);
}

/** A share ("0.41267") as "41.3 %" without the sign of per cent. */
export function percent(share: Decimal, places = 1): string {
    return format(shift(share, 2), places);
}

/** A count that arrived as a JSON number. */
export function count(n: number): string {
    return format(Math.trunc(n).toString());
}

/** How a column of masses in kg is shown: one unit, one number of decimals, fit for its largest. */
export interface MassScale {
    unit: "kg" | "t";
    shift: number;
    places: number;
}

export function massScale(kilograms: readonly (Decimal | undefined)[]): MassScale {
    let largest = 0;
    for (const kg of kilograms) largest = Math.max(largest, Math.abs(toNumber(kg)));
    if (largest >= 100_000) return { unit: "t", shift: -3, places: 1 };
    if (largest >= 10_000) return { unit: "t", shift: -3, places: 2 };
    return {
        unit: "kg",
        shift: 0,
        places: largest >= 100 || largest === 0 ? 1 : largest >= 1 ? 2 : 4,
    };
}

export function inScale(kg: Decimal, scale: MassScale): string {
    return format(shift(kg, scale.shift), scale.places);
}

export const TONNES: MassScale = { unit: "t", shift: -3, places: 1 };
export const KILOGRAMS: MassScale = { unit: "kg", shift: 0, places: 1 };
