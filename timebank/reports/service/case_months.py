"""Keeping the sums of months of cases: all cases once, then what happened since."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseFile
from timebank.cases.rules.flow import Step
from timebank.community import queries as community_queries
from timebank.jobs import service as jobs
from timebank.kernel import clock
from timebank.reports.models import CaseMonth, CaseMonthsKept
from timebank.reports.queries import case_facts, case_months
from timebank.reports.queries.case_reading import Reader, reader_of
from timebank.reports.rules.case_tallies import Kept, Place, Tally, merged, packed, unpacked
from timebank.reports.rules.cases import CaseFact, StepFact
from timebank.reports.rules.figures import Period, Places

JOB = "reports.keep_case_months"
EVERYWHERE_JOB = "reports.keep_case_months_everywhere"
# What began before is written by then: no transaction lasts as long.
BEHIND = timedelta(minutes=10)
# So many cases, or so long a stretch, in one transaction.
BATCH = 2_000
STRETCH = timedelta(days=2)
_EVER = Period(date(1970, 1, 1), date(9998, 12, 1))
_LOCK = 71_100_000


def keep_everywhere(session: Session, _payload: jobs.Payload) -> int:
    """Ask for every community's months to be kept."""
    communities = community_queries.communities(session)
    for one in communities:
        _ask(session, one.id, turn=clock.now().isoformat())
    return len(communities)


def keep(session: Session, payload: jobs.Payload) -> None:
    """Keep a community's months as far as one transaction goes, and ask for the rest."""
    community_id = int(payload["community_id"])
    if not keep_on(session, community_id=community_id):
        _ask(session, community_id, turn=f"{payload['turn']}+")


def _ask(session: Session, community_id: int, *, turn: str) -> None:
    """Ask for months to be kept; the same turn asks once."""
    state = session.get(CaseMonthsKept, community_id, populate_existing=True)
    far = f"{state.kept_at.isoformat()}:{state.last_case_id}" if state else "0"
    jobs.enqueue(
        session,
        name=JOB,
        key=f"{JOB}:{community_id}:{turn.rstrip('+')}:{far}",
        payload={"community_id": community_id, "turn": turn.rstrip("+")},
        community_id=community_id,
    )


def keep_on(session: Session, *, community_id: int) -> bool:
    """Go on keeping a community's months; whether they are kept as of some minutes ago."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK + community_id)))
    until = clock.now() - BEHIND
    state = session.get(CaseMonthsKept, community_id, populate_existing=True)
    if state is None:
        state = CaseMonthsKept(community_id=community_id, kept_at=until)
        session.add(state)
    if not state.is_ready:
        _keep_more(session, state)
        session.flush()
        return state.is_ready and state.kept_at + STRETCH > until
    if until <= state.kept_at:
        return True
    _roll(session, state, until=min(until, state.kept_at + STRETCH))
    session.flush()
    return state.kept_at == until


def _reader(session: Session, community_id: int, as_of: datetime) -> Reader:
    """Return the question of everything in a community, as of a moment."""
    places = Places(community_id, is_whole=True)
    return reader_of(session, places=places, period=_EVER, as_of=as_of)


def _keep_more(session: Session, state: CaseMonthsKept) -> None:
    """Keep some more cases as of the first moment; ready when none is left."""
    reader = _reader(session, state.community_id, state.kept_at)
    ids = session.scalars(
        select(CaseFile.id)
        .where(
            CaseFile.community_id == state.community_id,
            CaseFile.id > state.last_case_id,
            CaseFile.registered_at <= state.kept_at,
        )
        .order_by(CaseFile.id)
        .limit(BATCH)
    ).all()
    if not ids:
        state.is_ready = True
        return
    some = (CaseFile.id > state.last_case_id, CaseFile.id <= ids[-1])
    found = Kept()
    for step in case_facts.step_facts(reader, case_facts.results(reader).where(*some)):
        found.add_step(step)
    for case in case_facts.registered(reader, *some):
        found.add_case(case)
    _enter(session, state.community_id, found)
    state.last_case_id = ids[-1]


def _roll(session: Session, state: CaseMonthsKept, *, until: datetime) -> None:
    """Bring what is kept from its moment to a later one."""
    found = Kept()
    reader = _reader(session, state.community_id, until)
    for fact, sign in case_months.since(reader, kept=state.kept_at):
        if isinstance(fact, StepFact):
            found.add_step(fact)
        elif isinstance(fact, CaseFact):
            found.add_case(fact, sign)
    _enter(session, state.community_id, found)
    state.kept_at = until


def _enter(session: Session, community_id: int, found: Kept) -> None:
    """Add sums to what is kept of their months."""
    months = {place.month_on for place in found.tallies}
    rows = {
        (row.month_on, row.grid_id, row.side, row.key): row
        for month in sorted(months)
        for row in case_months.rows_of(session, community_id=community_id, month_on=month)
    }
    for place, tally in found.tallies.items():
        row = rows.get((place.month_on, place.grid_id, place.by, place.key))
        if row is None:
            row = _new(community_id, place, found.names)
            session.add(row)
        _add(row, tally)
    session.flush()


def _new(community_id: int, place: Place, names: Mapping[str, str]) -> CaseMonth:
    """Return an empty row of a place."""
    return CaseMonth(
        community_id=community_id,
        month_on=place.month_on,
        side=place.by,
        grid_id=place.grid_id,
        key=place.key,
        name=names.get(place.key, "") if place.by == "holder" else "",
        counts={},
        **{step.value: b"" for step in Step},
    )


def _add(row: CaseMonth, tally: Tally) -> None:
    """Add a tally to a row."""
    counts = {name: row.counts.get(name, 0) for name in {*row.counts, *tally.counts}}
    for name, count in tally.counts.items():
        counts[name] += count
    row.counts = case_months.told(counts)
    for step in Step:
        more = tally.minutes(step)
        if more:
            known = unpacked(getattr(row, step.value))
            setattr(row, step.value, packed(merged([(1, known), *more])))
