// The page of the manual, in man(7), made of the table of commands, so that it says what --help
// says. docs/ytterby.1 is what this prints; a test holds it to that.
#include <ctype.h>
#include <string.h>

#include "cli/command.h"

// A line of text: roff would read a dot or a quote at its beginning as a request, and dashes and
// backslashes otherwise; `code` stands in bold.
static void put(const char *text, size_t length, bool begins) {
    static bool bold; // code may hold blanks
    if (begins && length && (*text == '.' || *text == '\'')) out_format("\\&");
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '`') {
            bold = !bold;
            out_format(bold ? "\\fB" : "\\fR");
        } else if (c == '\\') {
            out_format("\\e");
        } else if (c == '-') {
            out_format("\\-");
        } else {
            out_format("%c", c);
        }
    }
}

static void put_all(const char *text) {
    put(text, strlen(text), true);
}

// Bytes that put() makes of it at most.
static size_t printed(const char *text, size_t length) {
    size_t bytes = length;
    for (size_t i = 0; i < length; i++)
        bytes += text[i] == '-' ? 1 : text[i] == '`' || text[i] == '\\' ? 2 : 0;
    return bytes;
}

// Filled to lines of less than 80 bytes, each sentence on lines of its own, as roff has it. A line
// of the help that begins a new statement after one that ended in no stop begins one here too.
static void paragraph(const char *text) {
    enum { COLUMNS = 78 };
    size_t column = 0;
    char last = '.';
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, " \n"), bytes = printed(at, length);
        bool new_line = at > text && at[-1] == '\n';
        if (new_line && column && !strchr(".,:;", last) && isupper((unsigned char)*at)) {
            out_format("\n.br\n");
            column = 0;
        }
        if (column && (column + 1 + bytes > COLUMNS || last == '.')) {
            out_format("\n");
            column = 0;
        }
        if (column) out_format(" ");
        put(at, length, column == 0);
        column += bytes + (column > 0);
        if (length) last = at[length - 1];
        at += length;
        while (*at == ' ' || *at == '\n')
            at++;
    }
    out_format("\n");
}

static void put_lines(const char *text) {
    while (*text) {
        size_t length = strcspn(text, "\n");
        put(text, length, true);
        out_format("\n");
        text += length + (text[length] == '\n');
    }
}

static void put_usage(const Command *command) {
    out_format("\\fBytterby %s\\fR", command->name);
    if (command->options[0].name) out_format(" [\\fIoptions\\fR]");
    if (command->words[0]) {
        out_format(" ");
        bool large = isupper((unsigned char)command->words[command->words[0] == '[']);
        out_format(large ? "\\fI" : "\\fB");
        put_all(command->words);
        out_format("\\fR");
    }
    out_format("\n");
}

static void put_command(const Command *command) {
    out_format(".SS %s\n", command->name);
    put_usage(command);
    out_format(".PP\n");
    out_format("%c", toupper((unsigned char)command->summary[0]));
    put_all(command->summary + 1);
    out_format(".\n");
    if (command->about) paragraph(command->about);
    for (const Option *o = command->options; o->name; o++) {
        out_format(".TP\n\\fB\\-\\-");
        put_all(o->name);
        out_format("\\fR");
        if (o->argument) {
            out_format(" \\fI");
            put_all(o->argument);
            out_format("\\fR");
        }
        out_format("\n");
        paragraph(o->help);
    }
}

