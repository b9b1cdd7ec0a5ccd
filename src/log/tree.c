#include "log/tree.h"
#include "base/memory.h"
#include "base/rows.h"
#include <assert.h>

Hash tree_leaf_hash(Text data) {
    Sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, "\x00", 1);
    sha256_update(&sha, data.at, data.length);
    return sha256_final(&sha);
}

Hash tree_node_hash(const Hash *left, const Hash *right) {
    uint8_t node[1 + 2 * HASH_BYTES];
    node[0] = 0x01;
    memcpy(node + 1, left->bytes, HASH_BYTES);
    memcpy(node + 1 + HASH_BYTES, right->bytes, HASH_BYTES);
    return sha256_of(node, sizeof node);
}

Hash tree_empty_root(void) {
    return sha256_of("", 0);
}

bool path_add(Path *path, Text bytes) {
    if (bytes.length != HASH_BYTES || path->count == PATH_HASHES_MAX) return false;
    memcpy(path->hashes[path->count++].bytes, bytes.at, HASH_BYTES);
    return true;
}

// --- the frontier ---

void frontier_init(TreeFrontier *frontier) {
    memset(frontier, 0, sizeof *frontier);
}

void frontier_append(TreeFrontier *frontier, const Hash *leaf) {
    assert(frontier->size < TREE_SIZE_MAX);
    Hash hash = *leaf;
    unsigned level = 0;
    for (; (frontier->size >> level) & 1; level++)
        hash = tree_node_hash(&frontier->hashes[level], &hash);
    frontier->hashes[level] = hash;
    frontier->size++;
}

Hash frontier_root(const TreeFrontier *frontier) {
    if (frontier->size == 0) return tree_empty_root();
    unsigned level = (unsigned)__builtin_ctzll(frontier->size);
    Hash root = frontier->hashes[level];
    for (level++; level < 64 && frontier->size >> level; level++)
        if ((frontier->size >> level) & 1) root = tree_node_hash(&frontier->hashes[level], &root);
    return root;
}

bool frontier_write(const TreeFrontier *frontier, Buffer *out) {
    buffer_u64(out, frontier->size);
    for (int level = 63; level >= 0; level--)
        if ((frontier->size >> level) & 1)
            buffer_bytes(out, frontier->hashes[level].bytes, HASH_BYTES);
    return !out->failed;
}

bool frontier_read(Reader *reader, TreeFrontier *frontier, Status *status) {
    TreeFrontier read;
    frontier_init(&read);
    read.size = read_u64(reader);
    if (read.size > TREE_SIZE_MAX)
        return status_set(status, STATUS_CORRUPT, "tree frontier of the size \"%llu\"",
                          (unsigned long long)read.size);
    for (int level = 62; level >= 0; level--) {
        if (!((read.size >> level) & 1)) continue;
        const uint8_t *bytes = read_bytes(reader, HASH_BYTES);
        if (!bytes) break;
        memcpy(read.hashes[level].bytes, bytes, HASH_BYTES);
    }
    if (reader->failed) return status_set(status, STATUS_CORRUPT, "tree frontier is cut short");
    *frontier = read;
    return true;
}

// --- the tree ---

struct Tree {
    uint64_t size; // read and written atomically: readers check what they ask for against it
    Rows nodes;    // of Hash, in the order in which they were finished
};

// Rows that the first `leaves` leaves take: each pair that is joined adds one.
static uint64_t rows_for(uint64_t leaves) {
    return 2 * leaves - (uint64_t)__builtin_popcountll(leaves);
}

// The row of a finished node: its last leaf comes after all earlier leaves and their nodes, and
// each level above that leaf adds one.
static uint32_t row_of(unsigned level, uint64_t index) {
    uint64_t last_leaf = ((index + 1) << level) - 1;
    return (uint32_t)(rows_for(last_leaf) + level);
}

static const Hash *node_at(const Tree *tree, unsigned level, uint64_t index) {
    return rows_at(&tree->nodes, row_of(level, index));
}

Tree *tree_new(Status *status) {
    Tree *tree = memory_new_zero(1, sizeof *tree);
    if (!tree) {
        status_no_memory(status);
        return NULL;
    }
    rows_init(&tree->nodes, sizeof(Hash));
    return tree;
}

void tree_free(Tree *tree) {
    if (!tree) return;
    rows_done(&tree->nodes);
    memory_free(tree);
}

uint64_t tree_size(const Tree *tree) {
    return __atomic_load_n(&tree->size, __ATOMIC_ACQUIRE);
}

