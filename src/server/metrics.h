// What the server counts, as Prometheus text. No label ever names a party, a person, an id or a
// path as sent: routes are named by their pattern.
#pragma once
#include "base/buffer.h"

enum { METRICS_ROUTES_MAX = 64, METRICS_BUCKETS = 12 };

typedef struct RouteMetrics {
    const char *method, *pattern;
    uint64_t answers[6]; // by hundred of the status; [0] is unused
    uint64_t within[METRICS_BUCKETS + 1];
    uint64_t nanoseconds;
} RouteMetrics;

// Written by the loop thread alone.
typedef struct Metrics {
    uint64_t connections_opened, connections_refused, connections_now;
    uint64_t tls_failures, requests_malformed, timeouts, bytes_in, bytes_out;
    uint64_t limited, denied, streams_now, streams_cut_off, sign_ins, sign_ins_failed;
    uint64_t events[5]; // answered, by Verdict; dry runs are not counted
    uint64_t started_s; // seconds since 1970
    RouteMetrics routes[METRICS_ROUTES_MAX];
    size_t route_count;
} Metrics;

void metrics_answer(RouteMetrics *route, int status, uint64_t nanoseconds);
// Appends the text format, version 0.0.4.
void metrics_print(const Metrics *metrics, Buffer *out);
