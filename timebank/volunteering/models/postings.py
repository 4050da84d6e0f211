"""What figures of hours are summed from: a line for each posting of service, and finished months.

Everything here follows from the records and their entries and is written by the database:
``timebank verify`` derives it again. A line is written when a record is approved, another one,
with the opposite sign, when the approval is taken back; each stands on the effective day of its
entry. A month that is over gets no more postings, so its sums are kept once by a job; should one
come all the same, the kept months from then on are dropped by the trigger and summed anew.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Table, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, listen, raises, refuse_on_sqlite
from timebank.volunteering.rules.figures import ANYWHERE, BEGINS, AgeGroup

# Number of the advisory lock, shared by postings and held alone while months are kept.
ROLL_LOCK = 7_101 << 40
_RIGHTS = "SECURITY DEFINER SET search_path = public, pg_temp"
_SUMS = {"info": {"grants": "SELECT, INSERT, DELETE"}}


class HoursPosting(Base):
    """One posting of service as figures see it: minutes and services are negative when undone."""

    __tablename__ = "hours_posting"
    __table_args__ = (
        CheckConstraint("services IN (1, -1)", name="one_service"),
        CheckConstraint("minutes * services > 0", name="same_sign"),
        CheckConstraint(f"age_group IN {among(AgeGroup)}", name="age_group_known"),
        CheckConstraint("month_on <= on_day", name="month_begins_before"),
        Index("ix_hours_posting_day", "community_id", "on_day", "id"),
        Index("ix_hours_posting_month", "community_id", "month_on"),
        Index("ix_hours_posting_volunteer", "volunteer_id", "on_day", "id"),
        Index("ix_hours_posting_grid", "grid_id", "on_day", "id"),
        Index("ix_hours_posting_centre", "centre_id", "on_day", "id"),
        Index(
            "ix_hours_posting_undone",
            "community_id",
            "month_on",
            postgresql_where=text("services < 0"),
            sqlite_where=text("services < 0"),
        ),
        {"info": {"grants": "SELECT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("service_record.id"))
    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("ledger_entry.id"), unique=True)
    on_day: Mapped[date] = mapped_column(Date)
    month_on: Mapped[date] = mapped_column(Date)
    minutes: Mapped[int]
    services: Mapped[int]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("service_kind.id"))
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("care_centre.id"))
    age_group: Mapped[AgeGroup] = mapped_column(String(8))


class HoursMonth(Base):
    """A finished month by kind, place and age group; ``people`` is how many stand behind it."""

    __tablename__ = "hours_month"
    __table_args__ = (Index("ix_hours_month", "community_id", "month_on"), _SUMS)

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    month_on: Mapped[date] = mapped_column(Date)
    kind_id: Mapped[int]
    grid_id: Mapped[int | None]
    centre_id: Mapped[int | None]
    age_group: Mapped[str] = mapped_column(String(8))
    minutes: Mapped[int]
    services: Mapped[int]
    people: Mapped[int]


class VolunteerMonth(Base):
    """A finished month of one volunteer in one place; ``approvals`` leaves out what was undone."""

    __tablename__ = "volunteer_month"
    __table_args__ = (
        Index("ix_volunteer_month", "community_id", "month_on"),
        Index("ix_volunteer_month_grid", "grid_id", "month_on"),
        Index("ix_volunteer_month_centre", "centre_id", "month_on"),
        _SUMS,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    month_on: Mapped[date] = mapped_column(Date)
    volunteer_id: Mapped[int]
    grid_id: Mapped[int | None]
    centre_id: Mapped[int | None]
    minutes: Mapped[int]
    services: Mapped[int]
    approvals: Mapped[int]


class PairMonth(Base):
    """A finished month of one volunteer and one recipient in one place."""

    __tablename__ = "pair_month"
    __table_args__ = (
        Index("ix_pair_month", "community_id", "month_on"),
        Index("ix_pair_month_grid", "grid_id", "month_on"),
        Index("ix_pair_month_centre", "centre_id", "month_on"),
        Index("ix_pair_month_volunteer", "volunteer_id", "month_on"),
        _SUMS,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    month_on: Mapped[date] = mapped_column(Date)
    volunteer_id: Mapped[int]
    recipient_id: Mapped[int]
    grid_id: Mapped[int | None]
    centre_id: Mapped[int | None]
    minutes: Mapped[int]
    services: Mapped[int]


class VolunteerThrough(Base):
    """What a volunteer had done by the end of a finished month, in the whole community.

    A period is the row of its last month less the row before its first one, so that any number of
    months costs two rows of each volunteer. There is a row for every month from the first one on,
    with service in it or not. ``pair_minutes`` adds what was approved with the one recipient served
    most in each month: with nobody can a volunteer have more in a period.
    """

    __tablename__ = "volunteer_through"
    __table_args__ = _SUMS

    community_id: Mapped[int] = mapped_column(
        ForeignKey("community.id"), primary_key=True, autoincrement=False
    )
    month_on: Mapped[date] = mapped_column(Date, primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    minutes: Mapped[int] = mapped_column(Integer)
    services: Mapped[int] = mapped_column(Integer)
    approvals: Mapped[int] = mapped_column(Integer)
    pair_minutes: Mapped[int] = mapped_column(Integer)


class VolunteerBack(Base):
    """How many volunteers served in a month in a grid, by the month in which they did so before.

    So many people served within some months: those who came in one of them and had not come since
    before the first. Nobody is counted twice, and no person is read. Approvals alone are looked at.
    """

    __tablename__ = "volunteer_back"
    __table_args__ = (CheckConstraint("previous_on < month_on", name="came_before"), _SUMS)

    community_id: Mapped[int] = mapped_column(
        ForeignKey("community.id"), primary_key=True, autoincrement=False
    )
    month_on: Mapped[date] = mapped_column(Date, primary_key=True)
    grid_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    previous_on: Mapped[date] = mapped_column(Date, primary_key=True)
    people: Mapped[int] = mapped_column(Integer)


class VolunteerFirst(Base):
    """The day on which somebody's first service in a place was posted; place 0 is none.

    Kept of each grid with its centre, of each grid with whatever centre, and of all places, so that
    nobody's first day has to be searched among the first days of places.
    Written with the first line and never again, but for an earlier one that comes later.
    """

    __tablename__ = "volunteer_first"
    __table_args__ = (
        # Whoever counts those who began before a day reads this index alone.
        Index(
            "ix_volunteer_first_community",
            "community_id",
            "centre_id",
            "grid_id",
            "first_on",
            "volunteer_id",
        ),
        {"info": {"grants": "SELECT"}},
    )

    volunteer_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    grid_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    centre_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    first_on: Mapped[date] = mapped_column(Date)


class HoursRolled(Base):
    """Before which day a community's months are kept; from it on postings are summed.

    ``through_id`` is the last line that ``volunteer_back`` knows of, of the present month too; none
    while that is not kept.
    """

    __tablename__ = "hours_rolled"

    community_id: Mapped[int] = mapped_column(
        ForeignKey("community.id"), primary_key=True, autoincrement=False
    )
    before_on: Mapped[date] = mapped_column(Date)
    through_id: Mapped[int | None]


KEPT: tuple[type[HoursMonth | VolunteerMonth | PairMonth], ...] = (
    HoursMonth,
    VolunteerMonth,
    PairMonth,
)

_COLUMNS = (
    "community_id, record_id, entry_id, on_day, month_on, minutes, services, volunteer_id,"
    " recipient_id, kind_id, grid_id, centre_id, age_group"
)
_MONTH_OF = {
    "sqlite": "date({day}, 'start of month')",
    "postgresql": "date_trunc('month', {day})::date",
}
_AGE = {
    "sqlite": (
        "(CAST(strftime('%Y%m%d', NEW.served_on) AS integer)"
        " - CAST(strftime('%Y%m%d', v.born_on) AS integer)) / 10000"
    ),
    "postgresql": (
        "(to_char(NEW.served_on, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000"
    ),
}


def _age_group(age: str) -> str:
    """Return SQL for the age group of the volunteer ``v`` on the day of the record ``NEW``."""
    steps = "".join(f" WHEN {age} >= {begin} THEN '{group}'" for begin, group in BEGINS)
    return (
        f"CASE WHEN v.born_on IS NULL THEN '{AgeGroup.UNKNOWN}'{steps}"
        f" ELSE '{AgeGroup.UNDER_18}' END"
    )


def _write(engine: str, *, entry: str, sign: str) -> str:
    """Return the statement that writes the line of an entry of the record ``NEW``."""
    month = _MONTH_OF[engine].format(day="e.effective_on")
    return (
        f"INSERT INTO hours_posting ({_COLUMNS}) SELECT NEW.community_id, NEW.id, e.id,"
        f" e.effective_on, {month}, {sign}NEW.credited_minutes, {sign}1, NEW.volunteer_id,"
        f" NEW.recipient_id, NEW.kind_id, NEW.grid_id, NEW.centre_id, {_age_group(_AGE[engine])}"
        f" FROM ledger_entry e JOIN person v ON v.id = NEW.volunteer_id WHERE e.id = NEW.{entry}"
    )


_WRITES = (("approved", "entry_id", ""), ("unapproved", "reversal_id", "-"))
_PG_LINES = "".join(
    f"  IF NEW.state = '{state}' THEN\n    {_write('postgresql', entry=entry, sign=sign)};\n"
    "  END IF;\n"
    for state, entry, sign in _WRITES
)
_PG_POSTS = f"""
CREATE FUNCTION service_record_posts() RETURNS trigger LANGUAGE plpgsql {_RIGHTS} AS $posts$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = NEW.state THEN RETURN NULL; END IF;
{_PG_LINES}  RETURN NULL;
END $posts$
"""
_DROPS = "".join(
    f"DELETE FROM {kept.__tablename__} WHERE community_id = NEW.community_id"
    " AND month_on >= NEW.month_on; "
    for kept in (*KEPT, VolunteerThrough, VolunteerBack)
) + (
    "UPDATE hours_rolled SET before_on = NEW.month_on, through_id = NULL"
    " WHERE community_id = NEW.community_id AND before_on > NEW.month_on;"
)
_IS_LATE = (
    "EXISTS (SELECT 1 FROM hours_rolled h WHERE h.community_id = NEW.community_id"
    " AND h.before_on > NEW.month_on)"
)
_FIRST = (
    "INSERT INTO volunteer_first (volunteer_id, grid_id, centre_id, community_id, first_on)"
    " VALUES (NEW.volunteer_id, COALESCE(NEW.grid_id, 0), COALESCE(NEW.centre_id, 0),"
    " NEW.community_id, NEW.on_day),"
    f" (NEW.volunteer_id, COALESCE(NEW.grid_id, 0), {ANYWHERE}, NEW.community_id, NEW.on_day),"
    f" (NEW.volunteer_id, {ANYWHERE}, {ANYWHERE}, NEW.community_id, NEW.on_day)"
    " ON CONFLICT (volunteer_id, grid_id, centre_id)"
    " DO UPDATE SET first_on = excluded.first_on"
    " WHERE excluded.first_on < volunteer_first.first_on;"
)
_PG_LATE = f"""
CREATE FUNCTION hours_posting_late() RETURNS trigger LANGUAGE plpgsql {_RIGHTS} AS $late$
BEGIN
  PERFORM pg_advisory_xact_lock_shared({ROLL_LOCK} + NEW.community_id);
  IF NEW.services > 0 THEN {_FIRST} END IF;
  IF {_IS_LATE} THEN {_DROPS} END IF;
  RETURN NULL;
