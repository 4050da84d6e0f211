"""What the database refuses by itself, on both engines, whoever writes."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.make.cofund import ask, make_office, make_project, pay_in
from timebank.cofund.models.projects import Agreement, AgreementShare
from timebank.cofund.rules.projects import Basis, Party, ProjectState
from timebank.kernel import clock


def _refused(session: Session, statement: str, **values: object) -> None:
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(text(statement), values)


def _draft_agreement(
    session: Session, project_id: int, community_id: int, *, total_fen: int
) -> Agreement:
    agreement = Agreement(
        community_id=community_id,
        project_id=project_id,
        version=7,
        signed_on=clock.today(),
        basis=Basis.AGREEMENT,
        total_fen=total_fen,
        most_fen=total_fen,
        digest="0" * 64,
        recorded_at=clock.now(),
    )
    session.add(agreement)
    session.flush()
    return agreement


@pytest.mark.parametrize("shares", [(400, 300, 299), (400, 300, 301), (400, 600), (), (1000,)])
def test_an_agreement_whose_shares_do_not_add_up_is_not_sealed(
    session: Session, shares: tuple[int, ...]
) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.COSTED, total_fen=1000)
    agreement = _draft_agreement(session, project.id, office.community_id, total_fen=1000)
    for party, fen in zip(Party, shares, strict=False):
        session.add(
            AgreementShare(
                community_id=office.community_id,
                agreement_id=agreement.id,
                party=party,
                weight=1,
                amount_fen=fen,
                fund_account_id=1,
            )
        )
    session.flush()

    _refused(session, "UPDATE agreement SET is_sealed = true WHERE id = :id", id=agreement.id)


def test_an_agreement_over_another_sum_than_the_costing_is_not_sealed(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.COSTED, total_fen=999)
    agreement = _draft_agreement(session, project.id, office.community_id, total_fen=1000)
    for party, fen in zip(Party, (400, 300, 300), strict=True):
        session.add(
            AgreementShare(
                community_id=office.community_id,
                agreement_id=agreement.id,
                party=party,
                weight=1,
                amount_fen=fen,
                fund_account_id=1,
            )
        )
    session.flush()

    _refused(session, "UPDATE agreement SET is_sealed = true WHERE id = :id", id=agreement.id)


def test_a_sealed_agreement_stays_as_it_was_signed(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, total_fen=1000)
    at = {"id": project.id}
    of = "(SELECT id FROM agreement WHERE project_id = :id)"

    _refused(session, "UPDATE agreement SET total_fen = 1 WHERE project_id = :id", **at)
    _refused(session, "UPDATE agreement SET is_sealed = false WHERE project_id = :id", **at)
    _refused(session, "DELETE FROM agreement WHERE project_id = :id", **at)
    _refused(
        session,
        f"UPDATE agreement_share SET amount_fen = amount_fen + 1 WHERE agreement_id = {of}",
        **at,
    )
    _refused(session, f"DELETE FROM agreement_share WHERE agreement_id = {of}", **at)


def test_no_project_is_agreed_without_a_sealed_agreement(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.COSTED)

    _refused(session, "UPDATE project SET state = 'agreed' WHERE id = :id", id=project.id)


def test_a_state_moves_only_along_its_arrows(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office)

    for state in ("active", "accepted", "closed", "draft"):
        _refused(
            session, "UPDATE project SET state = :state WHERE id = :id", id=project.id, state=state
        )
    _refused(session, "DELETE FROM project WHERE id = :id", id=project.id)


def test_nobody_approves_their_own_request(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING)
    request = ask(session, office, project.id, 5)

    _refused(
        session,
        "UPDATE spending_request SET approved_by = requested_by WHERE id = :id",
        id=request.id,
    )
    _refused(
        session, "UPDATE spending_request SET state = 'approved' WHERE id = :id", id=request.id
    )
    _refused(session, "UPDATE spending_request SET state = 'paid' WHERE id = :id", id=request.id)


def test_a_request_has_a_document(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.FUNDING)
    request = ask(session, office, project.id, 5)

    _refused(
        session,
        "UPDATE spending_request SET document_file_id = NULL WHERE id = :id",
        id=request.id,
    )


def test_no_party_pays_more_than_its_share(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, total_fen=1000)
    paid = pay_in(session, office, project.id, Party.COMPANY, 399)

    _refused(
        session,
        "INSERT INTO contribution (community_id, project_id, party, amount_fen, received_on,"
        " payer_name, method, reference, entry_id, recorded_at, undone_reason)"
        " SELECT community_id, project_id, party, 2, received_on, payer_name, method, reference,"
        " entry_id, recorded_at, '' FROM contribution WHERE id = :id",
        id=paid,
    )


def test_a_contribution_stays(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, total_fen=1000)
    paid = pay_in(session, office, project.id, Party.COMPANY, 399)

    _refused(session, "UPDATE contribution SET amount_fen = 1 WHERE id = :id", id=paid)
    _refused(session, "UPDATE contribution SET party = 'residents' WHERE id = :id", id=paid)
    _refused(session, "DELETE FROM contribution WHERE id = :id", id=paid)
