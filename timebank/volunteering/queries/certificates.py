"""Certificates: one's own, those within reach, what a stranger may see, what is made public."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.models import Community, MicroGrid, Organisation, Person
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors import certificates as errors
from timebank.volunteering.models.certificates import (
    CertificateConsent,
    CertificateIssuer,
    CertificateRecord,
    CertificateWithdrawal,
    ServiceCertificate,
)
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import members
from timebank.volunteering.rules import certificates as rules
from timebank.volunteering.rules.certificates import (
    Asked,
    CertificateView,
    Checked,
    Facts,
    Ground,
    Issuer,
    Language,
    Served,
    Standing,
)
from timebank.volunteering.rules.records import RecordState, veil

DESK_LINES = 12


def issuer(session: Session, community_id: int) -> Issuer:
    """Return who issues a community's certificates; before anybody said so, the community."""
    row = session.scalar(
        select(CertificateIssuer).where(CertificateIssuer.community_id == community_id)
    )
    if row is None:
        house = community_queries.community(session, community_id)
        return Issuer(house.name, house.name, house.phone, 0)
    return Issuer(row.issuer_name, row.seal_place, row.contact, row.publicity_days)


def services_of(
    session: Session, *, person_id: int, since_on: date, through_on: date, kind_ids: Sequence[int]
) -> list[Served]:
    """Return the approved services of a period, oldest first; one more than a paper holds."""
    it = ServiceRecord
    wanted = (
        select(it, ServiceKind.name, Organisation.name, Community.name)
        .join(ServiceKind, ServiceKind.id == it.kind_id)
        .join(Community, Community.id == it.community_id)
        .outerjoin(Organisation, Organisation.id == it.organisation_id)
        .where(
            it.volunteer_id == person_id,
            it.state == RecordState.APPROVED,
            it.served_on.between(since_on, through_on),
        )
        .order_by(it.started_at, it.id)
        .limit(rules.LINES_MAX + 1)
    )
    if kind_ids:
        wanted = wanted.where(it.kind_id.in_(kind_ids))
    return [_served(*row) for row in session.execute(wanted)]


def _served(row: ServiceRecord, kind: str, organisation: str | None, community: str) -> Served:
    """Return a line of the paper: what and when, but not for whom or behind which door."""
    return Served(
        record_id=row.id,
        served_on=row.served_on.isoformat(),
        started=f"{clock.local(row.started_at):%H:%M}",
        ended=f"{clock.local(row.ended_at):%H:%M}",
        kind=kind,
        what="" if row.activity == kind else row.activity,
        minutes=row.minutes,
        organisation=organisation or community,
    )


def _void() -> tuple[Any, Any]:  # Any: scalar selects
    """Return the minutes and the number of a certificate's services that hold no longer."""
    void = (
        CertificateRecord.certificate_id == ServiceCertificate.id,
        ServiceRecord.state != RecordState.APPROVED,
    )
    joined = CertificateRecord.record_id == ServiceRecord.id
    minutes = select(func.coalesce(func.sum(CertificateRecord.minutes), 0)).where(*void, joined)
    count = select(func.count(CertificateRecord.id)).where(*void, joined)
    return (
        minutes.correlate(ServiceCertificate).scalar_subquery(),
        count.correlate(ServiceCertificate).scalar_subquery(),
    )


def _select() -> Select[Any]:  # Any: a row of many
    """Select certificates with whose they are and how they stand today."""
    void_minutes, void_services = _void()
    consent = (
        select(CertificateConsent.is_given)
        .where(CertificateConsent.certificate_id == ServiceCertificate.id)
        .order_by(CertificateConsent.id.desc())
        .limit(1)
        .correlate(ServiceCertificate)
        .scalar_subquery()
    )
    return (
        select(
            ServiceCertificate,
            Person.name,
            Community.code,
            CertificateWithdrawal,
            consent.label("consent"),
            void_minutes.label("void_minutes"),
            void_services.label("void_services"),
        )
        .join(Person, Person.id == ServiceCertificate.person_id)
        .join(Community, Community.id == ServiceCertificate.community_id)
        .outerjoin(
            CertificateWithdrawal, CertificateWithdrawal.certificate_id == ServiceCertificate.id
        )
    )


