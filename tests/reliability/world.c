// One life after the other: the book is opened, clients send and ask, the keeper's two threads are
// stepped in an order that the seed chooses, and at some point the power goes, the process is
// killed, the disk or memory fails, the clock is set, or all ends well.
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../faults/vfs.h"
#include "base/memory.h"
#include "invariants.h"
#include "keeper/digest_book.h"
#include "keeper/state.h"
#include "keeper/step.h"

enum { STEPS_MAX = 600, QUIET_AFTER = 10, HOUR_S = 3600, DAY_S = 86400 };
#define SECOND ((int64_t)1000000)

const uint8_t world_key_seed[32] = {7, 7, 7};

_Noreturn void world_broken(const World *world, const char *where, const char *format, ...) {
    va_list list;
    va_start(list, format);
    fprintf(stderr, "FAIL seed %llu, life %u, step %u, %s: ", (unsigned long long)world->seed,
            world->lives, world->steps, where);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    exit(1);
}

uint64_t world_draw(World *world, uint64_t below) { // splitmix64
    uint64_t z = world->random += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % below;
}

bool world_one_in(World *world, uint64_t many) {
    return world_draw(world, many) == 0;
}

// ---- The clock ----

static Instant wall(void *context) {
    return ((World *)context)->wall;
}
static int64_t steady(void *context) {
    return ((World *)context)->steady;
}

void world_pass(World *world, int64_t microseconds) {
    world->wall += microseconds;
    world->steady += microseconds;
}

KeeperOptions world_options(World *world) {
    return (KeeperOptions){.clock = {wall, steady, world}, .stepped = true};
}

// ---- One step ----

static void note_head(World *world, const TreeHead *head) {
    if (world->head_count < sizeof world->heads / sizeof *world->heads)
        world->heads[world->head_count++] = *head;
}

static void ask_checkpoint(World *world) {
    Buffer note;
    buffer_init(&note, 1 << 14);
    TreeHead head;
    Status status;
    if (read_checkpoint(world->keeper, &note, &head, &status)) {
        MUST(world, head.size <= read_durable(world->keeper),
             "a checkpoint over what is not durable");
        note_head(world, &head);
    }
    buffer_done(&note);
}

static bool step(World *world, KeeperThread which) {
    Keeper *keeper = world->keeper;
    Sending *next = NULL;
    uint64_t base = book_next(keeper->book);
    Hash before = {0}, after = {0};
    Status status;
    if (which == THREAD_DECIDES && keeper->batch_first) {
        next = keeper->batch_first->context;
        next->base = base;
        next->decided = world->wall;
    }
    bool dry = next && next->errand == ERRAND_DRY && !world->may_fail && !keeper->failing;
    if (dry) MUST(world, digest_book(keeper->book, &before, &status), "no digest");
    bool was_reading = world->may_fail;
    bool done = keeper_step(keeper, which);
    if (dry && !was_reading) {
        MUST(world, digest_book(keeper->book, &after, &status), "no digest");
        MUST(world, book_next(keeper->book) == base && hash_equal(&before, &after),
             "a dry run left a trace");
    }
    return done;
}

static void look(World *world) {
    char why[WHY_BYTES];
    bool holds = invariants_hold(world->keeper->book, why);
    MUST(world, holds, "%s", why);
}

