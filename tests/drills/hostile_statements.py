"""Hostile files of every sort as statements: each refused in two seconds, memory hardly grows.

Each file is read in a process of its own as the import page reads it; measured are the processor
time of that process and of what it starts, the time by the clock, and how much its memory and
theirs grew. Limits are held against processor time, so that a busy machine says the same.

python -m tests.drills.hostile_statements
"""

import io
import multiprocessing
import resource
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.make import bank as make
from timebank.bank.service import files
from timebank.kernel.errors import InvalidError

SECONDS_MAX = 2.0
GROWN_MB_MAX = 100
_MB = 1024 * 1024
_ROOM = 5 * _MB - 4096  # a file may be nearly five megabytes
_PLAIN = make.xlsx_file(make.signed_rows(make.moves(126_000, -50_000, 8_802_000)))
_SHEET = "xl/worksheets/sheet1.xml"
_SHEET_HEAD = (
    b'<?xml version="1.0"?><worksheet'
    b' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
)
_CAMT = b'<?xml version="1.0"?><Document><BkToCstmrStmt><Stmt>'
_OFX = b"OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>"
_MT = b":20:X\n:25:6217\n:28C:1\n:60F:C261101CNY0,00\n"


def _packed(parts: Mapping[str, bytes]) -> bytes:
    """Return a workbook with some parts added or replaced."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_PLAIN)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return buffer.getvalue()


def _sheet(inside: bytes) -> bytes:
    """Return a workbook whose one sheet holds this."""
    return _packed({_SHEET: _SHEET_HEAD + inside + b"</worksheet>"})


def _far_cell() -> bytes:
    """Return a sheet of two cells with all the room of a sheet between them."""
    return _sheet(
        b'<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )


def _one_long_word() -> bytes:
    """Return a workbook that repeats one long word in many thousand cells."""
    cells = b'<c t="s"><v>0</v></c>' * 30
    words = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
    rows = b"".join(b'<row r="%d">%b</row>' % (at, cells) for at in range(1, 15_000))
    return _packed(
        {
            _SHEET: _SHEET_HEAD + b"<sheetData>" + rows + b"</sheetData></worksheet>",
            "xl/sharedStrings.xml": words + b"x" * 32_000 + b"</t></si></sst>",
        }
    )


def _laughs() -> bytes:
    """Return a file whose entities unfold a milliardfold."""
    entities = b'<!ENTITY a0 "ha">' + b"".join(
        b'<!ENTITY a%d "%b">' % (at, b"&a%d;" % (at - 1) * 10) for at in range(1, 10)
    )
    return b"<?xml version='1.0'?><!DOCTYPE d [" + entities + b"]>" + _CAMT[21:] + b"&a9;"


def _filled(head: bytes, unit: bytes, tail: bytes = b"") -> bytes:
    """Return a file full of one thing."""
    return head + unit * ((_ROOM - len(head) - len(tail)) // len(unit)) + tail


FILES: Mapping[str, Callable[[], bytes]] = {
    "zip bomb: a part of 400 MB": lambda: _packed({"xl/a.xml": b"0" * (400 * _MB)}),
    "zip bomb: the sheet of 300 MB": lambda: _sheet(b" " * (300 * _MB)),
    "zip bomb: ten thousand parts": lambda: _packed({f"xl/p{at}.xml": b"" for at in range(10_000)}),
    "workbook: one cell at the farthest corner": _far_cell,
    "workbook: a long word in 450,000 cells": _one_long_word,
    "workbook: a million columns": lambda: _sheet(
        b'<sheetData><row r="1">' + b"<c><v>1</v></c>" * 1_000_000 + b"</row></sheetData>"
    ),
    "workbook: deep XML": lambda: _sheet(b"<a>" * 1_000_000),
    "workbook: entities": lambda: _packed({"xl/sharedStrings.xml": _laughs()}),
    "workbook: torn": lambda: _PLAIN[: len(_PLAIN) // 2],
    "workbook: no zip behind its first bytes": lambda: _filled(b"PK\x03\x04", b"\x00\xff"),
    "old workbook: torn": lambda: _filled(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x01"),
    "old workbook: sectors in a circle": lambda: (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 22 + b"\x09\x00\x06\x00" + bytes(47_124)
    ),
    "text: an endless line": lambda: _filled(b"a,b\n1,", b"x"),
    "text: millions of columns": lambda: _filled(b"", b","),
    "text: millions of rows": lambda: _filled(b"", b"1\n"),
    "text: millions of quotation marks": lambda: _filled(b"a,b\n", b'"'),
    "text: a quotation that never ends": lambda: _filled(b'a,b\n1,"', b"x\n"),
    "text: NUL": lambda: _filled(b"a,b\n", b"1,\x00\n"),
    "text: UTF-16": lambda: ("日期,金额\n" * 200_000).encode("utf-16"),
    "text: half of GB18030": lambda: _filled("日期,金额\n".encode("gb18030"), b"\x81\x30\x81"),
    "text: UTF-8 too long": lambda: _filled("日期,金额\n".encode(), b"\xc0\xaf,\xe0\x80\xaf\n"),
    "text: marks of order everywhere": lambda: _filled(b"", b"\xef\xbb\xbf1,\n"),
    "text: amounts of a thousand digits": lambda: (
        "交易日期,交易金额\n".encode() + b"2026-11-01," + b"9" * 1000 + b"\n"
    ),
    "CAMT: entities that unfold": _laughs,
    "CAMT: an entity from elsewhere": lambda: (
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + _CAMT[21:] + b"&x;"
    ),
    "CAMT: deep XML": lambda: _filled(_CAMT, b"<a>"),
    "CAMT: a name without end": lambda: _filled(_CAMT + b"<", b"a"),
    "CAMT: attributes without end": lambda: (
        _CAMT + b"<a " + b"".join(b'x%d="" ' % at for at in range(300_000)) + b"/>"
    ),
    "CAMT: an empty entry again and again": lambda: _filled(
        _CAMT, b"<Ntry></Ntry>", b"</Stmt></BkToCstmrStmt></Document>"
    ),
    "CAMT: not closed": lambda: _CAMT,
    "OFX: tags that nobody closes": lambda: _filled(_OFX, b"<A>"),
    "OFX: only brackets": lambda: _filled(_OFX, b"<"),
    "OFX: a value without end": lambda: _filled(_OFX + b"<TRNAMT>", b"9"),
    "OFX: empty movements": lambda: _filled(_OFX, b"<STMTTRN></STMTTRN>"),
    "OFX: a document type": lambda: (
        b'<?xml version="1.0"?><!DOCTYPE OFX [<!ENTITY a "b">]><OFX>&a;</OFX>'
    ),
    "MT940: a text without end": lambda: _filled(_MT + b":86:", b"x"),
    "MT940: movements that say nothing": lambda: _filled(_MT, b":61:\n"),
    "MT940: an amount without end": lambda: _filled(_MT + b":61:2611011101C", b"9", b",00NMSC"),
    "other XML": lambda: _filled(b"<svg>", b"<g/>"),
    "too large": lambda: b"x" * (60 * _MB),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one file."""

    name: str
    answer: str
    seconds: float
    clock_seconds: float
    grown_mb: int

    @property
    def is_kept(self) -> bool:
        """Whether it was refused within the limits."""
        is_refused = self.answer not in {"taken", "died"}
        return is_refused and self.seconds < SECONDS_MAX and self.grown_mb < GROWN_MB_MAX

    def words(self) -> str:
        """Return the figures in one line."""
        mark = " " if self.is_kept else "!"
        return (
            f"{mark} {self.name}: {self.answer}, {self.seconds:.2f} s"
            f" ({self.clock_seconds:.2f} s by the clock), memory +{self.grown_mb} MB"
        )


