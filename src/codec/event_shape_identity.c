// Users, delegations, devices and keys: who may speak, measure and sign (docs/events.md).
#include "codec/event_member.h"

static bool is_own_party(const Event *event, Text scoped) {
    return text_equal(scoped_id_party(scoped), event->party);
}

static bool fail_order(Decoder *d, uint32_t token, const Event *event) {
    return event->valid_from <= event->valid_to ||
           fail_member(d, token, "to", "a day not before \"from\"", "it ends before it begins");
}

static bool check_validity(Decoder *d, uint32_t token, void *target) {
    return fail_order(d, token, target);
}

// --- users --------------------------------------------------------------------------------------

static const Words user_roles = {user_role_words, 0, 4};
_Static_assert(USER_RECORD == 1 && USER_CONFIRM == 2 && USER_READ == 4 && USER_ADMINISTER == 8,
               "user_role_words");
static const Member user_members[] = {
    E_REQ("user", type_scoped, subject),
    REQ_WITH(Event, "roles", type_word_bits, user_roles, user_roles),
    VALIDITY,
};
static const Shape shape_user = KIND_SHAPE("user", user_members, check_validity, NULL);

// --- delegations --------------------------------------------------------------------------------

// With something beside the type: every kind, else those that can be passed on.
static bool take_kinds(Decoder *d, uint32_t token, const Member *m, void *at) {
    if (json_type(&d->json, token) != JSON_ARRAY) return fail_type(d, token, "a list of kinds");
    uint64_t bits = 0;
    for (uint32_t i = json_begin(token); i != json_end(&d->json, token);
         i = json_next(&d->json, i)) {
        Text text = json_bytes(&d->json, i);
        EventKind kind = json_type(&d->json, i) == JSON_STRING
                             ? event_kind_find((Text){text.at + 1, text.length - 2})
                             : EVENT_NONE;
        if (kind == EVENT_NONE)
            return fail_value(d, i, "kinds of events as docs/events.md has them",
                              "%.*s is no kind of event", TEXT_ARG(shown(d, i)));
        if (!m->with && (kind == EVENT_USER || kind == EVENT_DELEGATE || kind == EVENT_KEY))
            return fail_value(d, i, "every party says itself who may speak for it",
                              "%.*s cannot be passed on", TEXT_ARG(shown(d, i)));
        if (bits >> kind & 1)
            return fail_value(d, i, "each kind once", "%.*s stands twice", TEXT_ARG(shown(d, i)));
        bits |= (uint64_t)1 << kind;
    }
    if (bits == 0) return fail_value(d, token, "at least one kind", "an empty list");
    *(uint64_t *)at = bits;
    return true;
}
const ValueType type_kinds = {NULL, take_kinds, NULL};
_Static_assert(EVENT_KIND_COUNT <= 64, "a mask of kinds");

static const Member delegate_members[] = {
    E_REQ("delegation", type_scoped, subject),
    E_REQ("delegate", type_speaker, delegate),
    E_OPT("kinds", type_kinds, kinds),
    OPT_WITH(Event, "facilities", type_names, type_id, facilities),
    VALIDITY,
};
static bool check_delegate(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    if (text_equal(event->delegate, event->party) || is_own_party(event, event->delegate))
        return fail_member(d, token, "delegate", "another party, or its user",
                           "a party needs no delegation to itself");
    return fail_order(d, token, event);
}
static const Shape shape_delegate = KIND_SHAPE("delegate", delegate_members, check_delegate, NULL);

// --- devices ------------------------------------------------------------------------------------

static const Words devices = {device_words, 1, DEVICE_KINDS};
static const Member calibration_members[] = {
    REQ(Calibration, "date", type_day, date),
    REQ(Calibration, "until", type_day, until),
    OPT(Calibration, "certificate", type_text, certificate),
    OPT(Calibration, "laboratory", type_party_id, laboratory),
};
static bool check_calibration(Decoder *d, uint32_t token, void *target) {
    const Calibration *calibration = target;
    return calibration->date <= calibration->until ||
           fail_member(d, token, "until", "a day not before \"date\"", "it ends before it begins");
}
static const Shape calibration =
    SHAPE("a calibration", calibration_members, Calibration, check_calibration, NULL);

static const Member device_members[] = {
    E_REQ("device", type_scoped, subject),
    FACILITY,
    REQ_WITH(Event, "type", type_word, devices, device_kind),
    OPT_WITH(Event, "calibrations", type_list, calibration, calibrations),
    VALIDITY,
};
static const Shape shape_device = KIND_SHAPE("device", device_members, check_validity, NULL);

// --- keys ---------------------------------------------------------------------------------------

static const Words key_statuses = {key_status_words, 0, 2};
static const Member key_members[] = {
    E_REQ("key", type_key_text, subject),
    E_REQ("holder", type_party_id, holder),
    VALIDITY,
    OPT_WITH(Event, "status", type_word, key_statuses, key_status),
    E_OPT("replaces", type_key_text, replaces),
    FLAGGED(Event, "suspect_since", type_moment, suspect_since, has_suspect_since),
};
static bool check_key(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    bool revoked = event->key_status == KEY_REVOKED;
    if (event->has_suspect_since && !revoked)
        return fail_member(d, token, "suspect_since", "\"status\":\"revoked\" beside it",
                           "only a revoked key is suspect");
    if (revoked && event->replaces.length > 0)
        return fail_member(d, token, "replaces", "leave it out",
                           "a key that is revoked replaces none");
    if (text_equal(event->replaces, event->subject))
        return fail_member(d, token, "replaces", "the key that this one takes the place of",
                           "a key does not replace itself");
    return true; // the order of the days was never asked: books have such keys, valid on no day
}
static const Shape shape_key = KIND_SHAPE(
    "key", key_members, check_key,
    "\"if\":{\"properties\":{\"status\":{\"const\":\"revoked\"}},\"required\":[\"status\"]},"
    "\"then\":{\"not\":{\"required\":[\"replaces\"]}},"
    "\"else\":{\"not\":{\"required\":[\"suspect_since\"]}}");

const Shape *event_shape_identity(EventKind kind) {
    switch ((int)kind) {
    case EVENT_USER:
        return &shape_user;
    case EVENT_DELEGATE:
        return &shape_delegate;
    case EVENT_DEVICE:
        return &shape_device;
    case EVENT_KEY:
        return &shape_key;
    default:
        return NULL;
    }
}
