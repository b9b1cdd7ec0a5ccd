// Continuous work: charge and draw, opening and counting pools (B16 to B19, docs/book.md "Pools").
#include <assert.h>
#include <string.h>

#include "book/decide.h"

static void high_low(const u128 values[COMPONENT_COUNT], int64_t high[COMPONENT_COUNT],
                     int64_t low[COMPONENT_COUNT]) {
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        high[c] = (int64_t)(uint64_t)(values[c] >> 64);
        low[c] = (int64_t)(uint64_t)values[c];
    }
}

// Errors of matter that came in (+1) or went out (-1): into the sums since the pool was opened, and
// into the list that waits for the next posting. With sign 0 into the list alone. With `back` what
// they added to the sums is taken away again.
static void emit_terms_of_pool(Deciding *d, uint32_t pool, const Term *terms, uint32_t count,
                               int sign, bool back) {
    if (stopped(d) || count == 0) return;
    Variance variance;
    variance_begin(&variance);
    if (sign && !variance_add(d, &variance, terms, count, sign, (uint32_t)COMPONENT_MASK)) return;
    const PoolRow *at = pool_at(d->book, pool);
    u128 random[COMPONENT_COUNT];
    uint32_t mask = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (!back)
            random[c] = u128_add_saturating(at->random[c], variance.random[c]);
        else
            random[c] = at->random[c] > variance.random[c] ? at->random[c] - variance.random[c] : 0;
        if (variance.random[c]) mask |= 1u << c;
    }
    int64_t high[COMPONENT_COUNT], low[COMPONENT_COUNT];
    effect_begin(d, EFFECT_POOL_TERMS);
    buffer_u32(&d->effects, pool);
    high_low(random, high, low);
    emit_values(d, mask, high);
    emit_values(d, mask, low);
    buffer_u16(&d->effects, (uint16_t)variance.group_count);
    for (uint32_t i = 0; i < variance.group_count; i++) {
        const GroupSum *group = &variance.groups[i];
        u128 sums[COMPONENT_COUNT];
        mask = 0;
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            sums[c] = (u128)(back ? -group->sum[c] : group->sum[c]);
            if (group->sum[c]) mask |= 1u << c;
        }
        buffer_u32(&d->effects, group->group);
        high_low(sums, high, low);
        emit_values(d, mask, high);
        emit_values(d, mask, low);
    }
    buffer_u16(&d->effects, (uint16_t)count);
    for (uint32_t i = 0; i < count; i++) {
        buffer_u32(&d->effects, terms[i].measurement);
        buffer_i64(&d->effects, (sign < 0) != back ? -terms[i].mg : terms[i].mg);
    }
    effect_end(d);
}

static void emit_pool_terms(Deciding *d, uint32_t pool, const Term *terms, uint32_t count,
                            int sign) {
    emit_terms_of_pool(d, pool, terms, count, sign, false);
}

void pool_terms_back(Deciding *d, uint32_t pool, const Term *terms, uint32_t count, int sign) {
    emit_terms_of_pool(d, pool, terms, count, sign, true);
}

void emit_pool_in(Deciding *d, uint32_t pool, int sign, const Content *content, uint32_t set) {
    if (stopped(d)) return;
    effect_begin(d, EFFECT_POOL_IN);
    buffer_u32(&d->effects, pool);
    buffer_u8(&d->effects, (uint8_t)sign);
    content_write(&d->effects, content);
    emit_pool_set(d, set);
    effect_end(d);
}

static void pool_facets_add(Deciding *d, uint32_t pool, const FacetList *facets) {
    for (uint32_t i = 0; i < facets->count && !stopped(d); i++)
        emit_pool_facet(d, pool, &facets->items[i]);
}

void pool_extract(Deciding *d, uint32_t pool, const Matter *matter) {
    emit_pool_in(d, pool, 1, &matter->content, set_with_own(d, SET_EMPTY));
    pool_facets_add(d, pool, &matter->facets);
    emit_pool_terms(d, pool, matter->terms, matter->term_count, 1);
}

