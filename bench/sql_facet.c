// What of the matter has not been drawn from a quota yet, and the draws (docs/book.md, "Facets",
// "Quota"). A key of a facet is a kind of content.
#include "sql_ledger.h"

#include <string.h>

Facet *facet_of(Matter *matter, sqlite3_int64 kind) {
    for (int i = 0; i < matter->facet_count; i++)
        if (matter->facets[i].kind == kind) return &matter->facets[i];
    if (matter->facet_count == FACETS_MAX) give_up("too many facets");
    Facet *facet = &matter->facets[matter->facet_count++];
    memset(facet, 0, sizeof *facet);
    facet->kind = kind;
    return facet;
}

static void text_keep(Query query, int i, char out[256]) {
    size_t length = (size_t)sqlite3_column_bytes(statements[query], i);
    if (length >= 256) give_up("a name is too long");
    if (length) memcpy(out, sqlite3_column_text(statements[query], i), length);
    out[length] = 0;
}

bool source_find(Text name, sqlite3_int64 id, Source *source) {
    Query query = name.length ? QUERY_SOURCE : QUERY_SOURCE_BY_ID;
    if (name.length ? !ask(query, "t", name) : !ask(query, "i", id)) return false;
    source->id = column(query, 0);
    source->class_of_ore = column(query, 1);
    source->deposit = column(query, 2);
    text_keep(query, 3, source->holder);
    text_keep(query, 4, source->licence);
    done(query);
    return true;
}

static sqlite3_int64 undrawn_of(sqlite3_int64 class_of_ore) {
    return class_of_ore == CLASS_ROCK ? FACET_ROCK : class_of_ore == CLASS_ION ? FACET_ION : 0;
}

void facets_born(Matter *matter, sqlite3_int64 kind) {
    memcpy(facet_of(matter, kind)->mg, matter->mg, sizeof matter->mg);
}

// By component: a facet's part of what came in goes to the outputs as the component does, and what
// more came out than went in is undrawn of the feed's class.
void facets_share(const Matter *in, Matter *outs, uint32_t count, int feed_class) {
    sqlite3_int64 gains = undrawn_of(feed_class);
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        int64_t out = 0;
        for (uint32_t i = 0; i < count; i++)
            out += outs[i].mg[c];
        int64_t base = out > in->mg[c] ? out : in->mg[c];
        int64_t gain = out > in->mg[c] ? out - in->mg[c] : 0;
        if (out == 0) continue;
        bool gained = false;
        for (int f = 0; f <= in->facet_count; f++) {
            bool extra = f == in->facet_count;
            if (extra && (gained || !gains || !gain)) break;
            sqlite3_int64 kind = extra ? gains : in->facets[f].kind;
            int64_t of = extra ? 0 : in->facets[f].mg[c], running = 0;
            if (kind == gains) {
                of += gain;
                gained = true;
            }
            if (!of) continue;
            for (uint32_t i = 0; i < count; i++) {
                int64_t part = even(running + outs[i].mg[c], of, base) - even(running, of, base);
                running += outs[i].mg[c];
                if (part) facet_of(&outs[i], kind)->mg[c] += part;
            }
        }
    }
}

static int64_t facet_reo(const Matter *matter, const Facet *facet) {
    static Matter part;
    part.stated = matter->stated;
    memcpy(part.mg, facet->mg, sizeof part.mg);
    return reo_of(&part);
}

static void draw_note(Draw *draw, int ledger, int class_of_ore, const char *holder, int64_t reo) {
    *draw = (Draw){.ledger = ledger, .class_of_ore = class_of_ore, .reo = reo};
    strcpy(draw->holder, holder);
}

int facets_settle(const Head *head, Matter *matter, int64_t stage, Draw out[DRAWS_MAX]) {
    if (stage == STAGE_ORE || stage == STAGE_SCRAP || stage == STAGE_RESIDUE) return 0;
    int count = 0;
    int64_t left[2][COMPONENT_COUNT] = {{0}};
    bool any = false, undrawn[2] = {false, false};
    Facet keep[2];
    int kept = 0;
    for (int f = 0; f < matter->facet_count; f++) {
        Facet *facet = &matter->facets[f];
        if (facet->kind == FACET_PRE || facet->kind == FACET_POST) {
            keep[kept++] = *facet;
            continue;
        }
        int ion = facet->kind == FACET_ION;
        if (facet->kind >= FACET_SOURCE) {
            Source source;
            if (!source_find((Text){"", 0}, facet->kind - FACET_SOURCE, &source))
                give_up("a source is lost");
            ion = source.class_of_ore == CLASS_ION;
            int64_t reo = facet_reo(matter, facet);
            if (reo)
                draw_note(&out[count++], LEDGER_MINING, (int)source.class_of_ore, source.holder,
                          reo);
        }
        undrawn[ion] = any = true;
        for (int c = 0; c < COMPONENT_COUNT; c++)
            left[ion][c] += facet->mg[c];
    }
    matter->facet_count = 0;
    for (int f = 0; f < kept; f++)
        memcpy(facet_of(matter, keep[f].kind)->mg, keep[f].mg, sizeof keep[f].mg);
    if (!any) return count;
    if (stage == STAGE_ORE_PRODUCT) {
        for (int ion = 0; ion < 2; ion++)
            if (undrawn[ion])
                memcpy(facet_of(matter, ion ? FACET_ION : FACET_ROCK)->mg, left[ion],
                       sizeof left[ion]);
        return count;
    }
    Facet all = {0};
    for (int c = 0; c < COMPONENT_COUNT; c++)
        all.mg[c] = left[0][c] + left[1][c];
    int64_t reo = facet_reo(matter, &all);
    char holder[256];
    if (head->event->party.length >= sizeof holder) give_up("a name is too long");
    memcpy(holder, head->event->party.at, head->event->party.length);
    holder[head->event->party.length] = 0;
    if (reo) draw_note(&out[count++], LEDGER_SEPARATION, CLASS_NONE, holder, reo);
    return count;
}

