// A laboratory that is wrong at many places, against chance and against a leak at one.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "detect/shared.h"
#include "numeric/draw.h"

// Four places, two laboratories: the first works at places 0 to 2, the second at 2 and 3, and a
// device at place 3 alone. Each month something comes in and goes out, assayed on both sides by the
// place's laboratories, own errors 3 and 2 kg, shared ones 4 and -1 kg.
enum { PLACES = 4, MONTHS = 12, PARTS = 3, CELLS = MONTHS * PARTS, OWNERS = 3 };

typedef struct World {
    Arena arena;
    double muf[PLACES][CELLS];
    JointError errors[PLACES][4 * CELLS];
    size_t count[PLACES];
    JointBalance joint[PLACES];
    uint32_t month[MONTHS];
    SharedPlace place[PLACES];
    SharedQuestion question;
} World;

static World w;
static Status status;

static uint32_t owner_of(void *context, uint64_t group) {
    (void)context;
    return group >= 300 ? SHARED_NO_OWNER : (uint32_t)(group / 100);
}

static uint32_t laboratory(size_t f, uint32_t t) {
    return f < 2 ? 0 : f == 3 ? 1 : t % 2;
}

static void make_errors(void) {
    for (size_t f = 0; f < PLACES; f++) {
        size_t n = 0;
        for (uint32_t t = 0; t < MONTHS; t++)
            for (uint32_t c = 0; c < PARTS; c++) {
                uint64_t source = (t * PARTS + c) * 10, group = laboratory(f, t) * 100 + c;
                w.errors[f][n++] = (JointError){t, c, source, group, 3, 4};
                w.errors[f][n++] = (JointError){t, c, source + 1, group, -2, -1};
                // What lies there at the month's end and is used in the next.
                w.errors[f][n++] = (JointError){t, c, source + 2, group, -3, -2};
                if (t + 1 < MONTHS)
                    w.errors[f][n++] = (JointError){t + 1, c, source + 2, group, 3, 2};
                if (f == 3 && c == 0) w.errors[f][n - 1].group = 200;
            }
        w.count[f] = n;
    }
}

// Figures drawn; `laboratory` 0 reads `size` standard deviations too high of what was measured from
// month 4 to 8, and place `leak` loses `kg` a month then.
static void draw_world(uint64_t seed, double size, size_t leak, double kg) {
    Draw draw = draw_seeded(seed);
    double group_error[300];
    arena_reset(&w.arena);
    draw_normals(&draw, group_error, 300);
    for (size_t f = 0; f < PLACES; f++) {
        memset(w.muf[f], 0, sizeof w.muf[f]);
        double own[1] = {0};
        for (size_t i = 0; i < w.count[f]; i++) {
            const JointError *e = &w.errors[f][i];
            if (i == 0 || w.errors[f][i - 1].source != e->source) draw_normals(&draw, own, 1);
            uint64_t measured = e->source / 10 / PARTS;
            double more = e->group < 100 && measured >= 4 && measured <= 8 ? size : 0;
            w.muf[f][e->period * PARTS + e->component] +=
                own[0] * e->own + (group_error[e->group] + more) * e->shared;
        }
        for (size_t t = 4; f == leak && t <= 8; t++)
            w.muf[f][t * PARTS] += kg;
        JointInput input = {MONTHS, PARTS, w.muf[f], w.errors[f], w.count[f], 1e-3};
        assert_true(joint_prepare(&input, &w.arena, &w.joint[f], &status));
        w.place[f] = (SharedPlace){&w.joint[f], w.month};
    }
    w.question = (SharedQuestion){PLACES, w.place, OWNERS, MONTHS, owner_of, NULL};
}

static int start(void **state) {
    (void)state;
    status_clear(&status);
    arena_init(&w.arena, (size_t)1 << 28);
    for (uint32_t t = 0; t < MONTHS; t++)
        w.month[t] = t;
    make_errors();
    return 0;
}

static int stop(void **state) {
    (void)state;
    arena_done(&w.arena);
    return 0;
}

