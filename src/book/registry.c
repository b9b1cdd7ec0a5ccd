// What registry events put into the tables, and what they must not say.
#include <assert.h>
#include <string.h>

#include "book/decide.h"

static uint32_t party_put(Book *book, Text id) {
    uint32_t number = name_put(book, book->party_ids, id), row;
    if (number == book_count(book, TABLE_PARTY))
        *ROW_NEW(book, PartyRow, TABLE_PARTY, &row) = (PartyRow){ROW_NONE, ROW_NONE, 0};
    return number;
}

uint32_t licence_put(Book *book, Text id) {
    uint32_t number = name_put(book, book->licence_ids, id), row;
    if (number == book_count(book, TABLE_LICENCE))
        *ROW_NEW(book, LicenceRow, TABLE_LICENCE, &row) =
            (LicenceRow){ROW_NONE, ROW_NONE, ROW_NONE};
    return number;
}

uint32_t source_put(Book *book, Text id) {
    uint32_t number = name_put(book, book->source_ids, id), row;
    if (number == book_count(book, TABLE_SOURCE)) {
        SourceRow *source = row_new(book, TABLE_SOURCE, &row);
        *source = (SourceRow){ROW_NONE, ROW_NONE, ROW_NONE, 0};
    }
    return number;
}

uint32_t material_put(Book *book, Text id) {
    uint32_t number = name_put(book, book->material_ids, id), row;
    if (number == book_count(book, TABLE_MATERIAL)) {
        MaterialRow *material = row_new(book, TABLE_MATERIAL, &row);
        *material = (MaterialRow){.name = ROW_NONE, .name_zh = ROW_NONE, .form = ROW_NONE};
    }
    return number;
}

uint32_t list_of(Book *book, const Text *ids, uint32_t count, uint32_t (*put)(Book *, Text)) {
    uint32_t first = book_count(book, TABLE_LIST), row;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = put(book, ids[i]);
        ROW_NEW(book, ListRow, TABLE_LIST, &row)->number = number;
    }
    return first;
}

static void party_version_add(Book *book, const Event *e, Day effective, Text id, uint32_t roles) {
    uint32_t party = party_put(book, id), row;
    uint32_t group = text_is_empty(e->group) ? ROW_NONE : party_put(book, e->group);
    uint32_t previous = ROW(book, PartyRow, TABLE_PARTY, party)->last_version;
    PartyVersion *version = row_new(book, TABLE_PARTY_VERSION, &row);
    *version = (PartyVersion){.party = party,
                              .previous = previous,
                              .group = group,
                              .name = text_put(book, e->name),
                              .name_zh = text_put(book, e->name_zh),
                              .roles = roles,
                              .effective = effective,
                              .from = e->valid_from,
                              .to = e->valid_to};
    TOUCH(book, PartyRow, TABLE_PARTY, party)->last_version = row;
}

static void apply_book(Book *book, const Event *e, Day effective) {
    party_version_add(book, e, DAY_FIRST, e->party, PARTY_AUTHORITY);
    (void)effective;
    touch_memory(book, &book->top, sizeof book->top);
    book->top.authority = intern_find(book->party_ids, e->party);
    book->top.origin = text_put(book, e->origin);
    book->top.jurisdiction = text_put(book, e->jurisdiction);
    book->top.book_name = text_put(book, e->name);
    book->top.offset_minutes = e->offset_minutes;
    book->top.trial = e->is_trial;
    memcpy(book->top.log_key, e->log_key, 32);
    uint32_t row;
    FactorsRow *factors = row_new(book, TABLE_FACTORS, &row);
    factors->effective = DAY_FIRST;
    factors->factors = factors_default;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        if (e->factors.micro[c]) factors->factors.micro[c] = e->factors.micro[c];
}

static void apply_facility(Book *book, const Event *e, Day effective) {
    uint32_t facility = name_put(book, book->facility_ids, e->subject), row;
    if (facility == book_count(book, TABLE_FACILITY)) {
        FacilityRow *made = row_new(book, TABLE_FACILITY, &row);
        *made = (FacilityRow){.last_version = ROW_NONE};
    }
    FacilityVersion *version = row_new(book, TABLE_FACILITY_VERSION, &row);
    FacilityRow *at = TOUCH(book, FacilityRow, TABLE_FACILITY, facility);
    *version = (FacilityVersion){.facility = facility,
                                 .previous = at->last_version,
                                 .holder = intern_find(book->party_ids, e->holder),
                                 .name = text_put(book, e->name),
                                 .name_zh = text_put(book, e->name_zh),
                                 .country = text_put(book, e->country),
                                 .place = text_put(book, e->place),
                                 .activities = e->activities,
                                 .offset_minutes =
                                     e->has_offset ? e->offset_minutes : book->top.offset_minutes,
                                 .effective = effective,
                                 .from = e->valid_from,
                                 .to = e->valid_to};
    at->last_version = row;
}

