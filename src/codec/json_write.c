#include "codec/json_write.h"
#include "quantity/decimal.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

JsonWriter json_writer(Buffer *out) {
    return (JsonWriter){.out = out};
}

static void before_value(JsonWriter *writer) {
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    uint64_t bit = (uint64_t)1 << writer->depth;
    if (writer->filled & bit) buffer_char(writer->out, ',');
    writer->filled |= bit;
}

static void begin(JsonWriter *writer, char bracket) {
    before_value(writer);
    buffer_char(writer->out, bracket);
    assert(writer->depth < 63);
    writer->depth++;
    writer->filled &= ~((uint64_t)1 << writer->depth);
}

static void end(JsonWriter *writer, char bracket) {
    assert(writer->depth > 0 && !writer->after_key);
    writer->depth--;
    buffer_char(writer->out, bracket);
}

void json_object_begin(JsonWriter *writer) {
    begin(writer, '{');
}
void json_object_end(JsonWriter *writer) {
    end(writer, '}');
}
void json_array_begin(JsonWriter *writer) {
    begin(writer, '[');
}
void json_array_end(JsonWriter *writer) {
    end(writer, ']');
}

void json_key_text(JsonWriter *writer, Text name) {
    assert(writer->depth > 0 && !writer->after_key);
    before_value(writer);
    json_quote(writer->out, name);
    buffer_char(writer->out, ':');
    writer->after_key = true;
}

void json_key(JsonWriter *writer, const char *name) {
    json_key_text(writer, text_of(name));
}

static size_t sequence_length(const uint8_t *at, size_t left) {
    size_t length = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    return left >= length && utf8_is_valid((Text){(const char *)at, length}) ? length : 0;
}

bool json_quote(Buffer *out, Text text) {
    const uint8_t *at = (const uint8_t *)text.at, *plain = at;
    const uint8_t *end_at = text.length ? at + text.length : at; // an empty text may point nowhere
    buffer_char(out, '"');
    while (at < end_at) {
        uint8_t c = *at;
        if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
            at++;
            continue;
        }
        size_t sequence = c >= 0x80 ? sequence_length(at, (size_t)(end_at - at)) : 0;
        if (sequence > 0) {
            at += sequence;
            continue;
        }
        buffer_bytes(out, plain, (size_t)(at - plain));
        switch (c) {
        case '"':
            buffer_string(out, "\\\"");
            break;
        case '\\':
            buffer_string(out, "\\\\");
            break;
        case '\n':
            buffer_string(out, "\\n");
            break;
        case '\r':
            buffer_string(out, "\\r");
            break;
        case '\t':
            buffer_string(out, "\\t");
            break;
        case '\b':
            buffer_string(out, "\\b");
            break;
        case '\f':
            buffer_string(out, "\\f");
            break;
        default:
            if (c >= 0x80)
                buffer_string(out, "\xEF\xBF\xBD");
            else
                buffer_format(out, "\\u%04x", c);
        }
        plain = ++at;
    }
    buffer_bytes(out, plain, (size_t)(at - plain));
    return buffer_char(out, '"');
}

void json_string(JsonWriter *writer, Text text) {
    before_value(writer);
    json_quote(writer->out, text);
}

void json_words(JsonWriter *writer, const char *zero_ended) {
    if (zero_ended)
        json_string(writer, text_of(zero_ended));
    else
        json_null(writer);
}

void json_mass(JsonWriter *writer, Mass mass) {
    char text[DECIMAL_TEXT_MAX];
    json_string(writer, text_of(mass_print(mass, text)));
}

void json_fraction(JsonWriter *writer, Fraction fraction) {
    char text[DECIMAL_TEXT_MAX];
    json_string(writer, text_of(fraction_print(fraction, text)));
}

void json_i64(JsonWriter *writer, int64_t value) {
    before_value(writer);
    buffer_format(writer->out, "%lld", (long long)value);
}

void json_u64(JsonWriter *writer, uint64_t value) {
    before_value(writer);
    buffer_format(writer->out, "%llu", (unsigned long long)value);
}

void json_double(JsonWriter *writer, double value) {
    char text[40];
    if (!isfinite(value)) {
        json_null(writer);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    json_raw(writer, text_of(text));
}

void json_bool(JsonWriter *writer, bool value) {
    json_raw(writer, value ? TEXT("true") : TEXT("false"));
}

void json_null(JsonWriter *writer) {
    json_raw(writer, TEXT("null"));
}

void json_raw(JsonWriter *writer, Text json) {
    before_value(writer);
    buffer_text(writer->out, json);
}

void json_named_string(JsonWriter *writer, const char *name, Text text) {
    json_key(writer, name);
    json_string(writer, text);
}

void json_named_words(JsonWriter *writer, const char *name, const char *zero_ended) {
    json_key(writer, name);
    json_words(writer, zero_ended);
}

void json_named_mass(JsonWriter *writer, const char *name, Mass mass) {
    json_key(writer, name);
    json_mass(writer, mass);
}

void json_named_i64(JsonWriter *writer, const char *name, int64_t value) {
    json_key(writer, name);
    json_i64(writer, value);
}

void json_named_u64(JsonWriter *writer, const char *name, uint64_t value) {
    json_key(writer, name);
    json_u64(writer, value);
}

void json_named_double(JsonWriter *writer, const char *name, double value) {
    json_key(writer, name);
    json_double(writer, value);
}

void json_named_bool(JsonWriter *writer, const char *name, bool value) {
    json_key(writer, name);
    json_bool(writer, value);
}
