// Builds the industry: who has which facilities, what stands in their circuits at the start.
#include <assert.h>
#include <stdio.h>

#include "base/memory.h"
#include "simulate/reference.h"
#include "simulate/registry.h"

const PartySpec party_specs[PARTY_KINDS] = {
    [NORTH] = {"NORTH", "North Ridge Rare Earth", "北岭稀土", "NRE-GROUP"},
    [SOUTH] = {"SOUTH", "South Hills Rare Earth", "南岗稀土", "SRE-GROUP"},
    [ALMET] = {"ALMET", "River Metals and Alloys", "江城金属合金", NULL},
    [MAGNET] = {"MAGNET", "Harbour Magnetics", "港湾磁材", NULL},
    [RECYCLE] = {"RECYCLE", "Second Round Recycling", "再循资源", NULL},
    [TRADER] = {"TRADER", "Lantern Street Trading", "灯市贸易", NULL},
    [CERAMICS] = {"CERAMICS", "Clear Lake Ceramics", "清湖陶瓷", NULL},
    [PORT] = {"PORT", "Blue Gate Import and Export", "蓝门进出口", NULL},
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
    [PORT_STORE] = {"PORT-STORE", "Importer's and exporter's store", "进出口仓库", "trade",
                    "Ningbo", NULL, NULL, NULL, PORT},
};

// Deposits that the authority knows: the two that are worked, and others that a foreign ore may be
// Two companies' worth of rock and ion-adsorption ore each; the tonnages and the Th and U are ours.
const District districts[DISTRICT_KINDS] = {
    {"BO-USGS",
     "BO-PIT",
     "XW-CN",
     "XW-FIELD",
     DEPOSIT_BAYAN_OBO,
     DEPOSIT_XUNWU,
     46 * MG_PER_TONNE,
     4 * MG_PER_TONNE,
     {PER_CENT / 4, PER_CENT / 300}},
    {"WS-CN",
     "WS-PIT",
     "LN-CN",
     "LN-FIELD",
     DEPOSIT_WEISHAN,
     DEPOSIT_LONGNAN,
     34 * MG_PER_TONNE,
     3 * MG_PER_TONNE,
     {PER_CENT / 8, PER_CENT / 400}},
    {"BO-USGS",
     "BO-PIT",
     "XW-CN",
     "XW-FIELD",
     DEPOSIT_BAYAN_OBO,
     DEPOSIT_XUNWU,
     48 * MG_PER_TONNE,
     4 * MG_PER_TONNE,
     {PER_CENT / 4, PER_CENT / 300}},
    {"BO-USGS",
     "BO-PIT",
     "LN-CN",
     "LN-FIELD",
     DEPOSIT_BAYAN_OBO,
     DEPOSIT_LONGNAN,
     42 * MG_PER_TONNE,
     3 * MG_PER_TONNE,
     {PER_CENT / 4, PER_CENT / 300}},
    {"WS-CN",
     "WS-PIT",
     "XW-CN",
     "XW-FIELD",
     DEPOSIT_WEISHAN,
     DEPOSIT_XUNWU,
     30 * MG_PER_TONNE,
     4 * MG_PER_TONNE,
     {PER_CENT / 8, PER_CENT / 400}},
};

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

void id_make(char id[ID_MAX], const char *stem, uint32_t number) {
    int length = number == 0 ? snprintf(id, ID_MAX, "%s", stem)
                             : snprintf(id, ID_MAX, "%s-%u", stem, number + 1);
    assert(length > 0 && length < ID_MAX);
}

static void build_circuits(Complex *complex) {
    const ReferenceDeposit *north = complex->north, *south = complex->south;
    // About a month's throughput stays in the circuits.
    int64_t north_month = complex->north_daily_reo * 21,
            south_month = complex->south_daily_reo * 13;
    fill_reo(complex->facilities[NORTH_SX].pool, north->share_ppb, LIGHT, north_month);
    for (int i = 0; i < 2; i++) // what comes in a week; the residue takes it out
        complex->facilities[NORTH_SX].pool[i ? COMPONENT_U : COMPONENT_Th] =
            part_of(complex->north_daily_reo * 5, complex->district->traces[i], PPB);
    fill_reo(complex->facilities[SOUTH_MINE].pool, south->share_ppb, ALL_RARE, south_month);
    fill_reo(complex->facilities[SOUTH_SX].pool, south->share_ppb, ALL_RARE, south_month);
    uint64_t heavy_part = BIT(Sm) | BIT(Eu) | BIT(Gd) | BIT(Tb) | BIT(Dy);
    int64_t heavy_share = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        if (heavy_part & COMPONENT_BIT(c)) heavy_share += north->share_ppb[c];
    fill_reo(complex->facilities[SOUTH_SX].pool, north->share_ppb, heavy_part,
             part_of(north_month, heavy_share, north->sum_ppb));
    static const int64_t recycled[COMPONENT_COUNT] = {[COMPONENT_Pr] = 200,
                                                      [COMPONENT_Nd] = 700,
                                                      [COMPONENT_Gd] = 20,
                                                      [COMPONENT_Tb] = 12,
                                                      [COMPONENT_Dy] = 68};
    fill_reo(complex->facilities[RECYCLE_WORKS].pool, recycled, MAGNETIC,
             complex->recycle_monthly_reo);
}

