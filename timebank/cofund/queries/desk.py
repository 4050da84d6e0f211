"""What the claiming desk shows: the lines around one, and everything that this one could be."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from timebank.bank.queries import claims
from timebank.bank.queries.claims import Shown, Waiting, WaitingLine
from timebank.bank.rules.claims import Purpose, Reason, plain_of
from timebank.cofund.queries import matches, targets
from timebank.cofund.queries.matches import ClaimView, RunView
from timebank.cofund.rules.matching import Candidate, Target

LISTED = 16


@dataclass(frozen=True, slots=True)
class DeskView:
    """The desk with one line open, or with none when nothing waits.

    ``before_id`` and ``after_id`` are the lines that the arrows lead to.
    """

    lines: Sequence[WaitingLine]
    line: WaitingLine | None
    before_id: int | None
    after_id: int | None
    candidates: Sequence[Candidate]
    pairs: Sequence[WaitingLine]
    history: Sequence[ClaimView]
    found: Sequence[Target]
    plain: Purpose | None
    waiting: Waiting
    run: RunView | None


def desk(
    session: Session,
    *,
    community_id: int,
    line_id: int | None,
    shown: Shown = Shown.ALL,
    reason: Reason | None = None,
    words: str = "",
) -> DeskView:
    """Return the desk with a line open; without one, with the first that waits.

    Raises:
        BankLineNotFoundError: the community has no such line.
    """
    ends = {"community_id": community_id, "shown": shown, "reason": reason}
    if line_id is None:
        listed = claims.waiting_lines(session, **ends, limit=LISTED).items  # type: ignore[arg-type]
        line = (
            claims.line(session, community_id=community_id, line_id=listed[0].id)
            if listed
            else None
        )
    else:
        line = claims.line(session, community_id=community_id, line_id=line_id)
        listed = claims.lines_around(session, **ends, line_id=line_id, limit=LISTED)  # type: ignore[arg-type]
    return DeskView(
        lines=listed,
        line=line,
        before_id=_beside(listed, line, step=-1),
        after_id=_beside(listed, line, step=1),
        candidates=candidates(session, community_id, line),
        pairs=claims.pairs_of(session, community_id=community_id, of=line) if line else (),
        history=()
        if line is None
        else matches.claims_of_line(session, community_id=community_id, line_id=line.id),
        found=targets.search(session, community_id, words.strip()) if words.strip() else (),
        plain=None
        if line is None
        else plain_of(kind=line.kind, amount_fen=line.amount_fen, text=line.text),
        waiting=claims.waiting(session, community_id),
        run=matches.last_run(session, community_id),
    )


def candidates(
    session: Session, community_id: int, line: WaitingLine | None
) -> Sequence[Candidate]:
    """Return what a line could be, best first."""
    if line is None or line.unallocated_fen == 0 or line.kind == "opening":
        return ()
    finder = targets.finder(session, community_id, [line])
    return finder.candidates(targets.said_of(line))


def _beside(listed: Sequence[WaitingLine], line: WaitingLine | None, *, step: int) -> int | None:
    """Return the line before or after one in the list; of one that has left it, the next after."""
    if line is None:
        return None
    if step < 0:
        return max((one.id for one in listed if one.id < line.id), default=None)
    return min((one.id for one in listed if one.id > line.id), default=None)
