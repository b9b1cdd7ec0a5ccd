// c2sp.org/tlog-proof@v1: all that is needed to check offline that a record is in a log.
//     c2sp.org/tlog-proof@v1 LF
//     extra BASE64 LF            (may be left out; not authenticated)
//     index NUMBER LF
//     base64(hash) LF ...        (the inclusion path, from the leaf upwards)
//     LF
//     the signed checkpoint, verbatim
#pragma once
#include "log/checkpoint.h"

// With its extra data, which may open a large event.
enum { PROOF_BUNDLE_BYTES_MAX = 160 << 20 };

typedef struct ProofBundle {
    bool has_extra;
    Text extra_base64; // borrowed; well-formed, not decoded
    uint64_t index;
    Path path;
    Text checkpoint; // borrowed; the signed note
} ProofBundle;

bool proof_bundle_write(const ProofBundle *bundle, Buffer *out);
MUST_CHECK bool proof_bundle_read(Text text, ProofBundle *bundle, Status *status);
// Whether the log of `policy` holds a record with this leaf hash at the bundle's index.
MUST_CHECK bool proof_bundle_verify(const ProofBundle *bundle, const Hash *leaf,
                                    const CheckpointPolicy *policy, Checkpoint *checkpoint,
                                    Status *status);
