#!/usr/bin/env python3
"""PostgreSQL's own TPC-B, durable, at the number of clients that suits it best of a few: transactions/s, or `-`
where there is no PostgreSQL (P1).

    pgbench.py [SECONDS]
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = "/usr/lib/postgresql"


def main():
    seconds = sys.argv[1] if len(sys.argv) > 1 else "6"
    found = sorted((v for v in os.listdir(ROOT) if os.path.exists(os.path.join(ROOT, v, "bin", "pgbench"))), key=float) if os.path.isdir(ROOT) else []
    if not found:
        print("-")
        return
    programs, home = os.path.join(ROOT, found[-1], "bin"), tempfile.mkdtemp(prefix="ytterby-pg-")
    user = [] if os.getuid() else ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    if user:
        shutil.chown(home, "postgres", "postgres")
    data, best = os.path.join(home, "data"), 0.0
    run = lambda program, *words: subprocess.run(user + [os.path.join(programs, program)] + list(words), cwd=home, check=True,
                                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    try:
        run("initdb", "-D", data, "-A", "trust", "-U", "bench")
        options = f"-k {home} -c listen_addresses= -c shared_buffers=1GB -c max_wal_size=8GB -c wal_compression=on"
        subprocess.run(user + [os.path.join(programs, "pg_ctl"), "-D", data, "-o", options, "-l", os.path.join(home, "log"), "-w", "start"],
                       check=True, stdout=subprocess.DEVNULL, cwd=home)
        reach = ("-h", home, "-U", "bench", "postgres")
        run("pgbench", "-i", "-q", "-s", "20", *reach)
        for clients in ("16", "64"):
            said = run("pgbench", "-M", "prepared", "-c", clients, "-j", "2", "-T", seconds, *reach)
            best = max(best, float(re.search(r"tps = ([0-9.]+)", said).group(1)))
        print("%.0f" % best)
    finally:
        subprocess.run(user + [os.path.join(programs, "pg_ctl"), "-D", data, "-m", "immediate", "stop"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, cwd="/")
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
