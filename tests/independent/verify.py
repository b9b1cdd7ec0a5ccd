#!/usr/bin/env python3
"""Checks a book, or an export of one, from docs/format.md alone.

usage: verify.py BOOK [--checkpoint FILE] [--json]
       verify.py --export FILE [--json]

Written by somebody who read that page and nothing else of Ytterby; only Python's standard library is used.
Recomputes each commitment, each leaf and the root; checks order, times, batches and the framing of each
decision; and that the checkpoint (BOOK.checkpoint, unless told otherwise) is signed by the key that the
genesis names, and fits. Exit codes: 0 well, 1 damaged or unreadable, 2 wrong usage.
"""
import argparse
import base64
import calendar
import datetime
import hashlib
import json
import os
import pathlib
import re
import sqlite3
import struct
import sys
import urllib.parse

from effects import BIRTHS, EFFECTS

NONE, NO_CAUSE = 0xffffffff, 0xffffffffffffffff
LAST_INSTANT = 253402300799999999
LOT = re.compile(rb"(?=.{3,128}\Z)[A-Za-z0-9](?:(?![\"'<>&\\`:])[!-~]){0,31}:[A-Za-z0-9~](?:(?![\"'<>&\\`])[!-~])*")


class Wrong(Exception):
    """Something is not as docs/format.md says; the text says what."""


def require(holds, text, *values):
    if not holds:
        raise Wrong(text % values)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def base64_exact(text, what):
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong("%s is not base64" % what) from None
    require(base64.b64encode(raw) == text, "%s is base64 in another spelling", what)
    return raw


# Ed25519 (RFC 8032) by the rule of the section "Signatures". Points are extended (X, Y, Z, T).
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = add(q, p)
        p = add(p, p)
        n >>= 1
    return q


def encode_point(p):
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode_point(raw):
    """The point, or None when the bytes are not the canonical encoding of one."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(key, signature, message):
    if len(key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    a, r = decode_point(key), decode_point(signature[:32])
    if s >= L or a is None or r is None or multiply(8, a)[0] == 0 or multiply(8, r)[0] == 0:
        return False    # eight times a point of small order is the neutral one, and no other has x = 0
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    minus_a = (P - a[0], a[1], 1, P - a[3])
    return encode_point(add(multiply(s, BASE), multiply(h, minus_a))) == signature[:32]


# The section "Tree".
def leaf_hash(data):
    return sha256(b"\0", data)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def root_of(leaves):
    stack = []
    for leaf in leaves:
        stack.append((0, leaf))
        while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
            (height, right), (_, left) = stack.pop(), stack.pop()
            stack.append((height + 1, node_hash(left, right)))
    root = stack.pop()[1] if stack else sha256()
    while stack:
        root = node_hash(stack.pop()[1], root)
    return root


def root_of_path(leaf, index, size, path):
    require(index < size, "index %d is not below the size %d", index, size)
    f, s, r = index, size - 1, leaf
    for p in path:
        require(s != 0, "the inclusion path is too long")
        left = f & 1 or f == s
        r = node_hash(p, r) if left else node_hash(r, p)
        while left and f != 0 and f & 1 == 0:
            f, s = f >> 1, s >> 1
        f, s = f >> 1, s >> 1
    require(s == 0, "the inclusion path is too short")
    return r


# The section "Checkpoint".
def key_name_well(name):
    return 1 <= len(name.encode()) <= 255 and "+" not in name and not any(c.isspace() or c < " " for c in name)


def open_checkpoint(note, origin, key):
    """Size and root of a signed checkpoint; refused unless the log's own key signed it."""
    require(len(note) <= 1 << 20, "has more than 1 MiB")
    require(min(note.replace(b"\n", b" "), default=0) >= 0x20, "holds a control character, or nothing at all")
    note.decode()   # a UnicodeDecodeError is a ValueError, and Log.check() reports it
    cut = note.rfind(b"\n\n")
    require(cut > 0, "has no empty line between text and signatures")
    text, lines = note[:cut + 1], note[cut + 2:]
    require(lines.endswith(b"\n"), "is cut short: no line end at the end of the last signature")
    lines = lines[:-1].split(b"\n")
    require(len(lines) <= 64, "has more than 64 signatures")
    key_id, own = sha256(origin.encode(), b"\n\1", key)[:4], False
    for line in lines:
        parts = line.decode().split(" ")
        require(len(parts) == 3 and parts[0] == "\u2014" and key_name_well(parts[1]), "has a malformed signature line")
        raw = base64_exact(parts[2].encode(), "a signature")
        require(len(raw) > 4, "has a signature that is too short")
        if parts[1] == origin and raw[:4] == key_id:
            require(len(raw) == 68 and signed(key, raw[4:], text), "the signature of \"%s\" is wrong", origin)
            own = True
    require(own, "is not signed by the key of \"%s\" that the genesis names", origin)
    body = text[:-1].split(b"\n")
    require(len(body) == 3, "has %d lines of text instead of 3", len(body))
    require(body[0] == origin.encode(), "is of another origin than \"%s\"", origin)
    require(re.fullmatch(rb"0|[1-9][0-9]{0,18}", body[1]) and int(body[1]) < 2**63, "has a malformed size")
    root = base64_exact(body[2], "the root")
    require(len(root) == 32, "has a root of %d bytes instead of 32", len(root))
    return int(body[1]), root


