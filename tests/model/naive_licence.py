"""Licences in the naive book (docs/book.md, "Licences and designation").

A mixin: registering, amending and suspending, and whether a party may do this work here.
"""
import datetime

import naive_book as naive


class Licences:
    def licence_refusals(self, x):
        e = x.e
        if "holder" in e and e["holder"] not in self.parties:
            x.no("unknown_party", "/holder")
        if "facility" in e and e["facility"] not in self.facilities:
            x.no("unknown_facility", "/facility")

    @staticmethod
    def papers(e):
        return [(naive.day(d["from"]) if "from" in d else datetime.date.min,
                 naive.day(d["to"]) if "to" in d else datetime.date.max) for d in e["documents"]]

    def do_licence(self, x):
        e = x.e
        self.licence_refusals(x)
        if x.refusals:
            return
        self.licences.setdefault(e["licence"], []).append(
            dict(holder=e["holder"], facility=e.get("facility"), activity=e["activity"],
                 sources=e.get("sources"), materials=e.get("materials"), requires=e.get("requires", []),
                 documents=self.papers(e) if "documents" in e else [],
                 areas=[a["area"] for a in e.get("areas", [])],
                 permit=self.permit_of_licence(e), status=e.get("status", "valid"), **self.dated(x, e)))

    def do_licence_amend(self, x):
        e = x.e
        self.licence_refusals(x)
        versions = self.licences.get(e["licence"])
        if not versions:
            return x.no("unknown_licence", "/licence")
        if versions[-1]["known"] > x.date:
            x.no("out_of_order", "/happened")
        if x.refusals:
            return
        new = dict(versions[-1], known=x.date)
        for member in ("holder", "facility", "sources", "materials", "requires", "status"):
            if member in e:
                new[member] = e[member]
        if "documents" in e:
            new["documents"] = self.papers(e)
        if "areas" in e:
            new["areas"] = [a["area"] for a in e["areas"]]
        for member in ("from", "to"):
            if member in e:
                new[member] = naive.day(e[member])
        versions.append(new)

    def do_licence_suspend(self, x):
        e = x.e
        if not self.licences.get(e["licence"]):
            return x.no("unknown_licence", "/licence")
        first = naive.day(e["from"])
        if "lifts" not in e:
            self.suspensions.append(dict(seq=x.seq, licence=e["licence"], first=first,
                                         last=naive.day(e["to"]) if "to" in e else datetime.date.max))
            return
        seq = self.by_id.get((x.party, e["lifts"]))
        order = [s for s in self.suspensions if s["seq"] == seq and s["licence"] == e["licence"]]
        if not order or first > order[0]["last"]:
            return x.no("unknown_event", "/lifts")
        order[0]["last"] = first - datetime.timedelta(days=1)

    def suspended(self, name, days):
        return any(s["licence"] == name and s["first"] <= d <= s["last"] for s in self.suspensions for d in days)

    def version_on(self, name, date):
        """Recorded last of those known by the date, in force or not."""
        known = [v for v in self.licences.get(name, []) if v["known"] <= date]
        return known[-1] if known else None

    def rests_well(self, x, version, days, depth=4):
        if any(not first <= d <= last for first, last in version["documents"] for d in days):
            return False
        for name in version["requires"]:
            need = self.version_on(name, x.date)
            if need is None or need["holder"] != version["holder"] or need["status"] != "valid" or \
                    any(not need["from"] <= d <= need["to"] for d in days) or \
                    need["facility"] not in (None, x.facility) or self.suspended(name, days) or depth == 0 or \
                    not self.rests_well(x, need, days, depth - 1):
                return False
        return True

    def within_area(self, x, version, depth=4):
        said = x.e.get("area")
        if version["areas"] and said is None:
            x.note("area_unstated", "/area")
        elif version["areas"] and said not in version["areas"]:
            x.note("outside_area", "/area")
        for name in version["requires"] if depth else []:
            need = self.version_on(name, x.date)
            if need:
                self.within_area(x, need, depth - 1)

    def licensed(self, x, activity, materials, where, source=None):
        if activity is None:
            return
        facility = self.version(self.facilities[x.facility], x.date, x.date)
        if facility and activity not in facility["activities"]:
            x.note("not_designated", where)
        days = [x.from_date + datetime.timedelta(days=n) for n in range((x.date - x.from_date).days + 1)]
        best, considered = "no_licence", set()
        rank = ["no_licence", "licence_suspended", "licence_scope", "permit_missing", None]
        for name, versions in self.licences.items():
            fits = lambda v: v["activity"] == activity and v["holder"] == x.party and \
                v["facility"] in (None, x.facility)
            if self.version_on(name, x.date) and fits(self.version_on(name, x.date)):
                considered.add(name)
            of_days = [self.version(versions, x.date, d) for d in days]
            if not all(v and fits(v) for v in of_days):
                continue
            if any(v["status"] != "valid" for v in of_days) or self.suspended(name, days):
                outcome = "licence_suspended"
            elif all((v["materials"] is None or all(m in v["materials"] for m in materials)) and
                     (source is None or v["sources"] is None or source in v["sources"]) for v in of_days):
                outcome = None if self.rests_well(x, of_days[-1], days) else "permit_missing"
            else:
                outcome = "licence_scope"
            best = max(best, outcome, key=rank.index)
        if source is not None:
            own = self.version_on(self.sources[source]["licence"], x.date)
            if own:
                self.within_area(x, own)
            if best is None and self.sources[source]["licence"] not in considered:
                best = "licence_scope"
        if best:
            x.note(best, where)
