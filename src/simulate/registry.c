// Who and what there is: parties, facilities, licences, deposits, materials, policy.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "simulate/reference.h"
#include "simulate/registry.h"

static const struct {
    const char *id, *row, *ore_class, *reserve_kg;
} deposit_specs[] = {
    {"BAYAN-OBO", "BO-USGS", "rock", "35000000000"},    {"XUNWU", "XW-CN", "ion", "500000000"},
    {"LONGNAN", "LN-CN", "ion", "300000000"},           {"WEISHAN", "WS-CN", "rock", "1000000000"},
    {"MOUNTAIN-PASS", "MP-USGS", "rock", "1500000000"}, {"ARAXA", "AX", "rock", "1000000000"},
};

const char *deposit_of_row(const char *row) {
    for (size_t i = 0; i < sizeof deposit_specs / sizeof *deposit_specs; i++)
        if (!strcmp(deposit_specs[i].row, row)) return deposit_specs[i].id;
    return NULL;
}

void write_genesis(Industry *industry) {
    static const char genesis[] = "{\"v\":1,\"kind\":\"book\",\"id\":\"genesis\",\"party\":"
                                  "\"REGULATOR\",\"happened\":\"2025-12-31T08:00:00+08:00\","
                                  "\"origin\":\"example.org/ytterby/trial\",\"name\":\"Rare Earth "
                                  "Office (simulated)\",\"jurisdiction\":\"CN\","
                                  "\"offset\":\"+08:00\",\"mode\":\"trial\"}\n";
    sink_append(industry, "genesis.json", genesis, sizeof genesis - 1);
}
Out *office_begin(Industry *industry, const char *kind, const char *prefix) {
    return entry_begin(industry, &industry->office, &industry->authority, kind, prefix, 0, 0);
}

void put_member(Out *out, const char *name, const char *value) {
    put(out, ",\"");
    put(out, name);
    put(out, "\":");
    put_text(out, value);
}

static void write_party(Industry *industry, const char *id, const char *name, const char *name_zh,
                        const char *role, const char *group) {
    Out *out = office_begin(industry, "party", "p");
    put_member(out, "subject", id);
    put_member(out, "name", name);
    if (name_zh) put_member(out, "name_zh", name_zh);
    put(out, ",\"roles\":[");
    put_text(out, role);
    put(out, "]");
    if (group) put_member(out, "group", group);
    put_member(out, "from", "2026-01-01");
    entry_end(industry);
}

static void write_facility(Industry *industry, const char *id, const char *holder, const char *name,
                           const char *name_zh, const char *activity, const char *place) {
    Out *out = office_begin(industry, "facility", "f");
    put_member(out, "facility", id);
    put_member(out, "holder", holder);
    put_member(out, "name", name);
    put_member(out, "name_zh", name_zh);
    put(out, ",\"activities\":[");
    put_text(out, activity);
    put(out, "]");
    put_member(out, "offset", OFFSET_TEXT);
    put_member(out, "country", "CN");
    put_member(out, "place", place);
    put_member(out, "from", "2026-01-01");
    entry_end(industry);
}

// Grades that the catalogue asks for. PrNd of 70 to 80 % Nd (GB/T 20892-2020); the limits here are
// wider, for oxides of whatever ore.
static const struct {
    Material material;
    const char *grade;
} grades[] = {
    {MATERIAL_PRND_OXIDE,
     "{\"of\":\"treo\",\"min\":{\"Nd\":\"65\"},\"max\":{\"La\":\"0.5\",\"Ce\":\"0.5\"}}"},
    {MATERIAL_TB_OXIDE, "{\"of\":\"treo\",\"min\":{\"Tb\":\"99\"}}"},
    {MATERIAL_DY_OXIDE, "{\"of\":\"treo\",\"min\":{\"Dy\":\"99\"}}"},
    {MATERIAL_PRND_METAL, "{\"min\":{\"Nd\":\"65\"},\"max\":{\"Ce\":\"0.5\"}}"},
};

