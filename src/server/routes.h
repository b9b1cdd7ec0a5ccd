// The handlers that routes.def names; each stands in the api_*.c of its subject.
#pragma once
#include "server/router.h"

#define ROUTE(method, pattern, scope, body, body_max, cost, query, handler)                        \
    void handler(Exchange *exchange);
#include "server/routes.def"
#undef ROUTE
