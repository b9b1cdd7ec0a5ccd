"""Random sales and owners, aimed by the naive book's state; a mixin of generate.Generator."""
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
