// The tables that the book is made of. Internal to book/, and to from_book.c files through read.h.
// Rows never move. Every change of a row goes through touch() and every new row through row_new(),
// so that the journal can take it back. Nothing depends on an address or on the order of hashes.
#pragma once
#include "base/arena.h"
#include "base/integer.h"
#include "base/intern.h"
#include "base/rows.h"
#include "book/book.h"
#include "book/changed.h"
#include "book/journal.h"
#include "quantity/content.h"

typedef enum Table {
    TABLE_NONE = 0,
    TABLE_PARTY,
    TABLE_PARTY_VERSION,
    TABLE_FACILITY,
    TABLE_FACILITY_VERSION,
    TABLE_LICENCE,
    TABLE_LICENCE_VERSION,
    TABLE_MATERIAL,
    TABLE_DEPOSIT,
    TABLE_SOURCE,
    TABLE_INSTRUMENT,
    TABLE_ALLOTMENT,
    TABLE_NODE,
    TABLE_CAUSE,
    TABLE_POOL,
    TABLE_POOL_SET,
    TABLE_POOL_FACET,
    TABLE_LOT,
    TABLE_CONSIGNMENT,
    TABLE_POSTING,
    TABLE_ACCOUNT,
    TABLE_MONTH_RETURN,
    TABLE_POOL_OWNER,
    TABLE_PACKING,
    TABLE_PACKAGE,
    TABLE_PERMIT_TERMS,
    TABLE_PERMIT,
    TABLE_DECLARATION,
    TABLE_DECLARATION_PERMIT,
    TABLE_IMPORT,
    TABLE_USER,
    TABLE_DELEGATION,
    TABLE_DEVICE,
    TABLE_DEVICE_VERSION,
    TABLE_CALIBRATION,
    TABLE_KEY,
    TABLE_LICENCE_DOCUMENT,
    TABLE_LICENCE_AREA,
    TABLE_SUSPENSION,
    TABLE_AWAITING,
    TABLE_PART,
    TABLE_DOCUMENT,
    TABLE_ORDER,
    TABLE_CASE,
    TABLE_CASE_VERSION,
    TABLE_TIP,
    TABLE_TECHNOLOGY,
    TABLE_TECHNOLOGY_VERSION,
    TABLE_STEP_PERMIT,
    TABLE_DISCLOSURE,
    TABLE_PACK,
    TABLE_PACK_VERSION,
    TABLE_DRAFT,
    TABLE_DRAFT_ALLOTMENT,
    TABLE_OPINION, // 54: the last of the digest's
    // What these point to, or what can be told from them.
    TABLE_FACET,
    TABLE_TERM,
    TABLE_MEASUREMENT,
    TABLE_SET,
    TABLE_SET_ITEM,
    TABLE_POOL_GROUP,
    TABLE_POOL_TERM,
    TABLE_CONSIGNMENT_LINE,
    TABLE_UNMATCHED,
    TABLE_DIFFERENCE,
    TABLE_OPERATION,
    TABLE_FLOW,
    TABLE_DRAW,
    TABLE_RECORD,
    TABLE_EVENT,
    TABLE_LIST,
    TABLE_FACTORS,
    TABLE_POLICY_ERROR,
    TABLE_POOL_DELTA,
    TABLE_BEFORE,
    TABLE_INTERVAL,
    TABLE_YIELD,
    TABLE_YIELD_BATCH,
    TABLE_TRANSFER,
    TABLE_SIGNING,
    TABLE_DOCUMENT_SUBJECT,
    TABLE_SCREEN,
    TABLE_DRAW_BEFORE,
    TABLE_RETURN_LINE,
    TABLE_COUNT
} Table;
_Static_assert((int)TABLE_OPINION == (int)BOOK_TABLE_COUNT, "the digest's tables come first");

// A content kept in the book: masks, dry mass, and where its numbers stand among the values
// (stated values first, then bounds, lowest bit first).
typedef struct ContentRef {
    uint32_t stated, whole, below, values;
    int64_t dry;
} ContentRef;

// Keys: a source's row; an OreClass; a RecycledKind. 3 and 4 are kinds of a PoolDelta.
typedef enum FacetKind { FACET_SOURCE = 1, FACET_UNDRAWN = 2, FACET_RECYCLED = 5 } FacetKind;
typedef enum RecycledKind { RECYCLED_PRE_CONSUMER = 1, RECYCLED_POST_CONSUMER } RecycledKind; // B27

// A holder of quota: a party, or a facility (HOLDER_FACILITY | row).
typedef uint32_t Holder;
#define HOLDER_FACILITY 0x80000000u

