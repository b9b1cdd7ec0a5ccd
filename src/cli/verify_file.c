#include "cli/verify_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/encode.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/lines.h"
#include "codec/json_write.h"
#include "keeper/fork.h"
#include "keeper/prove.h"
#include "log/proof_bundle.h"

#define PROOF_BEGINS  TEXT("c2sp.org/tlog-proof@v1\n")
#define SQLITE_BEGINS TEXT("SQLite format 3")

bool verify_file_is_book(const char *path) {
    if (strcmp(path, "-") == 0) return false;
    FILE *file = fopen(path, "rb");
    if (!file) return strstr(path, "://") != NULL;
    char first[15];
    size_t length = fread(first, 1, sizeof first, file);
    fclose(file);
    return text_equal((Text){first, length}, SQLITE_BEGINS);
}

bool verify_from_read(const char *path, Buffer *note, Status *status) {
    Buffer whole;
    buffer_init(&whole, VERIFY_FROM_BYTES_MAX);
    bool well = file_read(path, &whole, status);
    if (well && text_begins(buffer_view(&whole), PROOF_BEGINS)) {
        ProofBundle bundle;
        well = proof_bundle_read(buffer_view(&whole), &bundle, status) &&
               (buffer_text(note, bundle.checkpoint) || status_no_memory(status));
    } else if (well && !buffer_text(note, buffer_view(&whole))) {
        well = status_no_memory(status);
    }
    // Nothing to hold the log to is no checkpoint that it fits.
    if (well && note->length == 0) {
        well = status_set(status, STATUS_INVALID, "there is no checkpoint in it: it is empty");
        status_hint(
            status,
            "a signed checkpoint, such as BOOK.checkpoint, or a proof of \"ytterby prove\"");
    }
    if (!well) status_where(status, "%s", path);
    buffer_done(&whole);
    return well;
}

// Whom to trust: --key (the text, or a file that holds it), else the book's genesis. `*has` is
// false when nothing was said.
static bool trusted_key(VerifierKey *key, bool *has, Status *status) {
    const char *said = option_value("key");
    *has = true;
    if (!said) {
        const char *book = option_value("db");
        if (!book) book = getenv("YTTERBY_DB");
        *has = book && *book;
        return !*has || prove_log_key(book, key, status);
    }
    if (strchr(said, '+')) return verifier_key_read(text_of(said), key, status);
    Buffer text;
    buffer_init(&text, 1 << 16);
    bool well = file_read(said, &text, status);
    Text line = buffer_view(&text);
    while (line.length && (line.at[line.length - 1] == '\n' || line.at[line.length - 1] == '\r'))
        line.length--;
    well = well && verifier_key_read(line, key, status);
    buffer_done(&text);
    return well;
}

static void out_key(const VerifierKey *key) {
    Buffer text;
    buffer_init(&text, 1 << 12);
    if (verifier_key_write(key, &text)) out_text(buffer_view(&text));
    buffer_done(&text);
}

// ---- A proof ----

static void tell_proof_json(const Proved *proved, const Decision *decision) {
    Buffer out;
    buffer_init(&out, (size_t)128 << 20);
    JsonWriter json = json_writer(&out);
    char root[65], recorded[INSTANT_TEXT_MAX];
    hex_write(proved->head.root.bytes, 32, root);
    json_object_begin(&json);
    json_named_bool(&json, "proven", true);
    json_named_u64(&json, "seq", proved->record.seq);
    json_named_words(&json, "recorded", instant_print(proved->record.recorded, recorded));
    json_named_u64(&json, "logic", proved->record.logic);
    if (proved->opening.has_event) {
        json_named_words(&json, "kind", event_kind_name(proved->event.kind));
        json_named_string(&json, "party", proved->event.party);
        json_named_string(&json, "id", proved->event.id);
    }
    if (proved->opening.has_decision) {
        json_named_words(&json, "verdict", verdict_name(decision->verdict));
        json_named_string(&json, "principal", proved->principal);
        json_key(&json, "codes");
        json_array_begin(&json);
        for (uint32_t i = 0; i < decision->reason_count; i++) {
            const CodeFacts *facts = code_facts(decision->reasons[i].code);
            json_words(&json, facts ? facts->name : "unknown");
        }
        json_array_end(&json);
    }
    if (proved->opening.has_event) {
        json_key(&json, "event");
        json_raw(&json, proved->opening.event);
    }
    json_named_string(&json, "origin", key_name(&proved->key));
    json_named_u64(&json, "size", proved->head.size);
    json_named_words(&json, "root", root);
    Buffer key;
    buffer_init(&key, 1 << 12);
    if (verifier_key_write(&proved->key, &key)) json_named_string(&json, "key", buffer_view(&key));
    buffer_done(&key);
    json_named_bool(&json, "key_is_own", proved->key_is_own);
    json_object_end(&json);
    buffer_char(&out, '\n');
    out_text(buffer_view(&out));
    buffer_done(&out);
}

