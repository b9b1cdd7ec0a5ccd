#include "book/state.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/memory.h"

static const uint32_t row_sizes[TABLE_COUNT] = {
    [TABLE_PARTY] = sizeof(PartyRow),
    [TABLE_PARTY_VERSION] = sizeof(PartyVersion),
    [TABLE_FACILITY] = sizeof(FacilityRow),
    [TABLE_FACILITY_VERSION] = sizeof(FacilityVersion),
    [TABLE_LICENCE] = sizeof(LicenceRow),
    [TABLE_LICENCE_VERSION] = sizeof(LicenceVersion),
    [TABLE_MATERIAL] = sizeof(MaterialRow),
    [TABLE_DEPOSIT] = sizeof(DepositRow),
    [TABLE_SOURCE] = sizeof(SourceRow),
    [TABLE_INSTRUMENT] = sizeof(InstrumentRow),
    [TABLE_ALLOTMENT] = sizeof(AllotmentRow),
    [TABLE_NODE] = sizeof(NodeRow),
    [TABLE_CAUSE] = sizeof(CauseRow),
    [TABLE_POOL] = sizeof(PoolRow),
    [TABLE_POOL_SET] = sizeof(PoolSetRow),
    [TABLE_POOL_FACET] = sizeof(PoolFacetRow),
    [TABLE_LOT] = sizeof(Lot),
    [TABLE_CONSIGNMENT] = sizeof(ConsignmentRow),
    [TABLE_POSTING] = sizeof(PostingRow),
    [TABLE_ACCOUNT] = sizeof(AccountRow),
    [TABLE_MONTH_RETURN] = sizeof(MonthReturn),
    [TABLE_POOL_OWNER] = sizeof(PoolOwnerRow),
    [TABLE_PACKING] = sizeof(PackingRow),
    [TABLE_PACKAGE] = sizeof(PackageRow),
    [TABLE_PERMIT_TERMS] = sizeof(PermitTermsRow),
    [TABLE_PERMIT] = sizeof(PermitRow),
    [TABLE_DECLARATION] = sizeof(DeclarationRow),
    [TABLE_DECLARATION_PERMIT] = sizeof(DeclarationPermit),
    [TABLE_IMPORT] = sizeof(ImportRow),
    [TABLE_USER] = sizeof(UserRow),
    [TABLE_DELEGATION] = sizeof(DelegationRow),
    [TABLE_DEVICE] = sizeof(DeviceRow),
    [TABLE_DEVICE_VERSION] = sizeof(DeviceVersion),
    [TABLE_CALIBRATION] = sizeof(CalibrationRow),
    [TABLE_LICENCE_DOCUMENT] = sizeof(LicenceDocumentRow),
    [TABLE_LICENCE_AREA] = sizeof(LicenceAreaRow),
    [TABLE_SUSPENSION] = sizeof(SuspensionRow),
    [TABLE_AWAITING] = sizeof(AwaitingRow),
    [TABLE_ORDER] = sizeof(OrderRow),
    [TABLE_CASE] = sizeof(CaseRow),
    [TABLE_CASE_VERSION] = sizeof(CaseVersion),
    [TABLE_TIP] = sizeof(TipRow),
    [TABLE_TECHNOLOGY] = sizeof(TechnologyRow),
    [TABLE_TECHNOLOGY_VERSION] = sizeof(TechnologyVersion),
    [TABLE_STEP_PERMIT] = sizeof(StepPermitRow),
    [TABLE_DISCLOSURE] = sizeof(DisclosureRow),
    [TABLE_PACK] = sizeof(PackRow),
    [TABLE_PACK_VERSION] = sizeof(PackVersion),
    [TABLE_INTERVAL] = sizeof(IntervalRow),
    [TABLE_DRAFT] = sizeof(DraftRow),
    [TABLE_DRAFT_ALLOTMENT] = sizeof(AllotmentRow),
    [TABLE_OPINION] = sizeof(OpinionRow),
    [TABLE_FACET] = sizeof(FacetRow),
    [TABLE_TERM] = sizeof(TermRow),
    [TABLE_MEASUREMENT] = sizeof(MeasurementRow),
    [TABLE_SET] = sizeof(SetRow),
    [TABLE_SET_ITEM] = sizeof(uint32_t),
    [TABLE_POOL_GROUP] = sizeof(PoolGroupRow),
    [TABLE_POOL_TERM] = sizeof(PoolTermRow),
    [TABLE_CONSIGNMENT_LINE] = sizeof(ConsignmentLine),
    [TABLE_UNMATCHED] = sizeof(UnmatchedRow),
    [TABLE_DIFFERENCE] = sizeof(DifferenceRow),
    [TABLE_OPERATION] = sizeof(OperationRow),
    [TABLE_FLOW] = sizeof(FlowRow),
    [TABLE_DRAW] = sizeof(DrawRow),
    [TABLE_RECORD] = sizeof(RecordRow),
    [TABLE_EVENT] = sizeof(EventRow),
    [TABLE_LIST] = sizeof(ListRow),
    [TABLE_KEY] = sizeof(KeyRow),
    [TABLE_FACTORS] = sizeof(FactorsRow),
    [TABLE_POLICY_ERROR] = sizeof(PolicyErrorRow),
    [TABLE_POOL_DELTA] = sizeof(PoolDelta),
    [TABLE_BEFORE] = sizeof(BeforeRow),
    [TABLE_PART] = sizeof(PartRow),
    [TABLE_DOCUMENT] = sizeof(DocumentRow),
    [TABLE_DOCUMENT_SUBJECT] = sizeof(DocumentSubjectRow),
    [TABLE_SIGNING] = sizeof(SigningRow),
    [TABLE_SCREEN] = sizeof(ScreenRow),
    [TABLE_DRAW_BEFORE] = sizeof(DrawBeforeRow),
    [TABLE_RETURN_LINE] = sizeof(ReturnLineRow),
    [TABLE_YIELD] = sizeof(YieldRow),
    [TABLE_YIELD_BATCH] = sizeof(YieldBatchRow),
    [TABLE_TRANSFER] = sizeof(TransferRow),
};

