"""The agreement of the three parties: shares that add up to the cost, sealed by the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.cofund.errors import projects as errors
from timebank.cofund.errors.votes import VoteNeededError
from timebank.cofund.models.projects import Agreement, AgreementShare, Project
from timebank.cofund.models.votes import Vote
from timebank.cofund.queries import policy as policies
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import votes as vote_reads
from timebank.cofund.rules import policy as policies_rules
from timebank.cofund.rules import projects as rules
from timebank.cofund.rules import shares as shares_rules
from timebank.cofund.rules.policy import ProjectPolicy
from timebank.cofund.rules.projects import Basis, Command, CostLine, Party, ProjectView
from timebank.cofund.service import publicity, steps
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.rules.values import AccountKind, Asset, Side
from timebank.ledger.service import books as ledger_books

_FUND_NAMES = {Party.COMPANY: "公司", Party.PROPERTY_FIRM: "物业", Party.RESIDENTS: "居民"}


def agree_project(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    signed_on: date,
    basis: Basis,
    weights: Mapping[Party, int],
    document_file_id: int | None = None,
    retention_permille: int | None = None,
) -> ProjectView:
    """Record the signed agreement: the shares add up to the cost exactly, to the fen.

    With the basis ``amounts`` the weights are the amounts themselves, in fen. What is kept back of
    each bill is as the rules in force say, unless the parties agreed on less.

    Raises:
        BadWeightsError, SharesDifferError: the weights give no shares.
        VoteNeededError: the owners have not passed this costing, and it is none of the small ones.
        SignedTooEarlyError, OpenObjectionsError: its publicity is not over.
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
    shares = shares_of(basis=basis, weights=weights, total_fen=total_fen)
    version = next_version(session, project.id)
    policy = policies.in_force(session, project.community_id)
    approval = _approval(
        session, project=project, policy=policy, total_fen=total_fen, shares=shares
    )
    _check_signed(session, project=project, vote=approval.vote, signed_on=signed_on)
    project.retention_permille = _retention(policy, retention_permille)
    project.before_acceptance_permille = policy.before_acceptance_permille
    project.defect_months = policy.defect_months
    agreement = new_agreement(
        actor=actor,
        project=project,
        terms=Terms(signed_on, basis, total_fen, shares, document_file_id),
        version=version,
        vote_id=None if approval.vote is None else approval.vote.id,
        most_fen=approval.most_fen,
        lines=lines,
    )
    seal(session, project=project, agreement=agreement, weights=weights, shares=shares)
    steps.move(project, Command.AGREE)
    session.flush()
    steps.leave_trail(
        session, actor=actor, project=project, act="agreed", version=version, total_fen=total_fen
    )
    return queries.project(session, community_id=project.community_id, project_id=project.id)


@dataclass(frozen=True, slots=True)
class Terms:
    """What was signed: when, by what the shares go, the total and each share, and on what paper."""

    signed_on: date
    basis: Basis
    total_fen: int
    shares: Mapping[Party, int]
    document_file_id: int | None


def new_agreement(
    *,
    actor: Actor,
    project: Project,
    terms: Terms,
    version: int,
    vote_id: int | None,
    most_fen: int,
    lines: Sequence[CostLine],
    reason: str = "",
) -> Agreement:
    """Return an agreement that is to be sealed, with the digest that names what was signed."""
    return Agreement(
        community_id=project.community_id,
        project_id=project.id,
        version=version,
        vote_id=vote_id,
        most_fen=most_fen,
        reason=reason,
        signed_on=terms.signed_on,
        basis=terms.basis,
        total_fen=terms.total_fen,
        digest=shares_rules.agreement_digest(
            number=project.number,
            version=version,
            signed_on=terms.signed_on,
            basis=terms.basis,
            lines=lines,
            shares=terms.shares,
        ),
        document_file_id=terms.document_file_id,
        agreed_by=actor.user_id,
        recorded_at=clock.now(),
    )


@dataclass(frozen=True, slots=True)
class Approval:
    """What lets the parties sign: a vote, or the rule for small projects; and up to what sum."""

    vote: Vote | None
    most_fen: int


def _approval(
    session: Session,
    *,
    project: Project,
    policy: ProjectPolicy,
    total_fen: int,
    shares: Mapping[Party, int],
) -> Approval:
    """Return what lets the parties sign this costing.

    Raises:
        VoteNeededError: nothing does.
    """
    vote = vote_reads.passed_vote(session, project.id, total_fen=total_fen)
    if vote is not None:
        return Approval(vote, policies_rules.most_of(policy, vote.total_fen))
    is_free = policies_rules.may_skip_vote(
        policy, total_fen=total_fen, residents_fen=shares[Party.RESIDENTS]
    )
    if not is_free:
        raise VoteNeededError(limit_fen=policy.vote_free_fen)
    return Approval(None, policy.vote_free_fen)


def _check_signed(
    session: Session, *, project: Project, vote: Vote | None, signed_on: date
) -> None:
    """Refuse a signature before the publicity was over, or before the owners had decided."""
    publicity.check_objections(session, project)
    until = project.publicised_to
    assert until is not None  # every project that gets here was publicised
    if signed_on <= until:
        raise errors.SignedTooEarlyError(field="signed_on", until=until)
    if vote is not None and signed_on < vote.opens_on:
        raise errors.SignedTooEarlyError(field="signed_on", until=vote.opens_on)


def _retention(policy: ProjectPolicy, agreed_permille: int | None) -> int:
    """Return what is kept back of each bill, in thousandths: never more than the rules allow."""
    if agreed_permille is None:
        return policy.retention_permille
    return max(0, min(agreed_permille, policies_rules.RANGES["retention_permille"][1]))


def next_version(session: Session, project_id: int) -> int:
    """Return the number of the project's next agreement."""
    last = session.scalar(
        select(func.max(Agreement.version)).where(Agreement.project_id == project_id)
    )
    return 1 + (last or 0)


def shares_of(*, basis: Basis, weights: Mapping[Party, int], total_fen: int) -> dict[Party, int]:
    """Return the shares that the weights give, checked."""
    given = [weights.get(party, 0) for party in Party]
    if min(given) < 0 or sum(given) == 0 or max(given) > rules.WEIGHT_MAX:
        raise errors.BadWeightsError(field="weights")
    if basis is Basis.AMOUNTS and sum(given) != total_fen:
        raise errors.SharesDifferError(field="weights", sum_fen=sum(given), total_fen=total_fen)
    return shares_rules.split_shares(total_fen=total_fen, weights=weights)


def seal(
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
    project.cash_account_id = _bounded_account(
        session, project=project, book_id=book_id, code="cash", name="账上资金"
    )
    project.retention_account_id = _bounded_account(
        session, project=project, book_id=book_id, code="retention", name="质保金"
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
            name=f"{_FUND_NAMES[party]}出资",
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


def _bounded_account(
    session: Session, *, project: Project, book_id: int, code: str, name: str
) -> int:
    """Return one of the project's accounts that never fall below zero, made when missing."""
    return ledger_books.ensure_account(
        session,
        book_id=book_id,
        asset=Asset.YUAN,
        code=f"{code}:{project.id}",
        name=f"项目 {project.number} {name}",
        kind=AccountKind.BOUNDED,
        normal=Side.DEBIT,
        floor=0,
        project_id=project.id,
    )


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
