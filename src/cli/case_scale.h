// Kind `scale`: a large layered network made by rule, data/balance_cases/README.md.
#pragma once
#include "cli/case.h"

extern const CaseKind CASE_KINDS_SCALE[]; // ended by a null name
