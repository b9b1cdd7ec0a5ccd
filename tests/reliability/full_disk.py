#!/usr/bin/env python3
"""A really full disk, then room again (R6).

    full_disk.py [--program FILE] [--rounds N]

A small ext4 file system is made in a file and mounted, or a small tmpfs where there is no loop device. A book is
served from it while another file takes all the room that is left:

  - a write that no longer fits is answered with 507 and the reason, and nothing of it is recorded
  - reads and checkpoints go on
  - once there is room, the same request is taken, without a restart
  - what was acknowledged before, between and after is in the log, and the log verifies
  - `record` and `init` tell the reason too, and leave nothing half made

Where nothing may be mounted it says so, and that counts as failed: run it as root. The last line is
`N passed, M failed`.
"""
import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile

SIZE = 24 << 20
passed, failures = 0, []


def check(good, what):
    global passed
    if good:
        passed += 1
    else:
        failures.append(what)
        print("FAIL " + what)
    return good


def mount(folder):
    """A small file system at `folder`; what it is, or None."""
    image = folder + ".img"
    with open(image, "wb") as file:
        file.truncate(SIZE)
    os.mkdir(folder)
    made = shutil.which("mkfs.ext4", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    for kind, steps in (("ext4", ([made, "-q", "-m", "0", "-F", image], ["mount", "-o", "loop", image, folder])),
                        ("tmpfs", (["mount", "-t", "tmpfs", "-o", "size=%d" % SIZE, "tmpfs", folder],))):
        if kind == "ext4" and not made:
            continue
        if all(subprocess.run(step, capture_output=True).returncode == 0 for step in steps):
            return kind
    return None


class Disk:
    def __init__(self, folder):
        self.folder, self.filler = folder, os.path.join(folder, "filler")

    def fill(self, leave):
        """Takes all room but `leave` bytes."""
        with open(self.filler, "ab", buffering=0) as file:
            for piece in (1 << 20, 1 << 16, 4096):
                while self.free() - piece >= leave:
                    try:
                        if file.write(b"\0" * piece) < piece:
                            return
                    except OSError:
                        break
            os.fsync(file.fileno())

    def free(self):
        facts = os.statvfs(self.folder)
        return facts.f_bavail * facts.f_bsize

    def empty(self):
        os.unlink(self.filler)


def event(number, size):
    return {"v": 1, "kind": "party", "id": "p-%d" % number, "party": "REG", "happened": "2026-01-01T08:00:00+08:00",
            "subject": "C%d" % number, "name": "Company %d" % number, "roles": ["company"],
            "x": {"padding": "x" * size}}


class Server:
    def __init__(self, program, book, key):
        self.key = key
        self.process = subprocess.Popen([program, "serve", "--db", book, "--listen", "127.0.0.1:0"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.line = http.client.HTTPConnection("127.0.0.1", int(line.rsplit(":", 1)[1]), timeout=60)

    def ask(self, method, path, body=None):
        headers = {"Authorization": "Bearer " + self.key, "Content-Type": "application/x-ndjson"}
        self.line.request(method, path, body=body, headers=headers)
        answer = self.line.getresponse()
        return answer.status, answer.read().decode()

    def send(self, numbers, size):
        return self.ask("POST", "/api/v1/events", "".join(json.dumps(event(n, size)) + "\n" for n in numbers))

    def stop(self):
        self.line.close()
        self.process.terminate()
        said = self.process.communicate(timeout=60)[1]
        return self.process.returncode, said


def rounds(program, disk, book, key, count):
    server = Server(program, book, key)
    number, acknowledged, full = 0, {}, 0
    try:
        for at in range(count):
            for leave in (0, 40960, 200000):
                status, said = server.send([number], 200)
                check(status == 200 and json.loads(said)["verdict"] == "accepted", "with room: %d %s" % (status, said[:200]))
                acknowledged[number] = said
                number += 1
                disk.fill(leave)
                # Until it does not fit: every answer is either good or 507 with the reason.
                for size in (100, 2000, 8000, 4000) * 40:
                    numbers = list(range(number, number + (at * 7 + size) % 40 + 1))
                    status, said = server.send(numbers, size)
                    lines = [json.loads(line) for line in said.splitlines()]
                    # Events are stored in pieces: what did not fit any more is a last line that is an error.
                    for n, line, text in zip(numbers, lines, said.splitlines()):
                        if line.get("verdict") == "accepted":
                            acknowledged[n] = text
                    if status != 200 or "error" in lines[-1]:
                        break
                    number += len(numbers)
                error = lines[-1].get("error", {})
                full += 1
                check(status in (200, 507) and error.get("code") == "no_space" and "full" in error.get("message", ""),
                      "a full disk was answered with %d %s" % (status, said[-300:]))
                for path in ("/api/v1/records?limit=5", "/api/v1/facilities", "/api/v1/checkpoint", "/healthz"):
                    got, words = server.ask("GET", path)
                    check(got == 200, "full, %s: %d %s" % (path, got, words[:200]))
                for _ in range(5):          # again and again, as long as it is full: one that fits may get in
                    got, words = server.send(numbers, size)
                    check(got == 507 or got == 200 and ("no_space" in words or '"error"' not in words),
                          "again while full: %d %s" % (got, words[:200]))
                    for n, text in zip(numbers, words.splitlines() if got == 200 else ()):
                        if '"accepted"' in text:
                            acknowledged[n] = text
                disk.empty()
                got, words = server.send(numbers, size)
                lines = words.splitlines()
                good = got == 200 and len(lines) == len(numbers) and all('"accepted"' in line for line in lines)
                check(good, "room again: %d %s" % (got, words[-300:]))
                for n, text in zip(numbers, lines):
                    check(acknowledged.setdefault(n, text) == text, "event %d: %s, then %s" % (n, acknowledged[n], text))
                number += len(numbers)
    finally:
        code, said = server.stop()
    check(code == 0, "the server ended with %d: %s" % (code, said[-300:]))
    check(full == 3 * count, "it was full %d times" % full)
    return acknowledged


def commands(program, disk, book):
    def run(*words):
        done = subprocess.run([program, *words], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr
    events = os.path.join(disk.folder, "more.ndjson")
    with open(events, "w") as file:
        for n in range(100000, 100500):
            file.write(json.dumps(event(n, 8000)) + "\n")
    disk.fill(0)
    code, said = run("record", "--db", book, events)
    check(code not in (0, -11, -6) and "full" in said, "record on a full disk: %d %s" % (code, said[-300:]))
    code, said = run("init", "--db", os.path.join(disk.folder, "other.ytb"), "--authority", "REG", "--origin", "example.org/o",
                     "--name", "Other")
    check(code not in (0, -11, -6) and ("full" in said or "No space" in said), "init on a full disk: %d %s" % (code, said))
    code, said = run("verify", "--db", book)
    check(code == 0, "verify on a full disk: %d %s" % (code, said))
    disk.empty()
    code, said = run("record", "--db", book, events)
    check(code == 0, "record with room again: %d %s" % (code, said[:300]))
    code, said = run("init", "--db", os.path.join(disk.folder, "other.ytb"), "--authority", "REG", "--origin", "example.org/o",
                     "--name", "Other")
    check(code == 0, "init with room again: %d %s" % (code, said))
    code, said = run("verify", "--db", book)
    check(code == 0, "verify: %d %s" % (code, said))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/ytterby")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    top = tempfile.mkdtemp(prefix="ytterby-full-")
    folder = os.path.join(top, "disk")
    kind = None
    try:
        kind = mount(folder)
        if check(kind, "no file system could be mounted: run it as root"):
            disk, book = Disk(folder), os.path.join(folder, "book.ytb")
            subprocess.run([program, "init", "--db", book, "--authority", "REG", "--origin", "example.org/full", "--name",
                            "Ministry"], check=True, capture_output=True)
            key = subprocess.run([program, "key", "new", "--role", "operator", "--db", book], check=True,
                                 capture_output=True, text=True).stdout.strip()
            acknowledged = rounds(program, disk, book, key, options.rounds)
            lines = subprocess.run([program, "export", "--db", book], check=True, capture_output=True, text=True).stdout
            stored = {record["event"]["id"]: record["seq"] for record in map(json.loads, lines.splitlines())
                      if record["ytterby"] == "record/1"}
            for number, said in acknowledged.items():
                check(stored.get("p-%d" % number) == json.loads(said)["seq"], "event %d was acknowledged: %s" % (number, said))
            check(len(stored) == len(acknowledged) + 1, "%d records, %d acknowledged" % (len(stored), len(acknowledged)))
            commands(program, disk, book)
    finally:
        if kind:
            subprocess.run(["umount", folder])
        shutil.rmtree(top, ignore_errors=True)
    print("%d bytes of %s" % (SIZE, kind))
    print("%d passed, %d failed" % (passed, len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
