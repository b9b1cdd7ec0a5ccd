"""Grade, purity and yield of the naive second book (docs/book.md, "Grade, purity, yield")."""

BILLION = 10 ** 9
PRODUCTS = ("ore product", "compound", "metal", "alloy", "magnet")


def nearest(n, d):
    q, r = divmod(n, d)
    return q + (2 * r > d or (2 * r == d and q % 2 == 1))


def parts_per_billion(text):
    whole, _, digits = str(text).partition(".")
    return int(whole) * 10 ** 7 + int((digits + "0000000")[:7])


class Watch:
    """Mixed into NaiveBook; `symbols` are its components in order."""
    symbols = ()

    def watch_begin(self):
        self.least_yield, self.yield_drop, self.batches = {}, BILLION // 10, []

    def watch_policy(self, e):
        for least in e.get("yields", []):
            self.least_yield[least["activity"]] = parts_per_billion(least["min"])
        if "yield_drop" in e:
            self.yield_drop = parts_per_billion(e["yield_drop"])

    def watch_grade(self, x, material, line, content, where):
        grade = self.materials[material].get("grade") if material else None
        if not grade or "assay" not in line or x.refusals:
            return
        f = self.factor(x.date)
        treo = grade.get("of", "dry") == "treo"

        def weight(c):
            return content.mg.get(c, 0) * (f.get(self.symbols[c], 0) if treo else 1)
        whole = sum(weight(c) for c in range(17)) if treo else content.dry
        off = False
        for symbol, limit in grade.get("min", {}).items():
            c = self.symbols.index(symbol)
            off |= content.whole >> c & 1 and weight(c) * BILLION < parts_per_billion(limit) * whole
        for symbol, limit in grade.get("max", {}).items():
            c = self.symbols.index(symbol)
            off |= content.whole >> c & 1 and weight(c) * BILLION > parts_per_billion(limit) * whole
        if off and whole:
            x.note("off_grade", where + "/assay")

    def purity_rises(self, x, before, after):
        f = self.factor(x.date)
        oxides = {c: before.mg[c] * f.get(self.symbols[c], 0) for c in range(17) if c in before.mg}
        if not any(oxides.values()):
            return False
        most = max(oxides.values())
        main = min(c for c in oxides if oxides[c] == most)
        total, other = sum(oxides.values()), sum(oxides.values()) - most
        if other * 100000 < total:
            return False
        now, others = 0, 0
        for c in range(17):
            if c != main and before.mg.get(c, 0) and not after.whole >> c & 1:
                return False
            factor = f.get(self.symbols[c], 0)
            now += after.mg.get(c, 0) * factor
            if c != main:
                others += (after.mg.get(c, 0) + after.bound.get(c, 0)) * factor
        return now > 0 and 2 * (others // 10 ** 6) * (total // 10 ** 6) < (other // 10 ** 6) * (now // 10 ** 6)

    def watch_transform(self, x, activity, came_in, outs):
        """`outs`: (stage, content) by output."""
        if activity in ("metal", "alloy", "magnet") and any(
                stage in ("metal", "alloy", "magnet") and self.purity_rises(x, came_in, content)
                for stage, content in outs):
            x.note("grade_rise", "/outputs")
        if activity is None:
            return
        made = {}
        for stage, content in outs:
            if stage in PRODUCTS:
                for c, v in content.mg.items():
                    made[c] = made.get(c, 0) + v
        fed, got = self.reo(came_in.mg, x.date), self.reo(made, x.date)
        if fed == 0 or got == 0:
            return
        share = nearest(got * BILLION, fed)
        low = share < self.least_yield.get(activity, BILLION // 2) or share > BILLION + self.yield_drop
        key = (x.facility, activity, x.e.get("process", ""))
        past = [b for b in self.batches if b["key"] == key]
        if len(past) >= 10:
            usual = nearest(sum(b["out"] for b in past) * BILLION, sum(b["in"] for b in past))
            low |= share + self.yield_drop < usual
        if low:
            x.note("unusual_yield", "/outputs")
        batch = {"key": key, "in": fed, "out": got}
        self.batches.append(batch)
        x.op["batch"] = batch

    def watch_pool(self, x, pool):
        """Whether more rare earths came out, all in all, than went in."""
        fed, made = self.reo(pool.came, x.date), self.reo(pool.drawn, x.date)
        if fed and made * BILLION > fed * (BILLION + self.yield_drop):
            x.note("unusual_yield", "/outputs")

    def watch_reverse(self, op):
        if op.get("batch"):
            self.batches = [b for b in self.batches if b is not op["batch"]]
