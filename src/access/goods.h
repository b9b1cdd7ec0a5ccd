// What the book says of goods: net mass by facility, material and month, as a monthly return says
// it (docs/returns.md, "FACILITY.csv"). Lots alone: what is in circuits has components and no mass.
// Goods count as shipped when they are sent off or declared, and an entry in the month to which it
// is posted; a correction takes back in its own month. Private to access/.
#pragma once
#include "access/inside.h"

// The first eight in the order of ReturnLine.kg.
typedef enum GoodsTerm {
    GOODS_OPENING = 0, // opening stock of that month included
    GOODS_RECEIVED,
    GOODS_EXTRACTED,
    GOODS_MADE,
    GOODS_USED,
    GOODS_SHIPPED,
    GOODS_DISCARDED,
    GOODS_CLOSING,
    GOODS_LOST,
    GOODS_ADJUSTED, // weighings, stock-takings, found lots: + is more
    GOODS_TERMS
} GoodsTerm;

typedef struct GoodsRow {
    uint32_t facility, material;
    Month month;
    int64_t mg[GOODS_TERMS];
} GoodsRow;
typedef struct Goods {
    GoodsRow *rows; // by facility, material, month
    uint32_t count;
} Goods;

// One pass over all that was done to matter, once for each look.
MUST_CHECK bool goods_take(Look *look, Status *status);
// The month's line; false when the facility never had lots of the material until then (all 0).
bool goods_find(const Goods *goods, uint32_t facility, uint32_t material, Month month,
                int64_t mg[GOODS_TERMS]);
// Whether solution was extracted straight into a field in that month: its net mass stands in no
// lot.
bool goods_leached(const Goods *goods, uint32_t facility, Month month);
