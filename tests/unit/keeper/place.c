#include "place.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "log/ed25519.h"
#include "store/memory.h"

Hands hands;
const char authority[] = "operator/REGULATOR/cli";
const uint8_t test_seed[32] = {7, 7, 7};

static int64_t wall(void *context) {
    return atomic_load(&((Hands *)context)->wall);
}
static int64_t steady(void *context) {
    return atomic_load(&((Hands *)context)->steady);
}

Clock hands_clock(void) {
    return (Clock){wall, steady, &hands};
}

void hands_move(int64_t microseconds) {
    atomic_fetch_add(&hands.wall, microseconds);
    atomic_fetch_add(&hands.steady, microseconds);
}

void place_make(Place *at, int mode) {
    static unsigned number;
    *at = (Place){{0}, {0}};
    atomic_store(&hands.wall, NOON_2026);
    if (mode == MODE_MEMORY) {
        snprintf(at->name, sizeof at->name, "memory:keeper-%u", ++number);
        return;
    }
    snprintf(at->folder, sizeof at->folder, "%s/ytterby-keeper-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(at->folder));
    snprintf(at->name, sizeof at->name, "%s/x.ytb", at->folder);
}

void place_clear(Place *at) {
    if (!at->folder[0]) {
        store_memory_forget(at->name);
        return;
    }
    DIR *dir = opendir(at->folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char name[400];
        snprintf(name, sizeof name, "%s/%s", at->folder, entry->d_name);
        unlink(name);
    }
    closedir(dir);
}

void place_done(Place *at) {
    place_clear(at);
    if (at->folder[0]) rmdir(at->folder);
}

Place place;

int place_in_memory(void **state) {
    (void)state;
    place_make(&place, MODE_MEMORY);
    return 0;
}

int place_in_file(void **state) {
    (void)state;
    place_make(&place, MODE_FILE);
    return 0;
}

int place_left(void **state) {
    (void)state;
    place_done(&place);
    return 0;
}

static KeeperOptions options(void) {
    return (KeeperOptions){.clock = hands_clock()};
}

void book_make(const char *name, bool is_trial) {
    uint8_t key[32];
    char hex[65], genesis[600];
    ed25519_public_key(test_seed, key);
    hex_write(key, sizeof key, hex);
    snprintf(genesis, sizeof genesis,
             "{\"v\":1,\"kind\":\"book\",\"id\":\"genesis\",\"party\":\"REGULATOR\",\"happened\":"
             "\"2026-01-01T08:00:00+08:00\",\"origin\":\"example.org/test\",\"name\":\"Ministry\","
             "\"jurisdiction\":\"CN\",\"offset\":\"+08:00\",\"mode\":\"%s\",\"key\":\"%s\"}",
             is_trial ? "trial" : "live", hex);
    Status status;
    status_clear(&status);
    KeeperOptions with = options();
    if (!keeper_create(name, text_of(genesis), text_of(authority), test_seed, &with, &status))
        fail_msg("%s; %s; %s", status.message, status.where, status.detail);
}

Keeper *book_open(const char *name) {
    Status status;
    status_clear(&status);
    KeeperOptions with = options();
    Keeper *keeper = keeper_open(name, &with, &status);
    if (!keeper) fail_msg("%s; %s; %s", status.message, status.where, status.detail);
    return keeper;
}

void book_close(Keeper *keeper) {
    Status status;
    status_clear(&status);
    if (!keeper_close(keeper, &status)) fail_msg("%s; %s", status.message, status.detail);
}

Draft party_event(char *space, size_t size, unsigned n, const char *name) {
    int length = snprintf(space, size,
                          "{\"v\":1,\"kind\":\"party\",\"id\":\"p-%u\",\"party\":\"REGULATOR\","
                          "\"happened\":\"2026-01-01T11:00:00+08:00\",\"subject\":\"C%u\",\"name\":"
                          "\"%s\",\"roles\":[\"company\"]}",
                          n, n, name);
    assert_true(length > 0 && (size_t)length < size);
    return (Draft){
        .event = {space, (size_t)length}, .principal = text_of(authority), .recorded = SUBMIT_NOW};
}

void copy_answers(void *context, const Answer *answers, size_t count) {
    Seen *seen = context;
    for (size_t i = 0; i < count; i++) {
        const Answer *answer = &answers[i];
        seen[i] = (Seen){.verdict = answer->verdict,
                         .has_seq = answer->has_seq,
                         .repeated = answer->repeated,
                         .seq = answer->seq,
                         .recorded = answer->recorded};
        if (answer->reason_count) {
            seen[i].code = answer->reasons[0].code;
            memcpy(seen[i].where, answer->reasons[0].where, sizeof seen[i].where);
        }
        if (answer->status) {
            seen[i].status = answer->status->code;
            memcpy(seen[i].message, answer->status->message, sizeof seen[i].message);
        }
        snprintf(seen[i].id, sizeof seen[i].id, "%.*s", TEXT_ARG(answer->id));
    }
}

size_t submit_many(Keeper *keeper, const Draft *drafts, size_t count, SubmitMode mode, Seen *seen) {
    Status status;
    status_clear(&status);
    if (!submit_wait(keeper, drafts, count, mode, copy_answers, seen, &status))
        fail_msg("%s", status.message);
    size_t recorded = 0;
    for (size_t i = 0; i < count; i++)
        recorded += seen[i].has_seq && !seen[i].repeated;
    return recorded;
}

Seen submit_one(Keeper *keeper, const Draft *draft, SubmitMode mode) {
    Seen seen;
    submit_many(keeper, draft, 1, mode, &seen);
    return seen;
}

// As any reader: what was seen counts only once it is durable, and is looked at again when it was
// taken back.
Hash digest_of(Keeper *keeper) {
    Status status;
    Hash digest;
    ReadMark mark;
    do {
        const Book *book = read_begin(keeper, &mark);
        assert_true(digest_book(book, &digest, &status));
        read_end(keeper);
    } while (!read_settled(keeper, mark, &status));
    return digest;
}

uint64_t records_of(Keeper *keeper) {
    return read_durable(keeper);
}
