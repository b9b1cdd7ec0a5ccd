// From what a line says to milligrams, and from a lot to the part that is taken (docs/book.md, "A
// content from a line", "Parts and running shares", "Error terms").
#include <assert.h>
#include <string.h>

#include "book/decide.h"

static int64_t even64(int64_t a, int64_t b, int64_t c) {
    int64_t result = 0;
    bool fits = i64_muldiv_even(a, b, c, &result);
    assert(fits);
    (void)fits;
    return result;
}

void matter_begin(Matter *matter, uint32_t material) {
    memset(matter, 0,
           offsetof(Matter, facets)); // the facets behind it only as far as they are used
    matter->facets.count = 0;
    matter->material = material;
    matter->set = SET_EMPTY;
}

bool material_of_line(Deciding *d, const Line *line, const char *list, uint32_t index,
                      uint32_t *material) {
    *material = intern_find(d->book->material_ids, line->material);
    if (*material == ROW_NONE || !material_at(d->book, *material)->registered)
        return refuse(d, CODE_UNKNOWN_MATERIAL, "/%s/%u/material", list, index);
    return true;
}

bool content_of_composition(Deciding *d, const Composition *composition, int64_t net, int64_t dry,
                            unsigned stage, const char *where, Content *content) {
    memset(content, 0, sizeof *content);
    content->dry = dry;
    if (stage == STAGE_REAGENT || stage == STAGE_OTHER)
        content->whole = RARE_EARTH_MASK | COMPONENT_BIT(COMPONENT_Th) | COMPONENT_BIT(COMPONENT_U);
    if (!composition) return true;
    const Factors *factors = factors_on(d->book, d->day);
    int64_t sum_ppb = 0, sum_mg = 0;
    bool oxide = composition->as_oxide || composition->of == OF_TREO;
    for (uint64_t m = composition->mask; m; m &= m - 1) {
        int c = __builtin_ctzll(m);
        const Result *result = &composition->values[c];
        int64_t mg, factor = factors->micro[c];
        if (oxide && (factor == 0 || factor > 9000000))
            return refuse(d, CODE_MALFORMED, "%s/values/%s", where, component_symbol(c));
        bool fits = true;
        if (composition->of == OF_TREO) {
            fits = i64_mul3div_even(dry, composition->treo.value.ppb, result->value.ppb,
                                    factor * 1000000000000, &mg);
        } else {
            int64_t base = composition->of == OF_RECEIVED ? net : dry;
            fits = oxide ? i64_muldiv_even(base, result->value.ppb, factor * 1000, &mg)
                         : i64_muldiv_even(base, result->value.ppb, FRACTION_ONE_PPB, &mg);
        }
        if (!fits) return refuse(d, CODE_TOO_LARGE, "%s", where);
        content->whole |= COMPONENT_BIT(c);
        if (result->is_below) {
            content->below |= COMPONENT_BIT(c);
            content->bound[c] = mg;
        } else {
            content->stated |= COMPONENT_BIT(c);
            content->mg[c] = mg;
            sum_ppb += result->value.ppb;
            sum_mg += mg;
        }
    }
    if (sum_ppb > FRACTION_ONE_PPB) return refuse(d, CODE_ASSAY_OVER_100, "%s/values", where);
    if (sum_mg > dry) return refuse(d, CODE_OVER_DRY_MASS, "%s/values", where);
    return true;
}

void policy_error(const Book *book, MeasuredQuantity quantity, Text method, unsigned stage,
                  int64_t *u_ppb, int64_t *s_ppb) {
    static const int64_t u_default[QUANTITY_COUNT] = {700000,   10000000,  30000000,
                                                      20000000, 100000000, 200000000};
    static const int64_t s_default[QUANTITY_COUNT] = {500000, 5000000, 0, 0, 0, 0};
    *u_ppb = *s_ppb = -1;
    uint32_t number = text_is_empty(method) ? ROW_NONE : intern_find(book->texts, method);
    for (uint32_t row = book_count(book, TABLE_POLICY_ERROR);
         row-- > 0 && (*u_ppb < 0 || *s_ppb < 0);) {
        const PolicyErrorRow *error = ROW(book, PolicyErrorRow, TABLE_POLICY_ERROR, row);
        if (error->quantity != quantity || (error->stage && error->stage != stage)) continue;
        if (error->method != ROW_NONE && error->method != number) continue;
        if (*u_ppb < 0 && error->u_ppb >= 0) *u_ppb = error->u_ppb;
        if (*s_ppb < 0 && error->s_ppb >= 0) *s_ppb = error->s_ppb;
    }
    if (*u_ppb < 0) *u_ppb = u_default[quantity];
    if (*s_ppb < 0) *s_ppb = s_default[quantity];
}

