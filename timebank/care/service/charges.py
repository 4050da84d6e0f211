"""What a missed or late cancelled booking costs by the rules, and letting somebody off it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.care.errors.slots import AlreadyWaivedError, ChargeNotFoundError
from timebank.care.models.desk import Booking
from timebank.care.models.slots import CareCharge
from timebank.care.queries import waiting as queries
from timebank.care.rules import slots as rules
from timebank.care.rules.desk import BookingView
from timebank.care.rules.notices import ChargeWaived
from timebank.care.rules.slots import ChargeKind, ChargeView
from timebank.care.service import tidings
from timebank.care.service.cards import refuse_own_or_kin
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books as ledger_books
from timebank.ledger.service import holds as ledger_holds
from timebank.ledger.service import posting as ledger_posting
from timebank.notices.service.telling import tell
from timebank.trail import service as trail
from timebank.volunteering.service.books import member_account, time_book

ENTRY_KIND = "care.charged"


def account_code(centre_id: int) -> str:
    """Return the account of what was taken for nothing served; no provider is due for it."""
    return f"missed:{centre_id}"


def charge(
    session: Session,
    actor: Actor,
    booking: Booking,
    view: BookingView,
    *,
    kind: ChargeKind,
    percent: int,
) -> None:
    """Take a part of a booking's held minutes; the rest becomes available again."""
    minutes = rules.share(booking.minutes, percent)
    book_id = time_book(session, community_id=booking.community_id)
    taken_in = ledger_books.ensure_account(
        session,
        book_id=book_id,
        asset=Asset.MINUTES,
        code=account_code(booking.centre_id),
        name="没来扣的时间",
        kind=AccountKind.OPEN,
        normal=Side.CREDIT,
        floor=None,
    )
    own = member_account(session, community_id=booking.community_id, person_id=booking.person_id)
    what = "没来" if kind is ChargeKind.MISSED else "取消晚了"
    draft = EntryDraft(
        id=derived_id(booking.key, "charge"),
        book_id=book_id,
        asset=Asset.MINUTES,
        kind=ENTRY_KIND,
        effective_on=clock.today(),
        transfers=[Transfer(own, taken_in, minutes)],
        memo=f"{view.service_name}，{what}，按规定扣 {percent}%",
        document=f"B{booking.id}",
    )
    entry = ledger_holds.capture(session, actor=actor, hold_id=booking.hold_id, draft=draft)
    assert booking.rules_id is not None  # no rules, no charge
    session.add(
        CareCharge(
            community_id=booking.community_id,
            booking_id=booking.id,
            person_id=booking.person_id,
            centre_id=booking.centre_id,
            rules_id=booking.rules_id,
            kind=kind.value,
            minutes=minutes,
            percent=percent,
            entry_id=entry.id,
            charged_at=clock.now(),
        )
    )
    session.flush()


def waive(session: Session, *, actor: Actor, charge_id: int, reason: str) -> ChargeView:
    """Let somebody off a charge, with the reason: the minutes go back by a reversal.

    Raises:
        ChargeNotFoundError: it is not at one of the actor's centres.
        AlreadyWaivedError: it was waived before.
        OwnServiceError: staff would do it for themselves or their family.
    """
    row = session.scalar(
        select(CareCharge)
        .where(CareCharge.id == charge_id, CareCharge.community_id == actor.community_id)
        .with_for_update()
    )
    if row is None or not actor.reach("care.manage").covers(centre_id=row.centre_id):
        raise ChargeNotFoundError
    if row.reversal_entry_id is not None:
        raise AlreadyWaivedError
    refuse_own_or_kin(session, actor=actor, person_id=row.person_id)
    entry = ledger_posting.reverse(
        session,
        actor=actor,
        entry_id=row.entry_id,
        reversal_id=derived_id(row.entry_id, "waived"),
        reason=reason,
    )
    row.reversal_entry_id, row.waived_at = entry.id, clock.now()
    row.waived_by, row.waived_reason = actor.name, reason
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="care.charge_waived",
        subject_type="booking",
        subject_id=row.booking_id,
        facts={"minutes": row.minutes},
    )
    found = queries.charges(session, community_id=row.community_id, booking_ids=[row.booking_id])[0]
    tell(
        session,
        actor=actor,
        to={row.person_id} - {actor.person_id},
        notice=ChargeWaived(found.service_name, found.on_day, found.minutes, reason),
        key=f"charge:{row.id}:waived",
        url=tidings.STATEMENT,
    )
    return found
