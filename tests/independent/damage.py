#!/usr/bin/env python3
"""Damages copies of a small book in a thousand ways: who notices, and does anything crash?

usage: damage.py PROGRAM [--count N] [--seed N] [--records N] [--jobs N] [--keep DIR]

Each damage hits a fresh copy: a bit of the SQLite file, of the WAL (of a book whose server was killed) or of
the checkpoint, rows changed, lost, swapped, moved, doubled or forged by SQL, files cut, a checkpoint that is
another's or gone. First come cuts of each file at every 4 KiB, then --count random ones. What the log says is read
before and after by this program itself. A damage that changed the log or the checkpoint must be reported
(exit code 1) by `ytterby verify` and by verify.py, with the name of the record or file; `ytterby verify` must
change no file, and never die of a signal. `ytterby export --whole` must give every record that is still as it was,
and no other bytes under its number. Damages that changed neither, such as a bit of an unused page, are harmless
and may be reported or not.

The last line is `N damages: A changed the log, all reported; B harmless`. Exit codes: 0 well, 1 not, 2 usage.
"""
import argparse
import concurrent.futures
import http.client
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

STRANGER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "verify.py")
# What SQLite and its module say of a damaged file; a message may be no text.
UNREADABLE = (sqlite3.Error, OverflowError, UnicodeDecodeError)
BLOBS = ("record", "event_salt", "decision_salt", "event", "decision")
MESSAGE = ("record", "checkpoint", "file", "copy.ytb")     # one of these is named by whoever reports


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def log_of(book):
    """All rows of the log, and the rows that can be had one by one; None when SQLite cannot give all."""
    with tempfile.TemporaryDirectory(prefix="ytterby-look-") as folder:
        look = os.path.join(folder, "look.ytb")         # a copy, since a look at a WAL may change files
        for ending in ("", "-wal"):
            if os.path.exists(book + ending):
                shutil.copyfile(book + ending, look + ending)
        rows, single = None, {}
        try:
            database = sqlite3.connect(look)
            database.text_factory = bytearray
            try:
                rows = database.execute("SELECT seq, %s FROM record ORDER BY seq" % ", ".join(BLOBS)).fetchall()
                single = {row[0]: row for row in rows}
            except UNREADABLE:
                for seq in range(2000):
                    try:
                        row = database.execute("SELECT seq, %s FROM record WHERE seq = ?" % ", ".join(BLOBS),
                                               (seq,)).fetchone()
                    except UNREADABLE:
                        continue
                    if row:
                        single[seq] = row
            finally:
                database.close()
        except UNREADABLE:
            pass
        return rows, single


def flip(chance, data):
    data = bytearray(data)
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


# Damages: each takes the chance and the copy's path, and says what it did.

def bit_of_book(chance, book):
    write(book, flip(chance, read(book)))
    return "a bit of the book"


def byte_of_header(chance, book):
    data = bytearray(read(book))
    at = chance.randrange(100)
    data[at] = chance.randrange(256)
    write(book, data)
    return "byte %d of SQLite's header" % at


