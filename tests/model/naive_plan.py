"""Quota in the naive book (docs/book.md, "Quota"): the tree, draws, drafts, instruments.

A mixin of NaiveBook.
"""
import naive_book as naive


class Plans:
    # ---- the tree ---------------------------------------------------------------------------------
    def node(self, holder, ledger, ore_class, year):
        key = (holder, ledger, ore_class, year)
        if key not in self.nodes:
            self.nodes[key] = dict(allotted=0, drawn=0, named=False, cause=None, places=[], seen=False)
        return self.nodes[key]

    def registered_above(self, holder, date):
        """As the registry said on the day, in force or not."""
        versions = self.parties.get(holder) or self.facilities.get(holder)
        if not versions:
            return self.authority
        known = [v for v in versions if v["known"] <= date] or versions
        last = known[-1] if known is not versions else versions[-1]
        return last.get("group") or last.get("holder") or self.authority

    def path(self, holder, ledger, ore_class, year, date):
        """The holder's node and all above it on the day."""
        out, seen = [], set()
        while holder is not None and holder not in seen:
            seen.add(holder)
            key = (holder, ledger, ore_class, year)
            out.append(key)
            if holder == self.authority:
                break
            node = self.nodes.get(key)
            if node and node["named"]:
                old_enough = [under for day, under in node["places"] if day <= date]
                holder = (old_enough[-1] if old_enough else node["places"][0][1]) or None
            else:
                holder = self.registered_above(holder, date)
        return out

    # ---- draws ------------------------------------------------------------------------------------
    def draw(self, x, holder, ledger, ore_class, amount, lot, where, year=None):
        if amount == 0:
            return
        year = x.year if year is None else year
        keys = self.path(holder, ledger, ore_class, year, x.date)
        for key in keys:
            self.node(*key)["drawn"] += amount
        draw = dict(key=keys[0], keys=keys, mg=amount, lot=lot, waits=None, due=None)
        x.op["draws"].append(draw)
        if lot is not None:
            lot.draws.append(draw)
        self.judge_draw(x, keys, lot, amount, where)

    def judge_draw(self, x, keys, lot, added, where):
        own = self.nodes[keys[0]]
        holder, ledger, ore_class, year = keys[0]
        if not own["named"]:
            before = self.nodes.get((holder, ledger, ore_class, year - 1))
            allowed = max(0, before["allotted"]) if before else 0
            if own["drawn"] <= naive.even(allowed * self.advance, naive.BILLION):
                x.note("advance", where)
                if own["cause"] is None:
                    own["cause"] = self.open_cause(x, "advance", "pending")
                if self.verdict_of("advance") == "held" and self.causes[own["cause"]]["status"] == "pending":
                    self.causes[own["cause"]]["status"] = "open"
            else:
                x.note("no_quota", where)
            if own["cause"] is not None and lot is not None and \
                    self.causes[own["cause"]]["status"] in ("pending", "open"):
                lot.causes.add(own["cause"])            # it shares what waits for the instrument
            return
        for key in keys:
            n = self.nodes[key]
            if n["named"] and n["drawn"] > n["allotted"]:
                x.note("quota_exceeded", where)
                return
        for share, code in ((self.warning, "quota_warning"), (self.notice, "quota_notice")):
            line = own["allotted"] * share
            if share and own["drawn"] * naive.BILLION >= line > (own["drawn"] - added) * naive.BILLION:
                if own["allotted"] > 0 and own["seen"]:
                    x.note(code, where)
                return

    @staticmethod
    def figure(draw):
        return draw["mg"] if draw["waits"] is None else draw["due"]

    def redraw(self, x, draw, now, lot, where):
        """The draw becomes another figure; in an ended year a decrease waits."""
        if self.figure(draw) == now:
            return
        if now < draw["mg"] and draw["key"][3] <= self.year_ended:
            if x.decrease is None:
                held = self.verdict_of("decrease_waits") == "held"
                x.decrease = self.open_cause(x, "decrease_waits", "open" if held else "pending")
            draw["waits"], draw["due"] = x.decrease, now
            x.note("decrease_waits", where)
            return
        draw["waits"] = None
        added = now - draw["mg"]
        for key in draw["keys"]:
            self.nodes[key]["drawn"] += added
        draw["mg"] = now
        if added > 0:
            self.judge_draw(x, draw["keys"], lot, added, where)

    def give_back(self, cause):
        for _, op in self.records:
            for draw in op["draws"]:
                if draw.get("waits") == cause:
                    for key in draw["keys"]:
                        self.nodes[key]["drawn"] += draw["due"] - draw["mg"]
                    draw["mg"], draw["waits"] = draw["due"], None

    # ---- drafts and opinions ----------------------------------------------------------------------
    def coherent(self, x):
        """Refuses what a draft and an instrument must both be."""
        e = x.e
        ledger, ore_class, year = e["ledger"], e.get("class"), e["year"]
        for i, name in enumerate(e.get("includes", [])):
            old = self.instruments.get(name)
            if old is None or (old["ledger"], old["class"], old["year"]) != (ledger, ore_class, year):
                x.no("unknown_instrument", "/includes/%d" % i)
        mine, children = {}, {}
        for i, a in enumerate(e["allot"]):
            where, holder, under = "/allot/%d" % i, a["holder"], a.get("under")
            if holder not in self.parties and holder not in self.facilities:
                x.no("unknown_party", where + "/holder")
            if under is not None and under not in self.parties and under not in self.facilities:
                x.no("unknown_party", where + "/under")
            named = self.nodes.get((under, ledger, ore_class, year))
            if holder in mine or (under is None) != (holder == self.authority):
                x.no("incoherent", where)
            elif under is not None and under != self.authority and under not in mine and \
                    not (named and named["named"]):
                x.no("incoherent", where + "/under")
            mine[holder] = naive.mg(a["reo"])
            if under is not None:
                children[under] = children.get(under, 0) + naive.mg(a["reo"])
        for under, total in children.items():
            if under in mine and total > mine[under]:
                x.no("incoherent", "/allot")
        return mine, children

    def do_plan_draft(self, x):
        e = x.e
        if e["draft"] in self.drafts:
            x.no("exists", "/draft")
        mine, _ = self.coherent(x)
        if not x.refusals:
            self.drafts[e["draft"]] = dict(
                ledger=e["ledger"], year=e["year"], visibility=e.get("visibility", "public"), named=set(mine),
                until=naive.day(e["until"]) if "until" in e else None, adopted=False, **{"class": e.get("class")})

    def do_plan_opinion(self, x):
        e = x.e
        draft = self.drafts.get(e["draft"])
        if draft and x.party != self.authority:
            mine = {x.party} | {f for f, v in self.facilities.items() if v[-1]["holder"] == x.party}
            if draft["visibility"] == "regulator" or (draft["visibility"] == "holder" and not mine & draft["named"]):
                draft = None
        if draft is None:
            return x.no("unknown_draft", "/draft")
        if draft["adopted"] or (draft["until"] and x.date > draft["until"]):
            x.note("opinion_late", "/happened")
        self.opinions.append((e["draft"], x.party, e["position"]))

    # ---- instruments ------------------------------------------------------------------------------
    def standing(self, key, parent):
        """Allotments of a ledger and year that stand under a holder."""
        return [(name, a) for name, i in self.instruments.items() if (i["ledger"], i["class"], i["year"]) == key
                for a in i["allot"] if a["under"] == parent and not a["replaced"]]

    def group_refusals(self, x, key, mine):
        e = x.e
        version = self.version(self.parties[x.party], x.date, x.date)
        above = [i for i in self.instruments.values() if (i["ledger"], i["class"], i["year"]) == key and
                 i["pass_down"] and i["issuer"] == self.authority and
                 any(a["holder"] == x.party and not a["replaced"] for a in i["allot"])]
        if not version or "group" not in version["roles"]:
            return x.no("authority_only", "/party")
        if not above:
            return x.no("not_passed_down", "/party")
        if "pass_down" in e:
            x.no("incoherent", "/pass_down")
        for i, name in enumerate(e.get("includes", [])):
            if name in self.instruments and self.instruments[name]["issuer"] != x.party:
                x.no("unknown_instrument", "/includes/%d" % i)
        for i, a in enumerate(e["allot"]):
            if a.get("under") != x.party:
                x.no("incoherent", "/allot/%d/under" % i)
            holder = a["holder"]
            if holder in self.facilities and holder not in self.parties:
                place = self.version(self.facilities[holder], x.date, x.date)
                holder = place["holder"] if place else None
            member = self.version(self.parties[holder], x.date, x.date) if holder in self.parties else None
            if not member or member["group"] != x.party:
                x.no("incoherent", "/allot/%d/holder" % i)
        goes = lambda name, a: name in e.get("includes", []) and any(
            k[0] in mine for k in self.path(a["holder"], key[0], key[1], key[2], x.date))
        total = sum(mine.values()) + sum(a["mg"] for name, a in self.standing(key, x.party) if not goes(name, a))
        if total > self.nodes[(x.party,) + key]["allotted"]:
            x.no("incoherent", "/allot")
        if x.date > above[-1]["pass_down"]:
            x.note("passed_down_late", "/happened")

    def do_plan_adopt(self, x):
        e = x.e
        key = (e["ledger"], e.get("class"), e["year"])
        if e["instrument"] in self.instruments:
            x.no("exists", "/instrument")
        mine, children = self.coherent(x)
        if x.party != self.authority:
            self.group_refusals(x, key, mine)
        for i, a in enumerate(e["allot"]):
            if any(old["holder"] == a["holder"] and old["mg"] and not old["replaced"] and old["under"] != a.get("under")
                   for name, n in self.instruments.items() for old in n["allot"]
                   if (n["ledger"], n["class"], n["year"]) == key and name not in e.get("includes", [])):
                x.no("two_ways", "/allot/%d/under" % i)
        draft = self.drafts.get(e["draft"]) if "draft" in e else None
        if "draft" in e:
            if draft is None or draft["adopted"] or (draft["ledger"], draft["class"], draft["year"]) != key or \
                    x.party != self.authority:
                x.no("unknown_draft", "/draft")
            elif draft["until"] and x.date <= draft["until"]:
                x.note("consultation_open", "/draft")
        if x.refusals:
            return
        for name in e.get("includes", []):
            for a in self.instruments[name]["allot"]:
                keys = self.path(a["holder"], key[0], key[1], key[2], x.date)
                if not a["replaced"] and any(k[0] in mine for k in keys):
                    a["replaced"] = True
                    self.nodes[keys[0]]["allotted"] -= a["mg"]
        allot, visible = [], e.get("visibility", "public") != "regulator"
        for a in e["allot"]:
            n = self.node(a["holder"], *key)
            n["allotted"] += naive.mg(a["reo"])
            n["named"] = True
            n["places"].append((x.date, a.get("under")))
            n["seen"] |= visible
            if n["cause"] is not None and self.causes[n["cause"]]["status"] in ("pending", "open"):
                self.causes[n["cause"]]["status"] = "void"
            allot.append(dict(holder=a["holder"], under=a.get("under"), mg=naive.mg(a["reo"]), replaced=False))
        for i, a in enumerate(e["allot"]):
            before = self.nodes.get((a["holder"], key[0], key[1], key[2] - 1))
            if before and before["named"] and before["drawn"] > before["allotted"]:
                x.note("overdrawn_before", "/allot/%d/holder" % i)
        self.instruments[e["instrument"]] = dict(
            ledger=key[0], year=key[2], allot=allot, issuer=x.party,
            pass_down=naive.day(e["pass_down"]) if "pass_down" in e else None, **{"class": key[1]})
        if draft:
            draft["adopted"] = True
