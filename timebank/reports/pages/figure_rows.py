"""The rows behind the figures, page by page; only for those who may see who stands behind them."""

from typing import Any  # the values of a query string

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from timebank.reports.pages.asked import Asked, asked_of, opened
from timebank.reports.pages.figures import clock_text
from timebank.reports.pages.frame import bp
from timebank.reports.queries import balance, needs, rows, tallies, volunteers
from timebank.reports.rules.figures import RowFilter
from timebank.reports.schemas.figures import (
    HoursRowsIn,
    LotRowsIn,
    MoveRowsIn,
    NeedRowsIn,
    VolunteerRowsIn,
)
from timebank.web.doors import current_actor, query, reads
from timebank.web.doors import needs as holds
from timebank.web.paths import next_url


def row_filter(asked: Asked) -> tuple[RowFilter, dict[str, Any]]:
    """Return which postings are wanted, and which page of them."""
    rest = dict(asked.rest)
    paged: dict[str, Any] = {name: rest.pop(name) for name in ("cursor", "limit") if name in rest}
    wanted = RowFilter(
        asked.period,
        grid_id=rest.pop("of_grid_id", None),
        centre_id=rest.pop("of_centre_id", None),
        **rest,
    )
    return wanted, paged


@bp.get("/figures/hours/rows")
@holds("figures.read")
@reads
def figure_hours_rows(session: Session) -> ResponseReturnValue:
    """Show the postings behind a number of hours."""
    asked = opened(asked_of(current_actor(), query(HoursRowsIn(unknown="exclude"))))
    wanted, paged = row_filter(asked)
    page = rows.hours(session, places=asked.places, wanted=wanted, **paged)
    minutes, services = tallies.minutes_of(session, places=asked.places, wanted=wanted)
    return render_template(
        "reports/figure_hours_rows.html",
        asked=asked,
        rows=page.items,
        next_url=next_url(page.next_cursor),
        minutes=minutes,
        services=services,
        span=clock_text,
    )


@bp.get("/figures/volunteers/rows")
@holds("figures.read")
@reads
def figure_volunteers_rows(session: Session) -> ResponseReturnValue:
    """Show the volunteers behind a count."""
    asked = opened(asked_of(current_actor(), query(VolunteerRowsIn(unknown="exclude"))))
    rest = dict(asked.rest)
    grid_id = rest.pop("of_grid_id", None)
    page = volunteers.who(
        session, places=asked.places, period=asked.period, grid_id=grid_id, **rest
    )
    return render_template(
        "reports/figure_volunteers_rows.html",
        asked=asked,
        which=rest["which"],
        rows=page.items,
        next_url=next_url(page.next_cursor),
    )


@bp.get("/figures/needs/rows")
@holds("figures.read")
@reads
def figure_needs_rows(session: Session) -> ResponseReturnValue:
    """Show the needs behind a count."""
    asked = opened(asked_of(current_actor(), query(NeedRowsIn(unknown="exclude"))))
    rest = dict(asked.rest)
    grid_id = rest.pop("of_grid_id", None)
    page = needs.posted(session, places=asked.places, period=asked.period, grid_id=grid_id, **rest)
    return render_template(
        "reports/figure_needs_rows.html",
        asked=asked,
        rows=page.items,
        next_url=next_url(page.next_cursor),
    )


@bp.get("/figures/books/lots")
@holds("ledger.audit")
@reads
def figure_lots(session: Session) -> ResponseReturnValue:
    """Show the lots behind what is left of a year."""
    actor, told = current_actor(), query(LotRowsIn(unknown="exclude"))
    page = balance.lots(session, community_id=actor.community_id, **told)
    return render_template(
        "reports/figure_lots.html",
        year=told["year"],
        restriction=told["restriction"],
        rows=page.items,
        next_url=next_url(page.next_cursor),
    )


@bp.get("/figures/books/moves")
@holds("ledger.audit")
@reads
def figure_moves(session: Session) -> ResponseReturnValue:
    """Show the gifts, grants or expiries behind a number."""
    actor = current_actor()
    asked = asked_of(actor, query(MoveRowsIn(unknown="exclude")))
    page = balance.moves(
        session, community_id=actor.community_id, period=asked.period, **asked.rest
    )
    return render_template(
        "reports/figure_moves.html",
        asked=asked,
        which=asked.rest["which"],
        rows=page.items,
        next_url=next_url(page.next_cursor),
    )
