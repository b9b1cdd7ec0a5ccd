#include "book/event.h"

const char *event_kind_name(EventKind kind) {
    switch ((int)kind) {
#define KIND(number, suffix, text)                                                                 \
    case number:                                                                                   \
        return text;
#include "book/kind.def"
#undef KIND
    default:
        return "none";
    }
}

EventKind event_kind_find(Text text) {
#define KIND(number, suffix, word)                                                                 \
    if (text_equal(text, TEXT(word))) return EVENT_##suffix;
#include "book/kind.def"
#undef KIND
    return EVENT_NONE;
}

const char *const two_person_words[EVENT_KIND_COUNT] = {
    [EVENT_PARTY] = "party",     [EVENT_FACILITY] = "facility",     [EVENT_KEY] = "key",
    [EVENT_FACTORS] = "factors", [EVENT_POLICY] = "policy",         [EVENT_MATERIAL] = "material",
    [EVENT_DEPOSIT] = "deposit", [EVENT_SOURCE] = "source",         [EVENT_LICENCE] = "licence",
    [EVENT_HOLD] = "hold",       [EVENT_PLAN_ADOPT] = "plan.adopt", [EVENT_RELEASE] = "release",
};
_Static_assert(EVENT_KIND_COUNT <= 64, "a mask of kinds is 64 bits wide");

const char *const stage_words[STAGE_COUNT] = {"unknown", "ore",     "ore product", "compound",
                                              "metal",   "alloy",   "magnet",      "article",
                                              "scrap",   "residue", "reagent",     "other"};
const char *const class_words[CLASS_COUNT] = {"none", "rock", "ion", "recycled"};
const char *const activity_words[ACTIVITY_COUNT] = {
    "none",  "mining", "separation", "metal",      "alloy",        "magnet", "recycling",
    "trade", "export", "technology", "laboratory", "mining right", "permit"};
const char *const ledger_words[LEDGER_COUNT] = {"none", "mining", "separation", "export"};
const char *const basis_words[BASIS_COUNT] = {"assayed", "calculated", "declared", "reference",
                                              "nothing"};
const char *const custody_words[CUSTODY_COUNT] = {
    "identity preserved", "segregated", "controlled blending", "mass balance", "book and claim"};
const char *const outside_words[OUTSIDE_COUNT] = {"none", "post-consumer", "production scrap",
                                                  "reagent", "other"};
const char *const assay_basis_words[3] = {"dry", "received", "treo"};
const char *const document_words[DOCUMENT_KINDS] = {
    "none",   "mining plan", "restoration plan", "project approval", "protective terms",
    "safety", "discharge",   "radiation",        "tailings",         "other"};
const char *const position_words[3] = {"supports", "objects", "neutral"};
const char *const licence_status_words[3] = {"valid", "suspended", "revoked"};
const char *const permit_kind_words[PERMIT_KINDS] = {"none", "export", "dual-use"};
const char *const permit_type_words[3] = {"single", "general", "registered"};
const char *const permit_measure_words[2] = {"net", "reo"};
const char *const title_words[2] = {"passes", "retained"};
const char *const visibility_words[3] = {"public", "holder", "regulator"};
const char *const quantity_words[QUANTITY_COUNT] = {"weighing",   "assay",    "stocktake",
                                                    "calculated", "declared", "reference"};
const char *const user_role_words[4] = {"record", "confirm", "read", "administer"};
const char *const device_words[DEVICE_KINDS] = {"none",         "scale",      "weighbridge",
                                                "belt scale",   "flow meter", "tank gauge",
                                                "spectrometer", "other"};
const char *const key_status_words[2] = {"valid", "revoked"};
const char *const part_class_words[PART_CLASSES] = {
    "open", "personal", "process", "commercial", "technology", "evidence", "note"};
const char *const paper_words[PAPER_TYPES] = {"none",   "certificate", "contract", "form",
                                              "report", "permit",      "invoice",  "other"};
const char *const subject_words[SUBJECT_KINDS] = {"none", "party",       "facility", "licence",
                                                  "lot",  "consignment", "event",    "device"};

uint32_t event_part_count(const Event *event) {
    uint32_t own = event->sealed_count + (event->kind == EVENT_DOCUMENT);
    return event->replacement ? own + event_part_count(event->replacement) : own;
}

const SealedPart *event_part(const Event *event, uint32_t index) {
    if (index < event->sealed_count) return &event->sealed[index];
    index -= event->sealed_count;
    if (event->kind != EVENT_DOCUMENT) return event_part(event->replacement, index);
    return &event->part;
}
const char *const case_state_words[3] = {"open", "charged", "closed"};
const char *const technology_class_words[3] = {"free", "restricted", "prohibited"};
const char *const step_words[STEP_COUNT] = {"negotiation", "contract", "transfer", "intent"};
