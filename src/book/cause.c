// Causes of holds, and the interned sets of them that lots point to (B22).
#include <assert.h>
#include <string.h>

#include "book/state.h"

uint32_t cause_find(const Book *book, uint64_t number) {
    uint32_t low = 0, high = book_count(book, TABLE_CAUSE); // numbers only grow
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint64_t found = cause_at(book, middle)->number;
        if (found == number) return middle;
        if (found < number)
            low = middle + 1;
        else
            high = middle;
    }
    return ROW_NONE;
}

static bool set_has(const Book *book, uint32_t set, bool (*is)(unsigned status)) {
    if (set == SET_EMPTY) return false;
    const SetRow *row = ROW(book, SetRow, TABLE_SET, set);
    for (uint32_t i = 0; i < row->count; i++) {
        uint32_t cause = *ROW(book, uint32_t, TABLE_SET_ITEM, row->first + i);
        if (is(cause_at(book, cause)->status)) return true;
    }
    return false;
}
static bool is_open(unsigned status) {
    return status == CAUSE_OPEN;
}
static bool is_not_void(unsigned status) {
    return status != CAUSE_VOID;
}
bool set_is_open(const Book *book, uint32_t set) {
    return set_has(book, set, is_open);
}
bool set_is_live(const Book *book, uint32_t set) {
    return set_has(book, set, is_not_void);
}

void set_collect(const Book *book, uint32_t set, uint32_t causes[SET_CAUSES_MAX], uint32_t *count) {
    if (set == SET_EMPTY) return;
    const SetRow *row = ROW(book, SetRow, TABLE_SET, set);
    for (uint32_t i = 0; i < row->count; i++) {
        uint32_t cause = *ROW(book, uint32_t, TABLE_SET_ITEM, row->first + i);
        if (cause_at(book, cause)->status == CAUSE_VOID) continue;
        uint32_t at = *count;
        while (at > 0 && causes[at - 1] > cause)
            at--;
        if (at > 0 && causes[at - 1] == cause) continue;
        if (*count == SET_CAUSES_MAX) return; // the oldest thousand say enough
        memmove(&causes[at + 1], &causes[at], (*count - at) * sizeof *causes);
        causes[at] = cause;
        ++*count;
    }
}

uint32_t set_of(Book *book, const uint32_t *causes, uint32_t count) {
    if (count == 0) return SET_EMPTY;
    Text key = {(const char *)causes, count * sizeof *causes};
    uint32_t number = intern_find(book->set_keys, key);
    if (number != ROW_NONE) return number;
    number = name_put(book, book->set_keys, key);
    uint32_t row, first = book_count(book, TABLE_SET_ITEM), item;
    for (uint32_t i = 0; i < count; i++) {
        assert(i == 0 || causes[i - 1] < causes[i]);
        *(uint32_t *)row_new(book, TABLE_SET_ITEM, &item) = causes[i];
    }
    SetRow *set = row_new(book, TABLE_SET, &row);
    assert(row == number);
    *set = (SetRow){first, count};
    return number;
}
