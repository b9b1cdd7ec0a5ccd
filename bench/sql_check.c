// What the SQL ledger checks of every event: who says it, where and when; each line's device,
// laboratory, composition and grade; licences, creation, yields.
#include "sql_ledger.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quantity/factor.h"

static bool of_authority(EventKind kind) {
    switch (kind) {
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
    case EVENT_RULES:
    case EVENT_TECHNOLOGY:
        return true;
    default:
        return false;
    }
}

static bool in_force(sqlite3_int64 first, sqlite3_int64 last, Day from, Day to) {
    return first <= from && last >= to;
}

bool head_check(Head *head) {
    const Event *e = head->event;
    if (!ask(QUERY_PARTY, "t", e->party)) return false;
    head->party = column(QUERY_PARTY, 0);
    uint32_t roles = (uint32_t)column(QUERY_PARTY, 1);
    sqlite3_int64 first = column(QUERY_PARTY, 2), last = column(QUERY_PARTY, 3);
    head->above = column(QUERY_PARTY, 4);
    done(QUERY_PARTY);
    Text role, rest, sender, name;
    if (!text_split(head->by, '/', &role, &rest) || !text_split(rest, '/', &sender, &name))
        return false;
    Day today = instant_day(head->recorded, OFFSET_MINUTES);
    char user[256];
    if (sender.length + name.length + 2 > sizeof user) return false;
    memcpy(user, sender.at, sender.length);
    user[sender.length] = ':';
    memcpy(user + sender.length + 1, name.at, name.length);
    Text user_text = {user, sender.length + 1 + name.length};
    if (!text_equal(sender, e->party) && !text_equal(role, TEXT("authority")) &&
        !text_equal(role, TEXT("operator")) &&
        (e->kind == EVENT_USER || e->kind == EVENT_DELEGATE || e->kind == EVENT_KEY ||
         !THERE_IS(QUERY_DELEGATION, "ittiit", head->party, sender, user_text, I(today), I(e->kind),
                   e->facility)))
        return false;
    if (ask(QUERY_USER, "t", user_text)) {
        bool may = (column(QUERY_USER, 0) & USER_RECORD) &&
                   in_force(column(QUERY_USER, 1), column(QUERY_USER, 2), today, today);
        done(QUERY_USER);
        if (!may) return false;
    }
    if (of_authority(e->kind) && !(roles & PARTY_AUTHORITY)) return false;
    if (ask(QUERY_SIGNING, "tii", e->party, I(roles), I(e->kind))) {
        bool required = column(QUERY_SIGNING, 0) != 0;
        done(QUERY_SIGNING);
        if (required) return false; // the simulated year is not signed
    }
    if (e->end > head->recorded + 300 * (int64_t)INSTANT_PER_SECOND || e->end < e->start ||
        e->end - e->start > 31 * INSTANT_PER_DAY)
        return false;
    head->day = instant_day(e->end, OFFSET_MINUTES);
    head->first_day = instant_day(e->start, OFFSET_MINUTES);
    head->year = month_year(month_of_day(head->day));
    if ((e->kind == EVENT_EXTRACT || e->kind == EVENT_CHARGE || e->kind == EVENT_DRAW) &&
        month_of_day(head->day) != month_of_day(head->first_day))
        return false;
    bool matter = e->kind >= EVENT_OPEN && e->kind <= EVENT_LOSS;
    if (matter && !in_force(first, last, head->first_day, head->day)) complain("inactive");
    return true;
}

bool place_check(Head *head) {
    const Event *e = head->event;
    head->place = (Place){0};
    if (!e->facility.length) return true;
    if (!ask(QUERY_FACILITY, "t", e->facility)) return false;
    head->place =
        (Place){column(QUERY_FACILITY, 0), column(QUERY_FACILITY, 1), column(QUERY_FACILITY, 2),
                column(QUERY_FACILITY, 3), column(QUERY_FACILITY, 4), column(QUERY_FACILITY, 5)};
    done(QUERY_FACILITY);
    if (head->place.holder != head->party) return false;
    if (e->kind == EVENT_CLOSE || e->kind == EVENT_RETURN || e->kind == EVENT_POOL ||
        e->kind == EVENT_DEVICE)
        return true;
    if (!in_force(head->place.first, head->place.last, head->first_day, head->day))
        complain("inactive");
    if (head->place.closed >= I(month_of_day(head->day))) complain("late_entry");
    return true;
}

