// What scales and laboratories say of what is truly there.
// Random parts come from data/reference/measurement_uncertainty.csv. That table has hardly any
// shared parts; those of laboratories here are assumed: 0.2 % for TREO, 0.2 to 0.5 % for major
// and 1.5 % for minor elements.
#include <assert.h>
#include <string.h>

#include "simulate/industry.h"
#include "simulate/reference.h"

const char *const method_names[METHOD_COUNT] = {"ICP-OES", "ICP-MS", "XRF"};

enum {
    SHARED_TREO = 2000000,
    SHARED_MAJOR = 5000000,
    SHARED_PURE = 2000000,
    SHARED_MINOR = 15000000
};
#define WEIGHBRIDGE_FROM (8 * MG_PER_TONNE)

static int64_t root_of_squares(int64_t a, int64_t b) {
    return (int64_t)u128_sqrt_floor((u128)((i128)a * a + (i128)b * b));
}

void measures_init(Industry *industry) {
    int64_t sampling = reference_random("sampling of concentrate lots", "incremental sampling");
    int64_t treo = reference_random("total REO", "oxalate gravimetry or EDTA titration");
    int64_t major = reference_random("REO partition, major elements", "ICP-OES") * 2 / 3;
    int64_t minor = reference_random("REO partition, minor elements", "ICP-MS");
    int64_t powder = reference_random("sampling", "grab sampling");
    int64_t clean = 10 * PER_CENT / 20;
    int64_t swarf = reference_random("sampling of magnet scrap and swarf",
                                     "increments, melting to button or crushing");
    int64_t product = root_of_squares(treo, powder);
    AssaySpec *a = industry->assays;
    a[ASSAY_CONCENTRATE] = (AssaySpec){.titrated = true,
                                       .laboratory = 0,
                                       .method = METHOD_OES,
                                       .stage = "ore product",
                                       .treo_u = root_of_squares(treo, sampling),
                                       .treo_s = SHARED_TREO,
                                       .major_u = major,
                                       .major_s = SHARED_MAJOR,
                                       .minor_u = minor,
                                       .minor_s = SHARED_MINOR,
                                       .major_from = 5 * PER_CENT,
                                       .limit = PER_CENT / 20,
                                       .trace_limit = PER_CENT / 2000};
    a[ASSAY_LEACHATE] = (AssaySpec){.of_received = true,
                                    .laboratory = 0,
                                    .method = METHOD_MS,
                                    .stage = "ore",
                                    .major_u = major,
                                    .major_s = SHARED_MAJOR,
                                    .minor_u = minor,
                                    .minor_s = SHARED_MINOR,
                                    .major_from = 50 * PER_CENT / 10000};
    a[ASSAY_COMPOUND] = (AssaySpec){.in_policy = true,
                                    .laboratory = 1,
                                    .method = METHOD_OES,
                                    .stage = "compound",
                                    .major_u = product,
                                    .major_s = SHARED_PURE,
                                    .minor_u = minor,
                                    .minor_s = SHARED_MINOR,
                                    .major_from = 5 * PER_CENT,
                                    .limit = PER_CENT / 2000};
    a[ASSAY_METAL] = a[ASSAY_COMPOUND];
    a[ASSAY_METAL].stage = "metal";
    a[ASSAY_METAL].major_u = treo;
    a[ASSAY_METAL].limit = PER_CENT / 500;
    a[ASSAY_METAL].calculated_u = PER_CENT;
    a[ASSAY_ALLOY] = a[ASSAY_COMPOUND];
    a[ASSAY_ALLOY].stage = "alloy";
    a[ASSAY_ALLOY].major_u = clean;
    a[ASSAY_MAGNET] = a[ASSAY_ALLOY];
    a[ASSAY_MAGNET].stage = "magnet";
    a[ASSAY_MAGNET].calculated_u = PER_CENT;
    a[ASSAY_RESIDUE] = (AssaySpec){.in_policy = true,
                                   .laboratory = 0,
                                   .method = METHOD_XRF,
                                   .stage = "residue",
                                   .major_u = 5 * PER_CENT,
                                   .major_s = SHARED_MINOR,
                                   .minor_u = 5 * PER_CENT,
                                   .minor_s = SHARED_MINOR,
                                   .limit = PER_CENT / 1000};
    a[ASSAY_SCRAP] = (AssaySpec){.in_policy = true,
                                 .laboratory = 0,
                                 .method = METHOD_XRF,
                                 .stage = "scrap",
                                 .major_u = swarf,
                                 .major_s = 2 * SHARED_MAJOR,
                                 .minor_u = root_of_squares(swarf, 4 * PER_CENT),
                                 .minor_s = SHARED_MINOR,
                                 .major_from = 3 * PER_CENT,
                                 .limit = PER_CENT / 200,
                                 .calculated_u = 2 * PER_CENT};
    a[ASSAY_REAGENT] = (AssaySpec){.stage = "reagent", .calculated_u = 3 * PER_CENT / 10};
    a[ASSAY_ARTICLE] = (AssaySpec){.stage = "article", .calculated_u = PER_CENT};
    industry->weigh_u = reference_random("mass", "load-cell weighing system");
    industry->weigh_s = reference_shared("mass", "load-cell weighing system");
    industry->moisture_u = reference_random("moisture", "loss on drying");
    industry->survey_u = PER_CENT; // a circuit whose hold-up is surveyed well
    industry->survey_s = 3 * PER_CENT / 10;
}

