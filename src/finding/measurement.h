// The family "measurement": a laboratory or device that is wrong wherever it measured, by more than
// it states, is one finding in place of one at each facility (detect/shared.h). It is asked where
// two facilities or more would be accused, before they are, and what it did is taken out of their
// figures.
//
// It must stand without the facility that speaks loudest for it, so that a leak at one place is not
// laid at a laboratory's door: at 1 % with owners, intervals and both signs paid for; and be larger
// than what the laboratory states of itself. Private to finding/.
#pragma once
#include "finding/suspicion.h"

enum { MEASUREMENTS_MAX = 4 };

// At most MEASUREMENTS_MAX of them; the suspected are scanned anew where anything was taken out.
MUST_CHECK bool findings_of_measurement(const BookOwners *owners, const FindingPlace *places,
                                        Suspected *suspected, size_t count, Arena *arena,
                                        Finding *findings, size_t *found, Status *status);
