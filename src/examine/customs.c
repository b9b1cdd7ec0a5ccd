// What two countries' customs say of the same trade.
#include "examine/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "examine/uncertainty.h"
#include "numeric/distribution.h"

static int customs_compare(const void *a, const void *b) {
    const CustomsRow *x = a, *y = b;
    if (x->import != y->import) return x->import ? 1 : -1;
    int by_country = text_compare(x->country, y->country);
    if (by_country) return by_country;
    int by_code = text_compare(x->code, y->code);
    if (by_code) return by_code;
    return x->month < y->month ? -1 : x->month > y->month;
}

static bool same_month(const CustomsRow *a, const CustomsRow *b) {
    return !customs_compare(a, b);
}

// A month of which one declaration cannot be read is left out of its kind of trade.
static size_t drop_faulty(CustomsRow *c, size_t n) {
    size_t kept = 0;
    for (size_t i = 0, end; i < n; i = end) {
        bool faulty = c[i].faulty;
        for (end = i + 1; end < n && same_month(&c[i], &c[end]); end++)
            faulty |= c[end].faulty;
        for (size_t k = i; !faulty && k < end; k++)
            c[kept++] = c[k];
    }
    return kept;
}

bool compare_customs(const Returns *r, Arena *arena, ExamineFinding *list, size_t *count,
                     size_t room, size_t *tested, Status *status) {
    bool mirror = false, own = false;
    CustomsRow *c = arena_take_zero(arena, r->customs_rows + 1, sizeof *c);
    if (!c) return status_no_memory(status);
    if (r->customs_rows) memcpy(c, r->customs, r->customs_rows * sizeof *c);
    for (size_t i = 0; i < r->customs_rows; i++) {
        mirror |= c[i].mirror;
        own |= !c[i].mirror;
    }
    if (!mirror || !own) return true; // nothing to compare with
    qsort(c, r->customs_rows, sizeof *c, customs_compare);
    size_t rows = drop_faulty(c, r->customs_rows);
    for (size_t i = 0; i < rows;) {
        double ours = 0.0, theirs = 0.0, squares = 0.0, month = 0.0;
        size_t end = i;
        Month at = c[i].month;
        for (; end < rows && c[end].import == c[i].import &&
               text_equal(c[end].country, c[i].country) && text_equal(c[end].code, c[i].code);
             end++) {
            if (c[end].month != at) {
                squares += month * month;
                month = 0.0;
                at = c[end].month;
            }
            *(c[end].mirror ? &theirs : &ours) += c[end].kg;
            month += c[end].kg; // of both sides
        }
        squares += month * month;
        double gap = theirs - ours, sigma = CUSTOMS * sqrt(squares / 2.0) + 1.0;
        ++*tested;
        if (*count < room) {
            ExamineFinding *f = &list[*count];
            char *where = arena_format(arena, "%s %s %.*s", c[i].import ? "imports" : "exports",
                                       c[i].import ? "from" : "to", TEXT_ARG(c[i].country));
            char *says = arena_format(
                arena,
                "of goods under code %.*s our customs say that %.6g kg %s %.*s, theirs say %.6g kg",
                TEXT_ARG(c[i].code), ours, c[i].import ? "came from" : "went to",
                TEXT_ARG(c[i].country), theirs);
            char *inspect = arena_format(arena, "open the declarations under this code, and under "
                                                "those where the other side has as "
                                                "much less or more");
            if (!where || !says || !inspect) return status_no_memory(status);
            *f = (ExamineFinding){.kind = EXAMINE_CUSTOMS,
                                  .facility = UINT32_MAX,
                                  .where = text_of(where),
                                  .other = c[i].code,
                                  .from = c[i].month,
                                  .to = c[end - 1].month,
                                  .distance = fabs(gap) / sigma,
                                  .mass_kg = fabs(gap),
                                  .low_kg = fmax(0.0, fabs(gap) - INTERVAL * sigma),
                                  .high_kg = fabs(gap) + INTERVAL * sigma,
                                  .says = text_of(says),
                                  .inspect = text_of(inspect)};
            f->log_p = fmin(0.0, normal_two_sided_log(f->distance));
            ++*count;
        }
        i = end;
    }
    return true;
}

// ---- customs and facilities ----

typedef struct Crossing { // of one material, country and way, in a month
    bool import;
    Text material, country;
    Month month;
    double filed, declared;
    bool faulty;
} Crossing;

