// The real book behind a pipe, for tests/model/run.py.
//     model_book [--replay] [--twice K]
// Reads lines: first the genesis event, then event/1 lines; answers each with one line
// {"verdict":..,"codes":[{"code":..,"where":..}]}. A line `dump` is answered by the state as one JSON
// object, a line `reset` (answered by nothing) begins a fresh book, whose genesis comes next.
// --replay: each decision is also applied, as stored, to a second book, whose tables must be the same to
// the byte. --twice K: every K-th event is decided, taken back and decided again: the tables must be as
// before in between, and the answer and the tables the same after. What is not so ends it with exit 1.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "base/encode.h"
#include "book/book.h"
#include "book/state.h"
#include "codec/event_decode.h"
#include "codec/event_lines.h"
#include "log/record.h"
#include "log/sha256.h"
#include "log/signature.h"

enum { RECORDS_MAX = 65536, TABLES_BYTES_MAX = 256 << 20, OUT_BYTES_MAX = 64 << 20 };

typedef struct Answered { char *bytes; size_t length; char *answer; } Answered;   // by record number

static Book *book, *copy;
static Answered kept[RECORDS_MAX];
static Buffer out;
static Buffer tables[3];
static const uint8_t hash_key[16] = "model book";
static const uint8_t other_key[16] = "another table";

static void hash_bytes(Text bytes, uint8_t hash[32]) {
    Hash of = sha256_of(bytes.at, bytes.length);
    memcpy(hash, of.bytes, sizeof of.bytes);
}
static const BookOutside outside = {event_decode, hash_bytes};

static _Noreturn void give_up(const char *why, const Status *status, Text line) {
    fprintf(stderr, "model_book: %s: %s (%s)\n%.*s\n", why, status ? status->message : "",
            status ? status->where : "", TEXT_ARG(line));
    exit(1);
}

static void begin(bool replay) {
    Status status = {0};
    book_free(book);
    book_free(copy);
    for (size_t i = 0; i < RECORDS_MAX && kept[i].bytes; i++) {
        free(kept[i].bytes);
        free(kept[i].answer);
        kept[i] = (Answered){0};
    }
    book = book_new(hash_key, &status);
    copy = replay ? book_new(other_key, &status) : NULL;
    if (!book || (replay && !copy)) give_up("no book", &status, TEXT(""));
    book_outside(book, &outside);
    if (copy) book_outside(copy, &outside);
}

static void write_tables(const Book *of, Buffer *into) {
    buffer_reset(into);
    for (unsigned table = 1; table <= BOOK_TABLE_COUNT; table++)
        if (!book_table_write(of, table, 0, book_table_rows(of, table), into))
            give_up("no room for the tables", NULL, TEXT(""));
}

static void same_tables(const Buffer *a, const Buffer *b, const char *why, Text line) {
    if (a->length != b->length || (a->length && memcmp(a->bytes, b->bytes, a->length) != 0)) {
        for (size_t i = 0; i < a->length && i < b->length; i++)
            if (a->bytes[i] != b->bytes[i]) {
                fprintf(stderr, "model_book: byte %zu of %zu and %zu\n", i, a->length, b->length);
                break;
            }
        give_up(why, NULL, line);
    }
}

// ---- answers

static void json_text(Text text) {
    buffer_char(&out, '"');
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] == '"' || text.at[i] == '\\') buffer_char(&out, '\\');
        buffer_char(&out, text.at[i]);
    }
    buffer_char(&out, '"');
}

static void answer_of(Verdict verdict, const Reason *reasons, uint32_t count) {
    buffer_reset(&out);
    buffer_format(&out, "{\"verdict\":\"%s\",\"codes\":[", verdict_name(verdict));
    for (uint32_t i = 0; i < count; i++) {
        buffer_format(&out, "%s{\"code\":\"%s\",\"where\":", i ? "," : "",
                      code_facts(reasons[i].code)->name);
        json_text(text_of(reasons[i].where));
        if (reasons[i].cause != CAUSE_NONE)
            buffer_format(&out, ",\"cause\":\"%llu.%u\"", (unsigned long long)(reasons[i].cause >> 8),
                          (unsigned)(reasons[i].cause & 255));
        buffer_char(&out, '}');
    }
    buffer_string(&out, "]}");
}

