"""What was refused at a counter, in a booking, for a voucher; kept when the act is rolled back."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from timebank.care.rules.overview import Refused
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among


class CareRefusal(Base):
    """Somebody was not served: for want of minutes or places, or because staff would serve kin."""

    __tablename__ = "care_refusal"
    __table_args__ = (
        CheckConstraint(f"reason IN {among(Refused)}", name="reason_known"),
        Index(None, "centre_id", "on_day"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("care_centre.id"))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("care_service.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    operator_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    operator_name: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(12))
    on_day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime]


make_append_only(Base.metadata.tables["care_refusal"])
