#!/usr/bin/env python3
"""Does verify.py take what is right, and only that?

usage: test_verify.py --program FILE

First the examples of docs/format.md, by verify.py's own functions; then books, exports and checkpoints that
the program made, whole and forged. Here stands what random damages do not find: forgeries whose commitments
fit, signatures that libraries disagree on, notes with other people's signatures. Prints `N passed, M failed`.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import verify as v  # noqa: E402

SEED = bytes(range(32))
ORIGIN = "ree.example/book"
passed, failed = 0, []


def check(sentence, holds):
    global passed
    passed += bool(holds)
    if not holds:
        failed.append(sentence)
        print("FAIL " + sentence)


def refused(call, *values):
    try:
        call(*values)
    except (v.Wrong, ValueError):
        return True
    return False


def sign(seed, message):
    """RFC 8032, 5.1.6, with verify.py's points."""
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little") & (1 << 254) - 8 | 1 << 254
    key = v.encode_point(v.multiply(a, v.BASE))
    r = int.from_bytes(hashlib.sha512(h[32:] + message).digest(), "little") % v.L
    start = v.encode_point(v.multiply(r, v.BASE))
    h = int.from_bytes(hashlib.sha512(start + key + message).digest(), "little")
    return key, start + ((r + h * a) % v.L).to_bytes(32, "little")


def signatures():
    key = bytes.fromhex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
    name = v.sha256(key)
    check("a key is named by its hash", name.hex().startswith("56475aa75463474c"))
    one = bytes.fromhex("f2fe974fd0c8c2cec3227286bfd16997f3cc0c3c62811d8c02a63ea56707a818"
                        "3bc9231c3d198d90f98cf3f924d3f66261b9f596c47c7d68c8854fa37b90850e")
    all_of = bytes.fromhex("28b0e48dca3ec11d9f936b8eb13caaea06be3d08f5bb4d778e6de6a149b693b7"
                           "3c6bcbccd0fc8499ced8490912cdbc2b9c3b347a2297356161542476e8038706")
    events = [b'{"n":1}', b'{"n":2}', b'{"n":3}']
    leaves = [v.leaf_hash(event) for event in events]

    def decided(signature, event, keys={name: key}):
        head = b"\1\1\x05a/b/c"
        v.check_decision(head + signature + bytes(6), event, ORIGIN, keys, {"record": 1})
    decided(b"\0", events[0])
    decided(b"\1" + name + one, b'{"kind":"extract"}')
    check("a signed event verifies", True)
    check("a signature of another event is refused", refused(decided, b"\1" + name + one, b'{"kind":"extracT"}'))
    check("a signature by an unknown key is refused", refused(decided, b"\1" + name + one, b'{"kind":"extract"}', {}))
    paths = [[leaves[1], leaves[2]], [leaves[0], leaves[2]], [v.node_hash(*leaves[:2])]]
    for index, path in enumerate(paths):
        def batch(index, size, path, event=events[index]):
            decided(b"\2" + name + all_of + index.to_bytes(4, "big") + size.to_bytes(4, "big")
                    + bytes([len(path)]) + b"".join(path), event)
        batch(index, 3, path)
        check("event %d of a signed batch verifies, and at its place only" % index,
              refused(batch, (index + 1) % 3, 3, path) and refused(batch, index, 4, path)
              and refused(batch, index, 3, path + [leaves[0]]) and refused(batch, index, 3, path[1:])
              and refused(batch, 3, 3, path))
    message = b"message"
    made, signature = sign(SEED, message)
    check("the seed 00..1f has the public key that the page states", made == key)
    check("what was signed verifies", v.signed(key, signature, message))
    s = int.from_bytes(signature[32:], "little") + v.L
    check("S + L is refused", not v.signed(key, signature[:32] + s.to_bytes(32, "little"), message))
    neutral = (1).to_bytes(32, "little")
    check("a key of small order is refused, that signs anything", not v.signed(neutral, neutral + bytes(32), message))
    for small in (0, v.P - 1, v.P, v.P + 1, 1 | 1 << 255):
        raw = small.to_bytes(32, "little")
        check("small order or another spelling is refused: %x" % small,
              not v.signed(raw, neutral + bytes(32), message) and not v.signed(key, raw + bytes(32), message))


def hashes():
    salt = bytes(range(16))
    check("the event's commitment is the page's", v.sha256(b"ytterby/event/1\0", salt, b'{"kind":"book"}').hex()
          == "0c46372f154c9204b4739dc7c09e4d8a5e20a112dc51c4c05e3cef0dcd7d29f3")
    record = bytes.fromhex("5954520100010000000000000000010200064748462040010000000000000101"
                           + "0c46372f154c9204b4739dc7c09e4d8a5e20a112dc51c4c05e3cef0dcd7d29f3"
                           "98528cfc55705e7f4609d22205c877a4fa77fe9e9ff45bf0adb0260aec43a77a")
    check("the leaf is the page's", v.leaf_hash(record).hex()
          == "4e88143f25f4ad2a09878da804929ef5e3005db916861ac44625711b9285ba64")
    check("the root of nothing is the page's", v.root_of([]).hex().startswith("e3b0c44298fc1c14"))
    leaves = [v.leaf_hash(bytes([n])) for n in range(21)]

    def by_definition(part):
        if len(part) == 1:
            return part[0]
        k = 1 << (len(part) - 1).bit_length() - 1
        return v.node_hash(by_definition(part[:k]), by_definition(part[k:]))
    check("grown or split, the root is one", all(v.root_of(leaves[:n]) == by_definition(leaves[:n]) for n in range(1, 22)))