static void say(void) {
    if (out.failed) give_up("an answer is too long", NULL, TEXT(""));
    printf("%.*s\n", TEXT_ARG(buffer_view(&out)));
    fflush(stdout);
}

// ---- the state

static bool first_member;
static void member(Text name) {
    if (!first_member) buffer_char(&out, ',');
    first_member = false;
    json_text(name);
    buffer_char(&out, ':');
}

static void wide(u128 value) {
    char digits[48];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + (int)(value % 10));
    while (value /= 10);
    buffer_bytes(&out, digits + at, sizeof digits - at);
}

static void vector(const int64_t mg[COMPONENT_COUNT]) {
    bool first = true;
    buffer_char(&out, '{');
    for (int c = 0; c < COMPONENT_COUNT; c++)
        if (mg[c]) {
            buffer_format(&out, "%s\"%s\":%lld", first ? "" : ",", component_symbol(c), (long long)mg[c]);
            first = false;
        }
    buffer_char(&out, '}');
}

static void cause_list(uint32_t set, bool as_text) {
    uint32_t causes[SET_CAUSES_MAX], count = 0;
    set_collect(book, set, causes, &count);
    buffer_char(&out, as_text ? '"' : '[');
    for (uint32_t i = 0; i < count; i++) {
        uint64_t number = cause_at(book, causes[i])->number;
        buffer_format(&out, "%s%s%llu.%u%s", i ? "," : "", as_text ? "" : "\"",
                      (unsigned long long)(number >> 8), (unsigned)(number & 255), as_text ? "" : "\"");
    }
    buffer_char(&out, as_text ? '"' : ']');
}

static void facet(bool *first, unsigned kind, uint32_t key, const int64_t mg[COMPONENT_COUNT]) {
    bool any = false;
    for (int c = 0; c < COMPONENT_COUNT; c++) any |= mg[c] != 0;
    if (!any) return;
    if (!*first) buffer_char(&out, ',');
    *first = false;
    if (kind == FACET_SOURCE)
        buffer_format(&out, "\"source %.*s\":", TEXT_ARG(intern_text(book->source_ids, key)));
    else if (kind == FACET_RECYCLED)
        buffer_format(&out, "\"recycled %s\":", key == RECYCLED_PRE_CONSUMER ? "pre-consumer" : "post-consumer");
    else buffer_format(&out, "\"undrawn %s\":", class_words[key]);
    vector(mg);
}

// Random and shared parts of terms, per component; groups are summed first.
enum { GROUPS_MAX = 4096 };
typedef struct Errors {
    u128 random[COMPONENT_COUNT];
    uint32_t group[GROUPS_MAX], groups;
    i128 sum[GROUPS_MAX][COMPONENT_COUNT];
} Errors;
static Errors errors;

static i128 even_million(i128 n) {
    i128 q = n / 1000000, r = n % 1000000;
    if (r < 0) { r += 1000000; q -= 1; }
    if (r > 500000 || (r == 500000 && (q & 1))) q += 1;
    return q;
}
static u128 size_of(i128 n) { return n < 0 ? (u128)(-n) : (u128)n; }

static u128 plus(u128 a, u128 b) { return a + b < a ? ~(u128)0 : a + b; }
static u128 times(u128 a, u128 b) { return a && b > ~(u128)0 / a ? ~(u128)0 : a * b; }

