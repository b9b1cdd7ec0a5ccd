"""Signed lines and sealed parts over HTTP, against a live server: run by tests/api/run.py.

Signatures are made by tests/verdicts/signing.py, which knows nothing of the program's own; parts are sealed
here by docs/format.md.
"""
import base64
import hashlib
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../verdicts"))
import signing                                                       # noqa: E402

ORIGIN = "ree.example/envelopes"
SEED, OTHER = bytes(range(32)), bytes(range(1, 33))
PERSONAL = 1
GENESIS = {"v": 1, "kind": "book", "id": "genesis", "party": "REG", "happened": "2026-01-01T00:00:00+08:00",
           "origin": ORIGIN, "jurisdiction": "CN", "offset": "+08:00", "mode": "trial"}


def text(event):
    return json.dumps(event, separators=(",", ":"))


def event(kind, ident, party="REG", **members):
    return {"v": 1, "kind": kind, "id": ident, "party": party, "happened": "2026-01-02T08:00:00+08:00", **members}


def sealed_line(part, salt, body):
    """The event names the part's hash; the line carries the part beside it."""
    hashed = hashlib.sha256(b"ytterby/sealed/1\0" + salt + bytes([PERSONAL]) + part).hexdigest()
    body["sealed"] = [{"class": "personal", "hash": hashed}]
    return hashed, lambda bytes_=part: text({"ytterby": "sealed/1", "parts": [
        {"hash": hashed, "salt": base64.b64encode(salt).decode(), "bytes": base64.b64encode(bytes_).decode()}],
        "event": body})


def run(program, Server, fail):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(program, folder)
        with open(os.path.join(folder, "genesis.json"), "w", encoding="utf-8") as out:
            out.write(text(GENESIS))
        server.run("init", "--genesis", os.path.join(folder, "genesis.json"))
        first = os.path.join(folder, "first.ndjson")
        with open(first, "w", encoding="utf-8") as out:
            out.write(text(event("party", "p-1", subject="NORTH", name="North", roles=["company"])) + "\n")
        server.run("record", first)
        regulator, company = server.key("regulator"), server.key("company", "NORTH")
        server.start()
        try:
            print(f"envelopes: {all_checks(server, regulator, company, fail)} signed and sealed lines answered")
        finally:
            server.stop()


def all_checks(server, regulator, company, fail):
    count = 0

    def send(key, line, verdict, code=None, status=200):
        nonlocal count
        count += 1
        got, _, body = server.ask("POST", "/api/v1/events", key, line)
        answer = json.loads(body)
        codes = [c["code"] for c in answer.get("codes", [])]
        if got != status or answer.get("verdict") != verdict or (code and code not in codes):
            fail(f"envelopes: expected {status} {verdict} {code}, got {got} {body[:300]} for {line[:300]}")
        return answer

    name = hashlib.sha256(signing.public_key(SEED)).hexdigest()
    send(regulator, text(event("key", "k-1", key=signing.public_key(SEED).hex(), holder="NORTH")), "accepted")

    # Signed: accepted with the key on its record; one bit changed, another book, a foreign key: refused.
    user = text(event("user", "u-1", "NORTH", user="NORTH:clerk", roles=["record"]))
    good = signing.signed_line(SEED, ORIGIN, user)
    seq = send(company, good, "accepted").get("seq")
    status, _, body = server.ask("GET", f"/api/v1/records/{seq}", regulator)
    if status != 200 or name not in body:
        fail(f"envelopes: the record of a signed event does not name its key: {status} {body[:400]}")
    send(company, good.replace("NORTH:clerk", "NORTH:chief").replace("u-1", "u-2"), "refused", "signature")
    send(company, signing.signed_line(SEED, "ree.example/another", user.replace("u-1", "u-3")), "refused", "signature")
    send(company, signing.signed_line(OTHER, ORIGIN, user.replace("u-1", "u-4")), "refused", "key_not_valid")
    send(company, good.replace('"key":"' + name[:4], '"key":"zzzz'), "refused", "malformed")
    again = send(company, good, "accepted")
    if again.get("seq") != seq:
        fail("envelopes: a signed event sent twice is recorded twice")

    # Sealed: the part is kept and given to whom its class allows; bytes that are not what was sealed, no.
    hashed, line = sealed_line("陈晓".encode(), bytes(16), event("user", "u-5", "NORTH", user="NORTH:chen", roles=["record"]))
    wrong = send(company, line(b"another name"), "refused")
    if hashed in json.dumps(wrong) and "another name" in json.dumps(wrong):
        fail("envelopes: a refused part is told back")
    seq = send(company, line(), "accepted").get("seq")
    for key, sees in ((company, True), (regulator, True), (None, False)):
        status, _, body = server.ask("GET", f"/api/v1/records/{seq}", key)
        if sees and (status != 200 or hashed not in body):
            fail(f"envelopes: the record does not name its sealed part: {status} {body[:300]}")
        if not sees and (status == 200 or hashed in body):
            fail(f"envelopes: nobody in particular reads a record of a company: {status}")
    # In a batch of lines both forms stand side by side with plain ones.
    lines = "\n".join([text(event("user", "u-6", "NORTH", user="NORTH:a", roles=["record"])),
                       signing.signed_line(SEED, ORIGIN, text(event("user", "u-7", "NORTH", user="NORTH:b",
                                                                    roles=["record"]))),
                       sealed_line(b"c", bytes(16), event("user", "u-8", "NORTH", user="NORTH:c",
                                                          roles=["record"]))[1]()]) + "\n"
    status, _, body = server.ask("POST", "/api/v1/events", company, lines, kind="application/x-ndjson")
    verdicts = [json.loads(x).get("verdict") for x in body.splitlines()]
    if status != 200 or verdicts != ["accepted"] * 3:
        fail(f"envelopes: three forms in one batch: {status} {body[:600]}")
    return count + 3
