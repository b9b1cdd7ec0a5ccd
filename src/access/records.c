#include "access/records.h"

#include <stdio.h>
#include <string.h>

#include "access/select.h"
#include "base/encode.h"
#include "codec/json.h"
#include "log/key.h"
#include "log/record.h"

bool look_record(Look *look, uint64_t seq, ReadRecord *record, Event *event, Status *status) {
    ReadMark mark = look->mark;
    look_pause(look);
    bool well = read_settled(look->access->keeper, mark, status) &&
                read_record(look->access->keeper, seq, &look->arena, record, status) &&
                (!event || event_decode(record->event, &look->arena, event, status));
    return look_resume(look, well ? status : NULL) && well;
}

Text look_event_id(Look *look, uint64_t seq) {
    ReadRecord record;
    Event event;
    Status status;
    status_clear(&status);
    return look_record(look, seq, &record, &event, &status) ? event.id : (Text){"", 0};
}

// ---- the list ----

// `happened` in the event's own words: an instant, or FROM/TO.
static Text happened_of(Text bytes, Arena *arena) {
    JsonToken tokens[512];
    Json read;
    json_init_lent(&read, 1u << 20, tokens, sizeof tokens / sizeof *tokens);
    Status status;
    Text said = {"", 0}, from, to;
    if (json_read(&read, bytes, &status)) {
        uint32_t member = json_member(&read, 0, TEXT("happened"));
        if (member != JSON_NONE && json_type(&read, member) == JSON_STRING) {
            if (!json_text(&read, member, arena, &said, &status)) said = (Text){"", 0};
        } else if (member != JSON_NONE) {
            uint32_t a = json_member(&read, member, TEXT("from")),
                     b = json_member(&read, member, TEXT("to"));
            if (a != JSON_NONE && b != JSON_NONE && json_text(&read, a, arena, &from, &status) &&
                json_text(&read, b, arena, &to, &status)) {
                char *both = arena_format(arena, "%.*s/%.*s", TEXT_ARG(from), TEXT_ARG(to));
                if (both) said = text_of(both);
            }
        }
    }
    json_done(&read);
    return said;
}

typedef struct Told {
    ReadRecord stored;
    Event event;
    Decision decision;
    Text principal;
} Told;

static bool told_read(Look *look, uint64_t seq, Told *told, Status *status) {
    decision_init(&told->decision);
    return look_record(look, seq, &told->stored, &told->event, status) &&
           decision_read(told->stored.decision, &told->decision, &told->principal, status);
}

// A company sees who of the authority's people acted only as the authority.
static void brief_write(const Look *look, const Told *told, JsonWriter *json) {
    uint64_t seq = told->stored.seq;
    const RecordRow *record = record_at(look->book, seq);
    Arena *arena = (Arena *)&look->arena;
    json_object_begin(json);
    json_named_u64(json, "seq", seq);
    json_named_string(json, "id", told->event.id);
    json_named_words(json, "kind", event_kind_name(told->event.kind));
    json_named_string(json, "party", told->event.party);
    json_named_string(json, "principal", told->principal);
    named_instant(json, "recorded", record ? record->recorded : 0);
    json_named_string(json, "happened", happened_of(told->stored.event, arena));
    json_named_words(json, "verdict", verdict_name(told->decision.verdict));
    named_begin_array(json, "codes");
    for (uint32_t i = 0; i < told->decision.reason_count; i++) {
        const CodeFacts *facts = code_facts(told->decision.reasons[i].code);
        json_words(json, facts ? facts->name : "unknown");
    }
    json_array_end(json);
    // Signed when others may have had the key: not the record's fault, but somebody must look.
    if (record && record->key != ROW_NONE &&
        record->recorded >= ROW(look->book, KeyRow, TABLE_KEY, record->key)->suspect_since)
        json_named_bool(json, "suspect_key", true);
    json_object_end(json);
}

