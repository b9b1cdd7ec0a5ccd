#include "access/index.h"

#include <string.h>

#include "base/memory.h"

// ---- sets by number ----

const RowSet *rowsets_of(const RowSets *sets, uint32_t number) {
    return number + 1 < sets->count ? &sets->all[number + 1] : NULL;
}

static bool sets_add(RowSets *sets, uint32_t number, uint32_t row, Status *status) {
    uint32_t place = number + 1;
    if (place >= sets->count) {
        uint32_t count = place < 32 ? 64 : place * 2;
        RowSet *grown = memory_resize(sets->all, count * sizeof *grown);
        if (!grown) return status_no_memory(status);
        memset(grown + sets->count, 0, (count - sets->count) * sizeof *grown);
        sets->all = grown;
        sets->count = count;
    }
    return rowset_add(&sets->all[place], row, status);
}

static void sets_remove(RowSets *sets, uint32_t number, uint32_t row) {
    if (number + 1 < sets->count) rowset_remove(&sets->all[number + 1], row);
}

static void sets_done(RowSets *sets) {
    for (uint32_t i = 0; i < sets->count; i++)
        rowset_done(&sets->all[i]);
    memory_free(sets->all);
    *sets = (RowSets){0};
}

static bool places_reserve(void **places, uint32_t *room, uint32_t row, size_t size,
                           Status *status) {
    if (row < *room) return true;
    uint32_t wanted = row < 512 ? 1024 : row + row / 2;
    uint8_t *grown = memory_resize(*places, wanted * size);
    if (!grown) return status_no_memory(status);
    memset(grown + *room * size, 0, (wanted - *room) * size);
    *places = grown;
    *room = wanted;
    return true;
}

// ---- life ----

enum { SETS_MAX = 24, ALONE_MAX = 8 };
static size_t tables_of(Index *index, RowSets *sets[SETS_MAX]) {
    RowSets *const all[] = {&index->lot_facility,      &index->lot_party,
                            &index->lot_owner,         &index->lot_material,
                            &index->lot_month,         &index->lot_namer,
                            &index->lot_laboratory,    &index->record_party,
                            &index->record_facility,   &index->record_month,
                            &index->posting_facility,  &index->posting_month,
                            &index->consignment_party, &index->consignment_facility,
                            &index->account_facility,  &index->account_month};
    memcpy(sets, all, sizeof all);
    return sizeof all / sizeof *all;
}

typedef struct Alone {
    RowSet *sets;
    size_t count;
} Alone;
static size_t alone_of(Index *index, Alone alone[ALONE_MAX]) {
    const Alone all[] = {
        {index->lot_state, INDEX_STATES},      {&index->lot_tainted, 1},
        {index->record_kind, INDEX_KINDS},     {index->record_verdict, INDEX_VERDICTS},
        {index->posting_reason, POSTED_COUNT}, {&index->consignment_shipped, 1}};
    memcpy(alone, all, sizeof all);
    return sizeof all / sizeof *all;
}

static void empty(Index *index) {
    RowSets *sets[SETS_MAX];
    Alone alone[ALONE_MAX];
    for (size_t i = tables_of(index, sets); i-- > 0;)
        sets_done(sets[i]);
    for (size_t i = alone_of(index, alone); i-- > 0;)
        for (size_t k = 0; k < alone[i].count; k++)
            rowset_done(&alone[i].sets[k]);
    memory_free(index->lot);
    memory_free(index->consignment);
    *index = (Index){0};
}

Index *index_new(Status *status) {
    Index *index = memory_new_zero(1, sizeof *index);
    if (!index) status_no_memory(status);
    return index;
}

void index_free(Index *index) {
    if (!index) return;
    empty(index);
    memory_free(index);
}

uint64_t index_bytes(const Index *index) {
    RowSets *sets[SETS_MAX];
    Alone alone[ALONE_MAX];
    uint64_t bytes =
        index->lot_room * sizeof *index->lot + index->consignment_room * sizeof *index->consignment;
    for (size_t i = tables_of((Index *)index, sets); i-- > 0;)
        for (uint32_t k = 0; k < sets[i]->count; k++)
            bytes += sizeof(RowSet) + rowset_bytes(&sets[i]->all[k]);
    for (size_t i = alone_of((Index *)index, alone); i-- > 0;)
        for (size_t k = 0; k < alone[i].count; k++)
            bytes += rowset_bytes(&alone[i].sets[k]);
    return bytes;
}

// ---- following ----

static uint32_t month_number(Month month) {
    return month >= INDEX_MONTH_FIRST && month - INDEX_MONTH_FIRST < UINT16_MAX
               ? month - INDEX_MONTH_FIRST
               : UINT16_MAX;
}

// The party that an id names, or ROW_NONE.
static uint32_t namer_of(const Book *book, Text id) {
    Text party, local;
    return text_split(id, ':', &party, &local) ? intern_find(book->party_ids, party) : ROW_NONE;
}

