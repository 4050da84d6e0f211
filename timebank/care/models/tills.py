"""Tables of the tills: where somebody stands, what a centre allows there, and days that are closed.

A slip belongs to the day and the till on which it is printed. A day closed at a till takes no slip
any more, and no undoing: the till's row is locked by both, so that neither slips past the other.
"""

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

from timebank.care.rules.tills import LOCK_MINUTES_MAX, UNDO_ALONE_MINUTES, CloseState, SignedHow
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, guard_on_postgresql, raises, refuse_on_sqlite


class CareTill(Base):
    """A till of a centre: a window, a tablet; the first of a centre stands there from the start."""

    __tablename__ = "care_till"
    __table_args__ = (
        UniqueConstraint("centre_id", "number"),
        UniqueConstraint("id", "centre_id"),
        CheckConstraint("number BETWEEN 1 AND 99", name="number_sensible"),
        CheckConstraint(f"lock_minutes BETWEEN 1 AND {LOCK_MINUTES_MAX}", name="locks_soon"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(20))
    lock_minutes: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)


class CounterRules(Base):
    """What a centre allows at its tills, in versions; the newest is in force."""

    __tablename__ = "care_counter_rules"
    __table_args__ = (
        UniqueConstraint("centre_id", "version"),
        CheckConstraint("undo_alone_minutes_max >= 0", name="undo_limit_not_negative"),
        CheckConstraint("person_day_minutes_max BETWEEN 1 AND 100000", name="day_limit_sensible"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    version: Mapped[int]
    person_day_minutes_max: Mapped[int]
    undo_alone_minutes_max: Mapped[int]
    may_sign_alone: Mapped[bool]
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime]


class CarePersonSpend(Base):
    """Minutes that a person spends on one day over all counters; the CHECK holds the limit."""

    __tablename__ = "care_person_spend"
    __table_args__ = (
        CheckConstraint("minutes >= 0", name="minutes_not_negative"),
        CheckConstraint("minutes <= limit_minutes", name="within_limit"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    on_day: Mapped[date] = mapped_column(Date, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    minutes: Mapped[int]
    limit_minutes: Mapped[int]


class DayClose(Base):
    """A till's day: counted by one, signed by another; once signed it is closed for good.

    What was ``found`` is what the drawer's slips say when counted by hand; ``slips``, ``minutes``
    and the rest are what the service knows.
    """

    __tablename__ = "care_day_close"
    __table_args__ = (
        CheckConstraint(f"state IN {among(CloseState)}", name="state_known"),
        CheckConstraint(
            f"signed_how IS NULL OR signed_how IN {among(SignedHow)}", name="signed_known"
        ),
        CheckConstraint(
            "slips >= 0 AND visits >= 0 AND minutes >= 0 AND visit_minutes >= 0 AND money_fen >= 0"
            " AND voids >= 0 AND void_minutes >= 0 AND late_voids >= 0 AND late_void_minutes >= 0",
            name="figures_not_negative",
        ),
        CheckConstraint("found_slips >= 0 AND found_minutes >= 0", name="found_not_negative"),
        CheckConstraint(
            "(found_slips = slips + visits AND found_minutes = minutes + visit_minutes)"
            " OR difference_reason <> ''",
            name="difference_explained",
        ),
        CheckConstraint(
            "(state = 'closed') = (signed_at IS NOT NULL)"
            " AND (state = 'closed') = (signed_how IS NOT NULL)",
            name="closed_when_signed",
        ),
        CheckConstraint(
            "signed_how IS NULL OR (signed_how = 'second')"
            " = (signed_by_user_id IS NOT NULL AND signed_by_user_id <> counted_by_user_id)",
            name="signed_by_another",
        ),
        UniqueConstraint("till_id", "on_day"),
        Index(None, "centre_id", "on_day"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    till_id: Mapped[int] = mapped_column(ForeignKey("care_till.id"))
    on_day: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8))
    slips: Mapped[int]
    minutes: Mapped[int]
    visits: Mapped[int]
    visit_minutes: Mapped[int]
    money_fen: Mapped[int]
    voids: Mapped[int]
    void_minutes: Mapped[int]
    late_voids: Mapped[int]
    late_void_minutes: Mapped[int]
    found_slips: Mapped[int]
    found_minutes: Mapped[int]
    difference_reason: Mapped[str] = mapped_column(Text, default="")
    counted_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    counted_by: Mapped[str] = mapped_column(String(80))
    counted_at: Mapped[datetime]
    signed_how: Mapped[str | None] = mapped_column(String(8))
    signed_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    signed_by: Mapped[str] = mapped_column(String(80), default="")
    signed_at: Mapped[datetime | None]


class CounterTelling(Base):
    """Whom a member wants told when minutes are taken at a counter: oneself, one relative, both."""

    __tablename__ = "care_counter_telling"
    __table_args__ = (
        CheckConstraint("relative_id IS NULL OR relative_id <> person_id", name="two_people"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    tells_self: Mapped[bool]
    relative_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime]


_CLOSED = (
    "EXISTS (SELECT 1 FROM care_day_close c WHERE c.till_id = {till} AND c.on_day = {day}"
    " AND c.state = 'closed')"
)
_LOCK = "  PERFORM 1 FROM care_till t WHERE t.id = {till} FOR KEY SHARE;\n"
# What the service knows of a till's day, asked again by the database when the day is signed.
_SLIPS = (
    "(SELECT COUNT(*) FROM redemption r WHERE r.till_id = NEW.till_id AND r.slip_day = NEW.on_day)"
)
_MINUTES = (
    "(SELECT COALESCE(SUM(r.total_minutes), 0) FROM redemption r WHERE r.till_id = NEW.till_id"
    " AND r.slip_day = NEW.on_day AND NOT (r.state = 'undone' AND r.undo_till_id = NEW.till_id"
    " AND r.undo_day = NEW.on_day))"
)
_VOIDS = (
    "(SELECT COUNT(*) FROM redemption r WHERE r.undo_till_id = NEW.till_id"
    " AND r.undo_day = NEW.on_day)"
)
_VISITS = (
    "(SELECT COUNT(DISTINCT v.transfer_id) FROM visitor_line v WHERE v.till_id = NEW.till_id"
    " AND v.served_on = NEW.on_day)"
)


def _refuse(table: Table, name: str, moment: str, condition: str, *, till: str) -> None:
    """Refuse by name on both engines, with the till locked first where there are many writers."""
    refuse_on_sqlite(table, name, moment, condition)
    guard_on_postgresql(table, name, moment, _LOCK.format(till=till) + raises(name, condition))


def alone_limit(*, centre: str) -> str:
    """Return SQL for how many minutes one person may undo alone at a centre."""
    return (
        "COALESCE((SELECT k.undo_alone_minutes_max FROM care_counter_rules k"  # noqa: S608 - constants
        f" WHERE k.centre_id = {centre} ORDER BY k.version DESC LIMIT 1), {UNDO_ALONE_MINUTES})"
    )


def guard_days(redemption: Table, visitor_line: Table) -> None:
    """Let the database keep a closed day closed: no slip into it, no undoing, no recounting."""
    closed = {
        "slip": _CLOSED.format(till="NEW.till_id", day="NEW.slip_day"),
        "visit": _CLOSED.format(till="NEW.till_id", day="NEW.served_on"),
        "undo": _CLOSED.format(till="NEW.undo_till_id", day="NEW.undo_day"),
        "its_own": _CLOSED.format(till="NEW.till_id", day="NEW.slip_day"),
    }
    insert, update = "BEFORE INSERT", "BEFORE UPDATE"
    _refuse(redemption, "care_day_closed_slip", insert, closed["slip"], till="NEW.till_id")
    _refuse(visitor_line, "care_day_closed_visit", insert, closed["visit"], till="NEW.till_id")
    is_undoing = "NEW.state = 'undone' AND OLD.state <> 'undone'"
    _refuse(
        redemption,
        "care_day_closed_undo",
        update,
        f"{is_undoing} AND {closed['undo']}",
        till="NEW.undo_till_id",
    )
    over = f"NEW.total_minutes > {alone_limit(centre='NEW.centre_id')}"
    alone = f"{is_undoing} AND NEW.undo_second_user_id IS NULL AND ({over} OR {closed['its_own']})"
    _refuse(redemption, "care_undone_alone", update, alone, till="NEW.till_id")
    fixed = (
        "NEW.slip_day <> OLD.slip_day OR NEW.till_id <> OLD.till_id"
        " OR NEW.centre_id <> OLD.centre_id OR NEW.slip_seq <> OLD.slip_seq"
        " OR NEW.person_id <> OLD.person_id OR NEW.total_minutes <> OLD.total_minutes"
        " OR (OLD.state = 'undone' AND NEW.state <> 'undone')"
    )
    _refuse(redemption, "care_slip_fixed", update, fixed, till="NEW.till_id")


def _keep_closed(table: Table) -> None:
    """A signed day never changes; it is signed on the figures of that very moment."""
    for moment in ("BEFORE UPDATE", "BEFORE DELETE"):
        name = f"care_day_close_{'kept' if moment.endswith('UPDATE') else 'stays'}"
        refuse_on_sqlite(table, name, moment, "OLD.state = 'closed'")
        guard_on_postgresql(table, name, moment, raises(name, "OLD.state = 'closed'"))
    stale = (
        f"NEW.state = 'closed' AND (NEW.slips <> {_SLIPS} OR NEW.minutes <> {_MINUTES}"
        f" OR NEW.voids + NEW.late_voids <> {_VOIDS} OR NEW.visits <> {_VISITS})"
    )
    lock = "  PERFORM 1 FROM care_till t WHERE t.id = NEW.till_id FOR UPDATE;\n"
    refuse_on_sqlite(table, "care_day_close_stale", "BEFORE UPDATE", stale)
    guard_on_postgresql(
        table, "care_day_close_stale", "BEFORE UPDATE", lock + raises("care_day_close_stale", stale)
    )
    is_born_closed = "NEW.state <> 'counted'"
    refuse_on_sqlite(table, "care_day_close_counted_first", "BEFORE INSERT", is_born_closed)
    guard_on_postgresql(
        table,
        "care_day_close_counted_first",
        "BEFORE INSERT",
        raises("care_day_close_counted_first", is_born_closed),
    )


_keep_closed(Base.metadata.tables["care_day_close"])
