// Tails and quantiles of the distributions that the tests need.
// Doubles in, doubles out. Every function answers with a number in its range for all arguments
// within the stated bounds, infinities included where they make sense; a NaN or a parameter out of
// bounds is the caller's mistake and stops the program, so that none ever leaves as a number.
// Upper tails keep their relative precision down to the smallest double; below that there are the
// logarithms, by which findings are ranked.
#pragma once

double normal_density(double x);
double normal_lower(double x); // P(Z <= x)
double normal_upper(double x); // P(Z > x)
double normal_upper_log(double x);
double normal_two_sided(double x); // P(|Z| > |x|)
double normal_two_sided_log(double x);
double normal_upper_point(double p); // x with P(Z > x) = p, for 0 < p < 1

// Chi-square with df > 0 degrees of freedom; x < 0 counts as 0.
double chi2_upper(double x, double df);
double chi2_upper_log(double x, double df);
double chi2_upper_point(double p, double df); // 0 < p < 1
// The same with noncentrality >= 0: the power of a chi-square test. The Poisson-weighted sum of
// central tails (Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 2, 29.2), since
// R's own pnchisq fails in the far tail and writes to the standard output.
double chi2_upper_noncentral(double x, double df, double noncentrality);

// Student's t, df > 0.
double t_upper(double t, double df);
double t_two_sided(double t, double df);
