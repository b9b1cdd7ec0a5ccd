"""A second person's word, orders, technology and rule packs in the naive book (docs/book.md, "A second
person", "Orders of the authority", "Technology", "Rule packs").

A mixin: it uses what NaiveBook has.
"""
import copy
import hashlib
import json

import naive_book as naive

STEPS = ["intent", "negotiation", "contract", "transfer"]
MAY_WAIT = "party facility key factors policy material deposit source licence plan.adopt hold release".split()


def exact(value):
    """The bytes as they were sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def person(principal):
    return principal.split("/", 1)[1]


class Law:
    def law_begin(self):
        self.two_persons = set()
        self.seconds = {}                  # record -> dict(event, principal, status)
        self.cases, self.technologies, self.packs, self.disclosures = {}, {}, {}, []

    # ---- a second person --------------------------------------------------------------------------
    def waits(self, x):
        if x.kind == "release":
            record, _, place = x.e["cause"].partition(".")
            cause = self.causes.get(int(record) * 256 + int(place))
            if cause and cause["code"] == "seized":
                return True
        return x.kind in self.two_persons

    def decide_waiting(self, x):
        """Decided as if nobody else had a say; what was not refused is taken back and waits."""
        keep = copy.deepcopy({k: v for k, v in self.__dict__.items() if k != "answers"})
        op = copy.deepcopy(x.op)
        self.do(x)
        self.__dict__.update(keep)
        if x.refusals:
            return
        x.codes, x.op, x.lots, x.place = [], op, [], 0
        self.seconds[x.seq] = dict(event=x.e, principal=x.principal, status="waits")

    def do_confirm(self, x):
        e = x.e
        of = e.get("subject", x.party)
        seq = self.by_id.get((of, e["confirms"]))
        if seq in self.waiting_exports:
            return self.confirm_export(x)
        if seq is None or of != x.party:
            return x.no("unknown_event", "/confirms")       # what customs clear is another's
        if "found" in e:                            # it is no declaration's
            x.no("nothing_to_confirm", "/found")
        waiting = self.seconds.get(seq)
        if waiting is None:
            return x.no("nothing_to_confirm", "/confirms")
        if waiting["status"] != "waits":
            return x.no("already_confirmed", "/confirms")
        if e["hash"] != hashlib.sha256(exact(waiting["event"])).hexdigest():
            return x.no("hash_differs", "/hash")
        if e.get("declines"):
            waiting["status"] = "declined"
            return
        if person(x.principal) == person(waiting["principal"]):
            return x.no("same_person", "")
        keep = copy.deepcopy({k: v for k, v in self.__dict__.items() if k != "answers"})
        waiting["status"] = "confirmed"
        happened = e["happened"]
        sub = naive.Event(dict(waiting["event"], happened=happened["to"] if isinstance(happened, dict) else happened),
                          x.seq, x.recorded, x.principal)
        sub.signer, sub.op, sub.place = x.signer, x.op, x.place
        sub.start = sub.end = x.end
        sub.facility = None
        self.dates(sub, self.offset)
        self.do(sub)
        x.refusals += sub.refusals
        x.codes += sub.codes
        if x.refusals:
            self.__dict__.update(keep)

    # ---- orders -----------------------------------------------------------------------------------
    def do_seize(self, x):
        self.do_hold(x, "seized")

    def do_reserve(self, x):
        self.do_hold(x, "reserved")

    # ---- inspections ------------------------------------------------------------------------------
    def known(self, x, party, where):
        if party is not None and party not in self.parties:
            x.no("unknown_party", where)

    def do_case(self, x):
        e = x.e
        self.known(x, e.get("about"), "/about")
        if "facility" in e and e["facility"] not in self.facilities:
            x.no("unknown_facility", "/facility")
        for i, lot in enumerate(e.get("lots", [])):
            if lot not in self.lots:
                x.no("unknown_lot", "/lots/%d" % i)
        for i, cited in enumerate(e.get("events", [])):
            if (cited["party"], cited["id"]) not in self.by_id:
                x.no("unknown_event", "/events/%d" % i)
        before = self.cases.get(e["case"], [])
        if before and before[-1]["state"] == "closed" and e["state"] != "closed" and "reason" not in e:
            x.no("reason_needed", "/reason")
        if not x.refusals:
            self.cases.setdefault(e["case"], []).append(e)

    def do_tip(self, x):
        if "facility" in x.e and x.e["facility"] not in self.facilities:
            x.no("unknown_facility", "/facility")

    # ---- technology -------------------------------------------------------------------------------
    def do_technology(self, x):
        e = x.e
        self.known(x, e["owner"], "/owner")
        for i, permit in enumerate(e.get("permits", [])):
            self.known(x, permit.get("to_party"), "/permits/%d/to_party" % i)
        if not x.refusals:
            self.technologies.setdefault(e["technology"], []).append((x.date, e))

    def do_technology_disclose(self, x):
        e = x.e
        versions = [v for since, v in self.technologies.get(e["technology"], []) if since <= x.date]
        if not versions:
            return x.no("unknown_technology", "/technology")
        version = versions[-1]
        self.known(x, e.get("to"), "/to")
        permits = version.get("permits", [])
        if "permit" in e and e["permit"] not in [p["permit"] for p in permits]:
            x.no("unknown_permit", "/permit")
        if x.refusals:
            return
        told = {d.get("to") for d in self.disclosures if d["technology"] == e["technology"]} - {None}
        if x.party != version["owner"] and x.party not in told:
            x.note("technology_holder", "/party")
        covered = any(
            e.get("permit", p["permit"]) == p["permit"] and STEPS.index(p["step"]) >= STEPS.index(e["step"])
            and naive.day(p["from"]) <= x.date <= naive.day(p.get("to", "9999-12-31"))
            and p.get("to_party") in (None, e.get("to")) and p.get("country") in (None, e.get("country"))
            for p in permits)
        at_home = "to" in e and set(self.parties[e["to"]][-1]["roles"]) - {"buyer"} and \
            e.get("country", self.jurisdiction) == self.jurisdiction
        if at_home:
            pass                                    # nothing leaves the country
        elif version["class"] == "prohibited":
            x.note("technology_prohibited", "/technology")
        elif version["class"] == "restricted" and not covered:
            x.note("technology_permit", "/step")
        self.disclosures.append(e)
        self.finish(x)

    # ---- rule packs -------------------------------------------------------------------------------
    def do_rules(self, x):
        if hashlib.sha256(exact(x.e["rules"])).hexdigest() != x.e["hash"]:
            return x.no("hash_differs", "/hash")
        self.packs.setdefault(x.e["pack"], []).append(x.e)
