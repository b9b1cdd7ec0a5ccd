// The kinds of case about gross errors: found one after the other, told apart, and how surely.
#pragma once
#include "cli/case.h"

extern const CaseKind CASE_KINDS_GROSS[];
