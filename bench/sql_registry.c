// What the authority and the parties register, in the SQL ledger.
#include "sql_ledger.h"

static void permit_put(const Event *e, sqlite3_int64 holder, bool here, sqlite3_int64 facility) {
    const Permit *p = &e->permit;
    char kinds[] = "tiiiitiiiii";
    if (!here) kinds[2] = 'n';
    if (!p->user.length) kinds[5] = 'n';
    if (!p->has_quantity) kinds[6] = 'n';
    // A null takes no argument: each of the eight shapes is one call.
    Text user = p->user;
#define PERMIT(...) ask(QUERY_PERMIT_PUT, kinds, e->subject, holder, __VA_ARGS__)
#define REST        I(e->licence_status), I(e->valid_from), I(e->valid_to), I(p->type == PERMIT_SINGLE)
    sqlite3_int64 kind = I(p->kind), measure = I(p->measure), quantity = I(p->quantity.mg);
    if (here && user.length && p->has_quantity)
        PERMIT(facility, kind, measure, user, quantity, REST);
    if (here && user.length && !p->has_quantity) PERMIT(facility, kind, measure, user, REST);
    if (here && !user.length && p->has_quantity) PERMIT(facility, kind, measure, quantity, REST);
    if (here && !user.length && !p->has_quantity) PERMIT(facility, kind, measure, REST);
    if (!here && user.length && p->has_quantity) PERMIT(kind, measure, user, quantity, REST);
    if (!here && user.length && !p->has_quantity) PERMIT(kind, measure, user, REST);
    if (!here && !user.length && p->has_quantity) PERMIT(kind, measure, quantity, REST);
    if (!here && !user.length && !p->has_quantity) PERMIT(kind, measure, REST);
#undef PERMIT
#undef REST
    sqlite3_int64 id = returned(QUERY_PERMIT_PUT);
    for (uint32_t i = 0; i < p->country_count; i++)
        ask(QUERY_PERMIT_COUNTRY_PUT, "it", id, p->countries[i]);
}

static bool licence(const Event *e) {
    sqlite3_int64 holder, facility = 0;
    if (!find(QUERY_PARTY, e->holder, &holder, NULL)) return false;
    bool here = e->facility.length;
    if (here && !find(QUERY_FACILITY, e->facility, &facility, NULL)) return false;
    if (e->permit.kind) {
        permit_put(e, holder, here, facility);
        return true;
    }
    sqlite3_int64 lists = (e->source_count > 0) | (e->material_count > 0) << 1;
    if (here)
        ask(QUERY_LICENCE_PUT, "tiiiiiii", e->subject, holder, facility, I(e->activity),
            I(e->licence_status), I(e->valid_from), I(e->valid_to), lists);
    else
        ask(QUERY_LICENCE_PUT, "tiniiiii", e->subject, holder, I(e->activity), I(e->licence_status),
            I(e->valid_from), I(e->valid_to), lists);
    sqlite3_int64 id = returned(QUERY_LICENCE_PUT);
    for (uint32_t i = 0; i < e->source_count; i++)
        ask(QUERY_LICENCE_SOURCE_PUT, "it", id, e->sources[i]);
    for (uint32_t i = 0; i < e->material_count; i++)
        ask(QUERY_LICENCE_MATERIAL_PUT, "it", id, e->materials[i]);
    for (uint32_t i = 0; i < e->area_count; i++)
        ask(QUERY_LICENCE_AREA_PUT, "it", id, e->areas[i].area);
    for (uint32_t i = 0; i < e->requirement_count; i++)
        ask(QUERY_REQUIREMENT_PUT, "it", id, e->requirements[i]);
    for (uint32_t i = 0; i < e->licence_document_count; i++) {
        const LicenceDocument *paper = &e->licence_documents[i];
        ask(QUERY_LICENCE_PAPER_PUT, "iii", id, I(paper->from),
            I(paper->to ? paper->to : DAY_LAST));
    }
    return true;
}

