// The peer of `ytterby record`: the same events kept in a normalised SQL ledger, as someone who
// knows SQLite would write it: some fifty tables, a hundred and thirty prepared statements, indexes
// for what is asked, one thread without mutexes; WAL, full synchronous, one transaction for 512
// events, checkpoints between them; policy at hand in memory.
//
// It makes the checks that the book makes on the events of a simulated year. Of each event: the id
// is new; the sender speaks for the party (delegations), is a registered user entitled today,
// signed if policy asks for it; kinds that only the authority may say; not in the future, no
// impossible span; party and facility registered on the days, months closed and late entries,
// months in order, late returns. Of each line: the id is the party's and new, each lot once, here,
// enough, not held (what is made of held lots is held), scales registered, here and calibrated,
// laboratories, results that add up, dry mass, grades, purity, lots emptied oddly. Licences by
// activity, day, source, material, area, papers, suspensions and what they rest on; designation;
// reserves. No element created in a batch or pool beyond a thousandth and six sigma; yields against
// policy, history and, of pools, the whole. Quota: facets by source and ore class, shared exactly,
// drawn from the holder up to the nation, advances, warnings, measurements that change a draw, what
// a correction gives back; its quotas end equal to the book's to the milligrams that rounding
// leaves. Provisional contents, owners, tolling, commingling, seals, recycled content. Packages
// that add up. Exports: permits by kind, measure, user, country, quantity, free masses, listed
// users, customs' word on the same bytes by another person. Receipts before their shipment, goods
// sent back.
//
// Left out, so it does less than the book: error terms by instrument and laboratory (a variance a
// component instead, so that it flags more differences of shipper and receiver), monthly accounts
// and postings, marks of origin against the genealogy, sets of causes in pools, goods that come
// back from abroad beyond what left, versions of the registry by date (the last holds), corrections
// of measurements and restatements, found lots, second persons but for customs, technology, cases,
// documents, rule packs and drafts beyond keeping them, sealed parts, verification of signatures,
// salted commitments, the Merkle log. It gets its events from our decoder, on the same thread.
//     bench/sql_peer DIR FILE.sqlite        DIR as `ytterby simulate` writes it
#include "sql_ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "codec/event_decode.h"
#include "codec/event_lines.h"

enum { GROUP = 512 };

static uint64_t refused;

static bool one_event(Head *head) {
    switch (head->event->kind) {
    case EVENT_SELL:
    case EVENT_PACK:
    case EVENT_EXPORT_GOODS:
    case EVENT_IMPORT_GOODS:
    case EVENT_RETURN_GOODS:
    case EVENT_CONFIRM:
    case EVENT_CORRECT:
        return trade_event(head);
    case EVENT_OPEN:
    case EVENT_EXTRACT:
    case EVENT_CHARGE:
    case EVENT_DRAW:
    case EVENT_TRANSFORM:
    case EVENT_SPLIT:
    case EVENT_MERGE:
    case EVENT_SHIP:
    case EVENT_RECEIVE:
    case EVENT_MEASURE:
    case EVENT_STOCKTAKE:
    case EVENT_DISCARD:
    case EVENT_LOSS:
    case EVENT_BLEND:
    case EVENT_ASSEMBLE:
        return matter_event(head);
    default:
        return registry_event(head);
    }
}

// The event's row comes first: what it does has its number, and an id that is taken ends it.
bool event_record(const Event *e, Text by, Instant recorded) {
    Head head = {.event = e, .by = by, .recorded = recorded};
    seq++;
    if (!head_check(&head)) return false;
    int before = sqlite3_total_changes(db);
    ask(QUERY_EVENT_PUT, "iitiiitt", seq, head.party, e->id, I(e->kind), I(head.day), I(1),
        e->bytes, by);
    return sqlite3_total_changes(db) != before && one_event(&head);
}

typedef struct Told {
    Event event;
    Text by;
    Instant recorded;
} Told;

// All of a group is tried without savepoints, which make SQLite copy every page that is changed;
// only a group in which something is refused is entered again, event by event.
static void record_group(const Told *group, size_t count) {
    sqlite3_int64 seq_before = seq;
    uint64_t draws_before = draws;
    ask(QUERY_BEGIN, "");
    bool well = true;
    for (size_t i = 0; i < count && well; i++)
        well = event_record(&group[i].event, group[i].by, group[i].recorded);
    if (!well) {
        ask(QUERY_ROLLBACK, "");
        seq = seq_before;
        draws = draws_before;
        ask(QUERY_BEGIN, "");
        for (size_t i = 0; i < count; i++) {
            sqlite3_int64 before = seq;
            ask(QUERY_SAVE, "");
            if (!event_record(&group[i].event, group[i].by, group[i].recorded)) {
                if (refused++ < 20)
                    fprintf(stderr, "refused: %.*s %.*s\n", (int)group[i].event.party.length,
                            group[i].event.party.at, (int)group[i].event.id.length,
                            group[i].event.id.at);
                seq = before;
                ask(QUERY_BACK, "");
            }
            ask(QUERY_RELEASE, "");
        }
    }
    ask(QUERY_COMMIT, "");
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fputs("usage: bench/sql_peer DIR FILE.sqlite\n", stderr);
        return 2;
    }
    ledger_open(argv[2]);
    Status status;
    status_clear(&status);
    Arena arena;
    arena_init(&arena, (size_t)256 << 20);
    char path[4096], *line = NULL;
    size_t room = 0;
    ssize_t length;
    snprintf(path, sizeof path, "%s/events.ndjson", argv[1]);
    FILE *file = fopen(path, "rb");
    if (!file) give_up(path);
    // The genesis names the authority.
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    uint64_t count = 0;
    static Told group[GROUP];
    size_t here = 0;
    while ((length = getline(&line, &room, file)) > 0) {
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            length--;
        EventLine read;
        const char *copy = arena_copy(&arena, line, (size_t)length);
        if (!copy || !event_line_read((Text){copy, (size_t)length}, &arena, &read, &status) ||
            !event_decode(read.event, &arena, &group[here].event, &status))
            give_up(status.message);
        group[here].by = read.by;
        group[here].recorded = read.recorded;
        if (count++ == 0)
            ask(QUERY_PARTY_PUT, "tinii", group[0].event.party, I(PARTY_AUTHORITY), I(DAY_FIRST),
                I(DAY_LAST));
        if (++here < GROUP) continue;
        record_group(group, here);
        here = 0;
        arena_reset(&arena);
        if (count / GROUP % 8 == 7)
            sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    }
    record_group(group, here);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
    struct timespec cpu;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    double cpu_us = ((double)cpu.tv_sec * 1e6 + (double)cpu.tv_nsec * 1e-3) / (double)count;
    printf("%.0f events/s   %.1f us of processor time an event   (%llu events, %llu refused, %llu "
           "draws)\n",
           (double)count / seconds, cpu_us, (unsigned long long)count, (unsigned long long)refused,
           (unsigned long long)draws);
    sqlite3_stmt *said;
    if (sqlite3_prepare_v2(db, "SELECT code, count(DISTINCT event) FROM objection GROUP BY code",
                           -1, &said, NULL))
        give_up("objections");
    printf("would flag or hold:");
    while (sqlite3_step(said) == SQLITE_ROW)
        printf(" %s %lld", (const char *)sqlite3_column_text(said, 0),
               (long long)sqlite3_column_int64(said, 1));
    printf("\n");
    sqlite3_finalize(said);
    ledger_close();
    fclose(file);
    free(line);
    arena_done(&arena);
    return 0;
}
