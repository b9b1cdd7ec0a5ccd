// One table: what its columns mean, and its rows.
#include <math.h>
#include <string.h>
#include <strings.h>

#include "examine/cells.h"
#include "examine/headings.h"
#include "quantity/factor.h"

#define KG_MAX 1e13

typedef struct Table {
    TableSource from;
    Headings is;
    double finest[RETURN_TERMS];   // kg: the last digit of any mass of a column; 0: it has none
    bool faulty[CSV_COLUMNS_MAX];  // cells of the row that were named already
    bool unknown[CSV_COLUMNS_MAX]; // columns of figures that nobody understands, told
    bool partly;                   // there are such
} Table;

static Text cell(const Table *t, ColumnRole role) {
    return t->is.at[role] >= 0 ? cell_trimmed(t->from.fields[t->is.at[role]]) : (Text){"", 0};
}

// What a cell gave.
typedef struct Taken {
    bool given, faulty;
    double value, step; // times the column's factor; its last digit that is not zero
} Taken;

// A figure that may not be below zero. False for want of memory.
static bool take(Reading *x, const Table *t, uint32_t column, bool signed_too, Taken *taken) {
    double read = 0.0, step = 0.0, factor = t->is.meaning[column].factor;
    *taken = (Taken){.faulty = t->faulty[column]};
    Text text = t->from.fields[column], heading = t->from.header[column];
    Cell cell = cell_number(text, &read, &step);
    if (taken->faulty || cell == CELL_EMPTY) return true;
    taken->faulty = true;
    if (cell == CELL_BAD)
        return reading_fault(x, t->from.row, heading, "\"%.*s\" is no number",
                             (int)(text.length < 40 ? text.length : 40), text.at);
    if (read < 0.0 && !signed_too)
        return reading_fault(x, t->from.row, heading, "%g is below zero; only adjustments may be",
                             read);
    if (fabs(read * factor) > KG_MAX)
        return reading_fault(x, t->from.row, heading, "%g is more than the earth holds", read);
    *taken = (Taken){.given = true, .value = read * factor, .step = step * factor};
    return true;
}

static bool take_role(Reading *x, const Table *t, ColumnRole role, double *value, bool *faulty) {
    Taken taken = {0};
    if (t->is.at[role] >= 0 && !take(x, t, (uint32_t)t->is.at[role], false, &taken)) return false;
    *value = taken.value;
    *faulty |= taken.faulty;
    return true;
}

static bool place_and_month(Reading *x, const Table *t, uint32_t *facility, Month *month,
                            bool *fine) {
    Text name = cell(t, ROLE_FACILITY), when = cell(t, ROLE_MONTH);
    *fine = false;
    if (name.length == 0)
        return reading_fault(x, t->from.row, TEXT("facility"),
                             "is empty: the row belongs to nobody");
    if (!cell_month(when, month))
        return reading_fault(x, t->from.row, t->from.header[t->is.at[ROLE_MONTH]],
                             "\"%.*s\" is no month; write it as 2026-05",
                             (int)(when.length < 40 ? when.length : 40), when.at);
    *facility = reading_name(x, &x->facilities, name);
    *fine = *facility != UINT32_MAX;
    return *fine;
}

static bool name_company(Reading *x, uint32_t facility, Text company) {
    while (x->companies.count < x->facilities.count)
        if (!list_new(&x->companies, x->arena)) return false;
    Text *kept = (Text *)x->companies.at + facility;
    if (kept->length || !company.length) return true;
    char *copy = arena_copy(x->arena, company.at, company.length);
    *kept = (Text){copy, company.length};
    return copy != NULL;
}

// One figure of a row, where it belongs. False for want of memory.
static bool take_figure(Reading *x, Table *t, uint32_t c, ReturnRow *row, bool *bad_content) {
    const ColumnMeaning *m = &t->is.meaning[c];
    Taken taken;
    if (!take(x, t, c, m->role == ROLE_TERM && m->number == TERM_ADJUSTED, &taken)) return false;
    if (m->role == ROLE_TERM) {
        row->kg[m->number] = taken.value;
        double *finest = &t->finest[m->number];
        bool finer = taken.step < *finest || *finest <= 0.0;
        if (taken.value != 0.0 && taken.step > 0.0 && finer) *finest = taken.step;
        row->has_closing |= m->number == TERM_CLOSING && taken.given;
        if (taken.faulty) row->faulty |= (uint16_t)(1u << m->number);
        return true;
    }
    // More than its own oxide nothing can be; metal has more REO than mass.
    if (taken.value > (m->role == ROLE_TREO ? 1.3 : 1.0)) {
        *bad_content |= m->role != ROLE_TREO;
        return reading_fault(x, t->from.row, t->from.header[c], "%g %% is more than everything",
                             taken.value * 100);
    }
    *bad_content |= taken.faulty && m->role != ROLE_TREO;
    if (!taken.given) return true;
    if (m->role == ROLE_MOISTURE) row->moisture = taken.value;
    if (m->role == ROLE_TREO) row->treo = taken.value;
    if (m->role == ROLE_CONTENT) {
        row->content[m->number] = taken.value;
        row->has_content = true;
    }
    return true;
}

