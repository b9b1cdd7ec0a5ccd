// Members of events about licences and plans.
#include "codec/event_member.h"

static const Words activities = {activity_words, 1, ACTIVITY_COUNT};
static const Words licence_statuses = {licence_status_words, 0, 3};
static const Words ledgers = {ledger_words, 1, LEDGER_COUNT};
static const Words plan_classes = {class_words, 1, CLASS_ION + 1};
static const Words visibilities = {visibility_words, 0, 3};
static const Words positions = {position_words, 0, 3};
static const Words document_kinds = {document_words, 1, DOCUMENT_KINDS};

// --- licences -----------------------------------------------------------------------------------

static const Member document_members[] = {
    REQ_WITH(LicenceDocument, "kind", type_word, document_kinds, kind),
    REQ(LicenceDocument, "number", type_text, number),
    OPT(LicenceDocument, "hash", type_sha256, hash),
    OPT(LicenceDocument, "from", type_day, from),
    OPT(LicenceDocument, "to", type_day, to),
};
static const Shape document =
    SHAPE("a paper of a licence", document_members, LicenceDocument, NULL, NULL);

static const Member area_members[] = {
    REQ(LicenceArea, "area", type_id, area),
    OPT(LicenceArea, "boundary", type_sha256, boundary),
    OPT(LicenceArea, "says", type_text, says),
};
static const Shape area = SHAPE("an area", area_members, LicenceArea, NULL, NULL);

#define LICENCE_PARTS                                                                              \
    E_OPT("facility", type_id, facility),                                                          \
        OPT_WITH(Event, "sources", type_names, type_id, sources),                                  \
        OPT_WITH(Event, "materials", type_names, type_id, materials),                              \
        OPT_WITH(Event, "requires", type_names, type_id, requirements),                            \
        OPT_WITH(Event, "documents", type_list, document, licence_documents),                      \
        OPT_WITH(Event, "areas", type_list, area, areas), E_OPT("number", type_text, number)

static const Member licence_members[] = {
    E_REQ("licence", type_id, subject),
    E_REQ("holder", type_party_id, holder),
    REQ_WITH(Event, "activity", type_word, activities, activity),
    LICENCE_PARTS,
    VALIDITY,
    OPT_WITH(Event, "status", type_word, licence_statuses, licence_status),
    OPT_WITH(Event, "permit", type_object, event_permit_shape, permit),
};
static bool check_licence(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    return event->permit.kind == PERMIT_NONE || event->activity == ACTIVITY_EXPORT ||
           fail_value(d, json_member(&d->json, token, TEXT("permit")), "\"activity\":\"export\"",
                      "only a licence of activity export permits exports");
}
#define PERMITS_ARE_EXPORTS                                                                        \
    "\"if\":{\"required\":[\"permit\"]},\"then\":{\"properties\":{\"activity\":{\"const\":"        \
    "\"export\"}}}"

static const Member amend_members[] = {
    E_REQ("licence", type_id, subject),
    E_OPT("holder", type_party_id, holder),
    LICENCE_PARTS,
    FLAGGED(Event, "from", type_day, valid_from, has_from),
    FLAGGED(Event, "to", type_day, valid_to, has_to),
    {TEXT_OF("status"), &type_word, &licence_statuses, offsetof(Event, licence_status),
     offsetof(Event, has_status), false, false},
    REASON,
};
static bool check_amend(Decoder *d, uint32_t token, void *target) {
    const Event *e = target;
    return e->holder.length || e->facility.length || e->source_count || e->material_count ||
           e->requirement_count || e->licence_document_count || e->area_count || e->number.length ||
           e->has_from || e->has_to || e->has_status ||
           fail_value(d, token, "the members that change, such as \"to\"", "nothing is amended");
}

