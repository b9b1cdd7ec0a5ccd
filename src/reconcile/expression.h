// Balances written as formulas, with their first and second derivatives: "x1*x2^2 - 3*sqrt(v) =
// 255.8". Numbers, names, + - * / ^ (a number as the power), parentheses, sqrt exp log; two things
// side by side are multiplied. A name may stand for another formula of variables (an enthalpy):
// expression_alias().
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"
#include <stddef.h>

enum { EXPRESSION_VARIABLES_MAX = 200, EXPRESSION_DEPTH_MAX = 60 };

typedef struct Expression Expression; // left side less right side
typedef struct ExpressionNames {
    size_t count;
    const Text *names; // of variables, by number
    // Polynomials in one variable: name, variable's number, coefficients from the constant on.
    size_t aliases;
    const struct ExpressionAlias {
        Text name;
        size_t variable;
        double coefficient[3];
    } * alias;
} ExpressionNames;

// Fails with what was expected, and where in the text (`where`: the byte, from 1).
MUST_CHECK bool expression_read(Text text, const ExpressionNames *names, Arena *arena,
                                Expression **expression, Status *status);
// Its value at x; `gradient` (null or zeroed, by variable) and `hessian` (null, or added to
// `times`, n x n).
double expression_value(const Expression *expression, const double *x, double *gradient,
                        double times, double *hessian, size_t n);
