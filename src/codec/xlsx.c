// A workbook's own parts: which sheets there are, the texts that cells share, the formats that tell
// days from numbers. Parts find each other by relations (ECMA-376 part 2, 9.3), never by names.
#include "codec/xlsx.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "codec/xlsx_inside.h"
#include "codec/xlsx_value.h"

enum { KEEP_BYTES = 8192, KEEP_SHORT = 1024, RELATIONS_MAX = 4096, CUSTOM_FORMATS_MAX = 4096 };

typedef struct Relation {
    Text id;
    char *part;
    enum { TO_OTHER, TO_WORKBOOK, TO_SHEET, TO_STRINGS, TO_STYLES } to;
} Relation;

typedef struct Relations {
    Relation *all;
    size_t count, room;
} Relations;

typedef struct CustomFormat {
    unsigned long id;
    XlsxFormat format;
} CustomFormat;

// What is read at one time: relations, workbook, strings or styles.
typedef struct Opening {
    Xlsx *xlsx;
    Relations relations;
    const char *from; // the part that the relations go out from
    XlsxSheet *sheet;
    size_t sheet_room, string_chunks, format_room, custom_count, custom_room;
    CustomFormat *custom;
    bool in_sheets, in_formats, in_styles;
    unsigned phonetic; // depth of the phonetic run that is passed over, or 0
} Opening;

size_t xlsx_unescape(char *bytes, size_t length) {
    size_t to = 0;
    unsigned high = 0; // first half of a surrogate pair that was just written as it stood
    for (size_t from = 0; from < length;) {
        unsigned code = 0;
        bool escape = length - from >= 7 && bytes[from] == '_' && bytes[from + 1] == 'x' &&
                      bytes[from + 6] == '_';
        for (size_t i = 2; escape && i < 6; i++) {
            char c = bytes[from + i];
            unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                             : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                             : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                    : 16;
            escape = digit < 16;
            code = code * 16 + digit;
        }
        if (!escape || code == 0) {
            bytes[to++] = bytes[from++];
            high = 0;
            continue;
        }
        if (high && code >= 0xDC00 && code < 0xE000) {
            to -= 7;
            unsigned all = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00);
            bytes[to++] = (char)(0xF0 | all >> 18);
            bytes[to++] = (char)(0x80 | (all >> 12 & 0x3F));
            bytes[to++] = (char)(0x80 | (all >> 6 & 0x3F));
            bytes[to++] = (char)(0x80 | (all & 0x3F));
            high = 0;
        } else if (code >= 0xD800 && code < 0xE000) { // half a character stays as it is written
            memmove(bytes + to, bytes + from, 7);
            to += 7;
            high = code < 0xDC00 ? code : 0;
        } else {
            if (code < 0x80) {
                bytes[to++] = (char)code;
            } else if (code < 0x800) {
                bytes[to++] = (char)(0xC0 | code >> 6);
                bytes[to++] = (char)(0x80 | (code & 0x3F));
            } else {
                bytes[to++] = (char)(0xE0 | code >> 12);
                bytes[to++] = (char)(0x80 | (code >> 6 & 0x3F));
                bytes[to++] = (char)(0x80 | (code & 0x3F));
            }
            high = 0;
        }
        from += 7;
    }
    return to;
}

bool xlsx_keep(Xlsx *xlsx, Text text, Text *kept, Status *status) {
    char *at;
    if (text.length > KEEP_SHORT) {
        at = arena_take(xlsx->arena, text.length);
    } else {
        if (text.length > xlsx->keep_left || !xlsx->keep) {
            xlsx->keep = arena_take(xlsx->arena, KEEP_BYTES);
            xlsx->keep_left = xlsx->keep ? KEEP_BYTES : 0;
        }
        at = xlsx->keep;
        if (at) {
            xlsx->keep += text.length;
            xlsx->keep_left -= text.length;
        }
    }
    if (!at) return status_no_memory(status);
    if (text.length) memcpy(at, text.at, text.length);
    *kept = (Text){at, text.length};
    return true;
}

void *xlsx_widen(Xlsx *xlsx, void *array, size_t count, size_t *room, size_t size) {
    if (count < *room) return array;
    size_t more = *room ? 2 * *room : 16;
    void *wider = arena_take_zero(xlsx->arena, more, size);
    if (!wider) return NULL;
    if (count) memcpy(wider, array, count * size);
    *room = more;
    return wider;
}

bool xlsx_count(Text digits, unsigned long most, unsigned long *count) {
    unsigned long value = 0;
    if (digits.length == 0) return false;
    for (size_t i = 0; i < digits.length; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9') return false;
        value = value * 10 + (unsigned long)(digits.at[i] - '0');
        if (value > most) return false;
    }
    *count = value;
    return true;
}

