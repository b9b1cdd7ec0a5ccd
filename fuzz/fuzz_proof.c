// Proof bundles, tile paths, records, signatures and frontiers as they come from outside: what was
// read prints back to the same bytes, and a verifier ends on every path.
#include "log/proof.h"
#include "log/proof_bundle.h"
#include "log/record.h"
#include "log/signature.h"
#include "log/tile.h"
#include <assert.h>

static void same(bool written, Buffer *again, Text bytes) {
    assert(written && text_equal(buffer_view(again), bytes));
    buffer_done(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Text bytes = {(const char *)data, size};
    Buffer again;
    Status status;
    ProofBundle bundle;
    buffer_init(&again, size + 64);
    if (proof_bundle_read(bytes, &bundle, &status)) {
        Hash leaf = {{0}}, root;
        Checkpoint checkpoint;
        Note note;
        if (note_read(bundle.checkpoint, &note, &status) &&
            checkpoint_read(note.text, &checkpoint, &status))
            (void)!proof_inclusion_root(bundle.index, checkpoint.head.size, &leaf, &bundle.path,
                                        &root);
        same(proof_bundle_write(&bundle, &again), &again, bytes);
    }
    Tile tile;
    if (tile_path_read(bytes, &tile, &status)) same(tile_path_write(&tile, &again), &again, bytes);
    Record record;
    if (record_read(bytes, &record, &status)) {
        uint8_t out[RECORD_BYTES];
        record_write(&record, out);
        assert(memcmp(out, data, RECORD_BYTES) == 0);
    }
    Signature signature;
    Reader reader = reader_of(data, size);
    if (signature_read(&reader, &signature, &status))
        same(signature_write(&signature, &again), &again,
             (Text){bytes.at, size - reader_left(&reader)});
    TreeFrontier frontier;
    reader = reader_of(data, size);
    if (frontier_read(&reader, &frontier, &status))
        same(frontier_write(&frontier, &again), &again,
             (Text){bytes.at, size - reader_left(&reader)});
    buffer_done(&again);
    return 0;
}
