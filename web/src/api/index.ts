// The only place that speaks to the server. Answers are kept by address, so that Back is instant;
// old content stays while a newer answer is under way.

import { signal } from "@preact/signals";
import createClient from "openapi-fetch";
import { useEffect, useMemo, useReducer } from "preact/hooks";
import type { components, paths } from "./types";

export type Schemas = components["schemas"];

export const client = createClient<paths>({ baseUrl: "", credentials: "same-origin" });

type Json<R> = R extends { 200: { content: { "application/json": infer T } } } ? T : never;
type Getter<P extends keyof paths> = paths[P] extends { get: infer G } ? G : never;
export type GetPath = {
    [P in keyof paths]: Json<ResponsesOf<P>> extends never ? never : P;
}[keyof paths];
type ResponsesOf<P extends keyof paths> = Getter<P> extends { responses: infer R } ? R : never;
export type Got<P extends keyof paths> = Json<ResponsesOf<P>>;
type Parameters<P extends keyof paths> = Getter<P> extends { parameters: infer Q } ? Q : never;
type PathOf<P extends keyof paths> = Parameters<P> extends { path: infer X } ? X : undefined;
type QueryOf<P extends keyof paths> = Parameters<P> extends { query?: infer X } ? X : undefined;

export interface Words<P extends keyof paths> {
    path?: PathOf<P>;
    query?: { [K in keyof QueryOf<P>]?: QueryOf<P>[K] | undefined };
}

export interface Failure {
    status: number;
    message: string;
    hint: string;
    id: string;
}

/** Set once the server says that nobody is signed in. */
export const signedOut = signal(false);
/** Requests under way, for the line under the bar. */
export const pending = signal(0);
/** The last record that the stream has told of. */
export const lastRecord = signal<number | undefined>(undefined);

interface Kept {
    data?: unknown;
    failure?: Failure;
    at: number;
}

const KEEP = 50;
const answers = new Map<string, Kept>();

function remember(key: string, kept: Kept): void {
    answers.delete(key);
    answers.set(key, kept);
    while (answers.size > KEEP) answers.delete(answers.keys().next().value as string);
}

/** After signing in or out nothing of the other person may remain. */
export function forget(): void {
    answers.clear();
}

export function failureOf(status: number, body: unknown): Failure {
    const error = (body as { error?: Partial<Failure> } | undefined)?.error;
    return { status, message: error?.message ?? "", hint: error?.hint ?? "", id: error?.id ?? "" };
}

async function load(path: string, words: Words<GetPath>): Promise<Kept> {
    pending.value++;
    try {
        const query = Object.fromEntries(
            Object.entries((words.query ?? {}) as Record<string, unknown>).filter(
                ([, v]) => v !== undefined && v !== "",
            ),
        );
        const get = client.GET as (
            p: string,
            o: unknown,
        ) => Promise<{ data?: unknown; error?: unknown; response: Response }>;
        const answer = await get(path, { params: { path: words.path, query } });
        if (answer.response.status === 401) signedOut.value = true;
        if (answer.response.ok) return { data: answer.data, at: Date.now() };
        return { failure: failureOf(answer.response.status, answer.error), at: Date.now() };
    } catch {
        return { failure: failureOf(0, undefined), at: Date.now() };
    } finally {
        pending.value--;
    }
}

export interface Answer<T> {
    data: T | undefined;
    failure: Failure | undefined;
    again: () => void;
}

const FRESH = 10_000;

/** What the server says at this address, and again whenever the book has grown. */
export function useApi<P extends GetPath>(
    path: P,
    words: Words<P> = {},
    wanted = true,
): Answer<Got<P>> {
    const key = JSON.stringify([path, words.path, words.query]);
    const [, again] = useReducer((n: number) => n + 1, 0);
    const grown = lastRecord.value;
    useEffect(() => {
        if (!wanted) return;
        const kept = answers.get(key);
        if (kept?.data !== undefined && Date.now() - kept.at < FRESH && !outdated(kept, grown))
            return;
        let mine = true;
        load(path, words as Words<GetPath>).then((next) => {
            // A failed refresh keeps the old figures, with the failure beside them.
            remember(
                key,
                next.failure && kept?.data !== undefined ? { ...next, data: kept.data } : next,
            );
            if (mine) again(undefined);
        });
        return () => {
            mine = false;
        };
    }, [key, wanted, grown]);
    const kept = answers.get(key);
    return {
        data: kept?.data as Got<P> | undefined,
        failure: kept?.failure,
        again: useMemo(
            () => () => {
                load(path, words as Words<GetPath>).then((next) => {
                    remember(key, next);
                    again(undefined);
                });
            },
            [key],
        ),
    };
}

function outdated(kept: Kept, grown: number | undefined): boolean {
    const seen = (kept.data as { as_of?: number | null }).as_of;
    return grown !== undefined && typeof seen === "number" && seen < grown;
}

type Listed<P extends GetPath> = Got<P> extends { items: (infer T)[] } ? T : never;

export interface List<P extends GetPath> {
    items: Listed<P>[];
    /** The first page's answer, with what stands beside the items. */
    first: Got<P> | undefined;
    failure: Failure | undefined;
    more: (() => void) | undefined;
    again: () => void;
}

/** A list by cursor: pages come as they are asked for and stay in the order they came. The list
 *  does not grow by itself under the reader's eyes. */
export function useList<P extends GetPath>(
    path: P,
    query: Record<string, string | number | undefined>,
): List<P> {
    const key = JSON.stringify([path, "list", query]);
    const [, redraw] = useReducer((n: number) => n + 1, 0);
    const pages = (): Got<P>[] => (answers.get(key)?.data as Got<P>[] | undefined) ?? [];
    const fetchPage = (cursor: string | undefined, before: Got<P>[]) =>
        load(path, { query: { ...query, cursor } } as Words<GetPath>).then((next) => {
            if (next.failure)
                remember(key, {
                    data: before.length > 0 ? before : undefined,
                    failure: next.failure,
                    at: next.at,
                });
            else remember(key, { data: [...before, next.data as Got<P>], at: next.at });
            redraw(undefined);
        });
    useEffect(() => {
        const kept = answers.get(key);
        if (kept?.data === undefined || Date.now() - kept.at > 5 * FRESH) fetchPage(undefined, []);
    }, [key]);
    const got = pages();
    const next = (got.at(-1) as { next?: string | null } | undefined)?.next;
    return {
        items: got.flatMap((p) => (p as unknown as { items: Listed<P>[] }).items),
        first: got[0],
        failure: answers.get(key)?.failure,
        more: next ? () => void fetchPage(next, pages()) : undefined,
        again: () => void fetchPage(undefined, []),
    };
}