typedef struct Errors {
    uint32_t mask;
    int64_t u[COMPONENT_COUNT], s[COMPONENT_COUNT];
} Errors;

static void emit_measurement(Deciding *d, MeasurementKind kind, const char *prefix, Text first,
                             Text second, int64_t net, const Errors *errors, Term *term) {
    *term = (Term){0, 0};
    if (stopped(d) || !errors->mask) return;
    effect_begin(d, EFFECT_MEASUREMENT);
    buffer_u8(&d->effects, (uint8_t)kind);
    if (text_is_empty(first)) {
        buffer_u16(&d->effects, 0);
    } else {
        buffer_u16(&d->effects, (uint16_t)(1 + first.length + (second.at ? 1 + second.length : 0)));
        buffer_string(&d->effects, prefix);
        buffer_text(&d->effects, first);
        if (second.at) {
            buffer_u8(&d->effects, 0);
            buffer_text(&d->effects, second);
        }
    }
    size_t count = (size_t)__builtin_popcount(errors->mask);
    uint8_t *at = buffer_claim(&d->effects, 16 + 16 * count);
    if (at) {
        bytes_put_u64(at, (uint64_t)net);
        bytes_put_u64(at + 8, errors->mask);
        at += 16;
        for (uint32_t m = errors->mask; m; m &= m - 1, at += 8) {
            bytes_put_u64(at, (uint64_t)errors->u[__builtin_ctz(m)]);
            bytes_put_u64(at + 8 * count, (uint64_t)errors->s[__builtin_ctz(m)]);
        }
    }
    effect_end(d);
    if (!stopped(d)) *term = (Term){book_count(d->book, TABLE_MEASUREMENT) - 1, net};
}

void emit_weighing(Deciding *d, const Weighing *weighing, int64_t net, const Content *content,
                   unsigned stage, Term *term) {
    Errors errors = {.mask = (uint32_t)content->stated};
    int64_t u_ppb, s_ppb;
    policy_error(d->book, QUANTITY_WEIGHING, (Text){"", 0}, stage, &u_ppb, &s_ppb);
    if (weighing->has_u) u_ppb = even64(weighing->u.mg, FRACTION_ONE_PPB, net);
    if (weighing->has_s) s_ppb = even64(weighing->s.mg, FRACTION_ONE_PPB, net);
    for (uint32_t m = errors.mask; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        int64_t share = even64(content->mg[c], FRACTION_ONE_PPB, net);
        errors.u[c] = even64(u_ppb, share, FRACTION_ONE_PPB);
        errors.s[c] = even64(s_ppb, share, FRACTION_ONE_PPB);
    }
    emit_measurement(d, MEASURED_MASS, "d", weighing->device, (Text){NULL, 0}, net, &errors, term);
}

enum { RELATIVE_LIMIT = 10 }; // ten times the value: more says nothing, and squares must fit

static int64_t relative(int64_t u, int64_t value) {
    if (value == 0) return 0;
    int64_t limit = (int64_t)RELATIVE_LIMIT * FRACTION_ONE_PPB, r;
    return i64_muldiv_even(u, FRACTION_ONE_PPB, value, &r) && r < limit ? r : limit;
}

