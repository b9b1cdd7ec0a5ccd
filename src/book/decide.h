// Deciding one event: what the decide_*.c files share. Internal to book/.
// Every change goes out as an effect (emit.c), applied at once, so that later lines of the same
// event see what earlier ones did. After refuse() or a failure everything below is a no-op until
// the rewind.
#pragma once
#include "base/arena.h"
#include "book/effect.h"

typedef struct Term {
    uint32_t measurement;
    int64_t mg;
} Term;
enum { LOT_TERMS_MAX = 16, FACETS_MAX = 64 };

typedef struct Facet {
    uint8_t kind;
    uint32_t key;
    int64_t mg[COMPONENT_COUNT];
} Facet;
typedef struct FacetList {
    uint32_t count;
    Facet items[FACETS_MAX];
} FacetList;

// Some matter in hand: taken from a lot, or stated by a line.
typedef struct Matter {
    uint32_t material, set;
    int64_t net;
    Content content;
    Basis basis;
    Custody custody;
    uint32_t term_count;
    Term terms[LOT_TERMS_MAX + 2];
    FacetList facets;
} Matter;

// Errors summed with sign (B5), in ug^2 and ug.
typedef struct GroupSum {
    uint32_t group;
    i128 sum[COMPONENT_COUNT];
} GroupSum;
typedef struct Variance {
    u128 random[COMPONENT_COUNT];
    GroupSum *groups;
    uint32_t group_count, group_room, last;
} Variance;

typedef struct Deciding {
    Book *book;
    const Event *event;  // the one being decided: the replacement, once a correction got so far
    const Event *record; // the one that is recorded
    const Context *context;
    Decision *decision;
    Status *status;
    Arena *scratch;
    Applying applying;
    Buffer effects;
    uint32_t effect_count;
    size_t effect_at; // where the body of the effect being written begins
    EffectKind effect_kind;
    bool refused, failed; // failed: the world's no, in status
    uint32_t reversing;   // the operation that a correction reverses, or ROW_NONE
    // Who, when, where.
    uint32_t party, facility;
    uint32_t sender, user; // who sends it: rows, or ROW_NONE
    uint32_t key;          // under which it is signed, or ROW_NONE
    Day day, first_day;
    Month month; // of posting
    bool by_authority;
    // Causes that this event opens, and the lots that will carry them.
    // Those that a correction passes to its replacement come first, under no code.
    uint64_t *causes; // CAUSES_MAX places of each
    uint16_t *cause_codes;
    uint32_t cause_count, opened_count;
    uint32_t *affected, affected_count, affected_room;
    uint32_t found_count;
} Deciding;

static inline bool stopped(const Deciding *d) {
    return d->refused || d->failed;
}

// Verdicts. `where` is a printf pattern of a pointer into the event. refuse() returns false.
bool refuse(Deciding *d, VerdictCode code, const char *where, ...) PRINTF_LIKE(3, 4);
// Held or flagged, as policy has it; a held code opens one cause for the event.
void object(Deciding *d, VerdictCode code, const char *where, ...) PRINTF_LIKE(3, 4);
bool fail_memory(Deciding *d);
// Memory until the event is decided; NULL fails the decision, and the caller just returns.
void *scratch_take(Deciding *d, size_t size);
// The lot carries the causes that this event opens.
void affect(Deciding *d, uint32_t lot);
// What policy makes of a code.
Verdict verdict_of(const Book *book, VerdictCode code);
// A cause that only waits (advance, unmatched), or is open where policy holds: on no lot yet. Its
// number.
uint64_t cause_pending(Deciding *d, VerdictCode code);
// The set of `set` and the causes that this event opened so far (advances apart).
uint32_t set_with_own(Deciding *d, uint32_t set);

// Emitting: begin, write the body with buffer_* on d->effects, end (which applies).
void effect_begin(Deciding *d, EffectKind kind);
void effect_end(Deciding *d);
void emit_operation(Deciding *d, uint32_t pool);
void emit_lot(Deciding *d, Text id, uint32_t facility, const Matter *matter, unsigned flags,
              uint32_t *lot);
void emit_take(Deciding *d, uint32_t lot, int64_t net, const Content *content);
void emit_lot_end(Deciding *d, uint32_t lot);
void emit_lot_set(Deciding *d, uint32_t lot, const Matter *matter, unsigned flags, LotState state);
void emit_lot_place(Deciding *d, uint32_t lot, uint32_t facility, uint32_t consignment,
                    LotState state);
