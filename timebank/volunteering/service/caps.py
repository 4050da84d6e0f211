"""Sharing what approved service brings between own account, donation and nothing, under caps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.community.models import Person
from timebank.volunteering.errors.policy import CapReachedError
from timebank.volunteering.errors.records import CreditsNothingError, KindNotFoundError
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import members
from timebank.volunteering.queries import policy as policies
from timebank.volunteering.rules import records as rules
from timebank.volunteering.rules.caps import Share, Tally, share
from timebank.volunteering.rules.policy import Policy, check_earner
from timebank.volunteering.rules.records import Reckoning


@dataclass(frozen=True, slots=True)
class Allotment:
    """How one record's minutes were reckoned and shared, and by which version."""

    version: int
    kind_name: str
    reckoning: Reckoning
    share: Share


def order_of_service(row: ServiceRecord) -> tuple[date, datetime, int]:
    """Return what decides which of several records fills a cap first."""
    return row.served_on, row.started_at, row.id


def allotments(session: Session, rows: Sequence[ServiceRecord]) -> dict[int, Allotment]:
    """Return ``{record_id: allotment}`` of records of one community, approved together.

    Each is reckoned by the policy in force on the day of its service; the earlier service fills
    a cap first. The volunteers stay locked, so that two approvers cannot fill one cap twice.

    Raises:
        CreditsNothingError, CapReachedError: nothing would be left to post.
        TooYoungToEarnError, GuardianMissingError: the volunteer may not earn.
    """
    volunteer_ids = sorted({row.volunteer_id for row in rows})
    _lock(session, volunteer_ids)
    calendar = policies.calendar(session, rows[0].community_id)
    names = _kind_names(session, rows)
    earners = members.earners(session, volunteer_ids)
    first_day = min(row.served_on for row in rows).replace(day=1)
    tally = members.tally(session, volunteer_ids, since=first_day)
    found: dict[int, Allotment] = {}
    for row in sorted(rows, key=order_of_service):
        policy = calendar.on(row.served_on)
        check_earner(earners[row.volunteer_id], served_on=row.served_on, policy=policy)
        found[row.id] = _allot(row, policy=policy, tally=tally, names=names)
    return found


def _lock(session: Session, volunteer_ids: Sequence[int]) -> None:
    """Let nobody else approve for these volunteers until the transaction ends."""
    session.execute(
        select(Person.id)
        .where(Person.id.in_(volunteer_ids))
        .order_by(Person.id)
        .with_for_update(key_share=True)
    ).all()


def _kind_names(session: Session, rows: Sequence[ServiceRecord]) -> Mapping[int, str]:
    """Return ``{kind_id: name}`` of the records' kinds.

    Raises:
        KindNotFoundError: one of them is not the community's.
    """
    wanted = {row.kind_id for row in rows}
    found = session.execute(
        select(ServiceKind.id, ServiceKind.name).where(
            ServiceKind.id.in_(wanted), ServiceKind.community_id == rows[0].community_id
        )
    )
    names = {kind_id: name for kind_id, name in found}  # noqa: C416 - rows are no pairs
    if wanted - names.keys():
        raise KindNotFoundError
    return names


def _allot(
    row: ServiceRecord, *, policy: Policy, tally: Tally, names: Mapping[int, str]
) -> Allotment:
    """Reckon and share one record, and count what it takes from the room that is left."""
    rate = policy.rate_of(row.kind_id)
    reckoning = rules.reckon(minutes=row.minutes, rate=rate, policy=policy)
    if reckoning.credited_minutes < 1:
        raise CreditsNothingError
    room = tally.room(
        volunteer_id=row.volunteer_id,
        recipient_id=row.recipient_id,
        served_on=row.served_on,
        policy=policy,
    )
    part = share(reckoning.credited_minutes, room=room, excess=policy.excess)
    if part.credited_minutes < 1:
        raise CapReachedError
    tally.add(
        volunteer_id=row.volunteer_id,
        recipient_id=row.recipient_id,
        served_on=row.served_on,
        own_minutes=part.own_minutes,
    )
    return Allotment(policy.version, names[row.kind_id], reckoning, part)
