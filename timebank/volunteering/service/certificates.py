"""Certificates: issued from the books, showing more by consent, withdrawn."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail
from timebank.volunteering.errors import certificates as errors
from timebank.volunteering.models.certificates import (
    CertificateConsent,
    CertificateIssuer,
    CertificateRecord,
    CertificateWithdrawal,
    ServiceCertificate,
)
from timebank.volunteering.queries import certificates as queries
from timebank.volunteering.rules import certificates as rules
from timebank.volunteering.rules.certificates import (
    Asked,
    Facts,
    Ground,
    Served,
    Wanted,
)
from timebank.volunteering.service import certificate_paper as paper
from timebank.volunteering.service.tidings_of_hours import of_certificate

LOOK_REASON = "按本人申请开具服务证明"


def issue(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    wanted: Wanted,
    check_base: str,
    person_id: int | None = None,
    slip_number: str = "",
) -> int:
    """Issue a certificate of what stands in the books and return its id.

    Without a person it is the actor's own; for somebody else staff name the slip on which they
    asked. ``check_base`` is the address to which the code is appended.

    Raises:
        NoServiceOfOwnError, SlipMissingError, PersonNotFoundError
        PeriodEmptyError, PeriodToComeError, NothingToCertifyError, TooMuchToCertifyError
        SignsUnknownError: the font cannot draw a sign; the refusal names it.
    """
    whose = _whose(session, actor, person_id, slip_number)
    known = select(ServiceCertificate.id).where(ServiceCertificate.act_key == key)
    found = session.scalar(known)
    if found is not None:
        return found
    today = clock.today()
    rules.check_period(since_on=wanted.since_on, through_on=wanted.through_on, today=today)
    services = queries.services_of(
        session,
        person_id=whose,
        since_on=wanted.since_on,
        through_on=wanted.through_on,
        kind_ids=wanted.kind_ids,
    )
    rules.check_services(services)
    issuer = _locked_issuer(session, actor)
    number = _next_number(session, issuer.community_id, today.year)
    facts = _facts(
        session, issuer, whose, wanted, services=services, number=number, check_base=check_base
    )
    signs = rules.undrawable(facts.texts, paper.known_signs())
    if signs:
        raise errors.SignsUnknownError(signs=signs)
    row = _row(actor, whose, wanted, facts, number=number, key=key, slip_number=slip_number)
    session.add(row)
    session.flush()
    _count_in(session, row, services)
    if wanted.shows_more:
        _note_consent(session, actor, row.id, is_given=True, slip_number=slip_number)
    _leave_trail(session, actor, "certificate_issued", row.id)
    of_certificate(session, actor=actor, person_id=whose, row_id=row.id, number=facts.number)
    return row.id


def _whose(session: Session, actor: Actor, person_id: int | None, slip_number: str) -> int:
    """Return whom the certificate is for; a look at somebody else's hours leaves its line."""
    if person_id is None:
        if actor.person_id is None:
            raise errors.NoServiceOfOwnError
        return actor.person_id
    if not slip_number.strip():
        raise errors.SlipMissingError(field="slip_number")
    found = community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("paper.serve"),
    )
    trail.record_look(
        session, actor=actor, person_id=found.id, fields=["service_hours"], reason=LOOK_REASON
    )
    return found.id


