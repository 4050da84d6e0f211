"""Who reported a case, those of the cases merged into it among them, and what each has answered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from timebank.cases.models.around import CaseFeedback
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.reporters import CaseReporter
from timebank.cases.rules.feedback import SITE, Asked
from timebank.cases.rules.flow import Answer, Method
from timebank.cases.rules.intake import REPORTERS_MAX
from timebank.cases.rules.reporting import Satisfaction
from timebank.community import queries as community_queries
from timebank.community import rules as community_rules

# So many cases are merged into one at most when its reporters are read.
_MERGED_MAX = 100


@dataclass(frozen=True, slots=True)
class ReporterLine:
    """One reporter, masked, with how it stands in this round; ``number`` is their own case's."""

    key: str
    number: str
    person_id: int | None
    name: str
    phone: str
    tries: int = 0
    last_at: datetime | None = None
    method: Method | None = None
    answer: Answer | None = None
    satisfaction: Satisfaction | None = None

    def as_asked(self) -> Asked:
        """Return what the rules ask."""
        return Asked(self.key, self.tries, self.last_at, self.answer)


def lines(session: Session, row: CaseFile) -> list[ReporterLine]:
    """Return the reporters of a case, its own first; one line for the site if nobody reported."""
    cases = session.scalars(
        select(CaseFile)
        .where(or_(CaseFile.id == row.id, CaseFile.master_id == row.id))
        .order_by(CaseFile.id)
        .limit(_MERGED_MAX + 1)
    ).all()
    found = [line for one in sorted(cases, key=lambda c: c.id != row.id) for line in _first(one)]
    found += _joined(session, cases)
    if not found:
        found = [ReporterLine(SITE, row.number, None, "", "")]
    return _answered(session, row, _named(session, found))


def key_of(case: CaseFile, reporter: CaseReporter) -> str:
    """Return the key under which one reporter of a case is asked."""
    is_first = reporter.joined_at <= case.registered_at and bool(_first(case))
    is_same = reporter.person_id is not None and reporter.person_id == case.reporter_person_id
    return f"case:{case.id}" if is_first or is_same else f"join:{reporter.id}"


def _first(row: CaseFile) -> list[ReporterLine]:
    """Return who reported a case first, when anybody did."""
    if row.reporter_person_id is None and not (row.reporter_name or row.reporter_phone):
        return []
    phone = community_rules.mask_phone(row.reporter_phone) if row.reporter_phone else ""
    name = f"{row.reporter_name[:1]}**" if row.reporter_name else ""
    return [ReporterLine(f"case:{row.id}", row.number, row.reporter_person_id, name, phone)]


def _joined(session: Session, cases: Sequence[CaseFile]) -> list[ReporterLine]:
    """Return those who said later that it is theirs as well, without the first of a case."""
    by_id = {one.id: one for one in cases}
    rows = session.scalars(
        select(CaseReporter)
        .where(CaseReporter.case_id.in_(by_id))
        .order_by(CaseReporter.id)
        .limit(REPORTERS_MAX)
    )
    found = []
    for row in rows:
        case = by_id[row.case_id]
        if key_of(case, row) == f"case:{case.id}":
            continue
        name = f"{row.name[:1]}**" if row.name else ""
        phone = community_rules.mask_phone(row.contact) if row.contact else ""
        found.append(ReporterLine(f"join:{row.id}", case.number, row.person_id, name, phone))
    return found


def _named(session: Session, found: Sequence[ReporterLine]) -> list[ReporterLine]:
    """Return the lines with the masked names of those who are persons of the community."""
    ids = [one.person_id for one in found if one.person_id is not None]
    people = community_queries.persons(session, ids) if ids else {}
    named = []
    for one in found:
        person = people.get(one.person_id or 0)
        if person is None:
            named.append(one)
            continue
        named.append(replace(one, name=f"{person.name[:1]}**", phone=person.phone_masked))
    return named


def _answered(session: Session, row: CaseFile, found: Sequence[ReporterLine]) -> list[ReporterLine]:
    """Return the lines with what this round's calls came to."""
    rows = session.scalars(
        select(CaseFeedback)
        .where(CaseFeedback.case_id == row.id, CaseFeedback.round == row.round)
        .limit(REPORTERS_MAX + _MERGED_MAX)
        .execution_options(populate_existing=True)
    )
    known = {one.reporter: one for one in rows}
    return [_with(line, known.get(line.key)) for line in found]


def _with(line: ReporterLine, kept: CaseFeedback | None) -> ReporterLine:
    """Return a line with what is kept about it."""
    if kept is None:
        return line
    return replace(
        line,
        tries=kept.tries,
        last_at=kept.last_at,
        method=Method(kept.method),
        answer=Answer(kept.answer) if kept.answer else None,
        satisfaction=Satisfaction(kept.satisfaction) if kept.satisfaction else None,
    )


def email_of(session: Session, case_id: int) -> str:
    """Return the e-mail address of the first reporter of a case who left one; blank for none."""
    rows = session.scalars(
        select(CaseReporter.email)
        .where(CaseReporter.case_id == case_id, CaseReporter.email.is_not(None))
        .order_by(CaseReporter.id)
        .limit(1)
    )
    return rows.first() or ""
