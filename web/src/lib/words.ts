// The words behind the question mark: a page's filters live in its address, nowhere else.

import { useSearch } from "wouter-preact/use-browser-location";
import { go, tail } from "./go";

export function useWords(): [
    Record<string, string | undefined>,
    (change: Record<string, string | undefined>) => void,
] {
    const words: Record<string, string | undefined> = Object.fromEntries(
        new URLSearchParams(useSearch()),
    );
    const set = (change: Record<string, string | undefined>) =>
        go(location.pathname + tail({ ...words, ...change }), true);
    return [words, set];
}
