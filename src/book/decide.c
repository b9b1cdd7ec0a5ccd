// From an event to a decision, and from a stored decision to the same state.
#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "book/decide.h"

const CodeFacts code_list[] = {
#define REFUSED VERDICT_REFUSED
#define HELD    VERDICT_HELD
#define FLAGGED VERDICT_FLAGGED
#define CODE(number, suffix, name, verdict, insistable, what, right)                               \
    {number, name, verdict, insistable, what, right},
#include "book/code.def"
#undef CODE
#undef REFUSED
#undef HELD
#undef FLAGGED
};
const size_t code_count = sizeof code_list / sizeof *code_list;

const CodeFacts *code_facts(unsigned number) {
    for (size_t i = 0; i < code_count; i++)
        if (code_list[i].number == number) return &code_list[i];
    return NULL;
}

const CodeFacts *code_by_name(Text name) {
    for (size_t i = 0; i < code_count; i++)
        if (text_equal(name, text_of(code_list[i].name))) return &code_list[i];
    return NULL;
}

const char *verdict_name(Verdict verdict) {
    static const char *const names[] = {"undecided", "accepted", "flagged", "held", "refused"};
    return (unsigned)verdict < sizeof names / sizeof *names ? names[verdict] : "undecided";
}

void decision_init(Decision *decision) {
    decision->verdict = VERDICT_NONE;
    decision->reason_count = 0;
    buffer_init(&decision->bytes, DECISION_BYTES_MAX);
}
void decision_done(Decision *decision) {
    buffer_done(&decision->bytes);
}

// --- verdicts
// ---------------------------------------------------------------------------------------

static void reason_add(Deciding *d, VerdictCode code, uint64_t cause, const char *where,
                       va_list arguments) {
    Decision *decision = d->decision;
    if (decision->reason_count == REASONS_MAX) return;
    Reason *reason = &decision->reasons[decision->reason_count];
    // Only %s and %u occur; written out here so that the book needs no printf.
    char pattern[WHERE_BYTES_MAX];
    size_t length = 0, room = sizeof pattern - 1;
    // Inside a confirm nothing stands at a place of its own: the event cited is complained of.
    bool cited = d->event != d->record && d->record->kind == EVENT_CONFIRM;
    const char *prefix = d->event == d->record ? "" : cited ? "/confirms" : "/replacement";
    while (*prefix)
        pattern[length++] = *prefix++;
    if (cited) where = "";
    for (const char *at = where; *at; at++) {
        if (*at != '%') {
            if (length < room) pattern[length++] = *at;
        } else if (*++at == 's') {
            for (const char *from = va_arg(arguments, const char *); *from && length < room; from++)
                pattern[length++] = *from;
        } else {
            assert(*at == 'u');
            unsigned number = va_arg(arguments, unsigned), place = 1;
            while (number / place > 9)
                place *= 10;
            for (; place > 0 && length < room; place /= 10)
                pattern[length++] = (char)('0' + number / place % 10);
        }
    }
    pattern[length] = 0;
    for (uint32_t i = 0; i < decision->reason_count; i++)
        if (decision->reasons[i].code == code && strcmp(decision->reasons[i].where, pattern) == 0)
            return;
    memset(reason, 0, sizeof *reason);
    reason->code = (uint16_t)code;
    reason->cause = cause;
    memcpy(reason->where, pattern, length + 1);
    decision->reason_count++;
}

bool refuse(Deciding *d, VerdictCode code, const char *where, ...) {
    if (stopped(d)) return false;
    d->refused = true;
    d->decision->reason_count = 0;
    va_list arguments;
    va_start(arguments, where);
    reason_add(d, code, CAUSE_NONE, where, arguments);
    va_end(arguments);
    return false;
}

bool fail_memory(Deciding *d) {
    d->failed = true;
    return status_no_memory(d->status);
}

void *scratch_take(Deciding *d, size_t size) {
    void *taken = arena_take(d->scratch, size);
    if (!taken) fail_memory(d);
    return taken;
}

