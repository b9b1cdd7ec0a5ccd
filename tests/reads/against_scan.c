// Lists, filters, pages, totals and traces against a naive scan (R9): an industry is recorded a few
// hundred events at a time, with holds and releases by the authority in between, and after each
// stretch random questions are asked through access/ and answered again by the plainest loop over
// the rows (scan.c).
//     against_scan DIR COUNT [SEED]      DIR as `ytterby simulate` writes it; COUNT questions in
//     all
// Prints `N questions, M differences`; exit 1 on a difference, which is printed with the question.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/lots.h"
#include "access/movements.h"
#include "access/records.h"
#include "access/totals.h"
#include "access/trace.h"
#include "base/encode.h"
#include "codec/event_lines.h"
#include "codec/json.h"
#include "keeper/submit.h"
#include "log/ed25519.h"
#include "quantity/decimal.h"
#include "scan.h"

enum { STRETCHES = 16, KEYS_MAX = 200000, KEY = 192, PAGES_MAX = 8 };

static Keeper *keeper;
static Access *door;
static Buffer out;
static Json json;
static uint64_t seed = 1;
static unsigned long asked, differences;
static char question[1024];

static uint32_t draw(uint32_t below) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return below ? (uint32_t)((seed >> 11) % below) : 0;
}
static bool chance(uint32_t one_in) {
    return draw(one_in) == 0;
}

static void give_up(const char *what, const Status *status) {
    fprintf(stderr, "against_scan: %s: %s %s; asked %s\n", what, status->message, status->where,
            question);
    exit(2);
}

static void differs(const char *how, const char *expected, const char *got) {
    if (++differences <= 20)
        printf("%s\n  %s: expected %s, got %s\n", question, how, expected, got);
}

// ---- answers ----

static uint32_t member(uint32_t object, const char *name) {
    return json_member(&json, object, text_of(name));
}
static void text_member(uint32_t object, const char *name, char to[KEY]) {
    uint32_t token = member(object, name);
    Text text = token == JSON_NONE ? TEXT("?") : json_bytes(&json, token);
    if (text.length > 1 && text.at[0] == '"') text = (Text){text.at + 1, text.length - 2};
    snprintf(to, KEY, "%.*s", TEXT_ARG(text));
}

// What a page's items are told apart by.
typedef struct Keys {
    char (*key)[KEY];
    size_t count;
} Keys;

static void key_add(Keys *keys, const char *key) {
    if (!keys->key) keys->key = malloc(KEYS_MAX * sizeof *keys->key);
    if (keys->count < KEYS_MAX) snprintf(keys->key[keys->count++], KEY, "%s", key);
}

typedef bool AskPage(const void *asked, const View *view, const Page *page, Status *status);
typedef void KeyOf(uint32_t item, char key[KEY]);

static void key_of_id(uint32_t item, char key[KEY]) {
    text_member(item, "id", key);
}
static void key_of_seq(uint32_t item, char key[KEY]) {
    text_member(item, "seq", key);
}
static void key_of_record(uint32_t item, char key[KEY]) {
    text_member(item, "record", key);
}
static void key_of_posting(uint32_t item, char key[KEY]) {
    char part[4][KEY];
    text_member(item, "record", part[0]);
    text_member(item, "month", part[1]);
    text_member(item, "reason", part[2]);
    text_member(item, "net_kg", part[3]);
    snprintf(key, KEY, "%.40s %.10s %.20s %.40s", part[0], part[1], part[2], part[3]);
}

// Walks pages of random sizes and compares with all that there should be.
static void walk(AskPage *ask, const void *what, const View *view, KeyOf *key_of,
                 const Keys *expected) {
    char cursor[KEY] = "", text[KEY], number[32];
    size_t at = 0;
    for (int pages = 0; pages < PAGES_MAX; pages++) {
        Status status;
        status_clear(&status);
        buffer_reset(&out);
        Page page = {text_of(cursor), 1 + draw(chance(4) ? 300 : 30)};
        if (!ask(what, view, &page, &status)) give_up("a page", &status);
        if (!json_read(&json, buffer_view(&out), &status)) give_up("an answer", &status);
        uint32_t items = member(0, "items"), next = member(0, "next"), total = member(0, "total");
        size_t on_page = 0;
        for (uint32_t i = json_begin(items); i != json_end(&json, items);
             i = json_next(&json, i), at++, on_page++) {
            key_of(i, text);
            const char *wanted = at < expected->count ? expected->key[at] : "nothing more";
            if (strcmp(wanted, text) != 0) {
                differs("item", wanted, text);
                return;
            }
        }
        snprintf(number, sizeof number, "%zu", expected->count);
        Text said = json_bytes(&json, total);
        if (!text_equal(said, TEXT("null")) && !text_equal(said, text_of(number)))
            differs("total", number, said.at);
        bool cut = json_type(&json, member(0, "cut")) == JSON_TRUE;
        if (json_type(&json, next) == JSON_NULL) {
            if (at != expected->count) differs("end", number, "fewer");
            return;
        }
        if (on_page < page.limit && !cut)
            differs("page", "a full one", "a short one that is not cut");
        text_member(0, "next", cursor);
    }
}

