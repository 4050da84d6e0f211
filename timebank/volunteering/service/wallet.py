"""The family wallet: opened by one, agreed to by the other, used up to a limit, ended by either."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.trail import service as trail
from timebank.volunteering.errors import gifts as errors
from timebank.volunteering.errors.records import CardNotFoundError, PersonUnknownError
from timebank.volunteering.models.wallet import FamilyGift, FamilyWallet
from timebank.volunteering.queries import limits
from timebank.volunteering.queries import wallet as queries
from timebank.volunteering.rules import gifts as rules
from timebank.volunteering.rules import notices
from timebank.volunteering.rules.gifts import Consent
from timebank.volunteering.service import books
from timebank.volunteering.service.pools import post_gift
from timebank.volunteering.service.tidings_of_hours import of_account, of_wallet

GIVEN = "hours.given"
MEMO = "转给家里人的时间"


def open_wallet(
    session: Session,
    *,
    actor: Actor,
    month_minutes_max: int,
    receiver_id: int | None = None,
    receiver_card: str = "",
) -> int:
    """Ask somebody of one's circle to receive minutes, up to so many a month; return the wallet.

    Raises:
        NoAccountToGiveError, WalletWithSelfError, PersonUnknownError, CardNotFoundError
        GiftsNotAllowedError, OutsideCircleError: the rules do not let minutes go there.
        WalletThereError: the two have one already.
    """
    giver_id = actor.person_id
    if giver_id is None:
        raise errors.NoAccountToGiveError
    receiver_id = _receiver(session, actor, receiver_id, receiver_card)
    if receiver_id == giver_id:
        raise errors.WalletWithSelfError(field="receiver_id")
    _check_circle(session, actor, giver_id=giver_id, receiver_id=receiver_id)
    row = FamilyWallet(
        community_id=actor.community_id,
        giver_id=giver_id,
        receiver_id=receiver_id,
        month_minutes_max=month_minutes_max,
        opened_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise errors.WalletThereError from error
    _leave_trail(session, actor, "wallet_opened", row.id)
    of_wallet(session, actor=actor, row=row, verb="wallet_opened")
    return row.id


def agree_to_wallet(session: Session, *, actor: Actor, wallet_id: int) -> None:
    """Agree to receive, as the receiver.

    Raises:
        WalletNotFoundError, NotReceiverError, WalletEndedError
    """
    row = _locked(session, actor, wallet_id, own=True)
    if actor.person_id != row.receiver_id:
        raise errors.NotReceiverError
    _agree(session, actor, row, Consent.LOGIN)


def agree_by_slip(session: Session, *, actor: Actor, wallet_id: int, slip_number: str) -> None:
    """Note that the receiver has agreed on a signed slip, as staff who are no party to it.

    Raises:
        WalletNotFoundError, WalletEndedError
        GrantToOwnError: the actor is one of the two, or kin of one.
        ConsentSlipUsedError: the slip stands for another wallet.
    """
    row = _locked(session, actor, wallet_id, own=False)
    near = limits.kin_ids(session, actor.person_id) if actor.person_id is not None else ()
    for party in (row.giver_id, row.receiver_id):
        rules.check_near(person_id=actor.person_id, recipient_id=party, kin_ids=near)
    slip_number = slip_number.strip()
    used = select(FamilyWallet.id).where(
        FamilyWallet.community_id == row.community_id, FamilyWallet.consent_slip == slip_number
    )
    if session.scalar(used) is not None:
        raise errors.ConsentSlipUsedError(field="slip_number", slip_number=slip_number)
    row.consent_slip = slip_number
    _agree(session, actor, row, Consent.SLIP)


def _agree(session: Session, actor: Actor, row: FamilyWallet, consent: Consent) -> None:
    """Write that the receiver agreed, once."""
    if row.agreed_at is None:
        row.agreed_at, row.consent = clock.now(), consent
        row.agreed_by_id, row.agreed_by_user_id = actor.person_id, actor.user_id
        session.flush()
        _leave_trail(session, actor, "wallet_agreed", row.id)
        of_wallet(session, actor=actor, row=row, verb="wallet_agreed")


def end_wallet(session: Session, *, actor: Actor, wallet_id: int) -> None:
    """End a wallet, as either of the two; what was given stays given.

    Raises:
        WalletNotFoundError, WalletEndedError
    """
    row = _locked(session, actor, wallet_id, own=True)
    row.ended_at, row.ended_by_name = clock.now(), actor.name
    session.flush()
    _leave_trail(session, actor, "wallet_ended", row.id)
    of_wallet(session, actor=actor, row=row, verb="wallet_ended")


def give_by_wallet(
    session: Session, *, actor: Actor, key: UUID, wallet_id: int, minutes: int
) -> None:
    """Give minutes to the one who agreed to receive them; the rules of today decide again.

    Raises:
        WalletNotFoundError, WalletNotOpenError
        GiftsNotAllowedError, OutsideCircleError: the rules or the kinship have changed.
        MonthLimitError, NotEnoughToGiveError
    """
    row = _locked(session, actor, wallet_id, own=True)
    if actor.person_id != row.giver_id:
        raise errors.WalletNotFoundError
    if row.agreed_at is None:
        raise errors.WalletNotOpenError
    version = _check_circle(session, actor, giver_id=row.giver_id, receiver_id=row.receiver_id)
    today = clock.today()
    have = queries.month_given(session, [row.id], day=today).get(row.id, 0)
    rules.check_month(have_minutes=have, minutes=minutes, limit_minutes=row.month_minutes_max)
    of_whom = {"community_id": row.community_id}
    giver_id = books.member_account(session, **of_whom, person_id=row.giver_id)
    receiver_id = books.member_account(session, **of_whom, person_id=row.receiver_id)
    draft = EntryDraft(
        id=derived_id(key, "family_gift"),
        book_id=books.time_book(session, community_id=row.community_id),
        asset=Asset.MINUTES,
        kind=GIVEN,
        effective_on=today,
        transfers=[Transfer(giver_id, receiver_id, minutes)],
        memo=MEMO,
        document=f"wallet:{row.id}",
    )
    post_gift(session, actor=actor, draft=draft, need=minutes)
    session.add(
        FamilyGift(
            community_id=row.community_id,
            wallet_id=row.id,
            minutes=minutes,
            given_on=today,
            given_at=clock.now(),
            policy_version=version,
            entry_id=draft.id,
        )
    )
    session.flush()
    _leave_trail(session, actor, "wallet_given", row.id)
    told = notices.WalletGiven(actor.name, minutes)
    of_account(session, actor=actor, person_id=row.receiver_id, notice=told, key=f"gift:{draft.id}")


def _receiver(session: Session, actor: Actor, receiver_id: int | None, receiver_card: str) -> int:
    """Return who is to receive: by id, or by the number on their card."""
    community_id = actor.community_id
    if receiver_id is None:
        found = limits.person_id_of_card(session, community_id=community_id, card_no=receiver_card)
        if found is None:
            raise CardNotFoundError(field="receiver_card", card_no=receiver_card.strip())
        return found
    known = limits.grids_of_people(session, community_id=community_id, person_ids=[receiver_id])
    if receiver_id not in known:
        raise PersonUnknownError(field="receiver_id")
    return receiver_id


def _check_circle(session: Session, actor: Actor, *, giver_id: int, receiver_id: int) -> int:
    """Refuse a receiver outside the circle of today's rules; return their version."""
    policy = limits.policy(session, actor.community_id)
    rules.check_circle(policy, queries.kin(session, giver_id=giver_id, receiver_id=receiver_id))
    return policy.version


def _locked(session: Session, actor: Actor, wallet_id: int, *, own: bool) -> FamilyWallet:
    """Return a wallet that goes on, locked: one of the actor's own, or any for staff.

    Raises:
        WalletNotFoundError, WalletEndedError
    """
    wanted = select(FamilyWallet).where(
        FamilyWallet.id == wallet_id, FamilyWallet.community_id == actor.community_id
    )
    if own:
        party = actor.person_id
        wanted = wanted.where(
            or_(FamilyWallet.giver_id == party, FamilyWallet.receiver_id == party)
        )
    row = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise errors.WalletNotFoundError
    if row.ended_at is not None:
        raise errors.WalletEndedError
    return row


def _leave_trail(session: Session, actor: Actor, verb: str, wallet_id: int) -> None:
    """Note who did what to which wallet."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type="family_wallet",
        subject_id=wallet_id,
    )
