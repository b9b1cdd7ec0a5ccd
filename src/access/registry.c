#include "access/registry.h"

#include <stdio.h>
#include <string.h>

#include "access/facilities.h"
#include "access/goods.h"
#include "access/inside.h"
#include "access/lots.h"
#include "access/movements.h"
#include "access/oversight.h"
#include "access/plans.h"
#include "access/quota.h"
#include "access/records.h"
#include "access/registry_kind.h"
#include "access/returns.h"
#include "access/totals.h"
#include "base/encode.h"

static bool works_here(const Look *look) {
    return look->view->all || look->party != ROW_NONE;
}

void write_mask(const char *name, uint32_t mask, const char *const *words, unsigned count,
                JsonWriter *json) {
    named_begin_array(json, name);
    for (unsigned i = 0; i < count; i++)
        if (mask >> i & 1 && words[i]) json_words(json, words[i]);
    json_array_end(json);
}

void write_validity(Day from, Day to, JsonWriter *json) {
    if (from > DAY_FIRST)
        named_day(json, "from", from);
    else
        named_null(json, "from");
    if (to < DAY_LAST)
        named_day(json, "to", to);
    else
        named_null(json, "to");
}

static void write_masses(const char *name, uint32_t mask, const int64_t *by_component,
                         JsonWriter *json) {
    named_begin_object(json, name);
    for (uint32_t m = mask; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        json_named_mass(json, component_symbol(c), mass_mg(by_component[c]));
    }
    json_object_end(json);
}

// ---- parties ----

static Intern *const *party_names(const Book *book) {
    return &book->party_ids;
}
static bool party_sees(const Look *look, uint32_t row) {
    return party_latest(look->book, row) && view_sees_party(look->view, look->book, row);
}
static void party_write(const Look *look, uint32_t row, JsonWriter *json) {
    static const char *const roles[] = {"authority", "company", "group", "laboratory",
                                        "customs",   "auditor", "buyer"};
    const Book *book = look->book;
    const PartyVersion *version = party_latest(book, row);
    json_object_begin(json);
    json_named_string(json, "id", party_id(book, row));
    json_named_string(json, "name", text_get(book, version->name));
    named_text_or_null(json, "name_zh", text_get(book, version->name_zh));
    write_mask("roles", version->roles, roles, 7, json);
    named_text_or_null(json, "group", party_id(book, version->group));
    write_validity(version->from, version->to, json);
    named_begin_array(json, "facilities");
    for (uint32_t f = 0; f < book_count(book, TABLE_FACILITY); f++) {
        const FacilityVersion *facility = facility_latest(book, f);
        if (facility && facility->holder == row) json_string(json, facility_id(book, f));
    }
    json_array_end(json);
    json_object_end(json);
}

// ---- licences ----

static Intern *const *licence_names(const Book *book) {
    return &book->licence_ids;
}
static bool licence_sees(const Look *look, uint32_t row) {
    const LicenceVersion *version = licence_latest(look->book, row);
    return version && view_sees_party(look->view, look->book, version->holder);
}

static bool suspended_on(const Book *book, uint32_t licence, Day day) {
    for (uint32_t i = ROW(book, LicenceRow, TABLE_LICENCE, licence)->last_suspension; i != ROW_NONE;
         i = ROW(book, SuspensionRow, TABLE_SUSPENSION, i)->previous) {
        const SuspensionRow *order = ROW(book, SuspensionRow, TABLE_SUSPENSION, i);
        if (order->from <= day && day <= order->to) return true;
    }
    return false;
}

