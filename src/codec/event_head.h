// What replay reads of an event that changes matter: who, when and which kind. Everything else that
// it did stands in the decision as numbers.
#pragma once
#include "codec/event_decode.h"

// Reads version, kind, id, party and happened of an event; an event of a kind whose replay reads
// more (the registry, corrections), or one that is written in an unusual way, is decoded whole. Not
// a check: the rest of the bytes is stepped over, for they were decoded strictly when they were
// recorded and their commitment says that they are the same. Borrows like event_decode().
MUST_CHECK bool event_decode_head(Text bytes, Arena *arena, Event *event, Status *status);
