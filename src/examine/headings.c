#include "examine/headings.h"

#include <string.h>

#include "examine/cells.h"

enum { TITLES_MAX = 12 };

// columns.txt: "their heading = our name".
static bool is_mapped(const Reading *x, Text heading, Text *name) {
    Text rest = x->mapping, line, theirs, ours;
    while (rest.length) {
        if (!text_split(rest, '\n', &line, &rest)) {
            line = rest;
            rest = (Text){"", 0};
        }
        if (line.length && line.at[line.length - 1] == '\r') line.length--;
        if (text_split(line, '=', &theirs, &ours) &&
            text_equal(cell_trimmed(theirs), cell_trimmed(heading))) {
            *name = cell_trimmed(ours);
            return true;
        }
    }
    return false;
}

static ColumnMeaning meaning_of(const Reading *x, Text heading) {
    Text name = heading;
    is_mapped(x, heading, &name);
    return column_meaning(name);
}

// ---- one row ----

// A facility and a company may both be named: the company is then the holder.
static bool names_company(Headings *h, uint32_t c) {
    uint32_t first = (uint32_t)h->at[ROLE_FACILITY], of = h->meaning[c].number ? c : first;
    if (h->meaning[c].number == h->meaning[first].number || h->at[ROLE_HOLDER] >= 0) return false;
    h->meaning[of].role = ROLE_HOLDER;
    h->at[ROLE_HOLDER] = (int)of;
    h->at[ROLE_FACILITY] = (int)(of == c ? first : c);
    return true;
}

// A column before this one that means the same, or -1.
static int same_before(const Headings *h, uint32_t c) {
    const ColumnMeaning *m = &h->meaning[c];
    if (m->role != ROLE_TERM && m->role != ROLE_CONTENT) return h->at[m->role];
    for (uint32_t i = 0; i < c; i++)
        if (h->meaning[i].role == m->role && h->meaning[i].number == m->number) return (int)i;
    return -1;
}

static TableKind kind_of(const Headings *h) {
    bool place = h->at[ROLE_FACILITY] >= 0 && h->at[ROLE_MONTH] >= 0;
    if (place && h->at[ROLE_MATERIAL] >= 0 && h->terms) return TABLE_RETURNS;
    if (place && h->at[ROLE_COMPONENT] >= 0 && h->at[ROLE_KG] >= 0) return TABLE_HOLDUPS;
    if (h->at[ROLE_MONTH] >= 0 && h->at[ROLE_DIRECTION] >= 0 && h->at[ROLE_NET] >= 0)
        return TABLE_CUSTOMS;
    if (h->at[ROLE_HOLDER] >= 0 && h->at[ROLE_REO] >= 0) return TABLE_QUOTAS;
    return TABLE_UNKNOWN;
}

// Each role at its first column.
static void place_roles(Headings *h) {
    for (int r = 0; r <= ROLE_REO; r++)
        h->at[r] = -1;
    h->terms = 0;
    for (uint32_t c = 0; c < h->width; c++) {
        ColumnRole role = h->meaning[c].role;
        h->twice[c] = -1;
        if (role == ROLE_NONE) continue;
        if (role == ROLE_FACILITY && h->at[role] >= 0 && names_company(h, c)) continue;
        h->twice[c] = same_before(h, c);
        if (h->twice[c] >= 0) {
            h->meaning[c].role = ROLE_NONE;
            continue;
        }
        h->at[role] = (int)c;
        if (role == ROLE_TERM) h->terms |= (uint16_t)(1u << h->meaning[c].number);
    }
    h->kind = kind_of(h);
}

// False for want of memory.
static bool tell_twice(Reading *x, const Headings *h) {
    for (uint32_t c = 0; c < h->width; c++)
        if (h->twice[c] >= 0 &&
            !reading_fault(x, h->row, h->name[c], "means the same as \"%.*s\" and is left out",
                           TEXT_ARG(h->name[h->twice[c]])))
            return false;
    return true;
}

static void take_row(const Reading *x, const TableSource *from, Headings *h) {
    *h = (Headings){.row = from->row, .width = from->width};
    for (uint32_t c = 0; c < h->width; c++) {
        h->name[c] = cell_trimmed(from->fields[c]);
        h->meaning[c] = meaning_of(x, h->name[c]);
        Text ours;
        h->mapped[c] = is_mapped(x, h->name[c], &ours);
    }
}

// ---- two rows ----

