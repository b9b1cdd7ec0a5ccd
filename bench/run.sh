#!/bin/sh
# What `make bench` runs: one simulated industry through the book, the keeper and their peers, everything
# in turn in each round, so that all meet the same machine; medians of the rounds, ratios first.
#     bench/run.sh BUILD [SCALE [ROUNDS]]       files go to a folder below TMPDIR and are removed
set -eu
build=$1 scale=${2:-1} rounds=${3:-3}
ytterby=$build/ytterby
dir=$(mktemp -d "${TMPDIR:-/tmp}/ytterby-bench-XXXXXX")
trap 'rm -rf "$dir"' EXIT INT TERM
"$ytterby" simulate --seed 1 --scale "$scale" --out "$dir/industry" >/dev/null
events=$(wc -l <"$dir/industry/events.ndjson")

now() { date +%s.%N; }
per_second() { echo "$events $1 $2" | awk '{printf "%.0f\n", $1 / ($3 - $2)}'; }
median() { sort -n "$dir/$1" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
# The median of the rounds' own ratios, not the ratio of medians: what slowed a round slowed both.
ratio() { paste "$dir/$1" "$dir/$2" | awk '{print $1 / $2}' | sort -n | awk '{v[NR] = $1} END {printf "%.2f", v[int((NR + 1) / 2)]}'; }

round=0
while [ $round -lt "$rounds" ]; do
    round=$((round + 1))
    rm -f "$dir"/book.ytb*
    "$build/bench/book" "$dir/industry" 2 >"$dir/out"
    cp "$dir/out" "$dir/out.book"
    awk -v decide="$dir/decide" -v replay="$dir/replay" '/^decide/ {print $2 >>decide} /^replay/ {print $2 >>replay}' "$dir/out"
    "$ytterby" init --db "$dir/book.ytb" --genesis "$dir/industry/genesis.json" >/dev/null
    from=$(now)
    "$ytterby" record --db "$dir/book.ytb" --quiet "$dir/industry/events.ndjson" >"$dir/recorded"
    per_second "$from" "$(now)" >>"$dir/record"
    from=$(now)
    "$ytterby" verify --db "$dir/book.ytb" >/dev/null
    per_second "$from" "$(now)" >>"$dir/verify"
    "$build/bench/verify_peer" "$dir/book.ytb" | awk '{print $1}' >>"$dir/verify_peer"
    from=$(now)
    "$ytterby" digest --db "$dir/book.ytb" >/dev/null
    per_second "$from" "$(now)" >>"$dir/digest"
    "$build/bench/sql_peer" "$dir/industry" "$dir/peer.sqlite" >"$dir/out"
    awk '{print $1}' "$dir/out" >>"$dir/sql"
    "$build/bench/append" "$dir/book.ytb" "$dir" "$events" >"$dir/append.$round"
    awk -v to="$dir" '/^raw/ {print $2 >>(to "/raw")} /^store/ {print $2 >>(to "/store"); print $(NF - 1) >>(to "/tail")}
        /^file/ {print $(NF - 1) >>(to "/sync")} /^commit/ {print $(NF - 1) >>(to "/beyond")}' "$dir/append.$round"
done

"$build/bench/reads" "$dir/book.ytb" 9 "$dir" >"$dir/reads"
python3 "$(dirname "$0")/peers/trace.py" "$dir" >"$dir/trace_peers"
# A journal of so many transactions; the programs that others keep books with read and sum it.
journal() {
    command -v "$1" >/dev/null 2>&1 || { echo "-"; return; }
    from=$(now)
    timeout 200 "$1" -f "$dir/journal" balance --depth 1 >/dev/null 2>&1 || { echo "-"; return; }
    echo "$transactions $from $(now)" | awk '{printf "%.0f", $1 / ($3 - $2)}'
}
"$ytterby" export --db "$dir/book.ytb" --format ledger --out "$dir/journal" >/dev/null
transactions=$(grep -c '^[0-9]' "$dir/journal")
ledger=$(journal ledger) hledger=$(journal hledger)
over() { echo "$1 $2" | awk '$2 > 0 {printf "%.1f", $1 / $2; exit} {printf "-"}'; }

echo "ratio verify / SQLite scan + two hashes             $(ratio verify verify_peer)    (P6: 0.7)"
echo "ratio replay from the store / ledger                $(over "$(median digest)" "$ledger")    (P5: 3)"
echo "ratio replay from the store / hledger               $(over "$(median digest)" "$hledger")    (P5: 20)"
echo "ratio record / raw SQLite append of the same bytes  $(ratio record raw)    (P1: 0.3)"
echo "ratio record / normalised SQL ledger                $(ratio record sql)"
echo "ratio our store / raw SQLite append                 $(ratio store raw)"
echo "ratio book in memory / record                       $(ratio decide record)"
echo "commit p99.9 beyond raw fdatasync's                 $(median beyond) ms   (P12: 20 ms)"
echo
echo "medians of $rounds rounds, $events events, load $(cut -d' ' -f1 /proc/loadavg) on $(nproc) cores:"
printf '%-44s %9s events/s   (%s)\n' \
    "P4 check + apply in memory" "$(median decide)" "bar 1,000,000, processor time of one core" \
    "P5 replay in memory" "$(median replay)" "bar 500,000, processor time of one core" \
    "P5 replay from the store, digest and all" "$(median digest)" "bar 500,000, whole program" \
    "P1 record: NDJSON, checked, durable" "$(median record)" "bar 150,000, whole program" \
    "   raw SQLite append, groups of 512" "$(median raw)" "the limit" \
    "   normalised SQL ledger" "$(median sql)" "peer"
echo "P12 a group's commit, p99.9: store $(median tail) ms, write + fdatasync $(median sync) ms"
tail -1 "$dir/recorded"
echo "P5 ledger $ledger, hledger $hledger transactions/s of $transactions in the exported journal"
echo "P6 verify $(median verify) records/s, SQLite scan + two hashes $(median verify_peer)"
grep -A20 '^memory' "$dir/out.book" | sed '1s/^/P9 /' # bar 400 bytes an event
echo "P10 disk: $(stat -c %s "$dir/book.ytb" | awk -v n="$events" '{printf "%.0f", $1 / n}') bytes an event in SQLite"
grep -E 'index|P7' "$dir/reads"
sed 's/^/P7 /' "$dir/trace_peers"
