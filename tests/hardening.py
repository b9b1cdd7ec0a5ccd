#!/usr/bin/env python3
"""Reads the program with readelf: is it linked and compiled as the OpenSSF guide asks (S16)?

    hardening.py PROGRAM

One line a property, then `N passed, M failed`.
"""
import os
import re
import subprocess
import sys

# Each links only where something calls it: what the program calls through a fortified door.
FORTIFIED = ("__memcpy_chk", "__snprintf_chk", "__vsnprintf_chk", "__fprintf_chk", "__printf_chk", "__read_chk",
             "__fread_chk", "__strcat_chk")
ALLOWED_LIBRARIES = re.compile(r"lib(c|m|sodium|crypto|ssl|sqlite3|uv|Rmath|zip|expat|gcc_s)\.so|ld-linux")


def readelf(program, *options):
    return subprocess.run(["readelf", "--wide", *options, program], capture_output=True, text=True, check=True).stdout


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = sys.argv[1]
    if not os.path.exists(program):
        sys.exit("hardening: there is no \"%s\"" % program)
    header, segments = readelf(program, "--file-header"), readelf(program, "--program-headers")
    dynamic, symbols = readelf(program, "--dynamic"), readelf(program, "--dyn-syms")
    # The note in the file says no, for Debian's own start-up code has no landing pads; ours has.
    entry = subprocess.run(["objdump", "--disassemble=main", program], capture_output=True, text=True, check=True).stdout
    stack = re.search(r"GNU_STACK.*", segments)
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    checks = [
        ("position independent", re.search(r"Type:\s+DYN", header) and "INTERP" in segments),
        ("relocations read-only before main", "GNU_RELRO" in segments),
        ("every symbol bound before main", re.search(r"BIND_NOW|FLAGS_1.*NOW", dynamic)),
        ("no executable stack", stack and not re.search(r"RWE", stack.group())),
        ("no segment both written and executed", not re.search(r"LOAD.* RWE ", segments)),
        ("no relocation in the code", "TEXTREL" not in dynamic),
        ("no search path for libraries", not re.search(r"\(R(UN)?PATH\)", dynamic)),
        ("stack protector", "__stack_chk_fail" in symbols),
        ("fortified calls", any(name in symbols for name in FORTIFIED)),
        ("indirect jumps land where they may", "X86-64" not in header or "endbr64" in entry),
        ("no library that is not expected (%s)" % ", ".join(needed),
         all(ALLOWED_LIBRARIES.match(name) for name in needed)),
    ]
    for what, good in checks:
        print("%s %s" % ("ok  " if good else "FAIL", what))
    failed = sum(not good for _, good in checks)
    print("%d passed, %d failed" % (len(checks) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
