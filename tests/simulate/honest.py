#!/usr/bin/env python3
"""Honest industries: nothing held or refused, few flags, each one explained, tables that agree with the events.

    honest.py [--program FILE] [--seeds N] [--first SEED] [--scale X] [--months N] [--findings]

Each seed is simulated and recorded; then a table of the codes by what explains them, then "N passed, M failed".
Explanations, looked for in the events themselves:
  slip     the event was mistyped and is corrected by a later one
  late     it is dated in a month that the facility has closed (what was forgotten)
  paired   received before it was shipped, and the shipment comes before the month is closed
  chance   a difference of more than four of its standard deviations by chance: fewer than one in a thousand tests
  lapse    on a scale whose yearly calibration is some days late, and follows
  advance  drawn before the year's first instrument
A flag that none of them explains is a failure. --findings looks for false findings, too (at scale 1 it takes a while).
"""
import argparse
import csv
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile

import returns

CHANCE = {"srd": ("receive", "ship"), "creation_noticed": ("draw", "transform", "measure"),
          "unusual_yield": ("transform",), "grade_rise": ("transform", "measure"), "off_grade": ()}


class Industry:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.events = [json.loads(line)["event"] for line in file]
        self.corrected = {(e["party"], e["corrects"]) for e in self.events if e["kind"] == "correct"}
        self.shipped = {}  # consignment: place of its ship
        self.closed = collections.defaultdict(list)  # facility: (place, month)
        for place, event in enumerate(self.events):
            if event["kind"] == "ship":
                self.shipped[event["consignment"]] = place
            if event["kind"] == "close" and "facility" in event:
                self.closed[event["facility"]].append((place, event["month"]))

    def close_of(self, facility, month):
        return next((place for place, closed in self.closed[facility] if closed == month), len(self.events))

    def explain(self, place, code):
        event = self.events[place]
        if (event["party"], event["id"]) in self.corrected:
            return "slip"
        event = event.get("replacement", event)
        if code == "late_entry" and self.close_of(event["facility"], returns.month_of(event)) < place:
            return "late"
        if code == "unmatched":
            ship = self.shipped.get(event["consignment"])
            if ship is not None and place < ship < self.close_of(event["facility"], returns.month_of(event)):
                return "paired"
        if code == "advance":
            return "advance"
        if code == "device_uncalibrated" and any(
                e["kind"] == "device" and e["facility"] == event["facility"] and e["calibrations"][0]["date"] > returns.day_of(event)
                for e in self.events):
            return "lapse"
        if event["kind"] in CHANCE.get(code, ()):
            return "chance"
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/ytterby")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--scale", default="0.1")
    parser.add_argument("--months", default="12")
    parser.add_argument("--findings", action="store_true")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    passed = failed = 0
    codes, events = collections.Counter(), 0

    def check(good, what):
        nonlocal passed, failed
        passed, failed = passed + bool(good), failed + (not good)
        print(("ok   " if good else "FAIL ") + what, flush=True)

    top = tempfile.mkdtemp(prefix="ytterby-honest-")
    try:
        for seed in range(options.first, options.first + options.seeds):
            folder = os.path.join(top, "year")
            book = os.path.join(top, "book.ytb")
            subprocess.run([program, "simulate", "--seed", str(seed), "--scale", options.scale, "--months", options.months,
                            "--out", folder], check=True, capture_output=True)
            subprocess.run([program, "init", "--db", book, "--genesis", os.path.join(folder, "genesis.json")], check=True,
                           capture_output=True)
            answers = subprocess.run([program, "record", "--db", book, "--json", os.path.join(folder, "events.ndjson")],
                                     capture_output=True, text=True).stdout.splitlines()
            industry = Industry(os.path.join(folder, "events.ndjson"))
            verdicts, tests, unexplained = collections.Counter(), collections.Counter(), []
            by_chance = 0
            for place, line in enumerate(answers):
                answer = json.loads(line)
                verdicts[answer["verdict"]] += 1
                tests[industry.events[place]["kind"]] += 1
                for code in answer["codes"]:
                    why = industry.explain(place, code["code"])
                    codes[code["code"], why or "unexplained"] += 1
                    by_chance += why == "chance"
                    if why is None:
                        unexplained.append("%s %s %s" % (answer["verdict"], code["code"], answer["id"]))
            events += len(answers)
            tested = sum(tests[kind] for kind in ("receive", "draw", "transform", "measure"))
            says = "seed %d: %d events, %d flagged" % (seed, len(answers), verdicts["flagged"])
            check(len(answers) == len(industry.events) and not verdicts["held"] and not verdicts["refused"],
                  says + ", %d held, %d refused" % (verdicts["held"], verdicts["refused"]))
            check(verdicts["flagged"] * 100 < len(answers), "seed %d: flags under one in a hundred" % seed)
            check(not unexplained, "seed %d: each flag explained %s" % (seed, "; ".join(unexplained[:5])))
            check(by_chance * 1000 <= tested + 3000, "seed %d: %d flags by chance in %d tests" % (seed, by_chance, tested))
            filed = list(csv.DictReader(subprocess.run([program, "export", "--db", book, "--format", "csv", "--table", "returns"],
                                                       check=True, capture_output=True, text=True).stdout.splitlines()))
            wrong = [r for r in filed if r["differs"] == "yes" and r["state"] != "amended"]
            slips = {r["record"] for r in filed if r["state"] == "amended"}
            seen = {r["record"] for r in filed if r["state"] == "amended" and r["differs"] == "yes"}
            check(not wrong and slips == seen and len(filed) > 100,
                  "seed %d: %d figures of returns are the book's own, %d slips show until amended" % (seed, len(filed), len(seen)))
            differences = returns.differences(folder)
            check(not differences, "seed %d: the tables are those of the events %s" % (seed, "; ".join(differences[:3])))
            if options.findings:
                found = json.loads(subprocess.run([program, "findings", "--db", book, "--json"], check=True, capture_output=True,
                                                  text=True).stdout)
                print("     seed %d: %d findings" % (seed, len(found)))
                for finding in found[:5]:
                    print("       " + finding["says"])
            shutil.rmtree(folder)
            for path in os.listdir(top):
                os.remove(os.path.join(top, path))
    finally:
        shutil.rmtree(top, ignore_errors=True)
    print("%d events; flags:" % events)
    for (code, why), count in sorted(codes.items()):
        print("  %-18s %-12s %6d  %.3f in a thousand" % (code, why, count, count * 1000 / max(events, 1)))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
