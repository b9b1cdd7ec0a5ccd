#include "balance/from_book_owners.h"

#include "base/intern.h"
#include "book/book.h"
#include "book/state.h"

static Text facility_of(const Book *book, Text party) {
    uint32_t holder = intern_find(book->party_ids, party);
    for (uint32_t row = 0; holder != ROW_NONE && row < book_count(book, TABLE_FACILITY); row++) {
        const FacilityVersion *version = facility_version(book, row, DAY_LAST);
        if (version && version->holder == holder) return intern_text(book->facility_ids, row);
    }
    return (Text){"", 0};
}

bool book_owners_read(const struct Book *book, Arena *arena, BookOwners *owners, Status *status) {
    uint32_t groups = intern_count(book->group_keys);
    BookOwners o = {.group_count = groups};
    o.owner = arena_take_zero(arena, (size_t)groups + 1, sizeof *o.owner);
    o.of_group = arena_take_zero(arena, (size_t)groups + 1, sizeof *o.of_group);
    if (!o.owner || !o.of_group) return status_no_memory(status);
    for (uint32_t g = 0; g < groups; g++) {
        // A kind, the laboratory or device, and behind a zero byte the method.
        Text key = intern_text(book->group_keys, g);
        bool device = key.length > 1 && key.at[0] == 'd';
        o.of_group[g] = OWNER_NONE;
        if (key.length < 2 || (!device && key.at[0] != 'l')) continue;
        Text name = {key.at + 1, 0};
        while (name.length + 1 < key.length && name.at[name.length])
            name.length++;
        size_t at = 0;
        while (at < o.count &&
               (o.owner[at].device != device || !text_equal(o.owner[at].name, name)))
            at++;
        if (at == o.count)
            o.owner[o.count++] =
                (BookOwner){name, device, device ? (Text){"", 0} : facility_of(book, name)};
        o.of_group[g] = (uint32_t)at;
    }
    *owners = o;
    return true;
}
