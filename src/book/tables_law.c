// The rows of what the authority keeps beside matter, for the digest.
#include <assert.h>

#include "book/tables_write.h"

void law_row(Buffer *out, const Book *book, Table table, uint32_t row) {
    switch ((int)table) {
    case TABLE_ORDER: {
        const OrderRow *at = ROW(book, OrderRow, TABLE_ORDER, row);
        u64(out, at->seq);
        u32(out, at->cause);
        kept(out, book, at->name);
        kept(out, book, at->number);
        kept(out, book, at->seal);
        u8(out, at->reserve);
        break;
    }
    case TABLE_CASE:
        text(out, intern_text(book->case_ids, row));
        u32(out, ROW(book, CaseRow, TABLE_CASE, row)->last_version);
        break;
    case TABLE_CASE_VERSION: {
        const CaseVersion *at = ROW(book, CaseVersion, TABLE_CASE_VERSION, row);
        u64(out, at->seq);
        u32(out, at->of);
        u32(out, at->previous);
        u32(out, at->about);
        u32(out, at->facility);
        list(out, book, at->lots, at->lot_count);
        list(out, book, at->events, at->event_count);
        texts(out, book, at->findings, at->finding_count);
        texts(out, book, at->documents, at->document_count);
        kept(out, book, at->outcome);
        u8(out, at->state);
        break;
    }
    case TABLE_TIP: {
        const TipRow *at = ROW(book, TipRow, TABLE_TIP, row);
        u64(out, at->seq);
        kept(out, book, at->hash);
        u32(out, at->facility);
        break;
    }
    case TABLE_TECHNOLOGY:
        text(out, intern_text(book->technology_ids, row));
        u32(out, ROW(book, TechnologyRow, TABLE_TECHNOLOGY, row)->last_version);
        u32(out, ROW(book, TechnologyRow, TABLE_TECHNOLOGY, row)->last_disclosure);
        break;
    case TABLE_TECHNOLOGY_VERSION: {
        const TechnologyVersion *at = ROW(book, TechnologyVersion, TABLE_TECHNOLOGY_VERSION, row);
        u64(out, at->seq);
        u32(out, at->technology);
        u32(out, at->previous);
        u32(out, at->owner);
        kept(out, book, at->name);
        kept(out, book, at->name_zh);
        kept(out, book, at->entry);
        texts(out, book, at->documents, at->document_count);
        u32(out, at->permits);
        u32(out, at->permit_count);
        i32(out, at->effective);
        u8(out, at->class_of);
        break;
    }
    case TABLE_STEP_PERMIT: {
        const StepPermitRow *at = ROW(book, StepPermitRow, TABLE_STEP_PERMIT, row);
        kept(out, book, at->number);
        kept(out, book, at->country);
        u32(out, at->party);
        i32(out, at->from);
        i32(out, at->to);
        u8(out, at->step);
        break;
    }
    case TABLE_DISCLOSURE: {
        const DisclosureRow *at = ROW(book, DisclosureRow, TABLE_DISCLOSURE, row);
        u64(out, at->seq);
        u32(out, at->technology);
        u32(out, at->by);
        u32(out, at->to);
        kept(out, book, at->outside);
        kept(out, book, at->country);
        kept(out, book, at->permit);
        kept(out, book, at->channel);
        texts(out, book, at->documents, at->document_count);
        i32(out, at->day);
        u8(out, at->step);
        break;
    }
    case TABLE_PACK:
        text(out, intern_text(book->pack_ids, row));
        u32(out, ROW(book, PackRow, TABLE_PACK, row)->last_version);
        break;
    case TABLE_PACK_VERSION: {
        const PackVersion *at = ROW(book, PackVersion, TABLE_PACK_VERSION, row);
        u64(out, at->seq);
        u32(out, at->pack);
        u32(out, at->previous);
        kept(out, book, at->version);
        kept(out, book, at->jurisdiction);
        u32(out, at->suspension_count);
        for (uint32_t i = 0; i < at->suspension_count; i++) {
            const IntervalRow *gap = ROW(book, IntervalRow, TABLE_INTERVAL, at->suspensions + i);
            i32(out, gap->from);
            i32(out, gap->to);
        }
        i32(out, at->effective);
        i32(out, at->from);
        i32(out, at->to);
        buffer_bytes(out, at->hash, sizeof at->hash);
        break;
    }
    default:
        assert(false);
    }
}
