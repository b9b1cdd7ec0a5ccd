// Which books do not close, and since when: a facility a row, a month a column. Three states and
// "no stock-taking", the strong ones with a letter, since a sign would be read both ways.

import type { Schemas } from "../api";
import { t, word } from "../i18n";
import { monthName, monthYear } from "../lib/dates";
import { to } from "../lib/go";
import { balanceWords } from "./state";

type Row = Schemas["Overview"]["books"]["matrix"][number];
type Cell = Row["months"][number];

const letter = (c: Cell) =>
    c.side && (c.state === "beyond" || c.state === "near")
        ? t(c.side === "surplus" ? "side.s" : "side.m")
        : "";

export function Matrix(props: { rows: readonly Row[] }) {
    const months = props.rows[0]?.months ?? [];
    return (
        <div class="table-wrap">
            <table class="matrix" aria-label={t("matrix.name")}>
                <colgroup>
                    <col class="matrix-name" />
                    {months.map((m, i) => (
                        <col key={m.month} class={i < months.length - 5 ? "early" : undefined} />
                    ))}
                </colgroup>
                <thead>
                    <tr>
                        <th scope="col">
                            <span class="unseen">{t("facility")}</span>
                        </th>
                        {months.map((m, i) => (
                            <th
                                key={m.month}
                                scope="col"
                                class={i < months.length - 5 ? "early" : undefined}
                            >
                                {monthName(m.month)}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {props.rows.map((row) => (
                        <tr key={row.facility}>
                            <th scope="row" title={row.facility_name}>
                                <a href={to.facility(row.facility)}>{row.facility_name}</a>
                            </th>
                            {row.months.map((c, i) => (
                                <td
                                    key={c.month}
                                    class={i < months.length - 5 ? "early" : undefined}
                                >
                                    <a
                                        class={`cell ${c.state}`}
                                        href={to.facility(row.facility, {
                                            month: c.month,
                                            el: c.component ?? undefined,
                                        })}
                                        aria-label={t("matrix.cell", {
                                            facility: row.facility_name,
                                            month: monthYear(c.month),
                                            state: balanceWords(c.state, c.side)[1],
                                            component: c.component ?? "",
                                        })}
                                        title={[
                                            monthYear(c.month),
                                            balanceWords(c.state, c.side)[1],
                                            c.component ?? "",
                                        ]
                                            .filter(Boolean)
                                            .join(" · ")}
                                    >
                                        {letter(c) && <span>{letter(c)}</span>}
                                    </a>
                                </td>
                            ))}
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function MatrixLegend() {
    return (
        <div class="legend">
            <span>
                <i class="cell within" />
                {t("balance.within")}
            </span>
            <span>
                <i class="cell near" />
                {t("balance.near")}
            </span>
            <span>
                <i class="cell beyond" />
                {t("matrix.beyond", {
                    s: t("side.s"),
                    surplus: word("side", "surplus"),
                    m: t("side.m"),
                    missing: word("side", "missing"),
                })}
            </span>
            <span>
                <i class="cell no_stocktake" />
                {t("balance.no_stocktake")}
            </span>
        </div>
    );
}
