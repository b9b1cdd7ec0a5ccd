#include "access/facilities.h"

#include <string.h>

#include "access/inside.h"

Books books_of(const Analysis *analysis, const BookFacility *facility, Month from, Month to) {
    Books books = {{STATE_NONE, false, -1}, 0};
    for (size_t t = 0; facility && t < facility->months; t++) {
        Month month = facility->first + (Month)t;
        if ((from && month < from) || (to && month > to)) continue;
        StateOf state = worst_in_month(analysis, facility, t, NULL);
        if (state.state == STATE_NONE) continue;
        books.months_beyond += state.state == STATE_BEYOND;
        if (books.worst.state == STATE_NONE || state.excess > books.worst.excess)
            books.worst = state;
    }
    return books;
}

static void add_lot(const Look *look, const Lot *lot, Standing *standing) {
    Content left;
    lot_content_left(look->book, lot, &left);
    int64_t reo = reo_of(look, &left).mg;
    standing->reo += reo;
    if (!lot_is_held(look->book, lot)) return;
    standing->held_reo += reo;
    standing->held_lots++;
}

int64_t pool_held_reo(const Look *look, const PoolRow *pool) {
    int64_t held[COMPONENT_COUNT] = {0};
    for (uint32_t s = pool->first_set; s != ROW_NONE;
         s = ROW(look->book, PoolSetRow, TABLE_POOL_SET, s)->next) {
        const PoolSetRow *set = ROW(look->book, PoolSetRow, TABLE_POOL_SET, s);
        if (!set_is_open(look->book, set->set)) continue;
        for (int c = 0; c < COMPONENT_COUNT; c++)
            held[c] += set->mg[c];
    }
    return reo_of_mg(look, held);
}

bool standings(Look *look, Standing **by_facility, Status *status) {
    uint32_t count = book_count(look->book, TABLE_FACILITY);
    Standing *all = arena_take_zero(&look->arena, (size_t)count + 1, sizeof *all);
    if (!all) return status_no_memory(status);
    for (uint32_t row = 0; row < book_count(look->book, TABLE_LOT); row++) {
        const Lot *lot = lot_at(look->book, row);
        if (lot->state != LOT_ENDED && lot->facility < count &&
            look_sees_facility(look, lot->facility))
            add_lot(look, lot, &all[lot->facility]);
        if (!look_breathe(look, status)) return false;
    }
    for (uint32_t row = 0; row < book_count(look->book, TABLE_POOL); row++) {
        const PoolRow *pool = pool_at(look->book, row);
        if (pool->facility >= count || !look_sees_facility(look, pool->facility)) continue;
        all[pool->facility].reo += reo_of_mg(look, pool->content);
        all[pool->facility].held_reo += pool_held_reo(look, pool);
    }
    for (uint32_t row = 0; row < book_count(look->book, TABLE_OPERATION); row++) {
        const OperationRow *operation = operation_at(look->book, row);
        if (operation->kind == EVENT_STOCKTAKE && operation->facility < count) {
            all[operation->facility].counted = true;
            all[operation->facility].last_stocktake = record_at(look->book, operation->seq)->day_of;
        }
        if (!look_breathe(look, status)) return false;
    }
    *by_facility = all;
    return true;
}

// ---- kinds and licences ----

static bool licence_is_of(const Book *book, const LicenceVersion *licence, uint32_t facility,
                          uint32_t holder) {
    (void)book;
    return licence && (licence->facility == facility ||
                       (licence->facility == ROW_NONE && licence->holder == holder));
}

static OreClass class_of_mine(const Book *book, uint32_t facility, uint32_t holder) {
    for (uint32_t row = 0; row < book_count(book, TABLE_LICENCE); row++) {
        const LicenceVersion *licence = licence_latest(book, row);
        if (!licence_is_of(book, licence, facility, holder) || licence->activity != ACTIVITY_MINING)
            continue;
        for (uint32_t s = 0; s < book_count(book, TABLE_SOURCE); s++) {
            const SourceRow *source = ROW(book, SourceRow, TABLE_SOURCE, s);
            if (source->registered && source->licence == row &&
                source->deposit < book_count(book, TABLE_DEPOSIT))
                return (OreClass)ROW(book, DepositRow, TABLE_DEPOSIT, source->deposit)
                    ->class_of_ore;
        }
    }
    return CLASS_NONE;
}