typedef struct PartyRow {
    uint32_t last_version;     // ROW_NONE: named but not registered
    uint32_t first_delegation; // that it gave, newest first
    uint8_t has_devices;       // keeps a register of its devices
} PartyRow;
typedef struct PartyVersion {
    uint32_t party, previous, group, name, name_zh, roles;
    Day effective, from, to;
} PartyVersion;

typedef struct FacilityRow {
    uint32_t last_version;
    Month closed;          // the last closed month, 0 before the first
    uint32_t last_account; // the account row that was asked for last: a guess, to be checked
} FacilityRow;
typedef struct FacilityVersion {
    uint32_t facility, previous, holder, name, name_zh, country, place, activities;
    int32_t offset_minutes;
    Day effective, from, to;
} FacilityVersion;

typedef struct LicenceRow {
    uint32_t last_version, last_suspension;
    uint32_t permit; // how much of it is used, or ROW_NONE
} LicenceRow;
typedef struct LicenceVersion {
    uint32_t licence, previous, holder, facility;              // facility ROW_NONE: any
    uint32_t sources, source_count, materials, material_count; // rows of TABLE_LIST
    uint32_t requirements, requirement_count;                  // likewise: licences
    uint32_t documents, document_count, areas, area_count, number;
    uint32_t permit_terms; // ROW_NONE: permits no export
    uint8_t activity, status;
    Day effective, from, to;
} LicenceVersion;
typedef struct LicenceDocumentRow {
    uint32_t number, hash;
    Day from, to;
    uint8_t kind;
} LicenceDocumentRow;
typedef struct LicenceAreaRow {
    uint32_t area, boundary, says;
} LicenceAreaRow;
typedef struct SuspensionRow { // an order; ends on the day before it is lifted
    uint64_t seq;
    uint32_t licence, previous, reason;
    Day from, to;
} SuspensionRow;
typedef struct PermitTermsRow {
    uint32_t user, countries,
        country_count; // user ROW_NONE: anybody; countries: texts in TABLE_LIST
    uint8_t kind, type, measure, has_quantity;
    int64_t quantity;
} PermitTermsRow;
typedef struct PermitRow {
    uint32_t licence;
    uint8_t used; // a permit for one export was used
    int64_t reserved_mg, drawn_mg;
} PermitRow;
// That policy has said which permits a stage needs, be it none: no kind of permit has number 0.
enum { PERMITS_STATED = 1 };
typedef enum DeclarationStatus {
    DECLARED = 1,
    DECLARATION_CLEARED,
    DECLARATION_STOPPED,
    DECLARATION_WITHDRAWN
} DeclarationStatus;
typedef struct DeclarationRow {
    uint64_t seq, settled_by;                                         // UINT64_MAX
    uint32_t consignment, office, party, country, user, customs_code; // texts
    uint32_t first_line, line_count;
    Day day; // at the office
    uint8_t status, free;
    int64_t net_mg, reo_mg; // of what needs a permit
} DeclarationRow;
typedef struct DeclarationPermit {
    uint32_t declaration, permit;
    int64_t mg;
} DeclarationPermit;
typedef struct ImportRow {
    uint64_t seq;
    uint32_t lot, country, declaration, book, passport;
    uint32_t came_back_of; // the declaration under which it had left, or ROW_NONE
} ImportRow;

typedef struct MaterialRow {
    uint32_t name, name_zh, form;
    uint8_t registered, stage, class_of_ore, has_moisture;
    int32_t moisture_ppb;
    uint32_t expects;
    uint8_t has_permits, permits;                   // bits 1 << PermitKind
    uint32_t grade_min_mask, grade_max_mask, grade; // values: minima, then maxima, ppb
    uint8_t grade_of_treo;                          // else of dry mass
} MaterialRow;

typedef struct DepositRow {
    uint32_t name, country;
    uint8_t registered, class_of_ore, has_reserve;
    int64_t reserve_mg, drawn_mg;
    uint32_t reference_mask, reference; // values: share ppb, then scatter ppb, for each bit
} DepositRow;

typedef struct SourceRow {
    uint32_t deposit, licence, name;
    uint8_t registered;
} SourceRow;

