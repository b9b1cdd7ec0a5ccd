// The local socket of a served book, BOOK.socket: whoever may write the book's file may have lines
// recorded through it, by the process that has the book open. One connection carries one file.
//
// To the server:   record/1 FLAGS NAME LF    FLAGS of p (per event), d (dry), j (json), q (quiet),
// or -
//                  the file's lines, and then a line "."; without it nothing is recorded of a batch
//                  that must be whole
// From the server: A line of answer LF       each as soon as it is durable
//                  M message LF W where LF H hint LF S code LF     when it failed
//                  C none accepted flagged held refused repeated LF   the end
// Only the server's own user, and root, are let in.
#pragma once
#include "cli/record.h"

typedef struct Local Local;

// Listens beside the book. STATUS_INVALID: the book's path is too long for a socket's name.
MUST_CHECK Local *local_open(const char *book, Keeper *keeper, Status *status);
// Cuts what is under way and waits for it. Takes null.
void local_close(Local *local);

// A connection to whoever serves the book, or -1 when nobody listens.
int local_connect(const char *book);
bool local_is_served(const char *book);
// As record_lines(), done by the other side: reads `in` to its end. Closes the connection.
MUST_CHECK bool local_record(int connection, FILE *in, const char *name, const RecordAsked *asked,
                             RecordPut *put, void *context, RecordCounts *counts, Status *status);
