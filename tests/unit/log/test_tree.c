#include "base/memory.h"
#include "log/proof.h"
#include "log/tree.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { LEAVES = 130 };

static Hash leaf(uint64_t i) {
    return tree_leaf_hash((Text){(const char *)&i, sizeof i});
}

// RFC 6962, 2.1, written as it stands there.
static Hash naive_root(uint64_t first, uint64_t count) {
    if (count == 0) return tree_empty_root();
    if (count == 1) return leaf(first);
    uint64_t k = 1;
    while (2 * k < count)
        k *= 2;
    Hash left = naive_root(first, k), right = naive_root(first + k, count - k);
    return tree_node_hash(&left, &right);
}

static Tree *grown(uint64_t size) {
    Status status;
    Tree *tree = tree_new(&status);
    assert_non_null(tree);
    assert_true(tree_reserve(tree, (uint32_t)size, &status));
    for (uint64_t i = 0; i < size; i++) {
        Hash hash = leaf(i);
        tree_append(tree, &hash);
    }
    return tree;
}

static Hash root_of(const Tree *tree, uint64_t size) {
    Hash root;
    Status status;
    assert_true(tree_root(tree, size, &root, &status));
    return root;
}

static void every_root_is_that_of_the_definition(void **state) {
    (void)state;
    Tree *tree = grown(LEAVES);
    TreeFrontier frontier;
    frontier_init(&frontier);
    for (uint64_t size = 0; size <= LEAVES; size++) {
        Hash expected = naive_root(0, size), root = root_of(tree, size);
        Hash edge = frontier_root(&frontier);
        assert_true(hash_equal(&root, &expected));
        assert_true(hash_equal(&edge, &expected));
        Hash next = leaf(size);
        frontier_append(&frontier, &next);
    }
    tree_free(tree);
}

static void every_inclusion_proof_is_verified_and_no_other_index_is(void **state) {
    (void)state;
    enum { SIZE = 40 };
    Tree *tree = grown(SIZE);
    Status status;
    for (uint64_t size = 1; size <= SIZE; size++) {
        TreeHead head = {size, root_of(tree, size)};
        for (uint64_t index = 0; index < size; index++) {
            Path path;
            Hash hash = leaf(index);
            assert_true(tree_inclusion(tree, index, size, &path, &status));
            for (uint64_t other = 0; other < size + 2; other++)
                assert_true(proof_inclusion(other, &head, &hash, &path, &status) ==
                            (other == index));
        }
    }
    tree_free(tree);
}

static void every_consistency_proof_is_verified_and_no_other_old_size_is(void **state) {
    (void)state;
    enum { SIZE = 40 };
    Tree *tree = grown(SIZE);
    Status status;
    for (uint64_t newer = 1; newer <= SIZE; newer++) {
        TreeHead new_head = {newer, root_of(tree, newer)};
        for (uint64_t older = 1; older <= newer; older++) {
            Path path;
            TreeHead old_head = {older, root_of(tree, older)};
            assert_true(tree_consistency(tree, older, newer, &path, &status));
            assert_true(proof_consistency(&old_head, &new_head, &path, &status));
            for (uint64_t other = 0; other <= newer; other++) {
                TreeHead wrong = {other, root_of(tree, older)};
                assert_true(proof_consistency(&wrong, &new_head, &path, &status) ==
                            (other == older));
            }
        }
    }
    tree_free(tree);
}

static void a_changed_longer_or_shorter_path_is_refused(void **state) {
    (void)state;
    Tree *tree = grown(100);
    Status status;
    Path path;
    TreeHead head = {100, root_of(tree, 100)}, old = {37, root_of(tree, 37)};
    Hash hash = leaf(41);
    for (int kind = 0; kind < 2; kind++) {
        assert_true(kind == 0 ? tree_inclusion(tree, 41, 100, &path, &status)
                              : tree_consistency(tree, 37, 100, &path, &status));
        for (uint32_t i = 0; i < path.count; i++) {
            Path spoiled = path;
            spoiled.hashes[i].bytes[i % HASH_BYTES] ^= 4;
            assert_false(kind == 0 ? proof_inclusion(41, &head, &hash, &spoiled, &status)
                                   : proof_consistency(&old, &head, &spoiled, &status));
        }
        Path shorter = path, longer = path;
        shorter.count--;
        longer.hashes[longer.count++] = hash;
        assert_false(kind == 0 ? proof_inclusion(41, &head, &hash, &shorter, &status)
                               : proof_consistency(&old, &head, &shorter, &status));
        assert_false(kind == 0 ? proof_inclusion(41, &head, &hash, &longer, &status)
                               : proof_consistency(&old, &head, &longer, &status));
    }
    tree_free(tree);
}

