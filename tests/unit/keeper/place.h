// What the keeper's tests share: a place for a book, a clock that stands where it is put, events.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "keeper/digest_book.h"
#include "keeper/keeper.h"
#include "keeper/read.h"
#include "keeper/submit.h"

enum { MODE_MEMORY, MODE_FILE };

typedef struct Place {
    char folder[64], name[96];
} Place;

// A name for a new book; nothing is there.
void place_make(Place *at, int mode);
void place_clear(Place *at); // removes the book
void place_done(Place *at);

// The place of a test that wants one, with what makes it before the test and removes it after.
extern Place place;
int place_in_memory(void **state);
int place_in_file(void **state);
int place_left(void **state);

// The clock of the tests.
typedef struct Hands {
    _Atomic int64_t wall, steady;
} Hands;
extern Hands hands;
Clock hands_clock(void);
void hands_move(int64_t microseconds);
#define NOON_2026 ((Instant)1767240000 * 1000000) // 2026-01-01T04:00:00Z, noon in Beijing

extern const char authority[]; // operator/REGULATOR/cli
extern const uint8_t test_seed[32];

// Makes a book in `name`, live or trial.
void book_make(const char *name, bool is_trial);
Keeper *book_open(const char *name);
void book_close(Keeper *keeper);
// A `party` event that always is accepted: number `n`, with `padding` bytes of name.
Draft party_event(char *space, size_t size, unsigned n, const char *name);
typedef struct Seen {
    Verdict verdict;
    bool has_seq, repeated;
    uint64_t seq;
    Instant recorded;
    uint16_t code;
    char where[96], id[130];
    StatusCode status;
    char message[320];
} Seen;
// A SubmitDone: context is an array of Seen.
void copy_answers(void *context, const Answer *answers, size_t count);
// Sends one event and waits.
Seen submit_one(Keeper *keeper, const Draft *draft, SubmitMode mode);
size_t submit_many(Keeper *keeper, const Draft *drafts, size_t count, SubmitMode mode, Seen *seen);
// The digest of what stands now.
Hash digest_of(Keeper *keeper);
uint64_t records_of(Keeper *keeper);
