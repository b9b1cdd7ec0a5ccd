#!/usr/bin/env python3
"""Upstream traces with mass shares as experts would ask SQLite, PostgreSQL and DuckDB for them (P7).

    trace.py DIR          DIR as `bench/reads BOOK 9 DIR` writes it: edges.csv nodes.csv roots.csv

One component, its shares precomputed by arc, arcs clustered by child, everything in memory or cache; ours
computes all components of the lot and the shares themselves. Shallow: a recursive query over the index.
Deep: paths are too many to walk, so nodes are taken rank by rank (the longest way to an origin, given), each
step one set-based insert. Prints a line a peer: medians in microseconds, `-` where a peer is not installed.
"""
import csv
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDS = 3
SHALLOW = """WITH RECURSIVE up(node, v) AS (
  SELECT {root}, 1.0 UNION ALL
  SELECT e.parent, up.v * e.share FROM up JOIN edge e ON e.child = up.node)
SELECT node, sum(v) FROM up GROUP BY node"""
STEP = """INSERT INTO reach SELECT n.rank, e.parent, sum(r.v * e.share)
  FROM (SELECT node, sum(v) AS v FROM reach WHERE rank = {rank} GROUP BY node) r
  JOIN edge e ON e.child = r.node JOIN node n ON n.id = e.parent GROUP BY n.rank, e.parent"""
ENDS = "SELECT count(*), sum(v) FROM (SELECT node, sum(v) AS v FROM reach WHERE rank = 0 GROUP BY node) x"


def rows(directory, name):
    with open(os.path.join(directory, name), newline="") as file:
        return [tuple(row) for row in csv.reader(file)]


def timed(work):
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e6


def sqlite(directory, shallow, deep, ranks):
    db = sqlite3.connect(":memory:")
    db.executescript("CREATE TABLE edge(child INTEGER, parent INTEGER, share REAL, PRIMARY KEY(child, parent)) WITHOUT ROWID;"
                     "CREATE TABLE node(id INTEGER PRIMARY KEY, rank INTEGER);"
                     "CREATE TABLE reach(rank INTEGER, node INTEGER, v REAL); CREATE INDEX reach_rank ON reach(rank);")
    # Several arcs between two nodes are one.
    db.execute("CREATE TEMP TABLE load(child INTEGER, parent INTEGER, share REAL)")
    db.executemany("INSERT INTO load VALUES(?, ?, ?)", rows(directory, "edges.csv"))
    db.execute("INSERT INTO edge SELECT child, parent, sum(share) FROM load GROUP BY child, parent")
    db.executemany("INSERT INTO node VALUES(?, ?)", rows(directory, "nodes.csv"))
    db.commit()
    db.execute("ANALYZE")
    first = []
    for root in shallow:
        query = SHALLOW.format(root=root)
        db.execute(query).fetchall()
        first.append(min(timed(lambda: db.execute(query).fetchall()) for _ in range(3)))

    def whole():
        db.execute("DELETE FROM reach")
        db.execute("INSERT INTO reach SELECT rank, id, 1.0 FROM node WHERE id = ?", (deep,))
        for rank in range(ranks[deep], 0, -1):
            db.execute(STEP.format(rank=rank))
        return db.execute(ENDS).fetchall()
    second = [timed(whole) for _ in range(ROUNDS)]
    return statistics.median(first), statistics.median(second), db.execute(ENDS).fetchone()