static const size_t names_at[] = {
    offsetof(Book, party_ids),       offsetof(Book, facility_ids),   offsetof(Book, licence_ids),
    offsetof(Book, material_ids),    offsetof(Book, deposit_ids),    offsetof(Book, source_ids),
    offsetof(Book, instrument_ids),  offsetof(Book, pool_ids),       offsetof(Book, lot_ids),
    offsetof(Book, consignment_ids), offsetof(Book, event_keys),     offsetof(Book, node_keys),
    offsetof(Book, account_keys),    offsetof(Book, set_keys),       offsetof(Book, group_keys),
    offsetof(Book, texts),           offsetof(Book, yield_keys),     offsetof(Book, package_ids),
    offsetof(Book, user_ids),        offsetof(Book, delegation_ids), offsetof(Book, device_ids),
    offsetof(Book, key_ids),         offsetof(Book, document_ids),   offsetof(Book, part_ids),
    offsetof(Book, case_ids),        offsetof(Book, technology_ids), offsetof(Book, pack_ids),
    offsetof(Book, draft_ids),
};
enum { NAMES_COUNT = sizeof names_at / sizeof *names_at };

static inline Intern **names_of(Book *book, size_t index) {
    return (Intern **)(void *)((char *)book + names_at[index]);
}

// Much of what an event keeps is said several times: a content is also its one source's part, its
// undrawn part, and what a pool or a difference is told. Stretches are found again for as long as
// some thousands of others have not come since.
enum { LATELY = 2048 };

