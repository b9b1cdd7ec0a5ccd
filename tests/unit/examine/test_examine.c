// Whole years of made-up facilities: silent where nothing is wrong, and where something is, the
// place, the months, the elements and a size whose interval holds the truth.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "examine/report.h"
#include "numeric/draw.h"

static Arena arena;
static Returns returns;
static Examination examination;
static Status status;
static char folder[64];
static Buffer out;

static int start(void **state) {
    (void)state;
    arena_init(&arena, (size_t)512 << 20);
    buffer_init(&out, (size_t)16 << 20);
    status_clear(&status);
    strcpy(folder, "/tmp/ytterby-examine-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static const char *const files[] = {"plants.csv", "customs.csv", "mirror.csv", "quota.csv"};

static int end(void **state) {
    (void)state;
    char name[96];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(name, sizeof name, "%s/%s", folder, files[i]);
        unlink(name);
    }
    rmdir(folder);
    buffer_done(&out);
    arena_done(&arena);
    return 0;
}

static FILE *file_new(int which) {
    char name[96];
    snprintf(name, sizeof name, "%s/%s", folder, files[which]);
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    return file;
}

// What may be wrong with a year.
typedef struct Wrong {
    int plant, from, to; // months 0 to 11 of it
    double missing;      // kg of Pr and Nd a month that was not said to be made
    double surplus;      // in proportions of a light ore, kg a month: made of nothing that was used
    double unsaid;       // kg a month that the mine sent and plant 0 did not get
    double over;         // kg REO above the mine's quota
    double other_code, undeclared; // kg abroad, under another code; by no declaration
    double vanished; // kg of concentrate that stand there at the end of month `from` and not after
    double times;    // works so many times as large; 0: once
    int bare;        // elements are not told: 1 of PRND-OXIDE, 2 of anything
    int unread;      // figures of PRND-OXIDE that nobody can read: 1 made, 2 made and shipped
} Wrong;

enum { PLANTS = 8 };

// A mine, eight works that separate its concentrate into LaCe, PrNd and SEG; every assay and
// weighing errs as usual ones do. Of a tonne of concentrate: La 120, Ce 240, Pr 25, Nd 80, Sm 6,
// Gd 2.
static void year_make(uint64_t seed, Wrong w) {
    static const char *const symbols[] = {"La", "Ce", "Pr", "Nd", "Sm", "Gd"};
    static const double feed[] = {0.120, 0.240, 0.025, 0.080, 0.006, 0.002};
    static const double ore[] = {0.28, 0.50, 0.05, 0.17, 0, 0};
    Draw draw = draw_seeded(seed);
    FILE *file = file_new(0);
    fputs("facility,company,month,material,partner,opening,received,extracted,used,made,shipped,"
          "closing,treo_pct",
          file);
    for (int c = 0; c < 6; c++)
        fprintf(file, ",%s_pct", symbols[c]);
    fputs("\n", file);
    double got[PLANTS][12], bias[PLANTS][6], extracted_reo = 0;
    for (int p = 0; p < PLANTS; p++)
        draw_normals(&draw, bias[p], 6);
    for (int m = 0; m < 12; m++) {
        double total = 0, n[PLANTS];
        draw_normals(&draw, n, PLANTS);
        for (int p = 0; p < PLANTS; p++) {
            got[p][m] = (w.times > 0 ? w.times : 1) * (100000 + 5000 * p + 3000 * n[p]);
            total += got[p][m];
        }
        extracted_reo += total * 0.55;
        fprintf(file, "MINE,MINE-CO,2026-%02d,CONC,,0,0,%.3f,0,0,%.3f,0,55", m + 1, total, total);
        for (int c = 0; c < 6; c++)
            fprintf(file, ",%.4f", 100 * feed[c]);
        fputs("\n", file);
        for (int p = 0; p < PLANTS; p++)
            fprintf(file, "MINE,MINE-CO,2026-%02d,CONC,SX-%d,,,,,,%.3f,,,,,,,,\n", m + 1, p,
                    got[p][m]);
    }
    for (int p = 0; p < PLANTS; p++)
        for (int m = 0; m < 12; m++) {
            bool wrong = p == w.plant && m >= w.from && m <= w.to;
            double in = got[p][m], n[18], sum = 0, kg[6];
            double received = in - (p == 0 && m >= w.from && m <= w.to ? w.unsaid : 0);
            draw_normals(&draw, n, 18);
            double kept = wrong && m == w.from ? w.vanished : 0, used = received - kept;
            fprintf(file, "SX-%d,SX-CO-%d,2026-%02d,CONC,,0,%.3f,0,%.3f,0,0,%.3f,55", p, p, m + 1,
                    received, used, kept);
            for (int c = 0; c < 6; c++)
                if (w.bare == 2)
                    fputs(",", file);
                else
                    fprintf(file, ",%.4f",
                            100 * feed[c] * (1 + 0.003 * n[c] + 0.0015 * bias[p][c]));
            fputs("\n", file);
            fprintf(file, "SX-%d,SX-CO-%d,2026-%02d,CONC,MINE,,%.3f,,,,,,,,,,,,\n", p, p, m + 1,
                    received);
            for (int c = 0; c < 6; c++) {
                kg[c] = used * feed[c];
                if (wrong && (c == 2 || c == 3)) kg[c] -= w.missing * feed[c] / 0.105;
                if (wrong) kg[c] += w.surplus * ore[c];
            }
            for (int product = 0; product < 3; product++) {
                int a = 2 * product, b = a + 1;
                sum = (kg[a] + kg[b]) / 0.85;
                char weighed[40], made[40], shipped[40];
                snprintf(weighed, sizeof weighed, "%.3f", sum * (1 + 0.0005 * n[6 + product]));
                strcpy(made, wrong && product == 1 && w.unread >= 1 ? "?" : weighed);
                strcpy(shipped, wrong && product == 1 && w.unread >= 2 ? "?" : weighed);
                fprintf(file, "SX-%d,SX-CO-%d,2026-%02d,%s,,0,0,0,0,%s,%s,0,99", p, p, m + 1,
                        product == 0   ? "LACE-OXIDE"
                        : product == 1 ? "PRND-OXIDE"
                                       : "SEG-OXIDE",
                        made, shipped);
                for (int c = 0; c < 6; c++)
                    if ((c == a || c == b) && !(w.bare == 2 || (w.bare == 1 && product == 1)))
                        fprintf(file, ",%.4f", 100 * kg[c] / sum * (1 + 0.003 * n[9 + c]));
                    else
                        fputs(",", file);
                fputs("\n", file);
                if (product == 1)
                    fprintf(file,
                            "SX-%d,SX-CO-%d,2026-%02d,PRND-OXIDE,abroad KR,,,,,,%.3f,,,,,,,,\n", p,
                            p, m + 1, sum);
            }
        }
    fclose(file);
    for (int mirror = 0; mirror < 2; mirror++) {
        file = file_new(1 + mirror);
        fprintf(file, "month,direction,hs_code,material,country,%snet_kg\n",
                mirror ? "" : "facility,");
        for (int p = 0; p < PLANTS; p++)
            for (int m = 0; m < 12; m++) {
                bool wrong = p == w.plant && m >= w.from && m <= w.to;
                double sum = got[p][m] * (0.105) / 0.85;
                if (p == 0 && m >= w.from && m <= w.to) sum -= w.unsaid * 0.105 / 0.85;
                if (wrong) sum += (w.surplus * 0.22 - w.missing) / 0.85;
                double other = mirror && wrong ? w.other_code : 0;
                double undeclared = !mirror && wrong ? w.undeclared : 0;
                fprintf(file, "2026-%02d,export,284690,PRND-OXIDE,KR,%s%.3f\n", m + 1,
                        mirror ? "" : "SX,", sum - other - undeclared);
                if (other > 0)
                    fprintf(file, "2026-%02d,export,850511,MAGNET,KR,%.3f\n", m + 1, other);
            }
        fclose(file);
    }
    file = file_new(3);
    fprintf(file, "ledger,holder,under,reo_kg\nmining,MINE-CO,,%.3f\n",
            extracted_reo + (w.over > 0 ? -w.over : 1000));
    for (int p = 0; p < PLANTS; p++)
        fprintf(file, "separation,SX-CO-%d,,100000000\n", p);
    fclose(file);
    if (!returns_read(folder, &arena, &returns, &status) ||
        !examine(&returns, EXAMINE_Q_DEFAULT, &arena, &examination, &status))
        fail_msg("%s", status.message);
    size_t faults = w.unread ? (size_t)((w.unread + 1) * (w.to - w.from + 1)) : 0;
    for (size_t i = 0; i < returns.fault_count && returns.fault_count != faults; i++)
        print_message("%.*s, row %lu: %.*s\n", TEXT_ARG(returns.fault[i].file),
                      returns.fault[i].row, TEXT_ARG(returns.fault[i].says));
    assert_int_equal(returns.fault_count, faults);
}

static const ExamineFinding *only(ExamineKind kind) {
    if (examination.count != 1) {
        for (size_t i = 0; i < examination.count; i++)
            print_message("%s: %.*s\n", examine_kind_name(examination.finding[i].kind),
                          TEXT_ARG(examination.finding[i].says));
        fail_msg("%zu findings instead of one", examination.count);
    }
    assert_int_equal(examination.finding[0].kind, kind);
    return &examination.finding[0];
}

static void figures_that_cannot_be_read_accuse_nobody(void **state) {
    (void)state;
    for (int unread = 1; unread <= 2; unread++) {
        year_make(3, (Wrong){.plant = 4, .from = 5, .to = 6, .unread = unread});
        assert_int_equal(examination.count, 0);
        assert_int_equal(examination.facilities_tested, PLANTS);
    }
    // And they hide nothing of the months around them.
    year_make(3, (Wrong){.plant = 4, .from = 5, .to = 6, .unread = 2, .missing = 900});
    assert_int_equal(examination.count, 0);
    year_make(3, (Wrong){.plant = 4, .from = 5, .to = 6, .unread = 1, .missing = 900});
    assert_int_equal(only(EXAMINE_MISSING)->from - returns.first, 5);
}

// Goods of which nobody says which rare earths they are are no loss of any.
static void without_elements_reo_is_balanced(void **state) {
    (void)state;
    for (int bare = 1; bare <= 2; bare++) {
        year_make(3, (Wrong){.plant = -1, .bare = bare});
        assert_int_equal(examination.count, 0);
        assert_int_equal(examination.facilities_tested, PLANTS);
        assert_int_equal(examination.balance[returns.row[returns.rows - 1].facility].component[0],
                         EXAMINE_TREO);
        year_make(3, (Wrong){.plant = 4, .from = 3, .to = 8, .missing = 2500, .bare = bare});
        const ExamineFinding *f = only(EXAMINE_MISSING);
        assert_true(f->components == UINT64_C(1) << EXAMINE_TREO);
        assert_true(f->from == returns.first + 3 && f->to == returns.first + 8);
        // 2.5 t of Pr and Nd a month are 2.91 t of their oxides.
        assert_true(f->low_kg < 6 * 2912 && f->high_kg > 6 * 2912);
    }
}

static void a_stock_that_is_gone_overnight_is_found(void **state) {
    (void)state;
    year_make(5, (Wrong){.plant = 2, .from = 7, .to = 8, .vanished = 700});
    const ExamineFinding *f = only(EXAMINE_STOCK);
    assert_true(fabs(f->mass_kg - 700) < 1e-6 && f->low_kg < 700 && f->high_kg > 700);
    assert_true(f->from == returns.first + 7 && f->to == returns.first + 8);
    char says[200];
    snprintf(says, sizeof says, "%.*s", TEXT_ARG(f->says));
    assert_string_equal(says, "SX-2 had 700 kg of CONC at the end of 2026-08 and 0 kg when 2026-09 "
                              "began");
}

static void honest_years_are_silent(void **state) {
    (void)state;
    size_t findings = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        year_make(seed, (Wrong){.plant = -1});
        assert_int_equal(examination.facilities_tested, PLANTS);
        assert_int_equal(examination.pairs_tested, PLANTS);
        assert_int_equal(examination.quota_tested, 1 + PLANTS);
        findings += examination.count;
    }
    // A finding in one of twenty years is what is allowed on the average: four or more would come
    // once in sixty runs like this one.
    assert_true(findings <= 3);
}

