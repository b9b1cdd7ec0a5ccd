#!/usr/bin/env python3
"""Simulated books against the naive one (R8): random events, clients that overtake and repeat, crashes, power
cuts, failing disks and allocations, wrong clocks, all by a seed and in one process.

    simulate.py [--build DIR] [--seed N] [--count N | --seconds S] [--jobs N] [--twice K] [--keep DIR]

tests/model/generate.py makes a sequence; `simulation` lives it (tests/reliability/simulation.c says what is
checked there); what ends up in the log, and what was refused, is then decided by the naive book in that order,
and verdicts, codes and the whole state compared. Every K-th seed is lived twice and must give the same again.
The last line is `N passed, M failed`; a failing seed reruns with --seed N --count 1, and its input is kept.
"""
import argparse
import collections
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/model"))
import generate         # noqa: E402
import naive_book       # noqa: E402
import run as model     # noqa: E402


class Failed(Exception):
    pass


class Simulation:
    """`simulation` behind its pipe; begun again after a failure."""

    def __init__(self, path):
        self.path, self.process = path, None

    def start(self):
        self.complaints = tempfile.TemporaryFile()
        self.process = subprocess.Popen([self.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.complaints)
        self.key = self.process.stdout.readline().decode().strip()

    def live(self, seed, lines):
        """The lines of the log and of refusals, and the counts."""
        try:
            self.process.stdin.write(("seed %d\n%s\nrun\n" % (seed, "\n".join(lines))).encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        said = []
        while True:
            line = self.process.stdout.readline()
            if not line:
                code = self.process.wait()
                self.complaints.seek(0)
                what = self.complaints.read().decode("utf-8", "replace").strip()
                self.start()
                raise Failed(what or "ended with %d" % code)
            said.append(line)
            if line.startswith(b'{"lives"'):
                return said[:-1], json.loads(said[-1])

    def close(self):
        """Nothing, or why it did not end well, such as what a sanitizer found."""
        self.process.stdin.close()
        code = self.process.wait()
        self.complaints.seek(0)
        said = self.complaints.read().decode("utf-8", "replace")
        return [] if code == 0 else ["FAIL simulation ended with %d: %s" % (code, said)]


def wanted(seed, program, key):
    """The genesis and event/1 lines that clients want to have recorded: one sequence of the model's generator."""
    book = naive_book.NaiveBook()
    generator = generate.Generator(seed, book)
    lines = []
    program.tell("reset")
    for recorded, by, event in generator.sequence():
        if not lines:
            event = dict(event, key=key, mode="trial" if seed % 3 == 0 else "live")
            lines.append(model.text(event))
            book.decide(event, event["happened"], "operator/REG/cli")
            program.ask(model.text(dict(event, mode="trial")))
            continue
        if event["kind"] == "release":     # causes are numbered as the real book does
            real = {name: n for n, name in model.cause_names(program.ask("dump")["causes"]).items()}
            name = model.cause_names(book.dump()["causes"]).get(event["cause"])
            sent = dict(event, cause=real.get(name, event["cause"]))
        else:
            sent = event
        # A signature is said beside the sender in the model; here it would have to be a true one.
        lines.append(model.event_line(recorded, by.partition(" signed ")[0], sent))
        book.decide(event, recorded, by)
        program.ask(model.event_line(recorded, by, sent))
    return lines


def judge(said, program):
    """Decides what was said in its order by the naive book, and compares."""
    log = [json.loads(line) for line in said]
    program.tell("reset")
    for number, entry in enumerate(log):
        event = entry["event"]
        if number == 0:
            # The real book behind the pipe takes the recorder's time from the line, so a live book may go there.
            real = program.ask(model.text(event))
        else:
            real = program.ask(model.event_line(entry["recorded"], entry["by"], event))
        if real is None or [real["verdict"], real["codes"]] != [entry["verdict"], entry["codes"]]:
            raise Failed("line %d of the log: %s\ndecided alone: %s" % (number, model.text(entry), model.text(real)))
    dump = program.ask("dump")
    real_names = model.cause_names(dump["causes"])
    book = naive_book.NaiveBook()
    for number, entry in enumerate(log):
        event = entry["event"]
        if event["kind"] == "release":
            naive = {name: n for n, name in model.cause_names(book.dump()["causes"]).items()}
            event = dict(event, cause=naive.get(real_names.get(event["cause"]), event["cause"]))
        answer = book.decide(event, entry["recorded"], entry["by"])
        if not model.same(answer, entry, False):
            raise Failed("line %d of the log: %s\nnaive: %s" % (number, model.text(entry), model.text(answer)))
        broken = book.broken()
        if broken:
            raise Failed("the naive book breaks an invariant: %s" % broken)
    found = model.differences(model.with_named_causes(book.dump()), model.with_named_causes(dump))
    if found:
        raise Failed("states differ at\n" + "\n".join("  %s\n    naive %s\n    real  %s" % (
            p, model.text(a), model.text(b)) for p, a, b in found[:12]))


def work(arguments):
    first, step, options = arguments
    naive_book.load_codes(ROOT)
    program = model.Program(os.path.join(options.build, "test/model/model_book"), [])
    simulation = Simulation(os.path.join(options.build, "test/reliability/simulation"))
    simulation.start()
    failures, tally, done = [], collections.Counter(), 0
    begin, seed = time.monotonic(), options.seed + first
    while time.monotonic() - begin < options.seconds if options.seconds else seed < options.seed + options.count:
        lines, done = wanted(seed, program, simulation.key), done + 1
        try:
            said, counts = simulation.live(seed, lines)
            tally.update(counts)
            judge(said, program)
            if options.twice and seed % options.twice == 0 and simulation.live(seed, lines)[0] != said:
                raise Failed("the same seed gave another log")
        except Failed as fault:
            path = os.path.join(options.keep, "simulation-%d.txt" % seed)
            with open(path, "w", encoding="utf-8") as file:
                file.write("seed %d\n%s\nrun\n" % (seed, "\n".join(lines)))
            failures.append("FAIL seed %d: %s\ninput: %s" % (seed, fault, path))
            if len(failures) >= 3:
                break
        seed += step
    program.close()
    failures += simulation.close()
    return failures, tally, done


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build/release"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--twice", type=int, default=20, metavar="K")
    parser.add_argument("--keep", default=tempfile.gettempdir())
    options = parser.parse_args()
    jobs = [(job, options.jobs, options) for job in range(options.jobs)]
    if options.jobs == 1:
        results = [work(jobs[0])]
    else:
        with multiprocessing.Pool(options.jobs) as pool:
            results = pool.map(work, jobs, 1)
    tally = sum((counts for _, counts, _ in results), collections.Counter())
    failures = [failure for found, _, _ in results for failure in found]
    done = sum(count for _, _, count in results)
    for failure in failures:
        print(failure)
    print("%d seeds from %d: %s" % (done, options.seed, ", ".join("%d %s" % (tally[k], k) for k in sorted(tally))))
    print("%d passed, %d failed" % (done - len(failures), len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
