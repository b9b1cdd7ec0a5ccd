#include "log/record.h"
#include "base/buffer.h"
#include "log/tree.h"

// Offsets of the frozen format; tests/unit/log/test_record.c holds them against a written-out
// record.
enum {
    AT_MAGIC = 0,
    AT_LOGIC = 4,
    AT_FLAGS = 6,
    AT_SEQ = 8,
    AT_RECORDED = 16,
    AT_BATCH = 24,
    AT_EVENT = 32,
    AT_DECISION = 64,
    FLAGS_KNOWN = 0
};
static const uint8_t MAGIC[4] = {'Y', 'T', 'R', 0x01};

static void put_u16(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_u64(uint8_t *at, uint64_t value) {
    for (int i = 7; i >= 0; i--) {
        at[i] = (uint8_t)value;
        value >>= 8;
    }
}

void record_write(const Record *record, uint8_t out[RECORD_BYTES]) {
    memcpy(out + AT_MAGIC, MAGIC, sizeof MAGIC);
    put_u16(out + AT_LOGIC, record->logic);
    put_u16(out + AT_FLAGS, record->flags);
    put_u64(out + AT_SEQ, record->seq);
    put_u64(out + AT_RECORDED, (uint64_t)record->recorded);
    put_u64(out + AT_BATCH, record->batch);
    memcpy(out + AT_EVENT, record->event.bytes, HASH_BYTES);
    memcpy(out + AT_DECISION, record->decision.bytes, HASH_BYTES);
}

bool record_read(Text bytes, Record *record, Status *status) {
    if (bytes.length != RECORD_BYTES) {
        status_set(status, STATUS_CORRUPT, "record of %zu bytes", bytes.length);
        return status_hint(status, "a record has %d bytes", RECORD_BYTES);
    }
    const uint8_t *at = (const uint8_t *)bytes.at;
    if (memcmp(at, MAGIC, 3) != 0)
        return status_set(status, STATUS_CORRUPT, "record does not begin with \"YTR\"");
    if (at[3] != MAGIC[3]) {
        status_set(status, STATUS_UNSUPPORTED, "record has format version \"%u\"", at[3]);
        return status_hint(status, "this program reads version 1: use a newer one");
    }
    Reader reader = reader_of(at + AT_LOGIC, RECORD_BYTES - AT_LOGIC);
    Record read;
    read.logic = read_u16(&reader);
    read.flags = read_u16(&reader);
    read.seq = read_u64(&reader);
    read.recorded = read_i64(&reader);
    read.batch = read_u64(&reader);
    if ((read.flags & ~FLAGS_KNOWN) != 0) {
        status_set(status, STATUS_UNSUPPORTED, "record %llu has the unknown flags \"%04x\"",
                   (unsigned long long)read.seq, read.flags);
        return status_hint(status, "this program knows no flags: use a newer one");
    }
    if (read.recorded < 0 || read.recorded > INSTANT_MAX)
        return status_set(status, STATUS_CORRUPT,
                          "record %llu has the time \"%lld\", outside the years 1970 to 9999",
                          (unsigned long long)read.seq, (long long)read.recorded);
    if (read.batch > read.seq)
        return status_set(status, STATUS_CORRUPT,
                          "record %llu says that its batch begins at \"%llu\"",
                          (unsigned long long)read.seq, (unsigned long long)read.batch);
    memcpy(read.event.bytes, at + AT_EVENT, HASH_BYTES);
    memcpy(read.decision.bytes, at + AT_DECISION, HASH_BYTES);
    *record = read;
    return true;
}

Hash record_leaf(const uint8_t record[RECORD_BYTES]) {
    return tree_leaf_hash((Text){(const char *)record, RECORD_BYTES});
}

// `prefix` is written with the zero byte that ends it in C: the 00 of the format.
static void begin(Sha256 *sha, const char *prefix, size_t length, const uint8_t salt[SALT_BYTES]) {
    sha256_init(sha);
    sha256_update(sha, prefix, length);
    sha256_update(sha, salt, SALT_BYTES);
}

Hash event_commitment(const uint8_t salt[SALT_BYTES], Text bytes) {
    static const char prefix[] = "ytterby/event/1";
    Sha256 sha;
    begin(&sha, prefix, sizeof prefix, salt);
    sha256_update(&sha, bytes.at, bytes.length);
    return sha256_final(&sha);
}

Hash decision_commitment(const uint8_t salt[SALT_BYTES], Text bytes) {
    static const char prefix[] = "ytterby/decision/1";
    Sha256 sha;
    begin(&sha, prefix, sizeof prefix, salt);
    sha256_update(&sha, bytes.at, bytes.length);
    return sha256_final(&sha);
}

Hash sealed_commitment(const uint8_t salt[SALT_BYTES], uint8_t access_class, Text bytes) {
    static const char prefix[] = "ytterby/sealed/1";
    Sha256 sha;
    begin(&sha, prefix, sizeof prefix, salt);
    sha256_update(&sha, &access_class, 1);
    sha256_update(&sha, bytes.at, bytes.length);
    return sha256_final(&sha);
}
