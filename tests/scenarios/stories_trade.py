"""Scenarios of owners, packages, goods that go back, and the border for make.py."""
import hashlib


def add(scenario, m):
    stated, text = m.stated, m.text

    def two_works(s):
        s.party("NORTH")
        s.party("SOUTH")
        s.facility("STORE", "NORTH", "trade")
        s.facility("YARD", "SOUTH", "trade")
        s.material("SALT", "other")
        s.material("MAGNET", "magnet")
        s.material("MOTOR", "article")

    def stock(s, lot, material="SALT", **line):
        s.tell("open", "NORTH", "01-02", facility="STORE",
               lots=[dict({"lot": lot, "material": material, "net": "100", "content": stated(Nd="30")}, **line)])

    @scenario
    def sold_before_it_moves(s):
        """B25: ownership passes without movement, a held lot sold is a breach, and receipts keep the owner."""
        two_works(s)
        s.party("EAST")
        stock(s, "NORTH:A")
        s.tell("sell", "NORTH", "01-03", to="EAST", lots=[{"lot": "NORTH:A", "net": "40", "part": "NORTH:A1"}])
        s.tell("sell", "NORTH", "01-03", to="SOUTH", lots=[{"lot": "NORTH:A1"}])
        s.gets("held", "not_owner")
        s.tell("correct", "NORTH", "01-04", corrects=s.last, reason="not ours")
        s.tell("ship", "NORTH", "01-05", facility="STORE", consignment="NORTH:CN-1", to="YARD",
               lots=[{"lot": "NORTH:A1"}, {"lot": "NORTH:A"}])
        s.tell("receive", "SOUTH", "01-06", facility="YARD", from_="NORTH", consignment="NORTH:CN-1",
               lines=[{"from_lot": "NORTH:A1", "lot": "SOUTH:A1"}, {"from_lot": "NORTH:A", "lot": "SOUTH:A"}])
        s.reg("hold", day="2026-01-07T08:00:00+08:00", lots=["SOUTH:A"], reason="inspection")
        s.tell("sell", "SOUTH", "01-08", to="EAST", lots=[{"lot": "SOUTH:A"}])
        s.gets("held", "held_moved")
        s.stands("/lots/SOUTH:A1/owner", "EAST")
        s.stands("/lots/SOUTH:A/owner", "EAST")

    @scenario
    def title_is_retained(s):
        """Goods on consignment stay whose they are, until they are sold."""
        two_works(s)
        stock(s, "NORTH:A")
        s.tell("ship", "NORTH", "01-03", facility="STORE", consignment="NORTH:CN-1", to="YARD", title="retained",
               lots=[{"lot": "NORTH:A"}])
        s.tell("receive", "SOUTH", "01-04", facility="YARD", from_="NORTH", consignment="NORTH:CN-1",
               lines=[{"from_lot": "NORTH:A", "lot": "SOUTH:A"}])
        s.tell("sell", "NORTH", "01-05", to="SOUTH", lots=[{"lot": "SOUTH:A", "net": "10", "part": "NORTH:A10"}])
        s.stands("/lots/SOUTH:A/owner", "NORTH")
        s.stands("/lots/NORTH:A10/owner", "SOUTH")
        s.stands("/lots/NORTH:A10/party", "SOUTH")

    @scenario
    def magnets_in_motors(s):
        """B1: articles hold exactly what was built into them; pieces go with the mass."""
        two_works(s)
        stock(s, "NORTH:G", "MAGNET")
        s.tell("assemble", "NORTH", "01-03", facility="STORE", inputs=[{"lot": "NORTH:G"}],
               output={"lot": "NORTH:M", "material": "MOTOR", "net": "1000", "count": 200})
        s.tell("split", "NORTH", "01-04", facility="STORE", lot="NORTH:M", parts=[{"lot": "NORTH:M1", "net": "250"}])
        s.stands("/lots/NORTH:M1/pieces", 50)
        s.stands("/lots/NORTH:M1/mg/Nd", 7500000)
        s.stands("/lots/NORTH:M/pieces", 150)

    @scenario
    def refused_at_the_gate(s):
        """B20: what is refused stays the shipper's at his figures; what fell off on the way is his loss."""
        two_works(s)
        stock(s, "NORTH:A")
        s.tell("ship", "NORTH", "01-03", facility="STORE", consignment="NORTH:CN-1", to="YARD", seal="S-1",
               lots=[{"lot": "NORTH:A"}])
        s.tell("loss", "NORTH", "01-04", facility="STORE", consignment="NORTH:CN-1",
               lots=[{"lot": "NORTH:A", "net": "10"}], reason="torn bag")
        s.tell("return.goods", "SOUTH", "01-05", facility="YARD", consignment="NORTH:CN-1", lots=[{"lot": "NORTH:A"}])
        s.tell("receive", "NORTH", "01-06", facility="STORE", from_="NORTH", consignment="NORTH:CN-1", seal="S-1",
               lines=[{"from_lot": "NORTH:A", "lot": "NORTH:B"}])
        s.stands("/lots/NORTH:B/net", 90000000)
        s.stands("/lots/NORTH:B/owner", "NORTH")

    @scenario
    def cleared_and_stopped(s):
        """B26: a declaration reserves, clearance draws and uses up a permit for one export; a stop frees it."""
        two_works(s)
        s.party("CUSTOMS", "customs")
        s.facility("PORT", "CUSTOMS", "trade")
        s.reg("policy", permits=[{"stage": "magnet", "kinds": ["export"]}])
        s.licence("XP-1", "NORTH", "export", permit={"kind": "export", "type": "single", "quantity": "100"})
        stock(s, "NORTH:G", "MAGNET")

        def declared(day, declaration):
            s.tell("export.goods", "NORTH", day, facility="STORE", declaration=declaration, office="PORT", country="DE",
                   user="U-1", customs_code="8505111000", lots=[{"lot": "NORTH:G"}], permits=[{"permit": "XP-1"}])
            sent = s.lines[-1][s.lines[-1].index('"event":') + len('"event":'):-1]
            return s.last, hashlib.sha256(sent.encode()).hexdigest()

        def word(day, cited, **members):
            s.tell("confirm", "CUSTOMS", day, subject="NORTH", confirms=cited[0], hash=cited[1], **members)

        word("01-04", declared("01-03", "NORTH:X-1"), declines=True)
        s.stands("/permits/XP-1", [0, 100000000, True])
        word("01-06", declared("01-05", "NORTH:X-2"))
        s.stands("/lots/NORTH:G/state", "ended")
        s.stands("/declarations", ["stopped", "cleared"])
