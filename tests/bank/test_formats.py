"""MT940, CAMT.053 and OFX: read strictly, their balances held against their lines."""

from datetime import date

import pytest

from tests.make import bank as make
from timebank.bank import errors
from timebank.bank.errors import StatementUnreadableError
from timebank.bank.rules.values import Statement, StatementKind
from timebank.bank.service import files
from timebank.kernel import clock
from timebank.kernel.errors import InvalidError

MADE = make.moves(126_000, -50_000, 8_802_000, -1, 2914)
EXPECTED = [(one.day, one.fen, one.balance, one.who) for one in MADE]
FILES = {
    StatementKind.MT940: make.mt940_file,
    StatementKind.CAMT053: make.camt_file,
    StatementKind.OFX: make.ofx_file,
}


def read(content: bytes) -> Statement:
    with clock.fixed_at(clock.at_local(date(2026, 11, 28), clock.local(clock.now()).time())):
        found = files.read(content, file_name="x")
    assert found.statement is not None
    return found.statement


@pytest.mark.parametrize("kind", FILES)
def test_a_banks_own_format_is_read(kind: StatementKind) -> None:
    content = FILES[kind](MADE)
    said = read(content)

    assert files.kind_of(content) is kind
    lines = [(one.day, one.amount_fen, one.balance_fen, one.party_name) for one in said.lines]
    assert lines == EXPECTED
    assert "7-2-301" in said.lines[0].text
    assert (said.opening_fen, said.closing_fen) == (1_000_000, MADE[-1].balance)
    assert said.account_number == make.NUMBER
    assert not said.problems


@pytest.mark.parametrize("kind", FILES)
def test_the_encoding_of_china_is_read_too(kind: StatementKind) -> None:
    text = FILES[kind](MADE).decode().replace('encoding="UTF-8"', 'encoding="UTF-8"')
    if kind is StatementKind.CAMT053:
        return  # XML says its encoding itself; UTF-8 is what banks use
    assert read(text.encode("gb18030")).lines[0].party_name == "王建民"


@pytest.mark.parametrize("make_file", [make.mt940_file, make.camt_file])
def test_a_closing_balance_that_does_not_follow_is_named(make_file: object) -> None:
    assert callable(make_file)
    said = read(make_file(MADE, closing=MADE[-1].balance + 1))

    assert [one.error.code for one in said.problems] == ["bank_statement_sum"]


def test_pages_and_days_of_an_mt940_follow_one_another() -> None:
    first, second = make.mt940_file(MADE[:2]), make.mt940_file(MADE[2:])
    said = read(first.replace(b":62F:", b":62M:") + b"\r\n" + second.replace(b":60F:", b":60M:"))
    gap = read(first + b"\r\n" + make.mt940_file(MADE[3:]))

    assert [one.amount_fen for one in said.lines] == [one.fen for one in MADE]
    assert not said.problems
    assert [one.error.code for one in gap.problems] == ["bank_statement_sum"]


def test_reversals_of_an_mt940_count_the_other_way() -> None:
    line = b":61:2603020302"
    said = read(
        b":20:X\n:25:6222\n:60F:C260302CNY100,00\n"
        + line + b"RC10,00NTRFA//B\n" + line + b"RD4,00NTRFA//B\n:62F:C260302CNY94,00\n"
    )  # fmt: skip

    assert [one.amount_fen for one in said.lines] == [-1000, 400]
    assert not said.problems


def test_the_entry_day_of_an_mt940_may_lie_in_the_next_year() -> None:
    said = read(
        b":20:X\n:25:6222\n:60F:C251231CNY1,00\n:61:2512310102C1,00NTRFA//B\n:62F:C260102CNY2,00\n"
    )

    assert said.lines[0].day == date(2026, 1, 2)


def test_pending_entries_of_a_camt_are_set_aside_and_newer_status_is_read() -> None:
    content = make.camt_file(MADE).replace(b"<Sts>BOOK</Sts>", b"<Sts><Cd>BOOK</Cd></Sts>")
    assert len(read(content).lines) == len(MADE)
    pending = make.camt_file(MADE).replace(b"<Sts>BOOK</Sts>", b"<Sts>PDNG</Sts>", 1)

    said = read(pending)
    assert len(said.lines) == len(MADE) - 1
    assert [one.reason.value for one in said.skipped] == ["pending"]
    assert [one.error.code for one in said.problems] == ["bank_statement_sum"]


