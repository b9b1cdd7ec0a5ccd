// Which books close?

import type { Schemas } from "../api";
import { useList } from "../api";
import { Instead, PageHead, Panel, Strip } from "../components/layout";
import { BalanceState, State } from "../components/state";
import { MoreRows, Table } from "../components/table";
import { t, word } from "../i18n";
import { compare, count, inScale, massScale } from "../lib/decimal";
import { to } from "../lib/go";
import { useWords } from "../lib/words";

type Row = Schemas["FacilityBrief"];

/** From the mine to the magnet and round again; kinds that a book names itself come last. */
const KINDS = [
    "mine_rock",
    "mine_ion",
    "mining",
    "separation",
    "metal",
    "alloy",
    "magnet",
    "recycler",
    "recycling",
    "trader",
    "trade",
    "laboratory",
];
const rank = (kind: string) => (KINDS.includes(kind) ? KINDS.indexOf(kind) : KINDS.length);

export function FacilitiesPage() {
    const [words, set] = useWords();
    const list = useList("/api/v1/facilities", { limit: 200 });
    if (!list.first) return <Instead failure={list.failure} again={list.again} />;
    const all = list.items;
    const of = (state: Row["state"], side?: Row["side"]) =>
        all.filter((f) => f.state === state && (side === undefined || f.side === side)).length;
    const kinds = [...new Set(all.map((f) => f.kind))].sort((a, b) => rank(a) - rank(b));
    const rows = words.kind ? all.filter((f) => f.kind === words.kind) : all;
    const scale = massScale(rows.map((f) => f.stock_reo_kg));
    return (
        <>
            <PageHead
                title={t("nav.facilities")}
                facts={
                    list.first.as_of !== null && <span>{t("as_of", { n: list.first.as_of })}</span>
                }
            />
            {!list.more && (
                <Strip
                    figures={[
                        {
                            name: t("facilities.close"),
                            value: count(of("within") + of("near")),
                            scale: t("facilities.of", { n: all.length }),
                        },
                        {
                            name: word("side", "surplus"),
                            value: count(of("beyond", "surplus")),
                            scale: t("side.surplus.means"),
                        },
                        {
                            name: word("side", "missing"),
                            value: count(of("beyond", "missing")),
                            scale: t("side.missing.means"),
                        },
                        {
                            name: t("balance.no_stocktake"),
                            value: count(of("no_stocktake")),
                            scale: t("facilities.none.scale"),
                        },
                    ]}
                />
            )}
            <div class="filters">
                <span class="segment" role="group" aria-label={t("facilities.kind")}>
                    <button
                        type="button"
                        aria-pressed={!words.kind}
                        onClick={() => set({ kind: undefined })}
                    >
                        {t("all")}
                    </button>
                    {kinds.map((k) => (
                        <button
                            key={k}
                            type="button"
                            aria-pressed={words.kind === k}
                            onClick={() => set({ kind: k })}
                        >
                            {word("kind", k)}
                        </button>
                    ))}
                </span>
            </div>
            <Panel title={t("facilities.title")} flush>
                <Table
                    name={t("nav.facilities")}
                    sticky
                    two
                    rows={rows}
                    keyOf={(f) => f.id}
                    href={(f) => to.facility(f.id)}
                    columns={[
                        {
                            id: "name",
                            head: t("facility"),
                            cell: (f) => (
                                <>
                                    {f.name}
                                    <span class="sub">
                                        {f.party_name} · {f.id}
                                    </span>
                                </>
                            ),
                            width: 30,
                            narrow: 42,
                        },
                        {
                            id: "kind",
                            head: t("facilities.kind"),
                            cell: (f) => word("kind", f.kind),
                            width: 14,
                            wide: true,
                        },
                        {
                            id: "licence",
                            head: t("licence"),
                            cell: (f) => <Licence row={f} />,
                            width: 14,
                            wide: true,
                        },
                        {
                            id: "state",
                            head: t("facilities.books"),
                            cell: (f) => (
                                <>
                                    <BalanceState state={f.state} side={f.side} />
                                    {f.months_beyond > 0 && (
                                        <span class="sub">
                                            {t("facilities.beyond", { n: f.months_beyond })}
                                        </span>
                                    )}
                                </>
                            ),
                            width: 15,
                        },
                        {
                            id: "stock",
                            head: t("in_unit", { what: t("facilities.stock"), unit: scale.unit }),
                            number: true,
                            cell: (f) => (
                                <>
                                    {inScale(f.stock_reo_kg, scale)}
                                    {compare(f.held_reo_kg, "0") > 0 && (
                                        <span class="sub">
                                            {t("overview.stock.held", {
                                                mass: inScale(f.held_reo_kg, scale),
                                            })}
                                        </span>
                                    )}
                                </>
                            ),
                            width: 13,
                        },
                        {
                            id: "taken",
                            head: t("facilities.taken"),
                            cell: (f) => f.last_stocktake ?? t("none"),
                            width: 14,
                            wide: true,
                        },
                        {
                            id: "findings",
                            head: t("nav.findings"),
                            number: true,
                            cell: (f) => (f.findings > 0 ? count(f.findings) : t("none")),
                            width: 8,
                            wide: true,
                        },
                    ]}
                    folded={(f) => word("kind", f.kind)}
                />
                {list.more && <MoreRows shown={all.length} more={list.more} />}
                {rows.length === 0 && <p class="empty">{t("facilities.empty")}</p>}
            </Panel>
        </>
    );
}

function Licence(props: { row: Row }) {
    const { licence, licence_days_left: left } = props.row;
    if (licence === "none") return <span class="quiet">{word("licence", "none")}</span>;
    return (
        <>
            <State
                tone={licence === "in_force" ? "fine" : "held"}
                text={word("licence", licence)}
            />
            {licence === "in_force" && left !== null && (
                <span class="sub">{t("licence.left", { n: left })}</span>
            )}
        </>
    );
}