typedef struct InstrumentRow {
    uint32_t first, count, notice; // allotments
    uint16_t year;
    uint8_t ledger, class_of_ore, visibility;
    uint32_t issuer, draft; // the authority, or a group that passed down; the draft that it adopts
    Day date, pass_down;
    uint64_t seq;
} InstrumentRow;
typedef struct DraftRow {
    uint32_t first, count, notice, instrument; // draft allotments; ROW_NONE until it is adopted
    uint16_t year;
    uint8_t ledger, class_of_ore, visibility;
    Day date, until;
    uint64_t seq;
} DraftRow;
typedef struct OpinionRow { // a further one of the same party takes its place
    uint64_t seq;
    uint32_t draft, party, paper, note;
    int64_t wish_mg; // -1: none
    uint8_t position, late;
} OpinionRow;
typedef struct AllotmentRow {
    uint32_t instrument;
    Holder holder, under; // under ROW_NONE: the nation
    uint8_t replaced;
    int64_t mg;
    uint32_t previous; // the allotment before it at the same node, or ROW_NONE
} AllotmentRow;
typedef struct NodeRow {
    Holder holder, under; // under ROW_NONE: as the registry says
    uint16_t year;
    uint8_t ledger, class_of_ore, named;
    uint32_t advance_cause; // row of the pending cause, or ROW_NONE
    int64_t allotted_mg, drawn_mg;
    uint32_t last_allotment; // recorded last, or ROW_NONE
} NodeRow;

typedef enum CauseStatus {
    CAUSE_PENDING = 1,
    CAUSE_OPEN = 2,
    CAUSE_RELEASED = 3,
    CAUSE_VOID = 4
} CauseStatus;
typedef struct CauseRow {
    uint64_t number;
    uint16_t code;
    uint8_t status;
    uint64_t closed_by;
} CauseRow;
typedef struct SetRow {
    uint32_t first, count;
} SetRow; // rows of TABLE_SET_ITEM: cause rows
enum { SET_EMPTY = 0 };
enum { CAUSES_MAX = 512 }; // that one event can open or pass on

typedef struct PoolRow {
    uint32_t facility, name, first_set, last_set, first_facet, first_group, first_term, last_term,
        first_owner, first_operation, last_operation;
    uint32_t stated, whole; // of all that came in; whole starts with every component
    uint8_t activity, class_of_ore, any_in;
    int64_t content[COMPONENT_COUNT]; // free and held together
    int64_t in[COMPONENT_COUNT], bound_in[COMPONENT_COUNT], out[COMPONENT_COUNT],
        gain[COMPONENT_COUNT];
    u128 random[COMPONENT_COUNT]; // variance of in and out since it was opened, ug^2
} PoolRow;
typedef struct PoolSetRow {
    uint32_t pool, set, next;
    int64_t mg[COMPONENT_COUNT];
} PoolSetRow;
typedef struct PoolFacetRow {
    uint32_t pool, next, key;
    uint8_t kind;
    int64_t mg[COMPONENT_COUNT];
} PoolFacetRow;
// What of a pool's content belongs to others than its holder, by owner.
typedef struct PoolOwnerRow {
    uint32_t pool, owner, next;
    int64_t mg[COMPONENT_COUNT];
} PoolOwnerRow;
typedef struct PoolGroupRow {
    uint32_t group, next;
    i128 sum[COMPONENT_COUNT];
} PoolGroupRow;
typedef struct PoolTermRow {
    uint32_t measurement, next;
    int64_t mg;
} PoolTermRow;

typedef enum LotState { LOT_HERE = 1, LOT_TRANSIT = 2, LOT_ENDED = 3 } LotState;
enum { LOT_FOUND = 1, LOT_MEASURED = 2, LOT_UNMATCHED = 4, LOT_TAKEN = 8 };
typedef struct Lot {
    uint32_t material;                     // ROW_NONE: unknown
    uint32_t party, facility, consignment; // party: the holder
    uint32_t owner;
    uint32_t packing; // ROW_NONE: loose
    int64_t pieces;   // 0: not counted
    uint8_t basis, custody, state, flags, facet_count, term_count;
    uint8_t turned_back; // on the road back to who sent it
    uint32_t set;
    uint32_t facets, terms;   // of the running share's start
    int64_t start_net, taken; // the running share
    ContentRef start;
    int64_t born_net;
    ContentRef born;
    uint32_t operation; // that made it
    uint32_t first_flow, last_flow, first_draw;
    uint64_t changed; // record that last measured, counted or restored it
} Lot;

typedef struct PackingRow { // what one `pack` did
    uint64_t seq;
    uint32_t lot, first_package, package_count, origins,
        origin_count; // origins: rows of TABLE_LIST
    uint8_t opened;
} PackingRow;
typedef struct PackageRow {
    uint32_t packing, seal, form; // seal, form: numbers among the texts
    int64_t net, gross, tare;
} PackageRow;

