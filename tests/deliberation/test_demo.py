"""The demo's hall plays to its end: meetings that decided, opinions that were answered."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy.orm import Session

from tests.make import deliberation as make
from timebank.cli.demo.hall import HallOfTheYear
from timebank.community import queries as community_queries
from timebank.deliberation.queries import decisions
from timebank.kernel import clock


def test_the_demo_holds_six_meetings_with_forty_matters(session: Session) -> None:
    hall = make.make_hall(session)
    person = community_queries.person(
        session, community_id=hall.grid.community_id, person_id=hall.resident.person_id or 0
    )
    acts: list[tuple[Any, Any]] = []
    line = SimpleNamespace(until=clock.now(), add=lambda at, work: acts.append((at, work)))
    team = SimpleNamespace(
        admin=hall.keeper, deputy=hall.second, members=[hall.resident], volunteers=[person],
        places=community_queries.micro_grids(session, hall.grid.community_id),
    )  # fmt: skip
    HallOfTheYear(cast("Any", team), cast("Any", line)).plan(scale=0.1)
    held = 0
    for at, work in sorted(acts, key=lambda act: act[0]):
        with clock.fixed_at(at):
            work(session)
    for year in (clock.today().year, (clock.today() - timedelta(days=364)).year):
        held += decisions.figures(session, actor=hall.keeper, year=year).matters
    assert held >= 42
