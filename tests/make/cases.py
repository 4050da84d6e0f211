"""Builders for the case room: a grid with its officer, cases in any state, a photo."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from tests.conftest import Browser
from tests.make.access import log_in, make_actor
from tests.make.community import make_community, make_micro_grid, make_person
from timebank.cases.models.cases import CaseFile
from timebank.cases.queries import whistles as whistle_queries
from timebank.cases.queries import workers
from timebank.cases.rules.flow import (
    FEEDBACK_TRIES_MAX,
    Answer,
    Category,
    Command,
    Level,
    Method,
    Outcome,
    Refusal,
    Source,
    State,
)
from timebank.cases.rules.overlays import PauseReason
from timebank.cases.rules.whistling import CalledState, Saying, Side
from timebank.cases.service import (
    deliberating,
    feedback,
    hands,
    history,
    intake,
    merging,
    overlays,
    steps,
    whistles,
)
from timebank.cases.service.history import CaseRef, Photo, Said
from timebank.cases.service.intake import Intake
from timebank.cases.service.whistles import DepartmentFacts
from timebank.community import queries as community_queries
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
        do(session, grid.officer, made.id, Command.ASK_CANCEL)
        return do(session, grid.admin, made.id, Command.APPROVE)
    if state is State.REJECTED:
        return do(session, grid.officer, made.id, Command.REJECT)
    if state is State.MERGED:
        return merge(session, grid, made.id)
    for command in (Command.RESPOND, Command.CLAIM, Command.RESOLVE):
        if made.state is state:
            return made
        made = do(session, grid.officer, made.id, command)
    if state is State.CLOSED:
        return do(session, grid.officer, made.id, Command.FEED_BACK)
    return call_in_vain(session, grid, made.id) if state is State.FED_BACK else made


def merge(session: Session, grid: Grid, case_id: int, *, master_id: int | None = None) -> CaseRef:
    """Merge a case into another, made for it when none is given."""
    if master_id is None:
        other = replace(an_intake(grid, source=Source.PATROL), title="同一处的另一件")
        master_id = intake.register_case(session, actor=grid.officer, intake=other).id
    number = session.get_one(CaseFile, master_id).number
    return merging.merge_into(
        session, actor=grid.officer, case_id=case_id, master_number=number, words="同一件事。"
    )


def call_in_vain(session: Session, grid: Grid, case_id: int) -> CaseRef:
    """Call the reporter as often as counts, an hour between the calls; nobody answers."""
    at = clock.now()
    for hours in range(FEEDBACK_TRIES_MAX):
        with clock.fixed_at(at + timedelta(hours=hours)):
            made = do(session, grid.officer, case_id, Command.FEED_BACK, answer=Answer.UNREACHABLE)
    return made


def whistle(session: Session, grid: Grid, case_id: int, names: Sequence[str] = ("城管",)) -> None:
    """Call departments, the first of them leading; they are entered when they are not known."""
    known = {
        one.name: one.id
        for one in whistle_queries.departments(session, community_id=grid.community_id)
    }
    ids = [
        known.get(name)
        or whistles.add_department(session, actor=grid.admin, facts=DepartmentFacts(name=name))
        for name in names
    ]
    whistles.whistle(
        session, actor=grid.officer, case_id=case_id, department_ids=ids, lead_id=ids[0],
        words="请来一起看。",
    )  # fmt: skip


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
    around = _AROUND.get(command)
    if around is not None:
        return around(session, actor, case_id)
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
            return feedback.feed_back(
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
                Command.ASK_CANCEL: overlays.ask_cancel,
                Command.RETURN: hands.return_case,
                Command.UNMERGE: merging.unmerge,
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


def _to_whom(session: Session, actor: Actor, case_id: int, *, is_wide: bool) -> int:
    """Somebody else who may have the case: of the community's staff, or of the grid."""
    row = session.get_one(CaseFile, case_id)
    place = community_queries.micro_grid(session, row.micro_grid_id)
    known = workers.workers(session, community_id=row.community_id, grid_id=place.grid_id)
    had = {row.holder_user_id, row.assigned_user_id}
    fit = [one.user_id for one in known if one.is_wide is is_wide]
    return next((one for one in fit if one not in had), fit[0])