typedef struct FacetRow {
    uint32_t key, mask, values;
    uint8_t kind;
} FacetRow;
typedef struct TermRow { // packed: six of them stand for each event
    uint32_t measurement;
    int64_t mg;
} __attribute__((packed, aligned(4))) TermRow;
_Static_assert(sizeof(TermRow) == 12, "TermRow");

#define GROUP_NONE UINT32_MAX
typedef enum MeasurementKind {
    MEASURED_MASS = 1,
    MEASURED_ASSAY,
    MEASURED_BASIS,
    MEASURED_POOL,
    MEASURED_FOLD
} MeasurementKind;
// u and s of the n-th bit of the mask: measurement_u(), measurement_s().
typedef struct MeasurementRow {
    int64_t net; // M; for a pool 10^6, and u, s are then in ug
    uint32_t group, values;
    uint32_t mask : COMPONENT_COUNT, kind : 4; // MeasurementKind
    uint32_t narrow : 1; // a value holds u above s, 32 bits each; else all u, then all s
    uint32_t seq;
} MeasurementRow;
_Static_assert(sizeof(MeasurementRow) == 24, "MeasurementRow");

typedef struct ConsignmentRow {
    uint32_t from_party, from_facility, to_facility, operation, first_line, last_line,
        first_unmatched;
    uint32_t carrier, seal; // numbers among the texts
    Day expected;           // DAY_LAST: not said
    uint32_t declaration;   // of an export, or ROW_NONE
    uint32_t returns;       // the consignment whose goods it brings back, or ROW_NONE
    uint8_t shipped, title;
} ConsignmentRow;
typedef struct ConsignmentLine {
    uint32_t lot, next;
} ConsignmentLine;
typedef struct UnmatchedRow {
    uint32_t from_lot, lot, cause, next, facility; // from_lot: number among the texts
    Month month;
    uint8_t has_of, paired, final_line;
    uint32_t terms, term_count; // errors of what was received
    int64_t of;
} UnmatchedRow;
typedef struct DifferenceRow { // SRD: receiver - shipper
    uint64_t seq;
    uint32_t from_facility, to_facility, from_lot, to_lot, mask, values;
    uint32_t terms, term_count;
    Month month;
    int64_t net;
} DifferenceRow;

typedef struct OperationRow { // what one event did to matter
    uint64_t seq;
    uint32_t facility, pool, first_flow, flow_count, first_posting, posting_count;
    uint32_t next_of_pool;
    uint32_t deposit; // that an extraction drew from, and how much
    int64_t reserve_mg;
    uint32_t first_delta, delta_count, first_before, before_count, first_difference,
        difference_count;
    Month month;
    uint32_t source; // that an extraction names, ROW_NONE: none
    uint8_t kind;    // EventKind
    uint8_t outside; // Outside: who stood on the other side, when nobody in the book did
} OperationRow;
// What an operation did to a pool, kept so that a correction can do the contrary: a set's content
// (kind 0), a facet (its FacetKind), limits that came in, or what belongs to another (key).
enum { DELTA_BOUND = 3, DELTA_OWNER = 4 };
typedef struct PoolDelta {
    uint32_t pool, set, key, mask, values;
    uint8_t kind;
} PoolDelta;
// How a lot stood before an operation set it anew.
typedef struct BeforeRow {
    uint32_t lot, facets, terms;
    uint8_t basis, flags, state, facet_count, term_count;
    int64_t start_net, taken;
    ContentRef start;
    uint64_t changed;
} BeforeRow;
typedef struct TransferRow { // a lot passed from one owner to another
    uint64_t seq;
    uint32_t lot, from, to;
} TransferRow;
typedef enum FlowRole { FLOW_IN = 1, FLOW_OUT = 2, FLOW_TOUCHED = 3 } FlowRole;
typedef struct FlowRow {
    uint32_t operation, lot, next_of_lot;
    uint8_t role;
    int64_t net, pieces;
    ContentRef content;
} FlowRow;
typedef struct DrawRow { // one draw at its holder's own node
    uint32_t node, lot, next_of_lot;
    uint32_t levels, level_count; // rows of TABLE_LIST: the holders it was added to
    uint8_t active;
    int64_t mg;
    uint64_t seq;
    uint32_t before; // its last row of TABLE_DRAW_BEFORE, or ROW_NONE
    // After its year has ended: what it should be, once the authority releases this cause.
    uint32_t waiting; // row of the cause, or ROW_NONE
    int64_t due_mg;
} DrawRow;
// What a draw's figure was before a record made it another: a correction of that record gives it
// back, whatever was measured and corrected in between.
typedef struct DrawBeforeRow {
    uint64_t seq;
    int64_t mg;
    uint32_t previous; // of the same draw, or ROW_NONE
} DrawBeforeRow;

