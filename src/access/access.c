#include "access/index.h"
#include "finding/memo.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/memory.h"
#include "origin/from_book.h"
#include "quantity/decimal.h"

Access *access_open(Keeper *keeper, Status *status) {
    Access *access = memory_new_zero(1, sizeof *access);
    if (!access) {
        status_no_memory(status);
        return NULL;
    }
    access->keeper = keeper;
    access->index = index_new(status);
    access->lineage = access->index ? lineage_new(status) : NULL;
    // The genesis's salts are known to those alone who may read everything, and last as long as the
    // book: so a cursor holds from one run of the program to the next.
    Arena arena;
    ReadRecord genesis;
    arena_init(&arena, (size_t)64 << 20);
    bool well = access->lineage && read_record(keeper, 0, &arena, &genesis, status);
    arena_done(&arena);
    if (!well) {
        lineage_free(access->lineage);
        index_free(access->index);
        memory_free(access);
        return NULL;
    }
    memcpy(access->tag_key, genesis.event_salt, 16);
    memcpy(access->mask_key, genesis.decision_salt, 16);
    pthread_mutex_init(&access->lock, NULL);
    pthread_mutex_init(&access->computing, NULL);
    access->memo = finding_memo_new();
    pthread_mutex_init(&access->indexing, NULL);
    pthread_rwlock_init(&access->descending, NULL);
    return access;
}

void access_close(Access *access) {
    if (!access) return;
    analysis_give(access, access->analysis);
    finding_memo_free(access->memo);
    pthread_mutex_destroy(&access->lock);
    pthread_mutex_destroy(&access->computing);
    pthread_mutex_destroy(&access->indexing);
    pthread_rwlock_destroy(&access->descending);
    lineage_free(access->lineage);
    index_free(access->index);
    memory_free(access);
}

Keeper *access_keeper(const Access *access) {
    return access->keeper;
}

// ---- looking ----

static void look_at(Look *look) {
    look->book = read_begin(look->access->keeper, &look->mark);
    look->open = true;
    look->rows = 0;
}

void look_pause(Look *look) {
    if (look->open) read_end(look->access->keeper);
    look->open = false;
}

bool look_resume(Look *look, Status *status) {
    look_at(look);
    if (look->mark.rewinds == look->rewinds) return true;
    return status_set(status, STATUS_BUSY, "what was seen has not become durable");
}

bool look_breathe(Look *look, Status *status) {
    if (++look->rows < LOOK_ROWS) return true;
    look_pause(look);
    return look_resume(look, status);
}

bool look_let_in(void *context, Status *status) {
    Look *look = context;
    look->rows = LOOK_ROWS;
    return look_breathe(look, status);
}

static bool look_once(Access *access, const View *view, LookWork *work, const void *asked,
                      Buffer *out, Status *status) {
    Look look = {.access = access, .view = view};
    arena_init(&look.arena, LOOK_ARENA_MAX);
    look_at(&look);
    look.before = look.mark.seen;
    look.rewinds = look.mark.rewinds;
    look.party = view_party(view, look.book);
    look.today = instant_day(book_last_recorded(look.book), look.book->top.offset_minutes);
    look.factors = factors_on(look.book, look.today);
    bool well = look.before > 0 ? work(&look, asked, out, status)
                                : status_set(status, STATUS_NOT_FOUND, "the book is empty");
    look_pause(&look);
    arena_done(&look.arena);
    if (well && out && out->failed)
        well = out->over ? status_set(status, STATUS_LIMIT, "the answer is too large")
                         : status_no_memory(status);
    return well && read_settled(access->keeper, look.mark, status);
}

bool look_answer(Access *access, const View *view, LookWork *work, const void *asked, Buffer *out,
                 Status *status) {
    size_t start = out ? out->length : 0;
    for (unsigned tries = 1;; tries++) {
        if (look_once(access, view, work, asked, out, status)) return true;
        if (out) {
            out->length = start;
            out->failed = out->over = false;
        }
        if (status->code != STATUS_BUSY || tries == LOOK_TRIES) return false;
        status_clear(status);
    }
}

bool not_found(Status *status, const char *kind, Text id) {
    return status_set(status, STATUS_NOT_FOUND, "no such %s: \"%.*s\"", kind, TEXT_ARG(id));
}

// ---- cursors: a tag over query, principal and position, then the position masked by the tag ----

static uint64_t cursor_tag(const Look *look, Text query, uint64_t position, bool *well) {
    Buffer bytes;
    buffer_init(&bytes, 8192);
    buffer_u64(&bytes, position);
    buffer_string(&bytes, look->view->principal);
    buffer_u8(&bytes, 0);
    buffer_text(&bytes, query);
    *well = !bytes.failed;
    uint64_t tag = *well ? siphash(look->access->tag_key, bytes.bytes, bytes.length) : 0;
    buffer_done(&bytes);
    return tag;
}

