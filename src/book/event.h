// One thing that happened, as its submitter says it, decoded. docs/events.md gives the JSON form.
// Everything is borrowed from the bytes or from the decoder's arena: an Event lives as long as they
// do. The decoder promises what it could check without the book: ids are well-formed, masses and
// fractions in range, enums known, required members there, no list empty that must not be.
#pragma once
#include "base/calendar.h"
#include "base/text.h"
#include "quantity/component.h"
#include "quantity/factor.h"
#include "quantity/mass.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum EventKind {
    EVENT_NONE = 0,
#define KIND(number, suffix, text) EVENT_##suffix = number,
#include "book/kind.def"
#undef KIND
    EVENT_KIND_COUNT
} EventKind;

typedef enum Stage { // B11: fixed by the material
    STAGE_UNKNOWN = 0,
    STAGE_ORE,
    STAGE_ORE_PRODUCT,
    STAGE_COMPOUND,
    STAGE_METAL,
    STAGE_ALLOY,
    STAGE_MAGNET,
    STAGE_ARTICLE,
    STAGE_SCRAP,
    STAGE_RESIDUE,
    STAGE_REAGENT,
    STAGE_OTHER,
    STAGE_COUNT
} Stage;
// "ore" "ore product" "compound" "metal" "alloy" "magnet" "article" "scrap" "residue" "reagent"
// "other"

typedef enum OreClass { // rock-type light or ion-adsorption; recycled feed draws no quota
    CLASS_NONE = 0,
    CLASS_ROCK,
    CLASS_ION,
    CLASS_RECYCLED,
    CLASS_COUNT
} OreClass; // "rock" "ion" "recycled"

typedef enum Activity {
    ACTIVITY_NONE = 0,
    ACTIVITY_MINING,
    ACTIVITY_SEPARATION,
    ACTIVITY_METAL,
    ACTIVITY_ALLOY,
    ACTIVITY_MAGNET,
    ACTIVITY_RECYCLING,
    ACTIVITY_TRADE,
    ACTIVITY_EXPORT,
    ACTIVITY_TECHNOLOGY,
    ACTIVITY_LABORATORY,
    // Of licences alone: what a licence may rest on.
    ACTIVITY_MINING_RIGHT,
    ACTIVITY_PERMIT,
    ACTIVITY_COUNT
} Activity; // "mining" "separation" "metal" "alloy" "magnet" "recycling" "trade" "export"
            // "technology" "laboratory"; of licences also "mining right" "permit"

typedef enum Ledger {
    LEDGER_NONE = 0,
    LEDGER_MINING,
    LEDGER_SEPARATION,
    LEDGER_EXPORT,
    LEDGER_COUNT
} Ledger;
typedef enum Basis { // of a lot's content, best first (B3)
    BASIS_ASSAYED = 0,
    BASIS_CALCULATED,
    BASIS_DECLARED,
    BASIS_REFERENCE,
    BASIS_NOTHING,
    BASIS_COUNT
} Basis;
typedef enum AssayBasis { OF_DRY = 0, OF_RECEIVED, OF_TREO } AssayBasis;
typedef enum Custody { // ISO 22095, strongest first; a lot takes the weakest model upstream
    CUSTODY_IDENTITY = 0,
    CUSTODY_SEGREGATED,
    CUSTODY_BLENDING,
    CUSTODY_MASS_BALANCE,
    CUSTODY_BOOK_AND_CLAIM,
    CUSTODY_COUNT,
    CUSTODY_UNSTATED = 255
} Custody; // "identity preserved" "segregated" "controlled blending" "mass balance" "book and
           // claim"
