// Facilities: the list, and one with its licences, quota, stock, components and partners. Schemas
// Facilities and Facility.
#pragma once
#include "access/access.h"

MUST_CHECK bool access_facilities(Access *access, const View *view, const Page *page, Buffer *out,
                                  Status *status);
MUST_CHECK bool access_facility(Access *access, const View *view, Text id, Buffer *out,
                                Status *status);
