"""What volunteers offer of their own accord, and what the database itself refuses of it."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.volunteering.models import triggers
from timebank.volunteering.models.triggers import Refusals
from timebank.volunteering.rules.offers import OfferState
from timebank.volunteering.rules.places import Far


class Offer(Base):
    """A kind of help that somebody offers until a day."""

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint(f"state IN {among(OfferState)}", name="state_known"),
        CheckConstraint(f"far IN {among(Far)}", name="far_known"),
        CheckConstraint("words <> ''", name="says_something"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_when"),
        Index("ix_offer_open", "community_id", "state", "until_on", "id"),
        Index("ix_offer_volunteer", "volunteer_id", "state"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("service_kind.id"))
    words: Mapped[str] = mapped_column(Text)
    free_times: Mapped[list[str]] = mapped_column(JSON, default=list)
    far: Mapped[Far] = mapped_column(String(12))
    until_on: Mapped[date]
    state: Mapped[OfferState] = mapped_column(String(8))
    posted_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


_offers = Offer.metadata.tables["offer"]
_MOVES = {"state", "closed_at"}
_TOLD = tuple(one.name for one in _offers.columns if one.name not in _MOVES)
for _engine in ("sqlite", "postgresql"):
    triggers.refuse(
        _offers,
        Refusals(
            updates={
                **triggers.moved("offer", [(OfferState.OPEN, OfferState.CLOSED)]),
                **triggers.changed("offer_told", _TOLD, _engine),
            }
        ),
        _engine,
    )
triggers.keep_rows(_offers)

# Of a need that was asked for by an offer: the offer stands, and it is another's.
OFFER_GONE = (
    "NEW.offer_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM offer o"
    " WHERE o.id = NEW.offer_id AND o.community_id = NEW.community_id AND o.state = 'open'"
    " AND o.volunteer_id <> NEW.recipient_id)"
)
