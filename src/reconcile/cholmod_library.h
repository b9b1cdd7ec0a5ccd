// CHOLMOD and a BLAS, opened when they are first used: with all that they bring along they would
// make every start of the program twice as long, and few commands factor anything.
// It takes its memory from the C library and not from base/: version 3.0.14 does not survive every
// request that fails within a solve.
// The only file that includes their headers is this one; what links nothing must still be
// installed (tools/install.sh, packaging).
#pragma once
#include "base/status.h"
#include <cholmod.h>

#define CHOLMOD_FUNCTIONS(X)                                                                       \
    X(cholmod_l_start)                                                                             \
    X(cholmod_l_finish)                                                                            \
    X(cholmod_l_analyze)                                                                           \
    X(cholmod_l_factorize)                                                                         \
    X(cholmod_l_copy_factor)                                                                       \
    X(cholmod_l_solve2)                                                                            \
    X(cholmod_l_free_dense)                                                                        \
    X(cholmod_l_free_factor)                                                                       \
    X(cholmod_l_allocate_dense)

typedef struct CholmodLibrary {
#define X(name) __typeof__(name) *name;
    CHOLMOD_FUNCTIONS(X)
#undef X
    // LAPACK and BLAS by their Fortran names: arguments by address, columns one after the other.
    void (*dpotrf)(const char *uplo, const int *n, double *a, const int *lda, int *info);
    void (*dpotri)(const char *uplo, const int *n, double *a, const int *lda, int *info);
    void (*dtrsm)(const char *side, const char *uplo, const char *transa, const char *diag,
                  const int *m, const int *n, const double *alpha, const double *a, const int *lda,
                  double *b, const int *ldb);
    void (*dsymm)(const char *side, const char *uplo, const int *m, const int *n,
                  const double *alpha, const double *a, const int *lda, const double *b,
                  const int *ldb, const double *beta, double *c, const int *ldc);
    void (*dgemm)(const char *transa, const char *transb, const int *m, const int *n, const int *k,
                  const double *alpha, const double *a, const int *lda, const double *b,
                  const int *ldb, const double *beta, double *c, const int *ldc);
    void (*omp_set_max_active_levels)(int levels); // null: it was built without threads
} CholmodLibrary;

// CHOLMOD would do its short loops in four threads, which wait for each other about half the time:
// from here on this thread does them alone.
static inline void cholmod_alone(const CholmodLibrary *library) {
    if (library->omp_set_max_active_levels) library->omp_set_max_active_levels(0);
}

// The library, opened once for the whole program, the BLAS on one thread; null with the reason when
// it cannot be opened.
const CholmodLibrary *cholmod_library(Status *status);
