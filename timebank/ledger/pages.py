"""The ledger's pages, for those who check: books and balances, a statement, an entry, its proof.

Seals are shown to everybody: they say how many entries there are, and nothing of any.
"""

from uuid import UUID

from flask import Blueprint, json, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.ledger.queries import accounts as account_queries
from timebank.ledger.queries import entries as entry_queries
from timebank.ledger.queries import holds as hold_queries
from timebank.ledger.queries import lots as lot_queries
from timebank.ledger.queries import neighbours
from timebank.ledger.queries import periods as period_queries
from timebank.ledger.queries import proofs as proof_queries
from timebank.ledger.queries import seals as seal_queries
from timebank.ledger.queries import statements as statement_queries
from timebank.ledger.rules import proofs
from timebank.ledger.rules.reach import whose
from timebank.ledger.rules.values import AccountKind, Asset, Side
from timebank.ledger.schemas import AccountsIn, ProofIn, SealIn, SealsIn
from timebank.web.api import PageIn
from timebank.web.codes import qr_svg
from timebank.web.doors import body, current_actor, needs, public, query, reads, returns_to, writes
from timebank.web.panels import behind

bp = Blueprint("ledger", __name__)

ASSET_WORDS = {Asset.MINUTES: lazy_gettext("时间"), Asset.YUAN: lazy_gettext("钱")}
KIND_WORDS = {
    AccountKind.BOUNDED: lazy_gettext("有底线，不能透支"),
    AccountKind.OPEN: lazy_gettext("不设余额，只累计"),
}
ENTRY_WORDS = {
    "hours.earned": lazy_gettext("服务时间到账"),
    "hours.earned.reversed": lazy_gettext("服务时间的冲正"),
    "care.redeemed": lazy_gettext("换服务"),
    "care.redeemed.reversed": lazy_gettext("换服务的冲正"),
    "bank.line": lazy_gettext("银行流水入账"),
    "bank.opening": lazy_gettext("银行期初余额"),
    "cofund.received": lazy_gettext("出资到账"),
    "cofund.spent": lazy_gettext("项目付款"),
    "cofund.refunded": lazy_gettext("退回余款"),
}
SIDE_WORDS = {Side.DEBIT: lazy_gettext("借方增加"), Side.CREDIT: lazy_gettext("贷方增加")}


@bp.get("/ledger")
@needs("ledger.audit")
@reads
def books(session: Session) -> ResponseReturnValue:
    """Show the books, and the accounts of one with their balances."""
    asked, community_id = query(AccountsIn()), current_actor().community_id
    found = account_queries.books(session, community_id)
    book_id = asked.pop("book_id", found[0].id if found else 0)
    page = account_queries.accounts(session, community_id=community_id, book_id=book_id, **asked)
    return render_template(
        "ledger/books.html",
        books=found,
        chosen=next((book for book in found if book.id == book_id), None),
        states=account_queries.with_balances(session, page.items),
        periods=period_queries.periods(session, book_id),
        next_url=page.next_cursor and url_for(".books", book_id=book_id, cursor=page.next_cursor),
        kind_words=KIND_WORDS,
    )


@bp.get("/ledger/accounts/<int:account_id>")
@needs("ledger.read")
@reads
def account(session: Session, account_id: int) -> ResponseReturnValue:
    """Show an account's balance and its statement."""
    actor, asked = current_actor(), query(PageIn())
    state = account_queries.state(
        session, community_id=actor.community_id, account_id=account_id, person_id=whose(actor)
    )
    found, page = state.account, statement_queries.statement_of(session, state, **asked)
    return render_template(
        "ledger/account.html",
        account=found,
        book=account_queries.book(session, community_id=actor.community_id, book_id=found.book_id),
        balance=state.balance,
        holds=hold_queries.open_holds(session, account_id),
        lots=lot_queries.open_lots(session, account_id),
        lines=page.items,
        next_url=page.next_cursor
        and url_for(".account", account_id=account_id, cursor=page.next_cursor),
        may_audit=actor.may("ledger.audit"),
        words={**ASSET_WORDS, **KIND_WORDS, **SIDE_WORDS},
    )


