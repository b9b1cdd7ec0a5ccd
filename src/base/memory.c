// The C library's allocator behind a counter. The counter only runs once a test has asked for it,
// so that a server's threads do not share a cache line for nothing.
#include "base/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

static atomic_bool watching;
static atomic_ulong requests;
static atomic_bool failed;
// The number to fail at, shifted left by one, with `for_good` in the lowest bit: one word, so that
// no thread can see half of a change.
static atomic_ulong fail_at;

void memory_fail_at(unsigned long nth, bool for_good) {
    atomic_store(&fail_at, 0);
    atomic_store(&requests, 0);
    atomic_store(&failed, false);
    atomic_store(&fail_at, nth << 1 | (unsigned long)for_good);
    atomic_store(&watching, true);
}

unsigned long memory_requests(void) {
    return atomic_load(&requests);
}

bool memory_has_failed(void) {
    return atomic_load(&failed);
}

static bool must_fail(void) {
    if (!atomic_load_explicit(&watching, memory_order_relaxed)) return false;
    unsigned long number = atomic_fetch_add(&requests, 1) + 1;
    unsigned long rule = atomic_load(&fail_at);
    unsigned long nth = rule >> 1;
    if (nth == 0 || number < nth || (number > nth && !(rule & 1))) return false;
    atomic_store(&failed, true);
    return true;
}

void *memory_new(size_t size) {
    if (must_fail()) return NULL;
    return malloc(size ? size : 1);
}

void *memory_new_zero(size_t count, size_t size) {
    if (must_fail()) return NULL;
    size_t whole;
    // calloc checks the product too, but a sanitizer's calloc ends the program instead of saying
    // no.
    if (__builtin_mul_overflow(count, size, &whole) || whole > PTRDIFF_MAX) return NULL;
    return calloc(1, whole ? whole : 1);
}

void *memory_resize(void *block, size_t size) {
    if (must_fail()) return NULL;
    return realloc(block, size ? size : 1);
}

void *memory_new_large(size_t size, size_t small_first) {
    if (size <= small_first || size - small_first < MEMORY_LARGE) return memory_new(size);
    if (must_fail()) return NULL;
    void *block = NULL;
    if (size > PTRDIFF_MAX || posix_memalign(&block, MEMORY_LARGE, size) != 0) return NULL;
    // Advice only: what cannot be had in large pages comes in small ones.
    (void)madvise((char *)block + small_first, size - small_first, MADV_HUGEPAGE);
    return block;
}

void *memory_new_sparse(size_t count, size_t size) {
    if (must_fail()) return NULL;
    size_t whole;
    if (__builtin_mul_overflow(count, size, &whole) || whole > PTRDIFF_MAX) return NULL;
    void *block = mmap(NULL, whole ? whole : 1, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return block == MAP_FAILED ? NULL : block;
}

void memory_free_sparse(void *block, size_t count, size_t size) {
    size_t whole = count * size;
    if (block) (void)munmap(block, whole > 0 ? whole : 1);
}

void memory_free(void *block) {
    free(block);
}
