"""Lines of figures and kept months: how they are summed, and where they do not follow."""

from collections.abc import Iterator
from datetime import date
from typing import Any  # the columns of a select under construction

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    case,
    cast,
    except_,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from timebank.kernel.finding import Finding
from timebank.ledger.queries import entries as ledger_entries
from timebank.volunteering.models.postings import (
    HoursMonth,
    HoursPosting,
    HoursRolled,
    PairMonth,
    VolunteerFirst,
    VolunteerMonth,
    VolunteerThrough,
)
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import backs
from timebank.volunteering.rules.figures import ANYWHERE, month_after

RULE_LINE = "each posting of a record is one line, on its entry's day, as the record says"
RULE_FIRST = "a first day is that of the first line of a volunteer in a place"
RULE_KEPT = "a kept month is the sum of its lines"
RULE_THROUGH = "what was done by a month's end is the sum of all lines until then"
_BATCH = 1000
_DONE = ("minutes", "services", "approvals", "pair_minutes")

_it = HoursPosting
_Column = InstrumentedAttribute[Any] | ColumnElement[Any]


def keys_of(kept: type[Any]) -> list[str]:
    """Return the names of the columns by which a table of kept months is grouped."""
    place = ["grid_id", "centre_id"]
    return {
        HoursMonth: ["kind_id", *place, "age_group"],
        VolunteerMonth: ["volunteer_id", *place],
        PairMonth: ["volunteer_id", "recipient_id", *place],
    }[kept]


def month_sums(kept: type[Any], *, community_id: int) -> Select[Any]:
    """Return the select of what a table of kept months holds, summed from lines anew."""
    keys = [getattr(_it, name) for name in ("community_id", "month_on", *keys_of(kept))]
    columns: list[_Column] = [*keys, func.sum(_it.minutes).label("minutes")]
    columns.append(func.sum(_it.services).label("services"))
    if kept is VolunteerMonth:
        approvals = func.sum(case((_it.services > 0, 1), else_=0))
        columns.append(approvals.label("approvals"))
    if kept is HoursMonth:
        columns.append(func.count(_it.volunteer_id.distinct()).label("people"))
    wanted = select(*columns).where(_it.community_id == community_id).group_by(*keys)
    return wanted.where(_it.recipient_id.is_not(None)) if kept is PairMonth else wanted


def _kept_sums(kept: type[Any], *, community_id: int) -> Select[Any]:
    """Return the same select over the kept months themselves."""
    keys = [getattr(kept, name) for name in ("community_id", "month_on", *keys_of(kept))]
    more = {VolunteerMonth: ["approvals"], HoursMonth: ["people"]}.get(kept, [])
    figures = ["minutes", "services", *more]
    sums = [func.sum(getattr(kept, name)).label(name) for name in figures]
    return select(*keys, *sums).where(kept.community_id == community_id).group_by(*keys)


def through(*, community_id: int, month_on: date) -> Select[Any]:
    """Return the select of what each volunteer had done by the end of a month.

    It is what is kept of the month before, and the lines of the month.
    """
    it = VolunteerThrough
    kept = select(it.volunteer_id, *(getattr(it, name) for name in _DONE)).where(
        it.community_id == community_id, it.month_on == month_after(month_on, -1)
    )
    is_live = _it.services > 0
    pairs = (
        select(
            _it.volunteer_id,
            func.sum(_it.minutes).label("minutes"),
            func.sum(_it.services).label("services"),
            func.sum(case((is_live, 1), else_=0)).label("approvals"),
            func.sum(
                case((and_(is_live, _it.recipient_id.is_not(None)), _it.minutes), else_=0)
            ).label("pair_minutes"),
        )
        .where(_it.community_id == community_id, _it.month_on == month_on)
        .group_by(_it.volunteer_id, _it.recipient_id)
        .subquery()
        .c
    )
    lines = select(
        pairs.volunteer_id,
        *(func.sum(pairs[name]) for name in _DONE[:-1]),
        func.max(pairs.pair_minutes),
    ).group_by(pairs.volunteer_id)
    every = union_all(kept, lines).subquery().c
    return select(
        literal(community_id, BigInteger).label("community_id"),
        literal(month_on, Date).label("month_on"),
        every.volunteer_id,
        *(cast(func.sum(every[name]), Integer).label(name) for name in _DONE),
    ).group_by(every.volunteer_id)


