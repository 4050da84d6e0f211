"""Spot checks: what may be drawn, what waits to be looked at, what was found by month."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session

from timebank.access.models import RoleGrant, UserAccount
from timebank.access.rules import MATRIX
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors.spot_checks import SpotCheckNotFoundError
from timebank.volunteering.models.desk import FirstApproval, RecordRisk
from timebank.volunteering.models.policy import HoursPolicy
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.spot_checks import SpotCheck, SpotDraw
from timebank.volunteering.queries import limits
from timebank.volunteering.queries.records import select_records, views_of, within
from timebank.volunteering.rules import spot_checks as rules
from timebank.volunteering.rules.spot_checks import (
    Candidate,
    CheckHow,
    CheckResult,
    CheckState,
    DrawnBy,
    MonthChecks,
    SpotCheckView,
)

_R = ServiceRecord
MONTHS_SHOWN = 12
COLLEAGUES_MAX = 100


def communities(session: Session) -> Sequence[int]:
    """Return the communities that keep hours."""
    found = select(HoursPolicy.community_id).distinct().order_by(HoursPolicy.community_id)
    return session.scalars(found).all()


def candidates(session: Session, *, community_id: int, week_on: date) -> list[Candidate]:
    """Return the records approved in the week that began on a Monday, with their risk then."""
    begun = clock.day_bounds(week_on)[0]
    ended = clock.day_bounds(week_on + rules.WEEK)[0]
    rows = session.execute(
        select(_R.id, func.coalesce(RecordRisk.points, 0))
        .outerjoin(RecordRisk, RecordRisk.record_id == _R.id)
        .where(_R.community_id == community_id, _R.approved_at >= begun, _R.approved_at < ended)
        .order_by(_R.id)
        .limit(rules.CANDIDATES_MAX)
    )
    return [Candidate(record_id, points) for record_id, points in rows]


def draws(session: Session, community_id: int) -> Sequence[SpotDraw]:
    """Return the latest draws, each with its seed."""
    found = select(SpotDraw).where(SpotDraw.community_id == community_id)
    return session.scalars(found.order_by(SpotDraw.week_on.desc()).limit(MONTHS_SHOWN)).all()


def _without_hands(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor had no hand in a record and no kin stand in it."""
    near = {actor.person_id, *limits.kin_ids(session, actor.person_id or 0)} - {None}
    users = (_R.recorded_by_user_id, _R.confirmed_by_user_id, _R.approved_by_user_id)
    persons = (_R.recorded_by_id, _R.confirmed_by_id, _R.approved_by_id)
    hands = [column == actor.user_id for column in users if actor.user_id is not None]
    hands += [column == actor.person_id for column in persons if actor.person_id is not None]
    hands += [column.in_(near) for column in (_R.volunteer_id, _R.recipient_id) if near]
    first = select(FirstApproval.id).where(
        FirstApproval.record_id == _R.id, FirstApproval.user_id == (actor.user_id or 0)
    )
    return ~or_(first.exists(), *(func.coalesce(hand, False) for hand in hands))


