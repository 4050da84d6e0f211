"""What households owe: laid on them to the fen, reduced by receipts, waived by two, cancelled."""

from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.cofund import Office, make_doors, make_office, make_project, pay_in
from timebank.cofund.errors import projects as project_errors
from timebank.cofund.errors import receivables as errors
from timebank.cofund.errors import register as register_errors
from timebank.cofund.models.receivables import Receivable
from timebank.cofund.queries import projects as project_reads
from timebank.cofund.queries import receivables as queries
from timebank.cofund.rules import codes
from timebank.cofund.rules.projects import Method, Party
from timebank.cofund.rules.receivables import Instalment, LaidBy, ReceivableState
from timebank.cofund.service import money, receivables, register
from timebank.kernel import clock


def _dates(*permilles: int) -> list[Instalment]:
    first = clock.today() + timedelta(days=30)
    return [Instalment(one, first + timedelta(days=60 * at)) for at, one in enumerate(permilles)]


def _raised(
    session: Session, office: Office, *permilles: int, by: LaidBy = LaidBy.FLOOR_AREA
) -> int:
    project = make_project(session, office, total_fen=100_001)
    make_doors(session, office.community_id)
    receivables.raise_for_households(
        session,
        actor=office.finance,
        project_id=project.id,
        laid_by=by,
        instalments=_dates(*permilles or (1000,)),
    )
    return project.id


def _pay(session: Session, office: Office, project_id: int, code: str, fen: int) -> int:
    return money.receive_contribution(
        session,
        actor=office.finance,
        project_id=project_id,
        party=Party.RESIDENTS,
        amount_fen=fen,
        received_on=clock.today(),
        payer_name="王建国",
        method=Method.BANK,
        payment_code=code,
    ).id


def test_the_share_is_laid_on_households_by_area_to_the_fen(session: Session) -> None:
    office = make_office(session)
    project_id = _raised(session, office, 600, 400)

    items = queries.receivables(session, project_id=project_id).items
    share = project_reads.figures(session, project_id).parties[2].agreed_fen
    assert sum(one.amount_fen for one in items) == share == 30_000
    by_room = {
        room: sum(one.amount_fen for one in items if one.room_no == room)
        for room in ("101", "201", "301")
    }
    assert by_room == {"101": 8980, "201": 8980, "301": 12_040}
    assert [one.instalment for one in items] == [1, 2, 1, 2, 1, 2]
    assert all(codes.read_code(one.payment_code) == one.payment_code for one in items)
    sums = queries.sums(session, project_id)
    assert (sums.households, sums.paid_up, sums.outstanding_fen) == (3, 0, share)


def test_a_receipt_with_a_code_is_taken_off_and_put_back(session: Session) -> None:
    office = make_office(session)
    project_id = _raised(session, office)
    one = queries.receivables(session, project_id=project_id).items[0]

    paid = _pay(session, office, project_id, f"缴费 {one.payment_code} 王", 5000)

    seen = queries.receivable(session, community_id=office.community_id, receivable_id=one.id)
    assert (seen.paid_fen, seen.outstanding_fen) == (5000, one.amount_fen - 5000)
    assert seen.state is ReceivableState.PART_PAID
    with pytest.raises(errors.MoreThanOutstandingError):
        _pay(session, office, project_id, one.payment_code, one.amount_fen - 4999)
    money.undo_contribution(session, actor=office.finance, contribution_id=paid, reason="记错户")
    seen = queries.receivable(session, community_id=office.community_id, receivable_id=one.id)
    assert (seen.outstanding_fen, seen.state) == (one.amount_fen, ReceivableState.OPEN)


def test_a_code_that_fits_nothing_is_refused(session: Session) -> None:
    office = make_office(session)
    project_id = _raised(session, office)
    code = queries.receivables(session, project_id=project_id).items[0].payment_code
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)

    with pytest.raises(codes.BadPaymentCodeError):
        _pay(session, office, project_id, wrong, 100)
    other = make_project(session, office, total_fen=5000)
    with pytest.raises(errors.ReceivableNotFoundError):
        _pay(session, office, other.id, code, 100)
    with pytest.raises(errors.NotResidentsError):
        money.receive_contribution(
            session,
            actor=office.finance,
            project_id=project_id,
            party=Party.COMPANY,
            amount_fen=100,
            received_on=clock.today(),
            payer_name="公司",
            method=Method.BANK,
            payment_code=code,
        )


def test_what_cannot_be_laid_on_households_is_refused(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, total_fen=1000)

    def lay(*permilles: int) -> None:
        receivables.raise_for_households(
            session,
            actor=office.finance,
            project_id=project.id,
            laid_by=LaidBy.HOUSEHOLDS,
            instalments=_dates(*permilles),
        )

    with pytest.raises(errors.NoHouseholdsError):
        lay(1000)
    make_doors(session, office.community_id, areas=["80"] * 3)
    for permilles in ((), (500, 400), (1100, -100), (100,) * 10):
        with pytest.raises(errors.BadInstalmentsError):
            lay(*permilles)
    lay(1000)
    with pytest.raises(errors.NoResidentsShareError):
        lay(1000)


def test_money_that_came_in_before_is_not_asked_for_again(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, total_fen=1000)
    make_doors(session, office.community_id)
    pay_in(session, office, project.id, Party.RESIDENTS, 120)

    sums = receivables.raise_for_households(
        session,
        actor=office.finance,
        project_id=project.id,
        laid_by=LaidBy.HOUSEHOLDS,
        instalments=_dates(1000),
    )

    assert (sums.households, sums.outstanding_fen) == (3, 180)