static bool is_figure(ColumnRole role) {
    return role == ROLE_TERM || role == ROLE_CONTENT || role == ROLE_TREO || role == ROLE_MOISTURE;
}

// A month whose contents are not all known is taken like one without any: by those before or after.
static bool take_figures(Reading *x, Table *t, ReturnRow *row) {
    bool bad_content = false;
    double sum = 0.0;
    for (uint32_t c = 0; c < t->from.width; c++)
        if (is_figure(t->is.meaning[c].role) && !take_figure(x, t, c, row, &bad_content))
            return false;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        sum += row->content[c];
    if (sum > 1.02 && !reading_fault(x, t->from.row, TEXT("contents"),
                                     "add up to %.1f %% of the mass", sum * 100))
        return false;
    if (sum > 1.02 || bad_content) row->has_content = false;
    double reo = 0.0;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        row->content[c] *= 1.0 - row->moisture;
        if (row->has_content && c < RARE_EARTH_COUNT)
            reo += row->content[c] * (double)factors_default.micro[c] / FACTOR_ONE;
    }
    row->content[EXAMINE_TREO] = row->treo > 0.0 ? row->treo * (1.0 - row->moisture) : reo;
    row->has_treo = row->content[EXAMINE_TREO] > 0.0;
    return true;
}

static bool read_return(Reading *x, Table *t) {
    uint32_t facility;
    Month month;
    bool fine;
    if (!place_and_month(x, t, &facility, &month, &fine)) return false;
    if (!fine) return true;
    Text material_name = cell(t, ROLE_MATERIAL), partner = cell(t, ROLE_PARTNER);
    if (material_name.length == 0)
        return reading_fault(x, t->from.row, TEXT("material"), "is empty");
    uint32_t material = reading_name(x, &x->materials, material_name);
    if (material == UINT32_MAX) return false;
    ReturnRow row = {.facility = facility,
                     .material = material,
                     .month = month,
                     .untold = (uint16_t)~t->is.terms,
                     .file = x->file,
                     .row = t->from.row};
    if (!take_figures(x, t, &row)) return false;
    if (partner.length) {
        PartnerRow *p = list_new(&x->partners, x->arena);
        char *copy = arena_copy(x->arena, partner.at, partner.length);
        if (!p || !copy) return false;
        *p = (PartnerRow){facility,
                          material,
                          month,
                          {copy, partner.length},
                          UINT32_MAX,
                          row.kg[TERM_RECEIVED],
                          row.kg[TERM_SHIPPED],
                          0.0,
                          row.faulty & (1u << TERM_RECEIVED | 1u << TERM_SHIPPED)};
        return true;
    }
    ReturnRow *kept = list_new(&x->rows, x->arena);
    if (kept) *kept = row;
    return kept && name_company(x, facility, cell(t, ROLE_HOLDER));
}

// Figures under a heading that is not known may be any: told once. False for want of memory.
static bool name_unknown(Reading *x, Table *t) {
    double number;
    for (uint32_t c = 0; c < t->from.width; c++) {
        Text name = t->from.header[c];
        if (t->is.meaning[c].role != ROLE_NONE || t->is.twice[c] >= 0 || t->is.mapped[c] ||
            t->unknown[c] || name.length == 0 ||
            cell_number(t->from.fields[c], &number, NULL) != CELL_NUMBER || number == 0.0)
            continue;
        t->unknown[c] = t->partly = true;
        if (!reading_fault(x, t->is.row, name,
                           "holds figures and is not known: they are left out, and rows of this "
                           "table need not close; say in columns.txt what it is (\"%.*s = "
                           "received\"), or that it is nothing (\"%.*s = remarks\")",
                           TEXT_ARG(name), TEXT_ARG(name)))
            return false;
    }
    return true;
}

static bool is_word(Text text, const char *word) {
    return text.length == strlen(word) && !strncasecmp(text.at, word, text.length);
}

