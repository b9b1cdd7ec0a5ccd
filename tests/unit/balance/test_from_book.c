// A small recycler, event by event through the book itself, and what the balance makes of it.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "balance/from_book.h"
#include "book/book.h"

static Book *book;
static Arena arena;
static unsigned next_id;

static Instant noon(int year, int month, int day) {
    return (Instant)day_of(year, month, day) * INSTANT_PER_DAY + INSTANT_PER_DAY / 2;
}

// Decides an event of this kind; it must not be refused.
static void happen(Event event, Instant at) {
    char *id = arena_format(&arena, "e%u", next_id++);
    event.version = 1;
    event.id = text_of(id);
    event.bytes = event.id;
    event.start = event.end = at;
    event.valid_to = DAY_LAST;
    Context context = {.recorded = at, .principal = TEXT("operator/GOV/cli")};
    Decision decision;
    Status status;
    status_clear(&status);
    decision_init(&decision);
    bool ok = book_decide(book, &event, &context, &decision, &status);
    if (!ok) fail_msg("%s: %s", id, status.message);
    if (decision.verdict == VERDICT_REFUSED) {
        fail_msg("%s refused: %s at %s", id, code_facts(decision.reasons[0].code)->name,
                 decision.reasons[0].where);
    }
    decision_done(&decision);
}

static void material(const char *id, Stage stage) {
    happen((Event){.kind = EVENT_MATERIAL,
                   .party = TEXT("GOV"),
                   .subject = text_of(id),
                   .name = text_of(id),
                   .form = TEXT("solid"),
                   .stage = stage},
           noon(2025, 1, 1));
}

static int start(void **state) {
    (void)state;
    static const uint8_t key[16] = "balance test";
    arena_init(&arena, (size_t)1 << 26);
    next_id = 0;
    book = book_new(key, NULL);
    assert_non_null(book);
    Instant begin = noon(2025, 1, 1);
    happen((Event){.kind = EVENT_BOOK,
                   .party = TEXT("GOV"),
                   .origin = TEXT("example.org/book"),
                   .jurisdiction = TEXT("CN"),
                   .name = TEXT("test"),
                   .is_trial = true},
           begin);
    happen((Event){.kind = EVENT_PARTY,
                   .party = TEXT("GOV"),
                   .subject = TEXT("REC"),
                   .name = TEXT("Recycler"),
                   .roles = PARTY_COMPANY},
           begin);
    happen((Event){.kind = EVENT_PARTY,
                   .party = TEXT("GOV"),
                   .subject = TEXT("LAB"),
                   .name = TEXT("Laboratory"),
                   .roles = PARTY_LABORATORY},
           begin);
    happen((Event){.kind = EVENT_FACILITY,
                   .party = TEXT("GOV"),
                   .subject = TEXT("REC-1"),
                   .name = TEXT("Works"),
                   .holder = TEXT("REC"),
                   .activities = 1u << ACTIVITY_RECYCLING},
           begin);
    material("scrap", STAGE_SCRAP);
    material("oxide", STAGE_COMPOUND);
    return 0;
}

static int stop(void **state) {
    (void)state;
    book_free(book);
    book = NULL;
    arena_done(&arena);
    return 0;
}

// Nd as a share of dry mass in ppb, with a random and a shared error; Pr a tenth of it when asked.
static Composition *assay(int32_t nd_ppb, int32_t u_ppb, int32_t s_ppb, bool with_pr) {
    Composition *c = arena_take_zero(&arena, 1, sizeof *c);
    c->basis = BASIS_ASSAYED;
    c->laboratory = TEXT("LAB");
    c->method = TEXT("ICP");
    c->mask = COMPONENT_BIT(COMPONENT_Nd);
    c->values[COMPONENT_Nd] = (Result){.is_value = true,
                                       .has_u = true,
                                       .has_s = true,
                                       .value = {nd_ppb},
                                       .u = {u_ppb},
                                       .s = {s_ppb}};
    if (with_pr) {
        c->mask |= COMPONENT_BIT(COMPONENT_Pr);
        c->values[COMPONENT_Pr] = (Result){.is_value = true,
                                           .has_u = true,
                                           .has_s = true,
                                           .value = {nd_ppb / 10},
                                           .u = {u_ppb},
                                           .s = {0}};
    }
    return c;
}

