"""A story as `event/1` lines: a registry in a few words, then what happens.

A story begins with its genesis. Each `tell` adds one event; its id is its number in the story, it is
recorded when it ends (`recorded` when said), and its sender is the party itself.
"""
import base64
import hashlib
import json

import signing

START = "2026-01-01T00:00:00+08:00"


def text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def hash_of(event):
    """SHA-256 of the event's exact bytes, as a confirm cites it."""
    return hashlib.sha256(text(event).encode()).hexdigest()


def assay(_lab="LAB", _method="ICP-OES", **values):
    return {"laboratory": _lab, "method": _method, "values": values}


def treo(total, _lab="LAB", _method="ICP-OES", **values):
    return {"laboratory": _lab, "method": _method, "of": "treo", "treo": total, "values": values}


def stated(_basis="declared", **values):
    return {"basis": _basis, "values": values}


CLASSES = "open personal process commercial technology evidence note".split()


def sealed_hash(of_class, salt, content):
    """The commitment of docs/format.md."""
    return hashlib.sha256(b"ytterby/sealed/1\0" + salt + bytes([CLASSES.index(of_class)]) + content).hexdigest()


def at(day, clock="08:00:00"):
    """`01-05` is that day of 2026 in China; what has a year or a T in it is taken as it is."""
    if "T" in day:
        return day
    return "%s%sT%s+08:00" % ("" if len(day) > 5 else "2026-", day, clock)


class Story:
    def __init__(self, **genesis):
        self.lines, self.count, self.now = [], 0, START
        self.genesis = {"v": 1, "kind": "book", "id": "genesis", "party": "REG", "happened": START,
                        "origin": "ree.example/book", "jurisdiction": "CN", "offset": "+08:00",
                        "mode": "trial"}
        self.genesis.update(genesis)

    # ---- events -----------------------------------------------------------------------------------
    def event(self, kind, party, day, **members):
        happened = {"from": at(day[0]), "to": at(day[1])} if isinstance(day, tuple) else at(day)
        self.count += 1
        event = {"v": 1, "kind": kind, "id": "%d" % self.count, "party": party, "happened": happened}
        event.update({name.rstrip("_"): value for name, value in members.items()})
        return event

    def tell(self, kind, party, day, recorded=None, by=None, **members):
        self.say(self.event(kind, party, day, **members), recorded, by)

    def say(self, event, recorded=None, by=None):
        ends = event["happened"]["to"] if isinstance(event["happened"], dict) else event["happened"]
        self.now = at(recorded) if recorded else max(self.now, ends)
        by = by or ("authority/REG/desk" if event["party"] == "REG" else "company/%s/desk" % event["party"])
        self.lines.append('{"ytterby":"event/1","recorded":"%s","by":"%s","event":%s}'
                          % (self.now, by, text(event)))

    def signs(self, seed, event, origin=None):
        """The event as it is, signed; its sender is the operator, and it is recorded when it ends."""
        self.now = max(self.now, event["happened"])
        self.lines.append(signing.signed_line(bytes([seed] * 32), origin or self.genesis["origin"], text(event)))

    def seals(self, event, *parts):
        """The event with the bytes of its sealed parts around it: (hash, salt, bytes) each."""
        self.now = max(self.now, event["happened"])
        given = [{"hash": h, "salt": base64.b64encode(s).decode(), "bytes": base64.b64encode(b).decode()}
                 for h, s, b in parts]
        self.lines.append('{"ytterby":"sealed/1","parts":%s,"event":%s}' % (text(given), text(event)))

    # ---- the registry -------------------------------------------------------------------------------
    def reg(self, kind, **members):
        day = members.pop("day", START)
        self.tell(kind, "REG", day, **members)

    def party(self, subject, *roles, **members):
        self.reg("party", subject=subject, name=subject, roles=list(roles or ("company",)), **members)

    def facility(self, facility, holder, *activities, **members):
        self.reg("facility", facility=facility, holder=holder, activities=list(activities), **members)

    def material(self, material, stage, **members):
        self.reg("material", material=material, stage=stage, **members)

    def licence(self, licence, holder, activity, **members):
        self.reg("licence", licence=licence, holder=holder, activity=activity, **members)

    def pool(self, pool, facility, activity, class_, day=START):
        self.tell("pool", pool.split(":")[0], day, pool=pool, facility=facility, activity=activity,
                  **{"class": class_})

    def plan(self, instrument, ledger, *allot, year=2026, day=START, **members):
        rows = [dict(zip(("holder", "under", "reo"), row)) if len(row) == 3 else
                {"holder": row[0], "reo": row[1]} for row in allot]
        self.reg("plan.adopt", day=day, instrument=instrument, year=year, ledger=ledger, allot=rows, **members)

    def write(self, path):
        with open(path, "w", encoding="utf-8") as out:
            out.write("\n".join([text(self.genesis)] + self.lines) + "\n")
