"""Freezes: that an account takes part in nothing for a while, or for good.

The latest row of an account says how it stands; a trigger repeats it on the balance, where every
posting looks anyway. A frozen account is moved by no entry and set aside by no hold; what was set
aside can be released.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.ledger.models.columns import APPEND_ONLY, digest_of, moment_of, whole
from timebank.ledger.rules.values import DOCUMENT_MAX


class Freeze(Base):
    """That an account was frozen (1) or thawed (0): when, by whom, by which document."""

    __tablename__ = "ledger_freeze"
    __table_args__ = (
        CheckConstraint("frozen IN (0, 1)", name="frozen_known"),
        CheckConstraint(f"length(document) BETWEEN 1 AND {DOCUMENT_MAX}", name="document"),
        whole("frozen"),
        *moment_of("frozen_at"),
        *digest_of("seal"),
        Index(None, "account_id", "id"),
        APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    frozen: Mapped[int] = mapped_column(SmallInteger)
    frozen_at: Mapped[datetime]
    document: Mapped[str] = mapped_column(String(DOCUMENT_MAX))
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))


FREEZES: Table = Base.metadata.tables["ledger_freeze"]

# How an account stands, by its latest row.
LATEST = """
COALESCE((SELECT f.frozen FROM ledger_freeze AS f WHERE f.account_id = {account_id}
          ORDER BY f.id DESC LIMIT 1), 0)
"""

SQLITE = """
CREATE TRIGGER ledger_freeze_apply AFTER INSERT ON ledger_freeze
BEGIN
  SELECT RAISE(ABORT, 'ledger_number') WHERE NEW.id <> 1
    AND NOT EXISTS (SELECT 1 FROM ledger_freeze WHERE id = NEW.id - 1);
  SELECT RAISE(ABORT, 'ledger_freeze_astray') WHERE NOT EXISTS
    (SELECT 1 FROM ledger_balance WHERE account_id = NEW.account_id
     AND community_id = NEW.community_id AND frozen <> NEW.frozen);
  UPDATE ledger_balance SET frozen = NEW.frozen WHERE account_id = NEW.account_id;
END
"""
POSTGRESQL = """
CREATE FUNCTION ledger_freeze_apply() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
BEGIN
  UPDATE ledger_balance b SET frozen = NEW.frozen WHERE b.account_id = NEW.account_id
    AND b.community_id = NEW.community_id AND b.frozen <> NEW.frozen;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ledger_freeze_astray' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $body$
"""
POSTGRESQL_TRIGGER = """
CREATE TRIGGER ledger_freeze_apply AFTER INSERT ON ledger_freeze FOR EACH ROW
EXECUTE FUNCTION ledger_freeze_apply()
"""
