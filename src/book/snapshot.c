// tables by number | values | tables of ids | what stands alone. Each table: row size u32, count
// u32, its rows chunk by chunk. Each table of ids: count u32, bytes in all u64, then length u32 and
// bytes.
#include "book/snapshot.h"

#include <string.h>

#include "book/state.h"

enum { INTERNS = 28, LAYOUT_STEP = 1 }; // raise the step when rows change but keep their sizes

// In no other order than here, for ever within one layout.
static void interns_of(const Book *book, Intern *all[INTERNS]) {
    Intern *const list[INTERNS] = {
        book->party_ids,    book->facility_ids,    book->licence_ids,    book->material_ids,
        book->deposit_ids,  book->source_ids,      book->instrument_ids, book->pool_ids,
        book->lot_ids,      book->consignment_ids, book->event_keys,     book->node_keys,
        book->account_keys, book->set_keys,        book->group_keys,     book->texts,
        book->yield_keys,   book->package_ids,     book->user_ids,       book->delegation_ids,
        book->device_ids,   book->key_ids,         book->document_ids,   book->part_ids,
        book->case_ids,     book->technology_ids,  book->pack_ids,       book->draft_ids};
    memcpy(all, list, sizeof list);
}

static uint64_t mix(uint64_t hash, uint64_t value) { // FNV-1a by words
    return (hash ^ value) * 1099511628211u;
}

uint64_t book_snapshot_layout(void) {
    static const size_t sizes[] = {sizeof(PartyRow),
                                   sizeof(PartyVersion),
                                   sizeof(FacilityRow),
                                   sizeof(FacilityVersion),
                                   sizeof(LicenceRow),
                                   sizeof(LicenceVersion),
                                   sizeof(MaterialRow),
                                   sizeof(DepositRow),
                                   sizeof(SourceRow),
                                   sizeof(InstrumentRow),
                                   sizeof(AllotmentRow),
                                   sizeof(NodeRow),
                                   sizeof(CauseRow),
                                   sizeof(PoolRow),
                                   sizeof(PoolSetRow),
                                   sizeof(PoolFacetRow),
                                   sizeof(PoolOwnerRow),
                                   sizeof(PackingRow),
                                   sizeof(PackageRow),
                                   sizeof(PermitTermsRow),
                                   sizeof(PermitRow),
                                   sizeof(DeclarationRow),
                                   sizeof(DeclarationPermit),
                                   sizeof(ImportRow),
                                   sizeof(TransferRow),
                                   sizeof(ScreenRow),
                                   sizeof(Lot),
                                   sizeof(ConsignmentRow),
                                   sizeof(PostingRow),
                                   sizeof(AccountRow),
                                   sizeof(MonthReturn),
                                   sizeof(OperationRow),
                                   sizeof(FlowRow),
                                   sizeof(DrawRow),
                                   sizeof(RecordRow),
                                   sizeof(MeasurementRow),
                                   sizeof(UserRow),
                                   sizeof(DelegationRow),
                                   sizeof(DeviceVersion),
                                   sizeof(CalibrationRow),
                                   sizeof(LicenceDocumentRow),
                                   sizeof(LicenceAreaRow),
                                   sizeof(SuspensionRow),
                                   sizeof(AwaitingRow),
                                   sizeof(DraftRow),
                                   sizeof(OpinionRow),
                                   sizeof(OrderRow),
                                   sizeof(CaseVersion),
                                   sizeof(TipRow),
                                   sizeof(TechnologyVersion),
                                   sizeof(StepPermitRow),
                                   sizeof(DisclosureRow),
                                   sizeof(PackVersion),
                                   sizeof(KeyRow),
                                   sizeof(PartRow),
                                   sizeof(DocumentRow),
                                   sizeof(((Book *)0)->top)};
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        hash = mix(hash, sizes[i]);
    hash = mix(mix(hash, TABLE_COUNT), LOGIC_NUMBER);
    return mix(mix(hash, BOOK_DIGEST_VERSION), LAYOUT_STEP);
}

// ---- Rows ----

