// Trees and proofs: merkle/*.
#include "log/proof.h"
#include "vectors.h"
#include <stdio.h>

enum { TREE_SIZE = 70000 }; // the largest that the files name

Text rule_leaf(uint64_t i, char out[256]) {
    int length = 0;
    for (uint64_t n = 0; n <= i % 7; n++)
        length +=
            snprintf(out + length, 256 - (size_t)length, "ytterby/%llu,", (unsigned long long)i);
    return (Text){out, (size_t)length};
}

Tree *rule_tree(uint64_t size) {
    Status status;
    Tree *tree = tree_new(&status);
    if (!tree || !tree_reserve(tree, (uint32_t)size, &status)) {
        tree_free(tree);
        return NULL;
    }
    for (uint64_t i = 0; i < size; i++) {
        char space[256];
        Hash leaf = tree_leaf_hash(rule_leaf(i, space));
        tree_append(tree, &leaf);
    }
    return tree;
}

void read_ct_reference(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    Tree *tree = rule_tree(0);
    TreeFrontier frontier;
    frontier_init(&frontier);
    Status status;
    uint32_t leaves = field(reading, 0, "leavesHex"), hashes = field(reading, 0, "leafHashesHex");
    uint32_t roots = field(reading, 0, "rootsHexBySize"), others = field(reading, 0, "hashes");
    if (reading->failed || !tree || !tree_reserve(tree, json_count(json, leaves), &status)) return;
    for (uint32_t i = json_begin(leaves), h = json_begin(hashes); i != json_end(json, leaves);
         i = json_next(json, i), h = json_next(json, h)) {
        Hash leaf = tree_leaf_hash(hex_of(reading, i));
        expect(reading, h != json_end(json, hashes) && is_hash(hex_of(reading, h), &leaf),
               "leaf hash %llu", (unsigned long long)tree_size(tree));
        tree_append(tree, &leaf);
    }
    uint64_t size = 0;
    for (uint32_t r = json_begin(roots); r != json_end(json, roots); r = json_next(json, r)) {
        Hash root, grown = frontier_root(&frontier);
        bool there = tree_root(tree, size, &root, &status);
        expect(reading, there && is_hash(hex_of(reading, r), &root) && hash_equal(&root, &grown),
               "root of size %llu", (unsigned long long)size);
        if (size < tree_size(tree)) {
            Hash leaf = tree_node(tree, 0, size);
            frontier_append(&frontier, &leaf);
        }
        size++;
    }
    for (uint32_t o = json_begin(others); o != json_end(json, others); o = json_next(json, o)) {
        Text what = string_field(reading, o, "what"), hex = hex_field(reading, o, "hex");
        Hash hash = {0};
        if (text_equal(what, TEXT("empty tree")))
            hash = tree_empty_root();
        else if (text_equal(what, TEXT("empty leaf")))
            hash = tree_leaf_hash(TEXT(""));
        else if (text_begins(what, TEXT("leaf ")))
            hash = tree_leaf_hash((Text){what.at + 5, what.length - 5});
        else if (text_equal(what, TEXT("node of the 4-byte texts N123 and N456")))
            hash = sha256_of("\x01N123N456", 9);
        expect(reading, is_hash(hex, &hash), "%.*s", TEXT_ARG(what));
    }
    tree_free(tree);
}

void read_trees(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    Tree *tree = rule_tree(TREE_SIZE);
    uint32_t trees = field(reading, 0, "trees");
    if (reading->failed || !tree) return;
    TreeFrontier frontier;
    frontier_init(&frontier);
    for (uint32_t t = json_begin(trees); t != json_end(json, trees); t = json_next(json, t)) {
        uint64_t size = number_field(reading, t, "size");
        Text expected = base64_field(reading, t, "root");
        Status status;
        Hash root;
        bool there = tree_root(tree, size, &root, &status);
        if (there && frontier.size > size) frontier_init(&frontier);
        while (there && frontier.size < size) {
            Hash leaf = tree_node(tree, 0, frontier.size);
            frontier_append(&frontier, &leaf);
        }
        Hash grown = frontier_root(&frontier);
        expect(reading, there && is_hash(expected, &root) && is_hash(expected, &grown),
               "root of size %llu", (unsigned long long)size);
    }
    tree_free(tree);
}

// The proof's hashes; false when one is not 32 bytes long or there are too many of them.
static bool read_path(Reading *reading, uint32_t object, Path *path) {
    path->count = 0;
    uint32_t proof = field(reading, object, "proof");
    if (proof == JSON_NONE || json_type(&reading->json, proof) != JSON_ARRAY) return true; // null
    bool good = true;
    for (uint32_t i = json_begin(proof); i != json_end(&reading->json, proof);
         i = json_next(&reading->json, i))
        good = path_add(path, base64_of(reading, i)) && good;
    return good;
}

static bool read_hash(Reading *reading, uint32_t object, const char *name, Hash *hash) {
    Text bytes = base64_field(reading, object, name);
    if (bytes.length != HASH_BYTES) return false;
    memcpy(hash->bytes, bytes.at, HASH_BYTES);
    return true;
}

