#include "log/key.h"
#include "base/encode.h"
#include "log/sha256.h"
#include <assert.h>

enum { ID_DIGITS = 8, TIME_BYTES = 8 };
#define SIGNER_PREFIX        TEXT("PRIVATE+KEY+")
#define COSIGNATURE_TIME_MAX ((uint64_t)INT64_MAX)

// What each type does differently: whether a time stands before the Ed25519 signature, and how the
// signed message is made. All types so far have 32-byte keys and seeds.
typedef struct KeyKind {
    KeyType type;
    bool timed;
    const char *says;
} KeyKind;

static const KeyKind KINDS[] = {
    {KEY_ED25519, false, "Ed25519"},
    {KEY_COSIGNATURE, true, "cosignature/v1"},
};

static const KeyKind *kind_find(unsigned type) {
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (KINDS[i].type == type) return &KINDS[i];
    return NULL;
}

// --- names ---

// The blanks of Unicode beyond ASCII (White_Space), each as UTF-8.
static const char *const BLANKS[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80",
};

bool key_name_is_valid(Text name) {
    if (name.length == 0 || name.length > KEY_NAME_BYTES_MAX || !utf8_is_valid(name)) return false;
    for (size_t i = 0; i < name.length; i++) {
        unsigned char c = (unsigned char)name.at[i];
        if (c <= ' ' || c == '+' || c == 0x7F) return false;
        if (c < 0x80) continue;
        Text rest = {name.at + i, name.length - i};
        for (size_t b = 0; b < sizeof BLANKS / sizeof *BLANKS; b++)
            if (text_begins(rest, text_of(BLANKS[b]))) return false;
    }
    return true;
}

// --- making, reading, writing ---

static uint32_t key_id(KeyType type, Text name, const uint8_t *public_key) {
    const uint8_t type_byte = (uint8_t)type;
    Hash hash = sha256_of_pieces((Text[]){name,
                                          TEXT("\n"),
                                          {(const char *)&type_byte, 1},
                                          {(const char *)public_key, ED25519_KEY_BYTES}},
                                 4);
    Reader reader = reader_of(hash.bytes, 4);
    return read_u32(&reader);
}

bool verifier_key_make(KeyType type, Text name, const uint8_t public_key[ED25519_KEY_BYTES],
                       VerifierKey *key, Status *status) {
    if (!kind_find(type))
        return status_set(status, STATUS_UNSUPPORTED, "key of the unknown type \"%02x\"",
                          (unsigned)type);
    if (!key_name_is_valid(name)) {
        status_set(status, STATUS_INVALID, "key name \"%.*s\" cannot be used", TEXT_ARG(name));
        return status_hint(status, "1 to %d bytes without blanks, control characters and \"+\"",
                           KEY_NAME_BYTES_MAX);
    }
    VerifierKey made = {.type = type, .name_length = (uint8_t)name.length};
    memcpy(made.name, name.at, name.length);
    memcpy(made.public_key, public_key, ED25519_KEY_BYTES);
    made.id = key_id(type, name, public_key);
    *key = made;
    return true;
}

static bool malformed(const char *what, Status *status) {
    status_set(status, STATUS_INVALID, "%s is malformed", what);
    return status_hint(status, "NAME+ID+KEY: id of 8 hexadecimal digits, key in base64");
}

// NAME+ID+base64(type || 32 bytes): the common form of both.
static bool read_parts(Text text, const char *what, Text *name, uint32_t *id, uint8_t body[33],
                       Status *status) {
    Text rest, id_text, key_text;
    if (!text_split(text, '+', name, &rest) || !text_split(rest, '+', &id_text, &key_text))
        return malformed(what, status);
    uint8_t id_bytes[4];
    if (id_text.length != ID_DIGITS || !hex_read(id_text, id_bytes, sizeof id_bytes))
        return malformed(what, status);
    uint8_t space[64] = {0}; // a buffer on the stack: it neither grows nor is freed
    Buffer bytes = {.bytes = space, .capacity = sizeof space, .limit = sizeof space};
    bool read = base64_read(key_text, &bytes) && bytes.length == 33;
    memcpy(body, space, 33);
    secret_wipe(space, sizeof space);
    if (!read) return malformed(what, status);
    if (!kind_find(body[0]))
        return status_set(status, STATUS_UNSUPPORTED, "%s has the unknown type \"%02x\"", what,
                          body[0]);
    Reader reader = reader_of(id_bytes, sizeof id_bytes);
    *id = read_u32(&reader);
    return true;
}

bool verifier_key_read(Text text, VerifierKey *key, Status *status) {
    Text name;
    uint32_t id;
    uint8_t body[33];
    if (!read_parts(text, "verifier key", &name, &id, body, status)) return false;
    VerifierKey read;
    if (!verifier_key_make((KeyType)body[0], name, body + 1, &read, status)) return false;
    if (read.id != id) {
        status_set(status, STATUS_INVALID, "verifier key \"%.*s\" has the wrong id \"%08x\"",
                   TEXT_ARG(name), id);
        return status_hint(status, "name and key give \"%08x\"", read.id);
    }
    *key = read;
    return true;
}