static const struct {
    const char *term, *says;
} environment[] = {{"YTTERBY_DB", "the book, where --db is not given"}},
  files[] = {
      {"BOOK", "the book: log, sealed parts and caches in one SQLite file"},
      {"BOOK-wal, BOOK-shm",
       "SQLite's; the newest records are in the first while the book is open"},
      {"BOOK.checkpoint", "the last signed checkpoint, kept outside the database"},
      {"BOOK.key", "the log key, for its owner's eyes only"},
      {"BOOK.accounts", "the server's users, API keys and sessions"},
      {"BOOK.lock", "held by the one writer"},
      {"BOOK.socket", "through which record has a running server write"},
};
static const struct {
    int code;
    const char *says;
} exits[] = {
    {EXIT_WELL, "all is well"},
    {EXIT_FAILED, "something was refused or differs, a check failed, or the world said no"},
    {EXIT_USAGE, "wrong usage"},
    {EXIT_FORK, "the log contradicts a checkpoint that its key signed: a fork, or lost records"},
};
static const struct {
    const char *says, *command;
} examples[] = {
    {"A trial book of a simulated industry:",
     "ytterby simulate --out y && ytterby init t.ytb --genesis y/genesis.json\n"
     "ytterby record --db t.ytb --quiet y/events.ndjson"},
    {"What a lot is made of, as a picture:",
     "ytterby trace --db t.ytb MAGNET:MG-1 --dot | dot -Tsvg >lot.svg"},
    {"The stock of neodymium by facility, as another program adds it up:",
     "ytterby export --db t.ytb --format ledger --out t.ledger\n"
     "ledger -f t.ledger bal ^Assets -l 'commodity==\"Nd\"'"},
    {"A proof for somebody who has no book:",
     "ytterby prove --db t.ytb MAGNET:t-1 --out t-1.proof && ytterby verify t-1.proof"},
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

COMMAND(manual) {
    out_format(".\\\" Made by \"ytterby manual\" of the table of commands; do not edit.\n"
               ".TH YTTERBY 1 %s \"Ytterby %s\" \"Ytterby manual\"\n",
               YTTERBY_DATE, YTTERBY_VERSION);
    out_format(".SH NAME\nytterby \\- chain of custody, quota and material balance of rare earths\n"
               ".SH SYNOPSIS\n\\fBytterby\\fR \\fIcommand\\fR [\\fIoptions\\fR] ...\n"
               ".br\n\\fBytterby\\fR \\fIcommand\\fR \\fB\\-\\-help\\fR\n.SH DESCRIPTION\n");
    paragraph("`ytterby` keeps the books on rare earths: who held what, under which licence and "
              "quota, and\nwhether the books close, element by element.\nEvents go into a log that "
              "nothing is ever taken out of; anyone can check its order and completeness.\n"
              "Options may stand before or behind words, as `--name value` or `--name=value`; `--` "
              "ends them.\nAs a file, `-` is standard input or output.\n"
              "Masses are kilograms.\nLong work shows its progress when standard error is a "
              "terminal.");
    out_format(".SH COMMANDS\n");
    for (const Command *c = command_list; c->name; c++)
        put_command(c);
    out_format(".SH ENVIRONMENT\n");
    for (size_t i = 0; i < COUNT(environment); i++) {
        out_format(".TP\n\\fB%s\\fR\n", environment[i].term);
        put_all(environment[i].says);
        out_format("\n");
    }
    out_format(".SH FILES\n");
    for (size_t i = 0; i < COUNT(files); i++) {
        out_format(".TP\n\\fI");
        put_all(files[i].term);
        out_format("\\fR\n");
        put_all(files[i].says);
        out_format("\n");
    }
    out_format(".SH EXIT STATUS\n");
    for (size_t i = 0; i < COUNT(exits); i++) {
        out_format(".TP\n\\fB%d\\fR\n", exits[i].code);
        put_all(exits[i].says);
        out_format("\n");
    }
    out_format(".SH EXAMPLES\n");
    for (size_t i = 0; i < COUNT(examples); i++) {
        out_format("%s", i ? ".PP\n" : "");
        put_all(examples[i].says);
        out_format("\n.PP\n.nf\n.RS 4\n");
        put_lines(examples[i].command);
        out_format(".RE\n.fi\n");
    }
    out_format(".SH SEE ALSO\n\\fBledger\\fR(1), \\fBhledger\\fR(1), \\fBdot\\fR(1), "
               "\\fBsqlite3\\fR(1)\n");
    return EXIT_WELL;
}
