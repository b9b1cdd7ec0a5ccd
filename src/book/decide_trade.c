// Who owns what is held (docs/book.md "Owners"): sales, and matter of several owners in one place.
#include <string.h>

#include "book/decide.h"

void emit_lot_owner(Deciding *d, uint32_t lot, uint32_t owner, bool passes) {
    // A sale leaves its trace whoever owned the lot before it.
    if (stopped(d) || (!passes && lot_at(d->book, lot)->owner == owner)) return;
    effect_begin(d, EFFECT_LOT_OWNER);
    buffer_u32(&d->effects, lot);
    buffer_u32(&d->effects, owner);
    buffer_u8(&d->effects, passes);
    effect_end(d);
}

void emit_pool_owner(Deciding *d, uint32_t pool, uint32_t owner,
                     const int64_t mg[COMPONENT_COUNT]) {
    uint32_t mask = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        if (mg[c]) mask |= 1u << c;
    if (stopped(d) || !mask) return;
    effect_begin(d, EFFECT_POOL_OWNER);
    buffer_u32(&d->effects, pool);
    buffer_u32(&d->effects, owner);
    emit_values(d, mask, mg);
    effect_end(d);
}

bool owner_of_line(Deciding *d, const Line *line, const char *list, uint32_t index,
                   uint32_t *owner) {
    if (text_is_empty(line->owner)) return true;
    *owner = intern_find(d->book->party_ids, line->owner);
    return party_latest(d->book, *owner) ||
           refuse(d, CODE_UNKNOWN_PARTY, "/%s/%u/owner", list, index);
}

static uint32_t group_on(const Deciding *d, uint32_t party) {
    const PartyVersion *version = party_version(d->book, party, d->day);
    return version ? version->group : ROW_NONE;
}

bool same_group(const Deciding *d, uint32_t a, uint32_t b) {
    uint32_t of_a = group_on(d, a), of_b = group_on(d, b);
    return a == b || of_a == b || of_b == a || (of_a != ROW_NONE && of_a == of_b);
}

void check_tolling(Deciding *d, Activity activity, uint32_t lot, uint32_t index) {
    if (activity == ACTIVITY_SEPARATION && !same_group(d, lot_at(d->book, lot)->owner, d->party))
        object(d, CODE_TOLLING, "/inputs/%u/lot", index);
}

void owners_begin(Owners *owners) {
    *owners = (Owners){ROW_NONE, false};
}

void owners_add(Owners *owners, uint32_t owner) {
    if (owners->one != ROW_NONE && owners->one != owner) owners->several = true;
    if (owners->one == ROW_NONE) owners->one = owner;
}

uint32_t owners_settle(Deciding *d, const Owners *owners, const char *list) {
    if (!owners->several) return owners->one == ROW_NONE ? d->party : owners->one;
    object(d, CODE_COMMINGLED, "/%s", list);
    return d->party;
}

// --- pools
// ------------------------------------------------------------------------------------------

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

void pool_owners_take(Deciding *d, uint32_t pool, const Matter *outputs, const uint32_t *owners,
                      uint32_t count) {
    const Book *book = d->book;
    const PoolRow *at = pool_at(book, pool);
    if (at->first_owner == ROW_NONE && !owners) return;
    int64_t own[COMPONENT_COUNT]; // what is the holder's own
    memcpy(own, at->content, sizeof own);
    for (uint32_t row = at->first_owner; row != ROW_NONE;
         row = ROW(book, PoolOwnerRow, TABLE_POOL_OWNER, row)->next)
        for (int c = 0; c < COMPONENT_COUNT; c++)
            own[c] -= ROW(book, PoolOwnerRow, TABLE_POOL_OWNER, row)->mg[c];
    for (uint32_t i = 0; i < count && !stopped(d); i++) {
        uint32_t owner = owners[i];
        int64_t left[COMPONENT_COUNT];
        memcpy(left, outputs[i].content.mg, sizeof left);
        bool mixed = false;
        // First what belongs to whom it is for, then the holder's own, then the others' as they
        // came.
        for (int rank = owner == d->party ? 1 : 0; rank < 3 && !stopped(d); rank++) {
            if (rank == 1) {
                for (int c = 0; c < COMPONENT_COUNT; c++) {
                    int64_t part = least(left[c], own[c]);
                    if (part <= 0) continue;
                    own[c] -= part;
                    left[c] -= part;
                    mixed |= owner != d->party;
                }
                continue;
            }
            for (uint32_t row = at->first_owner; row != ROW_NONE && !stopped(d);) {
                const PoolOwnerRow *of = ROW(book, PoolOwnerRow, TABLE_POOL_OWNER, row);
                row = of->next;
                if ((of->owner == owner) != (rank == 0)) continue;
                int64_t taken[COMPONENT_COUNT] = {0};
                for (int c = 0; c < COMPONENT_COUNT; c++) {
                    int64_t part = least(left[c], of->mg[c]);
                    if (part <= 0) continue;
                    taken[c] = -part;
                    left[c] -= part;
                    mixed |= rank == 2;
                }
                emit_pool_owner(d, pool, of->owner, taken);
            }
        }
        if (mixed) object(d, CODE_COMMINGLED, "/outputs/%u", i);
    }
}

