// DEVELOPMENT ONLY. Serves dist/ with made-up answers in the shapes of schema/openapi.json, so that
// the pages can be looked at without the program. Nothing here is shipped, and no figure here means
// anything: the names, masses and findings are fixtures. The log alone is real, in that its hashes and
// signature are computed, because the browser checks them.
//
//   npm run build && npm run fixtures        then open http://127.0.0.1:8471

import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const PORT = Number(process.env.PORT ?? 8471);
const DIST = new URL("../dist", import.meta.url).pathname;
const CSP =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

// A small seeded generator: the same pages every time.
let seed = 7;
const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
};
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const kg = (x) => {
    const t = Math.abs(x)
        .toFixed(3)
        .replace(/\.?0+$/, "");
    return x < 0 && t !== "0" ? `-${t}` : t;
};
const share = (x) => x.toFixed(9).replace(/\.?0+$/, "");

const MONTHS = Array.from({ length: 12 }, (_, i) => `2026-${String(i + 1).padStart(2, "0")}`);
const FACILITIES = [
    ["bayan", "Baiyun mine", "mine_rock", "north", "Northern Rare Earth", 41_200_000],
    ["longnan", "Longnan leach field", "mine_ion", "south", "Southern Rare Earth", 812_000],
    ["baotou", "Baotou separation", "separation", "north", "Northern Rare Earth", 18_450_000],
    ["ganzhou", "Ganzhou separation", "separation", "south", "Southern Rare Earth", 1_934_000],
    ["metals", "Ganzhou metals", "metal", "south", "Southern Rare Earth", 402_700],
    ["alloys", "Ningbo alloys", "alloy", "ningbo", "Ningbo Magnetics", 233_100],
    ["magnets", "Ningbo magnets", "magnet", "ningbo", "Ningbo Magnetics", 188_400],
    ["qingshan", "Qingshan Recycling", "recycler", "qingshan", "Qingshan Recycling", 96_300],
    ["harbour", "Harbour trading", "trader", "harbour", "Harbour Trading", 51_900],
    ["lab", "Central laboratory", "laboratory", "lab", "Central Laboratory", 0],
];
const COMPONENTS = [
    "La",
    "Ce",
    "Pr",
    "Nd",
    "Sm",
    "Eu",
    "Gd",
    "Tb",
    "Dy",
    "Ho",
    "Er",
    "Tm",
    "Yb",
    "Lu",
    "Y",
    "Th",
    "U",
];
const AS_OF = 4210;
const head = { as_of: AS_OF, trial: true };

const cheat = (id, el) =>
    id === "qingshan" && ["Y", "Dy", "TREO", "Gd"].includes(el)
        ? { Y: 3.4, Dy: 2.6, Gd: 2.2, TREO: 2.9 }[el]
        : 0;

function balance(id, el) {
    seed = [...(id + el)].reduce((s, c) => (Math.imul(s, 31) + c.charCodeAt(0)) >>> 0, 17);
    const f = FACILITIES.find((x) => x[0] === id);
    const flow = (f[5] / 6) * (el === "TREO" ? 1 : 0.02 + 0.2 * random());
    let opening = flow;
    let run = 0;
    let variance = 0;
    return MONTHS.map((month, i) => {
        const through = flow * (0.8 + 0.4 * random());
        const sigma = through * 0.006;
        const none = id === "harbour" && i === 4;
        const muf = sigma * (0.9 * normal() - (i >= 3 ? cheat(id, el) : 0));
        const received = through;
        const discards = through * 0.01;
        const shipped = through * 0.97;
        const closing = opening + received - shipped - discards - muf;
        run += muf;
        variance += sigma * sigma;
        const beyond = Math.abs(muf) > 3.29 * sigma;
        const near = Math.abs(muf) > 1.96 * sigma;
        const row = {
            month,
            opening_kg: kg(opening),
            extracted_kg: "0",
            received_kg: kg(received),
            shipped_kg: kg(shipped),
            discards_kg: kg(discards),
            losses_kg: "0",
            closing_kg: kg(closing),
            muf_kg: kg(muf),
            sigma_random_kg: kg(sigma * 0.8),
            sigma_systematic_kg: kg(sigma * 0.6),
            sigma_muf_kg: kg(sigma),
            usual_limit_kg: kg(1.96 * sigma),
            alarm_limit_kg: kg(3.29 * sigma),
            state: none ? "no_stocktake" : beyond ? "beyond" : near ? "near" : "within",
            side: near && !none ? (muf > 0 ? "missing" : "surplus") : null,
            cumuf_kg: kg(run),
            cumuf_usual_limit_kg: kg(1.96 * Math.sqrt(variance)),
            cumuf_alarm_limit_kg: kg(3.29 * Math.sqrt(variance)),
            stocktake: !none,
        };
        opening = closing;
        return row;
    });
}

