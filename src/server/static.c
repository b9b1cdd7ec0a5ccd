#include "server/static.h"
#include <strings.h>

// const StaticFile static_files[]; const size_t static_file_count;
#include "static_files.inc"

size_t static_count(void) {
    return static_file_count;
}

const StaticFile *static_find(Text path) {
    for (size_t i = 0; i < static_file_count; i++)
        if (text_equal(path, text_of(static_files[i].path))) return &static_files[i];
    return NULL;
}

static bool holds_word(Text list, const char *word) {
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= list.length; i++) {
        if (strncasecmp(list.at + i, word, length) != 0) continue;
        bool begins = i == 0 || list.at[i - 1] == ' ' || list.at[i - 1] == ',';
        char after = i + length < list.length ? list.at[i + length] : ',';
        if (!begins || !(after == ',' || after == ' ' || after == ';')) continue;
        // "br;q=0" means that it is not taken.
        Text rest = {list.at + i + length, list.length - i - length};
        Text here, later;
        if (text_split(rest, ',', &here, &later)) rest = here;
        for (size_t k = 0; k + 3 <= rest.length; k++)
            if (memcmp(rest.at + k, "q=0", 3) == 0) {
                size_t end = k + 3;
                while (end < rest.length && (rest.at[end] == '0' || rest.at[end] == '.'))
                    end++;
                if (end == rest.length || rest.at[end] == ' ') return false;
            }
        return true;
    }
    return false;
}

const StaticFile *static_for_page(const Request *request) {
    Text path = request->path;
    if (text_equal(path, TEXT("/"))) return static_find(TEXT("/index.html"));
    const StaticFile *file = static_find(path);
    if (file) return file;
    if (text_begins(path, TEXT("/api/")) || text_begins(path, TEXT("/assets/"))) return NULL;
    return holds_word(request_header(request, "accept"), "text/html")
               ? static_find(TEXT("/index.html"))
               : NULL;
}

void static_answer(const StaticFile *file, const Request *request, Response *response) {
    bool by_content = text_begins(text_of(file->path), TEXT("/assets/"));
    response->cache = by_content ? "public, max-age=31536000, immutable" : "no-cache";
    response_header(response, "ETag", file->etag);
    response_header(response, "Vary", "Accept-Encoding");
    Text known = request_header(request, "if-none-match");
    if (!text_is_empty(known) && holds_word(known, file->etag)) {
        response->status = 304;
        return;
    }
    Text takes = request_header(request, "accept-encoding");
    StaticForm form = file->plain;
    if (file->brotli.bytes && holds_word(takes, "br")) {
        form = file->brotli;
        response_header(response, "Content-Encoding", "br");
    } else if (file->gzip.bytes && holds_word(takes, "gzip")) {
        form = file->gzip;
        response_header(response, "Content-Encoding", "gzip");
    }
    response->content_type = file->content_type;
    response->body = (Text){(const char *)form.bytes, form.length};
}
