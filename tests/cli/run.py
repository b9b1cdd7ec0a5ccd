#!/usr/bin/env python3
"""Holds the command line to its transcripts.

    run.py [--program FILE] [--show | --renew] [TRANSCRIPT...]

tests/cli/NAME.txt is what a terminal would show: a line that starts with `$ ` is typed, what follows up to
the next is what comes out, standard error included, and a last line `[exit N]` where the exit code is not
0. `...` stands for any text within a line, and alone on a line for any lines. A line that starts with `# ` is a
remark. Each transcript starts in an empty folder; $DATA is tests/data and $CLI this folder. --show prints
what really comes out, for writing a new transcript; --renew writes into a transcript what comes out where it
differs, with `...` kept where a line has it: read the difference before you keep it.
"""
import argparse
import difflib
import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def steps_of(path):
    """[(line number, command, [expected line])]"""
    steps = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file.read().splitlines(), 1):
            if line.startswith("$ "):
                steps.append((number, line[2:], []))
            elif line.startswith("# "):
                continue
            elif steps:
                steps[-1][2].append(line)
            elif line:
                sys.exit("%s, line %d: a transcript begins with a command" % (path, number))
    for _, _, expected in steps:
        while expected and not expected[-1]:
            expected.pop()
    return steps


def pattern_of(expected):
    parts = []
    for line in expected:
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(r"[^\n]*?".join(re.escape(piece) for piece in line.split("...")) + r"\n")
    return re.compile("".join(parts))


def said_by(command, folder, environment):
    ran = subprocess.run(["/bin/sh", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    said = ran.stdout.decode("utf-8", "replace")
    if said and not said.endswith("\n"):
        said += "\n"
    while said.endswith("\n\n"):
        said = said[:-1]
    return said + ("[exit %d]\n" % ran.returncode if ran.returncode else "")


def renewed(expected, said):
    """What came out, with `...` where a line of the old text has it and differs in figures alone."""
    out = []
    for line in said.splitlines():
        for old in (old for old in expected if "..." in old and old.strip() != "..."):
            pieces = ["".join(r"\d+" if figure else re.escape(text) for text, figure in
                              re.findall(r"(\D+)|(\d+)", piece)) for piece in old.split("...")]
            found = re.fullmatch("([^\n]*?)".join("(%s)" % piece for piece in pieces), line)
            if found:
                line = "...".join(found.groups()[::2])
                break
        out.append(line)
    return out


def renew(path, changes):
    """changes: (number of the command's line, what to expect instead), last first."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for number, expected in sorted(changes, reverse=True):
        end = number
        while end < len(lines) and not lines[end].startswith(("$ ", "# ")):
            end += 1
        blank = [""] if lines[end - 1] == "" else []
        lines[number:end] = expected + blank
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("transcripts", nargs="*")
    parser.add_argument("--program", default="build/release/ytterby")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--renew", action="store_true")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    passed = failed = 0
    for path in options.transcripts or sorted(glob.glob(os.path.join(HERE, "*.txt"))):
        with tempfile.TemporaryDirectory(prefix="ytterby-cli-") as top:
            folder, tools = os.path.join(top, "work"), os.path.join(top, "bin")
            os.mkdir(folder)
            os.mkdir(tools)
            os.symlink(program, os.path.join(tools, "ytterby"))
            environment = {"PATH": tools + ":/usr/bin:/bin", "HOME": folder, "LC_ALL": "C.UTF-8", "CLI": HERE,
                           "DATA": os.path.join(os.path.dirname(HERE), "data"), "TZ": "UTC"}
            environment.update({name: os.environ[name] for name in ("ASAN_OPTIONS",) if name in os.environ})
            changes = []
            for number, command, expected in steps_of(path):
                said = said_by(command, folder, environment)
                if options.show:
                    print("$ %s\n%s" % (command, said), end="")
                elif pattern_of(expected).fullmatch(said):
                    passed += 1
                else:
                    failed += 1
                    changes.append((number, renewed(expected, said)))
                    print("FAIL %s, line %d: $ %s" % (os.path.relpath(path), number, command))
                    lines = list(difflib.unified_diff(expected, said.splitlines(), "expected", "came out",
                                                      lineterm="", n=1))
                    print("".join("    %s\n" % line for line in lines[:20] + ["..."] * (len(lines) > 20)), end="")
            if options.renew and changes:
                renew(path, changes)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
