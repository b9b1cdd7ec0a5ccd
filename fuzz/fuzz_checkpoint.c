// Checkpoint texts: what was read prints back to the same bytes.
#include "log/checkpoint.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Text text = {(const char *)data, size};
    Checkpoint checkpoint;
    Status status;
    if (!checkpoint_read(text, &checkpoint, &status)) return 0;
    Buffer again;
    buffer_init(&again, size + 1);
    bool written = checkpoint_write(&checkpoint, &again);
    assert(written && text_equal(buffer_view(&again), text));
    buffer_done(&again);
    return 0;
}
