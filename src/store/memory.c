// The store that lives as long as the process: for tests, dry runs, and as the plain statement of
// the contract. A *Shelf* is what lasts, found by its name; a handle is one user's way to it.
// Records never change once they are on the shelf, so a reader copies the pointer under the lock
// and looks at the record without it.
#include "store/memory.h"

#include <assert.h>
#include <pthread.h>

#include "base/memory.h"
#include "store/driver.h"

typedef struct Part {
    struct Part *next;
    uint8_t hash[32];
    uint8_t class_number;
    bool erased;
    size_t length;
    char *bytes;
} Part;

typedef struct Named {
    struct Named *next;
    size_t name_length, length;
    char *name, *bytes;
} Named;

typedef struct Shelf {
    struct Shelf *next;
    char *name;
    bool has_book, has_writer;
    size_t handles;
    StoreRecord **records;
    size_t count, capacity;
    Part *parts;
    Named *caches, *settings;
} Shelf;

typedef struct MemoryStore {
    Store base;
    Shelf *shelf;
} MemoryStore;

// One lock for all shelves: this store is not the one that must be quick.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Shelf *shelves;

static Shelf *shelf_of(Store *store) {
    return ((MemoryStore *)store)->shelf;
}

static char *copy_bytes(const char *bytes, size_t length) {
    char *copy = memory_new(length + 1);
    if (!copy) return NULL;
    if (length) memcpy(copy, bytes, length);
    copy[length] = 0;
    return copy;
}

static Shelf *shelf_find(const char *name) {
    Shelf *shelf = shelves;
    while (shelf && strcmp(shelf->name, name) != 0)
        shelf = shelf->next;
    return shelf;
}

static Shelf *shelf_make(const char *name) {
    Shelf *shelf = memory_new_zero(1, sizeof *shelf);
    if (!shelf) return NULL;
    shelf->name = copy_bytes(name, strlen(name));
    if (!shelf->name) {
        memory_free(shelf);
        return NULL;
    }
    shelf->next = shelves;
    shelves = shelf;
    return shelf;
}

static bool may_open(const Shelf *shelf, const char *name, StoreMode mode, Status *status) {
    bool has_book = shelf && shelf->has_book;
    if (mode == STORE_CREATE && has_book)
        return status_set(status, STATUS_CONFLICT, "there is already a book in \"%s\"", name);
    if (mode != STORE_CREATE && !has_book) {
        status_set(status, STATUS_NOT_FOUND, "could not open book \"%s\": no such store", name);
        return status_hint(status, "create one with \"ytterby init --db %s\"", name);
    }
    if (store_mode_writes(mode) && shelf && shelf->has_writer)
        return status_set(status, STATUS_BUSY, "book \"%s\" has a writer already", name);
    return true;
}

static Store *open_locked(const char *name, StoreMode mode, Status *status) {
    Shelf *shelf = shelf_find(name);
    if (!may_open(shelf, name, mode, status)) return NULL;
    MemoryStore *store = memory_new_zero(1, sizeof *store);
    if (store && !shelf) shelf = shelf_make(name);
    if (!store || !shelf) {
        memory_free(store);
        status_no_memory(status);
        return NULL;
    }
    shelf->has_book = true;
    shelf->handles++;
    if (store_mode_writes(mode)) shelf->has_writer = true;
    *store = (MemoryStore){.base = {.driver = &store_memory, .mode = mode}, .shelf = shelf};
    return &store->base;
}

static Store *open_store(const char *name, StoreMode mode, Status *status) {
    pthread_mutex_lock(&lock);
    Store *store = open_locked(name, mode, status);
    pthread_mutex_unlock(&lock);
    return store;
}

static void close_store(Store *store) {
    pthread_mutex_lock(&lock);
    Shelf *shelf = shelf_of(store);
    assert(shelf->handles > 0);
    shelf->handles--;
    if (store_mode_writes(store->mode)) shelf->has_writer = false;
    pthread_mutex_unlock(&lock);
    memory_free(store);
}

