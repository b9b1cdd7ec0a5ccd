#include "balance/from_book.h"

#include "book/state.h"
#include "quantity/component.h"
#include <math.h>

_Static_assert((int)BALANCE_COMPONENTS_MAX == (int)COMPONENT_COUNT, "one place a component");

static const double KG_PER_MG = 1e-6;
static const double PER_PPB = 1e-9;

const char *muf_part_name(MufPart part) {
    static const char *const names[PART_COUNT] = {"batch",     "gain",  "measure",
                                                  "stocktake", "found", "reversal"};
    return names[part];
}

// Which of a facility's account terms are parts of MUF.
static const AccountTerm PART_TERM[PART_COUNT] = {ACCOUNT_BATCH,   ACCOUNT_GAIN,
                                                  ACCOUNT_MEASURE, ACCOUNT_STOCKTAKE,
                                                  ACCOUNT_FOUND,   ACCOUNT_REVERSAL};

static bool posting_counts(const PostingRow *posting) {
    // What a restatement says of matter that is gone stands beside the balance line.
    bool gone = posting->reason == POSTED_RESTATED && posting->lot == ROW_NONE;
    return posting->reason != POSTED_LOSS && posting->reason != POSTED_SRD && !gone;
}

// ---- which facilities, which months, which components ----

typedef struct Extent {
    bool any;
    Month first, last;
    uint32_t stated;   // named by any term of its account
    uint32_t unstated; // not stated by some matter that was worked
    size_t errors;
} Extent;

static void extend(Extent *extent, Month month) {
    if (!extent->any || month < extent->first) extent->first = month;
    if (!extent->any || month > extent->last) extent->last = month;
    extent->any = true;
}

static bool within(Month until, Month month) {
    return until == 0 || month <= until;
}

// Whether what an operation does to matter enters a balance: not when lots are only cut or moved.
// What was taken back counts no more.
static bool works_matter(const Book *book, const OperationRow *operation) {
    bool works = operation->kind == EVENT_TRANSFORM || operation->kind == EVENT_CHARGE ||
                 operation->kind == EVENT_DRAW;
    return works && operation->facility != ROW_NONE &&
           !ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->corrected;
}

static bool flow_counts(const FlowRow *flow) {
    return flow->role == FLOW_IN || flow->role == FLOW_OUT;
}

// One walk over the worked matter: `visit` gets each flow that enters a balance.
typedef struct Walk {
    const Book *book;
    Month until;
    Extent *extent;
    const uint32_t *slot; // facility row to its place in the list
    BookFacility *facility;
    BalanceError *const *errors;
    size_t *filled;
} Walk;

static void note_flow(const Walk *w, const OperationRow *operation, const FlowRow *flow) {
    Extent *extent = &w->extent[operation->facility];
    extend(extent, operation->month);
    extent->unstated |= ~flow->content.whole;
    extent->errors += (size_t)__builtin_popcount(flow->content.below);
}

static size_t place_of(const BookFacility *facility, int component) {
    for (size_t c = 0; c < facility->components; c++) {
        if (facility->component[c] == component) return c;
    }
    return SIZE_MAX;
}

// Results below a limit count as nothing, and their contents are anything up to it: an error of the
// limit's size. Lots alike are wrong alike, so these errors add up rather than average out: one
// shared group for all that goes in, one for all that comes out. The numbers are above all of the
// book's.
static const uint32_t GROUP_BELOW_IN = UINT32_C(0xFFFFFFFE);
static const uint32_t GROUP_BELOW_OUT = UINT32_C(0xFFFFFFFD);