static uint64_t cause_new(Deciding *d, VerdictCode code, CauseStatus status) {
    assert(d->opened_count < 256 && d->cause_count < CAUSES_MAX);
    uint64_t number = d->applying.seq * 256 + d->opened_count++;
    d->causes[d->cause_count] = number;
    d->cause_codes[d->cause_count] = (uint16_t)code;
    d->cause_count++;
    effect_begin(d, EFFECT_CAUSE);
    buffer_u64(&d->effects, number);
    buffer_u16(&d->effects, (uint16_t)code);
    buffer_u8(&d->effects, (uint8_t)status);
    effect_end(d);
    return number;
}

Verdict verdict_of(const Book *book, VerdictCode code) {
    const CodeFacts *facts = code_facts(code);
    uint8_t own = book->top.verdicts[code];
    return own ? (Verdict)own : facts->verdict;
}

uint64_t cause_pending(Deciding *d, VerdictCode code) {
    return cause_new(d, code,
                     verdict_of(d->book, code) == VERDICT_HELD ? CAUSE_OPEN : CAUSE_PENDING);
}

void object(Deciding *d, VerdictCode code, const char *where, ...) {
    if (stopped(d)) return;
    Verdict verdict = verdict_of(d->book, code);
    if (verdict == VERDICT_ACCEPTED) return;
    uint64_t cause = CAUSE_NONE;
    // What is drawn carries its own causes, an advance's stands on its node and is opened there.
    // Each found lot has one of its own, since each is settled by itself.
    if (verdict == VERDICT_HELD && code != CODE_HELD_DRAWN && code != CODE_ADVANCE &&
        code != CODE_DECREASE_WAITS) {
        for (uint32_t i = 0; i < d->cause_count && code != CODE_FOUND; i++)
            if (d->cause_codes[i] == code) cause = d->causes[i];
        if (cause == CAUSE_NONE) cause = cause_new(d, code, CAUSE_OPEN);
    }
    for (uint32_t i = 0; i < d->cause_count && code == CODE_DECREASE_WAITS; i++)
        if (d->cause_codes[i] == code) cause = d->causes[i];
    if (stopped(d)) return;
    if (verdict > d->decision->verdict) d->decision->verdict = verdict;
    va_list arguments;
    va_start(arguments, where);
    reason_add(d, code, cause, where, arguments);
    va_end(arguments);
}

void affect(Deciding *d, uint32_t lot) {
    if (stopped(d)) return;
    if (d->affected_count == d->affected_room) {
        uint32_t room = d->affected_room ? d->affected_room * 2 : 16;
        uint32_t *grown = scratch_take(d, room * sizeof *grown);
        if (!grown) return;
        if (d->affected_count) memcpy(grown, d->affected, d->affected_count * sizeof *grown);
        d->affected = grown;
        d->affected_room = room;
    }
    d->affected[d->affected_count++] = lot;
}

uint32_t set_with_own(Deciding *d, uint32_t set) {
    uint32_t causes[SET_CAUSES_MAX], count = 0;
    set_collect(d->book, set, causes, &count);
    for (uint32_t i = 0; i < d->cause_count; i++) {
        // An advance's stands on the lots that drew, a decrease's on none.
        if (d->cause_codes[i] == CODE_ADVANCE || d->cause_codes[i] == CODE_DECREASE_WAITS) continue;
        uint32_t cause = cause_find(d->book, d->causes[i]);
        uint32_t alone = set_of(d->book, &cause, 1);
        set_collect(d->book, alone, causes, &count);
    }
    return set_of(d->book, causes, count);
}

// --- who, when, where
// -------------------------------------------------------------------------------

static bool principal_may_speak(Deciding *d) {
    // ROLE/PARTY/NAME
    Text role, rest, party, name;
    if (!text_split(d->context->principal, '/', &role, &rest) ||
        !text_split(rest, '/', &party, &name))
        return refuse(d, CODE_NOT_YOUR_PARTY, "/party");
    return check_principal(d, role, party, name);
}

