"""Restatements (B24) of the naive book, from docs/book.md, "Restating"."""
import naive_book as naive

STATING = ("open", "extract", "draw", "transform", "receive", "import.goods")


class Restatements:
    def figures_from(self, lot, seq):
        """Whether the lot has its figures from this record."""
        op = self.records[seq][1]
        if op["reversed"]:
            return False
        if lot.restated:
            return lot.restated[-1] == seq and op["restated"]["lot"] is lot
        if lot.figures is None:
            return lot.made == seq and op["kind"] in STATING
        return lot.figures == seq and op["kind"] == "measure" and any(m[0] is lot for m in op["measured"])

    def restate(self, x, lot):
        e = x.e
        seq = self.by_id.get((x.party, e["supersedes"]))
        if seq is None:
            x.no("unknown_event", "/supersedes")
        elif not self.figures_from(lot, seq):
            x.no("cannot_restate", "/supersedes")
        if x.refusals:
            self.check_composition(x, e, "")
            return
        old = naive.Part(lot.start_net, lot.content, lot.facets, lot.terms)
        made = self.measured(x, e, "", lot.material, old.net, old.content, old.terms, lot.basis)
        if made and made["net"] != old.net and (lot.taken == lot.start_net or made["net"] <= lot.taken):
            x.no("not_enough", "/net")
        if x.refusals:
            return
        x.facility = x.op["facility"] = lot.facility
        self.posting_month(x, lot.facility)
        basis, before = lot.basis, old
        if lot.figures is not None:
            for one, stood, its_basis, _, _ in self.records[lot.figures][1]["measured"]:
                if one is lot:
                    before, basis = stood, its_basis
        self.measured_judge(x, basis, before, made)
        self.measured_draws(x, lot, old, made)
        facets = self.facets_scaled(old.facets, old.content.mg, made["content"].mg)
        x.op["restated"] = dict(lot=lot, old=old, basis=lot.basis)
        self.goes_on(x, lot, naive.Part(made["net"], made["content"],
                                        {k: naive.nonzero(f) for k, f in facets.items() if naive.nonzero(f)},
                                        made["terms"]), made["basis"])
        x.lots.append(lot)
        self.finish(x)

    def goes_on(self, x, lot, now, basis):
        """The running share as if `now` had stood from its beginning, that of parts cut off it too."""
        was = lot.rest()
        lot.start_net, lot.content, lot.facets, lot.terms, lot.basis = \
            now.net, now.content, naive.facets_added(now.facets, {}), now.terms, basis
        if x.op["restated"]:
            lot.restated.append(x.seq)
            x.op["also"].append(lot)
        if lot.left():
            self.post(x, "measure", lot.facility, naive.added(lot.rest().content.mg, was.content.mg, -1))
        for before, net, cut in lot.cuts:
            if cut is not None and cut.figures is None and cut.state != "transit":
                x.lots.append(cut)
                self.goes_on(x, cut, lot.part_at(before, net), basis)

    def can_unrestate(self, op):
        lot, old = op["restated"]["lot"], op["restated"]["old"]
        if lot.restated[-1:] != [op["seq"]] or lot.state == "transit" or lot.facility != op["facility"]:
            return False
        return old.net == lot.start_net or (lot.taken < lot.start_net and lot.taken < old.net)

    def unrestate(self, x, op):
        lot, old = op["restated"]["lot"], op["restated"]["old"]
        for touched in op["also"]:
            if op["seq"] in touched.restated:
                touched.restated.remove(op["seq"])
        self.goes_on(x, lot, old, op["restated"]["basis"])
        x.lots.append(lot)