Book *book_new(const uint8_t hash_key[16], Status *status) {
    Book *book = memory_new_zero(1, sizeof *book);
    if (!book) {
        status_no_memory(status);
        return NULL;
    }
    for (unsigned t = 1; t < TABLE_COUNT; t++) {
        assert(row_sizes[t] > 0);
        rows_init(&book->table[t], row_sizes[t]);
    }
    rows_init(&book->values, sizeof(int64_t));
    book->lately = memory_new_zero(LATELY, sizeof *book->lately);
    if (!book->lately) {
        status_no_memory(status);
        goto failed;
    }
    for (size_t i = 0; i < NAMES_COUNT; i++) {
        Intern **names = names_of(book, i);
        *names = intern_new(hash_key, status);
        if (!*names) goto failed;
    }
    book->top.hold_sigma = 6;
    book->top.flag_sigma = 4;
    book->top.advance_ppb = FRACTION_ONE_PPB / 4;
    book->top.yield_drop_ppb = FRACTION_ONE_PPB / 10;
    for (unsigned a = ACTIVITY_MINING; a < ACTIVITY_COUNT; a++)
        book->top.yield_min_ppb[a] = FRACTION_ONE_PPB / 2;
    event_begin(book);
    // Set 0 is the empty one: no causes.
    if (!book_reserve(book, 1, status)) goto failed;
    uint32_t row;
    SetRow *set = row_new(book, TABLE_SET, &row);
    *set = (SetRow){0, 0};
    name_put(book, book->set_keys, (Text){"", 0});
    journal_forget(&book->journal, journal_position(&book->journal));
    return book;
failed:
    book_free(book);
    return NULL;
}

void book_free(Book *book) {
    if (!book) return;
    for (unsigned t = 1; t < TABLE_COUNT; t++)
        rows_done(&book->table[t]);
    for (unsigned t = 0; t < CHANGED_TABLES; t++)
        changed_done(&book->changed[t]);
    rows_done(&book->values);
    memory_free(book->lately);
    for (size_t i = 0; i < NAMES_COUNT; i++)
        intern_free(*names_of(book, i));
    journal_done(&book->journal);
    arena_done(&book->scratch);
    buffer_done(&book->effects);
    memory_free(book);
}

static inline void mark_changed(Book *book, Table table, uint32_t row) {
    if (table == TABLE_LOT)
        changed_mark(&book->changed[CHANGED_LOTS], row);
    else if (table == TABLE_CONSIGNMENT)
        changed_mark(&book->changed[CHANGED_CONSIGNMENTS], row);
}

// What one line can need at most of any table, found by looking at every effect: an output makes a
// lot, two measurements, a fold, some facets and draws at several levels, postings and causes.
enum {
    ROWS_PER_LINE = 48,
    VALUES_PER_LINE = 2048,
    JOURNAL_PER_LINE = 24 * 1024,
    TEXT_PER_LINE = 2048
};
// Looking through sixty tables for every event costs as much as deciding some: room is made for
// many lines at once, and each event only takes its own off what is left.
enum { LINES_AT_ONCE = 256 };

static bool reserve_lines(Book *book, size_t lines, Status *status) {
    uint32_t rows = (uint32_t)lines * ROWS_PER_LINE;
    for (unsigned t = 1; t < TABLE_COUNT; t++) {
        if (!rows_reserve(&book->table[t], rows, status)) return false;
    }
    static const Table watched[CHANGED_TABLES] = {TABLE_LOT, TABLE_CONSIGNMENT};
    for (unsigned t = 0; t < CHANGED_TABLES; t++) {
        uint64_t needed = (uint64_t)book_count(book, watched[t]) + rows;
        if (!changed_reserve(&book->changed[t], needed, status)) return false;
    }
    if (!rows_reserve(&book->values, (uint32_t)lines * VALUES_PER_LINE + ROWS_PER_CHUNK, status))
        return false;
    for (size_t i = 0; i < NAMES_COUNT; i++) {
        if (!intern_reserve(*names_of(book, i), rows, lines * TEXT_PER_LINE, status)) return false;
    }
    book->lines_reserved = lines;
    return true;
}

