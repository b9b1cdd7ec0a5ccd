"""The border in the naive book (docs/book.md, "The border"): permits, declarations, imports."""
import hashlib
import json

import naive_book as naive

KINDS = ("export", "dual-use")


class Border:
    def border_begin(self):
        self.stage_permits, self.permit_free = {}, 0
        self.permits = {}                           # licence -> reserved, drawn, used
        self.declarations = []
        self.listed, self.owned_by = {}, {}           # user -> bool; user -> owner -> share
        self.waiting_exports = {}                          # record -> what waits for customs there

    def border_policy(self, e):
        for p in e.get("permits", []):
            self.stage_permits[p["stage"]] = p.get("kinds", [])
        for s in e.get("screening", []):
            if "listed" in s:
                self.listed[s["user"]] = s["listed"]
            else:
                self.owned_by.setdefault(s["user"], {})[s["owner"]] = naive.ppb(s["share"])
        if "permit_free" in e:
            self.permit_free = naive.mg(e["permit_free"])

    def permits_of(self, material):
        if not material:
            return []
        own = self.materials[material].get("permits")
        usual = {"magnet": ["dual-use"], **{s: ["export"] for s in ("ore", "ore product", "compound", "metal", "alloy")}}
        stage = self.stage(material)
        return own if own is not None else self.stage_permits.get(stage, usual.get(stage, []))

    def barred(self, user, deep=0):
        if self.listed.get(user):
            return True
        owners = self.owned_by.get(user, {}) if deep < 4 else {}
        return 2 * sum(share for owner, share in owners.items() if self.barred(owner, deep + 1)) >= naive.BILLION

    def permit_of_licence(self, e):
        """What a `licence` event permits; a row for what is used of it, once."""
        if "permit" not in e:
            return None
        self.permits.setdefault(e["licence"], dict(reserved=0, drawn=0, used=False))
        p = e["permit"]
        return dict(kind=p["kind"], type=p["type"], user=p.get("user"), countries=p.get("countries"),
                    quantity=naive.mg(p["quantity"]) if "quantity" in p else None, measure=p.get("measure", "net"))

    def office_day(self, x):
        office = self.facilities.get(x.e["office"])
        if office is None or "customs" not in self.parties[office[-1]["holder"]][-1]["roles"]:
            x.no("unknown_office", "/office")
            return None
        return naive.civil(x.end, self.offset_of(x.e["office"]))

    # ---- out --------------------------------------------------------------------------------------
    def do_export_goods(self, x):
        e = x.e
        day = self.office_day(x)
        name = e["declaration"]
        cons = self.consignments.get(name)
        if not name.startswith(x.party + ":"):
            x.no("foreign_id", "/declaration")
        if cons and (cons["shipped"] or "declaration" in cons):
            x.no("exists", "/declaration")
        plans = self.plan(x, e["lots"], "/lots")
        named = []
        for i, line in enumerate(e.get("permits", [])):
            where, versions = "/permits/%d" % i, self.licences.get(line["permit"])
            version = versions and ((day and self.version_on(line["permit"], day)) or versions[-1])
            if not version or not version["permit"]:
                x.no("unknown_licence", where + "/permit")
                continue
            terms = version["permit"]
            for other in named:
                if other["terms"]["kind"] == terms["kind"] and \
                        (other["permit"] == line["permit"] or other["terms"]["measure"] != terms["measure"]):
                    x.no("permit_sums", where + "/permit")
            named.append(dict(permit=line["permit"], version=version, terms=terms, where=where,
                              mg=naive.mg(line["mass"]) if "mass" in line else None))
        if x.refusals:
            return
        x.date = day                                # law goes by the office's date
        goods = {k: [p["lot"] for p in plans if k in self.permits_of(p["lot"].material)] for k in KINDS}
        any_kind = [p["lot"] for p in plans if self.permits_of(p["lot"].material)]

        def net(lots):
            return sum(lot.left() for lot in lots)

        def oxide(lots):
            total = {}
            for lot in lots:
                total = naive.added(total, lot.rest().content.mg)
            return self.reo(total, day)
        free = not named and oxide(any_kind) < self.permit_free
        missing = False
        for kind in KINDS if not (free and any_kind) else ():
            lines = [n for n in named if n["terms"]["kind"] == kind]
            whole = oxide(goods[kind]) if lines and lines[0]["terms"]["measure"] == "reo" else net(goods[kind])
            stated, rest = 0, None
            for n in lines:
                if n["mg"] is None and rest is not None:
                    x.no("permit_sums", n["where"] + "/mass")
                if n["mg"] is None:
                    rest = n
                else:
                    stated += n["mg"]
            if stated > whole:
                x.no("permit_sums", "/permits/mass")
            if rest is not None and rest["mg"] is None:
                rest["mg"] = max(whole - stated, 0)
                stated = whole
            if any(n["mg"] == 0 for n in lines):
                x.no("permit_sums", "/permits/permit")
            missing |= stated < whole
        if x.refusals:
            return
        if missing:
            x.note("export_uncovered", "/permits")
        if free and any_kind:
            kinds = {k for lot in any_kind for k in self.permits_of(lot.material)}
            lately = [d for d in self.declarations if d["free"] and 0 <= (day - d["day"]).days < 30 and
                      d["status"] in ("declared", "cleared") and self.same_group(d["party"], x.party, day)]
            for same in ([d for d in lately if (d["user"], d["country"]) == (e["user"], e["country"])],
                         [d for d in lately if d["code"] == e["customs_code"] and kinds & {
                             k for n in self.consignments[d["consignment"]]["lots"]
                             for k in self.permits_of(self.lots[n].material)}]):
                if oxide(any_kind) + sum(d["reo"] for d in same) >= self.permit_free:
                    x.note("split_shipment", "/lots")
        self.check_moved(x, plans, "/lots")
        for p in plans:
            if self.stage(p["lot"].material) in ("ore product", "compound", "metal", "alloy"):
                self.provisional(x, p["lot"].basis, p["where"])
        for n in named:
            self.check_permit(x, n, [p["lot"] for p in plans])
        named = [n for n in named if not n["lacks"]]
        if self.barred(e["user"]):
            x.note("user_listed", "/user")
        declaration = dict(party=x.party, day=day, user=e["user"], country=e["country"], free=free, code=e["customs_code"], back=[],
                           reo=oxide(any_kind), status="declared", lines=[(n["permit"], n["mg"]) for n in named])
        self.declarations.append(declaration)
        for n in named:
            self.permits[n["permit"]]["reserved"] += n["mg"]
        cons = self.consignments.setdefault(name, dict(unmatched=[]))
        cons.update(shipped=True, party=x.party, facility=x.facility, to=None, lots=[p["lot"].id for p in plans],
                    op=x.op, title="passes", seal=e.get("seal"), returns=None, declaration=declaration)
        x.op["declared"] = declaration
        declaration.update(office=e["office"], consignment=name, facility=x.facility)
        sent = json.dumps(e, ensure_ascii=False, separators=(",", ":")).encode()
        self.waiting_exports[x.seq] = dict(hash=hashlib.sha256(sent).hexdigest(), by=x.principal.partition("/")[2],
                                    declaration=declaration, open=True)
        for p in plans:
            p["lot"].state, p["lot"].consignment = "transit", name
            x.op["transit"].append(p["lot"])
            x.lots.append(p["lot"])
        self.finish(x)

    def lacks(self, x, n, code):
        x.note(code, n["where"])
        n["lacks"] |= self.verdict_of(code) == "held"

    def check_permit(self, x, n, lots):
        n["lacks"] = False
        version, terms, permit, day = n["version"], n["terms"], self.permits[n["permit"]], x.date
        if version["holder"] != x.party or version["facility"] not in (None, x.facility) or \
                version["known"] > day or not version["from"] <= day <= version["to"] or \
                version["status"] != "valid" or self.suspended(n["permit"], [day]):
            self.lacks(x, n, "permit_invalid")
        concerned = [l.material for l in lots if terms["kind"] in self.permits_of(l.material)]
        if terms["user"] not in (None, x.e["user"]) or \
                (terms["countries"] and x.e["country"] not in terms["countries"]) or \
                (version["materials"] and any(m not in version["materials"] for m in concerned)):
            self.lacks(x, n, "permit_scope")
        over = terms["quantity"] is not None and permit["reserved"] + permit["drawn"] + n["mg"] > terms["quantity"]
        if over or (terms["type"] == "single" and (permit["used"] or permit["reserved"])):
            self.lacks(x, n, "permit_exceeded")

    def settle(self, declaration, outcome):
        declaration["status"] = outcome
        for name, amount in declaration["lines"]:
            permit = self.permits[name]
            permit["reserved"] -= amount
            if outcome == "cleared":
                permit["drawn"] += amount
                permit["used"] = True

    def confirm_export(self, x):
        e = x.e
        seq = self.by_id.get((e.get("subject", x.party), e["confirms"]))
        own = e.get("subject", x.party) == x.party
        waits = self.waiting_exports.get(seq)
        version = self.version(self.parties[x.party], x.date, x.date)
        customs = version is not None and "customs" in version["roles"]
        if seq is None or (not own and not (waits and customs)):
            return x.no("unknown_event", "/confirms")
        if waits is None:
            return x.no("nothing_to_confirm", "/confirms")
        if not waits["open"]:
            return x.no("already_confirmed", "/confirms")
        if waits["hash"] != e["hash"]:
            return x.no("hash_differs", "/hash")
        declines, declaration = e.get("declines", False), waits["declaration"]
        withdrawn = own and declines
        if not withdrawn:
            if not customs:
                return x.no("nothing_to_confirm", "/confirms")
            if waits["by"] == x.principal.partition("/")[2]:
                return x.no("same_person", "")
        if "found" in e and not customs:
            x.no("nothing_to_confirm", "/found")
        if declaration["status"] != "declared":
            return x.no("already_confirmed", "/confirms")
        if not withdrawn and self.facilities[declaration["office"]][-1]["holder"] != x.party:
            return x.no("nothing_to_confirm", "/confirms")
        place = x.facility = declaration["facility"]
        x.date = naive.civil(x.end, self.offset_of(place))
        self.posting_month(x, place)
        x.date = naive.civil(x.end, self.offset_of(declaration["office"]))
        x.year = x.date.year
        self.customs_found(x, declaration["consignment"])
        if x.refusals:
            return
        waits["open"] = False
        self.settle(declaration, "withdrawn" if withdrawn else "stopped" if declines else "cleared")
        name = declaration["consignment"]
        for lot in [self.lots[n] for n in self.consignments[name]["lots"]]:
            if lot.state != "transit" or lot.consignment != name:
                continue
            if declines:
                lot.state, lot.consignment = "here", None
                x.op["turned"].append((lot,))
                continue
            if self.held(lot.causes):
                x.note("held_moved", "/confirms")
            part = lot.take(lot.left())
            declaration.setdefault("left", []).append(part)
            x.op["took"].append((lot, part))
            self.post(x, "shipped", place, part.content.mg)
            x.lots.append(lot)
            if any(i["ledger"] == "export" and i["year"] == x.year for i in self.instruments.values()):
                self.draw(x, declaration["party"], "export", None, self.reo(part.content.mg, x.date), lot, "/confirms")
        self.finish(x)

    def customs_found(self, x, name):
        """What customs weighed and assayed, beside what was declared."""
        apart, seen = [], set()
        for i, line in enumerate(x.e.get("found", [])):
            where = "/found/%d" % i
            lot = self.lots.get(line["lot"])
            if lot is None or lot.state != "transit" or lot.consignment != name:
                x.no("consignment_closed", where + "/lot")
                continue
            if line["lot"] in seen:
                x.no("lot_twice", where + "/lot")
            seen.add(line["lot"])
            old = lot.rest()
            got = self.measured(x, line, where, lot.material, old.net, old.content, old.terms, lot.basis)
            if x.refusals:
                continue
            variance = naive.Variance()
            variance.add(old.terms, 1)
            variance.add(got["terms"], -1)
            both = old.content.stated & got["content"].stated
            difference = naive.added(got["content"].mg, old.content.mg, -1)
            if abs(got["net"] - old.net) * 100 > old.net or any(
                    both >> c & 1 and naive.exceeds(abs(difference.get(c, 0)) * 1000, self.flag_sigma, variance.of(c))
                    for c in range(22)):
                x.note("customs_differs", where)
                x.lots.append(lot)

    # ---- in ---------------------------------------------------------------------------------------
    def do_import_goods(self, x):
        e = x.e
        day = self.office_day(x)
        if not e["declaration"].startswith(x.party + ":"):
            x.no("foreign_id", "/declaration")
        if "returns" in e:
            left = self.consignments.get(e["returns"], {}).get("declaration")
            if left is None or left["party"] != x.party or left["status"] != "cleared":
                x.no("not_exported", "/returns")
        facility_day, x.date = x.date, day or x.date
        plans = self.plan_outputs(x, e["lines"], "/lines")
        if x.refusals:
            return
        version = self.version(self.facilities[x.facility], day, day)
        activities = version["activities"] if version else []
        recycler = "recycling" in activities and "separation" not in activities and "mining" not in activities
        ore = False
        for p in plans:
            made, stage = p["made"], self.stage(p["line"]["material"])
            of_ore = stage in ("ore", "ore product")
            ore |= of_ore
            if of_ore and "passport" not in e and "checkpoint" not in e:
                x.note("papers_missing", p["where"])
            if of_ore and recycler:
                x.note("recycler_ore", p["where"])
            ore_class = self.materials[p["line"]["material"]]["class"]
            facets = {("u", ore_class): made["content"].mg} if of_ore and ore_class in ("rock", "ion") else {}
            self.birth(x, p, naive.facets_added(facets, {}))
            self.post(x, "received", x.facility, made["content"].mg)
            if "returns" in e:
                left["back"].append((x.op, made))
        if "returns" in e:
            self.check_return(x, left)
        if ore:
            x.from_date = day if x.start == x.end else naive.civil(x.start, self.offset_of(e["office"]))
            self.licensed(x, "separation", [], "/lines")
        self.finish(x)

    def check_return(self, x, declaration):
        out, back = declaration.get("left", []), [m for op, m in declaration["back"] if not op["reversed"]]
        most = naive.BILLION + self.yield_drop
        more = sum(m["net"] for m in back) * 100 > sum(p.net for p in out) * 101
        whole, stated, had, came = naive.ALL, 0, {}, {}
        for p in out:
            whole &= p.content.whole
            had = naive.added(naive.added(had, p.content.mg), p.content.bound)
        for m in back:
            stated |= m["content"].stated
            came = naive.added(came, m["content"].mg)
        for c in range(22):
            if whole >> c & stated >> c & 1:
                more |= came.get(c, 0) * naive.BILLION > had.get(c, 0) * most
        factors = self.factor(x.date)

        def oxide(parts):
            return sum(v * factors.get(naive.SYMBOLS[c], 0) for part in parts for c, v in part.items() if c < 17) // 10 ** 6
        left, returned = oxide([p.content.mg for p in out]), oxide([m["content"].mg for m in back])
        if more or (left and returned * naive.BILLION > left * most):
            x.note("more_came_back", "/returns")
