"""Tables of opinions and of who supports them."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.deliberation.rules.opinions import Source, State, Topic
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.kernel.sealed import Sealed


class Opinion(Base):
    """What somebody said; how to reach them is sealed, the token's digest finds it again."""

    __tablename__ = "opinion"
    __table_args__ = (
        UniqueConstraint("community_id", "year", "serial"),
        ForeignKeyConstraint(["person_id", "community_id"], ["person.id", "person.community_id"]),
        CheckConstraint(f"source IN {among(Source)}", name="source_known"),
        CheckConstraint(f"topic IN {among(Topic)}", name="topic_known"),
        CheckConstraint(f"state IN {among(State)}", name="state_known"),
        CheckConstraint("length(title) > 0 AND length(words) > 0", name="said"),
        CheckConstraint("state <> 'answered' OR answered_at IS NOT NULL", name="answered_in_words"),
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answer_has_its_moment"),
        CheckConstraint("(state = 'joined') = (same_as_id IS NOT NULL)", name="joined_to_another"),
        CheckConstraint("same_as_id IS NULL OR same_as_id <> id", name="joined_not_to_itself"),
        CheckConstraint("state <> 'agenda' OR item_id IS NOT NULL", name="agenda_has_its_item"),
        CheckConstraint("state <> 'case' OR case_id IS NOT NULL", name="case_is_named"),
        Index(None, "community_id", "state", "answer_due_on", "id"),
        Index(None, "person_id", "id"),
        Index(None, "same_as_id"),
        Index(None, "case_id"),
        Index(None, "item_id"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    year: Mapped[int]
    serial: Mapped[int]
    source: Mapped[Source] = mapped_column(String(8))
    topic: Mapped[Topic] = mapped_column(String(12))
    state: Mapped[State] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(80))
    words: Mapped[str] = mapped_column(String(1000))
    micro_grid_id: Mapped[int | None] = mapped_column(ForeignKey("micro_grid.id"))
    person_id: Mapped[int | None]
    contact_name: Mapped[str | None] = mapped_column(Sealed())
    contact: Mapped[str | None] = mapped_column(Sealed())
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    is_public: Mapped[bool] = mapped_column(default=False)
    said_at: Mapped[datetime]
    entered_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answer_due_on: Mapped[date]
    answer: Mapped[str] = mapped_column(String(1000), default="")
    answered_at: Mapped[datetime | None]
    answered_by_name: Mapped[str] = mapped_column(String(80), default="")
    same_as_id: Mapped[int | None] = mapped_column(ForeignKey("opinion.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))

    @property
    def number(self) -> str:
        """The number that people write."""
        return f"{self.year}-{self.serial:03}"


class OpinionSupport(Base):
    """That a resident wants the same; once each."""

    __tablename__ = "opinion_support"
    __table_args__ = (
        UniqueConstraint("opinion_id", "person_id"),
        ForeignKeyConstraint(["person_id", "community_id"], ["person.id", "person.community_id"]),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int]
    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinion.id"))
    person_id: Mapped[int]
    at: Mapped[datetime]


class AnswerTerm(Base):
    """Within how many days an opinion is answered, from when on; earlier opinions keep theirs."""

    __tablename__ = "answer_term"
    __table_args__ = (
        UniqueConstraint("community_id", "version"),
        CheckConstraint("days BETWEEN 1 AND 90", name="days_bounded"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    version: Mapped[int]
    days: Mapped[int]
    set_at: Mapped[datetime]
    set_by_name: Mapped[str] = mapped_column(String(80))


make_append_only(Base.metadata.tables["opinion_support"])
make_append_only(Base.metadata.tables["answer_term"])
