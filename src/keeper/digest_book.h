// The digest of a whole book: its tables, chunk by chunk, through log/digest.h.
#pragma once
#include "book/book.h"
#include "log/digest.h"

MUST_CHECK bool digest_book(const Book *book, Hash *digest, Status *status);
