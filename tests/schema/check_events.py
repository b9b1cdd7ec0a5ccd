#!/usr/bin/env python3
"""The schemas of schema/events/, docs/events.md and the decoder agree.

    check_events.py EVENT_CHECK

Every example of docs/events.md is valid, and so are the decoder's and the schemas' verdicts on thousands
of spoiled copies of them: a member left out, a member too many, a value of another kind. Nothing but
Python's standard library is used; the validator below knows the keywords that our schemas use, and
refuses any other.
"""
import copy
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = {p.stem: json.loads(p.read_text()) for p in (ROOT / "schema/events").glob("*.json")}
KNOWN = {"$schema", "$ref", "$defs", "$comment", "title", "description", "type", "const", "enum", "pattern", "format",
         "minLength", "maxLength", "minimum", "maximum", "properties", "additionalProperties", "propertyNames",
         "required", "minProperties", "maxProperties", "dependentRequired", "items", "minItems", "uniqueItems",
         "oneOf", "anyOf", "allOf", "not", "if", "then", "else"}
FORMATS = {"date": r"\d{4}-\d\d-\d\d", "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"}


def is_type(value, name):
    if name == "object":
        return isinstance(value, dict)
    if name == "array":
        return isinstance(value, list)
    if name == "string":
        return isinstance(value, str) and not isinstance(value, Number)
    if name == "boolean":
        return isinstance(value, bool)
    if name == "number":
        return isinstance(value, Number)
    if name == "integer":
        return isinstance(value, Number) and re.fullmatch(r"-?\d+", value)
    raise SystemExit(f"unknown type {name}")


class Number(str):
    """A number token: its text."""


def parse(text):
    return json.loads(text, parse_int=Number, parse_float=Number)


def write(value):
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k, ensure_ascii=False) + ":" + write(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write(v) for v in value) + "]"
    return str(value) if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def same(value, constant):
    if isinstance(constant, (int, float)) and not isinstance(constant, bool):
        return isinstance(value, Number) and float(value) == constant
    return type(value) is type(constant) and value == constant


def valid(value, schema, home):
    if schema is True or schema is False:
        return schema
    unknown = set(schema) - KNOWN
    if unknown:
        raise SystemExit(f"the validator does not know {unknown}")
    if "$ref" in schema:
        file, _, path = schema["$ref"].partition("#/$defs/")
        where = file[:-5] if file else home
        return valid(value, SCHEMAS[where]["$defs"][path], where)
    def sub(v, s):
        return valid(v, s, home)
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(is_type(value, t) for t in types):
            return False
    if "const" in schema and not same(value, schema["const"]):
        return False
    if "enum" in schema and not any(same(value, e) for e in schema["enum"]):
        return False
    # JSON Schema looks at patterns of strings only; our number tokens have the same form as text.
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return False
        if "format" in schema and not re.fullmatch(FORMATS[schema["format"]], value):
            return False
        if not isinstance(value, Number):
            if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1 << 30):
                return False
        elif not schema.get("minimum", -1e300) <= float(value) <= schema.get("maximum", 1e300):
            return False
    if isinstance(value, dict):
        if any(name not in value for name in schema.get("required", [])):
            return False
        if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", 1 << 30):
            return False
        for name, needs in schema.get("dependentRequired", {}).items():
            if name in value and any(n not in value for n in needs):
                return False
        for name, member in value.items():
            if not sub(name, schema.get("propertyNames", True)):
                return False
            if not sub(member, schema.get("properties", {}).get(name, schema.get("additionalProperties", True))):
                return False
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            return False
        if schema.get("uniqueItems") and len({write(v) for v in value}) < len(value):
            return False
        if not all(sub(v, schema.get("items", True)) for v in value):
            return False
    if "oneOf" in schema and sum(bool(sub(value, s)) for s in schema["oneOf"]) != 1:
        return False
    if "anyOf" in schema and not any(sub(value, s) for s in schema["anyOf"]):
        return False
    if not all(sub(value, s) for s in schema.get("allOf", [])):
        return False
    if "not" in schema and sub(value, schema["not"]):
        return False
    if "if" in schema:
        branch = schema.get("then", True) if sub(value, schema["if"]) else schema.get("else", True)
        if not sub(value, branch):
            return False
    return True