bool xlsx_true(const char *attribute) {
    return attribute && (!strcmp(attribute, "1") || !strcmp(attribute, "true"));
}

static bool fail(const Xlsx *xlsx, StatusCode code, const char *message, const char *hint,
                 Status *status) {
    status_set(status, code, "%s", message);
    status_where(status, "\"%.*s\"", TEXT_ARG(xlsx->file));
    return status_hint(status, "%s", hint);
}

// ---- relations ----

// "../styles.xml" seen from "xl/workbook.xml" is "styles.xml". Null for want of memory; what climbs
// out of the package stays within it, as in a URI.
static char *resolve(Arena *arena, const char *from, const char *target) {
    const char *slash = strrchr(from, '/');
    size_t base = target[0] == '/' || !slash ? 0 : (size_t)(slash - from) + 1;
    char *path = arena_take(arena, base + strlen(target) + 2);
    if (!path) return NULL;
    memcpy(path, from, base);
    size_t length = base;
    for (const char *at = target; *at;) {
        const char *end = strchr(at, '/');
        size_t one = end ? (size_t)(end - at) : strlen(at);
        if (one == 2 && at[0] == '.' && at[1] == '.') {
            if (length) length--; // the slash
            while (length && path[length - 1] != '/')
                length--;
        } else if (one && !(one == 1 && at[0] == '.')) {
            memcpy(path + length, at, one);
            length += one;
            if (end) path[length++] = '/';
        }
        at += one + (end != NULL);
    }
    path[length] = 0;
    return path;
}

static bool ends_in(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && !strcmp(text + length - tail, end);
}

static bool relation_begins(XmlWalk *walk, const char *name, const char **attributes) {
    Opening *o = walk->task;
    if (walk->depth != 2 || strcmp(name, "Relationship") != 0) return true;
    const char *id = xml_attribute(attributes, "Id"), *type = xml_attribute(attributes, "Type"),
               *target = xml_attribute(attributes, "Target"),
               *mode = xml_attribute(attributes, "TargetMode");
    if (!id || !type || !target || (mode && !strcmp(mode, "External"))) return true;
    if (o->relations.count == RELATIONS_MAX || strlen(target) > XLSX_NAME_MAX)
        return fail(o->xlsx, STATUS_LIMIT, "the workbook has too many relations",
                    "at most 4096; copy the tables into a new workbook", walk->status);
    Relation *all =
        xlsx_widen(o->xlsx, o->relations.all, o->relations.count, &o->relations.room, sizeof *all);
    if (!all) return status_no_memory(walk->status);
    o->relations.all = all;
    Relation *one = &all[o->relations.count];
    one->to = ends_in(type, "/officeDocument")  ? TO_WORKBOOK
              : ends_in(type, "/worksheet")     ? TO_SHEET
              : ends_in(type, "/sharedStrings") ? TO_STRINGS
              : ends_in(type, "/styles")        ? TO_STYLES
                                                : TO_OTHER;
    one->part = resolve(o->xlsx->arena, o->from, target);
    if (!one->part) return status_no_memory(walk->status);
    o->relations.count++;
    return xlsx_keep(o->xlsx, text_of(id), &one->id, walk->status);
}

static bool nothing_ends(XmlWalk *walk, const char *name) {
    (void)walk, (void)name;
    return true;
}

// A part that must be there, or need not.
static bool walk_part(Opening *o, const char *part, bool needed, XmlBegin *begin, XmlEnd *end,
                      Status *status) {
    int64_t entry;
    if (!xlsx_package_find(&o->xlsx->package, part, &entry, status)) return false;
    if (entry < 0 && !needed) return true;
    if (entry < 0) {
        status_set(status, STATUS_CORRUPT, "the workbook lacks its part \"%.64s\"", part);
        status_where(status, "\"%.*s\"", TEXT_ARG(o->xlsx->file));
        return status_hint(status, "fetch the file again, or save it again as .xlsx");
    }
    XmlWalk walk = {.begin = begin, .end = end, .task = o};
    return xml_walk(&walk, &o->xlsx->package, entry, part, status);
}

static bool read_relations(Opening *o, const char *from, Status *status) {
    const char *slash = strrchr(from, '/'), *name = slash ? slash + 1 : from;
    char *part = arena_format(o->xlsx->arena, "%.*s_rels/%s.rels", (int)(name - from), from, name);
    if (!part) return status_no_memory(status);
    o->relations.count = 0;
    o->from = from;
    return walk_part(o, part, false, relation_begins, nothing_ends, status);
}

