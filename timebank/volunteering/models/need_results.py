"""What has become of each need: kept by the database beside needs, tasks and sign-ups.

Figures of needs read a narrow row instead of every need's tasks and sign-ups. The database writes
it with whatever changes it, so it is right at every moment; ``timebank verify`` derives it again.
Two who change tasks of one need at once meet on its row, and the second sees what the first did.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base
from timebank.kernel.refusals import among, listen
from timebank.volunteering.models.tasks import SignUp
from timebank.volunteering.rules.needs import NeedState, Outcome
from timebank.volunteering.rules.tasks import HOLDING_STATES, SignUpState, TaskState

_RIGHTS = "SECURITY DEFINER SET search_path = public, pg_temp"
_COPIED = ("community_id", "kind_id", "grid_id", "centre_id", "posted_at")
_TOLD = ("outcome", "waited_minutes")


class NeedResult(Base):
    """What has become of a need, and how many minutes went by until somebody had a place for it."""

    __tablename__ = "need_result"
    __table_args__ = (
        CheckConstraint(f"outcome IN {among(Outcome)}", name="outcome_known"),
        Index("ix_need_result_posted", "community_id", "posted_at"),
        {"info": {"grants": "SELECT"}},
    )

    need_id: Mapped[int] = mapped_column(
        ForeignKey("need.id"), primary_key=True, autoincrement=False
    )
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    kind_id: Mapped[int]
    grid_id: Mapped[int | None]
    centre_id: Mapped[int | None]
    posted_at: Mapped[datetime]
    outcome: Mapped[Outcome] = mapped_column(String(12))
    waited_minutes: Mapped[int | None]


def _has_task(state: TaskState) -> str:
    """Return SQL that is true when the need ``n`` has a task in a state."""
    return f"EXISTS (SELECT 1 FROM task t WHERE t.need_id = n.id AND t.state = '{state}')"


def _outcome() -> str:
    """Return SQL for what became of the need ``n``: one time that was served makes it met."""
    is_over = (
        f"n.state IN {among((NeedState.TAKEN_UP, NeedState.ENDED))}"
        f" AND NOT {_has_task(TaskState.OPEN)}"
    )
    steps = (
        (_has_task(TaskState.DONE), Outcome.MET),
        (f"n.state = '{NeedState.WITHDRAWN}'", Outcome.CANCELLED),
        (f"n.state = '{NeedState.DECLINED}'", Outcome.UNMET),
        (f"{is_over} AND {_has_task(TaskState.UNMET)}", Outcome.UNMET),
        (f"{is_over} AND {_has_task(TaskState.CANCELLED)}", Outcome.CANCELLED),
    )
    told = "".join(f" WHEN {condition} THEN '{outcome}'" for condition, outcome in steps)
    return f"CASE{told} ELSE '{Outcome.WAITING}' END"


# The number of a moment's minute, so that a wait has whole minutes on both engines alike.
_MINUTE = {
    "sqlite": "CAST(strftime('%s', {0}) AS integer) / 60",
    "postgresql": "floor(extract(epoch FROM {0}) / 60)::int",
}


def results(dialect: str) -> str:
    """Return the select of the row of each need ``n``, from needs, tasks and sign-ups."""
    found = (
        "(SELECT min(s.accepted_at) FROM sign_up s JOIN task t ON t.id = s.task_id"
        f" WHERE t.need_id = n.id AND s.state IN {among((*HOLDING_STATES, SignUpState.NO_SHOW))})"
    )
    minute = _MINUTE[dialect]
    copied = ", ".join(f"n.{name}" for name in _COPIED)
    return (
        f"SELECT n.id AS need_id, {copied}, {_outcome()} AS outcome,"
        f" {minute.format(found)} - {minute.format('n.posted_at')} AS waited_minutes FROM need n"
    )


_COLUMNS = ", ".join(("need_id", *_COPIED, *_TOLD))
_CHANGING = ", ".join((*_COPIED[1:4], *_TOLD))
_NEED_OF_SIGN_UP = "(SELECT t.need_id FROM task t WHERE t.id = NEW.task_id)"
# What changes a row: table, moment, which rows matter, and whose need it is.
_MOMENTS = (
    ("need", "UPDATE OF state, kind_id, grid_id, centre_id", "", "NEW.id"),
    ("task", "INSERT", " WHEN (NEW.need_id IS NOT NULL)", "NEW.need_id"),
    ("task", "UPDATE OF state", " WHEN (NEW.need_id IS NOT NULL)", "NEW.need_id"),
    ("sign_up", "INSERT", "", _NEED_OF_SIGN_UP),
    ("sign_up", "UPDATE OF state, accepted_at", "", _NEED_OF_SIGN_UP),
)


def _first(dialect: str) -> str:
    """Return the statement that writes the row of a new need."""
    told = f"SELECT {_COLUMNS} FROM ({results(dialect)} WHERE n.id = NEW.id) AS r"
    return f"INSERT INTO need_result ({_COLUMNS}) {told}"


def _anew(dialect: str, need_id: str) -> str:
    """Return the statement that writes the row of a need anew."""
    told = f"SELECT {_CHANGING} FROM ({results(dialect)} WHERE n.id = {need_id}) AS r"
    return f"UPDATE need_result SET ({_CHANGING}) = ({told}) WHERE need_id = {need_id}"


_PG_FIRST = f"""
CREATE FUNCTION need_result_begins() RETURNS trigger LANGUAGE plpgsql {_RIGHTS} AS $begins$
BEGIN
  {_first("postgresql")};
  RETURN NULL;