static bool write_rows(const Rows *rows, SnapshotPut *put, void *context) {
    uint32_t head[2] = {rows->row_size, rows->count};
    if (!put(context, head, sizeof head)) return false;
    for (uint32_t row = 0; row < rows->count;) {
        uint32_t here = rows->count - row < ROWS_PER_CHUNK ? rows->count - row : ROWS_PER_CHUNK;
        if (!put(context, rows_at(rows, row), (size_t)here * rows->row_size)) return false;
        row += here;
    }
    return true;
}

static bool cut_off(Status *status) {
    return status_set(status, STATUS_CORRUPT, "the snapshot is cut off or damaged");
}

// Room is made for what comes next, not for what the head promises: a damaged count takes no
// memory.
static bool read_rows(Rows *rows, SnapshotTake *take, void *context, Status *status) {
    uint32_t head[2];
    if (!take(context, head, sizeof head)) return cut_off(status);
    if (head[0] != rows->row_size || head[1] == ROW_NONE) return cut_off(status);
    rows_cut(rows, 0);
    while (rows->count < head[1]) {
        uint32_t row = rows->count, left = head[1] - row;
        uint32_t here = left < ROWS_PER_CHUNK ? left : ROWS_PER_CHUNK;
        if (!rows_reserve(rows, here, status)) return false;
        rows->count += here;
        if (!take(context, rows_at(rows, row), (size_t)here * rows->row_size))
            return cut_off(status);
    }
    return true;
}

// ---- Ids ----

static bool write_intern(const Intern *intern, SnapshotPut *put, void *context) {
    uint32_t count = intern_count(intern);
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < count; i++)
        bytes += intern_text(intern, i).length;
    if (!put(context, &count, sizeof count) || !put(context, &bytes, sizeof bytes)) return false;
    for (uint32_t i = 0; i < count; i++) {
        Text text = intern_text(intern, i);
        uint32_t length = (uint32_t)text.length;
        if (!put(context, &length, sizeof length) || !put(context, text.at, text.length))
            return false;
    }
    return true;
}

static bool read_intern(Intern *intern, SnapshotTake *take, void *context, Status *status) {
    enum { TEXT_BYTES_MAX = 65536, ROOM = 64 << 20 };
    char text[TEXT_BYTES_MAX];
    uint32_t count;
    uint64_t bytes;
    size_t room = 0;
    if (!take(context, &count, sizeof count) || !take(context, &bytes, sizeof bytes))
        return cut_off(status);
    intern_cut(intern, 0);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t length, left = count - i;
        if (i % ROWS_PER_CHUNK == 0 &&
            !intern_reserve(intern, left < ROWS_PER_CHUNK ? left : ROWS_PER_CHUNK, 0, status))
            return false;
        if (!take(context, &length, sizeof length) || length > TEXT_BYTES_MAX || length > bytes ||
            !take(context, text, length))
            return cut_off(status);
        if (length > room) {
            room = bytes < ROOM ? (size_t)bytes : ROOM;
            if (!intern_reserve(intern, 0, room, status)) return false;
        }
        room -= length;
        bytes -= length;
        if (intern_put(intern, (Text){text, length}) != i) return cut_off(status);
    }
    return true;
}

// ---- The book ----

bool book_snapshot_write(const Book *book, SnapshotPut *put, void *context) {
    for (unsigned t = 1; t < TABLE_COUNT; t++)
        if (!write_rows(&book->table[t], put, context)) return false;
    if (!write_rows(&book->values, put, context)) return false;
    Intern *all[INTERNS];
    interns_of(book, all);
    for (int i = 0; i < INTERNS; i++)
        if (!write_intern(all[i], put, context)) return false;
    return put(context, &book->top, sizeof book->top);
}

bool book_snapshot_read(Book *book, SnapshotTake *take, void *context, Status *status) {
    for (unsigned t = 1; t < TABLE_COUNT; t++)
        if (!read_rows(&book->table[t], take, context, status)) return false;
    if (!read_rows(&book->values, take, context, status)) return false;
    Intern *all[INTERNS];
    interns_of(book, all);
    for (int i = 0; i < INTERNS; i++)
        if (!read_intern(all[i], take, context, status)) return false;
    if (!take(context, &book->top, sizeof book->top)) return cut_off(status);
    return book_reserve(book, 1, status); // room for marks
}
