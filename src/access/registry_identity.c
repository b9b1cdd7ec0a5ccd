// Who may speak, measure and sign; documents and sealed parts (their bytes: parts.h). A party sees
// its own, and the delegations that it was given.
#include "access/registry_kind.h"
#include "base/encode.h"

static void named_hash(JsonWriter *json, const char *name, const uint8_t hash[32]) {
    char hex[65];
    hex_write(hash, 32, hex);
    json_named_words(json, name, hex);
}

// ---- users ----

static Intern *const *user_names(const Book *book) {
    return &book->user_ids;
}
static bool user_sees(const Look *look, uint32_t row) {
    return view_sees_party(look->view, look->book,
                           ROW(look->book, UserRow, TABLE_USER, row)->party);
}
static void user_write(const Look *look, uint32_t row, JsonWriter *json) {
    const UserRow *user = ROW(look->book, UserRow, TABLE_USER, row);
    json_object_begin(json);
    json_named_string(json, "id", intern_text(look->book->user_ids, row));
    write_mask("roles", user->roles, user_role_words, 4, json);
    write_validity(user->from, user->to, json);
    json_named_bool(json, "in_force", user->from <= look->today && look->today <= user->to);
    json_object_end(json);
}

// ---- delegations ----

static Intern *const *delegation_names(const Book *book) {
    return &book->delegation_ids;
}
static bool delegation_sees(const Look *look, uint32_t row) {
    const DelegationRow *at = ROW(look->book, DelegationRow, TABLE_DELEGATION, row);
    return view_sees_party(look->view, look->book, at->delegator) ||
           view_sees_party(look->view, look->book, at->party);
}
static void delegation_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const DelegationRow *at = ROW(book, DelegationRow, TABLE_DELEGATION, row);
    json_object_begin(json);
    json_named_string(json, "id", intern_text(book->delegation_ids, row));
    json_named_string(json, "delegator", party_id(book, at->delegator));
    json_named_string(json, "delegate",
                      at->user == ROW_NONE ? party_id(book, at->party)
                                           : intern_text(book->user_ids, at->user));
    named_begin_array(json, "kinds");
    for (int kind = 1; kind < EVENT_KIND_COUNT; kind++)
        if (at->kinds >> kind & 1) json_words(json, event_kind_name((EventKind)kind));
    json_array_end(json);
    named_begin_array(json, "facilities");
    for (uint32_t i = 0; i < at->facility_count; i++)
        json_string(json,
                    facility_id(book, ROW(book, ListRow, TABLE_LIST, at->facilities + i)->number));
    json_array_end(json);
    write_validity(at->from, at->to, json);
    json_named_bool(json, "in_force", at->from <= look->today && look->today <= at->to);
    json_object_end(json);
}

// ---- devices ----

static Intern *const *device_names(const Book *book) {
    return &book->device_ids;
}
static bool device_sees(const Look *look, uint32_t row) {
    const DeviceRow *device = ROW(look->book, DeviceRow, TABLE_DEVICE, row);
    return look_sees_facility(
        look, ROW(look->book, DeviceVersion, TABLE_DEVICE_VERSION, device->last_version)->facility);
}
static void device_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const DeviceRow *device = ROW(book, DeviceRow, TABLE_DEVICE, row);
    const DeviceVersion *version =
        ROW(book, DeviceVersion, TABLE_DEVICE_VERSION, device->last_version);
    bool calibrated = false;
    json_object_begin(json);
    json_named_string(json, "id", intern_text(book->device_ids, row));
    json_named_words(json, "type", device_words[version->kind]);
    json_named_string(json, "facility", facility_id(book, version->facility));
    write_validity(version->from, version->to, json);
    named_begin_array(json, "calibrations");
    for (uint32_t c = device->first_calibration; c != ROW_NONE;
         c = ROW(book, CalibrationRow, TABLE_CALIBRATION, c)->next) {
        const CalibrationRow *at = ROW(book, CalibrationRow, TABLE_CALIBRATION, c);
        calibrated |= at->date <= look->today && look->today <= at->until;
        json_object_begin(json);
        named_day(json, "date", at->date);
        named_day(json, "until", at->until);
        named_text_or_null(json, "certificate", text_get(book, at->certificate));
        named_text_or_null(json, "laboratory", party_id(book, at->laboratory));
        json_object_end(json);
    }
    json_array_end(json);
    json_named_bool(json, "calibrated", calibrated);
    json_object_end(json);
}

// ---- keys ----

static Intern *const *key_names(const Book *book) {
    return &book->key_ids;
}
static bool key_sees(const Look *look, uint32_t row) {
    return view_sees_party(look->view, look->book, ROW(look->book, KeyRow, TABLE_KEY, row)->holder);
}

// The records signed under a key since it may have been in other hands: somebody must look at them.
enum { SUSPECTS_LISTED = 100 };
static void write_suspects(const Look *look, uint32_t row, const KeyRow *key, JsonWriter *json) {
    const Book *book = look->book;
    uint64_t count = 0;
    named_begin_array(json, "suspect");
    for (uint64_t seq = look->before; key->suspect_since != SUSPECT_NEVER && seq-- > 0;) {
        const RecordRow *record = record_at(book, seq);
        if (record->recorded < key->suspect_since) break; // times never fall
        if (record->key != row) continue;
        if (count++ < SUSPECTS_LISTED) json_u64(json, seq);
    }
    json_array_end(json);
    json_named_u64(json, "suspect_count", count);
}

