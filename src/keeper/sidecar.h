// What is kept beside a book, outside its database: the log key (BOOK.key, for its owner's eyes
// only) and the last signed checkpoint (BOOK.checkpoint), by which a database that was cut or
// changed is noticed. A file is written beside, synced and renamed, so that there is always a whole
// one. A store in memory keeps both in its settings: there they protect nothing, and nothing lasts.
#pragma once
#include "base/buffer.h"
#include "log/key.h"
#include "store/store.h"

typedef struct Sidecar {
    const char *name; // of the book, borrowed
    Store *memory;    // null for a book in a file
} Sidecar;

Sidecar sidecar_of(const char *name, Store *store);
// Refuses to write over a key.
MUST_CHECK bool sidecar_key_write(const Sidecar *sidecar, const SignerKey *key, Status *status);
// A log key in the form of BOOK.key, from any file that others cannot read.
MUST_CHECK bool sidecar_key_read_file(const char *path, SignerKey *key, Status *status);
// STATUS_NOT_FOUND when there is none.
MUST_CHECK bool sidecar_key_read(const Sidecar *sidecar, SignerKey *key, Status *status);
MUST_CHECK bool sidecar_checkpoint_write(const Sidecar *sidecar, Text note, Status *status);
// Appends it; STATUS_NOT_FOUND when there is none.
MUST_CHECK bool sidecar_checkpoint_read(const Sidecar *sidecar, Buffer *note, Status *status);
