// See vfs.h. The files are real; beside each watched one stands what of it is durable, and the list
// of changes since. A sync applies the list and empties it; a sync that fails only empties it.
#include "vfs.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite.h"

enum { SECTOR = 512 };

typedef struct Change {
    enum { CHANGE_WRITE, CHANGE_TRUNCATE, CHANGE_DELETE } kind;
    int64_t offset; // or the new size
    size_t length;
    unsigned char *bytes;
} Change;

typedef struct Disk {
    struct Disk *next;
    char *path;
    bool exists; // durably
    unsigned char *bytes;
    size_t length;
    Change *changes;
    size_t count, capacity;
} Disk;

typedef struct FaultFile {
    sqlite3_file base;
    char *path; // null for temporary files
    sqlite3_file *real;
} FaultFile;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs *real_vfs;
static sqlite3_vfs fault_vfs;

static unsigned fail_kinds;
static unsigned long fail_nth, fail_seen;
static bool fail_for_good, fail_hit;
static int fail_error, last_error;

static bool watching, power_off;
static unsigned long cut_nth, operations;
static void (*on_cut)(void *);
static void *on_cut_context;
static Disk *disks;

// ---- Whether an operation fails ----

// Under the lock. 0, or the error of the operating system that it fails with.
static int verdict(unsigned kind) {
    if (power_off) return last_error = EIO;
    if (watching && (kind & FAULT_CHANGES)) {
        operations++;
        if (cut_nth && operations >= cut_nth) {
            power_off = true;
            if (on_cut) on_cut(on_cut_context);
            return last_error = EIO;
        }
    }
    if (!fail_nth || !(kind & fail_kinds)) return last_error = 0;
    fail_seen++;
    if (fail_seen != fail_nth && !(fail_for_good && fail_seen > fail_nth)) return last_error = 0;
    fail_hit = true;
    return last_error = fail_error;
}

static int judge(unsigned kind) {
    pthread_mutex_lock(&lock);
    int error = verdict(kind);
    pthread_mutex_unlock(&lock);
    return error;
}

// ---- What is durable ----

static void *need(void *block) {
    if (!block) abort(); // a test without memory proves nothing
    return block;
}

static unsigned char *slurp(const char *path, size_t *length) {
    *length = 0;
    int file = open(path, O_RDONLY);
    struct stat about;
    if (file < 0) return NULL;
    if (fstat(file, &about) != 0) abort();
    unsigned char *bytes = need(malloc((size_t)about.st_size + 1));
    while (*length < (size_t)about.st_size) {
        ssize_t got = pread(file, bytes + *length, (size_t)about.st_size - *length, (off_t)*length);
        if (got <= 0) abort();
        *length += (size_t)got;
    }
    close(file);
    return bytes;
}

static Disk *disk_of(const char *path) {
    for (Disk *disk = disks; disk; disk = disk->next)
        if (strcmp(disk->path, path) == 0) return disk;
    Disk *disk = need(calloc(1, sizeof *disk));
    disk->path = need(strdup(path));
    disk->next = disks;
    disk->bytes = slurp(path, &disk->length);
    disk->exists = disk->bytes != NULL;
    return disks = disk;
}

static void forget_changes(Disk *disk) {
    for (size_t i = 0; i < disk->count; i++)
        free(disk->changes[i].bytes);
    disk->count = 0;
}

static void note_change(const char *path, Change change, const void *bytes) {
    pthread_mutex_lock(&lock);
    if (watching && path && !power_off) {
        Disk *disk = disk_of(path);
        if (disk->count == disk->capacity) {
            disk->capacity = disk->capacity * 2 + 64;
            disk->changes = need(realloc(disk->changes, disk->capacity * sizeof *disk->changes));
        }
        if (bytes) {
            change.bytes = need(malloc(change.length + 1));
            memcpy(change.bytes, bytes, change.length);
        }
        disk->changes[disk->count++] = change;
    }
    pthread_mutex_unlock(&lock);
}

