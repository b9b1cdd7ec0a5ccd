// Orders, inspections, controlled technology and rule packs (docs/events.md).
#include "codec/event_member.h"

static bool check_validity(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    return event->valid_from <= event->valid_to ||
           fail_member(d, token, "to", "a day not before \"from\"", "it ends before it begins");
}

// --- orders -------------------------------------------------------------------------------------

#define LOTS E_OPT("lots", type_lot_names, inputs)
static bool check_lots_or_pools(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    return event->input_count || event->held_pool_count ||
           fail_value(d, token, "\"lots\", \"pools\" or both", "neither lots nor pools are named");
}
#define LOTS_OR_POOLS "\"anyOf\":[{\"required\":[\"lots\"]},{\"required\":[\"pools\"]}]"

static const Member seize_members[] = {
    LOTS,
    OPT_WITH(Event, "pools", type_names, type_scoped, held_pools),
    E_REQ("order", type_text, notice),
    E_OPT("seal", type_text, seal),
    REASON,
};
static const Shape shape_seize =
    KIND_SHAPE("seize", seize_members, check_lots_or_pools, LOTS_OR_POOLS);

static const Member reserve_members[] = {
    E_REQ("reserve", type_id, subject),
    {TEXT_OF("lots"), &type_lot_names, NULL, offsetof(Event, inputs), NO_FLAG, true, false},
    E_OPT("order", type_text, notice),
    REASON,
};
static const Shape shape_reserve = KIND_SHAPE("reserve", reserve_members, NULL, NULL);

// --- inspections --------------------------------------------------------------------------------

static const Words case_states = {case_state_words, 0, 3};
static const Member cited_members[] = {
    REQ(EventRef, "party", type_party_id, party),
    REQ(EventRef, "id", type_id, id),
};
static const Shape cited = SHAPE("an event of a party", cited_members, EventRef, NULL, NULL);

static const Member case_members[] = {
    E_REQ("case", type_id, subject),
    REQ_WITH(Event, "state", type_word, case_states, case_state),
    E_OPT("about", type_party_id, holder),
    E_OPT("facility", type_id, facility),
    LOTS,
    OPT_WITH(Event, "events", type_list, cited, cited_events),
    OPT_WITH(Event, "findings", type_names, type_text, findings),
    OPT_WITH(Event, "documents", type_names, type_sha256, documents),
    E_OPT("outcome", type_text, outcome),
    REASON,
};
static bool check_case(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    bool closed = event->case_state == CASE_CLOSED, says = event->outcome.length > 0;
    if (closed == says) return true;
    return closed ? fail_value(d, token, "\"outcome\": what came of it",
                               "a closed case without an outcome")
                  : fail_member(d, token, "outcome", "\"state\":\"closed\", or leave it out",
                                "an outcome of a case that is not closed");
}
static const Shape shape_case = KIND_SHAPE(
    "case", case_members, check_case,
    "\"if\":{\"properties\":{\"state\":{\"const\":\"closed\"}},\"required\":[\"state\"]},"
    "\"then\":{\"required\":[\"outcome\"]},"
    "\"else\":{\"not\":{\"required\":[\"outcome\"]}}");

static const Member tip_members[] = {
    E_REQ("tip", type_sha256, subject),
    E_OPT("facility", type_id, facility),
};
static const Shape shape_tip = KIND_SHAPE("tip", tip_members, NULL, NULL);

// --- technology ---------------------------------------------------------------------------------

static const Words technology_classes = {technology_class_words, 0, 3};
static const Words steps = {step_words, 0, STEP_COUNT};
static const Member permit_members[] = {
    REQ(StepPermit, "permit", type_text, number),
    REQ_WITH(StepPermit, "step", type_word_byte, steps, step),
    OPT(StepPermit, "country", type_country, country),
    OPT(StepPermit, "to_party", type_party_id, party),
    REQ(StepPermit, "from", type_day, from),
    OPT(StepPermit, "to", type_day, to),
};
static bool check_permit(Decoder *d, uint32_t token, void *target) {
    StepPermit *permit = target;
    if (permit->to == 0) permit->to = DAY_LAST;
    return permit->from <= permit->to ||
           fail_member(d, token, "to", "a day not before \"from\"", "it ends before it begins");
}
static const Shape permit = SHAPE("a permit", permit_members, StepPermit, check_permit, NULL);