typedef enum OutsideKind {
    OUTSIDE_NONE = 0,
    OUTSIDE_POST_CONSUMER,
    OUTSIDE_PRODUCTION_SCRAP,
    OUTSIDE_REAGENT,
    OUTSIDE_OTHER,
    OUTSIDE_COUNT
} OutsideKind; // "post-consumer" "production scrap" "reagent" "other"
typedef enum Title { TITLE_PASSES = 0, TITLE_RETAINED } Title; // "passes" "retained"
typedef enum PermitKind {
    PERMIT_NONE = 0,
    PERMIT_EXPORT,
    PERMIT_DUAL_USE,
    PERMIT_KINDS
} PermitKind;
// "export" "dual-use"
typedef enum PermitType { PERMIT_SINGLE = 0, PERMIT_GENERAL, PERMIT_REGISTERED } PermitType;
// "single" "general" "registered"
typedef enum PermitMeasure { MEASURED_NET = 0, MEASURED_REO } PermitMeasure; // "net" "reo"
typedef enum LicenceStatus { LICENCE_VALID = 0, LICENCE_SUSPENDED, LICENCE_REVOKED } LicenceStatus;
typedef enum PartyRole { // bits of a mask
    PARTY_AUTHORITY = 1,
    PARTY_COMPANY = 2,
    PARTY_GROUP = 4,
    PARTY_LABORATORY = 8,
    PARTY_CUSTOMS = 16,
    PARTY_AUDITOR = 32,
    PARTY_BUYER = 64
} PartyRole; // "authority" "company" "group" "laboratory" "customs" "auditor" "buyer"
typedef enum Visibility { VISIBLE_PUBLIC = 0, VISIBLE_HOLDER, VISIBLE_REGULATOR } Visibility;
typedef enum MeasuredQuantity {
    QUANTITY_WEIGHING = 0,
    QUANTITY_ASSAY,
    QUANTITY_STOCKTAKE,
    QUANTITY_CALCULATED,
    QUANTITY_DECLARED,
    QUANTITY_REFERENCE,
    QUANTITY_COUNT
} MeasuredQuantity;
enum { POLICY_KEEP = 255 };
typedef enum UserRole { // bits of a mask: what a party lets its user do
    USER_RECORD = 1,    // send events
    USER_CONFIRM = 2,   // be the second person
    USER_READ = 4,
    USER_ADMINISTER = 8
} UserRole; // "record" "confirm" "read" "administer"
typedef enum DeviceKind {
    DEVICE_NONE = 0,
    DEVICE_SCALE,
    DEVICE_WEIGHBRIDGE,
    DEVICE_BELT_SCALE,
    DEVICE_FLOW_METER,
    DEVICE_TANK_GAUGE,
    DEVICE_SPECTROMETER,
    DEVICE_OTHER,
    DEVICE_KINDS
} DeviceKind; // "scale" "weighbridge" "belt scale" "flow meter" "tank gauge" "spectrometer" "other"
typedef enum KeyStatus { KEY_VALID = 0, KEY_REVOKED } KeyStatus; // "valid" "revoked"

// A result of an assay: a value, or only that it is below a limit. Fractions of the stated basis.
typedef struct Result {
    bool is_value, is_below, has_u, has_s;
    Fraction value; // the value, or the limit
    Fraction u, s;  // k = 1; random, and shared by the laboratory with that method
} Result;

// What a line says of what it is made of: an `assay`, or a stated `content`.
typedef struct Composition {
    Basis basis;
    AssayBasis of;           // OF_DRY for stated contents
    bool as_oxide;           // values are oxides; always so for OF_TREO
    Text laboratory, method; // of an assay; the laboratory is a party
    Result treo;             // OF_TREO only
    uint64_t mask;           // components with a value or a limit
    Result values[COMPONENT_COUNT];
} Composition;

// Between which limits an assay of a material should lie.
typedef struct Limits {
    uint64_t mask;
    Fraction values[COMPONENT_COUNT];
} Limits;
typedef struct Grade {
    bool of_treo; // oxide shares of TREO; else elements of dry mass
    Limits min, max;
} Grade;

typedef struct Weighing {
    Text device; // PARTY:LOCAL, empty when not said
    bool has_u, has_s;
    Mass u, s;
} Weighing;