typedef struct RecordsWork {
    const RecordsAsked *asked;
    const Page *page;
} RecordsWork;

typedef struct Asking {
    const RecordsAsked *asked;
    EventKind kind;
    Verdict verdict;
    Days days;
} Asking;

static bool fits(const Look *look, const void *asked, uint32_t row) {
    const Days *days = asked;
    Day day = record_at(look->book, row)->day_of;
    return days->from <= day && day <= days->to;
}

static bool asking_of(const RecordsAsked *q, Asking *asking, Status *status) {
    *asking = (Asking){.asked = q, .kind = EVENT_NONE, .verdict = VERDICT_NONE};
    if (!text_is_empty(q->kind)) asking->kind = event_kind_find(q->kind);
    if (asking->kind == EVENT_NONE && !text_is_empty(q->kind)) {
        status_set(status, STATUS_INVALID, "\"%.*s\" is no kind of event", TEXT_ARG(q->kind));
        return status_where(status, "kind");
    }
    for (Verdict v = VERDICT_ACCEPTED; v <= VERDICT_REFUSED; v++)
        if (text_equal(q->verdict, text_of(verdict_name(v)))) asking->verdict = v;
    if (asking->verdict == VERDICT_NONE && !text_is_empty(q->verdict)) {
        status_set(status, STATUS_INVALID, "\"%.*s\" is no verdict", TEXT_ARG(q->verdict));
        return status_where(status, "verdict");
    }
    return days_read(q->from, q->to, &asking->days, status);
}

bool records_in_view(Select *select, const Index *index, Status *status) {
    const Look *look = select->look;
    if (look->view->all) return true;
    bool own = view_sees_party(look->view, look->book, look->party);
    return select_in_one(select, own ? rowsets_of(&index->record_party, look->party) : NULL,
                         status);
}

bool records_in_days(Select *select, const Index *index, const Days *days, Status *status) {
    if (!days->any) return true;
    // Whole months need no looking.
    if (days->from != month_first_day(month_of_day(days->from)) ||
        days->to != month_last_day(month_of_day(days->to))) {
        select->fits = fits;
        select->asked = days;
    }
    return select_in_months(select, &index->record_month, month_of_day(days->from),
                            month_of_day(days->to), status);
}

static bool find_records(Look *look, const Index *index, const Asking *asking, uint64_t below,
                         unsigned limit, Selected *selected, Status *status) {
    const RecordsAsked *q = asking->asked;
    Select select = {.look = look, .rows = index->records};
    if (!records_in_view(&select, index, status) ||
        !select_in_named(&select, look->book->party_ids, &index->record_party, q->party, status) ||
        !select_in_named(&select, look->book->facility_ids, &index->record_facility, q->facility,
                         status) ||
        !records_in_days(&select, index, &asking->days, status) ||
        (asking->kind &&
         !select_in_one(&select, &index->record_kind[asking->kind % INDEX_KINDS], status)) ||
        (asking->verdict &&
         !select_in_one(&select, &index->record_verdict[asking->verdict % INDEX_VERDICTS], status)))
        return false;
    return select_page(&select, below, limit, selected, status);
}

static bool write_records(Look *look, const void *asked, Buffer *out, Status *status) {
    const RecordsWork *work = asked;
    const RecordsAsked *q = work->asked;
    Asking asking;
    unsigned limit;
    uint64_t below = UINT64_MAX;
    if (!access_page_limit(work->page, &limit, status) || !asking_of(q, &asking, status))
        return false;
    char *query = arena_format(&look->arena, "records|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s",
                               TEXT_ARG(q->kind), TEXT_ARG(q->verdict), TEXT_ARG(q->party),
                               TEXT_ARG(q->facility), TEXT_ARG(q->from), TEXT_ARG(q->to));
    if (!query) return status_no_memory(status);
    if (work->page && !text_is_empty(work->page->cursor) &&
        !cursor_read(look, text_of(query), work->page->cursor, &below, status))
        return false;
    Index *index = index_take(look, status);
    if (!index) return false;
    Selected selected;
    bool well = find_records(look, index, &asking, below, limit, &selected, status);
    index_give(look);
    if (!well) return false;
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    named_begin_array(json, "items");
    for (uint32_t i = 0; i < selected.count; i++) {
        Told told;
        well = told_read(look, selected.rows[i], &told, status);
        if (well) brief_write(look, &told, json);
        decision_done(&told.decision);
        if (!well) return false;
    }
    json_array_end(json);
    selected_write(look, text_of(query), &selected, true, json);
    json_named_u64(json, "size", look->before);
    json_object_end(json);
    return true;
}