static void errors_add(uint32_t measurement, int64_t mass) {
    const MeasurementRow *m = measurement_at(book, measurement);
    unsigned at = 0;
    uint32_t g = 0;
    while (g < errors.groups && errors.group[g] != m->group) g++;
    if (m->group != GROUP_NONE && g == errors.groups) {
        if (g == GROUPS_MAX) give_up("too many groups", NULL, TEXT(""));
        errors.group[errors.groups++] = m->group;
        memset(errors.sum[g], 0, sizeof errors.sum[g]);
    }
    for (uint32_t mask = m->mask; mask; mask &= mask - 1, at++) {
        int c = __builtin_ctz(mask);
        int64_t u = measurement_u(book, m, at), s = measurement_s(book, m, at);
        errors.random[c] = plus(errors.random[c], times(size_of(even_million((i128)mass * u)),
                                                        size_of(even_million((i128)m->net * u))));
        if (m->group != GROUP_NONE) errors.sum[g][c] += even_million((i128)mass * s);
        else errors.random[c] = plus(errors.random[c], times(size_of(even_million((i128)mass * s)),
                                                             size_of(even_million((i128)m->net * s))));
    }
}

static void errors_print(void) {
    bool first = true;
    buffer_char(&out, '{');
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        u128 v = errors.random[c];
        for (uint32_t g = 0; g < errors.groups; g++)
            v = plus(v, times(size_of(errors.sum[g][c]), size_of(errors.sum[g][c])));
        if (!v) continue;
        buffer_format(&out, "%s\"%s\":\"", first ? "" : ",", component_symbol(c));
        wide(v);
        buffer_char(&out, '"');
        first = false;
    }
    buffer_char(&out, '}');
}

static int64_t left_of(const Lot *lot, int64_t start) {
    return start - share_even(start, lot->start_net, lot->taken, 0);
}

static void dump_packing(const Lot *lot) {
    if (lot->packing == ROW_NONE) {
        buffer_string(&out, "null");
        return;
    }
    const PackingRow *packing = ROW(book, PackingRow, TABLE_PACKING, lot->packing);
    buffer_string(&out, "{\"packages\":[");
    for (uint32_t i = 0; i < packing->package_count; i++) {
        const PackageRow *package =
            ROW(book, PackageRow, TABLE_PACKAGE, packing->first_package + i);
        buffer_string(&out, i ? ",[" : "[");
        json_text(intern_text(book->package_ids, packing->first_package + i));
        buffer_format(&out, ",%lld,%lld,", (long long)package->net, (long long)package->gross);
        json_text(text_get(book, package->seal));
        buffer_char(&out, ']');
    }
    buffer_string(&out, "],\"origins\":[");
    for (uint32_t i = 0; i < packing->origin_count; i++) {
        if (i) buffer_char(&out, ',');
        json_text(intern_text(book->source_ids,
                              ROW(book, ListRow, TABLE_LIST, packing->origins + i)->number));
    }
    buffer_string(&out, "]}");
}

