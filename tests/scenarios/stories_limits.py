"""Where a rule's limit lies, to the milligram, the day and the second: what stands on it passes, what is one
step beyond does not.
"""
import hashlib

from words import assay, stated


def add(scenario, m):
    exact = {"u": "0", "s": "0"}

    def found(value, u="0"):
        return {"value": value, "u": u, "s": "0"}

    # ---- matter ---------------------------------------------------------------------------------------

    @scenario
    def k6_four_and_six_sigma_to_the_milligram(s):
        """The input is known to 100 g of neodymium: 400 g more pass, 600 g are looked at, a milligram more is held."""
        m.parties(s, "NORTH")
        s.facility("STORE", "NORTH", "trade")
        s.material("SCRAP", "scrap")
        s.material("POWDER", "other")

        def mill(number, nd):
            m.opened(s, "NORTH:%d" % number, "SCRAP", "100", "STORE", weighing=exact, assay=assay(Nd=found("20", "0.1")))
            s.tell("transform", "NORTH", "01-03", facility="STORE", inputs=[{"lot": "NORTH:%d" % number}], outputs=[
                {"lot": "NORTH:P%d" % number, "material": "POWDER", "net": "100", "weighing": exact,
                 "assay": assay(Nd=found(nd))}])
        mill(1, "20.4")
        mill(2, "20.400001")
        s.gets("flagged", "creation_noticed")
        mill(3, "20.6")
        s.gets("flagged", "creation_noticed")
        mill(4, "20.600001")
        s.gets("held", "element_creation")
        mill(5, "0")                                  # less is no creation: it is missing, and posted
        s.stands("/lots/NORTH:P3/held", False)
        s.stands("/lots/NORTH:P4/held", True)
        s.stands("/accounts/STORE 2026-01/batch/Nd", 400000 + 400001 + 600000 + 600001 - 20000000)

    @scenario
    def k8_what_was_sent_and_what_came(s):
        """Shipper and receiver may differ by what they can have measured; more than was sent never comes."""
        m.two_yards(s)
        for lot in "ABC":
            m.opened(s, "NORTH:" + lot, "SCRAP", "100", "STORE", weighing=exact, assay=assay(Nd=found("20", "0.1")))
        m.sends(s, "01-03")
        m.gets(s, "01-04", from_lot="NORTH:A", lot="SOUTH:A", weighing=exact, net="100", assay=assay(Nd=found("20.4")))
        m.sends(s, "01-05", "NORTH:B", "NORTH:T-2")
        m.gets(s, "01-06", "NORTH:T-2", from_lot="NORTH:B", lot="SOUTH:B", weighing=exact, net="100",
               assay=assay(Nd=found("20.400001")))
        s.gets("flagged", "srd")
        m.sends(s, "01-07", "NORTH:C", "NORTH:T-3")
        m.gets(s, "01-08", "NORTH:T-3", from_lot="NORTH:C", lot="SOUTH:C", of="60")
        m.gets(s, "01-09", "NORTH:T-3", from_lot="NORTH:C", lot="SOUTH:C2", of="40.000001")
        s.gets("refused", "not_enough")
        m.gets(s, "01-09", "NORTH:T-3", from_lot="NORTH:C", lot="SOUTH:C2", of="40")
        m.gets(s, "01-10", "NORTH:T-3", from_lot="NORTH:C", lot="SOUTH:C3", of="0.000001")
        s.gets("refused", "consignment_closed")
        s.stands("/accounts/YARD 2026-01/srd/Nd", 400000 + 400001)
        s.stands("/lots/SOUTH:C2/mg/Nd", 8000000)

    @scenario
    def k18_marks_say_where_it_comes_from(s):
        """A mark of the pit that it came from stands; one of a pit that it never saw does not; half the truth is told so."""
        m.parties(s, "NORTH", "SOUTH")
        m.rock_mine(s)
        s.reg("deposit", deposit="GANNAN", class_="ion")
        s.licence("ML-2", "NORTH", "mining", sources=["HILL"])
        s.reg("source", source="HILL", deposit="GANNAN", licence="ML-2")

        def dug(source, lot):
            s.tell("extract", "NORTH", "01-05", facility="MINE", source=source,
                   outputs=[{"lot": lot, "material": "ORE", "net": "100"}])

        def packed(lot, *origins):
            s.tell("pack", "NORTH", "01-06", facility="MINE", lot=lot, origins=list(origins), packages=[
                {"package": lot + "-bag", "net": "100", "gross": "101", "tare": "1"}])
        dug("MAIN-PIT", "NORTH:O-1")
        dug("MAIN-PIT", "NORTH:O-2")
        dug("HILL", "NORTH:O-3")
        packed("NORTH:O-1", "MAIN-PIT")
        packed("NORTH:O-2", "HILL")
        s.gets("held", "false_mark", "mark_incomplete")
        s.tell("merge", "NORTH", "01-07", facility="MINE", inputs=[{"lot": "NORTH:O-1", "net": "50"}, {"lot": "NORTH:O-3", "net": "50"}],
               lot="NORTH:O-4")
        packed("NORTH:O-4", "MAIN-PIT")
        s.gets("flagged", "mark_incomplete")
        packed("NORTH:O-4", "MAIN-PIT", "HILL")
        s.gets("refused", "exists")                   # a bag is not used twice
        m.opened(s, "NORTH:OLD", "ORE", "100", "MINE", "01-08")
        packed("NORTH:OLD", "MAIN-PIT")
        s.gets("flagged", "mark_unproven")

    @scenario
    def b18_free_content_to_the_milligram(s):
        """A circuit gives what is free in it to the last milligram; the next one is held content."""
        m.circuit_with_feed(s)
        s.tell("charge", "NORTH", "01-03", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:GOOD"}])
        s.tell("hold", "REG", "01-04", lots=["NORTH:BAD"], reason="smuggled")
        hold = s.record
        s.tell("charge", "NORTH", "01-05", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:BAD"}])
        s.gets("held", "held_moved")
        s.tell("draw", "NORTH", "01-06", facility="SX", pool="NORTH:SX-1", outputs=[
            {"lot": "NORTH:R-1", "material": "RAFFINATE", "net": "500", "content": stated(Nd="100")}])
        s.tell("draw", "NORTH", "01-07", facility="SX", pool="NORTH:SX-1", outputs=[
            {"lot": "NORTH:R-2", "material": "RAFFINATE", "net": "0.000001", "content": stated(Nd="100")}])
        s.gets("held", "held_drawn")
        s.stands("/lots/NORTH:R-1/held", False)
        s.stands("/lots/NORTH:R-2/causes", ["%d.0" % hold, "%d.0" % (hold + 1)])
        s.stands("/pools/NORTH:SX-1/content/Nd", 499999999)

    # ---- quota, permits -------------------------------------------------------------------------------

    @scenario
    def k3_passed_down_to_the_milligram_and_the_day(s):
        """A group divides what it has, in several batches, to the last milligram and the last day."""
        s.party("NRE", "group")
        for name in ("NORTH", "EAST"):
            s.party(name, group="NRE")
        s.party("WEST")

        def adopt(day, name, party, *allot, **members):
            s.tell("plan.adopt", party, day, instrument=name, year=2026, ledger="separation", allot=[
                dict({"holder": h, "reo": reo}, **({"under": u} if u else {})) for h, u, reo in allot], **members)
        adopt("01-10", "I-1", "REG", ("REG", None, "10000"), ("NRE", "REG", "1000"), pass_down="2026-02-10")
        adopt("01-20", "N-1", "NRE", ("NORTH", "NRE", "600"), ("EAST", "NRE", "399.999999"))
        adopt("02-09", "N-2", "NRE", ("EAST", "NRE", "0.000002"))
        s.gets("refused", "incoherent")
        adopt("02-10", "N-3", "NRE", ("EAST", "NRE", "0.000001"))     # all of it, on the last day
        adopt("02-10", "N-4", "NRE", ("EAST", "NRE", "0.000001"))
        s.gets("refused", "incoherent")
        adopt("02-10", "N-5", "NRE", ("WEST", "NRE", "1"))
        s.gets("refused", "incoherent")
        adopt("02-11", "N-6", "NRE", ("NORTH", "NRE", "500"), ("EAST", "NRE", "500"), includes=["N-1", "N-3"])
        s.gets("flagged", "passed_down_late")
        s.stands("/nodes/NORTH separation - 2026", [500000000, 0])
        s.stands("/nodes/EAST separation - 2026", [500000000, 0])
        s.stands("/nodes/NRE separation - 2026", [1000000000, 0])

    @scenario
    def k12_a_permit_to_the_milligram_and_the_day(s):
        """A permit is good for its quantity and its days, the last ones included, and for one country."""
        m.parties(s, "NORTH")
        s.facility("STORE", "NORTH", "trade")
        s.party("CUSTOMS", "customs")
        s.facility("PORT", "CUSTOMS", "trade")
        s.material("ND-METAL", "metal", permits=["export"])
        for lot, net in (("A", "100"), ("B", "50.000001"), ("C", "50"), ("D", "0.000001"), ("E", "1"), ("F", "1")):
            m.opened(s, "NORTH:" + lot, "ND-METAL", net, "STORE", assay=assay(Nd="90"))
        s.licence("XP-1", "NORTH", "export", permit={"kind": "export", "type": "general", "quantity": "150", "countries": ["DE"]},
                  **{"from": "2026-01-05", "to": "2026-01-31"})

        def declared(day, lot, country="DE"):
            s.tell("export.goods", "NORTH", day, facility="STORE", declaration="NORTH:X-%s-%s" % (lot, day), office="PORT",
                   country=country, user="U-1", customs_code="2805301510", lots=[{"lot": "NORTH:" + lot}],
                   permits=[{"permit": "XP-1"}])
            sent = s.lines[-1][s.lines[-1].index('"event":') + len('"event":'):-1]
            return s.last, hashlib.sha256(sent.encode()).hexdigest()

        def stopped(day, cited):
            s.tell("confirm", "CUSTOMS", day, subject="NORTH", confirms=cited[0], hash=cited[1], declines=True)
        declared("01-04", "E")
        s.gets("held", "permit_invalid")
        declared("01-05", "A")
        declared("01-06", "F", "FR")
        s.gets("held", "permit_scope")
        more = declared("01-30", "B")
        s.gets("held", "permit_exceeded")
        stopped("01-30", more)
        declared("01-31", "C")                        # the rest of it, on the last day
        declared("01-31", "D")
        s.gets("held", "permit_exceeded")
        s.stands("/permits/XP-1", [150000000, 0, False])   # reserved; drawn only at clearance

    # ---- time and size --------------------------------------------------------------------------------

    @scenario
    def b8_as_long_as_a_span_may_be(s):
        """Thirty-one days and no second more; what happens in five minutes from now has happened."""
        m.parties(s, "NORTH")
        s.facility("STORE", "NORTH", "trade")
        s.material("SCRAP", "scrap")
        s.material("POWDER", "other")
        m.opened(s, "NORTH:A", "SCRAP", "100", "STORE", day="2026-01-01", assay=assay(Nd="20"))

        def mill(number, first, last, recorded=None):
            s.tell("transform", "NORTH", ("2026-" + first, "2026-" + last), recorded=recorded, facility="STORE",
                   inputs=[{"lot": "NORTH:A", "net": "1"}],
                   outputs=[{"lot": "NORTH:P%d" % number, "material": "POWDER", "net": "1", "content": stated(Nd="19")}])
        mill(1, "01-02T08:00:00+08:00", "02-02T08:00:00+08:00")
        mill(2, "01-02T08:00:00+08:00", "02-02T08:00:01+08:00")
        s.gets("refused", "span")
        mill(3, "02-03T08:00:00+08:00", "02-03T08:00:00+08:00")
        mill(4, "02-03T08:00:01+08:00", "02-03T08:00:00+08:00")
        s.gets("refused", "span")
        mill(5, "02-04T08:00:00+08:00", "02-04T08:05:00+08:00", recorded="2026-02-04T08:00:00+08:00")
        mill(6, "02-04T08:00:00+08:00", "02-04T08:05:01+08:00", recorded="2026-02-04T08:00:00+08:00")
        s.gets("refused", "in_future")
        mill(7, "02-27T20:00:00+08:00", "02-28T23:59:59+08:00")
        s.tell("close", "NORTH", "02-28", facility="STORE", month="2026-02")
        s.gets("refused", "month_order")              # not while it lasts
        s.tell("close", "NORTH", "2026-03-01T00:00:00+08:00", facility="STORE", month="2026-02")
        mill(8, "02-28T08:00:00+08:00", "02-28T09:00:00+08:00", recorded="2026-03-01T09:00:00+08:00")
        s.gets("flagged", "late_entry")
        m.opened(s, "NORTH:B", "SCRAP", "1", "STORE", day="2028-02-29")
        s.gets("refused", "after_cut_over")

    @scenario
    def as_large_and_as_small_as_a_lot_may_be(s):
        """A milligram is a lot, and so is all that fits under 10^12 kg; neither is lost nor gained by parting and joining."""
        m.parties(s, "NORTH")
        s.facility("STORE", "NORTH", "trade")
        s.material("SCRAP", "scrap")
        m.opened(s, "NORTH:HUGE", "SCRAP", "999999999999.999999", "STORE", content=stated(Nd="33.3333333", Fe="66.6666667"))
        m.opened(s, "NORTH:TINY", "SCRAP", "0.000001", "STORE", content=stated(Nd="50"))
        m.opened(s, "NORTH:NONE", "SCRAP", "0", "STORE")
        s.gets("refused", "nothing")
        s.tell("merge", "NORTH", "01-03", facility="STORE", inputs=[{"lot": "NORTH:HUGE"}, {"lot": "NORTH:TINY"}], lot="NORTH:M")
        s.gets("refused", "too_large")
        s.tell("split", "NORTH", "01-03", facility="STORE", lot="NORTH:HUGE", parts=[
            {"lot": "NORTH:H1", "net": "0.000001"}, {"lot": "NORTH:H2", "net": "0.000001"}, {"lot": "NORTH:H3", "net": "0.000001"}])
        s.tell("split", "NORTH", "01-04", facility="STORE", lot="NORTH:TINY", parts=[{"lot": "NORTH:T", "net": "0.000002"}])
        s.gets("refused", "not_enough")
        s.tell("merge", "NORTH", "01-05", facility="STORE",
               inputs=[{"lot": "NORTH:HUGE"}, {"lot": "NORTH:H1"}, {"lot": "NORTH:H2"}, {"lot": "NORTH:H3"}], lot="NORTH:ALL")
        s.stands("/lots/NORTH:ALL/net", 999999999999999999)
        s.stands("/lots/NORTH:ALL/mg/Nd", 333333333000000000)
        s.stands("/lots/NORTH:ALL/mg/Fe", 666666666999999999)
        s.stands("/lots/NORTH:TINY/mg", {})           # half of a milligram, to the even one

    # ---- what is told later ---------------------------------------------------------------------------

    @scenario
    def b24_restated_after_half_of_it_was_sold_and_gone(s):
        """The laboratory was wrong: what is left and what was only split off have the new figures, what left has the
        old ones, the month that was closed stays closed, and no quota is given back for what was taken."""
        m.parties(s, "NORTH", "SOUTH")
        m.plant(s, circuit=False)
        s.facility("YARD", "SOUTH", "trade")
        s.material("CONCENTRATE", "ore product", class_="rock")
        m.quota(s, "separation", "1000")
        m.opened(s, "NORTH:C", "CONCENTRATE", "10000", assay=assay(Nd="10"))
        s.tell("transform", "NORTH", "01-05", facility="SX", inputs=[{"lot": "NORTH:C", "net": "1000"}], outputs=[
            {"lot": "NORTH:O", "material": "PRND-OXIDE", "net": "120", "assay": assay(Nd="80")}])
        made = s.last
        s.tell("sell", "NORTH", "01-06", to="SOUTH", lots=[{"lot": "NORTH:O", "net": "30", "part": "NORTH:O-sold"}])
        s.tell("split", "NORTH", "01-06", facility="SX", lot="NORTH:O", parts=[{"lot": "NORTH:O-gone", "net": "60"}])
        s.tell("ship", "NORTH", "01-07", facility="SX", consignment="NORTH:T", to="YARD", lots=[{"lot": "NORTH:O-gone"}])
        s.tell("receive", "SOUTH", "01-08", facility="YARD", from_="NORTH", consignment="NORTH:T",
               lines=[{"from_lot": "NORTH:O-gone", "lot": "SOUTH:O"}])
        s.tell("close", "NORTH", "02-01", facility="SX", month="2026-01")
        s.tell("measure", "NORTH", "01-31", recorded="02-02", lot="NORTH:O", supersedes=made, assay=assay(Nd="79"))
        s.gets("flagged", "late_entry")
        restated = s.last
        s.tell("correct", "NORTH", "02-03", corrects=made, reason="wrong drum")
        s.gets("refused", "cannot_reverse")
        s.tell("measure", "NORTH", "02-03", lot="NORTH:O", supersedes=made, assay=assay(Nd="78"))
        s.gets("refused", "cannot_restate")           # the restatement is superseded in its turn
        s.tell("measure", "NORTH", "02-03", lot="NORTH:O", supersedes=restated, assay=assay(Nd="75"))
        s.tell("correct", "NORTH", "02-04", corrects=s.last, reason="the first one was right")
        s.stands("/lots/NORTH:O/mg/Nd", 23700000)
        s.stands("/lots/NORTH:O-sold/mg/Nd", 23700000)
        s.stands("/lots/SOUTH:O/mg/Nd", 48000000)
        s.stands("/accounts/SX 2026-02/measure/Nd", -600000)
        s.stands("/nodes/NORTH separation - 2026", [1000000000, 96 * 1166377])

    @scenario
    def b21_opening_stock_until_the_cut_over(s):
        """What was there is said until the first month is closed; a wrong tank is put right while nothing came of it."""
        m.parties(s, "NORTH")
        m.plant(s)
        m.quota(s, "separation", "1000")

        def tank(day, nd):
            s.tell("open", "NORTH", day, facility="SX", pools=[{"pool": "NORTH:SX-1", "components": {"Nd": nd}}])
        tank("01-02", "1000")
        s.tell("correct", "NORTH", "01-03", corrects=s.last, reason="another tank")
        tank("01-04", "100")
        right = s.last
        s.tell("draw", "NORTH", "01-05", facility="SX", pool="NORTH:SX-1", outputs=[
            {"lot": "NORTH:O", "material": "PRND-OXIDE", "net": "50", "content": stated(Nd="80")}])
        s.tell("correct", "NORTH", "01-06", corrects=right, reason="typing mistake")
        s.gets("refused", "cannot_reverse")           # some of it is oxide
        s.tell("close", "NORTH", "02-01", facility="SX", month="2026-01")
        tank("02-02", "1")
        s.gets("refused", "after_cut_over")
        s.stands("/accounts/SX 2026-01/opened/Nd", 100000000)
        s.stands("/pools/NORTH:SX-1/content/Nd", 60000000)

    @scenario
    def b26_goods_that_go_back(s):
        """Part of what came goes back: only what came in that consignment, and it is the sender's again."""
        m.two_yards(s)
        m.opened(s, "NORTH:A", "SCRAP", "100", "STORE", assay=assay(Nd="20"))
        s.tell("open", "SOUTH", "01-02", facility="YARD", lots=[{"lot": "SOUTH:OWN", "material": "SCRAP", "net": "10"}])
        m.sends(s, "01-03")
        m.gets(s, "01-04", from_lot="NORTH:A", lot="SOUTH:A")
        s.tell("split", "SOUTH", "01-05", facility="YARD", lot="SOUTH:A", parts=[{"lot": "SOUTH:A-bad", "net": "30"}])

        def back(day, lot, name):
            s.tell("return.goods", "SOUTH", day, facility="YARD", consignment="NORTH:T-1", back=name, lots=[{"lot": lot}],
                   reason="off grade")
        back("01-06", "SOUTH:OWN", "SOUTH:B-1")
        s.gets("refused", "not_received")
        back("01-06", "SOUTH:A-bad", "SOUTH:B-1")
        s.tell("receive", "NORTH", "01-07", facility="STORE", from_="SOUTH", consignment="SOUTH:B-1",
               lines=[{"from_lot": "SOUTH:A-bad", "lot": "NORTH:B", "of": "30.000001"}])
        s.gets("refused", "not_enough")
        s.tell("receive", "NORTH", "01-07", facility="STORE", from_="SOUTH", consignment="SOUTH:B-1",
               lines=[{"from_lot": "SOUTH:A-bad", "lot": "NORTH:B"}])
        s.stands("/lots/NORTH:B/net", 30000000)
        s.stands("/lots/NORTH:B/owner", "NORTH")
        s.stands("/lots/SOUTH:A/net", 70000000)
        s.stands("/accounts/YARD 2026-01/shipped/Nd", 6000000)
