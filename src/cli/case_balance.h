// The kinds of case that the material balance answers: data/balance_cases/README.md.
#pragma once
#include "cli/case.h"

extern const CaseKind CASE_KINDS_BALANCE[]; // ended by a null name