static bool licence_changed(const Event *e) {
    sqlite3_int64 id;
    if (!find(QUERY_LICENCE_ID, e->subject, &id, NULL)) return false;
    if (e->kind == EVENT_LICENCE_SUSPEND && e->lifts.length) {
        if (!ask(QUERY_SUSPENSION_END, "iti", I(e->valid_from - 1), e->lifts, id)) return false;
        return returned(QUERY_SUSPENSION_END);
    }
    if (e->kind == EVENT_LICENCE_SUSPEND) {
        ask(QUERY_SUSPENSION_PUT, "itii", id, e->id, I(e->valid_from), I(e->valid_to));
        return true;
    }
    if (e->has_status) ask(QUERY_LICENCE_AMEND, "innt", I(e->licence_status), e->subject);
    if (e->has_status) returned(QUERY_LICENCE_AMEND);
    if (e->has_from && ask(QUERY_LICENCE_AMEND, "nint", I(e->valid_from), e->subject))
        returned(QUERY_LICENCE_AMEND);
    if (e->has_to && ask(QUERY_LICENCE_AMEND, "nnit", I(e->valid_to), e->subject))
        returned(QUERY_LICENCE_AMEND);
    return true;
}

static bool material(const Event *e) {
    uint64_t graded = e->grade.min.mask | e->grade.max.mask;
    if (!ask(QUERY_MATERIAL_PUT, "tiiii", e->subject, I(e->stage), I(e->class_of_ore),
             I(e->has_default_moisture ? e->default_moisture.ppb : 0), I(graded != 0)))
        return false;
    sqlite3_int64 id = returned(QUERY_MATERIAL_PUT);
    for (uint64_t m = graded; m; m &= m - 1) {
        int c = __builtin_ctzll(m);
        bool least = e->grade.min.mask >> c & 1, most = e->grade.max.mask >> c & 1;
        sqlite3_int64 low = e->grade.min.values[c].ppb, high = e->grade.max.values[c].ppb;
        if (least && most) ask(QUERY_GRADE_PUT, "iiiii", id, I(c), low, high, I(e->grade.of_treo));
        if (least && !most) ask(QUERY_GRADE_PUT, "iiini", id, I(c), low, I(e->grade.of_treo));
        if (!least) ask(QUERY_GRADE_PUT, "iinii", id, I(c), high, I(e->grade.of_treo));
    }
    return true;
}

static bool plan(const Event *e) {
    for (uint32_t i = 0; i < e->include_count; i++) {
        ask(QUERY_ALLOTMENTS_END, "t", e->includes[i]);
        ask(QUERY_INSTRUMENT_END, "t", e->includes[i]);
    }
    for (uint32_t i = 0; i < e->allotment_count; i++) {
        const Allotment *a = &e->allotments[i];
        ask(QUERY_QUOTA_PUT, "tiiiti", a->holder, I(e->ledger), I(e->class_of_ore), I(e->year),
            a->under, I(a->reo.mg));
        ask(QUERY_ALLOTMENT_PUT, "tii", e->subject, returned(QUERY_QUOTA_PUT), I(a->reo.mg));
        // Each holder once, under one named before it, children at most their parent.
        int64_t children = 0;
        bool named = !a->under.length;
        for (uint32_t k = 0; k < e->allotment_count; k++) {
            if (k < i && text_equal(e->allotments[k].holder, a->holder)) return false;
            if (k < i && text_equal(e->allotments[k].holder, a->under)) named = true;
            if (text_equal(e->allotments[k].under, a->holder)) children += e->allotments[k].reo.mg;
        }
        if (children > a->reo.mg) return false;
        if (!named && !THERE_IS(QUERY_QUOTA_BEFORE, "tiii", a->under, I(e->ledger),
                                I(e->class_of_ore), I(e->year)))
            return false;
    }
    return true;
}

