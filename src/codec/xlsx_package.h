// The parts of an XLSX file: a ZIP archive (ECMA-376 part 2) that lies in memory, read within
// limits. What libzip says is put into the words of the person who has the file before him.
// Private to the xlsx_ files of codec/; libzip is included in xlsx_package.c alone.
#pragma once
#include "base/status.h"
#include "base/text.h"
#include <stdint.h>

enum {
    XLSX_ENTRIES_MAX = 4096,
    XLSX_RATIO_MAX = 200, // unpacked to packed bytes of the file, once it is more than that below
    XLSX_RATIO_FROM = 16 << 20,
    XLSX_NAME_MAX = 512 // bytes of a part's name
};
#define XLSX_BYTES_MAX ((uint64_t)512 << 20) // unpacked, all parts together

typedef struct XlsxPackage {
    Text file; // its name, for messages
    struct zip *zip;
    uint64_t packed, unpacked; // bytes of the file, and unpacked until now
} XlsxPackage;

typedef struct zip_file XlsxPart;

// `bytes` and `file` must outlive the package. Says of what is no ZIP what it is instead:
// encrypted, an .xls of old. Close it whether or not this succeeded.
MUST_CHECK bool xlsx_package_open(XlsxPackage *package, Text file, Text bytes, Status *status);
void xlsx_package_close(XlsxPackage *package);
// The entry of a part, or -1. Letters are compared without their case (part 2, 6.2.2.3). Fails when
// two entries have the name, since programs differ in which one they take.
MUST_CHECK bool xlsx_package_find(const XlsxPackage *package, const char *name, int64_t *entry,
                                  Status *status);
MUST_CHECK bool xlsx_part_open(XlsxPackage *package, int64_t entry, const char *name,
                               XlsxPart **part, Status *status);
// Up to `room` bytes; 0 at the end.
MUST_CHECK bool xlsx_part_read(XlsxPackage *package, XlsxPart *part, const char *name, void *bytes,
                               size_t room, size_t *length, Status *status);
void xlsx_part_close(XlsxPart *part); // takes null
