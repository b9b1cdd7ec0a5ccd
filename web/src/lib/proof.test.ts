import { describe, expect, test } from "vitest";
import * as p from "./proof";
import vectors from "./vectors/log.json";

const pathOf = (v: { proof: string[] | null }) => (v.proof ?? []).map(p.fromBase64);

async function leads(v: {
    index: number;
    size: number;
    leafHash: string;
    root: string;
    proof: string[] | null;
}) {
    const root = await p.rootOf(v.index, v.size, p.fromBase64(v.leafHash), pathOf(v));
    return root !== undefined && p.same(root, p.fromBase64(v.root));
}

async function accepted(note: string) {
    try {
        return await p.signedBy(p.parseCheckpoint(note), await p.parseVerifier(vectors.vkey));
    } catch {
        return false;
    }
}

describe("the log's known answers", () => {
    test("every inclusion proof leads to its root", async () => {
        for (const v of vectors.inclusion) expect(await leads(v), JSON.stringify(v)).toBe(true);
    });
    test("no spoiled inclusion proof does", async () => {
        for (const v of vectors.reject) expect(await leads(v), v.why).toBe(false);
    });
    test("checkpoints are accepted and refused as C2SP says", async () => {
        for (const v of vectors.checkpoints)
            expect(await accepted(v.checkpoint), v.why).toBe(v.accept);
    });
    test("bad verifier keys are refused", async () => {
        for (const v of vectors.badKeys)
            await expect(p.parseVerifier(v.vkey), v.why).rejects.toThrow();
    });
});

/** A log of some records, signed with a fresh key: what a server would send. */
async function book(sizes: number) {
    const records: Uint8Array<ArrayBuffer>[] = [];
    const claims: p.Claim[] = [];
    for (let seq = 0; seq < sizes; seq++) {
        const event = JSON.stringify({ id: `e${seq}`, note: "稀土" });
        const decision = btoa(`decision ${seq}`);
        const salts = { event: "01".repeat(16), decision: "02".repeat(16) };
        const head = new Uint8Array(32);
        head.set(p.bytesOf("YTR\u0001"));
        new DataView(head.buffer).setBigUint64(8, BigInt(seq));
        const record = p.join(
            head,
            await p.commitment("ytterby/event/1", p.fromHex(salts.event), p.bytesOf(event)),
            await p.commitment(
                "ytterby/decision/1",
                p.fromHex(salts.decision),
                p.fromBase64(decision),
            ),
        );
        records.push(record);
        claims.push({ seq, event, decision, salts, record_hex: p.toHex(record) });
    }
    const leaves = await Promise.all(records.map((r) => p.leafHash(r)));
    const tree = async (nodes: Uint8Array[]): Promise<Uint8Array> => {
        if (nodes.length === 1) return nodes[0] as Uint8Array;
        const half = 2 ** Math.ceil(Math.log2(nodes.length) - 1);
        return p.nodeHash(await tree(nodes.slice(0, half)), await tree(nodes.slice(half)));
    };
    const path = async (index: number, nodes: Uint8Array[]): Promise<Uint8Array[]> => {
        if (nodes.length === 1) return [];
        const half = 2 ** Math.ceil(Math.log2(nodes.length) - 1);
        return index < half
            ? [...(await path(index, nodes.slice(0, half))), await tree(nodes.slice(half))]
            : [...(await path(index - half, nodes.slice(half))), await tree(nodes.slice(0, half))];
    };
    const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
    const pair = (await crypto.subtle.generateKey("Ed25519", true, [
        "sign",
        "verify",
    ])) as CryptoKeyPair;
    const raw = p.join(
        Uint8Array.of(1),
        new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)),
    );
    const id = (await p.sha256(p.join(p.bytesOf("book.example\n"), raw))).slice(0, 4);
    const body = `book.example\n${sizes}\n${base64(await tree(leaves))}\n`;
    const signature = new Uint8Array(
        await crypto.subtle.sign("Ed25519", pair.privateKey, p.bytesOf(body)),
    );
    const checkpoint = `${body}\n— book.example ${base64(p.join(id, signature))}\n`;
    const verifier = `book.example+${p.toHex(id)}+${base64(raw)}`;
    const proofs = await Promise.all(claims.map((_, i) => path(i, leaves)));
    return claims.map((claim, seq) => ({
        claim,
        evidence: {
            seq,
            size: sizes,
            hashes: (proofs[seq] ?? []).map(p.toHex),
            checkpoint,
            verifier,
        },
    }));
}

describe("the check of a record", () => {
    test("holds for every record of a small log, from event to signature", async () => {
        for (const { claim, evidence } of await book(11)) {
            const checked = await p.checkRecord(claim, evidence);
            expect(checked.steps.map((s) => [s.name, s.good])).toEqual(
                ["event", "decision", "leaf", "path", "root", "signature"].map((n) => [n, true]),
            );
            expect(checked.good && checked.whole).toBe(true);
        }
    });
    test("names the first step that does not hold", async () => {
        const [first, second] = (await book(3)) as [any, any];
        const { claim, evidence } = second;
        const broken: [string, p.Claim, p.Evidence][] = [
            ["event", { ...claim, event: claim.event.replace("e1", "e2") }, evidence],
            ["decision", { ...claim, decision: btoa("decision 2") }, evidence],
            ["leaf", { ...claim, seq: 2 }, evidence],
            ["path", claim, { ...evidence, hashes: evidence.hashes.slice(1) }],
            ["root", claim, { ...evidence, hashes: [...evidence.hashes].reverse() }],
            [
                "root",
                claim,
                { ...evidence, checkpoint: evidence.checkpoint.replace("\n3\n", "\n4\n") },
            ],
            ["signature", claim, { ...evidence, verifier: vectors.vkey }],
            ["leaf", { ...first.claim, seq: 1 }, evidence],
        ];
        for (const [name, c, e] of broken) {
            const checked = await p.checkRecord(c, e);
            expect(checked.good, name).toBe(false);
            expect(checked.steps.at(-1), name).toMatchObject({ name, good: false });
        }
    });
});
