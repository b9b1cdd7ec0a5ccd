// The table of routes.def.
#include "server/routes.h"
#include "server/sse.h"

const Route api_routes[] = {
#define ROUTE(method, pattern, scope, body, body_max, cost, query, handler)                        \
    {METHOD_##method, pattern, SCOPE_##scope, BODY_##body, body_max, cost, query, handler},
#include "server/routes.def"
#undef ROUTE
};
const size_t api_route_count = sizeof api_routes / sizeof *api_routes;