function worstOf(id) {
    const all = ["TREO", ...COMPONENTS].map((component) => {
        const months = balance(id, component);
        const beyond = months.filter((m) => m.state === "beyond").length;
        const near = months.filter((m) => m.state === "near").length;
        // Fixtures of honest plants show single months near the limit, not beyond it.
        return {
            component,
            state: beyond > 0 ? "beyond" : near > 2 ? "near" : "within",
            side: beyond > 0 ? "surplus" : null,
            months_beyond: beyond,
            muf_kg: "-120.5",
            sigma_muf_kg: "80.25",
        };
    });
    return all;
}

const brief = ([id, name, kind, party, party_name, stock]) => {
    const parts = worstOf(id);
    const bad = parts.filter((p) => p.state === "beyond");
    return {
        id: `${party}:${id}`,
        name,
        kind,
        party,
        party_name,
        licence: kind === "laboratory" ? "none" : id === "alloys" ? "suspended" : "in_force",
        licence_days_left: kind === "laboratory" ? null : 412,
        state: bad.length > 0 ? "beyond" : id === "harbour" ? "no_stocktake" : "within",
        side: bad.length > 0 ? "surplus" : null,
        months_beyond: Math.max(0, ...bad.map((b) => b.months_beyond)),
        stock_reo_kg: kg(stock),
        held_reo_kg: id === "qingshan" ? "4120.5" : "0",
        held_lots: id === "qingshan" ? 2 : 0,
        last_stocktake:
            kind === "laboratory" ? null : id === "harbour" ? "2026-10-31" : "2026-12-31",
        findings: id === "qingshan" ? 2 : 0,
    };
};
const BRIEFS = FACILITIES.map(brief);
const short = (id) => id.split(":")[1];

const finding = (
    id,
    facility,
    components,
    side,
    mass,
    low,
    high,
    p,
    evidence,
    from = "2026-04",
    to = "2026-12",
) => {
    const f = BRIEFS.find((b) => b.id === facility);
    return {
        id,
        kind: "balance",
        facility,
        facility_name: f.name,
        components,
        from,
        to,
        side,
        mass_kg: kg(mass),
        low_kg: kg(low),
        high_kg: kg(high),
        p_value: p,
        evidence,
        says: `${f.name}: about ${kg(mass)} kg`,
        sentence: { key: `finding.balance.${side}`, values: {} },
    };
};
const FINDINGS = [
    finding(
        "f1a2",
        "qingshan:qingshan",
        ["Y", "Dy", "Gd", "TREO"],
        "surplus",
        14_200,
        11_600,
        16_800,
        2.5e-7,
        4,
    ),
    finding(
        "f2b3",
        "qingshan:qingshan",
        ["Er"],
        "surplus",
        310,
        90,
        530,
        0.0041,
        2,
        "2026-06",
        "2026-11",
    ),
    finding(
        "f3c4",
        "harbour:harbour",
        ["Nd"],
        "missing",
        2_300,
        -400,
        4_600,
        0.047,
        1,
        "2026-07",
        "2026-09",
    ),
];

const use = (ledger, ore_class, allotted, drawn, steps) => ({
    ledger,
    ore_class,
    year: 2026,
    allotted_kg: kg(allotted),
    drawn_kg: kg(drawn),
    left_kg: kg(allotted - drawn),
    months: MONTHS.map((month, i) => ({
        month,
        allotted_kg: kg(allotted * (i < steps ? 0.6 : 1)),
        drawn_kg: kg((drawn * (i + 1)) / 12),
    })),
});
const QUOTA = [
    use("mining", "rock", 50_400_000, 42_180_000, 6),
    use("mining", "ion", 1_260_000, 1_193_000, 6),
    use("separation", null, 48_900_000, 40_010_500, 7),
];

// Lots: enough of them to fill a page.
const STAGES = ["ore product", "compound", "metal", "alloy", "magnet", "scrap"];
const MATERIAL = {
    "ore product": ["concentrate", "Bastnaesite concentrate"],
    compound: ["ndpr-oxide", "Nd-Pr oxide"],
    metal: ["ndpr-metal", "Nd-Pr metal"],
    alloy: ["ndfeb-strip", "NdFeB strip cast"],
    magnet: ["ndfeb-n42sh", "NdFeB magnet N42SH"],
    scrap: ["swarf", "Magnet swarf"],
};
seed = 99;
const LOTS = Array.from({ length: 340 }, (_, i) => {
    const stage = STAGES[i % 6];
    const place = BRIEFS[[0, 2, 4, 5, 6, 7][i % 6]];
    const net = 400 + 4000 * random();
    const state =
        i % 57 === 11 ? "held" : i % 9 === 0 ? "used_up" : i % 23 === 5 ? "in_transit" : "free";
    return {
        id: `${place.party}:${stage.slice(0, 2).toUpperCase()}-26-${String(1190 - i).padStart(4, "0")}`,
        material: MATERIAL[stage][0],
        material_name: MATERIAL[stage][1],
        stage,
        net_kg: kg(net),
        left_kg: state === "used_up" ? "0" : kg(net * (i % 4 === 0 ? 0.45 : 1)),
        reo_kg: kg(net * 0.312),
        treo_percent: stage === "magnet" ? null : (30 + 5 * random()).toFixed(2),
        holder: place.party,
        holder_name: place.party_name,
        facility: state === "in_transit" ? null : place.id,
        facility_name: state === "in_transit" ? null : place.name,
        made: `2026-${String(12 - (i % 12)).padStart(2, "0")}-${String(1 + (i % 28)).padStart(2, "0")}`,
        custody: stage === "magnet" ? "mass balance" : "segregated",
        basis: i % 31 === 3 ? "declared" : "assayed",
        state,
        record: AS_OF - i * 11,
    };
});

