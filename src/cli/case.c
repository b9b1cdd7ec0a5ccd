#include "cli/case.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_TEXT_MAX = 64, POINTER_MAX = 160 };

static bool fails_at(Case *c, uint32_t token, const char *what) {
    char pointer[POINTER_MAX];
    json_pointer(c->json, token, pointer, sizeof pointer);
    return status_set(c->status, STATUS_INVALID, "%s", what) ||
           status_where(c->status, "%s", pointer);
}

// ---- reading ----

bool case_has(const Case *c, uint32_t object, const char *name) {
    uint32_t token = json_member(c->json, object, text_of(name));
    return token != JSON_NONE && json_type(c->json, token) != JSON_NULL;
}

bool case_member(Case *c, uint32_t object, const char *name, JsonType type, uint32_t *token) {
    uint32_t found = json_member(c->json, object, text_of(name));
    if (found == JSON_NONE) {
        fails_at(c, object, "");
        return status_set(c->status, STATUS_INVALID, "member \"%s\" is missing", name);
    }
    if (json_type(c->json, found) != type) {
        fails_at(c, found, "");
        char where[sizeof c->status->where];
        snprintf(where, sizeof where, "%s", c->status->where);
        status_set(c->status, STATUS_INVALID, "member \"%s\" is %s", name,
                   json_type_name(json_type(c->json, found)));
        status_hint(c->status, "it must be %s", json_type_name(type));
        return status_where(c->status, "%s", where);
    }
    *token = found;
    return true;
}

bool case_value(Case *c, uint32_t token, double *value) {
    if (json_type(c->json, token) != JSON_NUMBER) return fails_at(c, token, "not a number");
    Text digits = json_bytes(c->json, token);
    char text[NUMBER_TEXT_MAX];
    if (digits.length >= sizeof text) return fails_at(c, token, "number is too long");
    memcpy(text, digits.at, digits.length);
    text[digits.length] = '\0';
    double number = strtod(text, NULL);
    if (!isfinite(number)) return fails_at(c, token, "number is too large");
    *value = number;
    return true;
}

bool case_number(Case *c, uint32_t object, const char *name, double *value) {
    uint32_t token;
    return case_member(c, object, name, JSON_NUMBER, &token) && case_value(c, token, value);
}

bool case_count(Case *c, uint32_t object, const char *name, size_t *value) {
    double number;
    if (!case_number(c, object, name, &number)) return false;
    if (!(number >= 0.0 && number <= 1e9 && number == floor(number))) {
        return status_set(c->status, STATUS_INVALID, "member \"%s\" is \"%g\"", name, number) ||
               status_hint(c->status, "it must be a whole number");
    }
    *value = (size_t)number;
    return true;
}

bool case_numbers(Case *c, uint32_t object, const char *name, double **values, bool **known,
                  size_t *count) {
    uint32_t array;
    if (!case_member(c, object, name, JSON_ARRAY, &array)) return false;
    size_t n = json_count(c->json, array), at = 0;
    double *numbers = arena_take_zero(c->arena, n + 1, sizeof *numbers);
    bool *there = arena_take_zero(c->arena, n + 1, sizeof *there);
    if (!numbers || !there) return status_no_memory(c->status);
    for (uint32_t i = json_begin(array); i != json_end(c->json, array);
         i = json_next(c->json, i), at++) {
        if (known && json_type(c->json, i) == JSON_NULL) continue;
        if (!case_value(c, i, &numbers[at])) return false;
        there[at] = true;
    }
    *values = numbers;
    if (known) *known = there;
    *count = n;
    return true;
}

bool case_numbers_exactly(Case *c, uint32_t object, const char *name, size_t count,
                          double **values) {
    double *numbers;
    size_t n;
    if (!case_numbers(c, object, name, &numbers, NULL, &n)) return false;
    if (n != count) {
        return status_set(c->status, STATUS_INVALID, "\"%s\" has %zu values", name, n) ||
               status_hint(c->status, "it must have %zu", count);
    }
    *values = numbers;
    return true;
}

static int by_name(const void *a, const void *b) {
    return text_compare(*(const Text *)a, *(const Text *)b);
}

