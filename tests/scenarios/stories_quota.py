"""Scenarios of licences, plans, returns, restatements and corrections for make.py."""


def add(scenario, m):
    parties, rock_mine, plant, quota, opened = m.parties, m.rock_mine, m.plant, m.quota, m.opened
    stated, treo, reo, START = m.stated, m.treo, m.reo, m.START

    @scenario
    def licence_suspended_and_lifted(s):
        """A plant is stopped for three weeks; the order is lifted early; an amendment prolongs the licence."""
        s.party("NORTH")
        plant(s)
        s.licence("SL-1", "NORTH", "separation", facility="SX", to="2026-01-31")
        quota(s, "separation", "1000000")
        s.material("CONCENTRATE", "ore product", class_="rock")
        opened(s, "NORTH:C", "CONCENTRATE", "10000", content=stated(Nd="10"))

        def work(day):
            s.tell("transform", "NORTH", day, facility="SX", inputs=[{"lot": "NORTH:C", "net": "100"}],
                   outputs=[{"lot": "NORTH:P%s" % day, "material": "PRND-OXIDE", "net": "12",
                             "content": stated(Nd="80")}])

        work("01-05")
        s.reg("licence.suspend", licence="SL-1", reason="safety", day="2026-01-08T08:00:00+08:00",
              **{"from": "2026-01-10", "to": "2026-01-30"})
        order = s.last
        work("01-09")
        work("01-10")
        s.gets("held", "licence_suspended")
        s.reg("licence.suspend", licence="SL-1", lifts=order, day="2026-01-18T08:00:00+08:00",
              **{"from": "2026-01-19"})
        work("01-18")
        s.gets("held", "licence_suspended")
        work("01-19")
        work("02-02")
        s.gets("held", "no_licence")
        s.reg("licence.amend", licence="SL-1", to="2026-12-31", day="2026-02-03T08:00:00+08:00")
        work("02-04")

    @scenario
    def right_beside_licence(s):
        """A mining licence that rests on a mining right and an approved plan, within its area."""
        parties(s, "NORTH")
        s.licence("MR-1", "NORTH", "mining right", areas=[{"area": "EAST"}, {"area": "WEST"}], to="2026-03-31",
                  **{"from": "2000-01-01"})
        rock_mine(s)
        s.reg("licence.amend", licence="ML-1", requires=["MR-1"], areas=[{"area": "EAST"}],
              documents=[{"kind": "mining plan", "number": "P-7", "to": "2026-02-28"}])

        def mine(day, lot, **members):
            s.tell("extract", "NORTH", day, facility="MINE", source="MAIN-PIT",
                   outputs=[{"lot": lot, "material": "ORE", "net": "1000"}], **members)

        mine("01-05", "NORTH:O-1", area="EAST")
        mine("01-06", "NORTH:O-2", area="WEST")
        s.gets("held", "outside_area")
        mine("01-07", "NORTH:O-3")
        s.gets("flagged", "area_unstated")
        mine("03-02", "NORTH:O-4", area="EAST")
        s.gets("held", "permit_missing")
        s.reg("licence.amend", licence="ML-1", documents=[{"kind": "mining plan", "number": "P-8", "to": "2026-12-31"}],
              day="2026-03-03T08:00:00+08:00")
        mine("03-04", "NORTH:O-5", area="EAST")
        mine("04-01", "NORTH:O-6", area="EAST")
        s.gets("held", "permit_missing")

    # ---- quota --------------------------------------------------------------------------------------
    def separation(s, day, lot, kg):
        """`kg` of oxide at 80 % Nd from concentrate; its REO is kg * 0.8 * 1.166377."""
        s.tell("transform", "NORTH", day, facility="SX", inputs=[{"lot": "NORTH:C", "net": str(8 * kg)}],
               outputs=[{"lot": lot, "material": "PRND-OXIDE", "net": str(kg), "content": stated(Nd="80")}])

    def plant_in_groups(s):
        s.party("G1", "group")
        s.party("G2", "group")
        s.party("NORTH", group="G1")
        plant(s)
        s.material("CONCENTRATE", "ore product", class_="rock")
        opened(s, "NORTH:C", "CONCENTRATE", "100000", content=stated(Nd="10"))

    def adopt(s, day, name, *allot, party="REG", **members):
        s.tell("plan.adopt", party, day, instrument=name, year=2026, ledger="separation",
               allot=[dict({"holder": h, "reo": str(reo)}, **({"under": u} if u else {})) for h, u, reo in allot], **members)

    @scenario
    def quota_from_draft_to_company(s):
        """Drafted, commented on, adopted, passed down in time and late, warned, exceeded."""
        plant_in_groups(s)
        s.reg("policy", quota_notice="80", quota_warning="95")
        s.tell("plan.draft", "REG", "01-05", draft="D-1", year=2026, ledger="separation", until="2026-01-20",
               allot=[{"holder": "REG", "reo": "10000"}, {"holder": "G1", "under": "REG", "reo": "1200"}])
        s.tell("plan.opinion", "G1", "01-10", draft="D-1", position="objects", reo="1500")
        adopt(s, "01-21", "I-1", ("REG", None, 10000), ("G1", "REG", 1000), draft="D-1", pass_down="2026-02-10")
        adopt(s, "01-22", "I-X", ("REG", None, 10000), draft="D-1")
        s.gets("refused", "unknown_draft")
        adopt(s, "01-25", "G1-1", ("NORTH", "G1", 1001), party="G1")
        s.gets("refused", "incoherent")
        adopt(s, "01-25", "G2-1", ("NORTH", "G2", 10), party="G2")
        s.gets("refused", "not_passed_down")
        adopt(s, "01-25", "N-1", ("NORTH", "NORTH", 10), party="NORTH")
        s.gets("refused", "authority_only")
        adopt(s, "01-26", "G1-1", ("NORTH", "G1", 900), party="G1")
        separation(s, "02-01", "NORTH:P-1", 700)            # 653.2 of 900
        separation(s, "02-02", "NORTH:P-2", 75)             # 723.2: 80 per cent
        s.gets("flagged", "quota_notice")
        separation(s, "02-03", "NORTH:P-3", 10)
        separation(s, "02-04", "NORTH:P-4", 140)            # 863.1: 95 per cent
        s.gets("flagged", "quota_warning")
        separation(s, "02-05", "NORTH:P-5", 50)             # 909.8
        s.gets("held", "quota_exceeded")
        adopt(s, "02-11", "G1-2", ("NORTH", "G1", 100), party="G1")
        s.gets("flagged", "passed_down_late")
        s.stands("/nodes/NORTH separation - 2026", [1000 * 10 ** 6, reo(Nd=780)])

    @scenario
    def holder_moves_in_mid_year(s):
        """A company changes groups: what it drew stays where it was drawn; its quota moves by instrument."""
        plant_in_groups(s)
        adopt(s, "01-10", "I-1", ("REG", None, 10000), ("G1", "REG", 2000), ("G2", "REG", 2000), ("NORTH", "G1", 1000))
        separation(s, "02-01", "NORTH:P-1", 100)
        s.party("NORTH", group="G2", day="2026-06-01T08:00:00+08:00")
        separation(s, "06-05", "NORTH:P-2", 100)            # by the instrument still under G1
        adopt(s, "06-10", "I-2", ("G1", "REG", 1000), ("G2", "REG", 3000), ("NORTH", "G2", 1000), includes=["I-1"])
        separation(s, "06-20", "NORTH:P-3", 100)
        separation(s, "06-09", "NORTH:P-4", 100)            # told late, and it was G1's then
        each = 80 * 1166377
        s.stands("/nodes/G1 separation - 2026", [1000 * 10 ** 6, 3 * each])
        s.stands("/nodes/G2 separation - 2026", [3000 * 10 ** 6, each])
        s.stands("/nodes/NORTH separation - 2026", [1000 * 10 ** 6, 4 * each])
        s.stands("/nodes/REG separation - 2026", [10000 * 10 ** 6, 4 * each])

    @scenario
    def b15_quota_comes_by_one_way(s):
        """By its group and by the authority at once is refused, whoever is first; more by the same way, or all anew, is not."""
        plant_in_groups(s)
        adopt(s, "01-10", "I-1", ("REG", None, 10000), ("G1", "REG", 2000), pass_down="2026-03-01")
        s.tell("plan.adopt", "G1", "01-15", instrument="I-2", year=2026, ledger="separation",
               allot=[{"holder": "NORTH", "under": "G1", "reo": "100"}])
        adopt(s, "01-20", "I-3", ("NORTH", "REG", 500))
        s.gets("refused", "two_ways")
        adopt(s, "01-20", "I-4", ("G1", "REG", 500), ("NORTH", "G1", 100))          # more, by the same way
        adopt(s, "01-21", "I-5", ("NORTH", "G2", 0))                                # nothing, but by another way
        s.gets("refused", "incoherent")
        adopt(s, "01-22", "I-6", ("G2", "REG", 500), ("NORTH", "G2", 0))
        s.gets("refused", "two_ways")
        separation(s, "02-01", "NORTH:P-1", 200)                                    # 187 of 200
        adopt(s, "02-10", "I-7", ("NORTH", "REG", 300), includes=["I-2", "I-4"])     # all of it anew, by the authority
        separation(s, "02-11", "NORTH:P-2", 100)
        s.tell("plan.adopt", "G1", "02-12", instrument="I-8", year=2026, ledger="separation",
               allot=[{"holder": "NORTH", "under": "G1", "reo": "100"}])
        s.gets("refused", "two_ways")
        s.stands("/nodes/NORTH separation - 2026", [300 * 10 ** 6, reo(Nd=240)])
        s.stands("/nodes/G1 separation - 2026", [2500 * 10 ** 6, reo(Nd=160)])

    @scenario
    def year_ended(s):
        """After the authority ends the year a decrease waits for its release; a raise does not."""
        plant_in_groups(s)
        adopt(s, "01-10", "I-1", ("REG", None, 10000), ("NORTH", "REG", 1000))
        s.party("LAB", "laboratory")
        separation(s, "02-01", "NORTH:P-1", 100)
        made = s.last
        separation(s, "12-01", "NORTH:P-2", 100)
        s.tell("close", "REG", "2027-01-20", year=2026)
        s.tell("correct", "NORTH", "2027-01-25", corrects=made, reason="never made")
        s.gets("flagged", "decrease_waits")
        waits = s.record
        each = 80 * 1166377
        s.tell("measure", "NORTH", "2027-01-26", lot="NORTH:P-2", assay=m.assay(Nd="81"))
        s.tell("release", "REG", "2027-02-01", cause="%d.0" % waits, reason="checked")
        s.stands("/nodes/NORTH separation - 2026", [1000 * 10 ** 6, 81 * 1166377])
        s.stands("/nodes/REG separation - 2026", [10000 * 10 ** 6, 81 * 1166377])

    @scenario
    def cut_below_what_is_drawn(s):
        """A cut is accepted and holds only what is drawn from then on; several batches add and include."""
        plant_in_groups(s)
        adopt(s, "01-10", "I-1", ("REG", None, 10000), ("NORTH", "REG", 500))
        adopt(s, "01-20", "I-2", ("REG", None, 1000), ("NORTH", "REG", 100))
        separation(s, "02-01", "NORTH:P-1", 300)
        adopt(s, "03-01", "I-3", ("REG", None, 8000), ("NORTH", "REG", 200), includes=["I-1", "I-2"])
        s.stands("/nodes/REG separation - 2026", [8000 * 10 ** 6, reo(Nd=240) + 2 * 933102])
        separation(s, "03-02", "NORTH:P-2", 1)
        s.gets("held", "quota_exceeded")
        adopt(s, "03-10", "I-4", ("NORTH", "REG", 9000))     # the nation's 8000 binds all the same
        separation(s, "03-11", "NORTH:P-3", 1)
