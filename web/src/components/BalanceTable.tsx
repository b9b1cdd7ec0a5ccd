// The month-by-month account, numbers that can be added again.

import type { Schemas } from "../api";
import { t } from "../i18n";
import { inScale, massScale } from "../lib/decimal";
import { BalanceState } from "./state";
import { type Column, Table } from "./table";

type Month = Schemas["BalanceMonth"];

const TERMS = [
    "opening",
    "extracted",
    "received",
    "shipped",
    "discards",
    "losses",
    "closing",
] as const;
const SIGN: Record<(typeof TERMS)[number], string> = {
    opening: "",
    extracted: "+ ",
    received: "+ ",
    shipped: "− ",
    discards: "− ",
    losses: "− ",
    closing: "− ",
};

export function BalanceTable(props: { months: readonly Month[]; component: string }) {
    const scale = massScale(
        props.months.flatMap((m) => [...TERMS.map((term) => m[`${term}_kg`]), m.muf_kg]),
    );
    // MUF is small beside what moves: it gets the decimals that it needs, the terms too, so that the
    // row can be added again.
    const fine = { ...scale, places: Math.max(scale.places, scale.unit === "t" ? 3 : 1) };
    const shown = TERMS.filter(
        (term) =>
            term === "opening" ||
            term === "closing" ||
            props.months.some((m) => m[`${term}_kg`] !== "0"),
    );
    const columns: Column<Month>[] = [
        {
            id: "month",
            head: t("month"),
            cell: (m) => <span class="date">{m.month}</span>,
            width: 9,
            narrow: 34,
        },
        ...shown.map((term) => ({
            id: term,
            head: SIGN[term] + t(`balance.${term}`),
            number: true,
            cell: (m: Month) => inScale(m[`${term}_kg`], fine),
            wide: true,
        })),
        {
            id: "muf",
            head: t("balance.equals"),
            number: true,
            cell: (m) => <span class="strong">{inScale(m.muf_kg, fine)}</span>,
        },
        {
            id: "u",
            head: "u",
            number: true,
            cell: (m) => inScale(m.sigma_muf_kg, fine),
            wide: true,
            width: 8,
        },
        {
            id: "state",
            head: t("state"),
            cell: (m) => <BalanceState state={m.state} side={m.side} />,
            width: 14,
            narrow: 34,
        },
    ];
    return (
        <>
            <div class="table-wrap balance">
                <Table
                    name={t("balance.name", { component: props.component, unit: scale.unit })}
                    rows={props.months}
                    keyOf={(m) => m.month}
                    columns={columns}
                    folded={(m) => `u ${inScale(m.sigma_muf_kg, fine)}`}
                />
            </div>
            <p class="caption">
                {t("balance.foot", { component: props.component, unit: scale.unit })}
            </p>
        </>
    );
}
