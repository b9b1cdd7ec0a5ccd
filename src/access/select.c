#include "access/select.h"

#include <string.h>

bool select_in(Select *select, const RowSet *const *sets, uint32_t count, Status *status) {
    const RowSet **kept = arena_take_zero(&select->look->arena, (size_t)count + 1, sizeof *kept);
    if (!kept) return status_no_memory(status);
    uint32_t filled = 0;
    for (uint32_t i = 0; i < count; i++)
        if (sets[i] && sets[i]->rows) kept[filled++] = sets[i];
    select->sets[select->filters] = kept;
    select->count[select->filters++] = filled;
    return true;
}

bool select_in_one(Select *select, const RowSet *set, Status *status) {
    return select_in(select, &set, 1, status);
}

bool select_in_named(Select *select, const Intern *names, const RowSets *sets, Text id,
                     Status *status) {
    if (text_is_empty(id)) return true;
    uint32_t row = intern_find(names, id);
    return select_in_one(select, row == ROW_NONE ? NULL : rowsets_of(sets, row), status);
}

static bool day_or_month(Text text, bool last, const char *where, Day *day, Status *status) {
    Month month;
    if (day_read(text, day)) return true;
    if (month_read(text, &month)) {
        *day = last ? month_last_day(month) : month_first_day(month);
        return true;
    }
    status_set(status, STATUS_INVALID, "\"%.*s\" is no day", TEXT_ARG(text));
    status_hint(status, "YYYY-MM-DD, or YYYY-MM");
    return status_where(status, "%s", where);
}

bool month_asked(Text text, const char *where, Month *month, Status *status) {
    *month = 0;
    if (text_is_empty(text) || month_read(text, month)) return true;
    status_set(status, STATUS_INVALID, "\"%.*s\" is no month", TEXT_ARG(text));
    status_hint(status, "YYYY-MM, such as 2026-03");
    return status_where(status, "%s", where);
}

bool days_read(Text from, Text to, Days *days, Status *status) {
    *days = (Days){!text_is_empty(from) || !text_is_empty(to), DAY_FIRST, DAY_LAST};
    return (text_is_empty(from) || day_or_month(from, false, "from", &days->from, status)) &&
           (text_is_empty(to) || day_or_month(to, true, "to", &days->to, status));
}

bool select_in_months(Select *select, const RowSets *sets, Month from, Month to, Status *status) {
    // Months that no row has are past the table's end.
    uint32_t last = sets->count ? sets->count - 1 : 0, count = 0;
    uint32_t first = from > INDEX_MONTH_FIRST ? from - INDEX_MONTH_FIRST : 0;
    uint32_t end = to < INDEX_MONTH_FIRST ? 0 : to - INDEX_MONTH_FIRST + 1;
    if (end > last) end = last;
    if (end < first) end = first;
    const RowSet **all =
        arena_take_zero(&select->look->arena, (size_t)(end - first) + 1, sizeof *all);
    if (!all) return status_no_memory(status);
    for (uint32_t m = first; m < end; m++)
        all[count++] = rowsets_of(sets, m);
    return select_in(select, all, count, status);
}

// The rows of a block that lie in all filters. False when there are none.
static bool join(const Select *select, uint32_t key, uint64_t words[ROWSET_WORDS]) {
    if (select->filters == 0) {
        memset(words, 0xff, ROWSET_WORDS * sizeof *words);
        return true;
    }
    uint64_t other[ROWSET_WORDS];
    for (unsigned f = 0; f < select->filters; f++) {
        uint64_t *into = f ? other : words;
        memset(into, 0, sizeof other);
        bool any = false;
        for (uint32_t i = 0; i < select->count[f]; i++)
            any = rowset_or(select->sets[f][i], key, into) || any;
        if (!any) return false;
        uint64_t left = 0;
        for (uint32_t w = 0; f && w < ROWSET_WORDS; w++)
            left |= words[w] &= other[w];
        if (f && !left) return false;
    }
    return true;
}

static void keep_below(uint64_t words[ROWSET_WORDS], uint32_t key, uint64_t below) {
    uint64_t first = (uint64_t)key * ROWSET_BLOCK;
    if (below >= first + ROWSET_BLOCK) return;
    uint32_t rest = below > first ? (uint32_t)(below - first) : 0;
    for (uint32_t w = (rest + 63) / 64; w < ROWSET_WORDS; w++)
        words[w] = 0;
    if (rest % 64) words[rest / 64] &= (UINT64_C(1) << rest % 64) - 1;
}

