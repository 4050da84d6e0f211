"""The three-way proof, for programs."""

from sqlalchemy.orm import Session

from timebank.cofund.api.frame import api
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import proofs
from timebank.cofund.rules.proofs import Proven
from timebank.cofund.schemas.proofs import ProofOut
from timebank.web.api import gives
from timebank.web.doors import current_actor, needs, reads


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
