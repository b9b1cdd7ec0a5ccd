// A small industry for the tests of access/: two mines that never meet, a separation plant that
// takes from both, a magnet maker that buys from the plant, a laboratory. Each party's every id and
// name holds a token of its own, so that a leak shows in the bytes.
//
//     QALPHA's mine  1000 kg with Nd 20 %, Pr  5 %   ->  200 Nd,  50 Pr  \  pool: 300 Nd, 150 Pr
//     QBRAVO's mine  1000 kg with Nd 10 %, Pr 10 %   ->  100 Nd, 100 Pr  /
//     pool -> QSEP's oxide 300 kg, 120 Nd, 30 Pr -> QMAG -> magnets 400 kg, 120 Nd, 30 Pr
// So the magnets' Nd is 2/3 from QALPHA's source, their Pr 1/3.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "access/access.h"
#include "base/encode.h"
#include "keeper/submit.h"
#include "log/ed25519.h"
#include "store/memory.h"

#define AT(day)      "\"happened\":\"2026-01-" day "T08:00:00+08:00\""
#define BY_REGULATOR "\"party\":\"REGULATOR\"," AT("01")
#define PARTY(id, roles)                                                                           \
    "{\"v\":1,\"kind\":\"party\",\"id\":\"p-" id "\"," BY_REGULATOR ",\"subject\":\"" id           \
    "\",\"name\":\"Name " id "\",\"roles\":[\"" roles "\"]}"
#define FACILITY(id, holder, activity)                                                             \
    "{\"v\":1,\"kind\":\"facility\",\"id\":\"f-" id "\"," BY_REGULATOR ",\"facility\":\"" id       \
    "\",\"holder\":\"" holder "\",\"name\":\"Site " id "\",\"activities\":[\"" activity            \
    "\"],\"from\":\"2026-01-01\"}"
#define LICENCE(id, holder, facility, activity)                                                    \
    "{\"v\":1,\"kind\":\"licence\",\"id\":\"l-" id "\"," BY_REGULATOR ",\"licence\":\"" id         \
    "\",\"holder\":\"" holder "\",\"facility\":\"" facility "\",\"activity\":\"" activity          \
    "\",\"from\":\"2026-01-01\",\"to\":\"2030-12-31\"}"
#define MATERIAL(id, stage, more)                                                                  \
    "{\"v\":1,\"kind\":\"material\",\"id\":\"m-" id "\"," BY_REGULATOR ",\"material\":\"" id       \
    "\",\"name\":\"" id "\",\"stage\":\"" stage "\"" more "}"
#define MINE(company, nd, pr)                                                                      \
    "{\"v\":1,\"kind\":\"extract\",\"id\":\"" company "-e1\",\"party\":\"" company                 \
    "\"," AT("05") ",\"facility\":\"" company "-MINE\",\"source\":\"" company                      \
                   "-PIT\",\"outputs\":[{\"lot\":\"" company                                       \
                   ":C-1\",\"material\":\"CONC\",\"net\":\"1000\","                                \
                   "\"content\":{\"basis\":\"calculated\",\"values\":{\"Nd\":\"" nd                \
                   "\",\"Pr\":\"" pr "\"}}}]}",                                                    \
        "{\"v\":1,\"kind\":\"ship\",\"id\":\"" company "-s1\",\"party\":\"" company                \
        "\"," AT("06") ",\"facility\":\"" company "-MINE\",\"consignment\":\"" company             \
                       ":CN-1\",\"to\":\"QSEP-SX\",\"lots\":[{\"lot\":\"" company ":C-1\"}]}",     \
        "{\"v\":1,\"kind\":\"receive\",\"id\":\"from-" company                                     \
        "\",\"party\":\"QSEP\"," AT("07") ",\"facility\":\"QSEP-SX\","                             \
                                          "\"from\":\"" company "\",\"consignment\":\"" company    \
                                          ":CN-1\",\"lines\":[{\"from_lot\":\"" company            \
                                          ":C-1\",\"lot\":\"QSEP:IN-" company "\"}]}"

