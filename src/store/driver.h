// What one kind of database gives to store.c: the functions of store.h, and nothing shared below
// them. Private to this folder.
#pragma once
#include "store/store.h"

typedef struct StoreDriver {
    Store *(*open)(const char *name, StoreMode mode, Status *status);
    void (*close)(Store *store);
    bool (*next)(Store *store, uint64_t *next, Status *status);
    bool (*append)(Store *store, uint64_t expected, const StoreRecord *records, size_t count,
                   Status *status);
    bool (*read)(Store *store, uint64_t from, uint64_t count, StoreEach *each, void *context,
                 Status *status);
    bool (*part_put)(Store *store, const uint8_t hash[32], uint8_t class_number, Text bytes,
                     Status *status);
    bool (*part_get)(Store *store, const uint8_t hash[32], Arena *arena, Text *bytes,
                     Status *status);
    bool (*part_erase)(Store *store, const uint8_t hash[32], Status *status);
    bool (*parts)(Store *store, StorePartEach *each, void *context, Status *status);
    bool (*cache_put)(Store *store, Text name, Text bytes, Status *status);
    bool (*cache_get)(Store *store, Text name, Arena *arena, Text *bytes, Status *status);
    bool (*cache_drop)(Store *store, Text name, Status *status);
    bool (*setting_put)(Store *store, Text name, Text value, Status *status);
    bool (*setting_get)(Store *store, Text name, Arena *arena, Text *value, Status *status);
    bool (*setting_drop)(Store *store, Text name, Status *status);
    bool (*check)(Store *store, Status *status);
    bool (*tidy)(Store *store, Status *status);
} StoreDriver;

// Each driver's own store begins with this.
struct Store {
    const StoreDriver *driver;
    StoreMode mode;
    // A commit failed: what is in the database is unknown until it is opened and read again.
    bool in_doubt;
    bool was_full; // the last append failed for want of room
};

extern const StoreDriver store_sqlite;
extern const StoreDriver store_memory;