static void write_materials(Industry *industry) {
    for (int m = 0; m < MATERIAL_COUNT; m++) {
        const MaterialSpec *spec = &materials[m];
        Out *out = office_begin(industry, "material", "m");
        put_member(out, "material", spec->id);
        put_member(out, "name", spec->name);
        put_member(out, "name_zh", spec->name_zh);
        put_member(out, "stage", spec->stage);
        put_member(out, "form", spec->form);
        if (spec->moisture) {
            put(out, ",\"moisture\":");
            put_per_cent(out, spec->moisture);
        }
        if (spec->ore_class) put_member(out, "class", spec->ore_class);
        for (size_t i = 0; i < sizeof grades / sizeof grades[0]; i++)
            if ((int)grades[i].material == m) {
                put(out, ",\"grade\":");
                put(out, grades[i].grade);
            }
        entry_end(industry);
    }
}

static void write_deposits(Industry *industry) {
    for (size_t i = 0; i < sizeof deposit_specs / sizeof deposit_specs[0]; i++) {
        ReferenceDeposit deposit;
        bool found = reference_deposit_find(deposit_specs[i].row, &deposit);
        assert(found);
        Out *out = office_begin(industry, "deposit", "d");
        put_member(out, "deposit", deposit_specs[i].id);
        put_member(out, "name", deposit.name);
        put_member(out, "country",
                   strcmp(deposit.country, "China") == 0           ? "CN"
                   : strcmp(deposit.country, "United States") == 0 ? "US"
                                                                   : "BR");
        put_member(out, "class", deposit_specs[i].ore_class);
        put_member(out, "reserve", deposit_specs[i].reserve_kg);
        put(out, ",\"reference\":{\"values\":{");
        bool first = true;
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            if (!deposit.share_ppb[c]) continue;
            if (!first) put(out, ",");
            first = false;
            put_text(out, component_symbol(c));
            put(out, ":");
            put_per_cent(out, deposit.share_ppb[c]);
        }
        put(out, "}}");
        entry_end(industry);
    }
}

static void put_error(Out *out, const char *quantity, const char *method, const char *stage,
                      int64_t u, int64_t s) {
    put(out, ",{\"quantity\":");
    put_text(out, quantity);
    if (method) put_member(out, "method", method);
    if (stage) put_member(out, "stage", stage);
    put(out, ",\"u\":");
    put_per_cent(out, u);
    if (s >= 0) {
        put(out, ",\"s\":");
        put_per_cent(out, s);
    }
    put(out, "}");
}

enum { NAME_MAX_BYTES = 80 };

static void write_policy(Industry *industry) {
    Out *out = office_begin(industry, "policy", "po");
    put(out, ",\"errors\":[{\"quantity\":\"weighing\",\"u\":");
    put_per_cent(out, industry->weigh_u);
    put(out, ",\"s\":");
    put_per_cent(out, industry->weigh_s);
    put(out, "}");
    for (int a = 0; a < ASSAY_KINDS; a++) {
        const AssaySpec *spec = &industry->assays[a];
        if (spec->in_policy)
            put_error(out, "assay", method_names[spec->method], spec->stage, spec->major_u,
                      spec->major_s);
    }
    for (int a = 0; a < ASSAY_KINDS; a++) {
        const AssaySpec *spec = &industry->assays[a];
        if (spec->calculated_u && a != ASSAY_REAGENT)
            put_error(out, "calculated", NULL, spec->stage, spec->calculated_u, -1);
    }
    put_error(out, "declared", NULL, "reagent", industry->assays[ASSAY_REAGENT].calculated_u, -1);
    put_error(out, "stocktake", NULL, NULL, industry->survey_u, industry->survey_s);
    // Least yields; magnet works leave a good quarter of the alloy as swarf and rejects.
    put(out,
        "],\"yields\":[{\"activity\":\"metal\",\"min\":\"85\"},{\"activity\":\"alloy\",\"min\":"
        "\"90\"},{\"activity\":\"magnet\",\"min\":\"55\"}");
    put(out, "],\"permits\":[{\"stage\":\"magnet\",\"kinds\":[\"dual-use\"]}");
    put(out, "],\"hold_sigma\":6,\"flag_sigma\":4,\"advance\":\"25\"");
    entry_end(industry);
}