static uint64_t draw(uint64_t *seed) { // splitmix64
    uint64_t z = *seed += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static void reach(Disk *disk, size_t end) {
    if (end <= disk->length) return;
    disk->bytes = need(realloc(disk->bytes, end + 1));
    memset(disk->bytes + disk->length, 0, end - disk->length);
    disk->length = end;
}

static void put_piece(Disk *disk, const Change *change, size_t at, size_t length) {
    reach(disk, (size_t)change->offset + at + length);
    memcpy(disk->bytes + change->offset + at, change->bytes + at, length);
}

static void land(Disk *disk, const Change *change) {
    switch (change->kind) {
    case CHANGE_WRITE:
        disk->exists = true;
        put_piece(disk, change, 0, change->length);
        break;
    case CHANGE_TRUNCATE:
        if ((size_t)change->offset < disk->length) disk->length = (size_t)change->offset;
        break;
    case CHANGE_DELETE:
        disk->exists = false;
        disk->length = 0;
        break;
    }
}

// Some sectors of a write reach the disk.
static void tear(Disk *disk, const Change *change, uint64_t *seed) {
    disk->exists = true;
    for (size_t at = 0; at < change->length;) {
        size_t left = SECTOR - (size_t)((change->offset + (int64_t)at) % SECTOR);
        if (left > change->length - at) left = change->length - at;
        if (draw(seed) % 2 == 0) put_piece(disk, change, at, left);
        at += left;
    }
}

// Each change by itself: whole, lost, or (a write) torn.
static void survive(Disk *disk, const Change *change, uint64_t *seed) {
    switch (draw(seed) % 3) {
    case 0:
        land(disk, change);
        break;
    case 1:
        break;
    default:
        if (change->kind == CHANGE_WRITE)
            tear(disk, change, seed);
        else
            land(disk, change);
    }
}

// A sync: good or failed.
static void note_sync(const char *path, bool good) {
    pthread_mutex_lock(&lock);
    if (watching && path && !power_off) {
        Disk *disk = disk_of(path);
        if (good) disk->exists = true;
        for (size_t i = 0; good && i < disk->count; i++)
            land(disk, &disk->changes[i]);
        forget_changes(disk);
    }
    pthread_mutex_unlock(&lock);
}

static void put_back(const Disk *disk) {
    if (!disk->exists) {
        unlink(disk->path);
        return;
    }
    int file = open(disk->path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0) abort();
    for (size_t done = 0; done < disk->length;) {
        ssize_t put = pwrite(file, disk->bytes + done, disk->length - done, (off_t)done);
        if (put <= 0) abort();
        done += (size_t)put;
    }
    close(file);
}

static void restore(bool keep_all, uint64_t seed) {
    pthread_mutex_lock(&lock);
    while (disks) {
        Disk *disk = disks;
        disks = disk->next;
        // One cut in four loses all that was not synced, one in four nothing.
        uint64_t mode = keep_all ? 1 : draw(&seed) % 4;
        for (size_t i = 0; i < disk->count; i++) {
            if (mode == 1) land(disk, &disk->changes[i]);
            if (mode > 1) survive(disk, &disk->changes[i], &seed);
        }
        put_back(disk);
        // What was shared between processes does not outlast them.
        char shared[4096];
        snprintf(shared, sizeof shared, "%s-shm", disk->path);
        unlink(shared);
        forget_changes(disk);
        free(disk->changes);
        free(disk->bytes);
        free(disk->path);
        free(disk);
    }
    watching = power_off = false;
    cut_nth = operations = 0;
    pthread_mutex_unlock(&lock);
}

void faults_power_restore(uint64_t seed) {
    restore(false, seed);
}
void faults_kill_restore(void) {
    restore(true, 0);
}

unsigned long faults_cuts(unsigned long usual) {
    const char *wanted = getenv("POWER_CUTS");
    return wanted ? strtoul(wanted, NULL, 10) : usual;
}

uint64_t faults_seed(void) {
    const char *wanted = getenv("POWER_SEED");
    return wanted ? strtoull(wanted, NULL, 10) : 1;
}

void faults_power_watch(void) {
    pthread_mutex_lock(&lock);
    assert(!disks);
    watching = true;
    power_off = false;
    on_cut = NULL;
    cut_nth = operations = 0;
    pthread_mutex_unlock(&lock);
}

void faults_power_cut_at(unsigned long nth) {
    pthread_mutex_lock(&lock);
    cut_nth = operations + nth;
    pthread_mutex_unlock(&lock);
}

void faults_power_on_cut(void (*called)(void *context), void *context) {
    pthread_mutex_lock(&lock);
    on_cut = called;
    on_cut_context = context;
    pthread_mutex_unlock(&lock);
}

bool faults_power_is_off(void) {
    pthread_mutex_lock(&lock);
    bool off = power_off;
    pthread_mutex_unlock(&lock);
    return off;
}

unsigned long faults_power_operations(void) {
    pthread_mutex_lock(&lock);
    unsigned long count = operations;
    pthread_mutex_unlock(&lock);
    return count;
}

void faults_fail_at(unsigned kinds, unsigned long nth, bool for_good, int os_error) {
    pthread_mutex_lock(&lock);
    fail_kinds = kinds;
    fail_nth = nth;
    fail_seen = 0;
    fail_for_good = for_good;
    fail_error = os_error;
    fail_hit = false;
    pthread_mutex_unlock(&lock);
}

bool faults_hit(void) {
    pthread_mutex_lock(&lock);
    bool hit = fail_hit;
    pthread_mutex_unlock(&lock);
    return hit;
}

// A deletion whose folder was synced: durable, with all that came before it.
static void note_deletion(const char *path) {
    pthread_mutex_lock(&lock);
    if (watching && !power_off) {
        Disk *disk = disk_of(path);
        forget_changes(disk);
        disk->exists = false;
        disk->length = 0;
    }
    pthread_mutex_unlock(&lock);
}

// ---- The methods of a file ----

static FaultFile *fault_file(sqlite3_file *file) {
    return (FaultFile *)file;
}
static sqlite3_file *real_of(sqlite3_file *file) {
    return fault_file(file)->real;
}

static int file_close(sqlite3_file *file) {
    FaultFile *fault = fault_file(file);
    int rc = fault->real->pMethods ? fault->real->pMethods->xClose(fault->real) : SQLITE_OK;
    free(fault->path);
    fault->path = NULL;
    return rc;
}

static int file_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset) {
    if (judge(FAULT_READ)) return SQLITE_IOERR_READ;
    return real_of(file)->pMethods->xRead(real_of(file), bytes, length, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset) {
    FaultFile *fault = fault_file(file);
    int error = judge(FAULT_WRITE);
    bool is_off = faults_power_is_off();
    if (error && is_off) return SQLITE_IOERR_WRITE;
    int put = error ? length / 2 : length;
    int rc = put ? fault->real->pMethods->xWrite(fault->real, bytes, put, offset) : SQLITE_OK;
    if (rc == SQLITE_OK)
        note_change(fault->path,
                    (Change){.kind = CHANGE_WRITE, .offset = offset, .length = (size_t)put}, bytes);
    if (!error) return rc;
    return error == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    FaultFile *fault = fault_file(file);
    if (judge(FAULT_TRUNCATE)) return SQLITE_IOERR_TRUNCATE;
    int rc = fault->real->pMethods->xTruncate(fault->real, size);
    if (rc == SQLITE_OK)
        note_change(fault->path, (Change){.kind = CHANGE_TRUNCATE, .offset = size}, NULL);
    return rc;
}

static int file_sync(sqlite3_file *file, int flags) {
    FaultFile *fault = fault_file(file);
    if (judge(FAULT_SYNC)) {
        note_sync(fault->path, false);
        return SQLITE_IOERR_FSYNC;
    }
    int rc = fault->real->pMethods->xSync(fault->real, flags);
    if (rc == SQLITE_OK) note_sync(fault->path, true);
    return rc;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int level) {
    if (judge(FAULT_LOCK)) return SQLITE_IOERR_LOCK;
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_check_lock(sqlite3_file *file, int *taken) {
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), taken);
}

