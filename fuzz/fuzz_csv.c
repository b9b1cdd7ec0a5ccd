// Tables: what was read is written, and reads the same again.
#include <assert.h>

#include "codec/csv.h"

enum { BYTES_MAX = 1 << 22 };

// Whether a text comes back as it was: what a spreadsheet would take for a formula does not.
static bool is_plain(Text text) {
    return text.length == 0 || !memchr("=+-@\t\r", text.at[0], 6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Arena arena;
    arena_init(&arena, BYTES_MAX);
    Status status;
    Buffer out;
    buffer_init(&out, BYTES_MAX);
    CsvReader first, second;
    csv_init(&first, (Text){(const char *)data, size}, &arena);
    CsvWriter writer = csv_writer(&out);
    CsvNext next;
    while ((next = csv_next(&first, &status)) == CSV_ROW) {
        for (uint32_t i = 0; i < first.width; i++)
            csv_text(&writer, first.fields[i]);
        csv_row_end(&writer);
    }
    if (next == CSV_FAILED) assert(status.code != STATUS_OK && status.message[0]);
    if (next == CSV_END && !out.failed && out.length) {
        csv_init(&first, (Text){(const char *)data, size}, &arena);
        csv_init(&second, buffer_view(&out), &arena);
        while (csv_next(&first, &status) == CSV_ROW) {
            next = csv_next(&second, &status);
            assert(next == CSV_ROW && second.width == first.width);
            for (uint32_t i = 0; i < first.width; i++)
                assert(!is_plain(first.fields[i]) || text_equal(first.fields[i], second.fields[i]));
        }
        next = csv_next(&second, &status);
        assert(next == CSV_END);
    }
    uint32_t column;
    csv_init(&first, (Text){(const char *)data, size}, &arena);
    if (csv_header(&first, &status)) (void)!csv_column(&first, "net_kg", &column, &status);
    buffer_done(&out);
    arena_done(&arena);
    return 0;
}