static void key_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const KeyRow *key = ROW(book, KeyRow, TABLE_KEY, row);
    bool revoked = key->revoked_seq != UINT64_MAX;
    json_object_begin(json);
    named_hash(json, "id", key->key);
    json_named_string(json, "holder", party_id(book, key->holder));
    json_named_words(json, "status",
                     key->replaced_by != ROW_NONE ? "replaced"
                     : revoked                    ? "revoked"
                     : look->today > key->to      ? "expired"
                     : look->today < key->from    ? "not_yet"
                                                  : "valid");
    write_validity(key->from, key->to, json);
    json_named_u64(json, "record", key->from_seq);
    named_seq_or_null(json, "revoked_by", revoked, key->revoked_seq);
    if (key->replaced_by == ROW_NONE)
        named_null(json, "replaced_by");
    else
        named_hash(json, "replaced_by", ROW(book, KeyRow, TABLE_KEY, key->replaced_by)->key);
    if (key->suspect_since == SUSPECT_NEVER)
        named_null(json, "suspect_since");
    else
        named_instant(json, "suspect_since", key->suspect_since);
    write_suspects(look, row, key, json);
    json_object_end(json);
}

// ---- documents and sealed parts ----

static Intern *const *document_names(const Book *book) {
    return &book->document_ids;
}
static bool document_sees(const Look *look, uint32_t row) {
    return view_sees_party(look->view, look->book,
                           ROW(look->book, DocumentRow, TABLE_DOCUMENT, row)->party);
}
// A document stands as it was issued, also when the figures it is about were restated or taken back
// since (B24): then it says so.
static bool is_superseded(const Book *book, const DocumentRow *at) {
    for (uint32_t i = 0; i < at->subject_count; i++) {
        const DocumentSubjectRow *subject =
            ROW(book, DocumentSubjectRow, TABLE_DOCUMENT_SUBJECT, at->first_subject + i);
        Text id = text_get(book, subject->id), party, local;
        if (subject->kind == SUBJECT_LOT) {
            uint32_t lot = intern_find(book->lot_ids, id);
            if (lot != ROW_NONE && book_lot_restated_since(book, lot, at->seq)) return true;
        }
        if (subject->kind != SUBJECT_EVENT || !text_split(id, ':', &party, &local)) continue;
        uint64_t seq = book_event_find(book, party, local);
        const RecordRow *record = seq == UINT64_MAX ? NULL : record_at(book, seq);
        if (record && ((record->corrected && record->corrected_by > at->seq) ||
                       book_superseded_by(book, seq) > at->seq))
            return true;
    }
    return false;
}

static void document_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const DocumentRow *at = ROW(book, DocumentRow, TABLE_DOCUMENT, row);
    const PartRow *part = ROW(book, PartRow, TABLE_PART, at->part);
    json_object_begin(json);
    json_named_string(json, "id", intern_text(book->document_ids, row));
    json_named_words(json, "type", paper_words[at->type]);
    json_named_words(json, "class", part_class_words[part->class_number]);
    named_hash(json, "hash", part->hash);
    json_named_u64(json, "size", at->size);
    named_text_or_null(json, "media", text_get(book, at->media));
    named_begin_array(json, "belongs");
    for (uint32_t i = 0; i < at->subject_count; i++) {
        const DocumentSubjectRow *subject =
            ROW(book, DocumentSubjectRow, TABLE_DOCUMENT_SUBJECT, at->first_subject + i);
        json_object_begin(json);
        json_named_words(json, "kind", subject_words[subject->kind]);
        json_named_string(json, "id", text_get(book, subject->id));
        json_object_end(json);
    }
    json_array_end(json);
    json_named_u64(json, "record", at->seq);
    json_named_bool(json, "erased", part->erased_seq != UINT64_MAX);
    json_named_bool(json, "superseded", is_superseded(book, at));
    json_object_end(json);
}

static Intern *const *part_names(const Book *book) {
    return &book->part_ids;
}
static bool part_sees(const Look *look, uint32_t row) {
    return view_sees_party(look->view, look->book,
                           ROW(look->book, PartRow, TABLE_PART, row)->party);
}
static void part_write(const Look *look, uint32_t row, JsonWriter *json) {
    const PartRow *at = ROW(look->book, PartRow, TABLE_PART, row);
    json_object_begin(json);
    named_hash(json, "id", at->hash);
    json_named_words(json, "class", part_class_words[at->class_number]);
    json_named_string(json, "party", party_id(look->book, at->party));
    json_named_u64(json, "record", at->seq);
    named_seq_or_null(json, "erased_by", at->erased_seq != UINT64_MAX, at->erased_seq);
    json_object_end(json);
}

const Kind identity_kinds[IDENTITY_KINDS] = {
    {"user", "users", TABLE_USER, false, false, user_names, user_sees, user_write},
    {"delegation", "delegations", TABLE_DELEGATION, false, false, delegation_names, delegation_sees,
     delegation_write},
    {"device", "devices", TABLE_DEVICE, false, false, device_names, device_sees, device_write},
    {"key", "keys", TABLE_KEY, false, true, key_names, key_sees, key_write},
    {"document", "documents", TABLE_DOCUMENT, true, false, document_names, document_sees,
     document_write},
    {"part", "parts", TABLE_PART, true, true, part_names, part_sees, part_write},
};
