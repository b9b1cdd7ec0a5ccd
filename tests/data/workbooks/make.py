#!/usr/bin/env python3
"""Makes the workbooks beside it with openpyxl (python3-openpyxl): tests/data/workbooks/make.py

kinds.xlsx    one cell of each kind, and what openpyxl makes of each
table.xlsx    a table as people file it: merged cells, an empty row, a hidden sheet, days by their
              format, a sheet of charts
days1904.xlsx days counted from 1904
sums.xlsx     formulas that nobody has calculated
form.xlsx     a form as offices hand out: titles, headings of two rows, groups, a row of sums
faulty.xlsx   monthly returns with cells that are not what they should be, and sheets that are no tables
kinds_libreoffice.xlsx, sums_libreoffice.xlsx  the same, as LibreOffice 7.4 saves them (and calculates the sum):
              soffice --headless --convert-to xlsx kinds.xlsx
They are in the tree, so that reading them needs neither.
"""
import datetime
import os
import zipfile

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.utils.datetime import CALENDAR_MAC_1904

HERE = os.path.dirname(os.path.abspath(__file__))
WHEN = datetime.datetime(2026, 1, 1)


def save(book, name):
    """Without the time of day in it: the same bytes each time."""
    path = os.path.join(HERE, name)
    book.properties.created = book.properties.modified = WHEN
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts:
            if part == "docProps/core.xml":
                start, end = content.index(b"<dcterms:modified"), content.index(b"</dcterms:modified>")
                content = content[:start] + b'<dcterms:modified xsi:type="dcterms:W3CDTF">2026-01-01T00:00:00Z' + content[end:]
            info = zipfile.ZipInfo(part, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)


def kinds():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Kinds & more"
    sheet.append(["what", "value"])
    rows = [
        ("short", 12.3, None), ("sum", 0.1 + 0.2, None), ("whole", 48280, None), ("large", 123456789012.5, None),
        ("huge", 1.5e300, None), ("tiny", 1.25e-7, None), ("negative", -0.5, None), ("zero", 0, None),
        ("percent", 0.125, "0.0%"), ("thousands", 1234.5, "#,##0.00"), ("scientific", 12300, "0.00E+00"),
        ("unit", 7.5, '0.0" kg/d"'), ("day", datetime.date(2026, 5, 31), "yyyy-mm-dd"),
        ("month", datetime.date(2026, 5, 1), "mmm\\-yy"), ("chinese", datetime.date(2026, 5, 1), 'yyyy"年"m"月"'),
        ("moment", datetime.datetime(2026, 5, 31, 14, 30), "yyyy-mm-dd h:mm"), ("time", datetime.time(6, 30), "h:mm"),
        ("builtin", 46173, "mm-dd-yy"), ("true", True, None), ("false", False, None), ("error", "#DIV/0!", None),
        ("text", " 氧化镨钕 <&> ", None), ("digits", "00123", None), ("lines", "one\ntwo", None),
    ]
    for number, (what, value, form) in enumerate(rows, 2):
        sheet.cell(number, 1, what)
        cell = sheet.cell(number, 2, value)
        if form:
            cell.number_format = form
    save(book, "kinds.xlsx")


def table():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "2026"
    sheet.append(["facility", "month", "material", "opening_kg", "made_kg", None, "remark"])
    sheet.append(["NORTH-SX", datetime.date(2026, 4, 1), "PrNd oxide", 120.25, 1000, None, "figures of the works"])
    sheet.append([None, None, "La oxide", None, 250, None, None])
    sheet.append([])
    sheet.append([None, None, "Ce oxide", 3, 1e-3, "beside the table", None])
    for merged in ("A2:A5", "B2:B5", "D2:D3", "G2:G5"):
        sheet.merge_cells(merged)
    for row in range(2, 6):
        sheet.cell(row, 2).number_format = "mmm-yy"
    hidden = book.create_sheet("working")
    hidden.append(["not", "for", "you"])
    hidden.sheet_state = "hidden"
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=5, min_row=1, max_row=5), titles_from_data=True)
    book.create_chartsheet("figure").add_chart(chart)
    book.create_sheet("empty")
    save(book, "table.xlsx")


def days_1904():
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["day"])
    book.active.append([datetime.date(2026, 5, 31)])
    book.active.append([datetime.date(1904, 1, 2)])
    save(book, "days1904.xlsx")


def sums():
    book = openpyxl.Workbook()
    book.active.append(["a", "b", "sum"])
    book.active.append([1, 2, "=A2+B2"])
    save(book, "sums.xlsx")


def faulty():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "returns"
    sheet.append(["facility", "month", "material", "made_kg", "used_kg", "Nd (%)"])
    for month, made, used, content in ((1, 1000, 10, 0.8), (2, "#REF!", 20, 0.8), (3, "many", 30, 0.8),
                                       (4, 4000, "=E2*2", 0.8), (5, 5000, 50, 1.8)):
        sheet.append(["NORTH-SX", datetime.date(2026, month, 28), "Nd oxide", made, used, content])
        sheet.cell(month + 1, 6).number_format = "0.0%"
    sheet.append(["NORTH-SX", "June", "Nd oxide", 1, 2, None])
    book.create_sheet("notes").append(["to do: ask for May"])
    save(book, "faulty.xlsx")


def form():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "表"
    sheet.append(["稀土企业月报 Monthly return of rare earths"])
    sheet.append(["Filed with the ministry by the 10th"])
    sheet.append([])
    sheet.append(["企业", "月份", "产品", "库存（吨）", None, "购进", "产量", "投入", "销售", "Content (%)", None, "remarks"])
    sheet.append([None, None, None, "期初", "期末", "吨", "吨", "kg", "吨", "Pr", "Nd2O3", None])
    sheet.append(["NORTH-SX", datetime.date(2026, 4, 1), "PrNd oxide", 1.5, 2, 0, 1, 0, 0.5, 20, 70, "well"])
    sheet.append([None, None, "Concentrate", 3, 2, 4, 0, 5000, 0, 4, 15, None])
    sheet.append(["合计", None, None, 4.5, 4, 4, 1, 5000, 0.5, None, None, None])
    for merged in ("A1:L1", "A2:L2", "A4:A5", "B4:B5", "C4:C5", "D4:E4", "J4:K4", "A6:A7", "B6:B7"):
        sheet.merge_cells(merged)
    sheet.cell(6, 2).number_format = "yyyy-mm"
    save(book, "form.xlsx")


kinds()
form()
faulty()
table()
days_1904()
sums()
