"""A changed agreement while money moves: other prices, a new version, up to the overrun."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.cofund.errors import projects as errors
from timebank.cofund.errors.votes import OverrunNeedsVoteError
from timebank.cofund.models.projects import (
    Project,
    ProjectCostLine,
    SpendingRequest,
)
from timebank.cofund.models.receivables import Receivable
from timebank.cofund.queries import policy as policies
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import votes as vote_reads
from timebank.cofund.rules import policy as policies_rules
from timebank.cofund.rules import projects as rules
from timebank.cofund.rules.projects import (
    Basis,
    Command,
    CostLine,
    Party,
    ProjectView,
    SpendingState,
)
from timebank.cofund.service import agreements, steps
from timebank.kernel.actor import Actor

_COUNTED = (
    SpendingState.REQUESTED,
    SpendingState.ENDORSED,
    SpendingState.APPROVED,
    SpendingState.PAID,
)


@dataclass(frozen=True, slots=True)
class AmendedLine:
    """An item of the costing with its new price; without an id it is a new one."""

    id: int | None
    label: str
    amount_fen: int


def amend_project(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    lines: Sequence[AmendedLine],
    signed_on: date,
    basis: Basis,
    weights: Mapping[Party, int],
    reason: str,
    document_file_id: int,
) -> ProjectView:
    """Record a changed agreement, signed: items that are not named keep their price.

    Raises:
        OverrunNeedsVoteError: it costs more than the owners' approval goes up to.
        LineBelowSpentError, ShareBelowPaidError: it falls below what was spent or paid already.
        CostLineNotFoundError, BadAmountError, TooManyCostLinesError, DocumentNotFoundError
    """
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=Command.AMEND
    )
    why = steps.reason_of(reason)
    steps.check_day(signed_on, field="signed_on")
    steps.check_document(session, actor=actor, file_id=document_file_id)
    costing = _changed_costing(session, project=project, lines=lines)
    total_fen = sum(line.amount_fen for line in costing)
    vote_id, most_fen = _approval(session, project=project, total_fen=total_fen)
    shares = agreements.shares_of(basis=basis, weights=weights, total_fen=total_fen)
    _check_shares(session, project=project, shares=shares)
    version = agreements.next_version(session, project.id)
    agreement = agreements.new_agreement(
        actor=actor,
        project=project,
        terms=agreements.Terms(signed_on, basis, total_fen, shares, document_file_id),
        version=version,
        vote_id=vote_id,
        most_fen=most_fen,
        lines=costing,
        reason=why,
    )
    agreements.seal(session, project=project, agreement=agreement, weights=weights, shares=shares)
    session.flush()
    steps.leave_trail(
        session,
        actor=actor,
        project=project,
        act="amended",
        version=version,
        total_fen=total_fen,
        reason=why,
    )
    return queries.project(session, community_id=project.community_id, project_id=project.id)


def _approval(session: Session, *, project: Project, total_fen: int) -> tuple[int | None, int]:
    """Return the vote that covers a new total, and up to what it goes; or the small ones' rule."""
    policy = policies.in_force(session, project.community_id)
    vote = vote_reads.passed_vote(session, project.id, total_fen=None)
    if vote is None:
        vote_id, most_fen = None, policy.vote_free_fen
    else:
        vote_id, most_fen = vote.id, policies_rules.most_of(policy, vote.total_fen)
    if total_fen > most_fen:
        raise OverrunNeedsVoteError(field="lines", most_fen=most_fen)
    return vote_id, most_fen


def _changed_costing(
    session: Session, *, project: Project, lines: Sequence[AmendedLine]
) -> list[CostLine]:
    """Change the items of a costing and return all of it."""
    rows = session.scalars(
        select(ProjectCostLine)
        .where(ProjectCostLine.project_id == project.id)
        .order_by(ProjectCostLine.position)
    ).all()
    known = {row.id: row for row in rows}
    spent = _spent_by_line(session, project.id)
    position = max(row.position for row in rows)
    for line in lines:
        if not 0 < line.amount_fen <= rules.AMOUNT_FEN_MAX:
            raise errors.BadAmountError(field="lines")
        if line.id is None:
            position += 1
            session.add(
                ProjectCostLine(
                    community_id=project.community_id,
                    project_id=project.id,
                    position=position,
                    label=line.label.strip(),
                    amount_fen=line.amount_fen,
                )
            )
            continue
        row = known.get(line.id)
        if row is None:
            raise errors.CostLineNotFoundError(field="lines")
        if line.amount_fen < spent.get(row.id, 0):
            raise errors.LineBelowSpentError(
                field="lines", label=row.label, spent_fen=spent[row.id]
            )
        row.amount_fen = line.amount_fen
    session.flush()
    found = queries.cost_lines(session, project.id)
    if len(found) > rules.COST_LINES_MAX:
        raise errors.TooManyCostLinesError(field="lines", limit=rules.COST_LINES_MAX)
    return [CostLine(line.label, line.amount_fen) for line in found]


def _spent_by_line(session: Session, project_id: int) -> dict[int, int]:
    """Return what is asked, approved or paid on each item of a costing, fen."""
    rows = session.execute(
        select(SpendingRequest.cost_line_id, func.sum(SpendingRequest.amount_fen))
        .where(SpendingRequest.project_id == project_id, SpendingRequest.state.in_(_COUNTED))
        .group_by(SpendingRequest.cost_line_id)
    )
    return {line_id: int(total) for line_id, total in rows}


def _check_shares(session: Session, *, project: Project, shares: Mapping[Party, int]) -> None:
    """Refuse a share that is less than what the party paid, or its households were told."""
    sums = queries.figures(session, project.id)
    raised = session.scalar(
        select(func.coalesce(func.sum(Receivable.amount_fen), 0)).where(
            Receivable.project_id == project.id, Receivable.cancelled_at.is_(None)
        )
    )
    for one in sums.parties:
        floor = one.received_fen
        if one.party is Party.RESIDENTS:
            floor = max(floor, int(raised or 0))
        if shares[one.party] < floor:
            raise errors.ShareBelowPaidError(
                field="weights", received_fen=floor, share_fen=shares[one.party]
            )
