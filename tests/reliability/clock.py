#!/usr/bin/env python3
"""The machine's clock is set while a book is served (R13), by libfaketime: civil time jumps, steady time goes on.

    clock.py [--program FILE]

An hour, 400 days, to a leap day, past 2038, and backwards; each with a book of its own:

  - a jump under way stops writing with the reason, reading goes on, nothing is recorded under the wrong time
  - a session does not outlive its limits, and does not live longer because the clock went back
  - begun again under the clock that was set: forward, it goes on from there; backward, it says that the last
    record is from the future, and takes nothing; set right again, a book that went forward says so too
  - the time of recording never decreases, whatever was done, and the log verifies

The last line is `N passed, M failed`.
"""
import argparse
import glob
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time

DAY = 86400
passed, failures = 0, []


def check(good, what):
    global passed
    if good:
        passed += 1
    else:
        failures.append(what)
        print("FAIL " + what)


class Clock:
    """An offset in seconds that a running program sees."""

    def __init__(self, library, folder):
        self.path = os.path.join(folder, "clock")
        self.set(0)
        self.env = dict(os.environ, LD_PRELOAD=library, FAKETIME_TIMESTAMP_FILE=self.path, FAKETIME_NO_CACHE="1",
                        FAKETIME_DONT_FAKE_MONOTONIC="1", FAKETIME_DONT_RESET="1")

    def set(self, seconds):
        with open(self.path + ".new", "w") as file:
            file.write("%+d\n" % seconds)
        os.rename(self.path + ".new", self.path)


class Server:
    def __init__(self, program, book, key, clock):
        self.key = key
        self.process = subprocess.Popen([program, "serve", "--db", book, "--listen", "127.0.0.1:0"], env=clock.env,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("serve: " + self.process.stderr.read())
        self.port = int(line.rsplit(":", 1)[1])

    def ask(self, method, path, body=None, cookie=None):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Sec-Fetch-Site": "same-origin"}
        headers.update({"Cookie": cookie} if cookie else {"Authorization": "Bearer " + self.key})
        if body is not None:
            headers["Content-Type"] = "application/json"
        line.request(method, path, body=body, headers=headers)
        answer = line.getresponse()
        said = answer.read().decode()
        line.close()
        return answer, said

    def record(self, number):
        event = {"v": 1, "kind": "party", "id": "p-%d" % number, "party": "REG",
                 "happened": "2020-01-01T08:00:00+08:00", "subject": "C%d" % number, "name": "C", "roles": ["company"]}
        answer, said = self.ask("POST", "/api/v1/events", json.dumps(event))
        return answer.status == 200 and '"accepted"' in said, "%d %s" % (answer.status, said[:300])

    def sign_in(self):
        answer, said = self.ask("POST", "/api/v1/session", json.dumps({"name": "clerk", "password": "correct horse 9"}))
        check(answer.status in (200, 201), "signing in: %d %s" % (answer.status, said[:200]))
        return (answer.getheader("Set-Cookie") or "").split(";")[0]

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=60)


def try_jump(program, library, what, seconds):
    with tempfile.TemporaryDirectory(prefix="ytterby-clock-") as folder:
        clock, book = Clock(library, folder), os.path.join(folder, "b.ytb")

        def run(*words, **options):
            return subprocess.run([program, *words], check=True, capture_output=True, text=True, env=clock.env,
                                  **options).stdout
        run("init", "--db", book, "--authority", "REG", "--origin", "example.org/clock", "--name", "Ministry")
        key = run("key", "new", "--role", "operator", "--db", book).strip()
        run("user", "new", "clerk", "--role", "regulator", "--db", book, input="correct horse 9\n")
        server = Server(program, book, key, clock)
        good, said = server.record(1)
        check(good, "%s: before: %s" % (what, said))
        cookie = server.sign_in()
        check(server.ask("GET", "/api/v1/me", cookie=cookie)[0].status == 200, what + ": the session is not good")
        clock.set(seconds)
        good, said = server.record(2)
        check(not good and "clock" in said, "%s, under way: %s" % (what, said))
        good, said = server.record(3)
        check(not good and "clock" in said, "%s, once more: %s" % (what, said))
        for path in ("/api/v1/records", "/api/v1/checkpoint", "/healthz"):
            status = server.ask("GET", path)[0].status
            check(status == 200, "%s, %s: %d" % (what, path, status))
        # 12 hours at most, and never by a clock that went back.
        alive = server.ask("GET", "/api/v1/me", cookie=cookie)[0].status
        check(alive == 401 or 0 <= seconds < 12 * 3600, "%s: the session lives on, %d" % (what, alive))
        server.stop()

        server = Server(program, book, key, clock)
        good, said = server.record(4)
        check(good if seconds > 0 else not good and "future" in said, "%s, begun again: %s" % (what, said))
        server.stop()

        clock.set(0)
        server = Server(program, book, key, clock)
        good, said = server.record(5)
        check(good if seconds < 0 else not good and "future" in said, "%s, set right: %s" % (what, said))
        server.stop()

        lines = [json.loads(line) for line in run("export", "--db", book).splitlines()]
        times = [line["recorded"].ljust(27, "0") for line in lines if line["ytterby"] == "record/1"]
        check(times == sorted(times, key=lambda text: text.replace("Z", "")), "%s: times decrease: %s" % (what, times))
        check(len(times) == 3, "%s: %d records" % (what, len(times)))
        run("verify", "--db", book)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/ytterby")
    options = parser.parse_args()
    found = sorted(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1"))
    check(found, "no libfaketime: apt-get install libfaketime")
    now = int(time.time())
    leap = 1835438400                       # 2028-02-29T12:00:00Z
    for what, seconds in (("an hour forward", 3600), ("400 days forward", 400 * DAY), ("to a leap day", leap - now),
                          ("past 2038", 2208988800 - now), ("an hour back", -3600), ("400 days back", -400 * DAY)):
        if found:
            try_jump(os.path.abspath(options.program), found[0], what, seconds)
    print("%d passed, %d failed" % (passed, len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
