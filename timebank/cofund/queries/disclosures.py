"""Reads of what was made public: frozen versions, the one in force, and what changed since."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, and_, case, column, func, select, table
from sqlalchemy.orm import Session, aliased

from timebank.bank.rules.closing import month_end
from timebank.cofund.errors import disclosures as errors
from timebank.cofund.models.disclosures import (
    Disclosure,
    DisclosureDecision,
    DisclosureObjection,
)
from timebank.cofund.models.projects import Project
from timebank.cofund.queries import disclosure_facts, projects
from timebank.cofund.queries.projects import before
from timebank.cofund.queries.votes import ANSWERED
from timebank.cofund.rules import disclosures as rules
from timebank.cofund.rules.disclosures import (
    Change,
    DisclosureKind,
    DisclosureState,
    DisclosureView,
    ObjectionRef,
    Successor,
)
from timebank.kernel.paging import PAGE_SIZE, Page, page_of

# Cases stand above this room; of theirs only number and state are asked.
_case_file = table("case_file", *map(column, ("id", "number", "state")))


def disclosure(
    session: Session, *, disclosure_id: int, community_id: int | None = None
) -> DisclosureView:
    """Return one version; without a community only what was released is found.

    Raises:
        DisclosureNotFoundError: there is none within reach.
    """
    wanted = _selected().where(Disclosure.id == disclosure_id)
    if community_id is None:
        wanted = wanted.where(DisclosureDecision.is_released)
    else:
        wanted = wanted.where(Disclosure.community_id == community_id)
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise errors.DisclosureNotFoundError
    return _views(session, [row])[0]


def disclosures(
    session: Session,
    *,
    community_id: int,
    only_released: bool,
    project_id: int | None = None,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[DisclosureView]:
    """Return versions of a community, or of one of its projects, the newest first."""
    wanted = _selected().where(Disclosure.community_id == community_id)
    if only_released:
        wanted = wanted.where(DisclosureDecision.is_released)
    if project_id is not None:
        wanted = wanted.where(Disclosure.project_id == project_id)
    wanted = before(wanted, Disclosure.id, cursor).order_by(Disclosure.id.desc())
    rows = session.execute(wanted.limit(limit + 1)).all()
    page = page_of(rows, limit=limit, key=lambda row: [row[0].id])
    return Page(_views(session, page.items), page.next_cursor)


def versions_of(session: Session, view: DisclosureView) -> list[DisclosureView]:
    """Return the released versions of the same project or month, the latest first."""
    same = (
        Disclosure.project_id == view.project_id
        if view.kind is DisclosureKind.PROJECT
        else Disclosure.month_on == view.month_on
    )
    rows = session.execute(
        _selected()
        .where(Disclosure.community_id == view.community_id, same, DisclosureDecision.is_released)
        .order_by(Disclosure.version.desc())
        .limit(PAGE_SIZE)
    ).all()
    return _views(session, rows)


def objections(session: Session, disclosure_id: int) -> list[ObjectionRef]:
    """Return the cases in which somebody objects to a version, the latest first."""
    rows = session.execute(
        select(DisclosureObjection.case_id, _case_file.c.number, _case_file.c.state)
        .join(_case_file, _case_file.c.id == DisclosureObjection.case_id)
        .where(DisclosureObjection.disclosure_id == disclosure_id)
        .order_by(DisclosureObjection.id.desc())
        .limit(PAGE_SIZE)
    )
    return [ObjectionRef(row[0], row[1], row[2] in ANSWERED) for row in rows]


def objected_by(session: Session, case_id: int) -> list[DisclosureView]:
    """Return the version to which a case objects, if it does."""
    rows = session.execute(
        _selected()
        .join(DisclosureObjection, DisclosureObjection.disclosure_id == Disclosure.id)
        .where(DisclosureObjection.case_id == case_id)
        .limit(PAGE_SIZE)
    ).all()
    return [_view(row, None, (0, 0)) for row in rows]


def changes_since(session: Session, view: DisclosureView) -> list[Change]:
    """Return what the books say otherwise now than when the version was frozen."""
    if view.kind is DisclosureKind.PROJECT:
        assert view.project_id is not None  # the database has no such version without it
        live = projects.project(session, community_id=view.community_id, project_id=view.project_id)
        now = disclosure_facts.of_project(session, live)
    else:
        assert view.month_on is not None  # likewise
        now = disclosure_facts.of_month(
            session,
            community_id=view.community_id,
            month=view.month_on,
            through=month_end(view.month_on),
        )
    return rules.changes(view.facts, now)


def covering(
    session: Session, paid: Sequence[tuple[Project, date]]
) -> list[Sequence[DisclosureView]]:
    """Return what was released over some payments, the oldest first, of each by its place.

    A payment is covered by versions of its project, and by those of the month of its day.
    """
    if not paid:
        return []
    rows = session.execute(
        _selected()
        .where(
            Disclosure.community_id.in_({project.community_id for project, _ in paid}),
            Disclosure.project_id.in_({project.id for project, _ in paid})
            | Disclosure.month_on.in_({on.replace(day=1) for _, on in paid}),
            DisclosureDecision.is_released,
        )
        .order_by(Disclosure.id)
        .limit(PAGE_SIZE)
    ).all()
    found = [_view(row, None, (0, 0)) for row in rows]
    return [
        [
            one
            for one in found
            if one.community_id == project.community_id
            and (one.project_id == project.id or one.month_on == on.replace(day=1))
        ]
        for project, on in paid
    ]


def _selected() -> Select[Any]:
    """Select versions with what was decided about them."""
    return select(Disclosure, DisclosureDecision).outerjoin(
        DisclosureDecision, DisclosureDecision.disclosure_id == Disclosure.id
    )


def _views(session: Session, rows: Sequence[Row[Any]]) -> list[DisclosureView]:
    """Return rows as values, with their successors and how many objections there are."""
    ids = [row[0].id for row in rows]
    if not ids:
        return []
    later = _successors(session, ids)
    counts = _objection_counts(session, ids)
    return [_view(row, later.get(row[0].id), counts.get(row[0].id, (0, 0))) for row in rows]


def _successors(session: Session, ids: Sequence[int]) -> dict[int, Successor]:
    """Return the latest released version of the same subject after each of some versions."""
    older, newer = aliased(Disclosure), aliased(Disclosure)
    same = and_(
        newer.community_id == older.community_id,
        (newer.project_id == older.project_id) | (newer.month_on == older.month_on),
        newer.version > older.version,
    )
    rows = session.execute(
        select(older.id, newer.id, newer.year, newer.serial)
        .join(newer, same)
        .join(DisclosureDecision, DisclosureDecision.disclosure_id == newer.id)
        .where(older.id.in_(ids), DisclosureDecision.is_released)
        .order_by(newer.version)
    )
    return {row[0]: Successor(row[1], rules.number_of(row[2], row[3])) for row in rows}


def _objection_counts(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return how many objections there are to each version, and how many were answered."""
    rows = session.execute(
        select(
            DisclosureObjection.disclosure_id,
            func.count(),
            func.sum(case((_case_file.c.state.in_(ANSWERED), 1), else_=0)),
        )
        .join(_case_file, _case_file.c.id == DisclosureObjection.case_id)
        .where(DisclosureObjection.disclosure_id.in_(ids))
        .group_by(DisclosureObjection.disclosure_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}


def _view(row: Row[Any], successor: Successor | None, counts: tuple[int, int]) -> DisclosureView:
    """Return a version as a value."""
    one, decided = row
    state = DisclosureState.WAITING
    if decided is not None:
        state = DisclosureState.RELEASED if decided.is_released else DisclosureState.RETURNED
    return DisclosureView(
        id=one.id,
        community_id=one.community_id,
        number=rules.number_of(one.year, one.serial),
        version=one.version,
        kind=DisclosureKind(one.kind),
        project_id=one.project_id,
        month_on=one.month_on,
        facts=one.facts,
        digest=one.digest,
        seal_number=one.seal_number,
        seal_head=one.seal_head,
        days=one.days,
        made_by=one.made_by,
        made_name=one.made_name,
        made_at=one.made_at,
        state=state,
        decided_name=decided.decided_name if decided else "",
        decided_at=decided.decided_at if decided else None,
        reason=decided.reason if decided else "",
        from_on=decided.from_on if decided else None,
        superseded_by=successor,
        objections=counts[0],
        objections_answered=counts[1],
    )
