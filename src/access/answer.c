#include "access/answer.h"

#include <stdio.h>

#include "access/inside.h"

// Words of its own: an event that could not be read, or was not decided at all. Of a decided event
// only the code's own words are used: they name nobody.
static bool has_own_words(const Answer *answer) {
    return answer->status && answer->status->message[0];
}

static const char *what_of(const Answer *answer, const CodeFacts *facts) {
    return has_own_words(answer) ? answer->status->message : facts ? facts->what : "";
}
enum { WORDS_MAX = sizeof((Status *)0)->message + LATER_BYTES_MAX + 2 };

static const char *right_of(const Answer *answer, const CodeFacts *facts) {
    return has_own_words(answer) && answer->status->hint[0] ? answer->status->hint
           : facts                                          ? facts->right
                                                            : "";
}

// The code's words, and which later events stand in the way.
static Text words_of(const Answer *answer, const Reason *reason, const CodeFacts *facts,
                     char words[WORDS_MAX]) {
    int length = snprintf(words, WORDS_MAX, "%s%s%s", what_of(answer, facts),
                          reason->later[0] ? ": " : "", reason->later);
    return (Text){words, length < 0 ? 0 : (size_t)length};
}

static void write_code(JsonWriter *json, const char *code, const char *where, Text message,
                       const char *mend, uint64_t cause) {
    char text[CAUSE_TEXT_MAX];
    json_object_begin(json);
    json_named_words(json, "code", code);
    json_named_words(json, "where", where);
    json_named_string(json, "message", message);
    if (mend[0]) json_named_words(json, "mend", mend);
    if (cause != CAUSE_NONE) json_named_words(json, "cause", cause_print(cause, text));
    json_object_end(json);
}

static const char *verdict_of(const Answer *answer) {
    return answer->verdict == VERDICT_NONE ? "refused" : verdict_name(answer->verdict);
}

bool answer_write(const View *view, const Answer *answer, Buffer *out) {
    (void)view;
    JsonWriter writer = json_writer(out), *json = &writer;
    json_object_begin(json);
    json_named_string(json, "id", answer->id);
    named_seq_or_null(json, "seq", answer->has_seq, answer->seq);
    json_named_words(json, "verdict", verdict_of(answer));
    named_begin_array(json, "codes");
    for (uint32_t i = 0; i < answer->reason_count; i++) {
        const Reason *reason = &answer->reasons[i];
        const CodeFacts *facts = code_facts(reason->code);
        char words[WORDS_MAX];
        write_code(json, facts ? facts->name : "unknown", reason->where,
                   words_of(answer, reason, facts, words), right_of(answer, facts), reason->cause);
    }
    if (answer->reason_count == 0 && answer->verdict == VERDICT_NONE && answer->status)
        write_code(json, status_name(answer->status->code), answer->status->where,
                   text_of(what_of(answer, NULL)), right_of(answer, NULL), CAUSE_NONE);
    json_array_end(json);
    json_object_end(json);
    return !out->failed;
}

bool answer_say(const View *view, const Answer *answer, Buffer *out) {
    (void)view;
    buffer_format(out, "%-8s  %.*s",
                  answer->verdict == VERDICT_NONE ? "undone" : verdict_of(answer),
                  TEXT_ARG(answer->id));
    if (answer->has_seq)
        buffer_format(out, "  record %llu%s", (unsigned long long)answer->seq,
                      answer->repeated ? " (as before)" : "");
    char text[CAUSE_TEXT_MAX];
    for (uint32_t i = 0; i < answer->reason_count; i++) {
        const Reason *reason = &answer->reasons[i];
        const CodeFacts *facts = code_facts(reason->code);
        buffer_format(out, "%s%s", i ? "; " : "  ", facts ? facts->name : "unknown");
        if (reason->where[0]) buffer_format(out, " %s", reason->where);
        char words[WORDS_MAX];
        buffer_format(out, ": %.*s", TEXT_ARG(words_of(answer, reason, facts, words)));
        if (right_of(answer, facts)[0]) buffer_format(out, " (%s)", right_of(answer, facts));
        if (reason->cause != CAUSE_NONE)
            buffer_format(out, ", cause %s", cause_print(reason->cause, text));
    }
    if (answer->reason_count == 0 && has_own_words(answer)) {
        buffer_format(out, "  %s", answer->status->message);
        if (answer->status->where[0]) buffer_format(out, ", at %s", answer->status->where);
        if (answer->status->hint[0]) buffer_format(out, " (%s)", answer->status->hint);
    }
    return !out->failed;
}
