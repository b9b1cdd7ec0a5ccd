#include "trial/industry.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "book/book.h"
#include "codec/event_decode.h"
#include "codec/event_lines.h"
#include "examine/examine.h"
#include "log/sha256.h"
#include "trial/score_read.h"

static const size_t ARENA_MAX = (size_t)2 << 30, LINES_MAX = (size_t)1 << 30;

// ---- through the book ----

typedef struct Files {
    Buffer genesis, lines, truth;
} Files;

static void files_init(Files *f) {
    buffer_init(&f->genesis, 1 << 20);
    buffer_init(&f->lines, LINES_MAX);
    buffer_init(&f->truth, 1 << 20);
}

static void files_done(Files *f) {
    buffer_done(&f->genesis);
    buffer_done(&f->lines);
    buffer_done(&f->truth);
}

static bool keep(void *context, const char *name, const void *bytes, size_t length,
                 Status *status) {
    Files *f = context;
    Buffer *to = strcmp(name, "genesis.json") == 0    ? &f->genesis
                 : strcmp(name, "events.ndjson") == 0 ? &f->lines
                 : strcmp(name, "truth.json") == 0    ? &f->truth
                                                      : NULL;
    return !to || buffer_bytes(to, bytes, length) || status_no_memory(status);
}

static void hash(Text bytes, uint8_t out[32]) {
    Hash of = sha256_of(bytes.at, bytes.length);
    memcpy(out, of.bytes, sizeof of.bytes);
}

static bool decide(Book *book, Text line, bool genesis, Arena *arena, Decision *decision,
                   Status *status) {
    Event event;
    EventLine read = {.event = line};
    arena_reset(arena);
    if ((!genesis && !event_line_read(line, arena, &read, status)) ||
        !event_decode(read.event, arena, &event, status))
        return false;
    Context context = {.recorded = genesis ? event.end : read.recorded,
                       .principal = genesis ? TEXT("operator/REGULATOR/cli") : read.by};
    return book_decide(book, &event, &context, decision, status);
}

static bool decide_all(Book *book, const Files *f, Status *status) {
    Arena arena;
    Decision decision;
    arena_init(&arena, (size_t)64 << 20);
    decision_init(&decision);
    Text rest = buffer_view(&f->genesis), line;
    unsigned long number = 0;
    bool well = event_lines_next(&rest, &line, &number) &&
                decide(book, line, true, &arena, &decision, status);
    rest = buffer_view(&f->lines);
    number = 0;
    while (well && event_lines_next(&rest, &line, &number))
        well = decide(book, line, false, &arena, &decision, status) ||
               status_where(status, "event %lu", number);
    decision_done(&decision);
    arena_done(&arena);
    return well;
}

void trial_industry_done(TrialIndustry *industry) {
    if (industry->book) book_free(industry->book);
    industry->book = NULL;
    arena_done(&industry->arena);
}

// The truth is small; its text is kept with the industry.
static bool read_truth(const Buffer *truth, Arena *arena, ScoreCheat **cheats, size_t *count,
                       Status *status) {
    char *copy = arena_copy(arena, truth->bytes, truth->length);
    if (!copy) return status_no_memory(status);
    return score_read_truth((Text){copy, truth->length}, arena, cheats, count, status);
}

bool trial_industry_make(const SimulateOptions *options, TrialIndustry *industry, Status *status) {
    static const uint8_t key[16] = "ytterby trial";
    static const BookOutside outside = {event_decode, hash};
    Files files;
    files_init(&files);
    memset(industry, 0, sizeof *industry);
    arena_init(&industry->arena, ARENA_MAX);
    industry->book = book_new(key, status);
    SimulateSink sink = {keep, &files};
    SimulateSummary summary;
    bool well = industry->book != NULL;
    if (well) book_outside(industry->book, &outside);
    BalanceTests tests = balance_tests_default();
    well = well && simulate_run(options, &sink, NULL, NULL, &summary, status) &&
           decide_all(industry->book, &files, status) &&
           read_truth(&files.truth, &industry->arena, &industry->cheats, &industry->cheat_count,
                      status) &&
           book_balances_read(industry->book, 0, &industry->arena, &industry->balances, status) &&
           book_balances_test(&industry->balances, &tests, &industry->arena, status) &&
           origin_survey_read(industry->book, &industry->arena, &industry->survey, status);
    files_done(&files);
    return well;
}

