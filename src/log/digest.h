// The digest: one hash of all that the book knows, to compare books that were replayed on other
// machines or from other stores. Frozen: docs/format.md, "Digest scheme". Unlike the stored formats
// it is little-endian throughout:
//     leaf   = SHA-256(00 || "ytterby/book/1" || 00 || table u16 || chunk u32 || n u32 || rows)
//     root   = RFC 6962 tree over the leaves, by table, then chunk; empty tables have none
//     digest = SHA-256("ytterby/digest/1" || 00 || version u16 || size u64 || root)
// A Digest keeps one leaf hash a chunk of up to 4,096 rows, so only dirty chunks are hashed again.
// What stands in a table is the book's affair (docs/format.md, "Digest tables").
#pragma once
#include "base/status.h"
#include "log/sha256.h"

enum { DIGEST_ROWS_MAX = 4096, DIGEST_TABLES_MAX = 256 };

typedef struct Digest Digest;

typedef struct DigestChunk {
    uint16_t table; // below DIGEST_TABLES_MAX
    uint32_t chunk; // rows chunk * 4096 and on
    uint32_t rows;  // 1 to 4096; only the last chunk of a table has fewer
} DigestChunk;

MUST_CHECK Digest *digest_new(Status *status);
void digest_free(Digest *digest);
// Sets the leaf of a chunk, new or changed: a new one must be the next of its table.
MUST_CHECK bool digest_chunk(Digest *digest, const DigestChunk *chunk, Text rows, Status *status);
// Makes `chunks` chunks of a table be there, each of which is to be set before the root is asked
// for: then several threads may set them at once, each a chunk of its own.
MUST_CHECK bool digest_reserve(Digest *digest, uint16_t table, uint32_t chunks, Status *status);
// Keeps the first `chunks` chunks of a table and forgets the others (rewind).
void digest_cut(Digest *digest, uint16_t table, uint32_t chunks);
uint32_t digest_chunks(const Digest *digest, uint16_t table);
// `version` of the tables' description, `size` of the log: how many records made this book.
Hash digest_root(const Digest *digest, uint16_t version, uint64_t size);
