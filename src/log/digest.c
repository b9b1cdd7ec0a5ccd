#include "log/digest.h"
#include "base/memory.h"
#include "log/tree.h"
#include <assert.h>
#include <string.h>

typedef struct DigestTable {
    Hash *leaves;
    uint32_t count, capacity;
} DigestTable;

struct Digest {
    DigestTable tables[DIGEST_TABLES_MAX];
};

Digest *digest_new(Status *status) {
    Digest *digest = memory_new_zero(1, sizeof *digest);
    if (!digest) status_no_memory(status);
    return digest;
}

void digest_free(Digest *digest) {
    if (!digest) return;
    for (int i = 0; i < DIGEST_TABLES_MAX; i++)
        memory_free(digest->tables[i].leaves);
    memory_free(digest);
}

static void put_little(uint8_t *at, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static Hash leaf_hash(const DigestChunk *chunk, Text rows) {
    static const char prefix[] = "\x00ytterby/book/1"; // and the zero byte that ends it in C
    uint8_t header[10];
    put_little(header, chunk->table, 2);
    put_little(header + 2, chunk->chunk, 4);
    put_little(header + 6, chunk->rows, 4);
    Sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, prefix, sizeof prefix);
    sha256_update(&sha, header, sizeof header);
    sha256_update(&sha, rows.at, rows.length);
    return sha256_final(&sha);
}

static bool make_room(DigestTable *table, uint32_t chunks, Status *status) {
    if (chunks <= table->capacity) return true;
    uint32_t capacity = table->capacity * 2 < 16 ? 16 : table->capacity * 2;
    if (capacity < chunks) capacity = chunks;
    Hash *leaves = memory_resize(table->leaves, capacity * sizeof *leaves);
    if (!leaves) return status_no_memory(status);
    table->leaves = leaves;
    table->capacity = capacity;
    return true;
}

bool digest_reserve(Digest *digest, uint16_t table, uint32_t chunks, Status *status) {
    assert(table < DIGEST_TABLES_MAX);
    DigestTable *at = &digest->tables[table];
    if (chunks <= at->count) return true;
    if (!make_room(at, chunks, status)) return false;
    memset(at->leaves + at->count, 0, (chunks - at->count) * sizeof *at->leaves);
    at->count = chunks;
    return true;
}

bool digest_chunk(Digest *digest, const DigestChunk *chunk, Text rows, Status *status) {
    assert(chunk->table < DIGEST_TABLES_MAX);
    assert(chunk->rows >= 1 && chunk->rows <= DIGEST_ROWS_MAX);
    DigestTable *table = &digest->tables[chunk->table];
    assert(chunk->chunk <= table->count);
    if (chunk->chunk == table->count) {
        if (!make_room(table, chunk->chunk + 1, status)) return false;
        table->count++;
    }
    table->leaves[chunk->chunk] = leaf_hash(chunk, rows);
    return true;
}

void digest_cut(Digest *digest, uint16_t table, uint32_t chunks) {
    assert(table < DIGEST_TABLES_MAX);
    if (chunks < digest->tables[table].count) digest->tables[table].count = chunks;
}

uint32_t digest_chunks(const Digest *digest, uint16_t table) {
    assert(table < DIGEST_TABLES_MAX);
    return digest->tables[table].count;
}

Hash digest_root(const Digest *digest, uint16_t version, uint64_t size) {
    TreeFrontier frontier;
    frontier_init(&frontier);
    for (int i = 0; i < DIGEST_TABLES_MAX; i++)
        for (uint32_t chunk = 0; chunk < digest->tables[i].count; chunk++)
            frontier_append(&frontier, &digest->tables[i].leaves[chunk]);
    Hash root = frontier_root(&frontier);
    static const char prefix[] = "ytterby/digest/1"; // and the zero byte that ends it in C
    uint8_t header[10];
    put_little(header, version, 2);
    put_little(header + 2, size, 8);
    Sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, prefix, sizeof prefix);
    sha256_update(&sha, header, sizeof header);
    sha256_update(&sha, root.bytes, HASH_BYTES);
    return sha256_final(&sha);
}
