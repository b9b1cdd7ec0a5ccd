#include "server/diag.h"
#include "base/calendar.h"
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static DiagLevel level_max = DIAG_INFO;
static const char *const level_names[] = {"error", "warning", "info", "debug"};

void diag_level(DiagLevel most) {
    level_max = most;
}

static void put(DiagLine *line, const char *bytes, size_t length) {
    size_t room = sizeof line->bytes - 5 - line->length; // "...\n" and one to spare
    if (length > room) length = room;
    memcpy(line->bytes + line->length, bytes, length);
    line->length += length;
}

void diag_begin(DiagLine *line, DiagLevel level, const char *event) {
    line->level = level;
    line->length = 0;
    struct timespec now;
    char at[INSTANT_TEXT_MAX];
    clock_gettime(CLOCK_REALTIME, &now);
    instant_print((Instant)now.tv_sec * INSTANT_PER_SECOND + now.tv_nsec / 1000, at);
    put(line, "at=", 3);
    put(line, at, strlen(at));
    diag_string(line, "level", level_names[level]);
    diag_string(line, "event", event);
}

void diag_text(DiagLine *line, const char *key, Text value) {
    put(line, " ", 1);
    put(line, key, strlen(key));
    put(line, "=", 1);
    bool plain = value.length > 0;
    for (size_t i = 0; i < value.length && plain; i++) {
        char c = value.at[i];
        plain = c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\';
    }
    if (plain) {
        put(line, value.at, value.length);
        return;
    }
    put(line, "\"", 1);
    for (size_t i = 0; i < value.length; i++) {
        unsigned char c = (unsigned char)value.at[i];
        char escaped[8];
        if (c == '"' || c == '\\')
            snprintf(escaped, sizeof escaped, "\\%c", c);
        else if (c < 0x20 || c >= 0x7F)
            snprintf(escaped, sizeof escaped, "\\x%02x", c);
        else
            snprintf(escaped, sizeof escaped, "%c", c);
        put(line, escaped, strlen(escaped));
    }
    put(line, "\"", 1);
}

void diag_string(DiagLine *line, const char *key, const char *value) {
    diag_text(line, key, text_of(value));
}

void diag_number(DiagLine *line, const char *key, int64_t value) {
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)value);
    diag_string(line, key, digits);
}

void diag_end(DiagLine *line) {
    if (line->level > level_max) return;
    if (line->length >= sizeof line->bytes - 5) {
        memcpy(line->bytes + line->length, "...", 3);
        line->length += 3;
    }
    line->bytes[line->length++] = '\n';
    // One write, so that lines of several threads do not mix. When it fails nobody is left to tell.
    ssize_t written = write(STDERR_FILENO, line->bytes, line->length);
    (void)written;
}

void diag_status(DiagLevel level, const char *event, const Status *status) {
    DiagLine line;
    diag_begin(&line, level, event);
    diag_string(&line, "code", status_name(status->code));
    diag_string(&line, "message", status->message);
    if (*status->where) diag_string(&line, "where", status->where);
    if (*status->detail) diag_string(&line, "detail", status->detail);
    diag_end(&line);
}
