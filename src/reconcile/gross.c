#include "reconcile/gross.h"

#include "numeric/distribution.h"
#include <math.h>
#include <string.h>

// Two statistics are the same when they differ by less than this part.
static const double SAME = 1e-6;
// What is left of a white signature beside those accepted, below which it says nothing new.
static const double NOTHING_NEW = 1e-7;

static double dot(const double *a, const double *b, size_t count) {
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

bool gross_candidates(const LinearSystem *s, Arena *arena, Candidate **candidates, size_t *count,
                      Status *status) {
    size_t m = s->problem.balances, n = s->problem.values, at = 0;
    Candidate *list = arena_take_zero(arena, n + m + 1, sizeof *list);
    double *signatures = arena_take_zero(arena, (n + m) * m + 1, sizeof *signatures);
    if (!list || !signatures) return status_no_memory(status);
    for (size_t j = 0; j < n; j++) {
        if (!s->measured[j]) continue;
        double *f = signatures + at * m;
        for (size_t k = 0; k < m; k++)
            f[k] = s->problem.a[k * n + j];
        list[at++] = (Candidate){CANDIDATE_BIAS, j, f};
    }
    for (size_t k = 0; k < m; k++) {
        double *f = signatures + at * m;
        f[k] = 1.0;
        list[at++] = (Candidate){CANDIDATE_LEAK, k, f};
    }
    *candidates = list;
    *count = at;
    return true;
}

// A signature in the balances free of unmeasured values: there it is compared with others.
static void project_free(const LinearSystem *s, const double *f, double *rows) {
    size_t m = s->problem.balances;
    for (size_t i = 0; i < s->free; i++) {
        rows[i] = 0.0;
        for (size_t k = 0; k < m; k++)
            if (f[k] != 0.0) rows[i] += s->p_free[i * m + k] * f[k];
    }
}

// Whether no combination of dependent balances is broken by it: else it could never be alone.
static bool is_tied(const LinearSystem *s, const Candidate *candidate) {
    if (candidate->kind == CANDIDATE_BIAS) return false; // A x closes whatever x is
    for (size_t k = 0; k < s->problem.balances; k++)
        if (candidate->signature[k] != 0.0 && s->tied[k]) return true;
    return false;
}

bool gross_prepare(const LinearSystem *s, const Candidate *candidates, size_t count, Arena *arena,
                   GrossSearch *search, Status *status) {
    GrossSearch made = {.system = s,
                        .count = count,
                        .candidates = candidates,
                        .class_of = arena_take_zero(arena, count + 1, sizeof(size_t)),
                        .first = arena_take_zero(arena, count + 1, sizeof(size_t)),
                        .t = arena_take_zero(arena, count + 1, sizeof(double)),
                        .size = arena_take_zero(arena, count + 1, sizeof(double)),
                        .white = arena_take_zero(arena, count * s->rank + 1, sizeof(double)),
                        .possible = arena_take_zero(arena, count + 1, sizeof(bool))};
    double *free = arena_take_zero(arena, count * s->free + 1, sizeof *free);
    double *rows = arena_take_zero(arena, s->rows + 1, sizeof *rows);
    if (!made.class_of || !made.first || !made.t || !made.size || !made.white || !made.possible ||
        !free || !rows)
        return status_no_memory(status);
    for (size_t c = 0; c < count; c++) {
        double *f = free + c * s->free, *white = made.white + c * s->rank;
        project_free(s, candidates[c].signature, f);
        made.class_of[c] = CLASS_NONE;
        if (signature_none(f, s->free)) continue;
        for (size_t k = 0; k < made.classes && made.class_of[c] == CLASS_NONE; k++)
            if (signature_parallel(free + made.first[k] * s->free, f, s->free))
                made.class_of[c] = k;
        if (made.class_of[c] == CLASS_NONE) {
            made.first[made.classes] = c;
            made.class_of[c] = made.classes++;
        }
        linear_project(s, candidates[c].signature, rows);
        made.possible[c] = linear_whiten(s, rows, white) && !is_tied(s, &candidates[c]);
        if (!made.possible[c]) {
            memset(white, 0, s->rank * sizeof *white);
            continue;
        }
        double information = dot(white, white, s->rank), score = dot(white, s->white, s->rank);
        if (!(information > 0.0)) continue;
        made.t[c] = score * score / information;
        made.size[c] = score / information;
    }
    *search = made;
    return true;
}

// ---- forward selection ----

// An orthonormal basis of what was accepted, and the data beside it.
typedef struct Basis {
    size_t rank, count;
    double *vectors; // count x rank
    double *rest;    // white data less their part
    double *scratch;
} Basis;

static void take_out(const Basis *basis, double *v) {
    // Twice is enough (Kahan; Parlett, The Symmetric Eigenvalue Problem, 6-9).
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < basis->count; i++) {
            const double *b = basis->vectors + i * basis->rank;
            double part = dot(b, v, basis->rank);
            for (size_t k = 0; k < basis->rank; k++)
                v[k] -= part * b[k];
        }
}

