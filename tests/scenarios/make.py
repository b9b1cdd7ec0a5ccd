#!/usr/bin/env python3
"""Writes the scenarios: stories of the trade, with the answers that docs/book.md asks for.

For each function below NAME.ndjson holds the events and NAME.expected a line for each: id, verdict,
codes. The expectation is written here, beside the event, by hand and from the rules; lines that begin
with `=` say what must stand in the book at the end, as a place in the dump of model_book.
    make.py           writes the files
    make.py --check   fails when the files are not as it would write them
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "verdicts"))
import stories_trade                                                    # noqa: E402
import stories_quota                                                    # noqa: E402
import checks   # noqa: E402
import stories_watch   # noqa: E402
import stories_limits   # noqa: E402
from cases_identity import key_of                           # noqa: E402
from words import START, Story, sealed_hash, assay, stated, text, treo   # noqa: E402

SCENARIOS = {}
OXIDE = {"Nd": 1166377, "Dy": 1147683, "Y": 1269932}   # mg of oxide in 1,000,000 mg of element, IUPAC 2024


def reo(**kg):
    """The rare-earth oxide, in mg, of so many kg of each element."""
    return sum(OXIDE[symbol] * amount for symbol, amount in kg.items())


class Scenario(Story):
    """A story whose every event is expected to be accepted, unless `gets` says otherwise."""

    def __init__(self):
        super().__init__()
        self.expected = ["genesis accepted"]

    def say(self, event, recorded=None, by=None):
        super().say(event, recorded, by)
        self.expected.append("%s accepted" % event["id"])

    def gets(self, verdict, *codes):
        """What the last event's answer is."""
        self.expected[-1] = " ".join([self.expected[-1].split()[0], verdict] + list(codes))

    def again(self):
        """The last line is sent once more, byte for byte; its answer is the same."""
        self.lines.append(self.lines[-1])
        self.expected.append(self.expected[-1])

    def stands(self, place, value):
        self.expected.append("= %s %s" % (place, text(value)))

    @property
    def last(self):
        return "%d" % self.count

    @property
    def record(self):
        """The number of the last record, as causes are named by it."""
        return sum(1 for line in self.expected if not line.startswith("=") and " refused" not in line) - 1


def scenario(function):
    s = Scenario()
    SCENARIOS[function.__name__] = s
    function(s)
    return function


# ---- a small country ----------------------------------------------------------------------------------

def parties(s, *names):
    s.party("LAB", "laboratory")
    for name in names:
        s.party(name)


def rock_mine(s):
    """A mine on a rock-type deposit, whose mill makes concentrate."""
    s.facility("MINE", "NORTH", "mining")
    s.material("ORE", "ore")
    s.material("CONCENTRATE", "ore product", class_="rock", moisture="8")
    s.reg("deposit", deposit="BAYAN-OBO", class_="rock", reserve="35000000000")
    s.licence("ML-1", "NORTH", "mining", facility="MINE", sources=["MAIN-PIT"])
    s.reg("source", source="MAIN-PIT", deposit="BAYAN-OBO", licence="ML-1")


def plant(s, circuit=True):
    """A separation plant, with one circuit."""
    s.facility("SX", "NORTH", "separation")
    s.licence("SL-1", "NORTH", "separation", facility="SX")
    s.material("PRND-OXIDE", "compound")
    s.material("RAFFINATE", "residue")
    if circuit:
        s.pool("NORTH:SX-1", "SX", "separation", "rock")


def quota(s, ledger, reo, holder="NORTH", **members):
    s.plan("2026-%s-1" % ledger, ledger, ("REG", reo), (holder, "REG", reo), **members)


def opened(s, lot, material, net, facility="SX", day="01-02", **content):
    line = {"lot": lot, "material": material, "net": net}
    line.update(content or {})
    s.tell("open", lot.split(":")[0], day, facility=facility, lots=[line])


# ---- chains -------------------------------------------------------------------------------------------

