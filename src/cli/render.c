#include "cli/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/command.h"

enum { COLUMNS_MAX = 24, CELL_MAX = 44, ROWS_SHOWN = 12 };

typedef struct Renderer {
    Json json;
    Arena arena;
    const char *columns, *hidden;
} Renderer;

// Whether a comma-separated list holds a word.
static bool listed(const char *list, Text word) {
    for (const char *at = list; at && *at;) {
        const char *comma = strchr(at, ',');
        size_t length = comma ? (size_t)(comma - at) : strlen(at);
        if (text_equal((Text){at, length}, word)) return true;
        at = comma ? comma + 1 : NULL;
    }
    return false;
}

static bool is_plain(const Json *json, uint32_t token) {
    JsonType type = json_type(json, token);
    return type != JSON_ARRAY && type != JSON_OBJECT;
}

static Text plain(Renderer *r, uint32_t token) {
    Text text = {"", 0};
    Status status;
    status_clear(&status);
    switch (json_type(&r->json, token)) {
    case JSON_STRING:
        return json_text(&r->json, token, &r->arena, &text, &status) ? text : TEXT("?");
    case JSON_NULL:
        return TEXT("-");
    case JSON_TRUE:
        return TEXT("yes");
    case JSON_FALSE:
        return TEXT("no");
    default:
        break;
    }
    // Statistics come with all their digits; a person reads three.
    Text number = json_bytes(&r->json, token);
    if (number.length <= 10 || !memchr(number.at, '.', number.length)) return number;
    char *copy = arena_copy(&r->arena, number.at, number.length);
    char *shown = copy ? arena_format(&r->arena, "%.3g", strtod(copy, NULL)) : NULL;
    return shown ? text_of(shown) : number;
}

// How many columns of a terminal a text takes: Chinese characters take two.
static size_t width_of(Text text) {
    size_t width = 0;
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if ((byte & 0xC0) == 0x80) continue;
        width += byte >= 0xE3 ? 2 : 1;
    }
    return width;
}

static bool is_number(Text text) {
    if (text.length == 0) return false;
    for (size_t i = 0; i < text.length; i++)
        if (!strchr("0123456789.-+e", text.at[i])) return text_equal(text, TEXT("-"));
    return true;
}

static void cell(Text text, size_t width, bool right) {
    size_t own = width_of(text), gap = own < width ? width - own : 0;
    if (right)
        out_format("%*s%.*s", (int)gap, "", TEXT_ARG(text));
    else
        out_format("%.*s%*s", TEXT_ARG(text), (int)gap, "");
}

static void table(Renderer *r, uint32_t array) {
    const Json *json = &r->json;
    Text names[COLUMNS_MAX];
    size_t widths[COLUMNS_MAX], count = 0;
    bool right[COLUMNS_MAX];
    uint32_t first = json_begin(array);
    if (first == json_end(json, array)) {
        out_format("  none\n");
        return;
    }
    if (json_type(json, first) != JSON_OBJECT) {
        out_format(" ");
        for (uint32_t i = first; i != json_end(json, array); i = json_next(json, i))
            out_format(" %.*s", TEXT_ARG(plain(r, i)));
        out_format("\n");
        return;
    }
    if (r->columns) {
        for (const char *at = r->columns; *at && count < COLUMNS_MAX;) {
            const char *comma = strchr(at, ',');
            size_t length = comma ? (size_t)(comma - at) : strlen(at);
            if (json_member(json, first, (Text){at, length}) != JSON_NONE)
                names[count++] = (Text){at, length};
            at = comma ? comma + 1 : at + length;
        }
    }
    if (count == 0)
        for (uint32_t key = json_begin(first); key != json_end(json, first) && count < COLUMNS_MAX;
             key = json_next(json, key)) {
            Text name = plain(r, key);
            if (is_plain(json, key + 1) && !listed(r->hidden, name)) names[count++] = name;
        }
    for (size_t c = 0; c < count; c++) {
        widths[c] = names[c].length;
        right[c] = true;
    }
    for (uint32_t row = first; row != json_end(json, array); row = json_next(json, row))
        for (size_t c = 0; c < count; c++) {
            uint32_t value = json_member(json, row, names[c]);
            if (value == JSON_NONE || !is_plain(json, value)) continue;
            Text text = plain(r, value);
            if (width_of(text) > widths[c])
                widths[c] = width_of(text) < CELL_MAX || c + 1 == count ? width_of(text) : CELL_MAX;
            right[c] &= is_number(text);
        }
    for (size_t c = 0; c < count; c++) {
        out_format(c ? "  " : "  ");
        cell(names[c], c + 1 < count || right[c] ? widths[c] : 0, right[c]);
    }
    out_format("\n");
    for (uint32_t row = first; row != json_end(json, array); row = json_next(json, row)) {
        for (size_t c = 0; c < count; c++) {
            uint32_t value = json_member(json, row, names[c]);
            Text text = value != JSON_NONE && is_plain(json, value) ? plain(r, value) : TEXT("");
            out_format("  ");
            cell(text, c + 1 < count || right[c] ? widths[c] : 0, right[c]);
        }
        out_format("\n");
    }
}

