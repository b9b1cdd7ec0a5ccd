// The pages, built into the program by tools/embed.c from web/dist, and the description of the API.
// What lies under /assets/ is named by its content and may be cached for ever; all else is asked
// for again each time, by ETag. Compressed forms are made while building, none at run time.
#pragma once
#include "server/request.h"
#include "server/response.h"

typedef struct StaticForm {
    const unsigned char *bytes; // null: there is no such form
    size_t length;
} StaticForm;

typedef struct StaticFile {
    const char *path; // "/index.html"
    const char *content_type;
    const char *etag; // with its quotes
    StaticForm plain, gzip, brotli;
} StaticFile;

// Null when there is none.
const StaticFile *static_find(Text path);
// The file that answers a page's address: itself, or index.html for addresses that the pages make
// themselves. Null when nothing answers.
const StaticFile *static_for_page(const Request *request);
// Fills the answer: 200 in the best form that the client takes, or 304.
void static_answer(const StaticFile *file, const Request *request, Response *response);
size_t static_count(void);
