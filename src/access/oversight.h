// Lines of what stands beside matter: what waits for a second person, orders, inspections, reports,
// technology, rule packs. Private to access/.
#pragma once
#include "access/inside.h"

bool awaiting_sees(const Look *look, uint32_t row);
void awaiting_write(const Look *look, uint32_t row, JsonWriter *json);
// Inspections, reports and orders are the authority's own.
bool authority_sees(const Look *look, uint32_t row);
void order_write(const Look *look, uint32_t row, JsonWriter *json);
void case_write(const Look *look, uint32_t row, JsonWriter *json);
void tip_write(const Look *look, uint32_t row, JsonWriter *json);
// Its owner, whoever was told of it, and the authority.
bool technology_sees(const Look *look, uint32_t row);
void technology_write(const Look *look, uint32_t row, JsonWriter *json);
bool pack_sees(const Look *look, uint32_t row);
void pack_write(const Look *look, uint32_t row, JsonWriter *json);
