// Walks the XML of one part of a workbook, element by element, without ever holding it whole.
// Names come without their prefix ("x:row" is "row"): both the transitional and the strict
// namespace of ISO/IEC 29500 are read alike. A document type declaration is refused, and with it
// every entity of somebody's own; so are elements deeper than XLSX_DEPTH_MAX.
// Private to the xlsx_ files of codec/; expat is included in xlsx_xml.c alone.
#pragma once
#include "base/buffer.h"
#include "codec/xlsx_package.h"

enum { XLSX_DEPTH_MAX = 64, XLSX_TEXT_BYTES_MAX = 1 << 20 };

typedef struct XmlWalk XmlWalk;
// Both return false, with `walk->status` filled, to end the walk.
typedef bool XmlBegin(XmlWalk *walk, const char *name, const char **attributes);
typedef bool XmlEnd(XmlWalk *walk, const char *name);

struct XmlWalk {
    XmlBegin *begin;
    XmlEnd *end;
    void *task;
    Text about;     // what the part is, for messages: `sheet "March"`; may be empty
    unsigned depth; // of the element that begins or ends, the root's being 1
    bool gather;    // character data goes to `text` from now on
    Buffer text;    // cleared by the handlers
    Status *status;
    // From here on the walk's own.
    XlsxPackage *package;
    const char *part;
    struct XML_ParserStruct *parser;
    bool failed;
};

// A part whose entry is known. False: it cannot be read, it is no well-formed XML, or a handler
// ended the walk; where it was is said.
MUST_CHECK bool xml_walk(XmlWalk *walk, XlsxPackage *package, int64_t entry, const char *part,
                         Status *status);
// The attribute without a prefix; null when there is none.
const char *xml_attribute(const char **attributes, const char *name);
// The attribute that has this name behind some prefix: `r:id`.
const char *xml_attribute_prefixed(const char **attributes, const char *name);