@scenario
def mine_to_magnet(s):
    """Rock to magnet, everything in order."""
    parties(s, "NORTH", "MAG")
    rock_mine(s)
    plant(s)
    s.facility("CELLS", "NORTH", "metal")
    s.licence("PL-1", "NORTH", "metal")
    s.material("PRND-METAL", "metal")
    s.facility("MAGNETS", "MAG", "alloy", "magnet")
    s.licence("AL-1", "MAG", "alloy")
    s.licence("GL-1", "MAG", "magnet")
    s.material("NDFEB-ALLOY", "alloy")
    s.material("NDFEB-MAGNET", "magnet")
    s.material("SWARF", "scrap", moisture="10")
    s.material("IRON", "other")
    quota(s, "mining", "30000", class_="rock")
    quota(s, "separation", "30000")
    s.tell("extract", "NORTH", ("01-05", "01-06"), facility="MINE", source="MAIN-PIT", outputs=[
        {"lot": "NORTH:C-1", "material": "CONCENTRATE", "net": "50000", "moisture": "8",
         "weighing": {"device": "NORTH:BRIDGE"},
         "assay": treo("50", La="26", Ce="50", Pr="5", Nd="16")}])
    s.tell("ship", "NORTH", "01-07", facility="MINE", consignment="NORTH:T-1", to="SX", lots=[{"lot": "NORTH:C-1"}])
    s.tell("receive", "NORTH", "01-07", facility="SX", from_="NORTH", consignment="NORTH:T-1",
           lines=[{"from_lot": "NORTH:C-1", "lot": "NORTH:C-1r", "net": "49990",
                   "weighing": {"device": "NORTH:BRIDGE-2"}}])
    s.tell("charge", "NORTH", ("01-08", "01-20"), facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:C-1r"}])
    s.tell("draw", "NORTH", ("01-15", "01-25"), facility="SX", pool="NORTH:SX-1", outputs=[
        {"lot": "NORTH:O-1", "material": "PRND-OXIDE", "net": "4500",
         "assay": assay(_lab="LAB", Pr="20", Nd="65")}])
    s.tell("ship", "NORTH", "01-26", facility="SX", consignment="NORTH:T-2", to="CELLS", lots=[{"lot": "NORTH:O-1"}])
    s.tell("receive", "NORTH", "01-26", facility="CELLS", from_="NORTH", consignment="NORTH:T-2",
           lines=[{"from_lot": "NORTH:O-1", "lot": "NORTH:O-1r"}])
    s.tell("transform", "NORTH", "01-28", facility="CELLS", process="electrolysis", inputs=[{"lot": "NORTH:O-1r"}],
           outputs=[{"lot": "NORTH:M-1", "material": "PRND-METAL", "net": "3750", "assay": assay(Pr="23.4", Nd="76")}])
    s.tell("split", "NORTH", "01-29", facility="CELLS", lot="NORTH:M-1", parts=[
        {"lot": "NORTH:M-1a", "net": "3000"}, {"lot": "NORTH:M-1b", "net": "750"}])
    s.tell("ship", "NORTH", "01-30", facility="CELLS", consignment="NORTH:T-3", to="MAGNETS", lots=[{"lot": "NORTH:M-1a"}])
    s.tell("receive", "MAG", "02-02", facility="MAGNETS", from_="NORTH", consignment="NORTH:T-3",
           lines=[{"from_lot": "NORTH:M-1a", "lot": "MAG:M-1", "net": "3000.4", "weighing": {"device": "MAG:S-1"}}])
    opened(s, "MAG:FE", "IRON", "20000", "MAGNETS", "02-01")
    s.tell("transform", "MAG", "02-05", facility="MAGNETS", process="strip casting",
           inputs=[{"lot": "MAG:M-1"}, {"lot": "MAG:FE", "net": "7000"}],
           outputs=[{"lot": "MAG:A-1", "material": "NDFEB-ALLOY", "net": "9990", "assay": assay(Pr="7", Nd="22.8", Fe="68")}])
    s.tell("transform", "MAG", "02-10", facility="MAGNETS", process="sintering", inputs=[{"lot": "MAG:A-1"}], outputs=[
        {"lot": "MAG:G-1", "material": "NDFEB-MAGNET", "net": "7900", "assay": assay(Pr="7", Nd="22.7", Fe="68")},
        {"lot": "MAG:S-1", "material": "SWARF", "net": "2200", "assay": assay(Pr="7", Nd="22", Fe="65")}])
    s.tell("ship", "MAG", "02-12", facility="MAGNETS", consignment="MAG:T-1",
           outside={"kind": "other", "name": "motor works"}, lots=[{"lot": "MAG:G-1"}])
    s.stands("/causes", {})
    s.stands("/lots/NORTH:M-1b/held", False)


@scenario
def ion_field(s):
    """A leach field feeds carbonate to a plant: mining quota when solution becomes carbonate, separation
    quota when carbonate becomes oxide."""
    parties(s, "SOUTH")
    s.facility("FIELD", "SOUTH", "mining")
    s.facility("SX", "SOUTH", "separation")
    s.material("SOLUTION", "ore")
    s.material("ION-CARBONATE", "ore product", class_="ion")
    s.material("DY-OXIDE", "compound")
    s.reg("deposit", deposit="GANNAN", class_="ion", reserve="5000")
    s.licence("ML-7", "SOUTH", "mining")
    s.licence("SL-7", "SOUTH", "separation")
    s.reg("source", source="HILL-3", deposit="GANNAN", licence="ML-7")
    s.pool("SOUTH:POND", "FIELD", "mining", "ion")
    s.pool("SOUTH:SX-1", "SX", "separation", "ion")
    s.plan("2026-M", "mining", ("REG", "2000"), ("SOUTH", "REG", "1000"), class_="ion")
    s.plan("2026-S", "separation", ("REG", "2000"), ("SOUTH", "REG", "1000"))
    s.tell("extract", "SOUTH", ("01-03", "01-20"), facility="FIELD", source="HILL-3", pool="SOUTH:POND",
           outputs=[{"material": "SOLUTION", "net": "400000", "assay": assay(Dy="0.1", Y="0.1")}])
    s.stands("/deposits/GANNAN", reo(Dy=400, Y=400))
    s.tell("charge", "SOUTH", "01-21", facility="FIELD", pool="SOUTH:POND", inputs=[{"lot": "SOUTH:X"}])
    s.gets("refused", "pool_kind")
    s.tell("draw", "SOUTH", ("01-10", "01-25"), facility="FIELD", pool="SOUTH:POND", outputs=[
        {"lot": "SOUTH:K-1", "material": "ION-CARBONATE", "net": "1000", "assay": assay(Dy="35", Y="35")}])
    s.stands("/nodes/SOUTH mining ion 2026", [1000000000, reo(Dy=350, Y=350)])
    s.tell("ship", "SOUTH", "01-26", facility="FIELD", consignment="SOUTH:T-1", to="SX", lots=[{"lot": "SOUTH:K-1"}])
    s.tell("receive", "SOUTH", "01-27", facility="SX", from_="SOUTH", consignment="SOUTH:T-1",
           lines=[{"from_lot": "SOUTH:K-1", "lot": "SOUTH:K-1r"}])
    s.tell("charge", "SOUTH", "01-28", facility="SX", pool="SOUTH:SX-1", inputs=[{"lot": "SOUTH:K-1r"}])
    s.tell("draw", "SOUTH", "01-30", facility="SX", pool="SOUTH:SX-1", outputs=[
        {"lot": "SOUTH:D-1", "material": "DY-OXIDE", "net": "400", "assay": assay(Dy="87")}])
    s.tell("correct", "SOUTH", "02-02", corrects=s.last, reason="wrong drum")
    s.stands("/lots/SOUTH:D-1/state", "ended")


@scenario
def recycler(s):
    """Swarf from outside becomes oxide again: no quota is drawn, and ore has no business there."""
    parties(s, "REC", "NORTH")
    s.facility("MILL", "REC", "recycling")
    s.licence("RL-1", "REC", "recycling")
    s.material("SWARF", "scrap", moisture="12")
    s.material("ND-OXIDE", "compound")
    s.material("CONCENTRATE", "ore product", class_="rock")
    s.pool("REC:LINE", "MILL", "recycling", "recycled")
    s.tell("receive", "REC", "01-05", facility="MILL", outside={"kind": "production scrap", "name": "works abroad"},
           lines=[{"lot": "REC:S-1", "material": "SWARF", "net": "4000", "moisture": "12", "assay": assay(Nd="22")}])
    s.tell("charge", "REC", "01-06", facility="MILL", pool="REC:LINE", inputs=[{"lot": "REC:S-1"}])
    s.tell("draw", "REC", "01-20", facility="MILL", pool="REC:LINE", outputs=[
        {"lot": "REC:O-1", "material": "ND-OXIDE", "net": "850", "assay": assay(Nd="85")}])
    s.stands("/nodes", {})
    s.facility("DUMP", "NORTH", "mining")
    opened(s, "NORTH:C-1", "CONCENTRATE", "1000", "DUMP", "01-07", assay=assay(Nd="10"))
    s.tell("ship", "NORTH", "01-08", facility="DUMP", consignment="NORTH:T-1", to="MILL", lots=[{"lot": "NORTH:C-1"}])
    s.tell("receive", "REC", "01-09", facility="MILL", from_="NORTH", consignment="NORTH:T-1",
           lines=[{"from_lot": "NORTH:C-1", "lot": "REC:C-1"}])
    s.gets("held", "recycler_ore")
    s.tell("charge", "REC", "01-10", facility="MILL", pool="REC:LINE", inputs=[{"lot": "REC:C-1"}])
    s.gets("held", "held_moved", "recycler_ore")


# ---- quota --------------------------------------------------------------------------------------------

def undrawn_stock(s, oxide_net="1000"):
    """A plant with opened concentrate: 1,000 kg of Nd, undrawn; oxide is made of it batch by batch."""
    parties(s, "NORTH")
    plant(s, circuit=False)
    s.material("CONCENTRATE", "ore product", class_="rock")
    opened(s, "NORTH:C", "CONCENTRATE", "10000", assay=assay(Nd="10"))


def batch(s, number, nd, day, facility="SX"):
    """`nd` kg of neodymium leave the concentrate as oxide of 85 %."""
    s.tell("transform", "NORTH", day, facility=facility, inputs=[{"lot": "NORTH:C", "net": "%d" % (nd * 10)}],
           outputs=[{"lot": "NORTH:O-%d" % number, "material": "PRND-OXIDE", "net": "%d" % nd,
                     "content": stated("calculated", Nd="100")}])


@scenario
def quota_batches(s):
    """Two batches within the quota, the third beyond it; a further instrument does not release it."""
    undrawn_stock(s)
    quota(s, "separation", "300")
    batch(s, 1, 100, "01-05")
    batch(s, 2, 100, "01-06")
    batch(s, 3, 100, "01-07")
    s.gets("held", "quota_exceeded")
    cause = s.record
    s.plan("2026-S-2", "separation", ("REG", "100"), ("NORTH", "REG", "100"), day="01-08")
    s.tell("ship", "NORTH", "01-09", facility="SX", consignment="NORTH:T-1", to="SX", lots=[{"lot": "NORTH:O-3"}])
    s.gets("held", "held_moved")
    breach = s.record
    s.tell("release", "REG", "01-10", cause="%d.0" % cause)
    s.tell("ship", "NORTH", "01-10", facility="SX", consignment="NORTH:T-2", to="SX", lots=[{"lot": "NORTH:O-3"}])
    s.gets("refused", "lot_elsewhere")
    s.tell("release", "REG", "01-10", cause="%d.0" % breach)
    s.stands("/lots/NORTH:O-3/held", False)
    s.stands("/nodes/NORTH separation - 2026", [400000000, reo(Nd=300)])
    s.stands("/nodes/REG separation - 2026", [400000000, reo(Nd=300)])


@scenario
def quota_includes(s):
    """The year's second instrument includes the first and cuts below what is drawn: what was made stays
    free, further draws are held."""
    undrawn_stock(s)
    quota(s, "separation", "300")
    batch(s, 1, 200, "01-05")
    s.plan("2026-S-2", "separation", ("REG", "1000"), ("NORTH", "REG", "200"), day="01-06",
           includes=["2026-separation-1"])
    batch(s, 2, 10, "01-07")
    s.gets("held", "quota_exceeded")
    s.stands("/nodes/NORTH separation - 2026", [200000000, reo(Nd=210)])
    s.stands("/nodes/REG separation - 2026", [1000000000, reo(Nd=210)])
    s.stands("/lots/NORTH:O-1/held", False)
    s.stands("/lots/NORTH:O-2/held", True)
    s.plan("2026-S-3", "separation", ("SOUTH", "REG", "1"), day="01-08")
    s.gets("refused", "unknown_party")
    s.plan("2025-S", "separation", ("REG", "1"), year=2025, day="01-08", includes=["2026-S-2"])
    s.gets("refused", "unknown_instrument")


@scenario
def quota_tree(s):
    """The group's figure binds although the company's own is not used up; plants are levels too."""
    s.party("NRE", "group")
    s.party("NORTH", group="NRE")
    s.party("EAST", group="NRE")
    s.party("LAB", "laboratory")
    plant(s, circuit=False)
    s.material("CONCENTRATE", "ore product", class_="rock")
    s.plan("2026-S", "separation", ("REG", "1000"), ("NRE", "REG", "150"), ("NORTH", "NRE", "150"))
    s.plan("2026-S-2", "separation", ("EAST", "NRE", "150"))
    opened(s, "NORTH:C", "CONCENTRATE", "10000", assay=assay(Nd="10"))
    s.facility("SX-E", "EAST", "separation")
    s.licence("SL-E", "EAST", "separation")
    s.tell("open", "EAST", "01-02", facility="SX-E",
           lots=[{"lot": "EAST:C", "material": "CONCENTRATE", "net": "10000", "assay": assay(Nd="10")}])
    batch(s, 1, 100, "01-05")
    s.tell("transform", "EAST", "01-06", facility="SX-E", inputs=[{"lot": "EAST:C", "net": "1000"}],
           outputs=[{"lot": "EAST:O-1", "material": "PRND-OXIDE", "net": "100", "content": stated("calculated", Nd="100")}])
    s.gets("held", "quota_exceeded")
    s.stands("/nodes/NRE separation - 2026", [150000000, reo(Nd=200)])
    s.stands("/nodes/EAST separation - 2026", [150000000, reo(Nd=100)])


@scenario
def quota_advance(s):
    """Before the year's first instrument: within the advance flagged, beyond it held; the instrument
    settles what was within."""
    undrawn_stock(s)
    s.plan("2025-S", "separation", ("REG", "1000"), ("NORTH", "REG", "1000"), year=2025)
    s.reg("policy", advance="25")
    batch(s, 1, 100, "01-05")
    s.gets("flagged", "advance")
    first = s.record
    batch(s, 2, 100, "01-06")
    s.gets("flagged", "advance")
    batch(s, 3, 100, "01-07")
    s.gets("held", "no_quota")
    third = s.record
    s.plan("2026-S", "separation", ("REG", "1000"), ("NORTH", "REG", "1000"), day="02-01")
    s.stands("/causes/%d.0" % first, ["advance", "void"])
    s.stands("/causes/%d.0" % third, ["no_quota", "open"])
    s.stands("/lots/NORTH:O-1/held", False)
    s.stands("/lots/NORTH:O-3/held", True)


@scenario
def measure_changes_draw(s):
    """The maker weighs its oxide again before any is taken: the draw follows. Afterwards it does not."""
    undrawn_stock(s)
    quota(s, "separation", "120")
    batch(s, 1, 100, "01-05")
    s.tell("measure", "NORTH", "01-06", lot="NORTH:O-1", net="90")
    s.tell("measure", "NORTH", "01-07", lot="NORTH:O-1", net="105")
    s.gets("held", "quota_exceeded")
    s.tell("measure", "NORTH", "01-08", lot="NORTH:O-1", net="100")
    s.tell("split", "NORTH", "01-09", facility="SX", lot="NORTH:O-1", parts=[{"lot": "NORTH:O-1a", "net": "1"}])
    s.tell("measure", "NORTH", "01-10", lot="NORTH:O-1", net="50")
    s.stands("/nodes/NORTH separation - 2026", [120000000, reo(Nd=100)])


# ---- licences -----------------------------------------------------------------------------------------

@scenario
def licence_suspended(s):
    """Law goes by the event's date: what was dug before the suspension is free even when it is recorded
    after; goods on the road may still be received."""
    parties(s, "NORTH")
    rock_mine(s)
    s.facility("YARD", "NORTH", "trade")
    def dig(lot, day, recorded=None):
        s.tell("extract", "NORTH", day, recorded=recorded, facility="MINE", source="MAIN-PIT",
               outputs=[{"lot": lot, "material": "ORE", "net": "1000"}])
    dig("NORTH:1", "01-05")
    s.tell("ship", "NORTH", "01-06", facility="MINE", consignment="NORTH:T-1", to="YARD", lots=[{"lot": "NORTH:1"}])
    s.licence("ML-1", "NORTH", "mining", facility="MINE", sources=["MAIN-PIT"], status="suspended", day="01-10")
    dig("NORTH:2", "01-11")
    s.gets("held", "licence_suspended")
    dig("NORTH:3", "01-09", "01-12")
    dig("NORTH:4", ("01-09", "01-10"))
    s.gets("held", "licence_suspended")
    s.tell("receive", "NORTH", "01-12", facility="YARD", from_="NORTH", consignment="NORTH:T-1",
           lines=[{"from_lot": "NORTH:1", "lot": "NORTH:1r"}])
    s.licence("ML-1", "NORTH", "mining", facility="MINE", sources=["MAIN-PIT"], to="2026-01-25", day="01-20")
    dig("NORTH:5", ("01-21", "01-25"))
    dig("NORTH:6", ("01-21", "01-26"))
    s.gets("held", "no_licence")
    s.licence("ML-1", "NORTH", "mining", facility="MINE", sources=["OTHER-PIT"], day="01-28")
    dig("NORTH:7", "01-28")
    s.gets("held", "licence_scope")
    s.facility("MINE", "NORTH", "trade", day="02-01")
    s.licence("ML-1", "NORTH", "mining", facility="MINE", day="02-01")
    dig("NORTH:8", "02-02")
    s.gets("held", "not_designated")
    s.stands("/lots/NORTH:3/held", False)


@scenario
def strangers_ore(s):
    """Ore from a source whose licence is somebody else's."""
    parties(s, "NORTH", "SOUTH")
    rock_mine(s)
    s.facility("PIT", "SOUTH", "mining")
    s.licence("ML-2", "SOUTH", "mining")
    s.tell("extract", "SOUTH", "01-05", facility="PIT", source="MAIN-PIT",
           outputs=[{"lot": "SOUTH:1", "material": "ORE", "net": "1000"}])
    s.gets("held", "licence_scope")


# ---- stock, holds -------------------------------------------------------------------------------------

@scenario
def opening_stock(s):
    """Declared stock may be worked but not sold; an assay mends that."""
    parties(s, "NORTH", "MAG")
    plant(s, circuit=False)
    s.facility("MAGNETS", "MAG", "magnet")
    s.facility("ANNEX", "NORTH", "trade")
    opened(s, "NORTH:O-1", "PRND-OXIDE", "1000", content=stated(Nd="85"))
    opened(s, "NORTH:O-2", "PRND-OXIDE", "1000", content=stated(Nd="85"))
    s.tell("split", "NORTH", "01-03", facility="SX", lot="NORTH:O-2", parts=[{"lot": "NORTH:O-2a", "net": "500"}])
    s.tell("ship", "NORTH", "01-04", facility="SX", consignment="NORTH:T-1", to="MAGNETS", lots=[{"lot": "NORTH:O-1"}])
    s.gets("held", "provisional")
    s.tell("ship", "NORTH", "01-04", facility="SX", consignment="NORTH:T-2", to="ANNEX", lots=[{"lot": "NORTH:O-2a"}])
    s.tell("measure", "LAB", "01-05", lot="NORTH:O-2", assay=assay(Nd="84.6"))
    s.tell("ship", "NORTH", "01-06", facility="SX", consignment="NORTH:T-3", to="MAGNETS", lots=[{"lot": "NORTH:O-2"}])
    s.tell("close", "NORTH", "02-02", facility="SX", month="2026-01")
    opened(s, "NORTH:O-3", "PRND-OXIDE", "1", day="01-02", content=stated(Nd="85"))
    s.gets("refused", "after_cut_over")
    s.stands("/nodes", {})


@scenario
def hold_and_release(s):
    """A hold reaches everything made of the lot, wherever it is; one release frees all of it."""
    parties(s, "NORTH", "MAG")
    s.facility("STORE", "NORTH", "trade")
    s.facility("MAGNETS", "MAG", "magnet")
    s.material("SCRAP", "scrap")
    opened(s, "NORTH:A", "SCRAP", "100", "STORE", assay=assay(Nd="20"))
    opened(s, "NORTH:B", "SCRAP", "100", "STORE", assay=assay(Nd="20"))
    s.tell("hold", "REG", "01-03", lots=["NORTH:A"], reason="inspection")
    hold = s.record
    s.tell("split", "NORTH", "01-04", facility="STORE", lot="NORTH:A",
           parts=[{"lot": "NORTH:A-1", "net": "30"}, {"lot": "NORTH:A-2", "net": "30"}])
    s.tell("merge", "NORTH", "01-05", facility="STORE", inputs=[{"lot": "NORTH:A-1"}, {"lot": "NORTH:B", "net": "50"}],
           lot="NORTH:AB")
    s.tell("measure", "NORTH", "01-06", lot="NORTH:AB", net="80")
    s.tell("ship", "NORTH", "01-07", facility="STORE", consignment="NORTH:T-1", to="MAGNETS", lots=[{"lot": "NORTH:A-2"}])
    s.gets("held", "held_moved")
    breach = s.record
    s.tell("receive", "MAG", "01-08", facility="MAGNETS", from_="NORTH", consignment="NORTH:T-1",
           lines=[{"from_lot": "NORTH:A-2", "lot": "MAG:A-2"}])
    s.tell("release", "NORTH", "01-09", cause="%d.0" % hold)
    s.gets("refused", "authority_only")
    s.tell("release", "REG", "01-09", cause="%d.0" % hold)
    s.stands("/lots/NORTH:A/held", False)
    s.stands("/lots/NORTH:AB/held", False)
    s.stands("/lots/NORTH:AB/causes", ["%d.0" % hold])
    s.stands("/lots/MAG:A-2/held", True)
    s.stands("/lots/MAG:A-2/causes", ["%d.0" % hold, "%d.0" % breach])
    s.tell("release", "REG", "01-10", cause="%d.0" % hold)
    s.gets("refused", "unknown_cause")


def circuit_with_feed(s):
    parties(s, "NORTH")
    plant(s)
    s.material("MIXED-OXIDE", "scrap")
    opened(s, "NORTH:GOOD", "MIXED-OXIDE", "1000", content=stated(Nd="50"))
    opened(s, "NORTH:BAD", "MIXED-OXIDE", "1000", content=stated(Nd="50"))


def drawn(s, lot, nd, day):
    s.tell("draw", "NORTH", day, facility="SX", pool="NORTH:SX-1",
           outputs=[{"lot": lot, "material": "RAFFINATE", "net": "1000", "content": stated(Nd=nd)}])


@scenario
def pool_with_tainted_charge(s):
    """Free content is drawn first, so a tainted charge holds only what reaches it."""
    circuit_with_feed(s)
    s.tell("charge", "NORTH", "01-03", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:GOOD"}])
    s.tell("hold", "REG", "01-04", lots=["NORTH:BAD"], reason="smuggled")
    hold = s.record
    s.tell("charge", "NORTH", "01-05", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:BAD"}])
    s.gets("held", "held_moved")
    breach = s.record
    drawn(s, "NORTH:R-1", "40", "01-06")
    drawn(s, "NORTH:R-2", "20", "01-07")
    s.gets("held", "held_drawn")
    s.tell("release", "REG", "01-08", cause="%d.0" % hold)
    drawn(s, "NORTH:R-3", "10", "01-09")
    s.gets("held", "held_drawn")
    s.tell("release", "REG", "01-10", cause="%d.0" % breach)
    drawn(s, "NORTH:R-4", "20", "01-11")
    for lot in ("R-1", "R-2", "R-3", "R-4"):
        s.stands("/lots/NORTH:%s/held" % lot, False)
    s.stands("/lots/NORTH:R-1/causes", [])
    s.stands("/lots/NORTH:R-2/causes", ["%d.0" % hold, "%d.0" % breach])
    s.stands("/pools/NORTH:SX-1/content/Nd", 100000000)


@scenario
def pool_held(s):
    """A hold of a pool holds what is in it, not what comes later; released, it flows again."""
    circuit_with_feed(s)
    s.tell("charge", "NORTH", "01-03", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:GOOD"}])
    s.tell("hold", "REG", "01-04", pools=["NORTH:SX-1"], reason="inspection")
    hold = s.record
    s.tell("charge", "NORTH", "01-05", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:BAD"}])
    drawn(s, "NORTH:R-1", "50", "01-06")
    drawn(s, "NORTH:R-2", "1", "01-07")
    s.gets("held", "held_drawn")
    s.tell("release", "REG", "01-08", cause="%d.0" % hold)
    drawn(s, "NORTH:R-3", "1", "01-09")
    s.stands("/lots/NORTH:R-2/held", False)


@scenario
def pool_gain(s):
    """More comes out than ever went in: within error it is a gain, beyond it creation."""
    parties(s, "NORTH")
    plant(s)
    s.material("MIXED-OXIDE", "scrap")
    opened(s, "NORTH:F", "MIXED-OXIDE", "1000", assay=assay(Nd="50"))
    quota(s, "separation", "1000")
    s.tell("charge", "NORTH", "01-03", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:F"}])
    s.tell("draw", "NORTH", "01-04", facility="SX", pool="NORTH:SX-1",
           outputs=[{"lot": "NORTH:O-1", "material": "PRND-OXIDE", "net": "590", "assay": assay(Nd="85")}])
    s.tell("draw", "NORTH", "01-05", facility="SX", pool="NORTH:SX-1",
           outputs=[{"lot": "NORTH:O-2", "material": "PRND-OXIDE", "net": "100", "assay": assay(Nd="85")}])
    s.gets("held", "element_creation", "unusual_yield")
    s.stands("/accounts/SX 2026-01/gain/Nd", 86500000)   # 501.5 + 85 came out of 500
    s.stands("/nodes/NORTH separation - 2026", [1000000000, 1749566 + 85 * 1166377])   # gains are undrawn


# ---- custody ------------------------------------------------------------------------------------------

def two_yards(s):
    parties(s, "NORTH", "SOUTH")
    s.facility("STORE", "NORTH", "trade")
    s.facility("YARD", "SOUTH", "trade")
    s.material("SCRAP", "scrap")


def sends(s, day, lot="NORTH:A", consignment="NORTH:T-1", **members):
    s.tell("ship", "NORTH", day, facility="STORE", consignment=consignment, to="YARD", lots=[{"lot": lot}], **members)


def gets(s, day, consignment="NORTH:T-1", recorded=None, **line):
    s.tell("receive", "SOUTH", day, recorded=recorded, facility="YARD", from_="NORTH", consignment=consignment,
           lines=[line])


@scenario
def srd_beyond_error(s):
    """Shipper and receiver differ: within what they can have measured nothing, beyond it a flag; neither
    is creation, and the difference stands outside both balances."""
    two_yards(s)
    opened(s, "NORTH:A", "SCRAP", "1000", "STORE", assay=assay(Nd="20"))
    opened(s, "NORTH:B", "SCRAP", "1000", "STORE", assay=assay(Nd="20"))
    sends(s, "01-03")
    gets(s, "01-04", from_lot="NORTH:A", lot="SOUTH:A", net="1001", weighing={"device": "SOUTH:SCALE"})
    sends(s, "01-05", "NORTH:B", "NORTH:T-2")
    gets(s, "01-06", "NORTH:T-2", from_lot="NORTH:B", lot="SOUTH:B", net="1100", weighing={"device": "SOUTH:SCALE"})
    s.gets("flagged", "srd")
    s.stands("/accounts/YARD 2026-01/srd/Nd", 20200000)
    s.stands("/accounts/YARD 2026-01/received/Nd", 420200000)
    s.stands("/accounts/STORE 2026-01/shipped/Nd", 400000000)


@scenario
def received_in_parts(s):
    """A wagon is unloaded into three lots; what is left is lost on the way."""
    two_yards(s)
    opened(s, "NORTH:A", "SCRAP", "1000", "STORE", assay=assay(Nd="20"))
    sends(s, "01-30")
    gets(s, "01-31", from_lot="NORTH:A", lot="SOUTH:A-1", of="400")
    gets(s, "02-01", from_lot="NORTH:A", lot="SOUTH:A-2", of="700")
    s.gets("refused", "not_enough")
    gets(s, "02-01", from_lot="NORTH:A", lot="SOUTH:A-2", of="400", net="399", final=True)
    gets(s, "02-02", from_lot="NORTH:A", lot="SOUTH:A-3")
    s.gets("refused", "consignment_closed")
    s.stands("/lots/NORTH:A/state", "ended")
    s.stands("/accounts/STORE 2026-01/shipped/Nd", 80000000)
    s.stands("/accounts/STORE 2026-02/shipped/Nd", 120000000)
    s.stands("/accounts/YARD 2026-02/srd/Nd", -40200000)


@scenario
def received_before_shipped(s):
    """The receiver is faster than the shipper, and has charged the goods when the shipment comes: paired,
    the cause is void and the circuit's content free."""
    parties(s, "NORTH", "SOUTH")
    plant(s)
    s.facility("YARD", "SOUTH", "trade")
    s.material("MIXED-OXIDE", "scrap")
    s.tell("receive", "NORTH", "01-04", facility="SX", from_="SOUTH", consignment="SOUTH:T-1",
           lines=[{"from_lot": "SOUTH:A", "lot": "NORTH:A", "material": "MIXED-OXIDE", "net": "100",
                   "content": stated(Nd="50")}])
    s.gets("flagged", "unmatched")
    cause = s.record
    s.tell("charge", "NORTH", "01-05", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:A"}])
    opened(s, "SOUTH:A", "MIXED-OXIDE", "102", "YARD", content=stated(Nd="50"))
    s.tell("ship", "SOUTH", "01-03", facility="YARD", consignment="SOUTH:T-1", to="SX", lots=[{"lot": "SOUTH:A"}])
    s.stands("/causes/%d.0" % cause, ["unmatched", "void"])
    s.tell("draw", "NORTH", "01-06", facility="SX", pool="NORTH:SX-1",
           outputs=[{"lot": "NORTH:R", "material": "RAFFINATE", "net": "100", "content": stated(Nd="20")}])
    s.stands("/lots/NORTH:R/causes", [])
    s.tell("hold", "REG", "01-07", pools=["NORTH:SX-1"], reason="inspection")
    s.tell("draw", "NORTH", "01-08", facility="SX", pool="NORTH:SX-1",
           outputs=[{"lot": "NORTH:R-2", "material": "RAFFINATE", "net": "100", "content": stated(Nd="20")}])
    s.gets("held", "held_drawn")
    s.stands("/pools/NORTH:SX-1/content/Nd", 10000000)
    s.stands("/accounts/SX 2026-01/srd/Nd", -1000000)
    s.stands("/lots/SOUTH:A/state", "ended")


@scenario
def held_shipment_of_what_came(s):
    """Goods that may not be sold are received before they are shipped: the late shipment holds them there."""
    parties(s, "NORTH", "SOUTH")
    plant(s, circuit=False)
    s.facility("YARD", "SOUTH", "trade")
    gets(s, "01-04", from_lot="NORTH:A", lot="SOUTH:A", material="PRND-OXIDE", net="100", content=stated(Nd="80"))
    s.gets("flagged", "unmatched")
    cause = s.record
    opened(s, "NORTH:A", "PRND-OXIDE", "100", content=stated(Nd="80"))
    s.tell("ship", "NORTH", "01-03", facility="SX", consignment="NORTH:T-1", to="YARD", lots=[{"lot": "NORTH:A"}])
    s.gets("held", "provisional")
    s.stands("/causes/%d.0" % cause, ["unmatched", "open"])
    s.stands("/lots/SOUTH:A/held", True)


@scenario
def policy_decides(s):
    """What policy holds is held, what it accepts is not even named."""
    undrawn_stock(s)
    s.party("SOUTH")
    s.facility("YARD", "SOUTH", "trade")
    s.plan("2025-S", "separation", ("REG", "1000"), ("NORTH", "REG", "1000"), year=2025)
    s.reg("policy", verdicts={"advance": "held", "unmatched": "held", "return_late": "accepted", "provisional": "flagged"})
    batch(s, 1, 10, "01-05")
    s.gets("held", "advance")
    batch(s, 2, 10, "01-06")
    s.gets("held", "advance")
    s.stands("/lots/NORTH:O-2/held", False)
    gets(s, "01-07", from_lot="NORTH:P", lot="SOUTH:P", material="PRND-OXIDE", net="5", content=stated(Nd="80"))
    s.gets("held", "unmatched")
    cause = s.record
    s.tell("discard", "SOUTH", "01-08", facility="YARD", lots=[{"lot": "SOUTH:P", "net": "1"}], to="pond")
    s.gets("held", "held_moved")
    opened(s, "NORTH:P", "PRND-OXIDE", "5", day="01-02", content=stated(Nd="80"))
    s.tell("ship", "NORTH", "01-06", facility="SX", consignment="NORTH:T-1", to="YARD", lots=[{"lot": "NORTH:P"}])
    s.gets("flagged", "provisional")
    s.stands("/causes/%d.0" % cause, ["unmatched", "void"])
    s.plan("2026-S", "separation", ("REG", "1000"), ("NORTH", "REG", "1000"), day="02-01")
    s.tell("return", "NORTH", "02-28", facility="SX", month="2026-01", lines=[])


@scenario
def never_shipped(s):
    """Unmatched at the month's end it holds; the shipment pairs it all the same, later."""
    two_yards(s)
    opened(s, "NORTH:A", "SCRAP", "100", "STORE", "01-02", assay=assay(Nd="20"))
    gets(s, "01-20", from_lot="NORTH:A", lot="SOUTH:A", material="SCRAP", net="100", assay=assay(Nd="20"))
    s.gets("flagged", "unmatched")
    cause = s.record
    s.tell("split", "SOUTH", "01-21", facility="YARD", lot="SOUTH:A", parts=[{"lot": "SOUTH:A-1", "net": "50"}])
    s.tell("close", "SOUTH", "02-03", facility="YARD", month="2026-01")
    s.tell("discard", "SOUTH", "02-04", facility="YARD", lots=[{"lot": "SOUTH:A-1"}], to="pond")
    s.gets("held", "held_moved")
    sends(s, "02-05")
    s.stands("/causes/%d.0" % cause, ["unmatched", "void"])
    s.stands("/lots/SOUTH:A/held", False)
    s.stands("/accounts/STORE 2026-02/shipped/Nd", 20000000)


# ---- time ---------------------------------------------------------------------------------------------

@scenario
def late_entries(s):
    """Months close in order; what comes late is posted to the first open month and flagged."""
    parties(s, "NORTH")
    s.facility("STORE", "NORTH", "trade")
    s.material("SCRAP", "scrap")
    opened(s, "NORTH:A", "SCRAP", "100", "STORE", assay=assay(Nd="20"))
    s.tell("close", "NORTH", "01-31", facility="STORE", month="2026-01")
    s.gets("refused", "month_order")
    s.tell("close", "NORTH", "02-01", facility="STORE", month="2026-01")
    s.tell("close", "NORTH", "03-01", facility="STORE", month="2026-01")
    s.gets("refused", "month_order")
    s.tell("discard", "NORTH", ("01-20", "01-31"), recorded="03-02", facility="STORE",
           lots=[{"lot": "NORTH:A", "net": "10"}], to="pond")
    s.gets("flagged", "late_entry")
    late = s.last
    s.tell("correct", "NORTH", "01-31", corrects=late, reason="not ours")
    s.gets("flagged", "late_entry")
    s.tell("discard", "NORTH", "02-28", facility="STORE", lots=[{"lot": "NORTH:A", "net": "5"}], to="pond")
    s.tell("return", "NORTH", "03-10", facility="STORE", month="2026-02", lines=[{"material": "SCRAP", "closing": "95"}])
    s.tell("return", "NORTH", "03-11", facility="STORE", month="2026-02", lines=[{"material": "SCRAP", "closing": "94"}])
    s.tell("return", "NORTH", "03-11", facility="STORE", month="2026-01", lines=[{"material": "SCRAP", "closing": "100"}])
    s.gets("flagged", "return_late")
    s.stands("/accounts/STORE 2026-02/discarded/Nd", 1000000)
    s.stands("/lots/NORTH:A/net", 95000000)


@scenario
def month_ends(s):
    """The month is the facility's own, never that of the sender's clock; continuous work does not cross it."""
    parties(s, "NORTH")
    s.facility("EAST-STORE", "NORTH", "trade", offset="+09:00")
    s.facility("WEST-STORE", "NORTH", "trade", offset="+06:00")
    rock_mine(s)
    s.material("SCRAP", "scrap")
    opened(s, "NORTH:E", "SCRAP", "100", "EAST-STORE", assay=assay(Nd="20"))
    opened(s, "NORTH:W", "SCRAP", "100", "WEST-STORE", assay=assay(Nd="20"))
    for site, lot in (("EAST-STORE", "NORTH:E"), ("WEST-STORE", "NORTH:W")):
        s.tell("discard", "NORTH", "2026-01-31T17:00:00+00:00", recorded="2026-02-01T02:00:00+08:00", facility=site,
               lots=[{"lot": lot, "net": "10"}], to="pond")
    s.stands("/accounts/EAST-STORE 2026-02/discarded/Nd", 2000000)
    s.stands("/accounts/WEST-STORE 2026-01/discarded/Nd", 2000000)
    def dig(lot, day):
        s.tell("extract", "NORTH", day, facility="MINE", source="MAIN-PIT",
               outputs=[{"lot": lot, "material": "ORE", "net": "1000"}])
    dig("NORTH:1", ("2026-02-01T00:00:00+08:00", "2026-02-28T23:59:59+08:00"))
    dig("NORTH:2", ("2026-02-28T23:00:00+08:00", "2026-03-01T00:00:00+08:00"))
    s.gets("refused", "span")
    dig("NORTH:3", ("2026-03-02T00:00:00+08:00", "2026-03-01T00:00:00+08:00"))
    s.gets("refused", "span")
    s.tell("discard", "NORTH", ("2026-02-10T00:00:00+08:00", "2026-03-13T00:00:00+08:00"), facility="EAST-STORE",
           lots=[{"lot": "NORTH:E", "net": "10"}], to="pond")
    s.tell("discard", "NORTH", ("2026-02-10T00:00:00+08:00", "2026-03-13T00:00:01+08:00"), facility="EAST-STORE",
           lots=[{"lot": "NORTH:E", "net": "10"}], to="pond")
    s.gets("refused", "span")


@scenario
def factors_by_date(s):
    """Oxide is turned into element by the factors of the event's date, recorded when they may be."""
    parties(s, "NORTH")
    plant(s, circuit=False)
    oxide = dict(assay(Nd="100"), **{"as": "oxide"})
    s.reg("factors", day="02-01", factors={"Nd": "1.25"})
    opened(s, "NORTH:OLD", "PRND-OXIDE", "100", day="01-31", assay=oxide)
    opened(s, "NORTH:NEW", "PRND-OXIDE", "100", day="02-01", assay=oxide)
    s.stands("/lots/NORTH:OLD/mg/Nd", 85735573)   # 100 / 1.166377
    s.stands("/lots/NORTH:NEW/mg/Nd", 80000000)   # 100 / 1.25


# ---- figures that change ------------------------------------------------------------------------------

def two_drums(s):
    parties(s, "NORTH")
    s.facility("STORE", "NORTH", "trade")
    s.material("SCRAP", "scrap")
    s.material("POWDER", "other")
    opened(s, "NORTH:A", "SCRAP", "100", "STORE", assay=assay(Nd="20"))
    opened(s, "NORTH:B", "SCRAP", "100", "STORE", assay=assay(Nd="20"))
    s.tell("transform", "NORTH", "01-03", facility="STORE",
           inputs=[{"lot": "NORTH:A", "net": "99", "empty": True}, {"lot": "NORTH:B", "net": "101", "empty": True}],
           outputs=[{"lot": "NORTH:P", "material": "POWDER", "net": "200", "assay": assay(Nd="19.9")}])


@scenario
def emptied_drum(s):
    """A drum is emptied: what the scale says goes into the batch, the rest is posted."""
    two_drums(s)
    s.stands("/lots/NORTH:A/state", "ended")
    s.stands("/lots/NORTH:B/state", "ended")
    s.stands("/accounts/STORE 2026-01/batch/Nd", -200000)


@scenario
def b24_emptied_by_mistake(s):
    """The batch is taken back: the drums have again what the book had in them, not what the scale said."""
    two_drums(s)
    s.tell("correct", "NORTH", "01-04", corrects=s.last, reason="scale was off")
    s.stands("/lots/NORTH:A/net", 100000000)
    s.stands("/lots/NORTH:B/net", 100000000)
    s.stands("/lots/NORTH:A/mg/Nd", 20000000)
    s.stands("/lots/NORTH:P/state", "ended")
    s.stands("/accounts/STORE 2026-01/batch", None)


@scenario
def stock_taking(s):
    """What is found counts: the difference is posted, a vanished lot ends, nothing is tested for creation."""
    circuit_with_feed(s)
    s.tell("charge", "NORTH", "01-03", facility="SX", pool="NORTH:SX-1", inputs=[{"lot": "NORTH:GOOD"}])
    opened(s, "NORTH:C", "MIXED-OXIDE", "10", content=stated(Nd="50"))
    s.tell("stocktake", "NORTH", "01-31", facility="SX", lots=[{"lot": "NORTH:BAD", "net": "1300"}, {"lot": "NORTH:C", "net": "0"}],
           pools=[{"pool": "NORTH:SX-1", "method": "tank survey", "components": {"Nd": {"kg": "480", "u": "5"}}}])
    s.stands("/lots/NORTH:C/state", "ended")
    s.stands("/accounts/SX 2026-01/stocktake/Nd", 125000000)
    s.tell("loss", "NORTH", "01-31", facility="SX", lots=[{"lot": "NORTH:BAD", "net": "300"}],
           pools=[{"pool": "NORTH:SX-1", "components": {"Nd": "80"}}], reason="spill")
    s.stands("/lots/NORTH:BAD/mg/Nd", 500000000)
    s.stands("/pools/NORTH:SX-1/content", {})
    s.stands("/accounts/SX 2026-01/gain/Nd", 1000000)
    s.tell("loss", "NORTH", "01-31", facility="SX",
           pools=[{"pool": "NORTH:SX-1", "components": {"Nd": "401"}}], reason="a second spill, more than there was")


@scenario
def creation(s):
    """A batch yields more than it got: noticed, held, and a re-assay upward is judged like it."""
    parties(s, "NORTH")
    s.facility("STORE", "NORTH", "trade")
    s.material("SCRAP", "scrap")
    s.material("POWDER", "other")
    exact = lambda value: {"value": value, "u": "0.01", "s": "0"}
    for lot in "ABC":
        opened(s, "NORTH:" + lot, "SCRAP", "100", "STORE", assay=assay(Nd=exact("20")))
    def mill(lot, nd):
        s.tell("transform", "NORTH", "01-03", facility="STORE", inputs=[{"lot": "NORTH:" + lot}],
               outputs=[{"lot": "NORTH:%s-out" % lot, "material": "POWDER", "net": "100", "assay": assay(Nd=exact(nd))}])
    mill("A", "20.05")
    mill("B", "20.15")
    s.gets("flagged", "creation_noticed")
    mill("C", "20.5")
    s.gets("held", "element_creation")
    s.tell("measure", "NORTH", "01-04", lot="NORTH:A-out", assay=assay(Nd=exact("21")))
    s.gets("held", "element_creation")
    s.stands("/lots/NORTH:A-out/held", True)


# ---- insisting, correcting, sending twice -------------------------------------------------------------

@scenario
def insisted_and_settled(s):
    """A drum that the book does not know is used all the same; later its making is recorded, and what was
    made of it is free."""
    parties(s, "NORTH", "MAG")
    plant(s, circuit=False)
    s.material("CONCENTRATE", "ore product", class_="rock")
    s.facility("CELLS", "NORTH", "metal")
    s.licence("PL-1", "NORTH", "metal")
    s.material("ND-METAL", "metal")
    quota(s, "separation", "1000")
    opened(s, "NORTH:C", "CONCENTRATE", "1000", assay=assay(Nd="10"))
    use = dict(facility="SX", process="electrolysis",
               inputs=[{"lot": "NORTH:O-9", "net": "100", "material": "PRND-OXIDE", "content": stated("calculated", Nd="85")}],
               outputs=[{"lot": "NORTH:M-9", "material": "RAFFINATE", "net": "80", "content": stated("calculated", Nd="100")}])
    honest = dict(use, inputs=[{"lot": "NORTH:O-9", "net": "100"}])
    s.tell("transform", "NORTH", "01-06", **honest)
    s.gets("refused", "unknown_lot")
    s.tell("transform", "NORTH", "01-06", insist=True, **use)
    s.gets("held", "found")
    found = s.record
    s.tell("split", "NORTH", "01-07", facility="SX", lot="NORTH:M-9", parts=[{"lot": "NORTH:M-9a", "net": "40"}])
    s.tell("transform", "NORTH", "01-05", recorded="01-08", facility="SX", inputs=[{"lot": "NORTH:C", "net": "900"}],
           outputs=[{"settles": "NORTH:~%d.1" % found, "material": "PRND-OXIDE", "net": "99",
                     "content": stated("calculated", Nd="85")}])
    s.gets("refused", "settles")
    s.tell("transform", "NORTH", "01-05", recorded="01-08", facility="SX", inputs=[{"lot": "NORTH:C", "net": "900"}],
           outputs=[{"settles": "NORTH:~%d.1" % found, "material": "PRND-OXIDE", "net": "100",
                     "content": stated("calculated", Nd="85")}])
    s.stands("/causes/%d.0" % found, ["found", "void"])
    s.stands("/lots/NORTH:M-9/held", False)
    s.stands("/lots/NORTH:M-9a/held", False)
    s.stands("/nodes/NORTH separation - 2026", [1000000000, reo(Nd=85)])
    s.stands("/accounts/SX 2026-01/batch/Nd", -10000000)


@scenario
def settled_one_by_one(s):
    """Two unknown drums in one batch: each is explained by itself, and the batch is free after both."""
    parties(s, "NORTH")
    s.facility("STORE", "NORTH", "trade")
    s.material("SCRAP", "scrap")
    def drum(lot, net):
        return {"lot": lot, "net": net, "material": "SCRAP", "content": stated(Nd="20")}
    s.tell("transform", "NORTH", "01-05", facility="STORE", insist=True,
           inputs=[drum("NORTH:X", "1"), drum("NORTH:Y", "999")],
           outputs=[{"lot": "NORTH:B", "material": "SCRAP", "net": "1000", "content": stated(Nd="20")}])
    s.gets("held", "found")
    record = s.record
    def explained(number, net):
        s.tell("open", "NORTH", "01-02", facility="STORE", lots=[
            {"settles": "NORTH:~%d.%d" % (record, number), "material": "SCRAP", "net": net, "content": stated(Nd="20")}])
    explained(1, "1")
    s.tell("discard", "NORTH", "01-06", facility="STORE", lots=[{"lot": "NORTH:B", "net": "10"}], to="pond")
    s.gets("held", "held_moved")
    breach = s.record
    explained(2, "999")
    explained(2, "999")
    s.gets("refused", "settles")
    s.stands("/lots/NORTH:B/causes", ["%d.0" % breach])


@scenario
def corrections(s):
    """Every kind of event that moves matter is taken back, newest first, until nothing is left."""
    parties(s, "NORTH", "SOUTH")
    rock_mine(s)
    plant(s)
    quota(s, "separation", "1000")
    s.facility("YARD", "SOUTH", "trade")
    s.material("SCRAP", "scrap")
    done = []
    def did(kind, party, day, **members):
        s.tell(kind, party, day, **members)
        done.append((party, s.last))
    quota(s, "mining", "1000", class_="rock")
    did("open", "NORTH", "01-02", facility="SX", lots=[
        {"lot": "NORTH:S-%d" % i, "material": "SCRAP", "net": "100", "assay": assay(Nd="20", Pr={"below": "0.01"})}
        for i in range(1, 9)])
    did("extract", "NORTH", "01-03", facility="MINE", source="MAIN-PIT", outputs=[
        {"lot": "NORTH:C-1", "material": "CONCENTRATE", "net": "1000", "assay": treo("50", Ce="50", Nd="16")}])
    did("ship", "NORTH", "01-04", facility="MINE", consignment="NORTH:T-1", to="SX", lots=[{"lot": "NORTH:C-1"}])
    did("receive", "NORTH", "01-05", facility="SX", from_="NORTH", consignment="NORTH:T-1",
        lines=[{"from_lot": "NORTH:C-1", "lot": "NORTH:C-2", "net": "990"}])
    did("measure", "NORTH", "01-06", lot="NORTH:C-2", net="980", moisture="9")
    did("charge", "NORTH", "01-07", facility="SX", pool="NORTH:SX-1",
        inputs=[{"lot": "NORTH:C-2", "net": "500"}, {"lot": "NORTH:S-1", "net": "50"}])
    did("draw", "NORTH", "01-08", facility="SX", pool="NORTH:SX-1", outputs=[
        {"lot": "NORTH:O-1", "material": "PRND-OXIDE", "net": "40", "assay": assay(Nd="85")}])
    did("transform", "NORTH", "01-09", facility="SX", inputs=[{"lot": "NORTH:S-2", "net": "10"}],
        outputs=[{"lot": "NORTH:R-1", "material": "RAFFINATE", "net": "10", "assay": assay(Nd="19")}])
    did("split", "NORTH", "01-10", facility="SX", lot="NORTH:S-3", parts=[{"lot": "NORTH:S-3a", "net": "40"}])
    did("merge", "NORTH", "01-11", facility="SX", inputs=[{"lot": "NORTH:S-4"}, {"lot": "NORTH:S-5", "net": "1"}],
        lot="NORTH:S-45")
    did("discard", "NORTH", "01-12", facility="SX", lots=[{"lot": "NORTH:S-6", "net": "3"}], to="pond")
    did("loss", "NORTH", "01-13", facility="SX", lots=[{"lot": "NORTH:S-7", "net": "2"}], reason="spill")
    did("ship", "NORTH", "01-14", facility="SX", consignment="NORTH:T-2", outside={"kind": "other", "name": "shop"},
        lots=[{"lot": "NORTH:S-8"}])
    s.tell("correct", "NORTH", "01-15", corrects=done[4][1], reason="too early")
    s.gets("refused", "cannot_reverse")
    for party, number in reversed(done):
        s.tell("correct", party, "01-20", corrects=number, reason="all of it was a dream")
    s.tell("correct", "NORTH", "01-21", corrects=done[0][1], reason="once is enough")
    s.gets("refused", "cannot_reverse")
    s.stands("/accounts", {})
    s.stands("/deposits", {})
    s.stands("/nodes/NORTH mining rock 2026", [1000000000, 0])
    s.stands("/nodes/NORTH separation - 2026", [1000000000, 0])
    s.stands("/pools/NORTH:SX-1/content", {})
    s.stands("/pools/NORTH:SX-1/in", {})
    s.stands("/pools/NORTH:SX-1/out", {})
    s.stands("/pools/NORTH:SX-1/variance", {})
    s.stands("/pools/NORTH:SX-1/facets", {})


@scenario
def measured_by_mistake(s):
    """A measurement is taken back, and what was taken before it after that."""
    parties(s, "NORTH")
    s.facility("STORE", "NORTH", "trade")
    s.material("SCRAP", "scrap")
    opened(s, "NORTH:A", "SCRAP", "100", "STORE", assay=assay(Nd="20"))
    s.tell("split", "NORTH", "01-03", facility="STORE", lot="NORTH:A", parts=[{"lot": "NORTH:A-1", "net": "30"}])
    taken = s.last
    s.tell("measure", "NORTH", "01-04", lot="NORTH:A", net="71")
    measured = s.last
    s.tell("correct", "NORTH", "01-05", corrects=taken, reason="wrong lot")
    s.gets("refused", "cannot_reverse")
    s.tell("correct", "NORTH", "01-05", corrects=measured, reason="wrong scale")
    s.stands("/accounts/STORE 2026-01", {"opened": {"Nd": 20000000}})
    s.tell("correct", "NORTH", "01-05", corrects=taken, reason="wrong lot")
    s.stands("/lots/NORTH:A/net", 100000000)
    s.stands("/lots/NORTH:A/mg", {"Nd": 20000000})


@scenario
def replaced(s):
    """A held batch is corrected, twice: the cause passes to what stands in its place, and only the
    authority releases it. Lots keep their ids for good, so the replacement names new ones."""
    undrawn_stock(s)
    quota(s, "separation", "100")
    batch(s, 1, 100, "01-05")
    s.gets("held", "quota_exceeded")
    cause, first = s.record, s.last
    def instead(number, lot, nd):
        return {"v": 1, "kind": "transform", "id": number, "party": "NORTH", "happened": "2026-01-05T08:00:00+08:00",
                "facility": "SX", "inputs": [{"lot": "NORTH:C", "net": "1000"}],
                "outputs": [{"lot": lot, "material": "PRND-OXIDE", "net": nd, "content": stated("calculated", Nd="100")}]}
    s.tell("correct", "NORTH", "01-06", corrects=first, reason="typing mistake", replacement=instead("r-0", "NORTH:O-1", "80"))
    s.gets("refused", "exists")
    s.tell("correct", "NORTH", "01-06", corrects=first, reason="typing mistake", replacement=instead("r-1", "NORTH:O-2", "80"))
    s.tell("correct", "NORTH", "01-07", corrects="r-1", reason="again", replacement=instead("r-2", "NORTH:O-3", "70"))
    s.tell("discard", "NORTH", "01-07", facility="SX", lots=[{"lot": "NORTH:O-3", "net": "1"}], to="pond")
    s.gets("held", "held_moved")
    s.stands("/nodes/NORTH separation - 2026", [100000000, reo(Nd=70)])
    breach = s.record
    s.tell("release", "REG", "01-08", cause="%d.0" % breach)
    s.stands("/lots/NORTH:O-3/causes", ["%d.0" % cause, "%d.0" % breach])
    s.stands("/lots/NORTH:O-3/held", True)


@scenario
def sent_twice(s):
    """The same bytes get the first answer, and nothing happens twice; the same id with other bytes is
    refused."""
    parties(s, "NORTH")
    s.facility("STORE", "NORTH", "trade")
    s.material("SCRAP", "scrap")
    opened(s, "NORTH:A", "SCRAP", "100", "STORE", assay=assay(Nd="20"))
    s.again()
    s.tell("hold", "REG", "01-03", lots=["NORTH:A"], reason="inspection")
    s.tell("discard", "NORTH", "01-04", facility="STORE", lots=[{"lot": "NORTH:A", "net": "10"}], to="pond")
    s.gets("held", "held_moved")
    s.again()
    s.say(dict(s.event("discard", "NORTH", "01-05", facility="STORE", lots=[{"lot": "NORTH:A", "net": "11"}], to="pond"),
               id="%d" % (s.count - 1)))
    s.gets("refused", "id_reused")
    s.stands("/lots/NORTH:A/net", 90000000)


@scenario
def outside(s):
    """Dealings with those who are not in the book."""
    parties(s, "REC")
    s.facility("MILL", "REC", "recycling")
    for material, stage in (("SWARF", "scrap"), ("MOTORS", "article"), ("ALLOY", "alloy"), ("MAGNET", "magnet"), ("ACID", "reagent")):
        s.material(material, stage)
    def comes(lot, material, kind):
        s.tell("receive", "REC", "01-03", facility="MILL", outside={"kind": kind, "name": "somebody"},
               lines=[{"lot": lot, "material": material, "net": "100"}])
    comes("REC:1", "SWARF", "production scrap")
    comes("REC:2", "MOTORS", "post-consumer")
    comes("REC:3", "MAGNET", "post-consumer")
    s.gets("refused", "stage")
    comes("REC:4", "ACID", "reagent")
    comes("REC:5", "ALLOY", "other")
    s.gets("held", "outside_regulated")
    def goes(lot, consignment):
        s.tell("ship", "REC", "01-04", facility="MILL", consignment=consignment, outside={"kind": "other", "name": "somebody"},
               lots=[{"lot": lot}])
    goes("REC:1", "REC:T-1")
    goes("REC:5", "REC:T-2")
    s.gets("held", "held_moved", "outside_regulated", "provisional")


checks.add(scenario, sys.modules[__name__])


@scenario
def b10_speaking_for_others(s):
    """A carrier ships for a mine under a dated delegation: for these kinds, at that place, by that user."""
    for party in ("NORTH", "CARRIER"):
        s.party(party)
    s.facility("STORE", "NORTH", "trade")
    s.facility("YARD", "NORTH", "trade")
    s.material("SALT", "other")
    for facility, lot in (("STORE", "NORTH:A"), ("STORE", "NORTH:B"), ("STORE", "NORTH:C"), ("YARD", "NORTH:D")):
        s.tell("open", "NORTH", "01-02", facility=facility, lots=[{"lot": lot, "material": "SALT", "net": "100"}])
    carrier, colleague = "company/CARRIER/gate-2", "company/CARRIER/gate-3"

    def ships(lot, day, by, facility="STORE"):
        s.tell("ship", "NORTH", day, by=by, facility=facility, consignment=lot + "-CN", to="YARD", lots=[{"lot": lot}])
    ships("NORTH:A", "01-03", carrier)
    s.gets("refused", "not_your_party")
    s.tell("user", "CARRIER", "01-03", user="CARRIER:gate-2", roles=["record"])
    s.tell("delegate", "NORTH", "01-03", delegation="NORTH:D-1", delegate="CARRIER:gate-2", kinds=["ship"],
           facilities=["STORE"], from_="2026-01-04", to="2026-01-31")
    ships("NORTH:A", "01-03", carrier)                              # not yet
    s.gets("refused", "not_your_party")
    ships("NORTH:A", "01-04", carrier)
    ships("NORTH:B", "01-05", colleague)                            # another user of the same party
    s.gets("refused", "not_your_party")
    ships("NORTH:D", "01-05", carrier, "YARD")                      # another place
    s.gets("refused", "not_your_party")
    s.tell("split", "NORTH", "01-05", by=carrier, facility="STORE", lot="NORTH:B",
           parts=[{"lot": "NORTH:B1", "net": "1"}])                 # another kind
    s.gets("refused", "not_your_party")
    s.tell("delegate", "NORTH", "01-05", by=carrier, delegation="NORTH:D-2", delegate="CARRIER")
    s.gets("refused", "not_your_party")                             # what is passed on is not passed on again
    s.tell("ship", "NORTH", "01-31", recorded="02-01", by=carrier, facility="STORE", consignment="NORTH:B-CN",
           to="YARD", lots=[{"lot": "NORTH:B"}])                    # it must hold when recorded
    s.gets("refused", "not_your_party")
    s.tell("user", "CARRIER", "02-02", user="CARRIER:gate-2", roles=["record"], to="2026-02-03")
    s.tell("delegate", "NORTH", "02-02", delegation="NORTH:D-1", delegate="CARRIER")
    ships("NORTH:B", "02-03", carrier)
    ships("NORTH:C", "02-04", carrier)                              # the user has left the carrier
    s.gets("refused", "user_not_entitled")
    ships("NORTH:C", "02-04", colleague)                            # now all of the carrier may


@scenario
def devices_and_their_calibrations(s):
    """A party that keeps a register of its devices keeps all of them in it, and calibrated."""
    s.party("NORTH")
    s.party("LAB", "laboratory")
    s.facility("STORE", "NORTH", "trade")
    s.facility("YARD", "NORTH", "trade")
    s.material("SALT", "other")

    def opens(lot, day, scale, facility="STORE"):
        s.tell("open", "NORTH", day, facility=facility,
               lots=[{"lot": lot, "material": "SALT", "net": "100", "weighing": {"device": scale}}])
    opens("NORTH:1", "01-02", "NORTH:WB")                           # nobody registers anything yet
    s.tell("device", "NORTH", "01-03", device="NORTH:WB", facility="STORE", type="weighbridge",
           calibrations=[{"date": "2026-01-03", "until": "2026-01-31", "laboratory": "LAB", "certificate": "C-1"}])
    opens("NORTH:2", "01-03", "NORTH:WB")
    opens("NORTH:3", "01-03", "NORTH:OTHER")
    s.gets("flagged", "device_unregistered")
    opens("NORTH:4", "02-01", "NORTH:WB")
    s.gets("flagged", "device_uncalibrated")
    s.tell("device", "NORTH", "02-02", device="NORTH:WB", facility="YARD", type="weighbridge",
           calibrations=[{"date": "2026-02-01", "until": "2027-01-31"}])
    opens("NORTH:5", "02-02", "NORTH:WB")                           # it was moved
    s.gets("flagged", "device_elsewhere")
    opens("NORTH:6", "02-02", "NORTH:WB", "YARD")
    s.reg("policy", day="2026-02-03T08:00:00+08:00", verdicts={"device_uncalibrated": "held"})
    opens("NORTH:7", "2027-02-01", "NORTH:WB", "YARD")
    s.gets("held", "device_uncalibrated")


@scenario
def s11_signatures_under_keys_that_come_and_go(s):
    """Signed from the record of its key on, refused from the revocation's on; older records stay."""
    def user(day, name):
        return s.event("user", "NORTH", day, user="NORTH:" + name, roles=["record"])

    def signs(seed, event, *answer):
        s.signs(seed, event)
        s.expected.append(" ".join([event["id"]] + list(answer or ["accepted"])))
    s.party("NORTH")
    s.party("SOUTH")
    s.reg("policy", signatures=[{"party": "NORTH", "kinds": ["user", "key"], "required": True}])
    s.tell("user", "NORTH", "01-02", user="NORTH:a", roles=["record"])
    s.gets("refused", "not_signed")
    signs(1, user("01-02", "a"), "refused", "key_not_valid")        # not registered yet
    s.reg("key", day="2026-01-02T09:00:00+08:00", key=key_of(1), holder="NORTH", to="2026-02-28")
    signs(1, user("01-03", "a"))
    s.tell("user", "SOUTH", "01-03", user="SOUTH:a", roles=["record"])  # of whom it is not asked
    signs(1, s.event("user", "SOUTH", "01-03", user="SOUTH:b", roles=["record"]), "refused", "key_foreign")
    signs(1, s.event("key", "NORTH", "01-04", key=key_of(2), holder="NORTH", replaces=key_of(1)))  # rotates itself
    signs(1, user("01-05", "b"), "refused", "key_not_valid")
    signs(2, user("01-05", "b"))
    s.tell("key", "NORTH", "01-06", key=key_of(2), holder="NORTH", status="revoked")
    s.gets("refused", "not_signed")
    signs(2, s.event("key", "NORTH", "01-06", key=key_of(2), holder="NORTH", status="revoked"))
    signs(2, user("01-07", "c"), "refused", "key_not_valid")
    s.reg("policy", day="2026-01-08T08:00:00+08:00", signatures=[{"party": "NORTH", "required": False}])
    s.tell("user", "NORTH", "01-08", user="NORTH:c", roles=["record"])


@scenario
def the_authority_cannot_lock_itself_out(s):
    s.reg("policy", signatures=[{"roles": ["authority"], "required": True}])
    s.party("NORTH")
    s.gets("refused", "not_signed")
    s.reg("key", key=key_of(3), holder="REG")                       # its first key needs none
    s.reg("key", key=key_of(4), holder="REG")
    s.gets("refused", "not_signed")
    s.signs(3, s.event("party", "REG", "01-02", subject="NORTH", name="North", roles=["company"]))
    s.expected.append("5 accepted")


@scenario
def sealed_parts_and_their_erasure(s):
    """The hash stays for ever, the bytes until a law says otherwise; the book never reads them."""
    salt = bytes(16)
    name, paper = sealed_hash("personal", salt, b"Li Wei"), sealed_hash("commercial", salt, b"%PDF")
    for party in ("NORTH", "SOUTH"):
        s.party(party)
    s.party("LAB", "laboratory")
    s.facility("STORE", "NORTH", "trade")
    s.material("SALT", "other")
    s.tell("open", "NORTH", "01-02", facility="STORE", lots=[{"lot": "NORTH:A", "material": "SALT", "net": "100"}],
           sealed=[{"class": "personal", "hash": name}])

    def document(party, document, hash, *answer, **belongs):
        s.tell("document", party, "01-03", document=document, type="certificate", class_="commercial", hash=hash, size=4,
               belongs=[{"kind": kind, "id": id} for kind, id in belongs.items()])
        if answer:
            s.gets(*answer)
    document("NORTH", "NORTH:C-1", paper, lot="NORTH:A", facility="STORE", event="NORTH:%d" % s.count)
    document("NORTH", "NORTH:C-1", paper, "refused", "exists", lot="NORTH:A")
    document("NORTH", "SOUTH:C-1", paper, "refused", "foreign_id", lot="NORTH:A")
    document("SOUTH", "SOUTH:C-2", paper, "refused", "unknown_subject", lot="NORTH:A")   # not its lot
    document("LAB", "LAB:C-1", sealed_hash("commercial", salt, b"assay"), lot="NORTH:A")  # it certifies others' goods
    s.tell("erase", "SOUTH", "01-04", parts=[name], basis="data protection law")
    s.gets("refused", "unknown_part")                               # another party's is not known to it
    s.tell("erase", "NORTH", "01-04", parts=[name], basis="data protection law, article 17")
    s.tell("user", "NORTH", "01-05", user="NORTH:clerk", roles=["record"], sealed=[{"class": "personal", "hash": name}])
    s.gets("refused", "part_erased")
    s.tell("erase", "REG", "01-05", parts=[paper], basis="court order 7")
    s.tell("ship", "NORTH", "01-06", facility="STORE", consignment="NORTH:CN", to="STORE", lots=[{"lot": "NORTH:A"}],
           sealed=[{"class": "note", "hash": sealed_hash("note", salt, b"driver")}])


@scenario
def keys_and_their_holders(s):
    """A party revokes its own key at once; a revoked key stays revoked, and has one holder for ever."""
    one, two, three = ("%02x" % n * 32 for n in (1, 2, 3))
    s.party("NORTH")
    s.party("SOUTH")
    s.tell("key", "NORTH", "01-02", key=one, holder="NORTH")
    s.gets("refused", "authority_only")
    s.reg("key", key=one, holder="NORTH")
    s.reg("key", key=one, holder="SOUTH")
    s.gets("refused", "exists")
    s.reg("key", key=two, holder="NORTH", replaces=one)             # rotated in one step
    s.reg("key", key=three, holder="NORTH", replaces=one)
    s.gets("refused", "unknown_key")
    s.tell("key", "SOUTH", "01-03", key=two, holder="NORTH", status="revoked")
    s.gets("refused", "authority_only")
    s.tell("key", "NORTH", "01-03", key=two, holder="NORTH", status="revoked", suspect_since="2026-01-02T00:00:00+08:00")
    s.reg("key", key=two, holder="NORTH", day="2026-01-03T09:00:00+08:00")
    s.gets("refused", "key_revoked")


stories_quota.add(scenario, sys.modules[__name__])
stories_trade.add(scenario, sys.modules[__name__])
stories_watch.add(scenario, sys.modules[__name__])
stories_limits.add(scenario, sys.modules[__name__])


def files():
    for name, s in SCENARIOS.items():
        yield name + ".ndjson", "\n".join([text(s.genesis)] + s.lines) + "\n"
        facts = [line for line in s.expected if line.startswith("=")]
        yield name + ".expected", "\n".join([line for line in s.expected if not line.startswith("=")] + facts) + "\n"


def main():
    stale = []
    for name, content in files():
        path = os.path.join(HERE, name)
        old = open(path, encoding="utf-8").read() if os.path.exists(path) else None
        if old == content:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            with open(path, "w", encoding="utf-8") as out:
                out.write(content)
    if "--check" in sys.argv and stale:
        sys.exit("not as make.py writes them: " + ", ".join(stale))


main()
