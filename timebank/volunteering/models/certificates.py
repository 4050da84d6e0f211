"""Tables of certificates of service: issued once, never changed; what came later stands beside."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from timebank.kernel.append_only import make_append_only
from timebank.kernel.db import Base, IntPk
from timebank.kernel.refusals import among, guard_on_postgresql, raises, refuse_on_sqlite
from timebank.kernel.sealed import Sealed
from timebank.volunteering.rules import certificates as rules
from timebank.volunteering.rules.certificates import Asked, Ground, Language

_APPEND_ONLY = {"info": {"grants": "SELECT, INSERT"}}


class CertificateIssuer(Base):
    """Who issues a community's certificates, and for how many days each is made public."""

    __tablename__ = "certificate_issuer"
    __table_args__ = (
        UniqueConstraint("community_id"),
        CheckConstraint("length(issuer_name) > 0", name="named"),
        CheckConstraint(
            f"publicity_days BETWEEN 0 AND {rules.PUBLICITY_DAYS_MAX}", name="days_in_range"
        ),
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    issuer_name: Mapped[str] = mapped_column(String(rules.ISSUER_MAX))
    seal_place: Mapped[str] = mapped_column(String(rules.ISSUER_MAX), default="")
    contact: Mapped[str] = mapped_column(String(rules.ISSUER_MAX), default="")
    publicity_days: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    changed_by_name: Mapped[str] = mapped_column(String(80))


class ServiceCertificate(Base):
    """A certificate as it was issued; ``facts`` is all that the paper says, sealed."""

    __tablename__ = "service_certificate"
    __table_args__ = (
        UniqueConstraint("community_id", "year", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("minutes > 0 AND services > 0", name="certifies_something"),
        CheckConstraint("since_on <= through_on AND through_on <= issued_on", name="period_past"),
        CheckConstraint(f"language IN {among(Language)}", name="language_known"),
        CheckConstraint(f"asked_how IN {among(Asked)}", name="asked_known"),
        CheckConstraint("(asked_how = 'slip') = (slip_number <> '')", name="slip_numbered"),
        CheckConstraint(f"length(code) = {rules.CODE_SIGNS}", name="code_whole"),
        CheckConstraint("length(facts_digest) = 64", name="digested"),
        Index(None, "person_id", "id"),
        Index(None, "community_id", "issued_on"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    year: Mapped[int]
    number: Mapped[int]
    code: Mapped[str] = mapped_column(String(rules.CODE_SIGNS), unique=True)
    since_on: Mapped[date] = mapped_column(Date)
    through_on: Mapped[date] = mapped_column(Date)
    language: Mapped[Language] = mapped_column(String(5))
    purpose: Mapped[str] = mapped_column(String(rules.PURPOSE_MAX), default="")
    minutes: Mapped[int]
    services: Mapped[int]
    facts: Mapped[str] = mapped_column(Sealed)
    facts_digest: Mapped[str] = mapped_column(String(64))
    asked_how: Mapped[Asked] = mapped_column(String(4))
    slip_number: Mapped[str] = mapped_column(String(40), default="")
    issued_at: Mapped[datetime]
    issued_on: Mapped[date] = mapped_column(Date)
    issued_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    issued_by_name: Mapped[str] = mapped_column(String(80))
    act_key: Mapped[UUID] = mapped_column(Uuid, unique=True)


class CertificatePaper(Base):
    """The digest of a certificate's paper as it was handed over first."""

    __tablename__ = "certificate_paper"
    __table_args__ = (
        CheckConstraint("length(digest) = 64", name="digested"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    certificate_id: Mapped[int] = mapped_column(ForeignKey("service_certificate.id"), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    handed_at: Mapped[datetime]


class CertificateRecord(Base):
    """A service record that a certificate counts, as it was approved when that was issued."""

    __tablename__ = "certificate_record"
    __table_args__ = (
        UniqueConstraint("certificate_id", "record_id"),
        CheckConstraint("minutes > 0", name="counts_something"),
        Index(None, "record_id"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    certificate_id: Mapped[int] = mapped_column(ForeignKey("service_certificate.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("service_record.id"))
    minutes: Mapped[int]


class CertificateConsent(Base):
    """The volunteer's word on showing more to strangers than totals; the last one counts."""

    __tablename__ = "certificate_consent"
    __table_args__ = (
        CheckConstraint(f"how IN {among(Asked)}", name="how_known"),
        CheckConstraint("(how = 'slip') = (slip_number <> '')", name="slip_numbered"),
        Index(None, "certificate_id", "id"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    certificate_id: Mapped[int] = mapped_column(ForeignKey("service_certificate.id"))
    is_given: Mapped[bool]
    how: Mapped[Asked] = mapped_column(String(4))
    slip_number: Mapped[str] = mapped_column(String(40), default="")
    given_at: Mapped[datetime]
    noted_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class CertificateWithdrawal(Base):
    """That a certificate no longer holds, since when and why; it stays to be seen as withdrawn."""

    __tablename__ = "certificate_withdrawal"
    __table_args__ = (
        CheckConstraint(f"ground IN {among(Ground)}", name="ground_known"),
        CheckConstraint("length(reason) > 0", name="reason_told"),
        _APPEND_ONLY,
    )

    id: Mapped[IntPk]
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    certificate_id: Mapped[int] = mapped_column(ForeignKey("service_certificate.id"), unique=True)
    ground: Mapped[Ground] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(rules.REASON_MAX))
    withdrawn_at: Mapped[datetime]
    withdrawn_on: Mapped[date] = mapped_column(Date)
    withdrawn_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    withdrawn_by_name: Mapped[str] = mapped_column(String(80))


# Numbers run from 1 without gaps: the next one is the only one that is taken.
_NEXT = (
    "NEW.number <> 1 + COALESCE((SELECT max(c.number) FROM service_certificate c"
    " WHERE c.community_id = NEW.community_id AND c.year = NEW.year), 0)"
)
_NOT_APPROVED = (
    "NOT EXISTS (SELECT 1 FROM service_record r JOIN service_certificate c"
    " ON c.id = NEW.certificate_id WHERE r.id = NEW.record_id AND r.state = 'approved'"
    " AND r.volunteer_id = c.person_id AND r.community_id = c.community_id"
    " AND r.minutes = NEW.minutes AND r.served_on BETWEEN c.since_on AND c.through_on)"
)
_FULL = (
    "(SELECT count(*) FROM certificate_record r WHERE r.certificate_id = NEW.certificate_id)"
    " >= (SELECT c.services FROM service_certificate c WHERE c.id = NEW.certificate_id)"
)
_certificates = Base.metadata.tables["service_certificate"]
_records = Base.metadata.tables["certificate_record"]
_RULES = (
    (_certificates, "service_certificate_next", _NEXT),
    (_records, "certificate_record_approved", _NOT_APPROVED),
    (_records, "certificate_record_late", _FULL),
)
for _table, _name, _condition in _RULES:
    refuse_on_sqlite(_table, _name, "BEFORE INSERT", _condition)
    guard_on_postgresql(_table, _name, "BEFORE INSERT", raises(_name, _condition))
for _name in (
    "service_certificate",
    "certificate_paper",
    "certificate_record",
    "certificate_consent",
    "certificate_withdrawal",
):
    make_append_only(Base.metadata.tables[_name])
