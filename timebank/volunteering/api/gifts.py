"""Giving, for programs: pools, grants, family wallets."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import pools as pool_queries
from timebank.volunteering.queries import wallet as wallet_queries
from timebank.volunteering.rules.gifts import (
    GrantState,
    GrantView,
    HelpedView,
    Need,
    PoolView,
    Source,
    UseView,
    WalletView,
)
from timebank.volunteering.schemas.gifts import (
    GiftIn,
    GrantIn,
    GrantListIn,
    GrantOut,
    HelpedOut,
    PoolIn,
    PoolOut,
    UseOut,
    WalletGiftIn,
    WalletIn,
    WalletOut,
)
from timebank.volunteering.schemas.records import ReasonIn, SlipIn
from timebank.volunteering.service import pools, spending, wallet
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


def _pool(session: Session, pool_id: int) -> PoolView:
    """Return a pool as it is now."""
    return pool_queries.pool(session, community_id=current_actor().community_id, pool_id=pool_id)


@api.get("/hours-pools")
@needs("hours.read")
@reads
@gives(PoolOut, many=True)
def list_pools(session: Session) -> Sequence[PoolView]:
    """The pools of the community with what is in them."""
    return pool_queries.pools(session, current_actor().community_id)


@api.post("/hours-pools")
@needs("pool.manage")
@writes(keyed=True)
@takes(PoolIn)
@gives(PoolOut, status=201)
def open_pool(session: Session, *, name: str, purpose: str) -> PoolView:
    """Open a pool."""
    return _pool(
        session, pools.open_pool(session, actor=current_actor(), name=name, purpose=purpose)
    )


@api.post("/hours-pools/<int:pool_id>/close")
@needs("pool.manage")
@writes(keyed=True)
@gives(PoolOut)
def close_pool(session: Session, pool_id: int) -> PoolView:
    """Let a pool take no more gifts."""
    pools.switch_pool(session, actor=current_actor(), pool_id=pool_id, is_open=False)
    return _pool(session, pool_id)


@api.post("/hours-pools/<int:pool_id>/reopen")
@needs("pool.manage")
@writes(keyed=True)
@gives(PoolOut)
def reopen_pool(session: Session, pool_id: int) -> PoolView:
    """Let a pool take gifts again."""
    pools.switch_pool(session, actor=current_actor(), pool_id=pool_id, is_open=True)
    return _pool(session, pool_id)


@api.post("/hours-pools/<int:pool_id>/gifts")
@needs("hours.give")
@writes(keyed=True)
@takes(GiftIn)
@gives(PoolOut)
def give_to_pool(session: Session, pool_id: int, *, minutes: int, source: Source) -> PoolView:
    """Give minutes of one's own, or those that may only be given away, to a pool."""
    pools.give_to_pool(
        session,
        actor=current_actor(),
        key=request_key(),
        pool_id=pool_id,
        minutes=minutes,
        source=source,
    )
    return _pool(session, pool_id)


@api.get("/me/gifts")
@needs("hours.give")
@reads
@gives(HelpedOut, many=True)
def my_gifts(session: Session) -> Sequence[HelpedView]:
    """What became of the sender's gifts: numbers, no names."""
    return pool_queries.helped(session, person_id=current_actor().person_id)


@api.get("/pool-grants")
@needs("pool.read")
@reads
@takes(GrantListIn, where="query")
@gives_page(GrantOut)
def list_grants(
    session: Session,
    *,
    limit: int,
    cursor: str | None = None,
    pool_id: int | None = None,
    state: GrantState | None = None,
) -> Page[GrantView]:
    """Grants of the community, newest first."""
    return pool_queries.grants(
        session, actor=current_actor(), pool_id=pool_id, state=state, cursor=cursor, limit=limit
    )


@api.post("/hours-pools/<int:pool_id>/grants")
@needs("grant.request")
@writes(keyed=True)
@takes(GrantIn)
@gives(GrantOut, status=201)
def request_grant(
    session: Session,
    pool_id: int,
    *,
    person_id: int,
    minutes: int,
    need: Need,
    case_number: str,
    reason: str,
) -> GrantView:
    """Ask for minutes for somebody in need; they are set aside until another decides."""
    grant_id = pools.request_grant(
        session,
        actor=current_actor(),
        key=request_key(),
        pool_id=pool_id,
        person_id=person_id,
        minutes=minutes,
        need=need,
        case_number=case_number,
        reason=reason,
    )
    return pool_queries.grant(session, grant_id=grant_id)


@api.post("/pool-grants/<int:grant_id>/approve")
@needs("grant.approve")
@writes(keyed=True)
@gives(GrantOut)
def approve_grant(session: Session, grant_id: int) -> GrantView:
    """Grant what another asked for."""
    pools.approve_grant(session, actor=current_actor(), grant_id=grant_id)
    return pool_queries.grant(session, grant_id=grant_id)


@api.post("/pool-grants/<int:grant_id>/refuse")
@needs("grant.approve")
@writes(keyed=True)
@takes(ReasonIn)
@gives(GrantOut)
def refuse_grant(session: Session, grant_id: int, *, reason: str) -> GrantView:
    """Refuse a grant with the reason."""
    pools.refuse_grant(session, actor=current_actor(), grant_id=grant_id, reason=reason)
    return pool_queries.grant(session, grant_id=grant_id)


