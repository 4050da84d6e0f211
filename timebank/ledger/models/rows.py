"""The rows that the verbs write, each under its seal."""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any  # the columns of a row
from uuid import UUID

from timebank.kernel.actor import Actor
from timebank.ledger.models.blocks import ERASURES
from timebank.ledger.models.freezes import FREEZES
from timebank.ledger.models.hold_erasures import HOLD_ERASURES, facts_of
from timebank.ledger.models.tables import HOLD_ENDS, HOLDS, seal_of
from timebank.ledger.rules.seals import SALT_BYTES, leaf_hash, leaf_text, words_hash
from timebank.ledger.rules.values import EntryDraft, HoldDraft, HoldOutcome, Links


def header(
    actor: Actor, draft: EntryDraft, links: Links, *, recorded_at: datetime
) -> dict[str, Any]:
    """Return the header row of a draft."""
    salt = os.urandom(SALT_BYTES)
    row = {
        "id": draft.id,
        "community_id": actor.community_id,
        "book_id": draft.book_id,
        "asset": draft.asset.value,
        "lines": len(draft.transfers),
        "kind": draft.kind,
        "effective_on": draft.effective_on,
        "lots_on": draft.lots_on,
        "recorded_at": recorded_at,
        "actor_user_id": actor.user_id,
        "reverses_id": links.reverses_id,
        "hold_id": links.hold_id,
        "debt_account_id": links.debt_account_id,
        "actor_name": actor.name,
        "memo": draft.memo,
        "document": draft.document,
        "reason": draft.reason,
        "salt": salt,
        "words_hash": words_hash(salt, (actor.name, draft.memo, draft.document, draft.reason)),
    }
    row["seal"] = seal_of_entry(row, draft)
    return row


def seal_of_entry(row: Mapping[str, Any], draft: EntryDraft) -> bytes:
    """Return the seal of an entry: the leaf hash of its header and transfers."""
    return leaf_hash(leaf_text(row, draft.transfers))


def hold(actor: Actor, draft: HoldDraft, *, held_at: datetime) -> dict[str, Any]:
    """Return the row of a hold."""
    row = {
        "id": draft.id,
        "community_id": actor.community_id,
        "account_id": draft.account_id,
        "amount": draft.amount,
        "memo": draft.memo,
        "held_at": held_at,
        "expires_at": draft.expires_at,
        **signature(actor),
    }
    return {**row, "seal": seal_of(HOLDS, row)}


def hold_end(
    actor: Actor, hold_id: UUID, outcome: HoldOutcome, *, ended_at: datetime, reason: str = ""
) -> dict[str, Any]:
    """Return the row that ends a hold without an entry."""
    row = {
        "hold_id": hold_id,
        "community_id": actor.community_id,
        "outcome": outcome.value,
        "entry_id": None,
        "reason": reason,
        "ended_at": ended_at,
        **signature(actor),
    }
    return {**row, "seal": seal_of(HOLD_ENDS, row)}


def erasure(actor: Actor, entry_id: UUID, *, erased_at: datetime, ground: str) -> dict[str, Any]:
    """Return the row that erases the words of an entry."""
    row = {
        "entry_id": entry_id,
        "community_id": actor.community_id,
        "erased_at": erased_at,
        "actor_user_id": actor.user_id,
        "ground": ground,
    }
    return {**row, "seal": seal_of(ERASURES, row)}


def hold_erasure(
    actor: Actor,
    hold: Mapping[Any, Any],
    end: Mapping[Any, Any],
    *,
    erased_at: datetime,
    ground: str,
) -> dict[str, Any]:
    """Return the row that erases the words of a hold and of its end, as they stand."""
    row = {
        "hold_id": hold["id"],
        "community_id": actor.community_id,
        "erased_at": erased_at,
        "actor_user_id": actor.user_id,
        "ground": ground,
        "facts": facts_of(hold, end),
    }
    return {**row, "seal": seal_of(HOLD_ERASURES, row)}


def freeze(
    actor: Actor, account_id: int, *, frozen_at: datetime, document: str, frozen: int
) -> dict[str, Any]:
    """Return the row that freezes (1) or thaws (0) an account."""
    row = {
        "community_id": actor.community_id,
        "account_id": account_id,
        "frozen": frozen,
        "frozen_at": frozen_at,
        "document": document,
        "actor_user_id": actor.user_id,
    }
    return {**row, "seal": seal_of(FREEZES, row)}


def signature(actor: Actor) -> dict[str, object]:
    """Return the columns that say who did it."""
    return {"actor_user_id": actor.user_id, "actor_name": actor.name}
