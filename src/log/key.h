// Keys of signed notes (c2sp.org/signed-note): who signs, under which name, with which algorithm.
// A key is known by name and 4-byte id together: id = first 4 bytes of
// SHA-256(name || LF || type || public key).
//   verifier key (vkey)  NAME+IDHEX+base64(type || public key)
//   signer key (skey)    PRIVATE+KEY+NAME+IDHEX+base64(type || seed): the form of Go's sumdb/note
// The types stand in one table in key.c: 01 Ed25519, 04 timed cosignature of a checkpoint.
#pragma once
#include "base/buffer.h"
#include "base/status.h"
#include "log/ed25519.h"

enum { KEY_NAME_BYTES_MAX = 255, KEY_SIGNATURE_BYTES_MAX = 72 };

typedef enum KeyType { KEY_ED25519 = 0x01, KEY_COSIGNATURE = 0x04 } KeyType;

typedef struct VerifierKey {
    KeyType type;
    uint32_t id;
    uint8_t public_key[ED25519_KEY_BYTES];
    uint8_t name_length;
    char name[KEY_NAME_BYTES_MAX];
} VerifierKey;

// Holds a secret: wipe it with signer_key_wipe() when done.
typedef struct SignerKey {
    VerifierKey verifier;
    uint8_t seed[ED25519_SEED_BYTES];
} SignerKey;

static inline Text key_name(const VerifierKey *key) {
    return (Text){key->name, key->name_length};
}

// Not empty, well-formed UTF-8, no '+', no control character, no blank of Unicode.
bool key_name_is_valid(Text name);

MUST_CHECK bool verifier_key_make(KeyType type, Text name,
                                  const uint8_t public_key[ED25519_KEY_BYTES], VerifierKey *key,
                                  Status *status);
// Refuses a wrong id, an unknown type, a public key of another length, and any second spelling.
MUST_CHECK bool verifier_key_read(Text text, VerifierKey *key, Status *status);
bool verifier_key_write(const VerifierKey *key, Buffer *out);

MUST_CHECK bool signer_key_make(KeyType type, Text name, const uint8_t seed[ED25519_SEED_BYTES],
                                SignerKey *key, Status *status);
MUST_CHECK bool signer_key_read(Text text, SignerKey *key, Status *status);
bool signer_key_write(const SignerKey *key, Buffer *out);
void signer_key_wipe(SignerKey *key);

// The bytes that follow the key id in a signature line: 64 for Ed25519; 8 of time (big-endian POSIX
// seconds), then 64, for a cosignature.
size_t key_signature_bytes(KeyType type);
// Whether `signature` is this key's over `text`; `time` is written for a cosignature, else 0.
// Fails with STATUS_NO_MEMORY too: look at status->code.
MUST_CHECK bool key_verify(const VerifierKey *key, Text text, Text signature, uint64_t *time,
                           Status *status);
// Writes key_signature_bytes() bytes. `time` is used by a cosignature alone.
MUST_CHECK bool key_sign(const SignerKey *key, Text text, uint64_t time,
                         uint8_t signature[KEY_SIGNATURE_BYTES_MAX], Status *status);
