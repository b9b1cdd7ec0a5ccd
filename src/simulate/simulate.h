// An industry to try the book on: mines, separation plants, metal, alloy and magnet works, a
// recycler, a store, at work day by day, whose elements are conserved to the milligram, and what
// their scales and laboratories say of it. The same options give the same bytes on any machine:
// integers only, no libm, no clock. Made from data/reference, carried in the program. Knows the
// form of events (docs/events.md); nothing of the book's rules, verdicts or masses.
#pragma once
#include "base/calendar.h"
#include "base/status.h"
#include "base/text.h"
#include "quantity/component.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SIMULATE_SCALE_ONE = 100, // hundredths: about sixty facilities, 100,000 events a year
    SIMULATE_SCALE_MIN = 10,  // one district at half its pace: eleven, 10,000
    SIMULATE_SCALE_MAX = 1000 * 100,
    SIMULATE_MONTHS_MAX = 120,
    SIMULATE_CHEATS_MAX = 16,
    SIMULATE_FIRST_MONTH = 2026 * 12
};

typedef enum SimulateSize {
    SIZE_MASS,  // mg: REO; for a misdeclared export net mass of goods
    SIZE_SHARE, // ppb: of the circuit's throughput, of each product, or of what is measured
    SIZE_SIGMA  // millionths of the shared standard uncertainty that is stated
} SimulateSize;

// One cheat: what (a kind of cheat.h), how much, where, when.
typedef struct SimulateCheat {
    int kind;
    char facility[48];
    char ore[16]; // row of deposit_compositions.csv; empty: the kind's own
    SimulateSize unit;
    int64_t size;
    Month from;
    int months;
} SimulateCheat;

typedef struct SimulateOptions {
    uint64_t seed;
    uint32_t scale; // hundredths of an industry of about sixty facilities
    int months;     // from January 2026 on
    const SimulateCheat *cheats;
    size_t cheat_count;
} SimulateOptions;

// What went in and out of the industry in truth, by component: in == out + standing, exactly.
typedef struct SimulateSummary {
    uint64_t events, bytes;
    uint32_t facilities;
    int64_t in_mg[COMPONENT_COUNT], out_mg[COMPONENT_COUNT], standing_mg[COMPONENT_COUNT];
} SimulateSummary;

// Called after each simulated month.
typedef void SimulateProgress(void *context, int month, int months, uint64_t events);

// Where the files go: appends `bytes` to the file `name` ("events.ndjson", "returns/NORTH-SX.csv").
typedef struct SimulateSink {
    bool (*append)(void *context, const char *name, const void *bytes, size_t length,
                   Status *status);
    void *context;
} SimulateSink;

// KIND[:NAME=VALUE,...] with size ("14": tonnes, "500kg", "10%", "3s"), at (facility), from
// (YYYY-MM), months, ore; docs/cheats.md has the kinds and what is meant when one is left out.
MUST_CHECK bool simulate_cheat_read(Text text, SimulateCheat *cheat, Status *status);

// Writes genesis.json, events.ndjson, truth.json and returns/*.csv to the sink. Memory grows with
// the stock on hand, not with the months. `progress` and `summary` may be null.
MUST_CHECK bool simulate_run(const SimulateOptions *options, const SimulateSink *sink,
                             SimulateProgress *progress, void *context, SimulateSummary *summary,
                             Status *status);

// The same into the directory `out`, which is made, and must not hold events.ndjson yet.
MUST_CHECK bool simulate_write(const SimulateOptions *options, const char *out,
                               SimulateProgress *progress, void *context, SimulateSummary *summary,
                               Status *status);
