#include "cli/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static FILE *open_for_reading(const char *path, Status *status) {
    if (strcmp(path, "-") == 0) return stdin;
    FILE *file = fopen(path, "rb");
    if (!file)
        status_set(status, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                   "could not open \"%s\": %s", path, strerror(errno));
    return file;
}

bool file_read(const char *path, Buffer *out, Status *status) {
    FILE *file = open_for_reading(path, status);
    if (!file) return false;
    char block[65536];
    size_t length;
    while ((length = fread(block, 1, sizeof block, file)) > 0)
        if (!buffer_bytes(out, block, length)) break;
    bool well = !ferror(file) ||
                status_set(status, STATUS_IO, "could not read \"%s\": %s", path, strerror(errno));
    if (well && out->failed)
        well = out->over ? status_set(status, STATUS_LIMIT, "\"%s\" is larger than %zu bytes", path,
                                      out->limit)
                         : status_no_memory(status);
    if (file != stdin) fclose(file);
    return well;
}

bool file_write(const char *path, Text bytes, Status *status) {
    FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
    bool well = file != NULL;
    if (well) well = fwrite(bytes.at, 1, bytes.length, file) == bytes.length && fflush(file) == 0;
    int os_error = errno;
    if (file && file != stdout && fclose(file) != 0 && well) {
        os_error = errno;
        well = false;
    }
    if (well) return true;
    if (file && file != stdout) remove(path);
    return status_set(status, os_error == ENOSPC ? STATUS_NO_SPACE : STATUS_IO,
                      "could not write \"%s\": %s", path, strerror(os_error));
}

bool lines_open(LineReader *lines, const char *path, size_t most, Status *status) {
    *lines = (LineReader){.path = path, .most = most};
    lines->file = open_for_reading(path, status);
    if (strcmp(path, "-") == 0) lines->path = "standard input";
    if (!lines->file) return false;
    struct stat facts;
    if (fstat(fileno(lines->file), &facts) == 0 && S_ISREG(facts.st_mode))
        lines->size = (uint64_t)facts.st_size;
    return true;
}

void lines_of(LineReader *lines, FILE *file, const char *name, size_t most) {
    *lines = (LineReader){.file = file, .path = name, .most = most, .borrowed = true};
}

bool lines_next(LineReader *lines, Text *line, Status *status) {
    // getline() asks malloc itself; this is the command line, where nothing is retried.
    ssize_t length = getline(&lines->bytes, &lines->capacity, lines->file);
    bool cut = lines->ends_in_dot && (length <= 0 || lines->bytes[length - 1] != '\n');
    if (length < 0 || cut) {
        if (ferror(lines->file))
            return status_set(status, STATUS_IO, "could not read \"%s\": %s", lines->path,
                              strerror(errno));
        if (cut) {
            status_set(status, STATUS_IO, "the connection was cut before the end");
            status_hint(status, "record the same file again: what stands in the book is not "
                                "recorded twice");
            return status_where(status, "%s, line %lu", lines->path, lines->number + 1);
        }
        status_clear(status);
        return false;
    }
    if (lines->ends_in_dot && length == 2 && memcmp(lines->bytes, ".\n", 2) == 0) {
        status_clear(status);
        return false;
    }
    lines->number++;
    lines->offset += (uint64_t)length;
    if (length && lines->bytes[length - 1] == '\n') length--;
    if (length && lines->bytes[length - 1] == '\r') length--;
    if ((size_t)length > lines->most) {
        status_set(status, STATUS_LIMIT, "the line is longer than %zu bytes", lines->most);
        return status_where(status, "%s, line %lu", lines->path, lines->number);
    }
    *line = (Text){lines->bytes, (size_t)length};
    return true;
}

void lines_close(LineReader *lines) {
    free(lines->bytes);
    if (lines->file && lines->file != stdin && !lines->borrowed) fclose(lines->file);
    lines->file = NULL;
}
