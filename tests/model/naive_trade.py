"""Owners and sales in the naive book (docs/book.md, "Owners").

A mixin: it uses what NaiveBook has, and says only what concerns who owns what.
"""
import naive_book as naive


class Trade:
    # ---- owners ---------------------------------------------------------------------------------
    def group_of(self, party, date):
        version = self.version(self.parties[party], date, date)
        return version["group"] if version else None

    def same_group(self, a, b, date):
        of_a, of_b = self.group_of(a, date), self.group_of(b, date)
        return a == b or of_a == b or of_b == a or (of_a is not None and of_a == of_b)

    def tolled(self, x, activity, plans):
        if activity != "separation":
            return
        for i, p in enumerate(plans):
            if not self.same_group(p["lot"].owner, x.party, x.date):
                x.note("tolling", "/inputs/%d/lot" % i)

    def owner_of_all(self, x, plans, where):
        owners = {p["lot"].owner for p in plans}
        if len(owners) == 1:
            return owners.pop()
        x.note("commingled", where)
        return x.party

    def owner_on_receipt(self, cons, lot, receiver):
        return receiver if lot.owner == cons["party"] and cons["title"] == "passes" else lot.owner

    # ---- owners of what is in pools -------------------------------------------------------------
    def owned_into_pool(self, x, pool, owner, vector):
        if owner == x.party:
            return
        pool.owners[owner] = naive.added(pool.owners.get(owner, {}), vector)
        x.op["owned"].append((pool, owner, vector))

    def owned_out_of_pool(self, x, pool, content, plans):
        """Takes by component; what was taken, as (owner, {component: mg})."""
        own = dict(content)
        for vector in pool.owners.values():
            own = naive.added(own, vector, -1)
        taken = []

        def take(owner, c, want):
            there = own if owner == x.party else pool.owners.get(owner, {})
            part = max(0, min(want, there.get(c, 0)))
            if part:
                there[c] -= part
                if owner != x.party:
                    taken.append((owner, {c: part}))
            return part

        for p in plans:
            owner, mixed = p["line"].get("owner", x.party), False
            order = [owner] + [o for o in [x.party] + list(pool.owners) if o != owner]
            for c, want in p["made"]["content"].mg.items():
                for other in order:
                    part = take(other, c, want)
                    want -= part
                    mixed |= part > 0 and other != owner
            if mixed:
                x.note("commingled", p["where"])
        return taken

    def owners_hold(self, op):
        """Whether what an event brought to owners, and what it left to them, can be taken back."""
        need, gone = {}, {}
        for pool, owner, vector in op["owned"]:
            need[pool.id, owner] = naive.added(need.get((pool.id, owner), {}), vector)
        for (name, owner), vector in need.items():
            there = self.pools[name].owners.get(owner, {})
            if any(there.get(c, 0) < v for c, v in vector.items()):
                return False
        for entry in op["pools"]:
            if entry[0] == "in":
                gone[entry[1].id] = naive.added(gone.get(entry[1].id, {}), entry[3].content.mg)
        for name, vector in gone.items():
            pool = self.pools[name]
            own = naive.added(pool.content(), vector, -1)
            for owner, held in pool.owners.items():
                own = naive.added(own, naive.added(held, need.get((name, owner), {}), -1), -1)
            if any(v < 0 for v in own.values()):
                return False
        return True

    # ---- sell -----------------------------------------------------------------------------------
    def do_sell(self, x):
        e = x.e
        if e["to"] not in self.parties:
            x.no("unknown_party", "/to")
        seen, ids, place = set(), set(), None
        for i, line in enumerate(e["lots"]):
            where = "/lots/%d" % i
            lot = self.lots.get(line["lot"])
            if line["lot"] in seen:
                x.no("lot_twice", where + "/lot")
            seen.add(line["lot"])
            if lot is None or x.party not in (lot.owner, lot.party):
                x.no("unknown_lot", where + "/lot")
                continue
            place = place or lot.facility
            if lot.state == "ended":
                x.no("not_enough", where + "/lot")
            if "part" not in line:
                continue
            net = naive.mg(line["net"])
            if lot.state != "here" or lot.facility != place:
                x.no("lot_elsewhere", where + "/lot")
            self.new_id(x, line["part"], where + "/lot", ids)
            if net == 0:
                x.no("nothing", where + "/net")
            if net > lot.left():
                x.no("not_enough", where + "/net")
        if x.refusals:
            return
        x.facility = x.op["facility"] = place
        self.posting_month(x, place)
        for i, line in enumerate(e["lots"]):
            where, lot = "/lots/%d/lot" % i, self.lots[line["lot"]]
            if lot.owner != x.party:
                x.note("not_owner", where)
            if self.held(lot.causes):
                x.note("held_moved", where)
            if self.stage(lot.material) in ("ore product", "compound", "metal", "alloy"):
                self.provisional(x, lot.basis, where)
        for line in e["lots"]:
            lot = self.lots[line["lot"]]
            if "part" in line:
                part = lot.take(naive.mg(line["net"]))
                lot.packing = None
                x.op["took"].append((lot, part))
                lot = self.child(x, line["part"], lot, part, cut_from=lot, party=lot.party, facility=lot.facility,
                                 maker=lot.facility)
            else:
                x.op["sold"].append((lot, lot.owner))
                x.lots.append(lot)
            lot.owner = e["to"]
            lot.sales.append(x.seq)
        self.finish(x)

    def packed_since(self, lot, seq):
        """Packed, or declared for export and stopped."""
        return any(l is lot and not op["reversed"] for _, op in self.records[seq + 1:]
                   for l in [p for p, in op["packed"]] + op["transit"])

    def untouched_since(self, lot, seq):
        """Nothing befell the lot after this record that was not itself corrected."""
        for _, op in self.records[seq + 1:]:
            touched = [l for l, *_ in op["took"] + op["measured"] + op["sold"] + op["packed"] + op["turned"]] + \
                op["transit"] + op["also"]
            if not op["reversed"] and any(l is lot for l in touched):
                return False
        return True

    # ---- on the road ------------------------------------------------------------------------------
    def plan_on_road(self, x):
        """What a loss takes of lots on the road."""
        plans, seen = [], set()
        for i, line in enumerate(x.e["lots"]):
            where, lot = "/lots/%d" % i, self.lots.get(line["lot"])
            if line["lot"] in seen:
                x.no("lot_twice", where + "/lot")
            seen.add(line["lot"])
            if lot is None or (lot.party, lot.facility, lot.state, lot.consignment) != \
                    (x.party, x.facility, "transit", x.e["consignment"]):
                x.no("consignment_closed", where + "/lot")
                continue
            net = naive.mg(line["net"]) if "net" in line else lot.left()
            if net == 0:
                x.no("nothing", where + "/net")
            elif net > lot.left():
                x.no("not_enough", where + "/net")
            plans.append(dict(lot=lot, found=None, line=line, where=where, net=net))
        return plans

    def do_return_goods(self, x):
        e = x.e
        cons = self.consignments.get(e["consignment"])
        if cons is None or not cons["shipped"]:
            return x.no("consignment_closed", "/consignment")
        if "back" not in e:
            return self.turn_back(x, cons)
        if not e["back"].startswith(x.party + ":"):
            x.no("foreign_id", "/back")
        back = self.consignments.get(e["back"])
        if back and (back["shipped"] or "declaration" in back):
            x.no("exists", "/back")
        plans = self.plan(x, e["lots"], "/lots")
        for i, line in enumerate(e["lots"]):
            lot = self.lots.get(line["lot"])
            if lot is not None and lot.party == x.party and not self.came_in(lot, e["consignment"]):
                x.no("not_received", "/lots/%d/lot" % i)
        if x.refusals:
            return
        self.ship_lots(x, dict(e, title="passes"), e["back"], cons["facility"], plans, back, e["consignment"])

    def came_in(self, lot, name):
        while lot.cut_from is not None:
            lot = lot.cut_from
        return lot.came == name or any(u["lot"] is lot for u in self.consignments[name]["unmatched"])

    def turn_back(self, x, cons):
        if cons["to"] != x.facility:
            return x.no("consignment_closed", "/consignment")
        lots = []
        for i, line in enumerate(x.e["lots"]):
            lot = self.lots.get(line["lot"])
            if lot is None or lot.state != "transit" or lot.consignment != x.e["consignment"] or \
                    lot.turned_back or lot in lots:
                x.no("consignment_closed", "/lots/%d/lot" % i)
            lots.append(lot)
        if x.refusals:
            return
        for lot in lots:
            lot.turned_back = True
            x.op["turned"].append((lot,))
            x.lots.append(lot)
        self.finish(x)

    # ---- packages and marks of origin ----------------------------------------------------------
    def do_pack(self, x):
        e = x.e
        plans, ids, total = self.plan(x, [{"lot": e["lot"]}], "/inputs"), set(), 0
        for i, package in enumerate(e["packages"]):
            where, name = "/packages/%d" % i, package["package"]
            net, gross, tare = (naive.mg(package[k]) for k in ("net", "gross", "tare"))
            if not name.startswith(x.party + ":"):
                x.no("foreign_id", where + "/package")
            if name in self.package_ids or name in ids:
                x.no("exists", where + "/package")
            ids.add(name)
            if net == 0:
                x.no("nothing", where + "/net")
            if gross >= 10 ** 18:                   # no mass that an event may say
                x.no("malformed", where + "/gross")
            if net + tare != gross:
                x.no("package_sums", where + "/gross")
            total += net
        if plans and total != plans[0]["net"]:
            x.no("package_sums", "/packages")
        for i, source in enumerate(e.get("origins", [])):
            if source not in self.sources:
                x.no("unknown_source", "/origins/%d" % i)
        if x.refusals:
            return
        lot = plans[0]["lot"]
        self.package_ids |= ids
        lot.packing = {"packages": sorted([p["package"], naive.mg(p["net"]), naive.mg(p["gross"]), p.get("seal", "")]
                                          for p in e["packages"]),
                       "origins": list(e.get("origins", []))}
        x.op["packed"].append((lot,))
        x.lots.append(lot)
        if e.get("origins"):
            self.check_marks(x, lot, e["origins"])
        self.finish(x)

    def check_marks(self, x, lot, origins):
        roots, seen, pools = set(), [], set()
        whole = self.trace_back(lot, roots, seen, pools)
        whole &= not any(p.facility == f and not op["reversed"] for p in pools for f, op in self.opened_pools)

        def key(source):
            s = self.sources[source]
            return s["deposit"], self.licences[s["licence"]][-1]["holder"]
        for i, source in enumerate(origins):
            if key(source) not in roots:
                x.note("false_mark" if whole else "mark_unproven", "/origins/%d" % i)
        if roots - {key(source) for source in origins}:
            x.note("mark_incomplete", "/origins")

    def trace_back(self, lot, roots, seen, pools):
        """Adds to the roots; whether nothing upstream came without a history."""
        if any(l is lot for l in seen):
            return True
        seen.append(lot)
        return self.roots_of(lot.origin, roots, seen, pools)

    def roots_of(self, origin, roots, seen, pools):
        if origin[0] == "extract":
            roots.add(origin[1:])
            return True
        if origin[0] == "lots":
            return all([self.trace_back(lot, roots, seen, pools) for lot in origin[1]])
        if origin[0] == "pool":
            _, pool, upto = origin
            pools.add(pool)
            return all([self.roots_of(came, roots, seen, pools)
                        for op, came in pool.entries[:upto] if not op["reversed"]])
        return False

    # ---- blends and articles --------------------------------------------------------------------
    def joined(self, x, plans):
        """All that is taken, exactly; (part, basis, causes, pieces)."""
        whole, causes, basis = None, set(), "assayed"
        for p in plans:
            part = self.take(x, p)
            causes |= p["lot"].causes
            basis = max(basis, p["lot"].basis, key=naive.BASES.index)
            whole = naive.Part(part.net, part.content.map(lambda v: v), part.facets, part.terms) \
                if whole is None else naive.Part(
                whole.net + part.net, whole.content.plus(part.content),
                naive.facets_added(whole.facets, part.facets), naive.terms_joined(whole.terms, part.terms))
        whole.terms = naive.terms_folded(whole.terms)
        return whole, basis, self.live(causes), sum(part.pieces for _, part in x.op["took"])

    def plan_output(self, x, plans):
        out = x.e["output"]
        if out["material"] not in self.materials:
            x.no("unknown_material", "/output/material")
        self.new_id(x, out["lot"], "/output/lot", set())
        if not x.refusals and sum(p["net"] for p in plans) >= naive.TOO_LARGE:
            x.no("too_large", "/inputs")
        return out

    def material_of(self, p):
        said = p["lot"].material if p["lot"] else p["line"].get("material")
        return said if said in self.materials else None

    def do_blend(self, x):
        plans = self.plan(x, x.e["inputs"], "/inputs")
        out = self.plan_output(x, plans)
        if out["material"] in self.materials:
            for i, p in enumerate(plans):
                if self.stage(self.material_of(p)) != self.stage(out["material"]):
                    x.no("stage", "/inputs/%d/lot" % i)
        if x.refusals:
            return
        self.make_found(x, plans)
        whole, basis, causes, pieces = self.joined(x, plans)
        if basis == "assayed":
            self.watch_grade(x, out["material"], {"assay": None}, whole.content, "/output")
        self.child(x, out["lot"], plans[0]["lot"], whole, basis=basis, causes=causes, material=out["material"],
                   pieces=pieces, origin=("lots", [p["lot"] for p in plans]),
                   owner=self.owner_of_all(x, plans, "/inputs"))
        self.finish(x)

    def do_assemble(self, x):
        plans = self.plan(x, x.e["inputs"], "/inputs")
        out = self.plan_output(x, plans)
        if out["material"] in self.materials and self.stage(out["material"]) != "article":
            x.no("stage", "/output/material")
        for i, p in enumerate(plans):
            if self.stage(self.material_of(p)) in naive.REGULATED:
                x.no("stage", "/inputs/%d/lot" % i)
        net = naive.mg(out["net"])
        if net < sum(p["net"] for p in plans):
            x.no("article_mass", "/output/net")
        if net >= 10 ** 18:                         # no mass that an event may say
            x.no("malformed", "/output/net")
        if x.refusals:
            return
        self.make_found(x, plans)
        self.check_moved(x, plans, "/inputs")
        whole, basis, causes, _ = self.joined(x, plans)
        whole.net = whole.content.dry = net
        whole.content.whole &= naive.INERT
        facets = whole.facets
        lot = self.child(x, out["lot"], plans[0]["lot"], whole, basis=basis, causes=causes,
                         material=out["material"], pieces=out["count"],
                         origin=("lots", [p["lot"] for p in plans]),
                         owner=self.owner_of_all(x, plans, "/inputs"))
        lot.facets = self.settle_facets(x, naive.facets_added(facets, {}), "article", lot, "/output")
        self.finish(x)
