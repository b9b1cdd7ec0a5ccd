// What happened, how sure are we, what else could it be?

import { useApi } from "../api";
import { AmountBar } from "../charts/AmountBar";
import { MufChart, mufScale, mufWords } from "../charts/MufChart";
import { BalanceTable } from "../components/BalanceTable";
import { FindingEvidence, Settle } from "../components/FindingEvidence";
import {
    componentsText,
    findingScale,
    listed,
    looksText,
    range,
    Sentence,
    sentenceText,
} from "../components/findings";
import { Instead, PageHead, Panel, Strip } from "../components/layout";
import { Origin } from "../components/Origin";
import { ElementName, Evidence } from "../components/state";
import { Table } from "../components/table";
import { t, word } from "../i18n";
import { months, monthYear } from "../lib/dates";
import { compare, count, format, inScale } from "../lib/decimal";
import { to } from "../lib/go";
import { perCent } from "./Findings";

export function FindingPage(props: { id: string }) {
    const { data, failure, again } = useApi("/api/v1/findings/{id}", { path: { id: props.id } });
    const origin = data?.finding.kind === "origin";
    const farthest = useApi(
        "/api/v1/lots/{id}/origin",
        { path: { id: data?.lots[0]?.id ?? "" } },
        origin && data.lots.length > 0,
    ).data;
    if (!data) return <Instead failure={failure} again={again} />;
    const f = data.finding;
    const scale = findingScale([f]);
    const c = data.computation;
    const largest = [f.high_kg, ...data.elsewhere.map((e) => e.high_kg)].reduce(
        (a, b) => (compare(b, a) > 0 ? b : a),
        "0",
    );
    const worst = data.months.find((m) => m.state === "beyond");
    return (
        <>
            <PageHead
                title={<Sentence finding={f} />}
                name={sentenceText(f)}
                crumbs={[{ name: t("nav.findings"), href: "/findings" }]}
                facts={
                    <>
                        <a href={to.facility(f.facility, { el: data.component })}>
                            {f.facility_name}
                        </a>
                        <span>{months(f.from, f.to)}</span>
                        <span class="chips">
                            {listed(f.components).map((x) => (
                                <ElementName key={x} component={x} />
                            ))}
                        </span>
                        {data.as_of !== null && <span>{t("as_of", { n: data.as_of })}</span>}
                    </>
                }
            />
            <Strip
                figures={[
                    {
                        name: origin ? t("finding.origin.sum") : t("finding.unaccounted"),
                        value: inScale(f.mass_kg, scale),
                        unit: scale.unit,
                        scale: t("finding.95", {
                            range: `${range(f.low_kg, f.high_kg, scale)}\u202f${scale.unit}`,
                        }),
                    },
                    {
                        name: t("finding.evidence"),
                        value: <Evidence level={f.evidence} />,
                        scale:
                            f.p_value >= 1e-6
                                ? t("finding.once", { n: once(f.p_value) })
                                : t("finding.once.cap"),
                    },
                    ...(origin
                        ? [
                              {
                                  name: t("finding.origin.count"),
                                  value: f.sentence.values.lots ?? "",
                                  scale: t("finding.origin.of", {
                                      n: f.sentence.values.lots_tested ?? "",
                                      said: f.sentence.values.said ?? "",
                                  }),
                              },
                          ]
                        : [
                              {
                                  name: t("finding.direction"),
                                  value: f.side
                                      ? word("side", f.side)
                                      : word("finding.kind", f.kind),
                                  scale: f.side
                                      ? t(`side.${f.side}.means` as "side.missing.means")
                                      : "",
                              },
                              {
                                  name: t("finding.noticed"),
                                  value: c.struck ? monthYear(c.struck) : t("none"),
                                  scale: t("finding.noticed.scale"),
                              },
                          ]),
                ]}
            />
            <div class="grid">
                <div class="w8 stack">
                    {origin && (
                        <Panel
                            title={`${sentenceText(f)}${looksText(f)}`}
                            note={
                                data.lots[0] && (
                                    <a href={to.lot(data.lots[0].id)}>
                                        {t("finding.origin.title")}
                                    </a>
                                )
                            }
                        >
                            {farthest ? <Origin origin={farthest} /> : <div class="ghost" />}
                        </Panel>
                    )}
                    {!origin && data.months.length > 0 && (
                        <Panel
                            title={
                                f.side === "surplus"
                                    ? t("finding.books.surplus", { component: data.component })
                                    : f.side === "missing"
                                      ? t("finding.books.missing", { component: data.component })
                                      : t("finding.books", { component: data.component })
                            }
                            note={
                                <a href={to.facility(f.facility, { el: data.component })}>
                                    {t("finding.to_facility")}
                                </a>
                            }
                        >
                            <MufChart
                                months={data.months}
                                noticed={{
                                    missing: f.side === "missing" ? c.struck : null,
                                    surplus: f.side === "surplus" ? c.struck : null,
                                }}
                                name={`${sentenceText(f)}. ${worst ? mufWords(worst, mufScale(data.months)) : ""}`}
                            />
                            <details>
                                <summary>{t("table")}</summary>
                                <BalanceTable months={data.months} component={data.component} />
                            </details>
                        </Panel>
                    )}
                    {data.elsewhere.length > 0 && (
                        <Panel title={t("finding.elsewhere")} flush>
                            <Table
                                name={t("finding.elsewhere")}
                                rows={data.elsewhere}
                                keyOf={(e) => e.facility}
                                href={(e) => to.facility(e.facility)}
                                two
                                columns={[
                                    {
                                        id: "where",
                                        head: t("facility"),
                                        cell: (e) => e.facility_name,
                                        width: 26,
                                    },
                                    {
                                        id: "says",
                                        head: t("finding.what"),
                                        cell: (e) => <span lang="en">{e.says}</span>,
                                        width: 40,
                                        wide: true,
                                    },
                                    {
                                        id: "bar",
                                        head: <span class="unseen">{t("finding.amount")}</span>,
                                        cell: (e) => (
                                            <AmountBar
                                                mass={e.mass_kg}
                                                low={e.low_kg}
                                                high={e.high_kg}
                                                largest={largest}
                                            />
                                        ),
                                        width: 18,
                                        wide: true,
                                    },
                                    {
                                        id: "mass",
                                        head: t("finding.mass", { unit: scale.unit }),
                                        number: true,
                                        cell: (e) => (
                                            <>
                                                {inScale(e.mass_kg, scale)}
                                                <span class="sub">
                                                    {range(e.low_kg, e.high_kg, scale)}
                                                </span>
                                            </>
                                        ),
                                        width: 16,
                                    },
                                ]}
                                folded={(e) => <span lang="en">{e.says}</span>}
                            />
                        </Panel>
                    )}
                    {data.lots.length > 0 && (
                        <Panel
                            title={origin ? t("finding.origin.lots") : t("finding.lots")}
                            note={t(origin ? "finding.origin.note" : "finding.lots.note", {
                                n: data.lots.length,
                            })}
                            flush
                        >
                            <Table
                                name={origin ? t("finding.origin.lots") : t("finding.lots")}
                                rows={data.lots}
                                keyOf={(l) => `${l.id} ${l.record}`}
                                href={(l) => to.lot(l.id)}
                                two
                                columns={[
                                    {
                                        id: "lot",
                                        head: t("lot.id"),
                                        cell: (l) => (
                                            <>
                                                {l.id}
                                                <span class="sub">
                                                    {word("event", l.kind)} · {l.day} · #
                                                    {count(l.record)}
                                                </span>
                                            </>
                                        ),
                                        width: 70,
                                    },
                                    {
                                        id: "mass",
                                        head: t("in_unit", {
                                            what: origin ? "REE" : data.component,
                                            unit: "kg",
                                        }),
                                        number: true,
                                        cell: (l) => format(l.mass_kg, 1),
                                        width: 30,
                                    },
                                ]}
                            />
                        </Panel>
                    )}
                </div>
                <div class="w4 stack">
                    <FindingEvidence data={data} scale={scale} />
                    <Settle data={data} />
                    <Panel title={t("finding.computed")}>
                        <dl class="pairs">
                            <dt>{t("finding.test")}</dt>
                            <dd lang="en">{c.test}</dd>
                            <dt>{t("finding.statistic")}</dt>
                            <dd>
                                {number(c.statistic)} (
                                {t("finding.limit", { limit: number(c.limit) })})
                            </dd>
                            <dt>{t("finding.p")}</dt>
                            <dd>{number(f.p_value)}</dd>
                            <dt>{t("finding.family")}</dt>
                            <dd>
                                {origin
                                    ? t("finding.origin.groups", { groups: c.facilities_tested })
                                    : t("finding.family.of", {
                                          facilities: c.facilities_tested,
                                          components: c.components_tested,
                                      })}
                            </dd>
                            <dt>{t("finding.false")}</dt>
                            <dd>
                                {perCent(c.false_alarm_rate)}
                                {"\u202f%"}
                            </dd>
                            <dt>{t("finding.elements")}</dt>
                            <dd>{componentsText(f.components)}</dd>
                            <dt>{t("finding.until")}</dt>
                            <dd>
                                <a href={to.record(c.recorded_until)}>
                                    {t("log.record", { n: c.recorded_until })}
                                </a>
                            </dd>
                        </dl>
                    </Panel>
                </div>
            </div>
        </>
    );
}

/** How rare honest books like these are: once in "40,000". */
function once(p: number): string {
    return new Intl.NumberFormat("en", { maximumSignificantDigits: 2 }).format(1 / p);
}

function number(v: number): string {
    if (v !== 0 && Math.abs(v) < 1e-3) {
        const exponent = Math.floor(Math.log10(Math.abs(v)));
        return `${(v / 10 ** exponent).toFixed(1)}\u202f×\u202f10${superscript(exponent)}`;
    }
    return new Intl.NumberFormat("en", { maximumSignificantDigits: 4 }).format(v).replace("-", "−");
}

function superscript(n: number): string {
    const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    return String(n)
        .replace("-", "⁻")
        .replace(/\d/g, (d) => digits[Number(d)] ?? "");
}
