// Who may speak for whom, which devices measure, and under which keys parties sign (B10).
// A user is a pseudonym, PARTY:NAME, the last part of the principal under which it sends; the book
// knows no name of a person. Users, delegations and keys hold for what is recorded behind them: the
// last statement counts, on the civil date of recording at the book's own offset. Devices have
// versions by date, like facilities.
#include <assert.h>
#include <string.h>

#include "book/decide.h"

// ---- Who may speak ----

// The facility at which an event does something; ROW_NONE when it names none.
static uint32_t place_of(const Book *book, const Event *e) {
    if (e->kind == EVENT_MEASURE || e->kind == EVENT_SELL) {
        uint32_t lot = intern_find(book->lot_ids, e->inputs[0].lot);
        return lot == ROW_NONE ? ROW_NONE : lot_at(book, lot)->facility;
    }
    if (e->kind == EVENT_CORRECT) {
        uint64_t seq = book_event_find(book, e->party, e->corrects);
        if (seq == UINT64_MAX) return ROW_NONE;
        uint32_t operation = ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seq)->operation;
        return operation == ROW_NONE ? ROW_NONE : operation_at(book, operation)->facility;
    }
    return text_is_empty(e->facility) ? ROW_NONE : intern_find(book->facility_ids, e->facility);
}

static bool covers(const Book *book, const DelegationRow *delegation, const Event *e) {
    uint64_t never =
        (uint64_t)1 << EVENT_USER | (uint64_t)1 << EVENT_DELEGATE | (uint64_t)1 << EVENT_KEY;
    uint64_t kind = (uint64_t)1 << e->kind;
    if ((never & kind) || (delegation->kinds && !(delegation->kinds & kind))) return false;
    bool here = delegation->facility_count == 0;
    uint32_t place = here ? ROW_NONE : place_of(book, e);
    for (uint32_t i = 0; i < delegation->facility_count && !here; i++)
        here = place != ROW_NONE &&
               ROW(book, ListRow, TABLE_LIST, delegation->facilities + i)->number == place;
    return here && (!e->replacement || covers(book, delegation, e->replacement));
}

bool delegation_holds(const Book *book, uint32_t delegator, uint32_t party, uint32_t user, Day day,
                      const Event *e) {
    if (delegator == ROW_NONE || party == ROW_NONE) return false;
    uint32_t row = ROW(book, PartyRow, TABLE_PARTY, delegator)->first_delegation;
    for (; row != ROW_NONE;
         row = ROW(book, DelegationRow, TABLE_DELEGATION, row)->next_of_delegator) {
        const DelegationRow *delegation = ROW(book, DelegationRow, TABLE_DELEGATION, row);
        if (delegation->party != party || day < delegation->from || day > delegation->to) continue;
        if (delegation->user != ROW_NONE && delegation->user != user) continue;
        if (covers(book, delegation, e)) return true;
    }
    return false;
}

// The user PARTY:NAME, or ROW_NONE.
static uint32_t user_find(const Book *book, Text party, Text name) {
    char id[ID_BYTES_MAX];
    if (party.length + 1 + name.length > sizeof id) return ROW_NONE;
    memcpy(id, party.at, party.length);
    id[party.length] = ':';
    memcpy(id + party.length + 1, name.at, name.length);
    return intern_find(book->user_ids, (Text){id, party.length + 1 + name.length});
}

bool check_principal(Deciding *d, Text role, Text sender, Text name) {
    const Book *book = d->book;
    const Event *e = d->event;
    // The genesis is said by whom it makes the authority.
    if (book->top.next == 0)
        return text_equal(sender, e->party) || text_equal(role, TEXT("operator")) ||
               refuse(d, CODE_NOT_YOUR_PARTY, "/party");
    Day day = instant_day(d->context->recorded, book->top.offset_minutes);
    uint32_t user = user_find(book, sender, name);
    if (user != ROW_NONE) {
        const UserRow *row = ROW(book, UserRow, TABLE_USER, user);
        if (!(row->roles & USER_RECORD) || day < row->from || day > row->to)
            return refuse(d, CODE_USER_NOT_ENTITLED, "/party");
    }
    uint32_t party = intern_find(book->party_ids, sender);
    bool own = party == d->party && party != ROW_NONE;
    if (own || party == book->top.authority || text_equal(role, TEXT("operator")) ||
        delegation_holds(book, d->party, party, user, day, e)) {
        d->sender = party;
        d->user = user;
        return true;
    }
    return refuse(d, CODE_NOT_YOUR_PARTY, "/party");
}