void emit_lot_causes(Deciding *d, uint32_t lot, uint32_t set);
typedef struct Posting {
    uint32_t facility, lot, pool;
    Month month;
    PostingReason reason;
    bool with_pool_terms;
    int64_t net;
    uint32_t mask;
    int64_t mg[COMPONENT_COUNT];
    const Term *terms;
    uint32_t term_count;
} Posting;
// Nothing is posted where nothing changed and no terms go with it.
void emit_posting(Deciding *d, const Posting *posting);
void emit_account(Deciding *d, uint32_t facility, Month month, AccountTerm term, uint64_t mask,
                  const int64_t mg[COMPONENT_COUNT]);
void emit_cause_status(Deciding *d, uint32_t cause, CauseStatus status);
void emit_set(Deciding *d, uint32_t set); // into the body: n u16, cause numbers
// The same with causes that are void by now, for the set of a pool must be found again as it was.
void emit_pool_set(Deciding *d, uint32_t set);
void emit_values(Deciding *d, uint32_t mask, const int64_t mg[COMPONENT_COUNT]); // into the body
void emit_facets(Deciding *d, const FacetList *facets);                          // into the body
void emit_terms(Deciding *d, const Term *terms, uint32_t count);
void emit_pool_facet(Deciding *d, uint32_t pool, const Facet *delta);
void emit_pool_shift(Deciding *d, uint32_t pool, uint32_t set, uint32_t mask,
                     const int64_t mg[COMPONENT_COUNT]);

// matter.c: contents from lines, parts from lots.
// Nothing, of a material: no content, no facets, no terms.
void matter_begin(Matter *matter, uint32_t material);
bool material_of_line(Deciding *d, const Line *line, const char *list, uint32_t index,
                      uint32_t *material);
// What a line states: content, basis, custody, and (emitted) its measurements as terms.
bool matter_of_line(Deciding *d, const Line *line, uint32_t material, const char *list,
                    uint32_t index, Matter *matter);
// A content that is set on something with this net mass (measure): composition with its
// measurement.
bool content_of_composition(Deciding *d, const Composition *composition, int64_t net, int64_t dry,
                            unsigned stage, const char *where, Content *content);
// What policy takes a measurement to be worth, relative: the last statement that fits wins.
void policy_error(const Book *book, MeasuredQuantity quantity, Text method, unsigned stage,
                  int64_t *u_ppb, int64_t *s_ppb);
void emit_weighing(Deciding *d, const Weighing *weighing, int64_t net, const Content *content,
                   unsigned stage, Term *term);
void emit_composition(Deciding *d, const Composition *composition, int64_t net,
                      const Content *content, unsigned stage, Term *term);
// The part of `net` mg of a lot, by its running share. Takes nothing.
void matter_of_lot(const Book *book, const Lot *lot, int64_t net, Matter *matter);
// The part of `net` mg that was or is taken after `before` of the running share.
void matter_of_part(const Book *book, const Lot *lot, int64_t before, int64_t net, Matter *matter);
// Finds the lot that an input line names, as a lot of this party here; insists when told to. Writes
// the mass to take (all that is left when the line says none).
bool input_find(Deciding *d, const Line *line, const char *list, uint32_t index, uint32_t *lot,
                int64_t *net);
// Takes it: matter in hand, TAKE emitted; breach when `moves` and the lot is held; `empty` handled
// (the difference is posted).
bool input_take(Deciding *d, const Line *line, const char *list, uint32_t index, bool moves,
                uint32_t *lot, Matter *matter);
bool lot_id_is_free(Deciding *d, const Line *line, const char *list, uint32_t index);
// Error terms of many lots, equal measurements added; beyond what a lot can carry the smallest are
// folded.
typedef struct TermBag {
    Term *items;
    uint32_t count, room;
} TermBag;
bool bag_add(Deciding *d, TermBag *bag, const Term *terms, uint32_t count);
bool bag_fold(Deciding *d, const TermBag *bag, Matter *into);
Facet *facet_in(FacetList *facets, unsigned kind, uint32_t key); // found or added; null when full
// into += part: content, facets, weakest custody, worst basis, causes; not the error terms.
bool matter_add(Deciding *d, Matter *into, const Matter *part);