typedef enum PostingReason {
    POSTED_BATCH = 1,
    POSTED_GAIN,
    POSTED_MEASURE,
    POSTED_STOCKTAKE,
    POSTED_FOUND,
    POSTED_LOSS,
    POSTED_SRD,
    POSTED_REVERSAL,
    POSTED_RESTATED, // with a lot what it has left; without, what became of it otherwise
    POSTED_COUNT
} PostingReason;
typedef struct PostingRow { // a change of content that is no transfer; + is a gain
    uint64_t seq;
    uint32_t facility, lot, pool, mask, values;
    uint32_t terms, term_count; // signed: what went in +, what came out or stands now -
    int64_t net;
    Month month;
    uint8_t reason;
} PostingRow;

typedef enum AccountTerm {
    ACCOUNT_OPENED = 0,
    ACCOUNT_EXTRACTED,
    ACCOUNT_RECEIVED,
    ACCOUNT_SHIPPED,
    ACCOUNT_DISCARDED,
    ACCOUNT_LOST,
    ACCOUNT_BATCH,
    ACCOUNT_GAIN,
    ACCOUNT_MEASURE,
    ACCOUNT_STOCKTAKE,
    ACCOUNT_FOUND,
    ACCOUNT_REVERSAL,
    ACCOUNT_SRD,
    ACCOUNT_TERMS
} AccountTerm;
typedef struct AccountRow { // the material balance line of a facility and month
    uint32_t facility, next_of_facility;
    Month month;
    uint32_t stated;
    uint32_t values; // ACCOUNT_TERMS times COMPONENT_COUNT
} AccountRow;
enum { ACCOUNT_VALUES = ACCOUNT_TERMS * COMPONENT_COUNT };

