#include "base/encode.h"
#include "cli/command.h"
#include "keeper/digest_book.h"
#include "keeper/read.h"

COMMAND(digest) {
    Status status;
    status_clear(&status);
    Keeper *keeper = keeper_open_reader(option_db(), NULL, &status);
    if (!keeper) return complain(&status);
    ReadMark mark;
    const Book *book = read_begin(keeper, &mark);
    Hash digest;
    uint64_t size = book_next(book);
    bool well = digest_book(book, &digest, &status);
    read_end(keeper);
    if (!keeper_close(keeper, well ? &status : NULL)) well = false;
    if (!well) return complain(&status);
    char hex[65];
    hex_write(digest.bytes, 32, hex);
    if (option_json())
        out_format("{\"digest\":\"%s\",\"version\":%d,\"records\":%llu}\n", hex,
                   BOOK_DIGEST_VERSION, (unsigned long long)size);
    else
        out_format("%s\n", hex);
    return EXIT_WELL;
}
