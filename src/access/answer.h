// What is said of an event that was sent: one JSON object, without a line end,
//     {"id":..,"seq":..,"verdict":..,"codes":[{"code":..,"where":..,"message":..,"mend":..}]}
// with "cause":"RECORD.PLACE" for a code that opened one, and `mend` (what would be right) where
// there is anything to say. seq is null when nothing was recorded. Messages are made of the code
// alone, so they never name another party's object; words of the decoder quote what the sender
// itself sent.
#pragma once
#include "access/view.h"
#include "base/buffer.h"
#include "keeper/submit.h"

bool answer_write(const View *view, const Answer *answer, Buffer *out);
// The same as a line for a terminal: "held     t-17  record 812: no_licence /inputs/0: no licence
// ...".
bool answer_say(const View *view, const Answer *answer, Buffer *out);
