#!/usr/bin/env python3
"""Backups while the book is being written, and what is made of them (R15).

    backup.py [--program FILE] [--backups N]

A writer records a year of events, a stretch at a time; between two stretches and in the middle of them backups are
taken beside it. Each must hold a prefix of the log under a valid checkpoint, at least what was durable a moment
before it began, at most what was sent; the book made of it must verify, have the digest of that prefix, and be
what the finished book follows from. Then the same beside a server that has the book open. Prints `N passed, M failed`.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
passed, failed = 0, []


def check(sentence, holds):
    global passed
    passed += bool(holds)
    if not holds:
        failed.append(sentence)
        print("FAIL " + sentence)


class Book:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def say(self, *words):
        ran = subprocess.run([self.program, *words], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return ran.returncode, ran.stdout.decode()

    def must(self, *words):
        code, said = self.say(*words)
        if code:
            sys.exit("%s: %s" % (" ".join(words), said))
        return said


def covered(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return int(file.read().split("\n")[1])


def restored(book, number, sent, least):
    """One backup, made into a book; its name and size."""
    backup, name = "b%d.backup" % number, "r%d.ytb" % number
    code, said = book.say("backup", "--db", "book.ytb", backup)
    check("backup %d is written: %s" % (number, said.strip()), code == 0)
    size = int(re.search(r": (\d+) records", said).group(1))
    check("backup %d holds what was durable before it, and no more than was sent: %d, %d, %d"
          % (number, least, size, sent), least <= size <= sent + 1)
    report = json.loads(book.must("verify", "--json", backup))
    check("backup %d verifies as it is" % number, report["records"] == size == report["checkpoint"])
    book.must("restore", backup, "--db", name)
    again = json.loads(book.must("verify", "--db", name, "--json"))
    check("what backup %d becomes is just what it held" % number,
          (again["records"], again["root"], again["digest"]) == (size, report["root"], report["digest"]))
    return name, size, report


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="build/release/ytterby")
    parser.add_argument("--backups", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ytterby-backup-") as folder:
        book = Book(os.path.abspath(options.program), folder)
        book.must("simulate", "--out", "y", "--scale", "0.1")
        book.must("init", "--db", "book.ytb", "--genesis", "y/genesis.json")
        with open(os.path.join(folder, "y", "events.ndjson"), "rb") as file:
            events = file.read().splitlines(keepends=True)
        stretch = len(events) // options.backups
        writer = subprocess.Popen([book.program, "record", "--db", "book.ytb", "--quiet", "-"], cwd=folder,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        sent, made = 0, []
        for number in range(options.backups):
            # The next stretch is being written while the backup is taken.
            part = events[sent:sent + stretch]
            feeding = threading.Thread(target=lambda: (writer.stdin.write(b"".join(part)), writer.stdin.flush()))
            feeding.start()
            least = covered(folder, "book.ytb.checkpoint")
            sent += len(part)
            made.append(restored(book, number, sent, least))
            feeding.join()
        writer.stdin.write(b"".join(events[sent:]))
        said, _ = writer.communicate()
        check("the writer was not disturbed: " + said.decode().strip().splitlines()[-1],
              writer.returncode == 0
              and sum(map(int, re.findall(rb"(\d+) (?:accepted|flagged|held)", said.splitlines()[-1]))) == len(events))
        sizes = [size for _, size, _ in made]
        check("backups only grow: %s" % sizes, sizes == sorted(sizes))
        with open(os.path.join(folder, "all"), "w", encoding="utf-8") as file:
            file.write(book.must("export", "--db", "book.ytb"))
        for name, size, report in made:
            code, said = book.say("verify", "--db", "book.ytb", "--from", name + ".checkpoint")
            check("the book follows from %s" % name, code == 0)
            book.must("init", "--copy", "c" + name)
            subprocess.run("(head -n %d all; tail -n 1 b%s.backup) | %s record --db c%s -"
                           % (size, name[1:-4], book.program, name), shell=True, cwd=folder, check=True,
                           stdout=subprocess.DEVNULL)
            check("%s has the digest of that prefix" % name,
                  book.must("digest", "--db", "c" + name).strip() == report["digest"])
        # Restored with its key it goes on, to the same end.
        name, size, _ = made[-1]
        book.must("restore", "b%d.backup" % (len(made) - 1), "--db", "on.ytb", "--key", "book.ytb.key",
                  "--from", name + ".checkpoint")
        book.must("record", "--db", "on.ytb", "--quiet", "y/events.ndjson")
        check("a restored book that goes on comes to the same state",
              book.must("digest", "--db", "on.ytb") == book.must("digest", "--db", "book.ytb"))
        code, said = book.say("restore", "b0.backup", "--db", "late.ytb", "--from", "book.ytb.checkpoint")
        check("a backup older than what was signed is told: " + said.split("\n")[0],
              code != 0 and "older" in said and not os.path.exists(os.path.join(folder, "late.ytb")))
        # Beside a server.
        server = subprocess.Popen([book.program, "serve", "--db", "book.ytb", "--listen", "127.0.0.1:0"], cwd=folder,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            check("the server listens", b"listening on" in server.stdout.readline())
            restored(book, len(made), len(events), len(events))
        finally:
            server.terminate()
            server.wait()
    print("%d passed, %d failed" % (passed, len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
