"""Tables of spot checks: what was drawn by which seed, who looked, and what was found."""

import uuid
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.volunteering.models import triggers
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.records import MINUTES_MAX, NOTE_MAX
from timebank.volunteering.rules.spot_checks import (
    CHECK_MOVES,
    WRONG,
    CheckHow,
    CheckResult,
    CheckState,
    DrawnBy,
)


class SpotDraw(Base):
    """The draw of one week's approvals: anybody can draw again with its seed."""

    __tablename__ = "spot_draw"
    __table_args__ = (
        UniqueConstraint("community_id", "week_on"),
        CheckConstraint("drawn BETWEEN 0 AND candidates", name="drawn_of_candidates"),
        CheckConstraint("length(seed) >= 32", name="seed_long"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    week_on: Mapped[date] = mapped_column(Date)
    seed: Mapped[str] = mapped_column(String(64))
    percent: Mapped[int]
    least: Mapped[int]
    candidates: Mapped[int]
    drawn: Mapped[int]
    drawn_at: Mapped[datetime]


class SpotCheck(Base):
    """One record that was drawn; its result is written once."""

    __tablename__ = "spot_check"
    __table_args__ = (
        CheckConstraint(f"state IN {among(CheckState)}", name="state_known"),
        CheckConstraint(f"drawn_by IN {among(DrawnBy)}", name="drawn_by_known"),
        CheckConstraint(f"how IN {among(CheckHow)}", name="how_known"),
        CheckConstraint(f"result IN {among(CheckResult)}", name="result_known"),
        CheckConstraint(
            "(state = 'drawn') = (taken_at IS NULL) AND (state = 'drawn')"
            " = (checker_user_id IS NULL)",
            name="taken_by_somebody",
        ),
        CheckConstraint(
            "(state = 'done') = (result IS NOT NULL AND how IS NOT NULL AND done_at IS NOT NULL)",
            name="done_with_result",
        ),
        CheckConstraint("actual_minutes IS NULL OR result = 'differs'", name="differs_by_figure"),
        CheckConstraint("result <> 'differs' OR actual_minutes IS NOT NULL", name="figure_given"),
        CheckConstraint(f"actual_minutes BETWEEN 1 AND {2 * MINUTES_MAX}", name="figure_in_range"),
        CheckConstraint("state <> 'done' OR words <> ''", name="words_given"),
        CheckConstraint(f"length(words) <= {NOTE_MAX}", name="words_short"),
        CheckConstraint(
            f"reversal_id IS NULL OR result IN {among(WRONG)}", name="taken_back_when_wrong"
        ),
        Index("ix_spot_check_list", "community_id", "state", "id"),
        Index("ix_spot_check_week", "community_id", "week_on"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    draw_id: Mapped[int] = mapped_column(ForeignKey("spot_draw.id"), index=True)
    week_on: Mapped[date] = mapped_column(Date)
    record_id: Mapped[int] = mapped_column(ForeignKey("service_record.id"), unique=True)
    drawn_by: Mapped[DrawnBy] = mapped_column(String(8))
    points: Mapped[int]
    state: Mapped[CheckState] = mapped_column(String(8))
    checker_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    checker_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    checker_name: Mapped[str] = mapped_column(String(80), default="")
    taken_at: Mapped[datetime | None]
    how: Mapped[CheckHow | None] = mapped_column(String(8))
    result: Mapped[CheckResult | None] = mapped_column(String(16))
    actual_minutes: Mapped[int | None]
    words: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None]
    reversal_id: Mapped[uuid.UUID | None] = mapped_column(
        Uuid, ForeignKey("ledger_entry.id"), unique=True
    )


_HAD_A_HAND = (
    "EXISTS (SELECT 1 FROM service_record r WHERE r.id = NEW.record_id AND (NEW.checker_user_id"
    " IN (r.recorded_by_user_id, r.confirmed_by_user_id, r.approved_by_user_id)"
    " OR NEW.checker_id IN (r.volunteer_id, r.recipient_id, r.recorded_by_id, r.confirmed_by_id,"
    " r.approved_by_id)))"
    " OR EXISTS (SELECT 1 FROM first_approval f WHERE f.record_id = NEW.record_id"
    " AND (f.user_id = NEW.checker_user_id OR f.person_id = NEW.checker_id))"
)
_DRAWN = ("community_id", "draw_id", "week_on", "record_id", "drawn_by", "points")
_RESULT = (
    "checker_user_id",
    "checker_id",
    "taken_at",
    "how",
    "result",
    "actual_minutes",
    "words",
    "done_at",
)
_checks = SpotCheck.metadata.tables["spot_check"]
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(
        _checks,
        Refusals(
            inserts={
                "spot_check_begins": "NEW.state <> 'drawn'",
                "spot_check_not_approved": (
                    "NOT EXISTS (SELECT 1 FROM service_record r WHERE r.id = NEW.record_id"
                    " AND r.approved_at IS NOT NULL)"
                ),
            },
            updates={
                **triggers.moved("spot_check", CHECK_MOVES),
                **triggers.changed("spot_check_drawn", _DRAWN, _engine),
                **triggers.changed(
                    "spot_check_done", _RESULT, _engine, only_when="OLD.state = 'done'"
                ),
                **triggers.changed(
                    "spot_check_taken_back",
                    ("reversal_id",),
                    _engine,
                    only_when="OLD.reversal_id IS NOT NULL",
                ),
                "spot_check_had_a_hand": f"OLD.state <> 'done' AND ({_HAD_A_HAND})",
            },
        ),
        _engine,
    )
triggers.keep_rows(_checks)
make_append_only(SpotDraw.metadata.tables["spot_draw"])
