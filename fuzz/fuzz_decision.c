// Decisions as they stand in a store: whatever is applied is taken back without a trace, and what
// is refused has left none. The first byte chooses the event that it is said to decide.
#include "book/state.h"
#include "codec/event_decode.h"
#include "keeper/load.h"
#include "story.h"

enum { EVENTS_MAX = 512, TABLES_BYTES = 64 << 20 };

static Book *book;
static Arena arena;
static Event events[EVENTS_MAX];
static unsigned event_count;
static Buffer before, after;

static void decide(Text bytes, Text by, bool keep) {
    Status status;
    Decision decision;
    decision_init(&decision);
    char *copy = arena_copy(&arena, bytes.at, bytes.length);
    Event event;
    story_must(copy && event_decode((Text){copy, bytes.length}, &arena, &event, &status),
               "not decoded");
    Context context = {.recorded = event.end, .principal = by};
    if (context.recorded < book_last_recorded(book)) context.recorded = book_last_recorded(book);
    story_must(book_decide(book, &event, &context, &decision, &status), "not decided");
    if (keep && event_count < EVENTS_MAX) events[event_count++] = event;
    decision_done(&decision);
}

static void take(void *context, Text event, Text by) {
    (void)context;
    decide(event, by, true);
}

static void write_tables(Buffer *out) {
    buffer_reset(out);
    for (unsigned table = 1; table <= BOOK_TABLE_COUNT; table++)
        story_must(book_table_write(book, table, 0, book_table_rows(book, table), out),
                   "no tables");
}

static void begin(void) {
    static const uint8_t hash_key[16] = "fuzz";
    char genesis[700];
    Status status;
    arena_init(&arena, 16 << 20);
    buffer_init(&before, TABLES_BYTES);
    buffer_init(&after, TABLES_BYTES);
    story_must((book = keeper_book_new(hash_key, &status)), "no book");
    decide(story_genesis(genesis), TEXT("operator/REGULATOR/cli"), false);
    story_each(take, NULL);
    book_forget(book, book_mark(book));
    write_tables(&before);
    // The same events under ids that are free.
    for (unsigned i = 0; i < event_count; i++)
        events[i].id = TEXT("fuzz");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!book) begin();
    if (size == 0) return 0;
    Status status;
    status_clear(&status);
    BookMark mark = book_mark(book);
    Text decision = {(const char *)data + 1, size - 1};
    if (book_apply(book, &events[data[0] % event_count], decision, book_last_recorded(book),
                   &status))
        book_rewind(book, mark);
    else
        story_must(status.code != STATUS_OK && status.message[0], "refused without a reason");
    write_tables(&after);
    story_must(text_equal(buffer_view(&before), buffer_view(&after)), "it left a trace");
    return 0;
}
