#include "access/pairs.h"

#include "access/crossings.h"
#include "access/inside.h"
#include "balance/pairs.h"
#include "quantity/component.h"

static uint32_t row_of(const BookBalances *balances, uint32_t place) {
    return balances->facility[place].row;
}

static void write_pair(const Look *look, const BookBalances *balances, const Pair *p,
                       JsonWriter *json) {
    static const char *const sides[] = {NULL, "shipper", "receiver"};
    char name[160];
    uint32_t from = row_of(balances, p->from), to = row_of(balances, p->to);
    if (!look_sees_facility(look, from) && !look_sees_facility(look, to)) return;
    json_object_begin(json);
    json_named_string(json, "from", facility_id(look->book, from));
    json_named_string(json, "to", facility_id(look->book, to));
    json_named_u64(json, "consignments", p->crossings);
    named_kg(json, "sent_kg", p->sent);
    named_kg(json, "received_kg", p->received);
    named_kg_signed(json, "lost_kg", p->difference);
    named_kg(json, "u_kg", p->u);
    json_named_double(json, "z", p->z);
    json_named_double(json, "scatter", p->scatter);
    json_named_words(json, "odd", look->view->all ? sides[p->odd] : NULL);
    if (look->view->all && p->odd != PAIR_NEITHER) {
        group_name(look->book, p->odd_group, name, sizeof name);
        json_named_words(json, "by", name);
        named_kg_signed(json, "explained_kg", p->explained);
    } else {
        named_null(json, "by");
        named_null(json, "explained_kg");
    }
    json_object_end(json);
}

static void write_instrument(const Look *look, const PairInstrument *k, JsonWriter *json) {
    char name[160];
    bool device = intern_text(look->book->group_keys, k->group).at[0] == 'd';
    group_name(look->book, k->group, name, sizeof name);
    json_object_begin(json);
    json_named_words(json, "what", device ? "device" : "laboratory");
    json_named_words(json, "name", name);
    json_named_u64(json, "consignments", k->crossings);
    json_named_double(json, "bias_percent", 100.0 * k->bias);
    json_named_double(json, "u_percent", 100.0 * k->u);
    json_named_double(json, "stated_percent", 100.0 * k->stated);
    json_named_double(json, "z", k->z);
    json_named_bool(json, "beyond", k->beyond);
    json_object_end(json);
}

static bool write_pairs(Look *look, const void *context, Buffer *out, Status *status) {
    const CrossingsAsked *asked = context;
    if (!crossings_months_check(asked, status)) return false;
    Analysis *analysis;
    if (!analysis_take(look, &analysis, status)) return false;
    const BookBalances *balances = &analysis->balances;
    uint32_t names = intern_count(look->book->group_keys);
    PairAnalysis pairs;
    int component;
    unsigned components;
    bool well = crossings_component(&balances->crossings, asked->component, "compared", &component,
                                    &components, status) &&
                pairs_analyse(&balances->crossings, (unsigned)component, asked->months.from,
                              asked->months.to, &look->arena, &pairs, status);
    if (well) {
        JsonWriter writer = json_writer(out), *json = &writer;
        answer_begin(look, json);
        json_named_words(json, "component", component_symbol(component));
        json_named_u64(json, "recorded_until", look->before - 1);
        if (look->view->all) json_named_double(json, "limit_z", pairs.limit);
        named_begin_array(json, "pairs");
        for (size_t i = 0; i < pairs.pairs; i++)
            write_pair(look, balances, &pairs.pair[i], json);
        json_array_end(json);
        named_begin_array(json, "instruments");
        for (size_t i = 0; look->view->all && i < pairs.instruments; i++)
            if (pairs.instrument[i].group < names && pairs.instrument[i].u > 0.0)
                write_instrument(look, &pairs.instrument[i], json);
        json_array_end(json);
        json_object_end(json);
    }
    analysis_give(look->access, analysis);
    return well;
}

bool access_pairs(Access *access, const View *view, Text component, Months months, Buffer *out,
                  Status *status) {
    CrossingsAsked asked = {component, months};
    return look_answer(access, view, write_pairs, &asked, out, status);
}