bool book_reserve(Book *book, size_t lines, Status *status) {
    if (lines > 1000000) return status_set(status, STATUS_LIMIT, "the event has too many lines");
    size_t needed = lines + 1;
    if (needed > book->lines_reserved &&
        !reserve_lines(book, needed > LINES_AT_ONCE ? needed : LINES_AT_ONCE, status))
        return false;
    if (!journal_reserve(&book->journal, (lines + 2) * JOURNAL_PER_LINE, status)) return false;
    book->lines_reserved -= needed;
    return true;
}

void event_begin(Book *book) {
    book->event++;
}

// The journal's entry of a table for this event. Going back restores the count, and with it forgets
// whatever rows came since.
static inline void keep_count(Book *book, Kept *kept, Rows *rows) {
    if (kept->event == book->event || book->journal.idle) return;
    *kept = (Kept){book->event, rows->count, ROW_NONE};
    journal_keep(&book->journal, JOURNAL_ROWS, rows, &rows->count, sizeof rows->count);
}

void *touch(Book *book, Table table, uint32_t row) {
    void *at = book_row(book, table, row);
    if (!book->journal.idle) {
        Kept *kept = &book->kept[table];
        keep_count(book, kept, &book->table[table]);
        if (row >= kept->first_new || row == kept->touched) return at;
        kept->touched = row;
        journal_keep(&book->journal, JOURNAL_MEMORY, at, at, row_sizes[table]);
    }
    mark_changed(book, table, row);
    return at;
}

void touch_memory(Book *book, void *at, size_t size) {
    journal_keep(&book->journal, JOURNAL_MEMORY, at, at, size);
}

void *row_new(Book *book, Table table, uint32_t *row) {
    Rows *rows = &book->table[table];
    keep_count(book, &book->kept[table], rows);
    *row = rows->count;
    void *at = rows_add(rows);
    mark_changed(book, table, *row);
    return at;
}

uint32_t values_new(Book *book, uint32_t count) {
    assert(count <= ROWS_PER_CHUNK);
    Rows *rows = &book->values;
    keep_count(book, &book->kept_values, rows);
    uint32_t room = ROWS_PER_CHUNK - (rows->count & (ROWS_PER_CHUNK - 1));
    if (room < count) rows->count += room; // the reserve counts one chunk's waste
    uint32_t first = rows->count;
    rows->count += count;
    return first;
}

uint32_t name_put(Book *book, Intern *names, Text text) {
    uint32_t before = intern_count(names);
    uint32_t number = intern_put(names, text);
    if (intern_count(names) != before) {
        journal_keep(&book->journal, JOURNAL_INTERN, names, &before, sizeof before);
    }
    return number;
}

uint32_t text_put(Book *book, Text text) {
    return text_is_empty(text) ? ROW_NONE : name_put(book, book->texts, text);
}

Text text_get(const Book *book, uint32_t number) {
    return number == ROW_NONE ? (Text){"", 0} : intern_text(book->texts, number);
}

static uint64_t mix_number(uint64_t hash, int64_t number) {
    return (hash ^ (uint64_t)number) * 0x9e3779b97f4a7c15u;
}
static KeptStretch *lately_at(const Book *book, uint64_t hash) {
    _Static_assert(LATELY == 1 << (64 - 53), "as many places as bits");
    return &book->lately[hash >> 53];
}
static uint32_t mark_of(uint64_t hash) {
    return (uint32_t)(hash >> 16);
}

// Two stretches may share a place: what has the same mark is compared, and no further than it was
// kept, since what lies behind it may change.
static uint32_t keep_hashed(Book *book, const int64_t *numbers, uint32_t count, uint64_t hash) {
    KeptStretch *known = lately_at(book, hash);
    if (known->mark == mark_of(hash) && count <= known->count &&
        memcmp(values_at(book, known->first), numbers, count * sizeof *numbers) == 0)
        return known->first;
    *known = (KeptStretch){values_new(book, count), count, mark_of(hash)};
    memcpy(values_at(book, known->first), numbers, count * sizeof *numbers);
    return known->first;
}