static void tell_proof(const char *path, const Proved *proved, const Decision *decision) {
    char root[65], recorded[INSTANT_TEXT_MAX];
    hex_write(proved->head.root.bytes, 32, root);
    out_format("%s: record %llu is in the log %.*s of %llu records\n", path,
               (unsigned long long)proved->record.seq, TEXT_ARG(key_name(&proved->key)),
               (unsigned long long)proved->head.size);
    out_format("recorded  %s\n", instant_print(proved->record.recorded, recorded));
    if (proved->opening.has_event)
        out_format("event     %s %.*s:%.*s, just these bytes\n",
                   event_kind_name(proved->event.kind), TEXT_ARG(proved->event.party),
                   TEXT_ARG(proved->event.id));
    else
        out_format("event     not shown\n");
    if (proved->opening.has_decision) {
        out_format("verdict   %s", verdict_name(decision->verdict));
        for (uint32_t i = 0; i < decision->reason_count; i++) {
            const CodeFacts *facts = code_facts(decision->reasons[i].code);
            out_format("%s %s", i ? "," : ":", facts ? facts->name : "unknown");
        }
        out_format("\nsent by   %.*s\n", TEXT_ARG(proved->principal));
    } else {
        out_format("verdict   not shown\n");
    }
    out_format("root      %s\nkey       ", root);
    out_key(&proved->key);
    out_format("\n");
    if (proved->key_is_own)
        out_format("the proof itself names this key: compare it with the log's, or say --key or "
                   "--db\n");
}

static int verify_proof(const char *path, Text proof, const VerifierKey *trusted) {
    Status status;
    status_clear(&status);
    Arena arena;
    arena_init(&arena, (size_t)512 << 20);
    Decision decision;
    decision_init(&decision);
    Proved proved;
    ProofBundle bundle;
    uint8_t record[RECORD_BYTES];
    const char *book = option_value("db");
    if (!book) book = getenv("YTTERBY_DB");
    bool well = proof_bundle_read(proof, &bundle, &status);
    // A bundle by others proves a record that we must have from elsewhere.
    bool from_book = well && !bundle.has_extra && book && *book;
    if (from_book) well = prove_stored_record(book, bundle.index, record, &status);
    well = well && prove_check(proof, trusted, from_book ? record : NULL, &arena, &proved,
                               &decision, &status);
    int code = EXIT_WELL;
    if (!well) {
        if (!status.where[0]) status_where(&status, "%s", path);
        code = complain(&status);
    } else if (option_json()) {
        tell_proof_json(&proved, &decision);
    } else {
        tell_proof(path, &proved, &decision);
    }
    decision_done(&decision);
    arena_done(&arena);
    return code;
}

// ---- A checkpoint ----

static int verify_checkpoint(const char *path, Text note, Text from, const VerifierKey *key) {
    Status status;
    status_clear(&status);
    CheckpointPolicy policy = {.log = key};
    Checkpoint checkpoint, older;
    if (!checkpoint_open(note, &policy, &checkpoint, &status)) {
        status_where(&status, "%s", path);
        return complain(&status);
    }
    char root[65];
    hex_write(checkpoint.head.root.bytes, 32, root);
    if (from.length) {
        if (!checkpoint_open(from, &policy, &older, &status)) {
            status_where(&status, "%s", option_value("from"));
            return complain(&status);
        }
        if (older.head.size != checkpoint.head.size) {
            status_set(&status, STATUS_INVALID,
                       "two checkpoints, of %llu and of %llu records, cannot be compared without "
                       "the log",
                       (unsigned long long)older.head.size,
                       (unsigned long long)checkpoint.head.size);
            status_hint(&status, "say --db FILE instead: the book or a copy of it");
            return complain(&status);
        }
        if (!hash_equal(&older.head.root, &checkpoint.head.root)) {
            status_set(&status, STATUS_CONFLICT,
                       "the log was forked: its key signed two roots over the same %llu records",
                       (unsigned long long)older.head.size);
            status_hint(&status, "keep \"%s\" and \"%s\": together they prove it",
                        option_value("from"), path);
            complain(&status);
            return EXIT_FORK;
        }
    }
    if (option_json()) {
        out_format("{\"origin\":\"%.*s\",\"size\":%llu,\"root\":\"%s\"}\n",
                   TEXT_ARG(checkpoint.origin), (unsigned long long)checkpoint.head.size, root);
    } else {
        out_format("%s: the key of %.*s signed %llu records\nroot    %s\n", path,
                   TEXT_ARG(checkpoint.origin), (unsigned long long)checkpoint.head.size, root);
        if (from.length) out_format("\"%s\" says the same\n", option_value("from"));
    }
    return EXIT_WELL;
}

