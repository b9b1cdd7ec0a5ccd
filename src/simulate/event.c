// Lines of events.ndjson. Each facility's people write down what they did some minutes later, in
// the order in which they did it; the lines of a day are sorted by that time over all facilities.
// What crosses from one facility to another takes a night at least, so the order is right
// everywhere.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "simulate/industry.h"

void industry_no_memory(Industry *industry) {
    if (!industry->failed) status_no_memory(industry->status);
    industry->failed = true;
}

void sink_append(Industry *industry, const char *name, const void *bytes, size_t length) {
    if (industry->failed || !length) return;
    if (!industry->sink->append(industry->sink->context, name, bytes, length, industry->status))
        industry->failed = true;
    industry->sum.bytes += length;
}

Out *entry_begin(Industry *industry, Facility *clock, Party *party, const char *kind,
                 const char *prefix, uint32_t phase, uint32_t span) {
    Out *out = &industry->day;
    uint32_t second = clock->clock + 40 + random_below(&clock->random, 200);
    uint32_t earliest = phase + span + random_below(&clock->random, 300);
    if (phase == AT_STOCKTAKE) earliest = phase;
    if (second < earliest) second = earliest;
    if (second > 86000) second = 86000;
    uint32_t recorded = second + 60 + random_below(&clock->random, 900);
    if (recorded <= clock->recorded) recorded = clock->recorded + 1;
    if (clock == &industry->office) { // the authority enters all of a decision at once
        second = clock->clock > phase ? clock->clock : phase;
        recorded = second + 300;
    }
    clock->clock = second;
    if (recorded > 86399) recorded = 86399;
    clock->recorded = recorded;

    if (industry->entry_count == industry->entry_capacity) {
        uint32_t capacity = industry->entry_capacity ? industry->entry_capacity * 2 : 1024;
        Entry *entries = memory_resize(industry->entries, capacity * sizeof *entries);
        if (!entries) {
            industry_no_memory(industry);
            industry->entry_count = 0; // nothing of today is written any more
            return out;
        }
        industry->entries = entries;
        industry->entry_capacity = capacity;
    }
    Entry *entry = &industry->entries[industry->entry_count];
    *entry = (Entry){.recorded = recorded, .order = industry->entry_count, .at = out->length};

    put(out, "{\"ytterby\":\"event/1\",\"recorded\":\"");
    put_time(out, industry->today, recorded);
    put(out, "\",\"by\":\"");
    put(out, party->role);
    put(out, "/");
    put(out, party->id);
    put(out, "/");
    put(out, party->clerk);
    put(out, "\",\"event\":{\"v\":1,\"kind\":\"");
    put(out, kind);
    put(out, "\",\"id\":\"");
    put(out, prefix);
    put(out, "-");
    put_number(out, ++party->events);
    put(out, "\",\"party\":\"");
    put(out, party->id);
    if (span) {
        put(out, "\",\"happened\":{\"from\":\"");
        put_time(out, industry->today, second - span);
        put(out, "\",\"to\":\"");
        put_time(out, industry->today, second);
        put(out, "\"}");
    } else {
        put(out, "\",\"happened\":\"");
        put_time(out, industry->today, second);
        put(out, "\"");
    }
    return out;
}

void entry_end(Industry *industry) {
    put(&industry->day, "}}\n");
    if (industry->day.failed) industry_no_memory(industry);
    if (industry->failed || industry->entry_count == industry->entry_capacity) return;
    Entry *entry = &industry->entries[industry->entry_count++];
    entry->length = industry->day.length - entry->at;
    industry->sum.events++;
}

static int by_time(const void *left, const void *right) {
    const Entry *a = left, *b = right;
    if (a->recorded != b->recorded) return a->recorded < b->recorded ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

void day_flush(Industry *industry) {
    if (industry->entry_count > 1)
        qsort(industry->entries, industry->entry_count, sizeof *industry->entries, by_time);
    Out *text = &industry->text;
    for (uint32_t i = 0; i < industry->entry_count; i++) {
        const Entry *entry = &industry->entries[i];
        put_bytes(text, industry->day.bytes + entry->at, entry->length);
        if (text->length >= ((size_t)1 << 20)) {
            sink_append(industry, "events.ndjson", text->bytes, text->length);
            text->length = 0;
        }
    }
    if (text->failed) industry_no_memory(industry);
    industry->entry_count = 0;
    industry->day.length = 0;
}
