"""Reads of matching: what a claimed part of a line met, runs, credits of households."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.bank.queries import claims
from timebank.bank.rules.claims import Claimed
from timebank.cofund.models.matches import ClaimedPart, MatchRun
from timebank.cofund.rules.matching import MatchKind, RunState
from timebank.kernel import paging
from timebank.kernel.paging import Page


@dataclass(frozen=True, slots=True)
class MatchView:
    """What a claimed part of a line met."""

    entry_id: UUID
    kind: MatchKind
    label: str
    project_id: int | None
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claimed part of a line with what it met, if that is an obligation, and the line's words."""

    part: Claimed
    match: MatchView | None
    line: claims.WaitingLine


@dataclass(frozen=True, slots=True)
class RunView:
    """A run over the lines that wait."""

    id: int
    state: RunState
    total: int
    seen: int
    matched: int
    raised: int
    started_name: str
    started_at: datetime
    done_at: datetime | None

    @property
    def percent(self) -> int:
        """How far it is."""
        return 100 if self.total == 0 else self.seen * 100 // self.total


def is_claimed(
    session: Session, *, contribution_id: int | None = None, entry_id: UUID | None = None
) -> bool:
    """Whether a line of the bank stands as claimed for a contribution."""
    wanted = select(ClaimedPart.id).where(ClaimedPart.undone_at.is_(None))
    if contribution_id is not None:
        wanted = wanted.where(ClaimedPart.contribution_id == contribution_id)
    if entry_id is not None:
        wanted = wanted.where(ClaimedPart.entry_id == entry_id)
    return session.scalar(wanted.limit(1)) is not None


def standing(session: Session, *, community_id: int, claim_id: UUID) -> list[ClaimedPart]:
    """Return the rows of what a claim met, to be undone."""
    return list(
        session.scalars(
            select(ClaimedPart)
            .where(
                ClaimedPart.claim_id == claim_id,
                ClaimedPart.community_id == community_id,
                ClaimedPart.undone_at.is_(None),
            )
            .order_by(ClaimedPart.project_id, ClaimedPart.id)
        )
    )


def by_entry(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, MatchView]:
    """Return what parts of lines met, by their entries."""
    rows = session.scalars(select(ClaimedPart).where(ClaimedPart.entry_id.in_(entry_ids)))
    return {
        row.entry_id: MatchView(
            row.entry_id, MatchKind(row.kind), row.label, row.project_id, row.amount_fen
        )
        for row in rows
    }


def claims_of_line(session: Session, *, community_id: int, line_id: int) -> list[ClaimView]:
    """Return what was claimed of a line, newest first, with what it met."""
    parts = claims.claims_of_line(session, community_id=community_id, line_id=line_id)
    return _views(session, community_id, parts)


def recent(
    session: Session, *, community_id: int, cursor: str | None = None, limit: int = paging.PAGE_SIZE
) -> Page[ClaimView]:
    """Return claimed parts, newest first."""
    page = claims.recent_claims(session, community_id=community_id, cursor=cursor, limit=limit)
    return Page(_views(session, community_id, page.items), page.next_cursor)


def claim(session: Session, *, community_id: int, claim_id: UUID) -> list[ClaimView]:
    """Return the parts of one claim.

    Raises:
        ClaimNotFoundError: the community has no such claim.
    """
    parts = claims.allocations(session, community_id=community_id, claim_id=claim_id)
    return _views(session, community_id, parts)


def _views(session: Session, community_id: int, parts: Collection[Claimed]) -> list[ClaimView]:
    """Return claimed parts with what they met and the words of their lines."""
    met = by_entry(session, [part.entry_id for part in parts])
    lines = claims.lines_by_id(
        session, community_id=community_id, line_ids={part.line_id for part in parts}
    )
    return [ClaimView(part, met.get(part.entry_id), lines[part.line_id]) for part in parts]


def last_run(session: Session, community_id: int) -> RunView | None:
    """Return the latest run, if there was one."""
    row = session.scalar(
        select(MatchRun)
        .where(MatchRun.community_id == community_id)
        .order_by(MatchRun.id.desc())
        .limit(1)
    )
    return None if row is None else run_view(row)


def run_view(row: MatchRun) -> RunView:
    """Return a run's row as a value."""
    return RunView(
        row.id,
        RunState(row.state),
        row.total,
        row.seen,
        row.matched,
        row.raised,
        row.started_name,
        row.started_at,
        row.done_at,
    )


def households_with_credit(session: Session, community_id: int) -> list[int]:
    """Return the households that were ever given credit."""
    rows = session.scalars(
        select(ClaimedPart.household_id)
        .where(ClaimedPart.community_id == community_id, ClaimedPart.kind == MatchKind.CREDIT)
        .group_by(ClaimedPart.household_id)
        .order_by(func.max(ClaimedPart.id).desc())
        .limit(paging.PAGE_SIZE)
    )
    return [one for one in rows if one is not None]