const char *facility_kind_word(const Book *book, uint32_t facility,
                               const FacilityVersion *version) {
    static const struct {
        Activity activity;
        const char *word;
    } words[] = {{ACTIVITY_RECYCLING, "recycler"},   {ACTIVITY_SEPARATION, "separation"},
                 {ACTIVITY_METAL, "metal"},          {ACTIVITY_ALLOY, "alloy"},
                 {ACTIVITY_MAGNET, "magnet"},        {ACTIVITY_TRADE, "trader"},
                 {ACTIVITY_EXPORT, "trader"},        {ACTIVITY_LABORATORY, "laboratory"},
                 {ACTIVITY_TECHNOLOGY, "technology"}};
    if (version->activities >> ACTIVITY_MINING & 1)
        return class_of_mine(book, facility, version->holder) == CLASS_ION ? "mine_ion"
                                                                           : "mine_rock";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (version->activities >> words[i].activity & 1) return words[i].word;
    return "other";
}

// The best that its licences for its own activities come to, and how long the shortest in force
// lasts.
static void write_licence_state(const Look *look, uint32_t facility, const FacilityVersion *version,
                                JsonWriter *json) {
    static const char *const words[] = {"none", "expired", "suspended", "in_force"};
    unsigned best = 0;
    Day last = DAY_LAST;
    for (uint32_t row = 0; row < book_count(look->book, TABLE_LICENCE); row++) {
        const LicenceVersion *licence = licence_latest(look->book, row);
        if (!licence_is_of(look->book, licence, facility, version->holder)) continue;
        if (!(version->activities >> licence->activity & 1) || licence->from > look->today)
            continue;
        unsigned is = licence->status != LICENCE_VALID ? 2 : licence->to < look->today ? 1 : 3;
        if (is > best) best = is;
        if (is == 3 && licence->to < last) last = licence->to;
    }
    json_named_words(json, "licence", words[best]);
    if (best == 3 && last < DAY_LAST)
        json_named_i64(json, "licence_days_left", last - look->today);
    else
        named_null(json, "licence_days_left");
}

static void facility_brief(const Look *look, const Analysis *analysis, uint32_t row,
                           const Standing *standing, JsonWriter *json) {
    const Book *book = look->book;
    const FacilityVersion *version = facility_latest(book, row);
    Books books = books_of(analysis, analysis_facility(analysis, row), 0, 0);
    uint64_t findings = 0;
    for (size_t i = 0; i < analysis->findings.count; i++)
        findings += analysis->balances.facility[analysis->findings.findings[i].place].row == row;
    json_object_begin(json);
    json_named_string(json, "id", facility_id(book, row));
    json_named_string(json, "name", text_get(book, version->name));
    json_named_words(json, "kind", facility_kind_word(book, row, version));
    json_named_string(json, "party", party_id(book, version->holder));
    json_named_string(json, "party_name", party_name(book, version->holder));
    write_licence_state(look, row, version, json);
    state_write(&books.worst, json);
    json_named_u64(json, "months_beyond", books.months_beyond);
    named_wide(json, "stock_reo_kg", standing->reo);
    named_wide(json, "held_reo_kg", standing->held_reo);
    json_named_u64(json, "held_lots", standing->held_lots);
    if (standing->counted)
        named_day(json, "last_stocktake", standing->last_stocktake);
    else
        named_null(json, "last_stocktake");
    json_named_u64(json, "findings", findings);
    json_object_end(json);
}

// ---- the list, by id ----

static bool id_is_before(const Book *book, uint32_t a, uint32_t b) {
    return text_compare(facility_id(book, a), facility_id(book, b)) < 0;
}

