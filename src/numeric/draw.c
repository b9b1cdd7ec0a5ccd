#include "numeric/draw.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

Draw draw_seeded(uint64_t seed) {
    Draw draw;
    for (int i = 0; i < 4; i++)
        draw.state[i] = splitmix64(&seed);
    return draw;
}

static uint64_t turned(uint64_t x, int by) {
    return x << by | x >> (64 - by);
}

uint64_t draw_bits(Draw *draw) {
    uint64_t *s = draw->state, out = turned(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = turned(s[3], 45);
    return out;
}

double draw_uniform(Draw *draw) {
    return ((double)(draw_bits(draw) >> 11) + 0.5) * 0x1p-53;
}

void draw_normals(Draw *draw, double *out, size_t count) {
    for (size_t i = 0; i < count; i += 2) {
        double radius = sqrt(-2.0 * log(draw_uniform(draw))),
               angle = 6.283185307179586 * draw_uniform(draw);
        out[i] = radius * cos(angle);
        if (i + 1 < count) out[i + 1] = radius * sin(angle);
    }
}
