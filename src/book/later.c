// Which later events stand in the way of a correction (B24): those that did something to a lot of
// the event since, and were not corrected themselves.
#include <string.h>

#include "book/decide.h"

enum { LATER_MAX = 8 };

// The id of the event that became the record: names are given in the order of records.
static Text id_of_record(const Book *book, uint64_t seq) {
    uint32_t low = 0, high = book_count(book, TABLE_EVENT);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ROW(book, EventRow, TABLE_EVENT, middle)->seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == book_count(book, TABLE_EVENT)) return (Text){"", 0};
    Text key = intern_text(book->event_keys, low); // party u32, then the id
    return (Text){key.at + 4, key.length - 4};
}

static void add(uint64_t seqs[LATER_MAX], uint32_t *count, uint64_t seq) {
    uint32_t at = 0;
    while (at < *count && seqs[at] < seq)
        at++;
    if ((at < *count && seqs[at] == seq) || *count == LATER_MAX) return;
    memmove(seqs + at + 1, seqs + at, (*count - at) * sizeof *seqs);
    seqs[at] = seq;
    ++*count;
}

static void draws_since(const Book *book, uint32_t row, uint64_t seq, uint64_t seqs[LATER_MAX],
                        uint32_t *count) {
    for (; row != ROW_NONE; row = operation_at(book, row)->next_of_pool) {
        const OperationRow *later = operation_at(book, row);
        if (later->kind != EVENT_DRAW || later->seq <= seq || later->seq >= book->top.next)
            continue;
        if (!ROW(book, RecordRow, TABLE_RECORD, (uint32_t)later->seq)->corrected)
            add(seqs, count, later->seq);
    }
}

void later_events(const Deciding *d, uint32_t operation_row, char *text, size_t size) {
    const Book *book = d->book;
    const OperationRow *operation = operation_at(book, operation_row);
    uint64_t seqs[LATER_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < operation->flow_count; i++) {
        uint32_t row = flow_at(book, operation->first_flow + i)->next_of_lot;
        for (; row != ROW_NONE; row = flow_at(book, row)->next_of_lot) {
            const OperationRow *later = operation_at(book, flow_at(book, row)->operation);
            if (later->seq <= operation->seq || later->seq >= book->top.next) continue;
            const RecordRow *record = ROW(book, RecordRow, TABLE_RECORD, (uint32_t)later->seq);
            if (!record->corrected && record->kind != EVENT_CORRECT) add(seqs, &count, later->seq);
        }
    }
    // Of what came into a pool the later draws, which have it now, and a count of what was there.
    if (operation->pool != ROW_NONE)
        draws_since(book, operation->next_of_pool, operation->seq, seqs, &count);
    bool opened = operation->kind == EVENT_OPEN, lost = operation->kind == EVENT_LOSS;
    for (uint32_t i = 0; (opened || lost) && i < operation->delta_count; i++) {
        uint32_t pool = ROW(book, PoolDelta, TABLE_POOL_DELTA, operation->first_delta + i)->pool;
        if (opened)
            draws_since(book, pool_at(book, pool)->first_operation, operation->seq, seqs, &count);
        uint64_t counted = pool_counted_since(book, pool, operation->seq);
        if (counted && counted < book->top.next) add(seqs, &count, counted);
    }
    size_t length = 0;
    bool others = false;
    for (uint32_t i = 0; i < count; i++) {
        // Another party's event is not named.
        if (ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seqs[i])->party != d->party) {
            others = true;
            continue;
        }
        Text id = id_of_record(book, seqs[i]);
        if (length + id.length + 3 > size) break;
        if (length) {
            text[length++] = ',';
            text[length++] = ' ';
        }
        memcpy(text + length, id.at, id.length);
        length += id.length;
    }
    Text other = length ? TEXT(", another party's") : TEXT("another party's");
    if (others && length + other.length + 1 <= size) {
        memcpy(text + length, other.at, other.length);
        length += other.length;
    }
    text[length] = 0;
}
