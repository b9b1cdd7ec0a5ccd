// What is allowed but somebody should look at: contents outside the grade, purity that nobody made,
// yields below what is usual (docs/book.md, "Grade, purity, yield"; K7 and K17).
#include "book/decide.h"

enum { YIELD_BATCHES_MIN = 10 }; // batches that make a history

// Milligrams times factors: the oxide equivalent x 10^6, exactly.
static i128 oxide(const Factors *factors, const int64_t mg[COMPONENT_COUNT], uint64_t mask) {
    i128 sum = 0;
    for (uint64_t m = mask & RARE_EARTH_MASK; m; m &= m - 1)
        sum += (i128)mg[__builtin_ctzll(m)] * factors->micro[__builtin_ctzll(m)];
    return sum;
}

void grade_check(Deciding *d, uint32_t material, const Composition *composition,
                 const Content *content, const char *where) {
    const Book *book = d->book;
    if (stopped(d) || material == ROW_NONE || !composition || composition->basis != BASIS_ASSAYED)
        return;
    const MaterialRow *row = material_at(book, material);
    uint64_t limits = row->grade_min_mask | row->grade_max_mask;
    if (!limits) return;
    const Factors *factors = factors_on(book, d->day);
    i128 whole =
        row->grade_of_treo ? oxide(factors, content->mg, content->stated) : (i128)content->dry;
    if (whole == 0) return;
    const int64_t *limit = values_at(book, row->grade);
    bool off = false;
    // Minima first, lowest bit first, then maxima. What was not measured is not judged.
    for (uint64_t m = row->grade_min_mask; m; m &= m - 1, limit++) {
        uint64_t bit = m & -m;
        i128 part = row->grade_of_treo ? oxide(factors, content->mg, bit)
                                       : (i128)content->mg[__builtin_ctzll(m)];
        off |= (content->whole & bit) && part * FRACTION_ONE_PPB < *limit * whole;
    }
    for (uint64_t m = row->grade_max_mask; m; m &= m - 1, limit++) {
        uint64_t bit = m & -m;
        i128 part = row->grade_of_treo ? oxide(factors, content->mg, bit)
                                       : (i128)content->mg[__builtin_ctzll(m)];
        off |= (content->whole & bit) && part * FRACTION_ONE_PPB > *limit * whole;
    }
    if (off) object(d, CODE_OFF_GRADE, "%s", where);
}

bool purity_rises(const Book *book, Day day, const Content *before, const Content *after) {
    const Factors *factors = factors_on(book, day);
    int main = COMPONENT_NONE;
    i128 most = 0, total = 0, other = 0, total_after = 0, other_after = 0;
    for (uint64_t m = before->stated & RARE_EARTH_MASK; m; m &= m - 1) {
        int c = __builtin_ctzll(m);
        i128 part = (i128)before->mg[c] * factors->micro[c];
        total += part;
        if (part > most) {
            most = part;
            main = c;
        }
    }
    other = total - most;
    if (main == COMPONENT_NONE || other * 100000 < total) return false;
    for (int c = 0; c < RARE_EARTH_COUNT; c++) {
        // What was an impurity must have been looked for afterwards too.
        if (c != main && before->mg[c] > 0 && !(after->whole >> c & 1)) return false;
        i128 part = (i128)after->mg[c] * factors->micro[c];
        total_after += part;
        if (c != main) other_after += part + (i128)after->bound[c] * factors->micro[c];
    }
    // Shares of impurities: other / total halved. In milligrams of oxide, so that products fit.
    return total_after > 0 && 2 * (other_after / FACTOR_ONE) * (total / FACTOR_ONE) <
                                  (other / FACTOR_ONE) * (total_after / FACTOR_ONE);
}

void yield_check(Deciding *d, Activity activity, const Content *in, const Matter *outputs,
                 uint32_t count) {
    if (stopped(d) || activity == ACTIVITY_NONE) return;
    Book *book = d->book;
    const Factors *factors = factors_on(book, d->day);
    Mass fed = {0}, made = {0};
    int64_t mg[COMPONENT_COUNT] = {0};
    uint64_t stated = 0;
    for (uint32_t i = 0; i < count; i++) {
        unsigned stage = material_at(book, outputs[i].material)->stage;
        if (stage < STAGE_ORE_PRODUCT || stage > STAGE_MAGNET) continue;
        stated |= outputs[i].content.stated;
        for (int c = 0; c < RARE_EARTH_COUNT; c++)
            if (!i64_add(mg[c], outputs[i].content.mg[c], &mg[c])) return;
    }
    if (!factors_reo(factors, stated, mg, &made) || !content_reo(in, factors, &fed)) return;
    if (fed.mg == 0 || made.mg == 0) return;
    int64_t yield, usual = 0;
    if (!i64_muldiv_even(made.mg, FRACTION_ONE_PPB, fed.mg, &yield)) yield = INT64_MAX;
    // More than was fed, as a whole: the test for creation sees only what the inputs stated.
    bool odd = yield > (int64_t)FRACTION_ONE_PPB + book->top.yield_drop_ppb;
    odd |= yield < book->top.yield_min_ppb[activity];
    uint32_t found = yield_find(book, d->facility, activity, d->event->process);
    if (found != ROW_NONE) {
        const YieldRow *row = ROW(book, YieldRow, TABLE_YIELD, found);
        if (row->batches >= YIELD_BATCHES_MIN && row->in_mg > 0 &&
            i64_muldiv_even(row->out_mg, FRACTION_ONE_PPB, row->in_mg, &usual))
            odd |= yield < usual - book->top.yield_drop_ppb;
    }
    if (odd) object(d, CODE_UNUSUAL_YIELD, "/outputs");
    effect_begin(d, EFFECT_YIELD);
    buffer_u32(&d->effects, d->facility);
    buffer_u8(&d->effects, (uint8_t)activity);
    buffer_u8(&d->effects, (uint8_t)d->event->process.length);
    buffer_text(&d->effects, d->event->process);
    buffer_i64(&d->effects, fed.mg);
    buffer_i64(&d->effects, made.mg);
    effect_end(d);
}

void yield_back(Deciding *d, uint32_t operation) {
    const Book *book = d->book;
    uint32_t low = 0, high = book_count(book, TABLE_YIELD_BATCH);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ROW(book, YieldBatchRow, TABLE_YIELD_BATCH, middle)->operation < operation)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == book_count(book, TABLE_YIELD_BATCH)) return;
    const YieldBatchRow *batch = ROW(book, YieldBatchRow, TABLE_YIELD_BATCH, low);
    if (batch->operation != operation || batch->in_mg == 0) return;
    effect_begin(d, EFFECT_YIELD_BACK);
    buffer_u32(&d->effects, low);
    effect_end(d);
}