static void apply_material(Book *book, const Event *e) {
    uint32_t material = material_put(book, e->subject);
    MaterialRow *at = TOUCH(book, MaterialRow, TABLE_MATERIAL, material);
    *at = (MaterialRow){.name = text_put(book, e->name),
                        .name_zh = text_put(book, e->name_zh),
                        .form = text_put(book, e->form),
                        .registered = 1,
                        .stage = (uint8_t)e->stage,
                        .class_of_ore = (uint8_t)e->class_of_ore,
                        .has_moisture = e->has_default_moisture,
                        .moisture_ppb = e->default_moisture.ppb,
                        .has_permits = e->permits != 0,
                        .permits = (uint8_t)e->permits,
                        .expects = (uint32_t)e->expects};
    const Limits *limits[2] = {&e->grade.min, &e->grade.max};
    uint32_t masks[2] = {(uint32_t)limits[0]->mask, (uint32_t)limits[1]->mask};
    at->grade_of_treo = e->grade.of_treo;
    at->grade_min_mask = masks[0];
    at->grade_max_mask = masks[1];
    at->grade =
        values_new(book, (uint32_t)(__builtin_popcount(masks[0]) + __builtin_popcount(masks[1])));
    int64_t *value = masks[0] | masks[1] ? values_at(book, at->grade) : NULL;
    for (int i = 0; i < 2; i++)
        for (uint32_t m = masks[i]; m; m &= m - 1)
            *value++ = limits[i]->values[__builtin_ctz(m)].ppb;
}

static void apply_deposit(Book *book, const Event *e) {
    uint32_t deposit = name_put(book, book->deposit_ids, e->subject), row;
    if (deposit == book_count(book, TABLE_DEPOSIT)) ROW_NEW(book, DepositRow, TABLE_DEPOSIT, &row);
    DepositRow *at = TOUCH(book, DepositRow, TABLE_DEPOSIT, deposit);
    int64_t drawn = at->drawn_mg;
    uint32_t mask = e->reference ? (uint32_t)e->reference->mask : 0;
    uint32_t count = (uint32_t)__builtin_popcount(mask), values = values_new(book, 2 * count),
             i = 0;
    for (uint32_t m = mask; m; m &= m - 1, i++) {
        const Result *result = &e->reference->values[__builtin_ctz(m)];
        *values_at(book, values + i) = result->value.ppb;
        *values_at(book, values + count + i) = result->u.ppb;
    }
    *at = (DepositRow){.name = text_put(book, e->name),
                       .country = text_put(book, e->country),
                       .registered = 1,
                       .class_of_ore = (uint8_t)e->class_of_ore,
                       .has_reserve = e->has_reserve,
                       .reserve_mg = e->reserve.mg,
                       .drawn_mg = drawn,
                       .reference_mask = mask,
                       .reference = values};
}

static void apply_source(Book *book, const Event *e) {
    uint32_t source = source_put(book, e->subject);
    SourceRow *at = TOUCH(book, SourceRow, TABLE_SOURCE, source);
    *at = (SourceRow){intern_find(book->deposit_ids, e->deposit), licence_put(book, e->licence),
                      text_put(book, e->name), 1};
}

