#include "examine/ores.h"

#include <stdlib.h>
#include <string.h>

#include "examine_reference.h"
#include "quantity/factor.h"

enum { ORES = sizeof reference_ores / sizeof reference_ores[0], FIRST_SHARE = 3 };

static const int order[16] = {COMPONENT_La, COMPONENT_Ce, COMPONENT_Pr, COMPONENT_Nd,
                              COMPONENT_Sm, COMPONENT_Eu, COMPONENT_Gd, COMPONENT_Tb,
                              COMPONENT_Dy, COMPONENT_Ho, COMPONENT_Er, COMPONENT_Tm,
                              COMPONENT_Yb, COMPONENT_Lu, COMPONENT_Y,  COMPONENT_Sc};

const Ore *ores(size_t *count) {
    static Ore table[ORES];
    static size_t filled;
    if (!filled)
        for (size_t i = 0; i < ORES; i++) {
            const char *const *field = reference_ores[i];
            Ore *ore = &table[filled];
            double sum = 0.0;
            if (strcmp(field[2], "full")) continue;
            *ore = (Ore){.row = field[0], .deposit = field[1]};
            for (int c = 0; c < 16; c++) {
                ore->share[order[c]] = strtod(field[FIRST_SHARE + c], NULL) * FACTOR_ONE /
                                       (double)factors_default.micro[order[c]];
                sum += ore->share[order[c]];
            }
            for (int c = 0; c < COMPONENT_COUNT && sum > 0.0; c++)
                ore->share[c] /= sum;
            filled += sum > 0.0;
        }
    *count = filled;
    return table;
}