// One result's error, in ppb of the net mass.
static int64_t result_error(const Composition *composition, const Result *result, bool has,
                            int64_t own, bool treo_has, int64_t treo_own, int64_t policy_ppb,
                            int64_t share, int64_t net, int64_t dry, int64_t factor) {
    if (composition->of == OF_TREO) {
        int64_t of_treo = treo_has ? relative(treo_own, composition->treo.value.ppb) : policy_ppb;
        int64_t of_value = has ? relative(own, result->value.ppb) : policy_ppb;
        u128 a = (u128)((uint64_t)share) * (uint64_t)of_treo,
             b = (u128)((uint64_t)share) * (uint64_t)of_value;
        return (int64_t)i128_divide_even(u128_sqrt_floor(a * a + b * b), FRACTION_ONE_PPB);
    }
    if (!has) return even64(share, policy_ppb, FRACTION_ONE_PPB);
    if (!composition->as_oxide) return composition->of == OF_DRY ? even64(own, dry, net) : own;
    // An oxide's: own * 10^6 / f of the basis, and own * dry * 10^6 / (net * f) of the net mass.
    if (composition->of == OF_RECEIVED) return even64(own, FACTOR_ONE, factor);
    return (int64_t)i128_divide_even((i128)own * dry * FACTOR_ONE, (i128)net * factor);
}

void emit_composition(Deciding *d, const Composition *composition, int64_t net,
                      const Content *content, unsigned stage, Term *term) {
    *term = (Term){0, 0};
    if (!composition) return;
    Errors errors = {.mask = (uint32_t)(content->stated & composition->mask)};
    MeasuredQuantity quantity = composition->basis == BASIS_ASSAYED      ? QUANTITY_ASSAY
                                : composition->basis == BASIS_CALCULATED ? QUANTITY_CALCULATED
                                : composition->basis == BASIS_DECLARED   ? QUANTITY_DECLARED
                                                                         : QUANTITY_REFERENCE;
    int64_t u_ppb, s_ppb;
    policy_error(d->book, quantity, composition->method, stage, &u_ppb, &s_ppb);
    bool assayed = composition->basis == BASIS_ASSAYED;
    const Factors *factors = factors_on(d->book, d->day);
    for (uint32_t m = errors.mask; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        const Result *result = &composition->values[c];
        int64_t share = even64(content->mg[c], FRACTION_ONE_PPB, net);
        errors.u[c] = result_error(composition, result, result->has_u, result->u.ppb,
                                   composition->treo.has_u, composition->treo.u.ppb, u_ppb, share,
                                   net, content->dry, factors->micro[c]);
        if (assayed)
            errors.s[c] = result_error(composition, result, result->has_s, result->s.ppb,
                                       composition->treo.has_s, composition->treo.s.ppb, s_ppb,
                                       share, net, content->dry, factors->micro[c]);
    }
    Text none = {"", 0};
    emit_measurement(d, assayed ? MEASURED_ASSAY : MEASURED_BASIS, "l",
                     assayed ? composition->laboratory : none, composition->method, net, &errors,
                     term);
}

static bool laboratory_check(Deciding *d, const Composition *composition, const char *where) {
    if (!composition || composition->basis != BASIS_ASSAYED) return true;
    uint32_t party = intern_find(d->book->party_ids, composition->laboratory);
    const PartyVersion *version = party_latest(d->book, party);
    if (!version || !(version->roles & PARTY_LABORATORY))
        return refuse(d, CODE_UNKNOWN_LABORATORY, "%s/laboratory", where);
    return true;
}

// "/LIST/INDEX/MEMBER", without printf, since it is seldom wanted but must be at hand.
static void where_of_line(char where[WHERE_BYTES_MAX], const char *list, uint32_t index,
                          const char *member) {
    size_t at = 0, list_length = strlen(list), member_length = strlen(member);
    assert(list_length + member_length + 16 < WHERE_BYTES_MAX);
    where[at++] = '/';
    memcpy(where + at, list, list_length);
    at += list_length;
    where[at++] = '/';
    uint32_t place = 1;
    while (index / place > 9)
        place *= 10;
    for (; place > 0; place /= 10)
        where[at++] = (char)('0' + index / place % 10);
    where[at++] = '/';
    memcpy(where + at, member, member_length + 1);
}