# The sections "Decision" and "Effects".
class Reader:
    """Takes bytes apart, big-endian; whatever reaches beyond the end is refused."""
    FORMS = {"u8": ">B", "i8": ">b", "u16": ">H", "u32": ">I", "u64": ">Q", "i64": ">q"}

    def __init__(self, data, born):
        self.data, self.at, self.born = data, 0, born

    def take(self, n):
        require(self.at + n <= len(self.data), "it ends in the middle of a field")
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, form):
        form = self.FORMS[form]
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def fields(self, text, count=1):
        """Reads `count` times the fields that a text names: integers, `a-b` for a u8 from a to b, or methods."""
        for _ in range(count):
            for name in text.split():
                if name in self.FORMS:
                    self.number(name)
                elif "-" in name:
                    value, (first, last) = self.number("u8"), map(int, name.split("-"))
                    require(first <= value <= last, "byte %d is %d, not %s", self.at - 1, value, name)
                else:
                    getattr(self, name)()

    def id(self):
        text = self.take(self.number("u8"))
        require(LOT.fullmatch(text), "\"%s\" is no id", text.decode("latin-1"))

    def words(self):
        raw = self.take(self.number("u8"))
        require(len(raw) <= 200 and not any(byte < 0x20 for byte in raw), "these are no words: %r", raw)
        raw.decode("utf-8")

    def group(self):
        text = self.take(self.number("u16"))
        require(text[:1] in (b"", b"d", b"l", b"p"), "a group's key begins with another letter than d, l, p")

    def mask(self):
        bits = self.number("u64")
        require(bits < 1 << 22, "a mask names a component that there is not")
        return bin(bits).count("1")

    def values(self): self.fields("i64", self.mask())
    def deviations(self): self.fields("i64 i64", self.mask())
    def facets(self): self.fields("1-5 u32 values", self.number("u8"))
    def terms(self): self.fields("measurement i64", self.number("u16"))
    def holders(self): self.fields("u32", self.number("u8"))
    def sets(self): self.fields("causes values", self.number("u16"))
    def sums(self): self.fields("u32 values values", self.number("u16"))
    def sign(self): require(self.number("i8") in (1, -1), "a sign is neither 1 nor -1")
    def reason(self): require(self.number("u8") in (1, 2, 3, 4, 5, 6, 8, 9), "a posting has a reason without meaning")
    def packages(self): self.fields("id i64 i64 i64 words words", self.number("u16")), self.fields("u32", self.number("u16"))
    def packing(self): self.row("packing")
    def declaration(self): self.row("declaration")
    def lot(self): self.row("lot")
    def measurement(self): self.row("measurement")
    def consignment(self): self.row("consignment")
    def draw(self): self.row("draw")

    def content(self):
        stated, _, below = self.mask(), self.mask(), self.mask()
        self.fields("i64", 1 + stated + below)

    def causes(self):
        before = -1
        for _ in range(self.number("u16")):
            cause = self.cause()
            require(cause > before, "causes do not rise")
            before = cause

    def cause(self):
        number = self.number("u64")
        require(number == NO_CAUSE or number >> 8 <= self.born["record"], "a cause is of a later record")
        return number

    def row(self, what):
        row = self.number("u32")
        require(row == NONE or row < self.born[what], "%s %d is not born yet", what, row)

    def hash(self):
        self.take(32)

    def earlier(self):
        require(self.number("u64") < self.born["record"], "it corrects a record that is not before it")




