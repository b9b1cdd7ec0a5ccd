// The rows that the digest is made of, little-endian, text as u16 length and bytes, references as
// u32 row numbers (docs/format.md, "Digest tables"). Without recorded times, salts, principals.
#include <assert.h>
#include <string.h>

#include "book/tables_write.h"

static void measurement(Buffer *out, const Book *book, uint32_t number) {
    const MeasurementRow *row = measurement_at(book, number);
    u8(out, row->kind);
    text(out, row->group == GROUP_NONE ? (Text){"", 0} : intern_text(book->group_keys, row->group));
    i64(out, row->net);
    u32(out, row->mask);
    unsigned count = (unsigned)__builtin_popcount(row->mask);
    for (unsigned i = 0; i < count; i++)
        i64(out, measurement_u(book, row, i));
    for (unsigned i = 0; i < count; i++)
        i64(out, measurement_s(book, row, i));
}

static void terms(Buffer *out, const Book *book, uint32_t first, uint32_t count) {
    u32(out, count);
    for (uint32_t i = 0; i < count; i++) {
        const TermRow *row = ROW(book, TermRow, TABLE_TERM, first + i);
        i64(out, row->mg);
        measurement(out, book, row->measurement);
    }
}

static void party_version_row(Buffer *out, const Book *book, uint32_t row) {
    const PartyVersion *at = ROW(book, PartyVersion, TABLE_PARTY_VERSION, row);
    u32(out, at->party);
    u32(out, at->previous);
    u32(out, at->group);
    kept(out, book, at->name);
    kept(out, book, at->name_zh);
    u32(out, at->roles);
    i32(out, at->effective);
    i32(out, at->from);
    i32(out, at->to);
}

static void facility_version_row(Buffer *out, const Book *book, uint32_t row) {
    const FacilityVersion *at = ROW(book, FacilityVersion, TABLE_FACILITY_VERSION, row);
    u32(out, at->facility);
    u32(out, at->previous);
    u32(out, at->holder);
    kept(out, book, at->name);
    kept(out, book, at->name_zh);
    kept(out, book, at->country);
    kept(out, book, at->place);
    u32(out, at->activities);
    i32(out, at->offset_minutes);
    i32(out, at->effective);
    i32(out, at->from);
    i32(out, at->to);
}

static void licence_version_row(Buffer *out, const Book *book, uint32_t row) {
    const LicenceVersion *at = ROW(book, LicenceVersion, TABLE_LICENCE_VERSION, row);
    u32(out, at->licence);
    u32(out, at->previous);
    u32(out, at->holder);
    u32(out, at->facility);
    u8(out, at->activity);
    u8(out, at->status);
    i32(out, at->effective);
    i32(out, at->from);
    i32(out, at->to);
    list(out, book, at->sources, at->source_count);
    list(out, book, at->materials, at->material_count);
    list(out, book, at->requirements, at->requirement_count);
    u32(out, at->documents);
    u32(out, at->document_count);
    u32(out, at->areas);
    u32(out, at->area_count);
    kept(out, book, at->number);
    u32(out, at->permit_terms);
}

static void licence_document_row(Buffer *out, const Book *book, uint32_t row) {
    const LicenceDocumentRow *at = ROW(book, LicenceDocumentRow, TABLE_LICENCE_DOCUMENT, row);
    u8(out, at->kind);
    kept(out, book, at->number);
    kept(out, book, at->hash);
    i32(out, at->from);
    i32(out, at->to);
}

static void licence_area_row(Buffer *out, const Book *book, uint32_t row) {
    const LicenceAreaRow *at = ROW(book, LicenceAreaRow, TABLE_LICENCE_AREA, row);
    kept(out, book, at->area);
    kept(out, book, at->boundary);
    kept(out, book, at->says);
}