// The measurement of a pool line: u and s by component in ug, as the line or policy says.
static void measure_pool(Deciding *d, const PoolLine *line, Term *term) {
    *term = (Term){0, 0};
    int64_t u_ppb, s_ppb;
    policy_error(d->book, QUANTITY_STOCKTAKE, line->method, STAGE_UNKNOWN, &u_ppb, &s_ppb);
    Text party = intern_text(d->book->party_ids, d->party);
    effect_begin(d, EFFECT_MEASUREMENT);
    buffer_u8(&d->effects, MEASURED_POOL);
    buffer_u16(&d->effects, (uint16_t)(2 + party.length + line->method.length));
    buffer_u8(&d->effects, 'p');
    buffer_text(&d->effects, party);
    buffer_u8(&d->effects, 0);
    buffer_text(&d->effects, line->method);
    buffer_i64(&d->effects, 1000000);
    buffer_u64(&d->effects, line->mask);
    for (int shared = 0; shared < 2; shared++) {
        for (uint64_t m = line->mask; m; m &= m - 1) {
            int c = __builtin_ctzll(m);
            bool said = (shared ? line->s_mask : line->u_mask) & (m & -m);
            int64_t mg = (shared ? line->s : line->u)[c].mg;
            // mg becomes ug; beyond what fits, the most that does.
            int64_t own = mg > INT64_MAX / 1000 ? INT64_MAX : mg * 1000;
            int64_t policy = 0;
            if (!i64_muldiv_even(line->kg[c].mg, shared ? s_ppb : u_ppb, 1000000, &policy))
                policy = INT64_MAX;
            buffer_i64(&d->effects, said ? own : policy);
        }
    }
    effect_end(d);
    if (!stopped(d)) *term = (Term){book_count(d->book, TABLE_MEASUREMENT) - 1, 1000000};
}

static bool pool_of_line(Deciding *d, const PoolLine *line, uint32_t index, uint32_t *pool) {
    *pool = intern_find(d->book->pool_ids, line->pool);
    if (*pool == ROW_NONE || pool_at(d->book, *pool)->facility != d->facility)
        return refuse(d, CODE_UNKNOWN_POOL, "/pools/%u/pool", index);
    return true;
}

void pool_open(Deciding *d, const PoolLine *line, uint32_t index) {
    uint32_t pool;
    if (!pool_of_line(d, line, index, &pool)) return;
    Content content = {.stated = line->mask, .whole = line->mask};
    Matter *matter = scratch_take(d, sizeof *matter);
    if (!matter) return;
    matter_begin(matter, ROW_NONE);
    for (uint64_t m = line->mask; m; m &= m - 1)
        content.mg[__builtin_ctzll(m)] = line->kg[__builtin_ctzll(m)].mg;
    unsigned class_of_ore = pool_at(d->book, pool)->class_of_ore;
    if (class_of_ore == CLASS_ROCK || class_of_ore == CLASS_ION) {
        Facet *facet = facet_in(&matter->facets, FACET_UNDRAWN, class_of_ore);
        memcpy(facet->mg, content.mg, sizeof facet->mg);
    }
    // What was there is not all that can have been there: components not named stay untested.
    content.whole = COMPONENT_MASK;
    content.whole &= line->mask;
    emit_account(d, d->facility, d->month, ACCOUNT_OPENED, content.stated, content.mg);
    emit_pool_in(d, pool, 1, &content, SET_EMPTY);
    pool_facets_add(d, pool, &matter->facets);
    Term term;
    measure_pool(d, line, &term);
    if (term.mg) emit_pool_terms(d, pool, &term, 1, 1);
}

void decide_charge(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint32_t pool;
    if (!find_pool(d, e->pool, &pool)) return;
    unsigned activity = pool_at(book, pool)->activity;
    if (activity == ACTIVITY_MINING) {
        refuse(d, CODE_POOL_KIND, "/pool");
        return;
    }
    emit_operation(d, pool);
    Matter *parts = scratch_take(d, (size_t)e->input_count * sizeof *parts + 1);
    uint32_t *lots = scratch_take(d, (e->input_count + 1) * sizeof *lots);
    if (!parts || !lots) return;
    for (uint32_t i = 0; i < e->input_count; i++) {
        if (!input_take(d, &e->inputs[i], "inputs", i, true, &lots[i], &parts[i])) return;
        check_tolling(d, (Activity)activity, lots[i], i);
        unsigned stage = parts[i].material == ROW_NONE
                             ? STAGE_UNKNOWN
                             : material_at(book, parts[i].material)->stage;
        if (activity == ACTIVITY_RECYCLING && (stage == STAGE_ORE || stage == STAGE_ORE_PRODUCT))
            object(d, CODE_RECYCLER_ORE, "/inputs/%u/lot", i);
    }
    scope_check_lines(d, (Activity)activity, e->inputs, e->input_count, "inputs");
    // Only now are all causes known that the content carries into the pool.
    for (uint32_t i = 0; i < e->input_count && !stopped(d); i++) {
        Matter *part = &parts[i];
        unsigned stage =
            part->material == ROW_NONE ? STAGE_UNKNOWN : material_at(book, part->material)->stage;
        if (stage == STAGE_REAGENT || stage == STAGE_OTHER)
            part->content.whole |=
                RARE_EARTH_MASK | COMPONENT_BIT(COMPONENT_Th) | COMPONENT_BIT(COMPONENT_U);
        emit_pool_in(d, pool, 1, &part->content, set_with_own(d, part->set));
        pool_facets_add(d, pool, &part->facets);
        uint32_t owner = lot_at(book, lots[i])->owner;
        if (owner != d->party) emit_pool_owner(d, pool, owner, part->content.mg);
        emit_pool_terms(d, pool, part->terms, part->term_count, 1);
    }
}

