// Public keys by their SHA-256, the name under which signatures call them. What stands here was
// hashed here, so an entry can be of no use but never wrong: whether a key may sign is the book's
// to decide. The intake adds the keys of `key` events as they pass, since a signed event may follow
// before the first is decided; those are bounded, and what the book has recorded is not.
#pragma once
#include "book/book.h"
#include "log/signature.h"

typedef struct KeyRing KeyRing;

MUST_CHECK KeyRing *ring_new(Status *status);
void ring_free(KeyRing *ring); // takes null
// Adds all keys of the book; adding again is well.
MUST_CHECK bool ring_fill(KeyRing *ring, const Book *book, Status *status);
// Adds the key of a `key` event on its way, while there is room for such; false only for want of
// memory.
MUST_CHECK bool ring_expect(KeyRing *ring, const Event *event, Status *status);
// It is recorded: from here on it counts as the book's.
void ring_confirm(KeyRing *ring, const Event *event);
// May be called from any thread, as all of them.
bool ring_find(KeyRing *ring, const Hash *name, uint8_t public_key[ED25519_KEY_BYTES]);
