// Who is asking: an API key ("Authorization: Bearer ytt_...") or a session's cookie. And, since
// browsers send cookies wherever they are led to: whether a request with one comes from our own
// pages (S6).
#pragma once
#include "server/router.h"

// Under TLS the name begins with "__Host-": browsers then take it from this host alone, over TLS
// alone.
const char *identity_cookie(const struct Server *server);
// Finds the principal; kind stays PRINCIPAL_NONE when nothing was shown. False when what was shown
// is not valid, with the reason. `by_cookie` says how.
MUST_CHECK bool identity_find(struct Server *server, const Request *request, Principal *principal,
                              bool *by_cookie, Status *status);
// Whether an unsafe request may be believed to come from our own pages: Sec-Fetch-Site says
// same-origin or none, or, without it, Origin names this host. A request with neither is not
// believed.
bool identity_same_origin(const struct Server *server, const Request *request);
// Sets and clears the cookie.
void identity_set_cookie(Exchange *exchange, const char *secret);
void identity_clear_cookie(Exchange *exchange);
// Writes an act into the audit trail; false when it could not be written, and then the act must not
// happen.
MUST_CHECK bool identity_audit(Exchange *exchange, const char *act, const char *outcome,
                               Status *status);
