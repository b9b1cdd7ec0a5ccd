// Notes, checkpoints, cosignatures, proof bundles, tiles: tlog/*.
#include "base/encode.h"
#include "log/checkpoint.h"
#include "log/proof_bundle.h"
#include "log/tile.h"
#include "vectors.h"

enum { WITNESSES_MAX = 16 };

static bool read_key(Reading *reading, Text text, VerifierKey *key) {
    Status status;
    if (!verifier_key_read(text, key, &status)) {
        fault(reading, "%s", status.message);
        return false;
    }
    Buffer again;
    buffer_init(&again, 1024);
    bool same = verifier_key_write(key, &again) && text_equal(buffer_view(&again), text);
    buffer_done(&again);
    expect(reading, same, "verifier key printed back");
    return same;
}

// The signature line that this signer writes for `text` stands in the note.
static bool writes_line(const SignerKey *signer, Text text, uint64_t time, Text note) {
    Buffer line;
    buffer_init(&line, 4096);
    Status status;
    bool there = note_cosign(text, signer, time, &line, &status) &&
                 memmem(note.at, note.length, line.bytes, line.length);
    buffer_done(&line);
    return there;
}

static bool prints_back(const Note *note, Text bytes) {
    Buffer again;
    buffer_init(&again, NOTE_BYTES_MAX);
    buffer_text(&again, note->text);
    buffer_char(&again, '\n');
    for (uint32_t i = 0; i < note->count; i++) {
        buffer_text(&again, note->signatures[i].line);
        buffer_char(&again, '\n');
    }
    bool same = text_equal(buffer_view(&again), bytes);
    buffer_done(&again);
    return same;
}

void read_notes(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    Status status;
    VerifierKey key;
    SignerKey signer;
    Text seed = hex_field(reading, 0, "seedHex");
    uint32_t cases = field(reading, 0, "cases");
    if (!read_key(reading, string_field(reading, 0, "vkey"), &key) || cases == JSON_NONE) return;
    bool made =
        seed.length == ED25519_SEED_BYTES &&
        signer_key_make(KEY_ED25519, key_name(&key), (const uint8_t *)seed.at, &signer, &status);
    expect(reading, made && signer.verifier.id == key.id, "signer key from the seed");
    if (!made) return;
    const VerifierKey *keys[] = {&key};
    for (uint32_t c = json_begin(cases); c != json_end(json, cases); c = json_next(json, c)) {
        Text bytes = hex_field(reading, c, "noteHex"), why = string_field(reading, c, "why");
        bool accept = bool_field(reading, c, "accept");
        Note note;
        bool opened = note_open(bytes, keys, 1, &note, &status);
        bool same =
            !opened || (prints_back(&note, bytes) && writes_line(&signer, note.text, 0, bytes));
        expect(reading, opened == accept && same, "%.*s", TEXT_ARG(why));
    }
}

void read_vkeys_reject(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    for (uint32_t c = json_begin(0); c != json_end(json, 0); c = json_next(json, c)) {
        VerifierKey key;
        Status status;
        bool read = verifier_key_read(string_field(reading, c, "vkey"), &key, &status);
        expect(reading, read == bool_field(reading, c, "accept"), "%.*s",
               TEXT_ARG(string_field(reading, c, "why")));
    }
}

static bool checkpoint_prints_back(const Checkpoint *checkpoint, Text text) {
    Buffer again;
    buffer_init(&again, NOTE_BYTES_MAX);
    bool same = checkpoint_write(checkpoint, &again) && text_equal(buffer_view(&again), text);
    buffer_done(&again);
    return same;
}

void read_checkpoints(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    VerifierKey key;
    uint32_t cases = field(reading, 0, "cases");
    if (!read_key(reading, string_field(reading, 0, "vkey"), &key) || cases == JSON_NONE) return;
    expect(reading, text_equal(key_name(&key), string_field(reading, 0, "origin")), "origin");
    CheckpointPolicy policy = {.log = &key};
    const VerifierKey *keys[] = {&key};
    for (uint32_t c = json_begin(cases); c != json_end(json, cases); c = json_next(json, c)) {
        Text bytes = string_field(reading, c, "checkpoint");
        Checkpoint checkpoint;
        Note note;
        Status status;
        bool accept = bool_field(reading, c, "accept");
        bool opened = checkpoint_open(bytes, &policy, &checkpoint, &status);
        // All are well signed: what is refused must be refused for its text.
        bool well_signed = note_open(bytes, keys, 1, &note, &status);
        expect(reading,
               opened == accept && well_signed &&
                   (!opened || checkpoint_prints_back(&checkpoint, note.text)),
               "%.*s", TEXT_ARG(string_field(reading, c, "why")));
    }
}