static void dump_lot(const Lot *lot) {
    static const char *const states[] = {"", "here", "transit", "ended"};
    buffer_format(&out, "{\"state\":\"%s\"", states[lot->state]);
    if (lot->state == LOT_ENDED) {
        buffer_char(&out, '}');
        return;
    }
    Content content;
    lot_content_left(book, lot, &content);
    buffer_format(&out, ",\"party\":\"%.*s\",\"facility\":\"%.*s\",\"material\":\"%.*s\",\"net\":%lld,"
                  "\"dry\":%lld,\"mg\":", TEXT_ARG(intern_text(book->party_ids, lot->party)),
                  TEXT_ARG(intern_text(book->facility_ids, lot->facility)),
                  TEXT_ARG(lot->material == ROW_NONE ? TEXT("")
                                                     : intern_text(book->material_ids, lot->material)),
                  (long long)lot_left(lot), (long long)content.dry);
    vector(content.mg);
    buffer_string(&out, ",\"bound\":");
    vector(content.bound);
    buffer_format(&out, ",\"owner\":\"%.*s\"",
                  TEXT_ARG(intern_text(book->party_ids, lot->owner)));
    buffer_format(&out, ",\"pieces\":%lld,\"packing\":", (long long)lot->pieces);
    dump_packing(lot);
    buffer_format(&out, ",\"turned_back\":%s", lot->turned_back ? "true" : "false");
    buffer_format(&out, ",\"masks\":[%llu,%llu,%llu],\"basis\":\"%s\",\"held\":%s,\"causes\":",
                  (unsigned long long)content.stated, (unsigned long long)content.whole,
                  (unsigned long long)content.below,
                  lot->basis == BASIS_NOTHING ? "nothing" : basis_words[lot->basis],
                  lot_is_held(book, lot) ? "true" : "false");
    cause_list(lot->set, false);
    buffer_string(&out, ",\"facets\":{");
    bool first = true;
    for (uint32_t i = 0; i < lot->facet_count; i++) {
        const FacetRow *f = ROW(book, FacetRow, TABLE_FACET, lot->facets + i);
        int64_t mg[COMPONENT_COUNT] = {0};
        const int64_t *values = f->mask ? values_at(book, f->values) : NULL;
        for (uint32_t mask = f->mask; mask; mask &= mask - 1)
            mg[__builtin_ctz(mask)] = left_of(lot, *values++);
        facet(&first, f->kind, f->key, mg);
    }
    buffer_string(&out, "},\"variance\":");
    memset(errors.random, 0, sizeof errors.random);
    errors.groups = 0;
    for (uint32_t i = 0; i < lot->term_count; i++) {
        const TermRow *t = ROW(book, TermRow, TABLE_TERM, lot->terms + i);
        errors_add(t->measurement, left_of(lot, t->mg));
    }
    errors_print();
    buffer_char(&out, '}');
}

static void dump_pool(const PoolRow *pool) {
    int64_t free_mg[COMPONENT_COUNT];
    memcpy(free_mg, pool->content, sizeof free_mg);
    for (uint32_t s = pool->first_set; s != ROW_NONE;) {
        const PoolSetRow *row = ROW(book, PoolSetRow, TABLE_POOL_SET, s);
        for (int c = 0; c < COMPONENT_COUNT; c++) free_mg[c] -= row->mg[c];
        s = row->next;
    }
    buffer_string(&out, "{\"content\":");
    vector(pool->content);
    buffer_string(&out, ",\"free\":");
    vector(free_mg);
    buffer_string(&out, ",\"sets\":[");
    bool first = true;
    for (uint32_t s = pool->first_set; s != ROW_NONE;) {
        const PoolSetRow *row = ROW(book, PoolSetRow, TABLE_POOL_SET, s);
        s = row->next;
        bool any = false;
        for (int c = 0; c < COMPONENT_COUNT; c++) any |= row->mg[c] != 0;
        if (!any) continue;
        buffer_string(&out, first ? "[" : ",[");
        first = false;
        cause_list(row->set, true);
        buffer_char(&out, ',');
        vector(row->mg);
        buffer_char(&out, ']');
    }
    buffer_string(&out, "],\"facets\":{");
    first = true;
    for (uint32_t f = pool->first_facet; f != ROW_NONE;) {
        const PoolFacetRow *row = ROW(book, PoolFacetRow, TABLE_POOL_FACET, f);
        facet(&first, row->kind, row->key, row->mg);
        f = row->next;
    }
    buffer_string(&out, "},\"owners\":{");
    first_member = true;
    for (uint32_t o = pool->first_owner; o != ROW_NONE;) {
        const PoolOwnerRow *row = ROW(book, PoolOwnerRow, TABLE_POOL_OWNER, o);
        o = row->next;
        bool any = false;
        for (int c = 0; c < COMPONENT_COUNT; c++) any |= row->mg[c] != 0;
        if (!any) continue;
        member(intern_text(book->party_ids, row->owner));
        vector(row->mg);
    }
    first_member = false; // of the pools
    buffer_string(&out, "},\"in\":");
    vector(pool->in);
    buffer_string(&out, ",\"out\":");
    vector(pool->out);
    buffer_string(&out, ",\"bound\":");
    vector(pool->bound_in);
    buffer_format(&out, ",\"whole\":%lu", (unsigned long)pool->whole);
    buffer_string(&out, ",\"variance\":");
    memcpy(errors.random, pool->random, sizeof errors.random);
    errors.groups = 0;
    for (uint32_t g = pool->first_group; g != ROW_NONE && errors.groups < GROUPS_MAX;) {
        const PoolGroupRow *row = ROW(book, PoolGroupRow, TABLE_POOL_GROUP, g);
        errors.group[errors.groups] = row->group;
        memcpy(errors.sum[errors.groups++], row->sum, sizeof row->sum);
        g = row->next;
    }
    errors_print();
    buffer_char(&out, '}');
}

