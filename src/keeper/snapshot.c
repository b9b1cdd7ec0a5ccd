// In the store's caches: "snapshot" is a signed note,
//     ytterby/snapshot/1 LF origin LF number LF root LF digest LF hash of the bytes LF layout LF
//     pieces LF
// and "snapshot/0", "snapshot/1", ... are the bytes in pieces: the leaf hashes, then the book. The
// note is dropped first and put back last, so what is cut off between has none.
#include "keeper/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

#include "base/encode.h"
#include "base/memory.h"
#include "book/snapshot.h"
#include "keeper/digest_book.h"
#include "keeper/load.h"
#include "log/note.h"

enum { PIECE_BYTES = 16 << 20, PIECES_MAX = 1 << 16, TEXT_BYTES = 1024 };

static Text piece_name(unsigned number, char space[32]) {
    int length = snprintf(space, 32, "snapshot/%u", number);
    return (Text){space, (size_t)length};
}

static size_t describe(char text[TEXT_BYTES], Text origin, uint64_t number, const Hash *root,
                       const Hash *digest, const Hash *bytes, unsigned pieces) {
    char hex[3][2 * HASH_BYTES + 1];
    hex_write(root->bytes, HASH_BYTES, hex[0]);
    hex_write(digest->bytes, HASH_BYTES, hex[1]);
    hex_write(bytes->bytes, HASH_BYTES, hex[2]);
    int length = snprintf(
        text, TEXT_BYTES, "ytterby/snapshot/1\n%.*s\n%" PRIu64 "\n%s\n%s\n%s\n%016" PRIx64 "\n%u\n",
        TEXT_ARG(origin), number, hex[0], hex[1], hex[2], book_snapshot_layout(), pieces);
    return (size_t)length;
}

// ---- Writing ----

typedef struct Writing {
    Store *store;
    uint8_t *piece;
    size_t used;
    unsigned pieces;
    Sha256 sha;
    Status *status;
} Writing;

static bool put_piece(Writing *writing) {
    char name[32];
    Text bytes = {(const char *)writing->piece, writing->used};
    if (writing->pieces == PIECES_MAX)
        return status_set(writing->status, STATUS_LIMIT, "the book is too large for a snapshot");
    if (!store_cache_put(writing->store, piece_name(writing->pieces, name), bytes, writing->status))
        return false;
    sha256_update(&writing->sha, bytes.at, bytes.length);
    writing->pieces++;
    writing->used = 0;
    return store_tidy(writing->store, writing->status);
}

static bool put(void *context, const void *bytes, size_t length) {
    Writing *writing = context;
    const uint8_t *at = bytes;
    while (length > 0) {
        size_t here = PIECE_BYTES - writing->used < length ? PIECE_BYTES - writing->used : length;
        memcpy(writing->piece + writing->used, at, here);
        writing->used += here;
        at += here;
        length -= here;
        if (writing->used == PIECE_BYTES && !put_piece(writing)) return false;
    }
    return true;
}

static bool write_body(Writing *writing, const Book *book, const Tree *tree) {
    for (uint64_t i = 0; i < tree_size(tree); i++) {
        Hash leaf = tree_node(tree, 0, i);
        if (!put(writing, leaf.bytes, HASH_BYTES)) return false;
    }
    return book_snapshot_write(book, put, writing) && (writing->used == 0 || put_piece(writing));
}

static bool write_note(Writing *writing, const Book *book, const Tree *tree, const SignerKey *key) {
    Hash root, digest, hash = sha256_final(&writing->sha);
    uint64_t size = tree_size(tree);
    if (!tree_root(tree, size, &root, writing->status) ||
        !digest_book(book, &digest, writing->status))
        return false;
    char text[TEXT_BYTES];
    size_t length = describe(text, book_origin(book), size, &root, &digest, &hash, writing->pieces);
    Buffer note;
    buffer_init(&note, 1 << 16);
    bool done =
        note_sign((Text){text, length}, key, 0, &note, writing->status) &&
        store_cache_put(writing->store, TEXT("snapshot"), buffer_view(&note), writing->status);
    buffer_done(&note);
    return done;
}

