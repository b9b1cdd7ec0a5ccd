// Conversion from element to oxide.
#include "quantity/factor.h"

// Column factor_element_to_oxide of data/reference/ree_elements.csv times 10^6: computed there from
// the standard atomic weights of IUPAC's CIAAW (2024) and O = 15.999, with the oxides of accounting
// CeO2, Pr6O11, Tb4O7, ThO2, U3O8 and else R2O3. Promethium has no standard atomic weight; iron,
// boron and cobalt are not counted as oxides.
const Factors factors_default = {
    .micro = {
        [COMPONENT_La] = 1172769, [COMPONENT_Ce] = 1228368, [COMPONENT_Pr] = 1208161,
        [COMPONENT_Nd] = 1166377, [COMPONENT_Pm] = 0,       [COMPONENT_Sm] = 1159607,
        [COMPONENT_Eu] = 1157922, [COMPONENT_Gd] = 1152615, [COMPONENT_Tb] = 1176172,
        [COMPONENT_Dy] = 1147683, [COMPONENT_Ho] = 1145507, [COMPONENT_Er] = 1143481,
        [COMPONENT_Tm] = 1142058, [COMPONENT_Yb] = 1138684, [COMPONENT_Lu] = 1137160,
        [COMPONENT_Sc] = 1533823, [COMPONENT_Y] = 1269932,  [COMPONENT_Th] = 1137900,
        [COMPONENT_U] = 1179239,  [COMPONENT_Fe] = 0,       [COMPONENT_B] = 0,
        [COMPONENT_Co] = 0,
    }};

bool factors_reo(const Factors *factors, uint64_t stated, const int64_t mg[COMPONENT_COUNT],
                 Mass *reo) {
    i128 sum = 0; // 17 products of 63 and 32 bits fit
    for (uint64_t left = stated & RARE_EARTH_MASK; left; left &= left - 1) {
        int component = __builtin_ctzll(left);
        sum += (i128)mg[component] * factors->micro[component];
    }
    i128 rounded = i128_divide_even(sum, FACTOR_ONE);
    if (rounded < INT64_MIN || rounded > INT64_MAX) return false;
    reo->mg = (int64_t)rounded;
    return true;
}
