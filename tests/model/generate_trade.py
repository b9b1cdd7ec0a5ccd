"""Random sales and owners, aimed by the naive book's state; a mixin of generate.Generator."""
import datetime

import generate

PARTIES = ["NORTH", "SOUTH", "MAG", "REC"]


class Trade:
    def owned(self, line, lot):
        """Now and then what is made is another's; only where the line may say so (`lot`)."""
        if lot and self.may_own and self.r.random() < 0.08:
            line["owner"] = self.r.choice(PARTIES) if self.r.random() > 0.03 else "NOBODY"
        return line

    def papers(self):
        """What a shipment's papers say beside the goods."""
        r, said = self.r, {}
        if r.random() < 0.25:
            said["title"] = r.choice(["retained", "retained", "passes"])
        if r.random() < 0.15:
            said["seal"] = r.choice(["S-1", "S-2"])
        if r.random() < 0.05:
            said.update(carrier="Road and rail", expected="2026-01-05")
        return said

    def make_sell(self):
        r = self.r
        lots = self.mine(state="here" if r.random() < 0.85 else "transit")
        if not lots:
            return None
        one = r.choice(lots)
        seller = one.owner if r.random() < 0.93 else r.choice([one.party] + PARTIES)
        lines = []
        for lot in r.sample(lots, min(len(lots), r.choice([1, 1, 2, 3]))):
            if lot is not one and (lot.owner != seller or r.random() < 0.3):
                continue
            lines.append({"lot": lot.id})
        if one.id not in [line["lot"] for line in lines]:
            lines.insert(0, {"lot": one.id})
        for line in lines:
            left = self.book.lots[line["lot"]].left()
            if r.random() < 0.35:
                line["net"] = generate.kg(r.choice([left, left // 2, left // 3, 1, left + (r.random() < 0.1)]))
                line["part"] = self.new_lot(seller)
        if r.random() < 0.03:
            lines.append(dict(lines[0]))
        buyers = [p for p in PARTIES if p != seller]
        return self.event("sell", seller, to=r.choice(buyers) if r.random() > 0.02 else "NOBODY", lots=lines)

    def make_pack(self):
        r = self.r
        lots = self.mine()
        if not lots:
            return None
        lot = r.choice(lots)
        left = lot.left()
        cut = sorted(r.sample(range(1, left), min(left - 1, r.randrange(0, 3)))) if left > 1 else []
        packages = []
        for a, b in zip([0] + cut, cut + [left]):
            self.n += 1
            tare = r.choice([0, 10 ** 6, 2500000])
            net = b - a if r.random() > 0.02 else b - a + 1
            package = {"package": "%s:K-%d" % (lot.party, self.n), "net": generate.kg(net), "tare": generate.kg(tare),
                       "gross": generate.kg(net + tare + (r.random() < 0.02))}
            if r.random() < 0.3:
                package["seal"] = r.choice(["S-1", "S-2"])
            packages.append(package)
        if r.random() < 0.03:
            packages[0]["package"] = r.choice(["OTHER:K", packages[-1]["package"]] + list(self.book.package_ids)[:1])
        e = self.event("pack", lot.party, facility=lot.facility, lot=lot.id, packages=packages)
        if r.random() < 0.6:
            e["origins"] = r.sample(["PIT", "PIT2", "PIT3"], r.choice([1, 1, 2, 3]))
            roots = set()
            self.book.trace_back(lot, roots, [], set())
            right = [s for s, v in self.book.sources.items()
                     if (v["deposit"], self.book.licences[v["licence"]][-1]["holder"]) in roots]
            if right and r.random() < 0.6:
                e["origins"] = right
            if r.random() < 0.02:
                e["origins"] = ["NOPIT"]
        return e

    def make_blend(self):
        r = self.r
        lots = self.mine()
        if not lots:
            return None
        one = r.choice(lots)
        stage = self.book.stage(one.material)
        same = [l for l in self.mine(one.party, one.facility)
                if self.book.stage(l.material) == stage or r.random() < 0.03]
        lines, insist = self.inputs(one.party, r.sample(same, min(len(same), r.randrange(1, 6))) or [one], empty=True)
        materials = [m for m, s in generate.STAGES.items() if s == stage] or ["OTHER"]
        output = {"lot": self.new_lot(one.party),
                  "material": r.choice(materials if r.random() > 0.05 else list(generate.STAGES) + ["NOT"])}
        if r.random() < 0.1:
            output["custody"] = "mass balance"
        return self.event("blend", one.party, facility=one.facility, inputs=lines, output=output, **insist)

    def make_assemble(self):
        r = self.r
        lots = self.mine(stages=("magnet", "article", "scrap", "reagent", "other")) or self.mine()
        if not lots:
            return None
        one = r.choice(lots)
        same = [l for l in lots if (l.party, l.facility) == (one.party, one.facility)]
        lines, insist = self.inputs(one.party, r.sample(same, min(len(same), r.randrange(1, 4))), empty=True)
        net = sum(generate.to_mg(line["net"]) if "net" in line else self.book.lots[line["lot"]].left()
                  for line in lines if "net" in line or line["lot"] in self.book.lots)
        output = {"lot": self.new_lot(one.party), "material": "ART" if r.random() > 0.04 else r.choice(["MAGNET", "NOT"]),
                  "net": generate.kg(net * r.choice([1, 1, 2, 5]) - (r.random() < 0.03 and net > 0)),
                  "count": r.choice([1, 7, 100, 12345])}
        return self.event("assemble", one.party, facility=one.facility, inputs=lines, output=output, **insist)

    def make_return_goods(self):
        r = self.r
        if r.random() < 0.45:
            lots = self.mine(state="transit")
            if not lots:
                return None
            one = r.choice(lots)
            cons = self.book.consignments[one.consignment]
            facility = cons["to"] if cons["to"] and r.random() > 0.06 else r.choice(list(generate.FACILITIES))
            back = {}
            name = one.consignment
            chosen = [l.id for l in lots if l.consignment == name and (l is one or r.random() < 0.5)]
        else:
            came = [l for l in self.mine() if l.came or (l.cut_from and l.cut_from.came) or r.random() < 0.04]
            if not came or not self.book.consignments:
                return None
            one = r.choice(came)
            facility, self.n = one.facility, self.n + 1
            name = one.came or (one.cut_from and one.cut_from.came) or r.choice(list(self.book.consignments))
            back = {"back": "%s:C-%d" % (one.party, self.n)}
            if r.random() < 0.2:
                back["seal"] = "S-1"
            chosen = [one.id] + [l.id for l in came if l is not one and l.party == one.party and r.random() < 0.2]
        if r.random() < 0.03:
            name = "NORTH:C-NONE"
        return self.event("return.goods", generate.FACILITIES[facility][0], facility=facility, consignment=name,
                          lots=[{"lot": l} for l in chosen], reason="refused", **back)

    def lost_on_the_road(self):
        lots = self.mine(state="transit")
        if not lots:
            return None
        lot = self.r.choice(lots)
        line = {"lot": lot.id}
        if self.r.random() < 0.6:
            line["net"] = generate.kg(self.r.choice([lot.left() // 3, 1, lot.left(), lot.left() + 1]))
        return self.event("loss", lot.party, facility=lot.facility, consignment=lot.consignment, lots=[line],
                          reason="fell off")

    def border_registry(self):
        """Customs, an office, and permits."""
        r = self.r
        ev = lambda kind, **m: self.event(kind, generate.AUTHORITY, **m)
        yield ev("party", subject="CUSTOMS", name="Customs", roles=["customs"])
        e = ev("facility", facility="PORT", holder="CUSTOMS", name="Port", activities=["trade"])
        if r.random() < 0.4:
            e["offset"] = r.choice(["+09:00", "-05:00"])
        yield e
        kinds = [["export"], ["dual-use"], ["export", "dual-use"], None]
        e = ev("policy", permits=[])
        for stage in r.sample(["ore product", "compound", "metal", "alloy", "magnet"], r.randrange(1, 5)):
            k = r.choice(kinds)
            e["permits"].append({"stage": stage, **({"kinds": k} if k else {})})
        if r.random() < 0.5:
            e["permit_free"] = r.choice(["10", "500", "2000", "2000", "8000", "30000"])
        if r.random() < 0.6:
            e["screening"] = self.screening()
        yield e
        for i in range(r.randrange(2, 6)):
            permit = {"kind": r.choice(["export", "dual-use"]), "type": r.choice(["single", "general", "registered"])}
            if r.random() < 0.4:
                permit["user"] = r.choice(["U-1", "U-2"])
            if r.random() < 0.4:
                permit["countries"] = r.choice([["DE"], ["DE", "US"], ["JP"]])
            if r.random() < 0.6:
                permit["quantity"] = r.choice(["1", "1000", "10000", "1000000"])
            if r.random() < 0.5:
                permit["measure"] = r.choice(["reo", "net"])
            e = ev("licence", licence="XP-%d" % i, holder=r.choice(PARTIES), activity="export", permit=permit)
            if r.random() < 0.3:
                e["to"] = "2026-01-03"
            if r.random() < 0.2:
                e["materials"] = ["OXIDE", "METAL"]
            yield e

    def screening(self):
        """Who may not be supplied, and who owns whom."""
        r, said = self.r, []
        for _ in range(r.randrange(1, 7)):
            if r.random() < 0.3:
                said.append({"user": r.choice(["U-1", "U-2", "X-1", "X-2"]), "listed": r.random() < 0.6})
            else:
                said.append({"user": r.choice(["U-1", "U-2", "X-1", "X-2"]), "owner": r.choice(["X-1", "X-2", "X-3", "U-2"]),
                             "share": r.choice(["50", "49.9999999", "25", "30", "0", "100"])})
        return said

    def make_export_goods(self):
        r = self.r
        lots = self.mine(stages=("compound", "metal", "alloy", "magnet", "article", "ore product")) or self.mine()
        if not lots:
            return None
        one = r.choice(lots)
        chosen = [l for l in lots if (l.party, l.facility) == (one.party, one.facility) and (l is one or r.random() < 0.3)]
        small = [l for l in lots if self.book.permit_free and self.book.permits_of(l.material) and
                 self.book.permit_free // 4 < self.book.reo(l.rest().content.mg, datetime.date(2026, 1, 1)) < self.book.permit_free]
        parcel = bool(small) and r.random() < 0.7
        if parcel:
            one = r.choice(small)
            chosen = [one]
        self.n += 1
        e = self.event("export.goods", one.party, facility=one.facility, declaration="%s:X-%d" % (one.party, self.n),
                       office="PORT" if r.random() > 0.02 else "SX", country=r.choice(["DE", "DE", "DE", "DE", "US", "JP"]),
                       user=r.choice(["U-1", "U-1", "U-1", "U-1", "U-2"]), customs_code="2846909990",
                       lots=[{"lot": l.id} for l in chosen])
        needed = {k for l in chosen for k in self.book.permits_of(l.material)}
        lines = []
        for name in self.book.permits:
            versions = self.book.licences[name]
            fits = versions[-1]["permit"]["kind"] in needed and versions[-1]["holder"] == one.party
            if r.random() < (0.7 if fits else 0.03) and not parcel:
                line = {"permit": name}
                if r.random() < 0.25:
                    line["mass"] = generate.kg(max(1, sum(l.left() for l in chosen) // r.choice([1, 2, 3])))
                lines.append(line)
        if r.random() < 0.02:
            lines.append({"permit": r.choice(["SL-1", "NONE"])})
        if lines:
            e["permits"] = lines
        if r.random() < 0.1:
            e["seal"] = "S-1"
        return e

    def make_import_goods(self):
        r = self.r
        f, party = self.facility("SX", "SX2", "REC", "TRADE", "METAL")
        self.n += 1
        e = self.event("import.goods", party, facility=f, declaration="%s:I-%d" % (party, self.n),
                       office="PORT" if r.random() > 0.02 else "SX", country=r.choice(["MM", "AU"]),
                       customs_code="2530909991",
                       lines=[self.line(party, r.choice(list(generate.STAGES)), self.mass())
                              for _ in range(r.randrange(1, 3))])
        if r.random() < 0.5:
            e["passport"] = "P-1"
        if r.random() < 0.3:
            e["book"], e["checkpoint"] = "example.org/other", "12 abc"
        if r.random() < 0.06:
            e["returns"] = r.choice(list(self.book.consignments) or ["NORTH:X"])
        cleared = [d for d in self.book.declarations if d["status"] == "cleared"]
        if cleared and r.random() < 0.5:
            self.coming_back(e, r.choice(cleared))
        return e

    def coming_back(self, e, declaration):
        """What left comes back, about as it was: less, the same, a little or much more, or something else."""
        r = self.r
        e.update(party=declaration["party"], returns=declaration["consignment"], facility=declaration["facility"],
                 declaration=e["declaration"].replace(e["party"], declaration["party"], 1))
        e["lines"] = []
        for part in declaration.get("left", []):
            net = part.net * r.choice([30, 50, 100, 100, 101, 102]) // 100 or 1
            line = {"lot": self.new_lot(e["party"]), "material": r.choice(list(generate.STAGES)), "net": generate.kg(net)}
            if part.content.dry:
                share = {generate.SYMBOLS[c]: min(v * r.choice([90, 100, 100, 109, 111]) // part.content.dry, 30)
                         for c, v in part.content.mg.items()}
                line["content"] = {"basis": "declared", "values": {s: str(v) for s, v in share.items() if v}}
                if not line["content"]["values"]:
                    line["content"]["values"] = {"La": "1"}
            e["lines"].append(line)
        if not e["lines"]:
            e["lines"] = [self.line(e["party"], "OXIDE", self.mass())]

    def customs_found(self, sent):
        """What the office weighed: as declared, nearly, or not at all."""
        r, lines = self.r, []
        for line in sent["lots"]:
            lot = self.book.lots.get(line["lot"])
            if lot is None or lot.left() == 0 or (lines and r.random() < 0.5):
                continue
            found = {"lot": line["lot"]}
            if r.random() < 0.8:
                found["net"] = generate.kg(max(1, lot.left() * r.choice([1000, 1000, 1001, 1010, 1011, 990, 980, 500]) // 1000))
            if r.random() < 0.4:
                content = lot.rest().content
                said = self.composition(lot.left(), content.dry, content.mg)
                found.update({k: v for k, v in said.items() if k == "assay"})
            if len(found) == 1:
                found["moisture"] = r.choice(["0", "1", "10"])
            lines.append(found)
        if not lines or r.random() < 0.03:
            lines.append({"lot": r.choice(["NORTH:NONE", sent["lots"][0]["lot"]]), "net": "1"})
        return lines

    def make_clearance(self):
        """Customs' word on a declaration, or the exporter's who takes it back."""
        r, awaiting = self.r, self.book.waiting_exports
        if not awaiting:
            return None
        seq = r.choice(list(awaiting)[-6:])
        event = self.book.records[seq][0]
        sent = event.get("replacement", event)
        party = "CUSTOMS" if r.random() < 0.85 else r.choice(PARTIES)
        e = self.event("confirm", party, confirms=event["id"], hash=awaiting[seq]["hash"])
        if party != sent["party"]:
            e["subject"] = sent["party"]
        if r.random() < 0.25:
            e["declines"] = True
        if r.random() < 0.4:
            e["found"] = self.customs_found(sent)
        p = r.random()
        if p < 0.03:
            e["hash"] = "0" * 64
        elif p < 0.06:
            e["confirms"] = r.choice(self.book.records)[0]["id"]
        return e