// What it rests on, where it holds, and the orders that suspended it.
static void licence_parts(const Book *book, uint32_t row, JsonWriter *json) {
    const LicenceVersion *version = licence_latest(book, row);
    named_text_or_null(json, "number", text_get(book, version->number));
    named_begin_array(json, "requires");
    for (uint32_t i = 0; i < version->requirement_count; i++)
        json_string(json,
                    intern_text(book->licence_ids,
                                ROW(book, ListRow, TABLE_LIST, version->requirements + i)->number));
    json_array_end(json);
    named_begin_array(json, "areas");
    for (uint32_t i = 0; i < version->area_count; i++) {
        const LicenceAreaRow *area =
            ROW(book, LicenceAreaRow, TABLE_LICENCE_AREA, version->areas + i);
        json_object_begin(json);
        json_named_string(json, "area", text_get(book, area->area));
        named_text_or_null(json, "boundary", text_get(book, area->boundary));
        named_text_or_null(json, "says", text_get(book, area->says));
        json_object_end(json);
    }
    json_array_end(json);
    named_begin_array(json, "documents");
    for (uint32_t i = 0; i < version->document_count; i++) {
        const LicenceDocumentRow *paper =
            ROW(book, LicenceDocumentRow, TABLE_LICENCE_DOCUMENT, version->documents + i);
        json_object_begin(json);
        json_named_words(json, "kind", document_words[paper->kind]);
        json_named_string(json, "number", text_get(book, paper->number));
        named_text_or_null(json, "hash", text_get(book, paper->hash));
        write_validity(paper->from, paper->to, json);
        json_object_end(json);
    }
    json_array_end(json);
    named_begin_array(json, "suspensions");
    for (uint32_t i = ROW(book, LicenceRow, TABLE_LICENCE, row)->last_suspension; i != ROW_NONE;
         i = ROW(book, SuspensionRow, TABLE_SUSPENSION, i)->previous) {
        const SuspensionRow *order = ROW(book, SuspensionRow, TABLE_SUSPENSION, i);
        json_object_begin(json);
        json_named_u64(json, "record", order->seq);
        write_validity(order->from, order->to, json);
        named_text_or_null(json, "reason", text_get(book, order->reason));
        json_object_end(json);
    }
    json_array_end(json);
    const PermitTermsRow *terms =
        version->permit_terms == ROW_NONE
            ? NULL
            : ROW(book, PermitTermsRow, TABLE_PERMIT_TERMS, version->permit_terms);
    json_key(json, "permit");
    if (!terms) {
        json_null(json);
        return;
    }
    const PermitRow *permit =
        ROW(book, PermitRow, TABLE_PERMIT, ROW(book, LicenceRow, TABLE_LICENCE, row)->permit);
    json_object_begin(json);
    json_named_words(json, "kind", permit_kind_words[terms->kind]);
    json_named_words(json, "type", permit_type_words[terms->type]);
    named_text_or_null(json, "user", text_get(book, terms->user));
    named_begin_array(json, "countries");
    for (uint32_t i = 0; i < terms->country_count; i++)
        json_string(json,
                    text_get(book, ROW(book, ListRow, TABLE_LIST, terms->countries + i)->number));
    json_array_end(json);
    json_named_words(json, "measure", permit_measure_words[terms->measure]);
    if (terms->has_quantity)
        json_named_mass(json, "quantity_kg", mass_mg(terms->quantity));
    else
        named_null(json, "quantity_kg");
    json_named_mass(json, "reserved_kg", mass_mg(permit->reserved_mg));
    json_named_mass(json, "drawn_kg", mass_mg(permit->drawn_mg));
    json_named_bool(json, "used", permit->used);
    json_object_end(json);
}

void licence_write(const Look *look, uint32_t row, bool alone, JsonWriter *json) {
    const Book *book = look->book;
    const LicenceVersion *version = licence_latest(book, row);
    bool stopped = version->status != LICENCE_VALID || suspended_on(book, row, look->today);
    const char *word = stopped                       ? "suspended"
                       : look->today > version->to   ? "expired"
                       : look->today < version->from ? "not_yet"
                                                     : "in_force";
    json_object_begin(json);
    json_named_string(json, "id", intern_text(book->licence_ids, row));
    json_named_words(json, "activity", activity_words[version->activity]);
    json_named_string(json, "holder", party_id(book, version->holder));
    named_day(json, "from", version->from);
    named_day(json, "to", version->to);
    json_named_words(json, "status", word);
    if (version->to < DAY_LAST)
        json_named_i64(json, "days_left", version->to - look->today);
    else
        named_null(json, "days_left");
    if (alone) {
        named_text_or_null(json, "facility", facility_id(book, version->facility));
        named_begin_array(json, "sources");
        for (uint32_t i = 0; i < version->source_count; i++)
            json_string(json,
                        intern_text(book->source_ids,
                                    ROW(book, ListRow, TABLE_LIST, version->sources + i)->number));
        json_array_end(json);
        named_begin_array(json, "materials");
        for (uint32_t i = 0; i < version->material_count; i++)
            json_string(
                json,
                material_id(book, ROW(book, ListRow, TABLE_LIST, version->materials + i)->number));
        json_array_end(json);
        licence_parts(book, row, json);
    }
    json_object_end(json);
}
static void licence_row(const Look *look, uint32_t row, JsonWriter *json) {
    licence_write(look, row, true, json);
}