static uint64_t cursor_mask(const Look *look, uint64_t tag) {
    return siphash(look->access->mask_key, &tag, sizeof tag);
}

bool cursor_read(const Look *look, Text query, Text cursor, uint64_t *position, Status *status) {
    Buffer bytes;
    buffer_init(&bytes, 64);
    bool well = cursor.length <= 64 && base64url_read(cursor, &bytes) && bytes.length == 16;
    if (well) {
        Reader reader = reader_of(bytes.bytes, bytes.length);
        uint64_t tag = read_u64(&reader);
        uint64_t at = read_u64(&reader) ^ cursor_mask(look, tag);
        well = cursor_tag(look, query, at, &well) == tag && well;
        if (well) *position = at;
    }
    buffer_done(&bytes);
    if (well) return true;
    status_set(status, STATUS_INVALID, "the cursor does not belong to this list");
    status_where(status, "cursor");
    return status_hint(status, "begin again without a cursor");
}

void cursor_write(const Look *look, Text query, uint64_t position, JsonWriter *json) {
    bool well;
    uint64_t tag = cursor_tag(look, query, position, &well);
    Buffer bytes, text;
    buffer_init(&bytes, 64);
    buffer_init(&text, 64);
    buffer_u64(&bytes, tag);
    buffer_u64(&bytes, position ^ cursor_mask(look, tag));
    base64url_write(&text, bytes.bytes, bytes.length);
    if (!well || bytes.failed || text.failed)
        json->out->failed = true;
    else
        json_string(json, buffer_view(&text));
    buffer_done(&bytes);
    buffer_done(&text);
}

bool access_page_limit(const Page *page, unsigned *limit, Status *status) {
    *limit = page && page->limit ? page->limit : PAGE_ROWS;
    if (*limit <= PAGE_ROWS_MAX) return true;
    status_set(status, STATUS_INVALID, "a page of \"%u\" rows is too large", *limit);
    status_where(status, "limit");
    return status_hint(status, "at most %d", PAGE_ROWS_MAX);
}

// ---- writing ----

void answer_begin(const Look *look, JsonWriter *json) {
    json_object_begin(json);
    json_named_u64(json, "as_of", look->before - 1);
    json_named_bool(json, "trial", book_is_trial(look->book));
}

void named_null(JsonWriter *json, const char *name) {
    json_key(json, name);
    json_null(json);
}

void named_begin_array(JsonWriter *json, const char *name) {
    json_key(json, name);
    json_array_begin(json);
}

void named_begin_object(JsonWriter *json, const char *name) {
    json_key(json, name);
    json_object_begin(json);
}

void named_text_or_null(JsonWriter *json, const char *name, Text text) {
    if (text_is_empty(text))
        named_null(json, name);
    else
        json_named_string(json, name, text);
}

void named_wide(JsonWriter *json, const char *name, i128 mg) {
    char text[DECIMAL_TEXT_MAX];
    json_named_words(json, name, mass_print_wide(mg, text));
}

// Doubles end as whole milligrams; what no mass can be is written as the largest.
static i128 mg_of(double kg) {
    double mg = kg * 1e6;
    if (!(mg > -1e30)) mg = mg != mg ? 0 : -1e30;
    if (mg > 1e30) mg = 1e30;
    return (i128)(mg < 0 ? mg - 0.5 : mg + 0.5);
}

void named_kg(JsonWriter *json, const char *name, double kg) {
    named_wide(json, name, mg_of(kg > 0 ? kg : 0));
}
void named_kg_signed(JsonWriter *json, const char *name, double kg) {
    named_wide(json, name, mg_of(kg));
}

void named_share(JsonWriter *json, const char *name, double share) {
    char text[DECIMAL_TEXT_MAX];
    int64_t ppb = (int64_t)(share * 1e9 + 0.5);
    if (!(share > 0)) ppb = 0;
    if (ppb > 1000000000) ppb = 1000000000;
    json_named_words(json, name, decimal_print(ppb, 9, text));
}

void named_day(JsonWriter *json, const char *name, Day day) {
    char text[DAY_TEXT_MAX];
    json_named_words(json, name, day_print(day, text));
}

void named_month(JsonWriter *json, const char *name, Month month) {
    char text[MONTH_TEXT_MAX];
    json_named_words(json, name, month_print(month, text));
}

