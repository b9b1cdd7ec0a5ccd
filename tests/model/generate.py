"""Random but sensible sequences of events, made by aiming with a naive book's state.

`sequence(seed)` yields (recorded, by, event) one by one; the caller decides each in the naive book
that it passed in, so that the next event can aim at what is there. The first event is the genesis.
"""
import random

import generate_identity
import generate_law
import generate_quota
import generate_trade
from naive_book import SYMBOLS, FACTORS, even, month_text

AUTHORITY = "REG"
FACILITIES = {                              # holder, activities
    "MINE": ("NORTH", ["mining"]), "SX": ("NORTH", ["separation", "recycling"]),
    "SX2": ("SOUTH", ["separation"]), "METAL": ("SOUTH", ["metal", "alloy"]),
    "MAGNET": ("MAG", ["magnet"]), "REC": ("REC", ["recycling"]), "TRADE": ("REC", ["trade"])}
STAGES = {"ORE": "ore", "CONC": "ore product", "CARB": "ore product", "OXIDE": "compound",
          "CHLOR": "compound", "METAL": "metal", "ALLOY": "alloy", "MAGNET": "magnet",
          "ART": "article", "SCRAP": "scrap", "SWARF": "scrap", "RES": "residue", "REAG": "reagent",
          "OTHER": "other"}
MOIST = {"ORE": "8", "CONC": "5.5", "OXIDE": "0.2", "SWARF": "12", "RES": "30"}
CLASS = {"CONC": "rock", "CARB": "ion", "CHLOR": "recycled", "SCRAP": "recycled"}
DAY = 86400


def kg(milligrams):
    whole, part = divmod(milligrams, 10 ** 6)
    text = "%d.%06d" % (whole, part)
    return text.rstrip("0").rstrip(".")


def pct(parts):
    whole, part = divmod(parts, 10 ** 7)
    text = "%d.%07d" % (whole, part)
    return text.rstrip("0").rstrip(".")


class Clock:
    """Trial time in seconds since 2025-11-01 at +08:00."""

    def __init__(self):
        self.now = 0

    @staticmethod
    def text(seconds, offset=8):
        import datetime
        t = datetime.datetime(2025, 11, 1) + datetime.timedelta(seconds=seconds + (offset - 8) * 3600)
        return t.strftime("%Y-%m-%dT%H:%M:%S") + "%+03d:00" % offset