static void free_named(Named *named) {
    while (named) {
        Named *next = named->next;
        memory_free(named->name);
        memory_free(named->bytes);
        memory_free(named);
        named = next;
    }
}

void store_memory_forget(const char *name) {
    pthread_mutex_lock(&lock);
    Shelf **link = &shelves;
    while (*link && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    Shelf *shelf = *link;
    if (shelf) *link = shelf->next;
    pthread_mutex_unlock(&lock);
    if (!shelf) return;
    assert(shelf->handles == 0);
    for (size_t i = 0; i < shelf->count; i++)
        memory_free(shelf->records[i]);
    memory_free(shelf->records);
    for (Part *part = shelf->parts; part;) {
        Part *next = part->next;
        memory_free(part->bytes);
        memory_free(part);
        part = next;
    }
    free_named(shelf->caches);
    free_named(shelf->settings);
    memory_free(shelf->name);
    memory_free(shelf);
}

static bool next_number(Store *store, uint64_t *next, Status *status) {
    (void)status;
    pthread_mutex_lock(&lock);
    *next = shelf_of(store)->count;
    pthread_mutex_unlock(&lock);
    return true;
}

// A record and its texts in one block.
static StoreRecord *copy_record(const StoreRecord *record) {
    size_t texts = record->event.length + record->decision.length;
    StoreRecord *copy = memory_new(sizeof *copy + texts);
    if (!copy) return NULL;
    *copy = *record;
    char *at = (char *)(copy + 1);
    if (record->event.length) memcpy(at, record->event.at, record->event.length);
    copy->event.at = at;
    at += record->event.length;
    if (record->decision.length) memcpy(at, record->decision.at, record->decision.length);
    copy->decision.at = at;
    copy->parts = NULL;
    copy->part_count = 0;
    return copy;
}

static bool make_room(Shelf *shelf, size_t count) {
    if (shelf->capacity - shelf->count >= count) return true;
    size_t capacity = shelf->capacity * 2 + count + 64;
    StoreRecord **records = memory_resize(shelf->records, capacity * sizeof *records);
    if (!records) return false;
    shelf->records = records;
    shelf->capacity = capacity;
    return true;
}

static bool part_put_locked(Shelf *shelf, const uint8_t hash[32], uint8_t class_number, Text bytes,
                            Status *status);

// The parts of all records, or none of those that are new.
static bool put_parts(Shelf *shelf, const StoreRecord *records, size_t count, Status *status) {
    Part *before = shelf->parts;
    bool well = true;
    for (size_t i = 0; i < count && well; i++)
        for (uint32_t p = 0; p < records[i].part_count && well; p++) {
            const StorePart *part = &records[i].parts[p];
            well = part_put_locked(shelf, part->hash, part->class_number, part->bytes, status);
        }
    while (!well && shelf->parts != before) { // the newest stand first
        Part *part = shelf->parts;
        shelf->parts = part->next;
        memory_free(part->bytes);
        memory_free(part);
    }
    return well;
}

static bool append_locked(Shelf *shelf, uint64_t expected, const StoreRecord *records, size_t count,
                          Status *status) {
    if (shelf->count != expected)
        return status_set(status, STATUS_CONFLICT, "the next record is number %zu and not \"%llu\"",
                          shelf->count, (unsigned long long)expected);
    if (!make_room(shelf, count)) return status_no_memory(status);
    size_t copied = 0;
    while (copied < count) {
        StoreRecord *copy = copy_record(&records[copied]);
        if (!copy) break;
        shelf->records[shelf->count + copied++] = copy;
    }
    bool parted = copied == count && put_parts(shelf, records, count, status);
    if (parted) {
        shelf->count += count;
        return true;
    }
    bool short_of_memory = copied < count;
    while (copied > 0)
        memory_free(shelf->records[shelf->count + --copied]);
    return short_of_memory && status_no_memory(status);
}

static bool append(Store *store, uint64_t expected, const StoreRecord *records, size_t count,
                   Status *status) {
    pthread_mutex_lock(&lock);
    bool done = append_locked(shelf_of(store), expected, records, count, status);
    pthread_mutex_unlock(&lock);
    return done;
}

static bool read_records(Store *store, uint64_t from, uint64_t count, StoreEach *each,
                         void *context, Status *status) {
    Shelf *shelf = shelf_of(store);
    for (uint64_t i = 0; i < count; i++) {
        pthread_mutex_lock(&lock);
        const StoreRecord *record =
            from < shelf->count && i < shelf->count - from ? shelf->records[from + i] : NULL;
        pthread_mutex_unlock(&lock);
        if (!record) return true;
        if (!each(context, record, status)) return status->code == STATUS_OK;
    }
    return true;
}

static Part *part_find(Shelf *shelf, const uint8_t hash[32]) {
    Part *part = shelf->parts;
    while (part && memcmp(part->hash, hash, 32) != 0)
        part = part->next;
    return part;
}

static bool part_put_locked(Shelf *shelf, const uint8_t hash[32], uint8_t class_number, Text bytes,
                            Status *status) {
    Part *part = part_find(shelf, hash);
    if (part && part->erased) return status_set(status, STATUS_CONFLICT, "this part was erased");
    if (part) {
        if (part->class_number == class_number &&
            text_equal((Text){part->bytes, part->length}, bytes))
            return true;
        return status_set(status, STATUS_CONFLICT,
                          "this part is there already, and is another one");
    }
    part = memory_new_zero(1, sizeof *part);
    char *copy = copy_bytes(bytes.at, bytes.length);
    if (!part || !copy) {
        memory_free(part);
        memory_free(copy);
        return status_no_memory(status);
    }
    *part = (Part){
        .next = shelf->parts, .class_number = class_number, .length = bytes.length, .bytes = copy};
    memcpy(part->hash, hash, 32);
    shelf->parts = part;
    return true;
}

static bool part_put(Store *store, const uint8_t hash[32], uint8_t class_number, Text bytes,
                     Status *status) {
    pthread_mutex_lock(&lock);
    bool done = part_put_locked(shelf_of(store), hash, class_number, bytes, status);
    pthread_mutex_unlock(&lock);
    return done;
}

static bool give_bytes(const char *at, size_t length, Arena *arena, Text *bytes, Status *status) {
    char *copy = arena_copy(arena, at, length);
    if (!copy) return status_no_memory(status);
    *bytes = (Text){copy, length};
    return true;
}

static bool part_get(Store *store, const uint8_t hash[32], Arena *arena, Text *bytes,
                     Status *status) {
    pthread_mutex_lock(&lock);
    const Part *part = part_find(shelf_of(store), hash);
    bool done;
    if (!part) {
        done = status_set(status, STATUS_NOT_FOUND, "no part with this hash");
    } else if (part->erased) {
        done = status_set(status, STATUS_NOT_FOUND, "this part was erased");
    } else {
        done = give_bytes(part->bytes, part->length, arena, bytes, status);
    }
    pthread_mutex_unlock(&lock);
    return done;
}

static bool part_erase(Store *store, const uint8_t hash[32], Status *status) {
    pthread_mutex_lock(&lock);
    Part *part = part_find(shelf_of(store), hash);
    bool done = part != NULL || status_set(status, STATUS_NOT_FOUND, "no part with this hash");
    if (part && !part->erased) {
        explicit_bzero(part->bytes, part->length);
        memory_free(part->bytes);
        part->bytes = NULL;
        part->length = 0;
        part->erased = true;
    }
    pthread_mutex_unlock(&lock);
    return done;
}

static bool each_part(Store *store, StorePartEach *each, void *context, Status *status) {
    Shelf *shelf = shelf_of(store);
    const Part *last = NULL;
    for (;;) {
        // A memory store is small: the next is found by looking.
        pthread_mutex_lock(&lock);
        const Part *next = NULL;
        for (const Part *part = shelf->parts; part; part = part->next)
            if ((!last || memcmp(part->hash, last->hash, 32) > 0) &&
                (!next || memcmp(part->hash, next->hash, 32) < 0))
                next = part;
        pthread_mutex_unlock(&lock);
        if (!next) return true;
        StorePart part = {.class_number = next->class_number,
                          .erased = next->erased,
                          .bytes = {next->erased ? "" : next->bytes, next->length}};
        memcpy(part.hash, next->hash, sizeof part.hash);
        if (!each(context, &part, status)) return status->code == STATUS_OK;
        last = next;
    }
}

static Named **named_find(Named **link, Text name) {
    while (*link && !text_equal((Text){(*link)->name, (*link)->name_length}, name))
        link = &(*link)->next;
    return link;
}

static bool named_put_locked(Named **list, Text name, Text bytes, Status *status) {
    Named *named = *named_find(list, name);
    char *copy = copy_bytes(bytes.at, bytes.length);
    if (!copy) return status_no_memory(status);
    if (!named) {
        named = memory_new_zero(1, sizeof *named);
        char *key = copy_bytes(name.at, name.length);
        if (!named || !key) {
            memory_free(named);
            memory_free(key);
            memory_free(copy);
            return status_no_memory(status);
        }
        named->name = key;
        named->name_length = name.length;
        named->next = *list;
        *list = named;
    }
    memory_free(named->bytes);
    named->bytes = copy;
    named->length = bytes.length;
    return true;
}

static bool named_put(Named **list, Text name, Text bytes, Status *status) {
    pthread_mutex_lock(&lock);
    bool done = named_put_locked(list, name, bytes, status);
    pthread_mutex_unlock(&lock);
    return done;
}

static bool named_get(Named **list, const char *kind, Text name, Arena *arena, Text *bytes,
                      Status *status) {
    pthread_mutex_lock(&lock);
    const Named *named = *named_find(list, name);
    bool done = named
                    ? give_bytes(named->bytes, named->length, arena, bytes, status)
                    : status_set(status, STATUS_NOT_FOUND, "no %s \"%.*s\"", kind, TEXT_ARG(name));
    pthread_mutex_unlock(&lock);
    return done;
}

static bool cache_put(Store *store, Text name, Text bytes, Status *status) {
    return named_put(&shelf_of(store)->caches, name, bytes, status);
}

static bool cache_get(Store *store, Text name, Arena *arena, Text *bytes, Status *status) {
    return named_get(&shelf_of(store)->caches, "cache", name, arena, bytes, status);
}

static bool named_drop(Named **list, Text name) {
    pthread_mutex_lock(&lock);
    Named **link = named_find(list, name);
    Named *named = *link;
    if (named) {
        *link = named->next;
        named->next = NULL;
    }
    pthread_mutex_unlock(&lock);
    free_named(named);
    return true;
}

static bool cache_drop(Store *store, Text name, Status *status) {
    (void)status;
    return named_drop(&shelf_of(store)->caches, name);
}

static bool setting_drop(Store *store, Text name, Status *status) {
    (void)status;
    return named_drop(&shelf_of(store)->settings, name);
}

static bool setting_put(Store *store, Text name, Text value, Status *status) {
    return named_put(&shelf_of(store)->settings, name, value, status);
}

static bool setting_get(Store *store, Text name, Arena *arena, Text *value, Status *status) {
    return named_get(&shelf_of(store)->settings, "setting", name, arena, value, status);
}

static bool nothing_to_do(Store *store, Status *status) {
    (void)store;
    (void)status;
    return true;
}

const StoreDriver store_memory = {
    .open = open_store,
    .close = close_store,
    .next = next_number,
    .append = append,
    .read = read_records,
    .part_put = part_put,
    .part_get = part_get,
    .part_erase = part_erase,
    .parts = each_part,
    .cache_put = cache_put,
    .cache_get = cache_get,
    .cache_drop = cache_drop,
    .setting_put = setting_put,
    .setting_get = setting_get,
    .setting_drop = setting_drop,
    .check = nothing_to_do,
    .tidy = nothing_to_do,
};
