// Find: pages and facilities by name, lots by the beginning of their id, records by number. A list
// that the arrow keys walk; the server answers, the browser only matches names it already has.

import { Fragment } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { client, type Schemas, useApi } from "../api";
import { type Key, t, word } from "../i18n";
import { format } from "../lib/decimal";
import { go, to } from "../lib/go";
import { letters } from "../lib/keys";
import { Search } from "./icons";

interface Hit {
    group: Key;
    name: string;
    fact: string;
    href: string;
}

export function Find(props: { places: { name: Key; href: string }[] }) {
    const [text, setText] = useState("");
    const [open, setOpen] = useState(false);
    const [at, setAt] = useState(0);
    const [lots, setLots] = useState<Schemas["LotBrief"][]>([]);
    const box = useRef<HTMLDivElement>(null);
    const facilities = useApi("/api/v1/facilities", { query: { limit: 200 } }, open).data;
    const wanted = text.trim();

    useEffect(() => {
        if (!wanted) {
            setLots([]);
            return;
        }
        let mine = true;
        const timer = setTimeout(async () => {
            const answer = await client
                .GET("/api/v1/lots", { params: { query: { q: wanted.slice(0, 128), limit: 8 } } })
                .catch(() => undefined);
            if (mine) setLots(answer?.data?.items ?? []);
        }, 120);
        return () => {
            mine = false;
            clearTimeout(timer);
        };
    }, [wanted]);

    const hits = found(wanted, lots, facilities?.items ?? [], props.places);
    const shown = open && wanted !== "";
    const take = (hit: Hit | undefined) => {
        if (!hit) return;
        setOpen(false);
        setText("");
        go(hit.href);
        (document.activeElement as HTMLElement | null)?.blur();
    };
    const key = (e: KeyboardEvent) => {
        if (e.key === "ArrowDown" || e.key === "ArrowUp") {
            e.preventDefault();
            setAt((n) =>
                Math.max(0, Math.min(hits.length - 1, n + (e.key === "ArrowDown" ? 1 : -1))),
            );
        } else if (e.key === "Enter") {
            e.preventDefault();
            if (hits[at]) take(hits[at]);
            else if (wanted)
                take({ group: "nav.lots", name: "", fact: "", href: to.lots({ q: wanted }) });
        } else if (e.key === "Escape") {
            if (text) setText("");
            else (e.currentTarget as HTMLElement).blur();
            setOpen(false);
        }
    };
    return (
        <div class="find" ref={box} role="search">
            <span class="find-icon">
                <Search />
            </span>
            <input
                id="find"
                class="field"
                type="text"
                role="combobox"
                aria-label={t("find.name")}
                aria-expanded={shown}
                aria-controls="find-list"
                aria-autocomplete="list"
                aria-activedescendant={shown && hits.length > 0 ? `find-${at}` : undefined}
                placeholder={t("find.hint")}
                autocomplete="off"
                spellcheck={false}
                value={text}
                onInput={(e) => {
                    setText(e.currentTarget.value);
                    setAt(0);
                    setOpen(true);
                }}
                onFocus={() => setOpen(true)}
                onBlur={() => setOpen(false)}
                onKeyDown={key}
            />
            {letters.value && !text && <kbd aria-hidden="true">/</kbd>}
            {shown && (
                <div id="find-list" class="find-list" role="listbox" aria-label={t("find.name")}>
                    {hits.map((hit, i) => (
                        <Fragment key={hit.href}>
                            {hit.group !== hits[i - 1]?.group && (
                                <div class="find-group" role="presentation">
                                    {t(hit.group)}
                                </div>
                            )}
                            <div
                                id={`find-${i}`}
                                class="find-item"
                                role="option"
                                aria-selected={i === at}
                                onPointerDown={(e) => e.preventDefault()}
                                onClick={() => take(hit)}
                                onPointerEnter={() => setAt(i)}
                            >
                                <span>{hit.name}</span>
                                <span class="caption">{hit.fact}</span>
                            </div>
                        </Fragment>
                    ))}
                    {hits.length === 0 && (
                        <div class="find-group">{t("find.none", { q: wanted })}</div>
                    )}
                </div>
            )}
        </div>
    );
}

function found(
    q: string,
    lots: Schemas["LotBrief"][],
    facilities: Schemas["FacilityBrief"][],
    places: { name: Key; href: string }[],
): Hit[] {
    if (!q) return [];
    const low = q.toLowerCase();
    const has = (s: string | null) => s?.toLowerCase().includes(low) ?? false;
    const number = /^#?([\d,]{1,16})$/.exec(q)?.[1]?.replaceAll(",", "");
    return [
        ...(number
            ? [
                  {
                      group: "nav.log" as Key,
                      name: t("log.record", { n: Number(number) }),
                      fact: "",
                      href: to.record(Number(number)),
                  },
              ]
            : []),
        ...lots.map((l) => ({
            group: "nav.lots" as Key,
            name: l.id,
            fact: `${l.material_name} · ${format(l.left_kg, 1)}\u202fkg`,
            href: to.lot(l.id),
        })),
        ...facilities
            .filter((f) => has(f.name) || has(f.id) || has(f.party_name))
            .slice(0, 8)
            .map((f) => ({
                group: "nav.facilities" as Key,
                name: f.name,
                fact: word("kind", f.kind),
                href: to.facility(f.id),
            })),
        ...places
            .filter((p) => has(t(p.name)))
            .map((p) => ({ group: "find.pages" as Key, name: t(p.name), fact: "", href: p.href })),
    ];
}