bool foreign(const Head *head, Text id) {
    Text before, local;
    return !text_split(id, ':', &before, &local) || !text_equal(before, head->event->party) ||
           local.length == 0;
}

static int by_number(const void *a, const void *b) {
    sqlite3_int64 x = *(const sqlite3_int64 *)a, y = *(const sqlite3_int64 *)b;
    return (x > y) - (x < y);
}

bool inputs_check(const Head *head, sqlite3_int64 facility, Input *inputs) {
    const Event *e = head->event;
    static sqlite3_int64 ids[INPUTS_MAX];
    for (uint32_t i = 0; i < e->input_count; i++) {
        Input *input = &inputs[i];
        if (!lot_find(e->inputs[i].lot, &input->row)) return false;
        if (input->row.party != head->party || (facility && input->row.facility != facility) ||
            input->row.state != HERE)
            return false;
        ids[i] = input->row.id;
        int64_t left = input->row.net - input->row.taken;
        input->net = e->inputs[i].has_net ? e->inputs[i].net.mg : left;
        if (e->inputs[i].empty) {
            double off = fabs((double)(left - input->net));
            if (off * FRACTION_ONE_PPB > (double)left * (double)policy.yield_drop)
                complain("emptied_oddly");
            input->net = left;
        }
        if (input->net <= 0 || input->net > left) return false;
        input->held = is_held(input->row.id);
    }
    if (e->input_count < 2) return true;
    qsort(ids, e->input_count, sizeof *ids, by_number);
    for (uint32_t i = 1; i < e->input_count; i++)
        if (ids[i] == ids[i - 1]) return false;
    return true;
}

void check_device(const Head *head, const Line *line) {
    if (!line->weighing.device.length) return;
    if (!ask(QUERY_DEVICE, "ti", line->weighing.device, I(head->day))) {
        if (THERE_IS(QUERY_DEVICE_ANY, "i", head->party)) complain("device_unregistered");
        return;
    }
    bool calibrated = column(QUERY_DEVICE, 1), here = column(QUERY_DEVICE, 2) == head->place.id,
         serves = column(QUERY_DEVICE, 3);
    done(QUERY_DEVICE);
    if (!serves)
        complain("device_unregistered");
    else if (!here && head->event->kind != EVENT_MEASURE)
        complain("device_elsewhere");
    else if (!calibrated)
        complain("device_uncalibrated");
}

bool line_matter(const Head *head, const Line *line, const Material *material, int64_t moisture,
                 int64_t net, Matter *matter) {
    (void)head;
    begin_matter(matter);
    matter->net = net;
    matter->dry =
        net - even(net, line->has_moisture ? line->moisture.ppb : moisture, FRACTION_ONE_PPB);
    matter->basis = BASIS_NOTHING;
    matter->whole =
        material && (material->stage == STAGE_REAGENT || material->stage == STAGE_OTHER)
            ? (uint32_t)(RARE_EARTH_MASK | COMPONENT_BIT(COMPONENT_Th) | COMPONENT_BIT(COMPONENT_U))
            : 0;
    const Composition *composition = line->composition;
    if (!composition) return true;
    matter->basis = composition->basis;
    if (composition->basis == BASIS_ASSAYED) {
        if (!ask(QUERY_PARTY, "t", composition->laboratory)) return false;
        bool is = column(QUERY_PARTY, 1) & PARTY_LABORATORY;
        done(QUERY_PARTY);
        if (!is) return false;
    }
    // Assays of a per cent, all else of three.
    double relative = composition->basis == BASIS_ASSAYED ? 1e-4 + 2.5e-5 + 4.9e-7 : 9e-4;
    bool oxide = composition->as_oxide || composition->of == OF_TREO;
    int64_t sum_ppb = 0, sum_mg = 0;
    for (uint64_t m = composition->mask; m; m &= m - 1) {
        int c = __builtin_ctzll(m);
        const Result *result = &composition->values[c];
        int64_t base = composition->of == OF_RECEIVED ? net : matter->dry;
        if (composition->of == OF_TREO)
            base = even(base, composition->treo.value.ppb, FRACTION_ONE_PPB);
        int64_t mg = even(base, result->value.ppb, FRACTION_ONE_PPB);
        if (oxide) mg = even(mg, 1000000, factors_default.micro[c]);
        matter->whole |= 1u << c;
        if (result->is_below) {
            matter->bound[c] = mg;
            continue;
        }
        sum_ppb += result->value.ppb;
        sum_mg += mg;
        matter->stated |= 1u << c;
        matter->mg[c] = mg;
        matter->variance[c] = (double)mg * (double)mg * relative;
        if (result->has_u) {
            double u = (double)result->u.ppb / (double)(result->value.ppb ? result->value.ppb : 1);
            double s = (double)result->s.ppb / (double)(result->value.ppb ? result->value.ppb : 1);
            matter->variance[c] = (double)mg * (double)mg * (u * u + s * s + 4.9e-7);
        }
    }
    return sum_ppb <= FRACTION_ONE_PPB && sum_mg <= matter->dry;
}

