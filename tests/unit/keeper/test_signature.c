// Signed events on their way in (S11): verified before they are decided, stored as they came, and
// verified again by whoever doubts.
#include "place.h"

#include <string.h>

#include "base/encode.h"
#include "codec/event_lines.h"
#include "keeper/verify.h"
#include "log/signature.h"

static const uint8_t seed[32] = "a seed that is not very secret .";
static const uint8_t other_seed[32] = "another seed, as little secret .";
enum { SPACE = 4096 };

static Draft draft_of(const char *text, size_t length) {
    return (Draft){
        .event = {text, length}, .principal = text_of(authority), .recorded = SUBMIT_NOW};
}

static Draft key_event(char space[SPACE], unsigned n, const uint8_t of[32], const char *more) {
    uint8_t key[32];
    char hex[65];
    ed25519_public_key(of, key);
    hex_write(key, 32, hex);
    int length = snprintf(space, SPACE,
                          "{\"v\":1,\"kind\":\"key\",\"id\":\"k-%u\",\"party\":\"REGULATOR\","
                          "\"happened\":\"2026-01-01T00:00:00+08:00\",\"key\":\"%s\","
                          "\"holder\":\"REGULATOR\"%s}",
                          n, hex, more);
    return draft_of(space, (size_t)length);
}

// The event as a signed/1 line, in place of itself.
static Draft signed_by(char space[SPACE], Draft event, const Signature *signature) {
    EventLine line = {.form = LINE_SIGNED,
                      .event = event.event,
                      .in_batch = signature->kind == SIGNATURE_BATCH,
                      .index = signature->index,
                      .size = signature->size,
                      .path_count = signature->path.count,
                      .path = signature->path.hashes[0].bytes};
    memcpy(line.key, signature->key.bytes, 32);
    memcpy(line.signature, signature->bytes, 64);
    Buffer out;
    buffer_init(&out, SPACE);
    assert_true(event_line_write(&line, &out));
    memcpy(space, out.bytes, out.length - 1); // without its line feed
    Draft made = draft_of(space, out.length - 1);
    buffer_done(&out);
    return made;
}

static Draft signed_alone(char space[SPACE], Draft event, const uint8_t by[32], Text origin) {
    Signature signature;
    Status status;
    assert_true(signature_sign(by, origin, event.event, &signature, &status));
    return signed_by(space, event, &signature);
}

static Text origin_of(Keeper *keeper) {
    ReadMark mark;
    Text origin = book_origin(read_begin(keeper, &mark));
    read_end(keeper);
    return origin;
}

static void expect(Seen seen, Verdict verdict, uint16_t code) {
    assert_int_equal(seen.verdict, verdict);
    if (code) assert_int_equal(seen.code, code);
}

static void s11_a_signature_is_over_the_exact_bytes_for_this_book(void **state) {
    (void)state;
    book_make(place.name, true);
    Keeper *keeper = book_open(place.name);
    Text origin = origin_of(keeper);
    char a[SPACE], b[SPACE], event[500];
    Draft key = key_event(a, 1, seed, "");
    expect(submit_one(keeper, &key, SUBMIT_EACH), VERDICT_ACCEPTED, 0);
    Draft party = party_event(event, sizeof event, 1, "Northern");
    Draft good = signed_alone(b, party, seed, origin);
    char *name = strstr(b, "Northern");
    *name = 'M';
    expect(submit_one(keeper, &good, SUBMIT_EACH), VERDICT_REFUSED, CODE_SIGNATURE);
    *name = 'N';
    Draft elsewhere = signed_alone(a, party, seed, TEXT("another.example/book"));
    expect(submit_one(keeper, &elsewhere, SUBMIT_EACH), VERDICT_REFUSED, CODE_SIGNATURE);
    Draft stranger = signed_alone(a, party, other_seed, origin);
    expect(submit_one(keeper, &stranger, SUBMIT_EACH), VERDICT_REFUSED, CODE_KEY_NOT_VALID);
    assert_int_equal(records_of(keeper), 2);
    expect(submit_one(keeper, &good, SUBMIT_EACH), VERDICT_ACCEPTED, 0);
    // The event alone is the same event.
    Seen again = submit_one(keeper, &party, SUBMIT_EACH);
    assert_true(again.repeated);
    book_close(keeper);
}

static void a_key_and_what_is_signed_under_it_may_come_together(void **state) {
    (void)state;
    book_make(place.name, true);
    Keeper *keeper = book_open(place.name);
    char space[2][SPACE], event[500];
    Draft drafts[2] = {key_event(space[0], 1, seed, "")};
    drafts[1] = signed_alone(space[1], party_event(event, sizeof event, 1, "Northern"), seed,
                             origin_of(keeper));
    Seen seen[2];
    assert_int_equal(submit_many(keeper, drafts, 2, SUBMIT_WHOLE, seen), 2);
    expect(seen[0], VERDICT_ACCEPTED, 0);
    expect(seen[1], VERDICT_ACCEPTED, 0);
    book_close(keeper);
    keeper = book_open(place.name); // the key is known from the log
    Draft next = signed_alone(space[0], party_event(event, sizeof event, 2, "Southern"), seed,
                              origin_of(keeper));
    expect(submit_one(keeper, &next, SUBMIT_EACH), VERDICT_ACCEPTED, 0);
    book_close(keeper);
}