def check_signature(reader, event, origin, keys):
    kind = reader.number("u8")
    require(kind <= 2, "the signature's kind is %d, which has no meaning", kind)
    if kind == 0:
        return
    key, signature = reader.take(32), reader.take(64)
    if kind == 1:
        message = b"ytterby/sign/1\n%s\n%s\n" % (origin.encode(), key.hex().encode()) + event
    else:
        index, size, n = reader.number("u32"), reader.number("u32"), reader.number("u8")
        require(n <= 32, "the signature's path has %d hashes", n)
        root = root_of_path(leaf_hash(event), index, size, [reader.take(32) for _ in range(n)])
        message = b"ytterby/sign-batch/1\n%s\n%s\n%d\n" % (origin.encode(), key.hex().encode(), size) + root
    # The decision names the key by its hash; the key itself stands in the event that registered it.
    require(key in keys, "it is signed with a key that no event registered")
    require(signed(keys[key], signature, message), "the event's signature is wrong")


def check_decision(decision, event, origin, keys, born):
    reader = Reader(decision, born)
    reader.fields("1-1 1-3")     # version and verdict
    principal = reader.take(reader.number("u8"))
    require(re.fullmatch(rb"[!-~]+/[!-~]+/[!-~]+", principal), "its principal is not ROLE/PARTY/NAME")
    check_signature(reader, event, origin, keys)
    for _ in range(reader.number("u16")):
        reader.number("u16")
        cause = reader.number("u64")
        require(cause == NO_CAUSE or cause >> 8 == born["record"], "a code opens a cause of another record")
        where = reader.take(reader.number("u8"))
        require(re.fullmatch(rb"(?:/(?:[^/~]|~[01])*)*", where), "a code's place is not a pointer")
    for place in range(reader.number("u32")):
        kind = reader.number("u8")
        body = Reader(reader.take(reader.number("u16")), born)
        require(kind in EFFECTS, "effect %d is of the unknown kind %d", place, kind)
        name, fields = EFFECTS[kind]
        try:
            body.fields(fields)
            require(body.at == len(body.data), "%d bytes are left over", len(body.data) - body.at)
        except Wrong as wrong:
            raise Wrong("effect %d (%s): %s" % (place, name, wrong)) from None
        born[BIRTHS.get(kind, "effect")] += 1
    require(reader.at == len(decision), "%d bytes are left over", len(decision) - reader.at)


