// Which members stand in which event, and which of them must. docs/events.md is the same in prose.
#include "codec/event_member.h"

// --- words --------------------------------------------------------------------------------------

static const char *const role_names[] = {"authority", "company", "group", "laboratory",
                                         "customs",   "auditor", "buyer"};
_Static_assert(PARTY_AUTHORITY == 1 << 0 && PARTY_COMPANY == 1 << 1 && PARTY_GROUP == 1 << 2 &&
                   PARTY_LABORATORY == 1 << 3 && PARTY_CUSTOMS == 1 << 4 &&
                   PARTY_AUDITOR == 1 << 5 && PARTY_BUYER == 1 << 6,
               "role_names");
static const char *const yield_basis_names[] = {"element", "oxide"};

static const Words roles = {role_names, 0, 7};
static const Words stages = {stage_words, 1, STAGE_COUNT};
static const Words classes = {class_words, 1, CLASS_COUNT};
static const Words plan_classes = {class_words, 1, CLASS_ION + 1};
static const Words activities = {activity_words, 1, ACTIVITY_LABORATORY + 1};
static const Words stated_bases = {basis_words, BASIS_CALCULATED, BASIS_NOTHING};
static const Words assay_bases = {assay_basis_words, 0, 3};
static const Words as_what = {yield_basis_names, 0, 2};
const Words event_custody_words = {custody_words, 0, CUSTODY_COUNT};
static const Words outsides = {outside_words, 1, OUTSIDE_COUNT};
static const Words titles = {title_words, 0, 2};
static const Words two_person_kinds = {two_person_words, 1, EVENT_KIND_COUNT};
static const Words quantities = {quantity_words, 0, QUANTITY_COUNT};

// --- what stands in lines -----------------------------------------------------------------------

static const Member weighing_members[] = {
    OPT(Weighing, "device", type_scoped, device),
    FLAGGED(Weighing, "u", type_mass, u, has_u),
    FLAGGED(Weighing, "s", type_mass, s, has_s),
};
const Shape event_weighing_shape = SHAPE("a weighing", weighing_members, Weighing, NULL, NULL);

static bool check_assay(Decoder *d, uint32_t token, void *target) {
    Composition *assay = target;
    if (assay->of == OF_TREO) {
        if (!assay->treo.is_value && !assay->treo.is_below) {
            return fail_value(d, token, "\"treo\": per cent of dry mass",
                              "shares of TREO without \"treo\"");
        }
        if (assay->treo.is_below) {
            return fail_value(d, json_member(&d->json, token, TEXT("treo")), "a value",
                              "TREO below a limit has no shares");
        }
        uint32_t as = json_member(&d->json, token, TEXT("as"));
        if (as != JSON_NONE && !assay->as_oxide) {
            return fail_value(d, as, "leave \"as\" out, or \"oxide\"", "shares of TREO are oxides");
        }
        assay->as_oxide = true;
        return true;
    }
    if (!assay->treo.is_value && !assay->treo.is_below) return true;
    return fail_value(d, json_member(&d->json, token, TEXT("treo")),
                      "\"of\":\"treo\", or leave it out",
                      "\"treo\" stands only with shares of TREO");
}

// `as` sets a bool of Composition.
static bool take_as(Decoder *d, uint32_t token, const Member *m, void *at) {
    int32_t index;
    if (!type_word.take(d, token, m, &index)) return false;
    *(bool *)at = index == 1;
    return true;
}
const ValueType type_as = {NULL, take_as, NULL};

static const Member assay_members[] = {
    REQ(Composition, "laboratory", type_party_id, laboratory),
    REQ(Composition, "method", type_text, method),
    OPT_WITH(Composition, "of", type_word, assay_bases, of),
    OPT_WITH(Composition, "as", type_as, as_what, as_oxide),
    OPT(Composition, "treo", type_result, treo),
    REQ(Composition, "values", type_results, values),
    OPT(Composition, "other", type_other, mask),
};
static const Shape assay =
    SHAPE("an assay", assay_members, Composition, check_assay,
          "\"if\":{\"properties\":{\"of\":{\"const\":\"treo\"}},\"required\":[\"of\"]},"
          "\"then\":{\"required\":[\"treo\"],\"properties\":{\"as\":{\"const\":\"oxide\"}}},"
          "\"else\":{\"not\":{\"required\":[\"treo\"]}}");

