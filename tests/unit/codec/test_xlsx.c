#include "codec/xlsx.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../../fuzz/workbook.h"
#include "base/memory.h"
#include "codec/xlsx_value.h"

static Arena arena;
static Buffer made;
static Xlsx xlsx;
static XlsxReader reader;
static Status status;
static char file_bytes[1 << 16];

static int setup(void **state) {
    (void)state;
    arena_init(&arena, (size_t)1 << 30);
    buffer_init(&made, 1 << 26);
    status_clear(&status);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    xlsx_close(&xlsx);
    buffer_done(&made);
    arena_done(&arena);
    return 0;
}

static void open_bytes(Text bytes) {
    xlsx_close(&xlsx);
    arena_reset(&arena);
    if (!xlsx_open(&xlsx, TEXT("x.xlsx"), bytes, &arena, &status))
        fail_msg("%s (%s)", status.message, status.where);
}

static Text file_of(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "tests/data/workbooks/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(file_bytes, 1, sizeof file_bytes, file);
    fclose(file);
    return (Text){file_bytes, length};
}

// ---- workbooks made here, of one sheet ----

#define RELS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define MAIN "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define TOP                                                                                        \
    "=== _rels/.rels\n<Relationships><Relationship Id=\"a\" Type=\"" RELS                          \
    "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>\n"
#define LINKS                                                                                      \
    "=== xl/_rels/workbook.xml.rels\n<Relationships><Relationship Id=\"s\" Type=\"" RELS           \
    "/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"t\" Type=\"" RELS           \
    "/sharedStrings\" Target=\"sharedStrings.xml\"/><Relationship Id=\"y\" Type=\"" RELS           \
    "/styles\" Target=\"/xl/styles.xml\"/></Relationships>\n"
#define BOOK                                                                                       \
    "=== xl/workbook.xml\n<workbook " MAIN " xmlns:r=\"" RELS                                      \
    "\"><sheets><sheet name=\"March\" sheetId=\"1\" r:id=\"s\"/></sheets></workbook>\n"
#define STRINGS                                                                                    \
    "=== xl/sharedStrings.xml\n<sst><si><t>plain</t></si><si><r><rPr><b/></rPr><t>ri</t></r>"      \
    "<r><t xml:space=\"preserve\">ch </t></r><rPh sb=\"0\" eb=\"1\"><t>left out</t></rPh></si>"    \
    "<si/><si><t>a_x000A_b_x005F_x0041_ _xD83D__xDE00_ _xD83D_</t></si></sst>\n"
#define STYLES                                                                                     \
    "=== xl/styles.xml\n<styleSheet><numFmts><numFmt numFmtId=\"170\" formatCode=\"yyyy\\-mm\"/>"  \
    "</numFmts><cellStyleXfs><xf numFmtId=\"9\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/>"     \
    "<xf numFmtId=\"14\"/><xf numFmtId=\"170\"/><xf numFmtId=\"10\"/></cellXfs></styleSheet>\n"
#define SHEET(data) "=== xl/worksheets/sheet1.xml\n<worksheet " MAIN ">" data "</worksheet>\n"
#define WHOLE(data) TOP LINKS BOOK STRINGS STYLES SHEET(data)

static void make(const char *parts) {
    buffer_reset(&made);
    workbook_of(text_of(parts), &made);
    assert_false(made.failed);
}

static void open_sheet(const char *parts) {
    make(parts);
    open_bytes(buffer_view(&made));
    assert_int_equal(xlsx.sheets, 1);
    if (!xlsx_sheet(&xlsx, 0, &reader, &status)) fail_msg("%s (%s)", status.message, status.where);
}

static void assert_field(uint32_t column, const char *wanted, XlsxKind kind) {
    if (!text_equal(reader.fields[column], text_of(wanted)) || reader.kind[column] != kind)
        fail_msg("row %lu, column %u: \"%.*s\" of kind %u, not \"%s\"", reader.row, column,
                 TEXT_ARG(reader.fields[column]), reader.kind[column], wanted);
}

static void assert_refused(const char *parts, StatusCode code, const char *message,
                           const char *where) {
    make(parts);
    xlsx_close(&xlsx);
    arena_reset(&arena);
    status_clear(&status);
    bool well = xlsx_open(&xlsx, TEXT("x.xlsx"), buffer_view(&made), &arena, &status);
    for (size_t i = 0; well && i < xlsx.sheets; i++)
        well = xlsx_sheet(&xlsx, i, &reader, &status) && xlsx_header(&reader, &status);
    assert_false(well);
    if (!strstr(status.message, message) || !strstr(status.where, where) || status.code != code)
        fail_msg("%s: %s (%s)", status_name(status.code), status.message, status.where);
    assert_true(status.hint[0] != 0 && strstr(status.where, "\"x.xlsx\""));
}

