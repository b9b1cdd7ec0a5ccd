// ytterby: finds the command, reads its options, runs it. One table tells help, usage and parser
// the same.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "quantity/decimal.h"

#define DB                                                                                         \
    { "db", "FILE", "the book (or YTTERBY_DB)" }
#define JSON                                                                                       \
    { "json", NULL, "machine-readable output" }

const Command command_list[] = {
    {"init",
     "[FILE]",
     "make a book",
     "Without --genesis a live book of an authority. With --genesis (as `simulate` writes it) a "
     "trial book:\n"
     "recorded times come from its lines. With --copy an empty file that `record` fills from an "
     "export.",
     {DB,
      {"genesis", "FILE", "the book event of a trial"},
      {"copy", NULL, "a read-only copy, to be filled from an export"},
      {"authority", "ID", "the authority's party id (AUTHORITY)"},
      {"name", "TEXT", "the book's name"},
      {"origin", "TEXT", "the log's name, as in its checkpoints"},
      {"jurisdiction", "TEXT", "such as CN"},
      {"offset", "+HH:MM", "civil time of the jurisdiction (+08:00)"}},
     command_init},
    {"simulate",
     "",
     "make a believable industry",
     "Writes genesis.json, events.ndjson, truth.json and returns/ into DIR. The same options give "
     "the same bytes.\n"
     "--cheat KIND[:size=S,at=FACILITY,from=YYYY-MM,months=N] may be given several times; kinds: "
     "unlicensed-ore, over-plan, fake-recycling, diversion, misdeclared-export, biased-scale, "
     "biased-laboratory.",
     {{"seed", "N", "which of its worlds (1)"},
      {"scale", "X", "1: about 60 facilities and 100,000 events a year; 0.1 and up (1)"},
      {"months", "N", "from January 2026 on (12)"},
      {"cheat", "KIND:...", "something unlawful, and its truth apart"},
      {"out", "DIR", "where to write (required)"},
      JSON},
     command_simulate},
    {"record",
     "FILE...",
     "record events",
     "Lines of events, `event/1` or `record/1`; - is standard input. Plain events are all or "
     "nothing unless\n"
     "--per-event. Prints one line an event, once it is durable. Exit 1 if any was refused.",
     {DB,
      JSON,
      {"per-event", NULL, "each event by itself"},
      {"dry-run", NULL, "decide, and record nothing"},
      {"quiet", NULL, "print refused, held and flagged events only"}},
     command_record},
    {"show",
     "KIND ID",
     "one thing, whole",
     "KIND: lot facility party licence material deposit source instrument pool cause consignment "
     "event record\n"
     "ID of an event: PARTY:ID; of a record: its number; of a cause: RECORD.PLACE.",
     {DB, JSON},
     command_show},
    {"list",
     "KIND",
     "all things of a kind",
     "KIND: parties facilities licences materials deposits sources instruments pools lots causes "
     "holds\n"
     "consignments instruments records returns movements postings",
     {DB,
      JSON,
      {"limit", "N", "at most so many (100)"},
      {"cursor", "TEXT", "go on from there"},
      {"facility", "ID", "at this facility (lots records movements consignments postings)"},
      {"party", "ID", "of this party (lots records movements consignments)"},
      {"owner", "ID", "lots that this party owns, whoever holds them"},
      {"material", "ID", "lots of this material"},
      {"stage", "WORD", "lots of this stage, such as magnet"},
      {"state", "WORD",
       "lots: free, held, in_transit or used_up; consignments: shipped, unmatched"},
      {"made", "YYYY-MM", "lots made in this month"},
      {"id", "TEXT", "lots whose id begins so"},
      {"kind", "KIND", "records and movements of this kind"},
      {"verdict", "WORD", "records with this verdict"},
      {"reason", "WORD", "postings for this reason, such as measure"},
      {"from", "DAY", "from this day or month on (records movements postings)"},
      {"to", "DAY", "up to this day or month"}},
     command_list_things},
    {"trace",
     "LOT",
     "what a lot is made of, back to the mines",
     "Grouped by stage, facility and material, and its shares by source. --tree shows lot by lot, "
     "--dot is a\n"
     "graph for Graphviz: ytterby trace LOT --dot | dot -Tsvg >lot.svg",
     {DB,
      JSON,
      {"up", NULL, "towards the mines (the default)"},
      {"down", NULL, "what was made of it"},
      {"tree", NULL, "lot by lot"},
      {"dot", NULL, "a graph for Graphviz"},
      {"least", "PERCENT", "what is less of the lot is left out of the graph (0.1)"}},
     command_trace},
    {"quota",
     "",
     "who may still make how much",
     NULL,
     {DB, JSON, {"year", "YYYY", "the quota year (the last one)"}},
     command_quota},
    {"balance",
     "[FACILITY]",
     "do the books close, month by month",
     NULL,
     {DB,
      JSON,
      {"component", "SYMBOL", "one component (all)"},
      {"until", "YYYY-MM", "leave later months out"}},
     command_balance},
    {"findings", "", "where the books do not close, ranked", NULL, {DB, JSON}, command_findings},
    {"validate", "PATH...", "run cases with known answers", NULL, {JSON}, command_validate},
    {"export",
     "",
     "the whole book: as lines that replay, tables, or a journal",
     "ndjson: lines that `record` takes into a copy. csv: tables, one to --out FILE or all into "
     "--out DIR.\n"
     "ledger: a journal of plain-text accounting for ledger and hledger, by facility, material and "
     "component.",
     {DB,
      {"format", "ndjson|csv|ledger", "what to write (ndjson)"},
      {"table", "lots|pools|movements|balances|quotas", "one table of csv (all)"},
      {"from", "N", "the first record (0)"},
      {"out", "FILE", "instead of standard output"},
      {"json", NULL, "as it is anyway: a JSON object a line"}},
     command_export},
    {"verify",
     "[FILE]",
     "check the whole log, and replay it; or check a proof",
     "Without FILE the whole book. FILE may be a book, a backup or an export, a proof (as `prove` "
     "writes it), a\n"
     "signed checkpoint, or evidence of a fork (as `verify` keeps it). Whose key signed them, "
     "--key or the book says; "
     "a proof names\n"
     "its own too, which is then told. Exit 3 when the log was forked: two checkpoints of one key "
     "contradict\n"
     "each other; they are kept as evidence.",
     {DB,
      JSON,
      {"from", "FILE", "an older checkpoint or proof: the log must follow from it"},
      {"evidence", "FILE", "where to keep evidence of a fork (BOOK.fork-N.json)"},
      {"recheck", NULL, "decide every event again and list differences"},
      {"key", "VKEY", "the log's verifier key, or a file that holds it"}},
     command_verify},
    {"prove",
     "EVENT",
     "an offline proof that an event is in the log",
     "EVENT: PARTY:ID, or a record's number. Writes a C2SP tlog-proof with what opens the record, "
     "for whoever\n"
     "has no book: `ytterby verify PROOF`.",
     {DB,
      {"out", "FILE", "instead of standard output"},
      {"open", "all|event|record",
       "what is shown: all; the event, not the decision; the record alone (all)"}},
     command_prove},
    {"backup",
     "FILE",
     "write a backup, also while the book is written to",
     "The book up to its last signed checkpoint, with its sealed parts, as lines of text that any "
     "store takes\n"
     "back. FILE is replaced when the new one is whole; - is standard output. Not in it: the log "
     "key (BOOK.key)\n"
     "and the server's accounts (BOOK.accounts).",
     {DB},
     command_backup},
    {"restore",
     "FILE",
     "make a book of a backup",
     "--db names the new book, in any store. It is the book again, not a copy, once its log key "
     "lies beside it.\n"
     "--from refuses a backup that is older than what the log key signed: who writes there forks "
     "the log.",
     {DB,
      {"key", "FILE", "the log key, to be put beside it as BOOK.key"},
      {"from", "FILE", "the newest checkpoint or proof that is known"}},
     command_restore},
    {"digest", "", "one number for the state of the whole book", NULL, {DB, JSON}, command_digest},
    {"serve",
     "",
     "serve pages and API",
     NULL,
     {DB,
      {"listen", "ADDR:PORT", "where (127.0.0.1:8080)"},
      {"certificate", "FILE", "PEM chain: TLS"},
      {"private-key", "FILE", "PEM"},
      {"demo", "NAME:PASSWORD:ROLE:PARTY",
       "offer everybody a user's sign-in; \"ytterby user new\" made it before; several times"},
      {"log", NULL, "one line a request"}},
     command_serve},
    {"key",
     "new",
     "make an API key; prints it, alone",
     NULL,
     {DB,
      {"role", "ROLE", "regulator company laboratory customs auditor operator"},
      {"party", "ID", "for whom it speaks"},
      {"name", "TEXT", "what to call it"},
      JSON},
     command_key},
    {"user",
     "new NAME",
     "make a user; reads the password from standard input",
     NULL,
     {DB,
      {"role", "ROLE", "regulator company laboratory customs auditor operator"},
      {"party", "ID", "for whom the user speaks"}},
     command_user},
    {"bench",
     "",
     "how fast this machine keeps a book",
     NULL,
     {JSON,
      {"scale", "X", "of the industry, as of simulate (1)"},
      {"dir", "DIR", "where to write (a new folder)"}},
     command_bench},
    {"version",
     "",
     "what this is, and what it is built on",
     NULL,
     {JSON, {"check", NULL, "try the libraries it stands on"}},
     command_version},
    {NULL, NULL, NULL, NULL, {{NULL, NULL, NULL}}, NULL},
};

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
static int output_failed(void) {
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

static void help_all(void) {
    puts("ytterby keeps the books on rare earths: who held what, under which licence and quota, "
         "and whether\n"
         "the books close, element by element.\n\nusage: ytterby COMMAND [OPTIONS] ...\n");
    for (const Command *c = command_list; c->name; c++)
        printf("  %-10s %s\n", c->name, c->summary);
    puts("\n\"ytterby COMMAND --help\" says more. Exit codes: 0 well, 1 refused or failed, 2 wrong "
         "usage, 3 the log was forked.");
}

static void help_one(const Command *command) {
    printf("ytterby %s: %s\n\nusage: ytterby %s [OPTIONS] %s\n", command->name, command->summary,
           command->name, command->words);
    if (command->about) printf("\n%s\n", command->about);
    puts("");
    for (const Option *o = command->options; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        printf("  %-26s %s\n", left, o->help);
    }
    puts("  --help                     this");
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

static const char *near_command(const char *name) {
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

static int read_options(const Command *command, int argc, char **argv) {
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

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        help_all();
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0 ||
        strcmp(argv[1], "-h") == 0) {
        help_all();
        return EXIT_WELL;
    }
    const char *name = strcmp(argv[1], "--version") == 0 ? "version" : argv[1];
    for (const Command *c = command_list; c->name; c++)
        if (strcmp(c->name, name) == 0) running = c;
    if (!running) {
        const char *near = near_command(name);
        return near ? usage_error("unknown command \"%s\"; did you mean \"%s\"?", name, near)
                    : usage_error("unknown command \"%s\"", name);
    }
    int code = read_options(running, argc, argv);
    if (code != EXIT_WELL) return code;
    // Taken for the book by one who forgot --db, a word too many would be checked in another's
    // place.
    if (!running->words[0] && words_given)
        return usage_error("\"%s\" is one word too many", words[0]);
    code = running->run();
    progress_end();
    if (fflush(stdout) != 0) code = output_failed();
    return code;
}
