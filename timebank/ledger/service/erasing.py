"""Erasing words of entries and holds: what moved stays, who wrote it down and what about goes."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, select, union
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.errors import GroundMissingError
from timebank.ledger.models import rows
from timebank.ledger.models.blocks import ERASURES
from timebank.ledger.models.hold_erasures import HOLD_ERASURES
from timebank.ledger.models.tables import ACCOUNTS, ENTRIES, HOLD_ENDS, HOLDS, TRANSFERS
from timebank.ledger.rules import drafts as rules
from timebank.ledger.rules.values import MEMO_MAX
from timebank.trail import service as trail

_IDS_MAX = 1000  # values in one IN (...)

Chosen = Sequence[UUID] | Select[tuple[UUID]]


def erase_words(session: Session, *, actor: Actor, entry_ids: Sequence[UUID], ground: str) -> int:
    """Erase the words of some of the community's entries; return of how many.

    With an entry go the words of its reversal, which repeats them, and the other way round.

    Seals and proofs stay as they are; words that are erased already stay erased as they were.

    Raises:
        GroundMissingError, TextTooLongError
    """
    _check_ground(ground)
    erased = sum(
        _erase(session, actor, entry_ids[start : start + _IDS_MAX], ground)
        for start in range(0, len(entry_ids), _IDS_MAX)
    )
    if entry_ids:
        _record(session, actor, ("ledger_entry", entry_ids[0]), ground=ground, erased=erased)
    return erased


def erase_words_of_person(session: Session, *, actor: Actor, person_id: int, ground: str) -> int:
    """Erase the words of every entry that moved a person's accounts, and of their holds.

    Returns of how many entries and holds; reversals are among them, also where they took from
    nothing but a debt. A hold that is open keeps its words until it has ended.

    Raises:
        GroundMissingError, TextTooLongError
    """
    _check_ground(ground)
    own = select(ACCOUNTS.c.id).where(ACCOUNTS.c.person_id == person_id)
    moved = select(TRANSFERS.c.entry_id).where(
        TRANSFERS.c.debit_id.in_(own) | TRANSFERS.c.credit_id.in_(own)
    )
    erased = _erase(session, actor, moved, ground)
    holds = _erase_holds(session, actor, own, ground)
    _record(session, actor, ("person", person_id), ground=ground, erased=erased, holds=holds)
    return erased + holds


def _check_ground(ground: str) -> None:
    """Let a ground be there and fit.

    Raises:
        GroundMissingError, TextTooLongError
    """
    if not ground.strip():
        raise GroundMissingError(field="ground")
    rules.check_length(ground, MEMO_MAX)


def _with_reversals(chosen: Chosen) -> CompoundSelect[tuple[UUID]]:
    """Return the select of entries with their reversals and what they reverse: the words are one's.

    A reversal has the memo and the document of what it undoes.
    """
    return union(
        select(ENTRIES.c.id).where(ENTRIES.c.id.in_(chosen)),
        select(ENTRIES.c.id).where(ENTRIES.c.reverses_id.in_(chosen)),
        select(ENTRIES.c.reverses_id).where(
            ENTRIES.c.id.in_(chosen), ENTRIES.c.reverses_id.is_not(None)
        ),
    )


def _erase(session: Session, actor: Actor, chosen: Chosen, ground: str) -> int:
    """Write down that the words of entries and their reversals are erased, which erases them.

    Returns of how many.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    known = select(ERASURES.c.entry_id).where(ERASURES.c.entry_id == ENTRIES.c.id)
    wanted = select(ENTRIES.c.id).where(
        ENTRIES.c.community_id == actor.community_id,
        ENTRIES.c.id.in_(_with_reversals(chosen)),
        ~known.exists(),
    )
    now = clock.now()
    made = [
        rows.erasure(actor, entry_id, erased_at=now, ground=ground)
        for entry_id in session.scalars(wanted)
    ]
    written = insert(ERASURES).on_conflict_do_nothing().returning(ERASURES.c.entry_id)
    erased = session.execute(written, made).all() if made else []
    session.expire_all()  # the words are gone from rows that may be known here
    return len(erased)


def _erase_holds(
    session: Session, actor: Actor, account_ids: Select[tuple[int]], ground: str
) -> int:
    """Write down that the words of the ended holds on accounts are erased; return of how many."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    known = select(HOLD_ERASURES.c.hold_id).where(HOLD_ERASURES.c.hold_id == HOLDS.c.id)
    ended = HOLDS.join(HOLD_ENDS, HOLD_ENDS.c.hold_id == HOLDS.c.id)
    wanted = (
        HOLDS.c.community_id == actor.community_id,
        HOLDS.c.account_id.in_(account_ids),
        ~known.exists(),
    )
    # Both in one statement: what ends between two of them would be in the second alone.
    chosen = select(HOLDS, HOLD_ENDS).select_from(ended).where(*wanted).order_by(HOLDS.c.id)
    found = session.execute(chosen).mappings().all()
    now = clock.now()
    made = [
        rows.hold_erasure(
            actor,
            {column.name: row[column] for column in HOLDS.c},
            {column.name: row[column] for column in HOLD_ENDS.c},
            erased_at=now,
            ground=ground,
        )
        for row in found
    ]
    written = insert(HOLD_ERASURES).on_conflict_do_nothing().returning(HOLD_ERASURES.c.hold_id)
    erased = session.execute(written, made).all() if made else []
    session.expire_all()  # likewise
    return len(erased)


def _record(
    session: Session,
    actor: Actor,
    subject: tuple[str, object],
    *,
    ground: str,
    erased: int,
    **more: int,
) -> None:
    """Leave a trail: who, whose, on what ground, how many."""
    trail.record(
        session,
        actor=actor,
        action="ledger.erase_words",
        subject_type=subject[0],
        subject_id=subject[1],
        summary=ground,
        facts={"entries": erased, **more},
    )
