// Ed25519 by one stated rule, since libraries differ on edge cases (165 of 914 published ones) and
// a replay must not depend on the library: S < L; public key A and R in canonical form and not of
// small order; then R = S*B - h*A compared as bytes, without cofactor. The verdict is stored with
// the record and never recomputed by another rule.
#pragma once
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

enum { ED25519_KEY_BYTES = 32, ED25519_SEED_BYTES = 32, ED25519_SIGNATURE_BYTES = 64 };

bool ed25519_verify(const uint8_t public_key[ED25519_KEY_BYTES],
                    const uint8_t signature[ED25519_SIGNATURE_BYTES], Text message);
void ed25519_public_key(const uint8_t seed[ED25519_SEED_BYTES],
                        uint8_t public_key[ED25519_KEY_BYTES]);
// RFC 8032: the same seed and message always give the same signature.
void ed25519_sign(const uint8_t seed[ED25519_SEED_BYTES], Text message,
                  uint8_t signature[ED25519_SIGNATURE_BYTES]);
// Overwrites what held a secret; the compiler cannot leave it out.
void secret_wipe(void *secret, size_t length);