static int rank_of_set(const Book *book, uint32_t set) {
    return set == SET_EMPTY ? 0 : set_is_open(book, set) ? 2 : 1;
}

// Takes `want` by component: free content first, then sets that hold nothing, then sets that hold.
// Writes the stretches; what is missing is written to `missing`.
static uint32_t take_stretches(Deciding *d, uint32_t pool, const int64_t want[COMPONENT_COUNT],
                               Stretch *stretches, int64_t missing[COMPONENT_COUNT],
                               bool *reached_open) {
    const Book *book = d->book;
    const PoolRow *at = pool_at(book, pool);
    uint32_t count = 0;
    int64_t open[COMPONENT_COUNT], left[COMPONENT_COUNT];
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        open[c] = at->content[c];
        left[c] = want[c];
    }
    for (uint32_t row = at->first_set; row != ROW_NONE;
         row = ROW(book, PoolSetRow, TABLE_POOL_SET, row)->next)
        for (int c = 0; c < COMPONENT_COUNT; c++)
            open[c] -= ROW(book, PoolSetRow, TABLE_POOL_SET, row)->mg[c];
    *reached_open = false;
    for (int rank = 0; rank < 3; rank++) {
        for (uint32_t row = rank ? at->first_set : 0;;) {
            if (rank && row == ROW_NONE) break;
            const PoolSetRow *of_set = rank ? ROW(book, PoolSetRow, TABLE_POOL_SET, row) : NULL;
            uint32_t set = rank ? of_set->set : SET_EMPTY;
            if (rank_of_set(book, set) == rank) {
                Stretch *stretch = &stretches[count];
                *stretch = (Stretch){.set = set};
                const int64_t *there = rank ? of_set->mg : open;
                for (int c = 0; c < COMPONENT_COUNT; c++) {
                    int64_t part = left[c] < there[c] ? left[c] : there[c];
                    if (part <= 0) continue;
                    stretch->mask |= 1u << c;
                    stretch->mg[c] = part;
                    left[c] -= part;
                }
                if (stretch->mask) count++;
                if (stretch->mask && rank == 2) *reached_open = true;
            }
            if (!rank) break;
            row = of_set->next;
        }
    }
    memcpy(missing, left, sizeof left);
    return count;
}

static Stretch *stretches_room(Deciding *d, uint32_t pool) {
    uint32_t sets = 2;
    for (uint32_t row = pool_at(d->book, pool)->first_set; row != ROW_NONE;
         row = ROW(d->book, PoolSetRow, TABLE_POOL_SET, row)->next)
        sets++;
    return scratch_take(d, sets * sizeof(Stretch));
}

void emit_pool_out(Deciding *d, uint32_t pool, int sign, uint32_t mask,
                   const int64_t out[COMPONENT_COUNT], uint32_t gain_mask,
                   const int64_t gain[COMPONENT_COUNT], const Stretch *stretches, uint32_t count) {
    if (stopped(d)) return;
    effect_begin(d, EFFECT_POOL_OUT);
    buffer_u32(&d->effects, pool);
    buffer_u8(&d->effects, (uint8_t)sign);
    emit_values(d, mask, out);
    emit_values(d, gain_mask, gain);
    buffer_u16(&d->effects, (uint16_t)count);
    for (uint32_t i = 0; i < count; i++) {
        emit_pool_set(d, stretches[i].set);
        emit_values(d, stretches[i].mask, stretches[i].mg);
    }
    effect_end(d);
}