// ---- What may be registered ----

static bool is_own(Deciding *d, Text id, const char *where) {
    return text_equal(scoped_id_party(id), d->event->party) ||
           refuse(d, CODE_FOREIGN_ID, "%s", where);
}

static bool decide_delegate(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    if (!is_own(d, e->subject, "/delegation")) return false;
    bool to_user = scoped_id_party(e->delegate).length > 0;
    if (to_user && intern_find(book->user_ids, e->delegate) == ROW_NONE)
        return refuse(d, CODE_UNKNOWN_USER, "/delegate");
    if (!to_user && !party_latest(book, intern_find(book->party_ids, e->delegate)))
        return refuse(d, CODE_UNKNOWN_PARTY, "/delegate");
    for (uint32_t i = 0; i < e->facility_count; i++) {
        const FacilityVersion *version =
            facility_latest(book, intern_find(book->facility_ids, e->facilities[i]));
        if (!version || version->holder != d->party)
            return refuse(d, CODE_UNKNOWN_FACILITY, "/facilities/%u", i);
    }
    return true;
}

static bool decide_device(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    if (!is_own(d, e->subject, "/device") || !find_facility(d, e->facility)) return false;
    for (uint32_t i = 0; i < e->calibration_count; i++) {
        Text laboratory = e->calibrations[i].laboratory;
        if (text_is_empty(laboratory)) continue;
        const PartyVersion *version = party_latest(book, intern_find(book->party_ids, laboratory));
        if (!version || !(version->roles & PARTY_LABORATORY))
            return refuse(d, CODE_UNKNOWN_LABORATORY, "/calibrations/%u/laboratory", i);
    }
    return true;
}

// A key's id: the 32 bytes that its text writes.
static Text key_bytes(Text hex, uint8_t bytes[32]) {
    for (size_t i = 0; i < 32; i++) {
        unsigned char high = (unsigned char)hex.at[2 * i], low = (unsigned char)hex.at[2 * i + 1];
        bytes[i] = (uint8_t)(((high <= '9' ? high - '0' : high - 'a' + 10) << 4) |
                             (low <= '9' ? low - '0' : low - 'a' + 10));
    }
    return (Text){(const char *)bytes, 32};
}

static uint32_t key_find(const Book *book, Text hex) {
    uint8_t bytes[32];
    return intern_find(book->key_ids, key_bytes(hex, bytes));
}

static bool decide_key(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    // A party whose key is lost or stolen need not wait for the authority to revoke it.
    bool own = text_equal(e->holder, e->party);
    // And whoever signs with the old key may rotate it.
    uint8_t old_key[32];
    bool rotates = own && !text_is_empty(e->replaces) && d->context->signature_kind != 0 &&
                   memcmp(d->context->public_key, key_bytes(e->replaces, old_key).at, 32) == 0;
    bool may = d->by_authority || (own && e->key_status == KEY_REVOKED) || rotates;
    if (!may) return refuse(d, CODE_AUTHORITY_ONLY, "/party");
    uint32_t holder = intern_find(book->party_ids, e->holder);
    if (!party_latest(book, holder)) return refuse(d, CODE_UNKNOWN_PARTY, "/holder");
    uint32_t row = key_find(book, e->subject);
    if (row == ROW_NONE && e->key_status == KEY_REVOKED) return refuse(d, CODE_UNKNOWN_KEY, "/key");
    if (row != ROW_NONE) {
        const KeyRow *key = ROW(book, KeyRow, TABLE_KEY, row);
        if (key->holder != holder) return refuse(d, CODE_EXISTS, "/key");
        if (key->revoked_seq != UINT64_MAX && e->key_status == KEY_VALID)
            return refuse(d, CODE_KEY_REVOKED, "/key");
    }
    if (text_is_empty(e->replaces)) return true;
    uint32_t before = key_find(book, e->replaces);
    const KeyRow *old = before == ROW_NONE ? NULL : ROW(book, KeyRow, TABLE_KEY, before);
    if (!old || old->holder != holder || old->revoked_seq != UINT64_MAX)
        return refuse(d, CODE_UNKNOWN_KEY, "/replaces");
    return true;
}