static const Member content_members[] = {
    REQ_WITH(Composition, "basis", type_word, stated_bases, basis),
    REQ(Composition, "values", type_content_values, values),
};
static const Shape content = SHAPE("a content", content_members, Composition, NULL, NULL);

static const Member reference_members[] = {
    REQ(Composition, "values", type_results, values),
};
static const Shape reference =
    SHAPE("a reference composition", reference_members, Composition, NULL, NULL);

#define NET      FLAGGED(Line, "net", type_mass, net, has_net)
#define REQ_NET  REQ_FLAGGED(Line, "net", type_mass, net, has_net)
#define MOISTURE FLAGGED(Line, "moisture", type_fraction, moisture, has_moisture)
#define WEIGHING OPT_WITH(Line, "weighing", type_object, event_weighing_shape, weighing)
#define ASSAY    OPT_WITH(Line, "assay", type_assay, assay, composition)
#define CONTENT  OPT_WITH(Line, "content", type_content, content, composition)
#define CUSTODY  OPT_WITH(Line, "custody", type_word, event_custody_words, custody)
#define INSISTED_MATTER                                                                            \
    INSISTED(Line, "material", type_id, NULL, material, NO_FLAG),                                  \
        INSISTED(Line, "moisture", type_fraction, NULL, moisture, offsetof(Line, has_moisture)),   \
        INSISTED_COMPOSITION
#define INSISTED_COMPOSITION                                                                       \
    INSISTED(Line, "assay", type_assay, &assay, composition, NO_FLAG),                             \
        INSISTED(Line, "content", type_content, &content, composition, NO_FLAG)
#define ONE_COMPOSITION "\"not\":{\"required\":[\"assay\",\"content\"]}"

static const Member input_members[] = {
    // charge, transform, merge, discard
    REQ(Line, "lot", type_lot, lot),
    NET,
    WEIGHING,
    OPT(Line, "empty", type_flag, empty),
    INSISTED_MATTER,
};
const Shape event_input_shape = SHAPE("an input", input_members, Line, NULL, ONE_COMPOSITION);

static const Member lost_members[] = {
    REQ(Line, "lot", type_lot, lot),
    NET,
    WEIGHING,
    INSISTED_MATTER,
};
static const Shape lost_line = SHAPE("a lost lot", lost_members, Line, NULL, ONE_COMPOSITION);

static const Member shipped_members[] = {
    // whole lots; only what is insisted on has a mass of its own
    REQ(Line, "lot", type_lot, lot),
    INSISTED(Line, "net", type_mass, NULL, net, offsetof(Line, has_net)),
    INSISTED_MATTER,
};
static const Shape shipped_line =
    SHAPE("a shipped lot", shipped_members, Line, NULL, ONE_COMPOSITION);

static const Member counted_members[] = {
    REQ(Line, "lot", type_lot, lot),
    REQ_NET,
    MOISTURE,
    WEIGHING,
    INSISTED(Line, "material", type_id, NULL, material, NO_FLAG),
    INSISTED_COMPOSITION,
};
static const Shape counted_line =
    SHAPE("a counted lot", counted_members, Line, NULL, ONE_COMPOSITION);

static bool check_output(Decoder *d, uint32_t token, void *target) {
    Line *line = target;
    if (line->settles.length > 0 && line->lot.length > 0) {
        return fail_value(d, token, "\"settles\" in place of \"lot\"",
                          "\"lot\" and \"settles\" stand both");
    }
    return true;
}
#define LOT_OR_SETTLES                                                                             \
    "\"not\":{\"anyOf\":[{\"required\":[\"assay\",\"content\"]},{\"required\":[\"lot\","           \
    "\"settles\"]}]}"

static const Member output_members[] = {
    // extract, draw, transform
    OPT(Line, "lot", type_new_lot, lot),
    REQ(Line, "material", type_id, material),
    REQ_NET,
    MOISTURE,
    WEIGHING,
    ASSAY,
    CONTENT,
    CUSTODY,
    OPT(Line, "owner", type_party_id, owner),
    OPT(Line, "settles", type_lot, settles),
};
static const Shape output_line =
    SHAPE("an output", output_members, Line, check_output, LOT_OR_SETTLES);

