// What the browser tests share. They run against a server that is already there:
//
//   YTTERBY_URL               http://127.0.0.1:8470
//   YTTERBY_USER, _PASSWORD   somebody who sees the whole book
//   YTTERBY_COMPANY_USER, _COMPANY_PASSWORD
//   YTTERBY_FOREIGN           ids and names, separated by commas, that this company must never be shown
//   YTTERBY_SHOTS             a folder for pictures of each page (optional)
//   CHROMIUM                  /usr/bin/chromium

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const URL_ = (process.env.YTTERBY_URL ?? "http://127.0.0.1:8470").replace(/\/$/, "");
export const REGULATOR = {
    name: process.env.YTTERBY_USER ?? "",
    password: process.env.YTTERBY_PASSWORD ?? "",
};
export const COMPANY = {
    name: process.env.YTTERBY_COMPANY_USER ?? "",
    password: process.env.YTTERBY_COMPANY_PASSWORD ?? "",
};
export const FOREIGN = (process.env.YTTERBY_FOREIGN ?? "")
    .split(",")
    .map((s) => s.trim())
    .filter(Boolean);
export const SHOTS = process.env.YTTERBY_SHOTS;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export function launch() {
    return chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        // Root, as in a bare Debian, has no sandbox; the browser speaks to nobody but the server.
        args: [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--disable-sync",
        ],
    });
}

/** A window with everything that goes wrong in it written down. */
export async function open(browser, options = {}) {
    const context = await browser.newContext({
        viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
        colorScheme: options.scheme ?? "light",
        locale: options.locale ?? "en-GB",
        reducedMotion: "reduce",
        ignoreHTTPSErrors: true,
    });
    await context.addInitScript(() => {
        globalThis.violations = [];
        document.addEventListener("securitypolicyviolation", (e) =>
            globalThis.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`),
        );
    });
    const page = await context.newPage();
    const faults = [];
    page.on("console", (m) => m.type() === "error" && faults.push(`console: ${m.text()}`));
    page.on("pageerror", (e) => faults.push(`error: ${e.message}`));
    return { context, page, faults };
}

export async function signIn(page, who) {
    await page.goto(`${URL_}/`);
    await page.fill("input[name=name]", who.name);
    await page.fill("input[name=password]", who.password);
    await page.click("button[type=submit]");
    await page.waitForSelector("main h1");
    await page.waitForSelector("nav.rail", { state: "attached" });
    await page.waitForSelector(".strip");
}

/** Goes there as a reader who types the address would, and waits for what the page asks the server. */
export async function visit(page, path) {
    await page.goto(URL_ + path);
    await page.waitForSelector("main h1");
    await settled(page);
}

/** Until nothing is asked for any more. The event stream stays open, so "network idle" never comes. */
export async function settled(page) {
    await page.waitForFunction(() => !document.querySelector(".ghost, .loading-line"));
    await page.waitForTimeout(120);
    await page.waitForFunction(() => !document.querySelector(".ghost, .loading-line"));
}

export async function get(page, path) {
    const answer = await page.request.get(URL_ + path);
    return answer.ok() ? answer.json() : undefined;
}

export async function axeFaults(page) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() =>
        globalThis.axe.run(document, { resultTypes: ["violations"] }),
    );
    return violations.map(
        (v) =>
            `${v.id}: ${v.nodes
                .map(
                    (n) =>
                        `${n.target.join(" ")} (${n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? ""})`,
                )
                .slice(0, 3)
                .join("; ")}`,
    );
}

/** One address of each page, with ids that the asker really has. */
export async function addresses(page) {
    const first = async (path) => (await get(page, path))?.items?.[0];
    const facilities = (await get(page, "/api/v1/facilities?limit=200"))?.items ?? [];
    const facility = facilities.find((f) => f.state === "beyond") ?? facilities[0];
    const lot =
        (await first("/api/v1/lots?limit=1&stage=magnet")) ?? (await first("/api/v1/lots?limit=1"));
    const findings = (await get(page, "/api/v1/findings?limit=50"))?.items ?? [];
    const finding = findings.find((f) => f.kind === "balance") ?? findings[0];
    const origin = findings.find((f) => f.kind === "origin");
    const record = await first("/api/v1/records?limit=1");
    return Object.entries({
        overview: "/",
        findings: "/findings",
        flow: "/flow",
        finding: finding && `/findings/${encodeURIComponent(finding.id)}`,
        "finding-origin": origin && `/findings/${encodeURIComponent(origin.id)}`,
        facilities: "/facilities",
        facility: facility && `/facilities/${encodeURIComponent(facility.id)}`,
        lots: "/lots",
        lot: lot && `/lots/${encodeURIComponent(lot.id)}`,
        "lot-down": lot && `/lots/${encodeURIComponent(lot.id)}?direction=down`,
        quota: "/quota",
        log: "/log",
        record: record && `/log/${record.seq}`,
        checkpoint: "/checkpoint",
        "not-found": "/nowhere",
    }).filter(([, path]) => path);
}