# The sections "Record" and "Commitments".
class Log:
    """Takes records in order, and remembers what is wrong."""

    def __init__(self):
        self.leaves, self.problems = [], []
        self.origin, self.key, self.keys, self.covered = "", b"", {}, None
        self.recorded, self.batch = 0, 0
        self.born = dict.fromkeys(["record", "effect", *BIRTHS.values()], 0)

    def check(self, where, check, *values):
        try:
            check(*values)
        except (Wrong, OSError, ValueError, OverflowError, RecursionError) as wrong:
            self.problems.append((where, str(wrong) or repr(wrong)))
        except sqlite3.Error as wrong:
            self.problems.append((where, "cannot be read beyond record %d: %s" % (len(self.leaves) - 1, wrong)))

    def add(self, record, event_salt, decision_salt, event, decision):
        seq = self.born["record"] = len(self.leaves)
        where = "record %d" % seq
        self.leaves.append(leaf_hash(record))
        self.check(where, self.check_record, seq, record)
        self.check(where, self.check_commitments, record, event_salt, decision_salt, event, decision)
        self.check(where + ": event", self.check_event, seq, event)
        self.check(where + ": decision", check_decision, decision, event, self.origin, self.keys, self.born)

    def check_record(self, seq, record):
        require(len(record) == 96, "has %d bytes instead of 96", len(record))
        magic, _, flags, number, recorded, batch = struct.unpack(">4sHHQqQ", record[:32])
        require(magic == b"YTR\1", "has another magic or version: %s", magic.hex())
        require(flags == 0, "has the unknown flags %04x", flags)
        require(number == seq, "says that it is number %d", number)
        require(0 <= recorded <= LAST_INSTANT, "was recorded at no time: %d", recorded)
        require(recorded >= self.recorded, "was recorded before the record before it")
        require(batch in (seq, self.batch), "is of batch %d, which neither begins here nor goes on", batch)
        self.recorded, self.batch = recorded, batch

    def check_commitments(self, record, event_salt, decision_salt, event, decision):
        require(len(event_salt) == len(decision_salt) == 16, "has a salt that has not 16 bytes")
        require(sha256(b"ytterby/event/1\0", event_salt, event) == record[32:64],
                "the event is not the one that was recorded (commitment)")
        require(sha256(b"ytterby/decision/1\0", decision_salt, decision) == record[64:96],
                "the decision is not the one that was recorded (commitment)")

    def check_event(self, seq, event):
        require(event[:1] == b"{" and event[-1:] == b"}" and min(event) >= 0x20, "it is no JSON object on one line")
        words = json.loads(event.decode(), parse_int=str, parse_float=str)
        kind, key, origin = (words.get(name) for name in ("kind", "key", "origin"))
        require((kind == "book") == (seq == 0), "the genesis, and no other event, is of the kind \"book\"")
        if isinstance(key, str) and re.fullmatch("[0-9a-f]{64}", key):
            key = bytes.fromhex(key)
        if kind == "key" and isinstance(key, bytes):
            self.keys[sha256(key)] = key
        if kind == "book":
            require(isinstance(origin, str) and key_name_well(origin), "it names no origin")
            require(isinstance(key, bytes), "it names no log key of 64 digits")
            self.origin, self.key = origin, key

    def check_checkpoint(self, note, of_all=False):
        require(self.key, "cannot be checked: no genesis names a log key")
        size, root = open_checkpoint(note, self.origin, self.key)
        require(size <= len(self.leaves), "covers %d records, but the log has %d", size, len(self.leaves))
        require(not of_all or size == len(self.leaves), "covers %d of %d records", size, len(self.leaves))
        require(root == root_of(self.leaves[:size]), "the first %d records have another root than it says", size)
        self.covered = size


# The section "SQLite tables".
TABLES = {"record": "seq record event_salt decision_salt event decision", "part": "hash class bytes",
          "cache": "name bytes", "setting": "name value"}


def check_book(log, path):
    with open(path, "rb") as file:
        require(file.read(16) == b"SQLite format 3\0", "is not a SQLite database")
    # In a folder that cannot be written, a book in WAL mode opens only as immutable; without a WAL nothing is missed.
    path = os.path.abspath(path)
    mode = "ro" if os.path.exists(path + "-wal") or os.access(os.path.dirname(path), os.W_OK) else "ro&immutable=1"
    book = sqlite3.connect("file:%s?mode=%s" % (urllib.parse.quote(path), mode), uri=True)
    book.text_factory = bytearray   # so that a text is never taken for a blob
    application, version = (book.execute("PRAGMA " + name).fetchone()[0] for name in ("application_id", "user_version"))
    require(application == 0x59545231, "is not a book: its application_id is %08x", application)
    require(version == 1, "has the tables of version %d", version)
    found = {name.decode("latin-1"): kind for kind, name in book.execute("SELECT type, name FROM sqlite_schema")}
    for name, kind in found.items():
        require(name in TABLES and kind == b"table" or name.startswith("sqlite_autoindex_") and kind == b"index",
                "holds the %s \"%s\", which a book has not", kind.decode("latin-1"), name)
    for name, columns in TABLES.items():
        require(name in found, "has no table \"%s\"", name)
        names = [row[1].decode("latin-1") for row in book.execute("PRAGMA table_info(%s)" % name)]
        require(names == columns.split(), "table \"%s\" has other columns: %s", name, " ".join(names))
    for row in book.execute("SELECT seq, record, event_salt, decision_salt, event, decision FROM record ORDER BY seq"):
        require(row[0] == len(log.leaves), "record %d is missing; record %s stands there", len(log.leaves), row[0])
        require(all(isinstance(blob, bytes) for blob in row[1:]), "record %d: a column is not a blob", row[0])
        log.add(*row[1:])
    require(log.leaves, "has no record, not even a genesis")
    for digest, part_class, _ in book.execute("SELECT hash, class, bytes FROM part"):
        require(isinstance(digest, bytes) and len(digest) == 32, "a part's hash has not 32 bytes")
        require(isinstance(part_class, int) and 0 <= part_class <= 255, "a part's class is not 0 to 255")


