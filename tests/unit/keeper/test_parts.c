// Sealed parts: their bytes come with the event, in its commit, and go for good.
#include "place.h"

#include <string.h>

#include "base/encode.h"
#include "codec/event_lines.h"
#include "keeper/parts.h"
#include "keeper/verify.h"
#include "log/record.h"
#include "store/store.h"

enum { SPACE = 8192, LONG = 100000 };
static const uint8_t salt[SALT_BYTES] = "sixteen of salt.";
static char token[] = "SEALED-TOKEN-OF-THIS-TEST-4711";

static void hash_of(Text bytes, PartClass of_class, char hex[65]) {
    Hash hash = sealed_commitment(salt, (uint8_t)of_class, bytes);
    hex_write(hash.bytes, 32, hex);
}

static Draft draft_of(const char *text, size_t length) {
    return (Draft){
        .event = {text, length}, .principal = text_of(authority), .recorded = SUBMIT_NOW};
}

static Draft user_event(char *space, unsigned n, const char *hash) {
    int length =
        snprintf(space, SPACE,
                 "{\"v\":1,\"kind\":\"user\",\"id\":\"u-%u\",\"party\":\"REGULATOR\","
                 "\"happened\":\"2026-01-01T00:00:00+08:00\",\"user\":\"REGULATOR:u-%u\","
                 "\"roles\":[\"record\"],\"sealed\":[{\"class\":\"personal\",\"hash\":\"%s\"}]}",
                 n, n, hash);
    return draft_of(space, (size_t)length);
}

static Draft erase_event(char *space, const char *hash) {
    int length = snprintf(space, SPACE,
                          "{\"v\":1,\"kind\":\"erase\",\"id\":\"er\",\"party\":\"REGULATOR\","
                          "\"happened\":\"2026-01-01T00:00:00+08:00\",\"parts\":[\"%s\"],"
                          "\"basis\":\"data protection law\"}",
                          hash);
    return draft_of(space, (size_t)length);
}

// The event with the part around it.
static Draft with_part(Buffer *out, Draft event, const char *hash, Text bytes) {
    LinePart part = {.bytes = bytes};
    assert_true(hex_read(text_of(hash), part.hash, 32));
    memcpy(part.salt, salt, sizeof part.salt);
    EventLine line = {
        .form = LINE_SEALED, .event = event.event, .parts = &part, .line_part_count = 1};
    buffer_reset(out);
    assert_true(event_line_write(&line, out));
    return draft_of((const char *)out->bytes, out->length - 1);
}

static PartsReport parts_of(const char *name) {
    VerifyReport report;
    VerifyOptions options = {.recheck = true};
    Status status;
    status_clear(&status);
    bool good = verify_book(name, &options, &report, &status);
    if (!good) fail_msg("%s", status.message);
    assert_int_equal(report.differences, 0);
    return report.parts;
}

static void parts_come_in_the_same_commit_as_their_event(void **state) {
    (void)state;
    book_make(place.name, true);
    Keeper *keeper = book_open(place.name);
    char hash[65], space[SPACE];
    hash_of(text_of(token), PART_PERSONAL, hash);
    Buffer out, read;
    buffer_init(&out, 1 << 20);
    buffer_init(&read, 1 << 20);
    // Other bytes, and the right bytes in another class, are not those of the hash.
    Draft wrong = with_part(&out, user_event(space, 1, hash), hash, TEXT("another token"));
    Seen seen = submit_one(keeper, &wrong, SUBMIT_EACH);
    assert_int_equal(seen.code, CODE_PART_BYTES);
    char other[65];
    hash_of(text_of(token), PART_NOTE, other);
    wrong = with_part(&out, user_event(space, 1, other), other, text_of(token));
    assert_int_equal(submit_one(keeper, &wrong, SUBMIT_EACH).code, CODE_PART_BYTES);
    assert_int_equal(records_of(keeper), 1);

    Draft good = with_part(&out, user_event(space, 1, hash), hash, text_of(token));
    assert_int_equal(submit_one(keeper, &good, SUBMIT_EACH).verdict, VERDICT_ACCEPTED);
    uint8_t bytes[32];
    Status status;
    assert_true(hex_read(text_of(hash), bytes, 32));
    assert_true(parts_read(keeper, bytes, PART_PERSONAL, &read, &status));
    assert_true(text_equal(buffer_view(&read), text_of(token)));
    // A hash alone is enough: its bytes are with somebody else.
    hash_of(TEXT("kept at home"), PART_PERSONAL, hash);
    Draft bare = user_event(space, 2, hash);
    assert_int_equal(submit_one(keeper, &bare, SUBMIT_EACH).verdict, VERDICT_ACCEPTED);
    assert_true(hex_read(text_of(hash), bytes, 32));
    assert_false(parts_read(keeper, bytes, PART_PERSONAL, &read, &status));
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    book_close(keeper);
    PartsReport report = parts_of(place.name);
    assert_int_equal(report.there, 1);
    assert_int_equal(report.missing, 1);
    buffer_done(&read);
    buffer_done(&out);
}

