// The kinds of case about compositions and mixtures: data/balance_cases/README.md, "Composition and
// origin".
#pragma once
#include "cli/case.h"

extern const CaseKind CASE_KINDS_ORIGIN[];
