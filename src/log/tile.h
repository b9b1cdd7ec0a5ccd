// Tiles (c2sp.org/tlog-tiles): the tree as files of up to 256 hashes that never change.
//     tile/LEVEL/N[.p/W]      hashes N*256 .. N*256+W-1 of tree level 8*LEVEL
//     tile/entries/N[.p/W]    the entries themselves, each with its length u16 before it
// N in groups of three digits, all but the last with an x: 1234067 is x001/x234/067.
#pragma once
#include "log/tree.h"

enum { TILE_WIDTH = 256, TILE_LEVEL_MAX = 63, TILE_ENTRIES = -1 };

typedef struct Tile {
    int level; // 0 to TILE_LEVEL_MAX, or TILE_ENTRIES
    uint64_t index;
    uint32_t width; // 1 to 256; below 256 the tile is partial
} Tile;

bool tile_path_write(const Tile *tile, Buffer *out);
// Refuses what has another spelling.
MUST_CHECK bool tile_path_read(Text path, Tile *tile, Status *status);
// Appends the tile's hashes as they are in the tree of `size` leaves: STATUS_NOT_FOUND when it is
// not a tile of that tree or of an earlier one.
MUST_CHECK bool tile_hashes(const Tree *tree, uint64_t size, const Tile *tile, Buffer *out,
                            Status *status);
// Appends one entry of a bundle; false when it is longer than 65,535 bytes.
bool tile_entry_write(Text entry, Buffer *out);
