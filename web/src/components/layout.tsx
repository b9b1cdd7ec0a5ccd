// The parts every page is laid out with: head, panel, strip, and the states of a panel.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Failure } from "../api";
import { language, t } from "../i18n";

export interface Crumb {
    name: string;
    href: string;
}

export function PageHead(props: {
    title: ComponentChildren;
    /** What the window is called, where the title is no plain text. */
    name?: string;
    crumbs?: Crumb[];
    facts?: ComponentChildren;
    actions?: ComponentChildren;
}) {
    const name = props.name ?? (typeof props.title === "string" ? props.title : "");
    useEffect(() => {
        document.title = name ? `${name} · Ytterby` : "Ytterby";
    }, [name, language.value]);
    return (
        <header class="page-head">
            <div>
                {props.crumbs && (
                    <nav class="crumbs" aria-label={t("shell.crumbs")}>
                        {props.crumbs.map((c) => (
                            <span key={c.href}>
                                <a href={c.href}>{c.name}</a>
                                {" / "}
                            </span>
                        ))}
                    </nav>
                )}
                <h1 tabIndex={-1}>{props.title}</h1>
                {props.facts && <div class="facts">{props.facts}</div>}
            </div>
            {props.actions && <div class="page-actions">{props.actions}</div>}
        </header>
    );
}

export function Panel(props: {
    title: ComponentChildren;
    note?: ComponentChildren;
    foot?: ComponentChildren;
    width?: "w12" | "w8" | "w7" | "w6" | "w5" | "w4";
    flush?: boolean;
    id?: string;
    children: ComponentChildren;
}) {
    return (
        <section
            class={`panel ${props.width ?? "w12"}${props.flush ? " flush" : ""}`}
            id={props.id}
        >
            <div class="panel-head">
                <h2>{props.title}</h2>
                {props.note && <div class="panel-note">{props.note}</div>}
            </div>
            {props.children}
            {props.foot && <div class="panel-foot">{props.foot}</div>}
        </section>
    );
}

export interface Figure {
    name: string;
    value: ComponentChildren;
    unit?: string | undefined;
    /** The one fact that gives the figure its scale. */
    scale?: ComponentChildren;
    href?: string;
}

export function Strip(props: { figures: Figure[] }) {
    return (
        <dl class={`strip${props.figures.length % 2 === 0 ? " even" : ""}`}>
            {props.figures.map((f) => (
                <div class="strip-item" key={f.name}>
                    <dt>{f.name}</dt>
                    <dd class="figure">
                        {f.href ? <a href={f.href}>{f.value}</a> : f.value}
                        {f.unit && <span class="unit">{f.unit}</span>}
                    </dd>
                    <dd class="scale">{f.scale ?? "\u00a0"}</dd>
                </div>
            ))}
        </dl>
    );
}

export function Failed(props: { failure: Failure; again: () => void }) {
    const { failure } = props;
    const gone = failure.status === 0;
    return (
        <div class="notice held" role="alert">
            <h2>{gone ? t("error.unreachable") : t("error.title")}</h2>
            <p>
                {gone ? t("error.unreachable.what") : <span lang="en">{failure.message}</span>}
                {failure.hint && <span lang="en"> {failure.hint}</span>}
            </p>
            {failure.id && <p class="caption">{t("error.id", { id: failure.id })}</p>}
            <button type="button" class="button small" onClick={props.again}>
                {t("error.again")}
            </button>
        </div>
    );
}

/** Grey rows of about the true size, while there is nothing to show yet. */
export function Waiting(props: { rows?: number }) {
    return (
        <div class="panel w12" aria-hidden="true">
            {Array.from({ length: props.rows ?? 6 }, (_, i) => (
                <div key={i} class={`ghost${i % 3 === 2 ? " short" : ""}`} />
            ))}
        </div>
    );
}

/** What stands in a page's place while there is nothing, or nothing to see. */
export function Instead(props: {
    failure: Failure | undefined;
    again: () => void;
    crumbs?: Crumb[];
}) {
    if (!props.failure) return <Waiting />;
    if (props.failure.status === 404 || props.failure.status === 400) return <NotFound />;
    return <Failed failure={props.failure} again={props.again} />;
}

export function NotFound() {
    return (
        <>
            <PageHead title={t("missing.title")} />
            <p class="empty">{t("missing.text")}</p>
            <p>
                <a href="/">{t("missing.home")}</a>
            </p>
        </>
    );
}
