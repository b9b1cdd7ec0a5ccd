// What stands beside matter: second persons, orders, inspections, reports, technology, rule packs.
#include "access/oversight.h"

#include <stdio.h>

#include "codec/event_head.h"

static void named_hash(JsonWriter *json, const char *name, const uint8_t hash[32]) {
    char hex[64];
    for (size_t i = 0; i < 32; i++) {
        hex[2 * i] = "0123456789abcdef"[hash[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[hash[i] & 15];
    }
    json_named_string(json, name, (Text){hex, sizeof hex});
}

static void named_id_or_null(JsonWriter *json, const char *name, const Intern *ids, uint32_t row) {
    if (row == ROW_NONE)
        named_null(json, name);
    else
        json_named_string(json, name, intern_text(ids, row));
}

static void named_texts(JsonWriter *json, const char *name, const Book *book, uint32_t first,
                        uint32_t count) {
    named_begin_array(json, name);
    for (uint32_t i = 0; i < count; i++)
        json_string(json, text_get(book, ROW(book, ListRow, TABLE_LIST, first + i)->number));
    json_array_end(json);
}

static void named_last_day(JsonWriter *json, const char *name, Day day) {
    if (day == DAY_LAST)
        named_null(json, name);
    else
        named_day(json, name, day);
}

// ---- a second person ----

bool awaiting_sees(const Look *look, uint32_t row) {
    return view_sees_record(look->view, look->book,
                            ROW(look->book, AwaitingRow, TABLE_AWAITING, row)->seq);
}

// The event's own id, from its bytes: the book keeps them while it waits.
static void named_event_id(JsonWriter *json, Text bytes) {
    Arena arena;
    arena_init(&arena, (size_t)64 << 20);
    Status unread;
    status_clear(&unread);
    Event event;
    bool read = event_decode_head(bytes, &arena, &event, &unread);
    json_named_string(json, "id", read ? event.id : TEXT(""));
    arena_done(&arena);
}

void awaiting_write(const Look *look, uint32_t row, JsonWriter *json) {
    static const char *const states[] = {"", "waits", "confirmed", "declined"};
    static const char *const who[] = {"", "another person of the party", "customs"};
    const Book *book = look->book;
    const AwaitingRow *awaiting = ROW(book, AwaitingRow, TABLE_AWAITING, row);
    json_object_begin(json);
    json_named_u64(json, "record", awaiting->seq);
    json_named_string(json, "party", intern_text(book->party_ids, awaiting->party));
    named_event_id(json, text_get(book, awaiting->bytes));
    json_named_words(json, "kind", event_kind_name((EventKind)awaiting->kind));
    named_hash(json, "hash", awaiting->hash);
    json_named_words(json, "state", states[awaiting->status]);
    json_named_words(json, "confirmed_by", who[awaiting->who]);
    json_key(json, "closed_by");
    if (awaiting->closed_by == UINT64_MAX)
        json_null(json);
    else
        json_u64(json, awaiting->closed_by);
    json_object_end(json);
}

// ---- orders, inspections, reports ----

bool authority_sees(const Look *look, uint32_t row) {
    (void)row;
    return look->view->all;
}

void order_write(const Look *look, uint32_t row, JsonWriter *json) {
    static const char *const states[] = {"", "pending", "open", "released", "void"};
    const Book *book = look->book;
    const OrderRow *order = ROW(book, OrderRow, TABLE_ORDER, row);
    const CauseRow *cause = cause_at(book, order->cause);
    char number[40];
    snprintf(number, sizeof number, "%llu.%u", (unsigned long long)(cause->number >> 8),
             (unsigned)(cause->number & 255));
    json_object_begin(json);
    json_named_u64(json, "record", order->seq);
    json_named_words(json, "what", order->reserve ? "reserve" : "seizure");
    named_text_or_null(json, "reserve", text_get(book, order->name));
    named_text_or_null(json, "order", text_get(book, order->number));
    named_text_or_null(json, "seal", text_get(book, order->seal));
    json_named_words(json, "cause", number);
    json_named_words(json, "state", states[cause->status]);
    json_object_end(json);
}

static void case_version(const Look *look, const CaseVersion *version, JsonWriter *json) {
    const Book *book = look->book;
    json_named_u64(json, "record", version->seq);
    json_named_words(json, "state", case_state_words[version->state]);
    named_id_or_null(json, "about", book->party_ids, version->about);
    named_id_or_null(json, "facility", book->facility_ids, version->facility);
    named_begin_array(json, "lots");
    for (uint32_t i = 0; i < version->lot_count; i++)
        json_string(json, intern_text(book->lot_ids,
                                      ROW(book, ListRow, TABLE_LIST, version->lots + i)->number));
    json_array_end(json);
    named_begin_array(json, "records");
    for (uint32_t i = 0; i < version->event_count; i++)
        json_u64(json, ROW(book, ListRow, TABLE_LIST, version->events + i)->number);
    json_array_end(json);
    named_texts(json, "findings", book, version->findings, version->finding_count);
    named_texts(json, "documents", book, version->documents, version->document_count);
    named_text_or_null(json, "outcome", text_get(book, version->outcome));
}

void case_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    uint32_t last = ROW(book, CaseRow, TABLE_CASE, row)->last_version;
    json_object_begin(json);
    json_named_string(json, "id", intern_text(book->case_ids, row));
    case_version(look, ROW(book, CaseVersion, TABLE_CASE_VERSION, last), json);
    named_begin_array(json, "earlier");
    for (uint32_t at = ROW(book, CaseVersion, TABLE_CASE_VERSION, last)->previous; at != ROW_NONE;
         at = ROW(book, CaseVersion, TABLE_CASE_VERSION, at)->previous)
        json_u64(json, ROW(book, CaseVersion, TABLE_CASE_VERSION, at)->seq);
    json_array_end(json);
    json_object_end(json);
}

void tip_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const TipRow *tip = ROW(book, TipRow, TABLE_TIP, row);
    json_object_begin(json);
    json_named_u64(json, "record", tip->seq);
    json_named_string(json, "hash", text_get(book, tip->hash));
    named_id_or_null(json, "facility", book->facility_ids, tip->facility);
    json_object_end(json);
}

