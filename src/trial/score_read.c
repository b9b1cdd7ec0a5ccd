#include "trial/score_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec/json.h"

enum { TOKENS_MAX = 4000000, POINTER_MAX = 160, NUMBER_MAX = 40 };

typedef struct Reading {
    Json json;
    Arena *arena;
    Status *status;
} Reading;

static bool wrong(Reading *r, uint32_t token, const char *message, const char *hint) {
    char pointer[POINTER_MAX];
    json_pointer(&r->json, token, pointer, sizeof pointer);
    status_set(r->status, STATUS_INVALID, "%s", message);
    if (hint) status_hint(r->status, "%s", hint);
    return pointer[0] ? status_where(r->status, "%s", pointer) : false;
}

static bool member(Reading *r, uint32_t object, const char *name, JsonType type, uint32_t *value) {
    uint32_t token = json_type(&r->json, object) == JSON_OBJECT
                         ? json_member(&r->json, object, text_of(name))
                         : JSON_NONE;
    char message[120];
    if (token == JSON_NONE)
        snprintf(message, sizeof message, "\"%s\" is missing", name);
    else if (json_type(&r->json, token) != type)
        snprintf(message, sizeof message, "\"%s\" is %s, not %s", name,
                 json_type_name(json_type(&r->json, token)), json_type_name(type));
    else {
        *value = token;
        return true;
    }
    return wrong(r, object, message, NULL);
}

static bool text_member(Reading *r, uint32_t object, const char *name, Text *text) {
    uint32_t token;
    return member(r, object, name, JSON_STRING, &token) &&
           json_text(&r->json, token, r->arena, text, r->status);
}

// "" where there is none, or null.
static bool text_if_any(Reading *r, uint32_t object, const char *name, Text *text) {
    uint32_t token = json_member(&r->json, object, text_of(name));
    *text = TEXT("");
    if (token == JSON_NONE || json_type(&r->json, token) == JSON_NULL) return true;
    return text_member(r, object, name, text);
}

// A number, or a text that is one.
static bool number_at(Reading *r, uint32_t token, double *number) {
    Text text;
    JsonType type = json_type(&r->json, token);
    if (type == JSON_NUMBER)
        text = json_bytes(&r->json, token);
    else if (type != JSON_STRING)
        return wrong(r, token, "this is no number", NULL);
    else if (!json_text(&r->json, token, r->arena, &text, r->status))
        return false;
    char copy[NUMBER_MAX], *end;
    if (text.length == 0 || text.length >= sizeof copy)
        return wrong(r, token, "this is no number", NULL);
    memcpy(copy, text.at, text.length);
    copy[text.length] = '\0';
    *number = strtod(copy, &end);
    return (*end == '\0' && isfinite(*number)) || wrong(r, token, "this is no number", NULL);
}

static bool number_member(Reading *r, uint32_t object, const char *name, double *number) {
    uint32_t token = json_member(&r->json, object, text_of(name));
    if (token != JSON_NONE) return number_at(r, token, number);
    return member(r, object, name, JSON_NUMBER, &token);
}

static bool month_member(Reading *r, uint32_t object, const char *name, Month *month) {
    Text text;
    Day day;
    if (!text_member(r, object, name, &text)) return false;
    if (month_read(text, month)) return true;
    if (day_read(text, &day)) {
        *month = month_of_day(day);
        return true;
    }
    return wrong(r, json_member(&r->json, object, text_of(name)), "this is no month",
                 "write YYYY-MM, or a day as YYYY-MM-DD");
}

static bool months_of(Reading *r, uint32_t object, Month *from, Month *to) {
    return month_member(r, object, "from", from) && month_member(r, object, "to", to) &&
           (*from <= *to || wrong(r, object, "\"to\" is before \"from\"", NULL));
}

static bool begin(Reading *r, Text text, Arena *arena, Status *status) {
    *r = (Reading){.arena = arena, .status = status};
    json_init(&r->json, TOKENS_MAX);
    return json_read(&r->json, text, status);
}

// ---- truth ----

static bool read_cheat(Reading *r, uint32_t object, ScoreCheat *cheat) {
    Text kind;
    uint32_t components;
    *cheat = (ScoreCheat){.net_kg = 0.0};
    if (!text_member(r, object, "kind", &kind)) return false;
    if (!score_kind_find(kind, &cheat->kind))
        return wrong(r, json_member(&r->json, object, TEXT("kind")), "there is no such cheat",
                     "docs/cheats.md has the kinds");
    if (!text_member(r, object, "facility", &cheat->facility) ||
        !months_of(r, object, &cheat->from, &cheat->to) ||
        !text_if_any(r, object, "deposit", &cheat->deposit) ||
        !member(r, object, "components", JSON_OBJECT, &components))
        return false;
    for (uint32_t i = json_begin(components); i != json_end(&r->json, components);
         i = json_next(&r->json, i)) {
        Text symbol;
        double mg;
        if (!json_text(&r->json, i, r->arena, &symbol, r->status)) return false;
        int c = component_find(symbol);
        if (c == COMPONENT_NONE) return wrong(r, i, "there is no such component", NULL);
        if (!number_at(r, i + 1, &mg)) return false;
        if (mg < 0.0) return wrong(r, i, "a mass is below zero", NULL);
        cheat->kg[c] = mg / 1e6;
    }
    if (json_member(&r->json, object, TEXT("net_mg")) == JSON_NONE) return true;
    if (!number_member(r, object, "net_mg", &cheat->net_kg)) return false;
    cheat->net_kg /= 1e6;
    return true;
}