def postgres(directory, shallow, deep, ranks):
    found = sorted(d for d in (os.path.join("/usr/lib/postgresql", v, "bin") for v in
                               (os.listdir("/usr/lib/postgresql") if os.path.isdir("/usr/lib/postgresql") else []))
                   if os.path.exists(os.path.join(d, "postgres")))
    if not found:
        return None
    home = tempfile.mkdtemp(prefix="ytterby-pg-")
    # The server does not run as root.
    user = [] if os.getuid() else ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    if user:
        shutil.chown(home, "postgres", "postgres")
    data, run = os.path.join(home, "data"), lambda *a, **k: subprocess.run(
        user + list(a), check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=home, **k)
    ctl = os.path.join(found[-1], "pg_ctl")
    try:
        run(os.path.join(found[-1], "initdb"), "-D", data, "-A", "trust", "-U", "bench", "--no-sync")
        options = f"-k {home} -c listen_addresses= -c shared_buffers=1GB -c work_mem=256MB -c fsync=off -c jit=off"
        subprocess.run(user + [ctl, "-D", data, "-o", options, "-l", os.path.join(home, "log"), "-w", "start"],
                       check=True, stdout=subprocess.DEVNULL, cwd=home)
        psql = lambda text: run(os.path.join(found[-1], "psql"), "-h", home, "-U", "bench", "-d", "postgres", "-qAt", input=text)
        for name in ("edges.csv", "nodes.csv"):
            shutil.copy(os.path.join(directory, name), home)
            os.chmod(os.path.join(home, name), 0o644)
        psql(f"""CREATE UNLOGGED TABLE load(child int, parent int, share float8);
COPY load FROM '{home}/edges.csv' CSV;
CREATE TABLE edge AS SELECT child, parent, sum(share) AS share FROM load GROUP BY child, parent ORDER BY child;
CREATE INDEX edge_child ON edge(child) INCLUDE (parent, share);
CREATE TABLE node(id int PRIMARY KEY, rank int); COPY node FROM '{home}/nodes.csv' CSV;
VACUUM ANALYZE edge; VACUUM ANALYZE node;
CREATE UNLOGGED TABLE reach(rank int, node int, v float8); CREATE INDEX reach_rank ON reach(rank);
CREATE FUNCTION whole(root int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  TRUNCATE reach; INSERT INTO reach SELECT rank, id, 1.0 FROM node WHERE id = root;
  FOR g IN REVERSE (SELECT rank FROM node WHERE id = root)..1 LOOP
    {STEP.format(rank="g")};
  END LOOP; END $$;""")
        milliseconds = lambda text: [float(line.split()[1]) * 1e3 for line in psql("\\timing on\n" + text).stdout.splitlines()
                                     if line.startswith("Time:")]
        prepared = ("PREPARE up(int) AS " + SHALLOW.format(root="$1::int") + ";\n").replace("$1::int, 1.0", "$1::int, 1.0::float8")
        first = []
        times = milliseconds(prepared + "\n".join(f"EXECUTE up({root});" for root in shallow for _ in range(4)))[1:]
        for i in range(len(shallow)):
            first.append(min(times[4 * i + 1:4 * i + 4]))
        second = [milliseconds(f"SELECT whole({deep});")[0] for _ in range(ROUNDS)]
        ends = psql(ENDS).stdout.strip().split("|")
        return statistics.median(first), statistics.median(second), ends
    finally:
        subprocess.run(user + [ctl, "-D", data, "-m", "immediate", "stop"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        shutil.rmtree(home, ignore_errors=True)


def duckdb(directory, shallow, deep, ranks):
    if not shutil.which("node") or not os.path.isdir(os.path.join(HERE, "node_modules/@duckdb")):
        return None
    answer = subprocess.run(["node", os.path.join(HERE, "trace_duckdb.mjs"), directory, str(deep), str(ranks[deep])]
                            + [str(root) for root in shallow], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return float(answer[0]), float(answer[1]), answer[2:]


def main():
    directory = sys.argv[1]
    roots = rows(directory, "roots.csv")
    shallow = [int(node) for kind, node in roots if kind == "shallow"]
    deep = next(int(node) for kind, node in roots if kind == "deep")
    ranks = {int(node): int(rank) for node, rank in rows(directory, "nodes.csv")}
    for name, peer in (("SQLite", sqlite), ("PostgreSQL", postgres), ("DuckDB", duckdb)):
        result = peer(directory, shallow, deep, ranks)
        if result:
            print(f"{name:12} shallow {result[0]:12.1f} us   deep {result[1]:14.1f} us   ({result[2][0]} origins)", flush=True)
        else:
            print(f"{name:12} shallow            - us   deep              - us   (not installed)", flush=True)


if __name__ == "__main__":
    main()
