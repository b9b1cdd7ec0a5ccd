#include "log/signature.h"
#include "base/encode.h"
#include "log/proof.h"

enum { HEADER_MAX = 512 };

Hash signature_key(const uint8_t public_key[ED25519_KEY_BYTES]) {
    return sha256_of(public_key, ED25519_KEY_BYTES);
}

static void header_write(const char *name, Text origin, const Hash *key, Buffer *out) {
    char digits[2 * HASH_BYTES + 1];
    hex_write(key->bytes, HASH_BYTES, digits);
    buffer_string(out, name);
    buffer_char(out, '\n');
    buffer_text(out, origin);
    buffer_char(out, '\n');
    buffer_string(out, digits);
    buffer_char(out, '\n');
}

static void event_text(Text origin, const Hash *key, Text event, Buffer *out) {
    header_write("ytterby/sign/1", origin, key, out);
    buffer_text(out, event);
}

static void batch_text(Text origin, const Hash *key, uint32_t size, const Hash *root, Buffer *out) {
    header_write("ytterby/sign-batch/1", origin, key, out);
    buffer_format(out, "%u\n", size);
    buffer_bytes(out, root->bytes, HASH_BYTES);
}

bool signature_verify(const Signature *signature, const uint8_t public_key[ED25519_KEY_BYTES],
                      Text origin, Text event, Status *status) {
    if (signature->kind != SIGNATURE_EVENT && signature->kind != SIGNATURE_BATCH)
        return status_set(status, STATUS_DENIED, "event is not signed");
    Hash key = signature_key(public_key);
    if (!hash_equal(&key, &signature->key))
        return status_set(status, STATUS_DENIED, "signature names another key");
    Hash root;
    if (signature->kind == SIGNATURE_BATCH) {
        Hash leaf = tree_leaf_hash(event);
        if (!proof_inclusion_root(signature->index, signature->size, &leaf, &signature->path,
                                  &root))
            return status_set(status, STATUS_DENIED,
                              "path of %u hashes does not fit line \"%u\" of a batch of \"%u\"",
                              signature->path.count, signature->index, signature->size);
    }
    Buffer text;
    buffer_init(&text, HEADER_MAX + origin.length + event.length);
    if (signature->kind == SIGNATURE_EVENT)
        event_text(origin, &key, event, &text);
    else
        batch_text(origin, &key, signature->size, &root, &text);
    bool valid;
    if (text.failed) {
        valid = status_no_memory(status);
    } else {
        valid = ed25519_verify(public_key, signature->bytes, buffer_view(&text));
        if (!valid) {
            status_set(status, STATUS_DENIED, "signature is wrong");
            status_hint(status, "it must be over the event's exact bytes, for the book \"%.*s\"",
                        TEXT_ARG(origin));
        }
    }
    buffer_done(&text);
    return valid;
}

static bool sign(const uint8_t seed[ED25519_SEED_BYTES], Buffer *text, Signature *signature,
                 Status *status) {
    bool made = !text->failed;
    if (made)
        ed25519_sign(seed, buffer_view(text), signature->bytes);
    else
        status_no_memory(status);
    buffer_done(text);
    return made;
}

static Hash key_of_seed(const uint8_t seed[ED25519_SEED_BYTES]) {
    uint8_t public_key[ED25519_KEY_BYTES];
    ed25519_public_key(seed, public_key);
    return signature_key(public_key);
}

bool signature_sign(const uint8_t seed[ED25519_SEED_BYTES], Text origin, Text event,
                    Signature *signature, Status *status) {
    Signature made = {.kind = SIGNATURE_EVENT, .key = key_of_seed(seed)};
    Buffer text;
    buffer_init(&text, HEADER_MAX + origin.length + event.length);
    event_text(origin, &made.key, event, &text);
    if (!sign(seed, &text, &made, status)) return false;
    *signature = made;
    return true;
}

bool signature_place(Signature *signature, const Tree *tree, uint32_t index, Status *status) {
    if (!tree_inclusion(tree, index, signature->size, &signature->path, status)) return false;
    signature->index = index;
    return true;
}

bool signature_sign_batch(const uint8_t seed[ED25519_SEED_BYTES], Text origin, const Tree *tree,
                          uint32_t index, Signature *signature, Status *status) {
    uint64_t size = tree_size(tree);
    if (size == 0 || size > UINT32_MAX)
        return status_set(status, STATUS_INVALID, "batch of \"%llu\" lines cannot be signed",
                          (unsigned long long)size);
    Signature made = {.kind = SIGNATURE_BATCH, .key = key_of_seed(seed), .size = (uint32_t)size};
    Hash root;
    if (!tree_root(tree, size, &root, status)) return false;
    if (!signature_place(&made, tree, index, status)) return false;
    Buffer text;
    buffer_init(&text, HEADER_MAX + origin.length);
    batch_text(origin, &made.key, made.size, &root, &text);
    if (!sign(seed, &text, &made, status)) return false;
    *signature = made;
    return true;
}

bool signature_write(const Signature *signature, Buffer *out) {
    buffer_u8(out, (uint8_t)signature->kind);
    if (signature->kind == SIGNATURE_NONE) return !out->failed;
    buffer_bytes(out, signature->key.bytes, HASH_BYTES);
    buffer_bytes(out, signature->bytes, ED25519_SIGNATURE_BYTES);
    if (signature->kind == SIGNATURE_EVENT) return !out->failed;
    buffer_u32(out, signature->index);
    buffer_u32(out, signature->size);
    buffer_u8(out, (uint8_t)signature->path.count);
    for (uint32_t i = 0; i < signature->path.count; i++)
        buffer_bytes(out, signature->path.hashes[i].bytes, HASH_BYTES);
    return !out->failed;
}

static void take(Reader *reader, uint8_t *out, size_t length) {
    const uint8_t *bytes = read_bytes(reader, length);
    if (bytes) memcpy(out, bytes, length);
}

bool signature_read(Reader *reader, Signature *signature, Status *status) {
    Signature read = {.kind = SIGNATURE_NONE};
    uint8_t kind = read_u8(reader);
    if (!reader->failed && kind > SIGNATURE_BATCH)
        return status_set(status, STATUS_UNSUPPORTED, "signature of the unknown kind \"%u\"", kind);
    read.kind = (SignatureKind)kind;
    if (kind != SIGNATURE_NONE) {
        take(reader, read.key.bytes, HASH_BYTES);
        take(reader, read.bytes, ED25519_SIGNATURE_BYTES);
    }
    if (kind == SIGNATURE_BATCH) {
        read.index = read_u32(reader);
        read.size = read_u32(reader);
        read.path.count = read_u8(reader);
        if (read.path.count > BATCH_PATH_MAX)
            return status_set(status, STATUS_CORRUPT, "signature with a path of \"%u\" hashes",
                              read.path.count);
        for (uint32_t i = 0; i < read.path.count; i++)
            take(reader, read.path.hashes[i].bytes, HASH_BYTES);
    }
    if (reader->failed) return status_set(status, STATUS_CORRUPT, "signature is cut short");
    *signature = read;
    return true;
}