END $late$
"""


def _strays(engine: str) -> str:
    """Return SQL that is true when a line does not follow from its record and its entry."""
    told = (
        "r.entry_id = NEW.entry_id AND NEW.minutes = r.credited_minutes"
        " OR r.reversal_id = NEW.entry_id AND NEW.minutes = -r.credited_minutes"
    )
    return (
        f"NEW.month_on <> {_MONTH_OF[engine].format(day='NEW.on_day')} OR NOT EXISTS"
        " (SELECT 1 FROM service_record r JOIN ledger_entry e ON e.id = NEW.entry_id"
        " WHERE r.id = NEW.record_id AND r.volunteer_id = NEW.volunteer_id"
        f" AND r.community_id = NEW.community_id AND e.effective_on = NEW.on_day AND ({told}))"
    )


def _follow(table: Table) -> None:
    """Let the database write the lines, refuse all others, and drop kept months that change."""
    for state, entry, sign in _WRITES:
        write = _write("sqlite", entry=entry, sign=sign)
        for verb, when in (("INSERT", ""), ("UPDATE", f" AND OLD.state <> '{state}'")):
            listen(
                table,
                f"CREATE TRIGGER service_record_posts_{state}_{verb.lower()} AFTER {verb}"
                f" ON service_record WHEN NEW.state = '{state}'{when} BEGIN {write}; END",
                "sqlite",
            )
    listen(
        table,
        f"CREATE TRIGGER hours_posting_late AFTER INSERT ON hours_posting WHEN {_IS_LATE}"
        f" BEGIN {_DROPS} END",
        "sqlite",
    )
    listen(
        table,
        "CREATE TRIGGER hours_posting_first AFTER INSERT ON hours_posting WHEN NEW.services > 0"
        f" BEGIN {_FIRST} END",
        "sqlite",
    )
    name = "hours_posting_follows"
    refuse_on_sqlite(table, name, "AFTER INSERT", _strays("sqlite"))
    for function in (_PG_POSTS, _PG_LATE):
        listen(table, function, "postgresql")
    listen(
        table,
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $follows$\n"
        f"BEGIN\n{raises(name, _strays('postgresql'))}\n  RETURN NULL;\nEND $follows$",
        "postgresql",
    )
    for trigger, moment, on in (
        (name, "AFTER INSERT", "hours_posting"),
        ("hours_posting_late", "AFTER INSERT", "hours_posting"),
        ("service_record_posts", "AFTER INSERT OR UPDATE OF state", "service_record"),
    ):
        only = " WHEN (NEW.state IN ('approved', 'unapproved'))" if on == "service_record" else ""
        listen(
            table,
            f"CREATE TRIGGER {trigger} {moment} ON {on} FOR EACH ROW{only}"
            f" EXECUTE FUNCTION {trigger}()",
            "postgresql",
        )


_postings = Base.metadata.tables["hours_posting"]
make_append_only(_postings)
_follow(_postings)
