// Text to dense numbers: each text is kept once and gets the next number.
// The table of hashes is keyed (SipHash-1-3), so that chosen ids cannot make it slow; nothing
// outside ever depends on the order of hashes. Numbers and texts can be cut off again (rewind).
#pragma once
#include "base/rows.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Intern Intern;

MUST_CHECK Intern *intern_new(const uint8_t key[16], Status *status);
void intern_free(Intern *intern);
uint32_t intern_count(const Intern *intern);
// The number of a text, or ROW_NONE.
uint32_t intern_find(const Intern *intern, Text text);
// The text of a number; borrowed, good for the life of the table.
Text intern_text(const Intern *intern, uint32_t number);
// Makes room for `texts` more of `bytes` in all, counted from now: not added to earlier room.
MUST_CHECK bool intern_reserve(Intern *intern, uint32_t texts, size_t bytes, Status *status);
// The number of a text, new or old. Room must have been reserved: it cannot fail.
uint32_t intern_put(Intern *intern, Text text);
// Forgets all numbers from `count` on. Room that was reserved stays.
void intern_cut(Intern *intern, uint32_t count);
// Warms the cache line that intern_find(text) will look at.
void intern_prefetch(const Intern *intern, Text text);

// SipHash-2-4 and, for tables, SipHash-1-3.
uint64_t siphash(const uint8_t key[16], const void *bytes, size_t length);
uint64_t siphash_table(const uint8_t key[16], const void *bytes, size_t length);
