"""Hostile and broken files: each a clear refusal, quickly, with nothing written."""

import io
import time
import zipfile
from collections.abc import Callable
from datetime import datetime

import pytest
import xlsxwriter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.make.community import make_community
from timebank.community import errors
from timebank.community.models import Grid
from timebank.community.rules import ImportKind
from timebank.community.service.imports import batches, sheet, template
from timebank.kernel.actor import program
from timebank.kernel.errors import InvalidError

SECONDS_MAX = 6  # a refusal takes well under two on an idle machine; CI shares its cores
HEADER = "网格,楼号,单元\n"
SHEET = "xl/worksheets/sheet1.xml"


def workbook(fill: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "nan_inf_to_errors": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["网格", "楼号", "单元"])
        fill(book, page)
    return buffer.getvalue()


def plain() -> bytes:
    return workbook(lambda _book, page: page.write_row(1, 0, ["第一网格", 1, "1单元"]))


def repacked(content: bytes, **parts: bytes) -> bytes:
    """The workbook with parts replaced or added (``__`` stands for ``/``, ``_x`` for ``.``)."""
    buffer = io.BytesIO()
    changed = {name.replace("__", "/").replace("_x", "."): data for name, data in parts.items()}
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in changed:
                new.writestr(name, old.read(name))
        for name, data in changed.items():
            new.writestr(name, data)
    return buffer.getvalue()


def blank_workbook() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.add_worksheet()
    return buffer.getvalue()


def with_sheet(xml: bytes) -> bytes:
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    start = b'<worksheet xmlns="' + space + b'"><sheetData>'
    return repacked(plain(), xl__worksheets__sheet1_xxml=start + xml + b"</sheetData></worksheet>")


def zip_bomb() -> bytes:
    return repacked(plain(), xl__media__a_xxml=b"0" * (60 * 1024 * 1024))


def steep_bomb() -> bytes:
    return with_sheet(b"<row>" + b" " * (20 * 1024 * 1024) + b"</row>")


def lying_bomb() -> bytes:
    """A bomb whose directory says that it is small."""
    content = bytearray(zip_bomb())
    size = (60 * 1024 * 1024).to_bytes(4, "little")
    while (at := content.find(size)) >= 0:
        content[at : at + 4] = (100).to_bytes(4, "little")
    return bytes(content)


