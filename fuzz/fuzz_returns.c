// A table of returns, or a workbook of them, examined whole: whatever it holds, no figure of the
// answer is no number.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "examine/reading.h"
#include "examine/report.h"
#include "workbook.h"

enum { ARENA_MAX = 1 << 28, OUT_MAX = 1 << 24 };

// Outside strings, JSON knows no nan and no inf, only null; within them, our names may have both.
static void has_numbers_only(Text json) {
    bool inside = false;
    static const char *const masses[] = {"_kg\":\"n", "_kg\":\"i", "_kg\":\"-n", "_kg\":\"-i"};
    for (size_t k = 0; k < sizeof masses / sizeof *masses; k++)
        if (json.length && memmem(json.at, json.length, masses[k], strlen(masses[k]))) abort();
    for (size_t i = 0; i < json.length; i++) {
        if (json.at[i] == '\\' && inside)
            i++;
        else if (json.at[i] == '"')
            inside = !inside;
        else if (!inside && json.length - i >= 4 && !memcmp(json.at + i, "null", 4))
            i += 3;
        else if (!inside && (json.at[i] == 'n' || json.at[i] == 'i'))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Arena arena;
    Buffer out;
    Status status;
    Reading reading;
    Returns returns;
    Examination examination;
    arena_init(&arena, ARENA_MAX);
    buffer_init(&out, OUT_MAX);
    status_clear(&status);
    reading_begin(&reading, &arena, &returns);
    reading.file = TEXT("table");
    Text bytes = {(const char *)data, size};
    Buffer made;
    bool well;
    buffer_init(&made, OUT_MAX);
    if (text_begins(bytes, TEXT("=== "))) { // the parts of a workbook
        workbook_of(bytes, &made);
        well = read_workbook(&reading, buffer_view(&made));
    } else {
        well = !utf8_is_valid(bytes) || read_table(&reading, bytes);
    }
    if (well && reading_end(&reading, &status) &&
        examine(&returns, EXAMINE_Q_DEFAULT, &arena, &examination, &status)) {
        examine_json(&examination, &out);
        has_numbers_only(buffer_view(&out));
        buffer_reset(&out);
        (void)!examine_page(&examination, TEXT("folder"), &arena, &out, &status);
    } else {
        assert(!well || (status.code != STATUS_OK && status.message[0]));
    }
    buffer_done(&made);
    buffer_done(&out);
    arena_done(&arena);
    return 0;
}