function lot(l) {
    const weights = { La: 0.2, Ce: 0.4, Pr: 5.9, Nd: 21.4, Tb: 0.41, Dy: 2.2, Gd: 0.3, Y: 0.05 };
    const dry = Number(l.net_kg) * 0.998;
    return {
        ...head,
        lot: l,
        dry_kg: kg(dry),
        moisture_percent: "0.2",
        origins: [],
        content: [
            ...Object.entries(weights).map(([component, p]) => ({
                component,
                kg: kg((dry * p) / 100),
                percent: String(p),
                bound_kg: null,
                whole: component !== "Gd",
                u_percent: (p * 0.01).toFixed(4),
            })),
            {
                component: "Th",
                kg: null,
                percent: null,
                bound_kg: "0.005",
                whole: true,
                u_percent: null,
            },
            {
                component: "Fe",
                kg: kg(dry * 0.66),
                percent: "66.1",
                bound_kg: null,
                whole: true,
                u_percent: "0.2",
            },
        ],
        assays: [
            {
                record: l.record + 1,
                event: "assay-1",
                day: l.made,
                laboratory: "lab",
                method: "ICP-OES",
                basis: "dry",
            },
        ],
        custody: [
            {
                record: l.record,
                event: "e-1",
                kind: "transform",
                day: l.made,
                verdict: "accepted",
                from: null,
                to: l.facility,
                sent_kg: null,
                received_kg: null,
                difference_kg: null,
                limit_kg: null,
            },
            {
                record: l.record + 2,
                event: "e-2",
                kind: "ship",
                day: l.made,
                verdict: "accepted",
                from: "ningbo:alloys",
                to: "ningbo:magnets",
                sent_kg: l.net_kg,
                received_kg: null,
                difference_kg: null,
                limit_kg: null,
            },
            {
                record: l.record + 5,
                event: "e-3",
                kind: "receive",
                day: l.made,
                verdict: "flagged",
                from: "ningbo:alloys",
                to: "ningbo:magnets",
                sent_kg: l.net_kg,
                received_kg: kg(Number(l.net_kg) - 0.85),
                difference_kg: "-0.85",
                limit_kg: "0.6",
            },
        ],
        holds:
            l.state === "held"
                ? [
                      {
                          cause: `${l.record}.0`,
                          code: "creation",
                          message:
                              "more dysprosium came out than went in, by 6.4 standard deviations",
                          state: "open",
                          record: l.record,
                          day: l.made,
                          party: l.holder,
                          inherited: true,
                          lots: 2,
                          mass_kg: l.net_kg,
                          who_lifts: "authority",
                      },
                  ]
                : [],
        made_of: 3,
        made_into: 2,
    };
}

/** A lot of old magnets that holds what ore holds. */
function origin(l) {
    const row = (component, found, expected, best, sigmas) => ({
        component,
        below: false,
        found_percent: found,
        found_u: found * 0.03,
        expected_percent: expected,
        expected_u: expected * 0.05,
        sigmas,
        best_percent: best,
    });
    return {
        ...head,
        lot: l.id,
        material: l.material,
        verdict: "fails",
        why_not: null,
        says: `${l.id} holds 1.04 % Tb where its genealogy implies 0.77 %`,
        rare_earths_kg: l.reo_kg,
        known_share: "1",
        steps: 0,
        complete: true,
        test: { statistic: 50.6, df: 4, p_value: 2.7e-10, log10_p: -9.57, log10_e: 6.9 },
        elements: [
            row("Pr", 16, 18.3, 16.3, -0.8),
            row("Nd", 68.8, 60.7, 68.6, 3.3),
            row("Gd", 9.85, 13.9, 9.78, -3.3),
            row("Tb", 1.04, 0.77, 1.04, 4.1),
            row("Dy", 4.3, 6.26, 4.3, -3.4),
        ],
        claimed: [],
        mixture: {
            fits: true,
            p_value: 0.92,
            sources: [
                {
                    reference: "XUNWU",
                    name: "Xunwu",
                    kind: "deposit",
                    share: "0.97",
                    low: "0.48",
                    high: "0.99",
                    mass_kg: l.reo_kg,
                },
            ],
        },
        separation: null,
    };
}

