"""Reads of matching pots, of income of common parts, and of labour given to projects."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import column, distinct, func, select, table
from sqlalchemy.orm import Session

from timebank.cofund.errors import sources as errors
from timebank.cofund.models.sources import Income, IncomeSource, Labour, Match, MatchPot
from timebank.cofund.rules.projects import Party
from timebank.kernel.paging import PAGE_SIZE
from timebank.ledger.queries import accounts as ledger_accounts

# Service stands beside this room; of it only minutes of approved records of a task are asked.
_task = table("task", *map(column, ("id", "community_id", "activity")))
_presence = table("presence", *map(column, ("task_id", "record_id")))
_record = table("service_record", *map(column, ("id", "minutes", "state", "volunteer_id")))
_COUNTED = "approved"


@dataclass(frozen=True, slots=True)
class PotView:
    """A matching pot: what it gives, what is in it, and what it gave."""

    id: int
    name: str
    sponsor: str
    party: Party
    permille: int
    project_cap_fen: int
    available_fen: int
    matched_fen: int


@dataclass(frozen=True, slots=True)
class IncomeView:
    """What came in once."""

    id: int
    received_on: date
    amount_fen: int
    owners_fen: int
    other_fen: int
    reference: str


@dataclass(frozen=True, slots=True)
class SourceView:
    """What earns on common parts, with its sums and its latest income."""

    id: int
    name: str
    other_party: Party
    owners_permille: int
    document_file_id: int
    owners_fen: int
    other_fen: int
    latest: tuple[IncomeView, ...]


@dataclass(frozen=True, slots=True)
class LabourView:
    """Minutes given to a project beside the money: by how many, in which tasks."""

    minutes: int
    people: int
    tasks: tuple[str, ...]


def pots(session: Session, community_id: int) -> list[PotView]:
    """Return the matching pots of a community."""
    rows = session.scalars(
        select(MatchPot)
        .where(MatchPot.community_id == community_id)
        .order_by(MatchPot.id)
        .limit(PAGE_SIZE)
    ).all()
    given = {
        pot_id: int(total)
        for pot_id, total in session.execute(
            select(Match.pot_id, func.sum(Match.matched_fen))
            .where(Match.community_id == community_id)
            .group_by(Match.pot_id)
        )
    }
    accounts = [row.pot_account_id for row in rows if row.pot_account_id is not None]
    balances = ledger_accounts.balances(session, accounts) if accounts else {}
    return [
        PotView(
            id=row.id,
            name=row.name,
            sponsor=row.sponsor,
            party=Party(row.party),
            permille=row.permille,
            project_cap_fen=row.project_cap_fen,
            available_fen=balances[row.pot_account_id or 0].available,
            matched_fen=given.get(row.id, 0),
        )
        for row in rows
    ]


def pot(session: Session, *, community_id: int, pot_id: int) -> PotView:
    """Return one pot.

    Raises:
        PotNotFoundError: there is none in this community.
    """
    found = next((one for one in pots(session, community_id) if one.id == pot_id), None)
    if found is None:
        raise errors.PotNotFoundError
    return found


def sources(session: Session, community_id: int) -> list[SourceView]:
    """Return what earns on a community's common parts."""
    rows = session.scalars(
        select(IncomeSource)
        .where(IncomeSource.community_id == community_id)
        .order_by(IncomeSource.id)
        .limit(PAGE_SIZE)
    ).all()
    ids = [row.id for row in rows]
    sums = {
        source_id: (int(owners), int(other))
        for source_id, owners, other in session.execute(
            select(Income.source_id, func.sum(Income.owners_fen), func.sum(Income.other_fen))
            .where(Income.source_id.in_(ids))
            .group_by(Income.source_id)
        )
    }
    latest: dict[int, list[IncomeView]] = {}
    for row in session.scalars(
        select(Income)
        .where(Income.source_id.in_(ids))
        .order_by(Income.received_on.desc(), Income.id.desc())
        .limit(PAGE_SIZE)
    ):
        latest.setdefault(row.source_id, []).append(income_view(row))
    return [
        SourceView(
            row.id,
            row.name,
            Party(row.other_party),
            row.owners_permille,
            row.document_file_id,
            *sums.get(row.id, (0, 0)),
            tuple(latest.get(row.id, [])[:6]),
        )
        for row in rows
    ]


def source(session: Session, *, community_id: int, source_id: int) -> SourceView:
    """Return one source.

    Raises:
        SourceNotFoundError: there is none in this community.
    """
    found = next((one for one in sources(session, community_id) if one.id == source_id), None)
    if found is None:
        raise errors.SourceNotFoundError
    return found


def income_view(row: Income) -> IncomeView:
    """Return a row as a value."""
    return IncomeView(
        row.id, row.received_on, row.amount_fen, row.owners_fen, row.other_fen, row.reference
    )


def has_task(session: Session, *, community_id: int, task_id: int) -> bool:
    """Whether there is such a task in the community."""
    wanted = select(_task.c.id).where(_task.c.id == task_id, _task.c.community_id == community_id)
    return session.scalar(wanted) is not None


def labour(session: Session, project_id: int) -> LabourView:
    """Return what labour was given to a project: approved records of its tasks."""
    titles = session.scalars(
        select(_task.c.activity)
        .join(Labour, Labour.task_id == _task.c.id)
        .where(Labour.project_id == project_id)
        .order_by(Labour.id)
        .limit(PAGE_SIZE)
    ).all()
    minutes, people = session.execute(
        select(
            func.coalesce(func.sum(_record.c.minutes), 0),
            func.count(distinct(_record.c.volunteer_id)),
        )
        .select_from(Labour)
        .join(_presence, _presence.c.task_id == Labour.task_id)
        .join(_record, _record.c.id == _presence.c.record_id)
        .where(Labour.project_id == project_id, _record.c.state == _COUNTED)
    ).one()
    return LabourView(int(minutes), int(people), tuple(titles))
