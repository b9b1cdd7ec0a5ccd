// The naive side: the same questions answered by the plainest loop over the book's rows, written
// from docs/book.md and schema/openapi.json and sharing nothing with access/ and origin/ but the
// rows.
#pragma once
#include "access/view.h"
#include "book/state.h"

typedef struct ScanTrace {
    size_t sources;
    char (*name)[200];                // KIND|ID
    double (*share)[COMPONENT_COUNT]; // of the lot, by component
} ScanTrace;

// Sees a lot / a facility / a record, by the words of access/view.h.
bool scan_sees_lot(const Book *book, const View *view, uint32_t lot);
bool scan_sees_facility(const Book *book, const View *view, uint32_t facility);
bool scan_sees_record(const Book *book, const View *view, uint64_t seq);
bool scan_is_held(const Book *book, uint32_t lot);

// The whole genealogy of the book, once, and what any lot of it is made of.
typedef struct ScanGenealogy ScanGenealogy;
ScanGenealogy *scan_genealogy(const Book *book);
void scan_genealogy_free(ScanGenealogy *genealogy);
// Shares of one lot by source and component; false when the walk does not settle.
bool scan_trace(const ScanGenealogy *genealogy, uint32_t lot, ScanTrace *trace);