// One line of matter: an input, an output, a part, a shipped or received lot, something measured or
// counted. Which members may stand is a matter of the event kind (docs/events.md).
typedef struct Line {
    Text lot;      // the lot taken, or the new lot
    Text from_lot; // receive: the shipper's lot
    Text material;
    Text settles;    // a found lot that this output supplies (B23)
    Text source;     // open: the declared origin
    Text owner;      // whose it is, when not its holder's
    Text part;       // sell: the new lot that a part becomes
    Text supersedes; // measure: the event whose figures it restates
    int64_t count;   // assemble, split: pieces; 0 when not said
    bool has_net, has_of, has_moisture, empty, final_line;
    Mass net, of;
    Fraction moisture; // of the net mass
    Weighing weighing;
    const Composition *composition; // null: nothing stated
    Custody custody;
} Line;

// Components in a pool: opened or found there, or lost.
typedef struct PoolLine {
    Text pool;
    Text method; // names the shared group with the facility's party; may be empty
    uint64_t mask;
    Mass kg[COMPONENT_COUNT];
    uint64_t u_mask, s_mask; // components whose u, s was given
    Mass u[COMPONENT_COUNT], s[COMPONENT_COUNT];
} PoolLine;

typedef struct Package {
    Text id; // PARTY:LOCAL
    Mass net, gross, tare;
    Text seal, form;
} Package;

// What a licence of activity export permits.
typedef struct Permit {
    PermitKind kind;
    PermitType type;
    PermitMeasure measure;
    Text user;             // empty: anybody
    const Text *countries; // none: any
    uint32_t country_count;
    bool has_quantity;
    Mass quantity;
} Permit;
// A permit on a declaration.
typedef struct PermitLine {
    Text permit;
    bool has_mass;
    Mass mass;
} PermitLine;
// Which permits the materials of a stage need: bits 1 << PermitKind.
// Of whom goods must not go to, or who owns whom.
typedef struct Screening {
    Text user, owner; // owner empty: the user itself is listed, or no longer
    bool has_listed, listed, has_share;
    Fraction share;
} Screening;
typedef struct PolicyPermits {
    uint8_t stage;
    uint32_t kinds;
} PolicyPermits;

typedef struct Allotment {
    Text holder; // party or facility
    Text under;  // its parent in the tree; empty for the nation (the authority)
    Mass reo;
} Allotment;

typedef struct PolicyError {
    uint8_t quantity, stage;
    Text method;
    bool has_u, has_s;
    Fraction u, s;
} PolicyError;
typedef struct PolicyYield {
    uint8_t activity;
    Fraction min;
} PolicyYield;
typedef struct PolicyVerdict {
    uint16_t code;
    uint8_t verdict;
} PolicyVerdict;
typedef struct ReturnLine {
    Text material;
    uint16_t mask;
    Mass kg[8];
} ReturnLine;
// kg: 0 opening 1 received 2 extracted 3 made 4 used 5 shipped 6 discarded 7 closing (net), bit set
// when stated