class Generator(generate_trade.Trade, generate_identity.Identity, generate_quota.Quota, generate_law.Law):
    may_own = False                      # whether lines may name an owner
    def __init__(self, seed, book):
        self.r = random.Random(seed)
        self.book, self.clock, self.n = book, Clock(), 0
        self.last = None                     # the last accepted event's answer
        self.sent = []
        self.shipments = []                  # (consignment, from, to, lots, told)
        self.log = []

    # ---- pieces ------------------------------------------------------------------------------------
    def event(self, kind, party, **members):
        self.n += 1
        e = {"v": 1, "kind": kind, "id": "e-%d" % self.n, "party": party,
             "happened": self.happened(kind)}
        e.update(members)
        return e

    def happened(self, kind):
        r, now = self.r, self.clock.now
        end = now
        p = r.random()
        if p < (0.25 if self.book.closed else 0.06):
            end -= r.randrange(0, 45 * DAY)
        elif p < 0.07:
            end += r.randrange(0, 900)
        end = max(end, 0)
        offset = r.choice([8, 8, 8, 8, 0, 6])
        if kind in ("extract", "charge", "draw", "transform", "split", "loss") and r.random() < 0.25:
            start = max(0, end - r.choice([3600, 5 * DAY, 3 * DAY, 31 * DAY, 31 * DAY + 1, -60])
                        if r.random() < 0.3 else end - r.randrange(0, 3 * DAY))
            return {"from": Clock.text(start, offset), "to": Clock.text(end, offset)}
        return Clock.text(end, offset)

    def mass(self):
        r = self.r
        p = r.random()
        if p < 0.02:
            return r.choice([0, 1, 2, 3, 10 ** 17, 10 ** 17 - 1])
        if p < 0.1:
            return r.randrange(1, 10 ** r.randrange(1, 17))
        return r.randrange(10 ** 6, 5 * 10 ** 9) // 1000 * r.choice([1, 1000])

    def new_lot(self, party):
        self.n += 1
        r = self.r
        if r.random() < 0.01:
            return r.choice(["OTHER:L-%d" % self.n] + [n for n in self.book.lots if "~" not in n][:3])
        return "%s:L-%d" % (party, self.n)

    def values(self, net, target=None):
        """Shares in ppb by component that fit together; near `target` (mg by component) when given."""
        r = self.r
        if target:
            out = {}
            for c, v in target.items():
                share = even(v * 10 ** 9, max(net, 1))
                share += even(share * r.choice([0, 0, 1, -1, 5, -5, 20, -30]), 1000 if r.random() < 0.8 else 100)
                if r.random() > 0.03:
                    out[SYMBOLS[c]] = min(max(share, 0), 10 ** 9)
            if r.random() < 0.1:
                out[r.choice(SYMBOLS)] = r.randrange(0, 10 ** 6)
            return out
        names = r.sample(SYMBOLS, r.randrange(1, 6))
        if r.random() < 0.03:
            return {n: r.choice([0, 10 ** 9]) for n in names[:2]}
        left, out = 9 * 10 ** 8, {}
        for n in names:
            out[n] = r.randrange(0, left // 2)
            left -= out[n]
        return out

    def composition(self, net, dry, target=None):
        """{"assay": ..} or {"content": ..} or {}."""
        r = self.r
        p = r.random()
        if p < 0.04:
            return {}
        if p < 0.2:
            values = {n: pct(v) for n, v in self.values(dry, target).items()}
            basis = r.choice(["calculated", "calculated", "declared", "reference"])
            return {"content": {"basis": basis, "values": values}} if values else {}
        assay = {"laboratory": "LAB" if r.random() > 0.01 else r.choice(["NOLAB", "NORTH"]),
                 "method": r.choice(["ICP-OES", "XRF"])}
        of = r.choice(["dry", "dry", "received", "treo", None])
        factor = lambda n: FACTORS.get(n, 10 ** 6)
        if of == "treo":
            element = {n: v for n, v in self.values(dry, target).items() if n in FACTORS}
            oxide = {n: even(v * factor(n), 10 ** 6) for n, v in element.items()}
            treo = min(sum(oxide.values()), 10 ** 9)
            if not treo:
                return {}
            values = {n: min(even(v * 10 ** 9, treo), 10 ** 9) for n, v in oxide.items()}
            over = sum(values.values()) - 10 ** 9
            if over > 0 and r.random() < 0.97:
                biggest = max(values, key=lambda n: (values[n], n))
                values[biggest] = max(0, values[biggest] - over)
            assay["of"] = "treo"
            assay["treo"] = self.result(treo, False)
        else:
            if of:
                assay["of"] = of
            values = self.values(net if of == "received" else dry, target)
            if r.random() < 0.4 and all(n in FACTORS for n in values):
                assay["as"] = "oxide"
                values = {n: min(even(v * factor(n), 10 ** 6), 10 ** 9) for n, v in values.items()}
            elif r.random() < 0.3:
                assay["as"] = "element"
        assay["values"] = {n: self.result(v, True) for n, v in values.items()}
        return {"assay": assay} if values else {}

    def result(self, v, below):
        r = self.r
        p = r.random()
        if p < 0.06 and below:
            return {"below": pct(min(v, 10 ** 9))}
        if p < 0.5:
            return pct(v)
        out = {"value": pct(v)}
        u = v // r.choice([50, 100, 200, 1000]) if r.random() < 0.9 else r.randrange(0, 10 ** 7)
        if r.random() < 0.5:
            out["u"] = pct(u)
        elif r.random() < 0.5:
            out["U"], out["k"] = pct(u), r.choice(["2", "3", "1.5"])
        if r.random() < 0.5:
            out["s"] = pct(u // 2)
        return out

    def line(self, party, material, net, target=None, lot=True):
        r = self.r
        line = {"lot": self.new_lot(party)} if lot else {}
        line.update(material=material, net=kg(net))
        if r.random() < 0.01:
            line["material"] = "NOTHING-LIKE-IT"
        m = 0
        if r.random() < 0.2:
            m = r.choice([0, 10 ** 9, 10 ** 7, r.randrange(0, 5 * 10 ** 8)] if r.random() < 0.1 else
                         [10 ** 7, 5 * 10 ** 7])
            line["moisture"] = pct(m)
        elif material in MOIST:
            m = int(float(MOIST[material]) * 10 ** 7)
        line.update(self.weighing(party, net))
        dry = net - even(net * m, 10 ** 9)
        line.update(self.composition(net, dry, target))
        if r.random() < 0.1:
            line["custody"] = r.choice(["identity preserved", "mass balance"])
        return self.owned(line, lot)

    def weighing(self, party, net):
        r = self.r
        if r.random() < 0.5:
            return {}
        w = {}
        if r.random() < 0.7:
            w["device"] = party + ":" + r.choice(["S1", "S2"])
        if r.random() < 0.5:
            w["u"] = kg(net // r.choice([500, 1000, 2000]))
        if r.random() < 0.5:
            w["s"] = kg(net // r.choice([1000, 3000]))
        return {"weighing": w} if w else {}

    # ---- aims --------------------------------------------------------------------------------------
    def mine(self, party=None, facility=None, stages=None, state="here"):
        out = [lot for lot in self.book.lots.values() if lot.state == state and
               (party is None or lot.party == party) and (facility is None or lot.facility == facility) and
               (stages is None or self.book.stage(lot.material) in stages)]
        return out[-12:]

    def inputs(self, party, lots, insist_may=True, partial=True, empty=False):
        """Lines that take these lots, some of them wrongly; and whether to insist."""
        r, lines, insist = self.r, [], False
        for lot in lots:
            left = lot.left()
            line = {"lot": lot.id}
            p = r.random()
            if partial and p < 0.5:
                line["net"] = kg(r.choice([left, left // 2, left // 3, 1, max(1, left - 1), r.randrange(1, left + 1)])
                                 if left else 0)
            if partial and p > 0.97:
                line["net"] = kg(left + r.choice([1, left, 10 ** 6]))
                insist = r.random() < 0.5
            if empty and r.random() < 0.12:
                line["net"] = kg(even(left * r.choice([990, 1000, 1010, 900]), 1000))
                line["empty"] = True
            lines.append(line)
        if r.random() < 0.03 and lines:
            lines.append(dict(r.choice(lines)))
        if r.random() < 0.06:
            others = [l for l in self.book.lots.values() if l.party != party or l.state != "here"]
            name = r.choice(others).id if others and r.random() < 0.6 else party + ":NEVER-%d" % r.randrange(9)
            line = {"lot": name}
            if r.random() < 0.8:
                net = self.mass() or 1
                line["net"] = kg(net)
                insist = r.random() < 0.7
                if insist and r.random() < 0.8:
                    material = r.choice(list(STAGES))
                    line["material"] = material
                    m = int(float(MOIST.get(material, "0")) * 10 ** 7)
                    line.update(self.composition(net, net - even(net * m, 10 ** 9)))
            lines.append(line)
        if not insist:
            for line in lines:
                for member in ("material", "assay", "content"):
                    line.pop(member, None)
        return lines, ({"insist": True} if insist and insist_may else {})

    def part_contents(self, lines):
        """What the lines take, summed by component, and the net mass."""
        total, net = {}, 0
        for line in lines:
            lot = self.book.lots.get(line["lot"])
            if not lot or lot.state != "here":
                continue
            n = int(line["net"].replace(".", "")) if False else None
            take = lot.left() if "net" not in line else min(lot.left(), to_mg(line["net"]))
            if take:
                part = lot.part(take)
                net += take
                for c, v in part.content.mg.items():
                    total[c] = total.get(c, 0) + v
        return total, net

    # ---- registry ----------------------------------------------------------------------------------
    def registry(self):
        r = self.r
        ev = lambda kind, **m: self.event(kind, AUTHORITY, **m)
        first = {"v": 1, "kind": "book", "id": "genesis", "party": AUTHORITY,
                 "happened": "2025-11-01T00:00:00+08:00", "origin": "example.org/model/%d" % r.randrange(99),
                 "name": "Ministry", "jurisdiction": "CN", "offset": "+08:00", "mode": "trial",
                 "key": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"}
        if r.random() < 0.3:
            first["factors"] = {"La": "1.172771", "Nd": "1.2"}
        yield first
        self.clock.now += 60
        yield ev("party", subject="GROUP", name="Group", roles=["group"])
        for party in ("NORTH", "SOUTH", "MAG", "REC"):
            e = ev("party", subject=party, name=party.title(), roles=["company"])
            if party in ("NORTH", "SOUTH") and r.random() < 0.7:
                e["group"] = "GROUP"
            if r.random() < 0.1:
                e["from"], e["to"] = "2025-10-01", "2026-01-20"
            yield e
        yield ev("party", subject="LAB", name="Lab", roles=["laboratory"])
        yield ev("party", subject="BUYER", name="Buyer", roles=["buyer"])
        for name, (holder, activities) in FACILITIES.items():
            e = ev("facility", facility=name, holder=holder, name=name, activities=activities)
            if r.random() < 0.05:
                e["activities"] = ["technology"]
            if r.random() < 0.15:
                e["offset"] = r.choice(["+06:00", "-05:00", "+14:00"])
            if r.random() < 0.05:
                e["to"] = "2026-01-15"
            yield e
        policy = ev("policy", errors=[{"quantity": "weighing", "u": "0.07", "s": "0.05"},
                                      {"quantity": "assay", "u": "1", "s": "0.5"},
                                      {"quantity": "assay", "method": "XRF", "u": "2.5"},
                                      {"quantity": "assay", "method": "XRF", "stage": "compound", "u": "0.9", "s": "0.2"},
                                      {"quantity": "stocktake", "u": "1", "s": "0.3"},
                                      {"quantity": "calculated", "u": "2"}, {"quantity": "declared", "u": "5"},
                                      {"quantity": "reference", "u": "10"}],
                    hold_sigma=r.choice([6, 3, 1]), flag_sigma=r.choice([4, 2, 1]),
                    advance=r.choice(["25", "0", "100", "33.3333333"]))
        if r.random() < 0.6:
            policy["quota_notice"], policy["quota_warning"] = r.choice(["80", "50"]), r.choice(["95", "90"])
        if r.random() < 0.4:
            policy["yields"] = [{"activity": r.choice(["metal", "alloy", "separation", "recycling"]),
                                 "min": r.choice(["90", "50.5"])}]
            policy["yield_drop"] = r.choice(["0", "5", "10"])
        if r.random() < 0.1:
            policy["devices_required"] = True
        if r.random() < 0.3:
            policy["verdicts"] = {r.choice(["late_entry", "srd", "creation_noticed", "return_late", "reserve",
                                            "provisional", "provisional_calculated", "no_licence", "device_uncalibrated",
                                            "device_elsewhere", "device_unregistered"]):
                                  r.choice(["accepted", "flagged", "held"])}
        yield policy
        for name, stage in STAGES.items():
            e = ev("material", material=name, name=name, stage=stage)
            if name in MOIST:
                e["moisture"] = MOIST[name]
            if name in CLASS:
                e["class"] = CLASS[name]
            if r.random() < 0.3:
                of = r.choice(["dry", "treo"])
                e["grade"] = r.choice([{"of": of, "min": {"Nd": "20"}}, {"of": of, "max": {"Ce": "30", "La": "0"}},
                                       {"min": {"Pr": "1", "Nd": "3.5"}, "max": {"Dy": "2"}}])
            yield e
        yield ev("deposit", deposit="ROCK", name="Rock", country="CN", **{"class": "rock"},
                 reserve=r.choice(["35000000000", "20000"]))
        yield ev("deposit", deposit="ION", name="Ion", country="CN", **{"class": "ion"})
        yield from self.permits()
        for name, facility, activity, sources, materials in (
                ("ML-1", "MINE", "mining", ["PIT", "PIT2"], ["ORE", "CONC"]), ("ML-2", "MINE", "mining", None, None),
                ("SL-1", "SX", "separation", None, None), ("SL-2", "SX2", "separation", None, ["CONC", "CARB", "OXIDE"]),
                ("RL-1", "REC", "recycling", None, None), ("RL-2", "SX", "recycling", None, None),
                ("TL-1", "METAL", "metal", None, None), ("AL-1", None, "alloy", None, None),
                ("GL-1", "MAGNET", "magnet", None, None), ("SL-3", "MINE", "separation", None, None)):
            if r.random() < 0.08:
                continue
            holder = FACILITIES[facility][0] if facility else "SOUTH"
            e = ev("licence", licence=name, holder=holder, activity=activity,
                   status="valid" if r.random() < 0.94 else r.choice(["suspended", "revoked"]))
            e["from"], e["to"] = "2025-10-01", r.choice(["2030-12-31", "2030-12-31", "2030-12-31", "2026-01-10"])
            if facility:
                e["facility"] = facility
            if sources and r.random() < 0.6:
                e["sources"] = sources
            if materials and r.random() < 0.4:
                e["materials"] = materials
            yield self.with_permits(e)
        for source, deposit, licence in (("PIT", "ROCK", "ML-1"), ("PIT2", "ION", "ML-2"), ("PIT3", "ION", "ML-1")):
            yield ev("source", source=source, deposit=deposit, licence=licence, name=source)
        yield from self.border_registry()
        yield from self.plans(2025)
        if r.random() < 0.5:
            yield from self.plans(2026)
        for name, facility, activity, ore_class in (
                ("NORTH:SX-1", "SX", "separation", "rock"), ("NORTH:LEACH", "MINE", "mining", "ion"),
                ("SOUTH:SX-2", "SX2", "separation", r.choice(["ion", "recycled"])),
                ("REC:CIRCUIT", "REC", "recycling", "recycled"), ("NORTH:SX-3", "SX", "recycling", "recycled")):
            yield ev2(self, "pool", FACILITIES[facility][0], pool=name, facility=facility, activity=activity,
                      name=name, **{"class": ore_class})

    def plans(self, year):
        r = self.r
        scale = r.choice([1, 1000, 10 ** 6, 10 ** 7])
        for ledger, ore_class in (("mining", "rock"), ("mining", "ion"), ("separation", None), ("export", None)):
            if r.random() < 0.15:
                continue
            yield self.plan(year, ledger, ore_class, scale)

    def plan(self, year, ledger, ore_class, scale):
        r = self.r
        top = r.randrange(100, 1000) * scale
        group, north = top * r.randrange(30, 80) // 100, top * r.randrange(5, 30) // 100
        allot = [{"holder": AUTHORITY, "reo": str(top)}, {"holder": "GROUP", "under": AUTHORITY, "reo": str(group)},
                 {"holder": "NORTH", "under": "GROUP", "reo": str(min(north, group))}]
        if r.random() < 0.6:
            allot.append({"holder": "REC", "under": AUTHORITY, "reo": str((top - group) // 2)})
        if r.random() < 0.4 and group > north:
            allot.append({"holder": "SOUTH", "under": "GROUP", "reo": str(group - min(north, group))})
        p = r.random()
        if p < 0.03:
            allot.append(dict(allot[1]))
        elif p < 0.06:
            allot[2]["reo"] = str(group + 1)
        elif p < 0.08:
            allot[1], allot[2] = allot[2], allot[1]
        elif p < 0.1:
            allot[1]["holder"] = "NOBODY"
        elif p < 0.3 and group + north <= top:
            allot[2]["under"] = AUTHORITY           # by another way than most
        self.n += 1
        e = self.event("plan.adopt", AUTHORITY, instrument="I-%d" % self.n, year=year, ledger=ledger,
                       notice="No. 1", allot=allot)
        if ore_class:
            e["class"] = ore_class
        same = [n for n, i in self.book.instruments.items()
                if (i["ledger"], i["class"], i["year"]) == (ledger, ore_class, year)]
        if same and r.random() < 0.6:
            e["includes"] = [r.choice(same)]
        if r.random() < 0.03:
            e["includes"] = ["I-NONE"]
        return self.more_of_plan(e)

    # ---- matter ------------------------------------------------------------------------------------
    def facility(self, *names):
        name = self.r.choice(names or list(FACILITIES))
        return name, FACILITIES[name][0]

    def make_open(self):
        f, party = self.facility()
        r = self.r
        e = self.event("open", party, facility=f)
        lots = [self.line(party, r.choice(list(STAGES)), self.mass()) for _ in range(r.randrange(1, 4))]
        pools = [p for p in self.book.pools.values() if p.facility == f and p.activity != "mining"]
        if r.random() < 0.9:
            e["lots"] = lots
        if pools and (r.random() < 0.4 or "lots" not in e):
            e["pools"] = [self.pool_line(r.choice(pools).id)]
        return e if "lots" in e or "pools" in e else None

    def pool_line(self, pool, near=None):
        r = self.r
        components = {}
        for s in r.sample(SYMBOLS[:17], r.randrange(1, 4)):
            v = self.mass() // 10
            if near and SYMBOLS.index(s) in near and r.random() < 0.9:
                v = even(near[SYMBOLS.index(s)] * r.choice([1000, 990, 1005, 1200, 500]), 1000)
            entry = {"kg": kg(v)}
            if r.random() < 0.5:
                entry["u"] = kg(v // 100)
            if r.random() < 0.4:
                entry["s"] = kg(v // 300)
            components[s] = entry if len(entry) > 1 or r.random() < 0.5 else entry["kg"]
        line = {"pool": pool, "components": components}
        if r.random() < 0.5:
            line["method"] = "tank survey"
        return line

    def make_extract(self):
        r = self.r
        e = self.event("extract", "NORTH", facility="MINE", source=r.choice(["PIT", "PIT2", "PIT3"]))
        if r.random() < 0.02:
            e["source"] = "NOPIT"
        if r.random() < 0.5:
            e["area"] = r.choice(["A-1", "A-2"])
        into = r.random() < 0.25
        if into:
            e["pool"] = "NORTH:LEACH" if r.random() < 0.95 else "NORTH:SX-1"
        materials = ["ORE", "CONC", "CARB"] if r.random() < 0.97 else ["OXIDE"]
        e["outputs"] = [self.line("NORTH", r.choice(materials), self.mass(), lot=not into)
                        for _ in range(r.randrange(1, 3))]
        self.settle(e)
        return e

    def settle(self, e):
        """Now and then an output supplies a found lot."""
        r = self.r
        found = [l for l in self.book.lots.values() if l.found_cause is not None and l.party == e["party"] and
                 self.book.causes[l.found_cause]["status"] == "open" and l.material]
        if not found or r.random() > 0.35 or "lot" not in e["outputs"][0]:
            return
        lot, line = r.choice(found), e["outputs"][0]
        fresh = self.line(e["party"], lot.material, lot.born_net, lot.born.mg)
        fresh.pop("lot")
        if r.random() < 0.1:
            fresh["net"] = kg(lot.born_net + 1)
        fresh["settles"] = lot.id
        e["outputs"][0] = fresh

    def make_charge(self):
        r = self.r
        if not self.book.pools:
            return None
        pool = r.choice(list(self.book.pools.values()))
        if pool.activity == "mining" and r.random() < 0.8:
            return None
        party = FACILITIES[pool.facility][0]
        lots = self.mine(party, pool.facility)
        if not lots:
            return None
        lines, insist = self.inputs(party, r.sample(lots, min(len(lots), r.randrange(1, 4))), empty=True)
        if r.random() < 0.02:
            return self.event("charge", party, facility=pool.facility, pool="NORTH:NOPOOL", inputs=lines, **insist)
        return self.event("charge", party, facility=pool.facility, pool=pool.id, inputs=lines, **insist)

    def make_draw(self):
        r = self.r
        if not self.book.pools:
            return None
        pool = r.choice(list(self.book.pools.values()))
        content = {c: v for c, v in pool.content().items() if v > 0}
        if not content and r.random() < 0.9:
            return None
        party = FACILITIES[pool.facility][0]
        outputs = []
        for _ in range(r.randrange(1, 3)):
            share = r.choice([10, 3, 2, 1])
            target = {c: v // share for c, v in content.items() if r.random() < 0.7}
            if r.random() < 0.05:
                target = {c: v * 2 for c, v in target.items()}
            net = even(sum(target.values()) * r.choice([13, 20, 40]), 10) if target else self.mass()
            if not 0 < net < 10 ** 17:
                return None
            material = r.choice(["OXIDE", "OXIDE", "CHLOR", "RES", "CONC", "ORE", "SCRAP", "METAL"])
            outputs.append(self.line(party, material, net, target or None))
        e = self.event("draw", party, facility=pool.facility, pool=pool.id, outputs=outputs)
        self.settle(e)
        return e

    def make_transform(self):
        r = self.r
        f, party = self.facility()
        lots = self.mine(party, f)
        if not lots:
            return None
        lines, insist = self.inputs(party, r.sample(lots, min(len(lots), r.randrange(1, 4))), empty=True)
        total, net = self.part_contents(lines)
        outputs = []
        parts = r.randrange(1, 4)
        for i in range(parts):
            target = {c: even(v * r.choice([960, 990, 1000, 1001]), 1000 * parts) for c, v in total.items()}
            out = max(net // parts, even(sum(target.values()) * 12, 10))
            if out == 0 or out > 10 ** 17:
                return None
            likely = {"MINE": ["CONC", "RES"], "SX": ["OXIDE", "RES"], "SX2": ["OXIDE", "CHLOR"],
                      "METAL": ["METAL", "ALLOY"], "MAGNET": ["MAGNET", "SWARF"], "REC": ["CHLOR", "SCRAP"]}
            material = r.choice(likely.get(f, ["RES"]) if r.random() < 0.5 else list(STAGES))
            outputs.append(self.line(party, material, out, target))
        e = self.event("transform", party, facility=f, process="work", inputs=lines, outputs=outputs, **insist)
        self.settle(e)
        return e

    def make_split(self):
        r = self.r
        lots = self.mine()
        if not lots:
            return None
        lot = r.choice(lots)
        left, parts = lot.left(), []
        for _ in range(r.randrange(1, 4)):
            n = r.choice([left // 2, left // 3, left, 1, r.randrange(0, left + 1)])
            parts.append({"lot": self.new_lot(lot.party), "net": kg(n)})
            left -= n
            if left <= 0:
                break
        if r.random() < 0.03:
            parts.append({"lot": self.new_lot(lot.party), "net": kg(lot.left())})
        f = lot.facility if r.random() > 0.03 else r.choice(list(FACILITIES))
        return self.event("split", lot.party, facility=f, lot=lot.id, parts=parts)

    def make_merge(self):
        r = self.r
        lots = self.mine()
        if not lots:
            return None
        one = r.choice(lots)
        same = [l for l in self.mine(one.party, one.facility) if l.material == one.material or r.random() < 0.03]
        lines, insist = self.inputs(one.party, r.sample(same, min(len(same), r.randrange(1, 12))) or [one])
        return self.event("merge", one.party, facility=one.facility, inputs=lines, lot=self.new_lot(one.party),
                          **insist)

    def make_ship(self):
        r = self.r
        lots = self.mine()
        if not lots:
            return None
        one = r.choice(lots)
        mine = self.mine(one.party, one.facility)
        chosen = r.sample(mine, min(len(mine), r.randrange(1, 3)))
        self.n += 1
        e = self.event("ship", one.party, facility=one.facility, consignment="%s:C-%d" % (one.party, self.n))
        told = [s for s in self.shipments if s["party"] == one.party and s["facility"] == one.facility and s["ahead"]]
        if told and r.random() < 0.7:               # what was received before
            s = told[-1]
            s["ahead"] = False
            e["consignment"], e["to"] = s["id"], s["to"]
            e["lots"] = [{"lot": l} for l in s["lots"]]
            return e
        lines, insist = self.inputs(one.party, chosen, partial=False)
        for line in lines:
            if not insist:
                line.pop("net", None)
        e["lots"] = lines
        e.update(insist)
        e.update(self.papers())
        if r.random() < 0.15:
            e["outside"] = {"kind": r.choice(["other", "reagent"]), "name": "somebody"}
        else:
            e["to"] = r.choice([f for f in FACILITIES if f != one.facility])
            if r.random() < 0.02:
                e["to"] = "NOWHERE"
        if "to" in e and r.random() < 0.15:         # the receiver comes first
            self.shipments.append(dict(id=e["consignment"], party=one.party, facility=one.facility, to=e["to"],
                                       lots=[l.id for l in chosen], ahead=True))
            return self.receive_ahead(self.shipments[-1])
        if "to" in e:
            self.shipments.append(dict(id=e["consignment"], party=one.party, facility=one.facility, to=e["to"],
                                       lots=[l.id for l in chosen], ahead=False))
        return e

    def receive_ahead(self, s):
        r = self.r
        party, lines = FACILITIES.get(s["to"], ("REC",))[0], []
        for name in s["lots"]:
            lot = self.book.lots[name]
            line = self.line(party, lot.material or "OTHER", max(1, lot.left()), lot.rest().content.mg)
            line["from_lot"] = name
            if r.random() < 0.3:
                line["of"] = kg(max(1, lot.left() // 2))
            if r.random() < 0.3:
                line["final"] = True
            if r.random() < 0.05:
                line.pop("net")
                line.pop("weighing", None)
            lines.append(line)
        return self.event("receive", party, facility=s["to"], consignment=s["id"], lines=lines,
                          **{"from": s["party"]})

    def make_receive(self):
        r = self.r
        transit = self.mine(state="transit")
        if not transit or r.random() < 0.2:
            f, party = self.facility("REC", "SX", "METAL", "MAGNET")
            kind = r.choice(["post-consumer", "production scrap", "reagent", "other"])
            material = r.choice(["SCRAP", "SWARF", "ART", "RES", "SCRAP", "REAG", "OTHER", "OXIDE", "CONC", "MAGNET"])
            return self.event("receive", party, facility=f, outside={"kind": kind, "name": "somebody"},
                              lines=[self.line(party, material, self.mass())])
        one = r.choice(transit)
        consignment = self.book.consignments[one.consignment]
        to = one.facility if one.turned_back else consignment["to"]
        if to is None and r.random() < 0.9:
            return None
        if to is None or r.random() < 0.06:
            to = r.choice(list(FACILITIES))
        party, lines = FACILITIES[to][0], []
        for name in consignment["lots"]:
            lot = self.book.lots[name]
            if lot.state != "transit" and r.random() < 0.97:
                continue
            left = lot.left()
            line = {"from_lot": name, "lot": self.new_lot(party)}
            of = left
            if r.random() < 0.3 and left:
                of = r.choice([left, left // 2, 1, left // 3, left + 1 if r.random() < 0.3 else left])
                line["of"] = kg(of)
            net = max(0, even(of * r.choice([1000, 1000, 999, 1001, 990]), 1000))
            if r.random() < 0.7:
                line["net"] = kg(net)
                line.update(self.weighing(party, net))
            if r.random() < 0.15:
                line["moisture"] = r.choice(["0.2", "5", "12"])
            if r.random() < 0.3 and 0 < of <= left:
                part = lot.part(of)
                c = self.composition(max(net, 1), max(part.content.dry, 1), part.content.mg)
                line.update(c)
            if r.random() < 0.2:
                line["final"] = True
            if r.random() < 0.1:
                line["material"] = lot.material if lot.material and r.random() < 0.7 else r.choice(list(STAGES))
            lines.append(line)
        if not lines:
            return None
        seal = {"seal": r.choice(["S-1", "S-2"])} if r.random() < 0.2 else {}
        return self.event("receive", party, facility=to, consignment=one.consignment, lines=lines,
                          **{"from": one.party}, **seal)

    def measuring(self, lot, e, assays=True):
        r = self.r
        left = lot.left()
        net = left
        p = r.random()
        if p < 0.6:
            net = even(left * r.choice([1000, 1000, 999, 1001, 1003, 950]), 1000)
            if r.random() < 0.02:
                net = 0
            e["net"] = kg(net)
            e.update(self.weighing(lot.party, net))
        if r.random() < 0.2:
            e["moisture"] = r.choice(["0", "0.2", "5", "12", "30"])
        if assays and (r.random() < 0.5 or not ("net" in e or "moisture" in e)):
            rest = lot.rest()
            c = self.composition(max(1, net), max(1, rest.content.dry), rest.content.mg)
            e.update({k: v for k, v in c.items() if k == "assay"})

    def make_measure(self):
        lots = self.mine(state="here" if self.r.random() < 0.97 else "ended")
        if not lots:
            return None
        lot = self.r.choice(lots)
        e = self.event("measure", lot.party, lot=lot.id)
        self.measuring(lot, e)
        if "assay" in e and self.r.random() < 0.3:
            e["party"] = "LAB"
        if not any(k in e for k in ("net", "moisture", "assay")) and self.r.random() < 0.7:
            return None
        return e

    def make_restate(self):
        r = self.r
        lots = [lot for lot in self.book.lots.values() if lot.start_net and lot.material][-40:]
        known = [(lot, lot.restated[-1] if lot.restated else lot.made if lot.figures is None else lot.figures)
                 for lot in lots]
        if not known:
            return None
        cut = [k for k in known if any(c[2] for c in k[0].cuts)]
        lot, seq = r.choice(cut if cut and r.random() < 0.5 else known)
        if r.random() < 0.05:
            seq = r.randrange(1, len(self.book.records))
        old = self.book.records[seq][0]
        e = self.event("measure", old["party"], lot=lot.id, supersedes=old["id"])
        if r.random() < 0.02:
            e["supersedes"] = "e-nothing"
        net = lot.start_net
        if r.random() < 0.3:
            net = r.choice([net, even(net * 999, 1000), even(net * 1003, 1000), lot.taken, lot.taken + 1, net * 2])
            e["net"] = kg(net)
            e.update(self.weighing(old["party"], net))
        if r.random() < 0.2:
            e["moisture"] = r.choice(["0", "0.2", "5", "12", "30"])
        if r.random() < 0.7 or not ("net" in e or "moisture" in e):
            c = self.composition(max(1, net), max(1, lot.content.dry), lot.content.mg)
            e.update({k: v for k, v in c.items() if k == "assay"})
            if old["party"] == "LAB" and "assay" in e:
                e["assay"]["laboratory"] = "LAB"
        return e

    def make_stocktake(self):
        r = self.r
        f, party = self.facility()
        lots = self.mine(party, f)
        pools = [p for p in self.book.pools.values() if p.facility == f]
        e = self.event("stocktake", party, facility=f)
        lines = []
        for lot in r.sample(lots, min(len(lots), r.randrange(0, 3))):
            line = {"lot": lot.id}
            self.measuring(lot, line, False)
            if "net" in line:
                lines.append(line)
        if lines:
            e["lots"] = lines
        if pools and r.random() < 0.8:
            p = r.choice(pools)
            e["pools"] = [self.pool_line(p.id, p.content())]
        return e if "lots" in e or "pools" in e else None

    def make_discard(self):
        lots = self.mine(stages=("residue", "scrap", "other")) or self.mine()
        if not lots:
            return None
        lot = self.r.choice(lots)
        lines, insist = self.inputs(lot.party, [lot])
        return self.event("discard", lot.party, facility=lot.facility, lots=lines, to="pond", **insist)

    def make_loss(self):
        r = self.r
        if r.random() < 0.4:
            return self.lost_on_the_road()
        f, party = self.facility()
        e = self.event("loss", party, facility=f, reason="spill")
        lots = self.mine(party, f)
        if lots:
            e["lots"], insist = self.inputs(party, [r.choice(lots)])
            e.update(insist)
        pools = [p for p in self.book.pools.values() if p.facility == f]
        if pools and r.random() < 0.6:
            p = r.choice(pools)
            near = {c: v // 10 for c, v in p.content().items()}
            e["pools"] = [self.pool_line(p.id, near)]
        return e if "lots" in e or "pools" in e else None

    # ---- orders ------------------------------------------------------------------------------------
    def make_hold(self):
        r = self.r
        lots = [l.id for l in self.mine()]
        e = self.event("hold", AUTHORITY, reason="inspection")
        if lots:
            e["lots"] = r.sample(lots, min(len(lots), r.randrange(1, 3)))
            if r.random() < 0.05:
                e["lots"] = ["NORTH:NEVER"]
        if self.book.pools and r.random() < 0.25:
            e["pools"] = [r.choice(list(self.book.pools))]
        return e if "lots" in e or "pools" in e else None

    def make_release(self):
        r = self.r
        causes = [n for n, c in self.book.causes.items() if c["status"] in ("pending", "open")]
        if not causes and r.random() < 0.8:
            return None
        n = r.choice(causes) if causes and r.random() > 0.05 else r.choice(list(self.book.causes) or [999])
        return self.event("release", AUTHORITY, cause="%d.%d" % (n >> 8, n & 255), reason="cleared")

    def make_return(self):
        f, party = self.facility()
        r = self.r
        return self.event("return", party, facility=f, month=r.choice(["2025-11", "2025-12", "2026-01"]),
                          lines=[{"material": r.choice(list(STAGES)), "opening": "1", "made": "2.5"}])

    def make_close(self):
        r = self.r
        if r.random() < 0.15:
            return self.event("close", AUTHORITY, year=r.choice([2025, 2025, 2026]))
        f, party = self.facility()
        closed = self.book.closed.get(f)
        m = 2025 * 12 + 10 if closed is None else closed + 1
        m += r.choice([0, 0, 0, 0, 0, 1, -1])
        return self.event("close", party, facility=f, month=month_text(m))

    def make_correct(self):
        r = self.r
        mine = [(e, op) for e, op in self.book.records
                if e["kind"] in ("open extract charge transform split merge ship receive discard loss measure draw sell"
                             " pack blend assemble return.goods export.goods import.goods"
                                 ).split()]
        if not mine:
            return None
        e, _ = r.choice(mine[-8:]) if r.random() < 0.7 else r.choice(mine)
        if r.random() < 0.05:
            e, _ = r.choice(self.book.records)
            if e["kind"] == "book":
                return None
        out = self.event("correct", e["party"], corrects=e["id"], reason="mistake")
        if r.random() < 0.02:
            out["corrects"] = "never"
        if r.random() < 0.4 and e["kind"] != "correct":
            new = dict(e)
            self.n += 1
            new["id"] = "r-%d" % self.n
            for part in ("outputs", "parts", "lines", "lots"):
                if part in new and isinstance(new[part][0], dict) and e["kind"] not in ("ship", "discard", "loss", "stocktake"):
                    new[part] = [dict(line) for line in new[part]]
                    for line in new[part]:
                        if "lot" in line:
                            line["lot"] = self.new_lot(e["party"])
            if e["kind"] == "merge":
                new["lot"] = self.new_lot(e["party"])
            if e["kind"] == "ship":
                new["consignment"] = "%s:C-%d" % (e["party"], self.n)
            out["replacement"] = new
        return out

    def make_plan(self):
        r = self.r
        ledger, ore_class = r.choice([("mining", "rock"), ("mining", "ion"), ("separation", None)])
        return self.plan(r.choice([2025, 2026]), ledger, ore_class, r.choice([1, 1000, 10 ** 6, 10 ** 7]))

    def make_registry(self):
        """A newer version of something, or something that already is there."""
        r = self.r
        old = [e for e, _ in self.book.records if e["kind"] in
               ("party", "facility", "licence", "material", "deposit", "source", "pool", "policy", "plan.adopt")]
        e = dict(r.choice(old))
        self.n += 1
        e["id"], e["happened"] = "v-%d" % self.n, self.happened(e["kind"])
        if isinstance(e["happened"], dict):
            e["happened"] = e["happened"]["to"]
        if e["kind"] == "licence":
            e["status"] = r.choice(["valid", "suspended", "revoked"])
            if r.random() < 0.5:
                e["to"] = r.choice(["2026-01-05", "2026-06-30"])
        if e["kind"] == "plan.adopt":
            e["instrument"] = r.choice([e["instrument"], "I-%d" % self.n])
        if r.random() < 0.1 and e["kind"] == "facility":
            e["holder"] = "NOBODY"
        if e["kind"] == "policy":
            e = self.event("policy", AUTHORITY, hold_sigma=r.choice([6, 2]), flag_sigma=r.choice([4, 1]))
        return e

    def make_factors(self):
        return self.event("factors", AUTHORITY, factors={"Nd": "1.17", "Ce": "1.2284"})

    def make_duplicate(self):
        e = dict(self.r.choice(self.sent[-30:]))
        if self.r.random() < 0.5:
            e["x"] = {"again": "yes"}
        return e

    WEIGHTS = [("open", 6), ("extract", 9), ("charge", 9), ("draw", 9), ("transform", 12), ("split", 5),
               ("merge", 5), ("ship", 9), ("receive", 10), ("measure", 7), ("restate", 4), ("stocktake", 4), ("discard", 3),
               ("loss", 3), ("hold", 2), ("release", 4), ("return", 1), ("close", 6), ("correct", 7), ("plan", 2),
               ("registry", 2), ("sell", 4), ("pack", 3), ("blend", 4), ("assemble", 3), ("return.goods", 4), ("export.goods", 5),
               ("import.goods", 3), ("clearance", 6), ("user", 1),
               ("delegate", 2), ("device", 3), ("key", 1.5), ("signing", 0.4), ("document", 1), ("erase", 0.3), ("factors", 0.3), ("duplicate", 0.7)]
    WEIGHTS = WEIGHTS + generate_quota.WEIGHTS + generate_law.WEIGHTS

    def sequence(self):
        r = self.r
        for e in self.registry():
            yield self.sealed(e)
        kinds, weights = zip(*self.WEIGHTS)
        for _ in range(r.randrange(30, 81)):
            self.clock.now += r.choice([60, 3600, DAY, 3 * DAY, 6 * DAY])
            for _ in range(20):
                kind = r.choices(kinds, weights)[0]
                self.may_own = kind in ("open", "extract", "draw", "transform")
                e = getattr(self, "make_" + kind.replace(".", "_"))()
                if e is not None:
                    break
            if e is None:
                continue
            p = r.random()
            by = None
            if p < 0.01:
                by = "company/SOUTH/someone"
            elif p < 0.02 and e["kind"] not in ("measure", "duplicate"):
                e["party"] = r.choice(["NOBODY", "SOUTH", "NORTH"])
            yield self.sealed(e, by or self.speaker(e))
            if e["kind"] in ("ship", "extract", "receive") and r.random() < 0.1:
                self.clock.now += 45 * DAY * (r.random() < 0.3)

    def sealed(self, e, by=None):
        if "id" in e and e["id"] not in [s["id"] for s in self.sent]:
            self.with_parts(e)
        self.sent.append(e)
        if by is None:
            by = self.r.choice(["operator/REG/cli", "operator/REG/cli",
                                "authority/REG/%s" % self.r.choice(["clerk", "second"]) if e["party"] == AUTHORITY else
                                "company/%s/clerk" % e["party"]])
        if e["kind"] != "book":
            by = self.signed(e, by)
        return Clock.text(self.clock.now), by, e


def ev2(generator, kind, party, **members):
    return generator.event(kind, party, **members)


def to_mg(text):
    whole, _, part = str(text).partition(".")
    return int(whole) * 10 ** 6 + int(part.ljust(6, "0") or 0)
