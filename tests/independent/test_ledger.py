#!/usr/bin/env python3
"""Do `ledger` and `hledger` come to our sums, to the milligram? (R21)

usage: test_ledger.py --program FILE [--scale X] [--months N]

Books: a simulated year; the one with every kind of event; and each of tests/scenarios that moves matter: losses,
insisted and corrected entries, receipts without a shipment, stock-takings. Each is exported as a journal and as tables. Both programs, strict, must accept the journal and
give for each account and commodity the sum that the tables give: what stands at each facility, by material and
component, REO and net mass; and each term of the balance line. A journal with one figure changed must be refused.
Prints `N passed, M failed`.
"""
import argparse
import collections
import csv
import decimal
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
Decimal = decimal.Decimal
decimal.getcontext().prec = 60
MG = Decimal("0.000001")
passed, failed = 0, []


def check(sentence, holds):
    global passed
    passed += bool(holds)
    if not holds:
        failed.append(sentence)
        print("FAIL " + sentence)


def escaped(name):
    return re.sub(r"[:;%|()\[\]]", lambda found: "%%%02X" % ord(found.group()), name)


def sums_of_ledger(journal):
    """{(account, commodity): Decimal}"""
    said = subprocess.run(["ledger", "--args-only", "-f", journal, "--pedantic", "bal", "--flat", "--no-total"],
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    sums, waiting = {}, []
    for line in said.splitlines():
        amount, commodity, account = re.fullmatch(r"\s*(-?[\d.]+) (\w+)(?:  (.*))?", line).groups()
        waiting.append((commodity, Decimal(amount)))
        if account:
            sums.update({(account, commodity): value for commodity, value in waiting})
            waiting = []
    return sums


def sums_of_hledger(journal):
    said = subprocess.run(["hledger", "-f", journal, "--strict", "bal", "--flat", "--no-total", "-O", "csv"],
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    rows = list(csv.reader(said.splitlines()))
    check("hledger heads its table as we read it", rows[0] == ["account", "balance"])
    return {(row[0], amount.split()[1]): Decimal(amount.split()[0]) for row in rows[1:] for amount in row[1].split(", ")}


def table(folder, name):
    with open(os.path.join(folder, name + ".csv"), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


TERMS = {"opened_kg": "Equity:Opened", "extracted_kg": "Income:Extracted", "received_kg": "Income:Received",
         "shipped_kg": "Expenses:Shipped", "discarded_kg": "Expenses:Discarded", "lost_kg": "Expenses:Lost",
         "batch_kg": "Equity:MUF:Batch", "gain_kg": "Equity:MUF:Pool gain", "measure_kg": "Equity:MUF:Measured",
         "stocktake_kg": "Equity:MUF:Stocktake", "found_kg": "Equity:MUF:Found", "reversal_kg": "Equity:MUF:Reversal"}
# What went out stands there with the sign that it has in the table.
OUT = ("shipped_kg", "discarded_kg", "lost_kg")


def sums_of_tables(folder, factors):
    """The same sums from our own tables; REO by account is rounded once, on the sum."""
    sums = collections.Counter()
    closing, last = {}, {}
    for lot in table(folder, "lots"):
        if lot["state"] == "ended":
            continue
        material = escaped(lot["material"]) if lot["material"] != "unknown" else "unknown material"
        account = "Assets:%s:%s:%s" % ("Transit" if lot["state"] == "in transit" else "Stock",
                                       escaped(lot["facility"]), material)
        sums[account, "NET"] += Decimal(lot["net_kg"])
        for symbol in factors:
            sums[account, symbol] += Decimal(lot[symbol + "_kg"] or 0)
    for pool in table(folder, "pools"):
        party, local = pool["pool"].split(":", 1)
        account = "Assets:Pool:%s:%s:%s" % (escaped(pool["facility"]), escaped(party), escaped(local))
        for symbol in factors:
            sums[account, symbol] += Decimal(pool[symbol + "_kg"] or 0)
    for row in table(folder, "balances"):
        key = row["facility"], row["component"]
        if row["month"] > last.get(key, ""):
            last[key], closing[key] = row["month"], Decimal(row["closing_kg"])
        for column, account in TERMS.items():
            sign = 1 if column in OUT else -1
            sums["%s:%s" % (account, escaped(row["facility"])), row["component"]] += sign * Decimal(row[column])
        lines = [Decimal(row[name + "_kg"]) for name in
                 "opening opened extracted received shipped discarded lost closing muf".split()]
        check("a month's line adds up", sum(lines[:4]) - sum(lines[4:8]) == lines[8])
    standing = collections.Counter()
    for (account, symbol), value in list(sums.items()):
        parts = account.split(":")
        if symbol != "NET":
            sums[account, "REO"] += value * factors[symbol]
            if parts[0] == "Assets":
                standing[parts[2], symbol] += value
    for (facility, symbol), value in closing.items():
        check("%s %s: the closing stock is what stands there" % (facility, symbol),
              standing[escaped(facility), symbol] == value)
    return sums


def compare(name, who, theirs, ours):
    wrong = []
    for key in set(theirs) | set(ours):
        account, commodity = key
        if account.startswith("Equity:Net mass"):
            continue
        if theirs.get(key, Decimal(0)).quantize(MG) != ours.get(key, Decimal(0)).quantize(MG):
            wrong.append(key)
    check("%s, %s: %d sums, %d differ %s" % (name, who, len(ours), len(wrong), wrong[:3]), not wrong)
    check("%s, %s: there is something to compare" % (name, who), name not in ("year", "kinds") or any(ours.values()))


def judge(program, folder, name):
    journal, tables = os.path.join(folder, name + ".ledger"), os.path.join(folder, name + "-tables")
    for words in (["--format", "ledger", "--out", journal], ["--format", "csv", "--out", tables]):
        subprocess.run([program, "export", "--db", name + ".ytb", *words], cwd=folder, check=True)
    with open(journal, encoding="utf-8") as file:
        text = file.read()
    check(name + ": nothing is left open", "Unbalanced" not in text)
    line = next(line for line in text.splitlines() if line.startswith("; La "))
    words = line[2:].split()
    factors = {symbol: Decimal(0) for symbol in "Th U Fe B Co".split()}
    factors.update(zip(words[::2], map(Decimal, words[1::2])))
    ours = sums_of_tables(tables, factors)
    compare(name, "ledger", sums_of_ledger(journal), ours)
    compare(name, "hledger", sums_of_hledger(journal), ours)
    # By facility and by component alone, as one would ask those programs.
    reo = subprocess.run(["ledger", "--args-only", "-f", journal, "bal", "^Assets", "--depth", "1", "-l", 'commodity=="REO"'],
                         stdout=subprocess.PIPE, check=True).stdout.decode().split()
    whole = sum((value for (account, commodity), value in ours.items()
                 if commodity == "REO" and account.startswith("Assets")), Decimal(0))
    check(name + ": all REO that stands anywhere", Decimal((reo or ["0"])[0]).quantize(MG) == whole.quantize(MG))
    # One milligram too much is seen by both.
    found = list(re.finditer(r"^    Assets:.*  -?(\d+\.\d{5})(\d) (?:Nd|La|Dy)$", text, re.M))
    if not found:
        return
    found = found[-1]
    with open(journal, "w", encoding="utf-8") as file:
        file.write(text[:found.start(2)] + str((int(found.group(2)) + 1) % 10) + text[found.end(2):])
    for judge_of in (["ledger", "--args-only"], ["hledger"]):
        ran = subprocess.run([*judge_of, "-f", journal, "bal"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        check("%s: %s refuses a milligram too much" % (name, judge_of[0]), ran.returncode != 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--scale", default="0.1")
    parser.add_argument("--months", default="12")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    with tempfile.TemporaryDirectory(prefix="ytterby-ledger-") as folder:
        def ytterby(*words, well=True):
            ran = subprocess.run([program, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if well and ran.returncode:
                sys.exit(ran.stdout.decode())
        ytterby("simulate", "--out", "sim", "--scale", options.scale, "--months", options.months)
        ytterby("init", "--db", "year.ytb", "--genesis", "sim/genesis.json")
        ytterby("record", "--db", "year.ytb", "--quiet", "sim/events.ndjson")
        judge(program, folder, "year")
        cli = os.path.join(ROOT, "tests", "cli")
        ytterby("init", "--db", "kinds.ytb", "--genesis", os.path.join(cli, "every_kind.genesis.json"))
        ytterby("record", "--db", "kinds.ytb", "--quiet", os.path.join(cli, "every_kind.ndjson"), well=False)
        judge(program, folder, "kinds")
        for path in sorted(glob.glob(os.path.join(ROOT, "tests", "scenarios", "*.ndjson"))):
            name = os.path.basename(path)[:-7]
            with open(path, encoding="utf-8") as file:
                genesis, *events = file.read().splitlines()
            for ending, lines in ((".json", [genesis]), (".events", events)):
                with open(os.path.join(folder, name + ending), "w", encoding="utf-8") as file:
                    file.write("\n".join(lines) + "\n")
            ytterby("init", "--db", name + ".ytb", "--genesis", name + ".json")
            ytterby("record", "--db", name + ".ytb", "--quiet", name + ".events", well=False)
            judge(program, folder, name)
    print("%d passed, %d failed" % (passed, len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
