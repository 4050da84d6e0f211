"""Digests of entries on SQLite: rows as the driver gives them, text as ``rules.seals`` has it.

Nothing here makes an object of a row: a million entries pass through these loops every night.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any  # the rows of a driver's cursor
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.ledger.rules.seals import LEAF_TITLE
from timebank.ledger.verify.checks import scoped

CHUNK = 2000
# The columns of an entry, in the order in which its digests are derived from them.
HEAD = (
    "id", "lines", "asset", "book_id", "community_id", "effective_on", "reverses_id", "kind",
    "recorded_at", "actor_user_id", "hold_id", "debt_account_id", "lots_on", "actor_name", "memo",
    "document", "reason", "salt", "words_hash", "seal",
)  # fmt: skip
# Entries beside each of their lines, by number; lines in their order.
_ROWS = f"""
SELECT e.number, {", ".join(f"e.{name}" for name in HEAD)},
       CASE e.lines WHEN 1 THEN
         (SELECT t.debit_id || ' ' || t.credit_id || ' ' || t.amount || char(10)
          FROM ledger_transfer AS t WHERE t.entry_id = e.id AND t.line >= 1)
       ELSE
         (SELECT group_concat(t.debit_id || ' ' || t.credit_id || ' ' || t.amount || char(10), ''
                              ORDER BY t.line)
          FROM ledger_transfer AS t WHERE t.entry_id = e.id) END
FROM ledger_entry AS e WHERE 0 = 0 /* of e */ ORDER BY e.number
"""  # noqa: S608 - our own columns
Wrong = tuple[object, int, int, str, str, str, str | None]


def wrong_entries(session: Session, community_id: int | None) -> Iterator[Wrong]:
    """Yield id, number, community, seal and digest of words of wrong entries, with those due."""
    connection: Any = session.connection().connection.driver_connection
    cursor = connection.cursor()
    cursor.execute(scoped(_ROWS, community_id))
    while chunk := cursor.fetchmany(CHUNK):
        yield from _wrong_of(chunk)


def _wrong_of(chunk: list[Any]) -> Iterator[Wrong]:
    """Yield the wrong ones among some rows."""
    for number, *head, lines in chunk:
        words_hash, seal = head[-2:]
        words_due, due = digests_due(head, lines or "")
        if due != seal or words_due != words_hash:
            named = UUID(head[0]), number, head[4]
            yield (*named, seal.hex(), due.hex(), words_hash.hex(), words_due.hex())


def digests_due(head: Sequence[Any], moved: str) -> tuple[bytes, bytes]:
    """Return the digest of an entry's words and its seal, as ``rules.seals`` has them.

    ``head`` has the values of ``HEAD``, ``moved`` a text line per transfer. Erased words keep
    their digest.
    """
    (
        entry_id, _, asset, book_id, community_id, day, first_id, kind, at, user_id, hold_id,
        debt_id, lots_on, actor, memo, document, reason, salt, words_hash, _,
    ) = head  # fmt: skip
    carried = "" if lots_on is None else f" {lots_on}"
    leaf = (
        f"\0{LEAF_TITLE}\n{entry_id}\n{community_id}\n{book_id}\n{asset}\n{kind}\n{day}{carried}\n"
        f"{at[:10]}T{at[11:]}Z\n{'-' if user_id is None else user_id}\n{first_id or '-'}\n"
        f"{hold_id or '-'}\n{'-' if debt_id is None else debt_id}\n{words_hash.hex()}\n{moved}"
    )
    if salt:
        words = (
            f"{len(actor)}:{actor}{len(memo)}:{memo}"
            f"{len(document)}:{document}{len(reason)}:{reason}"
        )
        words_hash = sha256(salt + words.encode()).digest()
    return words_hash, sha256(leaf.encode()).digest()
