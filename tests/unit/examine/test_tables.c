// Tables as people write them: what a heading and a cell mean, what is named as faulty, and that
// the rest goes on.
#include <math.h>
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

#include "examine/cells.h"
#include "examine/columns.h"
#include "examine/tables.h"

static Arena arena;
static Returns returns;
static Status status;
static char folder[64], names[8][96];
static size_t files;

static int start(void **state) {
    (void)state;
    arena_init(&arena, (size_t)256 << 20);
    status_clear(&status);
    strcpy(folder, "/tmp/ytterby-examine-XXXXXX");
    files = 0;
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    for (size_t i = 0; i < files; i++)
        unlink(names[i]);
    rmdir(folder);
    arena_done(&arena);
    return 0;
}

static void file_is(const char *name, const char *text) {
    assert_true(files < 8);
    snprintf(names[files], sizeof *names, "%s/%s", folder, name);
    FILE *file = fopen(names[files++], "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void reads(void) {
    if (!returns_read(folder, &arena, &returns, &status)) fail_msg("%s", status.message);
}

static void refuses(StatusCode code, const char *words) {
    assert_false(returns_read(folder, &arena, &returns, &status));
    assert_int_equal(status.code, code);
    if (!strstr(status.message, words) && !strstr(status.hint, words))
        fail_msg("\"%s\" (%s) does not say \"%s\"", status.message, status.hint, words);
    status_clear(&status);
}

static void names_fault(size_t n, unsigned long row, const char *column, const char *words) {
    assert_true(n < returns.fault_count);
    const CellFault *f = &returns.fault[n];
    char says[400];
    snprintf(says, sizeof says, "%.*s", TEXT_ARG(f->says));
    if (f->row != row || !text_equal(f->column, text_of(column)) || !strstr(says, words))
        fail_msg("row %lu, %.*s: %s", f->row, TEXT_ARG(f->column), says);
}

static void numbers_are_read_as_people_write_them(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value;
    } well[] = {{"1234.5", 1234.5},
                {"1,234.5", 1234.5},
                {"1 234,5", 1234.5},
                {" 12 % ", 12},
                {"<0.01", 0},
                {"1'000'000", 1e6},
                {"1,234", 1234},
                {"0,5", 0.5},
                {"-3.25", -3.25},
                {"1\xC2\xA0"
                 "500",
                 1500},
                {"2e3", 2000}};
    for (size_t i = 0; i < sizeof well / sizeof *well; i++) {
        double value = NAN;
        if (cell_number(text_of(well[i].text), &value, NULL) != CELL_NUMBER ||
            value != well[i].value)
            fail_msg("\"%s\" is read as %g", well[i].text, value);
    }
    static const char *const empty[] = {"", "  ", "-", "\xE2\x80\x93"};
    static const char *const bad[] = {"abc",
                                      "1.2.3",
                                      "12 kg",
                                      "1e999",
                                      "--1",
                                      "0x10",
                                      "nan",
                                      "inf",
                                      "=A1",
                                      ("1234567890123456789012345678901234567890123456789012"
                                       "345678901234567890")};
    double value;
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        assert_int_equal(cell_number(text_of(empty[i]), &value, NULL), CELL_EMPTY);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (cell_number(text_of(bad[i]), &value, NULL) != CELL_BAD)
            fail_msg("\"%s\" is taken", bad[i]);
}