static int file_control(sqlite3_file *file, int code, void *argument) {
    return real_of(file)->pMethods->xFileControl(real_of(file), code, argument);
}

static int file_sector(sqlite3_file *file) {
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_traits(sqlite3_file *file) {
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at) {
    if (judge(FAULT_LOCK)) return SQLITE_IOERR_SHMMAP;
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    if (!(flags & SQLITE_SHM_UNLOCK) && judge(FAULT_LOCK)) return SQLITE_IOERR_SHMLOCK;
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file) {
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int delete) {
    return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

// ---- The methods of the disk ----

static int disk_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                     int *flags_out) {
    (void)vfs;
    FaultFile *fault = fault_file(file);
    *fault = (FaultFile){.real = (sqlite3_file *)(fault + 1)};
    if (judge(FAULT_OPEN)) return SQLITE_CANTOPEN;
    pthread_mutex_lock(&lock);
    if (watching && path) disk_of(path); // before it may be created
    pthread_mutex_unlock(&lock);
    int rc = real_vfs->xOpen(real_vfs, path, fault->real, flags, flags_out);
    if (rc != SQLITE_OK) return rc;
    fault->base.pMethods = &methods;
    fault->path = path ? need(strdup(path)) : NULL;
    return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *path, int sync_folder) {
    (void)vfs;
    if (judge(FAULT_DELETE)) return SQLITE_IOERR_DELETE;
    int rc = real_vfs->xDelete(real_vfs, path, sync_folder);
    if (rc != SQLITE_OK) return rc;
    note_change(path, (Change){.kind = CHANGE_DELETE}, NULL);
    if (sync_folder) note_deletion(path);
    return rc;
}

static int disk_access(sqlite3_vfs *vfs, const char *path, int flags, int *out) {
    (void)vfs;
    return real_vfs->xAccess(real_vfs, path, flags, out);
}

static int disk_full_path(sqlite3_vfs *vfs, const char *path, int size, char *out) {
    (void)vfs;
    return real_vfs->xFullPathname(real_vfs, path, size, out);
}

static int disk_random(sqlite3_vfs *vfs, int size, char *out) {
    (void)vfs;
    return real_vfs->xRandomness(real_vfs, size, out);
}

static int disk_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return real_vfs->xSleep(real_vfs, microseconds);
}