static void sort_by_id(const Book *book, uint32_t *rows, size_t count) {
    for (size_t gap = count / 2; gap > 0; gap /= 2)
        for (size_t i = gap; i < count; i++)
            for (size_t j = i; j >= gap && id_is_before(book, rows[j], rows[j - gap]); j -= gap) {
                uint32_t moved = rows[j];
                rows[j] = rows[j - gap];
                rows[j - gap] = moved;
            }
}

static bool write_list(Look *look, const Page *page, const Analysis *analysis, Buffer *out,
                       Status *status) {
    unsigned limit, written = 0;
    uint64_t position = UINT64_MAX; // row of the last one shown: ids do not move when others come
    if (!access_page_limit(page, &limit, status)) return false;
    if (page && !text_is_empty(page->cursor) &&
        !cursor_read(look, TEXT("facilities"), page->cursor, &position, status))
        return false;
    Standing *standing;
    if (!standings(look, &standing, status)) return false;
    uint32_t count = 0, all = book_count(look->book, TABLE_FACILITY);
    uint32_t *rows = arena_take_zero(&look->arena, (size_t)all + 1, sizeof *rows);
    if (!rows) return status_no_memory(status);
    for (uint32_t row = 0; row < all; row++) {
        bool after = position >= all || id_is_before(look->book, (uint32_t)position, row);
        if (after && look_sees_facility(look, row)) rows[count++] = row;
    }
    sort_by_id(look->book, rows, count);
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    named_begin_array(json, "items");
    for (; written < count && written < limit; written++)
        facility_brief(look, analysis, rows[written], &standing[rows[written]], json);
    json_array_end(json);
    json_key(json, "next");
    if (written < count)
        cursor_write(look, TEXT("facilities"), rows[written - 1], json);
    else
        json_null(json);
    json_object_end(json);
    return true;
}

static bool write_facilities(Look *look, const void *asked, Buffer *out, Status *status) {
    Analysis *analysis;
    if (!analysis_take(look, &analysis, status)) return false;
    bool well = write_list(look, *(const Page *const *)asked, analysis, out, status);
    analysis_give(look->access, analysis);
    return well;
}

bool access_facilities(Access *access, const View *view, const Page *page, Buffer *out,
                       Status *status) {
    return look_answer(access, view, write_facilities, &page, out, status);
}

// ---- one ----

typedef struct Stock {
    i128 net, reo, held;
    uint32_t lots;
} Stock;
enum { PLACE_LOTS, PLACE_TRANSIT, PLACES };

