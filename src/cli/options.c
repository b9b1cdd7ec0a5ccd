// What was typed behind the command, what the program says, and how it complains.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/help.h"
#include "cli/options.h"
#include "quantity/decimal.h"

static const Command *running;
static struct { const char *name, *value; } given[256];
static size_t given_count;
static const char *words[WORDS_MAX];
static size_t words_given;

const char *option_value(const char *name) {
    for (size_t i = given_count; i-- > 0;)
        if (strcmp(given[i].name, name) == 0) return given[i].value;
    return NULL;
}
bool option_given(const char *name) {
    return option_value(name) != NULL;
}
size_t option_values(const char *name, const char **values, size_t most) {
    size_t count = 0;
    for (size_t i = 0; i < given_count && count < most; i++)
        if (strcmp(given[i].name, name) == 0) values[count++] = given[i].value;
    return count;
}
size_t word_count(void) {
    return words_given;
}
const char *word_at(size_t index) {
    return index < words_given ? words[index] : NULL;
}
bool option_json(void) {
    return option_given("json");
}

uint64_t option_number(const char *name, uint64_t otherwise, uint64_t least, uint64_t most) {
    const char *text = option_value(name);
    if (!text) return otherwise;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || value < least || value > most)
        exit(usage_error("--%s takes a whole number from %llu to %llu, not \"%s\"", name,
                         (unsigned long long)least, (unsigned long long)most, text));
    return value;
}

uint64_t option_hundredths(const char *name, uint64_t otherwise, uint64_t least, uint64_t most) {
    const char *text = option_value(name);
    if (!text) return otherwise;
    int64_t value = 0;
    char from[DECIMAL_TEXT_MAX], to[DECIMAL_TEXT_MAX];
    if (!decimal_read(text_of(text), 2, &value, NULL) || (uint64_t)value < least ||
        (uint64_t)value > most)
        exit(usage_error("--%s takes a number from %s to %s, not \"%s\"", name,
                         decimal_print((i128)least, 2, from), decimal_print((i128)most, 2, to),
                         text));
    return (uint64_t)value;
}

const char *option_db(void) {
    const char *db = option_value("db");
    if (!db) db = getenv("YTTERBY_DB");
    if (!db || !*db) exit(usage_error("which book? Say --db FILE, or set YTTERBY_DB"));
    return db;
}

int complain(const Status *status) {
    progress_end();
    fflush(stdout);
    fprintf(stderr, "ytterby: %s\n", status->message[0] ? status->message : "something went wrong");
    if (status->where[0]) fprintf(stderr, "  at %s\n", status->where);
    if (status->hint[0]) fprintf(stderr, "  %s\n", status->hint);
    if (status->detail[0]) fprintf(stderr, "  (%s)\n", status->detail);
    return EXIT_FAILED;
}

int complain_asked(const Status *status) {
    complain(status);
    return status->code == STATUS_INVALID ? EXIT_USAGE : EXIT_FAILED;
}

int usage_error(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("ytterby: ", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    if (running)
        fprintf(stderr, "\n  try \"ytterby %s --help\"\n", running->name);
    else
        fputs("\n  try \"ytterby --help\"\n", stderr);
    return EXIT_USAGE;
}

// Whoever reads has closed the pipe and seen enough; any other fault is told.
int output_failed(void) {
    if (errno != EPIPE)
        fprintf(stderr, "ytterby: could not write to standard output: %s\n", strerror(errno));
    return EXIT_FAILED;
}

void out_text(Text text) {
    if (text.length && fwrite(text.at, 1, text.length, stdout) != text.length)
        exit(output_failed());
}
void out_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

static struct timespec progress_began, progress_shown;
static bool progress_stands;

static double seconds_since(const struct timespec *from) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - from->tv_sec) + (double)(now.tv_nsec - from->tv_nsec) / 1e9;
}

