// Solves H x = b by conjugate gradients (Hestenes & Stiefel 1952) with any preconditioner: the
// exact factor (then it is iterative refinement, one or two steps) or an approximate one. The
// residual is recomputed from the answer after the loop, and the loop entered again while it is too
// large, so that it cannot stop at a wrong answer unnoticed. Vectors come alone (`width` 1) or
// eight side by side (entry i, k at i * 8 + k): eight share each reading of the matrix and of the
// factor.
#pragma once
#include "reconcile/flow_graph.h"

enum { FLOW_WIDTH = 8 };

// out = M^-1 r; false when it fails.
typedef bool (*FlowPrecondition)(void *context, const double *r, size_t width, double *out,
                                 Status *status);
// out = H x.
typedef void (*FlowApply)(void *context, const double *x, size_t width, double *out);

typedef struct FlowSolver {
    size_t n;
    FlowApply apply;
    void *apply_context;
    FlowPrecondition precondition;
    void *precondition_context;
} FlowSolver;

typedef struct FlowConvergence {
    double residual; // |b - H x| / |b| as recomputed, the largest of all columns
    size_t iterations;
} FlowConvergence;

// Until |b - H x| <= tolerance |b|, starting from x as given when `warm`, else from 0. Fails with
// STATUS_LIMIT, and the residual that was reached, when `most` iterations do not do.
MUST_CHECK bool flow_solve(const FlowSolver *solver, const double *b, size_t width,
                           double tolerance, size_t most, bool warm, double *x,
                           FlowConvergence *convergence, Status *status);
