// Expected bytes were computed by Python's hashlib and struct from docs/format.md.
#include "base/encode.h"
#include "log/record.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const uint8_t SALT[SALT_BYTES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

#define EVENT_HEX    "0c46372f154c9204b4739dc7c09e4d8a5e20a112dc51c4c05e3cef0dcd7d29f3"
#define DECISION_HEX "98528cfc55705e7f4609d22205c877a4fa77fe9e9ff45bf0adb0260aec43a77a"
#define RECORD_HEX                                                                                 \
    "5954520100010000000000000000010200064748462040010000000000000101" EVENT_HEX DECISION_HEX

static void assert_hex(const uint8_t *bytes, size_t length, const char *digits) {
    char hex[2 * RECORD_BYTES + 1];
    hex_write(bytes, length, hex);
    assert_string_equal(hex, digits);
}

static Record example(void) {
    static const uint8_t accepted[] = {1, 1};
    return (Record){
        .logic = 1,
        .seq = 258,
        .recorded = 1767225600000001,
        .batch = 257,
        .event = event_commitment(SALT, TEXT("{\"kind\":\"book\"}")),
        .decision = decision_commitment(SALT, (Text){(const char *)accepted, 2}),
    };
}

static void commitments_are_salted_hashes_of_the_bytes_with_their_names(void **state) {
    (void)state;
    Record record = example();
    assert_hex(record.event.bytes, HASH_BYTES, EVENT_HEX);
    assert_hex(record.decision.bytes, HASH_BYTES, DECISION_HEX);
    Hash sealed = sealed_commitment(SALT, 7, TEXT("price"));
    assert_hex(sealed.bytes, HASH_BYTES,
               "e73b8755149cb706fd9665aca452bd73b3b8d01a1bf64f81f18da7c7484aa8b9");
}

static void a_record_is_96_bytes_in_the_frozen_order(void **state) {
    (void)state;
    Record record = example();
    uint8_t bytes[RECORD_BYTES];
    record_write(&record, bytes);
    assert_hex(bytes, sizeof bytes, RECORD_HEX);
    Hash leaf = record_leaf(bytes);
    assert_hex(leaf.bytes, HASH_BYTES,
               "4e88143f25f4ad2a09878da804929ef5e3005db916861ac44625711b9285ba64");
}

static void a_record_is_read_back_as_it_was_written(void **state) {
    (void)state;
    Record record = example(), read;
    uint8_t bytes[RECORD_BYTES];
    Status status;
    record_write(&record, bytes);
    assert_true(record_read((Text){(char *)bytes, sizeof bytes}, &read, &status));
    assert_int_equal(read.logic, record.logic);
    assert_int_equal(read.flags, 0);
    assert_true(read.seq == record.seq && read.batch == record.batch);
    assert_true(read.recorded == record.recorded);
    assert_true(hash_equal(&read.event, &record.event));
    assert_true(hash_equal(&read.decision, &record.decision));
}

// Changes one byte of the example and expects the reader to refuse it.
static void assert_refused(size_t at, uint8_t value, StatusCode code) {
    Record record = example(), read;
    uint8_t bytes[RECORD_BYTES];
    Status status;
    record_write(&record, bytes);
    bytes[at] = value;
    assert_false(record_read((Text){(char *)bytes, sizeof bytes}, &read, &status));
    assert_int_equal(status.code, code);
}

static void wrong_magic_version_flags_batch_and_time_are_refused(void **state) {
    (void)state;
    assert_refused(0, 'X', STATUS_CORRUPT);
    assert_refused(2, 'X', STATUS_CORRUPT);
    assert_refused(3, 2, STATUS_UNSUPPORTED);
    assert_refused(6, 0x80, STATUS_UNSUPPORTED);
    assert_refused(7, 0x01, STATUS_UNSUPPORTED);
    assert_refused(30, 0x02, STATUS_CORRUPT); // batch 513 of record 258
    assert_refused(16, 0x80, STATUS_CORRUPT); // a time before 1970
    assert_refused(16, 0x7F, STATUS_CORRUPT); // a time after 9999
}

static void a_record_of_another_length_is_refused(void **state) {
    (void)state;
    Record record = example(), read;
    uint8_t bytes[RECORD_BYTES + 1] = {0};
    Status status;
    record_write(&record, bytes);
    for (size_t length = 0; length <= RECORD_BYTES + 1; length++)
        assert_true(record_read((Text){(char *)bytes, length}, &read, &status) ==
                    (length == RECORD_BYTES));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commitments_are_salted_hashes_of_the_bytes_with_their_names),
        cmocka_unit_test(a_record_is_96_bytes_in_the_frozen_order),
        cmocka_unit_test(a_record_is_read_back_as_it_was_written),
        cmocka_unit_test(wrong_magic_version_flags_batch_and_time_are_refused),
        cmocka_unit_test(a_record_of_another_length_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