def findings(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield lines that are missing or wrong, and kept months that are not their lines' sums."""
    yield from _lines(session, community_id)
    yield from _firsts(session, community_id)
    state = session.get(HoursRolled, community_id, populate_existing=True)
    rolled = state.before_on if state else None
    for kept in (HoursMonth, VolunteerMonth, PairMonth):
        right = month_sums(kept, community_id=community_id)
        is_kept = _it.month_on < rolled if rolled else _it.id < 0
        right = right.where(is_kept)
        stored = _kept_sums(kept, community_id=community_id)
        for some, is_stored in ((except_(stored, right), True), (except_(right, stored), False)):
            for row in session.execute(some):
                told = ", ".join(f"{name} {value}" for name, value in row._mapping.items())  # noqa: SLF001 - its public name
                is_value, should_be = (told, "-") if is_stored else ("-", told)
                yield Finding(
                    kept.__tablename__, told, is_value, should_be, RULE_KEPT, community_id
                )
    yield from _throughs(session, community_id, rolled)
    yield from backs.findings(session, community_id, state)


def _throughs(session: Session, community_id: int, rolled: date | None) -> Iterator[Finding]:
    """Yield what is kept of months' ends and is not the month before and the lines of the month."""
    ends = [
        select(func.min(one.month_on), func.max(one.month_on)).where(
            one.community_id == community_id
        )
        for one in (VolunteerThrough, _it)
    ]
    (begun, last), (line_begun, _) = (session.execute(one).one() for one in ends)
    if rolled is not None:
        begun = min(one for one in (begun, line_begun, rolled) if one is not None)
        last = max(one for one in (last, month_after(rolled, -1)) if one is not None)
    while begun is not None and begun <= last:
        is_over = rolled is not None and begun < rolled
        yield from _through(session, community_id, begun, is_over=is_over)
        begun = month_after(begun)


def _through(
    session: Session, community_id: int, month: date, *, is_over: bool
) -> Iterator[Finding]:
    """Yield what is wrong with the rows of one month's end."""
    it = VolunteerThrough
    right = through(community_id=community_id, month_on=month)
    right = right if is_over else right.where(false())
    columns = (it.community_id, it.month_on, it.volunteer_id)
    stored: Select[Any] = select(*columns, *(getattr(it, name) for name in _DONE)).where(
        it.community_id == community_id, it.month_on == month
    )
    for some, is_stored in ((except_(stored, right), True), (except_(right, stored), False)):
        for _own, _month, volunteer_id, *done in session.execute(some):
            told = f"volunteer {volunteer_id}, {month:%Y-%m}: {done}"
            is_value, should_be = (told, "-") if is_stored else ("-", told)
            yield Finding(
                "volunteer_through", told, is_value, should_be, RULE_THROUGH, community_id
            )


def _firsts(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield first days that are not those of the lines."""
    places = (
        func.coalesce(_it.grid_id, 0).label("grid_id"),
        func.coalesce(_it.centre_id, 0).label("centre_id"),
    )
    anywhere = literal(ANYWHERE, Integer)
    derived = union_all(
        *(
            select(_it.volunteer_id, *shown, func.min(_it.on_day).label("first_on"))
            .where(_it.community_id == community_id, _it.services > 0)
            .group_by(_it.volunteer_id, *grouped)
            for shown, grouped in (
                (places, places),
                ((places[0], anywhere), places[:1]),
                ((anywhere, anywhere), ()),
            )
        )
    ).subquery()
    right: Select[Any] = select(*derived.c)
    it = VolunteerFirst
    stored: Select[Any] = select(it.volunteer_id, it.grid_id, it.centre_id, it.first_on).where(
        it.community_id == community_id
    )
    for some, is_stored in ((except_(stored, right), True), (except_(right, stored), False)):
        for row in session.execute(some):
            told = f"volunteer {row[0]}, grid {row[1]}, centre {row[2]}: {row[3]}"
            is_value, should_be = (told, "-") if is_stored else ("-", told)
            yield Finding("volunteer_first", told, is_value, should_be, RULE_FIRST, community_id)


def _lines(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield records one of whose postings has no line that says the same."""
    record, line = ServiceRecord, aliased(HoursPosting)
    sides = [
        select(
            record.id.label("record_id"), entry.label("entry_id"), minutes.label("minutes")
        ).where(record.community_id == community_id, entry.is_not(None))
        for entry, minutes in (
            (record.entry_id, record.credited_minutes * 1),
            (record.reversal_id, record.credited_minutes * -1),
        )
    ]
    posted = union_all(*sides).subquery()
    differs = or_(
        line.id.is_(None),
        line.record_id != record.id,
        line.minutes != posted.c.minutes,
        line.volunteer_id != record.volunteer_id,
        line.recipient_id.is_distinct_from(record.recipient_id),
        line.kind_id != record.kind_id,
        line.grid_id.is_distinct_from(record.grid_id),
        line.centre_id.is_distinct_from(record.centre_id),
        line.on_day.is_distinct_from(ledger_entries.day_of(posted.c.entry_id)),
    )
    rows = session.execute(
        select(record.id, line.minutes, line.on_day, posted.c.minutes)
        .join(posted, posted.c.record_id == record.id)
        .outerjoin(line, line.entry_id == posted.c.entry_id)
        .where(differs)
        .order_by(record.id)
        .execution_options(yield_per=_BATCH)
    )
    for record_id, minutes, on_day, should_be in rows:
        told = "-" if minutes is None else f"{minutes} on {on_day}"
        yield Finding(
            "hours_posting", f"record {record_id}", told, str(should_be), RULE_LINE, community_id
        )
