// Effects of waiting for a second person, and of that person's word.
#include "book/effect_read.h"

bool apply_awaiting(Applying *a, Reader *r, Status *status) {
    const uint8_t *hash = read_bytes(r, 32);
    uint8_t whole = read_u8(r), who = read_u8(r);
    if (r->failed || !hash || whole > 1 || who < CONFIRMED_BY_OWN_PARTY ||
        who > CONFIRMED_BY_CUSTOMS)
        return misfit(status, "awaiting");
    uint32_t row;
    AwaitingRow *awaiting = row_new(a->book, TABLE_AWAITING, &row);
    *awaiting = (AwaitingRow){.seq = a->seq,
                              .closed_by = UINT64_MAX,
                              .party = intern_find(a->book->party_ids, a->event->party),
                              .principal = text_put(a->book, a->principal),
                              .bytes = text_put(a->book, a->event->bytes),
                              .kind = (uint8_t)a->event->kind,
                              .status = AWAITING_CONFIRMATION,
                              .who = who,
                              .whole = whole};
    memcpy(awaiting->hash, hash, sizeof awaiting->hash);
    a->waits = whole;
    return true;
}

bool apply_confirmed(Applying *a, Reader *r, Status *status) {
    uint32_t row = awaiting_find(a->book, read_u64(r));
    uint8_t outcome = read_u8(r);
    if (r->failed || row == ROW_NONE || !a->cited ||
        (outcome != AWAITING_CONFIRMED && outcome != AWAITING_DECLINED))
        return misfit(status, "confirmed");
    AwaitingRow *awaiting = TOUCH(a->book, AwaitingRow, TABLE_AWAITING, row);
    if (awaiting->status != AWAITING_CONFIRMATION) return misfit(status, "confirmed");
    awaiting->status = outcome;
    awaiting->closed_by = a->seq;
    a->takes_effect = outcome == AWAITING_CONFIRMED && awaiting->whole;
    return true;
}
