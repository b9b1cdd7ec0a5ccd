// What handlers of routes.def reach the book through: the keeper's door for writers, and access/,
// the one door to rows for a person. Borrowed for the server's life; both may be used from any
// thread.
#pragma once
#include "access/access.h"
#include "keeper/submit.h"

typedef struct Door {
    Keeper *keeper;
    Access *access;
} Door;
