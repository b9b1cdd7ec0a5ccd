#!/usr/bin/env python3
"""Books of earlier formats, tests/data/books (R14): each opens, replays to its root, verifies, and can be copied.

    old_books.py [--program FILE]

A book of a format that this program does not know is refused with the reason. The last line is
`N passed, M failed`.
"""
import argparse
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BOOKS = os.path.join(ROOT, "tests/data/books")
passed, failures = 0, []


def check(good, what):
    global passed
    if good:
        passed += 1
    else:
        failures.append(what)
        print("FAIL " + what)


def run(*words):
    done = subprocess.run(words, capture_output=True)
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def try_book(program, version, records, root):
    folder = os.path.join(BOOKS, version)
    with tempfile.TemporaryDirectory(prefix="ytterby-old-") as here:
        book, copy = os.path.join(here, "b.ytb"), os.path.join(here, "copy.ytb")
        shutil.copyfile(os.path.join(folder, "every_kind.db"), book)
        shutil.copyfile(os.path.join(folder, "every_kind.db.checkpoint"), book + ".checkpoint")
        facts = {}
        for name in (book, copy):
            if name == copy:
                code, _, said = run(program, "init", "--db", copy, "--copy")
                check(code == 0, "%s: init --copy: %s" % (version, said))
                code, _, said = run(program, "record", "--db", copy, os.path.join(folder, "every_kind.ndjson"))
                check(code == 0, "%s: its export is not taken: %s" % (version, said))
            code, out, said = run(program, "verify", "--recheck", "--json", "--db", name)
            facts[name] = json.loads(out) if code == 0 else {}
            check(code == 0, "%s, %s: verify: %s" % (version, os.path.basename(name), said))
            check(facts[name].get("records") == records and facts[name].get("root") == root,
                  "%s, %s: %s" % (version, os.path.basename(name), facts[name]))
            code, out, said = run(program, "export", "--db", name)
            with open(os.path.join(folder, "every_kind.ndjson"), "rb") as file:
                check(code == 0 and out == file.read(), "%s: its export is another: %s" % (version, said))
            for words in (("list", "lots"), ("findings",), ("quota",), ("show", "record", "0")):
                code, out, said = run(program, *words, "--json", "--db", name)
                check(code == 0 and out, "%s, %s: %s: %s" % (version, os.path.basename(name), " ".join(words), said))
        check(facts[book].get("digest") == facts[copy].get("digest"), "%s: file and export give two books" % version)
        code, out, said = run(sys.executable, os.path.join(ROOT, "tests/independent/verify.py"), book)
        check(code == 0, "%s: verify.py: %s%s" % (version, out.decode(), said))


def try_unknown(program):
    """From a later program: refused, and why."""
    with tempfile.TemporaryDirectory(prefix="ytterby-old-") as here:
        book = os.path.join(here, "b.ytb")
        shutil.copyfile(os.path.join(BOOKS, "1", "every_kind.db"), book)
        shutil.copyfile(os.path.join(BOOKS, "1", "every_kind.db.checkpoint"), book + ".checkpoint")
        with sqlite3.connect(book) as database:
            database.execute("PRAGMA user_version = 99")
        code, _, said = run(program, "verify", "--db", book)
        check(code == 1 and 'file format "99"' in said, "another file format: %d %s" % (code, said))
        with sqlite3.connect(book) as database:
            database.execute("PRAGMA user_version = 1")
            record = bytearray(database.execute("SELECT record FROM record WHERE seq = 3").fetchone()[0])
            record[7] |= 1      # a flag that nobody knows
            database.execute("UPDATE record SET record = ? WHERE seq = 3", (bytes(record),))
        code, _, said = run(program, "verify", "--db", book)
        check(code == 1 and "flag" in said and "3" in said, "an unknown flag: %d %s" % (code, said))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/ytterby")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    with open(os.path.join(BOOKS, "README.md"), encoding="utf-8") as file:
        rows = re.findall(r"^\| `(\w+)` \|.*?(\d+) records\) \| `([0-9a-f]{64})` \|$", file.read(), re.M)
    folders = sorted(name for name in os.listdir(BOOKS) if os.path.isdir(os.path.join(BOOKS, name)))
    check(folders == sorted(row[0] for row in rows), "README.md and folders differ: %s" % folders)
    for version, records, root in rows:
        try_book(program, version, int(records), root)
    try_unknown(program)
    print("%d passed, %d failed" % (passed, len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