// ---- catalogue ----

static Intern *const *material_names(const Book *book) {
    return &book->material_ids;
}
static bool material_sees(const Look *look, uint32_t row) {
    return works_here(look) && material_at(look->book, row)->registered;
}
// Per cent by component; where the next limits stand.
static const int64_t *limits_write(JsonWriter *json, const char *name, uint32_t mask,
                                   const int64_t *limit) {
    json_key(json, name);
    json_object_begin(json);
    for (uint32_t m = mask; m; m &= m - 1, limit++) {
        json_key(json, component_symbol(__builtin_ctz(m)));
        json_fraction(json, (Fraction){(int32_t)*limit});
    }
    json_object_end(json);
    return limit;
}

static void material_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const MaterialRow *material = material_at(book, row);
    json_object_begin(json);
    json_named_string(json, "id", material_id(book, row));
    json_named_string(json, "name", text_get(book, material->name));
    named_text_or_null(json, "name_zh", text_get(book, material->name_zh));
    json_named_words(json, "stage", stage_word(material->stage));
    named_text_or_null(json, "form", text_get(book, material->form));
    json_named_words(json, "class",
                     material->class_of_ore ? class_words[material->class_of_ore] : NULL);
    json_key(json, "moisture_percent");
    if (material->has_moisture)
        json_fraction(json, (Fraction){material->moisture_ppb});
    else
        json_null(json);
    named_begin_array(json, "expects");
    for (uint32_t m = material->expects; m; m &= m - 1)
        json_words(json, component_symbol(__builtin_ctz(m)));
    json_array_end(json);
    json_key(json, "grade");
    if (material->grade_min_mask | material->grade_max_mask) {
        const int64_t *limit = values_at(book, material->grade);
        json_object_begin(json);
        json_named_words(json, "of", material->grade_of_treo ? "treo" : "dry");
        limit = limits_write(json, "min", material->grade_min_mask, limit);
        limits_write(json, "max", material->grade_max_mask, limit);
        json_object_end(json);
    } else {
        json_null(json);
    }
    json_object_end(json);
}

static Intern *const *deposit_names(const Book *book) {
    return &book->deposit_ids;
}
static bool deposit_sees(const Look *look, uint32_t row) {
    return works_here(look) && ROW(look->book, DepositRow, TABLE_DEPOSIT, row)->registered;
}
static void deposit_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const DepositRow *deposit = ROW(book, DepositRow, TABLE_DEPOSIT, row);
    json_object_begin(json);
    json_named_string(json, "id", intern_text(book->deposit_ids, row));
    json_named_string(json, "name", text_get(book, deposit->name));
    named_text_or_null(json, "country", text_get(book, deposit->country));
    json_named_words(json, "class",
                     deposit->class_of_ore ? class_words[deposit->class_of_ore] : NULL);
    // What is left in the ground tells what its miners took.
    json_key(json, "reserve_kg");
    if (deposit->has_reserve)
        json_mass(json, mass_mg(deposit->reserve_mg));
    else
        json_null(json);
    json_key(json, "mined_kg");
    if (look->view->all)
        json_mass(json, mass_mg(deposit->drawn_mg));
    else
        json_null(json);
    named_begin_object(json, "reference_percent");
    if (deposit->reference_mask) {
        const int64_t *value = values_at(book, deposit->reference);
        for (uint32_t m = deposit->reference_mask; m; m &= m - 1) {
            json_key(json, component_symbol(__builtin_ctz(m)));
            json_fraction(json, (Fraction){(int32_t)*value++});
        }
    }
    json_object_end(json);
    json_object_end(json);
}

static Intern *const *source_names(const Book *book) {
    return &book->source_ids;
}
static bool source_sees(const Look *look, uint32_t row) {
    const SourceRow *source = ROW(look->book, SourceRow, TABLE_SOURCE, row);
    if (!source->registered) return false;
    const LicenceVersion *licence = licence_latest(look->book, source->licence);
    return look->view->all || (licence && view_sees_party(look->view, look->book, licence->holder));
}
static void source_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const SourceRow *source = ROW(book, SourceRow, TABLE_SOURCE, row);
    json_object_begin(json);
    json_named_string(json, "id", intern_text(book->source_ids, row));
    json_named_string(json, "name", text_get(book, source->name));
    json_named_string(json, "deposit", intern_text(book->deposit_ids, source->deposit));
    json_named_string(json, "licence", intern_text(book->licence_ids, source->licence));
    json_object_end(json);
}

