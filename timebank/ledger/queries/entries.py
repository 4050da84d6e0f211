"""Entries with their transfers, and whether one stands there already."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, ScalarSelect, func, select
from sqlalchemy.orm import Session, aliased

from timebank.ledger.errors import EntryNotFoundError, SameEntryOtherContentError
from timebank.ledger.models.tables import ENTRIES, Account, Entry, TransferLine
from timebank.ledger.rules.values import (
    Asset,
    EntryDraft,
    EntryView,
    Links,
    Posted,
    Transfer,
    TransferView,
)


class Moved(NamedTuple):
    """What one line of an entry moved, by the codes of its accounts."""

    debit_code: str
    credit_code: str
    amount: int


_IDS_MAX = 1000  # values in one IN (...)
# What an entry says as its draft did, but for words and transfers.
_FACTS = ("book_id", "asset", "kind", "effective_on", "lots_on")
_BEHIND_ENTRY = {"community_id", "lines", "salt", "words_hash", "seal"}


def entry(session: Session, entry_id: UUID) -> EntryView:
    """Return a sealed entry.

    Raises:
        EntryNotFoundError: there is no such entry.
    """
    reversal = aliased(Entry)
    shown = (column for column in ENTRIES.c if column.name not in _BEHIND_ENTRY)
    chosen = (
        select(*shown, reversal.id.label("reversed_by_id"))
        .outerjoin(reversal, reversal.reverses_id == Entry.id)
        .where(Entry.id == entry_id)
    )
    head = session.execute(chosen).mappings().one_or_none()
    if head is None:
        raise EntryNotFoundError
    typed = {**head, "asset": Asset(head["asset"])}
    return EntryView(**typed, transfers=transfers_of(session, entry_id))


def entry_within(
    session: Session, *, community_id: int, entry_id: UUID, person_id: int | None = None
) -> EntryView:
    """Return a community's entry; with ``person_id`` only if it moved that person's account.

    Raises:
        EntryNotFoundError: there is none within this reach.
    """
    chosen = select(Entry.id).where(Entry.id == entry_id, Entry.community_id == community_id)
    if person_id is not None:
        own = select(Account.id).where(Account.person_id == person_id)
        moved = TransferLine.debit_id.in_(own) | TransferLine.credit_id.in_(own)
        lines = select(TransferLine.id).where(TransferLine.entry_id == entry_id, moved)
        chosen = chosen.where(lines.exists())
    if session.scalar(chosen) is None:
        raise EntryNotFoundError
    return entry(session, entry_id)


def words_are_erased(session: Session, entry_id: UUID) -> bool:
    """Whether an entry's words were erased, so that nothing can be held against them."""
    found = select(Entry.id).where(Entry.id == entry_id, func.length(Entry.salt) == 0)
    return session.scalar(found) is not None


def transfers_of(session: Session, entry_id: UUID) -> tuple[TransferView, ...]:
    """Return an entry's lines in their order."""
    debit, credit = aliased(Account), aliased(Account)
    rows = session.execute(
        select(
            TransferLine.line,
            TransferLine.debit_id,
            debit.code.label("debit_code"),
            debit.name.label("debit_name"),
            TransferLine.credit_id,
            credit.code.label("credit_code"),
            credit.name.label("credit_name"),
            TransferLine.asset,
            TransferLine.amount,
        )
        .join(debit, debit.id == TransferLine.debit_id)
        .join(credit, credit.id == TransferLine.credit_id)
        .where(TransferLine.entry_id == entry_id)
        .order_by(TransferLine.line)
    ).mappings()
    return tuple(TransferView(**{**row, "asset": Asset(row["asset"])}) for row in rows)


def posted_as(session: Session, asked: Sequence[tuple[EntryDraft, Links]]) -> dict[UUID, Posted]:
    """Return which of these entries stand there already, saying the same.

    Raises:
        SameEntryOtherContentError: an id was used for something else.
    """
    found: dict[UUID, Posted] = {}
    for start in range(0, len(asked), _IDS_MAX):
        some = asked[start : start + _IDS_MAX]
        ids = [draft.id for draft, _ in some]
        heads = {
            row["id"]: row
            for row in session.execute(select(ENTRIES).where(ENTRIES.c.id.in_(ids))).mappings()
        }
        lines = _lines_of(session, heads.keys())
        for draft, links in some:
            head = heads.get(draft.id)
            if head is None:
                continue
            if not _says(head, lines.get(draft.id, []), draft, links):
                raise SameEntryOtherContentError
            found[draft.id] = Posted(draft.id, head["number"])
    return found


def moved(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, list[Moved]]:
    """Return what each of some entries moved, by the codes of its accounts, in no order."""
    debit, credit, line = aliased(Account), aliased(Account), TransferLine
    found: dict[UUID, list[Moved]] = {}
    rows = session.execute(
        select(line.entry_id, debit.code, credit.code, line.amount)
        .join(debit, debit.id == line.debit_id)
        .join(credit, credit.id == line.credit_id)
        .where(line.entry_id.in_(entry_ids))
    )
    for entry_id, *move in rows:
        found.setdefault(entry_id, []).append(Moved(*move))
    return found


def reversed_by(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return which entry each of some reversals undoes; those that are none are left out."""
    rows = session.execute(
        select(Entry.id, Entry.reverses_id).where(
            Entry.id.in_(entry_ids), Entry.reverses_id.is_not(None)
        )
    )
    return {row[0]: row[1] for row in rows}


def day_of(entry_id: ColumnElement[UUID]) -> ScalarSelect[date]:
    """Return the effective day of an entry, for a select of another room."""
    return select(Entry.effective_on).where(Entry.id == entry_id).scalar_subquery()


def _lines_of(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, list[Transfer]]:
    """Return the transfers of some entries in their order."""
    found: dict[UUID, list[Transfer]] = {}
    line = TransferLine
    rows = session.execute(
        select(line.entry_id, line.debit_id, line.credit_id, line.amount)
        .where(line.entry_id.in_(entry_ids))
        .order_by(line.entry_id, line.line)
    )
    for row in rows:
        found.setdefault(row[0], []).append(Transfer(row[1], row[2], row[3]))
    return found


def _says(head: RowMapping, lines: list[Transfer], draft: EntryDraft, links: Links) -> bool:
    """Whether an entry says what a draft says; words that were erased cannot be held against it."""
    facts = (*(head[name] for name in _FACTS), lines)
    linked = Links(head["reverses_id"], head["hold_id"], head["debt_account_id"])
    words = (head["memo"], head["document"], head["reason"])
    asked = (*(getattr(draft, name) for name in _FACTS), list(draft.transfers))
    is_erased = len(head["salt"]) == 0
    return (facts, linked) == (asked, links) and (
        is_erased or words == (draft.memo, draft.document, draft.reason)
    )