void progress_show(const char *what, uint64_t done, uint64_t total) {
    static int terminal = -1;
    if (terminal < 0) {
        terminal = isatty(STDERR_FILENO);
        clock_gettime(CLOCK_MONOTONIC, &progress_began);
    }
    if (!terminal || seconds_since(&progress_began) < 1.0) return;
    if (progress_stands && seconds_since(&progress_shown) < 0.1) return;
    clock_gettime(CLOCK_MONOTONIC, &progress_shown);
    progress_stands = true;
    if (total)
        fprintf(stderr, "\r%s: %llu of %llu (%.0f %%)\033[K", what, (unsigned long long)done,
                (unsigned long long)total, 100.0 * (double)done / (double)total);
    else
        fprintf(stderr, "\r%s: %llu\033[K", what, (unsigned long long)done);
}
void progress_end(void) {
    if (progress_stands) fputs("\r\033[K", stderr);
    progress_stands = false;
}

// How far two words are apart: insertions, removals, changes and swaps of neighbours.
static size_t distance(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b), row[3][64];
    if (n > 60 || m > 60) return 99;
    for (size_t j = 0; j <= m; j++)
        row[1][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = row[(i + 1) % 3], *last = row[i % 3], *older = row[(i + 2) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best) best = last[j] + 1;
            if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                older[j - 2] + 1 < best)
                best = older[j - 2] + 1;
            now[j] = best;
        }
    }
    return row[(n + 1) % 3][m];
}

const char *near_command(const char *name) {
    const char *best = NULL;
    size_t least = 3;
    for (const Command *c = command_list; c->name; c++)
        if (distance(name, c->name) < least) {
            least = distance(name, c->name);
            best = c->name;
        }
    return best;
}

const char *near_word(const char *word, const char *const *words_known) {
    const char *best = NULL;
    size_t least = 3;
    for (; *words_known; words_known++)
        if (distance(word, *words_known) < least) {
            least = distance(word, *words_known);
            best = *words_known;
        }
    return best;
}

int word_known(const char *option, const char *word, const char *const *known) {
    for (const char *const *each = known; *each; each++)
        if (strcmp(*each, word) == 0) return EXIT_WELL;
    const char *near = near_word(word, known);
    if (near)
        return usage_error("%s does not take \"%s\"; did you mean \"%s\"?", option, word, near);
    char list[256] = "";
    for (const char *const *each = known; *each; each++) {
        size_t length = strlen(list);
        snprintf(list + length, sizeof list - length, "%s%s",
                 each == known ? ""
                 : each[1]     ? ", "
                               : " or ",
                 *each);
    }
    return usage_error("%s takes %s, not \"%s\"", option, list, word);
}

int options_read(const Command *command, int argc, char **argv) {
    running = command;
    bool only_words = false;
    for (int i = 2; i < argc; i++) {
        char *word = argv[i];
        if (only_words || strncmp(word, "--", 2) != 0) {
            if (!only_words && word[0] == '-' && word[1])
                return usage_error("unknown option \"%s\"", word);
            if (words_given == WORDS_MAX) return usage_error("too many words");
            words[words_given++] = word;
            continue;
        }
        if (!word[2]) {
            only_words = true;
            continue;
        }
        char *name = word + 2, *equals = strchr(name, '=');
        size_t length = equals ? (size_t)(equals - name) : strlen(name);
        const Option *found = NULL, *near = NULL;
        for (const Option *o = command->options; o->name; o++) {
            if (strlen(o->name) == length && strncmp(o->name, name, length) == 0) found = o;
            char whole[64];
            snprintf(whole, sizeof whole, "%.*s", (int)(length < 60 ? length : 60), name);
            if (distance(whole, o->name) < 3) near = o;
        }
        if (!found && length == 4 && strncmp(name, "help", 4) == 0) {
            help_one(command);
            exit(EXIT_WELL);
        }
        if (!found)
            return near ? usage_error("unknown option \"%.*s\"; did you mean --%s?",
                                      (int)length + 2, word, near->name)
                        : usage_error("unknown option \"%.*s\"", (int)length + 2, word);
        const char *value = "";
        if (found->argument) {
            if (equals)
                value = equals + 1;
            else if (++i < argc)
                value = argv[i];
            else
                return usage_error("--%s needs %s", found->name, found->argument);
        } else if (equals) {
            return usage_error("--%s takes no value", found->name);
        }
        if (given_count == sizeof given / sizeof *given) return usage_error("too many options");
        given[given_count].name = found->name;
        given[given_count++].value = value;
    }
    return EXIT_WELL;
}
