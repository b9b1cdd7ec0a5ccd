"""Cases of trade for make.py: owners, sales, packages, movements and the border."""


def add(case, m):
    """Each function below is one code, as in make.py; m holds the registries that cases share."""

    @case
    def not_owner(s):
        m.trader(s)
        s.party("SOUTH")
        m.stock(s, owner="SOUTH")
        s.tell("sell", "NORTH", "01-03", to="SOUTH", lots=[{"lot": "NORTH:A"}])

    @case
    def tolling(s):
        s.party("NORTH")
        s.party("SOUTH")
        s.facility("STORE", "NORTH", "separation")
        s.licence("SL-1", "NORTH", "separation")
        s.material("SALT", "other")
        m.stock(s, owner="SOUTH")
        s.pool("NORTH:SX", "STORE", "separation", "rock")
        s.tell("charge", "NORTH", "01-03", facility="STORE", pool="NORTH:SX", inputs=[{"lot": "NORTH:A"}])

    @case
    def commingled(s):
        m.trader(s)
        s.party("SOUTH")
        m.stock(s)
        m.stock(s, lot="NORTH:B", owner="SOUTH")
        s.tell("merge", "NORTH", "01-03", facility="STORE", lot="NORTH:AB",
               inputs=[{"lot": "NORTH:A"}, {"lot": "NORTH:B"}])

    @case
    def seal_broken(s):
        m.two_sites(s)
        m.stock(s)
        m.shipped(s, seal="S-1")
        m.received(s, seal="S-2")
