"""Certificates of service, for programs."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import request, url_for
from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import certificates as reads_of
from timebank.volunteering.rules.certificates import (
    CertificateView,
    Checked,
    Ground,
    Issuer,
    Wanted,
)
from timebank.volunteering.schemas.certificates import (
    CertificateConsentIn,
    CertificateConsentSlipIn,
    CertificateForIn,
    CertificateIn,
    CertificateOut,
    CertificateWithdrawIn,
    CheckedOut,
    IssuerIn,
    IssuerOut,
)
from timebank.volunteering.service import certificate_checks as checks
from timebank.volunteering.service import certificates as verbs
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, public, reads, request_key, writes

P = ParamSpec("P")
R = TypeVar("R")


def _check_base() -> str:
    """Return the address to which a code is appended."""
    return url_for("volunteering.checked_certificate", code="", _external=True)


def _certificate(session: Session, certificate_id: int) -> CertificateView:
    """Return a certificate as it stands now."""
    return reads_of.certificate(session, actor=current_actor(), certificate_id=certificate_id)


@api.get("/me/certificates")
@needs("certificate.ask")
@reads
@takes(PageIn, where="query")
@gives_page(CertificateOut)
def list_my_certificates(
    session: Session, *, limit: int, cursor: str | None = None
) -> Page[CertificateView]:
    """One's own certificates, newest first."""
    actor = current_actor()
    return reads_of.certificates(
        session, actor=actor, person_id=actor.person_id or 0, cursor=cursor, limit=limit
    )


@api.post("/me/certificates")
@needs("certificate.ask")
@writes(keyed=True)
@takes(CertificateIn)
@gives(CertificateOut, status=201)
def ask_certificate(session: Session, *, wanted: Wanted) -> CertificateView:
    """Issue a certificate of one's own approved service."""
    certificate_id = verbs.issue(
        session,
        actor=current_actor(),
        key=request_key(),
        wanted=wanted,
        check_base=_check_base(),
    )
    return _certificate(session, certificate_id)


@api.get("/certificates")
@needs("paper.serve")
@reads
@takes(PageIn, where="query")
@gives_page(CertificateOut)
def list_certificates(
    session: Session, *, limit: int, cursor: str | None = None
) -> Page[CertificateView]:
    """Certificates of those whom the sender serves, newest first."""
    return reads_of.certificates(session, actor=current_actor(), cursor=cursor, limit=limit)


@api.post("/people/<int:person_id>/certificates")
@needs("paper.serve")
@writes(keyed=True)
@takes(CertificateForIn)
@gives(CertificateOut, status=201)
def issue_certificate(
    session: Session, person_id: int, *, wanted: Wanted, slip_number: str
) -> CertificateView:
    """Issue a certificate for somebody who asked for it on a signed slip."""
    certificate_id = verbs.issue(
        session,
        actor=current_actor(),
        key=request_key(),
        wanted=wanted,
        check_base=_check_base(),
        person_id=person_id,
        slip_number=slip_number,
    )
    return _certificate(session, certificate_id)


@api.get("/certificates/<int:certificate_id>")
@needs("hours.read")
@reads
@gives(CertificateOut)
def show_certificate(session: Session, certificate_id: int) -> CertificateView:
    """One certificate, with how it stands today."""
    return _certificate(session, certificate_id)


@api.post("/certificates/<int:certificate_id>/consent")
@needs("certificate.ask")
@writes(keyed=True)
@takes(CertificateConsentIn)
@gives(CertificateOut)
def consent_to_certificate(
    session: Session, certificate_id: int, *, is_given: bool
) -> CertificateView:
    """Let one's certificate show strangers more than totals, or no longer."""
    verbs.set_consent(
        session, actor=current_actor(), certificate_id=certificate_id, is_given=is_given
    )
    return _certificate(session, certificate_id)


@api.post("/certificates/<int:certificate_id>/consent-by-slip")
@needs("paper.serve")
@writes(keyed=True)
@takes(CertificateConsentSlipIn)
@gives(CertificateOut)
def consent_by_slip(
    session: Session, certificate_id: int, *, is_given: bool, slip_number: str
) -> CertificateView:
    """The same, noted from a signed slip."""
    verbs.set_consent(
        session,
        actor=current_actor(),
        certificate_id=certificate_id,
        is_given=is_given,
        slip_number=slip_number,
    )
    return _certificate(session, certificate_id)


@api.post("/certificates/<int:certificate_id>/withdraw")
@needs("certificate.withdraw")
@writes(keyed=True)
@takes(CertificateWithdrawIn)
@gives(CertificateOut)
def withdraw_certificate(
    session: Session, certificate_id: int, *, ground: Ground, reason: str
) -> CertificateView:
    """Say that a certificate holds no longer; its public page says so."""
    verbs.withdraw(
        session,
        actor=current_actor(),
        certificate_id=certificate_id,
        ground=ground,
        reason=reason,
    )
    return _certificate(session, certificate_id)


@api.get("/certificate-issuer")
@needs("paper.serve")
@reads
@gives(IssuerOut)
def show_issuer(session: Session) -> Issuer:
    """Who issues the community's certificates."""
    return reads_of.issuer(session, current_actor().community_id)


@api.post("/certificate-issuer")
@needs("paper.manage")
@writes(keyed=True)
@takes(IssuerIn)
@gives(IssuerOut)
def name_issuer(
    session: Session, *, issuer_name: str, seal_place: str, contact: str, publicity_days: int
) -> Issuer:
    """Say who issues from now on."""
    actor = current_actor()
    verbs.name_issuer(
        session,
        actor=actor,
        issuer_name=issuer_name,
        seal_place=seal_place,
        contact=contact,
        publicity_days=publicity_days,
    )
    return reads_of.issuer(session, actor.community_id)


def _guesses_count(view: Callable[P, R]) -> Callable[P, R]:
    """Count the codes of a view that nothing has, by the address that sent them."""

    @wraps(view)
    def counted(*args: P.args, **kwargs: P.kwargs) -> R:
        return checks.counting_guesses(
            lambda: view(*args, **kwargs), address=request.remote_addr or ""
        )

    return counted


@api.get("/certificate-checks/<code>")
@public
@_guesses_count
@reads
@gives(CheckedOut)
def check_certificate(session: Session, code: str) -> Checked:
    """How the paper with a code stands today, for everybody."""
    return checks.check(session, code=code, address=request.remote_addr or "")
