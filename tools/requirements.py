#!/usr/bin/env python3
"""docs/requirements.md: every R and K number stands in one row, and what a row names is there.

    requirements.py        fails when a number has no row or two, or a row names a verdict code, a kind
                           of event or a page that does not exist
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


def main():
    wrong, seen = [], {}
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
