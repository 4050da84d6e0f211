"""Records within reach: one, lists, what waits for whom, and what a case was given."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true, union_all
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community import rules as community_rules
from timebank.community.models import Building, MicroGrid, Organisation
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.kernel.sealed import blind_index
from timebank.volunteering.errors.records import RecordNotFoundError
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.models.records import ServiceRecord, ServiceRecordEvent
from timebank.volunteering.queries import limits, members
from timebank.volunteering.rules import records as rules
from timebank.volunteering.rules.policy import Cap
from timebank.volunteering.rules.records import (
    LIVE_STATES,
    CaseHours,
    Command,
    EventKind,
    Proof,
    RecordState,
    RecordView,
)

_PARTIES = (ServiceRecord.volunteer_id, ServiceRecord.recipient_id, ServiceRecord.recorded_by_id)


def within(actor: Actor, permission: str, *, with_merged: bool = False) -> ColumnElement[bool]:
    """Return the condition that a record lies within reach; also of merged ones of one's own."""
    ways = _ways(actor, permission)
    if with_merged and actor.reach(permission).own:
        ways.append(ServiceRecord.volunteer_id.in_(members.records_of(actor.person_id or 0)))
    where = or_(*ways) if ways else false()
    return and_(ServiceRecord.community_id == actor.community_id, where)


def _ways(actor: Actor, permission: str) -> list[ColumnElement[bool]]:
    """Return the conditions of which one brings a record within the reach of a permission."""
    reach = actor.reach(permission)
    ways: list[ColumnElement[bool]] = [true()] if reach.is_wide else []
    if reach.own and actor.person_id is not None:
        ways += [party == actor.person_id for party in _PARTIES]
    if reach.own and actor.user_id is not None:
        ways.append(ServiceRecord.recorded_by_user_id == actor.user_id)
    if reach.grid_ids:
        ways.append(ServiceRecord.grid_id.in_(reach.grid_ids))
    if reach.centre_ids:
        ways.append(ServiceRecord.centre_id.in_(reach.centre_ids))
    return ways


def _newest_of_ways(
    actor: Actor, permission: str, asked: ColumnElement[bool], *, limit: int
) -> ColumnElement[bool]:
    """Return the condition that a record is among the newest by one of the ways into reach.

    Each way has its index; asked for all at once, the database would read everybody's records.
    """
    ways = _ways(actor, permission)
    if len(ways) < 2:
        return and_(within(actor, permission), asked)
    newest = [
        select(
            select(ServiceRecord.id)
            .where(ServiceRecord.community_id == actor.community_id, way, asked)
            .order_by(ServiceRecord.id.desc())
            .limit(limit)
            .subquery()
        )
        for way in ways
    ]
    return ServiceRecord.id.in_(union_all(*newest))


