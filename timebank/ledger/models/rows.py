"""The rows that the verbs write, each under its seal, and the view of an entry just written."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.models.tables import (
    ENTRIES,
    HOLD_ENDS,
    HOLDS,
    seal_of,
)
from timebank.ledger.rules import (
    AccountView,
    EntryDraft,
    EntryView,
    HoldDraft,
    HoldOutcome,
    Links,
    TransferView,
    digest,
)


def header(actor: Actor, draft: EntryDraft, links: Links) -> dict[str, Any]:
    """Return the header row of a draft."""
    row = {
        "id": draft.id,
        "community_id": actor.community_id,
        "book_id": draft.book_id,
        "lines": len(draft.transfers),
        "kind": draft.kind,
        "effective_on": draft.effective_on,
        "recorded_at": clock.now(),
        **_signature(actor),
        "memo": draft.memo,
        "document": draft.document,
        "reason": draft.reason,
        "reverses_id": links.reverses_id,
        "debt_account_id": links.debt_account_id,
        "digest": digest(draft, links),
    }
    return {**row, "seal": seal_of(ENTRIES, row)}


def transfers(
    actor: Actor, draft: EntryDraft, accounts: Mapping[int, AccountView]
) -> list[dict[str, Any]]:
    """Return the rows of a draft's transfers, numbered from 1."""
    return [
        {
            "community_id": actor.community_id,
            "book_id": draft.book_id,
            "entry_id": draft.id,
            "line": number,
            "lines": len(draft.transfers),
            "asset": accounts[line.debit_id].asset.value,
            "debit_id": line.debit_id,
            "credit_id": line.credit_id,
            "amount": line.amount,
        }
        for number, line in enumerate(draft.transfers, start=1)
    ]


def hold(actor: Actor, draft: HoldDraft) -> dict[str, Any]:
    """Return the row of a hold."""
    row = {
        "id": draft.id,
        "community_id": actor.community_id,
        "account_id": draft.account_id,
        "amount": draft.amount,
        "memo": draft.memo,
        "held_at": clock.now(),
        "expires_at": draft.expires_at,
        **_signature(actor),
    }
    return {**row, "seal": seal_of(HOLDS, row)}


def hold_end(
    actor: Actor,
    hold_id: UUID,
    outcome: HoldOutcome,
    *,
    entry_id: UUID | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Return the row that ends a hold."""
    row = {
        "hold_id": hold_id,
        "community_id": actor.community_id,
        "outcome": outcome.value,
        "entry_id": entry_id,
        "reason": reason,
        "ended_at": clock.now(),
        **_signature(actor),
    }
    return {**row, "seal": seal_of(HOLD_ENDS, row)}


def as_posted(
    draft: EntryDraft,
    links: Links,
    *,
    header: Mapping[str, Any],
    number: int,
    accounts: Mapping[int, AccountView],
) -> EntryView:
    """Return the view of an entry that was just posted."""
    lines = tuple(
        TransferView(
            line=at,
            debit_id=line.debit_id,
            debit_code=accounts[line.debit_id].code,
            debit_name=accounts[line.debit_id].name,
            credit_id=line.credit_id,
            credit_code=accounts[line.credit_id].code,
            credit_name=accounts[line.credit_id].name,
            asset=accounts[line.debit_id].asset,
            amount=line.amount,
        )
        for at, line in enumerate(draft.transfers, start=1)
    )
    return EntryView(
        id=draft.id,
        number=number,
        book_id=draft.book_id,
        kind=draft.kind,
        effective_on=draft.effective_on,
        recorded_at=header["recorded_at"],
        actor_user_id=header["actor_user_id"],
        actor_name=header["actor_name"],
        memo=draft.memo,
        document=draft.document,
        reason=draft.reason,
        transfers=lines,
        reverses_id=links.reverses_id,
        hold_id=links.hold_id,
        debt_account_id=links.debt_account_id,
    )


def _signature(actor: Actor) -> dict[str, object]:
    """Return the columns that say who did it."""
    return {"actor_user_id": actor.user_id, "actor_name": actor.name}
