// The book: the state that all records add up to, as one deterministic machine.
//     book_decide(event, context)  says what becomes of an event and brings the book to the state
//     after it book_apply(event, decision)  brings the book to the same state by a stored decision,
//     deciding nothing
// Inside there is no clock, randomness, I/O, crypto or floating point: the keeper adds what is
// known from outside as a Context. A decision is a list of effects that hold every number that a
// rule or a rounding made; deciding applies each effect as it is found, by the very code that
// replays it, under an undo journal. A refusal, or want of memory, rewinds to the state before. One
// thread changes a book. What only grows may be read below a published count while it does; what
// stands now is read under the keeper's lock (read.h).
#pragma once
#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"
#include "book/event.h"

typedef struct Book Book;

typedef enum Verdict {
    VERDICT_NONE = 0,
    VERDICT_ACCEPTED = 1,
    VERDICT_FLAGGED = 2,
    VERDICT_HELD = 3,
    VERDICT_REFUSED = 4
} Verdict;

typedef enum VerdictCode {
    CODE_NONE = 0,
#define CODE(number, suffix, name, verdict, insistable, what, right) CODE_##suffix = number,
#include "book/code.def"
#undef CODE
} VerdictCode;

typedef struct CodeFacts {
    uint16_t number;
    const char *name;
    Verdict verdict; // the default; policy may change it among held, flagged and accepted
    bool insistable;
    const char *what, *right;
} CodeFacts;
// The facts of a code, or null.
const CodeFacts *code_facts(unsigned number);
const CodeFacts *code_by_name(Text name);
extern const CodeFacts code_list[];
extern const size_t code_count;
const char *verdict_name(Verdict verdict); // "accepted" "flagged" "held" "refused"

enum {
    LOGIC_NUMBER = 3,
    DECISION_VERSION = 1,
    WHERE_BYTES_MAX = 96,
    LATER_BYTES_MAX = 160,
    REASONS_MAX = 64,
    DECISION_BYTES_MAX = 64 << 20
};
#define CAUSE_NONE UINT64_MAX

// Who sends it and when it is recorded: what the keeper knows and the book may not find out.
typedef struct Context {
    Instant recorded;
    Text principal;            // ROLE/PARTY/NAME
    uint8_t signature_kind;    // 0 none, 1 single, 2 in a batch
    Text signature;            // its bytes behind the kind (docs/format.md, "Signatures")
    const uint8_t *public_key; // of 32 bytes, under which it was found good; null when unsigned
} Context;

typedef struct Reason {
    uint16_t code;
    uint64_t cause;              // the cause of a hold that it opened, or CAUSE_NONE
    char where[WHERE_BYTES_MAX]; // RFC 6901 pointer into the event
    char later[LATER_BYTES_MAX]; // of cannot_reverse: ids of the events in the way, or empty
} Reason;

typedef struct Decision {
    Verdict verdict;
    Reason reasons[REASONS_MAX];
    uint32_t reason_count;
    Buffer bytes; // the frozen bytes (docs/format.md); empty when refused
} Decision;

void decision_init(Decision *decision);
void decision_done(Decision *decision);
// Reads version, verdict, principal, signature and reasons back from stored bytes.
MUST_CHECK bool decision_read(Text bytes, Decision *decision, Text *principal, Status *status);

// The signature of stored bytes: its kind, and its bytes behind the kind.
MUST_CHECK bool decision_signature(Text bytes, uint8_t *kind, Text *signature, Status *status);

// `hash_key` keys the tables of ids (never visible outside).
MUST_CHECK Book *book_new(const uint8_t hash_key[16], Status *status);
void book_free(Book *book);

// What the book asks of others, both pure functions of bytes: what an event says (codec/), and the
// SHA-256 of its bytes (log/). A book in which something waits for a second person needs them.
typedef struct BookOutside {
    bool (*decode)(Text bytes, Arena *arena, Event *event, Status *status);
    void (*hash)(Text bytes, uint8_t hash[32]);
} BookOutside;
// Borrowed for the life of the book.
void book_outside(Book *book, const BookOutside *outside);

// Decides the next event. True when there is an answer: a refusal too is one, and leaves the book
// as it was. False only for want of memory or a broken limit; the book then is as it was. The
// event's id must be new: ask book_event_find() before (the keeper compares the bytes).
MUST_CHECK bool book_decide(Book *book, const Event *event, const Context *context,
                            Decision *decision, Status *status);
// Applies a stored decision. False when it does not fit this book (STATUS_CORRUPT); the book then
// is as it was.
MUST_CHECK bool book_apply(Book *book, const Event *event, Text decision, Instant recorded,
                           Status *status);

// The number of the next record: how many the book holds.
uint64_t book_next(const Book *book);
// The time of the last record; 0 before the genesis.
Instant book_last_recorded(const Book *book);
bool book_is_trial(const Book *book);
// The party id of the authority; empty before the genesis.
Text book_authority(const Book *book);
Text book_origin(const Book *book);
const uint8_t *book_log_key(const Book *book); // 32 bytes from the genesis
// The public keys that were ever registered, 32 bytes each.
uint32_t book_key_count(const Book *book);
const uint8_t *book_key(const Book *book, uint32_t row);
// The sealed parts that events have named, in order of their first naming.
typedef struct BookPart {
    const uint8_t *hash; // 32 bytes
    uint8_t class_number;
    bool erased;
} BookPart;
uint32_t book_part_count(const Book *book);
BookPart book_part(const Book *book, uint32_t row);
// The record of an event id of a party, or UINT64_MAX.
uint64_t book_event_find(const Book *book, Text party, Text id);
void book_event_prefetch(const Book *book, Text party, Text id);

// Marks: a place in the undo journal. book_rewind() takes the book back to it; book_forget() says
// that nothing will ever go back before it (the records are durable) and frees the journal up to
// there.
typedef struct BookMark {
    uint64_t position, next;
} BookMark;
BookMark book_mark(const Book *book);
void book_rewind(Book *book, BookMark mark);
void book_forget(Book *book, BookMark mark);
// While it is one way, nothing can be taken back and no journal is kept: for reading a log into a
// book that is of no use unless all of it fits. A book_apply() that fails leaves the book half
// changed then, only good to be freed; marks of before are lost.
void book_one_way(Book *book, bool one_way);

// The rows that the digest and the snapshot are made of (docs/format.md, "Digest tables").
// Tables are numbered from 1 to BOOK_TABLE_COUNT.
enum { BOOK_TABLE_COUNT = 54, BOOK_DIGEST_VERSION = 3, BOOK_CHUNK_ROWS = 4096 };
uint32_t book_table_rows(const Book *book, unsigned table);
const char *book_table_name(unsigned table);
// Appends rows [first, first + count) of the table, little-endian.
bool book_table_write(const Book *book, unsigned table, uint32_t first, uint32_t count,
                      Buffer *out);