// decide_measure.c: what a line measures on matter in hand, with its errors (B4).
bool matter_measure(Deciding *d, const Matter *old, const Line *line, const char *where,
                    Matter *now);
// Posts the difference of a lot measured again, with the errors of both.
void post_measured(Deciding *d, uint32_t lot, PostingReason reason, const Matter *old,
                   const Matter *now);
// The draws of a lot that its maker measures before any of it was taken (B14).
void measured_draws(Deciding *d, uint32_t lot, const Matter *old, const Matter *now);
void measured_judge(Deciding *d, const Matter *old, const Matter *now);

// decide_restate.c: a measure with `supersedes` (B24), of a lot that its party may measure.
void restate_measure(Deciding *d, uint32_t lot);
// The same back, for a correction; false when something later stands in the way.
bool restate_back(Deciding *d, const OperationRow *operation);
bool operation_restates(const Book *book, const OperationRow *operation);
// The last restatement, not corrected, that gave the lot's running share its figures; 0: none.
uint64_t lot_restated(const Book *book, uint32_t lot);

// variance.c
void variance_begin(Variance *variance);
bool variance_add(Deciding *d, Variance *variance, const Term *terms, uint32_t count, int sign,
                  uint32_t mask);
u128 variance_of(const Variance *variance, int component);
// Those components of `mask` whose difference is beyond `sigmas` times each single random error of
// the terms. What one error alone explains is explained by all together too, and most is: only the
// others need the variance itself.
uint32_t beyond_one_error(const Book *book, uint32_t mask, const int64_t mg[COMPONENT_COUNT],
                          unsigned sigmas, const Term *terms, uint32_t count);
static inline unsigned least_sigmas(const Book *book) {
    return book->top.hold_sigma < book->top.flag_sigma ? book->top.hold_sigma
                                                       : book->top.flag_sigma;
}
// 2 beyond the hold limit and the floor, 1 beyond the flag limit, 0 fine.
int creation_test(const Book *book, i128 creation_mg, u128 variance, i128 feed_mg);
// The worst of it among the components of `mask`, where `out` came of `in`; terms with their signs.
bool creation_worst(Deciding *d, uint32_t mask, const int64_t out[COMPONENT_COUNT],
                    const Content *in, const Term *terms, uint32_t count, int *worst);

// licence.c
// The version that holds on the date, by the date of its own event; null when none is old enough.
const LicenceVersion *licence_on(const Book *book, uint32_t licence, Day day);
void licence_check(Deciding *d, Activity activity, const char *where);
// The version that holds on a day, by the date of its own event; null before the first.
const LicenceVersion *licence_on(const Book *book, uint32_t licence, Day day);
// Whether an order suspends it on a day from `from` to `to`.
bool licence_is_suspended(const Book *book, uint32_t licence, Day from, Day to);
// registry_licence.c: registering, amending, suspending.
bool licence_decide(Deciding *d);
bool licence_fits(const Book *book, const Event *event);
void licence_register(Book *book, const Event *event, Day effective);
void licence_amend(Book *book, const Event *event, Day effective);
void licence_suspend(Book *book, const Event *event, uint64_t seq);
// Rows of what is named, made when new; a list of them, its first row.
uint32_t licence_put(Book *book, Text id);
uint32_t source_put(Book *book, Text id);
uint32_t material_put(Book *book, Text id);
uint32_t list_of(Book *book, const Text *ids, uint32_t count, uint32_t (*put)(Book *, Text));
void licence_check_source(Deciding *d, uint32_t source, const char *where);
void scope_check_lines(Deciding *d, Activity activity, const Line *lines, uint32_t count,
                       const char *list);
bool facility_does(const Deciding *d, uint32_t facility, Activity activity);
Activity activity_of_stage(unsigned stage, bool from_scrap);

// decide_watch.c: what is flagged for somebody to look at.
// An assayed content outside its material's grade.
void grade_check(Deciding *d, uint32_t material, const Composition *composition,
                 const Content *content, const char *where);
// Whether the impurities among the rare earths fell to less than half their share, which only
// refining does. `before` and `after`: contents of the same matter.
bool purity_rises(const Book *book, Day day, const Content *before, const Content *after);
// A batch's yield in REO of product stages, against policy and what the process gave before.
void yield_check(Deciding *d, Activity activity, const Content *in, const Matter *outputs,
                 uint32_t count);
