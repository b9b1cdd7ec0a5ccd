// The time, as something that is given to the keeper: tests and trial books have their own.
#pragma once
#include "base/calendar.h"
#include "base/status.h"

typedef struct Clock {
    Instant (*wall)(void *context);   // civil time, may be set
    int64_t (*steady)(void *context); // microseconds from anywhere, never set
    void *context;
} Clock;

// The machine's own.
extern const Clock clock_system;

// Watches whether civil time and steady time part: a clock that was set would put wrong times on
// record for ever, so the keeper stops instead.
typedef struct ClockWatch {
    Instant wall;
    int64_t steady;
} ClockWatch;

void clock_watch(const Clock *clock, ClockWatch *watch);
// The time now; false when the two have parted by more than CLOCK_JUMP_US and what a clock may
// drift.
enum { CLOCK_JUMP_US = 5000000, CLOCK_DRIFT_PPM = 500 };
MUST_CHECK bool clock_now(const Clock *clock, const ClockWatch *watch, Instant *now,
                          Status *status);
