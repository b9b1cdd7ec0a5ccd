// A transaction has postings of two sorts, which must cancel out in every commodity:
//   where matter is      Assets:Stock:FACILITY:MATERIAL, Assets:Transit:...,
//   Assets:Pool:FACILITY:POOL where it came from   the terms of the balance line, with the other
//   sign (Income:Received:...)
// Whatever they leave open stands in Unbalanced:FACILITY. There is never any of it: it is written
// so that a mistake of ours would show in the reader's program instead of spoiling the journal.
// Net mass enters no balance line (a furnace breathes), so Equity:Net mass takes what is left.
#include "keeper/export_ledger.h"

#include <sys/random.h>

#include "base/intern.h"
#include "keeper/changes.h"
#include "keeper/load.h"
#include "keeper/read.h"
#include "quantity/decimal.h"

enum { PIECE_BYTES = 1 << 16, OUT_BYTES_MAX = 256 << 20, ACCOUNT_BYTES_MAX = 1024 };
// Commodities: the components, then two of our own.
enum { REO = COMPONENT_COUNT, NET, COMMODITIES };

typedef struct Place {
    uint8_t sort;             // SORT_STOCK ..., or SORT_TERM + AccountTerm
    uint32_t facility, other; // other: material or pool
    i128 mg[COMMODITIES];     // of REO in millionths of a milligram
} Place;
enum { SORT_STOCK, SORT_TRANSIT, SORT_POOL, SORT_NET, SORT_UNBALANCED, SORT_TERM };

typedef struct LedgerOut {
    Book *book;
    Arena arena;
    Buffer out;
    ExportSink *sink;
    ExportProgress *progress;
    void *context;
    Factors factors;
    Intern *accounts; // those that were declared
    uint64_t until;
    Place *places;
    size_t count, capacity;
} LedgerOut;

static const char *const term_accounts[ACCOUNT_TERMS] = {
    [ACCOUNT_OPENED] = "Equity:Opened",         [ACCOUNT_EXTRACTED] = "Income:Extracted",
    [ACCOUNT_RECEIVED] = "Income:Received",     [ACCOUNT_SHIPPED] = "Expenses:Shipped",
    [ACCOUNT_DISCARDED] = "Expenses:Discarded", [ACCOUNT_LOST] = "Expenses:Lost",
    [ACCOUNT_BATCH] = "Equity:MUF:Batch",       [ACCOUNT_GAIN] = "Equity:MUF:Pool gain",
    [ACCOUNT_MEASURE] = "Equity:MUF:Measured",  [ACCOUNT_STOCKTAKE] = "Equity:MUF:Stocktake",
    [ACCOUNT_FOUND] = "Equity:MUF:Found",       [ACCOUNT_REVERSAL] = "Equity:MUF:Reversal",
};

// Whether a term adds to the stock: shipped and discarded are counted as what went out, all others
// as what came in. SRD stands beside the line and is in no stock.
static int term_sign(AccountTerm term) {
    if (term == ACCOUNT_SHIPPED || term == ACCOUNT_DISCARDED) return -1;
    return term == ACCOUNT_SRD ? 0 : 1;
}

static Place *place_find(LedgerOut *j, uint8_t sort, uint32_t facility, uint32_t other,
                         Status *status) {
    for (size_t i = 0; i < j->count; i++) {
        Place *place = &j->places[i];
        if (place->sort == sort && place->facility == facility && place->other == other)
            return place;
    }
    if (j->count == j->capacity) {
        size_t capacity = j->capacity ? 2 * j->capacity : 16;
        Place *grown = arena_take(&j->arena, capacity * sizeof *grown);
        if (!grown) {
            status_no_memory(status);
            return NULL;
        }
        if (j->count) memcpy(grown, j->places, j->count * sizeof *grown);
        j->places = grown;
        j->capacity = capacity;
    }
    Place *place = &j->places[j->count++];
    *place = (Place){.sort = sort, .facility = facility, .other = other};
    return place;
}

static void add_mg(LedgerOut *j, Place *place, const int64_t *mg, int sign) {
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        place->mg[c] += sign * (i128)mg[c];
        if (c < RARE_EARTH_COUNT) place->mg[REO] += sign * (i128)mg[c] * (i128)j->factors.micro[c];
    }
}

// ---- What an event changed ----