static bool is_authority_kind(const Event *e) {
    switch (e->kind) {
    case EVENT_PARTY:
    case EVENT_FACILITY:
    case EVENT_FACTORS:
    case EVENT_POLICY:
    case EVENT_MATERIAL:
    case EVENT_DEPOSIT:
    case EVENT_SOURCE:
    case EVENT_LICENCE:
    case EVENT_LICENCE_AMEND:
    case EVENT_LICENCE_SUSPEND:
    case EVENT_PLAN_DRAFT:
    case EVENT_HOLD:
    case EVENT_RELEASE:
    case EVENT_SEIZE:
    case EVENT_RESERVE:
    case EVENT_CASE:
    case EVENT_TIP:
    case EVENT_TECHNOLOGY:
    case EVENT_RULES:
        return true;
    case EVENT_CLOSE:
        return text_is_empty(e->facility);
    default:
        return false;
    }
}

static bool check_sender(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    if ((e->kind == EVENT_BOOK) != (book->top.next == 0)) return refuse(d, CODE_GENESIS, "/kind");
    if (e->kind != EVENT_BOOK) {
        d->party = intern_find(book->party_ids, e->party);
        if (!party_latest(book, d->party)) return refuse(d, CODE_UNKNOWN_PARTY, "/party");
        d->by_authority = d->party == book->top.authority;
    }
    if (!principal_may_speak(d)) return false;
    if (is_authority_kind(e) && !d->by_authority) return refuse(d, CODE_AUTHORITY_ONLY, "/party");
    return e->kind == EVENT_BOOK || check_signature(d);
}

static bool check_time(Deciding *d) {
    const Event *e = d->event;
    if (e->end > d->context->recorded + (Instant)300 * INSTANT_PER_SECOND)
        return refuse(d, CODE_IN_FUTURE, "/happened");
    if (e->end < e->start || e->end - e->start > 31 * INSTANT_PER_DAY)
        return refuse(d, CODE_SPAN, "/happened");
    return true;
}

bool find_facility(Deciding *d, Text id) {
    uint32_t facility = intern_find(d->book->facility_ids, id);
    const FacilityVersion *version = facility_latest(d->book, facility);
    if (!version || version->holder != d->party)
        return refuse(d, CODE_UNKNOWN_FACILITY, "/facility");
    d->facility = facility;
    return true;
}

Month posting_month_at(Deciding *d, uint32_t facility) {
    Month month = month_of_day(instant_day(d->event->end, facility_offset(d->book, facility)));
    Month closed = ROW(d->book, FacilityRow, TABLE_FACILITY, facility)->closed;
    return closed && month <= closed ? closed + 1 : month;
}

bool find_day(Deciding *d, uint32_t facility) {
    const Event *e = d->event;
    int offset =
        facility == ROW_NONE ? d->book->top.offset_minutes : facility_offset(d->book, facility);
    d->day = instant_day(e->end, offset);
    d->first_day = instant_day(e->start, offset);
    bool continuous = e->kind == EVENT_EXTRACT || e->kind == EVENT_CHARGE || e->kind == EVENT_DRAW;
    if (continuous && month_of_day(d->day) != month_of_day(d->first_day))
        return refuse(d, CODE_SPAN, "/happened");
    if (facility == ROW_NONE) return true;
    d->month = posting_month_at(d, facility);
    return true;
}

void check_active(Deciding *d) {
    if (!party_version(d->book, d->party, d->day)) object(d, CODE_INACTIVE, "/party");
    if (d->facility != ROW_NONE && !facility_version(d->book, d->facility, d->day))
        object(d, CODE_INACTIVE, "/facility");
    if (d->facility != ROW_NONE && d->month != month_of_day(d->day))
        object(d, CODE_LATE_ENTRY, "/happened");
}

bool find_pool(Deciding *d, Text id, uint32_t *pool) {
    *pool = intern_find(d->book->pool_ids, id);
    if (*pool == ROW_NONE || pool_at(d->book, *pool)->facility != d->facility)
        return refuse(d, CODE_UNKNOWN_POOL, "/pool");
    return true;
}

bool is_ore_to_alloy(unsigned stage) {
    return stage >= STAGE_ORE && stage <= STAGE_ALLOY;
}