// ---- A backup or an export ----

bool verify_file_is_lines(const char *path) {
    static const Text begins = {"{\"ytterby\":\"record/1\"", 21};
    if (strcmp(path, "-") == 0) return false;
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    char first[32];
    size_t length = fread(first, 1, sizeof first, file);
    fclose(file);
    return text_begins((Text){first, length}, begins);
}

int verify_lines(const char *path, Text from) {
    Status status;
    status_clear(&status);
    LinesCount count = {0};
    ReplayReport report;
    Replay *replay = replay_judge(&status);
    bool well = replay && lines_replay(replay, path, "verifying, bytes", &count, &status) &&
                (from.length == 0 || replay_follows(replay, from, &status)) &&
                replay_report(replay, &report, &status);
    int code = well && report.covered == report.records ? EXIT_WELL : EXIT_FAILED;
    if (!well) {
        code = complain(&status);
        if (status.code == STATUS_CONFLICT) code = EXIT_FORK;
    } else {
        progress_end();
        char root[65], digest[65];
        hex_write(report.root.bytes, 32, root);
        hex_write(report.digest.bytes, 32, digest);
        if (option_json())
            out_format("{\"records\":%llu,\"parts\":%llu,\"origin\":\"%.*s\",\"trial\":%s,"
                       "\"root\":\"%s\",\"digest\":\"%s\",\"checkpoint\":%llu}\n",
                       (unsigned long long)report.records, (unsigned long long)count.parts,
                       TEXT_ARG(report.origin), report.is_trial ? "true" : "false", root, digest,
                       (unsigned long long)report.covered);
        else
            out_format("%s: %llu records of %.*s%s and %llu sealed parts\nroot    %s\ndigest  "
                       "%s\nits checkpoint covers %llu records%s\n",
                       path, (unsigned long long)report.records, TEXT_ARG(report.origin),
                       report.is_trial ? " (trial)" : "", (unsigned long long)count.parts, root,
                       digest, (unsigned long long)report.covered,
                       code == EXIT_WELL ? " and fits" : ": it is not whole");
    }
    Status ignored;
    if (!replay_close(replay, &ignored)) code = EXIT_FAILED;
    return code;
}

// ---- Evidence of a fork ----

static int verify_fork(const char *path, Text text, const VerifierKey *key) {
    Status status;
    status_clear(&status);
    Arena arena;
    arena_init(&arena, (size_t)64 << 20);
    Fork fork;
    TreeHead older, newer;
    bool well =
        fork_read(text, &arena, &fork, &status) && fork_check(&fork, key, &older, &newer, &status);
    int code = EXIT_WELL;
    if (!well) {
        if (!status.where[0]) status_where(&status, "%s", path);
        code = complain(&status);
    } else if (option_json()) {
        out_format("{\"fork\":true,\"origin\":\"%.*s\",\"older\":%llu,\"newer\":%llu}\n",
                   TEXT_ARG(key_name(key)), (unsigned long long)older.size,
                   (unsigned long long)newer.size);
    } else {
        char first[65], second[65];
        hex_write(older.root.bytes, 32, first);
        hex_write(fork.root.bytes, 32, second);
        out_format("%s: a fork is proven. The key of %.*s signed two logs:\n", path,
                   TEXT_ARG(key_name(key)));
        out_format("one whose first %llu records have the root %s\n",
                   (unsigned long long)older.size, first);
        out_format("one of %llu records of which the first %llu have the root %s\n",
                   (unsigned long long)newer.size, (unsigned long long)older.size, second);
    }
    arena_done(&arena);
    return code;
}

int verify_a_file(const char *path, Text from) {
    Status status;
    status_clear(&status);
    Buffer whole;
    buffer_init(&whole, VERIFY_FROM_BYTES_MAX);
    VerifierKey key;
    bool has_key = false;
    int code = EXIT_WELL;
    if (!file_read(path, &whole, &status) || !trusted_key(&key, &has_key, &status)) {
        code = complain(&status);
    } else if (text_begins(buffer_view(&whole), PROOF_BEGINS)) {
        code = from.length ? usage_error("--from is for books and checkpoints")
                           : verify_proof(path, buffer_view(&whole), has_key ? &key : NULL);
    } else if (!has_key) {
        code = usage_error("whose log? Say --key VKEY, or --db FILE of the book");
    } else if (whole.length && whole.bytes[0] == '{') {
        code = from.length ? usage_error("--from is for books and checkpoints")
                           : verify_fork(path, buffer_view(&whole), &key);
    } else {
        code = verify_checkpoint(path, buffer_view(&whole), from, &key);
    }
    buffer_done(&whole);
    return code;
}
