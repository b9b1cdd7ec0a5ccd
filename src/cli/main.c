// ytterby: finds the command, reads its options, runs it. One table tells help, usage, parser,
// manual and completion the same.
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/help.h"
#include "cli/options.h"

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
     "Lines of events, `signed/1`, `event/1` or `record/1`; - is standard input. Plain events of a "
     "file are "
     "all "
     "or nothing\n"
     "unless --per-event. Prints one line an event, once it is durable. While a server has the "
     "book, "
     "it does the\n"
     "work. Exit 1 if any was refused.",
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
     "case technology rules user delegation device key document part\n"
     "ID of an event: PARTY:ID; of a record: its number; of a cause: RECORD.PLACE.",
     {DB, JSON},
     command_show},
    {"list",
     "KIND",
     "all things of a kind",
     "KIND: parties facilities licences materials deposits sources instruments pools lots causes "
     "holds\n"
     "consignments instruments records returns movements postings totals\n"
     "drafts opinions pass-downs missing-returns awaiting orders cases tips technologies rules\n"
     "users delegations devices keys documents parts",
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
       "lots: free, held, in_transit or used_up; consignments: shipped, unmatched, unconfirmed"},
      {"made", "YYYY-MM", "lots made in this month"},
      {"id", "TEXT", "lots whose id begins so"},
      {"kind", "KIND", "records and movements of this kind"},
      {"verdict", "WORD", "records with this verdict"},
      {"component", "SYMBOL", "totals of this component, such as Nd (REO)"},
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
    {"origin",
     "LOT",
     "is a lot what its papers say",
     "What it holds against what its genealogy implies, element by element; where that does not "
     "fit, "
     "the\n"
     "mixture of known sources that does. Of a lot made of separated elements: what the plant that "
     "separated\n"
     "them put out against what it took in.",
     {DB, JSON, {"plot", "FILE.svg", "its pattern against its sources, as a figure"}},
     command_origin},
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
      {"until", "YYYY-MM", "leave later months out"},
      {"plot", "FILE.svg", "one facility's MUF between its limits, as a figure"}},
     command_balance},
    {"reconcile",
     "",
     "all balances together: what each road carried, and where the network leaks",
     "One component: facilities month by month and the roads between them balance at once, by the "
     "figures of\n"
     "both sides. Says what was found wrong, one after the other, with its size and what else it "
     "could be, then\n"
     "the roads and months that fit least. With --json all of them.",
     {DB,
      JSON,
      {"component", "SYMBOL", "the component (the rare earth that moves most)"},
      {"from", "YYYY-MM", "leave earlier months out"},
      {"to", "YYYY-MM", "leave later months out"},
      {"plot", "FILE.svg", "residuals, and the network with what was found, as a figure"}},
     command_reconcile},
    {"pairs",
     "",
     "what shippers and receivers say of the same goods, and who is odd",
     "One component: each pair of facilities, what one sent and the other received, the difference "
     "beside what\n"
     "both sides state, and the device or laboratory that explains it. Then all devices and "
     "laboratories: how far\n"
     "they are wrong by these differences alone. With --json all of them.",
     {DB,
      JSON,
      {"component", "SYMBOL", "the component (the rare earth that moves most)"},
      {"from", "YYYY-MM", "leave earlier months out"},
      {"to", "YYYY-MM", "leave later months out"}},
     command_pairs},
    {"findings",
     "",
     "where the books do not close, ranked",
     "With what was expected and found, and what would settle it first; the last line says what "
     "was "
     "tested, and\n"
     "how many of those listed may be there by chance. With --json also the lots and records "
     "behind "
     "each.",
     {DB, JSON, {"plot", "FILE.svg", "each with its mass and range, as a figure"}},
     command_findings},
    {"examine",
     "DIR",
     "where last year's tables cannot close; needs no book",
     "DIR holds monthly returns as CSV or XLSX (facility, month, material, opening, received, "
     "used, "
     "made,\n"
     "shipped, closing, contents; partners), and, if there are any, stocks of circuits, customs "
     "and "
     "quotas.\n"
     "Headings are known in English and Chinese; others are told in DIR/columns.txt, a line each: "
     "theirs = ours.\n"
     "docs/examine.md says more.",
     {JSON,
      {"report", "FILE", "write a page of HTML with figures"},
      {"false", "PERCENT", "how many of those listed of each kind may be false (5)"}},
     command_examine},
    {"score",
     "FINDINGS TRUTH",
     "findings beside the truth: found, weighed, false alarms",
     "FINDINGS is what `findings --json` or `examine --json` printed, or what another detector "
     "wrote in that\n"
     "form; TRUTH is the truth.json of `simulate`. A finding is true when it names the right "
     "facility, a month\n"
     "in common, the right side and elements that carry half of what went; docs/detection.md says "
     "more.",
     {JSON},
     command_score},
    {"validate",
     "PATH...",
     "run cases with known answers",
     "PATH: a case, or a folder of them.",
     {JSON, {"table", NULL, "a table in Markdown: source, expected, ours"}},
     command_validate},
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
      {"whole", NULL, "of a damaged book: every record that is whole"},
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
      {"signatures", NULL, "check the signatures of events too"},
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
     "With --signing a party's own key for signing events: the secret goes into FILE, the public "
     "key "
     "is\nprinted; the authority registers that with a `key` event. It needs no book.",
     {DB,
      {"signing", NULL, "a key for signing events"},
      {"out", "FILE", "where the signing key is kept (0600, never written over)"},
      {"role", "ROLE", "regulator company laboratory customs auditor operator"},
      {"party", "ID", "for whom it speaks"},
      {"name", "TEXT", "what to call it"},
      JSON},
     command_key},
    {"sign",
     "EVENTS...",
     "sign events with a party's own key",
     "Plain events, a line each; - is standard input. Prints `signed/1` lines, which `record` and "
     "the "
     "API take.\n"
     "With --batch one signature stands for all of them together.",
     {DB,
      {"key", "FILE", "the signing key, from \"ytterby key new --signing\""},
      {"origin", "NAME", "the book's name in its checkpoints, where no book is at hand"},
      {"batch", NULL, "one signature for all"}},
     command_sign},
    {"seal",
     "new|lines FILES...",
     "sealed parts: bytes that lie apart from the log",
     "`seal new --class CLASS --parts DIR FILES` keeps each file with a salt in DIR, and prints "
     "what "
     "the event\nsays of it. `seal lines --parts DIR EVENTS` puts the bytes around the events (or "
     "signed "
     "lines) that name\nthem, for `record` and the API. Keep DIR to yourself: who has salt and "
     "bytes can "
     "prove what they are.",
     {{"class", "CLASS", "open personal process commercial technology evidence note"},
      {"parts", "DIR", "where the parts lie, each under its hash"}},
     command_seal},
    {"unseal",
     "HASH",
     "the bytes of a sealed part",
     NULL,
     {DB, {"out", "FILE", "instead of standard output"}},
     command_unseal},
    {"user",
     "new NAME",
     "make a user; reads the password from standard input",
     NULL,
     {DB,
      {"role", "ROLE", "regulator company laboratory customs auditor operator"},
      {"party", "ID", "for whom the user speaks"}},
     command_user},
    {"bench",
     "[detect]",
     "how fast this machine keeps a book; how well findings find",
     "`bench` times a simulated industry. `bench detect` simulates industries with each kind of "
     "cheating and\n"
     "sizes of 0.5 to 10 sigma of the facility's balance, and scores the findings against the "
     "truth "
     "and the\n"
     "best that the errors allow (docs/detection.md).",
     {JSON,
      {"scale", "X", "of the industry, as of simulate (1)"},
      {"dir", "DIR", "where to write (a new folder)"},
      {"industries", "N", "detect: of each kind of cheat and size (4)"},
      {"seed", "N", "detect: another draw of everything (1)"},
      {"plot", "DIR", "detect: write its figures there (SVG)"},
      {"markdown", NULL, "detect: as a block of docs/detection.md"}},
     command_bench},
    {"version",
     "",
     "what this is, and what it is built on",
     NULL,
     {JSON, {"check", NULL, "try the libraries it stands on"}},
     command_version},
    {"completion",
     "bash|zsh|fish",
     "what makes a shell complete commands and options",
     "For this terminal: eval \"$(ytterby completion bash)\". `make install` puts it where the "
     "shell finds it.",
     {{NULL, NULL, NULL}},
     command_completion},
    {"manual",
     "",
     "this program's page of the manual, for man",
     "ytterby manual | man -l -",
     {{NULL, NULL, NULL}},
     command_manual},
    {NULL, NULL, NULL, NULL, {{NULL, NULL, NULL}}, NULL},
};

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
    const Command *running = NULL;
    const char *name = strcmp(argv[1], "--version") == 0 ? "version" : argv[1];
    for (const Command *c = command_list; c->name; c++)
        if (strcmp(c->name, name) == 0) running = c;
    if (!running) {
        const char *near = near_command(name);
        return near ? usage_error("unknown command \"%s\"; did you mean \"%s\"?", name, near)
                    : usage_error("unknown command \"%s\"", name);
    }
    int code = options_read(running, argc, argv);
    if (code != EXIT_WELL) return code;
    // Taken for the book by one who forgot --db, a word too many would be checked in another's
    // place.
    if (!running->words[0] && word_count())
        return usage_error("\"%s\" is one word too many", word_at(0));
    code = running->run();
    progress_end();
    if (fflush(stdout) != 0) code = output_failed();
    return code;
}