static const Member opened_members[] = {
    OPT(Line, "lot", type_new_lot, lot),
    REQ(Line, "material", type_id, material),
    REQ_NET,
    MOISTURE,
    WEIGHING,
    ASSAY,
    CONTENT,
    CUSTODY,
    OPT(Line, "source", type_id, source),
    OPT(Line, "owner", type_party_id, owner),
    OPT(Line, "settles", type_lot, settles),
};
static const Shape opened_line =
    SHAPE("an opened lot", opened_members, Line, check_output, LOT_OR_SETTLES);

static const Member imported_members[] = {
    REQ(Line, "lot", type_new_lot, lot),
    REQ(Line, "material", type_id, material),
    REQ_NET,
    MOISTURE,
    WEIGHING,
    ASSAY,
    CONTENT,
    CUSTODY,
};
const Shape event_imported_shape =
    SHAPE("an imported lot", imported_members, Line, NULL, ONE_COMPOSITION);

static const Member received_members[] = {
    OPT(Line, "from_lot", type_lot, from_lot),
    OPT(Line, "lot", type_new_lot, lot),
    OPT(Line, "material", type_id, material),
    NET,
    FLAGGED(Line, "of", type_mass, of, has_of),
    MOISTURE,
    WEIGHING,
    ASSAY,
    CONTENT,
    CUSTODY,
    OPT(Line, "final", type_flag, final_line),
    OPT(Line, "settles", type_lot, settles),
};
static const Shape received_line =
    SHAPE("a received lot", received_members, Line, check_output, LOT_OR_SETTLES);

static const Member part_members[] = {
    REQ(Line, "lot", type_new_lot, lot),
    REQ_NET,
    OPT(Line, "count", type_count, count),
};
static const Shape part_line = SHAPE("a part", part_members, Line, NULL, NULL);

static const Member pool_line_members[] = {
    REQ(PoolLine, "pool", type_scoped, pool),
    OPT(PoolLine, "method", type_text, method),
    REQ(PoolLine, "components", type_pool_components, kg),
};
static const Shape pool_line = SHAPE("a pool's line", pool_line_members, PoolLine, NULL, NULL);

bool fail_member(Decoder *d, uint32_t token, const char *name, const char *hint,
                 const char *message) {
    uint32_t member = json_member(&d->json, token, text_of(name));
    return fail_value(d, member == JSON_NONE ? token : member, hint, "%s", message);
}

// --- what stands in all events ------------------------------------------------------------------

static const Member common_members[] = {
    REQ(Event, "v", type_version, version),
    REQ(Event, "kind", type_kind, kind),
    REQ(Event, "id", type_id, id),
    REQ(Event, "party", type_party_id, party),
    {TEXT_OF("happened"), &type_happened, NULL, 0, NO_FLAG, true, false},
    OPT(Event, "insist", type_flag, insist),
    OPT_WITH(Event, "sealed", type_list, event_sealed_shape, sealed),
    OPT(Event, "x", type_own, bytes),
};
const Shape event_common_shape = SHAPE("an event", common_members, Event, NULL, NULL);

#define INPUTS  REQ_WITH(Event, "inputs", type_lines, event_input_shape, inputs)
#define OUTPUTS REQ_WITH(Event, "outputs", type_lines, output_line, outputs)
#define POOLS   OPT_WITH(Event, "pools", type_list, pool_line, pools)

// The token of line `number` of the list `name`.
static uint32_t line_token(Decoder *d, uint32_t token, const char *name, uint32_t number) {
    uint32_t i = json_begin(json_member(&d->json, token, text_of(name)));
    while (number-- > 0)
        i = json_next(&d->json, i);
    return i;
}

// --- registry -----------------------------------------------------------------------------------

static const Member book_members[] = {
    E_REQ("origin", type_origin, origin),         E_OPT("name", type_text, name),
    E_OPT("name_zh", type_text, name_zh),         E_REQ("jurisdiction", type_country, jurisdiction),
    E_REQ("offset", type_offset, offset_minutes), E_REQ("mode", type_mode, is_trial),
    E_OPT("factors", type_factors, factors),      E_OPT("key", type_key_bytes, log_key),
};

static const Member party_members[] = {
    E_REQ("subject", type_party_id, subject),
    E_REQ("name", type_text, name),
    E_OPT("name_zh", type_text, name_zh),
    REQ_WITH(Event, "roles", type_word_bits, roles, roles),
    E_OPT("group", type_party_id, group),
    E_OPT("country", type_country, country),
    VALIDITY,
};