static bool policy_stated(const Event *e) {
    for (uint32_t i = 0; i < e->policy_permit_count; i++)
        ask(QUERY_POLICY_PERMITS_PUT, "ii", I(e->policy_permits[i].stage),
            I(e->policy_permits[i].kinds));
    for (uint32_t i = 0; i < e->policy_signing_count; i++) {
        const PolicySigning *signing = &e->policy_signings[i];
        ask(QUERY_SIGNING_PUT, "tiii", signing->party, I(signing->roles), I(signing->kinds),
            I(signing->required));
    }
    for (uint32_t i = 0; i < e->screening_count; i++) {
        const Screening *said = &e->screenings[i];
        if (said->owner.length)
            ask(QUERY_OWNER_SHARE_PUT, "tti", said->user, said->owner, I(said->share.ppb));
        else
            ask(said->listed ? QUERY_LISTED_PUT : QUERY_LISTED_END, "t", said->user);
    }
    for (uint32_t i = 0; i < e->policy_yield_count; i++)
        policy.yield_min[e->policy_yields[i].activity] = e->policy_yields[i].min.ppb;
    if (e->has_yield_drop) policy.yield_drop = e->yield_drop.ppb;
    if (e->has_advance) policy.advance = e->advance.ppb;
    if (e->has_quota_notice) policy.notice = e->quota_notice.ppb;
    if (e->has_quota_warning) policy.warning = e->quota_warning.ppb;
    if (e->has_permit_free) policy.permit_free = e->permit_free.mg;
    if (e->hold_sigma != POLICY_KEEP) policy.hold = e->hold_sigma;
    if (e->flag_sigma != POLICY_KEEP) policy.flag = e->flag_sigma;
    return true;
}

static bool device(Head *head) {
    const Event *e = head->event;
    if (!place_check(head) || foreign(head, e->subject)) return false;
    ask(QUERY_DEVICE_PUT, "tiiii", e->subject, head->party, head->place.id, I(e->valid_from),
        I(e->valid_to));
    sqlite3_int64 id = returned(QUERY_DEVICE_PUT);
    for (uint32_t i = 0; i < e->calibration_count; i++)
        ask(QUERY_CALIBRATION_PUT, "iii", id, I(e->calibrations[i].date),
            I(e->calibrations[i].until));
    return true;
}

static bool month_event(Head *head) {
    const Event *e = head->event;
    if (!place_check(head)) return false;
    Day today = instant_day(head->recorded, OFFSET_MINUTES), last = month_last_day(e->month);
    if (today <= last) return false; // the month is not over
    if (e->kind == EVENT_CLOSE) {
        if (!ask(QUERY_FACILITY_CLOSE, "ii", I(e->month), head->place.id)) return false;
        return returned(QUERY_FACILITY_CLOSE);
    }
    // An amendment is never late.
    bool late = today > last + 10 && !THERE_IS(QUERY_RETURNED, "ii", head->place.id, I(e->month));
    if (late) complain("return_late");
    ask(QUERY_RETURN_PUT, "iiii", head->place.id, I(e->month), seq, I(late));
    for (uint32_t i = 0; i < e->return_line_count; i++)
        for (uint32_t m = e->return_lines[i].mask; m; m &= m - 1)
            ask(QUERY_RETURN_LINE_PUT, "itii", seq, e->return_lines[i].material,
                I(__builtin_ctz(m)), I(e->return_lines[i].kg[__builtin_ctz(m)].mg));
    return true;
}

// hold, seize, reserve: on the lots and pools that they name. release: by the event that held.
static bool order(const Event *e) {
    Text code = e->kind == EVENT_HOLD    ? TEXT("ordered")
                : e->kind == EVENT_SEIZE ? TEXT("seized")
                                         : TEXT("reserved");
    for (uint32_t i = 0; i < e->input_count; i++) {
        sqlite3_int64 lot;
        if (!find(QUERY_LOT_ID, e->inputs[i].lot, &lot, NULL)) return false;
        ask(QUERY_HOLD_PUT, "iit", lot, seq, code);
    }
    for (uint32_t i = 0; i < e->held_pool_count; i++) {
        if (!ask(QUERY_POOL_HOLD, "it", seq, e->held_pools[i])) return false;
        returned(QUERY_POOL_HOLD);
    }
    return true;
}

