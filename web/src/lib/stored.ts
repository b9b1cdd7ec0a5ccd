// What the person likes: theme, language, letter keys. A browser that keeps nothing is no error.

export function stored(name: string): string | undefined {
    try {
        return localStorage.getItem(`ytterby.${name}`) ?? undefined;
    } catch {
        return undefined;
    }
}

export function store(name: string, value: string): void {
    try {
        localStorage.setItem(`ytterby.${name}`, value);
    } catch {
        // Private windows may refuse; the choice then lasts as long as the page.
    }
}

/** Whether anything is kept at all. */
export function keeps(): boolean {
    store("keeps", "yes");
    return stored("keeps") === "yes";
}