static void what_is_missing_is_found_with_its_months_and_elements(void **state) {
    (void)state;
    year_make(3, (Wrong){.plant = 4, .from = 5, .to = 8, .missing = 600});
    const ExamineFinding *f = only(EXAMINE_MISSING);
    assert_true(text_equal(f->where, TEXT("SX-4")));
    assert_true(f->components == (COMPONENT_BIT(COMPONENT_Pr) | COMPONENT_BIT(COMPONENT_Nd)));
    assert_int_equal(f->from - returns.first, 5);
    assert_int_equal(f->to - returns.first, 8);
    assert_true(f->low_kg < 2400 && f->high_kg > 2400 && f->p_value < 1e-6);
}

static void a_surplus_in_proportions_of_an_ore_is_named_so(void **state) {
    (void)state;
    year_make(4, (Wrong){.plant = 2, .from = 1, .to = 6, .surplus = 3000});
    const ExamineFinding *f = only(EXAMINE_SURPLUS);
    assert_true(text_equal(f->where, TEXT("SX-2")));
    assert_true(f->ore.length > 0);
    assert_int_equal(f->from - returns.first, 1);
    assert_int_equal(f->to - returns.first, 6);
    assert_true(f->low_kg < 18000 && f->high_kg > 18000);
}

static void partners_that_differ_are_named(void **state) {
    (void)state;
    year_make(5, (Wrong){.plant = -1, .from = 2, .to = 4, .unsaid = 20000});
    const ExamineFinding *f = only(EXAMINE_PAIR);
    assert_true(text_equal(f->where, TEXT("MINE")) && text_equal(f->other, TEXT("SX-0")));
    assert_true(fabs(f->mass_kg - 60000) < 1e-6 && f->low_kg < 60000 && f->high_kg > 60000);
}

