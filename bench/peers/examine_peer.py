#!/usr/bin/env python3
"""The plain sums of `ytterby examine` by others: each facility's rows by month and material, opening and what came
against what went and closing, and what partners say of each other. No uncertainty, no scan, no ranking. Seconds of
the whole program, DuckDB (all cores) and plain Python, `-` where one is not installed.

    examine_peer.py DIR
"""
import collections
import csv
import glob
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DUCKDB = """
import { DuckDBInstance } from "@duckdb/node-api";
const db = await (await DuckDBInstance.create(":memory:")).connect();
await db.run(`CREATE TABLE r AS SELECT facility, month, material, partner, coalesce(opening_kg,0) o, coalesce(received_kg,0) i,
  coalesce(extracted_kg,0) x, coalesce(made_kg,0) m, coalesce(used_kg,0) u, coalesce(shipped_kg,0) s, coalesce(discarded_kg,0) d,
  coalesce(lost_kg,0) l, coalesce(adjusted_kg,0) a, coalesce(closing_kg,0) c, coalesce(Nd_pct,0) nd
  FROM read_csv('${process.argv[2]}', union_by_name = true, all_varchar = false)`);
const sums = await db.runAndReadAll(`SELECT facility, month, material, sum(o+i+x+m-u-s-d-l+a-c), sum((u-m)*nd) FROM r
  WHERE partner IS NULL OR partner = '' GROUP BY ALL`);
const pairs = await db.runAndReadAll(`SELECT a.facility, a.partner, a.month, sum(a.s) - sum(b.i) FROM r a JOIN r b ON a.partner = b.facility
  AND b.partner = a.facility AND a.month = b.month AND a.material = b.material GROUP BY ALL`);
console.log(sums.currentRowCount, pairs.currentRowCount);
"""


def plain(directory):
    sums, sent, got = collections.defaultdict(float), collections.defaultdict(float), collections.defaultdict(float)
    terms = (("opening_kg", 1), ("received_kg", 1), ("extracted_kg", 1), ("made_kg", 1), ("used_kg", -1), ("shipped_kg", -1),
             ("discarded_kg", -1), ("lost_kg", -1), ("adjusted_kg", 1), ("closing_kg", -1))
    for path in glob.glob(os.path.join(directory, "*.csv")):
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if "opening_kg" not in (reader.fieldnames or []):
                continue
            for row in reader:
                if row["partner"]:
                    sent[row["facility"], row["partner"], row["month"], row["material"]] += float(row["shipped_kg"] or 0)
                    got[row["partner"], row["facility"], row["month"], row["material"]] += float(row["received_kg"] or 0)
                    continue
                sums[row["facility"], row["month"], row["material"]] += sum(sign * float(row[name] or 0) for name, sign in terms)
    return len(sums), len({k: v - got[k] for k, v in sent.items() if k in got})


def main():
    directory = sys.argv[1]
    start = time.perf_counter()
    plain(directory)
    python, duckdb = "%.2f" % (time.perf_counter() - start), "-"
    if shutil.which("node") and os.path.isdir(os.path.join(HERE, "node_modules/@duckdb")):
        start = time.perf_counter()
        subprocess.run(["node", "--input-type=module", "-e", DUCKDB, "-", os.path.join(directory, "*-*.csv")], check=True, cwd=HERE,
                       stdout=subprocess.DEVNULL)
        duckdb = "%.2f" % (time.perf_counter() - start)
    print(duckdb, python)


if __name__ == "__main__":
    main()