static u128 pool_variance(const Book *book, const PoolRow *pool, int c) {
    u128 sum = pool->random[c];
    for (uint32_t row = pool->first_group; row != ROW_NONE;) {
        const PoolGroupRow *group = ROW(book, PoolGroupRow, TABLE_POOL_GROUP, row);
        u128 shared = group->sum[c] < 0 ? (u128)-group->sum[c] : (u128)group->sum[c];
        sum = u128_add_saturating(sum, u128_mul_saturating(shared, shared));
        row = group->next;
    }
    return sum;
}

// Whether more of a component has come out of the pool than went in, since it was opened.
static void test_pool(Deciding *d, uint32_t pool, uint32_t stated, const char *where) {
    const Book *book = d->book;
    const PoolRow *at = pool_at(book, pool);
    int worst = 0;
    for (uint32_t m = stated & at->whole; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        i128 creation = (i128)at->out[c] - at->in[c] - at->bound_in[c];
        int result = creation <= 0
                         ? 0
                         : creation_test(book, creation, pool_variance(book, at, c), at->in[c]);
        if (result > worst) worst = result;
    }
    if (worst) object(d, worst == 2 ? CODE_ELEMENT_CREATION : CODE_CREATION_NOTICED, "%s", where);
    // As a whole, too: the test above sees only what all that went in had stated.
    const Factors *factors = factors_on(book, d->day);
    Mass fed, made;
    if (factors_reo(factors, RARE_EARTH_MASK, at->in, &fed) &&
        factors_reo(factors, RARE_EARTH_MASK, at->out, &made) && fed.mg > 0 &&
        (i128)made.mg * FRACTION_ONE_PPB >
            (i128)fed.mg * ((i128)FRACTION_ONE_PPB + book->top.yield_drop_ppb))
        object(d, CODE_UNUSUAL_YIELD, "%s", where);
}

void decide_draw(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint32_t pool;
    if (!find_pool(d, e->pool, &pool)) return;
    const PoolRow *at = pool_at(book, pool);
    uint32_t *materials = scratch_take(d, (e->output_count + 1) * sizeof *materials);
    uint32_t *owners = scratch_take(d, (e->output_count + 1) * sizeof *owners);
    Matter *outputs = scratch_take(d, (size_t)e->output_count * sizeof *outputs + 1);
    Feed *feed = scratch_take(d, sizeof *feed), *given = scratch_take(d, sizeof *given);
    Stretch *stretches = stretches_room(d, pool);
    if (!materials || !owners || !outputs || !feed || !given || !stretches) return;
    for (uint32_t i = 0; i < e->output_count; i++)
        if (!material_of_line(d, &e->outputs[i], "outputs", i, &materials[i])) return;
    emit_operation(d, pool);
    int64_t out[COMPONENT_COUNT] = {0}, missing[COMPONENT_COUNT];
    uint32_t stated = 0;
    for (uint32_t i = 0; i < e->output_count; i++) {
        owners[i] = d->party;
        if (!matter_of_line(d, &e->outputs[i], materials[i], "outputs", i, &outputs[i]) ||
            !owner_of_line(d, &e->outputs[i], "outputs", i, &owners[i]))
            return;
        stated |= (uint32_t)outputs[i].content.stated;
        for (int c = 0; c < COMPONENT_COUNT; c++)
            if (!i64_add(out[c], outputs[i].content.mg[c], &out[c])) {
                refuse(d, CODE_TOO_LARGE, "/outputs");
                return;
            }
    }
    memcpy(feed->in, at->content, sizeof feed->in);
    feed->gain_class = (OreClass)at->class_of_ore;
    feed->facets.count = 0;
    for (uint32_t row = at->first_facet; row != ROW_NONE;) {
        const PoolFacetRow *from = ROW(book, PoolFacetRow, TABLE_POOL_FACET, row);
        Facet *facet = facet_in(&feed->facets, from->kind, from->key);
        if (!facet) {
            refuse(d, CODE_TOO_LARGE, "/pool");
            return;
        }
        memcpy(facet->mg, from->mg, sizeof facet->mg);
        row = from->next;
    }
    given->facets.count = feed->facets.count;
    memcpy(given->facets.items, feed->facets.items, feed->facets.count * sizeof(Facet));

    bool reached_open = false;
    uint32_t count = take_stretches(d, pool, out, stretches, missing, &reached_open);
    uint32_t causes[SET_CAUSES_MAX], cause_count = 0, gain_mask = 0;
    for (uint32_t i = 0; i < count; i++)
        set_collect(book, stretches[i].set, causes, &cause_count);
    uint32_t set = set_of(d->book, causes, cause_count);
    for (int c = 0; c < COMPONENT_COUNT; c++)
        if (missing[c]) gain_mask |= 1u << c;
    pool_owners_take(d, pool, outputs, owners, e->output_count);
    emit_pool_out(d, pool, 1, stated, out, gain_mask, missing, stretches, count);
    for (uint32_t i = 0; i < e->output_count; i++)
        emit_pool_terms(d, pool, outputs[i].terms, outputs[i].term_count, -1);
    if (stopped(d)) return;
    // A leach field's solution comes from named sources and stays identity preserved.
    Custody custody = at->activity == ACTIVITY_MINING ? CUSTODY_SEGREGATED : CUSTODY_MASS_BALANCE;
    // What went to the outputs is gone from the pool's facets; gains never were in it.
    int64_t base[COMPONENT_COUNT];
    for (int c = 0; c < COMPONENT_COUNT; c++)
        base[c] = out[c] > feed->in[c] ? out[c] : feed->in[c];
    for (uint32_t k = 0; k < given->facets.count && !stopped(d); k++) {
        Facet *facet = &given->facets.items[k];
        for (int c = 0; c < COMPONENT_COUNT; c++)
            facet->mg[c] = base[c] ? -share_even(facet->mg[c], base[c], out[c], 0) : 0;
        // With a gain everything that was there has gone out.
        for (int c = 0; c < COMPONENT_COUNT; c++)
            if (missing[c]) facet->mg[c] = -feed->facets.items[k].mg[c];
        emit_pool_facet(d, pool, facet);
    }
    if (!make_outputs(d, feed, outputs, materials, owners, custody, set)) return;
    if (reached_open) object(d, CODE_HELD_DRAWN, "/outputs");
    scope_check_lines(d, (Activity)at->activity, e->outputs, e->output_count, "outputs");

    test_pool(d, pool, stated, "/outputs");
    Posting posting = {.facility = d->facility,
                       .lot = ROW_NONE,
                       .pool = pool,
                       .month = d->month,
                       .reason = POSTED_GAIN,
                       .mask = gain_mask};
    memcpy(posting.mg, missing, sizeof posting.mg);
    emit_posting(d, &posting);
}

