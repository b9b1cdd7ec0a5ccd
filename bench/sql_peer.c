// The peer of `ytterby record`: the same events kept in a normalised SQL ledger, as someone who
// knows SQLite would write it: tables for parties, facilities, devices, lots, their contents,
// genealogy, licences, permits, quotas, holds, pools, packages, declarations; prepared statements;
// WAL, full synchronous, one transaction for 512 events, checkpoints between them. For each event
// it checks what the book checks first of all: the id is new, party and facility exist and belong
// together, the month is open, the lot is known, here, enough and not held, the scale is registered
// and calibrated, shares are exact, no element is created in a batch or pool beyond a thousandth
// and six sigma, the licence covers activity and date, the quota is drawn from the holder up to the
// nation, exports are covered by permits in force and cleared by customs on the same bytes,
// packages add up, what is corrected has nothing later upon it. It does less than the book (no
// error terms by instrument, no facets, no causes, no monthly accounts, no users or signatures, no
// Merkle log) and gets its events from our decoder.
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

static void permit_put(const Event *e, sqlite3_int64 holder, bool here, sqlite3_int64 facility) {
    const Permit *p = &e->permit;
    char kinds[] = "tiiiitiiii";
    if (!here) kinds[2] = 'n';
    if (!p->user.length) kinds[5] = 'n';
    if (!p->has_quantity) kinds[6] = 'n';
    ask(QUERY_PERMIT_PUT, kinds, e->subject, holder, facility, I(p->kind), I(p->measure), p->user,
        I(p->quantity.mg), I(e->licence_status), I(e->valid_from), I(e->valid_to));
    sqlite3_int64 id = returned(QUERY_PERMIT_PUT);
    for (uint32_t i = 0; i < p->country_count; i++)
        ask(QUERY_PERMIT_COUNTRY_PUT, "it", id, p->countries[i]);
}

static void registry(const Event *e, sqlite3_int64 party) {
    sqlite3_int64 holder = party, facility = 0;
    switch (e->kind) {
    case EVENT_PARTY: {
        sqlite3_int64 above = 0;
        bool has = e->group.length && find(QUERY_PARTY, e->group, &above, NULL);
        ask(QUERY_PARTY_PUT, has ? "tii" : "tin", e->subject, I(e->roles), above);
        break;
    }
    case EVENT_FACILITY:
        if (!find(QUERY_PARTY, e->holder, &holder, NULL)) return;
        ask(QUERY_FACILITY_PUT, "ti", e->subject, holder);
        break;
    case EVENT_MATERIAL:
        ask(QUERY_MATERIAL_PUT, "tiii", e->subject, I(e->stage), I(e->class_of_ore),
            I(e->has_default_moisture ? e->default_moisture.ppb : 0));
        break;
    case EVENT_SOURCE:
        ask(QUERY_SOURCE_PUT, "tt", e->subject, e->deposit);
        break;
    case EVENT_LICENCE: {
        if (!find(QUERY_PARTY, e->holder, &holder, NULL)) return;
        bool has = e->facility.length && find(QUERY_FACILITY, e->facility, &facility, NULL);
        if (e->permit.kind) {
            permit_put(e, holder, has, facility);
            break;
        }
        if (has)
            ask(QUERY_LICENCE_PUT, "tiiiiii", e->subject, holder, facility, I(e->activity),
                I(e->licence_status), I(e->valid_from), I(e->valid_to));
        else
            ask(QUERY_LICENCE_PUT, "tiniiii", e->subject, holder, I(e->activity),
                I(e->licence_status), I(e->valid_from), I(e->valid_to));
        break;
    }
    case EVENT_PLAN_ADOPT:
        for (uint32_t i = 0; i < e->allotment_count; i++)
            ask(QUERY_QUOTA_PUT, "tiiiti", e->allotments[i].holder, I(e->ledger),
                I(e->class_of_ore), I(e->year), e->allotments[i].under, I(e->allotments[i].reo.mg));
        break;
    case EVENT_USER:
        ask(QUERY_USER_PUT, "tiiii", e->subject, party, I(e->user_roles), I(e->valid_from),
            I(e->valid_to));
        break;
    case EVENT_DEVICE:
        if (!find(QUERY_FACILITY, e->facility, &facility, NULL)) return;
        ask(QUERY_DEVICE_PUT, "ti", e->subject, facility);
        holder = returned(QUERY_DEVICE_PUT);
        for (uint32_t i = 0; i < e->calibration_count; i++)
            ask(QUERY_CALIBRATION_PUT, "iii", holder, I(e->calibrations[i].date),
                I(e->calibrations[i].until));
        break;
    case EVENT_POLICY:
        for (uint32_t i = 0; i < e->policy_permit_count; i++)
            ask(QUERY_STAGE_PERMITS_PUT, "ii", I(e->policy_permits[i].stage),
                I(e->policy_permits[i].kinds));
        break;
    case EVENT_CLOSE:
        if (!find(QUERY_FACILITY, e->facility, &facility, NULL)) return;
        ask(QUERY_FACILITY_CLOSE, "ii", I(e->month), facility);
        break;
    case EVENT_RETURN:
        if (!find(QUERY_FACILITY, e->facility, &facility, NULL)) return;
        ask(QUERY_RETURN_PUT, "iii", facility, I(e->month), seq);
        break;
    default:
        break;
    }
}

