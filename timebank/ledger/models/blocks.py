"""Blocks of sealed entries, erasures of words, and what the nightly proof found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.ledger.models.columns import APPEND_ONLY, digest_of, moment_of, whole
from timebank.ledger.rules.values import MEMO_MAX


class Block(Base):
    """Some entries of a community under one Merkle root, chained to all blocks before.

    ``root`` is the tree hash (RFC 6962) over the seals of its entries; ``head`` the tree hash over
    the headers of all blocks so far, and ``previous_head`` the head of the block before. Like an
    entry, a block is sealed by its header: its leaves come first.
    """

    __tablename__ = "ledger_block"
    __table_args__ = (
        UniqueConstraint("community_id", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("leaves >= 1", name="leaves"),
        CheckConstraint("(number = 1) = (previous_head IS NULL)", name="chained"),
        *digest_of("root"),
        *digest_of("head"),
        whole("number"),
        whole("leaves"),
        *moment_of("sealed_at"),
        APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    number: Mapped[int]
    leaves: Mapped[int]
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    previous_head: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    head: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed_at: Mapped[datetime]


class BlockLeaf(Base):
    """The place of an entry in its block, and the seal that it had when the block was made."""

    __tablename__ = "ledger_block_leaf"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "block_number"],
            ["ledger_block.community_id", "ledger_block.number"],
            name="fk_ledger_block_leaf_block_number_ledger_block",
            deferrable=True,
            initially="DEFERRED",
        ),
        UniqueConstraint("community_id", "block_number", "position"),
        CheckConstraint("position >= 0", name="position"),
        *digest_of("leaf"),
        whole("position"),
        APPEND_ONLY,
    )

    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), primary_key=True)
    community_id: Mapped[int]
    block_number: Mapped[int]
    position: Mapped[int]
    leaf: Mapped[bytes] = mapped_column(LargeBinary(32))


class Erasure(Base):
    """That the words of an entry were erased: by whom, when, on what ground; it does it itself."""

    __tablename__ = "ledger_erasure"
    __table_args__ = (
        CheckConstraint(f"length(ground) BETWEEN 1 AND {MEMO_MAX}", name="ground"),
        *moment_of("erased_at"),
        *digest_of("seal"),
        APPEND_ONLY,
    )

    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    erased_at: Mapped[datetime]
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    ground: Mapped[str] = mapped_column(String(MEMO_MAX))
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))


class Proof(Base):
    """What the proof of the books found in a community at one moment."""

    __tablename__ = "ledger_proof"
    __table_args__ = (Index(None, "community_id", "proved_at"), APPEND_ONLY)

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    proved_at: Mapped[datetime]
    entries: Mapped[int] = mapped_column(BigInteger)
    wrong: Mapped[int]
    # The first findings, as shown: table, row, what it is, what it should be, rule.
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # Any: texts of a finding


BLOCKS: Table = Base.metadata.tables["ledger_block"]
BLOCK_LEAVES: Table = Base.metadata.tables["ledger_block_leaf"]
ERASURES: Table = Base.metadata.tables["ledger_erasure"]
PROOFS: Table = Base.metadata.tables["ledger_proof"]