function trace(l, direction) {
    const n = (id, column, stage, name, s, more = {}) => ({
        id,
        column,
        stage,
        facility: null,
        facility_name: name,
        material: null,
        material_name: null,
        source: null,
        lots: 1,
        lot: null,
        reo_kg: kg(Number(l.reo_kg) * s),
        share: share(s),
        held: false,
        hidden: false,
        others: 0,
        ...more,
    });
    const e = (from, to, s) => ({ from, to, reo_kg: kg(Number(l.reo_kg) * s), share: share(s) });
    if (direction === "down") {
        return {
            ...head,
            lot: l.id,
            direction,
            shares: [],
            lots_seen: 14,
            complete: true,
            nodes: [
                n("0", 0, l.stage, l.facility_name, 1, {
                    lot: l.id,
                    material_name: l.material_name,
                }),
                n("1", 1, "article", "Ningbo magnets", 0.62, {
                    facility: "ningbo:magnets",
                    material: "x",
                    material_name: "rotor segments",
                    lots: 9,
                }),
                n("2", 1, "scrap", "Ningbo magnets", 0.38, {
                    facility: "ningbo:magnets",
                    material: "swarf",
                    material_name: "swarf",
                    lots: 4,
                }),
                n("3", 2, "compound", "Qingshan Recycling", 0.37, { hidden: true }),
            ],
            edges: [e("0", "1", 0.62), e("0", "2", 0.38), e("2", "3", 0.37)],
        };
    }
    return {
        ...head,
        lot: l.id,
        direction,
        lots_seen: 412,
        complete: true,
        nodes: [
            n("0", 0, l.stage, l.facility_name ?? "Ningbo magnets", 1, {
                lot: l.id,
                material_name: l.material_name,
            }),
            n("1", 1, "alloy", "Ningbo alloys", 1, {
                facility: "ningbo:alloys",
                material: "ndfeb-strip",
                material_name: "NdFeB strip cast",
                lots: 6,
            }),
            n("2", 2, "metal", "Ganzhou metals", 0.71, {
                facility: "south:metals",
                material: "ndpr-metal",
                material_name: "Nd-Pr metal",
                lots: 11,
            }),
            n("3", 2, "metal", "Ganzhou metals", 0.04, {
                facility: "south:metals",
                material: "dyfe",
                material_name: "Dy-Fe",
                lots: 2,
            }),
            n("4", 2, "compound", "Qingshan Recycling", 0.25, {
                facility: "qingshan:qingshan",
                material: "recycled-oxide",
                material_name: "recycled Nd-Pr oxide",
                lots: 5,
                held: true,
            }),
            n("5", 3, "compound", "Baotou separation", 0.52, {
                facility: "north:baotou",
                material: "ndpr-oxide",
                material_name: "Nd-Pr oxide",
                lots: 24,
            }),
            n("6", 3, "compound", "Ganzhou separation", 0.23, {
                facility: "south:ganzhou",
                material: "ndpr-oxide",
                material_name: "Nd-Pr oxide",
                lots: 19,
            }),
            n("7", 3, "scrap", "", 0.25, {
                facility_name: null,
                source: "production scrap",
                lots: 31,
            }),
            n("8", 4, "ore product", "Baiyun mine", 0.52, {
                facility: "north:bayan",
                source: "baiyun-west",
                material: "concentrate",
                material_name: "bastnaesite concentrate",
                lots: 180,
            }),
            n("9", 4, "ore product", "Longnan leach field", 0.2, {
                facility: "south:longnan",
                source: "longnan-1",
                material: "carbonate",
                material_name: "mixed carbonate",
                lots: 90,
            }),
            n("10", 4, "ore product", "", 0.03, { facility_name: null, others: 3, lots: 8 }),
        ],
        edges: [
            e("1", "0", 1),
            e("2", "1", 0.71),
            e("3", "1", 0.04),
            e("4", "1", 0.25),
            e("5", "2", 0.52),
            e("6", "2", 0.19),
            e("6", "3", 0.04),
            e("7", "4", 0.25),
            e("8", "5", 0.52),
            e("9", "6", 0.2),
            e("10", "6", 0.03),
        ],
        shares: [
            [
                "baiyun-west",
                "Baiyun West open pit",
                "licensed",
                "LIC-M-01",
                0.52,
                [
                    ["Nd", 0.55],
                    ["Pr", 0.56],
                    ["Dy", 0.01],
                    ["Tb", 0.02],
                ],
            ],
            [
                "production scrap",
                null,
                "production scrap",
                null,
                0.19,
                [
                    ["Nd", 0.2],
                    ["Pr", 0.2],
                    ["Dy", 0.3],
                    ["Tb", 0.2],
                ],
            ],
            [
                "longnan-1",
                "Longnan no. 1",
                "licensed",
                "LIC-M-02",
                0.2,
                [
                    ["Nd", 0.16],
                    ["Pr", 0.15],
                    ["Dy", 0.6],
                    ["Tb", 0.7],
                ],
            ],
            [
                "post-consumer",
                null,
                "post-consumer",
                null,
                0.06,
                [
                    ["Nd", 0.06],
                    ["Pr", 0.06],
                    ["Dy", 0.09],
                ],
            ],
            [
                "opening",
                null,
                "opening",
                null,
                0.03,
                [
                    ["Nd", 0.03],
                    ["Pr", 0.03],
                ],
            ],
        ].map(([source, source_name, kind, licence, s, parts]) => ({
            source,
            source_name,
            kind,
            licence,
            share: share(s),
            reo_kg: kg(Number(l.reo_kg) * s),
            components: parts.map(([component, c]) => ({
                component,
                kg: kg(c * 100),
                share: share(c),
            })),
        })),
    };
}

