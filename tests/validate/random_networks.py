#!/usr/bin/env python3
"""Random small networks against a slow, plain peer: random_networks.py PROGRAM [COUNT] [SEED]

Draws networks of every shape that makes trouble (streams not measured, measured exactly, in parallel; nodes cut
off, closed on themselves, with shared errors), works out what must come of them with numpy's pseudo-inverses and
ranks, writes each as a case in the format of tests/data/balance_cases, and has `ytterby validate` run them. The
peer reconciles on a null-space basis, where the program eliminates and factors: another road to the same numbers.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from scipy import linalg, stats


def rank(m):
    return 0 if m.size == 0 else int(np.linalg.matrix_rank(m, tol=1e-9 * max(1.0, np.abs(m).max())))


def draw(r):
    nodes, streams = int(r.integers(1, 9)), int(r.integers(1, 20))
    ends = []
    for _ in range(streams):
        a, b = r.integers(0 if r.random() < 0.6 else 1, nodes + 1, 2)
        if a == b:
            a, b = 0, int(r.integers(1, nodes + 1))
        ends.append((int(a), int(b)))
    matrix = np.zeros((nodes, streams))
    for j, (a, b) in enumerate(ends):
        if a:
            matrix[a - 1, j] -= 1
        if b:
            matrix[b - 1, j] += 1
    base = linalg.null_space(matrix) if streams > rank(matrix) else np.zeros((streams, 0))
    true = 100 * base @ r.normal(size=base.shape[1])
    sd = np.exp(r.normal(0, 1.5, streams))
    measured = r.random(streams) > r.choice([0.0, 0.0, 0.2, 0.5])
    return nodes, ends, matrix, true + sd * r.normal(size=streams), sd, measured


def answer(matrix, y, sd, measured, loading):
    """Least squares over x = Z t, errors whitened by their whole covariance."""
    n = matrix.shape[1]
    v = np.diag(sd ** 2) + loading.T @ loading
    z = linalg.null_space(matrix, rcond=1e-11) if rank(matrix) < n else np.zeros((n, 0))
    z[np.abs(z) < 1e-12] = 0  # rounding, that the pseudo-inverse of nothing else would divide by
    m = measured
    au = matrix[:, ~m]
    low = np.linalg.cholesky(v[np.ix_(m, m)])
    g = linalg.solve_triangular(low, z[m], lower=True) if m.any() else np.zeros((0, z.shape[1]))
    q = linalg.solve_triangular(low, y[m], lower=True) if m.any() else np.zeros(0)
    inverse = np.linalg.pinv(g, rcond=1e-10) if g.size else np.zeros((z.shape[1], g.shape[0]))
    x, rest = z @ (inverse @ q), q - g @ (inverse @ q)
    cov = z @ inverse @ inverse.T @ z.T
    seen = [bool(m[j]) or rank(np.delete(au, list(np.where(~m)[0]).index(j), 1)) == rank(au) - 1 for j in range(n)]
    df = rank(matrix) - rank(au)
    chi2 = float(rest @ rest) if df else 0.0
    tests = {}
    for j in np.where(m)[0]:
        column = matrix[:, [j]]
        if rank(np.hstack([au, column])) == rank(au):
            tests[j] = None
            continue
        # Free the value: the fall of chi2, and how far it then comes to lie.
        freed = m.copy()
        freed[j] = False
        sub = np.linalg.cholesky(v)
        # An unknown bias beside the value is one more unknown column.
        wide = np.hstack([matrix, column])
        zz = linalg.null_space(wide, rcond=1e-11)
        zz[np.abs(zz) < 1e-12] = 0
        keep = np.append(m, False)
        low = np.linalg.cholesky(v[np.ix_(m, m)])
        gg = linalg.solve_triangular(low, zz[keep], lower=True)
        t = np.linalg.pinv(gg, rcond=1e-10) @ q
        fall = chi2 - float((q - gg @ t) @ (q - gg @ t))
        bias = -float(zz[-1] @ t)
        tests[j] = (np.sign(bias) * np.sqrt(max(0.0, fall)), bias)
    return x, np.sqrt(np.maximum(0, np.diag(cov))), seen, df, chi2, tests


def case(number, r):
    nodes, ends, matrix, y, sd, measured = draw(r)
    groups = int(r.choice([0, 0, 0, 1, 2]))
    loading = np.zeros((groups, len(y)))
    for g in range(groups):
        loading[g] = np.where((r.random(len(y)) < 0.5) & measured, np.exp(r.normal(0, 1, len(y))), 0)
    x, s, seen, df, chi2, tests = answer(matrix, y, sd, measured, loading)
    if df and chi2 > 1e6:
        return None
    ids = [str(j + 1) for j in range(len(y))]
    streams = []
    for j, (a, b) in enumerate(ends):
        one = {"id": ids[j], "from": a or None, "to": b or None}
        if measured[j]:
            one.update(measured=y[j], sd=float(np.hypot(sd[j], np.linalg.norm(loading[:, j]))))
        streams.append(one)
    given = {"nodes": nodes, "streams": streams}
    if groups:
        given.update(sd_random=list(sd), groups=[{"loading": list(row)} for row in loading])
    opt = lambda values: {ids[j]: (float(values[j]) if seen[j] else None) for j in range(len(y))}
    expected = {"reconciled": opt(x), "sd_reconciled": opt(s), "chi2": chi2, "df": df,
                "p_value": float(stats.chi2.sf(chi2, df)) if df else None,
                "class_measured": {ids[j]: "nonredundant" if tests[j] is None else "redundant" for j in tests},
                "class_unmeasured": {ids[j]: "observable" if seen[j] else "unobservable"
                                     for j in range(len(y)) if not measured[j]},
                "glr_bias_estimate": {ids[j]: None if tests[j] is None else tests[j][1] for j in tests}}
    # A small fall of chi2 loses its digits in the difference.
    firm = {ids[j]: (None if tests[j] is None else tests[j][0]) for j in tests
            if tests[j] is None or abs(tests[j][0]) > 0.05 * np.sqrt(1 + chi2)}
    expected["z_measurement_test_mp"] = firm
    return {"id": f"random_{number}", "kind": "linear_dr", "input": given, "expected": expected,
            "tolerance": {"rel": 1e-6, "abs": 1e-6 * (1 + float(np.abs(y[measured]).max(initial=0))),
                          "chi2_abs": 1e-6, "p_value_abs": 1e-6}}


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        made = 0
        for number in range(count):
            one = case(number, np.random.default_rng([seed, number]))
            if one is None:
                continue
            made += 1
            with open(os.path.join(folder, f"random_{number:05}.json"), "w", encoding="utf-8") as out:
                json.dump(one, out)
        said = subprocess.run([program, "validate", folder], capture_output=True, text=True)
    for line in said.stdout.splitlines():
        if line.startswith("FAIL"):
            print(line)
    print(said.stdout.splitlines()[-1] if said.stdout else said.stderr)
    if made < count * 0.9:
        print(f"only {made} of {count} networks could be judged")
        return 1
    return said.returncode


if __name__ == "__main__":
    sys.exit(main())
