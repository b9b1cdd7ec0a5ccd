#!/usr/bin/env python3
"""Kills `ytterby serve` with SIGKILL under mixed load and holds it to what it had acknowledged (R1, R2).

    kill_serve.py [--program FILE] [--kills N] [--seed N] [--scale X]

Several clients send a simulated half-year over HTTP, event by event, as lines, and as batches that must be whole,
while others read. The server is killed at random, begun again, and each request without an answer is sent again with
its ids. What is checked:

  - an acknowledged event is in the log, at its number; sent again, it gets the same bytes
  - the same id with other content is refused, and changes nothing
  - no event is there twice, and none that was not sent; the log has no gap and verifies
  - every checkpoint that was served is a root of the later log, recomputed here
  - the digest of a replay, into an empty copy, is the book's

Prints `N passed, M failed`, and what failed with the seed.
"""
import argparse
import base64
import concurrent.futures
import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from kill import Failed, Place, must

CLIENTS = 4
ROUND = 60              # events under way at once
READS = ("/api/v1/facilities?limit=5", "/api/v1/records?limit=20", "/api/v1/lots?limit=20", "/api/v1/quota/2026",
         "/api/v1/records/0/proof", "/healthz")
GONE = (OSError, http.client.HTTPException)     # the server was killed


def text(event):
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