static bool is_figure(ColumnRole role) {
    return role == ROLE_TERM || role == ROLE_CONTENT || role == ROLE_TREO ||
           role == ROLE_MOISTURE || role == ROLE_KG || role == ROLE_U || role == ROLE_S ||
           role == ROLE_NET || role == ROLE_REO;
}

// What a heading means that stands below another, which may stand over several. False for want of
// memory; no role: the two make no heading.
static bool join(const Reading *x, Text upper, Text lower, Text *name, ColumnMeaning *meaning) {
    bool unit = heading_is_unit(lower);
    if (!upper.length) {
        *name = lower;
        *meaning = meaning_of(x, lower);
        return true;
    }
    const char *joined = arena_format(x->arena, unit ? "%.*s (%.*s)" : "%.*s %.*s", TEXT_ARG(upper),
                                      TEXT_ARG(lower));
    if (!joined) return false;
    *name = text_of(joined);
    *meaning = meaning_of(x, *name);
    if (meaning->role != ROLE_NONE || unit) return true;
    *meaning = meaning_of(x, lower);
    double factor, own;
    if (!heading_unit(upper, &factor) || heading_unit(lower, &own) || !is_figure(meaning->role))
        return true;
    bool part = meaning->role == ROLE_CONTENT || meaning->role == ROLE_TREO ||
                meaning->role == ROLE_MOISTURE;
    meaning->factor *= factor / (part ? 0.01 : 1.0); // in place of what goes without saying
    return true;
}

// The row that was read now, below `upper`. False for want of memory; `kind` unknown: it is no row
// of headings.
static bool take_second_row(Reading *x, const TableSource *from, const Headings *upper,
                            Headings *h) {
    *h = (Headings){.row = from->row,
                    .width = from->width > upper->width ? from->width : upper->width};
    Text group = {"", 0};
    size_t joined = 0;
    for (uint32_t c = 0; c < h->width; c++) {
        Text above = c < upper->width ? upper->name[c] : (Text){"", 0};
        Text below = c < from->width ? cell_trimmed(from->fields[c]) : (Text){"", 0};
        double number;
        Month month;
        if (above.length) group = above;
        h->name[c] = above;
        if (c < upper->width) h->meaning[c] = upper->meaning[c];
        if (!below.length || text_equal(above, below)) continue; // merged over both rows, or alone
        if (cell_number(below, &number, NULL) == CELL_NUMBER || cell_month(below, &month))
            return true;
        ColumnRole alone = meaning_of(x, below).role;
        bool over_names = alone != ROLE_NONE && !is_figure(alone);
        if (above.length && over_names) return true; // a title
        if (over_names) group = (Text){"", 0};
        if (!join(x, group, below, &h->name[c], &h->meaning[c])) return false;
        Text ours;
        h->mapped[c] = is_mapped(x, h->name[c], &ours) || is_mapped(x, below, &ours);
        bool of_figures = c >= upper->width || upper->meaning[c].role == ROLE_NONE ||
                          is_figure(upper->meaning[c].role);
        if (h->meaning[c].role == ROLE_NONE && !of_figures) return true; // somebody's name
        joined += h->meaning[c].role != ROLE_NONE;
    }
    if (joined) place_roles(h);
    return true;
}

// ---- both ----

// The row that was read now, alone or with the next. False for want of memory.
static bool try_rows(Reading *x, TableSource *from, Headings *upper, void *place, Headings *h) {
    Status status; // that the next row cannot be read is found again when its figures are
    status_clear(&status);
    take_row(x, from, upper);
    place_roles(upper);
    source_leave(from, place);
    *h = (Headings){.kind = TABLE_UNKNOWN};
    if (source_next(from, &status) == CSV_ROW && !take_second_row(x, from, upper, h)) return false;
    if (h->kind != TABLE_UNKNOWN) return true;
    source_return(from, place);
    *h = *upper;
    return true;
}

bool headings_find(Reading *x, TableSource *from, Headings *h, Status *status) {
    Headings *upper = arena_take(x->arena, sizeof *upper);
    void *place = arena_take(x->arena, source_place_bytes(from));
    if (!upper || !place) return false;
    *h = (Headings){.kind = TABLE_UNKNOWN};
    unsigned long first = 1;
    for (int i = 0; i < TITLES_MAX && h->kind == TABLE_UNKNOWN; i++) {
        if (source_next(from, status) != CSV_ROW) break;
        if (i == 0) first = from->row;
        if (!try_rows(x, from, upper, place, h)) return false;
    }
    if (h->kind == TABLE_UNKNOWN) {
        h->row = first;
        return true;
    }
    source_headings(from, h->name, h->width);
    return tell_twice(x, h);
}
