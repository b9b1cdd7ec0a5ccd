#include "log/tile.h"
#include "log/line.h"
#include <assert.h>

enum { GROUP = 1000 };

bool tile_path_write(const Tile *tile, Buffer *out) {
    assert(tile->width >= 1 && tile->width <= TILE_WIDTH);
    if (tile->level == TILE_ENTRIES)
        buffer_string(out, "tile/entries");
    else
        buffer_format(out, "tile/%d", tile->level);
    unsigned groups[8], count = 0;
    uint64_t index = tile->index;
    do {
        groups[count++] = (unsigned)(index % GROUP);
        index /= GROUP;
    } while (index > 0);
    while (count-- > 0)
        buffer_format(out, count ? "/x%03u" : "/%03u", groups[count]);
    if (tile->width < TILE_WIDTH) buffer_format(out, ".p/%u", tile->width);
    return !out->failed;
}

static bool number_take(Text *rest, uint64_t max, uint64_t *number) {
    size_t digits = 0;
    while (digits < rest->length && rest->at[digits] >= '0' && rest->at[digits] <= '9')
        digits++;
    if (!line_number((Text){rest->at, digits}, number) || *number > max) return false;
    *rest = (Text){rest->at + digits, rest->length - digits};
    return true;
}

static bool prefix_take(Text *rest, Text prefix) {
    if (!text_begins(*rest, prefix)) return false;
    *rest = (Text){rest->at + prefix.length, rest->length - prefix.length};
    return true;
}

// "/x001/x234/067": at most seven groups, so that the number stays below 2^63; no group of zeros
// first.
static bool index_take(Text *rest, uint64_t *index) {
    uint64_t value = 0;
    for (int group = 0; group < 6; group++) {
        if (!prefix_take(rest, TEXT("/"))) return false;
        bool more = prefix_take(rest, TEXT("x"));
        if (rest->length < 3) return false;
        unsigned part = 0;
        for (int i = 0; i < 3; i++) {
            char c = rest->at[i];
            if (c < '0' || c > '9') return false;
            part = part * 10 + (unsigned)(c - '0');
        }
        *rest = (Text){rest->at + 3, rest->length - 3};
        if (group == 0 && more && part == 0) return false;
        value = value * GROUP + part;
        if (!more) {
            *index = value;
            return true;
        }
    }
    return false;
}

bool tile_path_read(Text path, Tile *tile, Status *status) {
    Text rest = path;
    uint64_t level = 0, index, width = TILE_WIDTH;
    bool entries = false;
    bool good = prefix_take(&rest, TEXT("tile/"));
    if (good) {
        entries = prefix_take(&rest, TEXT("entries"));
        good = entries || number_take(&rest, TILE_LEVEL_MAX, &level);
    }
    good = good && index_take(&rest, &index);
    if (good && prefix_take(&rest, TEXT(".p/")))
        good = number_take(&rest, TILE_WIDTH - 1, &width) && width > 0;
    if (!good || rest.length > 0) {
        status_set(status, STATUS_INVALID, "no tile has the path \"%.*s\"",
                   (int)(path.length < 100 ? path.length : 100), path.at);
        return status_hint(status, "tile/LEVEL/N, tile/entries/N, with .p/W when partial");
    }
    *tile = (Tile){entries ? TILE_ENTRIES : (int)level, index, (uint32_t)width};
    return true;
}

bool tile_hashes(const Tree *tree, uint64_t size, const Tile *tile, Buffer *out, Status *status) {
    assert(tile->level >= 0);
    uint64_t nodes = tile->level > 7 || size > tree_size(tree) ? 0 : size >> (8 * tile->level);
    if (tile->index > nodes / TILE_WIDTH || tile->index * TILE_WIDTH + tile->width > nodes)
        return status_set(status, STATUS_NOT_FOUND, "the log of size %llu has no such tile",
                          (unsigned long long)size);
    for (uint32_t i = 0; i < tile->width; i++) {
        Hash hash = tree_node(tree, 8 * (unsigned)tile->level, tile->index * TILE_WIDTH + i);
        buffer_bytes(out, hash.bytes, HASH_BYTES);
    }
    return out->failed ? status_no_memory(status) : true;
}

bool tile_entry_write(Text entry, Buffer *out) {
    if (entry.length > UINT16_MAX) return false;
    return buffer_u16(out, (uint16_t)entry.length) && buffer_text(out, entry);
}
