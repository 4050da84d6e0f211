"""Tables of tasks and sign-ups, and what the database itself refuses of them.

A sign-up repeats the times of its task, held equal by its composite key, so that the database can
see who would be in two places at once. How many places are taken is counted by the database.
"""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
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

from timebank.community.rules import Sex
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, listen
from timebank.volunteering.models import triggers
from timebank.volunteering.models.admission import DAY_OF_START, NOT_ADMITTED, not_insured
from timebank.volunteering.models.changes import unless_told
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.changes import TASK_FIELDS
from timebank.volunteering.rules.needs import Risk
from timebank.volunteering.rules.presence import PAPER_TRIES_MAX
from timebank.volunteering.rules.records import MINUTES_MAX
from timebank.volunteering.rules.tasks import (
    HOLDING_STATES,
    PLACES_MAX,
    SIGN_UP_ARROWS,
    TASK_ARROWS,
    Admission,
    SignUpState,
    TaskState,
)

_HOLDING = among(HOLDING_STATES)
_ACCEPTED_ONCE = among((*HOLDING_STATES, SignUpState.NO_SHOW))


class Task(Base):
    """Something to be done at a time by some volunteers: out of a need, or an activity."""

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("need_id", "series_on"),
        UniqueConstraint("id", "starts_at", "ends_at"),
        CheckConstraint(f"state IN {among(TaskState)}", name="state_known"),
        CheckConstraint(f"admission IN {among(Admission)}", name="admission_known"),
        CheckConstraint(f"risk IN {among(Risk)}", name="risk_known"),
        CheckConstraint(f"sex IN {among(Sex)}", name="sex_known"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint(f"places BETWEEN 1 AND {PLACES_MAX}", name="places_range"),
        CheckConstraint("taken BETWEEN 0 AND places", name="not_overfull"),
        CheckConstraint("recipient_id IS NOT NULL OR activity <> ''", name="serves_somebody"),
        CheckConstraint("need_id IS NULL OR recipient_id IS NOT NULL", name="need_has_recipient"),
        CheckConstraint("(need_id IS NULL) = (series_on IS NULL)", name="series_of_need"),
        CheckConstraint("revision >= 1", name="revision_counts"),
        CheckConstraint("state <> 'cancelled' OR state_reason <> ''", name="cancelled_why"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_when"),
        Index("ix_task_open", "community_id", "state", "starts_at", "id"),
        Index("ix_task_recipient", "recipient_id", "starts_at"),
        Index("ix_task_grid", "grid_id", "starts_at"),
        Index("ix_task_centre", "centre_id", "starts_at"),
        Index("ix_task_case", "case_id"),
        Index("ix_task_ends", "state", "ends_at"),
        Index(
            "ix_task_organisation",
            "organisation_id",
            "starts_at",
            sqlite_where=text("organisation_id IS NOT NULL"),
            postgresql_where=text("organisation_id IS NOT NULL"),
        ),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    need_id: Mapped[int | None] = mapped_column(ForeignKey("need.id"))
    series_on: Mapped[date | None]
    state: Mapped[TaskState] = mapped_column(String(12))
    state_reason: Mapped[str] = mapped_column(Text, default="")
    activity: Mapped[str] = mapped_column(String(120), default="")
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("service_kind.id"))
    admission: Mapped[Admission] = mapped_column(String(8))
    is_urgent: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    places: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0, server_default=text("0"))
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
    revision: Mapped[int] = mapped_column(default=1)
    posted_at: Mapped[datetime]
    posted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    posted_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    posted_by_name: Mapped[str] = mapped_column(String(80))
    closed_at: Mapped[datetime | None]


