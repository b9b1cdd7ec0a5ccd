#include "codec/event_value.h"
#include "base/encode.h"
#include "book/book.h"
#include "quantity/decimal.h"
#include <stdio.h>

// --- texts and ids ------------------------------------------------------------------------------

static bool take_string(Decoder *d, uint32_t token, const char *what, Text *out) {
    if (json_type(&d->json, token) != JSON_STRING) return fail_type(d, token, what);
    return json_text(&d->json, token, d->arena, out, d->status) || fail_here(d, token);
}

static bool take_text(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text text;
    if (!take_string(d, token, "a text", &text)) return false;
    if (text.length == 0) return fail_value(d, token, "leave the member out", "an empty text");
    if (text.length > EVENT_TEXT_BYTES_MAX) {
        return fail_value(d, token, "at most 200 bytes of UTF-8", "a text of %zu bytes is too long",
                          text.length);
    }
    for (size_t i = 0; i < text.length; i++) {
        if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7F) {
            return fail_value(d, token, "plain text on one line",
                              "a control character (0x%02X) stands in a text", text.at[i]);
        }
    }
    *(Text *)at = text;
    return true;
}

static bool fail_id(Decoder *d, uint32_t token, const char *what, const char *hint) {
    return fail_value(d, token, hint, "%.*s is not %s", TEXT_ARG(shown(d, token)), what);
}

#define ID_HINT "1 to 128 visible ASCII bytes, first a letter or digit, none of \" ' < > & \\ `"

static bool take_id(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text id;
    if (!take_string(d, token, "an id in double quotes", &id)) return false;
    if (!id_is_valid(id)) return fail_id(d, token, "an id", ID_HINT);
    *(Text *)at = id;
    return true;
}

static bool take_party_id(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text id;
    if (!take_string(d, token, "a party's id in double quotes", &id)) return false;
    if (!party_id_is_valid(id)) {
        return fail_id(d, token, "a party's id", "1 to 32 visible ASCII bytes without a colon");
    }
    *(Text *)at = id;
    return true;
}

static bool take_speaker(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text id;
    if (!take_string(d, token, "a party's or a user's id in double quotes", &id)) return false;
    if (!party_id_is_valid(id) && !scoped_id_is_valid(id))
        return fail_id(d, token, "a party or a user", "a party's id, or a user's as PARTY:NAME");
    *(Text *)at = id;
    return true;
}

static bool take_origin(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text id;
    if (!take_string(d, token, "an origin in double quotes", &id)) return false;
    if (!id_is_valid(id) || memchr(id.at, '+', id.length)) {
        return fail_id(d, token, "an origin",
                       "an id without \"+\", such as example.org/ytterby/2026");
    }
    *(Text *)at = id;
    return true;
}

static bool take_new_lot(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text id;
    if (!take_string(d, token, "PARTY:LOCAL in double quotes", &id)) return false;
    if (!scoped_id_is_valid(id)) {
        return fail_id(d, token, "an id of the form PARTY:LOCAL", "such as \"NORTH:O-1\"");
    }
    *(Text *)at = id;
    return true;
}

// Found lots are called PARTY:~RECORD.n (B23): events may take them, but not make them.
static bool take_lot(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text id, party, local;
    if (!take_string(d, token, "PARTY:LOCAL in double quotes", &id)) return false;
    bool found = id.length <= ID_BYTES_MAX && text_split(id, ':', &party, &local) &&
                 party_id_is_valid(party) && local.length > 1 && local.at[0] == '~' &&
                 id_is_valid((Text){local.at + 1, local.length - 1});
    if (!found && !scoped_id_is_valid(id)) {
        return fail_id(d, token, "a lot's id of the form PARTY:LOCAL", "such as \"NORTH:O-1\"");
    }
    *(Text *)at = id;
    return true;
}

static bool take_country(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text text;
    if (!take_string(d, token, "a country's code in double quotes", &text)) return false;
    if (text.length != 2 || text.at[0] < 'A' || text.at[0] > 'Z' || text.at[1] < 'A' ||
        text.at[1] > 'Z') {
        return fail_id(d, token, "a country's code",
                       "two capital letters of ISO 3166, such as \"CN\"");
    }
    *(Text *)at = text;
    return true;
}

