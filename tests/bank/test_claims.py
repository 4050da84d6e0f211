"""Claiming lines: what is left follows from the entries, and no more is claimed than came."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.make import bank as make
from tests.make.cofund import Office, make_office
from timebank.bank import errors, verify
from timebank.bank.queries import claims as queries
from timebank.bank.queries import statements
from timebank.bank.queries.claims import Shown
from timebank.bank.rules.claims import Purpose, Reason
from timebank.bank.service import claiming, holding
from timebank.bank.service.claiming import Part
from timebank.kernel import clock, ids
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.service import periods

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time().replace(hour=9))


@pytest.fixture
def office(session: Session) -> Iterator[Office]:
    with clock.fixed_at(NOW):
        yield make_office(session)


def brought_in(session: Session, office: Office, *fens: int) -> list[int]:
    """Return the ids of lines of these amounts; what the account held before is the first."""
    account_id = make.make_account(session, office.admin)
    make.bring_in(
        session, office.finance, account_id, make.csv_file(make.signed_rows(make.moves(*fens)))
    )
    page = queries.waiting_lines(session, community_id=office.community_id)
    return [line.id for line in page.items]


def line_of(session: Session, office: Office, line_id: int) -> queries.WaitingLine:
    return queries.line(session, community_id=office.community_id, line_id=line_id)


def claim(
    session: Session, office: Office, line_id: int, *amounts: int, withheld: int = 0
) -> claiming.Claim:
    """Claim parts of a line for nothing in particular."""
    line = claiming.locked_line(session, actor=office.finance, line_id=line_id)
    parts = [claiming.plain_part(session, line, Purpose.INTEREST, fen) for fen in amounts]
    if withheld:
        parts.append(claiming.plain_part(session, line, Purpose.WITHHELD, -withheld))
    made = claiming.prepare(session, line, parts)
    claiming.book(session, actor=office.finance, claims=[made])
    return made


def balance(session: Session, office: Office, code: str) -> int:
    found = ledger_accounts.account_id_within(
        session, community_id=office.community_id, book="owners", code=code
    )
    return 0 if found is None else ledger_accounts.balance(session, found).posted


def findings(session: Session, office: Office) -> list[object]:
    session.flush()
    return list(verify.findings(session, office.community_id))


def test_parts_of_a_line_leave_what_is_unclaimed_and_come_back_as_a_whole(
    session: Session, office: Office
) -> None:
    _, line_id, out_id = brought_in(session, office, 126_000, -1_000)

    made = claim(session, office, line_id, 100_000, 20_000)

    account = statements.accounts(session, office.community_id)[0]
    assert account.balance_fen == 1_125_000
    assert account.unclaimed_fen == 1_005_000, "the books equal the bank, claimed or not"
    assert line_of(session, office, line_id).unallocated_fen == 6_000
    assert balance(session, office, "interest") == 120_000
    with pytest.raises(errors.MoreThanUnclaimedError):
        claim(session, office, line_id, 6_001)
    claim(session, office, line_id, 6_000)
    waiting = queries.waiting_lines(session, community_id=office.community_id)
    assert line_id not in {line.id for line in waiting.items}
    assert findings(session, office) == []

    claiming.undo(session, actor=office.finance, claim_id=made.claim_id, reason="认错了户")
    assert line_of(session, office, line_id).unallocated_fen == 120_000
    assert balance(session, office, "interest") == 6_000
    with pytest.raises(errors.ClaimUndoneError):
        claiming.undo(session, actor=office.finance, claim_id=made.claim_id, reason="再撤一次")
    undone = queries.allocations(session, community_id=office.community_id, claim_id=made.claim_id)
    assert {(one.undone_name, one.undone_reason) for one in undone} == {("陈立", "认错了户")}
    assert findings(session, office) == []

    done = claiming.claim_plain(
        session, actor=office.finance, line_id=out_id, purpose=Purpose.FEE, expected_version=0
    )
    assert (done.effective_on, balance(session, office, "fees")) == (make.FIRST, 1_000)
    with pytest.raises(errors.LineChangedError):
        claiming.claim_plain(
            session, actor=office.finance, line_id=out_id, purpose=Purpose.FEE, expected_version=0
        )
    assert findings(session, office) == []


def test_what_a_platform_kept_is_a_fee_beside_the_gross_amount(
    session: Session, office: Office
) -> None:
    _, line_id = brought_in(session, office, 398_800)

    made = claim(session, office, line_id, 200_000, 200_000, withheld=1_200)

    assert line_of(session, office, line_id).unallocated_fen == 0
    assert balance(session, office, "fees") == 1_200
    assert findings(session, office) == []
    claiming.undo(session, actor=office.finance, claim_id=made.claim_id, reason="少算一户")
    assert line_of(session, office, line_id).unallocated_fen == 398_800
    assert balance(session, office, "fees") == 0
    with pytest.raises(errors.TooMuchWithheldError):
        claim(session, office, line_id, 398_800, withheld=40_000)
    assert findings(session, office) == []


def test_lines_are_set_against_each_other_only_when_they_come_to_nothing(
    session: Session, office: Office
) -> None:
    _, came, went, other = brought_in(session, office, 50_000, -50_000, -49_999)
    pair = {"actor": office.finance, "line_id": came, "expected_version": 0}

    for wrong in (other, came):
        with pytest.raises(errors.NoPairError):
            claiming.pair(session, **pair, other_line_id=wrong)  # type: ignore[arg-type]
    found = queries.pairs_of(
        session, community_id=office.community_id, of=line_of(session, office, came)
    )
    assert [line.id for line in found] == [went]
    claim_id = claiming.pair(session, **pair, other_line_id=went)  # type: ignore[arg-type]

    both = queries.allocations(session, community_id=office.community_id, claim_id=claim_id)
    assert {one.purpose for one in both} == {Purpose.RETURNED}
    assert balance(session, office, "transit") == 0
    assert findings(session, office) == []
    claiming.undo(session, actor=office.finance, claim_id=claim_id, reason="不是同一笔")
    assert [line_of(session, office, one).unallocated_fen for one in (came, went)] == [50_000] * 2


def test_a_line_is_set_aside_with_a_reason_and_is_late_after_its_day(
    session: Session, office: Office
) -> None:
    _, line_id = brought_in(session, office, 126_000)

    def hold(note: str, version: int, due_on: date | None = None) -> None:
        holding.hold(
            session, actor=office.finance, line_id=line_id, reason=Reason.PAYER_UNKNOWN,
            note=note, expected_version=version, due_on=due_on,
        )  # fmt: skip

    with pytest.raises(errors.ReasonMissingError):
        hold("  ", 0)
    with pytest.raises(errors.DueDayError):
        hold("问银行", 0, date(2026, 11, 27))

    hold("问银行", 0)

    line = line_of(session, office, line_id)
    assert (line.reason, line.note, line.owner_name) == (Reason.PAYER_UNKNOWN, "问银行", "陈立")
    assert (line.due_on, line.is_overdue) == (date(2026, 12, 5), False)
    with clock.fixed_at(NOW + timedelta(days=8)):
        assert line_of(session, office, line_id).is_overdue
        found = queries.waiting(session, office.community_id)
        assert (found.overdue, found.by_reason) == (1, {Reason.PAYER_UNKNOWN: 1})
        late = queries.waiting_lines(
            session, community_id=office.community_id, shown=Shown.LATE, reason=line.reason
        )
        assert [one.id for one in late.items] == [line_id]
    holding.release(session, actor=office.finance, line_id=line_id, expected_version=1)
    assert line_of(session, office, line_id).reason is None
    hold("问银行", 2)
    claim(session, office, line_id, 126_000)
    assert line_of(session, office, line_id).reason is None, "what is settled is held up by nothing"
    with pytest.raises(errors.NothingLeftError):
        hold("问银行", 4)


def test_a_line_of_a_closed_month_is_claimed_today_and_says_so(
    session: Session, office: Office
) -> None:
    _, line_id = brought_in(session, office, 126_000)
    line = claiming.locked_line(session, actor=office.finance, line_id=line_id)
    periods.close_period(
        session, actor=office.finance, book_id=line.book_id, through_on=date(2026, 3, 31)
    )

    made = claim(session, office, line_id, 126_000)

    assert (made.effective_on, "已封账" in made.reason) == (clock.today(), True)
    assert findings(session, office) == []


def test_the_database_refuses_what_is_not_by_an_entry(session: Session, office: Office) -> None:
    _, line_id, other = brought_in(session, office, 126_000, 5_000)
    made = claim(session, office, line_id, 100_000)
    entry_id = made.entry_ids[0]
    stray = ids.new_id()
    row = {
        "of": office.community_id, "line": line_id, "claim": stray.hex, "entry": entry_id.hex,
        "now": clock.now(),
    }  # fmt: skip
    insert = (
        "INSERT INTO bank_allocation (community_id, line_id, claim_id, purpose, amount_fen,"
        " entry_id, is_automatic, score, terms, claimed_name, claimed_at, undone_name,"
        " undone_reason) VALUES (:of, {line}, :claim, '{purpose}', {fen}, :entry, false, 0,"
        " '[]', 'x', :now, '', '')"
    )
    left = f"UPDATE bank_unclaimed SET {{}} WHERE line_id = {line_id}"
    attacks = {
        left.format("unallocated_fen = 126000, version = 9"): "bank_unclaimed_follows",
        left.format("unallocated_fen = 1, version = 9"): "bank_unclaimed_follows",
        left.format("size_fen = 1, version = 9"): "bank_unclaimed_follows|size_fen",
        left.format("version = 0"): "bank_unclaimed_follows",
        f"DELETE FROM bank_unclaimed WHERE line_id = {line_id}": "bank_unclaimed_stays|denied",
        insert.format(line=line_id, purpose="interest", fen=100_000): "entry_id|not_over",
        insert.format(line=other, purpose="interest", fen=5_000): "bank_allocation_by_entry",
        insert.format(line=line_id, purpose="interest", fen=26_000): "bank_allocation_by_entry",
        insert.format(line=line_id, purpose="interest", fen=0): "bank_allocation",
        insert.format(line=line_id, purpose="interest", fen=-100_000): "bank_allocation",
        insert.format(line=line_id, purpose="gift", fen=100_000): "purpose|entry_id",
        "UPDATE bank_allocation SET amount_fen = 1": "bank_allocation_keeps",
        f"UPDATE bank_allocation SET line_id = {other}": "bank_allocation_keeps",
        "UPDATE bank_allocation SET undone_entry_id = :entry, undone_at = :now,"
        " undone_reason = 'x'": "bank_allocation_keeps",
        "DELETE FROM bank_allocation": "bank_allocation_stays|denied",
    }

    for attack, words in attacks.items():
        wanted = {key: value for key, value in row.items() if f":{key}" in attack}
        with pytest.raises(DatabaseError, match=words), session.begin_nested():
            session.execute(text(attack), wanted)
    assert line_of(session, office, line_id).unallocated_fen == 26_000
    assert findings(session, office) == []


def test_a_foreign_line_is_not_found(session: Session, office: Office) -> None:
    _, line_id = brought_in(session, office, 126_000)
    stranger = make_office(session, code="XX").finance
    with pytest.raises(errors.BankLineNotFoundError):
        claiming.locked_line(session, actor=stranger, line_id=line_id)
    with pytest.raises(errors.ClaimNotFoundError):
        claiming.undo(session, actor=stranger, claim_id=ids.new_id(), reason="不是我的")


def test_a_part_out_of_the_wrong_side_is_refused(session: Session, office: Office) -> None:
    _, came, went = brought_in(session, office, 126_000, -1_000)
    line = claiming.locked_line(session, actor=office.finance, line_id=came)
    for purpose in (Purpose.FEE, Purpose.SPENDING, Purpose.OPENING):
        with pytest.raises(errors.WrongDirectionError):
            claiming.prepare(session, line, [Part(purpose, 1, 1, "x")])
    for parts in ((), (Part(Purpose.INTEREST, 0, 1, "x"),), (Part(Purpose.WITHHELD, 5, 1, "x"),)):
        with pytest.raises((errors.NothingClaimedError, errors.PartAmountError)):
            claiming.prepare(session, replace(line), parts)
    with pytest.raises(errors.WrongDirectionError):
        claiming.claim_plain(
            session, actor=office.finance, line_id=went, purpose=Purpose.INTEREST,
            expected_version=0,
        )  # fmt: skip
