// Decodes every line of standard input as an event and says "ok" or why not: the decoder's word, for
// tests that compare it with the schemas.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "codec/event_decode.h"

int main(void) {
    char *line = NULL;
    size_t room = 0;
    Arena arena;
    arena_init(&arena, 64 << 20);
    for (ssize_t length; (length = getline(&line, &room, stdin)) > 0;) {
        if (line[length - 1] == '\n') length--;
        Event event;
        Status status;
        arena_reset(&arena);
        if (event_decode((Text){line, (size_t)length}, &arena, &event, &status)) puts("ok");
        else printf("%s\t%s\t%s\n", status.where, status.message, status.hint);
    }
    free(line);
    arena_done(&arena);
    return 0;
}
