#!/usr/bin/env python3
"""Damages a book in a thousand ways and asks who notices (R5).

    damage.py [--program FILE] [--count N] [--seed N] [--keep DIR]

Each damage hits a fresh copy: a bit or a byte of the file, of a row, or of the checkpoint that lies beside;
a row lost, doubled, swapped or moved; the file or the log cut short. A damage that changed what the book says
(its records, its parts, its settings, or the checkpoint's text) must be reported by `ytterby verify`, and where
the log itself was hit by tests/independent/verify.py too. One that changed nothing, such as a bit in an unused
page, must leave the digest as it was.

Prints `N passed, M failed`; what failed with its number, which with --seed gives it again (--keep leaves it).
"""
import argparse
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from place import Place  # noqa: E402

STRANGER = os.path.join(os.path.dirname(HERE), "independent", "verify.py")
BLOBS = ("record", "event_salt", "decision_salt", "event", "decision")


def content(book):
    """What the book says, by tables; None where SQLite itself cannot read it. Caches are not content."""
    try:
        with sqlite3.connect("file:%s?immutable=1" % book, uri=True) as database:
            return {"log": database.execute("SELECT * FROM record ORDER BY rowid").fetchall(),
                    "part": database.execute("SELECT * FROM part ORDER BY hash").fetchall(),
                    "setting": database.execute("SELECT * FROM setting ORDER BY name").fetchall()}
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def flipped(chance, value):
    """One bit of bytes, anywhere."""
    value = bytearray(value)
    value[chance.randrange(len(value))] ^= 1 << chance.randrange(8)
    return bytes(value)


# ---- damages: each is given the chance and the copy's path, and says what it did --------------------------

def bit_of_file(chance, book):
    size = os.path.getsize(book)
    at, bit = chance.randrange(size), chance.randrange(8)
    with open(book, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))
    return "bit %d of byte %d of %d" % (bit, at, size)


