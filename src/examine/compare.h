// What two sides say of the same goods. Private to examine/.
#pragma once
#include "examine/examine.h"

// Candidates, not yet judged together: log_p of each is its own. Appends to `list`; `*tested`
// counts what was looked at. `room` is how many fit.
MUST_CHECK bool compare_partners(const Returns *returns, Arena *arena, ExamineFinding *list,
                                 size_t *count, size_t room, size_t *tested, Status *status);
MUST_CHECK bool compare_customs(const Returns *returns, Arena *arena, ExamineFinding *list,
                                size_t *count, size_t room, size_t *tested, Status *status);
// What each company extracted and charged, by its own returns, against the quota table.
MUST_CHECK bool compare_quota(const Returns *returns, Arena *arena, ExamineFinding *list,
                              size_t *count, size_t room, size_t *tested, Status *status);
// What facilities say they sent and got abroad against what customs say, by goods, country and way.
MUST_CHECK bool compare_border(const Returns *returns, Arena *arena, ExamineFinding *list,
                               size_t *count, size_t room, size_t *tested, Status *status);
// What stood there at a month's end against what the next begins with, and rows against themselves.
MUST_CHECK bool compare_stocks(const Returns *returns, Arena *arena, ExamineFinding *list,
                               size_t *count, size_t room, size_t *tested, Status *status);
// Scrap and magnets that hold what no magnet holds, in the proportions of an ore.
MUST_CHECK bool compare_contents(const Returns *returns, Arena *arena, ExamineFinding *list,
                                 size_t *count, size_t room, size_t *tested, Status *status);
