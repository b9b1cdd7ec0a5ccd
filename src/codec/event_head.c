#include "codec/event_head.h"

#include <string.h>

// Kinds of which replay reads no more than the head. Others are decoded whole, new ones too, and
// whatever has sealed parts, since the book keeps their hashes.
static const bool head_will_do[EVENT_KIND_COUNT] = {
    [EVENT_OPEN] = true,    [EVENT_EXTRACT] = true,   [EVENT_CHARGE] = true,
    [EVENT_DRAW] = true,    [EVENT_TRANSFORM] = true, [EVENT_SPLIT] = true,
    [EVENT_MERGE] = true,   [EVENT_SHIP] = true,      [EVENT_RECEIVE] = true,
    [EVENT_MEASURE] = true, [EVENT_STOCKTAKE] = true, [EVENT_DISCARD] = true,
    [EVENT_LOSS] = true,    [EVENT_CLOSE] = true,
};

typedef struct Scan {
    const char *at, *end;
} Scan;

// Behind the string that begins at the quote; its bytes between the quotes. False when it does not
// end, or has an escape and the text is wanted.
static bool scan_string(Scan *s, Text *text) {
    if (s->at == s->end || *s->at != '"') return false;
    const char *first = ++s->at;
    bool escaped = false;
    for (; s->at < s->end; s->at++) {
        if (*s->at == '"') {
            *text = (Text){first, (size_t)(s->at++ - first)};
            return !escaped;
        }
        if (*s->at == '\\') {
            escaped = true;
            s->at++;
        }
    }
    return false;
}

static bool skip_string(Scan *s) {
    Text unused;
    const char *begin = s->at;
    (void)scan_string(s, &unused);
    return s->at > begin && s->at <= s->end && s->at[-1] == '"';
}

static bool skip_value(Scan *s) {
    unsigned depth = 0;
    while (s->at < s->end) {
        switch (*s->at) {
        case '"':
            if (!skip_string(s)) return false;
            if (depth == 0) return true;
            continue;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (depth == 0) return true; // the end of what it stands in
            if (--depth == 0) {
                s->at++;
                return true;
            }
            break;
        case ',':
            if (depth == 0) return true;
            break;
        default:
            break;
        }
        s->at++;
    }
    return false;
}

static bool scan_char(Scan *s, char c) {
    if (s->at == s->end || *s->at != c) return false;
    s->at++;
    return true;
}

static bool scan_instant(Scan *s, Instant *instant) {
    Text text;
    return scan_string(s, &text) && instant_read(text, instant);
}

// A time, or {"from":..,"to":..} in this order.
static bool scan_happened(Scan *s, Event *event) {
    if (s->at < s->end && *s->at == '"') {
        if (!scan_instant(s, &event->start)) return false;
        event->end = event->start;
        return true;
    }
    Text name;
    event->is_span = true;
    return scan_char(s, '{') && scan_string(s, &name) && text_equal(name, TEXT("from")) &&
           scan_char(s, ':') && scan_instant(s, &event->start) && scan_char(s, ',') &&
           scan_string(s, &name) && text_equal(name, TEXT("to")) && scan_char(s, ':') &&
           scan_instant(s, &event->end) && scan_char(s, '}');
}

// The members between the braces, without blanks, each at most once.
static bool scan_head(Scan *s, Event *event) {
    enum { HAS_VERSION = 1, HAS_KIND = 2, HAS_ID = 4, HAS_PARTY = 8, HAS_HAPPENED = 16, ALL = 31 };
    unsigned has = 0;
    Text source = {0};
    if (!scan_char(s, '{')) return false;
    do {
        Text name, value;
        if (!scan_string(s, &name) || !scan_char(s, ':')) return false;
        unsigned is = 0;
        if (text_equal(name, TEXT("v"))) {
            is = HAS_VERSION;
            event->version = 1;
            if (!scan_char(s, '1')) return false;
        } else if (text_equal(name, TEXT("kind"))) {
            is = HAS_KIND;
            if (!scan_string(s, &value)) return false;
            event->kind = event_kind_find(value);
            if (event->kind == EVENT_NONE || !head_will_do[event->kind]) return false;
        } else if (text_equal(name, TEXT("id"))) {
            is = HAS_ID;
            if (!scan_string(s, &event->id) || !id_is_valid(event->id)) return false;
        } else if (text_equal(name, TEXT("party"))) {
            is = HAS_PARTY;
            if (!scan_string(s, &event->party) || !party_id_is_valid(event->party)) return false;
        } else if (text_equal(name, TEXT("happened"))) {
            is = HAS_HAPPENED;
            if (!scan_happened(s, event)) return false;
        } else if (text_equal(name, TEXT("source"))) {
            if (!scan_string(s, &source)) return false;
        } else if (text_equal(name, TEXT("outside")) || text_equal(name, TEXT("sealed"))) {
            return false; // who stood on the other side and what was sealed is kept: the whole
                          // event tells
        } else if (!skip_value(s)) {
            return false;
        }
        if (has & is) return false;
        has |= is;
    } while (scan_char(s, ','));
    if (event->kind == EVENT_EXTRACT) event->subject = source;
    return has == ALL && scan_char(s, '}') && s->at == s->end;
}

bool event_decode_head(Text bytes, Arena *arena, Event *event, Status *status) {
    Scan scan = {bytes.at, bytes.at + bytes.length};
    memset(event, 0, sizeof *event);
    event->bytes = bytes;
    event->valid_to = DAY_LAST;
    if (scan_head(&scan, event)) return true;
    return event_decode(bytes, arena, event, status);
}
