// A fork: one log key signed two logs that contradict each other. What shows it to a third party,
// who has neither book, is kept as one JSON object (docs/format.md, "Evidence of a fork"):
//   {"ytterby":"fork/1","says":TEXT,"older":NOTE,"newer":NOTE,"root":BASE64,"path":[BASE64,..]}
// `root` and `path` prove that the newer checkpoint commits to another beginning than the older one
// states; they are missing where the records that would prove it are not at hand.
#pragma once
#include "base/arena.h"
#include "log/checkpoint.h"

typedef struct Fork {
    Text says;         // in words, for a reader
    Text older, newer; // signed notes, verbatim; the one that covers fewer records first
    bool proven;       // root and path are there
    Hash root;         // of the newer log, at the older one's size
    Path path;         // from there to the newer one's root; empty when the sizes are equal
} Fork;

bool fork_write(const Fork *fork, Buffer *out);
MUST_CHECK bool fork_read(Text json, Arena *arena, Fork *fork, Status *status);
// Whether it proves a fork by this key. False, with the reason, when a signature is wrong, the path
// does not lead there, or the two agree.
MUST_CHECK bool fork_check(const Fork *fork, const VerifierKey *key, TreeHead *older,
                           TreeHead *newer, Status *status);