static bool take_key_text(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text text;
    uint8_t bytes[32];
    if (!take_string(d, token, "a public key in double quotes", &text)) return false;
    if (!hex_read(text, bytes, sizeof bytes)) {
        return fail_id(d, token, "a public key", "64 lower-case hexadecimal digits");
    }
    *(Text *)at = text;
    return true;
}

static bool take_key_bytes(Decoder *d, uint32_t token, const Member *m, void *at) {
    Text text;
    if (!take_key_text(d, token, m, &text)) return false;
    return hex_read(text, at, 32);
}

static bool take_sha256(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text text;
    uint8_t bytes[32];
    if (!take_string(d, token, "a hash in double quotes", &text)) return false;
    if (text.length != 64 || !hex_read(text, bytes, sizeof bytes))
        return fail_id(d, token, "a hash",
                       "SHA-256 of the paper's bytes, 64 digits 0 to 9, a to f");
    *(Text *)at = text;
    return true;
}

static bool take_hash(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text text;
    if (!take_string(d, token, "a hash: 64 hexadecimal digits in double quotes", &text))
        return false;
    if (text.length != 64 || !hex_read(text, at, 32)) {
        return fail_value(d, token, "SHA-256 as 64 digits 0 to 9, a to f", "%.*s is not a hash",
                          TEXT_ARG(shown(d, token)));
    }
    return true;
}

// --- quantities ---------------------------------------------------------------------------------

// Decimal text stands as a string or as a number token.
static bool take_digits(Decoder *d, uint32_t token, const char *what, Text *digits) {
    JsonType type = json_type(&d->json, token);
    if (type == JSON_NUMBER) {
        *digits = json_bytes(&d->json, token);
        return true;
    }
    return take_string(d, token, what, digits);
}

static bool take_mass(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text digits;
    if (!take_digits(d, token, "a mass in kilograms, such as \"1250.5\"", &digits)) return false;
    return mass_read(digits, at, d->status) || fail_here(d, token);
}

static bool take_fraction(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text digits;
    if (!take_digits(d, token, "per cent, such as \"23.5\"", &digits)) return false;
    return fraction_read(digits, at, d->status) || fail_here(d, token);
}

static bool take_factor(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text digits;
    uint32_t micro;
    if (!take_digits(d, token, "a factor, such as \"1.172771\"", &digits)) return false;
    if (!micro_read(digits, &micro, d->status)) return fail_here(d, token);
    if (micro == 0) return fail_value(d, token, "a factor above zero", "a factor of zero");
    *(uint32_t *)at = micro;
    return true;
}

// A coverage factor k, kept in units of 10^-7.
static bool take_coverage(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text digits;
    int64_t value;
    if (!take_digits(d, token, "a coverage factor, such as 2", &digits)) return false;
    if (!decimal_read(digits, 7, &value, d->status)) return fail_here(d, token);
    if (value == 0) return fail_value(d, token, "such as 2", "a coverage factor of zero");
    *(int64_t *)at = value;
    return true;
}

// A whole number token from `least` to `most`.
static bool take_whole(Decoder *d, uint32_t token, const char *what, int64_t least, int64_t most,
                       int64_t *value) {
    if (json_type(&d->json, token) != JSON_NUMBER) return fail_type(d, token, what);
    Text digits = json_bytes(&d->json, token);
    int64_t read = 0;
    bool whole = digits.length <= 18;
    for (size_t i = 0; i < digits.length && whole; i++) {
        whole = digits.at[i] >= '0' && digits.at[i] <= '9';
        if (whole) read = read * 10 + (digits.at[i] - '0');
    }
    if (!whole || read < least || read > most) {
        char hint[80];
        snprintf(hint, sizeof hint, "a whole number from %lld to %lld", (long long)least,
                 (long long)most);
        return fail_value(d, token, hint, "%.*s is not %s", TEXT_ARG(shown(d, token)), what);
    }
    *value = read;
    return true;
}

