#include "book/effect_read.h"

bool effect_apply(Applying *a, EffectKind kind, const uint8_t *body, size_t length,
                  Status *status) {
    Reader reader = reader_of(body, length), *r = &reader;
    bool well = false;
    switch (kind) {
#define EFFECT(number, suffix, name, what)                                                         \
    case EFFECT_##suffix:                                                                          \
        well = apply_##name(a, r, status);                                                         \
        break;
#include "book/effect.def"
#undef EFFECT
    case EFFECT_NONE:
    case EFFECT_KIND_COUNT:
    default:
        break;
    }
    if (well && !reader.failed && reader_left(r) == 0) return true;
    if (well || !status || status->code == STATUS_OK)
        status_set(status, STATUS_CORRUPT, "effect %s of record %llu does not fit the book",
                   effect_name(kind), (unsigned long long)a->seq);
    return false;
}

const char *effect_name(unsigned kind) {
    switch (kind) {
#define EFFECT(number, suffix, name, what)                                                         \
    case number:                                                                                   \
        return #name;
#include "book/effect.def"
#undef EFFECT
    default:
        return "of no kind";
    }
}
