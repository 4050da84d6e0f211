"""Bank accounts: opened once, in the book of whoever owns the money."""

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.bank import errors
from timebank.bank.models.statements import BankAccount
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.sealed import blind_index
from timebank.ledger.rules.values import AccountKind, Asset, Side
from timebank.ledger.service import books
from timebank.trail import service as trail

OWNERS_BOOK, OWNERS_NAME = "owners", "业主共有资金"
_NUMBER = re.compile(r"[0-9A-Z]{6,34}", re.ASCII)


def open_account(session: Session, *, actor: Actor, bank_name: str, label: str, number: str) -> int:
    """Open an account of the owners in common, with its two accounts in their book; return its id.

    Raises:
        BankNumberInvalidError: the number is none.
        BankAccountKnownError: it was opened before.
    """
    plain = plain_number(number)
    if not _NUMBER.fullmatch(plain):
        raise errors.BankNumberInvalidError(field="number")
    index = number_index(plain)
    known = select(BankAccount.id).where(
        BankAccount.community_id == actor.community_id, BankAccount.number_index == index
    )
    # The owners' book is the same row for everybody: whoever opens it second finds the first.
    book_id = books.ensure_book(
        session, community_id=actor.community_id, code=OWNERS_BOOK, name=OWNERS_NAME
    )
    if session.scalar(known) is not None:
        raise errors.BankAccountKnownError(field="number", tail=plain[-4:])
    row = BankAccount(
        community_id=actor.community_id,
        book_id=book_id,
        bank_name=bank_name.strip(),
        label=label.strip(),
        number=plain,
        number_index=index,
        number_tail=plain[-4:],
        opened_at=clock.now(),
        opened_by=actor.user_id,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:  # somebody opened the same one at the same moment
        raise errors.BankAccountKnownError(field="number", tail=plain[-4:]) from error
    ids = _ledger_accounts(session, book_id=book_id, account_id=row.id, tail=row.number_tail)
    row.bank_account_id, row.unclaimed_account_id = ids["bank"], ids["unclaimed"]
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="bank.account_opened",
        subject_type="bank_account",
        subject_id=row.id,
        facts={"tail": row.number_tail, "book": OWNERS_BOOK},
    )
    return row.id


def plain_number(number: str) -> str:
    """Return an account's number without blanks and hyphens, in capitals."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", number)).upper()


def number_index(plain: str) -> str:
    """Return the index under which an account's number is found again."""
    return blind_index(f"bank-account:{plain}")


def _ledger_accounts(
    session: Session, *, book_id: int, account_id: int, tail: str
) -> dict[str, int]:
    """Open what an account is in the books: its money, and what of it nobody has claimed."""
    wanted = (
        ("bank", Side.DEBIT, f"银行存款 尾号 {tail}"),
        ("unclaimed", Side.CREDIT, f"待认领 尾号 {tail}"),
    )
    return {
        code: books.ensure_account(
            session,
            book_id=book_id,
            asset=Asset.YUAN,
            code=f"{code}:{account_id}",
            name=name,
            kind=AccountKind.OPEN,
            normal=side,
        )
        for code, side, name in wanted
    }