// ---- questions ----

static const Book *book; // between stretches nothing is written

static Text any_facility(void) {
    uint32_t count = book_count(book, TABLE_FACILITY);
    return chance(20) || !count ? TEXT("NONE") : intern_text(book->facility_ids, draw(count));
}
static Text any_party(void) {
    return intern_text(book->party_ids, draw(book_count(book, TABLE_PARTY)));
}
static uint32_t any_lot(void) {
    return draw(book_count(book, TABLE_LOT));
}
static View any_view(void) {
    View view = view_operator(keeper);
    if (chance(3)) {
        char principal[100];
        Status status;
        status_clear(&status);
        snprintf(principal, sizeof principal, "company/%.*s/clerk", TEXT_ARG(any_party()));
        if (!view_make(keeper, text_of(principal), &view, &status)) give_up("a view", &status);
    }
    return view;
}
static const RecordRow *record_of(uint64_t seq) {
    return ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seq);
}
static Day any_day(void) {
    return record_of(draw(book_count(book, TABLE_RECORD)))->day_of;
}
static bool is_id(Text asked_id, Intern *names, uint32_t row) {
    return text_is_empty(asked_id) ||
           (row != ROW_NONE && text_equal(asked_id, intern_text(names, row)));
}

static bool ask_lots(const void *what, const View *view, const Page *page, Status *status) {
    return access_lots(door, view, what, page, &out, status);
}
static bool lot_fits(const LotsAsked *q, const View *view, uint32_t row) {
    const Lot *lot = lot_at(book, row);
    const char *state = lot->state == LOT_ENDED     ? "used_up"
                        : scan_is_held(book, row)   ? "held"
                        : lot->state == LOT_TRANSIT ? "in_transit"
                                                    : "free";
    const char *stage = lot->material == ROW_NONE
                            ? "unknown"
                            : stage_words[material_at(book, lot->material)->stage];
    char month[MONTH_TEXT_MAX];
    month_print(month_of_day(record_of(operation_at(book, lot->operation)->seq)->day_of), month);
    return scan_sees_lot(book, view, row) &&
           is_id(q->facility, book->facility_ids, lot->facility) &&
           is_id(q->material, book->material_ids, lot->material) &&
           is_id(q->holder, book->party_ids, lot->party) &&
           is_id(q->owner, book->party_ids, lot->owner) &&
           (text_is_empty(q->state) || text_equal(q->state, text_of(state))) &&
           (text_is_empty(q->stage) || text_equal(q->stage, text_of(stage))) &&
           (text_is_empty(q->made) || text_equal(q->made, text_of(month))) &&
           text_begins(intern_text(book->lot_ids, row), q->q);
}
static void question_lots(const View *view) {
    static const char *const states[] = {"free", "held", "in_transit", "used_up"};
    char made[MONTH_TEXT_MAX], begins[KEY];
    LotsAsked q = {0};
    if (chance(3)) q.facility = any_facility();
    if (chance(4))
        q.material = intern_text(book->material_ids, draw(book_count(book, TABLE_MATERIAL)));
    if (chance(4)) q.holder = any_party();
    if (chance(6)) q.owner = any_party();
    if (chance(2)) q.state = text_of(states[draw(4)]);
    if (chance(4)) q.stage = text_of(stage_words[1 + draw(STAGE_COUNT - 1)]);
    if (chance(4)) q.made = text_of(month_print(month_of_day(any_day()), made));
    if (chance(4)) {
        Text id = intern_text(book->lot_ids, any_lot());
        snprintf(begins, sizeof begins, "%.*s", (int)(1 + draw((uint32_t)id.length)), id.at);
        q.q = text_of(begins);
    }
    snprintf(question, sizeof question,
             "%s lots facility=%.*s material=%.*s holder=%.*s owner=%.*s state=%.*s stage=%.*s "
             "made=%.*s q=%.*s",
             view->principal, TEXT_ARG(q.facility), TEXT_ARG(q.material), TEXT_ARG(q.holder),
             TEXT_ARG(q.owner), TEXT_ARG(q.state), TEXT_ARG(q.stage), TEXT_ARG(q.made),
             TEXT_ARG(q.q));
    static Keys expected;
    expected.count = 0;
    for (uint32_t row = book_count(book, TABLE_LOT); row-- > 0;)
        if (lot_fits(&q, view, row)) {
            char id[KEY];
            snprintf(id, sizeof id, "%.*s", TEXT_ARG(intern_text(book->lot_ids, row)));
            key_add(&expected, id);
        }
    walk(ask_lots, &q, view, key_of_id, &expected);
}

