#!/usr/bin/env python3
"""The pages in a real browser: browser.py [--program FILE] [--shots DIR]

Records a simulated year with its cheat, serves it on a free port of the loopback, makes a regulator and a
company, and gives all that to web/tests. Needs `npm ci` in web/ and chromium. --shots keeps a picture of
each page, as docs/screenshots has them.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

from place import CHEAT, Place

WEB = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "web")
# The company that looks, and another with which it has no dealings: nothing of that one may be seen.
COMPANY, FOREIGN_PARTY, FOREIGN_NAMES = "CERAMICS", "RECYCLE", ["RECYCLE-WORKS", "Second Round Recycling"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/ytterby")
    parser.add_argument("--shots")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ytterby-browser-") as folder:
        place = Place(options.program, folder, cheat=[CHEAT, "fake-recycling"])
        regulator, company = ("regulator", "a year of magnets"), ("company", "a year of ceramics")
        place.user(*regulator, "regulator", "REGULATOR")
        place.user(*company, "company", COMPANY)
        with open(place.events, encoding="utf-8") as events:
            lot = re.search(r'"lot":"(%s:[^"]+)"' % FOREIGN_PARTY, events.read())
        url = place.serve()
        environment = {**os.environ, "YTTERBY_URL": url, "NO_COLOR": "1",
                       "YTTERBY_USER": regulator[0], "YTTERBY_PASSWORD": regulator[1],
                       "YTTERBY_COMPANY_USER": company[0], "YTTERBY_COMPANY_PASSWORD": company[1],
                       "YTTERBY_FOREIGN": ",".join([lot[1]] + FOREIGN_NAMES)}
        if options.shots:
            environment["YTTERBY_SHOTS"] = os.path.abspath(options.shots)
        code = subprocess.call(["npm", "run", "--silent", "browser"], cwd=WEB, env=environment)
        ended = place.stop()
        if ended != 0:
            print("FAIL the server ended with %s" % ended)
            return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
