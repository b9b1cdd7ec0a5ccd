// Is a lot what its papers say: the answer in a sentence, the pattern, and what it looks like.

import type { Schemas } from "../api";
import { PatternChart, patternNumber } from "../charts/PatternChart";
import { t, word } from "../i18n";
import { months } from "../lib/dates";
import { format, percent } from "../lib/decimal";
import { to } from "../lib/go";
import { ElementName } from "./state";
import { Table } from "./table";

type LotOrigin = Schemas["LotOrigin"];

/** The sentence, made of the answer's parts. */
export function originSays(o: LotOrigin): string {
    if (o.why_not === "separated")
        return o.separation
            ? t(
                  o.separation.verdict === "fits" || o.separation.verdict === "untested"
                      ? "origin.separated.fits"
                      : "origin.separated.fails",
                  {
                      facility: o.separation.facility_name,
                      months: months(o.separation.from, o.separation.to),
                  },
              )
            : t("origin.separated");
    if (o.why_not) return t("origin.untested", { why: word("origin.why", o.why_not) });
    if (o.verdict === "fits") return t("origin.fits");
    return t(o.verdict === "fails" ? "origin.fails" : "origin.doubtful");
}

export function originLooks(o: LotOrigin): string | null {
    if (!o.mixture) return null;
    if (!o.mixture.fits) return t("origin.no_source");
    return t("origin.looks_like", {
        sources: o.mixture.sources
            .filter((s) => Number(s.share) >= 0.05)
            .map(
                (s) =>
                    `${s.name ?? s.reference} ${percent(s.share, 0)}\u202f% (${percent(s.low, 0)}–${percent(s.high, 0)})`,
            )
            .join(t("list.comma")),
    });
}

export function Origin(props: { origin: LotOrigin }) {
    const o = props.origin;
    const looks = originLooks(o);
    return (
        <>
            <p class="lead">
                {originSays(o)}
                {looks && ` ${looks}`}
            </p>
            {o.elements.length > 1 && o.test && (
                <>
                    <PatternChart rows={o.elements} name={originSays(o)} />
                    <details>
                        <summary>{t("table")}</summary>
                        <Elements origin={o} />
                    </details>
                </>
            )}
            {o.separation && o.separation.balance.length > 0 && (
                <Table
                    name={t("origin.separation.table")}
                    rows={o.separation.balance}
                    keyOf={(b) => b.component}
                    columns={[
                        {
                            id: "el",
                            head: t("element"),
                            cell: (b) => <ElementName component={b.component} />,
                            width: 22,
                        },
                        {
                            id: "in",
                            head: t("origin.in"),
                            number: true,
                            cell: (b) => format(b.in_kg, 0),
                            width: 26,
                        },
                        {
                            id: "out",
                            head: t("origin.out"),
                            number: true,
                            cell: (b) => format(b.out_kg, 0),
                            width: 26,
                        },
                        {
                            id: "sigmas",
                            head: t("origin.sigmas"),
                            number: true,
                            cell: (b) => b.sigmas.toFixed(1).replace("-", "−"),
                            width: 26,
                        },
                    ]}
                    href={(b) => to.facility(o.separation?.facility ?? "", { el: b.component })}
                />
            )}
        </>
    );
}

function Elements(props: { origin: LotOrigin }) {
    const number = (v: number | null) => (v === null ? "–" : patternNumber(v));
    return (
        <Table
            name={t("origin.table")}
            rows={props.origin.elements}
            keyOf={(e) => e.component}
            columns={[
                {
                    id: "el",
                    head: t("element"),
                    cell: (e) => <ElementName component={e.component} />,
                    width: 20,
                },
                {
                    id: "found",
                    head: t("origin.found"),
                    number: true,
                    cell: (e) => `${e.below ? "< " : ""}${number(e.found_percent)}`,
                    width: 20,
                },
                {
                    id: "implied",
                    head: t("origin.implied"),
                    number: true,
                    cell: (e) => number(e.expected_percent),
                    width: 20,
                },
                {
                    id: "sigmas",
                    head: t("origin.sigmas"),
                    number: true,
                    cell: (e) => (e.sigmas === null ? "–" : e.sigmas.toFixed(1).replace("-", "−")),
                    width: 20,
                },
                {
                    id: "best",
                    head: t("origin.best"),
                    number: true,
                    cell: (e) => number(e.best_percent),
                    width: 20,
                },
            ]}
        />
    );
}