uint32_t values_keep(Book *book, const int64_t *numbers, uint32_t count) {
    if (count == 0) return book->values.count;
    uint64_t hash = 0;
    for (uint32_t i = 0; i < count; i++)
        hash = mix_number(hash, numbers[i]);
    return keep_hashed(book, numbers, count, hash);
}

ContentRef content_keep(Book *book, const Content *content) {
    uint32_t stated = (uint32_t)content->stated, below = (uint32_t)content->below, count = 0;
    int64_t numbers[VALUES_KEPT_MAX];
    uint64_t hash = 0;
    for (uint32_t m = stated; m; m &= m - 1)
        hash = mix_number(hash, numbers[count++] = content->mg[__builtin_ctz(m)]);
    uint64_t values_only = hash;
    for (uint32_t m = below; m; m &= m - 1)
        hash = mix_number(hash, numbers[count++] = content->bound[__builtin_ctz(m)]);
    ContentRef ref = {stated, (uint32_t)content->whole, below, book->values.count, content->dry};
    if (count) ref.values = keep_hashed(book, numbers, count, hash);
    // The values alone are what facets and postings say again.
    if (below && stated)
        *lately_at(book, values_only) = (KeptStretch){ref.values, count, mark_of(values_only)};
    return ref;
}

ContentRef content_keep_like(Book *book, const Content *content, const ContentRef *like) {
    if (like->dry != content->dry || like->stated != content->stated ||
        like->whole != content->whole || like->below != content->below)
        return content_keep(book, content);
    uint32_t count = (uint32_t)(__builtin_popcount(like->stated) + __builtin_popcount(like->below));
    const int64_t *value = count ? values_at(book, like->values) : NULL;
    bool same = true;
    for (uint32_t m = like->stated; m; m &= m - 1)
        same &= *value++ == content->mg[__builtin_ctz(m)];
    for (uint32_t m = like->below; m; m &= m - 1)
        same &= *value++ == content->bound[__builtin_ctz(m)];
    return same ? *like : content_keep(book, content);
}

void content_load(const Book *book, const ContentRef *ref, Content *content) {
    memset(content, 0, sizeof *content);
    content->stated = ref->stated;
    content->whole = ref->whole;
    content->below = ref->below;
    content->dry = ref->dry;
    if (!(ref->stated | ref->below)) return;
    const int64_t *value = values_at(book, ref->values);
    for (uint32_t m = ref->stated; m; m &= m - 1)
        content->mg[__builtin_ctz(m)] = *value++;
    for (uint32_t m = ref->below; m; m &= m - 1)
        content->bound[__builtin_ctz(m)] = *value++;
}

const PartyVersion *party_version(const Book *book, uint32_t party, Day day) {
    if (party == ROW_NONE) return NULL;
    uint32_t row = ROW(book, PartyRow, TABLE_PARTY, party)->last_version;
    for (; row != ROW_NONE; row = ROW(book, PartyVersion, TABLE_PARTY_VERSION, row)->previous) {
        const PartyVersion *version = ROW(book, PartyVersion, TABLE_PARTY_VERSION, row);
        if (version->effective > day) continue;
        return version->from <= day && day <= version->to ? version : NULL;
    }
    return NULL;
}

const FacilityVersion *facility_version(const Book *book, uint32_t facility, Day day) {
    if (facility == ROW_NONE) return NULL;
    uint32_t row = ROW(book, FacilityRow, TABLE_FACILITY, facility)->last_version;
    for (; row != ROW_NONE;
         row = ROW(book, FacilityVersion, TABLE_FACILITY_VERSION, row)->previous) {
        const FacilityVersion *version = ROW(book, FacilityVersion, TABLE_FACILITY_VERSION, row);
        if (version->effective > day) continue;
        return version->from <= day && day <= version->to ? version : NULL;
    }
    return NULL;
}