static bool read_cheats(Reading *r, ScoreCheat **cheats, size_t *count) {
    static const char hint[] = "the truth is what \"ytterby simulate\" writes as truth.json";
    uint32_t array;
    if (json_type(&r->json, 0) != JSON_OBJECT || !member(r, 0, "cheats", JSON_ARRAY, &array))
        return wrong(r, 0, "there are no \"cheats\" in it", hint);
    size_t n = 0;
    ScoreCheat *all = arena_take_zero(r->arena, json_count(&r->json, array) + 1, sizeof *all);
    if (!all) return status_no_memory(r->status);
    for (uint32_t i = json_begin(array); i != json_end(&r->json, array); i = json_next(&r->json, i))
        if (!read_cheat(r, i, &all[n++])) return false;
    *cheats = all;
    *count = n;
    return true;
}

bool score_read_truth(Text text, Arena *arena, ScoreCheat **cheats, size_t *count, Status *status) {
    Reading r;
    bool well = begin(&r, text, arena, status) && read_cheats(&r, cheats, count);
    json_done(&r.json);
    return well;
}

// ---- findings ----

// What the two commands call their kinds, and the side where there is one.
static const struct {
    const char *name;
    ScoreFamily family;
    bool missing;
} FAMILIES[] = {
    {"missing", SCORE_BALANCE, true}, {"surplus", SCORE_BALANCE, false},
    {"origin", SCORE_ORIGIN, false},  {"measurement", SCORE_MEASUREMENT, false},
    {"pair", SCORE_PAIR, false},      {"customs", SCORE_TRADE, false},
    {"border", SCORE_TRADE, false},   {"quota", SCORE_QUOTA, false},
    {"stock", SCORE_STOCK, false},
};

static bool find_family(Text name, ScoreClaim *claim) {
    for (size_t i = 0; i < sizeof FAMILIES / sizeof *FAMILIES; i++)
        if (text_equal(name, text_of(FAMILIES[i].name))) {
            claim->family = FAMILIES[i].family;
            claim->missing = FAMILIES[i].missing;
            return true;
        }
    return false;
}

static bool read_claim(Reading *r, uint32_t object, ScoreClaim *claim) {
    Text kind, family, symbol;
    uint32_t components;
    *claim = (ScoreClaim){.components = 0};
    if (!text_member(r, object, "kind", &kind) || !text_if_any(r, object, "family", &family))
        return false;
    claim->kind = kind;
    if (!find_family(kind, claim))
        return wrong(r, json_member(&r->json, object, TEXT("kind")),
                     "there is no such kind of finding",
                     "it is one of missing, surplus, origin, measurement, pair, customs, border, "
                     "quota, stock");
    // `findings` tells the side as the kind, and the family beside it.
    bool missing = claim->missing;
    if (!text_is_empty(family) && !text_equal(family, TEXT("balance")) &&
        !find_family(family, claim))
        return wrong(r, json_member(&r->json, object, TEXT("family")), "there is no such family",
                     "it is balance, origin or measurement");
    claim->missing = missing;
    if (!text_if_any(r, object, "id", &claim->id) ||
        !text_member(r, object, "facility", &claim->facility) ||
        !text_if_any(r, object, "other", &claim->other) ||
        !months_of(r, object, &claim->from, &claim->to) ||
        !text_if_any(r, object, "ore", &claim->ore) ||
        !number_member(r, object, "mass_kg", &claim->kg) ||
        !number_member(r, object, "low_kg", &claim->low_kg) ||
        !number_member(r, object, "high_kg", &claim->high_kg) ||
        !member(r, object, "components", JSON_ARRAY, &components))
        return false;
    if (claim->kg < 0.0)
        return wrong(r, json_member(&r->json, object, TEXT("mass_kg")), "a mass is below zero",
                     "what is missing and what is too much is told by \"kind\"");
    if (claim->low_kg > claim->high_kg)
        return wrong(r, object, "\"low_kg\" is above \"high_kg\"", NULL);
    for (uint32_t i = json_begin(components); i != json_end(&r->json, components);
         i = json_next(&r->json, i)) {
        if (json_type(&r->json, i) != JSON_STRING) return wrong(r, i, "a symbol is missing", NULL);
        if (!json_text(&r->json, i, r->arena, &symbol, r->status)) return false;
        if (text_equal(symbol, TEXT("TREO"))) {
            claim->reo = true;
            claim->components |= COMPONENT_BIT(RARE_EARTH_COUNT) - 1;
            continue;
        }
        int c = component_find(symbol);
        if (c == COMPONENT_NONE) return wrong(r, i, "there is no such component", NULL);
        claim->components |= COMPONENT_BIT(c);
    }
    return true;
}

static bool read_claims(Reading *r, ScoreClaim **claims, size_t *count) {
    static const char hint[] =
        "it is an array as of \"ytterby findings --json\", or an object with \"findings\" as of "
        "\"ytterby examine --json\"";
    uint32_t array = 0;
    if (json_type(&r->json, 0) == JSON_OBJECT) array = json_member(&r->json, 0, TEXT("findings"));
    if (array == JSON_NONE || json_type(&r->json, array) != JSON_ARRAY)
        return wrong(r, 0, "these are no findings", hint);
    size_t n = 0;
    ScoreClaim *all = arena_take_zero(r->arena, json_count(&r->json, array) + 1, sizeof *all);
    if (!all) return status_no_memory(r->status);
    for (uint32_t i = json_begin(array); i != json_end(&r->json, array); i = json_next(&r->json, i))
        if (!read_claim(r, i, &all[n++])) return false;
    *claims = all;
    *count = n;
    return true;
}

bool score_read_findings(Text text, Arena *arena, ScoreClaim **claims, size_t *count,
                         Status *status) {
    Reading r;
    bool well = begin(&r, text, arena, status) && read_claims(&r, claims, count);
    json_done(&r.json);
    return well;
}
