"""Tables of appeal and arbitration, and what the database itself refuses of them."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, listen
from timebank.volunteering.models import triggers
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.disputes import (
    ARROWS,
    PANEL,
    REPAIRABLE,
    DisputeAbout,
    DisputeState,
)

_UNDER_WAY = among(REPAIRABLE)


class Dispute(Base):
    """A volunteer's right to disagree with one decision, and what became of it.

    ``due_on`` is the last day of the present term: the volunteer's to act, or the community's to
    answer; the terms before it stand in the record's history.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint(f"about IN {among(DisputeAbout)}", name="about_known"),
        CheckConstraint(f"state IN {among(DisputeState)}", name="state_known"),
        CheckConstraint(f"state NOT IN {_UNDER_WAY} OR due_on IS NOT NULL", name="term_given"),
        CheckConstraint(
            "state NOT IN ('appealed', 'upheld', 'arbitration', 'granted', 'final')"
            " OR (appealed_at IS NOT NULL AND appeal_words <> '')",
            name="appealed_in_words",
        ),
        CheckConstraint(
            "state NOT IN ('upheld', 'arbitration', 'granted', 'final')"
            " OR (judged_at IS NOT NULL AND judgement <> '')",
            name="judged_in_words",
        ),
        CheckConstraint(
            "state NOT IN ('arbitration', 'final')"
            " OR (arbitration_at IS NOT NULL AND arbitration_words <> '')",
            name="arbitration_in_words",
        ),
        CheckConstraint(
            "(state IN ('granted', 'final')) = (settled_at IS NOT NULL)", name="settled_at_end"
        ),
        CheckConstraint(
            "judged_at IS NULL OR judged_by_user_id IS NOT NULL OR judged_by_id IS NOT NULL",
            name="judge_named",
        ),
        CheckConstraint("judged_by_user_id <> decided_by_user_id", name="judge_not_decider"),
        CheckConstraint("judged_by_id <> decided_by_id", name="judge_another_person"),
        CheckConstraint("judged_by_id <> volunteer_id", name="judge_not_volunteer"),
        CheckConstraint(
            "new_record_id IS NULL OR state = 'granted'",
            name="recorded_anew_when_granted",
        ),
        Index("ix_dispute_list", "community_id", "state", "due_on", "id"),
        Index("ix_dispute_volunteer", "volunteer_id", "id"),
        Index("ix_dispute_record", "record_id", "id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("service_record.id"))
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    about: Mapped[DisputeAbout] = mapped_column(String(12))
    state: Mapped[DisputeState] = mapped_column(String(12))
    due_on: Mapped[date | None] = mapped_column(Date)
    opened_at: Mapped[datetime]
    decided_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_by_name: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    appealed_at: Mapped[datetime | None]
    appealed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    appealed_by_name: Mapped[str] = mapped_column(String(80), default="")
    appeal_words: Mapped[str] = mapped_column(Text, default="")
    judged_at: Mapped[datetime | None]
    judged_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    judged_by_name: Mapped[str] = mapped_column(String(80), default="")
    judgement: Mapped[str] = mapped_column(Text, default="")
    arbitration_at: Mapped[datetime | None]
    arbitration_words: Mapped[str] = mapped_column(Text, default="")
    settled_at: Mapped[datetime | None]
    new_record_id: Mapped[int | None] = mapped_column(ForeignKey("service_record.id"), unique=True)


_IS_UNDER_WAY = Dispute.state.in_(REPAIRABLE)
Index(
    "uq_dispute_under_way",
    Dispute.record_id,
    unique=True,
    sqlite_where=_IS_UNDER_WAY,
    postgresql_where=_IS_UNDER_WAY,
)


class DisputeVote(Base):
    """One arbiter's word; votes are only ever added."""

    __tablename__ = "dispute_vote"
    __table_args__ = (
        UniqueConstraint("dispute_id", "user_id"),
        UniqueConstraint("dispute_id", "person_id"),
        CheckConstraint("words <> ''", name="words_given"),
        CheckConstraint("user_id IS NOT NULL", name="arbiter_named"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    dispute_id: Mapped[int] = mapped_column(ForeignKey("dispute.id"))
    at: Mapped[datetime]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor_name: Mapped[str] = mapped_column(String(80))
    is_granted: Mapped[bool]
    is_alone: Mapped[bool]
    words: Mapped[str] = mapped_column(Text)


def _day(column: str, dialect: str) -> str:
    """Return SQL for the community's day of a moment."""
    if dialect == "sqlite":
        return f"date({column}, '+8 hours')"
    return f"({column} AT TIME ZONE 'Asia/Shanghai')::date"


_BEGUN = (
    "community_id",
    "record_id",
    "volunteer_id",
    "about",
    "opened_at",
    "decided_by_user_id",
    "decided_by_id",
    "reason",
)
_APPEALED = ("appealed_at", "appealed_by_user_id", "appeal_words")
_JUDGED = ("judged_at", "judged_by_user_id", "judged_by_id", "judgement")
_WAYS = [
    *((at, arrow.to) for (at, _), arrow in ARROWS.items()),
    *((at, DisputeState.REPAIRED) for at in REPAIRABLE),
]
_VOTES = "FROM dispute_vote v WHERE v.dispute_id = NEW.id AND v.is_granted ="
_UNVOTED = (
    "OLD.state = 'arbitration' AND NEW.state IN ('granted', 'final') AND NOT (EXISTS"
    f" (SELECT 1 {_VOTES} (NEW.state = 'granted') AND v.is_alone)"
    f" OR (SELECT count(*) {_VOTES} (NEW.state = 'granted')) >= {PANEL})"
)


# Of a record that was merged the human is the person into whom it was.
_JUDGED_OWN = (
    "NEW.judged_by_id IS NOT NULL AND EXISTS (SELECT 1 FROM person p"
    " WHERE p.id = NEW.volunteer_id AND p.merged_into_id = NEW.judged_by_id)"
)


def _refusals(dialect: str) -> Refusals:
    """Return what is refused of disputes on one engine."""
    late = " OR ".join(
        f"(OLD.state = '{at}' AND NEW.state = '{to}' AND {_day(f'NEW.{moment}', dialect)}"
        " > OLD.due_on)"
        for at, to, moment in (
            (DisputeState.OPEN, DisputeState.APPEALED, "appealed_at"),
            (DisputeState.UPHELD, DisputeState.ARBITRATION, "arbitration_at"),
        )
    )
    return Refusals(
        inserts={"dispute_begins": "NEW.state <> 'open'"},
        updates={
            **triggers.moved("dispute", _WAYS),
            **triggers.changed("dispute_begun", _BEGUN, dialect),
            **triggers.changed(
                "dispute_words", _APPEALED, dialect, only_when="OLD.appealed_at IS NOT NULL"
            ),
            **triggers.changed(
                "dispute_judgement", _JUDGED, dialect, only_when="OLD.judged_at IS NOT NULL"
            ),
            "dispute_late": late,
            "dispute_unvoted": _UNVOTED,
            "dispute_judged_own": _JUDGED_OWN,
        },
    )


_VOTE_RULES = {
    "dispute_vote_closed": (
        "NOT EXISTS (SELECT 1 FROM dispute d WHERE d.id = NEW.dispute_id"
        " AND d.state = 'arbitration')"
    ),
    "dispute_vote_own": (
        "EXISTS (SELECT 1 FROM dispute d WHERE d.id = NEW.dispute_id AND (NEW.user_id"
        " IN (d.decided_by_user_id, d.judged_by_user_id, d.appealed_by_user_id)"
        " OR NEW.person_id IN (d.decided_by_id, d.judged_by_id, d.volunteer_id,"
        " (SELECT p.merged_into_id FROM person p WHERE p.id = d.volunteer_id))))"
    ),
}
_REPAIR = f"""
    UPDATE dispute SET state = 'repaired', due_on = NULL
      WHERE record_id = NEW.id AND state IN {_UNDER_WAY};
"""  # noqa: S608 - constants
_IS_REPAIR = "OLD.state = 'rejected' AND NEW.state = 'recorded'"


def _settle_by_repair(table: Table) -> None:
    """A rejected record that comes again, repaired, has nothing left to dispute."""
    listen(
        table,
        "CREATE TRIGGER service_record_repaired AFTER UPDATE ON service_record"
        f" WHEN {_IS_REPAIR} BEGIN {_REPAIR} END",
        "sqlite",
    )
    listen(
        table,
        "CREATE FUNCTION service_record_repaired() RETURNS trigger LANGUAGE plpgsql AS $repair$\n"
        f"BEGIN\n  IF {_IS_REPAIR} THEN {_REPAIR} END IF;\n  RETURN NULL;\nEND $repair$",
        "postgresql",
    )
    listen(
        table,
        "CREATE TRIGGER service_record_repaired AFTER UPDATE ON service_record"
        " FOR EACH ROW EXECUTE FUNCTION service_record_repaired()",
        "postgresql",
    )


_tables = Base.metadata.tables
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(_tables["dispute"], _refusals(_engine), _engine)
    triggers.refuse(_tables["dispute_vote"], Refusals(inserts=_VOTE_RULES), _engine)
triggers.keep_rows(_tables["dispute"])
make_append_only(_tables["dispute_vote"])
_settle_by_repair(ServiceRecord.metadata.tables["service_record"])