const PartyVersion *party_latest(const Book *book, uint32_t party) {
    if (party == ROW_NONE) return NULL;
    uint32_t row = ROW(book, PartyRow, TABLE_PARTY, party)->last_version;
    return row == ROW_NONE ? NULL : ROW(book, PartyVersion, TABLE_PARTY_VERSION, row);
}

const FacilityVersion *facility_latest(const Book *book, uint32_t facility) {
    if (facility == ROW_NONE) return NULL;
    uint32_t row = ROW(book, FacilityRow, TABLE_FACILITY, facility)->last_version;
    return row == ROW_NONE ? NULL : ROW(book, FacilityVersion, TABLE_FACILITY_VERSION, row);
}

const LicenceVersion *licence_latest(const Book *book, uint32_t licence) {
    if (licence == ROW_NONE) return NULL;
    uint32_t row = ROW(book, LicenceRow, TABLE_LICENCE, licence)->last_version;
    return row == ROW_NONE ? NULL : ROW(book, LicenceVersion, TABLE_LICENCE_VERSION, row);
}

const Factors *factors_on(const Book *book, Day day) {
    const Rows *rows = &book->table[TABLE_FACTORS];
    for (uint32_t row = rows->count; row-- > 0;) {
        const FactorsRow *factors = rows_at(rows, row);
        if (factors->effective <= day || row == 0) return &factors->factors;
    }
    return &factors_default;
}

int facility_offset(const Book *book, uint32_t facility) {
    const FacilityVersion *version = facility_latest(book, facility);
    return version ? version->offset_minutes : book->top.offset_minutes;
}

void lot_content_left(const Book *book, const Lot *lot, Content *content) {
    content_load(book, &lot->start, content);
    if (lot->taken == 0) return;
    Content gone, zero;
    content_zero(&zero);
    content_share(content, lot->start_net, lot->taken, &zero, &gone);
    uint64_t stated = content->stated, whole = content->whole, below = content->below;
    bool fits = content_sub(content, &gone, content);
    assert(fits);
    (void)fits;
    content->stated = stated;
    content->whole = whole;
    content->below = below;
}

bool lot_is_held(const Book *book, const Lot *lot) {
    return set_is_open(book, lot->set);
}

uint32_t account_row(Book *book, uint32_t facility, Month month) {
    uint32_t *last = &ROW(book, FacilityRow, TABLE_FACILITY, facility)->last_account;
    if (*last < book_count(book, TABLE_ACCOUNT)) {
        const AccountRow *guess = ROW(book, AccountRow, TABLE_ACCOUNT, *last);
        if (guess->facility == facility && guess->month == month) return *last;
    }
    uint32_t key[2] = {facility, month};
    Text text = {(const char *)key, sizeof key};
    uint32_t row = intern_find(book->account_keys, text);
    if (row != ROW_NONE) return *last = row;
    row = *last = name_put(book, book->account_keys, text);
    uint32_t made;
    AccountRow *account = row_new(book, TABLE_ACCOUNT, &made);
    assert(made == row);
    account->facility = facility;
    account->month = month;
    account->next_of_facility = ROW_NONE;
    account->values = values_new(book, ACCOUNT_VALUES);
    memset(values_at(book, account->values), 0, ACCOUNT_VALUES * sizeof(int64_t));
    return row;
}

// Facility, activity, then the plant's own word for the process.
enum { YIELD_KEY_MAX = 5 + 200 };
static Text yield_key(uint8_t key[YIELD_KEY_MAX], uint32_t facility, unsigned activity,
                      Text process) {
    assert(process.length <= YIELD_KEY_MAX - 5);
    memcpy(key, &facility, sizeof facility);
    key[4] = (uint8_t)activity;
    if (process.length) memcpy(key + 5, process.at, process.length);
    return (Text){(const char *)key, 5 + process.length};
}

