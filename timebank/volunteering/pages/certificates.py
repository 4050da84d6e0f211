"""Certificates of service: asked for, shown, handed out as PDF, withdrawn; and the public check."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Response, after_this_request, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.db import transaction
from timebank.ledger.queries import neighbours
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import certificates as reads_of
from timebank.volunteering.queries import limits
from timebank.volunteering.rules import certificates as rules
from timebank.volunteering.rules.certificates import Ground, Standing
from timebank.volunteering.schemas.certificates import (
    CertificateConsentIn,
    CertificateConsentSlipIn,
    CertificateFormIn,
    CertificateWithdrawIn,
    HouseIn,
    IssuerIn,
    PublicCodeIn,
)
from timebank.volunteering.service import certificate_checks as checks
from timebank.volunteering.service import certificates as verbs
from timebank.volunteering.service import handing_over as papers
from timebank.volunteering.service.handing_over import Paper
from timebank.web.codes import qr_svg
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    public,
    query,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)

P = ParamSpec("P")
R = TypeVar("R")

GROUND_WORDS = {
    Ground.WRONG_FACTS: lazy_gettext("内容有误"),
    Ground.FALSE_RECORD: lazy_gettext("服务记录不实"),
    Ground.ON_REQUEST: lazy_gettext("本人要求"),
    Ground.REPLACED: lazy_gettext("另开了新的"),
}
STANDING_WORDS = {
    Standing.VALID: lazy_gettext("有效"),
    Standing.CORRECTED: lazy_gettext("签发后有更正"),
    Standing.WITHDRAWN: lazy_gettext("已作废"),
}
STANDING_CHIPS = {Standing.VALID: "done", Standing.CORRECTED: "soon", Standing.WITHDRAWN: "off"}
WORDS = {
    "ground_words": GROUND_WORDS,
    "standing_words": STANDING_WORDS,
    "standing_chips": STANDING_CHIPS,
}


def check_base() -> str:
    """Return the address to which a code is appended."""
    return url_for(".checked_certificate", code="", _external=True)


def form_choices(session: Session) -> dict[str, object]:
    """Return what the form of a certificate offers."""
    today = clock.today()
    return {
        "kinds": limits.kinds(session, current_actor().community_id),
        "since_on": today.replace(month=1, day=1),
        "through_on": today,
    }


@bp.get("/me/certificates")
@needs("certificate.ask")
@reads
def my_certificates(session: Session) -> ResponseReturnValue:
    """Show one's certificates and the form of a new one."""
    actor = current_actor()
    page = reads_of.certificates(session, actor=actor, person_id=actor.person_id or 0)
    return render_template(
        "volunteering/certificates_mine.html",
        certificates=page.items,
        **form_choices(session),
        **WORDS,
    )


@bp.post("/me/certificates")
@needs("certificate.ask")
@returns_to(my_certificates)
@writes
def ask_certificate(session: Session) -> ResponseReturnValue:
    """Issue a certificate of one's own service."""
    certificate_id = verbs.issue(
        session,
        actor=current_actor(),
        key=request_key(),
        check_base=check_base(),
        **body(CertificateFormIn()),
    )
    return see_other(url_for(".certificate", certificate_id=certificate_id), _("开好了。"))


@bp.get("/certificates/<int:certificate_id>")
@needs("hours.read")
@reads
def certificate(session: Session, certificate_id: int) -> ResponseReturnValue:
    """Show a certificate, how it stands today, and the proofs of what it counts."""
    actor = current_actor()
    found = reads_of.certificate(session, actor=actor, certificate_id=certificate_id)
    facts = reads_of.facts_of(session, found.id)
    url = url_for(".checked_certificate", code=found.code, _external=True)
    return render_template(
        "volunteering/certificate.html",
        certificate=found,
        facts=facts,
        entries=dict(reads_of.entries_of(session, found.id)),
        is_own=found.person_id == actor.person_id,
        qr=qr_svg(url, label=_("扫码查验这份证明")),
        **WORDS,
    )


@bp.get("/certificates/<int:certificate_id>/paper.pdf")
@needs("hours.read")
@reads
def certificate_paper(session: Session, certificate_id: int) -> ResponseReturnValue:
    """Hand over the paper, the same bytes each time; the first time its digest is kept."""
    found = papers.paper_of(session, actor=current_actor(), certificate_id=certificate_id)
    after_this_request(_kept_when_first(found))
    answer = make_response(found.content)
    answer.mimetype = "application/pdf"
    name = found.number if found.is_same else f"{found.number}-redrawn"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer


