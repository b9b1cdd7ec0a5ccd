// Hashes and paths of others' tiles are in tests/data/vectors/tlog.
#include "log/tile.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void paths_with_another_spelling_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "tile/0",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/001/002",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/01",
        "tile/0/001.p/",
        "tile/0/001.p",
        "tile/0/001/",
        "/tile/0/001",
        "tile/entries",
        "tile/Entries/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Tile tile;
        Status status;
        assert_false(tile_path_read(text_of(bad[i]), &tile, &status));
        assert_int_equal(status.code, STATUS_INVALID);
    }
}

static void every_index_comes_back_from_its_path(void **state) {
    (void)state;
    for (uint64_t index = 0; index < 1000000000000; index = index * 3 + 7)
        for (uint32_t width = 1; width <= TILE_WIDTH; width += 51) {
            Tile tile = {3, index, width}, read;
            Status status;
            Buffer path;
            buffer_init(&path, 256);
            assert_true(tile_path_write(&tile, &path));
            assert_true(tile_path_read(buffer_view(&path), &read, &status));
            assert_true(read.level == 3 && read.index == index && read.width == width);
            buffer_done(&path);
        }
}

static void a_tile_that_the_tree_does_not_have_is_not_found(void **state) {
    (void)state;
    Status status;
    Tree *tree = tree_new(&status);
    assert_non_null(tree);
    assert_true(tree_reserve(tree, 300, &status));
    for (int i = 0; i < 300; i++) {
        Hash leaf = tree_leaf_hash(TEXT("leaf"));
        tree_append(tree, &leaf);
    }
    static const struct {
        Tile tile;
        bool there;
    } cases[] = {
        {{0, 0, 256}, true}, {{0, 1, 44}, true},  {{0, 1, 45}, false},
        {{0, 2, 1}, false},  {{1, 0, 1}, true},   {{1, 0, 2}, false},
        {{2, 0, 1}, false},  {{63, 0, 1}, false}, {{0, UINT64_MAX / 2, 256}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Buffer bytes;
        buffer_init(&bytes, 8192);
        assert_true(tile_hashes(tree, 300, &cases[i].tile, &bytes, &status) == cases[i].there);
        if (cases[i].there)
            assert_int_equal(bytes.length, 32 * cases[i].tile.width);
        else
            assert_int_equal(status.code, STATUS_NOT_FOUND);
        buffer_done(&bytes);
    }
    tree_free(tree);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_with_another_spelling_are_refused),
        cmocka_unit_test(every_index_comes_back_from_its_path),
        cmocka_unit_test(a_tile_that_the_tree_does_not_have_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
