// Who and what there is: parties, facilities, licences, deposits, the year's plans, opening stock.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "simulate/industry.h"
#include "simulate/reference.h"

static const struct {
    const char *id, *name, *name_zh, *group;
} party_specs[PARTY_KINDS] = {
    [NORTH] = {"NORTH", "North Ridge Rare Earth", "北岭稀土", "NRE-GROUP"},
    [SOUTH] = {"SOUTH", "South Hills Rare Earth", "南岗稀土", "SRE-GROUP"},
    [ALMET] = {"ALMET", "River Metals and Alloys", "江城金属合金", NULL},
    [MAGNET] = {"MAGNET", "Harbour Magnetics", "港湾磁材", NULL},
    [RECYCLE] = {"RECYCLE", "Second Round Recycling", "再循资源", NULL},
    [TRADER] = {"TRADER", "Lantern Street Trading", "灯市贸易", NULL},
    [CERAMICS] = {"CERAMICS", "Clear Lake Ceramics", "清湖陶瓷", NULL},
};

const FacilitySpec facility_specs[FACILITY_KINDS] = {
    [NORTH_MINE] = {"NORTH-MINE", "North mine and concentrator", "北部矿山选矿厂", "mining",
                    "Baotou", NULL, NULL, NULL, NORTH},
    [NORTH_SX] = {"NORTH-SX", "North separation plant", "北部分离厂", "separation", "Baotou",
                  "SX-1", "separation", "rock", NORTH},
    [SOUTH_MINE] = {"SOUTH-MINE", "South leach fields", "南部浸矿场", "mining", "Xunwu", "LEACH-1",
                    "mining", "ion", SOUTH},
    [SOUTH_SX] = {"SOUTH-SX", "South separation plant", "南部分离厂", "separation", "Ganzhou",
                  "SX-1", "separation", "ion", SOUTH},
    [METAL_WORKS] = {"METAL-WORKS", "Metal works", "金属厂", "metal", "Ganzhou", NULL, NULL, NULL,
                     ALMET},
    [ALLOY_WORKS] = {"ALLOY-WORKS", "Alloy works", "合金厂", "alloy", "Ganzhou", NULL, NULL, NULL,
                     ALMET},
    [MAGNET_WORKS] = {"MAGNET-WORKS", "Magnet works", "磁材厂", "magnet", "Ningbo", NULL, NULL,
                      NULL, MAGNET},
    [RECYCLE_WORKS] = {"RECYCLE-WORKS", "Recycling works", "回收厂", "recycling", "Ji'an", "RC-1",
                       "recycling", "recycled", RECYCLE},
    [TRADE_STORE] = {"TRADE-STORE", "Trader's store", "贸易仓库", "trade", "Shanghai", NULL, NULL,
                     NULL, TRADER},
    [CERAMIC_WORKS] = {"CERAMIC-WORKS", "Ceramics and polishing powder works", "陶瓷抛光粉厂",
                       "trade", "Zibo", NULL, NULL, NULL, CERAMICS},
};

// Deposits that the authority knows: the two that are worked, and others that a foreign ore may be
// of.
static const struct {
    const char *id, *row, *ore_class, *reserve_kg;
} deposit_specs[] = {
    {"BAYAN-OBO", "BO-USGS", "rock", "35000000000"},    {"XUNWU", "XW-CN", "ion", "500000000"},
    {"LONGNAN", "LN-CN", "ion", "300000000"},           {"WEISHAN", "WS-CN", "rock", "1000000000"},
    {"MOUNTAIN-PASS", "MP-USGS", "rock", "1500000000"}, {"ARAXA", "AX", "rock", "1000000000"},
};
enum { BAYAN_OBO, XUNWU };

enum { LOT_NET_TONNES = 46, EXTRACTION_REO_TONNES = 4 };

bool is_workday(Day day) {
    int year, month, day_of_month;
    day_split(day, &year, &month, &day_of_month);
    return (day + 3) % 7 < 5 && !(month == 1 && day_of_month == 1); // 1970-01-01 was a Thursday
}

int workdays(Day first, Day last, bool every_second) {
    int count = 0;
    for (Day day = first; day <= last; day++)
        if (is_workday(day) && (!every_second || (day + 3) % 7 % 2 == 0)) count++;
    return count;
}

void fill_reo(int64_t mg[COMPONENT_COUNT], const int64_t share[COMPONENT_COUNT], uint64_t mask,
              int64_t reo) {
    int64_t sum = 0;
    for (uint64_t left = mask; left; left &= left - 1)
        sum += share[__builtin_ctzll(left)];
    for (uint64_t left = mask; left; left &= left - 1) {
        int c = __builtin_ctzll(left);
        if (share[c])
            mg[c] += part_of(part_of(reo, share[c], sum), FACTOR_ONE, factors_default.micro[c]);
    }
}

