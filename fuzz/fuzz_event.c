// Lines and the events in them: whatever is accepted keeps the decoder's promises.
#include "codec/event_head.h"
#include "codec/event_lines.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) abort();                                                                 \
    } while (0)

static void check_lines(const Line *lines, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        MUST(lines[i].lot.length <= ID_BYTES_MAX && lines[i].material.length <= ID_BYTES_MAX);
        MUST(lines[i].net.mg >= 0 && lines[i].net.mg < MASS_LIMIT_MG && lines[i].of.mg >= 0);
        MUST(lines[i].moisture.ppb >= 0 && lines[i].moisture.ppb <= FRACTION_ONE_PPB);
        MUST(lines[i].custody < CUSTODY_COUNT || lines[i].custody == CUSTODY_UNSTATED);
        const Composition *c = lines[i].composition;
        if (!c) continue;
        MUST(c->mask != 0 && (c->mask & ~COMPONENT_MASK) == 0 && c->basis < BASIS_NOTHING);
        for (int k = 0; k < COMPONENT_COUNT; k++) {
            const Result *r = &c->values[k];
            bool stated = c->mask & COMPONENT_BIT(k);
            MUST(stated == (r->is_value || r->is_below) && !(r->is_value && r->is_below));
            MUST(r->value.ppb >= 0 && r->value.ppb <= FRACTION_ONE_PPB && r->u.ppb >= 0);
        }
    }
}

static void check_event(const Event *event) {
    MUST(event->version == 1 && event->kind > EVENT_NONE && event->kind < EVENT_KIND_COUNT);
    MUST(id_is_valid(event->id) && party_id_is_valid(event->party));
    MUST(event->start >= 0 && event->end >= 0 && event->end <= INSTANT_MAX);
    for (size_t i = 0; i < event->bytes.length; i++)
        MUST((uint8_t)event->bytes.at[i] >= 0x20);
    check_lines(event->inputs, event->input_count);
    check_lines(event->outputs, event->output_count);
    if (event->replacement) {
        MUST(event->replacement->kind != EVENT_CORRECT);
        check_event(event->replacement);
    }
}

// Replay reads of any event what the decoder reads of it; of what is none it may read what it
// likes.
static void check_head(Arena *arena, Text bytes, const Event *event) {
    Status status;
    status_clear(&status);
    Event head;
    bool read = event_decode_head(bytes, arena, &head, &status);
    if (!event) return;
    MUST(read && head.kind == event->kind && head.version == event->version);
    MUST(text_equal(head.id, event->id) && text_equal(head.party, event->party));
    MUST(head.outside == event->outside);
    MUST(event->kind != EVENT_EXTRACT || text_equal(head.subject, event->subject));
    MUST(head.start == event->start && head.end == event->end && head.is_span == event->is_span);
}

// What was read prints back, and reads the same again.
static void check_line(const EventLine *line) {
    Buffer first, second;
    buffer_init(&first, 1 << 22);
    buffer_init(&second, 1 << 22);
    Arena arena;
    arena_init(&arena, 8 << 20);
    Status status;
    EventLine again;
    MUST(event_line_write(line, &first));
    Text text = {(const char *)first.bytes, first.length - 1};
    MUST(event_line_read(text, &arena, &again, &status));
    MUST(again.form == line->form && text_equal(again.event, line->event));
    MUST(event_line_write(&again, &second));
    MUST(text_equal(buffer_view(&first), buffer_view(&second)));
    arena_done(&arena);
    buffer_done(&first);
    buffer_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Arena arena;
    arena_init(&arena, 8 << 20);
    Status status;
    status_clear(&status);
    EventLine line;
    Event event;
    if (!event_line_read((Text){(const char *)data, size}, &arena, &line, &status)) {
        MUST(status.code != STATUS_OK && status.message[0]);
    } else if (line.form == LINE_CHECKPOINT) {
        check_line(&line);
    } else if (line.event.length > 0) {
        check_line(&line);
        bool decoded = event_decode(line.event, &arena, &event, &status);
        if (decoded)
            check_event(&event);
        else
            MUST(status.code != STATUS_OK && status.message[0]);
        check_head(&arena, line.event, decoded ? &event : NULL);
    }
    arena_done(&arena);
    return 0;
}