static void suspension_row(Buffer *out, const Book *book, uint32_t row) {
    const SuspensionRow *at = ROW(book, SuspensionRow, TABLE_SUSPENSION, row);
    u32(out, at->licence);
    u64(out, at->seq);
    kept(out, book, at->reason);
    i32(out, at->from);
    i32(out, at->to);
}

static void pool_row(Buffer *out, const Book *book, uint32_t row) {
    const PoolRow *at = pool_at(book, row);
    text(out, intern_text(book->pool_ids, row));
    u32(out, at->facility);
    kept(out, book, at->name);
    u8(out, at->activity);
    u8(out, at->class_of_ore);
    u32(out, at->stated);
    u32(out, at->whole);
    vector(out, at->content);
    vector(out, at->in);
    vector(out, at->bound_in);
    vector(out, at->out);
    vector(out, at->gain);
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        u64(out, (uint64_t)at->random[c]);
        u64(out, (uint64_t)(at->random[c] >> 64));
    }
    for (uint32_t g = at->first_group; g != ROW_NONE;) {
        const PoolGroupRow *group = ROW(book, PoolGroupRow, TABLE_POOL_GROUP, g);
        text(out, intern_text(book->group_keys, group->group));
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            u64(out, (uint64_t)(u128)group->sum[c]);
            u64(out, (uint64_t)((u128)group->sum[c] >> 64));
        }
        g = group->next;
    }
}

static void lot_row(Buffer *out, const Book *book, uint32_t row) {
    const Lot *at = lot_at(book, row);
    text(out, intern_text(book->lot_ids, row));
    u32(out, at->material);
    u32(out, at->party);
    u32(out, at->facility);
    u32(out, at->consignment);
    u8(out, at->basis);
    u8(out, at->custody);
    u8(out, at->state);
    u8(out, at->flags);
    u64(out, operation_at(book, at->operation)->seq);
    u64(out, at->changed);
    i64(out, at->born_net);
    content(out, book, &at->born);
    i64(out, at->start_net);
    i64(out, at->taken);
    content(out, book, &at->start);
    set(out, book, at->set);
    u32(out, at->facet_count);
    for (unsigned i = 0; i < at->facet_count; i++) {
        const FacetRow *facet = ROW(book, FacetRow, TABLE_FACET, at->facets + i);
        u8(out, facet->kind);
        u32(out, facet->key);
        values(out, book, facet->mask, facet->values, 1);
    }
    terms(out, book, at->terms, at->term_count);
    u32(out, at->owner);
    u32(out, at->packing);
    i64(out, at->pieces);
    u8(out, at->turned_back);
}