bool matter_of_line(Deciding *d, const Line *line, uint32_t material, const char *list,
                    uint32_t index, Matter *matter) {
    matter_begin(matter, material);
    int64_t net = line->net.mg;
    if (net == 0) return refuse(d, CODE_NOTHING, "/%s/%u/net", list, index);
    char where[WHERE_BYTES_MAX];
    const Composition *composition = line->composition;
    const char *member = composition && composition->basis == BASIS_ASSAYED ? "assay" : "content";
    where_of_line(where, list, index, member);
    if (!laboratory_check(d, composition, where)) return false;
    const MaterialRow *row = material == ROW_NONE ? NULL : material_at(d->book, material);
    unsigned stage = row ? row->stage : STAGE_UNKNOWN;
    int64_t moisture = line->has_moisture         ? line->moisture.ppb
                       : row && row->has_moisture ? row->moisture_ppb
                                                  : 0;
    int64_t dry = net - even64(net, moisture, FRACTION_ONE_PPB);
    if (!content_of_composition(d, composition, net, dry, stage, where, &matter->content))
        return false;
    matter->net = net;
    matter->basis = composition ? composition->basis : BASIS_NOTHING;
    matter->custody = line->custody;
    Term terms[2];
    emit_weighing(d, &line->weighing, net, &matter->content, stage, &terms[0]);
    emit_composition(d, composition, net, &matter->content, stage, &terms[1]);
    grade_check(d, material, composition, &matter->content, where);
    for (int i = 0; i < 2; i++)
        if (terms[i].mg) matter->terms[matter->term_count++] = terms[i];
    return !stopped(d);
}

// What has been taken of `start` once `taken` of `net` is gone.
static int64_t gone(int64_t start, int64_t net, int64_t taken) {
    return taken == 0 ? 0 : taken == net ? start : share_even(start, net, taken, 0);
}

void matter_of_lot(const Book *book, const Lot *lot, int64_t net, Matter *matter) {
    matter_of_part(book, lot, lot->taken, net, matter);
}

void matter_of_part(const Book *book, const Lot *lot, int64_t before, int64_t net, Matter *matter) {
    matter_begin(matter, lot->material);
    matter->set = lot->set;
    matter->net = net;
    matter->basis = (Basis)lot->basis;
    matter->custody = (Custody)lot->custody;
    Content *part = &matter->content;
    content_load(book, &lot->start, part);
    int64_t after = before + net, all = lot->start_net;
    bool whole = before == 0 && after == all;
    if (!whole) {
        part->dry = gone(part->dry, all, after) - gone(part->dry, all, before);
        for (uint64_t m = part->stated; m; m &= m - 1) {
            int c = __builtin_ctzll(m);
            part->mg[c] = gone(part->mg[c], all, after) - gone(part->mg[c], all, before);
        }
        for (uint64_t m = part->below; m; m &= m - 1) {
            int c = __builtin_ctzll(m);
            part->bound[c] = gone(part->bound[c], all, after) - gone(part->bound[c], all, before);
        }
    }
    for (unsigned i = 0; i < lot->facet_count; i++) {
        const FacetRow *row = ROW(book, FacetRow, TABLE_FACET, lot->facets + i);
        Facet *facet = &matter->facets.items[matter->facets.count++];
        *facet = (Facet){.kind = row->kind, .key = row->key};
        const int64_t *value = values_at(book, row->values);
        for (uint32_t m = row->mask; m; m &= m - 1) {
            int64_t start = *value++;
            facet->mg[__builtin_ctz(m)] =
                whole ? start : gone(start, all, after) - gone(start, all, before);
        }
    }
    for (unsigned i = 0; i < lot->term_count; i++) {
        const TermRow *row = ROW(book, TermRow, TABLE_TERM, lot->terms + i);
        int64_t mg = whole ? row->mg : gone(row->mg, all, after) - gone(row->mg, all, before);
        if (mg) matter->terms[matter->term_count++] = (Term){row->measurement, mg};
    }
}