bool trial_industry_claims(TrialIndustry *industry, double q, FindingList *list,
                           ScoreClaim **claims, size_t *count, Status *status) {
    Arena *arena = &industry->arena;
    if (!findings_of_book(&industry->balances, q, arena, list, status) ||
        !findings_of_origin(&industry->survey, &industry->balances, q, arena, list, status))
        return false;
    ScoreClaim *all = arena_take_zero(arena, list->count + 1, sizeof *all);
    if (!all) return status_no_memory(status);
    for (size_t i = 0; i < list->count; i++) {
        const Finding *f = &list->findings[i];
        all[i] = (ScoreClaim){.id = text_of(f->id),
                              .facility = f->facility,
                              .other = TEXT(""),
                              .kind = text_of(finding_kind_name(f->kind)),
                              .family = f->family == FAMILY_ORIGIN        ? SCORE_ORIGIN
                                        : f->family == FAMILY_MEASUREMENT ? SCORE_MEASUREMENT
                                                                          : SCORE_BALANCE,
                              .missing = f->kind == FINDING_MISSING,
                              .components = f->components,
                              .from = f->from,
                              .to = f->to,
                              .kg = f->mass_kg,
                              .low_kg = f->low_kg,
                              .high_kg = f->high_kg,
                              .ore = f->ore};
    }
    *claims = all;
    *count = list->count;
    return true;
}

// ---- through the tables ----

typedef struct Tables {
    char folder[64];
    Buffer truth;
} Tables;

static bool keep_table(void *context, const char *name, const void *bytes, size_t length,
                       Status *status) {
    Tables *t = context;
    if (strcmp(name, "truth.json") == 0)
        return buffer_bytes(&t->truth, bytes, length) || status_no_memory(status);
    if (strncmp(name, "returns/", 8) != 0) return true;
    char path[256];
    snprintf(path, sizeof path, "%s/%s", t->folder, name + 8);
    FILE *file = fopen(path, "ab");
    bool well = file && fwrite(bytes, 1, length, file) == length;
    if (file) well = fclose(file) == 0 && well;
    return well ||
           status_set(status, STATUS_IO, "could not write \"%s\": %s", path, strerror(errno));
}

static void remove_folder(const char *folder) {
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.') (void)!unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir) closedir(dir);
    (void)!rmdir(folder);
}

static ScoreFamily family_of(ExamineKind kind) {
    switch (kind) {
    case EXAMINE_MISSING:
    case EXAMINE_SURPLUS:
        return SCORE_BALANCE;
    case EXAMINE_PAIR:
        return SCORE_PAIR;
    case EXAMINE_CUSTOMS:
    case EXAMINE_BORDER:
        return SCORE_TRADE;
    case EXAMINE_STOCK:
        return SCORE_STOCK;
    case EXAMINE_QUOTA:
        return SCORE_QUOTA;
    case EXAMINE_ORIGIN:
        return SCORE_ORIGIN;
    }
    return SCORE_BALANCE;
}

static bool claims_of(const Examination *e, Arena *arena, ScoreClaim **claims, size_t *count,
                      Status *status) {
    ScoreClaim *all = arena_take_zero(arena, e->count + 1, sizeof *all);
    if (!all) return status_no_memory(status);
    for (size_t i = 0; i < e->count; i++) {
        const ExamineFinding *f = &e->finding[i];
        all[i] = (ScoreClaim){.id = f->id,
                              .facility = f->where,
                              .other = f->other,
                              .kind = text_of(examine_kind_name(f->kind)),
                              .family = family_of(f->kind),
                              .missing = f->kind == EXAMINE_MISSING,
                              .components = f->components,
                              .from = f->from,
                              .to = f->to,
                              .kg = f->mass_kg,
                              .low_kg = f->low_kg,
                              .high_kg = f->high_kg,
                              .ore = f->ore};
    }
    *claims = all;
    *count = e->count;
    return true;
}

bool trial_tables_claims(const SimulateOptions *options, double q, Arena *arena,
                         ScoreCheat **cheats, size_t *cheat_count, ScoreClaim **claims,
                         size_t *count, Status *status) {
    Tables tables = {.folder = "/tmp/ytterby-trial-XXXXXX"};
    if (!mkdtemp(tables.folder))
        return status_set(status, STATUS_IO, "could not make a folder below /tmp: %s",
                          strerror(errno));
    buffer_init(&tables.truth, 1 << 20);
    SimulateSink sink = {keep_table, &tables};
    SimulateSummary summary;
    Returns returns;
    Examination examination;
    bool well = simulate_run(options, &sink, NULL, NULL, &summary, status) &&
                read_truth(&tables.truth, arena, cheats, cheat_count, status) &&
                returns_read(tables.folder, arena, &returns, status) &&
                examine(&returns, q, arena, &examination, status) &&
                claims_of(&examination, arena, claims, count, status);
    buffer_done(&tables.truth);
    remove_folder(tables.folder);
    return well;
}