static Text holder_text(Holder holder) {
    return holder & HOLDER_FACILITY ? intern_text(book->facility_ids, holder & ~HOLDER_FACILITY)
                                    : intern_text(book->party_ids, holder);
}

static void dump(void) {
    static const char *const terms[ACCOUNT_TERMS] = {
        "opened", "extracted", "received", "shipped", "discarded", "lost", "batch", "gain", "measure",
        "stocktake", "found", "reversal", "srd"};
    static const char *const statuses[] = {"", "pending", "open", "released", "void"};
    buffer_reset(&out);
    buffer_string(&out, "{\"lots\":{");
    first_member = true;
    for (uint32_t i = 0; i < book_count(book, TABLE_LOT); i++) {
        member(intern_text(book->lot_ids, i));
        dump_lot(lot_at(book, i));
    }
    buffer_string(&out, "},\"pools\":{");
    first_member = true;
    for (uint32_t i = 0; i < book_count(book, TABLE_POOL); i++) {
        member(intern_text(book->pool_ids, i));
        dump_pool(pool_at(book, i));
    }
    buffer_string(&out, "},\"permits\":{");
    first_member = true;
    for (uint32_t i = 0; i < book_count(book, TABLE_PERMIT); i++) {
        const PermitRow *permit = ROW(book, PermitRow, TABLE_PERMIT, i);
        member(intern_text(book->licence_ids, permit->licence));
        buffer_format(&out, "[%lld,%lld,%s]", (long long)permit->reserved_mg,
                      (long long)permit->drawn_mg, permit->used ? "true" : "false");
    }
    buffer_string(&out, "},\"declarations\":[");
    for (uint32_t i = 0; i < book_count(book, TABLE_DECLARATION); i++) {
        static const char *const outcomes[] = {"", "declared", "cleared", "stopped", "withdrawn"};
        buffer_format(&out, "%s\"%s\"", i ? "," : "",
                      outcomes[ROW(book, DeclarationRow, TABLE_DECLARATION, i)->status]);
    }
    buffer_string(&out, "],\"nodes\":{");
    first_member = true;
    for (uint32_t i = 0; i < book_count(book, TABLE_NODE); i++) {
        const NodeRow *n = node_at(book, i);
        if (!n->allotted_mg && !n->drawn_mg) continue;
        char name[256];
        int length = snprintf(name, sizeof name, "%.*s %s %s %u", TEXT_ARG(holder_text(n->holder)),
                              ledger_words[n->ledger],
                              n->class_of_ore ? class_words[n->class_of_ore] : "-", (unsigned)n->year);
        member((Text){name, (size_t)length});
        buffer_format(&out, "[%lld,%lld]", (long long)n->allotted_mg, (long long)n->drawn_mg);
    }
    buffer_string(&out, "},\"accounts\":{");
    first_member = true;
    for (uint32_t i = 0; i < book_count(book, TABLE_ACCOUNT); i++) {
        const AccountRow *a = ROW(book, AccountRow, TABLE_ACCOUNT, i);
        const int64_t *values = values_at(book, a->values);
        bool first = true;
        for (int t = 0; t < ACCOUNT_TERMS; t++) {
            int64_t mg[COMPONENT_COUNT];   // a loss is kept as the negative posting that it is
            bool any = false;
            for (int c = 0; c < COMPONENT_COUNT; c++) {
                mg[c] = t == ACCOUNT_LOST ? -values[t * COMPONENT_COUNT + c] : values[t * COMPONENT_COUNT + c];
                any |= mg[c] != 0;
            }
            if (!any) continue;
            if (first) {
                char month[MONTH_TEXT_MAX], name[192];
                int length = snprintf(name, sizeof name, "%.*s %s",
                                      TEXT_ARG(intern_text(book->facility_ids, a->facility)),
                                      month_print(a->month, month));
                member((Text){name, (size_t)length});
            }
            buffer_format(&out, "%s\"%s\":", first ? "{" : ",", terms[t]);
            first = false;
            vector(mg);
        }
        if (!first) buffer_char(&out, '}');
    }
    buffer_string(&out, "},\"causes\":{");
    first_member = true;
    for (uint32_t i = 0; i < book_count(book, TABLE_CAUSE); i++) {
        const CauseRow *c = cause_at(book, i);
        char name[48];
        int length = snprintf(name, sizeof name, "%llu.%u", (unsigned long long)(c->number >> 8),
                              (unsigned)(c->number & 255));
        member((Text){name, (size_t)length});
        buffer_format(&out, "[\"%s\",\"%s\"]", code_facts(c->code)->name, statuses[c->status]);
    }
    buffer_string(&out, "},\"deposits\":{");
    first_member = true;
    for (uint32_t i = 0; i < book_count(book, TABLE_DEPOSIT); i++) {
        const DepositRow *d = ROW(book, DepositRow, TABLE_DEPOSIT, i);
        if (!d->drawn_mg) continue;
        member(intern_text(book->deposit_ids, i));
        buffer_format(&out, "%lld", (long long)d->drawn_mg);
    }
    buffer_string(&out, "}}");
    say();
}

