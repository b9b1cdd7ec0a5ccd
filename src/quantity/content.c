// Sums, differences and exact shares of contents, and their frozen bytes.
#include "quantity/content.h"

#include <assert.h>

void content_zero(Content *content) {
    *content = (Content){.whole = COMPONENT_MASK};
}

bool content_add(const Content *a, const Content *b, Content *sum) {
    Content made = {.stated = a->stated | b->stated,
                    .whole = a->whole & b->whole,
                    .below = a->below | b->below};
    bool over = __builtin_add_overflow(a->dry, b->dry, &made.dry);
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        over |= __builtin_add_overflow(a->mg[c], b->mg[c], &made.mg[c]);
        over |= __builtin_add_overflow(a->bound[c], b->bound[c], &made.bound[c]);
    }
    if (over) return false;
    *sum = made;
    return true;
}

bool content_sub(const Content *whole, const Content *part, Content *left) {
    Content made = {.stated = whole->stated, .whole = whole->whole, .below = whole->below};
    bool below_zero = __builtin_sub_overflow(whole->dry, part->dry, &made.dry) || made.dry < 0;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        below_zero |= __builtin_sub_overflow(whole->mg[c], part->mg[c], &made.mg[c]);
        below_zero |= __builtin_sub_overflow(whole->bound[c], part->bound[c], &made.bound[c]);
        below_zero |= made.mg[c] < 0 || made.bound[c] < 0;
    }
    if (below_zero) return false;
    *left = made;
    return true;
}

bool content_equal(const Content *a, const Content *b) {
    return a->stated == b->stated && a->whole == b->whole && a->below == b->below &&
           a->dry == b->dry && memcmp(a->mg, b->mg, sizeof a->mg) == 0 &&
           memcmp(a->bound, b->bound, sizeof a->bound) == 0;
}

bool content_is_empty(const Content *content) {
    int64_t any = content->dry;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        any |= content->mg[c] | content->bound[c];
    return any == 0;
}

int64_t share_even(int64_t start, int64_t start_net, int64_t taken_after, int64_t taken_before) {
    assert(start_net > 0);
    assert(taken_after >= 0 && taken_after <= start_net);
    int64_t due = 0;
    bool fits = i64_muldiv_even(start, taken_after, start_net, &due);
    assert(fits); // at most `start`, since no more is taken than was there
    return due - taken_before;
}

void content_share(const Content *start, int64_t start_net, int64_t taken_after,
                   const Content *taken_before, Content *part) {
    Content made = {.stated = start->stated, .whole = start->whole, .below = start->below};
    made.dry = share_even(start->dry, start_net, taken_after, taken_before->dry);
    for (uint64_t left = start->stated; left; left &= left - 1) {
        int c = __builtin_ctzll(left);
        made.mg[c] = share_even(start->mg[c], start_net, taken_after, taken_before->mg[c]);
    }
    for (uint64_t left = start->below; left; left &= left - 1) {
        int c = __builtin_ctzll(left);
        made.bound[c] = share_even(start->bound[c], start_net, taken_after, taken_before->bound[c]);
    }
    *part = made;
}

bool content_write(Buffer *out, const Content *content) {
    size_t numbers =
        4 + (size_t)(__builtin_popcountll(content->stated) + __builtin_popcountll(content->below));
    uint8_t *at = buffer_claim(out, numbers * 8);
    if (!at) return false;
    bytes_put_u64(at, content->stated);
    bytes_put_u64(at + 8, content->whole);
    bytes_put_u64(at + 16, content->below);
    bytes_put_u64(at + 24, (uint64_t)content->dry);
    at += 32;
    for (uint64_t left = content->stated; left; left &= left - 1, at += 8)
        bytes_put_u64(at, (uint64_t)content->mg[__builtin_ctzll(left)]);
    for (uint64_t left = content->below; left; left &= left - 1, at += 8)
        bytes_put_u64(at, (uint64_t)content->bound[__builtin_ctzll(left)]);
    return true;
}

bool content_read(Reader *reader, Content *content) {
    const uint8_t *at = read_bytes(reader, 32);
    if (!at) return false;
    uint64_t stated = bytes_get_u64(at), whole = bytes_get_u64(at + 8),
             below = bytes_get_u64(at + 16);
    int64_t dry = (int64_t)bytes_get_u64(at + 24), signs = dry;
    if ((stated | whole | below) & ~COMPONENT_MASK) return false;
    at = read_bytes(reader,
                    8 * (size_t)(__builtin_popcountll(stated) + __builtin_popcountll(below)));
    if (!at) return false;
    Content made = {.stated = stated, .whole = whole, .below = below, .dry = dry};
    for (uint64_t left = stated; left; left &= left - 1, at += 8)
        signs |= made.mg[__builtin_ctzll(left)] = (int64_t)bytes_get_u64(at);
    for (uint64_t left = below; left; left &= left - 1, at += 8)
        signs |= made.bound[__builtin_ctzll(left)] = (int64_t)bytes_get_u64(at);
    if (signs < 0) return false; // one of them is negative
    *content = made;
    return true;
}
