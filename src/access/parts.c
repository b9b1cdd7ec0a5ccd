#include "access/parts.h"

#include "access/inside.h"
#include "base/encode.h"
#include "keeper/parts.h"

typedef struct PartAsked {
    uint8_t hash[32];
    Text text;
    uint8_t class_number;
    bool erased;
} PartAsked;

static bool find_part(Look *look, const void *asked, Buffer *out, Status *status) {
    (void)out;
    PartAsked *part = *(PartAsked *const *)asked;
    const Book *book = look->book;
    uint32_t row = intern_find(book->part_ids, (Text){(const char *)part->hash, 32});
    if (row == ROW_NONE) return not_found(status, "sealed part", part->text);
    const PartRow *at = ROW(book, PartRow, TABLE_PART, row);
    bool open = at->class_number == PART_OPEN && look->party != ROW_NONE;
    if (!open && !view_sees_party(look->view, book, at->party))
        return not_found(status, "sealed part", part->text);
    part->class_number = at->class_number;
    part->erased = at->erased_seq != UINT64_MAX;
    return true;
}

bool access_part(Access *access, const View *view, Text hash, Buffer *out, Status *status) {
    PartAsked part = {.text = hash}, *asked = &part;
    if (!hex_read(hash, part.hash, sizeof part.hash)) {
        status_set(status, STATUS_INVALID, "\"%.*s\" is no hash", TEXT_ARG(hash));
        return status_hint(status, "64 lower-case hexadecimal digits");
    }
    if (!look_answer(access, view, find_part, &asked, NULL, status)) return false;
    if (part.erased)
        return status_set(status, STATUS_NOT_FOUND, "this sealed part was erased, by an event");
    return parts_read(access_keeper(access), part.hash, part.class_number, out, status);
}