class SignUp(Base):
    """Where one volunteer stands with one task."""

    __tablename__ = "sign_up"
    __table_args__ = (
        UniqueConstraint("task_id", "volunteer_id"),
        ForeignKeyConstraint(
            ["task_id", "starts_at", "ends_at"],
            ["task.id", "task.starts_at", "task.ends_at"],
            onupdate="CASCADE",
        ),
        CheckConstraint(f"state IN {among(SignUpState)}", name="state_known"),
        CheckConstraint(
            f"state NOT IN {_ACCEPTED_ONCE} OR accepted_at IS NOT NULL", name="accepted_when"
        ),
        CheckConstraint("state <> 'waiting' OR queued_at IS NOT NULL", name="queued_when"),
        CheckConstraint(f"code_tries BETWEEN 0 AND {PAPER_TRIES_MAX}", name="tries_bounded"),
        Index("ix_sign_up_volunteer", "volunteer_id", "starts_at"),
        Index("ix_sign_up_ends", "state", "ends_at"),
        Index("ix_sign_up_queue", "task_id", "state", "queued_at", "id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    task_id: Mapped[int]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[SignUpState] = mapped_column(String(12))
    state_reason: Mapped[str] = mapped_column(Text, default="")
    signed_at: Mapped[datetime]
    queued_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    was_moved_up: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]
    code_tries: Mapped[int] = mapped_column(default=0)


_tasks = Task.metadata.tables["task"]
_sign_ups = Task.metadata.tables["sign_up"]
_TASK_MOVES = {"state", "state_reason", "taken", "closed_at", *TASK_FIELDS, "revision"}
_TASK_TOLD = tuple(one.name for one in _tasks.columns if one.name not in _TASK_MOVES)
_SIGN_UP_TOLD = ("community_id", "task_id", "volunteer_id")  # its times follow its task's
_TAKES = "NEW.state = 'accepted'"
_TAKES_ANEW = f"{_TAKES} AND (OLD.state <> 'accepted' OR NEW.starts_at <> OLD.starts_at)"
_COUNTED = (
    "NEW.taken <> (SELECT count(*) FROM sign_up s WHERE s.task_id = NEW.id"
    f" AND s.state IN {_HOLDING})"
)
_TOO_LONG = {
    "sqlite": (f"strftime('%s', NEW.ends_at) - strftime('%s', NEW.starts_at) > {MINUTES_MAX * 60}"),
    "postgresql": f"NEW.ends_at - NEW.starts_at > interval '{MINUTES_MAX} minutes'",
}
_UNDER_AGE = triggers.under_age("NEW.starts_at")
_TASK_WAYS = [(at, one.to) for (at, _), one in TASK_ARROWS.items()]
_SIGN_UP_WAYS = [(at, one.to) for (at, _), one in SIGN_UP_ARROWS.items()]
_IS_HELD = f"NEW.state IN {_HOLDING}"
_MINOR = (
    f"{_IS_HELD} AND EXISTS (SELECT 1 FROM person p, task t"
    " WHERE p.id = NEW.volunteer_id AND t.id = NEW.task_id AND {under_age}"
    " AND (t.risk <> 'low' OR NOT EXISTS (SELECT 1 FROM guardian_consent g"
    " WHERE g.minor_id = p.id AND g.withdrawn_at IS NULL)))"
)
_UNFIT = (
    "NEW.risk <> OLD.risk AND NEW.risk <> 'low' AND EXISTS (SELECT 1 FROM sign_up s"
    " JOIN person p ON p.id = s.volunteer_id"
    " WHERE s.task_id = NEW.id AND s.state = 'accepted' AND {unfit})"
)
_UNINSURED = (
    "NOT EXISTS (SELECT 1 FROM accident_cover c WHERE c.community_id = NEW.community_id"
    " AND (c.person_id IS NULL OR c.person_id = s.volunteer_id)"
    " AND {day} BETWEEN c.from_on AND c.until_on)"
)
_SELF = (
    f"{_IS_HELD} AND EXISTS (SELECT 1 FROM task t"
    " WHERE t.id = NEW.task_id AND t.recipient_id = NEW.volunteer_id)"
)
_CLOSED = (
    "NEW.state = 'accepted' AND EXISTS (SELECT 1 FROM task t"
    " WHERE t.id = NEW.task_id AND t.state = 'cancelled')"
)
_OVERLAP = (
    f"{_IS_HELD} AND EXISTS (SELECT 1 FROM sign_up s WHERE s.volunteer_id = NEW.volunteer_id"
    f" AND s.id <> NEW.id AND s.state IN {_HOLDING}"
    " AND s.starts_at < NEW.ends_at AND NEW.starts_at < s.ends_at)"
)
_COUNT_ON_SQLITE = (
    "CREATE TRIGGER sign_up_counts_{verb} AFTER {verb} ON sign_up WHEN {when} BEGIN"
    " UPDATE task SET taken ="
    " (SELECT count(*) FROM sign_up s WHERE s.task_id = NEW.task_id"
    f" AND s.state IN {_HOLDING}) WHERE id = NEW.task_id; END"
)
_COUNT_ON_POSTGRESQL = f"""
CREATE FUNCTION sign_up_counts() RETURNS trigger LANGUAGE plpgsql AS $counts$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state NOT IN {_HOLDING} THEN RETURN NEW; END IF;
  ELSIF (OLD.state IN {_HOLDING}) = (NEW.state IN {_HOLDING}) THEN
    RETURN NEW;
  END IF;
  -- The task's row is the queue: of two who want the last place the second sees the first.
  PERFORM 1 FROM task WHERE id = NEW.task_id FOR UPDATE;
  UPDATE task SET taken = (SELECT count(*) FROM sign_up s WHERE s.task_id = NEW.task_id
    AND s.state IN {_HOLDING}) WHERE id = NEW.task_id;
  RETURN NEW;
END $counts$
"""

for _engine in ("sqlite", "postgresql"):
    _changes = triggers.changed("changed", (*TASK_FIELDS, "revision"), _engine)["changed"]
    triggers.refuse(
        _tasks,
        Refusals(
            always={"task_too_long": _TOO_LONG[_engine], "task_counts": _COUNTED},
            updates={
                **triggers.moved("task", _TASK_WAYS),
                **triggers.changed("task_told", _TASK_TOLD, _engine),
                "task_both_values": unless_told("task", _changes, with_ends=True),
                "task_minor": _UNFIT.replace("{unfit}", _UNDER_AGE[_engine]),
                "task_insured": _UNFIT.replace(
                    "{unfit}", _UNINSURED.replace("{day}", DAY_OF_START[_engine])
                ),
                "task_over": f"OLD.state <> 'open' AND {_changes}",
            },
        ),
        _engine,
    )
    triggers.refuse(
        _sign_ups,
        Refusals(
            always={
                "sign_up_minor": _MINOR.replace("{under_age}", _UNDER_AGE[_engine]),
                "sign_up_self": _SELF,
                "sign_up_closed": _CLOSED,
                **({"sign_up_overlap": _OVERLAP} if _engine == "sqlite" else {}),
            },
            inserts={
                "sign_up_admitted": f"{_TAKES} AND {NOT_ADMITTED}",
                "sign_up_insured": f"{_TAKES} AND {not_insured(_engine)}",
            },
            updates={
                "sign_up_admitted": f"{_TAKES_ANEW} AND {NOT_ADMITTED}",
                "sign_up_insured": f"{_TAKES_ANEW} AND {not_insured(_engine)}",
                **triggers.moved("sign_up", _SIGN_UP_WAYS),
                **triggers.changed("sign_up_told", _SIGN_UP_TOLD, _engine),
            },
        ),
        _engine,
    )
# Who served keeps the place they were given, so that a roster of many counts nothing anew.
for _verb, _when in (
    ("insert", _IS_HELD),
    ("update", f"(OLD.state IN {_HOLDING}) <> (NEW.state IN {_HOLDING})"),
):
    _counting = _COUNT_ON_SQLITE.replace("{verb}", _verb).replace("{when}", _when)
    listen(_sign_ups, _counting, "sqlite")
listen(_sign_ups, _COUNT_ON_POSTGRESQL, "postgresql")
listen(
    _sign_ups,
    "CREATE TRIGGER sign_up_counts AFTER INSERT OR UPDATE ON sign_up"
    " FOR EACH ROW EXECUTE FUNCTION sign_up_counts()",
    "postgresql",
)
listen(
    _sign_ups,
    "ALTER TABLE sign_up ADD CONSTRAINT sign_up_overlap EXCLUDE USING gist ("
    "int8range(volunteer_id, volunteer_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&"
    f") WHERE (state IN {_HOLDING})",
    "postgresql",
)
for _table in (_tasks, _sign_ups):
    triggers.keep_rows(_table)
