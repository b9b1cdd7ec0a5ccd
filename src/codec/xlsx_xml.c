#include "codec/xlsx_xml.h"

#include <expat.h>

#include "base/memory.h"

enum { CHUNK = 1 << 16 };

static const char *local(const char *name) {
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : name;
}

const char *xml_attribute(const char **attributes, const char *name) {
    for (; attributes[0]; attributes += 2)
        if (!strcmp(attributes[0], name)) return attributes[1];
    return NULL;
}

const char *xml_attribute_prefixed(const char **attributes, const char *name) {
    for (; attributes[0]; attributes += 2) {
        const char *found = local(attributes[0]);
        if (found != attributes[0] && !strcmp(found, name)) return attributes[1];
    }
    return NULL;
}

static void stop(XmlWalk *walk) {
    walk->failed = true;
    XML_StopParser(walk->parser, XML_FALSE);
}

static void at_line(XmlWalk *walk) {
    status_where(walk->status, "\"%.*s\"%s%.*s, line %lu of \"%.64s\"",
                 TEXT_ARG(walk->package->file), walk->about.length ? ", " : "",
                 TEXT_ARG(walk->about), (unsigned long)XML_GetCurrentLineNumber(walk->parser),
                 walk->part);
}

static void refuse(XmlWalk *walk, StatusCode code, const char *message, const char *hint) {
    status_set(walk->status, code, "%s", message);
    at_line(walk);
    status_hint(walk->status, "%s", hint);
    stop(walk);
}

static void element_begins(void *of, const XML_Char *name, const XML_Char **attributes) {
    XmlWalk *walk = of;
    if (walk->failed) return;
    if (++walk->depth > XLSX_DEPTH_MAX)
        refuse(walk, STATUS_LIMIT, "elements stand too deep in each other",
               "at most 64; save the workbook again with a spreadsheet program");
    else if (!walk->begin(walk, local(name), attributes))
        stop(walk);
}

static void element_ends(void *of, const XML_Char *name) {
    XmlWalk *walk = of;
    if (walk->failed) return;
    if (!walk->end(walk, local(name)))
        stop(walk);
    else
        walk->depth--;
}

static void characters(void *of, const XML_Char *at, int length) {
    XmlWalk *walk = of;
    if (walk->failed || !walk->gather || buffer_bytes(&walk->text, at, (size_t)length)) return;
    if (walk->text.over) {
        refuse(walk, STATUS_LIMIT, "a text is too long", "at most 1 MiB in a cell");
    } else {
        status_no_memory(walk->status);
        stop(walk);
    }
}

static void doctype_begins(void *of, const XML_Char *name, const XML_Char *system,
                           const XML_Char *public, int inside) {
    (void)name, (void)system, (void)public, (void)inside;
    XmlWalk *walk = of;
    if (!walk->failed)
        refuse(walk, STATUS_INVALID, "a document type or entity is declared",
               "a workbook has none; save it again with a spreadsheet program");
}

static bool parse_failed(XmlWalk *walk) {
    if (walk->failed) return false;
    enum XML_Error error = XML_GetErrorCode(walk->parser);
    if (error == XML_ERROR_NO_MEMORY) return status_no_memory(walk->status);
    status_set(walk->status, STATUS_INVALID, "is not well-formed XML: %s", XML_ErrorString(error));
    at_line(walk);
    return status_hint(walk->status, "fetch the file again, or save it again as .xlsx");
}

static bool parse(XmlWalk *walk, XlsxPart *part) {
    for (;;) {
        size_t length;
        void *bytes = XML_GetBuffer(walk->parser, CHUNK);
        if (!bytes) return parse_failed(walk);
        if (!xlsx_part_read(walk->package, part, walk->part, bytes, CHUNK, &length, walk->status))
            return false;
        if (XML_ParseBuffer(walk->parser, (int)length, length == 0) != XML_STATUS_OK)
            return parse_failed(walk);
        if (length == 0) return true;
    }
}

bool xml_walk(XmlWalk *walk, XlsxPackage *package, int64_t entry, const char *name,
              Status *status) {
    static const XML_Memory_Handling_Suite memory = {memory_new, memory_resize, memory_free};
    walk->status = status;
    walk->package = package;
    walk->part = name;
    walk->depth = 0;
    walk->gather = walk->failed = false;
    XlsxPart *part = NULL;
    if (!xlsx_part_open(package, entry, name, &part, status)) return false;
    bool well = false;
    walk->parser = XML_ParserCreate_MM(NULL, &memory, NULL);
    if (!walk->parser) {
        status_no_memory(status);
        goto done;
    }
    buffer_init(&walk->text, XLSX_TEXT_BYTES_MAX);
    XML_SetUserData(walk->parser, walk);
    XML_SetElementHandler(walk->parser, element_begins, element_ends);
    XML_SetCharacterDataHandler(walk->parser, characters);
    XML_SetStartDoctypeDeclHandler(walk->parser, doctype_begins);
    well = parse(walk, part);
    buffer_done(&walk->text);
    XML_ParserFree(walk->parser);
done:
    walk->parser = NULL;
    xlsx_part_close(part);
    return well;
}
