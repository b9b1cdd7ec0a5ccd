// Values that are built of others: words, objects, lists, compositions.
#include "base/integer.h"
#include "book/book.h"
#include "codec/event_value.h"
#include <stdio.h>

// --- words --------------------------------------------------------------------------------------

static bool is_word(const Words *words, unsigned i) {
    return words->list[i] && words->list[i][0];
}

static bool find_word(Decoder *d, uint32_t token, const Words *words, unsigned *index) {
    if (json_type(&d->json, token) != JSON_STRING)
        return fail_type(d, token, "a word in double quotes");
    for (unsigned i = words->first; i < words->count; i++) {
        if (is_word(words, i) && json_text_is(&d->json, token, text_of(words->list[i]))) {
            *index = i;
            return true;
        }
    }
    const char *names[32];
    size_t count = 0;
    for (unsigned i = words->first; i < words->count && count < 32; i++) {
        if (is_word(words, i)) names[count++] = words->list[i];
    }
    char hint[240];
    Text given = shown(d, token);
    suggest(hint, sizeof hint, "one of", (Text){given.at + 1, given.length - 1}, names, count);
    return fail_value(d, token, hint, "unknown word %.*s", TEXT_ARG(given));
}

static bool take_word(Decoder *d, uint32_t token, const Member *m, void *at) {
    unsigned index;
    if (!find_word(d, token, m->with, &index)) return false;
    int32_t value = (int32_t)index;
    memcpy(at, &value, sizeof value); // all enums of event.h are as wide as an int
    return true;
}
_Static_assert(sizeof(Stage) == 4 && sizeof(Custody) == 4 && sizeof(Basis) == 4, "enums as int");

static bool take_word_byte(Decoder *d, uint32_t token, const Member *m, void *at) {
    unsigned index;
    if (!find_word(d, token, m->with, &index)) return false;
    *(uint8_t *)at = (uint8_t)index;
    return true;
}

static bool take_word_bits(Decoder *d, uint32_t token, const Member *m, void *at) {
    if (json_type(&d->json, token) != JSON_ARRAY) return fail_type(d, token, "a list of words");
    uint32_t bits = 0;
    for (uint32_t i = json_begin(token); i != json_end(&d->json, token);
         i = json_next(&d->json, i)) {
        unsigned index;
        if (!find_word(d, i, m->with, &index)) return false;
        if (bits & 1u << index) {
            return fail_value(d, i, "each word once", "%.*s stands twice", TEXT_ARG(shown(d, i)));
        }
        bits |= 1u << index;
    }
    if (bits == 0) return fail_value(d, token, "at least one word", "an empty list");
    *(uint32_t *)at = bits;
    return true;
}

// A mask of kinds of events, which may be empty.
static bool take_some_kinds(Decoder *d, uint32_t token, const Member *m, void *at) {
    if (json_type(&d->json, token) != JSON_ARRAY)
        return fail_type(d, token, "a list of kinds of events");
    uint64_t bits = 0;
    for (uint32_t i = json_begin(token); i != json_end(&d->json, token);
         i = json_next(&d->json, i)) {
        unsigned index;
        if (!find_word(d, i, m->with, &index)) return false;
        bits |= (uint64_t)1 << index;
    }
    *(uint64_t *)at = bits;
    return true;
}

// --- objects and lists --------------------------------------------------------------------------

static bool take_object(Decoder *d, uint32_t token, const Member *m, void *at) {
    return take_shape(d, token, NULL, NULL, m->with, at);
}