// The log: real hashes over made-up events.
const sha = (...parts) =>
    createHash("sha256")
        .update(Buffer.concat(parts.map((p) => Buffer.from(p))))
        .digest();
const commit = (name, salt, bytes) => sha(name, [0], salt, bytes);
const KINDS = [
    "extract",
    "charge",
    "draw",
    "ship",
    "receive",
    "measure",
    "transform",
    "stocktake",
    "close",
    "split",
];
const RECORDS = Array.from({ length: AS_OF + 1 }, (_, seq) => {
    const kind = seq === 0 ? "book" : KINDS[seq % KINDS.length];
    const f = FACILITIES[seq % 9];
    const verdict = seq % 211 === 7 ? "held" : seq % 67 === 5 ? "flagged" : "accepted";
    const day = new Date(Date.UTC(2026, 0, 1) + (seq / AS_OF) * 364 * 86_400_000).toISOString();
    const event = JSON.stringify({
        v: 1,
        kind,
        id: `${f[3]}-${seq}`,
        party: f[3],
        at: day.replace(/\.\d+Z/, "+00:00"),
        facility: `${f[3]}:${f[0]}`,
        lots: [{ lot: `${f[3]}:L-${seq}`, net: { value: "1200.5", device: "scale-1" } }],
        note: "稀土",
    });
    const salts = {
        event: sha(`e${seq}`).subarray(0, 16),
        decision: sha(`d${seq}`).subarray(0, 16),
    };
    const decision = Buffer.from([
        1,
        verdict === "held" ? 3 : verdict === "flagged" ? 2 : 1,
        3,
        97,
        98,
        99,
        0,
    ]);
    const record = Buffer.alloc(96);
    record.write("YTR\u0001", 0, "latin1");
    record.writeUInt16BE(1, 4);
    record.writeBigUInt64BE(BigInt(seq), 8);
    record.writeBigUInt64BE(BigInt(Date.parse(day)) * 1000n, 16);
    record.writeBigUInt64BE(BigInt(seq), 24);
    commit("ytterby/event/1", salts.event, event).copy(record, 32);
    commit("ytterby/decision/1", salts.decision, decision).copy(record, 64);
    const codes = verdict === "held" ? ["creation"] : verdict === "flagged" ? ["srd"] : [];
    return {
        seq,
        kind,
        event,
        decision,
        salts,
        record,
        brief: {
            seq,
            id: `${f[3]}-${seq}`,
            kind,
            party: f[3],
            principal: `company/${f[3]}/clerk`,
            recorded: day,
            happened: day.replace(/\.\d+Z/, "+00:00"),
            verdict,
            codes,
        },
    };
});
const leaves = RECORDS.map((r) => sha([0], r.record));
const half = (n) => 2 ** Math.ceil(Math.log2(n) - 1);
const treeCache = new Map();
const tree = (a, b) => {
    const key = `${a} ${b}`;
    if (!treeCache.has(key))
        treeCache.set(
            key,
            b - a === 1 ? leaves[a] : sha([1], tree(a, a + half(b - a)), tree(a + half(b - a), b)),
        );
    return treeCache.get(key);
};
const path = (i, a, b) => {
    if (b - a === 1) return [];
    const m = a + half(b - a);
    return i < m ? [...path(i, a, m), tree(m, b)] : [...path(i, m, b), tree(a, m)];
};
const keys = generateKeyPairSync("ed25519");
const ORIGIN = "book.fixture.example/ree";
const publicKey = Buffer.concat(
    [[1], keys.publicKey.export({ format: "der", type: "spki" }).subarray(-32)].map((x) =>
        Buffer.from(x),
    ),
);
const keyId = sha(`${ORIGIN}\n`, publicKey).subarray(0, 4);
const body = `${ORIGIN}\n${leaves.length}\n${tree(0, leaves.length).toString("base64")}\n`;
const NOTE = `${body}\n— ${ORIGIN} ${Buffer.concat([keyId, sign(null, Buffer.from(body), keys.privateKey)]).toString("base64")}\n`;
const VERIFIER = `${ORIGIN}+${keyId.toString("hex")}+${publicKey.toString("base64")}`;

const SIGN_INS = [
    { name: "regulator", password: "demo", role: "regulator", party: null },
    { name: "ningbo", password: "demo", role: "company", party: "ningbo" },
    { name: "qingshan", password: "demo", role: "company", party: "qingshan" },
];
const meOf = (s) => ({
    ...head,
    principal: `${s.role}/${s.party ?? "authority"}/${s.name}`,
    name: s.name,
    role: s.role,
    party: s.party,
    party_name: s.party && FACILITIES.find((f) => f[3] === s.party)[4],
    kind: "user",
    expires: null,
    book: { origin: ORIGIN, authority: "miit", offset: "+08:00" },
    may: ["read"],
});

