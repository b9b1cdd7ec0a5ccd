"""Scenarios that an auditor tries for make.py: what vanishes, comes back, is said twice or to the wrong people."""


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