static Line *line(const char *lot, const char *what, int64_t net_kg,
                  const Composition *composition) {
    Line *l = arena_take_zero(&arena, 1, sizeof *l);
    l->lot = text_of(arena_format(&arena, "REC:%s", lot));
    l->material = text_of(what);
    l->has_net = net_kg > 0;
    l->net = (Mass){net_kg * 1000000};
    l->composition = composition;
    l->custody = CUSTODY_UNSTATED;
    // Weighed exactly, so that the figures below can be worked out by hand.
    l->weighing.has_u = l->weighing.has_s = net_kg > 0;
    return l;
}

static void receive(const char *lot, int64_t kg, const Composition *composition, Instant at) {
    happen((Event){.kind = EVENT_RECEIVE,
                   .party = TEXT("REC"),
                   .facility = TEXT("REC-1"),
                   .outside = OUTSIDE_PRODUCTION_SCRAP,
                   .outside_name = TEXT("Magnet works"),
                   .outputs = line(lot, "scrap", kg, composition),
                   .output_count = 1},
           at);
}

static void transform(const char *from, const char *to, int64_t kg, const Composition *composition,
                      Instant at) {
    happen((Event){.kind = EVENT_TRANSFORM,
                   .party = TEXT("REC"),
                   .facility = TEXT("REC-1"),
                   .process = TEXT("leach"),
                   .inputs = line(from, "scrap", 0, NULL),
                   .input_count = 1,
                   .outputs = line(to, "oxide", kg, composition),
                   .output_count = 1},
           at);
}

static void read_book(BookBalances *b, Month until) {
    Status status;
    BalanceTests tests = balance_tests_default();
    tests.floor_kg = 0.0;
    status_clear(&status);
    if (!book_balances_read(book, until, &arena, b, &status)) fail_msg("%s", status.message);
    if (!book_balances_test(b, &tests, &arena, &status)) fail_msg("%s", status.message);
}

static void close_to(double value, double wanted, double rel) {
    if (!(fabs(value - wanted) <= rel * fabs(wanted) + 1e-9)) {
        fail_msg("%.15g instead of %.15g", value, wanted);
    }
}

static void a_batch_gives_its_muf_with_both_parts_of_sigma(void **state) {
    (void)state;
    // 1,000 kg of scrap with 25 % Nd; 280 kg of oxide with 85 %: 250 in, 238 out.
    receive("s1", 1000, assay(250000000, 2000000, 1000000, false), noon(2025, 1, 10));
    transform("s1", "o1", 280, assay(850000000, 3000000, 2000000, false), noon(2025, 1, 20));
    BookBalances b;
    read_book(&b, 0);
    assert_int_equal(b.count, 1);
    const BookFacility *f = &b.facility[0];
    assert_true(text_equal(f->id, TEXT("REC-1")));
    assert_int_equal(f->first, 2025 * 12);
    assert_int_equal(f->components, 1);
    assert_true(text_equal(f->names[0], TEXT("Nd")));
    assert_int_equal(f->balance.periods, 1);
    const BalancePeriod *p = &f->balance.component[0].period[0];
    close_to(p->flow[BALANCE_RECEIVED], 250.0, 1e-12);
    close_to(p->closing, 238.0, 1e-12);
    close_to(p->muf, 12.0, 1e-12);
    close_to(f->part[PART_BATCH][0], -12.0, 1e-12);
    // One laboratory and method on both sides: 1,000 kg x 0.2 % and 280 kg x 0.3 % at random, and
    // 1,000 x 0.1 % less 280 x 0.2 % shared.
    close_to(p->sigma_random, hypot(2.0, 0.84), 1e-6);
    close_to(p->sigma_shared, 1.0 - 0.56, 1e-6);
    assert_int_equal(b.recorded_before, book_next(book));
}

static void what_was_made_and_is_used_again_cancels(void **state) {
    (void)state;
    receive("s1", 1000, assay(250000000, 2000000, 0, false), noon(2025, 1, 10));
    transform("s1", "o1", 280, assay(850000000, 3000000, 0, false), noon(2025, 1, 20));
    transform("o1", "o2", 280, assay(850000000, 1000000, 0, false), noon(2025, 2, 20));
    BookBalances b;
    read_book(&b, 0);
    const ComponentBalance *nd = &b.facility[0].balance.component[0];
    assert_int_equal(b.facility[0].balance.periods, 2);
    // Over both months the lot in between is neither gained nor lost: only s1 and o2 remain.
    close_to(nd->period[1].sigma_cumuf, hypot(2.0, 0.28), 1e-6);
    close_to(nd->period[1].sigma_random, hypot(0.84, 0.28), 1e-6);
}

