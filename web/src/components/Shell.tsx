// Bar, rail, bottom bar: the frame around every page.

import { useComputed } from "@preact/signals";
import { type ComponentChildren, type ComponentType, Fragment } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { lastRecord, pending, useApi } from "../api";
import { live, me, signOut } from "../api/session";
import { choose, type Key, language, t, word } from "../i18n";
import { count } from "../lib/decimal";
import { helpOpen, letters, switchLetters } from "../lib/keys";
import { theme, toggleTheme } from "../lib/theme";
import { Find } from "./Find";
import * as icon from "./icons";

interface Place {
    name: Key;
    href: string;
    icon: ComponentType;
    count?: number | undefined;
}

export function Shell(props: { path: string[]; demo?: boolean; children: ComponentChildren }) {
    const overview = useApi("/api/v1/overview").data;
    const here = props.path[0] ?? "";
    const places: Place[] = [
        { name: "nav.overview", href: "/", icon: icon.Overview },
        {
            name: "nav.findings",
            href: "/findings",
            icon: icon.Findings,
            count: overview?.findings.open,
        },
        { name: "nav.flow", href: "/flow", icon: icon.Flow },
        { name: "nav.facilities", href: "/facilities", icon: icon.Facilities },
        { name: "nav.lots", href: "/lots", icon: icon.Lots },
        { name: "nav.quota", href: "/quota", icon: icon.Quota },
        { name: "nav.log", href: "/log", icon: icon.Log },
    ];
    const current = (href: string) => (href === `/${here}` ? ("page" as const) : undefined);
    return (
        <>
            <a class="skip" href="#main" onClick={skip}>
                {t("shell.skip")}
            </a>
            <LoadingLine />
            <header class="bar">
                <a class="brand" href="/" aria-label={`Ytterby, ${t("nav.overview")}`}>
                    <icon.Mark />
                    <span class="brand-name">Ytterby</span>
                </a>
                <Find places={places} />
                <div class="bar-right">
                    <Live />
                    <LanguageButton class="button plain language" />
                    <ThemeButton />
                    <Person />
                </div>
            </header>
            {(props.demo || overview?.trial) && (
                <aside class="demo-banner">{t(props.demo ? "shell.demo" : "shell.trial")}</aside>
            )}
            <div class="frame">
                <nav class="rail" aria-label={t("shell.rail")}>
                    <ul>
                        {places.map((p) => (
                            <li key={p.href}>
                                {p.href === "/log" && <hr />}
                                <a href={p.href} aria-current={current(p.href)}>
                                    <p.icon />
                                    <span class="rail-name">{t(p.name)}</span>
                                    {p.count !== undefined && p.count > 0 && (
                                        <span class="count-of">{count(p.count)}</span>
                                    )}
                                </a>
                            </li>
                        ))}
                    </ul>
                </nav>
                <main id="main" tabIndex={-1}>
                    {props.children}
                </main>
            </div>
            <Bottom places={places} current={current} />
            <Keys />
        </>
    );
}

function skip(e: Event): void {
    e.preventDefault();
    document.getElementById("main")?.focus();
}

/** Nothing for the first 150 ms, then a line under the bar while the old content stays. */
function LoadingLine() {
    const busy = useComputed(() => pending.value > 0);
    const [shown, show] = useState(false);
    useEffect(() => {
        if (!busy.value) {
            show(false);
            return;
        }
        const timer = setTimeout(() => show(true), 150);
        return () => clearTimeout(timer);
    }, [busy.value]);
    return shown ? <div class="loading-line" /> : null;
}

function Live() {
    const records = lastRecord.value;
    return (
        <a class="live" href="/checkpoint" data-state={live.value}>
            {live.value === "live" ? t("shell.live") : t("shell.not_live")}
            {records !== undefined && ` · ${t("shell.record", { n: records })}`}
        </a>
    );
}

export function LanguageButton(props: { class: string }) {
    const next = language.value === "en" ? "zh-CN" : "en";
    return (
        <button type="button" class={props.class} lang={next} onClick={() => void choose(next)}>
            {next === "en" ? "English" : "中文"}
        </button>
    );
}

export function ThemeButton() {
    const name = t(theme.value === "dark" ? "shell.to_light" : "shell.to_dark");
    return (
        <button
            type="button"
            class="icon-button"
            aria-label={name}
            title={name}
            onClick={toggleTheme}
        >
            <icon.Light />
        </button>
    );
}