// The reversed batch counts no more.
void yield_back(Deciding *d, uint32_t operation);

// quota.c
// What an output draws as its stage has it, its facets turned accordingly; draws are emitted for
// `lot`. Call facets_turn() before the lot is emitted, quota_draw_all() after.
typedef struct PendingDraw {
    uint8_t ledger, class_of_ore;
    Holder holder;
    int64_t mg;
} PendingDraw;
enum { PENDING_DRAWS_MAX = FACETS_MAX + 1 };
bool facets_turn(Deciding *d, unsigned stage, Matter *matter, PendingDraw draws[PENDING_DRAWS_MAX],
                 uint32_t *count);
void quota_draw_all(Deciding *d, uint32_t lot, const PendingDraw *draws, uint32_t count,
                    const char *where);
void quota_change(Deciding *d, uint32_t draw, int64_t mg, const char *where);
// The lot's draws as they were before the record changed them.
void quota_back(Deciding *d, uint32_t lot, uint64_t seq);
// What a draw counts, or will once what waits is released.
int64_t quota_figure(const DrawRow *draw);
// The authority releases the decreases that wait under this cause.
void quota_release(Deciding *d, uint32_t cause);
enum { LEVELS_MAX = 16 };
uint32_t quota_levels(const Book *book, Holder holder, unsigned ledger, unsigned class_of_ore,
                      int year, Day day, Holder levels[LEVELS_MAX]);

// plan.c: drafts, opinions, instruments.
bool plan_decide(Deciding *d);
void plan_apply(Book *book, const Event *event, Day effective, uint64_t seq);

// decide_confirm.c: what needs a second person (B10).
//
// An act that waits WHOLE has no effect but `awaiting` when it is recorded: it is decided, so that
// what would refuse it does so at once, and rewound. With its `confirm` it is decided again, as
// d->event, and its effects stand in the confirm's decision; what it says to the registry is
// entered then. Who adds such a kind names it in two_person_words (event.c), for policy to choose,
// or in awaits_second(), where the law always wants two persons; there is nothing else to write.
// An act that takes effect at once and has a further step (goods declared now and cleared later)
// calls emit_awaiting(d, false, CONFIRMED_BY_CUSTOMS) while it is decided, gives its bytes room in
// lines_of(), and says at the end of decide_confirm() what the confirm and what a decline does.
bool awaits_second(const Deciding *d);
void emit_awaiting(Deciding *d, bool whole, AwaitingWho who);
// Reads the event that a confirm cites into book->scratch; null when it cites nothing that waits.
MUST_CHECK bool cited_read(Book *book, const Event *event, Event **cited, Status *status);

// decide_correct_lots.c: lots as a correction finds and leaves them.
// Refuses, naming what stands in the way. Always false.
bool stands_in_the_way(Deciding *d);
// Whether all that happened to the lot after this flow was corrected, or is a correction itself.
bool only_corrected_since(const Book *book, uint32_t flow);
// Gives back to the lot of this flow what the operation took from it; several takes in a row count
// as one.
bool give_back(Deciding *d, const OperationRow *operation, uint32_t first_flow, bool in_transit);
// Ends the lot that the operation made.
bool end_made(Deciding *d, const OperationRow *operation, uint32_t flow);
// Whether the operation itself found the lot (B23); and that it was never there.
bool found_by(const Book *book, uint32_t lot, uint32_t operation);
bool unfind(Deciding *d, const OperationRow *operation, uint32_t lot);

// later.c: the ids of the party's own later events that depend on an operation, as words.
void later_events(const Deciding *d, uint32_t operation, char *text, size_t size);

// registry_law.c: inspections, reports, technology, rule packs, and standing orders.
bool law_decide(Deciding *d);
bool law_fits(const Book *book, const Event *event);
void law_apply(Book *book, const Event *event, Day effective, uint64_t seq);

// registry.c: what registry events put into the tables; the same when decided and when applied.
bool registry_decide(Deciding *d);
// Whether what a stored event names is there, so that registry_apply() may follow it.
bool registry_fits(const Book *book, const Event *event);
void registry_apply(Book *book, const Event *event, uint64_t seq);

