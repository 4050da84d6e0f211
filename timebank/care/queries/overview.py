"""A centre as its manager sees it: load, use, no-shows, staff, who is missed, what runs short."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any  # columns of a select under construction

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, exists, extract, func, select
from sqlalchemy.orm import Session

from timebank.care.models.desk import Booking, CareService
from timebank.care.models.refusals import CareRefusal
from timebank.care.models.slips import Redemption, RedemptionLine
from timebank.care.queries import catalogue, overview_short
from timebank.care.queries import redemptions as slips
from timebank.care.rules import overview as rules
from timebank.care.rules.desk import BookingState, Proof, RedemptionState, RedemptionView
from timebank.care.rules.overview import (
    HourLoad,
    NoShows,
    Overview,
    Refused,
    RowsOf,
    ServiceUse,
    StaffWork,
    Unseen,
)
from timebank.community import queries as community_queries
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page

_UNDONE = Redemption.state == RedemptionState.UNDONE.value
_MANUAL = Redemption.proof == Proof.SIGNED.value


def overview(
    session: Session,
    *,
    actor: Actor,
    centre_id: int,
    days: int = rules.DAYS_DEFAULT,
    unseen_days: int = rules.UNSEEN_DAYS_DEFAULT,
) -> Overview:
    """Return what a manager sees of a centre within reach.

    Raises:
        CentreNotFoundError: there is none within reach.
    """
    place = catalogue.managed_centre(session, actor=actor, centre_id=centre_id)
    through = clock.today()
    since = through - timedelta(days=days - 1)
    return Overview(
        centre_id=place.id,
        centre_name=place.name,
        since=since,
        through=through,
        hours=_load(session, centre_id, since),
        services=_services(session, centre_id, since),
        no_shows=_no_shows(session, centre_id, since),
        staff=_staff(session, centre_id, since),
        unseen=_unseen(session, actor, centre_id, unseen_days),
        short=overview_short.short(session, centre_id, since),
    )


def _of_days(centre_id: int, since: date) -> ColumnElement[bool]:
    """Return the condition on slips of a centre since a day."""
    return and_(Redemption.centre_id == centre_id, Redemption.slip_day >= since)


def _hour(session: Session) -> Any:  # noqa: ANN401 - a column
    """Return the column of the hour in which a slip was written, by the community's clock."""
    at: Any = Redemption.recorded_at
    if session.get_bind().dialect.name == "postgresql":
        return extract("hour", func.timezone(str(clock.ZONE), at))
    ahead = clock.local(clock.now()).utcoffset() or timedelta()
    return (extract("hour", at) + int(ahead.total_seconds()) // 3600) % rules.HOURS_OF_DAY


def _load(session: Session, centre_id: int, since: date) -> tuple[HourLoad, ...]:
    """Return slips by hour; what was served without network came at another hour than it says."""
    hour = _hour(session)
    rows = session.execute(
        select(Redemption.slip_day, hour, func.count())
        .where(_of_days(centre_id, since), Redemption.served_on.is_(None))
        .group_by(Redemption.slip_day, hour)
    )
    return rules.load_by_hour((day, int(at), count) for day, at, count in rows)


def _services(session: Session, centre_id: int, since: date) -> tuple[ServiceUse, ...]:
    """Return what was used most and not undone."""
    line = RedemptionLine
    minutes = cast(func.sum(line.quantity * line.unit_minutes), BigInteger)
    rows = session.execute(
        select(
            *(CareService.id, CareService.name, CareService.unit),
            *(func.sum(line.quantity), minutes, func.count(Redemption.person_id.distinct())),
        )
        .join(Redemption, Redemption.id == line.redemption_id)
        .join(CareService, CareService.id == line.service_id)
        .where(_of_days(centre_id, since), Redemption.state == RedemptionState.CAPTURED.value)
        .group_by(CareService.id, CareService.name, CareService.unit)
        .order_by(func.sum(line.quantity).desc(), CareService.id)
        .limit(rules.SERVICES_MAX)
    )
    return tuple(
        ServiceUse(row[0], row[1], row[2], int(row[3]), int(row[4]), int(row[5])) for row in rows
    )


def _no_shows(session: Session, centre_id: int, since: date) -> tuple[NoShows, ...]:
    """Return bookings that were due, by service, those most missed first."""
    missed = func.sum(case((Booking.state == BookingState.NO_SHOW.value, 1), else_=0))
    rows = session.execute(
        select(CareService.id, CareService.name, func.count() - missed, missed)
        .join(CareService, CareService.id == Booking.service_id)
        .where(
            Booking.centre_id == centre_id,
            Booking.on_day >= since,
            Booking.state.in_((BookingState.REDEEMED.value, BookingState.NO_SHOW.value)),
        )
        .group_by(CareService.id, CareService.name)
        .order_by(missed.desc(), CareService.id)
        .limit(rules.SERVICES_MAX)
    )
    return tuple(NoShows(row[0], row[1], int(row[2]), int(row[3])) for row in rows)


def _staff(session: Session, centre_id: int, since: date) -> tuple[StaffWork, ...]:
    """Return what each member of staff did, those with most slips first."""
    found: dict[int, list[Any]] = {}
    wrote = session.execute(
        select(
            Redemption.operator_user_id,
            func.max(Redemption.operator_name),
            func.count(),
            func.sum(case((_MANUAL, 1), else_=0)),
            func.sum(case((_UNDONE, 1), else_=0)),
        )
        .where(_of_days(centre_id, since), Redemption.operator_user_id.is_not(None))
        .group_by(Redemption.operator_user_id)
    )
    for user_id, name, count, signed, voided in wrote:
        found[user_id] = [name, count, int(signed), int(voided), 0, 0]
    for at, rows in ((4, _voids(centre_id, since)), (5, _tried(centre_id, since))):
        for user_id, name, count in session.execute(rows):
            found.setdefault(user_id, [name, 0, 0, 0, 0, 0])[at] = count
    work = [StaffWork(user_id, *values) for user_id, values in found.items()]
    return tuple(sorted(work, key=lambda one: (-one.slips, one.user_id))[: rules.STAFF_MAX])


def _voids(centre_id: int, since: date) -> Any:  # noqa: ANN401 - a select
    """Select how many slips each member of staff undid, whoever wrote them."""
    return (
        select(Redemption.undone_by_user_id, func.max(Redemption.undone_by), func.count())
        .where(
            Redemption.centre_id == centre_id,
            Redemption.undo_day >= since,
            Redemption.undone_by_user_id.is_not(None),
        )
        .group_by(Redemption.undone_by_user_id)
    )


def _tried(centre_id: int, since: date) -> Any:  # noqa: ANN401 - a select
    """Select how often each member of staff was refused to serve themselves or kin."""
    it = CareRefusal
    return (
        select(it.operator_user_id, func.max(it.operator_name), func.count())
        .where(
            it.centre_id == centre_id,
            it.on_day >= since,
            it.reason == Refused.OWN_OR_KIN.value,
            it.operator_user_id.is_not(None),
        )
        .group_by(it.operator_user_id)
    )


def _unseen(session: Session, actor: Actor, centre_id: int, unseen_days: int) -> tuple[Unseen, ...]:
    """Return regulars who have not come for so long, those who came last first."""
    today = clock.today()
    last = func.max(Redemption.slip_day)
    rows = session.execute(
        select(Redemption.person_id, func.count(), last)
        .join(Person, Person.id == Redemption.person_id)
        .where(
            _of_days(centre_id, today - timedelta(days=rules.REGULAR_DAYS)),
            Redemption.state == RedemptionState.CAPTURED.value,
            Person.is_active,
            Person.merged_into_id.is_(None),
        )
        .group_by(Redemption.person_id)
        .having(func.count() >= rules.REGULAR_VISITS, last <= today - timedelta(days=unseen_days))
        .order_by(last.desc(), Redemption.person_id)
        .limit(rules.UNSEEN_MAX)
    ).all()
    reach = actor.reach("person.search")
    people = community_queries.persons(session, [row[0] for row in rows])
    seen = ((people[row[0]], row) for row in rows if row[0] in people)
    return tuple(
        Unseen(
            person.id,
            person.name,
            person.place_label,
            person.phone_masked,
            int(row[1]),
            row[2],
            (today - row[2]).days,
        )
        for person, row in seen
        if reach.centre_ids or reach.covers(grid_id=person.grid_id)
    )


def rows(
    session: Session,
    *,
    actor: Actor,
    centre_id: int,
    of: RowsOf,
    key: int,
    weekday: int | None = None,
    days: int = rules.DAYS_DEFAULT,
    cursor: str | None = None,
) -> Page[RedemptionView]:
    """Return the slips behind a figure of a centre within reach, newest first.

    Raises:
        CentreNotFoundError: there is none within reach.
    """
    place = catalogue.managed_centre(session, actor=actor, centre_id=centre_id)
    since = clock.today() - timedelta(days=days - 1)
    such = _such(session, of, key, since)
    if of is not RowsOf.STAFF_VOIDS:
        such = and_(such, Redemption.slip_day >= since)
    if weekday is not None:
        such = and_(such, Redemption.slip_day.in_(_days_of(weekday, since)))
    return slips.redemptions(
        session,
        actor=actor,
        permission="care.manage",
        centre_id=place.id,
        such=such,
        cursor=cursor,
    )


def _days_of(weekday: int, since: date) -> Collection[date]:
    """Return the days of the span that fall on a weekday, Monday 0."""
    span = (clock.today() - since).days + 1
    every = (since + timedelta(days=at) for at in range(span))
    return [day for day in every if day.weekday() == weekday]


def _such(session: Session, of: RowsOf, key: int, since: date) -> ColumnElement[bool]:
    """Return the condition of the slips behind a figure."""
    mine = Redemption.operator_user_id == key
    if of is RowsOf.HOUR:
        return and_(_hour(session) == key, Redemption.served_on.is_(None))
    if of is RowsOf.SERVICE:
        line = exists().where(
            RedemptionLine.redemption_id == Redemption.id, RedemptionLine.service_id == key
        )
        return and_(line, Redemption.state == RedemptionState.CAPTURED.value)
    if of is RowsOf.STAFF_VOIDS:
        return and_(Redemption.undone_by_user_id == key, Redemption.undo_day >= since)
    return {
        RowsOf.STAFF: mine,
        RowsOf.STAFF_SIGNED: and_(mine, _MANUAL),
        RowsOf.STAFF_VOIDED: and_(mine, _UNDONE),
    }[of]
