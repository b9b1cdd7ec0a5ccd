// The one table. A row opens by its first cell's link, by a click anywhere in it, or with Enter;
// j and k walk over the links. At 390 px columns marked `wide` go, and what they said stands under
// the first cell.

import type { ComponentChildren, JSX } from "preact";
import { t } from "../i18n";
import { go } from "../lib/go";

export interface Column<T> {
    id: string;
    head: ComponentChildren;
    cell: (row: T) => ComponentChildren;
    /** Per cent of the table's width. */
    width?: number;
    /** The same below 700 px, where fewer columns are left. */
    narrow?: number;
    number?: boolean;
    /** Hidden below 700 px. */
    wide?: boolean;
}

export interface TableProps<T> {
    name: string;
    columns: Column<T>[];
    rows: readonly T[];
    keyOf: (row: T) => string | number;
    href?: ((row: T) => string) | undefined;
    /** What stands under the first cell at 390 px. */
    folded?: (row: T) => ComponentChildren;
    two?: boolean;
    sticky?: boolean;
    strong?: (row: T) => boolean;
    total?: number | undefined;
    foot?: ComponentChildren;
}

export function Table<T>(props: TableProps<T>) {
    const open = (row: T) => (e: JSX.TargetedMouseEvent<HTMLTableRowElement>) => {
        if (!props.href || e.defaultPrevented || e.button !== 0) return;
        if ((e.target as Element).closest("a,button,input,select,label")) return;
        if (getSelection()?.toString()) return;
        if (e.ctrlKey || e.metaKey) window.open(props.href(row));
        else go(props.href(row));
    };
    const [first, ...rest] = props.columns;
    if (!first) return null;
    const classOf = (c: Column<T>) =>
        [c.number ? "number" : "", c.wide ? "wide" : ""].join(" ").trim() || undefined;
    return (
        <table
            class={[
                "table",
                props.two ? "two" : "",
                props.sticky ? "sticky" : "",
                props.folded ? "folds" : "",
            ].join(" ")}
            aria-label={props.name}
            aria-rowcount={props.total !== undefined ? props.total + 1 : undefined}
            data-walk={props.href ? "" : undefined}
        >
            <colgroup>
                {props.columns.map((c) => (
                    <col
                        key={c.id}
                        class={c.wide ? "wide" : undefined}
                        style={{ "--wide": part(c.width), "--narrow": part(c.narrow) }}
                    />
                ))}
            </colgroup>
            <thead>
                <tr>
                    {props.columns.map((c) => (
                        <th key={c.id} scope="col" class={classOf(c)}>
                            {c.head}
                        </th>
                    ))}
                </tr>
            </thead>
            <tbody>
                {props.rows.map((row) => (
                    <tr
                        key={props.keyOf(row)}
                        class={
                            [props.href ? "links" : "", props.strong?.(row) ? "strong" : ""]
                                .join(" ")
                                .trim() || undefined
                        }
                        onClick={props.href ? open(row) : undefined}
                    >
                        <td class={classOf(first)}>
                            {props.href ? (
                                <a href={props.href(row)}>{first.cell(row)}</a>
                            ) : (
                                first.cell(row)
                            )}
                            {props.folded && <span class="folded">{props.folded(row)}</span>}
                        </td>
                        {rest.map((c) => (
                            <td key={c.id} class={classOf(c)}>
                                {c.cell(row)}
                            </td>
                        ))}
                    </tr>
                ))}
            </tbody>
            {props.foot && <tfoot>{props.foot}</tfoot>}
        </table>
    );
}

const part = (width: number | undefined) => (width === undefined ? "auto" : `${width}%`);

/** What stands under a list that came by pages. */
export function MoreRows(props: {
    shown: number;
    total?: number | null | undefined;
    more: (() => void) | undefined;
}) {
    return (
        <div class="more-rows">
            {props.more && (
                <button type="button" class="button small" onClick={props.more}>
                    {t("table.more")}
                </button>
            )}
            <span aria-live="polite">
                {props.total != null
                    ? t("table.shown", { n: props.shown, total: props.total })
                    : t("table.shown.some", { n: props.shown })}
            </span>
        </div>
    );
}
