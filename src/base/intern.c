// A table of slots with open addressing and linear probing, at most half full, beside an array of
// texts by number. A slot holds 32 bits of the hash, so that a wrong text is hardly ever read, and
// the number plus one, so that cleared memory is an empty table.
//
// Cutting off is exact without tombstones: slots are always filled in order of number (growth fills
// the new table in that order too), so when the newest text goes, no older one was put past its
// slot, and the table is again what it was before that text came.
//
// Bytes of longer texts lie in chunks that never move. After a cut the bytes of the current chunk
// are used again; those that lie in earlier chunks stay unused, so that what was reserved stays
// reserved.
#include "base/intern.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/memory.h"

enum { SLOTS_FIRST = 64, TEXT_CHUNK = 1024 * 1024 };

typedef struct Slot {
    uint32_t hash, number_plus_one;
} Slot;

// Half a cache line; most ids are short and lie in it, so that to compare one costs no further
// miss.
enum { TEXT_INSIDE = 24 };
typedef struct Entry {
    uint32_t length, hash;
    union {
        char inside[TEXT_INSIDE]; // up to so many bytes
        const char *at;           // longer ones, in a chunk
    } text;
} Entry;
_Static_assert(sizeof(Entry) == 32, "two entries a cache line");

typedef struct TextChunk TextChunk;
struct TextChunk {
    TextChunk *older;
    size_t size, used;
    char bytes[];
};

// Names of which there are few (parties, places, materials, methods) are asked for by every event:
// the last that was put with the same few bytes is tried first. This needs no key: whoever chooses
// names badly finds them in the table.
enum { LATELY = 512, FEW = 2048 };

struct Intern {
    struct {
        uint32_t mark, number_plus_one; // mark: of the bytes, so that another is not looked at
    } lately[LATELY];
    Slot *slots;
    size_t mask; // number of slots, a power of two, less one
    Rows entries;
    TextChunk *chunk; // the newest; null before the first text with bytes
    uint8_t key[16];
};

Intern *intern_new(const uint8_t key[16], Status *status) {
    Intern *intern = memory_new_zero(1, sizeof *intern);
    Slot *slots = memory_new_zero(SLOTS_FIRST, sizeof *slots);
    if (!intern || !slots) {
        memory_free(intern);
        memory_free(slots);
        status_no_memory(status);
        return NULL;
    }
    intern->slots = slots;
    intern->mask = SLOTS_FIRST - 1;
    rows_init(&intern->entries, sizeof(Entry));
    memcpy(intern->key, key, sizeof intern->key);
    return intern;
}

void intern_free(Intern *intern) {
    if (!intern) return;
    for (TextChunk *chunk = intern->chunk, *older; chunk; chunk = older) {
        older = chunk->older;
        memory_free(chunk);
    }
    rows_done(&intern->entries);
    memory_free(intern->slots);
    memory_free(intern);
}

uint32_t intern_count(const Intern *intern) {
    return intern->entries.count;
}

static uint32_t hash_of(const Intern *intern, Text text) {
    return (uint32_t)siphash_table(intern->key, text.at, text.length);
}

Text intern_text(const Intern *intern, uint32_t number) {
    const Entry *entry = rows_at(&intern->entries, number);
    return (Text){entry->length <= TEXT_INSIDE ? entry->text.inside : entry->text.at,
                  entry->length};
}

// The slot that holds the text, or the empty one where it would go.
static Slot *slot_for(const Intern *intern, Text text, uint32_t hash) {
    for (size_t i = hash & intern->mask;; i = (i + 1) & intern->mask) {
        Slot *slot = &intern->slots[i];
        if (slot->number_plus_one == 0) return slot;
        if (slot->hash != hash) continue;
        if (text_equal(text, intern_text(intern, slot->number_plus_one - 1))) return slot;
    }
}

// Where a text is remembered.
typedef struct Place {
    uint32_t at, mark;
} Place;
static inline Place place_of(Text text) {
    uint64_t first = 0, last = 0;
    if (text.length >= 8) {
        memcpy(&first, text.at, 8);
        memcpy(&last, text.at + text.length - 8, 8);
    } else {
        for (size_t i = 0; i < text.length; i++)
            first = first << 8 | (uint8_t)text.at[i];
    }
    uint64_t mixed = (first ^ (last << 7 | last >> 57) ^ text.length) * 0x9e3779b97f4a7c15u;
    return (Place){(uint32_t)(mixed >> 55), (uint32_t)(mixed >> 16)};
}
_Static_assert(LATELY == 1 << (64 - 55), "as many places as bits");

static inline uint32_t remembered(const Intern *intern, Text text, Place place) {
    uint32_t number = intern->lately[place.at].number_plus_one - 1;
    if (intern->lately[place.at].mark != place.mark || number >= intern->entries.count)
        return ROW_NONE;
    return text_equal(text, intern_text(intern, number)) ? number : ROW_NONE;
}

