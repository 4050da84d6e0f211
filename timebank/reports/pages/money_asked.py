"""What a report of money is asked for, and what its heads share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any  # what is asked for differs by report

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.reports.rules import asked_days
from timebank.reports.rules.money_reports import CellKind, Column
from timebank.web.words import day_text


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a report, and for which."""

    session: Session
    actor: Actor
    wanted: Mapping[str, Any]

    @property
    def community_id(self) -> int:
        """Whose money it is."""
        return self.actor.community_id

    @property
    def on(self) -> date:
        """The day as of whose end it is told."""
        return asked_days.as_of(self.wanted.get("on"), today=clock.today())

    @property
    def span(self) -> tuple[date, date]:
        """The days within which things moved."""
        since, through = self.wanted.get("since"), self.wanted.get("through")
        return asked_days.span(since, through, today=clock.today())


def fen_column(head: str, *, is_key: bool = False) -> Column:
    """Return a column of amounts."""
    return Column(head, CellKind.FEN, is_key)


def span_text(since: date, through: date) -> str:
    """Return a span of days in words."""
    return f"{day_text(since, with_year=True)} – {day_text(through, with_year=True)}"


def as_of(day: date) -> str:
    """Return the day as of whose end something is told, in words."""
    return str(_("截至 %(day)s", day=day_text(day, with_year=True)))
