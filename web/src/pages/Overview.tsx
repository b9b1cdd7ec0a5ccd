// What needs me, and does the matter add up?

import { Fragment } from "preact";
import type { Schemas } from "../api";
import { useApi } from "../api";
import { me } from "../api/session";
import { StockBar } from "../charts/AmountBar";
import { BurnDown, ledgerName } from "../charts/BurnDown";
import { FindingsTable } from "../components/findings";
import { Failed, Instead, PageHead, Panel, Strip } from "../components/layout";
import { Matrix, MatrixLegend } from "../components/Matrix";
import { State } from "../components/state";
import { Table } from "../components/table";
import { t, word } from "../i18n";
import { day, daysBetween, lastDay, months, monthYear } from "../lib/dates";
import {
    add,
    compare,
    count,
    inScale,
    massScale,
    percent,
    ratio,
    sum,
    TONNES,
} from "../lib/decimal";
import { to } from "../lib/go";

type Data = Schemas["Overview"];

export function OverviewPage() {
    const { data, failure, again } = useApi("/api/v1/overview");
    if (!data) return <Instead failure={failure} again={again} />;
    const company = me.value?.role === "company";
    return (
        <>
            <PageHead
                title={company && me.value?.party_name ? me.value.party_name : t("overview.title")}
                facts={
                    <>
                        <span>{months(data.from, data.to)}</span>
                        {data.as_of !== null && <span>{t("as_of", { n: data.as_of })}</span>}
                    </>
                }
            />
            {failure && <Failed failure={failure} again={again} />}
            <Strip figures={figures(data)} />
            <div class="grid overview">
                <div class="w8 stack">
                    <Panel
                        title={
                            data.findings.open > 0
                                ? t("overview.findings")
                                : t("overview.findings.none")
                        }
                        flush
                        note={
                            data.findings.open > data.findings.top.length && (
                                <a href="/findings">
                                    {t("overview.findings.all", { n: data.findings.open })}
                                </a>
                            )
                        }
                    >
                        {data.findings.top.length > 0 ? (
                            <FindingsTable rows={data.findings.top} name={t("nav.findings")} />
                        ) : (
                            <p class="empty">
                                {t("overview.findings.empty", {
                                    n: data.books.facilities,
                                    span: months(data.from, data.to),
                                })}
                            </p>
                        )}
                    </Panel>
                    {data.books.matrix.length > 0 && (
                        <Panel
                            title={
                                data.books.close < data.books.facilities
                                    ? t("overview.matrix")
                                    : t("overview.matrix.close")
                            }
                            note={<a href="/facilities">{t("nav.facilities")}</a>}
                            foot={<MatrixLegend />}
                        >
                            <Matrix rows={data.books.matrix} />
                        </Panel>
                    )}
                    {data.production.length > 0 && (
                        <Panel
                            id="production"
                            title={t("overview.production", { unit: productionScale(data).unit })}
                            flush
                        >
                            <Production data={data} />
                        </Panel>
                    )}
                </div>
                <div class="w4 stack">
                    {data.quota.length > 0 && (
                        <Panel
                            title={t("overview.quota")}
                            note={
                                <a href={to.quota(data.quota[0]?.year ?? "")}>{t("nav.quota")}</a>
                            }
                        >
                            <div class="burns">
                                {data.quota.slice(0, 4).map((use) => (
                                    <Burn
                                        key={`${use.ledger} ${use.ore_class}`}
                                        use={use}
                                        height={data.quota.length > 2 ? 58 : 84}
                                    />
                                ))}
                            </div>
                        </Panel>
                    )}
                    {data.stock.length > 0 && (
                        <Panel
                            title={t("overview.stock", { unit: stockScale(data).unit })}
                            foot={t("overview.stock.foot")}
                        >
                            <Stock data={data} />
                        </Panel>
                    )}
                    <Panel title={t("overview.verdicts", { n: data.records })}>
                        <Verdicts data={data} />
                    </Panel>
                </div>
            </div>
        </>
    );
}

function figures(data: Data) {
    const { holds, books, verdicts } = data;
    const mass = massScale([holds.mass_kg]);
    const stock = sum(data.stock.map((s) => s.reo_kg));
    const stockUnit = massScale([stock]);
    return [
        {
            name: t("overview.open"),
            value: count(data.findings.open),
            scale: t("overview.open.scale", { n: books.facilities }),
            href: "/findings",
        },
        {
            name: t("overview.held"),
            value: count(holds.lots),
            unit: holds.lots > 0 ? `${inScale(holds.mass_kg, mass)}\u202f${mass.unit}` : undefined,
            scale:
                holds.lots > 0 && holds.oldest
                    ? t("overview.held.scale", {
                          n: daysBetween(holds.oldest, lastDay(data.to)),
                          day: day(holds.oldest),
                      })
                    : t("overview.held.none"),
            href: to.lots({ state: "held" }),
        },
        {
            name: t("overview.close"),
            value: t("n_of_m", { n: books.close, m: books.facilities }),
            scale: t("overview.close.scale"),
            href: "/facilities",
        },
        {
            name: t("overview.stocked"),
            value: inScale(stock, stockUnit),
            unit: `${stockUnit.unit} REO`,
            scale: t("overview.stocked.scale", { n: data.stock.reduce((s, x) => s + x.lots, 0) }),
            href: "/lots",
        },
        {
            name: t("overview.records"),
            value: count(data.records),
            scale: t("overview.records.scale", { flagged: verdicts.flagged, held: verdicts.held }),
            href: "/log",
        },
    ];
}

