#!/bin/sh
# A year of a small industry, from nothing to the page: builds, simulates, records, shows what is in the book,
# serves it. Called by `make demo`, which installs what is missing before.
#
#   DEMO_ONCE=1       stop instead of serving        DEMO_DIR   where to write (build/demo), made anew each time
#   YTTERBY=PROGRAM   do not build: use this one     PORT       where to serve (8080, or the next one that is free)
set -eu
cd "$(dirname "$0")/.."
dir=${DEMO_DIR:-build/demo}
book=$dir/industry.ytb
cheat=unlicensed-ore:at=RECYCLE-WORKS,from=2026-04,months=6

say() { printf '\n== %s\n' "$*"; }
# Shows the command as one would type it, then what it says.
run() {
    printf '$ ytterby %s\n' "$*"
    "$ytterby" "$@"
}

say "Building"
start=$(date +%s)
if [ -n "${YTTERBY:-}" ]; then
    ytterby=$YTTERBY
else
    log=$(mktemp)
    if ! make --no-print-directory -j"$(nproc)" all >"$log" 2>&1; then
        tail -n 30 "$log"
        rm -f "$log"
        echo "demo: it did not build" >&2
        exit 1
    fi
    rm -f "$log"
    ytterby=build/release/ytterby
fi
"$ytterby" version
echo "built in $(($(date +%s) - start)) s"

rm -rf "$dir"
mkdir -p "$dir"
say "A year of a small industry, in which a recycler feeds unlicensed ore into its circuit"
run simulate --seed 2 --scale 0.1 --cheat "$cheat" --out "$dir/industry"

say "Every event gets its verdict, and is durable before it is answered"
run init --db "$book" --genesis "$dir/industry/genesis.json"
run record --db "$book" --quiet "$dir/industry/events.ndjson"
YTTERBY_DB=$book
export YTTERBY_DB

say "Production against quota"
run quota

say "One lot of magnets, back to the mines"
magnet=$("$ytterby" list lots --material NDFEB-MAGNETS --limit 1 --json | sed -n 's/.*"items":\[{"id":"\([^"]*\)".*/\1/p')
[ -n "$magnet" ] || { echo "demo: there are no magnets in the book" >&2; exit 1; }
run trace "$magnet"

say "The whole log again: every record, hash and signature, and the book replayed from it"
run verify

say "Where the books do not close"
run findings
echo "what was really done is in $dir/industry/truth.json"

say "And without any book: the same year as monthly tables, of which one company left something out"
run examine examples/examine --report "$dir/examine.html"
echo "the page is $dir/examine.html"

say "Sign-ins"
demo=
# NAME ROLE PARTY; the passwords are drawn anew for each demo.
while read -r name role party; do
    password=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
    printf '%s\n' "$password" | "$ytterby" user new "$name" --role "$role" ${party:+--party "$party"} >/dev/null
    printf '  %-12s %-18s %s%s\n' "$name" "$password" "$role" "${party:+ of $party}"
    demo="$demo --demo $name:$password:$role:$party"
done <<END
regulator regulator REGULATOR
recycler company RECYCLE
magnets company MAGNET
laboratory laboratory LAB-A
END

[ -z "${DEMO_ONCE:-}" ] || { say "Ready; without DEMO_ONCE it would serve now"; exit 0; }

# Ports on which somebody listens already stand in the kernel's table in hexadecimal, in state 0A.
listened=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { sub(/.*:/, "", $2); print $2 }')
port=${PORT:-8080}
while echo "$listened" | grep -qx "$(printf '%04X' "$port")"; do port=$((port + 1)); done
say "Open http://127.0.0.1:$port in a browser and sign in with one of the above; Ctrl-C ends it"
# shellcheck disable=SC2086  # the options are words
exec "$ytterby" serve --db "$book" --listen "127.0.0.1:$port" $demo
