// Goods that are not made of what their name says.
#include "examine/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "examine/ores.h"
#include "numeric/distribution.h"

// No magnet and no magnet's scrap holds these; what little a result shows of them is dust and
// error.
static const int FOREIGN[] = {COMPONENT_La, COMPONENT_Sm, COMPONENT_Eu, COMPONENT_Ho, COMPONENT_Er,
                              COMPONENT_Tm, COMPONENT_Yb, COMPONENT_Lu, COMPONENT_Y};
static const double FOREIGN_USUAL = 0.01; // of the rare earths: SmCo, erbium colours, dust
static const char *const SCRAP[] = {"magnet", "swarf", "eol", "scrap", "磁", "废料"};

static bool is_scrap(Text material) {
    char lower[80];
    size_t n = material.length < sizeof lower - 1 ? material.length : sizeof lower - 1;
    for (size_t i = 0; i < n; i++)
        lower[i] = material.at[i] >= 'A' && material.at[i] <= 'Z' ? (char)(material.at[i] + 32)
                                                                  : material.at[i];
    lower[n] = '\0';
    for (size_t i = 0; i < sizeof SCRAP / sizeof *SCRAP; i++)
        if (strstr(lower, SCRAP[i])) return true;
    return false;
}

// The ore whose foreign elements stand to each other as these do, and its share of all rare earths
// in them.
static const Ore *best_ore(const double content[COMPONENT_COUNT], double rare, double *share) {
    size_t count;
    const Ore *all = ores(&count), *best = NULL;
    double least = INFINITY;
    for (size_t o = 0; o < count; o++) {
        double xy = 0.0, xx = 0.0, rest = 0.0;
        for (size_t i = 0; i < sizeof FOREIGN / sizeof *FOREIGN; i++) {
            xy += all[o].share[FOREIGN[i]] * content[FOREIGN[i]];
            xx += all[o].share[FOREIGN[i]] * all[o].share[FOREIGN[i]];
        }
        double amount = xx > 0.0 ? xy / xx : 0.0;
        for (size_t i = 0; i < sizeof FOREIGN / sizeof *FOREIGN; i++) {
            double d = content[FOREIGN[i]] - amount * all[o].share[FOREIGN[i]];
            rest += d * d;
        }
        if (amount <= 0.0 || amount > 1.5 * rare || rest >= least) continue;
        least = rest;
        best = &all[o];
        *share = fmin(1.0, amount / rare);
    }
    return best;
}

bool compare_contents(const Returns *r, Arena *arena, ExamineFinding *list, size_t *count,
                      size_t room, size_t *tested, Status *status) {
    for (size_t i = 0; i < r->rows;) {
        size_t end = i;
        double taken = 0.0, content[COMPONENT_COUNT] = {0}, rare = 0.0, foreign = 0.0;
        Month from = 0, to = 0;
        const ReturnRow *row = &r->row[i];
        for (; end < r->rows && r->row[end].facility == row->facility &&
               r->row[end].material == row->material;
             end++) {
            const ReturnRow *at = &r->row[end];
            double own = 0.0, strange = 0.0;
            if (!at->has_content || at->kg[TERM_RECEIVED] <= 0.0) continue;
            for (int c = 0; c < RARE_EARTH_COUNT; c++)
                own += at->content[c];
            for (size_t k = 0; k < sizeof FOREIGN / sizeof *FOREIGN; k++)
                strange += at->content[FOREIGN[k]];
            rare += own * at->kg[TERM_RECEIVED];
            foreign += strange * at->kg[TERM_RECEIVED];
            if (strange <= FOREIGN_USUAL * own) continue;
            if (!from) from = at->month;
            to = at->month;
            taken += own * at->kg[TERM_RECEIVED];
            for (int c = 0; c < COMPONENT_COUNT; c++)
                content[c] += at->content[c] * at->kg[TERM_RECEIVED];
        }
        bool looked = is_scrap(r->material[row->material]) && rare > 0.0;
        *tested += looked;
        double share = 0.0;
        const Ore *ore = looked && taken > 0.0 ? best_ore(content, taken, &share) : NULL;
        if (ore && *count < room) {
            double mass = share * taken, part = foreign / rare;
            ExamineFinding *f = &list[*count];
            char *says = arena_format(arena,
                                      "%.*s took in %.*s that holds what no magnet holds "
                                      "(lanthanum, samarium, yttrium ...: %.1f %% of its "
                                      "rare earths), as if %.0f %% of it were ore like that of %s",
                                      TEXT_ARG(r->facility[row->facility]),
                                      TEXT_ARG(r->material[row->material]), 100 * part, 100 * share,
                                      ore->deposit);
            if (!says) return status_no_memory(status);
            uint64_t mask = 0;
            for (int c = 0; c < RARE_EARTH_COUNT; c++)
                if (content[c] > 0.01 * taken) mask |= UINT64_C(1) << c;
            *f = (ExamineFinding){
                .kind = EXAMINE_ORIGIN,
                .facility = row->facility,
                .where = r->facility[row->facility],
                .other = r->material[row->material],
                .components = mask,
                .from = from,
                .to = to,
                .mass_kg = mass,
                .low_kg = 0.7 * mass,
                .high_kg = fmin(1.3 * mass, taken),
                .ore = text_of(ore->deposit),
                .says = text_of(says),
                .inspect = TEXT(
                    "sample lots of it as they come in, and ask for where they were dismantled")};
            // How far beyond what dust and a tenth of relative error would do.
            f->distance = (part - FOREIGN_USUAL) / (0.1 * part + 0.002);
            f->log_p = fmin(0.0, normal_upper_log(f->distance));
            ++*count;
        }
        i = end;
    }
    return true;
}
