"""Random words of a second person, orders, technology and rule packs; a mixin of generate.Generator."""
import hashlib

import naive_book   # noqa: F401  (before its parts)
from naive_law import MAY_WAIT, STEPS, exact

# What is released is named by causes whose numbers may differ between the two books.
WAITING = [kind for kind in MAY_WAIT if kind != "release"]

WEIGHTS = [("two_persons", 1), ("second", 9), ("seize", 0.7), ("reserve", 0.7), ("case", 1.2), ("tip", 0.3),
           ("technology", 1), ("disclose", 2), ("rules", 0.4)]


class Law:
    def make_two_persons(self):
        r = self.r
        return self.event("policy", "REG", two_persons=r.sample(WAITING, r.choice([0, 2, 5, 9])))

    def make_second(self):
        r = self.r
        waiting = [s for s, w in self.book.seconds.items() if w["status"] == "waits"] or list(self.book.seconds)
        if not waiting and r.random() < 0.9:
            return None
        if not waiting or r.random() < 0.05:
            event = r.choice(self.book.records)[0]
        else:
            event = self.book.seconds[r.choice(waiting)]["event"]
        e = self.event("confirm", event["party"] if r.random() > 0.03 else "NORTH", confirms=event["id"],
                       hash=hashlib.sha256(exact(event)).hexdigest())
        if r.random() < 0.05:
            e["hash"] = "00" * 32
        if r.random() < 0.15:
            e["declines"] = True
        if r.random() < 0.05:
            e["subject"] = r.choice([event["party"], "REG", "NORTH"])
        return e

    def some_lots(self):
        r = self.r
        lots = list(self.book.lots)
        return r.sample(lots, min(len(lots), r.choice([1, 1, 2]))) + (["NORTH:NONE"] if r.random() < 0.03 else [])

    def make_seize(self):
        lots, pools = self.some_lots(), list(self.book.pools)
        e = self.event("seize", "REG", order="17")
        if lots:
            e["lots"] = lots
        if pools and (not lots or self.r.random() < 0.1):
            e["pools"] = [self.r.choice(pools)]
        return e if lots or "pools" in e else None

    def make_reserve(self):
        lots = self.some_lots()
        return self.event("reserve", "REG", reserve="STATE", lots=lots) if lots else None

    def make_case(self):
        r = self.r
        e = self.event("case", "REG" if r.random() > 0.05 else "NORTH", case=r.choice(["C-1", "C-2"]), state="open")
        if r.random() < 0.3:
            e.update(state="closed", outcome="nothing found")
        if r.random() < 0.4:
            e["reason"] = "a new witness"
        if r.random() < 0.5:
            e["about"] = r.choice(["NORTH", "SOUTH", "NOBODY"])
        if r.random() < 0.5:
            e["facility"] = r.choice(list(self.book.facilities) + ["NOWHERE"])
        if r.random() < 0.5 and self.book.records:
            cited = r.choice(self.book.records)[0]
            e["events"] = [{"party": cited["party"], "id": cited["id"] if r.random() > 0.1 else "none"}]
        if r.random() < 0.5 and self.some_lots():
            e["lots"] = self.some_lots() or ["NORTH:NONE"]
        return e

    def make_tip(self):
        e = self.event("tip", "REG", tip="ab" * 32)
        if self.r.random() < 0.5:
            e["facility"] = self.r.choice(list(self.book.facilities) + ["NOWHERE"])
        return e

    def make_technology(self):
        r = self.r
        e = self.event("technology", "REG", technology=r.choice(["T-1", "T-2"]), owner=r.choice(["NORTH", "SOUTH", "NORTH", "NOBODY"]),
                       entry="1E902.a", **{"class": r.choice(["free", "restricted", "restricted", "prohibited"])})
        permits = []
        for i in range(r.randrange(3)):
            p = {"permit": "P-%d" % i, "step": r.choice(STEPS), "from": r.choice(["2025-11-01", "2026-01-10"])}
            if r.random() < 0.4:
                p["to"] = r.choice(["2026-01-31", "2026-12-31"])
            if r.random() < 0.3:
                p["country"] = r.choice(["DE", "JP"])
            if r.random() < 0.3:
                p["to_party"] = r.choice(["SOUTH", "REC", "NOBODY"])
            permits.append(p)
        if permits:
            e["permits"] = permits
        return e

    def make_disclose(self):
        r = self.r
        if not self.book.technologies and r.random() < 0.9:
            return None
        e = self.event("technology.disclose", r.choice(["NORTH", "SOUTH", "REC"]), technology=r.choice(list(self.book.technologies) * 9 + ["T-1"]),
                       step=r.choice(STEPS))
        if r.random() < 0.5:
            e["to"] = r.choice(["SOUTH", "REC", "NORTH", "BUYER", "BUYER", "NOBODY"])
        else:
            e["outside"] = r.choice(["works", "school"])
        if "outside" in e or r.random() < 0.2:
            e["country"] = r.choice(["DE", "JP", "CN"])
        if r.random() < 0.3:
            e["permit"] = r.choice(["P-0", "P-1", "P-9"])
        return e

    def make_rules(self):
        r = self.r
        rules = {"rules": [r.randrange(9)]}
        return self.event("rules", "REG", pack=r.choice(["CN", "EU"]), version="1", jurisdiction="CN",
                          hash=hashlib.sha256(exact(rules) + (b" " if r.random() < 0.1 else b"")).hexdigest(), rules=rules)
