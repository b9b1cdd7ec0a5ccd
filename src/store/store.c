// Chooses the database by the name, and refuses what no store may be asked: writing through a
// handle that only reads, and any further write after a commit whose outcome is unknown.
#include "store/driver.h"

#include <assert.h>

Store *store_open(const char *name, StoreMode mode, Status *status) {
    Text text = text_of(name);
    if (text_is_empty(text)) {
        status_set(status, STATUS_INVALID, "a book needs a name");
        return NULL;
    }
    const StoreDriver *driver = &store_sqlite;
    if (text_begins(text, TEXT("memory:"))) {
        driver = &store_memory;
    } else if (text_begins(text, TEXT("postgres://")) || text_begins(text, TEXT("postgresql://"))) {
        status_set(status, STATUS_UNSUPPORTED, "this program was built without PostgreSQL");
        status_hint(status, "give the path of a file");
        return NULL;
    }
    Store *store = driver->open(name, mode, status);
    assert(store == NULL || store->driver == driver);
    return store;
}

void store_close(Store *store) {
    if (store) store->driver->close(store);
}

static bool may_write(const Store *store, Status *status) {
    if (!store_mode_writes(store->mode))
        return status_set(status, STATUS_DENIED, "the book was opened for reading only");
    if (store->in_doubt) {
        status_set(status, STATUS_UNKNOWN, "an earlier commit failed, and may or may not be there");
        return status_hint(status, "close the book, open it and read it again");
    }
    return true;
}

bool store_next(Store *store, uint64_t *next, Status *status) {
    return store->driver->next(store, next, status);
}

bool store_append(Store *store, uint64_t expected, const StoreRecord *records, size_t count,
                  Status *status) {
    for (size_t i = 0; i < count; i++)
        assert(records[i].seq == expected + i);
    if (expected > (uint64_t)INT64_MAX - count)
        return status_set(status, STATUS_LIMIT, "no number is left for a record");
    if (!may_write(store, status)) return false;
    store->was_full = false;
    return count == 0 || store->driver->append(store, expected, records, count, status);
}

bool store_was_full(const Store *store) {
    return store->was_full;
}

bool store_read(Store *store, uint64_t from, uint64_t count, StoreEach *each, void *context,
                Status *status) {
    // Whether `each` stopped because of an error is told by its status, so there must be one.
    Status own;
    if (!status) status = &own;
    status_clear(status);
    return store->driver->read(store, from, count, each, context, status);
}

bool store_part_put(Store *store, const uint8_t hash[32], uint8_t class_number, Text bytes,
                    Status *status) {
    return may_write(store, status) &&
           store->driver->part_put(store, hash, class_number, bytes, status);
}

bool store_part_get(Store *store, const uint8_t hash[32], Arena *arena, Text *bytes,
                    Status *status) {
    return store->driver->part_get(store, hash, arena, bytes, status);
}

bool store_part_erase(Store *store, const uint8_t hash[32], Status *status) {
    return may_write(store, status) && store->driver->part_erase(store, hash, status);
}

bool store_parts(Store *store, StorePartEach *each, void *context, Status *status) {
    Status unasked;
    if (!status) status = &unasked;
    status_clear(status);
    return store->driver->parts(store, each, context, status);
}

bool store_cache_put(Store *store, Text name, Text bytes, Status *status) {
    return may_write(store, status) && store->driver->cache_put(store, name, bytes, status);
}

bool store_cache_get(Store *store, Text name, Arena *arena, Text *bytes, Status *status) {
    return store->driver->cache_get(store, name, arena, bytes, status);
}

bool store_cache_drop(Store *store, Text name, Status *status) {
    return may_write(store, status) && store->driver->cache_drop(store, name, status);
}

bool store_setting_put(Store *store, Text name, Text value, Status *status) {
    return may_write(store, status) && store->driver->setting_put(store, name, value, status);
}

bool store_setting_get(Store *store, Text name, Arena *arena, Text *value, Status *status) {
    return store->driver->setting_get(store, name, arena, value, status);
}

bool store_setting_drop(Store *store, Text name, Status *status) {
    return may_write(store, status) && store->driver->setting_drop(store, name, status);
}

bool store_check(Store *store, Status *status) {
    return store->driver->check(store, status);
}

bool store_tidy(Store *store, Status *status) {
    return may_write(store, status) && store->driver->tidy(store, status);
}
