"""Scenarios that an auditor tries for make.py: what vanishes, comes back, is said twice or to the wrong people."""
import hashlib


def add(scenario, m):
    assay, stated = m.assay, m.stated

    @scenario
    def b25_what_is_held_does_not_get_lost(s):
        """A held drum that "burnt" is a breach, whole or in part, on the road too; what is free may be lost."""
        m.parties(s, "NORTH")
        s.facility("STORE", "NORTH", "trade")
        s.facility("YARD", "NORTH", "trade")
        s.material("SCRAP", "scrap")
        for lot in ("A", "B", "C"):
            m.opened(s, "NORTH:" + lot, "SCRAP", "100", "STORE", content=stated(Nd="20"))
        s.reg("hold", day="2026-01-03T08:00:00+08:00", lots=["NORTH:A"], reason="smuggled")
        hold = s.record
        s.tell("loss", "NORTH", "01-04", facility="STORE", lots=[{"lot": "NORTH:B", "net": "1"}], reason="spill")
        s.tell("loss", "NORTH", "01-04", facility="STORE", lots=[{"lot": "NORTH:A", "net": "40"}, {"lot": "NORTH:B"}],
               reason="fire")
        s.gets("held", "held_moved")
        breach = s.record
        s.tell("release", "REG", "01-05", cause="%d.0" % hold)
        s.tell("loss", "NORTH", "01-06", facility="STORE", lots=[{"lot": "NORTH:A", "net": "50"}], reason="fire")
        s.gets("held", "held_moved")                 # released, but not the breach
        s.stands("/lots/NORTH:A/causes", ["%d.0" % hold, "%d.0" % breach, "%d.0" % s.record])
        s.tell("ship", "NORTH", "01-07", facility="STORE", consignment="NORTH:CN-1", to="YARD", lots=[{"lot": "NORTH:C"}])
        s.reg("hold", day="2026-01-08T08:00:00+08:00", lots=["NORTH:C"], reason="smuggled")
        s.tell("loss", "NORTH", "01-09", facility="STORE", consignment="NORTH:CN-1",
               lots=[{"lot": "NORTH:C", "net": "5"}], reason="torn bag")
        s.gets("held", "held_moved")

    @scenario
    def b25_what_a_pool_holds_does_not_get_lost(s):
        """A leak within what is free is a leak; one that reaches what is held is a breach."""
        m.circuit_with_feed(s)
        s.tell("charge", "NORTH", "01-03", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:GOOD"}])
        s.tell("hold", "REG", "01-04", pools=["NORTH:SX-1"], reason="inspection")
        hold = s.record
        s.tell("charge", "NORTH", "01-05", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:BAD"}])
        leak = dict(facility="SX", reason="leak")
        s.tell("loss", "NORTH", "01-06", pools=[{"pool": "NORTH:SX-1", "components": {"Nd": "500"}}], **leak)
        s.tell("loss", "NORTH", "01-07", pools=[{"pool": "NORTH:SX-1", "components": {"Nd": "1"}}], **leak)
        s.gets("held", "held_moved")
        s.tell("release", "REG", "01-08", cause="%d.0" % hold)
        s.tell("loss", "NORTH", "01-09", pools=[{"pool": "NORTH:SX-1", "components": {"Nd": "1"}}], **leak)

    @scenario
    def b18_more_rare_earth_out_of_a_circuit_than_went_in(s):
        """What comes out was stated by nothing that went in: no creation by component, but too much as a whole."""
        m.parties(s, "NORTH")
        m.plant(s)
        s.material("CONCENTRATE", "ore product", class_="rock")
        s.material("MORE", "compound")
        m.quota(s, "separation", "1000000")
        m.opened(s, "NORTH:C", "CONCENTRATE", "1000", assay=assay(Nd="40"))
        s.tell("charge", "NORTH", "01-05", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:C"}])

        def drawn(lot, day, net):
            s.tell("draw", "NORTH", day, facility="SX", pool="NORTH:SX-1",
                   outputs=[{"lot": lot, "material": "MORE", "net": net, "assay": assay(Pr="80")}])
        drawn("NORTH:P-1", "01-10", "500")           # 483 of oxide out of 467: within a tenth
        drawn("NORTH:P-2", "01-11", "40")            # 522
        s.gets("flagged", "unusual_yield")
        s.stands("/lots/NORTH:P-2/held", False)

    @scenario
    def k7_the_first_batch_and_the_emptied_drum(s):
        """No history is needed to see that nearly nothing came out, or that a full drum was empty."""
        m.parties(s, "NORTH")
        s.facility("CELLS", "NORTH", "metal")
        s.licence("PL-1", "NORTH", "metal")
        s.material("ND-OXIDE", "compound")
        s.material("ND-METAL", "metal")
        for lot in "ABCD":
            m.opened(s, "NORTH:" + lot, "ND-OXIDE", "100", "CELLS", assay=assay(Nd="85"))

        def melt(lot, made, **line):
            s.tell("transform", "NORTH", "01-05", facility="CELLS", inputs=[dict({"lot": "NORTH:" + lot}, **line)],
                   outputs=[{"lot": "NORTH:M-" + lot, "material": "ND-METAL", "net": made, "assay": assay(Nd="99")}])
        melt("A", "43")                              # 50.1 %
        melt("B", "42.9")                            # 49.97 %
        s.gets("flagged", "unusual_yield")
        melt("C", "70", net="90", empty=True)
        melt("D", "70", net="89.999999", empty=True)
        s.gets("flagged", "emptied_oddly")

    # ---- the border -------------------------------------------------------------------------------

    def exporter(s, *kinds, material="ND-METAL", stage="metal", **policy):
        m.parties(s, "NORTH")
        s.facility("STORE", "NORTH", "trade")
        s.party("CUSTOMS", "customs")
        s.facility("PORT", "CUSTOMS", "trade")
        s.material(material, stage, **({"permits": list(kinds)} if kinds else {}))
        for lot in ("A", "B", "C"):
            m.opened(s, "NORTH:" + lot, material, "100", "STORE", assay=assay(Nd="90"))

    def declared(s, day, lot, number, party="NORTH", facility="STORE", user="U-1", country="DE", **members):
        s.tell("export.goods", party, day, facility=facility, declaration="%s:X-%d" % (party, number), office="PORT",
               country=country, user=user, customs_code=members.pop("code", "2805301510"), lots=[{"lot": lot}], **members)
        sent = s.lines[-1][s.lines[-1].index('"event":') + len('"event":'):-1]
        return party, s.last, hashlib.sha256(sent.encode()).hexdigest()

    def word(s, day, cited, **members):
        party, number, digest = cited
        s.tell("confirm", "CUSTOMS", day, subject=party, confirms=number, hash=digest, **members)

    @scenario
    def k11_what_nobody_ruled_on_needs_a_permit(s):
        """Without a policy the trade in metals needs an export permit; one that says none asks for none."""
        exporter(s)
        s.material("GOLD", "other")
        m.opened(s, "NORTH:G", "GOLD", "1", "STORE")
        declared(s, "01-03", "NORTH:A", 1)
        s.gets("held", "export_uncovered")
        declared(s, "01-03", "NORTH:G", 2)
        s.licence("XP-1", "NORTH", "export", permit={"kind": "export", "type": "general"})
        declared(s, "01-04", "NORTH:B", 3, permits=[{"permit": "XP-1"}])
        s.reg("policy", permits=[{"stage": "metal"}])
        declared(s, "01-05", "NORTH:C", 4)

    @scenario
    def k12_what_lacks_its_right_takes_nothing_of_the_permit(s):
        """A permit out of date, for another user or used up is not drawn further by those who name it."""
        exporter(s, "export")
        s.party("SOUTH")
        s.facility("YARD", "SOUTH", "trade")
        m.opened(s, "SOUTH:S", "ND-METAL", "100", "YARD", assay=assay(Nd="90"))
        s.licence("XP-1", "NORTH", "export", permit={"kind": "export", "type": "general", "quantity": "150", "user": "U-1"})
        stranger = declared(s, "01-03", "SOUTH:S", 1, "SOUTH", "YARD", permits=[{"permit": "XP-1"}])
        s.gets("held", "permit_invalid")
        word(s, "01-04", stranger)
        s.gets("held", "held_moved")
        declared(s, "01-04", "NORTH:B", 2, user="U-2", permits=[{"permit": "XP-1"}])
        s.gets("held", "permit_scope")
        s.stands("/permits/XP-1", [0, 100000000, True])
        word(s, "01-06", declared(s, "01-05", "NORTH:A", 3, permits=[{"permit": "XP-1"}]))
        declared(s, "01-07", "NORTH:C", 4, permits=[{"permit": "XP-1"}])
        s.gets("held", "permit_exceeded")

    @scenario
    def k13_small_parcels_of_one_group(s):
        """Each below what is free, to many users or by two firms of one group: together not."""
        s.party("LAB", "laboratory")
        s.party("NRE", "group")
        s.party("NORTH", group="NRE")
        s.party("EAST", group="NRE")
        s.party("WEST")
        s.party("CUSTOMS", "customs")
        s.facility("PORT", "CUSTOMS", "trade")
        s.material("ND-METAL", "metal", permits=["export"])
        s.material("ND-MAGNET", "magnet", permits=["dual-use"])
        s.reg("policy", permit_free="10")
        for party, facility in (("NORTH", "STORE"), ("EAST", "STORE-E"), ("WEST", "STORE-W")):
            s.facility(facility, party, "trade")
            for lot in "ABCD":
                m.opened(s, "%s:%s" % (party, lot), "ND-METAL" if lot != "D" else "ND-MAGNET", "5", facility, assay=assay(Nd="99"))
        declared(s, "01-03", "NORTH:A", 1, user="U-1")
        declared(s, "01-05", "WEST:A", 1, "WEST", "STORE-W", user="U-1")
        declared(s, "01-06", "EAST:A", 1, "EAST", "STORE-E", user="U-1", code="2805301590")
        s.gets("flagged", "split_shipment")          # the group, to one user
        declared(s, "01-07", "WEST:B", 2, "WEST", "STORE-W", user="U-2", code="2805301590")
        declared(s, "01-08", "NORTH:B", 2, user="U-3", country="US")
        s.gets("flagged", "split_shipment")          # the same goods, to another user
        declared(s, "01-09", "NORTH:D", 3, user="U-4", country="JP")     # other goods: another permit
        declared(s, "02-10", "NORTH:C", 4, user="U-5", country="US")     # more than thirty days later

    @scenario
    def k15_who_may_not_be_supplied(s):
        """A listed user, and one that listed ones own by half, through others too; a share below, or sold, does not count."""
        m.parties(s, "NORTH")
        s.facility("STORE", "NORTH", "trade")
        s.party("CUSTOMS", "customs")
        s.facility("PORT", "CUSTOMS", "trade")
        s.material("SCRAP", "scrap")
        for lot in "ABCDEFG":
            m.opened(s, "NORTH:" + lot, "SCRAP", "100", "STORE", content=stated(Nd="20"))
        s.reg("policy", screening=[
            {"user": "BAD-1", "listed": True}, {"user": "BAD-2", "listed": True},
            {"user": "SUB-1", "owner": "BAD-1", "share": "50"},
            {"user": "SUB-2", "owner": "BAD-1", "share": "25"}, {"user": "SUB-2", "owner": "BAD-2", "share": "24.9999999"},
            {"user": "SUB-3", "owner": "SUB-1", "share": "60"}])
        declared(s, "01-03", "NORTH:A", 1, user="BAD-1")
        s.gets("held", "user_listed")
        declared(s, "01-03", "NORTH:B", 2, user="SUB-1")
        s.gets("held", "user_listed")
        declared(s, "01-03", "NORTH:C", 3, user="SUB-2")              # 49.9999999 %
        declared(s, "01-03", "NORTH:D", 4, user="SUB-3")
        s.gets("held", "user_listed")
        s.reg("policy", day="2026-01-04T08:00:00+08:00", screening=[{"user": "SUB-1", "owner": "BAD-1", "share": "10"}])
        declared(s, "01-05", "NORTH:E", 5, user="SUB-3")
        s.reg("policy", day="2026-01-06T08:00:00+08:00", screening=[{"user": "BAD-1", "listed": False}])
        declared(s, "01-07", "NORTH:F", 6, user="BAD-1")
        s.stands("/lots/NORTH:D/held", True)         # verdicts are never issued again
        s.stands("/lots/NORTH:F/held", False)

    @scenario
    def k20_what_customs_found(s):
        """Weighed and assayed at the border: what agrees passes, what does not stays marked, cleared or stopped."""
        exporter(s, "export")
        s.licence("XP-1", "NORTH", "export", permit={"kind": "export", "type": "general"})
        permits = [{"permit": "XP-1"}]
        first = declared(s, "01-03", "NORTH:A", 1, permits=permits)
        word(s, "01-04", first, found=[{"lot": "NORTH:B", "net": "100"}])
        s.gets("refused", "consignment_closed")
        word(s, "01-04", first, found=[{"lot": "NORTH:A", "net": "100.9", "assay": assay(Nd="90.5")}])
        second = declared(s, "01-05", "NORTH:B", 2, permits=permits)
        word(s, "01-06", second, declines=True, found=[{"lot": "NORTH:B", "net": "110"}])
        s.gets("held", "customs_differs")
        s.stands("/lots/NORTH:B/held", True)
        third = declared(s, "01-07", "NORTH:C", 3, permits=permits)
        word(s, "01-08", third, found=[{"lot": "NORTH:C", "assay": assay(Nd="60")}])
        s.gets("held", "customs_differs")
        s.stands("/lots/NORTH:C/state", "ended")

    @scenario
    def more_does_not_come_back_than_left(s):
        """Goods come back in parts; together they are what left, in mass and in each element."""
        exporter(s, "export")
        s.licence("XP-1", "NORTH", "export", permit={"kind": "export", "type": "general"})
        word(s, "01-04", declared(s, "01-03", "NORTH:A", 1, permits=[{"permit": "XP-1"}]))
        word(s, "01-04", declared(s, "01-03", "NORTH:B", 2, permits=[{"permit": "XP-1"}]))

        def back(day, lot, net, nd, number=1, **values):
            s.tell("import.goods", "NORTH", day, facility="STORE", declaration="NORTH:I-" + lot, office="PORT", country="DE",
                   customs_code="2805301510", returns="NORTH:X-%d" % number,
                   lines=[{"lot": "NORTH:" + lot, "material": "ND-METAL", "net": net, "content": stated(Nd=nd, **values)}])
        back("02-01", "R1", "60", "90")
        back("02-02", "R2", "60", "90")              # wrong drum, and corrected
        s.gets("held", "more_came_back")
        s.tell("correct", "NORTH", "02-02", corrects=s.last, reason="another declaration")
        back("02-03", "R3", "41", "91")              # 101 of 100, within a hundredth
        back("02-04", "R4", "0.1", "90")
        s.gets("held", "more_came_back")
        back("02-05", "R5", "90", "99", 2)
        back("02-06", "R6", "10", "100", 2)          # 99.1 kg of neodymium: 90 had left
        s.gets("held", "more_came_back")
        s.stands("/lots/NORTH:R3/held", False)
        s.stands("/lots/NORTH:R6/held", True)

    # ---- technology and cases -----------------------------------------------------------------------

    @scenario
    def k16_told_at_home_and_abroad(s):
        """Told to a party of the book nothing leaves the country; abroad each step has its permit, intent first."""
        s.party("NORTH")
        s.party("EAST")
        s.party("RHEIN", "buyer")
        s.reg("technology", technology="SX-7", owner="NORTH", entry="1E902.a", permits=[
            {"permit": "T-1", "step": "intent", "country": "DE", "from": "2026-01-10"},
            {"permit": "T-2", "step": "negotiation", "country": "DE", "from": "2026-02-10"}], **{"class": "restricted"})

        def told(day, step, by="NORTH", **to):
            s.tell("technology.disclose", by, day, technology="SX-7", step=step, **to)
        told("01-05", "transfer", to="EAST")
        told("01-06", "negotiation", by="EAST", to="NORTH", country="CN")        # EAST has it now
        told("01-06", "intent", to="EAST", country="DE")                          # its people in Germany
        s.gets("held", "technology_permit")
        told("01-06", "intent", to="RHEIN")                                       # a buyer may be anybody
        s.gets("held", "technology_permit")
        told("01-11", "intent", outside="Werk", country="DE")
        told("01-12", "negotiation", outside="Werk", country="DE")
        s.gets("held", "technology_permit")
        told("02-11", "intent", outside="Werk", country="DE", permit="T-2")
        told("02-12", "negotiation", outside="Werk", country="DE")
        told("02-13", "transfer", outside="School", country="CN")                 # at home, but nobody in the book
        s.gets("held", "technology_permit")
        s.reg("technology", day="2026-03-01T08:00:00+08:00", technology="SX-7", owner="NORTH", entry="1E902.a",
              **{"class": "prohibited"})
        told("03-02", "transfer", to="EAST")
        told("03-02", "transfer", to="RHEIN")
        s.gets("held", "technology_prohibited")

    @scenario
    def a_closed_case_is_opened_for_a_reason(s):
        """Closed again with another outcome, or opened with a reason; never silently."""
        s.reg("case", case="C-1", state="open")
        s.reg("case", case="C-1", state="charged")
        s.reg("case", case="C-1", state="open")
        s.reg("case", case="C-1", state="closed", outcome="nothing found")
        s.reg("case", case="C-1", state="closed", outcome="fined")
        s.reg("case", case="C-1", state="open")
        s.gets("refused", "reason_needed")
        s.reg("case", case="C-1", state="charged", reason="a new witness")