void named_month_or_null(JsonWriter *json, const char *name, bool is, Month month) {
    if (is)
        named_month(json, name, month);
    else
        named_null(json, name);
}

void named_seq_or_null(JsonWriter *json, const char *name, bool is, uint64_t seq) {
    if (is)
        json_named_u64(json, name, seq);
    else
        named_null(json, name);
}

void named_instant(JsonWriter *json, const char *name, Instant instant) {
    char text[INSTANT_TEXT_MAX];
    json_named_words(json, name, instant_print(instant, text));
}

// ---- ids and names ----

static const Text nothing = {"", 0};

Text party_id(const Book *book, uint32_t row) {
    return row == ROW_NONE ? nothing : intern_text(book->party_ids, row);
}
Text party_name(const Book *book, uint32_t row) {
    const PartyVersion *version = party_latest(book, row);
    return version ? text_get(book, version->name) : nothing;
}
Text facility_id(const Book *book, uint32_t row) {
    return row == ROW_NONE ? nothing : intern_text(book->facility_ids, row);
}
Text facility_name(const Book *book, uint32_t row) {
    const FacilityVersion *version = facility_latest(book, row);
    return version ? text_get(book, version->name) : nothing;
}
Text material_id(const Book *book, uint32_t row) {
    return row == ROW_NONE ? nothing : intern_text(book->material_ids, row);
}
Text material_name(const Book *book, uint32_t row) {
    return row == ROW_NONE ? nothing : text_get(book, material_at(book, row)->name);
}
Text lot_id(const Book *book, uint32_t row) {
    return row == ROW_NONE ? nothing : intern_text(book->lot_ids, row);
}
Text holder_id(const Book *book, Holder holder) {
    if (holder == ROW_NONE) return nothing;
    return holder & HOLDER_FACILITY ? facility_id(book, holder & ~HOLDER_FACILITY)
                                    : party_id(book, holder);
}
Text holder_name(const Book *book, Holder holder) {
    if (holder == ROW_NONE) return nothing;
    return holder & HOLDER_FACILITY ? facility_name(book, holder & ~HOLDER_FACILITY)
                                    : party_name(book, holder);
}

unsigned lot_stage(const Book *book, const Lot *lot) {
    return lot->material == ROW_NONE ? STAGE_UNKNOWN : material_at(book, lot->material)->stage;
}
const char *stage_word(unsigned stage) {
    return stage > STAGE_UNKNOWN && stage < STAGE_COUNT ? stage_words[stage] : "unknown";
}

const RecordRow *record_at(const Book *book, uint64_t seq) {
    return seq < book_count(book, TABLE_RECORD) ? ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seq)
                                                : NULL;
}
uint64_t operation_seq(const Book *book, uint32_t operation) {
    return operation == ROW_NONE ? 0 : operation_at(book, operation)->seq;
}

Mass reo_of(const Look *look, const Content *content) {
    Mass reo = {0};
    if (!content_reo(content, look->factors, &reo)) reo.mg = INT64_MAX;
    return reo;
}

int64_t reo_of_mg(const Look *look, const int64_t mg[COMPONENT_COUNT]) {
    Mass reo = {0};
    if (!factors_reo(look->factors, RARE_EARTH_MASK, mg, &reo)) reo.mg = INT64_MAX;
    return reo.mg;
}

char *cause_print(uint64_t number, char out[CAUSE_TEXT_MAX]) {
    snprintf(out, CAUSE_TEXT_MAX, "%llu.%u", (unsigned long long)(number / 256),
             (unsigned)(number % 256));
    return out;
}

const char *cause_status_word(unsigned status) {
    switch (status) {
    case CAUSE_PENDING:
        return "pending";
    case CAUSE_OPEN:
        return "open";
    case CAUSE_RELEASED:
        return "released";
    default:
        return "void";
    }
}

bool months_of_book(Look *look, Months *months, Status *status) {
    Months found = {0, 0};
    for (uint32_t a = 0; a < book_count(look->book, TABLE_ACCOUNT); a++) {
        const AccountRow *account = ROW(look->book, AccountRow, TABLE_ACCOUNT, a);
        if (account->facility != ROW_NONE &&
            view_sees_facility(look->view, look->book, account->facility)) {
            if (!found.from || account->month < found.from) found.from = account->month;
            if (account->month > found.to) found.to = account->month;
        }
        if (!look_breathe(look, status)) return false;
    }
    if (!months->from) months->from = found.from ? found.from : month_of_day(look->today);
    if (!months->to) months->to = found.to ? found.to : month_of_day(look->today);
    if (months->from <= months->to) return true;
    status_set(status, STATUS_INVALID, "the first month lies after the last");
    return status_where(status, "from");
}
