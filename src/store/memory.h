// What only the store in memory has: an end before the process ends.
#pragma once
#include "base/text.h"

// Forgets the store that was opened as "memory:NAME"; nobody may have it open. Takes unknown names.
void store_memory_forget(const char *name);