def judge(event):
    kind = event.get("kind") if isinstance(event, dict) else None
    return isinstance(kind, str) and kind in SCHEMAS and kind != "types" and bool(valid(event, SCHEMAS[kind], kind))


def places(value, path=()):
    """Every container and value of an event; what is the company's own is not ours to judge."""
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in items:
        if path + (key,) not in (("x",), ("replacement",)):
            yield from places(member, path + (key,))


def changed(event, path, change):
    event = copy.deepcopy(event)
    at = event
    for key in path[:-1]:
        at = at[key]
    change(at, path[-1])
    return event


OTHERS = [None, True, False, Number("-1"), Number("0"), Number("3"), Number("1.5"), Number("1e3"), Number("1.12345678"),
          Number("1000000000000"), "", "a", "a b", "A:b", "A:~b", ":b", "2026-01-01", "2026-01", "é", "x" * 201, "x" * 129, [], {},
          ["a"], [{}], {"a": "b"}, {"Nd": "1"}, {"value": "1"}, {"below": "1"}, {"value": "1", "below": "1"},
          {"value": "1", "U": "1"}, {"value": "1", "U": "1", "k": "2"}, {"kg": "1"}, {"kg": "1", "u": "2"}]


def spoiled(event):
    for path, value in places(event):
        if path:
            def put(at, key, new):
                at[key] = new
            for other in OTHERS:
                yield changed(event, path, lambda at, key: put(at, key, other))
            yield changed(event, path, lambda at, key: at.pop(key))
        if isinstance(value, dict):
            for name in ("zzz", "lot", "net", "empty", "class", "year", "settles", "outside", "treo", "pool", "of"):
                if name not in value:
                    for new in ("A:b", "1", Number("2026")):
                        more = copy.deepcopy(event)
                        at = more
                        for key in path:
                            at = at[key]
                        at[name] = new
                        yield more


# What the decoder asks and a schema cannot say, by the words of its message.
BEYOND = re.compile("a line without \"lot\"|what goes into a pool is no lot|a line without \"from_lot\"|matter from outside"
                    "|of what is taken is known|stands only in receipts|is not a date$|U/k is too large|too large|is not a cause"
                    "|a factor of zero|coverage factor of zero|TREO below a limit|is not a fraction|unknown code|is a refusal"
                    "|a text of [0-9]+ bytes|the replacement|does not say from whom|stands beside|ends before it begins|nothing is amended|\"assay\" and \"content\"")


def main():
    events = [parse(line) for line in (ROOT / "docs/events.md").read_text().splitlines() if line.startswith('{"v":1')]
    kinds = {e["kind"] for e in events}
    if kinds != set(SCHEMAS) - {"types"}:
        raise SystemExit(f"kinds with a schema and kinds with an example differ: {kinds ^ (set(SCHEMAS) - {'common'})}")
    cases = list(events)
    for event in events:
        cases += spoiled(event)
    lines = [write(c) for c in cases]
    answers = subprocess.run([sys.argv[1]], input="\n".join(lines) + "\n", text=True, stdout=subprocess.PIPE,
                             check=True).stdout.splitlines()
    assert len(answers) == len(lines)
    failed = beyond = accepted = 0
    for number, (case, line, answer) in enumerate(zip(cases, lines, answers)):
        by_schema, by_decoder = judge(case), answer == "ok"
        accepted += by_decoder
        if number < len(events) and not (by_schema and by_decoder):
            failed += 1
            print(f"example refused: {line[:300]}\n    schema {by_schema}, decoder {answer}")
        elif by_schema and not by_decoder and BEYOND.search(answer.split("\t")[1]):
            beyond += 1
        elif by_schema != by_decoder:
            failed += 1
            if failed <= 20:
                print(f"they differ: {line[:400]}\n    schema {by_schema}, decoder {answer}")
    print(f"schema/events: {len(events)} examples, {len(cases)} cases, {accepted} of them accepted by both, "
          f"{beyond} refused for what a schema cannot say, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
