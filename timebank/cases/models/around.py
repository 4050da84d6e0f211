"""What is kept around a case: calls to its reporters, reminders that were given, spots surveyed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cases.rules.flow import Answer, Method, Step
from timebank.cases.rules.reminding import Notch
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.rules.survey import Priority
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among


class CaseFeedback(Base):
    """How it stands with one reporter in one round: calls in vain, and the answer.

    ``reporter`` is the key of who was asked (``rules.feedback``); the words are in the events.
    """

    __tablename__ = "case_feedback"
    __table_args__ = (
        UniqueConstraint("case_id", "round", "reporter"),
        CheckConstraint("round >= 1 AND tries >= 0", name="counted"),
        CheckConstraint(f"answer IS NULL OR answer IN {among(Answer)}", name="answer_known"),
        CheckConstraint(f"method IN {among(Method)}", name="method_known"),
        CheckConstraint(
            f"satisfaction IS NULL OR satisfaction IN {among(Satisfaction)}",
            name="satisfaction_known",
        ),
        CheckConstraint(
            "satisfaction IS NULL OR answer IN ('solved', 'unsolved')", name="rated_when_answered"
        ),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    round: Mapped[int]
    reporter: Mapped[str] = mapped_column(String(24))
    tries: Mapped[int]
    last_at: Mapped[datetime]
    method: Mapped[Method] = mapped_column(String(12))
    answer: Mapped[Answer | None] = mapped_column(String(16))
    satisfaction: Mapped[Satisfaction | None] = mapped_column(String(16))


class CaseReminder(Base):
    """A reminder that was given: of one step of one round, at one notch; given once."""

    __tablename__ = "case_reminder"
    __table_args__ = (
        UniqueConstraint("case_id", "round", "step", "notch"),
        CheckConstraint(f"step IN {among(Step)}", name="step_known"),
        CheckConstraint(f"notch IN {among(Notch)}", name="notch_known"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    round: Mapped[int]
    step: Mapped[Step] = mapped_column(String(16))
    notch: Mapped[Notch] = mapped_column(String(12))
    due_at: Mapped[datetime]
    given_at: Mapped[datetime]


class CaseSpot(Base):
    """One spot of a survey: where, how large, how urgent, whether it is done."""

    __tablename__ = "case_spot"
    __table_args__ = (
        UniqueConstraint("case_id", "position"),
        CheckConstraint("position >= 1", name="position_from_one"),
        CheckConstraint("length(place_text) > 0", name="placed"),
        CheckConstraint(f"priority IN {among(Priority)}", name="priority_known"),
        CheckConstraint("cost_fen IS NULL OR cost_fen > 0", name="cost_above_zero"),
        CheckConstraint("(done_at IS NULL) = (done_by_name IS NULL)", name="done_by_somebody"),
        Index(None, "community_id"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    position: Mapped[int]
    place_text: Mapped[str] = mapped_column(String(80))
    size_text: Mapped[str] = mapped_column(String(40), default="")
    priority: Mapped[Priority] = mapped_column(String(8))
    is_named_by_resident: Mapped[bool] = mapped_column(default=False)
    cost_fen: Mapped[int | None]
    photo_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    done_photo_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    noted_at: Mapped[datetime]
    noted_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    done_at: Mapped[datetime | None]
    done_by_name: Mapped[str | None] = mapped_column(String(80))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))


make_append_only(Base.metadata.tables["case_reminder"])
