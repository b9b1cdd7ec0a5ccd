#include "server/limits.h"
#include "base/intern.h"
#include "base/memory.h"
#include <sodium.h>

enum { BUCKETS = 16384 };

typedef struct Bucket {
    uint64_t seen_ms;
    uint64_t spent_milli; // thousandths of a unit; comes down with time
} Bucket;

struct Limits {
    uint8_t key[16];
    uint32_t per_second, burst;
    Bucket buckets[BUCKETS];
};

Limits *limits_new(uint32_t per_second, uint32_t burst, Status *status) {
    Limits *limits = memory_new_zero(1, sizeof *limits);
    if (!limits) {
        status_no_memory(status);
        return NULL;
    }
    limits->per_second = per_second ? per_second : 1;
    limits->burst = burst;
    randombytes_buf(limits->key, sizeof limits->key);
    return limits;
}

void limits_free(Limits *limits) {
    memory_free(limits);
}

bool limits_take(Limits *limits, const void *who, size_t length, uint32_t cost, uint64_t now_ms,
                 unsigned *retry_s) {
    Bucket *bucket = &limits->buckets[siphash(limits->key, who, length) % BUCKETS];
    uint64_t back = (now_ms - bucket->seen_ms) * limits->per_second; // units/s * ms = thousandths
    bucket->spent_milli = bucket->spent_milli > back ? bucket->spent_milli - back : 0;
    bucket->seen_ms = now_ms;
    uint64_t wanted = bucket->spent_milli + (uint64_t)cost * 1000;
    uint64_t most = (uint64_t)limits->burst * 1000;
    if (wanted > most) {
        uint64_t wait_ms = (wanted - most + limits->per_second - 1) / limits->per_second;
        *retry_s = wait_ms > 3600000 ? 3600 : (unsigned)((wait_ms + 999) / 1000);
        return false;
    }
    bucket->spent_milli = wanted;
    return true;
}
