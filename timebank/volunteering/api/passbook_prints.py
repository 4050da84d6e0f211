"""Printed passbooks, for programs such as the one that drives a passbook printer."""

from sqlalchemy.orm import Session

from timebank.volunteering.api.frame import api
from timebank.volunteering.models.passbook_prints import PassbookBooklet
from timebank.volunteering.queries import passbook_prints as reads_of
from timebank.volunteering.rules.passbook_prints import BookletView, Layout
from timebank.volunteering.schemas.passbook_prints import (
    BookletIn,
    BookletOut,
    LayoutIn,
    LayoutOut,
    PrintIn,
    PrintOut,
    VoidIn,
)
from timebank.volunteering.service import passbook_prints as verbs
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


def _print(session: Session, print_id: int) -> dict[str, object]:
    """Return a print with its lines."""
    found, _booklet, sheets = reads_of.sheets_of(session, actor=current_actor(), print_id=print_id)
    told: dict[str, object] = {name: getattr(found, name) for name in found.__dataclass_fields__}
    return told | {"lines": [line for sheet in sheets for line in sheet.lines]}


@api.post("/people/<int:person_id>/passbook-booklets")
@needs("paper.serve")
@writes(keyed=True)
@takes(BookletIn)
@gives(BookletOut, status=201)
def hand_out_booklet(session: Session, person_id: int, *, serial: str) -> BookletView:
    """Give a member a booklet; the one before is closed and its balance carried forward."""
    booklet_id = verbs.hand_out_booklet(
        session, actor=current_actor(), person_id=person_id, serial=serial
    )
    return reads_of.booklet_view(session, session.get_one(PassbookBooklet, booklet_id))


@api.post("/passbook-booklets/<int:booklet_id>/prints")
@needs("paper.serve")
@writes(keyed=True)
@takes(PrintIn)
@gives(PrintOut, status=201)
def print_passbook(
    session: Session, booklet_id: int, *, expected_sequence: int
) -> dict[str, object]:
    """Print what is new where the last print ended; each line has its page and line."""
    print_id = verbs.print_on(
        session,
        actor=current_actor(),
        key=request_key(),
        booklet_id=booklet_id,
        expected_sequence=expected_sequence,
    )
    return _print(session, print_id)


@api.get("/passbook-prints/<int:print_id>")
@needs("paper.serve")
@reads
@gives(PrintOut)
def show_print(session: Session, print_id: int) -> dict[str, object]:
    """One print with its lines."""
    return _print(session, print_id)


@api.post("/passbook-prints/<int:print_id>/void")
@needs("paper.serve")
@writes(keyed=True)
@takes(VoidIn)
@gives(PrintOut)
def void_print(
    session: Session, print_id: int, *, reason: str, is_paper_used: bool
) -> dict[str, object]:
    """Void a booklet's last print, so that its lines are printed again."""
    verbs.void_print(
        session,
        actor=current_actor(),
        print_id=print_id,
        reason=reason,
        is_paper_used=is_paper_used,
    )
    return _print(session, print_id)


@api.get("/passbook-layout")
@needs("paper.serve")
@reads
@gives(LayoutOut)
def show_layout(session: Session) -> Layout:
    """How new booklets are ruled."""
    return reads_of.layout(session, current_actor().community_id)


@api.post("/passbook-layout")
@needs("paper.manage")
@writes(keyed=True)
@takes(LayoutIn)
@gives(LayoutOut)
def rule_booklets(session: Session, *, ruling: Layout) -> Layout:
    """Say how new booklets are ruled; those in use stay as their paper is."""
    actor = current_actor()
    verbs.rule_booklets(session, actor=actor, ruling=ruling)
    return reads_of.layout(session, actor.community_id)
