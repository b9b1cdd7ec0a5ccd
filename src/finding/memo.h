// What facilities came to, by a digest of all that it rests on: a new entry changes the figures of
// its own facility and of its partners, and only they are judged again. The others cost a digest.
// Never changes an answer: what is known is the p-value of a facility that cannot be accused, which
// is all that the choice among facilities needs of it.
#pragma once
#include "finding/finding.h"

typedef struct FindingMemo FindingMemo; // on the heap: finding_memo_free()
FindingMemo *finding_memo_new(void);    // null when memory is short
void finding_memo_free(FindingMemo *memo);

// Of a place with its figures, errors, crossings, and the ores asked for.
uint64_t finding_digest(const FindingPlace *place, uint64_t ores);
uint64_t finding_ores_digest(const FindingOre *ores, size_t count);

typedef struct FindingKnown {
    uint64_t digest;
    double log_p;
    bool tested;
} FindingKnown;
const FindingKnown *finding_memo_find(const FindingMemo *memo, uint64_t digest); // or null
// Keeps these and nothing else. Without memory it keeps nothing.
void finding_memo_keep(FindingMemo *memo, const FindingKnown *known, size_t count);
// How many places the last findings_of_book_again() judged anew, and how many it knew.
void finding_memo_counts(const FindingMemo *memo, size_t *judged, size_t *known);
void finding_memo_count(FindingMemo *memo, size_t judged, size_t known);
