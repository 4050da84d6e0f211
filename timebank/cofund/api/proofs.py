"""The three-way proof, for programs."""

from collections.abc import Sequence
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from timebank.cofund.api.frame import api
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import proofs
from timebank.cofund.rules.proofs import Proven
from timebank.cofund.schemas.proofs import OwnCheckIn, OwnPaymentOut, ProofOut
from timebank.cofund.service import own_checks
from timebank.cofund.service.own_checks import OwnPayment
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, public, reads, writes


@api.get("/projects/<int:project_id>/proof")
@needs("bank.read")
@reads
@gives(ProofOut)
def project_proof(session: Session, project_id: int) -> Proven:
    """What agreement, bank and ledger say of each party, and the rows that part them."""
    view = queries.project(
        session, community_id=current_actor().community_id, project_id=project_id
    )
    return proofs.proof(session, view)


@api.post("/payment-checks")
@public
@writes(keyed=True, keeps_answer=False)
@takes(OwnCheckIn)
@gives(OwnPaymentOut, many=True)
def check_own(
    session: Session,
    *,
    payment_code: str = "",
    amount_fen: int | None = None,
    receipt_id: UUID | None = None,
    community: str | None = None,
) -> Sequence[OwnPayment]:
    """A resident's own payment with the proof that it is sealed, found without logging in."""
    return own_checks.check_payment(
        session,
        address=request.remote_addr or "",
        payment_code=payment_code,
        amount_fen=amount_fen,
        receipt_id=receipt_id,
        community=community,
    )
