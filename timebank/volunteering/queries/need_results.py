"""The proof of what has become of each need: derived again from needs, tasks and sign-ups."""

from collections.abc import Iterator

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.volunteering.models.need_results import NeedResult, results

RULE = "what has become of a need, and how long it took, follows from its tasks and sign-ups"


def findings(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield each need of which something else is kept than what follows, or nothing."""
    it = NeedResult.__table__
    dialect = session.get_bind().dialect.name
    told = text(results(dialect)).columns(*it.columns).subquery("told")
    names = [one.name for one in it.columns if one.name != "need_id"]
    differs = or_(*(it.c[name].is_distinct_from(told.c[name]) for name in names))
    wanted = (
        select(told.c.need_id, *(it.c[name] for name in names), *(told.c[name] for name in names))
        .select_from(told.outerjoin(it, it.c.need_id == told.c.need_id))
        .where(told.c.community_id == community_id, differs)
        .order_by(told.c.need_id)
    )
    for need_id, *values in session.execute(wanted):
        kept, right = values[: len(names)], values[len(names) :]
        wrong = [
            (name, is_value, should_be)
            for name, is_value, should_be in zip(names, kept, right, strict=True)
            if is_value != should_be
        ]
        is_value, should_be = (
            ", ".join(f"{one[0]} {one[side]}" for one in wrong) for side in (1, 2)
        )
        yield Finding("need_result", f"need {need_id}", is_value, should_be, RULE, community_id)
