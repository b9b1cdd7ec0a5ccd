#!/usr/bin/env python3
"""N3: the same networks reconciled by SciPy, written well, in the same run.

    reconcile_peer.py BENCH [STREAMS]      BENCH: the program bench/reconcile, which dumps its networks

Bare solve: the best of conjugate gradients (diagonal scaling, to 1e-10) and splu (symmetric mode, MMD).
The whole job: values and all standard uncertainties and tests, that is the diagonal of the inverse and its
entries at the edges, by block solves with the factor; SciPy has no selected inverse. A tenth of the blocks
is solved and the time multiplied, as blocks cost the same.
"""
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.sparse as sparse
import scipy.sparse.linalg as linalg

SHAPES = ("layered, 3 a node", "layered, 10 a node", "industry, months grow", "stocks 30 times worse")
BLOCK = 200


def load(path):
    with open(path, "rb") as file:
        nodes, streams = np.fromfile(file, np.uint64, 2)
        start = np.fromfile(file, np.uint32, int(streams)).astype(np.int64)
        end = np.fromfile(file, np.uint32, int(streams)).astype(np.int64)
        value = np.fromfile(file, np.float64, int(streams))
        sigma = np.fromfile(file, np.float64, int(streams))
    return int(nodes), start, end, value, sigma


def balances(nodes, start, end):
    outside = 2 ** 32 - 1
    j = np.arange(len(start))
    out, into = start != outside, end != outside
    return sparse.csr_matrix((np.r_[-np.ones(out.sum()), np.ones(into.sum())],
                              (np.r_[start[out], end[into]], np.r_[j[out], j[into]])),
                             shape=(nodes, len(start)))


def conjugate_gradients(h, r):
    steps = [0]

    def count(_):
        steps[0] += 1
    scale = sparse.diags(1.0 / h.diagonal())
    began = time.process_time()
    x, info = linalg.cg(h, r, tol=1e-10, atol=0, maxiter=5000, M=scale, callback=count)
    took = time.process_time() - began
    residual = np.linalg.norm(r - h @ x) / np.linalg.norm(r)
    return x, took, steps[0], residual, info == 0 and residual < 2e-10


def main():
    program = sys.argv[1]
    streams = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    for shape in SHAPES:
        with tempfile.NamedTemporaryFile() as file:
            subprocess.run([program, "--dump", shape, str(streams), file.name], check=True)
            nodes, start, end, value, sigma = load(file.name)
        began = time.process_time()
        a = balances(nodes, start, end)
        h = (a @ sparse.diags(sigma ** 2) @ a.T).tocsc()
        r = a @ value
        setting_up = time.process_time() - began
        x, cg, steps, residual, well = conjugate_gradients(h, r)
        began = time.process_time()
        factor = linalg.splu(h, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
                             options={"SymmetricMode": True})
        x = factor.solve(r)
        splu = time.process_time() - began
        # One block in ten: its columns of the inverse hold the diagonal and the entries at edges.
        began = time.process_time()
        blocks = range(0, nodes, 10 * BLOCK)
        for first in blocks:
            columns = np.arange(first, min(first + BLOCK, nodes))
            unit = np.zeros((nodes, len(columns)))
            unit[columns, np.arange(len(columns))] = 1.0
            factor.solve(unit)
        inverse = (time.process_time() - began) * (nodes / BLOCK) / len(blocks)
        print("%-24s scipy: setting up %.2f s, cg %.2f s (%d steps, residual %.0e%s), splu %.2f s, "
              "whole job %.1f s, chi2/df %.4f" %
              (shape, setting_up, cg, steps, residual, "" if well else ": NOT CONVERGED", splu,
               setting_up + splu + inverse, r @ x / nodes), flush=True)


if __name__ == "__main__":
    main()