void check_grade(const Line *line, const Material *material, const Matter *matter) {
    if (!material->graded || !line->composition || line->composition->basis != BASIS_ASSAYED)
        return;
    double oxide[COMPONENT_COUNT], all = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        oxide[c] = (double)matter->mg[c] * factors_default.micro[c] / 1e6;
        if (RARE_EARTH_MASK >> c & 1) all += oxide[c];
    }
    bool off = false;
    for (bool row = ask(QUERY_GRADE, "i", material->id); row; row = more(QUERY_GRADE)) {
        int c = (int)column(QUERY_GRADE, 0);
        if (!(matter->whole >> c & 1)) continue;
        bool of_treo = column(QUERY_GRADE, 3);
        double part = of_treo ? oxide[c] : (double)matter->mg[c],
               whole = of_treo ? all : (double)matter->dry, share = part * FRACTION_ONE_PPB;
        off |= sqlite3_column_type(statements[QUERY_GRADE], 1) != SQLITE_NULL &&
               share < (double)column(QUERY_GRADE, 1) * whole;
        off |= sqlite3_column_type(statements[QUERY_GRADE], 2) != SQLITE_NULL &&
               share > (double)column(QUERY_GRADE, 2) * whole;
    }
    done(QUERY_GRADE);
    if (off) complain("off_grade");
}

bool purity_rose(const Matter *before, const Matter *after) {
    double most = 0, total = 0, total_after = 0, other_after = 0;
    int main = -1;
    for (int c = 0; c < RARE_EARTH_COUNT; c++) {
        double part = (double)before->mg[c] * factors_default.micro[c];
        total += part;
        if (part > most) most = part, main = c;
    }
    if (main < 0 || (total - most) * 1e5 < total) return false;
    for (int c = 0; c < RARE_EARTH_COUNT; c++) {
        if (c != main && before->mg[c] > 0 && !(after->whole >> c & 1)) return false;
        double part = (double)after->mg[c] * factors_default.micro[c];
        total_after += part;
        if (c != main) other_after += part + (double)after->bound[c] * factors_default.micro[c];
    }
    return total_after > 0 && 2 * other_after * total < (total - most) * total_after;
}

void check_yield(const Head *head, int activity, int64_t fed, int64_t made) {
    if (!activity || fed <= 0 || made <= 0) return;
    double yield = (double)made / (double)fed * 1e9, drop = (double)policy.yield_drop;
    bool odd = yield > 1e9 + drop || yield < (double)policy.yield_min[activity];
    if (ask(QUERY_HISTORY, "iit", head->place.id, I(activity), head->event->process)) {
        double usual = (double)column(QUERY_HISTORY, 3) / (double)column(QUERY_HISTORY, 2) * 1e9;
        odd |= column(QUERY_HISTORY, 1) >= 10 && yield < usual - drop;
        done(QUERY_HISTORY);
    }
    if (odd) complain("unusual_yield");
    ask(QUERY_HISTORY_PUT, "iitii", head->place.id, I(activity), head->event->process, I(fed),
        I(made));
    ask(QUERY_BATCH_PUT, "iiii", seq, returned(QUERY_HISTORY_PUT), I(fed), I(made));
}

void check_creation(const Matter *in, const Matter *out, uint32_t looked_at, bool notice,
                    sqlite3_int64 lot) {
    int worst = 0;
    for (uint32_t m = looked_at & in->whole; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        double e = (double)(out->mg[c] - in->mg[c] - in->bound[c]),
               v = in->variance[c] + out->variance[c];
        if (e <= 0) continue;
        if (e * e > policy.hold * policy.hold * v && e * 1000 > (double)in->mg[c])
            worst = 2;
        else if (worst < 1 && notice && e * e > policy.flag * policy.flag * v)
            worst = 1;
    }
    if (!worst) return;
    complain(worst == 2 ? "element_creation" : "creation_noticed");
    if (worst == 2 && lot) ask(QUERY_HOLD_PUT, "iit", lot, seq, TEXT("element_creation"));
}

