// What every store must do, whatever lies below it (RELIABILITY R10). A store's own test file gives
// names of places where it may make books, and runs these cases among its own.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store.h"

typedef struct StorePlace {
    const char *name; // for store_open(); nothing is there before a case, and nothing is left
} StorePlace;

// A record with bytes that follow from its number: event and decision lengths vary, 0 included.
// The texts point into `space`, which holds at least 1,024 bytes.
StoreRecord sample_record(uint64_t seq, char *space);
// Appends records [from, from + count) in one group.
bool append_samples(Store *store, uint64_t from, size_t count, Status *status);
// Reads all from 0 on; each must be the sample of its number. Gives how many there were.
uint64_t read_samples(Store *store);

void a_new_book_is_empty(void **state);
void what_was_appended_is_read_back_byte_for_byte(void **state);
void a_second_creation_is_refused(void **state);
void opening_what_is_not_there_says_how_to_create_it(void **state);
void two_writers_exclude_each_other(void **state);
void a_reader_does_not_write(void **state);
void an_append_with_another_number_changes_nothing(void **state);
void reading_starts_and_ends_where_it_is_told(void **state);
void a_reader_may_stop_with_and_without_an_error(void **state);
void a_reader_sees_what_a_writer_appends_meanwhile(void **state);
void records_outlast_their_handle(void **state);
void parts_are_written_once_and_can_be_erased(void **state);
void parts_come_with_their_record_or_not_at_all(void **state);
void parts_are_given_in_order_of_their_hashes(void **state);
void caches_are_replaced_whole_and_may_vanish(void **state);
void settings_are_kept(void **state);
void tidying_changes_nothing_that_can_be_seen(void **state);
void a_failed_allocation_leaves_no_half_group(void **state);

#define CONFORMANCE_CASES(setup, teardown)                                                         \
    cmocka_unit_test_setup_teardown(a_new_book_is_empty, setup, teardown),                         \
        cmocka_unit_test_setup_teardown(what_was_appended_is_read_back_byte_for_byte, setup,       \
                                        teardown),                                                 \
        cmocka_unit_test_setup_teardown(a_second_creation_is_refused, setup, teardown),            \
        cmocka_unit_test_setup_teardown(opening_what_is_not_there_says_how_to_create_it, setup,    \
                                        teardown),                                                 \
        cmocka_unit_test_setup_teardown(two_writers_exclude_each_other, setup, teardown),          \
        cmocka_unit_test_setup_teardown(a_reader_does_not_write, setup, teardown),                 \
        cmocka_unit_test_setup_teardown(an_append_with_another_number_changes_nothing, setup,      \
                                        teardown),                                                 \
        cmocka_unit_test_setup_teardown(reading_starts_and_ends_where_it_is_told, setup,           \
                                        teardown),                                                 \
        cmocka_unit_test_setup_teardown(a_reader_may_stop_with_and_without_an_error, setup,        \
                                        teardown),                                                 \
        cmocka_unit_test_setup_teardown(a_reader_sees_what_a_writer_appends_meanwhile, setup,      \
                                        teardown),                                                 \
        cmocka_unit_test_setup_teardown(records_outlast_their_handle, setup, teardown),            \
        cmocka_unit_test_setup_teardown(parts_are_written_once_and_can_be_erased, setup,           \
                                        teardown),                                                 \
        cmocka_unit_test_setup_teardown(parts_come_with_their_record_or_not_at_all, setup,         \
                                        teardown),                                                 \
        cmocka_unit_test_setup_teardown(parts_are_given_in_order_of_their_hashes, setup,           \
                                        teardown),                                                 \
        cmocka_unit_test_setup_teardown(caches_are_replaced_whole_and_may_vanish, setup,           \
                                        teardown),                                                 \
        cmocka_unit_test_setup_teardown(settings_are_kept, setup, teardown),                       \
        cmocka_unit_test_setup_teardown(tidying_changes_nothing_that_can_be_seen, setup,           \
                                        teardown),                                                 \
        cmocka_unit_test_setup_teardown(a_failed_allocation_leaves_no_half_group, setup, teardown)