// The part of the one relation of a kind, or null.
static char *related(const Opening *o, int to) {
    for (size_t i = 0; i < o->relations.count; i++)
        if ((int)o->relations.all[i].to == to) return o->relations.all[i].part;
    return NULL;
}

// ---- the workbook ----

static bool workbook_begins(XmlWalk *walk, const char *name, const char **attributes) {
    Opening *o = walk->task;
    Xlsx *x = o->xlsx;
    if (walk->depth == 1 && strcmp(name, "workbook") != 0)
        return fail(x, STATUS_INVALID, "is another document, no workbook",
                    "a workbook saved as .xlsx, or a table saved as \"CSV UTF-8\"", walk->status);
    if (walk->depth == 2) {
        o->in_sheets = !strcmp(name, "sheets");
        if (!strcmp(name, "workbookPr"))
            x->since_1904 = xlsx_true(xml_attribute(attributes, "date1904"));
        if (!strcmp(name, "calcPr"))
            x->stale = xlsx_true(xml_attribute(attributes, "fullCalcOnLoad"));
    }
    if (walk->depth != 3 || !o->in_sheets || strcmp(name, "sheet") != 0) return true;
    const char *called = xml_attribute(attributes, "name"),
               *id = xml_attribute_prefixed(attributes, "id"),
               *state = xml_attribute(attributes, "state");
    if (!called || !id)
        return fail(x, STATUS_INVALID, "a sheet of the workbook has no name or no part",
                    "save it again with a spreadsheet program", walk->status);
    if (x->sheets == XLSX_SHEETS_MAX)
        return fail(x, STATUS_LIMIT, "the workbook has too many sheets", "at most 1024",
                    walk->status);
    XlsxSheet *all = xlsx_widen(x, x->sheet, x->sheets, &o->sheet_room, sizeof *all);
    if (!all) return status_no_memory(walk->status);
    x->sheet = all;
    XlsxSheet *sheet = &all[x->sheets];
    *sheet = (XlsxSheet){.hidden = state && strcmp(state, "visible") != 0};
    x->sheets++;
    bool found = false;
    for (size_t i = 0; i < o->relations.count; i++) {
        const Relation *r = &o->relations.all[i];
        if (!text_equal(r->id, text_of(id))) continue;
        found = true;
        if (r->to == TO_SHEET) sheet->part = r->part;
    }
    if (!found) {
        status_set(walk->status, STATUS_CORRUPT, "the workbook lacks the sheet \"%.64s\"", called);
        status_where(walk->status, "\"%.*s\"", TEXT_ARG(x->file));
        return status_hint(walk->status, "fetch the file again, or save it again as .xlsx");
    }
    return xlsx_keep(x, text_of(called), &sheet->name, walk->status);
}

// ---- shared strings ----

static bool string_begins(XmlWalk *walk, const char *name, const char **attributes) {
    Opening *o = walk->task;
    (void)attributes;
    if (walk->depth == 2 && !strcmp(name, "si")) buffer_reset(&walk->text);
    if (!strcmp(name, "rPh") && !o->phonetic) o->phonetic = walk->depth;
    if (!strcmp(name, "t") && !o->phonetic && walk->depth > 2) walk->gather = true;
    return true;
}

static bool string_ends(XmlWalk *walk, const char *name) {
    Opening *o = walk->task;
    Xlsx *x = o->xlsx;
    if (o->phonetic == walk->depth) o->phonetic = 0;
    if (!strcmp(name, "t")) walk->gather = false;
    if (walk->depth != 2 || strcmp(name, "si") != 0) return true;
    if (x->string_count == XLSX_STRINGS_MAX)
        return fail(x, STATUS_LIMIT, "the workbook has too many texts",
                    "at most 4,194,304 different ones; save a large table as \"CSV UTF-8\"",
                    walk->status);
    if (x->string_count % XLSX_STRINGS_A_CHUNK == 0) {
        size_t chunks = x->string_count / XLSX_STRINGS_A_CHUNK;
        Text **all = xlsx_widen(x, x->strings, chunks, &o->string_chunks, sizeof *all);
        if (!all) return status_no_memory(walk->status);
        x->strings = all;
        all[chunks] = arena_take(x->arena, XLSX_STRINGS_A_CHUNK * sizeof **all);
        if (!all[chunks]) return status_no_memory(walk->status);
    }
    Text text = {(char *)walk->text.bytes,
                 walk->text.length ? xlsx_unescape((char *)walk->text.bytes, walk->text.length)
                                   : 0};
    Text *kept =
        &x->strings[x->string_count / XLSX_STRINGS_A_CHUNK][x->string_count % XLSX_STRINGS_A_CHUNK];
    x->string_count++;
    return xlsx_keep(x, text, kept, walk->status);
}

