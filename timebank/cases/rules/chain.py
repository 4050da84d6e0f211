"""The chain of hashes over a case's events, and the digest of the words kept apart from them."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

FIRST = "0" * 64


def digest_of(text: str) -> str:
    """Return the digest of a private body; its salt is inside the body."""
    return hashlib.sha256(text.encode()).hexdigest()


def event_hash(
    *,
    prev_hash: str,
    case_id: int,
    seq: int,
    event_type: str,
    actor: tuple[int | None, int | None, str],
    occurred_at: datetime,
    recorded_at: datetime,
    payload: Mapping[str, object],
    private_digest: str,
) -> str:
    """Return the hash of one event; ``actor`` is (user id, person id, role)."""
    said = json.dumps(
        [
            prev_hash,
            case_id,
            seq,
            event_type,
            list(actor),
            occurred_at.astimezone(UTC).isoformat(),
            recorded_at.astimezone(UTC).isoformat(),
            payload,
            private_digest,
        ],
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    return digest_of(said)