// ---- quota instruments ----

static Intern *const *instrument_names(const Book *book) {
    return &book->instrument_ids;
}
static bool instrument_sees(const Look *look, uint32_t row) {
    const InstrumentRow *instrument = ROW(look->book, InstrumentRow, TABLE_INSTRUMENT, row);
    if (look->view->all) return true;
    if (instrument->visibility == VISIBLE_REGULATOR || look->party == ROW_NONE) return false;
    for (uint32_t i = 0; i < instrument->count; i++)
        if (look_sees_holder(
                look,
                ROW(look->book, AllotmentRow, TABLE_ALLOTMENT, instrument->first + i)->holder))
            return true;
    return false;
}
static void instrument_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const InstrumentRow *instrument = ROW(book, InstrumentRow, TABLE_INSTRUMENT, row);
    json_object_begin(json);
    json_named_string(json, "id", intern_text(book->instrument_ids, row));
    json_named_u64(json, "record", instrument->seq);
    json_named_i64(json, "year", instrument->year);
    json_named_words(json, "ledger", ledger_words[instrument->ledger]);
    json_named_words(json, "class",
                     instrument->class_of_ore ? class_words[instrument->class_of_ore] : NULL);
    named_day(json, "day", instrument->date);
    named_text_or_null(json, "notice", text_get(book, instrument->notice));
    json_named_words(json, "visibility", visibility_words[instrument->visibility]);
    named_begin_array(json, "allot");
    for (uint32_t i = 0; i < instrument->count; i++) {
        const AllotmentRow *allotment =
            ROW(book, AllotmentRow, TABLE_ALLOTMENT, instrument->first + i);
        if (!look_sees_holder(look, allotment->holder)) continue;
        json_object_begin(json);
        json_named_string(json, "holder", holder_id(book, allotment->holder));
        bool parent = look->view->all || look_sees_holder(look, allotment->under);
        named_text_or_null(json, "under",
                           parent ? holder_id(book, allotment->under) : (Text){"", 0});
        json_named_mass(json, "reo_kg", mass_mg(allotment->mg));
        json_named_bool(json, "replaced", allotment->replaced);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

// ---- pools ----

static Intern *const *pool_names(const Book *book) {
    return &book->pool_ids;
}
static bool pool_sees(const Look *look, uint32_t row) {
    return look_sees_facility(look, pool_at(look->book, row)->facility);
}
static void pool_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const PoolRow *pool = pool_at(book, row);
    int64_t held[COMPONENT_COUNT] = {0};
    for (uint32_t s = pool->first_set; s != ROW_NONE;
         s = ROW(book, PoolSetRow, TABLE_POOL_SET, s)->next) {
        const PoolSetRow *set = ROW(book, PoolSetRow, TABLE_POOL_SET, s);
        for (int c = 0; c < COMPONENT_COUNT && set_is_open(book, set->set); c++)
            held[c] += set->mg[c];
    }
    json_object_begin(json);
    json_named_string(json, "id", intern_text(book->pool_ids, row));
    json_named_string(json, "name", text_get(book, pool->name));
    json_named_string(json, "facility", facility_id(book, pool->facility));
    json_named_words(json, "activity", activity_words[pool->activity]);
    json_named_words(json, "class", pool->class_of_ore ? class_words[pool->class_of_ore] : NULL);
    json_named_mass(json, "reo_kg", mass_mg(reo_of_mg(look, pool->content)));
    json_named_mass(json, "held_reo_kg", mass_mg(reo_of_mg(look, held)));
    write_masses("content_kg", pool->stated, pool->content, json);
    write_masses("held_kg", pool->stated, held, json);
    write_masses("in_kg", pool->stated, pool->in, json);
    write_masses("out_kg", pool->stated, pool->out, json);
    write_masses("gain_kg", pool->stated, pool->gain, json);
    json_object_end(json);
}