static void apply_policy(Book *book, const Event *e) {
    uint32_t row;
    for (uint32_t i = 0; i < e->policy_error_count; i++) {
        const PolicyError *from = &e->policy_errors[i];
        PolicyErrorRow *error = row_new(book, TABLE_POLICY_ERROR, &row);
        *error = (PolicyErrorRow){text_put(book, from->method), from->quantity, from->stage,
                                  from->has_u ? from->u.ppb : -1, from->has_s ? from->s.ppb : -1};
    }
    for (uint32_t i = 0; i < e->policy_signing_count; i++) {
        const PolicySigning *from = &e->policy_signings[i];
        SigningRow *rule = row_new(book, TABLE_SIGNING, &row);
        *rule = (SigningRow){intern_find(book->party_ids, from->party), from->roles, from->kinds,
                             from->required};
    }
    for (uint32_t i = 0; i < e->screening_count; i++) {
        const Screening *from = &e->screenings[i];
        uint32_t user = text_put(book, from->user);
        uint32_t owner = text_is_empty(from->owner) ? ROW_NONE : text_put(book, from->owner);
        ScreenRow *screen = row_new(book, TABLE_SCREEN, &row);
        *screen = (ScreenRow){user, owner, from->has_share ? from->share.ppb : 0, from->listed};
    }
    touch_memory(book, &book->top, sizeof book->top);
    for (uint32_t i = 0; i < e->policy_verdict_count; i++)
        book->top.verdicts[e->policy_verdicts[i].code] = e->policy_verdicts[i].verdict;
    if (e->hold_sigma != POLICY_KEEP) book->top.hold_sigma = e->hold_sigma;
    if (e->flag_sigma != POLICY_KEEP) book->top.flag_sigma = e->flag_sigma;
    if (e->has_devices_required) book->top.devices_required = e->devices_required;
    for (uint32_t i = 0; i < e->policy_permit_count; i++)
        book->top.permits[e->policy_permits[i].stage] =
            (uint8_t)(e->policy_permits[i].kinds | PERMITS_STATED);
    if (e->has_permit_free) book->top.permit_free_mg = e->permit_free.mg;
    if (e->has_advance) book->top.advance_ppb = e->advance.ppb;
    if (e->has_quota_notice) book->top.quota_notice_ppb = e->quota_notice.ppb;
    if (e->has_quota_warning) book->top.quota_warning_ppb = e->quota_warning.ppb;
    if (e->has_yield_drop) book->top.yield_drop_ppb = e->yield_drop.ppb;
    for (uint32_t i = 0; i < e->policy_yield_count; i++)
        book->top.yield_min_ppb[e->policy_yields[i].activity] = e->policy_yields[i].min.ppb;
    if (e->has_two_persons) book->top.two_persons = e->two_persons;
}

static void apply_pool(Book *book, const Event *e) {
    uint32_t number = name_put(book, book->pool_ids, e->pool), row;
    PoolRow *pool = row_new(book, TABLE_POOL, &row);
    assert(row == number);
    (void)number;
    *pool = (PoolRow){.facility = intern_find(book->facility_ids, e->facility),
                      .name = text_put(book, e->name),
                      .first_set = ROW_NONE,
                      .last_set = ROW_NONE,
                      .first_facet = ROW_NONE,
                      .first_group = ROW_NONE,
                      .first_term = ROW_NONE,
                      .last_term = ROW_NONE,
                      .first_owner = ROW_NONE,
                      .first_operation = ROW_NONE,
                      .last_operation = ROW_NONE,
                      .whole = (uint32_t)COMPONENT_MASK,
                      .activity = (uint8_t)e->activity,
                      .class_of_ore = (uint8_t)e->class_of_ore};
}

void registry_apply(Book *book, const Event *e, uint64_t seq) {
    Day effective = instant_day(e->end, book->top.offset_minutes);
    uint32_t row;
    switch (e->kind) {
    case EVENT_BOOK:
        apply_book(book, e, effective);
        break;
    case EVENT_PARTY:
        party_version_add(book, e, effective, e->subject, e->roles);
        break;
    case EVENT_FACILITY:
        apply_facility(book, e, effective);
        break;
    case EVENT_DOCUMENT:
    case EVENT_ERASE:
        document_apply(book, e, seq);
        break;
    case EVENT_SEIZE:
    case EVENT_RESERVE:
    case EVENT_CASE:
    case EVENT_TIP:
    case EVENT_TECHNOLOGY:
    case EVENT_TECHNOLOGY_DISCLOSE:
    case EVENT_RULES:
        law_apply(book, e, effective, seq);
        break;
    case EVENT_USER:
    case EVENT_DELEGATE:
    case EVENT_DEVICE:
    case EVENT_KEY:
        identity_apply(book, e, effective, seq);
        break;
    case EVENT_FACTORS: {
        Factors latest =
            ROW(book, FactorsRow, TABLE_FACTORS, book_count(book, TABLE_FACTORS) - 1)->factors;
        FactorsRow *factors = row_new(book, TABLE_FACTORS, &row);
        factors->effective = effective;
        factors->factors = latest;
        for (int c = 0; c < COMPONENT_COUNT; c++)
            if (e->factors.micro[c]) factors->factors.micro[c] = e->factors.micro[c];
        break;
    }
    case EVENT_POLICY:
        apply_policy(book, e);
        break;
    case EVENT_MATERIAL:
        apply_material(book, e);
        break;
    case EVENT_DEPOSIT:
        apply_deposit(book, e);
        break;
    case EVENT_SOURCE:
        apply_source(book, e);
        break;
    case EVENT_LICENCE:
        licence_register(book, e, effective);
        break;
    case EVENT_LICENCE_AMEND:
        licence_amend(book, e, effective);
        break;
    case EVENT_LICENCE_SUSPEND:
        licence_suspend(book, e, seq);
        break;
    case EVENT_PLAN_ADOPT:
    case EVENT_PLAN_DRAFT:
    case EVENT_PLAN_OPINION:
        plan_apply(book, e, effective, seq);
        break;
    case EVENT_POOL:
        apply_pool(book, e);
        break;
    default:
        break;
    }
}

