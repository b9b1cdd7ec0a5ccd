// What the line formats of C2SP share: lines, sizes and hashes in text, each with one spelling.
#pragma once
#include "base/buffer.h"
#include "log/tree.h"

// Takes the first line off `rest`, without its LF; false when no LF is there.
bool line_take(Text *rest, Text *line);
// Decimal without sign or leading zeros, at most TREE_SIZE_MAX.
bool line_number(Text text, uint64_t *number);
// base64 of exactly 32 bytes.
bool line_hash(Text text, Hash *hash);
bool line_hash_write(const Hash *hash, Buffer *out);
