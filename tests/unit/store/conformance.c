// See conformance.h.
#include "conformance.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { SPACE = 1024, GROUP_MAX = 4096 };

static const char *place(void **state) {
    return ((const StorePlace *)*state)->name;
}

StoreRecord sample_record(uint64_t seq, char *space) {
    StoreRecord record = {.seq = seq};
    for (size_t i = 0; i < sizeof record.record; i++)
        record.record[i] = (uint8_t)(seq * 31 + i);
    memset(record.event_salt, (int)(seq & 0xff), sizeof record.event_salt);
    memset(record.decision_salt, (int)(~seq & 0xff), sizeof record.decision_salt);
    size_t event = (size_t)(seq * 37 % 700), decision = (size_t)(seq * 11 % 300);
    for (size_t i = 0; i < event + decision; i++)
        space[i] = (char)(seq + i * 7);
    record.event = (Text){space, event};
    record.decision = (Text){space + event, decision};
    return record;
}

bool append_samples(Store *store, uint64_t from, size_t count, Status *status) {
    static StoreRecord records[GROUP_MAX];
    static char space[GROUP_MAX][SPACE];
    assert_true(count <= GROUP_MAX);
    for (size_t i = 0; i < count; i++)
        records[i] = sample_record(from + i, space[i]);
    return store_append(store, from, records, count, status);
}

static bool same_record(const StoreRecord *a, const StoreRecord *b) {
    return a->seq == b->seq && memcmp(a->record, b->record, sizeof a->record) == 0 &&
           memcmp(a->event_salt, b->event_salt, sizeof a->event_salt) == 0 &&
           memcmp(a->decision_salt, b->decision_salt, sizeof a->decision_salt) == 0 &&
           text_equal(a->event, b->event) && text_equal(a->decision, b->decision);
}

typedef struct Counting {
    uint64_t next, seen, stop_after;
    bool with_error;
} Counting;

static bool count_sample(void *context, const StoreRecord *record, Status *status) {
    Counting *counting = context;
    char space[SPACE];
    StoreRecord sample = sample_record(counting->next, space);
    assert_true(same_record(record, &sample));
    counting->next++;
    counting->seen++;
    if (counting->stop_after == 0 || counting->seen < counting->stop_after) return true;
    return counting->with_error ? status_set(status, STATUS_LIMIT, "enough") : false;
}

uint64_t read_samples(Store *store) {
    Status status;
    Counting counting = {0};
    assert_true(store_read(store, 0, UINT64_MAX, count_sample, &counting, &status));
    return counting.seen;
}

static Store *open_or_die(const char *name, StoreMode mode) {
    Status status;
    status_clear(&status);
    Store *store = store_open(name, mode, &status);
    if (!store) print_error("%s (%s)\n", status.message, status.detail);
    assert_non_null(store);
    return store;
}

static uint64_t next_of(Store *store) {
    Status status;
    uint64_t next = 0;
    assert_true(store_next(store, &next, &status));
    return next;
}

void a_new_book_is_empty(void **state) {
    Store *store = open_or_die(place(state), STORE_CREATE);
    assert_int_equal(next_of(store), 0);
    assert_int_equal(read_samples(store), 0);
    store_close(store);
}

void what_was_appended_is_read_back_byte_for_byte(void **state) {
    Store *store = open_or_die(place(state), STORE_CREATE);
    Status status;
    uint64_t next = 0;
    static const size_t groups[] = {1, 1, 2, 512, 37, 4096, 0, 3};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        assert_true(append_samples(store, next, groups[i], &status));
        next += groups[i];
        assert_int_equal(next_of(store), next);
    }
    assert_int_equal(read_samples(store), next);
    store_close(store);
}

void a_second_creation_is_refused(void **state) {
    Status status;
    Store *store = open_or_die(place(state), STORE_CREATE);
    assert_null(store_open(place(state), STORE_CREATE, &status));
    assert_int_equal(status.code, STATUS_CONFLICT);
    store_close(store);
    assert_null(store_open(place(state), STORE_CREATE, &status));
    assert_int_equal(status.code, STATUS_CONFLICT);
}

