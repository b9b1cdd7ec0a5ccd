// What a facility does once a month: it closes, and declares to the authority. The declaration
// stands as an event, and as a table for those who work from tables (returns/FACILITY.csv).
#include <stdio.h>
#include <string.h>

#include "simulate/industry.h"

static void put_csv_kg(Out *out, int64_t mg) {
    char text[48];
    int length = snprintf(text, sizeof text, ",%lld.%03lld", (long long)(mg / MG_PER_KG),
                          (long long)(mg % MG_PER_KG / 1000));
    put_bytes(out, text, (size_t)length);
}

static void put_csv_head(Out *out, const Facility *facility, const char *month, Material material,
                         const char *partner) {
    put(out, facility->id);
    put(out, ",");
    put(out, month);
    put(out, ",");
    put(out, materials[material].id);
    put(out, ",");
    put(out, partner);
}

static void write_table(Industry *industry, const Facility *facility, const char *month,
                        bool header) {
    Out out = {.bytes = NULL};
    char name[ID_MAX + 16];
    snprintf(name, sizeof name, "returns/%s.csv", facility->id);
    if (header) {
        put(&out, "facility,month,material,partner");
        for (int t = 0; t < TALLY_COUNT; t++) {
            put(&out, ",");
            put(&out, tally_names[t]);
            put(&out, "_kg");
        }
        put(&out, ",treo_pct\n");
    }
    for (int m = 0; m < MATERIAL_COUNT; m++) {
        const int64_t *tally = facility->tally[m];
        bool any = false;
        for (int t = 0; t < TALLY_COUNT; t++)
            any |= tally[t] != 0;
        if (!any) continue;
        put_csv_head(&out, facility, month, (Material)m, "");
        for (int t = 0; t < TALLY_COUNT; t++)
            put_csv_kg(&out, tally[t]);
        put(&out, ",");
        if (facility->treo_dry[m]) {
            char text[32];
            long long share =
                (long long)part_of(facility->treo_mg[m], 10000, facility->treo_dry[m]);
            int length = snprintf(text, sizeof text, "%lld.%02lld", share / 100, share % 100);
            put_bytes(&out, text, (size_t)length);
        }
        put(&out, "\n");
        for (uint32_t p = 0; p < facility->partner_count; p++) {
            const PartnerTally *partner = &facility->partners[p];
            if ((int)partner->material != m || !(partner->received | partner->shipped)) continue;
            put_csv_head(&out, facility, month, (Material)m, partner->partner);
            for (int t = 0; t < TALLY_COUNT; t++) {
                if (t == TALLY_RECEIVED)
                    put_csv_kg(&out, partner->received);
                else if (t == TALLY_SHIPPED)
                    put_csv_kg(&out, partner->shipped);
                else
                    put(&out, ",");
            }
            put(&out, ",\n");
        }
    }
    if (out.failed) industry_no_memory(industry);
    sink_append(industry, name, out.bytes, out.length);
    out_done(&out);
}

void facility_close(Industry *industry, Facility *facility, Month month) {
    char text[MONTH_TEXT_MAX];
    Out *out = entry_begin(industry, facility, facility->party, "close", "c", 36000, 0);
    put_facility(out, facility);
    put(out, ",\"month\":");
    put_text(out, month_print(month, text));
    entry_end(industry);
}

void facility_return(Industry *industry, Facility *facility, Month month) {
    char text[MONTH_TEXT_MAX];
    Out *out = entry_begin(industry, facility, facility->party, "return", "rt", 39600, 0);
    put_facility(out, facility);
    put(out, ",\"month\":");
    put_text(out, month_print(month, text));
    put(out, ",\"lines\":[");
    bool first = true;
    for (int m = 0; m < MATERIAL_COUNT; m++) {
        const int64_t *declared = facility->declared[m];
        bool any = false;
        for (int t = 0; t < TALLY_COUNT; t++)
            any |= declared[t] != 0;
        if (!any) continue;
        if (!first) put(out, ",");
        first = false;
        put(out, "{\"material\":");
        put_text(out, materials[m].id);
        for (int t = 0; t < TALLY_COUNT; t++) {
            if (!declared[t]) continue;
            put(out, ",\"");
            put(out, tally_names[t]);
            put(out, "\":");
            put_kg(out, declared[t]);
        }
        put(out, "}");
    }
    if (first) {
        put(out, "{\"material\":");
        put_text(out, materials[MATERIAL_PRND_OXIDE].id);
        put(out, ",\"closing\":\"0\"}");
    }
    put(out, "]");
    entry_end(industry);
}

// The month's figures are put aside for the return, and the next month's begin.
void facility_month_turns(Industry *industry, Facility *facility, Month month) {
    char text[MONTH_TEXT_MAX];
    for (int m = 0; m < MATERIAL_COUNT; m++) {
        LotQueue *queue = &facility->stock[m];
        for (uint32_t i = 0; i < queue->count; i++)
            facility->tally[m][TALLY_CLOSING] += queue_at(queue, i)->book_net;
    }
    write_table(industry, facility, month_print(month, text), month == SIMULATE_FIRST_MONTH);
    memcpy(facility->declared, facility->tally, sizeof facility->declared);
    for (int m = 0; m < MATERIAL_COUNT; m++) {
        int64_t closing = facility->tally[m][TALLY_CLOSING];
        memset(facility->tally[m], 0, sizeof facility->tally[m]);
        facility->tally[m][TALLY_OPENING] = closing;
        facility->treo_mg[m] = facility->treo_dry[m] = 0;
    }
    for (uint32_t p = 0; p < facility->partner_count; p++)
        facility->partners[p].received = facility->partners[p].shipped = 0;
}
