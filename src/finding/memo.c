#include "finding/memo.h"

#include "base/intern.h"
#include "base/memory.h"
#include "quantity/component.h"
#include <stdlib.h>
#include <string.h>

struct FindingMemo {
    FindingKnown *known; // by digest
    size_t count, judged, met;
};

FindingMemo *finding_memo_new(void) {
    return memory_new_zero(1, sizeof(FindingMemo));
}

void finding_memo_free(FindingMemo *memo) {
    if (!memo) return;
    memory_free(memo->known);
    memory_free(memo);
}

static int by_digest(const void *a, const void *b) {
    const FindingKnown *x = a, *y = b;
    return x->digest < y->digest ? -1 : x->digest > y->digest;
}

const FindingKnown *finding_memo_find(const FindingMemo *memo, uint64_t digest) {
    FindingKnown wanted = {.digest = digest};
    if (memo->count == 0) return NULL;
    return bsearch(&wanted, memo->known, memo->count, sizeof wanted, by_digest);
}

void finding_memo_keep(FindingMemo *memo, const FindingKnown *known, size_t count) {
    FindingKnown *kept = count ? memory_new_zero(count, sizeof *kept) : NULL;
    memory_free(memo->known);
    memo->known = kept;
    memo->count = kept ? count : 0;
    if (!kept) return;
    memcpy(kept, known, count * sizeof *kept);
    qsort(kept, count, sizeof *kept, by_digest);
}

void finding_memo_counts(const FindingMemo *memo, size_t *judged, size_t *known) {
    *judged = memo->judged;
    *known = memo->met;
}

void finding_memo_count(FindingMemo *memo, size_t judged, size_t known) {
    memo->judged = judged;
    memo->met = known;
}

// ---- digests ----

// Words in blocks, each hashed with the hash of those before it. The key need not be secret: who
// can choose figures gains nothing by making two facilities alike, for the digest has all of them.
enum { WORDS = 512 };
typedef struct Digest {
    uint64_t word[WORDS]; // the first: the hash so far
    size_t count;
} Digest;

static void digest_begin(Digest *d) {
    d->word[0] = 0;
    d->count = 1;
}

static uint64_t digest_end(Digest *d) {
    static const uint8_t key[16] = "ytterby/memo";
    d->word[0] = siphash(key, d->word, d->count * sizeof *d->word);
    d->count = 1;
    return d->word[0];
}

static void put(Digest *d, uint64_t word) {
    if (d->count == WORDS) (void)digest_end(d);
    d->word[d->count++] = word;
}

static void put_double(Digest *d, double value) {
    uint64_t word;
    memcpy(&word, &value, sizeof word);
    put(d, word);
}

static void put_doubles(Digest *d, const double *values, size_t count) {
    put(d, count);
    for (size_t i = 0; i < count; i++)
        put_double(d, values[i]);
}

static void put_text(Digest *d, Text text) {
    put(d, text.length);
    for (size_t i = 0; i < text.length; i += 8) {
        uint64_t word = 0;
        memcpy(&word, text.at + i, text.length - i < 8 ? text.length - i : 8);
        put(d, word);
    }
}

uint64_t finding_ores_digest(const FindingOre *ores, size_t count) {
    Digest d;
    digest_begin(&d);
    for (size_t i = 0; i < count; i++) {
        put_text(&d, ores[i].name);
        put_doubles(&d, ores[i].share, COMPONENT_COUNT);
    }
    return digest_end(&d);
}

static void put_crossing(Digest *d, const BookCrossings *all, const BookCrossing *c,
                         uint32_t place) {
    put(d, (uint64_t)(c->from == place) << 63 | (uint64_t)c->month << 32 | c->mask);
    put_doubles(d, &all->kg[c->first_kg], 2 * (size_t)__builtin_popcount(c->mask));
    for (size_t t = 0; t < c->terms; t++) {
        const CrossingTerm *term = &all->term[c->first_term + t];
        const CrossingMeasure *m = &all->measure[term->measure];
        size_t count = (size_t)__builtin_popcount(m->mask);
        put(d, (uint64_t)m->measurement << 32 | m->group);
        put(d, (uint64_t)m->whole << 63 | m->mask);
        put_double(d, term->kg);
        put_doubles(d, &all->u[m->first], count);
        put_doubles(d, &all->s[m->first], count);
    }
}

uint64_t finding_digest(const FindingPlace *place, uint64_t ores) {
    Digest d;
    digest_begin(&d);
    const FacilityInput *in = place->input;
    const FacilityBalance *balance = place->balance;
    size_t n = in->components, periods = in->periods;
    put(&d, ores);
    put_text(&d, place->facility);
    put(&d, (uint64_t)place->first << 32 | n);
    for (size_t c = 0; c < n; c++)
        put(&d, place->component[c]);
    put(&d, balance->horizon);
    put_double(&d, balance->alpha);
    put_double(&d, balance->page_k);
    put_double(&d, balance->floor_kg);
    for (size_t f = 0; f < BALANCE_FLOWS; f++)
        put_doubles(&d, in->flow[f], n * periods);
    put_doubles(&d, in->stock, n * (periods + 1));
    for (size_t b = 0; in->taken && b <= periods; b++)
        put(&d, in->taken[b]);
    for (size_t i = 0; i < in->error_count; i++) {
        const BalanceError *e = &in->errors[i];
        put(&d, (uint64_t)e->component << 32 | e->period);
        put(&d, (uint64_t)e->measurement << 32 | e->group);
        put(&d, e->whole);
        put_double(&d, e->mass);
        put_double(&d, e->u);
        put_double(&d, e->s);
    }
    const BookCrossings *all = place->crossings;
    for (size_t i = 0; all && i < all->count; i++)
        if (all->crossing[i].from == place->number || all->crossing[i].to == place->number)
            put_crossing(&d, all, &all->crossing[i], place->number);
    return digest_end(&d);
}