typedef enum PartClass { // who may read a sealed part
    PART_OPEN = 0,       // everybody who may see the event
    PART_PERSONAL,
    PART_PROCESS,
    PART_COMMERCIAL,
    PART_TECHNOLOGY,
    PART_EVIDENCE,
    PART_NOTE,
    PART_CLASSES
} PartClass; // "open" "personal" "process" "commercial" "technology" "evidence" "note"
typedef struct SealedPart {
    uint8_t class_number; // PartClass
    Text hash;            // its commitment, 64 hexadecimal digits
} SealedPart;
typedef enum PaperType {
    PAPER_NONE = 0,
    PAPER_CERTIFICATE,
    PAPER_CONTRACT,
    PAPER_FORM,
    PAPER_REPORT,
    PAPER_PERMIT,
    PAPER_INVOICE,
    PAPER_OTHER,
    PAPER_TYPES
} PaperType; // "certificate" "contract" "form" "report" "permit" "invoice" "other"
typedef enum SubjectKind {
    SUBJECT_NONE = 0,
    SUBJECT_PARTY,
    SUBJECT_FACILITY,
    SUBJECT_LICENCE,
    SUBJECT_LOT,
    SUBJECT_CONSIGNMENT,
    SUBJECT_EVENT,
    SUBJECT_DEVICE,
    SUBJECT_KINDS
} SubjectKind; // "party" "facility" "licence" "lot" "consignment" "event" "device"
typedef struct DocumentSubject {
    SubjectKind kind;
    Text id;
} DocumentSubject;
typedef struct PolicySigning {
    Text party;     // empty: any
    uint32_t roles; // 0: any
    uint64_t kinds; // 0: any
    bool required;
} PolicySigning;
typedef struct Calibration {
    Day date, until; // holds on both and between
    Text certificate, laboratory;
} Calibration;
typedef enum Position { POSITION_SUPPORTS = 0, POSITION_OBJECTS, POSITION_NEUTRAL } Position;
// "supports" "objects" "neutral"
typedef enum DocumentKind {
    DOCUMENT_NONE = 0,
    DOCUMENT_MINING_PLAN,
    DOCUMENT_RESTORATION_PLAN,
    DOCUMENT_PROJECT_APPROVAL,
    DOCUMENT_PROTECTIVE_TERMS,
    DOCUMENT_SAFETY,
    DOCUMENT_DISCHARGE,
    DOCUMENT_RADIATION,
    DOCUMENT_TAILINGS,
    DOCUMENT_OTHER,
    DOCUMENT_KINDS
} DocumentKind; // "mining plan" "restoration plan" "project approval" "protective terms" "safety"
                // "discharge" "radiation" "tailings" "other"
// A paper behind a licence, and an area in which the licence holds.
typedef struct LicenceDocument {
    DocumentKind kind;
    Text number, hash; // hash: SHA-256 of the paper, hex, or empty
    Day from, to;      // 0: not said
} LicenceDocument;
typedef struct LicenceArea {
    Text area, boundary, says; // boundary: SHA-256 of the polygon's file, hex, or empty
} LicenceArea;

// An event of a party, cited as evidence.
typedef struct EventRef {
    Text party, id;
} EventRef;
typedef enum CaseState { CASE_OPEN = 0, CASE_CHARGED, CASE_CLOSED } CaseState;
typedef enum TechnologyClass {
    TECHNOLOGY_FREE = 0,
    TECHNOLOGY_RESTRICTED,
    TECHNOLOGY_PROHIBITED
} TechnologyClass;
// Steps of passing technology on; a permit for one covers those before it.
// Numbers as they are stored; in the order in which they follow each other: step_rank().
enum { STEP_NEGOTIATION = 0, STEP_CONTRACT, STEP_TRANSFER, STEP_INTENT, STEP_COUNT };
typedef struct StepPermit {
    Text number, country, party; // empty: any
    Day from, to;
    uint8_t step;
} StepPermit;
typedef struct Interval {
    Day from, to;
} Interval;

