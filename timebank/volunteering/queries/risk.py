"""What the reckoning of risk looks at: some records, and the services around their people."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from timebank.community.models import MicroGrid
from timebank.kernel import clock
from timebank.volunteering.models.presence import Presence
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.rules.presence import How
from timebank.volunteering.rules.records import LIVE_STATES, Proof, RecordState
from timebank.volunteering.rules.risk import WINDOW_DAYS, Around, Service, Told

# In how many of a community's latest approvals a reviewer's usual share is looked up.
RECENT_APPROVALS = 500
# More services around some hundred people than this are not looked at: a reason may be missed.
AROUND_MAX = 80_000

_R = ServiceRecord
_COLUMNS = (
    _R.id,
    _R.volunteer_id,
    _R.recipient_id,
    _R.started_at,
    _R.ended_at,
    _R.served_on,
    _R.minutes,
    _R.grid_id,
    MicroGrid.building_id,
    _R.confirmed_how,
    _R.confirmed_by_user_id,
    _R.approved_by_user_id,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A record to be reckoned."""

    service: Service
    told: Told


def subjects(session: Session, record_ids: Collection[int]) -> list[Subject]:
    """Return records with how they came to be told, by one read."""
    rows = session.execute(
        select(
            *_COLUMNS,
            _R.recorded_at,
            _R.revision,
            Presence.is_offline,
            Presence.started_how,
            Presence.ended_how,
        )
        .outerjoin(MicroGrid, MicroGrid.id == _R.micro_grid_id)
        .outerjoin(Presence, Presence.record_id == _R.id)
        .where(_R.id.in_(record_ids))
        .order_by(_R.id)
    )
    found = []
    for row in rows:
        recorded_at, revision, is_offline, started_how, ended_how = row[-5:]
        service = Service(*row[:-5])
        told = Told(
            recorded_on=clock.day_of(recorded_at),
            revision=revision,
            is_offline=bool(is_offline),
            has_paper_code=service.confirmed_how == Proof.CODE
            or How.CODE in {started_how, ended_how},
        )
        found.append(Subject(service, told))
    return found


def around(session: Session, community_id: int, found: Collection[Subject]) -> Around:
    """Return the live services of everybody in the records, within the window, by three reads."""
    services = [one.service for one in found]
    if not services:
        return Around(())
    people = {one.volunteer_id for one in services}
    people |= {one.recipient_id for one in services if one.recipient_id is not None}
    first = min(one.served_on for one in services) - timedelta(days=WINDOW_DAYS)
    last = max(one.served_on for one in services) + timedelta(days=WINDOW_DAYS)
    window = and_(_R.served_on.between(first, last), _R.state.in_(LIVE_STATES))
    # Two reads rather than one with OR: each goes by the index of its own column.
    near = [
        *_services(session, _R.volunteer_id.in_(people), window),
        *_services(session, _R.recipient_id.in_(people), window),
    ]
    return Around(near, _recent_approvals(session, community_id))


def _services(session: Session, *conditions: ColumnElement[bool]) -> Iterator[Service]:
    """Yield services that meet conditions, the latest first when there are too many."""
    wanted = (
        select(*_COLUMNS)
        .outerjoin(MicroGrid, MicroGrid.id == _R.micro_grid_id)
        .where(*conditions)
        .order_by(_R.id.desc())
        .limit(AROUND_MAX)
    )
    for row in session.execute(wanted):
        yield Service(*row)


def _recent_approvals(session: Session, community_id: int) -> Mapping[int, int]:
    """Return how many of the community's latest records each reviewer approved."""
    users = session.scalars(
        select(_R.approved_by_user_id)
        .where(_R.community_id == community_id, _R.state == RecordState.APPROVED)
        .order_by(_R.id.desc())
        .limit(RECENT_APPROVALS)
    )
    return Counter(user_id for user_id in users if user_id is not None)
