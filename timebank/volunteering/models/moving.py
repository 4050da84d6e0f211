"""The table of moves within the community: where somebody lived, with who wrote it and when."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.kernel.sealed import Sealed
from timebank.volunteering.models.triggers import Refusals, changed, keep_rows, moved, refuse
from timebank.volunteering.rules.moving import ARROWS, MoveState


class PersonMove(Base):
    """That somebody moves from one unit to another on a day."""

    __tablename__ = "person_move"
    __table_args__ = (
        CheckConstraint(f"state IN {among(MoveState)}", name="state_known"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_at_a_moment"),
        Index("ix_person_move_person", "person_id", "id"),
        Index("ix_person_move_due", "state", "effective_on"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    from_micro_grid_id: Mapped[int | None] = mapped_column(ForeignKey("micro_grid.id"))
    from_address: Mapped[str | None] = mapped_column(Sealed)
    to_micro_grid_id: Mapped[int] = mapped_column(ForeignKey("micro_grid.id"))
    to_room_no: Mapped[str] = mapped_column(String(16), default="")
    effective_on: Mapped[date] = mapped_column(Date)
    state: Mapped[MoveState] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    asked_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    asked_by_name: Mapped[str] = mapped_column(String(80))
    done_at: Mapped[datetime | None]


_PLANNED = PersonMove.state == MoveState.PLANNED
Index(
    "uq_person_move_planned",
    PersonMove.person_id,
    unique=True,
    sqlite_where=_PLANNED,
    postgresql_where=_PLANNED,
)

_TOLD = (
    *("community_id", "person_id", "from_micro_grid_id", "to_micro_grid_id", "to_room_no"),
    *("effective_on", "reason", "asked_at", "asked_by_user_id"),
)
_moves = Base.metadata.tables["person_move"]
for _engine in ("sqlite", "postgresql"):
    refuse(
        _moves,
        Refusals(
            inserts={"person_move_begins": "NEW.state <> 'planned'"},
            updates={
                **moved("person_move", ARROWS),
                **changed("person_move_told", _TOLD, _engine),
                **changed(
                    "person_move_settled",
                    ("state", "done_at"),
                    _engine,
                    only_when="OLD.state <> 'planned'",
                ),
            },
        ),
        _engine,
    )
keep_rows(_moves)
