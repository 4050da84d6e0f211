"""The list of people who are looked after: who should be seen first stands first."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from timebank.community.models import Building, Grid, MicroGrid, Person
from timebank.community.rules import mask_phone, micro_grid_label
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor, Reach
from timebank.kernel.paging import Page
from timebank.outreach.errors.key_people import KeyPersonNotFoundError
from timebank.outreach.models.key_people import KeyContact, KeyPerson
from timebank.outreach.rules.key_people import (
    Contact,
    ContactLine,
    KeyCounts,
    KeyGroup,
    KeyLine,
    KeyView,
    OwnKeyView,
    Reason,
)

_CONTACTS_MAX = 100
_Visitor = aliased(Person)
_Line = tuple[KeyPerson, Person, str, MicroGrid, int, str]


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """What narrows the list; None does not narrow."""

    group: KeyGroup | None = None
    grid_id: int | None = None
    visitor_id: int | None = None
    is_overdue: bool | None = None
    has_ended: bool = False


def _lines() -> Select[_Line]:
    return (
        select(KeyPerson, Person, _Visitor.name, MicroGrid, Building.number, Grid.name)
        .join(Person, Person.id == KeyPerson.person_id)
        .join(_Visitor, _Visitor.id == KeyPerson.visitor_id)
        .outerjoin(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .outerjoin(Building, Building.id == MicroGrid.building_id)
        .outerjoin(Grid, Grid.id == MicroGrid.grid_id)
    )


def _within(actor: Actor, reach: Reach) -> ColumnElement[bool]:
    own = KeyPerson.community_id == actor.community_id
    return own if reach.is_wide else and_(own, MicroGrid.grid_id.in_(reach.grid_ids))


def _line(row: Row[_Line]) -> KeyLine:
    listed, person, visitor = row[:3]
    # Who lives in no unit has none of these.
    unit: MicroGrid | None = row[3]
    building_no: int | None = row[4]
    grid_name: str | None = row[5]
    label = ""
    if unit is not None and building_no is not None:
        label = micro_grid_label(building_no=building_no, unit_no=unit.unit_no)
    return KeyLine(
        id=listed.id,
        person_id=person.id,
        name=person.name,
        phone_masked=mask_phone(person.phone) if person.phone else "",
        place_label=label,
        grid_id=unit.grid_id if unit else None,
        grid_name=grid_name or "",
        group=KeyGroup(listed.key_group),
        every_days=listed.every_days,
        visitor_id=listed.visitor_id,
        visitor_name=visitor,
        since_on=listed.since_on,
        ended_on=listed.ended_on,
        last_seen_on=listed.last_seen_on,
        due_on=listed.due_on,
        is_overdue=listed.ended_on is None and listed.due_on < clock.today(),
    )


def key_people(
    session: Session,
    *,
    actor: Actor,
    wanted: KeyFilter,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[KeyLine]:
    """Return those within reach who are looked after; whom nobody has seen longest comes first."""
    rows = _lines().where(_within(actor, actor.reach("keygroup.read")), *_narrowed(wanted))
    if cursor is not None:
        due, row_id = paging.decode(cursor, width=2)
        if not isinstance(due, int) or not isinstance(row_id, int):
            raise paging.BadCursorError
        day = _day(due)
        rows = rows.where(
            or_(KeyPerson.due_on > day, and_(KeyPerson.due_on == day, KeyPerson.id > row_id))
        )
    found = session.execute(rows.order_by(KeyPerson.due_on, KeyPerson.id).limit(limit + 1))
    return paging.page_of(
        [_line(row) for row in found],
        limit=limit,
        key=lambda one: [one.due_on.toordinal(), one.id],
    )


def _day(number: int) -> date:
    """Return the day in a cursor.

    Raises:
        BadCursorError: there is no such day.
    """
    try:
        return date.fromordinal(number)
    except (ValueError, OverflowError) as error:
        raise paging.BadCursorError from error


def _narrowed(wanted: KeyFilter) -> list[ColumnElement[bool]]:
    narrowed: list[ColumnElement[bool]] = [
        KeyPerson.ended_on.is_not(None) if wanted.has_ended else KeyPerson.ended_on.is_(None)
    ]
    if wanted.group is not None:
        narrowed.append(KeyPerson.key_group == wanted.group)
    if wanted.grid_id is not None:
        narrowed.append(MicroGrid.grid_id == wanted.grid_id)
    if wanted.visitor_id is not None:
        narrowed.append(KeyPerson.visitor_id == wanted.visitor_id)
    if wanted.is_overdue is not None:
        late = KeyPerson.due_on < clock.today()
        narrowed.append(late if wanted.is_overdue else ~late)
    return narrowed


def counts(session: Session, *, actor: Actor) -> KeyCounts:
    """Return how many within reach are looked after and how many wait too long, by group."""
    late = KeyPerson.due_on < clock.today()
    rows = session.execute(
        select(KeyPerson.key_group, late, func.count())
        .join(Person, Person.id == KeyPerson.person_id)
        .outerjoin(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .where(_within(actor, actor.reach("keygroup.read")), KeyPerson.ended_on.is_(None))
        .group_by(KeyPerson.key_group, late)
    )
    everybody: defaultdict[KeyGroup, int] = defaultdict(int)
    overdue: defaultdict[KeyGroup, int] = defaultdict(int)
    for group, is_late, count in rows:
        everybody[KeyGroup(group)] += count
        overdue[KeyGroup(group)] += count if is_late else 0
    return KeyCounts(dict(everybody), dict(overdue))


def counts_by_unit(session: Session, community_id: int) -> dict[int, int]:
    """Return how many people are looked after in each micro-grid."""
    rows = session.execute(
        select(Person.micro_grid_id, func.count())
        .join(KeyPerson, KeyPerson.person_id == Person.id)
        .where(
            KeyPerson.community_id == community_id,
            KeyPerson.ended_on.is_(None),
            Person.micro_grid_id.is_not(None),
        )
        .group_by(Person.micro_grid_id)
    )
    return {place_id: count for place_id, count in rows if place_id is not None}


def row_within(session: Session, *, actor: Actor, key_id: int, permission: str) -> KeyPerson:
    """Return the row of somebody on the list within a permission's reach.

    Raises:
        KeyPersonNotFoundError: there is none with this id within reach.
    """
    row: KeyPerson = _found(session, actor, key_id, permission)[0]
    return row


def _found(session: Session, actor: Actor, key_id: int, permission: str) -> Row[_Line]:
    found = session.execute(
        _lines().where(KeyPerson.id == key_id, _within(actor, actor.reach(permission)))
    ).one_or_none()
    if found is None:
        raise KeyPersonNotFoundError
    return found


def key_person(session: Session, *, actor: Actor, key_id: int, is_open: bool = False) -> KeyView:
    """Return somebody on the list; ``is_open`` shows why and what was seen, the look being noted.

    Raises:
        KeyPersonNotFoundError: there is none with this id within reach.
    """
    found = _found(session, actor, key_id, "keygroup.read")
    listed = found[0]
    contacts = session.scalars(
        select(KeyContact)
        .where(KeyContact.key_person_id == key_id)
        .order_by(KeyContact.seen_on.desc(), KeyContact.id.desc())
        .limit(_CONTACTS_MAX)
    )
    return KeyView(
        line=_line(found),
        contacts=[
            ContactLine(
                one.id,
                Contact(one.contact),
                one.seen_on,
                bool(one.note),
                (one.note or "") if is_open else None,
            )
            for one in contacts
        ],
        has_note=bool(listed.note),
        consent_on=listed.consent_on,
        reason=Reason(listed.reason) if is_open else None,
        note=(listed.note or "") if is_open else None,
    )


def own_listing(session: Session, *, actor: Actor) -> OwnKeyView | None:
    """Return what is written of the actor themselves; None when they are not on the list."""
    if actor.person_id is None:
        return None
    found = session.execute(
        select(KeyPerson, _Visitor.name)
        .join(_Visitor, _Visitor.id == KeyPerson.visitor_id)
        .where(KeyPerson.person_id == actor.person_id, KeyPerson.ended_on.is_(None))
    ).one_or_none()
    if found is None:
        return None
    listed, visitor = found
    return OwnKeyView(
        KeyGroup(listed.key_group),
        Reason(listed.reason),
        listed.every_days,
        visitor,
        listed.since_on,
        listed.last_seen_on,
        listed.due_on,
    )


def looked_after_for(session: Session, person_id: int) -> str | None:
    """Return for what reason a person is on the list, if at all; the caller notes the look."""
    return session.scalar(
        select(KeyPerson.reason).where(
            KeyPerson.person_id == person_id, KeyPerson.ended_on.is_(None)
        )
    )
