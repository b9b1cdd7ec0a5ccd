#!/usr/bin/env python3
"""Checks a proof, or evidence of a fork, from docs/format.md alone ("Proof bundle", "Opening", "Evidence of a fork").

usage: proof.py VKEY FILE        exit code 0 when it proves what it says, else 1 and why
"""
import json
import re
import sys

import verify as v


def log_key(text):
    """Name and public key of NAME+ID+base64(01 || key)."""
    name, key_id, encoded = text.rsplit("+", 2) if text.count("+") == 2 else text.split("+", 2)
    raw = v.base64_exact(encoded.encode(), "the key")
    v.require(len(raw) == 33 and raw[0] == 1 and v.key_name_well(name), "is no verifier key")
    v.require(v.sha256(name.encode(), b"\n", raw)[:4].hex() == key_id, "has another id than its key")
    return name, raw[1:]


def hash_of(encoded):
    raw = v.base64_exact(encoded, "a hash")
    v.require(len(raw) == 32, "has a hash of %d bytes", len(raw))
    return raw


def check_proof(text, vkey):
    origin, key = log_key(vkey)
    top, cut, checkpoint = text.partition(b"\n\n")
    lines = top.split(b"\n")
    v.require(cut and lines[0] == b"c2sp.org/tlog-proof@v1" and len(lines) >= 3, "is no proof")
    v.require(lines[1].startswith(b"extra "), "opens nothing")
    match = re.fullmatch(rb"index (0|[1-9][0-9]{0,18})", lines[2])
    v.require(match, "has a malformed index")
    index, path = int(match[1]), [hash_of(line) for line in lines[3:]]
    opened = v.base64_exact(lines[1][6:], "the opening")
    # The event's bytes count as they stand, so the object is taken apart before it is read.
    event = re.fullmatch(rb'(\{.*?"event_salt":"[^"]*"),"event":(\{.*\})\}', opened, re.S)
    opening = json.loads(event[1] + b"}" if event else opened)
    known = {"ytterby", "key", "record", "decision_salt", "decision", "event_salt"}
    v.require(set(opening) <= known and opening.get("ytterby") == "opening/1", "has an opening of an unknown form")
    v.require(opening.get("key") == vkey, "names another key")
    part = {name: v.base64_exact(opening[name].encode(), name) for name in known - {"ytterby", "key"} if name in opening}
    record = part.get("record", b"")
    v.require(len(record) == 96 and record[:4] == b"YTR\1", "holds no record")
    v.require(int.from_bytes(record[8:16], "big") == index, "holds another record")
    v.require(("decision" in part) == ("decision_salt" in part) and bool(event) == ("event_salt" in part), "lacks a salt")
    size, root = v.open_checkpoint(checkpoint, origin, key)
    v.require(v.root_of_path(v.leaf_hash(record), index, size, path) == root, "leads to another root")
    for what, salt, raw, place in (("event", part.get("event_salt"), event and event[2], record[32:64]),
                                   ("decision", part.get("decision_salt"), part.get("decision"), record[64:96])):
        if salt is not None:
            v.require(len(salt) == 16 and v.sha256(b"ytterby/%s/1\0" % what.encode(), salt, raw) == place,
                      "holds another %s", what)
    return "record %d of %s is in the log of %d records" % (index, origin, size)


def follows(m, a, n, b, path):
    """The consistency algorithm of the section "Tree"."""
    if m == n:
        return not path and a == b
    if not 0 < m < n or not path:
        return False
    path = list(path)
    if m & (m - 1) == 0:
        path.insert(0, a)
    f, s = m - 1, n - 1
    while f & 1:
        f, s = f >> 1, s >> 1
    x = y = path[0]
    for c in path[1:]:
        if s == 0:
            return False
        if f & 1 or f == s:
            x, y = v.node_hash(c, x), v.node_hash(c, y)
            while not f & 1 and f:
                f, s = f >> 1, s >> 1
        else:
            y = v.node_hash(y, c)
        f, s = f >> 1, s >> 1
    return s == 0 and x == a and y == b


def check_fork(text, vkey):
    origin, key = log_key(vkey)
    fork = json.loads(text)
    v.require(fork.get("ytterby") == "fork/1" and "root" in fork and "path" in fork, "proves no fork")
    (m, a), (n, b) = (v.open_checkpoint(fork[name].encode(), origin, key) for name in ("older", "newer"))
    root = hash_of(fork["root"].encode())
    v.require(follows(m, root, n, b, [hash_of(each.encode()) for each in fork["path"]]), "has a path that leads elsewhere")
    v.require(root != a, "shows no fork")
    return "the key of %s signed two logs that differ before record %d" % (origin, m)


def main():
    vkey, path = sys.argv[1:]
    try:
        with open(path, "rb") as file:
            text = file.read()
        print(check_fork(text, vkey) if text.startswith(b'{"ytterby":"fork/1"') else check_proof(text, vkey))
    except (v.Wrong, ValueError, AttributeError) as why:
        print("%s: %s" % (path, why))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