@api.post("/pool-grants/<int:grant_id>/withdraw")
@needs("grant.request")
@writes(keyed=True)
@gives(GrantOut)
def withdraw_grant(session: Session, grant_id: int) -> GrantView:
    """Take back what one has asked for."""
    pools.withdraw_grant(session, actor=current_actor(), grant_id=grant_id)
    return pool_queries.grant(session, grant_id=grant_id)


def _wallet(session: Session, wallet_id: int) -> WalletView:
    """Return one of the sender's wallets as it is now."""
    return wallet_queries.wallet(session, wallet_id=wallet_id, person_id=current_actor().person_id)


@api.get("/me/wallets")
@needs("hours.give")
@reads
@gives(WalletOut, many=True)
def list_wallets(session: Session) -> Sequence[WalletView]:
    """The wallets in which the sender gives or receives."""
    return wallet_queries.wallets(session, person_id=current_actor().person_id)


@api.post("/me/wallets")
@needs("hours.give")
@writes(keyed=True)
@takes(WalletIn)
@gives(WalletOut, status=201)
def open_wallet(
    session: Session, *, receiver_id: int | None, receiver_card: str, month_minutes_max: int
) -> WalletView:
    """Ask somebody of one's circle to receive minutes, up to so many a month."""
    wallet_id = wallet.open_wallet(
        session,
        actor=current_actor(),
        receiver_id=receiver_id,
        receiver_card=receiver_card,
        month_minutes_max=month_minutes_max,
    )
    return _wallet(session, wallet_id)


@api.post("/family-wallets/<int:wallet_id>/agree")
@needs("hours.give")
@writes(keyed=True)
@gives(WalletOut)
def agree_to_wallet(session: Session, wallet_id: int) -> WalletView:
    """Agree to receive, as the receiver."""
    wallet.agree_to_wallet(session, actor=current_actor(), wallet_id=wallet_id)
    return _wallet(session, wallet_id)


@api.post("/family-wallets/<int:wallet_id>/end")
@needs("hours.give")
@writes(keyed=True)
@gives(WalletOut)
def end_wallet(session: Session, wallet_id: int) -> WalletView:
    """End a wallet, as either of the two."""
    wallet.end_wallet(session, actor=current_actor(), wallet_id=wallet_id)
    return _wallet(session, wallet_id)


@api.post("/family-wallets/<int:wallet_id>/gifts")
@needs("hours.give")
@writes(keyed=True)
@takes(WalletGiftIn)
@gives(WalletOut)
def give_by_wallet(session: Session, wallet_id: int, *, minutes: int) -> WalletView:
    """Give minutes to the one who agreed to receive them."""
    wallet.give_by_wallet(
        session, actor=current_actor(), key=request_key(), wallet_id=wallet_id, minutes=minutes
    )
    return _wallet(session, wallet_id)


@api.post("/family-wallets/<int:wallet_id>/allow-spending")
@needs("hours.give")
@writes(keyed=True)
@gives(WalletOut)
def allow_spending(session: Session, wallet_id: int) -> WalletView:
    """Let the other one spend one's minutes directly, within the wallet's limit."""
    actor = current_actor()
    spending.allow_spending(session, actor=actor, wallet_id=wallet_id)
    return wallet_queries.wallet(session, wallet_id=wallet_id, person_id=actor.person_id)


@api.post("/family-wallets/<int:wallet_id>/forbid-spending")
@needs("hours.give")
@writes(keyed=True)
@gives(WalletOut)
def forbid_spending(session: Session, wallet_id: int) -> WalletView:
    """Let the other one spend no longer, at once."""
    actor = current_actor()
    spending.forbid_spending(session, actor=actor, wallet_id=wallet_id)
    return wallet_queries.wallet(session, wallet_id=wallet_id, person_id=actor.person_id)


@api.get("/me/family-uses")
@needs("hours.give")
@reads
@gives(UseOut, many=True)
def my_family_uses(session: Session) -> Sequence[UseView]:
    """What relatives spent of the sender's minutes in the last year."""
    since = clock.today() - timedelta(days=365)
    return wallet_queries.uses_of(session, person_id=current_actor().person_id or 0, since=since)


@api.get("/family-wallets/waiting")
@needs("wallet.assist")
@reads
@gives(WalletOut, many=True)
def list_waiting(session: Session) -> Sequence[WalletView]:
    """The wallets of the community whose receiver has still to agree."""
    return wallet_queries.waiting(session, community_id=current_actor().community_id)


@api.post("/family-wallets/<int:wallet_id>/agree-by-slip")
@needs("wallet.assist")
@writes(keyed=True)
@takes(SlipIn)
@gives(status=204)
def agree_by_slip(session: Session, wallet_id: int, *, slip_number: str) -> None:
    """Note that the receiver has agreed on a signed slip."""
    wallet.agree_by_slip(
        session, actor=current_actor(), wallet_id=wallet_id, slip_number=slip_number
    )
