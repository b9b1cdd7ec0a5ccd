// What the browser needs to check the log by itself: RFC 6962 hashes, an inclusion path, and the
// Ed25519 signature of a C2SP signed note. Nothing here trusts the server: every hash is made from
// bytes that the page shows.

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
    if (hex.length % 2 !== 0 || /[^0-9a-f]/.test(hex))
        throw new Error("not lower-case hexadecimal");
    const out = new Uint8Array(hex.length / 2);
    for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
    return out;
}

export function toHex(bytes: Uint8Array): string {
    return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

/** Standard base64 with padding, and only the one spelling that the bytes have. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
    const raw = atob(text);
    if (btoa(raw) !== text) throw new Error("not canonical base64");
    return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

export function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of parts) {
        out.set(part, at);
        at += part.length;
    }
    return out;
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const ZERO = Uint8Array.of(0);

export const leafHash = (record: Uint8Array) => sha256(join(LEAF, record));
export const nodeHash = (left: Uint8Array, right: Uint8Array) => sha256(join(NODE, left, right));

/** The commitment to an event or a decision: SHA-256(name, 00, salt, bytes). */
export const commitment = (name: string, salt: Uint8Array, bytes: Uint8Array) =>
    sha256(join(bytesOf(name), ZERO, salt, bytes));

/** The root that the path leads to (RFC 9162, 2.1.3.2), or nothing if the path has a wrong length.
 *  `each` sees every node on the way up. */
export async function rootOf(
    index: number,
    size: number,
    leaf: Uint8Array<ArrayBuffer>,
    path: readonly Uint8Array[],
    each?: (node: Uint8Array, sibling: Uint8Array, side: "left" | "right") => void,
): Promise<Uint8Array | undefined> {
    if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size)
        return undefined;
    let at = BigInt(index);
    let last = BigInt(size) - 1n;
    let node = leaf;
    for (const sibling of path) {
        if (last === 0n || sibling.length !== 32) return undefined;
        const left = (at & 1n) === 1n || at === last;
        node = left ? await nodeHash(sibling, node) : await nodeHash(node, sibling);
        each?.(node, sibling, left ? "left" : "right");
        if (left && (at & 1n) === 0n) {
            while ((at & 1n) === 0n && at !== 0n) {
                at >>= 1n;
                last >>= 1n;
            }
        }
        at >>= 1n;
        last >>= 1n;
    }
    return last === 0n ? node : undefined;
}

export interface Checkpoint {
    origin: string;
    size: number;
    root: Uint8Array<ArrayBuffer>;
    /** The signed text, its last line feed included. */
    body: string;
    signatures: { name: string; id: Uint8Array; signature: Uint8Array<ArrayBuffer> }[];
}

/** SHA-256 of nothing: the root of a tree without leaves. */
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Reads a signed note whose text is a checkpoint; says what is wrong by throwing. */
export function parseCheckpoint(note: string): Checkpoint {
    const cut = note.lastIndexOf("\n\n");
    if (cut < 0) throw new Error("the note has no empty line before its signatures");
    const body = note.slice(0, cut + 1);
    if (!note.endsWith("\n")) throw new Error("the note does not end with a line feed");
    const signatures = note
        .slice(cut + 2, -1)
        .split("\n")
        .map((line) => {
            const match = /^— ([^ +]+) ([A-Za-z0-9+/]+=*)$/.exec(line);
            if (!match) throw new Error("a signature line is malformed");
            const raw = fromBase64(match[2] ?? "");
            if (raw.length < 5) throw new Error("a signature is too short");
            return { name: match[1] ?? "", id: raw.slice(0, 4), signature: raw.slice(4) };
        });
    const [origin, size, root, ...extensions] = body.slice(0, -1).split("\n");
    if (!origin || !size || !root || !/^(0|[1-9][0-9]*)$/.test(size) || extensions.includes("")) {
        throw new Error("the note is not a checkpoint");
    }
    const hash = fromBase64(root);
    if (hash.length !== 32 || !Number.isSafeInteger(Number(size)))
        throw new Error("the note is not a checkpoint");
    if (size === "0" && toHex(hash) !== EMPTY)
        throw new Error("an empty tree has the hash of nothing");
    return { origin, size: Number(size), root: hash, body, signatures };
}

export interface Verifier {
    name: string;
    id: Uint8Array;
    key: Uint8Array<ArrayBuffer>;
}

const ED25519 = 1;

/** Reads a verifier key, name+hash+base64, and checks that its hash is its own. */
export async function parseVerifier(text: string): Promise<Verifier> {
    const match = /^([^ +]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text);
    if (!match) throw new Error("the verifier key is malformed");
    const [, name = "", id = "", data = ""] = match;
    const raw = fromBase64(data);
    if (raw.length !== 33 || raw[0] !== ED25519) throw new Error("the verifier key is not Ed25519");
    const own = await sha256(join(bytesOf(`${name}\n`), raw));
    if (toHex(own.slice(0, 4)) !== id) throw new Error("the verifier key's id is not its hash");
    return { name, id: fromHex(id), key: raw.slice(1) };
}