static bool ask_records(const void *what, const View *view, const Page *page, Status *status) {
    return access_records(door, view, what, page, &out, status);
}
static bool ask_movements(const void *what, const View *view, const Page *page, Status *status) {
    return access_movements(door, view, what, page, &out, status);
}
static void question_records(const View *view, bool movements) {
    static const char *const moving[] = {"ship",         "receive",      "sell",
                                         "return.goods", "import.goods", "export.goods"};
    char from[DAY_TEXT_MAX] = "", to[DAY_TEXT_MAX] = "", number[32];
    Text kind = {"", 0}, verdict = {"", 0}, party = {"", 0}, facility = {"", 0};
    Day first = DAY_FIRST, last = DAY_LAST;
    if (chance(3) && !movements)
        kind = text_of(event_kind_name(record_of(draw(book_count(book, TABLE_RECORD)))->kind));
    if (chance(3) && movements) kind = text_of(moving[draw(3)]);
    if (chance(4) && !movements) verdict = text_of(verdict_name((Verdict)(1 + draw(3))));
    if (chance(3)) party = any_party();
    if (chance(3)) facility = any_facility();
    if (chance(2)) first = any_day();
    if (chance(2)) last = any_day();
    if (first != DAY_FIRST && chance(2)) {
        month_print(month_of_day(first), from);
        first = month_first_day(month_of_day(first));
    } else if (first != DAY_FIRST) {
        day_print(first, from);
    }
    if (last != DAY_LAST && chance(2)) {
        month_print(month_of_day(last), to);
        last = month_last_day(month_of_day(last));
    } else if (last != DAY_LAST) {
        day_print(last, to);
    }
    snprintf(question, sizeof question,
             "%s %s kind=%.*s verdict=%.*s party=%.*s facility=%.*s from=%s to=%s", view->principal,
             movements ? "movements" : "records", TEXT_ARG(kind), TEXT_ARG(verdict),
             TEXT_ARG(party), TEXT_ARG(facility), from, to);
    static Keys expected;
    expected.count = 0;
    for (uint32_t seq = book_count(book, TABLE_RECORD); seq-- > 0;) {
        const RecordRow *record = record_of(seq);
        Text name = text_of(event_kind_name(record->kind));
        bool moves = !movements;
        for (size_t i = 0; i < sizeof moving / sizeof *moving; i++)
            moves = moves || text_equal(name, text_of(moving[i]));
        uint32_t at = record->operation == ROW_NONE
                          ? ROW_NONE
                          : operation_at(book, record->operation)->facility;
        if (!moves || !scan_sees_record(book, view, seq) ||
            !(text_is_empty(kind) || text_equal(kind, name)) ||
            !(text_is_empty(verdict) ||
              text_equal(verdict, text_of(verdict_name((Verdict)record->verdict)))) ||
            !is_id(party, book->party_ids, record->party) ||
            !is_id(facility, book->facility_ids, at) || record->day_of < first ||
            record->day_of > last)
            continue;
        snprintf(number, sizeof number, "%u", seq);
        key_add(&expected, number);
    }
    RecordsAsked records = {kind, verdict, party, facility, text_of(from), text_of(to)};
    MovementsAsked moved = {kind, party, facility, text_of(from), text_of(to)};
    if (movements)
        walk(ask_movements, &moved, view, key_of_record, &expected);
    else
        walk(ask_records, &records, view, key_of_seq, &expected);
}

