"""Writes a list of people, set by set: households, people, kin; then what somebody decided."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from timebank.community.models import Household, Kinship, Person
from timebank.community.rules import INVERSE_KINSHIP, KinshipKind, PersonField
from timebank.community.service import corrections, people
from timebank.community.service.imports import people_known
from timebank.community.service.imports.people_known import Door, Draft, Known, PersonLine
from timebank.community.service.imports.plan import KeptField
from timebank.kernel.actor import Actor

_BLANK: dict[str, Any] = dict.fromkeys(  # Any: column values of several types
    (
        "card_no",
        "sex",
        "born_on",
        "phone",
        "phone_index",
        "phone_tail_index",
        "id_number",
        "id_index",
    )
)


def write(session: Session, *, community_id: int, known: Known, draft: Draft) -> None:
    """Write the draft."""
    household_ids = _write_households(session, community_id, known, draft.rows)
    ids = _write_new_people(session, community_id, known, draft.rows, household_ids)
    _write_changes(session, known, draft.rows, household_ids)
    ids |= {row.line.number: row.known.id for row in draft.rows if row.known}
    _write_kin(session, community_id, known, draft, ids)


def _write_households(
    session: Session, community_id: int, known: Known, rows: Sequence[PersonLine]
) -> dict[Door, int]:
    """Add the households that are new, and return the id of every door."""
    wanted = {row.door for row in rows if "household_id" in row.differences(known)}
    new = wanted - known.household_ids.keys()
    if new:
        session.execute(
            insert(Household),
            [
                {
                    "community_id": community_id,
                    "micro_grid_id": known.micro_grid_ids[door[:2]],
                    "room_no": door[2],
                }
                for door in sorted(new)
            ],
        )
    return people_known.known_people(session, community_id).household_ids


def _values(row: PersonLine, known: Known, household_ids: dict[Door, int]) -> dict[str, Any]:
    """Return the columns to write for a line."""
    values = row.differences(known)
    if "household_id" in values:
        values["household_id"] = household_ids[row.door]
    return values


def _write_new_people(
    session: Session,
    community_id: int,
    known: Known,
    rows: Sequence[PersonLine],
    household_ids: dict[Door, int],
) -> dict[int, int]:
    """Add the people who are new; return their ids by line number."""
    new = [row for row in rows if row.known is None]
    if not new:
        return {}
    always = {"community_id": community_id, "is_active": True}
    ids = session.scalars(
        insert(Person).returning(Person.id, sort_by_parameter_order=True),
        [_BLANK | always | _values(row, known, household_ids) for row in new],
    ).all()
    return {row.line.number: person_id for row, person_id in zip(new, ids, strict=True)}


def _write_changes(
    session: Session, known: Known, rows: Sequence[PersonLine], household_ids: dict[Door, int]
) -> None:
    """Change the people who differ."""
    changed = [
        {"id": row.known.id} | values
        for row in rows
        if row.known and (values := _values(row, known, household_ids))
    ]
    if changed:
        session.execute(update(Person), changed)


def _write_kin(
    session: Session, community_id: int, known: Known, draft: Draft, ids: dict[int, int]
) -> None:
    """Register both directions of each relation, or correct them."""
    new: list[dict[str, Any]] = []  # Any: column values of several types
    changed: list[dict[str, Any]] = []
    for head, row in draft.kin:
        if row.line.number not in draft.lines_with_new_kin:
            continue
        kind = KinshipKind(row.relation or "")
        pairs = (
            (ids[head.line.number], ids[row.line.number], kind),
            (ids[row.line.number], ids[head.line.number], INVERSE_KINSHIP[kind]),
        )
        for person_id, relative_id, what in pairs:
            registered = known.kin.get((person_id, relative_id))
            on = row.verified_on or (registered[1] if registered else None)
            values = {"kind": what, "verified_on": on}
            if registered is None:
                whose = {"person_id": person_id, "relative_id": relative_id}
                new.append({"community_id": community_id} | whose | values)
            else:
                changed.append({"of": person_id, "to": relative_id} | values)
    if new:
        session.execute(insert(Kinship), new)
    if changed:
        session.connection().execute(
            update(Kinship).where(
                Kinship.person_id == bindparam("of"), Kinship.relative_id == bindparam("to")
            ),
            changed,
        )


def take(
    session: Session, *, actor: Actor, kept: Sequence[KeptField], lines: Collection[int]
) -> None:
    """Take from the list what some lines say, in place of what people put right."""
    for one in kept:
        if one.line not in lines:
            continue
        if one.field is PersonField.PHONE:
            person = session.get_one(Person, one.person_id, with_for_update=True)
            corrections.put_phone(
                session, actor=actor, person=person, phone=one.phone, is_from_list=True
            )
        else:
            people.put_home(
                session,
                actor=actor,
                person_id=one.person_id,
                micro_grid_id=one.micro_grid_id,
                room_no=one.room_no,
                is_from_list=True,
            )
