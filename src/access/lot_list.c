// The list of lots. Every filter but two is answered by sets alone: whether a lot with causes is
// held is asked of its causes (a release is one step however many lots it frees), and the beginning
// of an id that has its colon is compared letter by letter among the lots that the party before it
// named.
#include "access/lots.h"

#include "access/select.h"

typedef struct LotsWork {
    const LotsAsked *asked;
    const Page *page;
} LotsWork;

typedef struct Asking {
    const LotsAsked *asked;
    int standing; // -1: any
    bool by_letters, by_laboratory;
} Asking;

static bool fits(const Look *look, const void *asked, uint32_t row) {
    const Asking *q = asked;
    if (q->standing >= 0 &&
        standing_of(look->book, lot_at(look->book, row)) != (LotStanding)q->standing)
        return false;
    if (q->by_letters && !text_begins(lot_id(look->book, row), q->asked->q)) return false;
    return !q->by_laboratory || look_sees_lot(look, row);
}

static bool in_standing(Select *select, const Index *index, const Asking *asking, Status *status) {
    const RowSet *here = &index->lot_state[LOT_HERE], *transit = &index->lot_state[LOT_TRANSIT];
    const RowSet *there[] = {here, transit};
    switch (asking->standing) {
    case STANDING_FREE:
        return select_in_one(select, here, status);
    case STANDING_HELD:
        return select_in(select, there, 2, status) &&
               select_in_one(select, &index->lot_tainted, status);
    case STANDING_TRANSIT:
        return select_in_one(select, transit, status);
    case STANDING_USED:
        return select_in_one(select, &index->lot_state[LOT_ENDED], status);
    default:
        return true;
    }
}

static bool in_stage(Select *select, const Index *index, unsigned stage, Status *status) {
    const Book *book = select->look->book;
    uint32_t materials = book_count(book, TABLE_MATERIAL), count = 0;
    const RowSet **sets =
        arena_take_zero(&select->look->arena, (size_t)materials + 1, sizeof *sets);
    if (!sets) return status_no_memory(status);
    for (uint32_t m = 0; m < materials; m++)
        if (material_at(book, m)->stage == stage)
            sets[count++] = rowsets_of(&index->lot_material, m);
    if (stage == STAGE_UNKNOWN) sets[count++] = rowsets_of(&index->lot_material, ROW_NONE);
    return select_in(select, sets, count, status);
}

// The view's own lots: those that it holds or owns, and those at its facilities.
static bool in_view(Select *select, const Index *index, Status *status) {
    const Look *look = select->look;
    if (look->view->all) return true;
    if (look->party == ROW_NONE) return select_in_one(select, NULL, status);
    if (look->view->role == VIEW_LABORATORY)
        return select_in_one(select, rowsets_of(&index->lot_laboratory, look->party), status);
    uint32_t facilities = book_count(look->book, TABLE_FACILITY), count = 0;
    const RowSet **sets =
        arena_take_zero(&select->look->arena, (size_t)facilities + 2, sizeof *sets);
    if (!sets) return status_no_memory(status);
    if (view_sees_party(look->view, look->book, look->party)) {
        sets[count++] = rowsets_of(&index->lot_party, look->party);
        sets[count++] = rowsets_of(&index->lot_owner, look->party);
    }
    for (uint32_t f = 0; f < facilities; f++)
        if (look_sees_facility(look, f)) sets[count++] = rowsets_of(&index->lot_facility, f);
    return select_in(select, sets, count, status);
}

// Lots whose id begins so: those that a party named, or several whose own ids begin so.
static bool in_letters(Select *select, const Index *index, Asking *asking, Status *status) {
    const Book *book = select->look->book;
    Text q = asking->asked->q, party, local;
    if (text_is_empty(q)) return true;
    if (text_split(q, ':', &party, &local)) {
        uint32_t row = intern_find(book->party_ids, party);
        asking->by_letters = local.length > 0;
        return select_in_one(select, row == ROW_NONE ? NULL : rowsets_of(&index->lot_namer, row),
                             status);
    }
    uint32_t parties = book_count(book, TABLE_PARTY), count = 0;
    const RowSet **sets = arena_take_zero(&select->look->arena, (size_t)parties + 1, sizeof *sets);
    if (!sets) return status_no_memory(status);
    for (uint32_t p = 0; p < parties; p++)
        if (text_begins(party_id(book, p), q)) sets[count++] = rowsets_of(&index->lot_namer, p);
    return select_in(select, sets, count, status);
}

