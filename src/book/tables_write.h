// How the files of the digest's tables write a row: integers little-endian, text as u16 length and
// bytes (docs/format.md, "Digest tables"). Internal to book/.
#pragma once
#include "book/state.h"

// As the machine has it, which is little-endian (base/buffer.h sees to that).
static inline void u8(Buffer *out, unsigned value) {
    buffer_u8(out, (uint8_t)value);
}
static inline void u16(Buffer *out, unsigned value) {
    uint16_t bytes = (uint16_t)value;
    buffer_bytes(out, &bytes, sizeof bytes);
}
static inline void u32(Buffer *out, uint32_t value) {
    buffer_bytes(out, &value, sizeof value);
}
static inline void u64(Buffer *out, uint64_t value) {
    buffer_bytes(out, &value, sizeof value);
}
static inline void i64(Buffer *out, int64_t value) {
    buffer_bytes(out, &value, sizeof value);
}
static inline void i32(Buffer *out, int32_t value) {
    buffer_bytes(out, &value, sizeof value);
}
static inline void text(Buffer *out, Text value) {
    u16(out, (unsigned)value.length);
    buffer_text(out, value);
}
static inline void kept(Buffer *out, const Book *book, uint32_t number) {
    text(out, text_get(book, number));
}

static inline void values(Buffer *out, const Book *book, uint32_t mask, uint32_t first,
                          unsigned each) {
    u32(out, mask);
    uint32_t count = (uint32_t)__builtin_popcount(mask) * each;
    for (uint32_t i = 0; i < count; i++)
        i64(out, *values_at(book, first + i));
}

static inline void vector(Buffer *out, const int64_t mg[COMPONENT_COUNT]) {
    uint32_t mask = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        if (mg[c]) mask |= 1u << c;
    u32(out, mask);
    for (uint32_t m = mask; m; m &= m - 1)
        i64(out, mg[__builtin_ctz(m)]);
}

static inline void content(Buffer *out, const Book *book, const ContentRef *ref) {
    u32(out, ref->stated);
    u32(out, ref->whole);
    u32(out, ref->below);
    i64(out, ref->dry);
    uint32_t count = (uint32_t)(__builtin_popcount(ref->stated) + __builtin_popcount(ref->below));
    for (uint32_t i = 0; i < count; i++)
        i64(out, *values_at(book, ref->values + i));
}

static inline void list(Buffer *out, const Book *book, uint32_t first, uint32_t count) {
    u32(out, count);
    for (uint32_t i = 0; i < count; i++)
        u32(out, ROW(book, ListRow, TABLE_LIST, first + i)->number);
}

static inline void texts(Buffer *out, const Book *book, uint32_t first, uint32_t count) {
    u32(out, count);
    for (uint32_t i = 0; i < count; i++)
        kept(out, book, ROW(book, ListRow, TABLE_LIST, first + i)->number);
}

static inline void set(Buffer *out, const Book *book, uint32_t number) {
    const SetRow *row = ROW(book, SetRow, TABLE_SET, number);
    u32(out, row->count);
    for (uint32_t i = 0; i < row->count; i++)
        u32(out, *ROW(book, uint32_t, TABLE_SET_ITEM, row->first + i));
}

// tables_law.c: orders, inspections, technology, rule packs.
void law_row(Buffer *out, const Book *book, Table table, uint32_t row);
