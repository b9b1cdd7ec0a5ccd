// Is this plant's account whole?

import type { Schemas } from "../api";
import { useApi } from "../api";
import { BurnDown, ledgerName } from "../charts/BurnDown";
import { MufChart, mufScale, mufWords } from "../charts/MufChart";
import { RangeDot } from "../charts/Range";
import { BalanceTable } from "../components/BalanceTable";
import { Failed, type Figure, Instead, PageHead, Panel, Strip } from "../components/layout";
import { balanceWords, Chip, ElementName, State } from "../components/state";
import { Table } from "../components/table";
import { t, word } from "../i18n";
import { months } from "../lib/dates";
import {
    absolute,
    add,
    compare,
    count,
    inScale,
    KILOGRAMS,
    massScale,
    percent,
    ratio,
    sign,
    toNumber,
} from "../lib/decimal";
import { byElement } from "../lib/elements";
import { to } from "../lib/go";
import { useWords } from "../lib/words";

type Data = Schemas["Facility"];
type Component = Schemas["Component"];

export function FacilityPage(props: { id: string }) {
    const [words, set] = useWords();
    const { data, failure, again } = useApi("/api/v1/facilities/{id}", { path: { id: props.id } });
    const el = (words.el ?? firstChoice(data)) as Component;
    const balance = useApi(
        "/api/v1/facilities/{id}/balance",
        { path: { id: props.id }, query: { el } },
        data !== undefined,
    );
    const whole = useApi(
        "/api/v1/facilities/{id}/balance",
        { path: { id: props.id } },
        data !== undefined,
    );
    if (!data) return <Instead failure={failure} again={again} />;
    const f = data.facility;
    const [tone, state] = balanceWords(f.state, f.side);
    const narrow =
        data.licences.length + data.quota.length + data.stock.length + data.partners.length === 0;
    return (
        <>
            <PageHead
                title={f.name}
                crumbs={[{ name: t("nav.facilities"), href: "/facilities" }]}
                facts={
                    <>
                        <span>{word("kind", f.kind)}</span>
                        <span>{f.party_name}</span>
                        <span class="mono">{f.id}</span>
                        <Chip tone={tone} text={state} />
                        {f.licence !== "none" && (
                            <Chip
                                tone={f.licence === "in_force" ? "plain" : "held"}
                                text={`${t("licence")}: ${word("licence", f.licence)}`}
                            />
                        )}
                        {data.as_of !== null && <span>{t("as_of", { n: data.as_of })}</span>}
                    </>
                }
                actions={
                    <a class="button" href={to.lots({ facility: f.id })}>
                        {t("facility.lots")}
                    </a>
                }
            />
            <Strip figures={figures(data, whole.data)} />
            <div class="grid">
                <Panel
                    width={narrow ? "w12" : "w8"}
                    title={balance.data ? headline(balance.data) : t("facility.balance")}
                    note={balance.data && months(balance.data.from, balance.data.to)}
                >
                    {data.components.length > 0 && (
                        <Picker
                            components={data.components}
                            chosen={el}
                            choose={(c) => set({ el: c, month: undefined })}
                        />
                    )}
                    {balance.failure && <Failed failure={balance.failure} again={balance.again} />}
                    {balance.data && balance.data.months.length > 0 ? (
                        <>
                            <MufChart
                                key={balance.data.component}
                                months={balance.data.months}
                                noticed={balance.data.page}
                                name={`${f.name}, ${balance.data.component}: ${headline(balance.data)}. ${worst(balance.data)}`}
                                month={words.month}
                                onMonth={(month) => set({ month })}
                            />
                            <details open>
                                <summary>{t("facility.account")}</summary>
                                <BalanceTable
                                    months={balance.data.months}
                                    component={balance.data.component}
                                />
                            </details>
                        </>
                    ) : (
                        balance.data && <p class="empty">{t("facility.balance.empty")}</p>
                    )}
                </Panel>
                {!narrow && (
                    <div class="w4 stack">
                        {data.components.some((c) => c.muf_kg !== null) && (
                            <Panel
                                title={t("facility.elements")}
                                note={t("facility.elements.note")}
                                flush
                            >
                                <Elements data={data} />
                            </Panel>
                        )}
                        {data.quota.length > 0 && (
                            <Panel title={t("facility.quota")}>
                                {data.quota.map((use) => (
                                    <div key={`${use.ledger} ${use.ore_class} ${use.year}`}>
                                        <div class="burn-head">
                                            <a
                                                href={to.quota(use.year, {
                                                    ledger: use.ledger,
                                                    ore: use.ore_class ?? undefined,
                                                })}
                                            >
                                                {ledgerName(use)}
                                            </a>
                                            <span class="caption">{left(use)}</span>
                                        </div>
                                        <BurnDown use={use} height={72} />
                                    </div>
                                ))}
                            </Panel>
                        )}
                        {data.licences.length > 0 && (
                            <Panel title={t("facility.licences")}>
                                <ul class="licences">
                                    {data.licences.map((l) => (
                                        <li key={l.id}>
                                            <span class="strong">
                                                {word("activity", l.activity)}
                                            </span>
                                            <State
                                                tone={
                                                    l.status === "in_force"
                                                        ? "fine"
                                                        : l.status === "not_yet"
                                                          ? "plain"
                                                          : "held"
                                                }
                                                text={word("licence", l.status)}
                                            />
                                            <span class="caption">
                                                {l.id} · {l.from} – {l.to}
                                                {l.days_left !== null &&
                                                    l.status === "in_force" &&
                                                    ` · ${t("licence.left", { n: l.days_left })}`}
                                            </span>
                                        </li>
                                    ))}
                                </ul>
                            </Panel>
                        )}
                        {data.stock.length > 0 && (
                            <Panel title={t("facility.stock")} flush>
                                <StockTable data={data} />
                            </Panel>
                        )}
                        {data.partners.length > 0 && (
                            <Panel
                                title={t("facility.partners")}
                                flush
                                foot={t("facility.partners.foot")}
                            >
                                <Partners data={data} />
                            </Panel>
                        )}
                    </div>
                )}
            </div>
        </>
    );
}

