"""Lists of cases from above as they are read: before they are confirmed, and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseFile
from timebank.cases.models.intake import CaseIntake, CaseList
from timebank.cases.rules import case_lists as rules
from timebank.cases.rules.case_lists import CaseListState
from timebank.community.service.imports.plan import LineProblem
from timebank.kernel import paging
from timebank.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A line of a list: the number from above, and the case when there is one."""

    external_number: str
    title: str
    case_id: int | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class CaseListView:
    """What a list would do, or did."""

    id: int
    state: CaseListState
    file_name: str
    new_count: int
    known_count: int
    wrong_count: int
    staged_by_name: str
    staged_at: datetime
    cases: Sequence[ListedCase] = ()
    known: Sequence[ListedCase] = ()
    problems: Sequence[LineProblem] = ()
    unused_titles: Sequence[str] = ()

    @property
    def may_be_confirmed(self) -> bool:
        """Whether there is something to enter and nothing wrong."""
        is_staged = self.state is CaseListState.STAGED
        return is_staged and not self.wrong_count and bool(self.new_count)


def recent_lists(session: Session, *, actor: Actor) -> list[CaseListView]:
    """Return the last lists of the actor's community, newest first."""
    rows = session.scalars(
        select(CaseList)
        .where(CaseList.community_id == actor.community_id)
        .order_by(CaseList.id.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [list_view(row) for row in rows]


def settled(session: Session, row: CaseList) -> CaseListView:
    """Return what a settled list did."""
    made = session.execute(
        select(CaseIntake.external_number, CaseFile.title, CaseFile.id, CaseFile.number)
        .join(CaseFile, CaseFile.id == CaseIntake.case_id)
        .where(CaseFile.id.in_(row.case_ids), CaseFile.community_id == row.community_id)
        .order_by(CaseFile.id)
        .limit(rules.LINES_MAX)
    )
    cases = [ListedCase(ext or "", title, case_id, number) for ext, title, case_id, number in made]
    return list_view(row, cases=cases)


def list_view(
    row: CaseList,
    *,
    cases: Sequence[ListedCase] = (),
    known: Sequence[ListedCase] = (),
    problems: Sequence[LineProblem] = (),
    unused_titles: Sequence[str] = (),
    counts: tuple[int, int, int] | None = None,
) -> CaseListView:
    """Return a row as a value, with what was found in the file."""
    new, old, wrong = counts or (row.new_count, row.known_count, row.wrong_count)
    return CaseListView(
        id=row.id,
        state=CaseListState(row.state),
        file_name=row.file_name,
        new_count=new,
        known_count=old,
        wrong_count=wrong,
        staged_by_name=row.staged_by_name,
        staged_at=row.staged_at,
        cases=cases,
        known=known,
        problems=problems,
        unused_titles=unused_titles,
    )