static bool ask_consignments(const void *what, const View *view, const Page *page, Status *status) {
    return access_consignments(door, view, what, page, &out, status);
}
static void question_consignments(const View *view) {
    ConsignmentsAsked q = {0};
    if (chance(3)) q.party = any_party();
    if (chance(2)) q.facility = any_facility();
    if (chance(3)) q.state = chance(2) ? TEXT("shipped") : TEXT("unmatched");
    snprintf(question, sizeof question, "%s consignments party=%.*s facility=%.*s state=%.*s",
             view->principal, TEXT_ARG(q.party), TEXT_ARG(q.facility), TEXT_ARG(q.state));
    static Keys expected;
    expected.count = 0;
    for (uint32_t row = book_count(book, TABLE_CONSIGNMENT); row-- > 0;) {
        const ConsignmentRow *at = ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, row);
        uint32_t came = ROW_NONE;
        bool waits = false;
        for (uint32_t u = at->first_unmatched; u != ROW_NONE;
             u = ROW(book, UnmatchedRow, TABLE_UNMATCHED, u)->next) {
            const UnmatchedRow *unmatched = ROW(book, UnmatchedRow, TABLE_UNMATCHED, u);
            if (u == at->first_unmatched) came = unmatched->facility;
            waits = waits || !unmatched->paired;
        }
        bool own = text_equal(intern_text(book->party_ids, at->from_party), text_of(view->party));
        bool sees = view->all || own ||
                    (at->shipped && scan_sees_facility(book, view, at->to_facility)) ||
                    (came != ROW_NONE && scan_sees_facility(book, view, came));
        bool there = text_is_empty(q.facility) ||
                     is_id(q.facility, book->facility_ids, at->from_facility) ||
                     is_id(q.facility, book->facility_ids, at->to_facility) ||
                     is_id(q.facility, book->facility_ids, came);
        bool state =
            text_is_empty(q.state) || (text_equal(q.state, TEXT("shipped")) ? at->shipped : waits);
        if (!sees || !there || !state || !is_id(q.party, book->party_ids, at->from_party)) continue;
        char id[KEY];
        snprintf(id, sizeof id, "%.*s", TEXT_ARG(intern_text(book->consignment_ids, row)));
        key_add(&expected, id);
    }
    walk(ask_consignments, &q, view, key_of_id, &expected);
}

static bool ask_postings(const void *what, const View *view, const Page *page, Status *status) {
    return access_postings(door, view, what, page, &out, status);
}
static void question_postings(const View *view) {
    static const char *const reasons[] = {"",      "batch", "gain", "measure", "stocktake",
                                          "found", "loss",  "srd",  "reversal"};
    char from[MONTH_TEXT_MAX] = "", to[MONTH_TEXT_MAX] = "", net[DECIMAL_TEXT_MAX],
         month[MONTH_TEXT_MAX], key[KEY];
    PostingsAsked q = {0};
    unsigned reason = chance(2) ? 1 + draw(8) : 0;
    Month first = chance(2) ? month_of_day(any_day()) : 0,
          last = chance(2) ? month_of_day(any_day()) : 0;
    if (chance(2)) q.facility = any_facility();
    if (reason) q.reason = text_of(reasons[reason]);
    if (first) q.from = text_of(month_print(first, from));
    if (last) q.to = text_of(month_print(last, to));
    snprintf(question, sizeof question, "%s postings facility=%.*s reason=%s from=%s to=%s",
             view->principal, TEXT_ARG(q.facility), reasons[reason], from, to);
    static Keys expected;
    expected.count = 0;
    for (uint32_t row = book_count(book, TABLE_POSTING); row-- > 0;) {
        const PostingRow *posting = ROW(book, PostingRow, TABLE_POSTING, row);
        if (!scan_sees_facility(book, view, posting->facility) ||
            !is_id(q.facility, book->facility_ids, posting->facility) ||
            (reason && posting->reason != reason) || (first && posting->month < first) ||
            (last && posting->month > last))
            continue;
        snprintf(key, sizeof key, "%llu %s %s %s", (unsigned long long)posting->seq,
                 month_print(posting->month, month), reasons[posting->reason],
                 mass_print_wide(posting->net, net));
        key_add(&expected, key);
    }
    walk(ask_postings, &q, view, key_of_posting, &expected);
}

