"""The ledger's pages, for those who check: books and balances, a statement, an entry."""

from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.ledger.queries import accounts as account_queries
from timebank.ledger.queries import entries as entry_queries
from timebank.ledger.queries import holds as hold_queries
from timebank.ledger.queries import proofs as proof_queries
from timebank.ledger.queries import statements as statement_queries
from timebank.ledger.rules.reach import whose
from timebank.ledger.rules.values import AccountKind, Asset, Side
from timebank.ledger.schemas import AccountsIn
from timebank.web.api import PageIn
from timebank.web.doors import current_actor, needs, query, reads
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
        next_url=page.next_cursor and url_for(".books", book_id=book_id, cursor=page.next_cursor),
        kind_words=KIND_WORDS,
    )


@bp.get("/ledger/accounts/<int:account_id>")
@needs("ledger.read")
@reads
def account(session: Session, account_id: int) -> ResponseReturnValue:
    """Show an account's balance and its statement."""
    actor, asked = current_actor(), query(PageIn())
    found = account_queries.account(
        session, community_id=actor.community_id, account_id=account_id, person_id=whose(actor)
    )
    page = statement_queries.statement(session, account_id, **asked)
    return render_template(
        "ledger/account.html",
        account=found,
        book=account_queries.book(session, community_id=actor.community_id, book_id=found.book_id),
        balance=account_queries.balance(session, account_id),
        holds=hold_queries.open_holds(session, account_id),
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
        behind=behind(session, actor, [entry_id]).get(entry_id),
        kind_words=ENTRY_WORDS,
    )


@bp.get("/ledger/proofs")
@needs("ledger.audit")
@reads
def proofs(session: Session) -> ResponseReturnValue:
    """Show the last proofs of the books, and what was wrong."""
    found = proof_queries.proofs(session, current_actor().community_id)
    return render_template("ledger/proofs.html", proofs=found)
