// What may stand around an event on its way in: a signature, and the bytes of its sealed parts.
// Verified here, on the caller's thread:
// Ed25519 costs more than all that the deciding thread does with an event. Whether the key may sign
// at all is the book's to judge when the event's turn comes.
#include "base/encode.h"
#include "codec/event_decode.h"
#include "codec/event_lines.h"
#include "keeper/state.h"

static bool is_envelope(Text bytes) {
    size_t at = 1;
    if (bytes.length == 0 || bytes.at[0] != '{') return false;
    while (at < bytes.length && bytes.at[at] == ' ')
        at++;
    return text_begins((Text){bytes.at + at, bytes.length - at}, TEXT("\"ytterby\""));
}

// The answer will be this refusal, with these words.
static bool refuse_entry(Batch *batch, Entry *entry, VerdictCode code, const Status *words,
                         Status *status) {
    Status *copy = arena_take(&batch->arena, sizeof *copy);
    if (!copy) return status_no_memory(status);
    *copy = *words;
    copy->where[0] = 0;
    entry->refused_code = (uint16_t)code;
    entry->refused = copy;
    return true;
}

static void signature_of(const EventLine *line, Signature *signature) {
    memset(signature, 0, sizeof *signature);
    signature->kind = line->in_batch ? SIGNATURE_BATCH : SIGNATURE_EVENT;
    memcpy(signature->key.bytes, line->key, sizeof line->key);
    memcpy(signature->bytes, line->signature, sizeof line->signature);
    signature->index = line->index;
    signature->size = line->size;
    signature->path.count = line->path_count;
    for (uint32_t i = 0; i < line->path_count; i++)
        memcpy(signature->path.hashes[i].bytes, line->path + (size_t)i * 32, 32);
}

bool envelope_open(Batch *batch, Entry *entry, Text bytes, Text *event, Status *status) {
    *event = bytes;
    if (!is_envelope(bytes)) return true;
    EventLine *line = arena_take(&batch->arena, sizeof *line);
    if (!line) return status_no_memory(status);
    Status words;
    status_clear(&words);
    if (!event_line_read(bytes, &batch->arena, line, &words)) {
        if (words.code == STATUS_NO_MEMORY) return status_no_memory(status);
        Status *copy = arena_take(&batch->arena, sizeof *copy);
        if (!copy) return status_no_memory(status);
        *copy = words;
        entry->unread = copy;
        entry->event.id = event_id_read(bytes, &batch->arena);
        return true;
    }
    // Other forms are no business of this door: the decoder says so.
    if (line->form != LINE_SIGNED && line->form != LINE_SEALED) return true;
    entry->line = line;
    *event = line->event;
    return true;
}

// What is given must hash to what the event says, with the class that it states.
static bool part_fits(const Event *event, const LinePart *given, StorePart *part) {
    for (uint32_t i = 0; i < event_part_count(event); i++) {
        const SealedPart *named = event_part(event, i);
        uint8_t hash[HASH_BYTES];
        if (!hex_read(named->hash, hash, sizeof hash) || memcmp(hash, given->hash, 32) != 0)
            continue;
        Hash found = sealed_commitment(given->salt, named->class_number, given->bytes);
        if (memcmp(found.bytes, given->hash, 32) != 0) continue;
        memcpy(part->hash, hash, sizeof hash);
        part->class_number = named->class_number;
        return true;
    }
    return false;
}

static bool take_parts(Batch *batch, Entry *entry, const EventLine *line, Status *status) {
    StorePart *parts = arena_take_zero(&batch->arena, line->line_part_count, sizeof *parts);
    if (!parts) return status_no_memory(status);
    for (uint32_t i = 0; i < line->line_part_count; i++) {
        const LinePart *given = &line->parts[i];
        if (!part_fits(&entry->event, given, &parts[i])) {
            Status words;
            char hash[2 * HASH_BYTES + 1];
            hex_write(given->hash, HASH_BYTES, hash);
            status_set(&words, STATUS_DENIED, "the bytes given for %s are not those of the hash",
                       hash);
            return refuse_entry(batch, entry, CODE_PART_BYTES, &words, status);
        }
        size_t length = SALT_BYTES + given->bytes.length;
        char *bytes = arena_take(&batch->arena, length);
        if (!bytes) return status_no_memory(status);
        memcpy(bytes, given->salt, SALT_BYTES);
        if (given->bytes.length) memcpy(bytes + SALT_BYTES, given->bytes.at, given->bytes.length);
        parts[i].bytes = (Text){bytes, length};
    }
    entry->parts = parts;
    entry->part_count = line->line_part_count;
    return true;
}

bool envelope_check(Keeper *keeper, Batch *batch, Entry *entry, Status *status) {
    if (!ring_expect(keeper->ring, &entry->event, status)) return false;
    const EventLine *line = entry->line;
    if (!line) return true;
    if (line->line_part_count && !take_parts(batch, entry, line, status)) return false;
    if (entry->refused || line->form != LINE_SIGNED) return true;
    Signature signature;
    signature_of(line, &signature);
    Status words;
    status_clear(&words);
    uint8_t key[ED25519_KEY_BYTES];
    if (!ring_find(keeper->ring, &signature.key, key)) {
        char name[2 * HASH_BYTES + 1];
        hex_write(signature.key.bytes, HASH_BYTES, name);
        status_set(&words, STATUS_DENIED, "no key with the hash %s is registered", name);
        return refuse_entry(batch, entry, CODE_KEY_NOT_VALID, &words, status);
    }
    Text origin = key_name(&keeper->verifier);
    if (!signature_verify(&signature, key, origin, entry->event.bytes, &words)) {
        if (words.code == STATUS_NO_MEMORY) return status_no_memory(status);
        return refuse_entry(batch, entry, CODE_SIGNATURE, &words, status);
    }
    Buffer stored;
    buffer_init(&stored, 1 << 12);
    bool well = signature_write(&signature, &stored);
    char *copy = well ? arena_copy(&batch->arena, stored.bytes, stored.length) : NULL;
    uint8_t *public_key = (uint8_t *)arena_copy(&batch->arena, (const char *)key, sizeof key);
    if (copy && public_key) {
        entry->signature_kind = (uint8_t)copy[0];
        entry->signature = (Text){copy + 1, stored.length - 1};
        entry->public_key = public_key;
    }
    buffer_done(&stored);
    return (copy && public_key) || status_no_memory(status);
}
