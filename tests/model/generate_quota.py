"""Random licences' amendments and suspensions, and plans; a mixin of generate.Generator."""
import generate

DAYS = ["2025-11-10", "2025-12-01", "2025-12-20", "2026-01-05", "2026-01-20", "2026-03-01"]

WEIGHTS = [("licence_amend", 1), ("licence_suspend", 1), ("draft", 1), ("opinion", 1.5), ("pass_down", 2)]


class Quota:
    # ---- licences ---------------------------------------------------------------------------------
    def permits(self):
        """What licences may rest on; some are out of date."""
        for name, holder, activity in (("MR-1", "NORTH", "mining right"), ("PE-1", "SOUTH", "permit")):
            e = self.event("licence", generate.AUTHORITY, licence=name, holder=holder, activity=activity)
            e["from"], e["to"] = "2025-10-01", self.r.choice(["2030-12-31", "2026-01-10"])
            if self.r.random() < 0.3:
                e["areas"] = [{"area": "A-1"}]
            yield e

    def with_permits(self, e):
        r = self.r
        if r.random() < 0.25:
            e["requires"] = [r.choice(["MR-1", "PE-1", "NEVER"]) if r.random() < 0.3 else
                             "MR-1" if e["holder"] == "NORTH" else "PE-1"]
        if r.random() < 0.1:
            e["documents"] = [{"kind": "mining plan", "number": "P-1", "from": "2025-10-01", "to": r.choice(DAYS)}]
        if e["activity"] == "mining" and r.random() < 0.3:
            e["areas"] = [{"area": a} for a in r.choice([["A-1"], ["A-1", "A-2"]])]
        return e

    def make_licence_amend(self):
        r = self.r
        names = list(self.book.licences)
        if not names:
            return None
        name = r.choice(names) if r.random() > 0.03 else "NEVER"
        e = self.event("licence.amend", generate.AUTHORITY, licence=name)
        choices = {"to": r.choice(DAYS + ["2031-12-31"]), "from": r.choice(DAYS),
                   "status": r.choice(["valid", "valid", "suspended"]), "materials": ["ORE", "CONC", "OXIDE"],
                   "requires": [r.choice(["MR-1", "PE-1"])], "areas": [{"area": r.choice(["A-1", "A-2"])}],
                   "documents": [{"kind": "discharge", "number": "D-1", "to": r.choice(DAYS)}],
                   "holder": r.choice(["NORTH", "SOUTH", "NOBODY"]), "facility": r.choice(["SX", "MINE", "NOWHERE"])}
        for member in r.sample(list(choices), r.choice([1, 1, 2])):
            e[member] = choices[member]
        return e

    def make_licence_suspend(self):
        r = self.r
        names = list(self.book.licences)
        if not names:
            return None
        e = self.event("licence.suspend", generate.AUTHORITY, licence=r.choice(names), reason="order")
        e["from"] = r.choice(DAYS)
        past = [s for s in self.book.suspensions]
        if past and r.random() < 0.5:
            order = r.choice(past)
            e["lifts"] = self.book.records[order["seq"]][0]["id"]
            e["licence"] = order["licence"] if r.random() > 0.1 else e["licence"]
        elif r.random() < 0.6:
            later = [d for d in DAYS if d >= e["from"]]
            e["to"] = r.choice(later)
        return e

    # ---- plans ------------------------------------------------------------------------------------
    def more_of_plan(self, e):
        """What an adoption may also say."""
        r = self.r
        if r.random() < 0.4:
            e["pass_down"] = r.choice(DAYS)
        if r.random() < 0.3:
            e["visibility"] = r.choice(["public", "holder", "regulator"])
        waiting = [n for n, d in self.book.drafts.items() if not d["adopted"]]
        if waiting and r.random() < 0.3:
            e["draft"] = r.choice(waiting + ["NEVER"])
        return e

    def make_draft(self):
        r = self.r
        e = self.make_plan()
        e["kind"], e["draft"] = "plan.draft", e.pop("instrument").replace("I-", "D-")
        e.pop("pass_down", None)
        if r.random() < 0.6:
            e["until"] = r.choice(DAYS)
        return e

    def make_opinion(self):
        r = self.r
        if not self.book.drafts:
            return None
        e = self.event("plan.opinion", r.choice(["NORTH", "SOUTH", "REC", "REG"]), draft=r.choice(list(self.book.drafts)),
                       position=r.choice(["supports", "objects", "neutral"]))
        if r.random() < 0.03:
            e["draft"] = "NEVER"
        if r.random() < 0.3:
            e["reo"] = "1000"
        return e

    def make_pass_down(self):
        r = self.r
        above = [i for i in self.book.instruments.values() if any(a["holder"] == "GROUP" for a in i["allot"])]
        if not above:
            return None
        one = r.choice(above)
        total = self.book.nodes[("GROUP", one["ledger"], one["class"], one["year"])]["allotted"]
        self.n += 1
        allot = []
        for holder in r.sample(["NORTH", "SOUTH", "SX2", "MAG"], r.choice([1, 1, 2])):
            allot.append({"holder": holder, "under": "GROUP", "reo": generate.kg(max(0, total) // r.choice([4, 10, 1000]))})
        e = self.event("plan.adopt", "GROUP" if r.random() > 0.05 else "NORTH", instrument="I-%d" % self.n,
                       year=one["year"], ledger=one["ledger"], allot=allot)
        if one["class"]:
            e["class"] = one["class"]
        mine = [n for n, i in self.book.instruments.items() if i["issuer"] == "GROUP" and
                (i["ledger"], i["class"], i["year"]) == (one["ledger"], one["class"], one["year"])]
        if mine and r.random() < 0.5:
            e["includes"] = [r.choice(mine)]
        return e
