"""The tables of the case room.

``case_event`` is the truth and is only ever appended to; ``case_file`` is its fold, kept for
reading and locking. Personal words stand apart in ``case_event_private`` under a salted digest, so
that they can be erased and the chain of hashes still holds.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    Boolean,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cases.rules.flow import (
    Answer,
    Category,
    Dispute,
    Level,
    Outcome,
    Source,
    State,
    Step,
)
from timebank.cases.rules.folding import AskPayload, CaseState, DuePayload, Times
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.sealed import Sealed

# Where cases without a running clock stand in the order of lists: behind everything that is due.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
# Why a step is due then, as the event carried it: JSON, typed by rules.folding.DuePayload.
_WHY = JSON(none_as_null=True)
# Said in the very words of the index, so that a planner finds it.
_OPEN = "state NOT IN ('closed', 'rejected', 'merged', 'cancelled')"
_HELD = (State.CLAIMED, State.RESOLVED, State.FED_BACK, State.CLOSED)


def _in(column: str, choices: Iterable[StrEnum]) -> str:
    """Return the text of a membership check."""
    return f"{column} IN ({', '.join(repr(choice.value) for choice in choices)})"


class CaseCounter(Base):
    """The last number of a community and year; counting locks the row, so no number is lost."""

    __tablename__ = "case_counter"
    __table_args__ = (CheckConstraint("last_number >= 0", name="last_number_not_negative"),)

    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]


class CaseFile(Base):
    """A case as it stands: the fold of its events, with what was said at registration."""

    __tablename__ = "case_file"
    __table_args__ = (
        UniqueConstraint("community_id", "year", "serial"),
        UniqueConstraint("community_id", "number"),
        CheckConstraint(_in("source", Source), name="source_known"),
        CheckConstraint(_in("category", Category), name="category_known"),
        CheckConstraint(_in("state", State), name="state_known"),
        CheckConstraint(f"outcome IS NULL OR {_in('outcome', Outcome)}", name="outcome_known"),
        CheckConstraint(f"answer IS NULL OR {_in('answer', Answer)}", name="answer_known"),
        CheckConstraint(f"step IS NULL OR {_in('step', Step)}", name="step_known"),
        CheckConstraint("version >= 1 AND round >= 1 AND serial >= 1", name="counted_from_one"),
        CheckConstraint(
            f"state = 'merged' OR ({_in('state', _HELD)}) = (holder_name IS NOT NULL)",
            name="held_once_claimed",
        ),
        CheckConstraint(
            f"{_in('level', Level)} AND (dispute IS NULL OR {_in('dispute', Dispute)})"
            f" AND (merged_from IS NULL OR {_in('merged_from', State)})",
            name="around_known",
        ),
        CheckConstraint(
            "(state = 'merged') = (master_id IS NOT NULL)"
            " AND (state = 'merged') = (merged_from IS NOT NULL) AND master_id <> id",
            name="merged_into_another",
        ),
        CheckConstraint(
            "open_whistles >= 0 AND open_whistles <= whistles AND children >= 0",
            name="counted_around",
        ),
        CheckConstraint(
            "(open_whistles = 0 OR state IN ('responded', 'claimed'))"
            " AND (children = 0 OR state NOT IN ('merged', 'cancelled', 'rejected'))",
            name="no_end_before_theirs",
        ),
        CheckConstraint(
            "(assigned_user_id IS NULL) = (assigned_name IS NULL)", name="assigned_by_name"
        ),
        CheckConstraint(
            "(ended_at IS NOT NULL) = (state IN ('cancelled', 'rejected', 'merged'))",
            name="ended_when_cut_short",
        ),
        CheckConstraint(
            "respond_done_at IS NULL OR respond_done_at >= respond_started_at",
            name="respond_ordered",
        ),
        CheckConstraint(
            "resolve_done_at IS NULL OR resolve_done_at >= resolve_started_at",
            name="resolve_ordered",
        ),
        Index(None, "community_id", "order_at", "id"),
        Index(
            "ix_case_file_open",
            "community_id",
            "order_at",
            "id",
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index(None, "community_id", "registered_at", "id"),
        Index(None, "community_id", "holder_user_id", "order_at"),
        Index(None, "micro_grid_id", "order_at", "id"),
        Index(None, "community_id", "assigned_user_id"),
        Index(None, "reporter_person_id"),
        Index(
            "ix_case_file_master_id",
            "master_id",
            sqlite_where=text("master_id IS NOT NULL"),
            postgresql_where=text("master_id IS NOT NULL"),
        ),
        Index(
            "ix_case_file_provisional",
            "community_id",
            "id",
            sqlite_where=text("is_provisional"),
            postgresql_where=text("is_provisional"),
        ),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    year: Mapped[int]
    serial: Mapped[int]
    number: Mapped[str] = mapped_column(String(16))
    source: Mapped[Source] = mapped_column(String(16))
    category: Mapped[Category] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(80), default="")
    micro_grid_id: Mapped[int] = mapped_column(ForeignKey("micro_grid.id"))
    place_text: Mapped[str] = mapped_column(String(80), default="")
    reporter_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reporter_name: Mapped[str | None] = mapped_column(Sealed)
    reporter_phone: Mapped[str | None] = mapped_column(Sealed)
    registered_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    registered_at: Mapped[datetime]
    state: Mapped[State] = mapped_column(String(16))
    holder_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    holder_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    holder_name: Mapped[str | None] = mapped_column(String(40))
    outcome: Mapped[Outcome | None] = mapped_column(String(16))
    answer: Mapped[Answer | None] = mapped_column(String(16))
    asked: Mapped[AskPayload | None] = mapped_column(_WHY)
    paused_until: Mapped[datetime | None]
    feedback_tries: Mapped[int] = mapped_column(default=0)
    assigned_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    assigned_name: Mapped[str | None] = mapped_column(String(80))
    level: Mapped[Level] = mapped_column(String(12), default=Level.UNIT)
    dispute: Mapped[Dispute | None] = mapped_column(String(8))
    whistles: Mapped[int] = mapped_column(default=0)
    open_whistles: Mapped[int] = mapped_column(default=0)
    meeting_on: Mapped[date | None]
    master_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    merged_from: Mapped[State | None] = mapped_column(String(16))
    children: Mapped[int] = mapped_column(default=0)
    version: Mapped[int]
    round: Mapped[int]
    policy_version: Mapped[int]
    is_urgent: Mapped[bool] = mapped_column(default=False)
    is_provisional: Mapped[bool] = mapped_column(default=False)
    step: Mapped[Step | None] = mapped_column(String(16))
    order_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    respond_started_at: Mapped[datetime | None]
    respond_due_at: Mapped[datetime | None]
    respond_done_at: Mapped[datetime | None]
    respond_why: Mapped[DuePayload | None] = mapped_column(_WHY)
    claim_started_at: Mapped[datetime | None]
    claim_due_at: Mapped[datetime | None]
    claim_done_at: Mapped[datetime | None]
    claim_why: Mapped[DuePayload | None] = mapped_column(_WHY)
    resolve_started_at: Mapped[datetime | None]
    resolve_due_at: Mapped[datetime | None]
    resolve_done_at: Mapped[datetime | None]
    resolve_why: Mapped[DuePayload | None] = mapped_column(_WHY)
    feed_back_started_at: Mapped[datetime | None]
    feed_back_due_at: Mapped[datetime | None]
    feed_back_done_at: Mapped[datetime | None]
    feed_back_why: Mapped[DuePayload | None] = mapped_column(_WHY)

    def as_state(self) -> CaseState:
        """Return the row as the fold's value."""
        return CaseState(
            state=State(self.state),
            source=Source(self.source),
            category=Category(self.category),
            micro_grid_id=self.micro_grid_id,
            policy_version=self.policy_version,
            is_urgent=self.is_urgent,
            version=self.version,
            round=self.round,
            holder_user_id=self.holder_user_id,
            holder_person_id=self.holder_person_id,
            outcome=Outcome(self.outcome) if self.outcome else None,
            answer=Answer(self.answer) if self.answer else None,
            feedback_tries=self.feedback_tries,
            asked=self.asked,
            assigned_user_id=self.assigned_user_id,
            level=Level(self.level),
            dispute=Dispute(self.dispute) if self.dispute else None,
            whistles=self.whistles,
            open_whistles=self.open_whistles,
            meeting_on=self.meeting_on,
            master_id=self.master_id,
            merged_from=State(self.merged_from) if self.merged_from else None,
            children=self.children,
            times=self.step_times(),
        )

    def step_times(self) -> dict[Step, Times]:
        """Return the promises of the steps that have begun."""
        times = {}
        for step in Step:
            started_at = getattr(self, f"{step}_started_at")
            if started_at is not None:
                times[step] = Times(
                    why=getattr(self, f"{step}_why"),
                    started_at=started_at,
                    due_at=getattr(self, f"{step}_due_at"),
                    done_at=getattr(self, f"{step}_done_at"),
                )
        return times


