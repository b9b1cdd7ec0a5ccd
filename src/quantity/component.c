// Symbols and names of the components.
#include "quantity/component.h"

#include <assert.h>

static const struct {
    char symbol[3];
    const char *name;
} components[COMPONENT_COUNT] = {
#define COMPONENT(bit, symbol, name, rare) [bit] = {#symbol, name},
#include "quantity/component.def"
#undef COMPONENT
};

#define COMPONENT(bit, symbol, name, rare)                                                         \
    _Static_assert(bit < COMPONENT_COUNT && (rare) == (bit < RARE_EARTH_COUNT), "order of bits");
#include "quantity/component.def"
#undef COMPONENT

const char *component_symbol(int component) {
    assert(component >= 0 && component < COMPONENT_COUNT);
    return components[component].symbol;
}

const char *component_name(int component) {
    assert(component >= 0 && component < COMPONENT_COUNT);
    return components[component].name;
}

// A symbol's two letters as one number, so that finding it is one switch. (A symbol's letters out
// of component.def are no constants to a C compiler; a test compares the two lists.)
#define PAIR(first, second) ((unsigned)(first) << 8 | (unsigned)(second))

int component_find(Text symbol) {
    if (symbol.length != 1 && symbol.length != 2) return COMPONENT_NONE;
    unsigned char first = (unsigned char)symbol.at[0];
    unsigned char second = symbol.length == 2 ? (unsigned char)symbol.at[1] : 0;
    if (symbol.length == 2 && second == 0) return COMPONENT_NONE;
    switch (PAIR(first, second)) {
    case PAIR('L', 'a'):
        return COMPONENT_La;
    case PAIR('C', 'e'):
        return COMPONENT_Ce;
    case PAIR('P', 'r'):
        return COMPONENT_Pr;
    case PAIR('N', 'd'):
        return COMPONENT_Nd;
    case PAIR('P', 'm'):
        return COMPONENT_Pm;
    case PAIR('S', 'm'):
        return COMPONENT_Sm;
    case PAIR('E', 'u'):
        return COMPONENT_Eu;
    case PAIR('G', 'd'):
        return COMPONENT_Gd;
    case PAIR('T', 'b'):
        return COMPONENT_Tb;
    case PAIR('D', 'y'):
        return COMPONENT_Dy;
    case PAIR('H', 'o'):
        return COMPONENT_Ho;
    case PAIR('E', 'r'):
        return COMPONENT_Er;
    case PAIR('T', 'm'):
        return COMPONENT_Tm;
    case PAIR('Y', 'b'):
        return COMPONENT_Yb;
    case PAIR('L', 'u'):
        return COMPONENT_Lu;
    case PAIR('S', 'c'):
        return COMPONENT_Sc;
    case PAIR('Y', 0):
        return COMPONENT_Y;
    case PAIR('T', 'h'):
        return COMPONENT_Th;
    case PAIR('U', 0):
        return COMPONENT_U;
    case PAIR('F', 'e'):
        return COMPONENT_Fe;
    case PAIR('B', 0):
        return COMPONENT_B;
    case PAIR('C', 'o'):
        return COMPONENT_Co;
    default:
        return COMPONENT_NONE;
    }
}
