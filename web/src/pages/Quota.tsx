// Who may still make how much?

import { type Schemas, useApi } from "../api";
import { me } from "../api/session";
import { StockBar } from "../charts/AmountBar";
import { BurnDown, ledgerName } from "../charts/BurnDown";
import { Instead, PageHead, Panel, Strip } from "../components/layout";
import { State } from "../components/state";
import { Table } from "../components/table";
import { t } from "../i18n";
import { compare, inScale, massScale, percent, ratio, subtract, sum, TONNES } from "../lib/decimal";
import { to } from "../lib/go";
import { useWords } from "../lib/words";

type Holder = Schemas["QuotaHolder"];

export function QuotaPage(props: { year: number | undefined }) {
    const overview = useApi("/api/v1/overview", {}, props.year === undefined);
    const newest =
        overview.data && (overview.data.quota[0]?.year ?? Number(overview.data.to.slice(0, 4)));
    const year = props.year ?? newest;
    const { data, failure, again } = useApi(
        "/api/v1/quota/{year}",
        { path: { year: year ?? 0 } },
        year !== undefined,
    );
    const [words] = useWords();
    if (!data) return <Instead failure={failure ?? overview.failure} again={again} />;
    const ledger =
        data.ledgers.find(
            (l) => l.use.ledger === words.ledger && (l.use.ore_class ?? "") === (words.ore ?? ""),
        ) ?? data.ledgers[0];
    return (
        <>
            <PageHead
                title={t("quota.title", { year: String(data.year) })}
                facts={
                    <>
                        {data.as_of !== null && <span>{t("as_of", { n: data.as_of })}</span>}
                        {me.value?.role === "company" && <span>{t("quota.own")}</span>}
                    </>
                }
                actions={
                    data.years.length > 1 && (
                        <span class="segment" role="group" aria-label={t("quota.year")}>
                            {data.years.map((y) => (
                                <a
                                    key={y}
                                    href={to.quota(y)}
                                    aria-current={y === data.year ? "true" : undefined}
                                >
                                    {y}
                                </a>
                            ))}
                        </span>
                    )
                }
            />
            {!ledger ? (
                <p class="empty">{t("quota.empty", { year: String(data.year) })}</p>
            ) : (
                <>
                    <nav class="tabs" aria-label={t("quota.ledgers")}>
                        {data.ledgers.map((l) => (
                            <a
                                key={`${l.use.ledger} ${l.use.ore_class}`}
                                href={to.quota(data.year, {
                                    ledger: l.use.ledger,
                                    ore: l.use.ore_class ?? undefined,
                                })}
                                aria-current={l === ledger ? "true" : undefined}
                            >
                                {ledgerName(l.use)}
                            </a>
                        ))}
                    </nav>
                    <Ledger ledger={ledger} />
                </>
            )}
        </>
    );
}