static void id_make(char id[ID_MAX], const char *stem, uint32_t number) {
    int length = number == 0 ? snprintf(id, ID_MAX, "%s", stem)
                             : snprintf(id, ID_MAX, "%s-%u", stem, number + 1);
    assert(length > 0 && length < ID_MAX);
}

bool industry_build(Industry *industry) {
    uint32_t count = industry->options->scale;
    industry->complexes = memory_new_zero(count, sizeof *industry->complexes);
    industry->laboratory_count = (count + 9) / 10 * 2;
    industry->laboratories =
        memory_new_zero(industry->laboratory_count, sizeof *industry->laboratories);
    if (!industry->complexes || !industry->laboratories) {
        industry_no_memory(industry);
        return false;
    }
    measures_init(industry);
    industry->authority = (Party){.id = "REGULATOR", .role = "authority", .clerk = "planner"};
    industry->office.party = &industry->authority;
    random_init(&industry->office.random, industry->options->seed, 1);
    ReferenceDeposit north, south;
    bool found =
        reference_deposit_find("BO-USGS", &north) && reference_deposit_find("XW-CN", &south);
    assert(found);
    int64_t grade = 50 * PER_CENT; // class 50 of the seven of Bayan Obo concentrates
    industry->north_daily_reo =
        part_of(LOT_NET_TONNES * MG_PER_TONNE / PPB * (PPB - materials[MATERIAL_BO_CONC].moisture),
                grade, PPB);
    industry->south_daily_reo = EXTRACTION_REO_TONNES * MG_PER_TONNE;
    industry->recycle_monthly_reo = 56 * MG_PER_TONNE;

    for (uint32_t i = 0; i < industry->laboratory_count; i++) {
        Laboratory *laboratory = &industry->laboratories[i];
        id_make(laboratory->party.id, i % 2 ? "LAB-B" : "LAB-A", i / 2);
        laboratory->party.role = "laboratory";
        laboratory->party.clerk = "chemist";
        laboratory_init(industry, laboratory);
    }
    for (uint32_t n = 0; n < count; n++) {
        Complex *complex = &industry->complexes[n];
        complex->number = n;
        for (int p = 0; p < PARTY_KINDS; p++) {
            id_make(complex->parties[p].id, party_specs[p].id, n);
            complex->parties[p].role = "company";
            complex->parties[p].clerk = "clerk";
        }
        for (int k = 0; k < FACILITY_KINDS; k++) {
            Facility *facility = &complex->facilities[k];
            const FacilitySpec *spec = &facility_specs[k];
            facility->kind = (FacilityKind)k;
            facility->party = &complex->parties[spec->party];
            facility->complex = complex;
            id_make(facility->id, spec->id, n);
            random_init(&facility->random, industry->options->seed, random_name(facility->id));
            for (int d = 0; d < 2; d++)
                facility->device_z[d] = random_normal(&facility->random);
            if (!spec->pool) continue;
            facility->has_pool = true;
            int length = snprintf(facility->pool_id, ID_MAX, "%s:%s-%s", facility->party->id,
                                  k == RECYCLE_WORKS ? "RC"
                                  : k == SOUTH_MINE  ? "LEACH"
                                                     : "SX",
                                  spec->id);
            assert(length > 0 && length < ID_MAX);
            for (int c = 0; c < COMPONENT_COUNT; c++)
                facility->survey_z[c] = random_normal(&facility->random);
        }
        // About a month's throughput stays in the circuits.
        int64_t north_month = industry->north_daily_reo * 21,
                south_month = industry->south_daily_reo * 13;
        fill_reo(complex->facilities[NORTH_SX].pool, north.share_ppb, LIGHT, north_month);
        fill_reo(complex->facilities[SOUTH_MINE].pool, south.share_ppb, ALL_RARE, south_month);
        fill_reo(complex->facilities[SOUTH_SX].pool, south.share_ppb, ALL_RARE, south_month);
        uint64_t heavy_part = BIT(Sm) | BIT(Eu) | BIT(Gd) | BIT(Tb) | BIT(Dy);
        int64_t heavy_share = 0;
        for (int c = 0; c < COMPONENT_COUNT; c++)
            if (heavy_part & COMPONENT_BIT(c)) heavy_share += north.share_ppb[c];
        fill_reo(complex->facilities[SOUTH_SX].pool, north.share_ppb, heavy_part,
                 part_of(north_month, heavy_share, north.sum_ppb));
        static const int64_t recycled[COMPONENT_COUNT] = {[COMPONENT_Pr] = 200,
                                                          [COMPONENT_Nd] = 700,
                                                          [COMPONENT_Gd] = 20,
                                                          [COMPONENT_Tb] = 12,
                                                          [COMPONENT_Dy] = 68};
        fill_reo(complex->facilities[RECYCLE_WORKS].pool, recycled, MAGNETIC,
                 industry->recycle_monthly_reo);
        for (int k = 0; k < FACILITY_KINDS; k++)
            for (int c = 0; c < COMPONENT_COUNT; c++) {
                Facility *facility = &complex->facilities[k];
                facility->target[c] = facility->pool[c];
                industry->sum.in_mg[c] += facility->pool[c];
            }
    }
    industry->sum.facilities = count * FACILITY_KINDS + industry->laboratory_count;
    return true;
}