static void add_bounds(const Walk *w, const OperationRow *operation, const FlowRow *flow) {
    uint32_t slot = w->slot[operation->facility];
    const BookFacility *facility = &w->facility[slot];
    const int64_t *bound =
        values_at(w->book, flow->content.values) + __builtin_popcount(flow->content.stated);
    for (uint32_t m = flow->content.below; m; m &= m - 1, bound++) {
        size_t c = place_of(facility, __builtin_ctz(m));
        if (c == SIZE_MAX) continue;
        bool in = flow->role == FLOW_IN;
        w->errors[slot][w->filled[slot]++] =
            (BalanceError){(uint32_t)c,
                           (uint32_t)(operation->month - facility->first),
                           UINT32_MAX,
                           in ? GROUP_BELOW_IN : GROUP_BELOW_OUT,
                           (in ? 1.0 : -1.0) * (double)*bound * KG_PER_MG,
                           0.0,
                           1.0,
                           false};
    }
}

static void each_flow(const Walk *w,
                      void (*visit)(const Walk *, const OperationRow *, const FlowRow *)) {
    for (uint32_t f = 0; f < book_count(w->book, TABLE_FLOW); f++) {
        const FlowRow *flow = flow_at(w->book, f);
        const OperationRow *operation = operation_at(w->book, flow->operation);
        if (flow_counts(flow) && works_matter(w->book, operation) &&
            within(w->until, operation->month)) {
            visit(w, operation, flow);
        }
    }
}

static void note_accounts(const Walk *w) {
    for (uint32_t a = 0; a < book_count(w->book, TABLE_ACCOUNT); a++) {
        const AccountRow *account = ROW(w->book, AccountRow, TABLE_ACCOUNT, a);
        if (account->facility == ROW_NONE || !within(w->until, account->month)) continue;
        extend(&w->extent[account->facility], account->month);
        w->extent[account->facility].stated |= account->stated;
    }
}

// An upper bound of the entries that postings will need.
static void note_postings(const Walk *w) {
    for (uint32_t p = 0; p < book_count(w->book, TABLE_POSTING); p++) {
        const PostingRow *posting = ROW(w->book, PostingRow, TABLE_POSTING, p);
        if (!posting_counts(posting) || !within(w->until, posting->month)) continue;
        Extent *extent = &w->extent[posting->facility];
        extend(extent, posting->month);
        for (uint32_t t = 0; t < posting->term_count; t++) {
            const TermRow *term = ROW(w->book, TermRow, TABLE_TERM, posting->terms + t);
            extent->errors +=
                (size_t)__builtin_popcount(measurement_at(w->book, term->measurement)->mask);
        }
    }
}

// ---- arrays ----

typedef struct Arrays {
    double *flow[BALANCE_FLOWS], *stock;
    bool *taken;
    BalanceError *errors;
} Arrays;

static double *kilograms(Arena *arena, size_t components, size_t months) {
    return arena_take_zero(arena, components * months + 1, sizeof(double));
}

static bool facility_begin(const Walk *w, uint32_t row, Arena *arena, BookFacility *facility,
                           Arrays *arrays, Status *status) {
    const Extent *extent = &w->extent[row];
    *facility = (BookFacility){.row = row,
                               .id = intern_text(w->book->facility_ids, row),
                               .first = extent->first,
                               .months = (size_t)(extent->last - extent->first) + 1,
                               .unstated = extent->stated & extent->unstated};
    if (facility->months > SEQUENCE_PERIODS_MAX) {
        return status_set(status, STATUS_LIMIT, "facility \"%.*s\" has %zu months of matter",
                          TEXT_ARG(facility->id), facility->months) ||
               status_hint(status, "at most %d can be balanced", SEQUENCE_PERIODS_MAX);
    }
    for (uint32_t m = extent->stated & ~extent->unstated; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        facility->component[facility->components] = (uint8_t)c;
        facility->names[facility->components++] = text_of(component_symbol(c));
    }
    size_t n = facility->components;
    for (size_t f = 0; f < BALANCE_FLOWS; f++) {
        arrays->flow[f] = kilograms(arena, n, facility->months);
        if (!arrays->flow[f]) return status_no_memory(status);
        facility->input.flow[f] = arrays->flow[f];
    }
    for (size_t p = 0; p < PART_COUNT; p++) {
        facility->part[p] = kilograms(arena, n, facility->months);
        if (!facility->part[p]) return status_no_memory(status);
    }
    facility->srd = kilograms(arena, n, facility->months);
    arrays->stock = kilograms(arena, n, facility->months + 1);
    arrays->taken = arena_take_zero(arena, facility->months + 1, sizeof *arrays->taken);
    arrays->errors = arena_take_zero(arena, extent->errors + 1, sizeof *arrays->errors);
    if (!facility->srd || !arrays->stock || !arrays->taken || !arrays->errors) {
        return status_no_memory(status);
    }
    arrays->taken[0] = true;
    facility->input.components = n;
    facility->input.periods = facility->months;
    facility->input.stock = arrays->stock;
    facility->input.taken = arrays->taken;
    facility->input.errors = arrays->errors;
    return true;
}