// decide_trade.c: owners.
// The lot's owner; with `passes` as a sale, which its history keeps. Nothing when it is his
// already.
void emit_lot_owner(Deciding *d, uint32_t lot, uint32_t owner, bool passes);
void emit_pool_owner(Deciding *d, uint32_t pool, uint32_t owner, const int64_t mg[COMPONENT_COUNT]);
// The owner that a line states, left alone when it states none.
bool owner_of_line(Deciding *d, const Line *line, const char *list, uint32_t index,
                   uint32_t *owner);
// Of one group on the event's date, or one and the same.
bool same_group(const Deciding *d, uint32_t a, uint32_t b);
// A separation plant that works the lot of somebody outside its group (R27, K10).
void check_tolling(Deciding *d, Activity activity, uint32_t lot, uint32_t index);
// Whose the inputs of an event are.
typedef struct Owners {
    uint32_t one;
    bool several;
} Owners;
void owners_begin(Owners *owners);
void owners_add(Owners *owners, uint32_t owner);
// The one owner of all; where there are several, the event's party, and it is flagged.
uint32_t owners_settle(Deciding *d, const Owners *owners, const char *list);
// Takes what a draw's outputs hold out of what belongs to each owner, before the pool gives it.
void pool_owners_take(Deciding *d, uint32_t pool, const Matter *outputs, const uint32_t *owners,
                      uint32_t count);
// What belongs to others shrinks with the pool's content.
void pool_owners_shrink(Deciding *d, uint32_t pool, const int64_t old[COMPONENT_COUNT],
                        const int64_t now[COMPONENT_COUNT]);
// Whether all that belongs to others is there.
bool pool_owners_fit(const Book *book, uint32_t pool);
bool sold_since(const Book *book, uint32_t flow);
// The cause that a found lot opened, or ROW_NONE.
uint32_t cause_of_found(const Book *book, uint32_t lot);
// The passing of this lot to another owner by this record, or ROW_NONE.
uint32_t transfer_of(const Book *book, uint64_t seq, uint32_t lot);
// decide_custody.c: consignments, also of exports.
// Whether they differ by more than both may err, in a component that both state.
bool srd_is_wide(Deciding *d, const Matter *sent, const Matter *got);
bool consignment_is_free(Deciding *d, Text id, const char *where);
void emit_consignment(Deciding *d, Text id, uint32_t party, uint32_t from, uint32_t to,
                      bool shipped);
void emit_consignment_terms(Deciding *d, uint32_t consignment);
bool recycler_takes_ore(Deciding *d, unsigned stage);
// decide_border.c
// What follows of a word on the declaration that this record made, if it made one.
void export_settle(Deciding *d, uint64_t seq, bool declines);
void declaration_settle(Deciding *d, uint32_t declaration, DeclarationStatus outcome);
// A lot on the road goes back, or on.
void emit_turned_back(Deciding *d, uint32_t lot, bool back);
// B3, for goods that go to another: flagged when calculated, held when worse.
void check_provisional(Deciding *d, const Lot *lot, const char *list, uint32_t index);

// decide_pack.c: a lot whose matter is taken is loose from then on.
void unpack(Deciding *d, uint32_t lot);
// It came in the packages of the lot that was sent whole.
void pack_along(Deciding *d, uint32_t lot, uint32_t packing);

// lineage.c: the extractions upstream of a lot.
enum { LINEAGE_ROOTS_MAX = 256 };
typedef struct LineageRoot {
    uint32_t deposit, party;
} LineageRoot;
typedef struct Lineage {
    LineageRoot roots[LINEAGE_ROOTS_MAX];
    uint32_t root_count;
    bool whole; // nothing upstream came without a history
} Lineage;
bool lineage_of(Deciding *d, uint32_t lot, Lineage *lineage);

// decide_blend.c: pieces that leave a counted lot (+), or come to it (-).
void emit_pieces(Deciding *d, uint32_t lot, int64_t leave);
// How many left with what was taken of the lot last.
int64_t pieces_taken(const Book *book, uint32_t lot);
// registry_identity.c: who may speak for whom, keys, and the devices that measure.
bool identity_decide(Deciding *d);
void identity_apply(Book *book, const Event *event, Day effective, uint64_t seq);
// Whether user `name` of `sender` may send the event: for its own party, or by a delegation that
// holds on the day on which it is recorded. Refuses it when not.
bool delegation_holds(const Book *book, uint32_t delegator, uint32_t party, uint32_t user, Day day,
                      const Event *e);