void check_provisional_row(const LotRow *row) {
    if (row->stage < STAGE_ORE_PRODUCT || row->stage > STAGE_ALLOY) return;
    if (row->basis >= BASIS_DECLARED)
        complain("provisional");
    else if (row->basis == BASIS_CALCULATED)
        complain("provisional_calculated");
}

int activity_of(unsigned stage, bool of_scrap) {
    static const int of[STAGE_COUNT] = {
        [STAGE_ORE] = ACTIVITY_MINING,          [STAGE_ORE_PRODUCT] = ACTIVITY_MINING,
        [STAGE_COMPOUND] = ACTIVITY_SEPARATION, [STAGE_METAL] = ACTIVITY_METAL,
        [STAGE_ALLOY] = ACTIVITY_ALLOY,         [STAGE_MAGNET] = ACTIVITY_MAGNET};
    return stage == STAGE_COMPOUND && of_scrap ? ACTIVITY_RECYCLING : of[stage];
}

static void licence_ask(const Head *head, int activity, const Text *materials, uint32_t count,
                        const Source *source) {
    enum { MANY = 64 };
    struct {
        sqlite3_int64 id, lists;
        bool stands, named;
    } found[MANY];
    uint32_t here = 0;
    for (bool row = ask(QUERY_LICENCE, "iiiii", head->party, I(activity), head->place.id,
                        I(head->first_day), I(head->day));
         row && here < MANY; row = more(QUERY_LICENCE), here++) {
        found[here].id = column(QUERY_LICENCE, 0);
        found[here].lists = column(QUERY_LICENCE, 2);
        found[here].stands = column(QUERY_LICENCE, 3);
        found[here].named =
            source && strcmp((const char *)sqlite3_column_text(statements[QUERY_LICENCE], 1),
                             source->licence) == 0;
    }
    done(QUERY_LICENCE);
    bool covered = false, own = !source;
    for (uint32_t i = 0; i < here && !(covered && own); i++) {
        bool covers = found[i].stands;
        if (covers && source && (found[i].lists & 1))
            covers = THERE_IS(QUERY_LICENCE_SOURCE, "it", found[i].id, head->event->subject);
        for (uint32_t k = 0; k < count && covers && (found[i].lists & 2); k++)
            covers = THERE_IS(QUERY_LICENCE_MATERIAL, "it", found[i].id, materials[k]);
        covered |= covers;
        own |= found[i].named;
    }
    if (!covered || !own) complain(here ? "licence_scope" : "no_licence");
    if (!(head->place.activities >> activity & 1)) complain("not_designated");
}

void check_licence(const Head *head, int activity, const Text *materials, uint32_t count) {
    if (activity) licence_ask(head, activity, materials, count, NULL);
}

// The licence of the source, its area, and the deposit's reserve are those of an extraction.
void source_check(const Head *head, const Source *source) {
    const Event *e = head->event;
    Text materials[64];
    uint32_t count = e->output_count < 64 ? e->output_count : 64;
    for (uint32_t i = 0; i < count; i++)
        materials[i] = e->outputs[i].material;
    licence_ask(head, ACTIVITY_MINING, materials, count, source);
    if (!ask(QUERY_LICENCE_AREA, "tt", e->area, text_of(source->licence))) return;
    bool lists = column(QUERY_LICENCE_AREA, 0) > 0, in = column(QUERY_LICENCE_AREA, 1) > 0;
    done(QUERY_LICENCE_AREA);
    if (lists && !in) complain(e->area.length ? "outside_area" : "area_unstated");
}

bool one_group(sqlite3_int64 a, sqlite3_int64 b) {
    if (a == b) return true;
    sqlite3_int64 above[2] = {0, 0}, of[2] = {a, b};
    for (int i = 0; i < 2; i++)
        if (ask(QUERY_PARTY_BY_ID, "i", of[i])) {
            above[i] = column(QUERY_PARTY_BY_ID, 1);
            done(QUERY_PARTY_BY_ID);
        }
    return above[0] == b || above[1] == a || (above[0] && above[0] == above[1]);
}