def select_records() -> Select[Any]:  # Any: a row of four entities
    """Select records with kind, organisation, door number and the number of the case."""
    return (
        select(
            ServiceRecord,
            ServiceKind,
            Organisation.name,
            Building.number,
            MicroGrid.unit_no,
            limits.CASE.c.number,
        )
        .join(ServiceKind, ServiceKind.id == ServiceRecord.kind_id)
        .outerjoin(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .outerjoin(MicroGrid, MicroGrid.id == ServiceRecord.micro_grid_id)
        .outerjoin(Building, Building.id == MicroGrid.building_id)
        .outerjoin(limits.CASE, limits.CASE.c.id == ServiceRecord.case_id)
    )


def views_of(session: Session, wanted: Select[Any]) -> list[RecordView]:
    """Return the views of the selected records: three reads, however many there are."""
    rows = session.execute(wanted).all()
    people = {i for r in rows for i in (r[0].volunteer_id, r[0].recipient_id) if i is not None}
    names = {i: who.name for i, who in community_queries.persons(session, people).items()}
    actors = _actor_names(session, [row[0].id for row in rows])
    return [_view(row, names, actors) for row in rows]


def _actor_names(session: Session, record_ids: Collection[int]) -> dict[tuple[int, EventKind], str]:
    """Return who last did each kind of act to each record."""
    if not record_ids:
        return {}
    found = session.execute(
        select(ServiceRecordEvent.record_id, ServiceRecordEvent.kind, ServiceRecordEvent.actor_name)
        .where(ServiceRecordEvent.record_id.in_(record_ids))
        .order_by(ServiceRecordEvent.id)
    )
    return {(record_id, EventKind(kind)): name for record_id, kind, name in found}


def _view(
    row: Any,  # noqa: ANN401 - an outer join's row is typed as never NULL
    names: dict[int, str],
    actors: dict[tuple[int, EventKind], str],
) -> RecordView:
    """Return the view of one row of ``_select``."""
    it, kind, organisation, building_no, unit_no, case_number = row
    copied = {
        name: getattr(it, name)
        for name in RecordView.__dataclass_fields__
        if hasattr(ServiceRecord, name)
    }
    copied["state"] = RecordState(it.state)
    copied["confirmed_how"] = Proof(it.confirmed_how) if it.confirmed_how else None
    copied["capped_by"] = Cap(it.capped_by) if it.capped_by else None
    return RecordView(
        **copied,
        volunteer_name=names.get(it.volunteer_id, ""),
        recipient_name=names.get(it.recipient_id, ""),
        organisation_name=organisation or "",
        kind_name=kind.name,
        is_risky=kind.is_risky,
        case_number=case_number or "",
        micro_grid_label=""
        if building_no is None
        else community_rules.micro_grid_label(building_no=building_no, unit_no=unit_no),
        recorded_by_name=actors.get((it.id, EventKind.RECORDED), ""),
        confirmed_by_name=actors.get((it.id, EventKind.CONFIRMED), ""),
        approved_by_name=actors.get((it.id, EventKind.APPROVED), ""),
    )


def record(
    session: Session, *, actor: Actor, record_id: int, permission: str = "hours.read"
) -> RecordView:
    """Return one record within the reach of a permission.

    Raises:
        RecordNotFoundError: there is none, or it lies outside.
    """
    reached = within(actor, permission, with_merged=True)
    found = views_of(session, select_records().where(ServiceRecord.id == record_id, reached))
    if not found:
        raise RecordNotFoundError
    return _veiled(found[0], actor)


def records_behind(
    session: Session, *, actor: Actor, entry_ids: Collection[UUID]
) -> dict[UUID, RecordView]:
    """Return the records within reach that made or undid entries, by entry."""
    posted = or_(ServiceRecord.entry_id.in_(entry_ids), ServiceRecord.reversal_id.in_(entry_ids))
    views = views_of(session, select_records().where(posted, within(actor, "hours.read")))
    return {
        entry_id: view
        for view in views
        for entry_id in (view.entry_id, view.reversal_id)
        if entry_id is not None
    }


def _veiled(view: RecordView, actor: Actor) -> RecordView:
    """Hide who was served from a volunteer until the one served has agreed.

    Otherwise anybody could learn names by typing card numbers.
    """
    is_open = view.confirmed_at is not None or actor.may("person.search")
    if is_open or actor.person_id == view.recipient_id:
        return view
    return replace(view, recipient_name=rules.veil(view.recipient_name))


def records(
    session: Session,
    *,
    actor: Actor,
    state: RecordState | None = None,
    person_id: int | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[RecordView]:
    """Return records within reach, newest first; ``person_id`` keeps those of one volunteer."""
    asked: list[ColumnElement[bool]] = [true()]
    if state is not None:
        asked.append(ServiceRecord.state == state)
    if person_id is not None:
        asked.append(ServiceRecord.volunteer_id == person_id)
    if cursor:
        asked.append(ServiceRecord.id < paging.decode_id(cursor))
    newest = _newest_of_ways(actor, "hours.read", and_(*asked), limit=limit + 1)
    wanted = select_records().where(newest)
    found = views_of(session, wanted.order_by(ServiceRecord.id.desc()).limit(limit + 1))
    rows = [_veiled(view, actor) for view in found]
    return paging.page_of(rows, limit=limit, key=lambda view: [view.id])


def review_queue(
    session: Session, *, actor: Actor, cursor: str | None = None, limit: int = paging.PAGE_SIZE
) -> Page[RecordView]:
    """Return what this actor may approve, oldest first: nothing of their own or of their kin."""
    wanted = select_records().where(
        within(actor, "hours.approve"),
        ServiceRecord.state == RecordState.CONFIRMED,
        of_others(session, actor),
    )
    if cursor:
        wanted = wanted.where(ServiceRecord.id > paging.decode_id(cursor))
    rows = views_of(session, wanted.order_by(ServiceRecord.id).limit(limit + 1))
    return paging.page_of(rows, limit=limit, key=lambda view: [view.id])


def of_others(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor wrote no word of a record nor stands in it, nor kin."""
    others: list[ColumnElement[bool]] = [~written_by(actor)]
    if actor.person_id is not None:
        near = {actor.person_id, *limits.kin_ids(session, actor.person_id)}
        others += [or_(party.is_(None), party.not_in(near)) for party in _PARTIES]
    return and_(true(), *others)


def written_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor recorded or corrected a record, by whatever account."""
    hands: list[ColumnElement[bool]] = []
    if actor.user_id is not None:
        hands.append(ServiceRecordEvent.user_id == actor.user_id)
    if actor.person_id is not None:
        hands.append(ServiceRecordEvent.person_id == actor.person_id)
    written = select(ServiceRecordEvent.id).where(
        ServiceRecordEvent.record_id == ServiceRecord.id,
        ServiceRecordEvent.kind.in_((EventKind.RECORDED, EventKind.CORRECTED)),
        or_(false(), *hands),
    )
    return written.exists()


def unconfirmed(session: Session, *, actor: Actor) -> Sequence[RecordView]:
    """Return what still waits for the one served within an approver's reach, oldest first."""
    wanted = select_records().where(
        within(actor, "hours.approve"), ServiceRecord.state == RecordState.RECORDED
    )
    return views_of(session, wanted.order_by(ServiceRecord.id).limit(paging.PAGE_SIZE))


def objections(session: Session, *, actor: Actor) -> Sequence[RecordView]:
    """Return the records somebody thinks wrong within an approver's reach, oldest first."""
    wanted = select_records().where(within(actor, "hours.approve"), ServiceRecord.has_objection)
    return views_of(session, wanted.order_by(ServiceRecord.id).limit(paging.PAGE_SIZE))


def to_confirm(session: Session, *, person_id: int | None) -> Sequence[RecordView]:
    """Return what waits for this person to say that it was so, oldest first."""
    if person_id is None:
        return []
    wanted = select_records().where(
        ServiceRecord.recipient_id == person_id, ServiceRecord.state == RecordState.RECORDED
    )
    return views_of(session, wanted.order_by(ServiceRecord.id).limit(paging.PAGE_SIZE))


def under_way(session: Session, *, actor: Actor) -> Sequence[RecordView]:
    """Return the actor's own service on its way to the books, and what was lately sent back."""
    if actor.person_id is None:
        return []
    lately = select(ServiceRecordEvent.record_id).where(
        ServiceRecordEvent.record_id == ServiceRecord.id,
        ServiceRecordEvent.kind == EventKind.REJECTED,
        ServiceRecordEvent.at > clock.now() - rules.REPAIR_SHOWN,
    )
    wanted = select_records().where(
        ServiceRecord.volunteer_id == actor.person_id,
        or_(
            ServiceRecord.state.in_((RecordState.RECORDED, RecordState.CONFIRMED)),
            and_(ServiceRecord.state == RecordState.REJECTED, lately.exists()),
        ),
    )
    found = views_of(session, wanted.order_by(ServiceRecord.id.desc()).limit(10))
    return [_veiled(view, actor) for view in found]


def hours_of_case(session: Session, case_id: int) -> CaseHours:
    """Return the live service linked to a case and its approved minutes."""
    linked = and_(ServiceRecord.case_id == case_id, ServiceRecord.state.in_(LIVE_STATES))
    total = session.scalar(
        select(func.coalesce(func.sum(ServiceRecord.minutes), 0)).where(
            linked, ServiceRecord.state == RecordState.APPROVED
        )
    )
    rows = views_of(
        session,
        select_records().where(linked).order_by(ServiceRecord.id.desc()).limit(paging.PAGE_SIZE),
    )
    return CaseHours(rows, int(total or 0))


def acts_now(actor: Actor, view: RecordView) -> dict[str, bool]:
    """Return which acts to offer on a record; each verb still decides for itself."""
    place = Place(view.grid_id, view.centre_id)
    is_party = actor.person_id is not None and actor.person_id in {
        view.volunteer_id,
        view.recipient_id,
    }
    is_writer = actor.user_id is not None and actor.user_id == view.recorded_by_user_id
    is_own = actor.person_id == view.volunteer_id or is_writer
    is_staff = place.lies_in(actor, "hours.record") and actor.person_id != view.volunteer_id
    reviews = place.lies_in(actor, "hours.approve") and not is_party
    may_change = actor.may("hours.record") and (is_own or is_staff)
    possible = rules.commands_from(view.state)
    waits = Command.CONFIRM in possible
    return {
        "correct": may_change and Command.CORRECT in possible,
        "withdraw": may_change and Command.WITHDRAW in possible,
        "confirm": waits and actor.person_id == view.recipient_id and actor.may("hours.confirm"),
        "code": waits and may_change and view.recipient_id is not None,
        "slip": waits and is_staff,
        "paper": waits and is_staff and view.recipient_id is not None,
        "approve": reviews and not is_writer and Command.APPROVE in possible,
        "reject": reviews and Command.REJECT in possible,
        "unapprove": place.lies_in(actor, "hours.unapprove")
        and not is_party
        and Command.UNAPPROVE in possible,
        "object": is_party,
        "answer": reviews and view.has_objection,
    }


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands, as a reach sees it."""

    grid_id: int | None
    centre_id: int | None

    def lies_in(self, actor: Actor, permission: str) -> bool:
        """Whether the actor answers for this place, own things aside."""
        return actor.reach(permission).covers(grid_id=self.grid_id, centre_id=self.centre_id)


@dataclass(frozen=True, slots=True)
class EventView:
    """A line of a record's history; facts are the values before and after, or what was decided."""

    at: datetime
    kind: EventKind
    state: RecordState
    actor_name: str
    note: str
    facts: dict[str, Any]  # Any: JSON values


def history(session: Session, record_id: int) -> Sequence[EventView]:
    """Return a record's history, newest first."""
    rows = session.scalars(
        select(ServiceRecordEvent)
        .where(ServiceRecordEvent.record_id == record_id)
        .order_by(ServiceRecordEvent.id.desc())
        .limit(paging.PAGE_SIZE_MAX)
    )
    return [
        EventView(
            row.at, EventKind(row.kind), RecordState(row.state), row.actor_name, row.note, row.facts
        )
        for row in rows
    ]


def confirmation_code(view: RecordView | ServiceRecord) -> str:
    """Return the six digits that prove the recipient agrees to this revision of a record."""
    return rules.code_from(blind_index(f"service-record:{view.id}:{view.revision}"))
