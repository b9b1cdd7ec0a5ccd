// Days and months are civil dates as the book has them, never moments: no zone may shift them.

import { language, t } from "../i18n";

const EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const split = (text: string): [number, number, number] => {
    const [y = 0, m = 1, d = 1] = text.split("-").map(Number);
    return [y, m, d];
};

/** "Oct", 10月. */
export function monthName(month: string): string {
    const [, m] = split(month);
    return language.value === "zh-CN" ? `${m}月` : (EN[m - 1] ?? month);
}

/** "Oct 2026", 2026年10月. */
export function monthYear(month: string): string {
    const [y, m] = split(month);
    return language.value === "zh-CN" ? `${y}年${m}月` : `${EN[m - 1]} ${y}`;
}

/** "Mar – Aug 2026". */
export function months(from: string, to: string): string {
    if (from === to) return monthYear(from);
    const zh = language.value === "zh-CN";
    if (from.slice(0, 4) === to.slice(0, 4)) {
        return zh ? `${monthYear(from)}至${monthName(to)}` : `${monthName(from)}–${monthYear(to)}`;
    }
    return `${monthYear(from)}${zh ? "至" : " – "}${monthYear(to)}`;
}

/** "9 Oct 2026", 2026年10月9日: for sentences. Tables show the day as it is written. */
export function day(text: string): string {
    const [y, m, d] = split(text);
    return language.value === "zh-CN" ? `${y}年${m}月${d}日` : `${d} ${EN[m - 1]} ${y}`;
}

/** A moment as it reads on the book's clock, "2026-10-09 16:20"; offset "+08:00". */
export function moment(instant: string, offset = "+00:00"): string {
    const at = Date.parse(instant);
    if (Number.isNaN(at)) return instant;
    const match = /^([+-])(\d\d):(\d\d)$/.exec(offset);
    const minutes = match
        ? (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]))
        : 0;
    return new Date(at + minutes * 60_000).toISOString().slice(0, 16).replace("T", " ");
}

/** What an event says of its time, an instant with its own offset or FROM/TO, for a table. */
export function happened(text: string): string {
    const one = (s: string) =>
        s.replace("T", " ").replace(/(\d\d:\d\d)(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/, "$1");
    return text.split("/").map(one).join(" – ");
}

/** Days between two civil dates. */
export function daysBetween(from: string, to: string): number {
    return Math.round((Date.UTC(...utc(to)) - Date.UTC(...utc(from))) / 86_400_000);
}

const utc = (text: string): [number, number, number] => {
    const [y, m, d] = split(text);
    return [y, m - 1, d];
};

export function lastDay(month: string): string {
    const [y, m] = split(month);
    return new Date(Date.UTC(y, m, 0)).toISOString().slice(0, 10);
}

export const none = () => t("none");