// What of a white signature is new beside the basis; false when nothing is.
static bool new_part(const Basis *basis, const double *white, double *out) {
    double before = dot(white, white, basis->rank);
    memcpy(out, white, basis->rank * sizeof *out);
    take_out(basis, out);
    double after = dot(out, out, basis->rank);
    return before > 0.0 && after > NOTHING_NEW * NOTHING_NEW * before;
}

static void add_to_basis(Basis *basis, const double *white) {
    double *b = basis->vectors + basis->count * basis->rank;
    if (!new_part(basis, white, b)) return;
    double norm = sqrt(dot(b, b, basis->rank));
    for (size_t k = 0; k < basis->rank; k++)
        b[k] /= norm;
    basis->count++;
    take_out(basis, basis->rest);
}

// The size of one accepted error with the others free, and its standard error: the part of its
// signature that is new beside theirs, against the data.
static void size_beside(const GrossSearch *search, const size_t *members, size_t count,
                        size_t which, Basis *basis, double *size, double *sigma) {
    const LinearSystem *s = search->system;
    basis->count = 0;
    for (size_t i = 0; i < count; i++)
        if (i != which) add_to_basis(basis, search->white + members[i] * s->rank);
    *size = *sigma = 0.0;
    if (!new_part(basis, search->white + members[which] * s->rank, basis->scratch)) return;
    double information = dot(basis->scratch, basis->scratch, s->rank);
    *size = dot(basis->scratch, s->white, s->rank) / information;
    *sigma = 1.0 / sqrt(information);
}

static bool step_sizes(const GrossSearch *search, const GrossSelection *so_far, Basis *basis,
                       Arena *arena, GrossStep *step, Status *status) {
    step->size = arena_take_zero(arena, search->count + 1, sizeof(double));
    step->sigma = arena_take_zero(arena, search->count + 1, sizeof(double));
    size_t *members = arena_take_zero(arena, so_far->accepted + 1, sizeof *members);
    if (!step->size || !step->sigma || !members) return status_no_memory(status);
    for (size_t a = 0; a < so_far->accepted; a++)
        members[a] = search->first[so_far->taken[a]];
    for (size_t a = 0; a < so_far->accepted; a++) {
        size_t first = members[a];
        for (size_t c = 0; c < search->count; c++) {
            if (search->class_of[c] != so_far->taken[a]) continue;
            members[a] = c;
            size_beside(search, members, so_far->accepted, a, basis, &step->size[c],
                        &step->sigma[c]);
        }
        members[a] = first;
    }
    return true;
}

