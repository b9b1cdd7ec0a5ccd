#include "access/returns.h"

#include <math.h>
#include <stdio.h>

#include "access/goods.h"
#include "quantity/decimal.h"

static const char *const figure_words[] = {"opening", "received", "extracted", "made",
                                           "used",    "shipped",  "discarded", "closing"};
enum { FIGURES = sizeof figure_words / sizeof *figure_words };

typedef struct Compared {
    uint32_t material;
    unsigned figure;
    bool named; // the return names the material
    int64_t filed, booked, tolerance;
    bool known, differs; // known: the book can say
} Compared;
typedef void Compare(void *context, const Compared *compared);

static int64_t tolerance_of(const Book *book, int64_t filed, int64_t booked) {
    int64_t place = 1000000; // 1 kg
    while (filed % place)
        place /= 10;
    int64_t u, s;
    book_weighing_error(book, &u, &s);
    int64_t most = filed > booked ? filed : booked;
    if (most < 0) most = 0;
    double sigma = hypot((double)u, (double)s) * 1e-9 * (double)most;
    double beyond = (double)book->top.flag_sigma * sigma;
    return place / 2 + (beyond < 9e17 ? (int64_t)beyond : (int64_t)9e17);
}

static void compare(const Look *look, Compared *c, Compare *visit, void *context) {
    c->tolerance = tolerance_of(look->book, c->filed, c->booked);
    int64_t apart = c->filed - c->booked;
    c->differs = c->known && (apart < 0 ? -apart : apart) > c->tolerance;
    visit(context, c);
}

static const ReturnLineRow *line_at(const Book *book, const MonthReturn *made, uint32_t index) {
    return ROW(book, ReturnLineRow, TABLE_RETURN_LINE, made->first_line + index);
}

// Each figure that was filed, in its order; then those of materials that were not.
static void compare_all(const Look *look, uint32_t row, Compare *visit, void *context) {
    const Book *book = look->book;
    const MonthReturn *made = ROW(book, MonthReturn, TABLE_MONTH_RETURN, row);
    bool leached = goods_leached(look->goods, made->facility, made->month);
    int64_t mg[GOODS_TERMS];
    for (uint32_t i = 0; i < made->line_count; i++) {
        const ReturnLineRow *line = line_at(book, made, i);
        bool had = goods_find(look->goods, made->facility, line->material, made->month, mg);
        uint32_t value = line->values;
        for (uint32_t m = line->mask; m; m &= m - 1) {
            Compared c = {.material = line->material,
                          .figure = (unsigned)__builtin_ctz(m),
                          .named = true,
                          .filed = *values_at(book, value++)};
            c.booked = mg[c.figure];
            c.known = had || !leached;
            compare(look, &c, visit, context);
        }
    }
    for (uint32_t material = 0; material < book_count(book, TABLE_MATERIAL); material++) {
        unsigned stage = material_at(book, material)->stage;
        bool named = stage == STAGE_REAGENT || stage == STAGE_OTHER; // nobody asks for these
        for (uint32_t i = 0; i < made->line_count && !named; i++)
            named = line_at(book, made, i)->material == material;
        if (named || !goods_find(look->goods, made->facility, material, made->month, mg)) continue;
        for (unsigned figure = 0; figure < FIGURES; figure++) {
            Compared c = {
                .material = material, .figure = figure, .known = true, .booked = mg[figure]};
            if (mg[figure]) compare(look, &c, visit, context);
        }
    }
}

// A later return of the same facility and month, or ROW_NONE.
static uint32_t amended_by(const Book *book, uint32_t row) {
    const MonthReturn *made = ROW(book, MonthReturn, TABLE_MONTH_RETURN, row);
    uint32_t last = ROW_NONE;
    for (uint32_t other = row + 1; other < book_count(book, TABLE_MONTH_RETURN); other++) {
        const MonthReturn *later = ROW(book, MonthReturn, TABLE_MONTH_RETURN, other);
        if (later->facility == made->facility && later->month == made->month) last = other;
    }
    return last;
}

static void count_differing(void *context, const Compared *c) {
    *(unsigned *)context += c->differs;
}

static const char *state_of(const Book *book, uint32_t row, unsigned differing) {
    return amended_by(book, row) != ROW_NONE ? "amended" : differing ? "differs" : "agrees";
}

bool return_sees(const Look *look, uint32_t row) {
    return look_sees_facility(look,
                              ROW(look->book, MonthReturn, TABLE_MONTH_RETURN, row)->facility);
}

typedef struct Writing {
    const Look *look;
    JsonWriter *json;
} Writing;