// An account's terms into the flows. What was opened counts as there from the beginning, in
// whatever month it was told.
static void add_account(const Walk *w, const AccountRow *account, BookFacility *facility,
                        Arrays *arrays) {
    static const AccountTerm flow_term[BALANCE_FLOWS] = {
        ACCOUNT_EXTRACTED, ACCOUNT_RECEIVED, ACCOUNT_SHIPPED, ACCOUNT_DISCARDED, ACCOUNT_LOST};
    size_t month = (size_t)(account->month - facility->first);
    for (size_t c = 0; c < facility->components; c++) {
        size_t at = c * facility->months + month;
        const int64_t *mg = values_at(w->book, account->values) + facility->component[c];
        arrays->stock[c * (facility->months + 1)] +=
            (double)mg[ACCOUNT_OPENED * COMPONENT_COUNT] * KG_PER_MG;
        for (size_t f = 0; f < BALANCE_FLOWS; f++) {
            double kg = (double)mg[(size_t)flow_term[f] * COMPONENT_COUNT] * KG_PER_MG;
            // A loss is kept as the posting that it is: a change of content, negative.
            arrays->flow[f][at] += f == BALANCE_LOST ? -kg : kg;
        }
        for (size_t p = 0; p < PART_COUNT; p++) {
            facility->part[p][at] += (double)mg[(size_t)PART_TERM[p] * COMPONENT_COUNT] * KG_PER_MG;
        }
        facility->srd[at] += (double)mg[ACCOUNT_SRD * COMPONENT_COUNT] * KG_PER_MG;
    }
}

// The stock at each month's end: what was there, came and went, and what postings changed.
static void fill_stock(const BookFacility *facility, Arrays *arrays) {
    for (size_t c = 0; c < facility->components; c++) {
        double *stock = arrays->stock + c * (facility->months + 1);
        for (size_t t = 0; t < facility->months; t++) {
            size_t at = c * facility->months + t;
            double kg = stock[t];
            for (size_t f = 0; f < BALANCE_FLOWS; f++) {
                kg += balance_flow_sign((BalanceFlow)f) * arrays->flow[f][at];
            }
            for (size_t p = 0; p < PART_COUNT; p++)
                kg += facility->part[p][at];
            stock[t + 1] = kg;
        }
    }
}

// What a circuit's month knew: something went through it, its content was counted.
enum { CIRCUIT_WORKED = 1, CIRCUIT_COUNTED = 2 };