bool registry_event(Head *head) {
    const Event *e = head->event;
    sqlite3_int64 holder, above = 0;
    switch (e->kind) {
    case EVENT_PARTY: {
        bool has = e->group.length && find(QUERY_PARTY, e->group, &above, NULL);
        if (has)
            ask(QUERY_PARTY_PUT, "tiiii", e->subject, I(e->roles), above, I(e->valid_from),
                I(e->valid_to));
        else
            ask(QUERY_PARTY_PUT, "tinii", e->subject, I(e->roles), I(e->valid_from),
                I(e->valid_to));
        return true;
    }
    case EVENT_FACILITY:
        if (!find(QUERY_PARTY, e->holder, &holder, NULL)) return false;
        ask(QUERY_FACILITY_PUT, "tiiii", e->subject, holder, I(e->valid_from), I(e->valid_to),
            I(e->activities));
        return true;
    case EVENT_MATERIAL:
        return material(e);
    case EVENT_DEPOSIT:
        ask(QUERY_DEPOSIT_PUT, e->has_reserve ? "tii" : "tin", e->subject, I(e->class_of_ore),
            I(e->reserve.mg));
        return true;
    case EVENT_SOURCE:
        ask(QUERY_SOURCE_PUT, "ttt", e->subject, e->deposit, e->licence);
        return true;
    case EVENT_LICENCE:
        return licence(e);
    case EVENT_LICENCE_AMEND:
    case EVENT_LICENCE_SUSPEND:
        return licence_changed(e);
    case EVENT_PLAN_ADOPT:
        return plan(e);
    case EVENT_POLICY:
        return policy_stated(e);
    case EVENT_USER:
        ask(QUERY_USER_PUT, "tiiii", e->subject, head->party, I(e->user_roles), I(e->valid_from),
            I(e->valid_to));
        return true;
    case EVENT_DELEGATE: {
        ask(QUERY_DELEGATION_PUT, "titiii", e->subject, head->party, e->delegate, I(e->valid_from),
            I(e->valid_to), I(e->kinds));
        sqlite3_int64 id = returned(QUERY_DELEGATION_PUT);
        for (uint32_t i = 0; i < e->facility_count; i++)
            ask(QUERY_DELEGATED_PLACE_PUT, "it", id, e->facilities[i]);
        return true;
    }
    case EVENT_KEY:
        if (!find(QUERY_PARTY, e->holder, &holder, NULL)) return false;
        ask(QUERY_KEY_PUT, "tiiii", e->subject, holder, I(e->key_status), I(e->valid_from),
            I(e->valid_to));
        return true;
    case EVENT_DEVICE:
        return device(head);
    case EVENT_CLOSE:
    case EVENT_RETURN:
        return month_event(head);
    case EVENT_POOL: {
        if (!place_check(head) || !head->place.id) return false;
        Text name = e->subject.length ? e->subject : e->pool;
        if (foreign(head, name) ||
            !ask(QUERY_POOL_PUT, "tiii", name, head->place.id, I(e->activity), I(e->class_of_ore)))
            return false;
        returned(QUERY_POOL_PUT);
        return true;
    }
    case EVENT_HOLD:
    case EVENT_SEIZE:
    case EVENT_RESERVE:
        return order(e);
    case EVENT_RELEASE:
        if (!ask(QUERY_HOLD_END, "i", I(e->cause >> 8))) return false;
        while (more(QUERY_HOLD_END))
            ;
        done(QUERY_HOLD_END);
        return true;
    default: // kept, and not looked into
        ask(QUERY_DOCUMENT_PUT, "iiit", seq, I(e->kind), head->party, e->subject);
        return true;
    }
}
