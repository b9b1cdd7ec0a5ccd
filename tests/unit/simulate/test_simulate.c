#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "book/book.h"
#include "codec/event_decode.h"
#include "codec/json.h"
#include "quantity/decimal.h"
#include "simulate/sha256.h"
#include "simulate/simulate.h"

enum { TEXT_LIMIT = 64 << 20, SEEDS = 4 };

// What a run writes, in memory.
typedef struct Made {
    Buffer genesis, events, truth;
    uint64_t tables, table_hash;
    SimulateSummary summary;
} Made;

static uint64_t hash_on(uint64_t hash, const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * 0x100000001B3u;
    return hash;
}

static bool keep(void *context, const char *name, const void *bytes, size_t length,
                 Status *status) {
    Made *made = context;
    Buffer *to = !strcmp(name, "genesis.json")    ? &made->genesis
                 : !strcmp(name, "events.ndjson") ? &made->events
                 : !strcmp(name, "truth.json")    ? &made->truth
                                                  : NULL;
    if (to) return buffer_bytes(to, bytes, length) || status_no_memory(status);
    made->tables++;
    made->table_hash = hash_on(hash_on(made->table_hash, name, strlen(name)), bytes, length);
    return true;
}

static bool make_with(Made *made, uint64_t seed, uint32_t scale, int months,
                      const SimulateCheat *cheats, size_t cheat_count, Status *status) {
    memset(made, 0, sizeof *made);
    buffer_init(&made->genesis, TEXT_LIMIT);
    buffer_init(&made->events, TEXT_LIMIT);
    buffer_init(&made->truth, TEXT_LIMIT);
    status_clear(status);
    SimulateOptions options = {.seed = seed,
                               .scale = scale,
                               .months = months,
                               .cheats = cheats,
                               .cheat_count = cheat_count};
    SimulateSink sink = {keep, made};
    return simulate_run(&options, &sink, NULL, NULL, &made->summary, status);
}

static bool make(Made *made, uint64_t seed, uint32_t scale, int months, const SimulateCheat *cheat,
                 Status *status) {
    return make_with(made, seed, scale, months, cheat, cheat ? 1 : 0, status);
}

static void unmake(Made *made) {
    buffer_done(&made->genesis);
    buffer_done(&made->events);
    buffer_done(&made->truth);
}

static SimulateCheat cheat_of(const char *text) {
    SimulateCheat cheat;
    Status status;
    assert_true(simulate_cheat_read(text_of(text), &cheat, &status));
    return cheat;
}

static bool next_line(Text *rest, Text *line) {
    if (!rest->length) return false;
    const char *end = memchr(rest->at, '\n', rest->length);
    assert_non_null(end); // every line ends
    *line = (Text){rest->at, (size_t)(end - rest->at)};
    rest->length -= line->length + 1;
    rest->at = end + 1;
    return true;
}

static Text string_member(const Json *json, uint32_t object, const char *name) {
    uint32_t token = json_member(json, object, text_of(name));
    assert_int_not_equal(token, JSON_NONE);
    Text text = json_bytes(json, token);
    assert_true(text.length >= 2 && text.at[0] == '"');
    return (Text){text.at + 1, text.length - 2};
}