bool identity_decide(Deciding *d) {
    switch (d->event->kind) {
    case EVENT_USER:
        return is_own(d, d->event->subject, "/user");
    case EVENT_DELEGATE:
        return decide_delegate(d);
    case EVENT_DEVICE:
        return decide_device(d);
    default:
        return decide_key(d);
    }
}

// ---- What goes into the tables ----

static void apply_user(Book *book, const Event *e) {
    uint32_t number = name_put(book, book->user_ids, e->subject), row;
    if (number == book_count(book, TABLE_USER)) ROW_NEW(book, UserRow, TABLE_USER, &row);
    UserRow *user = TOUCH(book, UserRow, TABLE_USER, number);
    *user = (UserRow){intern_find(book->party_ids, e->party), e->user_roles, e->valid_from,
                      e->valid_to};
}

static void apply_delegate(Book *book, const Event *e) {
    uint32_t number = name_put(book, book->delegation_ids, e->subject), row;
    uint32_t delegator = intern_find(book->party_ids, e->party);
    if (number == book_count(book, TABLE_DELEGATION)) {
        PartyRow *party = TOUCH(book, PartyRow, TABLE_PARTY, delegator);
        DelegationRow *made = row_new(book, TABLE_DELEGATION, &row);
        made->next_of_delegator = party->first_delegation;
        party->first_delegation = number;
    }
    Text party = scoped_id_party(e->delegate);
    bool to_user = party.length > 0;
    uint32_t first = book_count(book, TABLE_LIST);
    for (uint32_t i = 0; i < e->facility_count; i++)
        ROW_NEW(book, ListRow, TABLE_LIST, &row)->number =
            intern_find(book->facility_ids, e->facilities[i]);
    DelegationRow *delegation = TOUCH(book, DelegationRow, TABLE_DELEGATION, number);
    *delegation =
        (DelegationRow){.delegator = delegator,
                        .next_of_delegator = delegation->next_of_delegator,
                        .party = intern_find(book->party_ids, to_user ? party : e->delegate),
                        .user = to_user ? intern_find(book->user_ids, e->delegate) : ROW_NONE,
                        .kinds = e->kinds,
                        .facilities = first,
                        .facility_count = e->facility_count,
                        .from = e->valid_from,
                        .to = e->valid_to};
}

static void apply_device(Book *book, const Event *e, Day effective) {
    uint32_t number = name_put(book, book->device_ids, e->subject), row;
    if (number == book_count(book, TABLE_DEVICE)) {
        DeviceRow *made = row_new(book, TABLE_DEVICE, &row);
        *made = (DeviceRow){ROW_NONE, ROW_NONE};
        uint32_t party = intern_find(book->party_ids, e->party);
        TOUCH(book, PartyRow, TABLE_PARTY, party)->has_devices = 1;
    }
    DeviceRow *device = TOUCH(book, DeviceRow, TABLE_DEVICE, number);
    DeviceVersion *version = row_new(book, TABLE_DEVICE_VERSION, &row);
    *version = (DeviceVersion){.device = number,
                               .previous = device->last_version,
                               .facility = intern_find(book->facility_ids, e->facility),
                               .kind = (uint8_t)e->device_kind,
                               .effective = effective,
                               .from = e->valid_from,
                               .to = e->valid_to};
    device->last_version = row;
    for (uint32_t i = 0; i < e->calibration_count; i++) {
        const Calibration *from = &e->calibrations[i];
        CalibrationRow *calibration = row_new(book, TABLE_CALIBRATION, &row);
        *calibration =
            (CalibrationRow){.device = number,
                             .next = device->first_calibration,
                             .laboratory = intern_find(book->party_ids, from->laboratory),
                             .certificate = text_put(book, from->certificate),
                             .date = from->date,
                             .until = from->until};
        device->first_calibration = row;
    }
}

