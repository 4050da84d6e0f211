"""Who reported a case, first or as one more, and what each of them answered."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from timebank.cases.rules.intake import IntakeChannel
from timebank.cases.rules.reporting import Satisfaction
from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among
from timebank.kernel.sealed import Sealed

_IS_PERSON = text("person_id IS NOT NULL")


class CaseReporter(Base):
    """One reporter of one case: a person of the community, a phone number, or whoever has the link.

    ``token_digest`` is the digest of the secret in the link that was shown once.
    """

    __tablename__ = "case_reporter"
    __table_args__ = (
        UniqueConstraint("token_digest"),
        CheckConstraint(f"channel IN {among(IntakeChannel)}", name="channel_known"),
        CheckConstraint(
            "person_id IS NOT NULL OR contact IS NOT NULL OR token_digest IS NOT NULL"
            " OR name IS NOT NULL OR email IS NOT NULL OR erased_at IS NOT NULL",
            name="somebody",
        ),
        CheckConstraint(
            "erased_at IS NULL OR (name IS NULL AND contact IS NULL AND email IS NULL)",
            name="erased_is_gone",
        ),
        Index(None, "case_id"),
        Index(
            "uq_case_reporter_person",
            "case_id",
            "person_id",
            unique=True,
            sqlite_where=_IS_PERSON,
            postgresql_where=_IS_PERSON,
        ),
        Index(
            "ix_case_reporter_person_id",
            "person_id",
            "case_id",
            sqlite_where=_IS_PERSON,
            postgresql_where=_IS_PERSON,
        ),
        {"info": {"grants": "SELECT, INSERT, UPDATE"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str | None] = mapped_column(Sealed)
    contact: Mapped[str | None] = mapped_column(Sealed)
    email: Mapped[str | None] = mapped_column(Sealed)
    token_digest: Mapped[str | None] = mapped_column(String(64))
    channel: Mapped[IntakeChannel] = mapped_column(String(16))
    joined_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class CaseAnswer(Base):
    """What one reporter said about the outcome of one round, by their own hand; written once."""

    __tablename__ = "case_answer"
    __table_args__ = (
        UniqueConstraint("reporter_id", "round", "is_solved"),
        CheckConstraint("round >= 1", name="round_counted"),
        CheckConstraint(
            f"satisfaction IS NULL OR satisfaction IN {among(Satisfaction)}",
            name="satisfaction_known",
        ),
        Index(None, "case_id", "round"),
        {"info": {"grants": "SELECT, INSERT"}},
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    reporter_id: Mapped[int] = mapped_column(ForeignKey("case_reporter.id"))
    round: Mapped[int]
    is_solved: Mapped[bool]
    satisfaction: Mapped[Satisfaction | None] = mapped_column(String(16))
    answered_at: Mapped[datetime]


class CasePublicPhoto(Base):
    """A photo that staff let the reporters see on the page of their link."""

    __tablename__ = "case_public_photo"
    __table_args__ = (
        UniqueConstraint("photo_id"),
        Index(None, "case_id"),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    photo_id: Mapped[int] = mapped_column(ForeignKey("case_photo.id"))
    shown_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    shown_at: Mapped[datetime]


make_append_only(Base.metadata.tables["case_answer"])