void quota_draw(Text holder, int ledger, int class_of_ore, int year, int64_t reo,
                sqlite3_int64 lot) {
    char name[256];
    for (int level = 0; level < 16 && holder.length; level++) {
        if (!ask(QUERY_QUOTA_DRAW, "itiii", I(reo), holder, I(ledger), I(class_of_ore), I(year))) {
            if (level) break;
            // Nothing allotted yet: an advance on the year before.
            int64_t before = 0;
            if (ask(QUERY_QUOTA_BEFORE, "tiii", holder, I(ledger), I(class_of_ore), I(year - 1))) {
                before = column(QUERY_QUOTA_BEFORE, 0);
                done(QUERY_QUOTA_BEFORE);
            }
            complain(reo <= even(before, policy.advance, FRACTION_ONE_PPB) ? "advance"
                                                                           : "no_quota");
            ask(QUERY_QUOTA_PUT, "tiiini", holder, I(ledger), I(class_of_ore), I(year), I(0));
            sqlite3_int64 id = returned(QUERY_QUOTA_PUT);
            ask(QUERY_QUOTA_ADD, "ii", I(reo), id);
            ask(QUERY_DRAW_PUT, "iiii", seq, lot, id, I(reo));
            break;
        }
        sqlite3_int64 id = column(QUERY_QUOTA_DRAW, 0);
        int64_t allotted = column(QUERY_QUOTA_DRAW, 2), drawn = column(QUERY_QUOTA_DRAW, 3);
        text_keep(QUERY_QUOTA_DRAW, 1, name);
        bool named = column(QUERY_QUOTA_DRAW, 4) > 0;
        returned(QUERY_QUOTA_DRAW);
        if (named && drawn > allotted) complain("quota_exceeded");
        if (level == 0) {
            int64_t warning = even(allotted, policy.warning, FRACTION_ONE_PPB),
                    notice = even(allotted, policy.notice, FRACTION_ONE_PPB);
            if (policy.warning && drawn - reo < warning && drawn >= warning)
                complain("quota_warning");
            else if (policy.notice && drawn - reo < notice && drawn >= notice)
                complain("quota_notice");
            ask(QUERY_DRAW_PUT, "iiii", seq, lot, id, I(reo));
        }
        holder = text_of(name);
        draws++;
    }
}

void change_quota(sqlite3_int64 quota, int64_t reo) {
    ask(QUERY_QUOTA_ADD, "ii", I(reo), quota);
    while (ask(QUERY_QUOTA_ABOVE, "i", quota)) {
        quota = column(QUERY_QUOTA_ABOVE, 0);
        done(QUERY_QUOTA_ABOVE);
        ask(QUERY_QUOTA_ADD, "ii", I(reo), quota);
    }
}

void draws_make(const Head *head, const Draw *all, int count, sqlite3_int64 lot) {
    for (int i = 0; i < count; i++)
        quota_draw(text_of(all[i].holder), all[i].ledger, all[i].class_of_ore, head->year,
                   all[i].reo, lot);
}

void pool_put(sqlite3_int64 pool, const Matter *matter) {
    for (uint32_t m = matter->stated; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        ask(QUERY_POOL_IN, "iiiid", pool, I(KIND_MASS), I(c), I(matter->mg[c]),
            matter->variance[c]);
    }
    for (int c = 0; c < COMPONENT_COUNT; c++)
        if (matter->bound[c])
            ask(QUERY_POOL_IN, "iiiid", pool, I(KIND_BOUND), I(c), I(matter->bound[c]), 0.0);
    for (int f = 0; f < matter->facet_count; f++)
        for (int c = 0; c < COMPONENT_COUNT; c++)
            if (matter->facets[f].mg[c])
                ask(QUERY_POOL_IN, "iiiid", pool, matter->facets[f].kind, I(c),
                    I(matter->facets[f].mg[c]), 0.0);
    if (matter->whole != UINT32_MAX) ask(QUERY_POOL_WHOLE, "ii", I(matter->whole), pool);
}