static bool inclusion_holds(Reading *reading, uint32_t object, const char *index_name,
                            const char *size_name, Path *path) {
    TreeHead head = {number_field(reading, object, size_name), {{0}}};
    Hash leaf;
    uint64_t index = number_field(reading, object, index_name);
    Status status;
    bool good = read_path(reading, object, path);
    good = read_hash(reading, object, "root", &head.root) && good;
    good = read_hash(reading, object, "leafHash", &leaf) && good;
    return good && proof_inclusion(index, &head, &leaf, path, &status);
}

// In the published set, roots of equal sizes are texts such as "don't care 2": no hash of them is
// ever computed, they are only compared. Their hashes stand for them, so that the library, which
// takes 32 bytes alone, judges the case too.
static bool read_root(Reading *reading, uint32_t object, const char *name, bool only_compared,
                      Hash *root) {
    if (!only_compared) return read_hash(reading, object, name, root);
    Text bytes = base64_field(reading, object, name);
    if (bytes.length != HASH_BYTES)
        *root = sha256_of(bytes.at, bytes.length);
    else
        memcpy(root->bytes, bytes.at, HASH_BYTES);
    return true;
}

static bool consistency_holds(Reading *reading, uint32_t object, Path *path) {
    TreeHead older = {number_field(reading, object, "size1"), {{0}}};
    TreeHead newer = {number_field(reading, object, "size2"), {{0}}};
    bool equal = older.size == newer.size;
    Status status;
    bool good = read_path(reading, object, path);
    good = read_root(reading, object, "root1", equal, &older.root) && good;
    good = read_root(reading, object, "root2", equal, &newer.root) && good;
    return good && proof_consistency(&older, &newer, path, &status);
}

static bool path_equal(const Path *a, const Path *b) {
    return a->count == b->count && memcmp(a->hashes, b->hashes, a->count * sizeof(Hash)) == 0;
}

// Whether the file's tree of this size is the rule's, so that our proof must be the same bytes.
static bool is_rule_tree(Reading *reading, uint32_t object, const Tree *tree, uint64_t size,
                         const char *root_name) {
    Hash ours, theirs;
    Status status;
    return tree_root(tree, size, &ours, &status) &&
           read_hash(reading, object, root_name, &theirs) && hash_equal(&ours, &theirs);
}

void read_inclusion(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    Tree *tree = rule_tree(TREE_SIZE);
    unsigned made = 0;
    for (uint32_t c = json_begin(0); c != json_end(json, 0) && tree; c = json_next(json, c)) {
        uint64_t index = number_field(reading, c, "index"), size = number_field(reading, c, "size");
        Path path, ours;
        Status status;
        bool holds = inclusion_holds(reading, c, "index", "size", &path);
        if (is_rule_tree(reading, c, tree, size, "root")) {
            holds = holds && tree_inclusion(tree, index, size, &ours, &status) &&
                    path_equal(&path, &ours);
            made++;
        }
        expect(reading, holds, "record %llu of %llu", (unsigned long long)index,
               (unsigned long long)size);
    }
    snprintf(reading->remark, sizeof reading->remark, ", %u proofs made anew", made);
    tree_free(tree);
}

void read_consistency(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    Tree *tree = rule_tree(TREE_SIZE);
    unsigned made = 0;
    for (uint32_t c = json_begin(0); c != json_end(json, 0) && tree; c = json_next(json, c)) {
        uint64_t size1 = number_field(reading, c, "size1"),
                 size2 = number_field(reading, c, "size2");
        Path path, ours;
        Status status;
        bool holds = consistency_holds(reading, c, &path);
        if (is_rule_tree(reading, c, tree, size2, "root2")) {
            holds = holds && tree_consistency(tree, size1, size2, &ours, &status) &&
                    path_equal(&path, &ours);
            made++;
        }
        expect(reading, holds, "from size %llu to %llu", (unsigned long long)size1,
               (unsigned long long)size2);
    }
    snprintf(reading->remark, sizeof reading->remark, ", %u proofs made anew", made);
    tree_free(tree);
}

void read_reject(Reading *reading) {
    if (!read_value(reading)) return;
    const Json *json = &reading->json;
    for (uint32_t c = json_begin(0); c != json_end(json, 0); c = json_next(json, c)) {
        Text kind = string_field(reading, c, "kind"), why = string_field(reading, c, "why");
        Path path;
        bool known = text_equal(kind, TEXT("inclusion")) || text_equal(kind, TEXT("consistency"));
        bool holds = text_equal(kind, TEXT("inclusion"))
                         ? inclusion_holds(reading, c, "index", "size", &path)
                         : consistency_holds(reading, c, &path);
        expect(reading, known && !holds, "%.*s: %.*s", TEXT_ARG(kind), TEXT_ARG(why));
    }
}

static void published_inclusion(Reading *reading) {
    Path path;
    bool holds = inclusion_holds(reading, 0, "leafIdx", "treeSize", &path);
    expect(reading, holds != bool_field(reading, 0, "wantErr"), "%.*s",
           TEXT_ARG(string_field(reading, 0, "name")));
}

static void published_consistency(Reading *reading) {
    Path path;
    bool holds = consistency_holds(reading, 0, &path);
    expect(reading, holds != bool_field(reading, 0, "wantErr"), "%.*s",
           TEXT_ARG(string_field(reading, 0, "name")));
}

void read_published_inclusion(Reading *reading) {
    read_lines(reading, published_inclusion);
}

void read_published_consistency(Reading *reading) {
    read_lines(reading, published_consistency);
}
