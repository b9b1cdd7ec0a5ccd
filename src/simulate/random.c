#include "simulate/random.h"

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void random_init(Random *random, uint64_t seed, uint64_t stream) {
    uint64_t state = seed;
    state = splitmix(&state) ^ stream;
    for (int i = 0; i < 4; i++)
        random->state[i] = splitmix(&state);
}

static uint64_t rotate(uint64_t x, int by) {
    return (x << by) | (x >> (64 - by));
}

uint64_t random_next(Random *random) {
    uint64_t *s = random->state;
    uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint32_t random_below(Random *random, uint32_t below) {
    return (uint32_t)(((random_next(random) >> 32) * below) >> 32);
}

int64_t random_normal(Random *random) {
    int64_t sum = 0;
    for (int i = 0; i < 3; i++) {
        uint64_t bits = random_next(random);
        sum += (int64_t)(bits & 0xFFFF) + (int64_t)((bits >> 16) & 0xFFFF) +
               (int64_t)((bits >> 32) & 0xFFFF) + (int64_t)(bits >> 48);
    }
    return sum - 6 * 65535; // the mean of twelve
}

uint64_t random_name(const char *text) {
    uint64_t hash = 0xCBF29CE484222325u;
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 0x100000001B3u;
    return hash;
}