END $begins$
"""
_PG_ANEW = f"""
CREATE FUNCTION need_result_follows() RETURNS trigger LANGUAGE plpgsql {_RIGHTS} AS $follows$
DECLARE asked bigint;
BEGIN
  IF TG_TABLE_NAME = 'need' THEN asked := NEW.id;
  ELSIF TG_TABLE_NAME = 'task' THEN asked := NEW.need_id;
  ELSE SELECT t.need_id INTO asked FROM task t WHERE t.id = NEW.task_id;
  END IF;
  IF asked IS NULL THEN RETURN NULL; END IF;
  -- The row is the queue: whoever waited for it reads what the one before has done.
  PERFORM 1 FROM need_result WHERE need_id = asked FOR UPDATE;
  {_anew("postgresql", "asked")};
  RETURN NULL;
END $follows$
"""


def _follow(table: Table) -> None:
    """Let the database keep the rows."""
    listen(
        table,
        f"CREATE TRIGGER need_result_begins AFTER INSERT ON need BEGIN {_first('sqlite')}; END",
        "sqlite",
    )
    for function in (_PG_FIRST, _PG_ANEW):
        listen(table, function, "postgresql")
    listen(
        table,
        "CREATE TRIGGER need_result_begins AFTER INSERT ON need"
        " FOR EACH ROW EXECUTE FUNCTION need_result_begins()",
        "postgresql",
    )
    for on, moment, when, need_id in _MOMENTS:
        name = f"need_result_follows_{on}_{moment.split()[0].lower()}"
        listen(
            table,
            f"CREATE TRIGGER {name} AFTER {moment} ON {on}{when}"
            f" BEGIN {_anew('sqlite', need_id)}; END",
            "sqlite",
        )
        listen(
            table,
            f"CREATE TRIGGER {name} AFTER {moment} ON {on}"
            f" FOR EACH ROW{when} EXECUTE FUNCTION need_result_follows()",
            "postgresql",
        )


_table = Base.metadata.tables["need_result"]
# Its triggers stand on tasks and sign-ups too, which must be there before.
_table.add_is_dependent_on(Base.metadata.tables[SignUp.__tablename__])
_follow(_table)