bool tree_reserve(Tree *tree, uint32_t leaves, Status *status) {
    uint64_t size = tree->size + leaves;
    if (size > TREE_LEAVES_MAX - 1)
        return status_set(status, STATUS_LIMIT, "the log cannot hold more than %llu records",
                          (unsigned long long)TREE_LEAVES_MAX - 1);
    return rows_reserve(&tree->nodes, (uint32_t)(rows_for(size) - rows_for(tree->size)), status);
}

void tree_append(Tree *tree, const Hash *leaf) {
    uint64_t size = tree->size;
    assert(tree->nodes.count == rows_for(size));
    Hash *row = rows_add(&tree->nodes);
    *row = *leaf;
    Hash hash = *leaf;
    for (unsigned level = 0; (size >> level) & 1; level++) {
        hash = tree_node_hash(node_at(tree, level, (size >> level) - 1), &hash);
        row = rows_add(&tree->nodes);
        *row = hash;
    }
    __atomic_store_n(&tree->size, size + 1, __ATOMIC_RELEASE);
}

void tree_cut(Tree *tree, uint64_t size) {
    assert(size <= tree->size);
    __atomic_store_n(&tree->size, size, __ATOMIC_RELEASE);
    rows_cut(&tree->nodes, (uint32_t)rows_for(size));
}

Hash tree_node(const Tree *tree, unsigned level, uint64_t index) {
    assert(level < 63 && index < (tree_size(tree) >> level));
    return *node_at(tree, level, index);
}

// The RFC 6962 hash of the leaves first to end - 1, first being a multiple of a power of two that
// is not less than their number: full subtrees from the left, each half as large or less, joined
// from the right.
static Hash range_hash(const Tree *tree, uint64_t first, uint64_t end) {
    const Hash *parts[64];
    unsigned count = 0;
    for (uint64_t left = end - first; left > 0; count++) {
        unsigned level = 63u - (unsigned)__builtin_clzll(left);
        parts[count] = node_at(tree, level, first >> level);
        first += (uint64_t)1 << level;
        left -= (uint64_t)1 << level;
    }
    Hash hash = *parts[--count];
    while (count > 0)
        hash = tree_node_hash(parts[--count], &hash);
    return hash;
}

// The siblings of a node on its way up to the root of the tree of `size` leaves.
static void climb(const Tree *tree, unsigned level, uint64_t index, uint64_t size, Path *path) {
    for (; (size - 1) >> level > 0; level++, index >>= 1) {
        if (index & 1) {
            path->hashes[path->count++] = *node_at(tree, level, index - 1);
            continue;
        }
        uint64_t first = (index + 1) << level;
        if (first >= size) continue; // no sibling: the node rises as it is
        uint64_t end = first + ((uint64_t)1 << level);
        path->hashes[path->count++] = range_hash(tree, first, end < size ? end : size);
    }
}

static bool check_size(const Tree *tree, uint64_t size, Status *status) {
    uint64_t have = tree_size(tree);
    if (size <= have) return true;
    status_set(status, STATUS_INVALID, "tree size \"%llu\" is beyond the log",
               (unsigned long long)size);
    return status_hint(status, "the log has %llu records", (unsigned long long)have);
}

bool tree_root(const Tree *tree, uint64_t size, Hash *root, Status *status) {
    if (!check_size(tree, size, status)) return false;
    *root = size == 0 ? tree_empty_root() : range_hash(tree, 0, size);
    return true;
}

bool tree_inclusion(const Tree *tree, uint64_t index, uint64_t size, Path *path, Status *status) {
    if (!check_size(tree, size, status)) return false;
    if (index >= size)
        return status_set(status, STATUS_INVALID, "record \"%llu\" is not in the first %llu",
                          (unsigned long long)index, (unsigned long long)size);
    path->count = 0;
    climb(tree, 0, index, size, path);
    return true;
}

bool tree_consistency(const Tree *tree, uint64_t old_size, uint64_t new_size, Path *path,
                      Status *status) {
    if (!check_size(tree, new_size, status)) return false;
    if (old_size == 0) {
        status_set(status, STATUS_INVALID, "no consistency proof from size \"0\"");
        return status_hint(status, "every log extends the empty one: there is nothing to prove");
    }
    if (old_size > new_size)
        return status_set(status, STATUS_INVALID,
                          "old size \"%llu\" is beyond the new size \"%llu\"",
                          (unsigned long long)old_size, (unsigned long long)new_size);
    path->count = 0;
    if (old_size == new_size) return true;
    // The largest full subtree at the old tree's right edge; its hash need not be said when it is
    // the whole old tree, whose root the verifier has.
    unsigned level = (unsigned)__builtin_ctzll(old_size);
    uint64_t index = (old_size - 1) >> level;
    if (index > 0) path->hashes[path->count++] = *node_at(tree, level, index);
    climb(tree, level, index, new_size, path);
    return true;
}
