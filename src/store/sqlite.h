// What only the SQLite store has: a choice of the layer below it, for tests of a failing disk.
#pragma once

// Books opened from now on use SQLite's VFS of this name; null means the usual one.
void store_sqlite_vfs(const char *vfs_name);