static bool party_is_registered(Deciding *d, Text id, const char *where) {
    uint32_t party = intern_find(d->book->party_ids, id);
    return party_latest(d->book, party) ? true : refuse(d, CODE_UNKNOWN_PARTY, "%s", where);
}

bool registry_decide(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    switch (e->kind) {
    case EVENT_FACILITY:
        return party_is_registered(d, e->holder, "/holder");
    case EVENT_DOCUMENT:
    case EVENT_ERASE:
        return document_decide(d);
    case EVENT_CASE:
    case EVENT_TIP:
    case EVENT_TECHNOLOGY:
    case EVENT_TECHNOLOGY_DISCLOSE:
    case EVENT_RULES:
        return law_decide(d);
    case EVENT_USER:
    case EVENT_DELEGATE:
    case EVENT_DEVICE:
    case EVENT_KEY:
        return identity_decide(d);
    case EVENT_MATERIAL: {
        uint32_t row = intern_find(book->material_ids, e->subject);
        if (row != ROW_NONE && material_at(book, row)->registered)
            return refuse(d, CODE_EXISTS, "/material");
        return true;
    }
    case EVENT_DEPOSIT:
        return intern_find(book->deposit_ids, e->subject) == ROW_NONE ||
               refuse(d, CODE_EXISTS, "/deposit");
    case EVENT_SOURCE: {
        uint32_t source = intern_find(book->source_ids, e->subject);
        if (source != ROW_NONE && ROW(book, SourceRow, TABLE_SOURCE, source)->registered)
            return refuse(d, CODE_EXISTS, "/source");
        uint32_t deposit = intern_find(book->deposit_ids, e->deposit);
        if (deposit == ROW_NONE) return refuse(d, CODE_UNKNOWN_DEPOSIT, "/deposit");
        if (!licence_latest(book, intern_find(book->licence_ids, e->licence)))
            return refuse(d, CODE_UNKNOWN_LICENCE, "/licence");
        return true;
    }
    case EVENT_LICENCE:
    case EVENT_LICENCE_AMEND:
    case EVENT_LICENCE_SUSPEND:
        return licence_decide(d);
    case EVENT_POLICY:
        for (uint32_t i = 0; i < e->policy_signing_count; i++)
            if (!text_is_empty(e->policy_signings[i].party) &&
                !party_latest(book, intern_find(book->party_ids, e->policy_signings[i].party)))
                return refuse(d, CODE_UNKNOWN_PARTY, "/signatures/%u/party", i);
        return true;
    case EVENT_PLAN_ADOPT:
    case EVENT_PLAN_DRAFT:
    case EVENT_PLAN_OPINION:
        return plan_decide(d);
    case EVENT_POOL: {
        if (!find_facility(d, e->facility)) return false;
        Text before, local;
        if (!text_split(e->pool, ':', &before, &local) || !text_equal(before, e->party))
            return refuse(d, CODE_FOREIGN_ID, "/pool");
        if (intern_find(book->pool_ids, e->pool) != ROW_NONE)
            return refuse(d, CODE_EXISTS, "/pool");
        return true;
    }
    default:
        return true;
    }
}