static void question_totals(const View *view) {
    static const char *const terms[] = {
        "opened_kg", "extracted_kg", "received_kg", "shipped_kg", "discarded_kg",
        "lost_kg",   "batch_kg",     "gain_kg",     "measure_kg", "stocktake_kg",
        "found_kg",  "reversal_kg",  "srd_kg"};
    char from[MONTH_TEXT_MAX] = "", to[MONTH_TEXT_MAX] = "", text[DECIMAL_TEXT_MAX], got[KEY],
         month[KEY];
    TotalsAsked q = {0};
    int component = (int)draw(COMPONENT_COUNT);
    Month first = chance(2) ? month_of_day(any_day()) : 0,
          last = chance(2) ? month_of_day(any_day()) : 0;
    if (first && last && first > last) first = last;
    q.component = text_of(component_symbol(component));
    if (chance(2))
        q.facility = intern_text(book->facility_ids, draw(book_count(book, TABLE_FACILITY)));
    if (chance(4)) q.party = any_party();
    if (first) q.from = text_of(month_print(first, from));
    if (last) q.to = text_of(month_print(last, to));
    snprintf(question, sizeof question, "%s totals %.*s facility=%.*s party=%.*s from=%s to=%s",
             view->principal, TEXT_ARG(q.component), TEXT_ARG(q.facility), TEXT_ARG(q.party), from,
             to);
    Status status;
    status_clear(&status);
    buffer_reset(&out);
    if (!access_totals(door, view, &q, &out, &status)) {
        bool hidden = status.code == STATUS_NOT_FOUND &&
                      !scan_sees_facility(book, view, intern_find(book->facility_ids, q.facility));
        // Nothing lies between a month and the first, or the last, with an account.
        if (!hidden && status.code != STATUS_INVALID) differs("answer", "totals", status.message);
        return;
    }
    if (!json_read(&json, buffer_view(&out), &status)) give_up("an answer", &status);
    i128 sums[13] = {0};
    uint32_t items = member(0, "items");
    for (uint32_t i = json_begin(items); i != json_end(&json, items); i = json_next(&json, i)) {
        i128 expected[13] = {0};
        text_member(i, "month", month);
        for (uint32_t a = 0; a < book_count(book, TABLE_ACCOUNT); a++) {
            const AccountRow *account = ROW(book, AccountRow, TABLE_ACCOUNT, a);
            char of[MONTH_TEXT_MAX];
            const FacilityVersion *version = facility_latest(book, account->facility);
            if (strcmp(month_print(account->month, of), month) != 0 ||
                !is_id(q.facility, book->facility_ids, account->facility) ||
                !is_id(q.party, book->party_ids, version ? version->holder : ROW_NONE) ||
                !scan_sees_facility(book, view, account->facility))
                continue;
            for (unsigned term = 0; term < 13; term++)
                expected[term] += *values_at(book, account->values + term * COMPONENT_COUNT +
                                                       (uint32_t)component);
        }
        for (unsigned term = 0; term < 13; term++) {
            text_member(i, terms[term], got);
            if (strcmp(mass_print_wide(expected[term], text), got) != 0)
                differs(terms[term], text, got);
            sums[term] += expected[term];
        }
    }
    i128 all[13] = {0};
    for (uint32_t a = 0; a < book_count(book, TABLE_ACCOUNT); a++) {
        const AccountRow *account = ROW(book, AccountRow, TABLE_ACCOUNT, a);
        const FacilityVersion *version = facility_latest(book, account->facility);
        bool within = (!first || account->month >= first) && (!last || account->month <= last);
        if (!within || !is_id(q.facility, book->facility_ids, account->facility) ||
            !is_id(q.party, book->party_ids, version ? version->holder : ROW_NONE) ||
            !scan_sees_facility(book, view, account->facility))
            continue;
        for (unsigned term = 0; term < 13; term++)
            all[term] +=
                *values_at(book, account->values + term * COMPONENT_COUNT + (uint32_t)component);
    }
    uint32_t total = member(0, "total");
    for (unsigned term = 0; term < 13; term++) {
        text_member(total, terms[term], got);
        if (all[term] != sums[term] || strcmp(mass_print_wide(all[term], text), got) != 0)
            differs(terms[term], mass_print_wide(all[term], text), got);
    }
}

