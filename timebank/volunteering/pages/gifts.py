"""What members see of giving: pools and what became of gifts, the family wallet.

A list to which a refused act returns is handed what the act was about; it shows everything.
"""

from collections.abc import Collection
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel.actor import Actor
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import clearing, gifts_behind, limits, passbook
from timebank.volunteering.queries import pools as pool_queries
from timebank.volunteering.queries import wallet as wallet_queries
from timebank.volunteering.rules import gifts as rules
from timebank.volunteering.schemas.gifts import GiftFormIn, WalletFormIn, WalletGiftIn
from timebank.volunteering.service import pools, spending, wallet
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)


@bp.get("/me/giving")
@needs("hours.give")
@reads
def give(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show the pools, what one can give, and what became of what one gave."""
    actor = current_actor()
    community_id, person_id = actor.community_id, actor.person_id
    return render_template(
        "volunteering/gifts_give.html",
        pools=pool_queries.pools(session, actor.community_id, only_open=True),
        balance=passbook.balance(session, community_id=community_id, person_id=person_id),
        donation=passbook.donation_balance(session, community_id=community_id, person_id=person_id),
        helped=pool_queries.helped(session, person_id=actor.person_id),
        one_tap=rules.ONE_TAP_MINUTES,
    )


@bp.post("/pools/<int:pool_id>/gifts")
@needs("hours.give")
@returns_to(give)
@writes
def give_to_pool(session: Session, pool_id: int) -> ResponseReturnValue:
    """Give minutes to a pool."""
    pools.give_to_pool(
        session, actor=current_actor(), key=request_key(), pool_id=pool_id, **body(GiftFormIn())
    )
    return see_other(url_for(".give"), _("捐出去了，谢谢您。帮到了谁，会在这里告诉您。"))


@bp.get("/me/wallets")
@needs("hours.give")
@reads
def wallets(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show with whom one has agreed on gifts, and the form of a new wallet."""
    actor = current_actor()
    person_id = actor.person_id or 0
    return render_template(
        "volunteering/wallets.html",
        wallets=wallet_queries.wallets(session, person_id=actor.person_id),
        relatives=[
            (one.person_id, one.name)
            for one in community_queries.relatives(session, person_id)
            if one.verified_on is not None
        ],
        policy=limits.policy(session, actor.community_id),
        balance=passbook.balance(
            session, community_id=actor.community_id, person_id=actor.person_id
        ),
    )


@bp.post("/me/wallets")
@needs("hours.give")
@returns_to(wallets)
@writes
def open_wallet(session: Session) -> ResponseReturnValue:
    """Ask somebody to receive."""
    wallet.open_wallet(session, actor=current_actor(), **body(WalletFormIn()))
    return see_other(url_for(".wallets"), _("记下了，等对方同意。"))


@bp.post("/wallets/<int:wallet_id>/agree")
@needs("hours.give")
@returns_to(wallets)
@writes
def agree_to_wallet(session: Session, wallet_id: int) -> ResponseReturnValue:
    """Agree to receive."""
    wallet.agree_to_wallet(session, actor=current_actor(), wallet_id=wallet_id)
    return see_other(url_for(".wallets"), _("您同意了，对方可以转时间给您。随时可以停。"))


@bp.post("/wallets/<int:wallet_id>/end")
@needs("hours.give")
@returns_to(wallets)
@writes
def end_wallet(session: Session, wallet_id: int) -> ResponseReturnValue:
    """End a wallet."""
    wallet.end_wallet(session, actor=current_actor(), wallet_id=wallet_id)
    return see_other(url_for(".wallets"), _("停了，以前转的不变。"))


@bp.post("/wallets/<int:wallet_id>/give")
@needs("hours.give")
@returns_to(wallets)
@writes
def give_by_wallet(session: Session, wallet_id: int) -> ResponseReturnValue:
    """Give minutes by a wallet."""
    wallet.give_by_wallet(
        session,
        actor=current_actor(),
        key=request_key(),
        wallet_id=wallet_id,
        **body(WalletGiftIn()),
    )
    return see_other(url_for(".wallets"), _("转好了。"))


@bp.post("/wallets/<int:wallet_id>/spending/allow")
@needs("hours.give")
@returns_to(wallets)
@writes
def allow_spending(session: Session, wallet_id: int) -> ResponseReturnValue:
    """Let the other one spend directly."""
    spending.allow_spending(session, actor=current_actor(), wallet_id=wallet_id)
    return see_other(url_for(".wallets"), _("记下了。每用一次，您的首页上都会写明。"))


@bp.post("/wallets/<int:wallet_id>/spending/forbid")
@needs("hours.give")
@returns_to(wallets)
@writes
def forbid_spending(session: Session, wallet_id: int) -> ResponseReturnValue:
    """Let the other one spend no longer."""
    spending.forbid_spending(session, actor=current_actor(), wallet_id=wallet_id)
    return see_other(url_for(".wallets"), _("收回了，从现在起他不能再用，约好没办的也不行。"))


def giving_panel(session: Session, actor: Actor) -> Markup:
    """Return the ways to give time away, to here or elsewhere, for the first screen of members."""
    if not actor.may("hours.give"):
        return Markup()
    donation = passbook.donation_balance(
        session, community_id=actor.community_id, person_id=actor.person_id
    )
    return Markup(  # noqa: S704 - a template of ours, escaped by Jinja
        render_template(
            "volunteering/gifts_panel.html",
            donation=donation,
            is_elsewhere=clearing.agreed_with(session, actor.community_id),
        )
    )


def lines_behind(session: Session, actor: Actor, entry_ids: Collection[UUID]) -> dict[UUID, Markup]:
    """Return what stands behind lines of one's own passbook that no service explains."""
    found = gifts_behind.behind(session, actor=actor, entry_ids=entry_ids)
    return {
        entry_id: Markup(  # noqa: S704 - a template of ours, escaped by Jinja
            render_template("volunteering/gifts_behind.html", behind=line)
        )
        for entry_id, line in found.items()
    }