static const Member facility_members[] = {
    E_REQ("facility", type_id, subject),
    E_REQ("holder", type_party_id, holder),
    NAMES,
    REQ_WITH(Event, "activities", type_word_bits, activities, activities),
    FLAGGED(Event, "offset", type_offset, offset_minutes, has_offset),
    E_OPT("country", type_country, country),
    E_OPT("place", type_text, place),
    VALIDITY,
};

static const Member factors_members[] = {E_REQ("factors", type_factors, factors)};

#define P_FLAGGED(name, field, flag) FLAGGED(PolicyError, name, type_fraction, field, flag)
static const Member policy_error_members[] = {
    REQ_WITH(PolicyError, "quantity", type_word_byte, quantities, quantity),
    OPT(PolicyError, "method", type_text, method),
    OPT_WITH(PolicyError, "stage", type_word_byte, stages, stage),
    P_FLAGGED("u", u, has_u),
    P_FLAGGED("s", s, has_s),
};
static bool check_policy_error(Decoder *d, uint32_t token, void *target) {
    const PolicyError *error = target;
    return error->has_u || error->has_s ||
           fail_value(d, token, "\"u\", \"s\" or both", "neither \"u\" nor \"s\" is given");
}
static const Shape policy_error =
    SHAPE("an error of the policy", policy_error_members, PolicyError, check_policy_error,
          "\"anyOf\":[{\"required\":[\"u\"]},{\"required\":[\"s\"]}]");

static const Member policy_yield_members[] = {
    REQ_WITH(PolicyYield, "activity", type_word_byte, activities, activity),
    REQ(PolicyYield, "min", type_fraction, min),
};
static const Shape policy_yield =
    SHAPE("a least yield", policy_yield_members, PolicyYield, NULL, NULL);

static const bool every_kind = true;
static const Member signing_members[] = {
    OPT(PolicySigning, "party", type_party_id, party),
    OPT_WITH(PolicySigning, "roles", type_word_bits, roles, roles),
    OPT_WITH(PolicySigning, "kinds", type_kinds, every_kind, kinds),
    REQ(PolicySigning, "required", type_flag, required),
};
static const Shape signing =
    SHAPE("a statement on signatures", signing_members, PolicySigning, NULL, NULL);
static const Words permit_kinds = {permit_kind_words, 1, PERMIT_KINDS};
static const Member policy_permits_members[] = {
    REQ_WITH(PolicyPermits, "stage", type_word_byte, stages, stage),
    OPT_WITH(PolicyPermits, "kinds", type_word_bits, permit_kinds, kinds),
};
static const Shape policy_permits =
    SHAPE("permits of a stage", policy_permits_members, PolicyPermits, NULL, NULL);

static const Member screening_members[] = {
    REQ(Screening, "user", type_id, user),
    FLAGGED(Screening, "listed", type_flag, listed, has_listed),
    OPT(Screening, "owner", type_id, owner),
    FLAGGED(Screening, "share", type_fraction, share, has_share),
};
static bool check_screening(Decoder *d, uint32_t token, void *target) {
    const Screening *at = target;
    bool owned = at->owner.length > 0;
    return (at->has_listed != owned && owned == at->has_share) ||
           fail_value(d, token, "\"listed\", or \"owner\" with its \"share\"",
                      "it says neither whether the user is listed nor who owns it, or both");
}
static const Shape screening =
    SHAPE("a statement on a user", screening_members, Screening, check_screening,
          "\"oneOf\":[{\"required\":[\"listed\"],\"not\":{\"anyOf\":[{\"required\":[\"owner\"]},"
          "{\"required\":[\"share\"]}]}},{\"required\":[\"owner\",\"share\"],\"not\":{\"required\":"
          "[\"listed\"]}}]");

static const Member policy_members[] = {
    OPT_WITH(Event, "permits", type_list, policy_permits, policy_permits),
    FLAGGED(Event, "permit_free", type_mass, permit_free, has_permit_free),
    OPT_WITH(Event, "screening", type_list, screening, screenings),
    OPT_WITH(Event, "errors", type_list, policy_error, policy_errors),
    E_OPT("hold_sigma", type_sigma, hold_sigma),
    E_OPT("flag_sigma", type_sigma, flag_sigma),
    E_OPT("verdicts", type_verdicts, policy_verdicts),
    FLAGGED(Event, "advance", type_fraction, advance, has_advance),
    FLAGGED(Event, "quota_notice", type_fraction, quota_notice, has_quota_notice),
    FLAGGED(Event, "quota_warning", type_fraction, quota_warning, has_quota_warning),
    OPT_WITH(Event, "yields", type_list, policy_yield, policy_yields),
    FLAGGED(Event, "yield_drop", type_fraction, yield_drop, has_yield_drop),
    OPT_WITH(Event, "signatures", type_list, signing, policy_signings),
    FLAGGED(Event, "devices_required", type_flag, devices_required, has_devices_required),
    {TEXT_OF("two_persons"), &type_some_kinds, &two_person_kinds, offsetof(Event, two_persons),
     offsetof(Event, has_two_persons), false, false},
};

