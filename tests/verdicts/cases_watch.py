"""Cases for make.py that an auditor looks for: what vanishes, what comes back, what is said twice."""
import hashlib


def add(case, m):
    """Each function below is one code, as in make.py; m holds the registries that cases share."""

    @case
    def two_ways(s):
        s.party("NRE", "group")
        s.party("NORTH", group="NRE")
        s.plan("2026-S", "separation", ("REG", "1000"), ("NRE", "REG", "150"), ("NORTH", "NRE", "150"))
        s.plan("2026-S-2", "separation", ("NORTH", "REG", "50"), day="01-20")

    @case
    def reason_needed(s):
        s.reg("case", case="C-1", state="closed", outcome="nothing found")
        s.reg("case", case="C-1", state="open")

    @case
    def emptied_oddly(s):
        m.store(s)
        s.material("SCRAP", "scrap")
        s.material("POWDER", "other")
        m.stock(s, material="SCRAP")
        s.tell("transform", "NORTH", "01-03", facility="STORE", inputs=[{"lot": "NORTH:A", "net": "89.9", "empty": True}],
               outputs=[{"lot": "NORTH:P", "material": "POWDER", "net": "89"}])

    def port(s):
        m.store(s)
        s.party("CUSTOMS", "customs")
        s.facility("PORT", "CUSTOMS", "trade")
        s.material("SALT", "other")
        m.stock(s)
        s.tell("export.goods", "NORTH", "01-03", facility="STORE", declaration="NORTH:X-1", office="PORT", country="DE",
               user="U-1", customs_code="8505111000", lots=[{"lot": "NORTH:A"}])

    def cleared(s, **members):
        sent = s.lines[-1][s.lines[-1].index('"event":') + len('"event":'):-1]
        s.tell("confirm", "CUSTOMS", "01-04", subject="NORTH", confirms="%d" % s.count,
               hash=hashlib.sha256(sent.encode()).hexdigest(), **members)

    @case
    def customs_differs(s):
        port(s)
        cleared(s, found=[{"lot": "NORTH:A", "net": "102"}])

    @case
    def more_came_back(s):
        port(s)
        cleared(s)
        s.tell("import.goods", "NORTH", "01-20", facility="STORE", declaration="NORTH:I-1", office="PORT", country="DE",
               customs_code="8505111000", returns="NORTH:X-1", lines=[{"lot": "NORTH:B", "material": "SALT", "net": "102"}])

    @case
    def user_listed(s):
        s.reg("policy", screening=[{"user": "U-1", "listed": True}])
        port(s)