static void act(World *world) {
    world->steps++;
    world_pass(world, (int64_t)world_draw(world, 2000));
    switch (world_draw(world, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
        clients_send_next(world);
        break;
    case 5:
        clients_send_again(world, world_one_in(world, 3));
        break;
    case 6:
        ask_checkpoint(world);
        break;
    case 7:
        world_pass(world, (int64_t)world_draw(world, 60) * SECOND);
        break;
    case 8:
    case 9:
    case 10:
    case 11:
        (void)step(world, THREAD_DECIDES);
        break;
    default:
        (void)step(world, THREAD_STORES);
        break;
    }
    look(world);
}

static bool all_done(const World *world) {
    for (uint32_t i = 0; i < world->count; i++)
        if (!world->wishes[i].is_done) return false;
    return true;
}

// ---- A life ----

static void outside_read(World *world) {
    char path[128];
    snprintf(path, sizeof path, "%s.checkpoint", world->name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? 0 : read(file, world->outside, sizeof world->outside);
    if (file >= 0) close(file);
    world->outside_length = got > 0 ? (size_t)got : 0;
}

static void power_went(void *context) {
    outside_read(context);
}

static void outside_put_back(World *world) {
    char path[128];
    snprintf(path, sizeof path, "%s.checkpoint", world->name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0 ||
        write(file, world->outside, world->outside_length) != (ssize_t)world->outside_length)
        abort();
    close(file);
}

typedef enum Fate { FATE_END, FATE_KILL, FATE_CUT, FATE_DISK, FATE_MEMORY, FATE_CLOCK } Fate;

static Fate choose_fate(World *world) {
    if (world->lives > QUIET_AFTER) return FATE_END;
    switch (world_draw(world, 12)) {
    case 0:
    case 1:
    case 2:
        return world->in_memory ? FATE_END : FATE_CUT;
    case 3:
    case 4:
        return world->in_memory ? FATE_MEMORY : FATE_KILL;
    case 5:
    case 6:
    case 7:
        return world->in_memory ? FATE_MEMORY : FATE_DISK;
    case 8:
    case 9:
        return FATE_MEMORY;
    case 10:
        return world->is_live ? FATE_CLOCK : FATE_END;
    default:
        return FATE_END;
    }
}

static void set_disk_fault(World *world) {
    static const unsigned kinds[] = {FAULT_WRITE,    FAULT_SYNC,  FAULT_OPEN,
                                     FAULT_TRUNCATE, FAULT_LOCK,  FAULT_READ,
                                     FAULT_CHANGES,  FAULT_WRITE, FAULT_SYNC};
    unsigned kind = kinds[world_draw(world, sizeof kinds / sizeof *kinds)];
    unsigned long nth = 1 + (unsigned long)world_draw(world, world_one_in(world, 2) ? 12 : 120);
    faults_fail_at(kind, nth, world_one_in(world, 3), world_one_in(world, 3) ? ENOSPC : EIO);
    world->faults++;
}

static void set_clock(World *world) {
    static const int64_t jumps[] = {HOUR_S,     -HOUR_S, 400 * DAY_S, -400 * DAY_S,
                                    60 * DAY_S, -10,     10};
    world->wall += jumps[world_draw(world, sizeof jumps / sizeof *jumps)] * SECOND;
    world->jumps++;
}

static KeeperOptions options_for_life(World *world) {
    static const uint64_t snapshots[] = {1, 25, 0, 0};
    static const size_t groups[] = {1, 3, 8, 0};
    KeeperOptions options = world_options(world);
    options.snapshot_every = snapshots[world_draw(world, 4)];
    options.group_events = groups[world_draw(world, 4)];
    options.checkpoint_every_us = world_one_in(world, 3) ? INT64_MAX / 4 : 1;
    options.without_snapshot = world_one_in(world, 3);
    return options;
}

static void check_acknowledged(World *world) {
    Arena arena;
    arena_init(&arena, 8 << 20);
    for (uint32_t i = 0; i < world->count; i++) {
        const Wish *wish = &world->wishes[i];
        if (!wish->is_recorded) continue;
        ReadRecord record;
        Status status;
        status_clear(&status);
        arena_reset(&arena);
        bool found = read_record(world->keeper, wish->seq, &arena, &record, &status);
        MUST(world, found || world->may_fail, "record %llu was acknowledged and is lost: %s",
             (unsigned long long)wish->seq, status.message);
        MUST(world, !found || text_equal(record.event, wish->event), "record %llu is another event",
             (unsigned long long)wish->seq);
    }
    arena_done(&arena);
}

static void open_keeper(World *world) {
    KeeperOptions options = options_for_life(world);
    Status status;
    status_clear(&status);
    world->keeper = keeper_open(world->name, &options, &status);
    MUST(world, world->keeper || world->may_fail, "does not open: %s (%s; %s)", status.message,
         status.where, status.detail);
    MUST(world, world->keeper || status.code != STATUS_CORRUPT, "called corrupt: %s (%s; %s)",
         status.message, status.where, status.detail);
    if (!world->keeper) return;
    check_acknowledged(world);
    for (uint32_t i = 0; i < world->head_count; i++) {
        Hash root;
        bool there = tree_root(read_tree(world->keeper), world->heads[i].size, &root, &status);
        MUST(world, there && hash_equal(&root, &world->heads[i].root),
             "the checkpoint of %llu does not fit any more",
             (unsigned long long)world->heads[i].size);
    }
}

static void live_on(World *world, Fate fate) {
    uint64_t until = 1 + world_draw(world, STEPS_MAX), at_fault = world_draw(world, 60);
    Status status;
    for (uint64_t i = 0; i < until || fate == FATE_END; i++) {
        MUST(world, i < 200000, "no end: %s", all_done(world) ? "all is done" : "not all is done");
        if (i == at_fault && fate == FATE_DISK) set_disk_fault(world);
        if (i == at_fault && fate == FATE_MEMORY) {
            memory_fail_at(1 + (unsigned long)world_draw(world, 2000), world_one_in(world, 8));
            world->memory_faults++;
        }
        if (i == at_fault && fate == FATE_CLOCK) set_clock(world);
        act(world);
        if (faults_power_is_off() || all_done(world) || !keeper_is_writing(world->keeper, &status))
            return;
        if (fate == FATE_DISK && i > at_fault + 40 && world_one_in(world, 20)) {
            faults_fail_at(0, 0, false,
                           0); // it has passed: the keeper goes on by itself, or has stopped
            fate = FATE_END;
        }
        if (fate == FATE_MEMORY && i > at_fault + 40 && world_one_in(world, 20)) {
            memory_fail_at(0, false);
            fate = FATE_END;
        }
    }
}

static void stop_faults(World *world) {
    faults_fail_at(0, 0, false, 0);
    memory_fail_at(0, false);
    world->may_fail = false;
}

static void end_well(World *world) {
    while (step(world, THREAD_DECIDES) || step(world, THREAD_STORES))
        continue;
}

// Whether all that may be is done.
static bool live(World *world) {
    Fate fate = choose_fate(world);
    bool disk = !world->in_memory;
    world->lives++;
    world->may_fail = fate != FATE_END;
    if (disk) {
        faults_power_watch();
        faults_power_on_cut(power_went, world);
    }
    if (fate == FATE_CUT)
        faults_power_cut_at(1 +
                            (unsigned long)world_draw(world, world_one_in(world, 4) ? 40 : 500));
    if (fate == FATE_DISK && world_one_in(world, 3)) set_disk_fault(world);
    if (fate == FATE_MEMORY && world_one_in(world, 3))
        memory_fail_at(1 + (unsigned long)world_draw(world, 3000), false);
    open_keeper(world);
    bool opened = world->keeper != NULL;
    if (opened) live_on(world, fate);
    if (fate == FATE_KILL && disk) {
        world->kills++;
        faults_power_cut_at(1);
        outside_read(world);
    } else if (opened && !faults_power_is_off()) {
        end_well(world);
    }
    bool cut = faults_power_is_off();
    world->is_closing = true;
    Status status;
    status_clear(&status);
    bool closed = keeper_close(world->keeper, &status);
    world->keeper = NULL;
    world->is_closing = false;
    MUST(world, closed || world->may_fail, "does not close: %s", status.message);
    if (fate == FATE_CUT && cut) world->cuts++;
    stop_faults(world);
    if (disk && fate == FATE_KILL)
        faults_kill_restore();
    else if (disk)
        faults_power_restore(world->random);
    if (disk && (cut || fate == FATE_KILL) && world->outside_length) outside_put_back(world);
    if (fate ==
        FATE_CLOCK) { // somebody sets it right again, or what was wrong is right from now on
        if (world->wall < world->last - 200 * SECOND) world->wall = world->last;
    }
    for (uint32_t i = 0; i < world->count; i++)
        MUST(world, world->wishes[i].in_flight == 0, "event %u was never answered", i);
    return all_done(world);
}

void world_run(World *world, Text genesis) {
    KeeperOptions options = world_options(world);
    Status status;
    status_clear(&status);
    if (!keeper_create(world->name, genesis, TEXT("operator/REG/cli"), world_key_seed, &options,
                       &status))
        world_broken(world, __func__, "the genesis: %s (%s)", status.message, status.where);
    while (!live(world))
        MUST(world, world->lives < 200, "it does not come to an end");
}
