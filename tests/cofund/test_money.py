"""Contributions and spending: what the figures say, and what is refused."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.make import cases as make_cases
from tests.make.access import make_actor
from tests.make.cofund import ask, make_document, make_office, make_project, pay_in, spend
from tests.make.community import make_person
from timebank.cofund.errors import projects as errors
from timebank.cofund.queries import bills as bill_reads
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.projects import Method, Party, ProjectState, SpendingState
from timebank.cofund.service import bills, endings, money
from timebank.kernel import clock, ids
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import entries as ledger_entries
from timebank.trail.service import store_file


def test_figures_say_what_the_ledger_holds(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, total_fen=28_600_000)

    pay_in(session, office, project.id, Party.COMPANY, 11_440_000)
    pay_in(session, office, project.id, Party.PROPERTY_FIRM, 6_006_000)
    pay_in(session, office, project.id, Party.RESIDENTS, 7_124_050)
    spend(session, office, project.id, 13_860_000)

    figures = queries.figures(session, project.id)
    assert (figures.agreed_fen, figures.received_fen) == (28_600_000, 24_570_050)
    assert (figures.spent_fen, figures.left_fen) == (13_860_000, 10_710_050)
    assert figures.owed_fen == 2_574_000 + 1_455_950
    book = ledger_accounts.book_id(session, community_id=office.community_id, code="owners")
    assert book is not None
    held = {
        code: ledger_accounts.balance(
            session, ledger_accounts.account_id(session, book_id=book, code=code) or 0
        )
        for code in (
            f"cash:{project.id}",
            f"cost:{project.id}",
            f"fund:{project.id}:company",
            f"fund:{project.id}:property_firm",
            f"fund:{project.id}:residents",
        )
    }
    assert [one.posted for one in held.values()] == [
        10_710_050,
        13_860_000,
        11_440_000,
        6_006_000,
        7_124_050,
    ]


def test_what_is_spent_falls_on_the_parties_by_what_they_paid(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, total_fen=1000)
    for party, fen in ((Party.COMPANY, 300), (Party.PROPERTY_FIRM, 200), (Party.RESIDENTS, 100)):
        pay_in(session, office, project.id, party, fen)

    spend(session, office, project.id, 400)

    parties = queries.figures(session, project.id).parties
    assert [one.spent_fen for one in parties] == [200, 133, 67]
    assert [one.left_fen for one in parties] == [100, 67, 33]


def test_nobody_pays_more_than_they_owe(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, total_fen=1000)
    pay_in(session, office, project.id, Party.COMPANY, 399)

    with pytest.raises(errors.MoreThanOwedError) as refusal:
        pay_in(session, office, project.id, Party.COMPANY, 2)

    assert refusal.value.facts == {"owed_fen": 1, "amount_fen": 2}
    assert queries.figures(session, project.id).received_fen == 399


def test_a_party_without_a_share_does_not_pay(session: Session) -> None:
    office = make_office(session)
    project = make_project(
        session, office, weights={Party.COMPANY: 1, Party.PROPERTY_FIRM: 1, Party.RESIDENTS: 0}
    )

    with pytest.raises(errors.PartyWithoutShareError):
        pay_in(session, office, project.id, Party.RESIDENTS, 1)


@pytest.mark.parametrize("amount_fen", [0, -1, 10**10 + 1])
def test_an_amount_out_of_reason_is_refused(session: Session, amount_fen: int) -> None:
    office = make_office(session)
    project = make_project(session, office)

    with pytest.raises(errors.BadAmountError):
        pay_in(session, office, project.id, Party.COMPANY, amount_fen)


@pytest.mark.parametrize(
    ("days", "refusal"), [(1, errors.FutureDayError), (-1, errors.BeforeAgreementError)]
)
def test_a_day_that_cannot_be_is_refused(
    session: Session, days: int, refusal: type[Exception]
) -> None:
    office = make_office(session)
    project = make_project(session, office)

    with pytest.raises(refusal):
        money.receive_contribution(
            session,
            actor=office.finance,
            project_id=project.id,
            party=Party.COMPANY,
            amount_fen=100,
            received_on=clock.today() + timedelta(days=days),
            payer_name="九龙共富公司",
            method=Method.CASH,
        )


def test_the_same_key_books_a_contribution_once(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office)
    key = ids.new_id()

    def receive(amount_fen: int) -> int:
        return money.receive_contribution(
            session,
            actor=office.finance,
            project_id=project.id,
            party=Party.COMPANY,
            amount_fen=amount_fen,
            received_on=clock.today(),
            payer_name="九龙共富公司",
            method=Method.BANK,
            key=key,
        ).id

    assert receive(100) == receive(100)
    with pytest.raises(errors.SameKeyError):
        receive(101)
    assert queries.figures(session, project.id).received_fen == 100


def test_a_contribution_is_undone_once_with_a_reason(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office)
    wrong = pay_in(session, office, project.id, Party.COMPANY, 500)

    undone = money.undo_contribution(
        session, actor=office.finance, contribution_id=wrong, reason="付到别的项目了"
    )

    assert undone.undone_reason == "付到别的项目了"
    assert queries.figures(session, project.id).received_fen == 0
    with pytest.raises(errors.AlreadyUndoneError):
        money.undo_contribution(
            session, actor=office.finance, contribution_id=wrong, reason="再撤一次"
        )


def test_spent_money_cannot_be_undone(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office)
    paid = pay_in(session, office, project.id, Party.COMPANY, 500)
    spend(session, office, project.id, 1)

    with pytest.raises(errors.ContributionSpentError):
        money.undo_contribution(session, actor=office.finance, contribution_id=paid, reason="错账")

    assert queries.figures(session, project.id).received_fen == 500


def test_undoing_needs_a_reason(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office)
    paid = pay_in(session, office, project.id, Party.COMPANY, 500)

    with pytest.raises(errors.MissingReasonError):
        money.undo_contribution(session, actor=office.finance, contribution_id=paid, reason=" ")


def test_a_request_waits_for_another_person(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING)
    request = ask(session, office, project.id, 500)

    with pytest.raises(errors.OwnRequestError):
        bills.approve_spending(session, actor=office.finance, request_id=request.id)

    approved = bills.approve_spending(session, actor=office.other_finance, request_id=request.id)
    assert approved.state is SpendingState.APPROVED
    assert approved.approved_name == "许敏"
    assert queries.figures(session, project.id).held_fen == 500


def test_a_second_account_of_the_same_person_approves_nothing(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING)
    person = make_person(session, community_id=office.community_id, name="陈立")
    asker, again = (
        make_actor(
            session,
            community_id=office.community_id,
            roles=(("finance", "community", None),),
            person_id=person.id,
        )
        for _ in range(2)
    )
    request = ask(session, office, project.id, 500, actor=asker)

    with pytest.raises(errors.OwnRequestError):
        bills.approve_spending(session, actor=again, request_id=request.id)

    assert queries.figures(session, project.id).held_fen == 0


def test_nobody_asks_for_more_than_was_ever_agreed(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING)
    agreed_fen = queries.figures(session, project.id).agreed_fen

    with pytest.raises(errors.AboveAgreedError):
        ask(session, office, project.id, agreed_fen + 1)

    assert ask(session, office, project.id, agreed_fen).amount_fen == agreed_fen


def test_one_key_approves_and_pays_each_request_by_itself(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING)
    document = make_document(session, actor=office.finance)
    key = ids.new_id()
    requests = [
        bills.request_spending(
            session,
            actor=office.finance,
            project_id=project.id,
            cost_line_id=queries.cost_lines(session, project.id)[0].id,
            amount_fen=500,
            payee="宏达棚架厂",
            purpose="棚架首款",
            document_file_id=document,
        )
        for _ in range(2)
    ]

    for one in requests:
        bills.approve_spending(session, actor=office.admin, request_id=one.id, key=key)
    assert queries.figures(session, project.id).held_fen == 1000
    for one in requests:
        bills.pay_spending(
            session, actor=office.finance, request_id=one.id, paid_on=clock.today(), key=key
        )

    assert queries.figures(session, project.id).spent_fen == 1000


def test_a_photo_of_a_case_is_no_document(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING)
    photo = store_file(
        session,
        actor=office.admin,
        content=make_cases.a_photo().content,
        name="灯.jpg",
        purpose="photo",
    )

    with pytest.raises(errors.DocumentNotFoundError):
        bills.request_spending(
            session,
            actor=office.finance,
            project_id=project.id,
            cost_line_id=queries.cost_lines(session, project.id)[0].id,
            amount_fen=500,
            payee="宏达棚架厂",
            purpose="棚架首款",
            document_file_id=photo,
        )


def test_no_more_is_approved_than_came_in(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office)
    pay_in(session, office, project.id, Party.COMPANY, 1000)
    first, second = (ask(session, office, project.id, 600) for _ in range(2))
    bills.approve_spending(session, actor=office.admin, request_id=first.id)

    with pytest.raises(errors.NotEnoughReceivedError) as refusal:
        bills.approve_spending(session, actor=office.admin, request_id=second.id)

    assert refusal.value.facts == {"available_fen": 400, "amount_fen": 600}
    view = bill_reads.spending(session, community_id=office.community_id, request_id=second.id)
    assert view.state is SpendingState.REQUESTED


def test_paying_turns_held_cash_into_cost(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING)

    paid = spend(session, office, project.id, 700)

    assert paid.state is SpendingState.PAID
    figures = queries.figures(session, project.id)
    assert (figures.spent_fen, figures.held_fen) == (700, 0)
    assert paid.entry_id is not None
    assert ledger_entries.entry(session, paid.entry_id).kind == "cofund.spent"


def test_a_refused_request_frees_what_was_held(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING)
    request = ask(session, office, project.id, 700)
    bills.approve_spending(session, actor=office.admin, request_id=request.id)

    bills.refuse_spending(session, actor=office.admin, request_id=request.id, reason="发票抬头不对")

    assert queries.figures(session, project.id).held_fen == 0
    with pytest.raises(errors.SpendingDecidedError):
        bills.pay_spending(
            session, actor=office.finance, request_id=request.id, paid_on=clock.today()
        )


def test_only_who_asked_withdraws(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING)
    request = ask(session, office, project.id, 700)

    with pytest.raises(errors.NotOwnRequestError):
        bills.withdraw_spending(session, actor=office.admin, request_id=request.id)

    view = bills.withdraw_spending(session, actor=office.finance, request_id=request.id)
    assert view.state is SpendingState.WITHDRAWN


def test_a_request_names_a_line_and_a_document_of_its_own(session: Session) -> None:
    office, elsewhere = make_office(session), make_office(session, code="XJ")
    project = make_project(session, office, state=ProjectState.FUNDING)
    other = make_project(session, office, state=ProjectState.FUNDING, title="绿化补种")
    line = queries.cost_lines(session, project.id)[0].id
    foreign_line = queries.cost_lines(session, other.id)[0].id
    document = make_document(session, actor=office.finance)
    foreign_document = make_document(session, actor=elsewhere.finance)

    def request(cost_line_id: int, document_file_id: int) -> None:
        bills.request_spending(
            session,
            actor=office.finance,
            project_id=project.id,
            cost_line_id=cost_line_id,
            amount_fen=1,
            payee="宏达棚架厂",
            purpose="定金",
            document_file_id=document_file_id,
        )

    with pytest.raises(errors.CostLineNotFoundError):
        request(foreign_line, document)
    with pytest.raises(errors.DocumentNotFoundError):
        request(line, foreign_document)


def test_a_surplus_goes_back_by_what_was_paid(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, total_fen=1000)
    for party, fen in ((Party.COMPANY, 400), (Party.PROPERTY_FIRM, 300), (Party.RESIDENTS, 100)):
        pay_in(session, office, project.id, party, fen)
    spend(session, office, project.id, 333)
    endings.accept_project(session, actor=office.admin, project_id=project.id, note="通电正常")

    endings.settle_project(session, actor=office.admin, project_id=project.id)
    closed = endings.close_project(session, actor=office.admin, project_id=project.id)

    assert closed.state is ProjectState.CLOSED
    assert [one.refunded_fen for one in closed.figures.parties] == [234, 175, 58]
    assert [one.left_fen for one in closed.figures.parties] == [0, 0, 0]
    assert [one.spent_fen for one in closed.figures.parties] == [166, 125, 42]
    assert closed.figures.owed_fen == 0


def test_cancelling_gives_everybody_back_what_they_paid(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING, total_fen=1001)

    cancelled = endings.cancel_project(
        session, actor=office.admin, project_id=project.id, reason="改由厂家承建"
    )

    assert [one.refunded_fen for one in cancelled.figures.parties] == [
        one.received_fen for one in cancelled.figures.parties
    ]
    assert cancelled.figures.left_fen == 0


def test_a_project_does_not_end_while_a_request_waits(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING)
    ask(session, office, project.id, 500)

    with pytest.raises(errors.OpenSpendingError):
        endings.cancel_project(
            session, actor=office.admin, project_id=project.id, reason="改由厂家承建"
        )


def test_money_of_another_community_is_not_there(session: Session) -> None:
    office, elsewhere = make_office(session), make_office(session, code="XJ")
    project = make_project(session, office, state=ProjectState.FUNDING)
    request = ask(session, office, project.id, 500)

    with pytest.raises(errors.ProjectNotFoundError):
        pay_in(session, elsewhere, project.id, Party.COMPANY, 1)
    with pytest.raises(errors.SpendingRequestNotFoundError):
        bills.approve_spending(session, actor=elsewhere.admin, request_id=request.id)