static void more_than_the_quota_is_said(void **state) {
    (void)state;
    year_make(6, (Wrong){.plant = -1, .over = 400000});
    const ExamineFinding *f = only(EXAMINE_QUOTA);
    assert_true(text_equal(f->where, TEXT("MINE-CO")));
    assert_true(fabs(f->mass_kg - 400000) < 500);
}

static void goods_under_another_code_show_at_the_other_customs(void **state) {
    (void)state;
    year_make(7, (Wrong){.plant = 1, .from = 3, .to = 5, .other_code = 4000});
    assert_int_equal(examination.count, 2); // lacking under one code, and too many under the other
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(examination.finding[i].kind, EXAMINE_CUSTOMS);
        assert_true(fabs(examination.finding[i].mass_kg - 12000) < 1);
    }
}

static void goods_that_nobody_declared_show_at_the_border(void **state) {
    (void)state;
    year_make(8, (Wrong){.plant = 1, .from = 3, .to = 8, .undeclared = 9000});
    bool border = false;
    for (size_t i = 0; i < examination.count; i++)
        border |= examination.finding[i].kind == EXAMINE_BORDER &&
                  fabs(examination.finding[i].mass_kg - 54000) < 10;
    assert_true(border);
}

// Whose months err by tonnes: they are drawn all the same.
static void large_works_have_figures(void **state) {
    (void)state;
    year_make(2, (Wrong){.plant = 1, .from = 2, .to = 7, .missing = 90000, .times = 100});
    only(EXAMINE_MISSING);
    assert_true(examine_page(&examination, TEXT("x"), &arena, &out, &status));
    Text page = buffer_view(&out);
    char *at = memmem(page.at, page.length, "dot\" cx=", 8);
    double least = INFINITY, most = 0.0;
    for (; at; at = memmem(at + 1, page.length - (size_t)(at + 1 - page.at), "dot\" cx=", 8)) {
        double y = strtod(strstr(at, "cy=\"") + 4, NULL);
        least = fmin(least, y);
        most = fmax(most, y);
    }
    assert_true(most - least > 20.0);
}

