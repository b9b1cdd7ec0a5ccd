// Who is asking, and the one stream that tells when the book grows.

import { signal } from "@preact/signals";
import { keeps, store, stored } from "../lib/stored";
import { client, type Failure, failureOf, forget, lastRecord, type Schemas, signedOut } from ".";

export const me = signal<Schemas["Me"] | undefined>(undefined);
export const about = signal<Schemas["About"] | undefined>(undefined);
/** False until the first answer has said whether somebody is signed in. */
export const known = signal(false);
export const unreachable = signal(false);

export type LiveState = "live" | "off";
export const live = signal<LiveState>("off");

let stream: EventSource | undefined;
/** While a batch is recorded the stream is quick; pages look again at most this often. */
const PAUSE = 3_000;
let waiting: ReturnType<typeof setTimeout> | undefined;
let newest = 0;

function grew(to: number): void {
    newest = Math.max(newest, to);
    if (waiting !== undefined) return;
    waiting = setTimeout(() => {
        waiting = undefined;
        if (stream) lastRecord.value = newest;
    }, PAUSE);
}

function listen(): void {
    stream?.close();
    stream = new EventSource("/api/v1/stream");
    stream.onopen = () => {
        live.value = "live";
    };
    stream.onerror = () => {
        live.value = "off";
    };
    stream.addEventListener("book", (e) => {
        const data = JSON.parse((e as MessageEvent<string>).data) as { as_of?: number };
        if (typeof data.as_of === "number" && data.as_of !== lastRecord.peek()) grew(data.as_of);
    });
}

export async function start(): Promise<void> {
    try {
        // The cookie cannot be seen from here; who has never signed in need not be refused first.
        const ask = stored("signed-in") === "yes" || !keeps();
        const [a, m] = await Promise.all([
            client.GET("/api/v1/about"),
            ask ? client.GET("/api/v1/me") : Promise.resolve({ data: undefined }),
        ]);
        about.value = a.data;
        me.value = m.data;
        store("signed-in", m.data ? "yes" : "no");
        signedOut.value = m.data === undefined;
        unreachable.value = false;
        if (m.data) {
            if (m.data.as_of !== null) lastRecord.value = m.data.as_of;
            listen();
        }
    } catch {
        unreachable.value = true;
    }
    known.value = true;
}

export async function signIn(name: string, password: string): Promise<Failure | undefined> {
    try {
        const answer = await client.POST("/api/v1/session", { body: { name, password } });
        if (!answer.data) return failureOf(answer.response.status, answer.error);
        forget();
        me.value = answer.data;
        signedOut.value = false;
        store("signed-in", "yes");
        if (answer.data.as_of !== null) lastRecord.value = answer.data.as_of;
        listen();
        return undefined;
    } catch {
        return failureOf(0, undefined);
    }
}

export async function signOut(): Promise<void> {
    await client.DELETE("/api/v1/session").catch(() => undefined);
    stream?.close();
    stream = undefined;
    live.value = "off";
    forget();
    me.value = undefined;
    store("signed-in", "no");
    lastRecord.value = undefined;
    signedOut.value = true;
}
