import { useState } from "preact/hooks";
import { type Schemas, useApi, useList } from "../api";
import { Instead, PageHead, Panel } from "../components/layout";
import { LotState } from "../components/state";
import { MoreRows, Table } from "../components/table";
import { t, word } from "../i18n";
import { format } from "../lib/decimal";
import { to } from "../lib/go";
import { useWords } from "../lib/words";

const STATES = ["free", "held", "in_transit", "used_up"] as const;
const STAGES = [
    "ore",
    "ore product",
    "compound",
    "metal",
    "alloy",
    "magnet",
    "article",
    "scrap",
    "residue",
    "reagent",
    "other",
] as const;

type Lot = Schemas["LotBrief"];

export function LotsPage() {
    const [words, set] = useWords();
    const filter = {
        state: words.state,
        stage: words.stage,
        facility: words.facility,
        material: words.material,
        q: words.q,
    };
    const list = useList("/api/v1/lots", { ...filter, limit: 200 });
    const facilities = useApi("/api/v1/facilities", { query: { limit: 200 } }).data?.items ?? [];
    const filtered = Object.entries(filter).filter(([, v]) => v);
    const total = list.first?.total;
    return (
        <>
            <PageHead
                title={t("nav.lots")}
                facts={
                    list.first && (
                        <>
                            {total != null && <span>{t("lots.total", { n: total })}</span>}
                            {list.first.as_of !== null && (
                                <span>{t("as_of", { n: list.first.as_of })}</span>
                            )}
                        </>
                    )
                }
            />
            <div class="filters">
                <Search value={words.q} search={(q) => set({ q })} />
                <span class="segment" role="group" aria-label={t("state")}>
                    <button
                        type="button"
                        aria-pressed={!words.state}
                        onClick={() => set({ state: undefined })}
                    >
                        {t("all")}
                    </button>
                    {STATES.map((s) => (
                        <button
                            key={s}
                            type="button"
                            aria-pressed={words.state === s}
                            onClick={() => set({ state: s })}
                        >
                            {word("lot", s)}
                        </button>
                    ))}
                </span>
                <select
                    class="field"
                    aria-label={t("stage")}
                    value={words.stage ?? ""}
                    onChange={(e) => set({ stage: e.currentTarget.value || undefined })}
                >
                    <option value="">{t("lots.any_stage")}</option>
                    {STAGES.map((s) => (
                        <option key={s} value={s}>
                            {word("stage", s)}
                        </option>
                    ))}
                </select>
                <select
                    class="field"
                    aria-label={t("facility")}
                    value={words.facility ?? ""}
                    onChange={(e) => set({ facility: e.currentTarget.value || undefined })}
                >
                    <option value="">{t("lots.any_facility")}</option>
                    {facilities.map((f) => (
                        <option key={f.id} value={f.id}>
                            {f.name}
                        </option>
                    ))}
                </select>
                {words.material && (
                    <button
                        type="button"
                        class="button small"
                        onClick={() => set({ material: undefined })}
                    >
                        {t("material")}: {list.items[0]?.material_name ?? words.material} ×
                    </button>
                )}
                {filtered.length > 0 && (
                    <button
                        type="button"
                        class="button plain small"
                        onClick={() =>
                            set({
                                state: undefined,
                                stage: undefined,
                                facility: undefined,
                                material: undefined,
                                q: undefined,
                            })
                        }
                    >
                        {t("filter.clear")}
                    </button>
                )}
            </div>
            {!list.first ? (
                <Instead failure={list.failure} again={list.again} />
            ) : (
                <Panel title={t("lots.title")} note={t("lots.note")} flush>
                    {list.items.length > 0 ? (
                        <>
                            <Table
                                name={t("nav.lots")}
                                sticky
                                rows={list.items}
                                total={total ?? undefined}
                                keyOf={(l) => l.id}
                                href={(l) => to.lot(l.id)}
                                columns={columns()}
                                folded={(l) =>
                                    `${l.material_name} · ${l.facility_name ?? word("lot", l.state)}`
                                }
                            />
                            <MoreRows shown={list.items.length} total={total} more={list.more} />
                        </>
                    ) : (
                        <p class="empty">
                            {filtered.length > 0 ? t("lots.empty.filter") : t("lots.empty")}
                        </p>
                    )}
                </Panel>
            )}
        </>
    );
}

function columns() {
    return [
        { id: "id", head: t("lot.id"), cell: (l: Lot) => l.id, width: 19, narrow: 52 },
        {
            id: "material",
            head: t("material"),
            cell: (l: Lot) => l.material_name,
            width: 18,
            wide: true,
        },
        {
            id: "left",
            head: t("in_unit", { what: t("lot.left"), unit: "kg" }),
            number: true,
            cell: (l: Lot) => format(l.left_kg, 1),
            width: 11,
        },
        {
            id: "net",
            head: t("in_unit", { what: t("net"), unit: "kg" }),
            number: true,
            cell: (l: Lot) => format(l.net_kg, 1),
            width: 10,
            wide: true,
        },
        {
            id: "reo",
            head: "REO, kg",
            number: true,
            cell: (l: Lot) => format(l.reo_kg, 1),
            width: 10,
            wide: true,
        },
        {
            id: "treo",
            head: "TREO, %",
            number: true,
            cell: (l: Lot) => (l.treo_percent === null ? t("none") : format(l.treo_percent, 2)),
            width: 7,
            wide: true,
        },
        {
            id: "place",
            head: t("lot.place"),
            cell: (l: Lot) => l.facility_name ?? l.holder_name,
            width: 17,
            wide: true,
        },
        { id: "made", head: t("lot.made"), cell: (l: Lot) => l.made, width: 9, wide: true },
        { id: "state", head: t("state"), cell: (l: Lot) => <LotState state={l.state} />, width: 9 },
    ];
}

function Search(props: { value: string | undefined; search: (q: string | undefined) => void }) {
    const [text, setText] = useState(props.value ?? "");
    return (
        <form
            onSubmit={(e) => {
                e.preventDefault();
                props.search(text.trim() || undefined);
            }}
        >
            <input
                class="field"
                type="search"
                maxLength={128}
                aria-label={t("lots.search")}
                placeholder={t("lots.search")}
                value={text}
                onInput={(e) => setText(e.currentTarget.value)}
            />
        </form>
    );
}
