#include "book/effect_read.h"

#include <assert.h>

// A list of cause numbers becomes a set.
bool effect_set(Book *book, Reader *r, uint32_t *set) {
    uint32_t causes[SET_CAUSES_MAX], count = read_u16(r);
    if (count > SET_CAUSES_MAX) return false;
    for (uint32_t i = 0; i < count; i++) {
        causes[i] = cause_find(book, read_u64(r));
        if (r->failed || causes[i] == ROW_NONE || (i && causes[i] <= causes[i - 1])) return false;
    }
    *set = set_of(book, causes, count);
    return !r->failed;
}

bool effect_facet_is_known(const Book *book, unsigned kind, uint32_t key) {
    switch (kind) {
    case FACET_SOURCE:
        return is_row(book, TABLE_SOURCE, key);
    case FACET_UNDRAWN:
        return key < CLASS_COUNT;
    case FACET_RECYCLED:
        return key == RECYCLED_PRE_CONSUMER || key == RECYCLED_POST_CONSUMER;
    default:
        return false;
    }
}

bool effect_facets(Book *book, Reader *r, uint32_t *first, uint8_t *count) {
    *count = read_u8(r);
    *first = book_count(book, TABLE_FACET);
    for (unsigned i = 0; i < *count; i++) {
        uint8_t kind = read_u8(r);
        uint32_t key = read_u32(r), row;
        Values values;
        if (!read_values(r, &values) || !effect_facet_is_known(book, kind, key)) return false;
        FacetRow *facet = row_new(book, TABLE_FACET, &row);
        *facet = (FacetRow){key, values.mask, keep_values(book, &values), kind};
    }
    return !r->failed;
}

bool effect_terms(Book *book, Reader *r, uint32_t *first, uint32_t *count) {
    *count = read_u16(r);
    *first = book_count(book, TABLE_TERM);
    for (uint32_t i = 0; i < *count; i++) {
        uint32_t measurement = read_u32(r), row;
        int64_t mg = read_i64(r);
        if (r->failed || !is_row(book, TABLE_MEASUREMENT, measurement)) return false;
        TermRow *term = row_new(book, TABLE_TERM, &row);
        *term = (TermRow){measurement, mg};
    }
    return !r->failed;
}

void effect_flow(Applying *a, FlowRole role, uint32_t lot_row, int64_t net, ContentRef content) {
    Book *book = a->book;
    assert(a->operation != ROW_NONE);
    uint32_t row;
    FlowRow *flow = row_new(book, TABLE_FLOW, &row);
    *flow = (FlowRow){a->operation, lot_row, ROW_NONE, (uint8_t)role, net, 0, content};
    Lot *lot = TOUCH(book, Lot, TABLE_LOT, lot_row);
    if (lot->first_flow == ROW_NONE)
        lot->first_flow = row;
    else
        TOUCH(book, FlowRow, TABLE_FLOW, lot->last_flow)->next_of_lot = row;
    lot->last_flow = row;
    OperationRow *operation = TOUCH(book, OperationRow, TABLE_OPERATION, a->operation);
    if (operation->flow_count++ == 0) operation->first_flow = row;
}

bool effect_account(Book *book, uint32_t facility, uint32_t month, unsigned term,
                    const Values *values, Status *status) {
    uint32_t row = account_row(book, facility, month);
    AccountRow *account = TOUCH(book, AccountRow, TABLE_ACCOUNT, row);
    account->stated |= values->mask;
    // A stretch of values lies in one piece.
    int64_t *sums = values_at(book, account->values + term * COMPONENT_COUNT);
    if (values->mask) touch_memory(book, sums, COMPONENT_COUNT * sizeof *sums);
    for (uint32_t m = values->mask; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        if (!i64_add(sums[c], values->mg[c], &sums[c]))
            return misfit(status, "account: the sum is too large");
    }
    return true;
}
