// Files of the command line: read whole, or line by line.
#pragma once
#include "base/buffer.h"
#include <stdio.h>

// Appends the whole file, - being standard input.
MUST_CHECK bool file_read(const char *path, Buffer *out, Status *status);

// Writes the whole file anew, - being standard output; one that could not be written whole is taken
// away.
MUST_CHECK bool file_write(const char *path, Text bytes, Status *status);

// Lines, without their line feed; a last line may lack one. A line longer than `most` is refused.
typedef struct LineReader {
    FILE *file;
    const char *path;
    char *bytes;
    size_t capacity, most;
    unsigned long number;  // of the line that was read last, from 1
    uint64_t offset, size; // bytes read so far; of the file, 0 when not known
    bool borrowed;         // the file is closed by somebody else
    bool ends_in_dot;      // a line "." must end it: without one its sender went away
} LineReader;
MUST_CHECK bool lines_open(LineReader *lines, const char *path, size_t most, Status *status);
// Lines of a stream that is somebody else's; `name` is how messages call it.
void lines_of(LineReader *lines, FILE *file, const char *name, size_t most);
// False at the end (status then says that all is well) and on errors.
MUST_CHECK bool lines_next(LineReader *lines, Text *line, Status *status);
void lines_close(LineReader *lines);