static bool unknown(Status *status, const char *where, const char *what, Text said,
                    const char *hint) {
    status_set(status, STATUS_INVALID, "\"%.*s\" is no %s", TEXT_ARG(said), what);
    if (hint) status_hint(status, "%s", hint);
    return status_where(status, "%s", where);
}

static bool asking_of(const LotsAsked *asked, Asking *asking, int *stage, Month *made,
                      Status *status) {
    *asking = (Asking){.asked = asked, .standing = -1};
    *stage = -1;
    *made = 0;
    for (int i = 0; i < STANDINGS; i++)
        if (text_equal(asked->state, text_of(standing_words[i]))) asking->standing = i;
    if (asking->standing < 0 && !text_is_empty(asked->state))
        return unknown(status, "state", "state of a lot", asked->state,
                       "free, held, in_transit or used_up");
    for (unsigned i = 0; i < STAGE_COUNT; i++)
        if (text_equal(asked->stage, text_of(stage_word(i)))) *stage = (int)i;
    if (*stage < 0 && !text_is_empty(asked->stage))
        return unknown(status, "stage", "stage", asked->stage, NULL);
    if (!text_is_empty(asked->made) && !month_read(asked->made, made))
        return unknown(status, "made", "month", asked->made, "YYYY-MM, such as 2026-03");
    return true;
}

static bool find_lots(Look *look, const Index *index, Asking *asking, int stage, Month made,
                      uint64_t below, unsigned limit, Selected *selected, Status *status) {
    const LotsAsked *q = asking->asked;
    const Book *book = look->book;
    Select select = {.look = look, .rows = index->lots, .asked = asking};
    if (!in_view(&select, index, status) ||
        !select_in_named(&select, book->facility_ids, &index->lot_facility, q->facility, status) ||
        !select_in_named(&select, book->material_ids, &index->lot_material, q->material, status) ||
        !select_in_named(&select, book->party_ids, &index->lot_party, q->holder, status) ||
        !select_in_named(&select, book->party_ids, &index->lot_owner, q->owner, status) ||
        !in_standing(&select, index, asking, status) ||
        !in_letters(&select, index, asking, status) ||
        (stage >= 0 && !in_stage(&select, index, (unsigned)stage, status)) ||
        (made && !select_in_months(&select, &index->lot_month, made, made, status)))
        return false;
    asking->by_laboratory = look->view->role == VIEW_LABORATORY && !look->view->all;
    bool causes = asking->standing >= 0 && asking->standing != STANDING_USED;
    if (asking->by_letters || asking->by_laboratory || causes) select.fits = fits;
    if (causes && !asking->by_letters && !asking->by_laboratory)
        select.suspects = &index->lot_tainted;
    return select_page(&select, below, limit, selected, status);
}

static bool write_lots(Look *look, const void *asked, Buffer *out, Status *status) {
    const LotsWork *work = asked;
    const LotsAsked *q = work->asked;
    Asking asking;
    unsigned limit;
    int stage;
    Month made;
    uint64_t below = UINT64_MAX;
    if (!access_page_limit(work->page, &limit, status) ||
        !asking_of(q, &asking, &stage, &made, status))
        return false;
    char *query = arena_format(&look->arena, "lots|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s",
                               TEXT_ARG(q->q), TEXT_ARG(q->state), TEXT_ARG(q->facility),
                               TEXT_ARG(q->material), TEXT_ARG(q->stage), TEXT_ARG(q->holder),
                               TEXT_ARG(q->owner), TEXT_ARG(q->made));
    if (!query) return status_no_memory(status);
    if (work->page && !text_is_empty(work->page->cursor) &&
        !cursor_read(look, text_of(query), work->page->cursor, &below, status))
        return false;
    Index *index = index_take(look, status);
    if (!index) return false;
    Selected selected;
    bool well = find_lots(look, index, &asking, stage, made, below, limit, &selected, status);
    index_give(look);
    if (!well) return false;
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    named_begin_array(json, "items");
    for (uint32_t i = 0; i < selected.count; i++)
        lot_brief(look, selected.rows[i], json);
    json_array_end(json);
    selected_write(look, text_of(query), &selected, true, json);
    json_object_end(json);
    return true;
}

bool access_lots(Access *access, const View *view, const LotsAsked *asked, const Page *page,
                 Buffer *out, Status *status) {
    static const LotsAsked any = {0};
    LotsWork work = {asked ? asked : &any, page};
    return look_answer(access, view, write_lots, &work, out, status);
}
