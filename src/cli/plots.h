// Answers of access/ as figures in a file (SVG): what `--plot FILE.svg` draws.
#pragma once
#include "base/buffer.h"
#include "base/status.h"

// A facility's balance (schema Balance): MUF month by month between its limits.
MUST_CHECK bool plots_balance(Text answer, const char *file, Status *status);
// A lot's origin (schema LotOrigin): what it holds, what its genealogy implies, and the mixture of
// known sources that fits best, in per cent on a logarithmic axis.
MUST_CHECK bool plots_origin(Text answer, const char *file, Status *status);
// The findings (an array of schema Finding): each with its sentence, its mass with the 95 % range,
// and, of a balance, MUF month by month between its limits.
MUST_CHECK bool plots_findings(Text answer, const char *file, Status *status);
// The reconciled network (as access_reconcile() answers): the balances that fit least, and what
// went where with what was found marked.
MUST_CHECK bool plots_reconcile(Text answer, const char *file, Status *status);
