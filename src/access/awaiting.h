// Lines of the list of what waits for a second person. Private to access/.
#pragma once
#include "access/inside.h"

bool awaiting_sees(const Look *look, uint32_t row);
void awaiting_write(const Look *look, uint32_t row, JsonWriter *json);
