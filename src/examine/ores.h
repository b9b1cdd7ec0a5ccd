// Published compositions of ores (data/reference/deposit_compositions.csv), whole ones only.
#pragma once
#include "quantity/component.h"
#include <stddef.h>

typedef struct Ore {
    const char *row, *deposit;
    double share[COMPONENT_COUNT]; // kg of the element for each kg of all rare earths as elements
} Ore;

// All of them, read once; count in `*count`.
const Ore *ores(size_t *count);
