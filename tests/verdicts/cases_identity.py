"""Cases of who may speak, measure and sign, for make.py."""

import signing
from words import sealed_hash

KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


def key_of(seed):
    return signing.public_key(bytes([seed] * 32)).hex()


def add(case, m):
    """Each function below is one code, as in make.py; m holds the registries that cases share."""

    @case
    def user_not_entitled(s):
        s.party("NORTH")
        s.tell("user", "NORTH", "01-02", user="NORTH:desk", roles=["read"], by="operator/REG/cli")
        s.tell("user", "NORTH", "01-03", user="NORTH:other", roles=["record"])

    @case
    def unknown_user(s):
        s.party("NORTH")
        s.tell("delegate", "NORTH", "01-02", delegation="NORTH:D", delegate="SOUTH:desk")

    @case
    def unknown_key(s):
        s.party("NORTH")
        s.tell("key", "NORTH", "01-02", key=KEY, holder="NORTH", status="revoked")

    @case
    def key_revoked(s):
        s.party("NORTH")
        s.reg("key", key=KEY, holder="NORTH")
        s.reg("key", key=KEY, holder="NORTH", status="revoked")
        s.reg("key", key=KEY, holder="NORTH")

    def scale(s, facility="STORE", **calibration):
        s.tell("device", "NORTH", "01-01", device="NORTH:S", facility=facility, type="scale",
               **({"calibrations": [calibration]} if calibration else {}))

    @case
    def device_unregistered(s):
        m.trader(s)
        s.reg("policy", devices_required=True)
        m.stock(s, weighing={"device": "NORTH:S"})

    @case
    def device_uncalibrated(s):
        m.trader(s)
        scale(s)
        m.stock(s, weighing={"device": "NORTH:S"})

    @case
    def device_elsewhere(s):
        m.trader(s)
        s.facility("YARD", "NORTH", "trade")
        scale(s, "YARD")
        m.stock(s, weighing={"device": "NORTH:S"})

    def user_event(s, party="NORTH"):
        return s.event("user", party, "01-03", user=party + ":desk", roles=["record"])

    @case
    def signature(s):
        s.party("NORTH")
        s.reg("key", key=key_of(1), holder="NORTH")
        s.signs(1, user_event(s), origin="another.example/book")

    @case
    def not_signed(s):
        s.party("NORTH")
        s.reg("policy", signatures=[{"roles": ["company"], "required": True}])
        s.say(user_event(s))

    @case
    def key_not_valid(s):
        s.signs(1, user_event(s))

    @case
    def key_foreign(s):
        s.party("NORTH")
        s.party("SOUTH")
        s.reg("key", key=key_of(2), holder="SOUTH")
        s.signs(2, user_event(s))

    # ---- sealed parts and documents -----------------------------------------------------------------

    salt = bytes(range(16))
    name = sealed_hash("personal", salt, b"a name")

    def desk(s, local, of_class="personal", hash=None):
        return s.event("user", "NORTH", "01-02", user="NORTH:" + local, roles=["record"],
                       sealed=[{"class": of_class, "hash": hash or name}])

    @case
    def unknown_part(s):
        s.party("NORTH")
        s.tell("erase", "NORTH", "01-02", parts=[name], basis="law")

    @case
    def part_erased(s):
        s.party("NORTH")
        s.say(desk(s, "desk"))
        s.tell("erase", "NORTH", "01-03", parts=[name], basis="law")
        s.tell("erase", "NORTH", "01-04", parts=[name], basis="law")

    @case
    def part_class(s):
        s.party("NORTH")
        s.say(desk(s, "desk"))
        s.say(desk(s, "other", of_class="note"))

    @case
    def part_bytes(s):
        s.seals(desk(s, "desk"), (name, salt, b"another name"))

    @case
    def unknown_subject(s):
        s.party("NORTH")
        s.tell("document", "NORTH", "01-02", document="NORTH:C-1", type="certificate", class_="commercial", hash=name,
               size=100, belongs=[{"kind": "lot", "id": "NORTH:A"}])
