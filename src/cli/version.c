// What this program is built on; with --check, whether those libraries work here.
#include <openssl/crypto.h>
#include <sodium.h>
#include <sqlite3.h>
#include <string.h>
#include <uv.h>

#include "base/encode.h"
#include "book/book.h"
#include "cli/command.h"
#include "log/ed25519.h"
#include "log/sha256.h"

static bool adds_in_sqlite(void) {
    sqlite3 *database = NULL;
    sqlite3_stmt *question = NULL;
    bool well = sqlite3_open(":memory:", &database) == SQLITE_OK &&
                sqlite3_prepare_v2(database, "SELECT 2 + 3", -1, &question, NULL) == SQLITE_OK &&
                sqlite3_step(question) == SQLITE_ROW && sqlite3_column_int(question, 0) == 5;
    sqlite3_finalize(question);
    sqlite3_close(database);
    return well;
}

COMMAND(version) {
    const char *openssl = OpenSSL_version(OPENSSL_VERSION);
    if (option_json())
        out_format("{\"version\":\"%s\",\"logic\":%d,\"digest_version\":%d,\"sqlite\":\"%s\","
                   "\"libsodium\":\"%s\",\"libuv\":\"%s\",\"openssl\":\"%s\"%s",
                   YTTERBY_VERSION, LOGIC_NUMBER, BOOK_DIGEST_VERSION, sqlite3_libversion(),
                   sodium_version_string(), uv_version_string(), openssl,
                   option_given("check") ? "," : "}\n");
    else
        out_format("ytterby %s (rule logic %d, digest version %d)\nSQLite %s, libsodium %s, libuv "
                   "%s, %s\n",
                   YTTERBY_VERSION, LOGIC_NUMBER, BOOK_DIGEST_VERSION, sqlite3_libversion(),
                   sodium_version_string(), uv_version_string(), openssl);
    if (!option_given("check")) return EXIT_WELL;
    // Known answers: SHA-256 of "abc" (FIPS 180-4); the first signature of RFC 8032, and a spoiled
    // one, which must not verify; a database in memory that adds.
    static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                      key[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                      signed_nothing[] =
                          "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                          "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
    Hash hash = sha256_of("abc", 3);
    char hex[65];
    hex_write(hash.bytes, 32, hex);
    bool hashes = strcmp(hex, abc) == 0;
    uint8_t public_key[32], signature[64];
    bool signs = hex_read(TEXT(key), public_key, 32) &&
                 hex_read(TEXT(signed_nothing), signature, 64) &&
                 ed25519_verify(public_key, signature, TEXT(""));
    signature[40] ^= 1;
    signs = signs && !ed25519_verify(public_key, signature, TEXT(""));
    bool stores = adds_in_sqlite();
    if (option_json())
        out_format("\"check\":{\"sha256\":%s,\"ed25519\":%s,\"sqlite\":%s}}\n",
                   hashes ? "true" : "false", signs ? "true" : "false", stores ? "true" : "false");
    else
        out_format("%s SHA-256\n%s Ed25519\n%s SQLite\n", hashes ? "ok  " : "FAIL",
                   signs ? "ok  " : "FAIL", stores ? "ok  " : "FAIL");
    return hashes && signs && stores ? EXIT_WELL : EXIT_FAILED;
}