static void cutting_and_growing_again_gives_the_same_tree(void **state) {
    (void)state;
    Tree *tree = grown(LEAVES);
    Status status;
    Hash whole = root_of(tree, LEAVES);
    for (uint64_t size = 0; size <= LEAVES; size += 13) {
        tree_cut(tree, size);
        assert_true(tree_size(tree) == size);
        Hash expected = naive_root(0, size), root = root_of(tree, size);
        assert_true(hash_equal(&root, &expected));
        assert_true(tree_reserve(tree, (uint32_t)(LEAVES - size), &status));
        for (uint64_t i = size; i < LEAVES; i++) {
            Hash hash = leaf(i);
            tree_append(tree, &hash);
        }
        root = root_of(tree, LEAVES);
        assert_true(hash_equal(&root, &whole));
    }
    tree_free(tree);
}

static void what_lies_beyond_the_tree_is_refused_and_so_is_consistency_from_nothing(void **state) {
    (void)state;
    Tree *tree = grown(5);
    Status status;
    Path path;
    Hash root;
    assert_false(tree_root(tree, 6, &root, &status));
    assert_false(tree_inclusion(tree, 5, 5, &path, &status));
    assert_false(tree_inclusion(tree, 0, 6, &path, &status));
    assert_false(tree_consistency(tree, 0, 5, &path, &status));
    assert_false(tree_consistency(tree, 5, 4, &path, &status));
    assert_false(tree_consistency(tree, 5, 6, &path, &status));
    assert_int_equal(status.code, STATUS_INVALID);
    tree_free(tree);
}

static void sizes_beyond_63_bits_are_refused_by_the_verifiers(void **state) {
    (void)state;
    Status status;
    Path path = {.count = 0};
    Hash hash = leaf(0), root;
    assert_false(proof_inclusion_root(0, TREE_SIZE_MAX + 1, &hash, &path, &root));
    assert_false(proof_inclusion_root(UINT64_MAX, UINT64_MAX, &hash, &path, &root));
    TreeHead older = {1, hash}, newer = {UINT64_MAX, hash};
    assert_false(proof_consistency(&older, &newer, &path, &status));
    assert_false(proof_consistency(&newer, &newer, &path, &status));
}

static void a_hash_that_is_not_32_bytes_does_not_enter_a_path(void **state) {
    (void)state;
    Path path = {.count = 0};
    char bytes[33] = {0};
    assert_false(path_add(&path, (Text){bytes, 31}));
    assert_false(path_add(&path, (Text){bytes, 33}));
    assert_false(path_add(&path, (Text){bytes, 0}));
    for (int i = 0; i < PATH_HASHES_MAX; i++)
        assert_true(path_add(&path, (Text){bytes, 32}));
    assert_false(path_add(&path, (Text){bytes, 32}));
}

static void a_frontier_is_read_back_as_it_was_written_and_not_when_cut_short(void **state) {
    (void)state;
    TreeFrontier frontier, read;
    Status status;
    frontier_init(&frontier);
    for (uint64_t size = 0; size < 40; size++) {
        Buffer bytes;
        buffer_init(&bytes, 4096);
        assert_true(frontier_write(&frontier, &bytes));
        assert_int_equal(bytes.length,
                         8 + 32 * (size_t)__builtin_popcountll((unsigned long long)size));
        Reader reader = reader_of(bytes.bytes, bytes.length);
        assert_true(frontier_read(&reader, &read, &status));
        Hash a = frontier_root(&frontier), b = frontier_root(&read);
        assert_true(read.size == size && hash_equal(&a, &b));
        reader = reader_of(bytes.bytes, bytes.length - 1);
        assert_false(frontier_read(&reader, &read, &status));
        buffer_done(&bytes);
        Hash hash = leaf(size);
        frontier_append(&frontier, &hash);
    }
}

static void each_failing_allocation_is_a_clean_refusal(void **state) {
    (void)state;
    for (unsigned long nth = 1;; nth++) {
        Status status;
        memory_fail_at(nth, true);
        Tree *tree = tree_new(&status);
        bool reserved = tree && tree_reserve(tree, 70000, &status);
        bool failed = memory_has_failed();
        memory_fail_at(0, false);
        assert_true(reserved == !failed);
        if (failed) assert_int_equal(status.code, STATUS_NO_MEMORY);
        tree_free(tree);
        if (!failed) break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_root_is_that_of_the_definition),
        cmocka_unit_test(every_inclusion_proof_is_verified_and_no_other_index_is),
        cmocka_unit_test(every_consistency_proof_is_verified_and_no_other_old_size_is),
        cmocka_unit_test(a_changed_longer_or_shorter_path_is_refused),
        cmocka_unit_test(cutting_and_growing_again_gives_the_same_tree),
        cmocka_unit_test(what_lies_beyond_the_tree_is_refused_and_so_is_consistency_from_nothing),
        cmocka_unit_test(sizes_beyond_63_bits_are_refused_by_the_verifiers),
        cmocka_unit_test(a_hash_that_is_not_32_bytes_does_not_enter_a_path),
        cmocka_unit_test(a_frontier_is_read_back_as_it_was_written_and_not_when_cut_short),
        cmocka_unit_test(each_failing_allocation_is_a_clean_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
