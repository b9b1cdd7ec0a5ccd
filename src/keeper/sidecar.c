#include "keeper/sidecar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/note.h"

enum { PATH_BYTES = 4096 };

Sidecar sidecar_of(const char *name, Store *store) {
    bool in_memory = text_begins(text_of(name), TEXT("memory:"));
    return (Sidecar){.name = name, .memory = in_memory ? store : NULL};
}

static bool path_of(const Sidecar *sidecar, const char *ending, char path[PATH_BYTES],
                    Status *status) {
    int length = snprintf(path, PATH_BYTES, "%s.%s", sidecar->name, ending);
    if (length > 0 && length < PATH_BYTES) return true;
    return status_set(status, STATUS_INVALID, "the path of the book is too long");
}

static bool no_file(const char *doing, const char *path, Status *status) {
    int os_error = errno;
    StatusCode code = os_error == ENOSPC   ? STATUS_NO_SPACE
                      : os_error == ENOENT ? STATUS_NOT_FOUND
                      : os_error == EEXIST ? STATUS_CONFLICT
                      : os_error == EACCES ? STATUS_DENIED
                                           : STATUS_IO;
    return status_set(status, code, "could not %s \"%s\": %s", doing, path, strerror(os_error));
}

static bool put_bytes(int file, Text bytes) {
    for (size_t done = 0; done < bytes.length;) {
        ssize_t put = write(file, bytes.at + done, bytes.length - done);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        done += (size_t)put;
    }
    return true;
}

// A new name lasts only once its folder was synced.
static bool sync_folder(const char *path) {
    char folder[PATH_BYTES];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 1;
    memcpy(folder, slash ? path : ".", length);
    if (length == 0) folder[length++] = '/';
    folder[length] = 0;
    int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0) return false;
    bool done = fsync(at) == 0;
    int os_error = errno;
    close(at);
    errno = os_error;
    return done;
}

static bool write_file(const char *path, int flags, mode_t mode, Text bytes) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, mode);
    if (file < 0) return false;
    bool done = put_bytes(file, bytes) && fsync(file) == 0;
    int os_error = errno;
    if (close(file) != 0 && done) return false;
    errno = os_error;
    return done;
}

static bool read_file(const char *path, Buffer *out, Status *status) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return no_file("read", path, status);
    uint8_t piece[4096];
    ssize_t got;
    while ((got = read(file, piece, sizeof piece)) > 0)
        if (!buffer_bytes(out, piece, (size_t)got)) break;
    int os_error = errno;
    close(file);
    errno = os_error;
    if (got < 0) return no_file("read", path, status);
    if (!out->failed) return true;
    if (!out->over) return status_no_memory(status);
    return status_set(status, STATUS_LIMIT, "file \"%s\" is too large", path);
}

static bool read_setting(const Sidecar *sidecar, Text name, Buffer *out, Status *status) {
    Arena arena;
    arena_init(&arena, 1 << 20);
    Text value;
    bool done = store_setting_get(sidecar->memory, name, &arena, &value, status);
    if (done && !buffer_text(out, value)) done = status_no_memory(status);
    arena_done(&arena);
    return done;
}

// The key's text ends in a line feed, so that the file can be looked at.
static bool write_key_text(const Sidecar *sidecar, Text text, Status *status) {
    if (sidecar->memory) return store_setting_put(sidecar->memory, TEXT("log key"), text, status);
    char path[PATH_BYTES];
    if (!path_of(sidecar, "key", path, status)) return false;
    if (write_file(path, O_EXCL, 0600, text) && sync_folder(path)) return true;
    bool existed = errno == EEXIST;
    no_file("write", path, status);
    return existed ? status_hint(status, "it belongs to another book: move it away") : false;
}

bool sidecar_key_write(const Sidecar *sidecar, const SignerKey *key, Status *status) {
    Buffer text;
    buffer_init(&text, 1024);
    signer_key_write(key, &text);
    buffer_char(&text, '\n');
    bool done = text.failed ? status_no_memory(status)
                            : write_key_text(sidecar, buffer_view(&text), status);
    if (text.bytes) secret_wipe(text.bytes, text.capacity);
    buffer_done(&text);
    return done;
}

static bool key_is_private(const char *path, Status *status) {
    struct stat about;
    if (stat(path, &about) != 0) return no_file("read", path, status);
    if ((about.st_mode & 077) == 0) return true;
    status_set(status, STATUS_DENIED, "others can read the log key \"%s\"", path);
    return status_hint(status, "chmod 600 %s", path);
}

// `path` is null for a store in memory.
static bool read_key(const Sidecar *sidecar, const char *path, SignerKey *key, Status *status) {
    Buffer text;
    buffer_init(&text, 1024);
    bool done = path ? key_is_private(path, status) && read_file(path, &text, status)
                     : read_setting(sidecar, TEXT("log key"), &text, status);
    Text line = buffer_view(&text);
    if (line.length && line.at[line.length - 1] == '\n') line.length--;
    done = done && signer_key_read(line, key, status);
    if (text.bytes) secret_wipe(text.bytes, text.capacity);
    buffer_done(&text);
    return done;
}

bool sidecar_key_read(const Sidecar *sidecar, SignerKey *key, Status *status) {
    char path[PATH_BYTES];
    if (sidecar->memory) return read_key(sidecar, NULL, key, status);
    return path_of(sidecar, "key", path, status) && read_key(sidecar, path, key, status);
}

bool sidecar_key_read_file(const char *path, SignerKey *key, Status *status) {
    return read_key(NULL, path, key, status);
}

bool sidecar_checkpoint_write(const Sidecar *sidecar, Text note, Status *status) {
    if (sidecar->memory)
        return store_setting_put(sidecar->memory, TEXT("checkpoint"), note, status);
    char path[PATH_BYTES], beside[PATH_BYTES];
    if (!path_of(sidecar, "checkpoint", path, status) ||
        !path_of(sidecar, "checkpoint.new", beside, status))
        return false;
    if (write_file(beside, O_TRUNC, 0644, note) && rename(beside, path) == 0 && sync_folder(path))
        return true;
    return no_file("write", path, status);
}

bool sidecar_checkpoint_read(const Sidecar *sidecar, Buffer *note, Status *status) {
    if (sidecar->memory) return read_setting(sidecar, TEXT("checkpoint"), note, status);
    char path[PATH_BYTES];
    return path_of(sidecar, "checkpoint", path, status) && read_file(path, note, status);
}
