// Signatures over events (frozen: docs/format.md). What is signed names the book and the key, so
// that a signature is worth nothing in another book or under another key:
//     ytterby/sign/1 LF origin LF key LF, then the event's exact bytes
//     ytterby/sign-batch/1 LF origin LF key LF size LF, then the 32 bytes of the RFC 6962 root of
//     the lines' exact bytes
// `key` is SHA-256 of the 32-byte public key, 64 lower-case hexadecimal digits.
// In a decision stands the signature with its kind, its key and, for a batch, the path to its root.
#pragma once
#include "base/buffer.h"
#include "log/ed25519.h"
#include "log/tree.h"

typedef enum SignatureKind {
    SIGNATURE_NONE = 0,
    SIGNATURE_EVENT = 1,
    SIGNATURE_BATCH = 2
} SignatureKind;

enum { BATCH_PATH_MAX = 32 }; // sizes are u32

typedef struct Signature {
    SignatureKind kind;
    Hash key; // SHA-256 of the public key
    uint8_t bytes[ED25519_SIGNATURE_BYTES];
    uint32_t index, size; // of the line in its batch
    Path path;            // at most BATCH_PATH_MAX hashes
} Signature;

// The key's name in texts and in a Signature.
Hash signature_key(const uint8_t public_key[ED25519_KEY_BYTES]);

// Whether the signature is this public key's over these bytes in the book `origin`. False when it
// is not; then status says why (STATUS_DENIED), or that memory was short.
MUST_CHECK bool signature_verify(const Signature *signature,
                                 const uint8_t public_key[ED25519_KEY_BYTES], Text origin,
                                 Text event, Status *status);
// Signs one event.
MUST_CHECK bool signature_sign(const uint8_t seed[ED25519_SEED_BYTES], Text origin, Text event,
                               Signature *signature, Status *status);
// Signs a batch: `tree` holds the leaf hashes of all its lines. The signature is for line `index`;
// for the other lines signature_place() changes index and path.
MUST_CHECK bool signature_sign_batch(const uint8_t seed[ED25519_SEED_BYTES], Text origin,
                                     const Tree *tree, uint32_t index, Signature *signature,
                                     Status *status);
MUST_CHECK bool signature_place(Signature *signature, const Tree *tree, uint32_t index,
                                Status *status);

// As it stands in a decision, big-endian: kind u8; for 1 and 2 key[32] signature[64]; for 2 also
// index u32, size u32, n u8, n hashes.
bool signature_write(const Signature *signature, Buffer *out);
MUST_CHECK bool signature_read(Reader *reader, Signature *signature, Status *status);