bool access_records(Access *access, const View *view, const RecordsAsked *asked, const Page *page,
                    Buffer *out, Status *status) {
    static const RecordsAsked any = {0};
    RecordsWork work = {asked ? asked : &any, page};
    return look_answer(access, view, write_records, &work, out, status);
}

// ---- one record ----

static void named_hex(JsonWriter *json, const char *name, const uint8_t *bytes, size_t length) {
    char text[2 * RECORD_BYTES + 1];
    hex_write(bytes, length, text);
    json_named_words(json, name, text);
}

static bool missing_record(Status *status, uint64_t seq) {
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)seq);
    return not_found(status, "record", text_of(text));
}

static void write_reasons(const Decision *decision, JsonWriter *json) {
    named_begin_array(json, "codes");
    for (uint32_t i = 0; i < decision->reason_count; i++) {
        const Reason *reason = &decision->reasons[i];
        const CodeFacts *facts = code_facts(reason->code);
        json_object_begin(json);
        json_named_words(json, "code", facts ? facts->name : "unknown");
        json_named_words(json, "where", reason->where);
        json_named_words(json, "message", facts ? facts->what : "");
        json_object_end(json);
    }
    json_array_end(json);
}

// Behind verdict and principal stands the signature: kind u8, its bytes (docs/format.md).
static void write_signature(Text decision, JsonWriter *json) {
    static const char *const kinds[] = {"none", "single", "batch"};
    Reader reader = reader_of(decision.at, decision.length);
    read_u8(&reader);
    read_u8(&reader);
    read_bytes(&reader, read_u8(&reader));
    unsigned kind = read_u8(&reader);
    const uint8_t *key = kind == 1 || kind == 2 ? read_bytes(&reader, 32) : NULL;
    named_begin_object(json, "signature");
    json_named_words(json, "kind", kinds[kind <= 2 ? kind : 0]);
    if (key)
        named_hex(json, "key", key, 32);
    else
        named_null(json, "key");
    json_object_end(json);
}

// The records beside this one that the view sees.
static bool neighbours(Look *look, uint64_t seq, uint64_t found[2], bool is[2], Status *status) {
    is[0] = is[1] = false;
    if (look->view->all) {
        is[0] = seq > 0;
        is[1] = seq + 1 < look->before;
        found[0] = seq - 1;
        found[1] = seq + 1;
        return true;
    }
    Index *index = index_take(look, status);
    if (!index) return false;
    const RowSet *own = view_sees_party(look->view, look->book, look->party)
                            ? rowsets_of(&index->record_party, look->party)
                            : NULL;
    uint32_t row = (uint32_t)seq, beside;
    is[0] = own && rowset_before(own, row, &beside);
    if (is[0]) found[0] = beside;
    is[1] = own && rowset_after(own, row, &beside);
    if (is[1]) found[1] = beside;
    index_give(look);
    return true;
}

// The causes that this record opened.
static bool write_holds(Look *look, uint64_t seq, JsonWriter *json, Status *status) {
    named_begin_array(json, "holds");
    CauseTally *tally = NULL;
    uint32_t count = 0;
    for (uint64_t place = 0; place < 256; place++) {
        uint32_t cause = cause_find(look->book, seq * 256 + place);
        if (cause == ROW_NONE) break;
        if (!tally && !causes_tally(look, &tally, &count, status)) return false;
        hold_write(look, cause, UINT64_MAX, cause < count ? &tally[cause] : NULL, json);
    }
    json_array_end(json);
    return true;
}

