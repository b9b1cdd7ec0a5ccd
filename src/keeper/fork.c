#include "keeper/fork.h"

#include "base/encode.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include "log/proof.h"

static void put_hash(JsonWriter *json, const Hash *hash) {
    Buffer text;
    buffer_init(&text, 64);
    if (base64_write(&text, hash->bytes, sizeof hash->bytes))
        json_string(json, buffer_view(&text));
    else
        json->out->failed = true;
    buffer_done(&text);
}

bool fork_write(const Fork *fork, Buffer *out) {
    JsonWriter json = json_writer(out);
    json_object_begin(&json);
    json_named_words(&json, "ytterby", "fork/1");
    json_named_string(&json, "says", fork->says);
    json_named_string(&json, "older", fork->older);
    json_named_string(&json, "newer", fork->newer);
    if (fork->proven) {
        json_key(&json, "root");
        put_hash(&json, &fork->root);
        json_key(&json, "path");
        json_array_begin(&json);
        for (uint32_t i = 0; i < fork->path.count; i++)
            put_hash(&json, &fork->path.hashes[i]);
        json_array_end(&json);
    }
    json_object_end(&json);
    return buffer_char(out, '\n');
}

static bool wrong(Status *status, const char *what) {
    return status_set(status, STATUS_INVALID, "the evidence %s", what);
}

static bool take_text(const Json *json, const char *name, Arena *arena, Text *out, Status *status) {
    uint32_t member = json_member(json, 0, text_of(name));
    if (member == JSON_NONE || json_type(json, member) != JSON_STRING)
        return status_set(status, STATUS_INVALID, "the evidence has no text \"%s\"", name);
    return json_text(json, member, arena, out, status);
}

static bool take_hash(const Json *json, uint32_t token, Arena *arena, Hash *hash, Status *status) {
    Text text;
    if (json_type(json, token) != JSON_STRING) return wrong(status, "holds no hash");
    if (!json_text(json, token, arena, &text, status)) return false;
    Buffer bytes;
    buffer_init(&bytes, 64);
    bool well = base64_read(text, &bytes) && bytes.length == sizeof hash->bytes;
    if (well) memcpy(hash->bytes, bytes.bytes, sizeof hash->bytes);
    buffer_done(&bytes);
    return well || wrong(status, "holds something that is no hash");
}

static bool read_members(const Json *json, Arena *arena, Fork *fork, Status *status) {
    Text form;
    if (!take_text(json, "ytterby", arena, &form, status) ||
        !take_text(json, "says", arena, &fork->says, status) ||
        !take_text(json, "older", arena, &fork->older, status) ||
        !take_text(json, "newer", arena, &fork->newer, status))
        return false;
    if (!text_equal(form, TEXT("fork/1"))) return wrong(status, "is of an unknown form");
    uint32_t root = json_member(json, 0, TEXT("root")), path = json_member(json, 0, TEXT("path"));
    if (root == JSON_NONE && path == JSON_NONE) return true;
    if (root == JSON_NONE || path == JSON_NONE || json_type(json, path) != JSON_ARRAY ||
        json_count(json, path) > PATH_HASHES_MAX)
        return wrong(status, "has a root without a path, or a path that is none");
    fork->proven = true;
    if (!take_hash(json, root, arena, &fork->root, status)) return false;
    for (uint32_t i = json_begin(path); i != json_end(json, path); i = json_next(json, i))
        if (!take_hash(json, i, arena, &fork->path.hashes[fork->path.count++], status))
            return false;
    return true;
}

bool fork_read(Text text, Arena *arena, Fork *fork, Status *status) {
    *fork = (Fork){0};
    Json json;
    json_init(&json, 1 << 16);
    bool well = json_read(&json, text, status) &&
                (json_type(&json, 0) == JSON_OBJECT || wrong(status, "is no object")) &&
                read_members(&json, arena, fork, status);
    json_done(&json);
    return well;
}

bool fork_check(const Fork *fork, const VerifierKey *key, TreeHead *older, TreeHead *newer,
                Status *status) {
    CheckpointPolicy policy = {.log = key};
    Checkpoint first, second;
    if (!checkpoint_open(fork->older, &policy, &first, status))
        return status_where(status, "the older checkpoint");
    if (!checkpoint_open(fork->newer, &policy, &second, status))
        return status_where(status, "the newer checkpoint");
    *older = first.head;
    *newer = second.head;
    if (!fork->proven)
        return wrong(status, "holds two checkpoints and no proof that they contradict each other");
    TreeHead beginning = {first.head.size, fork->root};
    if (!proof_consistency(&beginning, &second.head, &fork->path, status)) return false;
    if (hash_equal(&fork->root, &first.head.root))
        return wrong(status, "shows no fork: the newer log begins with the older one");
    return true;
}
