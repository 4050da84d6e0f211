"""Pages of the three-way proof: for who handles the money, on paper, and for everybody."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from timebank.cofund.errors.proofs import NotEvenError
from timebank.cofund.pages.frame import bp
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import proofs
from timebank.cofund.rules.proofs import CauseKind
from timebank.kernel import clock
from timebank.web.codes import qr_svg
from timebank.web.doors import current_actor, needs, public, reads

CAUSE_WORDS = {
    CauseKind.NO_HOUSEHOLD: _l("居民的钱没有记到哪一户"),
    CauseKind.NOT_IN_LEDGER: _l("收款记录和账本的分录不一样"),
    CauseKind.NO_RECEIPT: _l("账本上有这笔，收款记录里没有"),
    CauseKind.NOT_AT_BANK: _l("收款记下了，银行流水里没有"),
    CauseKind.REFUND_NOT_AT_BANK: _l("退款记下了，银行流水里没有"),
    CauseKind.STATEMENT: _l("账户的账面和对账单不一样"),
}


@bp.get("/projects/<int:project_id>/proof")
@needs("bank.read")
@reads
def project_proof(session: Session, project_id: int) -> ResponseReturnValue:
    """Show what agreement, bank and ledger say of each party, and what parts them."""
    community_id = current_actor().community_id
    view = queries.project(session, community_id=community_id, project_id=project_id)
    return render_template(
        "cofund/proof.html",
        project=view,
        proven=proofs.proof(session, view),
        cause_words=CAUSE_WORDS,
    )


@bp.get("/projects/<int:project_id>/certificate")
@needs("bank.read")
@reads
def project_certificate(session: Session, project_id: int) -> ResponseReturnValue:
    """Show the certificate that nothing differs, on A4, under the newest seal."""
    community_id = current_actor().community_id
    view = queries.project(session, community_id=community_id, project_id=project_id)
    proven = proofs.proof(session, view)
    if not proven.is_certain:
        raise NotEvenError
    live = url_for(".public_proof", project_id=project_id, _external=True)
    return render_template(
        "cofund/certificate.html",
        project=view,
        proven=proven,
        qr=qr_svg(live, label=_("扫码看现在的对账")),
        printed_at=clock.now(),
    )


@bp.get("/public/projects/<int:project_id>/proof")
@public
@reads
def public_proof(session: Session, project_id: int) -> ResponseReturnValue:
    """Show everybody whether a project's money agrees three ways, without anybody's name."""
    view = queries.project(session, community_id=None, project_id=project_id)
    return render_template(
        "cofund/public_proof.html", project=view, proven=proofs.proof(session, view)
    )
