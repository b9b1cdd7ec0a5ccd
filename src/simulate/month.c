// What a facility does once a month: it closes, and declares to the authority.
#include <string.h>

#include "simulate/industry.h"

void facility_close(Industry *industry, Facility *facility, Month month) {
    char text[MONTH_TEXT_MAX];
    Out *out = entry_begin(industry, facility, facility->party, "close", "c", 36000, 0);
    put_facility(out, facility);
    put(out, ",\"month\":");
    put_text(out, month_print(month, text));
    entry_end(industry);
}

// The declaration; `slip` writes the opening figure of one material where its closing belongs.
static void put_return(Industry *industry, const Facility *facility, Out *out, Month month,
                       int slip) {
    char text[MONTH_TEXT_MAX];
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
            if (!declared[t] || t == TALLY_LOST) continue; // the form has no line for accidents
            put(out, ",\"");
            put(out, tally_names[t]);
            put(out, "\":");
            put_kg(out, declared[m == slip && t == TALLY_CLOSING ? TALLY_OPENING : t]);
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

void facility_return(Industry *industry, Facility *facility, Month month) {
    enum { AMENDED_ONE_IN = 30, AT_RETURN = 39600 };
    int slip = -1;
    for (int m = 0; m < MATERIAL_COUNT; m++)
        if (facility->declared[m][TALLY_CLOSING] &&
            facility->declared[m][TALLY_CLOSING] != facility->declared[m][TALLY_OPENING])
            slip = m;
    if (random_below(&facility->random, AMENDED_ONE_IN)) slip = -1;
    put_return(industry, facility,
               entry_begin(industry, facility, facility->party, "return", "rt", AT_RETURN, 0),
               month, slip);
    if (slip < 0) return;
    int days = 3 + (int)random_below(&facility->random, 10);
    When when = {.phase = AT_RETURN, .happened_in = days, .recorded_in = days};
    put_return(industry, facility,
               entry_begin_when(industry, facility, facility->party, "return", "rt", when), month,
               -1);
}

// The month's figures are put aside for the return, and the next month's begin.
void facility_month_turns(Industry *industry, Facility *facility, Month month) {
    for (int m = 0; m < MATERIAL_COUNT; m++) {
        LotQueue *queue = &facility->stock[m];
        int64_t *tally = facility->tally[m];
        for (uint32_t i = 0; i < queue->count; i++)
            tally[TALLY_CLOSING] += queue_at(queue, i)->book_net;
    }
    write_tables(industry, facility, month);
    memcpy(facility->declared, facility->tally, sizeof facility->declared);
    for (int m = 0; m < MATERIAL_COUNT; m++) {
        int64_t closing = facility->tally[m][TALLY_CLOSING];
        memset(facility->tally[m], 0, sizeof facility->tally[m]);
        facility->tally[m][TALLY_OPENING] = closing;
        facility->contents[m] = (ContentTally){0};
    }
    for (uint32_t p = 0; p < facility->partner_count; p++)
        facility->partners[p].received = facility->partners[p].shipped =
            facility->partners[p].seen = 0;
}