typedef struct RecordRow {
    Instant recorded;
    uint32_t party, operation;
    uint32_t key; // under which it is signed, or ROW_NONE
    Day day_of;
    uint8_t kind, verdict, corrected;
    uint32_t supersedes;             // the record that it restates; 0, the genesis: none
    uint64_t corrected_by, corrects; // UINT64_MAX: none
} RecordRow;
typedef struct EventRow {
    uint64_t seq;
} EventRow;
typedef struct ListRow {
    uint32_t number;
} ListRow;
typedef struct MonthReturn {
    uint64_t seq;
    uint32_t facility;
    Month month;
    uint16_t amended;
    uint8_t late;
    uint32_t first_line, line_count; // as it was filed: no rule asks for it, readers do
} MonthReturn;
typedef struct ReturnLineRow {
    uint32_t material, values; // the figures of the mask, lowest bit first: ReturnLine.kg
    uint16_t mask;
} ReturnLineRow;
// An act that waits, or waited, for a second person (B10): decide_confirm.c.
typedef enum AwaitingStatus {
    AWAITING_CONFIRMATION = 1,
    AWAITING_CONFIRMED,
    AWAITING_DECLINED
} AwaitingStatus;
typedef enum AwaitingWho { CONFIRMED_BY_OWN_PARTY = 1, CONFIRMED_BY_CUSTOMS } AwaitingWho;
typedef struct AwaitingRow {
    uint64_t seq, closed_by;          // UINT64_MAX while it waits
    uint32_t party, principal, bytes; // who sent it; the event's exact bytes (texts)
    uint8_t kind, status, who;
    uint8_t whole; // nothing of it has taken effect yet
    uint8_t hash[32];
} AwaitingRow;
// What the authority keeps beside matter: registry_law.c. Texts and lists as elsewhere; ROW_NONE:
// not said.
typedef struct OrderRow { // a seizure, or a deposit into a strategic reserve (then `name` is its)
    uint64_t seq;
    uint32_t cause, name, number, seal;
    uint8_t reserve;
} OrderRow;
typedef struct CaseRow {
    uint32_t last_version;
} CaseRow;
typedef struct CaseVersion {
    uint64_t seq;
    uint32_t of, previous, about, facility;
    uint32_t lots, lot_count, events, event_count; // lot rows; record numbers
    uint32_t findings, finding_count, documents, document_count, outcome;
    uint8_t state; // CaseState
} CaseVersion;
typedef struct TipRow {
    uint64_t seq;
    uint32_t hash, facility;
} TipRow;
typedef struct TechnologyRow {
    uint32_t last_version, last_disclosure;
} TechnologyRow;
typedef struct TechnologyVersion {
    uint64_t seq;
    uint32_t technology, previous, owner, name, name_zh, entry;
    uint32_t documents, document_count, permits, permit_count;
    Day effective;
    uint8_t class_of; // TechnologyClass
} TechnologyVersion;
typedef struct StepPermitRow {
    uint32_t number, country, party;
    Day from, to;
    uint8_t step;
} StepPermitRow;
typedef struct DisclosureRow {
    uint64_t seq;
    uint32_t technology, previous_of_technology, by, to, outside, country, permit, channel;
    uint32_t documents, document_count;
    Day day;
    uint8_t step;
} DisclosureRow;
typedef struct PackRow {
    uint32_t last_version;
} PackRow;
typedef struct PackVersion {
    uint64_t seq;
    uint32_t pack, previous, version, jurisdiction, suspensions, suspension_count;
    Day effective, from, to;
    uint8_t hash[32];
} PackVersion;
typedef struct IntervalRow {
    Day from, to;
} IntervalRow;
// A public key of a party: signatures under it are good in records behind from_seq and before
// revoked_seq, on days from .. to.
typedef struct KeyRow {
    uint8_t key[32];
    uint32_t holder, replaced_by;   // ROW_NONE
    uint64_t from_seq, revoked_seq; // UINT64_MAX: not revoked
    Day from, to;
    Instant suspect_since; // SUSPECT_NEVER
} KeyRow;
#define SUSPECT_NEVER INT64_MAX
typedef struct PartRow { // a sealed part: its bytes lie in the store, or nowhere here
    uint8_t hash[32], class_number;
    uint32_t party;           // that sent it first
    uint64_t seq, erased_seq; // UINT64_MAX: not erased
} PartRow;
typedef struct DocumentRow {
    uint32_t party, part, media, first_subject, subject_count;
    uint8_t type;
    uint64_t size, seq;
} DocumentRow;
typedef struct DocumentSubjectRow {
    uint8_t kind;
    uint32_t id; // number among the texts
} DocumentSubjectRow;
// A statement of policy on who may be supplied; the last on a user, or on a user and an owner,
// counts.
typedef struct ScreenRow {
    uint32_t user, owner; // texts; owner ROW_NONE: the user itself
    int32_t share_ppb;    // that the owner holds of the user
    uint8_t listed;
} ScreenRow;
typedef struct SigningRow { // policy: who must sign what; the last that fits wins
    uint32_t party, roles;  // ROW_NONE, 0: any
    uint64_t kinds;         // bits of EventKind; 0: any
    uint8_t required;
} SigningRow;
typedef struct UserRow { // its id is PARTY:NAME
    uint32_t party, roles;
    Day from, to;
} UserRow;
typedef struct DelegationRow {
    uint32_t delegator, next_of_delegator;
    uint32_t party, user; // who may speak: all of a party (user ROW_NONE), or its user alone
    uint64_t kinds;       // bits of EventKind; 0: all that may be passed on
    uint32_t facilities, facility_count; // rows of TABLE_LIST; none: all
    Day from, to;
} DelegationRow;
typedef struct DeviceRow {
    uint32_t last_version, first_calibration;
} DeviceRow;
typedef struct DeviceVersion {
    uint32_t device, previous, facility;
    uint8_t kind;
    Day effective, from, to;
} DeviceVersion;
typedef struct CalibrationRow {
    uint32_t device, next, laboratory, certificate; // newest first; ROW_NONE: not said
    Day date, until;
} CalibrationRow;
typedef struct FactorsRow {
    Day effective;
    Factors factors;
} FactorsRow;
// What batches of one process at a facility have given so far (K7).
typedef struct YieldRow {
    uint32_t batches;
    int64_t in_mg, out_mg; // REO
} YieldRow;
typedef struct YieldBatchRow { // in order of operations
    uint32_t operation, yield;
    int64_t in_mg, out_mg;
} YieldBatchRow;
typedef struct PolicyErrorRow { // the last that fits wins
    uint32_t method;            // number among the texts, ROW_NONE: any
    uint8_t quantity, stage;    // stage 0: any
    int32_t u_ppb, s_ppb;       // -1: not said
} PolicyErrorRow;

// What the journal already holds of a table since the event in hand began: its count, so that rows
// from `first_new` on need no keeping at all, and the row that was touched last.
typedef struct Kept {
    uint64_t event;
    uint32_t first_new, touched;
} Kept;

// Numbers among the values that are kept and never change.
typedef struct KeptStretch {
    uint32_t first, count, mark; // mark: of its hash, so that another is not looked at
} KeptStretch;

