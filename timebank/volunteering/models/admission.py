"""Tables of who was admitted as a volunteer by whom, and of accident insurance."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.volunteering.models import triggers
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.admission import ADMISSION_ARROWS, AdmissionState

_SEEN = among((AdmissionState.CHECKED, AdmissionState.ADMITTED))
_ANSWERED = among((AdmissionState.ADMITTED, AdmissionState.REFUSED, AdmissionState.SUSPENDED))
_WITH_REASON = among((AdmissionState.REFUSED, AdmissionState.SUSPENDED))


class VolunteerAdmission(Base):
    """Somebody asked to help: one of the staff saw who they are, another admitted them."""

    __tablename__ = "volunteer_admission"
    __table_args__ = (
        CheckConstraint(f"state IN {among(AdmissionState)}", name="state_known"),
        CheckConstraint(
            f"state NOT IN {_SEEN} OR (checked_at IS NOT NULL AND identity_note <> '')",
            name="checked_how",
        ),
        CheckConstraint(f"state NOT IN {_ANSWERED} OR decided_at IS NOT NULL", name="decided_when"),
        CheckConstraint(f"state NOT IN {_WITH_REASON} OR reason <> ''", name="refused_why"),
        CheckConstraint(
            "state <> 'admitted' OR ((checked_by_user_id IS NULL"
            " OR checked_by_user_id <> decided_by_user_id)"
            " AND (checked_by_id IS NULL OR decided_by_id IS NULL"
            " OR checked_by_id <> decided_by_id))",
            name="by_two",
        ),
        CheckConstraint(
            "(checked_by_id IS NULL OR checked_by_id <> person_id)"
            " AND (decided_by_id IS NULL OR decided_by_id <> person_id)",
            name="never_oneself",
        ),
        Index("ix_volunteer_admission_state", "community_id", "state", "id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    state: Mapped[AdmissionState] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    applied_at: Mapped[datetime]
    applied_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    applied_by_name: Mapped[str] = mapped_column(String(80))
    identity_note: Mapped[str] = mapped_column(Text, default="")
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    checked_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    checked_by_name: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by_name: Mapped[str] = mapped_column(String(80), default="")


class AccidentCover(Base):
    """An accident insurance for one volunteer, or for all of a community; lines are only added."""

    __tablename__ = "accident_cover"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days_in_order"),
        CheckConstraint("policy_number <> '' AND insurer <> ''", name="named"),
        Index("ix_accident_cover_person", "community_id", "person_id", "until_on"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    policy_number: Mapped[str] = mapped_column(String(60))
    insurer: Mapped[str] = mapped_column(String(80))
    from_on: Mapped[date]
    until_on: Mapped[date]
    noted_at: Mapped[datetime]
    noted_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    noted_by_name: Mapped[str] = mapped_column(String(80))


_admissions = VolunteerAdmission.metadata.tables["volunteer_admission"]
_covers = AccidentCover.metadata.tables["accident_cover"]
_ALL = tuple(one.name for one in _covers.columns)
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(
        _admissions,
        Refusals(
            updates={
                **triggers.moved(
                    "volunteer_admission",
                    ((at, one.to) for (at, _), one in ADMISSION_ARROWS.items()),
                ),
                **triggers.changed(
                    "volunteer_admission_told", ("community_id", "person_id"), _engine
                ),
            }
        ),
        _engine,
    )
    triggers.refuse(
        _covers,
        Refusals(
            inserts={
                "accident_cover_foreign": (
                    "NEW.person_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM person p"
                    " WHERE p.id = NEW.person_id AND p.community_id = NEW.community_id)"
                )
            },
            updates=triggers.changed("accident_cover_told", _ALL, _engine),
        ),
        _engine,
    )
for _table in (_admissions, _covers):
    triggers.keep_rows(_table)

# Of a sign-up that takes a place: who asked to be a volunteer must be admitted, and whoever goes
# where there is risk must be insured on that day.
NOT_ADMITTED = (
    "EXISTS (SELECT 1 FROM volunteer_admission a"
    " WHERE a.person_id = NEW.volunteer_id AND a.state <> 'admitted')"
)
DAY_OF_START = {
    "sqlite": "date(NEW.starts_at, '+8 hours')",
    "postgresql": "(NEW.starts_at AT TIME ZONE 'Asia/Shanghai')::date",
}


def not_insured(dialect: str) -> str:
    """Return the SQL condition that a sign-up goes where there is risk without insurance."""
    day = DAY_OF_START[dialect]
    return (
        "EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id AND t.risk <> 'low')"  # noqa: S608 - constants
        " AND NOT EXISTS (SELECT 1 FROM accident_cover c"
        " WHERE c.community_id = NEW.community_id"
        " AND (c.person_id IS NULL OR c.person_id = NEW.volunteer_id)"
        f" AND {day} BETWEEN c.from_on AND c.until_on)"
    )
