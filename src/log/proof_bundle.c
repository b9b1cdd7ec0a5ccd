#include "log/proof_bundle.h"
#include "base/encode.h"
#include "log/line.h"
#include "log/proof.h"

#define FIRST_LINE TEXT("c2sp.org/tlog-proof@v1")
#define EXTRA      TEXT("extra ")
#define INDEX      TEXT("index ")

bool proof_bundle_write(const ProofBundle *bundle, Buffer *out) {
    buffer_text(out, FIRST_LINE);
    buffer_char(out, '\n');
    if (bundle->has_extra) {
        buffer_text(out, EXTRA);
        buffer_text(out, bundle->extra_base64);
        buffer_char(out, '\n');
    }
    buffer_text(out, INDEX);
    buffer_format(out, "%llu\n", (unsigned long long)bundle->index);
    for (uint32_t i = 0; i < bundle->path.count; i++)
        line_hash_write(&bundle->path.hashes[i], out);
    buffer_char(out, '\n');
    buffer_text(out, bundle->checkpoint);
    return !out->failed;
}

static bool malformed(Status *status, const char *what) {
    return status_set(status, STATUS_INVALID, "proof bundle %s", what);
}

static bool check_base64(Text text, Status *status) {
    Buffer bytes;
    buffer_init(&bytes, text.length + 4);
    bool valid = base64_read(text, &bytes);
    if (!valid && bytes.failed)
        status_no_memory(status);
    else if (!valid)
        malformed(status, "has extra data that is not base64");
    buffer_done(&bytes);
    return valid;
}

bool proof_bundle_read(Text text, ProofBundle *bundle, Status *status) {
    if (text.length > PROOF_BUNDLE_BYTES_MAX)
        return status_set(status, STATUS_LIMIT, "proof bundle of %zu bytes", text.length);
    Text rest = text, line, prefix = EXTRA;
    ProofBundle read = {0};
    if (!line_take(&rest, &line) || !text_equal(line, FIRST_LINE))
        return malformed(status, "does not begin with \"c2sp.org/tlog-proof@v1\"");
    if (!line_take(&rest, &line)) return malformed(status, "has no index");
    if (text_begins(line, prefix)) {
        read.has_extra = true;
        read.extra_base64 = (Text){line.at + prefix.length, line.length - prefix.length};
        if (!check_base64(read.extra_base64, status)) return false;
        if (!line_take(&rest, &line)) return malformed(status, "has no index");
    }
    prefix = INDEX;
    if (!text_begins(line, prefix) ||
        !line_number((Text){line.at + prefix.length, line.length - prefix.length}, &read.index))
        return malformed(status, "has a malformed index line");
    for (;;) {
        if (!line_take(&rest, &line)) return malformed(status, "has no checkpoint");
        if (line.length == 0) break;
        Hash hash;
        if (!line_hash(line, &hash)) return malformed(status, "has a malformed hash");
        if (!path_add(&read.path, hash_text(&hash)))
            return malformed(status, "has too many hashes");
    }
    read.checkpoint = rest;
    *bundle = read;
    return true;
}

bool proof_bundle_verify(const ProofBundle *bundle, const Hash *leaf,
                         const CheckpointPolicy *policy, Checkpoint *checkpoint, Status *status) {
    Checkpoint read;
    if (!checkpoint_open(bundle->checkpoint, policy, &read, status)) return false;
    if (!proof_inclusion(bundle->index, &read.head, leaf, &bundle->path, status)) return false;
    *checkpoint = read;
    return true;
}
