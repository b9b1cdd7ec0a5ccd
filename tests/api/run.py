#!/usr/bin/env python3
"""The API as a client meets it: python3 tests/api/run.py build/release/ytterby

1. Conformance: a simulated industry is recorded and served; every GET operation of schema/openapi.json
   is asked in every role, with every kind of id, and each answer is judged by its schema.
2. Two companies (S1): all that the second one says holds its own word, BRAVO; everything that the first
   one may ask is asked, with the second one's ids too. BRAVO must not stand in any byte that comes
   back, and an id of the second company must be answered like one that does not exist.

3. Signed lines and sealed parts (envelopes.py).

Needs python3-jsonschema. Listens on loopback only.
"""
import http.client
import itertools
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

from jsonschema import Draft202012Validator

import envelopes

HERE = os.path.dirname(os.path.abspath(__file__))
API = json.load(open(os.path.join(HERE, "../../schema/openapi.json"), encoding="utf-8"))
ROLES = ["regulator", "company", "laboratory", "customs", "auditor", "operator"]
failures = set()
answers = 0


def fail(words):
    if words not in failures:
        print("FAIL", words[:600])
    failures.add(words)


def validator(schema):
    return Draft202012Validator({**schema, "components": API["components"]})


VALIDATORS = {}


def judge(operation, path, status, kind, body):
    """Whether an answer is what the description says."""
    responses = API["paths"][operation["path"]][operation["method"]]["responses"]
    response = responses.get(str(status))
    if response is None:
        return fail(f"{path}: {status} is not described: {body[:200]}")
    if "$ref" in response:
        response = API["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    content = response.get("content", {})
    if not content:
        if body:
            fail(f"{path}: {status} has a body")
        return
    kind = kind.split(";")[0]
    if kind not in content:
        return fail(f"{path}: {status} has type {kind}")
    if kind != "application/json":
        return
    key = (operation["path"], operation["method"], str(status))
    if key not in VALIDATORS:
        VALIDATORS[key] = validator(content[kind]["schema"])
    try:
        value = json.loads(body)
    except ValueError as error:
        return fail(f"{path}: {status} is no JSON: {error}")
    for error in itertools.islice(VALIDATORS[key].iter_errors(value), 3):
        fail(f"{path}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")


OPERATIONS = [{"path": path, "method": method, **operation}
              for path, item in API["paths"].items() for method, operation in item.items()]


class Server:
    def __init__(self, program, folder):
        self.program, self.book = program, os.path.join(folder, "book.ytb")

    def run(self, *words, text=None):
        done = subprocess.run([self.program, *words, "--db", self.book], input=text, text=True,
                              capture_output=True)
        if done.returncode not in (0, 1):
            raise SystemExit(f"{words}: {done.stderr}")
        return done.stdout

    def key(self, role, party=None):
        words = ["key", "new", "--role", role] + (["--party", party] if party else [])
        return self.run(*words).strip()

    def start(self):
        self.process = subprocess.Popen([self.program, "serve", "--db", self.book, "--listen",
                                         "127.0.0.1:0"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", line)
        if not found:
            raise SystemExit(f"the server did not start: {line}")
        self.line = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=60)

    def stop(self):
        self.line.close()
        self.process.terminate()
        if self.process.wait(timeout=30) != 0:
            fail(f"the server ended with {self.process.returncode}")

    def ask(self, method, path, key=None, body=None, kind="application/json"):
        headers = {"Authorization": "Bearer " + key} if key else {}
        if body is not None:
            headers["Content-Type"] = kind
        self.line.request(method, path, body=body, headers=headers)
        answer = self.line.getresponse()
        data = answer.read().decode("utf-8")
        global answers
        answers += 1
        for name in ("Content-Security-Policy", "X-Content-Type-Options", "Cache-Control"):
            if not answer.getheader(name):
                fail(f"{path}: no {name}")
        return answer.status, answer.getheader("Content-Type") or "", data


def quoted(text):
    return urllib.parse.quote(text, safe="")


def paths_of(operation, ids):
    """The operation's path with every id that fits, and its query parameters one at a time."""
    path = operation["path"]
    name = re.search(r"\{(\w+)\}", path)
    filled = [path]
    if name:
        key = "findings" if "/findings/" in path else "facilities" if "/facilities/" in path \
            else "lots" if "/lots/" in path else name[1]
        filled = [path.replace(name[0], quoted(str(value))) for value in ids.get(key, [])]
    for one in filled:
        yield one
        for parameter in operation.get("parameters", []):
            if parameter["in"] != "query":
                continue
            for value in ids.get("?" + parameter["name"], []):
                yield f"{one}?{parameter['name']}={quoted(str(value))}"


def crawl(server, key, ids, see, judged=True):
    for operation in OPERATIONS:
        if operation["method"] != "get" or operation["operationId"] == "stream":
            continue
        for path in paths_of(operation, ids):
            status, kind, body = server.ask("GET", path, key)
            if judged:
                judge(operation, path, status, kind, body)
            if status >= 500:
                fail(f"{path}: {status} {body[:300]}")
            see(path, status, body)


def every_page(server, key, path, judged_by=None):
    """All items of a list, by its cursors."""
    items, cursor = [], None
    while True:
        mark = "&" if "?" in path else "?"
        here = path + (f"{mark}cursor={quoted(cursor)}" if cursor else "")
        status, kind, body = server.ask("GET", here, key)
        if judged_by:
            judge(judged_by, here, status, kind, body)
        if status != 200:
            return items
        page = json.loads(body)
        items += page["items"]
        cursor = page["next"]
        if not cursor or len(items) > 100000:
            return items


# ---- 1. Conformance

def conformance(program):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "sim")
        subprocess.run([program, "simulate", "--seed", "7", "--scale", "0.1", "--cheat",
                        "unlicensed-ore:at=RECYCLE-WORKS,from=2026-04,months=6", "--out", out],
                       check=True, stderr=subprocess.DEVNULL)
        server = Server(program, folder)
        server.run("init", "--genesis", os.path.join(out, "genesis.json"))
        server.run("record", "--quiet", os.path.join(out, "events.ndjson"))
        by_id = {o["operationId"]: o for o in OPERATIONS}
        regulator = server.key("regulator")
        server.start()
        try:
            facilities = every_page(server, regulator, "/api/v1/facilities?limit=3", by_id["facilities"])
            lots = every_page(server, regulator, "/api/v1/lots?limit=200", by_id["lots"])
            findings = every_page(server, regulator, "/api/v1/findings", by_id["findings"])
            records = every_page(server, regulator, "/api/v1/records?limit=200", by_id["records"])
            print(f"{len(facilities)} facilities, {len(lots)} lots, {len(findings)} findings, "
                  f"{len(records)} records")
            if not facilities or not lots or not records or not findings:
                fail("an industry without facilities, lots, records or findings")
            for name, items, key in (("facilities", facilities, "id"), ("lots", lots, "id"),
                                     ("findings", findings, "id"), ("records", records, "seq")):
                if len({item[key] for item in items}) != len(items):
                    fail(f"{name}: pages repeat rows")
            parties = sorted({f["party"] for f in facilities})
            seqs = [r["seq"] for r in records]
            ids = {
                "facilities": [f["id"] for f in facilities] + ["NONE-1"],
                "lots": [lot["id"] for lot in lots[:: max(1, len(lots) // 25)]] + ["NONE:1"],
                "findings": [f["id"] for f in findings[:10]] + ["none"],
                "seq": [0, seqs[0], seqs[len(seqs) // 2], seqs[0] + 1, "x", "-1"],
                "year": [2026, 2025, 1, "x"], "id": ["1", "x"],
                "?el": ["Nd", "TREO", "Xx"], "?from": ["2026-02", "x"], "?to": ["2026-03", "1969-01"],
                "?direction": ["up", "down", "x"], "?limit": [1, 200, 0, "x"], "?cursor": ["x", "AAAA"],
                "?q": [lots[0]["id"] if lots else "x", "NONE"],
                "?state": ["free", "held", "in_transit", "used_up", "x"],
                "?facility": [facilities[0]["id"] if facilities else "x"], "?material": ["x"],
                "?holder": [parties[0], "x"], "?party": [parties[0], "x"], "?owner": ["x"], "?made": ["2026-02", "x"],
                "?reason": ["measure", "x"],
                "?stage": ["ore", "ore product", "x"], "?kind": ["extract", "x"],
                "?verdict": ["accepted", "held", "x"],
            }
            sums(server, regulator, facilities)
            slips(server, regulator, facilities[0]["id"])
            counts = {}

            def see(path, status, body):
                counts[status] = counts.get(status, 0) + 1

            keys = [("regulator", regulator)]
            for role in ROLES[1:]:
                party = parties[0] if role in ("company", "laboratory") else None
                keys.append((role, server.key(role, party)))
            keys.append(("nobody", None))
            for role, key in keys:
                counts.clear()
                crawl(server, key, ids, see)
                print(f"  {role:10} " + "  ".join(f"{k}: {v}" for k, v in sorted(counts.items())))
        finally:
            server.stop()


def sums(server, key, facilities):
    """The material balance can be added again, exactly."""
    from decimal import Decimal
    lines = 0
    for facility in facilities:
        status, _, body = server.ask("GET", f"/api/v1/facilities/{quoted(facility['id'])}/balance?el=Nd", key)
        if status != 200:
            continue
        previous = None
        answer = json.loads(body)
        total_is_of_its_months(facility["id"], answer)
        for m in answer["months"]:
            get = lambda name: Decimal(m[name + "_kg"])
            muf = get("opening") + get("extracted") + get("received") - get("shipped") \
                - get("discards") - get("losses") - get("closing")
            if muf != get("muf"):
                fail(f"{facility['id']} {m['month']}: {muf} is not {m['muf_kg']}")
            if previous is not None and previous != get("opening"):
                fail(f"{facility['id']} {m['month']}: opens with other than what closed")
            previous = get("closing")
            lines += 1
    if not lines:
        fail("no balance line was answered")
    print(f"  {lines} balance lines add up")
    network_adds_up(server, key, Decimal)


def total_is_of_its_months(facility, answer):
    """The total's sigma is the last cumulated MUF's, and its p that of what was tested of the MUF beside it."""
    if not answer["months"]:
        return
    last, total = answer["months"][-1], answer["total"]
    sigma, limit = float(total["sigma_muf_kg"]), float(last["cumuf_usual_limit_kg"])
    if abs(1.959963984540054 * sigma - limit) > 3e-6 + 1e-9 * limit:
        fail(f"{facility}: the total has sigma {sigma}, the last cumulated MUF the limit {limit}")
    if sigma > 0.01:
        p = math.erfc(abs(float(total["muf_kg"]) - float(total["untested_kg"])) / sigma / math.sqrt(2))
        if abs(p - total["p_value"]) > 1e-4 * p + 1e-12:
            fail(f"{facility}: the total has p {total['p_value']}, its MUF and sigma give {p}")


def slips(server, key, facility):
    """A slip in a question is refused, and the answer says which."""
    facility = quoted(facility)
    asked = [(f"/api/v1/totals?el={c}", c) for c in ("Zz", "nd", "water", "TREO")] \
        + [(f"/api/v1/facilities/{facility}/balance?el={c}", c) for c in ("REO", "Xx")]
    for path, said in asked:
        status, _, body = server.ask("GET", path, key)
        if status != 400 or f"\\\"{said}\\\" is no component" not in body:
            fail(f"{path}: {status} {body[:300]}")


def network_adds_up(server, key, number):
    """The network's bars add up as the months do, and each link as the receipts of the movements list."""
    status, _, body = server.ask("GET", "/api/v1/network?el=Nd", key)
    if status != 200:
        fail(f"/network: {status}")
        return
    network = json.loads(body)
    for n in network["nodes"]:
        get = lambda name: number(n[name + "_kg"])
        muf = get("opening") + get("extracted") + get("received") - get("shipped") \
            - get("discards") - get("losses") - get("closing")
        if muf != get("muf"):
            fail(f"network, {n['id']}: {muf} is not {n['muf_kg']}")
        status, _, body = server.ask("GET", f"/api/v1/facilities/{quoted(n['id'])}/balance?el=Nd", key)
        total = json.loads(body)["total"] if status == 200 else None
        if not total or number(total["muf_kg"]) != muf:
            fail(f"network, {n['id']}: {muf} is not what its balance says, {total}")
    known = {n["id"] for n in network["nodes"]}
    for link in network["links"]:
        if number(link["received_kg"]) - number(link["sent_kg"]) != number(link["difference_kg"]):
            fail(f"network: a link does not add up: {link}")
        if link["to"] not in known:
            fail(f"network: a link goes to a facility that is not there: {link}")
    if not network["links"]:
        fail("network: nobody received anything")
    print(f"  {len(network['nodes'])} facilities and {len(network['links'])} links of the network add up")


# ---- 2. Two companies

KEY_LINE = re.compile(r'"key":"([0-9a-f]{64})"')


def two_companies_events():
    def event(kind, number, party, day, **members):
        return {"v": 1, "kind": kind, "id": f"{party}-{number}", "party": party,
                "happened": f"2026-01-{day:02}T08:00:00+08:00", **members}
    n = itertools.count(1)
    events = []
    for material, stage in (("CONC", "ore product"), ("OXIDE", "compound")):
        events.append(event("material", next(n), "MIIT", 1, material=material, name=material.title(),
                            stage=stage, form="powder", expects=["Nd"]))
    for x in ("ALPHA", "BRAVO"):
        events.append(event("party", next(n), "MIIT", 1, subject=x, name=f"{x} Rare Earth",
                            name_zh=f"{x} 稀土", roles=["company"]))
        events.append(event("facility", next(n), "MIIT", 1, facility=f"{x}-SX", holder=x,
                            name=f"{x} separation", activities=["separation"], offset="+08:00",
                            country="CN", place=f"{x} town"))
        events.append(event("licence", next(n), "MIIT", 1, licence=f"{x}-L1", holder=x,
                            facility=f"{x}-SX", activity="separation", **{"from": "2026-01-01",
                            "to": "2027-12-31"}, status="valid"))
    allot = [{"holder": "MIIT", "reo": "900000"}] + [
        {"holder": x, "under": "MIIT", "reo": reo} for x, reo in (("ALPHA", "1000"), ("BRAVO", "31415.926"))]
    events.append(event("plan.adopt", next(n), "MIIT", 1, instrument="2026-SEP-1", year=2026,
                        ledger="separation", notice="No. 1", visibility="holder", allot=allot))
    for x, net in (("ALPHA", "500"), ("BRAVO", "27182.818")):
        k = itertools.count(1)
        content = {"basis": "declared", "values": {"Nd": "40.1", "Pr": "10.2"}}
        events.append(event("open", next(k), x, 2, facility=f"{x}-SX", lots=[
            {"lot": f"{x}:IN-1", "material": "CONC", "net": net, "content": content}], x={"note": f"{x} note"}))
        events.append(event("transform", next(k), x, 5, facility=f"{x}-SX", process=f"{x}-process",
                            inputs=[{"lot": f"{x}:IN-1", "net": "100"}],
                            outputs=[{"lot": f"{x}:OUT-1", "material": "OXIDE", "net": "60",
                                      "content": {"basis": "calculated", "values": {"Nd": "60", "Pr": "15"}}}]))
        events.append(event("split", next(k), x, 6, facility=f"{x}-SX", lot=f"{x}:OUT-1",
                            parts=[{"lot": f"{x}:OUT-1a", "net": "10"}]))
    events.append(event("hold", next(n), "MIIT", 8, lots=["BRAVO:OUT-1"], reason="BRAVO reason"))
    return events


def two_companies(program):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(program, folder)
        server.run("init", "--authority", "MIIT", "--origin", "example.org/two", "--name", "Two")
        lines = "".join(json.dumps(e, separators=(",", ":"), ensure_ascii=False) + "\n"
                        for e in two_companies_events())
        path = os.path.join(folder, "events.ndjson")
        open(path, "w", encoding="utf-8").write(lines)
        said = server.run("record", "--json", "--per-event", path)
        for line in said.splitlines():
            if json.loads(line)["verdict"] == "refused":
                fail(f"the book of two companies: {line}")
        alpha, bravo = server.key("company", "ALPHA"), server.key("company", "BRAVO")
        server.start()
        try:
            lots = {x: [lot["id"] for lot in every_page(server, key, "/api/v1/lots")]
                    for x, key in (("ALPHA", alpha), ("BRAVO", bravo))}
            if not any("BRAVO" in lot for lot in lots["BRAVO"]) or not lots["ALPHA"]:
                fail(f"the companies do not see their own lots: {lots}")
            count = len(said.splitlines()) + 1
            ids = {
                "facilities": ["ALPHA-SX", "BRAVO-SX"], "lots": lots["ALPHA"] + lots["BRAVO"],
                "findings": ["none"], "seq": range(count + 1), "year": [2026],
                "?el": ["Nd"], "?direction": ["up", "down"], "?limit": [1],
                "?q": ["BRAVO", "BRAVO:OUT-1"], "?facility": ["BRAVO-SX"],
                "?state": ["held"], "?kind": ["open", "hold"], "?verdict": ["held"],
            }
            asked = [0]

            def see(path, status, body):
                asked[0] += 1
                for echo in re.findall(r"BRAVO[A-Za-z0-9:-]*", urllib.parse.unquote(path)):
                    body = body.replace(f'\\"{echo}\\"', "")   # an error may quote what was asked
                if "BRAVO" in body or "27182" in body or "31415" in body:
                    fail(f"ALPHA asks {path} and reads of BRAVO: {body[:400]}")

            crawl(server, alpha, ids, see)
            alike(server, alpha)
            print(f"two companies: {asked[0]} answers hold nothing of the other")
        finally:
            server.stop()


def bare(body):
    """An error without its number, and with one name for what was asked."""
    return re.sub(r'"id":"[0-9a-f]{8}-[0-9a-f]+"', '"id":""', body).replace("NOBODY", "BRAVO")


def alike(server, key):
    """What is another's is answered like what is not there, asked and written."""
    for there, nowhere in (("/lots/BRAVO:OUT-1", "/lots/NOBODY:OUT-1"),
                           ("/lots/BRAVO:OUT-1/trace", "/lots/NOBODY:OUT-1/trace"),
                           ("/lots/BRAVO:OUT-1/origin", "/lots/NOBODY:OUT-1/origin"),
                           ("/facilities/BRAVO-SX", "/facilities/NOBODY-SX"),
                           ("/facilities/BRAVO-SX/balance", "/facilities/NOBODY-SX/balance")):
        a = server.ask("GET", "/api/v1" + there, key)
        b = server.ask("GET", "/api/v1" + nowhere, key)
        if a[0] != 404 or (a[0], bare(a[2])) != (b[0], bare(b[2])):
            fail(f"{there} and {nowhere} are answered differently: {a} {b}")
    for kind, members in (("split", {"facility": "ALPHA-SX", "lot": "X:OUT-1",
                                     "parts": [{"lot": "ALPHA:Z-1", "net": "1"}]}),
                          ("stocktake", {"facility": "X-SX", "lots": [{"lot": "X:OUT-1", "net": "1"}]}),
                          ("measure", {"lot": "X:OUT-1", "net": "1"})):
        answers = []
        for x in ("BRAVO", "NOBODY"):
            event = {"v": 1, "kind": kind, "id": "probe", "party": "ALPHA",
                     "happened": "2026-01-09T08:00:00+08:00", **members}
            text = json.dumps(event, separators=(",", ":")).replace('"X', f'"{x}')
            answers.append(server.ask("POST", "/api/v1/events?dry_run=1", key, text))
        if answers[0] != answers[1] or "BRAVO" in answers[0][2]:
            fail(f"{kind} of another's lot: {answers}")


def main():
    program = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build/release/ytterby")
    if not shutil.which(program):
        raise SystemExit(f"no program at {program}")
    two_companies(program)
    envelopes.run(program, Server, fail)
    conformance(program)
    print(f"{answers - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