function Ledger(props: { ledger: Schemas["QuotaLedger"] }) {
    const { use, holders, instruments } = props.ledger;
    const sized = massScale(holders.map((h) => h.allotted_kg).concat(use.allotted_kg));
    const scale = sized.unit === "t" ? TONNES : sized;
    const part = ratio(use.drawn_kg, use.allotted_kg, 6);
    return (
        <>
            <Strip
                figures={[
                    {
                        name: t("quota.allotted"),
                        value: inScale(use.allotted_kg, scale),
                        unit: `${scale.unit} REO`,
                        scale: t("quota.instruments.n", { n: instruments.length }),
                    },
                    {
                        name: t("quota.drawn"),
                        value: inScale(use.drawn_kg, scale),
                        unit: scale.unit,
                        scale:
                            part === undefined ? "" : t("quota.share", { share: percent(part, 1) }),
                    },
                    {
                        name: t("quota.left"),
                        value: inScale(use.left_kg, scale),
                        unit: scale.unit,
                        scale: t("quota.holders", { n: holders.length }),
                    },
                ]}
            />
            <div class="grid">
                <Panel width="w8" title={t("quota.tree", { unit: scale.unit })} flush>
                    <Table
                        name={t("quota.tree", { unit: scale.unit })}
                        rows={holders}
                        keyOf={(h) => h.holder}
                        strong={(h) => holders.some((x) => x.parent === h.holder)}
                        columns={[
                            {
                                id: "holder",
                                head: t("quota.holder"),
                                cell: (h) => (
                                    <span class={`indent-${Math.min(4, h.depth)}`}>{h.name}</span>
                                ),
                                width: 32,
                                narrow: 56,
                            },
                            {
                                id: "allotted",
                                head: t("quota.allotted"),
                                number: true,
                                cell: (h) => inScale(h.allotted_kg, scale),
                                width: 14,
                                wide: true,
                            },
                            {
                                id: "passed",
                                head: t("quota.passed"),
                                number: true,
                                cell: (h) => <Passed holder={h} all={holders} scale={scale} />,
                                width: 14,
                                wide: true,
                            },
                            {
                                id: "drawn",
                                head: t("quota.drawn"),
                                number: true,
                                cell: (h) => inScale(h.drawn_kg, scale),
                                width: 12,
                                wide: true,
                            },
                            {
                                id: "left",
                                head: t("quota.left"),
                                number: true,
                                cell: (h) =>
                                    h.over ? (
                                        <State
                                            tone="held"
                                            text={t("quota.over", {
                                                mass: inScale(h.left_kg.replace("-", ""), scale),
                                            })}
                                        />
                                    ) : (
                                        inScale(h.left_kg, scale)
                                    ),
                                width: 14,
                            },
                            {
                                id: "bar",
                                head: <span class="unseen">{t("quota.used")}</span>,
                                cell: (h) => (
                                    <StockBar
                                        whole
                                        kg={h.drawn_kg}
                                        held="0"
                                        largest={
                                            compare(h.drawn_kg, h.allotted_kg) > 0
                                                ? h.drawn_kg
                                                : h.allotted_kg
                                        }
                                    />
                                ),
                                width: 10,
                                wide: true,
                            },
                            {
                                id: "percent",
                                head: "%",
                                number: true,
                                cell: (h) => {
                                    const p = ratio(h.drawn_kg, h.allotted_kg, 4);
                                    return p === undefined ? t("none") : percent(p, 0);
                                },
                                width: 8,
                                narrow: 14,
                            },
                        ]}
                        folded={(h) =>
                            t("overview.burn", {
                                drawn: inScale(h.drawn_kg, scale),
                                allotted: inScale(h.allotted_kg, scale),
                                unit: scale.unit,
                            })
                        }
                    />
                </Panel>
                <div class="w4 stack">
                    <Panel
                        title={t("quota.burn", {
                            unit: massScale([use.allotted_kg, use.drawn_kg]).unit,
                        })}
                        foot={t("quota.burn.foot")}
                    >
                        <BurnDown use={use} height={150} />
                    </Panel>
                    {instruments.length > 0 && (
                        <Panel title={t("quota.instruments")} flush>
                            <Table
                                name={t("quota.instruments")}
                                rows={instruments}
                                keyOf={(i) => `${i.id} ${i.record}`}
                                href={(i) => to.record(i.record)}
                                two
                                columns={[
                                    {
                                        id: "id",
                                        head: t("quota.instrument"),
                                        cell: (i) => (
                                            <>
                                                {i.id}
                                                <span class="sub">
                                                    {t(
                                                        i.includes_earlier
                                                            ? "quota.batch.includes"
                                                            : "quota.batch",
                                                        { n: i.batch },
                                                    )}
                                                </span>
                                            </>
                                        ),
                                        width: 44,
                                    },
                                    { id: "day", head: t("day"), cell: (i) => i.day, width: 28 },
                                    {
                                        id: "amount",
                                        head: scale.unit,
                                        number: true,
                                        cell: (i) => inScale(i.amount_kg, scale),
                                        width: 28,
                                    },
                                ]}
                            />
                        </Panel>
                    )}
                </div>
            </div>
        </>
    );
}

/** What a holder passed down, checked against what its children say that they got. */
function Passed(props: {
    holder: Holder;
    all: readonly Holder[];
    scale: ReturnType<typeof massScale>;
}) {
    const { holder, all, scale } = props;
    const children = all.filter((h) => h.parent === holder.holder);
    if (children.length === 0 && holder.passed_down_kg === "0") return <>{t("none")}</>;
    const got = sum(children.map((c) => c.allotted_kg));
    const differs = children.length > 0 && compare(got, holder.passed_down_kg) !== 0;
    return (
        <>
            {inScale(holder.passed_down_kg, scale)}
            {differs && (
                <span class="sub-held">
                    {" "}
                    {t("quota.differs", {
                        mass: inScale(subtract(got, holder.passed_down_kg), scale),
                    })}
                </span>
            )}
        </>
    );
}