static void write_licence(Industry *industry, const Facility *facility, const char *source,
                          const char *materials_list) {
    Out *out = office_begin(industry, "licence", "l");
    put(out, ",\"licence\":\"LIC-");
    put(out, facility->id);
    put(out, "\"");
    put_member(out, "holder", facility->party->id);
    put_member(out, "facility", facility->id);
    put_member(out, "activity", facility_specs[facility->kind].activities);
    if (source) {
        put(out, ",\"sources\":[");
        put_text(out, source);
        put(out, "],\"materials\":[");
        put(out, materials_list);
        put(out, "]");
    }
    put(out, ",\"from\":\"2026-01-01\",\"to\":\"2040-12-31\",\"status\":\"valid\"");
    entry_end(industry);
}

void source_id(char id[ID_MAX], const Facility *mine) {
    const District *district = mine->complex->district;
    id_make(id, mine->kind == NORTH_MINE ? district->north_source : district->south_source,
            mine->complex->number);
}

// For magnets to the one works abroad that buys them; whatever the quantity.
static void write_permit(Industry *industry, const Facility *facility) {
    Out *out = office_begin(industry, "licence", "l");
    put(out, ",\"licence\":\"XD-");
    put(out, facility->id);
    put(out, "\"");
    put_member(out, "holder", facility->party->id);
    put_member(out, "facility", facility->id);
    put(out,
        ",\"activity\":\"export\",\"materials\":[\"NDFEB-MAGNETS\"],\"from\":\"2026-01-01\","
        "\"to\":\"2040-12-31\",\"status\":\"valid\",\"permit\":{\"kind\":\"dual-use\",\"type\":"
        "\"general\",\"user\":\"DE-MOTORS-1\",\"countries\":[\"DE\"]}");
    entry_end(industry);
}

static void write_source(Industry *industry, const Facility *mine) {
    char id[ID_MAX];
    source_id(id, mine);
    Out *out = office_begin(industry, "source", "s");
    put_member(out, "source", id);
    put_member(out, "deposit",
               deposit_specs[mine->kind == NORTH_MINE ? mine->complex->district->north_deposit
                                                      : mine->complex->district->south_deposit]
                   .id);
    put(out, ",\"licence\":\"LIC-");
    put(out, mine->id);
    put(out, "\"");
    put_member(out, "name", mine->kind == NORTH_MINE ? "Main pit" : "Leach fields 1 to 6");
    entry_end(industry);
}

// NAME, or NAME 2 and on.
static const char *name_make(char name[NAME_MAX_BYTES], const char *stem, uint32_t number) {
    int length = number == 0 ? snprintf(name, NAME_MAX_BYTES, "%s", stem)
                             : snprintf(name, NAME_MAX_BYTES, "%s %u", stem, number + 1);
    assert(length > 0 && length < NAME_MAX_BYTES);
    return name;
}

static void write_user(Industry *industry, Facility *clock, Party *party, const char *name,
                       const char *roles) {
    Out *out = entry_begin(industry, clock, party, "user", "u", 900, 0);
    put(out, ",\"user\":\"");
    put(out, party->id);
    put(out, ":");
    put(out, name);
    put(out, "\",\"roles\":[");
    put(out, roles);
    put(out, "]");
    put_member(out, "from", "2026-01-01");
    entry_end(industry);
}

void write_devices(Industry *industry, Facility *facility, Day calibrated, Day until) {
    for (int d = 0; d < 2; d++) {
        char text[DAY_TEXT_MAX];
        Out *out = entry_begin(industry, facility, facility->party, "device", "dv", 1800, 0);
        put(out, ",\"device\":\"");
        put_device(out, facility, d);
        put(out, "\"");
        put_facility(out, facility);
        put_member(out, "type", d == 0 ? "weighbridge" : "scale");
        put(out, ",\"calibrations\":[{\"date\":");
        put_text(out, day_print(calibrated, text));
        put_member(out, "until", day_print(until, text));
        put(out, ",\"certificate\":\"CAL-");
        put_number(out, facility->party->events);
        put(out, "\"}]");
        entry_end(industry);
    }
}

