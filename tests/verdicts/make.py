#!/usr/bin/env python3
"""Writes tests/verdicts/CODE.ndjson: for each verdict code the least input that gives it.

Each function below is one code. The last event of its story is the one that gets the code; whatever
stands before is there because the code cannot be had without it.
    make.py           writes the files
    make.py --check   fails when the files are not as it would write them
"""
import os
import sys

from words import START, Story, assay, hash_of, stated, text

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = {}


def case(function):
    story = Story()
    CASES[function.__name__] = story
    function(story)
    return function


# ---- registries that several cases share ------------------------------------------------------------

def store(s):
    """A party with a warehouse."""
    s.party("NORTH")
    s.facility("STORE", "NORTH", "trade")


def trader(s, material="SALT", stage="other"):
    store(s)
    s.material(material, stage)


def stock(s, lot="NORTH:A", material="SALT", **line):
    s.tell("open", "NORTH", "01-02", facility="STORE",
           lots=[dict({"lot": lot, "material": material, "net": "100"}, **line)])


def laboratory(s):
    s.party("LAB", "laboratory")


def mine(s, licence={}, reserve=None, material="ORE", stage="ore"):
    s.party("NORTH")
    s.facility("MINE", "NORTH", "mining")
    s.material(material, stage)
    members = {"reserve": reserve} if reserve else {}
    s.reg("deposit", deposit="BAYAN-OBO", class_="rock", **members)
    s.licence("ML-1", "NORTH", "mining", **licence)
    s.reg("source", source="MAIN", deposit="BAYAN-OBO", licence="ML-1")


def mined(s, day="01-02", lot="NORTH:O", **line):
    s.tell("extract", "NORTH", day, facility="MINE", source="MAIN",
           outputs=[dict({"lot": lot, "material": "ORE", "net": "1000"}, **line)])


def separator(s, *activities):
    """A separation plant that holds opened concentrate, which is undrawn."""
    s.party("NORTH")
    s.facility("SX", "NORTH", *(activities or ("separation",)))
    s.material("CONC", "ore product", class_="rock")
    s.material("OXIDE", "compound")
    s.licence("SL-1", "NORTH", "separation")


def concentrate(s, **line):
    s.tell("open", "NORTH", "01-02", facility="SX",
           lots=[dict({"lot": "NORTH:C", "material": "CONC", "net": "1000",
                       "content": stated(Nd="10")}, **line)])


def oxide_made(s, day="01-03", nd="10", net="1000", **members):
    s.tell("transform", "NORTH", day, facility="SX", inputs=[{"lot": "NORTH:C"}],
           outputs=[{"lot": "NORTH:X", "material": "OXIDE", "net": net, "content": stated(Nd=nd)}], **members)


def two_sites(s, holder="SOUTH", material="SALT", stage="other"):
    trader(s, material, stage)
    if holder != "NORTH":
        s.party(holder)
    s.facility("YARD", holder, "trade")


def shipped(s, lot="NORTH:A", consignment="NORTH:CN-1", day="01-03", facility="STORE", to="YARD", **members):
    s.tell("ship", "NORTH", day, facility=facility, consignment=consignment, to=to, lots=[{"lot": lot}],
           **members)


def received(s, day="01-04", party="SOUTH", facility="YARD", line=None, **members):
    s.tell("receive", party, day, facility=facility, from_="NORTH", consignment="NORTH:CN-1",
           lines=[line or {"from_lot": "NORTH:A", "lot": party + ":A"}], **members)


# ---- refused ------------------------------------------------------------------------------------------

@case
def malformed(s):
    s.tell("party", "REG", START, subject="NORTH", roles=["company"])   # without its name


@case
def genesis(s):
    again = dict(s.genesis, id="again")
    s.say(again)


@case
def unknown_party(s):
    s.tell("extract", "NORTH", "01-02", facility="MINE", source="MAIN",
           outputs=[{"lot": "NORTH:O", "material": "ORE", "net": "1000"}])


@case
def not_your_party(s):
    s.party("NORTH")
    s.tell("pool", "NORTH", "01-02", by="company/SOUTH/desk", pool="NORTH:P", facility="SX",
           activity="separation", class_="rock")


