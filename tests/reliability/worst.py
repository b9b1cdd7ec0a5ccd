#!/usr/bin/env python3
"""Worst inputs against a server, while others go on (R18).

    worst.py [--program FILE] [--requests N]

A stock of 10,000 lots is opened and blended; then others' requests are timed alone, and again while 1,000 lines say
nothing, bodies come byte by byte, and events come that are nested deep, have a million members, giant numbers or
10,000 inputs. Every worst input gets an answer or a refusal, nobody else is refused, the server's memory stays
within bounds, and it ends well. The times are printed, with the ratio of p99: they are looked at by people, and no
test. The last line is `N passed, M failed`.
"""
import argparse
import http.client
import json
import os
import random
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time

LOTS, IDLE, SLOW = 10000, 1000, 50
passed, failures = 0, []


def check(good, what):
    global passed
    if good:
        passed += 1
    else:
        failures.append(what)
        print("FAIL " + what[:600])


class Server:
    def __init__(self, program, folder):
        self.program, self.book = program, os.path.join(folder, "b.ytb")
        self.run("init", "--authority", "REG", "--origin", "example.org/worst", "--name", "Ministry")
        self.key = self.run("key", "new", "--role", "operator").strip()
        self.process = subprocess.Popen([program, "serve", "--db", self.book, "--listen", "127.0.0.1:0"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def run(self, *words):
        return subprocess.run([self.program, *words, "--db", self.book], check=True, capture_output=True,
                              text=True).stdout

    def line(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def ask(self, line, method, path, body=None, kind="application/json"):
        while True:
            headers = {"Authorization": "Bearer " + self.key}
            if body is not None:
                headers["Content-Type"] = kind
            line.request(method, path, body=body, headers=headers)
            answer = line.getresponse()
            said = answer.read()
            if answer.status != 429:
                return answer.status, said
            time.sleep(0.05)

    def memory(self, name="VmRSS"):
        with open("/proc/%d/status" % self.process.pid) as file:
            return next(int(row.split()[1]) for row in file if row.startswith(name)) / 1024


def text(event):
    return json.dumps(event, separators=(",", ":")).encode()


def event(kind, number, **members):
    return {"v": 1, "kind": kind, "id": "w-%s" % number, "party": members.pop("party", "A"),
            "happened": "2026-01-02T08:00:00+08:00", **members}


def registry(server, line):
    events = [event("party", 1, party="REG", subject="A", name="A", roles=["company"]),
              event("facility", 2, party="REG", facility="F", holder="A", name="F", activities=["separation"]),
              event("material", 3, party="REG", material="OXIDE", name="Oxide", stage="compound"),
              event("licence", 4, party="REG", licence="L", holder="A", facility="F", activity="separation",
                    status="valid", **{"from": "2020-01-01", "to": "2035-01-01"})]
    status, said = server.ask(line, "POST", "/api/v1/events", b"\n".join(map(text, events)), "application/x-ndjson")
    check(status == 200 and b"refused" not in said, "the registry: %d %s" % (status, said[-300:]))


def blend(server, line):
    """10,000 lots, and everything made of them."""
    content = {"basis": "declared", "values": {"Nd": "60", "Pr": "15"}}
    for at in range(0, LOTS, 250):
        lots = [{"lot": "A:I-%d" % n, "material": "OXIDE", "net": "1.5", "content": content} for n in range(at, at + 250)]
        status, said = server.ask(line, "POST", "/api/v1/events", text(event("open", "o%d" % at, facility="F", lots=lots)))
        if status != 200 or b"refused" in said:
            return check(False, "opening %d: %d %s" % (at, status, said[:300]))
    every = ["A:I-%d" % n for n in range(LOTS)]
    begin = time.monotonic()
    whole = text(event("merge", "whole", facility="F", inputs=[{"lot": lot} for lot in every], lot="A:ALL"))
    status, said = server.ask(line, "POST", "/api/v1/events", whole)
    check(status in (200, 413) and said, "10,000 inputs at once: %d %s" % (status, said[:300]))
    print("a merge of 10,000 lots in one event of %d bytes: %d in %.2f s, %s" % (
        len(whole), status, time.monotonic() - begin, said[:160].decode()))
    if b'"seq":null' not in said and status == 200:
        every = ["A:ALL"]
    level, slowest = 0, 0
    while len(every) > 1:
        made = []
        for at in range(0, len(every), 1000):
            lot = "A:M-%d-%d" % (level, at)
            begin = time.monotonic()
            status, said = server.ask(line, "POST", "/api/v1/events", text(
                event("merge", "m%d-%d" % (level, at), facility="F", inputs=[{"lot": n} for n in every[at:at + 1000]], lot=lot)))
            slowest = max(slowest, time.monotonic() - begin)
            if status != 200 or b"refused" in said:
                return check(False, "merging: %d %s" % (status, said[:300]))
            made.append(lot)
        every, level = made, level + 1
    begin = time.monotonic()
    status, said = server.ask(line, "GET", "/api/v1/lots/%s/trace?direction=up" % every[0].replace(":", "%3A"))
    check(status == 200, "the trace of a blend of 10,000 lots: %d %s" % (status, said[:300]))
    print("slowest merge of 1,000 lots %.2f s; trace of 10,000 up %.2f s, %d bytes" % (
        slowest, time.monotonic() - begin, len(said)))


def others(server, count):
    """What everybody else does; times in ms."""
    line, times, chance = server.line(), [], random.Random(7)
    for n in range(count):
        path = chance.choice(("/api/v1/lots?limit=20", "/api/v1/records?limit=20", "/api/v1/checkpoint",
                              "/api/v1/facilities", "/healthz"))
        begin = time.monotonic()
        status, said = server.ask(line, "GET", path)
        times.append((time.monotonic() - begin) * 1000)
        if status != 200:
            check(False, "others: %s: %d %s" % (path, status, said[:200]))
            break
    line.close()
    check(len(times) == count, "others were answered %d times of %d" % (len(times), count))
    return sorted(times)


def p99(times):
    return times[int(len(times) * 0.99)]


WORST = {
    "deep": b'{"v":1,"x":' + b"[" * 30000 + b"]" * 30000 + b"}",
    "a million members": b'{"v":1,"x":{' + b",".join(b'"k%d":1' % n for n in range(100000)) + b"}}",
    "giant numbers": b'{"v":1,"kind":"measure","net":"' + b"9" * 60000 + b'"}',
    "a giant exponent": b'{"v":1e999999999999999}',
    "10,000 inputs": text({"v": 1, "kind": "merge", "id": "x", "party": "A", "happened": "2026-01-02T08:00:00+08:00",
                           "facility": "F", "lot": "A:X", "inputs": [{"lot": "A:I-0"}] * 10000}),
    "not UTF-8": b'{"v":1,"id":"\xff\xfe"}',
    "no JSON": b"\0" * 60000,
}


def worst(server, stop, done):
    line = server.line()
    while not stop.is_set():
        for name, body in WORST.items():
            status, said = server.ask(line, "POST", "/api/v1/events", body, "application/x-ndjson")
            check(status in (200, 400, 413, 422) and (status != 200 or b"refused" in said),
                  "%s: %d %s" % (name, status, said[:200]))
            done[0] += 1
    line.close()


def slow_bodies(server, stop):
    lines = []
    for _ in range(SLOW):
        line = socket.create_connection(("127.0.0.1", server.port))
        line.sendall(b"POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Type: application/json"
                     b"\r\nContent-Length: 1000\r\n\r\n{" % server.key.encode())
        lines.append(line)
    while not stop.is_set():
        for line in lines:
            try:
                line.send(b" ")
            except OSError:
                pass                    # hung up on, as it should be after a while
        stop.wait(0.2)
    for line in lines:
        line.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/ytterby")
    parser.add_argument("--requests", type=int, default=1500)
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    with tempfile.TemporaryDirectory(prefix="ytterby-worst-") as folder:
        server = Server(os.path.abspath(options.program), folder)
        line = server.line()
        registry(server, line)
        blend(server, line)
        line.close()
        alone, before = others(server, options.requests), server.memory()
        stop, done = threading.Event(), [0]
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(IDLE)]
        for line in idle:
            line.sendall(b"GET /healthz HTTP/1.1\r\n")
        threads = [threading.Thread(target=worst, args=(server, stop, done)),
                   threading.Thread(target=slow_bodies, args=(server, stop))]
        for thread in threads:
            thread.start()
        together = others(server, options.requests)
        stop.set()
        for thread in threads:
            thread.join()
        check(done[0] >= len(WORST), "only %d worst inputs were sent" % done[0])
        grown = server.memory("VmHWM") - before
        check(grown < 64 + 64, "the server grew by %.0f MiB" % grown)   # its ring of events, and 64 MiB
        status, said = server.ask(server.line(), "GET", "/healthz")
        check(status == 200, "afterwards: %d %s" % (status, said[:200]))
        for line in idle:
            line.close()
        server.process.terminate()
        complaint = server.process.communicate(timeout=60)[1]
        check(server.process.returncode == 0, "the server ended with %d: %s" % (server.process.returncode, complaint[-300:]))
        print("others: p50 %.1f ms, p99 %.1f ms alone; p50 %.1f ms, p99 %.1f ms beside %d idle lines, %d slow bodies and %d"
              " worst inputs: p99 %.2f times; %.0f MiB more at most" % (
                  alone[len(alone) // 2], p99(alone), together[len(together) // 2], p99(together), IDLE, SLOW, done[0],
                  p99(together) / p99(alone), grown))
    print("%d passed, %d failed" % (passed, len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
