// How fast the book decides and replays in memory, on one core: a whole simulated industry, decoded
// by groups of 512 as the keeper does it, only the book's own work timed. Prints events a second
// for deciding (P4) and for replaying stored decisions (P5 without the store), decision bytes an
// event, and how far the second is above the first.
//     bench/book DIR [ROUNDS]        DIR as `ytterby simulate` writes it
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/memory.h"
#include "book/state.h"
#include "codec/event_decode.h"
#include "codec/event_lines.h"
#include "log/sha256.h"

typedef struct Entry {
    Text line, decision;
} Entry;

enum { GROUP = 512 };
typedef struct Group {
    Arena arena;
    Event events[GROUP];
    EventLine lines[GROUP];
} Group;

static double cpu_seconds(void) {
    struct timespec at;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static void give_up(const Status *status) {
    fprintf(stderr, "bench/book: %s %s\n", status->message, status->where);
    exit(1);
}

static Text copy_line(Arena *arena, char *line, ssize_t length) {
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        length--;
    char *copy = arena_copy(arena, line, (size_t)length);
    return (Text){copy, (size_t)length};
}

static void decode(Group *group, const Entry *entries, size_t count) {
    Status status;
    status_clear(&status);
    arena_reset(&group->arena);
    for (size_t i = 0; i < count; i++)
        if (!event_line_read(entries[i].line, &group->arena, &group->lines[i], &status) ||
            !event_decode(group->lines[i].event, &group->arena, &group->events[i], &status))
            give_up(&status);
}

static void hash_of(Text bytes, uint8_t hash[32]) {
    Hash of = sha256_of(bytes.at, bytes.length);
    memcpy(hash, of.bytes, sizeof of.bytes);
}

static Book *begin(const Event *genesis, Decision *decision) {
    static const uint8_t key[16] = {1};
    Status status;
    status_clear(&status);
    static const BookOutside outside = {event_decode, hash_of};
    Book *book = book_new(key, &status);
    Context context = {genesis->end, TEXT("operator/bench/cli"), 0, {NULL, 0}, NULL};
    if (book) book_outside(book, &outside);
    if (!book || !book_decide(book, genesis, &context, decision, &status)) give_up(&status);
    return book;
}

// A number that two books share only if all their decisions or rows do (FNV-1a).
static uint64_t fold(uint64_t sum, const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ bytes[i]) * 0x100000001b3u;
    return sum;
}

static uint64_t rows_sum(const Book *book) {
    uint64_t sum = 0xcbf29ce484222325u;
    Buffer out;
    buffer_init(&out, (size_t)1 << 30);
    for (unsigned table = 1; table <= BOOK_TABLE_COUNT; table++) {
        for (uint32_t row = 0; row < book_table_rows(book, table); row++) {
            buffer_reset(&out);
            if (!book_table_write(book, table, row, 1, &out)) exit(1);
            sum = fold(sum, out.bytes, out.length);
        }
    }
    buffer_done(&out);
    return sum;
}

