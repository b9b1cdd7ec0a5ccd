// Who must sign, and whose key may. Whether a signature is good the keeper has found out before;
// here it is judged by what stands in the book at this record.
#include "book/decide.h"

static bool key_is_valid(const KeyRow *key, Day day) {
    return key->revoked_seq == UINT64_MAX && key->from <= day && day <= key->to;
}

static bool has_valid_key(const Book *book, uint32_t party, Day day) {
    for (uint32_t row = 0; row < book_count(book, TABLE_KEY); row++) {
        const KeyRow *key = ROW(book, KeyRow, TABLE_KEY, row);
        if (key->holder == party && key_is_valid(key, day)) return true;
    }
    return false;
}

// The last statement of policy that fits says whether this must be signed.
static bool must_be_signed(const Deciding *d, Day day) {
    const Book *book = d->book;
    bool must = false;
    for (uint32_t row = book_count(book, TABLE_SIGNING); row-- > 0;) {
        const SigningRow *rule = ROW(book, SigningRow, TABLE_SIGNING, row);
        if (rule->party != ROW_NONE && rule->party != d->party) continue;
        if (rule->roles && !(rule->roles & party_latest(book, d->party)->roles)) continue;
        if (rule->kinds && !(rule->kinds >> d->event->kind & 1)) continue;
        must = rule->required;
        break;
    }
    // The authority cannot lock itself out: while it has no key, it registers one unsigned.
    if (must && d->by_authority && d->event->kind == EVENT_KEY)
        return has_valid_key(book, d->party, day);
    return must;
}

bool check_signature(Deciding *d) {
    const Book *book = d->book;
    const Event *e = d->event;
    Day day = instant_day(d->context->recorded, book->top.offset_minutes);
    if (d->context->signature_kind == 0)
        return !must_be_signed(d, day) || refuse(d, CODE_NOT_SIGNED, "%s", "");
    uint32_t row = intern_find(book->key_ids, (Text){(const char *)d->context->public_key, 32});
    const KeyRow *key = row == ROW_NONE ? NULL : ROW(book, KeyRow, TABLE_KEY, row);
    if (!key || !key_is_valid(key, day)) return refuse(d, CODE_KEY_NOT_VALID, "%s", "");
    bool may = key->holder == d->party || key->holder == book->top.authority ||
               delegation_holds(book, d->party, key->holder,
                                key->holder == d->sender ? d->user : ROW_NONE, day, e);
    if (!may) return refuse(d, CODE_KEY_FOREIGN, "%s", "");
    d->key = row;
    emit_signed(d);
    return !stopped(d);
}

void emit_signed(Deciding *d) {
    if (d->key == ROW_NONE || stopped(d)) return;
    effect_begin(d, EFFECT_SIGNED);
    buffer_u32(&d->effects, d->key);
    effect_end(d);
}