@case
def authority_only(s):
    s.party("NORTH")
    s.tell("material", "NORTH", "01-02", material="SALT", stage="other")


@case
def id_reused(s):
    s.material("SALT", "other")
    s.say(dict(s.event("material", "REG", START, material="LIME", stage="other"), id="1"))


@case
def in_future(s):
    s.tell("material", "REG", "2026-01-01T12:05:01+08:00", recorded="2026-01-01T12:00:00+08:00",
           material="SALT", stage="other")


@case
def span(s):
    s.party("NORTH")
    s.facility("MINE", "NORTH", "mining")
    s.tell("extract", "NORTH", ("01-31", "02-01"), facility="MINE", source="MAIN",
           outputs=[{"lot": "NORTH:O", "material": "ORE", "net": "1000"}])


@case
def unknown_facility(s):
    s.party("NORTH")
    s.tell("loss", "NORTH", "01-02", facility="STORE", lots=[{"lot": "NORTH:A"}], reason="fire")


@case
def unknown_material(s):
    s.party("NORTH")
    s.facility("STORE", "NORTH", "trade")
    stock(s)


@case
def unknown_deposit(s):
    s.reg("source", source="MAIN", deposit="BAYAN-OBO", licence="ML-1")


@case
def unknown_source(s):
    s.party("NORTH")
    s.facility("MINE", "NORTH", "mining")
    mined(s)


@case
def unknown_licence(s):
    s.reg("deposit", deposit="BAYAN-OBO", class_="rock")
    s.reg("source", source="MAIN", deposit="BAYAN-OBO", licence="ML-1")


@case
def unknown_pool(s):
    s.party("NORTH")
    s.facility("SX", "NORTH", "separation")
    s.tell("charge", "NORTH", "01-02", facility="SX", pool="NORTH:P", inputs=[{"lot": "NORTH:C"}])


@case
def unknown_instrument(s):
    s.plan("2026-2", "separation", ("REG", "1000"), includes=["2026-1"])


@case
def unknown_laboratory(s):
    trader(s)
    stock(s, assay=assay("NORTH", Nd="1"))   # known, but no laboratory


@case
def unknown_cause(s):
    s.tell("release", "REG", "01-02", cause="0.0")


@case
def unknown_event(s):
    s.party("NORTH")
    s.tell("correct", "NORTH", "01-02", corrects="17", reason="typing mistake")


@case
def exists(s):
    s.material("SALT", "other")
    s.material("SALT", "other")


@case
def foreign_id(s):
    trader(s)
    stock(s, lot="SOUTH:A")


@case
def unknown_lot(s):
    store(s)
    s.tell("discard", "NORTH", "01-02", facility="STORE", lots=[{"lot": "NORTH:A"}], to="pond")


@case
def lot_elsewhere(s):
    two_sites(s, "NORTH")
    stock(s)
    s.tell("discard", "NORTH", "01-03", facility="YARD", lots=[{"lot": "NORTH:A"}], to="pond")


@case
def not_enough(s):
    trader(s)
    stock(s)
    s.tell("discard", "NORTH", "01-03", facility="STORE", lots=[{"lot": "NORTH:A", "net": "100.000001"}],
           to="pond")


@case
def lot_twice(s):
    trader(s)
    stock(s)
    s.tell("discard", "NORTH", "01-03", facility="STORE",
           lots=[{"lot": "NORTH:A", "net": "1"}, {"lot": "NORTH:A", "net": "2"}], to="pond")


@case
def nothing(s):
    trader(s)
    stock(s, net="0")


@case
def assay_over_100(s):
    laboratory(s)
    trader(s)
    stock(s, assay=assay(Nd="60", Pr="40.0000001"))


@case
def over_dry_mass(s):
    laboratory(s)
    trader(s)
    stock(s, moisture="10", assay=dict(assay(Nd="90.001"), of="received"))


