"""Cases for make.py that an auditor looks for: what vanishes, what comes back, what is said twice."""


def add(case, m):
    """Each function below is one code, as in make.py; m holds the registries that cases share."""

    @case
    def emptied_oddly(s):
        m.store(s)
        s.material("SCRAP", "scrap")
        s.material("POWDER", "other")
        m.stock(s, material="SCRAP")
        s.tell("transform", "NORTH", "01-03", facility="STORE", inputs=[{"lot": "NORTH:A", "net": "89.9", "empty": True}],
               outputs=[{"lot": "NORTH:P", "material": "POWDER", "net": "89"}])
