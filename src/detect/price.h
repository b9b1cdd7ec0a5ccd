// What a strong candidate costs: the chance that, where nothing is wrong, any interval of months,
// any pattern and either side looks as strong as the best one does, at any of the looks that are
// taken after each month within the horizon, each by all figures then at hand.
//
// Adding up the chances of all candidates (Bonferroni) pays several times over, for intervals that
// overlap and patterns that resemble each other exceed together. The sum is right once divided by
// how many exceed when one does:
//     P(any z_j > c) = sum_j P(z_j > c) * E[1 / #{j: z_j > c}],
// the mean over figures drawn given that one candidate, chosen at random, exceeds (Naiman & Priebe,
// J. Comput. Graph. Statist. 10, 2001; the "scan p-value" by importance sampling). It is exact up
// to the draw at any smallness of the chance, since what is drawn is never rare. 256 draws of a
// fixed seed: the same figures give the same p; its relative standard error is told, and is about 5
// %.
#pragma once
#include "detect/joint.h"

typedef struct JointPrice {
    double share;     // E[1 / #]: what Bonferroni's sum is multiplied by; above 0, at most 1
    double error;     // relative standard error of it
    double log_price; // logarithm of what the chance of z alone, one sided, is multiplied by
    double log_p;     // logarithm of the chance, at most 0
} JointPrice;

// Of a best |z|. The months still to come within the horizon are paid for in the proportion of
// their intervals, which overlap more and more, so that this is too much, rather than too little.
// Bonferroni's own sum, where z is below 2, or above 30.
MUST_CHECK bool joint_price(const JointBalance *joint, const JointPattern *patterns, size_t count,
                            size_t horizon, double z, Arena *arena, JointPrice *price,
                            Status *status);
