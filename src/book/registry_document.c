// Sealed parts and documents: their hashes stand in the book, their bytes lie apart and are never
// read here. What replay reads never needs erasing; what may need erasing is never read by replay.
#include <assert.h>
#include <string.h>

#include "book/decide.h"

static Text hash_bytes(Text hex, uint8_t bytes[32]) {
    for (size_t i = 0; i < 32; i++) {
        unsigned char high = (unsigned char)hex.at[2 * i], low = (unsigned char)hex.at[2 * i + 1];
        bytes[i] = (uint8_t)(((high <= '9' ? high - '0' : high - 'a' + 10) << 4) |
                             (low <= '9' ? low - '0' : low - 'a' + 10));
    }
    return (Text){(const char *)bytes, 32};
}

uint32_t part_find(const Book *book, Text hex) {
    uint8_t bytes[32];
    return intern_find(book->part_ids, hash_bytes(hex, bytes));
}

static const PartRow *part_at(const Book *book, uint32_t row) {
    return row == ROW_NONE ? NULL : ROW(book, PartRow, TABLE_PART, row);
}

bool check_parts(Deciding *d) {
    const Event *e = d->event;
    for (uint32_t i = 0; i < event_part_count(e); i++) {
        const SealedPart *part = event_part(e, i);
        const PartRow *known = part_at(d->book, part_find(d->book, part->hash));
        if (!known) continue;
        bool erased = known->erased_seq != UINT64_MAX;
        if (!erased && known->class_number == part->class_number) continue;
        VerdictCode code = erased ? CODE_PART_ERASED : CODE_PART_CLASS;
        if (i < e->sealed_count) return refuse(d, code, "/sealed/%u/hash", i);
        return refuse(d, code, e->kind == EVENT_DOCUMENT ? "/hash" : "/replacement/sealed");
    }
    return true;
}

// ---- Documents ----

static bool is_foreigners_friend(const Deciding *d) {
    unsigned roles = party_latest(d->book, d->party)->roles;
    return roles & (PARTY_AUTHORITY | PARTY_LABORATORY | PARTY_CUSTOMS | PARTY_AUDITOR);
}

// Whether the subject is there, and the party's own; who certifies others' goods may name them.
static bool may_belong(const Deciding *d, const DocumentSubject *subject) {
    const Book *book = d->book;
    Text id = subject->id, party, local;
    uint32_t row, owner = ROW_NONE;
    switch (subject->kind) {
    case SUBJECT_PARTY:
        row = owner = intern_find(book->party_ids, id);
        if (!party_latest(book, row)) return false;
        break;
    case SUBJECT_FACILITY: {
        const FacilityVersion *version = facility_latest(book, intern_find(book->facility_ids, id));
        if (!version) return false;
        owner = version->holder;
        break;
    }
    case SUBJECT_LICENCE: {
        const LicenceVersion *version = licence_latest(book, intern_find(book->licence_ids, id));
        if (!version) return false;
        owner = version->holder;
        break;
    }
    case SUBJECT_LOT:
        row = intern_find(book->lot_ids, id);
        if (row == ROW_NONE) return false;
        owner = lot_at(book, row)->party;
        break;
    case SUBJECT_CONSIGNMENT:
        row = intern_find(book->consignment_ids, id);
        if (row == ROW_NONE) return false;
        owner = ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, row)->from_party;
        break;
    case SUBJECT_DEVICE:
        if (intern_find(book->device_ids, id) == ROW_NONE) return false;
        owner = intern_find(book->party_ids, scoped_id_party(id));
        break;
    case SUBJECT_EVENT:
        if (!text_split(id, ':', &party, &local)) return false;
        owner = intern_find(book->party_ids, party);
        if (book_event_find(book, party, local) == UINT64_MAX) return false;
        break;
    default:
        return false;
    }
    return owner == d->party || is_foreigners_friend(d);
}

bool document_decide(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    if (e->kind == EVENT_ERASE) {
        for (uint32_t i = 0; i < e->erase_count; i++) {
            const PartRow *part = part_at(book, part_find(book, e->erases[i]));
            if (!part || (part->party != d->party && !d->by_authority))
                return refuse(d, CODE_UNKNOWN_PART, "/parts/%u", i);
            if (part->erased_seq != UINT64_MAX) return refuse(d, CODE_PART_ERASED, "/parts/%u", i);
        }
        return true;
    }
    if (!text_equal(scoped_id_party(e->subject), e->party))
        return refuse(d, CODE_FOREIGN_ID, "/document");
    if (intern_find(book->document_ids, e->subject) != ROW_NONE)
        return refuse(d, CODE_EXISTS, "/document");
    for (uint32_t i = 0; i < e->belong_count; i++)
        if (!may_belong(d, &e->belongs[i]))
            return refuse(d, CODE_UNKNOWN_SUBJECT, "/belongs/%u/id", i);
    return true;
}

// ---- What goes into the tables ----

void parts_apply(Book *book, const Event *e, uint32_t party, uint64_t seq) {
    uint32_t row;
    for (uint32_t i = 0; i < event_part_count(e); i++) {
        const SealedPart *part = event_part(e, i);
        uint8_t bytes[32];
        uint32_t number = name_put(book, book->part_ids, hash_bytes(part->hash, bytes));
        if (number != book_count(book, TABLE_PART)) continue; // the same part once more
        PartRow *made = row_new(book, TABLE_PART, &row);
        *made = (PartRow){.party = party,
                          .class_number = part->class_number,
                          .seq = seq,
                          .erased_seq = UINT64_MAX};
        memcpy(made->hash, bytes, sizeof bytes);
    }
}

void document_apply(Book *book, const Event *e, uint64_t seq) {
    uint32_t row, party = intern_find(book->party_ids, e->party);
    if (e->kind == EVENT_ERASE) {
        for (uint32_t i = 0; i < e->erase_count; i++) {
            uint32_t part = part_find(book, e->erases[i]);
            if (part != ROW_NONE) TOUCH(book, PartRow, TABLE_PART, part)->erased_seq = seq;
        }
        return;
    }
    parts_apply(book, e, party, seq); // its own is looked up below
    uint32_t first = book_count(book, TABLE_DOCUMENT_SUBJECT);
    for (uint32_t i = 0; i < e->belong_count; i++) {
        DocumentSubjectRow *subject = row_new(book, TABLE_DOCUMENT_SUBJECT, &row);
        *subject =
            (DocumentSubjectRow){(uint8_t)e->belongs[i].kind, text_put(book, e->belongs[i].id)};
    }
    uint32_t number = name_put(book, book->document_ids, e->subject);
    DocumentRow *document = row_new(book, TABLE_DOCUMENT, &row);
    assert(row == number);
    (void)number;
    *document = (DocumentRow){.party = party,
                              .part = part_find(book, e->part.hash),
                              .media = text_put(book, e->media),
                              .first_subject = first,
                              .subject_count = e->belong_count,
                              .type = (uint8_t)e->document_type,
                              .size = e->size,
                              .seq = seq};
}

uint32_t book_part_count(const Book *book) {
    return book_count(book, TABLE_PART);
}

BookPart book_part(const Book *book, uint32_t row) {
    const PartRow *part = ROW(book, PartRow, TABLE_PART, row);
    return (BookPart){part->hash, part->class_number, part->erased_seq != UINT64_MAX};
}