def is_open_case() -> ColumnElement[bool]:
    """Return the condition that a case has not ended, for which there is an index."""
    return literal_column(f"case_file.{_OPEN}", Boolean)


class CaseEvent(Base):
    """One line of a case's history; sealed on write by the database itself."""

    __tablename__ = "case_event"
    __table_args__ = (
        UniqueConstraint("case_id", "seq"),
        CheckConstraint("seq >= 1", name="seq_from_one"),
        CheckConstraint("occurred_at <= recorded_at", name="not_ahead"),
        Index(None, "community_id", "recorded_at"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    seq: Mapped[int]
    type: Mapped[str] = mapped_column(String(16))
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(24))
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    # Any: JSON, typed by rules.folding.Payload
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    private_digest: Mapped[str] = mapped_column(String(64))
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class CaseEventPrivate(Base):
    """The personal words of an event: kept apart, sealed, erasable, never rewritten."""

    __tablename__ = "case_event_private"
    __table_args__ = ({"info": {"grants": "SELECT, INSERT, UPDATE"}},)

    event_id: Mapped[int] = mapped_column(
        ForeignKey("case_event.id"), primary_key=True, autoincrement=False
    )
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    body: Mapped[str | None] = mapped_column(Sealed)
    erased_at: Mapped[datetime | None]


class CasePhoto(Base):
    """A photo that came with an event."""

    __tablename__ = "case_photo"
    __table_args__ = (
        UniqueConstraint("case_id", "event_seq", "stored_file_id"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    event_seq: Mapped[int]
    stored_file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))


# The general seal knows rows by ``id``; an event is also named by its case and number. Private
# words may be erased, and nothing else. On PostgreSQL the general seal brings ``refuse_change``.
_SQLITE_SEALS = {
    "case_event": """
CREATE TRIGGER case_event_no_second_seq BEFORE INSERT ON case_event
WHEN EXISTS (SELECT 1 FROM case_event WHERE case_id = NEW.case_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'case_event is append-only'); END;
""",
    "case_event_private": """
CREATE TRIGGER case_event_private_no_rewrite BEFORE UPDATE ON case_event_private
WHEN NEW.body IS NOT NULL OR NEW.erased_at IS NULL
BEGIN SELECT RAISE(ABORT, 'case_event_private is append-only'); END;
CREATE TRIGGER case_event_private_no_delete BEFORE DELETE ON case_event_private
BEGIN SELECT RAISE(ABORT, 'case_event_private is append-only'); END;
CREATE TRIGGER case_event_private_no_replace BEFORE INSERT ON case_event_private
WHEN EXISTS (SELECT 1 FROM case_event_private WHERE event_id = NEW.event_id)
BEGIN SELECT RAISE(ABORT, 'case_event_private is append-only'); END;
""",
}
_POSTGRESQL_SEALS = {
    "case_event_private": """
CREATE TRIGGER case_event_private_no_rewrite BEFORE UPDATE ON case_event_private
FOR EACH ROW WHEN (NEW.body IS NOT NULL OR NEW.erased_at IS NULL)
EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_event_private_no_delete BEFORE DELETE ON case_event_private
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_event_private_no_truncate BEFORE TRUNCATE ON case_event_private
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
""",
}


def seal_statements(dialect: str) -> dict[str, list[str]]:
    """Return this room's own seals for one engine, by table."""
    seals = _SQLITE_SEALS if dialect == "sqlite" else _POSTGRESQL_SEALS
    mark = "END;" if dialect == "sqlite" else ";"
    return {
        table: [part + mark for part in text.split(mark) if part.strip()]
        for table, text in seals.items()
    }


def _seal() -> None:
    """Let both engines refuse to change the history, and more to words than erasing them."""
    make_append_only(Base.metadata.tables["case_event"])
    for dialect in ("sqlite", "postgresql"):
        for table, statements in seal_statements(dialect).items():
            for statement in statements:
                ddl = DDL(statement)  # type: ignore[no-untyped-call]  # untyped there
                event.listen(
                    Base.metadata.tables[table], "after_create", ddl.execute_if(dialect=dialect)
                )


_seal()