bool snapshot_write(Store *store, const Book *book, const Tree *tree, const SignerKey *key,
                    Status *status) {
    if (book_next(book) != tree_size(tree))
        return status_set(status, STATUS_BUSY, "the book is ahead of its log");
    Writing writing = {.store = store, .piece = memory_new(PIECE_BYTES), .status = status};
    if (!writing.piece) return status_no_memory(status);
    sha256_init(&writing.sha);
    bool done = store_cache_drop(store, TEXT("snapshot"), status) &&
                write_body(&writing, book, tree) && write_note(&writing, book, tree, key);
    memory_free(writing.piece);
    return done;
}

// ---- Reading ----

// What the note says.
typedef struct Label {
    uint64_t number, layout;
    Hash root, digest, bytes;
    unsigned pieces;
} Label;

typedef struct Taking {
    Store *store;
    Arena arena;
    Text rest;              // of the piece in hand
    unsigned piece, pieces; // the next one; how many there are
    Sha256 sha;
    Status status;
} Taking;

static bool take(void *context, void *into, size_t length) {
    Taking *taking = context;
    uint8_t *at = into;
    while (length > 0) {
        if (taking->rest.length == 0) {
            char name[32];
            arena_reset(&taking->arena);
            if (taking->piece == taking->pieces ||
                !store_cache_get(taking->store, piece_name(taking->piece, name), &taking->arena,
                                 &taking->rest, &taking->status) ||
                taking->rest.length == 0)
                return false;
            taking->piece++;
            sha256_update(&taking->sha, taking->rest.at, taking->rest.length);
        }
        size_t here = taking->rest.length < length ? taking->rest.length : length;
        memcpy(at, taking->rest.at, here);
        taking->rest.at += here;
        taking->rest.length -= here;
        at += here;
        length -= here;
    }
    return true;
}

static bool bad(Status *why, const char *what) {
    return status_set(why, STATUS_CORRUPT, "the snapshot %s", what);
}

static bool read_label(Text text, Text origin, Label *label, Status *why) {
    Text line, rest = text;
    char number[24], pieces[12];
    Text fields[8];
    for (int i = 0; i < 8; i++) {
        if (!text_split(rest, '\n', &line, &rest)) return bad(why, "has another form");
        fields[i] = line;
    }
    if (rest.length || !text_equal(fields[0], TEXT("ytterby/snapshot/1")) ||
        !text_equal(fields[1], origin) || fields[2].length >= sizeof number ||
        fields[7].length >= sizeof pieces || !hex_read(fields[3], label->root.bytes, HASH_BYTES) ||
        !hex_read(fields[4], label->digest.bytes, HASH_BYTES) ||
        !hex_read(fields[5], label->bytes.bytes, HASH_BYTES))
        return bad(why, "has another form");
    memcpy(number, fields[2].at, fields[2].length);
    number[fields[2].length] = 0;
    memcpy(pieces, fields[7].at, fields[7].length);
    pieces[fields[7].length] = 0;
    if (sscanf(number, "%" SCNu64, &label->number) != 1 ||
        sscanf(pieces, "%u", &label->pieces) != 1)
        return bad(why, "has another form");
    char layout[20];
    snprintf(layout, sizeof layout, "%016" PRIx64, book_snapshot_layout());
    return text_equal(fields[6], text_of(layout)) || bad(why, "was written by another program");
}

// One record of the log, as load.h checks it.
typedef struct One {
    Arena *arena;
    Loaded loaded;
    bool found;
} One;

static bool take_one(void *context, const StoreRecord *stored, Status *status) {
    One *one = context;
    StoreRecord copy = *stored;
    copy.event.at = arena_copy(one->arena, stored->event.at, stored->event.length);
    if (!copy.event.at) return status_no_memory(status);
    one->found = load_record(&copy, LOAD_WHOLE, one->arena, &one->loaded, status);
    return one->found;
}

static bool read_one(Store *store, uint64_t seq, Arena *arena, One *one, Status *why) {
    *one = (One){.arena = arena};
    if (!store_read(store, seq, 1, take_one, one, why)) return false;
    return one->found || status_set(why, STATUS_NOT_FOUND, "the log ends before the snapshot");
}

