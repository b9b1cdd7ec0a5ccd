#include "examine/examine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/intern.h"
#include "examine/balance.h"
#include "examine/compare.h"

enum { STORIES_MAX = 3 };
static const double LITTLE = 0.1; // of a story already told: its remainder

const char *examine_kind_name(ExamineKind kind) {
    static const char *const names[] = {"missing", "surplus", "pair",  "customs",
                                        "border",  "quota",   "stock", "origin"};
    return names[kind];
}

static bool name_it(ExamineFinding *f, Arena *arena, Status *status) {
    static const uint8_t key[16] = "ytterby/examine";
    char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX];
    char *text = arena_format(arena, "%s|%.*s|%.*s|%s|%s|%llx", examine_kind_name(f->kind),
                              TEXT_ARG(f->where), TEXT_ARG(f->other), month_print(f->from, from),
                              month_print(f->to, to), (unsigned long long)f->components);
    char *id = arena_take_zero(arena, 1, 17);
    if (!text || !id) return status_no_memory(status);
    uint64_t hash = siphash(key, text, strlen(text));
    uint8_t bytes[8];
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(hash >> (56 - 8 * i));
    hex_write(bytes, sizeof bytes, id);
    f->id = text_of(id);
    return true;
}

// "Pr Nd Tb Dy"
static char *symbols(uint64_t mask, Arena *arena) {
    char list[160];
    size_t used = 0;
    list[0] = '\0';
    for (int c = 0; c < EXAMINE_COMPONENTS; c++)
        if (mask >> c & 1)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? " " : "",
                                     examine_symbol(c));
    return arena_copy(arena, list, used);
}

static bool tell_balance(const Returns *r, const ExamineBalance *b, const Tested *t,
                         const JointCandidate *c, const JointSize *size, double log_p, double log_e,
                         Arena *arena, ExamineFinding *f, Status *status) {
    bool surplus = c->side == JOINT_SURPLUS;
    *f = (ExamineFinding){.kind = surplus ? EXAMINE_SURPLUS : EXAMINE_MISSING,
                          .facility = b->facility,
                          .where = r->facility[b->facility],
                          .components = t->mask[c->pattern],
                          .from = b->first + (Month)c->from,
                          .to = b->first + (Month)c->to,
                          .log_p = log_p,
                          .log_e = log_e,
                          .distance = c->z,
                          .mass_kg = size->mean,
                          .low_kg = size->low,
                          .high_kg = size->high};
    if (surplus && t->ore[c->pattern]) f->ore = text_of(t->ore[c->pattern]);
    char *names = symbols(f->components, arena);
    if (!names) return status_no_memory(status);
    char *says = arena_format(
        arena, "%.*s %s %.4g t of %s than it used (95 %%: %.4g to %.4g)%s%.*s", TEXT_ARG(f->where),
        surplus ? "made or kept more, by" : "made and kept less, by", f->mass_kg / 1000, names,
        f->low_kg / 1000, f->high_kg / 1000,
        f->ore.length ? ", in the proportions of ore like that of " : "", TEXT_ARG(f->ore));
    char *inspect = arena_format(
        arena,
        surplus ? "what went in: purchases without papers, receipts at night, reagents and power "
                  "against those months; "
                  "then a stock-taking of the circuit and an assay of %s in what is fed"
                : "what came out: gate and weighbridge records of those months, yields against "
                  "other months; then a "
                  "stock-taking of the circuit and of %s in store",
        names);
    if (!says || !inspect) return status_no_memory(status);
    f->says = text_of(says);
    f->inspect = text_of(inspect);
    return true;
}

static int by_evidence(const void *a, const void *b) {
    const ExamineFinding *x = a, *y = b;
    if (x->log_p != y->log_p) return x->log_p < y->log_p ? -1 : 1;
    if (x->mass_kg != y->mass_kg) return x->mass_kg > y->mass_kg ? -1 : 1;
    int where = text_compare(x->where, y->where);
    return where ? where : text_compare(x->other, y->other);
}

// Benjamini & Hochberg over one kind of what was tested; what is not believed goes. Those not in
// the list have p = 1.
static size_t believe(ExamineFinding *list, size_t count, size_t tested, double q) {
    if (count) qsort(list, count, sizeof *list, by_evidence);
    double adjusted = 0.0;
    size_t believed = 0;
    for (size_t i = count; i-- > 0;) {
        adjusted = fmin(adjusted, list[i].log_p + log((double)(tested > count ? tested : count) /
                                                      (double)(i + 1)));
        list[i].p_value = exp(adjusted);
        if (!believed && adjusted <= log(q)) believed = i + 1;
        list[i].log_p = adjusted;
    }
    return believed;
}