static bool put_laboratories(Index *index, const Book *book, const Lot *lot, uint32_t row,
                             Status *status) {
    for (uint32_t t = 0; t < lot->term_count; t++) {
        const TermRow *term = ROW(book, TermRow, TABLE_TERM, lot->terms + t);
        const MeasurementRow *m = measurement_at(book, term->measurement);
        if (m->kind != MEASURED_ASSAY || m->group == GROUP_NONE) continue;
        // A kind, the laboratory, a zero byte, the method.
        Text group = intern_text(book->group_keys, m->group);
        const char *end = group.length > 1 ? memchr(group.at + 1, 0, group.length - 1) : NULL;
        if (!end) continue;
        uint32_t party =
            intern_find(book->party_ids, (Text){group.at + 1, (size_t)(end - group.at - 1)});
        if (party != ROW_NONE && !sets_add(&index->lot_laboratory, party, row, status))
            return false;
    }
    return true;
}

static bool put_lot(Index *index, const Book *book, uint32_t row, Status *status) {
    const Lot *lot = lot_at(book, row);
    const OperationRow *operation =
        lot->operation == ROW_NONE ? NULL : operation_at(book, lot->operation);
    const RecordRow *record = operation ? record_at(book, operation->seq) : NULL;
    LotPlace now = {
        .facility = lot->facility,
        .party = lot->party,
        .owner = lot->owner,
        .material = lot->material,
        .month = (uint16_t)(record ? month_number(month_of_day(record->day_of)) : UINT16_MAX),
        .state = lot->state,
        .tainted = lot->set != SET_EMPTY,
        .there = true};
    if (!places_reserve((void **)&index->lot, &index->lot_room, row, sizeof now, status))
        return false;
    LotPlace *was = &index->lot[row];
    bool made = !was->there;
    if (made || was->facility != now.facility) {
        if (!made) sets_remove(&index->lot_facility, was->facility, row);
        if (!sets_add(&index->lot_facility, now.facility, row, status)) return false;
    }
    if (made || was->party != now.party) {
        if (!made) sets_remove(&index->lot_party, was->party, row);
        if (!sets_add(&index->lot_party, now.party, row, status)) return false;
    }
    if (made || was->owner != now.owner) {
        if (!made) sets_remove(&index->lot_owner, was->owner, row);
        if (!sets_add(&index->lot_owner, now.owner, row, status)) return false;
    }
    if (made || was->material != now.material) {
        if (!made) sets_remove(&index->lot_material, was->material, row);
        if (!sets_add(&index->lot_material, now.material, row, status)) return false;
    }
    if (made || was->month != now.month) {
        if (!made) sets_remove(&index->lot_month, was->month, row);
        if (!sets_add(&index->lot_month, now.month, row, status)) return false;
    }
    if (made || was->state != now.state) {
        if (!made) rowset_remove(&index->lot_state[was->state % INDEX_STATES], row);
        if (!rowset_add(&index->lot_state[now.state % INDEX_STATES], row, status)) return false;
    }
    if (now.tainted) {
        if (!rowset_add(&index->lot_tainted, row, status)) return false;
    } else if (was->tainted) {
        rowset_remove(&index->lot_tainted, row);
    }
    if (made && !sets_add(&index->lot_namer, namer_of(book, lot_id(book, row)), row, status))
        return false;
    if (!put_laboratories(index, book, lot, row, status)) return false;
    *was = now;
    if (row >= index->lots) index->lots = row + 1;
    return true;
}

static bool put_consignment(Index *index, const Book *book, uint32_t row, Status *status) {
    const ConsignmentRow *at = ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, row);
    uint32_t waiting =
        at->first_unmatched == ROW_NONE
            ? ROW_NONE
            : ROW(book, UnmatchedRow, TABLE_UNMATCHED, at->first_unmatched)->facility;
    ConsignmentPlace now = {at->from_party, at->from_facility, at->to_facility,
                            waiting,        at->shipped,       true};
    if (!places_reserve((void **)&index->consignment, &index->consignment_room, row, sizeof now,
                        status))
        return false;
    ConsignmentPlace *was = &index->consignment[row];
    if (was->there) {
        sets_remove(&index->consignment_party, was->party, row);
        sets_remove(&index->consignment_facility, was->from, row);
        sets_remove(&index->consignment_facility, was->to, row);
        sets_remove(&index->consignment_facility, was->waiting, row);
        if (was->shipped) rowset_remove(&index->consignment_shipped, row);
    }
    if (!sets_add(&index->consignment_party, now.party, row, status) ||
        !sets_add(&index->consignment_facility, now.from, row, status) ||
        !sets_add(&index->consignment_facility, now.to, row, status) ||
        !sets_add(&index->consignment_facility, now.waiting, row, status) ||
        (now.shipped && !rowset_add(&index->consignment_shipped, row, status)))
        return false;
    *was = now;
    if (row >= index->consignments) index->consignments = row + 1;
    return true;
}

