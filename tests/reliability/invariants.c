#include "invariants.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Sums {
    i128 stock[COMPONENT_COUNT], lines[COMPONENT_COUNT];
} Sums;

static bool say(char why[WHY_BYTES], const char *what, Text of) {
    snprintf(why, WHY_BYTES, "%s: \"%.*s\"", what, TEXT_ARG(of));
    return false;
}

static bool lots_hold(const Book *book, Sums *sums, char why[WHY_BYTES]) {
    for (uint32_t i = 0; i < book_count(book, TABLE_LOT); i++) {
        const Lot *lot = lot_at(book, i);
        if (lot_left(lot) < 0 || lot->taken < 0)
            return say(why, "negative mass in lot", intern_text(book->lot_ids, i));
        Content left;
        lot_content_left(book, lot, &left);
        if (left.dry < 0)
            return say(why, "negative dry mass in lot", intern_text(book->lot_ids, i));
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            if (left.mg[c] < 0 || left.bound[c] < 0)
                return say(why, "negative component in lot", intern_text(book->lot_ids, i));
            // In transit it is still the shipper's.
            if (lot->state != LOT_ENDED && lot->facility != ROW_NONE)
                sums[lot->facility].stock[c] += left.mg[c];
        }
    }
    return true;
}

static bool pools_hold(const Book *book, Sums *sums, char why[WHY_BYTES]) {
    for (uint32_t i = 0; i < book_count(book, TABLE_POOL); i++) {
        const PoolRow *pool = pool_at(book, i);
        Text name = intern_text(book->pool_ids, i);
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            i128 in_sets = 0;
            for (uint32_t at = pool->first_set; at != ROW_NONE;) {
                const PoolSetRow *set = ROW(book, PoolSetRow, TABLE_POOL_SET, at);
                if (set->mg[c] < 0) return say(why, "a negative held part in pool", name);
                in_sets += set->mg[c];
                at = set->next;
            }
            if (pool->content[c] < 0) return say(why, "a negative component in pool", name);
            if (in_sets > pool->content[c])
                return say(why, "more held than there is in pool", name);
            sums[pool->facility].stock[c] += pool->content[c];
        }
    }
    return true;
}

static void add_lines(const Book *book, Sums *sums) {
    for (uint32_t i = 0; i < book_count(book, TABLE_ACCOUNT); i++) {
        const AccountRow *account = ROW(book, AccountRow, TABLE_ACCOUNT, i);
        const int64_t *values = values_at(book, account->values);
        for (int term = 0; term < ACCOUNT_TERMS; term++) {
            if (term == ACCOUNT_SRD) continue; // beside the balance (B20)
            bool leaves = term == ACCOUNT_SHIPPED || term == ACCOUNT_DISCARDED;
            for (int c = 0; c < COMPONENT_COUNT; c++) {
                i128 mg = values[term * COMPONENT_COUNT + c];
                sums[account->facility].lines[c] +=
                    leaves ? -mg : mg; // a loss is kept as it is: < 0
            }
        }
    }
}

static bool conserved(const Book *book, const Sums *sums, char why[WHY_BYTES]) {
    for (uint32_t f = 0; f < book_count(book, TABLE_FACILITY); f++)
        for (int c = 0; c < COMPONENT_COUNT; c++)
            if (sums[f].stock[c] != sums[f].lines[c]) {
                snprintf(why, WHY_BYTES,
                         "%s is not conserved at \"%.*s\": %lld mg in stock, %lld in the lines",
                         component_symbol(c), TEXT_ARG(intern_text(book->facility_ids, f)),
                         (long long)sums[f].stock[c], (long long)sums[f].lines[c]);
                return false;
            }
    return true;
}

bool invariants_hold(const Book *book, char why[WHY_BYTES]) {
    for (uint32_t i = 0; i < book_count(book, TABLE_NODE); i++)
        if (node_at(book, i)->drawn_mg < 0) {
            snprintf(why, WHY_BYTES, "quota node %u was drawn below zero", i);
            return false;
        }
    Sums *sums = calloc(book_count(book, TABLE_FACILITY) + 1, sizeof *sums);
    if (!sums) abort();
    bool good = lots_hold(book, sums, why) && pools_hold(book, sums, why);
    add_lines(book, sums);
    good = good && conserved(book, sums, why);
    free(sums);
    return good;
}

// ---- One record ----

void watch_begin(Watch *watch, const Book *book) {
    watch->lots = book_count(book, TABLE_LOT);
    watch->nodes = book_count(book, TABLE_NODE);
    watch->held = calloc(watch->lots + 1, 1);
    watch->drawn = calloc(watch->nodes + 1, sizeof *watch->drawn);
    if (!watch->held || !watch->drawn) abort();
    for (uint32_t i = 0; i < watch->lots; i++)
        watch->held[i] = lot_is_held(book, lot_at(book, i));
    for (uint32_t i = 0; i < watch->nodes; i++)
        watch->drawn[i] = node_at(book, i)->drawn_mg;
}

// Whether the record says the code, or policy has made the rule say nothing.
static bool told(const Book *book, const Decision *decision, VerdictCode code) {
    if (book->top.verdicts[code]) return true;
    for (uint32_t i = 0; i < decision->reason_count; i++)
        if (decision->reasons[i].code == code) return true;
    return false;
}

static bool moves(unsigned kind) {
    return kind == EVENT_SHIP || kind == EVENT_CHARGE || kind == EVENT_TRANSFORM ||
           kind == EVENT_DISCARD;
}

bool watch_end(Watch *watch, const Book *book, uint64_t seq, const Decision *decision,
               char why[WHY_BYTES]) {
    bool good = true;
    const RecordRow *record = ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seq);
    if (seq > 0 &&
        record->recorded < ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seq - 1)->recorded)
        good = say(why, "recorded before the record before it", TEXT("time"));
    const OperationRow *operation =
        record->operation == ROW_NONE ? NULL : operation_at(book, record->operation);
    for (uint32_t i = 0; good && operation && moves(operation->kind) && i < operation->flow_count;
         i++) {
        const FlowRow *flow = flow_at(book, operation->first_flow + i);
        if (flow->role == FLOW_IN && flow->lot < watch->lots && watch->held[flow->lot] &&
            !told(book, decision, CODE_HELD_MOVED))
            good = say(why, "a held lot moved without a breach",
                       intern_text(book->lot_ids, flow->lot));
    }
    for (uint32_t i = 0; good && i < book_count(book, TABLE_NODE); i++) {
        const NodeRow *node = node_at(book, i);
        int64_t before = i < watch->nodes ? watch->drawn[i] : 0;
        bool over = node->drawn_mg > before && node->drawn_mg > node->allotted_mg;
        if (over && !told(book, decision, CODE_QUOTA_EXCEEDED) &&
            !told(book, decision, CODE_NO_QUOTA) && !told(book, decision, CODE_ADVANCE)) {
            snprintf(why, WHY_BYTES, "node %u was drawn to %lld mg of %lld without a word", i,
                     (long long)node->drawn_mg, (long long)node->allotted_mg);
            good = false;
        }
    }
    free(watch->held);
    free(watch->drawn);
    return good;
}