void industry_done(Industry *industry) {
    for (uint32_t n = 0; industry->complexes && n < industry->options->scale; n++)
        for (int k = 0; k < FACILITY_KINDS; k++) {
            Facility *facility = &industry->complexes[n].facilities[k];
            for (int m = 0; m < MATERIAL_COUNT; m++)
                queue_done(&facility->stock[m]);
            memory_free(facility->inbound);
            memory_free(facility->partners);
        }
    memory_free(industry->complexes);
    memory_free(industry->laboratories);
    memory_free(industry->entries);
    out_done(&industry->day);
    out_done(&industry->text);
}

void write_genesis(Industry *industry) {
    static const char genesis[] = "{\"v\":1,\"kind\":\"book\",\"id\":\"genesis\",\"party\":"
                                  "\"REGULATOR\",\"happened\":\"2025-12-31T08:00:00+08:00\","
                                  "\"origin\":\"example.org/ytterby/trial\",\"name\":\"Rare Earth "
                                  "Office (simulated)\",\"jurisdiction\":\"CN\","
                                  "\"offset\":\"+08:00\",\"mode\":\"trial\"}\n";
    sink_append(industry, "genesis.json", genesis, sizeof genesis - 1);
}

// --- what the authority registers -------------------------------------------------------------

static Out *office_begin(Industry *industry, const char *kind, const char *prefix) {
    return entry_begin(industry, &industry->office, &industry->authority, kind, prefix, 0, 0);
}

static void put_member(Out *out, const char *name, const char *value) {
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

static void source_id(char id[ID_MAX], const Facility *mine) {
    id_make(id, mine->kind == NORTH_MINE ? "BO-PIT" : "XW-FIELD", mine->complex->number);
}

static void write_source(Industry *industry, const Facility *mine) {
    char id[ID_MAX];
    source_id(id, mine);
    Out *out = office_begin(industry, "source", "s");
    put_member(out, "source", id);
    put_member(out, "deposit", deposit_specs[mine->kind == NORTH_MINE ? BAYAN_OBO : XUNWU].id);
    put(out, ",\"licence\":\"LIC-");
    put(out, mine->id);
    put(out, "\"");
    put_member(out, "name", mine->kind == NORTH_MINE ? "Main pit" : "Leach fields 1 to 6");
    entry_end(industry);
}

// Opening lots of one facility, of a make that its work will take.
static void put_opening_lot(Industry *industry, Facility *facility, Out *out, Material material,
                            const int64_t element_ppb[COMPONENT_COUNT], int64_t net_mg) {
    Lot lot = {.net = 0};
    lot_name(facility->party, &lot, material);
    int64_t dry = net_mg - part_of(net_mg, materials[material].moisture, PPB), components = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        lot.mg[c] = part_of(dry, element_ppb[c], PPB);
        components += lot.mg[c];
        industry->sum.in_mg[c] += lot.mg[c];
    }
    lot_form(facility, &lot, components, part_of(components, PPB, dry));
    put_output(industry, facility, out, &lot, SAY_ASSAY, TALLY_OPENING);
}

