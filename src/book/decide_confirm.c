// What needs a second person (B10): acts that wait, and the `confirm` with which they take effect.
//
// A waiting act is a row of TABLE_AWAITING: its record, the party for whom it speaks, who sent it,
// the SHA-256 of its exact bytes, and the bytes themselves, since the book that confirms it must
// read them again. It waits, and is confirmed or declined once. decide.h says how a kind of event
// comes to wait.
#include <assert.h>
#include <string.h>

#include "book/decide.h"

void book_outside(Book *book, const BookOutside *outside) {
    book->outside = outside;
}

uint32_t awaiting_find(const Book *book, uint64_t seq) {
    uint32_t low = 0, high = book_count(book, TABLE_AWAITING); // record numbers only grow
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint64_t found = ROW(book, AwaitingRow, TABLE_AWAITING, middle)->seq;
        if (found == seq) return middle;
        if (found < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return ROW_NONE;
}

// The record that a confirm cites, or UINT64_MAX.
static uint64_t cited_seq(const Book *book, const Event *event) {
    Text party = text_is_empty(event->subject) ? event->party : event->subject;
    return book_event_find(book, party, event->confirms);
}

bool cited_read(Book *book, const Event *event, Event **cited, Status *status) {
    *cited = NULL;
    if (book->scratch.limit == 0) arena_init(&book->scratch, (size_t)512 << 20);
    arena_reset(&book->scratch);
    if (event->kind != EVENT_CONFIRM) return true;
    uint64_t seq = cited_seq(book, event);
    uint32_t row = seq == UINT64_MAX ? ROW_NONE : awaiting_find(book, seq);
    if (row == ROW_NONE) return true;
    Event *read = arena_take_zero(&book->scratch, 1, sizeof *read);
    if (!read) return status_no_memory(status);
    assert(book->outside);
    Text bytes = text_get(book, ROW(book, AwaitingRow, TABLE_AWAITING, row)->bytes);
    if (!book->outside->decode(bytes, &book->scratch, read, status)) return false;
    // It takes effect when it is confirmed: from then on it is in force.
    read->start = read->end = event->end;
    read->is_span = false;
    *cited = read;
    return true;
}

bool awaits_second(const Deciding *d) {
    // What was seized nobody lets go alone, whatever policy says.
    uint32_t cause =
        d->event->kind == EVENT_RELEASE ? cause_find(d->book, d->event->cause) : ROW_NONE;
    if (cause != ROW_NONE && cause_at(d->book, cause)->code == CODE_SEIZED) return true;
    return d->book->top.two_persons >> d->event->kind & 1;
}

void emit_awaiting(Deciding *d, bool whole, AwaitingWho who) {
    if (stopped(d)) return;
    uint8_t hash[32];
    assert(d->book->outside);
    d->book->outside->hash(d->event->bytes, hash);
    effect_begin(d, EFFECT_AWAITING);
    buffer_bytes(&d->effects, hash, sizeof hash);
    buffer_u8(&d->effects, whole);
    buffer_u8(&d->effects, (uint8_t)who);
    effect_end(d);
}

// PARTY/NAME of ROLE/PARTY/NAME: whoever changes the role only is still the same person.
static Text person_of(Text principal) {
    Text role, person;
    return text_split(principal, '/', &role, &person) ? person : principal;
}

static bool is_customs(const Deciding *d) {
    const PartyVersion *version = party_version(d->book, d->party, d->day);
    return version && (version->roles & PARTY_CUSTOMS);
}

// What stands in the way of this confirm. False when refused.
static bool confirm_check(Deciding *d, uint32_t *row) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint64_t seq = cited_seq(book, e);
    bool own = text_is_empty(e->subject) || text_equal(e->subject, e->party);
    *row = seq == UINT64_MAX ? ROW_NONE : awaiting_find(book, seq);
    const AwaitingRow *awaiting =
        *row == ROW_NONE ? NULL : ROW(book, AwaitingRow, TABLE_AWAITING, *row);
    bool by_customs = awaiting && awaiting->who == CONFIRMED_BY_CUSTOMS;
    // An event of somebody else is like one that does not exist.
    if (seq == UINT64_MAX || (!own && !(by_customs && is_customs(d))))
        return refuse(d, CODE_UNKNOWN_EVENT, "/confirms");
    if (!awaiting) return refuse(d, CODE_NOTHING_TO_CONFIRM, "/confirms");
    if (awaiting->status != AWAITING_CONFIRMATION)
        return refuse(d, CODE_ALREADY_CONFIRMED, "/confirms");
    if (memcmp(awaiting->hash, e->hash, sizeof e->hash) != 0)
        return refuse(d, CODE_HASH_DIFFERS, "/hash");
    if (own && e->declines) return true; // whoever asked may take it back
    if (by_customs && !is_customs(d)) return refuse(d, CODE_NOTHING_TO_CONFIRM, "/confirms");
    if (text_equal(person_of(d->context->principal),
                   person_of(text_get(book, awaiting->principal))))
        return refuse(d, CODE_SAME_PERSON, "%s", "");
    return true;
}

void decide_confirm(Deciding *d) {
    uint32_t row;
    if (!confirm_check(d, &row)) return;
    const AwaitingRow *awaiting = ROW(d->book, AwaitingRow, TABLE_AWAITING, row);
    if (d->event->input_count && (awaiting->who != CONFIRMED_BY_CUSTOMS || !is_customs(d))) {
        refuse(d, CODE_NOTHING_TO_CONFIRM, "/found");
        return;
    }
    bool declines = d->event->declines;
    effect_begin(d, EFFECT_CONFIRMED);
    buffer_u64(&d->effects, awaiting->seq);
    buffer_u8(&d->effects, declines ? AWAITING_DECLINED : AWAITING_CONFIRMED);
    effect_end(d);
    if (!stopped(d) && awaiting->who == CONFIRMED_BY_CUSTOMS)
        export_settle(d, awaiting->seq, declines);
    if (stopped(d) || !d->applying.takes_effect) return;
    d->event = d->applying.cited;
    decide_kind(d);
}
