"""How cases came in: by which way, from which sign, under whose number; and lists from above."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cases.rules.case_lists import CaseListState
from timebank.cases.rules.geo import LAT_E6_MAX, LNG_E6_MAX
from timebank.cases.rules.intake import IntakeChannel
from timebank.cases.rules.signs import CODE_SIGNS
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.kernel.sealed import Sealed

_IS_PUBLIC = text("act_key IS NOT NULL")
_POINT = (
    CheckConstraint("(lat_e6 IS NULL) = (lng_e6 IS NULL)", name="point_whole"),
    CheckConstraint(
        f"lat_e6 BETWEEN -{LAT_E6_MAX} AND {LAT_E6_MAX}"
        f" AND lng_e6 BETWEEN -{LNG_E6_MAX} AND {LNG_E6_MAX}",
        name="point_on_earth",
    ),
)


class PlaceSign(Base):
    """A sign that hangs on a lamp post; its code stands for the place. Never removed."""

    __tablename__ = "place_sign"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint(f"length(code) = {CODE_SIGNS}", name="code_whole"),
        CheckConstraint("length(description) > 0", name="described"),
        CheckConstraint("retired_at IS NULL OR retired_at >= made_at", name="retired_after"),
        *_POINT,
        Index(None, "community_id", "id"),
        Index(None, "micro_grid_id"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    code: Mapped[str] = mapped_column(String(CODE_SIGNS))
    micro_grid_id: Mapped[int] = mapped_column(ForeignKey("micro_grid.id"))
    description: Mapped[str] = mapped_column(String(80))
    lat_e6: Mapped[int | None]
    lng_e6: Mapped[int | None]
    made_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class CaseIntake(Base):
    """How one case came in; written with its first event and never again.

    ``external_number`` is the number that an office above gave it; ``act_key`` names the act of a
    reporter without an account.
    """

    __tablename__ = "case_intake"
    __table_args__ = (
        UniqueConstraint("case_id"),
        UniqueConstraint("community_id", "external_number"),
        UniqueConstraint("act_key"),
        CheckConstraint(f"channel IN {among(IntakeChannel)}", name="channel_known"),
        CheckConstraint("length(external_number) > 0", name="external_number_said"),
        *_POINT,
        Index(None, "sign_id"),
        Index(
            "ix_case_intake_public",
            "community_id",
            "recorded_at",
            sqlite_where=_IS_PUBLIC,
            postgresql_where=_IS_PUBLIC,
        ),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    channel: Mapped[IntakeChannel] = mapped_column(String(16))
    recorded_at: Mapped[datetime]
    sign_id: Mapped[int | None] = mapped_column(ForeignKey("place_sign.id"))
    external_number: Mapped[str | None] = mapped_column(String(60))
    lat_e6: Mapped[int | None]
    lng_e6: Mapped[int | None]
    act_key: Mapped[UUID | None] = mapped_column(Uuid)


class CaseList(Base):
    """A list of cases from above between preview and confirmation; wiped when settled."""

    __tablename__ = "case_list"
    __table_args__ = (
        CheckConstraint(f"state IN {among(CaseListState)}", name="state_known"),
        CheckConstraint("(state = 'staged') = (content IS NOT NULL)", name="content_while_staged"),
        CheckConstraint("(state = 'staged') = (settled_at IS NULL)", name="settled_once"),
        CheckConstraint("new_count >= 0 AND known_count >= 0 AND wrong_count >= 0", name="counted"),
        Index(None, "community_id", "id"),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    state: Mapped[CaseListState] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[str | None] = mapped_column(Sealed)
    new_count: Mapped[int]
    known_count: Mapped[int]
    wrong_count: Mapped[int]
    case_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    staged_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    staged_by_name: Mapped[str] = mapped_column(String(80))
    staged_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


make_append_only(Base.metadata.tables["case_intake"])
