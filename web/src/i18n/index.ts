// The two languages. English comes with the program; Chinese is loaded when it is chosen.

import { signal } from "@preact/signals";
import { type ComponentChild, Fragment, h } from "preact";
import { store, stored } from "../lib/stored";
import { en } from "./en";
import { pieces, say, type Values } from "./message";

export type Key = keyof typeof en;
export type Catalogue = Record<Key, string>;
export type Language = "en" | "zh-CN";

export const language = signal<Language>("en");
const catalogue = signal<Catalogue>(en);

export async function choose(wanted: Language): Promise<void> {
    const next = wanted === "zh-CN" ? (await import("./zh")).zh : en;
    catalogue.value = next;
    language.value = wanted;
    document.documentElement.lang = wanted;
    store("language", wanted);
}

/** The language chosen before, else the browser's. */
export function preferred(): Language {
    const before = stored("language");
    if (before === "en" || before === "zh-CN") return before;
    return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

export function t(key: Key, values: Values = {}): string {
    return say(catalogue.value[key], values, language.value);
}

/** The text of a word that the API gives ("ore product"), or the word itself where no catalogue
 *  knows it. */
export function word(kind: string, value: string): string {
    const key = `${kind}.${value.replaceAll(/[ -]/g, "_")}`;
    return key in en ? t(key as Key) : value.replaceAll("_", " ");
}

/** A message with elements in it. */
export function rich(
    key: Key,
    parts: Record<string, ComponentChild>,
    values: Values = {},
): ComponentChild {
    const children = pieces(catalogue.value[key], values, language.value).map((p) =>
        typeof p === "string" ? p : (parts[p.name] ?? ""),
    );
    return h(Fragment, null, ...children);
}