def test_a_waiver_is_asked_by_one_and_approved_by_another(session: Session) -> None:
    office = make_office(session)
    project_id = _raised(session, office)
    one = queries.receivables(session, project_id=project_id).items[0]
    asked = receivables.ask_waiver(
        session, actor=office.finance, receivable_id=one.id, reason="低保户"
    )
    with pytest.raises(errors.WaiverOpenError):
        receivables.ask_waiver(session, actor=office.admin, receivable_id=one.id, reason="低保")
    with pytest.raises(errors.OwnWaiverError):
        receivables.decide_waiver(
            session, actor=office.finance, waiver_id=asked.id, is_approved=True
        )
    with pytest.raises(project_errors.MissingReasonError):
        receivables.decide_waiver(
            session, actor=office.admin, waiver_id=asked.id, is_approved=False
        )

    receivables.decide_waiver(session, actor=office.admin, waiver_id=asked.id, is_approved=True)

    seen = queries.receivable(session, community_id=office.community_id, receivable_id=one.id)
    assert (seen.state, seen.outstanding_fen) == (ReceivableState.WAIVED, 0)
    with pytest.raises(errors.WaiverDecidedError):
        receivables.decide_waiver(session, actor=office.admin, waiver_id=asked.id, is_approved=True)


def test_what_was_paid_is_not_cancelled_and_a_cancelled_code_is_dead(session: Session) -> None:
    office = make_office(session)
    project_id = _raised(session, office)
    first, second, _ = queries.receivables(session, project_id=project_id).items
    _pay(session, office, project_id, first.payment_code, 10)
    with pytest.raises(errors.ReceivablePaidError):
        receivables.cancel_receivable(
            session, actor=office.finance, receivable_id=first.id, reason="重复"
        )

    gone = receivables.cancel_receivable(
        session, actor=office.finance, receivable_id=second.id, reason="已卖房"
    )

    assert (gone.state, gone.outstanding_fen) == (ReceivableState.CANCELLED, 0)
    with pytest.raises(errors.ReceivableNotFoundError):
        _pay(session, office, project_id, second.payment_code, 10)


def test_the_database_keeps_what_households_owe(session: Session) -> None:
    office = make_office(session)
    project_id = _raised(session, office)
    one = queries.receivables(session, project_id=project_id).items[0]
    of = update(Receivable).where(Receivable.id == one.id)
    for values in (
        {"outstanding_fen": one.amount_fen - 1},
        {"paid_fen": one.amount_fen + 1, "outstanding_fen": -1},
        {"waived_fen": 5, "outstanding_fen": one.amount_fen - 5},
        {"amount_fen": 1, "outstanding_fen": 1},
        {"payment_code": "2601-7-1-999-10"},
    ):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(of.values(**values))
    for statement in (
        "DELETE FROM cofund_receivable",
        (
            "INSERT INTO cofund_receivable (community_id, project_id, party, household_id,"
            " instalment, amount_fen, paid_fen, waived_fen, outstanding_fen, payment_code, due_on,"
            " raised_at, cancel_reason) SELECT community_id, project_id, party, household_id, 9, 1,"
            " 0, 0, 1, 'x', due_on, raised_at, '' FROM cofund_receivable"
        ),
    ):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(text(statement))


def test_another_communitys_receivable_is_not_there(session: Session) -> None:
    office = make_office(session)
    project_id = _raised(session, office)
    one = queries.receivables(session, project_id=project_id).items[0]
    stranger = make_actor(session, community_id=make_office(session, code="HB").community_id)

    with pytest.raises(errors.ReceivableNotFoundError):
        receivables.ask_waiver(session, actor=stranger, receivable_id=one.id, reason="低保")


def test_one_mistyped_or_swapped_sign_of_a_code_is_noticed() -> None:
    code = codes.payment_code(
        project_number="2026-03", building=7, unit=1, room_no="1202", instalment=1
    )
    for at, sign in enumerate(code):
        if sign.isdigit():
            others = [code[:at] + other + code[at + 1 :] for other in "0123456789"]
            assert [one for one in others if codes.codes_in(one)] == [code]
    assert codes.codes_in(f"转账附言：{code.replace('-', ' － ')}，王建国") == [code]
    assert codes.codes_in("2603-7-1-2102-" + code[-2:]) == []


def test_the_register_reads_common_writings_and_names_wrong_lines(session: Session) -> None:
    office = make_office(session)
    make_doors(session, office.community_id)
    kept = register.keep_register(
        session,
        actor=office.admin,
        text="楼 面积 产权人\n7号楼1单元101室 89.5㎡ 王建国\n7-1-201，１００，李梅",
    )
    found = queries.dwellings(session, community_id=office.community_id)
    assert kept == 2
    assert [(one.area_hundredths, one.owner_name) for one in found][:2] == [
        (8950, "王建国"),
        (10_000, "李梅"),
    ]
    for written, refusal in (
        ("7-1-101 89.5", register_errors.RegisterLinesError),
        ("", register_errors.RegisterEmptyError),
        ("7-1-101, 1, 王\n7-1-101, 1, 李", register_errors.RegisterTwiceError),
        ("9-1-101, 89.5, 王", register_errors.DoorsUnknownError),
    ):
        with pytest.raises(refusal):
            register.keep_register(session, actor=office.admin, text=written)
