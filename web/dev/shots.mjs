// DEVELOPMENT ONLY. Pictures of each page, to be looked at: node dev/shots.mjs URL FOLDER [only]
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const [url = "http://127.0.0.1:8471", folder = "shots", only = ""] = process.argv.slice(2);
const user = process.env.YTTERBY_USER ?? "regulator";
const password = process.env.YTTERBY_PASSWORD ?? "demo";
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
    ],
});
const get = async (context, path) =>
    (await (await context.request.get(url + path)).json()).items ?? [];
for (const [width, height] of [
    [1440, 900],
    [390, 844],
]) {
    for (const scheme of ["light", "dark"]) {
        for (const locale of ["en-GB", "zh-CN"]) {
            const context = await browser.newContext({
                viewport: { width, height },
                colorScheme: scheme,
                locale,
                reducedMotion: "reduce",
            });
            const page = await context.newPage();
            page.on("console", (m) => m.type() === "error" && console.log("console", m.text()));
            page.on("pageerror", (e) => console.log("pageerror", e.message));
            await page.goto(`${url}/sign-in`);
            await page.waitForLoadState("networkidle").catch(() => {});
            const shot = async (name) => {
                const file = `${name}-${width}-${scheme}-${locale.slice(0, 2)}`;
                if (!file.includes(only) && !new RegExp(only).test(file)) return;
                await page.screenshot({ path: `${folder}/${file}.png`, fullPage: true });
            };
            await shot("sign-in");
            await page.fill("input[name=name]", user);
            await page.fill("input[name=password]", password);
            await page.click("button[type=submit]");
            await page.waitForSelector("nav.rail", { state: "attached" });
            const findings = await get(context, "/api/v1/findings");
            const facilities = await get(context, "/api/v1/facilities");
            const lots = await get(context, "/api/v1/lots?stage=magnet");
            const records = await get(context, "/api/v1/records");
            const worst = facilities.find((f) => f.state === "beyond") ?? facilities[0];
            const pages = {
                overview: "/",
                findings: "/findings",
                flow: "/flow",
                finding: findings[0] && `/findings/${findings[0].id}`,
                facilities: "/facilities",
                facility: worst && `/facilities/${encodeURIComponent(worst.id)}`,
                lots: "/lots",
                lot: lots[0] && `/lots/${encodeURIComponent(lots[0].id)}`,
                quota: "/quota",
                log: "/log",
                record: records[0] && `/log/${records[0].seq}`,
                checkpoint: "/checkpoint",
                "not-found": "/nowhere",
            };
            for (const [name, path] of Object.entries(pages)) {
                if (!path) continue;
                if (
                    only &&
                    !new RegExp(only).test(`${name}-${width}-${scheme}-${locale.slice(0, 2)}`)
                )
                    continue;
                await page.goto(url + path);
                await page.waitForSelector("h1");
                await page.waitForTimeout(400);
                await shot(name);
                const over = await page.evaluate(
                    () => document.documentElement.scrollWidth - innerWidth,
                );
                if (over > 0) console.log(`${name} ${width} scrolls sideways by ${over}`);
            }
            await context.close();
        }
    }
}
await browser.close();
