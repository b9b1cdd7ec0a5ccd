// A short story told to a book, event by event, in the words of docs/events.md. Each event is
// decided, taken back, decided again and applied as stored to a second book, which must be the same
// to the byte.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "book/book.h"
#include "book/state.h"
#include "codec/event_decode.h"
#include "log/sha256.h"

typedef struct Story {
    Book *book, *copy;
    Arena arena;
    Decision decision;
    Buffer tables[3];
    Instant now;
    int count;
    char last[4096]; // the last event's bytes
} Story;

static void story_hash(Text bytes, uint8_t hash[32]) {
    Hash of = sha256_of(bytes.at, bytes.length);
    memcpy(hash, of.bytes, sizeof of.bytes);
}
static const BookOutside story_outside = {event_decode, story_hash};

static void story_tables(const Book *book, Buffer *out) {
    buffer_reset(out);
    for (unsigned table = 1; table <= BOOK_TABLE_COUNT; table++)
        assert_true(book_table_write(book, table, 0, book_table_rows(book, table), out));
}

static void story_same(Story *s, int a, int b) {
    assert_int_equal(s->tables[a].length, s->tables[b].length);
    assert_memory_equal(s->tables[a].bytes, s->tables[b].bytes, s->tables[a].length);
}

// The verdict on one event, sent by `by`; s->decision has its codes.
static Verdict story_send(Story *s, const char *by, const char *json) {
    Status status;
    status_clear(&status);
    Event event;
    char *bytes = arena_copy(&s->arena, json, strlen(json));
    assert_non_null(bytes);
    if (!event_decode((Text){bytes, strlen(json)}, &s->arena, &event, &status))
        fail_msg("%s: %s (%s)", json, status.message, status.where);
    assert_true(strlen(json) < sizeof s->last);
    strcpy(s->last, json);
    if (event.end > s->now) s->now = event.end;
    Context context = {.recorded = s->now, .principal = text_of(by)};
    BookMark mark = book_mark(s->book);
    story_tables(s->book, &s->tables[0]);
    assert_true(book_decide(s->book, &event, &context, &s->decision, &status));
    book_rewind(s->book, mark);
    story_tables(s->book, &s->tables[1]);
    story_same(s, 0, 1);
    assert_true(book_decide(s->book, &event, &context, &s->decision, &status));
    if (s->decision.verdict != VERDICT_REFUSED &&
        !book_apply(s->copy, &event, buffer_view(&s->decision.bytes), s->now, &status))
        fail_msg("%s: %s", json, status.message);
    story_tables(s->book, &s->tables[0]);
    story_tables(s->copy, &s->tables[1]);
    story_same(s, 0, 1);
    return s->decision.verdict;
}

// Tells an event of `party` on `day` ("01-05" of 2026); `members` is the rest of the object.
// PRINTF_LIKE would warn of the many literals without arguments.
static Verdict story_tell(Story *s, const char *by, const char *party, const char *kind,
                          const char *day, const char *members) {
    char json[4096];
    int length = snprintf(json, sizeof json,
                          "{\"v\":1,\"kind\":\"%s\",\"id\":\"%d\",\"party\":\"%s\",\"happened\":"
                          "\"2026-%sT08:00:00+08:00\"%s%s}",
                          kind, ++s->count, party, day, *members ? "," : "", members);
    assert_in_range(length, 1, sizeof json - 1);
    return story_send(s, by, json);
}

static inline Verdict story_reg(Story *s, const char *kind, const char *day, const char *members) {
    return story_tell(s, "authority/REG/desk", "REG", kind, day, members);
}

static bool story_said(const Story *s, VerdictCode code) {
    for (uint32_t i = 0; i < s->decision.reason_count; i++)
        if (s->decision.reasons[i].code == code) return true;
    return false;
}
#define assert_verdict(s, said, verdict)                                                           \
    do {                                                                                           \
        Verdict was = (said);                                                                      \
        if (was != (verdict))                                                                      \
            fail_msg("%s, not %s: %s: %u at \"%s\"", verdict_name(was), verdict_name(verdict),     \
                     (s)->last, (s)->decision.reason_count ? (s)->decision.reasons[0].code : 0,    \
                     (s)->decision.reason_count ? (s)->decision.reasons[0].where : "");            \
    } while (0)
#define assert_said(s, said, verdict, code)                                                        \
    do {                                                                                           \
        assert_verdict(s, said, verdict);                                                          \
        if (!story_said(s, code)) fail_msg("%s: not %s", (s)->last, code_facts(code)->name);       \
    } while (0)
#define assert_accepted(s, said) assert_verdict(s, said, VERDICT_ACCEPTED)

// SHA-256 of the last event, as 64 digits.
static inline const char *story_last_hash(const Story *s) {
    static char text[65];
    Hash hash = sha256_of(s->last, strlen(s->last));
    for (int i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", hash.bytes[i]);
    return text;
}

static void story_begin(Story *s) {
    static const uint8_t key[16] = {7}, other[16] = {9};
    memset(s, 0, sizeof *s);
    Status status;
    status_clear(&status);
    arena_init(&s->arena, (size_t)64 << 20);
    decision_init(&s->decision);
    for (int i = 0; i < 3; i++)
        buffer_init(&s->tables[i], (size_t)64 << 20);
    s->book = book_new(key, &status);
    s->copy = book_new(other, &status);
    assert_true(s->book && s->copy);
    book_outside(s->book, &story_outside);
    book_outside(s->copy, &story_outside);
    assert_accepted(s, story_send(s, "authority/REG/desk",
                                  "{\"v\":1,\"kind\":\"book\",\"id\":\"genesis\",\"party\":"
                                  "\"REG\",\"happened\":\"2026-01-01T00:00:00+08:00\",\"origin\":"
                                  "\"ree.example/book\",\"jurisdiction\":\"CN\",\"offset\":"
                                  "\"+08:00\",\"mode\":\"trial\"}"));
}

static void story_end(Story *s) {
    book_free(s->book);
    book_free(s->copy);
    decision_done(&s->decision);
    for (int i = 0; i < 3; i++)
        buffer_done(&s->tables[i]);
    arena_done(&s->arena);
}
