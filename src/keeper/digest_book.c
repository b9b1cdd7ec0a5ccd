#include "keeper/digest_book.h"

enum { CHUNK_BYTES_MAX = 1 << 30 };
_Static_assert((int)BOOK_CHUNK_ROWS == (int)DIGEST_ROWS_MAX,
               "a chunk of the book is one of the digest");

static bool add_table(const Book *book, unsigned table, Digest *digest, Buffer *rows,
                      Status *status) {
    uint32_t count = book_table_rows(book, table);
    for (uint32_t first = 0, chunk = 0; first < count; first += BOOK_CHUNK_ROWS, chunk++) {
        uint32_t here = count - first < BOOK_CHUNK_ROWS ? count - first : BOOK_CHUNK_ROWS;
        buffer_reset(rows);
        if (!book_table_write(book, table, first, here, rows)) return status_no_memory(status);
        DigestChunk place = {.table = (uint16_t)table, .chunk = chunk, .rows = here};
        if (!digest_chunk(digest, &place, buffer_view(rows), status)) return false;
    }
    return true;
}

bool digest_book(const Book *book, Hash *out, Status *status) {
    Digest *digest = digest_new(status);
    if (!digest) return false;
    Buffer rows;
    buffer_init(&rows, CHUNK_BYTES_MAX);
    bool done = true;
    for (unsigned table = 1; done && table <= BOOK_TABLE_COUNT; table++)
        done = add_table(book, table, digest, &rows, status);
    if (done) *out = digest_root(digest, BOOK_DIGEST_VERSION, book_next(book));
    buffer_done(&rows);
    digest_free(digest);
    return done;
}