void opening_what_is_not_there_says_how_to_create_it(void **state) {
    for (int i = 0; i < 2; i++) {
        Status status;
        assert_null(store_open(place(state), i ? STORE_READ : STORE_WRITE, &status));
        assert_int_equal(status.code, STATUS_NOT_FOUND);
        assert_non_null(strstr(status.message, place(state)));
        assert_non_null(strstr(status.hint, "ytterby init"));
    }
}

void two_writers_exclude_each_other(void **state) {
    Status status;
    Store *store = open_or_die(place(state), STORE_CREATE);
    assert_null(store_open(place(state), STORE_WRITE, &status));
    assert_int_equal(status.code, STATUS_BUSY);
    Store *reader = open_or_die(place(state), STORE_READ);
    store_close(store);
    store = open_or_die(place(state), STORE_WRITE);
    store_close(store);
    store_close(reader);
}

void a_reader_does_not_write(void **state) {
    Status status;
    Store *store = open_or_die(place(state), STORE_CREATE);
    assert_true(append_samples(store, 0, 2, &status));
    Store *reader = open_or_die(place(state), STORE_READ);
    uint8_t hash[32] = {1};
    assert_false(append_samples(reader, 2, 1, &status));
    assert_int_equal(status.code, STATUS_DENIED);
    assert_false(store_part_put(reader, hash, 1, TEXT("a"), &status));
    assert_false(store_part_erase(reader, hash, &status));
    assert_false(store_cache_put(reader, TEXT("a"), TEXT("b"), &status));
    assert_false(store_cache_drop(reader, TEXT("a"), &status));
    assert_false(store_setting_put(reader, TEXT("a"), TEXT("b"), &status));
    assert_false(store_tidy(reader, &status));
    assert_int_equal(status.code, STATUS_DENIED);
    assert_int_equal(next_of(store), 2);
    store_close(reader);
    store_close(store);
}

void an_append_with_another_number_changes_nothing(void **state) {
    Status status;
    Store *store = open_or_die(place(state), STORE_CREATE);
    assert_false(append_samples(store, 1, 1, &status));
    assert_int_equal(status.code, STATUS_CONFLICT);
    assert_true(append_samples(store, 0, 5, &status));
    static const uint64_t wrong[] = {0, 4, 6, 1000};
    for (size_t i = 0; i < 4; i++) {
        assert_false(append_samples(store, wrong[i], 3, &status));
        assert_int_equal(status.code, STATUS_CONFLICT);
    }
    assert_int_equal(read_samples(store), 5);
    assert_true(append_samples(store, 5, 1, &status));
    assert_int_equal(read_samples(store), 6);
    store_close(store);
}