static void the_cut_leaves_later_months_out(void **state) {
    (void)state;
    receive("s1", 1000, assay(250000000, 2000000, 0, false), noon(2025, 1, 10));
    transform("s1", "o1", 280, assay(850000000, 3000000, 0, false), noon(2025, 1, 20));
    transform("o1", "o2", 280, assay(850000000, 1000000, 0, false), noon(2025, 2, 20));
    BookBalances b;
    read_book(&b, (Month)(2025 * 12));
    assert_int_equal(b.facility[0].months, 1);
    assert_int_equal(b.happened_until, 2025 * 12);
}

static void a_month_that_posted_nothing_joins_the_next(void **state) {
    (void)state;
    receive("s1", 1000, assay(250000000, 2000000, 0, false), noon(2025, 1, 10));
    transform("s1", "o1", 280, assay(850000000, 3000000, 0, false), noon(2025, 3, 20));
    receive("s2", 1000, assay(250000000, 2000000, 0, false), noon(2025, 4, 10));
    BookBalances b;
    read_book(&b, 0);
    const FacilityBalance *f = &b.facility[0].balance;
    assert_int_equal(b.facility[0].months, 4);
    assert_int_equal(f->periods, 1);
    assert_int_equal(f->component[0].period[0].from, 0);
    assert_int_equal(f->component[0].period[0].to, 2);
}

static void unknown_is_not_zero(void **state) {
    (void)state;
    // Pr is stated of what comes in but not of what goes out: it is not missing, it is unknown.
    receive("s1", 1000, assay(250000000, 2000000, 0, true), noon(2025, 1, 10));
    transform("s1", "o1", 280, assay(850000000, 3000000, 0, false), noon(2025, 1, 20));
    BookBalances b;
    read_book(&b, 0);
    assert_int_equal(b.facility[0].components, 1);
    assert_int_equal(b.facility[0].unstated, COMPONENT_BIT(COMPONENT_Pr));
}

static void limits_of_detection_add_up_and_do_not_average_out(void **state) {
    (void)state;
    // Two lots a month with Tb below 0.05 %: 0.5 kg each that may have been there or not.
    Composition *c = assay(250000000, 0, 0, false), *out = assay(850000000, 0, 0, false);
    c->mask = out->mask |= COMPONENT_BIT(COMPONENT_Tb);
    c->values[COMPONENT_Tb] = (Result){.is_below = true, .value = {500000}};
    out->values[COMPONENT_Tb] =
        (Result){.is_value = true, .has_u = true, .has_s = true, .value = {1000000}};
    receive("s1", 1000, c, noon(2025, 1, 10));
    receive("s2", 1000, c, noon(2025, 1, 11));
    transform("s1", "o1", 280, out, noon(2025, 1, 20));
    transform("s2", "o2", 280, out, noon(2025, 1, 21));
    BookBalances b;
    read_book(&b, 0);
    assert_int_equal(b.facility[0].components, 2);
    const BalancePeriod *p = &b.facility[0].balance.component[1].period[0];
    close_to(p->muf, -2.0 * 0.28, 1e-9);
    close_to(p->sigma, 1.0, 1e-9);
}

static PoolLine *pool_line(int64_t nd_kg, int64_t u_kg) {
    PoolLine *p = arena_take_zero(&arena, 1, sizeof *p);
    p->pool = TEXT("REC:sx");
    p->method = TEXT("level");
    p->mask = p->u_mask = p->s_mask = COMPONENT_BIT(COMPONENT_Nd);
    p->kg[COMPONENT_Nd] = (Mass){nd_kg * 1000000};
    p->u[COMPONENT_Nd] = (Mass){u_kg * 1000000};
    return p;
}

static void stocktake(int64_t nd_kg, int64_t u_kg, Instant at) {
    happen((Event){.kind = EVENT_STOCKTAKE,
                   .party = TEXT("REC"),
                   .facility = TEXT("REC-1"),
                   .pools = pool_line(nd_kg, u_kg),
                   .pool_count = 1},
           at);
}

static void pool_month(int month, int64_t oxide_kg, int64_t found_kg) {
    char in[8], out[8];
    snprintf(in, sizeof in, "s%d", month);
    snprintf(out, sizeof out, "o%d", month);
    char *in_kept = arena_copy(&arena, in, strlen(in)),
         *out_kept = arena_copy(&arena, out, strlen(out));
    receive(in_kept, 1000, assay(250000000, 2000000, 0, false), noon(2025, month, 5));
    happen((Event){.kind = EVENT_CHARGE,
                   .party = TEXT("REC"),
                   .facility = TEXT("REC-1"),
                   .pool = TEXT("REC:sx"),
                   .process = TEXT("sx"),
                   .inputs = line(in_kept, "scrap", 0, NULL),
                   .input_count = 1},
           noon(2025, month, 8));
    happen(
        (Event){.kind = EVENT_DRAW,
                .party = TEXT("REC"),
                .facility = TEXT("REC-1"),
                .pool = TEXT("REC:sx"),
                .process = TEXT("sx"),
                .outputs = line(out_kept, "oxide", oxide_kg, assay(850000000, 3000000, 0, false)),
                .output_count = 1},
        noon(2025, month, 20));
    if (found_kg >= 0) stocktake(found_kg, 3, noon(2025, month, 28));
}

