// One case with a known answer, as data/balance_cases/README.md describes the files: reads what is
// given in `input`, compares what a routine found with `expected`. Knows no kind of case.
// A member of `expected` that no check asked for makes the case fail: nothing is passed unread.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include "codec/json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Case {
    Json *json;
    Arena *arena;   // for all that the case needs
    Status *status; // why it could not be run
    uint32_t input, expected, tolerance;
    double rel, abs;
    const char *folder; // where the file of this case lies
    bool *visited;      // by token
    double worst;       // largest relative difference so far
    bool failed;
    char reason[320]; // the first thing that did not agree
    // For a table: the first figure that was compared, and what it was compared with.
    char figure[96];
    double figure_wanted, figure_ours;
} Case;

typedef bool (*CaseRun)(Case *c); // false with c->status set when the case cannot be run
typedef struct CaseKind {
    const char *name;
    CaseRun run;
} CaseKind;

// ---- reading; all fail with the member's place in c->status ----

// The value of a member, which must be there.
MUST_CHECK bool case_member(Case *c, uint32_t object, const char *name, JsonType type,
                            uint32_t *token);
MUST_CHECK bool case_number(Case *c, uint32_t object, const char *name, double *value);
MUST_CHECK bool case_count(Case *c, uint32_t object, const char *name, size_t *value);
// An array of numbers in the arena. With `known` null is allowed and gives 0 and false there.
MUST_CHECK bool case_numbers(Case *c, uint32_t object, const char *name, double **values,
                             bool **known, size_t *count);
// The same of an exact length.
MUST_CHECK bool case_numbers_exactly(Case *c, uint32_t object, const char *name, size_t count,
                                     double **values);
// What stands at a token, which must be a number that a double holds.
MUST_CHECK bool case_value(Case *c, uint32_t token, double *value);
// Fails when two of `names` are the same; `what` is what they name, such as "stream".
MUST_CHECK bool case_distinct(Case *c, const Text *names, size_t count, const char *what);
// Whether the member is there and is not null.
bool case_has(const Case *c, uint32_t object, const char *name);
// The member of `object` whose name is `name`, as its place among the members.
bool case_place(const Case *c, uint32_t object, Text name, uint32_t *place);

// ---- comparing; a member of `expected` that is absent is not compared ----

void check_number(Case *c, uint32_t object, const char *name, double value);
// null is expected when the value is not known.
void check_optional(Case *c, uint32_t object, const char *name, bool known, double value);
void check_bool(Case *c, uint32_t object, const char *name, bool value);
// Exact, whatever the tolerance.
void check_count(Case *c, uint32_t object, const char *name, bool known, size_t value);
// `known` null: all are.
void check_numbers(Case *c, uint32_t object, const char *name, const double *values,
                   const bool *known, size_t count);
void check_counts(Case *c, uint32_t object, const char *name, const size_t *values, size_t count);
void check_matrix(Case *c, uint32_t object, const char *name, const double *values, size_t side);
// What stands at a token; `name` decides the tolerance.
void check_value(Case *c, uint32_t token, const char *name, bool known, double value);
// Says that a member holds an input or a remark, so is not compared.
void check_skip(Case *c, uint32_t object, const char *name);
void check_fails(Case *c, uint32_t token, const char *format, ...) PRINTF_LIKE(3, 4);
// The value of a member of `expected`, or JSON_NONE; counts as looked at.
uint32_t check_member(Case *c, uint32_t object, const char *name);
// At the end: fails for what was not looked at, and where there was nothing to look at.
void check_all_visited(Case *c);
