// What every command of the program shares: its place in the table, its options, how it complains.
// Exit codes: 0 well, 1 something was refused or a check failed (or the world said no), 2 wrong
// usage, 3 the log was forked.
#pragma once
#include "base/buffer.h"
#include "base/status.h"
#include <stdbool.h>
#include <stdint.h>

#define YTTERBY_VERSION "0.1.0"
#define YTTERBY_DATE    "2026-11-25" // of the manual

enum {
    EXIT_WELL = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_FORK = 3,
    OPTIONS_MAX = 24,
    WORDS_MAX = 4096
};

typedef struct Option {
    const char *name;     // without the dashes
    const char *argument; // its word in the help; null: a flag
    const char *help;
} Option;

typedef struct Command {
    const char *name;
    const char *words;   // what stands behind the options, for the usage line
    const char *summary; // one line
    const char *about;   // the rest of the help; may be null
    Option options[OPTIONS_MAX];
    int (*run)(void);
} Command;

// The commands, in the order of the help; ends with a null name.
extern const Command command_list[];

// The arguments of the command that is running.
const char *option_value(const char *name); // null when it was not given
bool option_given(const char *name);
size_t option_values(const char *name, const char **values, size_t most); // one given several times
size_t word_count(void);
const char *word_at(size_t index);
// A number from `least` to `most`; `otherwise` when the option was not given. Complains and exits
// with 2.
uint64_t option_number(const char *name, uint64_t otherwise, uint64_t least, uint64_t most);
// The same with up to two decimals, in hundredths.
uint64_t option_hundredths(const char *name, uint64_t otherwise, uint64_t least, uint64_t most);
// --db FILE, or YTTERBY_DB; complains and exits with 2 when there is neither.
const char *option_db(void);
bool option_json(void);
// The one of `words` (ends with a null) that `word` is a slip of; null when none is near.
const char *near_word(const char *word, const char *const *words);

// 0 when `word` is one of `words`, else 2 after a complaint that names those there are.
int word_known(const char *option, const char *word, const char *const *words);

// Complaints on standard error; each returns the exit code.
int complain(const Status *status);                         // 1
int complain_asked(const Status *status);                   // 2 for what was asked wrongly, else 1
int usage_error(const char *format, ...) PRINTF_LIKE(1, 2); // 2
// Writes to standard output; a closed pipe ends the program quietly.
void out_text(Text text);
void out_format(const char *format, ...) PRINTF_LIKE(1, 2);
// Progress on a terminal, for work over a second; `total` 0 when it is not known.
void progress_show(const char *what, uint64_t done, uint64_t total);
void progress_end(void);

#define COMMAND(name) int command_##name(void)
COMMAND(init);
COMMAND(simulate);
COMMAND(record);
COMMAND(show);
COMMAND(list_things);
COMMAND(trace);
COMMAND(origin);
COMMAND(quota);
COMMAND(balance);
COMMAND(reconcile);
COMMAND(pairs);
COMMAND(findings);
COMMAND(examine);
COMMAND(score);
COMMAND(validate);
COMMAND(export);
COMMAND(verify);
COMMAND(prove);
COMMAND(backup);
COMMAND(restore);
COMMAND(digest);
COMMAND(serve);
COMMAND(key);
COMMAND(sign);
COMMAND(seal);
COMMAND(unseal);
COMMAND(user);
COMMAND(bench);
COMMAND(version);
COMMAND(completion);
COMMAND(manual);