# The section "Export that replays".
RECORD_LINE = re.compile(
    rb'\{"ytterby":"record/1","seq":(\d{1,19}),"batch":(\d{1,19}),"logic":(\d{1,5}),"flags":0,"recorded":"([^"]*)",'
    rb'"salts":\["([^"]*)","([^"]*)"\],"decision":"([^"]*)","event":(\{.*\})\}')
INSTANT = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d)(?:\.(\d{0,5}[1-9]))?Z")


PART_LINE = re.compile(rb'{"ytterby":"part/1","hash":"([0-9a-f]{64})","class":(0|[1-9][0-9]*)(?:,"bytes":"([^"]*)")?}')


def check_export(log, path):
    ended, last_part = False, b""
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            where = "line %d" % number
            require(not ended, "%s stands behind the checkpoint", where)
            require(line.endswith(b"\n"), "%s is cut short", where)
            ended = line.startswith(b'{"ytterby":"checkpoint/1",')
            if ended:
                note = json.loads(line)
                require(sorted(note) == ["note", "ytterby"] and isinstance(note["note"], str), "%s: malformed", where)
                log.check(where + ": the checkpoint", log.check_checkpoint, note["note"].encode(), True)
                continue
            parts = PART_LINE.fullmatch(line[:-1])
            if parts:
                require(parts[1] > last_part and int(parts[2]) < 256, "%s: malformed part", where)
                last_part, _ = parts[1], base64_exact(parts[3] or b"", where)
                continue
            match = None if last_part else RECORD_LINE.fullmatch(line[:-1])
            require(match, "%s is neither a record/1 nor a checkpoint/1", where)
            seq, batch, logic = int(match[1]), int(match[2]), int(match[3])
            require(seq == len(log.leaves) and batch <= seq and logic < 2**16, "%s is out of its place", where)
            instant = INSTANT.fullmatch(match[4])
            require(instant, "%s: \"%s\" is no instant in UTC", where, match[4].decode("latin-1"))
            seconds = calendar.timegm(datetime.datetime.fromisoformat(instant[1].decode()).timetuple())
            recorded = seconds * 10**6 + int((instant[2] or b"").ljust(6, b"0"))
            event_salt, decision_salt, decision = (base64_exact(match[n], where) for n in (5, 6, 7))
            record = struct.pack(">4sHHQqQ", b"YTR\1", logic, 0, seq, recorded, batch)
            record += sha256(b"ytterby/event/1\0", event_salt, match[8])
            record += sha256(b"ytterby/decision/1\0", decision_salt, decision)
            log.add(record, event_salt, decision_salt, match[8], decision)
    require(ended, "ends without a checkpoint, after %d records", len(log.leaves))


def main():
    parser = argparse.ArgumentParser(description="Checks a book, or an export of one, from docs/format.md alone.")
    parser.add_argument("book", nargs="?", metavar="BOOK")
    parser.add_argument("--checkpoint", metavar="FILE", help="instead of BOOK.checkpoint")
    parser.add_argument("--export", metavar="FILE", help="check an export instead of a book")
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    given = parser.parse_args()
    if (given.book is None) == (given.export is None) or given.export and given.checkpoint:
        parser.error("name either a BOOK or --export FILE")
    log, path = Log(), given.book or given.export
    log.check(path, check_export if given.export else check_book, log, path)
    if given.book:
        checkpoint = given.checkpoint or path + ".checkpoint"
        log.check(checkpoint, lambda: log.check_checkpoint(pathlib.Path(checkpoint).read_bytes()))
    result = {"file": path, "well": not log.problems, "origin": log.origin, "records": len(log.leaves),
              "root": root_of(log.leaves).hex(), "checkpoint": log.covered,
              "problems": [{"where": where, "what": what} for where, what in log.problems]}
    if given.json:
        print(json.dumps(result))
    elif not log.problems:
        print("%s: %d records of %s; root %s; the checkpoint covers %d of them and fits"
              % (path, len(log.leaves), log.origin, result["root"], log.covered))
    else:
        for where, what in log.problems[:20]:
            print("%s: %s" % (where, what), file=sys.stderr)
        if len(log.problems) > 20:
            print("and %d more" % (len(log.problems) - 20), file=sys.stderr)
    return 1 if log.problems else 0


if __name__ == "__main__":
    sys.exit(main())
