// The only door for writers. Events go in, one by one or many together; each is answered once it is
// durable, in the order in which they came in. Reading, decoding and hashing are done on the
// caller's thread; deciding on one thread of the keeper, ahead of the disk; appending on another.
// An id whose event was recorded gets its first answer again when the same bytes come again, and a
// refusal when others do.
#pragma once
#include "book/book.h"
#include "keeper/keeper.h"

typedef enum SubmitMode {
    SUBMIT_EACH,     // each event by itself
    SUBMIT_WHOLE,    // all or none; they are recorded as one batch
    SUBMIT_DRY_EACH, // as the two above, and nothing is recorded
    SUBMIT_DRY_WHOLE
} SubmitMode;

enum {
    SUBMIT_EACH_MAX = 512, // events in one call; a dry run may have SUBMIT_WHOLE_MAX
    SUBMIT_WHOLE_MAX = 10000,
    SUBMIT_WHOLE_BYTES_MAX = 16 << 20,
    SUBMIT_ENVELOPE_BYTES_MAX = 24 << 20 // an event with its sealed parts in base64
};
#define SUBMIT_NOW INT64_MIN

// One event on its way in. All is copied.
typedef struct Draft {
    Text event;       // its exact bytes
    Text principal;   // ROLE/PARTY/NAME
    Instant recorded; // from an event/1 line, in a trial book only; else SUBMIT_NOW
} Draft;

typedef struct Answer {
    Text party, id;  // empty when the event could not be read
    Verdict verdict; // VERDICT_NONE: nothing was decided, and `status` says why
    bool has_seq;    // it stands in the book (in a dry run: it would)
    bool repeated;   // it stood there before
    uint64_t seq;
    Instant recorded;
    const Reason *reasons;
    uint32_t reason_count;
    const Status
        *status; // words for an event that was not decided or could not be read; may be null
} Answer;

// Called once for each submission, on a thread of the keeper: be quick, and never submit and wait
// here. What it points to is good for the call only.
typedef void SubmitDone(void *context, const Answer *answers, size_t count);

// Sends events on their way. False, with nothing sent: STATUS_LIMIT (too many or too large),
// STATUS_BUSY (too many bytes under way: try again later), STATUS_NO_MEMORY, or why the keeper has
// stopped. With `wait` it waits for room instead of STATUS_BUSY.
MUST_CHECK bool submit_send(Keeper *keeper, const Draft *drafts, size_t count, SubmitMode mode,
                            bool wait, SubmitDone *done, void *context, Status *status);
// Sends and waits for the answers; `done` is called before it returns.
MUST_CHECK bool submit_wait(Keeper *keeper, const Draft *drafts, size_t count, SubmitMode mode,
                            SubmitDone *done, void *context, Status *status);
// Waits until all that was sent so far is answered.
void submit_flush(Keeper *keeper);
