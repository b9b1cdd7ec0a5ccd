// Sealed parts, documents, and the erasure of either (docs/events.md).
#include "codec/event_member.h"

static const Words part_classes = {part_class_words, 0, PART_CLASSES};
static const Member sealed_members[] = {
    REQ_WITH(SealedPart, "class", type_word_byte, part_classes, class_number),
    REQ(SealedPart, "hash", type_sha256, hash),
};
const Shape event_sealed_shape = SHAPE("a sealed part", sealed_members, SealedPart, NULL, NULL);

static const Words documents = {paper_words, 1, PAPER_TYPES};
static const Words subjects = {subject_words, 1, SUBJECT_KINDS};
static const Member subject_members[] = {
    REQ_WITH(DocumentSubject, "kind", type_word, subjects, kind),
    REQ(DocumentSubject, "id", type_id, id),
};
static const Shape subject = SHAPE("a subject", subject_members, DocumentSubject, NULL, NULL);

static const Member document_members[] = {
    E_REQ("document", type_scoped, subject),
    REQ_WITH(Event, "type", type_word, documents, document_type),
    REQ_WITH(Event, "class", type_word_byte, part_classes, part.class_number),
    E_REQ("hash", type_sha256, part.hash),
    E_REQ("size", type_count, size),
    E_OPT("media", type_text, media),
    OPT_WITH(Event, "belongs", type_list, subject, belongs),
};

static const Member erase_members[] = {
    REQ_WITH(Event, "parts", type_names, type_sha256, erases),
    E_REQ("basis", type_text, basis_of_law),
};

static const Shape shape_document = KIND_SHAPE("document", document_members, NULL, NULL);
static const Shape shape_erase = KIND_SHAPE("erase", erase_members, NULL, NULL);

const Shape *event_shape_document(EventKind kind) {
    switch ((int)kind) {
    case EVENT_DOCUMENT:
        return &shape_document;
    case EVENT_ERASE:
        return &shape_erase;
    default:
        return NULL;
    }
}
