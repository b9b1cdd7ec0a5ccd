#include "origin/from_book_survey.h"

#include "book/state.h"
#include <math.h>
#include <stdlib.h>

// A lot is odd enough to be kept whole when one honest lot in twenty looks so.
static const double ODD = 0.05;

typedef struct Came {
    uint32_t facility, party, lot, row; // row: of the deposit, or of the material
    bool material;
    uint64_t seq;
    Month month;
} Came;

// As what an operation's new lots came into the book: false when as nothing of known composition.
static bool came_as(const Book *book, const OperationRow *operation, Came *came) {
    if (operation->facility == ROW_NONE ||
        ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->corrected)
        return false;
    *came = (Came){.facility = operation->facility,
                   .row = ROW_NONE,
                   .seq = operation->seq,
                   .month = operation->month};
    if (operation->kind == EVENT_EXTRACT && operation->source != ROW_NONE) {
        came->row = ROW(book, SourceRow, TABLE_SOURCE, operation->source)->deposit;
        return came->row != ROW_NONE &&
               ROW(book, DepositRow, TABLE_DEPOSIT, came->row)->reference_mask;
    }
    came->material = true;
    return (operation->kind == EVENT_RECEIVE && operation->outside != OUTSIDE_NONE) ||
           operation->kind == EVENT_IMPORT_GOODS;
}

static int by_group(const void *a, const void *b) {
    const Came *x = a, *y = b;
    if (x->facility != y->facility) return x->facility < y->facility ? -1 : 1;
    if (x->material != y->material) return x->material ? 1 : -1;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    if (x->seq != y->seq) return x->seq < y->seq ? -1 : 1;
    return x->lot < y->lot ? -1 : x->lot > y->lot;
}

static bool collect(const Book *book, Arena *arena, Came **all, size_t *count, Status *status) {
    size_t room = 0;
    *all = NULL;
    for (int pass = 0; pass < 2; pass++) {
        *count = 0;
        for (uint32_t o = 0; o < book_count(book, TABLE_OPERATION); o++) {
            const OperationRow *operation = operation_at(book, o);
            Came came;
            if (!came_as(book, operation, &came)) continue;
            for (uint32_t f = 0; f < operation->flow_count; f++) {
                const FlowRow *flow = flow_at(book, operation->first_flow + f);
                const Lot *lot = lot_at(book, flow->lot);
                if (flow->role != FLOW_OUT || lot->basis != BASIS_ASSAYED ||
                    (came.material && lot->material == ROW_NONE))
                    continue;
                if (*count < room) {
                    (*all)[*count] = came;
                    (*all)[*count].lot = flow->lot;
                    (*all)[*count].party = lot->party;
                    if (came.material) (*all)[*count].row = lot->material;
                }
                ++*count;
            }
        }
        if (pass) break;
        room = *count;
        *all = arena_take_zero(arena, room + 1, sizeof **all);
        if (!*all) return status_no_memory(status);
    }
    qsort(*all, *count, sizeof **all, by_group);
    return true;
}

// The composition that a group is held against: its deposit's, or its material's from others.
static bool reference_of(const Book *book, const Came *all, size_t count, const Came *first,
                         Arena *arena, OriginReference *reference, OriginKnown *known, bool *any,
                         Status *status) {
    if (!first->material) {
        *any = origin_deposit_read(book, first->row, reference, known);
        return true;
    }
    uint32_t *lots = arena_take_zero(arena, count + 1, sizeof *lots);
    size_t n = 0;
    if (!lots) return status_no_memory(status);
    for (size_t i = 0; i < count; i++)
        if (all[i].material && all[i].row == first->row) lots[n++] = all[i].lot;
    return origin_usual_read(book, first->row, lots, n, first->party, arena, reference, known, any,
                             status);
}

static uint32_t assay_of(const Book *book, const Lot *lot, int c) {
    for (uint32_t t = 0; t < lot->term_count; t++) {
        uint32_t m = ROW(book, TermRow, TABLE_TERM, lot->terms + t)->measurement;
        const MeasurementRow *row = measurement_at(book, m);
        if (row->kind == MEASURED_ASSAY && (uint32_t)row->mask >> c & 1) return m;
    }
    return TRACE_NONE;
}