// ---- values ----

static void assert_number(const char *raw, XlsxFormat format, const char *wanted) {
    char text[XLSX_VALUE_TEXT_MAX];
    if (xlsx_number(text_of(raw), format, false, text) == XLSX_VALUE_BAD) strcpy(text, "bad");
    if (strcmp(text, wanted) != 0) fail_msg("%s: \"%s\", not \"%s\"", raw, text, wanted);
}

static void a_number_is_the_shortest_text_of_its_double(void **state) {
    (void)state;
    static const char *const same[] = {"12.3",
                                       "0",
                                       "1",
                                       "-5",
                                       "100",
                                       "0.001",
                                       "123456789.012345",
                                       "12.300000000000004",
                                       "0.30000000000000004"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_number(same[i], XLSX_FORMAT_PLAIN, same[i]);
    assert_number("12.300000000000001", XLSX_FORMAT_PLAIN, "12.3");
    assert_number("1.1000000000000001", XLSX_FORMAT_PLAIN, "1.1");
    assert_number("12.30", XLSX_FORMAT_PLAIN, "12.3");
    assert_number("12.", XLSX_FORMAT_PLAIN, "12");
    assert_number(".5", XLSX_FORMAT_PLAIN, "0.5");
    assert_number("+007", XLSX_FORMAT_PLAIN, "7");
    assert_number("-0", XLSX_FORMAT_PLAIN, "0");
    assert_number("-0.0", XLSX_FORMAT_PLAIN, "0");
    assert_number("1.25E-2", XLSX_FORMAT_PLAIN, "0.0125");
    assert_number("1e-7", XLSX_FORMAT_PLAIN, "0.0000001");
    assert_number("1.5e-8", XLSX_FORMAT_PLAIN, "1.5e-8");
    assert_number("1e20", XLSX_FORMAT_PLAIN, "100000000000000000000");
    assert_number("-1.7976931348623157E+308", XLSX_FORMAT_PLAIN, "-1.7976931348623157e+308");
    assert_number("2.2250738585072014e-308", XLSX_FORMAT_PLAIN, "2.2250738585072014e-308");
    static const char *const bad[] = {"",   "x", "1x",  "NaN", "INF", "0x10",
                                      "1e", ".", "--1", "1,5", "1 2", "1e999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_number(bad[i], XLSX_FORMAT_PLAIN, "bad");
    assert_number("0.125", XLSX_FORMAT_PERCENT, "12.5%");
    assert_number("1", XLSX_FORMAT_PERCENT, "100%");
    assert_number("0.28999999999999998", XLSX_FORMAT_PERCENT, "29%");
    assert_number("-0.0005", XLSX_FORMAT_PERCENT, "-0.05%");
    // Any double, from its shortest to its longest text.
    uint64_t seed = 0x9E3779B97F4A7C15u;
    for (int i = 0; i < 20000; i++) {
        double value = 0.0;
        uint64_t bits = seed = seed * 6364136223846793005u + 1442695040888963407u;
        if (i % 2) bits = (bits & 0x800FFFFFFFFFFFFFu) | (1023u - 20u + bits % 60u) << 52;
        memcpy(&value, &bits, sizeof value);
        if (!(value - value == 0.0)) continue;
        char raw[40], text[XLSX_VALUE_TEXT_MAX];
        snprintf(raw, sizeof raw, "%.17g", value);
        assert_int_equal(xlsx_number(text_of(raw), XLSX_FORMAT_PLAIN, false, text),
                         XLSX_VALUE_NUMBER);
        if (strtod(text, NULL) != value) fail_msg("%s: \"%s\"", raw, text);
        assert_true(strlen(text) <= strlen(raw) || !strchr(text, 'e'));
    }
}

static void days_are_counted_from_1900_with_its_false_leap_day_or_from_1904(void **state) {
    (void)state;
    assert_number("1", XLSX_FORMAT_DAY, "1900-01-01");
    assert_number("59", XLSX_FORMAT_DAY, "1900-02-28");
    assert_number("60", XLSX_FORMAT_DAY, "bad");
    assert_number("61", XLSX_FORMAT_DAY, "1900-03-01");
    assert_number("25569", XLSX_FORMAT_DAY, "1970-01-01");
    assert_number("46173", XLSX_FORMAT_DAY, "2026-05-31");
    assert_number("46173.60416666667", XLSX_FORMAT_DAY, "2026-05-31");
    assert_number("46173.60416666667", XLSX_FORMAT_DAY_TIME, "2026-05-31 14:30:00");
    assert_number("46172.999999999", XLSX_FORMAT_DAY_TIME, "2026-05-31");
    assert_number("2958465", XLSX_FORMAT_DAY, "9999-12-31");
    static const char *const bad[] = {"0", "-1", "2958466", "2958465.9999999", "1e300"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_number(bad[i], XLSX_FORMAT_DAY_TIME, "bad");
    assert_number("0.25", XLSX_FORMAT_TIME, "06:00:00");
    assert_number("1.5", XLSX_FORMAT_TIME, "36:00:00");
    char text[XLSX_VALUE_TEXT_MAX];
    assert_int_equal(xlsx_number(TEXT("0"), XLSX_FORMAT_DAY, true, text), XLSX_VALUE_DAY);
    assert_string_equal(text, "1904-01-01");
    assert_int_equal(xlsx_number(TEXT("44711"), XLSX_FORMAT_DAY, true, text), XLSX_VALUE_DAY);
    assert_string_equal(text, "2026-05-31");
    assert_int_equal(xlsx_iso_day(TEXT("2026-05-31T14:30:00"), text), XLSX_VALUE_DAY);
    assert_string_equal(text, "2026-05-31 14:30:00");
    assert_int_equal(xlsx_iso_day(TEXT("2026-02-29"), text), XLSX_VALUE_BAD);
    assert_int_equal(xlsx_iso_day(TEXT("2026-05-31x"), text), XLSX_VALUE_BAD);
    assert_int_equal(xlsx_iso_day(TEXT("2026-05"), text), XLSX_VALUE_BAD);
}

static void the_format_tells_days_from_figures(void **state) {
    (void)state;
    static const struct {
        const char *code;
        XlsxFormat format;
    } cases[] = {
        {"General", XLSX_FORMAT_PLAIN},
        {"0.00", XLSX_FORMAT_PLAIN},
        {"#,##0.00_);[Red]\\(#,##0.00\\)", XLSX_FORMAT_PLAIN},
        {"0.00E+00", XLSX_FORMAT_PLAIN},
        {"0.0\" kg/day\"", XLSX_FORMAT_PLAIN},
        {"0\\d", XLSX_FORMAT_PLAIN},
        {"[Red]General", XLSX_FORMAT_PLAIN},
        {"_-* #,##0\\ _D_M_-", XLSX_FORMAT_PLAIN},
        {"0%", XLSX_FORMAT_PERCENT},
        {"0.0\\ %", XLSX_FORMAT_PERCENT},
        {"yyyy-mm-dd", XLSX_FORMAT_DAY},
        {"[$-409]mmm\\-yy;@", XLSX_FORMAT_DAY},
        {"MMMM", XLSX_FORMAT_DAY},
        {"[$-404]e/m/d", XLSX_FORMAT_DAY},
        {"yyyy\"年\"m\"月\"d\"日\"", XLSX_FORMAT_DAY},
        {"[DBNum1][$-804]yyyy\"年\"m\"月\"", XLSX_FORMAT_DAY},
        {"dd.mm.yyyy hh:mm", XLSX_FORMAT_DAY_TIME},
        {"h:mm AM/PM", XLSX_FORMAT_TIME},
        {"[h]:mm:ss", XLSX_FORMAT_TIME},
        {"mm:ss.0", XLSX_FORMAT_TIME},
        {"\"d", XLSX_FORMAT_PLAIN},
        {"0\\", XLSX_FORMAT_PLAIN},
        {"[", XLSX_FORMAT_PLAIN},
        {"", XLSX_FORMAT_PLAIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (xlsx_format_of(text_of(cases[i].code)) != cases[i].format)
            fail_msg("%s: %d", cases[i].code, (int)xlsx_format_of(text_of(cases[i].code)));
    assert_int_equal(xlsx_format_builtin(14), XLSX_FORMAT_DAY);
    assert_int_equal(xlsx_format_builtin(57), XLSX_FORMAT_DAY);
    assert_int_equal(xlsx_format_builtin(10), XLSX_FORMAT_PERCENT);
    assert_int_equal(xlsx_format_builtin(4), XLSX_FORMAT_PLAIN);
}

// ---- what openpyxl wrote ----

static void each_kind_of_cell_is_read_as_openpyxl_and_libreoffice_wrote_it(void **state) {
    (void)state;
    static const struct {
        const char *what, *value;
        XlsxKind kind;
    } rows[] = {
        {"short", "12.3", XLSX_NUMBER},       {"sum", "0.3", XLSX_NUMBER},
        {"whole", "48280", XLSX_NUMBER},      {"large", "123456789012.5", XLSX_NUMBER},
        {"huge", "1.5e+300", XLSX_NUMBER},    {"tiny", "0.000000125", XLSX_NUMBER},
        {"negative", "-0.5", XLSX_NUMBER},    {"zero", "0", XLSX_NUMBER},
        {"percent", "12.5%", XLSX_NUMBER},    {"thousands", "1234.5", XLSX_NUMBER},
        {"scientific", "12300", XLSX_NUMBER}, {"unit", "7.5", XLSX_NUMBER},
        {"day", "2026-05-31", XLSX_DAY},      {"month", "2026-05-01", XLSX_DAY},
        {"chinese", "2026-05-01", XLSX_DAY},  {"moment", "2026-05-31 14:30:00", XLSX_DAY},
        {"time", "06:30:00", XLSX_DAY},       {"builtin", "2026-05-31", XLSX_DAY},
        {"true", "TRUE", XLSX_BOOLEAN},       {"false", "FALSE", XLSX_BOOLEAN},
        {"error", "#DIV/0!", XLSX_ERROR},     {"text", " 氧化镨钕 <&> ", XLSX_TEXT},
        {"digits", "00123", XLSX_TEXT},       {"lines", "one\ntwo", XLSX_TEXT},
    };
    static const char *const written[] = {"kinds.xlsx", "kinds_libreoffice.xlsx"};
    for (size_t w = 0; w < sizeof written / sizeof *written; w++) {
        open_bytes(file_of(written[w]));
        assert_int_equal(xlsx.sheets, 1);
        assert_true(text_equal(xlsx.sheet[0].name, TEXT("Kinds & more")));
        assert_true(xlsx_sheet(&xlsx, 0, &reader, &status) && xlsx_header(&reader, &status));
        assert_int_equal(reader.width, 2);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            assert_true(xlsx_next(&reader));
            assert_int_equal(reader.row, i + 2);
            assert_field(0, rows[i].what, XLSX_TEXT);
            assert_field(1, rows[i].value, rows[i].kind);
        }
        assert_false(xlsx_next(&reader));
    }
    open_bytes(file_of("days1904.xlsx"));
    assert_true(xlsx_sheet(&xlsx, 0, &reader, &status) && xlsx_header(&reader, &status));
    assert_true(xlsx_next(&reader));
    assert_field(0, "2026-05-31", XLSX_DAY);
    assert_true(xlsx_next(&reader));
    assert_field(0, "1904-01-02", XLSX_DAY);
}

static void merged_texts_hold_for_their_rows_and_figures_count_once(void **state) {
    (void)state;
    open_bytes(file_of("table.xlsx"));
    assert_int_equal(xlsx.sheets, 4);
    assert_true(!xlsx.sheet[0].hidden && xlsx.sheet[1].hidden && !xlsx.sheet[2].hidden);
    assert_true(xlsx.sheet[0].part && !xlsx.sheet[2].part && xlsx.sheet[3].part);
    assert_true(xlsx_sheet(&xlsx, 0, &reader, &status) && xlsx_header(&reader, &status));
    assert_int_equal(reader.width, 7);
    assert_true(text_equal(reader.header[5], TEXT("")));
    assert_true(xlsx_next(&reader));
    assert_field(1, "2026-04-01", XLSX_DAY);
    assert_field(3, "120.25", XLSX_NUMBER);
    assert_int_equal(reader.stray, UINT32_MAX);
    assert_true(xlsx_next(&reader));
    assert_int_equal(reader.row, 3);
    assert_field(0, "NORTH-SX", XLSX_TEXT);
    assert_field(1, "2026-04-01", XLSX_DAY);
    assert_field(3, "", XLSX_EMPTY);
    assert_field(4, "250", XLSX_NUMBER);
    assert_true(xlsx_next(&reader)); // the empty row is nobody's
    assert_int_equal(reader.row, 5);
    assert_field(0, "NORTH-SX", XLSX_TEXT);
    assert_field(4, "0.001", XLSX_NUMBER);
    assert_int_equal(reader.stray, 5);
    assert_field(6, "figures of the works", XLSX_TEXT);
    assert_false(xlsx_next(&reader));
    // Nothing is in a sheet of charts, nor in an empty one.
    assert_true(xlsx_sheet(&xlsx, 2, &reader, &status));
    assert_false(xlsx_next(&reader));
    assert_true(xlsx_sheet(&xlsx, 3, &reader, &status));
    assert_false(xlsx_header(&reader, &status));
    assert_string_equal(status.message, "the sheet is empty");
    assert_string_equal(status.where, "\"x.xlsx\", sheet \"empty\"");
}

static void a_formula_gives_the_value_kept_with_it_and_none_that_nobody_calculated(void **state) {
    (void)state;
    open_bytes(file_of("sums.xlsx"));
    assert_true(xlsx_sheet(&xlsx, 0, &reader, &status) && xlsx_header(&reader, &status));
    assert_true(xlsx_next(&reader));
    assert_field(1, "2", XLSX_NUMBER);
    assert_field(2, "", XLSX_NO_VALUE);
    assert_non_null(strstr(xlsx_fault(XLSX_NO_VALUE), "save it"));
    open_bytes(file_of("sums_libreoffice.xlsx")); // which has calculated it
    assert_true(xlsx_sheet(&xlsx, 0, &reader, &status) && xlsx_header(&reader, &status));
    assert_true(xlsx_next(&reader));
    assert_field(2, "3", XLSX_NUMBER);
    open_sheet(
        WHOLE("<sheetData><row><c><f>1+1</f><v>2</v></c><c t=\"str\"><f>A1&amp;\"\"</f><v></v>"
              "</c><c t=\"str\"><f>T1</f></c><c t=\"e\"><f>1/0</f><v>#DIV/0!</v></c><c><f/>"
              "</c><c t=\"b\"><f>A1=2</f><v>1</v></c></row></sheetData>"));
    assert_true(xlsx_next(&reader));
    assert_field(0, "2", XLSX_NUMBER);
    assert_field(1, "", XLSX_EMPTY);
    assert_field(2, "", XLSX_NO_VALUE);
    assert_field(3, "#DIV/0!", XLSX_ERROR);
    assert_field(4, "", XLSX_NO_VALUE);
    assert_field(5, "TRUE", XLSX_BOOLEAN);
    // A program that cannot calculate writes 0 and asks for calculating: that 0 is no figure.
    open_sheet(TOP LINKS "=== xl/workbook.xml\n<workbook " MAIN " xmlns:r=\"" RELS
                         "\"><sheets><sheet name=\"S\" r:id=\"s\"/></sheets><calcPr "
                         "fullCalcOnLoad=\"1\"/></workbook>\n" STRINGS STYLES SHEET(
                             "<sheetData><row><c><f>1+1</f><v>0</v></c><c><v>0</v></c></row>"
                             "</sheetData>"));
    assert_true(xlsx_next(&reader));
    assert_field(0, "", XLSX_NO_VALUE);
    assert_field(1, "0", XLSX_NUMBER);
}

// ---- what others write ----

static void texts_come_shared_inline_and_rich_without_their_phonetic_runs(void **state) {
    (void)state;
    open_sheet(WHOLE(
        "<sheetData><row r=\"2\"><c r=\"B2\" t=\"s\"><v>0</v></c><c t=\"s\"><v> 1 </v></c>"
        "<c r=\"E2\" t=\"s\"><v>2</v></c><c t=\"s\"><v>3</v></c><c "
        "t=\"inlineStr\"><is><r><t>in</t></r>"
        "<rPh><t>no</t></rPh><r><t>line</t></r></is></c><c t=\"s\"/><c t=\"str\"><v>x &lt; "
        "y</v></c>"
        "</row><row><c t=\"d\"><v>2026-05-31T00:00:00</v></c><c s=\"1\"><v>46173</v></c><c "
        "s=\"2\"><v>"
        "46143</v></c><c s=\"3\"><v>0.5</v></c><c s=\"99\"><v>7</v></c><c s=\"1\"><v>-3</v></c><c "
        "t=\"d\"><v>May</v></c><c t=\"b\"><v>2</v></c><c><v>1,5</v></c></row></sheetData>"));
    assert_true(xlsx_next(&reader));
    assert_int_equal(reader.row, 2);
    assert_int_equal(reader.width, 9);
    assert_field(0, "", XLSX_EMPTY);
    assert_field(1, "plain", XLSX_TEXT);
    assert_field(2, "rich ", XLSX_TEXT);
    assert_field(3, "", XLSX_EMPTY);
    assert_field(4, "", XLSX_EMPTY);
    assert_field(5, "a\nb_x0041_ \xF0\x9F\x98\x80 _xD83D_", XLSX_TEXT);
    assert_field(6, "inline", XLSX_TEXT);
    assert_field(8, "x < y", XLSX_TEXT);
    assert_true(xlsx_next(&reader));
    assert_int_equal(reader.row, 3);
    assert_field(0, "2026-05-31", XLSX_DAY);
    assert_field(1, "2026-05-31", XLSX_DAY);
    assert_field(2, "2026-05-01", XLSX_DAY);
    assert_field(3, "50%", XLSX_NUMBER);
    assert_field(4, "7", XLSX_NUMBER);
    assert_field(5, "-3", XLSX_BAD);
    assert_field(6, "May", XLSX_BAD);
    assert_field(7, "2", XLSX_BAD);
    assert_field(8, "1,5", XLSX_BAD);
    assert_false(xlsx_next(&reader));
}

static void strict_workbooks_prefixes_and_any_folder_are_read(void **state) {
    (void)state;
#define STRICT "http://purl.oclc.org/ooxml/officeDocument/relationships"
    make("=== _rels/.rels\n<p:Relationships xmlns:p=\"x\"><p:Relationship Id=\"a\" Type=\"" STRICT
         "/officeDocument\" Target=\"/Deep/Down/Book.XML\"/></p:Relationships>\n"
         "=== deep/down/_rels/book.xml.rels\n<Relationships><Relationship Id=\"1\" Type=\"" STRICT
         "/worksheet\" Target=\"../tabs/./One.xml\"/><Relationship Id=\"2\" Type=\"" STRICT
         "/worksheet\" Target=\"http://example.com/\" TargetMode=\"External\"/></Relationships>\n"
         "=== deep/down/book.xml\n<x:workbook "
         "xmlns:x=\"http://purl.oclc.org/ooxml/spreadsheetml/main\" "
         "xmlns:rel=\"" STRICT
         "\" conformance=\"strict\"><x:workbookPr date1904=\"true\"/><x:sheets>"
         "<x:sheet name=\"A &amp; B\" sheetId=\"7\" state=\"veryHidden\" rel:id=\"1\"/></x:sheets>"
         "</x:workbook>\n"
         "=== deep/tabs/one.xml\n<x:worksheet xmlns:x=\"y\"><x:sheetData><x:row><x:c "
         "t=\"inlineStr\">"
         "<x:is><x:t>deep</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>\n");
    xlsx_close(&xlsx);
    // The name of the part is right but for its letters' case, as the rules for names allow.
    bool well = xlsx_open(&xlsx, TEXT("x.xlsx"), buffer_view(&made), &arena, &status);
    if (!well) fail_msg("%s (%s)", status.message, status.where);
    assert_true(xlsx.sheet[0].hidden && text_equal(xlsx.sheet[0].name, TEXT("A & B")));
    assert_true(xlsx_sheet(&xlsx, 0, &reader, &status));
    assert_true(xlsx_next(&reader));
    assert_field(0, "deep", XLSX_TEXT);
}

static void names_of_cells_count_in_letters(void **state) {
    (void)state;
    char name[XLSX_CELL_NAME_MAX];
    assert_string_equal(xlsx_cell_name(12, 1, name), "B12");
    assert_string_equal(xlsx_cell_name(1, 25, name), "Z1");
    assert_string_equal(xlsx_cell_name(1, 26, name), "AA1");
    assert_string_equal(xlsx_cell_name(1048576, 16383, name), "XFD1048576");
}

// ---- what is refused ----

static void what_is_no_workbook_is_told_what_it_is(void **state) {
    (void)state;
    static const struct {
        Text bytes;
        const char *message;
    } cases[] = {
        {{"", 0}, "empty"},
        {{"facility,month\n", 15}, "no XLSX workbook"},
        {{"PK\3\4 and so on", 14}, "no XLSX workbook"},
        {{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 W o r k b o o k", 24}, "old kind (.xls)"},
        {{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
          "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0",
          40},
         "encrypted"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        status_clear(&status);
        xlsx_close(&xlsx);
        assert_false(xlsx_open(&xlsx, TEXT("a.xls"), cases[i].bytes, &arena, &status));
        if (!strstr(status.message, cases[i].message)) fail_msg("%s", status.message);
        assert_string_equal(status.where, "\"a.xls\"");
        assert_non_null(strstr(status.hint, ".xlsx"));
    }
    assert_refused("=== content.xml\n<x/>\n", STATUS_UNSUPPORTED, "OpenDocument", "");
    assert_refused(TOP "=== xl/workbook.xml\n<document/>\n", STATUS_INVALID, "another document",
                   "");
    assert_refused("=== word/document.xml\n<x/>\n", STATUS_INVALID, "without a workbook", "");
    assert_refused("=== _rels/.rels\n<Relationships><Relationship Id=\"a\" Type=\"" RELS
                   "/officeDocument\" Target=\"xl/workbook.bin\"/></Relationships>\n"
                   "=== xl/workbook.bin\n\n",
                   STATUS_UNSUPPORTED, ".xlsb", "");
}

static void what_is_wrong_in_a_workbook_is_named_with_its_place(void **state) {
    (void)state;
#define DATA(rows) WHOLE("<sheetData>" rows "</sheetData>")
    static const char cell_place[] = "\"x.xlsx\", sheet \"March\", cell ";
    static const struct {
        const char *parts;
        StatusCode code;
        const char *message, *cell;
    } cases[] = {
        {DATA("<row><c t=\"s\"><v>4</v></c></row>"), STATUS_CORRUPT, "not among", "A1"},
        {DATA("<row><c t=\"s\"><v>-1</v></c></row>"), STATUS_CORRUPT, "not among", "A1"},
        {DATA("<row r=\"3\"><c r=\"B3\" t=\"s\"><v>99</v></c></row>"), STATUS_CORRUPT, "among",
         "B3"},
        {DATA("<row r=\"3\"><c r=\"B3\"/><c r=\"B3\"/></row>"), STATUS_INVALID, "twice", "B3"},
        {DATA("<row r=\"3\"><c r=\"C3\"/><c r=\"B3\"/></row>"), STATUS_INVALID, "late", "C3"},
        {DATA("<row r=\"3\"><c r=\"C4\"/></row>"), STATUS_INVALID, "twice, or late", "A3"},
        {DATA("<row r=\"3\"><c r=\"c3\"/></row>"), STATUS_INVALID, "no right name", "A3"},
        {DATA("<row r=\"3\"><c r=\"XFE3\"/></row>"), STATUS_INVALID, "no right name", "A3"},
        {DATA("<row r=\"3\"/><row r=\"3\"/>"), STATUS_INVALID, "a second time", "A3"},
        {DATA("<row r=\"0\"/>"), STATUS_INVALID, "no right number", "A1"},
        {DATA("<row r=\"1048577\"/>"), STATUS_INVALID, "no right number", "A1"},
        {DATA("<row r=\"1048576\"/><row/>"), STATUS_LIMIT, "too many rows", "A1048576"},
        {DATA("<row><c t=\"z\"/></row>"), STATUS_INVALID, "of no kind", "A1"},
        {DATA("<row><c r=\"IW1\"><v>1</v></c></row>"), STATUS_LIMIT, "too many columns", "IW1"},
        {DATA("<row><c t=\"str\"><v>a</v></c><c t=\"str\"><v>a</v></c></row>"), STATUS_INVALID,
         "two columns are called \"a\"", "B1"},
        {DATA("<row><c t=\"str\"><v>a</v></c><c t=\"e\"><v>#REF!</v></c></row>"), STATUS_INVALID,
         "name cannot be read", "B1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char where[100];
        snprintf(where, sizeof where, "%s%s", cell_place, cases[i].cell);
        assert_refused(cases[i].parts, cases[i].code, cases[i].message, where);
        assert_string_equal(status.where, where);
    }
    assert_refused(TOP LINKS BOOK STRINGS STYLES, STATUS_CORRUPT, "lacks the sheet's part",
                   "sheet \"March\"");
    assert_refused(TOP BOOK, STATUS_CORRUPT, "lacks the sheet \"March\"", "");
    assert_refused(TOP LINKS BOOK STYLES, STATUS_CORRUPT, "lacks its part \"xl/sharedStr", "");
    assert_refused(TOP LINKS "=== xl/workbook.xml\n<workbook/>\n", STATUS_CORRUPT, "lacks its part",
                   "");
    assert_refused(TOP "=== xl/workbook.xml\n<workbook/>\n", STATUS_INVALID, "no sheet", "");
    assert_refused(TOP "=== xl/workbook.xml\n<workbook>\n", STATUS_INVALID, "not well-formed",
                   "line 2 of \"xl/workbook.xml\"");
    assert_refused(WHOLE("<sheetData>\n<row>"), STATUS_INVALID, "not well-formed",
                   "sheet \"March\", line 2 of \"xl/worksheets/sheet1.xml\"");
    assert_refused(TOP LINKS BOOK STRINGS STYLES "=== xl/worksheets/sheet1.xml\n<chartsheet/>\n",
                   STATUS_INVALID, "is no sheet", "March");
    assert_refused(WHOLE("<sheetData/>") "=== XL/workbook.xml\n<workbook/>\n", STATUS_INVALID,
                   "two parts", "");
}

static void what_would_burst_is_refused(void **state) {
    (void)state;
    // A billion laughs, and any other declaration.
    assert_refused(TOP LINKS BOOK STYLES SHEET(
                       "") "=== xl/sharedStrings.xml\n<!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c "
                           "\"&b;&b;&b;\">]><sst><si><t>&c;</t></si></sst>\n",
                   STATUS_INVALID, "document type or entity", "line 1 of \"xl/sharedStrings.xml\"");
    assert_refused(TOP "=== xl/workbook.xml\n<!DOCTYPE workbook SYSTEM \"file:///etc/passwd\">"
                       "<workbook/>\n",
                   STATUS_INVALID, "document type or entity", "line 1");
    // Depth.
    static char deep[4000];
    size_t length = (size_t)sprintf(deep, "%s", TOP "=== xl/workbook.xml\n<workbook>");
    for (int i = 0; i < 100; i++)
        length += (size_t)sprintf(deep + length, "<a>");
    assert_refused(deep, STATUS_LIMIT, "too deep", "line 1 of \"xl/workbook.xml\"");
    // A text of more than 1 MiB.
    enum { LONG = (1 << 20) + 100 };
    char *text = malloc(LONG + 4000);
    assert_non_null(text);
    length =
        (size_t)sprintf(text, "%s", TOP LINKS BOOK STYLES "=== xl/sharedStrings.xml\n<sst><si><t>");
    memset(text + length, 'x', LONG);
    strcpy(text + length + LONG, "</t></si></sst>\n" SHEET(""));
    assert_refused(text, STATUS_LIMIT, "text is too long", "sharedStrings.xml");
    free(text);
    // More than 4096 parts.
    Buffer many;
    buffer_init(&many, 1 << 20);
    for (int i = 0; i < 4097; i++)
        buffer_format(&many, "=== %d\n\n", i);
    buffer_char(&many, 0);
    assert_refused((const char *)many.bytes, STATUS_LIMIT, "too many parts", "");
    buffer_done(&many);
}

// The tail of an archive is missing, or a byte of it is wrong: an answer each time, never a wrong
// table (each part's bytes are checked by their sum).
static void a_damaged_archive_never_gives_another_table(void **state) {
    (void)state;
    Text whole = file_of("table.xlsx");
    static char spoilt[sizeof file_bytes];
    for (size_t i = 0; i < whole.length; i += 7) {
        for (int cut = 0; cut < 2; cut++) {
            memcpy(spoilt, whole.at, whole.length);
            if (!cut) spoilt[i] ^= 0x20;
            Text bytes = {spoilt, cut ? i : whole.length};
            xlsx_close(&xlsx);
            arena_reset(&arena);
            status_clear(&status);
            if (!xlsx_open(&xlsx, TEXT("x.xlsx"), bytes, &arena, &status)) {
                assert_true(status.code != STATUS_OK && status.hint[0]);
                continue;
            }
            assert_false(cut);
            if (!xlsx_sheet(&xlsx, 0, &reader, &status) || !xlsx_header(&reader, &status)) {
                assert_true(status.code != STATUS_OK && status.hint[0]);
                continue;
            }
            assert_true(xlsx_next(&reader));
            assert_field(0, "NORTH-SX", XLSX_TEXT);
            assert_field(3, "120.25", XLSX_NUMBER);
        }
    }
}

static void each_failing_allocation_is_reported_and_leaks_nothing(void **state) {
    (void)state;
    Text bytes = file_of("table.xlsx");
    xlsx_close(&xlsx);
    for (int for_good = 0; for_good < 2; for_good++) {
        for (unsigned long nth = 1;; nth++) {
            Arena small;
            arena_init(&small, 1 << 22);
            status_clear(&status);
            memory_fail_at(nth, for_good);
            bool well = xlsx_open(&xlsx, TEXT("x.xlsx"), bytes, &small, &status) &&
                        xlsx_sheet(&xlsx, 0, &reader, &status) && xlsx_header(&reader, &status);
            bool failed = memory_has_failed();
            memory_fail_at(0, false);
            if (!well && status.code != STATUS_NO_MEMORY)
                fail_msg("%lu: %s (%s)", nth, status.message, status.where);
            // expat does without a bigger table for names when it cannot have one.
            assert_true(well || failed);
            xlsx_close(&xlsx);
            arena_done(&small);
            if (!failed) {
                assert_true(well && nth > 20);
                break;
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_the_shortest_text_of_its_double),
        cmocka_unit_test(days_are_counted_from_1900_with_its_false_leap_day_or_from_1904),
        cmocka_unit_test(the_format_tells_days_from_figures),
        cmocka_unit_test(each_kind_of_cell_is_read_as_openpyxl_and_libreoffice_wrote_it),
        cmocka_unit_test(merged_texts_hold_for_their_rows_and_figures_count_once),
        cmocka_unit_test(a_formula_gives_the_value_kept_with_it_and_none_that_nobody_calculated),
        cmocka_unit_test(texts_come_shared_inline_and_rich_without_their_phonetic_runs),
        cmocka_unit_test(strict_workbooks_prefixes_and_any_folder_are_read),
        cmocka_unit_test(names_of_cells_count_in_letters),
        cmocka_unit_test(what_is_no_workbook_is_told_what_it_is),
        cmocka_unit_test(what_is_wrong_in_a_workbook_is_named_with_its_place),
        cmocka_unit_test(what_would_burst_is_refused),
        cmocka_unit_test(a_damaged_archive_never_gives_another_table),
        cmocka_unit_test(each_failing_allocation_is_reported_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("xlsx", tests, setup, teardown);
}
