// libsodium 1.0.18 verifies by just the rule of ed25519.h (it tests S, A and R before, and compares
// the computed R as bytes, so that R is canonical too); tests/data/vectors/ed25519/ holds it to
// that.
#include "log/ed25519.h"
#include <assert.h>
#include <sodium.h>

bool ed25519_verify(const uint8_t public_key[ED25519_KEY_BYTES],
                    const uint8_t signature[ED25519_SIGNATURE_BYTES], Text message) {
    const uint8_t *bytes = message.length ? (const uint8_t *)message.at : (const uint8_t *)"";
    return crypto_sign_verify_detached(signature, bytes, message.length, public_key) == 0;
}

void ed25519_public_key(const uint8_t seed[ED25519_SEED_BYTES],
                        uint8_t public_key[ED25519_KEY_BYTES]) {
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    int failed = crypto_sign_seed_keypair(public_key, secret, seed);
    assert(!failed);
    secret_wipe(secret, sizeof secret);
}

void ed25519_sign(const uint8_t seed[ED25519_SEED_BYTES], Text message,
                  uint8_t signature[ED25519_SIGNATURE_BYTES]) {
    uint8_t public_key[ED25519_KEY_BYTES], secret[crypto_sign_SECRETKEYBYTES];
    const uint8_t *bytes = message.length ? (const uint8_t *)message.at : (const uint8_t *)"";
    int failed = crypto_sign_seed_keypair(public_key, secret, seed);
    assert(!failed);
    failed = crypto_sign_detached(signature, NULL, bytes, message.length, secret);
    assert(!failed);
    secret_wipe(secret, sizeof secret);
}

void secret_wipe(void *secret, size_t length) {
    sodium_memzero(secret, length);
}