static const char *const grade_basis_names[] = {"dry", "treo"};
static const Words grade_bases = {grade_basis_names, 0, 2};
static bool check_grade(Decoder *d, uint32_t token, void *target) {
    const Grade *grade = target;
    uint64_t mask = grade->min.mask | grade->max.mask;
    if (!mask) return fail_value(d, token, "\"min\", \"max\" or both", "a grade without limits");
    return !grade->of_treo || !(mask & ~RARE_EARTH_MASK) ||
           fail_value(d, token, "rare earths, or \"of\":\"dry\"",
                      "only rare earths have a share of TREO");
}
static const Member grade_members[] = {
    OPT_WITH(Grade, "of", type_as, grade_bases, of_treo),
    OPT(Grade, "min", type_limits, min),
    OPT(Grade, "max", type_limits, max),
};
static const Shape grade = SHAPE("a grade", grade_members, Grade, check_grade,
                                 "\"anyOf\":[{\"required\":[\"min\"]},{\"required\":[\"max\"]}]");

static const Member material_members[] = {
    E_REQ("material", type_id, subject),
    NAMES,
    REQ_WITH(Event, "stage", type_word, stages, stage),
    E_OPT("form", type_text, form),
    FLAGGED(Event, "moisture", type_fraction, default_moisture, has_default_moisture),
    OPT_WITH(Event, "class", type_word, classes, class_of_ore),
    E_OPT("expects", type_components, expects),
    OPT_WITH(Event, "grade", type_object, grade, grade),
    OPT_WITH(Event, "permits", type_word_bits, permit_kinds, permits),
};

static const Member deposit_members[] = {
    E_REQ("deposit", type_id, subject),
    NAMES,
    E_OPT("country", type_country, country),
    REQ_WITH(Event, "class", type_word, plan_classes, class_of_ore),
    FLAGGED(Event, "reserve", type_mass, reserve, has_reserve),
    OPT_WITH(Event, "reference", type_reference, reference, reference),
};

static const Member source_members[] = {
    E_REQ("source", type_id, subject),
    E_REQ("deposit", type_id, deposit),
    E_REQ("licence", type_id, licence),
    NAMES,
};

// --- matter -------------------------------------------------------------------------------------

static const Member open_members[] = {
    FACILITY,
    OPT_WITH(Event, "lots", type_lines, opened_line, outputs),
    POOLS,
};
static bool check_lots_or_pools(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    return event->input_count || event->output_count || event->pool_count ||
           event->held_pool_count ||
           fail_value(d, token, "\"lots\", \"pools\" or both", "neither lots nor pools are named");
}
#define LOTS_OR_POOLS "\"anyOf\":[{\"required\":[\"lots\"]},{\"required\":[\"pools\"]}]"

// Each line that makes a lot names it, or the found lot that it supplies.
static bool check_new_lots(Decoder *d, uint32_t token, const char *list, const Event *event) {
    for (uint32_t i = 0; i < event->output_count; i++) {
        const Line *line = &event->outputs[i];
        if (line->lot.length > 0 || line->settles.length > 0) continue;
        return fail_value(d, line_token(d, token, list, i),
                          "\"lot\": the new lot's id, such as \"NORTH:O-1\"",
                          "a line without \"lot\"");
    }
    return true;
}

static bool check_open(Decoder *d, uint32_t token, void *target) {
    return check_lots_or_pools(d, token, target) && check_new_lots(d, token, "lots", target);
}

static const Member close_members[] = {
    E_OPT("facility", type_id, facility),
    FLAGGED(Event, "month", type_month, month, has_month),
    E_OPT("year", type_year, year),
};
static bool check_close(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    bool month = event->has_month && event->facility.length > 0 && event->year == 0;
    bool year = !event->has_month && event->facility.length == 0 && event->year != 0;
    return month || year ||
           fail_value(d, token,
                      "a company closes \"facility\" and \"month\", the authority a \"year\"",
                      "it does not say what is closed");
}

