// returns/: the same year as the tables that would be filed, appended month by month.
// FACILITY.csv is the facility's monthly return with the mean content of what came in; holdup.csv
// what surveys found in circuits; quota.csv what the plans allot; customs.csv what the country's
// customs saw, by its own exporters' and importers' word, and mirror.csv what the other side's
// customs say of the same goods. All are made of the figures that stand in the events, except the
// last, which no event names. docs/returns.md describes the columns.
#include <stdio.h>
#include <string.h>

#include "simulate/industry.h"

static void put_csv_kg(Out *out, int64_t mg) {
    char text[48];
    int64_t grams = mg / 1000;
    const char *sign = grams < 0 ? "-" : "";
    if (grams < 0) grams = -grams;
    int length = snprintf(text, sizeof text, ",%s%lld.%03lld", sign, (long long)(grams / 1000),
                          (long long)(grams % 1000));
    put_bytes(out, text, (size_t)length);
}

static void put_csv_per_cent(Out *out, int64_t part, int64_t whole) {
    char text[32];
    long long share = (long long)part_of(part, 1000000, whole);
    int length = snprintf(text, sizeof text, ",%lld.%04lld", share / 10000, share % 10000);
    put_bytes(out, text, (size_t)length);
}

static void put_csv_head(Out *out, const Facility *facility, const char *month, Material material,
                         const char *partner) {
    put(out, facility->id);
    put(out, ",");
    put(out, facility->party->id);
    put(out, ",");
    put(out, month);
    put(out, ",");
    put(out, materials[material].id);
    put(out, ",");
    put(out, partner);
}

static void put_header(Out *out) {
    put(out, "facility,company,month,material,partner");
    for (int t = 0; t < TALLY_COUNT; t++) {
        if (t == TALLY_CLOSING) put(out, ",adjusted_kg");
        put(out, ",");
        put(out, tally_names[t]);
        put(out, "_kg");
    }
    put(out, ",moisture_pct,treo_pct");
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (c == COMPONENT_Pm) continue;
        put(out, ",");
        put(out, component_symbol(c));
        put(out, "_pct");
    }
    put(out, "\n");
}

// What weighings and stock-takings changed: closes the line.
static int64_t adjusted(const int64_t tally[TALLY_COUNT]) {
    return tally[TALLY_CLOSING] + tally[TALLY_USED] + tally[TALLY_SHIPPED] +
           tally[TALLY_DISCARDED] + tally[TALLY_LOST] - tally[TALLY_OPENING] -
           tally[TALLY_RECEIVED] - tally[TALLY_EXTRACTED] - tally[TALLY_MADE];
}

static void put_content(Out *out, const ContentTally *content) {
    int64_t reo = content->dry ? industry_reo(content->mg, ALL_RARE) : 0;
    if (content->net > content->dry)
        put_csv_per_cent(out, content->net - content->dry, content->net);
    else
        put(out, ",");
    if (reo)
        put_csv_per_cent(out, reo, content->dry);
    else
        put(out, ",");
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (c == COMPONENT_Pm) continue;
        if (content->mg[c])
            put_csv_per_cent(out, content->mg[c], content->dry);
        else
            put(out, ",");
    }
    put(out, "\n");
}

static void put_material(Out *out, const Facility *facility, const char *month, Material m) {
    const int64_t *tally = facility->tally[m];
    put_csv_head(out, facility, month, m, "");
    for (int t = 0; t < TALLY_COUNT; t++) {
        if (t == TALLY_CLOSING) put_csv_kg(out, adjusted(tally));
        put_csv_kg(out, tally[t]);
    }
    put_content(out, &facility->contents[m]);
    for (uint32_t p = 0; p < facility->partner_count; p++) {
        const PartnerTally *partner = &facility->partners[p];
        if (partner->material != m || !(partner->received | partner->shipped)) continue;
        put_csv_head(out, facility, month, m, partner->partner);
        for (int t = 0; t < TALLY_COUNT; t++) {
            if (t == TALLY_CLOSING) put(out, ",");
            if (t == TALLY_RECEIVED)
                put_csv_kg(out, partner->received);
            else if (t == TALLY_SHIPPED)
                put_csv_kg(out, partner->shipped);
            else
                put(out, ",");
        }
        put_content(out, &(ContentTally){0});
    }
}

