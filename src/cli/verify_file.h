// What `verify` says about a file that is no book: a proof, a checkpoint, evidence of a fork.
#pragma once
#include "base/buffer.h"

enum { VERIFY_FROM_BYTES_MAX = 160 << 20 };

// Whether the file is a book's, by its first bytes; a name of a store that is no file is one too.
bool verify_file_is_book(const char *path);
// Appends the signed checkpoint of `path`, which holds it alone or with a proof before it.
MUST_CHECK bool verify_from_read(const char *path, Buffer *note, Status *status);
// Whether it is a backup or an export, by its first bytes; and what it holds.
bool verify_file_is_lines(const char *path);
int verify_lines(const char *path, Text from);
// Checks it and says what it shows; the exit code. `from`: an older checkpoint that one in the file
// must not contradict, or empty.
int verify_a_file(const char *path, Text from);
