// Writes schema/events/ from the decoder's own tables (codec/event_shape.c): one JSON Schema
// (2020-12) a kind of event, and types.json with the types of values. Used while building, by "make
// schema".
#include "base/buffer.h"
#include "codec/event_value.h"
#include "codec/json_write.h"
#include <stdio.h>
#include <stdlib.h>

static Buffer out;

static void text(const char *words) {
    buffer_string(&out, words);
}

static void quoted(const char *words) {
    json_quote(&out, text_of(words));
}

// {"$ref":"types.json#/$defs/NAME"}
static void reference(const char *name) {
    text("{\"$ref\":\"types.json#/$defs/");
    text(name);
    text("\"}");
}

static void words(const Words *list) {
    text("{\"enum\":[");
    bool filled = false;
    for (unsigned i = list->first; i < list->count; i++) {
        if (!list->list[i] || !list->list[i][0]) continue;
        if (filled) text(",");
        quoted(list->list[i]);
        filled = true;
    }
    text("]}");
}

static void shape_body(const Shape *common, const Shape *shape, const char *kind);

static void object(const Shape *shape) {
    text("{");
    shape_body(NULL, shape, NULL);
    text("}");
}

static void list_of_shape(const Shape *shape, bool may_be_empty) {
    text("{\"type\":\"array\",");
    if (!may_be_empty) text("\"minItems\":1,");
    text("\"items\":");
    object(shape);
    text("}");
}

// An object with a value for each component.
static void by_component(const char *value) {
    text("{\"type\":\"object\",\"minProperties\":1,\"propertyNames\":{\"$ref\":\"types.json#/$defs/"
         "component\"},"
         "\"additionalProperties\":");
    reference(value);
    text("}");
}

static void value(const Member *member) {
    const ValueType *type = member->type;
    if (type->name) {
        reference(type->name);
    } else if (type == &type_word || type == &type_word_byte || type == &type_as) {
        words(member->with);
    } else if (type == &type_word_bits) {
        text("{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,\"items\":");
        words(member->with);
        text("}");
    } else if (type == &type_some_kinds) {
        text("{\"type\":\"array\",\"items\":");
        words(member->with);
        text("}");
    } else if (type == &type_object || type == &type_one_line || type == &type_assay || type == &type_content ||
               type == &type_reference) {
        object(member->with);
    } else if (type == &type_list || type == &type_lines || type == &type_list_any) {
        list_of_shape(member->with, type == &type_list_any);
    } else if (type == &type_names || type == &type_lot_names) {
        text("{\"type\":\"array\",\"minItems\":1,\"items\":");
        reference(type == &type_names ? ((const ValueType *)member->with)->name : type_lot.name);
        text("}");
    } else if (type == &type_one_lot) {
        reference(((const ValueType *)member->with)->name);
    } else if (type == &type_factors) {
        by_component("factor");
    } else if (type == &type_content_values || type == &type_limits) {
        by_component("fraction");
    } else if (type == &type_results) {
        by_component("result");
    } else if (type == &type_pool_components) {
        by_component("pool_value");
    } else if (type == &type_result) {
        reference("result");
    } else if (type == &type_components) {
        text("{\"type\":\"array\",\"items\":{\"$ref\":\"types.json#/$defs/component\"}}");
    } else if (type == &type_kinds) {
        text("{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,\"items\":{\"enum\":[");
        bool filled = false;
        for (int kind = 1; kind < EVENT_KIND_COUNT; kind++) {
            bool own = kind == EVENT_USER || kind == EVENT_DELEGATE || kind == EVENT_KEY;
            if (!event_shape((EventKind)kind)->name || (own && !member->with)) continue;
            if (filled) text(",");
            quoted(event_kind_name((EventKind)kind));
            filled = true;
        }
        text("]}}");
    } else if (type == &type_other) {
        text("{\"type\":\"object\",\"propertyNames\":{\"$ref\":\"types.json#/$defs/text\"},"
             "\"additionalProperties\":{\"$ref\":\"types.json#/$defs/text\"}}");
    } else if (type == &type_verdicts) {
        text("{\"description\":\"by the name of a code (docs/verdicts.md) that holds or "
             "flags\",\"type\":\"object\","
             "\"additionalProperties\":{\"enum\":[\"held\",\"flagged\",\"accepted\"]}}");
    } else if (type == &type_replacement) {
        text("{\"description\":\"a whole event of another kind than correct, of the same party, "
             "with an id of its own\","
             "\"type\":\"object\",\"required\":[\"v\",\"kind\",\"id\",\"party\",\"happened\"],"
             "\"not\":{\"properties\":{\"kind\":{\"const\":\"correct\"}}}}");
    } else {
        fprintf(stderr, "member \"%s\" has a type without a schema\n", member->name.at);
        exit(2);
    }
}

