"""The automatic checks of docs/requirements.md (K numbers), as stories: what is lawful passes, and what
misses the law by little does not. Each says in a word what a lawyer or an accountant would say of it.
"""
from words import assay, stated


def add(scenario, m):
    """m: the small country of make.py."""

    def smelter(s, *activities):
        m.parties(s, "NORTH")
        s.facility("CELLS", "NORTH", *(activities or ("metal",)))
        s.licence("PL-1", "NORTH", "metal", **{"from": "2026-01-10", "to": "2026-03-31"})
        s.material("ND-OXIDE", "compound")
        s.material("ND-METAL", "metal")
        m.opened(s, "NORTH:O", "ND-OXIDE", "10000", "CELLS", assay=assay(Nd="85", Pr="0.6"))

    def melt(s, number, day, net="100", made="84", **content):
        s.tell("transform", "NORTH", day, facility="CELLS", process="electrolysis",
               inputs=[{"lot": "NORTH:O", "net": net}],
               outputs=[{"lot": "NORTH:M-%s" % number, "material": "ND-METAL", "net": made,
                         "assay": content.get("assay") or assay(Nd="99", Pr="0.7")}])

    @scenario
    def k1_work_without_designation(s):
        """A licence alone does not make a smelter: the site must be designated for the work too."""
        smelter(s, "trade")
        melt(s, 1, "01-12")
        s.gets("held", "not_designated")
        s.facility("CELLS", "NORTH", "trade", "metal", day="2026-02-01T00:00:00+08:00")
        melt(s, 2, "02-01")
        melt(s, 3, "01-31")                          # told late of a day before the designation
        s.gets("held", "not_designated")

    @scenario
    def k2_within_the_term(s):
        """A term is its days from the first to the last, both included; continuous work needs all of them."""
        smelter(s)
        melt(s, 1, "01-09")
        s.gets("held", "no_licence")
        melt(s, 2, "01-10")
        melt(s, 3, ("01-09", "01-11"))
        s.gets("held", "no_licence")
        melt(s, 4, ("03-30", "03-31"))
        melt(s, 5, ("03-31", "04-01"))
        s.gets("held", "no_licence")
        # The day is that of the place: 23:30 in London on 31 March is 1 April there.
        melt(s, 6, "2026-03-31T15:59:59+00:00")
        melt(s, 7, "2026-03-31T16:00:00+00:00")
        s.gets("held", "no_licence")

    @scenario
    def k3_ledger_by_ledger(s):
        """An allotment for ion-adsorption ore says nothing of rock, and one for mining nothing of separation."""
        m.parties(s, "NORTH")
        m.rock_mine(s)
        m.plant(s, circuit=False)
        s.plan("2026-ION", "mining", ("REG", "9000"), ("NORTH", "REG", "9000"), class_="ion")
        s.tell("extract", "NORTH", "01-05", facility="MINE", source="MAIN-PIT", outputs=[
            {"lot": "NORTH:C-1", "material": "CONCENTRATE", "net": "1000", "moisture": "0", "assay": assay(Nd="10")}])
        s.gets("held", "no_quota")
        s.plan("2026-ROCK", "mining", ("REG", "9000"), ("NORTH", "REG", "233.2754"), class_="rock", day="01-06")
        s.tell("extract", "NORTH", "01-06", facility="MINE", source="MAIN-PIT", outputs=[
            {"lot": "NORTH:C-2", "material": "CONCENTRATE", "net": "1000", "moisture": "0", "assay": assay(Nd="10")}])
        # 200 kg of neodymium are 233.2754 kg of oxide: to the milligram all that was allotted.
        s.tell("extract", "NORTH", "01-07", facility="MINE", source="MAIN-PIT", outputs=[
            {"lot": "NORTH:C-3", "material": "CONCENTRATE", "net": "0.1", "moisture": "0", "assay": assay(Nd="0.01")}])
        s.gets("held", "quota_exceeded")
        s.tell("ship", "NORTH", "01-08", facility="MINE", consignment="NORTH:T", to="SX", lots=[{"lot": "NORTH:C-2"}])
        s.tell("receive", "NORTH", "01-08", facility="SX", from_="NORTH", consignment="NORTH:T",
               lines=[{"from_lot": "NORTH:C-2", "lot": "NORTH:C-2r"}])
        s.tell("transform", "NORTH", "01-09", facility="SX", inputs=[{"lot": "NORTH:C-2r"}], outputs=[
            {"lot": "NORTH:P", "material": "PRND-OXIDE", "net": "110", "assay": assay(Nd="85")}])
        s.gets("held", "no_quota")

    @scenario
    def k4_what_a_recycler_may_take(s):
        """Scrap and what is left of it, yes; ore product never, not even among scrap, and not from abroad."""
        m.parties(s, "REC", "NORTH")
        s.facility("MILL", "REC", "recycling")
        s.licence("RL-1", "REC", "recycling")
        s.material("SWARF", "scrap", moisture="12")
        s.material("SLAG", "residue")
        s.material("OXIDE", "compound")
        s.material("CONCENTRATE", "ore product", class_="rock")
        s.tell("receive", "REC", "01-05", facility="MILL", outside={"kind": "production scrap", "name": "works"},
               lines=[{"lot": "REC:S", "material": "SWARF", "net": "100", "assay": assay(Nd="25")}])
        s.tell("receive", "REC", "01-06", facility="MILL", outside={"kind": "post-consumer", "name": "collector"},
               lines=[{"lot": "REC:G", "material": "SLAG", "net": "100", "assay": assay(Nd="5")}])
        s.facility("YARD", "NORTH", "trade")
        m.opened(s, "NORTH:C", "CONCENTRATE", "100", "YARD", assay=assay(La="10", Ce="20", Nd="6"))
        s.tell("ship", "NORTH", "01-07", facility="YARD", consignment="NORTH:T", to="MILL", lots=[{"lot": "NORTH:C"}])
        s.tell("receive", "REC", "01-08", facility="MILL", from_="NORTH", consignment="NORTH:T",
               lines=[{"from_lot": "NORTH:C", "lot": "REC:C"}])
        s.gets("held", "recycler_ore")
        s.tell("transform", "REC", "01-09", facility="MILL", inputs=[{"lot": "REC:S"}, {"lot": "REC:C", "net": "10"}],
               outputs=[{"lot": "REC:O", "material": "OXIDE", "net": "28", "assay": assay(Nd="80")}])
        s.gets("held", "held_moved", "recycler_ore", "no_quota")
        s.stands("/lots/REC:O/held", True)
        s.tell("transform", "REC", "01-10", facility="MILL", inputs=[{"lot": "REC:G"}],
               outputs=[{"lot": "REC:O-2", "material": "SLAG", "net": "90", "assay": assay(Nd="5.5")}])

    @scenario
    def k5_no_origin_no_passage(s):
        """What nobody can explain stays where it is, and so does all that is made with it, until it is explained."""
        smelter(s)
        s.tell("transform", "NORTH", "01-12", facility="CELLS", insist=True, process="electrolysis",
               inputs=[{"lot": "NORTH:GONE", "material": "ND-OXIDE", "net": "50", "content": stated(Nd="85")},
                       {"lot": "NORTH:O", "net": "50"}],
               outputs=[{"lot": "NORTH:M", "material": "ND-METAL", "net": "84", "assay": assay(Nd="99")}])
        s.gets("held", "found", "no_quota")
        s.tell("split", "NORTH", "01-13", facility="CELLS", lot="NORTH:M", parts=[{"lot": "NORTH:M-a", "net": "40"}])
        s.tell("ship", "NORTH", "01-14", facility="CELLS", consignment="NORTH:T", outside={"kind": "other", "name": "mill"},
               lots=[{"lot": "NORTH:M-a"}])
        s.gets("held", "held_moved", "outside_regulated")

    @scenario
    def k7_a_bad_batch(s):
        """Ten batches of 97.8 % make a history; one of 87 % stands out, one of 88 % does not; a corrected one is forgotten."""
        smelter(s)
        for number in range(10):
            melt(s, number, "01-%d" % (11 + number))
        melt(s, "low", "01-21", made="74.6")         # 86.9 %
        s.gets("flagged", "unusual_yield")
        s.tell("correct", "NORTH", "01-21", corrects=s.last, reason="wrong drum")
        melt(s, "near", "01-22", made="75.6")        # 88.0 %
        m.opened(s, "NORTH:P", "ND-OXIDE", "100", "CELLS", day="01-23", assay=assay(Nd="85", Pr="0.6"))
        s.tell("transform", "NORTH", "01-24", facility="CELLS", process="electrolysis", inputs=[{"lot": "NORTH:P"}],
               outputs=[{"lot": "NORTH:M-more", "material": "ND-METAL", "net": "95", "assay": assay(Nd="99", Pr="0.7")}])
        s.gets("held", "element_creation", "unusual_yield")

    @scenario
    def k9_a_month_declared(s):
        """By the 10th, later, once more, and nothing to declare."""
        m.parties(s, "NORTH")
        s.facility("SX", "NORTH", "separation")
        s.material("OXIDE", "compound")

        def declare(day, month, clock="12:00:00", *lines):
            s.tell("return", "NORTH", "2026-%sT%s+08:00" % (day, clock), facility="SX", month=month, lines=list(lines))
        declare("01-31", "2026-01")
        s.gets("refused", "month_order")
        declare("02-10", "2026-01", "23:59:59", {"material": "OXIDE", "made": "1"})
        declare("03-11", "2026-02", "00:00:00")
        s.gets("flagged", "return_late")
        declare("03-20", "2026-01", "12:00:00", {"material": "OXIDE", "made": "2"})

    @scenario
    def k10_work_for_others(s):
        """A plant works what is its own or its group's; a stranger's matter is work for hire."""
        s.party("NRE", "group")
        s.party("LAB", "laboratory")
        s.party("NORTH", group="NRE")
        s.party("EAST", group="NRE")
        s.party("WEST")
        m.plant(s)
        s.material("CONCENTRATE", "ore product", class_="rock")
        for owner in ("NORTH", "EAST", "NRE", "WEST"):
            m.opened(s, "NORTH:C-" + owner, "CONCENTRATE", "100", assay=assay(Nd="10"), owner=owner)
        for owner in ("NORTH", "EAST", "NRE"):
            s.tell("charge", "NORTH", "01-05", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:C-" + owner}])
        s.tell("charge", "NORTH", "01-06", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:C-WEST", "net": "50"}])
        s.gets("flagged", "tolling")
        s.reg("policy", verdicts={"tolling": "held"}, day="01-07")
        s.tell("charge", "NORTH", "01-08", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:C-WEST"}])
        s.gets("held", "tolling")

    @scenario
    def k17_purer_than_what_it_was_made_of(s):
        """Electrolysis parts no neighbours: praseodymium at 0.7 % stays, and cannot be 0.1 % afterwards."""
        smelter(s)
        melt(s, "as-fed", "01-12")
        melt(s, "purer", "01-13", assay=assay(Nd="99", Pr="0.3"))
        s.gets("flagged", "grade_rise")
        # Not looked for is not found pure.
        melt(s, "unsaid", "01-14", assay=assay(Nd="99"))
        melt(s, "limit", "01-15", assay=assay(Nd="99", Pr={"below": "0.5"}))
        melt(s, "below", "01-16", assay=assay(Nd="99", Pr={"below": "0.1"}))
        s.gets("flagged", "grade_rise")
        # The same lot assayed again, much purer.
        s.tell("measure", "NORTH", "01-17", lot="NORTH:M-as-fed", assay=assay(Nd="99", Pr="0.2"))
        s.gets("flagged", "grade_rise")

    @scenario
    def b27_recycled_through_a_pool(s):
        """Swarf from a works and magnets from old motors in one line: the oxide has of each what went in."""
        m.parties(s, "REC")
        s.facility("MILL", "REC", "recycling")
        s.licence("RL-1", "REC", "recycling")
        s.material("SWARF", "scrap")
        s.material("ND-OXIDE", "compound")
        s.pool("REC:LINE", "MILL", "recycling", "recycled")

        def comes(lot, kind, net):
            s.tell("receive", "REC", "01-05", facility="MILL", outside={"kind": kind, "name": "somebody"},
                   lines=[{"lot": lot, "material": "SWARF", "net": net, "assay": assay(Nd="20")}])
        comes("REC:S", "production scrap", "300")
        comes("REC:M", "post-consumer", "100")
        s.tell("charge", "REC", "01-06", facility="MILL", pool="REC:LINE", inputs=[{"lot": "REC:S"}, {"lot": "REC:M"}])
        s.tell("draw", "REC", "01-20", facility="MILL", pool="REC:LINE", outputs=[
            {"lot": "REC:O", "material": "ND-OXIDE", "net": "50", "assay": assay(Nd="80")}])
        # 40 of the 80 kg that went in, and with them half of each kind; a tenth of that is split off.
        s.tell("split", "REC", "01-21", facility="MILL", lot="REC:O", parts=[{"lot": "REC:P", "net": "5"}])
        s.stands("/lots/REC:O/facets", {"recycled pre-consumer": {"Nd": 27000000}, "recycled post-consumer": {"Nd": 9000000}})
        s.stands("/lots/REC:P/facets", {"recycled pre-consumer": {"Nd": 3000000}, "recycled post-consumer": {"Nd": 1000000}})
        s.stands("/nodes", {})

    @scenario
    def b18_what_was_lost_does_not_come_out(s):
        """All that went into a circuit is written off, and comes out all the same: it was something else."""
        m.parties(s, "NORTH")
        m.plant(s)
        s.material("CONCENTRATE", "ore product", class_="rock")
        m.quota(s, "separation", "100000")
        m.opened(s, "NORTH:C", "CONCENTRATE", "1000", assay=assay(Nd={"value": "10", "u": "0.01", "s": "0"}))
        s.tell("charge", "NORTH", "01-05", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:C"}])
        s.tell("loss", "NORTH", "01-10", facility="SX", pools=[{"pool": "NORTH:SX-1", "components": {"Nd": "100"}}],
               reason="leak")
        s.tell("draw", "NORTH", "01-20", facility="SX", pool="NORTH:SX-1", outputs=[
            {"lot": "NORTH:O", "material": "PRND-OXIDE", "net": "110", "assay": assay(Nd={"value": "85", "u": "0.1", "s": "0"})}])
        s.gets("held", "element_creation", "unusual_yield")
        s.tell("loss", "NORTH", "01-25", facility="SX", pools=[{"pool": "NORTH:SX-1", "components": {"Nd": "5000"}}],
               reason="leak")
        s.gets("held", "element_creation", "unusual_yield")
