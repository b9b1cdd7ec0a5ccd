// What does not close, strongest first (schemas Findings and Finding). Computed over the whole book
// once for each state of its matter, kept, and shown as far as the asker's facilities go.
#pragma once
#include "access/access.h"

MUST_CHECK bool access_findings(Access *access, const View *view, const Page *page, Buffer *out,
                                Status *status);
MUST_CHECK bool access_finding(Access *access, const View *view, Text id, Buffer *out,
                               Status *status);
// The list as `ytterby findings --json` prints it (docs/design.md section 11): one JSON array of
// {"id","facility","components","from","to","p_value","mass_kg","low_kg","high_kg","kind","says",
// ...}, with the evidence (schema Finding), "lots": the ten movements behind it that carried most,
// each with its record, and "tested": among how many facilities, months and groups of lots, and the
// share of those listed that may be there by chance; kind "missing" or "surplus" ("measurement"
// where a laboratory or device is wrong at many), masses as numbers' text in kg.
MUST_CHECK bool access_findings_flat(Access *access, const View *view, Buffer *out, Status *status);
