// Effects at the border: declarations, what they reserve and draw of permits, imports.
#include "book/effect_read.h"

static bool read_words(Book *book, Reader *r, uint32_t *text) {
    size_t length = read_u8(r);
    const uint8_t *at = read_bytes(r, length);
    if (r->failed) return false;
    *text = text_put(book, (Text){(const char *)at, length});
    return true;
}

bool apply_declaration(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t consignment = read_u32(r), office = read_u32(r), party = read_u32(r), row;
    Day day = (Day)read_u32(r);
    uint8_t free_of_permits = read_u8(r);
    int64_t net = read_i64(r), reo = read_i64(r);
    uint32_t country, user, code;
    if (!read_words(book, r, &country) || !read_words(book, r, &user) ||
        !read_words(book, r, &code) || !is_row(book, TABLE_CONSIGNMENT, consignment) ||
        !is_row(book, TABLE_FACILITY, office) || !is_row(book, TABLE_PARTY, party))
        return misfit(status, "declaration");
    *ROW_NEW(book, DeclarationRow, TABLE_DECLARATION, &row) =
        (DeclarationRow){.seq = a->seq,
                         .settled_by = UINT64_MAX,
                         .consignment = consignment,
                         .office = office,
                         .party = party,
                         .country = country,
                         .user = user,
                         .customs_code = code,
                         .first_line = book_count(book, TABLE_DECLARATION_PERMIT),
                         .day = day,
                         .status = DECLARED,
                         .free = free_of_permits,
                         .net_mg = net,
                         .reo_mg = reo};
    TOUCH(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment)->declaration = row;
    return true;
}

bool apply_permit_line(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t declaration = read_u32(r), permit = read_u32(r), row;
    int64_t mg = read_i64(r);
    if (r->failed || !is_row(book, TABLE_DECLARATION, declaration) ||
        !is_row(book, TABLE_PERMIT, permit) || mg < 0)
        return misfit(status, "permit_line");
    *ROW_NEW(book, DeclarationPermit, TABLE_DECLARATION_PERMIT, &row) =
        (DeclarationPermit){declaration, permit, mg};
    TOUCH(book, DeclarationRow, TABLE_DECLARATION, declaration)->line_count++;
    PermitRow *at = TOUCH(book, PermitRow, TABLE_PERMIT, permit);
    return i64_add(at->reserved_mg, mg, &at->reserved_mg) || misfit(status, "permit_line");
}

bool apply_settled(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t row = read_u32(r);
    uint8_t outcome = read_u8(r);
    if (r->failed || !is_row(book, TABLE_DECLARATION, row) || outcome <= DECLARED ||
        outcome > DECLARATION_WITHDRAWN ||
        ROW(book, DeclarationRow, TABLE_DECLARATION, row)->status != DECLARED)
        return misfit(status, "settled");
    DeclarationRow *at = TOUCH(book, DeclarationRow, TABLE_DECLARATION, row);
    at->status = outcome;
    at->settled_by = a->seq;
    for (uint32_t i = 0; i < at->line_count; i++) {
        const DeclarationPermit *line =
            ROW(book, DeclarationPermit, TABLE_DECLARATION_PERMIT, at->first_line + i);
        PermitRow *permit = TOUCH(book, PermitRow, TABLE_PERMIT, line->permit);
        permit->reserved_mg -= line->mg;
        if (outcome != DECLARATION_CLEARED) continue;
        // A permit for one export is used up by it, whatever is left.
        permit->used = 1;
        if (!i64_add(permit->drawn_mg, line->mg, &permit->drawn_mg))
            return misfit(status, "settled");
    }
    return true;
}

bool apply_imported(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t lot = read_u32(r), country, declaration, other, passport, row;
    if (r->failed || !is_row(book, TABLE_LOT, lot) || !read_words(book, r, &country) ||
        !read_words(book, r, &declaration) || !read_words(book, r, &other) ||
        !read_words(book, r, &passport))
        return misfit(status, "imported");
    *ROW_NEW(book, ImportRow, TABLE_IMPORT, &row) =
        (ImportRow){a->seq, lot, country, declaration, other, passport, ROW_NONE};
    return true;
}

bool apply_came_back(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t declaration = read_u32(r), last = book_count(book, TABLE_IMPORT);
    if (r->failed || !is_row(book, TABLE_DECLARATION, declaration) || last == 0 ||
        ROW(book, ImportRow, TABLE_IMPORT, last - 1)->seq != a->seq)
        return misfit(status, "came_back");
    TOUCH(book, ImportRow, TABLE_IMPORT, last - 1)->came_back_of = declaration;
    return true;
}
