// A workbook made of its parts' text, for tests and fuzzing: a ZIP archive that stores them as they
// are, so that what is wrong with it is in the XML. Parts stand one behind the other, each after a
// line `=== NAME`.
#pragma once
#include "base/buffer.h"
#include "base/text.h"

static inline uint32_t workbook_crc(Text bytes) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.length; i++) {
        crc ^= (uint8_t)bytes.at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static inline void workbook_put(Buffer *out, int bytes, size_t value) {
    for (int i = 0; i < bytes; i++)
        buffer_u8(out, (uint8_t)(value >> 8 * i));
}

// What the header of a part and its line in the directory have in common.
static inline void workbook_describe(Buffer *out, Text name, Text content) {
    workbook_put(out, 2, 20); // version
    workbook_put(out, 4, 0);  // flags, stored
    workbook_put(out, 4, 0x5821u << 16);
    workbook_put(out, 4, workbook_crc(content));
    workbook_put(out, 4, content.length);
    workbook_put(out, 4, content.length);
    workbook_put(out, 2, name.length);
    workbook_put(out, 2, 0);
}

static inline void workbook_of(Text parts, Buffer *out) {
    Buffer directory;
    buffer_init(&directory, 1 << 24);
    size_t count = 0;
    for (Text rest = parts; text_begins(rest, TEXT("=== "));) {
        Text name, content;
        rest = (Text){rest.at + 4, rest.length - 4};
        if (!text_split(rest, '\n', &name, &rest)) break;
        const char *next = memmem(rest.at, rest.length, "\n=== ", 5);
        content = (Text){rest.at, next ? (size_t)(next - rest.at) : rest.length};
        rest = next ? (Text){next + 1, rest.length - content.length - 1} : (Text){"", 0};
        if (name.length > 200) break;
        workbook_put(&directory, 4, 0x02014b50);
        workbook_put(&directory, 2, 20);
        workbook_describe(&directory, name, content);
        workbook_put(&directory, 2, 0); // comment
        workbook_put(&directory, 4, 0); // disk, attributes
        workbook_put(&directory, 4, 0);
        workbook_put(&directory, 4, out->length);
        buffer_text(&directory, name);
        workbook_put(out, 4, 0x04034b50);
        workbook_describe(out, name, content);
        buffer_text(out, name);
        buffer_text(out, content);
        count++;
    }
    size_t at = out->length;
    buffer_text(out, buffer_view(&directory));
    workbook_put(out, 4, 0x06054b50);
    workbook_put(out, 4, 0);
    workbook_put(out, 2, count);
    workbook_put(out, 2, count);
    workbook_put(out, 4, directory.length);
    workbook_put(out, 4, at);
    workbook_put(out, 2, 0);
    buffer_done(&directory);
}
