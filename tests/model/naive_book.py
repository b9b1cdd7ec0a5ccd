"""A second book, naive and slow, written from docs/book.md and docs/events.md and not from the code.

It keeps everything in lists and dicts, looks things up by going through them, and computes with
Python's whole numbers. tests/model/run.py feeds it and the real book the same random events and
compares. Masses are mg, fractions ppb, exactly as docs/book.md part 2 says; `even(n, d)` is n/d
rounded once, half to even.
"""
import copy
import datetime
from fractions import Fraction
from math import isqrt

import naive_identity
import naive_law
import naive_trade
from naive_border import Border
from naive_licence import Licences
from naive_plan import Plans
from naive_restate import Restatements
from naive_watch import Watch

SYMBOLS = "La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Sc Y Th U Fe B Co".split()
NUMBER = {s: i for i, s in enumerate(SYMBOLS)}
RARE = range(17)
ALL = (1 << 22) - 1
INERT = (1 << 19) - 1                      # rare earths, Th and U
FACTORS = dict(La=1172769, Ce=1228368, Pr=1208161, Nd=1166377, Sm=1159607, Eu=1157922, Gd=1152615,
               Tb=1176172, Dy=1147683, Ho=1145507, Er=1143481, Tm=1142058, Yb=1138684, Lu=1137160,
               Sc=1533823, Y=1269932, Th=1137900, U=1179239)
BILLION = 10 ** 9
SATURATED = (1 << 128) - 1
TOO_LARGE = 10 ** 18
BASES = ["assayed", "calculated", "declared", "reference", "nothing"]
DEFAULT_ERRORS = {"weighing": (700000, 500000), "assay": (10 ** 7, 5 * 10 ** 6), "stocktake": (3 * 10 ** 7, 0),
                  "calculated": (2 * 10 ** 7, 0), "declared": (10 ** 8, 0), "reference": (2 * 10 ** 8, 0)}
REGULATED = ("ore", "ore product", "compound", "metal", "alloy")
MADE_BY = [("ore product", "mining"), ("compound", "separation"), ("metal", "metal"),
           ("alloy", "alloy"), ("magnet", "magnet")]
AUTHORITY_KINDS = set("book party facility factors policy material deposit source licence plan.draft "
                      "licence.amend licence.suspend hold release seize reserve case tip technology "
                      "rules".split())
MATTER = ("open extract charge draw transform split merge ship receive measure stocktake "
          "discard loss sell pack blend assemble return.goods export.goods import.goods").split()
REVERSIBLE = set("extract open charge transform split merge ship receive discard loss measure draw sell "
                 "pack blend assemble return.goods export.goods import.goods".split())

CODES = {}                                 # name -> (number, default verdict, insistable)


def read_codes(path):
    import re
    for line in open(path, encoding="utf-8"):
        found = re.match(r'CODE\((\d+), \w+, "(\w+)", (\w+), (\d)', line)
        if found:
            CODES[found[2]] = (int(found[1]), found[3].lower(), found[4] == "1")


def even(n, d):
    """n/d, half to even; d > 0."""
    q, r = divmod(n, d)
    if 2 * r > d or (2 * r == d and q & 1):
        q += 1
    return q


def decimal(text, places):
    text = str(text)
    whole, _, part = text.partition(".")
    assert len(part) <= places
    return int(whole) * 10 ** places + int(part.ljust(places, "0") or 0)


def mg(text):
    return decimal(text, 6)


def ppb(text):
    return decimal(text, 7)


# ---- time -----------------------------------------------------------------------------------------
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
INSTANTS = {}


def instant(text):
    if text not in INSTANTS:
        if len(INSTANTS) > 100000:
            INSTANTS.clear()
        t = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        INSTANTS[text] = (t - EPOCH) // datetime.timedelta(microseconds=1)
    return INSTANTS[text]


def offset_minutes(text):
    if text == "Z":
        return 0
    sign = -1 if text[0] == "-" else 1
    return sign * (int(text[1:3]) * 60 + int(text[4:6]))


def civil(us, offset):
    return (EPOCH + datetime.timedelta(microseconds=us, minutes=offset)).date()


def day(text):
    return datetime.date.fromisoformat(text)


def month_of(date):
    return date.year * 12 + date.month - 1