uint32_t yield_find(const Book *book, uint32_t facility, unsigned activity, Text process) {
    uint8_t key[YIELD_KEY_MAX];
    return intern_find(book->yield_keys, yield_key(key, facility, activity, process));
}

uint32_t yield_row(Book *book, uint32_t facility, unsigned activity, Text process) {
    uint8_t key[YIELD_KEY_MAX];
    Text text = yield_key(key, facility, activity, process);
    uint32_t row = intern_find(book->yield_keys, text), made;
    if (row != ROW_NONE) return row;
    row = name_put(book, book->yield_keys, text);
    row_new(book, TABLE_YIELD, &made);
    assert(made == row);
    return row;
}

static Text node_key(uint8_t key[8], Holder holder, unsigned ledger, unsigned class_of_ore,
                     int year) {
    key[0] = (uint8_t)(holder >> 24);
    key[1] = (uint8_t)(holder >> 16);
    key[2] = (uint8_t)(holder >> 8);
    key[3] = (uint8_t)holder;
    key[4] = (uint8_t)ledger;
    key[5] = (uint8_t)class_of_ore;
    key[6] = (uint8_t)(year >> 8);
    key[7] = (uint8_t)year;
    return (Text){(const char *)key, 8};
}

uint32_t node_find(const Book *book, Holder holder, unsigned ledger, unsigned class_of_ore,
                   int year) {
    uint8_t key[8];
    return intern_find(book->node_keys, node_key(key, holder, ledger, class_of_ore, year));
}

uint32_t node_row(Book *book, Holder holder, unsigned ledger, unsigned class_of_ore, int year) {
    uint8_t key[8];
    Text text = node_key(key, holder, ledger, class_of_ore, year);
    uint32_t row = intern_find(book->node_keys, text);
    if (row != ROW_NONE) return row;
    row = name_put(book, book->node_keys, text);
    uint32_t made;
    NodeRow *node = row_new(book, TABLE_NODE, &made);
    assert(made == row);
    *node = (NodeRow){.holder = holder,
                      .under = ROW_NONE,
                      .year = (uint16_t)year,
                      .ledger = (uint8_t)ledger,
                      .class_of_ore = (uint8_t)class_of_ore,
                      .advance_cause = ROW_NONE,
                      .last_allotment = ROW_NONE};
    return row;
}

// What the registry said on a day, whether the registration was in force then or not.
static Holder registry_above(const Book *book, Holder holder, Day day) {
    if (holder & HOLDER_FACILITY) {
        uint32_t row =
            ROW(book, FacilityRow, TABLE_FACILITY, holder & ~HOLDER_FACILITY)->last_version;
        const FacilityVersion *found = facility_latest(book, holder & ~HOLDER_FACILITY);
        for (; row != ROW_NONE;) {
            const FacilityVersion *version =
                ROW(book, FacilityVersion, TABLE_FACILITY_VERSION, row);
            if (version->effective <= day) {
                found = version;
                break;
            }
            row = version->previous;
        }
        return found ? found->holder : book->top.authority;
    }
    const PartyVersion *found = party_latest(book, holder);
    uint32_t row = ROW(book, PartyRow, TABLE_PARTY, holder)->last_version;
    for (; row != ROW_NONE;) {
        const PartyVersion *version = ROW(book, PartyVersion, TABLE_PARTY_VERSION, row);
        if (version->effective <= day) {
            found = version;
            break;
        }
        row = version->previous;
    }
    return found && found->group != ROW_NONE && found->group != holder ? found->group
                                                                       : book->top.authority;
}