// A month's end at which something went through a circuit since it was last counted is no end of a
// period: its errors are with the count that will come (B21), and what was drawn beyond the book's
// content says nothing before.
static bool leave_uncounted(const Walk *w, Arrays *arrays, Arena *arena, Status *status) {
    const Book *book = w->book;
    uint32_t pools = book_count(book, TABLE_POOL);
    uint8_t **month = arena_take_zero(arena, (size_t)pools + 1, sizeof *month);
    if (!month) return status_no_memory(status);
    for (uint32_t p = 0; p < pools; p++) {
        uint32_t at = pool_at(book, p)->facility;
        if (at == ROW_NONE || w->slot[at] == CROSSING_NOWHERE) continue;
        month[p] = arena_take_zero(arena, w->facility[w->slot[at]].months + 1, 1);
        if (!month[p]) return status_no_memory(status);
    }
    for (uint32_t o = 0; o < book_count(book, TABLE_OPERATION); o++) {
        const OperationRow *operation = operation_at(book, o);
        if (operation->pool == ROW_NONE || !works_matter(book, operation) ||
            !within(w->until, operation->month) || !month[operation->pool])
            continue;
        const BookFacility *at = &w->facility[w->slot[operation->facility]];
        month[operation->pool][operation->month - at->first] |= CIRCUIT_WORKED;
    }
    for (uint32_t p = 0; p < book_count(book, TABLE_POSTING); p++) {
        const PostingRow *posting = ROW(book, PostingRow, TABLE_POSTING, p);
        if (posting->pool == ROW_NONE || !within(w->until, posting->month) || !month[posting->pool])
            continue;
        const BookFacility *at = &w->facility[w->slot[posting->facility]];
        bool counted = posting->reason == POSTED_STOCKTAKE;
        month[posting->pool][posting->month - at->first] |=
            counted ? CIRCUIT_COUNTED : CIRCUIT_WORKED;
    }
    for (uint32_t p = 0; p < pools; p++) {
        if (!month[p]) continue;
        uint32_t at = w->slot[pool_at(book, p)->facility];
        bool open = false;
        for (size_t t = 0; t < w->facility[at].months; t++) {
            open = (open || month[p][t] & CIRCUIT_WORKED) && !(month[p][t] & CIRCUIT_COUNTED);
            if (open) arrays[at].taken[t + 1] = false;
        }
    }
    return true;
}

// A posting's terms: what went in +, what came out or stands now -, as MUF has it.
static void add_posting(const Walk *w, const PostingRow *posting, const BookFacility *facility,
                        BalanceError *errors, size_t *filled) {
    uint32_t period = (uint32_t)(posting->month - facility->first);
    for (uint32_t t = 0; t < posting->term_count; t++) {
        const TermRow *term = ROW(w->book, TermRow, TABLE_TERM, posting->terms + t);
        const MeasurementRow *measurement = measurement_at(w->book, term->measurement);
        bool alone = measurement->group == GROUP_NONE;
        unsigned nth = 0;
        for (uint32_t m = measurement->mask; m; m &= m - 1, nth++) {
            size_t c = place_of(facility, __builtin_ctz(m));
            if (c == SIZE_MAX) continue;
            double own = (double)measurement_u(w->book, measurement, nth) * PER_PPB,
                   shared = (double)measurement_s(w->book, measurement, nth) * PER_PPB;
            // A shared error that nobody shares is the value's own (B5).
            if (alone) own = hypot(own, shared);
            errors[(*filled)++] = (BalanceError){(uint32_t)c,
                                                 period,
                                                 term->measurement,
                                                 alone ? SEQUENCE_NO_GROUP : measurement->group,
                                                 (double)term->mg * KG_PER_MG,
                                                 own,
                                                 alone ? 0.0 : shared,
                                                 measurement->kind == MEASURED_MASS};
        }
    }
}

// Shares of oxide in a deposit's reference, as kg of element.
static bool read_ores(const Book *book, Arena *arena, BookBalances *b, Status *status) {
    uint32_t rows = book_count(book, TABLE_DEPOSIT);
    const Factors *factors = factors_on(book, instant_day(book_last_recorded(book), 0));
    b->ore = arena_take_zero(arena, (size_t)rows + 1, sizeof *b->ore);
    if (!b->ore) return status_no_memory(status);
    for (uint32_t row = 0; row < rows; row++) {
        const DepositRow *deposit = ROW(book, DepositRow, TABLE_DEPOSIT, row);
        if (!deposit->registered || !deposit->reference_mask) continue;
        BookOre *ore = &b->ore[b->ore_count++];
        uint32_t value = deposit->reference;
        ore->id = intern_text(book->deposit_ids, row);
        for (uint32_t m = deposit->reference_mask; m; m &= m - 1, value++) {
            int c = __builtin_ctz(m);
            double factor = (double)factors->micro[c] / FACTOR_ONE;
            ore->share[c] = factor > 0.0 ? (double)*values_at(book, value) * PER_PPB / factor : 0.0;
        }
    }
    return true;
}