struct Book {
    Journal journal;
    Rows table[TABLE_COUNT];
    Kept kept[TABLE_COUNT], kept_values;
    uint64_t event;                  // counts events begun, so that `kept` grows old by itself
    Changed changed[CHANGED_TABLES]; // for the index of readers
    // Ids; the number of an id is its row.
    Intern *party_ids, *facility_ids, *licence_ids, *material_ids, *deposit_ids, *source_ids,
        *instrument_ids, *draft_ids, *pool_ids, *lot_ids, *consignment_ids, *package_ids;
    Intern *user_ids, *delegation_ids, *device_ids, *document_ids, *case_ids, *technology_ids,
        *pack_ids;
    Intern *key_ids, *part_ids; // by their 32 bytes
    Intern *event_keys, *node_keys, *account_keys, *set_keys, *group_keys,
        *yield_keys; // packed keys
    Intern *texts;   // names, methods, whatever is only kept
    // Values (int64) in chunks that never move; a stretch never crosses a chunk. Stretches that
    // were kept lately, by their hash: where the same numbers stand already, nothing is added.
    Rows values;
    KeptStretch *lately;
    const BookOutside *outside;
    Arena scratch;                      // of the event being decided
    Buffer effects;                     // likewise
    uint64_t opened_causes[CAUSES_MAX]; // likewise, the first so many: not cleared
    uint16_t opened_codes[CAUSES_MAX];
    size_t lines_reserved; // room in all tables that no event took yet
    // Small things that stand alone; changed through touch_memory().
    struct {
        uint64_t next;
        Instant last_recorded;
        uint32_t authority, origin, jurisdiction, book_name;
        uint16_t year_ended; // the last quota year that the authority ended
        int32_t offset_minutes;
        uint8_t trial, log_key[32];
        uint8_t hold_sigma, flag_sigma;
        uint8_t devices_required; // every party's devices must be registered
        int32_t advance_ppb, quota_notice_ppb, quota_warning_ppb;
        int32_t yield_min_ppb[ACTIVITY_COUNT], yield_drop_ppb;
        uint8_t permits[STAGE_COUNT]; // by stage: bits 1 << PermitKind, and PERMITS_STATED
        int64_t permit_free_mg;
        uint8_t verdicts[1024]; // by code number; 0: the default
        uint64_t two_persons;   // kinds that wait for a second person, bits 1 << EventKind
    } top;
};

static inline void *book_row(const Book *book, Table table, uint32_t row) {
    return rows_at(&book->table[table], row);
}
static inline uint32_t book_count(const Book *book, Table table) {
    return book->table[table].count;
}
#define ROW(book, TYPE, table, row) ((TYPE *)book_row((book), (table), (row)))
static inline Lot *lot_at(const Book *b, uint32_t row) {
    return ROW(b, Lot, TABLE_LOT, row);
}
static inline PoolRow *pool_at(const Book *b, uint32_t row) {
    return ROW(b, PoolRow, TABLE_POOL, row);
}
static inline MaterialRow *material_at(const Book *b, uint32_t row) {
    return ROW(b, MaterialRow, TABLE_MATERIAL, row);
}
static inline CauseRow *cause_at(const Book *b, uint32_t row) {
    return ROW(b, CauseRow, TABLE_CAUSE, row);
}
static inline MeasurementRow *measurement_at(const Book *b, uint32_t row) {
    return ROW(b, MeasurementRow, TABLE_MEASUREMENT, row);
}
static inline NodeRow *node_at(const Book *b, uint32_t row) {
    return ROW(b, NodeRow, TABLE_NODE, row);
}
static inline OperationRow *operation_at(const Book *b, uint32_t row) {
    return ROW(b, OperationRow, TABLE_OPERATION, row);
}
static inline FlowRow *flow_at(const Book *b, uint32_t row) {
    return ROW(b, FlowRow, TABLE_FLOW, row);
}

// Marks are only ever set between events: from here on the journal starts anew.
void event_begin(Book *book);
// Keeps the row as it is in the journal, marks its chunk as changed and gives it to be changed.
void *touch(Book *book, Table table, uint32_t row);
#define TOUCH(book, TYPE, table, row) ((TYPE *)touch((book), (table), (row)))
// A new cleared row; its number is written. Room was reserved by book_reserve().
void *row_new(Book *book, Table table, uint32_t *row);
#define ROW_NEW(book, TYPE, table, row) ((TYPE *)row_new((book), (table), (row)))
// Journals a stretch of the Book struct itself.
void touch_memory(Book *book, void *at, size_t size);

