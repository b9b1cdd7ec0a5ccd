import { describe, expect, test } from "vitest";
import { en } from "./en";
import { pieces, say } from "./message";
import { zh } from "./zh";

describe("messages", () => {
    test("put values where the language wants them", () => {
        expect(say("{a} of {b}", { a: "1", b: 12345 }, "en")).toBe("1 of 12,345");
    });
    test("choose the plural by the language", () => {
        const text = "{n, plural, =0 {no lots} one {# lot} other {# lots}} held";
        expect([0, 1, 2, 1204].map((n) => say(text, { n }, "en"))).toEqual([
            "no lots held",
            "1 lot held",
            "2 lots held",
            "1,204 lots held",
        ]);
        expect(say("{n, plural, other {# 批}}", { n: 1 }, "zh-CN")).toBe("1 批");
    });
    test("leave what is no text to the caller", () => {
        expect(pieces("see {link}.", {}, "en")).toEqual(["see ", { name: "link" }, "."]);
    });
    test("refuse what is malformed", () => {
        for (const bad of ["{", "{a", "{n, plural, one {x}}", "{n, plural, one {x} other {y}"]) {
            expect(() => say(bad, { n: 1 }, "en"), bad).toThrow();
        }
    });
});

describe("the catalogues", () => {
    const names = (text: string) =>
        new Set(
            [...text.matchAll(/\{\s*(\w+)\s*[,}]/g)]
                .map((m) => m[1])
                .filter((n) => n !== "" && !/^\d+$/.test(n ?? "")),
        );
    test("use the same values in both languages", () => {
        for (const key of Object.keys(en) as (keyof typeof en)[]) {
            const plain = (s: string) =>
                new Set([...names(s)].filter((n) => en[key].includes(`{${n}`)));
            expect(plain(zh[key]), key).toEqual(plain(en[key]));
        }
    });
    test("can be parsed", () => {
        for (const text of [...Object.values(en), ...Object.values(zh)]) {
            expect(() => say(text, { n: 2 }, "en"), text).not.toThrow();
        }
    });
    test("leave no English sentence in the Chinese one", () => {
        for (const [key, text] of Object.entries(zh)) {
            if (en[key as keyof typeof en] === text)
                expect(text, key).toMatch(
                    /^[^a-z]*$|^(Ytterby|MUF|TREO|REO|SHA-256|Ed25519|kg|t|%|u|Esc|Enter|English)/,
                );
        }
    });
});