void read_cosignatures(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    for (uint32_t c = json_begin(0); c != json_end(json, 0); c = json_next(json, c)) {
        Text bytes = string_field(reading, c, "note"), line = string_field(reading, c, "line");
        Text seed = hex_field(reading, c, "seedHex"), witness = string_field(reading, c, "witness");
        Text signed_message = string_field(reading, c, "signedMessage");
        uint64_t time = number_field(reading, c, "time");
        VerifierKey key;
        SignerKey signer;
        Note note;
        Status status;
        if (!read_key(reading, string_field(reading, c, "vkey"), &key)) continue;
        const VerifierKey *keys[] = {&key};
        bool good = text_equal(key_name(&key), witness) && key.type == KEY_COSIGNATURE &&
                    note_open(bytes, keys, 1, &note, &status);
        bool found = false;
        for (uint32_t i = 0; good && i < note.count; i++)
            found |= note.signatures[i].key && note.signatures[i].time == time &&
                     memmem(line.at, line.length, note.signatures[i].line.at,
                            note.signatures[i].line.length);
        expect(reading, good && found, "cosignature at %llu is verified", (unsigned long long)time);
        good =
            good && seed.length == ED25519_SEED_BYTES &&
            signer_key_make(KEY_COSIGNATURE, witness, (const uint8_t *)seed.at, &signer, &status);
        expect(reading, good && writes_line(&signer, note.text, time, line),
               "cosignature at %llu is made", (unsigned long long)time);
        uint8_t signature[KEY_SIGNATURE_BYTES_MAX];
        expect(reading,
               good && key_sign(&signer, note.text, time, signature, &status) &&
                   ed25519_verify(key.public_key, signature + 8, signed_message),
               "message signed at %llu", (unsigned long long)time);
    }
}

static bool optional_key(Reading *reading, uint32_t object, const char *name, VerifierKey *key) {
    return has_field(reading, object, name) &&
           read_key(reading, string_field(reading, object, name), key);
}

// The time that stands in the last signature: a cosignature by a key that was not published.
static uint64_t last_time(const Note *note) {
    const NoteSignature *last = &note->signatures[note->count - 1];
    Buffer bytes;
    buffer_init(&bytes, 4096);
    uint64_t time = 0;
    bool read = base64_read(last->base64, &bytes);
    Reader reader = reader_of(bytes.bytes, read ? bytes.length : 0);
    read_u32(&reader);
    if (read) time = read_u64(&reader);
    buffer_done(&bytes);
    return time;
}

void read_published_examples(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    for (uint32_t c = json_begin(0); c != json_end(json, 0); c = json_next(json, c)) {
        Text source = string_field(reading, c, "source"), bytes = string_field(reading, c, "note");
        VerifierKey known[2];
        const VerifierKey *keys[2] = {&known[0], &known[1]};
        size_t count = optional_key(reading, c, "vkey", &known[0]);
        if (count) count += optional_key(reading, c, "otherVkey", &known[1]);
        Note note;
        Status status;
        bool read = count ? note_open(bytes, keys, count, &note, &status)
                          : note_read(bytes, &note, &status);
        bool accept = !has_field(reading, c, "accept") || bool_field(reading, c, "accept");
        for (size_t i = 0; read && i < count; i++)
            read = note_signed_by(&note, keys[i]);
        expect(reading, read == accept && (!read || prints_back(&note, bytes)), "%.*s",
               TEXT_ARG(source));
        if (!read) continue;
        Checkpoint checkpoint;
        if (checkpoint_read(note.text, &checkpoint, &status))
            expect(reading, checkpoint_prints_back(&checkpoint, note.text), "%.*s: checkpoint",
                   TEXT_ARG(source));
        if (has_field(reading, c, "time"))
            expect(reading, last_time(&note) == number_field(reading, c, "time"), "%.*s: time",
                   TEXT_ARG(source));
        if (has_field(reading, c, "skey")) {
            SignerKey signer;
            Text text = string_field(reading, c, "skey");
            Buffer again;
            buffer_init(&again, 1024);
            bool made = signer_key_read(text, &signer, &status) &&
                        writes_line(&signer, note.text, 0, bytes) &&
                        signer_key_write(&signer, &again) && text_equal(buffer_view(&again), text);
            buffer_done(&again);
            expect(reading, made, "%.*s: signer key", TEXT_ARG(source));
        }
    }
}

static bool bundle_prints_back(const ProofBundle *bundle, Text text) {
    Buffer again;
    buffer_init(&again, NOTE_BYTES_MAX);
    bool same = proof_bundle_write(bundle, &again) && text_equal(buffer_view(&again), text);
    buffer_done(&again);
    return same;
}