static void a_pool_is_balanced_from_one_stocktaking_to_the_next(void **state) {
    (void)state;
    happen((Event){.kind = EVENT_POOL,
                   .party = TEXT("REC"),
                   .facility = TEXT("REC-1"),
                   .pool = TEXT("REC:sx"),
                   .name = TEXT("circuit"),
                   .process = TEXT("sx"),
                   .activity = ACTIVITY_RECYCLING,
                   .class_of_ore = CLASS_RECYCLED},
           noon(2025, 1, 2));
    happen((Event){.kind = EVENT_OPEN,
                   .party = TEXT("REC"),
                   .facility = TEXT("REC-1"),
                   .pools = pool_line(100, 3),
                   .pool_count = 1},
           noon(2025, 1, 3));
    pool_month(1, 300, 90); // 100 + 250 - 255 = 95 expected, 90 found
    pool_month(2, 300, 92); // 90 + 250 - 255 = 85 expected, 92 found
    BookBalances b;
    read_book(&b, 0);
    const FacilityBalance *f = &b.facility[0].balance;
    const BalancePeriod *p = f->component[0].period;
    assert_int_equal(f->periods, 2);
    close_to(p[0].opening, 100.0, 1e-12);
    close_to(p[0].muf, 5.0, 1e-9);
    close_to(p[1].muf, -7.0, 1e-9);
    // Charged 1,000 x 0.2 %, drawn 300 x 0.3 %, both stock-takings 3 kg.
    double month = sqrt(4.0 + 0.81 + 9.0 + 9.0);
    close_to(p[0].sigma, month, 1e-6);
    close_to(p[1].sigma, month, 1e-6);
    close_to(p[1].sigma_cumuf, sqrt(2.0 * (4.0 + 0.81) + 18.0), 1e-6);
}

// More is drawn than the book had: what is posted as the circuit's gain accuses nobody before the
// circuit is counted, even if lots were measured in that month.
static void a_gain_waits_for_the_count_of_its_circuit(void **state) {
    (void)state;
    happen((Event){.kind = EVENT_POOL,
                   .party = TEXT("REC"),
                   .facility = TEXT("REC-1"),
                   .pool = TEXT("REC:sx"),
                   .name = TEXT("circuit"),
                   .process = TEXT("sx"),
                   .activity = ACTIVITY_RECYCLING,
                   .class_of_ore = CLASS_RECYCLED},
           noon(2025, 1, 2));
    pool_month(1, 297, -1); // 250 in, 252.45 out: 2.45 were never there
    receive("b", 1000, assay(250000000, 2000000, 0, false), noon(2025, 1, 21));
    transform("b", "c", 290, assay(850000000, 3000000, 0, false), noon(2025, 1, 22));
    BookBalances b;
    read_book(&b, 0);
    assert_int_equal(b.facility[0].balance.periods, 0);
    pool_month(2, 290, 4); // 250 - 246.5 = 3.5 expected, 4 found
    read_book(&b, 0);
    const FacilityBalance *f = &b.facility[0].balance;
    assert_int_equal(f->periods, 1);
    const BalancePeriod *p = f->component[0].period;
    // The batch misses 250 - 246.5, the circuit has 2.45 and 0.5 too much.
    close_to(p[0].muf, 3.5 - 2.45 - 0.5, 1e-9);
    // Charged or used three times 2 kg; drawn or made 0.891, 0.87 and 0.87; counted 3 kg.
    close_to(p[0].sigma, sqrt(3 * 4.0 + 0.891 * 0.891 + 2 * 0.87 * 0.87 + 9.0), 1e-6);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_batch_gives_its_muf_with_both_parts_of_sigma),
        TEST(what_was_made_and_is_used_again_cancels),
        TEST(the_cut_leaves_later_months_out),
        TEST(a_month_that_posted_nothing_joins_the_next),
        TEST(unknown_is_not_zero),
        TEST(limits_of_detection_add_up_and_do_not_average_out),
        TEST(a_pool_is_balanced_from_one_stocktaking_to_the_next),
        TEST(a_gain_waits_for_the_count_of_its_circuit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
