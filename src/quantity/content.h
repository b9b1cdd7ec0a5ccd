// What a quantity of matter holds: milligrams of each component, not fractions, since a blend
// stored as fractions comes out grams wrong (frozen, docs/design.md section 3). Unknown is not zero
// (B2). Three masks over the components:
//   stated  some part stated a value; mg[c] is the sum of the stated values
//   whole   every part stated it (as a value or as below a limit): only these are tested for
//   creation below   some part was below a detection limit: it adds nothing to mg[c], and its limit
//   to bound[c]
// Always true: mg[c] == 0 where the stated bit is clear, bound[c] == 0 where the below bit is
// clear.
#pragma once
#include "base/buffer.h"
#include "quantity/component.h"
#include "quantity/factor.h"
#include "quantity/mass.h"

typedef struct Content {
    uint64_t stated, whole, below;
    int64_t dry; // dry mass, mg
    int64_t mg[COMPONENT_COUNT];
    int64_t bound[COMPONENT_COUNT];
} Content;

// A content of which nothing is known, with zero dry mass: the sum of no parts. `whole` has every
// component, since nothing is missing from nothing.
void content_zero(Content *content);
// sum = a + b: values, bounds and dry mass added, stated and below joined, whole intersected.
// False when a sum leaves 64 bits; nothing is written then. `sum` may be `a` or `b`.
MUST_CHECK bool content_add(const Content *a, const Content *b, Content *sum);
// left = whole - part, value by value; masks of `whole` are kept. False when one would go below
// zero.
MUST_CHECK bool content_sub(const Content *whole, const Content *part, Content *left);
bool content_equal(const Content *a, const Content *b);
// True when no value, bound or dry mass is other than zero.
bool content_is_empty(const Content *content);

// The running share (frozen): the part that belongs to the mass taken up to it, less what was taken
// before, rounded once, half to even, so that parts add up exactly:
//     part = even(start * taken_after / start_net) - taken_before
// start_net and `start`: mass and content when the running share began; taken_after: the net mass
// taken since, this part included; taken_before: the content taken since. start_net > 0, and
// taken_after is from 0 to start_net. The masks of a part are those of `start`.
void content_share(const Content *start, int64_t start_net, int64_t taken_after,
                   const Content *taken_before, Content *part);
// The same for one number.
int64_t share_even(int64_t start, int64_t start_net, int64_t taken_after, int64_t taken_before);

// The frozen bytes, big-endian: stated u64, whole u64, below u64, dry i64, an i64 for each stated
// bit, then a bound for each below bit, lowest bit first.
bool content_write(Buffer *out, const Content *content);
// False when the bytes are not such a content (an unknown bit, a negative value, too short).
bool content_read(Reader *reader, Content *content);
// REO of the stated rare earths.
static inline bool content_reo(const Content *content, const Factors *factors, Mass *reo) {
    return factors_reo(factors, content->stated, content->mg, reo);
}
