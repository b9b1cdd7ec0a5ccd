"""Cases of licences, plans and returns for make.py."""


def add(case, m):
    """Each function below is one code, as in make.py; m holds the registries that cases share."""

    @case
    def out_of_order(s):
        s.party("NORTH")
        s.licence("SL-1", "NORTH", "separation")
        s.reg("licence.amend", licence="SL-1", to="2027-12-31", day="2026-01-20T08:00:00+08:00")
        s.tell("licence.amend", "REG", "01-10", licence="SL-1", to="2026-12-31")

    @case
    def permit_missing(s):
        m.mine(s, dict(requires=["MR-1"]))
        m.mined(s)

    @case
    def outside_area(s):
        m.mine(s, dict(areas=[{"area": "EAST"}]))
        s.tell("extract", "NORTH", "01-02", facility="MINE", source="MAIN", area="WEST",
               outputs=[{"lot": "NORTH:O", "material": "ORE", "net": "1000"}])

    @case
    def area_unstated(s):
        m.mine(s, dict(areas=[{"area": "EAST"}]))
        m.mined(s)