static bool read_holdup(Reading *x, Table *t) {
    HoldupRow row = {0};
    bool fine;
    if (!place_and_month(x, t, &row.facility, &row.month, &fine)) return false;
    if (!fine) return true;
    Text symbol = cell(t, ROLE_COMPONENT);
    row.component =
        is_word(symbol, "treo") || is_word(symbol, "reo") ? EXAMINE_TREO : component_find(symbol);
    if (row.component == COMPONENT_NONE)
        return reading_fault(x, t->from.row, TEXT("component"), "\"%.*s\" is no element",
                             TEXT_ARG(symbol));
    bool unsure = false; // what is not said of its uncertainty is taken as usual
    if (!take_role(x, t, ROLE_KG, &row.kg, &row.faulty) ||
        !take_role(x, t, ROLE_U, &row.u, &unsure) || !take_role(x, t, ROLE_S, &row.s, &unsure))
        return false;
    HoldupRow *kept = list_new(&x->holdups, x->arena);
    if (kept) *kept = row;
    return kept != NULL;
}

static bool copy_cell(Reading *x, const Table *t, ColumnRole role, Text *out) {
    Text text = cell(t, role);
    char *copy = arena_copy(x->arena, text.at, text.length);
    *out = (Text){copy, text.length};
    return copy != NULL;
}

static bool read_customs(Reading *x, Table *t) {
    CustomsRow row = {.mirror = t->is.at[ROLE_FACILITY] < 0};
    Text direction = cell(t, ROLE_DIRECTION);
    if (!cell_month(cell(t, ROLE_MONTH), &row.month))
        return reading_fault(x, t->from.row, TEXT("month"),
                             "\"%.*s\" is no month; write it as 2026-05",
                             TEXT_ARG(cell(t, ROLE_MONTH)));
    row.import = text_equal(direction, TEXT("import")) || text_equal(direction, TEXT("进口"));
    if (!row.import && !text_equal(direction, TEXT("export")) &&
        !text_equal(direction, TEXT("出口")))
        return reading_fault(x, t->from.row, TEXT("direction"),
                             "\"%.*s\" is neither import nor export", TEXT_ARG(direction));
    if (!take_role(x, t, ROLE_NET, &row.kg, &row.faulty) ||
        !copy_cell(x, t, ROLE_CODE, &row.code) || !copy_cell(x, t, ROLE_MATERIAL, &row.material) ||
        !copy_cell(x, t, ROLE_COUNTRY, &row.country))
        return false;
    CustomsRow *kept = list_new(&x->customs, x->arena);
    if (kept) *kept = row;
    return kept != NULL;
}

static bool read_quota(Reading *x, Table *t) {
    QuotaRow row = {0};
    if (!take_role(x, t, ROLE_REO, &row.reo, &row.faulty) ||
        !copy_cell(x, t, ROLE_LEDGER, &row.ledger) || !copy_cell(x, t, ROLE_HOLDER, &row.holder) ||
        !copy_cell(x, t, ROLE_UNDER, &row.under))
        return false;
    QuotaRow *kept = list_new(&x->quota, x->arena);
    if (kept) *kept = row;
    return kept != NULL;
}

typedef bool ReadRow(Reading *x, Table *t);
static ReadRow *const read_row[] = {[TABLE_RETURNS] = read_return,
                                    [TABLE_HOLDUPS] = read_holdup,
                                    [TABLE_CUSTOMS] = read_customs,
                                    [TABLE_QUOTAS] = read_quota};

// Cells of a sheet that give nothing, or stand under no heading. False for want of memory.
static bool name_faulty_cells(Reading *x, Table *t, bool *stray_told) {
    const XlsxReader *sheet = t->from.sheet;
    for (uint32_t c = 0; c < t->from.width; c++) {
        const char *fault = xlsx_fault((XlsxKind)sheet->kind[c]);
        t->faulty[c] = fault != NULL;
        if (!fault || t->is.meaning[c].role == ROLE_NONE) continue;
        Text text = t->from.fields[c];
        t->from.fields[c] = (Text){"", 0};
        if (!reading_fault(x, t->from.row, t->from.header[c], "%s%.*s%s%s", text.length ? "\"" : "",
                           (int)(text.length < 40 ? text.length : 40), text.at,
                           text.length ? "\": " : "", fault))
            return false;
    }
    if (sheet->stray == UINT32_MAX || *stray_told) return true;
    char name[XLSX_CELL_NAME_MAX];
    *stray_told = true;
    return reading_fault(x, t->from.row, (Text){"", 0},
                         "%s stands under no heading and is left out, as all that does; give its "
                         "column a heading",
                         xlsx_cell_name(t->from.row, sheet->stray, name));
}

// A row that sums up others is nobody's.
static bool is_total(const Table *t) {
    static const char *const words[] = {"total",    "totals", "grand total", "sum",
                                        "subtotal", "合计",   "总计",        "小计"};
    Text place = cell(t, ROLE_FACILITY), material = cell(t, ROLE_MATERIAL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(place, words[i]) || is_word(material, words[i])) return true;
    return false;
}

