#!/usr/bin/env python3
"""Writes every_kind.ndjson: the examples of docs/events.md as one story that a book records.

Each example goes in as it stands on the page, in the order in which it happened; what it builds on and
the page does not show (other parties, facilities, licences, lots on the road) stands below. Only the
number of the cause that `release` names is put in, and the genesis loses its key, which a trial's own
replaces.
    every_kind.py           writes genesis and events beside itself
    every_kind.py --check   fails when they are not as it would write them
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(os.path.dirname(os.path.dirname(HERE)), "docs", "events.md")
YEAR = "2026-01-01T00:00:00+08:00"


def event(kind, id, happened, party="NORTH", **members):
    return dict({"v": 1, "kind": kind, "id": id, "party": party, "happened": happened}, **members)


def by_authority(kind, id, **members):
    return event(kind, id, YEAR, "REGULATOR", **members)


def treo(percent, **shares):
    return {"laboratory": "LAB-A", "method": "ICP-OES", "of": "treo", "treo": percent, "values": shares}


def licence(id, holder, facility, activity):
    return by_authority("licence", "l-" + id, licence=id, holder=holder, facility=facility, activity=activity,
                        **{"from": "2026-01-01", "to": "2030-12-31"}, status="valid")


# What an example needs first: before its id, these.
BEFORE = {
    "p-1": [by_authority("party", "p-2", subject="NRE-GROUP", name="Northern Group", roles=["group"])],
    "f-1": [by_authority("party", "p-3", subject="MAG", name="Magnet works", roles=["company"]),
            by_authority("party", "p-4", subject="REC", name="Recycler", roles=["company"]),
            by_authority("party", "p-5", subject="LAB-A", name="Laboratory A", roles=["laboratory"])],
    "k-1": [by_authority("facility", "f-%d" % (2 + i), facility=id, holder=holder, name=id, activities=[activity])
            for i, (id, holder, activity) in enumerate([
                ("NORTH-MINE", "NORTH", "mining"), ("NORTH-METAL", "NORTH", "metal"),
                ("MAGNET-1", "MAG", "magnet"), ("REC-1", "REC", "recycling")])],
    "d-1": [by_authority("material", "m-2", material="BO-CONC", name="Concentrate", stage="ore product", moisture="8",
                         **{"class": "rock"}),
            by_authority("material", "m-3", material="PRND-METAL", name="PrNd metal", stage="metal"),
            by_authority("material", "m-4", material="SWARF", name="Swarf", stage="scrap", moisture="10",
                         **{"class": "recycled"}),
            by_authority("material", "m-5", material="SX-RESIDUE", name="Residue", stage="residue")],
    "o-1": [licence("SL-1", "NORTH", "NORTH-SX", "separation"), licence("ME-1", "NORTH", "NORTH-METAL", "metal"),
            licence("MA-1", "MAG", "MAGNET-1", "magnet"), licence("RE-1", "REC", "REC-1", "recycling"),
            by_authority("plan.adopt", "pa-2", instrument="2026-MINE-1", year=2026, ledger="mining", **{"class": "rock"},
                         allot=[{"holder": "REGULATOR", "reo": "400000000"},
                                {"holder": "NORTH", "under": "REGULATOR", "reo": "200000000"}]),
            by_authority("plan.adopt", "pa-3", instrument="2026-SEP-0", year=2026, ledger="separation",
                         allot=[{"holder": "REGULATOR", "reo": "1000000"},
                                {"holder": "NRE-GROUP", "under": "REGULATOR", "reo": "500000"},
                                {"holder": "NORTH", "under": "NRE-GROUP", "reo": "500000"}])],
    "ch-1": [event("ship", "sh-3", "2026-01-08T08:00:00+08:00", facility="NORTH-MINE", consignment="NORTH:CN-1",
                   to="NORTH-SX", lots=[{"lot": "NORTH:MC-1"}]),
             event("receive", "re-3", "2026-01-09T08:00:00+08:00", facility="NORTH-SX", **{"from": "NORTH"},
                   consignment="NORTH:CN-1",
                   lines=[{"from_lot": "NORTH:MC-1", "lot": "NORTH:C-1", "net": "51990.0", "moisture": "8.0", "final": True}])],
    "t-1": [event("draw", "dr-2", "2026-01-12T09:00:00+08:00", facility="NORTH-SX", pool="NORTH:SX-1", outputs=[
                {"lot": "NORTH:O-2", "material": "PRND-OXIDE", "net": "825.0",
                 "assay": treo("99.5", Pr="24.9", Nd="75.1")}]),
            event("draw", "dr-3", "2026-01-12T10:00:00+08:00", facility="NORTH-SX", pool="NORTH:SX-1", outputs=[
                {"lot": "NORTH:R-1", "material": "SX-RESIDUE", "net": "300.0",
                 "assay": treo("1.5", La="40", Nd="60")}]),
            event("ship", "sh-4", "2026-01-13T08:00:00+08:00", facility="NORTH-SX", consignment="NORTH:CN-2",
                  to="NORTH-METAL", lots=[{"lot": "NORTH:O-1"}]),
            event("receive", "re-4", "2026-01-14T08:00:00+08:00", facility="NORTH-METAL", **{"from": "NORTH"},
                  consignment="NORTH:CN-2", lines=[{"from_lot": "NORTH:O-1", "lot": "NORTH:OM-1", "net": "2499.8", "final": True}])],
    "sp-1": [event("transform", "t-2", "2026-01-15T20:00:00+08:00", facility="NORTH-METAL", process="electrolysis",
                   inputs=[{"lot": "NORTH:OM-1", "net": "600.0"}],
                   outputs=[{"lot": "NORTH:M-3", "material": "PRND-METAL", "net": "500.0",
                             "content": {"basis": "calculated", "values": {"Pr": "24.0", "Nd": "75.5"}}}])],
    "fa-1": [event("policy", "po-2", "2026-05-31T08:00:00+08:00", "REGULATOR", two_persons=["factors"])],
    "me-1": [event("split", "sp-2", "2026-01-16T09:00:00+08:00", facility="NORTH-METAL", lot="NORTH:M-1",
                   parts=[{"lot": "NORTH:M-1c", "net": "60.0"}])],
}
# What the examples of trade need, long after the others.
BEFORE["bl-1"] = [
    dict(by_authority("material", "trade-3", material="PRND-OXIDE-T", name="PrNd oxide, technical", stage="compound"),
         happened="2026-06-11T09:00:00+08:00"),
    event("split", "trade-1", "2026-06-11T10:00:00+08:00", facility="NORTH-METAL", lot="NORTH:OM-1",
          parts=[{"lot": "NORTH:OM-2", "net": "200.0"}])]
BEFORE["as-1"] = [
    dict(by_authority("material", "trade-4", material="NDFEB", name="NdFeB magnets", stage="magnet"),
         happened="2026-06-12T09:00:00+08:00"),
    dict(by_authority("material", "trade-5", material="MOTOR", name="Motors", stage="article"),
         happened="2026-06-12T09:00:00+08:00"),
    event("transform", "trade-2", "2026-06-13T08:00:00+08:00", "MAG", facility="MAGNET-1", process="sinter",
          inputs=[{"lot": "MAG:M-2", "net": "300.0"}],
          outputs=[{"lot": "MAG:G-1", "material": "NDFEB", "net": "990.0",
                    "content": {"basis": "calculated", "values": {"Pr": "7.2", "Nd": "22.8", "Fe": "68.0", "B": "1.0"}}}])]
BEFORE["rg-2"] = [
    event("ship", "trade-6", "2026-06-15T08:00:00+08:00", facility="NORTH-METAL", consignment="NORTH:CN-79",
          to="MAGNET-1", lots=[{"lot": "NORTH:OM-3"}], seal="CN-0816", title="retained"),
    event("loss", "trade-7", "2026-06-16T08:00:00+08:00", facility="NORTH-METAL", consignment="NORTH:CN-79",
          lots=[{"lot": "NORTH:OM-3", "net": "1.5"}], reason="torn bag")]
BORDER = "2026-06-18T08:00:00+08:00"
BEFORE["ex-1"] = [dict(e, happened=BORDER) for e in [
    by_authority("party", "trade-8", subject="CUSTOMS", name="Customs", roles=["customs"]),
    by_authority("facility", "trade-9", facility="TIANJIN", holder="CUSTOMS", name="Tianjin", activities=["trade"]),
    by_authority("policy", "trade-10", permits=[{"stage": "magnet", "kinds": ["export", "dual-use"]}], permit_free="5"),
    by_authority("licence", "trade-11", licence="XP-2026-1", holder="MAG", activity="export",
                 permit={"kind": "export", "type": "general", "countries": ["DE", "FR"], "quantity": "20000"}),
    by_authority("licence", "trade-12", licence="XD-2026-7", holder="MAG", activity="export",
                 permit={"kind": "dual-use", "type": "single", "user": "EU-USER-7", "quantity": "1000"})]]
# The order in which the examples happened.
ORDER = ["p-1", "f-1", "k-1", "po-1", "m-1", "d-1", "l-1", "s-1", "pl-1", "o-1", "u-1", "dg-1", "dv-1", "e-1", "ch-1", "dr-1", "t-1", "sp-1",
         "me-1", "sh-1", "sh-2", "re-1", "re-2", "ms-1", "ms-2", "di-1", "lo-1", "st-1", "pa-1", "h-1", "rl-1", "co-1", "c-1",
         "rt-1", "k-2", "doc-1", "er-1", "fa-1", "cf-1", "se-1", "pk-1", "bl-1", "as-1", "rg-1", "rg-2",
         "ex-1", "cf-2", "im-1"]
# Who sends what waits for a second person's word, and that word, are two.
SECOND = {"cf-1", "cf-2"}
# Licences and plans.
ORDER += ["la-1", "ls-1", "pd-1", "po-2", "ls-2"]
# Orders, inspections, technology, rules.
ORDER += ["sz-1", "rv-1", "ca-1", "ti-1", "te-1", "td-1", "ru-1"]


def recorded(happened):
    """A quarter of an hour later, as UTC."""
    at = happened["to"] if isinstance(happened, dict) else happened
    import datetime
    when = datetime.datetime.fromisoformat(at).astimezone(datetime.timezone.utc) + datetime.timedelta(minutes=15)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def written():
    """The two files' texts."""
    with open(PAGE, encoding="utf-8") as page:
        examples = {e["id"]: e for e in (json.loads(block) for block in re.findall(r"```json\n(.*?)\n```", page.read(), re.S))}
    genesis = examples.pop("genesis")
    del genesis["key"]
    if sorted(examples) != sorted(ORDER):
        sys.exit("%s: ORDER does not have the examples of the page: %s" % (__file__, sorted(set(examples) ^ set(ORDER))))
    story, hold = [], 0
    for id in ORDER:
        story += BEFORE.get(id, [])
        if id == "h-1":
            hold = len(story) + 1
        if id == "rl-1":
            examples[id]["cause"] = "%d.0" % hold
        story.append(examples[id])
    say = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
    lines = [say({"ytterby": "event/1", "by": "operator/REGULATOR/%s" % ("second" if e["id"] in SECOND else "cli"), "recorded": recorded(e["happened"]), "event": e})
             for e in story]
    return {"every_kind.genesis.json": say(genesis), "every_kind.ndjson": "".join(lines)}


def main():
    for name, text in written().items():
        path = os.path.join(HERE, name)
        if "--check" not in sys.argv:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        else:
            with open(path, encoding="utf-8") as file:
                if file.read() != text:
                    sys.exit("%s is not what docs/events.md says: run every_kind.py" % name)


if __name__ == "__main__":
    main()
