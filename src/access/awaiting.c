// What waits, or waited, for a second person (B10).
#include "access/awaiting.h"

#include "codec/event_head.h"

bool awaiting_sees(const Look *look, uint32_t row) {
    return view_sees_record(look->view, look->book,
                            ROW(look->book, AwaitingRow, TABLE_AWAITING, row)->seq);
}

// The event's own id, from its bytes: the book keeps them while it waits.
static void named_event_id(JsonWriter *json, Text bytes) {
    Arena arena;
    arena_init(&arena, (size_t)64 << 20);
    Status unread;
    status_clear(&unread);
    Event event;
    bool read = event_decode_head(bytes, &arena, &event, &unread);
    json_named_string(json, "id", read ? event.id : TEXT(""));
    arena_done(&arena);
}

void awaiting_write(const Look *look, uint32_t row, JsonWriter *json) {
    static const char *const states[] = {"", "waits", "confirmed", "declined"};
    static const char *const who[] = {"", "another person of the party", "customs"};
    const Book *book = look->book;
    const AwaitingRow *awaiting = ROW(book, AwaitingRow, TABLE_AWAITING, row);
    char hash[65];
    for (size_t i = 0; i < sizeof awaiting->hash; i++) {
        hash[2 * i] = "0123456789abcdef"[awaiting->hash[i] >> 4];
        hash[2 * i + 1] = "0123456789abcdef"[awaiting->hash[i] & 15];
    }
    json_object_begin(json);
    json_named_u64(json, "record", awaiting->seq);
    json_named_string(json, "party", intern_text(book->party_ids, awaiting->party));
    named_event_id(json, text_get(book, awaiting->bytes));
    json_named_words(json, "kind", event_kind_name((EventKind)awaiting->kind));
    json_named_string(json, "hash", (Text){hash, 64});
    json_named_words(json, "state", states[awaiting->status]);
    json_named_words(json, "confirmed_by", who[awaiting->who]);
    json_key(json, "closed_by");
    if (awaiting->closed_by == UINT64_MAX)
        json_null(json);
    else
        json_u64(json, awaiting->closed_by);
    json_object_end(json);
}