// A row of customs.csv or, without the facility, of mirror.csv.
static void put_customs(Out *out, const char *month, bool import, Material material,
                        const char *country, const char *facility, int64_t mg) {
    put(out, month);
    put(out, import ? ",import," : ",export,");
    put(out, materials[material].hs);
    put(out, ",");
    put(out, materials[material].id);
    put(out, ",");
    put(out, country);
    if (facility) put(out, ",");
    if (facility) put(out, facility);
    put_csv_kg(out, mg);
    put(out, "\n");
}

static void write_customs(Industry *industry, const Facility *facility, const char *month) {
    Out customs = {.bytes = NULL}, mirror = {.bytes = NULL};
    for (uint32_t p = 0; p < facility->partner_count; p++) {
        const PartnerTally *partner = &facility->partners[p];
        const char *country = country_of(partner->partner);
        if (!country) continue;
        if (partner->received) {
            put_customs(&customs, month, true, partner->material, country, facility->id,
                        partner->received);
            put_customs(&mirror, month, true, partner->material, country, NULL, partner->received);
        }
        if (partner->shipped) {
            put_customs(&customs, month, false, partner->material, country, facility->id,
                        partner->shipped);
        }
        if (partner->seen > 0)
            put_customs(&mirror, month, false, partner->material, country, NULL, partner->seen);
    }
    if (customs.failed || mirror.failed) industry_no_memory(industry);
    sink_append(industry, "returns/customs.csv", customs.bytes, customs.length);
    sink_append(industry, "returns/mirror.csv", mirror.bytes, mirror.length);
    out_done(&customs);
    out_done(&mirror);
}

static void write_holdup(Industry *industry, const Facility *facility, const char *month) {
    Out out = {.bytes = NULL};
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (!facility->surveyed[c]) continue;
        put(&out, facility->id);
        put(&out, ",");
        put(&out, month);
        put(&out, ",");
        put(&out, facility->pool_id);
        put(&out, ",");
        put(&out, component_symbol(c));
        put_csv_kg(&out, facility->surveyed[c]);
        put_csv_kg(&out, part_of(facility->surveyed[c], industry->survey_u, PPB));
        put_csv_kg(&out, part_of(facility->surveyed[c], industry->survey_s, PPB));
        put(&out, "\n");
    }
    if (out.failed) industry_no_memory(industry);
    sink_append(industry, "returns/holdup.csv", out.bytes, out.length);
    out_done(&out);
}

void write_table_headers(Industry *industry) {
    static const struct {
        const char *name, *header;
    } tables[] = {
        {"returns/holdup.csv", "facility,month,pool,component,kg,u_kg,s_kg\n"},
        {"returns/quota.csv", "date,instrument,year,ledger,class,holder,under,reo_kg\n"},
        {"returns/customs.csv", "month,direction,hs_code,material,country,facility,net_kg\n"},
        {"returns/mirror.csv", "month,direction,hs_code,material,country,net_kg\n"}};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        sink_append(industry, tables[i].name, tables[i].header, strlen(tables[i].header));
}

void write_tables(Industry *industry, const Facility *facility, Month when) {
    Out out = {.bytes = NULL};
    char name[ID_MAX + 16], month[MONTH_TEXT_MAX];
    snprintf(name, sizeof name, "returns/%s.csv", facility->id);
    month_print(when, month);
    if (when == SIMULATE_FIRST_MONTH) put_header(&out);
    for (int m = 0; m < MATERIAL_COUNT; m++) {
        bool any = false;
        for (int t = 0; t < TALLY_COUNT; t++)
            any |= facility->tally[m][t] != 0;
        if (any) put_material(&out, facility, month, (Material)m);
    }
    if (out.failed) industry_no_memory(industry);
    sink_append(industry, name, out.bytes, out.length);
    out_done(&out);
    write_customs(industry, facility, month);
    if (facility->has_pool) write_holdup(industry, facility, month);
}

void write_quota_row(Industry *industry, const char *instrument, int year, const char *ledger,
                     const char *ore_class, const char *holder, const char *under, int64_t reo) {
    Out *out = &industry->quota;
    char text[DAY_TEXT_MAX];
    put(out, day_print(industry->today, text));
    put(out, ",");
    put(out, instrument);
    put(out, ",");
    put_number(out, year);
    put(out, ",");
    put(out, ledger);
    put(out, ",");
    put(out, ore_class ? ore_class : "");
    put(out, ",");
    put(out, holder);
    put(out, ",");
    put(out, under ? under : "");
    put_csv_kg(out, reo);
    put(out, "\n");
}
