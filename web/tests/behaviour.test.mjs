// What the pages do: keys, links, figures, the check of the log, and what a company sees.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { en } from "../src/i18n/en.ts";
import { zh } from "../src/i18n/zh.ts";
import { format } from "../src/lib/decimal.ts";
import {
    addresses,
    COMPANY,
    FOREIGN,
    get,
    launch,
    open,
    REGULATOR,
    settled,
    signIn,
    URL_,
    visit,
} from "./browser.mjs";

let browser;
before(async () => {
    browser = await launch();
});
after(() => browser?.close());

async function signedIn(options, who = REGULATOR) {
    const window = await open(browser, options);
    await signIn(window.page, who);
    return window;
}

const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");

test("the demo's users stand as buttons only where the server says that it is a demo", async () => {
    const { context, page } = await open(browser);
    const about = await get(page, "/api/v1/about");
    await page.goto(`${URL_}/`);
    await page.waitForSelector("input[name=password]");
    const buttons = await page.locator(".demo-user .strong").allTextContents();
    assert.deepEqual(buttons, about.demo ? about.sign_ins.map((s) => s.name) : []);
    await context.close();
});

test("a wrong password is said, and nothing is shown", async () => {
    const { context, page } = await open(browser);
    await page.goto(`${URL_}/lots`);
    await page.fill("input[name=name]", REGULATOR.name);
    await page.fill("input[name=password]", "certainly not this one");
    await page.click("button[type=submit]");
    await page.waitForFunction(() => document.querySelector("[role=alert]")?.textContent !== "");
    assert.equal(await page.locator("[role=alert]").textContent(), en["sign_in.wrong"]);
    assert.equal(await page.locator("nav.rail").count(), 0);
    await context.close();
});

test("the first tab stop skips to the content", async () => {
    const { context, page } = await signedIn();
    await visit(page, "/lots");
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), en["shell.skip"]);
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
    await context.close();
});

test("slash finds, j and k walk the rows, Enter opens, Back returns", async () => {
    const { context, page } = await signedIn();
    await visit(page, "/facilities");
    const names = await page
        .locator("tbody tr > td:first-child > a")
        .evaluateAll((all) => all.map((a) => a.textContent.trim()));
    assert.ok(names.length > 1);
    await page.keyboard.press("j");
    assert.equal(await focused(page), names[0]);
    await page.keyboard.press("j");
    assert.equal(await focused(page), names[1]);
    await page.keyboard.press("k");
    assert.equal(await focused(page), names[0]);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/facilities\/.+/);
    await page.waitForSelector(".crumbs");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
    await page.goBack();
    await page.waitForSelector("[data-walk]");
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "find");
    await page.keyboard.type("g l");
    assert.match(page.url(), /\/facilities$/, "letters typed into a field are no keys");
    await context.close();
});

test("g and a letter go places, and letter keys can be switched off", async () => {
    const { context, page } = await signedIn();
    for (const [key, path] of [
        ["f", "/findings"],
        ["q", "/quota"],
        ["r", "/log"],
        ["w", "/flow"],
        ["l", "/lots"],
        ["o", "/"],
    ]) {
        await page.keyboard.press("g");
        await page.keyboard.press(key);
        await page.waitForURL((u) => u.pathname === path);
    }
    await page.click(".person > button");
    await page.click(".letters");
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("f");
    await page.waitForTimeout(200);
    assert.equal(new URL(page.url()).pathname, "/");
    await context.close();
});

test("everything that a mouse reaches on the overview, the tab key reaches", async () => {
    const { context, page } = await signedIn();
    await settled(page);
    const want = await page.evaluate(
        () =>
            [...document.querySelectorAll("a[href], button, input, select")].filter(
                (e) => e.getClientRects().length > 0,
            ).length,
    );
    const seen = new Set();
    for (let i = 0; i < want + 5; i++) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
            const all = [...document.querySelectorAll("a[href], button, input, select")].filter(
                (e) => e.getClientRects().length > 0,
            );
            const e = document.activeElement;
            const box = e?.getBoundingClientRect();
            const bar = document.querySelector(".bar").getBoundingClientRect();
            const hidden =
                box &&
                !e.closest(".bar") &&
                !e.classList.contains("skip") &&
                box.bottom <= bar.bottom &&
                box.bottom > 0;
            return { index: all.indexOf(e), hidden, text: e?.textContent };
        });
        assert.ok(!at.hidden, `"${at.text}" has the focus under the bar`);
        if (at.index >= 0) seen.add(at.index);
    }
    assert.equal(seen.size, want);
    await context.close();
});

