"""What is open beside what households owe: shares of parties, bills, refunds, what was typed."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from timebank.cofund.models.matches import ClaimedPart
from timebank.cofund.models.projects import Contribution, Project, ProjectRefund, SpendingRequest
from timebank.cofund.models.receivables import Receivable
from timebank.cofund.queries import projects
from timebank.cofund.rules import finding
from timebank.cofund.rules.matching import LATE_DAYS, Said, Target, TargetKind
from timebank.cofund.rules.projects import Method, Party, ProjectState, SpendingState
from timebank.community.models import Organisation
from timebank.kernel import clock
from timebank.kernel.paging import PAGE_SIZE
from timebank.kernel.sealed import blind_index

PAYING = (
    ProjectState.AGREED,
    ProjectState.FUNDING,
    ProjectState.ACTIVE,
    ProjectState.ACCEPTED,
)
_FOUND_MAX = 2000
# What was entered by hand is looked for this long before and after its day.
_NEAR_DAYS = 15
_GRACE = timedelta(days=LATE_DAYS)


def _organisations(session: Session, community_id: int) -> tuple[str, ...]:
    """Return the names of the community's organisations, as the bank may write them."""
    rows = session.scalars(
        select(Organisation.name).where(Organisation.community_id == community_id)
    )
    return tuple(finding.plain_name(name) for name in rows)


def shares(session: Session, community_id: int) -> list[Target]:
    """Return what parties still owe by their agreements and no household is asked for."""
    rows = projects.projects(
        session, community_id=community_id, states=PAYING, limit=PAGE_SIZE
    ).items
    asked = _asked_of_households(session, [one.id for one in rows])
    names = _organisations(session, community_id) if rows else ()
    found = []
    for one in rows:
        for at, party in enumerate(one.figures.parties):
            is_homes = party.party is Party.RESIDENTS
            owed = party.owed_fen - (asked.get(one.id, 0) if is_homes else 0)
            if owed <= 0:
                continue
            found.append(
                Target(
                    kind=TargetKind.SHARE,
                    id=one.id * 10 + at,
                    amount_fen=owed,
                    subject=f"party:{party.party}",
                    label=party.party.value,
                    names=() if is_homes else names,
                    project_id=one.id,
                    project_number=one.number,
                    project_title=one.title,
                )
            )
    return found


def share_of(target_id: int) -> tuple[int, Party]:
    """Return the project and the party of a share's id."""
    project_id, at = divmod(target_id, 10)
    return project_id, list(Party)[at]


def _asked_of_households(session: Session, project_ids: Collection[int]) -> dict[int, int]:
    """Return what households are still asked for, by project."""
    rows = session.execute(
        select(Receivable.project_id, func.sum(Receivable.outstanding_fen))
        .where(Receivable.project_id.in_(project_ids), Receivable.cancelled_at.is_(None))
        .group_by(Receivable.project_id)
    )
    return {project_id: int(fen) for project_id, fen in rows}


def recorded(session: Session, community_id: int, said: Sequence[Said]) -> list[Target]:
    """Return contributions entered by hand of which no line has come yet."""
    days = [one.day for one in said]
    near = Contribution.received_on.between(
        min(days) - timedelta(days=_NEAR_DAYS), max(days) + timedelta(days=_NEAR_DAYS)
    )
    amounts = Contribution.amount_fen.in_({one.amount_fen for one in said})
    return recorded_where(session, community_id, and_(near, amounts))