// How finely a column is written shows in all of it.
static void grade(const Reading *x, const Table *t, size_t first_row, size_t first_partner) {
    ReturnRow *row = x->rows.at;
    PartnerRow *partner = x->partners.at;
    for (size_t i = first_row; i < x->rows.count; i++)
        row[i].partly = t->partly;
    for (size_t i = first_row; i < x->rows.count; i++)
        for (int term = 0; term < RETURN_TERMS; term++)
            if (row[i].kg[term] != 0.0) row[i].step = fmax(row[i].step, t->finest[term]);
    for (size_t i = first_partner; i < x->partners.count; i++) {
        bool nothing = partner[i].received == 0.0 && partner[i].shipped == 0.0;
        partner[i].step = fmax(t->finest[TERM_RECEIVED], t->finest[TERM_SHIPPED]);
        partner[i].faulty |= t->partly && nothing;
    }
}

// False for want of memory.
static bool read_rows(Reading *x, Table *t) {
    Status status;
    bool stray_told = false, total_told = false;
    status_clear(&status);
    for (;;) {
        CsvNext next = source_next(&t->from, &status);
        if (next == CSV_END) return true;
        if (next == CSV_FAILED)
            return reading_fault(x, t->from.row, (Text){"", 0},
                                 "cannot be read, and what follows neither: %s", status.message);
        if (x->rows.count + x->partners.count > EXAMINE_ROWS_MAX)
            return reading_fault(x, t->from.row, (Text){"", 0}, "more than %d rows",
                                 EXAMINE_ROWS_MAX);
        if (t->from.sheet && !name_faulty_cells(x, t, &stray_told)) return false;
        if (t->is.kind == TABLE_RETURNS && !name_unknown(x, t)) return false;
        if (t->from.csv && t->from.csv->stray != UINT32_MAX) {
            if (!reading_fault(x, t->from.row, (Text){"", 0},
                               "has more fields than there are headings, and is left out: quotes "
                               "around a field that holds \"%c\"",
                               t->from.csv->separator))
                return false;
        } else if (is_total(t)) {
            if (!total_told && !reading_fault(x, t->from.row, (Text){"", 0},
                                              "sums up others and is left out, as all that do"))
                return false;
            total_told = true;
        } else if (!read_row[t->is.kind](x, t)) {
            return false;
        }
    }
}

// A file is taken up to where it can no longer be read; what was wrong is told. False for want of
// memory.
static bool read_table_whole(Reading *x, Table *t) {
    x->r->files++;
    bool worked = !(~t->is.terms & (1u << TERM_USED | 1u << TERM_MADE));
    if (t->is.kind == TABLE_RETURNS && !worked && !(t->is.terms & 1u << TERM_CLOSING) &&
        !reading_fault(x, t->is.row, (Text){"", 0},
                       "no column tells what was used and made, and none the closing stock, of "
                       "which it would follow: no balance by element can be drawn up"))
        return false;
    size_t rows = x->rows.count, partners = x->partners.count;
    if (!read_rows(x, t)) return false;
    grade(x, t, rows, partners);
    return true;
}

static bool tell_unknown(Reading *x, const Table *t, const Status *status) {
    if (status->code != STATUS_OK)
        return reading_fault(x, t->from.row, (Text){"", 0}, "the headings cannot be read: %s",
                             status->message);
    return reading_fault(
        x, t->is.row, (Text){"", 0},
        "no table that is known: returns have facility, month and material, stocks of circuits "
        "component and kg, customs direction and net; say headings in columns.txt");
}

bool read_table(Reading *x, Text bytes) {
    static const char separators[] = {',', ';', '\t'};
    Table *t = arena_take_zero(x->arena, 1, sizeof *t);
    Status status, first;
    status_clear(&first);
    for (size_t i = 0; t && i < sizeof separators; i++) {
        status_clear(&status);
        if (!source_csv(&t->from, bytes, separators[i], x->arena) ||
            !headings_find(x, &t->from, &t->is, &status))
            return false;
        if (t->is.kind != TABLE_UNKNOWN) return read_table_whole(x, t);
        if (i == 0) first = status;
    }
    return t && tell_unknown(x, t, &first);
}

bool read_rows_of(Reading *x, XlsxReader *sheet) {
    Table *t = arena_take_zero(x->arena, 1, sizeof *t);
    Status status;
    status_clear(&status);
    if (!t) return false;
    source_sheet(&t->from, sheet);
    x->sheet = sheet;
    bool well = headings_find(x, &t->from, &t->is, &status);
    if (well)
        well = t->is.kind == TABLE_UNKNOWN ? tell_unknown(x, t, &status) : read_table_whole(x, t);
    x->sheet = NULL;
    return well;
}
