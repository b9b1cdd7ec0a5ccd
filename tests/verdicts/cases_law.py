"""Cases of law for make.py: seizure, reserves, technology."""

PAPER = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def add(case, m):
    """Each function below is one code, as in make.py; m holds the registries that cases share."""

    def technology(s, class_, **members):
        s.party("NORTH")
        s.reg("technology", technology="SX-7", owner="NORTH", entry="1E902.a",
              **dict({"class": class_}, **members))

    def tell(s, party="NORTH", **members):
        s.tell("technology.disclose", party, "01-02", **dict({"technology": "SX-7", "step": "negotiation",
                                                             "outside": "a works", "country": "DE"}, **members))

    @case
    def unknown_technology(s):
        s.party("NORTH")
        s.tell("technology.disclose", "NORTH", "01-02", technology="SX-7", step="contract", outside="a works",
               country="DE")

    @case
    def unknown_permit(s):
        technology(s, "restricted")
        tell(s, permit="T-1")

    @case
    def technology_holder(s):
        technology(s, "free")
        s.party("SOUTH")
        tell(s, "SOUTH")

    @case
    def technology_prohibited(s):
        technology(s, "prohibited")
        tell(s)

    @case
    def technology_permit(s):
        technology(s, "restricted", permits=[{"permit": "T-1", "step": "negotiation", "from": "2026-01-03"}])
        tell(s)

    @case
    def seized(s):
        m.trader(s)
        m.stock(s)
        s.tell("seize", "REG", "01-03", lots=["NORTH:A"], order="2026-17")

    @case
    def reserved(s):
        m.trader(s)
        m.stock(s)
        s.tell("reserve", "REG", "01-03", reserve="STATE", lots=["NORTH:A"])