class Server(Place):
    def __init__(self, program, folder, events, chance):
        super().__init__(program, folder, events)
        self.chance = chance
        self.sent = [text(json.loads(line)["event"]) for line in events]
        self.said = {}              # event number: the bytes of its first answer that recorded it
        self.refused = {}           # event number: the last answer that refused it
        self.lock = threading.Lock()
        self.reads = self.again = self.others = 0
        self.window = 0.4           # seconds that a life takes, about

    def keys(self):
        return [self.run("key", "new", "--role", "operator", "--db", self.book).decode().strip()
                for _ in range(CLIENTS + 1)]

    # ---- one life

    def begin(self, delay):
        """Starts it, with the kill under way. False when it was killed before it was ready."""
        self.process = subprocess.Popen([self.program, "serve", "--db", self.book, "--listen", "127.0.0.1:0"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.timer = threading.Timer(delay, self.process.kill)
        self.timer.start()
        line = self.process.stdout.readline().decode()
        if line.startswith("listening on"):
            self.port = int(line.rsplit(":", 1)[1])
            return True
        return False

    def end(self):
        self.timer.join()
        complaint = self.process.stderr.read().decode("utf-8", "replace")
        code = self.process.wait()
        must(code == -9, "serve ended by itself with %d: %s" % (code, complaint[-600:]))

    def ask(self, line, method, path, key, body=None, kind="application/x-ndjson"):
        for _ in range(1000):
            headers = {"Authorization": "Bearer " + key}
            if body is not None:
                headers["Content-Type"] = kind
            line.request(method, path, body=body, headers=headers)
            answer = line.getresponse()
            said = answer.read()
            if answer.status != 429:
                return answer.status, said
            time.sleep(0.02)
        raise Failed("always 429")

    def post(self, line, key, numbers, manner):
        """Sends these events; what was answered is taken. True when every one has an answer."""
        path = "/api/v1/events" + ("?atomic=1" if manner == "whole" else "")
        pieces = [[n] for n in numbers] if manner == "singly" else [numbers]
        for piece in pieces:
            body = b"".join(self.sent[n] + b"\n" for n in piece)
            status, said = self.ask(line, "POST", path, key, body)
            must(status == 200, "POST answered %d: %s" % (status, said[:300]))
            lines = said.split(b"\n")[:-1]
            must(len(lines) == len(piece), "%d answers for %d events: %s" % (len(lines), len(piece), said[-300:]))
            for number, answer in zip(piece, lines):
                self.hear(number, answer, manner == "whole")

    def hear(self, number, answer, whole):
        facts = json.loads(answer)
        must("verdict" in facts, "no verdict: %r" % answer)
        with self.lock:
            if number in self.said:
                # A batch that was taken back says of others that they were not recorded; never of one that was.
                must(answer == self.said[number], "event %d: first answered %r, then %r" % (
                    number, self.said[number], answer))
            elif facts.get("seq") is not None:
                self.said[number] = answer
                self.refused.pop(number, None)
            elif not whole:
                self.refused[number] = answer

    def read_on(self, key, stop):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        chance = random.Random(self.reads)
        try:
            while not stop.is_set():
                status, said = self.ask(line, "GET", chance.choice(READS), key)
                must(status == 200, "a read answered %d: %s" % (status, said[:300]))
                status, said = self.ask(line, "GET", "/api/v1/checkpoint", key)
                must(status == 200, "the checkpoint answered %d: %s" % (status, said[:300]))
                _, size, root = said.decode().split("\n")[:3]
                self.checkpoints.add((int(size), base64.b64decode(root)))
                self.reads += 2
        except GONE:
            pass

    def repeat(self, line, key):
        """Acknowledged ones once more; and one with other content."""
        known = sorted(self.said)
        if not known:
            return
        for number in self.chance.sample(known, min(8, len(known))):
            self.post(line, key, [number], "singly")
            self.again += 1
        other = json.loads(self.sent[self.chance.choice(known)])
        other["x"] = {"other": "content"}
        status, said = self.ask(line, "POST", "/api/v1/events", key, text(other), "application/json")
        facts = json.loads(said)
        must(status in (200, 409, 422) and facts["verdict"] == "refused" and facts["codes"][0]["code"] == "id_reused",
             "other content under a used id: %d %r" % (status, said))
        self.others += 1

    def live(self, keys):
        delay = self.chance.choice((self.chance.uniform(0, 1), self.chance.uniform(0.3, 1),
                                    self.chance.uniform(0.6, 1.4))) * self.window
        before, stop = len(self.said), threading.Event()
        if self.begin(delay):
            with concurrent.futures.ThreadPoolExecutor(CLIENTS + 1) as pool:
                reading = pool.submit(self.read_on, keys[CLIENTS], stop)
                lines = [http.client.HTTPConnection("127.0.0.1", self.port, timeout=30) for _ in range(CLIENTS)]
                try:
                    self.work(pool, lines, keys)
                except GONE:
                    pass
                finally:
                    stop.set()
                reading.result()
                for line in lines:
                    line.close()
            if self.is_full():
                self.timer.cancel()
                self.process.kill()
        self.end()
        if len(self.said) == before:
            self.window = min(self.window * 1.2, 5)
        elif len(self.said) - before > 800:
            self.window *= 0.8

    def ask_what_is_left(self, key):
        """What never had an answer, or was refused and then sent again, may be there all the same."""
        left = self.left()[:3 * ROUND] + sorted(self.refused)
        self.begin(600)
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        for at in range(0, len(left), ROUND):
            self.post(line, key, left[at:at + ROUND], "lines")
        line.close()
        self.timer.cancel()
        self.process.kill()
        self.end()

    def left(self):
        return [n for n in range(len(self.sent)) if n not in self.said and n not in self.refused]

    def is_full(self):
        return not self.left()

    def work(self, pool, lines, keys):
        """Round by round until all is answered or the server is gone: what goes out together may overtake."""
        # First, in order, what was under way when it was killed.
        todo = self.left()
        if todo:
            self.post(lines[0], keys[0], todo[:ROUND], "lines")
        while True:
            self.repeat(lines[0], keys[0])
            todo = self.left()[:ROUND]
            if not todo:
                return
            shares = {}
            for n in todo:
                shares.setdefault(hash_of(json.loads(self.sent[n])["party"]) % CLIENTS, []).append(n)
            jobs = [pool.submit(self.post, lines[c], keys[c], share, self.chance.choice(("singly", "lines", "whole")))
                    for c, share in shares.items()]
            for job in jobs:
                job.result()
            # Refused ones may have overtaken what they stand on, and whole batches may have been taken back.
            late = [n for n in todo if n not in self.said]
            if late:
                self.post(lines[0], keys[0], late, "lines")


def hash_of(party):
    return sum(party.encode())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/ytterby")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", default="0.1")
    options = parser.parse_args()
    program, chance = os.path.abspath(options.program), random.Random(options.seed)
    kills = books = again = others = reads = 0
    failures = []
    top = tempfile.mkdtemp(prefix="ytterby-kill-")
    try:
        while kills < options.kills and not failures:
            folder = os.path.join(top, "book")
            shutil.rmtree(folder, ignore_errors=True)
            os.mkdir(folder)
            subprocess.run([program, "simulate", "--seed", str(options.seed + books), "--scale", options.scale,
                            "--months", "6", "--out", folder], check=True, capture_output=True)
            with open(os.path.join(folder, "events.ndjson"), "rb") as file:
                server = Server(program, folder, file.readlines(), chance)
            books += 1
            try:
                server.run("init", "--db", server.book, "--genesis", os.path.join(folder, "genesis.json"))
                keys = server.keys()
                while kills < options.kills and not server.is_full():
                    server.live(keys)
                    kills += 1
                server.ask_what_is_left(keys[0])
                server.examine_log([(json.loads(server.sent[n]), json.loads(said)) for n, said in server.said.items()])
            except (Failed, subprocess.TimeoutExpired, ValueError, KeyError) as fault:
                failures.append("seed %d, book %d, after %d kills: %s" % (options.seed, books, kills, fault))
            again, others, reads = again + server.again, others + server.others, reads + server.reads
    finally:
        shutil.rmtree(top, ignore_errors=True)
    for failure in failures:
        print("FAIL " + failure)
    print("%d kills over %d books, %d answers asked for again, %d times other content, %d reads" % (
        kills, books, again, others, reads))
    print("%d passed, %d failed" % (kills, len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