def month(text):
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def month_text(m):
    return "%04d-%02d" % (m // 12, m % 12 + 1)


# ---- contents -------------------------------------------------------------------------------------
class Content:
    """Masks and numbers of docs/book.md (B2); a component not in `mg` has none."""
    __slots__ = ("stated", "whole", "below", "dry", "mg", "bound")

    def __init__(self, stated=0, whole=ALL, below=0, dry=0, mg=None, bound=None):
        self.stated, self.whole, self.below, self.dry = stated, whole, below, dry
        self.mg, self.bound = dict(mg or {}), dict(bound or {})

    def map(self, change):
        return Content(self.stated, self.whole, self.below, change(self.dry),
                       {c: change(v) for c, v in self.mg.items()},
                       {c: change(v) for c, v in self.bound.items()})

    def plus(self, other):
        return Content(self.stated | other.stated, self.whole & other.whole, self.below | other.below,
                       self.dry + other.dry, added(self.mg, other.mg), added(self.bound, other.bound))

    def minus(self, other):
        return Content(self.stated, self.whole, self.below, self.dry - other.dry,
                       added(self.mg, other.mg, -1), added(self.bound, other.bound, -1))


def added(a, b, sign=1):
    out = dict(a)
    for c, v in b.items():
        out[c] = out.get(c, 0) + sign * v
    return out


def nonzero(vector):
    return {c: v for c, v in vector.items() if v}


def facets_added(a, b, sign=1):
    out = {k: dict(v) for k, v in a.items()}
    for k, v in b.items():
        out[k] = added(out.get(k, {}), v, sign)
    return {k: nonzero(v) for k, v in out.items() if nonzero(v)}


class Measurement:
    count = 0

    def __init__(self, kind, net, group, u, s):
        Measurement.count += 1
        self.order = Measurement.count
        self.kind, self.net, self.group, self.u, self.s = kind, net, group, u, s

    def __deepcopy__(self, memo):
        return self                                 # never changes

    def random(self, mass, c):
        u, s = self.u.get(c, 0), self.s.get(c, 0)
        v = abs(even(mass * u, 10 ** 6)) * abs(even(self.net * u, 10 ** 6))
        if self.group is None:
            v += abs(even(mass * s, 10 ** 6)) * abs(even(self.net * s, 10 ** 6))
        return v

    def shared(self, mass, c):
        return even(mass * self.s.get(c, 0), 10 ** 6)


class Variance:
    """Random variance and signed shared sums, by component, in ug^2 and ug (B5)."""

    def __init__(self):
        self.random, self.groups = {}, {}

    def add(self, terms, sign):
        """sign +1 for what comes in, -1 for what goes out."""
        for m, mass in terms:
            for c in set(m.u) | set(m.s):
                self.random[c] = min(self.random.get(c, 0) + m.random(mass, c), SATURATED)
                if m.group is not None:
                    g = self.groups.setdefault(m.group, {})
                    g[c] = g.get(c, 0) + sign * m.shared(mass, c)

    def remove(self, terms, sign):
        for m, mass in terms:
            for c in set(m.u) | set(m.s):
                self.random[c] = self.random.get(c, 0) - m.random(mass, c)
                if m.group is not None:
                    g = self.groups.setdefault(m.group, {})
                    g[c] = g.get(c, 0) - sign * m.shared(mass, c)

    def of(self, c):
        return min(self.random.get(c, 0) + sum(g.get(c, 0) ** 2 for g in self.groups.values()), SATURATED)


def exceeds(e, sigma, variance):
    return min(e * e, SATURATED) > min(sigma * sigma * variance, SATURATED)


def terms_joined(a, b):
    out = list(a)
    for m, mass in b:
        for i, (n, other) in enumerate(out):
            if n is m:
                out[i] = (n, other + mass)
                break
        else:
            out.append((m, mass))
    return out


def terms_folded(terms):
    if len(terms) <= 16:
        return terms
    least = sorted(terms, key=lambda t: (abs(t[1]), -t[0].order))
    fold = least[:len(terms) - 15]
    folded = set(id(t[0]) for t in fold)
    mass = sum(t[1] for t in fold)
    u = {}
    for c in range(22):
        v = 0
        for m, k in fold:
            v += m.random(k, c)
            if m.group is not None:
                v += m.shared(k, c) ** 2
        v = min(v, SATURATED)
        if v and mass:
            u[c] = isqrt(v) * 10 ** 6 // mass
    return [t for t in terms if id(t[0]) not in folded] + [(Measurement("fold", mass, None, u, {}), mass)]


class Lot:
    def __init__(self, **members):
        self.state, self.facets, self.terms, self.causes = "here", {}, [], set()
        self.taken, self.ever_taken, self.changed, self.consignment = 0, False, None, None
        self.draws, self.found_cause, self.given_back = [], None, 0
        self.sales = []                             # records of sales since that stand
        self.pieces, self.packing, self.origin = 0, None, ("unknown",)
        self.turned_back, self.came, self.cut_from = False, None, None     # came: in which consignment
        self.figures = None                         # the record that began the running share; None: its birth
        self.cuts, self.restated = [], []           # of the running share: [taken before, net, lot cut off]
        self.__dict__.update(members)
        self.__dict__.setdefault("owner", self.party)

    def left(self):
        return self.start_net - self.taken

    def part(self, mass):
        """What belongs to the next `mass` of it."""
        return self.part_at(self.taken, mass)

    def part_at(self, t, mass):
        m, a = max(1, self.start_net), t + mass                          # 0 when nothing was found
        cut = lambda v: even(v * a, m) - even(v * t, m)
        return Part(mass, self.content.map(cut),
                    {k: nonzero({c: cut(v) for c, v in f.items()}) for k, f in self.facets.items()},
                    [(n, cut(v)) for n, v in self.terms])

    def rest(self):
        return self.part(self.left())

    def take(self, mass):
        part = self.part(mass)
        part.pieces = self.pieces if mass == self.left() else even(self.pieces * mass, self.left())
        self.pieces -= part.pieces
        self.cuts.append([self.taken, mass, None])
        self.taken += mass
        self.ever_taken = True
        if self.taken == self.start_net:
            self.state = "ended"
        return part

    def restart(self, net, content, facets, terms, seq):
        self.figures, self.cuts, self.restated = seq, [], []
        self.start_net, self.taken, self.content, self.terms = net, 0, content, terms
        self.facets = {k: nonzero(f) for k, f in facets.items() if nonzero(f)}


class Part:
    pieces, all_pieces = 0, None                    # all_pieces: of a lot that was emptied

    def __init__(self, net, content, facets, terms):
        self.net, self.content, self.facets, self.terms = net, content, facets, terms


class Pool:
    def __init__(self, **members):
        self.free, self.sets = {}, []               # sets: [frozenset of causes, {component: mg}]
        self.facets, self.came, self.bound, self.drawn, self.counted = {}, {}, {}, {}, 0
        self.whole, self.stated, self.variance = ALL, 0, Variance()
        self.owners = {}                            # who else owns how much, as they came
        self.entries = []                           # (operation, origin of what came in)
        self.__dict__.update(members)

    def content(self):
        total = dict(self.free)
        for _, v in self.sets:
            total = added(total, v)
        return total

    def put(self, causes, vector):
        if not causes:
            self.free = added(self.free, vector)
            return
        for entry in self.sets:
            if entry[0] == causes:
                entry[1] = added(entry[1], vector)
                return
        self.sets.append([frozenset(causes), dict(vector)])


class Event:
    """One event being decided, and what it did."""

    def __init__(self, event, seq, recorded, principal):
        self.e, self.seq, self.recorded = event, seq, recorded
        self.principal, _, signer = principal.partition(" signed ")
        self.signer = signer or None
        self.refusals, self.codes, self.first = [], [], ""
        self.found, self.lots, self.opened, self.found_causes = [], [], [], set()
        self.decrease = None                        # the cause of what is given back in an ended year
        self.passed, self.place = set(), 0          # causes that a correction passes to its replacement

        self.kind, self.party = event["kind"], event["party"]
        self.op = dict(kind=self.kind, seq=seq, made=[], took=[], transit=[], pools=[], draws=[],
                       accounts=[], causes=[], reserve=[], measured=[], date=None, unmatched=[],
                       facility=None, party=self.party, reversed=False, found=[], received=0,
                       settled=[], shipments=[], sold=[], owned=[], packed=[], restated=None, also=[],
                       on_road=False, turned=[], declared=None)

    def no(self, code, where):
        self.refusals.append((CODES[code][0], len(self.refusals), code, self.first + where))

    def note(self, code, where):
        if (code, self.first + where) not in self.codes:
            self.codes.append((code, self.first + where))


class NaiveBook(Watch, Restatements, naive_law.Law, naive_trade.Trade, naive_identity.Identity, Licences, Border, Plans):
    symbols = SYMBOLS

    def __init__(self):
        self.records = []                           # (event, op)
        self.identity_begin()
        self.by_id = {}                             # (party, id) -> record number
        self.answers = {}
        self.parties, self.facilities, self.licences = {}, {}, {}      # id -> versions
        self.suspensions, self.drafts, self.opinions = [], {}, []
        self.notice, self.warning = 0, 0
        self.materials, self.deposits, self.sources, self.instruments = {}, {}, {}, {}
        self.pools, self.lots, self.consignments, self.nodes = {}, {}, {}, {}
        self.causes = {}                            # number -> {"code", "status"}
        self.factors, self.errors, self.verdicts = [], [], {}
        self.hold_sigma, self.flag_sigma, self.advance = 6, 4, BILLION // 4
        self.accounts = {}                          # (facility, month) -> term -> component -> mg
        self.closed, self.year_ended = {}, 0
        self.unmatched = []
        self.authority = None
        self.offset = 0
        self.returns = {}
        self.package_ids, self.opened_pools = set(), []
        self.border_begin()
        self.watch_begin()
        self.law_begin()

    # ---- the door ---------------------------------------------------------------------------------
    def decide(self, event, recorded, principal):
        """recorded: RFC 3339 text. The answer holds verdict and codes as the real book gives them."""
        key = (event["party"], event["id"])
        if key in self.answers:
            old, answer = self.answers[key]
            if old == event:
                return answer
            return {"verdict": "refused", "codes": [{"code": "id_reused", "where": "/id"}]}
        x = Event(event, len(self.records), instant(recorded), principal)
        keep = None
        if "replacement" in event:                  # half of it may be done when it is refused
            keep = copy.deepcopy({k: v for k, v in self.__dict__.items() if k != "answers"})
        answer = self.run(x)
        if keep and answer["verdict"] == "refused":
            self.__dict__.update(keep)
        if answer["verdict"] != "refused":
            self.by_id[key] = x.seq
            self.records.append((event, x.op))
            self.answers[key] = (copy.deepcopy(event), answer)
        return answer

    def run(self, x):
        self.prelude(x)
        if not x.refusals:
            if self.waits(x):
                self.decide_waiting(x)
            else:
                self.do(x)
        if not x.refusals:
            self.keep_parts(x)
        return self.answer(x)

    def do(self, x):
        getattr(self, "do_" + x.kind.replace(".", "_"))(x)

    def answer(self, x):
        if x.refusals:
            # The page says only roughly which comes first, so any of them may be the answer.
            _, _, code, where = min(x.refusals)
            return {"verdict": "refused", "codes": [{"code": code, "where": where}],
                    "any of": sorted({r[2] for r in x.refusals})}
        rank = ["accepted", "flagged", "held"]
        verdict = "accepted"
        for code, _ in x.codes:
            verdict = max(verdict, self.verdict_of(code), key=rank.index)
        return {"verdict": verdict, "codes": [
            {"code": c, "where": w} for c, w in sorted(x.codes, key=lambda cw: (CODES[cw[0]][0], cw[1]))
            if self.verdict_of(c) != "accepted"]}

    def verdict_of(self, code):
        return self.verdicts.get(code, CODES[code][1])

    # ---- who, when, where -------------------------------------------------------------------------
    def prelude(self, x):
        e, kind = x.e, x.kind
        if e.get("replacement", e)["party"] != e["party"]:
            return x.no("malformed", "/replacement/party")
        if kind == "sell" and e["to"] == e["party"]:
            return x.no("malformed", "/to")
        if kind == "delegate" and e["party"] in (e["delegate"], e["delegate"].split(":")[0]):
            return x.no("malformed", "/delegate")
        if (kind == "book") != (not self.records):
            return x.no("genesis", "/kind")
        if kind == "book":
            self.offset = offset_minutes(e["offset"])
        elif x.party not in self.parties:
            return x.no("unknown_party", "/party")
        else:
            if not x.first:                         # a replacement goes with its correction
                self.may_speak(x)
                self.may_sign(x, x.signer)
            if (kind in AUTHORITY_KINDS or (kind == "close" and "year" in e)) and x.party != self.authority:
                x.no("authority_only", "/party")
        happened = e["happened"]
        span = isinstance(happened, dict)
        x.start, x.end = (instant(happened["from"]), instant(happened["to"])) if span else \
            (instant(happened),) * 2
        if x.end > x.recorded + 300 * 10 ** 6:
            x.no("in_future", "/happened")
        if x.end < x.start or x.end - x.start > 31 * 86400 * 10 ** 6:
            x.no("span", "/happened")
        if not x.first:
            self.check_parts(x)
        x.facility, offset = None, self.offset
        if "facility" in e and kind not in ("facility", "licence", "licence.amend", "case", "tip"):
            x.facility = e["facility"]
            if x.facility not in self.facilities or self.facilities[x.facility][-1]["holder"] != x.party:
                return x.no("unknown_facility", "/facility")
            offset = self.offset_of(x.facility)
        if kind == "sell" and e["lots"][0]["lot"] in self.lots:
            offset = self.offset_of(self.lots[e["lots"][0]["lot"]].facility)
        if kind == "measure" and e["lot"] in self.lots:
            offset = self.offset_of(self.lots[e["lot"]].facility)
        self.dates(x, offset)
        if kind in ("extract", "charge", "draw") and month_of(x.date) != month_of(x.from_date):
            x.no("span", "/happened")
        if kind in MATTER:
            place = self.lots[e["lot"]].facility if kind == "measure" and e["lot"] in self.lots else x.facility
            if kind == "sell" and e["lots"][0]["lot"] in self.lots:
                place = self.lots[e["lots"][0]["lot"]].facility
            if place and not self.version(self.facilities[place], x.date, x.date):
                x.note("inactive", "/facility")
            if not self.version(self.parties[x.party], x.date, x.date):
                x.note("inactive", "/party")
            if kind != "measure" or e["lot"] in self.lots:
                self.check_devices(x)
        x.op["facility"] = x.facility
        if x.facility and kind in MATTER and kind not in ("close"):
            self.posting_month(x, x.facility)

    def dates(self, x, offset):
        x.date, x.from_date, x.year = civil(x.end, offset), civil(x.start, offset), civil(x.end, offset).year
        x.op["date"] = x.date

    def posting_month(self, x, facility):
        """The month for postings, and late_entry when that is not the month of the date."""
        m = month_of(x.date)
        closed = self.closed.get(facility)
        if closed is not None and m <= closed:
            x.note("late_entry", "/happened")
            m = closed + 1
        x.month = m

    def offset_of(self, facility):
        offset = self.facilities[facility][-1].get("offset")
        return self.offset if offset is None else offset

    def version(self, versions, date, on):
        """Recorded last of those known by `date`, if it is in force on the day `on`; or None."""
        for v in reversed(versions):
            if v["known"] <= date:
                return v if v["from"] <= on <= v["to"] else None
        return None

    def factor(self, date):
        for known, f in reversed(self.factors):
            if known is None or known <= date:
                return f

    def reo(self, vector, date):
        f = self.factor(date)
        return even(sum(v * f.get(SYMBOLS[c], 0) for c, v in vector.items() if c < 17), 10 ** 6)

    def stage(self, material):
        return self.materials[material]["stage"] if material else "unknown"

    # ---- what a line says -------------------------------------------------------------------------
    def relative(self, quantity, method, stage):
        """Policy's relative u and s, each from the last entry that fits and says it."""
        u, s = DEFAULT_ERRORS[quantity]
        for entry in self.errors:
            if entry["quantity"] == quantity and entry.get("method") in (None, method) \
                    and entry.get("stage") in (None, stage):
                u = ppb(entry["u"]) if "u" in entry else u
                s = ppb(entry["s"]) if "s" in entry else s
        return u, s

    @staticmethod
    def result(r):
        """(value, below, u, s) with None for what is not said."""
        if not isinstance(r, dict):
            return ppb(r), None, None, None
        if "below" in r:
            return None, ppb(r["below"]), None, None
        u = ppb(r["u"]) if "u" in r else None
        if "U" in r:
            k = Fraction(str(r["k"]))
            u = even(ppb(r["U"]) * k.denominator, k.numerator)
        return ppb(r["value"]), None, u, ppb(r["s"]) if "s" in r else None

    def check_composition(self, x, line, where):
        """Refusals that need neither mass nor moisture."""
        if "assay" in line:
            a = line["assay"]
            lab = self.parties.get(a["laboratory"])
            if not lab or "laboratory" not in lab[-1]["roles"]:
                x.no("unknown_laboratory", where + "/assay/laboratory")
            if a.get("of") == "treo" or a.get("as") == "oxide":
                for symbol in a["values"]:
                    if not self.factor(x.date).get(symbol):
                        x.no("malformed", where + "/assay/values/" + symbol)
                        return False
        part = "assay" if "assay" in line else "content"
        if part in line:
            results = [self.result(r) for r in line[part]["values"].values()]
            if sum(r[0] or 0 for r in results) > BILLION:
                x.no("assay_over_100", where + "/" + part)
        return True

    def composition(self, x, line, material, net, dry):
        """(content, measurement, basis) of a line that has an assay or a content, else None."""
        if "assay" in line:
            a, basis = line["assay"], "assayed"
            of, oxide = a.get("of", "dry"), a.get("as") == "oxide" or a.get("of") == "treo"
            quantity, group = "assay", ("assay", a["laboratory"], a["method"])
            u_policy, s_policy = self.relative("assay", a["method"], self.stage(material))
            treo, _, u_treo, s_treo = self.result(a["treo"]) if of == "treo" else (BILLION, None, 0, 0)
        elif "content" in line:
            a, of, oxide, group = line["content"], "dry", False, None
            basis = quantity = a["basis"]
            u_policy, s_policy = self.relative(quantity, None, self.stage(material))[0], 0
            treo, u_treo, s_treo = BILLION, 0, 0
        else:
            return None
        content, u, s = Content(0, 0, 0, dry), {}, {}
        factors = self.factor(x.date)

        def part_of(share, base, per):
            """share of base, as element; per: what else divides."""
            f = factors[symbol] if oxide else 10 ** 6
            if of == "treo":
                return even(base * treo * share * 10 ** 6, 10 ** 18 * f * per)
            return even(base * share * 10 ** 6, BILLION * f * per)

        for symbol, r in a["values"].items():
            c = NUMBER[symbol]
            value, below, u_said, s_said = self.result(r)
            base = net if of == "received" else dry
            content.whole |= 1 << c
            if below is not None:
                content.below |= 1 << c
                content.bound[c] = part_of(below, base, 1)
                continue
            content.stated |= 1 << c
            content.mg[c] = part_of(value, base, 1)
            w = even(content.mg[c] * BILLION, net)
            for said, said_treo, policy, out in ((u_said, u_treo, u_policy, u), (s_said, s_treo, s_policy, s)):
                if of == "treo":
                    r_v = policy if said is None else even(said * BILLION, value) if value else 0
                    r_t = policy if said_treo is None else even(said_treo * BILLION, treo) if treo else 0
                    r_v, r_t = min(r_v, 10 ** 10), min(r_t, 10 ** 10)
                    out[c] = even(isqrt((w * r_t) ** 2 + (w * r_v) ** 2), BILLION)
                elif said is None:
                    out[c] = even(w * policy, BILLION)
                else:
                    out[c] = self.error_share(said, base, net, factors[symbol] if oxide else 10 ** 6)
        return content, Measurement(basis, net, group, u, s), basis

    @staticmethod
    def error_share(said, base, net, f):
        """A result's error in ppb of the net mass, from ppb of its basis."""
        return even(said * base * 10 ** 6, net * f)

    def weighing(self, line, net, content, stage):
        w = line.get("weighing", {})
        u, s = self.relative("weighing", None, stage)
        if "u" in w:
            u = even(mg(w["u"]) * BILLION, net)
        if "s" in w:
            s = even(mg(w["s"]) * BILLION, net)
        us, ss = {}, {}
        for c, v in content.mg.items():
            share = even(v * BILLION, net)
            us[c], ss[c] = even(u * share, BILLION), even(s * share, BILLION)
        return Measurement("mass", net, ("device", w["device"]) if "device" in w else None, us, ss)

    def new_matter(self, x, line, where):
        """Content of a line that starts a lot; None after a refusal. Needs `material` and `net`."""
        material = line.get("material")
        if material is not None and material not in self.materials:
            x.no("unknown_material", where + "/material")
        if not self.check_composition(x, line, where):
            return None
        net = mg(line["net"])
        if net == 0:
            x.no("nothing", where + "/net")
            return None
        if material is not None and material not in self.materials:
            return None
        default = self.materials[material]["moisture"] if material else None
        m = ppb(line["moisture"]) if "moisture" in line else default or 0
        dry = net - even(net * m, BILLION)
        made = self.composition(x, line, material, net, dry)
        content, composed, basis = made or (Content(0, 0, 0, dry), None, "nothing")
        if self.stage(material) in ("reagent", "other"):
            content.whole |= INERT
        if sum(content.mg.values()) > dry:
            x.no("over_dry_mass", where)
        self.watch_grade(x, material, line, content, where)
        terms = [(m, net) for m in (self.weighing(line, net, content, self.stage(material)), composed)
                 if m and (m.u or m.s)]
        return dict(material=material, net=net, content=content, terms=terms, basis=basis)

    def measured(self, x, line, where, lot_material, net, content, terms, basis):
        """Net, moisture or composition measured anew on what was (net, content, terms, basis)."""
        ok = self.check_composition(x, line, where)
        default = self.materials[lot_material]["moisture"] if lot_material else None
        new_net = mg(line["net"]) if "net" in line else net
        if not ok:
            return None
        if new_net == 0:
            if x.kind == "stocktake":
                return dict(net=0, content=Content(content.stated, content.whole, content.below), terms=[],
                            basis=basis)
            x.no("nothing", where + "/net")
            return None
        new, dry = content.map(lambda v: v), content.dry
        if "moisture" in line:
            dry = new_net - even(new_net * ppb(line["moisture"]), BILLION)
        elif "net" in line and default is None:
            new = content.map(lambda v: even(v * new_net, net) if net else v)
            dry = new.dry
        elif "net" in line:
            dry = min(content.dry, new_net)
        if new.dry != dry:
            new = content.map(lambda v: even(v * dry, content.dry) if content.dry else 0)
            new.dry = dry
        made = self.composition(x, line, lot_material, new_net, dry)
        if made:
            named, basis = made[0], made[2]
            for c in range(22):
                if named.whole >> c & 1:
                    new.stated &= ~(1 << c)
                    new.below &= ~(1 << c)
                    new.mg.pop(c, None)
                    new.bound.pop(c, None)
            new.stated |= named.stated
            new.below |= named.below
            new.whole |= named.whole
            new.mg.update(named.mg)
            new.bound.update(named.bound)
            terms = [t for t in terms if t[0].kind == "mass"] + [(made[1], new_net)]
        if "net" in line:
            terms = [(self.weighing(line, new_net, new, self.stage(lot_material)), new_net)] + \
                [t for t in terms if t[0].kind != "mass"]
        terms = [t for t in terms if t[0].u or t[0].s]
        if ("moisture" in line or made) and sum(new.mg.values()) > new.dry:
            x.no("over_dry_mass", where)
        self.watch_grade(x, lot_material, line, new, where)
        return dict(net=new_net, content=new, terms=terms, basis=basis)

    @staticmethod
    def facets_scaled(facets, old, new, grow=True):
        """Facets of a lot scale with their component; a pool's shrink with it and stay when it grows."""
        out = {}
        for key, f in facets.items():
            out[key] = {}
            for c, v in f.items():
                was, now = old.get(c, 0), new.get(c, 0)
                out[key][c] = (even(v * now, was) if was else 0) if now < was or grow else v
        return out

    def new_id(self, x, lot, where, seen):
        if not lot.startswith(x.party + ":"):
            x.no("foreign_id", where)
        elif lot in self.lots:
            x.no("exists", where)
        if lot in seen:
            x.no("lot_twice", where)
        seen.add(lot)

    # ---- taking -----------------------------------------------------------------------------------
    def plan(self, x, lines, base):
        """What the lines would take: a list of dicts, after noting refusals."""
        plans, seen = [], set()
        for i, line in enumerate(lines):
            where = "%s/%d" % (base, i)
            lot = self.lots.get(line["lot"])
            code = None
            left = 0
            if lot is None or lot.party != x.party:
                code = "unknown_lot"
            elif lot.state == "transit" or lot.facility != x.facility:
                code = "lot_elsewhere"
            else:
                left = lot.left()
                if left == 0:
                    code = "not_enough"
            net = mg(line["net"]) if "net" in line else left
            if code is None and net > left and not line.get("empty"):
                code = "not_enough"
            if line["lot"] in seen:
                x.no("lot_twice", where + "/lot")
            seen.add(line["lot"])
            if code and x.e.get("insist") and "net" in line:
                made = self.new_matter(x, line, where)
                plans.append(dict(found=made, line=line, where=where, lot=None, net=net))
                continue
            if net == 0 and "net" in line:
                x.no("nothing", where + "/net")
            if code:
                x.no(code, where + ("/net" if code == "not_enough" and "net" in line else "/lot"))
                continue
            plans.append(dict(lot=lot, found=None, line=line, where=where, net=net,
                              empty=bool(line.get("empty"))))
        return plans

    def make_found(self, x, plans):
        """Found lots of insisted lines, before anything else of the event (B23)."""
        for p in plans:
            if p["lot"] is not None:
                continue
            f = p["found"]
            cause = self.open_cause(x, "found", "open")
            x.found_causes.add(cause)
            x.note("found", p["where"])
            name = "%s:~%d.%d" % (x.party, x.seq, len(x.found) + 1)
            lot = Lot(id=name, party=x.party, facility=x.facility, material=f["material"],
                      basis=f["basis"], start_net=f["net"], content=f["content"], terms=f["terms"],
                      born_net=f["net"], born=f["content"], maker=x.facility, causes={cause},
                      made=x.seq)
            lot.found_cause = cause
            self.lots[name] = lot
            x.found.append(lot)
            x.op["found"].append(lot)
            self.post(x, "found", x.facility, f["content"].mg)
            stage = self.stage(f["material"])
            ore_class = self.materials[f["material"]]["class"] if f["material"] else None
            if stage == "ore product" and ore_class in ("rock", "ion"):
                lot.facets = facets_added({("u", ore_class): f["content"].mg}, {})
            if stage == "compound" and ore_class != "recycled":
                self.draw(x, x.party, "separation", None, self.reo(f["content"].mg, x.date), lot, p["where"])
            p["lot"] = lot
            p["new"] = True

    def take(self, x, p):
        """Takes what the plan says; the part, after posting what an emptied lot had beside it."""
        lot = p["lot"]
        net = p["net"]
        lot.packing = None
        if p.get("empty"):
            left = lot.left()
            part, whole = lot.part(min(net, left)), lot.rest()
            rest = whole.content.minus(part.content)
            pieces = lot.pieces if net >= left else even(lot.pieces * net, left)
            whole.pieces, whole.all_pieces = pieces, lot.pieces
            lot.take(left)
            self.post(x, "batch", x.facility, {c: -v for c, v in rest.mg.items()})
            x.op["took"].append((lot, whole))
            if abs(left - net) * BILLION > left * self.yield_drop:
                x.note("emptied_oddly", p["where"])
            part = Part(net, part.content, part.facets, part.terms)
            part.pieces = pieces
            return part
        part = lot.take(net)
        x.op["took"].append((lot, part))
        return part

    def held(self, causes):
        return any(self.causes[n]["status"] == "open" for n in causes)

    def live(self, causes):
        return {n for n in causes if self.causes[n]["status"] != "void"}

    def check_moved(self, x, plans, base):
        if any(p["lot"] and not p.get("new") and self.held(p["lot"].causes) for p in plans):
            x.note("held_moved", base)

    # ---- causes -----------------------------------------------------------------------------------
    def open_cause(self, x, code, status):
        number = x.seq * 256 + x.place
        x.place += 1
        self.causes[number] = dict(code=code, status=status)
        x.op["causes"].append(number)
        return number

    def causes_of(self, x):
        """Opens one cause for each held code; returns all that stand on what the event made or moved."""
        out = set(x.found_causes)
        for code in sorted({c for c, _ in x.codes}, key=lambda c: CODES[c][0]):
            if self.verdict_of(code) == "held" and code not in ("found", "held_drawn", "advance", "unmatched", "decrease_waits"):
                out.add(self.open_cause(x, code, "open"))
        return out | x.passed

    # ---- postings ---------------------------------------------------------------------------------
    def post(self, x, term, facility, vector, at=None):
        """Into the material balance line of the facility and month."""
        vector = nonzero(vector)
        if not vector:
            return
        m = x.month if at is None else at
        account = self.accounts.setdefault((facility, m), {})
        account[term] = added(account.get(term, {}), vector)
        x.op["accounts"].append((facility, m, term, vector))

    def month_at(self, facility, date):
        m = month_of(date)
        closed = self.closed.get(facility)
        return m if closed is None or m > closed else closed + 1

    # ---- facets of what is made -------------------------------------------------------------------
    def share_facets(self, contents, came_in, facets, feed_class):
        """Gives each output its share of the facets; returns (list of facets, what is left)."""
        total = {}
        for content in contents:
            total = added(total, content.mg)
        facets = {k: dict(v) for k, v in facets.items()}
        for c, o in total.items():
            gain = o - came_in.get(c, 0)
            if gain > 0 and feed_class in ("rock", "ion"):
                f = facets.setdefault(("u", feed_class), {})
                f[c] = f.get(c, 0) + gain
        so_far, out = {}, []
        for content in contents:
            mine = {}
            for key, f in facets.items():
                mine[key] = {}
                for c, o in content.mg.items():
                    b = max(came_in.get(c, 0), total[c])
                    if b and f.get(c):
                        before = so_far.get(c, 0)
                        mine[key][c] = even((before + o) * f[c], b) - even(before * f[c], b)
            for c, o in content.mg.items():
                so_far[c] = so_far.get(c, 0) + o
            out.append({k: nonzero(v) for k, v in mine.items() if nonzero(v)})
        left = facets
        for f in out:
            left = facets_added(left, f, -1)
        return out, left

    def deposit_class(self, source):
        return self.deposits[self.sources[source]["deposit"]]["class"]

    def settle_facets(self, x, facets, stage, lot, where):
        """By the output's stage: what stays, and what is drawn. Returns the facets that stay."""
        if stage in ("ore", "scrap", "residue"):
            return facets
        recycled = {k: f for k, f in facets.items() if k[0] == "r"}
        facets = {k: f for k, f in facets.items() if k[0] != "r"}
        for source in self.sources:                             # in order of registration
            f = facets.get(("s", source))
            if f is None:
                continue
            ore_class = self.deposit_class(source)
            holder = self.licences[self.sources[source]["licence"]][-1]["holder"]
            self.draw(x, holder, "mining", ore_class, self.reo(f, x.date), lot, where)
            del facets[("s", source)]
            if ore_class in ("rock", "ion"):
                facets = facets_added(facets, {("u", ore_class): f})
        if stage == "ore product":
            return {**facets, **recycled}
        undrawn = {}
        for f in facets.values():
            undrawn = added(undrawn, f)
        self.draw(x, x.party, "separation", None, self.reo(undrawn, x.date), lot, where)
        return recycled

    def recycled(self, facets, content, kind):
        """What of the content is not recycled yet becomes so (B27)."""
        facets = dict(facets)
        mine = dict(facets.get(("r", kind), {}))
        for c, v in content.mg.items():
            primary = v - sum(facets.get(("r", k), {}).get(c, 0) for k in ("pre-consumer", "post-consumer"))
            if primary > 0:
                mine[c] = mine.get(c, 0) + primary
        facets[("r", kind)] = mine
        return {k: nonzero(f) for k, f in facets.items() if nonzero(f)}

    def opened_facets(self, material, content):
        """Ore product that comes from nowhere counts as its material's class."""
        m = self.materials[material] if material else None
        if m and m["stage"] == "ore product" and m["class"] in ("rock", "ion"):
            return facets_added({("u", m["class"]): content.mg}, {})
        return {}

    # ---- outputs ----------------------------------------------------------------------------------
    def plan_outputs(self, x, lines, base, need_material=True):
        seen, plans = set(), []
        for i, line in enumerate(lines):
            where = "%s/%d" % (base, i)
            if "lot" in line:
                self.new_id(x, line["lot"], where + "/lot", seen)
            made = self.new_matter(x, line, where)
            if line.get("owner", x.party) not in self.parties:
                x.no("unknown_party", where + "/owner")
            if "settles" in line:
                found = self.lots.get(line["settles"])
                if found is None or found.party != x.party or found.found_cause is None or \
                        self.causes[found.found_cause]["status"] != "open" or \
                        found.material != line["material"] or found.born_net != mg(line["net"]):
                    x.no("settles", where + "/settles")
            plans.append(dict(line=line, where=where, made=made))
        return plans

    def birth(self, x, p, facets=None, causes=(), draws=True):
        """The lot of an output line, or what settling does in its place (then None)."""
        made, line = p["made"], p["line"]
        if "settles" in line:
            found = self.lots[line["settles"]]
            self.post(x, "found", x.facility, {c: -v for c, v in found.born.mg.items()})
            self.post(x, "batch", x.facility, added(found.born.mg, made["content"].mg, -1))
            x.op["settled"].append(found.found_cause)
            return None
        lot = Lot(id=line["lot"], party=x.party, facility=x.facility, material=made["material"],
                  basis=made["basis"], start_net=made["net"], content=made["content"],
                  terms=made["terms"], born_net=made["net"], born=made["content"], maker=x.facility,
                  causes=set(causes), made=x.seq)
        lot.owner = line.get("owner", x.party)
        self.lots[lot.id] = lot
        x.op["made"].append(lot)
        x.lots.append(lot)
        lot.facets = facets or {}
        return lot

    def finish(self, x):
        """Opens the causes of held codes and puts them on every lot made or moved."""
        causes = self.causes_of(x)
        for lot in x.lots:
            lot.causes |= causes
        for number in x.op["settled"]:
            self.causes[number]["status"] = "void"
        return causes

    def creation(self, x, whole, outputs, came_in, went_out, bounds, feed, variance):
        """The test of docs/book.md, "Creation"; outputs: stated mask of this event's outputs."""
        worst = None
        for c in range(22):
            if not (whole >> c & 1 and outputs >> c & 1):
                continue
            created = went_out.get(c, 0) - came_in.get(c, 0) - bounds.get(c, 0)
            if created <= 0:
                continue
            e, v = created * 1000, variance.of(c)
            if exceeds(e, self.hold_sigma, v) and e > feed.get(c, 0):
                worst = "element_creation"
            elif exceeds(e, self.flag_sigma, v) and worst is None:
                worst = "creation_noticed"
        if worst:
            x.note(worst, "/outputs")

    # ---- registry ---------------------------------------------------------------------------------
    def dated(self, x, e):
        return dict(known=x.date, **{"from": day(e["from"]) if "from" in e else datetime.date.min,
                                     "to": day(e["to"]) if "to" in e else datetime.date.max})

    def do_book(self, x):
        self.authority, self.jurisdiction = x.party, x.e["jurisdiction"]
        self.parties[x.party] = [dict(known=datetime.date.min, roles=["authority"], group=None,
                                      **{"from": datetime.date.min, "to": datetime.date.max})]
        factors = dict(FACTORS)
        for symbol, f in x.e.get("factors", {}).items():
            factors[symbol] = decimal(f, 6)
        self.factors.append((None, factors))

    def do_party(self, x):
        e = x.e
        self.parties.setdefault(e["subject"], []).append(
            dict(roles=e["roles"], group=e.get("group"), **self.dated(x, e)))

    def do_facility(self, x):
        e = x.e
        if e["holder"] not in self.parties:
            return x.no("unknown_party", "/holder")
        self.facilities.setdefault(e["facility"], []).append(
            dict(holder=e["holder"], activities=e["activities"],
                 offset=offset_minutes(e["offset"]) if "offset" in e else None, **self.dated(x, e)))


    def do_factors(self, x):
        factors = dict(self.factors[-1][1])
        for symbol, f in x.e["factors"].items():
            factors[symbol] = decimal(f, 6)
        self.factors.append((x.date, factors))

    def do_policy(self, x):
        e = x.e
        for i, s in enumerate(e.get("signatures", [])):
            if s.get("party", x.party) not in self.parties:
                return x.no("unknown_party", "/signatures/%d/party" % i)
        self.errors += e.get("errors", [])
        self.verdicts.update(e.get("verdicts", {}))
        self.border_policy(e)
        self.hold_sigma = e.get("hold_sigma", self.hold_sigma)
        self.flag_sigma = e.get("flag_sigma", self.flag_sigma)
        if "advance" in e:
            self.advance = ppb(e["advance"])
        self.signings += e.get("signatures", [])
        self.notice = ppb(e["quota_notice"]) if "quota_notice" in e else self.notice
        self.warning = ppb(e["quota_warning"]) if "quota_warning" in e else self.warning
        self.devices_required = e.get("devices_required", self.devices_required)
        self.watch_policy(e)
        if "two_persons" in e:
            self.two_persons = set(e["two_persons"])

    def do_material(self, x):
        e = x.e
        if e["material"] in self.materials:
            return x.no("exists", "/material")
        self.materials[e["material"]] = dict(
            stage=e["stage"], permits=e.get("permits"), moisture=ppb(e["moisture"]) if "moisture" in e else None, grade=e.get("grade"),
            **{"class": e.get("class")})

    def do_deposit(self, x):
        e = x.e
        if e["deposit"] in self.deposits:
            return x.no("exists", "/deposit")
        self.deposits[e["deposit"]] = dict(reserve=mg(e["reserve"]) if "reserve" in e else None, drawn=0,
                                           **{"class": e.get("class")})

    def do_source(self, x):
        e = x.e
        if e["deposit"] not in self.deposits:
            x.no("unknown_deposit", "/deposit")
        if e["licence"] not in self.licences:
            x.no("unknown_licence", "/licence")
        if e["source"] in self.sources:
            x.no("exists", "/source")
        if not x.refusals:
            self.sources[e["source"]] = dict(deposit=e["deposit"], licence=e["licence"])

    def do_close(self, x):
        e = x.e
        if "year" in e:
            if civil(x.recorded, self.offset) <= datetime.date(e["year"], 12, 31) or \
                    e["year"] <= self.year_ended:
                return x.no("month_order", "/year")
            self.year_ended = e["year"]        # and all before it
            return
        m = month(e["month"])
        closed = self.closed.get(x.facility)
        over = month_of(civil(x.recorded, self.offset_of(x.facility))) > m
        if not over or (closed is not None and m != closed + 1):
            return x.no("month_order", "/month")
        self.closed[x.facility] = m
        for u in self.unmatched:
            if u["facility"] == x.facility and u["month"] <= m and not u["paired"] and \
                    self.causes[u["cause"]]["status"] == "pending":
                self.causes[u["cause"]]["status"] = "open"
        self.finish(x)

    def do_pool(self, x):
        e = x.e
        if e["pool"] in self.pools:
            x.no("exists", "/pool")
        if not e["pool"].startswith(x.party + ":"):
            x.no("foreign_id", "/pool")
        if x.refusals:
            return
        self.pools[e["pool"]] = Pool(id=e["pool"], facility=x.facility, activity=e["activity"],
                                     ore_class=e.get("class"))
        self.finish(x)

    def find_pool(self, x, name, where):
        pool = self.pools.get(name)
        if pool is None or pool.facility != x.facility:
            x.no("unknown_pool", where)
            return None
        return pool

    # ---- matter -----------------------------------------------------------------------------------
    def do_open(self, x):
        e = x.e
        if x.facility in self.closed:
            x.no("after_cut_over", "/facility")
        plans = self.plan_outputs(x, e.get("lots", []), "/lots")
        for p in plans:
            if "source" in p["line"] and p["line"]["source"] not in self.sources:
                x.no("unknown_source", p["where"] + "/source")
        pools = []
        for i, line in enumerate(e.get("pools", [])):
            pools.append((self.find_pool(x, line["pool"], "/pools/%d/pool" % i), line))
        if x.refusals:
            return
        for p in plans:
            made = p["made"]
            self.birth(x, p, self.opened_facets(made["material"], made["content"]))
            self.post(x, "opened", x.facility, made["content"].mg)
        self.finish(x)
        for pool, line in pools:
            self.opened_pools.append((pool.facility, x.op))
            vector, terms = self.pool_line(x, line)
            pool.free = added(pool.free, vector)
            what = Content(sum(1 << c for c in vector), sum(1 << c for c in vector), 0, 0, vector)
            self.came(pool, what, terms)
            facets = {("u", pool.ore_class): vector} if pool.ore_class in ("rock", "ion") else {}
            pool.facets = facets_added(pool.facets, facets)
            x.op["pools"].append(("in", pool, frozenset(), Part(0, what, facets, terms)))
            self.post(x, "opened", x.facility, vector)

    def pool_line(self, x, line):
        """What a pool line says: masses, and its measurement as a term."""
        vector, us, ss = {}, {}, {}
        u_rel, s_rel = self.relative("stocktake", line.get("method"), None)
        for symbol, r in line["components"].items():
            c = NUMBER[symbol]
            r = r if isinstance(r, dict) else {"kg": r}
            vector[c] = mg(r["kg"])
            us[c] = mg(r["u"]) * 1000 if "u" in r else even(vector[c] * u_rel, 10 ** 6)
            ss[c] = mg(r["s"]) * 1000 if "s" in r else even(vector[c] * s_rel, 10 ** 6)
        m = Measurement("pool", 10 ** 6, ("pool", x.party, line.get("method", "")), us, ss)
        return vector, [(m, 10 ** 6)]

    def came(self, pool, content, terms, sign=1):
        pool.came = added(pool.came, content.mg, sign)
        pool.bound = added(pool.bound, content.bound, sign)
        if sign > 0:
            pool.whole &= content.whole
            pool.stated |= content.stated
            pool.variance.add(terms, 1)
        else:
            pool.variance.remove(terms, 1)

    def do_extract(self, x):
        e = x.e
        source = e["source"]
        if source not in self.sources:
            x.no("unknown_source", "/source")
        plans = self.plan_outputs(x, e["outputs"], "/outputs")
        for p in plans:
            if p["line"]["material"] in self.materials and \
                    self.stage(p["line"]["material"]) not in ("ore", "ore product"):
                x.no("stage", p["where"] + "/material")
        pool = None
        if "pool" in e:
            pool = self.find_pool(x, e["pool"], "/pool")
            if pool and pool.activity != "mining":
                x.no("pool_kind", "/pool")
        if x.refusals:
            return
        deposit = self.deposits[self.sources[source]["deposit"]]
        amount = sum(self.reo(p["made"]["content"].mg, x.date) for p in plans)
        deposit["drawn"] += amount
        x.op["reserve"].append((self.sources[source]["deposit"], amount))
        if deposit["reserve"] is not None and deposit["drawn"] > deposit["reserve"]:
            x.note("reserve", "/source")
        self.licensed(x, "mining", [p["line"]["material"] for p in plans], "/facility", source)
        for p in plans:
            made = p["made"]
            self.post(x, "extracted", x.facility, made["content"].mg)
            if pool:
                continue
            lot = self.birth(x, p)
            if lot:
                lot.origin = ("extract", self.sources[source]["deposit"], x.party)
                lot.facets = self.settle_facets(x, facets_added({("s", source): made["content"].mg}, {}),
                                                self.stage(made["material"]), lot, p["where"])
        causes = self.finish(x)
        if pool:
            for p in plans:
                made = p["made"]
                part = Part(made["net"], made["content"], {("s", source): made["content"].mg}, made["terms"])
                self.into_pool(x, pool, part, causes)
            pool.entries.append((x.op, ("extract", self.sources[source]["deposit"], x.party)))

    def into_pool(self, x, pool, part, causes):
        causes = frozenset(self.live(causes))
        pool.put(causes, part.content.mg)
        pool.facets = facets_added(pool.facets, part.facets)
        self.came(pool, part.content, part.terms)
        x.op["pools"].append(("in", pool, causes, part))

    def do_charge(self, x):
        e = x.e
        pool = self.find_pool(x, e["pool"], "/pool")
        if pool and pool.activity == "mining":
            x.no("pool_kind", "/pool")
        plans = self.plan(x, e["inputs"], "/inputs")
        if x.refusals:
            return
        self.make_found(x, plans)
        self.check_moved(x, plans, "/inputs")
        stages = [self.stage(p["lot"].material) for p in plans]
        if pool.activity == "recycling" and any(s in ("ore", "ore product") for s in stages):
            x.note("recycler_ore", "/inputs")
        self.licensed(x, pool.activity, [p["lot"].material for p in plans], "/facility")
        self.tolled(x, pool.activity, plans)
        taken = [(p["lot"], self.take(x, p)) for p in plans]
        causes = self.finish(x)
        for lot, part in taken:
            self.into_pool(x, pool, part, lot.causes | causes)
            self.owned_into_pool(x, pool, lot.owner, part.content.mg)
            pool.entries.append((x.op, ("lots", [lot])))

    def out_of_pool(self, pool, vector):
        """Takes by component; (amounts by set of causes, what is missing, causes of each set reached)."""
        from_free, from_sets, missing = {}, [], {}
        order = sorted(range(len(pool.sets)), key=lambda i: self.held(pool.sets[i][0]))
        for c, want in vector.items():
            take = min(want, pool.free.get(c, 0))
            if take:
                from_free[c] = take
                pool.free[c] -= take
                want -= take
            for i in order:
                take = min(want, pool.sets[i][1].get(c, 0))
                if take:
                    pool.sets[i][1][c] -= take
                    want -= take
                    from_sets.append((i, c, take))
            if want:
                missing[c] = want
        return from_free, from_sets, missing

    def do_draw(self, x):
        e = x.e
        pool = self.find_pool(x, e["pool"], "/pool")
        plans = self.plan_outputs(x, e["outputs"], "/outputs")
        if x.refusals:
            return
        contents = [p["made"]["content"] for p in plans]
        before = pool.content()
        given, left = self.share_facets(contents, before, pool.facets, pool.ore_class)
        old_facets, pool.facets = pool.facets, left
        self.licensed(x, pool.activity, [p["line"]["material"] for p in plans], "/facility")
        inherited, gain = set(), {}
        owned = self.owned_out_of_pool(x, pool, before, plans)
        takes = []
        for p, facets in zip(plans, given):
            from_free, from_sets, missing = self.out_of_pool(pool, p["made"]["content"].mg)
            gain = added(gain, missing)
            takes.append((from_free, [(pool.sets[i][0], c, v) for i, c, v in from_sets], missing))
            for i in {i for i, _, _ in from_sets}:
                inherited |= self.live(pool.sets[i][0])
                if self.held(pool.sets[i][0]):
                    x.note("held_drawn", "/outputs")
        self.post(x, "gain", x.facility, gain)
        stated = 0
        for content in contents:
            stated |= content.stated
            pool.drawn = added(pool.drawn, content.mg)
        for p in plans:
            pool.variance.add(p["made"]["terms"], -1)
        self.creation(x, pool.whole, stated, pool.came, pool.drawn, pool.bound, pool.came, pool.variance)
        self.watch_pool(x, pool)
        for p, facets in zip(plans, given):
            lot = self.birth(x, p, None, inherited)
            if lot:
                lot.origin = ("pool", pool, len(pool.entries))
                lot.facets = self.settle_facets(x, facets, self.stage(p["made"]["material"]), lot, p["where"])
        x.op["pools"].append(("out", pool, takes, [p["made"] for p in plans], old_facets, left, owned))
        self.finish(x)

    def needed_activity(self, inputs, outputs):
        stages = [self.stage(m) for m in outputs]
        activity, latest = None, None
        for stage, needs in MADE_BY:
            if stage in stages:
                latest, activity = stage, needs
        if latest == "compound" and any(self.stage(m) == "scrap" for m in inputs):
            activity = "recycling"
        return activity

    def do_transform(self, x):
        e = x.e
        plans = self.plan(x, e["inputs"], "/inputs")
        outs = self.plan_outputs(x, e["outputs"], "/outputs")
        if x.refusals:
            return
        self.make_found(x, plans)
        self.check_moved(x, plans, "/inputs")
        materials = [p["lot"].material for p in plans]
        stages = [self.stage(m) for m in materials]
        if "scrap" in stages and ("ore" in stages or "ore product" in stages):
            x.note("recycler_ore", "/inputs")
        activity = self.needed_activity(materials, [o["line"]["material"] for o in outs])
        self.licensed(x, activity, [o["line"]["material"] for o in outs], "/facility")
        self.tolled(x, activity, plans)
        owner = self.owner_of_all(x, plans, "/inputs")
        several = len({p["lot"].owner for p in plans}) > 1
        for o in outs:
            if not several and o["line"].get("owner", owner) != owner:
                x.note("commingled", o["where"] + "/owner")
        total, facets, variance, causes, feed = Content(), {}, Variance(), set(), None
        for p in plans:
            part = self.take(x, p)
            total = total.plus(part.content)
            facets = facets_added(facets, part.facets)
            variance.add(part.terms, 1)
            causes |= p["lot"].causes
            there = [key for key, f in part.facets.items() if nonzero(f) and key[0] != "r"]
            by_source = [s for s in self.sources if ("s", s) in there]
            if feed is None and there:
                feed = self.deposit_class(by_source[0]) if by_source else \
                    "rock" if ("u", "rock") in there else "ion"
            if feed is None and self.stage(p["lot"].material) == "ore product":
                feed = self.materials[p["lot"].material]["class"]
        contents, out, stated = [o["made"]["content"] for o in outs], {}, 0
        for o in outs:
            out = added(out, o["made"]["content"].mg)
            stated |= o["made"]["content"].stated
            variance.add(o["made"]["terms"], -1)
        self.creation(x, total.whole, stated, total.mg, out, total.bound, total.mg, variance)
        self.watch_transform(x, self.needed_activity(materials, [o["line"]["material"] for o in outs]), total,
                             [(self.stage(o["made"]["material"]), o["made"]["content"]) for o in outs])
        given, _ = self.share_facets(contents, total.mg, facets, feed)
        self.post(x, "batch", x.facility, added(out, total.mg, -1))
        for o, f in zip(outs, given):
            lot = self.birth(x, o, None, self.live(causes))
            if lot:
                lot.owner = o["line"].get("owner", owner)
                lot.origin = ("lots", [p["lot"] for p in plans])
                lot.facets = self.settle_facets(x, f, self.stage(o["made"]["material"]), lot, o["where"])
        self.finish(x)

    def do_split(self, x):
        e = x.e
        lot = self.lots.get(e["lot"])
        total = sum(mg(p["net"]) for p in e["parts"])
        if lot is None or lot.party != x.party:
            x.no("unknown_lot", "/lot")
        elif lot.state == "transit" or lot.facility != x.facility:
            x.no("lot_elsewhere", "/lot")
        elif total > lot.left() or lot.left() == 0:
            x.no("not_enough", "/parts")
        seen = set()
        for i, p in enumerate(e["parts"]):
            self.new_id(x, p["lot"], "/parts/%d/lot" % i, seen)
            if mg(p["net"]) == 0:
                x.no("nothing", "/parts/%d/net" % i)
        if x.refusals:
            return
        for p in e["parts"]:
            had, left = lot.pieces, lot.left() - mg(p["net"])
            part = lot.take(mg(p["net"]))
            lot.packing = None
            if "count" in p:
                if p["count"] > had or (left == 0 and p["count"] != had):
                    return x.no("not_enough", "/parts/count")
                lot.pieces, part.pieces = had - p["count"], p["count"]
            x.op["took"].append((lot, part))
            self.child(x, p["lot"], lot, part, cut_from=lot)
        self.finish(x)

    def child(self, x, name, parent, part, **other):
        members = dict(id=name, party=x.party, facility=x.facility, material=parent.material,
                       basis=parent.basis, start_net=part.net, content=part.content, terms=part.terms,
                       born_net=part.net, born=part.content, maker=x.facility,
                       causes=self.live(parent.causes), made=x.seq, owner=parent.owner,
                       pieces=part.pieces, origin=("lots", [parent]))
        members.update(other)
        lot = Lot(**members)
        lot.facets = facets_added(part.facets, {})
        if lot.cut_from:
            parent.cuts[-1][2] = lot
        self.lots[name] = lot
        x.op["made"].append(lot)
        x.lots.append(lot)
        return lot

    def do_merge(self, x):
        e = x.e
        self.new_id(x, e["lot"], "/lot", set())
        plans = self.plan(x, e["inputs"], "/inputs")
        materials = {p["lot"].material if p["lot"] else p["line"].get("material") for p in plans}
        if len(materials) > 1:
            x.no("material_mix", "/inputs")
        if not x.refusals and sum(p["net"] for p in plans) >= TOO_LARGE:
            x.no("too_large", "/inputs")
        if x.refusals:
            return
        self.make_found(x, plans)
        whole, causes, basis = None, set(), "assayed"
        for p in plans:
            part = self.take(x, p)
            causes |= p["lot"].causes
            basis = max(basis, p["lot"].basis, key=BASES.index)
            whole = part if whole is None else Part(
                whole.net + part.net, whole.content.plus(part.content),
                facets_added(whole.facets, part.facets), terms_joined(whole.terms, part.terms))
        whole.terms = terms_folded(whole.terms)
        self.child(x, e["lot"], plans[0]["lot"], whole, basis=basis, causes=self.live(causes),
                   pieces=sum(part.pieces for _, part in x.op["took"]), origin=("lots", [p["lot"] for p in plans]),
                   owner=self.owner_of_all(x, plans, "/inputs"))
        self.finish(x)

    def provisional(self, x, basis, where):
        if basis == "calculated":
            x.note("provisional_calculated", where)
        elif basis != "assayed":
            x.note("provisional", where)

    def do_ship(self, x):
        e = x.e
        name = e["consignment"]
        if not name.startswith(x.party + ":"):
            x.no("foreign_id", "/consignment")
        cons = self.consignments.get(name)
        if cons and (cons["shipped"] or "declaration" in cons):
            x.no("exists", "/consignment")
        to = e.get("to")
        if to is not None and to not in self.facilities:
            x.no("unknown_facility", "/to")
        plans = self.plan(x, e["lots"], "/lots")
        for p in plans:                              # whole lots leave
            if p["lot"] is not None and p["net"] != p["lot"].left():
                x.no("not_enough", p["where"] + "/net")
        if x.refusals:
            return
        self.ship_lots(x, e, name, to, plans, cons, None)

    def ship_lots(self, x, e, name, to, plans, cons, returns):
        self.make_found(x, plans)
        self.check_moved(x, plans, "/lots")
        stages = [self.stage(p["lot"].material) for p in plans]
        outside = "outside" in e
        if outside and any(s in REGULATED for s in stages):
            x.note("outside_regulated", "/outside")
        if not returns and (outside or self.facilities[to][-1]["holder"] != x.party):
            for p, s in zip(plans, stages):
                if s in ("ore product", "compound", "metal", "alloy"):
                    self.provisional(x, p["lot"].basis, p["where"])
        if cons is None:
            cons = self.consignments[name] = dict(unmatched=[])
        cons.update(shipped=True, party=x.party, facility=x.facility, to=to,
                    lots=[p["lot"].id for p in plans], op=x.op, title=e.get("title", "passes"),
                    seal=e.get("seal"), returns=returns)
        for p in plans:
            lot = p["lot"]
            x.lots.append(lot)
            if outside:
                self.post(x, "shipped", x.facility, lot.rest().content.mg)
                x.op["took"].append((lot, lot.take(lot.left())))
            else:
                lot.state, lot.consignment = "transit", name
                x.op["transit"].append(lot)
        pairs = [(u, p["lot"]) for p in plans for u in cons["unmatched"]
                 if u["from_lot"] == p["lot"].id and not u["paired"] and not outside]
        for u, lot in pairs:
            left = lot.left()
            if left == 0:
                continue
            part = lot.take(min(left, u["of"] if u["of"] is not None else left))
            if lot.left():
                lot.packing = None
            if u["lot"].state == "here" and not u["lot"].ever_taken:
                u["lot"].pieces += part.pieces
                u["lot"].packing = u["lot"].packing or lot.packing
            self.shipped(x, lot, part)
            u["paired"] = True
            x.op["received"] += 1
            u["lot"].paired = True
            u["lot"].came = name
            if u["lot"].state != "ended" and u["lot"].owner == u["lot"].party:
                u["lot"].owner = self.owner_on_receipt(cons, lot, u["lot"].party)
            self.difference(x, u["facility"], part, u["lot"].born, u["terms"], "/lots",
                            self.month_at(u["facility"], civil(x.end, self.offset_of(u["facility"]))))
            if u["final"] and lot.left():
                self.end_transit(x, lot, u["facility"])
        self.finish(x)
        for u, lot in pairs:
            if u["paired"]:
                self.causes[u["cause"]]["status"] = "open" if self.held(lot.causes) else "void"

    def difference(self, x, facility, part, content, terms, where, at):
        """SRD: receiver less shipper, and its flag."""
        stated = part.content.stated & content.stated
        diff = added(content.mg, part.content.mg, -1)
        self.post(x, "srd", facility, diff, at)
        variance = Variance()
        variance.add(part.terms, 1)
        variance.add(terms, -1)
        for c in range(22):
            if stated >> c & 1 and exceeds(abs(diff.get(c, 0)) * 1000, self.flag_sigma, variance.of(c)):
                x.note("srd", where)

    def shipped(self, x, lot, part):
        """Out of transit: out of the shipper's stock, at the shipper's figures and month."""
        self.post(x, "shipped", lot.facility, part.content.mg,
                  self.month_at(lot.facility, civil(x.end, self.offset_of(lot.facility))))

    def end_transit(self, x, lot, facility, at=None):
        rest = lot.take(lot.left())
        self.shipped(x, lot, rest)
        x.op["took"].append((lot, rest))
        at = self.month_at(facility, civil(x.end, self.offset_of(facility))) if at is None else at
        self.post(x, "srd", facility, {c: -v for c, v in rest.content.mg.items()}, at)

    def do_receive(self, x):
        e = x.e
        version = self.version(self.facilities[x.facility], x.date, x.date)
        activities = version["activities"] if version else []
        recycler = "recycling" in activities and "separation" not in activities and "mining" not in activities
        outside = e.get("outside")
        cons = None
        if not outside:
            if e["from"] not in self.parties:
                x.no("unknown_party", "/from")
            cons = self.consignments.get(e["consignment"])
        seen, sources, plans = set(), set(), []
        known = cons is not None and cons["shipped"]
        if known and "declaration" in cons:         # on its way abroad
            x.no("consignment_closed", "/consignment")
        for i, line in enumerate(e["lines"]):
            where = "/lines/%d" % i
            self.new_id(x, line["lot"], where + "/lot", seen)
            if "material" in line and line["material"] not in self.materials:
                x.no("unknown_material", where + "/material")
            if not outside:
                if line["from_lot"] in sources:
                    x.no("lot_twice", where + "/from_lot")
                sources.add(line["from_lot"])
            if not known:
                if not outside and not ("material" in line and "net" in line):
                    x.no("consignment_closed", where)
                    self.check_composition(x, line, where)
                    continue
                made = self.new_matter(x, line, where)
                if outside and line["material"] in self.materials:
                    stage = self.stage(line["material"])
                    if outside["kind"] in ("post-consumer", "production scrap") and \
                            stage not in ("scrap", "article", "residue") + REGULATED:
                        x.no("stage", where + "/material")
                plans.append(dict(line=line, where=where, made=made))
                continue
            lot = self.lots.get(line["from_lot"])
            if lot is None or lot.consignment != e["consignment"] or lot.state != "transit" or \
                    lot.party != e["from"]:
                x.no("consignment_closed", where + "/from_lot")
                self.check_composition(x, line, where)
                continue
            of = mg(line["of"]) if "of" in line else lot.left()
            if of > lot.left():
                x.no("not_enough", where + "/of")
                continue
            if of == 0:
                x.no("nothing", where + "/of")
                continue
            if "material" in line and line["material"] != lot.material:
                x.no("material_mix", where + "/material")
            part = lot.part(of)
            made = self.measured(x, line, where, lot.material, part.net, part.content, part.terms, lot.basis)
            plans.append(dict(line=line, where=where, made=made, shipped=lot, of=of))
        if x.refusals:
            return
        for p in plans if known else []:
            if x.facility != (p["shipped"].facility if p["shipped"].turned_back else cons["to"]):
                x.note("wrong_destination", "/consignment")
        if known and "seal" in e and cons["seal"] is not None and e["seal"] != cons["seal"]:
            x.note("seal_broken", "/seal")
        stages = [self.stage(p["shipped"].material if "shipped" in p else p["line"]["material"])
                  for p in plans]
        if recycler and any(s in ("ore", "ore product") for s in stages):
            x.note("recycler_ore", "/lines")
        if outside and any(s in REGULATED for s in stages):
            x.note("outside_regulated", "/outside")
        unmatched = None
        for p in plans:
            line, made = p["line"], p["made"]
            if known:
                shipped = p["shipped"]
                part = shipped.take(p["of"])
                if shipped.left():
                    shipped.packing = None
                self.shipped(x, shipped, part)
                x.op["took"].append((shipped, part))
                cons["op"]["received"] += 1
                x.op["shipments"].append(cons["op"])
                # Facets scale with what was measured; a line that measures nothing hands them on as they are.
                measured = any(m in line for m in ("net", "moisture", "assay", "content"))
                facets = (self.facets_scaled(part.facets, part.content.mg, made["content"].mg) if measured
                          else part.facets)
                if self.stage(shipped.material) == "scrap":
                    facets = self.recycled(facets, made["content"], "pre-consumer")
                new = Part(made["net"], made["content"], {k: nonzero(f) for k, f in facets.items() if nonzero(f)},
                           made["terms"])
                self.child(x, line["lot"], shipped, new, basis=made["basis"],
                           owner=self.owner_on_receipt(cons, shipped, x.party), pieces=part.pieces,
                           packing=shipped.packing, came=e["consignment"])
                self.difference(x, x.facility, part, made["content"], made["terms"], p["where"], x.month)
                if line.get("final") and shipped.left():
                    self.end_transit(x, shipped, x.facility, x.month)
            else:
                facets = self.opened_facets(made["material"], made["content"])
                if outside and outside["kind"] in ("production scrap", "post-consumer"):
                    facets = self.recycled(facets, made["content"], "post-consumer" if outside["kind"] == "post-consumer"
                                           else "pre-consumer")
                elif not outside and self.stage(made["material"]) == "scrap":
                    facets = self.recycled(facets, made["content"], "pre-consumer")
                lot = self.birth(x, p, facets)
                if not outside:
                    x.note("unmatched", p["where"])
                    if unmatched is None:
                        unmatched = []
                    unmatched.append((lot, line))
            self.post(x, "received", x.facility, made["content"].mg)
        causes = self.finish(x)
        if unmatched:
            cause = self.open_cause(x, "unmatched", "open" if self.verdict_of("unmatched") == "held" else "pending")
            cons = self.consignments.setdefault(e["consignment"], dict(shipped=False, unmatched=[]))
            for lot, line in unmatched:
                lot.causes.add(cause)
                lot.unmatched = True
                u = dict(from_lot=line["from_lot"], lot=lot, cause=cause, month=x.month, facility=x.facility,
                         of=mg(line["of"]) if "of" in line else None, final=bool(line.get("final")),
                         paired=False, terms=list(lot.terms), cons=e["consignment"])
                cons["unmatched"].append(u)
                self.unmatched.append(u)
                x.op["unmatched"].append(u)

    def remeasure(self, x, lot, made, term):
        """Sets what was measured; posts the difference; begins a new running share."""
        old = lot.rest()
        x.op["measured"].append((lot, old, lot.basis, lot.changed, made["net"]))
        diff = added(made["content"].mg, old.content.mg, -1)
        self.post(x, term, lot.facility, diff)
        lot.restart(made["net"], made["content"],
                    self.facets_scaled(old.facets, old.content.mg, made["content"].mg), made["terms"],
                    x.seq)
        lot.basis, lot.changed = made["basis"], x.seq
        if made["net"] == 0:
            lot.state = "ended"
        return old

    def do_measure(self, x):
        e = x.e
        lot = self.lots.get(e["lot"])
        by_laboratory = e.get("assay", {}).get("laboratory") == x.party
        if lot is None or not (lot.party == x.party or by_laboratory):
            lot = None
            x.no("unknown_lot", "/lot")
        elif lot.state == "transit":
            x.no("lot_elsewhere", "/lot")
        elif lot.state == "ended" and "supersedes" not in e:
            x.no("not_enough", "/lot")
        if not any(k in e for k in ("net", "moisture", "assay")):
            x.no("no_measurement", "")
        if "supersedes" in e and lot is not None and lot.state != "transit":
            return self.restate(x, lot)
        if lot is None or lot.state != "here":
            self.check_composition(x, e, "")
            return
        old = lot.rest()
        made = self.measured(x, e, "", lot.material, old.net, old.content, old.terms, lot.basis)
        if x.refusals:
            return
        x.facility = x.op["facility"] = lot.facility
        self.posting_month(x, lot.facility)
        self.measured_judge(x, lot.basis, old, made)
        self.measured_draws(x, lot, old, made)
        self.remeasure(x, lot, made, "measure")
        x.lots.append(lot)
        self.finish(x)

    def measured_judge(self, x, basis, old, made):
        if basis == "assayed":
            variance = Variance()
            variance.add(old.terms, 1)
            variance.add(made["terms"], -1)
            self.creation(x, old.content.whole & old.content.stated, made["content"].stated, old.content.mg,
                          made["content"].mg, old.content.bound, old.content.mg, variance)
            if "assay" in x.e and self.purity_rises(x, old.content, made["content"]):
                x.note("grade_rise", "")

    def measured_draws(self, x, lot, old, made):
        if lot.maker == lot.facility and not lot.ever_taken and lot.draws:
            before, after = self.reo(old.content.mg, x.date), self.reo(made["content"].mg, x.date)
            for d in lot.draws:
                if before:
                    was = self.figure(d)
                    now = even(was * after, before)
                    if now != was:
                        x.op["draws"].append(dict(of=d, was=was, keys=d["keys"]))
                        self.redraw(x, d, now, lot, "")

    def do_stocktake(self, x):
        e = x.e
        plans, seen = [], set()
        for i, line in enumerate(e.get("lots", [])):
            where = "/lots/%d" % i
            lot = self.lots.get(line["lot"])
            if line["lot"] in seen:
                x.no("lot_twice", where + "/lot")
            seen.add(line["lot"])
            if not any(k in line for k in ("net", "moisture", "assay")):
                x.no("no_measurement", where)
            if lot is None or lot.party != x.party:
                x.no("unknown_lot", where + "/lot")
            elif lot.state == "transit" or lot.facility != x.facility:
                x.no("lot_elsewhere", where + "/lot")
            elif lot.state == "ended":
                x.no("not_enough", where + "/lot")
            else:
                old = lot.rest()
                plans.append((lot, self.measured(x, line, where, lot.material, old.net, old.content,
                                                 old.terms, lot.basis)))
                continue
            self.check_composition(x, line, where)
        pools = [(self.find_pool(x, line["pool"], "/pools/%d/pool" % i), line)
                 for i, line in enumerate(e.get("pools", []))]
        if x.refusals:
            return
        for lot, made in plans:
            self.remeasure(x, lot, made, "stocktake")
            x.lots.append(lot)
        for pool, line in pools:
            vector, _ = self.pool_line(x, line)
            before = pool.content()
            diff = {c: v - before.get(c, 0) for c, v in vector.items()}
            self.out_of_pool(pool, {c: -v for c, v in diff.items() if v < 0})
            pool.free = added(pool.free, {c: v for c, v in diff.items() if v > 0})
            after = pool.content()
            pool.facets = facets_added(self.facets_scaled(pool.facets, before, after, False), {})
            pool.owners = self.facets_scaled(pool.owners, before, after, False)
            self.post(x, "stocktake", x.facility, diff)
            pool.counted = x.seq
        self.finish(x)

    def do_discard(self, x):
        plans = self.plan(x, x.e["lots"], "/lots")
        if x.refusals:
            return
        self.make_found(x, plans)
        self.check_moved(x, plans, "/lots")
        for p in plans:
            part = self.take(x, p)
            self.post(x, "discarded", x.facility, part.content.mg)
            x.lots.append(p["lot"])
        self.finish(x)

    def do_loss(self, x):
        e = x.e
        x.op["on_road"] = "consignment" in e
        plans = self.plan_on_road(x) if "consignment" in e else self.plan(x, e.get("lots", []), "/lots")
        pools = [(self.find_pool(x, line["pool"], "/pools/%d/pool" % i), line)
                 for i, line in enumerate(e.get("pools", []))]
        if x.refusals:
            return
        self.make_found(x, plans)
        self.check_moved(x, plans, "/lots")
        for p in plans:
            part = self.take(x, p)
            self.post(x, "lost", x.facility, part.content.mg)
            x.lots.append(p["lot"])
        for pool, line in pools:
            vector, _ = self.pool_line(x, line)
            old_facets, old_owners = pool.facets, pool.owners
            _, pool.facets = self.share_facets([Content(0, 0, 0, 0, vector)], pool.content(), pool.facets,
                                               pool.ore_class)
            before = pool.content()
            from_free, reached, missing = self.out_of_pool(pool, vector)
            if any(self.held(pool.sets[i][0]) for i, _, _ in reached):
                x.note("held_moved", "/pools")
            pool.owners = self.facets_scaled(pool.owners, before, pool.content(), False)
            x.op["pools"].append(("lost", pool, from_free, [(pool.sets[i][0], c, v) for i, c, v in reached], vector,
                                  facets_added(old_facets, pool.facets, -1),
                                  {o: added(v, pool.owners.get(o, {}), -1) for o, v in old_owners.items()}))
            self.post(x, "gain", x.facility, missing)
            self.post(x, "lost", x.facility, vector)
            pool.drawn = added(pool.drawn, vector)
            stated = sum(1 << c for c in vector)
            self.creation(x, pool.whole, stated, pool.came, pool.drawn, pool.bound, pool.came, pool.variance)
            self.watch_pool(x, pool)
        self.finish(x)

    # ---- orders -----------------------------------------------------------------------------------
    def do_hold(self, x, code="ordered"):
        e = x.e
        for i, name in enumerate(e.get("lots", [])):
            if name not in self.lots:
                x.no("unknown_lot", "/lots/%d" % i)
        for i, name in enumerate(e.get("pools", [])):
            if name not in self.pools:
                x.no("unknown_pool", "/pools/%d" % i)
        if x.refusals:
            return
        cause = self.open_cause(x, code, "open")
        for name in e.get("lots", []):
            self.lots[name].causes.add(cause)
        for name in e.get("pools", []):
            pool = self.pools[name]
            free, pool.free = pool.free, {}
            for entry in list(pool.sets):                   # the old set keeps its place, with nothing in it
                vector, entry[1] = entry[1], {}
                if nonzero(vector):
                    pool.put(frozenset(self.live(entry[0]) | {cause}), vector)
            if nonzero(free):
                pool.put(frozenset({cause}), free)

    def do_release(self, x):
        record, _, place = x.e["cause"].partition(".")
        cause = self.causes.get(int(record) * 256 + int(place))
        if cause is None or cause["status"] not in ("pending", "open"):
            return x.no("unknown_cause", "/cause")
        cause["status"] = "released"
        if cause["code"] == "decrease_waits":
            self.give_back(int(record) * 256 + int(place))

    def do_return(self, x):
        e = x.e
        for i, line in enumerate(e["lines"]):
            if line["material"] not in self.materials:
                x.no("unknown_material", "/lines/%d/material" % i)
        m = month(e["month"]) + 1
        if month_of(civil(x.recorded, self.offset_of(x.facility))) < m:
            x.no("month_order", "/month")
        if x.refusals:
            return
        amends = (x.facility, m) in self.returns
        self.returns[(x.facility, m)] = x.seq
        if not amends and civil(x.recorded, self.offset_of(x.facility)) > datetime.date(m // 12, m % 12 + 1, 10):
            x.note("return_late", "/month")
        self.finish(x)

    # ---- corrections ------------------------------------------------------------------------------
    def do_correct(self, x):
        e = x.e
        seq = self.by_id.get((x.party, e["corrects"]))
        if seq is None:
            return x.no("unknown_event", "/corrects")
        op = self.records[seq][1]
        old = self.records[seq][0]
        replaced = old["kind"] == "correct"
        if op["kind"] not in REVERSIBLE or (replaced and op["kind"] == "measure"):
            x.no("cannot_reverse", "/corrects")
            return x.no("not_reversible", "/corrects")
        sub = None
        if "replacement" in e:
            r = e["replacement"]
            if (r["party"], r["id"]) in self.by_id or r["id"] == e["id"]:
                x.no("id_reused", "/replacement/id")
        if op["facility"]:
            x.facility = x.op["facility"] = op["facility"]
            self.dates(x, self.offset_of(x.facility))
        if not self.can_reverse(op):
            x.no("cannot_reverse", "/corrects")
        if x.refusals:
            return
        if x.facility:
            self.posting_month(x, x.facility)
        self.reverse(x, op)
        op["reversed"] = True
        mine = [n for n in op["causes"] if self.causes[n]["status"] in ("pending", "open") and
                self.causes[n]["code"] != "decrease_waits"]
        if "replacement" not in e:
            for n in mine:
                if self.causes[n]["code"] != "advance":     # which belongs to the holder's whole year
                    self.causes[n]["status"] = "void"
            self.finish(x)
            return
        sub = Event(e["replacement"], x.seq, x.recorded, x.principal)
        sub.first, sub.place, sub.decrease = "/replacement", x.place, x.decrease
        sub.passed = set(mine)
        sub.op["causes"] += mine
        sub.codes, x.codes, sub.lots = x.codes, [], x.lots
        self.prelude(sub)
        if not sub.refusals:
            getattr(self, "do_" + sub.kind.replace(".", "_"))(sub)
        x.refusals += sub.refusals
        x.codes = sub.codes
        x.op = sub.op
        self.by_id[(x.party, e["replacement"]["id"])] = x.seq

    def can_reverse(self, op):
        if op["reversed"] or op["received"] or op["settled"]:
            return False
        if op["found"] and op["kind"] in ("sell", "pack", "return.goods", "export.goods"):
            return False
        for lot in op["found"]:
            if not self.untouched_since(lot, op["seq"]) or lot.sales or \
                    self.causes[lot.found_cause]["status"] == "void":
                return False
        made = set(id(lot) for lot in op["made"] + op["found"])
        for lot, *_ in op["sold"] + op["packed"] + op["turned"]:
            if not self.untouched_since(lot, op["seq"]):
                return False
        for lot in op["made"]:
            if [s for s in lot.sales if s != op["seq"]]:
                return False
            if lot.taken or lot.left() != lot.born_net or lot.changed is not None or lot.state != "here" \
                    or lot.restated or not self.same_content(lot.content, lot.born):
                return False
        for lot, part in op["took"]:
            if id(lot) in made:
                continue
            if max([lot.changed or 0, lot.given_back] + lot.restated) > op["seq"]:
                return False
            if [s for s in lot.sales if s > op["seq"]]:
                return False
            if lot.state == ("here" if op["kind"] == "receive" or op["on_road"] else "transit"):
                return False
        if op["declared"] and op["declared"]["status"] != "declared":
            return False
        for lot in op["transit"]:
            if lot.state != "transit" or not self.untouched_since(lot, op["seq"]):
                return False
        for u in op["unmatched"]:
            if u["paired"]:
                return False
        for lot, old, _, _, net in op["measured"]:
            if lot.changed != op["seq"] or lot.restated or lot.left() != net or lot.state != "here" or \
                    [s for s in lot.sales if s > op["seq"]] or self.packed_since(lot, op["seq"]):
                return False
        for entry in op["pools"]:
            if entry[1].counted > op["seq"] and (op["kind"] == "open" or entry[0] == "lost" and any(entry[4].values())):
                return False
        if op["restated"] and not self.can_unrestate(op):
            return False
        return self.pool_holds(op["pools"]) and self.owners_hold(op)

    @staticmethod
    def same_content(a, b):
        return (a.stated, a.whole, a.below, a.dry, nonzero(a.mg), nonzero(a.bound)) == \
            (b.stated, b.whole, b.below, b.dry, nonzero(b.mg), nonzero(b.bound))

    def pool_holds(self, entries):
        """Whether all that went in can come out again together."""
        matter, facets = {}, {}
        for entry in entries:
            if entry[0] == "in":
                _, pool, causes, part = entry
                key = (pool.id, causes)
                matter[key] = added(matter.get(key, {}), part.content.mg)
                facets[pool.id] = facets_added(facets.get(pool.id, {}), part.facets)
        for (name, causes), need in matter.items():
            pool = self.pools[name]
            held = pool.free if not causes else next((s[1] for s in pool.sets if s[0] == causes), {})
            if any(held.get(c, 0) < v for c, v in need.items()):
                return False
        for name, need in facets.items():
            if any(self.pools[name].facets.get(k, {}).get(c, 0) < v for k, f in need.items()
                   for c, v in f.items()):
                return False
        return True

    def pool_reverse(self, entry):
        pool = entry[1]
        if entry[0] == "in":
            _, _, causes, part = entry
            if not causes:
                pool.free = added(pool.free, part.content.mg, -1)
            for s in pool.sets:
                if s[0] == causes:
                    s[1] = added(s[1], part.content.mg, -1)
            pool.facets = facets_added(pool.facets, part.facets, -1)
            self.came(pool, part.content, part.terms, -1)
            return
        if entry[0] == "lost":
            _, _, from_free, from_sets, vector, facets, owners = entry
            pool.free = added(pool.free, from_free)
            for causes, c, v in from_sets:
                pool.put(causes, {c: v})
            pool.drawn = added(pool.drawn, vector, -1)
            pool.facets = facets_added(pool.facets, facets)
            for owner, v in owners.items():
                pool.owners[owner] = added(pool.owners.get(owner, {}), v)
            return
        _, pool, takes, outputs, old_facets, left, owned = entry
        for owner, vector in owned:
            pool.owners[owner] = added(pool.owners.get(owner, {}), vector)
        for from_free, from_sets, missing in takes:
            pool.free = added(pool.free, from_free)
            for causes, c, v in from_sets:
                pool.put(causes, {c: v})
        for made in outputs:
            pool.drawn = added(pool.drawn, made["content"].mg, -1)
            pool.variance.remove(made["terms"], -1)
        pool.facets = facets_added(pool.facets, facets_added(old_facets, left, -1))

    def reverse(self, x, op):
        self.watch_reverse(op)
        for lot in op["made"] + op["found"]:
            lot.state, lot.taken = "ended", lot.start_net
        ended = set(id(lot) for lot in op["made"] + op["found"])
        for lot, part in op["took"]:
            if id(lot) in ended:
                continue
            rest = lot.rest()
            lot.restart(rest.net + part.net, rest.content.plus(part.content),
                        facets_added(rest.facets, part.facets), terms_joined(rest.terms, part.terms), x.seq)
            road = op["kind"] == "receive" or op["on_road"]
            lot.state = "transit" if road else "here"
            lot.pieces += part.pieces if part.all_pieces is None else part.all_pieces
            if not road:
                lot.packing = None
            lot.given_back = x.seq
        for lot in op["transit"]:
            lot.state, lot.consignment = "ended" if id(lot) in ended else "here", None
        for lot, in op["turned"]:
            lot.turned_back = False
        if op["kind"] == "export.goods":
            self.settle(op["declared"], "withdrawn")
        if op["kind"] in ("ship", "return.goods", "export.goods"):
            for cons in self.consignments.values():
                if cons.get("op") is op:
                    cons["shipped"], cons["lots"] = False, []
        for shipment in op["shipments"]:
            shipment["received"] -= 1
        for u in op["unmatched"]:
            self.unmatched.remove(u)
            self.consignments[u["cons"]]["unmatched"].remove(u)
        for lot, old, basis, changed, _ in op["measured"]:
            lot.restart(old.net, old.content, old.facets, old.terms, x.seq)
            lot.basis, lot.changed = basis, changed
            x.lots.append(lot)
        for entry in op["pools"]:
            self.pool_reverse(entry)
        for pool, owner, vector in op["owned"]:
            pool.owners[owner] = added(pool.owners[owner], vector, -1)
        for lot, *_ in op["packed"]:
            lot.packing = None
        for lot, was in op["sold"]:
            lot.owner = was
            lot.sales.remove(op["seq"])
        for d in op["draws"]:
            self.redraw(x, d.get("of", d), d.get("was", 0), d.get("of", d)["lot"], "/corrects")
        for name, amount in op["reserve"]:
            self.deposits[name]["drawn"] -= amount
        if op["restated"]:
            return self.unrestate(x, op)
        for facility, m, term, vector in op["accounts"]:
            self.post(x, term, facility, {c: -v for c, v in vector.items()},
                      self.month_at(facility, civil(x.end, self.offset_of(facility))))

    # ---- what stands now --------------------------------------------------------------------------
    def dump(self):
        def row(vector):
            return {SYMBOLS[c]: v for c, v in sorted(vector.items()) if v}

        def cause_list(causes):
            return ["%d.%d" % (n >> 8, n & 255) for n in sorted(self.live(causes))]

        def facet_rows(facets):
            return {{"s": "source ", "u": "undrawn ", "r": "recycled "}[k[0]] + k[1]: row(f)
                    for k, f in facets.items() if row(f)}

        lots = {}
        for lot in self.lots.values():
            if lot.state == "ended":
                lots[lot.id] = {"state": "ended"}
                continue
            rest = lot.rest()
            v = Variance()
            v.add(rest.terms, 1)
            lots[lot.id] = {
                "state": lot.state, "party": lot.party, "facility": lot.facility,
                "material": lot.material or "", "net": rest.net, "dry": rest.content.dry,
                "mg": row(rest.content.mg), "bound": row(rest.content.bound),
                "masks": [rest.content.stated, rest.content.whole, rest.content.below],
                "basis": lot.basis, "owner": lot.owner, "pieces": lot.pieces, "turned_back": lot.turned_back,
                "packing": lot.packing, "held": self.held(lot.causes), "causes": cause_list(lot.causes),
                "facets": facet_rows(rest.facets),
                "variance": {SYMBOLS[c]: str(v.of(c)) for c in range(22) if v.of(c)}}
        pools = {}
        for p in self.pools.values():
            pools[p.id] = {
                "content": row(p.content()), "free": row(p.free),
                "sets": sorted(([",".join(cause_list(s[0])), row(s[1])] for s in p.sets if row(s[1])), key=str),
                "owners": {o: row(v) for o, v in p.owners.items() if row(v)},
                "facets": facet_rows(p.facets), "in": row(p.came), "out": row(p.drawn), "bound": row(p.bound), "whole": p.whole,
                "variance": {SYMBOLS[c]: str(p.variance.of(c)) for c in range(22) if p.variance.of(c)}}
        return {
            "lots": lots, "pools": pools,
            "permits": {n: [p["reserved"], p["drawn"], p["used"]] for n, p in self.permits.items()},
            "declarations": [d["status"] for d in self.declarations],
            "nodes": {"%s %s %s %d" % (k[0], k[1], k[2] or "-", k[3]): [n["allotted"], n["drawn"]]
                      for k, n in self.nodes.items() if n["allotted"] or n["drawn"]},
            "accounts": {"%s %s" % (f, month_text(m)): {t: row(v) for t, v in terms.items() if row(v)}
                         for (f, m), terms in self.accounts.items()
                         if any(row(v) for v in terms.values())},
            "causes": {"%d.%d" % (n >> 8, n & 255): [c["code"], c["status"]]
                       for n, c in self.causes.items()},
            "deposits": {d: v["drawn"] for d, v in self.deposits.items() if v["drawn"]}}

    def broken(self):
        """The invariants of docs/design.md section 10 that this book can see; a list of what is broken.

        A facet, shared out by its own rounding, may come out some mg beyond the content's share.
        """
        wrong = []
        stock = {}
        for lot in self.lots.values():
            rest = lot.rest()
            if rest.net < 0 or any(v < 0 for v in rest.content.mg.values()) or rest.content.dry < 0:
                wrong.append("negative stock in " + lot.id)
            for k, f in rest.facets.items():
                if any(v < 0 or v > rest.content.mg.get(c, 0) + 64 for c, v in f.items()):
                    wrong.append("facet %s of %s beyond its content" % (k, lot.id))
            if lot.state != "ended":                            # in transit: still the shipper's
                stock[lot.facility] = added(stock.get(lot.facility, {}), rest.content.mg)
        for p in self.pools.values():
            if any(v < 0 for v in p.free.values()) or any(v < 0 for s in p.sets for v in s[1].values()):
                wrong.append("negative content in pool " + p.id)
            content = p.content()
            for k, f in p.facets.items():
                if any(v < 0 or v > content.get(c, 0) + 64 for c, v in f.items()):
                    wrong.append("facet %s of pool %s beyond its content" % (k, p.id))
            stock[p.facility] = added(stock.get(p.facility, {}), content)
        expected = {}
        for (facility, _), terms in self.accounts.items():
            e = expected.setdefault(facility, {})
            for term, vector in terms.items():
                if term == "srd":
                    continue
                sign = -1 if term in ("shipped", "discarded", "lost") else 1
                for c, v in vector.items():
                    e[c] = e.get(c, 0) + sign * v
        for facility in set(stock) | set(expected):
            diff = nonzero(added(stock.get(facility, {}), expected.get(facility, {}), -1))
            if diff:
                wrong.append("components of %s not conserved: %s" % (facility, diff))
        return wrong


def load_codes(root):
    read_codes(root + "/src/book/code.def")
