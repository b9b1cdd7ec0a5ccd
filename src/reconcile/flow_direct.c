#include "reconcile/flow_direct.h"

#include "base/memory.h"
#include "reconcile/cholmod_library.h"
#include "reconcile/flow_solve.h"
#include <assert.h>
#include <string.h>

struct FlowDirect {
    const CholmodLibrary *library;
    cholmod_common common;
    cholmod_factor *factor;
    cholmod_dense *answer, *work1, *work2; // kept from solve to solve
    size_t n;
    int64_t *start, *row; // the lower half of H: its pattern stays
    double *value;
    double entries, operations;
    bool started;
};

// CHOLMOD tells of failures by its status alone; it prints nothing and must not end the program.
static void ignore(int status, const char *file, int line, const char *message) {
    (void)status;
    (void)file;
    (void)line;
    (void)message;
}

static bool tell(const FlowDirect *d, Status *status) {
    switch (d->common.status) {
    case CHOLMOD_OUT_OF_MEMORY:
        return status_no_memory(status);
    case CHOLMOD_TOO_LARGE:
        return status_set(status, STATUS_LIMIT, "the factor of %zu balances is too large", d->n);
    case CHOLMOD_NOT_POSDEF:
        return status_set(status, STATUS_LIMIT, "the factor of %zu balances breaks down at row %zu",
                          d->n, d->factor ? d->factor->minor : 0) ||
               status_hint(status, "variances lie too far apart for exact elimination");
    default:
        return status_set(status, STATUS_INVALID, "the sparse matrix library fails with status %d",
                          d->common.status);
    }
}

static cholmod_sparse view(FlowDirect *d) {
    return (cholmod_sparse){.nrow = d->n,
                            .ncol = d->n,
                            .nzmax = (size_t)d->start[d->n],
                            .p = d->start,
                            .i = d->row,
                            .x = d->value,
                            .stype = -1,
                            .itype = CHOLMOD_LONG,
                            .xtype = CHOLMOD_REAL,
                            .dtype = CHOLMOD_DOUBLE,
                            .sorted = 1,
                            .packed = 1};
}

static void fill(FlowDirect *d, const FlowGraph *g) {
    int64_t at = 0;
    for (size_t v = 0; v < g->n; v++) {
        d->start[v] = at;
        int64_t diagonal = at++;
        double sum = g->ground[v];
        for (uint32_t e = g->start[v]; e < g->start[v + 1]; e++) {
            sum += g->weight[e];
            if (g->neighbour[e] < v) continue;
            d->row[at] = g->neighbour[e];
            d->value[at++] = -g->weight[e];
        }
        d->row[diagonal] = (int64_t)v;
        d->value[diagonal] = sum;
    }
    d->start[g->n] = at;
}

static bool start(FlowDirect *d, const FlowGraph *g, Status *status) {
    d->n = g->n;
    d->start = memory_new((g->n + 1) * sizeof *d->start);
    d->row = memory_new((g->n + g->edges) * sizeof *d->row);
    d->value = memory_new((g->n + g->edges) * sizeof *d->value);
    if (!d->start || !d->row || !d->value) return status_no_memory(status);
    d->library->cholmod_l_start(&d->common);
    d->started = true;
    d->common.print = 0;
    d->common.error_handler = ignore;
    d->common.try_catch = 1;
    d->common.supernodal = CHOLMOD_SUPERNODAL;
    return true;
}

static bool plan(FlowDirect *d, const FlowGraph *g, FlowOrdering ordering, Status *status) {
    if (!start(d, g, status)) return false;
    cholmod_alone(d->library);
    fill(d, g);
    d->common.nmethods = 1;
    d->common.method[0].ordering = ordering == FLOW_AMD ? CHOLMOD_AMD : CHOLMOD_METIS;
    cholmod_sparse h = view(d);
    d->factor = d->library->cholmod_l_analyze(&h, &d->common);
    if (!d->factor || d->common.status < 0) return tell(d, status);
    d->entries = d->common.lnz;
    d->operations = d->common.fl;
    return true;
}

static bool copy_plan(FlowDirect *d, const FlowDirect *planned, const FlowGraph *g,
                      Status *status) {
    if (!start(d, g, status)) return false;
    d->factor = d->library->cholmod_l_copy_factor(planned->factor, &d->common);
    d->entries = planned->entries;
    d->operations = planned->operations;
    return d->factor || tell(d, status);
}

static FlowDirect *made_new(Status *status) {
    const CholmodLibrary *library = cholmod_library(status);
    FlowDirect *made = library ? memory_new_zero(1, sizeof *made) : NULL;
    if (made)
        made->library = library;
    else if (library)
        status_no_memory(status);
    return made;
}

bool flow_direct_plan(const FlowGraph *graph, FlowOrdering ordering, FlowDirect **direct,
                      Status *status) {
    FlowDirect *made = made_new(status);
    if (!made) return false;
    if (!plan(made, graph, ordering, status)) {
        flow_direct_free(made);
        return false;
    }
    *direct = made;
    return true;
}

