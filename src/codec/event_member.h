// How the tables of event_shape*.c write one member: short forms for required, optional, with a
// flag, and with what the type needs. Inside codec/ only.
#pragma once
#include "codec/event_shape.h"
#include "codec/event_value.h"

#define COUNT_OF(array) (uint8_t)(sizeof(array) / sizeof *(array))
#define SHAPE(name, members, target, check, rules)                                                 \
    { name, members, COUNT_OF(members), sizeof(target), check, rules }

// A member of T at `field`: required, optional, optional with a flag, and with what the type needs.
#define REQ(T, name, type, field)                                                                  \
    { TEXT_OF(name), &type, NULL, offsetof(T, field), NO_FLAG, true, false }
#define OPT(T, name, type, field)                                                                  \
    { TEXT_OF(name), &type, NULL, offsetof(T, field), NO_FLAG, false, false }
#define FLAGGED(T, name, type, field, flag)                                                        \
    { TEXT_OF(name), &type, NULL, offsetof(T, field), offsetof(T, flag), false, false }
#define REQ_FLAGGED(T, name, type, field, flag)                                                    \
    { TEXT_OF(name), &type, NULL, offsetof(T, field), offsetof(T, flag), true, false }
#define REQ_WITH(T, name, type, with, field)                                                       \
    { TEXT_OF(name), &type, &with, offsetof(T, field), NO_FLAG, true, false }
#define OPT_WITH(T, name, type, with, field)                                                       \
    { TEXT_OF(name), &type, &with, offsetof(T, field), NO_FLAG, false, false }
#define INSISTED(T, name, type, with, field, flag)                                                 \
    { TEXT_OF(name), &type, with, offsetof(T, field), flag, false, true }

#define E_REQ(name, type, field)                REQ(Event, name, type, field)
#define E_OPT(name, type, field)                OPT(Event, name, type, field)
#define FACILITY                                E_REQ("facility", type_id, facility)
#define NAMES                                   E_OPT("name", type_text, name), E_OPT("name_zh", type_text, name_zh)
#define VALIDITY                                E_OPT("from", type_day, valid_from), E_OPT("to", type_day, valid_to)
#define REASON                                  E_OPT("reason", type_text, reason)
#define KIND_SHAPE(name, members, check, rules) SHAPE("\"" name "\"", members, Event, check, rules)

// Fails at the member `name`, or at the event when it is not there. Always false.
bool fail_member(Decoder *decoder, uint32_t token, const char *name, const char *hint,
                 const char *message);