static const Member technology_members[] = {
    E_REQ("technology", type_id, subject),
    E_REQ("owner", type_party_id, holder),
    NAMES,
    E_REQ("entry", type_text, entry),
    REQ_WITH(Event, "class", type_word, technology_classes, technology_class),
    OPT_WITH(Event, "documents", type_names, type_sha256, documents),
    OPT_WITH(Event, "permits", type_list, permit, step_permits),
};
static const Shape shape_technology = KIND_SHAPE("technology", technology_members, NULL, NULL);

static const Member disclose_members[] = {
    E_REQ("technology", type_id, subject),
    REQ_WITH(Event, "step", type_word_byte, steps, step),
    E_OPT("to", type_party_id, destination),
    E_OPT("outside", type_text, outside_name),
    E_OPT("country", type_country, country),
    E_OPT("permit", type_text, licence),
    E_OPT("channel", type_text, process),
    OPT_WITH(Event, "documents", type_names, type_sha256, documents),
};
static bool check_disclose(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    bool to = event->destination.length > 0, outside = event->outside_name.length > 0;
    if (to == outside)
        return fail_value(d, token, "\"to\": a party, or \"outside\": somebody not in the book",
                          to ? "\"to\" and \"outside\" stand both" : "it does not say to whom");
    return !outside || event->country.length > 0 ||
           fail_value(d, token, "\"country\": where they are, such as \"DE\"",
                      "somebody outside without a country");
}
static const Shape shape_disclose =
    KIND_SHAPE("technology.disclose", disclose_members, check_disclose,
               "\"oneOf\":[{\"required\":[\"to\"],\"not\":{\"required\":[\"outside\"]}},"
               "{\"required\":[\"outside\",\"country\"],\"not\":{\"required\":[\"to\"]}}]");

// --- rule packs ---------------------------------------------------------------------------------

static const Member interval_members[] = {
    REQ(Interval, "from", type_day, from),
    OPT(Interval, "to", type_day, to),
};
static bool check_interval(Decoder *d, uint32_t token, void *target) {
    Interval *interval = target;
    if (interval->to == 0) interval->to = DAY_LAST;
    return interval->from <= interval->to ||
           fail_member(d, token, "to", "a day not before \"from\"", "it ends before it begins");
}
static const Shape interval =
    SHAPE("an interval", interval_members, Interval, check_interval, NULL);

static bool take_pack(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    if (json_type(&d->json, token) != JSON_OBJECT) return fail_type(d, token, "an object");
    *(Text *)at = json_bytes(&d->json, token);
    return true;
}
const ValueType type_pack = {
    "pack", take_pack,
    "\"description\":\"the rules themselves, kept byte for byte\",\"type\":\"object\""};

static const Member rules_members[] = {
    E_REQ("pack", type_id, subject),
    E_REQ("version", type_text, pack_version),
    E_REQ("jurisdiction", type_country, jurisdiction),
    E_REQ("hash", type_hash, hash),
    E_REQ("rules", type_pack, pack),
    VALIDITY,
    OPT_WITH(Event, "suspended", type_list, interval, intervals),
};
static const Shape shape_rules = KIND_SHAPE("rules", rules_members, check_validity, NULL);

const Shape *event_shape_law(EventKind kind) {
    switch ((int)kind) {
    case EVENT_SEIZE:
        return &shape_seize;
    case EVENT_RESERVE:
        return &shape_reserve;
    case EVENT_CASE:
        return &shape_case;
    case EVENT_TIP:
        return &shape_tip;
    case EVENT_TECHNOLOGY:
        return &shape_technology;
    case EVENT_TECHNOLOGY_DISCLOSE:
        return &shape_disclose;
    case EVENT_RULES:
        return &shape_rules;
    default:
        return NULL;
    }
}