// registry_document.c: sealed parts, documents, erasures.
uint32_t part_find(const Book *book, Text hex);
bool check_parts(Deciding *d);
void parts_apply(Book *book, const Event *event, uint32_t party, uint64_t seq);
bool document_decide(Deciding *d);
void document_apply(Book *book, const Event *event, uint64_t seq);

// Whether it is signed as policy asks, under a key that may.
bool check_signature(Deciding *d);
void emit_signed(Deciding *d); // nothing when it is not
bool check_principal(Deciding *d, Text role, Text sender, Text name);
// Flags weighings by devices that are not registered, not calibrated or elsewhere.
void check_devices(Deciding *d);

// The kinds.
void decide_sell(Deciding *d);
void decide_pack(Deciding *d);
void decide_blend(Deciding *d);
void decide_assemble(Deciding *d);
void decide_return_goods(Deciding *d);
void decide_export_goods(Deciding *d);
void decide_import_goods(Deciding *d);
void decide_open(Deciding *d);
void decide_extract(Deciding *d);
void decide_transform(Deciding *d);
void decide_charge(Deciding *d);
void decide_draw(Deciding *d);
void decide_split(Deciding *d);
void decide_merge(Deciding *d);
void decide_ship(Deciding *d);
void decide_receive(Deciding *d);
void decide_measure(Deciding *d);
void decide_stocktake(Deciding *d);
void decide_discard(Deciding *d);
void decide_loss(Deciding *d);
void decide_hold(Deciding *d);
void decide_release(Deciding *d);
void decide_close(Deciding *d);
void decide_return(Deciding *d);
void decide_correct(Deciding *d);
void decide_confirm(Deciding *d);
void decide_kind(Deciding *d);        // the event in hand, of whatever kind
void decide_matter_kind(Deciding *d); // any of the kinds that may be a replacement

// Who and where, for the event in hand. False when refused.
bool find_facility(Deciding *d, Text id);
bool find_day(Deciding *d, uint32_t facility); // dates, span, month
void check_active(Deciding *d);                // party and facility on the date
bool find_pool(Deciding *d, Text id, uint32_t *pool);
// The month, at that facility, to which what happened is posted.
Month posting_month_at(Deciding *d, uint32_t facility);
bool is_ore_to_alloy(unsigned stage);
bool settle_output(Deciding *d, const Line *line, const char *list, uint32_t index, Matter *matter,
                   bool *settled);
// Pools, as open, extract, stocktake, loss, hold and correct need them.
void pool_open(Deciding *d, const PoolLine *line, uint32_t index);
void pool_extract(Deciding *d, uint32_t pool, const Matter *matter);
void pool_stocktake(Deciding *d, const PoolLine *line, uint32_t index);
void pool_loss(Deciding *d, const PoolLine *line, uint32_t index);
void pool_hold(Deciding *d, uint32_t pool, uint32_t cause);
// What is taken of a pool out of one set.
typedef struct Stretch {
    uint32_t set, mask;
    int64_t mg[COMPONENT_COUNT];
} Stretch;
void emit_pool_in(Deciding *d, uint32_t pool, int sign, const Content *content, uint32_t set);
void emit_pool_out(Deciding *d, uint32_t pool, int sign, uint32_t mask,
                   const int64_t out[COMPONENT_COUNT], uint32_t gain_mask,
                   const int64_t gain[COMPONENT_COUNT], const Stretch *stretches, uint32_t count);
// decide_pool_back.c: the contrary of what the operation did to pools; false when not all of it is
// there any more.
bool pool_reverse(Deciding *d, const OperationRow *operation);
// The last record since that counted the pool; 0: none.
uint64_t pool_counted_since(const Book *book, uint32_t pool, uint64_t seq);
// Errors of matter that is taken back out of a pool (+1) or put back into it (-1).
void pool_terms_back(Deciding *d, uint32_t pool, const Term *terms, uint32_t count, int sign);
// Outputs of transform and draw: facets by what came in, draws, lots.
typedef struct Feed {
    int64_t in[COMPONENT_COUNT]; // I: what came in, or a pool's content
    FacetList facets;            // F_k
    OreClass gain_class;
} Feed;
bool make_outputs(Deciding *d, Feed *feed, Matter *outputs, const uint32_t *materials,
                  const uint32_t *owners, Custody custody, uint32_t set);
