"""What staff see of pools: what is in them, who asks for whom, who decides.

A list to which a refused act returns is handed what the act was about; it shows everything.
"""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import pools as reads_of
from timebank.volunteering.queries import wallet as wallet_queries
from timebank.volunteering.rules.gifts import GrantState
from timebank.volunteering.schemas.gifts import GrantFormIn, NewGrantQuery, PoolIn
from timebank.volunteering.schemas.records import ReasonIn, SlipIn
from timebank.volunteering.service import pools as verbs
from timebank.volunteering.service import wallet
from timebank.web.api import PageIn
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)


@bp.get("/pools")
@needs("pool.read")
@reads
def hours_pools(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show the pools and what waits for a decision."""
    actor = current_actor()
    return render_template(
        "volunteering/pools.html",
        pools=reads_of.pools(session, actor.community_id),
        waiting=reads_of.grants(session, actor=actor, state=GrantState.REQUESTED).items,
    )


@bp.post("/pools")
@needs("pool.manage")
@returns_to(hours_pools)
@writes
def open_pool(session: Session) -> ResponseReturnValue:
    """Open a pool."""
    pool_id = verbs.open_pool(session, actor=current_actor(), **body(PoolIn()))
    return see_other(url_for(".hours_pool", pool_id=pool_id), _("公益池开好了。"))


@bp.get("/pools/<int:pool_id>")
@needs("pool.read")
@reads
def hours_pool(session: Session, pool_id: int) -> ResponseReturnValue:
    """Show a pool and its grants."""
    actor = current_actor()
    page = reads_of.grants(
        session, actor=actor, pool_id=pool_id, **query(PageIn(unknown="exclude"))
    )
    cursor = page.next_cursor
    return render_template(
        "volunteering/pool.html",
        pool=reads_of.pool(session, community_id=actor.community_id, pool_id=pool_id),
        grants=page.items,
        next_url=cursor and url_for(".hours_pool", pool_id=pool_id, cursor=cursor),
    )


@bp.post("/pools/<int:pool_id>/close")
@needs("pool.manage")
@returns_to(hours_pool)
@writes
def close_pool(session: Session, pool_id: int) -> ResponseReturnValue:
    """Let a pool take no more gifts."""
    verbs.switch_pool(session, actor=current_actor(), pool_id=pool_id, is_open=False)
    return see_other(url_for(".hours_pool", pool_id=pool_id), _("停收了，池里的还可以帮人。"))


@bp.post("/pools/<int:pool_id>/reopen")
@needs("pool.manage")
@returns_to(hours_pool)
@writes
def reopen_pool(session: Session, pool_id: int) -> ResponseReturnValue:
    """Let a pool take gifts again."""
    verbs.switch_pool(session, actor=current_actor(), pool_id=pool_id, is_open=True)
    return see_other(url_for(".hours_pool", pool_id=pool_id), _("又可以捐了。"))


@bp.get("/pools/<int:pool_id>/grants/new")
@needs("grant.request")
@reads
def new_grant(session: Session, pool_id: int) -> ResponseReturnValue:
    """Show the form of a grant, with those whom the writer may mean."""
    actor = current_actor()
    asked = query(NewGrantQuery())
    people = community_queries.search_persons(
        session,
        community_id=actor.community_id,
        text=asked["text"],
        reach=actor.reach("grant.request"),
        limit=8,
    )
    return render_template(
        "volunteering/pool_grant_new.html",
        pool=reads_of.pool(session, community_id=actor.community_id, pool_id=pool_id),
        people=[(one.id, f"{one.name} {one.place_label}") for one in people],
        text=asked["text"],
    )


@bp.post("/pools/<int:pool_id>/grants/new")
@needs("grant.request")
@returns_to(new_grant)
@writes
def request_grant(session: Session, pool_id: int) -> ResponseReturnValue:
    """Ask for minutes for somebody in need."""
    verbs.request_grant(
        session, actor=current_actor(), key=request_key(), pool_id=pool_id, **body(GrantFormIn())
    )
    return see_other(url_for(".hours_pool", pool_id=pool_id), _("申请记下了，等另一位批准。"))


@bp.post("/grants/<int:grant_id>/approve")
@needs("grant.approve")
@returns_to(hours_pools)
@writes
def approve_grant(session: Session, grant_id: int) -> ResponseReturnValue:
    """Grant what another asked for."""
    verbs.approve_grant(session, actor=current_actor(), grant_id=grant_id)
    return see_other(url_for(".hours_pools"), _("批准了，时间已到对方账上。"))


@bp.post("/grants/<int:grant_id>/refuse")
@needs("grant.approve")
@returns_to(hours_pools)
@writes
def refuse_grant(session: Session, grant_id: int) -> ResponseReturnValue:
    """Refuse a grant."""
    verbs.refuse_grant(session, actor=current_actor(), grant_id=grant_id, **body(ReasonIn()))
    return see_other(url_for(".hours_pools"), _("没有批准，时间退回池里。"))


@bp.post("/grants/<int:grant_id>/withdraw")
@needs("grant.request")
@returns_to(hours_pools)
@writes
def withdraw_grant(session: Session, grant_id: int) -> ResponseReturnValue:
    """Take a request back."""
    verbs.withdraw_grant(session, actor=current_actor(), grant_id=grant_id)
    return see_other(url_for(".hours_pools"), _("申请收回了，时间退回池里。"))


@bp.get("/wallets")
@needs("wallet.assist")
@reads
def waiting_wallets(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show the wallets whose receiver has still to agree, for those without a phone."""
    found = wallet_queries.waiting(session, community_id=current_actor().community_id)
    return render_template("volunteering/wallets_waiting.html", wallets=found)


@bp.post("/wallets/<int:wallet_id>/agree-by-slip")
@needs("wallet.assist")
@returns_to(waiting_wallets)
@writes
def agree_by_slip(session: Session, wallet_id: int) -> ResponseReturnValue:
    """Note that the receiver agreed on paper."""
    wallet.agree_by_slip(session, actor=current_actor(), wallet_id=wallet_id, **body(SlipIn()))
    return see_other(url_for(".waiting_wallets"), _("记下了，可以转了。"))