/** The element that is furthest beyond, else all together. */
function firstChoice(data: Data | undefined): Component {
    const beyond =
        data?.components.filter((c) => c.state === "beyond" && c.component !== "TREO") ?? [];
    return (
        beyond.sort(
            (a, b) => b.months_beyond - a.months_beyond || byElement(a.component, b.component),
        )[0]?.component ?? "TREO"
    );
}

function headline(b: Schemas["Balance"]): string {
    const side = b.page.surplus ? "surplus" : b.page.missing ? "missing" : undefined;
    const beyond = b.months.filter((m) => m.state === "beyond");
    if (side) return t(`facility.says.${side}`, { component: b.component });
    if (beyond.length > 0)
        return t("facility.says.beyond", { component: b.component, n: beyond.length });
    return t("facility.says.within", { component: b.component });
}

function worst(b: Schemas["Balance"]): string {
    const month = b.months.find((m) => m.state === "beyond");
    return month ? mufWords(month, mufScale(b.months)) : "";
}

function left(use: Schemas["QuotaUse"]): string {
    const scale = massScale([use.allotted_kg]);
    return t("quota.left_of", {
        left: inScale(use.left_kg, scale),
        allotted: inScale(use.allotted_kg, scale),
        unit: scale.unit,
    });
}

function figures(data: Data, whole: Schemas["Balance"] | undefined): Figure[] {
    const f = data.facility;
    const out: Figure[] = [];
    if (whole) {
        const scale = massScale([whole.total.muf_kg, whole.total.sigma_muf_kg]);
        const side = sign(whole.total.muf_kg);
        out.push({
            name: t("facility.muf"),
            value: inScale(absolute(whole.total.muf_kg), scale),
            unit: `${scale.unit} ${side === 0 ? "" : word("side", side > 0 ? "missing" : "surplus")}`,
            scale: t("facility.muf.scale", {
                u: `${inScale(whole.total.sigma_muf_kg, scale)}\u202f${scale.unit}`,
                span: months(whole.from, whole.to),
            }),
        });
    }
    const use = data.quota[0];
    const share = use && ratio(use.drawn_kg, use.allotted_kg, 4);
    if (use && share !== undefined) {
        out.push({
            name: t("facility.quota_used"),
            value: percent(share, 0),
            unit: "%",
            scale: ledgerName(use),
        });
    }
    const stock = massScale([f.stock_reo_kg]);
    const held = massScale([f.held_reo_kg]);
    out.push(
        {
            name: t("facility.stocked"),
            value: inScale(f.stock_reo_kg, stock),
            unit: `${stock.unit} REO`,
            scale: t("facility.stocked.scale"),
            href: to.lots({ facility: f.id }),
        },
        {
            name: t("facility.held"),
            value: count(f.held_lots),
            unit:
                f.held_lots > 0
                    ? `${inScale(f.held_reo_kg, held)}\u202f${held.unit} REO`
                    : undefined,
            scale: f.held_lots > 0 ? t("facility.held.scale") : t("overview.held.none"),
            href: to.lots({ facility: f.id, state: "held" }),
        },
        {
            name: t("facility.taken"),
            value: <span class="date">{f.last_stocktake ?? t("none")}</span>,
            scale: f.last_stocktake ? t("facility.taken.scale") : t("balance.no_stocktake"),
        },
    );
    return out;
}

function Picker(props: {
    components: Data["components"];
    chosen: string;
    choose: (c: string) => void;
}) {
    const all = [...props.components].sort((a, b) =>
        a.component === "TREO"
            ? -1
            : b.component === "TREO"
              ? 1
              : byElement(a.component, b.component),
    );
    return (
        <div class="picker" role="group" aria-label={t("facility.picker")}>
            {all.map((c) => (
                <button
                    key={c.component}
                    type="button"
                    aria-pressed={c.component === props.chosen}
                    aria-label={t("facility.pick", {
                        component: c.component,
                        state: balanceWords(c.state, c.side)[1],
                    })}
                    onClick={() => props.choose(c.component)}
                >
                    <ElementName component={c.component} />
                    {(c.state === "beyond" || c.state === "near") && (
                        <i class={`mark ${c.state}`} />
                    )}
                </button>
            ))}
        </div>
    );
}

