// A disk that fails, for books in SQLite: a layer between SQLite and the system's files that lets
// the nth operation fail (RELIABILITY R3), or cuts the power and then decides what of the unsynced
// writes reached the disk: whole, not at all, or torn at 512 bytes, each for itself, so also out of
// order (R4). Works on real files, so that what is left can be looked at by any program. Locks are
// passed through, and fail when told to. One disk for the whole process; calls may come from any
// thread.
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum {
    FAULT_WRITE = 1,
    FAULT_SYNC = 2,
    FAULT_OPEN = 4,
    FAULT_TRUNCATE = 8,
    FAULT_READ = 16,
    FAULT_DELETE = 32,
    FAULT_LOCK = 64,
    FAULT_CHANGES = FAULT_WRITE | FAULT_SYNC | FAULT_OPEN | FAULT_TRUNCATE | FAULT_DELETE
};

// Makes store_open() go through the failing disk, which does not fail yet; and no longer.
void faults_install(void);
void faults_remove(void);

// Of the operations of these kinds (a sum of the above) the one number `nth` from now fails, with
// `for_good` all later ones too. `os_error` is EIO or ENOSPC. A write that fails leaves its first
// half on the disk. 0 switches failing off.
void faults_fail_at(unsigned kinds, unsigned long nth, bool for_good, int os_error);
// Whether one was made to fail since then.
bool faults_hit(void);

// From now on unsynced writes can be lost. Files that were there are taken as durable. What a
// failed sync was to make durable never becomes so, though it can still be read, and later syncs
// succeed.
void faults_power_watch(void);
// The power goes before the nth changing operation from now: from then on everything fails.
void faults_power_cut_at(unsigned long nth);
// Called at the moment when it goes, to note what else there was then; until the next watch.
void faults_power_on_cut(void (*called)(void *context), void *context);
bool faults_power_is_off(void);
// How many changing operations there were since faults_power_watch().
unsigned long faults_power_operations(void);
// After all files were closed: leaves what survived, chosen by the seed, and ends the watch.
void faults_power_restore(uint64_t seed);
// The same after a process was killed while the machine ran on: all that was written survives.
void faults_kill_restore(void);

// How many power cuts a test makes: POWER_CUTS of the environment, for long runs, else `usual`; and
// POWER_SEED, else 1.
unsigned long faults_cuts(unsigned long usual);
uint64_t faults_seed(void);
