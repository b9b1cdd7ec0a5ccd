// What is it, what is it made of, may it move?

import { type Schemas, useApi } from "../api";
import { StockBar } from "../charts/AmountBar";
import { Genealogy } from "../charts/Genealogy";
import { GroupBar } from "../charts/HundredBar";
import { type Figure, Instead, PageHead, Panel, Strip } from "../components/layout";
import { Origin } from "../components/Origin";
import { Chip, ElementName, State, type Tone, Verdict } from "../components/state";
import { Table } from "../components/table";
import { t, word } from "../i18n";
import { day } from "../lib/dates";
import { compare, format, isDecimal, percent, sum, uncertaintyPlaces } from "../lib/decimal";
import { byElement, RARE_EARTHS } from "../lib/elements";
import { to } from "../lib/go";
import { theme } from "../lib/theme";
import { useWords } from "../lib/words";

type Lot = Schemas["Lot"];
type Trace = Schemas["Trace"];
type Source = Trace["shares"][number];

export function LotPage(props: { id: string }) {
    const [words, set] = useWords();
    const down = words.direction === "down";
    const { data, failure, again } = useApi("/api/v1/lots/{id}", { path: { id: props.id } });
    const up = useApi(
        "/api/v1/lots/{id}/trace",
        { path: { id: props.id }, query: { direction: "up" } },
        data !== undefined,
    ).data;
    const after = useApi(
        "/api/v1/lots/{id}/trace",
        { path: { id: props.id }, query: { direction: "down" } },
        data !== undefined && down,
    ).data;
    const origin = useApi(
        "/api/v1/lots/{id}/origin",
        { path: { id: props.id } },
        data !== undefined,
    ).data;
    if (!data) return <Instead failure={failure} again={again} />;
    const { lot } = data;
    const trace = down ? after : up;
    return (
        <>
            <PageHead
                title={
                    <>
                        {lot.material_name} <span class="second">{lot.id}</span>
                    </>
                }
                name={lot.id}
                crumbs={[{ name: t("nav.lots"), href: "/lots" }]}
                facts={
                    <>
                        <Chip
                            tone={
                                lot.state === "held"
                                    ? "held"
                                    : lot.state === "free"
                                      ? "fine"
                                      : "plain"
                            }
                            text={word("lot", lot.state)}
                        />
                        <Chip tone="plain" text={word("custody", lot.custody)} />
                        <Chip
                            tone={lot.basis === "assayed" ? "plain" : "flagged"}
                            text={word("basis", lot.basis)}
                        />
                        {lot.facility ? (
                            <a href={to.facility(lot.facility)}>
                                {lot.facility_name ?? lot.facility}
                            </a>
                        ) : (
                            <span>{word("place", "transit")}</span>
                        )}
                        <span>{lot.holder_name}</span>
                        <span>{t("lot.made_on", { day: day(lot.made) })}</span>
                        <a href={to.record(lot.record)}>{t("log.record", { n: lot.record })}</a>
                    </>
                }
            />
            <Strip figures={figures(data, up)} />
            <div class="grid">
                <Panel
                    title={down ? t("lot.genealogy.down") : t("lot.genealogy.up")}
                    note={
                        <>
                            {trace && (
                                <span>{t("lot.genealogy.note", { n: trace.lots_seen })}</span>
                            )}
                            <span class="segment" role="group" aria-label={t("lot.direction")}>
                                <button
                                    type="button"
                                    aria-pressed={!down}
                                    onClick={() => set({ direction: undefined })}
                                >
                                    {t("lot.up")}
                                </button>
                                <button
                                    type="button"
                                    aria-pressed={down}
                                    onClick={() => set({ direction: "down" })}
                                >
                                    {t("lot.down")}
                                </button>
                            </span>
                        </>
                    }
                    foot={trace && !trace.complete && t("lot.genealogy.cut")}
                >
                    {!trace ? (
                        <div class="ghost" />
                    ) : trace.nodes.length > 1 ? (
                        <Genealogy
                            trace={trace}
                            name={down ? t("lot.genealogy.down") : t("lot.genealogy.up")}
                        />
                    ) : (
                        <p class="empty">
                            {down ? t("lot.genealogy.down.empty") : t("lot.genealogy.up.empty")}
                        </p>
                    )}
                </Panel>
                {up && up.shares.length > 0 && (
                    <Panel width="w7" title={t("lot.sources")} flush>
                        <Sources shares={up.shares} />
                    </Panel>
                )}
                {data.content.length > 0 && (
                    <Panel
                        width={up && up.shares.length > 0 ? "w5" : "w12"}
                        title={t("lot.content")}
                        note={assay(data)}
                        flush
                        foot={t("lot.content.foot")}
                    >
                        <div class="inset">
                            <GroupBar
                                name={t("lot.distribution")}
                                dark={theme.value === "dark"}
                                kilograms={Object.fromEntries(
                                    data.content.flatMap((c) =>
                                        c.kg === null ? [] : [[c.component, c.kg]],
                                    ),
                                )}
                            />
                        </div>
                        <Content data={data} />
                    </Panel>
                )}
                {origin && origin.why_not !== "not measured" && (
                    <Panel width="w12" title={t("origin.title")}>
                        <Origin origin={origin} />
                    </Panel>
                )}
                {data.custody.length > 0 && (
                    <Panel
                        width={data.holds.length > 0 ? "w8" : "w12"}
                        title={t("lot.custody")}
                        flush
                    >
                        <Custody data={data} />
                    </Panel>
                )}
                {data.holds.length > 0 && (
                    <Panel
                        width="w4"
                        title={lot.state === "held" ? t("lot.holds.now") : t("lot.holds")}
                    >
                        <Holds holds={data.holds} />
                    </Panel>
                )}
            </div>
        </>
    );
}

