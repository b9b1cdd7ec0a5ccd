#!/usr/bin/env python3
"""What `make install` puts where: the program, its page of the manual, completion for three shells.

    install.py [--program FILE]

The page is what the program prints, and man and mandoc have nothing to say against it. Each command and option of
--help stands in it and is completed by bash and fish; zsh reads its file. Prints `N passed, M failed`.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
passed, failed = 0, []


def check(sentence, holds):
    global passed
    passed += bool(holds)
    if not holds:
        failed.append(sentence)
        print("FAIL " + sentence)


def said(*command, **more):
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    return ran.stdout.decode()


def commands_of(program):
    """{command: [option]}, from the help that a person reads."""
    names = re.findall(r"^  ([a-z]+) +\S", said(program, "--help"), re.M)
    return {name: re.findall(r"^  --([a-z-]+)", said(program, name, "--help"), re.M) for name in names}


def bash(file, *words):
    script = 'source %s; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ytterby; printf "%%s\\n" "${COMPREPLY[@]}"' % file
    return set(said("bash", "--norc", "-c", script, "bash", *words).split())


def fish(file, line):
    home = os.path.dirname(file)
    return {found.split("\t")[0] for found in
            said("fish", "--no-config", "-c", "source %s; complete -C '%s'" % (file, line),
                 env=dict(os.environ, HOME=home, XDG_CONFIG_HOME=home, XDG_DATA_HOME=home)).split("\n")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="build/release/ytterby")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    with tempfile.TemporaryDirectory(prefix="ytterby-install-") as folder:
        prefix = os.path.join(folder, "usr")
        made = subprocess.run(["make", "--no-print-directory", "install", "B=" + os.path.dirname(program),
                               "DESTDIR=" + folder, "PREFIX=/usr"], cwd=ROOT, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        check("make install: " + made.stdout.decode()[-300:], made.returncode == 0)
        where = {"page": "share/man/man1/ytterby.1", "bash": "share/bash-completion/completions/ytterby",
                 "zsh": "share/zsh/site-functions/_ytterby", "fish": "share/fish/vendor_completions.d/ytterby.fish"}
        where = {name: os.path.join(prefix, path) for name, path in where.items()}
        check("the installed program runs", "ytterby" in said(os.path.join(prefix, "bin", "ytterby"), "version"))
        with open(where["page"], encoding="utf-8") as file:
            page = file.read()
        check("docs/ytterby.1 is what \"ytterby manual\" prints (make man makes it anew)", page == said(program, "manual"))
        complaints = [line for line in said("mandoc", "-Tlint", where["page"]).splitlines() if line]
        check("mandoc has nothing against it: %s" % complaints[:3], not complaints)
        warnings = said("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", where["page"],
                        env=dict(os.environ, LC_ALL="C.UTF-8", MANROFFSEQ=""))
        warnings = [line for line in warnings.splitlines() if "warning" in line]
        check("man has nothing against it: %s" % warnings[:3], not warnings)
        check("zsh reads its completion", said("zsh", "-n", where["zsh"]) == "")
        commands = commands_of(program)
        check("there are commands", len(commands) > 15)
        check("bash completes commands", set(commands) <= bash(where["bash"], "ytterby", ""))
        check("fish completes commands", set(commands) <= fish(where["fish"], "ytterby "))
        plain = page.replace("\\-", "-")
        with open(where["zsh"], encoding="utf-8") as file:
            of_zsh = file.read()
        for name, names in commands.items():
            check("%s stands in the page" % name, ".SS %s\n" % name in page)
            part = plain.split(".SS %s\n" % name)[1].split("\n.SS ")[0] if ".SS %s\n" % name in page else ""
            check("all options of %s stand in the page" % name,
                  all("\\fB--%s\\fR" % each in part for each in names if each != "help"))
            check("bash completes the options of %s" % name,
                  {"--" + each for each in names} <= bash(where["bash"], "ytterby", name, "--"))
            check("fish completes the options of %s" % name,
                  {"--" + each for each in names if each != "help"}
                  <= {found.split("=")[0] for found in fish(where["fish"], "ytterby %s --" % name)})
            check("zsh knows the options of %s" % name, all("--" + each in of_zsh for each in names))
        check("bash completes what an option takes",
              bash(where["bash"], "ytterby", "export", "--format", "") == {"ndjson", "csv", "ledger"})
        check("fish completes what an option takes",
              {"ndjson", "csv", "ledger"} <= fish(where["fish"], "ytterby export --format "))
        check("bash completes kinds", "lots" in bash(where["bash"], "ytterby", "list", "l"))
        check("fish completes kinds", "lots" in fish(where["fish"], "ytterby list l"))
        subprocess.run(["make", "--no-print-directory", "uninstall", "B=" + os.path.dirname(program),
                        "DESTDIR=" + folder, "PREFIX=/usr"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        check("make uninstall leaves no file", not any(files for _, _, files in os.walk(prefix)))
    print("%d passed, %d failed" % (passed, len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
