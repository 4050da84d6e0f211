"""How a case begins: assigned from above, reported by a resident, found on patrol."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.cases.errors import steps as errors
from timebank.cases.models.cases import NEVER, CaseCounter, CaseFile
from timebank.cases.queries import promises
from timebank.cases.rules import commands
from timebank.cases.rules.flow import (
    Category,
    Command,
    EventType,
    Outcome,
    Source,
    State,
)
from timebank.cases.rules.folding import Payload
from timebank.cases.service import history, steps
from timebank.cases.service.history import CaseRef, Photo, Said
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Intake:
    """What is asked, where, and by whom; a reporter is a person here or a name and a phone."""

    source: Source
    category: Category
    title: str
    description: str
    micro_grid_id: int
    place_text: str = ""
    origin: str = ""
    reporter_person_id: int | None = None
    reporter_name: str | None = None
    reporter_phone: str | None = None
    is_urgent: bool = False


def register_case(
    session: Session,
    *,
    actor: Actor,
    intake: Intake,
    photos: Sequence[Photo] = (),
    occurred_at: datetime | None = None,
) -> CaseRef:
    """Enter a case and start its first clock; the limits run from the moment of recording.

    Raises:
        OutsideGridError, OnlyOwnReportError: the actor may not register this one.
        HappenedInFutureError, HappenedTooLongAgoError: the moment of happening is not believable.
        TooManyPhotosError: more photos than one event takes.
    """
    at = clock.now()
    _check_may_open(session, actor=actor, intake=intake)
    if occurred_at is not None:
        commands.check_occurred(occurred_at=occurred_at, recorded_at=at)
    row = _new_row(session, actor=actor, intake=intake, at=at)
    session.add(row)
    session.flush()
    payload = Payload(
        source=intake.source.value,
        category=intake.category.value,
        micro_grid_id=intake.micro_grid_id,
        policy_version=row.policy_version,
    )
    if intake.is_urgent:
        payload["is_urgent"] = True
    state = history.append(
        session,
        row,
        None,
        actor=actor,
        event_type=EventType.REGISTERED,
        said=Said(words=intake.description, payload=payload, photos=photos),
        at=at,
        occurred_at=occurred_at,
    )
    history.move(session, row, state, actor=actor, at=at)
    history.leave_trail(session, actor=actor, action="register", row=row)
    return history.ref(row, state)


def fix_on_patrol(
    session: Session,
    *,
    actor: Actor,
    intake: Intake,
    outcome: Outcome,
    words: str,
    photos: Sequence[Photo] = (),
    no_photo_reason: str = "",
    occurred_at: datetime | None = None,
) -> CaseRef:
    """Enter what was found and fixed in one step: four honest events at one instant.

    Raises:
        WordsMissingError, EvidenceMissingError: no words, or neither photo nor reason.
    """
    said = steps.resolution(
        outcome=outcome, words=words, photos=photos, no_photo_reason=no_photo_reason
    )
    with clock.fixed_at(clock.now()):
        opened = register_case(session, actor=actor, intake=intake, occurred_at=occurred_at)
        steps.claim(session, actor=actor, case_id=opened.id)
        return history.act(
            session, actor=actor, case_id=opened.id, command=Command.RESOLVE, said=said
        )


def _check_may_open(session: Session, *, actor: Actor, intake: Intake) -> None:
    """Refuse a place out of reach, and any report of a resident's but their own."""
    place = community_queries.micro_grid(session, intake.micro_grid_id)
    if place.community_id != actor.community_id:
        raise errors.OutsideGridError(field="micro_grid_id")
    if intake.reporter_person_id is not None:
        community_queries.person(
            session, community_id=actor.community_id, person_id=intake.reporter_person_id
        )
    reach = actor.reach("case.open")
    if reach.centre_ids or reach.covers(grid_id=place.grid_id):
        _check_reporter(session, actor=actor, intake=intake)
        return
    reports_own = (
        intake.source is Source.REPORTED
        and intake.reporter_person_id is not None
        and intake.reporter_person_id == actor.person_id
    )
    if reach.own and reports_own:
        return
    if reach.grid_ids:
        raise errors.OutsideGridError(field="micro_grid_id")
    raise errors.OnlyOwnReportError


def _check_reporter(session: Session, *, actor: Actor, intake: Intake) -> None:
    """Refuse a reporter whom the actor could not find: their phone is shown through the case."""
    person_id = intake.reporter_person_id
    if person_id is not None and person_id != actor.person_id:
        community_queries.person_within(
            session,
            community_id=actor.community_id,
            person_id=person_id,
            reach=actor.reach("person.search"),
        )


def _new_row(session: Session, *, actor: Actor, intake: Intake, at: datetime) -> CaseFile:
    """Return the row of a case that has a number and no event yet."""
    year = clock.local(at).year
    serial = next_serial(session, community_id=actor.community_id, year=year)
    return CaseFile(
        community_id=actor.community_id,
        year=year,
        serial=serial,
        number=f"{year}-{serial:04d}",
        source=intake.source,
        category=intake.category,
        title=intake.title.strip(),
        description=intake.description.strip(),
        origin=intake.origin.strip(),
        micro_grid_id=intake.micro_grid_id,
        place_text=intake.place_text.strip(),
        reporter_person_id=intake.reporter_person_id,
        reporter_name=None if intake.reporter_person_id else intake.reporter_name,
        reporter_phone=None if intake.reporter_person_id else intake.reporter_phone,
        registered_by_user_id=actor.user_id,
        registered_at=at,
        state=State.REGISTERED,
        version=1,
        round=1,
        policy_version=promises.version_in_force(session, actor.community_id, on=clock.day_of(at)),
        is_urgent=intake.is_urgent,
        order_at=NEVER,
    )


def next_serial(session: Session, *, community_id: int, year: int) -> int:
    """Return the next number of the year; the counter's row stays locked, so none is skipped."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    counted = (
        insert(CaseCounter)
        .values(community_id=community_id, year=year, last_number=1)
        .on_conflict_do_update(
            index_elements=["community_id", "year"],
            set_={"last_number": CaseCounter.last_number + 1},
        )
        .returning(CaseCounter.last_number)
    )
    return session.execute(counted).scalar_one()