static bool one_event(const Event *e, sqlite3_int64 party) {
    Day day = instant_day(e->end, OFFSET_MINUTES);
    sqlite3_int64 facility;
    switch (e->kind) {
    case EVENT_POOL:
        if (!find(QUERY_FACILITY, e->facility, &facility, NULL)) return false;
        ask(QUERY_POOL_PUT, "tiii", e->subject.length ? e->subject : e->pool, facility,
            I(e->activity), I(e->class_of_ore));
        return true;
    case EVENT_SELL:
    case EVENT_PACK:
    case EVENT_EXPORT_GOODS:
    case EVENT_IMPORT_GOODS:
    case EVENT_RETURN_GOODS:
    case EVENT_CONFIRM:
    case EVENT_CORRECT:
        return trade_event(e, party, day);
    case EVENT_CLOSE:
    case EVENT_RETURN:
        registry(e, party);
        return true;
    default:
        if (e->kind >= EVENT_OPEN && e->kind <= EVENT_HOLD) return matter_event(e, party, day);
        if (e->kind == EVENT_BLEND || e->kind == EVENT_ASSEMBLE) return matter_event(e, party, day);
        registry(e, party);
        return true;
    }
}

// The event's row comes first: what it does has its number, and an id that is taken ends it.
bool event_record(const Event *e) {
    sqlite3_int64 party;
    if (!find(QUERY_PARTY, e->party, &party, NULL)) return false;
    Day day = instant_day(e->end, OFFSET_MINUTES);
    int before = sqlite3_total_changes(db);
    ask(QUERY_EVENT_PUT, "iitiiit", ++seq, party, e->id, I(e->kind), I(day), I(1), e->bytes);
    return sqlite3_total_changes(db) != before && one_event(e, party);
}

// All of a group is tried without savepoints, which make SQLite copy every page that is changed;
// only a group in which something is refused is entered again, event by event.
static void record_group(const Event *group, size_t count) {
    sqlite3_int64 seq_before = seq;
    uint64_t objections_before = objections, draws_before = draws;
    ask(QUERY_BEGIN, "");
    bool well = true;
    for (size_t i = 0; i < count && well; i++)
        well = event_record(&group[i]);
    if (!well) {
        ask(QUERY_ROLLBACK, "");
        seq = seq_before;
        objections = objections_before;
        draws = draws_before;
        ask(QUERY_BEGIN, "");
        for (size_t i = 0; i < count; i++) {
            sqlite3_int64 before = seq;
            ask(QUERY_SAVE, "");
            if (!event_record(&group[i])) {
                refused++;
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
    static Event group[GROUP];
    size_t here = 0;
    while ((length = getline(&line, &room, file)) > 0) {
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            length--;
        EventLine read;
        const char *copy = arena_copy(&arena, line, (size_t)length);
        if (!copy || !event_line_read((Text){copy, (size_t)length}, &arena, &read, &status) ||
            !event_decode(read.event, &arena, &group[here], &status))
            give_up(status.message);
        if (count++ == 0) ask(QUERY_PARTY_PUT, "tin", group[0].party, I(PARTY_AUTHORITY));
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
           "objections, %llu draws)\n",
           (double)count / seconds, cpu_us, (unsigned long long)count, (unsigned long long)refused,
           (unsigned long long)objections, (unsigned long long)draws);
    ledger_close();
    fclose(file);
    free(line);
    arena_done(&arena);
    return 0;
}
