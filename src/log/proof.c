#include "log/proof.h"

bool proof_inclusion_root(uint64_t index, uint64_t size, const Hash *leaf, const Path *path,
                          Hash *root) {
    if (size > TREE_SIZE_MAX || index >= size || path->count > PATH_HASHES_MAX) return false;
    uint64_t node = index, last = size - 1;
    Hash hash = *leaf;
    for (uint32_t i = 0; i < path->count; i++) {
        if (last == 0) return false;
        if ((node & 1) || node == last) {
            hash = tree_node_hash(&path->hashes[i], &hash);
            while (!(node & 1) && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = tree_node_hash(&hash, &path->hashes[i]);
        }
        node >>= 1;
        last >>= 1;
    }
    if (last != 0) return false;
    *root = hash;
    return true;
}

bool proof_inclusion(uint64_t index, const TreeHead *head, const Hash *leaf, const Path *path,
                     Status *status) {
    Hash root;
    if (!proof_inclusion_root(index, head->size, leaf, path, &root))
        return status_set(status, STATUS_INVALID,
                          "inclusion proof of %u hashes does not fit record \"%llu\" of \"%llu\"",
                          path->count, (unsigned long long)index, (unsigned long long)head->size);
    if (!hash_equal(&root, &head->root))
        return status_set(status, STATUS_INVALID,
                          "inclusion proof of record \"%llu\" leads to another root",
                          (unsigned long long)index);
    return true;
}

bool proof_consistency(const TreeHead *older, const TreeHead *newer, const Path *path,
                       Status *status) {
    if (older->size == 0 || older->size > newer->size || newer->size > TREE_SIZE_MAX)
        return status_set(status, STATUS_INVALID,
                          "no consistency proof leads from size \"%llu\" to \"%llu\"",
                          (unsigned long long)older->size, (unsigned long long)newer->size);
    if (older->size == newer->size) {
        if (path->count != 0)
            return status_set(status, STATUS_INVALID,
                              "consistency proof of equal sizes is not empty");
        if (!hash_equal(&older->root, &newer->root))
            return status_set(status, STATUS_INVALID, "two roots for the one size \"%llu\"",
                              (unsigned long long)older->size);
        return true;
    }
    if (path->count == 0 || path->count > PATH_HASHES_MAX)
        return status_set(status, STATUS_INVALID, "consistency proof of %u hashes", path->count);
    uint64_t node = older->size - 1, last = newer->size - 1;
    while (node & 1) {
        node >>= 1;
        last >>= 1;
    }
    // When the old tree is one full subtree, its root is where the way begins, and is not in the
    // path.
    bool full = (older->size & (older->size - 1)) == 0;
    Hash old_root = full ? older->root : path->hashes[0];
    Hash new_root = old_root;
    for (uint32_t i = full ? 0 : 1; i < path->count; i++) {
        if (last == 0) return status_set(status, STATUS_INVALID, "consistency proof is too long");
        if ((node & 1) || node == last) {
            old_root = tree_node_hash(&path->hashes[i], &old_root);
            new_root = tree_node_hash(&path->hashes[i], &new_root);
            while (!(node & 1) && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_root = tree_node_hash(&new_root, &path->hashes[i]);
        }
        node >>= 1;
        last >>= 1;
    }
    if (last != 0) return status_set(status, STATUS_INVALID, "consistency proof is too short");
    if (!hash_equal(&old_root, &older->root))
        return status_set(status, STATUS_INVALID, "consistency proof leads to another old root");
    if (!hash_equal(&new_root, &newer->root))
        return status_set(status, STATUS_INVALID, "consistency proof leads to another new root");
    return true;
}
