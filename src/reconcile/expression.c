#include "reconcile/expression.h"

#include "base/memory.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum Operation {
    NUMBER,
    VARIABLE,
    POLYNOMIAL, // of a variable: an alias
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    POWER, // to a constant
    NEGATE,
    SQRT,
    EXP,
    LOG
} Operation;

struct Expression {
    Operation operation;
    double number;
    size_t variable;
    const double *coefficient;
    const Expression *a, *b;
};

// ---- reading ----

typedef struct Reading {
    Text text;
    size_t at;
    unsigned depth;
    const ExpressionNames *names;
    Arena *arena;
    Status *status;
} Reading;

static void skip(Reading *r) {
    while (r->at < r->text.length && r->text.at[r->at] == ' ')
        r->at++;
}
static char peek(Reading *r) {
    skip(r);
    return r->at < r->text.length ? r->text.at[r->at] : '\0';
}

static Expression *fail(Reading *r, const char *what) {
    status_set(r->status, STATUS_INVALID, "%s in the formula \"%.*s\"", what, TEXT_ARG(r->text));
    status_where(r->status, "character %zu", r->at + 1);
    return NULL;
}

static Expression *node(Reading *r, Expression made) {
    Expression *one = arena_take(r->arena, sizeof *one);
    if (!one) {
        status_no_memory(r->status);
        return NULL;
    }
    *one = made;
    return one;
}

static Expression *read_sum(Reading *r);

static Expression *read_name(Reading *r) {
    size_t from = r->at;
    while (r->at < r->text.length &&
           (isalnum((unsigned char)r->text.at[r->at]) || r->text.at[r->at] == '_'))
        r->at++;
    Text name = {r->text.at + from, r->at - from};
    static const struct {
        const char *name;
        Operation operation;
    } functions[] = {{"sqrt", SQRT}, {"exp", EXP}, {"log", LOG}, {"ln", LOG}};
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        if (!text_equal(name, text_of(functions[f].name)) || peek(r) != '(') continue;
        r->at++;
        Expression *inner = read_sum(r);
        if (!inner) return NULL;
        if (peek(r) != ')') return fail(r, "a parenthesis is not closed");
        r->at++;
        return node(r, (Expression){.operation = functions[f].operation, .a = inner});
    }
    for (size_t v = 0; v < r->names->count; v++)
        if (text_equal(name, r->names->names[v]))
            return node(r, (Expression){.operation = VARIABLE, .variable = v});
    for (size_t i = 0; i < r->names->aliases; i++)
        if (text_equal(name, r->names->alias[i].name))
            return node(r, (Expression){.operation = POLYNOMIAL,
                                        .variable = r->names->alias[i].variable,
                                        .coefficient = r->names->alias[i].coefficient});
    r->at = from;
    return fail(r, "there is a name that is no variable");
}

static Expression *read_number(Reading *r) {
    char digits[64];
    size_t length = 0;
    while (r->at + length < r->text.length && length + 1 < sizeof digits) {
        char c = r->text.at[r->at + length];
        bool exponent = (c == '+' || c == '-') && length &&
                        (digits[length - 1] == 'e' || digits[length - 1] == 'E');
        bool mark =
            (c == 'e' || c == 'E') && length && r->at + length + 1 < r->text.length &&
            (isdigit((unsigned char)r->text.at[r->at + length + 1]) ||
             r->text.at[r->at + length + 1] == '-' || r->text.at[r->at + length + 1] == '+');
        if (!isdigit((unsigned char)c) && c != '.' && !exponent && !mark) break;
        digits[length++] = c;
    }
    digits[length] = '\0';
    char *end;
    double value = strtod(digits, &end);
    if (end == digits || !isfinite(value)) return fail(r, "a number is not written as one");
    r->at += (size_t)(end - digits);
    return node(r, (Expression){.operation = NUMBER, .number = value});
}