const RECYCLED = new Set<Source["kind"]>(["post-consumer", "production scrap"]);

function figures(data: Lot, up: Trace | undefined): Figure[] {
    const { lot } = data;
    const out: Figure[] = [
        {
            name: t("lot.net"),
            value: format(lot.net_kg, 1),
            unit: "kg",
            scale:
                data.moisture_percent && compare(data.moisture_percent, "0") > 0
                    ? t("lot.moisture", { share: format(data.moisture_percent, 2) })
                    : t("lot.dry", { kg: format(data.dry_kg, 1) }),
        },
        {
            name: "REO",
            value: format(lot.reo_kg, 1),
            unit: "kg",
            scale:
                lot.treo_percent === null
                    ? ""
                    : t("lot.treo", { share: format(lot.treo_percent, 2) }),
        },
        {
            name: t("lot.left"),
            value: format(lot.left_kg, 1),
            unit: "kg",
            scale: t("lot.made_into", { n: data.made_into }),
        },
    ];
    if (up && up.shares.length > 0) {
        const of = (test: (s: Source) => boolean) =>
            percent(sum(up.shares.filter(test).map((s) => s.share)));
        out.push(
            {
                name: t("lot.licensed"),
                value: of((s) => s.kind === "licensed"),
                unit: "%",
                scale: t("lot.of_reo"),
            },
            {
                name: t("lot.recycled"),
                value: of((s) => RECYCLED.has(s.kind)),
                unit: "%",
                scale: t("lot.post_consumer", { share: of((s) => s.kind === "post-consumer") }),
            },
        );
    }
    return out;
}

function assay(data: Lot): string | undefined {
    const last = data.assays.at(-1);
    if (!last) return undefined;
    return [last.laboratory, last.method, last.day].filter(Boolean).join(" · ");
}

const KIND_TONE: Partial<Record<Source["kind"], Tone>> = {
    licensed: "fine",
    unlicensed: "held",
    found: "flagged",
};

