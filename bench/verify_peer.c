// The least that reading a whole log must cost (P6): SQLite hands over every record, and the exact
// bytes of event and decision are hashed once each, as their commitments are. No tree, no
// signature, no comparison. Prints records a second of one core.
//     bench/verify_peer BOOK.ytb
#include <sqlite3.h>
#include <stdio.h>
#include <time.h>

#include "log/sha256.h"

static double seconds(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    if (argc != 2 || sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db,
                           "SELECT record, event_salt, decision_salt, event, decision FROM record "
                           "ORDER BY seq",
                           -1, &statement, NULL) != SQLITE_OK) {
        fprintf(stderr, "usage: bench/verify_peer BOOK.ytb   %s\n", db ? sqlite3_errmsg(db) : "");
        return 2;
    }
    double start = seconds();
    unsigned long long records = 0, bytes = 0;
    uint8_t sum = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        for (int column = 3; column < 5; column++) {
            Hash hash = sha256_of(sqlite3_column_blob(statement, column),
                                  (size_t)sqlite3_column_bytes(statement, column));
            sum ^= hash.bytes[0];
        }
        for (int column = 0; column < 5; column++)
            bytes += (unsigned long long)sqlite3_column_bytes(statement, column);
        records++;
    }
    double spent = seconds() - start;
    printf("%.0f records/s   (%llu records, %llu bytes, %02x)\n", (double)records / spent, records,
           bytes, sum);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return 0;
}