// Memory that the book's rows, values and ids take (P9): what is filled, not what is reserved. The
// Merkle tree's hashes are the log's and not among them.
static void memory_say(const Book *book, size_t events, uint32_t lots) {
    static const char *const names[TABLE_COUNT] = {[TABLE_LOT] = "lots",
                                                   [TABLE_FLOW] = "flows",
                                                   [TABLE_MEASUREMENT] = "measurements",
                                                   [TABLE_POSTING] = "postings",
                                                   [TABLE_TERM] = "error terms",
                                                   [TABLE_OPERATION] = "operations",
                                                   [TABLE_RECORD] = "records",
                                                   [TABLE_DRAW] = "draws",
                                                   [TABLE_FACET] = "facets",
                                                   [TABLE_POOL_TERM] = "pool terms",
                                                   [TABLE_DIFFERENCE] = "differences"};
    const Intern *const ids[] = {book->party_ids,  book->lot_ids,     book->consignment_ids,
                                 book->event_keys, book->texts,       book->group_keys,
                                 book->set_keys,   book->account_keys};
    double rows = 0, each = (double)events, values = (double)book->values.count * sizeof(int64_t),
           names_bytes = 0;
    for (unsigned t = 1; t < TABLE_COUNT; t++)
        rows += (double)book->table[t].count * book->table[t].row_size;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        names_bytes += intern_count(ids[i]) * (32.0 + 2 * 8.0);
        for (uint32_t n = 0; n < intern_count(ids[i]); n++) {
            size_t length = intern_text(ids[i], n).length;
            names_bytes += length > 24 ? (double)length : 0;
        }
    }
    double all = rows + values + names_bytes;
    printf("memory %.0f bytes an event, %.0f a lot   (rows %.0f, values %.0f, ids %.0f an event)\n",
           all / each, all / (double)lots, rows / each, values / each, names_bytes / each);
    for (unsigned t = 1; t < TABLE_COUNT; t++) {
        double part = (double)book->table[t].count * book->table[t].row_size / each;
        if (part >= 8)
            printf("  %-14s %6.0f bytes an event   (%u rows of %u)\n",
                   names[t] ? names[t] : "other", part, book->table[t].count,
                   book->table[t].row_size);
    }
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fputs("usage: bench/book DIR [ROUNDS]\n", stderr);
        return 2;
    }
    int rounds = argc > 2 ? atoi(argv[2]) : 3;
    Status status;
    status_clear(&status);
    Arena arena;
    arena_init(&arena, (size_t)20 << 30);
    char path[4096], *line = NULL;
    size_t room = 0, count = 0, capacity = 0;
    snprintf(path, sizeof path, "%s/genesis.json", argv[1]);
    FILE *file = fopen(path, "rb");
    ssize_t length;
    if (!file || (length = getline(&line, &room, file)) <= 0) {
        perror(path);
        return 1;
    }
    fclose(file);
    Event genesis;
    if (!event_decode(copy_line(&arena, line, length), &arena, &genesis, &status)) give_up(&status);
    Entry *entries = NULL;
    snprintf(path, sizeof path, "%s/events.ndjson", argv[1]);
    file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    while ((length = getline(&line, &room, file)) > 0) {
        if (count == capacity) {
            capacity = capacity ? capacity * 2 : 65536;
            entries = memory_resize(entries, capacity * sizeof *entries);
            if (!entries) return 1;
        }
        entries[count++].line = copy_line(&arena, line, length);
    }
    fclose(file);
    free(line);

    static Decision decision;
    decision_init(&decision);
    static Group group;
    arena_init(&group.arena, (size_t)1 << 30);
    double best_decide = 1e9, best_replay = 1e9;
    size_t bytes = 0, refused = 0;
    uint32_t lots = 0;
    uint64_t decided = 0xcbf29ce484222325u, rows = 0;
    for (int round = 0; round < rounds; round++) {
        Book *book = begin(&genesis, &decision);
        double spent = 0;
        bytes = refused = 0;
        for (size_t first = 0; first < count; first += GROUP) {
            size_t here = count - first < GROUP ? count - first : GROUP;
            decode(&group, &entries[first], here);
            double start = cpu_seconds(), copying = 0;
            for (size_t i = 0; i < here; i++) {
                Context context = {group.lines[i].recorded, group.lines[i].by, 0, {NULL, 0}, NULL};
                if (!book_decide(book, &group.events[i], &context, &decision, &status))
                    give_up(&status);
                bytes += decision.bytes.length;
                refused += decision.verdict == VERDICT_REFUSED;
                if (round) continue;
                double before = cpu_seconds();
                char *copy = arena_copy(&arena, decision.bytes.bytes, decision.bytes.length);
                entries[first + i].decision = (Text){copy, decision.bytes.length};
                decided = fold(decided, decision.bytes.bytes, decision.bytes.length);
                copying += cpu_seconds() - before;
            }
            book_forget(book, book_mark(book));
            spent += cpu_seconds() - start - copying;
        }
        if ((round || rounds == 1) && spent < best_decide) best_decide = spent;
        lots = book_table_rows(book, 17);
        if (!round) rows = rows_sum(book);
        if (round + 1 == rounds) memory_say(book, count, lots);
        book_free(book);
        book = begin(&genesis, &decision);
        book_one_way(book, true); // as a log is read
        spent = 0;
        for (size_t first = 0; first < count; first += GROUP) {
            size_t here = count - first < GROUP ? count - first : GROUP;
            decode(&group, &entries[first], here);
            double start = cpu_seconds();
            for (size_t i = 0; i < here; i++) {
                Text stored = entries[first + i].decision;
                if (stored.length &&
                    !book_apply(book, &group.events[i], stored, group.lines[i].recorded, &status))
                    give_up(&status);
            }
            book_forget(book, book_mark(book));
            spent += cpu_seconds() - start;
        }
        if (spent < best_replay) best_replay = spent;
        if (!round && rows_sum(book) != rows) {
            fputs("bench/book: replaying came to other rows than deciding\n", stderr);
            return 1;
        }
        book_free(book);
    }
    printf("ratio replay/decide %.2f\n", best_decide / best_replay);
    printf("decide %10.0f events/s   (%zu events, %u lots, %zu refused, CPU time of one core)\n",
           (double)count / best_decide, count, lots, refused);
    printf("replay %10.0f events/s\n", (double)count / best_replay);
    printf("decisions %.0f bytes an event\n", (double)bytes / (double)count);
    printf("answers %016llx rows %016llx\n", (unsigned long long)decided, (unsigned long long)rows);
    decision_done(&decision);
    arena_done(&group.arena);
    memory_free(entries);
    arena_done(&arena);
    return 0;
}
