#include "examine/tables.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "examine/reading.h"

#define FILE_BYTES_MAX ((size_t)256 << 20)

const char *return_term_name(ReturnTerm term) {
    static const char *const names[RETURN_TERMS] = {"opening",  "received", "extracted", "made",
                                                    "used",     "shipped",  "discarded", "lost",
                                                    "adjusted", "closing"};
    return names[term];
}

const char *examine_symbol(int component) {
    return component == EXAMINE_TREO ? "TREO" : component_symbol(component);
}

int return_term_sign(ReturnTerm term) {
    switch (term) {
    case TERM_OPENING:
    case TERM_RECEIVED:
    case TERM_EXTRACTED:
    case TERM_MADE:
    case TERM_ADJUSTED:
        return 1;
    default:
        return -1;
    }
}

static bool read_file(Arena *arena, const char *path, Text *bytes, Status *status) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return status_set(status, STATUS_IO, "could not open \"%s\": %s", path, strerror(errno));
    size_t room = 1 << 16, length = 0, got;
    char *all = memory_new(room);
    bool well = all != NULL;
    while (well && (got = fread(all + length, 1, room - length, file)) > 0) {
        length += got;
        if (length < room) continue;
        char *more = room < FILE_BYTES_MAX ? memory_resize(all, room * 2) : NULL;
        well = more != NULL;
        if (more) all = more;
        room *= 2;
    }
    bool broken = ferror(file) != 0;
    fclose(file);
    char *copy = well && !broken ? arena_copy(arena, all, length) : NULL;
    memory_free(all);
    if (broken) return status_set(status, STATUS_IO, "could not read \"%s\"", path);
    if (!copy) return status_set(status, STATUS_LIMIT, "\"%s\" is too large", path);
    *bytes = (Text){copy, length};
    return true;
}

// Other kinds of workbooks are taken too, to be told what to save them as.
static bool is_workbook(const char *name) {
    static const char *const ends[] = {".xlsx", ".xlsm", ".xltx", ".xls", ".xlsb", ".ods"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof ends / sizeof *ends; i++)
        if (!strcasecmp(dot, ends[i])) return true;
    return false;
}

