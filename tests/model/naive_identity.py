"""Users, delegations, devices and keys in the naive book (docs/book.md, "Who may speak, measure and sign").

A mixin: it uses what NaiveBook has, and says only what concerns who may speak, measure and sign.
"""
import datetime

import naive_book as naive

NEVER_PASSED_ON = ("user", "delegate", "key")
LISTS = {"import.goods": "lines", "charge": "inputs", "transform": "inputs", "merge": "inputs", "blend": "inputs", "assemble": "inputs",
         "stocktake": "lots", "discard": "lots", "loss": "lots", "open": "lots", "receive": "lines",
         "extract": "outputs", "draw": "outputs"}


class Identity:
    users, delegations, devices, keys = {}, {}, {}, {}
    devices_required = False

    def identity_begin(self):
        self.users, self.delegations = {}, {}
        self.devices = {}                   # id -> dict(versions, calibrations)
        self.keys = {}                      # hex -> dict(holder, from, to, from_seq, revoked)
        self.devices_required, self.signings = False, []
        self.parts, self.documents = {}, {}             # by hash, by id

    # Kinds that do something to matter, and so have a place when they are corrected.
    with_place = set("open extract charge draw transform split merge ship receive measure stocktake discard loss sell "
                     "pack blend assemble return.goods export.goods import.goods correct".split())

    # ---- who may speak ----------------------------------------------------------------------------
    def may_speak(self, x):
        e = x.e
        if x.kind == "device" and e["device"].split(":")[0] != x.party:
            x.no("foreign_id", "/device")
        role, by, name = x.principal.split("/", 2)
        today = naive.civil(x.recorded, self.offset)
        user = self.users.get(by + ":" + name)
        if user and not ("record" in user["roles"] and user["from"] <= today <= user["to"]):
            x.no("user_not_entitled", "/party")
        if role == "operator" or by in (x.party, self.authority):
            return
        for d in self.delegations.values():
            if d["delegator"] == x.party and d["delegate"] in (by, by + ":" + name) \
                    and d["from"] <= today <= d["to"] and self.covers(d, x.e):
                return
        x.no("not_your_party", "/party")

    def may_sign(self, x, signer):
        """signer: the public key under which a signature was found good, or None."""
        today = naive.civil(x.recorded, self.offset)
        valid = lambda k: k["revoked"] is None and k["from"] <= today <= k["to"]
        if signer is None:
            must = False
            for s in self.signings:
                if s.get("party") in (None, x.party) and x.kind in s.get("kinds", [x.kind]) and (
                        "roles" not in s or set(s["roles"]) & set(self.parties[x.party][-1]["roles"])):
                    must = s["required"]
            if must and x.party == self.authority and x.kind == "key":
                must = any(k["holder"] == x.party and valid(k) for k in self.keys.values())
            return x.no("not_signed", "") if must else None
        key = self.keys.get(signer)
        if key is None or not valid(key):
            return x.no("key_not_valid", "")
        role, by, name = x.principal.split("/", 2)
        who = (key["holder"], by + ":" + name) if by == key["holder"] else (key["holder"],)
        if key["holder"] not in (x.party, self.authority) and not any(
                d["delegator"] == x.party and d["delegate"] in who and d["from"] <= today <= d["to"]
                and self.covers(d, x.e) for d in self.delegations.values()):
            x.no("key_foreign", "")

    def covers(self, d, e):
        if e["kind"] in NEVER_PASSED_ON or (d["kinds"] and e["kind"] not in d["kinds"]):
            return False
        if d["facilities"] and self.place_of(e) not in d["facilities"]:
            return False
        return "replacement" not in e or self.covers(d, e["replacement"])

    def place_of(self, e):
        if e["kind"] == "correct":
            seq = self.by_id.get((e["party"], e["corrects"]))
            op = self.records[seq][1] if seq is not None else None
            return op["facility"] if op and op["kind"] in self.with_place else None
        if e["kind"] in ("measure", "sell"):
            lot = self.lots.get(e["lot"] if e["kind"] == "measure" else e["lots"][0]["lot"])
            return lot.facility if lot else None
        return e.get("facility")

    # ---- registry ---------------------------------------------------------------------------------
    def do_user(self, x):
        e = x.e
        if e["user"].split(":")[0] != x.party:
            return x.no("foreign_id", "/user")
        self.users[e["user"]] = dict(roles=e["roles"], **self.dated(x, e))

    def do_delegate(self, x):
        e = x.e
        if e["delegation"].split(":")[0] != x.party:
            x.no("foreign_id", "/delegation")
        if ":" in e["delegate"]:
            if e["delegate"] not in self.users:
                x.no("unknown_user", "/delegate")
        elif e["delegate"] not in self.parties:
            x.no("unknown_party", "/delegate")
        for i, f in enumerate(e.get("facilities", [])):
            if f not in self.facilities or self.facilities[f][-1]["holder"] != x.party:
                x.no("unknown_facility", "/facilities/%d" % i)
        if not x.refusals:
            self.delegations[e["delegation"]] = dict(
                delegator=x.party, delegate=e["delegate"], kinds=e.get("kinds"), facilities=e.get("facilities"),
                **self.dated(x, e))

    def do_device(self, x):
        e = x.e
        for i, c in enumerate(e.get("calibrations", [])):
            if "laboratory" in c and "laboratory" not in self.parties.get(
                    c["laboratory"], [{"roles": []}])[-1]["roles"]:
                x.no("unknown_laboratory", "/calibrations/%d/laboratory" % i)
        if x.refusals:
            return
        device = self.devices.setdefault(e["device"], dict(versions=[], calibrations=[]))
        known = naive.civil(x.end, self.offset)         # as all the registry, by the book's own offset
        device["versions"].append(dict(self.dated(x, e), facility=e["facility"], known=known))
        device["calibrations"] += [(naive.day(c["date"]), naive.day(c["until"])) for c in e.get("calibrations", [])]

    def do_key(self, x):
        e = x.e
        revoked = e.get("status") == "revoked"
        own = e["holder"] == x.party and (revoked or e.get("replaces", "") == x.signer)
        if x.party != self.authority and not own:
            return x.no("authority_only", "/party")
        if e["holder"] not in self.parties:
            return x.no("unknown_party", "/holder")
        key, old = self.keys.get(e["key"]), self.keys.get(e.get("replaces"))
        if key is None and revoked:
            return x.no("unknown_key", "/key")
        if key and key["holder"] != e["holder"]:
            return x.no("exists", "/key")
        if key and key["revoked"] is not None and not revoked:
            return x.no("key_revoked", "/key")
        if "replaces" in e and not (old and old["holder"] == e["holder"] and old["revoked"] is None):
            return x.no("unknown_key", "/replaces")
        key = self.keys.setdefault(e["key"], dict(holder=e["holder"], revoked=None, from_seq=x.seq))
        if not revoked:
            key.update({k: v for k, v in self.dated(x, e).items() if k != "known"})
        elif key["revoked"] is None:
            key["revoked"] = x.seq
        if old:
            old["revoked"] = x.seq

    # ---- devices ----------------------------------------------------------------------------------
    def check_devices(self, x):
        e, kind = x.e, x.kind
        weighed = [(e.get("weighing"), "")] if kind == "measure" else []
        for members in {LISTS.get(kind, "inputs"), "outputs"}:
            if isinstance(e.get(members), list):
                weighed += [(line.get("weighing"), "/%s/%d" % (members, i)) for i, line in enumerate(e[members])]
        for weighing, where in weighed:
            device = (weighing or {}).get("device")
            if device is None:
                continue
            code, at = None, self.devices.get(device)
            if at is None:
                if self.devices_required or any(d.split(":")[0] == device.split(":")[0] for d in self.devices):
                    code = "device_unregistered"
            else:
                version = self.version(at["versions"], x.date, x.date)
                place = self.lots[e["lot"]].facility if kind == "measure" else x.facility
                if version is None:
                    code = "device_unregistered"
                elif version["facility"] != place and kind != "measure":
                    code = "device_elsewhere"
                elif not any(a <= x.date <= b for a, b in at["calibrations"]):
                    code = "device_uncalibrated"
            if code:
                x.note(code, where + "/weighing/device")

    # ---- sealed parts and documents ---------------------------------------------------------------
    def parts_of(self, e, first=""):
        named = [(p["class"], p["hash"], "%s/sealed/%d/hash" % (first, i)) for i, p in enumerate(e.get("sealed", []))]
        if e["kind"] == "document":
            named.append((e["class"], e["hash"], first + "/hash"))
        return named + (self.parts_of(e["replacement"], "/replacement") if "replacement" in e else [])

    def check_parts(self, x):
        for of_class, name, where in self.parts_of(x.e):
            part = self.parts.get(name)
            if part and part["erased"]:
                x.no("part_erased", where)
            elif part and part["class"] != of_class:
                x.no("part_class", where)

    def keep_parts(self, x):
        for of_class, name, _ in self.parts_of(x.e):
            self.parts.setdefault(name, {"class": of_class, "party": x.party, "erased": False})

    def do_document(self, x):
        e = x.e
        if e["document"].split(":")[0] != x.party:
            return x.no("foreign_id", "/document")
        if e["document"] in self.documents:
            return x.no("exists", "/document")
        for i, b in enumerate(e.get("belongs", [])):
            if not self.may_belong(x, b["kind"], b["id"]):
                x.no("unknown_subject", "/belongs/%d/id" % i)
        if not x.refusals:
            self.documents[e["document"]] = e

    def may_belong(self, x, kind, id):
        owner = None
        if kind == "party":
            owner = id if id in self.parties else None
        elif kind == "facility" and id in self.facilities:
            owner = self.facilities[id][-1]["holder"]
        elif kind == "licence" and self.licences.get(id):
            owner = self.licences[id][-1]["holder"]
        elif kind == "lot" and id in self.lots:
            owner = self.lots[id].party
        elif kind == "consignment" and id in self.consignments:
            owner = self.consignments[id]["party"]
        elif kind == "device" and id in self.devices:
            owner = id.split(":")[0]
        elif kind == "event" and tuple(id.split(":", 1)) in self.by_id:
            owner = id.split(":")[0]
        roles = self.parties[x.party][-1]["roles"]
        return owner is not None and (owner == x.party or
                                      bool({"authority", "laboratory", "customs", "auditor"} & set(roles)))

    def do_erase(self, x):
        for i, name in enumerate(x.e["parts"]):
            part = self.parts.get(name)
            if not part or x.party not in (part["party"], self.authority):
                x.no("unknown_part", "/parts/%d" % i)
            elif part["erased"]:
                x.no("part_erased", "/parts/%d" % i)
        if not x.refusals:
            for name in x.e["parts"]:
                self.parts[name]["erased"] = True
