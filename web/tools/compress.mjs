// Presses every file of the built pages with brotli and gzip, so that the server need not. The same
// bytes each time: no names, no times; a copy that is not smaller is left out.

import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = process.argv[2] ?? "dist";
const PRESSED = /\.(html|js|css|svg|json|txt)$/;

function* files(folder) {
    for (const name of readdirSync(folder).sort()) {
        const path = join(folder, name);
        if (statSync(path).isDirectory()) yield* files(path);
        else yield path;
    }
}

let script = 0;
for (const path of [...files(dist)]) {
    if (!PRESSED.test(path)) continue;
    const bytes = readFileSync(path);
    const brotli = brotliCompressSync(bytes, {
        params: {
            [constants.BROTLI_PARAM_QUALITY]: 11,
            [constants.BROTLI_PARAM_LGWIN]: 22,
            [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
    });
    const gzip = gzipSync(bytes, { level: 9 });
    gzip[9] = 255; // the system that pressed it: unknown
    if (brotli.length < bytes.length) writeFileSync(`${path}.br`, brotli);
    if (gzip.length < bytes.length) writeFileSync(`${path}.gz`, gzip);
    if (path.endsWith(".js")) script += Math.min(gzip.length, bytes.length);
    console.log(`${path} ${bytes.length} br ${brotli.length} gz ${gzip.length}`);
}

// All script together, loaded later or not, stays under the budget of the first view.
const BUDGET = 150 * 1024;
if (script > BUDGET) {
    console.error(`the pages' script is ${script} bytes pressed, more than ${BUDGET}`);
    process.exit(1);
}