static void a_wrong_laboratory_is_named_dated_and_sized(void **state) {
    (void)state;
    for (int sign = -1; sign < 2; sign += 2) {
        double sum = 0;
        for (uint64_t seed = 1; seed <= 20; seed++) {
            SharedBias best[OWNERS];
            size_t found;
            draw_world(seed, sign * 4, PLACES, 0);
            assert_true(shared_scan(&w.question, &w.arena, best, &found, &status));
            assert_int_equal(found, 2); // the device is at one place
            assert_int_equal(best[0].owner, 0);
            assert_int_equal(best[0].places, 3);
            assert_in_range(best[0].from, 3, 5);
            assert_in_range(best[0].to, 7, 9);
            assert_true(best[0].z * sign > 6 && best[0].rest > 4 && best[0].log_p < log(1e-6));
            assert_true(best[0].sigma > 0);
            sum += best[0].size / 20;
        }
        assert_true(fabs(sum - sign * 4) < 0.5);
    }
}

// z and rest are standard normal where nothing is wrong, the shared errors being in all of them.
static void chance_is_what_is_paid_for(void **state) {
    (void)state;
    enum { RUNS = 400 };
    int below = 0, accused = 0;
    for (uint64_t seed = 100; seed < 100 + RUNS; seed++) {
        SharedBias best[OWNERS];
        size_t found;
        draw_world(seed, 0, PLACES, 0);
        assert_true(shared_scan(&w.question, &w.arena, best, &found, &status));
        for (size_t i = 0; i < found; i++) {
            below += best[i].log_p <= log(0.05);
            accused += best[i].log_p <= log(0.01) && best[i].rest > 4.3;
        }
    }
    assert_true(below <= RUNS * 0.05 + 2 * sqrt(RUNS * 0.05));
    assert_true(accused <= RUNS * 0.01 + 2 * sqrt(RUNS * 0.01));
}

static void a_leak_at_one_place_has_no_rest(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        SharedBias best[OWNERS];
        size_t found;
        draw_world(seed, 0, 1, 60);
        assert_true(shared_scan(&w.question, &w.arena, best, &found, &status));
        for (size_t i = 0; i < found; i++)
            assert_true(best[i].rest < 4.3);
    }
}

static void explained_nothing_is_left_of_it(void **state) {
    (void)state;
    SharedBias best[OWNERS];
    size_t found;
    draw_world(3, 6, PLACES, 0);
    assert_true(shared_scan(&w.question, &w.arena, best, &found, &status));
    SharedBias wrong = best[0];
    for (size_t f = 0; f < PLACES; f++) {
        double before = 0, after = 0;
        for (size_t i = 0; i < CELLS; i++)
            before += w.joint[f].white[i] * w.joint[f].white[i];
        assert_true(shared_explain(&w.question, &wrong, f, w.joint[f].white, &status));
        for (size_t i = 0; i < CELLS; i++)
            after += w.joint[f].white[i] * w.joint[f].white[i];
        // Place 3 has nothing of that laboratory, and stays as it is.
        assert_true(f == 3 ? after == before : after < before);
    }
    assert_true(shared_scan(&w.question, &w.arena, best, &found, &status));
    for (size_t i = 0; i < found; i++)
        assert_true(fabs(best[i].z) < 4);
}

static void too_little_to_ask(void **state) {
    (void)state;
    SharedBias best[OWNERS];
    size_t found = 7;
    draw_world(1, 5, PLACES, 0);
    w.question.count = 1;
    assert_true(shared_scan(&w.question, &w.arena, best, &found, &status));
    assert_int_equal(found, 0);
    w.question.count = PLACES;
    w.question.months = 0;
    assert_true(shared_scan(&w.question, &w.arena, best, &found, &status));
    assert_int_equal(found, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_laboratory_is_named_dated_and_sized),
        cmocka_unit_test(chance_is_what_is_paid_for),
        cmocka_unit_test(a_leak_at_one_place_has_no_rest),
        cmocka_unit_test(explained_nothing_is_left_of_it),
        cmocka_unit_test(too_little_to_ask),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
