"""What stands around a case for those who work it: hands, departments, reporters, spots."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseFile
from timebank.cases.queries import custody, details, reporters, whistles, workers
from timebank.cases.queries import survey as surveys
from timebank.cases.queries.custody import SegmentView
from timebank.cases.queries.details import CaseView
from timebank.cases.queries.reporters import ReporterLine
from timebank.cases.queries.survey import Survey
from timebank.cases.queries.whistles import CalledView
from timebank.cases.queries.workers import Worker
from timebank.cases.rules.flow import State
from timebank.kernel.actor import Actor

_BRIEFS_MAX = 100


@dataclass(frozen=True, slots=True)
class CaseBrief:
    """A case that is merged with another, in one line."""

    id: int
    number: str
    title: str
    state: State


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that stands around a case; empty for its reporter, who sees the case alone."""

    segments: Sequence[SegmentView] = ()
    called: Sequence[CalledView] = ()
    reporters: Sequence[ReporterLine] = ()
    survey: Survey | None = None
    master: CaseBrief | None = None
    children: Sequence[CaseBrief] = ()

    @property
    def waiting(self) -> list[ReporterLine]:
        """The reporters who have not been answered yet."""
        return [one for one in self.reporters if one.answer is None]


def surroundings(session: Session, *, actor: Actor, case_id: int) -> Surroundings:
    """Return what stands around a case within reach.

    Raises:
        CaseNotFoundError: there is no such case within reach.
    """
    return around(session, details.case(session, actor=actor, case_id=case_id))


def around(session: Session, case: CaseView) -> Surroundings:
    """Return what stands around a case that the reader may see."""
    if not case.is_staff_view:
        return Surroundings()
    row = session.get_one(CaseFile, case.id)
    briefs = _briefs(session, row) if row.children or row.master_id else []
    return Surroundings(
        segments=custody.segments(session, case.id),
        called=whistles.called(session, case.id) if row.whistles else (),
        reporters=reporters.lines(session, row),
        survey=surveys.survey(session, case.id),
        master=next((one for one in briefs if one.id == row.master_id), None),
        children=[one for one in briefs if one.id != row.master_id],
    )


def candidates(session: Session, case: CaseView) -> list[Worker]:
    """Return whom a case can be given to."""
    if not case.is_staff_view:
        return []
    row = session.get_one(CaseFile, case.id)
    return workers.workers(session, community_id=row.community_id, grid_id=case.grid_id)


def _briefs(session: Session, row: CaseFile) -> list[CaseBrief]:
    """Return the case into which one is merged, and those merged into it."""
    found = session.execute(
        select(CaseFile.id, CaseFile.number, CaseFile.title, CaseFile.state)
        .where(or_(CaseFile.id == (row.master_id or 0), CaseFile.master_id == row.id))
        .order_by(CaseFile.id)
        .limit(_BRIEFS_MAX)
    )
    return [
        CaseBrief(case_id, number, title, State(state)) for case_id, number, title, state in found
    ]