bool lot_id_is_free(Deciding *d, const Line *line, const char *list, uint32_t index) {
    Text before, local;
    if (!text_split(line->lot, ':', &before, &local) || !text_equal(before, d->event->party) ||
        local.length == 0 || local.at[0] == '~')
        return refuse(d, CODE_FOREIGN_ID, "/%s/%u/lot", list, index);
    if (intern_find(d->book->lot_ids, line->lot) != ROW_NONE)
        return refuse(d, CODE_EXISTS, "/%s/%u/lot", list, index);
    return true;
}

Facet *facet_in(FacetList *facets, unsigned kind, uint32_t key) {
    for (uint32_t i = 0; i < facets->count; i++)
        if (facets->items[i].kind == kind && facets->items[i].key == key) return &facets->items[i];
    if (facets->count == FACETS_MAX) return NULL;
    Facet *facet = &facets->items[facets->count++];
    *facet = (Facet){.kind = (uint8_t)kind, .key = key};
    return facet;
}

bool bag_add(Deciding *d, TermBag *bag, const Term *terms, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = 0;
        while (at < bag->count && bag->items[at].measurement != terms[i].measurement)
            at++;
        if (at < bag->count) {
            if (!i64_add(bag->items[at].mg, terms[i].mg, &bag->items[at].mg))
                return refuse(d, CODE_TOO_LARGE, "%s", "");
            continue;
        }
        if (bag->count == bag->room) {
            uint32_t room = bag->room ? bag->room * 2 : 2 * LOT_TERMS_MAX;
            Term *grown = scratch_take(d, room * sizeof *grown);
            if (!grown) return false;
            if (bag->count) memcpy(grown, bag->items, bag->count * sizeof *grown);
            bag->items = grown;
            bag->room = room;
        }
        bag->items[bag->count++] = terms[i];
    }
    return true;
}

static int64_t size_of_term(const Term *term) {
    return term->mg < 0 ? -term->mg : term->mg;
}

bool bag_fold(Deciding *d, const TermBag *bag, Matter *into) {
    into->term_count = 0;
    if (bag->count <= LOT_TERMS_MAX) {
        if (bag->count) memcpy(into->terms, bag->items, bag->count * sizeof(Term));
        into->term_count = bag->count;
        return true;
    }
    // The fifteen of greatest mass stay, of equal ones the older measurements; the rest is one
    // random term.
    bool *stays = arena_take_zero(d->scratch, bag->count, sizeof *stays);
    Term *folded = scratch_take(d, bag->count * sizeof *folded);
    if (!stays || !folded) return false;
    for (int kept = 0; kept < LOT_TERMS_MAX - 1; kept++) {
        uint32_t best = ROW_NONE;
        for (uint32_t i = 0; i < bag->count; i++) {
            if (stays[i]) continue;
            const Term *a = &bag->items[i], *b = best == ROW_NONE ? NULL : &bag->items[best];
            if (!b || size_of_term(a) > size_of_term(b) ||
                (size_of_term(a) == size_of_term(b) && a->measurement < b->measurement))
                best = i;
        }
        stays[best] = true;
    }
    uint32_t count = 0;
    int64_t mass = 0;
    Errors errors = {.mask = 0};
    for (uint32_t i = 0; i < bag->count; i++) {
        if (stays[i]) {
            into->terms[into->term_count++] = bag->items[i];
            continue;
        }
        folded[count++] = bag->items[i];
        errors.mask |= measurement_at(d->book, bag->items[i].measurement)->mask;
        if (!i64_add(mass, bag->items[i].mg, &mass)) return refuse(d, CODE_TOO_LARGE, "%s", "");
    }
    // What they share with others is forgotten: each counts by itself.
    u128 sums[COMPONENT_COUNT] = {0};
    for (uint32_t i = 0; i < count; i++) {
        Variance variance;
        variance_begin(&variance);
        if (!variance_add(d, &variance, &folded[i], 1, 1, errors.mask)) return false;
        for (int c = 0; c < COMPONENT_COUNT; c++)
            sums[c] = u128_add_saturating(sums[c], variance_of(&variance, c));
    }
    for (uint32_t m = errors.mask; m && mass > 0; m &= m - 1) {
        int c = __builtin_ctz(m);
        u128 u = (u128)u128_sqrt_floor(sums[c]) * 1000000u / (uint64_t)mass;
        errors.u[c] = u > INT64_MAX ? INT64_MAX : (int64_t)u;
    }
    Term made;
    Text none = {"", 0};
    emit_measurement(d, MEASURED_FOLD, "", none, (Text){NULL, 0}, mass, &errors, &made);
    if (made.mg) into->terms[into->term_count++] = made;
    return !stopped(d);
}

