"""Handing over a certificate's paper: drawn when it is wanted, its digest kept the first time."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.errors import certificates as errors
from timebank.volunteering.models.certificates import CertificatePaper, ServiceCertificate
from timebank.volunteering.queries import certificates as queries
from timebank.volunteering.rules import certificates as rules
from timebank.volunteering.service import certificate_paper as paper


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it is handed over.

    ``is_first`` is whether it was never handed over before, ``is_same`` whether it is the very
    bytes that were handed over the first time.
    """

    certificate_id: int
    number: str
    content: bytes
    digest: str
    is_first: bool
    is_same: bool


def paper_of(session: Session, *, actor: Actor, certificate_id: int) -> Paper:
    """Return a certificate's paper, drawn from what is kept; nothing is written.

    Under the same versions of font and libraries it is the same to the byte; under others it says
    the same, and ``is_same`` tells that it is not.

    Raises:
        CertificateNotFoundError
        PaperChangedError: what is kept is not what was issued.
    """
    view = queries.certificate(session, actor=actor, certificate_id=certificate_id)
    row = session.get_one(ServiceCertificate, view.id)
    if rules.digest(row.facts) != row.facts_digest:
        raise errors.PaperChangedError
    content = paper.draw(rules.read(row.facts))
    digest = rules.digest(content)
    known = session.scalar(
        select(CertificatePaper.digest).where(CertificatePaper.certificate_id == row.id)
    )
    return Paper(view.id, view.number_text, content, digest, known is None, known in {None, digest})


def keep_paper(session: Session, *, handed: Paper) -> None:
    """Keep the digest of the paper that was handed over first; of two at once one stays."""
    is_lite = session.get_bind().dialect.name == "sqlite"
    add = (sqlite.insert if is_lite else postgresql.insert)(CertificatePaper)
    community_id = (
        select(ServiceCertificate.community_id)
        .where(ServiceCertificate.id == handed.certificate_id)
        .scalar_subquery()
    )
    session.execute(
        add.values(
            community_id=community_id,
            certificate_id=handed.certificate_id,
            digest=handed.digest,
            handed_at=clock.now(),
        ).on_conflict_do_nothing(index_elements=[CertificatePaper.certificate_id])
    )
