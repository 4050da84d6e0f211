"""Builders for the case room: a grid with its officer, cases in any state, a photo."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from tests.conftest import Browser
from tests.make.access import log_in, make_actor
from tests.make.community import make_community, make_micro_grid, make_person
from timebank.cases.rules.flow import (
    Answer,
    Category,
    Command,
    Method,
    Outcome,
    Refusal,
    Source,
    State,
)
from timebank.cases.rules.overlays import PauseReason
from timebank.cases.service import intake, overlays, steps
from timebank.cases.service.history import CaseRef, Photo
from timebank.cases.service.intake import Intake
from timebank.kernel import clock
from timebank.kernel.actor import Actor


def open_browser(app: Flask, session: Session, actor: Actor) -> FlaskClient:
    """Return a browser in which the actor is logged in; what the test made is kept."""
    client = Browser(app, app.response_class, use_cookies=True)
    log_in(client, session, actor)
    return client


@dataclass(frozen=True, slots=True)
class Grid:
    """A community with one grid, its officer, its administrator and a resident."""

    community_id: int
    grid_id: int
    micro_grid_id: int
    officer: Actor
    admin: Actor
    resident: Actor


def make_grid(session: Session, *, code: str = "JL") -> Grid:
    """Return a new community with people to act in it."""
    community = make_community(session, code=code)
    place = make_micro_grid(session, community.id, grid_no=3, building_no=7, unit_no=3)
    person = make_person(
        session,
        community_id=community.id,
        name="周桂芳",
        micro_grid_id=place.id,
        phone="13800000420",
    )
    return Grid(
        community_id=community.id,
        grid_id=place.grid_id,
        micro_grid_id=place.id,
        officer=make_actor(
            session,
            community_id=community.id,
            roles=(("grid_officer", "grid", place.grid_id),),
            name="刘洋",
        ),
        admin=make_actor(session, community_id=community.id, name="高洁"),
        resident=make_actor(
            session,
            community_id=community.id,
            roles=(("volunteer", "own", None),),
            person_id=person.id,
            name="周桂芳",
        ),
    )


def an_intake(grid: Grid, *, source: Source = Source.REPORTED) -> Intake:
    """Return what is said about rubbish in a fire lane."""
    return Intake(
        source=source,
        category=Category.FIRE_SAFETY,
        title="7号楼消防通道堆纸箱、旧家具",
        description="通道被堵住，推车过不去。",
        micro_grid_id=grid.micro_grid_id,
        reporter_person_id=grid.resident.person_id if source is Source.REPORTED else None,
    )


def make_case(
    session: Session,
    grid: Grid,
    *,
    state: State = State.REGISTERED,
    source: Source = Source.REPORTED,
    title: str | None = None,
) -> CaseRef:
    """Return a case that has gone as far as the given state."""
    said = an_intake(grid, source=source)
    if title is not None:
        said = replace(said, title=title)
    made = intake.register_case(session, actor=grid.officer, intake=said)
    if state is State.CANCELLED:
        return do(session, grid.officer, made.id, Command.CANCEL)
    if state is State.REJECTED:
        return do(session, grid.officer, made.id, Command.REJECT)
    for command in (
        Command.RESPOND,
        Command.CLAIM,
        Command.RESOLVE,
        Command.FEED_BACK,
        Command.CLOSE,
    ):
        if made.state is state:
            break
        made = do(session, grid.officer, made.id, command)
    return made


def do(
    session: Session,
    actor: Actor,
    case_id: int,
    command: Command,
    *,
    answer: Answer = Answer.SOLVED,
    expected_version: int | None = None,
) -> CaseRef:
    """Carry out a command with ordinary words."""
    match command:
        case Command.CLAIM:
            return steps.claim(
                session, actor=actor, case_id=case_id, expected_version=expected_version
            )
        case Command.RESOLVE:
            return steps.resolve(
                session,
                actor=actor,
                case_id=case_id,
                outcome=Outcome.SOLVED,
                words="通道清出来了。",
                no_photo_reason="手机没电",
                expected_version=expected_version,
            )
        case Command.FEED_BACK:
            return steps.feed_back(
                session,
                actor=actor,
                case_id=case_id,
                method=Method.PHONE,
                answer=answer,
                words="电话里说过了。",
                expected_version=expected_version,
            )
        case Command.REJECT | Command.ASK_PAUSE | Command.ASK_EXTENSION:
            return _ask(session, actor, case_id, command, expected_version)
        case _:
            verbs: dict[Command, Callable[..., CaseRef]] = {
                Command.RESPOND: steps.respond,
                Command.NOTE: steps.add_note,
                Command.CLOSE: steps.close,
                Command.REOPEN: steps.reopen,
                Command.CANCEL: steps.cancel,
                Command.APPROVE: overlays.approve,
                Command.DECLINE: overlays.decline,
                Command.RESUME: overlays.resume,
            }
            return verbs[command](
                session,
                actor=actor,
                case_id=case_id,
                words="写一笔。",
                expected_version=expected_version,
            )


def _ask(
    session: Session,
    actor: Actor,
    case_id: int,
    command: Command,
    expected_version: int | None,
) -> CaseRef:
    """Reject a case, or ask for a pause or an extension."""
    if command is Command.REJECT:
        return overlays.reject(
            session,
            actor=actor,
            case_id=case_id,
            refusal=Refusal.NOT_OURS,
            words="请打 12345，由城管受理。",
            expected_version=expected_version,
        )
    if command is Command.ASK_PAUSE:
        return overlays.ask_pause(
            session,
            actor=actor,
            case_id=case_id,
            reason=PauseReason.WORKS,
            last_on=clock.today() + timedelta(days=1),
            words="施工队明天进场。",
            expected_version=expected_version,
        )
    return overlays.ask_extension(
        session,
        actor=actor,
        case_id=case_id,
        last_on=clock.today() + timedelta(days=9),
        words="配件要一周才到。",
        photos=[a_photo()],
        expected_version=expected_version,
    )


def a_photo(name: str = "通道.jpg") -> Photo:
    """Return a small photo."""
    buffer = BytesIO()
    Image.new("RGB", (8, 8), "blue").save(buffer, "JPEG")
    return Photo(name=name, content=buffer.getvalue())
