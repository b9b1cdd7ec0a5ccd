// Snapshots as they lie in a store: none that this program did not sign is taken, whatever it says,
// and none is followed outside its bytes. The first line is the head, what follows the first piece.
// Behind the door stands the reader of a whole book, which is given any bytes too.
#include "book/snapshot.h"
#include "keeper/snapshot.h"
#include "store/memory.h"
#include "story.h"

typedef struct Rest {
    const uint8_t *at;
    size_t left;
} Rest;

static bool give(void *context, void *into, size_t length) {
    Rest *rest = context;
    if (length > rest->left) return false;
    memcpy(into, rest->at, length);
    rest->at += length;
    rest->left -= length;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t hash_key[16] = "fuzz";
    Status status;
    Text bytes = {(const char *)data, size}, head, piece;
    if (!text_split(bytes, '\n', &head, &piece)) head = piece = bytes;
    Store *store = store_open("memory:snapshot", STORE_CREATE, &status);
    story_must(store && store_cache_put(store, TEXT("snapshot"), head, &status) &&
                   store_cache_put(store, TEXT("snapshot/0"), piece, &status),
               "no store");
    Book *book = NULL;
    Tree *tree = NULL;
    story_must(!snapshot_read(store, &book, &tree, &status), "a strange snapshot was taken");
    story_must(status.code != STATUS_OK && status.message[0], "no reason");
    store_close(store);
    store_memory_forget("memory:snapshot");
    Rest rest = {data, size};
    Book *raw = book_new(hash_key, &status);
    story_must(raw, "no book");
    (void)!book_snapshot_read(raw, give, &rest, &status);
    book_free(raw);
    return 0;
}
