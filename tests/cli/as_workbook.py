#!/usr/bin/env python3
"""The tables of a folder as one workbook, a sheet for each: as_workbook.py FOLDER FILE.xlsx

Written by hand, with what spreadsheet programs write: figures as numbers, months as days counted
from 1900 and shown as "mmm-yy", texts shared, empty cells left out.
"""
import csv
import datetime
import glob
import os
import re
import sys
import zipfile
from xml.sax.saxutils import escape, quoteattr

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?$")
MONTH = re.compile(r"(\d{4})-(\d\d)$")
texts = {}


def cell(name, text, column):
    month = MONTH.match(text)
    if not text:
        return ""
    if month:
        day = datetime.date(int(month[1]), int(month[2]), 1) - datetime.date(1899, 12, 30)
        return '<c r="%s" s="1"><v>%d</v></c>' % (name, day.days)
    if NUMBER.match(text) and column != "hs_code":
        return '<c r="%s"><v>%.17g</v></c>' % (name, float(text))
    return '<c r="%s" t="s"><v>%d</v></c>' % (name, texts.setdefault(text, len(texts)))


def sheet_of(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(cell("%s%d" % (letters(i), number), text, rows[0][i] if number > 1 else "hs_code")
                        for i, text in enumerate(row))
        lines.append('<row r="%d">%s</row>' % (number, cells))
    return "<worksheet %s><sheetData>%s</sheetData></worksheet>" % (MAIN, "".join(lines))


def letters(column):
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def main():
    folder, path = sys.argv[1:]
    tables = sorted(glob.glob(os.path.join(folder, "*.csv")), key=os.fsencode)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        def put(name, text):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)),
                             '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text,
                             zipfile.ZIP_DEFLATED)
        for number, table in enumerate(tables):
            put("xl/worksheets/sheet%d.xml" % number, sheet_of(table))
        put("xl/sharedStrings.xml", "<sst %s>%s</sst>" % (
            MAIN, "".join('<si><t xml:space="preserve">%s</t></si>' % escape(text) for text in texts)))
        put("xl/styles.xml", '<styleSheet %s><cellXfs><xf numFmtId="0"/><xf numFmtId="17"/></cellXfs></styleSheet>' % MAIN)
        put("xl/workbook.xml", '<workbook %s xmlns:r="%s"><sheets>%s</sheets></workbook>' % (MAIN, OFFICE, "".join(
            '<sheet name=%s sheetId="%d" r:id="s%d"/>' % (quoteattr(os.path.basename(table)[:-4]), i + 1, i)
            for i, table in enumerate(tables))))
        links = [("s%d" % i, "worksheet", "worksheets/sheet%d.xml" % i) for i in range(len(tables))]
        links += [("t", "sharedStrings", "sharedStrings.xml"), ("y", "styles", "styles.xml")]
        put("xl/_rels/workbook.xml.rels", "<Relationships %s>%s</Relationships>" % (PACKAGE, "".join(
            '<Relationship Id="%s" Type="%s/%s" Target="%s"/>' % (i, OFFICE, kind, target) for i, kind, target in links)))
        put("_rels/.rels", '<Relationships %s><Relationship Id="w" Type="%s/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>" % (PACKAGE, OFFICE))


main()