static void the_same_tables_give_the_same_page(void **state) {
    (void)state;
    year_make(3, (Wrong){.plant = 4, .from = 5, .to = 8, .missing = 600});
    Buffer again;
    buffer_init(&again, (size_t)16 << 20);
    assert_true(examine_page(&examination, TEXT("<x>"), &arena, &out, &status));
    assert_true(examine_page(&examination, TEXT("<x>"), &arena, &again, &status));
    Text page = buffer_view(&out);
    assert_true(text_equal(page, buffer_view(&again)));
    buffer_char(&again, '\0');
    const char *text = buffer_view(&again).at;
    assert_non_null(strstr(text, "&lt;x&gt;"));
    assert_non_null(strstr(text, "SX-4"));
    assert_null(strstr(text, "<x>"));
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "http")); // nothing is fetched from elsewhere
    buffer_done(&again);
    buffer_reset(&out);
    examine_json(&examination, &out);
    buffer_char(&out, '\0');
    assert_non_null(strstr(buffer_view(&out).at, "\"facility\":\"SX-4\""));
    assert_null(strstr(buffer_view(&out).at, "nan"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(honest_years_are_silent),
        TEST(figures_that_cannot_be_read_accuse_nobody),
        TEST(without_elements_reo_is_balanced),
        TEST(a_stock_that_is_gone_overnight_is_found),
        TEST(what_is_missing_is_found_with_its_months_and_elements),
        TEST(a_surplus_in_proportions_of_an_ore_is_named_so),
        TEST(partners_that_differ_are_named),
        TEST(more_than_the_quota_is_said),
        TEST(goods_under_another_code_show_at_the_other_customs),
        TEST(goods_that_nobody_declared_show_at_the_border),
        TEST(large_works_have_figures),
        TEST(the_same_tables_give_the_same_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