// In Event the number of rows always stands right behind the pointer to them.
static void put_list(void *at, const void *rows, uint32_t count) {
    memcpy(at, &rows, sizeof rows);
    memcpy((char *)at + sizeof rows, &count, sizeof count);
}
#define COUNT_FOLLOWS(list, number)                                                                \
    _Static_assert(offsetof(Event, number) == offsetof(Event, list) + sizeof(void *), #list)
COUNT_FOLLOWS(inputs, input_count);
COUNT_FOLLOWS(outputs, output_count);
COUNT_FOLLOWS(pools, pool_count);
COUNT_FOLLOWS(sources, source_count);
COUNT_FOLLOWS(materials, material_count);
COUNT_FOLLOWS(requirements, requirement_count);
COUNT_FOLLOWS(licence_documents, licence_document_count);
COUNT_FOLLOWS(areas, area_count);
COUNT_FOLLOWS(includes, include_count);
COUNT_FOLLOWS(allotments, allotment_count);
COUNT_FOLLOWS(policy_errors, policy_error_count);
COUNT_FOLLOWS(policy_verdicts, policy_verdict_count);
COUNT_FOLLOWS(return_lines, return_line_count);
COUNT_FOLLOWS(held_pools, held_pool_count);
COUNT_FOLLOWS(packages, package_count);
COUNT_FOLLOWS(policy_signings, policy_signing_count);
COUNT_FOLLOWS(sealed, sealed_count);
COUNT_FOLLOWS(belongs, belong_count);
COUNT_FOLLOWS(erases, erase_count);
COUNT_FOLLOWS(permit_lines, permit_line_count);
COUNT_FOLLOWS(policy_permits, policy_permit_count);
COUNT_FOLLOWS(screenings, screening_count);
COUNT_FOLLOWS(facilities, facility_count);
COUNT_FOLLOWS(calibrations, calibration_count);

// Room for one row an element; false when it is no list, or empty and must not be.
static bool list_rows(Decoder *d, uint32_t token, size_t size, bool may_be_empty, char **rows,
                      uint32_t *count) {
    if (json_type(&d->json, token) != JSON_ARRAY) return fail_type(d, token, "a list");
    *count = json_count(&d->json, token);
    if (*count == 0 && !may_be_empty)
        return fail_value(d, token, "at least one line", "an empty list");
    *rows = arena_take_zero(d->arena, *count + (*count == 0), size);
    return *rows || status_no_memory(d->status);
}

static bool take_rows(Decoder *d, uint32_t token, const Shape *shape, char *rows) {
    for (uint32_t i = json_begin(token); i != json_end(&d->json, token);
         i = json_next(&d->json, i)) {
        if (!take_shape(d, i, NULL, NULL, shape, rows)) return false;
        rows += shape->size;
    }
    return true;
}

static bool take_list(Decoder *d, uint32_t token, const Member *m, void *at) {
    const Shape *shape = m->with;
    char *rows;
    uint32_t count;
    if (!list_rows(d, token, shape->size, m->type == &type_list_any, &rows, &count)) return false;
    put_list(at, rows, count);
    return take_rows(d, token, shape, rows);
}

static bool take_lines(Decoder *d, uint32_t token, const Member *m, void *at) {
    char *rows;
    uint32_t count;
    if (!list_rows(d, token, sizeof(Line), false, &rows, &count)) return false;
    for (uint32_t i = 0; i < count; i++)
        ((Line *)(void *)rows)[i].custody = CUSTODY_UNSTATED;
    put_list(at, rows, count);
    return take_rows(d, token, m->with, rows);
}

static bool take_names(Decoder *d, uint32_t token, const Member *m, void *at) {
    const ValueType *type = m->with;
    char *rows;
    uint32_t count, n = 0;
    if (!list_rows(d, token, sizeof(Text), false, &rows, &count)) return false;
    for (uint32_t i = json_begin(token); i != json_end(&d->json, token);
         i = json_next(&d->json, i)) {
        if (!type->take(d, i, m, rows + n++ * sizeof(Text))) return false;
    }
    put_list(at, rows, count);
    return true;
}

static bool take_lot_names(Decoder *d, uint32_t token, const Member *m, void *at) {
    char *rows;
    uint32_t count, n = 0;
    if (!list_rows(d, token, sizeof(Line), false, &rows, &count)) return false;
    for (uint32_t i = json_begin(token); i != json_end(&d->json, token);
         i = json_next(&d->json, i)) {
        Line *line = (Line *)(void *)rows + n++;
        line->custody = CUSTODY_UNSTATED;
        if (!type_lot.take(d, i, m, &line->lot)) return false;
    }
    put_list(at, rows, count);
    return true;
}

static bool take_one_lot(Decoder *d, uint32_t token, const Member *m, void *at) {
    Line *line = arena_take_zero(d->arena, 1, sizeof *line);
    if (!line) return status_no_memory(d->status);
    line->custody = CUSTODY_UNSTATED;
    if (!((const ValueType *)m->with)->take(d, token, m, &line->lot)) return false;
    put_list(at, line, 1);
    return true;
}

static bool take_one_line(Decoder *d, uint32_t token, const Member *m, void *at) {
    Line *line = arena_take_zero(d->arena, 1, sizeof *line);
    if (!line) return status_no_memory(d->status);
    line->custody = CUSTODY_UNSTATED;
    put_list(at, line, 1);
    return take_shape(d, token, NULL, NULL, m->with, line);
}

// --- by component -------------------------------------------------------------------------------

// The component that a key names.
static bool key_component(Decoder *d, uint32_t key, int *component) {
    const JsonToken *token = &d->json.tokens[key];
    Text symbol = {d->json.text.at + token->start, token->length};
    *component = component_find(symbol);
    if (*component != COMPONENT_NONE && !token->escaped) return true;
    return fail_value(d, key, COMPONENT_SYMBOLS ", spelt so", "unknown component %.*s",
                      TEXT_ARG(shown(d, key)));
}

// Begins an object by component; it must not be empty.
static bool by_component(Decoder *d, uint32_t token) {
    if (json_type(&d->json, token) != JSON_OBJECT) {
        return fail_type(d, token, "an object with a value for each component");
    }
    if (json_begin(token) != json_end(&d->json, token)) return true;
    return fail_value(d, token, "at least one component", "nothing is stated");
}

#define EACH_COMPONENT(key, token)                                                                 \
    uint32_t key = json_begin(token);                                                              \
    key != json_end(&d->json, token);                                                              \
    key = json_next(&d->json, key)

static bool take_factors(Decoder *d, uint32_t token, const Member *m, void *at) {
    Factors *factors = at;
    if (!by_component(d, token)) return false;
    for (EACH_COMPONENT(key, token)) {
        int c;
        if (!key_component(d, key, &c)) return false;
        if (!type_factor.take(d, key + 1, m, &factors->micro[c])) return false;
    }
    return true;
}

static bool take_content_values(Decoder *d, uint32_t token, const Member *m, void *at) {
    Composition *composition = (Composition *)(void *)((char *)at - m->at);
    if (!by_component(d, token)) return false;
    for (EACH_COMPONENT(key, token)) {
        int c;
        if (!key_component(d, key, &c)) return false;
        Result *result = &composition->values[c];
        result->is_value = true;
        if (!type_fraction.take(d, key + 1, m, &result->value)) return false;
        composition->mask |= COMPONENT_BIT(c);
    }
    return true;
}

static bool take_limits(Decoder *d, uint32_t token, const Member *m, void *at) {
    Limits *limits = at;
    if (!by_component(d, token)) return false;
    for (EACH_COMPONENT(key, token)) {
        int c;
        if (!key_component(d, key, &c)) return false;
        if (!type_fraction.take(d, key + 1, m, &limits->values[c])) return false;
        limits->mask |= COMPONENT_BIT(c);
    }
    return true;
}

// A result in the long form. U with k becomes u = U / k.
typedef struct LongResult {
    bool has_value, has_below, has_u, has_s, has_U, has_k;
    Fraction value, below, u, s, U;
    int64_t k; // times 10^7
} LongResult;

#define RESULT(name, type, field)                                                                  \
    {                                                                                              \
        TEXT_OF(name), type, NULL, offsetof(LongResult, field), offsetof(LongResult, has_##field), \
            false, false                                                                           \
    }
static const Member result_members[] = {
    RESULT("value", &type_fraction, value), RESULT("u", &type_fraction, u),
    RESULT("s", &type_fraction, s),         RESULT("U", &type_fraction, U),
    RESULT("k", &type_coverage, k),         RESULT("below", &type_fraction, below),
};
const Shape event_result_shape = {
    "a result",
    result_members,
    6,
    sizeof(LongResult),
    NULL,
    "\"oneOf\":[{\"required\":[\"value\"],\"not\":{\"required\":[\"below\"]}},"
    "{\"required\":[\"below\"],\"maxProperties\":1}],"
    "\"not\":{\"required\":[\"u\",\"U\"]},\"dependentRequired\":{\"U\":[\"k\"],\"k\":[\"U\"]}"};

static bool take_result(Decoder *d, uint32_t token, const Member *m, void *at) {
    Result *result = at;
    if (json_type(&d->json, token) != JSON_OBJECT) {
        if (!type_fraction.take(d, token, m, &result->value)) return false;
        result->is_value = true;
        return true;
    }
    LongResult read = {0};
    if (!take_shape(d, token, NULL, NULL, &event_result_shape, &read)) return false;
    if (read.has_value == read.has_below) {
        return fail_value(d, token, "{\"value\":..} or {\"below\":..}, one of them",
                          read.has_value ? "a result is both a value and below a limit"
                                         : "a result says neither value nor below");
    }
    if (read.has_below && (read.has_u || read.has_s || read.has_U || read.has_k)) {
        return fail_value(d, token, "\"below\" stands alone", "a limit has no uncertainty");
    }
    if (read.has_u && read.has_U) {
        return fail_value(d, token, "\"u\", or \"U\" with \"k\"", "the uncertainty stands twice");
    }
    if (read.has_U != read.has_k) {
        return fail_value(d, token, "\"U\" with \"k\", or \"u\" alone",
                          read.has_U ? "an expanded uncertainty \"U\" has no \"k\""
                                     : "\"k\" stands without \"U\"");
    }
    if (read.has_U) {
        int64_t u;
        if (!i64_muldiv_even(read.U.ppb, 10000000, read.k, &u) || u > FRACTION_ONE_PPB) {
            return fail_value(d, token, "u = U/k of at most 100 %", "U/k is too large");
        }
        read.u = (Fraction){(int32_t)u};
        read.has_u = true;
    }
    *result = (Result){.is_value = read.has_value,
                       .is_below = read.has_below,
                       .has_u = read.has_u,
                       .has_s = read.has_s,
                       .value = read.has_below ? read.below : read.value,
                       .u = read.u,
                       .s = read.s};
    return true;
}

static bool take_results(Decoder *d, uint32_t token, const Member *m, void *at) {
    Composition *composition = (Composition *)(void *)((char *)at - m->at);
    if (!by_component(d, token)) return false;
    for (EACH_COMPONENT(key, token)) {
        int c;
        if (!key_component(d, key, &c)) return false;
        if (!take_result(d, key + 1, m, &composition->values[c])) return false;
        composition->mask |= COMPONENT_BIT(c);
    }
    return true;
}

static bool take_components(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    if (json_type(&d->json, token) != JSON_ARRAY)
        return fail_type(d, token, "a list of components");
    uint64_t mask = 0;
    for (uint32_t i = json_begin(token); i != json_end(&d->json, token);
         i = json_next(&d->json, i)) {
        int c;
        if (json_type(&d->json, i) != JSON_STRING)
            return fail_type(d, i, "a component such as \"Nd\"");
        if (!key_component(d, i, &c)) return false;
        mask |= COMPONENT_BIT(c);
    }
    *(uint64_t *)at = mask;
    return true;
}

typedef struct PoolValue {
    Mass kg, u, s;
    bool has_u, has_s;
} PoolValue;
static const Member pool_value_members[] = {
    {TEXT_OF("kg"), &type_mass, NULL, offsetof(PoolValue, kg), NO_FLAG, true, false},
    {TEXT_OF("u"), &type_mass, NULL, offsetof(PoolValue, u), offsetof(PoolValue, has_u), false,
     false},
    {TEXT_OF("s"), &type_mass, NULL, offsetof(PoolValue, s), offsetof(PoolValue, has_s), false,
     false},
};
const Shape event_pool_value_shape = {
    "a component of a pool", pool_value_members, 3, sizeof(PoolValue), NULL, NULL};

static bool take_pool_components(Decoder *d, uint32_t token, const Member *m, void *at) {
    PoolLine *line = (PoolLine *)(void *)((char *)at - m->at);
    if (!by_component(d, token)) return false;
    for (EACH_COMPONENT(key, token)) {
        int c;
        PoolValue value = {0};
        if (!key_component(d, key, &c)) return false;
        if (json_type(&d->json, key + 1) == JSON_OBJECT) {
            if (!take_shape(d, key + 1, NULL, NULL, &event_pool_value_shape, &value)) return false;
        } else if (!type_mass.take(d, key + 1, m, &value.kg)) {
            return false;
        }
        line->mask |= COMPONENT_BIT(c);
        line->kg[c] = value.kg;
        line->u[c] = value.u;
        line->s[c] = value.s;
        if (value.has_u) line->u_mask |= COMPONENT_BIT(c);
        if (value.has_s) line->s_mask |= COMPONENT_BIT(c);
    }
    return true;
}

// --- compositions -------------------------------------------------------------------------------

static bool take_composition(Decoder *d, uint32_t token, const Member *m, void *at,
                             Composition first) {
    Composition *composition = arena_take(d->arena, sizeof *composition);
    if (!composition) return status_no_memory(d->status);
    *composition = first;
    if (!take_shape(d, token, NULL, NULL, m->with, composition)) return false;
    const Composition **place = at;
    if (*place) {
        return fail_value(d, token, "an assay, or a stated content",
                          "\"assay\" and \"content\" stand both");
    }
    *place = composition;
    return true;
}

static bool take_assay(Decoder *d, uint32_t token, const Member *m, void *at) {
    return take_composition(d, token, m, at, (Composition){.basis = BASIS_ASSAYED});
}

static bool take_content(Decoder *d, uint32_t token, const Member *m, void *at) {
    return take_composition(d, token, m, at, (Composition){.basis = BASIS_DECLARED});
}

static bool take_reference(Decoder *d, uint32_t token, const Member *m, void *at) {
    return take_composition(
        d, token, m, at, (Composition){.basis = BASIS_REFERENCE, .of = OF_TREO, .as_oxide = true});
}

// Impurities outside the arithmetic: looked at, not kept apart from the bytes.
static bool take_other(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)at;
    if (json_type(&d->json, token) != JSON_OBJECT) {
        return fail_type(d, token, "an object with a text for each impurity");
    }
    for (EACH_COMPONENT(key, token)) {
        Text text;
        if (!type_text.take(d, key, m, &text)) return false;
        if (!type_text.take(d, key + 1, m, &text)) return false;
    }
    return true;
}

// --- policy, corrections ------------------------------------------------------------------------

static const char *const verdict_words[] = {NULL, "accepted", "flagged", "held"};
static const Words verdict_list = {verdict_words, 1, 4};
_Static_assert(VERDICT_ACCEPTED == 1 && VERDICT_FLAGGED == 2 && VERDICT_HELD == 3, "verdict_words");

static bool take_verdicts(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    if (json_type(&d->json, token) != JSON_OBJECT) {
        return fail_type(d, token, "an object with a verdict for each code");
    }
    uint32_t count = json_count(&d->json, token), n = 0;
    PolicyVerdict *verdicts = arena_take_zero(d->arena, count + 1, sizeof *verdicts);
    if (!verdicts) return status_no_memory(d->status);
    for (EACH_COMPONENT(key, token)) {
        Text name;
        unsigned verdict;
        if (!json_text(&d->json, key, d->arena, &name, d->status)) return fail_here(d, key);
        const CodeFacts *code = code_by_name(name);
        if (!code || code->verdict == VERDICT_REFUSED) {
            return fail_value(d, key, "a code that holds or flags, as docs/verdicts.md lists them",
                              code ? "%.*s is a refusal, which no policy changes"
                                   : "unknown code %.*s",
                              TEXT_ARG(shown(d, key)));
        }
        if (!find_word(d, key + 1, &verdict_list, &verdict)) return false;
        verdicts[n++] = (PolicyVerdict){code->number, (uint8_t)verdict};
    }
    put_list(at, verdicts, count);
    return true;
}

static bool take_replacement(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    if (json_type(&d->json, token) != JSON_OBJECT) return fail_type(d, token, "a whole event");
    Event *event = arena_take(d->arena, sizeof *event);
    if (!event) return status_no_memory(d->status);
    uint32_t insist_member = d->insist_member;
    d->insist_member = JSON_NONE;
    d->inside = true;
    if (!take_whole_event(d, token, event)) return false;
    d->inside = false;
    d->insist_member = insist_member;
    Event *outer = (Event *)(void *)((char *)at - offsetof(Event, replacement));
    outer->replacement = event;
    outer->replacement_bytes = event->bytes;
    return true;
}

const ValueType type_word = {NULL, take_word, NULL};
const ValueType type_word_byte = {NULL, take_word_byte, NULL};
const ValueType type_word_bits = {NULL, take_word_bits, NULL};
const ValueType type_some_kinds = {NULL, take_some_kinds, NULL};
const ValueType type_object = {NULL, take_object, NULL};
const ValueType type_list = {NULL, take_list, NULL};
const ValueType type_list_any = {NULL, take_list, NULL};
const ValueType type_lines = {NULL, take_lines, NULL};
const ValueType type_names = {NULL, take_names, NULL};
const ValueType type_lot_names = {NULL, take_lot_names, NULL};
const ValueType type_one_lot = {NULL, take_one_lot, NULL};
const ValueType type_one_line = {NULL, take_one_line, NULL};
const ValueType type_assay = {NULL, take_assay, NULL};
const ValueType type_content = {NULL, take_content, NULL};
const ValueType type_reference = {NULL, take_reference, NULL};
const ValueType type_factors = {NULL, take_factors, NULL};
const ValueType type_limits = {NULL, take_limits, NULL};
const ValueType type_content_values = {NULL, take_content_values, NULL};
const ValueType type_results = {NULL, take_results, NULL};
const ValueType type_result = {NULL, take_result, NULL};
const ValueType type_components = {NULL, take_components, NULL};
const ValueType type_pool_components = {NULL, take_pool_components, NULL};
const ValueType type_other = {NULL, take_other, NULL};
const ValueType type_verdicts = {NULL, take_verdicts, NULL};
const ValueType type_replacement = {NULL, take_replacement, NULL};
