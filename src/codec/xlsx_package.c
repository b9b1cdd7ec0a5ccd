#include "codec/xlsx_package.h"

#include <strings.h>
#include <zip.h>

static bool fail(const XlsxPackage *package, Status *status, StatusCode code, const char *message,
                 const char *hint) {
    status_set(status, code, "%s", message);
    status_where(status, "\"%.*s\"", TEXT_ARG(package->file));
    return status_hint(status, "%s", hint);
}

// What a file that is no ZIP archive is.
static bool is_no_zip(const XlsxPackage *package, Text bytes, Status *status) {
    // A compound file ([MS-CFB] 2.2): a workbook of 1997 to 2003, or an encrypted one
    // ([MS-OFFCRYPTO] 2.3.4.4), whose stream has this name in UTF-16.
    static const char encrypted[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    if (text_begins(bytes, TEXT("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))) {
        if (memmem(bytes.at, bytes.length, encrypted, sizeof encrypted))
            return fail(package, status, STATUS_UNSUPPORTED, "the workbook is encrypted",
                        "save it without a password, as .xlsx or as \"CSV UTF-8\"");
        return fail(package, status, STATUS_UNSUPPORTED, "is a workbook of the old kind (.xls)",
                    "save it as .xlsx or as \"CSV UTF-8\"");
    }
    if (bytes.length == 0)
        return fail(package, status, STATUS_INVALID, "the file is empty",
                    "a workbook saved as .xlsx, or a table saved as \"CSV UTF-8\"");
    return fail(package, status, STATUS_INVALID, "is no XLSX workbook, or only the begin of one",
                "a workbook saved as .xlsx, or a table saved as \"CSV UTF-8\"");
}

bool xlsx_package_open(XlsxPackage *package, Text file, Text bytes, Status *status) {
    *package = (XlsxPackage){.file = file, .packed = bytes.length};
    if (!text_begins(bytes, TEXT("PK"))) return is_no_zip(package, bytes, status);
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes.at, bytes.length, 0, &error);
    package->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    bool short_of_memory = zip_error_code_zip(&error) == ZIP_ER_MEMORY;
    zip_error_fini(&error);
    if (!package->zip) {
        zip_source_free(source); // takes null
        return short_of_memory ? status_no_memory(status) : is_no_zip(package, bytes, status);
    }
    if (zip_get_num_entries(package->zip, 0) > XLSX_ENTRIES_MAX)
        return fail(package, status, STATUS_LIMIT, "the workbook has too many parts",
                    "at most 4096; copy the tables into a new workbook");
    return true;
}

void xlsx_package_close(XlsxPackage *package) {
    if (package->zip) zip_discard(package->zip);
    package->zip = NULL;
}

bool xlsx_package_find(const XlsxPackage *package, const char *name, int64_t *entry,
                       Status *status) {
    int64_t found = -1, count = zip_get_num_entries(package->zip, 0);
    for (int64_t i = 0; i < count; i++) {
        const char *other = zip_get_name(package->zip, (zip_uint64_t)i, 0);
        if (!other || strcasecmp(other[0] == '/' ? other + 1 : other, name) != 0) continue;
        if (found >= 0) {
            status_set(status, STATUS_INVALID, "two parts of the workbook are called \"%.64s\"",
                       name);
            status_where(status, "\"%.*s\"", TEXT_ARG(package->file));
            return status_hint(status, "save it again with a spreadsheet program");
        }
        found = i;
    }
    *entry = found;
    return true;
}

static bool broken(const XlsxPackage *package, const char *name, StatusCode code, Status *status) {
    status_set(status, code, "a part of the workbook is damaged");
    status_where(status, "\"%.*s\", part \"%.64s\"", TEXT_ARG(package->file), name);
    return status_hint(status, "fetch the file again, or save it again as .xlsx");
}

bool xlsx_part_open(XlsxPackage *package, int64_t entry, const char *name, XlsxPart **part,
                    Status *status) {
    zip_stat_t stat;
    if (zip_stat_index(package->zip, (zip_uint64_t)entry, 0, &stat))
        return broken(package, name, STATUS_CORRUPT, status);
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE)
        return fail(package, status, STATUS_UNSUPPORTED, "the workbook is encrypted",
                    "save it without a password, as .xlsx or as \"CSV UTF-8\"");
    *part = zip_fopen_index(package->zip, (zip_uint64_t)entry, 0);
    if (*part) return true;
    if (zip_error_code_zip(zip_get_error(package->zip)) == ZIP_ER_MEMORY)
        return status_no_memory(status);
    return broken(package, name, STATUS_CORRUPT, status);
}

bool xlsx_part_read(XlsxPackage *package, XlsxPart *part, const char *name, void *bytes,
                    size_t room, size_t *length, Status *status) {
    zip_int64_t got = zip_fread(part, bytes, room);
    if (got < 0) {
        if (zip_error_code_zip(zip_file_get_error(part)) == ZIP_ER_MEMORY)
            return status_no_memory(status);
        return broken(package, name, STATUS_CORRUPT, status);
    }
    package->unpacked += (uint64_t)got;
    if (package->unpacked > XLSX_BYTES_MAX ||
        (package->unpacked > XLSX_RATIO_FROM &&
         package->unpacked / XLSX_RATIO_MAX > package->packed))
        return fail(package, status, STATUS_LIMIT, "the workbook unpacks to far too much",
                    "at most 512 MiB, and 200 times the file's own size; save a large table as "
                    "\"CSV UTF-8\"");
    *length = (size_t)got;
    return true;
}

void xlsx_part_close(XlsxPart *part) {
    if (part) zip_fclose(part);
}
