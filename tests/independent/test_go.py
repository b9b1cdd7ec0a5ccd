#!/usr/bin/env python3
"""Does Go's sumdb/note and sumdb/tlog take our checkpoints, proofs and exports, and refuse spoiled ones? (R21, S13)

usage: test_go.py --program FILE --folder DIR

Builds tests/independent/go/check.go with Debian's golang-golang-x-mod-dev below DIR, makes a book, and asks both
that program and `ytterby verify` about proofs of many records, as they are and with one thing spoiled at a time.
Prints `N passed, M failed`.
"""
import argparse
import base64
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import proof as python_proof  # noqa: E402
import verify  # noqa: E402

passed, failed = 0, []


def check(sentence, holds):
    global passed
    passed += bool(holds)
    if not holds:
        failed.append(sentence)
        print("FAIL " + sentence)


def build(folder):
    """Go's own build, without modules and without a network."""
    os.makedirs(folder, exist_ok=True)
    program = os.path.join(folder, "go-check")
    environment = dict(os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode", GOFLAGS="",
                       GOCACHE=os.path.join(folder, "go-cache"), CGO_ENABLED="0")
    subprocess.run(["go", "build", "-o", program, os.path.join(HERE, "go", "check.go")], check=True, env=environment)
    return program


class Judges:
    """Go's program and ours, asked about the same files."""

    def __init__(self, go, program, key, folder):
        self.go, self.program, self.key, self.folder = go, program, key, folder
        self.questions, self.number = [], 0

    def file(self, text):
        self.number += 1
        path = os.path.join(self.folder, "file-%d" % self.number)
        with open(path, "wb") as out:
            out.write(text)
        return path

    def ask(self, sentence, kind, text, well):
        self.questions.append((sentence, kind, [self.file(text)], well))

    def python_takes(self, check_it, path):
        with open(path, "rb") as file:
            text = file.read()
        try:
            check_it(text, self.key)
            return True
        except (verify.Wrong, ValueError, AttributeError):
            return False

    def judge_fork(self, sentence, fork, well):
        """Go has no form for it: our program, and proof.py."""
        path = self.file(json.dumps(fork).encode())
        ours = subprocess.run([self.program, "verify", "--key", self.key, path], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
        check("ours: " + sentence, (ours.returncode == 0) == well)
        check("python: " + sentence, self.python_takes(python_proof.check_fork, path) == well)

    def judge(self):
        lines = "".join("%s %s\n" % (kind, " ".join(paths)) for _, kind, paths, _ in self.questions)
        said = subprocess.run([self.go, self.key], input=lines.encode(), stdout=subprocess.PIPE, check=True)
        answers = said.stdout.decode().splitlines()
        check("go answers each question", len(answers) == len(self.questions))
        for (sentence, kind, paths, well), answer in zip(self.questions, answers):
            check("go: %s: %s" % (sentence, answer), (answer == "ok") == well)
            if kind in ("proof", "note"):
                ours = subprocess.run([self.program, "verify", "--key", self.key, paths[0]],
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                check("ours: %s: %s" % (sentence, ours.stdout.decode().splitlines()[0]),
                      (ours.returncode == 0) == well and ours.returncode in (0, 1, 2))
            if kind == "proof":
                check("python: " + sentence, self.python_takes(python_proof.check_proof, paths[0]) == well)
        self.questions = []


def spoiled(proof, chance):
    """(what, text): the proof with one thing wrong."""
    top, checkpoint = proof.split(b"\n\n", 1)
    lines = top.split(b"\n")
    opening = json.loads(base64.b64decode(lines[1][6:]))

    def extra(**changed):
        text = dict(opening, **changed)
        text = {name: value for name, value in text.items() if value is not None}
        encoded = base64.b64encode(json.dumps(text, separators=(",", ":"), ensure_ascii=False).encode())
        return b"\n".join([lines[0], b"extra " + encoded] + lines[2:]) + b"\n\n" + checkpoint

    def flipped(text):
        raw = bytearray(base64.b64decode(text))
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        return base64.b64encode(bytes(raw)).decode()

    yield "another record", extra(record=flipped(opening["record"]))
    yield "another event", extra(event=dict(opening["event"], id="other"))
    yield "another salt of the event", extra(event_salt=flipped(opening["event_salt"]))
    yield "another decision", extra(decision=flipped(opening["decision"]))
    yield "another salt of the decision", extra(decision_salt=flipped(opening["decision_salt"]))
    yield "no record", extra(record=None)
    yield "an unknown form", extra(ytterby="opening/2")
    index = int(lines[2].split()[1])
    for other in (index + 1, index - 1, index ^ 64):
        if other >= 0:
            yield "index %d" % other, proof.replace(lines[2] + b"\n", b"index %d\n" % other)
    for place in range(3, len(lines)):
        wrong = lines[:]
        wrong[place] = flipped(lines[place]).encode()
        yield "hash %d spoiled" % (place - 3), b"\n".join(wrong) + b"\n\n" + checkpoint
    if len(lines) > 3:
        yield "a hash too few", b"\n".join(lines[:-1]) + b"\n\n" + checkpoint
        yield "hashes in another order", b"\n".join(lines[:3] + lines[:2:-1]) + b"\n\n" + checkpoint
    yield "a hash too many", b"\n".join(lines + [lines[-1] if len(lines) > 3 else
                                                 base64.b64encode(bytes(32))]) + b"\n\n" + checkpoint
    origin, size, root, rest = checkpoint.split(b"\n", 3)
    for what, text in (("another size", (origin, b"%d" % (int(size) + 1), root, rest)),
                       ("another root", (origin, size, flipped(root).encode(), rest)),
                       ("another origin", (origin + b"x", size, root, rest))):
        yield what, top + b"\n\n" + b"\n".join(text)
    head, signature = checkpoint.rstrip(b"\n").rsplit(b" ", 1)
    raw = bytearray(base64.b64decode(signature))
    raw[chance.randrange(4, len(raw))] ^= 1
    yield "another signature", top + b"\n\n" + head + b" " + base64.b64encode(bytes(raw)) + b"\n"
    yield "no signature", top + b"\n\n" + checkpoint.split(b"\n\n")[0] + b"\n\n"


def forks(ytterby, program, folder, events):
    """Two books under one key that part at some record: what is evidence of it, and what is none."""
    def at(name):
        return os.path.join(folder, name)
    ytterby("init", "--db", "base.ytb", "--genesis", "year/genesis.json")
    key = json.loads(ytterby("verify", "--db", "base.ytb", "--json"))["key"]
    judges, done = Judges(None, program, key, folder), 0
    for parting in (1, 8, 21, 64, 300):
        ytterby("record", "--db", "base.ytb", "--quiet", "-", input=b"\n".join(events[done:parting]) + b"\n")
        done = parting
        for name, until in (("left", parting + 40), ("right", parting + 90)):
            for ending in ("", ".key", ".checkpoint"):
                shutil.copy(at("base.ytb" + ending), at("%s-%d.ytb%s" % (name, parting, ending)))
            ytterby("record", "--db", "%s-%d.ytb" % (name, parting), "--quiet", "-",
                    input=b"\n".join(events[parting:until]) + b"\n")
        evidence = at("evidence-%d" % parting)
        ran = subprocess.run([program, "verify", "--db", "right-%d.ytb" % parting, "--evidence", evidence,
                              "--from", "left-%d.ytb.checkpoint" % parting], cwd=folder, stderr=subprocess.DEVNULL)
        check("a fork behind record %d is told" % parting, ran.returncode == 3)
        with open(evidence, encoding="utf-8") as file:
            fork = json.load(file)
        judges.judge_fork("evidence of a fork behind record %d" % parting, fork, True)
        with open(at("base.ytb.checkpoint"), encoding="utf-8") as file:
            before = file.read()
        spoilt = [("a hash too few", dict(fork, path=fork["path"][:-1])),
                  ("another root", dict(fork, root=fork["path"][0])),
                  ("the older one twice", dict(fork, newer=fork["older"])),
                  ("the wrong way round", dict(fork, older=fork["newer"], newer=fork["older"])),
                  ("a checkpoint of what both have", dict(fork, older=before)),
                  ("a checkpoint that nobody signed", dict(fork, older=fork["older"].replace(
                      "\n%d\n" % (parting + 41), "\n%d\n" % (parting + 40)))),
                  ("no proof", {name: fork[name] for name in ("ytterby", "says", "older", "newer")})]
        for what, text in spoilt:
            judges.judge_fork("evidence with %s is none" % what, text, False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--folder", required=True)
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    go = build(os.path.abspath(options.folder))
    chance = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="ytterby-go-") as folder:
        def ytterby(*words, **more):
            return subprocess.run([program, *words], cwd=folder, stdout=subprocess.PIPE, check=True, **more).stdout

        def contents(name):
            with open(os.path.join(folder, name), "rb") as file:
                return file.read()
        ytterby("simulate", "--out", "year", "--months", "1")
        ytterby("init", "--db", "book.ytb", "--genesis", "year/genesis.json")
        events = contents("year/events.ndjson").split(b"\n")[:-1]
        notes = []
        # Every size up to 70, so that proofs of all shapes come; then the rest in strides.
        stops = sorted(set(list(range(1, 17)) + [31, 32, 33, 63, 64, 65, 255, 256, len(events)]))
        done = 0
        for stop in stops:
            ytterby("record", "--db", "book.ytb", "--quiet", "-", input=b"\n".join(events[done:stop]) + b"\n")
            notes.append(contents("book.ytb.checkpoint"))
            done = stop
        key = json.loads(ytterby("verify", "--db", "book.ytb", "--json"))["key"]
        judges = Judges(go, program, key, folder)
        for stop, note in zip(stops, notes):
            judges.ask("the checkpoint of %d records" % (stop + 1), "note", note, True)
        judges.ask("a checkpoint with another size", "note", notes[-1].replace(b"\n%d\n" % (stops[-1] + 1), b"\n1\n"), False)
        judges.judge()
        export = ytterby("export", "--db", "book.ytb")
        judges.ask("an export", "export", export, True)
        judges.ask("an export with an event changed", "export", export.replace(b'"kind":"measure"', b'"kind":"measurE"', 1)
                   if b'"kind":"measure"' in export else export.replace(b'"happened":"2026', b'"happened":"2027', 1), False)
        judges.ask("an export that lacks a record", "export", b"\n".join(export.split(b"\n")[1:]), False)
        whole = judges.file(export)
        paths = [judges.file(note) for note in notes]
        for i in range(len(paths) - 1):
            for j in {i, i + 1, len(paths) - 1}:
                judges.questions.append(("checkpoint %d follows from %d" % (stops[j], stops[i]), "follows",
                                         [paths[i], paths[j], whole], True))
        judges.judge()
        proofs = {}
        for index in sorted(set(list(range(0, 34)) + [len(events) // 2, len(events) - 1, len(events)]
                                + [chance.randrange(len(events)) for _ in range(10)])):
            proofs[index] = ytterby("prove", "--db", "book.ytb", str(index))
            judges.ask("the proof of record %d" % index, "proof", proofs[index], True)
        for how in ("event", "record"):
            judges.ask("a proof that opens the %s alone" % how, "proof",
                       ytterby("prove", "--db", "book.ytb", "--open", how, "7"), True)
        for index in (0, 5, 33, len(events)):
            for what, text in spoiled(proofs[index], chance):
                judges.ask("record %d, %s" % (index, what), "proof", text, False)
        judges.judge()
        forks(ytterby, program, folder, events)
    print("%d passed, %d failed" % (passed, len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