bool case_distinct(Case *c, const Text *names, size_t count, const char *what) {
    Text *sorted = arena_take_zero(c->arena, count + 1, sizeof *sorted);
    if (!sorted) return status_no_memory(c->status);
    if (count) memcpy(sorted, names, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t i = 1; i < count; i++)
        if (text_equal(sorted[i - 1], sorted[i])) {
            status_set(c->status, STATUS_INVALID, "two %ss are called \"%.*s\"", what,
                       TEXT_ARG(sorted[i]));
            return status_hint(c->status, "each must have a name of its own");
        }
    return true;
}

bool case_place(const Case *c, uint32_t object, Text name, uint32_t *place) {
    uint32_t at = 0;
    for (uint32_t i = json_begin(object); i != json_end(c->json, object);
         i = json_next(c->json, i), at++) {
        if (json_text_is(c->json, i, name)) {
            *place = at;
            return true;
        }
    }
    return false;
}

// ---- comparing ----

void check_fails(Case *c, uint32_t token, const char *format, ...) {
    if (c->failed) return;
    c->failed = true;
    char pointer[POINTER_MAX], what[sizeof c->reason - POINTER_MAX - 2];
    json_pointer(c->json, token, pointer, sizeof pointer);
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    snprintf(c->reason, sizeof c->reason, "%s: %s", pointer, what);
}

static void visit(Case *c, uint32_t token) {
    c->visited[token] = true;
}

// Everything below a token, as of an array compared in one piece.
static void visit_all(Case *c, uint32_t token) {
    for (uint32_t i = token; i < c->json->tokens[token].next; i++)
        visit(c, i);
}

uint32_t check_member(Case *c, uint32_t object, const char *name) {
    if (object == JSON_NONE) return JSON_NONE;
    uint32_t token = json_member(c->json, object, text_of(name));
    if (token != JSON_NONE) visit(c, token);
    return token;
}

// A tolerance that applies to one field: "FIELD_abs", "FIELD_rel" or a word of its name.
static bool own_tolerance(Case *c, const char *name, const char *ending, double *value) {
    if (c->tolerance == JSON_NONE) return false;
    for (uint32_t i = json_begin(c->tolerance); i != json_end(c->json, c->tolerance);
         i = json_next(c->json, i)) {
        Text key = json_bytes(c->json, i); // with its quotes
        size_t tail = strlen(ending);
        if (key.length < tail + 3 || memcmp(key.at + key.length - 1 - tail, ending, tail) != 0) {
            continue;
        }
        char field[NUMBER_TEXT_MAX];
        size_t length = key.length - 2 - tail;
        if (length >= sizeof field) continue;
        memcpy(field, key.at + 1, length);
        field[length] = '\0';
        if (strstr(name, field) && case_value(c, i + 1, value)) return true;
    }
    return false;
}

static bool is_probability(const char *name) {
    return strstr(name, "p_") == name || strstr(name, "p_value") || strstr(name, "probability") ||
           strstr(name, "nondetection") || strstr(name, "adjusted");
}

void check_value(Case *c, uint32_t token, const char *name, bool known, double value) {
    visit(c, token);
    bool null = json_type(c->json, token) == JSON_NULL;
    if (null || !known) {
        if (null && known) check_fails(c, token, "%.12g instead of null", value);
        if (!null && !known) check_fails(c, token, "null instead of a value");
        return;
    }
    if (!isfinite(value)) {
        check_fails(c, token, "what came out is no number");
        return;
    }
    double wanted;
    if (!case_value(c, token, &wanted)) {
        check_fails(c, token, "expected value is not a number");
        return;
    }
    if (!c->figure[0] && wanted != 0.0) {
        size_t length = json_pointer(c->json, token, c->figure, sizeof c->figure);
        if (length >= sizeof c->figure) c->figure[0] = '\0';
        c->figure_wanted = wanted;
        c->figure_ours = value;
    }
    double rel = c->rel, abs = c->abs, own;
    if (own_tolerance(c, name, "_rel", &own)) rel = own;
    if (own_tolerance(c, name, "_abs", &own)) abs = own;
    if (is_probability(name)) abs = fmax(abs, 1e-12); // "may be written 0"
    double difference = fabs(value - wanted);
    // Relative to the size at which both tolerances weigh the same, so that a value near zero,
    // where only the absolute one counts, does not drown the rest.
    double size = fabs(wanted) + (rel > 0.0 ? abs / rel : 0.0);
    if (size > 0.0) c->worst = fmax(c->worst, difference / size);
    if (!(difference <= abs + rel * fabs(wanted))) {
        check_fails(c, token, "%.12g instead of %.12g", value, wanted);
    }
}

