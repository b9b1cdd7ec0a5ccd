"""A recorded year and a running server, for the tests that meet the program as its users do."""
import json
import os
import re
import subprocess

CHEAT = "unlicensed-ore:at=RECYCLE-WORKS,from=2026-04,months=6"


class Place:
    def __init__(self, program, folder, seed=2, cheat=None, months=12):
        self.program = os.path.abspath(program)
        self.book = os.path.join(folder, "book.ytb")
        self.events = os.path.join(folder, "industry", "events.ndjson")
        self.server = None
        industry = os.path.join(folder, "industry")
        self.run("simulate", "--seed", str(seed), "--scale", "0.1", "--months", str(months), "--out", industry, *(word for one in ([cheat] if isinstance(cheat, str) else cheat or []) for word in ("--cheat", one)))
        self.run("init", "--db", self.book, "--genesis", os.path.join(industry, "genesis.json"))
        self.recorded = self.run("record", "--db", self.book, "--quiet", self.events)

    def run(self, *words, text=None, good=(0,)):
        ran = subprocess.run([self.program, *words], input=text, capture_output=True, text=True, timeout=300,
                             env={**os.environ, "YTTERBY_DB": self.book})
        if ran.returncode not in good:
            raise RuntimeError("ytterby %s: exit %d: %s" % (" ".join(words), ran.returncode, ran.stderr.strip()))
        return ran.stdout

    def ask(self, *words):
        return json.loads(self.run(*words, "--json"))

    def user(self, name, password, role, party=None):
        self.run("user", "new", name, "--role", role, *(["--party", party] if party else []), text=password + "\n")

    def serve(self, *options):
        """Where it listens."""
        self.server = subprocess.Popen([self.program, "serve", "--db", self.book, "--listen", "127.0.0.1:0", *options],
                                       stdout=subprocess.PIPE, text=True)
        found = re.search(r"listening on (\S+)", self.server.stdout.readline())
        if not found:
            raise RuntimeError("the server did not start")
        return found[1]

    def stop(self):
        """The server's exit code, once it has ended in good order."""
        if not self.server:
            return None
        self.server.terminate()
        try:
            return self.server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.server.kill()
            return self.server.wait()