def _hand(command: Command, session: Session, actor: Actor, case_id: int) -> CaseRef:
    """Designate, reassign or bring up a case."""
    row = session.get_one(CaseFile, case_id)
    if command is Command.ESCALATE:
        rungs = list(Level)
        level = rungs[min(rungs.index(Level(row.level)) + 1, len(rungs) - 1)]
        to = _to_whom(session, actor, case_id, is_wide=level is not Level.COOPERATIVE)
        return hands.escalate(
            session, actor=actor, case_id=case_id, level=level, to_user_id=to, words="太难了。"
        )
    verb = hands.designate if command is Command.DESIGNATE else hands.reassign
    to = _to_whom(session, actor, case_id, is_wide=True)
    return verb(session, actor=actor, case_id=case_id, to_user_id=to, words="由您来办。")


def _deliberate(session: Session, actor: Actor, case_id: int) -> CaseRef:
    """Put a case on tomorrow's agenda."""
    on = clock.today() + timedelta(days=1)
    return deliberating.deliberate(
        session, actor=actor, case_id=case_id, note="请大家议一议。", meeting_on=on
    )


def _decide(session: Session, actor: Actor, case_id: int) -> CaseRef:
    """Write down what the meeting decided."""
    return deliberating.note_decision(session, actor=actor, case_id=case_id, decision="明天清理。")


def _about_department(command: Command, session: Session, actor: Actor, case_id: int) -> CaseRef:
    """Whistle, or write about the department that was whistled last."""
    if command is Command.WHISTLE:
        # Whoever was entered for a whistle that was refused is there all the same.
        known = whistle_queries.departments(session, community_id=actor.community_id)
        name = f"部门{len(known)}"
        made = whistles.add_department(session, actor=actor, facts=DepartmentFacts(name=name))
        return whistles.whistle(
            session, actor=actor, case_id=case_id, department_ids=[made], lead_id=made, words="来。"
        )
    # Where nobody was whistled, the state is asked first.
    rows = whistle_queries.rows(session, case_id)
    if not rows:
        return history.act(session, actor=actor, case_id=case_id, command=command, said=Said())
    facts: dict[str, Any] = {"actor": actor, "case_id": case_id, "whistle_id": rows[-1].id}
    if command is Command.ASSESS:
        return whistles.assess(session, side=Side.CALLER, score=5, **facts)
    if command is Command.RELEASE:
        return whistles.release(session, **facts)
    saying = {
        CalledState.NOTIFIED: Saying.ARRIVED,
        CalledState.ARRIVED: Saying.ACCEPTED,
        CalledState.ACCEPTED: Saying.FINISHED,
    }.get(CalledState(rows[-1].state), Saying.ARRIVED)
    return whistles.note_department(session, saying=saying, **facts)


def _merge(session: Session, actor: Actor, case_id: int) -> CaseRef:
    """Merge a case into one that is made for it."""
    row = session.get_one(CaseFile, case_id)
    said = Intake(
        source=Source.PATROL,
        category=Category.FIRE_SAFETY,
        title="同一处的另一件",
        description="同一处",
        micro_grid_id=row.micro_grid_id,
    )
    master = intake.register_case(session, actor=actor, intake=said)
    return merging.merge_into(
        session, actor=actor, case_id=case_id, master_number=master.number, words="同一件事。"
    )


def _handle_now(session: Session, actor: Actor, case_id: int) -> CaseRef:
    """Fix it on the spot."""
    return hands.handle_now(
        session, actor=actor, case_id=case_id, words="当场好了。", no_photo_reason="没带手机"
    )


_AROUND: dict[Command, Callable[[Session, Actor, int], CaseRef]] = {
    Command.ESCALATE: partial(_hand, Command.ESCALATE),
    Command.DESIGNATE: partial(_hand, Command.DESIGNATE),
    Command.REASSIGN: partial(_hand, Command.REASSIGN),
    Command.DELIBERATE: _deliberate,
    Command.DECIDE: _decide,
    Command.WHISTLE: partial(_about_department, Command.WHISTLE),
    Command.DEPARTMENT: partial(_about_department, Command.DEPARTMENT),
    Command.RELEASE: partial(_about_department, Command.RELEASE),
    Command.ASSESS: partial(_about_department, Command.ASSESS),
    Command.MERGE: _merge,
    Command.HANDLE_NOW: _handle_now,
}


def a_photo(name: str = "通道.jpg") -> Photo:
    """Return a small photo."""
    buffer = BytesIO()
    Image.new("RGB", (8, 8), "blue").save(buffer, "JPEG")
    return Photo(name=name, content=buffer.getvalue())