static void write_row(Buffer *out, const Book *book, Table table, uint32_t row) {
    switch (table) {
    case TABLE_PARTY:
        text(out, intern_text(book->party_ids, row));
        u32(out, ROW(book, PartyRow, TABLE_PARTY, row)->last_version);
        break;
    case TABLE_PARTY_VERSION:
        party_version_row(out, book, row);
        break;
    case TABLE_FACILITY:
        text(out, intern_text(book->facility_ids, row));
        u32(out, ROW(book, FacilityRow, TABLE_FACILITY, row)->last_version);
        u32(out, ROW(book, FacilityRow, TABLE_FACILITY, row)->closed);
        break;
    case TABLE_FACILITY_VERSION:
        facility_version_row(out, book, row);
        break;
    case TABLE_LICENCE:
        text(out, intern_text(book->licence_ids, row));
        u32(out, ROW(book, LicenceRow, TABLE_LICENCE, row)->last_version);
        u32(out, ROW(book, LicenceRow, TABLE_LICENCE, row)->permit);
        break;
    case TABLE_LICENCE_VERSION:
        licence_version_row(out, book, row);
        break;
    case TABLE_MATERIAL: {
        const MaterialRow *at = material_at(book, row);
        text(out, intern_text(book->material_ids, row));
        kept(out, book, at->name);
        kept(out, book, at->name_zh);
        kept(out, book, at->form);
        u8(out, at->registered);
        u8(out, at->stage);
        u8(out, at->class_of_ore);
        u8(out, at->has_moisture);
        i32(out, at->moisture_ppb);
        u32(out, at->expects);
        u8(out, at->has_permits);
        u8(out, at->permits);
        break;
    }
    case TABLE_DEPOSIT: {
        const DepositRow *at = ROW(book, DepositRow, TABLE_DEPOSIT, row);
        text(out, intern_text(book->deposit_ids, row));
        kept(out, book, at->name);
        kept(out, book, at->country);
        u8(out, at->class_of_ore);
        u8(out, at->has_reserve);
        i64(out, at->reserve_mg);
        i64(out, at->drawn_mg);
        values(out, book, at->reference_mask, at->reference, 2);
        break;
    }
    case TABLE_SOURCE: {
        const SourceRow *at = ROW(book, SourceRow, TABLE_SOURCE, row);
        text(out, intern_text(book->source_ids, row));
        u32(out, at->deposit);
        u32(out, at->licence);
        kept(out, book, at->name);
        u8(out, at->registered);
        break;
    }
    case TABLE_INSTRUMENT: {
        const InstrumentRow *at = ROW(book, InstrumentRow, TABLE_INSTRUMENT, row);
        text(out, intern_text(book->instrument_ids, row));
        u32(out, at->first);
        u32(out, at->count);
        kept(out, book, at->notice);
        u16(out, at->year);
        u8(out, at->ledger);
        u8(out, at->class_of_ore);
        u8(out, at->visibility);
        i32(out, at->date);
        i32(out, at->pass_down);
        u64(out, at->seq);
        u32(out, at->issuer);
        u32(out, at->draft);
        break;
    }
    case TABLE_ALLOTMENT:
    case TABLE_DRAFT_ALLOTMENT: {
        const AllotmentRow *at = ROW(book, AllotmentRow, table, row);
        u32(out, at->instrument);
        u32(out, at->holder);
        u32(out, at->under);
        u8(out, at->replaced);
        i64(out, at->mg);
        break;
    }
    case TABLE_NODE: {
        const NodeRow *at = node_at(book, row);
        u32(out, at->holder);
        u32(out, at->under);
        u16(out, at->year);
        u8(out, at->ledger);
        u8(out, at->class_of_ore);
        u8(out, at->named);
        u32(out, at->advance_cause);
        i64(out, at->allotted_mg);
        i64(out, at->drawn_mg);
        break;
    }
    case TABLE_CAUSE: {
        const CauseRow *at = cause_at(book, row);
        u64(out, at->number);
        u16(out, at->code);
        u8(out, at->status);
        u64(out, at->closed_by);
        break;
    }
    case TABLE_POOL:
        pool_row(out, book, row);
        break;
    case TABLE_POOL_SET: {
        const PoolSetRow *at = ROW(book, PoolSetRow, TABLE_POOL_SET, row);
        u32(out, at->pool);
        set(out, book, at->set);
        vector(out, at->mg);
        break;
    }
    case TABLE_POOL_FACET: {
        const PoolFacetRow *at = ROW(book, PoolFacetRow, TABLE_POOL_FACET, row);
        u32(out, at->pool);
        u8(out, at->kind);
        u32(out, at->key);
        vector(out, at->mg);
        break;
    }
    case TABLE_LOT:
        lot_row(out, book, row);
        break;
    case TABLE_CONSIGNMENT: {
        const ConsignmentRow *at = ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, row);
        text(out, intern_text(book->consignment_ids, row));
        u32(out, at->from_party);
        u32(out, at->from_facility);
        u32(out, at->to_facility);
        u8(out, at->shipped);
        u8(out, at->title);
        kept(out, book, at->carrier);
        kept(out, book, at->seal);
        i32(out, at->expected);
        u32(out, at->returns);
        u32(out, at->declaration);
        break;
    }
    case TABLE_POSTING: {
        const PostingRow *at = ROW(book, PostingRow, TABLE_POSTING, row);
        u64(out, at->seq);
        u32(out, at->facility);
        u32(out, at->lot);
        u32(out, at->pool);
        u32(out, at->month);
        u8(out, at->reason);
        i64(out, at->net);
        values(out, book, at->mask, at->values, 1);
        terms(out, book, at->terms, at->term_count);
        break;
    }
    case TABLE_ACCOUNT: {
        const AccountRow *at = ROW(book, AccountRow, TABLE_ACCOUNT, row);
        u32(out, at->facility);
        u32(out, at->month);
        u32(out, at->stated);
        for (uint32_t i = 0; i < ACCOUNT_VALUES; i++)
            i64(out, *values_at(book, at->values + i));
        break;
    }
    case TABLE_MONTH_RETURN: {
        const MonthReturn *at = ROW(book, MonthReturn, TABLE_MONTH_RETURN, row);
        u64(out, at->seq);
        u32(out, at->facility);
        u32(out, at->month);
        u16(out, at->amended);
        u8(out, at->late);
        break;
    }
    case TABLE_POOL_OWNER: {
        const PoolOwnerRow *at = ROW(book, PoolOwnerRow, TABLE_POOL_OWNER, row);
        u32(out, at->pool);
        u32(out, at->owner);
        vector(out, at->mg);
        break;
    }
    case TABLE_PACKING: {
        const PackingRow *at = ROW(book, PackingRow, TABLE_PACKING, row);
        u64(out, at->seq);
        u32(out, at->lot);
        u32(out, at->first_package);
        u32(out, at->package_count);
        list(out, book, at->origins, at->origin_count);
        u8(out, at->opened);
        break;
    }
    case TABLE_PERMIT_TERMS: {
        const PermitTermsRow *at = ROW(book, PermitTermsRow, TABLE_PERMIT_TERMS, row);
        u8(out, at->kind);
        u8(out, at->type);
        u8(out, at->measure);
        kept(out, book, at->user);
        u32(out, at->country_count);
        for (uint32_t i = 0; i < at->country_count; i++)
            kept(out, book, ROW(book, ListRow, TABLE_LIST, at->countries + i)->number);
        u8(out, at->has_quantity);
        i64(out, at->quantity);
        break;
    }
    case TABLE_PERMIT: {
        const PermitRow *at = ROW(book, PermitRow, TABLE_PERMIT, row);
        u32(out, at->licence);
        u8(out, at->used);
        i64(out, at->reserved_mg);
        i64(out, at->drawn_mg);
        break;
    }
    case TABLE_DECLARATION: {
        const DeclarationRow *at = ROW(book, DeclarationRow, TABLE_DECLARATION, row);
        u64(out, at->seq);
        u64(out, at->settled_by);
        u32(out, at->consignment);
        u32(out, at->office);
        u32(out, at->party);
        kept(out, book, at->country);
        kept(out, book, at->user);
        kept(out, book, at->customs_code);
        i32(out, at->day);
        u8(out, at->status);
        u8(out, at->free);
        i64(out, at->net_mg);
        i64(out, at->reo_mg);
        break;
    }
    case TABLE_DECLARATION_PERMIT: {
        const DeclarationPermit *at = ROW(book, DeclarationPermit, TABLE_DECLARATION_PERMIT, row);
        u32(out, at->declaration);
        u32(out, at->permit);
        i64(out, at->mg);
        break;
    }
    case TABLE_IMPORT: {
        const ImportRow *at = ROW(book, ImportRow, TABLE_IMPORT, row);
        u64(out, at->seq);
        u32(out, at->lot);
        kept(out, book, at->country);
        kept(out, book, at->declaration);
        kept(out, book, at->book);
        kept(out, book, at->passport);
        u32(out, at->came_back_of);
        break;
    }
    case TABLE_PACKAGE: {
        const PackageRow *at = ROW(book, PackageRow, TABLE_PACKAGE, row);
        text(out, intern_text(book->package_ids, row));
        u32(out, at->packing);
        i64(out, at->net);
        i64(out, at->gross);
        i64(out, at->tare);
        kept(out, book, at->seal);
        kept(out, book, at->form);
        break;
    }
    case TABLE_USER: {
        const UserRow *at = ROW(book, UserRow, TABLE_USER, row);
        text(out, intern_text(book->user_ids, row));
        u32(out, at->party);
        u32(out, at->roles);
        i32(out, at->from);
        i32(out, at->to);
        break;
    }
    case TABLE_DELEGATION: {
        const DelegationRow *at = ROW(book, DelegationRow, TABLE_DELEGATION, row);
        text(out, intern_text(book->delegation_ids, row));
        u32(out, at->delegator);
        u32(out, at->party);
        u32(out, at->user);
        u64(out, at->kinds);
        list(out, book, at->facilities, at->facility_count);
        i32(out, at->from);
        i32(out, at->to);
        break;
    }
    case TABLE_DEVICE:
        text(out, intern_text(book->device_ids, row));
        u32(out, ROW(book, DeviceRow, TABLE_DEVICE, row)->last_version);
        break;
    case TABLE_DEVICE_VERSION: {
        const DeviceVersion *at = ROW(book, DeviceVersion, TABLE_DEVICE_VERSION, row);
        u32(out, at->device);
        u32(out, at->previous);
        u32(out, at->facility);
        u8(out, at->kind);
        i32(out, at->effective);
        i32(out, at->from);
        i32(out, at->to);
        break;
    }
    case TABLE_CALIBRATION: {
        const CalibrationRow *at = ROW(book, CalibrationRow, TABLE_CALIBRATION, row);
        u32(out, at->device);
        u32(out, at->laboratory);
        kept(out, book, at->certificate);
        i32(out, at->date);
        i32(out, at->until);
        break;
    }
    case TABLE_KEY: {
        const KeyRow *at = ROW(book, KeyRow, TABLE_KEY, row);
        buffer_bytes(out, at->key, sizeof at->key);
        u32(out, at->holder);
        i32(out, at->from);
        i32(out, at->to);
        u64(out, at->from_seq);
        u64(out, at->revoked_seq);
        u32(out, at->replaced_by);
        i64(out, at->suspect_since);
        break;
    }
    case TABLE_LICENCE_DOCUMENT:
        licence_document_row(out, book, row);
        break;
    case TABLE_LICENCE_AREA:
        licence_area_row(out, book, row);
        break;
    case TABLE_SUSPENSION:
        suspension_row(out, book, row);
        break;
    case TABLE_ORDER:
    case TABLE_CASE:
    case TABLE_CASE_VERSION:
    case TABLE_TIP:
    case TABLE_TECHNOLOGY:
    case TABLE_TECHNOLOGY_VERSION:
    case TABLE_STEP_PERMIT:
    case TABLE_DISCLOSURE:
    case TABLE_PACK:
    case TABLE_PACK_VERSION:
        law_row(out, book, table, row);
        break;
    case TABLE_AWAITING: {
        const AwaitingRow *at = ROW(book, AwaitingRow, TABLE_AWAITING, row);
        u64(out, at->seq);
        u64(out, at->closed_by);
        u32(out, at->party);
        u8(out, at->kind);
        u8(out, at->status);
        u8(out, at->who);
        u8(out, at->whole);
        buffer_bytes(out, at->hash, sizeof at->hash);
        break;
    }
    case TABLE_PART: {
        const PartRow *at = ROW(book, PartRow, TABLE_PART, row);
        buffer_bytes(out, at->hash, sizeof at->hash);
        u8(out, at->class_number);
        u32(out, at->party);
        u64(out, at->seq);
        u64(out, at->erased_seq);
        break;
    }
    case TABLE_DOCUMENT: {
        const DocumentRow *at = ROW(book, DocumentRow, TABLE_DOCUMENT, row);
        text(out, intern_text(book->document_ids, row));
        u32(out, at->party);
        u32(out, at->part);
        u8(out, at->type);
        u64(out, at->size);
        kept(out, book, at->media);
        u64(out, at->seq);
        u32(out, at->subject_count);
        for (uint32_t i = 0; i < at->subject_count; i++) {
            const DocumentSubjectRow *subject =
                ROW(book, DocumentSubjectRow, TABLE_DOCUMENT_SUBJECT, at->first_subject + i);
            u8(out, subject->kind);
            kept(out, book, subject->id);
        }
        break;
    }
    case TABLE_DRAFT: {
        const DraftRow *at = ROW(book, DraftRow, TABLE_DRAFT, row);
        text(out, intern_text(book->draft_ids, row));
        u32(out, at->first);
        u32(out, at->count);
        u32(out, at->instrument);
        kept(out, book, at->notice);
        u16(out, at->year);
        u8(out, at->ledger);
        u8(out, at->class_of_ore);
        u8(out, at->visibility);
        i32(out, at->date);
        i32(out, at->until);
        u64(out, at->seq);
        break;
    }
    case TABLE_OPINION: {
        const OpinionRow *at = ROW(book, OpinionRow, TABLE_OPINION, row);
        u64(out, at->seq);
        u32(out, at->draft);
        u32(out, at->party);
        kept(out, book, at->paper);
        kept(out, book, at->note);
        i64(out, at->wish_mg);
        u8(out, at->position);
        u8(out, at->late);
        break;
    }
    default:
        assert(false);
    }
}