def checkpoints():
    key, _ = sign(SEED, b"")

    def line(name, key_id, signature):
        return "\u2014 %s %s\n" % (name, base64.b64encode(key_id + signature).decode())
    root = base64.b64encode(v.sha256()).decode()

    def note(text, more=""):
        own = v.sha256(ORIGIN.encode() + b"\n\1" + key)[:4]
        return (text + "\n" + more + line(ORIGIN, own, sign(SEED, text.encode())[1])).encode()

    def opened(data):
        return v.open_checkpoint(data, ORIGIN, key)
    text = "%s\n0\n%s\n" % (ORIGIN, root)
    check("a checkpoint of nothing opens", opened(note(text)) == (0, v.sha256()))
    check("others' signatures are ignored", opened(note(text, line("witness", b"1234", bytes(72)))) == (0, v.sha256()))
    own = v.sha256(ORIGIN.encode() + b"\n\1" + key)[:4]
    check("a wrong one of the log's own spoils it", refused(opened, note(text, line(ORIGIN, own, bytes(64)))))
    check("signed by others alone it is none", refused(opened, (text + "\n" + line("witness", b"1234", bytes(72))).encode()))
    for what, other in (("origin", text.replace("book", "boot")), ("size 00", text.replace("\n0\n", "\n00\n")),
                        ("size 2^63", text.replace("\n0\n", "\n%d\n" % 2**63)), ("size -1", text.replace("\n0\n", "\n-1\n")),
                        ("root", text.replace(root, root[:-2] + "V=")), ("more lines", text + "more\n")):
        check("refused, although signed: " + what, refused(opened, note(other)))
    for what, other in (("nothing", b""), ("a control character", note(text).replace(b"/", b"\t")), ("no end", note(text)[:-1]),
                        ("no UTF-8", note(text, "\u2014 w\u00e9 AAAAAAA=\n").replace(b"\xc3\xa9", b"\xff"))):
        check("refused: " + what, refused(opened, other))


def stranger(*words):
    done = subprocess.run([sys.executable, os.path.join(HERE, "verify.py"), *words, "--json"], capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}


