#!/usr/bin/env python3
"""The table of `make bench`: each bar of speed with what came out, what stood beside it in the same run, the ratio
and whether the bar is reached. A peer that is not on this machine shows as `-`, with what to install.

    table.py FIGURES        lines `name value`, as bench/run.sh writes them
"""
import sys

INSTALL = {"PostgreSQL": "apt-get install postgresql", "DuckDB": "npm install in bench/peers", "ledger": "apt-get install ledger",
           "hledger": "apt-get install hledger", "Go x/mod": "apt-get install golang-go golang-golang-x-mod-dev"}


def main():
    figures = {}
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            name, _, value = line.strip().partition(" ")
            try:
                figures[name] = float(value)
            except ValueError:
                figures[name] = None
    f, rows, missing = figures.get, [], set()

    def number(value, unit=""):
        if value is None:
            return "-"
        text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
        return text + (" " + unit if unit else "")

    def row(bar, what, ours, unit, needed=None, least=True, peer="", theirs=None, ratio=None, times=None):
        """`needed`: of ours alone. `times`: of the ratio; without `ratio` given it is ours over theirs, or the other
        way where less is better."""
        if peer and theirs is None:
            missing.add(peer.split(",")[0])
        if ratio is None and theirs and ours:
            ratio = ours / theirs if least else theirs / ours
        asked, well = [], []
        if needed is not None:
            asked.append(("at least " if least else "at most ") + number(needed, unit))
            well.append(ours is not None and (ours >= needed if least else ours <= needed))
        if times is not None:
            asked.append(f"{times:g} times")
            well.append(ratio is not None and ratio >= times)
        rows.append((bar, what, number(ours, unit), peer, number(theirs, unit) if peer else "", number(ratio) if peer else "",
                     ", ".join(asked), "" if not well else "reached" if all(well) else "not had" if ratio is None and peer else
                     "in part" if any(well) else "NOT reached"))

    per = "/s"
    row("P1", "NDJSON, checked, durable in SQLite", f("record"), per, 150000, True, "SQLite, raw append", f("raw"), f("record/raw"), 0.3)
    row("P1", "the same", f("record"), per, None, True, "SQLite, normalised ledger, same checks", f("sql"), f("record/sql"), 5)
    row("P1", "the same", f("record"), per, None, True, "PostgreSQL, pgbench TPC-B", f("tpcb"), None, 15)
    row("P4", "check + apply in memory, one core", f("decide"), per, 1000000)
    row("P5", "replay in memory, one core", f("replay"), per, 500000)
    row("P5", "replay from the store, digest and all", f("digest"), per, 500000, True, "ledger, of the journal", f("ledger"), None, 3)
    row("P5", "the same", f("digest"), per, None, True, "hledger, of the journal", f("hledger"), None, 20)
    row("P6", "verify, whole log", f("verify"), per, None, True, "SQLite, scan + two hashes", f("verify_peer"), f("verify/verify_peer"), 0.7)
    row("P6", "the same", f("verify"), per, None, True, "Go x/mod, tree in memory", f("tlog"), None, 1)
    for peer in ("SQLite", "PostgreSQL", "DuckDB"):
        row("P7", "upstream, 2 to 50 lots", f("shallow"), "us", 200, False, peer + ", one component's parts", f("shallow_" + peer), None, 10)
    for peer, times in (("SQLite", None), ("PostgreSQL", 30), ("DuckDB", 2.5)):
        row("P7", f"upstream, {number(f('deep_lots'))} lots", f("deep"), "us", 50000, False, peer + ", one component's parts",
            f("deep_" + peer), None, times)
    row("P9", "memory an event, hashes apart", f("memory_event"), "bytes", 400, False)
    row("P9", "memory a lot", f("memory_lot"), "bytes")
    row("P9", "index for lists, an event", f("index_event"), "bytes")
    of_bytes = (f("event_bytes") or 0) / f("events") + (f("decision_bytes") or 0) + 96
    row("P10", "disk, an event", f("book_bytes") / f("events"), "bytes", 1.3 * of_bytes + 100, False)
    row("P12", "a group's commit, p99.9 beyond fdatasync's", f("beyond"), "ms", 20, False)
    row("", "a year's findings of the industry, whole program", f("findings"), "s", 2, False)
    where = f"examine, {number(f('facilities'))} facilities, a year"
    row("", where, f("examine"), "s", 2, False, "DuckDB, sums alone", f("examine_DuckDB"))
    row("", where, f("examine"), "s", None, False, "Python, sums alone", f("examine_Python"))

    head = ("bar", "what", "ours", "beside", "theirs", "ratio", "asked", "")
    table = [head] + rows
    widths = [max(len(line[i]) for line in table) for i in range(len(head))]
    for line in table:
        print("  ".join(text.rjust(w) if i in (2, 4, 5) else text.ljust(w) for i, (text, w) in enumerate(zip(line, widths))).rstrip())
    print(f"\n{number(f('events'))} events, medians of {f('rounds'):.0f} rounds in turn and of their own ratios; "
          f"{f('cores'):.0f} cores, load {f('load')}. Of {number(f('transactions'))} transactions in the journal.")
    for peer in sorted(missing):
        print(f"{peer} is not here, or did not end: {INSTALL.get(peer, '')}")


if __name__ == "__main__":
    main()
