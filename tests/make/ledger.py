"""Builders for the ledger: a small time bank with its accounts, and entries on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from tests.make.community import make_community
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor, program
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Restriction, Side, Transfer
from timebank.ledger.service import books as ledger_books
from timebank.ledger.service import posting as ledger_posting


@dataclass(frozen=True, slots=True)
class SmallBank:
    """A community's time bank: where minutes come from, three members, a centre, a debt."""

    actor: Actor
    community_id: int
    book_id: int
    issuance: int
    members: tuple[int, int, int]
    redeemed: int
    debt: int


def make_account(
    session: Session,
    book_id: int,
    code: str,
    *,
    asset: Asset = Asset.MINUTES,
    kind: AccountKind = AccountKind.BOUNDED,
    normal: Side = Side.CREDIT,
    floor: int = 0,
    restriction: Restriction | None = None,
    person_id: int | None = None,
) -> int:
    """Return an account of a book, bounded and credit-normal unless said otherwise."""
    return ledger_books.ensure_account(
        session,
        book_id=book_id,
        asset=asset,
        code=code,
        name=code,
        kind=kind,
        normal=normal,
        floor=floor,
        restriction=restriction,
        person_id=person_id,
    )


def make_bank(
    session: Session,
    *,
    community_id: int | None = None,
    person_ids: Sequence[int | None] = (None, None, None),
) -> SmallBank:
    """Return a small time bank, in a new community unless one is given."""
    if community_id is None:
        community_id = make_community(session).id
    book_id = ledger_books.ensure_book(
        session, community_id=community_id, code="timebank", name="时间银行"
    )
    members = tuple(
        make_account(
            session,
            book_id,
            f"member:{at}",
            restriction=Restriction.OWN,
            person_id=person_id,
        )
        for at, person_id in enumerate(person_ids, start=1)
    )
    return SmallBank(
        actor=program(community_id=community_id, name="测试"),
        community_id=community_id,
        book_id=book_id,
        issuance=make_account(
            session, book_id, "issuance", kind=AccountKind.OPEN, normal=Side.DEBIT
        ),
        members=(members[0], members[1], members[2]),
        redeemed=make_account(session, book_id, "redeemed:1", kind=AccountKind.OPEN),
        debt=make_account(session, book_id, "debt:1", kind=AccountKind.OPEN, normal=Side.DEBIT),
    )


def draft_of(
    book_id: int,
    *transfers: tuple[int, int, int],
    entry_id: UUID | None = None,
    asset: Asset = Asset.MINUTES,
    kind: str = "hours.earned",
    memo: str = "陪同就医",
    effective_on: date | None = None,
) -> EntryDraft:
    """Return a draft of (debit, credit, amount) transfers."""
    return EntryDraft(
        id=entry_id or ids.new_id(),
        book_id=book_id,
        asset=asset,
        kind=kind,
        effective_on=effective_on or clock.today(),
        transfers=[Transfer(*transfer) for transfer in transfers],
        memo=memo,
    )


def earn(session: Session, bank: SmallBank, amount: int, *, member: int = 0) -> UUID:
    """Give a member minutes; return the entry's id."""
    draft = draft_of(bank.book_id, (bank.issuance, bank.members[member], amount))
    return ledger_posting.post(session, actor=bank.actor, draft=draft).id


def spend(session: Session, bank: SmallBank, amount: int, *, member: int = 0) -> UUID:
    """Take a member's minutes to the centre; return the entry's id."""
    line = (bank.members[member], bank.redeemed, amount)
    draft = draft_of(bank.book_id, line, kind="care.redeemed")
    return ledger_posting.post(session, actor=bank.actor, draft=draft).id