void decide_matter_kind(Deciding *d) {
    const Event *e = d->event;
    if (e->kind != EVENT_MEASURE && e->kind != EVENT_SELL) {
        if (!find_facility(d, e->facility) || !find_day(d, d->facility)) return;
        check_active(d);
        check_devices(d);
    }
    switch (e->kind) {
    case EVENT_OPEN:
        decide_open(d);
        break;
    case EVENT_EXTRACT:
        decide_extract(d);
        break;
    case EVENT_CHARGE:
        decide_charge(d);
        break;
    case EVENT_DRAW:
        decide_draw(d);
        break;
    case EVENT_TRANSFORM:
        decide_transform(d);
        break;
    case EVENT_SPLIT:
        decide_split(d);
        break;
    case EVENT_MERGE:
        decide_merge(d);
        break;
    case EVENT_SHIP:
        decide_ship(d);
        break;
    case EVENT_RECEIVE:
        decide_receive(d);
        break;
    case EVENT_MEASURE:
        decide_measure(d);
        break;
    case EVENT_STOCKTAKE:
        decide_stocktake(d);
        break;
    case EVENT_DISCARD:
        decide_discard(d);
        break;
    case EVENT_LOSS:
        decide_loss(d);
        break;
    case EVENT_SELL:
        decide_sell(d);
        break;
    case EVENT_PACK:
        decide_pack(d);
        break;
    case EVENT_BLEND:
        decide_blend(d);
        break;
    case EVENT_ASSEMBLE:
        decide_assemble(d);
        break;
    case EVENT_RETURN_GOODS:
        decide_return_goods(d);
        break;
    case EVENT_EXPORT_GOODS:
        decide_export_goods(d);
        break;
    case EVENT_IMPORT_GOODS:
        decide_import_goods(d);
        break;
    default:
        refuse(d, CODE_MALFORMED, "/replacement/kind");
        break;
    }
}

void decide_kind(Deciding *d) {
    const Event *e = d->event;
    d->facility = ROW_NONE;
    switch (e->kind) {
    case EVENT_HOLD:
    case EVENT_SEIZE:
    case EVENT_RESERVE:
        if (find_day(d, ROW_NONE)) decide_hold(d);
        break;
    case EVENT_RELEASE:
        if (find_day(d, ROW_NONE)) decide_release(d);
        break;
    case EVENT_CLOSE:
        decide_close(d);
        break;
    case EVENT_RETURN:
        decide_return(d);
        break;
    case EVENT_CORRECT:
        if (find_day(d, ROW_NONE)) decide_correct(d);
        break;
    case EVENT_CONFIRM:
        if (find_day(d, ROW_NONE)) decide_confirm(d);
        break;
    case EVENT_OPEN:
    case EVENT_EXTRACT:
    case EVENT_CHARGE:
    case EVENT_DRAW:
    case EVENT_TRANSFORM:
    case EVENT_SPLIT:
    case EVENT_MERGE:
    case EVENT_SHIP:
    case EVENT_RECEIVE:
    case EVENT_MEASURE:
    case EVENT_STOCKTAKE:
    case EVENT_DISCARD:
    case EVENT_LOSS:
    case EVENT_SELL:
    case EVENT_PACK:
    case EVENT_BLEND:
    case EVENT_ASSEMBLE:
    case EVENT_RETURN_GOODS:
    case EVENT_EXPORT_GOODS:
    case EVENT_IMPORT_GOODS:
        decide_matter_kind(d);
        break;
    default:
        if (find_day(d, ROW_NONE)) registry_decide(d);
        break;
    }
}

// --- the record
// -------------------------------------------------------------------------------------