static void question_trace(const ScanGenealogy *genealogy) {
    uint32_t lot = any_lot();
    View view = view_operator(keeper);
    Text id = intern_text(book->lot_ids, lot);
    snprintf(question, sizeof question, "trace of %.*s", TEXT_ARG(id));
    Status status;
    status_clear(&status);
    buffer_reset(&out);
    if (!access_trace(door, &view, id, false, &out, &status)) give_up("a trace", &status);
    if (!json_read(&json, buffer_view(&out), &status)) give_up("an answer", &status);
    ScanTrace expected;
    if (!scan_trace(genealogy, lot, &expected)) {
        differs("scan", "an end", "none");
        return;
    }
    double *said = calloc(expected.sources + 1, COMPONENT_COUNT * sizeof *said);
    uint32_t shares = member(0, "shares");
    for (uint32_t i = json_begin(shares); i != json_end(&json, shares); i = json_next(&json, i)) {
        char kind[KEY], source[KEY], name[2 * KEY];
        text_member(i, "kind", kind);
        text_member(i, "source", source);
        snprintf(name, sizeof name, "%s|%s", kind, source);
        size_t s = 0;
        while (s < expected.sources && strcmp(expected.name[s], name) != 0)
            s++;
        uint32_t components = member(i, "components");
        for (uint32_t k = json_begin(components); k != json_end(&json, components);
             k = json_next(&json, k)) {
            char symbol[KEY], share[KEY];
            text_member(k, "component", symbol);
            text_member(k, "share", share);
            int c = component_find(text_of(symbol));
            if (s < expected.sources)
                said[s * COMPONENT_COUNT + (size_t)c] = atof(share);
            else if (atof(share) > 1e-6)
                differs("source", "none such", name);
        }
    }
    for (size_t s = 0; s < expected.sources; s++)
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            if (!(lot_at(book, lot)->born.stated >> c & 1)) continue;
            double got = said[s * COMPONENT_COUNT + (size_t)c], wanted = expected.share[s][c];
            char a[KEY], b[KEY];
            if (fabs(got - wanted) <= 1e-6) continue;
            snprintf(a, sizeof a, "%s %s %.9f", expected.name[s], component_symbol(c), wanted);
            snprintf(b, sizeof b, "%.9f", got);
            differs("share", a, b);
        }
    free(said);
    free(expected.name);
    free(expected.share);
}

// ---- writing in between ----

static unsigned long refused;
static void answered(void *context, const Answer *answers, size_t count) {
    (void)context;
    for (size_t i = 0; i < count; i++)
        refused += !answers[i].has_seq;
}

static void submit(const Draft *drafts, size_t count) {
    Status status;
    status_clear(&status);
    if (!submit_wait(keeper, drafts, count, SUBMIT_EACH, answered, NULL, &status))
        give_up("recording", &status);
}

// The authority holds some lots, and lifts some of what it or a rule has held.
static void order(void) {
    static unsigned number;
    char event[4096], when[INSTANT_TEXT_MAX], principal[100];
    ReadMark mark;
    const Book *now = read_begin(keeper, &mark);
    snprintf(principal, sizeof principal, "operator/%.*s/cli", TEXT_ARG(book_authority(now)));
    instant_print(book_last_recorded(now), when);
    uint32_t lots = book_count(now, TABLE_LOT), causes = book_count(now, TABLE_CAUSE);
    bool release = causes > 0 && chance(2);
    int used;
    if (release) {
        uint64_t cause = cause_at(now, draw(causes))->number;
        used = snprintf(event, sizeof event,
                        "{\"v\":1,\"kind\":\"release\",\"id\":\"scan-%u\",\"party\":\"%.*s\","
                        "\"happened\":\"%s\",\"cause\":\"%llu.%u\",\"reason\":\"r\"}",
                        ++number, TEXT_ARG(book_authority(now)), when,
                        (unsigned long long)(cause / 256), (unsigned)(cause % 256));
    } else {
        used = snprintf(event, sizeof event,
                        "{\"v\":1,\"kind\":\"hold\",\"id\":\"scan-%u\",\"party\":\"%.*s\","
                        "\"happened\":\"%s\",\"reason\":\"r\",\"lots\":[\"%.*s\"]}",
                        ++number, TEXT_ARG(book_authority(now)), when,
                        TEXT_ARG(intern_text(now->lot_ids, draw(lots))));
    }
    read_end(keeper);
    if (used <= 0 || lots == 0) return;
    Draft draft = {text_of(event), text_of(principal), SUBMIT_NOW};
    submit(&draft, 1);
}

