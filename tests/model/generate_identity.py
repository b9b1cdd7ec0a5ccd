"""Random users, delegations, devices and keys; a mixin of generate.Generator."""
PARTIES = ["NORTH", "SOUTH", "MAG", "REC"]
NAMES = ["clerk", "someone", "carrier"]
PASSED_ON = ["ship", "receive", "measure", "correct", "split", "transform", "sell", "hold"]
CLASSES = ["personal", "process", "commercial"]
KEYS = ["%02x" % n * 32 for n in (0x11, 0x22, 0x33, 0x44)]


class Identity:
    def days(self, e):
        r = self.r
        if r.random() < 0.4:
            e["from"] = r.choice(["2025-11-01", "2025-12-01", "2026-01-15"])
        if r.random() < 0.4:
            e["to"] = r.choice(["2026-01-20", "2026-03-31", "2027-12-31"])
        return e

    def make_user(self):
        r = self.r
        party = r.choice(PARTIES)
        of = party if r.random() > 0.05 else r.choice(PARTIES)
        return self.days(self.event("user", party, user="%s:%s" % (of, r.choice(NAMES)),
                                    roles=r.choice([["record"], ["record", "confirm"], ["record", "read"], ["read"]])))

    def make_delegate(self):
        r = self.r
        party = r.choice(PARTIES + ["REG"])
        to = r.choice([p for p in PARTIES if p != party])
        if r.random() < 0.5:
            to += ":" + r.choice(NAMES)
        if r.random() < 0.03:
            to = "NOBODY"
        e = self.event("delegate", party, delegate=to, delegation="%s:D-%d" % (
            party if r.random() > 0.03 else "OTHER", r.randrange(3)))
        if r.random() < 0.6:
            e["kinds"] = r.sample(PASSED_ON, r.choice([1, 3, 6]))
        own = [f for f, v in self.book.facilities.items() if v[-1]["holder"] == party]
        if own and r.random() < 0.4:
            e["facilities"] = r.sample(own, r.randrange(1, len(own) + 1)) + (["NOWHERE"] if r.random() < 0.03 else [])
        return self.days(e)

    def make_device(self):
        r = self.r
        facility, party = self.facility()
        device = self.weighing(party, 10 ** 9).get("weighing", {}).get("device")
        if device is None:
            return None
        if device.split(":")[0] != party and r.random() < 0.9:
            device = party + ":" + device.split(":")[1]
        e = self.event("device", party, device=device, facility=facility, type=r.choice(["scale", "weighbridge"]))
        if r.random() < 0.8:
            e["calibrations"] = [r.choice([
                {"date": "2025-06-01", "until": "2026-05-31", "laboratory": "LAB", "certificate": "C-1"},
                {"date": "2025-12-01", "until": "2025-12-31"}, {"date": "2026-01-10", "until": "2027-01-09"},
                {"date": "2025-06-01", "until": "2027-05-31", "laboratory": r.choice(["LAB", "LAB", "NORTH"])}])]
        return self.days(e)

    def make_key(self):
        r = self.r
        holder = r.choice(PARTIES)
        e = self.event("key", "REG" if r.random() < 0.8 else holder, key=r.choice(KEYS), holder=holder)
        if r.random() < 0.3:
            e["status"] = "revoked"
        elif r.random() < 0.3:
            e["replaces"] = r.choice([k for k in KEYS if k != e["key"]])
        return self.days(e)

    def speaker(self, e):
        """Now and then somebody else sends it: more often one with a delegation, or a name that is registered."""
        r = self.r
        if r.random() > 0.12:
            return None
        given = [d for d in self.book.delegations.values() if d["delegator"] == e["party"]]
        if given and r.random() < 0.8:
            to = r.choice(given)["delegate"]
            return "company/%s/%s" % tuple(to.split(":")) if ":" in to else "company/%s/%s" % (to, r.choice(NAMES))
        return "company/%s/%s" % (e["party"] if r.random() < 0.7 else r.choice(PARTIES), r.choice(NAMES))

    def make_signing(self):
        """A policy on who must sign what; never the authority's policies, or all would stop there."""
        r = self.r
        say = {"required": r.random() < 0.6}
        if r.random() < 0.4:
            say["party"] = r.choice(PARTIES)
        if r.random() < 0.4:
            say["roles"] = r.choice([["company"], ["authority", "laboratory"], ["laboratory"]])
        if r.random() < 0.7 or "authority" in say.get("roles", ["authority"]):
            say["kinds"] = r.sample(["ship", "receive", "measure", "key", "user", "transform", "correct"], 2)
        return self.event("policy", "REG", signatures=[say])

    def signed(self, e, by):
        """Mostly as policy asks, now and then under a key that may not."""
        r = self.r
        asked = [s for s in self.book.signings if e["kind"] in s.get("kinds", [e["kind"]])]
        if r.random() > (0.6 if asked else 0.03):
            return by
        good = [k for k, v in self.book.keys.items() if v["holder"] == e["party"] and v["revoked"] is None]
        if not good and r.random() < 0.9:
            return by
        return by + " signed " + (r.choice(good) if good and r.random() < 0.9 else r.choice(KEYS))

    def part(self):
        r = self.r
        n = r.randrange(12)
        return {"class": CLASSES[n % len(CLASSES)] if r.random() > 0.02 else "note", "hash": "%02x" % n * 32}

    def make_document(self):
        r = self.r
        party, part = r.choice(PARTIES + ["LAB"]), self.part()
        e = self.event("document", party, document="%s:DOC-%d" % (party if r.random() > 0.03 else "OTHER", r.randrange(30)),
                       type=r.choice(["certificate", "contract"]), size=r.choice([1, 4711]), **part)
        things = [("lot", l) for l in list(self.book.lots)[:20]] + [("facility", f) for f in self.book.facilities] + \
            [("party", "NORTH"), ("party", "NOBODY"), ("device", "NORTH:S1"), ("licence", "SL-1"),
             ("event", "NORTH:" + (self.sent[-1]["id"] if self.sent else "x"))]
        if r.random() < 0.6:
            e["belongs"] = [dict(kind=k, id=i) for k, i in r.sample(things, min(len(things), r.choice([1, 1, 2])))]
        return e

    def make_erase(self):
        r = self.r
        known = list(self.book.parts)
        if not known:
            return None
        name = r.choice(known)
        return self.event("erase", r.choice(["REG", self.book.parts[name]["party"]] if r.random() > 0.1 else PARTIES),
                          parts=[name], basis="data protection law")

    def with_parts(self, e):
        """Now and then an event names sealed parts."""
        if e["kind"] != "book" and self.r.random() < 0.04:
            e["sealed"] = [self.part() for _ in range(self.r.choice([1, 1, 2]))]
        return e
