"""A project's life: every state with every command, numbers, agreements."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.make.cofund import (
    SHARES,
    Office,
    ask,
    make_document,
    make_office,
    make_project,
    pay_in,
)
from tests.make.community import make_micro_grid
from timebank.cofund.errors import projects as errors
from timebank.cofund.models.projects import Project
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.projects import (
    TRANSITIONS,
    Basis,
    Command,
    CostLine,
    Party,
    ProjectState,
    SpendingState,
)
from timebank.cofund.service import agreements, bills, money, projects
from timebank.kernel import clock

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


ACTS: dict[Command, Act] = {
    Command.COST: _cost,
    Command.AGREE: _agree,
    Command.RECEIVE: _receive,
    Command.REQUEST: _request,
    Command.ACCEPT: lambda session, office, id_: projects.accept_project(
        session, actor=office.admin, project_id=id_, note="通电正常"
    ),
    Command.CLOSE: lambda session, office, id_: projects.close_project(
        session, actor=office.admin, project_id=id_
    ),
    Command.CANCEL: lambda session, office, id_: projects.cancel_project(
        session, actor=office.admin, project_id=id_, reason="改由厂家承建"
    ),
}


def _in_state(session: Session, office: Office, state: ProjectState) -> int:
    """A project in a state where the company still owes a fen."""
    project = make_project(session, office, state=ProjectState.AGREED, total_fen=1000)
    if state in {ProjectState.DRAFT, ProjectState.COSTED, ProjectState.AGREED}:
        return make_project(session, office, state=state, total_fen=1000).id
    if state is ProjectState.CANCELLED:
        return make_project(session, office, state=state).id
    pay_in(session, office, project.id, Party.COMPANY, 399)
    if state is ProjectState.FUNDING:
        return project.id
    request = ask(session, office, project.id, 100)
    bills.approve_spending(session, actor=office.admin, request_id=request.id)
    bills.pay_spending(session, actor=office.finance, request_id=request.id, paid_on=clock.today())
    for reached in (ProjectState.ACCEPTED, ProjectState.CLOSED):
        if state in {reached, ProjectState.CLOSED}:
            command = Command.ACCEPT if reached is ProjectState.ACCEPTED else Command.CLOSE
            ACTS[command](session, office, project.id)
    return project.id


@pytest.mark.parametrize("command", ACTS)
@pytest.mark.parametrize("state", ProjectState)
def test_a_state_allows_exactly_its_commands(
    session: Session, state: ProjectState, command: Command
) -> None:
    office = make_office(session)
    project_id = _in_state(session, office, state)
    to = TRANSITIONS.get((state, command))

    if to is None:
        # A project that was never costed has no line to spend on; that is refused as well.
        with pytest.raises((errors.WrongStateError, IndexError)):
            ACTS[command](session, office, project_id)
    else:
        ACTS[command](session, office, project_id)

    session.expire_all()
    assert session.get_one(Project, project_id).state == (to or state)


MONEY_ACTS: dict[Command, Callable[[Session, Office, int], object]] = {
    Command.APPROVE: lambda session, office, id_: bills.approve_spending(
        session, actor=office.admin, request_id=id_
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
    SpendingState.APPROVED: (Command.APPROVE,),
    SpendingState.PAID: (Command.APPROVE, Command.PAY),
    SpendingState.REFUSED: (Command.REFUSE,),
    SpendingState.WITHDRAWN: (Command.WITHDRAW,),
}


@pytest.mark.parametrize("command", MONEY_ACTS)
@pytest.mark.parametrize("state", SpendingState)
def test_a_request_allows_exactly_its_commands(
    session: Session, state: SpendingState, command: Command
) -> None:
    from timebank.cofund.rules.projects import SPENDING_TRANSITIONS

    office = make_office(session)
    project = make_project(session, office, state=ProjectState.ACTIVE, total_fen=1000)
    request = ask(session, office, project.id, 10)
    for act in BEFORE[state]:
        MONEY_ACTS[act](session, office, request.id)
    to = SPENDING_TRANSITIONS.get((state, command))

    if to is None:
        with pytest.raises(errors.SpendingDecidedError):
            MONEY_ACTS[command](session, office, request.id)
    else:
        MONEY_ACTS[command](session, office, request.id)

    view = queries.spending(session, community_id=office.community_id, request_id=request.id)
    assert view.state is (to or state)


@pytest.mark.parametrize("state", [ProjectState.CLOSED, ProjectState.CANCELLED])
def test_an_ended_project_keeps_its_contributions(session: Session, state: ProjectState) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.ACTIVE, total_fen=1000)
    if state is ProjectState.CLOSED:
        ACTS[Command.ACCEPT](session, office, project.id)
        ACTS[Command.CLOSE](session, office, project.id)
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
    project = make_project(session, office, state=ProjectState.COSTED, total_fen=1000)

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
    project = make_project(session, office, state=ProjectState.COSTED)

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
    project = make_project(session, office, state=ProjectState.COSTED)

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
