"""Booklets: hand one out, print on where the last print ended, void what was spoilt."""

from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.queries import spans
from timebank.ledger.rules.spans import SpanLine
from timebank.trail import service as trail
from timebank.volunteering.errors import passbook_prints as errors
from timebank.volunteering.models.passbook_prints import (
    PassbookBooklet,
    PassbookLayout,
    PassbookLine,
    PassbookPrint,
)
from timebank.volunteering.queries import passbook
from timebank.volunteering.queries import passbook_prints as queries
from timebank.volunteering.rules import passbook_prints as rules
from timebank.volunteering.rules.passbook_prints import BookletView, Layout

LOOK_REASON = "打印存折"
_SHEET_TENTHS_MM = 2970


def hand_out_booklet(session: Session, *, actor: Actor, person_id: int, serial: str) -> int:
    """Give a member a booklet with a serial number; the one before is closed, its balance goes on.

    Raises:
        PersonNotFoundError: outside the actor's reach.
        SerialTakenError: another booklet has the number.
    """
    person = community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("paper.serve"),
    )
    before = _locked_open(session, person.id)
    if before is not None:
        before.closed_at = clock.now()
        session.flush()
    ruling = queries.layout(session, actor.community_id)
    row = PassbookBooklet(
        community_id=actor.community_id,
        person_id=person.id,
        serial=serial.strip().upper(),
        carried_minutes=queries.printed_minutes(session, person.id),
        opened_at=clock.now(),
        opened_by_user_id=actor.user_id,
        opened_by_name=actor.name,
        **{name: getattr(ruling, name) for name in Layout.__dataclass_fields__},
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if "serial" in str(error.orig):
            raise errors.SerialTakenError(field="serial", serial=row.serial) from error
        raise errors.PrintedMeanwhileError from error
    _leave_trail(session, actor, "booklet_handed_out", row.id)
    return row.id


def _locked_open(session: Session, person_id: int) -> PassbookBooklet | None:
    """Return the booklet that a member uses now, locked."""
    return session.scalar(
        select(PassbookBooklet)
        .where(PassbookBooklet.person_id == person_id, PassbookBooklet.closed_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def print_on(
    session: Session, *, actor: Actor, key: UUID, booklet_id: int, expected_sequence: int
) -> int:
    """Print what is new where the last print ended, and return the print.

    ``expected_sequence`` is the number that this print was to have when the actor looked.

    Raises:
        BookletNotFoundError, BookletClosedError, BookletFullError, NothingToPrintError
        PrintedMeanwhileError: somebody printed in between.
    """
    row = _locked_booklet(session, actor, booklet_id)
    known = session.scalar(select(PassbookPrint.id).where(PassbookPrint.act_key == key))
    if known is not None:
        return known
    if row.closed_at is not None:
        raise errors.BookletClosedError
    view = queries.booklet_view(session, row)
    if view.next_sequence != expected_sequence:
        raise errors.PrintedMeanwhileError
    if view.is_full:
        raise errors.BookletFullError
    lines = _new_lines(session, row, limit=min(view.lines_left, rules.PRINTED_MAX))
    if not lines:
        raise errors.NothingToPrintError
    found = _print_row(actor, view, lines, key=key)
    session.add(found)
    session.flush()
    session.execute(insert(PassbookLine), _line_rows(found, view, lines))
    trail.record_look(
        session, actor=actor, person_id=row.person_id, fields=["passbook"], reason=LOOK_REASON
    )
    _leave_trail(session, actor, "passbook_printed", found.id)
    return found.id


def _locked_booklet(session: Session, actor: Actor, booklet_id: int) -> PassbookBooklet:
    """Return a booklet of somebody whom the actor serves, locked: two printers wait for each other.

    Raises:
        BookletNotFoundError: there is none.
        PersonNotFoundError: its owner lies outside the actor's reach.
    """
    row = session.scalar(
        select(PassbookBooklet)
        .where(PassbookBooklet.id == booklet_id, PassbookBooklet.community_id == actor.community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.BookletNotFoundError
    community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=row.person_id,
        reach=actor.reach("paper.serve"),
    )
    return row


def _new_lines(session: Session, row: PassbookBooklet, *, limit: int) -> list[SpanLine]:
    """Return the books' lines that stand in no booklet yet, the oldest first."""
    account_id = passbook.member_account_id(
        session, community_id=row.community_id, person_id=row.person_id
    )
    if account_id is None:
        return []
    return spans.lines_but(session, account_id, seen=queries.seen(row.person_id), limit=limit)


def _print_row(
    actor: Actor, view: BookletView, lines: list[SpanLine], *, key: UUID
) -> PassbookPrint:
    """Return the row of a print that begins at the booklet's next place."""
    moved = sum(line.amount for line in lines)
    return PassbookPrint(
        community_id=actor.community_id,
        booklet_id=view.id,
        sequence=view.next_sequence,
        first_position=view.next_position,
        last_position=view.next_position + len(lines) - 1,
        lines=len(lines),
        opening_minutes=view.printed_minutes,
        closing_minutes=view.printed_minutes + moved,
        printed_at=clock.now(),
        printed_by_user_id=actor.user_id,
        printed_by_name=actor.name,
        act_key=key,
    )


def _line_rows(
    found: PassbookPrint, view: BookletView, lines: list[SpanLine]
) -> list[dict[str, object]]:
    """Return the rows of a print's lines, each with the balance after it."""
    after, rows = view.printed_minutes, []
    for at, line in enumerate(lines):
        after += line.amount
        rows.append(
            {
                "community_id": found.community_id,
                "print_id": found.id,
                "booklet_id": found.booklet_id,
                "position": found.first_position + at,
                "transfer_id": line.transfer_id,
                "entry_id": line.entry_id,
                "on_day": line.effective_on,
                "kind": line.kind,
                "minutes": line.amount,
                "after_minutes": after,
                "is_live": True,
                "is_on_paper": True,
            }
        )
    return rows


def void_print(
    session: Session, *, actor: Actor, print_id: int, reason: str, is_paper_used: bool
) -> None:
    """Void a booklet's last print, so that its lines are printed again.

    ``is_paper_used`` says that something reached the paper: the next print begins below it;
    otherwise it begins at the same place.

    Raises:
        PrintNotFoundError, PrintVoidedError, BookletClosedError
        NotLastPrintError: something was printed after it.
    """
    booklet, row = queries.print_within(session, actor=actor, print_id=print_id)
    _locked_booklet(session, actor, booklet.id)
    session.refresh(row)
    if row.voided_at is not None:
        raise errors.PrintVoidedError
    if booklet.closed_at is not None:
        raise errors.BookletClosedError
    last = select(func.max(PassbookPrint.sequence)).where(PassbookPrint.booklet_id == booklet.id)
    if session.scalar(last) != row.sequence:
        raise errors.NotLastPrintError
    row.voided_at, row.voided_by_user_id = clock.now(), actor.user_id
    row.void_reason, row.is_paper_used = reason.strip(), is_paper_used
    session.flush()
    session.execute(
        update(PassbookLine)
        .where(PassbookLine.print_id == row.id)
        .values(is_live=False, is_on_paper=is_paper_used)
        .execution_options(synchronize_session=False)
    )
    _leave_trail(session, actor, "passbook_print_voided", row.id)


def rule_booklets(session: Session, *, actor: Actor, ruling: Layout) -> None:
    """Say how new booklets are ruled; those that are in use stay as their paper is.

    Raises:
        LayoutBeyondSheetError: the last line would lie below the paper.
    """
    if ruling.down_tenths_mm(ruling.lines_per_page) > _SHEET_TENTHS_MM:
        raise errors.LayoutBeyondSheetError(field="line_tenths_mm")
    told = {name: getattr(ruling, name) for name in Layout.__dataclass_fields__}
    told |= {"changed_at": clock.now(), "changed_by_name": actor.name}
    is_lite = session.get_bind().dialect.name == "sqlite"
    add = (sqlite.insert if is_lite else postgresql.insert)(PassbookLayout)
    session.execute(
        add.values(community_id=actor.community_id, **told).on_conflict_do_update(
            index_elements=[PassbookLayout.community_id], set_=told
        )
    )
    _leave_trail(session, actor, "booklets_ruled", actor.community_id)


def _leave_trail(session: Session, actor: Actor, action: str, subject_id: int) -> None:
    """Leave the act in the trail."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{action}",
        subject_type="passbook",
        subject_id=subject_id,
    )
    session.flush()
