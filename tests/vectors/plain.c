// SHA-256 and JSON: sha256/own.json, json/jsontestsuite.jsonl.
#include "log/sha256.h"
#include "vectors.h"

void read_sha256_own(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    for (uint32_t c = json_begin(0); c != json_end(json, 0); c = json_next(json, c)) {
        Text bytes = hex_field(reading, c, "hex"), expected = hex_field(reading, c, "sha256");
        Hash whole = sha256_of(bytes.at, bytes.length);
        size_t half = bytes.length / 2;
        Hash pieces =
            sha256_of_pieces((Text[]){{bytes.at, half}, {bytes.at + half, bytes.length - half}}, 2);
        expect(reading, is_hash(expected, &whole) && is_hash(expected, &pieces), "length %zu",
               bytes.length);
    }
}

// Refused on purpose although the suite accepts them: equal keys in one object (RFC 7493).
static const char *const REFUSED[] = {
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
};

// Of the 35 that may go either way these are accepted: a number's text may be any size, since it is
// read from its digits by whoever needs it. All others are refused (ill-formed UTF-8, lone
// surrogates, a byte order mark, UTF-16, depth).
static const char *const ACCEPTED[] = {
    "i_number_double_huge_neg_exp.json", "i_number_huge_exp.json",
    "i_number_neg_int_huge_exp.json",    "i_number_pos_double_huge_exp.json",
    "i_number_real_neg_overflow.json",   "i_number_real_pos_overflow.json",
    "i_number_real_underflow.json",      "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",     "i_number_very_big_negative_int.json",
};

static bool is_in(const char *const *list, size_t count, Text name) {
    for (size_t i = 0; i < count; i++)
        if (text_equal(text_of(list[i]), name)) return true;
    return false;
}
#define IS_IN(list, name) is_in(list, sizeof(list) / sizeof *(list), name)

// Two inputs are too long to be listed; the suite's README says how they are made.
static bool make_long(Reading *reading, Text name, Buffer *out) {
    if (text_equal(name, TEXT("n_structure_100000_opening_arrays.json"))) {
        for (int i = 0; i < 100000; i++)
            buffer_char(out, '[');
    } else if (text_equal(name, TEXT("n_structure_open_array_object.json"))) {
        for (int i = 0; i < 50000; i++)
            buffer_string(out, "[{\"\":");
        buffer_char(out, '\n');
    }
    Hash hash = sha256_of(out->bytes, out->length);
    return out->length == number_field(reading, 0, "bytes") &&
           is_hash(hex_field(reading, 0, "sha256"), &hash);
}

static void suite_line(Reading *reading) {
    Text name = string_field(reading, 0, "name"), wanted = string_field(reading, 0, "expect");
    Buffer made;
    buffer_init(&made, 1 << 20);
    bool good = true;
    Text input;
    if (has_field(reading, 0, "hex")) {
        input = hex_field(reading, 0, "hex");
    } else {
        good = make_long(reading, name, &made);
        input = buffer_view(&made);
    }
    Json judged;
    json_init(&judged, 1u << 20);
    Status status;
    bool accepted = json_read(&judged, input, &status);
    json_done(&judged);
    if (text_equal(wanted, TEXT("accept")))
        good = good && accepted == !IS_IN(REFUSED, name);
    else if (text_equal(wanted, TEXT("reject")))
        good = good && !accepted;
    else if (text_equal(wanted, TEXT("either")))
        good = good && accepted == IS_IN(ACCEPTED, name);
    else
        good = false;
    expect(reading, good, "%.*s is %s", TEXT_ARG(name), accepted ? "accepted" : "refused");
    buffer_done(&made);
}

void read_jsontestsuite(Reading *reading) {
    read_lines(reading, suite_line);
}
