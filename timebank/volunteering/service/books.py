"""Where minutes are kept, and what a community sets up before the first of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.rules.values import AccountKind, Asset, Restriction, Side
from timebank.ledger.service import books as ledger_books
from timebank.trail import service as trail
from timebank.volunteering.models.policy import HoursPolicy, ServiceKind
from timebank.volunteering.queries.passbook import BOOK, donation_code, issuance_code, member_code
from timebank.volunteering.rules import records as rules
from timebank.volunteering.service.policy import open_policy


def open_hours(session: Session, *, actor: Actor) -> None:
    """Give a community its first policy, its first kinds of service and its book; once."""
    known = select(HoursPolicy.id).where(HoursPolicy.community_id == actor.community_id)
    if session.scalar(known.limit(1)) is not None:
        return
    open_policy(session, actor=actor)
    for code, name, is_risky in rules.DEFAULT_KINDS:
        add_kind(session, actor=actor, code=code, name=name, is_risky=is_risky)
    issuance_account(session, community_id=actor.community_id)


def add_kind(
    session: Session,
    *,
    actor: Actor,
    code: str,
    name: str,
    description: str = "",
    is_risky: bool = False,
) -> int:
    """Add a kind of service and return its id; what it counts, the policy says."""
    kind = ServiceKind(
        community_id=actor.community_id,
        code=code,
        name=name,
        description=description,
        is_risky=is_risky,
    )
    session.add(kind)
    session.flush()
    _leave_trail(session, actor, "add_kind", "service_kind", kind.id)
    return kind.id


def _leave_trail(
    session: Session, actor: Actor, verb: str, subject_type: str, subject_id: int
) -> None:
    """Note who set up what."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type=subject_type,
        subject_id=subject_id,
    )


def time_book(session: Session, *, community_id: int) -> int:
    """Return the book in which a community keeps its hours, opening it when it is new."""
    return ledger_books.ensure_book(session, community_id=community_id, code=BOOK, name="时间银行")


@dataclass(frozen=True, slots=True)
class Places:
    """The accounts between which service of several volunteers is credited, by grid and person."""

    book_id: int
    issuance: Mapping[int | None, int]
    own: Mapping[int, int]
    donation: Mapping[int, int]


def places_of(
    session: Session,
    *,
    community_id: int,
    grid_ids: Collection[int | None],
    owner_ids: Collection[int],
    donor_ids: Collection[int],
) -> Places:
    """Return the accounts of grids and people, found at once; those that are new are opened."""
    book_id = time_book(session, community_id=community_id)
    codes = [*map(member_code, owner_ids), *map(donation_code, donor_ids)]
    known = ledger_accounts.account_ids(session, book_id=book_id, codes=codes)
    return Places(
        book_id=book_id,
        issuance={
            one: issuance_account(session, community_id=community_id, grid_id=one)
            for one in set(grid_ids)
        },
        own={
            one: known.get(member_code(one))
            or member_account(session, community_id=community_id, person_id=one)
            for one in set(owner_ids)
        },
        donation={
            one: known.get(donation_code(one))
            or donation_account(session, community_id=community_id, person_id=one)
            for one in set(donor_ids)
        },
    )


def issuance_account(session: Session, *, community_id: int, grid_id: int | None = None) -> int:
    """Return the open account from which minutes come that were earned in a grid, or outside all.

    Grids have accounts of their own, so that hours by grid and month are sums of a few days' rows
    however long the books are.
    """
    return ledger_books.ensure_account(
        session,
        book_id=time_book(session, community_id=community_id),
        asset=Asset.MINUTES,
        code=issuance_code(grid_id),
        name="发出的时间",
        kind=AccountKind.OPEN,
        normal=Side.DEBIT,
        floor=None,
    )


def member_account(session: Session, *, community_id: int, person_id: int) -> int:
    """Return the account of a member's minutes, never below zero, opening it when it is new."""
    return ledger_books.ensure_account(
        session,
        book_id=time_book(session, community_id=community_id),
        asset=Asset.MINUTES,
        code=member_code(person_id),
        name="居民的时间",
        kind=AccountKind.BOUNDED,
        normal=Side.CREDIT,
        floor=0,
        restriction=Restriction.OWN,
        person_id=person_id,
    )


def donation_account(session: Session, *, community_id: int, person_id: int) -> int:
    """Return the account of minutes that a member may only give away, opening it when it is new."""
    return ledger_books.ensure_account(
        session,
        book_id=time_book(session, community_id=community_id),
        asset=Asset.MINUTES,
        code=donation_code(person_id),
        name="只能捐的时间",
        kind=AccountKind.BOUNDED,
        normal=Side.CREDIT,
        floor=0,
        restriction=Restriction.DONATION,
        person_id=person_id,
    )


def expired_account(session: Session, *, community_id: int) -> int:
    """Return the open account of minutes that were not used in time."""
    return ledger_books.ensure_account(
        session,
        book_id=time_book(session, community_id=community_id),
        asset=Asset.MINUTES,
        code="expired",
        name="过期的时间",
        kind=AccountKind.OPEN,
        normal=Side.CREDIT,
        floor=None,
    )


def debt_account(session: Session, *, community_id: int, person_id: int) -> int:
    """Return the account of minutes a member owes after a reversal of what was already spent."""
    return ledger_books.ensure_account(
        session,
        book_id=time_book(session, community_id=community_id),
        asset=Asset.MINUTES,
        code=f"debt:{person_id}",
        name="居民欠的时间",
        kind=AccountKind.OPEN,
        normal=Side.DEBIT,
        floor=None,
        person_id=person_id,
    )
