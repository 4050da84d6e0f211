"""The table of keyed requests and the answers they got."""

import uuid
from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.db import Base
from timebank.kernel.sealed import Sealed


class RequestKey(Base):
    """One keyed request of one actor, with its sealed answer; written with the effect itself."""

    __tablename__ = "request_key"

    actor_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    endpoint: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    content_type: Mapped[str] = mapped_column(String(80))
    location: Mapped[str | None] = mapped_column(String(2000))
    answer: Mapped[str] = mapped_column(Sealed)  # base64 of its bytes, which may name people
    answered_at: Mapped[datetime]
