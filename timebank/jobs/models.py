"""The table of jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk


class Job(Base):
    """One piece of work; without a community when it is about the whole installation."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'parked')", name="state_known"),
        CheckConstraint("tries >= 0", name="tries_counted"),
        CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="lease_if_running"),
        Index("ix_job_state_run_at_id", "state", "run_at", "id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"))
    name: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(160), unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)  # Any: whatever JSON can hold
    state: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(500))