def page_of_another(chance, book):
    data = bytearray(read(book))
    one, other = (chance.randrange(len(data) // 4096) * 4096 for _ in range(2))
    data[one:one + 4096] = data[other:other + 4096]
    write(book, data)
    return "page at %d overwritten by the one at %d" % (one, other)


def book_cut(chance, book):
    length = chance.randrange(os.path.getsize(book))
    os.truncate(book, length)
    return "the book cut to %d bytes" % length


def bit_of_checkpoint(chance, book):
    write(book + ".checkpoint", flip(chance, read(book + ".checkpoint")))
    return "a bit of the checkpoint"


def checkpoint_cut(chance, book):
    length = chance.randrange(os.path.getsize(book + ".checkpoint"))
    os.truncate(book + ".checkpoint", length)
    return "the checkpoint cut to %d bytes" % length


def checkpoint_lines(chance, book):
    lines = read(book + ".checkpoint").split(b"\n")
    one = chance.randrange(len(lines))
    lines[one:one + 1] = chance.choice(([], [lines[one], lines[one]], [lines[one] + b" "], [b"", lines[one]]))
    write(book + ".checkpoint", b"\n".join(lines))
    return "line %d of the checkpoint lost, doubled or spaced" % one


def checkpoint_gone(chance, book):
    os.unlink(book + ".checkpoint")
    return "the checkpoint gone"


# Damages of a WAL.

def bit_of_wal(chance, book):
    write(book + "-wal", flip(chance, read(book + "-wal")))
    return "a bit of the WAL"


def wal_cut(chance, book):
    length = chance.randrange(os.path.getsize(book + "-wal"))
    os.truncate(book + "-wal", length)
    return "the WAL cut to %d bytes" % length


def frame_of_another(chance, book):
    data = bytearray(read(book + "-wal"))
    one, other = (32 + chance.randrange((len(data) - 32) // 4120) * 4120 for _ in range(2))
    data[one:one + 4120] = data[other:other + 4120]
    write(book + "-wal", data)
    return "frame at %d of the WAL overwritten by the one at %d" % (one, other)


def wal_gone(chance, book):
    os.unlink(book + "-wal")
    return "the WAL gone"


class Cut:
    """A file cut at a place that is given."""

    def __init__(self, ending, length):
        self.ending, self.length = ending, length

    def __call__(self, chance, book):
        os.truncate(book + self.ending, self.length)
        return "BOOK%s cut to %d bytes" % (self.ending, self.length)


def with_sql(change):
    def damage(chance, book):
        database = sqlite3.connect(book)
        count = database.execute("SELECT count(*) FROM record").fetchone()[0]
        said = change(chance, database.execute, count)
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        return said
    return damage


@with_sql
def bit_of_row(chance, sql, count):
    seq, column = chance.randrange(count), chance.choice(BLOBS)
    value = sql("SELECT %s FROM record WHERE seq = ?" % column, (seq,)).fetchone()[0]
    sql("UPDATE record SET %s = ? WHERE seq = ?" % column, (flip(chance, value), seq))
    return "a bit of the %s of record %d" % (column, seq)


@with_sql
def length_of_row(chance, sql, count):
    seq, column = chance.randrange(count), chance.choice(BLOBS)
    value = sql("SELECT %s FROM record WHERE seq = ?" % column, (seq,)).fetchone()[0]
    value = chance.choice((value[:chance.randrange(len(value))], value + b"\0", value * 2))
    sql("UPDATE record SET %s = ? WHERE seq = ?" % column, (value, seq))
    return "another length, %d, of the %s of record %d" % (len(value), column, seq)


@with_sql
def row_lost(chance, sql, count):
    seq, closed = chance.randrange(count), chance.random() < .5
    sql("DELETE FROM record WHERE seq = ?", (seq,))
    for later in range(seq + 1, count) if closed else ():
        sql("UPDATE record SET seq = ? WHERE seq = ?", (later - 1, later))
    return "record %d lost%s" % (seq, ", the gap closed" if closed else "")


@with_sql
def rows_swapped(chance, sql, count):
    one, other = chance.sample(range(count), 2)
    for before, after in ((one, -1), (other, one), (-1, other)):
        sql("UPDATE record SET seq = ? WHERE seq = ?", (after, before))
    return "records %d and %d swapped" % (one, other)


@with_sql
def column_swapped(chance, sql, count):
    one, other = chance.sample(range(count), 2)
    columns = chance.choice(("record", "event", "event, event_salt", "decision, decision_salt", "event_salt"))
    sql("UPDATE record SET (%s) = (SELECT %s FROM record WHERE seq = ?) WHERE seq = ?" % (columns, columns),
        (other, one))
    return "%s of record %d in the place of record %d's" % (columns, other, one)


@with_sql
def row_doubled(chance, sql, count):
    seq, to = chance.randrange(count), chance.choice((count, count + 7, -1, 2**62))
    sql("INSERT INTO record SELECT ?, %s FROM record WHERE seq = ?" % ", ".join(BLOBS), (to, seq))
    return "record %d once more as %d" % (seq, to)


@with_sql
def tail_removed(chance, sql, count):
    length = chance.randrange(count)
    sql("DELETE FROM record WHERE seq >= ?", (length,))
    return "the tail removed from record %d on" % length


DAMAGES = ([bit_of_book] * 12 + [bit_of_row] * 6 + [bit_of_checkpoint] * 4 + [length_of_row, row_lost, tail_removed] * 2
           + [byte_of_header, page_of_another, book_cut, checkpoint_cut, checkpoint_lines, checkpoint_gone,
              rows_swapped, column_swapped, row_doubled])
WAL_DAMAGES = [bit_of_wal] * 8 + [bit_of_book, bit_of_checkpoint, wal_cut, wal_cut, frame_of_another, wal_gone]
ENDINGS = ("", "-wal", ".checkpoint", ".key")


def run(*words):
    try:
        done = subprocess.run(words, capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        return None, "no end within two minutes"
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace").strip()


def make_book(program, folder, records):
    industry, book = os.path.join(folder, "industry"), os.path.join(folder, "whole.ytb")
    events = os.path.join(folder, "events.ndjson")
    steps = [("simulate", "--seed", "5", "--scale", "0.1", "--months", "2", "--out", industry),
             ("init", "--db", book, "--genesis", os.path.join(industry, "genesis.json")),
             ("record", "--db", book, "--quiet", events)]
    for step in steps:
        code, said = run(program, *step)
        if code != 0:
            sys.exit("damage.py: ytterby %s: exit code %s: %s" % (" ".join(step), code, said))
        if step[0] == "simulate":
            with open(os.path.join(industry, "events.ndjson"), "rb") as lines:
                write(events, b"".join(line for _, line in zip(range(records - 1), lines)))
    if read(book + "-wal"):
        sys.exit("damage.py: the book was closed, and yet its WAL is not empty")
    return book


def make_wal_book(program, whole, folder):
    """The same events, recorded by a server that is killed: the log lies in the WAL."""
    book = os.path.join(folder, "killed.ytb")
    with open(os.path.join(folder, "events.ndjson"), "rb") as lines:
        events = [line[line.index(b'"event":') + 8:line.rindex(b"}")] for line in lines]
    code, said = run(program, "init", "--db", book, "--genesis", os.path.join(folder, "industry", "genesis.json"))
    key = subprocess.run([program, "key", "new", "--role", "operator", "--db", book], capture_output=True, text=True)
    server = subprocess.Popen([program, "serve", "--db", book, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                              text=True, stderr=subprocess.DEVNULL)
    line = http.client.HTTPConnection("127.0.0.1", int(server.stdout.readline().rsplit(":", 1)[1]), timeout=60)
    for at in range(0, len(events), 10):                # many commits, and many versions of a page
        line.request("POST", "/api/v1/events", body=b"\n".join(events[at:at + 10]), headers={
            "Authorization": "Bearer " + key.stdout.strip(), "Content-Type": "application/x-ndjson"})
        said = line.getresponse().read()
        if b"refused" in said or b"error" in said:
            sys.exit("damage.py: %s" % said)
    # The checkpoint beside the book follows within a second.
    for _ in range(600):
        if int((read(book + ".checkpoint") or b"\n0").split(b"\n")[1]) == len(events) + 1:
            break
        time.sleep(0.05)
    server.kill()
    server.wait()
    if code or not read(book + "-wal"):
        sys.exit("damage.py: no book with a WAL could be made")
    return book


class Whole:
    """A whole book, and what it says."""

    def __init__(self, program, book, folder):
        self.book = book
        (self.log, _), self.note = log_of(book), read(book + ".checkpoint")
        copy = os.path.join(folder, "exported.ytb")
        for ending in ENDINGS:
            if os.path.exists(book + ending):
                shutil.copyfile(book + ending, copy + ending)
        done = subprocess.run([program, "export", "--db", copy], capture_output=True)
        self.lines = done.stdout.split(b"\n")[:-1] if done.returncode == 0 else []
        for ending in ENDINGS + ("-shm", ".lock"):
            if os.path.exists(copy + ending):
                os.unlink(copy + ending)

    def cuts(self):
        return [Cut(ending, length) for ending in ("", "-wal", ".checkpoint")
                for length in range(0, len(read(self.book + ending) or b""), 4096)]


def bound(line):
    """What a record's commitments bind."""
    facts = json.loads(line)
    return facts["seq"], facts["salts"], facts["decision"], line[line.index(b'"event":'):]


def salvage(program, book, whole, rows):
    """What is wrong with `export --whole`, given the rows that can still be had."""
    try:
        done = subprocess.run([program, "export", "--whole", "--db", book], capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        return ["export --whole: no end within two minutes"]
    if done.returncode not in (0, 1):
        return ["export --whole crashed, exit code %d: %r" % (done.returncode, done.stderr[-300:])]
    given = {}
    for line in done.stdout.split(b"\n")[:-1]:
        facts = json.loads(line)
        if facts["ytterby"] == "record/1":
            given[facts["seq"]] = line
        elif done.returncode == 0 and line != whole.lines[-1] and said_by(facts["note"].encode()) != said_by(whole.note):
            return ["export --whole gives another checkpoint"]
    as_before = [row[0] for row in whole.log if rows.get(row[0]) == row]
    faults = ["export --whole lacks record %d, which is whole" % seq for seq in as_before if seq not in given]
    # Swapped and doubled rows still say in which place they belong, so none may stand in another. Time, batch and
    # logic of a record are bound by the checkpoint alone, which then does not fit.
    faults += ["export --whole gives another record %d" % seq for seq, line in given.items()
               if seq >= len(whole.log) or bound(line) != bound(whole.lines[seq])
               or line != whole.lines[seq] and done.returncode == 0]
    if len(as_before) < len(whole.log) and done.returncode == 0:
        faults.append("export --whole says that nothing is lost")
    return faults[:3]


def one(program, whole, damage, seed, number, keep):
    """What is wrong with how damage `number` was taken, and whether it changed anything."""
    chance = random.Random("%d %d" % (seed, number))
    with tempfile.TemporaryDirectory(prefix="ytterby-damaged-") as folder:
        book = os.path.join(folder, "copy.ytb")
        has_wal = os.path.exists(whole.book + "-wal") and os.path.getsize(whole.book + "-wal") > 0
        for ending in ENDINGS:
            if os.path.exists(whole.book + ending):
                shutil.copyfile(whole.book + ending, book + ending)
        damage = damage or chance.choice(WAL_DAMAGES if has_wal else DAMAGES)
        what = "%d: %s" % (number, damage(chance, book))
        for ending in () if has_wal else ("-wal", "-shm"):
            if os.path.exists(book + ending):
                os.unlink(book + ending)
        files = read(book), read(book + ".checkpoint"), read(book + "-wal")
        log, rows = log_of(book)
        changed = log != whole.log or said_by(files[1]) != said_by(whole.note)
        faults = salvage(program, book, whole, rows)
        for name, words in (("ytterby verify", (program, "verify", "--db", book)),
                            ("verify.py", (sys.executable, STRANGER, book))):
            code, said = run(*words)
            if code not in (0, 1) or "Traceback" in said:
                faults.append("%s crashed, exit code %s: %s" % (name, code, said[-400:]))
            elif changed and code == 0:
                faults.append("%s saw nothing" % name)
            elif code == 1 and not any(word in said for word in MESSAGE):
                faults.append("%s names neither record nor file: %s" % (name, said[-400:]))
            if (read(book), read(book + ".checkpoint"), read(book + "-wal") or files[2]) != files:
                faults.append("%s changed the book or its checkpoint" % name)
        if faults and keep:
            for ending in ENDINGS:
                if os.path.exists(book + ending):
                    shutil.copyfile(book + ending, os.path.join(keep, "%d.ytb%s" % (number, ending)))
        return ["%s: %s" % (what, fault) for fault in faults], changed


def said_by(note):
    """What a signed note says: its text and the set of its signatures. A line said twice says nothing new, and
    the note format (C2SP signed-note) has a reader pass over it, so a checkpoint so changed is the same checkpoint.
    """
    text, blank, signatures = (note or b"").rpartition(b"\n\n")
    lines = signatures.split(b"\n")
    return text, blank, lines[-1], frozenset(lines[:-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="PROGRAM")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, default=250, help="how long a book (250)")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", metavar="DIR", help="copy there what was not taken well")
    given = parser.parse_args()
    program = os.path.abspath(given.program)
    if given.keep:
        os.makedirs(given.keep, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ytterby-damage-") as folder:
        plain = make_book(program, folder, given.records)
        books = [Whole(program, plain, folder), Whole(program, make_wal_book(program, plain, folder), folder)]
        faults = []
        for whole in books:
            if not whole.log or len(whole.log) != given.records or len(whole.lines) != given.records + 1:
                faults.append("the book has %d records, not %d" % (len(whole.log or ()), given.records))
            faults += salvage(program, whole.book, whole, {row[0]: row for row in whole.log})
            for words in ((program, "verify", "--db", whole.book), (sys.executable, STRANGER, whole.book)):
                code, said = run(*words)
                if code != 0:
                    faults.append("the whole book is rejected, exit code %s: %s" % (code, said))
        work = [(whole, cut) for whole in books for cut in whole.cuts()]
        cuts = len(work)
        work += [(books[number % 4 == 3], None) for number in range(given.count)]
        with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
            results = list(pool.map(lambda number: one(program, *work[number], given.seed, number, given.keep),
                                    range(len(work))))
    for found, _ in results:
        faults += found
    for fault in faults:
        print("FAIL " + fault)
    changed = sum(changed for _, changed in results)
    print("%d damages: %d changed the log, %s; %d harmless; %d of them cuts at every 4 KiB" % (
        len(work), changed, "all reported" if not faults else "%d faults" % len(faults), len(work) - changed, cuts))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