static int crossing_compare(const void *a, const void *b) {
    const Crossing *x = a, *y = b;
    if (x->import != y->import) return x->import ? 1 : -1;
    int by = text_compare(x->country, y->country);
    if (!by) by = text_compare(x->material, y->material);
    if (by) return by;
    return x->month < y->month ? -1 : x->month > y->month;
}

// "abroad KR", or the country alone if customs know it by that name.
static Text country_of(const Returns *r, Text partner) {
    Text before, after;
    if (text_split(partner, ' ', &before, &after) && text_equal(before, TEXT("abroad")))
        return after;
    for (size_t i = 0; i < r->customs_rows; i++)
        if (text_equal(r->customs[i].country, partner)) return partner;
    return (Text){"", 0};
}

static size_t crossings_of(const Returns *r, Crossing *c) {
    size_t n = 0;
    for (size_t i = 0; i < r->customs_rows; i++) {
        const CustomsRow *row = &r->customs[i];
        if (row->mirror || !row->material.length) continue;
        c[n++] = (Crossing){row->import, row->material, row->country, row->month,
                            0.0,         row->kg,       row->faulty};
    }
    if (!n) return 0;
    for (size_t i = 0; i < r->partners; i++) {
        const PartnerRow *row = &r->partner[i];
        Text country =
            row->partner_facility == UINT32_MAX ? country_of(r, row->partner) : (Text){0};
        if (!country.length) continue;
        Text material = r->material[row->material];
        if (row->received > 0.0 || row->faulty)
            c[n++] =
                (Crossing){true, material, country, row->month, row->received, 0.0, row->faulty};
        if (row->shipped > 0.0 || row->faulty)
            c[n++] =
                (Crossing){false, material, country, row->month, row->shipped, 0.0, row->faulty};
    }
    qsort(c, n, sizeof *c, crossing_compare);
    size_t kept = 0;
    for (size_t i = 0, end; i < n; i = end) { // months that cannot all be read are left out
        bool faulty = c[i].faulty;
        for (end = i + 1; end < n && !crossing_compare(&c[i], &c[end]); end++)
            faulty |= c[end].faulty;
        for (size_t k = i; !faulty && k < end; k++)
            c[kept++] = c[k];
    }
    return kept;
}

// Both weigh the same packages, and each knows its own weighings as partners do.
bool compare_border(const Returns *r, Arena *arena, ExamineFinding *list, size_t *count,
                    size_t room, size_t *tested, Status *status) {
    Crossing *c = arena_take_zero(arena, r->customs_rows + 2 * r->partners + 1, sizeof *c);
    if (!c) return status_no_memory(status);
    size_t n = crossings_of(r, c);
    for (size_t i = 0, end; i < n; i = end) {
        double filed = 0.0, declared = 0.0, squares = 0.0;
        for (end = i;
             end < n && c[end].import == c[i].import && text_equal(c[end].country, c[i].country) &&
             text_equal(c[end].material, c[i].material);
             end++) {
            filed += c[end].filed;
            declared += c[end].declared;
            squares += c[end].filed * c[end].filed + c[end].declared * c[end].declared;
        }
        double gap = declared - filed;
        double sigma = hypot(PARTNER * sqrt(squares), PARTNER_SHARED * fmax(filed, declared)) + 1.0;
        ++*tested;
        if (*count == room) continue;
        char *where = arena_format(arena, "%s %.*s", c[i].import ? "imports from" : "exports to",
                                   TEXT_ARG(c[i].country));
        char *says = arena_format(
            arena,
            "customs declared %.6g kg of %.*s %s %.*s, and facilities say that they %s %.6g kg",
            declared, TEXT_ARG(c[i].material), c[i].import ? "from" : "to", TEXT_ARG(c[i].country),
            c[i].import ? "got" : "sent", filed);
        if (!where || !says) return status_no_memory(status);
        ExamineFinding *f = &list[(*count)++];
        *f = (ExamineFinding){.kind = EXAMINE_BORDER,
                              .facility = UINT32_MAX,
                              .where = text_of(where),
                              .other = c[i].material,
                              .from = c[i].month,
                              .to = c[end - 1].month,
                              .distance = fabs(gap) / sigma,
                              .mass_kg = fabs(gap),
                              .low_kg = fmax(0.0, fabs(gap) - INTERVAL * sigma),
                              .high_kg = fabs(gap) + INTERVAL * sigma,
                              .says = text_of(says)};
        f->inspect =
            declared > filed
                ? TEXT("who declared these goods: a declarant whose facility files nothing")
                : TEXT("how these goods crossed: declarations under other goods or codes");
        f->log_p = fmin(0.0, normal_two_sided_log(f->distance));
    }
    return true;
}