@case
def material_mix(s):
    trader(s)
    s.material("LIME", "other")
    s.tell("open", "NORTH", "01-02", facility="STORE", lots=[{"lot": "NORTH:A", "material": "SALT", "net": "1"},
                                                         {"lot": "NORTH:B", "material": "LIME", "net": "1"}])
    s.tell("merge", "NORTH", "01-03", facility="STORE", inputs=[{"lot": "NORTH:A"}, {"lot": "NORTH:B"}],
           lot="NORTH:AB")


@case
def stage(s):
    mine(s, material="OXIDE", stage="compound")
    mined(s, material="OXIDE")


@case
def pool_kind(s):
    s.party("NORTH")
    s.facility("FIELD", "NORTH", "mining")
    s.pool("NORTH:LEACH", "FIELD", "mining", "ion")
    s.tell("charge", "NORTH", "01-02", facility="FIELD", pool="NORTH:LEACH", inputs=[{"lot": "NORTH:C"}])


@case
def month_order(s):
    s.party("NORTH")
    s.facility("STORE", "NORTH", "trade")
    s.tell("close", "NORTH", "01-31", facility="STORE", month="2026-01")


@case
def after_cut_over(s):
    store(s)
    s.tell("close", "NORTH", "02-01", facility="STORE", month="2026-01")
    stock(s)


@case
def incoherent(s):
    s.party("NORTH")
    s.plan("2026-1", "separation", ("REG", "1000"), ("NORTH", "REG", "1000.000001"))


@case
def consignment_closed(s):
    two_sites(s)
    stock(s)
    shipped(s)
    received(s)
    received(s, "01-05", line={"from_lot": "NORTH:A", "lot": "SOUTH:B"})


@case
def settles(s):
    trader(s)
    s.tell("open", "NORTH", "01-03", facility="STORE",
           lots=[{"settles": "NORTH:~1.1", "material": "SALT", "net": "100"}])   # nothing was found


@case
def cannot_reverse(s):
    trader(s)
    stock(s)
    opened = "%d" % s.count
    s.tell("discard", "NORTH", "01-03", facility="STORE", lots=[{"lot": "NORTH:A", "net": "1"}], to="pond")
    s.tell("correct", "NORTH", "01-04", corrects=opened, reason="typing mistake")


@case
def cannot_restate(s):
    trader(s)
    stock(s)
    opened = "%d" % s.count
    s.tell("measure", "NORTH", "01-03", lot="NORTH:A", net="100")
    s.tell("measure", "NORTH", "01-04", lot="NORTH:A", net="99", supersedes=opened)   # measured anew since


@case
def not_reversible(s):
    s.material("SALT", "other")
    s.tell("correct", "REG", "01-02", corrects="1", reason="typing mistake")


@case
def no_measurement(s):
    trader(s)
    stock(s)
    s.tell("measure", "NORTH", "01-03", lot="NORTH:A")


@case
def too_large(s):
    trader(s)
    most = "999999999999.999999"   # below 10^18 mg
    s.tell("open", "NORTH", "01-02", facility="STORE",
           lots=[{"lot": "NORTH:%d" % i, "material": "SALT", "net": most, "content": stated(Nd="100")}
                 for i in range(10)])


# ---- a second person ------------------------------------------------------------------------------------

def waiting(s, **members):
    """An event that waits for a second person. Gives what a confirm must say of it."""
    s.reg("policy", two_persons=["material"])
    event = s.event("material", "REG", START, material="SALT", stage="other", **members)
    s.say(event)
    return {"confirms": event["id"], "hash": hash_of(event)}


def confirmed(s, cited, by="authority/REG/second", **members):
    s.tell("confirm", "REG", "01-02", by=by, **dict(cited, **members))


@case
def nothing_to_confirm(s):
    event = s.event("material", "REG", START, material="SALT", stage="other")
    s.say(event)
    confirmed(s, {"confirms": event["id"], "hash": hash_of(event)})


@case
def already_confirmed(s):
    cited = waiting(s)
    confirmed(s, cited)
    confirmed(s, cited)


@case
def hash_differs(s):
    confirmed(s, waiting(s), hash="0" * 64)


@case
def same_person(s):
    confirmed(s, waiting(s), by="authority/REG/desk")


# ---- held ---------------------------------------------------------------------------------------------

