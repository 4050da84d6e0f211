"""Whom a service is for, held by the database: benefits' switch, least age, days."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import guard_on_postgresql, raises, refuse_on_sqlite


class CareBenefitSwitch(Base):
    """One turn of the switch that stops a community's benefits; the newest is in force."""

    __tablename__ = "care_benefit_switch"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason_given"),
        Index(None, "community_id", "id"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    is_off: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime]


make_append_only(Base.metadata.tables["care_benefit_switch"])
_OFF = (
    "EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id AND s.is_benefit"
    " AND (SELECT w.is_off FROM care_benefit_switch w WHERE w.community_id = NEW.community_id"
    " ORDER BY w.id DESC LIMIT 1))"
)
_LITE_AGE = (
    "(CAST(strftime('%Y%m%d', {day}) AS integer)"
    " - CAST(strftime('%Y%m%d', v.born_on) AS integer)) / 10000"
)
_PG_AGE = "(to_char({day}, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000"
_YOUNG = (
    "EXISTS (SELECT 1 FROM care_service s, person v WHERE s.id = NEW.service_id"
    " AND s.age_min IS NOT NULL AND v.id = {whose} AND COALESCE({age}, 0) < s.age_min)"
)
# Monday is 0; what was handed over before the days were set is not judged by them.
_LITE_WEEKDAY = "((CAST(strftime('%w', {day}) AS integer) + 6) % 7)"
_PG_WEEKDAY = "(extract(isodow FROM {day})::int - 1)"
_OTHER_DAY = (
    "NOT ({unless}) AND EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id"
    " AND s.weekdays <> 127 AND (s.weekdays_from IS NULL OR {day} >= s.weekdays_from)"
    " AND ((s.weekdays >> {number}) & 1) = 0)"
)
OF_SLIP = "(SELECT r.{column} FROM redemption r WHERE r.id = NEW.redemption_id)"


def keep_benefits_off(table: Table) -> None:
    """Let the database refuse a benefit to a table while they are switched off."""
    name = f"{table.name}_benefits_off"
    refuse_on_sqlite(table, name, "BEFORE INSERT", _OFF)
    guard_on_postgresql(table, name, "BEFORE INSERT", raises(name, _OFF))


def keep_age(table: Table, *, day: str, whose: str = "NEW.person_id") -> None:
    """Let the database refuse a service to who is too young for it, on the day it is promised."""
    name = f"{table.name}_service_age"
    lite = _YOUNG.format(age=_LITE_AGE.format(day=day), whose=whose)
    refuse_on_sqlite(table, name, "BEFORE INSERT", lite)
    pg = _YOUNG.format(age=_PG_AGE.format(day=day), whose=whose)
    guard_on_postgresql(table, name, "BEFORE INSERT", raises(name, pg))


def keep_days(
    table: Table, *, day: str, moment: str = "BEFORE INSERT", unless: str = "FALSE"
) -> None:
    """Let the database refuse a service on a day of the week on which it is not served."""
    name = f"{table.name}_service_day_{moment.split()[1].lower()}"
    for dialect, number in (("sqlite", _LITE_WEEKDAY), ("postgresql", _PG_WEEKDAY)):
        condition = _OTHER_DAY.format(day=day, number=number.format(day=day), unless=unless)
        if dialect == "sqlite":
            refuse_on_sqlite(table, name, moment, condition)
        else:
            guard_on_postgresql(table, name, moment, raises(name, condition))


def keep_help_free(service: Table, price: Table) -> None:
    """Let the database refuse money for what volunteers do. Source: 志愿服务条例, article 21."""
    paid = (
        "NEW.delivery = 'by_volunteer' AND EXISTS (SELECT 1 FROM care_price p"
        " WHERE p.service_id = NEW.id AND p.money_note_fen > 0)"
    )
    pays = (
        "NEW.money_note_fen > 0 AND EXISTS (SELECT 1 FROM care_service s"
        " WHERE s.id = NEW.service_id AND s.delivery = 'by_volunteer')"
    )
    for table, moment, condition in (
        (service, "BEFORE UPDATE", paid),
        (price, "BEFORE INSERT", pays),
    ):
        name = f"{table.name}_help_is_free"
        refuse_on_sqlite(table, name, moment, condition)
        guard_on_postgresql(table, name, moment, raises(name, condition))