typedef struct Event {
    uint8_t version;
    EventKind kind;
    Text bytes; // exactly as sent
    Text id, party;
    bool is_span, insist;
    Instant start, end; // when it happened: equal unless it is a span

    // What a registry event names; what other events act on. Empty when the kind has no such
    // member.
    Text subject; // party facility key(hex) material deposit source licence plan.adopt(instrument)
                  // extract: its source
    Text facility, pool, consignment;
    Text name, name_zh, form, reason;

    // inputs: `inputs`; `lots` of ship, stocktake, discard, loss, hold; the one `lot` of split,
    // measure (for measure with all that was measured). outputs: `outputs`, `parts`; `lots` of
    // open; `lines` of receive; the one `lot` of merge.
    const Line *inputs;
    uint32_t input_count;
    const Line *outputs;
    uint32_t output_count;
    const PoolLine *pools;
    uint32_t pool_count;

    // book
    Text origin, jurisdiction;
    bool is_trial;
    int offset_minutes;
    uint8_t log_key[32];
    Factors factors; // book, factors
    // party: subject; roles; group. facility: holder, activities, offset
    uint32_t roles;
    Text group, holder;
    uint32_t activities; // bits 1 << Activity
    bool has_offset;
    Text country, place;
    Day valid_from, valid_to; // inclusive; DAY_FIRST, DAY_LAST when left out
    // key: subject, holder. material
    Stage stage;
    OreClass class_of_ore;
    bool has_default_moisture;
    Fraction default_moisture;
    Grade grade;
    uint64_t expects; // components that a content of this material should state
    // deposit: class_of_ore, reserve, composition (shares of REO as reference), source: deposit,
    // licence
    bool has_reserve;
    Mass reserve;
    const Composition *reference;
    Text deposit, licence;
    // licence: subject, holder, facility, activity, sources, materials, status
    Activity activity;
    const Text *sources;
    uint32_t source_count;
    const Text *materials;
    uint32_t material_count;
    LicenceStatus licence_status;
    // licence: what it rests on, where it holds, the official number. licence.amend: what is named
    // changes; the flags say whether. licence.suspend: subject, validity, reason, `lifts`
    Text number, lifts;
    const Text *requirements;
    uint32_t requirement_count;
    const LicenceDocument *licence_documents;
    uint32_t licence_document_count;
    const LicenceArea *areas;
    uint32_t area_count;
    bool has_from, has_to, has_status;
    Text area;     // extract: where within the licence
    Permit permit; // kind PERMIT_NONE: none
    // plan.adopt
    int year;
    Ledger ledger;
    const Text *includes;
    uint32_t include_count;
    const Allotment *allotments;
    uint32_t allotment_count;
    Text notice;
    Day pass_down;
    Visibility visibility;
    Text draft; // plan.adopt: the draft that it adopts
    // plan.draft: the draft's id in `subject`; until when opinions are asked for (DAY_LAST: not
    // said). plan.opinion: the draft in `subject`
    Day until;
    Position position;
    bool has_wish;
    Mass wish;        // REO that the party asks for itself
    Text paper, note; // SHA-256 of the opinion's text, hex

    // policy
    const PolicyError *policy_errors;
    uint32_t policy_error_count;
    const PolicyVerdict *policy_verdicts;
    uint32_t policy_verdict_count;
    uint8_t hold_sigma, flag_sigma; // POLICY_KEEP: not said
    bool has_devices_required, devices_required;
    const PolicySigning *policy_signings;
    uint32_t policy_signing_count;
    bool has_quota_notice, has_quota_warning;
    Fraction quota_notice, quota_warning;
    bool has_advance, has_yield_drop;
    Fraction advance, yield_drop;
    const PolicyYield *policy_yields;
    uint32_t policy_yield_count;
    bool has_two_persons;
    uint64_t two_persons; // bits 1 << EventKind
    // close, return: month or year
    bool has_month;
    Month month;
    const ReturnLine *return_lines;
    uint32_t return_line_count;
    // ship, receive
    Text destination, from_party;
    OutsideKind outside;
    Text outside_name; // destination: the member `to`,
    // a facility's id; of a discard, words
    Text carrier, seal;
    Text back;    // return.goods: the consignment in which received goods travel back
    Day expected; // DAY_LAST when left out
    Title title;
    // pack: the one lot in `inputs`, marks of origin in `sources`
    const Package *packages;
    uint32_t package_count;
    // export.goods, import.goods: declaration in `consignment`, the other country in `country`
    Text office, end_user, end_use, customs_code, other_book, passport, checkpoint, returns;
    const PermitLine *permit_lines;
    uint32_t permit_line_count;
    // material, policy: permits that goods need
    uint32_t permits;
    const PolicyPermits *policy_permits;
    uint32_t policy_permit_count;
    const Screening *screenings; // policy
    uint32_t screening_count;
    bool has_permit_free;
    Mass permit_free;
    // sell
    Text buyer, contract, invoice, price; // price: the hash of a sealed part, hex
    // transform, charge, draw, pool
    Text process;
    // hold: lots in `inputs`, pools in `held_pools`. release: cause number
    const Text *held_pools;
    uint32_t held_pool_count;
    uint64_t cause;
    // user: subject, roles, validity. delegate: subject, validity; the party or user that may
    // speak, for which kinds (bits 1 << EventKind, 0: all) and facilities (none: all)
    uint32_t user_roles;
    Text delegate;
    uint64_t kinds;
    const Text *facilities;
    uint32_t facility_count;
    // device: subject, facility, validity
    DeviceKind device_kind;
    const Calibration *calibrations;
    uint32_t calibration_count;
    // key: subject, holder, validity; the key that it takes the place of, in hex
    KeyStatus key_status;
    Text replaces;
    bool has_suspect_since;
    Instant suspect_since;
    // confirm: the event `confirms` of the party `subject` (empty: the confirm's own), by the
    // SHA-256 of its bytes; `declines`: it shall not take effect
    Text confirms;
    uint8_t hash[32];
    bool declines;
    // every kind: sealed parts, whose bytes lie apart
    const SealedPart *sealed;
    uint32_t sealed_count;
    // document: subject; its own bytes as a sealed part
    PaperType document_type;
    SealedPart part;
    uint64_t size;
    Text media;
    const DocumentSubject *belongs;
    uint32_t belong_count;
    // erase: hashes of sealed parts
    const Text *erases;
    uint32_t erase_count;
    Text basis_of_law;
    // case: subject, about (holder), facility, lots; technology: subject, owner (holder), class;
    // technology.disclose: subject, to (destination), outside, permit (licence), channel (process)
    CaseState case_state;
    TechnologyClass technology_class;
    uint8_t step;
    Text outcome, entry;
    const EventRef *cited_events;
    uint32_t cited_event_count;
    const Text *findings;
    uint32_t finding_count;
    const Text *documents;
    uint32_t document_count;
    const StepPermit *step_permits;
    uint32_t step_permit_count;
    // rules: subject, jurisdiction, hash, validity; the pack's bytes, when it does not hold
    Text pack_version, pack;
    const Interval *intervals;
    uint32_t interval_count;
    // correct
    Text corrects;
    const struct Event *replacement;
    Text replacement_bytes;
} Event;