uint32_t book_table_rows(const Book *book, unsigned table) {
    assert(table >= 1 && table <= BOOK_TABLE_COUNT);
    return book_count(book, (Table)table);
}

const char *book_table_name(unsigned table) {
    static const char *const names[BOOK_TABLE_COUNT + 1] = {"",
                                                            "party",
                                                            "party_version",
                                                            "facility",
                                                            "facility_version",
                                                            "licence",
                                                            "licence_version",
                                                            "material",
                                                            "deposit",
                                                            "source",
                                                            "instrument",
                                                            "allotment",
                                                            "node",
                                                            "cause",
                                                            "pool",
                                                            "pool_set",
                                                            "pool_facet",
                                                            "lot",
                                                            "consignment",
                                                            "posting",
                                                            "account",
                                                            "return",
                                                            "pool_owner",
                                                            "packing",
                                                            "package",
                                                            "permit_terms",
                                                            "permit",
                                                            "declaration",
                                                            "declaration_permit",
                                                            "import",
                                                            "user",
                                                            "delegation",
                                                            "device",
                                                            "device_version",
                                                            "calibration",
                                                            "key",
                                                            "licence_document",
                                                            "licence_area",
                                                            "suspension",
                                                            "awaiting",
                                                            "part",
                                                            "document",
                                                            "order",
                                                            "case",
                                                            "case_version",
                                                            "tip",
                                                            "technology",
                                                            "technology_version",
                                                            "step_permit",
                                                            "disclosure",
                                                            "pack",
                                                            "pack_version",
                                                            "draft",
                                                            "draft_allotment",
                                                            "opinion"};
    return table <= BOOK_TABLE_COUNT ? names[table] : "";
}

bool book_table_write(const Book *book, unsigned table, uint32_t first, uint32_t count,
                      Buffer *out) {
    assert(table >= 1 && table <= BOOK_TABLE_COUNT &&
           first + count <= book_count(book, (Table)table));
    for (uint32_t row = first; row < first + count && !out->failed; row++)
        write_row(out, book, (Table)table, row);
    return !out->failed;
}