function Person() {
    const [open, setOpen] = useState(false);
    const box = useRef<HTMLDivElement>(null);
    const button = useRef<HTMLButtonElement>(null);
    useEffect(() => {
        if (!open) return;
        const close = (e: Event) => {
            if (e instanceof KeyboardEvent) {
                if (e.key !== "Escape") return;
                button.current?.focus();
            } else if (box.current?.contains(e.target as Node)) return;
            setOpen(false);
        };
        document.addEventListener("pointerdown", close);
        document.addEventListener("keydown", close);
        return () => {
            document.removeEventListener("pointerdown", close);
            document.removeEventListener("keydown", close);
        };
    }, [open]);
    const who = me.value;
    if (!who) return null;
    return (
        <div class="person" ref={box}>
            <button
                type="button"
                class="button plain"
                ref={button}
                aria-expanded={open}
                aria-haspopup="true"
                onClick={() => setOpen(!open)}
            >
                <span class="person-name">{who.name}</span> ▾
            </button>
            {open && (
                <div class="menu">
                    <PersonFacts />
                </div>
            )}
        </div>
    );
}

function PersonFacts() {
    const who = me.value;
    if (!who) return null;
    return (
        <>
            <dl>
                <dt>{t("person.role")}</dt>
                <dd>{word("role", who.role)}</dd>
                {who.party && (
                    <>
                        <dt>{t("person.party")}</dt>
                        <dd>{who.party_name ?? who.party}</dd>
                    </>
                )}
                <dt>{t("person.book")}</dt>
                <dd>{who.book.origin}</dd>
            </dl>
            <label class="letters">
                <input
                    type="checkbox"
                    checked={letters.value}
                    onChange={(e) => switchLetters(e.currentTarget.checked)}
                />{" "}
                {t("person.letters")}
            </label>
            <button type="button" class="button" onClick={() => void signOut()}>
                {t("person.sign_out")}
            </button>
        </>
    );
}

function Bottom(props: { places: Place[]; current: (href: string) => "page" | undefined }) {
    const [open, setOpen] = useState(false);
    const four = props.places.slice(0, 4);
    const rest = props.places.slice(4);
    return (
        <>
            {open && (
                <div class="more">
                    <div class="more-links">
                        {rest.map((p) => (
                            <a
                                key={p.href}
                                class="button"
                                href={p.href}
                                onClick={() => setOpen(false)}
                            >
                                {t(p.name)}
                            </a>
                        ))}
                        <a class="button" href="/checkpoint" onClick={() => setOpen(false)}>
                            {t("nav.checkpoint")}
                        </a>
                        <LanguageButton class="button" />
                    </div>
                    <PersonFacts />
                </div>
            )}
            <nav class="bottom" aria-label={t("shell.rail")}>
                {four.map((p) => (
                    <a
                        key={p.href}
                        href={p.href}
                        aria-current={props.current(p.href)}
                        onClick={() => setOpen(false)}
                    >
                        <p.icon />
                        {t(p.name)}
                        {p.count !== undefined && p.count > 0 && (
                            <span class="count-of">{count(p.count)}</span>
                        )}
                    </a>
                ))}
                <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
                    <icon.More />
                    {t("nav.more")}
                </button>
            </nav>
        </>
    );
}

function Keys() {
    const dialog = useRef<HTMLDialogElement>(null);
    useEffect(() => {
        if (helpOpen.value) dialog.current?.showModal();
    }, [helpOpen.value]);
    const keys: [string, Key][] = [
        ["/", "keys.find"],
        ["j  k", "keys.walk"],
        ["Enter", "keys.open"],
        ["o", "keys.tab"],
        ["g o", "nav.overview"],
        ["g f", "nav.findings"],
        ["g w", "nav.flow"],
        ["g a", "nav.facilities"],
        ["g l", "nav.lots"],
        ["g q", "nav.quota"],
        ["g r", "nav.log"],
        ["Esc", "keys.escape"],
    ];
    return (
        <dialog ref={dialog} aria-labelledby="keys-title" onClose={() => (helpOpen.value = false)}>
            <h2 id="keys-title">{t("keys.title")}</h2>
            <dl class="keys">
                {keys.map(([k, name]) => (
                    <Fragment key={k}>
                        <dt>
                            {k.split("  ").map((one) => (
                                <kbd key={one}>{one}</kbd>
                            ))}
                        </dt>
                        <dd>{t(name)}</dd>
                    </Fragment>
                ))}
            </dl>
            <button type="button" class="button" onClick={() => dialog.current?.close()}>
                {t("keys.close")}
            </button>
        </dialog>
    );
}
