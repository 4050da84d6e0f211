"""A roster as a file: handed out with the names on the list, read back with who came and when."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.community.models import Person
from timebank.community.service.imports import sheet
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.ledger.queries.accounts import frozen_persons
from timebank.volunteering.errors import presence as errors
from timebank.volunteering.errors import tasks as task_errors
from timebank.volunteering.errors.records import CardNotFoundError
from timebank.volunteering.models.presence import Presence
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries import helpers
from timebank.volunteering.queries import presence as reads_of
from timebank.volunteering.queries import tasks as task_reads
from timebank.volunteering.rules import presence as rules
from timebank.volunteering.rules.helpers import Helper, check_may
from timebank.volunteering.rules.needs import Risk
from timebank.volunteering.rules.presence import Planned, PresenceEvent
from timebank.volunteering.rules.tasks import SignUpState
from timebank.volunteering.service.checkins import make_records
from timebank.volunteering.service.notes import locked_task, note
from timebank.volunteering.service.presence_records import insert_all
from timebank.volunteering.service.rosters import seat

COLUMNS = (
    sheet.Column("card", "卡号", ("会员卡号", "志愿者卡号"), is_required=True),
    sheet.Column("name", "姓名", ("志愿者", "志愿者姓名"), is_required=True),
    sheet.Column("started", "来时", ("签到", "到达时间", "签到时间")),
    sheet.Column("ended", "走时", ("签退", "离开时间", "签退时间")),
)
_CLOCK = re.compile(r"(?:\d{4}-\d\d-\d\d[ T])?(\d{1,2}):(\d{2})(?::\d{2}(?:\.0+)?)?", re.ASCII)
_TICKABLE = (SignUpState.ACCEPTED, SignUpState.NO_SHOW)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be taken, and why."""

    number: int
    name: str
    refusal: DomainError


@dataclass(frozen=True, slots=True)
class RosterOutcome:
    """How many were recorded; with a single problem nobody is."""

    ticked: int
    problems: Sequence[RowProblem] = ()


@dataclass(frozen=True, slots=True)
class _Seat:
    """One row that can be taken: who, from when to when, and what is known of them here."""

    helper: Helper
    started_at: datetime
    ended_at: datetime
    row: SignUp | None
    there: Presence | None


def roster_file(session: Session, *, actor: Actor, task_id: int) -> bytes:
    """Return the roster of a task as a workbook to be filled in; every cell is text.

    Raises:
        NotStaffHereError: not staff of the place.
    """
    view = task_reads.task(session, actor=actor, task_id=task_id)
    if not reads_of.vouches(actor, view.grid_id, view.centre_id):
        raise errors.NotStaffHereError
    rows = session.execute(
        select(Person.card_no, Person.name)
        .join(SignUp, SignUp.volunteer_id == Person.id)
        .where(SignUp.task_id == task_id, SignUp.state.in_(_TICKABLE))
        .order_by(SignUp.id)
        .limit(helpers.LISTED_MAX)
    )
    times = [f"{clock.local(at):%H:%M}" for at in (view.starts_at, view.ends_at)]
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        text = book.add_format({"num_format": "@"})
        head = book.add_format({"bold": True, "bottom": 2, "num_format": "@"})
        page = book.add_worksheet()
        page.set_column(0, len(COLUMNS) - 1, 16, text)
        page.write_row(0, 0, [column.title for column in COLUMNS], head)
        for at, (card_no, name) in enumerate(rows, start=1):
            page.write_row(at, 0, [card_no or "", name, *times], text)
        page.freeze_panes(1, 0)
    return buffer.getvalue()


def import_roster(session: Session, *, actor: Actor, task_id: int, content: bytes) -> RosterOutcome:
    """Note who was at a group activity from a filled-in file: all rows, or none with the reasons.

    Whoever came without being on the list is put on it, as far as age and places allow.

    Raises:
        NotStaffHereError: not staff of the place.
        InvalidError: the file cannot be read as a list; its class says why.
        TooManyTickedError: it has too many rows for one act.
    """
    task = locked_task(session, actor=actor, task_id=task_id)
    if not reads_of.vouches(actor, task.grid_id, task.centre_id):
        raise errors.NotStaffHereError
    lines = sheet.read(content, columns=COLUMNS).lines
    if len(lines) > rules.TICKED_MAX:
        raise errors.TooManyTickedError(field="file", limit=rules.TICKED_MAX)
    seats, problems = _judged(session, actor, task, lines)
    if problems:
        return RosterOutcome(0, problems)
    _sit(session, actor, task, seats)
    return RosterOutcome(len(seats))


