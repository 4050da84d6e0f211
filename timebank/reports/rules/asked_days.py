"""Which days a report of money tells of, as every face of it is asked."""

from datetime import date

from timebank.reports.errors import AsOfError, SpanError


def as_of(day: date | None, *, today: date) -> date:
    """Return the day as of whose end a report is told; today unless another is named.

    Raises:
        AsOfError: that day is not over, nor is it today.
    """
    if day is not None and day > today:
        raise AsOfError(field="on")
    return day or today


def span(since: date | None, through: date | None, *, today: date) -> tuple[date, date]:
    """Return the days within which things moved; this month unless others are named.

    Raises:
        SpanError: they are the wrong way round.
    """
    last = through or today
    first = since or last.replace(day=1)
    if first > last:
        raise SpanError(field="since")
    return first, last
