// Shipper-receiver analysis of a book (B20): by how much two facilities that trade differ, how far
// each device and each laboratory would have to be wrong to explain it, and which side of a pair is
// the odd one out.
//
// A crossing's difference is d = sent - received = sum_g l_g b_g + e (kg): l_g the kg that one
// stated standard deviation of device or laboratory g does to it (+ on the shipper's side), e its
// own errors, b_g the error of g in its stated standard deviations. With what is stated as prior,
// b_g ~ N(0, 1), the best linear prediction is b = M^-1 L'W d, M = I + L'W L (Searle, Casella &
// McCulloch, Variance Components, 1992, ch. 7). What the differences alone say of one g, all others
// being as stated, is m_g = b_g / (1 - h_g) with variance h_g / (1 - h_g), h_g = (M^-1)_gg; so
// z_g = m_g / sqrt(1 + h_g / (1 - h_g)) = b_g / sqrt(1 - h_g) is standard normal where g is as good
// as it says. The worst beyond the limit is taken as wrong, its prior left out, and the others are
// judged again beside it. Own errors of crossings are taken to be independent.
#pragma once
#include "balance/from_book_crossing.h"

typedef struct PairInstrument {
    uint32_t group; // of the shared error
    double stated;  // its stated relative standard deviation, the mean over what it measured
    size_t crossings;
    double bias, u; // relative, of what it reads: by the differences alone; its standard error
    double z;
    bool beyond; // further than it states, at the rate asked for over all instruments
} PairInstrument;

typedef enum PairSide { PAIR_NEITHER, PAIR_SHIPPER, PAIR_RECEIVER } PairSide;

typedef struct Pair {
    uint32_t from, to; // places
    size_t crossings;
    double sent, received, difference, u; // kg; sent - received, and its standard uncertainty
    double z;
    double scatter; // root mean square of the crossings' own z: 1 where errors are as stated
    // By the instruments that are beyond what they state, and what they explain of the difference.
    PairSide odd;
    uint32_t odd_group;
    double explained; // kg
} Pair;

typedef struct PairAnalysis {
    size_t pairs, instruments;
    Pair *pair;                 // the largest |z| first
    PairInstrument *instrument; // the largest |z| first; those that measured on one side only of
                                // something that crossed
    double limit;               // of |z|, for one false instrument in twenty books (Sidak)
} PairAnalysis;

// Of one component (its bit) and the months `from` to `to`. All in the arena.
MUST_CHECK bool pairs_analyse(const BookCrossings *crossings, unsigned component, Month from,
                              Month to, Arena *arena, PairAnalysis *analysis, Status *status);