uint32_t intern_find(const Intern *intern, Text text) {
    if (intern->entries.count <= FEW) {
        uint32_t number = remembered(intern, text, place_of(text));
        if (number != ROW_NONE) return number;
    }
    const Slot *slot = slot_for(intern, text, hash_of(intern, text));
    return slot->number_plus_one ? slot->number_plus_one - 1 : ROW_NONE;
}

// Looking anywhere in a table of megabytes costs a miss of the page table too, unless pages are
// large.
static Slot *slots_new(size_t count) {
    if (count * sizeof(Slot) < MEMORY_LARGE) return memory_new_zero(count, sizeof(Slot));
    Slot *slots = memory_new_large(count * sizeof *slots, 0);
    if (slots) memset(slots, 0, count * sizeof *slots);
    return slots;
}

static bool grow_slots(Intern *intern, size_t texts, Status *status) {
    size_t count = intern->mask + 1;
    while (count / 2 < texts)
        count *= 2;
    if (count == intern->mask + 1) return true;
    Slot *slots = slots_new(count);
    if (!slots) return status_no_memory(status);
    for (uint32_t number = 0; number < intern->entries.count; number++) {
        uint32_t hash = ((const Entry *)rows_at(&intern->entries, number))->hash;
        size_t i = hash & (count - 1);
        while (slots[i].number_plus_one)
            i = (i + 1) & (count - 1);
        slots[i] = (Slot){hash, number + 1};
    }
    memory_free(intern->slots);
    intern->slots = slots;
    intern->mask = count - 1;
    return true;
}

bool intern_reserve(Intern *intern, uint32_t texts, size_t bytes, Status *status) {
    if (!rows_reserve(&intern->entries, texts, status)) return false;
    if (!grow_slots(intern, (size_t)intern->entries.count + texts, status)) return false;
    if (bytes == 0) return true;
    if (intern->chunk && intern->chunk->size - intern->chunk->used >= bytes) return true;
    size_t size = bytes > TEXT_CHUNK ? bytes : TEXT_CHUNK;
    if (size > SIZE_MAX - sizeof(TextChunk)) return status_no_memory(status);
    TextChunk *chunk = memory_new(sizeof *chunk + size);
    if (!chunk) return status_no_memory(status);
    *chunk = (TextChunk){.older = intern->chunk, .size = size};
    intern->chunk = chunk;
    return true;
}

uint32_t intern_put(Intern *intern, Text text) {
    bool few = intern->entries.count <= FEW;
    Place place = {0, 0};
    if (few) {
        place = place_of(text);
        uint32_t number = remembered(intern, text, place);
        if (number != ROW_NONE) return number;
    }
    uint32_t hash = hash_of(intern, text);
    Slot *slot = slot_for(intern, text, hash);
    if (few) {
        intern->lately[place.at].mark = place.mark;
        intern->lately[place.at].number_plus_one =
            slot->number_plus_one ? slot->number_plus_one : intern->entries.count + 1;
    }
    if (slot->number_plus_one) return slot->number_plus_one - 1;

    TextChunk *chunk = intern->chunk;
    assert(text.length <= UINT32_MAX);
    assert(intern->entries.count < (intern->mask + 1) / 2);
    uint32_t number = intern->entries.count;
    Entry *entry = rows_add(&intern->entries);
    entry->length = (uint32_t)text.length;
    entry->hash = hash;
    if (text.length > TEXT_INSIDE) {
        assert(chunk && chunk->size - chunk->used >= text.length);
        memcpy(chunk->bytes + chunk->used, text.at, text.length);
        entry->text.at = chunk->bytes + chunk->used;
        chunk->used += text.length;
    } else if (text.length) {
        memcpy(entry->text.inside, text.at, text.length);
    }
    *slot = (Slot){hash, number + 1};
    return number;
}

void intern_cut(Intern *intern, uint32_t count) {
    assert(count <= intern->entries.count);
    TextChunk *chunk = intern->chunk;
    while (intern->entries.count > count) {
        uint32_t number = intern->entries.count - 1;
        const Entry *entry = rows_at(&intern->entries, number);
        size_t i = entry->hash & intern->mask;
        while (intern->slots[i].number_plus_one != number + 1)
            i = (i + 1) & intern->mask;
        intern->slots[i] = (Slot){0, 0};
        const char *at = entry->length > TEXT_INSIDE ? entry->text.at : NULL;
        if (at && chunk && at >= chunk->bytes && at < chunk->bytes + chunk->size) {
            chunk->used = (size_t)(at - chunk->bytes);
        }
        rows_cut(&intern->entries, number);
    }
}

void intern_prefetch(const Intern *intern, Text text) {
    __builtin_prefetch(&intern->slots[hash_of(intern, text) & intern->mask]);
}
