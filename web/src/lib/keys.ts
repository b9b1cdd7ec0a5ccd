// Letter keys. They work only where nothing is typed, can be switched off, and record nothing.

import { signal } from "@preact/signals";
import { go } from "./go";
import { store, stored } from "./stored";
import { typing } from "./typing";

export const letters = signal(stored("letters") !== "off");
export const helpOpen = signal(false);

export function switchLetters(on: boolean): void {
    letters.value = on;
    store("letters", on ? "on" : "off");
}

const PLACES: Record<string, string> = {
    o: "/",
    f: "/findings",
    w: "/flow",
    a: "/facilities",
    l: "/lots",
    q: "/quota",
    r: "/log",
};

/** The links that j and k walk over: the first of each row, in the order that one sees. */
function rows(): HTMLElement[] {
    return [
        ...document.querySelectorAll<HTMLElement>("main [data-walk] tbody tr > td:first-child > a"),
    ];
}

function walk(by: 1 | -1): void {
    const all = rows();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next =
        all[
            at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))
        ];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
}

export function startKeys(): void {
    let afterG = 0;
    document.addEventListener("keydown", (e) => {
        if (e.key === "k" && (e.ctrlKey || e.metaKey) && !e.altKey) {
            e.preventDefault();
            document.getElementById("find")?.focus();
            return;
        }
        if (
            e.ctrlKey ||
            e.metaKey ||
            e.altKey ||
            typing(e.target) ||
            document.querySelector("dialog[open]")
        )
            return;
        if (!letters.value) return;
        if (e.timeStamp - afterG < 1200 && PLACES[e.key]) {
            afterG = -10_000;
            e.preventDefault();
            go(PLACES[e.key] as string);
            return;
        }
        afterG = -10_000;
        const acts: Record<string, () => void> = {
            "/": () => document.getElementById("find")?.focus(),
            "?": () => {
                helpOpen.value = true;
            },
            g: () => {
                afterG = e.timeStamp;
            },
            j: () => walk(1),
            k: () => walk(-1),
            o: () => {
                const link = document.activeElement;
                if (link instanceof HTMLAnchorElement) window.open(link.href);
            },
        };
        const act = acts[e.key];
        if (act) {
            e.preventDefault();
            act();
        }
    });
}
