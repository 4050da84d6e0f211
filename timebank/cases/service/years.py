"""How a year's workdays are loaded, and how promises that waited for them are reckoned anew."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.cases.errors import policy as errors
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.promises import WorkDay, WorkYear
from timebank.cases.queries import promises
from timebank.cases.rules import deadlines, years
from timebank.cases.rules.flow import EventType
from timebank.cases.rules.folding import Payload
from timebank.cases.rules.holidays import HOUSE_YEARS
from timebank.cases.service import history
from timebank.cases.service.history import Said
from timebank.jobs import service as jobs
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.trail import service as trail

REBASE_JOB = "cases.rebase"
# So many cases are reckoned in one job; the rest go into the next.
BATCH = 100


def load_year(
    session: Session,
    *,
    actor: Actor,
    year: int,
    source: str,
    rest_on: Collection[date],
    work_on: Collection[date],
) -> int:
    """Write a version of a year's workdays and return its number.

    Promises that were reckoned without the year are reckoned anew by a job; all others stay.

    Raises:
        YearSourceMissingError, YearEmptyError, DayOfOtherYearError, DayTwiceError,
        MakeUpOnWeekdayError: the days do not make a year's notice.
        YearChangedError: somebody else was faster.
    """
    years.check_year(year=year, source=source, rest_on=rest_on, work_on=work_on)
    version = _next_version(session, actor.community_id, year)
    row = WorkYear(
        community_id=actor.community_id,
        year=year,
        version=version,
        source=source.strip(),
        loaded_at=clock.now(),
        loaded_by_user_id=actor.user_id,
        loaded_by_name=actor.name,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise errors.YearChangedError(year=year) from error
    session.add_all(WorkDay(work_year_id=row.id, day=day, is_worked=False) for day in rest_on)
    session.add_all(WorkDay(work_year_id=row.id, day=day, is_worked=True) for day in work_on)
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="cases.load_year",
        subject_type="work_year",
        subject_id=row.id,
        summary=f"{year}",
        facts={"version": str(version), "source": row.source},
    )
    _ask_rebase(session, actor.community_id, key=f"{year}:{version}", after_id=0)
    return version


def _next_version(session: Session, community_id: int, year: int) -> int:
    """Return the number of the year's next version; the house's own is the first it has."""
    latest = session.scalar(
        select(func.max(WorkYear.version)).where(
            WorkYear.community_id == community_id, WorkYear.year == year
        )
    )
    house = [one.version for one in HOUSE_YEARS if one.year == year]
    return max([latest or 0, *house]) + 1


def _ask_rebase(session: Session, community_id: int, *, key: str, after_id: int) -> None:
    """Ask for the promises behind a case to be reckoned anew; the same key asks once."""
    jobs.enqueue(
        session,
        name=REBASE_JOB,
        key=f"{REBASE_JOB}:{community_id}:{key}:{after_id}",
        payload={"community_id": community_id, "key": key, "after_id": after_id},
        community_id=community_id,
    )


def rebase_everywhere(session: Session, _payload: jobs.Payload) -> int:
    """Ask for whatever still waits for a year to be looked at again; once a day does no harm.

    A case that was registered while a year was being loaded may have missed its job.
    """
    waiting = session.scalars(
        select(CaseFile.community_id).where(CaseFile.is_provisional).distinct().limit(BATCH)
    ).all()
    for community_id in waiting:
        _ask_rebase(session, community_id, key=clock.today().isoformat(), after_id=0)
    return len(waiting)


def rebase(session: Session, payload: jobs.Payload) -> int:
    """Reckon anew what waited for a year, case by case, and return how many were reckoned."""
    community_id, after_id = int(payload["community_id"]), int(payload["after_id"])
    rows = session.scalars(
        select(CaseFile)
        .where(
            CaseFile.community_id == community_id,
            CaseFile.is_provisional,
            CaseFile.id > after_id,
        )
        .order_by(CaseFile.id)
        .limit(BATCH)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    actor = program(community_id=community_id, name=REBASE_JOB)
    done = sum(_rebase_case(session, row, actor=actor) for row in rows)
    if len(rows) == BATCH:
        _ask_rebase(session, community_id, key=str(payload["key"]), after_id=rows[-1].id)
    return done


def _rebase_case(session: Session, row: CaseFile, *, actor: Actor) -> bool:
    """Write one event with the promises as the known years make them; none when nothing changed."""
    state = row.as_state()
    book = promises.rulebook(session, row.community_id, row.policy_version)
    waiting = [
        one for one in state.times.values() if one.why["is_provisional"] and one.done_at is None
    ]
    dues = [deadlines.reckon_again(one, book=book) for one in waiting]
    if dues == [one.why for one in waiting]:
        return False
    at = clock.now()
    said = Said(payload=Payload(dues=dues))
    state = history.append(
        session, row, state, actor=actor, event_type=EventType.REBASED, said=said, at=at
    )
    history.move(session, row, state, actor=actor, at=at)
    history.leave_trail(session, actor=actor, action="rebase", row=row)
    return True