// ---- technology ----

static const TechnologyVersion *technology_latest(const Book *book, uint32_t row) {
    return ROW(book, TechnologyVersion, TABLE_TECHNOLOGY_VERSION,
               ROW(book, TechnologyRow, TABLE_TECHNOLOGY, row)->last_version);
}

bool technology_sees(const Look *look, uint32_t row) {
    const Book *book = look->book;
    if (look->view->all || technology_latest(book, row)->owner == look->party) return true;
    for (uint32_t at = ROW(book, TechnologyRow, TABLE_TECHNOLOGY, row)->last_disclosure;
         at != ROW_NONE;
         at = ROW(book, DisclosureRow, TABLE_DISCLOSURE, at)->previous_of_technology) {
        const DisclosureRow *told = ROW(book, DisclosureRow, TABLE_DISCLOSURE, at);
        if (look->party != ROW_NONE && (told->to == look->party || told->by == look->party))
            return true;
    }
    return false;
}

// Disclosures from the last to the first: to whom the owner and others told it, as the asker may
// see them.
static void write_disclosures(const Look *look, uint32_t row, bool owner, JsonWriter *json) {
    const Book *book = look->book;
    named_begin_array(json, "disclosures");
    for (uint32_t at = ROW(book, TechnologyRow, TABLE_TECHNOLOGY, row)->last_disclosure;
         at != ROW_NONE;
         at = ROW(book, DisclosureRow, TABLE_DISCLOSURE, at)->previous_of_technology) {
        const DisclosureRow *told = ROW(book, DisclosureRow, TABLE_DISCLOSURE, at);
        if (!owner && told->to != look->party && told->by != look->party) continue;
        json_object_begin(json);
        json_named_u64(json, "record", told->seq);
        named_day(json, "day", told->day);
        json_named_words(json, "step", step_words[told->step]);
        json_named_string(json, "by", intern_text(book->party_ids, told->by));
        named_id_or_null(json, "to", book->party_ids, told->to);
        named_text_or_null(json, "outside", text_get(book, told->outside));
        named_text_or_null(json, "country", text_get(book, told->country));
        named_text_or_null(json, "permit", text_get(book, told->permit));
        named_text_or_null(json, "channel", text_get(book, told->channel));
        named_texts(json, "documents", book, told->documents, told->document_count);
        json_object_end(json);
    }
    json_array_end(json);
}

// One who has it, by number of a party or by a name outside the book; since DAY_FIRST: from the
// start.
static void write_exposed(const Book *book, uint32_t party, uint32_t outside, uint32_t country,
                          Day since, JsonWriter *json) {
    json_object_begin(json);
    named_id_or_null(json, "party", book->party_ids, party);
    named_text_or_null(json, "outside", text_get(book, outside));
    named_text_or_null(json, "country", text_get(book, country));
    if (since == DAY_FIRST)
        named_null(json, "since");
    else
        named_day(json, "since", since);
    json_object_end(json);
}

