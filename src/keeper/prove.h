// Offline proofs that an event is in the log: a C2SP proof bundle whose `extra` line opens the
// record (docs/format.md, "Proof bundle" and "Opening"). Who holds one needs neither book nor
// server: the log's verifier key is enough.
#pragma once
#include "codec/opening.h"
#include "keeper/keeper.h"
#include "log/key.h"
#include "log/record.h"
#include "log/tree.h"

// How much of the record is opened: its 96 bytes alone (order and time), with the event, with the
// decision too (the verdict, who sent it, and what it set).
typedef enum ProveOpening { PROVE_RECORD, PROVE_EVENT, PROVE_ALL } ProveOpening;

// The record of PARTY:ID, or of a record's number. STATUS_NOT_FOUND.
MUST_CHECK bool prove_find(Keeper *keeper, Text id, uint64_t *seq, Status *status);
// Appends the proof bundle of a record, under the last signed checkpoint. STATUS_BUSY: the record
// is not under one yet.
MUST_CHECK bool prove_record(Keeper *keeper, uint64_t seq, ProveOpening opening, Buffer *out,
                             Status *status);

// What a proof shows.
typedef struct Proved {
    Record record;
    TreeHead head;   // of the checkpoint that it stands under
    VerifierKey key; // that signed it
    bool key_is_own; // the proof's own word: nobody has said that this key is the log's
    Opening opening;
    Event event;    // when it is opened
    Text principal; // when the decision is
} Proved;

// Checks a proof to the last byte: signature, inclusion, commitments, and that event and decision
// are well formed. `trusted` may be null: then the key is the one that the proof names. A bundle by
// others, without an `extra` line, needs the record's 96 bytes, else null. `decision` was made by
// decision_init() and is filled when the proof opens one. What is found lies in `proof` and
// `arena`.
MUST_CHECK bool prove_check(Text proof, const VerifierKey *trusted, const uint8_t *record,
                            Arena *arena, Proved *proved, Decision *decision, Status *status);

// The verifier key of a book's log, from its genesis.
MUST_CHECK bool prove_log_key(const char *book_name, VerifierKey *key, Status *status);
// The 96 bytes of one record of a book, unchecked but for their place.
MUST_CHECK bool prove_stored_record(const char *book_name, uint64_t seq, uint8_t record[96],
                                    Status *status);