static const char *const industry_events[] = {
    PARTY("QALPHA", "company"),
    PARTY("QBRAVO", "company"),
    PARTY("QSEP", "company"),
    PARTY("QMAG", "company"),
    PARTY("QLAB", "laboratory"),
    PARTY("QCUST", "customs"),
    FACILITY("QALPHA-MINE", "QALPHA", "mining"),
    FACILITY("QBRAVO-MINE", "QBRAVO", "mining"),
    FACILITY("QSEP-SX", "QSEP", "separation"),
    FACILITY("QMAG-WORKS", "QMAG", "magnet"),
    LICENCE("QALPHA-L", "QALPHA", "QALPHA-MINE", "mining"),
    LICENCE("QBRAVO-L", "QBRAVO", "QBRAVO-MINE", "mining"),
    LICENCE("QSEP-L", "QSEP", "QSEP-SX", "separation"),
    LICENCE("QMAG-L", "QMAG", "QMAG-WORKS", "magnet"),
    "{\"v\":1,\"kind\":\"deposit\",\"id\":\"d-1\"," BY_REGULATOR
    ",\"deposit\":\"HILL\",\"name\":\"Hill\",\"class\":\"rock\"}",
    "{\"v\":1,\"kind\":\"source\",\"id\":\"s-1\"," BY_REGULATOR
    ",\"source\":\"QALPHA-PIT\",\"deposit\":\"HILL\","
    "\"licence\":\"QALPHA-L\",\"name\":\"Pit QALPHA\"}",
    "{\"v\":1,\"kind\":\"source\",\"id\":\"s-2\"," BY_REGULATOR
    ",\"source\":\"QBRAVO-PIT\",\"deposit\":\"HILL\","
    "\"licence\":\"QBRAVO-L\",\"name\":\"Pit QBRAVO\"}",
    MATERIAL("CONC", "ore product", ",\"class\":\"rock\""),
    MATERIAL("OXIDE", "compound", ""),
    MATERIAL("MAGNETS", "magnet", ""),
    "{\"v\":1,\"kind\":\"plan.adopt\",\"id\":\"pa-1\"," BY_REGULATOR
    ",\"instrument\":\"M-1\",\"year\":2026,\"ledger\":\"mining\","
    "\"class\":\"rock\",\"visibility\":\"holder\",\"allot\":[{\"holder\":\"REGULATOR\",\"reo\":"
    "\"9000\"},"
    "{\"holder\":\"QALPHA\",\"under\":\"REGULATOR\",\"reo\":\"1000\"},{\"holder\":\"QBRAVO\","
    "\"under\":\"REGULATOR\",\"reo\":\"2000\"}]}",
    "{\"v\":1,\"kind\":\"plan.adopt\",\"id\":\"pa-2\"," BY_REGULATOR
    ",\"instrument\":\"S-1\",\"year\":2026,"
    "\"ledger\":\"separation\",\"visibility\":\"regulator\",\"allot\":[{\"holder\":\"REGULATOR\","
    "\"reo\":\"9000\"},"
    "{\"holder\":\"QSEP\",\"under\":\"REGULATOR\",\"reo\":\"4321.987654\"}]}",
    MINE("QALPHA", "20", "5"),
    MINE("QBRAVO", "10", "10"),
    "{\"v\":1,\"kind\":\"pool\",\"id\":\"pl-1\",\"party\":\"QSEP\"," AT(
        "01") ",\"pool\":\"QSEP:POOL\",\"facility\":\"QSEP-SX\","
              "\"activity\":\"separation\",\"class\":\"rock\",\"name\":\"Circuit QSEP\"}",
    "{\"v\":1,\"kind\":\"charge\",\"id\":\"ch-1\",\"party\":\"QSEP\"," AT(
        "08") ",\"facility\":\"QSEP-SX\",\"pool\":\"QSEP:POOL\","
              "\"inputs\":[{\"lot\":\"QSEP:IN-QALPHA\"},{\"lot\":\"QSEP:IN-QBRAVO\"}]}",
    "{\"v\":1,\"kind\":\"draw\",\"id\":\"dr-1\",\"party\":\"QSEP\"," AT(
        "09") ",\"facility\":\"QSEP-SX\",\"pool\":\"QSEP:POOL\","
              "\"outputs\":[{\"lot\":\"QSEP:OX-1\",\"material\":\"OXIDE\",\"net\":\"300\","
              "\"assay\":{\"laboratory\":\"QLAB\",\"method\":\"ICP\","
              "\"values\":{\"Nd\":\"40\",\"Pr\":\"10\"}}}]}",
    "{\"v\":1,\"kind\":\"ship\",\"id\":\"s-9\",\"party\":\"QSEP\"," AT(
        "10") ",\"facility\":\"QSEP-SX\",\"consignment\":\"QSEP:CN-9\","
              "\"to\":\"QMAG-WORKS\",\"lots\":[{\"lot\":\"QSEP:OX-1\"}]}",
    "{\"v\":1,\"kind\":\"receive\",\"id\":\"r-9\",\"party\":\"QMAG\"," AT(
        "11") ",\"facility\":\"QMAG-WORKS\",\"from\":\"QSEP\","
              "\"consignment\":\"QSEP:CN-9\",\"lines\":[{\"from_lot\":\"QSEP:OX-1\",\"lot\":\"QMAG:"
              "OX-1\"}]}",
    "{\"v\":1,\"kind\":\"transform\",\"id\":\"QMAG-t1\",\"party\":\"QMAG\"," AT(
        "12") ",\"facility\":\"QMAG-WORKS\",\"process\":\"sinter\","
              "\"inputs\":[{\"lot\":\"QMAG:OX-1\"}],\"outputs\":[{\"lot\":\"QMAG:MG-1\","
              "\"material\":\"MAGNETS\",\"net\":\"400\",\"assay\":"
              "{\"laboratory\":\"QLAB\",\"method\":\"XRF\",\"values\":{\"Nd\":\"30\",\"Pr\":\"7."
              "5\"}}}]}",
    "{\"v\":1,\"kind\":\"hold\",\"id\":\"h-1\"," BY_REGULATOR
    ",\"lots\":[\"QMAG:MG-1\"],\"reason\":\"inspection\"}",
    "{\"v\":1,\"kind\":\"hold\",\"id\":\"h-2\"," BY_REGULATOR
    ",\"lots\":[\"QBRAVO:C-1\"],\"reason\":\"inspection\"}",
    ("{\"v\":1,\"kind\":\"stocktake\",\"id\":\"st-1\",\"party\":\"QSEP\",\"happened\":\"2026-01-"
     "31T23:00:00+08:00\",\"facility\":\"QSEP-SX\","
     "\"pools\":[{\"pool\":\"QSEP:POOL\",\"method\":\"survey\",\"components\":{\"Nd\":{\"kg\":"
     "\"181\",\"u\":\"2\"},\"Pr\":{\"kg\":\"119\",\"u\":\"2\"}}}]}"),
};
enum { INDUSTRY_EVENTS = sizeof industry_events / sizeof *industry_events };