function Burn(props: { use: Schemas["QuotaUse"]; height: number }) {
    const { use } = props;
    const scale = massScale([use.allotted_kg, use.drawn_kg]);
    const share = ratio(use.drawn_kg, use.allotted_kg, 4);
    return (
        <div>
            <div class="burn-head">
                <a
                    href={to.quota(use.year, {
                        ledger: use.ledger,
                        ore: use.ore_class ?? undefined,
                    })}
                >
                    {ledgerName(use)}
                </a>
                <span class="caption">
                    {t("overview.burn", {
                        drawn: inScale(use.drawn_kg, scale),
                        allotted: inScale(use.allotted_kg, scale),
                        unit: scale.unit,
                    })}
                    {share !== undefined && ` · ${percent(share, 0)}\u202f%`}
                </span>
            </div>
            <BurnDown use={use} height={props.height} />
        </div>
    );
}

function stockScale(data: Data) {
    const scale = massScale(data.stock.map((s) => s.reo_kg));
    return scale.unit === "t" ? TONNES : scale;
}

function Stock(props: { data: Data }) {
    const { stock } = props.data;
    const scale = stockScale(props.data);
    const largest = stock.reduce((top, s) => (compare(s.reo_kg, top) > 0 ? s.reo_kg : top), "0");
    return (
        <div class="bars">
            {stock.map((s) => (
                <Fragment key={s.stage}>
                    <a href={to.lots({ stage: s.stage })}>{word("stage", s.stage)}</a>
                    <StockBar kg={s.reo_kg} held={s.held_reo_kg} largest={largest} />
                    <span class="number">
                        {inScale(s.reo_kg, scale)}
                        {compare(s.held_reo_kg, "0") > 0 && (
                            <span class="sub-held">
                                {t("overview.stock.held", { mass: inScale(s.held_reo_kg, scale) })}
                            </span>
                        )}
                    </span>
                </Fragment>
            ))}
        </div>
    );
}

function productionScale(data: Data) {
    return massScale(data.production.flatMap((p) => [p.mining_kg, p.separation_kg]));
}

function Production(props: { data: Data }) {
    const { production } = props.data;
    const scale = productionScale(props.data);
    let mining = "0";
    let separation = "0";
    const rows = production.map((p) => {
        mining = add(mining, p.mining_kg);
        separation = add(separation, p.separation_kg);
        return { ...p, mining_sum: mining, separation_sum: separation };
    });
    return (
        <div class="table-wrap">
            <Table
                name={t("overview.production", { unit: scale.unit })}
                rows={rows}
                keyOf={(p) => p.month}
                columns={[
                    { id: "month", head: t("month"), cell: (p) => monthYear(p.month), width: 24 },
                    {
                        id: "mining",
                        head: word("ledger", "mining"),
                        number: true,
                        cell: (p) => inScale(p.mining_kg, scale),
                        width: 19,
                    },
                    {
                        id: "mining_sum",
                        head: t("overview.so_far"),
                        number: true,
                        wide: true,
                        cell: (p) => inScale(p.mining_sum, scale),
                        width: 19,
                    },
                    {
                        id: "separation",
                        head: word("ledger", "separation"),
                        number: true,
                        cell: (p) => inScale(p.separation_kg, scale),
                        width: 19,
                    },
                    {
                        id: "separation_sum",
                        head: t("overview.so_far"),
                        number: true,
                        wide: true,
                        cell: (p) => inScale(p.separation_sum, scale),
                        width: 19,
                    },
                ]}
            />
        </div>
    );
}

function Verdicts(props: { data: Data }) {
    const { verdicts } = props.data;
    const rows = [
        ["accepted", "fine", verdicts.accepted],
        ["flagged", "flagged", verdicts.flagged],
        ["held", "held", verdicts.held],
    ] as const;
    return (
        <dl class="verdicts">
            {rows.map(([verdict, tone, n]) => (
                <div key={verdict}>
                    <dt>
                        <State tone={tone} text={word("verdict", verdict)} />
                    </dt>
                    <dd>
                        <a href={to.log({ verdict })}>{count(n)}</a>
                    </dd>
                    <dd class="quiet">{share(n, props.data.records)}</dd>
                </div>
            ))}
            <div>
                <dt>
                    <State tone="plain" text={word("verdict", "refused")} />
                </dt>
                <dd>{count(verdicts.refused)}</dd>
                <dd class="quiet">{t("overview.refused")}</dd>
            </div>
        </dl>
    );
}

function share(n: number, of: number): string {
    const part = ratio(String(n), String(of), 4);
    return part === undefined ? "" : `${percent(part, 1)}\u202f%`;
}