// ---- lines

// {"ytterby":"event/1","recorded":"..","by":"..","event":{..}} as run.py writes it.
static bool line_split(Text line, Text *recorded, Text *by, Text *event) {
    static const char head[] = "{\"ytterby\":\"event/1\",\"recorded\":\"", middle[] = "\",\"by\":\"",
                      tail[] = "\",\"event\":";
    if (!text_begins(line, TEXT(head)) || line.at[line.length - 1] != '}') return false;
    const char *at = line.at + sizeof head - 1, *by_at = strstr(at, middle);
    const char *event_at = by_at ? strstr(by_at, tail) : NULL;
    if (!event_at) return false;
    *recorded = (Text){at, (size_t)(by_at - at)};
    by_at += sizeof middle - 1;
    *by = (Text){by_at, (size_t)(event_at - by_at)};
    event_at += sizeof tail - 1;
    *event = (Text){event_at, (size_t)(line.at + line.length - 1 - event_at)};
    return true;
}

// "ROLE/PARTY/NAME signed KEY" in the place of the sender: as if a signature under that key had been
// found good.
static void signer_of(Context *context) {
    static uint8_t key[32];
    static const char nothing[96] = {0};
    Text who, rest, word, hex;
    if (!text_split(context->principal, ' ', &who, &rest)) return;
    context->principal = who;
    if (!text_split(rest, ' ', &word, &hex) || !hex_read(hex, key, sizeof key)) return;
    context->signature_kind = 1;
    context->signature = (Text){nothing, sizeof nothing};
    context->public_key = key;
}

