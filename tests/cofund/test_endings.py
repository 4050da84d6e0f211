"""Bills past several persons, withheld money, settlements, changed agreements, pots and income."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.cofund import (
    SHARES,
    Office,
    ask,
    make_document,
    make_office,
    make_project,
    pay_in,
    release,
    spend,
)
from tests.make.community import make_person
from timebank.cofund.errors import projects as errors
from timebank.cofund.errors import sources as source_errors
from timebank.cofund.errors.votes import OverrunNeedsVoteError
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import settlements
from timebank.cofund.queries import sources as source_reads
from timebank.cofund.rules.policy import ProjectPolicy
from timebank.cofund.rules.projects import Basis, Party, ProjectState, SpendingState
from timebank.cofund.rules.retention import MoveKind, defects_end, settlement_digest
from timebank.cofund.service import amendments, bills, endings, income, policy, retention, sources
from timebank.cofund.service.amendments import AmendedLine
from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.notices.models.messages import Message


def _keeping(session: Session) -> Office:
    return replace(make_office(session), retention_permille=30)


def _move(
    session: Session,
    office: Office,
    project_id: int,
    kind: MoveKind,
    fen: int,
    *,
    reason: str = "",
) -> int:
    return retention.ask_move(
        session,
        actor=office.finance,
        project_id=project_id,
        kind=kind,
        amount_fen=fen,
        reason=reason,
    ).id


def test_above_the_limit_a_third_person_approves(session: Session) -> None:
    office = make_office(session)
    policy.set_policy(session, actor=office.admin, values=ProjectPolicy(second_from_fen=100))
    project = make_project(session, office, state=ProjectState.FUNDING, total_fen=1000)
    request = ask(session, office, project.id, 100)

    first = bills.approve_spending(session, actor=office.admin, request_id=request.id)

    assert first.state is SpendingState.ENDORSED
    assert queries.figures(session, project.id).held_fen == 0
    with pytest.raises(errors.ApprovedBeforeError):
        bills.approve_spending(session, actor=office.admin, request_id=request.id)
    second = bills.approve_spending(session, actor=office.other_finance, request_id=request.id)
    assert second.state is SpendingState.APPROVED
    for change in (
        "endorsed_by = NULL",
        "endorsed_by = approved_by",
        "needs_second = false",
        "second_from_fen = 1000, needs_second = false",
    ):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(text(f"UPDATE spending_request SET {change}"))


def test_a_large_bill_needs_its_contract_and_papers_nobody_edits(session: Session) -> None:
    office = make_office(session)
    policy.set_policy(session, actor=office.admin, values=ProjectPolicy(second_from_fen=100))
    project = make_project(session, office, state=ProjectState.FUNDING, total_fen=1000)
    line = queries.cost_lines(session, project.id)[0].id
    for fen, refusal in ((100, errors.ContractMissingError), (99, None)):

        def asked(fen: int = fen) -> None:
            bills.request_spending(
                session,
                actor=office.finance,
                project_id=project.id,
                cost_line_id=line,
                amount_fen=fen,
                payee="宏达棚架厂",
                purpose="首款",
                document_file_id=make_document(session, actor=office.finance),
            )

        if refusal is None:
            asked()
        else:
            with pytest.raises(refusal):
                asked()


def test_a_changed_payee_is_called_back_approved_anew_and_waits(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING, total_fen=1000)
    request = ask(session, office, project.id, 100)
    bills.approve_spending(session, actor=office.admin, request_id=request.id)

    def change(note: str, payee: str = "宏达棚架（青岛）") -> None:
        bills.change_payee(
            session,
            actor=office.other_finance,
            request_id=request.id,
            payee=payee,
            payee_account="6222",
            callback_note=note,
        )

    with pytest.raises(errors.MissingReasonError):
        change(" ")
    change("按合同上的号码打给王会计，核过账号")
    assert queries.figures(session, project.id).held_fen == 0
    with pytest.raises(errors.ChangedPayeeError):
        bills.approve_spending(session, actor=office.other_finance, request_id=request.id)
    bills.approve_spending(session, actor=office.admin, request_id=request.id)

    def pay() -> None:
        bills.pay_spending(
            session, actor=office.finance, request_id=request.id, paid_on=clock.today()
        )

    with clock.fixed_at(clock.now() + timedelta(hours=23)), pytest.raises(errors.PayeeWaitError):
        pay()
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(text("UPDATE spending_request SET payee = '别人'"))
    with clock.fixed_at(clock.now() + timedelta(hours=24, minutes=1)):
        pay()


def test_the_last_payment_waits_for_the_acceptance(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING, total_fen=1000)
    spend(session, office, project.id, 900)
    last = ask(session, office, project.id, 100)
    with pytest.raises(errors.BeforeAcceptanceError):
        bills.approve_spending(session, actor=office.admin, request_id=last.id)

    endings.accept_project(session, actor=office.admin, project_id=project.id, note="合格")

    assert bills.approve_spending(session, actor=office.admin, request_id=last.id).approved_name


def test_withheld_money_is_kept_apart_then_released_or_deducted(session: Session) -> None:
    office = _keeping(session)
    project = make_project(session, office, state=ProjectState.FUNDING, total_fen=10_000)
    spend(session, office, project.id, 5000)
    figures = queries.figures(session, project.id)
    assert (figures.spent_fen, figures.withheld_fen, figures.left_fen) == (5000, 150, 5000)
    endings.accept_project(session, actor=office.admin, project_id=project.id, note="合格")
    settled = endings.settle_project(session, actor=office.admin, project_id=project.id)
    assert settled.state is ProjectState.RETENTION
    assert (settled.figures.refunded_fen, settled.figures.withheld_fen) == (5000, 150)

    for kind, fen, reason, refusal in (
        (MoveKind.RELEASE, 151, "", errors.MoreThanWithheldError),
        (MoveKind.RELEASE, 100, "", errors.RetentionEarlyError),
        (MoveKind.DEDUCT, 50, "", errors.MissingReasonError),
    ):
        with pytest.raises(refusal):
            _move(session, office, project.id, kind, fen, reason=reason)
    deducted = _move(session, office, project.id, MoveKind.DEDUCT, 50, reason="漏雨没修")
    with pytest.raises(errors.OwnRequestError):
        retention.decide_move(session, actor=office.finance, move_id=deducted, is_approved=True)
    retention.decide_move(session, actor=office.admin, move_id=deducted, is_approved=True)
    with pytest.raises(errors.RetentionMoveDecidedError):
        retention.decide_move(session, actor=office.admin, move_id=deducted, is_approved=True)
    with pytest.raises(errors.RetentionHeldError):
        endings.close_project(session, actor=office.admin, project_id=project.id)
    with clock.fixed_at(clock.now() + timedelta(days=370)):
        asked = _move(session, office, project.id, MoveKind.RELEASE, 100)
        retention.decide_move(session, actor=office.admin, move_id=asked, is_approved=True)
        closed = endings.close_project(session, actor=office.admin, project_id=project.id)

    assert (closed.figures.spent_fen, closed.figures.refunded_fen) == (4950, 5050)
    assert all(one.left_fen == 0 for one in closed.figures.parties)


def test_a_final_account_says_what_was_settled_and_never_changes(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.SETTLED, total_fen=900)

    found = settlements.settlement(session, project.id)

    assert found is not None
    assert found.digest == settlement_digest(found.facts)
    assert found.facts["spent_fen"] + found.facts["refunded_fen"] == 900
    for statement in (
        "UPDATE cofund_settlement SET settled_name = ''",
        "DELETE FROM cofund_settlement",
        "UPDATE project SET state = 'accepted'",
    ):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(text(statement))


def test_the_defects_period_ends_on_the_same_day_or_the_last() -> None:
    assert defects_end(date(2026, 3, 15), 12) == date(2027, 3, 15)
    assert defects_end(date(2026, 8, 31), 6) == date(2027, 2, 28)


def test_those_who_pay_are_reminded_once_before_the_end(session: Session) -> None:
    office = _keeping(session)
    project = make_project(session, office, state=ProjectState.RETENTION, total_fen=10_000)
    assert project.defects_until is not None
    soon = clock.now() + timedelta(days=(project.defects_until - clock.today()).days - 5)
    person = make_person(session, community_id=office.community_id)
    make_actor(
        session,
        community_id=office.community_id,
        roles=(("finance", "community", None),),
        person_id=person.id,
    )
    with clock.fixed_at(soon):
        for _ in range(2):
            retention.remind_due(session, {})
    told = session.scalars(select(Message.code).where(Message.person_id == person.id)).all()
    assert told == ["cofund_retention_due"]


def test_a_changed_agreement_goes_up_to_the_overrun(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING, total_fen=1000)
    line = queries.cost_lines(session, project.id)[0]

    def amend(fen: int) -> None:
        amendments.amend_project(
            session,
            actor=office.admin,
            project_id=project.id,
            lines=[AmendedLine(line.id, line.label, fen)],
            signed_on=clock.today(),
            basis=Basis.AGREEMENT,
            weights=SHARES,
            reason="地基比图纸深",
            document_file_id=make_document(session, actor=office.admin),
        )

    with pytest.raises(OverrunNeedsVoteError):
        amend(701)
    amend(700)

    agreement = queries.agreement(session, project.id)
    assert agreement is not None
    assert (agreement.version, agreement.total_fen) == (2, 1100)
    assert queries.figures(session, project.id).owed_fen == 100
    with pytest.raises(errors.ShareBelowPaidError):
        amend(500)
    spend(session, office, project.id, 400)
    with pytest.raises(errors.LineBelowSpentError):
        amend(399)


def test_matching_never_goes_above_cap_share_or_pot(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, total_fen=1000)
    pot = sources.open_pot(
        session,
        actor=office.admin,
        name="街道配捐",
        sponsor="灵山卫街道",
        party=Party.COMPANY,
        permille=2000,
        project_cap_fen=350,
    )

    def match() -> int:
        return sources.match_project(
            session, actor=office.finance, pot_id=pot.id, project_id=project.id
        ).amount_fen

    pay_in(session, office, project.id, Party.RESIDENTS, 100)
    with pytest.raises(source_errors.NothingToMatchError):
        match()
    sources.fill_pot(
        session,
        actor=office.finance,
        pot_id=pot.id,
        amount_fen=320,
        received_on=clock.today(),
    )
    assert match() == 200
    with pytest.raises(source_errors.NothingToMatchError):
        match()
    pay_in(session, office, project.id, Party.RESIDENTS, 100)
    assert match() == 120
    sources.fill_pot(
        session, actor=office.finance, pot_id=pot.id, amount_fen=500, received_on=clock.today()
    )
    assert match() == 30
    with pytest.raises(source_errors.NothingToMatchError):
        match()
    assert source_reads.pots(session, office.community_id)[0].available_fen == 470
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(text("UPDATE cofund_match SET matched_fen = 351"))


def test_common_income_goes_to_the_books_of_its_owners(session: Session) -> None:
    office = make_office(session)
    source = income.open_source(
        session,
        actor=office.admin,
        name="充电棚",
        other_party=Party.COMPANY,
        owners_permille=490,
        document_file_id=make_document(session, actor=office.admin),
    )

    booked = income.book_income(
        session,
        actor=office.finance,
        source_id=source.id,
        amount_fen=1001,
        received_on=clock.today(),
    )

    assert (booked.owners_fen, booked.other_fen) == (490, 511)
    for code, fen in (("owners", 490), ("company", 511)):
        book = ledger_accounts.book_id(session, community_id=office.community_id, code=code)
        assert book is not None
        account = ledger_accounts.account_id(session, book_id=book, code=f"common:{source.id}")
        assert ledger_accounts.balance(session, account or 0).posted == fen


def walk(session: Session, *, seed: int, steps: int) -> None:
    """Do random things to a project and compare with a model that knows only sums."""
    random = Random(seed)
    office = _keeping(session)
    project = make_project(session, office, state=ProjectState.AGREED, total_fen=10_007)
    paid_in = dict.fromkeys(Party, 0)
    spent = withheld = 0
    for _ in range(steps):
        party, fen = random.choice(list(Party)), random.randint(1, 4000)
        try:
            with session.begin_nested():
                if random.random() < 0.6:
                    pay_in(session, office, project.id, party, fen)
                    paid_in[party] += fen
                else:
                    spend(session, office, project.id, fen)
                    spent, withheld = spent + fen, withheld + fen * 30 // 1000
        except DomainError:
            session.expire_all()
        figures = queries.figures(session, project.id)
        assert [one.received_fen for one in figures.parties] == list(paid_in.values())
        assert (figures.spent_fen, figures.withheld_fen) == (spent, withheld)
        assert figures.left_fen == sum(paid_in.values()) - spent >= 0
    if not spent:
        return
    endings.accept_project(session, actor=office.admin, project_id=project.id, note="合格")
    endings.settle_project(session, actor=office.admin, project_id=project.id)
    if withheld:
        release(session, office, project.id, withheld)
    closed = endings.close_project(session, actor=office.admin, project_id=project.id)
    refunds = [one.refunded_fen for one in closed.figures.parties]
    assert sum(refunds) == sum(paid_in.values()) - spent
    assert all(back <= paid for back, paid in zip(refunds, paid_in.values(), strict=True))
    assert all(one.left_fen == 0 for one in closed.figures.parties)


def test_random_histories_agree_with_an_independent_model(session: Session) -> None:
    walk(session, seed=7, steps=8)
