// Compact JSON into a Buffer. Commas and quotes are the writer's business, so a caller only says
// what comes: json_object_begin(w); json_key(w, "id"); json_string(w, id); json_object_end(w);
// Everything is appended; whether all of it fitted is told by buffer->failed at the end.
#pragma once
#include "base/buffer.h"
#include "base/text.h"
#include "quantity/mass.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct JsonWriter {
    Buffer *out;
    uint64_t filled; // bit d: something stands already at depth d, so a comma comes first
    unsigned depth;  // at most 63
    bool after_key;
} JsonWriter;

JsonWriter json_writer(Buffer *out);

void json_object_begin(JsonWriter *writer);
void json_object_end(JsonWriter *writer);
void json_array_begin(JsonWriter *writer);
void json_array_end(JsonWriter *writer);
void json_key(JsonWriter *writer, const char *name);
void json_key_text(JsonWriter *writer, Text name);

// Values. Ill-formed UTF-8 becomes U+FFFD, so what is written is always JSON.
void json_string(JsonWriter *writer, Text text);
void json_words(JsonWriter *writer, const char *zero_ended); // a string; null pointer gives null
void json_mass(JsonWriter *writer, Mass mass);               // a string: kilograms
void json_fraction(JsonWriter *writer, Fraction fraction);   // a string: per cent
void json_i64(JsonWriter *writer, int64_t value);
void json_u64(JsonWriter *writer, uint64_t value);
void json_double(JsonWriter *writer, double value); // the shortest that reads back; else null
void json_bool(JsonWriter *writer, bool value);
void json_null(JsonWriter *writer);
// Bytes that are already one JSON value: a number's digits, an event as it stands in the log.
void json_raw(JsonWriter *writer, Text json);

// A member in one call.
void json_named_string(JsonWriter *writer, const char *name, Text text);
void json_named_words(JsonWriter *writer, const char *name, const char *zero_ended);
void json_named_mass(JsonWriter *writer, const char *name, Mass mass);
void json_named_i64(JsonWriter *writer, const char *name, int64_t value);
void json_named_u64(JsonWriter *writer, const char *name, uint64_t value);
void json_named_double(JsonWriter *writer, const char *name, double value);
void json_named_bool(JsonWriter *writer, const char *name, bool value);

// A JSON string with its quotes, alone.
bool json_quote(Buffer *out, Text text);
