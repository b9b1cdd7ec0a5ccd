// Entry: the old bytes, padded to 8, then where they stood, how many, and what kind of change it
// was; the trailer is last because entries are read backwards.
#include "book/journal.h"

#include <assert.h>
#include <string.h>

#include "base/intern.h"
#include "base/memory.h"
#include "base/rows.h"

typedef struct Trailer {
    void *at;
    uint32_t size, kind;
} Trailer;

static size_t padded(size_t size) {
    return (size + 7) & ~(size_t)7;
}

void journal_done(Journal *journal) {
    memory_free(journal->bytes);
    *journal = (Journal){0};
}

bool journal_grow(Journal *journal, size_t bytes, Status *status) {
    size_t wanted = journal->capacity * 2;
    if (wanted < journal->length + bytes) wanted = journal->length + bytes + 65536;
    uint8_t *grown = memory_resize(journal->bytes, wanted);
    if (!grown) return status_no_memory(status);
    journal->bytes = grown;
    journal->capacity = wanted;
    return true;
}

void journal_keep(Journal *journal, JournalKind kind, void *at, const void *old, size_t size) {
    if (journal->idle) return;
    size_t room = padded(size);
    assert(journal->capacity - journal->length >= room + sizeof(Trailer));
    memcpy(journal->bytes + journal->length, old, size);
    Trailer trailer = {at, (uint32_t)size, (uint32_t)kind};
    memcpy(journal->bytes + journal->length + room, &trailer, sizeof trailer);
    journal->length += room + sizeof trailer;
}

void journal_rewind(Journal *journal, uint64_t position) {
    assert(position >= journal->base);
    while (journal_position(journal) > position) {
        Trailer trailer;
        memcpy(&trailer, journal->bytes + journal->length - sizeof trailer, sizeof trailer);
        const uint8_t *old =
            journal->bytes + journal->length - sizeof trailer - padded(trailer.size);
        uint32_t count;
        switch (trailer.kind) {
        case JOURNAL_MEMORY:
            memcpy(trailer.at, old, trailer.size);
            break;
        case JOURNAL_ROWS:
            memcpy(&count, old, sizeof count);
            rows_cut(trailer.at, count);
            break;
        case JOURNAL_INTERN:
            memcpy(&count, old, sizeof count);
            intern_cut(trailer.at, count);
            break;
        default:
            assert(false); // no other kind is written
        }
        journal->length = (size_t)(old - journal->bytes);
    }
    assert(journal_position(journal) == position);
}

void journal_each(const Journal *journal, uint64_t position, JournalEach *each, void *context) {
    assert(position >= journal->base);
    const uint8_t *at = journal->bytes + journal->length;
    while (journal->base + (uint64_t)(at - journal->bytes) > position) {
        Trailer trailer;
        memcpy(&trailer, at - sizeof trailer, sizeof trailer);
        at -= sizeof trailer + padded(trailer.size);
        each(context, (JournalKind)trailer.kind, trailer.at, at, trailer.size);
    }
}

void journal_forget(Journal *journal, uint64_t position) {
    assert(position >= journal->base && position <= journal_position(journal));
    size_t gone = (size_t)(position - journal->base);
    // Moving what is left costs its length: wait until that is the smaller half.
    if (gone < journal->length && gone < journal->length / 2) return;
    if (gone == 0) return;
    memmove(journal->bytes, journal->bytes + gone, journal->length - gone);
    journal->length -= gone;
    journal->base = position;
}
