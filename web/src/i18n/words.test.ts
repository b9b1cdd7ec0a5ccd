// Whatever word the API's description can answer with, both languages can say.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { en } from "./en";

interface Schema {
    enum?: string[];
    properties?: Record<string, Schema>;
    items?: Schema;
}

const api = JSON.parse(
    readFileSync(new URL("../../../schema/openapi.json", import.meta.url), "utf8"),
) as { components: { schemas: Record<string, Schema> } };

function words(name: string, ...path: string[]): string[] {
    let schema = api.components.schemas[name];
    for (const part of path) {
        schema = part === "[]" ? schema?.items : schema?.properties?.[part];
    }
    if (!schema?.enum) throw new Error(`${name} ${path.join(".")} is no list of words`);
    return schema.enum;
}

const LISTS: [string, string[]][] = [
    ["stage", words("Stage")],
    ["custody", words("CustodyModel")],
    ["ore", words("OreClass")],
    ["ledger", words("Ledger")],
    ["verdict", words("Verdict")],
    ["side", words("Side")],
    ["balance", words("BalanceState")],
    ["role", words("Role")],
    ["basis", words("LotBrief", "basis")],
    ["lot", words("LotBrief", "state")],
    ["source.kind", words("Trace", "shares", "[]", "kind")],
    ["licence", words("Licence", "status")],
    ["licence", words("FacilityBrief", "licence")],
    ["place", words("StockLine", "place")],
    ["hold", words("Hold", "state")],
    ["hold.lifts", words("Hold", "who_lifts")],
    ["signature", words("Record", "signature", "kind")],
    ["finding.kind", words("FindingBrief", "kind")],
];

test("every word that the API may answer with has its message", () => {
    for (const [kind, list] of LISTS) {
        for (const value of list) {
            expect(Object.keys(en)).toContain(`${kind}.${value.replaceAll(/[ -]/g, "_")}`);
        }
    }
});
