// Rows of `list`: drafts of plans, opinions on them, what groups still have to pass down, and
// monthly returns that are missing. Private to access/.
#pragma once
#include "access/inside.h"

Intern *const *draft_names(const Book *book);
bool draft_sees(const Look *look, uint32_t row);
void draft_write(const Look *look, uint32_t row, JsonWriter *json);
// An opinion is seen by who sees all, and by the party that gave it.
bool opinion_sees(const Look *look, uint32_t row);
void opinion_write(const Look *look, uint32_t row, JsonWriter *json);
// A group's allotment under an instrument with a deadline, by row of TABLE_ALLOTMENT.
bool pass_down_sees(const Look *look, uint32_t row);
void pass_down_write(const Look *look, uint32_t row, JsonWriter *json);
// A facility that mines or separates and lacks returns whose day (the 10th of the month after) has
// passed by the date of the last record, by row of TABLE_FACILITY.
bool missing_return_sees(const Look *look, uint32_t row);
void missing_return_write(const Look *look, uint32_t row, JsonWriter *json);