@case
def no_licence(s):
    s.party("NORTH")
    s.facility("CELL", "NORTH", "metal")
    s.material("SALT", "other")
    s.material("METAL", "metal")
    s.tell("open", "NORTH", "01-02", facility="CELL", lots=[{"lot": "NORTH:A", "material": "SALT", "net": "100"}])
    s.tell("transform", "NORTH", "01-03", facility="CELL", inputs=[{"lot": "NORTH:A"}],
           outputs=[{"lot": "NORTH:M", "material": "METAL", "net": "80"}])


@case
def licence_suspended(s):
    mine(s, {"status": "suspended"})
    mined(s)


@case
def licence_scope(s):
    mine(s, {"materials": ["CONC"]})
    mined(s)


@case
def not_designated(s):
    separator(s, "trade")
    concentrate(s, content=stated(Nd="0"))
    oxide_made(s, nd="0")


@case
def quota_exceeded(s):
    separator(s)
    concentrate(s)
    s.plan("2026-1", "separation", ("REG", "1000"), ("NORTH", "REG", "100"))
    oxide_made(s)


@case
def no_quota(s):
    separator(s)
    concentrate(s)
    oxide_made(s)


@case
def element_creation(s):
    laboratory(s)
    trader(s)
    stock(s, assay=assay(Nd="10"))
    s.tell("transform", "NORTH", "01-03", facility="STORE", inputs=[{"lot": "NORTH:A"}],
           outputs=[{"lot": "NORTH:B", "material": "SALT", "net": "100", "assay": assay(Nd="13")}])


@case
def held_moved(s):
    trader(s)
    stock(s)
    s.tell("hold", "REG", "01-03", lots=["NORTH:A"], reason="inspection")
    s.tell("discard", "NORTH", "01-04", facility="STORE", lots=[{"lot": "NORTH:A"}], to="pond")


@case
def held_drawn(s):
    s.party("NORTH")
    s.facility("SX", "NORTH", "separation")
    s.licence("SL-1", "NORTH", "separation")
    s.material("MUD", "residue")
    s.pool("NORTH:P", "SX", "separation", "recycled")
    s.tell("open", "NORTH", "01-02", facility="SX", pools=[{"pool": "NORTH:P", "components": {"Nd": "10"}}])
    s.tell("hold", "REG", "01-03", pools=["NORTH:P"], reason="inspection")
    s.tell("draw", "NORTH", "01-04", facility="SX", pool="NORTH:P",
           outputs=[{"lot": "NORTH:M", "material": "MUD", "net": "1", "content": stated(Nd="10")}])


@case
def found(s):
    store(s)
    s.tell("discard", "NORTH", "01-02", facility="STORE", lots=[{"lot": "NORTH:A", "net": "1"}], to="pond",
           insist=True)


@case
def recycler_ore(s):
    trader(s, "ORE", "ore")
    s.party("REC")
    s.facility("MILL", "REC", "recycling")
    stock(s, material="ORE")
    shipped(s, to="MILL")
    received(s, party="REC", facility="MILL")


@case
def provisional(s):
    two_sites(s, material="OXIDE", stage="compound")
    stock(s, material="OXIDE", content=stated(Nd="85"))
    shipped(s)


@case
def outside_regulated(s):
    trader(s, "ALLOY", "alloy")
    s.tell("receive", "NORTH", "01-02", facility="STORE", outside={"kind": "other", "name": "a stranger"},
           lines=[{"lot": "NORTH:A", "material": "ALLOY", "net": "100"}])


@case
def wrong_destination(s):
    two_sites(s)
    s.facility("ANNEX", "SOUTH", "trade")
    stock(s)
    shipped(s)
    received(s, facility="ANNEX")


@case
def ordered(s):
    trader(s)
    stock(s)
    s.tell("hold", "REG", "01-03", lots=["NORTH:A"], reason="inspection")


@case
def inactive(s):
    s.party("NORTH", to="2026-01-31")
    s.facility("STORE", "NORTH", "trade")
    s.material("SALT", "other")
    s.tell("open", "NORTH", "02-01", facility="STORE", lots=[{"lot": "NORTH:A", "material": "SALT", "net": "100"}])