// Whether `party` owned it by `version` or by one before it.
static bool was_owner(const Book *book, uint32_t version, uint32_t party) {
    for (; version != ROW_NONE && party != ROW_NONE;
         version = ROW(book, TechnologyVersion, TABLE_TECHNOLOGY_VERSION, version)->previous)
        if (ROW(book, TechnologyVersion, TABLE_TECHNOLOGY_VERSION, version)->owner == party)
            return true;
    return false;
}

// Everybody who has had it by now, each once: who owned it, in order, for nobody forgets; then each
// recipient, in the order of the first time.
static void write_exposure(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    uint32_t last = ROW(book, TechnologyRow, TABLE_TECHNOLOGY, row)->last_version;
    named_begin_array(json, "exposure");
    for (uint32_t at = 0; at <= last; at++) {
        const TechnologyVersion *version =
            ROW(book, TechnologyVersion, TABLE_TECHNOLOGY_VERSION, at);
        if (version->technology != row || was_owner(book, version->previous, version->owner))
            continue;
        write_exposed(book, version->owner, ROW_NONE, ROW_NONE,
                      version->previous == ROW_NONE ? DAY_FIRST : version->effective, json);
    }
    for (uint32_t at = 0; at < book_count(book, TABLE_DISCLOSURE); at++) {
        const DisclosureRow *told = ROW(book, DisclosureRow, TABLE_DISCLOSURE, at);
        if (told->technology != row) continue;
        bool again = was_owner(book, last, told->to);
        for (uint32_t b = 0; b < at && !again; b++) {
            const DisclosureRow *before = ROW(book, DisclosureRow, TABLE_DISCLOSURE, b);
            again = before->technology == row && before->to == told->to &&
                    before->outside == told->outside && before->country == told->country;
        }
        if (!again) write_exposed(book, told->to, told->outside, told->country, told->day, json);
    }
    json_array_end(json);
}

void technology_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const TechnologyVersion *version = technology_latest(book, row);
    bool owner = look->view->all || version->owner == look->party;
    json_object_begin(json);
    json_named_string(json, "id", intern_text(book->technology_ids, row));
    named_text_or_null(json, "name", text_get(book, version->name));
    named_text_or_null(json, "name_zh", text_get(book, version->name_zh));
    json_named_string(json, "owner", intern_text(book->party_ids, version->owner));
    json_named_string(json, "entry", text_get(book, version->entry));
    json_named_words(json, "class", technology_class_words[version->class_of]);
    named_texts(json, "documents", book, version->documents, version->document_count);
    named_begin_array(json, "permits");
    for (uint32_t i = 0; i < version->permit_count && owner; i++) {
        const StepPermitRow *permit =
            ROW(book, StepPermitRow, TABLE_STEP_PERMIT, version->permits + i);
        json_object_begin(json);
        json_named_string(json, "permit", text_get(book, permit->number));
        json_named_words(json, "step", step_words[permit->step]);
        named_text_or_null(json, "country", text_get(book, permit->country));
        named_id_or_null(json, "to_party", book->party_ids, permit->party);
        named_day(json, "from", permit->from);
        named_last_day(json, "to", permit->to);
        json_object_end(json);
    }
    json_array_end(json);
    write_disclosures(look, row, owner, json);
    if (owner) write_exposure(look, row, json);
    json_object_end(json);
}

// ---- rule packs ----

bool pack_sees(const Look *look, uint32_t row) {
    (void)look, (void)row;
    return true; // law is public
}

void pack_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const PackVersion *version = ROW(book, PackVersion, TABLE_PACK_VERSION,
                                     ROW(book, PackRow, TABLE_PACK, row)->last_version);
    const PackVersion *today = pack_on(book, row, look->today);
    json_object_begin(json);
    json_named_string(json, "id", intern_text(book->pack_ids, row));
    json_named_string(json, "version", text_get(book, version->version));
    json_named_string(json, "jurisdiction", text_get(book, version->jurisdiction));
    named_hash(json, "hash", version->hash);
    json_named_u64(json, "record", version->seq);
    named_day(json, "from", version->from);
    named_last_day(json, "to", version->to);
    named_begin_array(json, "suspended");
    for (uint32_t i = 0; i < version->suspension_count; i++) {
        const IntervalRow *gap = ROW(book, IntervalRow, TABLE_INTERVAL, version->suspensions + i);
        json_object_begin(json);
        named_day(json, "from", gap->from);
        named_last_day(json, "to", gap->to);
        json_object_end(json);
    }
    json_array_end(json);
    json_key(json, "in_force");
    if (today)
        json_string(json, text_get(book, today->version));
    else
        json_null(json);
    json_object_end(json);
}