static bool put_record(Index *index, const Book *book, uint32_t row, Status *status) {
    const RecordRow *record = record_at(book, row);
    uint32_t facility =
        record->operation == ROW_NONE ? ROW_NONE : operation_at(book, record->operation)->facility;
    return sets_add(&index->record_party, record->party, row, status) &&
           sets_add(&index->record_facility, facility, row, status) &&
           sets_add(&index->record_month, month_number(month_of_day(record->day_of)), row,
                    status) &&
           rowset_add(&index->record_kind[record->kind % INDEX_KINDS], row, status) &&
           rowset_add(&index->record_verdict[record->verdict % INDEX_VERDICTS], row, status);
}

static bool put_posting(Index *index, const Book *book, uint32_t row, Status *status) {
    const PostingRow *posting = ROW(book, PostingRow, TABLE_POSTING, row);
    return sets_add(&index->posting_facility, posting->facility, row, status) &&
           sets_add(&index->posting_month, month_number(posting->month), row, status) &&
           rowset_add(&index->posting_reason[posting->reason % POSTED_COUNT], row, status);
}

static bool put_account(Index *index, const Book *book, uint32_t row, Status *status) {
    const AccountRow *account = ROW(book, AccountRow, TABLE_ACCOUNT, row);
    return sets_add(&index->account_facility, account->facility, row, status) &&
           sets_add(&index->account_month, month_number(account->month), row, status);
}

typedef bool PutRow(Index *index, const Book *book, uint32_t row, Status *status);

static bool follow_marked(Index *index, Look *look, ChangedTable table, PutRow *put,
                          Status *status) {
    uint32_t row = 0, count;
    while (book_changed_take(look->book, table, row, &row)) {
        count = book_count(look->book, table == CHANGED_LOTS ? TABLE_LOT : TABLE_CONSIGNMENT);
        if (row < count && !put(index, look->book, row, status)) return false;
        if (!look_breathe(look, status)) return false;
    }
    return true;
}

static bool follow_grown(Index *index, Look *look, Table table, uint32_t *done, PutRow *put,
                         Status *status) {
    while (*done < book_count(look->book, table)) {
        if (!put(index, look->book, (*done)++, status) || !look_breathe(look, status)) return false;
    }
    return true;
}

// A mark is taken before its row is written down, so that a breath in between loses nothing: a
// failure of any kind begins anew.
static bool follow(Index *index, Look *look, Status *status) {
    if (!index->begun || index->rewinds != look->mark.rewinds) {
        empty(index);
        index->rewinds = look->mark.rewinds;
        index->begun = true;
        book_changed_clear(look->book, CHANGED_LOTS);
        book_changed_clear(look->book, CHANGED_CONSIGNMENTS);
        if (!follow_grown(index, look, TABLE_LOT, &index->lots, put_lot, status) ||
            !follow_grown(index, look, TABLE_CONSIGNMENT, &index->consignments, put_consignment,
                          status))
            return false;
    }
    uint64_t seen;
    do {
        seen = look->mark.seen;
        if (!follow_grown(index, look, TABLE_RECORD, &index->records, put_record, status) ||
            !follow_grown(index, look, TABLE_POSTING, &index->postings, put_posting, status) ||
            !follow_grown(index, look, TABLE_ACCOUNT, &index->accounts, put_account, status) ||
            !follow_marked(index, look, CHANGED_LOTS, put_lot, status) ||
            !follow_marked(index, look, CHANGED_CONSIGNMENTS, put_consignment, status))
            return false;
    } while (seen != look->mark.seen); // writers were let in
    return true;
}

Index *index_take(Look *look, Status *status) {
    Access *access = look->access;
    // Never waits for it with the book open: whoever has it may wait for the book.
    look_pause(look);
    pthread_mutex_lock(&access->indexing);
    bool well = look_resume(look, status) && follow(access->index, look, status);
    if (well) {
        look->before = look->mark.seen;
        return access->index;
    }
    access->index->begun = false;
    pthread_mutex_unlock(&access->indexing);
    return NULL;
}

void index_give(Look *look) {
    pthread_mutex_unlock(&look->access->indexing);
}

bool index_months(Look *look, const Index *index, const bool *wanted, uint32_t facilities,
                  Months *months, Status *status) {
    Months found = {0, 0};
    for (uint32_t f = 0; f < facilities; f++) {
        const RowSet *own = wanted[f] ? rowsets_of(&index->account_facility, f) : NULL;
        uint32_t row = UINT32_MAX;
        while (own && rowset_before(own, row, &row)) {
            Month month = ROW(look->book, AccountRow, TABLE_ACCOUNT, row)->month;
            if (!found.from || month < found.from) found.from = month;
            if (month > found.to) found.to = month;
        }
    }
    if (!months->from) months->from = found.from ? found.from : month_of_day(look->today);
    if (!months->to) months->to = found.to ? found.to : month_of_day(look->today);
    if (months->from <= months->to && months->to - months->from < INDEX_MONTHS_MAX) return true;
    status_set(status, STATUS_INVALID, "these are no months to sum over");
    status_hint(status, "from the earlier to the later, at most %d", INDEX_MONTHS_MAX);
    return status_where(status, "from");
}
