// The elements that are tracked, in frozen order: bits 0 to 21; bits 22 to 63 are free.
#pragma once
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

enum {
#define COMPONENT(bit, symbol, name, rare) COMPONENT_##symbol = bit,
#include "quantity/component.def"
#undef COMPONENT
    COMPONENT_COUNT = 22,
    RARE_EARTH_COUNT = 17,
    COMPONENT_NONE = 255
};
#define COMPONENT_BIT(component) ((uint64_t)1 << (component))
#define RARE_EARTH_MASK          (((uint64_t)1 << RARE_EARTH_COUNT) - 1)
#define COMPONENT_MASK           (((uint64_t)1 << COMPONENT_COUNT) - 1)

// As they are spelt, for what is told to those who spelt one otherwise.
#define COMPONENT_SYMBOLS "La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Sc Y Th U Fe B Co"

const char *component_symbol(int component);
const char *component_name(int component);
// COMPONENT_NONE when the symbol is not one of ours (symbols are exact: "Nd", not "nd").
int component_find(Text symbol);
