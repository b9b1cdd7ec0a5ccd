// Checking proofs without the log: RFC 9162, 2.1.3.2 (inclusion) and 2.1.4.2 (consistency).
// The header for verifiers; nothing here knows the tree. Sizes above TREE_SIZE_MAX are refused,
// and a path that is longer or shorter than its sizes ask for.
#pragma once
#include "log/tree.h"

// The root that the path leads to; false when index, size and path do not belong together.
MUST_CHECK bool proof_inclusion_root(uint64_t index, uint64_t size, const Hash *leaf,
                                     const Path *path, Hash *root);
// Whether leaf number `index` of the tree `head` has this hash.
MUST_CHECK bool proof_inclusion(uint64_t index, const TreeHead *head, const Hash *leaf,
                                const Path *path, Status *status);
// Whether the tree `newer` begins with the tree `older`. Nothing is consistent with size 0 here (a
// witness, which must take the first checkpoint without a proof, decides that at its own door).
MUST_CHECK bool proof_consistency(const TreeHead *older, const TreeHead *newer, const Path *path,
                                  Status *status);
