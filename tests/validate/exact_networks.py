#!/usr/bin/env python3
"""Uncertainties fourteen decades apart against exact arithmetic: exact_networks.py PROGRAM [COUNT] [SEED]

Draws small networks whose standard uncertainties lie anywhere from 1e-6 to 1e8, works out the reconciled values and
their variances in rational numbers on a null-space basis (no rounding anywhere), writes each as a case in the format
of tests/data/balance_cases, and has `ytterby validate` run them.
"""
import json
import math
import os
import random
import subprocess
import sys
import tempfile
from fractions import Fraction


def reduced(m, width):
    """Row echelon form over the first `width` columns, and the pivots."""
    m, pivots = [row[:] for row in m], []
    for j in range(width):
        at = next((i for i in range(len(pivots), len(m)) if m[i][j]), None)
        if at is None:
            continue
        k = len(pivots)
        m[k], m[at] = m[at], m[k]
        m[k] = [v / m[k][j] for v in m[k]]
        for i, row in enumerate(m):
            if i != k and row[j]:
                m[i] = [v - row[j] * w for v, w in zip(row, m[k])]
        pivots.append(j)
    return m, pivots


def null_space(a, n):
    m, pivots = reduced(a, n)
    basis = []
    for free in (j for j in range(n) if j not in pivots):
        z = [Fraction(int(j == free)) for j in range(n)]
        for i, p in enumerate(pivots):
            z[p] = -m[i][free]
        basis.append(z)
    return basis


def root(q):
    """The square root to the last bit but one: the argument is brought to some 2^120 first."""
    if not q:
        return 0.0
    shift = 2 * ((120 - q.numerator.bit_length() + q.denominator.bit_length()) // 2)
    return float(Fraction(math.isqrt(int(q * Fraction(2) ** shift)), 1) / Fraction(2) ** (shift // 2))


def answer(a, y, sd):
    n = len(y)
    z = null_space(a, n)
    weight = [1 / Fraction(s) ** 2 for s in sd]
    k = len(z)
    normal = [[sum(u[j] * w[j] * weight[j] for j in range(n)) for w in z] +
              [sum(u[j] * weight[j] * Fraction(y[j]) for j in range(n))] +
              [Fraction(int(e == f)) for f in range(k)] for e, u in enumerate(z)]
    solved, _ = reduced(normal, k)
    x = [sum(solved[e][k] * z[e][j] for e in range(k)) for j in range(n)]
    variance = [sum(z[e][j] * solved[e][k + 1 + f] * z[f][j] for e in range(k) for f in range(k)) for j in range(n)]
    return [float(v) for v in x], [root(v) for v in variance]


def draw(r):
    nodes, streams = r.randint(1, 5), r.randint(2, 9)
    ends = []
    for _ in range(streams):
        a, b = r.sample(range(nodes + 1), 2)
        ends.append((a, b))
    a = [[Fraction(int(t == k + 1) - int(f == k + 1)) for f, t in ends] for k in range(nodes)]
    true = [sum(float(z[j]) * r.choice([1, 1, -1]) * 100 * r.random() for z in null_space(a, streams))
            for j in range(streams)]
    sd = [10 ** r.uniform(-6, 8) if r.random() < 0.7 else 10.0 ** r.choice([-6, -2, 0, 5, 7, 8]) for _ in ends]
    return ends, a, [t + s * r.gauss(0, 1) for t, s in zip(true, sd)], sd


def main():
    program = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    r = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            ends, a, y, sd = draw(r)
            x, own = answer(a, y, sd)
            name = lambda j: "s%d" % (j + 1)
            case = {"id": "exact_%04d" % number, "kind": "linear_dr",
                    "input": {"nodes": len(a), "streams": [
                        {"id": name(j), "from": f or None, "to": t or None, "measured": y[j], "sd": sd[j]}
                        for j, (f, t) in enumerate(ends)]},
                    "expected": {"reconciled": {name(j): v for j, v in enumerate(x)},
                                 "sd_reconciled": {name(j): v for j, v in enumerate(own)}},
                    # A value is compared with what is known of it, a standard uncertainty with itself.
                    "tolerance": {"rel": 1e-10, "abs": 1e-7, "sd_reconciled_abs": 0}}
            with open(os.path.join(folder, case["id"] + ".json"), "w", encoding="utf-8") as file:
                json.dump(case, file)
        done = subprocess.run([program, "validate", folder], capture_output=True, text=True, timeout=300)
    bad = [line for line in done.stdout.splitlines() if not line.startswith("ok ")]
    print("seed %d" % seed)
    print("\n".join(bad[-20:]), done.stderr, sep="")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
