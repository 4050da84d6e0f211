"""The register of owners: what votes are weighed by, and shares laid on households."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cofund.errors import register as errors
from timebank.cofund.models.receivables import Holding
from timebank.cofund.queries import receivables as queries
from timebank.cofund.queries.receivables import Dwelling
from timebank.cofund.rules import register as rules
from timebank.cofund.rules.register import RegisterLine
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail

_SHOWN_MAX = 8
Door = tuple[int, int, str]


def keep_register(session: Session, *, actor: Actor, text: str) -> int:
    """Keep the dwellings of a pasted list; what was known is replaced. Return how many.

    An owner of that name who lives behind the door is linked, so that they can vote by page.

    Raises:
        RegisterEmptyError, RegisterLinesError, RegisterTooLongError, RegisterTwiceError
        DoorsUnknownError: the community has no such household.
    """
    lines = _read(text)
    doors = _doors(session, actor.community_id)
    _check_known(lines, doors)
    ids = [doors[_door(line)].household_id for line in lines]
    known = {
        row.household_id: row
        for row in session.scalars(select(Holding).where(Holding.household_id.in_(ids)))
    }
    people = _people_behind(session, ids)
    for line, household_id in zip(lines, ids, strict=True):
        row = known.get(household_id)
        if row is None:
            row = Holding(community_id=actor.community_id, household_id=household_id)
            session.add(row)
        row.area_hundredths, row.owner_name = line.area_hundredths, line.owner_name
        row.owner_person_id = people.get((household_id, line.owner_name))
        row.changed_at = clock.now()
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="cofund.register_kept",
        subject_type="community",
        subject_id=actor.community_id,
        facts={"dwellings": len(lines)},
    )
    return len(lines)


def _read(text: str) -> list[RegisterLine]:
    """Return the lines of a pasted list, each of which can be read and stands once."""
    lines, wrong = rules.read_lines(text)
    if wrong:
        numbers = "、".join(str(number) for number in wrong[:_SHOWN_MAX])
        raise errors.RegisterLinesError(field="text", lines=numbers)
    if not lines:
        raise errors.RegisterEmptyError(field="text")
    if len(lines) > rules.LINES_MAX:
        raise errors.RegisterTooLongError(field="text", limit=rules.LINES_MAX)
    seen: set[Door] = set()
    for line in lines:
        if _door(line) in seen:
            raise errors.RegisterTwiceError(field="text", door=_words(line))
        seen.add(_door(line))
    return lines


def _doors(session: Session, community_id: int) -> dict[Door, Dwelling]:
    """Return the community's dwellings by their door."""
    found = queries.dwellings(session, community_id=community_id)
    return {(one.building, one.unit, one.room_no): one for one in found}


def _check_known(lines: list[RegisterLine], doors: dict[Door, Dwelling]) -> None:
    """Refuse doors that the community does not have."""
    unknown = [_words(line) for line in lines if _door(line) not in doors]
    if unknown:
        raise errors.DoorsUnknownError(field="text", doors="、".join(unknown[:_SHOWN_MAX]))


def _people_behind(session: Session, household_ids: list[int]) -> dict[tuple[int, str], int]:
    """Return who lives behind these doors, by door and name."""
    rows = session.execute(
        select(Person.household_id, Person.name, Person.id).where(
            Person.household_id.in_(household_ids), Person.is_active
        )
    )
    return {(household_id, name): id_ for household_id, name, id_ in rows if household_id}


def _door(line: RegisterLine) -> Door:
    return (line.building, line.unit, line.room_no)


def _words(line: RegisterLine) -> str:
    return f"{line.building}-{line.unit}-{line.room_no}"