def _of_strangers(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Return the condition that neither the actor nor their kin stand in a record."""
    near = {actor.person_id, *limits.kin_ids(session, actor.person_id or 0)} - {None}
    parties = (_R.volunteer_id, _R.recipient_id)
    return ~or_(false(), *(func.coalesce(party.in_(near), False) for party in parties if near))


def _select() -> Select[Any]:  # Any: a row of three
    """Select checks with their records."""
    return select(SpotCheck, _R.state, _R.id).join(_R, _R.id == SpotCheck.record_id)


def _views(session: Session, wanted: Select[Any]) -> list[SpotCheckView]:
    """Return the views of selected checks: four reads, however many there are."""
    rows = session.execute(wanted).all()
    ids = [record_id for _, _, record_id in rows]
    records = {one.id: one for one in views_of(session, select_records().where(_R.id.in_(ids)))}
    found = []
    for it, record_state, record_id in rows:
        record = records[record_id]
        copied = {
            name: getattr(it, name)
            for name in SpotCheckView.__dataclass_fields__
            if hasattr(SpotCheck, name)
        }
        copied["state"], copied["drawn_by"] = CheckState(it.state), DrawnBy(it.drawn_by)
        copied["how"] = CheckHow(it.how) if it.how else None
        copied["result"] = CheckResult(it.result) if it.result else None
        found.append(
            SpotCheckView(
                **copied,
                kind_name=record.kind_name,
                volunteer_id=record.volunteer_id,
                volunteer_name=record.volunteer_name,
                recipient_id=record.recipient_id,
                served_name=record.served_name,
                micro_grid_label=record.micro_grid_label,
                started_at=record.started_at,
                ended_at=record.ended_at,
                served_on=record.served_on,
                minutes=record.minutes,
                record_state=record_state,
            )
        )
    return found


def checks(
    session: Session,
    *,
    actor: Actor,
    state: CheckState | None = None,
    month_on: date | None = None,
    is_wrong: bool = False,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[SpotCheckView]:
    """Return checks within reach, newest first; open ones only where one may look oneself."""
    wanted = _select().where(within(actor, "check.read"), _of_strangers(session, actor))
    if state is not None:
        wanted = wanted.where(SpotCheck.state == state)
    if state is CheckState.DRAWN:
        wanted = wanted.where(_without_hands(session, actor))
    if month_on is not None:
        first = month_on.replace(day=1)
        wanted = wanted.where(SpotCheck.week_on >= first, SpotCheck.week_on < _next_month(first))
    if is_wrong:
        wanted = wanted.where(SpotCheck.result.in_(rules.WRONG))
    if cursor:
        wanted = wanted.where(SpotCheck.id < paging.decode_id(cursor))
    rows = _views(session, wanted.order_by(SpotCheck.id.desc()).limit(limit + 1))
    return paging.page_of(rows, limit=limit, key=lambda view: [view.id])


def own_checks(session: Session, *, actor: Actor) -> Sequence[SpotCheckView]:
    """Return the checks that the actor has taken on, the oldest first."""
    wanted = _select().where(
        SpotCheck.checker_user_id == (actor.user_id or 0), SpotCheck.state == CheckState.TAKEN
    )
    return _views(session, wanted.order_by(SpotCheck.id).limit(paging.PAGE_SIZE))


def check(session: Session, *, actor: Actor, check_id: int) -> SpotCheckView:
    """Return one check within reach.

    Raises:
        SpotCheckNotFoundError
    """
    wanted = _select().where(
        SpotCheck.id == check_id, within(actor, "check.read"), _of_strangers(session, actor)
    )
    found = _views(session, wanted)
    if not found:
        raise SpotCheckNotFoundError
    return found[0]


def may_check(session: Session, *, actor: Actor, check_id: int) -> bool:
    """Whether the actor had no hand in a check's record, so that they may look."""
    wanted = (
        select(SpotCheck.id)
        .join(_R, _R.id == SpotCheck.record_id)
        .where(
            SpotCheck.id == check_id, within(actor, "check.work"), _without_hands(session, actor)
        )
    )
    return session.scalar(wanted) is not None


def of_record(session: Session, *, actor: Actor, record_id: int) -> SpotCheckView | None:
    """Return the check of a record, for staff who may read checks; None when there is none."""
    if not actor.may("check.read"):
        return None
    wanted = _select().where(
        SpotCheck.record_id == record_id,
        within(actor, "check.read"),
        _of_strangers(session, actor),
    )
    return next(iter(_views(session, wanted)), None)


def colleagues(session: Session, community_id: int) -> Sequence[tuple[int, str]]:
    """Return the accounts to which checks can be handed, by name."""
    roles = [role.value for role in MATRIX["check.work"]]
    rows = session.execute(
        select(UserAccount.id, UserAccount.name)
        .join(RoleGrant, RoleGrant.user_id == UserAccount.id)
        .where(
            UserAccount.community_id == community_id,
            UserAccount.is_active,
            RoleGrant.role.in_(roles),
        )
        .distinct()
        .order_by(UserAccount.name, UserAccount.id)
        .limit(COLLEAGUES_MAX)
    )
    return [(user_id, name) for user_id, name in rows]


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def months(session: Session, *, actor: Actor) -> list[MonthChecks]:
    """Return the checks of the last twelve months within reach, by the month of their week."""
    first = clock.today().replace(day=1)
    for _ in range(MONTHS_SHOWN - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    rows = session.execute(
        select(
            SpotCheck.week_on,
            SpotCheck.result,
            func.count(),
            func.count(SpotCheck.reversal_id),
        )
        .join(_R, _R.id == SpotCheck.record_id)
        .where(within(actor, "check.read"), SpotCheck.week_on >= first)
        .group_by(SpotCheck.week_on, SpotCheck.result)
    ).all()
    by_month: dict[date, list[Any]] = defaultdict(list)
    for row in rows:
        by_month[row[0].replace(day=1)].append(row)
    found = []
    while first <= clock.today():
        found.append(_month(first, by_month.get(first, [])))
        first = _next_month(first)
    return found[::-1]


def _month(first: date, rows: Iterable[Any]) -> MonthChecks:
    """Return the sums of one month."""
    counts: dict[CheckResult | None, int] = defaultdict(int)
    taken_back = 0
    for _, result, count, reversed_count in rows:
        counts[CheckResult(result) if result else None] += count
        taken_back += reversed_count
    told = {result: counts.get(result, 0) for result in CheckResult}
    return MonthChecks(
        month_on=first,
        drawn=sum(counts.values()),
        done=sum(told.values()),
        right=told[CheckResult.AS_RECORDED],
        differing=told[CheckResult.DIFFERS],
        not_happened=told[CheckResult.NOT_HAPPENED],
        unreachable=told[CheckResult.UNREACHABLE],
        taken_back=taken_back,
    )
