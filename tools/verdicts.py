#!/usr/bin/env python3
"""Every verdict code, by example.

    verdicts.py --check PROGRAM   each tests/verdicts/CODE.ndjson gets its code from a program that
                                  decides (tests/model/model_book.c says how it speaks)
    verdicts.py --write           makes docs/verdicts.md from src/book/code.def and those files;
                                  with `--program PROGRAM` behind it checks them before
    verdicts.py --stale           fails when docs/verdicts.md is not as --write would make it
"""
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FILES = os.path.join(ROOT, "tests", "verdicts")
PAGE = os.path.join(ROOT, "docs", "verdicts.md")
CODE = re.compile(r'^CODE\((\d+), (\w+), "(\w+)", (\w+), ([01]), "((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\)$')
# A code that stands on a cause and is in no answer: what the event opened is asked for instead.
BY_CAUSE = {"ordered", "seized", "reserved"}


class Code:
    def __init__(self, match):
        self.number, self.name = int(match[1]), match[3]
        self.verdict, self.insistable = match[4].lower(), match[5] == "1"
        self.what, self.right = (re.sub(r"\\(.)", r"\1", part) for part in (match[6], match[7]))


def read_codes():
    codes = []
    for line in open(os.path.join(ROOT, "src", "book", "code.def"), encoding="utf-8"):
        match = CODE.match(line.rstrip("\n"))
        if match:
            codes.append(Code(match))
        elif line.startswith("CODE("):
            sys.exit("src/book/code.def: this line cannot be read: " + line)
    return codes


def read_file(name):
    with open(os.path.join(FILES, name + ".ndjson"), encoding="utf-8") as lines:
        return lines.read().splitlines()


def answers(program, lines):
    """One answer a line, then what stands in the book."""
    ran = subprocess.run([program, "--replay", "--twice", "1"], input="\n".join(lines + ["dump"]) + "\n",
                         capture_output=True, text=True)
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    if ran.returncode or len(said) != len(lines) + 1:
        return None, ran.stderr.strip()
    return said, ""


def check(program):
    codes, wrong = read_codes(), []
    known = {code.name for code in codes}
    for name in sorted(os.listdir(FILES)):
        if name.endswith(".ndjson") and name[:-7] not in known:
            wrong.append("%s: no such code" % name)
    for code in codes:
        if not os.path.exists(os.path.join(FILES, code.name + ".ndjson")):
            wrong.append("%s: no file" % code.name)
            continue
        said, why = answers(program, read_file(code.name))
        if said is None:
            wrong.append("%s: the program gave up: %s" % (code.name, why))
            continue
        dump, last = said[-1], said[-2]
        given = {answer["code"] for answer in last["codes"]}
        for i, answer in enumerate(said[:-2]):
            if answer["verdict"] not in ("accepted", "flagged"):
                wrong.append("%s: line %d is already %s (%s)" % (
                    code.name, i + 1, answer["verdict"], ", ".join(a["code"] for a in answer["codes"])))
        if code.name in BY_CAUSE:
            if code.name not in {cause[0] for cause in dump["causes"].values()}:
                wrong.append("%s: no such cause stands in the book" % code.name)
            continue
        if code.name not in given:
            wrong.append("%s: the last answer is %s: %s" % (
                code.name, last["verdict"], ", ".join(sorted(given)) or "no code"))
        elif given != {code.name}:
            wrong.append("%s: not the least input, for it also gives %s" % (
                code.name, ", ".join(sorted(given - {code.name}))))
        for i in range(1, len(said) - 2):
            lines = read_file(code.name)
            shorter = answers(program, lines[:i] + lines[i + 1:])[0]
            if shorter and shorter[-2] == last:
                wrong.append("%s: line %d is not needed" % (code.name, i + 1))
        if last["verdict"] != code.verdict:
            wrong.append("%s: %s, but code.def says %s" % (code.name, last["verdict"], code.verdict))
    for line in wrong:
        print("verdicts: " + line, file=sys.stderr)
    if wrong:
        sys.exit(1)
    print("verdicts: %d codes, each given by the least input" % len(codes))


TITLES = {"refused": "Refused", "held": "Held", "flagged": "Flagged"}
OPENINGS = {
    "refused": "What cannot be true. The event is not recorded and nothing changes; the first reason found is "
               "the answer. Codes marked *insist* can be overridden: sent again with `\"insist\": true`, the event "
               "is recorded, and what the book cannot explain is held as [found](#found).",
    "held": "What may be true but lacks a right. The event is recorded; what it made or moved is held, and with it "
            "all that is made of that, until the authority releases the cause by name. `policy` may make any of "
            "them flagged or accepted.",
    "flagged": "What somebody should look at. The event is recorded and nothing is held. `policy` may make any of "
               "them held or accepted.",
}


def page(codes):
    out = ["# Verdicts", "",
           "An event is *accepted*, *flagged*, *held* or *refused*; all but the first say why, by codes. Numbers are "
           "never reused. The example under a code is the last event of `tests/verdicts/CODE.ndjson`, which holds the "
           "least input that gives it and can be replayed into a trial book. How each rule is computed stands in "
           "[book.md](book.md). This page is made by `tools/verdicts.py --write`.", ""]
    for verdict in ("refused", "held", "flagged"):
        rows = [code for code in codes if code.verdict == verdict]
        out += ["## " + TITLES[verdict], "", OPENINGS[verdict], "",
                "| number | code | what it means | what would be right |", "| --- | --- | --- | --- |"]
        for code in rows:
            mark = " *insist*" if code.insistable else ""
            cells = (code.what + mark, code.right)
            out.append("| %d | [`%s`](#%s) | %s |" % (
                code.number, code.name, code.name, " | ".join(cell.replace("|", "\\|") for cell in cells)))
        out.append("")
        for code in rows:
            event = read_file(code.name)[-1]
            out += ["### %s" % code.name, "```json", event, "```", ""]
    return "\n".join(out)


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        check(sys.argv[2])
    elif sys.argv[1:2] == ["--write"]:
        if sys.argv[2:3] == ["--program"]:
            check(sys.argv[3])
        with open(PAGE, "w", encoding="utf-8") as out:
            out.write(page(read_codes()))
    elif sys.argv[1:] == ["--stale"]:
        if open(PAGE, encoding="utf-8").read() != page(read_codes()):
            sys.exit("docs/verdicts.md is stale: tools/verdicts.py --write")
    else:
        sys.exit(__doc__.strip())


main()
