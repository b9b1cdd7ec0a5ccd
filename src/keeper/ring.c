// An open table, at most half full, under a lock that is held for a few loads.
#include "keeper/ring.h"

#include <pthread.h>

#include "base/encode.h"
#include "base/memory.h"

enum { EXPECTED_MAX = 4096, SLOTS_LEAST = 64 };

typedef struct Slot {
    Hash name;
    uint8_t key[ED25519_KEY_BYTES];
    bool used, expected;
} Slot;

struct KeyRing {
    pthread_mutex_t lock;
    Slot *slots;
    uint32_t room, count, expected; // room: a power of two
};

KeyRing *ring_new(Status *status) {
    KeyRing *ring = memory_new_zero(1, sizeof *ring);
    Slot *slots = memory_new_zero(SLOTS_LEAST, sizeof *slots);
    if (!ring || !slots) {
        memory_free(ring);
        memory_free(slots);
        status_no_memory(status);
        return NULL;
    }
    pthread_mutex_init(&ring->lock, NULL);
    ring->slots = slots;
    ring->room = SLOTS_LEAST;
    return ring;
}

void ring_free(KeyRing *ring) {
    if (!ring) return;
    pthread_mutex_destroy(&ring->lock);
    memory_free(ring->slots);
    memory_free(ring);
}

// The slot of the name, or the free one where it would stand.
static Slot *slot_of(Slot *slots, uint32_t room, const Hash *name) {
    uint32_t at;
    memcpy(&at, name->bytes, sizeof at);
    while (slots[at & (room - 1)].used && !hash_equal(&slots[at & (room - 1)].name, name))
        at++;
    return &slots[at & (room - 1)];
}

static bool make_room(KeyRing *ring, Status *status) {
    if (2 * (ring->count + 1) <= ring->room) return true;
    uint32_t room = ring->room * 2;
    Slot *slots = memory_new_zero(room, sizeof *slots);
    if (!slots) return status_no_memory(status);
    for (uint32_t i = 0; i < ring->room; i++)
        if (ring->slots[i].used) *slot_of(slots, room, &ring->slots[i].name) = ring->slots[i];
    memory_free(ring->slots);
    ring->slots = slots;
    ring->room = room;
    return true;
}

static bool add(KeyRing *ring, const uint8_t key[ED25519_KEY_BYTES], bool expected,
                Status *status) {
    Hash name = signature_key(key);
    Slot *slot = slot_of(ring->slots, ring->room, &name);
    if (slot->used) {
        if (!expected && slot->expected) {
            slot->expected = false;
            ring->expected--;
        }
        return true;
    }
    if (expected && ring->expected == EXPECTED_MAX) return true;
    if (!make_room(ring, status)) return false;
    slot = slot_of(ring->slots, ring->room, &name);
    *slot = (Slot){.name = name, .used = true, .expected = expected};
    memcpy(slot->key, key, sizeof slot->key);
    ring->count++;
    ring->expected += expected;
    return true;
}

bool ring_fill(KeyRing *ring, const Book *book, Status *status) {
    pthread_mutex_lock(&ring->lock);
    bool well = true;
    for (uint32_t i = 0; i < book_key_count(book) && well; i++)
        well = add(ring, book_key(book, i), false, status);
    pthread_mutex_unlock(&ring->lock);
    return well;
}

bool ring_expect(KeyRing *ring, const Event *event, Status *status) {
    uint8_t key[ED25519_KEY_BYTES];
    if (event->kind != EVENT_KEY || !hex_read(event->subject, key, sizeof key)) return true;
    pthread_mutex_lock(&ring->lock);
    bool well = add(ring, key, true, status);
    pthread_mutex_unlock(&ring->lock);
    return well;
}

void ring_confirm(KeyRing *ring, const Event *event) {
    uint8_t key[ED25519_KEY_BYTES];
    if (event->kind != EVENT_KEY || !hex_read(event->subject, key, sizeof key)) return;
    Status short_of_memory; // then it is read from the book when that is opened again
    pthread_mutex_lock(&ring->lock);
    if (!add(ring, key, false, &short_of_memory)) short_of_memory.code = STATUS_NO_MEMORY;
    pthread_mutex_unlock(&ring->lock);
}

bool ring_find(KeyRing *ring, const Hash *name, uint8_t public_key[ED25519_KEY_BYTES]) {
    pthread_mutex_lock(&ring->lock);
    const Slot *slot = slot_of(ring->slots, ring->room, name);
    bool found = slot->used;
    if (found) memcpy(public_key, slot->key, sizeof slot->key);
    pthread_mutex_unlock(&ring->lock);
    return found;
}
