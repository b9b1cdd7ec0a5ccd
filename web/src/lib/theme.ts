import { signal } from "@preact/signals";
import { store, stored } from "./stored";

export type Theme = "light" | "dark";

const system = matchMedia("(prefers-color-scheme: dark)");
const chosen = stored("theme");

export const theme = signal<Theme>(
    chosen === "light" || chosen === "dark" ? chosen : system.matches ? "dark" : "light",
);

function show(next: Theme): void {
    theme.value = next;
    document.documentElement.dataset.theme = next;
}

export function startTheme(): void {
    show(theme.value);
    system.addEventListener("change", (e) => {
        if (stored("theme") === undefined) show(e.matches ? "dark" : "light");
    });
}

export function toggleTheme(): void {
    const next = theme.value === "dark" ? "light" : "dark";
    show(next);
    store("theme", next);
}