function Sources(props: { shares: Source[] }) {
    const shown = props.shares
        .flatMap((s) => s.components.map((c) => c.component))
        .filter((c) => (RARE_EARTHS as readonly string[]).includes(c));
    // The rare earths that matter most in this lot, at most four, in the order of every list.
    const weight = (c: string) =>
        sum(
            props.shares.flatMap((s) =>
                s.components.filter((x) => x.component === c).map((x) => x.kg),
            ),
        );
    const top = [...new Set(shown)]
        .sort((a, b) => compare(weight(b), weight(a)))
        .slice(0, 4)
        .sort(byElement);
    const largest = props.shares.reduce((a, s) => (compare(s.share, a) > 0 ? s.share : a), "0");
    return (
        <Table
            name={t("lot.sources")}
            rows={props.shares}
            keyOf={(s) => `${s.source} ${s.kind}`}
            two
            columns={[
                {
                    id: "source",
                    head: t("source"),
                    cell: (s) => (
                        <>
                            {s.kind === "hidden"
                                ? t("trace.hidden")
                                : (s.source_name ?? word("source", s.source))}
                            <span class="sub">
                                <State
                                    tone={KIND_TONE[s.kind] ?? "plain"}
                                    text={word("source.kind", s.kind)}
                                />
                                {s.licence && ` · ${s.licence}`}
                            </span>
                        </>
                    ),
                    width: 31,
                    narrow: 72,
                },
                {
                    id: "bar",
                    head: <span class="unseen">{t("share")}</span>,
                    cell: (s) => <StockBar kg={s.share} held="0" largest={largest} />,
                    width: 11,
                    wide: true,
                },
                {
                    id: "share",
                    head: t("in_unit", { what: "REO", unit: "%" }),
                    number: true,
                    cell: (s) => percent(s.share, 2),
                    width: 12,
                },
                {
                    id: "kg",
                    head: t("in_unit", { what: "REO", unit: "kg" }),
                    number: true,
                    cell: (s) => format(s.reo_kg, 1),
                    width: 12,
                    wide: true,
                },
                ...top.map((c) => ({
                    id: c,
                    head: <ElementName component={c} />,
                    number: true,
                    wide: true,
                    width: 8.5,
                    cell: (s: Source) => {
                        const found = s.components.find((x) => x.component === c);
                        return found ? percent(found.share, 1) : t("none");
                    },
                })),
            ]}
            folded={(s) => `${format(s.reo_kg, 1)} kg REO`}
        />
    );
}

function Content(props: { data: Lot }) {
    const lines = [...props.data.content].sort((a, b) => byElement(a.component, b.component));
    const largest = lines.reduce(
        (a, c) => (c.percent !== null && compare(c.percent, a) > 0 ? c.percent : a),
        "0",
    );
    return (
        <Table
            name={t("lot.content")}
            rows={lines}
            keyOf={(c) => c.component}
            columns={[
                {
                    id: "component",
                    head: t("element"),
                    cell: (c) => (
                        <>
                            <ElementName component={c.component} />{" "}
                            <span class="second">{word("element", c.component)}</span>
                        </>
                    ),
                    width: 30,
                    narrow: 52,
                },
                {
                    id: "bar",
                    head: <span class="unseen">{t("share")}</span>,
                    cell: (c) => <StockBar kg={c.percent ?? "0"} held="0" largest={largest} />,
                    width: 20,
                    wide: true,
                },
                {
                    id: "percent",
                    head: "%",
                    number: true,
                    cell: (c) =>
                        isDecimal(c.percent) ? format(c.percent, placesOf(c)) : t("none"),
                    width: 15,
                },
                {
                    id: "u",
                    head: "u, %",
                    number: true,
                    cell: (c) =>
                        isDecimal(c.u_percent) ? format(c.u_percent, placesOf(c)) : t("none"),
                    width: 14,
                    wide: true,
                },
                { id: "kg", head: "kg", number: true, cell: (c) => mass(c), width: 21 },
            ]}
        />
    );
}

