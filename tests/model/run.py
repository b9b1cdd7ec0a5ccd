#!/usr/bin/env python3
"""Compares the book with the naive one on random sequences of events.

    run.py [--seed N] [--count N] [--jobs N] [--every] [--where] [--program FILE] [--keep DIR]

Each seed gives one sequence. It goes to model_book (the real book behind a pipe, with --replay and
--twice 3) and to the naive book; verdict and codes are compared after each event, and everything that
stands in the books at the end (--every: after each event; --where: the places of codes too). On a
difference the seed, the event and both answers are printed, the sequence is left in --keep (or a fresh
directory) as genesis.json and events.ndjson, and the exit code is 1.
"""
import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile

import generate
import naive_book

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def event_line(recorded, by, event):
    return '{"ytterby":"event/1","recorded":"%s","by":"%s","event":%s}' % (recorded, by, text(event))


class Program:
    def __init__(self, path, options):
        self.process = subprocess.Popen([path] + options, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=sys.stderr, text=True)

    def tell(self, line):
        self.process.stdin.write(line + "\n")

    def ask(self, line):
        try:
            self.tell(line)
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        return json.loads(answer) if answer else None

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()


def same(naive, real, where):
    """A refusal may be any of those that the naive book found: the page does not order them finely."""
    if real is None:
        return False
    if naive["verdict"] == real["verdict"] == "refused":
        return real["codes"][0]["code"] in naive.get("any of", [naive["codes"][0]["code"]])
    return judged(naive, where) == judged(real, where)


def judged(answer, where):
    codes = {(c["code"], c["where"]) if where else c["code"] for c in answer["codes"]}
    return [answer["verdict"], sorted(codes)]


def differences(a, b, path=""):
    """Paths at which two dumps differ, with both values."""
    if isinstance(a, dict) and isinstance(b, dict):
        out = []
        for key in sorted(set(a) | set(b)):
            out += differences(a.get(key), b.get(key), path + "/" + key)
        return out
    if isinstance(a, list) and isinstance(b, list):
        return [] if sorted(map(str, a)) == sorted(map(str, b)) else [(path, a, b)]
    return [] if a == b else [(path, a, b)]


def cause_names(causes):
    """RECORD.CODE for each cause's number; their order within a record may differ."""
    names, taken = {}, {}
    for number, (code, _) in sorted(causes.items(), key=lambda kv: [int(n) for n in kv[0].split(".")]):
        name = number.partition(".")[0] + "." + code
        taken[name] = taken.get(name, 0) + 1
        names[number] = name if taken[name] == 1 else "%s.%d" % (name, taken[name])
    return names


def with_named_causes(dump):
    names = cause_names(dump["causes"])
    dump["causes"] = {names[n]: v for n, v in dump["causes"].items()}
    for lot in dump["lots"].values():
        if "causes" in lot:
            lot["causes"] = sorted(names[n] for n in lot["causes"])
    for pool in dump["pools"].values():
        pool["sets"] = [[",".join(sorted(names[n] for n in s[0].split(",") if n)), s[1]] for s in pool["sets"]]
    return dump


def keep_sequence(folder, sent):
    folder = folder or tempfile.mkdtemp(prefix="ytterby-model-")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "genesis.json"), "w") as out:
        out.write(text(sent[0][2]) + "\n")
    with open(os.path.join(folder, "events.ndjson"), "w") as out:
        for recorded, by, event in sent[1:]:
            out.write(event_line(recorded, by, event) + "\n")
    return folder


def run_seed(seed, program, options):
    """None when all is the same, else the report as text."""
    book = naive_book.NaiveBook()
    generator = generate.Generator(seed, book)
    sent, tally = [], {}
    program.tell("reset")

    def for_real(event):
        """Causes are numbered in the order in which an event opens them, which the page leaves open."""
        if event["kind"] != "release":
            return event
        real = {name: number for number, name in cause_names(program.ask("dump")["causes"]).items()}
        name = cause_names(book.dump()["causes"]).get(event["cause"])
        return dict(event, cause=real.get(name, event["cause"]))

    def report(event, what):
        folder = keep_sequence(options.keep, sent)
        return "seed %d, event %d: %s\n%s\nsequence: %s" % (seed, len(sent), text(event), what, folder)

    def dumps(event):
        naive, real = book.dump(), program.ask("dump")
        if real is None:
            return report(event, "the program ended at a dump")
        naive, real = with_named_causes(naive), with_named_causes(real)
        found = differences(naive, real)
        if found:
            return report(event, "dumps differ at\n" + "\n".join(
                "  %s\n    naive %s\n    real  %s" % (p, text(a), text(b)) for p, a, b in found[:options.show]))
        return None

    for recorded, by, event in generator.sequence():
        line = text(event) if not sent else event_line(recorded, by, for_real(event))
        if not sent:
            recorded, by = event["happened"], "operator/REG/cli"
        sent.append((recorded, by, event))
        naive = book.decide(event, recorded, by)
        real = program.ask(line)
        if not same(naive, real, options.where):
            return report(event, "naive: %s\nreal:  %s" % (text(naive), text(real))), tally
        for c in naive["codes"]:
            tally[c["code"]] = tally.get(c["code"], 0) + 1
        tally[event["kind"] + " " + naive["verdict"]] = tally.get(event["kind"] + " " + naive["verdict"], 0) + 1
        broken = book.broken()
        if broken:
            return report(event, "the naive book breaks an invariant: %s" % broken), tally
        if options.every:
            wrong = dumps(event)
            if wrong:
                return wrong, tally
    return dumps(sent[-1][2]), tally


def work(arguments):
    first, step, options = arguments
    naive_book.load_codes(ROOT)
    program = Program(options.program, ["--replay", "--twice", "3"])
    tally, failed, done = {}, [], 0
    for seed in range(options.seed + first, options.seed + options.count, step):
        wrong, counts = run_seed(seed, program, options)
        done += 1
        for k, v in counts.items():
            tally[k] = tally.get(k, 0) + v
        if wrong:
            failed.append(wrong)
            if len(failed) >= options.failures:
                break
            program.close()
            program = Program(options.program, ["--replay", "--twice", "3"])
    program.close()
    return failed, tally, done


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--where", action="store_true")
    parser.add_argument("--failures", type=int, default=1, help="stop after so many differences a job")
    parser.add_argument("--show", type=int, default=12, help="lines of a dump's difference")
    parser.add_argument("--tally", action="store_true", help="print how often each code and verdict came")
    parser.add_argument("--keep")
    parser.add_argument("--program", default=os.path.join(ROOT, "build/release/test/model/model_book"))
    options = parser.parse_args()
    jobs = [(j, options.jobs, options) for j in range(options.jobs)]
    if options.jobs == 1:
        results = [work(jobs[0])]
    else:
        with multiprocessing.Pool(options.jobs) as pool:
            results = pool.map(work, jobs, 1)
    failed, tally, done = [], {}, 0
    for wrong, counts, sequences in results:
        failed += wrong
        done += sequences
        for k, v in counts.items():
            tally[k] = tally.get(k, 0) + v
    if options.tally:
        for k in sorted(tally):
            print("%8d %s" % (tally[k], k))
        naive_book.load_codes(ROOT)
        print("never met: " + " ".join(c for c in naive_book.CODES if c not in tally))
    for wrong in failed:
        print(wrong)
    print("%d sequences from seed %d, %d differ" % (done, options.seed, len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