def _kept_when_first(handed: Paper) -> Callable[[Response], Response]:
    """Return what keeps a paper's digest, once it is drawn and its reads are over."""

    def keep(answer: Response) -> Response:
        if handed.is_first:
            transaction(lambda session: papers.keep_paper(session, handed=handed))
        return answer

    return keep


def _to_certificate(certificate_id: int, notice: str) -> ResponseReturnValue:
    """Go back to a certificate with a notice."""
    return see_other(url_for(".certificate", certificate_id=certificate_id), notice)


@bp.post("/certificates/<int:certificate_id>/consent")
@needs("certificate.ask")
@returns_to(certificate)
@writes
def consent_to_certificate(session: Session, certificate_id: int) -> ResponseReturnValue:
    """Let one's certificate show more to strangers, or no longer."""
    verbs.set_consent(
        session,
        actor=current_actor(),
        certificate_id=certificate_id,
        **body(CertificateConsentIn()),
    )
    return _to_certificate(certificate_id, _("记下了。"))


@bp.post("/certificates/<int:certificate_id>/consent-by-slip")
@needs("paper.serve")
@returns_to(certificate)
@writes
def consent_by_slip(session: Session, certificate_id: int) -> ResponseReturnValue:
    """Note from a signed slip what the volunteer wants shown."""
    verbs.set_consent(
        session,
        actor=current_actor(),
        certificate_id=certificate_id,
        **body(CertificateConsentSlipIn()),
    )
    return _to_certificate(certificate_id, _("记下了。"))


@bp.post("/certificates/<int:certificate_id>/withdraw")
@needs("certificate.withdraw")
@returns_to(certificate)
@writes
def withdraw_certificate(session: Session, certificate_id: int) -> ResponseReturnValue:
    """Say that a certificate holds no longer."""
    verbs.withdraw(
        session,
        actor=current_actor(),
        certificate_id=certificate_id,
        **body(CertificateWithdrawIn()),
    )
    return _to_certificate(certificate_id, _("作废了，查验页上看得到。"))


@bp.get("/papers/issuer")
@needs("paper.manage")
@reads
def certificate_issuer(session: Session) -> ResponseReturnValue:
    """Show who issues certificates."""
    found = reads_of.issuer(session, current_actor().community_id)
    return render_template(
        "volunteering/certificate_issuer.html", issuer=found, days_max=rules.PUBLICITY_DAYS_MAX
    )


@bp.post("/papers/issuer")
@needs("paper.manage")
@returns_to(certificate_issuer)
@writes
def name_certificate_issuer(session: Session) -> ResponseReturnValue:
    """Say who issues certificates from now on."""
    verbs.name_issuer(session, actor=current_actor(), **body(IssuerIn()))
    return see_other(url_for(".certificate_issuer"), _("记下了，以后开的证明都这样写。"))


@bp.get("/c")
@public
@reads
def check_certificate(_session: Session) -> ResponseReturnValue:
    """Ask a stranger for the code on a paper."""
    return render_template("volunteering/certificate_check.html")


@bp.post("/c")
@public
@returns_to(check_certificate)
@writes(keeps_answer=False)
def find_certificate(_session: Session) -> ResponseReturnValue:
    """Go to the page of a typed code."""
    code = rules.tidy_code(body(PublicCodeIn())["code"])
    return see_other(url_for(".checked_certificate", code=code))


def _guesses_count(view: Callable[P, R]) -> Callable[P, R]:
    """Count the codes of a view that nothing has, by the address that sent them."""

    @wraps(view)
    def counted(*args: P.args, **kwargs: P.kwargs) -> R:
        return checks.counting_guesses(
            lambda: view(*args, **kwargs), address=request.remote_addr or ""
        )

    return counted


@bp.get("/c/<code>")
@public
@_guesses_count
@reads
def checked_certificate(session: Session, code: str) -> ResponseReturnValue:
    """Show a stranger how the paper with a code stands today."""
    found = checks.check(session, code=code, address=request.remote_addr or "")
    answer = make_response(
        render_template("volunteering/certificate_checked.html", checked=found, **WORDS)
    )
    # A code is a key to what stands on a paper: no machine that collects pages is to keep it.
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@bp.get("/public/certificates")
@public
@reads
def public_certificates(session: Session) -> ResponseReturnValue:
    """Make public which certificates were issued lately, for whoever knows better."""
    house = neighbours.community(session, query(HouseIn())["community"])
    days, lines = reads_of.made_public(session, house.id)
    return render_template(
        "volunteering/certificates_public.html", house=house, days=days, lines=lines, **WORDS
    )
