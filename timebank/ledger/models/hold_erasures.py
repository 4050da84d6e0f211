"""Erasures of holds: the words of one that has ended are gone, and all else is as it was.

A hold and its end are sealed with their words. So whoever erases them writes down the digest of
everything else they say, the two old seals among it; from then on it is this that holds them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any  # the columns of a row
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Table, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base
from timebank.ledger.models.columns import APPEND_ONLY, digest_of, moment_of
from timebank.ledger.models.tables import HOLD_ENDS, HOLDS
from timebank.ledger.rules.seals import sha256_of
from timebank.ledger.rules.values import MEMO_MAX


class HoldErasure(Base):
    """That the words of a hold and of its end were erased: by whom, when, on what ground."""

    __tablename__ = "ledger_hold_erasure"
    __table_args__ = (
        CheckConstraint(f"length(ground) BETWEEN 1 AND {MEMO_MAX}", name="ground"),
        *moment_of("erased_at"),
        *digest_of("facts"),
        *digest_of("seal"),
        APPEND_ONLY,
    )

    hold_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_hold.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    erased_at: Mapped[datetime]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    ground: Mapped[str] = mapped_column(String(MEMO_MAX))
    # Of the hold and its end, without their words.
    facts: Mapped[bytes] = mapped_column(LargeBinary(32))
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))


HOLD_ERASURES: Table = Base.metadata.tables["ledger_hold_erasure"]

# What goes, by table; the rest stays.
WORDS = {HOLDS: ("memo", "actor_name"), HOLD_ENDS: ("reason", "actor_name")}
_FACTS = {
    table: [column.name for column in table.columns if column.name not in words]
    for table, words in WORDS.items()
}


def facts_of(hold: Mapping[Any, Any], end: Mapping[Any, Any]) -> bytes:
    """Return the digest of what a hold and its end say, without their words."""
    rows = {HOLDS: hold, HOLD_ENDS: end}
    return sha256_of([rows[table][name] for table, names in _FACTS.items() for name in names])


def _kept_sqlite(table: Table, key: str) -> str:
    """Return the trigger that lets the words of a row go, all of them, and nothing else."""
    words = WORDS[table]
    changed = [f"NEW.{name} IS NOT OLD.{name}" for name in ("rowid", *_FACTS[table])]
    left = [f"NEW.{name} <> ''" for name in words]
    gone = " AND ".join(f"OLD.{name} = ''" for name in words)
    return f"""
CREATE TRIGGER {table.name}_kept BEFORE UPDATE ON {table.name}
WHEN NOT EXISTS (SELECT 1 FROM ledger_hold_erasure WHERE hold_id = OLD.{key}) OR ({gone})
  OR {" OR ".join([*left, *changed])}
BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
"""  # noqa: S608 - names of our own tables


SQLITE = (
    _kept_sqlite(HOLDS, "id"),
    _kept_sqlite(HOLD_ENDS, "hold_id"),
    """
CREATE TRIGGER ledger_hold_erasure_once BEFORE INSERT ON ledger_hold_erasure
WHEN EXISTS (SELECT 1 FROM ledger_hold_erasure WHERE hold_id = NEW.hold_id OR rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'ledger_hold_erasure_exists'); END
""",
    """
CREATE TRIGGER ledger_hold_erasure_erase AFTER INSERT ON ledger_hold_erasure
BEGIN
  SELECT RAISE(ABORT, 'ledger_hold_erasure_astray') WHERE NOT EXISTS
    (SELECT 1 FROM ledger_hold AS h JOIN ledger_hold_end AS x ON x.hold_id = h.id
     WHERE h.id = NEW.hold_id AND h.community_id = NEW.community_id);
  UPDATE ledger_hold SET memo = '', actor_name = ''
    WHERE id = NEW.hold_id AND (memo <> '' OR actor_name <> '');
  UPDATE ledger_hold_end SET reason = '', actor_name = ''
    WHERE hold_id = NEW.hold_id AND (reason <> '' OR actor_name <> '');
END
""",
)


def _kept_postgresql(table: Table, key: str) -> str:
    """Return the function that lets the words of a row go, all of them, and nothing else."""
    blanked = " ".join(f"blank.{name} := '';" for name in WORDS[table])
    return f"""
CREATE FUNCTION {table.name}_kept() RETURNS trigger LANGUAGE plpgsql {{rights}} AS $body$
DECLARE
  blank {table.name} := OLD;
BEGIN
  {blanked}
  IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM blank AND OLD IS DISTINCT FROM blank
     AND EXISTS (SELECT 1 FROM ledger_hold_erasure WHERE hold_id = OLD.{key}) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'ledger_immutable' USING ERRCODE = 'integrity_constraint_violation',
    DETAIL = TG_OP || ' on ' || TG_TABLE_NAME;
END $body$
"""  # noqa: S608 - names of our own tables


POSTGRESQL = (
    _kept_postgresql(HOLDS, "id"),
    _kept_postgresql(HOLD_ENDS, "hold_id"),
    """
CREATE FUNCTION ledger_hold_erase() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM ledger_hold h JOIN ledger_hold_end x ON x.hold_id = h.id
                 WHERE h.id = NEW.hold_id AND h.community_id = NEW.community_id) THEN
    RAISE EXCEPTION 'ledger_hold_erasure_astray'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE ledger_hold SET memo = '', actor_name = ''
    WHERE id = NEW.hold_id AND (memo <> '' OR actor_name <> '');
  UPDATE ledger_hold_end SET reason = '', actor_name = ''
    WHERE hold_id = NEW.hold_id AND (reason <> '' OR actor_name <> '');
  RETURN NULL;
END $body$
""",
)
POSTGRESQL_TRIGGERS = (
    *(
        f"CREATE TRIGGER {table.name}_kept BEFORE UPDATE OR DELETE ON {table.name} FOR EACH ROW "
        f"EXECUTE FUNCTION {table.name}_kept()"
        for table in WORDS
    ),
    """
CREATE TRIGGER ledger_hold_erasure_erase AFTER INSERT ON ledger_hold_erasure FOR EACH ROW
EXECUTE FUNCTION ledger_hold_erase()
""",
)