def _view(row: Any) -> CertificateView:  # noqa: ANN401 - an outer join's row is typed as never NULL
    """Return the view of a row of ``_select``."""
    it, name, code, gone, consent, void_minutes, void_services = row
    return CertificateView(
        id=it.id,
        community_id=it.community_id,
        person_id=it.person_id,
        year=it.year,
        number=it.number,
        number_text=rules.number_text(code=code, year=it.year, number=it.number),
        code=it.code,
        name=name,
        since_on=it.since_on,
        through_on=it.through_on,
        language=Language(it.language),
        purpose=it.purpose,
        minutes=it.minutes,
        services=it.services,
        issued_at=it.issued_at,
        issued_on=it.issued_on,
        issued_by_name=it.issued_by_name,
        asked_how=Asked(it.asked_how),
        slip_number=it.slip_number,
        shows_more=bool(consent),
        void_minutes=int(void_minutes),
        void_services=int(void_services),
        withdrawn_on=gone.withdrawn_on if gone else None,
        withdrawn_ground=Ground(gone.ground) if gone else None,
        withdrawn_reason=gone.reason if gone else "",
    )


def _visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a certificate is one's own or of somebody whom one serves."""
    reach = actor.reach("paper.serve")
    own = members.records_of(actor.person_id or 0)
    ways: list[ColumnElement[bool]] = [ServiceCertificate.person_id.in_(own)]
    if reach.is_wide or reach.centre_ids:
        ways.append(ServiceCertificate.id > 0)
    elif reach.grid_ids:
        near = select(MicroGrid.id).where(MicroGrid.grid_id.in_(reach.grid_ids))
        ways.append(Person.micro_grid_id.in_(near))
    return and_(ServiceCertificate.community_id == actor.community_id, or_(*ways))


def certificate(session: Session, *, actor: Actor, certificate_id: int) -> CertificateView:
    """Return a certificate that the actor may see.

    Raises:
        CertificateNotFoundError: there is none, or it lies outside.
    """
    wanted = _select().where(ServiceCertificate.id == certificate_id, _visible(actor))
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise errors.CertificateNotFoundError
    return _view(row)


def certificates(
    session: Session,
    *,
    actor: Actor,
    person_id: int | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[CertificateView]:
    """Return certificates that the actor may see, newest first, all or those of one person.

    Those of older records of the same human, which were merged into the present one, belong to it.
    """
    wanted = _select().where(_visible(actor))
    if person_id is not None:
        whose = members.records_of(person_id)
        wanted = wanted.where(ServiceCertificate.person_id.in_(whose))
    if cursor is not None:
        wanted = wanted.where(ServiceCertificate.id < paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(ServiceCertificate.id.desc()).limit(limit + 1))
    views = [_view(row) for row in rows]
    return paging.page_of(views, limit=limit, key=lambda view: [view.id])


def facts_of(session: Session, certificate_id: int) -> Facts:
    """Return what a certificate says."""
    return rules.read(session.get_one(ServiceCertificate, certificate_id).facts)


def checked(session: Session, code: str) -> Checked | None:
    """Return what a stranger may know of the certificate with a code; None for an unknown one."""
    row = session.execute(_select().where(ServiceCertificate.code == code)).one_or_none()
    if row is None:
        return None
    view = _view(row)
    return rules.told_to_strangers(view, facts_of(session, view.id))


def entries_of(session: Session, certificate_id: int) -> list[tuple[int, UUID | None]]:
    """Return ``(record_id, entry_id)`` of a certificate's services, oldest first."""
    rows = session.execute(
        select(ServiceRecord.id, ServiceRecord.entry_id)
        .join(CertificateRecord, CertificateRecord.record_id == ServiceRecord.id)
        .where(CertificateRecord.certificate_id == certificate_id)
        .order_by(ServiceRecord.started_at, ServiceRecord.id)
        .limit(rules.LINES_MAX)
    )
    return [(record_id, entry_id) for record_id, entry_id in rows]


@dataclass(frozen=True, slots=True)
class PublicLine:
    """A certificate as it is made public: enough to object, too little to know somebody by."""

    number: str
    name: str
    since_on: date
    through_on: date
    minutes: int
    issued_on: date
    standing: Standing


def made_public(session: Session, community_id: int) -> tuple[int, list[PublicLine]]:
    """Return for how many days certificates are made public, and those of these days.

    Source: 民发〔2015〕149号, asked for, accepted, issued, made public.
    """
    days = issuer(session, community_id).publicity_days
    if not days:
        return 0, []
    since = clock.today() - timedelta(days=days)
    rows = session.execute(
        _select()
        .where(
            ServiceCertificate.community_id == community_id, ServiceCertificate.issued_on >= since
        )
        .order_by(ServiceCertificate.id.desc())
        .limit(paging.PAGE_SIZE_MAX)
    )
    return days, [_public_line(_view(row)) for row in rows]


def _public_line(view: CertificateView) -> PublicLine:
    """Return a certificate as it is made public."""
    return PublicLine(
        view.number_text,
        veil(view.name),
        view.since_on,
        view.through_on,
        view.minutes_now,
        view.issued_on,
        view.standing,
    )