bool book_balances_read(const struct Book *book, Month until, Arena *arena, BookBalances *balances,
                        Status *status) {
    uint32_t rows = book_count(book, TABLE_FACILITY);
    Walk w = {.book = book, .until = until};
    w.extent = arena_take_zero(arena, (size_t)rows + 1, sizeof *w.extent);
    uint32_t *slot = arena_take_zero(arena, (size_t)rows + 1, sizeof *slot);
    if (!w.extent || !slot) return status_no_memory(status);
    note_accounts(&w);
    note_postings(&w);
    each_flow(&w, note_flow);
    BookBalances b = {.happened_until = until,
                      .recorded_before = book_next(book),
                      .recorded_until = book_last_recorded(book)};
    for (uint32_t row = 0; row < rows; row++) {
        slot[row] = w.extent[row].any ? (uint32_t)b.count : CROSSING_NOWHERE;
        b.count += w.extent[row].any;
        if (until == 0 && w.extent[row].any && w.extent[row].last > b.happened_until) {
            b.happened_until = w.extent[row].last;
        }
    }
    w.slot = slot;
    w.facility = b.facility = arena_take_zero(arena, b.count + 1, sizeof *b.facility);
    Arrays *arrays = arena_take_zero(arena, b.count + 1, sizeof *arrays);
    BalanceError **errors = arena_take_zero(arena, b.count + 1, sizeof *errors);
    w.filled = arena_take_zero(arena, b.count + 1, sizeof *w.filled);
    if (!b.facility || !arrays || !errors || !w.filled) return status_no_memory(status);
    w.errors = errors;
    for (uint32_t row = 0; row < rows; row++) {
        if (!w.extent[row].any) continue;
        if (!facility_begin(&w, row, arena, &b.facility[slot[row]], &arrays[slot[row]], status)) {
            return false;
        }
        errors[slot[row]] = arrays[slot[row]].errors;
    }
    for (uint32_t a = 0; a < book_count(book, TABLE_ACCOUNT); a++) {
        const AccountRow *account = ROW(book, AccountRow, TABLE_ACCOUNT, a);
        if (account->facility == ROW_NONE || !within(until, account->month)) continue;
        add_account(&w, account, &b.facility[slot[account->facility]],
                    &arrays[slot[account->facility]]);
    }
    for (uint32_t p = 0; p < book_count(book, TABLE_POSTING); p++) {
        const PostingRow *posting = ROW(book, PostingRow, TABLE_POSTING, p);
        if (!posting_counts(posting) || !within(until, posting->month)) continue;
        uint32_t at = slot[posting->facility];
        arrays[at].taken[(size_t)(posting->month - b.facility[at].first) + 1] = true;
        add_posting(&w, posting, &b.facility[at], errors[at], &w.filled[at]);
    }
    each_flow(&w, add_bounds);
    if (!leave_uncounted(&w, arrays, arena, status)) return false;
    if (!read_ores(book, arena, &b, status) ||
        !book_crossings_read(book, until, slot, arena, &b.crossings, status) ||
        !book_owners_read(book, arena, &b.owners, status))
        return false;
    for (size_t i = 0; i < b.count; i++) {
        fill_stock(&b.facility[i], &arrays[i]);
        b.facility[i].input.error_count = w.filled[i];
    }
    *balances = b;
    return true;
}

bool book_balances_test(BookBalances *balances, const BalanceTests *tests, Arena *arena,
                        Status *status) {
    for (size_t i = 0; i < balances->count; i++) {
        BookFacility *facility = &balances->facility[i];
        if (!facility_balance(&facility->input, tests, arena, &facility->balance, status)) {
            return status_where(status, "facility \"%.*s\"", TEXT_ARG(facility->id));
        }
    }
    return true;
}