static void record_add(Book *book, const Event *event, uint32_t party, Verdict verdict,
                       Instant recorded, Day day, const Applying *applying) {
    uint32_t operation = applying->operation;
    uint64_t seq = book->top.next;
    uint32_t row;
    RecordRow *record = row_new(book, TABLE_RECORD, &row);
    assert(row == seq);
    *record = (RecordRow){.recorded = recorded,
                          .party = party,
                          .operation = operation,
                          .key = applying->key,
                          .supersedes = applying->supersedes,
                          .day_of = day,
                          .kind = (uint8_t)event->kind,
                          .verdict = (uint8_t)verdict,
                          .corrected_by = UINT64_MAX,
                          .corrects = UINT64_MAX};
    if (event->kind == EVENT_CORRECT)
        record->corrects = book_event_find(book, event->party, event->corrects);
    // What readers ask of an operation and no rule does: told by the event, not by an effect.
    const Event *said =
        event->kind == EVENT_CORRECT && event->replacement ? event->replacement : event;
    if (operation != ROW_NONE && operation_at(book, operation)->kind == said->kind) {
        OperationRow *at = TOUCH(book, OperationRow, TABLE_OPERATION, operation);
        at->outside = (uint8_t)said->outside;
        if (said->kind == EVENT_EXTRACT) at->source = intern_find(book->source_ids, said->subject);
    }
    parts_apply(book, event, party, seq);
    event_name(book, party, event->id, seq);
    if (event->kind == EVENT_CORRECT && event->replacement)
        event_name(book, party, event->replacement->id, seq);
    touch_memory(book, &book->top.next, sizeof book->top.next);
    touch_memory(book, &book->top.last_recorded, sizeof book->top.last_recorded);
    book->top.next = seq + 1;
    book->top.last_recorded = recorded;
}

// The day by which a record stands in lists: the civil date at the book's own offset.
static Day day_of_record(const Book *book, const Event *event) {
    return instant_day(event->end,
                       book->top.next ? book->top.offset_minutes : event->offset_minutes);
}

static size_t lines_of(const Event *e) {
    size_t lines = 4 + (size_t)e->input_count * 2 + (size_t)e->output_count * 2 + e->package_count +
                   e->permit_line_count + e->permit.country_count + e->pool_count * 4u +
                   e->held_pool_count * 8u + e->allotment_count + e->include_count +
                   e->policy_error_count + e->policy_signing_count + e->licence_document_count +
                   e->area_count +
                   (e->source_count + e->material_count + e->return_line_count + e->facility_count +
                    e->sealed_count + e->belong_count + e->erase_count + e->calibration_count +
                    e->requirement_count) /
                       8;
    if (kind_may_wait(e->kind) || (e->replacement && kind_may_wait(e->replacement->kind)))
        lines += e->bytes.length / 2048 + 1; // kept while it waits
    lines += (e->cited_event_count + e->finding_count + e->document_count + e->interval_count) / 8 +
             e->step_permit_count;
    return e->replacement ? lines + lines_of(e->replacement) : lines;
}

static bool decision_write(Deciding *d) {
    Buffer *out = &d->decision->bytes;
    const Decision *decision = d->decision;
    buffer_reset(out);
    buffer_u8(out, DECISION_VERSION);
    buffer_u8(out, (uint8_t)decision->verdict);
    buffer_u8(out, (uint8_t)d->context->principal.length);
    buffer_text(out, d->context->principal);
    buffer_u8(out, d->context->signature_kind);
    buffer_text(out, d->context->signature);
    buffer_u16(out, (uint16_t)decision->reason_count);
    for (uint32_t i = 0; i < decision->reason_count; i++) {
        const Reason *reason = &decision->reasons[i];
        buffer_u16(out, reason->code);
        buffer_u64(out, reason->cause);
        buffer_u8(out, (uint8_t)strlen(reason->where));
        buffer_string(out, reason->where);
    }
    buffer_u32(out, d->effect_count);
    buffer_bytes(out, d->effects.bytes, d->effects.length);
    return !out->failed || fail_memory(d);
}

// Back to before anything was decided, to decide something else.
static void decide_nothing(Deciding *d, BookMark mark) {
    book_rewind(d->book, mark);
    event_begin(d->book);
    buffer_reset(&d->effects);
    d->effect_count = d->cause_count = d->opened_count = d->affected_count = d->found_count = 0;
    d->decision->verdict = VERDICT_ACCEPTED;
    d->decision->reason_count = 0;
    d->applying.operation = ROW_NONE;
    emit_signed(d); // that stays said
}

// What the event says to the registry, or the one that it confirms; nothing while it waits.
static void enter(const Applying *a) {
    if (!a->waits) registry_apply(a->book, a->event, a->seq);
    if (a->takes_effect) registry_apply(a->book, a->cited, a->seq);
}