void pool_owners_shrink(Deciding *d, uint32_t pool, const int64_t old[COMPONENT_COUNT],
                        const int64_t now[COMPONENT_COUNT]) {
    const Book *book = d->book;
    for (uint32_t row = pool_at(book, pool)->first_owner; row != ROW_NONE && !stopped(d);) {
        const PoolOwnerRow *of = ROW(book, PoolOwnerRow, TABLE_POOL_OWNER, row);
        int64_t change[COMPONENT_COUNT] = {0};
        for (int c = 0; c < COMPONENT_COUNT; c++)
            if (now[c] < old[c]) change[c] = share_even(of->mg[c], old[c], now[c], 0) - of->mg[c];
        row = of->next;
        emit_pool_owner(d, pool, of->owner, change);
    }
}

bool pool_owners_fit(const Book *book, uint32_t pool) {
    const PoolRow *at = pool_at(book, pool);
    int64_t own[COMPONENT_COUNT];
    memcpy(own, at->content, sizeof own);
    for (uint32_t row = at->first_owner; row != ROW_NONE;
         row = ROW(book, PoolOwnerRow, TABLE_POOL_OWNER, row)->next)
        for (int c = 0; c < COMPONENT_COUNT; c++)
            own[c] -= ROW(book, PoolOwnerRow, TABLE_POOL_OWNER, row)->mg[c];
    for (int c = 0; c < COMPONENT_COUNT; c++)
        if (own[c] < 0) return false;
    return true;
}

// --- sell
// ------------------------------------------------------------------------------------------

// The part splits off where the lot stands, and stays with who holds it.
static bool sell_part(Deciding *d, uint32_t row, const Line *line, uint32_t index, uint32_t *made) {
    const Book *book = d->book;
    const Lot *lot = lot_at(book, row);
    if (lot->state != LOT_HERE || lot->facility != d->facility)
        return refuse(d, CODE_LOT_ELSEWHERE, "/lots/%u/lot", index);
    Line named = {.lot = line->part};
    if (!lot_id_is_free(d, &named, "lots", index)) return false;
    if (line->net.mg == 0) return refuse(d, CODE_NOTHING, "/lots/%u/net", index);
    if (line->net.mg > lot_left(lot)) return refuse(d, CODE_NOT_ENOUGH, "/lots/%u/net", index);
    Matter *part = scratch_take(d, sizeof *part);
    if (!part) return false;
    matter_of_lot(book, lot, line->net.mg, part);
    uint32_t seller = d->party, owner = lot->owner;
    unpack(d, row);
    emit_take(d, row, line->net.mg, &part->content);
    d->party = lot->party;
    emit_lot(d, line->part, lot->facility, part, 0, made);
    d->party = seller;
    if (stopped(d)) return false;
    emit_lot_owner(d, *made, owner, false);
    emit_pieces(d, *made, -pieces_taken(book, row));
    return !stopped(d);
}

void decide_sell(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint32_t buyer = intern_find(book->party_ids, e->buyer);
    if (!party_latest(book, buyer)) {
        refuse(d, CODE_UNKNOWN_PARTY, "/to");
        return;
    }
    for (uint32_t i = 0; i < e->input_count && !stopped(d); i++) {
        const Line *line = &e->inputs[i];
        uint32_t row = intern_find(book->lot_ids, line->lot);
        const Lot *lot = row == ROW_NONE ? NULL : lot_at(book, row);
        // Who owned it before leaves no trace of the first line, so the lines themselves are asked.
        for (uint32_t j = 0; j < i; j++)
            if (text_equal(e->inputs[j].lot, line->lot)) {
                refuse(d, CODE_LOT_TWICE, "/lots/%u/lot", i);
                return;
            }
        // Its owner sells a lot; its holder can try to.
        if (!lot || (lot->owner != d->party && lot->party != d->party)) {
            refuse(d, CODE_UNKNOWN_LOT, "/lots/%u/lot", i);
            return;
        }
        if (i == 0) {
            d->facility = lot->facility;
            if (!find_day(d, d->facility)) return;
            check_active(d);
            emit_operation(d, ROW_NONE);
            if (stopped(d)) return;
        }
        if (lot->state == LOT_ENDED) {
            refuse(d, CODE_NOT_ENOUGH, "/lots/%u/lot", i);
            return;
        }
        if (lot->owner != d->party) object(d, CODE_NOT_OWNER, "/lots/%u/lot", i);
        if (lot_is_held(book, lot)) object(d, CODE_HELD_MOVED, "/lots/%u/lot", i);
        check_provisional(d, lot, "lots", i);
        uint32_t sold = row;
        if (!text_is_empty(line->part) && !sell_part(d, row, line, i, &sold)) return;
        emit_lot_owner(d, sold, buyer, true);
        affect(d, sold);
    }
}

// Whether the lot passed to another owner after the flow, by a sale that still stands.
bool sold_since(const Book *book, uint32_t flow_row) {
    uint32_t own = flow_at(book, flow_row)->operation;
    for (uint32_t row = flow_at(book, flow_row)->next_of_lot; row != ROW_NONE;
         row = flow_at(book, row)->next_of_lot) {
        uint32_t at = flow_at(book, row)->operation;
        const OperationRow *operation = operation_at(book, at);
        if (at != own && operation->kind == EVENT_SELL &&
            flow_at(book, row)->role == FLOW_TOUCHED &&
            !ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->corrected)
            return true;
    }
    return false;
}

uint32_t transfer_of(const Book *book, uint64_t seq, uint32_t lot) {
    uint32_t low = 0, count = book_count(book, TABLE_TRANSFER), high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ROW(book, TransferRow, TABLE_TRANSFER, middle)->seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < count && ROW(book, TransferRow, TABLE_TRANSFER, low)->seq == seq; low++)
        if (ROW(book, TransferRow, TABLE_TRANSFER, low)->lot == lot) return low;
    return ROW_NONE;
}
