#!/usr/bin/env python3
"""How cost grows with the book: the same questions at 10^4, 10^5, ... events, and the slope of each in a
log-log plot (P1, P4, P5, P7, P9). 0: independent of size; 1: in proportion.

    growth.py BUILD [MOST]        MOST events at most; 10^7 takes some 40 GB of disk and 15 GB of memory

Beyond two million events the book in memory beside all lines and decisions would not fit: P4 and the replay in
memory are measured up to there, recording and replay from the store everywhere.
"""
import math
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

PER_SCALE = 120000  # events a year at scale 1, about
IN_MEMORY = 2000000


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def processor(before):
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime


def measure(build, directory, events):
    ytterby, industry, book = os.path.join(build, "ytterby"), os.path.join(directory, "i"), os.path.join(directory, "b.ytb")
    scale = max(0.1, round(events / PER_SCALE, 2))
    said = run(ytterby, "simulate", "--seed", "1", "--scale", str(scale), "--out", industry)
    count = int(re.search(r"(\d+) events", said).group(1))
    figures, record = {}, os.path.join(industry, "events.ndjson")
    if count <= IN_MEMORY:
        told = run(os.path.join(build, "bench/book"), industry, "1")
        figures = {"P4 decide, us an event": 1e6 / float(re.search(r"^decide +(\d+)", told, re.M).group(1)),
                   "P5 replay, us an event": 1e6 / float(re.search(r"^replay +(\d+)", told, re.M).group(1)),
                   "P9 memory, bytes an event": float(re.search(r"memory (\d+)", told).group(1))}
    run(ytterby, "init", "--db", book, "--genesis", os.path.join(industry, "genesis.json"))
    start, spent = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([ytterby, "record", "--db", book, "--quiet", record], stdout=subprocess.DEVNULL)
    figures["P1 record, us an event"] = 1e6 * (time.perf_counter() - start) / count
    figures["P1 record, processor us an event"] = 1e6 * processor(spent) / count
    os.remove(record)
    start = time.perf_counter()
    digest = subprocess.Popen([ytterby, "digest", "--db", book], stdout=subprocess.DEVNULL)
    used = os.wait4(digest.pid, 0)[2]
    figures["P5 replay from the store, us an event"] = 1e6 * (time.perf_counter() - start) / count
    figures["P9 resident, digest, bytes an event"] = 1024.0 * used.ru_maxrss / count
    figures["P10 disk with snapshot, bytes an event"] = os.path.getsize(book) / count
    # The genealogy for the peers is of no use here; with a folder, bench/reads stops after the bars of P7.
    asked = subprocess.run([os.path.join(build, "bench/reads"), book, "9", "-"], stdout=subprocess.PIPE, text=True)
    told = asked.stdout  # as far as it came: of ten million events the lineage needs more memory than some machines have
    for line in told.splitlines():
        found = re.match(r"(lots, newest|lots, magnets that are free|records of a kind in some days|P7 shallow|P7 deep).*? ([0-9.]+) us", line)
        if found:
            figures[found.group(1) + ", us"] = float(found.group(2))
    return count, figures


def main():
    build, most = sys.argv[1], int(float(sys.argv[2])) if len(sys.argv) > 2 else 1000000
    table, wanted = [], 10000
    while wanted <= most:
        with tempfile.TemporaryDirectory(prefix="ytterby-growth-") as directory:
            table.append(measure(build, directory, wanted))
            print("%d events: %s" % (table[-1][0], ", ".join("%s %.1f" % pair for pair in table[-1][1].items())), file=sys.stderr)
        wanted *= 10
    print("%-36s" % "events" + "".join("%12d" % count for count, _ in table) + "    exponent")
    for name in table[0][1]:
        values = [figures.get(name) for _, figures in table]
        x = [math.log(count) for count, figures in table if figures.get(name)]
        y = [math.log(value) for value in values if value]
        slope = "-"
        if len(x) > 1:
            mx, my = sum(x) / len(x), sum(y) / len(y)
            slope = "%.2f" % (sum((a - mx) * (b - my) for a, b in zip(x, y)) / sum((a - mx) ** 2 for a in x))
        print("%-36s" % name + "".join("%12s" % ("%.1f" % value if value else "-") for value in values) + "%12s" % slope)


if __name__ == "__main__":
    main()