void write_registry(Industry *industry) {
    industry->office.clock = 0;
    industry->authority.clerk = "registrar";
    write_party(industry, "NRE-GROUP", "Northern Group", "北方集团", "group", NULL);
    write_party(industry, "SRE-GROUP", "Southern Group", "南方集团", "group", NULL);
    for (uint32_t i = 0; i < industry->laboratory_count; i++) {
        const char *id = industry->laboratories[i].party.id;
        char site[ID_MAX];
        int length = snprintf(site, sizeof site, "%s-SITE", id);
        assert(length > 0 && length < ID_MAX);
        write_party(industry, id,
                    i % 2 ? "Second Analytical Laboratory" : "First Analytical Laboratory",
                    i % 2 ? "第二分析实验室" : "第一分析实验室", "laboratory", NULL);
        write_facility(industry, site, id, "Analytical laboratory", "实验室", "laboratory",
                       i % 2 ? "Beijing" : "Ganzhou");
    }
    write_party(industry, industry->customs.id, "Customs of the port", "港口海关", "customs", NULL);
    write_facility(industry, CUSTOMS_OFFICE, industry->customs.id, "Customs office", "海关办事处",
                   "export", "Ningbo");
    write_materials(industry);
    write_deposits(industry);
    write_policy(industry);
    for (uint32_t n = 0; n < industry->complex_count; n++) {
        Complex *complex = &industry->complexes[n];
        char name[NAME_MAX_BYTES], name_zh[NAME_MAX_BYTES];
        for (int p = 0; p < PARTY_KINDS; p++)
            write_party(industry, complex->parties[p].id, name_make(name, party_specs[p].name, n),
                        name_make(name_zh, party_specs[p].name_zh, n), "company",
                        party_specs[p].group);
        for (int k = 0; k < FACILITY_KINDS; k++) {
            Facility *facility = &complex->facilities[k];
            const FacilitySpec *spec = &facility_specs[k];
            write_facility(industry, facility->id, facility->party->id,
                           name_make(name, spec->name, n), name_make(name_zh, spec->name_zh, n),
                           spec->activities, spec->place);
            char source[ID_MAX];
            bool mine = k == NORTH_MINE || k == SOUTH_MINE;
            if (mine) source_id(source, facility);
            write_licence(industry, facility, mine ? source : NULL,
                          k == NORTH_MINE ? "\"BO-CONC\"" : "\"XW-LEACHATE\",\"XW-CARBONATE\"");
            if (mine) write_source(industry, facility);
            if (k == PORT_STORE) write_permit(industry, facility);
        }
    }
    for (uint32_t n = 0; n < industry->complex_count; n++)
        for (int p = 0; p < PARTY_KINDS; p++) {
            Party *party = &industry->complexes[n].parties[p];
            Facility *clock = NULL; // any of its own
            for (int k = 0; k < FACILITY_KINDS && !clock; k++)
                if (facility_specs[k].party == (PartyKind)p)
                    clock = &industry->complexes[n].facilities[k];
            write_user(industry, clock, party, party->clerk, "\"record\",\"confirm\"");
            write_user(industry, clock, party, party->shift, "\"record\"");
        }
    Day first = month_first_day(SIMULATE_FIRST_MONTH);
    for (uint32_t n = 0; n < industry->complex_count; n++)
        for (int k = 0; k < FACILITY_KINDS; k++)
            write_devices(industry, &industry->complexes[n].facilities[k],
                          first - 365 + CALIBRATION_DAY, first + CALIBRATED_UNTIL);
    for (uint32_t n = 0; n < industry->complex_count; n++)
        for (int k = 0; k < FACILITY_KINDS; k++)
            write_opening(industry, &industry->complexes[n].facilities[k]);
    industry->authority.clerk = "planner";
}