void put_survey(Industry *industry, Facility *facility, Out *out) {
    put(out, ",\"pools\":[{\"pool\":");
    put_text(out, facility->pool_id);
    put_member(out, "method", "tank survey");
    put(out, ",\"components\":{");
    bool first = true;
    uint64_t mask = facility->kind == NORTH_SX        ? LIGHT
                    : facility->kind == RECYCLE_WORKS ? MAGNETIC
                                                      : ALL_RARE;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (!(mask & COMPONENT_BIT(c))) continue;
        int64_t error = draw_error(&facility->random, industry->survey_u) +
                        facility->survey_z[c] * industry->survey_s / NORMAL_ONE;
        int64_t step = MG_PER_KG / 100;
        int64_t found = disturb(facility->pool[c], error) / step * step;
        if (!first) put(out, ",");
        first = false;
        put_text(out, component_symbol(c));
        put(out, ":{\"kg\":");
        put_kg(out, found);
        put(out, ",\"u\":");
        put_kg(out, part_of(found, industry->survey_u, PPB) / 1000 * 1000);
        put(out, ",\"s\":");
        put_kg(out, part_of(found, industry->survey_s, PPB) / 1000 * 1000);
        put(out, "}");
    }
    put(out, "}}]");
}

#define E(symbol, tenths) [COMPONENT_##symbol] = (tenths) * (PER_CENT / 10)
static void write_opening(Industry *industry, Facility *facility) {
    static const int64_t prnd_oxide[COMPONENT_COUNT] = {E(Pr, 205), E(Nd, 642)};
    static const int64_t prnd_metal[COMPONENT_COUNT] = {E(Pr, 240), E(Nd, 750)};
    static const int64_t dy_metal[COMPONENT_COUNT] = {E(Dy, 985)};
    static const int64_t tb_metal[COMPONENT_COUNT] = {E(Tb, 985)};
    static const int64_t alloy[COMPONENT_COUNT] = {E(Pr, 70),  E(Nd, 218), E(Dy, 9), E(Tb, 2),
                                                   E(Fe, 665), E(B, 10),   E(Co, 9)};
    static const int64_t swarf[COMPONENT_COUNT] = {E(Pr, 62),  E(Nd, 195), E(Dy, 9), E(Tb, 2),
                                                   E(Fe, 570), E(B, 10),   E(Co, 9)};
    if (facility->has_pool) {
        const FacilitySpec *spec = &facility_specs[facility->kind];
        Out *out = entry_begin(industry, facility, facility->party, "pool", "pl", 3600, 0);
        put_member(out, "pool", facility->pool_id);
        put_facility(out, facility);
        put_member(out, "activity", spec->pool_activity);
        put_member(out, "class", spec->pool_class);
        put_member(out, "name", facility->kind == SOUTH_MINE ? "Leach field 1" : "Circuit 1");
        entry_end(industry);
    }
    bool has_lots = facility->kind >= METAL_WORKS && facility->kind <= RECYCLE_WORKS;
    if (!facility->has_pool && !has_lots) return;
    Out *out = entry_begin(industry, facility, facility->party, "open", "o", 7200, 0);
    put_facility(out, facility);
    if (has_lots) put(out, ",\"lots\":[");
    for (int i = 0; has_lots && i < 3; i++) {
        if (i) put(out, ",");
        switch (facility->kind) {
        case METAL_WORKS:
            put_opening_lot(industry, facility, out, MATERIAL_PRND_OXIDE, prnd_oxide,
                            6 * MG_PER_TONNE);
            break;
        case ALLOY_WORKS:
            put_opening_lot(industry, facility, out, MATERIAL_PRND_METAL, prnd_metal,
                            49 * MG_PER_TONNE / 10);
            break;
        case MAGNET_WORKS:
            put_opening_lot(industry, facility, out, MATERIAL_STRIP_ALLOY, alloy,
                            16 * MG_PER_TONNE);
            break;
        default:
            put_opening_lot(industry, facility, out, MATERIAL_SWARF, swarf, 44 * MG_PER_TONNE / 10);
            break;
        }
    }
    if (facility->kind == ALLOY_WORKS) {
        put(out, ",");
        put_opening_lot(industry, facility, out, MATERIAL_DY_METAL, dy_metal,
                        15 * MG_PER_TONNE / 10);
        put(out, ",");
        put_opening_lot(industry, facility, out, MATERIAL_TB_METAL, tb_metal,
                        3 * MG_PER_TONNE / 10);
    }
    if (has_lots) put(out, "]");
    if (facility->has_pool) put_survey(industry, facility, out);
    entry_end(industry);
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
    write_materials(industry);
    write_deposits(industry);
    write_policy(industry);
    for (uint32_t n = 0; n < industry->options->scale; n++) {
        Complex *complex = &industry->complexes[n];
        for (int p = 0; p < PARTY_KINDS; p++)
            write_party(industry, complex->parties[p].id, party_specs[p].name,
                        party_specs[p].name_zh, "company", party_specs[p].group);
        for (int k = 0; k < FACILITY_KINDS; k++) {
            Facility *facility = &complex->facilities[k];
            const FacilitySpec *spec = &facility_specs[k];
            write_facility(industry, facility->id, facility->party->id, spec->name, spec->name_zh,
                           spec->activities, spec->place);
            char source[ID_MAX];
            bool mine = k == NORTH_MINE || k == SOUTH_MINE;
            if (mine) source_id(source, facility);
            write_licence(industry, facility, mine ? source : NULL,
                          k == NORTH_MINE ? "\"BO-CONC\"" : "\"XW-LEACHATE\",\"XW-CARBONATE\"");
            if (mine) write_source(industry, facility);
        }
    }
    for (uint32_t n = 0; n < industry->options->scale; n++)
        for (int k = 0; k < FACILITY_KINDS; k++)
            write_opening(industry, &industry->complexes[n].facilities[k]);
    industry->authority.clerk = "planner";
}