// ---- styles ----

static bool style_begins(XmlWalk *walk, const char *name, const char **attributes) {
    Opening *o = walk->task;
    Xlsx *x = o->xlsx;
    if (walk->depth == 2) {
        o->in_formats = !strcmp(name, "numFmts");
        o->in_styles = !strcmp(name, "cellXfs");
    }
    if (walk->depth != 3 || (!o->in_formats && !o->in_styles)) return true;
    const char *number = xml_attribute(attributes, "numFmtId");
    unsigned long id = 0;
    if (number && !xlsx_count(text_of(number), UINT32_MAX, &id)) id = 0;
    if (o->in_formats && !strcmp(name, "numFmt")) {
        const char *code = xml_attribute(attributes, "formatCode");
        if (o->custom_count == CUSTOM_FORMATS_MAX)
            return fail(x, STATUS_LIMIT, "the workbook has too many number formats",
                        "at most 4096; copy the tables into a new workbook", walk->status);
        CustomFormat *all = xlsx_widen(x, o->custom, o->custom_count, &o->custom_room, sizeof *all);
        if (!all) return status_no_memory(walk->status);
        o->custom = all;
        all[o->custom_count++] =
            (CustomFormat){id, code ? xlsx_format_of(text_of(code)) : XLSX_FORMAT_PLAIN};
    }
    if (o->in_styles && !strcmp(name, "xf")) {
        if (x->formats == XLSX_FORMATS_MAX)
            return fail(x, STATUS_LIMIT, "the workbook has too many cell styles",
                        "at most 65,536; copy the tables into a new workbook", walk->status);
        uint8_t *all = xlsx_widen(x, x->format, x->formats, &o->format_room, 1);
        if (!all) return status_no_memory(walk->status);
        x->format = all;
        uint8_t *one = &all[x->formats];
        *one = (uint8_t)xlsx_format_builtin(id);
        for (size_t i = 0; i < o->custom_count; i++)
            if (o->custom[i].id == id) *one = (uint8_t)o->custom[i].format;
        x->formats++;
    }
    return true;
}

// ---- all of it ----

// An archive without a workbook in it.
static bool other_file(const Xlsx *x, Status *status) {
    int64_t content;
    if (!xlsx_package_find(&x->package, "content.xml", &content, status)) return false;
    if (content >= 0)
        return fail(x, STATUS_UNSUPPORTED, "is an OpenDocument file (.ods)",
                    "save it as .xlsx or as \"CSV UTF-8\"", status);
    return fail(x, STATUS_INVALID, "is an archive without a workbook in it",
                "a workbook saved as .xlsx, or a table saved as \"CSV UTF-8\"", status);
}

bool xlsx_open(Xlsx *xlsx, Text file, Text bytes, Arena *arena, Status *status) {
    *xlsx = (Xlsx){.file = file, .arena = arena};
    xlsx->file.length = file.length < 64 ? file.length : 64; // in messages
    if (!xlsx_package_open(&xlsx->package, xlsx->file, bytes, status)) return false;
    Opening o = {.xlsx = xlsx};
    if (!read_relations(&o, "", status)) return false;
    const char *workbook = related(&o, TO_WORKBOOK);
    if (!workbook) workbook = "xl/workbook.xml";
    if (ends_in(workbook, ".bin"))
        return fail(xlsx, STATUS_UNSUPPORTED, "is a binary workbook (.xlsb)",
                    "save it as .xlsx or as \"CSV UTF-8\"", status);
    int64_t entry;
    if (!xlsx_package_find(&xlsx->package, workbook, &entry, status)) return false;
    if (entry < 0) return other_file(xlsx, status);
    if (!read_relations(&o, workbook, status) ||
        !walk_part(&o, workbook, true, workbook_begins, nothing_ends, status))
        return false;
    const char *strings = related(&o, TO_STRINGS), *styles = related(&o, TO_STYLES);
    if (strings && !walk_part(&o, strings, true, string_begins, string_ends, status)) return false;
    if (styles && !walk_part(&o, styles, true, style_begins, nothing_ends, status)) return false;
    if (xlsx->sheets) return true;
    return fail(xlsx, STATUS_INVALID, "the workbook has no sheet", "at least one, with a table",
                status);
}

void xlsx_close(Xlsx *xlsx) {
    xlsx_package_close(&xlsx->package);
}