@bp.get("/ledger/entries/<uuid:entry_id>")
@needs("ledger.read")
@reads
def entry(session: Session, entry_id: UUID) -> ResponseReturnValue:
    """Show an entry: what moved, who recorded it, when and why, and what undid it."""
    actor = current_actor()
    found = entry_queries.entry_within(
        session, community_id=actor.community_id, entry_id=entry_id, person_id=whose(actor)
    )
    return render_template(
        "ledger/entry.html",
        entry=found,
        book=account_queries.book(session, community_id=actor.community_id, book_id=found.book_id),
        may_audit=actor.may("ledger.audit"),
        is_sealed=seal_queries.is_sealed(session, found.id),
        behind=behind(session, actor, [entry_id]).get(entry_id),
        kind_words=ENTRY_WORDS,
    )


@bp.get("/ledger/entries/<uuid:entry_id>/proof")
@needs("ledger.read")
@reads
def entry_proof(session: Session, entry_id: UUID) -> ResponseReturnValue:
    """Show on paper where an entry is sealed, and how a stranger can check it."""
    found = _proof(session, entry_id)
    checked = proofs.check(found)
    code = qr_svg(url_for(".check_proof", _external=True), label=_("扫码查验"))
    return render_template(
        "ledger/proof.html",
        proof=found,
        checked=checked,
        block=seal_queries.block(session, checked.community_id, checked.number),
        entry_id=entry_id,
        qr=code,
    )


@bp.get("/ledger/entries/<uuid:entry_id>/proof.json")
@needs("ledger.read")
@reads
def entry_proof_file(session: Session, entry_id: UUID) -> ResponseReturnValue:
    """Hand over the proof of an entry as a file."""
    document = proofs.document(_proof(session, entry_id))
    answer = make_response(json.dumps(document, ensure_ascii=False, indent=2))
    answer.mimetype = "application/json"
    answer.headers["Content-Disposition"] = f'attachment; filename="proof-{entry_id}.json"'
    return answer


def _proof(session: Session, entry_id: UUID) -> proofs.Proof:
    """Return the proof of an entry that the reader may see."""
    actor = current_actor()
    found = entry_queries.entry_within(
        session, community_id=actor.community_id, entry_id=entry_id, person_id=whose(actor)
    )
    return seal_queries.proof(session, found.id)


@bp.get("/seals")
@public
@reads
def seals(session: Session) -> ResponseReturnValue:
    """Show everybody the seals of a community: when, how many entries, under which head."""
    asked = query(SealsIn())
    house = neighbours.community(session, asked.pop("community", None))
    page = seal_queries.blocks(session, house.id, **asked)
    more = page.next_cursor and url_for(".seals", community=house.code, cursor=page.next_cursor)
    return render_template("ledger/seals.html", house=house, blocks=page.items, next_url=more)


@bp.get("/seals/<int:number>")
@public
@reads
def seal(session: Session, number: int) -> ResponseReturnValue:
    """Show everybody one block in full."""
    house = neighbours.community(session, query(SealIn()).get("community"))
    found = seal_queries.block(session, house.id, number)
    return render_template("ledger/seal.html", house=house, block=found)


@bp.get("/seals/check")
@public
@reads
def check_proof(_session: Session) -> ResponseReturnValue:
    """Ask for a proof to check."""
    return render_template("ledger/check_proof.html", checked=None)


@bp.post("/seals/check")
@public
@returns_to(check_proof)
@writes(keeps_answer=False)
def checked_proof(session: Session) -> ResponseReturnValue:
    """Say step by step what of a stranger's proof holds; nothing of it is kept."""
    proof = proofs.read_proof(_sent_proof())
    checked = proofs.check(proof)
    return render_template(
        "ledger/check_proof.html",
        proof=proof,
        checked=checked,
        is_ours=seal_queries.is_head(session, checked, blocks=proof.blocks, head=proof.head),
    )


def _sent_proof() -> str:
    """Return what was uploaded, or else what was pasted."""
    file = request.files.get("file")
    if file is not None and file.filename:
        content: bytes = file.read(proofs.PROOF_BYTES_MAX + 1)
        return content.decode(errors="replace")
    return str(body(ProofIn())["proof"])


@bp.get("/ledger/proofs", endpoint="proofs")
@needs("ledger.audit")
@reads
def last_proofs(session: Session) -> ResponseReturnValue:
    """Show the last proofs of the books, and what was wrong."""
    found = proof_queries.proofs(session, current_actor().community_id)
    return render_template("ledger/proofs.html", proofs=found)
