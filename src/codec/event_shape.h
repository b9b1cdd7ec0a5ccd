// The members of every event kind and of what stands inside them, as tables: each member stands
// once. The decoder walks them (event_decode.c), and tools/event_schema.c makes schema/events/ of
// them. Inside codec/ and for that tool only.
#pragma once
#include "codec/event_decode.h"
#include "codec/json.h"

typedef struct Decoder {
    Json json;
    Arena *arena;
    Status *status;
    uint32_t insist_member; // a member that stands only in insisted lines, or JSON_NONE
    bool inside;            // in the replacement of a correction
} Decoder;

typedef struct Member Member;
typedef struct Shape Shape;

// Reads the value at `token` into `at` (target + member->at). False with the status set.
typedef bool TakeValue(Decoder *decoder, uint32_t token, const Member *member, void *at);
// What no member can say alone.
typedef bool CheckShape(Decoder *decoder, uint32_t token, void *target);

typedef struct ValueType {
    const char *name; // as in schema/events/types.json, or null for a type with a shape or list
    TakeValue *take;
    const char *schema; // its JSON Schema, without the braces
} ValueType;

enum { NO_FLAG = UINT16_MAX };

// A constant Text in a table (a compound literal is none).
#define TEXT_OF(literal)                                                                           \
    { (literal), sizeof(literal) - 1 }

struct Member {
    Text name;
    const ValueType *type;
    const void *with; // what the type needs: Words, a Shape, nothing
    uint16_t at;      // place in the target
    uint16_t has;     // place of a bool to be set, or NO_FLAG
    bool required;
    bool insisted; // stands only where the event insists
};

struct Shape {
    const char *name; // for messages: "an assay", "\"ship\""
    const Member *members;
    uint8_t count; // at most 64
    size_t size;   // of the target
    CheckShape *check;
    const char *rules; // JSON Schema keywords that say what `check` asks, or null
};

typedef struct Words {
    const char *const *list;
    uint8_t first, count; // null or empty entries are not words
} Words;

// The members that every event has, and those of one kind.
extern const Shape event_common_shape;
// Without a name where no kind has the number.
const Shape *event_shape(EventKind kind);
const Shape *event_shape_trade(EventKind kind); // null for kinds of other subjects
const Shape *event_shape_identity(EventKind kind);
const Shape *event_shape_document(EventKind kind);
extern const Shape event_sealed_shape;
const Shape *event_shape_quota(EventKind kind); // likewise: licences and plans
const Shape *event_shape_law(EventKind kind);   // orders, inspections, technology, rule packs
extern const ValueType type_pack;               // event_shape_law.c

// Types that are built of others (event_build.c).
extern const ValueType type_word, type_word_byte, type_word_bits; // with: Words
extern const ValueType type_some_kinds;                           // a mask of kinds; with: Words
extern const ValueType type_object, type_list, type_list_any;     // with: Shape
extern const ValueType type_lines;                                // with: Shape of a Line
extern const ValueType type_names;                                // with: the ValueType of one
extern const ValueType type_lot_names, type_one_lot; // Lines that hold nothing but a lot
extern const ValueType type_assay, type_content, type_reference; // with: Shape of a Composition
extern const ValueType type_factors, type_limits, type_content_values, type_results, type_result,
    type_components, type_pool_components, type_other, type_verdicts, type_replacement, type_as;
// Shapes and words that files of other subjects use too.
extern const Shape event_input_shape, event_imported_shape, event_weighing_shape;
extern const Shape event_permit_shape;
extern const Words event_custody_words;
extern const ValueType type_one_line; // an object that is the one line of a list
extern const Shape event_result_shape, event_pool_value_shape;
// All types with a name, null at the end.
extern const ValueType *const named_types[];

// For value readers. fail_value() sets message, hint and the pointer of `token`; always false.
bool fail_value(Decoder *decoder, uint32_t token, const char *hint, const char *format, ...)
    PRINTF_LIKE(4, 5);
// "expected a string": says what stands there instead.
bool fail_type(Decoder *decoder, uint32_t token, const char *expected);
// Adds the pointer of `token` to a status that somebody else set; always false.
bool fail_here(Decoder *decoder, uint32_t token);
// Walks an object by its shape into `target`; `common` (may be null) has further members, which go
// into `common_target`.
MUST_CHECK bool take_shape(Decoder *decoder, uint32_t token, const Shape *common,
                           void *common_target, const Shape *shape, void *target);
MUST_CHECK bool take_whole_event(Decoder *decoder, uint32_t token, Event *event);
// "did you mean ..." when one of the names is near, else `lead` and all of them; into `hint`.
void suggest(char *hint, size_t size, const char *lead, Text given, const char *const *names,
             size_t count);
// A token as it stands, cut to what fits a message.
Text shown(const Decoder *decoder, uint32_t token);
