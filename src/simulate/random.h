// Random numbers that mean the same for ever and on every machine: xoshiro256++ (Blackman & Vigna,
// ACM TOMS 47 (2021)), seeded by splitmix64, and integers only. No function of libm is used, since
// glibc chooses variants of them by processor.
#pragma once
#include <stdint.h>

typedef struct Random {
    uint64_t state[4];
} Random;

enum { NORMAL_ONE = 65536 }; // one standard deviation of random_normal()

// Two numbers make a stream of its own: the run's seed and whose stream it is.
void random_init(Random *random, uint64_t seed, uint64_t stream);
uint64_t random_next(Random *random);
// 0 to below - 1; below > 0.
uint32_t random_below(Random *random, uint32_t below);
// A normal draw in units of 1/65536 sigma: the sum of twelve 16-bit uniforms less its mean, which
// has variance (2^32 - 1) and never leaves six sigma.
int64_t random_normal(Random *random);
// A text's number, for streams and shared errors that go by name (FNV-1a).
uint64_t random_name(const char *text);