static int disk_time(sqlite3_vfs *vfs, double *out) {
    (void)vfs;
    return real_vfs->xCurrentTime(real_vfs, out);
}

static int disk_time_int(sqlite3_vfs *vfs, sqlite3_int64 *out) {
    (void)vfs;
    return real_vfs->xCurrentTimeInt64(real_vfs, out);
}

static int disk_last_error(sqlite3_vfs *vfs, int size, char *out) {
    (void)vfs;
    pthread_mutex_lock(&lock);
    int error = last_error;
    pthread_mutex_unlock(&lock);
    return error ? error : real_vfs->xGetLastError(real_vfs, size, out);
}

void faults_install(void) {
    // Before SQLite is used at all, so that its memory comes from base/memory.h.
    store_sqlite_vfs(NULL);
    real_vfs = sqlite3_vfs_find(NULL);
    fault_vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)sizeof(FaultFile) + real_vfs->szOsFile,
        .mxPathname = real_vfs->mxPathname,
        .zName = "faults",
        .xOpen = disk_open,
        .xDelete = disk_delete,
        .xAccess = disk_access,
        .xFullPathname = disk_full_path,
        .xRandomness = disk_random,
        .xSleep = disk_sleep,
        .xCurrentTime = disk_time,
        .xGetLastError = disk_last_error,
        .xCurrentTimeInt64 = disk_time_int,
    };
    if (sqlite3_vfs_register(&fault_vfs, 0) != SQLITE_OK) abort();
    faults_fail_at(0, 0, false, 0);
    store_sqlite_vfs("faults");
}

void faults_remove(void) {
    faults_fail_at(0, 0, false, 0);
    store_sqlite_vfs(NULL);
    sqlite3_vfs_unregister(&fault_vfs);
}
