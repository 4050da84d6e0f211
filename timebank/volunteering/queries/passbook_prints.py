"""Booklets and what was printed in them: how far, what waits, and the sheets of a print."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.errors import PersonNotFoundError
from timebank.kernel.actor import Actor
from timebank.ledger.queries import spans
from timebank.volunteering.errors import passbook_prints as errors
from timebank.volunteering.models.passbook_prints import (
    PassbookBooklet,
    PassbookLayout,
    PassbookLine,
    PassbookPrint,
)
from timebank.volunteering.queries import members, passbook
from timebank.volunteering.rules.passbook_prints import (
    BookletView,
    Layout,
    Printed,
    PrintView,
    Sheet,
    sheets,
)

PRINTS_SHOWN = 12
_RULING = tuple(Layout.__dataclass_fields__)


def layout(session: Session, community_id: int) -> Layout:
    """Return how a community's new booklets are ruled."""
    row = session.scalar(select(PassbookLayout).where(PassbookLayout.community_id == community_id))
    return Layout() if row is None else _ruling(row)


def _ruling(row: PassbookLayout | PassbookBooklet) -> Layout:
    """Return the ruling in a row."""
    return Layout(**{name: getattr(row, name) for name in _RULING})


def seen(person_id: int) -> Select[tuple[int]]:
    """Return the select of the books' lines that stand in a member's booklets."""
    return (
        select(PassbookLine.transfer_id)
        .join(PassbookBooklet, PassbookBooklet.id == PassbookLine.booklet_id)
        .where(PassbookBooklet.person_id == person_id, PassbookLine.is_live)
    )


def printed_minutes(session: Session, person_id: int) -> int:
    """Return the balance that a member's booklets have come to."""
    total = (
        select(func.coalesce(func.sum(PassbookLine.minutes), 0))
        .join(PassbookBooklet, PassbookBooklet.id == PassbookLine.booklet_id)
        .where(PassbookBooklet.person_id == person_id, PassbookLine.is_live)
    )
    return int(session.scalar(total) or 0)


def open_booklet(session: Session, *, community_id: int, person_id: int) -> BookletView | None:
    """Return the booklet that a member uses now; None before the first."""
    row = session.scalar(
        select(PassbookBooklet).where(
            PassbookBooklet.community_id == community_id,
            PassbookBooklet.person_id == person_id,
            PassbookBooklet.closed_at.is_(None),
        )
    )
    return None if row is None else booklet_view(session, row)


def booklet_view(session: Session, row: PassbookBooklet) -> BookletView:
    """Return a booklet with how far it is printed and how much waits."""
    place = select(func.coalesce(func.max(PassbookLine.position), 0)).where(
        PassbookLine.booklet_id == row.id, PassbookLine.is_on_paper
    )
    sequence = select(func.coalesce(func.max(PassbookPrint.sequence), 0)).where(
        PassbookPrint.booklet_id == row.id
    )
    account_id = passbook.member_account_id(
        session, community_id=row.community_id, person_id=row.person_id
    )
    waiting = (
        0 if account_id is None else spans.count_but(session, account_id, seen=seen(row.person_id))
    )
    return BookletView(
        id=row.id,
        person_id=row.person_id,
        serial=row.serial,
        layout=_ruling(row),
        carried_minutes=row.carried_minutes,
        opened_at=row.opened_at,
        opened_by_name=row.opened_by_name,
        next_position=int(session.scalar(place) or 0) + 1,
        next_sequence=int(session.scalar(sequence) or 0) + 1,
        printed_minutes=printed_minutes(session, row.person_id),
        waiting=waiting,
    )


def _print_view(row: PassbookPrint) -> PrintView:
    """Return a print from its row."""
    return PrintView(**{name: getattr(row, name) for name in PrintView.__dataclass_fields__})


class ListedPrint(NamedTuple):
    """A print with the serial number of its booklet and whose booklet it was."""

    serial: str
    print: PrintView
    person_id: int


def prints(session: Session, person_id: int) -> Sequence[ListedPrint]:
    """Return a member's last prints, newest first, those of merged records among them."""
    rows = session.execute(
        select(PassbookBooklet.serial, PassbookPrint, PassbookBooklet.person_id)
        .join(PassbookBooklet, PassbookBooklet.id == PassbookPrint.booklet_id)
        .where(PassbookBooklet.person_id.in_(members.records_of(person_id)))
        .order_by(PassbookPrint.id.desc())
        .limit(PRINTS_SHOWN)
    )
    return [ListedPrint(serial, _print_view(row), whose) for serial, row, whose in rows]


def print_within(
    session: Session, *, actor: Actor, print_id: int
) -> tuple[PassbookBooklet, PassbookPrint]:
    """Return a print of somebody whom the actor serves, with its booklet.

    Raises:
        PrintNotFoundError: there is none, or it lies outside.
    """
    row = session.get(PassbookPrint, print_id, populate_existing=True)
    if row is None or row.community_id != actor.community_id:
        raise errors.PrintNotFoundError
    booklet = session.get_one(PassbookBooklet, row.booklet_id)
    try:
        community_queries.person_within(
            session,
            community_id=actor.community_id,
            person_id=booklet.person_id,
            reach=actor.reach("paper.serve"),
        )
    except PersonNotFoundError as error:
        raise errors.PrintNotFoundError from error
    return booklet, row


def printed(session: Session, booklet: PassbookBooklet, print_id: int) -> list[Printed]:
    """Return the lines of a print as they stand on the paper."""
    ruling = _ruling(booklet)
    rows = session.scalars(
        select(PassbookLine)
        .where(PassbookLine.print_id == print_id)
        .order_by(PassbookLine.position)
    ).all()
    account_id = passbook.member_account_id(
        session, community_id=booklet.community_id, person_id=booklet.person_id
    )
    ids = [row.transfer_id for row in rows]
    memos = {
        line.transfer_id: line.memo
        for line in (spans.lines_of(session, ids, account_id) if account_id else ())
    }
    return [_printed(row, ruling, memos) for row in rows]


def _printed(row: PassbookLine, ruling: Layout, memos: dict[int, Any]) -> Printed:
    """Return a line with its place; its words are those that the books still have."""
    place = ruling.place(row.position)
    return Printed(
        position=row.position,
        place=place,
        down_tenths_mm=ruling.down_tenths_mm(place.line),
        entry_id=row.entry_id,
        on_day=row.on_day,
        kind=row.kind,
        minutes=row.minutes,
        after_minutes=row.after_minutes,
        memo=memos.get(row.transfer_id, ""),
    )


def sheets_of(
    session: Session, *, actor: Actor, print_id: int
) -> tuple[PrintView, BookletView, list[Sheet]]:
    """Return a print, its booklet, and the pages it runs over.

    Raises:
        PrintNotFoundError
    """
    booklet, row = print_within(session, actor=actor, print_id=print_id)
    lines = printed(session, booklet, row.id)
    pages = sheets(lines, opening_minutes=row.opening_minutes, layout=_ruling(booklet))
    return _print_view(row), booklet_view(session, booklet), list(pages)