def far_cell() -> bytes:
    return with_sheet(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def entity_bomb() -> bytes:
    laughs = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    return repacked(plain(), xl__sharedStrings_xxml=laughs + b"<sst><si><t>&b;</t></si></sst>")


def external_entity() -> bytes:
    evil = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst><si><t>&a;</t></si></sst>'
    return repacked(plain(), xl__sharedStrings_xxml=evil)


def macros() -> bytes:
    return repacked(plain(), xl__vbaProject_xbin=b"macro")


def formulas() -> bytes:
    return workbook(lambda _b, page: page.write_formula(1, 2, "=HYPERLINK(1)", value="1单元"))


def locked() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 4096


def many_rows() -> bytes:
    return (HEADER + "1,1,1\n" * 20_100).encode()


CASES: dict[str, tuple[Callable[[], bytes], type[InvalidError]]] = {
    "empty": (bytes, errors.FileEmptyError),
    "blank": (lambda: b"  \r\n \r\n", errors.FileEmptyError),
    "header only": (HEADER.encode, errors.FileEmptyError),
    "empty workbook": (blank_workbook, errors.FileEmptyError),
    "wrong columns": (lambda: b"a,b,c\n1,2,3\n", errors.ColumnsMissingError),
    "a needed column is missing": ("网格,楼号\n1,1\n".encode, errors.ColumnsMissingError),
    "a column twice": ("网格,楼号,楼栋,单元\n1,1,1,1\n".encode, errors.ColumnTwiceError),
    "too large": (lambda: b"x" * (5 * 1024 * 1024 + 1), errors.FileTooLargeError),
    "a million columns": (lambda: b"a," * 1_000_000 + b"\n", errors.TooManyColumnsError),
    "a cell in the last column": (far_cell, errors.TooManyRowsError),
    "a wide sheet": (
        lambda: workbook(lambda _b, page: page.write(1, 16_000, "x")),
        errors.TooManyColumnsError,
    ),
    "too many rows": (many_rows, errors.TooManyRowsError),
    "zip bomb": (zip_bomb, errors.FileUnpacksTooLargeError),
    "steep zip bomb": (steep_bomb, errors.FileUnpacksTooLargeError),
    "zip bomb that lies": (lying_bomb, errors.FileTornError),
    "entity bomb": (entity_bomb, errors.FileKindUnknownError),
    "external entity": (external_entity, errors.FileKindUnknownError),
    "macros": (macros, errors.FileHasMacrosError),
    "formulas": (formulas, errors.FileHasFormulasError),
    "torn in half": (lambda: plain()[: len(plain()) // 2], errors.FileTornError),
    "torn at the end": (lambda: plain()[:-30], errors.FileTornError),
    "zip of something else": (
        lambda: repacked(plain(), note_xtxt=b"")[:4] + b"PK junk",
        errors.FileTornError,
    ),
    "old format, broken": (locked, errors.FileTornError),
    "NUL": (lambda: HEADER.encode() + b"1,\x00,1\n", errors.FileHasNulError),
    "UTF-16": (lambda: HEADER.encode("utf-16"), errors.EncodingUnknownError),
    "neither UTF-8 nor GB18030": (
        lambda: HEADER.encode() + b"\xff\xff\xff,1,1\n",
        errors.EncodingUnknownError,
    ),
    "Latin text": (
        lambda: "Straße;Häuser;Nr\n1;2;3\n".encode("latin-1"),
        errors.ColumnsMissingError,
    ),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(1, 200)), errors.EncodingUnknownError),
    "a web page": (lambda: b"<html><script>alert(1)</script></html>", errors.ColumnsMissingError),
    "an endless quotation": (
        lambda: HEADER.encode() + b'1,"' + b"x" * 60_000,
        errors.FileTornError,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_file_is_refused_at_once(case: str) -> None:
    make, error = CASES[case]
    content = make()
    started = time.monotonic()

    with pytest.raises(error) as refused:
        sheet.read(content, columns=batches.columns(ImportKind.PLACES))

    assert time.monotonic() - started < SECONDS_MAX
    assert refused.value.field == "file"


def test_a_bad_file_leaves_nothing_behind(session: Session) -> None:
    actor = program(community_id=make_community(session).id, name="import")

    for make, _ in list(CASES.values())[:6]:
        with pytest.raises(InvalidError):
            batches.stage(
                session, actor=actor, kind=ImportKind.PLACES, content=make(), file_name="x"
            )

    assert session.scalar(select(func.count()).select_from(Grid)) == 0
    assert not batches.recent(session, actor.community_id)


@pytest.mark.parametrize(
    "content",
    [
        (HEADER + "第一网格,1号楼,1单元\n").encode(),
        ("\ufeff" + HEADER + "第一网格,1号楼,1单元\n").encode(),
        (HEADER + "第一网格,1号楼,1单元\n").encode("gb18030"),
        (HEADER + "一,１,１单元\n").encode(),
        "网格\t楼栋号\t单元（必填）\n1\t1\t1\n".encode("gbk"),
        "微网格清单,,\n\n * 网格,楼 号,单元：\n1,1#,1\n,,\n".encode(),
        plain(),
        workbook(lambda _b, page: page.write_row(1, 0, [1.0, 1, "1"])),
    ],
)
def test_the_same_place_is_read_from_every_usual_file(content: bytes) -> None:
    read = sheet.read(content, columns=batches.columns(ImportKind.PLACES))

    from timebank.community import rules

    assert len(read.lines) == 1
    numbers = [rules.number_of(read.lines[0].text(key)) for key in ("grid", "building", "unit")]
    assert numbers == [1, 1, 1]


def test_numbers_and_days_in_cells_come_as_they_were_meant() -> None:
    def fill(book: xlsxwriter.Workbook, page: xlsxwriter.worksheet.Worksheet) -> None:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_row(0, 0, ["姓名", "楼号", "单元", "房号", "手机号", "身份证号", "出生日期"])
        page.write_row(1, 0, ["孙秀英", 8, 2, 302, 13800000420, 370211195203080041])
        born = datetime(1952, 3, 8)  # noqa: DTZ001 - a cell knows no zone
        page.write_datetime(1, 6, born, day)

    read = sheet.read(workbook(fill), columns=batches.columns(ImportKind.PEOPLE))

    line = read.lines[0]
    assert (line.number, line.text("phone"), line.text("room")) == (2, "13800000420", "302")
    assert line.text("born_on") == "1952-03-08"
    assert line.text("id_number").startswith("≈")


@pytest.mark.parametrize("kind", ImportKind)
def test_an_empty_list_to_fill_in_has_the_right_columns(kind: ImportKind) -> None:
    content = template.template_file(kind)

    with pytest.raises(errors.FileEmptyError):
        sheet.read(content, columns=batches.columns(kind))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert b"<f>" not in book.read(SHEET)
