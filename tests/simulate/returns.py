"""The monthly tables of a simulated industry, worked out once more from its events as docs/returns.md says.

differences(DIR) lists where DIR/returns disagrees with DIR/events.ndjson: masses to the gram, mean contents to a
thousandth of a per cent. An honest industry has none.
"""
import collections
import csv
import datetime
import decimal
import glob
import json
import os

D = decimal.Decimal
COMPONENTS = "La Ce Pr Nd Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Sc Y Th U Fe B Co".split()
FLOWS = ("received", "extracted", "made", "used", "shipped", "discarded", "lost")
ABROAD = "abroad "


def day_of(event):
    """Of the event's end, at +08:00, where all of the industry stands."""
    happened = event["happened"]
    at = datetime.datetime.fromisoformat(happened["to"] if isinstance(happened, dict) else happened)
    return at.astimezone(datetime.timezone(datetime.timedelta(hours=8))).strftime("%Y-%m-%d")


def month_of(event):
    return day_of(event)[:7]


def after(month):
    year, number = map(int, month.split("-"))
    return "%04d-%02d" % (year + number // 12, number % 12 + 1)


class Lot:
    def __init__(self, material, net, moisture, said):
        self.material, self.net, self.moisture, self.said = material, net, moisture, said

    def dry(self):
        return self.net * (1 - self.moisture / 100)


class Tables:
    def __init__(self, factors):
        self.factors = factors
        self.lots, self.flows, self.contents = {}, collections.Counter(), collections.Counter()
        self.partners, self.stock, self.closed, self.holdup, self.quota = collections.Counter(), collections.Counter(), {}, {}, []
        self.moistures, self.senders = {}, {}

    def said(self, line, moisture, before=None):
        """Elements, per cent of dry mass."""
        said = dict(before or {})
        if "content" in line:
            said.update((c, D(v)) for c, v in line["content"]["values"].items())
        for c, result in line.get("assay", {}).get("values", {}).items():
            value = D(0) if isinstance(result, dict) and "below" in result else D(result["value"] if isinstance(result, dict) else result)
            if line["assay"].get("as") == "oxide":
                value /= self.factors[c]
            if line["assay"].get("of") == "received":
                value /= 1 - moisture / 100
            said[c] = value
        return said

    def posting(self, event):
        month = month_of(event)
        last = self.closed.get(event["facility"])
        return after(last) if last and month <= last else month

    def flow(self, key, name, net, partner=None):
        facility, month, material = key
        self.flows[facility, month, material, name] += net
        if partner:
            self.partners[facility, month, material, partner, name] += net
        sign = 1 if name in ("received", "extracted", "made", "opening", "adjusted") else -1
        self.stock[key] += sign * net

    def come_in(self, event, line, name, partner=None):
        material, net = line["material"], D(line["net"])
        moisture = D(line.get("moisture", self.moistures.get(material, 0)))
        lot = Lot(material, net, moisture, self.said(line, moisture))
        self.born(event, lot, name, partner)
        if "lot" in line:
            self.lots[line["lot"]] = lot
        else:  # leachate into a pool
            self.flow((event["facility"], self.posting(event), material), "used", net)

    def born(self, event, lot, name, partner=None):
        key = (event["facility"], self.posting(event), lot.material)
        self.flow(key, name, lot.net, partner)
        self.contents[key + ("net",)] += lot.net
        self.contents[key + ("dry",)] += lot.dry()
        for c, value in lot.said.items():
            self.contents[key + (c,)] += lot.dry() * value / 100

    def take(self, event, line, name, partner=None):
        lot = self.lots[line["lot"]]
        net = D(line["net"]) if "net" in line else lot.net
        self.flow((event["facility"], self.posting(event), lot.material), name, net, partner)
        lot.net -= net
        return net

    def on_open(self, e):
        for line in e.get("lots", []):
            self.come_in(e, line, "opening")

    def on_extract(self, e):
        for line in e["outputs"]:
            self.come_in(e, line, "extracted")

    def on_draw(self, e):
        for line in e["outputs"]:
            self.come_in(e, line, "made")

    def on_charge(self, e):
        for line in e["inputs"]:
            self.take(e, line, "used")

    def on_transform(self, e):
        self.on_charge(e)
        self.on_draw(e)

    def on_split(self, e):
        whole = self.lots[e["lot"]]
        for line in e["parts"]:
            self.lots[line["lot"]] = Lot(whole.material, D(line["net"]), whole.moisture, dict(whole.said))
            whole.net -= D(line["net"])

    def on_merge(self, e):
        parts = [self.lots[line["lot"]] for line in e["inputs"]]
        net, dry = sum(p.net for p in parts), sum(p.dry() for p in parts)
        said = {c: sum(p.dry() * p.said.get(c, 0) for p in parts) / dry for p in parts for c in p.said}
        self.lots[e["lot"]] = Lot(parts[0].material, net, (1 - dry / net) * 100, said)
        for part in parts:
            part.net = D(0)

    def on_assemble(self, e):
        parts = [(self.lots[line["lot"]].said, self.lots[line["lot"]].dry()) for line in e["inputs"]]
        for line in e["inputs"]:
            self.take(e, line, "used")
        net = D(e["output"]["net"])
        said = {c: sum(dry * content.get(c, 0) for content, dry in parts) / net for content, _ in parts for c in content}
        self.lots[e["output"]["lot"]] = Lot(e["output"]["material"], net, D(0), said)
        self.born(e, self.lots[e["output"]["lot"]], "made")

    def on_ship(self, e):
        partner = e.get("to") or e["outside"]["name"]
        for line in e["lots"]:
            sent = self.lots[line["lot"]]
            self.take(e, line, "shipped", partner)
            sent.net = D(0)

    def on_export_goods(self, e):
        for line in e["lots"]:
            self.take(e, line, "shipped", ABROAD + e["country"])

    def on_receive(self, e):
        if "outside" in e:
            for line in e["lines"]:
                self.come_in(e, line, "received", e["outside"]["name"])
            return
        for line in e["lines"]:
            sent = self.lots[line["from_lot"]]
            moisture = D(line.get("moisture", self.moistures.get(sent.material, 0)))
            lot = Lot(sent.material, D(line["net"]), moisture, self.said(line, moisture, sent.said))
            sender, to = self.consignments[e["consignment"]]
            self.born(e, lot, "received", to if sender == e["facility"] else sender)
            self.lots[line["lot"]] = lot

    def on_import_goods(self, e):
        for line in e["lines"]:
            self.come_in(e, line, "received", ABROAD + e["country"])

    def on_discard(self, e):
        for line in e["lots"]:
            self.take(e, line, "discarded")

    def on_loss(self, e):
        for line in e["lots"]:
            self.take(e, line, "lost")

    def on_measure(self, e):
        lot = self.lots[e["lot"]]
        lot.said = self.said(e, lot.moisture, lot.said)

    def on_stocktake(self, e):
        for line in e.get("lots", []):
            lot, net = self.lots[line["lot"]], D(line["net"])
            self.flow((e["facility"], self.posting(e), lot.material), "adjusted", net - lot.net)
            dry = lot.dry()
            if lot.moisture:
                lot.moisture = max(D(0), (1 - dry / net) * 100)
            lot.net = net
        for pool in e.get("pools", []):
            for c, found in pool["components"].items():
                self.holdup[e["facility"], month_of(e), pool["pool"], c] = D(found["kg"])

    def on_close(self, e):
        self.closed[e["facility"]] = e["month"]

    def on_material(self, e):
        if "moisture" in e:
            self.moistures[e["material"]] = D(e["moisture"])

    def on_plan_adopt(self, e):
        for line in e["allot"]:
            self.quota.append((e["instrument"], line["holder"], line.get("under", ""), D(line["reo"])))

    def take_all(self, path):
        with open(path, encoding="utf-8") as file:
            events = [json.loads(line)["event"] for line in file]
        wrong = {(e["party"], e["corrects"]) for e in events if e["kind"] == "correct"}
        events = [e.get("replacement", e) for e in events if (e["party"], e["id"]) not in wrong]
        self.consignments = {e["consignment"]: (e["facility"], e.get("to")) for e in events if e["kind"] == "ship"}
        for e in events:
            getattr(self, "on_" + e["kind"].replace(".", "_"), lambda e: None)(e)


def rows_of(folder, name):
    with open(os.path.join(folder, "returns", name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def kg(text):
    return D(text or 0)


def differences(folder):
    with open(os.path.join(os.path.dirname(__file__), "..", "..", "data", "reference", "ree_elements.csv"), encoding="utf-8") as file:
        factors = {row["symbol"]: D(row["factor_element_to_oxide"] or 0) for row in csv.DictReader(file)}
    tables = Tables(factors)
    tables.take_all(os.path.join(folder, "events.ndjson"))
    told = []

    def same(what, found, expected, within=D(0)):
        if abs(found - expected) > within:
            told.append("%s: %s in the table, %s by the events" % (what, found, expected))

    seen, partners = set(), set()
    months = sorted({row["month"] for path in glob.glob(os.path.join(folder, "returns", "*-*.csv")) for row in rows_of(folder, os.path.basename(path))})
    for path in sorted(glob.glob(os.path.join(folder, "returns", "*-*.csv"))):
        for row in rows_of(folder, os.path.basename(path)):
            key = (row["facility"], row["month"], row["material"])
            what = " ".join(key)
            if row["partner"]:
                for name in ("received", "shipped"):
                    partners.add(key + (row["partner"], name))
                    same("%s %s %s" % (what, name, row["partner"]), kg(row[name + "_kg"]), tables.partners[key + (row["partner"], name)])
                continue
            seen.add(key)
            before = sum(tables.stock[key[0], m, key[2]] for m in months if m < key[1]) + tables.flows[key + ("opening",)]
            for name in FLOWS + ("adjusted",):
                same("%s %s" % (what, name), kg(row[name + "_kg"]), tables.flows[key + (name,)])
            same(what + " opening", kg(row["opening_kg"]), before)
            same(what + " closing", kg(row["closing_kg"]), sum(tables.stock[key[0], m, key[2]] for m in months if m <= key[1]))
            dry = tables.contents[key + ("dry",)]
            reo = D(0)
            for c in COMPONENTS:
                mass = tables.contents[key + (c,)]
                reo += mass * factors[c] if c in COMPONENTS[:16] else 0
                if dry:
                    same("%s %s" % (what, c), kg(row[c + "_pct"]), mass / dry * 100, D("0.001"))
            if dry:
                net = tables.contents[key + ("net",)]
                same(what + " moisture", kg(row["moisture_pct"]), (net - dry) / net * 100, D("0.001"))
                same(what + " TREO", kg(row["treo_pct"]), reo / dry * 100, D("0.002"))
    for (facility, month, material, name), net in tables.flows.items():
        if net and month in months and (facility, month, material) not in seen:
            told.append("%s %s %s: %s %s is in no table" % (facility, month, material, name, net))
    for key, net in tables.partners.items():
        if net and key[1] in months and key not in partners:
            told.append("%s: %s is in no table" % (" ".join(key), net))
    holdup = {(r["facility"], r["month"], r["pool"], r["component"]): kg(r["kg"]) for r in rows_of(folder, "holdup.csv")}
    for key in set(holdup) | set(tables.holdup):
        same("hold-up " + " ".join(key), holdup.get(key, D(0)), tables.holdup.get(key, D(0)))
    quota = [(r["instrument"], r["holder"], r["under"], kg(r["reo_kg"])) for r in rows_of(folder, "quota.csv")]
    if quota != tables.quota:
        told.append("quota.csv is not what the plans allot")
    customs = collections.Counter()
    for (facility, month, material, partner, name), net in tables.partners.items():
        if partner.startswith(ABROAD) and month in months and net:
            customs[month, "import" if name == "received" else "export", material, facility] += net
    declared = {(r["month"], r["direction"], r["material"], r["facility"]): kg(r["net_kg"]) for r in rows_of(folder, "customs.csv")}
    if declared != dict(customs):
        told.append("customs.csv is not what went to and came from abroad")
    mirror = collections.Counter()
    for row in rows_of(folder, "customs.csv"):
        mirror[row["month"], row["direction"], row["hs_code"], row["material"], row["country"]] += kg(row["net_kg"])
    other = collections.Counter()
    for row in rows_of(folder, "mirror.csv"):
        other[row["month"], row["direction"], row["hs_code"], row["material"], row["country"]] += kg(row["net_kg"])
    if mirror != other:
        told.append("mirror.csv differs from customs.csv")
    return told