/** A value and its uncertainty end at the same decimal. */
const placesOf = (c: Schemas["ContentLine"]) =>
    c.u_percent === null ? 2 : uncertaintyPlaces(c.u_percent, 2, 4);

function mass(c: Schemas["ContentLine"]): string {
    if (c.kg !== null && (compare(c.kg, "0") > 0 || c.bound_kg === null))
        return format(c.kg, 3) + (c.whole ? "" : "\u202f+");
    if (c.bound_kg !== null) return `<\u202f${format(c.bound_kg, 3)}`;
    return t("none");
}

function Custody(props: { data: Lot }) {
    const kg = (v: string | null) => (v === null ? t("none") : format(v, 1));
    return (
        <Table
            name={t("lot.custody")}
            rows={props.data.custody}
            keyOf={(s) => `${s.record} ${s.event}`}
            href={(s) => to.record(s.record)}
            columns={[
                {
                    id: "event",
                    head: t("log.kind"),
                    cell: (s) => word("event", s.kind),
                    width: 14,
                    narrow: 64,
                },
                { id: "day", head: t("day"), cell: (s) => s.day, width: 12, wide: true },
                {
                    id: "route",
                    head: t("lot.route"),
                    cell: (s) => [s.from, s.to].filter(Boolean).join(" → ") || t("none"),
                    width: 25,
                    wide: true,
                },
                {
                    id: "sent",
                    head: t("in_unit", { what: t("lot.sent"), unit: "kg" }),
                    number: true,
                    cell: (s) => kg(s.sent_kg),
                    width: 12,
                    wide: true,
                },
                {
                    id: "received",
                    head: t("in_unit", { what: t("lot.received"), unit: "kg" }),
                    number: true,
                    cell: (s) => kg(s.received_kg),
                    width: 12,
                    wide: true,
                },
                {
                    id: "difference",
                    head: t("in_unit", { what: t("difference"), unit: "kg" }),
                    number: true,
                    cell: (s) =>
                        s.difference_kg === null ? (
                            t("none")
                        ) : (
                            <>
                                {format(s.difference_kg, 2)}
                                {s.limit_kg !== null && (
                                    <span class="quiet"> ({format(s.limit_kg, 2)})</span>
                                )}
                            </>
                        ),
                    width: 15,
                    wide: true,
                },
                {
                    id: "verdict",
                    head: t("verdict"),
                    cell: (s) => <Verdict verdict={s.verdict} />,
                    width: 12,
                },
            ]}
            folded={(s) =>
                [s.day, [s.from, s.to].filter(Boolean).join(" → ")].filter(Boolean).join(" · ")
            }
        />
    );
}

const HOLD_TONE: Record<Schemas["Hold"]["state"], Tone> = {
    open: "held",
    pending: "flagged",
    released: "fine",
    void: "plain",
};

export function Holds(props: { holds: Schemas["Hold"][] }) {
    return (
        <ul class="holds">
            {props.holds.map((h) => (
                <li key={h.cause}>
                    <div class="chips">
                        <Chip tone={HOLD_TONE[h.state]} text={word("hold", h.state)} />
                        <code>{h.code}</code>
                        {h.inherited && <span class="caption">{t("hold.inherited")}</span>}
                    </div>
                    <p lang="en">{h.message}</p>
                    <p class="caption">
                        <a href={to.record(h.record)}>{t("log.record", { n: h.record })}</a> ·{" "}
                        {h.day} ·{" "}
                        {t("hold.holds", { n: h.lots, mass: `${format(h.mass_kg, 1)}\u202fkg` })}
                        {h.state === "open" && ` · ${word("hold.lifts", h.who_lifts)}`}
                    </p>
                </li>
            ))}
        </ul>
    );
}
