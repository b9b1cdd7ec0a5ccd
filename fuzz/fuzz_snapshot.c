// Snapshots as they lie in a store: none that this program did not sign is taken, whatever it says,
// and none is followed outside its bytes. The first line is the head, what follows the first piece.
// Behind the door stands the reader of a whole book, which is given any bytes too, and those of a
// story's book with the input's edits in them: offset u24, four bytes to be xored there.
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

static const uint8_t hash_key[16] = "fuzz";

static void read_raw(const uint8_t *data, size_t size) {
    static Book *raw; // one for all: a fresh one costs as much as a thousand inputs
    Rest rest = {data, size};
    Status status = {0};
    if (!raw) raw = book_new(hash_key, &status);
    story_must(raw, "no book");
    if (!book_snapshot_read(raw, give, &rest, &status)) story_must(status.message[0], "no reason");
}

// The book's part of the snapshot that the story's keeper leaves: after a hash for each record.
static Text whole_snapshot(Arena *arena) {
    Status status;
    Text note, number, bytes;
    story_must(keeper_close(story_keeper(), &status), "the story does not end");
    Store *store = store_open("memory:story", 0, &status);
    story_must(store && store_cache_get(store, TEXT("snapshot"), arena, &note, &status) &&
                   store_cache_get(store, TEXT("snapshot/0"), arena, &bytes, &status),
               "the story leaves no snapshot");
    for (int line = 0; line < 3; line++)
        story_must(text_split(note, '\n', &number, &note), "a short note");
    size_t hashes = HASH_BYTES * (size_t)strtoull(number.at, NULL, 10);
    story_must(hashes < bytes.length, "a bad note");
    store_close(store);
    return (Text){bytes.at + hashes, bytes.length - hashes};
}

static void read_edited(const uint8_t *data, size_t size) {
    static Arena arena;
    static Text whole;
    static char *edited;
    if (!whole.length) {
        arena_init(&arena, 1 << 30);
        whole = whole_snapshot(&arena);
        edited = malloc(whole.length);
        story_must(edited, "no room");
    }
    memcpy(edited, whole.at, whole.length);
    for (size_t i = 0; i + 7 <= size; i += 7) {
        size_t offset = (size_t)data[i] << 16 | (size_t)data[i + 1] << 8 | data[i + 2];
        for (size_t k = 0; k < 4 && offset + k < whole.length; k++)
            edited[offset + k] ^= (char)data[i + 3 + k];
    }
    read_raw((const uint8_t *)edited, whole.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
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
    read_raw(data, size);
    read_edited(data, size);
    return 0;
}
