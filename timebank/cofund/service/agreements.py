"""The agreement of the three parties: shares that add up to the cost, sealed by the database."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.cofund.errors import projects as errors
from timebank.cofund.models.projects import Agreement, AgreementShare, Project
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules import projects as rules
from timebank.cofund.rules import shares as shares_rules
from timebank.cofund.rules.projects import Basis, Command, CostLine, Party, ProjectView
from timebank.cofund.service import steps
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.rules.values import AccountKind, Asset, Side
from timebank.ledger.service import books as ledger_books


def agree_project(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    signed_on: date,
    basis: Basis,
    weights: Mapping[Party, int],
    document_file_id: int | None = None,
) -> ProjectView:
    """Record the signed agreement: the shares add up to the cost exactly, to the fen.

    With the basis ``amounts`` the weights are the amounts themselves, in fen.

    Raises:
        BadWeightsError, SharesDifferError: the weights give no shares.
    """
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=Command.AGREE
    )
    steps.check_day(signed_on, field="signed_on")
    if document_file_id is not None:
        steps.check_document(session, actor=actor, file_id=document_file_id)
    lines = [
        CostLine(line.label, line.amount_fen) for line in queries.cost_lines(session, project.id)
    ]
    total_fen = sum(line.amount_fen for line in lines)
    shares = _shares(basis=basis, weights=weights, total_fen=total_fen)
    version = _next_version(session, project.id)
    agreement = Agreement(
        community_id=project.community_id,
        project_id=project.id,
        version=version,
        signed_on=signed_on,
        basis=basis,
        total_fen=total_fen,
        digest=shares_rules.agreement_digest(
            number=project.number,
            version=version,
            signed_on=signed_on,
            basis=basis,
            lines=lines,
            shares=shares,
        ),
        document_file_id=document_file_id,
        agreed_by=actor.user_id,
        recorded_at=clock.now(),
    )
    _seal(session, project=project, agreement=agreement, weights=weights, shares=shares)
    steps.move(project, Command.AGREE)
    session.flush()
    steps.leave_trail(
        session, actor=actor, project=project, act="agreed", version=version, total_fen=total_fen
    )
    return queries.project(session, community_id=project.community_id, project_id=project.id)


def _next_version(session: Session, project_id: int) -> int:
    """Return the number of the project's next agreement."""
    last = session.scalar(
        select(func.max(Agreement.version)).where(Agreement.project_id == project_id)
    )
    return 1 + (last or 0)


def _shares(*, basis: Basis, weights: Mapping[Party, int], total_fen: int) -> dict[Party, int]:
    """Return the shares that the weights give, checked."""
    given = [weights.get(party, 0) for party in Party]
    if min(given) < 0 or sum(given) == 0 or max(given) > rules.WEIGHT_MAX:
        raise errors.BadWeightsError(field="weights")
    if basis is Basis.AMOUNTS and sum(given) != total_fen:
        raise errors.SharesDifferError(field="weights", sum_fen=sum(given), total_fen=total_fen)
    return shares_rules.split_shares(total_fen=total_fen, weights=weights)


def _seal(
    session: Session,
    *,
    project: Project,
    agreement: Agreement,
    weights: Mapping[Party, int],
    shares: Mapping[Party, int],
) -> None:
    """Write the agreement, its shares and their accounts, then seal it and put it in force."""
    session.add(agreement)
    session.flush()
    book_id = steps.owners_book(session, project)
    project.cash_account_id = ledger_books.ensure_account(
        session,
        book_id=book_id,
        asset=Asset.YUAN,
        code=f"cash:{project.id}",
        name=f"项目 {project.number} 账上资金",
        kind=AccountKind.BOUNDED,
        normal=Side.DEBIT,
        floor=0,
        project_id=project.id,
    )
    project.cost_account_id = _open_account(
        session, project=project, book_id=book_id, code="cost", name="花费", normal=Side.DEBIT
    )
    for party, amount_fen in shares.items():
        account_id = _open_account(
            session,
            project=project,
            book_id=book_id,
            code="fund",
            name=f"出资 {party.value}",
            normal=Side.CREDIT,
            tail=f":{party.value}",
        )
        session.add(
            AgreementShare(
                community_id=project.community_id,
                agreement_id=agreement.id,
                party=party,
                weight=weights.get(party, 0),
                amount_fen=amount_fen,
                fund_account_id=account_id,
            )
        )
    session.flush()
    agreement.is_sealed = True
    session.flush()
    project.agreement_version = agreement.version


def _open_account(
    session: Session,
    *,
    project: Project,
    book_id: int,
    code: str,
    name: str,
    normal: Side,
    tail: str = "",
) -> int:
    """Return one of the project's open accounts, made when missing."""
    return ledger_books.ensure_account(
        session,
        book_id=book_id,
        asset=Asset.YUAN,
        code=f"{code}:{project.id}{tail}",
        name=f"项目 {project.number} {name}",
        kind=AccountKind.OPEN,
        normal=normal,
        floor=None,
        project_id=project.id,
    )
