// A network of places and what goes between them as SVG: places in columns from where things come
// to where they go, roads as lines as thick as what they carry, what is suspected in the colour of
// what is not accounted for.
#pragma once
#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLOT_NETWORK_WIDTH = 1100, PLOT_NETWORK_HEIGHT = 560 };

typedef struct PlotRoad {
    uint32_t from, to; // places; UINT32_MAX: not drawn
    double mass;
    bool marked;
} PlotRoad;

typedef struct PlotNetwork {
    const char *title;
    size_t nodes;
    const Text *names;
    const bool *marked;
    size_t roads;
    const PlotRoad *road;
} PlotNetwork;

// Into a figure that is already begun. Where there are more than some hundred places only those
// with something marked, their partners, and the busiest have names. False when memory is short.
MUST_CHECK bool plot_network(Buffer *out, const PlotNetwork *plot, Arena *arena);