bool matter_add(Deciding *d, Matter *into, const Matter *part) {
    if (!content_add(&into->content, &part->content, &into->content) ||
        !i64_add(into->net, part->net, &into->net) || into->net >= MASS_LIMIT_MG)
        return refuse(d, CODE_TOO_LARGE, "%s", "");
    for (uint32_t i = 0; i < part->facets.count; i++) {
        const Facet *from = &part->facets.items[i];
        Facet *to = facet_in(&into->facets, from->kind, from->key);
        if (!to) return refuse(d, CODE_TOO_LARGE, "%s", "");
        for (int c = 0; c < COMPONENT_COUNT; c++)
            to->mg[c] += from->mg[c]; // at most the content
    }
    if (part->basis > into->basis) into->basis = part->basis;
    if (part->custody > into->custody) into->custody = part->custody;
    if (part->set != into->set) {
        uint32_t causes[SET_CAUSES_MAX], count = 0;
        set_collect(d->book, into->set, causes, &count);
        set_collect(d->book, part->set, causes, &count);
        into->set = set_of(d->book, causes, count);
    }
    return !stopped(d);
}

// A found lot for a line that the book cannot explain (B23).
static bool found_make(Deciding *d, const Line *line, const char *list, uint32_t index,
                       uint32_t *lot) {
    if (!line->has_net || line->net.mg == 0)
        return refuse(d, CODE_NOTHING, "/%s/%u/net", list, index);
    for (uint32_t i = 0; i < index; i++)
        if (text_equal(d->event->inputs[i].lot, line->lot))
            return refuse(d, CODE_LOT_TWICE, "/%s/%u/lot", list, index);
    uint32_t material = ROW_NONE;
    if (!text_is_empty(line->material) && !material_of_line(d, line, list, index, &material))
        return false;
    Matter *found = scratch_take(d, sizeof *found);
    if (!found) return false;
    if (!matter_of_line(d, line, material, list, index, found)) return false;
    found->custody = CUSTODY_BOOK_AND_CLAIM;
    unsigned stage = STAGE_UNKNOWN;
    uint32_t class_of_ore = CLASS_NONE;
    if (material != ROW_NONE) {
        stage = material_at(d->book, material)->stage;
        class_of_ore = material_at(d->book, material)->class_of_ore;
    }
    PendingDraw draws[PENDING_DRAWS_MAX];
    uint32_t draw_count = 0;
    bool undrawn = stage == STAGE_ORE_PRODUCT
                       ? class_of_ore == CLASS_ROCK || class_of_ore == CLASS_ION
                       : stage == STAGE_COMPOUND && class_of_ore != CLASS_RECYCLED;
    if (undrawn) {
        Facet *facet = facet_in(&found->facets, FACET_UNDRAWN, class_of_ore);
        memcpy(facet->mg, found->content.mg, sizeof facet->mg);
        if (!facets_turn(d, stage, found, draws, &draw_count)) return false;
    }
    Buffer id;
    buffer_init(&id, ID_BYTES_MAX + 64);
    buffer_text(&id, d->event->party);
    buffer_format(&id, ":~%llu.%u", (unsigned long long)d->applying.seq, ++d->found_count);
    emit_lot(d, buffer_view(&id), d->facility, found, LOT_FOUND, lot);
    buffer_done(&id);
    if (stopped(d)) return false;
    Posting posting = {.facility = d->facility,
                       .lot = *lot,
                       .pool = ROW_NONE,
                       .month = d->month,
                       .reason = POSTED_FOUND,
                       .net = found->net,
                       .mask = (uint32_t)found->content.stated};
    memcpy(posting.mg, found->content.mg, sizeof posting.mg);
    emit_posting(d, &posting);
    object(d, CODE_FOUND, "/%s/%u", list, index);
    quota_draw_all(d, *lot, draws, draw_count, list);
    return !stopped(d);
}

