"""Digests of entries on SQLite: rows as the driver gives them, text as ``rules.seals`` has it.

Nothing here makes an object of a row: a million entries pass through these loops every night.
"""

import hashlib
from collections.abc import Iterator
from typing import Any  # the rows of a driver's cursor
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.ledger.rules.seals import LEAF_TITLE
from timebank.ledger.verify.checks import scoped

CHUNK = 2000
# Entries beside each of their lines, by number; lines in their order.
_ROWS = """
SELECT e.number, e.id, e.community_id, e.book_id, e.asset, e.kind,
       e.effective_on || COALESCE(' ' || e.lots_on, ''), e.recorded_at,
       e.actor_user_id, e.reverses_id, e.hold_id, e.debt_account_id,
       e.actor_name, e.memo, e.document, e.reason, e.salt, e.words_hash, e.seal,
       CASE e.lines WHEN 1 THEN
         (SELECT t.debit_id || ' ' || t.credit_id || ' ' || t.amount || char(10)
          FROM ledger_transfer AS t WHERE t.entry_id = e.id AND t.line >= 1)
       ELSE
         (SELECT group_concat(t.debit_id || ' ' || t.credit_id || ' ' || t.amount || char(10), ''
                              ORDER BY t.line)
          FROM ledger_transfer AS t WHERE t.entry_id = e.id) END
FROM ledger_entry AS e WHERE 0 = 0 /* of e */ ORDER BY e.number
"""
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
    sha256 = hashlib.sha256
    for (
        number,
        entry_id,
        community_id,
        book_id,
        asset,
        kind,
        day,
        at,
        user_id,
        first_id,
        hold_id,
        debt_id,
        actor,
        memo,
        document,
        reason,
        salt,
        words_hash,
        seal,
        lines,
    ) in chunk:
        leaf = (
            f"{LEAF_TITLE}\n{entry_id}\n{community_id}\n{book_id}\n{asset}\n{kind}\n{day}\n"
            f"{at[:10]}T{at[11:]}Z\n{'-' if user_id is None else user_id}\n{first_id or '-'}\n"
            f"{hold_id or '-'}\n{'-' if debt_id is None else debt_id}\n{words_hash.hex()}\n"
            f"{lines or ''}"
        )
        due = sha256(b"\0" + leaf.encode()).digest()
        words_due = words_hash
        if salt:
            words = (
                f"{len(actor)}:{actor}{len(memo)}:{memo}"
                f"{len(document)}:{document}{len(reason)}:{reason}"
            )
            words_due = sha256(salt + words.encode()).digest()
        if due != seal or words_due != words_hash:
            named = UUID(entry_id), number, community_id
            yield (*named, seal.hex(), due.hex(), words_hash.hex(), words_due.hex())
