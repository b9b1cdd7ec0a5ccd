// The small world in which the rules of docs/book.md are shown one by one: a mine, a separation
// plant with a circuit, a store and a cell house of NORTH, a yard and a metal works of SOUTH, a
// laboratory. Members of events are written with single quotes.
#pragma once
#include "story.h"

static Story s;

static Verdict tell(const char *party, const char *kind, const char *day, const char *words) {
    char members[3072], by[64];
    size_t length = strlen(words);
    assert_true(length < sizeof members);
    for (size_t i = 0; i <= length; i++)
        members[i] = words[i] == '\'' ? '"' : words[i];
    bool authority = strcmp(party, "REG") == 0;
    snprintf(by, sizeof by, "%s/%s/desk", authority ? "authority" : "company", party);
    return story_tell(&s, by, party, kind, day, members);
}
static inline Verdict reg(const char *kind, const char *day, const char *words) {
    return tell("REG", kind, day, words);
}
static inline Verdict north(const char *kind, const char *day, const char *words) {
    return tell("NORTH", kind, day, words);
}
static inline Verdict south(const char *kind, const char *day, const char *words) {
    return tell("SOUTH", kind, day, words);
}
#define refused(said, code) assert_said(&s, said, VERDICT_REFUSED, CODE_##code)
#define held(said, code)    assert_said(&s, said, VERDICT_HELD, CODE_##code)
#define flagged(said, code) assert_said(&s, said, VERDICT_FLAGGED, CODE_##code)
#define accepted(said)      assert_accepted(&s, said)

static int setup(void **state) {
    (void)state;
    story_begin(&s);
    static const char *const world[][2] = {
        {"party", "'subject':'LAB','name':'LAB','roles':['laboratory']"},
        {"party", "'subject':'NORTH','name':'NORTH','roles':['company']"},
        {"party", "'subject':'SOUTH','name':'SOUTH','roles':['company']"},
        {"facility", "'facility':'MINE','holder':'NORTH','activities':['mining']"},
        {"facility", "'facility':'SX','holder':'NORTH','activities':['separation']"},
        {"facility", "'facility':'STORE','holder':'NORTH','activities':['trade']"},
        {"facility", "'facility':'YARD','holder':'SOUTH','activities':['trade','recycling']"},
        {"facility", "'facility':'CELLS','holder':'SOUTH','activities':['metal']"},
        {"material", "'material':'ORE','stage':'ore'"},
        {"material", "'material':'CONC','stage':'ore product','class':'rock'"},
        {"material", "'material':'OXIDE','stage':'compound'"},
        {"material", "'material':'METAL','stage':'metal'"},
        {"material", "'material':'SCRAP','stage':'scrap'"},
        {"material", "'material':'WET','stage':'scrap','moisture':'10'"},
        {"material", "'material':'MUD','stage':'residue'"},
        {"material", "'material':'SALT','stage':'other'"},
        {"deposit", "'deposit':'HILL','class':'rock','reserve':'5000'"},
        {"licence", "'licence':'ML','holder':'NORTH','activity':'mining'"},
        {"licence", "'licence':'SL','holder':'NORTH','activity':'separation'"},
        {"source", "'source':'PIT','deposit':'HILL','licence':'ML'"},
        {"plan.adopt",
         "'instrument':'M','year':2026,'ledger':'mining','class':'rock','allot':["
         "{'holder':'REG','reo':'2000'},{'holder':'NORTH','under':'REG','reo':'1000'}]"},
        {"plan.adopt",
         "'instrument':'S','year':2026,'ledger':'separation','allot':["
         "{'holder':'REG','reo':'2000'},{'holder':'NORTH','under':'REG','reo':'1000'}]"},
    };
    for (size_t i = 0; i < sizeof world / sizeof *world; i++)
        accepted(reg(world[i][0], "01-01", world[i][1]));
    accepted(north("pool", "01-01",
                   "'pool':'NORTH:P','facility':'SX','activity':'separation','class':'rock'"));
    return 0;
}
static int teardown(void **state) {
    (void)state;
    story_end(&s);
    return 0;
}

static uint32_t lot_row(const char *id) {
    uint32_t row = intern_find(s.book->lot_ids, text_of(id));
    if (row == ROW_NONE) fail_msg("there is no lot %s", id);
    return row;
}
static inline const Lot *lot(const char *id) {
    return lot_at(s.book, lot_row(id));
}
static inline int64_t left_of(const char *id, int component) {
    Content content;
    lot_content_left(s.book, lot(id), &content);
    return content.mg[component];
}
static inline bool is_held(const char *id) {
    return lot_is_held(s.book, lot(id));
}
static inline int64_t drawn(Ledger ledger, OreClass class_of_ore) {
    uint32_t holder = intern_find(s.book->party_ids, text_of("NORTH"));
    uint32_t node = node_find(s.book, holder, ledger, class_of_ore, 2026);
    return node == ROW_NONE ? 0 : node_at(s.book, node)->drawn_mg;
}
// A term of the balance line of a facility and month, Nd.
static inline int64_t account(const char *facility, int month, AccountTerm term) {
    uint32_t row = intern_find(s.book->facility_ids, text_of(facility));
    for (uint32_t i = 0; i < book_count(s.book, TABLE_ACCOUNT); i++) {
        const AccountRow *at = ROW(s.book, AccountRow, TABLE_ACCOUNT, i);
        if (at->facility == row && at->month % 12 == (Month)(month - 1) % 12)
            return *values_at(s.book, at->values + term * COMPONENT_COUNT + COMPONENT_Nd);
    }
    return 0;
}

// NORTH's opening stock at a facility: declared, or assayed with ICP-OES by LAB.
static inline void opened(const char *facility, const char *id, const char *material,
                          const char *net, const char *how, const char *values) {
    char words[512];
    snprintf(words, sizeof words,
             "'facility':'%s','lots':[{'lot':'%s','material':'%s','net':'%s',%s,'values':{%s}}}]",
             facility, id, material, net, how, values);
    accepted(north("open", "01-02", words));
}
#define DECLARED_AS "'content':{'basis':'declared'"
#define ASSAYED_AS  "'assay':{'laboratory':'LAB','method':'ICP-OES'"
static inline void stock(const char *id, const char *material, const char *net,
                         const char *values) {
    opened("STORE", id, material, net, DECLARED_AS, values);
}
static inline void assayed(const char *id, const char *material, const char *net,
                           const char *values) {
    opened("STORE", id, material, net, ASSAYED_AS, values);
}
// A batch of one input (its members) and one output.
static inline Verdict worked(const char *facility, const char *day, const char *input,
                             const char *output) {
    char words[1024];
    snprintf(words, sizeof words, "'facility':'%s','inputs':[{%s}],'outputs':[{%s}]", facility,
             input, output);
    return north("transform", day, words);
}
static inline Verdict sent(const char *day, const char *consignment, const char *id) {
    char words[256];
    snprintf(words, sizeof words,
             "'facility':'STORE','consignment':'%s','to':'YARD','lots':[{'lot':'%s'}]", consignment,
             id);
    return north("ship", day, words);
}
