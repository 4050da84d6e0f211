"""Tables of transfers between communities: who asked, what became of it, from which days it was."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.kernel.sealed import Sealed
from timebank.volunteering.models import triggers
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.clearing import TRANSFER_ARROWS, Purpose, TransferState
from timebank.volunteering.rules.gifts import GIFT_MAX


class ClearingTransfer(Base):
    """Minutes that a member sends to another community, or takes there to be served.

    ``hold_id`` sets them aside in the sender's book until the other side has decided. A code that
    is shown at a counter is sealed; its blind index finds it.
    """

    __tablename__ = "clearing_transfer"
    __table_args__ = (
        UniqueConstraint("community_id", "consent_slip"),
        CheckConstraint(f"purpose IN {among(Purpose)}", name="purpose_known"),
        CheckConstraint(f"state IN {among(TransferState)}", name="state_known"),
        CheckConstraint(f"minutes BETWEEN 1 AND {GIFT_MAX}", name="minutes_in_range"),
        CheckConstraint("community_id <> to_community_id", name="two_communities"),
        CheckConstraint("(purpose = 'redeem') = (to_person_id IS NULL)", name="somebody_receives"),
        CheckConstraint(
            "(purpose = 'redeem') = (code_index IS NOT NULL)"
            " AND (code IS NULL) = (code_index IS NULL)",
            name="code_of_redeem",
        ),
        CheckConstraint("(state IN ('done', 'reversed')) = (move_id IS NOT NULL)", name="done_is"),
        CheckConstraint("(move_id IS NULL) = (moved_minutes IS NULL)", name="moved_is"),
        CheckConstraint("moved_minutes BETWEEN 1 AND minutes", name="moved_in_range"),
        CheckConstraint("purpose = 'redeem' OR moved_minutes = minutes", name="moved_whole"),
        CheckConstraint("(state = 'reversed') = (reversal_move_id IS NOT NULL)", name="undone_is"),
        CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name="decided_is"),
        CheckConstraint(
            "(reversal_asked_at IS NULL) = (reversal_asked_by_id IS NULL)", name="asked_by_a_side"
        ),
        Index("ix_clearing_transfer_out", "community_id", "id"),
        Index("ix_clearing_transfer_in", "to_community_id", "state", "id"),
        Index(None, "pair_id", "id"),
        Index(None, "person_id", "id"),
        Index(None, "to_person_id", "id"),
        Index("ix_clearing_transfer_waiting", "state", "requested_at"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    to_community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    pair_id: Mapped[int] = mapped_column(ForeignKey("clearing_pair.id"))
    purpose: Mapped[Purpose] = mapped_column(String(8))
    state: Mapped[TransferState] = mapped_column(String(10))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    to_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    minutes: Mapped[int]
    moved_minutes: Mapped[int | None]
    code: Mapped[str | None] = mapped_column(Sealed)
    code_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    hold_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    requested_at: Mapped[datetime]
    requested_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    requested_by_name: Mapped[str] = mapped_column(String(80))
    consent_slip: Mapped[str | None] = mapped_column(String(40))
    decided_at: Mapped[datetime | None]
    decided_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by_name: Mapped[str] = mapped_column(String(80), default="")
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    target_code: Mapped[str] = mapped_column(String(60), default="")
    move_id: Mapped[int | None] = mapped_column(ForeignKey("clearing_move.id"), unique=True)
    reversal_asked_at: Mapped[datetime | None]
    reversal_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"))
    reversal_asked_by_name: Mapped[str] = mapped_column(String(80), default="")
    reversal_reason: Mapped[str] = mapped_column(Text, default="")
    reversal_move_id: Mapped[int | None] = mapped_column(
        ForeignKey("clearing_move.id"), unique=True
    )


class ClearingOrigin(Base):
    """On which days minutes were earned that went to another community."""

    __tablename__ = "clearing_origin"
    __table_args__ = (
        UniqueConstraint("transfer_id", "earned_on"),
        CheckConstraint("minutes > 0", name="some_minutes"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("clearing_transfer.id"))
    earned_on: Mapped[date] = mapped_column(Date)
    minutes: Mapped[int]


_ASKED = (
    *("community_id", "to_community_id", "pair_id", "purpose", "person_id", "to_person_id"),
    *("minutes", "code_index", "hold_id", "requested_at", "requested_by_user_id", "consent_slip"),
)
_DECIDED = ("moved_minutes", "move_id", "decided_at", "decided_by_user_id", "target_code")
_OF_PAIR = (
    "NOT EXISTS (SELECT 1 FROM clearing_pair p WHERE p.id = NEW.pair_id"
    " AND ((p.community_id = NEW.community_id AND p.high_id = NEW.to_community_id)"
    " OR (p.high_id = NEW.community_id AND p.community_id = NEW.to_community_id)))"
)
_PEOPLE = (
    "NOT EXISTS (SELECT 1 FROM person a WHERE a.id = NEW.person_id"
    " AND a.community_id = NEW.community_id) OR (NEW.to_person_id IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM person b WHERE b.id = NEW.to_person_id"
    " AND b.community_id = NEW.to_community_id))"
)
# What the moves of a transfer say: so much one way, and back again, between its two communities.
_MOVES = (
    "NOT EXISTS (SELECT 1 FROM clearing_move m WHERE m.id = NEW.{move} AND m.kind = '{kind}'"
    " AND m.pair_id = NEW.pair_id AND m.low_owes_minutes = {sign} * NEW.moved_minutes"
    " * CASE WHEN NEW.community_id < NEW.to_community_id THEN 1 ELSE -1 END)"
)
_MOVED = "NEW.move_id IS NOT NULL AND " + _MOVES.format(move="move_id", kind="transfer", sign="1")
_UNDONE = "NEW.reversal_move_id IS NOT NULL AND " + _MOVES.format(
    move="reversal_move_id", kind="reversal", sign="-1"
)
# Nobody's minutes leave without the own login or a signed slip.
_UNASKED = (
    "NEW.consent_slip IS NULL AND NOT EXISTS (SELECT 1 FROM user_account u"
    " WHERE u.id = NEW.requested_by_user_id AND u.person_id = NEW.person_id)"
)
_tables = Base.metadata.tables
_transfers = _tables["clearing_transfer"]
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(
        _transfers,
        Refusals(
            always={
                "clearing_transfer_of_pair": _OF_PAIR,
                "clearing_transfer_people": _PEOPLE,
                "clearing_transfer_moved": _MOVED,
                "clearing_transfer_undone": _UNDONE,
            },
            inserts={
                "clearing_transfer_begins": "NEW.state <> 'requested'",
                "clearing_transfer_unasked": _UNASKED,
            },
            updates={
                **triggers.moved("clearing_transfer", TRANSFER_ARROWS),
                **triggers.changed("clearing_transfer_asked", _ASKED, _engine),
                **triggers.changed(
                    "clearing_transfer_decided",
                    _DECIDED,
                    _engine,
                    only_when="OLD.state <> 'requested'",
                ),
            },
        ),
        _engine,
    )
triggers.keep_rows(_transfers)
make_append_only(_tables["clearing_origin"])