bool flow_direct_like(const FlowDirect *planned, const FlowGraph *graph, FlowDirect **direct,
                      Status *status) {
    assert(graph->n == planned->n);
    FlowDirect *made = made_new(status);
    if (!made) return false;
    if (!copy_plan(made, planned, graph, status)) {
        flow_direct_free(made);
        return false;
    }
    *direct = made;
    return true;
}

double flow_direct_entries(const FlowDirect *direct) {
    return direct->entries;
}

double flow_direct_operations(const FlowDirect *direct) {
    return direct->operations;
}

static cholmod_dense *room(FlowDirect *d, size_t rows) {
    return d->library->cholmod_l_allocate_dense(rows, FLOW_WIDTH, rows, CHOLMOD_REAL, &d->common);
}

// CHOLMOD's solve does not notice when it gets no room (seen in 3.0.14), so it is given all of it
// beforehand.
static bool solve_room(FlowDirect *d, Status *status) {
    if (d->answer && d->work1 && d->work2) return true;
    size_t below = d->factor->maxesize ? d->factor->maxesize : 1;
    d->answer = room(d, d->n);
    d->work1 = room(d, d->n);
    d->work2 = room(d, below);
    return (d->answer && d->work1 && d->work2) || status_no_memory(status);
}

bool flow_direct_factor(FlowDirect *direct, const FlowGraph *graph, Status *status) {
    assert(graph->n == direct->n);
    cholmod_alone(direct->library);
    fill(direct, graph);
    cholmod_sparse h = view(direct);
    // On a singular matrix it returns true, with a warning that the next call clears.
    if (!direct->library->cholmod_l_factorize(&h, direct->factor, &direct->common) ||
        direct->common.status != CHOLMOD_OK) {
        return tell(direct, status);
    }
    assert(direct->factor->is_super);
    return solve_room(direct, status);
}

bool flow_direct_solve(FlowDirect *direct, const double *b, size_t count, double *x,
                       Status *status) {
    size_t n = direct->n;
    cholmod_alone(direct->library);
    for (size_t done = 0, now; n > 0 && done < count; done += now) {
        now = count - done < FLOW_WIDTH ? count - done : FLOW_WIDTH;
        // CHOLMOD does not write to its right side, but its type has no const.
        cholmod_dense right = {.nrow = n,
                               .ncol = now,
                               .nzmax = n * now,
                               .d = n,
                               .x = (void *)(uintptr_t)(b + done * n),
                               .xtype = CHOLMOD_REAL,
                               .dtype = CHOLMOD_DOUBLE};
        if (!direct->library->cholmod_l_solve2(CHOLMOD_A, direct->factor, &right, NULL,
                                               &direct->answer, NULL, &direct->work1,
                                               &direct->work2, &direct->common)) {
            return tell(direct, status);
        }
        memcpy(x + done * n, direct->answer->x, n * now * sizeof *x);
    }
    return true;
}

// ---- the selected inverse ----

typedef struct Inverse {
    const CholmodLibrary *library;
    const int64_t *super, *row_start, *block_start, *rows; // CHOLMOD's super, pi, px, s
    const double *factor;
    double *z;       // as the factor is laid out
    uint32_t *owner; // by column: its supernode
    uint32_t *place; // by row: where it stands in the supernode looked at
    double *square;  // Z_RR, the largest there is
    double *ratio;   // L_RJ L_JJ^-1
} Inverse;

static size_t columns_of(const Inverse *v, size_t s) {
    return (size_t)(v->super[s + 1] - v->super[s]);
}

static size_t rows_of(const Inverse *v, size_t s) {
    return (size_t)(v->row_start[s + 1] - v->row_start[s]);
}

// Z_RR for the rows R of supernode s below its columns. All of R that is not above r stands among
// the rows of the supernode that owns r, so each column is read off there.
static void gather(Inverse *v, size_t s) {
    size_t columns = columns_of(v, s), below = rows_of(v, s) - columns;
    const int64_t *r = v->rows + v->row_start[s] + columns;
    size_t at = 0;
    while (at < below) {
        uint32_t owner = v->owner[r[at]];
        const int64_t *owned = v->rows + v->row_start[owner];
        size_t height = rows_of(v, owner);
        for (size_t i = 0; i < height; i++)
            v->place[owned[i]] = (uint32_t)i;
        const double *z = v->z + v->block_start[owner];
        for (; at < below && v->owner[r[at]] == owner; at++) {
            const double *column = z + (size_t)(r[at] - v->super[owner]) * height;
            double *out = v->square + at * below;
            for (size_t i = at; i < below; i++)
                out[i] = column[v->place[r[i]]];
        }
    }
}