static void one_signature_stands_for_a_batch_in_any_order(void **state) {
    (void)state;
    enum { N = 5 };
    book_make(place.name, true);
    Keeper *keeper = book_open(place.name);
    static char space[N][SPACE], events[N][500];
    Draft key = key_event(space[0], 1, seed, ""), plain[N], lines[N];
    expect(submit_one(keeper, &key, SUBMIT_EACH), VERDICT_ACCEPTED, 0);
    Status status;
    Tree *tree = tree_new(&status);
    assert_non_null(tree);
    assert_true(tree_reserve(tree, N, &status));
    for (unsigned i = 0; i < N; i++) {
        plain[i] = party_event(events[i], sizeof events[i], i + 1, "Northern");
        Hash leaf = tree_leaf_hash(plain[i].event);
        tree_append(tree, &leaf);
    }
    Signature signature;
    assert_true(signature_sign_batch(seed, origin_of(keeper), tree, 0, &signature, &status));
    for (unsigned i = 0; i < N; i++) {
        assert_true(signature_place(&signature, tree, N - 1 - i, &status));
        lines[i] = signed_by(space[i], plain[N - 1 - i], &signature);
    }
    Seen seen[N];
    submit_many(keeper, lines, N, SUBMIT_WHOLE, seen);
    for (unsigned i = 0; i < N; i++)
        expect(seen[i], VERDICT_ACCEPTED, 0);
    // At a wrong place in the batch it is worth nothing.
    assert_true(signature_place(&signature, tree, 1, &status));
    Draft other = party_event(events[0], sizeof events[0], 77, "Northern");
    Draft wrong = signed_by(space[0], other, &signature);
    expect(submit_one(keeper, &wrong, SUBMIT_EACH), VERDICT_REFUSED, CODE_SIGNATURE);
    tree_free(tree);
    book_close(keeper);
    VerifyReport report;
    VerifyOptions options = {.signatures = true, .recheck = true};
    assert_true(verify_book(place.name, &options, &report, &status));
    assert_int_equal(report.signatures, N);
    assert_int_equal(report.differences, 0);
}

static void s11_a_revoked_key_is_refused_from_its_record_on_and_unmakes_nothing(void **state) {
    (void)state;
    book_make(place.name, true);
    Keeper *keeper = book_open(place.name);
    Text origin = origin_of(keeper);
    char a[SPACE], event[500];
    Draft key = key_event(a, 1, seed, "");
    expect(submit_one(keeper, &key, SUBMIT_EACH), VERDICT_ACCEPTED, 0);
    Draft before = signed_alone(a, party_event(event, sizeof event, 1, "Northern"), seed, origin);
    Seen first = submit_one(keeper, &before, SUBMIT_EACH);
    expect(first, VERDICT_ACCEPTED, 0);
    char b[SPACE];
    Draft revoked =
        key_event(b, 2, seed, ",\"status\":\"revoked\",\"suspect_since\":\"2026-01-01T00:00:00Z\"");
    expect(submit_one(keeper, &revoked, SUBMIT_EACH), VERDICT_ACCEPTED, 0);
    Seen again = submit_one(keeper, &before, SUBMIT_EACH);
    assert_true(again.repeated);
    assert_int_equal(again.seq, first.seq);
    Draft after = signed_alone(a, party_event(event, sizeof event, 2, "Southern"), seed, origin);
    expect(submit_one(keeper, &after, SUBMIT_EACH), VERDICT_REFUSED, CODE_KEY_NOT_VALID);
    book_close(keeper);
    VerifyReport report;
    VerifyOptions options = {.signatures = true, .recheck = true};
    Status status;
    assert_true(verify_book(place.name, &options, &report, &status));
    assert_int_equal(report.signatures, 1);
    assert_int_equal(report.differences, 0);
}

int main(void) {
#define FILED(test) cmocka_unit_test_setup_teardown(test, place_in_file, place_left)
    const struct CMUnitTest tests[] = {
        FILED(s11_a_signature_is_over_the_exact_bytes_for_this_book),
        FILED(a_key_and_what_is_signed_under_it_may_come_together),
        FILED(one_signature_stands_for_a_batch_in_any_order),
        FILED(s11_a_revoked_key_is_refused_from_its_record_on_and_unmakes_nothing),
    };
    return cmocka_run_group_tests_name("keeper/signature", tests, NULL, NULL);
}
