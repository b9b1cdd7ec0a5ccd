// The Merkle tree of RFC 6962: leaf SHA-256(00 || data), node SHA-256(01 || left || right), empty
// tree SHA-256(""). Two forms: TreeFrontier, a few hashes that can only grow and know their root,
// and Tree, which keeps every finished node and so gives roots and proofs at any earlier size.
//
// One thread appends and cuts; others may ask at sizes that were published to them, without a lock,
// as long as no cut goes below such a size. Nodes are stored in the order in which they are
// finished (the leaf, then each subtree that it completes), so the first n leaves need the first 2n
// - (ones in n) rows, and cutting is cutting off.
#pragma once
#include "base/buffer.h"
#include "base/status.h"
#include "log/sha256.h"

// Sizes beyond this are refused everywhere, so that sums of sizes and shifts cannot overflow.
#define TREE_SIZE_MAX ((uint64_t)INT64_MAX)
// What a Tree can hold in memory: its node numbers are 32 bits.
#define TREE_LEAVES_MAX ((uint64_t)1 << 31)
enum { PATH_HASHES_MAX = 64 };

typedef struct TreeHead {
    uint64_t size;
    Hash root;
} TreeHead;

// The hashes of an inclusion or a consistency proof, from the leaf upwards.
typedef struct Path {
    uint32_t count;
    Hash hashes[PATH_HASHES_MAX];
} Path;

Hash tree_leaf_hash(Text data);
Hash tree_node_hash(const Hash *left, const Hash *right);
Hash tree_empty_root(void);
// Adds a hash that came from outside; false when it is not 32 bytes long or the path is full.
MUST_CHECK bool path_add(Path *path, Text bytes);

typedef struct TreeFrontier {
    uint64_t size;
    Hash hashes[64]; // hashes[k]: root of the full subtree of 2^k leaves, good when bit k of size
                     // is set
} TreeFrontier;

void frontier_init(TreeFrontier *frontier);
void frontier_append(TreeFrontier *frontier, const Hash *leaf);
Hash frontier_root(const TreeFrontier *frontier);
// size u64 big-endian, then one hash for each bit that is set in it, highest first.
bool frontier_write(const TreeFrontier *frontier, Buffer *out);
MUST_CHECK bool frontier_read(Reader *reader, TreeFrontier *frontier, Status *status);

typedef struct Tree Tree;

MUST_CHECK Tree *tree_new(Status *status);
void tree_free(Tree *tree);
uint64_t tree_size(const Tree *tree);
// Makes room for `leaves` more. Fails for want of memory, or with STATUS_LIMIT beyond
// TREE_LEAVES_MAX.
MUST_CHECK bool tree_reserve(Tree *tree, uint32_t leaves, Status *status);
// Room must have been reserved: it cannot fail.
void tree_append(Tree *tree, const Hash *leaf);
// Forgets all leaves from `size` on (rewind).
void tree_cut(Tree *tree, uint64_t size);

// The root of the complete subtree over the leaves index * 2^level to (index + 1) * 2^level - 1,
// which must be there; level 0 gives leaf hashes.
Hash tree_node(const Tree *tree, unsigned level, uint64_t index);
// All three refuse with STATUS_INVALID what lies beyond the tree, and consistency from size 0:
// every tree extends the empty one, so that proof would prove nothing.
MUST_CHECK bool tree_root(const Tree *tree, uint64_t size, Hash *root, Status *status);
MUST_CHECK bool tree_inclusion(const Tree *tree, uint64_t index, uint64_t size, Path *path,
                               Status *status);
MUST_CHECK bool tree_consistency(const Tree *tree, uint64_t old_size, uint64_t new_size, Path *path,
                                 Status *status);
