#include "server/metrics.h"

static const double bounds_s[METRICS_BUCKETS] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                 0.01,   0.025,   0.1,    0.5,   1,      5};

void metrics_answer(RouteMetrics *route, int status, uint64_t nanoseconds) {
    size_t bucket = 0;
    while (bucket < METRICS_BUCKETS && (double)nanoseconds > bounds_s[bucket] * 1e9)
        bucket++;
    route->within[bucket]++;
    route->nanoseconds += nanoseconds;
    if (status >= 100 && status < 600) route->answers[status / 100]++;
}

static void head(Buffer *out, const char *name, const char *type, const char *help) {
    buffer_format(out, "# HELP ytterby_%s %s\n# TYPE ytterby_%s %s\n", name, help, name, type);
}

static void single(Buffer *out, const char *name, const char *type, const char *help,
                   uint64_t value) {
    head(out, name, type, help);
    buffer_format(out, "ytterby_%s %llu\n", name, (unsigned long long)value);
}

static void print_routes(const Metrics *metrics, Buffer *out) {
    head(out, "http_requests_total", "counter", "Answers by route and hundred of the status.");
    for (size_t i = 0; i < metrics->route_count; i++) {
        const RouteMetrics *route = &metrics->routes[i];
        for (size_t class = 1; class < 6; class ++)
            if (route->answers[class])
                buffer_format(out,
                              "ytterby_http_requests_total{method=\"%s\",route=\"%s\","
                              "status=\"%zuxx\"} %llu\n",
                              route->method, route->pattern, class,
                              (unsigned long long)route->answers[class]);
    }
    head(out, "http_request_seconds", "histogram", "Time from the whole request to its answer.");
    for (size_t i = 0; i < metrics->route_count; i++) {
        const RouteMetrics *route = &metrics->routes[i];
        uint64_t sum = 0;
        for (size_t b = 0; b <= METRICS_BUCKETS; b++)
            sum += route->within[b];
        if (!sum) continue;
        sum = 0;
        for (size_t b = 0; b < METRICS_BUCKETS; b++) {
            sum += route->within[b];
            buffer_format(out,
                          "ytterby_http_request_seconds_bucket{method=\"%s\",route=\"%s\","
                          "le=\"%g\"} %llu\n",
                          route->method, route->pattern, bounds_s[b], (unsigned long long)sum);
        }
        sum += route->within[METRICS_BUCKETS];
        buffer_format(out,
                      "ytterby_http_request_seconds_bucket{method=\"%s\",route=\"%s\","
                      "le=\"+Inf\"} %llu\n"
                      "ytterby_http_request_seconds_sum{method=\"%s\",route=\"%s\"} %.9f\n"
                      "ytterby_http_request_seconds_count{method=\"%s\",route=\"%s\"} %llu\n",
                      route->method, route->pattern, (unsigned long long)sum, route->method,
                      route->pattern, (double)route->nanoseconds / 1e9, route->method,
                      route->pattern, (unsigned long long)sum);
    }
}

void metrics_print(const Metrics *m, Buffer *out) {
    single(out, "start_time_seconds", "gauge", "When the server started, Unix time.", m->started_s);
    single(out, "connections", "gauge", "Connections that are open.", m->connections_now);
    single(out, "connections_opened_total", "counter", "Connections taken.", m->connections_opened);
    single(out, "connections_refused_total", "counter", "Connections closed for want of room.",
           m->connections_refused);
    single(out, "tls_failures_total", "counter", "TLS handshakes and records that failed.",
           m->tls_failures);
    single(out, "requests_malformed_total", "counter", "Requests that the parser refused.",
           m->requests_malformed);
    single(out, "timeouts_total", "counter", "Connections that were too slow.", m->timeouts);
    single(out, "received_bytes_total", "counter", "Bytes read from clients.", m->bytes_in);
    single(out, "sent_bytes_total", "counter", "Bytes sent to clients.", m->bytes_out);
    single(out, "limited_total", "counter", "Requests answered 429.", m->limited);
    single(out, "denied_total", "counter", "Requests answered 401 or 403.", m->denied);
    single(out, "streams", "gauge", "Event streams that are open.", m->streams_now);
    single(out, "streams_cut_off_total", "counter", "Event streams that lagged too far behind.",
           m->streams_cut_off);
    single(out, "sign_ins_total", "counter", "Sign-ins that succeeded.", m->sign_ins);
    single(out, "sign_ins_failed_total", "counter", "Sign-ins that failed.", m->sign_ins_failed);
    static const char *const verdicts[] = {"none", "accepted", "flagged", "held", "refused"};
    head(out, "events_total", "counter", "Events sent to this server, by verdict.");
    for (size_t i = 1; i < 5; i++)
        buffer_format(out, "ytterby_events_total{verdict=\"%s\"} %llu\n", verdicts[i],
                      (unsigned long long)m->events[i]);
    print_routes(m, out);
}
