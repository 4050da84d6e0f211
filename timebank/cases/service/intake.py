"""How a case begins: assigned from above, reported by a resident, found on patrol."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.cases.errors import intake as intake_errors
from timebank.cases.errors import steps as errors
from timebank.cases.models.cases import NEVER, CaseCounter, CaseFile
from timebank.cases.models.intake import CaseIntake
from timebank.cases.queries import promises, signs
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
from timebank.cases.rules.geo import Point, point_of_photos
from timebank.cases.rules.intake import IntakeChannel
from timebank.cases.rules.notices import CaseGiven
from timebank.cases.rules.signs import PlaceSign
from timebank.cases.service import history, reporters, routing, steps
from timebank.cases.service.history import CaseRef, Photo, Said
from timebank.cases.service.reporters import Reporter
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.notices.service import telling


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
    reporter_email: str | None = None
    is_urgent: bool = False
    channel: IntakeChannel = IntakeChannel.WEB
    sign_code: str = ""
    external_number: str | None = None
    point: Point | None = None
    keeps_place: bool = False


@dataclass(frozen=True, slots=True)
class Extra:
    """What only a report without an account has: the act's key, and the secret of its link."""

    key: UUID | None = None
    token: str | None = None


_NOTHING = Extra()


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
        SignMistypedError, SignNotFoundError, SignElsewhereError: the sign that was scanned.
        ExternalNumberTakenError: the number from above has a case already.
    """
    check_may_open(session, actor=actor, intake=intake)
    return enter_case(session, actor=actor, intake=intake, photos=photos, occurred_at=occurred_at)


def enter_case(
    session: Session,
    *,
    actor: Actor,
    intake: Intake,
    photos: Sequence[Photo] = (),
    occurred_at: datetime | None = None,
    is_routed: bool = True,
    extra: Extra = _NOTHING,
) -> CaseRef:
    """Enter a case whose sender may report it: its first event, how it came in, who gets it.

    Raises:
        The errors of ``register_case`` but those about who may.
    """
    at = clock.now()
    if occurred_at is not None:
        commands.check_occurred(occurred_at=occurred_at, recorded_at=at)
    intake, sign = _at_its_sign(session, intake, community_id=actor.community_id)
    row = _new_row(session, actor=actor, intake=intake, at=at)
    session.add(row)
    session.flush()
    _write_intake(session, row, intake, photos=photos, sign=sign, key=extra.key, at=at)
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
    reporter = replace(reporter_of(intake), token=extra.token)
    if reporter.is_somebody:
        reporters.enter_reporter(session, row, reporter=reporter, channel=intake.channel, at=at)
    history.leave_trail(session, actor=actor, action="register", row=row)
    if is_routed:
        _hand_out(session, row, actor=actor, at=at)
    return history.ref(row, state)


def _hand_out(session: Session, row: CaseFile, *, actor: Actor, at: datetime) -> None:
    """Give a new case to somebody and tell them, unless they entered it themselves."""
    place = community_queries.micro_grid(session, row.micro_grid_id)
    worker = routing.route_case(session, row, grid_id=place.grid_id, at=at).worker
    if worker is None or worker.person_id is None or worker.user_id == actor.user_id:
        return
    telling.tell(
        session,
        actor=actor,
        to=[worker.person_id],
        notice=CaseGiven(number=row.number, title=row.title),
        key=f"case:{row.id}:given",
        url=f"/cases/{row.id}",
    )


def _at_its_sign(
    session: Session, intake: Intake, *, community_id: int
) -> tuple[Intake, PlaceSign | None]:
    """Return the intake with what the scanned sign knows of its place."""
    if not intake.sign_code:
        return intake, None
    sign = signs.sign_of_code(session, intake.sign_code)
    if sign.community_id != community_id or sign.micro_grid_id != intake.micro_grid_id:
        raise intake_errors.SignElsewhereError(field="micro_grid_id")
    told = replace(
        intake,
        place_text=intake.place_text.strip() or sign.description,
        point=intake.point or sign.point,
    )
    return told, sign


def _write_intake(
    session: Session,
    row: CaseFile,
    intake: Intake,
    *,
    photos: Sequence[Photo],
    sign: PlaceSign | None,
    key: UUID | None,
    at: datetime,
) -> None:
    """Write how a case came in; the place of a photo becomes the case's only by wish."""
    point = intake.point
    if point is None and intake.keeps_place:
        point = point_of_photos(photo.content for photo in photos)
    made = CaseIntake(
        community_id=row.community_id,
        case_id=row.id,
        channel=intake.channel,
        recorded_at=at,
        sign_id=sign.id if sign else None,
        external_number=intake.external_number,
        lat_e6=point.lat_e6 if point else None,
        lng_e6=point.lng_e6 if point else None,
        act_key=key,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        known = case_of_external_number(session, row.community_id, intake.external_number)
        if known is None:
            raise
        raise intake_errors.ExternalNumberTakenError(
            field="external_number", number=intake.external_number, known=known
        ) from error


def case_of_external_number(
    session: Session, community_id: int, external_number: str | None
) -> str | None:
    """Return the number of the case that has a number from above; None when none has."""
    return session.scalar(
        select(CaseFile.number)
        .join(CaseIntake, CaseIntake.case_id == CaseFile.id)
        .where(
            CaseIntake.community_id == community_id,
            CaseIntake.external_number == external_number,
        )
    )


def reporter_of(intake: Intake) -> Reporter:
    """Return who is named as the one who reported."""
    return Reporter(
        person_id=intake.reporter_person_id,
        name=intake.reporter_name,
        phone=intake.reporter_phone,
        email=intake.reporter_email,
    )


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
        check_may_open(session, actor=actor, intake=intake)
        opened = enter_case(
            session, actor=actor, intake=intake, occurred_at=occurred_at, is_routed=False
        )
        steps.claim(session, actor=actor, case_id=opened.id)
        return history.act(
            session, actor=actor, case_id=opened.id, command=Command.RESOLVE, said=said
        )


def check_may_open(session: Session, *, actor: Actor, intake: Intake) -> None:
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
