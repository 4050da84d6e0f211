"""Reads of receipts: what a household paid, as it is printed for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from timebank.cofund.errors.projects import ContributionNotFoundError
from timebank.cofund.models.projects import Contribution, Project
from timebank.cofund.models.receivables import Receivable
from timebank.cofund.queries import receivables
from timebank.cofund.rules.projects import Method
from timebank.community.models import Community, Person
from timebank.kernel.paging import PAGE_SIZE


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """What a household paid once; ``receipt_id`` names the sealed entry, and nobody else's."""

    contribution_id: int
    receipt_id: UUID
    receivable_id: int
    project_id: int
    project_number: str
    project_title: str
    building: int
    unit: int
    room_no: str
    instalment: int
    payment_code: str
    received_on: date
    amount_fen: int
    outstanding_fen: int
    method: Method


def receipt(session: Session, *, community_id: int, contribution_id: int) -> ReceiptView:
    """Return the receipt of what a household paid.

    Raises:
        ContributionNotFoundError: there is none in this community that stands and is a household's.
    """
    wanted = _selected().where(
        Contribution.id == contribution_id, Contribution.community_id == community_id
    )
    return _only(session, wanted, community_id)


def own_receipt(session: Session, *, person_id: int | None, contribution_id: int) -> ReceiptView:
    """Return the receipt of what one's own household paid.

    Raises:
        ContributionNotFoundError: it is another household's, or there is none.
    """
    home = select(Person.household_id).where(Person.id == person_id).scalar_subquery()
    wanted = _selected().where(Contribution.id == contribution_id, Receivable.household_id == home)
    return _only(session, wanted, None)


def ids_of(session: Session, receivable_ids: Collection[int]) -> dict[int, list[int]]:
    """Return the contributions that stand for each of some bills, the oldest first."""
    rows = session.execute(
        select(Contribution.receivable_id, Contribution.id)
        .where(
            Contribution.receivable_id.in_(receivable_ids), Contribution.undone_entry_id.is_(None)
        )
        .order_by(Contribution.id)
        .limit(PAGE_SIZE * 9)
    )
    found: dict[int, list[int]] = {}
    for receivable_id, contribution_id in rows:
        found.setdefault(receivable_id or 0, []).append(contribution_id)
    return found


def community_code(session: Session, community_id: int) -> str | None:
    """Return by what code strangers name a community."""
    return session.scalar(select(Community.code).where(Community.id == community_id))


def _selected() -> Select[tuple[Contribution, Project, int]]:
    """Select receipts that stand, with their project and whose bill they pay."""
    return (
        select(Contribution, Project, Receivable.id)
        .join(Project, Project.id == Contribution.project_id)
        .join(Receivable, Receivable.id == Contribution.receivable_id)
        .where(Contribution.undone_entry_id.is_(None))
    )


def _only(
    session: Session, wanted: Select[tuple[Contribution, Project, int]], community_id: int | None
) -> ReceiptView:
    """Return the one receipt that is asked for."""
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise ContributionNotFoundError
    one, project, receivable_id = row
    bill = receivables.receivable(
        session, community_id=community_id or project.community_id, receivable_id=receivable_id
    )
    return ReceiptView(
        contribution_id=one.id,
        receipt_id=one.entry_id,
        receivable_id=bill.id,
        project_id=project.id,
        project_number=project.number,
        project_title=project.title,
        building=bill.building,
        unit=bill.unit,
        room_no=bill.room_no,
        instalment=bill.instalment,
        payment_code=bill.payment_code,
        received_on=one.received_on,
        amount_fen=one.amount_fen,
        outstanding_fen=bill.outstanding_fen,
        method=Method(one.method),
    )