// "~$year.xlsx" is the lock of somebody who has the workbook open.
static int is_table(const struct dirent *entry) {
    const char *name = entry->d_name, *dot = strrchr(name, '.');
    return name[0] != '.' && strncmp(name, "~$", 2) != 0 && dot &&
           (!strcasecmp(dot, ".csv") || is_workbook(name));
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool read_folder(Reading *x, const char *folder, size_t *found, Status *status) {
    struct dirent **entries;
    int count = scandir(folder, &entries, is_table, by_bytes);
    if (count < 0)
        return status_set(status, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                          "could not list \"%s\": %s", folder, strerror(errno)) ||
               status_hint(status, "name the folder that holds the tables");
    char *path = arena_format(x->arena, "%s/columns.txt", folder);
    FILE *mapping = path ? fopen(path, "rb") : NULL;
    if (mapping) {
        fclose(mapping);
        if (!read_file(x->arena, path, &x->mapping, status)) x->mapping = (Text){"", 0};
    }
    bool well = true;
    for (int i = 0; i < count; i++) {
        Text bytes;
        path = arena_format(x->arena, "%s/%s", folder, entries[i]->d_name);
        char *name = arena_copy(x->arena, entries[i]->d_name, strlen(entries[i]->d_name));
        x->file = text_of(name ? name : "");
        if (well && (!path || !name)) well = status_no_memory(status);
        if (well && read_file(x->arena, path, &bytes, status)) {
            if (is_workbook(name))
                well = read_workbook(x, bytes) || status_no_memory(status);
            else if (!utf8_is_valid(bytes))
                well =
                    reading_fault(x, 0, (Text){"", 0}, "is not UTF-8: save it as \"CSV UTF-8\"") ||
                    status_no_memory(status);
            else
                well = read_table(x, bytes) || status_no_memory(status);
            ++*found;
        } else {
            well = false;
        }
        free(entries[i]); // scandir's own memory
    }
    free(entries);
    return well;
}

static int by_circuit(const void *a, const void *b) {
    const HoldupRow *x = a, *y = b;
    if (x->facility != y->facility) return x->facility < y->facility ? -1 : 1;
    if (x->component != y->component) return x->component - y->component;
    return x->month < y->month ? -1 : x->month > y->month;
}

// A facility's circuits are one to its balance; those of a month that are not all known are none.
static size_t join_circuits(HoldupRow *row, size_t count) {
    size_t kept = 0;
    for (size_t i = 0, end; i < count; i = end) {
        HoldupRow all = row[i];
        bool said = row[i].u > 0.0 || row[i].s > 0.0;
        for (end = i + 1; end < count && !by_circuit(&row[i], &row[end]); end++) {
            said = said && (row[end].u > 0.0 || row[end].s > 0.0);
            all.kg += row[end].kg;
            all.u = hypot(all.u, row[end].u);
            all.s += row[end].s;
            all.faulty |= row[end].faulty;
        }
        if (!said) all.u = all.s = 0.0;
        if (!all.faulty) row[kept++] = all;
    }
    return kept;
}

void reading_begin(Reading *x, Arena *arena, Returns *returns) {
    *returns = (Returns){0};
    *x = (Reading){.arena = arena,
                   .r = returns,
                   .rows.size = sizeof(ReturnRow),
                   .partners.size = sizeof(PartnerRow),
                   .holdups.size = sizeof(HoldupRow),
                   .customs.size = sizeof(CustomsRow),
                   .quota.size = sizeof(QuotaRow),
                   .faults.size = sizeof(CellFault),
                   .facilities.size = sizeof(Text),
                   .companies.size = sizeof(Text),
                   .materials.size = sizeof(Text)};
}

// Partners that file themselves, and the months that anybody files.
static void look_around(Returns *r) {
    for (size_t i = 0; i < r->rows; i++) {
        if (i == 0 || r->row[i].month < r->first) r->first = r->row[i].month;
        if (i == 0 || r->row[i].month > r->last) r->last = r->row[i].month;
    }
    for (size_t i = 0; i < r->partners; i++)
        for (size_t f = 0; f < r->facilities; f++)
            if (text_equal(r->partner[i].partner, r->facility[f]))
                r->partner[i].partner_facility = (uint32_t)f;
}

bool reading_end(Reading *x, Status *status) {
    Returns *r = x->r;
    if (!settle_rows(x)) return status_no_memory(status);
    if (x->holdups.count) qsort(x->holdups.at, x->holdups.count, sizeof(HoldupRow), by_circuit);
    x->holdups.count = join_circuits(x->holdups.at, x->holdups.count);
    while (x->companies.count < x->facilities.count)
        if (!list_new(&x->companies, x->arena)) return status_no_memory(status);
    r->facility = x->facilities.at;
    r->company = x->companies.at;
    r->facilities = x->facilities.count;
    r->material = x->materials.at;
    r->materials = x->materials.count;
    r->row = x->rows.at;
    r->rows = x->rows.count;
    r->partner = x->partners.at;
    r->partners = x->partners.count;
    r->holdup = x->holdups.at;
    r->holdups = x->holdups.count;
    r->customs = x->customs.at;
    r->customs_rows = x->customs.count;
    r->quota = x->quota.at;
    r->quota_rows = x->quota.count;
    r->fault = x->faults.at;
    r->fault_count = x->faults.count;
    look_around(r);
    if (!r->rows && !r->customs_rows) {
        status_set(status, STATUS_INVALID, "no row of a return could be read");
        if (!r->fault_count) return false;
        return status_hint(status, "%.*s: %.*s", TEXT_ARG(r->fault[0].file),
                           TEXT_ARG(r->fault[0].says));
    }
    if (r->rows && r->last - r->first >= EXAMINE_MONTHS_MAX) {
        char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX];
        return status_set(status, STATUS_LIMIT, "the returns go from %s to %s",
                          month_print(r->first, from), month_print(r->last, to)) ||
               status_hint(status, "examine at most %d months at a time", EXAMINE_MONTHS_MAX);
    }
    return true;
}

bool returns_read(const char *folder, Arena *arena, Returns *returns, Status *status) {
    Reading x;
    reading_begin(&x, arena, returns);
    size_t found = 0;
    if (!read_folder(&x, folder, &found, status)) return false;
    if (!found) {
        char *inside = arena_format(arena, "%s/returns", folder);
        if (!inside) return status_no_memory(status);
        Status ignored;
        status_clear(&ignored);
        if (!read_folder(&x, inside, &found, &ignored) && found) {
            *status = ignored;
            return false;
        }
    }
    if (!found)
        return status_set(status, STATUS_NOT_FOUND, "no table is in \"%s\"", folder) ||
               status_hint(status, "monthly returns are files *.csv and *.xlsx; docs/examine.md "
                                   "says what may stand in them");
    return reading_end(&x, status) || status_where(status, "\"%s\"", folder);
}