bool book_decide(Book *book, const Event *event, const Context *context, Decision *decision,
                 Status *status) {
    decision->verdict = VERDICT_ACCEPTED;
    decision->reason_count = 0;
    buffer_reset(&decision->bytes);
    if (context->principal.length > 255)
        return status_set(status, STATUS_INVALID, "the principal is longer than 255 bytes");
    Event *cited;
    if (!cited_read(book, event, &cited, status)) return false;
    if (!book_reserve(book, lines_of(event) + (cited ? lines_of(cited) : 0), status)) return false;
    BookMark mark = book_mark(book);
    event_begin(book);
    Deciding d = {.book = book,
                  .event = event,
                  .record = event,
                  .context = context,
                  .decision = decision,
                  .status = status,
                  .scratch = &book->scratch,
                  .causes = book->opened_causes,
                  .cause_codes = book->opened_codes,
                  .applying = {.book = book,
                               .seq = book->top.next,
                               .operation = ROW_NONE,
                               .key = ROW_NONE,
                               .event = event,
                               .principal = context->principal,
                               .cited = cited},
                  .reversing = ROW_NONE,
                  .facility = ROW_NONE,
                  .party = ROW_NONE,
                  .sender = ROW_NONE,
                  .user = ROW_NONE,
                  .key = ROW_NONE};
    d.effects = book->effects;
    if (d.effects.limit == 0) buffer_init(&d.effects, DECISION_BYTES_MAX);
    buffer_reset(&d.effects);

    if (check_sender(&d) && check_time(&d) && check_parts(&d)) {
        bool waits = awaits_second(&d);
        decide_kind(&d);
        if (waits && !stopped(&d)) {
            decide_nothing(&d, mark);
            emit_awaiting(&d, true, CONFIRMED_BY_OWN_PARTY);
        }
    }
    if (!stopped(&d) && d.cause_count) {
        // What the event opened stands on all that it made or moved.
        for (uint32_t i = 0; i < d.affected_count && !stopped(&d); i++)
            emit_lot_causes(&d, d.affected[i], set_with_own(&d, lot_at(book, d.affected[i])->set));
    }
    if (!stopped(&d)) {
        Day day = day_of_record(book, event);
        enter(&d.applying);
        // The genesis has named its party only now.
        uint32_t party = d.party == ROW_NONE ? intern_find(book->party_ids, event->party) : d.party;
        record_add(book, event, party, decision->verdict, context->recorded, day, &d.applying);
        decision_write(&d);
    }
    book->effects = d.effects;
    if (d.failed) {
        book_rewind(book, mark);
        return false;
    }
    if (d.refused) {
        book_rewind(book, mark);
        decision->verdict = VERDICT_REFUSED;
    }
    return true;
}

static bool signature_skip(Reader *r) {
    switch (read_u8(r)) {
    case 0:
        return true;
    case 1:
        return read_bytes(r, 96) != NULL;
    case 2: {
        if (!read_bytes(r, 96 + 8)) return false;
        unsigned count = read_u8(r);
        return count == 0 || read_bytes(r, (size_t)count * 32) != NULL;
    }
    default:
        return false;
    }
}

static bool decision_head(Reader *r, Decision *decision, Text *principal, Status *status) {
    if (read_u8(r) != DECISION_VERSION)
        return status_set(status, STATUS_UNSUPPORTED,
                          "the decision is of a version that this program does not know");
    decision->verdict = (Verdict)read_u8(r);
    size_t length = read_u8(r);
    const uint8_t *who = read_bytes(r, length);
    if (principal) *principal = (Text){(const char *)who, who ? length : 0};
    bool well = signature_skip(r);
    unsigned count = read_u16(r);
    decision->reason_count = 0;
    for (unsigned i = 0; i < count && well; i++) {
        if (decision->reason_count == REASONS_MAX) well = false;
        Reason *reason = &decision->reasons[decision->reason_count];
        reason->code = read_u16(r);
        reason->cause = read_u64(r);
        size_t where = read_u8(r);
        const uint8_t *at = read_bytes(r, where);
        if (!at && where) well = false;
        if (where >= sizeof reason->where) well = false;
        if (!well) break;
        if (where) memcpy(reason->where, at, where);
        reason->where[where] = 0;
        decision->reason_count++;
    }
    if (!well || r->failed || decision->verdict < VERDICT_ACCEPTED ||
        decision->verdict > VERDICT_HELD)
        return status_set(status, STATUS_CORRUPT, "the decision is damaged");
    return true;
}

