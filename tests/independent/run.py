#!/usr/bin/env python3
"""The stranger reads what the program writes: run.py [--program FILE]

verify.py takes a recorded year as a file and as an export; it is under 500 lines, and plain Python. That it
rejects what is damaged, tests/reliability/damage.py shows. Prints `N passed, M failed`.
"""
import argparse
import ast
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from place import CHEAT, Place  # noqa: E402

STRANGER = os.path.join(HERE, "verify.py")
counts = {True: 0, False: 0}


def check(what, good, said=""):
    counts[bool(good)] += 1
    print("%s %s" % ("ok  " if good else "FAIL", what))
    if not good and said:
        print("    " + said[:1000])


def stranger(*arguments):
    ran = subprocess.run([sys.executable, STRANGER, *arguments], capture_output=True, text=True, timeout=300)
    return ran.returncode, ran.stdout, ran.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/ytterby")
    program = parser.parse_args().program
    with open(STRANGER, encoding="utf-8") as file:
        source = file.read()
    check("verify.py has fewer than 500 lines", len(source.splitlines()) < 500)
    names = {alias.name.split(".")[0] for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import)
             for alias in node.names}
    names |= {node.module.split(".")[0] for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    check("verify.py needs nothing but Python", names <= set(sys.stdlib_module_names), str(names))
    with tempfile.TemporaryDirectory(prefix="ytterby-stranger-") as folder:
        place = Place(program, folder, cheat=CHEAT)
        ours = place.ask("verify")
        code, said, complaint = stranger(place.book, "--json")
        check("it accepts a recorded year", code == 0, said + complaint)
        theirs = json.loads(said) if code == 0 else {}
        for member in ("records", "root", "origin"):
            check("it finds the same %s" % member, theirs.get(member) == ours[member], "%s, %s" % (
                theirs.get(member), ours[member]))
        export = os.path.join(folder, "export.ndjson")
        place.run("export", "--out", export)
        code, said, complaint = stranger("--export", export, "--json")
        check("it accepts the export", code == 0, said + complaint)
        check("the export has the book's root", code == 0 and json.loads(said).get("root") == ours["root"], said)
        with open(export, encoding="utf-8") as file:
            lines = file.readlines()
        at = len(lines) // 2
        for what, changed in (("without a record", lines[:at] + lines[at + 1:]),
                              ("with two records swapped", lines[:at] + [lines[at + 1], lines[at]] + lines[at + 2:]),
                              ("with a figure changed", lines[:at] + [lines[at].replace("2026", "2027", 1)] +
                               lines[at + 1:])):
            with open(export, "w", encoding="utf-8") as file:
                file.writelines(changed)
            check("it rejects the export %s" % what, stranger("--export", export)[0] == 1)
    print("%d passed, %d failed" % (counts[True], counts[False]))
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main())