// What a declaration's clearance is compared with.
static void hash_of(Text bytes, uint8_t hash[32]) {
    char text[SHA256_TEXT_MAX];
    sha256_text(bytes.at, bytes.length, text);
    for (int i = 0; i < 64; i++) {
        uint8_t digit = (uint8_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
        hash[i / 2] = (uint8_t)(i % 2 ? hash[i / 2] | digit : digit << 4);
    }
}
static const BookOutside book_outside_of_test = {event_decode, hash_of};

// Records it all in a book and counts verdicts.
typedef struct Outcome {
    size_t lines, verdicts[5];
} Outcome;

static void record(const Made *made, Outcome *outcome) {
    static const uint8_t hash_key[16] = {1};
    static char genesis[4096];
    Status status;
    status_clear(&status);
    memset(outcome, 0, sizeof *outcome);
    Book *book = book_new(hash_key, &status);
    assert_non_null(book);
    book_outside(book, &book_outside_of_test);
    Decision decision;
    decision_init(&decision);
    Arena arena;
    arena_init(&arena, 64 << 20);
    Json json;
    json_init(&json, 1 << 18);
    Event event;
    Text text = buffer_view(&made->genesis);
    // The log's key comes from `init`; any will do here.
    int length = snprintf(
        genesis, sizeof genesis,
        "%.*s,\"key\":\"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\"}",
        (int)text.length - 2, text.at);
    assert_true(length > 0 && (size_t)length < sizeof genesis);
    Context context = {.principal = TEXT("operator/REGULATOR/cli")};
    assert_true(instant_read(TEXT("2025-12-31T09:00:00+08:00"), &context.recorded));
    assert_true(event_decode(text_of(genesis), &arena, &event, &status));
    assert_true(book_decide(book, &event, &context, &decision, &status));
    assert_int_equal(decision.verdict, VERDICT_ACCEPTED);
    Text rest = buffer_view(&made->events), line;
    Instant last = 0;
    while (next_line(&rest, &line)) {
        outcome->lines++;
        arena_reset(&arena);
        assert_true(json_read(&json, line, &status));
        assert_int_equal(json_count(&json, 0), 4);
        assert_true(text_equal(string_member(&json, 0, "ytterby"), TEXT("event/1")));
        Text bytes = json_bytes(&json, json_member(&json, 0, TEXT("event")));
        context.principal = string_member(&json, 0, "by");
        assert_true(instant_read(string_member(&json, 0, "recorded"), &context.recorded));
        assert_true(context.recorded >= last);
        last = context.recorded;
        if (!event_decode(bytes, &arena, &event, &status)) {
            print_error("%.*s\n%s: %s\n", TEXT_ARG(line), status.where, status.message);
            fail();
        }
        assert_true(event.end <= context.recorded);
        // The principal speaks for the party that the event names.
        Text role, party_and_name, party, name;
        assert_true(text_split(context.principal, '/', &role, &party_and_name));
        assert_true(text_split(party_and_name, '/', &party, &name));
        assert_true(text_equal(party, event.party));
        assert_true(book_event_find(book, event.party, event.id) == UINT64_MAX);
        assert_true(book_decide(book, &event, &context, &decision, &status));
        outcome->verdicts[decision.verdict]++;
        if (decision.verdict == VERDICT_HELD || decision.verdict == VERDICT_REFUSED)
            print_error("%s %s at %s: %.*s\n", verdict_name(decision.verdict),
                        code_facts(decision.reasons[0].code)->name, decision.reasons[0].where,
                        TEXT_ARG(line));
        book_forget(book, book_mark(book));
    }
    json_done(&json);
    arena_done(&arena);
    decision_done(&decision);
    book_free(book);
}

static void the_same_seed_gives_the_same_bytes(void **state) {
    (void)state;
    Made a, b, c;
    Status status;
    assert_true(make(&a, 42, 40, 3, NULL, &status));
    assert_true(make(&b, 42, 40, 3, NULL, &status));
    assert_true(make(&c, 43, 40, 3, NULL, &status));
    assert_true(text_equal(buffer_view(&a.events), buffer_view(&b.events)));
    assert_true(a.table_hash == b.table_hash && a.tables == b.tables);
    assert_false(text_equal(buffer_view(&a.events), buffer_view(&c.events)));
    assert_true(text_equal(buffer_view(&a.truth), TEXT("{\"cheats\":[]}\n")));
    unmake(&a);
    unmake(&b);
    unmake(&c);
}

static void honest_industries_are_neither_held_nor_refused_and_hardly_flagged(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        Made made;
        Status status;
        Outcome outcome;
        assert_true(make(&made, seed, 10, 12, NULL, &status));
        record(&made, &outcome);
        assert_int_equal(outcome.lines, made.summary.events);
        assert_true(outcome.lines > 8000 && outcome.lines < 18000);
        assert_int_equal(outcome.verdicts[VERDICT_HELD], 0);
        assert_int_equal(outcome.verdicts[VERDICT_REFUSED], 0);
        assert_true(outcome.verdicts[VERDICT_FLAGGED] * 100 < outcome.lines);
        unmake(&made);
    }
}

static void industries_side_by_side_trade_and_pass_the_year(void **state) {
    (void)state;
    Made made;
    Status status;
    Outcome outcome;
    assert_true(make(&made, 9, 60, 14, NULL, &status));
    record(&made, &outcome);
    assert_int_equal(outcome.verdicts[VERDICT_HELD], 0);
    assert_int_equal(outcome.verdicts[VERDICT_REFUSED], 0);
    assert_int_equal(made.summary.facilities, 35);
    // Somebody of the first industry sends goods to the second.
    Text rest = buffer_view(&made.events), line;
    size_t across = 0;
    while (next_line(&rest, &line))
        if (memmem(line.at, line.length, "\"party\":\"NORTH\"", 15) &&
            memmem(line.at, line.length, "\"to\":\"METAL-WORKS-2\"", 20))
            across++;
    assert_true(across > 0);
    unmake(&made);
}