// Room for an event of so many lines, in every table, in the values and in the journal.
MUST_CHECK bool book_reserve(Book *book, size_t lines, Status *status);
// `count` values (at most 65,536) in a row, not cleared.
uint32_t values_new(Book *book, uint32_t count);
// Where the same numbers stand, added when they were not kept lately. What is kept never changes.
enum { VALUES_KEPT_MAX = 2 * COMPONENT_COUNT };
uint32_t values_keep(Book *book, const int64_t *numbers, uint32_t count);
static inline int64_t *values_at(const Book *book, uint32_t index) {
    return rows_at(&book->values, index);
}
// The number of a text or packed key in one of the book's tables, new or old.
uint32_t name_put(Book *book, Intern *names, Text text);
// Free text: ROW_NONE for the empty one.
uint32_t text_put(Book *book, Text text);
Text text_get(const Book *book, uint32_t number);

static inline int64_t measurement_u(const Book *book, const MeasurementRow *row, unsigned nth) {
    int64_t value = *values_at(book, row->values + nth);
    return row->narrow ? value >> 32 : value;
}
static inline int64_t measurement_s(const Book *book, const MeasurementRow *row, unsigned nth) {
    if (row->narrow) return *values_at(book, row->values + nth) & UINT32_MAX;
    return *values_at(book, row->values + (unsigned)__builtin_popcount(row->mask) + nth);
}

// What policy takes a weighing to be worth, relative, ppb.
void book_weighing_error(const Book *book, int64_t *u_ppb, int64_t *s_ppb);

// Contents between struct and store.
ContentRef content_keep(Book *book, const Content *content);
// The same, which is `like` itself when it holds the same: what moves whole is kept once.
ContentRef content_keep_like(Book *book, const Content *content, const ContentRef *like);
void content_load(const Book *book, const ContentRef *ref, Content *content);

// Versions of registry rows: the one in force on `day`, or null (docs/book.md, "Who, when, where").
const PartyVersion *party_version(const Book *book, uint32_t party, Day day);
const FacilityVersion *facility_version(const Book *book, uint32_t facility, Day day);
const PartyVersion *party_latest(const Book *book, uint32_t party);
const FacilityVersion *facility_latest(const Book *book, uint32_t facility);
const LicenceVersion *licence_latest(const Book *book, uint32_t licence);
const Factors *factors_on(const Book *book, Day day);
int facility_offset(const Book *book, uint32_t facility);

// Causes and sets.
uint32_t cause_find(const Book *book, uint64_t number); // row or ROW_NONE
bool set_is_open(const Book *book, uint32_t set);       // one of its causes is open
bool set_is_live(const Book *book, uint32_t set);       // one of its causes is not void
uint32_t set_of(Book *book, const uint32_t *causes, uint32_t count); // sorted, each once
enum { SET_CAUSES_MAX = 1024 };
// Appends the causes of `set` that are not void to causes[0..*count), each once, sorted.
void set_collect(const Book *book, uint32_t set, uint32_t causes[SET_CAUSES_MAX], uint32_t *count);

// The version of a rule pack that is in force on a day, or null.
const PackVersion *pack_on(const Book *book, uint32_t pack, Day day);
// The row of what waits, or waited, since record `seq`; ROW_NONE when it never did.
uint32_t awaiting_find(const Book *book, uint64_t seq);

// The record that restates the figures of this one, and was not corrected itself; 0: none.
uint64_t book_superseded_by(const Book *book, uint64_t seq);
// Whether a restatement behind record `seq`, not corrected itself, gave the lot other figures.
bool book_lot_restated_since(const Book *book, uint32_t lot, uint64_t seq);

// Gives the event id its record number; the id must be new.
void event_name(Book *book, uint32_t party, Text id, uint64_t seq);

// A lot's standing.
static inline int64_t lot_left(const Lot *lot) {
    return lot->start_net - lot->taken;
}
void lot_content_left(const Book *book, const Lot *lot, Content *content);
bool lot_is_held(const Book *book, const Lot *lot);
// The history of a process at a facility: its row, or ROW_NONE; or made.
uint32_t yield_find(const Book *book, uint32_t facility, unsigned activity, Text process);
uint32_t yield_row(Book *book, uint32_t facility, unsigned activity, Text process);
uint32_t account_row(Book *book, uint32_t facility, Month month); // made when it is new
uint32_t node_row(Book *book, Holder holder, unsigned ledger, unsigned class_of_ore, int year);
uint32_t node_find(const Book *book, Holder holder, unsigned ledger, unsigned class_of_ore,
                   int year);
// The holder above a node or a holder on a day: of its instruments recorded last among those dated
// not after the day (else of the first), or as the registry said on that day. ROW_NONE at the top.
Holder node_above(const Book *book, uint32_t node, Day day);
Holder holder_above(const Book *book, Holder holder, unsigned ledger, unsigned class_of_ore,
                    int year, Day day);