static bool write_told(Look *look, uint64_t seq, const Told *told, JsonWriter *json,
                       Status *status) {
    Record record;
    if (!record_read((Text){(const char *)told->stored.record, RECORD_BYTES}, &record, status))
        return false;
    answer_begin(look, json);
    json_key(json, "record");
    brief_write(look, told, json);
    json_named_string(json, "event", told->stored.event);
    write_reasons(&told->decision, json);
    Buffer text;
    buffer_init(&text, (size_t)DECISION_BYTES_MAX * 2);
    bool well = base64_write(&text, (const uint8_t *)told->stored.decision.at,
                             told->stored.decision.length);
    json_named_string(json, "decision", buffer_view(&text));
    buffer_done(&text);
    if (!well) return status_no_memory(status);
    named_begin_object(json, "salts");
    named_hex(json, "event", told->stored.event_salt, SALT_BYTES);
    named_hex(json, "decision", told->stored.decision_salt, SALT_BYTES);
    json_object_end(json);
    named_hex(json, "record_hex", told->stored.record, RECORD_BYTES);
    Hash leaf = record_leaf(told->stored.record);
    named_hex(json, "leaf", leaf.bytes, sizeof leaf.bytes);
    named_hex(json, "event_hash", record.event.bytes, sizeof record.event.bytes);
    named_hex(json, "decision_hash", record.decision.bytes, sizeof record.decision.bytes);
    json_named_u64(json, "logic", record.logic);
    json_named_u64(json, "batch", record.batch);
    write_signature(told->stored.decision, json);
    uint64_t beside[2] = {0, 0};
    bool is[2];
    if (!neighbours(look, seq, beside, is, status)) return false;
    named_seq_or_null(json, "previous", is[0], beside[0]);
    named_seq_or_null(json, "next_seq", is[1], beside[1]);
    uint64_t corrects = told->event.kind == EVENT_CORRECT
                            ? book_event_find(look->book, told->event.party, told->event.corrects)
                            : UINT64_MAX;
    named_seq_or_null(json, "corrects", corrects != UINT64_MAX, corrects);
    const RecordRow *row = record_at(look->book, seq);
    named_seq_or_null(json, "corrected_by", row->corrected, row->corrected_by);
    uint64_t superseded_by = book_superseded_by(look->book, seq);
    named_seq_or_null(json, "supersedes", row->supersedes != 0, row->supersedes);
    named_seq_or_null(json, "superseded_by", superseded_by != 0, superseded_by);
    if (!write_holds(look, seq, json, status)) return false;
    json_object_end(json);
    return true;
}

static bool write_record(Look *look, const void *asked, Buffer *out, Status *status) {
    uint64_t seq = *(const uint64_t *)asked;
    if (seq >= look->before || !view_sees_record(look->view, look->book, seq))
        return missing_record(status, seq);
    Told told;
    JsonWriter writer = json_writer(out);
    bool well =
        told_read(look, seq, &told, status) && write_told(look, seq, &told, &writer, status);
    decision_done(&told.decision);
    return well;
}

bool access_record(Access *access, const View *view, uint64_t seq, Buffer *out, Status *status) {
    return look_answer(access, view, write_record, &seq, out, status);
}

// ---- proofs ----

static bool verifier_of(const Book *book, Buffer *out, Status *status) {
    VerifierKey key;
    if (!verifier_key_make(KEY_ED25519, book_origin(book), book_log_key(book), &key, status))
        return false;
    return verifier_key_write(&key, out) || status_no_memory(status);
}

typedef struct Proving {
    uint64_t seq;
} Proving;

