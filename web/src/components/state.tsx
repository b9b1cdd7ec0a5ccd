// A state is always icon, word and colour; never colour alone.

import type { ComponentType } from "preact";
import type { Schemas } from "../api";
import { t, word } from "../i18n";
import * as icon from "./icons";

export type Tone = "held" | "flagged" | "fine" | "unaccounted" | "plain";

const ICONS: Record<Tone, ComponentType> = {
    held: icon.Held,
    flagged: icon.Flagged,
    fine: icon.Fine,
    unaccounted: icon.Unaccounted,
    plain: icon.Ring,
};

export function Chip(props: { tone: Tone; text: string; lang?: string }) {
    const Icon = ICONS[props.tone];
    return (
        <span class={`chip ${props.tone}`} lang={props.lang}>
            <Icon />
            {props.text}
        </span>
    );
}

export function State(props: { tone: Tone; text: string }) {
    const Icon = ICONS[props.tone];
    return (
        <span class={`state ${props.tone}`}>
            <Icon />
            {props.text}
        </span>
    );
}

export const verdictTone = (verdict: Schemas["Verdict"]): Tone =>
    verdict === "accepted" ? "fine" : verdict === "flagged" ? "flagged" : "held";

export const Verdict = (props: { verdict: Schemas["Verdict"] }) => (
    <State tone={verdictTone(props.verdict)} text={word("verdict", props.verdict)} />
);

const LOT_TONE = { free: "plain", held: "held", in_transit: "plain", used_up: "plain" } as const;

export const LotState = (props: { state: Schemas["LotBrief"]["state"] }) => (
    <State tone={LOT_TONE[props.state]} text={word("lot", props.state)} />
);

export function balanceWords(
    state: Schemas["BalanceState"],
    side: Schemas["Side"] | null,
): [Tone, string] {
    if (state === "beyond") return ["unaccounted", side ? word("side", side) : t("balance.beyond")];
    if (state === "near") return ["flagged", t("balance.near")];
    if (state === "no_stocktake") return ["plain", t("balance.no_stocktake")];
    return ["fine", t("balance.within")];
}

export function BalanceState(props: {
    state: Schemas["BalanceState"];
    side: Schemas["Side"] | null;
}) {
    const [tone, text] = balanceWords(props.state, props.side);
    return <State tone={tone} text={text} />;
}

/** Four squares and a word: how surprising honest books would be, never how guilty anyone is. */
export function Evidence(props: { level: number }) {
    const text = t(`evidence.${Math.min(4, Math.max(0, props.level))}` as "evidence.0");
    return (
        <span>
            <span class="evidence" role="img" aria-label={t("evidence.name", { word: text })}>
                {[1, 2, 3, 4].map((n) => (
                    <i key={n} class={n <= props.level ? "on" : ""} />
                ))}
            </span>
            <span class="sub evidence-word">{text}</span>
        </span>
    );
}

export function ElementName(props: { component: string }) {
    return (
        <span class="symbol">
            <i class={`swatch el-${props.component}`} />
            {props.component}
        </span>
    );
}
