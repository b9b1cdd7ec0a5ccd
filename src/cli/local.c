#include "cli/local.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "book/book.h"
#include "cli/command.h"
#include "codec/event_lines.h"

enum { CONNECTIONS_MAX = 8, NAME_BYTES_MAX = 1024, REPLY_LINE_MAX = 1 << 20 };
#define PENDING_BYTES_MAX ((size_t)256 << 20) // of answers that the client has not read yet

// ---- Both sides ----

static bool address_of(const char *book, struct sockaddr_un *address) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = snprintf(address->sun_path, sizeof address->sun_path, "%s.socket", book);
    return length > 0 && (size_t)length < sizeof address->sun_path;
}

static bool write_all(int connection, const void *bytes, size_t length) {
    const char *at = bytes;
    while (length > 0) {
        ssize_t put = send(connection, at, length, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        at += put;
        length -= (size_t)put;
    }
    return true;
}

// ---- The server's side ----

// One connection: its thread reads and records, a second one writes what the keeper's thread has
// put into `pending`, so that a client who does not read stops nobody but itself.
typedef struct Visit {
    struct Local *local;
    pthread_t thread;
    int connection;
    bool in_use, over;
    pthread_mutex_t lock;
    pthread_cond_t some;
    Buffer pending;
    bool ended, broken; // nothing more comes; the client is gone
} Visit;

struct Local {
    Keeper *keeper;
    struct sockaddr_un address;
    int listening;
    int wake[2]; // a pipe: closing it ends the listening
    pthread_t thread;
    pthread_mutex_t lock; // of the visits' use
    Visit visits[CONNECTIONS_MAX];
};

static void say(Visit *visit, char kind, Text lines) {
    pthread_mutex_lock(&visit->lock);
    while (lines.length > 0 && !visit->broken) {
        const char *lf = memchr(lines.at, '\n', lines.length);
        size_t length = lf ? (size_t)(lf - lines.at) : lines.length;
        buffer_char(&visit->pending, kind);
        buffer_char(&visit->pending, ' ');
        buffer_bytes(&visit->pending, lines.at, length);
        buffer_char(&visit->pending, '\n');
        length += lf != NULL;
        lines.at += length;
        lines.length -= length;
    }
    // Who lets so much lie is cut off: the events are recorded all the same.
    if (visit->pending.failed) visit->broken = true;
    pthread_cond_signal(&visit->some);
    pthread_mutex_unlock(&visit->lock);
}

static void put_answers(void *context, Text answers) {
    say(context, 'A', answers);
}

static void *write_replies(void *context) {
    Visit *visit = context;
    pthread_setname_np(pthread_self(), "local-out");
    Buffer taken;
    buffer_init(&taken, PENDING_BYTES_MAX);
    for (bool go_on = true; go_on;) {
        pthread_mutex_lock(&visit->lock);
        while (visit->pending.length == 0 && !visit->ended && !visit->broken)
            pthread_cond_wait(&visit->some, &visit->lock);
        Buffer swap = visit->pending;
        visit->pending = taken;
        taken = swap;
        go_on = taken.length > 0 && !visit->broken;
        pthread_mutex_unlock(&visit->lock);
        if (go_on && !write_all(visit->connection, taken.bytes, taken.length)) {
            pthread_mutex_lock(&visit->lock);
            visit->broken = true;
            pthread_mutex_unlock(&visit->lock);
            go_on = false;
        }
        buffer_reset(&taken);
    }
    buffer_done(&taken);
    return NULL;
}

// The first line. False when it is none of ours.
static bool read_request(FILE *in, RecordAsked *asked, char name[NAME_BYTES_MAX]) {
    char line[NAME_BYTES_MAX + 32], flags[8];
    if (!fgets(line, sizeof line, in)) return false;
    int at = 0;
    if (sscanf(line, "record/1 %7[pdjq-] %n", flags, &at) != 1 || at == 0) return false;
    snprintf(name, NAME_BYTES_MAX, "%.*s", (int)strcspn(line + at, "\n"), line + at);
    *asked = (RecordAsked){.per_event = strchr(flags, 'p') != NULL,
                           .dry = strchr(flags, 'd') != NULL,
                           .json = strchr(flags, 'j') != NULL,
                           .quiet = strchr(flags, 'q') != NULL};
    return true;
}

static void say_status(Visit *visit, const Status *status) {
    char code[16];
    snprintf(code, sizeof code, "%d", status->code);
    say(visit, 'M', text_of(status->message));
    say(visit, 'W', text_of(status->where));
    say(visit, 'H', text_of(status->hint));
    say(visit, 'S', text_of(code));
}

static void record_for(Visit *visit, FILE *in) {
    RecordAsked asked;
    RecordCounts counts = {0};
    char name[NAME_BYTES_MAX], last[160];
    Status status;
    status_clear(&status);
    if (!read_request(in, &asked, name)) return;
    LineReader lines;
    lines_of(&lines, in, name, LINE_BYTES_MAX);
    lines.ends_in_dot = true;
    if (!record_lines(visit->local->keeper, &lines, &asked, put_answers, visit, &counts, &status))
        say_status(visit, &status);
    lines_close(&lines);
    snprintf(last, sizeof last, "%llu %llu %llu %llu %llu %llu",
             (unsigned long long)counts.verdicts[VERDICT_NONE],
             (unsigned long long)counts.verdicts[VERDICT_ACCEPTED],
             (unsigned long long)counts.verdicts[VERDICT_FLAGGED],
             (unsigned long long)counts.verdicts[VERDICT_HELD],
             (unsigned long long)counts.verdicts[VERDICT_REFUSED],
             (unsigned long long)counts.repeated);
    say(visit, 'C', text_of(last));
}

static void *serve_visit(void *context) {
    Visit *visit = context;
    pthread_setname_np(pthread_self(), "local");
    pthread_t writer;
    int second = dup(visit->connection);
    FILE *in = second >= 0 ? fdopen(second, "r") : NULL;
    if (in && pthread_create(&writer, NULL, write_replies, visit) == 0) {
        record_for(visit, in);
        pthread_mutex_lock(&visit->lock);
        visit->ended = true;
        pthread_cond_signal(&visit->some);
        pthread_mutex_unlock(&visit->lock);
        pthread_join(writer, NULL);
    }
    if (in)
        fclose(in);
    else if (second >= 0)
        close(second);
    shutdown(visit->connection, SHUT_RDWR);
    pthread_mutex_lock(&visit->local->lock);
    visit->over = true;
    pthread_mutex_unlock(&visit->local->lock);
    return NULL;
}

static void end_visit(Visit *visit) {
    pthread_join(visit->thread, NULL);
    close(visit->connection);
    buffer_done(&visit->pending);
    pthread_cond_destroy(&visit->some);
    pthread_mutex_destroy(&visit->lock);
    visit->in_use = false;
}

static bool is_ours(int connection) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

// A place for one more, after those that are over were cleared away; null when all are taken.
static Visit *free_place(Local *local) {
    Visit *place = NULL;
    for (int i = 0; i < CONNECTIONS_MAX; i++) {
        Visit *visit = &local->visits[i];
        pthread_mutex_lock(&local->lock);
        bool over = visit->in_use && visit->over;
        pthread_mutex_unlock(&local->lock);
        if (over) end_visit(visit);
        if (!visit->in_use && !place) place = visit;
    }
    return place;
}

static void welcome(Local *local, int connection) {
    Visit *visit = is_ours(connection) ? free_place(local) : NULL;
    if (!visit) {
        close(connection);
        return;
    }
    *visit = (Visit){.local = local, .connection = connection};
    pthread_mutex_init(&visit->lock, NULL);
    pthread_cond_init(&visit->some, NULL);
    buffer_init(&visit->pending, PENDING_BYTES_MAX);
    visit->in_use = pthread_create(&visit->thread, NULL, serve_visit, visit) == 0;
    if (visit->in_use) return;
    pthread_cond_destroy(&visit->some);
    pthread_mutex_destroy(&visit->lock);
    close(connection);
}

static void *listen_loop(void *context) {
    Local *local = context;
    pthread_setname_np(pthread_self(), "local-door");
    for (;;) {
        struct pollfd watched[] = {{.fd = local->listening, .events = POLLIN},
                                   {.fd = local->wake[0], .events = POLLIN}};
        if (poll(watched, 2, -1) < 0 && errno != EINTR) return NULL;
        if (watched[1].revents) return NULL;
        if (!(watched[0].revents & POLLIN)) continue;
        int connection = accept4(local->listening, NULL, NULL, SOCK_CLOEXEC);
        if (connection >= 0) welcome(local, connection);
    }
}

static bool start(Local *local, Status *status) {
    local->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // We hold the book's lock, so whatever socket lies there is an old one's.
    if (local->listening >= 0) unlink(local->address.sun_path);
    bool well =
        local->listening >= 0 &&
        bind(local->listening, (struct sockaddr *)&local->address, sizeof local->address) == 0 &&
        chmod(local->address.sun_path, 0600) == 0 &&
        listen(local->listening, CONNECTIONS_MAX) == 0 && pipe(local->wake) == 0;
    if (!well)
        return status_set(status, STATUS_IO, "could not listen on \"%s\": %s",
                          local->address.sun_path, strerror(errno));
    if (pthread_create(&local->thread, NULL, listen_loop, local) == 0) return true;
    return status_no_memory(status);
}

Local *local_open(const char *book, Keeper *keeper, Status *status) {
    Local *local = memory_new_zero(1, sizeof *local);
    if (!local) {
        status_no_memory(status);
        return NULL;
    }
    local->keeper = keeper;
    local->listening = local->wake[0] = local->wake[1] = -1;
    pthread_mutex_init(&local->lock, NULL);
    bool well = address_of(book, &local->address)
                    ? start(local, status)
                    : status_set(status, STATUS_INVALID,
                                 "the book's path is too long for a socket beside it");
    if (well) return local;
    if (local->listening >= 0) close(local->listening);
    for (int i = 0; i < 2; i++)
        if (local->wake[i] >= 0) close(local->wake[i]);
    pthread_mutex_destroy(&local->lock);
    memory_free(local);
    return NULL;
}

void local_close(Local *local) {
    if (!local) return;
    close(local->wake[1]);
    pthread_join(local->thread, NULL);
    unlink(local->address.sun_path);
    for (int i = 0; i < CONNECTIONS_MAX; i++) {
        Visit *visit = &local->visits[i];
        if (!visit->in_use) continue;
        // Its lines end here, without the dot: what must be whole is not recorded.
        shutdown(visit->connection, SHUT_RD);
        end_visit(visit);
    }
    close(local->listening);
    close(local->wake[0]);
    pthread_mutex_destroy(&local->lock);
    memory_free(local);
}

// ---- The client's side ----

int local_connect(const char *book) {
    struct sockaddr_un address;
    if (!address_of(book, &address)) return -1;
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0) return -1;
    if (connect(connection, (struct sockaddr *)&address, sizeof address) == 0) return connection;
    close(connection);
    return -1;
}

