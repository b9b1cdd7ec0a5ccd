// Random numbers for simulation: the same seed gives the same numbers for ever, on every machine up
// to the last bits of libm's log and cosine. xoshiro256++ (Blackman & Vigna, ACM TOMS 47, 2021),
// seeded by splitmix64; normals by Box & Muller, two at a time. Not for the book, and not for
// secrets.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Draw {
    uint64_t state[4];
} Draw;

Draw draw_seeded(uint64_t seed);
uint64_t draw_bits(Draw *draw);
double draw_uniform(Draw *draw); // above 0 and below 1
void draw_normals(Draw *draw, double *out, size_t count);