#define DAY_FIRST ((Day)0)
#define DAY_LAST  ((Day)2932896) // 9999-12-31

// The kinds of which policy may say that they need a second person (B10), by kind; null: not one of
// them.
extern const char *const two_person_words[EVENT_KIND_COUNT];
static inline bool kind_may_wait(EventKind kind) {
    return (two_person_words[kind] != NULL) || kind == EVENT_EXPORT_GOODS; // which customs clear
}

const char *event_kind_name(EventKind kind);
EventKind event_kind_find(Text text); // EVENT_NONE when unknown
// The sealed parts that an event names: its own, a document's, and those of its replacement.
uint32_t event_part_count(const Event *event);
const SealedPart *event_part(const Event *event, uint32_t index);
// The words of the enums above, null past the end: stage_words[STAGE_ORE] is "ore".
extern const char *const stage_words[STAGE_COUNT],
    *const class_words[CLASS_COUNT],
        *const activity_words[ACTIVITY_COUNT],
            *const ledger_words[LEDGER_COUNT],
                *const basis_words[BASIS_COUNT],
                    *const custody_words[CUSTODY_COUNT],
                        *const outside_words[OUTSIDE_COUNT],
                            *const assay_basis_words[3],
                                *const licence_status_words[3],
                                    *const title_words[2],
                                        *const permit_kind_words[PERMIT_KINDS],
                                            *const permit_type_words[3],
                                                *const permit_measure_words[2],
                                                    *const visibility_words[3],
                                                        *const part_class_words[PART_CLASSES],
                                                            *const paper_words[PAPER_TYPES],
                                                                *const subject_words[SUBJECT_KINDS],
                                                                    *const user_role_words[4],
                                                                        *const device_words[DEVICE_KINDS],
                                                                            *const key_status_words[2],
                                                                                *const position_words[3],
                                                                                    *const case_state_words[3],
                                                                                        *const technology_class_words
                                                                                            [3],
                                                                                                *const step_words[STEP_COUNT],
                                                                                                    *const document_words
                                                                                                        [DOCUMENT_KINDS],
                                                                                                            *const quantity_words
                                                                                                                [QUANTITY_COUNT];