static bool add_lot(LedgerOut *j, const Lot *lot, int sign, Status *status) {
    if (lot->state == LOT_ENDED) return true;
    Place *place = place_find(j, lot->state == LOT_TRANSIT ? SORT_TRANSIT : SORT_STOCK,
                              lot->facility, lot->material, status);
    if (!place) return false;
    Content content;
    lot_content_left(j->book, lot, &content);
    add_mg(j, place, content.mg, sign);
    place->mg[NET] += sign * (i128)lot_left(lot);
    return true;
}

static bool add_pool(LedgerOut *j, uint32_t pool, const int64_t *mg, int sign, Status *status) {
    Place *place = place_find(j, SORT_POOL, pool_at(j->book, pool)->facility, pool, status);
    if (place) add_mg(j, place, mg, sign);
    return place != NULL;
}

static bool add_changes(LedgerOut *j, const Changes *changes, Status *status) {
    for (uint32_t i = 0; i < changes->lot_count; i++) {
        const LotChange *change = &changes->lots[i];
        if ((!change->born && !add_lot(j, &change->before, -1, status)) ||
            !add_lot(j, lot_at(j->book, change->lot), 1, status))
            return false;
    }
    for (uint32_t i = 0; i < changes->pool_count; i++) {
        const PoolChange *change = &changes->pools[i];
        int64_t before[COMPONENT_COUNT] = {0};
        if (change->before)
            memcpy(before, (const char *)change->before + offsetof(PoolRow, content),
                   sizeof before);
        if (!add_pool(j, change->pool, before, -1, status) ||
            !add_pool(j, change->pool, pool_at(j->book, change->pool)->content, 1, status))
            return false;
    }
    for (uint32_t i = 0; i < changes->account_count; i++) {
        const AccountChange *change = &changes->accounts[i];
        int sign = term_sign(change->term);
        if (sign == 0) continue;
        Place *place =
            place_find(j, (uint8_t)(SORT_TERM + change->term), change->facility, ROW_NONE, status);
        if (!place) return false;
        add_mg(j, place, change->mg, -sign);
    }
    return true;
}

// What is left open at each facility.
static bool close_accounts(LedgerOut *j, Status *status) {
    size_t count = j->count;
    for (size_t i = 0; i < count; i++) {
        uint32_t facility = j->places[i].facility;
        bool first = true;
        for (size_t k = 0; k < i && first; k++)
            first = j->places[k].facility != facility;
        if (!first) continue;
        Place open = {0};
        bool any = false;
        for (size_t k = i; k < count; k++)
            for (int c = 0; c < COMMODITIES && j->places[k].facility == facility; c++)
                open.mg[c] -= j->places[k].mg[c];
        for (int c = 0; c < NET; c++)
            any = any || open.mg[c] != 0;
        if (open.mg[NET] != 0) {
            Place *net = place_find(j, SORT_NET, facility, ROW_NONE, status);
            if (!net) return false;
            net->mg[NET] = open.mg[NET];
        }
        if (!any) continue;
        Place *place = place_find(j, SORT_UNBALANCED, facility, ROW_NONE, status);
        if (!place) return false;
        open.mg[NET] = 0;
        memcpy(place->mg, open.mg, sizeof place->mg);
    }
    return true;
}

// ---- Writing ----

// Ids as parts of an account or payee: what those programs read otherwise stands as %XX.
static void put_id(Buffer *out, Text id) {
    for (size_t i = 0; i < id.length; i++) {
        if (strchr(":;%|()[]", id.at[i]))
            buffer_format(out, "%%%02X", (unsigned)(uint8_t)id.at[i]);
        else
            buffer_char(out, id.at[i]);
    }
}

static void put_account(const LedgerOut *j, const Place *place, Buffer *out) {
    static const char *const sorts[] = {[SORT_STOCK] = "Assets:Stock",
                                        [SORT_TRANSIT] = "Assets:Transit",
                                        [SORT_POOL] = "Assets:Pool",
                                        [SORT_NET] = "Equity:Net mass",
                                        [SORT_UNBALANCED] = "Unbalanced"};
    buffer_string(out, place->sort >= SORT_TERM ? term_accounts[place->sort - SORT_TERM]
                                                : sorts[place->sort]);
    buffer_char(out, ':');
    put_id(out, intern_text(j->book->facility_ids, place->facility));
    if (place->sort > SORT_POOL) return;
    buffer_char(out, ':');
    if (place->sort == SORT_POOL) {
        Text id = intern_text(j->book->pool_ids, place->other), party, local;
        if (text_split(id, ':', &party, &local)) {
            put_id(out, party);
            buffer_char(out, ':');
            put_id(out, local);
        }
    } else if (place->other == ROW_NONE)
        buffer_string(out, "unknown material");
    else
        put_id(out, intern_text(j->book->material_ids, place->other));
}

