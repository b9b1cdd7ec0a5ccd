#!/usr/bin/env python3
"""A year of monthly returns as one workbook, read by ours and by openpyxl and, if there is one,
python-calamine, in one run:

    xlsx_peer.py BENCH_PROGRAM [FACILITIES]

Wants python3-openpyxl. The sheet has 300 facilities, 12 months, 11 materials each, 12 columns: 39,600 rows. It is written
with texts that are shared, as spreadsheets write it. Prints seconds and ratios.
"""
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile

import openpyxl

COLUMNS = ["facility", "month", "material", "opening_kg", "received_kg", "made_kg", "used_kg", "shipped_kg",
           "discarded_kg", "closing_kg", "Nd_pct", "remark"]
MATERIALS = ["PRND-OXIDE", "LA-OXIDE", "CE-OXIDE", "DY-OXIDE", "TB-OXIDE", "SEG", "MIXED-RE", "MISCH", "Y-OXIDE", "LA-CE",
             "SWARF"]


def letters(n):
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[n]


def write(path, facilities):
    draw = random.Random(1)
    texts = {}

    def shared(text):
        return texts.setdefault(text, len(texts))

    rows = ['<row r="1">%s</row>' % "".join('<c r="%s1" t="s"><v>%d</v></c>' % (letters(i), shared(c))
                                            for i, c in enumerate(COLUMNS))]
    number = 1
    for facility in range(facilities):
        for month in range(12):
            for material in MATERIALS:
                number += 1
                cells = ['<c r="A%d" t="s"><v>%d</v></c>' % (number, shared("FACILITY-%03d" % facility)),
                         '<c r="B%d" s="1"><v>%d</v></c>' % (number, 46023 + 31 * month),
                         '<c r="C%d" t="s"><v>%d</v></c>' % (number, shared(material))]
                cells += ['<c r="%s%d"><v>%s</v></c>' % (letters(i), number, repr(round(draw.uniform(0, 5e4), 2)))
                          for i in range(3, 10)]
                cells += ['<c r="K%d"><v>%.17g</v></c>' % (number, draw.uniform(10, 30)),
                          '<c r="L%d" t="s"><v>%d</v></c>' % (number, shared("lot %d, by gate and scale" % number))]
                rows.append('<row r="%d" spans="1:12">%s</row>' % (number, "".join(cells)))
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    package = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        def put(name, text):
            archive.writestr(name, head + text)
        put("[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            + "".join('<Override PartName="/xl/%s.xml" ContentType="%s%s+xml"/>' % (part, kinds, kind) for part, kind in
                      (("workbook", "sheet.main"), ("worksheets/sheet1", "worksheet"), ("styles", "styles"),
                       ("sharedStrings", "sharedStrings"))) + "</Types>")
        put("_rels/.rels", '<Relationships %s><Relationship Id="a" Type="%s/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>" % (package, relation))
        put("xl/_rels/workbook.xml.rels", "<Relationships %s>%s</Relationships>" % (package, "".join(
            '<Relationship Id="%s" Type="%s/%s" Target="%s.xml"/>' % (i, relation, kind, target) for i, kind, target in
            (("s", "worksheet", "worksheets/sheet1"), ("t", "sharedStrings", "sharedStrings"),
             ("y", "styles", "styles")))))
        put("xl/workbook.xml", '<workbook %s xmlns:r="%s"><sheets><sheet name="2026" sheetId="1" r:id="s"/></sheets>'
            "</workbook>" % (main, relation))
        put("xl/styles.xml", '<styleSheet %s><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
            '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2">'
            '<xf numFmtId="0" xfId="0"/><xf numFmtId="17" xfId="0"/></cellXfs></styleSheet>' % main)
        put("xl/sharedStrings.xml", "<sst %s>%s</sst>" % (main, "".join("<si><t>%s</t></si>" % t for t in texts)))
        put("xl/worksheets/sheet1.xml", "<worksheet %s><sheetData>%s</sheetData></worksheet>" % (main, "".join(rows)))


def main():
    program, facilities = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "year.xlsx")
        write(path, facilities)
        said = subprocess.run([program, path, "5"], check=True, capture_output=True, text=True).stdout.strip()
        ours = float(said.split(", ")[1].split()[0])
        print("ours            %s, file %.1f MB" % (said, os.path.getsize(path) / 1e6))
        begin = time.perf_counter()
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        rows = cells = 0
        for row in book.worksheets[0].iter_rows(values_only=True):
            rows += 1
            cells += sum(value is not None for value in row)
        took = time.perf_counter() - begin
        print("openpyxl        %.3f s, %d rows, %d cells: %.0f times ours" % (took, rows, cells, took / ours))
        try:
            import python_calamine
        except ImportError:
            print("python-calamine is not here")
            return
        best = 1e9
        for _ in range(5):
            begin = time.perf_counter()
            table = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
            best = min(best, time.perf_counter() - begin)
        print("python-calamine %.3f s, %d rows: %.1f times ours" % (best, len(table), best / ours))


if __name__ == "__main__":
    main()