static Expression *read_one(Reading *r) {
    char c = peek(r);
    if (++r->depth > EXPRESSION_DEPTH_MAX)
        return fail(r, "too many parentheses stand in each other");
    Expression *one = NULL;
    if (c == '(') {
        r->at++;
        one = read_sum(r);
        if (one && peek(r) != ')') one = fail(r, "a parenthesis is not closed");
        if (one) r->at++;
    } else if (isdigit((unsigned char)c) || c == '.') {
        one = read_number(r);
    } else if (isalpha((unsigned char)c)) {
        one = read_name(r);
    } else {
        one = fail(r, "a number, a name or a parenthesis is missing");
    }
    r->depth--;
    return one;
}

static Expression *read_power(Reading *r) {
    Expression *base = read_one(r);
    while (base && (peek(r) == '^' || (peek(r) == '*' && r->at + 1 < r->text.length &&
                                       r->text.at[r->at + 1] == '*'))) {
        r->at += r->text.at[r->at] == '^' ? 1 : 2;
        bool negative = peek(r) == '-';
        if (negative) r->at++;
        if (!isdigit((unsigned char)peek(r)) && peek(r) != '.')
            return fail(r, "the power is no number");
        Expression *power = read_number(r);
        if (!power) return NULL;
        base = node(r, (Expression){.operation = POWER,
                                    .number = negative ? -power->number : power->number,
                                    .a = base});
    }
    return base;
}

static Expression *read_signed(Reading *r) {
    char c = peek(r);
    if (c != '-' && c != '+') return read_power(r);
    r->at++;
    if (++r->depth > EXPRESSION_DEPTH_MAX) return fail(r, "too many signs stand in a row");
    Expression *inner = read_signed(r);
    r->depth--;
    return inner && c == '-' ? node(r, (Expression){.operation = NEGATE, .a = inner}) : inner;
}

static Expression *read_product(Reading *r) {
    Expression *left = read_signed(r);
    while (left) {
        char c = peek(r);
        bool beside = c == '(' || c == '.' || isalnum((unsigned char)c);
        if (c != '*' && c != '/' && !beside) break;
        if (!beside) r->at++;
        Expression *right = beside ? read_power(r) : read_signed(r);
        if (!right) return NULL;
        left =
            node(r, (Expression){.operation = c == '/' ? DIVIDE : MULTIPLY, .a = left, .b = right});
    }
    return left;
}

static Expression *read_sum(Reading *r) {
    Expression *left = read_product(r);
    while (left && (peek(r) == '+' || peek(r) == '-')) {
        Operation operation = peek(r) == '+' ? ADD : SUBTRACT;
        r->at++;
        Expression *right = read_product(r);
        if (!right) return NULL;
        left = node(r, (Expression){.operation = operation, .a = left, .b = right});
    }
    return left;
}

bool expression_read(Text text, const ExpressionNames *names, Arena *arena, Expression **expression,
                     Status *status) {
    Reading r = {.text = text, .names = names, .arena = arena, .status = status};
    if (names->count > EXPRESSION_VARIABLES_MAX)
        return status_set(status, STATUS_LIMIT, "%zu variables are too many", names->count);
    Expression *left = read_sum(&r);
    if (!left) return false;
    if (peek(&r) == '=') {
        r.at++;
        Expression *right = read_sum(&r);
        if (!right) return false;
        left = node(&r, (Expression){.operation = SUBTRACT, .a = left, .b = right});
        if (!left) return false;
    }
    if (peek(&r) != '\0') {
        (void)fail(&r, "something stands behind the end");
        return false;
    }
    *expression = left;
    return true;
}

// ---- value and derivatives, forward ----

typedef struct Jet {
    double value;
    double *g, *h; // n and n x n; null where not wanted
} Jet;

// Makes out = f(u) or f(u, v) from the first and second derivatives of f.
typedef struct Chain {
    double value, du, dv, duu, duv, dvv;
} Chain;

static void chain(const Chain *c, const Jet *u, const Jet *v, Jet *out, size_t n) {
    out->value = c->value;
    if (!out->g) return;
    for (size_t i = 0; i < n; i++)
        out->g[i] = c->du * u->g[i] + (v ? c->dv * v->g[i] : 0.0);
    for (size_t i = 0; out->h && i < n; i++)
        for (size_t j = 0; j < n; j++) {
            size_t at = i * n + j;
            double sum = c->du * u->h[at] + c->duu * u->g[i] * u->g[j];
            if (v)
                sum += c->dv * v->h[at] + c->dvv * v->g[i] * v->g[j] +
                       c->duv * (u->g[i] * v->g[j] + v->g[i] * u->g[j]);
            out->h[at] = sum;
        }
}

