// Effects on causes of holds, and the mark of a correction.
#include "book/effect_read.h"

bool apply_cause(Applying *a, Reader *r, Status *status) {
    uint64_t number = read_u64(r);
    uint16_t code = read_u16(r);
    uint8_t state = read_u8(r);
    uint32_t count = book_count(a->book, TABLE_CAUSE), row;
    if (r->failed || state < CAUSE_PENDING || state > CAUSE_VOID ||
        (count && cause_at(a->book, count - 1)->number >= number))
        return misfit(status, "cause");
    CauseRow *cause = row_new(a->book, TABLE_CAUSE, &row);
    *cause = (CauseRow){number, code, state, UINT64_MAX};
    return true;
}

bool apply_cause_status(Applying *a, Reader *r, Status *status) {
    uint32_t row = cause_find(a->book, read_u64(r));
    uint8_t state = read_u8(r);
    if (r->failed || row == ROW_NONE || state < CAUSE_PENDING || state > CAUSE_VOID)
        return misfit(status, "cause_status");
    CauseRow *cause = TOUCH(a->book, CauseRow, TABLE_CAUSE, row);
    cause->status = state;
    cause->closed_by = state == CAUSE_RELEASED || state == CAUSE_VOID ? a->seq : UINT64_MAX;
    return true;
}

bool apply_corrected(Applying *a, Reader *r, Status *status) {
    uint64_t seq = read_u64(r);
    if (r->failed || seq >= book_count(a->book, TABLE_RECORD)) return misfit(status, "corrected");
    RecordRow *record = TOUCH(a->book, RecordRow, TABLE_RECORD, (uint32_t)seq);
    record->corrected = 1;
    record->corrected_by = a->seq;
    return true;
}

// A mark between two decisions: what follows belongs to the replacement.
bool apply_replacement(Applying *a, Reader *r, Status *status) {
    (void)a, (void)r, (void)status;
    return true;
}
