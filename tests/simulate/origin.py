#!/usr/bin/env python3
"""Ore that is sold as old magnets: is it found, named, and weighed?

    origin.py [--program FILE] [--seeds N] [--first SEED] [--scale X] [--sizes T,T..] [--ores ROW,ROW..]

Each seed, size (tonnes of REO of ore over six months) and ore is simulated, recorded and asked for its findings of
the family "origin"; the truth is what the lots held of the elements that were said of them. A line each, a table at
the end, then "N passed, M failed": a finding passes when it is the only one, at the right facility, names the ore,
and has the truth within its range.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

DEPOSIT = {"XW-CN": "XUNWU", "LN-CN": "LONGNAN", "WS-CN": "WEISHAN"}  # rows of deposit_compositions.csv
SAID = ("Pr", "Nd", "Gd", "Tb", "Dy")  # what the assay of a lot of old magnets says


def findings(program, folder, seed, scale, size, ore):
    year, book = os.path.join(folder, "year"), os.path.join(folder, "book.ytb")
    run = lambda *words: subprocess.run([program, *words], check=True, capture_output=True, text=True).stdout
    run("simulate", "--seed", str(seed), "--scale", scale, "--out", year, "--cheat",
        "fake-recycling:size=%s,ore=%s" % (size, ore))
    run("init", "--db", book, "--genesis", os.path.join(year, "genesis.json"))
    run("record", "--db", book, "--quiet", os.path.join(year, "events.ndjson"))
    with open(os.path.join(year, "truth.json"), encoding="utf-8") as file:
        cheat = json.load(file)["cheats"][0]
    found = [f for f in json.loads(run("findings", "--db", book, "--json")) if f["family"] == "origin"]
    return cheat, found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/ytterby")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=31)
    parser.add_argument("--scale", default="0.3")
    parser.add_argument("--sizes", default="1,10")
    parser.add_argument("--ores", default="XW-CN")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    passed = failed = 0
    table = []
    for ore in options.ores.split(","):
        for size in options.sizes.split(","):
            good = 0
            for seed in range(options.first, options.first + options.seeds):
                folder = tempfile.mkdtemp(prefix="ytterby-origin-")
                try:
                    cheat, found = findings(program, folder, seed, options.scale, size, ore)
                finally:
                    shutil.rmtree(folder)
                truth = sum(cheat["components"].get(element, 0) for element in SAID) / 1e6
                one = found[0] if len(found) == 1 else None
                right = bool(one) and one["facility"] == cheat["facility"] and one["ore"] == DEPOSIT[ore] and \
                    float(one["low_kg"]) <= truth <= float(one["high_kg"])
                good += right
                print("%s %s, %s t, seed %d: %.0f kg in truth; %s" % (
                    "ok  " if right else "FAIL", ore, size, seed, truth, one["says"] if one else "%d findings" % len(found)),
                    flush=True)
            table.append((ore, size, good))
            passed, failed = passed + good, failed + options.seeds - good
    print("\n| ore | t REO | found, named, weighed |\n| --- | --- | --- |")
    for row in table:
        print("| %s | %s | %d of %d |" % (*row, options.seeds))
    print("%d passed, %d failed" % (passed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
