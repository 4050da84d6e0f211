"""Tables of the rules, publicity and votes, and what the database itself refuses about them."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cofund.models.triggers import amount, one_of, refuse, table_of
from timebank.cofund.rules.policy import RANGES, Matter
from timebank.cofund.rules.votes import Channel, Choice, VoteKind, VoteState
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk

_APPEND_ONLY = {"info": {"grants": "SELECT, INSERT"}}


class PolicyVersion(Base):
    """One version of a community's rules for its projects, in force from a day."""

    __tablename__ = "cofund_policy"
    __table_args__ = (
        UniqueConstraint("community_id", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("in_force_on >= set_on", name="not_in_past"),
        *(
            CheckConstraint(f"{name} BETWEEN {least} AND {most}", name=name)
            for name, (least, most) in RANGES.items()
        ),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    version: Mapped[int]
    in_force_on: Mapped[date]
    set_on: Mapped[date]
    set_at: Mapped[datetime]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    set_by_name: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text, default="")
    publicise_days: Mapped[int]
    vote_free_fen: Mapped[int]
    second_from_fen: Mapped[int]
    payee_wait_hours: Mapped[int]
    retention_permille: Mapped[int]
    defect_months: Mapped[int]
    before_acceptance_permille: Mapped[int]
    overrun_permille: Mapped[int]
    disclosure_days: Mapped[int]


class Objection(Base):
    """What somebody has against a project, as the case that answers it."""

    __tablename__ = "cofund_objection"
    __table_args__ = (UniqueConstraint("case_id"), Index(None, "project_id"), _APPEND_ONLY)

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    noted_at: Mapped[datetime]


_base_area = "(CASE WHEN is_of_all THEN area_total ELSE area_part END)"
_base_heads = "(CASE WHEN is_of_all THEN heads_total ELSE heads_part END)"


def _reached(left: str, base: str) -> str:
    """Return the condition that ayes reach, or exceed, their part of a base."""
    one, other = f"{left} * pass_denominator", f"{base} * pass_numerator"
    return f"(({one} > {other}) OR (NOT is_strict AND {one} = {other}))"


class Vote(Base):
    """One vote of the owners; it keeps the law it opened under, and passes only by its sums."""

    __tablename__ = "cofund_vote"
    __table_args__ = (
        Index(
            None,
            "project_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "community_id"),
        one_of("kind", VoteKind),
        one_of("matter", Matter),
        one_of("state", VoteState),
        amount("total_fen"),
        CheckConstraint("closes_on >= opens_on", name="days"),
        CheckConstraint(
            "0 <= area_yes AND area_yes <= area_part AND area_part <= area_total"
            " AND 0 <= heads_yes AND heads_yes <= heads_part AND heads_part <= heads_total",
            name="sums",
        ),
        CheckConstraint(
            "quorum_denominator > 0 AND pass_denominator > 0 AND quorum_numerator >= 0"
            " AND pass_numerator > 0",
            name="bar",
        ),
        CheckConstraint(
            "state <> 'passed' OR (heads_yes > 0"
            " AND area_part * quorum_denominator >= area_total * quorum_numerator"
            " AND heads_part * quorum_denominator >= heads_total * quorum_numerator"
            f" AND {_reached('area_yes', _base_area)} AND {_reached('heads_yes', _base_heads)})",
            name="passed",
        ),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> entered_by", name="two_persons"),
        CheckConstraint(
            "kind <> 'recorded' OR state = 'open' OR confirmed_by IS NOT NULL", name="confirmed"
        ),
        CheckConstraint("kind <> 'recorded' OR document_file_id IS NOT NULL", name="document"),
        CheckConstraint("(state = 'open') = (counted_at IS NULL)", name="counted"),
        CheckConstraint("state = 'open' OR length(digest) = 64", name="digest"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[VoteKind] = mapped_column(String(16))
    matter: Mapped[Matter] = mapped_column(String(16))
    question: Mapped[str] = mapped_column(Text)
    total_fen: Mapped[int]
    law_code: Mapped[str] = mapped_column(String(24))
    law_source: Mapped[str] = mapped_column(String(80))
    quorum_numerator: Mapped[int]
    quorum_denominator: Mapped[int]
    pass_numerator: Mapped[int]
    pass_denominator: Mapped[int]
    is_strict: Mapped[bool]
    is_of_all: Mapped[bool]
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    state: Mapped[VoteState] = mapped_column(String(16), default=VoteState.OPEN)
    area_total: Mapped[int] = mapped_column(default=0)
    heads_total: Mapped[int] = mapped_column(default=0)
    area_part: Mapped[int] = mapped_column(default=0)
    heads_part: Mapped[int] = mapped_column(default=0)
    area_yes: Mapped[int] = mapped_column(default=0)
    heads_yes: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    document_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    entered_name: Mapped[str] = mapped_column(String(80), default="")
    entered_at: Mapped[datetime]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    confirmed_name: Mapped[str] = mapped_column(String(80), default="")
    counted_at: Mapped[datetime | None]


class VoteOwner(Base):
    """One household of a vote's roll: area and owner as they stood when it opened."""

    __tablename__ = "cofund_vote_owner"
    __table_args__ = (
        UniqueConstraint("vote_id", "household_id"),
        UniqueConstraint("id", "vote_id"),
        CheckConstraint("area_hundredths > 0", name="area"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    vote_id: Mapped[int] = mapped_column(ForeignKey("cofund_vote.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    building: Mapped[int]
    unit: Mapped[int]
    room_no: Mapped[str] = mapped_column(String(16))
    area_hundredths: Mapped[int]
    owner_name: Mapped[str] = mapped_column(String(60))
    owner_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Ballot(Base):
    """What one household says, once; nobody changes it afterwards."""

    __tablename__ = "cofund_ballot"
    __table_args__ = (
        UniqueConstraint("owner_id"),
        ForeignKeyConstraint(
            ["owner_id", "vote_id"], ["cofund_vote_owner.id", "cofund_vote_owner.vote_id"]
        ),
        Index(None, "vote_id"),
        one_of("choice", Choice),
        one_of("channel", Channel),
        CheckConstraint(
            "(channel = 'proxy') = (proof_file_id IS NOT NULL AND proxy_name <> '')", name="proxy"
        ),
        CheckConstraint(
            "(channel = 'paper') = (checked_by IS NOT NULL)"
            " AND (checked_by IS NULL OR checked_by <> cast_by)",
            name="paper",
        ),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    vote_id: Mapped[int] = mapped_column(ForeignKey("cofund_vote.id"))
    owner_id: Mapped[int]
    choice: Mapped[Choice] = mapped_column(String(8))
    channel: Mapped[Channel] = mapped_column(String(8))
    cast_on: Mapped[date]
    cast_at: Mapped[datetime]
    cast_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    proxy_name: Mapped[str] = mapped_column(String(60), default="")
    proof_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))


class PaperEntry(Base):
    """What one of two people read from a paper ballot; their agreement makes it a ballot."""

    __tablename__ = "cofund_paper_entry"
    __table_args__ = (
        UniqueConstraint("owner_id", "entered_by"),
        ForeignKeyConstraint(
            ["owner_id", "vote_id"], ["cofund_vote_owner.id", "cofund_vote_owner.vote_id"]
        ),
        Index(None, "vote_id"),
        one_of("choice", Choice),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    vote_id: Mapped[int] = mapped_column(ForeignKey("cofund_vote.id"))
    owner_id: Mapped[int]
    choice: Mapped[Choice] = mapped_column(String(8))
    collected_on: Mapped[date]
    entered_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    entered_name: Mapped[str] = mapped_column(String(80))
    entered_at: Mapped[datetime]


_open_then = (
    "SELECT 1 FROM cofund_vote v WHERE v.id = NEW.vote_id AND v.state = 'open'"
    " AND v.kind = 'roll' AND {day} BETWEEN v.opens_on AND v.closes_on"
)
for _model in (PolicyVersion, Objection, VoteOwner, Ballot):
    make_append_only(table_of(_model))
refuse(
    table_of(Vote),
    name="vote_after_publicity",
    when="INSERT",
    condition="NEW.state <> 'open' OR NOT EXISTS (SELECT 1 FROM project p"
    " WHERE p.id = NEW.project_id AND p.publicised_to IS NOT NULL"
    " AND NEW.opens_on > p.publicised_to)",
)
refuse(
    table_of(Vote),
    name="vote_keeps",
    when="UPDATE",
    condition="OLD.state <> 'open' OR NEW.total_fen <> OLD.total_fen"
    " OR NEW.matter <> OLD.matter OR NEW.closes_on <> OLD.closes_on"
    " OR NEW.opens_on <> OLD.opens_on OR NEW.pass_numerator <> OLD.pass_numerator"
    " OR NEW.pass_denominator <> OLD.pass_denominator"
    " OR NEW.quorum_numerator <> OLD.quorum_numerator"
    " OR NEW.quorum_denominator <> OLD.quorum_denominator"
    " OR NEW.is_strict <> OLD.is_strict OR NEW.is_of_all <> OLD.is_of_all",
)
refuse(table_of(Vote), name="vote_stays", when="DELETE", condition="OLD.id IS NOT NULL")
refuse(
    table_of(VoteOwner),
    name="roll_closed",
    when="INSERT",
    condition="EXISTS (SELECT 1 FROM cofund_ballot b WHERE b.vote_id = NEW.vote_id)"
    " OR NOT EXISTS (SELECT 1 FROM cofund_vote v WHERE v.id = NEW.vote_id AND v.state = 'open')",
)
refuse(
    table_of(Ballot),
    name="ballot_in_time",
    when="INSERT",
    condition=f"NOT EXISTS ({_open_then.format(day='NEW.cast_on')})",
)
for _when in ("INSERT", "UPDATE"):
    refuse(
        table_of(PaperEntry),
        name=f"paper_in_time_{_when.lower()}",
        when=_when,
        condition=f"NOT EXISTS ({_open_then.format(day='NEW.collected_on')})"
        " OR EXISTS (SELECT 1 FROM cofund_ballot b WHERE b.owner_id = NEW.owner_id)",
    )