static bool write_stock(Look *look, uint32_t facility, JsonWriter *json, Status *status) {
    static const char *const places[] = {"lots", "transit"};
    uint32_t materials = book_count(look->book, TABLE_MATERIAL) + 1; // the last: unknown
    Stock *stock = arena_take_zero(&look->arena, (size_t)materials * PLACES, sizeof *stock);
    if (!stock) return status_no_memory(status);
    for (uint32_t row = 0; row < book_count(look->book, TABLE_LOT); row++) {
        const Lot *lot = lot_at(look->book, row);
        if (lot->state != LOT_ENDED && lot->facility == facility) {
            uint32_t material = lot->material < materials - 1 ? lot->material : materials - 1;
            Stock *at = &stock[material * PLACES +
                               (lot->state == LOT_TRANSIT ? PLACE_TRANSIT : PLACE_LOTS)];
            Content left;
            lot_content_left(look->book, lot, &left);
            int64_t reo = reo_of(look, &left).mg;
            at->lots++;
            at->net += lot_left(lot);
            at->reo += reo;
            if (lot_is_held(look->book, lot)) at->held += reo;
        }
        if (!look_breathe(look, status)) return false;
    }
    named_begin_array(json, "stock");
    for (uint32_t i = 0; i < materials * PLACES; i++) {
        if (!stock[i].lots) continue;
        uint32_t material = i / PLACES == materials - 1 ? ROW_NONE : i / PLACES;
        json_object_begin(json);
        json_named_string(json, "material",
                          material == ROW_NONE ? TEXT("unknown")
                                               : material_id(look->book, material));
        json_named_string(json, "material_name", material_name(look->book, material));
        json_named_words(json, "stage",
                         stage_word(material == ROW_NONE
                                        ? STAGE_UNKNOWN
                                        : material_at(look->book, material)->stage));
        json_named_words(json, "place", places[i % PLACES]);
        json_named_u64(json, "lots", stock[i].lots);
        named_wide(json, "net_kg", stock[i].net);
        named_wide(json, "reo_kg", stock[i].reo);
        named_wide(json, "held_reo_kg", stock[i].held);
        json_object_end(json);
    }
    // A pool has no net mass: what is in it stands as the sum of its components.
    for (uint32_t row = 0; row < book_count(look->book, TABLE_POOL); row++) {
        const PoolRow *pool = pool_at(look->book, row);
        if (pool->facility != facility) continue;
        i128 net = 0;
        for (int c = 0; c < COMPONENT_COUNT; c++)
            net += pool->content[c];
        json_object_begin(json);
        json_named_string(json, "material", intern_text(look->book->pool_ids, row));
        json_named_string(json, "material_name", text_get(look->book, pool->name));
        json_named_words(json, "stage", "other");
        json_named_words(json, "place", "pools");
        json_named_u64(json, "lots", 0);
        named_wide(json, "net_kg", net);
        named_wide(json, "reo_kg", reo_of_mg(look, pool->content));
        named_wide(json, "held_reo_kg", pool_held_reo(look, pool));
        json_object_end(json);
    }
    json_array_end(json);
    return true;
}

static void write_components(const BookFacility *facility, JsonWriter *json) {
    named_begin_array(json, "components");
    for (size_t c = 0; facility && c < facility->components; c++) {
        unsigned beyond;
        StateOf worst = worst_of_component(facility, c, &beyond);
        json_object_begin(json);
        json_named_string(json, "component", facility->names[c]);
        state_write(&worst, json);
        json_named_u64(json, "months_beyond", beyond);
        // Over all months with a stock-taking at both ends.
        const BalancePeriod *last = NULL;
        if (c < facility->balance.components && facility->balance.component[c].present &&
            facility->balance.periods)
            last = &facility->balance.component[c].period[facility->balance.periods - 1];
        if (last) {
            named_kg_signed(json, "muf_kg", last->cumuf);
            named_kg(json, "sigma_muf_kg", last->sigma_cumuf);
        } else {
            named_null(json, "muf_kg");
            named_null(json, "sigma_muf_kg");
        }
        json_object_end(json);
    }
    json_array_end(json);
}

typedef struct Partner {
    uint32_t party, consignments;
    uint64_t last;
    i128 sent, received;
    u128 variance; // mg^2
} Partner;

// Variance of a difference's net mass from the weighings on both sides. A weighing's error of a
// component is the scale's relative one times the component's share, so their sum is the scale's as
// far as components are stated; own and shared part are added: a bound for the eye, no test.
static u128 net_variance(const Book *book, const DifferenceRow *d) {
    u128 sum = 0;
    for (uint32_t t = 0; t < d->term_count; t++) {
        const TermRow *term = ROW(book, TermRow, TABLE_TERM, d->terms + t);
        const MeasurementRow *m = measurement_at(book, term->measurement);
        if (m->kind != MEASURED_MASS || m->net <= 0) continue;
        int64_t total = 0;
        uint32_t count = (uint32_t)__builtin_popcount(m->mask);
        for (uint32_t i = 0; i < count; i++)
            total += measurement_u(book, m, i) + measurement_s(book, m, i);
        int64_t mg, mass = term->mg < 0 ? -term->mg : term->mg;
        if (!i64_muldiv_even(mass, total, FRACTION_ONE_PPB, &mg)) continue;
        sum = u128_add_saturating(sum, u128_mul_saturating((u128)mg, (u128)mg));
    }
    return sum;
}

