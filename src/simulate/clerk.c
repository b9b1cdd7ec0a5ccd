// What people get wrong when they write things down, and how they mend it.
// A slip: two digits of a mass are swapped. The event is sent so, noticed within the hour, and
// corrected by one that reverses it and carries what is right, under new ids, since those of a
// reversed event stay taken. To write both from one, the right one is written first, with ids that
// end in something of their own; without that, and with the digits swapped, it is the wrong one.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "simulate/work.h"

void slip_begin(Facility *facility, uint32_t one_in) {
    if (!chance(facility, one_in)) return;
    Party *party = facility->party;
    int length = snprintf(party->slip, sizeof party->slip, "-R%u", ++party->slips);
    assert(length > 0 && (size_t)length < sizeof party->slip);
}

// Copies the event without what its own ids end with: that of the event, and of lots of the party.
static void put_unmended(Out *out, const char *event, size_t length, const Party *party) {
    size_t suffix = strlen(party->slip), id = strlen(party->id), quote = 0;
    for (size_t i = 0; i < length; i++) {
        bool is_id = i + suffix < length && !memcmp(event + i, party->slip, suffix) &&
                     event[i + suffix] == '"' &&
                     ((quote >= 5 && !memcmp(event + quote - 5, "\"id\":", 5)) ||
                      (!memcmp(event + quote + 1, party->id, id) && event[quote + 1 + id] == ':'));
        if (event[i] == '"') quote = i;
        if (is_id)
            i += suffix - 1;
        else
            put_bytes(out, event + i, 1);
    }
}

// Two digits of the last net mass change places, so that it gets smaller; where none can, its first
// digit is one less.
static void swap_digits(char *event, size_t length) {
    static const char net[] = "\"net\":\"";
    char *mass = NULL;
    for (size_t i = 0; i + sizeof net < length; i++)
        if (!memcmp(event + i, net, sizeof net - 1)) mass = event + i + sizeof net - 1;
    if (!mass) return;
    for (char *at = mass + 1; at[0] >= '0' && at[0] <= '9' && at[1] >= '0' && at[1] <= '9'; at++)
        if (at[0] > at[1]) {
            char first = at[0];
            at[0] = at[1];
            at[1] = first;
            return;
        }
    if (mass[0] > '1' && mass[0] <= '9') mass[0]--;
}

static void write_slip(Industry *industry, Facility *facility, const Out *right, const Out *wrong) {
    Party *party = facility->party;
    const Entry *entry = &industry->entries[industry->entry_count];
    industry->day.length = entry->at + entry->event;
    put_bytes(&industry->day, wrong->bytes, wrong->length - 1); // entry_end() closes it
    entry_end(industry);
    party->slip[0] = 0;
    // "id":"PREFIX-N" of the wrong one
    const char *id = strstr(wrong->bytes, "\"id\":\"") + 6;
    Out *out = entry_begin(industry, facility, party, "correct", "co", 0, 0);
    put(out, ",\"corrects\":\"");
    put_bytes(out, id, (size_t)(strchr(id, '"') - id));
    put(out, "\",\"reason\":\"typing mistake\",\"replacement\":");
    put_bytes(out, right->bytes, right->length);
    entry_end(industry);
}

void slip_end(Industry *industry, Facility *facility) {
    Party *party = facility->party;
    const Out *day = &industry->day;
    bool writing =
        !day->failed && !industry->failed && industry->entry_count < industry->entry_capacity;
    if (!party->slip[0] || !writing) {
        entry_end(industry);
        party->slip[0] = 0;
        return;
    }
    const Entry *entry = &industry->entries[industry->entry_count];
    size_t start = entry->at + entry->event;
    Out right = {.bytes = NULL}, wrong = {.bytes = NULL};
    put_bytes(&right, day->bytes + start, day->length - start);
    put_bytes(&right, "}", 2); // ends as a string, too
    put_unmended(&wrong, right.bytes, right.length, party);
    if (right.failed || wrong.failed) {
        industry_no_memory(industry);
    } else {
        right.length--;
        wrong.length--;
        swap_digits(wrong.bytes, wrong.length);
        write_slip(industry, facility, &right, &wrong);
    }
    party->slip[0] = 0;
    out_done(&right);
    out_done(&wrong);
}
