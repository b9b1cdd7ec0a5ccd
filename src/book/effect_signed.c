// Effects of identity: under which key a record is signed.
#include "book/effect_read.h"

bool apply_signed(Applying *a, Reader *r, Status *status) {
    uint32_t key = read_u32(r);
    if (r->failed || !is_row(a->book, TABLE_KEY, key)) return misfit(status, "signed");
    a->key = key;
    return true;
}
