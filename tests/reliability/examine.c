// What is looked at when a simulated book has come to its end.
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

#include "../faults/vfs.h"
#include "base/memory.h"
#include "codec/event_lines.h"
#include "invariants.h"
#include "keeper/digest_book.h"
#include "keeper/export.h"
#include "keeper/load.h"
#include "keeper/read.h"
#include "keeper/replay.h"
#include "keeper/verify.h"
#include "log/ed25519.h"
#include "store/memory.h"

// ---- All once more ----

typedef struct Repeat {
    World *world;
    uint32_t number;
    bool heard;
} Repeat;

static void hear_repeat(void *context, const Answer *answers, size_t count) {
    Repeat *repeat = context;
    World *world = repeat->world;
    const Wish *wish = &world->wishes[repeat->number];
    MUST(world,
         count == 1 && answers[0].repeated && answers[0].seq == wish->seq &&
             answers[0].verdict == wish->verdict,
         "event %u: another answer than %llu %s", repeat->number, (unsigned long long)wish->seq,
         verdict_name(wish->verdict));
    char *codes = world_codes(answers[0].reasons, answers[0].reason_count);
    MUST(world, strcmp(codes, wish->codes) == 0, "event %u: other codes, %s", repeat->number,
         codes);
    free(codes);
    repeat->heard = true;
}

static void send_all_again(World *world, VerifyReport *report) {
    KeeperOptions options = world_options(world);
    Status status;
    Keeper *keeper = keeper_open(world->name, &options, &status);
    MUST(world, keeper, "does not open: %s", status.message);
    uint64_t recorded = 0;
    for (uint32_t i = 0; i < world->count; i++) {
        if (!world->wishes[i].is_recorded) continue;
        recorded++;
        Repeat repeat = {world, i, false};
        Draft draft = {world->wishes[i].event, world->wishes[i].by, SUBMIT_NOW};
        bool sent = submit_wait(keeper, &draft, 1, SUBMIT_EACH, hear_repeat, &repeat, &status);
        MUST(world, sent && repeat.heard, "event %u has no answer", i);
    }
    // The book in memory is the one that a replay gives (invariant 1); beside what was acknowledged
    // there is nothing (3).
    ReadMark mark;
    Hash digest;
    bool has = digest_book(read_begin(keeper, &mark), &digest, &status);
    read_end(keeper);
    MUST(world, has, "no digest");
    MUST(world, keeper_close(keeper, &status), "does not close: %s", status.message);
    VerifyOptions recheck = {.recheck = true};
    bool good = verify_book(world->name, &recheck, report, &status);
    MUST(world, good, "%s at %s", status.message, status.where);
    MUST(world, report->differences == 0, "%llu records would be decided otherwise",
         (unsigned long long)report->differences);
    MUST(world, hash_equal(&report->digest, &digest), "the replay has another digest");
    // Two events of one party and id are one event: so many records as ids at least, and no more.
    MUST(world, report->records <= recorded + 1, "%llu records for %llu acknowledged events",
         (unsigned long long)report->records, (unsigned long long)recorded);
}

// ---- The other sort of store ----

static bool to_buffer(void *context, Text bytes, Status *status) {
    return buffer_text(context, bytes) || status_no_memory(status);
}

static void fill_copy(World *world, const char *name, Text lines) {
    Status status;
    status_clear(&status);
    MUST(world, replay_create(name, &status), "no copy: %s", status.message);
    Replay *replay = replay_open(name, &status);
    MUST(world, replay, "no copy: %s", status.message);
    Arena arena;
    arena_init(&arena, 1 << 26);
    Text line;
    unsigned long number = 0;
    while (event_lines_next(&lines, &line, &number)) {
        EventLine read;
        arena_reset(&arena);
        bool good = event_line_read(line, &arena, &read, &status) &&
                    (read.form == LINE_CHECKPOINT ? replay_checkpoint(replay, read.note, &status)
                                                  : replay_record(replay, &read, &status));
        MUST(world, good, "line %lu of the export: %s", number, status.message);
    }
    arena_done(&arena);
    MUST(world, replay_close(replay, &status), "the copy does not close: %s", status.message);
}

static void compare_stores(World *world, const VerifyReport *report) {
    Status status;
    KeeperOptions options = world_options(world);
    Keeper *keeper = keeper_open_reader(world->name, &options, &status);
    MUST(world, keeper, "no reader: %s", status.message);
    Buffer lines;
    buffer_init(&lines, 256 << 20);
    MUST(world, export_log(keeper, 0, to_buffer, &lines, &status), "no export: %s", status.message);
    keeper_close(keeper, NULL);
    char other[160];
    if (world->in_memory)
        snprintf(other, sizeof other, "%s/copy.ytb", world->folder);
    else
        snprintf(other, sizeof other, "memory:copy");
    fill_copy(world, other, buffer_view(&lines));
    buffer_done(&lines);
    VerifyReport again;
    MUST(world, verify_book(other, NULL, &again, &status), "the copy: %s", status.message);
    MUST(world,
         again.records == report->records && hash_equal(&again.root, &report->root) &&
             hash_equal(&again.digest, &report->digest),
         "the other store has another root or digest");
    if (!world->in_memory) store_memory_forget(other);
}

// ---- Record by record ----

