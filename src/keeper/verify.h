// Checks a whole log as a stranger would who trusts nothing but the log key in its genesis: every
// record in its place, every commitment, the order of times, the checkpoint outside with its
// signature and root; and replays it. With `signatures` also those of the events, each under the
// key that the book had registered by then. With `recheck` each event is decided again under the
// rules of this program. A copy is verified in the same way.
#pragma once
#include "book/book.h"
#include "keeper/fork.h"
#include "keeper/parts.h"
#include "log/sha256.h"

// Records that another version of the rules decided: they cannot be decided again here.
typedef struct VerifyLogic {
    uint16_t logic;
    uint64_t records, first, last; // first and last by number
} VerifyLogic;
enum { VERIFY_LOGICS_MAX = 64 };

typedef struct VerifyReport {
    uint64_t records;
    Hash root, digest; // over all records; of the book that they make
    bool is_trial, has_checkpoint;
    uint64_t checkpoint_size; // what the checkpoint outside covers
    TreeHead from;            // of the older checkpoint that was asked about, when one was
    PartsReport parts;
    uint64_t rechecked, differences, signatures; // signatures that were verified, all good
    uint32_t other_logic_count;
    VerifyLogic other_logics[VERIFY_LOGICS_MAX];
    VerifierKey key; // the log's
    char origin[256];
} VerifyReport;

// A record that would be decided otherwise today. `now` has other bytes, if not another verdict.
typedef struct VerifyDifference {
    uint64_t seq;
    const Event *event;
    Verdict stored, now;
} VerifyDifference;

typedef struct VerifyOptions {
    bool recheck, signatures, without_checkpoint;
    Text from; // an older signed checkpoint that the log must follow from; empty: none
    // Called when it does not, before the verification fails with STATUS_CONFLICT.
    void (*fork)(void *context, const Fork *fork);                         // may be null
    void (*difference)(void *context, const VerifyDifference *difference); // may be null
    void (*progress)(void *context, uint64_t done, uint64_t of);           // may be null
    void *context;
} VerifyOptions;

// False at the first thing that is wrong; `status` names the record or the file. Differences found
// by a recheck are not wrong: they are counted and listed.
MUST_CHECK bool verify_book(const char *name, const VerifyOptions *options, VerifyReport *report,
                            Status *status);