def answer(content: bytes) -> str:
    """Return how a file is answered: the code of its refusal, or that rows are named."""
    try:
        found = files.read(content, file_name="x")
    except InvalidError as error:
        return error.code
    if found.statement is None:
        return "asked about its columns"
    return "named by row" if found.statement.problems else "taken"


def _used() -> tuple[float, int]:
    """Return the processor time of this process and its children, and the peaks of their memory."""
    own, children = (
        resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    seconds = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return seconds, (own.ru_maxrss + children.ru_maxrss) // 1024


def _read(content: bytes, send: Connection) -> None:
    """Read a file in a process of its own and say what it took."""
    answer(_PLAIN)  # what every import loads and starts is there before
    before, held = _used()
    started = time.perf_counter()
    said = answer(content)
    clock_seconds = time.perf_counter() - started
    after, peak = _used()
    send.send((said, after - before, clock_seconds, peak - held))


def tell(name: str) -> Told:
    """Return what becomes of one of the files."""
    content = FILES[name]()
    forked = multiprocessing.get_context("fork")
    receive, send = forked.Pipe(duplex=False)
    process = forked.Process(target=_read, args=(content, send))
    process.start()
    send.close()
    try:
        told = receive.recv()
    except EOFError:
        told = ("died", 0.0, 0.0, 0)
    process.join()
    return Told(name, *told)


def main() -> int:
    """Read every file, print, and say whether the limits are kept."""
    found = []
    for name in FILES:
        one = tell(name)
        print(one.words(), flush=True)
        found.append(one)
    worst = max(found, key=lambda one: one.seconds)
    most = max(found, key=lambda one: one.grown_mb)
    kept = sum(one.is_kept for one in found)
    print(
        f"{kept} of {len(found)} hostile files refused within {SECONDS_MAX:.0f} s and"
        f" {GROWN_MB_MAX} MB; the longest {worst.seconds:.2f} s ({worst.name}), the most"
        f" +{most.grown_mb} MB ({most.name})"
    )
    return 0 if kept == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
