// Effects that say something of the record itself.
#include "book/effect_read.h"

bool apply_signed(Applying *a, Reader *r, Status *status) {
    uint32_t key = read_u32(r);
    if (r->failed || !is_row(a->book, TABLE_KEY, key)) return misfit(status, "signed");
    a->key = key;
    return true;
}

bool apply_supersedes(Applying *a, Reader *r, Status *status) {
    uint64_t seq = read_u64(r);
    if (r->failed || seq == 0 || seq >= book_count(a->book, TABLE_RECORD))
        return misfit(status, "supersedes");
    a->supersedes = (uint32_t)seq;
    return true;
}