typedef struct Telling {
    World *world;
    Book *book, *heads; // from whole events, and from what opening a book decodes of them
    Arena arena;
    Decision decision;
    uint32_t told; // refusals
    Instant last;
} Telling;

static void print_line(const char *seq, Instant recorded, Text by, const char *verdict,
                       const char *codes, Text event) {
    char text[INSTANT_TEXT_MAX];
    printf("{\"seq\":%s,\"recorded\":\"%s\",\"by\":\"%.*s\",\"verdict\":\"%s\",\"codes\":%s,"
           "\"event\":%.*s}\n",
           seq, instant_print(recorded, text), TEXT_ARG(by), verdict, codes, TEXT_ARG(event));
}

static void tell_refusals(Telling *telling, uint64_t before) {
    World *world = telling->world;
    for (; telling->told < world->refusal_count && world->refusals[telling->told].before <= before;
         telling->told++) {
        const Refusal *refusal = &world->refusals[telling->told];
        const Wish *wish = &world->wishes[refusal->wish];
        Instant recorded = refusal->recorded > telling->last ? refusal->recorded : telling->last;
        print_line("null", recorded, wish->by, "refused", refusal->codes, wish->event);
    }
}

// A book is opened from the heads of its events: the table that shows that one said too little.
static void compare_heads(Telling *telling, const StoreRecord *stored, const Loaded *whole) {
    World *world = telling->world;
    Loaded head;
    Status status;
    arena_reset(&telling->arena);
    bool applied =
        load_record(stored, LOAD_HEADS, &telling->arena, &head, &status) &&
        book_apply(telling->heads, &head.event, head.decision, head.record.recorded, &status);
    MUST(world, applied, "record %llu, from its head: %s", (unsigned long long)stored->seq,
         status.message);
    Buffer a, b;
    buffer_init(&a, 64 << 20);
    buffer_init(&b, 64 << 20);
    for (unsigned table = 1; table <= BOOK_TABLE_COUNT; table++) {
        buffer_reset(&a);
        buffer_reset(&b);
        bool written =
            book_table_write(telling->book, table, 0, book_table_rows(telling->book, table), &a) &&
            book_table_write(telling->heads, table, 0, book_table_rows(telling->heads, table), &b);
        MUST(world, written && text_equal(buffer_view(&a), buffer_view(&b)),
             "record %llu, %s: table \"%s\" is another from the head of the event",
             (unsigned long long)stored->seq, event_kind_name(whole->event.kind),
             book_table_name(table));
    }
    buffer_done(&a);
    buffer_done(&b);
}

static bool tell_record(void *context, const StoreRecord *stored, const Loaded *loaded,
                        Status *status) {
    Telling *telling = context;
    World *world = telling->world;
    uint64_t seq = loaded->record.seq;
    tell_refusals(telling, seq);
    Watch watch;
    watch_begin(&watch, telling->book);
    Text by;
    bool applied = book_apply(telling->book, &loaded->event, loaded->decision,
                              loaded->record.recorded, status) &&
                   decision_read(loaded->decision, &telling->decision, &by, status);
    MUST(world, applied, "record %llu: %s", (unsigned long long)seq, status->message);
    compare_heads(telling, stored, loaded);
    char why[WHY_BYTES], number[24];
    bool holds = watch_end(&watch, telling->book, seq, &telling->decision, why) &&
                 invariants_hold(telling->book, why);
    MUST(world, holds, "record %llu: %s", (unsigned long long)seq, why);
    snprintf(number, sizeof number, "%llu", (unsigned long long)seq);
    char *codes = world_codes(telling->decision.reasons, telling->decision.reason_count);
    print_line(number, loaded->record.recorded, by, verdict_name(telling->decision.verdict), codes,
               loaded->event.bytes);
    free(codes);
    telling->last = loaded->record.recorded;
    return true;
}

static int by_place(const void *a, const void *b) {
    const Refusal *x = a, *y = b;
    if (x->before != y->before) return x->before < y->before ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void tell_all(World *world) {
    static const uint8_t hash_key[16] = "simulation";
    Telling telling = {.world = world};
    Status status;
    status_clear(&status);
    decision_init(&telling.decision);
    telling.book = keeper_book_new(hash_key, &status);
    telling.heads = keeper_book_new(hash_key, &status);
    arena_init(&telling.arena, 16 << 20);
    Store *store = store_open(world->name, STORE_READ, &status);
    MUST(world, telling.book && store, "cannot be read: %s", status.message);
    qsort(world->refusals, world->refusal_count, sizeof *world->refusals, by_place);
    MUST(world, load_each(store, 0, LOAD_WHOLE, tell_record, &telling, &status),
         "cannot be read: %s", status.message);
    tell_refusals(&telling, UINT64_MAX);
    store_close(store);
    book_free(telling.book);
    book_free(telling.heads);
    arena_done(&telling.arena);
    decision_done(&telling.decision);
}

void world_examine(World *world) {
    VerifyReport report;
    tell_all(world);
    send_all_again(world, &report);
    compare_stores(world, &report);
    printf("{\"lives\":%u,\"kills\":%u,\"cuts\":%u,\"faults\":%u,\"memory\":%u,\"jumps\":%u,"
           "\"retries\":%u,"
           "\"steps\":%u,\"records\":%llu}\n",
           world->lives, world->kills, world->cuts, world->faults, world->memory_faults,
           world->jumps, world->retries, world->steps, (unsigned long long)report.records);
}