static Chain chain_of(const Expression *e, double u, double v) {
    switch (e->operation) {
    case ADD:
        return (Chain){u + v, 1, 1, 0, 0, 0};
    case SUBTRACT:
        return (Chain){u - v, 1, -1, 0, 0, 0};
    case MULTIPLY:
        return (Chain){u * v, v, u, 0, 1, 0};
    case DIVIDE:
        return (Chain){u / v, 1 / v, -u / (v * v), 0, -1 / (v * v), 2 * u / (v * v * v)};
    case NEGATE:
        return (Chain){-u, -1, 0, 0, 0, 0};
    case SQRT: {
        double root = sqrt(u);
        return (Chain){root, 0.5 / root, 0, -0.25 / (root * u), 0, 0};
    }
    case EXP:
        return (Chain){exp(u), exp(u), 0, exp(u), 0, 0};
    case LOG:
        return (Chain){log(u), 1 / u, 0, -1 / (u * u), 0, 0};
    case POWER: {
        double p = e->number;
        return (Chain){pow(u, p), p == 0 ? 0 : p * pow(u, p - 1),
                       0,         p == 0 || p == 1 ? 0 : p * (p - 1) * pow(u, p - 2),
                       0,         0};
    }
    case NUMBER:
    case VARIABLE:
    case POLYNOMIAL:
        break;
    }
    return (Chain){0};
}

// `room` holds what the jets of this node and those below it need.
static void evaluate(const Expression *e, const double *x, Jet *out, size_t n, double *room) {
    size_t one = out->g ? n + (out->h ? n * n : 0) : 0;
    if (e->operation == NUMBER || e->operation == VARIABLE || e->operation == POLYNOMIAL) {
        if (out->g) memset(out->g, 0, n * sizeof *out->g);
        if (out->h) memset(out->h, 0, n * n * sizeof *out->h);
        if (e->operation == NUMBER) {
            out->value = e->number;
            return;
        }
        double at = x[e->variable], slope = 1.0, bend = 0.0;
        out->value = at;
        if (e->operation == POLYNOMIAL) {
            const double *k = e->coefficient;
            out->value = k[0] + at * (k[1] + at * k[2]);
            slope = k[1] + 2.0 * at * k[2];
            bend = 2.0 * k[2];
        }
        if (out->g) out->g[e->variable] = slope;
        if (out->h) out->h[e->variable * n + e->variable] = bend;
        return;
    }
    Jet u = {.g = out->g ? room : NULL, .h = out->h ? room + n : NULL};
    Jet v = {.g = out->g ? room + one : NULL, .h = out->h ? room + one + n : NULL};
    evaluate(e->a, x, &u, n, room + 2 * one);
    if (e->b) evaluate(e->b, x, &v, n, room + 2 * one);
    Chain c = chain_of(e, u.value, v.value);
    chain(&c, &u, e->b ? &v : NULL, out, n);
}

static size_t depth_of(const Expression *e) {
    if (!e || (!e->a && !e->b)) return 1;
    size_t a = depth_of(e->a), b = e->b ? depth_of(e->b) : 0;
    return 1 + (a > b ? a : b);
}

double expression_value(const Expression *e, const double *x, double *gradient, double times,
                        double *hessian, size_t n) {
    size_t one = gradient || hessian ? n + (hessian ? n * n : 0) : 0;
    double *room = one ? memory_new_zero(one * (2 * depth_of(e) + 1) + 1, sizeof *room) : NULL;
    if (one && !room) return NAN; // the search takes it for a place where there is no number
    Jet out = {.g = one ? room : NULL, .h = hessian ? room + n : NULL};
    evaluate(e, x, &out, n, room + one);
    for (size_t i = 0; gradient && i < n; i++)
        gradient[i] += out.g[i];
    for (size_t i = 0; hessian && i < n * n; i++)
        hessian[i] += times * out.h[i];
    memory_free(room);
    return out.value;
}