// The pool's facets shrink with their component.
static void shrink_facets(Deciding *d, uint32_t pool, const int64_t old[COMPONENT_COUNT],
                          const int64_t now[COMPONENT_COUNT]) {
    for (uint32_t row = pool_at(d->book, pool)->first_facet; row != ROW_NONE && !stopped(d);) {
        const PoolFacetRow *from = ROW(d->book, PoolFacetRow, TABLE_POOL_FACET, row);
        Facet delta = {.kind = from->kind, .key = from->key};
        for (int c = 0; c < COMPONENT_COUNT; c++)
            if (now[c] < old[c])
                delta.mg[c] = share_even(from->mg[c], old[c], now[c], 0) - from->mg[c];
        row = from->next;
        emit_pool_facet(d, pool, &delta);
    }
}

// Takes `less` out of a pool otherwise than by a draw. True when it reached what is held.
static bool pool_lessen(Deciding *d, uint32_t pool, const int64_t less[COMPONENT_COUNT],
                        int64_t missing[COMPONENT_COUNT]) {
    Stretch *stretches = stretches_room(d, pool);
    if (stopped(d)) return false;
    bool reached;
    uint32_t count = take_stretches(d, pool, less, stretches, missing, &reached);
    for (uint32_t i = 0; i < count; i++) {
        for (int c = 0; c < COMPONENT_COUNT; c++)
            stretches[i].mg[c] *= -1;
        emit_pool_shift(d, pool, stretches[i].set, stretches[i].mask, stretches[i].mg);
    }
    return reached;
}