static uint64_t bits_of(const uint64_t words[ROWSET_WORDS]) {
    uint64_t count = 0;
    for (uint32_t w = 0; w < ROWSET_WORDS; w++)
        count += (uint64_t)__builtin_popcountll(words[w]);
    return count;
}

static uint64_t block_cost(const Select *select) {
    uint64_t cost = SELECT_BLOCK_COST;
    for (unsigned f = 0; f < select->filters; f++)
        cost += select->count[f];
    return cost;
}

// How many there are in all, unless that would cost more than the budget.
static void count_all(const Select *select, Selected *selected) {
    uint64_t words[ROWSET_WORDS], suspect[ROWSET_WORDS], spent = 0, total = 0;
    for (uint32_t key = (select->rows + ROWSET_BLOCK - 1) / ROWSET_BLOCK; key-- > 0;) {
        spent += block_cost(select);
        if (spent > SELECT_BUDGET) return;
        if (!join(select, key, words)) continue;
        keep_below(words, key, select->rows);
        uint64_t found = bits_of(words);
        total += found;
        if (!select->fits || !found) continue;
        if (select->suspects) {
            memset(suspect, 0, sizeof suspect);
            if (!rowset_or(select->suspects, key, suspect)) continue;
            for (uint32_t w = 0; w < ROWSET_WORDS; w++)
                words[w] &= suspect[w];
        }
        spent += bits_of(words);
        if (spent > SELECT_BUDGET) return;
        for (uint32_t w = 0; w < ROWSET_WORDS; w++)
            for (uint64_t m = words[w]; m; m &= m - 1)
                total -= !select->fits(select->look, select->asked,
                                       key * ROWSET_BLOCK + w * 64 + (uint32_t)__builtin_ctzll(m));
    }
    selected->counted = true;
    selected->total = total;
}

// Whether a row that lies in all filters is of the list.
static bool is_of(const Select *select, uint32_t row, uint64_t *spent) {
    if (!select->fits || (select->suspects && !rowset_has(select->suspects, row))) return true;
    ++*spent;
    return select->fits(select->look, select->asked, row);
}

bool select_page(Select *select, uint64_t below, unsigned limit, Selected *selected,
                 Status *status) {
    *selected = (Selected){
        .rows = arena_take_zero(&select->look->arena, (size_t)limit + 1, sizeof(uint32_t))};
    if (!selected->rows) return status_no_memory(status);
    if (below > select->rows) below = select->rows;
    uint64_t words[ROWSET_WORDS], spent = 0;
    count_all(select, selected);
    for (uint32_t key = (uint32_t)((below + ROWSET_BLOCK - 1) / ROWSET_BLOCK); key-- > 0;) {
        if (spent > SELECT_BUDGET) {
            selected->cut = selected->more = true;
            selected->next = (uint64_t)(key + 1) * ROWSET_BLOCK;
            return true;
        }
        spent += block_cost(select);
        if (!join(select, key, words)) continue;
        keep_below(words, key, below);
        for (uint32_t w = ROWSET_WORDS; w-- > 0;) {
            while (words[w]) {
                uint32_t bit = 63 - (uint32_t)__builtin_clzll(words[w]);
                uint32_t row = key * ROWSET_BLOCK + w * 64 + bit;
                words[w] &= ~(UINT64_C(1) << bit);
                if (spent > SELECT_BUDGET) {
                    selected->cut = selected->more = true;
                    selected->next = (uint64_t)row + 1;
                    return true;
                }
                if (!is_of(select, row, &spent)) continue;
                if (selected->count == limit) {
                    selected->more = true;
                    selected->next = (uint64_t)row + 1;
                    return true;
                }
                selected->rows[selected->count++] = row;
            }
        }
    }
    return true;
}

void selected_write(const Look *look, Text query, const Selected *selected, bool total,
                    JsonWriter *json) {
    json_key(json, "next");
    if (selected->more)
        cursor_write(look, query, selected->next, json);
    else
        json_null(json);
    json_named_bool(json, "cut", selected->cut);
    if (!total) return;
    json_key(json, "total");
    if (selected->counted)
        json_u64(json, selected->total);
    else
        json_null(json);
}
