// The leaves of the chunks do not depend on each other: the caller's thread and some helpers take
// one after the other until none is left.
#include "keeper/digest_book.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { CHUNK_BYTES_MAX = 1 << 30 };
// A helper costs a thread: there is to be something to do for it.
enum { HELPERS_MAX = 7, CHUNKS_A_HELPER = 8 };
_Static_assert((int)BOOK_CHUNK_ROWS == (int)DIGEST_ROWS_MAX,
               "a chunk of the book is one of the digest");

typedef struct Digesting {
    const Book *book;
    Digest *digest;
    uint32_t before[BOOK_TABLE_COUNT + 2]; // chunks of the tables before this one
    atomic_uint taken;
    atomic_bool failed; // for want of memory; nothing else can
} Digesting;

static uint32_t chunks_of(const Book *book, unsigned table) {
    uint32_t rows = book_table_rows(book, table);
    return rows / BOOK_CHUNK_ROWS + (rows % BOOK_CHUNK_ROWS != 0);
}

static bool add_chunk(Digesting *digesting, unsigned table, uint32_t chunk, Buffer *rows) {
    uint32_t first = chunk * BOOK_CHUNK_ROWS,
             left = book_table_rows(digesting->book, table) - first;
    uint32_t here = left < BOOK_CHUNK_ROWS ? left : BOOK_CHUNK_ROWS;
    buffer_reset(rows);
    if (!book_table_write(digesting->book, table, first, here, rows)) return false;
    DigestChunk place = {.table = (uint16_t)table, .chunk = chunk, .rows = here};
    return digest_chunk(digesting->digest, &place, buffer_view(rows), NULL);
}

static void *add_chunks(void *context) {
    Digesting *digesting = context;
    Buffer rows;
    buffer_init(&rows, CHUNK_BYTES_MAX);
    unsigned table = 1;
    while (!atomic_load(&digesting->failed)) {
        uint32_t next = atomic_fetch_add(&digesting->taken, 1);
        while (table <= BOOK_TABLE_COUNT && next >= digesting->before[table + 1])
            table++;
        if (table > BOOK_TABLE_COUNT) break;
        if (!add_chunk(digesting, table, next - digesting->before[table], &rows))
            atomic_store(&digesting->failed, true);
    }
    buffer_done(&rows);
    return NULL;
}

static void add_tables(Digesting *digesting) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t useful = digesting->before[BOOK_TABLE_COUNT + 1] / CHUNKS_A_HELPER;
    pthread_t helpers[HELPERS_MAX];
    uint32_t count = 0;
    while (count < HELPERS_MAX && count < useful && count + 1 < processors &&
           pthread_create(&helpers[count], NULL, add_chunks, digesting) == 0)
        count++;
    add_chunks(digesting);
    while (count > 0)
        pthread_join(helpers[--count], NULL);
}

bool digest_book(const Book *book, Hash *out, Status *status) {
    Digesting digesting = {.book = book, .digest = digest_new(status)};
    if (!digesting.digest) return false;
    bool done = true;
    for (unsigned table = 1; done && table <= BOOK_TABLE_COUNT; table++) {
        uint32_t chunks = chunks_of(book, table);
        digesting.before[table + 1] = digesting.before[table] + chunks;
        done = digest_reserve(digesting.digest, (uint16_t)table, chunks, status);
    }
    if (done) {
        add_tables(&digesting);
        if (atomic_load(&digesting.failed)) done = status_no_memory(status);
    }
    if (done) *out = digest_root(digesting.digest, BOOK_DIGEST_VERSION, book_next(book));
    digest_free(digesting.digest);
    return done;
}
