// Effects: what a decision does to the book, in bytes. Each is written once by the deciding side
// and applied by effect_apply(), which alone changes what stands; replay goes the same way. Rows
// are named by their numbers, which count births in record order; causes by their numbers.
#pragma once
#include "book/state.h"

typedef enum EffectKind {
    EFFECT_NONE = 0,
#define EFFECT(number, suffix, name, what) EFFECT_##suffix = number,
#include "book/effect.def"
#undef EFFECT
    EFFECT_KIND_COUNT
} EffectKind;

typedef struct Applying {
    Book *book;
    uint64_t seq;
    uint32_t operation;  // begun by this event, or ROW_NONE
    uint32_t key;        // under which it is signed, or ROW_NONE
    uint32_t supersedes; // the record that it restates, or 0
    ContentRef last;     // taken by this event; all zero before
    const Event *event;  // that is recorded
    Text principal;      // who sent it
    Event *cited;        // the waiting event that a `confirm` cites, or null
    bool waits;          // all that the event says waits for a second person
    bool takes_effect;   // all that the cited event says takes effect now
} Applying;

// Applies one effect. False when it does not fit the book (STATUS_CORRUPT) or for want of memory;
// the book may then be half changed and must be rewound.
MUST_CHECK bool effect_apply(Applying *applying, EffectKind kind, const uint8_t *body,
                             size_t length, Status *status);
const char *effect_name(unsigned kind);
