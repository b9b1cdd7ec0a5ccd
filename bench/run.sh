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
    awk -v decide="$dir/decide" -v replay="$dir/replay" '/^decide/ {print $2 >>decide} /^replay/ {print $2 >>replay}' "$dir/out"
    "$ytterby" init --db "$dir/book.ytb" --genesis "$dir/industry/genesis.json" >/dev/null
    from=$(now)
    "$ytterby" record --db "$dir/book.ytb" --quiet "$dir/industry/events.ndjson" >"$dir/recorded"
    per_second "$from" "$(now)" >>"$dir/record"
    from=$(now)
    "$ytterby" digest --db "$dir/book.ytb" >/dev/null
    per_second "$from" "$(now)" >>"$dir/digest"
    "$build/bench/sql_peer" "$dir/industry" "$dir/peer.sqlite" >"$dir/out"
    awk '{print $1}' "$dir/out" >>"$dir/sql"
    "$build/bench/append" "$dir/book.ytb" "$dir" "$events" >"$dir/append.$round"
    awk -v to="$dir" '/^raw/ {print $2 >>(to "/raw")} /^store/ {print $2 >>(to "/store"); print $(NF - 1) >>(to "/tail")}
        /^file/ {print $(NF - 1) >>(to "/sync")} /^commit/ {print $(NF - 1) >>(to "/beyond")}' "$dir/append.$round"
done

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