static Keeper *keeper;
static Access *door;
static char industry_name[64];

static void industry_answered(void *context, const Answer *answers, size_t count) {
    (void)context;
    for (size_t i = 0; i < count; i++)
        if (!answers[i].has_seq)
            print_error("not recorded: %.*s, %s %s\n", TEXT_ARG(answers[i].id),
                        answers[i].reason_count ? code_facts(answers[i].reasons[0].code)->name : "",
                        answers[i].reason_count ? answers[i].reasons[0].where : "");
    for (size_t i = 0; i < count; i++)
        assert_true(answers[i].has_seq);
}

static void industry_record(const char *event) {
    Status status;
    status_clear(&status);
    Draft draft = {.event = text_of(event),
                   .principal = TEXT("operator/REGULATOR/cli"),
                   .recorded = SUBMIT_NOW};
    if (!submit_wait(keeper, &draft, 1, SUBMIT_EACH, industry_answered, NULL, &status))
        fail_msg("%s", status.message);
}

static int industry_open(void **state) {
    (void)state;
    static unsigned number;
    static const uint8_t seed[32] = {9};
    uint8_t key[32];
    char hex[65], genesis[600];
    ed25519_public_key(seed, key);
    hex_write(key, sizeof key, hex);
    snprintf(industry_name, sizeof industry_name, "memory:access-%u", ++number);
    snprintf(genesis, sizeof genesis,
             "{\"v\":1,\"kind\":\"book\",\"id\":\"genesis\",\"party\":\"REGULATOR\",\"happened\":"
             "\"2026-01-01T00:00:00+08:00\","
             "\"origin\":\"example.org/"
             "test\",\"name\":\"Ministry\",\"jurisdiction\":\"CN\",\"offset\":\"+08:00\",\"mode\":"
             "\"trial\","
             "\"key\":\"%s\"}",
             hex);
    Status status;
    status_clear(&status);
    if (!keeper_create(industry_name, text_of(genesis), TEXT("operator/REGULATOR/cli"), seed, NULL,
                       &status) ||
        !(keeper = keeper_open(industry_name, NULL, &status)))
        fail_msg("%s; %s", status.message, status.where);
    for (size_t i = 0; i < INDUSTRY_EVENTS; i++)
        industry_record(industry_events[i]);
    door = access_open(keeper, &status);
    assert_non_null(door);
    return 0;
}

static int industry_close(void **state) {
    (void)state;
    Status status;
    access_close(door);
    assert_true(keeper_close(keeper, &status));
    store_memory_forget(industry_name);
    return 0;
}

static View industry_view(const char *principal) {
    Status status;
    View view;
    status_clear(&status);
    if (!view_make(keeper, text_of(principal), &view, &status)) fail_msg("%s", status.message);
    return view;
}