static void write_differing(void *context, const Compared *c) {
    const Writing *w = context;
    if (!c->differs) return;
    json_object_begin(w->json);
    json_named_string(w->json, "material", material_id(w->look->book, c->material));
    json_named_words(w->json, "figure", figure_words[c->figure]);
    json_key(w->json, "filed_kg");
    char text[DECIMAL_TEXT_MAX];
    if (c->named)
        json_words(w->json, mass_print_wide(c->filed, text));
    else
        json_null(w->json);
    named_wide(w->json, "book_kg", c->booked);
    named_wide(w->json, "difference_kg", (i128)c->filed - c->booked);
    named_wide(w->json, "tolerance_kg", c->tolerance);
    json_object_end(w->json);
}

void return_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const MonthReturn *made = ROW(book, MonthReturn, TABLE_MONTH_RETURN, row);
    unsigned differing = 0;
    compare_all(look, row, count_differing, &differing);
    uint32_t later = amended_by(book, row);
    json_object_begin(json);
    json_named_string(json, "facility", facility_id(book, made->facility));
    named_month(json, "month", made->month);
    json_named_u64(json, "record", made->seq);
    json_named_u64(json, "amended", made->amended);
    json_named_bool(json, "late", made->late);
    json_named_bool(json, "nil", made->line_count == 0);
    json_named_words(json, "state", state_of(book, row, differing));
    named_seq_or_null(json, "amended_by", later != ROW_NONE,
                      later != ROW_NONE ? ROW(book, MonthReturn, TABLE_MONTH_RETURN, later)->seq
                                        : 0);
    json_named_u64(json, "differing", differing);
    named_begin_array(json, "differences");
    Writing writing = {look, json};
    compare_all(look, row, write_differing, &writing);
    json_array_end(json);
    json_object_end(json);
}

// ---- as a table ----

void returns_head(CsvWriter *csv) {
    static const char *const names[] = {
        "facility", "month",  "record",   "state",   "late",          "amends",       "nil",
        "material", "figure", "filed_kg", "book_kg", "difference_kg", "tolerance_kg", "differs",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        csv_words(csv, names[i]);
}

typedef struct Tabling {
    const Look *look;
    CsvWriter *csv;
    uint32_t row;
    const char *state;
    bool any;
} Tabling;

static void row_head(Tabling *t) {
    const MonthReturn *made = ROW(t->look->book, MonthReturn, TABLE_MONTH_RETURN, t->row);
    char month[MONTH_TEXT_MAX], number[24];
    if (t->any) csv_row_end(t->csv);
    t->any = true;
    csv_text(t->csv, facility_id(t->look->book, made->facility));
    csv_words(t->csv, month_print(made->month, month));
    snprintf(number, sizeof number, "%llu", (unsigned long long)made->seq);
    csv_number(t->csv, number);
    csv_words(t->csv, t->state);
    csv_words(t->csv, made->late ? "yes" : "no");
    csv_words(t->csv, made->amended ? "yes" : "no");
    csv_words(t->csv, made->line_count == 0 ? "yes" : "no");
}

static void cell_mg(CsvWriter *csv, i128 mg) {
    char text[DECIMAL_TEXT_MAX];
    csv_number(csv, mass_print_wide(mg, text));
}

static void table_figure(void *context, const Compared *c) {
    Tabling *t = context;
    row_head(t);
    csv_text(t->csv, material_id(t->look->book, c->material));
    csv_words(t->csv, figure_words[c->figure]);
    if (c->named)
        cell_mg(t->csv, c->filed);
    else
        csv_words(t->csv, "");
    if (c->known) {
        cell_mg(t->csv, c->booked);
        cell_mg(t->csv, (i128)c->filed - c->booked);
        cell_mg(t->csv, c->tolerance);
    } else {
        csv_words(t->csv, "");
        csv_words(t->csv, "");
        csv_words(t->csv, "");
    }
    csv_words(t->csv, !c->known ? "" : c->differs ? "yes" : "no");
}

bool returns_row(const Look *look, uint32_t row, CsvWriter *csv) {
    if (!return_sees(look, row)) return false;
    unsigned differing = 0;
    compare_all(look, row, count_differing, &differing);
    Tabling tabling = {look, csv, row, state_of(look->book, row, differing), false};
    compare_all(look, row, table_figure, &tabling);
    if (tabling.any) return true;
    row_head(&tabling); // a nil return of a month in which there was nothing
    for (int cell = 0; cell < 7; cell++)
        csv_words(csv, "");
    return true;
}