void laboratory_init(Industry *industry, Laboratory *laboratory) {
    for (int method = 0; method < METHOD_COUNT; method++) {
        Random random;
        random_init(&random, industry->options->seed,
                    random_name(laboratory->party.id) ^ random_name(method_names[method]));
        for (int c = 0; c <= COMPONENT_COUNT; c++)
            laboratory->z[method][c] = random_normal(&random);
    }
}

int64_t part_of(int64_t whole, int64_t numerator, int64_t denominator) {
    int64_t part = 0;
    if (denominator <= 0) return 0;
    bool fits = i64_muldiv_even(whole, numerator, denominator, &part);
    assert(fits);
    return part;
}

int64_t disturb(int64_t value, int64_t relative_ppb) {
    return value + part_of(value, relative_ppb, PPB);
}

static int64_t scaled(int64_t z, int64_t sigma_ppb) {
    return z * sigma_ppb / NORMAL_ONE;
}

int64_t draw_error(Random *random, int64_t sigma_ppb) {
    return scaled(random_normal(random), sigma_ppb);
}

int64_t industry_reo(const int64_t mg[COMPONENT_COUNT], uint64_t mask) {
    Mass reo = {0};
    bool fits = factors_reo(&factors_default, mask & ALL_RARE, mg, &reo);
    assert(fits);
    return reo.mg;
}

// What a display of that many digits shows.
static int64_t rounded(int64_t value, int64_t step) {
    return (value + step / 2) / step * step;
}

Weighed lot_weigh(Industry *industry, Facility *facility, const Lot *lot) {
    Weighed weighed = {0};
    weighed.device = lot->net >= WEIGHBRIDGE_FROM ? 0 : 1;
    int64_t error = draw_error(&facility->random, industry->weigh_u) +
                    scaled(facility->device_z[weighed.device], industry->weigh_s) -
                    facility->scale_bias;
    int64_t step = weighed.device == 0            ? MG_PER_KG
                   : lot->net >= MG_PER_TONNE / 2 ? MG_PER_KG / 10
                                                  : MG_PER_KG / 100;
    weighed.net = rounded(disturb(lot->net, error), step);
    int64_t u = industry->weigh_u;
    if (lot->moisture) {
        int64_t sigma = part_of(lot->moisture, industry->moisture_u, PPB);
        weighed.moisture =
            rounded(lot->moisture + draw_error(&facility->random, sigma), PER_CENT / 100);
        // The event form has no error of moisture: it stands with the weighing's.
        u = root_of_squares(u, part_of(sigma, PPB, PPB - lot->moisture));
    }
    weighed.u = rounded(part_of(weighed.net, u, PPB), step / 10);
    weighed.s = rounded(part_of(weighed.net, industry->weigh_s, PPB), step / 10);
    return weighed;
}

void put_device(Out *out, const Facility *facility, int device) {
    put(out, facility->party->id);
    put(out, ":");
    put(out, device == 0 ? "WB-" : "PS-");
    put(out, facility_specs[facility->kind].id);
}

