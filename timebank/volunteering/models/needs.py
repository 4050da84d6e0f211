"""Tables of needs and of what volunteers bring, and what the database itself refuses of them."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.community.rules import Sex
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.volunteering.models import triggers
from timebank.volunteering.models.changes import unless_told
from timebank.volunteering.models.offers import OFFER_GONE
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.changes import NEED_FIELDS
from timebank.volunteering.rules.needs import (
    HELPERS_MAX,
    NEED_ARROWS,
    NEED_MINUTES_MAX,
    NEED_MINUTES_MIN,
    REPEAT_WEEKS_MAX,
    Asker,
    Channel,
    NeedState,
    Risk,
)
from timebank.volunteering.rules.places import Far

_ENGINES = ("sqlite", "postgresql")
_DECIDED = among((NeedState.TAKEN_UP, NeedState.ENDED, NeedState.DECLINED))
_REFUSED = among((NeedState.DECLINED, NeedState.WITHDRAWN))


class Need(Base):
    """Help that somebody asks for, once or week by week, and what staff made of it."""

    __tablename__ = "need"
    __table_args__ = (
        CheckConstraint(f"state IN {among(NeedState)}", name="state_known"),
        CheckConstraint(f"asker IN {among(Asker)}", name="asker_known"),
        CheckConstraint(f"channel IN {among(Channel)}", name="channel_known"),
        CheckConstraint(f"risk IN {among(Risk)}", name="risk_known"),
        CheckConstraint(f"sex IN {among(Sex)}", name="sex_known"),
        CheckConstraint(
            f"minutes BETWEEN {NEED_MINUTES_MIN} AND {NEED_MINUTES_MAX}", name="minutes_range"
        ),
        CheckConstraint(f"helpers BETWEEN 1 AND {HELPERS_MAX}", name="helpers_range"),
        CheckConstraint(
            "asker <> 'self' OR (asked_by_id IS NOT NULL AND asked_by_id = recipient_id)",
            name="own_need",
        ),
        CheckConstraint(
            "asker <> 'relative' OR (asked_by_id IS NOT NULL AND asked_by_id <> recipient_id"
            " AND consent <> '')",
            name="relative_with_consent",
        ),
        CheckConstraint("(weekdays = '') = (repeat_until_on IS NULL)", name="repeats_to_a_day"),
        CheckConstraint("NOT is_urgent OR weekdays = ''", name="urgent_is_once"),
        CheckConstraint("revision >= 1", name="revision_counts"),
        CheckConstraint("case_id IS NOT NULL OR channel <> 'case'", name="case_named"),
        CheckConstraint(f"state NOT IN {_DECIDED} OR decided_at IS NOT NULL", name="decided_when"),
        CheckConstraint(f"state NOT IN {_REFUSED} OR state_reason <> ''", name="refused_why"),
        Index("ix_need_queue", "community_id", "state", "starts_at", "id"),
        Index("ix_need_state", "state", "id"),
        Index("ix_need_recipient", "recipient_id", "id"),
        Index("ix_need_asked_by", "asked_by_id", "id"),
        Index("ix_need_grid", "grid_id", "state"),
        Index("ix_need_centre", "centre_id", "state"),
        Index("ix_need_case", "case_id"),
        Index("ix_need_offer", "offer_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    state: Mapped[NeedState] = mapped_column(String(12))
    state_reason: Mapped[str] = mapped_column(Text, default="")
    recipient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asker: Mapped[Asker] = mapped_column(String(8))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    asked_by_name: Mapped[str] = mapped_column(String(80))
    channel: Mapped[Channel] = mapped_column(String(8))
    consent: Mapped[str] = mapped_column(Text, default="")
    kind_id: Mapped[int] = mapped_column(ForeignKey("service_kind.id"))
    is_urgent: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    helpers: Mapped[int] = mapped_column(default=1)
    weekdays: Mapped[str] = mapped_column(String(7), default="")
    repeat_until_on: Mapped[date | None]
    risk: Mapped[Risk] = mapped_column(String(8))
    sex: Mapped[Sex | None] = mapped_column(String(8))
    skills: Mapped[list[str]] = mapped_column(JSON, default=list)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    details: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(String(120), default="")
    micro_grid_id: Mapped[int | None] = mapped_column(ForeignKey("micro_grid.id"))
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("care_centre.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("offer.id"))
    revision: Mapped[int] = mapped_column(default=1)
    posted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by_name: Mapped[str] = mapped_column(String(80), default="")


class VolunteerProfile(Base):
    """What a volunteer can do, speaks, and when they have time; told by themselves or by staff."""

    __tablename__ = "volunteer_profile"
    __table_args__ = (CheckConstraint(f"far IN {among(Far)}", name="far_known"),)

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    skills: Mapped[list[str]] = mapped_column(JSON, default=list)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    free_times: Mapped[list[str]] = mapped_column(JSON, default=list)
    far: Mapped[Far] = mapped_column(String(12), default=Far.COMMUNITY)
    told_at: Mapped[datetime]


class GuardianConsent(Base):
    """A guardian lets a minor help, before staff; it holds until it is withdrawn."""

    __tablename__ = "guardian_consent"
    __table_args__ = (
        CheckConstraint("minor_id <> guardian_id", name="two_people"),
        CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_at >= given_at", name="moments_in_order"
        ),
        Index("ix_guardian_consent_minor", "minor_id", "withdrawn_at"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    minor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    guardian_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    given_at: Mapped[datetime]
    witnessed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    witnessed_by_name: Mapped[str] = mapped_column(String(80))
    withdrawn_at: Mapped[datetime | None]


_needs = Need.metadata.tables["need"]
_consents = Need.metadata.tables["guardian_consent"]
_TOLD = tuple(
    column.name
    for column in _needs.columns
    if column.name
    not in {
        *NEED_FIELDS,
        "revision",
        "state",
        "state_reason",
        "decided_at",
        "decided_by_id",
        "decided_by_user_id",
        "decided_by_name",
    }
)
_KIN = (
    "NEW.asker = 'relative' AND NOT EXISTS (SELECT 1 FROM kinship k"
    " WHERE k.verified_on IS NOT NULL AND k.person_id = NEW.recipient_id"
    " AND k.relative_id = NEW.asked_by_id)"
)
_DAYS = 7 * REPEAT_WEEKS_MAX
_RISKY_KIND = (
    "NEW.risk = 'low' AND EXISTS (SELECT 1 FROM service_kind k"
    " WHERE k.id = NEW.kind_id AND k.is_risky)"
)
_FIRST_ON = {
    "sqlite": "date(NEW.starts_at, '+8 hours')",
    "postgresql": "(NEW.starts_at AT TIME ZONE 'Asia/Shanghai')::date",
}
_BOUNDED = {
    "sqlite": (
        "NEW.repeat_until_on IS NOT NULL AND julianday(NEW.repeat_until_on)"
        f" - julianday({_FIRST_ON['sqlite']}) NOT BETWEEN 0 AND {_DAYS}"
    ),
    "postgresql": (
        "NEW.repeat_until_on IS NOT NULL AND NEW.repeat_until_on"
        f" - {_FIRST_ON['postgresql']} NOT BETWEEN 0 AND {_DAYS}"
    ),
}
for _engine in _ENGINES:
    _changes = triggers.changed("changed", (*NEED_FIELDS, "revision"), _engine)["changed"]
    triggers.refuse(
        _needs,
        Refusals(
            always={
                "need_repeat_bounded": _BOUNDED[_engine],
                "need_risk_of_kind": _RISKY_KIND,
            },
            inserts={"need_relative_verified": _KIN, "need_offer_gone": OFFER_GONE},
            updates={
                **triggers.moved("need", ((at, one.to) for (at, _), one in NEED_ARROWS.items())),
                **triggers.changed("need_told", _TOLD, _engine),
                "need_both_values": unless_told("need", _changes, with_ends=False),
                "need_over": f"OLD.state NOT IN ('posted', 'taken_up') AND {_changes}",
            },
        ),
        _engine,
    )
    triggers.refuse(
        _consents,
        Refusals(
            updates={
                **triggers.changed(
                    "guardian_consent_told",
                    ("minor_id", "guardian_id", "given_at", "witnessed_by_user_id"),
                    _engine,
                ),
                **triggers.changed(
                    "guardian_consent_withdrawn",
                    ("withdrawn_at",),
                    _engine,
                    only_when="OLD.withdrawn_at IS NOT NULL",
                ),
            }
        ),
        _engine,
    )
for _table in (_needs, _consents):
    triggers.keep_rows(_table)
