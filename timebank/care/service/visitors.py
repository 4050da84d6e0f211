"""Serving somebody of another community by their code: handed over here, claimed from there.

Locks are taken in the order of redeeming: what is left of each service, then the pair and the
member's minutes, the slip counter last.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from timebank.care.errors.desk import CentreNotFoundError, NothingChosenError, UndoWindowError
from timebank.care.errors.tills import SecondNeededError
from timebank.care.models.slips import VisitorLine
from timebank.care.models.visit_undoings import CareVisitUndoing
from timebank.care.queries import catalogue
from timebank.care.queries import visitors as queries
from timebank.care.rules import desk as rules
from timebank.care.rules.desk import Wanted
from timebank.care.rules.tills import Second
from timebank.care.rules.visitors import VisitView
from timebank.care.service import quotas, tills, waiting
from timebank.care.service.eligibility import refuse_other_day
from timebank.care.service.slips import Line, memo_of, priced
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.rules.values import AccountKind, Asset, Side
from timebank.ledger.service import books as ledger_books
from timebank.volunteering.service import clearing_vouchers
from timebank.volunteering.service.books import time_book


def serve_visitor(
    session: Session, *, actor: Actor, centre_id: int, code: str, wanted: Sequence[Wanted]
) -> VisitView:
    """Hand services over for a code of another community; its book and ours are written at once.

    Raises:
        CentreNotFoundError, NothingChosenError, ServiceNotFoundError, WrongCentreError
        BookingNeededError, CapacityFullError, DayLimitError, DayClosedError, ServiceDayError
        VoucherNotHereError, VoucherShortError, NearTransferError
        NoAgreementError, ClearingFrozenError, ClearingLimitError
    """
    if not actor.reach("care.redeem").covers(centre_id=centre_id):
        raise CentreNotFoundError
    catalogue.centre(session, community_id=actor.community_id, centre_id=centre_id)
    till = tills.open_till(session, actor=actor, centre_id=centre_id, day=clock.today())
    shown = clearing_vouchers.visitor(session, actor=actor, code=code)
    lines = [
        _taken(session, actor, centre_id, shown.person_id, item) for item in rules.merged(wanted)
    ]
    if not lines:
        raise NothingChosenError(field="service_id")
    transfer_id = clearing_vouchers.serve_visitor(
        session,
        actor=actor,
        code=code,
        minutes=sum(line.minutes for line in lines),
        account=_visitor_account(session, actor.community_id, centre_id),
        memo=memo_of(lines),
    )
    number = _slip_number(session, actor, centre_id)
    session.add_all(
        VisitorLine(
            community_id=actor.community_id,
            centre_id=centre_id,
            till_id=till.id,
            transfer_id=transfer_id,
            service_id=line.service_id,
            price_id=line.price_id,
            quantity=line.quantity,
            unit_minutes=line.unit_minutes,
            queue_number=line.queue_number,
            slip_number=number,
            served_on=clock.today(),
        )
        for line in lines
    )
    session.flush()
    return queries.visit(session, actor=actor, transfer_id=transfer_id, permission="care.redeem")


def undo_visit(
    session: Session, *, actor: Actor, transfer_id: int, reason: str, second: Second | None = None
) -> VisitView:
    """Give a visitor's minutes back in both books, with a reason, once, within the window, by two.

    Raises:
        VisitNotFoundError, UndoWindowError, DayClosedError, TransferDecidedError
        SecondNeededError, and what ``tills.second_person`` raises.
    """
    view = queries.visit(session, actor=actor, transfer_id=transfer_id, permission="care.reverse")
    if not rules.is_within_undo(recorded_at=view.served_at, now=clock.now()):
        raise UndoWindowError(days=rules.UNDO_WINDOW_DAYS)
    tills.open_till(session, actor=actor, centre_id=view.centre_id, day=clock.today())
    other = None
    if second is not None:
        other = tills.second_person(session, actor=actor, second=second, centre_id=view.centre_id)
    elif needs_another(session, view):
        raise SecondNeededError(field="staff_pin")
    clearing_vouchers.undo_visitor(session, actor=actor, transfer_id=transfer_id, reason=reason)
    session.add(
        CareVisitUndoing(
            community_id=actor.community_id,
            centre_id=view.centre_id,
            transfer_id=transfer_id,
            undone_by_user_id=actor.user_id,
            undone_by=actor.name,
            second_user_id=other.user_id if other else None,
            second=other.name if other else "",
            undone_at=clock.now(),
        )
    )
    session.flush()
    for line in view.lines:
        quotas.give_back(
            session,
            service_id=line.service_id,
            person_id=view.person_id,
            day=view.served_on,
            quantity=line.quantity,
        )
        waiting.offer_next(session, actor=actor, service_id=line.service_id, day=view.served_on)
    return queries.visit(session, actor=actor, transfer_id=transfer_id, permission="care.reverse")


def needs_another(session: Session, view: VisitView) -> bool:
    """Whether undoing takes a second person."""
    return tills.needs_another(
        session,
        centre_id=view.centre_id,
        till_id=view.till_id,
        day=view.served_on,
        minutes=view.total_minutes,
    )


def _taken(session: Session, actor: Actor, centre_id: int, person_id: int, item: Wanted) -> Line:
    """Return one line at today's price, its share of the day taken."""
    today = clock.today()
    service, line = priced(session, actor, centre_id, item)
    refuse_other_day(service, today)
    queue_number = quotas.take(
        session,
        community_id=actor.community_id,
        wanted=service,
        person_id=person_id,
        day=today,
        quantity=item.quantity,
    )
    return replace(line, queue_number=queue_number)


def _slip_number(session: Session, actor: Actor, centre_id: int) -> str:
    """Return the next number of the centre's slips of today."""
    today = clock.today()
    seq = quotas.next_slip(session, community_id=actor.community_id, centre_id=centre_id, day=today)
    return rules.slip_number(centre_id=centre_id, day=today, seq=seq)


def _visitor_account(session: Session, community_id: int, centre_id: int) -> tuple[int, str]:
    """Return the open account of what a centre served to visitors, by id and code."""
    code = f"visitors:{centre_id}"
    account_id = ledger_books.ensure_account(
        session,
        book_id=time_book(session, community_id=community_id),
        asset=Asset.MINUTES,
        code=code,
        name="外社区居民用掉的时间",
        kind=AccountKind.OPEN,
        normal=Side.CREDIT,
        floor=None,
    )
    return account_id, code