static void object(Renderer *r, uint32_t token, int depth) {
    const Json *json = &r->json;
    size_t widest = 0;
    for (uint32_t key = json_begin(token); key != json_end(json, token); key = json_next(json, key))
        if (is_plain(json, key + 1) && plain(r, key).length > widest) widest = plain(r, key).length;
    for (int nested = 0; nested < 2; nested++)
        for (uint32_t key = json_begin(token); key != json_end(json, token);
             key = json_next(json, key)) {
            Text name = plain(r, key);
            uint32_t value = key + 1;
            if (listed(r->hidden, name) || is_plain(json, value) != (nested == 0)) continue;
            if (!nested) {
                out_format("%*s", depth * 2, "");
                cell(name, widest, false);
                out_format("  %.*s\n", TEXT_ARG(plain(r, value)));
                continue;
            }
            bool is_list = text_equal(name, TEXT("items"));
            if (!is_list) out_format("%*s%.*s:\n", depth * 2, "", TEXT_ARG(name));
            if (json_type(json, value) == JSON_OBJECT) {
                object(r, value, depth + 1);
                continue;
            }
            table(r, value);
            // What the rows themselves hold in tables of their own.
            for (uint32_t row = json_begin(value);
                 row != json_end(json, value) && json_type(json, row) == JSON_OBJECT && !is_list;
                 row = json_next(json, row))
                for (uint32_t inner = json_begin(row); inner != json_end(json, row);
                     inner = json_next(json, inner)) {
                    uint32_t deep = inner + 1;
                    if (json_type(json, deep) != JSON_ARRAY || listed(r->hidden, plain(r, inner)))
                        continue;
                    uint32_t label =
                        json_next(json, json_begin(row)) != JSON_NONE ? json_begin(row) + 1 : row;
                    if (json_begin(deep) == json_end(json, deep) ||
                        json_type(json, json_begin(deep)) != JSON_OBJECT)
                        continue;
                    if (is_plain(json, label))
                        out_format("  %.*s, %.*s:\n", TEXT_ARG(plain(r, label)),
                                   TEXT_ARG(plain(r, inner)));
                    table(r, deep);
                }
        }
}

bool render_answer(Text text, const char *columns, const char *hidden, Status *status) {
    Renderer r = {.columns = columns, .hidden = hidden};
    json_init(&r.json, 4000000);
    arena_init(&r.arena, (size_t)256 << 20);
    bool well = json_read(&r.json, text, status);
    if (well) object(&r, 0, 0);
    arena_done(&r.arena);
    json_done(&r.json);
    return well;
}

bool render_first_rows(const Json *json, const char *name, const char *columns, Status *status) {
    Buffer one;
    buffer_init(&one, 64 << 20);
    buffer_format(&one, "{\"%s\":[", name);
    uint32_t array = json_member(json, 0, text_of(name));
    size_t rows = 0, all = array == JSON_NONE ? 0 : json_count(json, array);
    for (uint32_t i = all ? json_begin(array) : 0; rows < all && rows < ROWS_SHOWN;
         i = json_next(json, i), rows++) {
        if (rows) buffer_char(&one, ',');
        buffer_text(&one, json_bytes(json, i));
    }
    buffer_string(&one, "]}");
    bool well = one.failed ? status_no_memory(status)
                           : render_answer(buffer_view(&one), columns, NULL, status);
    buffer_done(&one);
    if (well && all > rows) out_format("  and %zu more: --json\n", all - rows);
    return well;
}