static char *file_read(const char *dir, const char *name, size_t *length) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = calloc(1, *length + 1);
    if (!bytes || fread(bytes, 1, *length, file) != *length) exit(2);
    fclose(file);
    return bytes;
}

// A book of our own key from the simulator's genesis.
static void create(const char *dir) {
    static const uint8_t key_seed[32] = {7};
    uint8_t key[32];
    char hex[65];
    size_t length;
    Status status;
    status_clear(&status);
    ed25519_public_key(key_seed, key);
    hex_write(key, sizeof key, hex);
    char *genesis = file_read(dir, "genesis.json", &length);
    while (length > 0 && (genesis[length - 1] == '\n' || genesis[length - 1] == '\r'))
        genesis[--length] = 0;
    Buffer with_key;
    buffer_init(&with_key, 1 << 20);
    char *at = strstr(genesis, "\"key\":\"");
    if (at) {
        memcpy(at + 7, hex, 64);
        buffer_string(&with_key, genesis);
    } else {
        genesis[length - 1] = 0; // the closing brace
        buffer_format(&with_key, "%s,\"key\":\"%s\"}", genesis, hex);
    }
    if (!keeper_create("memory:scan", buffer_view(&with_key), TEXT("operator/x/cli"), key_seed,
                       NULL, &status) ||
        !(keeper = keeper_open("memory:scan", NULL, &status)) ||
        !(door = access_open(keeper, &status)))
        give_up("a book", &status);
    buffer_done(&with_key);
    free(genesis);
}

static void ask_some(unsigned long count) {
    ReadMark mark;
    submit_flush(keeper);
    book = read_begin(keeper, &mark);
    read_end(keeper); // this thread is the only one that records
    if (book_count(book, TABLE_LOT) == 0) return;
    ScanGenealogy *genealogy = scan_genealogy(book);
    for (unsigned long i = 0; i < count; i++, asked++) {
        View view = any_view();
        switch (draw(8)) {
        case 0:
        case 1:
            question_lots(&view);
            break;
        case 2:
            question_records(&view, false);
            break;
        case 3:
            question_records(&view, true);
            break;
        case 4:
            question_consignments(&view);
            break;
        case 5:
            question_postings(&view);
            break;
        case 6:
            question_totals(&view);
            break;
        default:
            question_trace(genealogy);
            break;
        }
    }
    scan_genealogy_free(genealogy);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fputs("usage: against_scan DIR COUNT [SEED]\n", stderr);
        return 2;
    }
    unsigned long count = strtoul(argv[2], NULL, 10);
    if (argc > 3) seed = strtoull(argv[3], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    buffer_init(&out, (size_t)1 << 30);
    json_init(&json, 1u << 24);
    create(argv[1]);
    size_t length;
    char *bytes = file_read(argv[1], "events.ndjson", &length);
    Text rest = {bytes, length}, line;
    unsigned long number = 0, lines = 0, done = 0;
    for (size_t i = 0; i < length; i++)
        lines += bytes[i] == '\n';
    Arena arena;
    arena_init(&arena, (size_t)1 << 28);
    static Draft drafts[SUBMIT_EACH_MAX];
    size_t waiting = 0;
    for (bool more = true; more;) {
        Status status;
        status_clear(&status);
        more = event_lines_next(&rest, &line, &number);
        if (more) {
            EventLine read;
            if (!event_line_read(line, &arena, &read, &status)) give_up("a line", &status);
            drafts[waiting++] =
                (Draft){read.event, read.by, read.has_recorded ? read.recorded : SUBMIT_NOW};
            done++;
        }
        bool stretch = !more || done % (lines / STRETCHES + 1) == 0;
        if (waiting == SUBMIT_EACH_MAX || (stretch && waiting)) {
            submit(drafts, waiting);
            waiting = 0;
            arena_reset(&arena);
        }
        if (!stretch) continue;
        for (int i = 0; i < 4; i++)
            order();
        ask_some(more ? count / STRETCHES : count - asked);
    }
    printf("%lu questions, %lu differences (%lu events, %lu of them refused)\n", asked, differences,
           done, refused);
    access_close(door);
    keeper_close(keeper, NULL);
    return differences ? 1 : 0;
}