def recorded_where(
    session: Session, community_id: int, condition: ColumnElement[bool]
) -> list[Target]:
    """Return unmatched contributions that meet a condition."""
    matched = select(ClaimedPart.id).where(
        ClaimedPart.contribution_id == Contribution.id, ClaimedPart.undone_at.is_(None)
    )
    rows = session.execute(
        select(Contribution, Project)
        .join(Project, Project.id == Contribution.project_id)
        .where(
            Contribution.community_id == community_id,
            Contribution.undone_at.is_(None),
            Contribution.method != Method.CASH,
            # What a pot or a household's credit paid came to the bank before.
            Contribution.match_id.is_(None),
            Contribution.is_from_credit.is_(False),
            ~matched.exists(),
            condition,
        )
        .order_by(Contribution.id)
        .limit(_FOUND_MAX)
    )
    return [
        Target(
            kind=TargetKind.RECORDED,
            id=row.id,
            amount_fen=row.amount_fen,
            subject=f"party:{Party(row.party)}",
            label=f"{Party(row.party)}",
            names=(finding.plain_name(row.payer_name),) if row.payer_name else (),
            project_id=project.id,
            project_number=project.number,
            project_title=project.title,
            from_on=row.received_on - timedelta(days=_NEAR_DAYS),
            until_on=row.received_on + timedelta(days=_NEAR_DAYS),
        )
        for row, project in rows
    ]


def outgoing(session: Session, community_id: int, said: Sequence[Said]) -> list[Target]:
    """Return the bills and refunds that lines of money out could be."""
    amounts = {one.amount_fen for one in said}
    return [
        *bills(
            session,
            community_id,
            (SpendingRequest.amount_fen - SpendingRequest.withheld_fen).in_(amounts),
        ),
        *refunds(session, community_id, ProjectRefund.amount_fen.in_(amounts)),
    ]


def bills(session: Session, community_id: int, condition: ColumnElement[bool]) -> list[Target]:
    """Return approved bills, and paid ones of which no line has come yet."""
    matched = select(ClaimedPart.id).where(
        ClaimedPart.spending_request_id == SpendingRequest.id, ClaimedPart.undone_at.is_(None)
    )
    rows = session.execute(
        select(SpendingRequest, Project)
        .join(Project, Project.id == SpendingRequest.project_id)
        .where(
            SpendingRequest.community_id == community_id,
            SpendingRequest.state.in_((SpendingState.APPROVED, SpendingState.PAID)),
            ~matched.exists(),
            condition,
        )
        .order_by(SpendingRequest.id)
        .limit(_FOUND_MAX)
    )
    return [_bill(row, project) for row, project in rows]


def _bill(row: SpendingRequest, project: Project) -> Target:
    """Return a bill as a target."""
    is_paid = row.state == SpendingState.PAID
    day = (
        row.paid_on
        if row.paid_on is not None
        else clock.day_of(row.approved_at or row.requested_at)
    )
    name = finding.plain_name(row.payee)
    return Target(
        kind=TargetKind.PAID if is_paid else TargetKind.SPENDING,
        id=row.id,
        amount_fen=row.amount_fen - row.withheld_fen,
        subject=payee_subject(row.payee),
        label=row.payee,
        names=(name,),
        project_id=project.id,
        project_number=project.number,
        project_title=row.purpose,
        from_on=day - (timedelta(days=_NEAR_DAYS) if is_paid else timedelta(0)),
        until_on=day + _GRACE,
    )


def payee_subject(payee: str) -> str:
    """Return for whom an account that was paid before is remembered, if it is this payee's."""
    return f"payee:{blind_index(f'bank-payee:{finding.plain_name(payee)}')[:32]}"


def refunds(session: Session, community_id: int, condition: ColumnElement[bool]) -> list[Target]:
    """Return what parties got back of which no line has come yet."""
    matched = select(ClaimedPart.id).where(
        ClaimedPart.refund_id == ProjectRefund.id, ClaimedPart.undone_at.is_(None)
    )
    rows = session.execute(
        select(ProjectRefund, Project)
        .join(Project, Project.id == ProjectRefund.project_id)
        .where(ProjectRefund.community_id == community_id, ~matched.exists(), condition)
        .order_by(ProjectRefund.id)
        .limit(_FOUND_MAX)
    )
    names = _organisations(session, community_id)
    return [
        Target(
            kind=TargetKind.REFUND,
            id=row.id,
            amount_fen=row.amount_fen,
            subject=f"party:{Party(row.party)}",
            label=f"{Party(row.party)}",
            names=() if row.party == Party.RESIDENTS else names,
            project_id=project.id,
            project_number=project.number,
            project_title=project.title,
            from_on=date.min if project.ended_at is None else clock.day_of(project.ended_at),
            until_on=date.max,
        )
        for row, project in rows
    ]