static bool take_version(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    int64_t value;
    if (!take_whole(d, token, "the version of the event's form", 1, 1, &value)) return false;
    *(uint8_t *)at = (uint8_t)value;
    return true;
}

static bool take_sigma(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    int64_t value;
    if (!take_whole(d, token, "a number of standard deviations", 1, 100, &value)) return false;
    *(uint8_t *)at = (uint8_t)value;
    return true;
}

static bool take_count(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    return take_whole(d, token, "a number of pieces", 1, 1000000000000, at);
}

static bool take_year(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    int64_t value;
    if (!take_whole(d, token, "a year", 1970, 9999, &value)) return false;
    *(int *)at = (int)value;
    return true;
}

static bool take_flag(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    JsonType type = json_type(&d->json, token);
    if (type != JSON_TRUE && type != JSON_FALSE) return fail_type(d, token, "true or false");
    *(bool *)at = type == JSON_TRUE;
    return true;
}

// RECORD.PLACE as record * 256 + place.
static bool take_cause(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text text, parts[2];
    if (!take_string(d, token, "a cause such as \"120.0\"", &text)) return false;
    uint64_t values[2] = {0, 0};
    bool good = text_split(text, '.', &parts[0], &parts[1]);
    for (int p = 0; p < 2 && good; p++) {
        good = parts[p].length >= 1 && parts[p].length <= 16 &&
               (parts[p].length == 1 || parts[p].at[0] != '0');
        for (size_t i = 0; i < parts[p].length && good; i++) {
            good = parts[p].at[i] >= '0' && parts[p].at[i] <= '9';
            values[p] = values[p] * 10 + (uint64_t)(parts[p].at[i] - '0');
        }
    }
    if (!good || values[1] > 255) {
        return fail_id(d, token, "a cause", "record number, dot, place, such as \"120.0\"");
    }
    *(uint64_t *)at = values[0] * 256 + values[1];
    return true;
}

// --- time ---------------------------------------------------------------------------------------

static bool take_day(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text text;
    if (!take_string(d, token, "a date such as \"2026-01-31\"", &text)) return false;
    return day_read(text, at) ||
           fail_id(d, token, "a date", "YYYY-MM-DD, a day that exists, such as \"2026-01-31\"");
}

static bool take_month(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text text;
    if (!take_string(d, token, "a month such as \"2026-01\"", &text)) return false;
    return month_read(text, at) || fail_id(d, token, "a month", "YYYY-MM, such as \"2026-01\"");
}

static bool take_offset(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text text;
    if (!take_string(d, token, "an offset such as \"+08:00\"", &text)) return false;
    return offset_read(text, at) ||
           fail_id(d, token, "an offset", "+hh:mm or -hh:mm, such as \"+08:00\"");
}

static bool take_instant(Decoder *d, uint32_t token, Instant *at) {
    Text text;
    if (!take_string(d, token, "a time such as \"2026-01-31T08:00:00+08:00\"", &text)) return false;
    return instant_read(text, at) ||
           fail_id(d, token, "a time with its offset",
                   "RFC 3339 with an offset, such as \"2026-01-31T08:00:00+08:00\"");
}

static bool take_moment(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    return take_instant(d, token, at);
}
const ValueType type_moment = {"time", take_moment, "\"type\":\"string\",\"format\":\"date-time\""};

static const Member span_members[] = {
    {TEXT_OF("from"), &type_moment, NULL, offsetof(Event, start), NO_FLAG, true, false},
    {TEXT_OF("to"), &type_moment, NULL, offsetof(Event, end), NO_FLAG, true, false},
};
static const Shape span_shape = {"a span", span_members, 2, sizeof(Event), NULL, NULL};

static bool take_happened(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Event *event = at;
    if (json_type(&d->json, token) == JSON_OBJECT) {
        event->is_span = true;
        return take_shape(d, token, NULL, NULL, &span_shape, event);
    }
    if (json_type(&d->json, token) != JSON_STRING) {
        return fail_type(d, token, "a time, or {\"from\":..,\"to\":..}");
    }
    if (!take_instant(d, token, &event->start)) return false;
    event->end = event->start;
    return true;
}

// --- the rest -----------------------------------------------------------------------------------

