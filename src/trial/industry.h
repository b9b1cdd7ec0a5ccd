// One simulated industry, start to end: simulated, decided event by event by the book, its findings
// made, and held to the truth. In memory; the monthly tables alone, where they are wanted, lie in a
// folder for a moment.
#pragma once
#include "balance/from_book.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"
#include "finding/finding.h"
#include "finding/score.h"
#include "origin/from_book_survey.h"
#include "simulate/simulate.h"

struct Book;

typedef struct TrialIndustry {
    Arena arena;
    struct Book *book;
    BookBalances balances; // tested
    OriginSurvey survey;
    size_t cheat_count;
    ScoreCheat *cheats;
} TrialIndustry;

// Takes it down also when it was not made whole.
void trial_industry_done(TrialIndustry *industry);
MUST_CHECK bool trial_industry_make(const SimulateOptions *options, TrialIndustry *industry,
                                    Status *status);
// Findings of both families at level q, as `ytterby findings` has them, and as claims.
MUST_CHECK bool trial_industry_claims(TrialIndustry *industry, double q, FindingList *findings,
                                      ScoreClaim **claims, size_t *count, Status *status);
// The same industry's monthly tables before `ytterby examine`, at level q. `truth` gets what was
// done.
MUST_CHECK bool trial_tables_claims(const SimulateOptions *options, double q, Arena *arena,
                                    ScoreCheat **cheats, size_t *cheat_count, ScoreClaim **claims,
                                    size_t *count, Status *status);
