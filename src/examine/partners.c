// What partners say of the same goods.
#include "examine/compare.h"

#include <math.h>
#include <stdlib.h>

#include "examine/uncertainty.h"
#include "numeric/distribution.h"

enum { SWING_MONTHS = 4 };
static const double ROAD_SHARE = 0.25;

// What two say of one material in a month. Each has its own account of both directions; a load that
// was turned back is got again by who sent it and was never had by the other, so that neither
// direction need agree, and only what one is said to have got from the other on balance does.
typedef struct Passage {
    uint32_t a, b, material; // a < b
    Month month;
    double a_sent, a_got, b_sent, b_got;
    double rounding; // square of its standard error
    bool faulty;     // one of them could not be read
} Passage;

static int passage_compare(const void *left, const void *right) {
    const Passage *x = left, *y = right;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    if (x->b != y->b) return x->b < y->b ? -1 : 1;
    if (x->material != y->material) return x->material < y->material ? -1 : 1;
    return x->month < y->month ? -1 : x->month > y->month;
}

static void add(Passage *to, const Passage *from) {
    to->a_sent += from->a_sent;
    to->a_got += from->a_got;
    to->b_sent += from->b_sent;
    to->b_got += from->b_got;
    to->rounding += from->rounding;
    to->faulty |= from->faulty;
}

// What the shipper says it sent, less what it says came back, and what the receiver says of it.
typedef struct Account {
    uint32_t shipper, receiver;
    double sent, back, got;
    double squares, larger, rounding; // of the months; of the year; squares of the months
    double most, second;              // of a month; of the next largest
    size_t unread;                    // months
    double first_got, last_sent;
    double begin_swing, end_swing; // of what was on the road, over the first and the last months
    Month from, to;
} Account;

typedef struct Swing { // lowest and highest of a running sum
    double low, high;
} Swing;

static void swing_to(Swing *s, double value) {
    s->low = fmin(s->low, value);
    s->high = fmax(s->high, value);
}

// Between two month ends only what is on the road differs, so that its changes show how much that
// may be.
static void look_at_ends(const Returns *r, const Passage *p, size_t count, bool forward,
                         Account *account) {
    double sum = 0.0, before_end = 0.0;
    Swing begin = {0.0, 0.0}, end = {0.0, 0.0};
    bool ending = false;
    for (size_t i = 0; i < count; i++) {
        if (p[i].faulty) continue;
        if (!ending && p[i].month + SWING_MONTHS > r->last) {
            ending = true;
            before_end = sum;
        }
        sum += forward ? p[i].a_sent - p[i].b_got : p[i].b_sent - p[i].a_got;
        if (p[i].month < r->first + SWING_MONTHS) swing_to(&begin, sum);
        if (ending) swing_to(&end, sum - before_end);
    }
    account->begin_swing = begin.high - begin.low;
    account->end_swing = end.high - end.low;
}

static Account account_of(const Returns *r, const Passage *p, size_t count) {
    Passage year = {0};
    for (size_t i = 0; i < count; i++)
        if (!p[i].faulty) add(&year, &p[i]);
    bool forward = year.a_sent + year.b_got >= year.b_sent + year.a_got;
    Account account = {.shipper = forward ? p->a : p->b,
                       .receiver = forward ? p->b : p->a,
                       .sent = forward ? year.a_sent : year.b_sent,
                       .back = forward ? year.a_got : year.b_got,
                       .got = forward ? year.b_got - year.b_sent : year.a_got - year.a_sent,
                       .from = p[0].month,
                       .rounding = year.rounding,
                       .to = p[count - 1].month};
    for (size_t i = 0; i < count; i++) {
        account.unread += p[i].faulty;
        if (p[i].faulty) continue;
        double out = fmax(p[i].a_sent, p[i].b_got), in = fmax(p[i].b_sent, p[i].a_got);
        account.squares += out * out + in * in;
        account.larger += out + in;
        account.second = fmax(account.second, fmin(account.most, out + in));
        account.most = fmax(account.most, out + in);
        if (p[i].month == r->first) account.first_got = forward ? p[i].b_got : p[i].a_got;
        if (p[i].month == r->last) account.last_sent = forward ? p[i].a_sent : p[i].b_sent;
    }
    look_at_ends(r, p, count, forward, &account);
    return account;
}

// Goods sent in the last month may still be on the road, and those on it at the beginning were sent
// before: a week's, or what the months at that end show to come and go, and a month's at most.
// Never more than any other month had: a month alone in its size excuses nothing.
static double on_the_road(const Account *year, double month, double swing) {
    double usual = month >= year->most ? year->second : year->most;
    if (usual <= 0.0) usual = month; // there is no other
    return fmin(fmin(month, usual), fmax(ROAD_SHARE * fmin(month, usual), 2.0 * swing));
}

// How much the receiver got less than the shipper sent in a month, both less what came back.
static double gap_of(const Passage *p, bool forward) {
    if (p->faulty) return 0.0;
    return forward ? p->b_got - p->b_sent - p->a_sent + p->a_got
                   : p->a_got - p->a_sent - p->b_sent + p->b_got;
}