def test_an_ofx_of_version_two_is_read() -> None:
    body = (
        '<?xml version="1.0"?><?OFX OFXHEADER="200"?><OFX><STMTRS><CURDEF>CNY</CURDEF>'
        "<BANKTRANLIST><STMTTRN><DTPOSTED>20260302</DTPOSTED><TRNAMT>-12,50</TRNAMT>"
        "<FITID>1</FITID><NAME>A &amp; B</NAME></STMTTRN></BANKTRANLIST>"
        "<LEDGERBAL><BALAMT>5.00</BALAMT><DTASOF>20260401</DTASOF></LEDGERBAL></STMTRS></OFX>"
    )
    said = read(body.encode())

    assert [(one.amount_fen, one.party_name) for one in said.lines] == [(-1250, "A & B")]
    assert said.closing_fen is None, "a balance of a later day closes no statement"


BAD: dict[str, tuple[bytes, type[InvalidError]]] = {
    "MT940 cut off": (make.mt940_file(MADE)[:-60], errors.StatementUnreadableError),
    "MT940 amount": (
        make.mt940_file(MADE).replace(b"1260,00", b"1260.00"), StatementUnreadableError
    ),
    "MT940 currency": (make.mt940_file(MADE).replace(b"CNY", b"USD"), errors.CurrencyOtherError),
    "MT940 of two accounts": (
        make.mt940_file(MADE[:2]) + b"\n" + make.mt940_file(MADE[2:]).replace(b"4417", b"4418"),
        errors.SeveralAccountsError,
    ),
    "MT940 without movements": (
        b":20:X\n:25:6222\n:60F:C260302CNY1,00\n:62F:C260302CNY1,00\n", errors.StatementEmptyError
    ),
    "CAMT with a DTD": (make.camt_file(MADE, head="<!DOCTYPE a>"), errors.StatementHasDtdError),
    "CAMT with a bomb": (
        make.camt_file(MADE, head='<!DOCTYPE a [<!ENTITY b "bbbbbb"><!ENTITY c "&b;&b;">]>'),
        errors.StatementHasDtdError,
    ),
    "CAMT with a file": (
        make.camt_file(MADE, head='<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'),
        errors.StatementHasDtdError,
    ),
    "CAMT torn": (make.camt_file(MADE)[:-200], errors.StatementUnreadableError),
    "CAMT too deep": (
        make.camt_file(MADE).replace(b"<Ntry>", b"<Ntry>" + b"<x>" * 100_000, 1),
        errors.StatementTooDeepError,
    ),
    "CAMT with three decimals": (
        make.camt_file(MADE).replace(b"1260.00", b"1260.001"), errors.StatementUnreadableError
    ),
    "CAMT currency": (make.camt_file(MADE).replace(b'"CNY"', b'"EUR"'), errors.CurrencyOtherError),
    "OFX torn": (make.ofx_file(MADE)[:-40], errors.StatementUnreadableError),
    "OFX with a DTD": (
        make.ofx_file(MADE).replace(b"<OFX>", b"<!DOCTYPE OFX><OFX>"), errors.StatementHasDtdError
    ),
    "OFX amount": (
        make.ofx_file(MADE).replace(b">1260.00", b">1,260.00"), StatementUnreadableError
    ),
    "OFX day": (
        make.ofx_file(MADE).replace(b"ED>20260302", b"ED>20261302"), StatementUnreadableError
    ),
    "OFX currency": (
        make.ofx_file(MADE).replace(b"CURDEF>CNY", b"CURDEF>USD"), errors.CurrencyOtherError
    ),
    "OFX too deep": (
        b"<OFX>" + b"<STMTTRN>" * 1000 + b"</OFX>", errors.StatementTooDeepError
    ),
    "a web page": (b"<html><body>no</body></html>", errors.StatementKindUnknownError),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_statement_is_refused_in_words(case: str) -> None:
    content, error = BAD[case]

    with pytest.raises(error):
        read(content)