void reading_starts_and_ends_where_it_is_told(void **state) {
    Status status;
    Store *store = open_or_die(place(state), STORE_CREATE);
    assert_true(append_samples(store, 0, 3000, &status));
    static const uint64_t cases[][3] = {
        // from, count, read
        {0, 0, 0},         {0, 1, 1},       {0, 3000, 3000},       {0, 5000, 3000},
        {2999, 1, 1},      {2999, 9, 1},    {3000, 9, 0},          {7, 1024, 1024},
        {7, 1025, 1025},   {0, 2048, 2048}, {1, UINT64_MAX, 2999}, {UINT64_MAX, 5, 0},
        {INT64_MAX, 5, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Counting counting = {.next = cases[i][0]};
        assert_true(store_read(store, cases[i][0], cases[i][1], count_sample, &counting, &status));
        assert_int_equal(counting.seen, cases[i][2]);
    }
    store_close(store);
}

void a_reader_may_stop_with_and_without_an_error(void **state) {
    Status status;
    Store *store = open_or_die(place(state), STORE_CREATE);
    assert_true(append_samples(store, 0, 20, &status));
    Counting counting = {.stop_after = 7};
    assert_true(store_read(store, 0, 20, count_sample, &counting, &status));
    assert_int_equal(counting.seen, 7);
    counting = (Counting){.stop_after = 7, .with_error = true};
    assert_false(store_read(store, 0, 20, count_sample, &counting, &status));
    assert_int_equal(counting.seen, 7);
    assert_int_equal(status.code, STATUS_LIMIT);
    assert_string_equal(status.message, "enough");
    store_close(store);
}

typedef struct Meanwhile {
    Store *writer;
    uint64_t seen;
} Meanwhile;

static bool append_one_more(void *context, const StoreRecord *record, Status *status) {
    Meanwhile *meanwhile = context;
    meanwhile->seen++;
    if (record->seq != 5) return true;
    return append_samples(meanwhile->writer, 10, 1, status);
}

void a_reader_sees_what_a_writer_appends_meanwhile(void **state) {
    Status status;
    Store *store = open_or_die(place(state), STORE_CREATE);
    Store *reader = open_or_die(place(state), STORE_READ);
    assert_int_equal(next_of(reader), 0);
    assert_true(append_samples(store, 0, 10, &status));
    assert_int_equal(next_of(reader), 10);
    assert_int_equal(read_samples(reader), 10);
    Meanwhile meanwhile = {.writer = store};
    assert_true(store_read(reader, 0, UINT64_MAX, append_one_more, &meanwhile, &status));
    assert_in_range(meanwhile.seen, 10, 11); // a snapshot or not, never a gap
    assert_int_equal(read_samples(reader), 11);
    store_close(reader);
    store_close(store);
}

void records_outlast_their_handle(void **state) {
    Status status;
    Store *store = open_or_die(place(state), STORE_CREATE);
    assert_true(append_samples(store, 0, 600, &status));
    store_close(store);
    for (uint64_t round = 0; round < 3; round++) {
        store = open_or_die(place(state), STORE_WRITE);
        assert_int_equal(read_samples(store), 600 + round);
        assert_true(append_samples(store, 600 + round, 1, &status));
        store_close(store);
    }
    store = open_or_die(place(state), STORE_READ);
    assert_int_equal(read_samples(store), 603);
    store_close(store);
}

typedef struct SeenParts {
    unsigned count;
    uint8_t first[8];
    size_t bytes;
    unsigned erased;
} SeenParts;

static bool see_part(void *context, const StorePart *part, Status *status) {
    (void)status;
    SeenParts *seen = context;
    seen->first[seen->count++ % 8] = part->hash[0];
    seen->bytes += part->bytes.length;
    seen->erased += part->erased;
    assert_int_equal(part->class_number, part->hash[0] % 7);
    return seen->count < 8;
}

void parts_are_given_in_order_of_their_hashes(void **state) {
    Status status;
    Store *store = open_or_die(place(state), STORE_CREATE);
    SeenParts seen = {0};
    assert_true(store_parts(store, see_part, &seen, &status));
    assert_int_equal(seen.count, 0);
    static const uint8_t order[] = {9, 200, 3, 128, 50};
    for (size_t i = 0; i < sizeof order; i++)
        assert_true(store_part_put(store, (uint8_t[32]){order[i]}, order[i] % 7,
                                   (Text){"xxxxx", i + 1}, &status));
    assert_true(store_part_erase(store, (uint8_t[32]){128}, &status));
    store_close(store);
    store = open_or_die(place(state), STORE_READ);
    assert_true(store_parts(store, see_part, &seen, &status));
    assert_int_equal(seen.count, 5);
    assert_int_equal(seen.erased, 1);
    assert_int_equal(seen.bytes, 1 + 2 + 3 + 5);
    static const uint8_t sorted[] = {3, 9, 50, 128, 200};
    assert_memory_equal(seen.first, sorted, sizeof sorted);
    seen = (SeenParts){.count = 7}; // stops after one more
    assert_true(store_parts(store, see_part, &seen, &status));
    assert_int_equal(seen.count, 8);
    store_close(store);
}

void parts_come_with_their_record_or_not_at_all(void **state) {
    Status status;
    Arena arena;
    arena_init(&arena, 1 << 20);
    Store *store = open_or_die(place(state), STORE_CREATE);
    StorePart parts[2] = {{.hash = {1}, .class_number = 1, .bytes = TEXT("salt and bytes")},
                          {.hash = {2}, .class_number = 2, .bytes = TEXT("and more")}};
    StoreRecord records[2] = {
        {.seq = 0, .event = TEXT("{}"), .decision = TEXT("d"), .parts = parts, .part_count = 1},
        {.seq = 1, .event = TEXT("{}"), .decision = TEXT("d"), .parts = parts, .part_count = 2}};
    Text got;
    StoreRecord late = records[1];
    assert_false(store_append(store, 1, &late, 1, &status)); // not the next number
    assert_false(store_part_get(store, parts[0].hash, &arena, &got, &status));
    assert_true(store_append(store, 0, records, 2, &status)); // the first part comes twice
    assert_true(store_part_get(store, parts[0].hash, &arena, &got, &status));
    assert_true(text_equal(got, parts[0].bytes));
    assert_true(store_part_get(store, parts[1].hash, &arena, &got, &status));
    // A part that may not come keeps its whole group out.
    assert_true(store_part_erase(store, parts[0].hash, &status));
    StorePart again[2] = {{.hash = {3}, .bytes = TEXT("new")}, parts[0]};
    StoreRecord third = {
        .seq = 2, .event = TEXT("{}"), .decision = TEXT("d"), .parts = again, .part_count = 2};
    assert_false(store_append(store, 2, &third, 1, &status));
    assert_int_equal(status.code, STATUS_CONFLICT);
    assert_int_equal(next_of(store), 2);
    assert_false(store_part_get(store, again[0].hash, &arena, &got, &status));
    store_close(store);
    arena_done(&arena);
}

void parts_are_written_once_and_can_be_erased(void **state) {
    Status status;
    Arena arena;
    arena_init(&arena, 1 << 20);
    Store *store = open_or_die(place(state), STORE_CREATE);
    uint8_t a[32] = {1}, b[32] = {2};
    Text got = {0};
    assert_false(store_part_get(store, a, &arena, &got, &status));
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    assert_true(store_part_put(store, a, 3, TEXT("sealed"), &status));
    assert_true(store_part_put(store, a, 3, TEXT("sealed"), &status));
    assert_false(store_part_put(store, a, 3, TEXT("other"), &status));
    assert_int_equal(status.code, STATUS_CONFLICT);
    assert_false(store_part_put(store, a, 4, TEXT("sealed"), &status));
    assert_true(store_part_put(store, b, 0, (Text){0}, &status));
    assert_true(store_part_get(store, a, &arena, &got, &status));
    assert_true(text_equal(got, TEXT("sealed")));
    assert_true(store_part_get(store, b, &arena, &got, &status));
    assert_int_equal(got.length, 0);

    assert_true(store_part_erase(store, a, &status));
    assert_true(store_part_erase(store, a, &status));
    assert_false(store_part_get(store, a, &arena, &got, &status));
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    assert_non_null(strstr(status.message, "erased"));
    assert_false(store_part_put(store, a, 3, TEXT("sealed"), &status));
    assert_int_equal(status.code, STATUS_CONFLICT);
    assert_false(store_part_erase(store, (uint8_t[32]){9}, &status));
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    store_close(store);
    arena_done(&arena);
}

void caches_are_replaced_whole_and_may_vanish(void **state) {
    Status status;
    Arena arena;
    arena_init(&arena, 16 << 20);
    Store *store = open_or_die(place(state), STORE_CREATE);
    Text got = {0};
    assert_false(store_cache_get(store, TEXT("s"), &arena, &got, &status));
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    size_t size = 3 << 20;
    char *large = calloc(1, size);
    assert_non_null(large);
    large[size - 1] = 'x';
    assert_true(store_cache_put(store, TEXT("s"), TEXT("small"), &status));
    assert_true(store_cache_put(store, TEXT("t"), TEXT("other"), &status));
    assert_true(store_cache_put(store, TEXT("s"), (Text){large, size}, &status));
    assert_true(store_cache_get(store, TEXT("s"), &arena, &got, &status));
    assert_true(text_equal(got, (Text){large, size}));
    assert_true(store_cache_drop(store, TEXT("s"), &status));
    assert_true(store_cache_drop(store, TEXT("s"), &status));
    assert_false(store_cache_get(store, TEXT("s"), &arena, &got, &status));
    assert_true(store_cache_get(store, TEXT("t"), &arena, &got, &status));
    assert_true(text_equal(got, TEXT("other")));
    free(large);
    store_close(store);
    arena_done(&arena);
}

void settings_are_kept(void **state) {
    Status status;
    Arena arena;
    arena_init(&arena, 1 << 16);
    Store *store = open_or_die(place(state), STORE_CREATE);
    Text got = {0};
    assert_false(store_setting_get(store, TEXT("copy"), &arena, &got, &status));
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    assert_true(store_setting_put(store, TEXT("copy"), TEXT("no"), &status));
    assert_true(store_setting_put(store, TEXT("copy"), TEXT("yes"), &status));
    store_close(store);
    store = open_or_die(place(state), STORE_READ);
    assert_true(store_setting_get(store, TEXT("copy"), &arena, &got, &status));
    assert_true(text_equal(got, TEXT("yes")));
    store_close(store);
    store = open_or_die(place(state), STORE_WRITE);
    assert_true(store_setting_drop(store, TEXT("copy"), &status));
    assert_true(store_setting_drop(store, TEXT("copy"), &status));
    assert_false(store_setting_get(store, TEXT("copy"), &arena, &got, &status));
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    store_close(store);
    arena_done(&arena);
}

void tidying_changes_nothing_that_can_be_seen(void **state) {
    Status status;
    Store *store = open_or_die(place(state), STORE_CREATE);
    Store *reader = open_or_die(place(state), STORE_READ);
    uint64_t next = 0;
    for (int i = 0; i < 60; i++) {
        assert_true(append_samples(store, next, 300, &status));
        next += 300;
        assert_true(store_tidy(store, &status));
        if (i % 20 == 0) assert_int_equal(read_samples(reader), next);
    }
    assert_int_equal(read_samples(reader), next);
    store_close(reader);
    store_close(store);
}

// RELIABILITY R7 as far as the store goes: each request for memory fails in turn, once or for good.
void a_failed_allocation_leaves_no_half_group(void **state) {
    Status status;
    Store *store = open_or_die(place(state), STORE_CREATE);
    uint64_t next = 0;
    for (int for_good = 0; for_good < 2; for_good++) {
        for (unsigned long nth = 1;; nth++) {
            assert_true(nth < 2000);
            memory_fail_at(nth, for_good);
            bool done = append_samples(store, next, 20, &status);
            bool hit = memory_has_failed();
            memory_fail_at(0, false);
            if (done) {
                next += 20;
            } else {
                assert_true(hit);
                assert_true(status.code == STATUS_NO_MEMORY || status.code == STATUS_UNKNOWN);
                if (status.code == STATUS_UNKNOWN) {
                    store_close(store);
                    store = open_or_die(place(state), STORE_WRITE);
                    uint64_t found = next_of(store);
                    assert_true(found == next || found == next + 20);
                    next = found;
                }
            }
            assert_int_equal(next_of(store), next);
            if (!hit) break;
        }
    }
    assert_int_equal(read_samples(store), next);
    store_close(store);
}
