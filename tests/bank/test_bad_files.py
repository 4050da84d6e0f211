"""Hostile tables: refused in words, whether they come as a workbook or as text."""

import io
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from tests.make import bank as make
from timebank.bank.service import files
from timebank.community import errors
from timebank.kernel.errors import InvalidError

MADE = make.moves(126_000, -50_000, 8_802_000)
PLAIN = make.xlsx_file(make.signed_rows(MADE))


def repacked(name: str, data: bytes) -> bytes:
    """The workbook with one part added or replaced."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(PLAIN)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, data)
    return buffer.getvalue()


def formula() -> bytes:
    sheet = zipfile.ZipFile(io.BytesIO(PLAIN)).read("xl/worksheets/sheet1.xml")
    bad = b'<c r="A9"><f>1+1</f><v>2</v></c>'
    return repacked(
        "xl/worksheets/sheet1.xml",
        sheet.replace(b"</row></sheetData>", bad + b"</row></sheetData>"),
    )


BAD: dict[str, tuple[bytes, type[InvalidError]]] = {
    "zip bomb": (repacked("xl/a.xml", b"0" * (60 * 1024 * 1024)), errors.FileUnpacksTooLargeError),
    "macros": (repacked("xl/vbaProject.bin", b"x"), errors.FileHasMacrosError),
    "formulas": (formula(), errors.FileHasFormulasError),
    "entities": (
        repacked("xl/sharedStrings.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><sst/>'),
        errors.FileKindUnknownError,
    ),
    "torn": (PLAIN[: len(PLAIN) // 2], errors.FileTornError),
    "an old workbook that is none": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 900,
        errors.FileTornError,
    ),
    "a million columns": (b"a," * 1_000_000 + b"\n", errors.TooManyColumnsError),
    "too many rows": (b"2026-01-01,1\n" * 20_100, errors.TooManyRowsError),
    "an endless quotation": (b'a,b\n1,"' + b"x" * 60_000, errors.FileTornError),
    "an endless cell": (b"a,b\n1," + b"x" * 4_000_000, errors.FileTornError),
    "NUL": (b"a,b\n1,\x00\n", errors.FileHasNulError),
    "UTF-16": ("日期,金额\n".encode("utf-16"), errors.EncodingUnknownError),
    "no text": (b"\x89PNG\r\n\x1a\n" + bytes(range(1, 200)), errors.EncodingUnknownError),
    "empty": (b" \r\n ", errors.FileEmptyError),
    "too large": (b"x" * (5 * 1024 * 1024 + 1), errors.FileTooLargeError),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused(case: str) -> None:
    content, error = BAD[case]

    with pytest.raises(error):
        files.read(content, file_name="x")


def test_days_times_and_numbers_of_a_workbook_stay_what_they_are() -> None:
    rows: list[list[object]] = [["交易日期", "交易金额", "本次余额", "交易附言"]]
    rows += [[one.day, one.fen / 100, one.balance / 100, one.said] for one in MADE]
    read = files.read(make.xlsx_file(rows), file_name="x.xlsx").statement
    assert read is not None

    assert [(line.day, line.amount_fen, line.balance_fen) for line in read.lines] == [
        (one.day, one.fen, one.balance) for one in MADE
    ]
    assert not read.problems
    assert CalamineWorkbook.from_filelike(io.BytesIO(PLAIN)).sheet_names


@pytest.mark.parametrize(
    ("encoding", "sign"), [("utf-8", ","), ("utf-8-sig", "\t"), ("gb18030", ";"), ("gbk", ",")]
)
def test_a_text_is_read_in_any_common_form(encoding: str, sign: str) -> None:
    content = make.csv_file(make.split_rows(MADE), encoding=encoding, sign=sign)
    read = files.read(content, file_name="x.csv").statement
    assert read is not None

    assert [line.amount_fen for line in read.lines] == [one.fen for one in MADE]
