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

static Entry *entry_new(Industry *industry) {
    if (industry->entry_count == industry->entry_capacity) {
        uint32_t capacity = industry->entry_capacity ? industry->entry_capacity * 2 : 1024;
        Entry *entries = memory_resize(industry->entries, capacity * sizeof *entries);
        if (!entries) {
            industry_no_memory(industry);
            industry->entry_count = 0; // nothing of today is written any more
            return NULL;
        }
        industry->entries = entries;
        industry->entry_capacity = capacity;
    }
    Entry *entry = &industry->entries[industry->entry_count];
    *entry =
        (Entry){.day = industry->today, .order = industry->entry_count, .at = industry->day.length};
    return entry;
}

// What is done on the floor is sent by whoever is on shift there, papers by the clerk.
static const char *sender(const Party *party, const char *kind) {
    static const char *const on_shift[] = {"extract", "receive", "charge", "draw", "transform"};
    for (size_t i = 0; party->shift && i < sizeof on_shift / sizeof on_shift[0]; i++)
        if (!strcmp(kind, on_shift[i])) return party->shift;
    return party->clerk;
}

static void put_entry_head(Out *out, const Party *party, const char *kind, Day day,
                           uint32_t recorded) {
    put(out, "{\"ytterby\":\"event/1\",\"recorded\":\"");
    put_time(out, day, recorded);
    put(out, "\",\"by\":\"");
    put(out, party->role);
    put(out, "/");
    put(out, party->id);
    put(out, "/");
    put(out, sender(party, kind));
    put(out, "\",\"event\":");
}

static void put_event_head(Out *out, Party *party, const char *kind, const char *prefix) {
    put(out, "{\"v\":1,\"kind\":\"");
    put(out, kind);
    put(out, "\",\"id\":\"");
    put(out, prefix);
    put(out, "-");
    put_number(out, ++party->events);
    put(out, party->slip);
    put(out, "\",\"party\":\"");
    put(out, party->id);
}

Out *entry_begin_when(Industry *industry, Facility *clock, Party *party, const char *kind,
                      const char *prefix, When when) {
    Out *out = &industry->day;
    uint32_t second = clock->clock + 40 + random_below(&clock->random, 200);
    uint32_t earliest = when.phase + when.span + random_below(&clock->random, 300);
    if (when.phase == AT_STOCKTAKE) earliest = when.phase;
    if (second < earliest) second = earliest;
    if (second > 86000) second = 86000;
    uint32_t recorded = second + 60 + random_below(&clock->random, 900);
    if (recorded <= clock->recorded) recorded = clock->recorded + 1;
    if (clock == &industry->office) { // the authority enters all of a decision at once
        second = clock->clock > when.phase ? clock->clock : when.phase;
        recorded = second + 300;
    }
    clock->clock = second;
    if (recorded > 86399) recorded = 86399;
    // What is entered on another day comes first that day, before anybody's work.
    if (when.recorded_in)
        recorded = 10000 + random_below(&clock->random, 12000);
    else
        clock->recorded = recorded;
    if (when.recorded_in && when.happened_in == when.recorded_in) second = recorded - 300;

    Entry *entry = entry_new(industry);
    if (!entry) return out;
    entry->day = industry->today + (Day)when.recorded_in;
    entry->recorded = recorded;
    put_entry_head(out, party, kind, entry->day, recorded);
    entry->event = out->length - entry->at;
    put_event_head(out, party, kind, prefix);
    Day day = (Day)(industry->today + when.happened_in);
    if (when.span) {
        put(out, "\",\"happened\":{\"from\":\"");
        put_time(out, day, second - when.span);
        put(out, "\",\"to\":\"");
        put_time(out, day, second);
        put(out, "\"}");
    } else {
        put(out, "\",\"happened\":\"");
        put_time(out, day, second);
        put(out, "\"");
    }
    return out;
}

Out *entry_begin(Industry *industry, Facility *clock, Party *party, const char *kind,
                 const char *prefix, uint32_t phase, uint32_t span) {
    return entry_begin_when(industry, clock, party, kind, prefix,
                            (When){.phase = phase, .span = span});
}

// Puts a line aside for a later day; today's buffer is cut back to where it began.
static void put_off(Industry *industry, const Entry *entry) {
    if (industry->later_count == industry->later_capacity) {
        uint32_t capacity = industry->later_capacity ? industry->later_capacity * 2 : 64;
        Later *later = memory_resize(industry->later, capacity * sizeof *later);
        if (!later) {
            industry_no_memory(industry);
            return;
        }
        industry->later = later;
        industry->later_capacity = capacity;
    }
    size_t length = industry->day.length - entry->at;
    char *line = memory_new(length);
    if (!line) {
        industry_no_memory(industry);
        return;
    }
    memcpy(line, industry->day.bytes + entry->at, length);
    industry->later[industry->later_count++] =
        (Later){.day = entry->day, .recorded = entry->recorded, .line = line, .length = length};
    industry->day.length = entry->at;
}

void entry_end(Industry *industry) {
    put(&industry->day, "}}\n");
    if (industry->day.failed) industry_no_memory(industry);
    if (industry->failed || industry->entry_count == industry->entry_capacity) return;
    Entry *entry = &industry->entries[industry->entry_count];
    industry->sum.events++;
    if (entry->day != industry->today) {
        put_off(industry, entry);
        return;
    }
    industry->entry_count++;
    entry->length = industry->day.length - entry->at;
}

static int by_time(const void *left, const void *right) {
    const Entry *a = left, *b = right;
    if (a->recorded != b->recorded) return a->recorded < b->recorded ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

// Lines put aside until today.
static void take_up(Industry *industry) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < industry->later_count; i++) {
        Later *later = &industry->later[i];
        if (later->day > industry->today) {
            industry->later[kept++] = *later;
            continue;
        }
        Entry *entry = entry_new(industry);
        if (entry) {
            entry->recorded = later->recorded;
            entry->length = later->length;
            put_bytes(&industry->day, later->line, later->length);
            industry->entry_count++;
        }
        memory_free(later->line);
    }
    industry->later_count = kept;
}

void day_flush(Industry *industry) {
    take_up(industry);
    if (industry->day.failed) industry_no_memory(industry);
    if (industry->entry_count > 1)
        qsort(industry->entries, industry->entry_count, sizeof *industry->entries, by_time);
    Out *text = &industry->text;
    for (uint32_t i = 0; i < industry->entry_count && !industry->failed; i++) {
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
