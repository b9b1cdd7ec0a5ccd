#include "keeper/clock.h"

#include <time.h>

static int64_t microseconds(clockid_t which) {
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static Instant system_wall(void *context) {
    (void)context;
    return microseconds(CLOCK_REALTIME);
}

// CLOCK_BOOTTIME goes on while the machine sleeps, as civil time does.
static int64_t system_steady(void *context) {
    (void)context;
    return microseconds(CLOCK_BOOTTIME);
}

const Clock clock_system = {system_wall, system_steady, NULL};

void clock_watch(const Clock *clock, ClockWatch *watch) {
    watch->wall = clock->wall(clock->context);
    watch->steady = clock->steady(clock->context);
}

bool clock_now(const Clock *clock, const ClockWatch *watch, Instant *now, Status *status) {
    Instant wall = clock->wall(clock->context);
    int64_t passed = clock->steady(clock->context) - watch->steady;
    int64_t parted = wall - watch->wall - passed;
    int64_t allowed = CLOCK_JUMP_US + passed / 1000000 * CLOCK_DRIFT_PPM;
    if (wall < 0 || wall > INSTANT_MAX || parted > allowed || parted < -allowed) {
        status_set(status, STATUS_CONFLICT, "the clock was set by %lld s while the book was kept",
                   (long long)(parted / 1000000));
        return status_hint(status, "check the machine's time, then start again");
    }
    *now = wall;
    return true;
}