// --- plans --------------------------------------------------------------------------------------

static void put_allotment(Out *out, const char *holder, const char *under, int64_t reo) {
    put(out, under ? ",{\"holder\":" : "{\"holder\":");
    put_text(out, holder);
    if (under) put_member(out, "under", under);
    put(out, ",\"reo\":");
    put_kg(out, reo);
    put(out, "}");
}

static int64_t whole_tonnes(int64_t mg) {
    return (mg + MG_PER_TONNE - 1) / MG_PER_TONNE * MG_PER_TONNE;
}

// The batch's share of the year is that of the national batches of 2024; each company gets a tenth
// more than it means to produce.
void write_plans(Industry *industry, int year, int batch) {
    static const struct {
        const char *name, *ledger, *activity, *ore_class;
    } plans[3] = {{"MINE-ROCK", "mining", "mining", "rock"},
                  {"MINE-ION", "mining", "mining", "ion"},
                  {"SEP", "separation", "smelting_separation", NULL}};
    Day first = day_of(year, 1, 1), last = day_of(year, 12, 31);
    int64_t north = industry->north_daily_reo * workdays(first, last, false);
    int64_t south = industry->south_daily_reo * workdays(first, last, true);
    uint32_t count = industry->options->scale;
    for (int p = 0; p < 3; p++) {
        int64_t one = reference_quota("2024", batch == 1 ? "1" : "2", plans[p].activity);
        int64_t both = reference_quota("2024", "1", plans[p].activity) +
                       reference_quota("2024", "2", plans[p].activity);
        int64_t north_reo = p == 1 ? 0 : whole_tonnes(part_of(north / 100 * 110, one, both));
        int64_t south_reo = p == 0 ? 0 : whole_tonnes(part_of(south / 100 * 112, one, both));
        Out *out = entry_begin(industry, &industry->office, &industry->authority, "plan.adopt",
                               "pa", 28800, 0);
        put(out, ",\"instrument\":\"");
        put_number(out, year);
        put(out, "-");
        put(out, plans[p].name);
        put(out, batch == 1 ? "-1\",\"year\":" : "-2\",\"year\":");
        put_number(out, year);
        put_member(out, "ledger", plans[p].ledger);
        if (plans[p].ore_class) put_member(out, "class", plans[p].ore_class);
        put(out, batch == 1 ? ",\"notice\":\"First batch\"" : ",\"notice\":\"Second batch\"");
        char text[DAY_TEXT_MAX];
        put_member(out, "pass_down", day_print(industry->today + 20, text));
        put(out, ",\"visibility\":\"public\",\"allot\":[");
        put_allotment(out, "REGULATOR", NULL, (north_reo + south_reo) * count);
        if (north_reo) put_allotment(out, "NRE-GROUP", "REGULATOR", north_reo * count);
        if (south_reo) put_allotment(out, "SRE-GROUP", "REGULATOR", south_reo * count);
        for (uint32_t n = 0; n < count; n++) {
            Party *parties = industry->complexes[n].parties;
            if (batch == 1 && p == 0)
                parties[NORTH].mining_allotted = parties[NORTH].mining_drawn = 0;
            if (batch == 1 && p == 1)
                parties[SOUTH].mining_allotted = parties[SOUTH].mining_drawn = 0;
            for (int k = NORTH; k <= SOUTH; k++) {
                int64_t reo = k == NORTH ? north_reo : south_reo;
                if (!reo) continue;
                put_allotment(out, parties[k].id, party_specs[k].group, reo);
                if (p == 2 && batch == 1)
                    parties[k].separation_allotted = parties[k].separation_drawn = 0;
                if (p == 2)
                    parties[k].separation_allotted += reo;
                else
                    parties[k].mining_allotted += reo;
            }
        }
        put(out, "]");
        entry_end(industry);
    }
}