void pool_stocktake(Deciding *d, const PoolLine *line, uint32_t index) {
    uint32_t pool;
    if (!pool_of_line(d, line, index, &pool)) return;
    int64_t old[COMPONENT_COUNT], now[COMPONENT_COUNT],
        less[COMPONENT_COUNT] = {0}, more[COMPONENT_COUNT] = {0}, missing[COMPONENT_COUNT];
    memcpy(old, pool_at(d->book, pool)->content, sizeof old);
    memcpy(now, old, sizeof now);
    Posting posting = {.facility = d->facility,
                       .lot = ROW_NONE,
                       .pool = pool,
                       .month = d->month,
                       .reason = POSTED_STOCKTAKE,
                       .with_pool_terms = true,
                       .mask = (uint32_t)line->mask};
    uint32_t more_mask = 0;
    for (uint64_t m = line->mask; m; m &= m - 1) {
        int c = __builtin_ctzll(m);
        now[c] = line->kg[c].mg;
        posting.mg[c] = now[c] - old[c];
        if (now[c] < old[c]) less[c] = old[c] - now[c];
        if (now[c] > old[c]) {
            more[c] = now[c] - old[c];
            more_mask |= 1u << c;
        }
    }
    Term term;
    measure_pool(d, line, &term);
    if (stopped(d)) return;
    Term against = {term.measurement, -term.mg};
    posting.terms = &against;
    posting.term_count = 1;
    emit_posting(d, &posting);
    shrink_facets(d, pool, old, now);
    pool_owners_shrink(d, pool, old, now);
    pool_lessen(d, pool, less, missing);
    emit_pool_shift(d, pool, SET_EMPTY, more_mask, more);
    emit_pool_terms(d, pool, &term, 1, 0);
}

void pool_loss(Deciding *d, const PoolLine *line, uint32_t index) {
    uint32_t pool;
    if (!pool_of_line(d, line, index, &pool)) return;
    int64_t old[COMPONENT_COUNT], now[COMPONENT_COUNT], less[COMPONENT_COUNT] = {0},
                                                        missing[COMPONENT_COUNT];
    memcpy(old, pool_at(d->book, pool)->content, sizeof old);
    memcpy(now, old, sizeof now);
    Posting posting = {.facility = d->facility,
                       .lot = ROW_NONE,
                       .pool = pool,
                       .month = d->month,
                       .reason = POSTED_LOSS,
                       .mask = (uint32_t)line->mask};
    for (uint64_t m = line->mask; m; m &= m - 1) {
        int c = __builtin_ctzll(m);
        less[c] = line->kg[c].mg;
        now[c] = less[c] < old[c] ? old[c] - less[c] : 0;
        posting.mg[c] = -less[c];
    }
    shrink_facets(d, pool, old, now);
    pool_owners_shrink(d, pool, old, now);
    // Held goods that are said to be lost are moved where nobody looks.
    if (pool_lessen(d, pool, less, missing)) object(d, CODE_HELD_MOVED, "/pools/%u/pool", index);
    emit_posting(d, &posting);
    // What the book did not know to be there is a gain, as with a draw.
    posting.reason = POSTED_GAIN;
    memcpy(posting.mg, missing, sizeof posting.mg);
    emit_posting(d, &posting);
    // What is said to be lost cannot come out a second time: it counts as drawn, and more than can
    // have been there is created.
    uint32_t gain_mask = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        if (missing[c]) gain_mask |= 1u << c;
    emit_pool_out(d, pool, 1, (uint32_t)line->mask, less, gain_mask, missing, NULL, 0);
    if (!stopped(d)) test_pool(d, pool, (uint32_t)line->mask, "/pools");
}

// A hold moves all free content into the set of its cause and joins the cause to each other set.
void pool_hold(Deciding *d, uint32_t pool, uint32_t cause) {
    const Book *book = d->book;
    const PoolRow *at = pool_at(book, pool);
    uint32_t alone = set_of(d->book, &cause, 1);
    uint32_t last = at->last_set;
    int64_t open[COMPONENT_COUNT], minus[COMPONENT_COUNT];
    memcpy(open, at->content, sizeof open);
    for (uint32_t row = at->first_set; row != ROW_NONE && !stopped(d);) {
        const PoolSetRow *of_set = ROW(book, PoolSetRow, TABLE_POOL_SET, row);
        uint32_t mask = 0, causes[SET_CAUSES_MAX], count = 0, next = of_set->next,
                 set = of_set->set;
        int64_t mg[COMPONENT_COUNT];
        memcpy(mg, of_set->mg, sizeof mg);
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            open[c] -= mg[c];
            minus[c] = -mg[c];
            if (mg[c]) mask |= 1u << c;
        }
        if (mask) {
            set_collect(book, set, causes, &count);
            set_collect(book, alone, causes, &count);
            uint32_t joined = set_of(d->book, causes, count);
            emit_pool_shift(d, pool, set, mask, minus);
            emit_pool_shift(d, pool, joined, mask, mg);
        }
        if (row == last) break; // sets made here stand behind
        row = next;
    }
    uint32_t mask = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        minus[c] = -open[c];
        if (open[c]) mask |= 1u << c;
    }
    emit_pool_shift(d, pool, SET_EMPTY, mask, minus);
    emit_pool_shift(d, pool, alone, mask, open);
}
