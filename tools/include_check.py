#!/usr/bin/env python3
"""Holds the source to the picture of its folders: who may include whom.

    include_check.py [ROOT]

Reads the direct #include lines of src/ against the table below. Prints a line a breach, then
`include check: N files, ok` or `include check: N files, M breaches`; the exit code says the same.
"""
import os
import re
import sys

# What a folder may include beside itself. "base" is everything in base/, "log/proof.h" that header alone.
MAY = {
    "base": [],
    "quantity": ["base"],
    "numeric": ["base"],
    "reconcile": ["base", "numeric"],
    "detect": ["base", "numeric"],
    "rules": ["base", "quantity"],
    "book": ["base", "quantity", "rules"],
    "log": ["base"],
    "store": ["base"],
    "codec": ["base", "quantity", "rules", "book"],
    "keeper": ["base", "quantity", "book", "log", "store", "codec"],
    "balance": ["base", "quantity", "numeric", "reconcile/flow.h"],
    "origin": ["base", "quantity", "numeric"],
    "process": ["base", "quantity", "numeric"],
    "finding": ["base", "quantity", "detect", "balance", "origin", "process", "numeric/distribution.h"],
    "access": ["base", "quantity", "reconcile", "book", "keeper", "balance", "origin", "process", "finding",
               "numeric/distribution.h", "codec", "log/record.h", "log/key.h"],
    "passport": ["base", "quantity", "access", "codec", "log/proof.h"],
    "simulate": ["base", "quantity", "numeric", "codec", "book/event.h"],
    "plot": ["base"],
    "examine": ["base", "quantity", "numeric", "detect", "reconcile", "balance", "codec", "plot"],
    "trial": ["base", "quantity", "numeric", "reconcile", "detect", "balance", "origin", "finding", "book/book.h", "codec",
              "log/sha256.h", "simulate", "examine", "plot"],
    "server": ["base", "quantity", "access", "passport", "codec", "keeper/submit.h"],
    "cli": ["base", "quantity", "numeric", "reconcile", "detect", "rules", "book", "log", "store", "codec", "keeper", "balance",
            "origin", "process", "finding", "access", "passport", "simulate", "examine", "plot", "trial",
            "server"],
}
# One file may go further than its folder: the bridges between the book's integers and arrays of doubles.
FILES = {folder + "/from_book" + part + "." + end: ["book", "keeper/read.h"]
         for folder in ("balance", "origin", "process") for part in ("", "_lineage", "_classes", "_inside", "_expected", "_survey", "_owners", "_crossing",
                                                                       "_network")
         for end in "ch"}
# A foreign library belongs to one folder, or to few; cli/version.c asks each for its version.
ASKS_VERSIONS = "cli/version.c"
FOREIGN = {
    "sqlite3.h": ["store", "server"],     # the server keeps its accounts in a file of their own
    "openssl/": ["log", "server"],
    "sodium.h": ["log", "server"],
    "uv.h": ["server"],
    "llhttp.h": ["server"],
    "Rmath.h": ["numeric"],
    "cholmod.h": ["reconcile"], "SuiteSparseQR_C.h": ["reconcile"], "cblas.h": ["reconcile"],
    "libpq-fe.h": ["store"],
    "zip.h": ["codec"], "expat.h": ["codec"],
}
# The book's determinism can be seen: it has no way to a clock, a file or a random number.
BOOK_SYSTEM = {"assert.h", "stdbool.h", "stddef.h", "stdint.h", "string.h"}
# The core knows nothing of files, clocks, threads or the network.
CORE = ("quantity", "numeric", "reconcile", "detect", "rules", "book", "log")
CORE_NEVER = ("pthread.h", "time.h", "fcntl.h", "unistd.h", "sys/", "netinet/", "arpa/", "netdb.h", "dirent.h",
              "signal.h", "poll.h")
FORBIDDEN_NAMES = {"common", "util", "utils", "misc", "helper", "helpers", "manager"}

NAMED = ("src", "schema", "tests", "fuzz", "bench", "tools", "docs", "data", "web/src", "web/tests", "packaging")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def allowed(target, grants):
    return any(target == grant or target.split("/")[0] == grant for grant in grants)


def matches(target, header):
    """`header` names one header, or with a slash at its end a folder of them."""
    return target.startswith(header) if header.endswith("/") else target == header


def breaches_of(path, text):
    """`path` is below src/. Yields (line number, what is wrong)."""
    folder = path.split("/")[0]
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, target = found.groups()
        if quote == '"':
            if "/" not in target:
                if not target.endswith(".inc") and not os.path.basename(target).startswith(folder + "_"):
                    yield number, 'includes "%s" without its folder' % target
                continue
            owner = target.split("/")[0]
            if owner == folder:
                continue
            if owner not in MAY:
                yield number, 'includes "%s": no such folder' % target
            elif not allowed(target, MAY[folder] + FILES.get(path, [])):
                yield number, '%s may not include "%s"' % (folder, target)
            continue
        if folder == "book" and target not in BOOK_SYSTEM:
            yield number, "book may not include <%s>" % target
        if folder in CORE and any(matches(target, never) for never in CORE_NEVER):
            yield number, "the core may not include <%s>" % target
        for library, folders in FOREIGN.items():
            if matches(target, library) and folder not in folders and path != ASKS_VERSIONS:
                yield number, "<%s> belongs to %s" % (target, ", ".join(folders))


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    source = os.path.join(root, "src")
    breaches, files = [], 0
    for top in NAMED:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            breaches += ["%s: a name that says nothing" % os.path.relpath(os.path.join(folder, name), root)
                         for name in sorted(folders + names) if name.split(".")[0] in FORBIDDEN_NAMES]
    for folder, folders, names in os.walk(source):
        folders.sort()
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), source)
            if not name.endswith((".c", ".h", ".def")):
                continue
            files += 1
            if path.split("/")[0] not in MAY:
                breaches.append("src/%s: a folder that the table does not know" % path)
                continue
            with open(os.path.join(source, path), encoding="utf-8") as file:
                text = file.read()
            breaches += ["src/%s:%d: %s" % (path, number, wrong) for number, wrong in breaches_of(path, text)]
    for breach in breaches:
        print(breach)
    print("include check: %d files, %s" % (files, "ok" if not breaches else
                                           "%d breach%s" % (len(breaches), "" if len(breaches) == 1 else "es")))
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