bool local_is_served(const char *book) {
    int connection = local_connect(book);
    if (connection >= 0) close(connection);
    return connection >= 0;
}

typedef struct Sending {
    int connection;
    FILE *in;
    bool unread; // the file could not be read to its end
} Sending;

// Reads line by line, so that what is typed goes out at once, and sees that the last one ends.
static void *send_all(void *context) {
    Sending *sending = context;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length = 0;
    char last = '\n';
    bool well = true;
    Buffer block;
    buffer_init(&block, LINE_BYTES_MAX + (1 << 17));
    bool at_once = isatty(fileno(sending->in));
    while (well && (length = getline(&line, &capacity, sending->in)) > 0) {
        last = line[length - 1];
        well = buffer_bytes(&block, line, (size_t)length);
        if (well && !at_once && block.length < 1 << 16) continue;
        well = well && write_all(sending->connection, block.bytes, block.length);
        buffer_reset(&block);
    }
    sending->unread = ferror(sending->in) != 0;
    if (well && !sending->unread) {
        const char *end = last == '\n' ? ".\n" : "\n.\n";
        buffer_string(&block, end);
        // The server may have stopped reading at a fault; then it says so.
        if (write_all(sending->connection, block.bytes, block.length))
            shutdown(sending->connection, SHUT_WR);
    } else {
        shutdown(sending->connection, SHUT_WR);
    }
    buffer_done(&block);
    free(line);
    return NULL;
}