static void elements_are_conserved_to_the_milligram(void **state) {
    (void)state;
    const SimulateCheat cheat = cheat_of("unlicensed-ore:size=10%,months=3");
    Made made;
    Status status;
    assert_true(make(&made, 5, 40, 8, &cheat, &status));
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        const SimulateSummary *sum = &made.summary;
        assert_true(sum->standing_mg[c] >= 0 && sum->out_mg[c] >= 0);
        assert_true(sum->in_mg[c] == sum->out_mg[c] + sum->standing_mg[c]);
    }
    assert_true(made.summary.out_mg[COMPONENT_Nd] > 0 && made.summary.out_mg[COMPONENT_Lu] > 0);
    unmake(&made);
}

// REO in mg of all allotments of one ledger to one holder.
static void mining_and_separation_stay_within_their_instruments(void **state) {
    (void)state;
    Made made;
    Status status;
    assert_true(make(&made, 2, 10, 12, NULL, &status));
    size_t instruments = 0;
    Text rest = buffer_view(&made.events), line;
    int64_t allotted = 0, extracted = 0;
    Json json;
    json_init(&json, 1 << 18);
    Arena arena;
    arena_init(&arena, 1 << 20);
    while (next_line(&rest, &line)) {
        arena_reset(&arena);
        assert_true(json_read(&json, line, &status));
        Event event;
        assert_true(event_decode(json_bytes(&json, json_member(&json, 0, TEXT("event"))), &arena,
                                 &event, &status));
        if (event.kind == EVENT_PLAN_ADOPT) {
            instruments++;
            for (uint32_t i = 0; i < event.allotment_count; i++)
                if (event.ledger == LEDGER_MINING &&
                    text_equal(event.allotments[i].holder, TEXT("NORTH")))
                    allotted += event.allotments[i].reo.mg;
        }
        if (event.kind == EVENT_EXTRACT && text_equal(event.facility, TEXT("NORTH-MINE"))) {
            const Line *output = &event.outputs[0];
            Mass dry =
                mass_mg(output->net.mg - mass_fraction_even(output->net, output->moisture).mg);
            for (int c = 0; c < RARE_EARTH_COUNT; c++) // oxides of the dry mass
                extracted += mass_fraction_even(dry, output->composition->values[c].value).mg;
            assert_true(output->composition->as_oxide);
            assert_true(extracted <= allotted); // whenever it is drawn
        }
    }
    assert_int_equal(instruments, 9);
    assert_true(extracted > allotted / 100 * 85);
    json_done(&json);
    arena_done(&arena);
    unmake(&made);
}

static void unlicensed_ore_leaves_no_verdict_and_its_truth_is_told_apart(void **state) {
    (void)state;
    const SimulateCheat cheat = cheat_of("unlicensed-ore");
    assert_true(cheat.size == 14000000000);
    Made honest, cheated;
    Status status;
    Outcome outcome;
    assert_true(make(&honest, 3, 10, 12, NULL, &status));
    assert_true(make(&cheated, 3, 10, 12, &cheat, &status));
    record(&cheated, &outcome);
    assert_int_equal(outcome.verdicts[VERDICT_HELD], 0);
    assert_int_equal(outcome.verdicts[VERDICT_REFUSED], 0);
    Json json;
    json_init(&json, 4096);
    assert_true(json_read(&json, buffer_view(&cheated.truth), &status));
    uint32_t list = json_member(&json, 0, TEXT("cheats")), first = json_begin(list);
    assert_int_equal(json_count(&json, list), 1);
    assert_true(text_equal(string_member(&json, first, "kind"), TEXT("unlicensed-ore")));
    assert_true(text_equal(string_member(&json, first, "facility"), TEXT("RECYCLE-WORKS")));
    assert_true(text_equal(string_member(&json, first, "from"), TEXT("2026-04-01")));
    assert_true(text_equal(string_member(&json, first, "to"), TEXT("2026-09-30")));
    int64_t dysprosium = 0;
    Text text = json_bytes(
        &json, json_member(&json, json_member(&json, first, TEXT("components")), TEXT("Dy")));
    assert_true(decimal_read(text, 0, &dysprosium, &status));
    // The truth is what came in beyond the books, and no event names it.
    assert_true(dysprosium > 800000000 && dysprosium < 1000000000);
    assert_null(memmem(cheated.events.bytes, cheated.events.length, "unlicensed", 10));
    json_done(&json);
    unmake(&honest);
    unmake(&cheated);
}

