// Who may still make how much (schema Quota). Who sees all sees the tree; a company its own lines,
// and the instruments that name it unless they are for the regulator only.
#pragma once
#include "access/access.h"

// `year` 0: the last one that has any.
MUST_CHECK bool access_quota(Access *access, const View *view, int year, Buffer *out,
                             Status *status);