static bool take_mode(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    bool trial = json_text_is(&d->json, token, TEXT("trial"));
    if (!trial && !json_text_is(&d->json, token, TEXT("live"))) {
        return fail_id(d, token, "a mode", "\"live\" or \"trial\"");
    }
    *(bool *)at = trial;
    return true;
}

// Already read: the shape was chosen by it.
static bool take_kind(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)d, (void)token, (void)m, (void)at;
    return true;
}

static bool take_own(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m, (void)at;
    if (json_type(&d->json, token) != JSON_OBJECT) return fail_type(d, token, "an object");
    size_t length = json_bytes(&d->json, token).length;
    if (length <= EVENT_X_BYTES_MAX) return true;
    return fail_value(d, token, "at most 8192 bytes; keep documents elsewhere and refer to them",
                      "\"x\" of %zu bytes is too long", length);
}

// ReturnLine keeps its figures in a row, and a bit for each that was stated.
static bool take_return_kg(Decoder *d, uint32_t token, const Member *m, void *at) {
    ReturnLine *line = (ReturnLine *)((char *)at - m->at);
    if (!take_mass(d, token, m, at)) return false;
    size_t index = (m->at - offsetof(ReturnLine, kg)) / sizeof(Mass);
    line->mask = (uint16_t)(line->mask | (1u << index));
    return true;
}

#define ID_SCHEMA                                                                                  \
    "\"type\":\"string\",\"maxLength\":128,\"pattern\":\"^[0-9A-Za-z][!#$%(-;=?-\\\\[\\\\]-_a-~]*" \
    "$\""
#define SCOPED_SCHEMA(local)                                                                       \
    "\"type\":\"string\",\"maxLength\":128,\"pattern\":\"^[0-9A-Za-z][!#$%(-9;=?-\\\\[\\\\]-_a-~]" \
    "{0,31}:" local "[!#$%(-;=?-\\\\[\\\\]-_a-~]*$\""
#define DECIMAL(whole, fine)                                                                       \
    "\"type\":[\"string\",\"number\"],\"pattern\":\"^(0|[1-9][0-9]{0," whole                       \
    "})(\\\\.[0-9]{1," fine "})?$\""

const ValueType type_version = {"version", take_version, "\"const\":1"};
const ValueType type_kind = {NULL, take_kind, NULL};
const ValueType type_id = {"id", take_id, ID_SCHEMA};
const ValueType type_party_id = {
    "party_id", take_party_id,
    "\"type\":\"string\",\"pattern\":\"^[0-9A-Za-z][!#$%(-9;=?-\\\\[\\\\]-_a-~]{0,31}$\""};
const ValueType type_speaker = {
    "party_or_user", take_speaker,
    "\"description\":\"a party, or a user as "
    "PARTY:NAME\",\"type\":\"string\",\"maxLength\":128,\"pattern\":\"^[0-9A-Za-z][!#$%(-9;=?-\\\\["
    "\\\\]-_a-~]{0,31}(:[0-9A-Za-z][!#$%(-;=?-\\\\[\\\\]-_a-~]*)?$\""};
const ValueType type_origin = {"origin", take_origin,
                               "\"type\":\"string\",\"maxLength\":128,\"pattern\":\"^[0-9A-Za-z][!#"
                               "$%(-*,-;=?-\\\\[\\\\]-_a-~]*$\""};
const ValueType type_scoped = {"scoped_id", take_new_lot,
                               "\"description\":\"PARTY:LOCAL\"," SCOPED_SCHEMA("[0-9A-Za-z]")};
const ValueType type_new_lot = {
    "new_lot", take_new_lot,
    "\"description\":\"PARTY:LOCAL, beginning with the event's party\"," SCOPED_SCHEMA(
        "[0-9A-Za-z]")};
const ValueType type_lot = {
    "lot", take_lot,
    "\"description\":\"PARTY:LOCAL; found lots are PARTY:~RECORD.n\"," SCOPED_SCHEMA(
        "~?[0-9A-Za-z]")};
const ValueType type_text = {"text", take_text,
                             "\"description\":\"at most 200 bytes, no control "
                             "characters\",\"type\":\"string\",\"minLength\":1,"
                             "\"maxLength\":200"};