static bool test_lot(const Book *book, const Came *came, const OriginKnown *known, Arena *arena,
                     OriginTested *tested, uint32_t *compared, bool *any, Status *status) {
    const Lot *lot = lot_at(book, came->lot);
    OriginLot read;
    origin_declared_read(book, came->lot, &read);
    const double one = 1.0;
    OriginClaim claim = {&one, 0};
    double expected[ORIGIN_PARTS_MAX], sd[ORIGIN_PARTS_MAX];
    *any = origin_expect(&claim, known, 1, ORIGIN_PARTS_MAX, expected, sd);
    const OriginDeclared *d = &read.declared;
    ExpectedInput in = {ORIGIN_PARTS_MAX, expected, sd, d->content, d->sd,
                        d->limit,         d->state, 0,  NULL};
    ExpectedTest test;
    if (*any && !expected_test(&in, arena, &test, status)) return false;
    *any = *any && test.df > 0.0;
    if (!*any) return true;
    *tested = (OriginTested){.lot = came->lot,
                             .seq = came->seq,
                             .month = came->month,
                             .kg = read.kg,
                             .log_p = test.log_p,
                             .log_e = test.log_e};
    for (int c = 0; c < ORIGIN_PARTS_MAX; c++) {
        if (d->state[c] != PART_UNKNOWN && expected[c] > 0.0) *compared |= 1u << c;
        if (fabs(test.z[c]) <= fabs(tested->z)) continue;
        tested->strongest = c;
        tested->z = test.z[c];
    }
    int c = tested->strongest;
    tested->found_kg = d->content[c];
    tested->expected_kg = expected[c] * exp(test.level);
    tested->found_sd = d->sd[c];
    tested->expected_sd = sd[c];
    tested->assay = assay_of(book, lot, c);
    if (test.log_p < log(ODD)) {
        OriginDeclared *kept = arena_take_zero(arena, 1, sizeof *kept);
        if (!kept) return status_no_memory(status);
        *kept = *d;
        tested->declared = kept;
    }
    return true;
}

bool origin_survey_read(const Book *book, Arena *arena, OriginSurvey *survey, Status *status) {
    Came *all;
    size_t count, from = 0;
    OriginSurvey made = {.count = 0};
    if (!collect(book, arena, &all, &count, status)) return false;
    size_t groups = 0;
    for (size_t i = 0; i < count; i++)
        groups += i == 0 || all[i].facility != all[i - 1].facility ||
                  all[i].material != all[i - 1].material || all[i].row != all[i - 1].row;
    made.groups = arena_take_zero(arena, groups + 1, sizeof *made.groups);
    OriginTested *tested = arena_take_zero(arena, count + 1, sizeof *tested);
    if (!made.groups || !tested) return status_no_memory(status);
    while (from < count) {
        size_t to = from;
        while (to < count && all[to].facility == all[from].facility &&
               all[to].material == all[from].material && all[to].row == all[from].row)
            to++;
        OriginGroup group = {.facility = all[from].facility, .lots = tested};
        OriginKnown known;
        bool any;
        if (!reference_of(book, all, count, &all[from], arena, &group.reference, &known, &any,
                          status))
            return false;
        for (size_t i = from; any && i < to; i++) {
            bool counts;
            if (!test_lot(book, &all[i], &known, arena, tested, &group.compared, &counts, status))
                return false;
            tested += counts;
            group.count += counts;
        }
        if (group.count) made.groups[made.count++] = group;
        from = to;
    }
    // What everything is like, to name what is odd: of all parties.
    uint32_t materials = book_count(book, TABLE_MATERIAL);
    uint32_t *lots = arena_take_zero(arena, count + 1, sizeof *lots);
    if (!lots || !origin_known_begin(book, materials, arena, &made.known, status))
        return lots ? false : status_no_memory(status);
    for (uint32_t m = 0; m < materials; m++) {
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
            if (all[i].material && all[i].row == m) lots[n++] = all[i].lot;
        bool any;
        if (!origin_usual_read(book, m, lots, n, TRACE_NONE, arena,
                               &made.known.reference[made.known.count],
                               &made.known.known[made.known.count], &any, status))
            return false;
        made.known.count += any;
    }
    *survey = made;
    return true;
}
