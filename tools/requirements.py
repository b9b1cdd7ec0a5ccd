#!/usr/bin/env python3
"""docs/requirements.md: every R and K number stands in one row, and what a row names is there; and
docs/testing.md: every B number has its tests, and each is there.

    requirements.py        fails when a number has no row or two, or a row names a verdict code, a kind
                           of event, a page or a test that does not exist
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ASKED = {"R": [(1, 14), (20, 35), (40, 60), (65, 65), (70, 77), (80, 96), (100, 105), (110, 117), (120, 125),
               (130, 135), (140, 144)], "K": [(1, 22)]}


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def numbers(cell):
    """R1, R4 to R6 and so on, as a list."""
    out = []
    for letter, first, last in re.findall(r"([RK])(\d+)(?: to [RK](\d+))?", cell):
        out += ["%s%d" % (letter, n) for n in range(int(first), int(last or first) + 1)]
    return out


def rules():
    """What is wrong in the table of rules and their tests."""
    tests = {name.rsplit(".", 1)[0] for folder in ("scenarios", "verdicts")
             for name in os.listdir(os.path.join(ROOT, "tests", folder)) if name.endswith(".ndjson")}
    stories = set(tests)
    for folder, _, files in os.walk(os.path.join(ROOT, "tests", "unit")):
        for name in files:
            if name.endswith(".c"):
                tests |= set(re.findall(r"^static void\s+(\w+)\(void \*\*state\)", read(folder, name), re.M))
    rows = dict(re.findall(r"^\| (B\d+) \| (.*) \|$", read("docs", "testing.md"), re.M))
    wrong = ["B%d has no test in docs/testing.md" % n for n in range(1, 30) if "B%d" % n not in rows]
    units = {int(name[1:].split("_")[0]) for name in tests - stories if re.match(r"b\d+_", name)}
    wrong += ["B%d has no unit test that begins with its number" % n for n in range(1, 30) if n not in units]
    return wrong + ["%s: there is no test `%s`" % (rule, test) for rule, row in rows.items()
                    for test in re.findall(r"`(\w+)`", row) if test not in tests]


def main():
    wrong, seen = rules(), {}
    named = set(re.findall(r'^CODE\(\d+, \w+, "(\w+)"', read("src", "book", "code.def"), re.M))
    named |= set(re.findall(r'^KIND\(\d+, \w+, "([\w.]+)"', read("src", "book", "kind.def"), re.M))
    for row in re.findall(r"^\| ([RK]\d.*)\|$", read("docs", "requirements.md"), re.M):
        cells = row.split(" | ")
        for number in numbers(cells[0]):
            if number in seen:
                wrong.append("%s stands in two rows" % number)
            seen[number] = True
        for word in re.findall(r"`([a-z]+_[a-z_]+)`", row):
            if word not in named and word not in read("docs", "events.md"):
                wrong.append("%s: there is no `%s`" % (cells[0], word))
        for page in re.findall(r"(docs/[\w.]+\.md)", row):
            if not os.path.exists(os.path.join(ROOT, page)):
                wrong.append("%s: there is no %s" % (cells[0], page))
    for letter, ranges in ASKED.items():
        for first, last in ranges:
            wrong += ["%s%d has no row" % (letter, n) for n in range(first, last + 1) if "%s%d" % (letter, n) not in seen]
    print("requirements: %d numbers, %d rows wrong" % (len(seen), len(wrong)))
    sys.exit("\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main()