static Intern *const *case_names(const Book *book) {
    return &book->case_ids;
}
static Intern *const *technology_names(const Book *book) {
    return &book->technology_ids;
}
static Intern *const *pack_names(const Book *book) {
    return &book->pack_ids;
}

static const Kind kinds[] = {
    {"party", "parties", TABLE_PARTY, false, false, party_names, party_sees, party_write},
    {"licence", "licences", TABLE_LICENCE, false, false, licence_names, licence_sees, licence_row},
    {"material", "materials", TABLE_MATERIAL, false, false, material_names, material_sees,
     material_write},
    {"deposit", "deposits", TABLE_DEPOSIT, false, false, deposit_names, deposit_sees,
     deposit_write},
    {"source", "sources", TABLE_SOURCE, false, false, source_names, source_sees, source_write},
    {"instrument", "instruments", TABLE_INSTRUMENT, false, false, instrument_names, instrument_sees,
     instrument_write},
    {"pool", "pools", TABLE_POOL, false, false, pool_names, pool_sees, pool_write},
    {"consignment", "consignments", TABLE_CONSIGNMENT, true, false, consignment_names,
     consignment_sees, consignment_write},
    {"draft", "drafts", TABLE_DRAFT, true, false, draft_names, draft_sees, draft_write},
    {"opinion", "opinions", TABLE_OPINION, true, false, NULL, opinion_sees, opinion_write},
    {"pass-down", "pass-downs", TABLE_ALLOTMENT, false, false, NULL, pass_down_sees,
     pass_down_write},
    {"missing-return", "missing-returns", TABLE_FACILITY, false, false, NULL, missing_return_sees,
     missing_return_write},
    {"return", "returns", TABLE_MONTH_RETURN, true, false, NULL, return_sees, return_write},
    {"awaiting", "awaiting", TABLE_AWAITING, true, false, NULL, awaiting_sees, awaiting_write},
    {"order", "orders", TABLE_ORDER, true, false, NULL, authority_sees, order_write},
    {"case", "cases", TABLE_CASE, false, false, case_names, authority_sees, case_write},
    {"tip", "tips", TABLE_TIP, true, false, NULL, authority_sees, tip_write},
    {"technology", "technologies", TABLE_TECHNOLOGY, false, false, technology_names,
     technology_sees, technology_write},
    {"rules", "rules", TABLE_PACK, false, false, pack_names, pack_sees, pack_write},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

// The kind of this name, of one or of many; null for another.
static const Kind *kind_find(Text name, bool many) {
    for (unsigned i = 0; i < KINDS + IDENTITY_KINDS; i++) {
        const Kind *kind = i < KINDS ? &kinds[i] : &identity_kinds[i - KINDS];
        if (text_equal(name, text_of(many ? kind->many : kind->one))) return kind;
    }
    return NULL;
}

const char *const access_show_kinds[] = {
    "lot",    "facility",   "party", "licence", "material",    "deposit",
    "source", "instrument", "pool",  "cause",   "consignment", "event",
    "case",   "technology", "rules", "user",    "delegation",  "device",
    "key",    "document",   "part",  NULL};
const char *const access_list_kinds[] = {
    "parties",      "facilities",      "licences", "materials",   "deposits",
    "sources",      "pools",           "lots",     "causes",      "holds",
    "consignments", "instruments",     "records",  "returns",     "movements",
    "postings",     "totals",          "awaiting", "orders",      "cases",
    "tips",         "technologies",    "rules",    "drafts",      "opinions",
    "pass-downs",   "missing-returns", "users",    "delegations", "devices",
    "keys",         "documents",       "parts",    NULL};

static bool unknown_kind(Text kind, const char *const *words, Status *status) {
    status_set(status, STATUS_INVALID, "\"%.*s\" is no kind of thing here", TEXT_ARG(kind));
    status_where(status, "kind");
    char hint[sizeof status->hint] = "one of";
    for (size_t used = strlen(hint); *words && used + strlen(*words) + 2 < sizeof hint; words++)
        used += (size_t)snprintf(hint + used, sizeof hint - used, " %s", *words);
    return status_hint(status, "%s", hint);
}

// ---- show ----

typedef struct Shown {
    const Kind *kind;
    Text id;
} Shown;

static bool show_row(Look *look, const void *asked, Buffer *out, Status *status) {
    const Shown *shown = asked;
    const Kind *kind = shown->kind;
    uint8_t hash[32];
    Text id = shown->id;
    if (kind->by_hash)
        id = hex_read(id, hash, sizeof hash) ? (Text){(const char *)hash, sizeof hash} : TEXT("");
    uint32_t row = kind->names ? intern_find(*kind->names(look->book), id) : ROW_NONE;
    if (row == ROW_NONE || row >= book_count(look->book, kind->table) || !kind->sees(look, row))
        return not_found(status, kind->one, shown->id);
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    json_key(json, kind->one);
    kind->write(look, row, json);
    json_object_end(json);
    return true;
}

// "RECORD.PLACE".
static bool cause_number(Text id, uint64_t *number) {
    Text seq, place;
    if (!text_split(id, '.', &seq, &place) || seq.length == 0 || seq.length > 16 ||
        place.length == 0 || place.length > 3)
        return false;
    uint64_t a = 0, b = 0;
    for (size_t i = 0; i < seq.length; i++) {
        if (seq.at[i] < '0' || seq.at[i] > '9') return false;
        a = a * 10 + (uint64_t)(seq.at[i] - '0');
    }
    for (size_t i = 0; i < place.length; i++) {
        if (place.at[i] < '0' || place.at[i] > '9') return false;
        b = b * 10 + (uint64_t)(place.at[i] - '0');
    }
    *number = a * 256 + b;
    return b < 256;
}

static bool show_cause(Look *look, const void *asked, Buffer *out, Status *status) {
    Text id = *(const Text *)asked;
    uint64_t number;
    uint32_t row = cause_number(id, &number) ? cause_find(look->book, number) : ROW_NONE, count;
    CauseTally *tally;
    if (row == ROW_NONE) return not_found(status, "cause", id);
    if (!causes_tally(look, &tally, &count, status)) return false;
    if (row >= count || !tally[row].seen) return not_found(status, "cause", id);
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    json_key(json, "cause");
    hold_write(look, row, UINT64_MAX, &tally[row], json);
    named_begin_array(json, "lots");
    for (uint32_t l = 0; l < book_count(look->book, TABLE_LOT); l++) {
        const Lot *lot = lot_at(look->book, l);
        const SetRow *set = ROW(look->book, SetRow, TABLE_SET, lot->set);
        for (uint32_t i = 0; lot->set != SET_EMPTY && i < set->count; i++) {
            if (*(const uint32_t *)book_row(look->book, TABLE_SET_ITEM, set->first + i) == row &&
                look_sees_lot(look, l))
                json_string(json, lot_id(look->book, l));
        }
        if (!look_breathe(look, status)) return false;
    }
    json_array_end(json);
    json_object_end(json);
    return true;
}

typedef struct EventAsked {
    Text id;
    uint64_t *seq;
} EventAsked;

// PARTY:ID, or a record's number; the answer is the record's.
static bool event_seq(Look *look, const void *asked, Buffer *out, Status *status) {
    (void)out;
    (void)status;
    const EventAsked *q = asked;
    Text party, id;
    *q->seq = UINT64_MAX;
    if (text_split(q->id, ':', &party, &id)) {
        *q->seq = book_event_find(look->book, party, id);
    } else if (q->id.length > 0 && q->id.length <= 18) {
        uint64_t seq = 0;
        bool digits = true;
        for (size_t i = 0; i < q->id.length; i++) {
            digits = digits && q->id.at[i] >= '0' && q->id.at[i] <= '9';
            seq = seq * 10 + (uint64_t)(uint8_t)(q->id.at[i] - '0');
        }
        if (digits) *q->seq = seq;
    }
    if (*q->seq != UINT64_MAX &&
        (*q->seq >= look->before || !view_sees_record(look->view, look->book, *q->seq)))
        *q->seq = UINT64_MAX;
    return true;
}

bool access_show(Access *access, const View *view, Text kind, Text id, Buffer *out,
                 Status *status) {
    if (text_equal(kind, TEXT("lot"))) return access_lot(access, view, id, out, status);
    if (text_equal(kind, TEXT("facility"))) return access_facility(access, view, id, out, status);
    if (text_equal(kind, TEXT("cause")))
        return look_answer(access, view, show_cause, &id, out, status);
    if (text_equal(kind, TEXT("event"))) {
        uint64_t seq;
        EventAsked asked = {id, &seq};
        if (!look_answer(access, view, event_seq, &asked, NULL, status)) return false;
        return seq == UINT64_MAX ? not_found(status, "event", id)
                                 : access_record(access, view, seq, out, status);
    }
    const Kind *found = kind_find(kind, false);
    if (found && found->names) {
        Shown shown = {found, id};
        return look_answer(access, view, show_row, &shown, out, status);
    }
    return unknown_kind(kind, access_show_kinds, status);
}

// ---- list ----

typedef struct Listed {
    const Kind *kind;
    const Page *page;
} Listed;

static bool list_begin(Look *look, const char *query, const Page *page, uint32_t rows,
                       bool newest_first, uint64_t *position, unsigned *limit, Status *status) {
    *position = newest_first ? rows : 0;
    if (!access_page_limit(page, limit, status)) return false;
    if (page && !text_is_empty(page->cursor) &&
        !cursor_read(look, text_of(query), page->cursor, position, status))
        return false;
    if (*position > rows) *position = rows;
    return true;
}

static bool list_rows(Look *look, const void *asked, Buffer *out, Status *status) {
    const Listed *listed = asked;
    const Kind *kind = listed->kind;
    uint64_t position;
    unsigned limit, written = 0;
    uint32_t rows = book_count(look->book, kind->table);
    if (!list_begin(look, kind->many, listed->page, rows, kind->newest_first, &position, &limit,
                    status))
        return false;
    if (kind->table == TABLE_MONTH_RETURN && !goods_take(look, status)) return false;
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    named_begin_array(json, "items");
    bool more = false;
    while (kind->newest_first ? position > 0 : position < rows) {
        uint32_t row = (uint32_t)(kind->newest_first ? position - 1 : position);
        if (kind->sees(look, row)) {
            if (written == limit) {
                more = true;
                break;
            }
            kind->write(look, row, json);
            written++;
        }
        position = kind->newest_first ? position - 1 : position + 1;
        if (!look_breathe(look, status)) return false;
    }
    json_array_end(json);
    json_key(json, "next");
    if (more)
        cursor_write(look, text_of(kind->many), position, json);
    else
        json_null(json);
    json_object_end(json);
    return true;
}

static bool list_causes(Look *look, const void *asked, Buffer *out, Status *status) {
    const Listed *listed = asked;
    CauseTally *tally;
    uint32_t count;
    uint64_t position;
    unsigned limit, written = 0;
    if (!causes_tally(look, &tally, &count, status) ||
        !list_begin(look, "causes", listed->page, count, true, &position, &limit, status))
        return false;
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    named_begin_array(json, "items");
    bool more = false;
    for (; position > 0; position--) {
        if (!tally[position - 1].seen) continue;
        if (written == limit) {
            more = true;
            break;
        }
        hold_write(look, (uint32_t)position - 1, UINT64_MAX, &tally[position - 1], json);
        written++;
    }
    json_array_end(json);
    json_key(json, "next");
    if (more)
        cursor_write(look, TEXT("causes"), position, json);
    else
        json_null(json);
    json_object_end(json);
    return true;
}

bool access_list(Access *access, const View *view, Text kind, const Page *page, Buffer *out,
                 Status *status) {
    if (text_equal(kind, TEXT("lots"))) return access_lots(access, view, NULL, page, out, status);
    if (text_equal(kind, TEXT("facilities")))
        return access_facilities(access, view, page, out, status);
    if (text_equal(kind, TEXT("records")))
        return access_records(access, view, NULL, page, out, status);
    if (text_equal(kind, TEXT("consignments")))
        return access_consignments(access, view, NULL, page, out, status);
    if (text_equal(kind, TEXT("totals"))) return access_totals(access, view, NULL, out, status);
    if (text_equal(kind, TEXT("movements")))
        return access_movements(access, view, NULL, page, out, status);
    if (text_equal(kind, TEXT("postings")))
        return access_postings(access, view, NULL, page, out, status);
    Listed listed = {NULL, page};
    if (text_equal(kind, TEXT("causes")) || text_equal(kind, TEXT("holds")))
        return look_answer(access, view, list_causes, &listed, out, status);
    listed.kind = kind_find(kind, true);
    if (listed.kind) return look_answer(access, view, list_rows, &listed, out, status);
    return unknown_kind(kind, access_list_kinds, status);
}