void check_optional(Case *c, uint32_t object, const char *name, bool known, double value) {
    uint32_t token = check_member(c, object, name);
    if (token != JSON_NONE) check_value(c, token, name, known, value);
}

void check_number(Case *c, uint32_t object, const char *name, double value) {
    check_optional(c, object, name, true, value);
}

void check_bool(Case *c, uint32_t object, const char *name, bool value) {
    uint32_t token = check_member(c, object, name);
    if (token == JSON_NONE) return;
    if (json_type(c->json, token) != (value ? JSON_TRUE : JSON_FALSE)) {
        check_fails(c, token, "%s instead of the other", value ? "true" : "false");
    }
}

static void check_whole(Case *c, uint32_t token, bool known, size_t value) {
    visit(c, token);
    bool null = json_type(c->json, token) == JSON_NULL;
    double wanted = 0.0;
    if (null || !known) {
        if (null && known) check_fails(c, token, "%zu instead of null", value);
        if (!null && !known) check_fails(c, token, "null instead of a value");
    } else if (!case_value(c, token, &wanted) || wanted != (double)value) {
        check_fails(c, token, "%zu instead of %.12g", value, wanted);
    }
}

void check_count(Case *c, uint32_t object, const char *name, bool known, size_t value) {
    uint32_t token = check_member(c, object, name);
    if (token != JSON_NONE) check_whole(c, token, known, value);
}

// The array at a member if it has the right length.
static uint32_t array_of(Case *c, uint32_t object, const char *name, size_t count) {
    uint32_t array = check_member(c, object, name);
    if (array == JSON_NONE) return JSON_NONE;
    if (json_type(c->json, array) != JSON_ARRAY || json_count(c->json, array) != count) {
        check_fails(c, array, "%zu values instead of another number of them", count);
        visit_all(c, array);
        return JSON_NONE;
    }
    return array;
}

void check_numbers(Case *c, uint32_t object, const char *name, const double *values,
                   const bool *known, size_t count) {
    uint32_t array = array_of(c, object, name, count);
    if (array == JSON_NONE) return;
    uint32_t i = json_begin(array);
    for (size_t at = 0; at < count; at++, i = json_next(c->json, i)) {
        check_value(c, i, name, !known || known[at], values[at]);
    }
}

void check_counts(Case *c, uint32_t object, const char *name, const size_t *values, size_t count) {
    uint32_t array = array_of(c, object, name, count);
    if (array == JSON_NONE) return;
    uint32_t i = json_begin(array);
    for (size_t at = 0; at < count; at++, i = json_next(c->json, i)) {
        check_whole(c, i, true, values[at]);
    }
}

void check_matrix(Case *c, uint32_t object, const char *name, const double *values, size_t side) {
    uint32_t array = array_of(c, object, name, side);
    if (array == JSON_NONE) return;
    uint32_t row = json_begin(array);
    for (size_t i = 0; i < side; i++, row = json_next(c->json, row)) {
        visit(c, row);
        if (json_type(c->json, row) != JSON_ARRAY || json_count(c->json, row) != side) {
            check_fails(c, row, "%zu values instead of another number of them", side);
            visit_all(c, row);
            continue;
        }
        uint32_t entry = json_begin(row);
        for (size_t j = 0; j < side; j++, entry = json_next(c->json, entry)) {
            check_value(c, entry, name, true, values[i * side + j]);
        }
    }
}

void check_skip(Case *c, uint32_t object, const char *name) {
    uint32_t token = check_member(c, object, name);
    if (token != JSON_NONE) visit_all(c, token);
}

void check_all_visited(Case *c) {
    uint32_t end = c->json->tokens[c->expected].next;
    bool any = false;
    for (uint32_t i = c->expected + 1; i < end; i++) {
        if (c->json->tokens[i].key) continue;
        JsonType type = json_type(c->json, i);
        any |= type != JSON_OBJECT && type != JSON_ARRAY;
        if (c->visited[i]) continue;
        check_fails(c, i, "expected, but not computed");
        return;
    }
    // A case that can only agree has shown nothing.
    if (!any) check_fails(c, c->expected, "nothing is expected");
}