// Every kind, where it is when nothing is said.
static const struct {
    const char *kind, *facility;
} kinds[] = {{"unlicensed-ore", "RECYCLE-WORKS"},  {"over-plan", "NORTH-SX"},
             {"fake-recycling", "RECYCLE-WORKS"},  {"diversion", "METAL-WORKS"},
             {"misdeclared-export", "PORT-STORE"}, {"biased-scale", "RECYCLE-WORKS"},
             {"biased-laboratory", "LAB-A-SITE"}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static int64_t number_member(const Json *json, uint32_t object, const char *name) {
    int64_t value = 0;
    Status status;
    uint32_t token = json_member(json, object, text_of(name));
    assert_int_not_equal(token, JSON_NONE);
    assert_true(decimal_read(json_bytes(json, token), 0, &value, &status));
    return value;
}

static void every_cheat_looks_like_an_honest_industry_and_its_truth_is_told_apart(void **state) {
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        const SimulateCheat cheat = cheat_of(kinds[k].kind);
        Made made, honest;
        Status status;
        Outcome outcome;
        assert_true(make(&made, 6, 10, 8, &cheat, &status));
        assert_true(make(&honest, 6, 10, 8, NULL, &status));
        record(&made, &outcome);
        assert_int_equal(outcome.verdicts[VERDICT_HELD], 0);
        assert_int_equal(outcome.verdicts[VERDICT_REFUSED], 0);
        assert_true(outcome.verdicts[VERDICT_FLAGGED] * 100 < outcome.lines);
        for (int c = 0; c < COMPONENT_COUNT; c++)
            assert_true(made.summary.in_mg[c] ==
                        made.summary.out_mg[c] + made.summary.standing_mg[c]);
        // Something is otherwise, be it only in a table, and no event says why.
        assert_true(!text_equal(buffer_view(&made.events), buffer_view(&honest.events)) ||
                    made.table_hash != honest.table_hash);
        assert_null(
            memmem(made.events.bytes, made.events.length, kinds[k].kind, strlen(kinds[k].kind)));
        Json json;
        json_init(&json, 4096);
        assert_true(json_read(&json, buffer_view(&made.truth), &status));
        uint32_t list = json_member(&json, 0, TEXT("cheats")), first = json_begin(list);
        assert_int_equal(json_count(&json, list), 1);
        assert_true(text_equal(string_member(&json, first, "kind"), text_of(kinds[k].kind)));
        assert_true(
            text_equal(string_member(&json, first, "facility"), text_of(kinds[k].facility)));
        assert_true(number_member(&json, first, "mass_mg") > 0);
        json_done(&json);
        unmake(&made);
        unmake(&honest);
    }
}

static void several_cheats_go_on_at_once_and_each_has_its_truth(void **state) {
    (void)state;
    SimulateCheat cheats[KINDS];
    for (size_t k = 0; k < KINDS; k++)
        cheats[k] = cheat_of(kinds[k].kind);
    Made made;
    Status status;
    Outcome outcome;
    assert_true(make_with(&made, 8, 10, 9, cheats, KINDS, &status));
    record(&made, &outcome);
    assert_int_equal(outcome.verdicts[VERDICT_REFUSED], 0);
    Json json;
    json_init(&json, 4096);
    assert_true(json_read(&json, buffer_view(&made.truth), &status));
    assert_int_equal(json_count(&json, json_member(&json, 0, TEXT("cheats"))), KINDS);
    for (int c = 0; c < COMPONENT_COUNT; c++)
        assert_true(made.summary.in_mg[c] == made.summary.out_mg[c] + made.summary.standing_mg[c]);
    json_done(&json);
    unmake(&made);
}

static void a_cheat_is_read_or_refused_with_a_hint(void **state) {
    (void)state;
    SimulateCheat cheat =
        cheat_of("unlicensed-ore:size=2.5,at=RECYCLE-WORKS-3,from=2026-11,months=2,ore=XW-CN");
    assert_true(cheat.size == 2500000000 && cheat.unit == SIZE_MASS && cheat.months == 2);
    assert_string_equal(cheat.facility, "RECYCLE-WORKS-3");
    assert_string_equal(cheat.ore, "XW-CN");
    cheat = cheat_of("unlicensed-ore:size=10%");
    assert_true(cheat.unit == SIZE_SHARE && cheat.size == 100000000);
    cheat = cheat_of("diversion:size=250kg");
    assert_true(cheat.unit == SIZE_MASS && cheat.size == 250000000);
    cheat = cheat_of("over-plan:size=3t");
    assert_true(cheat.unit == SIZE_MASS && cheat.size == 3000000000);
    cheat = cheat_of("biased-scale:size=2.5s");
    assert_true(cheat.unit == SIZE_SIGMA && cheat.size == 2500000);
    static const char *const bad[] = {"",
                                      "unlicensed-or",
                                      "unlicensed-ore:size=",
                                      "unlicensed-ore:size=0",
                                      "unlicensed-ore:size=-1",
                                      "unlicensed-ore:size=1e3",
                                      "unlicensed-ore:size=3s",
                                      "unlicensed-ore:from=2025-12",
                                      "unlicensed-ore:months=0",
                                      "unlicensed-ore:ore=NOWHERE",
                                      "unlicensed-ore:colour=red",
                                      "unlicensed-ore:at=",
                                      "unlicensed-ore:size",
                                      "diversion:ore=LN-CN",
                                      "misdeclared-export:size=10%",
                                      "biased-scale:size=14",
                                      "biased-laboratory:size=60%"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Status status;
        status_clear(&status);
        assert_false(simulate_cheat_read(text_of(bad[i]), &cheat, &status));
        assert_int_equal(status.code, STATUS_INVALID);
        assert_true(status.hint[0]);
    }
}