// The genesis in the log, not the one in the snapshot, says whose signature counts.
static bool open_note(Store *store, Arena *arena, Label *label, One *genesis, Status *why) {
    Text bytes;
    if (!store_cache_get(store, TEXT("snapshot"), arena, &bytes, why) ||
        !read_one(store, 0, arena, genesis, why))
        return false;
    const Event *event = &genesis->loaded.event;
    VerifierKey key;
    const VerifierKey *keys[] = {&key};
    Note note;
    return verifier_key_make(KEY_ED25519, event->origin, event->log_key, &key, why) &&
           note_open(bytes, keys, 1, &note, why) &&
           read_label(note.text, event->origin, label, why);
}

static bool read_tree(Taking *taking, const Label *label, Tree *tree, Status *why) {
    for (uint64_t i = 0; i < label->number; i++) {
        Hash leaf;
        if (!take(taking, leaf.bytes, HASH_BYTES)) return bad(why, "is cut off");
        if (!tree_reserve(tree, 1, why)) return false;
        tree_append(tree, &leaf);
    }
    Hash root;
    if (!tree_root(tree, label->number, &root, why)) return false;
    return hash_equal(&root, &label->root) || bad(why, "has another root");
}

static bool check_book(Taking *taking, const Label *label, const Book *book, Status *why) {
    Hash hash = sha256_final(&taking->sha), digest;
    if (taking->rest.length || taking->piece != taking->pieces || !hash_equal(&hash, &label->bytes))
        return bad(why, "is damaged");
    if (book_next(book) != label->number) return bad(why, "has another number");
    if (!digest_book(book, &digest, why)) return false;
    return hash_equal(&digest, &label->digest) || bad(why, "has another digest");
}

// The log must go on where the snapshot ends.
static bool check_end(Store *store, const Label *label, const Tree *tree, Arena *arena,
                      Status *why) {
    One last;
    if (!read_one(store, label->number - 1, arena, &last, why)) return false;
    Hash leaf = tree_node(tree, 0, label->number - 1);
    return hash_equal(&leaf, &last.loaded.leaf) || bad(why, "is of another log");
}

// First the hash of all pieces, so that nothing is built from bytes that are not those that were
// signed; then again with what is built, since a writer may have put others in their place
// meanwhile.
static bool check_bytes(Taking *taking, const Label *label, Status *why) {
    Sha256 sha;
    sha256_init(&sha);
    for (unsigned i = 0; i < label->pieces; i++) {
        char name[32];
        Text bytes;
        arena_reset(&taking->arena);
        if (!store_cache_get(taking->store, piece_name(i, name), &taking->arena, &bytes, why))
            return false;
        sha256_update(&sha, bytes.at, bytes.length);
    }
    Hash hash = sha256_final(&sha);
    return hash_equal(&hash, &label->bytes) || bad(why, "is damaged");
}

static bool read_body(Taking *taking, const Label *label, Book *book, Tree *tree, Arena *arena,
                      Status *why) {
    return check_bytes(taking, label, why) && read_tree(taking, label, tree, why) &&
           book_snapshot_read(book, take, taking, why) && check_book(taking, label, book, why) &&
           check_end(taking->store, label, tree, arena, why);
}

bool snapshot_read(Store *store, Book **book, Tree **tree, Status *why) {
    Arena arena;
    arena_init(&arena, 64 << 20);
    Label label = {0};
    One genesis;
    Taking taking = {.store = store};
    arena_init(&taking.arena, 2 * PIECE_BYTES);
    sha256_init(&taking.sha);
    uint8_t hash_key[16];
    Book *made = NULL;
    Tree *grown = NULL;
    bool done = open_note(store, &arena, &label, &genesis, why) && label.number > 0 &&
                getrandom(hash_key, sizeof hash_key, 0) == sizeof hash_key &&
                (made = keeper_book_new(hash_key, why)) && (grown = tree_new(why));
    taking.pieces = label.pieces;
    done = done && read_body(&taking, &label, made, grown, &arena, why);
    if (done) {
        *book = made;
        *tree = grown;
    } else {
        book_free(made);
        tree_free(grown);
    }
    arena_done(&taking.arena);
    arena_done(&arena);
    return done;
}
