// The kinds of case whose balances are products or formulas: flows times compositions, enthalpies,
// networks of elements with shared errors.
#pragma once
#include "cli/case.h"

extern const CaseKind CASE_KINDS_BILINEAR[];