void put_weighing(const Facility *facility, Out *out, const Weighed *weighed, bool moist) {
    put(out, ",\"weighing\":{\"device\":\"");
    put_device(out, facility, weighed->device);
    put(out, "\"");
    if (moist) {
        put(out, ",\"u\":");
        put_kg(out, weighed->u);
        put(out, ",\"s\":");
        put_kg(out, weighed->s);
    }
    put(out, "}");
}

// Three significant digits, so that lines stay short.
static int64_t short_figure(int64_t value) {
    int64_t step = 1;
    while (value / step >= 1000)
        step *= 10;
    return rounded(value, step);
}

// Scales values down until they fit in `most`; what a laboratory does with results above 100 %.
static void normalise(Figures *figures, uint64_t which, int64_t sum, int64_t to) {
    for (uint64_t left = which; left; left &= left - 1) {
        int c = __builtin_ctzll(left);
        figures->value[c] = figures->value[c] * to / sum; // both below 2e9: the product fits
    }
}

// A lot's TREO as titrated, of its dry mass.
static int64_t titrate(const Industry *industry, const Lot *lot, const Figures *f,
                       Facility *facility, const int64_t *z, int64_t reo) {
    const AssaySpec *spec = f->spec;
    int64_t error = draw_error(&facility->random, spec->treo_u) +
                    scaled(z[COMPONENT_COUNT], spec->treo_s) -
                    cheat_assayed(industry, f->laboratory, lot, COMPONENT_COUNT, spec->treo_s);
    return disturb(part_of(reo, PPB, lot->dry), error);
}

// What is truly there of a component: of TREO where shares are measured, else of the basis.
static int64_t true_part(const Lot *lot, int c, bool is_share, int64_t reo, int64_t basis) {
    if (is_share)
        return reo ? part_of(lot->mg[c], factors_default.micro[c] * (PPB / FACTOR_ONE), reo) : 0;
    return part_of(lot->mg[c], PPB, basis);
}

void lot_assay(Industry *industry, Facility *facility, const Lot *lot, int laboratory, Figures *f) {
    const MaterialSpec *material = &materials[lot->material];
    const AssaySpec *spec = &industry->assays[material->assay];
    f->spec = spec;
    f->laboratory =
        &industry->laboratories[facility->complex->number / COMPLEXES_OF_LABORATORY * 2 +
                                (uint32_t)laboratory];
    f->values = f->below = f->plain = 0;
    const int64_t *z = f->laboratory->z[spec->method];
    int64_t basis = spec->of_received ? lot->net : lot->dry;
    int64_t reo = spec->titrated ? industry_reo(lot->mg, ALL_RARE) : 0;
    int64_t treo = spec->titrated ? titrate(industry, lot, f, facility, z, reo) : 0;
    int64_t true_sum = 0, sum = 0;
    uint64_t report = material->report, shares = spec->titrated ? RARE_EARTH_MASK : 0;
    if (material->assay == ASSAY_SCRAP) report = MAGNETIC; // who buys scrap looks for these
    for (uint64_t left = report; left; left &= left - 1) {
        int c = __builtin_ctzll(left);
        bool is_share = (shares & COMPONENT_BIT(c)) != 0;
        int64_t truth = true_part(lot, c, is_share, reo, basis);
        int64_t limit = shares && !is_share ? spec->trace_limit : spec->limit;
        if (truth < limit || truth == 0) {
            if (limit) f->below |= COMPONENT_BIT(c);
            f->value[c] = is_share ? part_of(limit, treo, PPB) : limit;
            continue;
        }
        bool major = truth >= spec->major_from;
        f->u[c] = major ? spec->major_u : spec->minor_u;
        f->s[c] = major ? spec->major_s : spec->minor_s;
        int64_t error = draw_error(&facility->random, f->u[c]) + scaled(z[c], f->s[c]) -
                        cheat_assayed(industry, f->laboratory, lot, c, f->s[c]);
        f->value[c] = truth + truth * error / PPB; // at most 1e9 x 1e9
        if (spec->in_policy && major) f->plain |= COMPONENT_BIT(c);
        f->values |= COMPONENT_BIT(c);
        if (shares && !is_share) continue;
        true_sum += truth;
        sum += f->value[c];
    }
    // Shares are made to add up to what they truly are, and stay below 100 % when rounded.
    int64_t most = PPB - 20000;
    if (shares && sum > 0) normalise(f, f->values & shares, sum, true_sum < most ? true_sum : most);
    if (!shares && sum > PPB - PER_CENT / 100) normalise(f, f->values, sum, PPB - PER_CENT / 100);
    for (uint64_t left = f->values; left; left &= left - 1) {
        int c = __builtin_ctzll(left);
        if (shares & COMPONENT_BIT(c)) { // of TREO to of dry mass, with TREO's errors
            f->value[c] = part_of(f->value[c], treo, PPB);
            f->u[c] = root_of_squares(f->u[c], spec->treo_u);
            f->s[c] = root_of_squares(f->s[c], spec->treo_s);
        } else if (spec->titrated) { // Th and U: elements were measured, oxides are said
            f->value[c] = part_of(f->value[c], factors_default.micro[c], FACTOR_ONE);
        }
        int64_t step = spec->of_received ? 1 : f->value[c] >= PER_CENT ? 1000 : 10;
        f->value[c] = rounded(f->value[c], step);
        f->u[c] = short_figure(f->value[c] * f->u[c] / PPB);
        f->s[c] = short_figure(f->value[c] * f->s[c] / PPB);
    }
}

