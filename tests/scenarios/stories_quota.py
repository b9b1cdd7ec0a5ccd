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
