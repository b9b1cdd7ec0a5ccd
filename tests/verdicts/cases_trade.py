"""Cases of trade for make.py: owners, sales, packages, movements and the border."""


def add(case, m):
    """Each function below is one code, as in make.py; m holds the registries that cases share."""

    @case
    def not_owner(s):
        m.trader(s)
        s.party("SOUTH")
        m.stock(s, owner="SOUTH")
        s.tell("sell", "NORTH", "01-03", to="SOUTH", lots=[{"lot": "NORTH:A"}])

    @case
    def tolling(s):
        s.party("NORTH")
        s.party("SOUTH")
        s.facility("STORE", "NORTH", "separation")
        s.licence("SL-1", "NORTH", "separation")
        s.material("SALT", "other")
        m.stock(s, owner="SOUTH")
        s.pool("NORTH:SX", "STORE", "separation", "rock")
        s.tell("charge", "NORTH", "01-03", facility="STORE", pool="NORTH:SX", inputs=[{"lot": "NORTH:A"}])

    @case
    def commingled(s):
        m.trader(s)
        s.party("SOUTH")
        m.stock(s)
        m.stock(s, lot="NORTH:B", owner="SOUTH")
        s.tell("merge", "NORTH", "01-03", facility="STORE", lot="NORTH:AB",
               inputs=[{"lot": "NORTH:A"}, {"lot": "NORTH:B"}])

    @case
    def seal_broken(s):
        m.two_sites(s)
        m.stock(s)
        m.shipped(s, seal="S-1")
        m.received(s, seal="S-2")

    @case
    def package_sums(s):
        m.trader(s)
        m.stock(s)
        s.tell("pack", "NORTH", "01-03", facility="STORE", lot="NORTH:A",
               packages=[{"package": "NORTH:P", "net": "99", "gross": "100", "tare": "1"}])

    @case
    def article_mass(s):
        m.store(s)
        s.material("MAGNET", "magnet")
        s.material("MOTOR", "article")
        m.stock(s, material="MAGNET")
        s.tell("assemble", "NORTH", "01-03", facility="STORE", inputs=[{"lot": "NORTH:A"}],
               output={"lot": "NORTH:M", "material": "MOTOR", "net": "99", "count": 1})

    def packed(s, lot, *origins):
        s.tell("pack", "NORTH", "01-03", facility="MINE", lot=lot, origins=list(origins),
               packages=[{"package": "NORTH:P", "net": "1000", "gross": "1000", "tare": "0"}])

    def second_source(s):
        s.reg("deposit", deposit="WEISHAN", class_="rock")
        s.reg("source", source="WEST", deposit="WEISHAN", licence="ML-1")

    @case
    def false_mark(s):
        m.mine(s)
        second_source(s)
        m.mined(s)
        packed(s, "NORTH:O", "MAIN", "WEST")

    @case
    def mark_incomplete(s):
        m.mine(s)
        second_source(s)
        m.mined(s)
        s.tell("extract", "NORTH", "01-02", facility="MINE", source="WEST",
               outputs=[{"lot": "NORTH:W", "material": "ORE", "net": "1000"}])
        s.tell("merge", "NORTH", "01-02", facility="MINE", inputs=[{"lot": "NORTH:O"}, {"lot": "NORTH:W"}],
               lot="NORTH:OW")
        s.tell("pack", "NORTH", "01-03", facility="MINE", lot="NORTH:OW", origins=["MAIN"],
               packages=[{"package": "NORTH:P", "net": "2000", "gross": "2000", "tare": "0"}])

    @case
    def mark_unproven(s):
        m.mine(s)
        s.tell("open", "NORTH", "01-02", facility="MINE",
               lots=[{"lot": "NORTH:A", "material": "ORE", "net": "1000"}])
        packed(s, "NORTH:A", "MAIN")

    @case
    def not_received(s):
        m.two_sites(s)
        m.stock(s)
        m.shipped(s)
        s.tell("open", "SOUTH", "01-03", facility="YARD",
               lots=[{"lot": "SOUTH:B", "material": "SALT", "net": "100"}])
        s.tell("return.goods", "SOUTH", "01-05", facility="YARD", consignment="NORTH:CN-1", back="SOUTH:CN-2",
               lots=[{"lot": "SOUTH:B"}])

    def border(s, *kinds, **permit):
        m.store(s)
        s.party("CUSTOMS", "customs")
        s.facility("PORT", "CUSTOMS", "trade")
        s.material("SALT", "other", **({"permits": list(kinds)} if kinds else {}))
        if permit:
            s.licence("XP-1", "NORTH", "export", permit=dict({"kind": "export", "type": "general"}, **permit))

    def exported(s, lot="NORTH:A", day="01-03", declaration="NORTH:X-1", office="PORT", **members):
        s.tell("export.goods", "NORTH", day, facility="STORE", declaration=declaration, office=office, country="DE",
               user="U-1", customs_code="8505111000", lots=[{"lot": lot}], **members)

    @case
    def unknown_office(s):
        m.store(s)
        exported(s, office="STORE")

    @case
    def permit_sums(s):
        border(s, "export", quantity="1000")
        m.stock(s)
        exported(s, permits=[{"permit": "XP-1", "mass": "101"}])

    @case
    def not_exported(s):
        m.store(s)
        s.party("CUSTOMS", "customs")
        s.facility("PORT", "CUSTOMS", "trade")
        s.tell("import.goods", "NORTH", "01-03", facility="STORE", declaration="NORTH:I-1", office="PORT",
               country="DE", customs_code="8505111000", returns="NORTH:X-1",
               lines=[{"lot": "NORTH:A", "material": "SALT", "net": "100"}])

    @case
    def export_uncovered(s):
        border(s, "export")
        m.stock(s)
        exported(s)

    @case
    def permit_exceeded(s):
        border(s, "export", quantity="99")
        m.stock(s)
        exported(s, permits=[{"permit": "XP-1"}])

    @case
    def permit_invalid(s):
        border(s, "export")
        s.licence("XP-1", "NORTH", "export", to="2026-01-02", permit={"kind": "export", "type": "general"})
        m.stock(s)
        exported(s, permits=[{"permit": "XP-1"}])

    @case
    def permit_scope(s):
        border(s, "export", user="U-2")
        m.stock(s)
        exported(s, permits=[{"permit": "XP-1"}])

    @case
    def split_shipment(s):
        border(s, "export")
        s.reg("policy", permit_free="10")
        m.stock(s, content=m.stated(Nd="6"))
        m.stock(s, lot="NORTH:B", content=m.stated(Nd="6"))
        exported(s)
        exported(s, "NORTH:B", "01-20", "NORTH:X-2")

    @case
    def papers_missing(s):
        s.party("NORTH")
        s.facility("SX", "NORTH", "separation")
        s.licence("SL-1", "NORTH", "separation")
        s.material("CONC", "ore product")
        s.party("CUSTOMS", "customs")
        s.facility("PORT", "CUSTOMS", "trade")
        s.tell("import.goods", "NORTH", "01-03", facility="SX", declaration="NORTH:I-1", office="PORT",
               country="AU", customs_code="2530909991",
               lines=[{"lot": "NORTH:A", "material": "CONC", "net": "100"}])