def _judged(
    session: Session, actor: Actor, task: Task, lines: Sequence[sheet.Line]
) -> tuple[list[_Seat], list[RowProblem]]:
    """Return which rows can be taken, and why the others cannot."""
    cards = {line.text("card").upper() for line in lines}
    people = {
        one.card_no: one
        for one in session.scalars(
            select(Person).where(
                Person.community_id == task.community_id, Person.card_no.in_(cards)
            )
        )
    }
    ids = [one.id for one in people.values()]
    known = helpers.helpers(session, community_id=task.community_id, person_ids=ids)
    listed = _listed(session, task)
    stopped = frozen_persons(session, community_id=task.community_id, person_ids=ids)
    seats: list[_Seat] = []
    problems: list[RowProblem] = []
    seen: set[str] = set()
    for line in lines:
        card_no = line.text("card").upper()
        try:
            if card_no in seen:
                raise errors.RowTwiceError
            seen.add(card_no)
            person = people.get(card_no)
            if person is not None and person.id in stopped:
                raise errors.FrozenOnRosterError(names=person.name)
            seats.append(_seat(actor, task, line, person=person, known=known, listed=listed))
        except DomainError as refusal:
            problems.append(RowProblem(line.number, line.text("name"), refusal))
    new = sum(one.row is None for one in seats)
    if task.taken + new > task.places:
        over = task.taken + new - task.places
        problems.append(RowProblem(0, "", errors.RosterOverfullError(over=over)))
    return seats, problems


def _listed(session: Session, task: Task) -> dict[int, tuple[SignUp, Presence | None]]:
    """Return who is on a task's list, with their presence, by person."""
    rows = session.execute(
        select(SignUp, Presence)
        .outerjoin(Presence, Presence.sign_up_id == SignUp.id)
        .where(SignUp.task_id == task.id)
        .limit(helpers.LISTED_MAX)
    )
    return {row.volunteer_id: (row, there) for row, there in rows}


def _seat(
    actor: Actor,
    task: Task,
    line: sheet.Line,
    *,
    person: Person | None,
    known: Mapping[int, Helper],
    listed: Mapping[int, tuple[SignUp, Presence | None]],
) -> _Seat:
    """Return one row as it can be taken.

    Raises:
        DomainError: it cannot; its class says why.
    """
    if person is None or person.id not in known:
        raise CardNotFoundError(card_no=line.text("card"))
    row, there = listed.get(person.id, (None, None))
    _check_row(actor, task, line, person=person, row=row, there=there)
    helper = known[person.id]
    check_may(helper, risk=Risk(task.risk), starts_at=task.starts_at)
    planned = Planned(task.starts_at, task.ends_at)
    started_at = _moment(task, line.text("started"), task.starts_at)
    ended_at = _moment(task, line.text("ended"), task.ends_at)
    rules.check_corrected(planned, started_at=started_at, ended_at=ended_at)
    started_at = started_at if there is None else there.started_at
    rules.counted_span(planned, started_at=started_at, ended_at=ended_at)
    if ended_at > clock.now():
        raise errors.OfflineMomentError
    return _Seat(helper, started_at, ended_at, row, there)


def _check_row(
    actor: Actor,
    task: Task,
    line: sheet.Line,
    *,
    person: Person,
    row: SignUp | None,
    there: Presence | None,
) -> None:
    """Refuse another name, oneself, the one served, and who stands elsewhere or has left."""
    if person.name != line.text("name"):
        raise errors.RowNameDiffersError(card_no=person.card_no, name=person.name)
    if person.id == actor.person_id:
        raise errors.NotStaffHereError
    if person.id == task.recipient_id:
        raise task_errors.ServesSelfError
    if there is not None and there.ended_at is not None:
        raise errors.AlreadyLeftError
    if row is not None and row.state not in _TICKABLE:
        raise errors.RowStandsElsewhereError


def _moment(task: Task, text: str, otherwise: datetime) -> datetime:
    """Return the moment of a wall-clock time on the day of a task.

    Raises:
        RowTimeUnreadableError: it is no time.
    """
    if not text:
        return otherwise
    match = _CLOCK.fullmatch(text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise errors.RowTimeUnreadableError(text=text)
    return clock.at_local(clock.day_of(task.starts_at), time(int(match[1]), int(match[2])))


def _sit(session: Session, actor: Actor, task: Task, seats: Sequence[_Seat]) -> None:
    """Put everybody on the list who is not, and make all records."""
    now = clock.now()
    insert_all(
        session, [walk_in(task, one.helper.person_id, now) for one in seats if one.row is None]
    )
    rows = {
        row.volunteer_id: row
        for row in session.scalars(
            select(SignUp).where(
                SignUp.task_id == task.id,
                SignUp.volunteer_id.in_([one.helper.person_id for one in seats]),
            )
        )
    }
    times = [(rows[one.helper.person_id], one.started_at, one.ended_at) for one in seats]
    make_records(session, actor=actor, task=task, seats=seat(session, task, times))
    note(
        session,
        actor=actor,
        action=PresenceEvent.ROSTER_IMPORTED,
        subject_type="task",
        subject_id=task.id,
        facts={"volunteer_ids": sorted(rows)},
    )


def walk_in(task: Task, volunteer_id: int, now: datetime) -> SignUp:
    """Return the place of somebody who came without being on the list."""
    return SignUp(
        community_id=task.community_id,
        task_id=task.id,
        volunteer_id=volunteer_id,
        starts_at=task.starts_at,
        ends_at=task.ends_at,
        state=SignUpState.ACCEPTED,
        state_reason="",
        signed_at=now,
        accepted_at=now,
        changed_at=now,
        was_moved_up=False,
        code_tries=0,
    )