/** True if the checkpoint is of that key's own log and bears a good signature of it; undefined where this browser has no
 *  Ed25519. One line with the key's name and id that does not verify spoils the note. */
export async function signedBy(
    checkpoint: Checkpoint,
    verifier: Verifier,
): Promise<boolean | undefined> {
    if (checkpoint.origin !== verifier.name) return false;
    let key: CryptoKey;
    try {
        key = await crypto.subtle.importKey("raw", verifier.key, "Ed25519", false, ["verify"]);
    } catch (e) {
        if (e instanceof DOMException && e.name === "NotSupportedError") return undefined;
        return false;
    }
    const ours = checkpoint.signatures.filter(
        (s) => s.name === verifier.name && same(s.id, verifier.id),
    );
    if (ours.length === 0) return false;
    for (const { signature } of ours) {
        if (!(await crypto.subtle.verify("Ed25519", key, signature, bytesOf(checkpoint.body))))
            return false;
    }
    return true;
}

export type StepName = "event" | "decision" | "leaf" | "path" | "root" | "signature";

export interface Step {
    name: StepName;
    /** Undefined where this browser cannot check it. */
    good: boolean | undefined;
    /** What was computed here, as hexadecimal, or the key's name. */
    value: string;
    count?: number;
}

export interface Checked {
    steps: Step[];
    good: boolean;
    /** Whether every step could be checked here. */
    whole: boolean;
    milliseconds: number;
    nodes: { hash: string; sibling: string; side: "left" | "right" }[];
}

export interface Claim {
    seq: number;
    event: string;
    decision: string;
    salts: { event: string; decision: string };
    record_hex: string;
}

export interface Evidence {
    seq: number;
    size: number;
    hashes: string[];
    checkpoint: string;
    verifier: string;
}

/** Whether this browser can hash at all: it cannot on a page that came over plain HTTP from another
 *  machine. */
export const canCheck = (): boolean => globalThis.crypto?.subtle !== undefined;

/** Checks one record from its event up to the log's signature, and stops at the first step that
 *  does not hold. */
export async function checkRecord(claim: Claim, evidence: Evidence): Promise<Checked> {
    const start = performance.now();
    const steps: Step[] = [];
    const nodes: Checked["nodes"] = [];
    const step = (name: StepName, good: boolean | undefined, value: string, count?: number) => {
        steps.push(count === undefined ? { name, good, value } : { name, good, value, count });
        return good !== false;
    };
    const run = async (): Promise<void> => {
        const record = fromHex(claim.record_hex);
        const event = await commitment(
            "ytterby/event/1",
            fromHex(claim.salts.event),
            bytesOf(claim.event),
        );
        if (!step("event", same(event, record.slice(32, 64)), toHex(event))) return;
        const decision = await commitment(
            "ytterby/decision/1",
            fromHex(claim.salts.decision),
            fromBase64(claim.decision),
        );
        if (!step("decision", same(decision, record.slice(64, 96)), toHex(decision))) return;
        const seq = new DataView(record.buffer).getBigUint64(8);
        const rightRecord =
            record.length === 96 && seq === BigInt(claim.seq) && evidence.seq === claim.seq;
        const leaf = await leafHash(record);
        if (!step("leaf", rightRecord, toHex(leaf))) return;
        const root = await rootOf(
            claim.seq,
            evidence.size,
            leaf,
            evidence.hashes.map(fromHex),
            (hash, sibling, side) =>
                nodes.push({ hash: toHex(hash), sibling: toHex(sibling), side }),
        );
        if (
            !step("path", root !== undefined, root ? toHex(root) : "", evidence.hashes.length) ||
            !root
        )
            return;
        const checkpoint = parseCheckpoint(evidence.checkpoint);
        const rightRoot = checkpoint.size === evidence.size && same(root, checkpoint.root);
        if (!step("root", rightRoot, toHex(checkpoint.root), checkpoint.size)) return;
        const verifier = await parseVerifier(evidence.verifier);
        step("signature", await signedBy(checkpoint, verifier), evidence.verifier);
    };
    try {
        await run();
    } catch (e) {
        const order: StepName[] = ["event", "decision", "leaf", "path", "root", "signature"];
        step(order[steps.length] ?? "signature", false, e instanceof Error ? e.message : String(e));
    }
    return {
        steps,
        nodes,
        good: steps.length === 6 && steps.every((s) => s.good !== false),
        whole: steps.length === 6 && steps.every((s) => s.good === true),
        milliseconds: performance.now() - start,
    };
}
