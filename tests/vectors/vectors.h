// What the readers of known-answer files share: one file being read, its fields, its count of
// cases. A field that is missing or of another type counts as a failed case: a vector must not pass
// because nobody looked at it.
#pragma once
#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"
#include "codec/json.h"
#include "log/tree.h"

typedef struct Reading {
    Text bytes;  // of the file
    Json json;   // of the file, or of the line being read
    Arena arena; // for the file
    unsigned cases, failed;
    char failure[240]; // the first
    char remark[80];   // appended to the file's line
} Reading;

typedef void FileReader(Reading *reading);

// Counts one case; the words say which, should it be the first to fail.
void expect(Reading *reading, bool holds, const char *format, ...) PRINTF_LIKE(3, 4);
void fault(Reading *reading, const char *format, ...) PRINTF_LIKE(2, 3);

// Reads all bytes as one JSON value; false (and a fault) when they are not.
bool read_value(Reading *reading);
// Calls `each` for each line that holds a JSON value.
void read_lines(Reading *reading, void each(Reading *reading));

uint32_t field(Reading *reading, uint32_t object, const char *name);
bool has_field(Reading *reading, uint32_t object, const char *name);
Text string_of(Reading *reading, uint32_t token);
Text hex_of(Reading *reading, uint32_t token);
Text base64_of(Reading *reading, uint32_t token);
Text string_field(Reading *reading, uint32_t object, const char *name);
Text hex_field(Reading *reading, uint32_t object, const char *name);
Text base64_field(Reading *reading, uint32_t object, const char *name);
uint64_t number_field(Reading *reading, uint32_t object, const char *name);
bool bool_field(Reading *reading, uint32_t object, const char *name);
int int_field(Reading *reading, uint32_t object, const char *name);
bool is_hash(Text bytes, const Hash *hash);

// The tree that "leafRule" describes: leaf i is the text "ytterby/<i>," repeated (i mod 7) + 1
// times.
Text rule_leaf(uint64_t i, char out[256]);
Tree *rule_tree(uint64_t size);

FileReader read_ct_reference, read_trees, read_inclusion, read_consistency, read_reject,
    read_published_inclusion, read_published_consistency;
FileReader read_notes, read_vkeys_reject, read_checkpoints, read_cosignatures,
    read_published_examples, read_proofs, read_tiles, read_tile_paths;
FileReader read_wycheproof, read_cctv, read_ed25519_own;
FileReader read_sha256_own, read_jsontestsuite;
