// Ed25519: ed25519/*. The published edge cases are judged by the rule of log/ed25519.h, which is
// what libsodium 1.0.18 said of them.
#include "log/ed25519.h"
#include "vectors.h"

static bool verify(Text key, Text signature, Text message) {
    return key.length == ED25519_KEY_BYTES && signature.length == ED25519_SIGNATURE_BYTES &&
           ed25519_verify((const uint8_t *)key.at, (const uint8_t *)signature.at, message);
}

void read_wycheproof(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    uint32_t groups = field(reading, 0, "testGroups");
    if (groups == JSON_NONE) return;
    for (uint32_t g = json_begin(groups); g != json_end(json, groups); g = json_next(json, g)) {
        uint32_t public_key = field(reading, g, "publicKey"), tests = field(reading, g, "tests");
        if (public_key == JSON_NONE || tests == JSON_NONE) return;
        Text key = hex_field(reading, public_key, "pk");
        for (uint32_t t = json_begin(tests); t != json_end(json, tests); t = json_next(json, t)) {
            bool valid = verify(key, hex_field(reading, t, "sig"), hex_field(reading, t, "msg"));
            Text result = string_field(reading, t, "result");
            expect(reading, text_equal(result, valid ? TEXT("valid") : TEXT("invalid")),
                   "test %llu", (unsigned long long)number_field(reading, t, "tcId"));
        }
    }
}

static void cctv_line(Reading *reading) {
    bool valid = verify(hex_field(reading, 0, "key"), hex_field(reading, 0, "sig"),
                        string_field(reading, 0, "msg"));
    expect(reading, valid == bool_field(reading, 0, "libsodium1018"), "number %llu",
           (unsigned long long)number_field(reading, 0, "number"));
}

void read_cctv(Reading *reading) {
    read_lines(reading, cctv_line);
}

void read_ed25519_own(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    unsigned number = 0;
    for (uint32_t c = json_begin(0); c != json_end(json, 0); c = json_next(json, c), number++) {
        Text key = hex_field(reading, c, "publicKeyHex"),
             message = hex_field(reading, c, "messageHex");
        Text signature = hex_field(reading, c, "signatureHex"),
             why = string_field(reading, c, "why");
        bool good = verify(key, signature, message) == bool_field(reading, c, "accept");
        if (has_field(reading, c, "seedHex")) {
            Text seed = hex_field(reading, c, "seedHex");
            uint8_t public_key[ED25519_KEY_BYTES], made[ED25519_SIGNATURE_BYTES];
            good = good && seed.length == ED25519_SEED_BYTES;
            if (good) {
                ed25519_public_key((const uint8_t *)seed.at, public_key);
                ed25519_sign((const uint8_t *)seed.at, message, made);
                good = text_equal(key, (Text){(char *)public_key, sizeof public_key}) &&
                       text_equal(signature, (Text){(char *)made, sizeof made});
            }
        }
        expect(reading, good, "case %u: %.*s", number, TEXT_ARG(why));
    }
}
