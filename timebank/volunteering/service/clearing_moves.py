"""One move between two communities: an entry in either book and the row that names both.

All three are written in one transaction, the low community's entry first, so that two moves of
any communities take the locks of their books in the same order.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import derived_id
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books as ledger_books
from timebank.ledger.service import holds as ledger_holds
from timebank.ledger.service import posting as ledger_posting
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.models.clearing import ClearingPair
from timebank.volunteering.models.clearing_moves import ClearingMove
from timebank.volunteering.queries import clearing as queries
from timebank.volunteering.queries.clearing import clearing_code, settled_code, sides_of
from timebank.volunteering.rules import clearing as rules
from timebank.volunteering.rules.clearing import MoveKind
from timebank.volunteering.service import books
from timebank.volunteering.service.clearing import acting_in

SENT, ARRIVED, SETTLED = "clearing.sent", "clearing.arrived", "clearing.settled"

# What the database refuses when two act at once, and what the later one is told.
_RACES: tuple[tuple[str, type[DomainError]], ...] = (
    ("clearing_move_closed", errors.SheetOrderError),
    ("clearing_move", errors.ClearingRaceError),
)


@dataclass(frozen=True, slots=True)
class Leg:
    """What a move does in one community's book: between which accounts, under which words."""

    community_id: int
    debit_id: int
    credit_id: int
    kind: str
    memo: str
    document: str
    hold_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """The reversal of one community's entry; what is already spent goes to a named debt."""

    community_id: int
    entry_id: UUID
    debt_account_id: int | None


def clearing_account(session: Session, *, community_id: int, other_id: int) -> int:
    """Return the open account of what a community owes another; below zero the other owes it."""
    return _open_account(session, community_id, clearing_code(other_id), "与别的社区往来的时间")


def settled_account(session: Session, *, community_id: int, other_id: int) -> int:
    """Return the open account of what was settled with another community by other means."""
    return _open_account(session, community_id, settled_code(other_id), "与别的社区结清的时间")


def _open_account(session: Session, community_id: int, code: str, name: str) -> int:
    """Return an open account of a community's time bank, opening it when it is new."""
    return ledger_books.ensure_account(
        session,
        book_id=books.time_book(session, community_id=community_id),
        asset=Asset.MINUTES,
        code=code,
        name=name,
        kind=AccountKind.OPEN,
        normal=Side.CREDIT,
        floor=None,
    )


def check_open(session: Session, pair: ClearingPair, *, day: date) -> rules.Terms:
    """Return the terms in force on a day.

    Raises:
        NoAgreementError: there are none.
        ClearingFrozenError: one side has stopped new transfers.
    """
    terms = queries.terms_on(session, pair.id, day)
    if terms is None:
        raise errors.NoAgreementError
    for row in queries.freezes(session, pair.id):
        known = queries.names(session)
        raise errors.ClearingFrozenError(community=known[row.community_id], reason=row.reason)
    return terms


def check_within(
    session: Session, pair: ClearingPair, terms: rules.Terms, *, from_id: int, minutes: int
) -> None:
    """Refuse what would let a community owe the other more than agreed.

    Raises:
        ClearingLimitError
    """
    _, position = queries.last_move(session, pair.id)
    rules.check_limit(
        terms, position=position, low_owes_minutes=sides_of(pair).sign(from_id) * minutes
    )


def move(
    session: Session,
    *,
    actor: Actor,
    pair: ClearingPair,
    key: UUID,
    kind: MoveKind,
    low_owes_minutes: int,
    legs: tuple[Leg, Leg],
) -> ClearingMove:
    """Post both legs and write the move, under the lock of its pair.

    Raises:
        ClearingRaceError: the database refused what was right a moment ago.
        DomainError: as the ledger has it.
    """
    entries = {
        leg.community_id: _post(session, actor, leg, key=key, minutes=abs(low_owes_minutes))
        for leg in sorted(legs, key=lambda one: one.community_id)
    }
    return _write(session, pair, kind=kind, low_owes_minutes=low_owes_minutes, entries=entries)


def undo(
    session: Session,
    *,
    actor: Actor,
    pair: ClearingPair,
    key: UUID,
    first: ClearingMove,
    undone: tuple[Undone, Undone],
    reason: str,
) -> ClearingMove:
    """Reverse both entries of a move and write the move back, under the lock of its pair.

    Raises:
        DomainError: as the ledger has it.
    """
    entries = {
        one.community_id: ledger_posting.reverse(
            session,
            actor=acting_in(actor, one.community_id),
            entry_id=one.entry_id,
            reversal_id=derived_id(key, f"reversal:{one.community_id}"),
            reason=reason,
            debt_account_id=one.debt_account_id,
        ).id
        for one in sorted(undone, key=lambda one: one.community_id)
    }
    return _write(
        session,
        pair,
        kind=MoveKind.REVERSAL,
        low_owes_minutes=-first.low_owes_minutes,
        entries=entries,
    )


def _post(session: Session, actor: Actor, leg: Leg, *, key: UUID, minutes: int) -> UUID:
    """Post one leg into its community's book and return the entry."""
    draft = EntryDraft(
        id=derived_id(key, f"leg:{leg.community_id}"),
        book_id=books.time_book(session, community_id=leg.community_id),
        asset=Asset.MINUTES,
        kind=leg.kind,
        effective_on=clock.today(),
        transfers=[Transfer(leg.debit_id, leg.credit_id, minutes)],
        memo=leg.memo,
        document=leg.document,
    )
    writer = acting_in(actor, leg.community_id)
    if leg.hold_id is None:
        return ledger_posting.post(session, actor=writer, draft=draft).id
    return ledger_holds.capture(session, actor=writer, hold_id=leg.hold_id, draft=draft).id


def _write(
    session: Session,
    pair: ClearingPair,
    *,
    kind: MoveKind,
    low_owes_minutes: int,
    entries: dict[int, UUID],
) -> ClearingMove:
    """Write the move that names both entries, after the last one of its pair."""
    number, position = queries.last_move(session, pair.id)
    row = ClearingMove(
        community_id=pair.community_id,
        pair_id=pair.id,
        number=number + 1,
        kind=kind,
        low_owes_minutes=low_owes_minutes,
        position_after=position + low_owes_minutes,
        moved_on=clock.today(),
        moved_at=clock.now(),
        low_entry_id=entries[pair.community_id],
        high_entry_id=entries[pair.high_id],
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        for mark, refusal in _RACES:
            if mark in str(error.orig):
                raise refusal from error
        raise
    return row