// The months in which the year's gap came about: the even slope that is nearest to its running sum.
// What was late in one month and came in the next leaves none.
static void locate(const Passage *p, size_t count, bool forward, double gap, Account *year) {
    double least = INFINITY;
    for (size_t i = 0; i < count; i++)
        for (size_t k = i; k < count; k++) {
            double sum = 0.0, apart = 0.0;
            for (size_t m = 0; m < count; m++) {
                double gone = m < i ? 0.0 : m > k ? 1.0 : (double)(m - i + 1) / (double)(k - i + 1);
                sum += gap_of(&p[m], forward);
                apart += fabs(sum - gone * gap);
            }
            if (apart >= least) continue;
            least = apart;
            year->from = p[i].month;
            year->to = p[k].month;
        }
}

static bool judge_pair(const Returns *r, const Passage *p, size_t count, Arena *arena,
                       ExamineFinding *f, Status *status) {
    Account year = account_of(r, p, count);
    double gap = year.got - (year.sent - year.back);
    double allowed = gap < 0.0 ? on_the_road(&year, year.last_sent, year.end_swing)
                               : on_the_road(&year, year.first_got, year.begin_swing);
    locate(p, count, year.shipper == p->a, gap, &year);
    // What was sent before a month that is left out may have come in it, or the other way round.
    allowed += (double)year.unread * year.most;
    double beyond = fmax(0.0, fabs(gap) - allowed);
    double random = sqrt(2.0 * PARTNER * PARTNER * year.squares + year.rounding);
    double sigma = hypot(random, PARTNER_SHARED * year.larger) + 1.0;
    *f = (ExamineFinding){.kind = EXAMINE_PAIR,
                          .facility = year.shipper,
                          .where = r->facility[year.shipper],
                          .other = r->facility[year.receiver],
                          .from = year.from,
                          .to = year.to,
                          .distance = beyond / sigma,
                          .mass_kg = fabs(gap),
                          .low_kg = fmax(0.0, fabs(gap) - INTERVAL * sigma),
                          .high_kg = fabs(gap) + INTERVAL * sigma};
    f->log_p = fmin(0.0, normal_two_sided_log(beyond / sigma));
    const char *back =
        year.back > 0.0 ? arena_format(arena, ", of which %.6g kg came back,", year.back) : "";
    char *says =
        !back ? NULL
              : arena_format(arena,
                             "%.*s says that it sent %.*s %.6g kg of %.*s%s which says "
                             "that it got %.6g kg",
                             TEXT_ARG(f->where), TEXT_ARG(f->other), year.sent,
                             TEXT_ARG(r->material[p->material]), *back ? back : ",", year.got);
    char *inspect =
        arena_format(arena, "compare the weighing slips of both, consignment by consignment%s",
                     year.sent == 0.0 || year.got == 0.0 ? "; one side files nothing of it" : "");
    if (!says || !inspect) return status_no_memory(status);
    f->says = text_of(says);
    f->inspect = text_of(inspect);
    return true;
}

// One passage for each pair, material and month: what both sides say of it.
static size_t join_sides(Passage *p, size_t n) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept && !passage_compare(&p[kept - 1], &p[i]))
            add(&p[kept - 1], &p[i]);
        else
            p[kept++] = p[i];
    return kept;
}

// Of one pair and material: is there a month that can be read?
static bool any_read(const Passage *p, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!p[i].faulty) return true;
    return false;
}

static Passage passage_of(const PartnerRow *row) {
    bool is_a = row->facility < row->partner_facility;
    Passage p = {.a = is_a ? row->facility : row->partner_facility,
                 .b = is_a ? row->partner_facility : row->facility,
                 .material = row->material,
                 .month = row->month,
                 .rounding = row->step * row->step / 12.0,
                 .faulty = row->faulty};
    if (is_a) {
        p.a_sent = row->shipped;
        p.a_got = row->received;
    } else {
        p.b_sent = row->shipped;
        p.b_got = row->received;
    }
    return p;
}

bool compare_partners(const Returns *r, Arena *arena, ExamineFinding *list, size_t *count,
                      size_t room, size_t *tested, Status *status) {
    Passage *p = arena_take_zero(arena, r->partners + 1, sizeof *p);
    size_t n = 0;
    if (!p) return status_no_memory(status);
    for (size_t i = 0; i < r->partners; i++) {
        const PartnerRow *row = &r->partner[i];
        bool between =
            row->partner_facility != UINT32_MAX && row->partner_facility != row->facility;
        if (between && (row->shipped > 0.0 || row->received > 0.0 || row->faulty))
            p[n++] = passage_of(row);
    }
    if (n) qsort(p, n, sizeof *p, passage_compare);
    n = join_sides(p, n);
    for (size_t begin = 0, end; begin < n; begin = end) {
        ExamineFinding f;
        for (end = begin + 1; end < n && p[end].a == p[begin].a && p[end].b == p[begin].b &&
                              p[end].material == p[begin].material;)
            end++;
        if (!any_read(p + begin, end - begin)) continue;
        if (!judge_pair(r, p + begin, end - begin, arena, &f, status)) return false;
        ++*tested;
        if (*count < room) list[(*count)++] = f;
    }
    return true;
}