static void copy_words(char *out, size_t size, const char *line) {
    snprintf(out, size, "%.*s", (int)strcspn(line, "\n"), line);
}

// True at the end that the server said.
static bool take_replies(FILE *replies, RecordPut *put, void *context, RecordCounts *counts,
                         Status *status, bool *failed) {
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    bool ended = false;
    while (!ended && (length = getline(&line, &capacity, replies)) > 2) {
        const char *rest = line + 2;
        unsigned long long n[6];
        switch (line[0]) {
        case 'A':
            put(context, (Text){rest, (size_t)length - 2});
            break;
        case 'M':
            *failed = true;
            copy_words(status->message, sizeof status->message, rest);
            break;
        case 'W':
            copy_words(status->where, sizeof status->where, rest);
            break;
        case 'H':
            copy_words(status->hint, sizeof status->hint, rest);
            break;
        case 'S':
            status->code = (StatusCode)atoi(rest);
            break;
        case 'C':
            ended = sscanf(rest, "%llu %llu %llu %llu %llu %llu", &n[0], &n[1], &n[2], &n[3], &n[4],
                           &n[5]) == 6;
            for (int i = 0; ended && i < 5; i++)
                counts->verdicts[i] += n[i];
            if (ended) counts->repeated += n[5];
            break;
        default:
            break;
        }
    }
    free(line);
    return ended;
}

bool local_record(int connection, FILE *in, const char *name, const RecordAsked *asked,
                  RecordPut *put, void *context, RecordCounts *counts, Status *status) {
    char first[NAME_BYTES_MAX + 32];
    int length =
        snprintf(first, sizeof first, "record/1 %s%s%s%s- %.*s\n", asked->per_event ? "p" : "",
                 asked->dry ? "d" : "", asked->json ? "j" : "", asked->quiet ? "q" : "",
                 NAME_BYTES_MAX - 1, name);
    Sending sending = {connection, in, false};
    pthread_t sender;
    FILE *replies = fdopen(connection, "r");
    if (!replies || length < 0) {
        close(connection);
        return status_no_memory(status);
    }
    bool started = write_all(connection, first, (size_t)length) &&
                   pthread_create(&sender, NULL, send_all, &sending) == 0;
    bool failed = false;
    bool ended = started && take_replies(replies, put, context, counts, status, &failed);
    // Whatever was not sent yet finds no reader.
    shutdown(connection, SHUT_RDWR);
    if (started) pthread_join(sender, NULL);
    fclose(replies);
    if (sending.unread) return status_set(status, STATUS_IO, "could not read \"%s\"", name);
    if (!ended && !failed) {
        status_set(status, STATUS_UNKNOWN, "whoever serves the book went away");
        return status_hint(status, "record the same file again: what stands in the book is not "
                                   "recorded twice");
    }
    return !failed;
}
