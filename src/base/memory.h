// All memory of the program comes from here, so that a test can let the Nth request fail.
// Nothing here ends the program: a null result is the world's no, to be passed on in a Status.
#pragma once
#include <stdbool.h>
#include <stddef.h>

void *memory_new(size_t size);                    // not cleared; size 0 gives a valid pointer
void *memory_new_zero(size_t count, size_t size); // cleared; null when count * size overflows
void *memory_resize(void *block, size_t size);    // as realloc: on failure the old block stands
// For tables of megabytes that fill from the front, not cleared: the system is asked for large
// pages from `small_first` bytes on, since a page fault for every 4 KiB costs as much as what is
// written there.
void *memory_new_large(size_t size, size_t small_first);
enum { MEMORY_LARGE = 2 * 1024 * 1024 }; // the size of a large page
// Cleared, for tables of which only a part will be touched: no page is taken, nor cleared, before
// it is used. Null when it cannot be had.
void *memory_new_sparse(size_t count, size_t size);
void memory_free_sparse(void *block, size_t count, size_t size); // takes null
void memory_free(void *block);                                   // takes null

// For tests: the request number `nth` from now (1 is the next) fails; with `for_good` all later
// ones too. 0 switches failing off. Counts requests of all threads.
void memory_fail_at(unsigned long nth, bool for_good);
// How many requests were made since the last memory_fail_at(), and whether one was made to fail.
unsigned long memory_requests(void);
bool memory_has_failed(void);
