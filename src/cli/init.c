// Makes a book: live, of a simulated genesis, or an empty copy.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/encode.h"
#include "cli/command.h"
#include "cli/file.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include "keeper/keeper.h"
#include "keeper/replay.h"
#include "store/store.h"

// A file may end in a line feed; the event does not.
static Text trimmed(Text text) {
    while (text.length && (unsigned char)text.at[text.length - 1] <= ' ')
        text.length--;
    while (text.length && (unsigned char)text.at[0] <= ' ') {
        text.at++;
        text.length--;
    }
    return text;
}

// The genesis as it was written, with the log key as its last member.
static bool with_key(Text genesis, const char key[65], Text *authority, Arena *arena, Buffer *out,
                     Status *status) {
    Json json;
    json_init(&json, 4096);
    bool well = json_read(&json, genesis, status);
    if (well && json_type(&json, 0) != JSON_OBJECT)
        well = status_set(status, STATUS_INVALID, "the genesis is not a JSON object");
    if (well && json_member(&json, 0, TEXT("key")) != JSON_NONE) {
        well = status_set(status, STATUS_INVALID, "the genesis names a log key of its own");
        status_hint(status,
                    "leave out \"key\": init draws one, and keeps its secret beside the book");
    }
    uint32_t party = well ? json_member(&json, 0, TEXT("party")) : JSON_NONE;
    if (well && (party == JSON_NONE || json_type(&json, party) != JSON_STRING))
        well = status_set(status, STATUS_INVALID, "the genesis names no party");
    if (well) well = json_text(&json, party, arena, authority, status);
    if (well) {
        Text object = json_bytes(&json, 0);
        buffer_text(out, (Text){object.at, object.length - 1});
        buffer_format(out, ",\"key\":\"%s\"}", key);
        if (out->failed) well = status_no_memory(status);
    }
    json_done(&json);
    return well;
}

static bool live_genesis(const char key[65], Text authority, Buffer *out, Status *status) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    char happened[INSTANT_TEXT_MAX];
    instant_print((Instant)at.tv_sec * INSTANT_PER_SECOND, happened);
    const char *origin = option_value("origin"), *name = option_value("name"),
               *offset = option_value("offset"), *jurisdiction = option_value("jurisdiction");
    JsonWriter w = json_writer(out);
    json_object_begin(&w);
    json_key(&w, "v");
    json_i64(&w, 1);
    const char *pairs[][2] = {{"kind", "book"},
                              {"id", "genesis"},
                              {"party", NULL},
                              {"happened", happened},
                              {"origin", origin ? origin : "localhost/ytterby"},
                              {"name", name ? name : "A book"},
                              {"jurisdiction", jurisdiction ? jurisdiction : "CN"},
                              {"offset", offset ? offset : "+08:00"},
                              {"mode", "live"},
                              {"key", key}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        json_key(&w, pairs[i][0]);
        json_string(&w, pairs[i][1] ? text_of(pairs[i][1]) : authority);
    }
    json_object_end(&w);
    return !out->failed || status_no_memory(status);
}

static int make_copy(const char *name) {
    Status status;
    status_clear(&status);
    if (!replay_create(name, &status)) return complain(&status);
    out_format("made an empty copy, %s: fill it with \"ytterby record --db %s EXPORT\"\n", name,
               name);
    return EXIT_WELL;
}

COMMAND(init) {
    const char *name = word_count() == 1 ? word_at(0) : option_db();
    if (word_count() > 1) return usage_error("\"%s\" is one word too many", word_at(1));
    static const char *const of_live[] = {"authority", "name", "origin", "jurisdiction", "offset"};
    bool is_live = !option_given("genesis") && !option_given("copy");
    for (size_t i = 0; i < sizeof of_live / sizeof *of_live; i++)
        if (!is_live && option_given(of_live[i]))
            return usage_error("--%s is for a live book, without --genesis or --copy", of_live[i]);
    if (option_given("copy"))
        return option_given("genesis") ? usage_error("--copy takes no --genesis") : make_copy(name);
    Status status;
    status_clear(&status);
    uint8_t seed[32], public_key[32];
    char key[65];
    Arena arena;
    arena_init(&arena, 4 << 20);
    Buffer genesis, file;
    buffer_init(&genesis, 1 << 20);
    buffer_init(&file, 1 << 20);
    Text authority = text_of(option_value("authority") ? option_value("authority") : "AUTHORITY");
    const char *path = option_value("genesis");
    bool well = keeper_key_new(seed, public_key, &status);
    if (well) hex_write(public_key, 32, key);
    if (well && path)
        well = file_read(path, &file, &status) &&
               with_key(trimmed(buffer_view(&file)), key, &authority, &arena, &genesis, &status);
    else if (well)
        well = live_genesis(key, authority, &genesis, &status);
    if (well) {
        char *principal = arena_format(&arena, "operator/%.*s/cli", TEXT_ARG(authority));
        well = principal ? keeper_create(name, buffer_view(&genesis), text_of(principal), seed,
                                         NULL, &status)
                         : status_no_memory(&status);
    }
    explicit_bzero(seed, sizeof seed);
    buffer_done(&file);
    buffer_done(&genesis);
    arena_done(&arena);
    if (!well && path && status.code == STATUS_INVALID) {
        char where[sizeof status.where];
        snprintf(where, sizeof where, "%s", status.where);
        status_where(&status, "%s%s%s", path, where[0] ? ", " : "", where);
    }
    if (!well) return path ? complain(&status) : complain_asked(&status);
    out_format("made %s of %s; its log key is in %s.key: keep a copy of that file\n", name,
               path ? path : "an authority", name);
    return EXIT_WELL;
}