Holder node_above(const Book *book, uint32_t row, Day day) {
    const NodeRow *node = node_at(book, row);
    if (node->holder == book->top.authority) return ROW_NONE;
    Holder under = node->under;
    for (uint32_t a = node->last_allotment; a != ROW_NONE;) {
        const AllotmentRow *allotment = ROW(book, AllotmentRow, TABLE_ALLOTMENT, a);
        under = allotment->under;
        if (ROW(book, InstrumentRow, TABLE_INSTRUMENT, allotment->instrument)->date <= day) break;
        a = allotment->previous;
    }
    return node->named ? under : registry_above(book, node->holder, day);
}

Holder holder_above(const Book *book, Holder holder, unsigned ledger, unsigned class_of_ore,
                    int year, Day day) {
    uint32_t node = node_find(book, holder, ledger, class_of_ore, year);
    if (node != ROW_NONE) return node_above(book, node, day);
    return holder == book->top.authority ? ROW_NONE : registry_above(book, holder, day);
}

BookMark book_mark(const Book *book) {
    return (BookMark){journal_position(&book->journal), book->top.next};
}
void book_rewind(Book *book, BookMark mark) {
    uint32_t kept = book->values.count;
    journal_rewind(&book->journal, mark.position);
    // Where numbers were cut off others may come that change, such as an account's.
    if (book->values.count != kept) memset(book->lately, 0, LATELY * sizeof *book->lately);
    assert(book->top.next == mark.next);
}
void book_forget(Book *book, BookMark mark) {
    journal_forget(&book->journal, mark.position);
}

void book_one_way(Book *book, bool one_way) {
    journal_forget(&book->journal, journal_position(&book->journal));
    book->journal.idle = one_way;
}

uint64_t book_next(const Book *book) {
    return book->top.next;
}
Instant book_last_recorded(const Book *book) {
    return book->top.last_recorded;
}
bool book_is_trial(const Book *book) {
    return book->top.trial;
}
Text book_origin(const Book *book) {
    return book->top.next ? text_get(book, book->top.origin) : (Text){"", 0};
}
uint32_t book_key_count(const Book *book) {
    return book_count(book, TABLE_KEY);
}
const uint8_t *book_key(const Book *book, uint32_t row) {
    return ROW(book, KeyRow, TABLE_KEY, row)->key;
}
const uint8_t *book_log_key(const Book *book) {
    return book->top.log_key;
}

enum { EVENT_KEY_MAX = 4 + ID_BYTES_MAX };
static Text event_key(char key[EVENT_KEY_MAX], uint32_t party, Text id) {
    key[0] = (char)(party >> 24);
    key[1] = (char)(party >> 16);
    key[2] = (char)(party >> 8);
    key[3] = (char)party;
    memcpy(key + 4, id.at, id.length);
    return (Text){key, 4 + id.length};
}

uint64_t book_event_find(const Book *book, Text party, Text id) {
    uint32_t row = intern_find(book->party_ids, party);
    if (row == ROW_NONE || id.length > ID_BYTES_MAX) return UINT64_MAX;
    char key[EVENT_KEY_MAX];
    uint32_t number = intern_find(book->event_keys, event_key(key, row, id));
    return number == ROW_NONE ? UINT64_MAX : ROW(book, EventRow, TABLE_EVENT, number)->seq;
}

void book_event_prefetch(const Book *book, Text party, Text id) {
    uint32_t row = intern_find(book->party_ids, party);
    if (row == ROW_NONE || id.length > ID_BYTES_MAX) return;
    char key[EVENT_KEY_MAX];
    intern_prefetch(book->event_keys, event_key(key, row, id));
}

void event_name(Book *book, uint32_t party, Text id, uint64_t seq) {
    char key[EVENT_KEY_MAX];
    uint32_t number = name_put(book, book->event_keys, event_key(key, party, id)), row;
    EventRow *event = row_new(book, TABLE_EVENT, &row);
    assert(number == row);
    event->seq = seq;
}

Text book_authority(const Book *book) {
    return book->top.next ? intern_text(book->party_ids, book->top.authority) : (Text){"", 0};
}
