// What a book asks of others (book.h, BookOutside).
#include "codec/event_decode.h"
#include "keeper/load.h"
#include "log/sha256.h"

#include <string.h>

static void hash_bytes(Text bytes, uint8_t hash[32]) {
    Hash of = sha256_of(bytes.at, bytes.length);
    memcpy(hash, of.bytes, sizeof of.bytes);
}

static const BookOutside keeper_outside = {event_decode, hash_bytes};

Book *keeper_book_new(const uint8_t hash_key[16], Status *status) {
    Book *book = book_new(hash_key, status);
    if (book) book_outside(book, &keeper_outside);
    return book;
}
