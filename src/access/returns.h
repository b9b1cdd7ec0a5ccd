// Monthly returns beside the book's own figures (R65, K9). Private to access/.
//
// A figure differs when filed and booked are further apart than half of the last place that was
// filed (of whole kilograms half of one) and the flag limit of policy times the uncertainty that it
// gives weighings. What a line leaves out is not compared; a material that the facility had and the
// return does not name is, as if 0 had been filed.
#pragma once
#include "access/inside.h"
#include "codec/csv.h"

bool return_sees(const Look *look, uint32_t row);
void return_write(const Look *look, uint32_t row, JsonWriter *json); // after goods_take()
void returns_head(CsvWriter *csv);
bool returns_row(const Look *look, uint32_t row, CsvWriter *csv); // likewise
