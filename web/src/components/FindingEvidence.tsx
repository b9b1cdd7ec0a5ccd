// How large, how sure, and what would settle it.

import type { Schemas } from "../api";
import { AmountBar } from "../charts/AmountBar";
import { t, word } from "../i18n";
import { inScale, type MassScale } from "../lib/decimal";
import { to } from "../lib/go";
import { range } from "./findings";
import { Panel } from "./layout";

type Finding = Schemas["Finding"];

/** "4,700" or "10¹²" times likelier. */
export function times(log10: number): string {
    if (log10 < 5)
        return new Intl.NumberFormat("en", { maximumSignificantDigits: 2 }).format(10 ** log10);
    return `10${[...String(Math.floor(log10))].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(d)]).join("")}`;
}

function looks(data: Finding): string | null {
    const e = data.evidence;
    if (data.finding.kind === "origin") return null;
    return e.ore
        ? t("evidence.pattern.ore", { ore: e.ore })
        : word("evidence.pattern", e.pattern.replace(" ", "_"));
}

export function FindingEvidence(props: { data: Finding; scale: MassScale }) {
    const { data, scale } = props;
    const { finding: f, evidence: e } = data;
    const pattern = looks(data);
    const unit = `\u202f${scale.unit}`;
    const balance = f.kind === "balance";
    return (
        <Panel title={t("evidence.title", { n: times(e.log10_e) })}>
            <AmountBar mass={f.mass_kg} low={f.low_kg} high={f.high_kg} largest={f.high_kg} />
            <dl class="pairs">
                <dt>{t("evidence.estimate")}</dt>
                <dd>
                    {inScale(f.mass_kg, scale)}
                    {unit} ({range(f.low_kg, f.high_kg, scale)})
                </dd>
                {balance && (
                    <>
                        <dt>{t("evidence.expected")}</dt>
                        <dd>
                            {inScale(e.expected_kg, scale)}
                            {unit}
                        </dd>
                        <dt>{t("evidence.found")}</dt>
                        <dd>
                            {inScale(e.found_kg, scale)}
                            {unit}
                        </dd>
                    </>
                )}
                {pattern && (
                    <>
                        <dt>{t("evidence.looks")}</dt>
                        <dd>{pattern}</dd>
                    </>
                )}
            </dl>
            <p class="caption">{t("evidence.any_look")}</p>
        </Panel>
    );
}

type SettleRow = Finding["evidence"]["settle"][number];

function what(s: SettleRow) {
    const text = word("settle", s.what);
    return s.record === null ? (
        <>
            {text} <span class="mono">{s.name}</span>
        </>
    ) : (
        <a href={to.record(s.record)}>
            {text}, {t("log.record", { n: s.record })}
        </a>
    );
}

export function Settle(props: { data: Finding }) {
    const { settle: rows, distance } = props.data.evidence;
    if (rows.length === 0) return null;
    return (
        <Panel title={t("settle.title")} note={t("settle.note")}>
            <ol class="settle">
                {rows.map((s) => (
                    <li key={`${s.what} ${s.record} ${s.name}`}>
                        {what(s)}
                        <span class="sub">
                            {t("settle.gain", {
                                before: sigmas(distance),
                                after: sigmas(distance * Math.sqrt(1 + s.gain)),
                            })}
                        </span>
                    </li>
                ))}
            </ol>
        </Panel>
    );
}

function sigmas(distance: number): string {
    return distance.toFixed(1);
}
