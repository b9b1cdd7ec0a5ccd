// What an examination says, as JSON and as one page: readable offline, printable, light and dark,
// no script.
#pragma once
#include "base/buffer.h"
#include "examine/examine.h"

void examine_json(const Examination *examination, Buffer *out);
// False for want of memory.
MUST_CHECK bool examine_page(const Examination *examination, Text folder, Arena *arena, Buffer *out,
                             Status *status);
