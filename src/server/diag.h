// The program's own messages: one line each to standard error, `key=value` pairs, made for journald
// and for grep. What a client sent is quoted and escaped, so that it can never begin a line of its
// own. Never written here: keys, passwords, cookies, contents of events.
#pragma once
#include "base/buffer.h"
#include "base/status.h"

typedef enum DiagLevel { DIAG_ERROR, DIAG_WARNING, DIAG_INFO, DIAG_DEBUG } DiagLevel;

// Lines above this level are dropped; the default is DIAG_INFO. Set it before threads are started.
void diag_level(DiagLevel most);

// One line: diag_begin(), any number of pairs, diag_end(). Cheap to build on the stack; a line that
// grows beyond DIAG_LINE_MAX ends in "...".
enum { DIAG_LINE_MAX = 1024 };
typedef struct DiagLine {
    DiagLevel level;
    size_t length;
    char bytes[DIAG_LINE_MAX];
} DiagLine;

void diag_begin(DiagLine *line, DiagLevel level, const char *event);
void diag_text(DiagLine *line, const char *key, Text value);
void diag_string(DiagLine *line, const char *key, const char *value);
void diag_number(DiagLine *line, const char *key, int64_t value);
void diag_end(DiagLine *line);

// A failure in one call: code, message, where and detail of a status.
void diag_status(DiagLevel level, const char *event, const Status *status);
