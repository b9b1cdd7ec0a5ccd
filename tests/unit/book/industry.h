// A simulated industry as decoded events, for tests that drive the book by hand.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/memory.h"
#include "book/book.h"
#include "codec/event_decode.h"
#include "codec/event_lines.h"
#include "log/sha256.h"
#include "simulate/simulate.h"

typedef struct Step {
    Event event;
    Instant recorded;
    Text by;
} Step;

typedef struct Industry {
    Arena arena;
    Buffer genesis_bytes, lines;
    Event genesis;
    Step *steps;
    size_t count;
} Industry;

static bool industry_append(void *context, const char *name, const void *bytes, size_t length,
                            Status *status) {
    Industry *industry = context;
    Buffer *to = strcmp(name, "genesis.json") == 0    ? &industry->genesis_bytes
                 : strcmp(name, "events.ndjson") == 0 ? &industry->lines
                                                      : NULL;
    return !to || buffer_bytes(to, bytes, length) || status_no_memory(status);
}

static void industry_make(Industry *industry, uint64_t seed, int months) {
    Status status;
    status_clear(&status);
    memset(industry, 0, sizeof *industry);
    arena_init(&industry->arena, (size_t)1 << 30);
    buffer_init(&industry->genesis_bytes, 1 << 20);
    buffer_init(&industry->lines, (size_t)1 << 30);
    SimulateOptions options = {.seed = seed, .scale = SIMULATE_SCALE_MIN, .months = months};
    SimulateSink sink = {industry_append, industry};
    SimulateSummary summary;
    assert_true(simulate_run(&options, &sink, NULL, NULL, &summary, &status));
    Text rest = buffer_view(&industry->genesis_bytes), line;
    unsigned long number = 0;
    assert_true(event_lines_next(&rest, &line, &number));
    assert_true(event_decode(line, &industry->arena, &industry->genesis, &status));
    industry->steps = memory_new((size_t)summary.events * sizeof *industry->steps);
    assert_non_null(industry->steps);
    rest = buffer_view(&industry->lines);
    number = 0;
    while (event_lines_next(&rest, &line, &number)) {
        EventLine read;
        Step *step = &industry->steps[industry->count++];
        assert_true(event_line_read(line, &industry->arena, &read, &status));
        assert_true(event_decode(read.event, &industry->arena, &step->event, &status));
        step->recorded = read.recorded;
        step->by = read.by;
    }
}

static void industry_done(Industry *industry) {
    memory_free(industry->steps);
    buffer_done(&industry->genesis_bytes);
    buffer_done(&industry->lines);
    arena_done(&industry->arena);
}

static void industry_hash(Text bytes, uint8_t hash[32]) {
    Hash of = sha256_of(bytes.at, bytes.length);
    memcpy(hash, of.bytes, sizeof of.bytes);
}
static const BookOutside industry_outside = {event_decode, industry_hash};

static Book *industry_book(const Industry *industry, Decision *decision) {
    static const uint8_t key[16] = {7};
    Status status;
    status_clear(&status);
    Book *book = book_new(key, &status);
    assert_non_null(book);
    book_outside(book, &industry_outside);
    Context context = {industry->genesis.end, TEXT("operator/REGULATOR/cli"), 0, {NULL, 0}, NULL};
    assert_true(book_decide(book, &industry->genesis, &context, decision, &status));
    return book;
}

// All tables of the digest, one behind the other.
static void tables_of(const Book *book, Buffer *out) {
    buffer_reset(out);
    for (unsigned table = 1; table <= BOOK_TABLE_COUNT; table++)
        assert_true(book_table_write(book, table, 0, book_table_rows(book, table), out));
}

static void assert_same_tables(const Book *a, const Book *b, Buffer *one, Buffer *two) {
    tables_of(a, one);
    tables_of(b, two);
    assert_int_equal(one->length, two->length);
    assert_memory_equal(one->bytes, two->bytes, one->length);
}