static void apply_key(Book *book, const Event *e, uint64_t seq) {
    uint8_t bytes[32];
    uint32_t number = name_put(book, book->key_ids, key_bytes(e->subject, bytes)), row;
    bool is_new = number == book_count(book, TABLE_KEY);
    if (is_new) {
        KeyRow *made = row_new(book, TABLE_KEY, &row);
        *made = (KeyRow){.holder = intern_find(book->party_ids, e->holder),
                         .replaced_by = ROW_NONE,
                         .from_seq = seq,
                         .revoked_seq = UINT64_MAX,
                         .suspect_since = SUSPECT_NEVER};
        memcpy(made->key, bytes, sizeof bytes);
    }
    KeyRow *key = TOUCH(book, KeyRow, TABLE_KEY, number);
    if (e->key_status == KEY_REVOKED) {
        if (key->revoked_seq == UINT64_MAX) key->revoked_seq = seq;
        if (e->has_suspect_since) key->suspect_since = e->suspect_since;
    } else {
        key->from = e->valid_from;
        key->to = e->valid_to;
    }
    if (text_is_empty(e->replaces)) return;
    uint32_t before = key_find(book, e->replaces);
    if (before == ROW_NONE) return;
    KeyRow *old = TOUCH(book, KeyRow, TABLE_KEY, before);
    old->revoked_seq = seq;
    old->replaced_by = number;
}

void identity_apply(Book *book, const Event *e, Day effective, uint64_t seq) {
    switch (e->kind) {
    case EVENT_USER:
        apply_user(book, e);
        break;
    case EVENT_DELEGATE:
        apply_delegate(book, e);
        break;
    case EVENT_DEVICE:
        apply_device(book, e, effective);
        break;
    default:
        apply_key(book, e, seq);
        break;
    }
}

// ---- Devices ----

static const DeviceVersion *device_version(const Book *book, uint32_t device, Day day) {
    uint32_t row = ROW(book, DeviceRow, TABLE_DEVICE, device)->last_version;
    for (; row != ROW_NONE; row = ROW(book, DeviceVersion, TABLE_DEVICE_VERSION, row)->previous) {
        const DeviceVersion *version = ROW(book, DeviceVersion, TABLE_DEVICE_VERSION, row);
        if (version->effective > day) continue;
        return version->from <= day && day <= version->to ? version : NULL;
    }
    return NULL;
}

static bool is_calibrated(const Book *book, uint32_t device, Day day) {
    uint32_t row = ROW(book, DeviceRow, TABLE_DEVICE, device)->first_calibration;
    for (; row != ROW_NONE; row = ROW(book, CalibrationRow, TABLE_CALIBRATION, row)->next) {
        const CalibrationRow *calibration = ROW(book, CalibrationRow, TABLE_CALIBRATION, row);
        if (calibration->date <= day && day <= calibration->until) return true;
    }
    return false;
}

static void check_device(Deciding *d, Text id, const char *list, uint32_t index) {
    const Book *book = d->book;
    if (text_is_empty(id)) return;
    VerdictCode code = CODE_NONE;
    uint32_t device = intern_find(book->device_ids, id);
    if (device == ROW_NONE) {
        uint32_t party = intern_find(book->party_ids, scoped_id_party(id));
        bool kept = party != ROW_NONE && ROW(book, PartyRow, TABLE_PARTY, party)->has_devices;
        if (kept || book->top.devices_required) code = CODE_DEVICE_UNREGISTERED;
    } else {
        const DeviceVersion *version = device_version(book, device, d->day);
        // A lot may be measured away from where it lies.
        bool away = version && version->facility != d->facility && d->event->kind != EVENT_MEASURE;
        code = !version                               ? CODE_DEVICE_UNREGISTERED
               : away                                 ? CODE_DEVICE_ELSEWHERE
               : !is_calibrated(book, device, d->day) ? CODE_DEVICE_UNCALIBRATED
                                                      : CODE_NONE;
    }
    if (code == CODE_NONE) return;
    if (list)
        object(d, code, "/%s/%u/weighing/device", list, index);
    else
        object(d, code, "/weighing/device");
}

void check_devices(Deciding *d) {
    const Event *e = d->event;
    const char *inputs = "inputs", *outputs = "outputs";
    if (e->kind == EVENT_STOCKTAKE || e->kind == EVENT_DISCARD || e->kind == EVENT_LOSS)
        inputs = "lots";
    if (e->kind == EVENT_MEASURE) inputs = NULL;
    if (e->kind == EVENT_OPEN) outputs = "lots";
    if (e->kind == EVENT_RECEIVE || e->kind == EVENT_IMPORT_GOODS) outputs = "lines";
    for (uint32_t i = 0; i < e->input_count; i++)
        check_device(d, e->inputs[i].weighing.device, inputs, i);
    for (uint32_t i = 0; i < e->output_count; i++)
        check_device(d, e->outputs[i].weighing.device, outputs, i);
}
