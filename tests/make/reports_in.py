"""Builders for what comes in: intakes, photos that know their place, lists from above."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import xlsxwriter
from PIL import Image

from tests.make import cases as make
from timebank.cases.rules.flow import Source
from timebank.cases.service.history import Photo
from timebank.cases.service.intake import Intake

COLUMNS = ("编号", "标题", "内容", "类别", "楼号", "单元", "具体地点", "交办单位", "急不急")
LINE = ("DB2026-1107", "环路东段井盖松动", "车压过去响。", "公共设施", "7", "3", "", "街道城管", "")


def a_report(grid: make.Grid, **changes: Any) -> Intake:
    """Return what a resident without an account says."""
    said = replace(make.an_intake(grid, source=Source.REPORTED), reporter_person_id=None)
    return replace(said, **changes)


def placed_photo(lat: float = 35.9, lng: float = 120.1) -> Photo:
    """Return a photo whose camera wrote down where it was taken."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: _parts(lat), 3: "E", 4: _parts(lng)}
    buffer = BytesIO()
    Image.new("RGB", (8, 8), "green").save(buffer, "JPEG", exif=exif)
    return Photo(name="位置.jpg", content=buffer.getvalue())


def _parts(degrees: float) -> tuple[float, float, float]:
    whole = int(degrees)
    return (float(whole), (degrees - whole) * 60, 0.0)


def a_list(*lines: tuple[str, ...]) -> bytes:
    """Return a workbook of cases from above."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for at, line in enumerate((COLUMNS, *lines)):
            page.write_row(at, 0, line)
    return buffer.getvalue()
