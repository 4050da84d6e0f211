"""Tables of meetings: seats, items, stances, decisions, notes; a signed record is sealed."""

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

from timebank.deliberation.rules import decisions as decision_rules
from timebank.deliberation.rules.meetings import (
    SEALED,
    Conclusion,
    Kind,
    NoteKind,
    Side,
    State,
)
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, guard_on_postgresql, raises, refuse_on_sqlite


class QuorumRuleRow(Base):
    """How many must be there at one kind of meeting, by version."""

    __tablename__ = "quorum_rule"
    __table_args__ = (
        UniqueConstraint("community_id", "kind", "version"),
        CheckConstraint(f"kind IN {among(Kind)}", name="kind_known"),
        CheckConstraint("share_permille BETWEEN 1 AND 1000", name="share_bounded"),
        CheckConstraint("heads_min >= 1 AND sides_min BETWEEN 1 AND 6", name="least_bounded"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    kind: Mapped[Kind] = mapped_column(String(8))
    version: Mapped[int]
    share_permille: Mapped[int]
    heads_min: Mapped[int]
    sides_min: Mapped[int]
    set_at: Mapped[datetime]
    set_by_name: Mapped[str] = mapped_column(String(80))


class Meeting(Base):
    """A meeting; the quorum rule is stamped when people are invited."""

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("community_id", "year", "serial"),
        CheckConstraint(f"kind IN {among(Kind)}", name="kind_known"),
        CheckConstraint(f"state IN {among(State)}", name="state_known"),
        CheckConstraint("length(title) > 0 AND length(place) > 0", name="named"),
        CheckConstraint("(state = 'cancelled') = (cancel_reason <> '')", name="cancelled_why"),
        CheckConstraint(
            "(state IN ('signed', 'published')) = (signed_at IS NOT NULL)", name="signed_is_dated"
        ),
        CheckConstraint("signed_at IS NULL OR minutes <> ''", name="signed_in_words"),
        CheckConstraint(
            "(state = 'published') = (published_at IS NOT NULL)", name="published_is_dated"
        ),
        Index(None, "community_id", "starts_at", "id"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    year: Mapped[int]
    serial: Mapped[int]
    kind: Mapped[Kind] = mapped_column(String(8))
    state: Mapped[State] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(80))
    place: Mapped[str] = mapped_column(String(80))
    starts_at: Mapped[datetime]
    rule_version: Mapped[int] = mapped_column(default=0)
    share_permille: Mapped[int]
    heads_min: Mapped[int]
    sides_min: Mapped[int]
    minutes: Mapped[str] = mapped_column(String(8000), default="")
    cancel_reason: Mapped[str] = mapped_column(String(200), default="")
    planned_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    held_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    signed_by_name: Mapped[str] = mapped_column(String(80), default="")
    signed_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    summary: Mapped[str] = mapped_column(String(1000), default="")
    published_at: Mapped[datetime | None]

    @property
    def number(self) -> str:
        """The number that people write."""
        return f"{self.year}-{self.serial:02}"


class MeetingSeat(Base):
    """Somebody invited for one side, and when they signed in."""

    __tablename__ = "meeting_seat"
    __table_args__ = (
        UniqueConstraint("meeting_id", "side", "name"),
        ForeignKeyConstraint(["person_id", "community_id"], ["person.id", "person.community_id"]),
        CheckConstraint(f"side IN {among(Side)}", name="side_known"),
        CheckConstraint("length(name) > 0", name="named"),
        {"info": {"grants": "SELECT, INSERT, UPDATE, DELETE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    side: Mapped[Side] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int | None]
    has_vote: Mapped[bool] = mapped_column(default=True)
    signed_in_at: Mapped[datetime | None]


class AgendaItem(Base):
    """One matter on the table, and what became of it."""

    __tablename__ = "agenda_item"
    __table_args__ = (
        UniqueConstraint("meeting_id", "position"),
        CheckConstraint("position >= 1 AND length(title) > 0", name="placed"),
        CheckConstraint(
            f"conclusion IS NULL OR conclusion IN {among(Conclusion)}", name="conclusion_known"
        ),
        CheckConstraint(
            "conclusion IS NULL OR conclusion = 'decided' OR conclusion_words <> ''",
            name="concluded_in_words",
        ),
        Index(None, "case_id"),
        Index(None, "project_id"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(1000), default="")
    choices: Mapped[str] = mapped_column(String(1000), default="")
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    conclusion: Mapped[Conclusion | None] = mapped_column(String(12))
    conclusion_words: Mapped[str] = mapped_column(String(1000), default="")


class ItemStance(Base):
    """What one side said about an item, and its votes."""

    __tablename__ = "item_stance"
    __table_args__ = (
        UniqueConstraint("item_id", "side"),
        CheckConstraint(f"side IN {among(Side)}", name="side_known"),
        CheckConstraint("yes >= 0 AND no >= 0 AND abstained >= 0", name="counted"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"))
    side: Mapped[Side] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(1000), default="")
    yes: Mapped[int] = mapped_column(default=0)
    no: Mapped[int] = mapped_column(default=0)
    abstained: Mapped[int] = mapped_column(default=0)


class Decision(Base):
    """What was decided: its words never change, its progress does."""

    __tablename__ = "meeting_decision"
    __table_args__ = (
        CheckConstraint(f"state IN {among(decision_rules.State)}", name="state_known"),
        CheckConstraint("length(words) > 0 AND length(owner_name) > 0", name="said"),
        CheckConstraint("(state = 'open') = (done_at IS NULL)", name="done_is_dated"),
        CheckConstraint("done_at IS NULL OR outcome <> ''", name="done_in_words"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_is_dated"),
        CheckConstraint(
            "closed_by_user_id IS NULL OR closed_by_user_id <> done_by_user_id",
            name="closed_by_another",
        ),
        CheckConstraint(
            "(case_id IS NOT NULL AND project_id IS NULL AND task_id IS NULL)"
            " OR (case_id IS NULL AND (project_id IS NULL OR task_id IS NULL))",
            name="one_way_on",
        ),
        Index(None, "community_id", "state", "due_on", "id"),
        Index(None, "meeting_id"),
        Index(None, "item_id"),
        Index(None, "case_id"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"))
    state: Mapped[decision_rules.State] = mapped_column(String(8))
    words: Mapped[str] = mapped_column(String(1000))
    owner_name: Mapped[str] = mapped_column(String(40))
    owner_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date]
    outcome: Mapped[str] = mapped_column(String(1000), default="")
    evidence_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    done_at: Mapped[datetime | None]
    done_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    done_by_name: Mapped[str] = mapped_column(String(80), default="")
    closed_at: Mapped[datetime | None]
    closed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    closed_by_name: Mapped[str] = mapped_column(String(80), default="")
    sent_back: Mapped[str] = mapped_column(String(1000), default="")
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))


class MinutesNote(Base):
    """A correction with both values, or an addendum to a signed record."""

    __tablename__ = "minutes_note"
    __table_args__ = (
        CheckConstraint(f"kind IN {among(NoteKind)}", name="kind_known"),
        CheckConstraint("length(words) > 0", name="said"),
        Index(None, "meeting_id", "id"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    kind: Mapped[NoteKind] = mapped_column(String(12))
    before: Mapped[str] = mapped_column(String(8000), default="")
    words: Mapped[str] = mapped_column(String(8000))
    at: Mapped[datetime]
    by_name: Mapped[str] = mapped_column(String(80))


_TABLES = Base.metadata.tables
_RECORD = (
    "year", "serial", "kind", "title", "place", "starts_at", "minutes", "share_permille",
    "heads_min", "sides_min", "held_at", "signed_at", "signed_by_name", "signed_file_id",
)  # fmt: skip
_CHANGED = {
    "sqlite": " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _RECORD),
    "postgresql": " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _RECORD),
}
_IS_SEALED = f"OLD.state IN {among(SEALED)} AND (NEW.state NOT IN {among(SEALED)} OR {{changed}})"
refuse_on_sqlite(
    _TABLES["meeting"],
    "meeting_signed",
    "BEFORE UPDATE",
    _IS_SEALED.format(changed=_CHANGED["sqlite"]),
)
guard_on_postgresql(
    _TABLES["meeting"],
    "meeting_signed",
    "BEFORE UPDATE",
    raises("meeting_signed", _IS_SEALED.format(changed=_CHANGED["postgresql"])),
)


def _seal(table: str, verb: str, more: str = "") -> None:
    """Refuse to touch the rows of a signed meeting."""
    row = "OLD" if verb == "DELETE" else "NEW"
    state = f"(SELECT state FROM meeting WHERE id = {row}.meeting_id)"  # noqa: S608 - no value in it
    condition = f"{state} IN {among(SEALED)}{more}"
    name = f"{table}_signed_{verb.lower()}"
    refuse_on_sqlite(_TABLES[table], name, f"BEFORE {verb}", condition)
    guard_on_postgresql(_TABLES[table], name, f"BEFORE {verb}", raises(name, condition))


for _table in ("meeting_seat", "agenda_item", "item_stance"):
    for _verb in ("INSERT", "UPDATE", "DELETE"):
        _seal(_table, _verb)
_seal("meeting_decision", "INSERT")
_seal("meeting_decision", "DELETE")
_seal(
    "meeting_decision",
    "UPDATE",
    " AND (OLD.words <> NEW.words OR OLD.owner_name <> NEW.owner_name"
    " OR OLD.item_id <> NEW.item_id)",
)
make_append_only(_TABLES["minutes_note"])
make_append_only(_TABLES["quorum_rule"])
