#include "log/note.h"
#include "base/encode.h"

#define DASH TEXT("\xE2\x80\x94 ") // em dash and a blank

static bool malformed(Status *status, const char *what) {
    status_set(status, STATUS_INVALID, "signed note %s", what);
    return status_hint(status, "text, an empty line, then lines of dash, name and signature");
}

// UTF-8, no control character but LF, LF at the end.
static bool text_is_plain(Text text) {
    if (text.length == 0 || text.at[text.length - 1] != '\n' || !utf8_is_valid(text)) return false;
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.at[i] < ' ' && text.at[i] != '\n') return false;
    return true;
}

// The key id of a signature line and the bytes behind it, into `bytes`, whose limit no note
// reaches.
static bool signature_decode(Text base64, Buffer *bytes, Status *status) {
    buffer_reset(bytes);
    if (base64_read(base64, bytes) && bytes->length > 4) return true;
    return bytes->failed ? status_no_memory(status)
                         : malformed(status, "has a signature that is not base64");
}

static bool line_read(Text line, Buffer *scratch, NoteSignature *signature, Status *status) {
    Text dash = DASH, rest;
    *signature = (NoteSignature){.line = line};
    if (!text_begins(line, dash)) return malformed(status, "has a line that is no signature");
    rest = (Text){line.at + dash.length, line.length - dash.length};
    if (!text_split(rest, ' ', &signature->name, &signature->base64) ||
        !key_name_is_valid(signature->name))
        return malformed(status, "has a signature without a proper name");
    if (!signature_decode(signature->base64, scratch, status)) return false;
    Reader reader = reader_of(scratch->bytes, 4);
    signature->id = read_u32(&reader);
    return true;
}

static bool lines_read(Text lines, Buffer *scratch, Note *note, Status *status) {
    while (lines.length > 0) {
        Text line, rest;
        if (!text_split(lines, '\n', &line, &rest)) return malformed(status, "does not end in LF");
        if (note->count == NOTE_SIGNATURES_MAX)
            return status_set(status, STATUS_LIMIT, "signed note has more than %d signatures",
                              NOTE_SIGNATURES_MAX);
        if (!line_read(line, scratch, &note->signatures[note->count], status)) return false;
        note->count++;
        lines = rest;
    }
    return true;
}

bool note_read(Text bytes, Note *note, Status *status) {
    if (bytes.length > NOTE_BYTES_MAX)
        return status_set(status, STATUS_LIMIT, "signed note of %zu bytes", bytes.length);
    if (!text_is_plain(bytes))
        return malformed(status, "is not UTF-8 text of whole lines without control characters");
    size_t split = 0; // behind the last empty line
    for (size_t i = bytes.length - 1; i > 0 && split == 0; i--)
        if (bytes.at[i] == '\n' && bytes.at[i - 1] == '\n') split = i + 1;
    if (split == 0) return malformed(status, "has no empty line before its signatures");
    if (split == bytes.length) return malformed(status, "has no signature");
    if (split < 3) return malformed(status, "has no text");
    note->text = (Text){bytes.at, split - 1};
    note->count = 0;
    Buffer scratch;
    buffer_init(&scratch, NOTE_BYTES_MAX);
    bool read = lines_read((Text){bytes.at + split, bytes.length - split}, &scratch, note, status);
    buffer_done(&scratch);
    return read;
}

// Tries the known keys of this name and id. With two that share both, one that verifies is enough.
static bool signature_verify(Text text, const VerifierKey *const *keys, size_t key_count,
                             Buffer *scratch, NoteSignature *signature, Status *status) {
    bool known = false;
    Status why;
    for (size_t i = 0; i < key_count && !signature->key; i++) {
        if (keys[i]->id != signature->id || !text_equal(key_name(keys[i]), signature->name))
            continue;
        known = true;
        if (!signature_decode(signature->base64, scratch, status)) return false;
        Text bytes = {(const char *)scratch->bytes + 4, scratch->length - 4};
        if (key_verify(keys[i], text, bytes, &signature->time, &why))
            signature->key = keys[i];
        else if (why.code == STATUS_NO_MEMORY)
            return status_no_memory(status);
    }
    if (!known || signature->key) return true;
    return status_set(status, STATUS_DENIED, "signature by the known key \"%.*s+%08x\" is wrong",
                      TEXT_ARG(signature->name), signature->id);
}

bool note_open(Text bytes, const VerifierKey *const *keys, size_t key_count, Note *note,
               Status *status) {
    if (!note_read(bytes, note, status)) return false;
    Buffer scratch;
    buffer_init(&scratch, NOTE_BYTES_MAX);
    bool good = true, any = false;
    for (uint32_t i = 0; i < note->count && good; i++) {
        NoteSignature *signature = &note->signatures[i];
        good = signature_verify(note->text, keys, key_count, &scratch, signature, status);
        any = any || signature->key;
    }
    buffer_done(&scratch);
    if (!good) return false;
    if (!any)
        return status_set(status, STATUS_DENIED, "signed note has no signature by a known key");
    return true;
}

bool note_signed_by(const Note *note, const VerifierKey *key) {
    for (uint32_t i = 0; i < note->count; i++)
        if (note->signatures[i].key == key) return true;
    return false;
}

bool note_cosign(Text text, const SignerKey *key, uint64_t time, Buffer *out, Status *status) {
    uint8_t bytes[4 + KEY_SIGNATURE_BYTES_MAX];
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(key->verifier.id >> (24 - 8 * i));
    if (!key_sign(key, text, time, bytes + 4, status)) return false;
    buffer_text(out, DASH);
    buffer_text(out, key_name(&key->verifier));
    buffer_char(out, ' ');
    base64_write(out, bytes, 4 + key_signature_bytes(key->verifier.type));
    buffer_char(out, '\n');
    return out->failed ? status_no_memory(status) : true;
}

bool note_sign(Text text, const SignerKey *key, uint64_t time, Buffer *out, Status *status) {
    if (!text_is_plain(text)) {
        status_set(status, STATUS_INVALID, "text cannot be signed as a note");
        return status_hint(status, "whole lines of UTF-8 without control characters");
    }
    buffer_text(out, text);
    buffer_char(out, '\n');
    return note_cosign(text, key, time, out, status);
}