bool decision_read(Text bytes, Decision *decision, Text *principal, Status *status) {
    Reader reader = reader_of(bytes.at, bytes.length);
    return decision_head(&reader, decision, principal, status);
}

bool decision_signature(Text bytes, uint8_t *kind, Text *signature, Status *status) {
    Reader reader = reader_of(bytes.at, bytes.length), *r = &reader;
    read_bytes(r, 2);
    read_bytes(r, read_u8(r));
    const uint8_t *at = r->at;
    if (!signature_skip(r) || r->failed)
        return status_set(status, STATUS_CORRUPT, "the decision is damaged");
    *kind = *at;
    *signature = (Text){(const char *)at + 1, (size_t)(r->at - at) - 1};
    return true;
}

bool book_apply(Book *book, const Event *event, Text bytes, Instant recorded, Status *status) {
    Reader reader = reader_of(bytes.at, bytes.length), *r = &reader;
    Decision decision;
    Text principal;
    if (!decision_head(r, &decision, &principal, status)) return false;
    if ((event->kind == EVENT_BOOK) != (book->top.next == 0))
        return status_set(status, STATUS_CORRUPT, "record %llu is out of place",
                          (unsigned long long)book->top.next);
    uint32_t party = intern_find(book->party_ids, event->party);
    if (event->kind != EVENT_BOOK && !party_latest(book, party))
        return status_set(status, STATUS_CORRUPT, "record %llu names a party that does not exist",
                          (unsigned long long)book->top.next);
    const Event *instead = event->replacement;
    if (book_event_find(book, event->party, event->id) != UINT64_MAX ||
        (instead && (text_equal(instead->id, event->id) ||
                     book_event_find(book, event->party, instead->id) != UINT64_MAX)))
        return status_set(status, STATUS_CORRUPT, "record %llu has the id of an earlier one",
                          (unsigned long long)book->top.next);
    uint32_t count = read_u32(r);
    Event *cited;
    if (!cited_read(book, event, &cited, status)) return false;
    // What effects say stands in their bytes: no table gets more than a row for four of them, and
    // an account's numbers come with twenty at least.
    size_t lines = lines_of(event) + (cited ? lines_of(cited) : 0) + bytes.length / 128;
    if (!book_reserve(book, lines, status)) return false;
    BookMark mark = book_mark(book);
    event_begin(book);
    Applying applying = {.book = book,
                         .seq = book->top.next,
                         .operation = ROW_NONE,
                         .key = ROW_NONE,
                         .event = event,
                         .principal = principal,
                         .cited = cited};
    Day day = day_of_record(book, event);
    for (uint32_t i = 0; i < count; i++) {
        EffectKind kind = (EffectKind)read_u8(r);
        size_t length = read_u16(r);
        const uint8_t *body = read_bytes(r, length);
        if (r->failed) {
            status_set(status, STATUS_CORRUPT, "the decision of record %llu is cut short",
                       (unsigned long long)book->top.next);
            goto failed;
        }
        if (!journal_reserve(&book->journal, 65536 + length * 64, status)) goto failed;
        if (!effect_apply(&applying, kind, body, length, status)) goto failed;
    }
    if (reader_left(r) != 0) {
        status_set(status, STATUS_CORRUPT, "the decision of record %llu has bytes behind its end",
                   (unsigned long long)book->top.next);
        goto failed;
    }
    if ((!applying.waits && !registry_fits(book, event)) ||
        (applying.takes_effect && !registry_fits(book, cited))) {
        status_set(status, STATUS_CORRUPT, "the event of record %llu does not fit the register",
                   (unsigned long long)book->top.next);
        goto failed;
    }
    enter(&applying);
    if (party == ROW_NONE) party = intern_find(book->party_ids, event->party);
    record_add(book, event, party, decision.verdict, recorded, day, &applying);
    return true;
failed:
    if (!book->journal.idle) book_rewind(book, mark);
    return false;
}