test("find leads to a lot by its id and to a facility by its name", async () => {
    const { context, page } = await signedIn();
    const lot = (await get(page, "/api/v1/lots?limit=1")).items[0];
    await page.keyboard.press("/");
    await page.keyboard.type(lot.id);
    await page.waitForSelector(`.find-item:has-text(${JSON.stringify(lot.id)})`);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/lots/${encodeURIComponent(lot.id)}`);
    const facility = (await get(page, "/api/v1/facilities")).items[0];
    await page.keyboard.press("/");
    await page.keyboard.type(facility.name);
    await page.waitForSelector(`.find-item:has-text(${JSON.stringify(facility.name)})`);
    await page
        .locator(`.find-item:has-text(${JSON.stringify(facility.name)})`)
        .last()
        .click();
    await page.waitForURL(`**/facilities/${encodeURIComponent(facility.id)}`);
    await context.close();
});

test("masses are shown as the server's digits, rounded half to even", async () => {
    const { context, page } = await signedIn();
    await visit(page, "/lots");
    const { items } = await get(page, "/api/v1/lots?limit=50");
    const shown = await page
        .locator("tbody tr")
        .evaluateAll((rows) => rows.map((r) => [...r.cells].map((c) => c.textContent)));
    for (const [i, lot] of items.entries()) {
        assert.equal(shown[i][2], format(lot.left_kg, 1), `${lot.id} left`);
        assert.equal(shown[i][3], format(lot.net_kg, 1), `${lot.id} net`);
    }
    await context.close();
});

test("the browser itself checks a record from its bytes to the log's signature", async () => {
    const { context, page, faults } = await signedIn();
    const { items } = await get(page, "/api/v1/records?limit=3");
    for (const seq of new Set([0, ...items.map((r) => r.seq)])) {
        await visit(page, `/log/${seq}`);
        await page.waitForSelector("[data-proof]");
        assert.equal(
            await page.getAttribute("[data-proof]", "data-proof"),
            "good",
            `record ${seq}`,
        );
        assert.equal(await page.locator(".step.fine").count(), 6);
    }
    assert.deepEqual(faults, []);
    await context.close();
});

test("a record of which one character is changed on its way is said not to hold", async () => {
    const { context, page } = await signedIn();
    const { items } = await get(page, "/api/v1/records?limit=1");
    const seq = items[0].seq;
    await page.route(`**/api/v1/records/${seq}`, async (route) => {
        const response = await route.fetch();
        const body = await response.json();
        body.event = body.event.replace(/\d(?=\D*$)/, (d) => String((Number(d) + 1) % 10));
        await route.fulfill({ response, json: body });
    });
    await visit(page, `/log/${seq}`);
    await page.waitForSelector("[data-proof]");
    assert.equal(await page.getAttribute("[data-proof]", "data-proof"), "bad");
    assert.equal(await page.locator("[data-step=event].held").count(), 1);
    await page.unrouteAll();
    await context.close();
});

test("a checkpoint signed by another key is said not to hold", async () => {
    const { context, page } = await signedIn();
    const { items } = await get(page, "/api/v1/records?limit=1");
    await page.route("**/proof", async (route) => {
        const response = await route.fetch();
        const body = await response.json();
        // Flip a bit in the signature, which is the last base64 of the note.
        body.checkpoint = body.checkpoint.replace(
            /([A-Za-z0-9])([A-Za-z0-9+/]{8}=*\n)$/,
            (_, c, rest) => (c === "A" ? "B" : "A") + rest,
        );
        await route.fulfill({ response, json: body });
    });
    await visit(page, `/log/${items[0].seq}`);
    await page.waitForSelector("[data-proof]");
    assert.equal(await page.getAttribute("[data-proof]", "data-proof"), "bad");
    assert.equal(await page.locator("[data-step=signature].held").count(), 1);
    await page.unrouteAll();
    await context.close();
});

test("in Chinese no sentence of the English catalogue is left", async () => {
    const english = Object.entries(en)
        .filter(([key, text]) => zh[key] !== text && /^[A-Z][a-z]{3,}[^{]*$/.test(text))
        .map(([, text]) => text);
    const { context, page } = await signedIn({ locale: "zh-CN" });
    for (const [name, path] of await addresses(page)) {
        await visit(page, path);
        const said = await page.evaluate(() => {
            const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const out = [];
            while (walk.nextNode())
                if (!walk.currentNode.parentElement.closest("[lang=en]"))
                    out.push(walk.currentNode.data.trim());
            return out;
        });
        assert.deepEqual(
            said.filter((s) => english.includes(s)),
            [],
            name,
        );
    }
    await context.close();
});

test("the language changes without a reload and is remembered", async () => {
    const { context, page } = await signedIn();
    await page.click(".bar .language");
    await page.waitForFunction(() => document.documentElement.lang === "zh-CN");
    assert.equal(await page.locator("h1").textContent(), zh["overview.title"]);
    await page.reload();
    await page.waitForSelector("h1");
    assert.equal(await page.locator("h1").textContent(), zh["overview.title"]);
    await context.close();
});

test("theme is remembered", async () => {
    const { context, page } = await signedIn();
    await page.click(".bar-right .icon-button");
    assert.equal(await page.getAttribute("html", "data-theme"), "dark");
    await page.reload();
    await page.waitForSelector("h1");
    assert.equal(await page.getAttribute("html", "data-theme"), "dark");
    await context.close();
});

test("what is not there and what one may not see look the same", async () => {
    const { context, page } = await signedIn({}, COMPANY);
    const texts = [];
    const foreign = FOREIGN.find((f) => f.includes(":")) ?? "nobody:nothing";
    for (const path of [
        "/lots/nobody:nothing",
        `/lots/${encodeURIComponent(foreign)}`,
        `/facilities/${encodeURIComponent(foreign)}`,
    ]) {
        await visit(page, path);
        texts.push((await page.locator("main").textContent()).trim());
    }
    assert.equal(new Set(texts).size, 1, texts.join(" | "));
    await context.close();
});

test("a company that signs in is shown nothing of another", async () => {
    assert.ok(FOREIGN.length > 0, "YTTERBY_FOREIGN names what must not be seen");
    const { context, page } = await open(browser);
    const answers = [];
    page.on("response", (r) => {
        if (
            r.url().includes("/api/v1/") &&
            !r.url().endsWith("/stream") &&
            !r.url().endsWith("/about")
        ) {
            answers.push(
                r
                    .text()
                    .then((text) => [r.url(), text])
                    .catch(() => [r.url(), ""]),
            );
        }
    });
    await signIn(page, COMPANY);
    const own = await addresses(page);
    const asked = FOREIGN.filter((f) => f.includes(":")).flatMap((id) => [
        `/lots/${encodeURIComponent(id)}`,
        `/facilities/${encodeURIComponent(id)}`,
    ]);
    for (const path of [
        ...own.map(([, p]) => p),
        ...asked,
        ...Array.from({ length: 12 }, (_, i) => `/log/${i * 7}`),
    ]) {
        await visit(page, path);
        const html = await page.evaluate(() => document.querySelector("main").outerHTML);
        const typed = decodeURIComponent(path);
        for (const token of FOREIGN)
            assert.ok(typed.includes(token) || !html.includes(token), `${path} shows ${token}`);
    }
    for (const [url, text] of await Promise.all(answers)) {
        const typed = decodeURIComponent(url);
        for (const token of FOREIGN)
            assert.ok(
                typed.includes(token) || !text.includes(token),
                `${url} answers with ${token}`,
            );
    }
    await context.close();
});

test("a finding shows how sure it is and what would settle it; an origin shows its pattern", async () => {
    const { context, page } = await signedIn();
    const own = Object.fromEntries(await addresses(page));
    await visit(page, own.finding);
    assert.ok(await page.locator("h2:has-text('times likelier')").count());
    const settle = page.locator(".settle li");
    assert.ok((await settle.count()) > 0);
    assert.match(await settle.first().textContent(), /sigmas/);
    assert.ok(
        own["finding-origin"],
        "the simulated year has lots that are not what they were called",
    );
    await visit(page, own["finding-origin"]);
    await page.waitForSelector(".pattern-found");
    assert.ok((await page.locator(".pattern-square").count()) > 4);
    assert.match(await page.locator("main").textContent(), /looks like/);
    await page.locator("main .table a").first().click();
    await page.waitForSelector("h2:has-text('Is it what its papers say?')");
    await context.close();
});

test("after signing out nothing is left on the page, nor does Back bring it", async () => {
    const { context, page } = await signedIn();
    await visit(page, "/lots");
    await page.click(".person > button");
    await page.click(".menu .button");
    await page.waitForSelector("input[name=password]");
    assert.equal(await page.locator(".table").count(), 0);
    await page.goBack();
    await page.waitForSelector("input[name=password]");
    assert.equal(await page.locator(".table").count(), 0);
    await context.close();
});
