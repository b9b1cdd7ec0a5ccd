// Who is asking, and in which book.
#include "server/inside.h"
#include "server/routes.h"

void api_as_of(Exchange *exchange, JsonWriter *json) {
    (void)exchange;
    json_key(json, "as_of");
    json_null(json);
    json_named_bool(json, "trial", false);
}

void api_me(Exchange *exchange) {
    const Principal *principal = &exchange->principal;
    JsonWriter writer = json_writer(&exchange->response.text), *json = &writer;
    char text[INSTANT_TEXT_MAX];
    json_object_begin(json);
    api_as_of(exchange, json);
    json_named_words(json, "principal", principal->text);
    json_named_words(json, "name", principal->name);
    json_named_words(json, "role", role_name(principal->role));
    json_named_words(json, "party", principal->party);
    json_named_words(json, "party_name", NULL);
    json_named_words(json, "kind", principal->kind == PRINCIPAL_KEY ? "key" : "user");
    json_named_words(json, "expires",
                     principal->expires ? instant_print(principal->expires, text) : NULL);
    json_key(json, "may");
    json_array_begin(json);
    for (Scope scope = SCOPE_READ; scope <= SCOPE_OPERATE; scope++)
        if (scope_allows(scope, principal)) json_words(json, scope_name(scope));
    json_array_end(json);
    json_object_end(json);
    exchange->response.content_type = "application/json";
}