bool gross_select(const GrossSearch *search, double limit, size_t most, Arena *arena,
                  GrossSelection *selection, Status *status) {
    const LinearSystem *s = search->system;
    GrossSelection made = {.step = arena_take_zero(arena, search->classes + 1, sizeof(GrossStep)),
                           .taken = arena_take_zero(arena, search->classes + 1, sizeof(size_t)),
                           .df_final = s->rows};
    Basis basis = {
        .rank = s->rank,
        .vectors = arena_take_zero(arena, (search->classes + 1) * (s->rank + 1), sizeof(double)),
        .rest = arena_take_zero(arena, s->rank + 1, sizeof(double)),
        .scratch = arena_take_zero(arena, s->rank + 1, sizeof(double))};
    Basis beside = basis;
    beside.vectors = arena_take_zero(arena, (search->classes + 1) * (s->rank + 1), sizeof(double));
    beside.rest = arena_take_zero(arena, s->rank + 1, sizeof(double));
    double *t = arena_take_zero(arena, search->count + 1, sizeof *t);
    if (!made.step || !made.taken || !basis.vectors || !basis.rest || !basis.scratch ||
        !beside.vectors || !beside.rest || !t)
        return status_no_memory(status);
    memcpy(basis.rest, s->white, s->rank * sizeof *basis.rest);
    while (made.accepted < most && made.accepted < search->classes) {
        GrossStep *step = &made.step[made.steps];
        *step = (GrossStep){.chi2_before = dot(basis.rest, basis.rest, s->rank),
                            .df_before = s->rows - made.accepted,
                            .best = arena_take_zero(arena, search->count + 1, sizeof(bool))};
        if (!step->best) return status_no_memory(status);
        bool any = false;
        for (size_t c = 0; c < search->count; c++) {
            t[c] = -1.0;
            if (search->class_of[c] == CLASS_NONE) continue;
            if (search->possible[c] &&
                !new_part(&basis, search->white + c * s->rank, basis.scratch))
                continue;
            any = true;
            t[c] = 0.0;
            if (search->possible[c]) {
                double score = dot(basis.scratch, basis.rest, s->rank);
                t[c] = score * score / dot(basis.scratch, basis.scratch, s->rank);
            }
            step->t = fmax(step->t, t[c]);
        }
        if (!any) break;
        size_t first = SIZE_MAX;
        for (size_t c = 0; c < search->count; c++) {
            step->best[c] = t[c] >= 0.0 && t[c] > step->t - SAME * fmax(1.0, step->t);
            if (step->best[c] && first == SIZE_MAX) first = c;
        }
        made.steps++;
        step->accepted = step->t >= limit;
        if (!step->accepted) break;
        made.taken[made.accepted++] = search->class_of[first];
        add_to_basis(&basis, search->white + first * s->rank);
        if (!step_sizes(search, &made, &beside, arena, step, status)) return false;
    }
    made.chi2_final = dot(basis.rest, basis.rest, s->rank);
    made.df_final = s->rows - made.accepted;
    *selection = made;
    return true;
}

// ---- equivalent sets ----

enum { EQUIVALENT_SETS_MAX = 1000, EQUIVALENT_TRIES_MAX = 2000000 };

static size_t rank_of(const GrossSearch *search, const size_t *classes, size_t count,
                      Basis *basis) {
    basis->count = 0;
    for (size_t i = 0; i < count; i++)
        add_to_basis(basis, search->white + search->first[classes[i]] * basis->rank);
    return basis->count;
}