def zeroes_in_file(chance, book):
    at = chance.randrange(os.path.getsize(book) // 512) * 512
    with open(book, "r+b") as file:
        file.seek(at)
        file.write(bytes(512))
    return "512 zeroes at %d" % at


def cut_file(chance, book):
    size = os.path.getsize(book)
    length = chance.randrange(size // 4096) * 4096
    os.truncate(book, length)
    return "cut from %d to %d bytes" % (size, length)


def with_rows(change):
    def damage(chance, book):
        database = sqlite3.connect(book)
        count = database.execute("SELECT count(*) FROM record").fetchone()[0]
        said = change(chance, database, count)
        database.commit()
        database.close()
        return said
    damage.__name__ = change.__name__
    return damage


@with_rows
def bit_of_row(chance, database, count):
    seq, column = chance.randrange(count), chance.choice(BLOBS)
    value, = database.execute("SELECT %s FROM record WHERE seq = ?" % column, (seq,)).fetchone()
    if not value:
        return "an empty %s of record %d: nothing" % (column, seq)
    database.execute("UPDATE record SET %s = ? WHERE seq = ?" % column, (flipped(chance, bytes(value)), seq))
    return "a bit of the %s of record %d" % (column, seq)


@with_rows
def row_lost(chance, database, count):
    seq = chance.randrange(count)
    database.execute("DELETE FROM record WHERE seq = ?", (seq,))
    return "record %d lost" % seq


@with_rows
def row_lost_and_closed(chance, database, count):
    seq = chance.randrange(count)
    database.execute("DELETE FROM record WHERE seq = ?", (seq,))
    for later in range(seq + 1, count):
        database.execute("UPDATE record SET seq = ? WHERE seq = ?", (later - 1, later))
    return "record %d lost, the later ones moved up" % seq


@with_rows
def tail_cut(chance, database, count):
    length = chance.randrange(count)
    database.execute("DELETE FROM record WHERE seq >= ?", (length,))
    return "the log cut from %d to %d records" % (count, length)


@with_rows
def rows_swapped(chance, database, count):
    one, other = chance.sample(range(count), 2)
    for before, after in ((one, -1), (other, one), (-1, other)):
        database.execute("UPDATE record SET seq = ? WHERE seq = ?", (after, before))
    return "records %d and %d swapped" % (one, other)


@with_rows
def row_doubled(chance, database, count):
    seq = chance.randrange(count)
    database.execute("INSERT INTO record SELECT ?, record, event_salt, decision_salt, event, decision "
                     "FROM record WHERE seq = ?", (count, seq))
    return "record %d once more at the end" % seq


@with_rows
def event_exchanged(chance, database, count):
    one, other = chance.sample(range(count), 2)
    database.execute("UPDATE record SET (event, event_salt) = "
                     "(SELECT event, event_salt FROM record WHERE seq = ?) WHERE seq = ?", (other, one))
    return "the event of record %d put in the place of %d's" % (other, one)


def bit_of_checkpoint(chance, book):
    with open(book + ".checkpoint", "r+b") as file:
        text = file.read()
        file.seek(0)
        file.write(flipped(chance, text))
    return "a bit of the checkpoint"


def checkpoint_cut(chance, book):
    os.truncate(book + ".checkpoint", chance.randrange(os.path.getsize(book + ".checkpoint")))
    return "the checkpoint cut"


DAMAGES = [bit_of_file] * 6 + [bit_of_row] * 6 + [zeroes_in_file, zeroes_in_file, cut_file, row_lost, row_lost_and_closed,
           tail_cut, tail_cut, rows_swapped, row_doubled, event_exchanged, bit_of_checkpoint, bit_of_checkpoint,
           checkpoint_cut]


def ran(command):
    try:
        done = subprocess.run(command, capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return None, "no end within a minute"
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace").strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/ytterby")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    failures, noticed, harmless, by_stranger = [], 0, 0, 0
    with tempfile.TemporaryDirectory(prefix="ytterby-damage-") as folder:
        place = Place(program, folder, months=1)
        whole = content(place.book)
        digest = place.run("digest")
        if os.path.exists(STRANGER):
            code, said = ran([sys.executable, STRANGER, place.book])
            if code != 0:
                failures.append("verify.py rejects the book as it is: " + said[-300:])
        copy = os.path.join(folder, "copy.ytb")
        for number in range(options.count):
            chance = random.Random("%d %d" % (options.seed, number))
            for ending in ("", "-wal", "-shm", ".checkpoint", ".key", ".lock", ".accounts"):
                if os.path.exists(copy + ending):
                    os.unlink(copy + ending)
                if os.path.exists(place.book + ending) and ending not in ("-wal", "-shm"):
                    shutil.copy(place.book + ending, copy + ending)
            damage = chance.choice(DAMAGES)
            what = "%d: %s" % (number, damage(chance, copy))
            with open(copy + ".checkpoint", "rb") as now, open(place.book + ".checkpoint", "rb") as before:
                note_changed = now.read() != before.read()
            now = content(copy)
            changed = note_changed or now != whole
            log_changed = note_changed or now is None or now["log"] != whole["log"]
            code, said = ran([program, "verify", "--db", copy])
            fault = None
            if code not in (0, 1):
                fault = "verify ended with %s: %s" % (code, said[-300:])
            elif changed and code == 0:
                fault = "verify saw nothing"
            elif not changed and code == 0 and ran([program, "digest", "--db", copy])[1] + "\n" != digest:
                fault = "nothing changed, and yet the digest is another"
            if fault is None and log_changed and os.path.exists(STRANGER):
                if ran([sys.executable, STRANGER, copy])[0] == 0:
                    fault = "verify.py saw nothing"
                by_stranger += 1
            noticed, harmless = noticed + changed, harmless + (not changed)
            if fault:
                failures.append("%s: %s" % (what, fault))
                if options.keep:
                    os.makedirs(options.keep, exist_ok=True)
                    for ending in ("", ".checkpoint", ".key"):
                        shutil.copy(copy + ending, os.path.join(options.keep, "%d.ytb%s" % (number, ending)))
    for failure in failures[:20]:
        print("FAIL " + failure)
    print("%d damages changed something, %d of them in the log and shown to verify.py; %d changed nothing" % (
        noticed, by_stranger, harmless))
    print("%d passed, %d failed" % (options.count - len(failures), len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