static void build_facility(Industry *industry, Complex *complex, FacilityKind kind) {
    Facility *facility = &complex->facilities[kind];
    const FacilitySpec *spec = &facility_specs[kind];
    facility->kind = kind;
    facility->party = &complex->parties[spec->party];
    facility->complex = complex;
    id_make(facility->id, spec->id, complex->number);
    random_init(&facility->random, industry->options->seed, random_name(facility->id));
    for (int d = 0; d < 2; d++)
        facility->device_z[d] = random_normal(&facility->random);
    enum { LATE_ONE_IN = 60 };
    facility->calibration_day = CALIBRATION_DAY;
    if (random_below(&facility->random, LATE_ONE_IN) == 0)
        facility->calibration_day = CALIBRATED_UNTIL + 3 + (int)random_below(&facility->random, 4);
    if (!spec->pool) return;
    facility->has_pool = true;
    int length = snprintf(facility->pool_id, ID_MAX, "%s:%s-%s", facility->party->id,
                          kind == RECYCLE_WORKS ? "RC"
                          : kind == SOUTH_MINE  ? "LEACH"
                                                : "SX",
                          spec->id);
    assert(length > 0 && length < ID_MAX);
    for (int c = 0; c < COMPONENT_COUNT; c++)
        facility->survey_z[c] = random_normal(&facility->random);
}

static void build_complex(Industry *industry, Complex *complex, uint32_t number, uint32_t pace) {
    const uint32_t kind = number % DISTRICT_KINDS;
    const int64_t grade = 50 * PER_CENT; // class 50 of the seven of Bayan Obo concentrates
    complex->number = number;
    complex->pace = pace;
    complex->district = &districts[kind];
    complex->north = &industry->deposits[kind][0];
    complex->south = &industry->deposits[kind][1];
    complex->north_daily_reo =
        part_of(complex->district->north_net / PPB * (PPB - materials[MATERIAL_BO_CONC].moisture),
                grade, PPB) *
        pace;
    complex->south_daily_reo = complex->district->south_reo * pace;
    complex->recycle_monthly_reo = 56 * MG_PER_TONNE * pace;
    for (int p = 0; p < PARTY_KINDS; p++) {
        id_make(complex->parties[p].id, party_specs[p].id, number);
        complex->parties[p].role = "company";
        complex->parties[p].clerk = "clerk";
        complex->parties[p].shift = "shift-1";
    }
    for (int k = 0; k < FACILITY_KINDS; k++)
        build_facility(industry, complex, (FacilityKind)k);
    build_circuits(complex);
    for (int k = 0; k < FACILITY_KINDS; k++)
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            Facility *facility = &complex->facilities[k];
            facility->target[c] = facility->pool[c];
            industry->sum.in_mg[c] += facility->pool[c];
        }
}

bool industry_build(Industry *industry) {
    // Five districts are an industry; less than one is one at half its pace.
    uint32_t count =
        (industry->options->scale * DISTRICT_KINDS + SIMULATE_SCALE_ONE / 2) / SIMULATE_SCALE_ONE;
    uint32_t pace = industry->options->scale < SIMULATE_SCALE_ONE * 3 / 20 ? 1 : 2;
    if (!count) count = 1;
    industry->complex_count = count;
    industry->complexes = memory_new_zero(count, sizeof *industry->complexes);
    industry->laboratory_count =
        (count + COMPLEXES_OF_LABORATORY - 1) / COMPLEXES_OF_LABORATORY * 2;
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
    industry->customs = (Party){.id = "CUSTOMS", .role = "customs", .clerk = "officer-1"};
    industry->customs_office.party = &industry->customs;
    random_init(&industry->customs_office.random, industry->options->seed, 2);
    for (int kind = 0; kind < DISTRICT_KINDS; kind++) {
        bool found =
            reference_deposit_find(districts[kind].north_row, &industry->deposits[kind][0]) &&
            reference_deposit_find(districts[kind].south_row, &industry->deposits[kind][1]);
        assert(found);
    }
    for (uint32_t i = 0; i < industry->laboratory_count; i++) {
        Laboratory *laboratory = &industry->laboratories[i];
        id_make(laboratory->party.id, i % 2 ? "LAB-B" : "LAB-A", i / 2);
        laboratory->party.role = "laboratory";
        laboratory->party.clerk = "chemist";
        laboratory_init(industry, laboratory);
    }
    for (uint32_t n = 0; n < count; n++)
        build_complex(industry, &industry->complexes[n], n, pace);
    industry->sum.facilities = count * FACILITY_KINDS + industry->laboratory_count;
    return true;
}

void industry_done(Industry *industry) {
    for (uint32_t n = 0; industry->complexes && n < industry->complex_count; n++)
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
    for (uint32_t i = 0; i < industry->later_count; i++)
        memory_free(industry->later[i].line);
    memory_free(industry->later);
    out_done(&industry->day);
    out_done(&industry->text);
    out_done(&industry->quota);
}