static const char *commodity_name(int commodity) {
    return commodity == REO ? "REO" : commodity == NET ? "NET" : component_symbol(commodity);
}

// An amount with six decimals, or the twelve of exact REO; zeros at the end beyond six are left
// out.
static void put_amount(Buffer *out, i128 value, int commodity) {
    char digits[64];
    int decimals = commodity == REO ? 12 : 6, at = sizeof digits;
    u128 rest = value < 0 ? (u128)-value : (u128)value;
    for (int place = 0; rest > 0 || place <= decimals; place++) {
        if (place == decimals) digits[--at] = '.';
        digits[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    int end = sizeof digits;
    for (int spare = decimals - 6; spare > 0 && digits[end - 1] == '0'; spare--)
        end--;
    if (value < 0) digits[--at] = '-';
    buffer_format(out, "%.*s %s\n", end - at, digits + at, commodity_name(commodity));
}

static bool declare(LedgerOut *j, Status *status) {
    for (size_t i = 0; i < j->count; i++) {
        Place *place = &j->places[i];
        bool any = false;
        for (int c = 0; c < COMMODITIES; c++)
            any = any || place->mg[c] != 0;
        if (!any) continue;
        Buffer name;
        buffer_init(&name, ACCOUNT_BYTES_MAX);
        put_account(j, place, &name);
        Text text = buffer_view(&name);
        bool known = intern_find(j->accounts, text) != ROW_NONE, done = !name.failed;
        if (done && !known) {
            done = intern_reserve(j->accounts, 1, text.length, status);
            if (done) intern_put(j->accounts, text);
            buffer_string(&j->out, "account ");
            buffer_text(&j->out, text);
            buffer_string(&j->out, "\n\n");
        }
        buffer_done(&name);
        if (!done) return status_no_memory(status);
    }
    return true;
}

static bool put_transaction(LedgerOut *j, const Loaded *loaded, const RecordRow *record,
                            Status *status) {
    bool any = false;
    for (size_t i = 0; i < j->count; i++)
        for (int c = 0; c < COMMODITIES; c++)
            any = any || j->places[i].mg[c] != 0;
    if (!any) return true;
    if (!declare(j, status)) return false;
    Buffer *out = &j->out;
    char day[DAY_TEXT_MAX], month[MONTH_TEXT_MAX];
    buffer_format(out, "%s %c (%llu) %s ", day_print(record->day_of, day),
                  record->verdict == VERDICT_HELD ? '!' : '*',
                  (unsigned long long)loaded->record.seq, event_kind_name(loaded->event.kind));
    put_id(out, loaded->event.party);
    buffer_char(out, ' ');
    put_id(out, loaded->event.id);
    buffer_char(out, '\n');
    if (record->operation != ROW_NONE) {
        Month counted = operation_at(j->book, record->operation)->month;
        if (counted != month_of_day(record->day_of))
            buffer_format(out, "    ; month: %s\n", month_print(counted, month));
    }
    for (size_t i = 0; i < j->count; i++) {
        const Place *place = &j->places[i];
        for (int c = 0; c < COMMODITIES; c++) {
            if (place->mg[c] == 0) continue;
            buffer_string(out, "    ");
            put_account(j, place, out);
            buffer_string(out, "  ");
            put_amount(out, place->mg[c], c);
        }
    }
    buffer_char(out, '\n');
    return true;
}

static bool give(LedgerOut *j, size_t from_bytes, Status *status) {
    if (j->out.failed) return status_no_memory(status);
    if (j->out.length <= from_bytes) return true;
    bool done = j->sink(j->context, buffer_view(&j->out), status);
    buffer_reset(&j->out);
    return done;
}

// Stops the reading at the record that was the last when it began.
static bool is_over(const LedgerOut *j, Status *status) {
    if (book_next(j->book) < j->until) return false;
    status_clear(status);
    return true;
}

static bool put_record(void *context, const StoreRecord *stored, const Loaded *loaded,
                       Status *status) {
    (void)stored;
    LedgerOut *j = context;
    if (is_over(j, status)) return false;
    BookMark mark = book_mark(j->book);
    Changes changes;
    arena_reset(&j->arena);
    j->places = NULL;
    j->count = j->capacity = 0;
    if (!book_apply(j->book, &loaded->event, loaded->decision, loaded->record.recorded, status))
        return load_where(status, loaded->record.seq, &loaded->event);
    const RecordRow *record = ROW(j->book, RecordRow, TABLE_RECORD, (uint32_t)loaded->record.seq);
    bool done = changes_read(j->book, mark, &j->arena, &changes, status) &&
                add_changes(j, &changes, status) && close_accounts(j, status) &&
                put_transaction(j, loaded, record, status) && give(j, PIECE_BYTES, status);
    book_forget(j->book, book_mark(j->book));
    if (j->progress && loaded->record.seq % 1024 == 0)
        j->progress(j->context, loaded->record.seq, j->until);
    return done;
}

// ---- The head ----

static void put_head(LedgerOut *j, const Book *book, Text note) {
    char recorded[INSTANT_TEXT_MAX];
    Buffer *out = &j->out;
    buffer_format(out, "; Matter of %.*s: %llu records, the last of %s%s\n",
                  TEXT_ARG(book_origin(book)), (unsigned long long)book_next(book),
                  instant_print(book_last_recorded(book), recorded),
                  book_is_trial(book) ? " (trial)" : "");
    buffer_string(
        out,
        "; Kilograms. A transaction's code is its record's number; ! is one that was held.\n"
        "; NET is net mass. Components go by their own symbols: none had to be renamed for ledger\n"
        "; and hledger. In account names and payees %XX stands for a byte that they would read\n"
        "; otherwise, such as %3A for a colon. The tag month says in which month's balance line a\n"
        "; transaction counts, where that is not the month of its date.\n"
        "; REO is exact, with the conversion factors in force after the last record:\n;");
    for (int c = 0; c < RARE_EARTH_COUNT; c++)
        buffer_format(out, " %s %u.%06u", component_symbol(c), j->factors.micro[c] / FACTOR_ONE,
                      j->factors.micro[c] % FACTOR_ONE);
    buffer_string(out, "\n; Under this signed checkpoint:\n");
    for (Text line, rest = note; text_split(rest, '\n', &line, &rest);)
        buffer_format(out, ";   %.*s\n", TEXT_ARG(line));
    buffer_string(out, "\ntag month\n\n");
    for (int c = 0; c < COMMODITIES; c++)
        buffer_format(out, "commodity %s\n  format 1000.%s %s\n\n", commodity_name(c),
                      c == REO ? "000000000000" : "000000", commodity_name(c));
}

static bool begin(LedgerOut *j, const char *name, Status *status) {
    Keeper *keeper = keeper_open_reader(name, NULL, status);
    if (!keeper) return false;
    Buffer note;
    buffer_init(&note, 1 << 16);
    TreeHead head;
    Status none;
    bool done = read_checkpoint(keeper, &note, &head, &none) || none.code == STATUS_NOT_FOUND;
    if (!done) *status = none;
    if (done) {
        ReadMark mark;
        const Book *book = read_begin(keeper, &mark);
        j->until = book_next(book);
        const RecordRow *last = ROW(book, RecordRow, TABLE_RECORD, (uint32_t)(j->until - 1));
        j->factors = *factors_on(book, last->day_of);
        put_head(j, book, buffer_view(&note));
        read_end(keeper);
    }
    buffer_done(&note);
    keeper_close(keeper, NULL);
    return done;
}

bool export_ledger(const char *book_name, ExportSink *sink, ExportProgress *progress, void *context,
                   Status *status) {
    LedgerOut j = {.sink = sink, .progress = progress, .context = context};
    Status unasked;
    if (!status) status = &unasked;
    status_clear(status);
    buffer_init(&j.out, OUT_BYTES_MAX);
    arena_init(&j.arena, (size_t)1 << 30);
    uint8_t hash_key[16];
    Store *store = NULL;
    bool done = (getrandom(hash_key, sizeof hash_key, 0) == sizeof hash_key ||
                 status_set(status, STATUS_IO, "the system gives no random bytes")) &&
                begin(&j, book_name, status) &&
                (j.book = keeper_book_new(hash_key, status)) != NULL &&
                (j.accounts = intern_new(hash_key, status)) != NULL &&
                (store = store_open(book_name, STORE_READ, status)) != NULL;
    if (done) {
        done = load_each(store, 0, LOAD_WHOLE, put_record, &j, status) || status->code == STATUS_OK;
        done = done && give(&j, 0, status);
    }
    store_close(store);
    intern_free(j.accounts);
    book_free(j.book);
    arena_done(&j.arena);
    buffer_done(&j.out);
    return done;
}