static const Member extract_members[] = {
    FACILITY,
    E_REQ("source", type_id, subject),
    E_OPT("area", type_id, area),
    E_OPT("pool", type_scoped, pool),
    OUTPUTS,
};
static bool check_extract(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    if (event->pool.length == 0) return check_new_lots(d, token, "outputs", event);
    for (uint32_t i = 0; i < event->output_count; i++) {
        const Line *line = &event->outputs[i];
        if (line->lot.length == 0 && line->settles.length == 0 && line->owner.length == 0) continue;
        return fail_value(d, line_token(d, token, "outputs", i),
                          "leave \"lot\" and \"owner\" out, or \"pool\"",
                          "what goes into a pool is no lot");
    }
    return true;
}

static const Member pool_members[] = {
    E_REQ("pool", type_scoped, pool),
    FACILITY,
    REQ_WITH(Event, "activity", type_word, activities, activity),
    OPT_WITH(Event, "class", type_word, classes, class_of_ore),
    NAMES,
};

static const Member charge_members[] = {FACILITY, E_REQ("pool", type_scoped, pool), INPUTS};

static const Member draw_members[] = {FACILITY, E_REQ("pool", type_scoped, pool), OUTPUTS};
static bool check_outputs(Decoder *d, uint32_t token, void *target) {
    return check_new_lots(d, token, "outputs", target);
}

static const Member transform_members[] = {
    FACILITY,
    E_OPT("process", type_text, process),
    INPUTS,
    OUTPUTS,
};

static const Member split_members[] = {
    FACILITY,
    REQ_WITH(Event, "lot", type_one_lot, type_lot, inputs),
    REQ_WITH(Event, "parts", type_lines, part_line, outputs),
};

static const Member merge_members[] = {
    FACILITY,
    INPUTS,
    REQ_WITH(Event, "lot", type_one_lot, type_new_lot, outputs),
};

static const Member outside_members[] = {
    REQ_WITH(Event, "kind", type_word, outsides, outside),
    E_OPT("name", type_text, outside_name),
};
static const Shape outside = SHAPE("somebody outside", outside_members, Event, NULL, NULL);
#define OUTSIDE                                                                                    \
    { TEXT_OF("outside"), &type_object, &outside, 0, NO_FLAG, false, false }

static const Member ship_members[] = {
    FACILITY,
    E_REQ("consignment", type_scoped, consignment),
    E_OPT("to", type_id, destination),
    OUTSIDE,
    REQ_WITH(Event, "lots", type_lines, shipped_line, inputs),
    OPT_WITH(Event, "title", type_word, titles, title),
    E_OPT("carrier", type_text, carrier),
    E_OPT("seal", type_text, seal),
    E_OPT("expected", type_day, expected),
};
static bool check_ship(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    bool to = event->destination.length > 0, out = event->outside != OUTSIDE_NONE;
    return to != out ||
           fail_value(d, token, "\"to\": a facility, or \"outside\": somebody not in the book",
                      to ? "\"to\" and \"outside\" stand both" : "it does not say where to");
}

static const Member receive_members[] = {
    FACILITY,
    E_OPT("from", type_party_id, from_party),
    E_OPT("consignment", type_scoped, consignment),
    E_OPT("seal", type_text, seal),
    OUTSIDE,
    REQ_WITH(Event, "lines", type_lines, received_line, outputs),
};
static bool check_receive(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    bool inside = event->from_party.length > 0 && event->consignment.length > 0;
    bool neither = event->from_party.length == 0 && event->consignment.length == 0;
    bool out = event->outside != OUTSIDE_NONE;
    if (out ? !neither : !inside) {
        return fail_value(d, token,
                          "\"from\" and \"consignment\", or \"outside\": somebody not in the book",
                          out ? "\"outside\" stands beside \"from\" or \"consignment\""
                              : "it does not say from whom, or in which consignment");
    }
    if (!check_new_lots(d, token, "lines", event)) return false;
    for (uint32_t i = 0; i < event->output_count; i++) {
        const Line *line = &event->outputs[i];
        uint32_t at = line_token(d, token, "lines", i);
        if (inside && line->from_lot.length == 0) {
            return fail_value(d, at, "\"from_lot\": the shipper's lot",
                              "a line without \"from_lot\"");
        }
        if (inside && line->settles.length > 0) {
            return fail_value(d, at, "\"lot\"", "\"settles\" stands only in receipts from outside");
        }
        if (out && (line->from_lot.length > 0 || line->has_of || line->final_line)) {
            return fail_value(d, at, "leave \"from_lot\", \"of\" and \"final\" out",
                              "matter from outside has no shipper's lot");
        }
        if (out && (line->material.length == 0 || !line->has_net)) {
            return fail_value(d, at, "\"material\" and \"net\"",
                              "matter from outside without \"material\" or \"net\"");
        }
    }
    return true;
}

