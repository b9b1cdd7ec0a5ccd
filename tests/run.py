#!/usr/bin/env python3
"""Runs the tests, all suites or those that are named, and goes on after a failure.

    tests/run.py [--build DIR] [--list] [SUITE...]

A line a suite, its output in DIR/test-logs/SUITE.log (DIR: build). The last line says how many tests
passed and how many failed; exit code 1 when any did. docs/testing.md tells what each suite proves.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CORES = os.cpu_count() or 1
FUZZ_SECONDS = int(os.environ.get("FUZZ_SECONDS", "10"))
MODEL_COUNT = os.environ.get("MODEL_COUNT", "2000")
READS_COUNT = os.environ.get("READS_COUNT", "2000")
KILLS = os.environ.get("KILLS", "100")
SIMULATION_COUNT = os.environ.get("SIMULATION_COUNT", "500")

# How the runners say what passed and failed: each pattern's groups are added up over the output.
PASSED = re.compile(r"^\[  PASSED  \] (\d+) test", re.M)
FAILED = re.compile(r"^\[  FAILED  \] \S+?: (\d+) test|^\[  FAILED  \] (\d+) test", re.M)
OWN = re.compile(r"^(\d+) passed, (\d+) failed", re.M)
CASES = re.compile(r"^(\d+) (?:vectors|cases|sequences|questions)(?: from seed \d+)?, (\d+) (?:failed|differ)", re.M)
DAMAGES = re.compile(r"^(\d+) damages: .* all reported", re.M)
NODE = re.compile(r"^(?:# |ℹ )pass (\d+)\n(?:# |ℹ )fail (\d+)", re.M)
VITEST = re.compile(r"^\s*Tests\s+(?:(\d+) failed \| )?(\d+) passed", re.M)


# Runners that count nothing: their exit alone tells. Any other that counted no test has failed.
UNCOUNTED = {"includes", "hardening", "corpora", "schemas", "verdicts", "npm run check", "npm run lint", "dist"}


class Suite:
    """What one suite does: runs commands, writes a log, counts."""

    def __init__(self, name, build):
        self.name, self.build = name, build
        folder = os.path.join(build, "test-logs")
        os.makedirs(folder, exist_ok=True)
        self.log_path = os.path.join(folder, name + ".log")
        self.log = open(self.log_path, "w", encoding="utf-8")
        self.passed = self.failed = 0
        self.faults = []

    def flavour(self, name):
        return os.path.join(self.build, name)

    @property
    def program(self):
        return os.path.join(self.flavour("release"), "ytterby")

    def run(self, command, seconds=600, env=None, cwd=ROOT, input=None):
        """Runs one command to its end; its code and what it said. A hang is a failure."""
        process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.PIPE if input else subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                                   env={**os.environ, **(env or {})})
        try:
            said, _ = process.communicate(input.encode() if input else None, timeout=seconds)
            code = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
            said, code = said + b"\n(stopped after %d s)\n" % seconds, 124
        said = said.decode("utf-8", "replace")
        self.log.write("$ %s\n%s[exit %d]\n" % (" ".join(command), said, code))
        self.log.flush()
        return code, said

    def make(self, *arguments, flavour="release", seconds=900):
        return self.run(["make", "--no-print-directory", "-k", "-j%d" % CORES, "FLAVOUR=" + flavour,
                         "B=" + self.flavour(flavour), *arguments], seconds)

    def check(self, what, good):
        """One test of the suite's own."""
        if good:
            self.passed += 1
        else:
            self.failed += 1
            self.faults.append(what)
        self.log.write("%s %s\n" % ("ok  " if good else "FAIL", what))

    def count(self, what, code, said):
        """Counts what the runner said; a bad exit without a counted failure is one. Silence is no pass."""
        passed = sum(int(n) for n in PASSED.findall(said))
        failed = sum(int(a or b) for a, b in FAILED.findall(said))
        for good, bad in OWN.findall(said) + NODE.findall(said):
            passed, failed = passed + int(good), failed + int(bad)
        for every, bad in CASES.findall(said):
            passed, failed = passed + int(every) - int(bad), failed + int(bad)
        passed += sum(int(n) for n in DAMAGES.findall(said))
        for bad, good in VITEST.findall(said):
            passed, failed = passed + int(good), failed + int(bad or 0)
        if code == 0 and passed + failed == 0:
            passed, failed = (1, 0) if what in UNCOUNTED else (0, 1)
        if code != 0 and failed == 0:
            failed = 1
        self.passed += passed
        self.failed += failed
        if failed:
            self.faults.append(what)

    def command(self, what, *arguments, **options):
        self.count(what, *self.run(list(arguments), **options))

    def target(self, what, *arguments, **options):
        self.count(what, *self.make(*arguments, **options))


