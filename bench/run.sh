#!/bin/sh
# What `make bench` runs: one simulated industry through the book, the keeper and their peers, everything
# in turn in each round, so that all meet the same machine; medians of the rounds, and of the rounds' own
# ratios, in one table (bench/table.py). What cannot be had on this machine is a `-` there, and said.
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
    awk 'NR == 1 {print $1}' "$dir/out" >>"$dir/sql"
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
# Seconds of a whole program, the middle one of three.
seconds() {
    for i in 1 2 3; do
        from=$(now)
        "$@" >/dev/null
        echo "$from $(now)" | awk '{print $2 - $1}'
    done | sort -n | sed -n 2p
}
peers=$(dirname "$0")/peers
tlog=-
if command -v go >/dev/null 2>&1 && [ -d /usr/share/gocode/src/golang.org/x/mod ]; then
    tlog=$(GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$dir/go" go run "$peers/tlog.go" "$events" | cut -d' ' -f1)
fi
"$ytterby" simulate --seed 1 --scale 5.6 --out "$dir/country" >/dev/null

{
    for key in decide replay digest record raw sql verify verify_peer store tail sync beyond; do
        echo "$key $(median $key)"
    done
    echo "events $events"
    echo "rounds $rounds"
    echo "cores $(nproc)"
    echo "load $(cut -d' ' -f1 /proc/loadavg)"
    for pair in record/raw record/sql verify/verify_peer store/raw; do
        echo "$pair $(ratio "${pair%/*}" "${pair#*/}")"
    done
    echo "transactions $transactions"
    echo "ledger $(journal ledger)"
    echo "hledger $(journal hledger)"
    echo "tlog $tlog"
    echo "tpcb $(python3 "$peers/pgbench.py")"
    awk '/^memory/ {print "memory_event", $2; print "memory_lot", $6}' "$dir/out.book"
    awk '/^decisions/ {print "decision_bytes", $2}' "$dir/out.book"
    echo "event_bytes $(wc -c <"$dir/industry/events.ndjson")"
    echo "book_bytes $(stat -c %s "$dir/book.ytb")"
    awk '/^index:/ {print "index_event", $2}
        /^P7 shallow/ {for (i = 1; i < NF; i++) if ($(i + 1) == "us") print "shallow", $i}
        /^P7 deep/ {for (i = 1; i < NF; i++) if ($(i + 1) == "us") print "deep", $i; print "deep_lots", $NF}' "$dir/reads" | tr -d ')'
    awk '{print "shallow_" $1, $3; print "deep_" $1, $6}' "$dir/trace_peers"
    echo "findings $(seconds "$ytterby" findings --db "$dir/book.ytb")"
    echo "examine $(seconds "$ytterby" examine "$dir/country/returns")"
    echo "facilities $(find "$dir/country/returns" -name '*-*.csv' | wc -l)"
    python3 "$peers/examine_peer.py" "$dir/country/returns" | awk '{print "examine_DuckDB", $1; print "examine_Python", $2}'
} >"$dir/figures"
python3 "$(dirname "$0")/table.py" "$dir/figures"
