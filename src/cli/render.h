// Answers for people: a JSON object as lines of names and values, its arrays of objects as tables.
#pragma once
#include "base/buffer.h"
#include "codec/json.h"

// Prints `json` (an object as access/ writes it) to standard output. `columns` names the columns of
// the tables, comma separated and in order, null for all plain members; members in `hidden` are
// left out.
MUST_CHECK bool render_answer(Text json, const char *columns, const char *hidden, Status *status);

// The first dozen rows of one table of an answer, and how many more there are. `columns` as above.
MUST_CHECK bool render_first_rows(const Json *json, const char *name, const char *columns,
                                  Status *status);
