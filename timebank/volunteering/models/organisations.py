"""Tables of an organisation's desk: who leads it, and who agreed to belong to it.

No hours stand here: they belong to who served. The database itself refuses people and organisations
of another community, who is asked by nobody that leads, and consent given by anybody else.
"""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.volunteering.models import triggers
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.organisations import (
    ANSWERED_STATES,
    ENDED_STATES,
    MEMBER_ARROWS,
    MemberState,
)

_OPEN_MEMBER = text("state IN ('asked', 'agreed')")
_LEADS = text("ended_at IS NULL")


class OrganisationLeader(Base):
    """Somebody whom the community named to lead an organisation, until that ends."""

    __tablename__ = "organisation_leader"
    __table_args__ = (
        ForeignKeyConstraint(["person_id", "community_id"], ["person.id", "person.community_id"]),
        CheckConstraint("named_by_id <> person_id", name="named_by_another"),
        CheckConstraint("ended_at >= named_at", name="moments_in_order"),
        Index(
            "uq_organisation_leader_open",
            "organisation_id",
            "person_id",
            unique=True,
            sqlite_where=_LEADS,
            postgresql_where=_LEADS,
        ),
        Index("ix_organisation_leader_person", "person_id"),
        Index("ix_organisation_leader_community", "community_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[int]
    named_at: Mapped[datetime]
    named_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    named_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    named_by_name: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None]
    ended_by_name: Mapped[str] = mapped_column(String(80), default="")


class OrganisationMember(Base):
    """Somebody who was asked to belong to an organisation, and what they answered."""

    __tablename__ = "organisation_member"
    __table_args__ = (
        ForeignKeyConstraint(["person_id", "community_id"], ["person.id", "person.community_id"]),
        CheckConstraint(f"state IN {among(MemberState)}", name="state_known"),
        CheckConstraint(
            f"(answered_at IS NOT NULL OR state NOT IN {among(ANSWERED_STATES)})"
            " AND (answered_at IS NULL OR state <> 'asked')",
            name="answered_when",
        ),
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered_by"),
        CheckConstraint("answered_by_id = person_id", name="own_consent"),
        CheckConstraint(
            f"(state IN {among(ENDED_STATES)}) = (ended_at IS NOT NULL)", name="ended_when"
        ),
        Index(
            "uq_organisation_member_open",
            "organisation_id",
            "person_id",
            unique=True,
            sqlite_where=_OPEN_MEMBER,
            postgresql_where=_OPEN_MEMBER,
        ),
        Index("ix_organisation_member_state", "organisation_id", "state"),
        Index("ix_organisation_member_person", "person_id", "state"),
        Index("ix_organisation_member_community", "community_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[int]
    state: Mapped[MemberState] = mapped_column(String(8))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


_tables = Base.metadata.tables
_leaders, _members = (
    _tables[name] for name in (OrganisationLeader.__tablename__, OrganisationMember.__tablename__)
)
_ELSEWHERE = (
    "NOT EXISTS (SELECT 1 FROM organisation o"
    " WHERE o.id = NEW.organisation_id AND o.community_id = NEW.community_id)"
)
_UNLED = (
    "NOT EXISTS (SELECT 1 FROM organisation_leader l WHERE l.organisation_id = NEW.organisation_id"
    " AND l.person_id = NEW.asked_by_id AND l.ended_at IS NULL)"
)
_UNDER_AGE = triggers.under_age("NEW.asked_at")
_FIXED = ("id", "community_id", "organisation_id", "person_id")
_NAMED = ("named_at", "named_by_id", "named_by_user_id", "named_by_name")
_ASKED = ("asked_at", "asked_by_id", "asked_by_user_id")
_ANSWER = ("answered_at", "answered_by_id")

for _engine in ("sqlite", "postgresql"):
    _minor = f"EXISTS (SELECT 1 FROM person p WHERE p.id = NEW.person_id AND {_UNDER_AGE[_engine]})"  # noqa: S608 - constants
    triggers.refuse(
        _leaders,
        Refusals(
            inserts={"organisation_leader_elsewhere": _ELSEWHERE},
            updates={
                **triggers.changed("organisation_leader_told", (*_FIXED, *_NAMED), _engine),
                "organisation_leader_ended": "OLD.ended_at IS NOT NULL",
            },
        ),
        _engine,
    )
    triggers.refuse(
        _members,
        Refusals(
            inserts={
                "organisation_member_elsewhere": _ELSEWHERE,
                "organisation_member_unled": _UNLED,
                "organisation_member_minor": _minor,
                "organisation_member_begins": "NEW.state <> 'asked'",
            },
            updates={
                **triggers.moved("organisation_member", MEMBER_ARROWS),
                **triggers.changed("organisation_member_told", (*_FIXED, *_ASKED), _engine),
                **triggers.changed(
                    "organisation_member_answered",
                    _ANSWER,
                    _engine,
                    only_when="OLD.answered_at IS NOT NULL",
                ),
                "organisation_member_ended": "OLD.ended_at IS NOT NULL",
            },
        ),
        _engine,
    )
for _table in (_leaders, _members):
    triggers.keep_rows(_table)