function page(items, query, size) {
    const at = Number(query.get("cursor") ?? 0);
    const limit = Number(query.get("limit") ?? size);
    const next = at + limit < items.length ? String(at + limit) : null;
    return { items: items.slice(at, at + limit), next, cut: false };
}

/** The answer to a GET, or undefined where there is nothing. A company sees its own alone. */
function answer(parts, query, who) {
    const mine = (party) => who.party === null || who.party === party;
    const facilities = BRIEFS.filter((b) => mine(b.party));
    const findings = FINDINGS.filter((f) => facilities.some((b) => b.id === f.facility));
    const lots = LOTS.filter((l) => mine(l.holder));
    const [kind, id, sub] = parts;
    if (kind === "me") return meOf(who);
    if (kind === "overview") {
        return {
            ...head,
            from: "2026-01",
            to: "2026-12",
            recorded: "2026-12-31T08:00:00Z",
            records: RECORDS.length,
            verdicts: { accepted: 4127, flagged: 63, held: 20, refused: 3 },
            holds: {
                causes: 3,
                lots: lots.filter((l) => l.state === "held").length,
                mass_kg: "14128.6",
                oldest: "2026-11-27",
            },
            findings: { open: findings.length, top: findings.slice(0, 6) },
            books: {
                facilities: facilities.length,
                close: facilities.filter((f) => f.state !== "beyond").length,
                matrix: facilities.slice(0, 10).map((f) => ({
                    facility: f.id,
                    facility_name: f.name,
                    months: balance(short(f.id), f.state === "beyond" ? "Y" : "TREO").map((m) => ({
                        month: m.month,
                        state: m.state,
                        side: m.side,
                        component:
                            m.state === "within" ? null : f.state === "beyond" ? "Y" : "TREO",
                    })),
                })),
            },
            quota: QUOTA,
            production: MONTHS.map((month, i) => ({
                month,
                mining_kg: kg(3_400_000 + 120_000 * ((i * 5) % 7)),
                separation_kg: kg(3_150_000 + 100_000 * ((i * 3) % 7)),
            })),
            stock: [
                ["ore product", 38_400_000, 0],
                ["compound", 20_110_000, 4120],
                ["metal", 402_700, 0],
                ["alloy", 233_100, 0],
                ["magnet", 188_400, 9_800],
                ["scrap", 96_300, 0],
            ].map(([stage, reo, held]) => ({
                stage,
                reo_kg: kg(reo),
                held_reo_kg: kg(held),
                lots: 120,
            })),
        };
    }
    if (kind === "facilities" && !id) return { ...head, ...page(facilities, query, 50) };
    if (kind === "facilities") {
        const f = facilities.find((b) => b.id === id);
        if (!f) return undefined;
        if (sub === "balance") {
            const el = query.get("el") ?? "TREO";
            const months = balance(short(id), el);
            const sum = months.reduce((s, m) => s + Number(m.muf_kg), 0);
            return {
                ...head,
                facility: id,
                facility_name: f.name,
                component: el,
                from: "2026-01",
                to: "2026-12",
                recorded_until: AS_OF,
                months,
                page: {
                    missing: null,
                    surplus: cheat(short(id), el) ? "2026-05" : null,
                    limit: 5.2,
                    false_alarm_rate: 0.025,
                },
                total: {
                    muf_kg: kg(sum),
                    sigma_muf_kg: kg(Number(months[0].sigma_muf_kg) * 3.4),
                    untested_kg: "0",
                    p_value: 0.4,
                    loss_kg: kg(sum * 0.9),
                    sigma_loss_kg: kg(Number(months[0].sigma_muf_kg) * 3.1),
                    loss_p_value: 0.39,
                },
            };
        }
        return {
            ...head,
            facility: f,
            offset: "+08:00",
            licences:
                f.licence === "none"
                    ? []
                    : [
                          {
                              id: "LIC-S-11",
                              activity: "separation",
                              holder: f.party,
                              from: "2024-02-15",
                              to: "2028-02-14",
                              status: f.licence,
                              days_left: 412,
                          },
                          {
                              id: "LIC-T-02",
                              activity: "trade",
                              holder: f.party,
                              from: "2022-01-01",
                              to: "2025-12-31",
                              status: "expired",
                              days_left: null,
                          },
                      ],
            quota: f.kind === "separation" ? [QUOTA[2]] : [],
            stock: [
                ["ndpr-oxide", "Nd-Pr oxide", "compound", "lots"],
                ["ndpr-oxide", "Nd-Pr oxide", "compound", "pools"],
                ["swarf", "Magnet swarf", "scrap", "lots"],
                ["carbonate", "Mixed carbonate", "ore product", "transit"],
            ].map(([material, material_name, stage, place], i) => ({
                material,
                material_name,
                stage,
                place,
                lots: 14 - 3 * i,
                net_kg: kg(41_230.5 / (i + 1)),
                reo_kg: kg(38_900.25 / (i + 1)),
                held_reo_kg: i === 0 ? f.held_reo_kg : "0",
            })),
            components: worstOf(short(id)),
            partners:
                f.kind === "mine_rock"
                    ? []
                    : [
                          ["north", "Northern Rare Earth", -8.4, 6.1],
                          ["south", "Southern Rare Earth", -31.5, 9.8],
                          ["harbour", "Harbour Trading", 2.2, 4.4],
                      ].map(([party, party_name, d, u], i) => ({
                          party,
                          party_name,
                          received: 42 - i * 9,
                          sent_kg: "120400",
                          received_kg: kg(120_400 + d),
                          difference_kg: kg(d),
                          u_kg: kg(u),
                      })),
        };
    }
    if (kind === "findings" && !id)
        return {
            ...head,
            ...page(findings, query, 50),
            tested: { facilities: 9, components: 19, months: 12, false_alarm_rate: 0.05 },
        };
    if (kind === "findings") {
        const f = findings.find((x) => x.id === id);
        if (!f) return undefined;
        const component = f.components[0];
        return {
            ...head,
            finding: f,
            months: balance(short(f.facility), component),
            component,
            computation: {
                test: "Page's test on standardised MUF residuals",
                statistic: 14.31,
                limit: 5.2,
                false_alarm_rate: 0.05,
                facilities_tested: 9,
                components_tested: 19,
                struck: f.from === "2026-04" ? "2026-05" : f.from,
                recorded_until: AS_OF,
            },
            lots: LOTS.filter((l) => mine(l.holder))
                .slice(0, 9)
                .map((l, i) => ({
                    id: l.id,
                    record: l.record,
                    day: l.made,
                    kind: i % 2 ? "draw" : "ship",
                    mass_kg: kg(900 / (i + 1)),
                })),
            elsewhere:
                id === "f1a2"
                    ? [
                          {
                              facility: "south:ganzhou",
                              facility_name: "Ganzhou separation",
                              says: "a laboratory bias of 2 % on yttrium would explain a part",
                              sentence: { key: "x", values: {} },
                              mass_kg: "5200",
                              low_kg: "-1200",
                              high_kg: "9100",
                          },
                      ]
                    : [],
        };
    }
    if (kind === "lots" && !id) {
        const q = query.get("q")?.toLowerCase();
        const found = lots.filter(
            (l) =>
                (!q || l.id.toLowerCase().startsWith(q)) &&
                ["state", "stage", "facility", "material"].every(
                    (w) => !query.get(w) || l[w] === query.get(w),
                ),
        );
        return { ...head, ...page(found, query, 50), total: found.length };
    }
    if (kind === "lots") {
        const l = lots.find((x) => x.id === id);
        if (!l) return undefined;
        if (sub === "origin") return origin(l);
        if (sub !== "trace") return lot(l);
        const all = trace(l, query.get("direction") ?? "up");
        const veil = (n) =>
            mine(n.facility?.split(":")[0] ?? l.holder)
                ? n
                : {
                      ...n,
                      facility: null,
                      facility_name: null,
                      material: null,
                      material_name: null,
                      lot: null,
                      source: null,
                      hidden: true,
                  };
        return { ...all, nodes: all.nodes.map(veil) };
    }
    if (kind === "quota") {
        const rows = (u) =>
            [
                ["nation", "Nation", null, 0, 1],
                ["north", "Northern Rare Earth", "nation", 1, 0.75],
                ["north:baotou", "Baotou separation", "north", 2, 0.7],
                ["south", "Southern Rare Earth", "nation", 1, 0.25],
                ["south:ganzhou", "Ganzhou separation", "south", 2, 0.2],
                ["south:metals", "Ganzhou metals", "south", 2, 0.02],
            ].map(([holder, name, parent, depth, s], i) => {
                const allotted = Number(u.allotted_kg) * s;
                const drawn = Number(u.drawn_kg) * s * (i === 5 ? 1.4 : 1);
                return {
                    holder,
                    name,
                    parent,
                    depth,
                    allotted_kg: kg(allotted),
                    passed_down_kg: kg(
                        depth === 0
                            ? allotted
                            : depth === 1
                              ? allotted * (holder === "north" ? 0.7 / 0.75 : 0.88)
                              : 0,
                    ),
                    drawn_kg: kg(drawn),
                    left_kg: kg(allotted - drawn),
                    over: drawn > allotted,
                };
            });
        return {
            ...head,
            year: Number(id),
            years: [2025, 2026],
            ledgers:
                Number(id) === 2026
                    ? QUOTA.map((u) => ({
                          use: u,
                          holders: rows(u),
                          instruments: [
                              {
                                  id: "miit:2026-1",
                                  record: 40,
                                  day: "2026-02-06",
                                  batch: 1,
                                  includes_earlier: false,
                                  amount_kg: kg(Number(u.allotted_kg) * 0.6),
                              },
                              {
                                  id: "miit:2026-2",
                                  record: 2100,
                                  day: "2026-07-20",
                                  batch: 2,
                                  includes_earlier: true,
                                  amount_kg: u.allotted_kg,
                              },
                          ],
                      }))
                    : [],
        };
    }
    const records = RECORDS.filter((r) => mine(r.brief.party));
    if (kind === "records" && !id) {
        const found = records
            .filter(
                (r) =>
                    (!query.get("kind") || r.kind === query.get("kind")) &&
                    (!query.get("verdict") || r.brief.verdict === query.get("verdict")),
            )
            .map((r) => r.brief)
            .reverse();
        return { ...head, ...page(found, query, 50), size: RECORDS.length };
    }
    if (kind === "records") {
        const r = records.find((x) => x.seq === Number(id));
        if (!r) return undefined;
        if (sub === "proof")
            return {
                ...head,
                seq: r.seq,
                size: leaves.length,
                leaf: leaves[r.seq].toString("hex"),
                hashes: path(r.seq, 0, leaves.length).map((h) => h.toString("hex")),
                root: tree(0, leaves.length).toString("hex"),
                checkpoint: NOTE,
                verifier: VERIFIER,
            };
        return {
            ...head,
            record: r.brief,
            event: r.event,
            codes: r.brief.codes.map((code) => ({
                code,
                where: "/lots/0",
                message:
                    code === "srd"
                        ? "the receiver's mass differs by more than its uncertainty"
                        : "more came out than went in",
            })),
            decision: r.decision.toString("base64"),
            salts: {
                event: r.salts.event.toString("hex"),
                decision: r.salts.decision.toString("hex"),
            },
            record_hex: r.record.toString("hex"),
            leaf: leaves[r.seq].toString("hex"),
            event_hash: r.record.subarray(32, 64).toString("hex"),
            decision_hash: r.record.subarray(64).toString("hex"),
            logic: 1,
            batch: r.seq,
            signature: { kind: "none", key: null },
            previous: r.seq > 0 ? r.seq - 1 : null,
            next_seq: r.seq < AS_OF ? r.seq + 1 : null,
            corrects: null,
            corrected_by: null,
            holds: [],
        };
    }
    return undefined;
}

const TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain",
};

createServer((request, response) => {
    const url = new URL(request.url, "http://x");
    response.setHeader("Content-Security-Policy", CSP);
    response.setHeader("X-Content-Type-Options", "nosniff");
    const json = (status, body) => {
        response.writeHead(status, { "Content-Type": "application/json" });
        response.end(body === undefined ? "" : JSON.stringify(body));
    };
    const fail = (status, code, message) =>
        json(status, { error: { code, message, where: "", hint: "", id: "fx-1" } });
    const who = SIGN_INS.find((s) =>
        new RegExp(`ytterby=${s.name}(;|$)`).test(request.headers.cookie ?? ""),
    );
    if (url.pathname.startsWith("/api/v1/")) {
        const parts = url.pathname.slice(8).split("/").map(decodeURIComponent);
        if (parts[0] === "about")
            return json(200, {
                as_of: null,
                trial: true,
                origin: ORIGIN,
                version: "fixture",
                demo: true,
                sign_ins: SIGN_INS,
            });
        if (parts[0] === "checkpoint") {
            response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" });
            return response.end(NOTE);
        }
        if (parts[0] === "session" && request.method === "POST") {
            let text = "";
            request.on("data", (d) => (text += d));
            request.on("end", () => {
                const given = JSON.parse(text);
                const s = SIGN_INS.find(
                    (x) => x.name === given.name && x.password === given.password,
                );
                if (!s)
                    return fail(401, "unauthenticated", "name and password do not belong together");
                response.setHeader(
                    "Set-Cookie",
                    `ytterby=${s.name}; Path=/; HttpOnly; SameSite=Strict`,
                );
                json(200, meOf(s));
            });
            return;
        }
        if (parts[0] === "session") {
            response.setHeader("Set-Cookie", "ytterby=; Path=/; Max-Age=0");
            response.writeHead(204);
            return response.end();
        }
        if (!who) return fail(401, "unauthenticated", "nobody is signed in");
        if (parts[0] === "stream") {
            response.writeHead(200, { "Content-Type": "text/event-stream" });
            return void response.write(
                `event: book\nid: ${AS_OF}\ndata: {"as_of":${AS_OF},"topics":[]}\n\n`,
            );
        }
        const body = answer(parts, url.searchParams, who);
        return body === undefined
            ? fail(404, "not_found", "there is no such thing")
            : json(200, body);
    }
    const file = join(DIST, url.pathname === "/" ? "index.html" : url.pathname);
    const found = existsSync(file) && extname(file) ? file : join(DIST, "index.html");
    response.writeHead(200, {
        "Content-Type": TYPES[extname(found)] ?? "application/octet-stream",
        "Cache-Control": "no-cache",
    });
    response.end(readFileSync(found));
}).listen(PORT, "127.0.0.1", () => console.log(`fixtures on http://127.0.0.1:${PORT}`));