static const Member measure_members[] = {
    // of one Line
    REQ(Line, "lot", type_lot, lot),
    OPT(Line, "supersedes", type_id, supersedes),
    NET,
    MOISTURE,
    WEIGHING,
    ASSAY,
    INSISTED(Line, "material", type_id, NULL, material, NO_FLAG),
    INSISTED(Line, "content", type_content, &content, composition, NO_FLAG),
};

static const Member stocktake_members[] = {
    FACILITY,
    OPT_WITH(Event, "lots", type_lines, counted_line, inputs),
    POOLS,
};

static const Member discard_members[] = {
    FACILITY,
    REQ_WITH(Event, "lots", type_lines, event_input_shape, inputs),
    E_OPT("to", type_text, destination),
};

static const Member loss_members[] = {
    FACILITY,
    E_OPT("consignment", type_scoped, consignment),
    OPT_WITH(Event, "lots", type_lines, lost_line, inputs),
    POOLS,
    REASON,
};

static bool check_loss(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    if (!check_lots_or_pools(d, token, target)) return false;
    return event->consignment.length == 0 || event->pool_count == 0 ||
           fail_value(d, json_member(&d->json, token, TEXT("pools")), "leave it out",
                      "no pool travels in a consignment");
}
#define LOSS_RULES LOTS_OR_POOLS ",\"not\":{\"required\":[\"consignment\",\"pools\"]}"

// --- orders, returns, corrections ---------------------------------------------------------------

static const Member hold_members[] = {
    E_OPT("lots", type_lot_names, inputs),
    OPT_WITH(Event, "pools", type_names, type_scoped, held_pools),
    REASON,
};

static const Member release_members[] = {E_REQ("cause", type_cause, cause), REASON};

#define KG(name, index)                                                                            \
    {                                                                                              \
        TEXT_OF(name), &type_return_kg, NULL, offsetof(ReturnLine, kg) + (index) * sizeof(Mass),   \
            NO_FLAG, false, false                                                                  \
    }
static const Member return_line_members[] = {
    REQ(ReturnLine, "material", type_id, material),
    KG("opening", 0),
    KG("received", 1),
    KG("extracted", 2),
    KG("made", 3),
    KG("used", 4),
    KG("shipped", 5),
    KG("discarded", 6),
    KG("closing", 7),
};
static const Shape return_line =
    SHAPE("a line of a return", return_line_members, ReturnLine, NULL, NULL);

static const Member return_members[] = {
    FACILITY,
    REQ_FLAGGED(Event, "month", type_month, month, has_month),
    REQ_WITH(Event, "lines", type_list_any, return_line, return_lines),
};

static const Member correct_members[] = {
    E_REQ("corrects", type_id, corrects),
    REASON,
    E_OPT("replacement", type_replacement, replacement),
};
static bool check_correct(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    if (!event->replacement) return true;
    uint32_t replacement = json_member(&d->json, token, TEXT("replacement"));
    if (!text_equal(event->replacement->party, event->party)) {
        return fail_value(d, json_member(&d->json, replacement, TEXT("party")), "the same party",
                          "the replacement speaks for another party");
    }
    if (text_equal(event->replacement->id, event->id)) {
        return fail_value(d, json_member(&d->json, replacement, TEXT("id")), "an id of its own",
                          "the replacement has the correction's id");
    }
    return true;
}

static const Member found_members[] = {
    REQ(Line, "lot", type_lot, lot), NET, MOISTURE, WEIGHING, ASSAY,
};
static const Shape found_line = SHAPE("what customs found", found_members, Line, NULL, NULL);
static const Member confirm_members[] = {
    E_REQ("confirms", type_id, confirms),
    E_OPT("subject", type_party_id, subject),
    E_REQ("hash", type_hash, hash),
    E_OPT("declines", type_flag, declines),
    OPT_WITH(Event, "found", type_lines, found_line, inputs),
    REASON,
};