def _locked_issuer(session: Session, actor: Actor) -> CertificateIssuer:
    """Return the community's issuer, locked: of two who issue at once the second waits."""
    told = queries.issuer(session, actor.community_id)
    is_lite = session.get_bind().dialect.name == "sqlite"
    add = (sqlite.insert if is_lite else postgresql.insert)(CertificateIssuer)
    session.execute(
        add.values(
            community_id=actor.community_id,
            issuer_name=told.issuer_name,
            seal_place=told.seal_place,
            contact=told.contact,
            publicity_days=told.publicity_days,
            changed_at=clock.now(),
            changed_by_name=actor.name,
        ).on_conflict_do_nothing(index_elements=[CertificateIssuer.community_id])
    )
    return session.scalars(
        select(CertificateIssuer)
        .where(CertificateIssuer.community_id == actor.community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _next_number(session: Session, community_id: int, year: int) -> int:
    """Return the number that follows the last one of a year; the caller holds the issuer."""
    last = (
        select(ServiceCertificate.number)
        .where(ServiceCertificate.community_id == community_id, ServiceCertificate.year == year)
        .order_by(ServiceCertificate.number.desc())
        .limit(1)
    )
    return (session.scalar(last) or 0) + 1


def _facts(
    session: Session,
    issuer: CertificateIssuer,
    person_id: int,
    wanted: Wanted,
    *,
    services: Sequence[Served],
    number: int,
    check_base: str,
) -> Facts:
    """Gather everything that the paper says."""
    community_id, code, today = issuer.community_id, rules.new_code(), clock.today()
    house = community_queries.community(session, community_id)
    who = community_queries.person(session, community_id=community_id, person_id=person_id)
    details = community_queries.own_details(session, community_id=community_id, person_id=person_id)
    return Facts(
        layout=rules.LAYOUT,
        community=house.name,
        number=rules.number_text(code=house.code, year=today.year, number=number),
        code=code,
        check_url=f"{check_base}{code}",
        language=wanted.language.value,
        issuer=issuer.issuer_name,
        seal_place=issuer.seal_place,
        contact=issuer.contact,
        name=who.name,
        volunteer_number=who.card_no or "",
        id_number_masked=rules.masked_id(details.id_number),
        since_on=wanted.since_on.isoformat(),
        through_on=wanted.through_on.isoformat(),
        issued_on=today.isoformat(),
        issued_at=clock.now().isoformat(timespec="seconds"),
        purpose=wanted.purpose.strip(),
        minutes=sum(one.minutes for one in services),
        kinds=rules.kind_sums(services),
        services=tuple(services),
    )


def _row(
    actor: Actor,
    person_id: int,
    wanted: Wanted,
    facts: Facts,
    *,
    number: int,
    key: UUID,
    slip_number: str,
) -> ServiceCertificate:
    """Return the row of a certificate, with the digest of what it says."""
    text, today = rules.written(facts), clock.today()
    return ServiceCertificate(
        community_id=actor.community_id,
        person_id=person_id,
        year=today.year,
        number=number,
        code=facts.code,
        since_on=wanted.since_on,
        through_on=wanted.through_on,
        language=wanted.language,
        purpose=facts.purpose,
        minutes=facts.minutes,
        services=len(facts.services),
        facts=text,
        facts_digest=rules.digest(text),
        asked_how=Asked.SLIP if slip_number.strip() else Asked.SELF,
        slip_number=slip_number.strip(),
        issued_at=clock.now(),
        issued_on=today,
        issued_by_user_id=actor.user_id,
        issued_by_name=actor.name,
        act_key=key,
    )


def _count_in(session: Session, row: ServiceCertificate, services: Sequence[Served]) -> None:
    """Note which records the certificate counts; the database takes approved ones alone."""
    rows = [
        {
            "community_id": row.community_id,
            "certificate_id": row.id,
            "record_id": one.record_id,
            "minutes": one.minutes,
        }
        for one in services
    ]
    session.execute(insert(CertificateRecord), rows)


def set_consent(
    session: Session,
    *,
    actor: Actor,
    certificate_id: int,
    is_given: bool,
    slip_number: str = "",
) -> None:
    """Let a certificate show strangers more than totals, or no longer.

    The volunteer decides; staff note it from a signed slip.

    Raises:
        CertificateNotFoundError, SlipMissingError
    """
    view = queries.certificate(session, actor=actor, certificate_id=certificate_id)
    if view.person_id != actor.person_id and not slip_number.strip():
        raise errors.SlipMissingError(field="slip_number")
    _note_consent(session, actor, view.id, is_given=is_given, slip_number=slip_number)
    _leave_trail(session, actor, "certificate_consent", view.id)


def _note_consent(
    session: Session, actor: Actor, certificate_id: int, *, is_given: bool, slip_number: str
) -> None:
    """Write down the volunteer's word."""
    session.add(
        CertificateConsent(
            community_id=actor.community_id,
            certificate_id=certificate_id,
            is_given=is_given,
            how=Asked.SLIP if slip_number.strip() else Asked.SELF,
            slip_number=slip_number.strip(),
            given_at=clock.now(),
            noted_by_user_id=actor.user_id,
        )
    )


def withdraw(
    session: Session, *, actor: Actor, certificate_id: int, ground: Ground, reason: str
) -> None:
    """Say that a certificate holds no longer; its page stays and says so.

    Raises:
        CertificateNotFoundError, CertificateWithdrawnError
        WithdrawsOwnError: it is the actor's own.
    """
    view = queries.certificate(session, actor=actor, certificate_id=certificate_id)
    if view.withdrawn_on is not None:
        raise errors.CertificateWithdrawnError
    if view.person_id == actor.person_id:
        raise errors.WithdrawsOwnError
    row = CertificateWithdrawal(
        community_id=view.community_id,
        certificate_id=view.id,
        ground=ground,
        reason=reason.strip(),
        withdrawn_at=clock.now(),
        withdrawn_on=clock.today(),
        withdrawn_by_user_id=actor.user_id,
        withdrawn_by_name=actor.name,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise errors.CertificateWithdrawnError from error
    _leave_trail(session, actor, "certificate_withdrawn", view.id)


def name_issuer(
    session: Session,
    *,
    actor: Actor,
    issuer_name: str,
    seal_place: str,
    contact: str,
    publicity_days: int,
) -> None:
    """Say who issues from now on, and for how many days certificates are made public.

    Raises:
        SignsUnknownError: the font cannot draw a sign.
    """
    texts = (issuer_name, seal_place, contact)
    signs = rules.undrawable(texts, paper.known_signs())
    if signs:
        raise errors.SignsUnknownError(signs=signs)
    row = _locked_issuer(session, actor)
    row.issuer_name, row.seal_place, row.contact = (text.strip() for text in texts)
    row.publicity_days = publicity_days
    row.changed_at, row.changed_by_name = clock.now(), actor.name
    _leave_trail(session, actor, "certificate_issuer_named", row.id)


def _leave_trail(session: Session, actor: Actor, action: str, subject_id: int) -> None:
    """Leave the act in the trail."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{action}",
        subject_type="service_certificate",
        subject_id=subject_id,
    )
    session.flush()