// A signed/1 line, verified as the keeper does it. Returns the code of what is wrong with it.
static VerdictCode signed_line(Text line, Arena *arena, Text *bytes, Context *context) {
    static EventLine read;
    static Buffer stored;
    Signature signature = {.kind = SIGNATURE_EVENT};
    Status status = {0};
    if (!event_line_read(line, arena, &read, &status)) give_up("not a signed/1 line", &status, line);
    *bytes = read.event;
    memcpy(signature.key.bytes, read.key, sizeof read.key);
    memcpy(signature.bytes, read.signature, sizeof read.signature);
    for (uint32_t i = 0; i < book_key_count(book); i++) {
        Hash hash = signature_key(book_key(book, i));
        if (!hash_equal(&hash, &signature.key)) continue;
        context->public_key = book_key(book, i);
        if (!signature_verify(&signature, context->public_key, book_origin(book), *bytes, &status))
            return CODE_SIGNATURE;
        buffer_init(&stored, 1024);
        if (!signature_write(&signature, &stored)) give_up("no memory", NULL, line);
        context->signature_kind = 1;
        context->signature = (Text){(const char *)stored.bytes + 1, stored.length - 1};
        return CODE_NONE;
    }
    return CODE_KEY_NOT_VALID;
}

// A sealed/1 line: its event, once each part given is what its hash says.
static VerdictCode sealed_line(Text line, Arena *arena, Text *bytes) {
    static EventLine read;
    Event event;
    Status status = {0};
    if (!event_line_read(line, arena, &read, &status)) give_up("not a sealed/1 line", &status, line);
    *bytes = read.event;
    if (!event_decode(*bytes, arena, &event, &status)) return CODE_NONE; // told below
    for (uint32_t i = 0; i < read.line_part_count; i++) {
        const LinePart *given = &read.parts[i];
        bool good = false;
        for (uint32_t j = 0; j < event_part_count(&event); j++) {
            const SealedPart *named = event_part(&event, j);
            uint8_t hash[32];
            Hash found = sealed_commitment(given->salt, named->class_number, given->bytes);
            good |= hex_read(named->hash, hash, 32) && memcmp(hash, given->hash, 32) == 0 &&
                    memcmp(hash, found.bytes, 32) == 0;
        }
        if (!good) return CODE_PART_BYTES;
    }
    return CODE_NONE;
}

static bool same_answer(const Decision *a, const Decision *b) {
    return a->verdict == b->verdict && a->reason_count == b->reason_count &&
           memcmp(a->reasons, b->reasons, a->reason_count * sizeof a->reasons[0]) == 0 &&
           a->bytes.length == b->bytes.length &&
           (a->bytes.length == 0 || memcmp(a->bytes.bytes, b->bytes.bytes, a->bytes.length) == 0);
}

static void decide(const Event *event, const Context *context, bool twice, Text line) {
    Status status = {0};
    static Decision decision, again;
    decision_init(&decision);
    uint64_t seq = book_next(book);
    BookMark mark = book_mark(book);
    if (twice) write_tables(book, &tables[0]);
    if (!book_decide(book, event, context, &decision, &status)) give_up("no answer", &status, line);
    if (twice) {
        write_tables(book, &tables[1]);
        book_rewind(book, mark);
        write_tables(book, &tables[2]);
        same_tables(&tables[0], &tables[2], "rewinding left something behind", line);
        decision_init(&again);
        if (!book_decide(book, event, context, &again, &status)) give_up("no answer", &status, line);
        if (!same_answer(&decision, &again)) give_up("the second answer differs", NULL, line);
        write_tables(book, &tables[2]);
        same_tables(&tables[1], &tables[2], "the second decision left other tables", line);
        decision_done(&again);
    }
    if (copy && decision.verdict != VERDICT_REFUSED) {
        if (!book_apply(copy, event, buffer_view(&decision.bytes), context->recorded, &status))
            give_up("its decision cannot be applied", &status, line);
        write_tables(book, &tables[0]);
        write_tables(copy, &tables[1]);
        same_tables(&tables[0], &tables[1], "applying gives other tables than deciding", line);
    }
    answer_of(decision.verdict, decision.reasons, decision.reason_count);
    if (decision.verdict != VERDICT_REFUSED) {
        if (seq >= RECORDS_MAX) give_up("too many records", NULL, line);
        kept[seq] = (Answered){strndup(event->bytes.at, event->bytes.length), event->bytes.length,
                           strndup((const char *)out.bytes, out.length)};
    }
    decision_done(&decision);
}

