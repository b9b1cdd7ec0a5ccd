// Effects on consignments, and on what shipper and receiver differ by.
#include "book/effect_read.h"

#include <assert.h>

bool apply_consignment(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    size_t length = read_u8(r);
    const uint8_t *id = read_bytes(r, length);
    uint32_t party = read_u32(r), from = read_u32(r), to = read_u32(r);
    uint8_t shipped = read_u8(r);
    if (r->failed || !id || !is_row(book, TABLE_PARTY, party) ||
        (from != ROW_NONE && !is_row(book, TABLE_FACILITY, from)) ||
        (to != ROW_NONE && !is_row(book, TABLE_FACILITY, to)))
        return misfit(status, "consignment");
    Text name = {(const char *)id, length};
    uint32_t row = intern_find(book->consignment_ids, name);
    ConsignmentRow *at;
    if (row == ROW_NONE) {
        uint32_t made;
        row = name_put(book, book->consignment_ids, name);
        at = row_new(book, TABLE_CONSIGNMENT, &made);
        assert(made == row);
        *at = (ConsignmentRow){.first_line = ROW_NONE,
                               .last_line = ROW_NONE,
                               .first_unmatched = ROW_NONE,
                               .carrier = ROW_NONE,
                               .seal = ROW_NONE,
                               .expected = DAY_LAST,
                               .declaration = ROW_NONE,
                               .returns = ROW_NONE};
    } else {
        at = TOUCH(book, ConsignmentRow, TABLE_CONSIGNMENT, row);
    }
    at->from_party = party;
    at->from_facility = from;
    at->to_facility = to;
    at->shipped = shipped;
    at->operation = a->operation;
    return true;
}

bool apply_consigned(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t consignment = read_u32(r), lot = read_u32(r), row;
    if (r->failed || !is_row(book, TABLE_CONSIGNMENT, consignment) || !is_row(book, TABLE_LOT, lot))
        return misfit(status, "consigned");
    ConsignmentLine *line = row_new(book, TABLE_CONSIGNMENT_LINE, &row);
    *line = (ConsignmentLine){lot, ROW_NONE};
    ConsignmentRow *at = TOUCH(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment);
    if (at->first_line == ROW_NONE)
        at->first_line = row;
    else
        TOUCH(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, at->last_line)->next = row;
    at->last_line = row;
    return true;
}

bool apply_unmatched(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t consignment = read_u32(r);
    size_t length = read_u8(r);
    const uint8_t *from_lot = read_bytes(r, length);
    uint32_t lot = read_u32(r), facility = read_u32(r), month = read_u32(r);
    uint32_t cause = cause_find(book, read_u64(r)), row;
    uint8_t has_of = read_u8(r), final_line = read_u8(r);
    int64_t of = read_i64(r);
    if (r->failed || !from_lot || !is_row(book, TABLE_CONSIGNMENT, consignment) ||
        !is_row(book, TABLE_LOT, lot) || cause == ROW_NONE ||
        !is_row(book, TABLE_FACILITY, facility))
        return misfit(status, "unmatched");
    UnmatchedRow *unmatched = row_new(book, TABLE_UNMATCHED, &row);
    *unmatched = (UnmatchedRow){.from_lot = text_put(book, (Text){(const char *)from_lot, length}),
                                .lot = lot,
                                .cause = cause,
                                .facility = facility,
                                .month = month,
                                .has_of = has_of,
                                .final_line = final_line,
                                .of = of,
                                .terms = lot_at(book, lot)->terms,
                                .term_count = lot_at(book, lot)->term_count};
    ConsignmentRow *at = TOUCH(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment);
    unmatched->next = at->first_unmatched;
    at->first_unmatched = row;
    return true;
}

bool apply_paired(Applying *a, Reader *r, Status *status) {
    uint32_t row = read_u32(r);
    if (r->failed || !is_row(a->book, TABLE_UNMATCHED, row)) return misfit(status, "paired");
    UnmatchedRow *unmatched = TOUCH(a->book, UnmatchedRow, TABLE_UNMATCHED, row);
    unmatched->paired = 1;
    TOUCH(a->book, Lot, TABLE_LOT, unmatched->lot)->flags &= (uint8_t)~LOT_UNMATCHED;
    return true;
}

bool apply_difference(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t from_facility = read_u32(r), to_facility = read_u32(r), from_lot = read_u32(r),
             to_lot = read_u32(r), month = read_u32(r), terms, term_count, row;
    int64_t net = read_i64(r);
    Values values;
    if (!read_values(r, &values) || !is_row(book, TABLE_LOT, from_lot) ||
        a->operation == ROW_NONE || !is_row(book, TABLE_FACILITY, to_facility) ||
        !is_row(book, TABLE_FACILITY, from_facility) ||
        (to_lot != ROW_NONE && !is_row(book, TABLE_LOT, to_lot)) ||
        !effect_terms(book, r, &terms, &term_count))
        return misfit(status, "difference");
    DifferenceRow *difference = row_new(book, TABLE_DIFFERENCE, &row);
    *difference = (DifferenceRow){a->seq,
                                  from_facility,
                                  to_facility,
                                  from_lot,
                                  to_lot,
                                  values.mask,
                                  keep_values(book, &values),
                                  terms,
                                  term_count,
                                  month,
                                  net};
    OperationRow *operation = TOUCH(book, OperationRow, TABLE_OPERATION, a->operation);
    if (operation->difference_count++ == 0) operation->first_difference = row;
    return effect_account(book, to_facility, month, ACCOUNT_SRD, &values, status);
}
