#include "access/crossings.h"

#include "quantity/component.h"

bool crossings_months_check(const CrossingsAsked *asked, Status *status) {
    if (!asked->months.from || !asked->months.to || asked->months.from <= asked->months.to)
        return true;
    status_set(status, STATUS_INVALID, "the first month lies after the last");
    return status_where(status, "from");
}

bool crossings_component(const BookCrossings *crossings, Text asked, const char *how,
                         int *component, unsigned *components, Status *status) {
    double kg[COMPONENT_COUNT] = {0};
    uint32_t mask = 0;
    for (size_t i = 0; i < crossings->count; i++) {
        const double *at = &crossings->kg[crossings->crossing[i].first_kg];
        mask |= crossings->crossing[i].mask;
        for (uint32_t m = crossings->crossing[i].mask; m; m &= m - 1, at += 2)
            kg[__builtin_ctz(m)] += at[0];
    }
    *components = mask ? (unsigned)__builtin_popcount(mask) : 1;
    *component = COMPONENT_Nd;
    for (int c = 0; c < RARE_EARTH_COUNT; c++)
        if (kg[c] > kg[*component]) *component = c;
    if (text_is_empty(asked)) return true;
    *component = component_find(asked);
    if (*component != COMPONENT_NONE) return true;
    status_set(status, STATUS_INVALID, "\"%.*s\" is no component", TEXT_ARG(asked));
    status_hint(status, "one of " COMPONENT_SYMBOLS ": each is %s by itself", how);
    return status_where(status, "component");
}