// --- all of them --------------------------------------------------------------------------------

static const Shape kind_shapes[EVENT_KIND_COUNT] = {
    [EVENT_BOOK] = KIND_SHAPE("book", book_members, NULL, NULL),
    [EVENT_PARTY] = KIND_SHAPE("party", party_members, NULL, NULL),
    [EVENT_FACILITY] = KIND_SHAPE("facility", facility_members, NULL, NULL),
    [EVENT_FACTORS] = KIND_SHAPE("factors", factors_members, NULL, NULL),
    [EVENT_POLICY] = KIND_SHAPE("policy", policy_members, NULL, NULL),
    [EVENT_MATERIAL] = KIND_SHAPE("material", material_members, NULL, NULL),
    [EVENT_DEPOSIT] = KIND_SHAPE("deposit", deposit_members, NULL, NULL),
    [EVENT_SOURCE] = KIND_SHAPE("source", source_members, NULL, NULL),
    [EVENT_OPEN] = KIND_SHAPE("open", open_members, check_open, LOTS_OR_POOLS),
    [EVENT_CLOSE] = KIND_SHAPE(
        "close", close_members, check_close,
        "\"oneOf\":[{\"required\":[\"facility\",\"month\"],\"not\":{\"required\":[\"year\"]}},"
        "{\"required\":[\"year\"],\"not\":{\"anyOf\":[{\"required\":[\"facility\"]},{\"required\":["
        "\"month\"]}]}}]"),
    [EVENT_EXTRACT] = KIND_SHAPE("extract", extract_members, check_extract, NULL),
    [EVENT_POOL] = KIND_SHAPE("pool", pool_members, NULL, NULL),
    [EVENT_CHARGE] = KIND_SHAPE("charge", charge_members, NULL, NULL),
    [EVENT_DRAW] = KIND_SHAPE("draw", draw_members, check_outputs, NULL),
    [EVENT_TRANSFORM] = KIND_SHAPE("transform", transform_members, check_outputs, NULL),
    [EVENT_SPLIT] = KIND_SHAPE("split", split_members, NULL, NULL),
    [EVENT_MERGE] = KIND_SHAPE("merge", merge_members, NULL, NULL),
    [EVENT_SHIP] = KIND_SHAPE("ship", ship_members, check_ship,
                              "\"oneOf\":[{\"required\":[\"to\"]},{\"required\":[\"outside\"]}]"),
    [EVENT_RECEIVE] = KIND_SHAPE(
        "receive", receive_members, check_receive,
        "\"oneOf\":[{\"required\":[\"from\",\"consignment\"]},{\"required\":[\"outside\"]}]"),
    [EVENT_MEASURE] = SHAPE("\"measure\"", measure_members, Line, NULL, ONE_COMPOSITION),
    [EVENT_STOCKTAKE] =
        KIND_SHAPE("stocktake", stocktake_members, check_lots_or_pools, LOTS_OR_POOLS),
    [EVENT_DISCARD] = KIND_SHAPE("discard", discard_members, NULL, NULL),
    [EVENT_LOSS] = KIND_SHAPE("loss", loss_members, check_loss, LOSS_RULES),
    [EVENT_HOLD] = KIND_SHAPE("hold", hold_members, check_lots_or_pools, LOTS_OR_POOLS),
    [EVENT_RELEASE] = KIND_SHAPE("release", release_members, NULL, NULL),
    [EVENT_RETURN] = KIND_SHAPE("return", return_members, NULL, NULL),
    [EVENT_CORRECT] = KIND_SHAPE("correct", correct_members, check_correct, NULL),
    [EVENT_CONFIRM] = KIND_SHAPE("confirm", confirm_members, NULL, NULL),
};

const Shape *event_shape(EventKind kind) {
    const Shape *of_trade = event_shape_trade(kind);
    if (of_trade) return of_trade;
    const Shape *of_identity = event_shape_identity(kind);
    if (of_identity) return of_identity;
    const Shape *of_document = event_shape_document(kind);
    if (of_document) return of_document;
    const Shape *of_law = event_shape_law(kind);
    if (of_law) return of_law;
    const Shape *of_quota = event_shape_quota(kind);
    if (of_quota) return of_quota;
    return &kind_shapes[kind];
}