# ---- flagged ------------------------------------------------------------------------------------------

@case
def creation_noticed(s):
    laboratory(s)
    trader(s)
    stock(s, assay=assay(Nd={"value": "10", "u": "0.01", "s": "0"}))
    s.tell("transform", "NORTH", "01-03", facility="STORE", inputs=[{"lot": "NORTH:A"}],
           outputs=[{"lot": "NORTH:B", "material": "SALT", "net": "100",
                     "assay": assay(Nd={"value": "10.09", "u": "0.01", "s": "0"})}])


@case
def late_entry(s):
    trader(s)
    stock(s)
    s.tell("close", "NORTH", "02-01", facility="STORE", month="2026-01")
    s.tell("discard", "NORTH", "01-31", facility="STORE", lots=[{"lot": "NORTH:A"}], to="pond")


@case
def srd(s):
    laboratory(s)
    two_sites(s)
    stock(s, assay=assay(Nd="10"))
    shipped(s)
    received(s, line={"from_lot": "NORTH:A", "lot": "SOUTH:A", "net": "80"})


@case
def advance(s):
    separator(s)
    s.plan("2025-1", "separation", ("NORTH", "REG", "500"), year=2025)
    concentrate(s)
    oxide_made(s)


@case
def provisional_calculated(s):
    two_sites(s, material="OXIDE", stage="compound")
    stock(s, material="OXIDE", content=stated("calculated", Nd="85"))
    shipped(s)


@case
def unmatched(s):
    s.party("NORTH")
    s.party("SOUTH")
    s.facility("YARD", "SOUTH", "trade")
    s.material("SALT", "other")
    received(s, line={"from_lot": "NORTH:A", "lot": "SOUTH:A", "material": "SALT", "net": "100"})


@case
def reserve(s):
    laboratory(s)
    mine(s, reserve="10")
    mined(s, assay=assay(Nd="1"))


@case
def return_late(s):
    s.party("NORTH")
    s.facility("STORE", "NORTH", "trade")
    s.tell("return", "NORTH", "02-11", facility="STORE", month="2026-01", lines=[])


@case
def off_grade(s):
    laboratory(s)
    store(s)
    s.material("SALT", "other", grade={"of": "treo", "min": {"Nd": "99.5"}})
    stock(s, assay=assay(Nd="40", Pr="0.3"))


def smelter(s):
    laboratory(s)
    s.party("NORTH")
    s.facility("STORE", "NORTH", "metal")
    s.licence("TL-1", "NORTH", "metal")
    s.material("OXIDE", "compound")
    s.material("INGOT", "metal")


@case
def grade_rise(s):
    smelter(s)
    stock(s, material="OXIDE", assay=assay(Nd="80", Pr="1"))
    s.tell("transform", "NORTH", "01-03", facility="STORE", inputs=[{"lot": "NORTH:A"}],
           outputs=[{"lot": "NORTH:B", "material": "INGOT", "net": "80", "assay": assay(Nd="99", Pr="0.1")}])


@case
def unusual_yield(s):
    smelter(s)
    s.reg("policy", yields=[{"activity": "metal", "min": "90"}])
    stock(s, material="OXIDE", assay=assay(Nd="80"))
    s.tell("transform", "NORTH", "01-03", facility="STORE", inputs=[{"lot": "NORTH:A"}],
           outputs=[{"lot": "NORTH:B", "material": "INGOT", "net": "70", "assay": assay(Nd="99")}])


import cases_law                                                        # noqa: E402
import cases_identity                                                   # noqa: E402
import cases_trade                                                      # noqa: E402

cases_law.add(case, sys.modules[__name__])
cases_identity.add(case, sys.modules[__name__])
cases_trade.add(case, sys.modules[__name__])
import cases_quota                                                      # noqa: E402

cases_quota.add(case, sys.modules[__name__])
import cases_watch                                                      # noqa: E402

cases_watch.add(case, sys.modules[__name__])


def files():
    for name, story in CASES.items():
        yield name, "\n".join([text(story.genesis)] + story.lines) + "\n"


def main():
    stale = []
    for name, content in files():
        path = os.path.join(HERE, name + ".ndjson")
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