void lot_learn(Lot *lot, const Figures *f) {
    lot->is_calculated = false;
    for (uint64_t left = f->values | f->below; left; left &= left - 1) {
        int c = __builtin_ctzll(left);
        int64_t value = f->below & COMPONENT_BIT(c) ? 0 : f->value[c];
        if (f->spec->titrated) value = part_of(value, FACTOR_ONE, factors_default.micro[c]);
        if (f->spec->of_received) value = part_of(value, PPB, PPB - lot->book_moisture);
        lot->said[c] = (int32_t)value;
    }
}

static void put_result(Out *out, int64_t value, int64_t u, int64_t s) {
    put(out, "{\"value\":");
    put_per_cent(out, value);
    put(out, ",\"u\":");
    put_per_cent(out, u);
    put(out, ",\"s\":");
    put_per_cent(out, s);
    put(out, "}");
}

void put_assay(Out *out, const Figures *f) {
    put(out, ",\"assay\":{\"laboratory\":");
    put_text(out, f->laboratory->party.id);
    put(out, ",\"method\":");
    put_text(out, method_names[f->spec->method]);
    if (f->spec->titrated) put(out, ",\"as\":\"oxide\"");
    if (f->spec->of_received) put(out, ",\"of\":\"received\"");
    put(out, ",\"values\":{");
    bool first = true;
    for (uint64_t left = f->values | f->below; left; left &= left - 1) {
        int c = __builtin_ctzll(left);
        if (!first) put(out, ",");
        first = false;
        put_text(out, component_symbol(c));
        put(out, ":");
        if (f->below & COMPONENT_BIT(c)) {
            put(out, "{\"below\":");
            put_per_cent(out, f->value[c]);
            put(out, "}");
        } else if (f->plain & COMPONENT_BIT(c)) {
            put_per_cent(out, f->value[c]);
        } else {
            put_result(out, f->value[c], f->u[c], f->s[c]);
        }
    }
    put(out, "}}");
}

void put_calculated(Industry *industry, Facility *facility, Out *out, Lot *lot) {
    const MaterialSpec *material = &materials[lot->material];
    int64_t u = industry->assays[material->assay].calculated_u;
    Figures f = {.values = 0};
    int64_t sum = 0;
    for (uint64_t left = material->report; left; left &= left - 1) {
        int c = __builtin_ctzll(left);
        int64_t truth = part_of(lot->mg[c], PPB, lot->dry);
        f.value[c] = truth + truth * draw_error(&facility->random, u) / PPB;
        f.values |= COMPONENT_BIT(c);
        sum += f.value[c];
    }
    if (sum > PPB - PER_CENT / 100) normalise(&f, f.values, sum, PPB - PER_CENT / 100);
    put(out, ",\"content\":{\"basis\":\"calculated\",\"values\":{");
    bool first = true;
    for (uint64_t left = f.values; left; left &= left - 1) {
        int c = __builtin_ctzll(left);
        if (!first) put(out, ",");
        first = false;
        put_text(out, component_symbol(c));
        put(out, ":");
        lot->said[c] = (int32_t)rounded(f.value[c], f.value[c] >= PER_CENT ? 1000 : 10);
        put_per_cent(out, lot->said[c]);
    }
    put(out, "}}");
}