bool input_find(Deciding *d, const Line *line, const char *list, uint32_t index, uint32_t *lot,
                int64_t *net) {
    const Book *book = d->book;
    VerdictCode code = CODE_NONE;
    const char *member = "lot";
    *lot = intern_find(book->lot_ids, line->lot);
    const Lot *at = *lot == ROW_NONE ? NULL : lot_at(book, *lot);
    if (!at || at->party != d->party) {
        code = CODE_UNKNOWN_LOT;
    } else if (at->last_flow != ROW_NONE &&
               flow_at(book, at->last_flow)->operation == d->applying.operation &&
               d->applying.operation != ROW_NONE) {
        return refuse(d, CODE_LOT_TWICE, "/%s/%u/lot", list, index);
    } else if (at->state == LOT_TRANSIT || at->facility != d->facility) {
        code = CODE_LOT_ELSEWHERE;
    } else {
        *net = line->has_net ? line->net.mg : lot_left(at);
        if (line->has_net && *net == 0) return refuse(d, CODE_NOTHING, "/%s/%u/net", list, index);
        if (at->state == LOT_ENDED || (*net > lot_left(at) && !line->empty)) {
            code = CODE_NOT_ENOUGH;
            member = "net";
        }
    }
    if (code == CODE_NONE) return true;
    if (!d->event->insist || !line->has_net)
        return refuse(d, code, "/%s/%u/%s", list, index, member);
    if (!found_make(d, line, list, index, lot)) return false;
    *net = lot_left(lot_at(book, *lot));
    return true;
}

bool input_take(Deciding *d, const Line *line, const char *list, uint32_t index, bool moves,
                uint32_t *lot_row, Matter *matter) {
    int64_t net = 0;
    if (!input_find(d, line, list, index, lot_row, &net)) return false;
    const Lot *lot = lot_at(d->book, *lot_row);
    if (moves && lot_is_held(d->book, lot)) object(d, CODE_HELD_MOVED, "/%s/%u/lot", list, index);
    bool found = (lot->flags & LOT_FOUND) &&
                 flow_at(d->book, lot->last_flow)->operation == d->applying.operation;
    unpack(d, *lot_row);
    if (!line->empty || found) {
        matter_of_lot(d->book, lot, net, matter);
        emit_take(d, *lot_row, net, &matter->content);
        return !stopped(d);
    }
    // The lot ends at the mass weighed; what its content had besides is posted (B6).
    int64_t left = lot_left(lot), taken = net < left ? net : left;
    if ((i128)(net < left ? left - net : net - left) * FRACTION_ONE_PPB >
        (i128)left * d->book->top.yield_drop_ppb)
        object(d, CODE_EMPTIED_ODDLY, "/%s/%u/net", list, index);
    Content all;
    lot_content_left(d->book, lot, &all);
    matter_of_lot(d->book, lot, taken, matter);
    emit_take(d, *lot_row, taken, &matter->content);
    if (taken < left) emit_lot_end(d, *lot_row);
    Posting posting = {.facility = d->facility,
                       .lot = *lot_row,
                       .pool = ROW_NONE,
                       .month = d->month,
                       .reason = POSTED_BATCH,
                       .net = net - left,
                       .mask = (uint32_t)all.stated};
    for (int c = 0; c < COMPONENT_COUNT; c++)
        posting.mg[c] = matter->content.mg[c] - all.mg[c];
    emit_posting(d, &posting);
    matter->net = net;
    return !stopped(d);
}

void book_weighing_error(const Book *book, int64_t *u_ppb, int64_t *s_ppb) {
    policy_error(book, QUANTITY_WEIGHING, (Text){NULL, 0}, STAGE_UNKNOWN, u_ppb, s_ppb);
}