static const Member suspend_members[] = {
    E_REQ("licence", type_id, subject),
    E_REQ("from", type_day, valid_from),
    E_OPT("to", type_day, valid_to),
    E_OPT("lifts", type_id, lifts),
    REASON,
};
static bool check_suspend(Decoder *d, uint32_t token, void *target) {
    const Event *e = target;
    if (e->lifts.length && e->valid_to != DAY_LAST)
        return fail_value(d, token, "\"from\": the first day on which the licence holds again",
                          "a lift has no \"to\"");
    return e->valid_from <= e->valid_to || fail_value(d, token, "\"from\" on or before \"to\"",
                                                      "the suspension ends before it begins");
}

// --- plans --------------------------------------------------------------------------------------

static const Member allotment_members[] = {
    REQ(Allotment, "holder", type_id, holder),
    OPT(Allotment, "under", type_id, under),
    REQ(Allotment, "reo", type_mass, reo),
};
static const Shape allotment = SHAPE("an allotment", allotment_members, Allotment, NULL, NULL);

#define PLAN_PARTS                                                                                 \
    E_REQ("year", type_year, year), REQ_WITH(Event, "ledger", type_word, ledgers, ledger),         \
        OPT_WITH(Event, "class", type_word, plan_classes, class_of_ore),                           \
        E_OPT("notice", type_text, notice),                                                        \
        OPT_WITH(Event, "visibility", type_word, visibilities, visibility),                        \
        OPT_WITH(Event, "includes", type_names, type_id, includes),                                \
        REQ_WITH(Event, "allot", type_list, allotment, allotments)

static const Member adopt_members[] = {
    E_REQ("instrument", type_id, subject),
    E_OPT("draft", type_id, draft),
    PLAN_PARTS,
    E_OPT("pass_down", type_day, pass_down),
};
static const Member draft_members[] = {
    E_REQ("draft", type_id, subject),
    PLAN_PARTS,
    E_OPT("until", type_day, until),
};
static bool check_plan(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    bool mining = event->ledger == LEDGER_MINING, classed = event->class_of_ore != CLASS_NONE;
    if (mining == classed) return true;
    return mining ? fail_value(d, token, "\"class\": \"rock\" or \"ion\"",
                               "the mining ledger has no \"class\"")
                  : fail_member(d, token, "class", "leave it out",
                                "only the mining ledger has a \"class\"");
}
#define PLAN_RULES                                                                                 \
    "\"if\":{\"properties\":{\"ledger\":{\"const\":\"mining\"}}},"                                 \
    "\"then\":{\"required\":[\"class\"]},"                                                         \
    "\"else\":{\"not\":{\"required\":[\"class\"]}}"

static const Member opinion_members[] = {
    E_REQ("draft", type_id, subject),
    REQ_WITH(Event, "position", type_word, positions, position),
    FLAGGED(Event, "reo", type_mass, wish, has_wish),
    E_OPT("text", type_sha256, paper),
    E_OPT("note", type_text, note),
};

static const Shape shapes[] = {
    KIND_SHAPE("licence", licence_members, check_licence, PERMITS_ARE_EXPORTS),
    KIND_SHAPE("licence.amend", amend_members, check_amend, "\"minProperties\":7"),
    KIND_SHAPE("licence.suspend", suspend_members, check_suspend,
               "\"not\":{\"required\":[\"lifts\",\"to\"]}"),
    KIND_SHAPE("plan.adopt", adopt_members, check_plan, PLAN_RULES),
    KIND_SHAPE("plan.draft", draft_members, check_plan, PLAN_RULES),
    KIND_SHAPE("plan.opinion", opinion_members, NULL, NULL),
};

const Shape *event_shape_quota(EventKind kind) {
    switch ((int)kind) {
    case EVENT_LICENCE:
        return &shapes[0];
    case EVENT_LICENCE_AMEND:
        return &shapes[1];
    case EVENT_LICENCE_SUSPEND:
        return &shapes[2];
    case EVENT_PLAN_ADOPT:
        return &shapes[3];
    case EVENT_PLAN_DRAFT:
        return &shapes[4];
    case EVENT_PLAN_OPINION:
        return &shapes[5];
    default:
        return NULL;
    }
}