void read_proofs(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    VerifierKey log, witnesses[WITNESSES_MAX];
    size_t count = 0;
    if (!read_key(reading, string_field(reading, 0, "logVkey"), &log)) return;
    uint32_t list = field(reading, 0, "witnessVkeys"), cases = field(reading, 0, "cases");
    if (list == JSON_NONE || cases == JSON_NONE) return;
    for (uint32_t w = json_begin(list); w != json_end(json, list) && count < WITNESSES_MAX;
         w = json_next(json, w))
        if (!read_key(reading, string_of(reading, w), &witnesses[count++])) return;
    CheckpointPolicy policy = {&log, witnesses, count, count};
    for (uint32_t c = json_begin(cases); c != json_end(json, cases); c = json_next(json, c)) {
        Text text = string_field(reading, c, "proof");
        Text leaf_text = string_field(reading, c, "leafText");
        uint64_t index = number_field(reading, c, "index");
        bool accept = bool_field(reading, c, "accept");
        Hash leaf = tree_leaf_hash(leaf_text);
        ProofBundle bundle;
        Checkpoint checkpoint;
        Status status;
        bool read = proof_bundle_read(text, &bundle, &status);
        bool holds = read && proof_bundle_verify(&bundle, &leaf, &policy, &checkpoint, &status);
        bool same = !read || bundle_prints_back(&bundle, text);
        expect(reading, holds == accept && same && (!holds || bundle.index == index),
               "index %llu, %.*s", (unsigned long long)index,
               TEXT_ARG(accept ? TEXT("right") : string_field(reading, c, "why")));
    }
}

// --- tiles ---

static bool bytes_are(Reading *reading, uint32_t object, Text bytes) {
    Hash hash = sha256_of(bytes.at, bytes.length);
    return bytes.length == number_field(reading, object, "bytes") &&
           is_hash(hex_field(reading, object, "sha256"), &hash) &&
           (!has_field(reading, object, "hex") ||
            text_equal(hex_field(reading, object, "hex"), bytes));
}

static void check_tile(Reading *reading, uint32_t object, const Tree *tree, uint64_t size) {
    Text path = string_field(reading, object, "path");
    Tile tile;
    Status status;
    Buffer bytes;
    buffer_init(&bytes, 1 << 24);
    bool made = tile_path_read(path, &tile, &status);
    if (made && tile.level == TILE_ENTRIES) {
        for (uint32_t i = 0; i < tile.width && made; i++) {
            char space[256];
            uint64_t entry = tile.index * TILE_WIDTH + i;
            made = entry < size && tile_entry_write(rule_leaf(entry, space), &bytes);
        }
    } else if (made) {
        made = tile_hashes(tree, size, &tile, &bytes, &status);
    }
    expect(reading, made && bytes_are(reading, object, buffer_view(&bytes)), "size %llu: %.*s",
           (unsigned long long)size, TEXT_ARG(path));
    buffer_done(&bytes);
}

void read_tiles(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    uint32_t trees = field(reading, 0, "trees");
    if (trees == JSON_NONE) return;
    for (uint32_t t = json_begin(trees); t != json_end(json, trees); t = json_next(json, t)) {
        uint64_t size = number_field(reading, t, "size");
        Text expected = base64_field(reading, t, "root");
        Tree *tree = rule_tree(size);
        Hash root;
        Status status;
        bool there = tree && tree_root(tree, size, &root, &status) && is_hash(expected, &root);
        expect(reading, there, "root of size %llu", (unsigned long long)size);
        uint32_t tiles = field(reading, t, "tiles"), bundles = field(reading, t, "entryBundles");
        if (there && tiles != JSON_NONE && bundles != JSON_NONE) {
            for (uint32_t i = json_begin(tiles); i != json_end(json, tiles); i = json_next(json, i))
                check_tile(reading, i, tree, size);
            for (uint32_t i = json_begin(bundles); i != json_end(json, bundles);
                 i = json_next(json, i))
                check_tile(reading, i, tree, size);
        }
        tree_free(tree);
    }
}

void read_tile_paths(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    uint32_t paths = field(reading, 0, "paths");
    if (paths == JSON_NONE) return;
    for (uint32_t p = json_begin(paths); p != json_end(json, paths); p = json_next(json, p)) {
        Text path = string_field(reading, p, "path");
        Tile expected = {int_field(reading, p, "level"), number_field(reading, p, "index"),
                         (uint32_t)number_field(reading, p, "width")};
        Tile tile;
        Status status;
        Buffer again;
        buffer_init(&again, 1024);
        bool read = tile_path_read(path, &tile, &status) && tile.level == expected.level &&
                    tile.index == expected.index && tile.width == expected.width;
        bool same = tile_path_write(&expected, &again) && text_equal(buffer_view(&again), path);
        buffer_done(&again);
        expect(reading, read && same, "%.*s", TEXT_ARG(path));
    }
}