def books(program, folder):
    def run(*words):
        return subprocess.run([program, *words], check=True, capture_output=True, cwd=folder, timeout=300).stdout
    run("simulate", "--seed", "5", "--scale", "0.1", "--months", "2", "--out", "industry", "--cheat", "unlicensed-ore:from=2026-02,months=1")
    book, export = os.path.join(folder, "book.ytb"), os.path.join(folder, "export")
    run("init", "--db", book, "--genesis", "industry/genesis.json")
    shutil.copy(book + ".checkpoint", os.path.join(folder, "first"))
    run("record", "--db", book, "--quiet", "industry/events.ndjson")
    said = run("verify", "--db", book).decode()
    code, result = stranger(book)
    check("a whole book is well", code == 0 and result["well"] and result["checkpoint"] == result["records"] > 1000)
    check("both verifiers find one root", re.search(r"root +([0-9a-f]{64})", said)[1] == result["root"])
    check("an older checkpoint fits too", stranger(book, "--checkpoint", os.path.join(folder, "first"))[1]["checkpoint"] == 1)
    check("a missing checkpoint is reported", stranger(book, "--checkpoint", os.path.join(folder, "none"))[0] == 1)
    check("a missing book is reported", stranger(os.path.join(folder, "none"))[0] == 1)
    check("without a book the usage is wrong", stranger()[0] == 2)

    lines = run("export", "--db", book).splitlines(keepends=True)

    def exported(lines):
        with open(export, "wb") as file:
            file.writelines(lines)
        return stranger("--export", export)
    code, whole = exported(lines)
    check("a whole export is well, and has the book's root", code == 0 and whole["root"] == result["root"])
    middle = len(lines) // 2
    changed = {
        "a line lost": lines[:middle] + lines[middle + 1:], "lines swapped": lines[:3] + [lines[4], lines[3]] + lines[5:],
        "no checkpoint": lines[:-1], "a record behind it": lines + lines[-2:-1], "cut": lines[:-1] + [lines[-1][:-40]],
        "no line end": lines[:-1] + [lines[-1][:-1]], "no genesis": lines[1:], "a tail lost": lines[:-2] + lines[-1:],
        "an event's blank": lines[:middle] + [lines[middle].replace(b'"event":{', b'"event":{ ')] + lines[middle + 1:],
        "a salt": lines[:middle] + [re.sub(rb'"salts":\["(.)', lambda m: m[0][:-1] + (b"A" if m[1] != b"A" else b"B"),
                                           lines[middle])] + lines[middle + 1:],
        "a flag": lines[:middle] + [lines[middle].replace(b'"flags":0', b'"flags":1')] + lines[middle + 1:]}
    for what, damaged in changed.items():
        check("an export is refused with " + what, exported(damaged)[0] == 1)

    forged = os.path.join(folder, "forged.ytb")

    def forge(sentence, named, change):
        """Changes a copy by SQL, behind what the checkpoint covers or within; `named` says who reports it, if anybody."""
        for ending in ("", ".checkpoint"):
            shutil.copy(book + ending, forged + ending)
        database = sqlite3.connect(forged)
        change(database)
        database.commit()
        database.close()
        code, result = stranger(forged)
        check(sentence, any(named in "%(where)s %(what)s" % problem for problem in result["problems"]) if named
              else code == 0 and not result["problems"])

    def appended(event=b'{"v":1,"kind":"hold"}', decision=b"\1\1\5a/b/c\0" + bytes(6), seq=None, batch=None, late=0,
                 magic=b"YTR\1", flags=0):
        """A record behind the last one, all of whose commitments fit."""
        def change(database):
            count, last = database.execute("SELECT seq + 1, record FROM record ORDER BY seq DESC LIMIT 1").fetchone()
            recorded = int.from_bytes(last[16:24], "big") + late
            record = magic + b"\0\1" + flags.to_bytes(2, "big") + (count if seq is None else seq).to_bytes(8, "big")
            record += recorded.to_bytes(8, "big", signed=True) + (count if batch is None else batch).to_bytes(8, "big")
            record += v.sha256(b"ytterby/event/1\0", bytes(16), event) + v.sha256(b"ytterby/decision/1\0", bytes(16), decision)
            database.execute("INSERT INTO record VALUES(?, ?, ?, ?, ?, ?)",
                             (count, record, bytes(16), bytes(16), event, decision))
        return change
    last = "record %d" % result["records"]
    head, tail = b"\1\1\5a/b/c\0\0\0", b"\0\0\0\1"
    forge("a record behind the checkpoint is well", "", appended())
    forge("so is one that goes on with a batch, and has an effect", "", appended(
        batch=result["records"] - 1, decision=head + tail + b"\x1f\0\2\7\xea"))
    forge("a time that falls is refused", "recorded before", appended(late=-1))
    forge("a batch that neither begins nor goes on is refused", "batch 3", appended(batch=3))
    forge("a batch beyond its record is refused", "batch", appended(batch=10**9))
    forge("another seq is refused", "says that it is number 7", appended(seq=7))
    forge("another version is refused", "magic", appended(magic=b"YTR\2"))
    forge("an unknown flag is refused", "flags", appended(flags=4))
    forge("an event over two lines is refused", last + ": event", appended(event=b'{"kind":\n"hold"}'))
    forge("a second genesis is refused", last + ": event", appended(event=b'{"kind":"book"}'))
    for what, decision in (("version 2", b"\2" + head[1:] + bytes(4)), ("verdict 0", b"\1\0" + head[2:] + bytes(4)),
                           ("no principal", b"\1\1\0\0" + bytes(6)), ("bytes behind it", head + bytes(5)), ("an end", head),
                           ("signature kind 3", b"\1\1\5a/b/c\3" + bytes(6)), ("an unknown effect", head + tail + b"\x63\0\0"),
                           ("a body too short", head + tail + b"\x1f\0\1\7"), ("a body too long", head + tail + b"\x1f\0\3" + bytes(3)),
                           ("a lot that is not born", head + tail + b"\5\0\4\x0f" + bytes(3)),
                           ("component 22", head + tail + b"\x12\0\x0e" + bytes(6) + b"\0\0\0\0\0\x40\0\0"),
                           ("a code that opens another's cause", head[:-1] + b"\1\0\1" + bytes(8) + b"\0" + bytes(4))):
        forge("a decision is refused with " + what, last + ": decision", appended(decision=decision))
    forge("a view is refused", "view", lambda database: database.execute("CREATE VIEW v AS SELECT * FROM record"))
    forge("a trigger is refused", "trigger", lambda database: database.execute(
        "CREATE TRIGGER t AFTER INSERT ON record BEGIN SELECT 1; END"))
    forge("another application is refused", "application_id", lambda database: database.execute("PRAGMA application_id=1"))
    forge("a log shorter than its checkpoint is refused", "covers", lambda database: database.execute(
        "DELETE FROM record WHERE seq > 100"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="build/release/ytterby")
    program = os.path.abspath(parser.parse_args().program)
    hashes()
    signatures()
    checkpoints()
    with tempfile.TemporaryDirectory(prefix="ytterby-stranger-") as folder:
        books(program, folder)
    print("%d passed, %d failed" % (passed, len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