int main(int count, char **words) {
    bool replay = false;
    unsigned long twice = 0, number = 0;
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--replay") == 0) replay = true;
        else if (strcmp(words[i], "--twice") == 0 && i + 1 < count) twice = strtoul(words[++i], NULL, 10);
        else return fprintf(stderr, "usage: model_book [--replay] [--twice K]\n"), 2;
    }
    buffer_init(&out, OUT_BYTES_MAX);
    for (int i = 0; i < 3; i++) buffer_init(&tables[i], TABLES_BYTES_MAX);
    Arena arena;
    arena_init(&arena, 16 << 20);
    begin(replay);
    char *room = NULL;
    size_t size = 0;
    ssize_t length;
    while ((length = getline(&room, &size, stdin)) > 0) {
        Text line = {room, (size_t)length};
        if (line.at[line.length - 1] == '\n') line.length--;
        room[line.length] = 0;
        if (text_equal(line, TEXT("reset"))) {
            begin(replay);
            continue;
        }
        if (text_equal(line, TEXT("dump"))) {
            dump();
            continue;
        }
        arena_reset(&arena);
        Status status = {0};
        Text recorded = {0}, bytes = line;
        Context context = {.principal = TEXT("operator/REG/cli")};
        bool genesis = book_next(book) == 0 && !text_begins(line, TEXT("{\"ytterby\""));
        bool is_signed = text_begins(line, TEXT("{\"ytterby\":\"signed/1\""));
        bool is_sealed = text_begins(line, TEXT("{\"ytterby\":\"sealed/1\""));
        VerdictCode wrong = is_signed   ? signed_line(line, &arena, &bytes, &context)
                            : is_sealed ? sealed_line(line, &arena, &bytes)
                                        : CODE_NONE;
        is_signed |= is_sealed; // recorded when it ends, by the operator
        if (wrong != CODE_NONE) {
            Reason reason = {.code = (uint16_t)wrong, .cause = CAUSE_NONE};
            answer_of(VERDICT_REFUSED, &reason, 1);
            say();
            continue;
        }
        if (!genesis && !is_signed && !line_split(line, &recorded, &context.principal, &bytes))
            give_up("not an event/1 line", NULL, line);
        if (!is_signed) signer_of(&context);
        Event event;
        if (!event_decode(bytes, &arena, &event, &status)) {
            Reason reason = {.code = CODE_MALFORMED, .cause = CAUSE_NONE};
            snprintf(reason.where, sizeof reason.where, "%.90s", status.where);
            answer_of(VERDICT_REFUSED, &reason, 1);
            say();
            continue;
        }
        context.recorded = event.end;
        if (is_signed && context.recorded < book_last_recorded(book))
            context.recorded = book_last_recorded(book);
        if (!genesis && !is_signed && !instant_read(recorded, &context.recorded)) give_up("no time", NULL, line);
        uint64_t seq = book_event_find(book, event.party, event.id);
        if (seq != UINT64_MAX && kept[seq].length == bytes.length &&
            memcmp(kept[seq].bytes, bytes.at, bytes.length) == 0) {
            printf("%s\n", kept[seq].answer);
            fflush(stdout);
            continue;
        }
        if (seq != UINT64_MAX) {
            Reason reason = {.code = CODE_ID_REUSED, .cause = CAUSE_NONE, .where = "/id"};
            answer_of(VERDICT_REFUSED, &reason, 1);
        } else {
            decide(&event, &context, twice && ++number % twice == 0, line);
        }
        say();
    }
    free(room);
    begin(false);
    book_free(book);
    arena_done(&arena);
    return 0;
}