static bool invert_supernode(Inverse *v, size_t s) {
    static const double one = 1.0, minus = -1.0, none = 0.0;
    size_t columns = columns_of(v, s), height = rows_of(v, s), below = height - columns;
    const double *l = v->factor + v->block_start[s];
    double *z = v->z + v->block_start[s];
    int nc = (int)columns, nh = (int)height, nb = (int)below, info = 0;
    for (size_t j = 0; j < columns; j++) {
        memset(z + j * height, 0, j * sizeof *z);
        memcpy(z + j * height + j, l + j * height + j, (columns - j) * sizeof *z);
    }
    v->library->dpotri("L", &nc, z, &nh, &info); // (L_JJ L_JJ')^-1, lower half
    if (info != 0) return false;
    if (below == 0) return true;
    gather(v, s);
    for (size_t j = 0; j < columns; j++)
        memcpy(v->ratio + j * below, l + j * height + columns, below * sizeof *z);
    v->library->dtrsm("R", "L", "N", "N", &nb, &nc, &one, l, &nh, v->ratio, &nb);
    double *z_below = z + columns;
    v->library->dsymm("L", "L", &nb, &nc, &minus, v->square, &nb, v->ratio, &nb, &none, z_below,
                      &nh);
    // The upper half of the block is filled with what nobody reads.
    v->library->dgemm("T", "N", &nc, &nc, &nb, &minus, v->ratio, &nb, z_below, &nh, &one, z, &nh);
    return true;
}

static double entry(const Inverse *v, int64_t row, int64_t column) {
    uint32_t s = v->owner[column];
    const int64_t *owned = v->rows + v->row_start[s];
    size_t low = 0, high = rows_of(v, s);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (owned[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    assert(low < rows_of(v, s) && owned[low] == row);
    return v->z[v->block_start[s] + (int64_t)rows_of(v, s) * (column - v->super[s]) + (int64_t)low];
}

static void read_entries(const Inverse *v, const int64_t *position, const FlowGraph *g,
                         double *diagonal, double *between) {
    for (size_t a = 0; a < g->n; a++) {
        int64_t p = position[a];
        diagonal[a] = entry(v, p, p);
        for (uint32_t e = g->start[a]; e < g->start[a + 1]; e++) {
            int64_t q = position[g->neighbour[e]];
            between[e] = p > q ? entry(v, p, q) : entry(v, q, p);
        }
    }
}

bool flow_direct_inverse(const FlowDirect *direct, const FlowGraph *graph, double *diagonal,
                         double *between, Status *status) {
    const cholmod_factor *f = direct->factor;
    size_t n = direct->n;
    if (n == 0) return true;
    Inverse v = {.library = direct->library,
                 .super = f->super,
                 .row_start = f->pi,
                 .block_start = f->px,
                 .rows = f->s,
                 .factor = f->x};
    size_t most = 0, most_ratio = 0;
    for (size_t s = 0; s < f->nsuper; s++) {
        size_t below = rows_of(&v, s) - columns_of(&v, s);
        if (below > most) most = below;
        if (below * columns_of(&v, s) > most_ratio) most_ratio = below * columns_of(&v, s);
    }
    int64_t *position = memory_new(n * sizeof *position);
    v.z = memory_new_large(f->xsize * sizeof *v.z, 0);
    v.owner = memory_new(n * sizeof *v.owner);
    v.place = memory_new(n * sizeof *v.place);
    v.square = memory_new(most * most * sizeof *v.square);
    v.ratio = memory_new(most_ratio * sizeof *v.ratio);
    bool ok = position && v.z && v.owner && v.place && v.square && v.ratio;
    if (!ok) status_no_memory(status);
    for (size_t s = 0; ok && s < f->nsuper; s++) {
        for (int64_t c = v.super[s]; c < v.super[s + 1]; c++)
            v.owner[c] = (uint32_t)s;
    }
    for (size_t s = f->nsuper; ok && s-- > 0;) {
        ok = invert_supernode(&v, s) ||
             status_set(status, STATUS_LIMIT, "a block of the factor has no inverse");
    }
    if (ok) {
        for (size_t i = 0; i < n; i++)
            position[((const int64_t *)f->Perm)[i]] = (int64_t)i;
        read_entries(&v, position, graph, diagonal, between);
    }
    memory_free(position);
    memory_free(v.z);
    memory_free(v.owner);
    memory_free(v.place);
    memory_free(v.square);
    memory_free(v.ratio);
    return ok;
}

void flow_direct_free(FlowDirect *direct) {
    if (!direct) return;
    if (direct->started) {
        direct->library->cholmod_l_free_dense(&direct->answer, &direct->common);
        direct->library->cholmod_l_free_dense(&direct->work1, &direct->common);
        direct->library->cholmod_l_free_dense(&direct->work2, &direct->common);
        direct->library->cholmod_l_free_factor(&direct->factor, &direct->common);
        direct->library->cholmod_l_finish(&direct->common);
    }
    memory_free(direct->start);
    memory_free(direct->row);
    memory_free(direct->value);
    memory_free(direct);
}
