// Filters, cursors and ids as somebody asks with them: an answer is JSON and the same when asked
// again, a refusal has its reason. The fields stand on a line each.
#include "access/facilities.h"
#include "access/lots.h"
#include "access/records.h"
#include "codec/json.h"
#include "story.h"

enum { FIELDS = 16, ANSWER_BYTES = 16 << 20 };

static Access *access;
static View view;
static Buffer first, second;

static void begin(void) {
    Status status;
    Keeper *keeper = story_keeper();
    story_must((access = access_open(keeper, &status)), "no access");
    view = view_operator(keeper);
    buffer_init(&first, ANSWER_BYTES);
    buffer_init(&second, ANSWER_BYTES);
}

static bool ask(unsigned what, const Text f[FIELDS], Buffer *out, Status *status) {
    Page page = {.cursor = f[0], .limit = f[1].length ? (unsigned char)f[1].at[0] : 0};
    LotsAsked lots = {f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9]};
    RecordsAsked records = {f[2], f[3], f[4], f[5], f[6], f[7]};
    buffer_reset(out);
    switch (what % 5) {
    case 0:
        return access_lots(access, &view, &lots, &page, out, status);
    case 1:
        return access_records(access, &view, &records, &page, out, status);
    case 2:
        return access_lot(access, &view, f[2], out, status);
    case 3:
        return access_facility(access, &view, f[2], out, status);
    default:
        return access_facilities(access, &view, &page, out, status);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!access) begin();
    if (size == 0) return 0;
    Text fields[FIELDS] = {{"", 0}}, rest = {(const char *)data + 1, size - 1};
    for (unsigned i = 0; i < FIELDS; i++) {
        fields[i] = (Text){"", 0};
        if (!text_split(rest, '\n', &fields[i], &rest)) {
            fields[i] = rest;
            rest = (Text){"", 0};
        }
    }
    Status status;
    status_clear(&status);
    bool good = ask(data[0], fields, &first, &status);
    story_must(good || (status.code != STATUS_OK && status.message[0]), "refused without a reason");
    if (!good) return 0;
    Json json;
    json_init(&json, 1000000);
    story_must(json_read(&json, buffer_view(&first), &status), "the answer is no JSON");
    json_done(&json);
    story_must(ask(data[0], fields, &second, &status) &&
                   text_equal(buffer_view(&first), buffer_view(&second)),
               "another answer");
    return 0;
}