def unit_tests(suite, flavour, folders=None, env=None):
    """Builds the unit tests, then runs each: one that does not build is a failure of its own."""
    names = [os.path.relpath(path, os.path.join(ROOT, "tests/unit"))[:-2]
             for path in sorted(glob.glob(os.path.join(ROOT, "tests/unit/*/test_*.c")))]
    if folders:
        names = [name for name in names if name.split("/")[0] in folders]
    programs = [os.path.join(suite.flavour(flavour), "test", name) for name in names]
    suite.make(*programs, flavour=flavour)
    built = []
    for name, program in zip(names, programs):
        if os.path.exists(program):
            built.append((name, program))
        else:
            suite.check(name + " does not build", False)
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        for (name, _), result in zip(built, pool.map(
                lambda item: suite.run([item[1]], seconds=300, env=env), built)):
            suite.count(name, *result)


# ---- the suites, in the order in which they run: what fails for a simple reason fails first --------------

def gcc(suite):
    suite.check("the program builds without a warning", suite.make("all")[0] == 0)


def clang(suite):
    suite.check("the program builds without a warning", suite.make("all", flavour="clang")[0] == 0)
    suite.check("the unit tests build without a warning", suite.make("unit-build", flavour="clang")[0] == 0)


def includes(suite):
    suite.command("includes", sys.executable, "tools/include_check.py")


def hardening(suite):
    suite.command("hardening", sys.executable, "tests/hardening.py", suite.program)


def unit(suite):
    unit_tests(suite, "release")


def replay(suite):
    suite.target("corpora", "fuzz-replay")


def vectors(suite):
    suite.target("vectors", "vectors")


def validate(suite):
    suite.make("all")
    suite.command("cases", suite.program, "validate", "tests/data/balance_cases")
    suite.command("exact networks", sys.executable, "tests/validate/exact_networks.py", suite.program, "300")
    suite.command("random networks", "/usr/bin/python3", "tests/validate/random_networks.py", suite.program, "300")


def schema(suite):
    suite.target("schemas", "schema-check")


def cli(suite):
    suite.make("all")
    suite.command("transcripts", sys.executable, "tests/cli/run.py", "--program", suite.program)


def install(suite):
    suite.make("all")
    suite.command("install", sys.executable, "tests/install.py", "--program", suite.program)


def verdicts(suite):
    suite.target("verdicts", "verdicts-check")


def model(suite):
    suite.target("naive book", "model", "MODEL_COUNT=" + MODEL_COUNT)


def reads(suite):
    suite.target("reads against a scan", "reads", "READS_COUNT=" + READS_COUNT)


def independent(suite):
    with open(os.path.join(ROOT, "tests/independent/verify.py"), encoding="utf-8") as file:
        suite.check("verify.py has fewer than 600 lines", len(file.readlines()) < 600)
    suite.target("verify.py", "independent")
    suite.target("Go's sumdb", "independent-go")
    suite.target("ledger and hledger", "independent-ledger")


def kill(suite):
    suite.make("all")
    suite.command("kill", sys.executable, "tests/reliability/kill.py", "--program", suite.program, "--kills", KILLS)
    suite.command("kill serve", sys.executable, "tests/reliability/kill_serve.py", "--program", suite.program,
                  "--kills", KILLS)


def simulation(suite):
    suite.target("simulation", "simulation", "SIMULATION_COUNT=" + SIMULATION_COUNT)


def full(suite):
    suite.make("all")
    suite.command("full disk", sys.executable, "tests/reliability/full_disk.py", "--program", suite.program)


def backup(suite):
    suite.make("all")
    suite.command("backup", sys.executable, "tests/reliability/backup.py", "--program", suite.program)


def clock(suite):
    suite.make("all")
    suite.command("clock", sys.executable, "tests/reliability/clock.py", "--program", suite.program)


def old(suite):
    suite.make("all")
    suite.command("old books", sys.executable, "tests/reliability/old_books.py", "--program", suite.program)


def worst(suite):
    suite.make("all")
    suite.command("worst inputs", sys.executable, "tests/reliability/worst.py", "--program", suite.program)


