// What this program is built on; with --check, whether those libraries work here.
#include <openssl/crypto.h>
#include <sodium.h>
#include <sqlite3.h>
#include <uv.h>

#include "book/book.h"
#include "cli/command.h"
#include "log/sha256.h"
#include "log/ed25519.h"

#define YTTERBY_VERSION "0.1.0"

COMMAND(version) {
    const char *openssl = OpenSSL_version(OPENSSL_VERSION);
    if (option_json())
        out_format("{\"version\":\"%s\",\"logic\":%d,\"digest_version\":%d,\"sqlite\":\"%s\",\"libsodium\":\"%s\",\"libuv\":\"%s\",\"openssl\":\"%s\"}\n",
                   YTTERBY_VERSION, LOGIC_NUMBER, BOOK_DIGEST_VERSION, sqlite3_libversion(), sodium_version_string(),
                   uv_version_string(), openssl);
    else
        out_format("ytterby %s (rule logic %d, digest version %d)\nSQLite %s, libsodium %s, libuv %s, %s\n", YTTERBY_VERSION,
                   LOGIC_NUMBER, BOOK_DIGEST_VERSION, sqlite3_libversion(), sodium_version_string(), uv_version_string(), openssl);
    if (!option_given("check")) return EXIT_WELL;
    // Known answers: SHA-256 of "abc" (FIPS 180-4), and a signature that must not verify.
    static const uint8_t abc[4] = {0xba, 0x78, 0x16, 0xbf};
    Hash hash = sha256_of("abc", 3);
    bool well = hash.bytes[0] == abc[0] && hash.bytes[1] == abc[1] && hash.bytes[2] == abc[2] && hash.bytes[3] == abc[3];
    out_format("%s: SHA-256\n", well ? "ok" : "FAIL");
    return well ? EXIT_WELL : EXIT_FAILED;
}
