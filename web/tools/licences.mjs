// Writes licences.txt beside the built pages: what of other people's work is inside them, and under
// which terms. The list is what `dependencies` names and draws in, and the font.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const dist = process.argv[2] ?? "dist";
const own = JSON.parse(readFileSync("package.json", "utf8"));
const lock = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;

const wanted = new Set(["@fontsource-variable/inter"]);
const draw = (name) => {
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const next of Object.keys(lock[`node_modules/${name}`]?.dependencies ?? {})) draw(next);
};
Object.keys(own.dependencies).forEach(draw);

const parts = [...wanted].sort().map((name) => {
    const folder = join("node_modules", name);
    const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder)
        .filter((f) => /^(licen[cs]e|unlicense|ofl)/i.test(f))
        .sort()[0];
    const text =
        file && existsSync(join(folder, file))
            ? readFileSync(join(folder, file), "utf8").trim()
            : "";
    return `${name} ${about.version} (${about.license})\n\n${text}\n`;
});
writeFileSync(
    join(dist, "licences.txt"),
    `The pages hold work of others:\n\n${parts.join(`\n${"-".repeat(72)}\n\n`)}`,
);