static bool write_partners(Look *look, uint32_t facility, JsonWriter *json, Status *status) {
    uint32_t parties = book_count(look->book, TABLE_PARTY);
    Partner *partners = arena_take_zero(&look->arena, (size_t)parties + 1, sizeof *partners);
    if (!partners) return status_no_memory(status);
    for (uint32_t row = 0; row < book_count(look->book, TABLE_DIFFERENCE); row++) {
        const DifferenceRow *d = ROW(look->book, DifferenceRow, TABLE_DIFFERENCE, row);
        const RecordRow *record = record_at(look->book, d->seq);
        if (d->to_facility == facility && record && !record->corrected && d->to_lot != ROW_NONE) {
            uint32_t party = lot_at(look->book, d->from_lot)->party;
            Partner *at = &partners[party];
            at->consignments += at->last != d->seq + 1;
            at->last = d->seq + 1;
            int64_t received = lot_at(look->book, d->to_lot)->born_net;
            at->received += received;
            at->sent += received - d->net;
            at->variance = u128_add_saturating(at->variance, net_variance(look->book, d));
        }
        if (!look_breathe(look, status)) return false;
    }
    named_begin_array(json, "partners");
    for (uint32_t party = 0; party < parties; party++) {
        const Partner *at = &partners[party];
        if (!at->consignments) continue;
        json_object_begin(json);
        // Who sent it is what the receipt itself says.
        json_named_string(json, "party", party_id(look->book, party));
        bool seen = look->view->all || party == look->party;
        json_named_string(json, "party_name",
                          seen ? party_name(look->book, party) : party_id(look->book, party));
        json_named_u64(json, "received", at->consignments);
        named_wide(json, "sent_kg", at->sent);
        named_wide(json, "received_kg", at->received);
        named_wide(json, "difference_kg", at->received - at->sent);
        named_wide(json, "u_kg", (i128)u128_sqrt_floor(at->variance));
        json_object_end(json);
    }
    json_array_end(json);
    return true;
}

static bool write_one(Look *look, const Analysis *analysis, uint32_t row, Buffer *out,
                      Status *status) {
    const Book *book = look->book;
    const FacilityVersion *version = facility_latest(book, row);
    Standing *standing;
    if (!standings(look, &standing, status)) return false;
    JsonWriter writer = json_writer(out), *json = &writer;
    char offset[OFFSET_TEXT_MAX];
    answer_begin(look, json);
    json_key(json, "facility");
    facility_brief(look, analysis, row, &standing[row], json);
    json_named_words(json, "offset", offset_print(version->offset_minutes, offset));
    named_begin_array(json, "licences");
    for (uint32_t l = 0; l < book_count(book, TABLE_LICENCE); l++)
        if (licence_is_of(book, licence_latest(book, l), row, version->holder))
            licence_write(look, l, false, json);
    json_array_end(json);
    named_begin_array(json, "quota");
    for (uint32_t n = 0; n < book_count(book, TABLE_NODE); n++) {
        const NodeRow *node = node_at(book, n);
        bool own = node->holder == (HOLDER_FACILITY | row);
        if (own && (node->allotted_mg || node->drawn_mg))
            quota_use(look, node->ledger, node->class_of_ore, node->year, node->holder, false,
                      json);
    }
    json_array_end(json);
    if (!write_stock(look, row, json, status)) return false;
    write_components(analysis_facility(analysis, row), json);
    if (!write_partners(look, row, json, status)) return false;
    json_object_end(json);
    return true;
}

static bool write_facility(Look *look, const void *asked, Buffer *out, Status *status) {
    Text id = *(const Text *)asked;
    uint32_t row = intern_find(look->book->facility_ids, id);
    if (row == ROW_NONE || !look_sees_facility(look, row)) return not_found(status, "facility", id);
    Analysis *analysis;
    if (!analysis_take(look, &analysis, status)) return false;
    bool well = write_one(look, analysis, row, out, status);
    analysis_give(look->access, analysis);
    return well;
}

bool access_facility(Access *access, const View *view, Text id, Buffer *out, Status *status) {
    return look_answer(access, view, write_facility, &id, out, status);
}