static bool write_proof(Look *look, const void *asked, Buffer *out, Status *status) {
    uint64_t seq = ((const Proving *)asked)->seq;
    ReadMark mark = look->mark;
    Buffer note, verifier;
    buffer_init(&note, 1u << 20);
    buffer_init(&verifier, 4096);
    bool well = verifier_of(look->book, &verifier, status);
    look_pause(look);
    TreeHead head;
    Path path;
    ReadRecord stored;
    const Tree *tree = read_tree(look->access->keeper);
    well = well && read_settled(look->access->keeper, mark, status) &&
           read_checkpoint(look->access->keeper, &note, &head, status);
    if (well && seq >= head.size) well = missing_record(status, seq);
    well = well && read_record(look->access->keeper, seq, &look->arena, &stored, status) &&
           tree_inclusion(tree, seq, head.size, &path, status) && look_resume(look, status);
    if (well) {
        JsonWriter writer = json_writer(out), *json = &writer;
        Hash leaf = record_leaf(stored.record);
        answer_begin(look, json);
        json_named_u64(json, "seq", seq);
        json_named_u64(json, "size", head.size);
        named_hex(json, "leaf", leaf.bytes, sizeof leaf.bytes);
        named_begin_array(json, "hashes");
        for (uint32_t i = 0; i < path.count; i++) {
            char text[2 * sizeof leaf.bytes + 1];
            hex_write(path.hashes[i].bytes, sizeof leaf.bytes, text);
            json_words(json, text);
        }
        json_array_end(json);
        named_hex(json, "root", head.root.bytes, sizeof head.root.bytes);
        json_named_string(json, "checkpoint", buffer_view(&note));
        json_named_string(json, "verifier", buffer_view(&verifier));
        json_object_end(json);
    }
    buffer_done(&note);
    buffer_done(&verifier);
    return well;
}

bool access_proof(Access *access, const View *view, uint64_t seq, Buffer *out, Status *status) {
    Proving proving = {seq};
    return look_answer(access, view, write_proof, &proving, out, status);
}

bool access_checkpoint(Access *access, Buffer *out, Status *status) {
    TreeHead head;
    return read_checkpoint(access->keeper, out, &head, status);
}

typedef struct BookAsked {
    BookFacts *facts;
    char *name;
} BookAsked;

static void copy_text(char *to, size_t size, Text text) {
    size_t length = text.length < size ? text.length : size - 1;
    memcpy(to, text.at, length);
    to[length] = 0;
}

static bool read_facts(Look *look, const void *asked, Buffer *out, Status *status) {
    (void)out;
    BookFacts *facts = ((const BookAsked *)asked)->facts;
    *facts = (BookFacts){.has_record = true,
                         .as_of = look->before - 1,
                         .trial = book_is_trial(look->book),
                         .offset_minutes = look->book->top.offset_minutes};
    copy_text(facts->origin, sizeof facts->origin, book_origin(look->book));
    copy_text(facts->authority, sizeof facts->authority, book_authority(look->book));
    Buffer verifier;
    buffer_init(&verifier, sizeof facts->verifier - 1);
    bool well = verifier_of(look->book, &verifier, status);
    if (well) copy_text(facts->verifier, sizeof facts->verifier, buffer_view(&verifier));
    buffer_done(&verifier);
    return well;
}

bool access_book(Access *access, BookFacts *facts, Status *status) {
    View view = view_public();
    BookAsked asked = {.facts = facts};
    return look_answer(access, &view, read_facts, &asked, NULL, status);
}

static bool read_name(Look *look, const void *asked, Buffer *out, Status *status) {
    (void)out;
    (void)status;
    copy_text(((const BookAsked *)asked)->name, 256, party_name(look->book, look->party));
    return true;
}

bool access_party_name(Access *access, const View *view, char *name, Status *status) {
    BookAsked asked = {.name = name};
    return look_answer(access, view, read_name, &asked, NULL, status);
}
