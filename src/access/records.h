// The log: records newest first, one exactly as it was written, proofs and the checkpoint (schemas
// Records, Record, Proof). Records of others are not readable; that they exist, their order and
// their proofs are public, since a leaf tells nothing of what it seals.
#pragma once
#include "access/access.h"

typedef struct RecordsAsked {
    Text kind, verdict;   // each empty: any
    Text party, facility; // whose event; where it worked or moved matter
    Text from,
        to; // when it happened, both inclusive: YYYY-MM-DD, or YYYY-MM for its first, its last
} RecordsAsked;

MUST_CHECK bool access_records(Access *access, const View *view, const RecordsAsked *asked,
                               const Page *page, Buffer *out, Status *status);
MUST_CHECK bool access_record(Access *access, const View *view, uint64_t seq, Buffer *out,
                              Status *status);
MUST_CHECK bool access_proof(Access *access, const View *view, uint64_t seq, Buffer *out,
                             Status *status);
// The signed note, exact text.
MUST_CHECK bool access_checkpoint(Access *access, Buffer *out, Status *status);
// What anybody may know: writes the members as_of, trial, origin, verifier of an object under way.
typedef struct BookFacts {
    bool has_record;
    uint64_t as_of;
    bool trial;
    int offset_minutes;
    char origin[256], authority[PARTY_ID_BYTES_MAX + 1], verifier[512]; // zero-ended
} BookFacts;
MUST_CHECK bool access_book(Access *access, BookFacts *facts, Status *status);
// The name of the view's party as the register has it; empty when there is none. `name` holds 256.
MUST_CHECK bool access_party_name(Access *access, const View *view, char *name, Status *status);
