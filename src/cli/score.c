// Findings beside the truth: what was found, what it was worth, and what was a false alarm.
#include "cli/command.h"
#include "cli/file.h"
#include "codec/json_write.h"
#include "finding/finding.h"
#include "trial/score_read.h"
#include <stdio.h>

enum { BYTES_MAX = 256 << 20 };

static void print_components(const ScoreClaim *claim) {
    if (claim->reo) out_text(TEXT(" TREO"));
    for (int c = 0; c < COMPONENT_COUNT; c++)
        if (!claim->reo && claim->components >> c & 1) out_format(" %s", component_symbol(c));
}

static void say_cheat(const ScoreCheat *cheat, const ScoredCheat *s, const ScoreClaim *claims) {
    char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX];
    out_format("%-18s %-16.*s %s to %s  ", score_kind_name(cheat->kind), TEXT_ARG(cheat->facility),
               month_print(cheat->from, from), month_print(cheat->to, to));
    if (!s->found) {
        out_text(TEXT("not found\n"));
        return;
    }
    const ScoreClaim *claim = &claims[s->claim];
    out_format("found by no. %zu of the list, by its month %d", s->claim + 1, s->months);
    if (s->claims > 1) out_format(", and by %zu more", s->claims - 1);
    if (claim->components) {
        out_text(TEXT("\n   "));
        print_components(claim);
        out_format(": %.0f %% of the rare earths that went", 100.0 * s->share);
        if (s->beyond) out_format(", %zu named beyond", s->beyond);
        if (s->ore >= 0)
            out_format("; the ore of %.*s: %s", TEXT_ARG(claim->ore), s->ore ? "right" : "another");
    }
    char kg[FINDING_KG_MAX], low[FINDING_KG_MAX], high[FINDING_KG_MAX];
    out_format("\n    %s kg (%s to %s)", finding_kg_print(claim->kg, kg),
               finding_kg_print(claim->low_kg, low), finding_kg_print(claim->high_kg, high));
    if (s->weighed)
        out_format(", in truth %s kg: %s\n", finding_kg_print(s->true_kg, kg),
                   s->covered ? "covered" : "not covered");
    else
        out_text(TEXT(": no measure of what was done\n"));
}

static void say(const Score *score, const ScoreCheat *cheats, const ScoreClaim *claims) {
    for (size_t i = 0; i < score->cheat_count; i++)
        say_cheat(&cheats[i], &score->cheats[i], claims);
    for (size_t k = 0; k < score->claim_count; k++) {
        ScoreVerdict verdict = score->claims[k].verdict;
        if (verdict == SCORE_TRUE) continue;
        char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX];
        if (score->claims[k].copy_of != SIZE_MAX) {
            out_format("%-18s %-16.*s %s to %s  no. %zu of the list: no. %zu once more\n", "copy",
                       TEXT_ARG(claims[k].facility), month_print(claims[k].from, from),
                       month_print(claims[k].to, to), k + 1, score->claims[k].copy_of + 1);
            continue;
        }
        out_format("%-18s %-16.*s %s to %s  no. %zu of the list%s\n",
                   verdict == SCORE_FALSE ? "false alarm" : score_verdict_name(verdict),
                   TEXT_ARG(claims[k].facility), month_print(claims[k].from, from),
                   month_print(claims[k].to, to), k + 1,
                   verdict == SCORE_NEAR ? ": the place and the time, not the matter" : "");
    }
    out_format("%zu of %zu cheat%s found; %zu finding%s: %zu true, %zu near, %zu knock-on, %zu "
               "false",
               score->found, score->cheat_count, score->cheat_count == 1 ? "" : "s",
               score->claim_count, score->claim_count == 1 ? "" : "s", score->count[SCORE_TRUE],
               score->count[SCORE_NEAR], score->count[SCORE_KNOCK_ON], score->count[SCORE_FALSE]);
    if (score->copies) out_format(", %zu cop%s", score->copies, score->copies == 1 ? "y" : "ies");
    out_text(TEXT("\n"));
}

static void named_kg(JsonWriter *json, const char *name, double kg) {
    char text[48];
    snprintf(text, sizeof text, "%.6f", kg);
    json_named_string(json, name, text_of(text));
}

static void named_months(JsonWriter *json, Month from, Month to) {
    char text[MONTH_TEXT_MAX];
    json_named_words(json, "from", month_print(from, text));
    json_named_words(json, "to", month_print(to, text));
}

