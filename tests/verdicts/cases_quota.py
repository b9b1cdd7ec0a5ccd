"""Cases of licences, plans and returns for make.py."""


from words import stated


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

    def plan(s, day="01-01", ident="I-1", kind="plan.adopt", party="REG", year=2026, allot=None, **members):
        name = "draft" if kind == "plan.draft" else "instrument"
        s.tell(kind, party, day, ledger="separation", year=year, **{name: ident}, **members,
               allot=allot or [{"holder": "REG", "reo": "1000"}, {"holder": "NORTH", "under": "REG", "reo": "100"}])

    def drafted(s):
        s.party("NORTH")
        plan(s, "01-02", "D-1", "plan.draft", until="2026-01-20")

    @case
    def unknown_draft(s):
        s.party("NORTH")
        s.tell("plan.opinion", "NORTH", "01-03", draft="D-1", position="objects")

    @case
    def opinion_late(s):
        drafted(s)
        s.tell("plan.opinion", "NORTH", "01-21", draft="D-1", position="supports")

    @case
    def consultation_open(s):
        drafted(s)
        plan(s, "01-20", draft="D-1")

    @case
    def quota_notice(s):
        s.reg("policy", quota_notice="80")
        m.separator(s)
        m.concentrate(s)
        plan(s, allot=[{"holder": "REG", "reo": "1000"}, {"holder": "NORTH", "under": "REG", "reo": "140"}])
        m.oxide_made(s)

    @case
    def quota_warning(s):
        s.reg("policy", quota_warning="95")
        m.separator(s)
        m.concentrate(s)
        plan(s, allot=[{"holder": "REG", "reo": "1000"}, {"holder": "NORTH", "under": "REG", "reo": "120"}])
        m.oxide_made(s)

    @case
    def not_passed_down(s):
        s.party("GROUP", "group")
        plan(s, "01-21", "G-1", party="GROUP", allot=[{"holder": "GROUP", "under": "GROUP", "reo": "500"}])

    @case
    def passed_down_late(s):
        s.party("GROUP", "group")
        s.party("NORTH", group="GROUP")
        plan(s, "01-02", pass_down="2026-01-20",
             allot=[{"holder": "REG", "reo": "1000"}, {"holder": "GROUP", "under": "REG", "reo": "500"}])
        plan(s, "01-21", "G-1", party="GROUP", allot=[{"holder": "NORTH", "under": "GROUP", "reo": "500"}])

    @case
    def overdrawn_before(s):
        s.party("NORTH")
        s.facility("SX", "NORTH", "trade")
        s.material("CONC", "ore product", class_="rock")
        s.material("SALT", "other")
        m.concentrate(s)
        plan(s, allot=[{"holder": "REG", "reo": "1000"}, {"holder": "NORTH", "under": "REG", "reo": "1000"}])
        s.tell("transform", "NORTH", "01-03", facility="SX", inputs=[{"lot": "NORTH:C"}],
               outputs=[{"lot": "NORTH:X", "material": "SALT", "net": "1000", "content": stated(Nd="10")}])
        plan(s, "01-04", "I-2", includes=["I-1"])
        plan(s, "2027-01-05", "I-3", year=2027)

    @case
    def decrease_waits(s):
        m.separator(s)
        m.concentrate(s)
        plan(s)
        s.lines[-1] = s.lines[-1].replace('"100"', '"1000"')
        m.oxide_made(s)
        s.tell("close", "REG", "2027-01-10", year=2026)
        s.tell("correct", "NORTH", "2027-01-11", corrects="%d" % (s.count - 1))