bool gross_equivalent(const GrossSearch *search, const GrossSelection *selection, Arena *arena,
                      size_t **sets, size_t *count, Status *status) {
    size_t k = selection->accepted, rank = search->system->rank, n = search->classes;
    *count = 0;
    *sets = arena_take_zero(arena, EQUIVALENT_SETS_MAX * (k + 1), sizeof **sets);
    size_t *chosen = arena_take_zero(arena, k + 1, sizeof *chosen);
    Basis accepted = {.rank = rank,
                      .vectors = arena_take_zero(arena, (k + 1) * (rank + 1), sizeof(double)),
                      .rest = arena_take_zero(arena, rank + 1, sizeof(double)),
                      .scratch = arena_take_zero(arena, rank + 1, sizeof(double))};
    Basis trial = {.rank = rank,
                   .vectors = arena_take_zero(arena, (k + 1) * (rank + 1), sizeof(double)),
                   .rest = arena_take_zero(arena, rank + 1, sizeof(double)),
                   .scratch = accepted.scratch};
    size_t *inside = arena_take_zero(arena, n + 1, sizeof *inside), inside_count = 0;
    if (!*sets || !chosen || !accepted.vectors || !accepted.rest || !accepted.scratch ||
        !trial.vectors || !trial.rest || !inside)
        return status_no_memory(status);
    if (k < 2) return true;
    (void)rank_of(search, selection->taken, k, &accepted);
    // Only classes that lie within the accepted space can be members of an equivalent set.
    for (size_t c = 0; c < n; c++)
        if (search->possible[search->first[c]] &&
            !new_part(&accepted, search->white + search->first[c] * rank, accepted.scratch))
            inside[inside_count++] = c;
    if (inside_count < k) return true;
    for (size_t i = 0; i < k; i++)
        chosen[i] = i;
    for (size_t tries = 0; tries < EQUIVALENT_TRIES_MAX && *count < EQUIVALENT_SETS_MAX; tries++) {
        size_t *set = *sets + *count * k;
        for (size_t i = 0; i < k; i++)
            set[i] = inside[chosen[i]];
        *count += rank_of(search, set, k, &trial) == k;
        size_t at = k;
        while (at-- > 0 && chosen[at] == inside_count - k + at) {
        }
        if (at == SIZE_MAX) break;
        chosen[at]++;
        for (size_t i = at + 1; i < k; i++)
            chosen[i] = chosen[i - 1] + 1;
    }
    return true;
}

double sidak_chi2(double alpha, size_t tests) {
    // 1 - (1 - alpha)^(1/tests), without losing what is small.
    return chi2_upper_point(-expm1(log1p(-alpha) / (double)(tests ? tests : 1)), 1.0);
}

bool measurement_test(const LinearProblem *problem, double alpha, Arena *arena,
                      MeasurementStep **steps, size_t *count, Status *status) {
    size_t n = problem->values;
    bool *measured = arena_take_zero(arena, n + 1, sizeof *measured);
    *steps = arena_take_zero(arena, n + 1, sizeof **steps);
    *count = 0;
    if (!measured || !*steps) return status_no_memory(status);
    for (size_t j = 0; j < n; j++)
        measured[j] = !problem->measured || problem->measured[j];
    LinearProblem now = *problem;
    now.measured = measured;
    while (*count <= n) {
        LinearSystem system;
        LinearResult result;
        if (!linear_prepare(&now, arena, &system, status) ||
            !linear_reconcile(&system, arena, &result, status))
            return false;
        MeasurementStep *step = &(*steps)[*count];
        *step = (MeasurementStep){.chi2 = result.chi2,
                                  .df = result.df,
                                  .first = SIZE_MAX,
                                  .at = arena_take_zero(arena, n + 1, sizeof(bool))};
        if (!step->at) return status_no_memory(status);
        for (size_t j = 0; j < n; j++) {
            step->redundant += result.class_of[j] == VALUE_REDUNDANT;
            if (result.tested[j]) step->largest = fmax(step->largest, fabs(result.z[j]));
        }
        if (!step->redundant) break;
        for (size_t j = 0; j < n; j++) {
            step->at[j] = result.tested[j] &&
                          fabs(result.z[j]) > step->largest - SAME * fmax(1.0, step->largest);
            if (step->at[j] && step->first == SIZE_MAX) step->first = j;
        }
        step->limit = sqrt(sidak_chi2(alpha, step->redundant));
        step->freed = step->first != SIZE_MAX && step->largest > step->limit;
        (*count)++;
        if (!step->freed) break;
        measured[step->first] = false;
    }
    return true;
}