static void properties(const Shape *shape, const char *kind, bool *filled) {
    for (unsigned i = 0; i < shape->count; i++) {
        const Member *member = &shape->members[i];
        if (*filled) text(",");
        *filled = true;
        quoted(member->name.at);
        text(":");
        if (member->type == &type_kind) {
            text("{\"const\":");
            quoted(kind);
            text("}");
        } else if (member->insisted) {
            // Only beside "insist": true; the schema says so in words.
            text("{\"$comment\":\"only beside insist\",\"allOf\":[");
            value(member);
            text("]}");
        } else {
            value(member);
        }
    }
}

static void required(const Shape *shape, bool *filled) {
    for (unsigned i = 0; i < shape->count; i++) {
        if (!shape->members[i].required) continue;
        text(*filled ? "," : ",\"required\":[");
        quoted(shape->members[i].name.at);
        *filled = true;
    }
}

static void shape_body(const Shape *common, const Shape *shape, const char *kind) {
    bool filled = false, needs = false;
    text("\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
    if (common) properties(common, kind, &filled);
    properties(shape, kind, &filled);
    text("}");
    if (common) required(common, &needs);
    required(shape, &needs);
    if (needs) text("]");
    if (shape->rules) {
        text(",");
        text(shape->rules);
    }
}

static void common_schema(void) {
    text("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"types of "
         "values in events\",\"$defs\":{");
    for (size_t i = 0; named_types[i]; i++) {
        quoted(named_types[i]->name);
        text(":{");
        text(named_types[i]->schema);
        text("},");
    }
    text("\"component\":{\"enum\":[");
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (c) text(",");
        quoted(component_symbol(c));
    }
    text("]},\"result\":{\"description\":\"per cent, with uncertainty, or below a "
         "limit\",\"oneOf\":[{\"$ref\":\"#/$defs/fraction\"},");
    object(&event_result_shape);
    text("]},\"pool_value\":{\"description\":\"kilograms, with "
         "uncertainty\",\"oneOf\":[{\"$ref\":\"#/$defs/mass\"},");
    object(&event_pool_value_shape);
    text("]}}}");
}

// --- laid out for reading -----------------------------------------------------------------------

static void indent(FILE *file, unsigned depth) {
    fputc('\n', file);
    for (unsigned i = 0; i < depth; i++)
        fputs("  ", file);
}

static void lay_out(FILE *file, const Json *json, uint32_t token, unsigned depth) {
    Text bytes = json_bytes(json, token);
    bool object_here = json_type(json, token) == JSON_OBJECT;
    if (json_type(json, token) < JSON_ARRAY || bytes.length + depth * 2 <= 90) {
        fprintf(file, "%.*s", TEXT_ARG(bytes));
        return;
    }
    fputc(object_here ? '{' : '[', file);
    for (uint32_t i = json_begin(token); i != json_end(json, token); i = json_next(json, i)) {
        if (i != json_begin(token)) fputc(',', file);
        indent(file, depth + 1);
        if (object_here) fprintf(file, "%.*s: ", TEXT_ARG(json_bytes(json, i)));
        lay_out(file, json, object_here ? i + 1 : i, depth + 1);
    }
    indent(file, depth);
    fputc(object_here ? '}' : ']', file);
}

static void write_file(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    Json json;
    Status status;
    json_init(&json, 100000);
    FILE *file = fopen(path, "w");
    if (!file || out.failed || !json_read(&json, buffer_view(&out), &status)) {
        fprintf(stderr, "could not write \"%s\": %s\n", path,
                file ? status.message : "no such folder");
        exit(2);
    }
    lay_out(file, &json, 0, 0);
    fputc('\n', file);
    fclose(file);
    json_done(&json);
    buffer_reset(&out);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: event_schema FOLDER\n");
        return 2;
    }
    buffer_init(&out, 1 << 24);
    common_schema();
    // References inside the file itself.
    write_file(argv[1], "types");
    for (int kind = 1; kind < EVENT_KIND_COUNT; kind++) {
        const Shape *shape = event_shape((EventKind)kind);
        if (!shape->name) continue;
        const char *name = event_kind_name((EventKind)kind);
        text("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":");
        quoted(name);
        text(",");
        shape_body(&event_common_shape, shape, name);
        text("}");
        write_file(argv[1], name);
    }
    buffer_done(&out);
    return 0;
}