// Whether the words stand in a file.
static bool stands_in(const char *name, const char *suffix, const char *words) {
    char path[200];
    snprintf(path, sizeof path, "%s%s", name, suffix);
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    static char bytes[16 << 20];
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return memmem(bytes, length, words, strlen(words)) != NULL;
}

static void what_is_erased_is_in_no_file_of_the_book_any_more(void **state) {
    (void)state;
    book_make(place.name, true);
    Keeper *keeper = book_open(place.name);
    static char large[LONG];
    for (size_t i = 0; i + sizeof token < LONG; i += sizeof token)
        memcpy(large + i, token, sizeof token);
    char hash[65], space[SPACE];
    hash_of((Text){large, LONG}, PART_PERSONAL, hash);
    Buffer out;
    buffer_init(&out, 1 << 20);
    Draft event = with_part(&out, user_event(space, 1, hash), hash, (Text){large, LONG});
    assert_int_equal(submit_one(keeper, &event, SUBMIT_EACH).verdict, VERDICT_ACCEPTED);
    assert_true(stands_in(place.name, "", token) || stands_in(place.name, "-wal", token));
    Draft erase = erase_event(space, hash);
    assert_int_equal(submit_one(keeper, &erase, SUBMIT_EACH).verdict, VERDICT_ACCEPTED);
    // The answer is here, so the bytes are gone, though the book is still open.
    assert_false(stands_in(place.name, "", token));
    assert_false(stands_in(place.name, "-wal", token));
    Hash digest = digest_of(keeper);
    book_close(keeper);
    keeper = book_open(place.name);
    Hash again = digest_of(keeper);
    assert_true(hash_equal(&digest, &again));
    Draft back = with_part(&out, user_event(space, 2, hash), hash, (Text){large, LONG});
    assert_int_equal(submit_one(keeper, &back, SUBMIT_EACH).code, CODE_PART_ERASED);
    book_close(keeper);
    assert_false(stands_in(place.name, "", token));
    assert_int_equal(parts_of(place.name).erased, 1);
    buffer_done(&out);
}

static void an_erasure_that_was_cut_off_is_made_good_at_the_next_opening(void **state) {
    (void)state;
    book_make(place.name, true);
    Keeper *keeper = book_open(place.name);
    char hash[65], space[SPACE];
    hash_of(text_of(token), PART_PERSONAL, hash);
    Draft bare = user_event(space, 1, hash); // the bytes do not come by this door
    assert_int_equal(submit_one(keeper, &bare, SUBMIT_EACH).verdict, VERDICT_ACCEPTED);
    Draft erase = erase_event(space, hash);
    assert_int_equal(submit_one(keeper, &erase, SUBMIT_EACH).verdict, VERDICT_ACCEPTED);
    book_close(keeper);
    // As if the program had ended between the record and the erasure.
    Status status;
    uint8_t bytes[32], part[SALT_BYTES + sizeof token];
    assert_true(hex_read(text_of(hash), bytes, 32));
    memcpy(part, salt, SALT_BYTES);
    memcpy(part + SALT_BYTES, token, sizeof token - 1);
    Text whole = {(const char *)part, SALT_BYTES + sizeof token - 1};
    Store *store = store_open(place.name, STORE_WRITE, &status);
    assert_non_null(store);
    assert_true(store_part_put(store, bytes, PART_PERSONAL, whole, &status));
    store_close(store);
    VerifyReport report;
    assert_false(verify_book(place.name, NULL, &report, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
    book_close(book_open(place.name));
    assert_int_equal(parts_of(place.name).erased, 1);
    assert_false(stands_in(place.name, "", token));
}

int main(void) {
#define FILED(test) cmocka_unit_test_setup_teardown(test, place_in_file, place_left)
    const struct CMUnitTest tests[] = {
        FILED(parts_come_in_the_same_commit_as_their_event),
        FILED(what_is_erased_is_in_no_file_of_the_book_any_more),
        FILED(an_erasure_that_was_cut_off_is_made_good_at_the_next_opening),
    };
    return cmocka_run_group_tests_name("keeper/parts", tests, NULL, NULL);
}
