#include "keeper/parts.h"

#include "base/encode.h"
#include "keeper/state.h"

enum { PART_ARENA = 64 << 20 };

bool part_is_good(const uint8_t hash[32], uint8_t class_number, Text bytes) {
    if (bytes.length < SALT_BYTES) return false;
    Hash found = sealed_commitment((const uint8_t *)bytes.at, class_number,
                                   (Text){bytes.at + SALT_BYTES, bytes.length - SALT_BYTES});
    return memcmp(found.bytes, hash, 32) == 0;
}

static bool bad(const uint8_t hash[32], const char *what, Status *status) {
    char text[2 * HASH_BYTES + 1];
    hex_write(hash, HASH_BYTES, text);
    status_set(status, STATUS_CORRUPT, "%s", what);
    return status_where(status, "sealed part %s", text);
}

bool parts_read(Keeper *keeper, const uint8_t hash[32], uint8_t class_number, Buffer *out,
                Status *status) {
    Arena arena;
    arena_init(&arena, PART_ARENA);
    Text bytes;
    pthread_mutex_lock(&keeper->reader_lock);
    bool well = store_part_get(keeper->reader, hash, &arena, &bytes, status);
    pthread_mutex_unlock(&keeper->reader_lock);
    if (!well && status && status->code == STATUS_NOT_FOUND)
        status_set(status, STATUS_NOT_FOUND, "the bytes of this sealed part are not in this book");
    if (well && !part_is_good(hash, class_number, bytes))
        well = bad(hash, "the bytes are not those of the hash", status);
    if (well)
        well = buffer_bytes(out, bytes.at + SALT_BYTES, bytes.length - SALT_BYTES) ||
               status_no_memory(status);
    arena_done(&arena);
    return well;
}

static bool erase_one(Store *store, const uint8_t hash[32], Status *status) {
    Status why;
    status_clear(&why);
    if (store_part_erase(store, hash, &why) || why.code == STATUS_NOT_FOUND) return true;
    if (status) *status = why;
    return false;
}

bool parts_settle(Store *store, const Book *book, Status *status) {
    for (uint32_t i = 0; i < book_part_count(book); i++) {
        BookPart part = book_part(book, i);
        if (part.erased && !erase_one(store, part.hash, status)) return false;
    }
    return true;
}

bool parts_erase(Store *store, const Event *event, Status *status) {
    for (uint32_t i = 0; i < event->erase_count; i++) {
        uint8_t hash[32];
        if (hex_read(event->erases[i], hash, sizeof hash) && !erase_one(store, hash, status))
            return false;
    }
    return true;
}

bool parts_check(Store *store, const Book *book, PartsReport *report, Status *status) {
    *report = (PartsReport){0};
    Arena arena;
    arena_init(&arena, PART_ARENA);
    bool well = true;
    for (uint32_t i = 0; i < book_part_count(book) && well; i++) {
        BookPart part = book_part(book, i);
        arena_reset(&arena);
        Text bytes;
        Status found;
        status_clear(&found);
        bool there = store_part_get(store, part.hash, &arena, &bytes, &found);
        if (!there && found.code != STATUS_NOT_FOUND) {
            if (status) *status = found;
            well = false;
        } else if (!there) {
            part.erased ? report->erased++ : report->missing++;
        } else if (part.erased) {
            well = bad(part.hash, "its bytes are there, and an event says that they are erased",
                       status);
        } else if (!part_is_good(part.hash, part.class_number, bytes)) {
            well = bad(part.hash, "the bytes are not those of the hash", status);
        } else {
            report->there++;
        }
    }
    arena_done(&arena);
    return well;
}