def damage(suite):
    suite.target("damage", "damage")


def api(suite):
    suite.make("all")
    suite.command("api", sys.executable, "tests/api/run.py", suite.program)


def demo(suite):
    suite.make("all")
    suite.command("demo", sys.executable, "tests/demo.py", "--program", suite.program)


def industry(suite):
    suite.make("all")
    suite.command("industry", sys.executable, "tests/simulate/honest.py", "--program", suite.program)


SANITIZED = {"ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1",
             "UBSAN_OPTIONS": "print_stacktrace=1", "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1"}


def asan(suite):
    unit_tests(suite, "asan", env=SANITIZED)


def tsan(suite):
    unit_tests(suite, "tsan", folders=("keeper", "server"), env=SANITIZED)


def fuzz(suite):
    suite.make("fuzz-build", flavour="fuzz")
    names = [os.path.basename(path)[5:-2] for path in sorted(glob.glob(os.path.join(ROOT, "fuzz/fuzz_*.c")))]

    def one(name):
        below = os.path.join(suite.flavour("fuzz"), "fuzz")
        found = os.path.join(below, "found-" + name)
        os.makedirs(found, exist_ok=True)
        return suite.run([os.path.join(below, name), "-max_total_time=%d" % FUZZ_SECONDS, "-max_len=20000",
                          "-timeout=10", "-verbosity=0", "-print_final_stats=1",
                          "-artifact_prefix=%s/crash-%s-" % (below, name), found, "fuzz/corpus/" + name],
                         seconds=FUZZ_SECONDS + 120)
    names = [name for name in names
             if os.path.exists(os.path.join(suite.flavour("fuzz"), "fuzz", name))
             or suite.check(name + " does not build", False)]
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        for name, (code, _) in zip(names, pool.map(one, names)):
            suite.check("%s: %d s of new inputs" % (name, FUZZ_SECONDS), code == 0)


def web(suite):
    """The pages' own tests; that web/dist is what web/src builds; then the pages in a real browser."""
    folder = os.path.join(ROOT, "web")
    if not os.path.exists(os.path.join(folder, "node_modules", ".package-lock.json")):
        code, _ = suite.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
        suite.check("npm ci", code == 0)
        if code != 0:
            return
    for script in ("check", "lint", "unit"):
        suite.command("npm run " + script, "npm", "run", "--silent", script, cwd=folder,
                      env={"NO_COLOR": "1", "CI": "1"})
    suite.command("dist", "./check-dist.sh", cwd=folder)


def browser(suite):
    suite.make("all")
    suite.command("browser", sys.executable, "tests/browser.py", "--program", suite.program, seconds=900)


SUITES = [gcc, clang, includes, hardening, unit, replay, vectors, validate, schema, cli, install, verdicts, model, reads,
          independent, kill, simulation, full, clock, old, worst, backup, damage, api, demo, industry, asan, tsan, fuzz, web, browser]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", metavar="SUITE")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--list", action="store_true", help="names of the suites")
    options = parser.parse_args()
    known = {suite.__name__: suite for suite in SUITES}
    if options.list:
        print("\n".join(known))
        return 0
    for name in options.suites:
        if name not in known:
            parser.error("no suite \"%s\"; there are %s" % (name, ", ".join(known)))
    # Debian's own python3 and tools, whatever else stands first in the path.
    os.environ["PATH"] = "/usr/bin:/bin:" + os.environ.get("PATH", "")
    os.environ["LC_ALL"] = "C.UTF-8"
    scratch = tempfile.mkdtemp(prefix="ytterby-test-")
    os.environ["TMPDIR"] = scratch
    passed = failed = 0
    begin = time.monotonic()
    try:
        for name in options.suites or known:
            suite, start = Suite(name, os.path.abspath(options.build)), time.monotonic()
            try:
                known[name](suite)
            except Exception as fault:  # a suite that breaks is a failed test, not the end of the others
                suite.check("the suite itself: %r" % fault, False)
            print("%-12s %5d passed  %3d failed  %4d s%s" % (
                name, suite.passed, suite.failed, time.monotonic() - start,
                "" if not suite.failed else "  " + os.path.relpath(suite.log_path)), flush=True)
            for fault in suite.faults[:12]:
                print("    failed: " + fault, flush=True)
            passed, failed = passed + suite.passed, failed + suite.failed
            suite.log.close()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print("%d s" % (time.monotonic() - begin))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
