#!/bin/sh
# Builds the pages anew in a copy and compares with web/dist byte for byte; also that the API's types
# are those of schema/openapi.json, and that the lock file names no registry. Needs npm and whatever
# Node Debian has: npm brings the Node that builds. Exit 0 if all is equal.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT INT TERM

if grep -n '"resolved"' "$here/package-lock.json" | grep -v '"https://registry.npmjs.org/'; then
    echo "web: package-lock.json names another registry" >&2
    exit 1
fi

mkdir "$copy/web" "$copy/schema"
cp "$here/../schema/openapi.json" "$copy/schema/"
(cd "$here" && tar -cf - --exclude=./node_modules --exclude=./dist .) | tar -xf - -C "$copy/web"
cd "$copy/web"
npm ci --ignore-scripts --prefer-offline --no-audit --no-fund >"$copy/npm.log" 2>&1 || {
    cat "$copy/npm.log" >&2
    exit 1
}
cp src/api/types.ts "$copy/types.ts"
npm run --silent types >/dev/null
cmp -s src/api/types.ts "$copy/types.ts" || {
    echo "web: src/api/types.ts is not made from schema/openapi.json; run: npm run types" >&2
    exit 1
}
npm run --silent build >"$copy/build.log" 2>&1 || {
    cat "$copy/build.log" >&2
    exit 1
}
diff -r "$copy/web/dist" "$here/dist" || {
    echo "web: dist/ is not what src/ builds; run: npm run build" >&2
    exit 1
}
echo "web: dist/ is what src/ builds ($(find "$here/dist" -type f | wc -l) files)"