static bool write_parts(const VerifierKey *key, const uint8_t bytes[32], Buffer *out) {
    uint8_t body[33];
    body[0] = (uint8_t)key->type;
    memcpy(body + 1, bytes, 32);
    buffer_text(out, key_name(key));
    buffer_format(out, "+%08x+", key->id);
    base64_write(out, body, sizeof body);
    secret_wipe(body, sizeof body);
    return !out->failed;
}

bool verifier_key_write(const VerifierKey *key, Buffer *out) {
    return write_parts(key, key->public_key, out);
}

bool signer_key_make(KeyType type, Text name, const uint8_t seed[ED25519_SEED_BYTES],
                     SignerKey *key, Status *status) {
    uint8_t public_key[ED25519_KEY_BYTES];
    ed25519_public_key(seed, public_key);
    if (!verifier_key_make(type, name, public_key, &key->verifier, status)) return false;
    memcpy(key->seed, seed, ED25519_SEED_BYTES);
    return true;
}

bool signer_key_read(Text text, SignerKey *key, Status *status) {
    Text prefix = SIGNER_PREFIX;
    if (!text_begins(text, prefix)) return malformed("signer key", status);
    text = (Text){text.at + prefix.length, text.length - prefix.length};
    Text name;
    uint32_t id;
    uint8_t body[33];
    if (!read_parts(text, "signer key", &name, &id, body, status)) return false;
    SignerKey read;
    bool made = signer_key_make((KeyType)body[0], name, body + 1, &read, status);
    secret_wipe(body, sizeof body);
    if (!made) return false;
    if (read.verifier.id != id) {
        signer_key_wipe(&read);
        return status_set(status, STATUS_INVALID, "signer key \"%.*s\" has the wrong id \"%08x\"",
                          TEXT_ARG(name), id);
    }
    *key = read;
    signer_key_wipe(&read);
    return true;
}

bool signer_key_write(const SignerKey *key, Buffer *out) {
    buffer_text(out, SIGNER_PREFIX);
    return write_parts(&key->verifier, key->seed, out);
}

void signer_key_wipe(SignerKey *key) {
    secret_wipe(key, sizeof *key);
}

// --- signatures ---

size_t key_signature_bytes(KeyType type) {
    const KeyKind *kind = kind_find(type);
    assert(kind);
    return ED25519_SIGNATURE_BYTES + (kind->timed ? (size_t)TIME_BYTES : 0);
}

// What is really signed: the text itself, or the text behind the two lines of a cosignature.
static bool message_of(const KeyKind *kind, Text text, uint64_t time, Buffer *buffer, Text *message,
                       Status *status) {
    if (!kind->timed) {
        *message = text;
        return true;
    }
    buffer_format(buffer, "cosignature/v1\ntime %llu\n", (unsigned long long)time);
    buffer_text(buffer, text);
    if (buffer->failed) return status_no_memory(status);
    *message = buffer_view(buffer);
    return true;
}

bool key_verify(const VerifierKey *key, Text text, Text signature, uint64_t *time, Status *status) {
    const KeyKind *kind = kind_find(key->type);
    assert(kind);
    if (signature.length != key_signature_bytes(key->type))
        return status_set(status, STATUS_INVALID, "%s signature by \"%.*s\" has %zu bytes",
                          kind->says, TEXT_ARG(key_name(key)), signature.length);
    Reader reader = reader_of(signature.at, signature.length);
    uint64_t at = kind->timed ? read_u64(&reader) : 0;
    if (at > COSIGNATURE_TIME_MAX)
        return status_set(status, STATUS_INVALID, "cosignature by \"%.*s\" has no possible time",
                          TEXT_ARG(key_name(key)));
    Buffer buffer;
    buffer_init(&buffer, text.length + 64);
    Text message;
    bool valid = message_of(kind, text, at, &buffer, &message, status);
    if (valid &&
        !ed25519_verify(key->public_key, read_bytes(&reader, ED25519_SIGNATURE_BYTES), message))
        valid = status_set(status, STATUS_INVALID, "signature by \"%.*s\" is wrong",
                           TEXT_ARG(key_name(key)));
    buffer_done(&buffer);
    if (valid) *time = at;
    return valid;
}

bool key_sign(const SignerKey *key, Text text, uint64_t time,
              uint8_t signature[KEY_SIGNATURE_BYTES_MAX], Status *status) {
    const KeyKind *kind = kind_find(key->verifier.type);
    assert(kind && time <= COSIGNATURE_TIME_MAX);
    Buffer buffer;
    buffer_init(&buffer, text.length + 64);
    Text message;
    bool made = message_of(kind, text, time, &buffer, &message, status);
    if (made) {
        if (kind->timed)
            for (int i = 0; i < TIME_BYTES; i++)
                signature[i] = (uint8_t)(time >> (8 * (TIME_BYTES - 1 - i)));
        ed25519_sign(key->seed, message, signature + (kind->timed ? TIME_BYTES : 0));
    }
    buffer_done(&buffer);
    return made;
}
