// Addresses. Every link is a plain <a>; one listener turns plain clicks on our own addresses into
// steps without a reload, so that links in drawings work like those in text.

import { useEffect, useLayoutEffect } from "preact/hooks";
import { navigate, useBrowserLocation } from "wouter-preact/use-browser-location";
import { typing } from "./typing";

export function go(address: string, replace = false): void {
    navigate(address, { replace });
}

export function followLinks(): () => void {
    const follow = (e: MouseEvent) => {
        if (
            e.defaultPrevented ||
            e.button !== 0 ||
            e.ctrlKey ||
            e.metaKey ||
            e.shiftKey ||
            e.altKey
        )
            return;
        const link = (e.target as Element | null)?.closest?.("a[href]");
        const href = link?.getAttribute("href");
        if (
            !link ||
            !href?.startsWith("/") ||
            link.hasAttribute("download") ||
            link.getAttribute("target")
        )
            return;
        if (href.startsWith("/api/")) return;
        e.preventDefault();
        go(href);
    };
    document.addEventListener("click", follow);
    return () => document.removeEventListener("click", follow);
}

/** The address's path in its parts, each decoded: ids may hold a slash or a per cent sign. */
export function usePath(): string[] {
    const [path] = useBrowserLocation();
    return path.split("/").filter(Boolean).map(decode);
}

function decode(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}

/**
 * A step to a new page starts at its top, with the focus on its content, before anything is drawn; Back keeps
 * its place. Who has begun to type meanwhile keeps the focus: letters would become keys.
 */
export function useArrival(key: string): void {
    useEffect(() => {
        const back = () => {
            cameBack = true;
        };
        addEventListener("popstate", back);
        return () => removeEventListener("popstate", back);
    }, []);
    useLayoutEffect(() => {
        if (first) first = false;
        else if (cameBack) cameBack = false;
        else {
            scrollTo(0, 0);
            if (!typing(document.activeElement))
                document.querySelector("main")?.focus({ preventScroll: true });
        }
    }, [key]);
}

let first = true;
let cameBack = false;

export const to = {
    facility: (id: string, words: Record<string, string | undefined> = {}) =>
        `/facilities/${encodeURIComponent(id)}${tail(words)}`,
    lot: (id: string) => `/lots/${encodeURIComponent(id)}`,
    lots: (words: Record<string, string | undefined>) => `/lots${tail(words)}`,
    finding: (id: string) => `/findings/${encodeURIComponent(id)}`,
    record: (seq: number) => `/log/${seq}`,
    log: (words: Record<string, string | undefined>) => `/log${tail(words)}`,
    quota: (year: number | string, words: Record<string, string | undefined> = {}) =>
        `/quota/${year}${tail(words)}`,
};

export function tail(words: Record<string, string | undefined>): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(words)) if (value) search.set(name, value);
    const text = search.toString();
    return text ? `?${text}` : "";
}
