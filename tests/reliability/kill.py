#!/usr/bin/env python3
"""Kills `ytterby record` with SIGKILL at random moments and holds it to what it had acknowledged (R1, R2).

    kill.py [--program FILE] [--kills N] [--seed N] [--scale X]

A simulated year is recorded in runs that are killed; each run begins a little before the first event that has
no answer yet, as a client would that sends again what went unanswered. When the year is full the book is
examined and the next one begun. What is checked:

  - an acknowledged event is in the log, at its number, with its verdict; sent again, it gets the same bytes
  - no event is there twice, and none that was not sent; the log has no gap and verifies
  - every checkpoint that lay beside the book after a kill is a root of the later log, recomputed here
  - the digest of a replay, into an empty copy, is the book's

Prints `N passed, M failed`, and what failed with the seed.
"""
import argparse
import base64
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

RESENT = 200            # events sent again at the beginning of each run
RUN_EVENTS = 3000       # at most so many in a run


class Failed(Exception):
    pass


def must(good, what):
    if not good:
        raise Failed(what)


class Place:
    """One folder, one simulated year, one book."""

    def __init__(self, program, folder, events):
        self.program, self.folder, self.events = program, folder, events
        self.book = os.path.join(folder, "book.ytb")
        self.answers = []           # the answer to events[i], byte for byte
        self.checkpoints = set()    # (size, root) seen beside the book after a kill
        self.window = 0.1           # seconds that a run takes here, about

    def run(self, *arguments, good=(0,)):
        result = subprocess.run([self.program, *arguments], capture_output=True, timeout=120)
        must(result.returncode in good, "%s: exit %d: %s" % (arguments[0], result.returncode,
                                                             result.stderr.decode("utf-8", "replace").strip()))
        return result.stdout

    def take(self, begin, lines):
        """Compares answers with those that were given before, and keeps new ones."""
        for offset, line in enumerate(lines):
            at = begin + offset
            if at < len(self.answers):
                must(line == self.answers[at], "event %d: first answered %r, then %r" % (at, self.answers[at], line))
                continue
            answer = json.loads(line)
            sent = json.loads(self.events[at])["event"]
            must(answer["id"] == sent["id"], "event %d: sent %s, answered %s" % (at, sent["id"], answer["id"]))
            must(answer["verdict"] in ("accepted", "flagged", "held", "refused"), "event %d: no verdict" % at)
            self.answers.append(line)

    def record_killed(self, chance):
        """One run, killed after a random while. True when the kill came before its end."""
        begin = max(0, len(self.answers) - RESENT)
        part = os.path.join(self.folder, "part.ndjson")
        with open(part, "wb") as file:
            file.writelines(self.events[begin:begin + RUN_EVENTS])
        process = subprocess.Popen([self.program, "record", "--json", "--db", self.book, part],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # A third of the kills anywhere from the start on, which hits the opening too; the others late, when
        # there is something to lose.
        deadline = time.monotonic() + chance.choice((chance.uniform(0, 1), chance.uniform(0.5, 1),
                                                     chance.uniform(0.7, 1))) * self.window
        os.set_blocking(process.stdout.fileno(), False)
        said = b""
        while time.monotonic() < deadline and process.poll() is None:
            said += process.stdout.read() or b""
            time.sleep(0.0005)
        alive = process.poll() is None
        if alive:
            process.send_signal(signal.SIGKILL)
        os.set_blocking(process.stdout.fileno(), True)
        said += process.stdout.read()
        complaint = process.stderr.read().decode("utf-8", "replace").strip()
        code = process.wait()
        must(code == -signal.SIGKILL or code in (0, 1) and not complaint,
             "record ended by itself with %d: %s" % (code, complaint))
        # A line without its end was cut by the kill: nobody could have read it as an answer.
        before = len(self.answers)
        self.take(begin, said.split(b"\n")[:-1])
        if len(self.answers) == before:
            self.window *= 1.25
        elif not alive:
            self.window *= 0.8
        try:
            with open(self.book + ".checkpoint", encoding="utf-8") as file:
                _, size, root = file.read().split("\n")[:3]
            self.checkpoints.add((int(size), base64.b64decode(root)))
        except FileNotFoundError:
            must(False, "the checkpoint beside the book is gone")
        return code == -signal.SIGKILL

    def examine(self):
        """The whole book, once its year is full: recomputed here, and by the program."""
        self.take(0, self.run("record", "--json", "--db", self.book, os.path.join(self.folder, "all.ndjson"),
                              good=(0, 1)).split(b"\n")[:-1])
        must(len(self.answers) == len(self.events), "%d events, %d answers" % (len(self.events), len(self.answers)))
        self.examine_log([(json.loads(sent)["event"], json.loads(line)) for sent, line in
                          zip(self.events, self.answers)])

    def examine_log(self, answered):
        """Holds the log against (event, answer) of every event."""
        self.run("verify", "--db", self.book)
        digest = self.run("digest", "--db", self.book)
        export = os.path.join(self.folder, "export.ndjson")
        self.run("export", "--db", self.book, "--out", export)
        copy = os.path.join(self.folder, "copy.ytb")
        self.run("init", "--db", copy, "--copy")
        self.run("record", "--db", copy, export)
        must(self.run("digest", "--db", copy) == digest, "the replayed copy has another digest")

        with sqlite3.connect("file:%s?mode=ro" % self.book, uri=True) as database:
            rows = database.execute("SELECT seq, record, event FROM record ORDER BY seq").fetchall()
        must([row[0] for row in rows] == list(range(len(rows))), "the log has a gap")
        numbered = {answer["seq"] for _, answer in answered if answer["seq"] is not None}
        must(len(rows) == 1 + len(numbered), "%d records for %d numbers" % (len(rows), len(numbered)))
        for event, answer in answered:
            if answer["seq"] is not None:
                must(json.loads(rows[answer["seq"]][2]) == event, "record %d is not what was sent" % answer["seq"])
        roots, stack = {0: hashlib.sha256(b"").digest()}, []
        for count, (_, record, _) in enumerate(rows, 1):
            node, at = hashlib.sha256(b"\0" + record).digest(), count
            while at % 2 == 0:
                node, at = hashlib.sha256(b"\1" + stack.pop() + node).digest(), at // 2
            stack.append(node)
            root = stack[-1]
            for left in reversed(stack[:-1]):
                root = hashlib.sha256(b"\1" + left + root).digest()
            roots[count] = root
        for size, root in self.checkpoints:
            must(size < len(roots) and roots[size] == root, "the checkpoint of %d records does not fit" % size)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/ytterby")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", default="0.1")
    options = parser.parse_args()
    program, chance = os.path.abspath(options.program), random.Random(options.seed)
    kills = opened = books = 0
    failures = []
    top = tempfile.mkdtemp(prefix="ytterby-kill-")
    try:
        while kills < options.kills and not failures:
            folder = os.path.join(top, "book")
            shutil.rmtree(folder, ignore_errors=True)
            os.mkdir(folder)
            subprocess.run([program, "simulate", "--seed", str(options.seed + books), "--scale", options.scale,
                            "--out", folder], check=True, capture_output=True)
            os.rename(os.path.join(folder, "events.ndjson"), os.path.join(folder, "all.ndjson"))
            with open(os.path.join(folder, "all.ndjson"), "rb") as file:
                place = Place(program, folder, file.readlines())
            books += 1
            try:
                place.run("init", "--db", place.book, "--genesis", os.path.join(folder, "genesis.json"))
                while kills < options.kills and len(place.answers) < len(place.events):
                    before = len(place.answers)
                    kills += place.record_killed(chance)
                    opened += len(place.answers) == before
                place.examine()
            except (Failed, subprocess.TimeoutExpired, ValueError, KeyError) as fault:
                failures.append("seed %d, book %d, after %d kills: %s" % (options.seed, books, kills, fault))
    finally:
        shutil.rmtree(top, ignore_errors=True)
    for failure in failures:
        print("FAIL " + failure)
    print("%d kills, %d of them before the first new answer, over %d books" % (kills, opened, books))
    print("%d passed, %d failed" % (kills, len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
