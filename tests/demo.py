#!/usr/bin/env python3
"""The demo as a newcomer meets it, and what it says of the year: demo.py [--program FILE]

Runs tools/demo.sh, reads what it prints, signs in at the address that it names with each sign-in that it
prints, and ends it with Ctrl-C. Then: the cheat is found where the truth says, and an honest year is
accused of nothing. Prints a line a test, then `N passed, M failed`.
"""
import argparse
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

from place import CHEAT, Place

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
counts = {True: 0, False: 0}


def check(what, good, said=""):
    counts[bool(good)] += 1
    print("%s %s" % ("ok  " if good else "FAIL", what))
    if not good and said:
        print("    " + str(said)[:2000].replace("\n", "\n    "))


def sign_in(port, name, password):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.request("POST", "/api/v1/session", json.dumps({"name": name, "password": password}),
                 {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"})
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer.status


def the_demo(program, folder):
    output = os.path.join(folder, "said")
    environment = {name: value for name, value in os.environ.items() if name != "DEMO_ONCE"}
    with open(output, "wb") as file:
        process = subprocess.Popen([os.path.join(ROOT, "tools/demo.sh")], stdout=file, stderr=subprocess.STDOUT,
                                   env={**environment, "YTTERBY": program, "DEMO_DIR": os.path.join(folder, "demo"),
                                        "PORT": "18080"}, start_new_session=True)
    limit = time.monotonic() + 120
    said = ""
    while "listening on" not in said and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.1)
        with open(output, encoding="utf-8") as file:
            said = file.read()
    check("it comes as far as serving", "listening on" in said, said)  # the whole text once, here
    for what, form in (("verdicts are counted, and nothing is refused", r"\d{4,} accepted, \d+ flagged, \d+ held, 0 refused"),
                       ("quota use is printed", r"(?s)== Production against quota\n\$ ytterby quota\n.*?\d"),
                       ("a magnet is traced to both mines", r"(?s)\$ ytterby trace \S+\n(?=.*NORTH-MINE).*SOUTH-MINE"),
                       ("the log verifies", r"\d+ records of \S+ \(trial\), every one in its place"),
                       ("the tables alone show what one left out", r"\$ ytterby examine [^\n]*\n(?s:.*?)1\. NORTH-SX made and kept less"),
                       ("the recycler is found", r"(?s)\$ ytterby findings\n.*RECYCLE-WORKS")):
        check(what, re.search(form, said))
    address = re.search(r"listening on http://127\.0\.0\.1:(\d+)", said)
    signs = re.findall(r"^  (\w+) +([0-9a-f]{16}) +\w+ of ", said, re.M)
    check("it prints four sign-ins", len(signs) == 4, signs)
    for name, password in signs if address else []:
        check("%s signs in" % name, sign_in(int(address[1]), name, password) == 200)
    if address:
        check("a wrong password does not", sign_in(int(address[1]), "regulator", "wrong wrong wrong") == 401)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    check("Ctrl-C ends it in good order", process.wait(timeout=30) == 0, process.returncode)


def the_findings(program, folder):
    os.makedirs(os.path.join(folder, "cheated"))
    os.makedirs(os.path.join(folder, "honest"))
    cheated = Place(program, os.path.join(folder, "cheated"), cheat=CHEAT)
    with open(os.path.join(folder, "cheated", "industry", "truth.json"), encoding="utf-8") as file:
        truth = json.load(file)["cheats"][0]
    said = cheated.ask("findings")
    rows = said if isinstance(said, list) else said["findings"] if "findings" in said else said["items"]
    check("something is found", rows)
    check("the first finding is the cheat's facility", rows and rows[0]["facility"] == truth["facility"], rows[:1])
    check("it names a component that was fed in", rows and set(rows[0]["components"]) & set(truth["components"]),
          rows[:1])
    honest = Place(program, os.path.join(folder, "honest"))
    check("an honest year is held or refused nothing", ", 0 held, 0 refused" in honest.recorded, honest.recorded)
    said = honest.ask("findings")
    rows = said if isinstance(said, list) else said["findings"] if "findings" in said else said["items"]
    check("an honest year is accused of nothing", rows == [], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/ytterby")
    program = os.path.abspath(parser.parse_args().program)
    with tempfile.TemporaryDirectory(prefix="ytterby-demo-") as folder:
        the_demo(program, folder)
        the_findings(program, folder)
    print("%d passed, %d failed" % (counts[True], counts[False]))
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main())
