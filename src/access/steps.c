#include "access/steps.h"

#include "access/inside.h"

static const char *const words[STEPS_MADE] = {"mined",      "separated", "reduced", "alloyed",
                                              "magnetised", "assembled", "imported"};

Step step_of_stage(unsigned stage) {
    switch (stage) {
    case STAGE_ORE:
    case STAGE_ORE_PRODUCT:
        return STEP_MINED;
    case STAGE_COMPOUND:
        return STEP_SEPARATED;
    case STAGE_METAL:
        return STEP_REDUCED;
    case STAGE_ALLOY:
        return STEP_ALLOYED;
    case STAGE_MAGNET:
        return STEP_MAGNETISED;
    case STAGE_ARTICLE:
        return STEP_ASSEMBLED;
    default:
        return STEP_OF_NOTHING;
    }
}

Text country_of_facility(const Book *book, uint32_t facility) {
    const FacilityVersion *version = facility_latest(book, facility);
    Text stated = version ? text_get(book, version->country) : TEXT("");
    return stated.length ? stated : text_get(book, book->top.jurisdiction);
}

Text country_of_import(const Book *book, uint64_t seq, uint32_t lot) {
    uint32_t low = 0, count = book_count(book, TABLE_IMPORT), high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ROW(book, ImportRow, TABLE_IMPORT, middle)->seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < count && ROW(book, ImportRow, TABLE_IMPORT, low)->seq == seq; low++)
        if (ROW(book, ImportRow, TABLE_IMPORT, low)->lot == lot)
            return text_get(book, ROW(book, ImportRow, TABLE_IMPORT, low)->country);
    return TEXT("");
}

void steps_add(Steps *steps, Step step, Text country, double share) {
    if (step >= STEPS_MADE || !(share > 0)) return;
    unsigned at = 0;
    while (at < steps->count &&
           (steps->items[at].step != step || !text_equal(steps->items[at].country, country)))
        at++;
    if (at == STEP_SHARES_MAX)
        at--;
    else if (at == steps->count)
        steps->items[steps->count++] = (StepShare){step, country, 0};
    share += steps->items[at].share;
    steps->items[at].share = share < 1 ? share : 1;
}

void steps_add_unknown(Steps *steps, unsigned stage, double share) {
    Step last = step_of_stage(stage);
    for (Step step = STEP_MINED; last != STEP_OF_NOTHING && step <= last; step++)
        steps_add(steps, step, TEXT(""), share);
}

void steps_sort(Steps *steps) {
    for (unsigned i = 1; i < steps->count; i++)
        for (unsigned j = i; j > 0; j--) {
            StepShare *a = &steps->items[j - 1], *b = &steps->items[j];
            if (a->step < b->step || (a->step == b->step && a->share >= b->share)) break;
            StepShare moved = *a;
            *a = *b;
            *b = moved;
        }
}

void steps_write(const Steps *steps, JsonWriter *json) {
    for (unsigned i = 0; steps && i < steps->count; i++) {
        const StepShare *at = &steps->items[i];
        json_object_begin(json);
        json_named_words(json, "step", words[at->step]);
        named_text_or_null(json, "country", at->country);
        named_share(json, "share", at->share);
        json_object_end(json);
    }
}

void steps_say(const Steps *steps, Buffer *out) {
    if (steps && steps->count) buffer_string(out, "\ncountries by step\n");
    for (unsigned i = 0; steps && i < steps->count; i++) {
        const StepShare *at = &steps->items[i];
        buffer_format(out, "  %8.4f %%  %s in %.*s\n", 100 * at->share, words[at->step],
                      TEXT_ARG(at->country.length ? at->country : TEXT("an unknown place")));
    }
}
