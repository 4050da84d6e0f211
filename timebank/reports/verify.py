"""The proof of kept months of cases: each is derived again from the events, as of its moment."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseFile
from timebank.cases.models.hands import CaseResult
from timebank.cases.rules.flow import Step
from timebank.kernel import clock
from timebank.kernel.finding import Finding
from timebank.reports.models import CaseMonth, CaseMonthsKept
from timebank.reports.queries import case_months
from timebank.reports.rules.case_tallies import Tally, merged, packed
from timebank.volunteering.rules.figures import month_after

RULE = "a kept month is the sum of its cases as of its moment"
_Row = tuple[int, str, str]


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every row of a kept month that is not what the events make it."""
    wanted = select(CaseMonthsKept).where(CaseMonthsKept.is_ready)
    if community_id is not None:
        wanted = wanted.where(CaseMonthsKept.community_id == community_id)
    for state in session.scalars(wanted.order_by(CaseMonthsKept.community_id)).all():
        for month_on in _months(session, state.community_id):
            yield from _month(session, state.community_id, month_on, state.kept_at)


def _months(session: Session, community_id: int) -> Iterator[date]:
    """Yield every month in which anything may stand, kept or not."""
    begun, last = session.execute(
        select(func.min(CaseFile.registered_at), func.max(CaseFile.registered_at)).where(
            CaseFile.community_id == community_id
        )
    ).one()
    due = session.scalar(
        select(func.max(CaseResult.due_at)).where(CaseResult.community_id == community_id)
    )
    ends = select(func.min(CaseMonth.month_on), func.max(CaseMonth.month_on))
    first_kept, last_kept = session.execute(
        ends.where(CaseMonth.community_id == community_id)
    ).one()
    days = [clock.day_of(one) for one in (begun, last, due) if one is not None]
    days += [one for one in (first_kept, last_kept) if one is not None]
    month, end = (min(days).replace(day=1), max(days)) if days else (date.max, date.min)
    while month <= end:
        yield month
        month = month_after(month)


def _month(
    session: Session, community_id: int, month_on: date, as_of: datetime
) -> Iterator[Finding]:
    """Yield what is wrong with one month."""
    found = case_months.derived(session, community_id=community_id, month_on=month_on, as_of=as_of)
    should: dict[_Row, str] = {
        (place.grid_id, place.by.value, place.key): _said(tally)
        for place, tally in found.tallies.items()
    }
    stored: dict[_Row, str] = {
        (row.grid_id, row.side, row.key): _text(
            row.counts, {step: getattr(row, step.value) for step in Step}
        )
        for row in case_months.rows_of(session, community_id=community_id, month_on=month_on)
    }
    session.expunge_all()
    for key in sorted({*should, *stored}):
        if should.get(key, _NOTHING) != stored.get(key, _NOTHING):
            name = f"{month_on:%Y-%m} grid {key[0]} {key[1]} {key[2]}"
            yield Finding(
                "case_month", name, stored.get(key, "-"), should.get(key, "-"), RULE, community_id
            )


def _said(tally: Tally) -> str:
    """Return a tally as text."""
    return _text(tally.counts, {step: packed(merged(tally.minutes(step))) for step in Step})


def _text(counts: dict[str, int], minutes: dict[Step, bytes]) -> str:
    """Return counts and minutes as text that can be compared."""
    told = ", ".join(f"{name} {count}" for name, count in case_months.told(counts).items())
    times = ", ".join(f"{step} {content.hex()}" for step, content in minutes.items() if content)
    return f"{told}; {times}"


_NOTHING = _text({}, {})