const WHOLE = { ...KILOGRAMS, places: 0 };

/** Every element over all months: is zero inside twice its error? The largest first. */
function Elements(props: { data: Data }) {
    const rows = props.data.components.flatMap((c) =>
        c.muf_kg === null || c.sigma_muf_kg === null
            ? []
            : [{ ...c, muf: c.muf_kg, u: c.sigma_muf_kg, z: sigmas(c.muf_kg, c.sigma_muf_kg) }],
    );
    const largest = Math.max(...rows.map((r) => Math.abs(r.z))) + 2;
    return (
        <Table
            name={t("facility.elements")}
            rows={rows.sort((a, b) => byElement(a.component, b.component))}
            keyOf={(r) => r.component}
            href={(r) => to.facility(props.data.facility.id, { el: r.component })}
            columns={[
                {
                    id: "el",
                    head: t("element"),
                    cell: (r) => <ElementName component={r.component} />,
                    width: 22,
                },
                {
                    id: "range",
                    head: <span class="unseen">{t("facility.elements.range")}</span>,
                    cell: (r) => (
                        <RangeDot value={r.z.toFixed(3)} u="1" largest={largest.toFixed(3)} />
                    ),
                    width: 28,
                },
                {
                    id: "muf",
                    head: t("in_unit", { what: t("facility.elements.muf"), unit: "kg" }),
                    number: true,
                    cell: (r) => inScale(r.muf, WHOLE),
                    width: 27,
                },
                {
                    id: "u",
                    head: "u",
                    number: true,
                    cell: (r) => inScale(r.u, WHOLE),
                    width: 23,
                },
            ]}
        />
    );
}

/** For a drawing alone: how many of its errors a figure is from zero. */
function sigmas(value: string, u: string): number {
    const error = toNumber(u);
    return error > 0 ? toNumber(value) / error : 0;
}

function StockTable(props: { data: Data }) {
    const { stock } = props.data;
    const net = massScale(stock.map((s) => s.net_kg));
    const reo = massScale(stock.map((s) => s.reo_kg));
    return (
        <Table
            name={t("facility.stock")}
            rows={stock}
            keyOf={(s) => `${s.material} ${s.place}`}
            href={(s) => to.lots({ facility: props.data.facility.id, material: s.material })}
            two
            columns={[
                {
                    id: "material",
                    head: t("material"),
                    cell: (s) => (
                        <>
                            {s.material_name}
                            <span class="sub">
                                {s.place === "pools"
                                    ? word("place", s.place)
                                    : t("facility.in_lots", {
                                          place: word("place", s.place),
                                          n: s.lots,
                                      })}
                            </span>
                        </>
                    ),
                    width: 46,
                },
                {
                    id: "net",
                    head: t("in_unit", { what: t("net"), unit: net.unit }),
                    number: true,
                    cell: (s) => inScale(s.net_kg, net),
                    width: 26,
                },
                {
                    id: "reo",
                    head: t("in_unit", { what: "REO", unit: reo.unit }),
                    number: true,
                    cell: (s) => (
                        <>
                            {inScale(s.reo_kg, reo)}
                            {compare(s.held_reo_kg, "0") > 0 && (
                                <span class="sub-held">
                                    {t("overview.stock.held", {
                                        mass: inScale(s.held_reo_kg, reo),
                                    })}
                                </span>
                            )}
                        </>
                    ),
                    width: 28,
                },
            ]}
        />
    );
}

function Partners(props: { data: Data }) {
    const { partners } = props.data;
    const scale = massScale(partners.flatMap((p) => [p.difference_kg, p.u_kg]));
    const largest = partners
        .map((p) => add(absolute(p.difference_kg), add(p.u_kg, p.u_kg)))
        .reduce((a, b) => (compare(b, a) > 0 ? b : a), "0");
    return (
        <Table
            name={t("facility.partners")}
            rows={partners}
            keyOf={(p) => p.party}
            two
            columns={[
                {
                    id: "party",
                    head: t("facility.from"),
                    cell: (p) => (
                        <>
                            {p.party_name}
                            <span class="sub">{t("facility.consignments", { n: p.received })}</span>
                        </>
                    ),
                    width: 44,
                },
                {
                    id: "range",
                    head: <span class="unseen">{t("facility.partners.range")}</span>,
                    cell: (p) => <RangeDot value={p.difference_kg} u={p.u_kg} largest={largest} />,
                    width: 28,
                },
                {
                    id: "difference",
                    head: t("in_unit", { what: t("difference"), unit: scale.unit }),
                    number: true,
                    cell: (p) => (
                        <>
                            {inScale(p.difference_kg, scale)}
                            <span class="sub">u {inScale(p.u_kg, scale)}</span>
                        </>
                    ),
                    width: 28,
                },
            ]}
        />
    );
}