static void months_are_read_as_people_write_them(void **state) {
    (void)state;
    static const char *const well[] = {"2026-05",   "2026/5",     "202605",
                                       "2026年5月", "2026-05-31", " 2026.05 "};
    static const char *const bad[] = {"",     "26-05",    "2026-13", "2026-00",
                                      "2026", "May 2026", "05/2026"};
    Month may, month;
    assert_true(month_read(TEXT("2026-05"), &may));
    for (size_t i = 0; i < sizeof well / sizeof *well; i++)
        if (!cell_month(text_of(well[i]), &month) || month != may) fail_msg("\"%s\"", well[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (cell_month(text_of(bad[i]), &month)) fail_msg("\"%s\" is a month", bad[i]);
}

static void headings_are_recognised_with_their_units(void **state) {
    (void)state;
    static const struct {
        const char *heading;
        ColumnRole role;
        int number;
        double factor;
    } known[] = {{"facility", ROLE_FACILITY, 0, 1},
                 {"企业名称", ROLE_FACILITY, 1, 1},
                 {"Opening stock (t)", ROLE_TERM, TERM_OPENING, 1000},
                 {"received_kg", ROLE_TERM, TERM_RECEIVED, 1},
                 {"产量（吨）", ROLE_TERM, TERM_MADE, 1000},
                 {"Production, tonnes", ROLE_TERM, TERM_MADE, 1000},
                 {"Nd_pct", ROLE_CONTENT, COMPONENT_Nd, 0.01},
                 {"Dy [ppm]", ROLE_CONTENT, COMPONENT_Dy, 1e-6},
                 {"TREO %", ROLE_TREO, 0, 0.01},
                 {"REO (t)", ROLE_REO, 0, 1000},
                 {"Moisture", ROLE_MOISTURE, 0, 0.01},
                 {"remarks", ROLE_NONE, 0, 1}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ColumnMeaning m = column_meaning(text_of(known[i].heading));
        if (m.role != known[i].role || m.number != known[i].number ||
            (m.role != ROLE_NONE && fabs(m.factor - known[i].factor) > 1e-12))
            fail_msg("\"%s\" means %d, %d, %g", known[i].heading, (int)m.role, m.number, m.factor);
    }
    // Nd2O3 is 85.7 % neodymium (M: Nd 144.242, O 15.999).
    ColumnMeaning oxide = column_meaning(TEXT("Nd2O3 (%)"));
    assert_int_equal(oxide.role, ROLE_CONTENT);
    assert_int_equal(oxide.number, COMPONENT_Nd);
    assert_true(fabs(oxide.factor - 0.01 * 2 * 144.242 / (2 * 144.242 + 3 * 15.999)) < 1e-7);
}

#define HEAD "facility,month,material,partner,opening,received,used,made,shipped,closing,Nd_pct\n"

static void a_table_is_read(void **state) {
    (void)state;
    file_is("a.csv", HEAD "A,2026-01,OXIDE,,10,5,0,20,15,20,80\n"
                          "A,2026-01,OXIDE,B,,,,,15,,\n"
                          "A,2026-02,OXIDE,,20,0,0,5,0,25,80\n");
    file_is("b.csv", HEAD "B,2026-01,OXIDE,,0,15,15,0,0,0,80\n"
                          "B,2026-01,OXIDE,A,,15,,,,,\n");
    reads();
    assert_int_equal(returns.files, 2);
    assert_int_equal(returns.facilities, 2);
    assert_int_equal(returns.rows, 3);
    assert_int_equal(returns.partners, 2);
    assert_int_equal(returns.fault_count, 0);
    assert_true(returns.row[0].kg[TERM_MADE] == 20 && returns.row[0].content[COMPONENT_Nd] == 0.8);
    assert_int_equal(returns.partner[0].partner_facility, returns.row[2].facility);
    assert_int_equal(returns.last - returns.first, 1);
}

static void faulty_cells_are_named_and_the_rest_goes_on(void **state) {
    (void)state;
    file_is("a.csv", HEAD "A,2026-01,OXIDE,,10,x,0,10,0,20,80\n"
                          ",2026-01,OXIDE,,0,0,0,0,0,0,\n"
                          "A,2026-13,OXIDE,,0,0,0,0,0,0,\n"
                          "A,2026-02,,,0,0,0,0,0,0,\n"
                          "A,2026-03,OXIDE,,-5,0,0,0,0,0,\n"
                          "A,2026-04,OXIDE,,0,0,0,10,0,10,180\n"
                          "A,2026-04,OXIDE,,0,0,0,10,0,10,80\n");
    reads();
    names_fault(0, 2, "received", "\"x\" is no number");
    names_fault(1, 3, "facility", "empty");
    names_fault(2, 4, "month", "2026-13");
    names_fault(3, 5, "material", "empty");
    names_fault(4, 6, "opening", "below zero");
    names_fault(5, 7, "Nd_pct", "more than everything");
    names_fault(6, 2, "received", "the row closes with 0 kg there, and so it was taken");
    names_fault(7, 6, "opening", "the row closes with 0 kg there");
    names_fault(8, 8, "", "same facility, month and material as row 7");
    assert_int_equal(returns.fault_count, 9);
    assert_int_equal(returns.rows, 3);
    assert_false(returns.row[2].has_content); // 180 % is nothing to go on with
}

static void a_figure_that_cannot_be_read_is_what_its_row_leaves_for_it(void **state) {
    (void)state;
    file_is("a.csv", HEAD "A,2026-01,OXIDE,,100,?,0,50,30,220,80\n"
                          "A,2026-02,OXIDE,,220,0,0,50,30,?,80\n"
                          "A,2026-03,OXIDE,,240,0,0,?,?,240,80\n"
                          "A,2026-04,OXIDE,,240,?,0,50,0,200,80\n"
                          "A,2026-05,OXIDE,,200,0,0,0,0,200,80\n");
    reads();
    names_fault(5, 2, "received", "the row closes with 100 kg there");
    assert_true(returns.row[0].kg[TERM_RECEIVED] == 100 && !returns.row[0].left_out);
    names_fault(6, 3, "closing", "the row closes with 240 kg there");
    assert_true(returns.row[1].kg[TERM_CLOSING] == 240 && returns.row[1].has_closing);
    // Two of them, or one that would be below zero, do not follow.
    names_fault(7, 4, "", "does not follow from the others");
    names_fault(8, 5, "", "does not follow from the others");
    assert_true(returns.row[2].left_out && returns.row[3].left_out && !returns.row[4].left_out);
    assert_int_equal(returns.fault_count, 9);
}

static void what_a_table_has_no_column_for_follows_from_its_stocks(void **state) {
    (void)state;
    file_is("a.csv", "facility,month,material,received,shipped,closing\n"
                     "A,2026-01,FEED,100,0,30\nA,2026-02,FEED,50,0,20\nA,2026-03,FEED,50,10,60\n"
                     "A,2026-01,GOODS,0,0,5\nA,2026-02,GOODS,0,40,25\n");
    file_is("b.csv", "facility,month,material,received,shipped\n"
                     "B,2026-01,FEED,100,0\nB,2026-01,GOODS,0,60\n");
    reads();
    assert_int_equal(returns.fault_count, 1);
    names_fault(0, 1, "", "no column tells what was used and made, and none the closing stock");
    const ReturnRow *feed = returns.row, *goods = returns.row + 3, *other = returns.row + 5;
    // The first month has no opening and so no balance; then what came and does not stand was used.
    assert_true(feed[1].kg[TERM_OPENING] == 30 && feed[1].kg[TERM_USED] == 60);
    assert_true(feed[2].kg[TERM_USED] == 0 && feed[2].kg[TERM_MADE] == 0 + 0.0);
    assert_true(goods[1].kg[TERM_OPENING] == 5 && goods[1].kg[TERM_MADE] == 60);
    assert_true(feed[0].left_out && !feed[1].left_out);
    assert_true(other[0].left_out && other[1].left_out);
}

static void figures_in_whole_tonnes_close_as_far_as_rounding_goes(void **state) {
    (void)state;
    file_is("a.csv",
            "facility,month,material,opening_t,received_t,used_t,made_t,shipped_t,closing_t\n"
            "A,2026-01,OXIDE,10,5,0,20,15,21\nA,2026-02,OXIDE,21,5,0,20,15,38\n");
    reads();
    assert_true(returns.row[0].step == 1000 && !returns.row[0].left_out);
    names_fault(0, 3, "closing", "-7000 kg are left over, and this month is left out");
    assert_true(returns.row[1].left_out);
    assert_int_equal(returns.fault_count, 1);
}

static void titles_and_two_rows_of_headings_are_understood(void **state) {
    (void)state;
    file_is("a.csv", "Monthly return of rare earths, 2026;;;;;;;\n"
                     "\n"
                     "Unit: t;;;;;;;\n"
                     ";;;;;;;\n"
                     "Facility;Month;Material;Stock (t);;Received;Content (ppm);remarks\n"
                     ";;;opening;closing;kg;Nd;\n"
                     "A;2026-01;OXIDE;1,5;2;500;800000;all well\n"
                     ";;;;;;;\n"
                     "Total;2026-01;;1,5;2;500;;\n"
                     "A;2026-02;OXIDE;2;2,5;500;800000;\n");
    reads();
    assert_int_equal(returns.rows, 2);
    const ReturnRow *row = returns.row;
    assert_true(row->kg[TERM_OPENING] == 1500 && row->kg[TERM_CLOSING] == 2000);
    assert_true(row->kg[TERM_RECEIVED] == 500 && fabs(row->content[COMPONENT_Nd] - 0.8) < 1e-12);
    assert_true(row[0].row == 7 && row[1].row == 10);
    names_fault(0, 9, "", "sums up others and is left out");
    assert_int_equal(returns.fault_count, 1);
}

static void groups_may_stand_above_figures_alone(void **state) {
    (void)state;
    file_is("a.csv", ",,,Stock (t),,Contents\n"
                     "facility,month,material,opening,closing,Nd_pct\n"
                     "A,2026-01,OXIDE,0,2,80\n");
    reads();
    assert_true(returns.rows == 1 && returns.row[0].kg[TERM_CLOSING] == 2000);
    assert_true(fabs(returns.row[0].content[COMPONENT_Nd] - 0.8) < 1e-12);
}

static void a_row_of_names_is_no_second_row_of_headings(void **state) {
    (void)state;
    file_is("a.csv", "facility,month,material,made,closing\nA,May,TREO,,\nA,2026-05,TREO,1,1\n");
    reads();
    names_fault(0, 2, "month", "\"May\" is no month");
    assert_int_equal(returns.fault_count, 1);
    assert_int_equal(returns.rows, 1);
}

static void columns_that_mean_the_same_are_told(void **state) {
    (void)state;
    file_is("a.csv", "facility,month,material,made,output_t,Nd_pct,Nd2O3 (%),closing\n"
                     "A,2026-05,OXIDE,1,7,80,93.3,1\n");
    reads();
    names_fault(0, 1, "output_t", "means the same as \"made\" and is left out");
    names_fault(1, 1, "Nd2O3 (%)", "means the same as \"Nd_pct\"");
    assert_int_equal(returns.fault_count, 2);
    assert_true(returns.row[0].kg[TERM_MADE] == 1 && returns.row[0].content[COMPONENT_Nd] == 0.8);
}

static void a_row_of_another_length_is_filled_up_or_named(void **state) {
    (void)state;
    file_is("a.csv", "facility,month,material,made,used,closing\n"
                     "A,2026-05,OXIDE,1,,1,,,\n"
                     "A,2026-06,OXIDE\n"
                     "A,2026-07,OXIDE,1,234.5,0,1234.5\n"
                     "A,2026-08,OXIDE,0,0,1\n");
    reads();
    names_fault(0, 4, "", "has more fields than there are headings");
    assert_true(returns.rows == 3 && returns.fault_count == 1);
    assert_true(returns.row[0].kg[TERM_MADE] == 1 && !returns.row[1].has_closing);
}

static void circuits_of_a_facility_are_one_stock(void **state) {
    (void)state;
    file_is("a.csv", HEAD "A,2026-01,OXIDE,,0,0,0,10,0,10,80\n");
    file_is("h.csv", "facility,month,pool,component,kg,u_kg\n"
                     "A,2026-01,P,Nd,5,0.3\nA,2026-01,Q,Nd,7,0.4\nA,2026-02,P,Nd,6,0.3\n"
                     "A,2026-02,Q,Nd,x,0.4\n");
    reads();
    names_fault(0, 5, "kg", "\"x\" is no number");
    assert_int_equal(returns.holdups, 1); // of February half is not known
    assert_true(returns.holdup[0].kg == 12 && fabs(returns.holdup[0].u - 0.5) < 1e-12);
}

static void a_slip_of_units_is_seen_because_the_row_closes_without_it(void **state) {
    (void)state;
    file_is("a.csv", HEAD "A,2026-01,OXIDE,,1000,500,200,0.7,1300,700,\n" // made in tonnes
                          "A,2026-02,OXIDE,,700,100,0,0,0,750,\n");
    reads();
    names_fault(0, 2, "made", "1000 times");
    assert_true(fabs(returns.row[0].kg[TERM_MADE] - 700) < 1e-9);
    names_fault(1, 3, "closing", "50 kg are left over");
}

static void headings_can_be_told(void **state) {
    (void)state;
    file_is("a.csv", "Werk;Monat;Stoff;Erzeugt\nA;2026-01;OXID;12,5\n");
    file_is("columns.txt", "Werk = facility\r\nMonat = month\nStoff=material\nErzeugt = made_t\n");
    reads();
    assert_int_equal(returns.rows, 1);
    assert_true(returns.row[0].kg[TERM_MADE] == 12500);
}

static void a_company_holds_facilities(void **state) {
    (void)state;
    file_is("a.csv", "company,facility,month,material,made\nCO,A,2026-01,X,1\nCO,B,2026-01,X,1\n");
    file_is("b.csv", "company,month,material,made\nSINGLE,2026-01,X,1\n");
    reads();
    assert_int_equal(returns.facilities, 3);
    for (size_t f = 0; f < 3; f++) {
        bool single = text_equal(returns.facility[f], TEXT("SINGLE"));
        assert_true(text_equal(returns.company[f], single ? TEXT("") : TEXT("CO")));
    }
}

static void other_tables_are_told_by_their_columns(void **state) {
    (void)state;
    file_is("a.csv", HEAD "A,2026-01,OXIDE,,0,0,0,10,0,10,80\n");
    file_is("h.csv",
            "facility,month,pool,component,kg,u_kg\nA,2026-01,P,Nd,5,0.1\nA,2026-01,P,Xx,5,1\n");
    file_is("c.csv",
            "month,direction,hs_code,material,country,net_kg\n2026-01,export,284690,OXIDE,KR,4\n"
            "2026-01,sideways,284690,OXIDE,KR,4\n");
    file_is("q.csv", "ledger,holder,under,reo_kg\nmining,A,,100\n");
    file_is("z.csv", "colour,taste\nred,sweet\n");
    reads();
    assert_int_equal(returns.holdups, 1);
    assert_int_equal(returns.customs_rows, 1);
    assert_int_equal(returns.quota_rows, 1);
    names_fault(0, 3, "direction", "neither import nor export");
    names_fault(1, 3, "component", "\"Xx\" is no element");
    names_fault(2, 1, "", "no table that is known");
}

static void copy_workbook(const char *name, const char *as) {
    char path[96], bytes[1 << 14];
    assert_true(files < 8);
    snprintf(path, sizeof path, "tests/data/workbooks/%s", name);
    FILE *from = fopen(path, "rb");
    assert_non_null(from);
    size_t length = fread(bytes, 1, sizeof bytes, from);
    fclose(from);
    assert_true(length > 0 && length < sizeof bytes);
    snprintf(names[files], sizeof *names, "%s/%s", folder, as);
    FILE *to = fopen(names[files++], "wb");
    assert_non_null(to);
    assert_int_equal(fwrite(bytes, 1, length, to), length);
    assert_int_equal(fclose(to), 0);
}

static void names_cell(size_t n, const char *file, const char *cell, const char *words) {
    assert_true(n < returns.fault_count);
    const CellFault *f = &returns.fault[n];
    char says[400];
    snprintf(says, sizeof says, "%.*s", TEXT_ARG(f->says));
    if (!text_equal(f->file, text_of(file)) || !text_equal(f->cell, text_of(cell)) ||
        !strstr(says, words))
        fail_msg("%.*s, cell %.*s: %s", TEXT_ARG(f->file), TEXT_ARG(f->cell), says);
}

static void a_sheet_is_a_table_as_a_csv_file_is(void **state) {
    (void)state;
    file_is("a.csv", HEAD "A,2026-04,OXIDE,,10,5,0,20,15,20,80\n");
    copy_workbook("table.xlsx", "b.XLSX");
    copy_workbook("table.xlsx", "~$b.xlsx"); // somebody's lock
    reads();
    assert_int_equal(returns.files, 2);
    assert_int_equal(returns.facilities, 2);
    assert_int_equal(returns.rows, 4);
    // Facility and month are merged over all rows, the opening stock over two: it counts once.
    const ReturnRow *row = &returns.row[1];
    assert_true(row[0].kg[TERM_OPENING] == 120.25 && row[0].kg[TERM_MADE] == 1000);
    assert_true(row[1].kg[TERM_OPENING] == 0 && row[1].kg[TERM_MADE] == 250);
    assert_true(row[2].kg[TERM_OPENING] == 3 && row[2].kg[TERM_MADE] == 0.001);
    assert_true(row[2].row == 5 && row[2].month == row[0].month);
    names_fault(0, 1, "", "no column tells what was used and made");
    names_fault(1, 5, "", "F5 stands under no heading");
    names_cell(1, "b.XLSX, sheet \"2026\"", "", "F5");
    names_cell(2, "b.XLSX, sheet \"working\"", "", "is hidden and was not read");
    assert_int_equal(returns.fault_count, 3);
}

static void a_form_is_read_below_its_titles(void **state) {
    (void)state;
    copy_workbook("form.xlsx", "a.xlsx");
    reads();
    names_fault(0, 8, "", "sums up others and is left out");
    assert_true(returns.rows == 2 && returns.facilities == 1 && returns.fault_count == 1);
    const ReturnRow *ore =
        text_equal(returns.material[0], TEXT("Concentrate")) ? &returns.row[0] : &returns.row[1];
    const ReturnRow *oxide = ore == returns.row ? &returns.row[1] : &returns.row[0];
    assert_true(oxide->kg[TERM_OPENING] == 1500 && oxide->kg[TERM_CLOSING] == 2000);
    assert_true(oxide->kg[TERM_MADE] == 1000 && oxide->kg[TERM_SHIPPED] == 500);
    assert_true(ore->kg[TERM_RECEIVED] == 4000 && ore->kg[TERM_USED] == 5000);
    assert_true(fabs(oxide->content[COMPONENT_Pr] - 0.2) < 1e-12);
    assert_true(fabs(oxide->content[COMPONENT_Nd] - 0.6) < 1e-3); // 70 % of oxide
}

static void faulty_cells_of_a_sheet_are_named_by_their_names(void **state) {
    (void)state;
    static const char sheet[] = "f.xlsx, sheet \"returns\"";
    copy_workbook("faulty.xlsx", "f.xlsx");
    reads();
    names_cell(0, sheet, "D3", "\"#REF!\": its formula gives an error");
    names_fault(0, 3, "made_kg", "mend it");
    names_cell(1, sheet, "D4", "\"many\" is no number");
    names_cell(2, sheet, "E5", "a formula without its value");
    names_cell(3, sheet, "F6", "180 % is more than everything");
    names_cell(4, sheet, "B7", "\"June\" is no month");
    names_cell(5, "f.xlsx, sheet \"notes\"", "", "no table that is known");
    assert_int_equal(returns.fault_count, 9); // and the three whose rows do not tell them
    assert_int_equal(returns.rows, 5);
    assert_true(returns.row[0].content[COMPONENT_Nd] == 0.8); // 0.8 shown as 80 %
    assert_true(returns.row[1].kg[TERM_MADE] == 0 && returns.row[1].kg[TERM_USED] == 20);
    assert_true(returns.row[3].kg[TERM_MADE] == 4000 && returns.row[3].kg[TERM_USED] == 0);
}

static void other_workbooks_are_told_what_to_be_saved_as(void **state) {
    (void)state;
    file_is("a.csv", HEAD "A,2026-01,OXIDE,,0,0,0,10,0,10,80\n");
    file_is("b.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 W o r k b o o k");
    file_is("c, d.xlsx", "facility,month\n");
    reads();
    assert_int_equal(returns.fault_count, 2);
    names_cell(0, "b.xls", "", "is a workbook of the old kind (.xls); save it as .xlsx");
    names_cell(1, "c, d.xlsx", "", "is no XLSX workbook");
    assert_true(returns.fault[1].says.at[0] == 'i' && returns.fault[1].row == 0);
}

static void what_cannot_be_read_is_said(void **state) {
    (void)state;
    refuses(STATUS_NOT_FOUND, "no table");
    file_is("a.csv", "facility,month,material,made\n\xFF\xFE,2026-01,X,1\n");
    refuses(STATUS_INVALID, "UTF-8");
    char before[64];
    memcpy(before, folder, sizeof before);
    strcpy(folder, "/nonexistent/folder");
    refuses(STATUS_NOT_FOUND, "/nonexistent/folder");
    memcpy(folder, before, sizeof before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(numbers_are_read_as_people_write_them),
        TEST(months_are_read_as_people_write_them),
        TEST(headings_are_recognised_with_their_units),
        TEST(a_table_is_read),
        TEST(faulty_cells_are_named_and_the_rest_goes_on),
        TEST(titles_and_two_rows_of_headings_are_understood),
        TEST(groups_may_stand_above_figures_alone),
        TEST(a_row_of_names_is_no_second_row_of_headings),
        TEST(columns_that_mean_the_same_are_told),
        TEST(a_row_of_another_length_is_filled_up_or_named),
        TEST(a_figure_that_cannot_be_read_is_what_its_row_leaves_for_it),
        TEST(what_a_table_has_no_column_for_follows_from_its_stocks),
        TEST(figures_in_whole_tonnes_close_as_far_as_rounding_goes),
        TEST(circuits_of_a_facility_are_one_stock),
        TEST(a_slip_of_units_is_seen_because_the_row_closes_without_it),
        TEST(headings_can_be_told),
        TEST(a_company_holds_facilities),
        TEST(other_tables_are_told_by_their_columns),
        TEST(a_sheet_is_a_table_as_a_csv_file_is),
        TEST(a_form_is_read_below_its_titles),
        TEST(faulty_cells_of_a_sheet_are_named_by_their_names),
        TEST(other_workbooks_are_told_what_to_be_saved_as),
        TEST(what_cannot_be_read_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