static void what_cannot_be_simulated_is_refused(void **state) {
    (void)state;
    Made made;
    Status status;
    assert_false(make(&made, 1, 9, 12, NULL, &status));
    unmake(&made);
    assert_false(make(&made, 1, 10, 0, NULL, &status));
    unmake(&made);
    SimulateCheat cheat = cheat_of("unlicensed-ore:at=METAL-WORKS");
    assert_false(make(&made, 1, 10, 12, &cheat, &status));
    assert_int_equal(status.code, STATUS_INVALID);
    unmake(&made);
    cheat = cheat_of("unlicensed-ore:from=2027-01");
    assert_false(make(&made, 1, 10, 12, &cheat, &status));
    unmake(&made);
}

static void want_of_memory_ends_a_run_cleanly_wherever_it_comes(void **state) {
    (void)state;
    Made made;
    Status status;
    memory_fail_at(0, false);
    assert_true(make(&made, 1, 10, 1, NULL, &status));
    unsigned long requests = memory_requests();
    unmake(&made);
    assert_true(requests > 20);
    for (unsigned long nth = 1; nth <= requests; nth++) {
        memory_fail_at(nth, nth % 2 == 0);
        bool good = make(&made, 1, 10, 1, NULL, &status);
        bool failed = memory_has_failed();
        memory_fail_at(0, false);
        assert_true(good != failed);
        if (!good) assert_int_equal(status.code, STATUS_NO_MEMORY);
        unmake(&made);
    }
}

static void a_directory_gets_its_files_and_is_not_written_twice(void **state) {
    (void)state;
    char directory[] = "/tmp/ytterby-simulate-XXXXXX";
    assert_non_null(mkdtemp(directory));
    SimulateOptions options = {.seed = 1, .scale = SIMULATE_SCALE_MIN, .months = 1};
    Status status;
    status_clear(&status);
    SimulateSummary summary;
    assert_true(simulate_write(&options, directory, NULL, NULL, &summary, &status));
    static const char *const files[] = {"genesis.json", "events.ndjson", "truth.json",
                                        "returns/NORTH-SX.csv", "returns/RECYCLE-WORKS.csv"};
    char path[128];
    uint64_t bytes = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct stat facts;
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        assert_int_equal(stat(path, &facts), 0);
        assert_true(facts.st_size > 0);
        bytes += (uint64_t)facts.st_size;
    }
    assert_true(bytes < summary.bytes);
    assert_false(simulate_write(&options, directory, NULL, NULL, &summary, &status));
    assert_int_equal(status.code, STATUS_CONFLICT);
    snprintf(path, sizeof path, "rm -rf '%s'", directory);
    assert_int_equal(system(path), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(honest_industries_are_neither_held_nor_refused_and_hardly_flagged),
        cmocka_unit_test(industries_side_by_side_trade_and_pass_the_year),
        cmocka_unit_test(elements_are_conserved_to_the_milligram),
        cmocka_unit_test(mining_and_separation_stay_within_their_instruments),
        cmocka_unit_test(unlicensed_ore_leaves_no_verdict_and_its_truth_is_told_apart),
        cmocka_unit_test(every_cheat_looks_like_an_honest_industry_and_its_truth_is_told_apart),
        cmocka_unit_test(several_cheats_go_on_at_once_and_each_has_its_truth),
        cmocka_unit_test(a_cheat_is_read_or_refused_with_a_hint),
        cmocka_unit_test(what_cannot_be_simulated_is_refused),
        cmocka_unit_test(want_of_memory_ends_a_run_cleanly_wherever_it_comes),
        cmocka_unit_test(a_directory_gets_its_files_and_is_not_written_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