const ValueType type_country = {"country", take_country,
                                "\"type\":\"string\",\"pattern\":\"^[A-Z]{2}$\""};
const ValueType type_key_text = {
    "key", take_key_text,
    "\"description\":\"Ed25519 public key\",\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\""};
const ValueType type_key_bytes = {"log_key", take_key_bytes,
                                  "\"description\":\"Ed25519 public key of the "
                                  "log\",\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\""};
const ValueType type_sha256 = {
    "sha256", take_sha256,
    "\"description\":\"SHA-256 of a paper\",\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\""};
const ValueType type_hash = {
    "hash", take_hash,
    "\"description\":\"SHA-256\",\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\""};
const ValueType type_mass = {"mass", take_mass,
                             "\"description\":\"kilograms\"," DECIMAL("11", "6")};
const ValueType type_fraction = {"fraction", take_fraction,
                                 "\"description\":\"per cent, at most 100\"," DECIMAL("2", "7")};
const ValueType type_factor = {
    "factor", take_factor,
    "\"description\":\"mass of oxide by mass of element\"," DECIMAL("3", "6")};
const ValueType type_coverage = {
    "coverage", take_coverage,
    "\"description\":\"coverage factor k of an expanded uncertainty\"," DECIMAL("11", "7")};
const ValueType type_day = {"date", take_day, "\"type\":\"string\",\"format\":\"date\""};
const ValueType type_month = {"month", take_month,
                              "\"type\":\"string\",\"pattern\":\"^[0-9]{4}-(0[1-9]|1[0-2])$\""};
const ValueType type_year = {"year", take_year,
                             "\"type\":\"integer\",\"minimum\":1970,\"maximum\":9999"};
const ValueType type_offset = {"offset", take_offset,
                               "\"type\":\"string\",\"pattern\":\"^([+-][0-9]{2}:[0-9]{2}|Z)$\""};
const ValueType type_flag = {"flag", take_flag, "\"type\":\"boolean\""};
const ValueType type_sigma = {"sigma", take_sigma,
                              "\"type\":\"integer\",\"minimum\":1,\"maximum\":100"};
const ValueType type_count = {"count", take_count,
                              "\"type\":\"integer\",\"minimum\":1,\"maximum\":1000000000000"};
const ValueType type_cause = {
    "cause", take_cause,
    "\"description\":\"record number, dot, place\",\"type\":\"string\",\"pattern\":"
    "\"^(0|[1-9][0-9]{0,15})\\\\.(0|[1-9][0-9]{0,2})$\""};
const ValueType type_mode = {"mode", take_mode, "\"enum\":[\"live\",\"trial\"]"};
const ValueType type_happened = {"happened", take_happened,
                                 "\"oneOf\":[{\"type\":\"string\",\"format\":\"date-time\"},{"
                                 "\"type\":\"object\",\"required\":[\"from\",\"to\"],"
                                 "\"additionalProperties\":false,\"properties\":{\"from\":{"
                                 "\"type\":\"string\",\"format\":\"date-time\"},"
                                 "\"to\":{\"type\":\"string\",\"format\":\"date-time\"}}}]"};
const ValueType type_own = {"own", take_own,
                            "\"description\":\"a company's own references: kept, never read; at "
                            "most 8192 bytes\",\"type\":\"object\""};
const ValueType type_return_kg = {"return_mass", take_return_kg,
                                  "\"description\":\"net kilograms\"," DECIMAL("11", "6")};

const ValueType *const named_types[] = {
    &type_version,   &type_id,    &type_party_id, &type_origin,   &type_scoped,
    &type_new_lot,   &type_lot,   &type_text,     &type_country,  &type_key_text,
    &type_key_bytes, &type_mass,  &type_fraction, &type_factor,   &type_coverage,
    &type_day,       &type_month, &type_year,     &type_offset,   &type_flag,
    &type_sigma,     &type_cause, &type_mode,     &type_happened, &type_own,
    &type_return_kg, &type_count, &type_moment,   &type_speaker,  &type_sha256,
    &type_hash,      &type_pack,  NULL,
};
