// A finding in words. It says what does not close, where and by how much; never more.

import type { ComponentChildren } from "preact";
import type { Schemas } from "../api";
import { AmountBar } from "../charts/AmountBar";
import { t, word } from "../i18n";
import { months } from "../lib/dates";
import { compare, inScale, type MassScale, massScale, TONNES } from "../lib/decimal";
import { byElement } from "../lib/elements";
import { to } from "../lib/go";
import { ElementName, Evidence } from "./state";
import { Table } from "./table";

export type Brief = Schemas["FindingBrief"];

/** One column, one unit: the largest finding decides. */
export function findingScale(rows: readonly Brief[]): MassScale {
    const scale = massScale(rows.flatMap((f) => [f.mass_kg, f.high_kg]));
    return scale.unit === "t" ? TONNES : scale;
}

/** "0.4–4.6", but "−0.4 to 4.6": a dash after a minus cannot be read. */
export function range(low: string, high: string, scale: MassScale): string {
    const [a, b] = [inScale(low, scale), inScale(high, scale)];
    return low.startsWith("-") ? t("range.to", { low: a, high: b }) : `${a}–${b}`;
}

/** The elements of a finding in their order. The total is named only where it stands alone. */
export function listed(components: readonly string[]): string[] {
    const elements = components.filter((c) => c !== "TREO").sort(byElement);
    return elements.length > 0 ? elements : [...components];
}

export function componentsText(components: readonly string[]): string {
    const named = listed(components);
    if (named.length <= 4) return named.join(t("list.comma")); // "and 1 more" is no shorter
    return t("components.more", {
        some: named.slice(0, 3).join(t("list.comma")),
        n: named.length - 3,
    });
}

/** What is said of the place; null where the catalogue has no words for it. */
function words(f: Brief): string | null {
    const v = f.sentence.values;
    if (f.sentence.key === "finding.origin")
        return t("finding.origin", {
            lots: v.lots ?? "",
            tested: v.lots_tested ?? "",
            said: v.said ?? "",
        });
    if (f.kind !== "balance" || !f.side) return null;
    return t(f.side === "surplus" ? "finding.surplus" : "finding.missing", {
        components: componentsText(f.components),
    });
}

/** What the lots of an origin look like, after its sentence. */
export function looksText(f: Brief): string {
    const looks = f.sentence.values.looks_like;
    if (f.sentence.key !== "finding.origin") return "";
    return looks
        ? t("finding.origin.looks", { looks: looks.replaceAll(" to ", "–") })
        : t("finding.origin.none");
}

/** The sentence of a finding; where the catalogue has none for its kind, the server's own. */
export function Sentence(props: { finding: Brief; subject?: boolean }): ComponentChildren {
    const f = props.finding;
    const text = words(f);
    if (text === null) return <span lang="en">{f.says}</span>;
    return props.subject === false ? (
        text
    ) : (
        <>
            <span class="strong">{f.facility_name}</span>
            {t("finding.colon")}
            {text}
        </>
    );
}

export function sentenceText(f: Brief): string {
    const text = words(f);
    return text === null ? f.says : `${f.facility_name}${t("finding.colon")}${text}`;
}

export function FindingsTable(props: { rows: readonly Brief[]; name: string; wide?: boolean }) {
    const scale = findingScale(props.rows);
    const largest = props.rows.reduce(
        (top, f) => (compare(f.high_kg, top) > 0 ? f.high_kg : top),
        "0",
    );
    return (
        <Table
            name={props.name}
            rows={props.rows}
            keyOf={(f) => f.id}
            href={(f) => to.finding(f.id)}
            two
            columns={[
                {
                    id: "what",
                    head: t("finding.what"),
                    cell: (f) => <Sentence finding={f} />,
                    width: props.wide ? 38 : 42,
                    narrow: 72,
                },
                {
                    id: "evidence",
                    head: t("finding.evidence"),
                    cell: (f) => <Evidence level={f.evidence} />,
                    width: 12,
                    wide: true,
                },
                ...(props.wide
                    ? [
                          {
                              id: "elements",
                              head: t("finding.elements"),
                              cell: (f: Brief) => (
                                  <span class="chips">
                                      {listed(f.components)
                                          .slice(0, 3)
                                          .map((c) => (
                                              <ElementName key={c} component={c} />
                                          ))}
                                      {listed(f.components).length > 3 &&
                                          ` +${listed(f.components).length - 3}`}
                                  </span>
                              ),
                              width: 12,
                              wide: true,
                          },
                      ]
                    : []),
                {
                    id: "amount",
                    head: <span class="unseen">{t("finding.amount")}</span>,
                    cell: (f) => (
                        <AmountBar
                            mass={f.mass_kg}
                            low={f.low_kg}
                            high={f.high_kg}
                            largest={largest}
                        />
                    ),
                    width: 14,
                    wide: true,
                },
                {
                    id: "mass",
                    head: t("finding.mass", { unit: scale.unit }),
                    number: true,
                    cell: (f) => (
                        <>
                            {inScale(f.mass_kg, scale)}
                            <span class="sub">{range(f.low_kg, f.high_kg, scale)}</span>
                        </>
                    ),
                    width: 13,
                },
                {
                    id: "months",
                    head: t("finding.months"),
                    cell: (f) => (
                        <>
                            {months(f.from, f.to)}
                            <span class="sub">
                                {f.side ? word("side", f.side) : word("finding.kind", f.kind)}
                            </span>
                        </>
                    ),
                    width: props.wide ? 13 : 19,
                    wide: true,
                },
            ]}
            folded={(f) => (
                <>
                    {t(`evidence.${f.evidence}` as "evidence.1")} · {months(f.from, f.to)}
                </>
            )}
        />
    );
}