// A facility's stories, one after the other, as long as each is believed at `level`.
static bool tell_facility(const Returns *r, const ExamineBalance *b, const Tested *t,
                          double log_level, double log_paid, Arena *arena, ExamineFinding *list,
                          size_t *count, Status *status) {
    JointCandidate told[STORIES_MAX];
    size_t stories = 0, first = *count;
    while (stories < STORIES_MAX) {
        JointScan scan = t->scan;
        JointSize size;
        size_t horizon = b->periods > 12 ? b->periods : 12;
        if (stories && !joint_scan(&t->joint, t->patterns, t->pattern_count, horizon, told, stories,
                                   arena, &scan, status))
            return false;
        if (!scan.any || scan.log_p > log_level) break;
        JointCandidate best = scan.best[scan.best[JOINT_SURPLUS].z > scan.best[JOINT_MISSING].z];
        if (!joint_size(&t->joint, t->patterns, t->pattern_count, best.side, told, stories, arena,
                        &size, status))
            return false;
        ExamineFinding *f = &list[*count];
        if (!tell_balance(r, b, t, &best, &size, fmin(0.0, scan.log_p + log_paid), scan.log_e,
                          arena, f, status))
            return false;
        f->p_value = exp(f->log_p);
        bool remainder = false;
        for (size_t i = first; i < *count; i++)
            remainder |= f->from <= list[i].to && f->to >= list[i].from &&
                         (f->components & list[i].components) &&
                         f->mass_kg < LITTLE * list[i].mass_kg;
        *count += !remainder;
        told[stories++] = best;
    }
    return true;
}

bool examine(const Returns *r, double q, Arena *arena, Examination *out, Status *status) {
    if (!(q > 0.0 && q < 1.0))
        return status_set(status, STATUS_INVALID,
                          "the share of false ones \"%g\" is not between 0 and 1", q);
    size_t room = STORIES_MAX * r->facilities + 2 * r->partners + r->customs_rows + r->rows + 1,
           count = 0;
    *out = (Examination){.returns = r, .q = q, .balances = r->facilities};
    out->balance = arena_take_zero(arena, r->facilities + 1, sizeof *out->balance);
    out->finding = arena_take_zero(arena, room, sizeof *out->finding);
    Tested *tested = arena_take_zero(arena, r->facilities + 1, sizeof *tested);
    ExamineFinding *first = arena_take_zero(arena, r->facilities + 1, sizeof *first);
    if (!out->balance || !out->finding || !tested || !first) return status_no_memory(status);
    double *least;
    if (!least_stated(r, arena, &least, status)) return false;
    size_t judged = 0;
    for (uint32_t f = 0; f < r->facilities; f++) {
        if (!balance_of_returns(r, f, least, arena, &out->balance[f], &tested[f], status))
            return status_where(status, "facility \"%.*s\"", TEXT_ARG(r->facility[f]));
        if (!tested[f].any) continue;
        first[judged++] =
            (ExamineFinding){.facility = f, .where = r->facility[f], .log_p = tested[f].scan.log_p};
    }
    out->facilities_tested = judged;
    size_t accused = believe(first, judged, judged, q);
    for (size_t i = 0; i < accused; i++) {
        uint32_t f = first[i].facility;
        double level = log(q * (double)accused / (double)judged);
        if (!tell_facility(r, &out->balance[f], &tested[f], level,
                           first[i].log_p - tested[f].scan.log_p, arena, out->finding, &count,
                           status))
            return false;
    }
    // Each other kind is a family of its own.
    bool (*const compare[])(const Returns *, Arena *, ExamineFinding *, size_t *, size_t, size_t *,
                            Status *) = {compare_partners, compare_customs, compare_border,
                                         compare_quota,    compare_stocks,  compare_contents};
    size_t *const looked[] = {&out->pairs_tested, &out->customs_tested, &out->border_tested,
                              &out->quota_tested, &out->stocks_tested,  &out->goods_tested};
    for (size_t k = 0; k < sizeof looked / sizeof *looked; k++) {
        size_t more = 0;
        if (!compare[k](r, arena, out->finding + count, &more, room - count, looked[k], status))
            return false;
        count += believe(out->finding + count, more, *looked[k], q);
    }
    if (count) qsort(out->finding, count, sizeof *out->finding, by_evidence);
    out->count = count;
    for (size_t i = 0; i < count; i++)
        if (!name_it(&out->finding[i], arena, status)) return false;
    return true;
}
