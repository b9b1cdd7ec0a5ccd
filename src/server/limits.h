// How much one client may ask for: token buckets by address and by principal, weighted by cost
// (S10). The buckets are a fixed table under a keyed hash, so that no number of clients costs
// memory; two that meet in one bucket share it. Used by the loop thread alone. Time is told, never
// asked.
#pragma once
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Limits Limits;

// `per_second` units come back each second, up to `burst`.
MUST_CHECK Limits *limits_new(uint32_t per_second, uint32_t burst, Status *status);
void limits_free(Limits *limits);
// Takes `cost` units for whoever `who` names. False when there are not enough; then nothing is
// taken and `retry_s` says in how many seconds there will be.
bool limits_take(Limits *limits, const void *who, size_t length, uint32_t cost, uint64_t now_ms,
                 unsigned *retry_s);