static void write_cheat(JsonWriter *json, const ScoreCheat *cheat, const ScoredCheat *s,
                        const ScoreClaim *claims) {
    json_object_begin(json);
    json_named_words(json, "kind", score_kind_name(cheat->kind));
    json_named_string(json, "facility", cheat->facility);
    named_months(json, cheat->from, cheat->to);
    json_named_bool(json, "found", s->found);
    json_named_u64(json, "findings", s->claims);
    if (s->found) {
        const ScoreClaim *claim = &claims[s->claim];
        json_named_u64(json, "place", s->claim + 1);
        json_named_i64(json, "months", s->months);
        json_named_double(json, "share", s->share);
        json_named_u64(json, "beyond", s->beyond);
        json_key(json, "ore_right");
        if (s->ore < 0)
            json_null(json);
        else
            json_bool(json, s->ore == 1);
        named_kg(json, "mass_kg", claim->kg);
        named_kg(json, "low_kg", claim->low_kg);
        named_kg(json, "high_kg", claim->high_kg);
        if (s->weighed) {
            named_kg(json, "true_kg", s->true_kg);
            json_named_bool(json, "covered", s->covered);
        }
    }
    json_object_end(json);
}

static void write(const Score *score, const ScoreCheat *cheats, const ScoreClaim *claims,
                  Buffer *out) {
    JsonWriter writer = json_writer(out), *json = &writer;
    json_object_begin(json);
    json_key(json, "cheats");
    json_array_begin(json);
    for (size_t i = 0; i < score->cheat_count; i++)
        write_cheat(json, &cheats[i], &score->cheats[i], claims);
    json_array_end(json);
    json_key(json, "findings");
    json_array_begin(json);
    for (size_t k = 0; k < score->claim_count; k++) {
        json_object_begin(json);
        json_named_string(json, "id", claims[k].id);
        json_named_string(json, "facility", claims[k].facility);
        named_months(json, claims[k].from, claims[k].to);
        bool copy = score->claims[k].copy_of != SIZE_MAX;
        json_named_words(json, "verdict",
                         copy ? "copy" : score_verdict_name(score->claims[k].verdict));
        json_key(json, "cheat"); // its place among the cheats, from 0
        if (score->claims[k].cheat == SIZE_MAX)
            json_null(json);
        else
            json_u64(json, score->claims[k].cheat);
        json_key(json, "copy_of"); // its place among the findings, from 0
        if (copy)
            json_u64(json, score->claims[k].copy_of);
        else
            json_null(json);
        json_object_end(json);
    }
    json_array_end(json);
    json_named_u64(json, "found", score->found);
    json_key(json, "power");
    if (score->cheat_count)
        json_double(json, (double)score->found / (double)score->cheat_count);
    else
        json_null(json);
    json_named_u64(json, "true", score->count[SCORE_TRUE]);
    json_named_u64(json, "near", score->count[SCORE_NEAR]);
    json_named_u64(json, "knock_on", score->count[SCORE_KNOCK_ON]);
    json_named_u64(json, "false_alarms", score->count[SCORE_FALSE]);
    json_named_u64(json, "copies", score->copies);
    json_object_end(json);
    buffer_char(out, '\n');
}

// Names the file beside the place in it.
static bool in_file(Status *status, const char *path) {
    char where[sizeof status->where];
    snprintf(where, sizeof where, "%s", status->where);
    return where[0] ? status_where(status, "%s, %s", path, where)
                    : status_where(status, "%s", path);
}

COMMAND(score) {
    if (word_count() != 2)
        return usage_error("two files are wanted: findings, and the truth about them");
    Status status;
    Arena arena;
    Buffer findings, truth, out;
    status_clear(&status);
    arena_init(&arena, (size_t)1 << 30);
    buffer_init(&findings, BYTES_MAX);
    buffer_init(&truth, BYTES_MAX);
    buffer_init(&out, BYTES_MAX);
    ScoreCheat *cheats = NULL;
    ScoreClaim *claims = NULL;
    size_t cheat_count = 0, claim_count = 0;
    Score score;
    bool well =
        file_read(word_at(0), &findings, &status) &&
        (score_read_findings(buffer_view(&findings), &arena, &claims, &claim_count, &status) ||
         in_file(&status, word_at(0))) &&
        file_read(word_at(1), &truth, &status) &&
        (score_read_truth(buffer_view(&truth), &arena, &cheats, &cheat_count, &status) ||
         in_file(&status, word_at(1))) &&
        score_claims(cheats, cheat_count, claims, claim_count, &arena, &score, &status);
    if (well && option_json()) {
        write(&score, cheats, claims, &out);
        well = !out.failed || status_no_memory(&status);
        if (well) out_text(buffer_view(&out));
    } else if (well) {
        say(&score, cheats, claims);
    }
    buffer_done(&out);
    buffer_done(&truth);
    buffer_done(&findings);
    arena_done(&arena);
    return well ? EXIT_WELL : complain(&status);
}
