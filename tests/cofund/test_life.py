"""A project's life: every state with every command, numbers, agreements."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session

from tests.make.cofund import (
    SHARES,
    Office,
    ask,
    make_document,
    make_doors,
    make_office,
    make_project,
    pay_in,
    spend,
)
from tests.make.community import make_micro_grid
from timebank.cofund.errors import projects as errors
from timebank.cofund.errors.votes import VoteNeededError
from timebank.cofund.models.projects import Project
from timebank.cofund.queries import bills as bill_reads
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.policy import Matter, ProjectPolicy
from timebank.cofund.rules.projects import (
    LIFE,
    SPENDING_TRANSITIONS,
    TRANSITIONS,
    Basis,
    Command,
    CostLine,
    Party,
    ProjectState,
    SpendingState,
)
from timebank.cofund.rules.retention import MoveKind
from timebank.cofund.service import (
    agreements,
    bills,
    endings,
    money,
    policy,
    projects,
    publicity,
    retention,
    steps,
    votes,
)
from timebank.kernel import clock
from timebank.kernel.errors import DomainError

Act = Callable[[Session, Office, int], object]


def _cost(session: Session, office: Office, project_id: int) -> object:
    return projects.cost_project(
        session, actor=office.admin, project_id=project_id, lines=[CostLine("棚架", 1000)]
    )


def _agree(session: Session, office: Office, project_id: int) -> object:
    return agreements.agree_project(
        session,
        actor=office.admin,
        project_id=project_id,
        signed_on=clock.today(),
        basis=Basis.AGREEMENT,
        weights=SHARES,
    )


def _receive(session: Session, office: Office, project_id: int) -> object:
    return pay_in(session, office, project_id, Party.COMPANY, 1)


def _undo(session: Session, office: Office, project_id: int) -> object:
    paid = queries.contributions(session, project_id=project_id).items
    return money.undo_contribution(
        session, actor=office.finance, contribution_id=paid[0].id, reason="错账"
    )


def _request(session: Session, office: Office, project_id: int) -> object:
    return ask(session, office, project_id, 1)


def _settle(session: Session, office: Office, project_id: int) -> object:
    return endings.settle_project(session, actor=office.admin, project_id=project_id)


def _release(session: Session, office: Office, project_id: int) -> object:
    return retention.ask_move(
        session,
        actor=office.finance,
        project_id=project_id,
        kind=MoveKind.RELEASE,
        amount_fen=1,
        reason="厂家以保函代替",
    )


def _open_vote(session: Session, office: Office, project_id: int) -> object:
    return votes.open_vote(
        session,
        actor=office.admin,
        project_id=project_id,
        matter=Matter.ORDINARY,
        closes_on=clock.today() + timedelta(days=7),
    )


ACTS: dict[Command, Act] = {
    Command.COST: _cost,
    Command.PUBLICISE: lambda session, office, id_: publicity.publicise_project(
        session, actor=office.admin, project_id=id_
    ),
    Command.OPEN_VOTE: _open_vote,
    Command.AGREE: _agree,
    Command.RECEIVE: _receive,
    Command.UNDO: _undo,
    Command.REQUEST: _request,
    Command.RELEASE: _release,
    Command.ACCEPT: lambda session, office, id_: endings.accept_project(
        session, actor=office.admin, project_id=id_, note="通电正常"
    ),
    Command.SETTLE: _settle,
    Command.CLOSE: lambda session, office, id_: endings.close_project(
        session, actor=office.admin, project_id=id_
    ),
    Command.CANCEL: lambda session, office, id_: endings.cancel_project(
        session, actor=office.admin, project_id=id_, reason="改由厂家承建"
    ),
}
# Allowed by the table, refused by what else must hold: who paid, who has voted, what is kept.
GUARDED: dict[tuple[ProjectState, Command], type[DomainError]] = {
    (ProjectState.PUBLICISED, Command.AGREE): VoteNeededError,
    (ProjectState.ACTIVE, Command.CANCEL): errors.RetentionHeldError,
    (ProjectState.RETENTION, Command.CLOSE): errors.RetentionHeldError,
}


def _in_state(session: Session, office: Office, state: ProjectState) -> int:
    """A project in a state where the company still owes a fen, and builders have withheld money."""
    if state in {*LIFE[: LIFE.index(ProjectState.FUNDING)], ProjectState.CANCELLED}:
        return make_project(session, office, state=state, total_fen=10_000).id
    if state in {ProjectState.SETTLED, ProjectState.CLOSED}:
        plain = replace(office, retention_permille=0)
        return make_project(session, plain, state=state, total_fen=10_000).id
    project = make_project(session, office, state=ProjectState.AGREED, total_fen=10_000)
    pay_in(session, office, project.id, Party.COMPANY, 3_999)
    if state is ProjectState.FUNDING:
        return project.id
    spend(session, office, project.id, 1000)
    pay_in(session, office, project.id, Party.PROPERTY_FIRM, 1)
    if state is not ProjectState.ACTIVE:
        ACTS[Command.ACCEPT](session, office, project.id)
    if state is ProjectState.RETENTION:
        ACTS[Command.SETTLE](session, office, project.id)
    return project.id


@pytest.mark.parametrize("state", ProjectState)
def test_a_state_allows_exactly_its_commands(session: Session, state: ProjectState) -> None:
    office = replace(make_office(session), retention_permille=30)
    make_doors(session, office.community_id)
    project_id = _in_state(session, office, state)
    assert session.get_one(Project, project_id).state == state

    for command in Command:
        to = TRANSITIONS.get((state, command))
        ask_for = partial(
            steps.locked_project,
            session,
            actor=office.admin,
            project_id=project_id,
            command=command,
        )
        if to is None:
            with pytest.raises(errors.WrongStateError):
                ask_for()
        else:
            ask_for()
        if command in ACTS:
            _try(session, office, project_id, state, command)


def _try(
    session: Session, office: Office, project_id: int, state: ProjectState, command: Command
) -> None:
    """Ask for a command and undo it; what became of the state is as the table says."""
    to = TRANSITIONS.get((state, command))
    refusal = GUARDED.get((state, command))
    act = ACTS[command]
    savepoint = session.begin_nested()
    if to is None or refusal:
        # What was never costed has no line to spend on, what was never paid nothing to undo.
        with pytest.raises(refusal or (errors.WrongStateError, IndexError)):
            act(session, office, project_id)
    else:
        act(session, office, project_id)
        session.flush()
        session.expire_all()
        reached = session.get_one(Project, project_id).state
        expected = {to, ProjectState.RETENTION} if command is Command.SETTLE else {to}
        assert reached in expected, command
    savepoint.rollback()
    session.expire_all()
    assert session.get_one(Project, project_id).state == state


MONEY_ACTS: dict[Command, Callable[[Session, Office, int], object]] = {
    Command.ENDORSE: lambda session, office, id_: bills.approve_spending(
        session, actor=office.other_finance, request_id=id_
    ),
    Command.APPROVE: lambda session, office, id_: bills.approve_spending(
        session, actor=office.admin, request_id=id_
    ),
    Command.CHANGE_PAYEE: lambda session, office, id_: bills.change_payee(
        session,
        actor=office.finance,
        request_id=id_,
        payee="宏达棚架（青岛）",
        payee_account="",
        callback_note="打 0532-86881234 找王会计核过",
    ),
    Command.REFUSE: lambda session, office, id_: bills.refuse_spending(
        session, actor=office.admin, request_id=id_, reason="发票抬头不对"
    ),
    Command.WITHDRAW: lambda session, office, id_: bills.withdraw_spending(
        session, actor=office.finance, request_id=id_
    ),
    Command.PAY: lambda session, office, id_: bills.pay_spending(
        session, actor=office.finance, request_id=id_, paid_on=clock.today()
    ),
}
BEFORE: dict[SpendingState, tuple[Command, ...]] = {
    SpendingState.REQUESTED: (),
    SpendingState.ENDORSED: (Command.ENDORSE,),
    SpendingState.APPROVED: (Command.ENDORSE, Command.APPROVE),
    SpendingState.PAID: (Command.ENDORSE, Command.APPROVE, Command.PAY),
    SpendingState.REFUSED: (Command.REFUSE,),
    SpendingState.WITHDRAWN: (Command.WITHDRAW,),
}


@pytest.mark.parametrize("state", SpendingState)
def test_a_request_allows_exactly_its_commands(session: Session, state: SpendingState) -> None:
    office = make_office(session)
    policy.set_policy(session, actor=office.admin, values=ProjectPolicy(second_from_fen=10))
    project = make_project(session, office, state=ProjectState.FUNDING, total_fen=1000)
    request = ask(session, office, project.id, 10)
    for earlier in BEFORE[state]:
        MONEY_ACTS[earlier](session, office, request.id)

    for command, act in MONEY_ACTS.items():
        to = SPENDING_TRANSITIONS.get((state, command))
        # Who asks to approve what nobody has endorsed endorses it.
        if (state, command) == (SpendingState.REQUESTED, Command.APPROVE):
            to = SpendingState.ENDORSED
        if (state, command) == (SpendingState.ENDORSED, Command.ENDORSE):
            with pytest.raises(errors.ApprovedBeforeError):
                act(session, office, request.id)
            continue
        savepoint = session.begin_nested()
        if to is None:
            with pytest.raises(errors.SpendingDecidedError):
                act(session, office, request.id)
        else:
            act(session, office, request.id)
        view = bill_reads.spending(session, community_id=office.community_id, request_id=request.id)
        assert view.state is (to or state), command
        savepoint.rollback()
        session.expire_all()


@pytest.mark.parametrize("state", [ProjectState.CLOSED, ProjectState.CANCELLED])
def test_an_ended_project_keeps_its_contributions(session: Session, state: ProjectState) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.ACTIVE, total_fen=1000)
    if state is ProjectState.CLOSED:
        for command in (Command.ACCEPT, Command.SETTLE, Command.CLOSE):
            ACTS[command](session, office, project.id)
    else:
        ACTS[Command.CANCEL](session, office, project.id)

    with pytest.raises(errors.CannotUndoError):
        _undo(session, office, project.id)


def test_projects_are_numbered_by_community_and_year(session: Session) -> None:
    office, elsewhere = make_office(session), make_office(session, code="XJ")
    year = clock.today().year

    numbers = [
        make_project(session, one, state=ProjectState.DRAFT).number
        for one in (office, office, elsewhere)
    ]

    assert numbers == [f"{year}-01", f"{year}-02", f"{year}-01"]


def test_a_project_lies_in_its_own_community(session: Session) -> None:
    office, elsewhere = make_office(session), make_office(session, code="XJ")
    foreign = make_micro_grid(session, elsewhere.community_id)

    for place in (foreign.id, 10**9):
        with pytest.raises(errors.PlaceNotFoundError):
            projects.propose_project(session, actor=office.admin, title="补路", micro_grid_id=place)
    with pytest.raises(errors.CaseNotFoundError):
        projects.propose_project(session, actor=office.admin, title="补路", case_id=10**9)


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ([], errors.NoCostLinesError),
        ([CostLine("一", 0)], errors.BadAmountError),
        ([CostLine("一", 10**10), CostLine("二", 1)], errors.BadAmountError),
        ([CostLine("一", 1)] * 41, errors.TooManyCostLinesError),
    ],
)
def test_a_costing_out_of_reason_is_refused(
    session: Session, lines: list[CostLine], refusal: type[Exception]
) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.DRAFT)

    with pytest.raises(refusal):
        projects.cost_project(session, actor=office.admin, project_id=project.id, lines=lines)


def test_a_new_price_lets_the_unpaid_agreement_fall(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office)

    _cost(session, office, project.id)

    assert queries.agreement(session, project.id) is None
    assert queries.figures(session, project.id).agreed_fen == 0


def test_a_new_agreement_is_a_new_version(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, total_fen=1001)

    _agree(session, office, project.id)

    agreement = queries.agreement(session, project.id)
    assert agreement is not None
    assert agreement.version == 2
    assert [share.amount_fen for share in agreement.shares] == [401, 300, 300]
    assert len(agreement.digest) == 64


def test_shares_given_as_amounts_must_be_the_cost(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.VOTING, total_fen=1000)

    def agree(residents_fen: int) -> None:
        agreements.agree_project(
            session,
            actor=office.admin,
            project_id=project.id,
            signed_on=clock.today(),
            basis=Basis.AMOUNTS,
            weights={
                Party.COMPANY: 500,
                Party.PROPERTY_FIRM: 300,
                Party.RESIDENTS: residents_fen,
            },
        )

    with pytest.raises(errors.SharesDifferError):
        agree(199)
    agree(200)
    agreement = queries.agreement(session, project.id)
    assert agreement is not None
    assert [share.amount_fen for share in agreement.shares] == [500, 300, 200]


@pytest.mark.parametrize("weights", [{}, {Party.COMPANY: -1, Party.RESIDENTS: 5}])
def test_weights_out_of_reason_are_refused(session: Session, weights: dict[Party, int]) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.VOTING)

    with pytest.raises(errors.BadWeightsError):
        agreements.agree_project(
            session,
            actor=office.admin,
            project_id=project.id,
            signed_on=clock.today(),
            basis=Basis.AGREEMENT,
            weights=weights,
        )


def test_an_agreement_is_not_signed_tomorrow(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.VOTING)

    with pytest.raises(errors.FutureDayError):
        agreements.agree_project(
            session,
            actor=office.admin,
            project_id=project.id,
            signed_on=clock.today() + timedelta(days=1),
            basis=Basis.AGREEMENT,
            weights=SHARES,
            document_file_id=make_document(session, actor=office.admin),
        )


def test_totals_leave_out_what_was_cancelled(session: Session) -> None:
    office = make_office(session)
    make_project(session, office, state=ProjectState.FUNDING, total_fen=1000)
    make_project(session, office, state=ProjectState.AGREED, total_fen=500)
    make_project(session, office, state=ProjectState.CANCELLED)

    totals = queries.totals(session, office.community_id)

    assert (totals.count, totals.agreed_fen, totals.received_fen) == (2, 1500, 1000)


def test_projects_are_listed_newest_first_page_by_page(session: Session) -> None:
    office = make_office(session)
    made = [make_project(session, office, state=ProjectState.DRAFT).id for _ in range(3)]

    first = queries.projects(session, community_id=office.community_id, limit=2)
    rest = queries.projects(
        session, community_id=office.community_id, limit=2, cursor=first.next_cursor
    )

    assert [view.id for view in (*first.items, *rest.items)] == made[::-1]
    assert rest.next_cursor is None
