#!/usr/bin/env python3
"""Runs the scenarios: each event's answer is as expected, what stands at the end too, and after every
event the balance holds.

    run.py PROGRAM [NAME..]     PROGRAM: model_book (tests/model/model_book.c says how it speaks)

The balance: for each facility and component, what is there (lots here or on the way, pools) is opened +
extracted + received - shipped - discarded - lost + batch + gain + measure + stocktake + found, summed
over the months as the book keeps them. Each event must change both sides alike, so every month's line
holds by itself.
"""
import collections
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SIGNS = {"opened": 1, "extracted": 1, "received": 1, "shipped": -1, "discarded": -1, "lost": -1, "batch": 1,
         "gain": 1, "measure": 1, "stocktake": 1, "found": 1, "reversal": 1, "srd": 0}


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as lines:
        return lines.read().splitlines()


def there(dump):
    """Components by facility, as lots and pools say."""
    sums = collections.Counter()
    for lot in dump["lots"].values():
        for component, mg in lot.get("mg", {}).items():
            sums[lot["facility"], component] += mg
    for name, pool in dump["pools"].items():
        for component, mg in pool["content"].items():
            sums[pool_facility[name], component] += mg
    return sums


def accounted(dump):
    sums = collections.Counter()
    for place, terms in dump["accounts"].items():
        for term, row in terms.items():
            for component, mg in row.items():
                sums[place.rsplit(" ", 1)[0], component] += SIGNS[term] * mg
    return sums


def at(dump, pointer):
    # Ids hold neither / nor ~ at their beginning here, so the parts are plain.
    for part in pointer.split("/")[1:]:
        if not isinstance(dump, dict) or part not in dump:
            return None
        dump = dump[part]
    return dump


pool_facility = {}


def run(program, name):
    lines = read(name + ".ndjson")
    expected = read(name + ".expected")
    answers = [line for line in expected if not line.startswith("=")]
    facts = [line[2:] for line in expected if line.startswith("=")]
    ran = subprocess.run([program, "--replay", "--twice", "1"], capture_output=True, text=True,
                         input="".join(line + "\ndump\n" for line in lines))
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    if ran.returncode or len(said) != 2 * len(lines):
        return ["the program gave up: " + ran.stderr.strip()]
    if len(answers) != len(lines):
        return ["%d events, %d expectations" % (len(lines), len(answers))]
    wrong = []
    pool_facility.clear()
    for i, line in enumerate(lines):
        event = json.loads(line)
        event = event.get("event", event)
        if event["kind"] == "pool":
            pool_facility[event["pool"]] = event["facility"]
        answer, dump = said[2 * i], said[2 * i + 1]
        got = " ".join([event["id"], answer["verdict"]] + sorted({c["code"] for c in answer["codes"]}))
        want = answers[i].split()
        want = " ".join(want[:2] + sorted(want[2:]))
        if got != want:
            wrong.append("line %d (%s): expected \"%s\", got \"%s\"" % (i + 1, event["kind"], want, got))
        here, book = there(dump), accounted(dump)
        for key in sorted(set(here) | set(book)):
            if here[key] != book[key]:
                wrong.append("line %d (%s): %s at %s: %d mg are there, %d by the accounts" % (
                    i + 1, event["kind"], key[1], key[0], here[key], book[key]))
    for fact in facts:
        # PLACE VALUE; places may hold blanks, so the value is what parses.
        for cut in range(len(fact)):
            if fact[cut] != " ":
                continue
            try:
                value = json.loads(fact[cut + 1:])
            except ValueError:
                continue
            found = at(said[-1], fact[:cut])
            if found != value:
                wrong.append("%s: expected %s, stands %s" % (fact[:cut], fact[cut + 1:], json.dumps(found)))
            break
        else:
            wrong.append("cannot be read: = " + fact)
    return wrong


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    names = sys.argv[2:] or sorted(n[:-7] for n in os.listdir(HERE) if n.endswith(".ndjson"))
    failed = 0
    for name in names:
        wrong = run(sys.argv[1], name)
        failed += bool(wrong)
        for line in wrong:
            print("%s: %s" % (name, line), file=sys.stderr)
    if failed:
        sys.exit("%d of %d scenarios fail" % (failed, len(names)))
    print("scenarios: %d, each event as expected, each balance closed" % len(names))


main()
