// Each page at two widths, light and dark: nothing wrong in the console, nothing that the policy
// stopped, no sideways scroll, nothing that axe objects to.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import {
    addresses,
    axeFaults,
    COMPANY,
    launch,
    open,
    REGULATOR,
    SHOTS,
    signIn,
    URL_,
    visit,
} from "./browser.mjs";

let browser;
before(async () => {
    assert.ok(REGULATOR.name, "YTTERBY_USER and YTTERBY_PASSWORD say who signs in");
    browser = await launch();
    if (SHOTS) mkdirSync(SHOTS, { recursive: true });
});
after(() => browser?.close());

/** A picture of the whole page, or of its beginning where a list makes it very long. */
async function picture(page, name) {
    if (!SHOTS) return;
    const tall = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: tall < 2600 });
}

async function clean(page, faults, name) {
    const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.ok(wide <= 0, `${name} scrolls sideways by ${wide} px`);
    assert.deepEqual(
        await page.evaluate(() => globalThis.violations),
        [],
        `${name}: the policy stopped something`,
    );
    assert.deepEqual(await axeFaults(page), [], `${name}: axe`);
    assert.deepEqual(faults, [], name);
}

for (const width of [1440, 390]) {
    for (const scheme of ["light", "dark"]) {
        describe(`${width} px, ${scheme}`, () => {
            test("the sign-in page is clean", async () => {
                const { context, page, faults } = await open(browser, { width, scheme });
                await page.goto(`${URL_}/`);
                await page.waitForSelector("input[name=password]");
                await picture(page, `sign-in-${width}-${scheme}`);
                await clean(page, faults, "sign-in");
                await context.close();
            });
            for (const locale of ["en-GB", "zh-CN"]) {
                test(`every page is clean in ${locale}`, async () => {
                    const { context, page, faults } = await open(browser, {
                        width,
                        scheme,
                        locale,
                    });
                    await signIn(page, REGULATOR);
                    for (const [name, path] of await addresses(page)) {
                        await visit(page, path);
                        if (locale === "en-GB") await picture(page, `${name}-${width}-${scheme}`);
                        await clean(page, faults, name);
                        assert.equal(
                            await page.getAttribute("html", "lang"),
                            locale === "zh-CN" ? "zh-CN" : "en",
                        );
                    }
                    await context.close();
                });
            }
        });
    }
}

test("every page is clean for a company, and at 1024 px", async () => {
    const { context, page, faults } = await open(browser, { width: 1024 });
    await signIn(page, COMPANY);
    for (const [name, path] of await addresses(page)) {
        await visit(page, path);
        await clean(page, faults, name);
        if (name === "overview") await picture(page, "overview-company-1024");
    }
    await context.close();
});

test("at 320 px no page scrolls sideways", async () => {
    const { context, page } = await open(browser, { width: 320, height: 640 });
    await signIn(page, REGULATOR);
    for (const [name, path] of await addresses(page)) {
        await visit(page, path);
        const wide = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(wide <= 0, `${name} scrolls sideways by ${wide} px`);
    }
    await context.close();
});
